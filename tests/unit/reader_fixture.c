/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/reader_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"

#define NOT_STATED TSTAMP_NONE

static void
must(int rc, const struct err *e)
{
	if (rc != 0)
		fail_msg("%s", e->text);
}

void
fixture_open(struct fixture *f)
{
	struct err e = ERR_INIT;
	const char *tmp = getenv("TMPDIR");

	memset(f, 0, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "%s/tw-reader-XXXXXX",
	    tmp != NULL && strlen(tmp) < 40 ? tmp : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/store.mdb", f->dir);
	/* long before the moments that tests look at: no view of the past */
	f->now = AT(-1000000);
	must(store_open(f->path, f->now, &f->store, &e), &e);
	f->blocks = block_writer_new(1);
	assert_non_null(f->blocks);
}

static void
remove_folder(const char *dir)
{
	char path[512];
	struct dirent *d;
	DIR *at = opendir(dir);

	while (at != NULL && (d = readdir(at)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		unlink(path);
	}
	if (at != NULL)
		closedir(at);
	rmdir(dir);
}

void
fixture_close(struct fixture *f)
{
	if (f->poll != NULL)
		store_poll_drop(f->poll);
	block_writer_free(f->blocks);
	store_close(f->store);
	remove_folder(f->dir);
}

void
fixture_begin(struct fixture *f, const char *source)
{
	struct store_source src = {
	    .name = source,
	    .kind = "stix",
	    .url = "https://feed.example/",
	    .collection = "",
	    .default_tlp = TLP_UNKNOWN,
	    .keep_raw = f->raw,
	};
	struct err e = ERR_INIT;

	must(store_poll_begin(f->store, &src, f->now, &f->poll, &e), &e);
}

/* "type=text" lines into TAG_VALUE. */
static void
add_values(struct buf *out, const char *lines)
{
	struct object_value v = {.group = 0};
	struct slice type, text;
	const char *end, *eq;
	struct arena a;

	arena_init(&a, MIB(1));
	for (; lines != NULL && *lines != '\0'; lines = end + (*end != '\0')) {
		end = strchrnul(lines, '\n');
		eq = memchr(lines, '=', (size_t)(end - lines));
		assert_non_null(eq);
		v.oflags = *lines == '&' ? OVF_COMPOUND : 0;
		lines += v.oflags != 0;
		type = (struct slice){lines, (size_t)(eq - lines)};
		text = (struct slice){eq + 1, (size_t)(end - eq) - 1};
		assert_int_equal(value_normalise(&a, value_type_code(type),
		    text, VALUE_ALLOW_BOGON | VALUE_ALLOW_WIDE, &v.value),
		    VALUE_OK);
		assert_int_equal(object_rec_add_value(out, &v), 0);
	}
	arena_free(&a);
}

static void
add_text(struct buf *out, enum object_tag tag, const char *text)
{
	if (text != NULL)
		assert_int_equal(object_rec_add(out, tag, slice_str(text)), 0);
}

static void
add_phase(struct buf *out, const char *phase)
{
	char both[256];
	char *slash;

	if (phase == NULL)
		return;
	snprintf(both, sizeof(both), "%s", phase);
	slash = strchr(both, '/');
	assert_non_null(slash);
	*slash = '\0';
	assert_int_equal(object_rec_add(out, TAG_PHASE,
	    (struct slice){both, strlen(phase)}), 0);
}

static void
add_ref(struct buf *out, enum object_tag tag, const char *id)
{
	struct idkey key;

	if (id == NULL)
		return;
	assert_true(idkey_parse(slice_str(id), &key) >= 0);
	assert_int_equal(object_rec_add(out, tag,
	    (struct slice){(char *)key.b, IDKEY_LEN}), 0);
}

static int64_t
stated(int64_t seconds)
{
	return seconds == 0 ? NOT_STATED : AT(seconds);
}

/* The fixed part; its hash is that of the original, or of what it says. */
static void
make_head(struct fixture *f, const struct fixture_object *o, const char *id,
    struct object_rec *head)
{
	char said[2048];
	int n;

	*head = (struct object_rec){
	    .flags = o->flags,
	    .confidence = o->confidence != 0 ? (uint8_t)o->confidence
	        : CONFIDENCE_UNKNOWN,
	    .tlp = o->tlp,
	    .modified = o->modified != 0 ? AT(o->modified) : AT(1000),
	    .created = AT(1000),
	    .valid_from = stated(o->valid_from),
	    .valid_until = stated(o->valid_until),
	};
	if (o->values != NULL)
		head->flags |= OBJ_CLAIMS;
	if (idkey_parse(slice_str(id), &head->id) == 1)
		head->flags |= OBJ_ID_DIGEST;
	n = snprintf(said, sizeof(said), "%s %s %jd %jd %jd %d %d %d %s", id,
	    o->values != NULL ? o->values : "", (intmax_t)o->modified,
	    (intmax_t)o->valid_from, (intmax_t)o->valid_until, o->confidence,
	    o->tlp, o->flags, o->name != NULL ? o->name : "");
	head->hash = digest64(said, n < (int)sizeof(said) ? (size_t)n
	    : sizeof(said) - 1, store_seed(f->store));
	if (f->raw && o->json != NULL) {
		head->flags |= OBJ_RAW;
		head->hash = digest64(o->json, strlen(o->json),
		    store_seed(f->store));
		n = block_writer_add(f->blocks, slice_str(o->json));
		assert_true(n >= 0);
		head->index = (uint16_t)n;
	}
}

void
fixture_add(struct fixture *f, const struct fixture_object *o)
{
	struct err e = ERR_INIT;
	struct object_rec head;
	const char *id = o->id;
	char made[80];
	struct buf rec;

	if (id == NULL) {
		snprintf(made, sizeof(made), "%s--00000000-0000-4000-8000-"
		    "%012u", o->rel != NULL ? "relationship" : "indicator",
		    ++f->serial);
		id = made;
	}
	make_head(f, o, id, &head);
	buf_init(&rec, LIMIT_RECORD);
	assert_int_equal(object_rec_begin(&rec, &head), 0);
	add_text(&rec, TAG_NAME, o->name);
	add_text(&rec, TAG_LABEL, o->label);
	add_phase(&rec, o->phase);
	add_text(&rec, TAG_REL_TYPE, o->rel);
	add_ref(&rec, TAG_SOURCE_REF, o->from);
	add_ref(&rec, TAG_TARGET_REF, o->to);
	if (head.flags & OBJ_ID_DIGEST)
		add_text(&rec, TAG_ID_TEXT, id);
	add_values(&rec, o->values);
	must(store_batch_add(f->poll, buf_view(&rec), &e), &e);
	buf_free(&rec);
}

static void
flush_block(struct fixture *f)
{
	struct err e = ERR_INIT;
	struct slice block;

	if (block_writer_count(f->blocks) == 0)
		return;
	must(block_writer_finish(f->blocks, &block, &e), &e);
	must(store_batch_block(f->poll, block, &e), &e);
}

void
fixture_commit(struct fixture *f)
{
	struct store_progress progress = {1, 1, 1};
	struct err e = ERR_INIT;

	flush_block(f);
	f->now += AT(1);
	must(store_batch_commit(f->poll, NULL, &progress, f->now, &e), &e);
}

void
fixture_end(struct fixture *f)
{
	struct store_end end = {.complete = true, .state = SOURCE_OK};
	struct store_counts counts;
	struct err e = ERR_INIT;
	struct store_poll *p = f->poll;

	flush_block(f);
	f->now += AT(1);
	f->poll = NULL;
	must(store_poll_end(p, &end, f->now, &counts, &e), &e);
}

void
fixture_poll(struct fixture *f, const char *source,
    const struct fixture_object *o)
{
	fixture_begin(f, source);
	for (; o->values != NULL || o->id != NULL || o->rel != NULL; o++)
		fixture_add(f, o);
	fixture_end(f);
}

void
fixture_read(const struct fixture *f, int64_t now, tw_store **store,
    tw_snapshot **snap)
{
	struct tw_error e;

	if (tw_open(f->path, 0, store, &e) != TW_OK)
		fail_msg("%s", e.text);
	assert_int_equal(tw_snapshot_begin(*store, snap), TW_OK);
	tw_snapshot_at(*snap, AT(now));
}

size_t
fixture_lookup(tw_snapshot *snap, const char *text, unsigned find,
    struct tw_match *m, size_t max)
{
	size_t found;
	int rc;

	rc = tw_lookup(snap, TW_TYPE_AUTO, text, TW_LENGTH, find, m, max,
	    &found);
	if (rc != TW_OK)
		fail_msg("%s: %s", text, tw_snapshot_error(snap));
	return found;
}

const char *
text_of(struct tw_str s)
{
	static char text[4][512];
	static unsigned next;
	char *to = text[next++ % 4];

	snprintf(to, sizeof(text[0]), "%.*s", s.p != NULL ? (int)s.n : 6,
	    s.p != NULL ? s.p : "(null)");
	return to;
}
