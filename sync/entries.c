/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/entries.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/value.h"
#include "sync/claim.h"
#include "sync/map_field.h"

#define ARENA_MAX MIB(4)

int
entries_init(struct entries *x, const struct job *job, struct ingest *g,
    struct err *e)
{
	*x = (struct entries){.job = job, .g = g,
	    .declared = STORE_UNDECLARED};
	arena_init(&x->arena, ARENA_MAX);
	return feed_options_parse(job->feed, job->nfeed, &x->options, e);
}

void
entries_free(struct entries *x)
{
	map_free(x->map);
	feed_options_free(&x->options);
	arena_free(&x->arena);
}

static int
make_map(struct entries *x, map_resolve_fn *resolve, void *ctx,
    const char *only, bool rules, struct err *e)
{
	const struct map_settings s = {
		.value_options = x->job->allow_bogons ? VALUE_ALLOW_BOGON : 0,
		.now = x->job->now,
		.only_field = only,
		.rules = rules,
	};

	map_free(x->map);
	x->map = map_new(&x->options, &s, resolve, ctx, e);
	return x->map != NULL ? 0 : -1;
}

int
entries_map(struct entries *x, map_resolve_fn *resolve, void *ctx,
    const char *only, struct err *e)
{
	return make_map(x, resolve, ctx, only, false, e);
}

int
entries_map_rules(struct entries *x, map_resolve_fn *resolve, void *ctx,
    struct err *e)
{
	return make_map(x, resolve, ctx, NULL, true, e);
}

static void
sample(char out[ENTRIES_SAMPLE + 1], struct slice s)
{
	size_t n = s.n < ENTRIES_SAMPLE ? s.n : ENTRIES_SAMPLE;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

int
entries_begin(struct entries *x, struct err *e)
{
	x->entries = x->taken = x->skipped = 0;
	x->stated = 0;
	x->first_bad[0] = x->why[0] = '\0';
	x->valued = false;
	err_clear(&x->barren);
	return ingest_begin(x->g, e);
}

/* As of STIX objects: the entry counts, its bound does not. */
static CC_RARE int
tell_validity(struct entries *x, struct slice original, uint64_t offset,
    struct slice bound, struct err *e)
{
	char text[ENTRIES_SAMPLE + 1], why[ENTRIES_SAMPLE + 64];

	sample(text, bound);
	snprintf(why, sizeof(why), "'%s' is no time by map-times", text);
	return ingest_reject_part(x->g, REJECT_VALIDITY, original, offset, why,
	    e);
}

/* It gives no claim: `detail` says why. */
static CC_RARE int
reject_entry(struct entries *x, enum reject_reason why, struct slice original,
    uint64_t offset, struct slice detail, struct err *e)
{
	char text[ENTRIES_SAMPLE + 1];

	x->lost += !reject_is_fault(why);
	x->valued = x->valued || detail.n > 0;
	sample(text, detail);
	if (x->first_bad[0] == '\0')
		sample(x->first_bad, original);
	return ingest_reject(x->g, why, original, offset,
	    text[0] != '\0' ? text : NULL, e);
}

int
entries_take(struct entries *x, const struct map_record *record,
    struct slice original, uint64_t offset, uint64_t around, struct err *e)
{
	enum reject_reason why = REJECT_VALUE_OTHER;
	struct slice detail = SLICE_NONE;
	struct claim c;

	x->entries++;
	arena_reset(&x->arena);
	switch (map_record(x->map, record, &x->arena, &c, &why, &detail)) {
	case MAP_CLAIM:
		x->taken++;
		if (detail.n > 0 && tell_validity(x, original, offset, detail,
		    e) != 0)
			return -1;
		return ingest_claim(x->g, &c, original, offset,
		    map_settings_digest(x->map) ^ around, e);
	case MAP_SKIP:
		x->skipped++;
		x->lost++;
		return 0;
	default:
		return reject_entry(x, why, original, offset, detail, e);
	}
}

int
entries_reject(struct entries *x, enum reject_reason reason,
    struct slice original, uint64_t offset, const char *why, struct err *e)
{
	x->entries++;
	/* One among others of its list, of which nobody can say more. */
	x->valued = x->valued || reason == REJECT_TOO_LARGE ||
	    reason == REJECT_TOO_DEEP;
	if (x->why[0] == '\0' && why != NULL)
		sample(x->why, slice_str(why));
	if (x->first_bad[0] == '\0')
		sample(x->first_bad, original);
	return ingest_reject(x->g, reason, original, offset, why, e);
}

int
entries_stated(struct entries *x, struct slice text, struct err *e)
{
	struct feed_options as = x->options;
	char note[128];

	if (as.stated_times.n != 0)
		as.times = as.stated_times;
	text = slice_trim(text);
	if (text.n == 0 || field_time(&as, text, &x->stated) == 0)
		return 0;
	snprintf(note, sizeof(note), "'%.*s', of when the feed is, is no time "
	    "by stated-times", (int)(text.n < 40 ? text.n : 40), text.p);
	return ingest_note(x->g, note, e);
}

/* Of a part of something larger nothing is withdrawn, so nobody else asks
 * whether it can be all of that part.  A page may well hold nothing, and so may
 * one of many files, and what came since the last poll. */
static int
judge_part(const struct entries *x, struct err *e)
{
	if (!x->job->part || x->options.page_kind != NULL ||
	    x->options.archive_member != NULL || x->job->url == NULL ||
	    strncmp(x->job->url, "http", 4) != 0)
		return 0;
	if (x->declared != STORE_UNDECLARED && x->declared != x->entries)
		return err_set(e, ERR_SYNTAX, "it says that it has %llu "
		    "entries, and has %llu: it did not come whole",
		    (unsigned long long)x->declared,
		    (unsigned long long)x->entries);
	if (x->entries == 0 && !x->job->may_be_empty && !x->newer)
		return err_set(e, ERR_SYNTAX, "it lists nothing. If that may "
		    "be, say guards: {may-be-empty: yes}");
	return 0;
}

/* None of its entries is of use.  A page of a queue that is known by its fields may
 * be so, and is told of: it would come for ever. */
static int
judge_barren(struct entries *x, struct err *e)
{
	bool ours = x->shaped && x->valued && x->options.page_kind != NULL &&
	    strcmp(x->options.page_kind, "queue") == 0;

	if (x->entries == 0 || x->taken > 0 || x->skipped > 0)
		return 0;
	err_set(ours ? &x->barren : e, ERR_SYNTAX, "none of its %llu entries "
	    "holds a value%s%s; the first: '%s'. Is this the feed that its "
	    "settings are for?", (unsigned long long)x->entries,
	    x->why[0] != '\0' ? ": " : "", x->why, x->first_bad);
	return ours ? 0 : -1;
}

int
entries_end(struct entries *x, uint64_t bytes, struct err *e)
{
	struct ingest_facts facts;

	if (ingest_claims_end(x->g, bytes, &facts, e) != 0)
		return -1;
	x->content = facts.content;
	x->lost += facts.twice;
	if (judge_barren(x, e) != 0 || judge_part(x, e) != 0)
		return -1;
	if (x->stated != 0 && ingest_stated(x->g, x->stated, e) != 0)
		return -1;
	return ingest_page(x->g, bytes, e);
}

void
entries_facts(const struct entries *x, struct paging_reply *r)
{
	r->records = x->entries;
	r->content = x->content;
}

int
entries_poll(struct entries *x, const struct doc_want *want,
    const struct doc_sink *sink,
    int (*facts)(void *ctx, struct paging_reply *r, struct err *e),
    struct err *e)
{
	struct feed_walk w = {
		.job = x->job, .ingest = x->g, .options = &x->options,
		.want = *want, .sink = *sink, .facts = facts,
		.declared = &x->declared, .lost = &x->lost,
		.newer = &x->newer, .barren = &x->barren,
	};

	if (x->options.archive_member != NULL)
		w.want.member = x->options.archive_member;
	w.want.stated = x->options.stated_modified;
	return feed_walk(&w, e);
}
