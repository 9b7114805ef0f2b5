/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/store_util.h"

void
folder_make(struct folder *f)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(f->path, sizeof(f->path), "%s/taxiway-test-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(f->path));
	snprintf(f->store, sizeof(f->store), "%s/store.mdb", f->path);
}

void
folder_remove(const struct folder *f)
{
	char name[PATH_MAX * 2];
	struct dirent *d;
	DIR *dir = opendir(f->path);

	if (dir == NULL)
		return;
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", f->path, d->d_name);
		unlink(name);
	}
	closedir(dir);
	rmdir(f->path);
}

uint64_t
rng_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t
rng_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)(rng_next(state) % n);
}

struct value
value_of(enum value_type type, const char *text)
{
	static struct arena keep;
	struct value v;

	if (keep.max == 0)
		arena_init(&keep, MIB(64));
	if (value_normalise(&keep, type, slice_str(text),
	    VALUE_ALLOW_BOGON, &v) != VALUE_OK)
		fail_msg("not a value: '%s'", text);
	return v;
}

struct idkey
id_of(enum stix_type type, uint32_t n)
{
	struct idkey key;
	char text[IDKEY_TEXT_MAX];

	snprintf(text, sizeof(text), "%s--%08x-0000-4000-8000-%012x",
	    stix_type_name(type), n * 2654435761u, n);
	assert_int_equal(idkey_parse(slice_str(text), &key), 0);
	return key;
}

struct store_poll *
poll_of(struct store *s, const char *name)
{
	return poll_of_tlp(s, name, TLP_UNKNOWN);
}

struct store_poll *
poll_of_tlp(struct store *s, const char *name, uint8_t tlp)
{
	struct store_source src = {.name = name, .kind = "stix",
	    .url = "file:///feed.json", .collection = "", .keep_raw = true,
	    .default_tlp = tlp};
	struct err e = ERR_INIT;
	struct store_poll *p;

	if (store_poll_begin(s, &src, 100, &p, &e) != 0)
		fail_msg("%s", e.text);
	return p;
}

struct store_counts
poll_done(struct store_poll *p)
{
	struct store_end end = {.complete = true, .state = SOURCE_OK};
	struct store_counts counts;
	struct err e = ERR_INIT;

	if (store_poll_end(p, &end, 200, &counts, &e) != 0)
		fail_msg("%s", e.text);
	return counts;
}
