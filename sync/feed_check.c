/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/feed_check.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "sync/csv.h"
#include "sync/json_path.h"
#include "sync/map.h"
#include "sync/map_field.h"
#include "sync/rule.h"

struct checking {
	const struct feed_options *f;
	struct arena arena;
	struct err e;
	unsigned n;
	feed_complaint_fn *complain;
	void *ctx;
};

static void
tell(struct checking *c)
{
	c->n++;
	c->complain(c->ctx, &c->e);
	err_clear(&c->e);
}

/* ---- JSON ------------------------------------------------------------------ */

static void
check_path(struct checking *c, const char *option, struct slice text,
    enum json_path_role role)
{
	struct json_path path;

	if (json_path_parse(text, &c->arena, &path, &c->e) == 0 &&
	    json_path_check(&path, text, role, &c->e) == 0)
		return;
	err_context(&c->e, "%s", option);
	tell(c);
}

/* FIELD=A and the like, of a path. */
static void
check_test(struct checking *c, const char *option, const char *text,
    enum json_path_role role)
{
	struct predicate test;
	struct slice name;

	if (predicate_parse(slice_str(text), option, NULL, &name, &test,
	    &c->e) != 0)
		tell(c);
	else
		check_path(c, option, name, role);
	predicate_clear(&test);
}

/* An index is JSON, whatever its items are. */
static void
check_index(struct checking *c)
{
	const struct feed_options *f = c->f;
	const struct {
		const char *option, *text;
		enum json_path_role role;
	} paths[] = {
		{"page-index", f->page_index, JSON_PATH_RECORDS},
		{"page-index-next", f->page_index_next, JSON_PATH_RECORDS},
		{"page-start-at", f->page_start_at, JSON_PATH_DOCUMENT},
	};

	for (size_t i = 0; i < ARRAY_LEN(paths) && !f->page_index_xml; i++)
		if (paths[i].text != NULL)
			check_path(c, paths[i].option,
			    slice_str(paths[i].text), paths[i].role);
}

static void
check_json(struct checking *c)
{
	const struct feed_options *f = c->f;
	const char *next = f->page_next;
	/* A last record that is none tells of the document. */
	enum json_path_role told = f->json_trailer != NULL ? JSON_PATH_FIELD :
	    JSON_PATH_DOCUMENT;
	const struct {
		const char *option, *text;
		enum json_path_role role;
		bool test;
	} paths[] = {
		{"json-root", f->json_root, JSON_PATH_RECORDS, false},
		{"json-count", f->json_count, told, false},
		{"stated-path", f->stated_path, told, false},
		{"page-total", f->page_total, JSON_PATH_DOCUMENT, false},
		{"page-mark", f->page_mark, JSON_PATH_FIELD, false},
		/* what is no path is a header's */
		{"page-next", next == NULL || strcmp(next, "link") == 0 ||
		    strncmp(next, "header:", 7) == 0 ? NULL : next,
		    JSON_PATH_DOCUMENT, false},
		{"json-trailer", f->json_trailer, JSON_PATH_FIELD, true},
		{"json-ok", f->json_ok, JSON_PATH_DOCUMENT, true},
		{"json-none", f->json_none, JSON_PATH_DOCUMENT, true},
		{"page-more", f->page_more, JSON_PATH_DOCUMENT, true},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(paths); i++) {
		if (paths[i].text == NULL)
			continue;
		if (paths[i].test)
			check_test(c, paths[i].option, paths[i].text,
			    paths[i].role);
		else
			check_path(c, paths[i].option,
			    slice_str(paths[i].text), paths[i].role);
	}
}

/* ---- fields ---------------------------------------------------------------- */

static int
resolve_path(void *ctx, struct slice name)
{
	struct checking *c = ctx;
	struct json_path path;

	return json_path_parse(name, &c->arena, &path, &c->e);
}

/* A column by its name or its number; a line has only one. */
static int
resolve_one(void *ctx, struct slice name)
{
	const struct checking *c = ctx;
	uint32_t i;

	for (i = 0; i < c->f->columns.n; i++)
		if (slice_is(name, c->f->columns.v[i]))
			return (int)i;
	for (i = 0; i < name.n; i++)
		if (name.p[i] < '0' || name.p[i] > '9')
			return -1;
	return name.n > 0 ? 0 : -1;
}

static int
resolve_name(void *ctx, struct slice name)
{
	return csv_choose(name, resolve_one, ctx);
}

static int
resolve_word(void *ctx, struct slice name)
{
	(void)ctx;
	return slice_is(name, "value") || slice_is(name, "1") ? 0 : -1;
}

static int
resolve_rule(void *ctx, struct slice name)
{
	(void)ctx;
	return rule_field_known(name) ? 0 : -1;
}

static void
check_map(struct checking *c, map_resolve_fn *resolve,
    const struct map_settings *s)
{
	struct map *m = map_new(c->f, s, resolve, c, &c->e);

	if (m == NULL)
		tell(c);
	map_free(m);
}

static void
check_rules(struct checking *c)
{
	const struct map_settings rules = {.rules = true};

	if (c->f->rules_format == NULL) {
		err_set(&c->e, ERR_CONFIG, "rules-format: is missing: yara, "
		    "sigma, suricata or snort?");
		tell(c);
	}
	check_map(c, resolve_rule, &rules);
}

/* What a feed of this kind lists, and what its fields are. */
static void
check_kind(struct checking *c, const char *kind)
{
	const struct map_settings record = {.rules = false};
	const struct map_settings line = {.only_field = "value"};
	const struct feed_options *f = c->f;

	if (strcmp(kind, "json") == 0) {
		check_json(c);
		if (!f->json_stix)
			check_map(c, resolve_path, &record);
	} else if (strcmp(kind, "lines") == 0) {
		check_map(c, resolve_word, &line);
	} else if (strcmp(kind, "csv") == 0 && (f->columns.n > 0 ||
	    f->header == NULL || strcmp(f->header, "none") == 0)) {
		check_map(c, resolve_name, &record);
	} else if (strcmp(kind, "rules") == 0) {
		check_rules(c);
	}
}

unsigned
feed_check(const struct feed_options *f, const char *kind,
    feed_complaint_fn *complain, void *ctx)
{
	struct checking c = {.f = f, .complain = complain, .ctx = ctx};
	unsigned i;
	int rc;

	err_clear(&c.e);
	arena_init(&c.arena, MIB(1));
	for (i = 0; (rc = feed_options_check(f, i, &c.e)) <= 0; i++)
		if (rc < 0)
			tell(&c);
	if (kind == NULL)
		kind = "";
	check_index(&c);
	check_kind(&c, kind);
	arena_free(&c.arena);
	return c.n;
}
