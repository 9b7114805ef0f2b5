/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Published STIX, where there is some: every *.json in the folders unit42,
 * stix-examples and tweetfeed of $TAXIWAY_CORPORA is split and scanned, and
 * compared with Jansson.  Skipped (exit status 77) without that variable.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "stix/split.h"
#include "stix_events.h"

#define SKIPPED 77
#define ODD_BITS 12

struct tally {
	const char *path;
	uint64_t files, objects, bad, odd[ODD_BITS];
	int failed;
};

static int
on_object(void *ctx, struct slice text, uint64_t offset)
{
	struct tally *t = ctx;
	struct stix_object o;
	struct arena a;
	const char *wrong = reference_check(text);

	t->objects++;
	arena_init(&a, MIB(64));
	if (wrong == NULL && stix_object_scan(&a, text, &o, NULL) != 0)
		wrong = "not an object";
	if (wrong != NULL) {
		printf("%s: offset %" PRIu64 ": %s\n", t->path, offset, wrong);
		t->failed = 1;
	} else {
		for (unsigned i = 0; i < ODD_BITS; i++)
			t->odd[i] += o.odd >> i & 1;
	}
	arena_free(&a);
	return 0;
}

static int
on_bad(void *ctx, const char *reason, struct slice head, uint64_t offset)
{
	struct tally *t = ctx;

	(void)reason;
	(void)head;
	(void)offset;
	t->bad++;
	return 0;
}

static int
read_file(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "rb");
	size_t n = 0;
	char *to;

	if (f == NULL)
		return -1;
	do {
		to = buf_room(b, KIB(64));
		n = to != NULL ? fread(to, 1, KIB(64), f) : 0;
		b->n += n;
	} while (n > 0);
	fclose(f);
	return buf_ok(b) ? 0 : -1;
}

static void
check_file(struct tally *t, const char *path)
{
	static const struct split_ops ops = {on_object, on_bad, NULL};
	struct split *s = split_new(&ops, t);
	struct err e = ERR_INIT;
	const char *wrong;
	struct buf b;

	t->path = path;
	t->files++;
	buf_init(&b, MIB(64));
	if (s == NULL || read_file(path, &b) != 0 ||
	    split_feed(s, b.p, b.n, &e) != 0 || split_finish(s, &e) != 0) {
		printf("%s: %s\n", path, e.text);
		t->failed = 1;
	}
	wrong = events_check(buf_view(&b), t->files);
	if (wrong != NULL) {
		printf("%s: %s\n", path, wrong);
		t->failed = 1;
	}
	buf_free(&b);
	split_free(s);
}

static void
check_folder(struct tally *t, const char *top, const char *name)
{
	char folder[2048], path[4096];
	struct dirent *entry;
	DIR *d;

	snprintf(folder, sizeof(folder), "%s/%s", top, name);
	d = opendir(folder);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n < 5 || strcmp(entry->d_name + n - 5, ".json") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		check_file(t, path);
	}
	if (d != NULL)
		closedir(d);
}

int
main(void)
{
	const char *top = getenv("TAXIWAY_CORPORA");
	struct tally t = {0};

	if (top == NULL || *top == '\0')
		return SKIPPED;
	check_folder(&t, top, "unit42");
	check_folder(&t, top, "stix-examples");
	check_folder(&t, top, "tweetfeed");
	printf("%" PRIu64 " files, %" PRIu64 " objects, %" PRIu64
	    " in the place of one; odd:", t.files, t.objects, t.bad);
	for (unsigned i = 0; i < ODD_BITS; i++)
		printf(" %" PRIu64, t.odd[i]);
	printf("\n");
	return t.failed || t.objects == 0;
}
