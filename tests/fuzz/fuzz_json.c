/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A path, a newline, and a document: the path chooses the records, each is read
 * as a tree, and the path is asked for fields, too.  Whatever the bytes are and
 * wherever they are cut in two, the same records come out, and texts lie within
 * what they were taken from.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "stix/cut.h"
#include "stix/tree.h"
#include "sync/json_path.h"
#include "sync/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct feed {
	struct arena paths, arena;
	struct json_path path;
	struct slice members[LIMIT_PATH_STEPS];
	struct cut_where where;
	struct tree tree;
	uint64_t digest, index;
};

static int
take(void *ctx, const struct json_place *at)
{
	struct slice texts[8];
	struct feed *f = ctx;
	size_t n = json_path_get(&f->path, at, texts, 8);

	for (size_t i = 0; i < n; i++)
		f->digest = digest64(texts[i].p, texts[i].n, f->digest);
	f->digest++;
	return 0;
}

static int
on_record(void *ctx, struct slice record, struct slice name, uint64_t offset)
{
	struct feed *f = ctx;
	struct json_place at = {&f->tree, 0, name, NULL};

	arena_reset(&f->arena);
	f->digest = digest64(record.p, record.n, f->digest + offset);
	if (tree_read(&f->tree, &f->arena, record, NULL) != 0)
		return 0;
	if (f->where.n == f->path.n)
		return json_path_walk(&f->path, f->where.n, &at, take, f);
	if (!json_step_fits(&f->path.steps[f->where.n], &f->tree, 0,
	    f->index++))
		return 0;
	return json_path_walk(&f->path, f->where.n + 1, &at, take, f);
}

static int
on_bad(void *ctx, const char *reason, struct slice head, uint64_t offset)
{
	struct feed *f = ctx;

	f->digest = digest64(head.p, head.n, f->digest + offset +
	    strlen(reason));
	return 0;
}

static int
on_document(void *ctx, struct slice skeleton, bool found)
{
	struct feed *f = ctx;

	f->digest = digest64(skeleton.p, skeleton.n, f->digest + found);
	if (skeleton.p != NULL &&
	    tree_read(&f->tree, &f->arena, skeleton, NULL) == 0)
		f->digest += f->tree.n;
	return 0;
}

static void
split_path(struct feed *f)
{
	unsigned n = 0;

	while (n < f->path.n && f->path.steps[n].kind == JSON_MEMBER) {
		f->members[n] = f->path.steps[n].name;
		n++;
	}
	f->where = (struct cut_where){f->members, n, n == f->path.n ?
	    CUT_AUTO : f->path.steps[n].kind == JSON_VALUES ? CUT_MAP :
	    CUT_EACH};
}

static uint64_t
cut_at(struct feed *f, struct slice text, size_t at)
{
	static const struct cut_ops ops = {on_record, on_bad, on_document};
	struct cut *c = cut_new(&f->where, &ops, f);
	int rc = -1;

	f->digest = f->index = 0;
	if (c == NULL)
		return 0;
	if (cut_feed(c, text.p, at, NULL) == 0 &&
	    cut_feed(c, text.p + at, text.n - at, NULL) == 0)
		rc = cut_finish(c, NULL);
	cut_free(c);
	return f->digest + (rc == 0);
}

/* What is a name is closed by a brace, within the text. */
static void
fill_secrets(struct slice text, enum template_escape how)
{
	char *named[] = {(char[]){"a=x/\"{secret:a}"}, (char[]){"b=y"}};
	const struct template_secrets s = {SLICE("{key}"), named, 2};
	struct slice rest = text, name;
	struct buf out;

	buf_init(&out, MIB(1));
	if (template_secrets(text, &s, how, &out) != 0 && text.n < KIB(4))
		abort();
	while (template_next_secret(&rest, &name))
		if (template_is_name(name) && (name.p < text.p ||
		    name.p + name.n >= text.p + text.n ||
		    name.p[name.n] != '}'))
			abort();
	buf_free(&out);
}

static void
fill(struct slice text)
{
	const struct template_values v = {.cursor = SLICE("c"),
	    .counted = true, .since = 0, .now = INT64_MAX - 1,
	    .bucket = INT64_MIN + 1};
	unsigned places = 0;
	struct buf out;
	bool empty;

	buf_init(&out, MIB(1));
	if (template_check(text, &places, NULL) == 0 &&
	    template_fill(text, &v, TEMPLATE_JSON, &out, &empty) != 0 &&
	    text.n < KIB(4))
		abort();
	buf_free(&out);
	fill_secrets(text, TEMPLATE_URL);
	fill_secrets(text, TEMPLATE_PARAM);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	const char *line = size > 0 ? memchr(p, '\n', size) : NULL;
	struct slice path, text;
	struct feed *f;

	if (line == NULL)
		return 0;
	path = (struct slice){p, (size_t)(line - p)};
	text = (struct slice){line + 1, size - path.n - 1};
	fill(path);
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return 0;
	arena_init(&f->paths, MIB(1));
	arena_init(&f->arena, LIMIT_OBJECT + MIB(1));
	tree_init(&f->tree);
	if (json_path_parse(path, &f->paths, &f->path, NULL) == 0) {
		uint64_t whole;

		split_path(f);
		whole = cut_at(f, text, text.n);
		if (cut_at(f, text, text.n / 2) != whole ||
		    cut_at(f, text, text.n > 0) != whole)
			abort();
	}
	tree_free(&f->tree);
	arena_free(&f->paths);
	arena_free(&f->arena);
	free(f);
	return 0;
}
