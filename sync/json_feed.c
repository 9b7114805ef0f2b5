/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/json_feed.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "stix/scan_escape.h"

#define RECORD_ARENA (LIMIT_OBJECT + MIB(1)) /* of texts with escapes */
#define FIELD_TEXTS 64

/* --- one record --------------------------------------------------------- */

static size_t
get_field(void *ctx, unsigned field, struct slice *texts, size_t max)
{
	const struct json_feed *f = ctx;

	return json_path_get(&f->fields[field], f->place, texts, max);
}

/* What decides about a record and does not stand in it: fields of what it lies
 * in. */
static uint64_t
digest_outside(const struct json_feed *f)
{
	struct slice texts[FIELD_TEXTS];
	uint64_t d = 0;
	size_t i, k, n;

	for (i = 0; i < f->nfields; i++) {
		if (f->fields[i].up == 0 && !f->fields[i].key)
			continue;
		n = json_path_get(&f->fields[i], f->place, texts, FIELD_TEXTS);
		d = digest64(&n, sizeof(n), d);
		for (k = 0; k < n; k++)
			d = digest64(texts[k].p, texts[k].n, d);
	}
	return d;
}

static bool
fits(const struct json_test *t, const struct json_place *at)
{
	struct slice texts[FIELD_TEXTS];
	size_t i, n = json_path_get(&t->path, at, texts, FIELD_TEXTS);

	if (n == 0)
		texts[n++] = SLICE("");
	for (i = 0; i < n; i++)
		if (predicate_fits(&t->test, slice_trim(texts[i])))
			return true;
	return false;
}

/* A number of records, declared: the last one counts. */
static int
take_count(struct json_feed *f, const struct json_place *at, struct err *e)
{
	struct slice text = f->has_count ? json_path_text(&f->count, at) :
	    SLICE_NONE;

	if (text.n == 0)
		return 0;
	if (field_count(text, &f->x.declared) != 0)
		return err_set(e, ERR_PROTO, "json-count: '%.*s' is no number"
		    " of records", SLICE_ARG(text));
	return 0;
}

/* And of when it is. */
static int
take_stated(struct json_feed *f, const struct json_place *at, struct err *e)
{
	struct slice text = f->has_stated ? json_path_text(&f->stated, at) :
	    SLICE_NONE;

	return text.n == 0 ? 0 : entries_stated(&f->x, text, e);
}

static void
take_mark(struct json_feed *f, const struct json_place *at)
{
	struct slice mark = json_path_text(&f->mark, at);

	if (mark.n == 0 || mark.n > PAGING_MARK)
		return;
	if (f->nlast > 0 && paging_mark_compare(mark,
	    (struct slice){f->last, f->nlast}) < 0)
		f->falling = true;
	if (f->nlow == 0 || paging_mark_compare(mark,
	    (struct slice){f->low, f->nlow}) < 0) {
		memcpy(f->low, mark.p, mark.n);
		f->nlow = mark.n;
	}
	memcpy(f->last, mark.p, mark.n);
	f->nlast = mark.n;
	if (f->nhigh > 0 && paging_mark_compare(mark,
	    (struct slice){f->high, f->nhigh}) <= 0)
		return;
	memcpy(f->high, mark.p, mark.n);
	f->nhigh = mark.n;
}

/* Records that are STIX objects go where those of a document of STIX go. */
static int
take_stix(struct json_feed *f, struct slice object)
{
	f->x.entries++;
	if (ingest_bytes(f->x.g, object.p, object.n, f->e) != 0)
		return -1;
	return ingest_bytes(f->x.g, "\n", 1, f->e);
}

static int
end_stix(struct json_feed *f, uint64_t bytes, struct err *e)
{
	struct ingest_facts facts;

	/* A page without objects is one that is empty, not one cut off. */
	if (f->x.entries == 0 && ingest_bytes(f->x.g, "[]", 2, e) != 0)
		return -1;
	if (ingest_end(f->x.g, &facts, e) != 0)
		return -1;
	f->x.entries = facts.objects;
	f->x.lost += facts.filtered;
	f->x.content = facts.content;
	return ingest_page(f->x.g, bytes, e);
}

static int
take_place(void *ctx, const struct json_place *at)
{
	struct json_feed *f = ctx;
	const struct map_record record = {.get = get_field, .ctx = f};
	const struct tree_node *n = &at->tree->nodes[at->node];
	uint64_t offset = f->offset;

	if (f->trailer.given && fits(&f->trailer, at))
		return take_count(f, at, f->e) != 0 ? -1 :
		    take_stated(f, at, f->e);
	if (n->text.p >= f->record.p &&
	    n->text.p < f->record.p + f->record.n)
		offset += (uint64_t)(n->text.p - f->record.p);
	f->place = at;
	if (f->has_mark)
		take_mark(f, at);
	if (f->x.options.json_stix)
		return take_stix(f, n->text);
	return entries_take(&f->x, &record, n->text, offset,
	    digest_outside(f), f->e);
}

/* The name of an entry, from between its quotes. */
static int
take_key(struct json_feed *f, struct slice raw, struct slice *key)
{
	char *room = arena_alloc(&f->arena, raw.n + 1);
	int64_t n = room != NULL ? scan_unescape(raw, room) : -1;

	if (n < 0)
		return -1;
	*key = (struct slice){room, (size_t)n};
	return utf8_valid(*key) ? 0 : -1;
}

static int
reject(struct json_feed *f, enum reject_reason reason, struct slice record,
    const char *why)
{
	return entries_reject(&f->x, reason, record, f->offset, why, f->e) ==
	    0 ? 0 : -1;
}

static int
on_record(void *ctx, struct slice record, struct slice name, uint64_t offset)
{
	struct json_feed *f = ctx;
	struct json_place at = {&f->tree, 0, SLICE_NONE, NULL};
	struct err why = ERR_INIT;
	uint64_t index = f->index++;

	f->records++;
	arena_reset(&f->arena);
	f->record = record;
	f->offset = offset;
	if (tree_read(&f->tree, &f->arena, record, &why) != 0) {
		if (why.code == ERR_MEMORY)
			return err_set(f->e, why.code, "%s", why.text);
		return reject(f, why.code == ERR_LIMIT ? REJECT_TOO_LARGE :
		    REJECT_JSON, record, why.text);
	}
	if (name.p != NULL && take_key(f, name, &at.key) != 0)
		return reject(f, REJECT_JSON, record, "its name is not valid");
	if (!f->within && f->outer < f->root.n) {
		if (!json_step_fits(&f->root.steps[f->outer], &f->tree, 0,
		    index))
			return 0;
		return json_path_walk(&f->root, f->outer + 1, &at, take_place,
		    f);
	}
	return json_path_walk(&f->root, f->outer, &at, take_place, f);
}

static int
on_bad(void *ctx, const char *reason, struct slice head, uint64_t offset)
{
	struct json_feed *f = ctx;

	f->index++;
	f->records++;
	f->offset = offset;
	return reject(f, strcmp(reason, "too-deep") == 0 ? REJECT_TOO_DEEP :
	    REJECT_TOO_LARGE, head, reason);
}

/* --- what stands around them -------------------------------------------- */

/* The first text at a path there, of the document that is over; p == NULL:
 * none. */
static struct slice
text_around(const struct json_feed *f, const struct json_path *p)
{
	const struct json_place at = {&f->around, 0, SLICE_NONE, NULL};

	return f->around.n > 0 ? json_path_text(p, &at) : SLICE_NONE;
}

/* Where replies that are errors say what is wrong. */
static struct slice
complaint(const struct json_feed *f)
{
	static const char *const places[] = {"error.message", "error",
	    "message", "errors[0].message", "errors[0].detail", "errors[0]",
	    "detail", "error_description", "query_status", "title", "status",
	    "msg", "reason"};
	struct json_path path;
	struct slice text;
	struct arena a;

	arena_init(&a, KIB(4));
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (json_path_parse(slice_str(places[i]), &a, &path, NULL) != 0)
			continue;
		text = text_around(f, &path);
		if (text.n > 0) {
			arena_free(&a);
			return text;
		}
	}
	arena_free(&a);
	return SLICE_NONE;
}

static int
refuse(struct json_feed *f, const char *what)
{
	struct slice says = complaint(f);

	if (says.n > 200)
		says.n = utf8_cut(says, 200);
	if (says.n == 0)
		return err_set(f->e, ERR_PROTO, "%s", what);
	return err_set(f->e, ERR_PROTO, "%s; it says '%.*s'", what,
	    SLICE_ARG(says));
}

static int
on_document(void *ctx, struct slice skeleton, bool found)
{
	struct json_feed *f = ctx;
	const struct json_place at = {&f->around, 0, SLICE_NONE, NULL};
	char what[LIMIT_PATH + 64];

	f->index = 0;
	f->around.n = 0;
	arena_reset(&f->around_arena);
	if (skeleton.p == NULL)
		return 0;
	if (tree_read(&f->around, &f->around_arena, skeleton, f->e) != 0)
		return -1;
	if (f->ok.given && !fits(&f->ok, &at))
		return refuse(f, "json-ok does not fit: not the feed, but an "
		    "error");
	if (!found && !(f->none.given && fits(&f->none, &at))) {
		snprintf(what, sizeof(what), "JSON, but without '%s', where "
		    "the records should be", f->x.options.json_root);
		return refuse(f, what);
	}
	return take_count(f, &at, f->e) != 0 ? -1 :
	    take_stated(f, &at, f->e);
}

/* --- the poll ----------------------------------------------------------- */

static int
resolve(void *ctx, struct slice name)
{
	struct json_feed *f = ctx;
	struct json_path *v = realloc(f->fields,
	    (f->nfields + 1) * sizeof(*v));

	if (v == NULL)
		return -1;
	f->fields = v;
	if (json_path_parse(name, &f->paths, &v[f->nfields],
	    f->e) != 0)
		return -1;
	return (int)f->nfields++;
}

static int
test_init(struct json_feed *f, const char *option, const char *text,
    struct json_test *t, struct err *e)
{
	struct slice name;

	if (text == NULL)
		return 0;
	t->given = true;
	if (predicate_parse(slice_str(text), option, NULL, &name, &t->test,
	    e) != 0)
		return -1;
	return json_path_parse(name, &f->paths, &t->path, e) == 0 ? 0 :
	    err_context(e, "%s", option);
}

static int
path_init(struct json_feed *f, const char *option, const char *text,
    struct json_path *p, bool *has, struct err *e)
{
	*has = text != NULL;
	if (text == NULL || json_path_parse(slice_str(text), &f->paths, p,
	    e) == 0)
		return 0;
	return err_context(e, "%s", option);
}

/* What is no path is a header's, and not for us. */
static int
next_init(struct json_feed *f, const char *text, struct err *e)
{
	if (text != NULL && (strcmp(text, "link") == 0 ||
	    strncmp(text, "header:", 7) == 0))
		return 0;
	return path_init(f, "page-next", text, &f->next, &f->has_next, e);
}

/* The members at the beginning of the path are the cutter's, and what it chooses
 * from the list there; the rest is found within a record.  All of it is, where it
 * begins with a dot: the record itself. */
static void
root_split(struct json_feed *f, bool within)
{
	const struct json_path *p = &f->root;

	f->where = (struct cut_where){NULL, 0, CUT_AUTO};
	f->within = within;
	if (within)
		return;
	while (f->outer < p->n && p->steps[f->outer].kind == JSON_MEMBER) {
		f->members[f->outer] = p->steps[f->outer].name;
		f->outer++;
	}
	f->where = (struct cut_where){f->members, f->outer, CUT_AUTO};
	if (f->outer < p->n)
		f->where.kind = p->steps[f->outer].kind == JSON_VALUES ?
		    CUT_MAP : CUT_EACH;
}

static int
root_init(struct json_feed *f, struct err *e)
{
	const char *text = f->x.options.json_root;

	if (text != NULL && (json_path_parse(slice_str(text), &f->paths,
	    &f->root, e) != 0 || json_path_check(&f->root, slice_str(text),
	    JSON_PATH_RECORDS, e) != 0))
		return err_context(e, "json-root");
	root_split(f, text != NULL && *text == '.');
	return 0;
}

int
json_feed_init(struct json_feed *f, const struct job *job, struct ingest *g,
    struct err *e)
{
	static const struct cut_ops ops = {on_record, on_bad, on_document};
	const struct feed_options *o = &f->x.options;

	*f = (struct json_feed){.cut = NULL};
	arena_init(&f->paths, MIB(1));
	arena_init(&f->arena, RECORD_ARENA);
	arena_init(&f->around_arena, MIB(1));
	tree_init(&f->tree);
	tree_init(&f->around);
	if (entries_init(&f->x, job, g, e) != 0 || root_init(f, e) != 0 ||
	    decoder_init(&f->decoder, o->encoding, e) != 0 ||
	    test_init(f, "json-trailer", o->json_trailer, &f->trailer, e) !=
	    0 || test_init(f, "json-ok", o->json_ok, &f->ok, e) != 0 ||
	    test_init(f, "json-none", o->json_none, &f->none, e) != 0 ||
	    test_init(f, "page-more", o->page_more, &f->more, e) != 0 ||
	    path_init(f, "json-count", o->json_count, &f->count,
	    &f->has_count, e) != 0 ||
	    path_init(f, "stated-path", o->stated_path, &f->stated,
	    &f->has_stated, e) != 0 ||
	    path_init(f, "page-total", o->page_total, &f->total,
	    &f->has_total, e) != 0 ||
	    path_init(f, "page-mark", o->page_mark, &f->mark, &f->has_mark,
	    e) != 0 || next_init(f, o->page_next, e) != 0)
		return -1;
	f->e = e;
	f->x.shaped = true;
	if (!o->json_stix && entries_map(&f->x, resolve, f, NULL, e) != 0)
		return -1;
	f->cut = cut_new(&f->where, &ops, f);
	return f->cut != NULL ? 0 : err_set(e, ERR_MEMORY, "out of memory");
}

static void
test_free(struct json_test *t)
{
	predicate_clear(&t->test);
}

void
json_feed_free(struct json_feed *f)
{
	cut_free(f->cut);
	test_free(&f->trailer);
	test_free(&f->ok);
	test_free(&f->none);
	test_free(&f->more);
	entries_free(&f->x);
	decoder_free(&f->decoder);
	free(f->fields);
	tree_free(&f->tree);
	tree_free(&f->around);
	arena_free(&f->paths);
	arena_free(&f->arena);
	arena_free(&f->around_arena);
}

int
json_feed_begin(void *ctx, struct err *e)
{
	struct json_feed *f = ctx;

	cut_reset(f->cut);
	decoder_reset(&f->decoder);
	f->index = f->records = 0;
	f->nhigh = f->nlow = f->nlast = 0;
	f->falling = false;
	f->around.n = 0;
	f->x.entries = 0;
	return f->x.options.json_stix ? ingest_begin(f->x.g, e) :
	    entries_begin(&f->x, e);
}

static int
take_text(void *ctx, const char *p, size_t n, struct err *e)
{
	struct json_feed *f = ctx;

	return cut_feed(f->cut, p, n, e) == 0 ? 0 : -1;
}

int
json_feed_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct json_feed *f = ctx;

	f->e = e;
	return decoder_bytes(&f->decoder, p, n, take_text, f, e);
}

int
json_feed_end(void *ctx, uint64_t bytes, struct err *e)
{
	struct json_feed *f = ctx;

	f->e = e;
	if (decoder_end(&f->decoder, take_text, f, e) != 0 ||
	    cut_finish(f->cut, e) != 0)
		return -1;
	return f->x.options.json_stix ? end_stix(f, bytes, e) :
	    entries_end(&f->x, bytes, e);
}

void
json_feed_abandon(void *ctx)
{
	struct json_feed *f = ctx;

	ingest_abandon(f->x.g);
}

int
json_feed_facts(void *ctx, struct paging_reply *r, struct err *e)
{
	struct json_feed *f = ctx;
	const struct json_place at = {&f->around, 0, SLICE_NONE, NULL};
	struct slice total = f->has_total ? text_around(f, &f->total) :
	    SLICE_NONE;

	entries_facts(&f->x, r);
	r->records = f->records;
	if (f->has_next)
		r->next = text_around(f, &f->next);
	if (f->more.given)
		r->more = f->around.n > 0 && fits(&f->more, &at) ?
		    PAGING_MORE : PAGING_NO_MORE;
	if (total.n > 0 && field_count(total, &r->total) != 0)
		return err_set(e, ERR_PROTO, "page-total: '%.*s' is no number",
		    SLICE_ARG(total));
	r->high = (struct slice){f->high, f->nhigh};
	r->low = (struct slice){f->low, f->nlow};
	r->falling = f->falling;
	return 0;
}
