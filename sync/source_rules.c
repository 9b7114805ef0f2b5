/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Detection rules: a file, a folder or an archive of them.
 *
 *   document → lines → rules (rule.h) → fields → map → claim
 *
 * A rule is the same as long as its id is: the sid, the id of Sigma, the name of
 * YARA.  One that is switched off is a revocation, and comes back when it is
 * switched on.  Of two with one id in a poll the higher version stands; where the
 * versions say nothing, the first, and the other is told.
 *
 * A file of many that holds no rule spoils nothing: a page is judged as a whole.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/limits.h"
#include "sync/claim.h"
#include "sync/entries.h"
#include "sync/rows.h"
#include "sync/rule.h"
#include "sync/source.h"

#define RULES_ACCEPT "text/plain, application/yaml, */*;q=0.5"
#define RULES_READ 1     /* changed when rules are read in another way */
#define NAMES_MAX 64     /* fields that the options name */
#define TABLE_FIRST 1024u

struct listed { /* a rule of this poll */
	uint64_t key, text, version; /* key 0: free */
};

struct rules {
	struct entries x;
	enum rule_format format;
	struct rule_cut *cut;
	struct rows rows;
	struct buf text;         /* of a rule with its imports */
	struct arena room;       /* of names */
	struct slice names[NAMES_MAX]; /* fields: what map_resolve_fn was asked */
	size_t nnames;
	const struct rule *rule; /* at hand */
	struct listed *table;    /* size: a power of two */
	size_t size, used;
	uint64_t entries, made;  /* of the page at hand */
	char first_bad[ENTRIES_SAMPLE + 1], why[ENTRIES_SAMPLE + 1];
};

/* ---- fields ---------------------------------------------------------------- */

static int
resolve_field(void *ctx, struct slice name)
{
	struct rules *f = ctx;
	size_t i;

	if (!rule_field_known(name))
		return -1;
	for (i = 0; i < f->nnames; i++)
		if (slice_eq(name, f->names[i]))
			return (int)i;
	if (f->nnames == NAMES_MAX)
		return -1;
	f->names[i] = arena_slice(&f->room, name);
	return f->names[i].p != NULL ? (int)f->nnames++ : -1;
}

static size_t
get_field(void *ctx, unsigned field, struct slice *texts, size_t max)
{
	const struct rules *f = ctx;
	const struct rule_field *at = f->rule->fields;
	const struct rule_field *end = at + f->rule->nfields;
	size_t n = 0;

	for (; at < end && n < max; at++)
		if (slice_eq(at->name, f->names[field]))
			texts[n++] = at->text;
	return n;
}

/* ---- rules that came before ------------------------------------------------ */

static struct listed *
slot_of(struct listed *table, size_t size, uint64_t key)
{
	size_t i = (size_t)key & (size - 1);

	while (table[i].key != 0 && table[i].key != key)
		i = (i + 1) & (size - 1);
	return &table[i];
}

static int
table_grow(struct rules *f, struct err *e)
{
	size_t size = f->size > 0 ? 2 * f->size : TABLE_FIRST, i;
	struct listed *table;

	if (f->used >= LIMIT_RULES)
		return err_set(e, ERR_LIMIT, "the feed has more than %u rules; "
		    "make several sources of it, each with some of its files "
		    "(archive-member)", LIMIT_RULES);
	table = calloc(size, sizeof(*table));
	if (table == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	for (i = 0; i < f->size; i++)
		if (f->table[i].key != 0)
			*slot_of(table, size, f->table[i].key) = f->table[i];
	free(f->table);
	f->table = table;
	f->size = size;
	return 0;
}

enum again { AGAIN_NEW, AGAIN_SAME, AGAIN_OTHER, AGAIN_FAILED };

/* Did a rule of this id come before in this poll? */
static enum again
rule_again(struct rules *f, const struct rule *r, struct err *e)
{
	struct slice id = rule_get(r, "id");
	struct listed now, *slot;

	if (id.n == 0)
		id = rule_get(r, "name");
	now.key = digest64(id.p, id.n, 1) | 1;
	now.text = digest64(r->text.p, r->text.n, 2);
	now.version = rule_version(r);
	slot = f->size > 0 ? slot_of(f->table, f->size, now.key) : NULL;
	/* One that is there already needs no room. */
	if (slot == NULL || (slot->key == 0 && 2 * f->used >= f->size)) {
		if (table_grow(f, e) != 0)
			return AGAIN_FAILED;
		slot = slot_of(f->table, f->size, now.key);
	}
	if (slot->key != 0 && slot->version >= now.version)
		return slot->text == now.text ||
		    slot->version > now.version ? AGAIN_SAME : AGAIN_OTHER;
	f->used += slot->key == 0;
	*slot = now;
	return AGAIN_NEW;
}

/* ---- rules ----------------------------------------------------------------- */

static int
refuse(struct rules *f, struct slice text, uint64_t offset, const char *why,
    struct err *e)
{
	size_t n = text.n < ENTRIES_SAMPLE ? text.n : ENTRIES_SAMPLE;

	if (f->why[0] == '\0') {
		memcpy(f->first_bad, text.p, n);
		f->first_bad[n] = '\0';
		snprintf(f->why, sizeof(f->why), "%s", why);
	}
	return entries_reject(&f->x, REJECT_BAD_PATTERN, text, offset, why, e);
}

/* The rule as it will be written: with its imports. */
static struct slice
whole_text(struct rules *f, const struct rule *r)
{
	size_t i;

	if (r->nimports == 0)
		return r->text;
	buf_reset(&f->text);
	for (i = 0; i < r->nimports; i++)
		buf_printf(&f->text, "import \"%.*s\"\n",
		    SLICE_ARG(r->imports[i]));
	buf_slice(&f->text, r->text);
	return buf_view(&f->text);
}

static int
on_rule(void *ctx, const struct rule *r, uint64_t offset, struct err *e)
{
	struct rules *f = ctx;
	struct map_record record = {
		.get = get_field, .ctx = f,
		.rule = whole_text(f, r),
		.rule_type = slice_str(rule_format_name((int)f->format)),
		.off = r->disabled && !f->x.options.rules_disabled,
	};
	uint64_t around;

	if (!buf_ok(&f->text))
		return refuse(f, r->text, offset, "it is longer than a rule "
		    "may be", e);
	switch (rule_again(f, r, e)) {
	case AGAIN_FAILED:
		return -1;
	case AGAIN_SAME:
		f->x.entries++;
		f->x.skipped++;
		f->x.lost++;
		return 0;
	case AGAIN_OTHER:
		return refuse(f, r->text, offset, "another rule of the feed "
		    "has its id, and no lower version", e);
	default:
		break;
	}
	f->rule = r;
	around = digest64(record.rule.p, record.rule.n, RULES_READ) +
	    record.off;
	return entries_take(&f->x, &record, r->text, offset, around, e);
}

static int
on_bad(void *ctx, struct slice text, uint64_t offset, const char *why,
    struct err *e)
{
	return refuse(ctx, text, offset, why, e);
}

/* ---- documents ------------------------------------------------------------- */

static enum rows_answer
on_line(void *ctx, struct slice line, uint64_t offset, struct err *e)
{
	struct rules *f = ctx;

	return rule_cut_line(f->cut, line, offset, e) == 0 ? ROWS_NEXT :
	    ROWS_BROKEN;
}

static int
on_too_long(void *ctx, uint64_t offset, struct err *e)
{
	return refuse(ctx, SLICE(""), offset, "a line is too long", e);
}

static int
rules_begin(void *ctx, struct err *e)
{
	struct rules *f = ctx;

	rows_reset(&f->rows);
	rule_cut_reset(f->cut);
	return entries_begin(&f->x, e);
}

static int
rules_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct rules *f = ctx;

	return rows_bytes(&f->rows, p, n, e);
}

static int
rules_end(void *ctx, uint64_t bytes, struct err *e)
{
	struct rules *f = ctx;
	struct ingest_facts facts;

	if (rows_end(&f->rows, e) != 0 || rule_cut_end(f->cut, e) != 0 ||
	    ingest_claims_end(f->x.g, bytes, &facts, e) != 0)
		return -1;
	f->x.content = facts.content;
	f->entries += f->x.entries;
	f->made += f->x.taken + f->x.skipped;
	return ingest_page(f->x.g, bytes, e);
}

static void
rules_abandon(void *ctx)
{
	struct rules *f = ctx;

	ingest_abandon(f->x.g);
}

/* All documents of a page are read: was it a feed of rules? */
static int
rules_facts(void *ctx, struct paging_reply *r, struct err *e)
{
	struct rules *f = ctx;
	bool none = f->entries > 0 && f->made == 0;

	r->records = f->entries;
	r->content = f->x.content;
	f->entries = f->made = 0;
	if (!none)
		return 0;
	return err_set(e, ERR_SYNTAX, "nothing in it is a rule of %s: %s; the "
	    "first: '%s'. Is this the feed that its settings are for?",
	    rule_format_name((int)f->format), f->why, f->first_bad);
}

/* ---- the source ------------------------------------------------------------ */

static int
rules_open(struct rules *f, const struct rows_ops *ops, struct err *e)
{
	const struct rule_sink sink = {on_rule, on_bad, f};
	const char *name = f->x.options.rules_format;

	buf_init(&f->text, LIMIT_RULE);
	arena_init(&f->room, KIB(16));
	if (name == NULL)
		return err_set(e, ERR_CONFIG, "rules-format: is missing");
	f->format = (enum rule_format)rule_format_find(slice_str(name));
	f->cut = rule_cut_new(f->format, &sink, e);
	if (f->cut == NULL ||
	    rows_init(&f->rows, ops, f->x.options.encoding, e) != 0)
		return -1;
	return entries_map_rules(&f->x, resolve_field, f, e);
}

static void
rules_free(struct rules *f)
{
	entries_free(&f->x);
	rule_cut_free(f->cut);
	rows_free(&f->rows);
	buf_free(&f->text);
	arena_free(&f->room);
	free(f->table);
	free(f);
}

static int
poll_rules(const struct job *job, struct ingest *g, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct rules *f = calloc(1, sizeof(*f));
	struct rows_ops ops = {on_line, on_too_long, f};
	const struct doc_sink sink = {rules_begin, rules_bytes, rules_end,
	    rules_abandon, f, NULL, NULL};
	struct doc_want want = {.accept = RULES_ACCEPT, .text = true};
	int rc;

	if (f == NULL)
		return err_set(x, ERR_MEMORY, "out of memory");
	rc = entries_init(&f->x, job, g, x);
	if (rc == 0)
		rc = rules_open(f, &ops, x);
	if (rc == 0) {
		want.member = rule_format_files(f->format);
		rc = entries_poll(&f->x, &want, &sink, rules_facts, x);
	}
	rules_free(f);
	return rc;
}

static bool
claims_nothing(const struct job *job)
{
	(void)job;
	return false;
}

const struct source_ops source_rules = {
	.kind = "rules", .title = "detection rules",
	.document = true, .feed = true,
	.claims = claims_nothing, .poll = poll_rules,
};
