/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a store gives back: objects, versions, identifiers, records of polls,
 * sightings and original bytes whose history is over; with a clock of its own,
 * and verified at every transaction.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "include/taxiway.h"
#include "store/ageing.h"
#include "store/bytes.h"
#include "store/history.h"
#include "store/rollback.h"
#include "store/sighting.h"
#include "store/upkeep.h"
#include "tests/unit/store_fixture.h"

#define DAY TSTAMP_DAY
#define NEVER TSTAMP_NONE

/* The day on which the stores of these tests begin: a store of day 0 would be
 * older than every history. */
#define START 1000

/* An indicator n with the address `value`, or a relationship from indicator n. */
struct told {
	uint32_t n, value;
	int modified;       /* days */
	int until;          /* a day; 0: none */
	uint16_t flags;
	bool relates;
};

struct feed {
	const char *name;
	enum listing_kind listing;
	struct store_history keep;
	bool raw;
};

static const struct feed append = {"append", LISTING_APPEND,
    {10 * DAY, 30 * DAY, 50 * DAY}, false};
static const struct feed snapshot = {"snapshot", LISTING_SNAPSHOT,
    {10 * DAY, 30 * DAY, 50 * DAY}, false};

static int64_t
day(int n)
{
	return (int64_t)n * DAY;
}

/* Its original bytes: they tell versions apart. */
static void
text_of(const struct told *t, struct buf *out)
{
	int i;

	buf_printf(out, "{\"n\":%u,\"value\":%u,\"modified\":%d,\"flags\":%u,"
	    "\"until\":%d,\"pad\":\"", t->n, t->value, t->modified, t->flags,
	    t->until);
	for (i = 0; i < 40; i++)
		buf_printf(out, "%08x", (t->n + 1) * 2654435761u *
		    (unsigned)(t->modified + i + 1));
	buf_printf(out, "\"}");
}

static struct slice
record_of(struct fixture *x, const struct told *t, uint16_t index, bool raw)
{
	uint8_t key[4] = {23, (uint8_t)(t->value >> 16),
	    (uint8_t)(t->value >> 8), (uint8_t)t->value};
	struct object_value v = {.value = {.type = VALUE_IPV4, .prefix = 32,
	    .keylen = 4, .key = key}};
	struct idkey from = id_of(STIX_INDICATOR, t->n);
	struct idkey to = id_of(STIX_MALWARE, 1);
	struct object_rec head = {.id = t->relates ?
	    id_of(STIX_RELATIONSHIP, t->n) : from,
	    .flags = t->flags, .confidence = 50, .created = day(START),
	    .modified = day(START + t->modified),
	    .valid_from = day(START), .valid_until = t->until == 0 ? NEVER :
	    day(START + t->until), .index = index};
	struct buf text;

	buf_init(&text, KIB(4));
	text_of(t, &text);
	head.hash = digest64(text.p, text.n, store_seed(x->s));
	buf_free(&text);
	if (!t->relates)
		head.flags |= OBJ_CLAIMS;
	if (raw)
		head.flags |= OBJ_RAW;
	buf_reset(&x->rec);
	object_rec_begin(&x->rec, &head);
	if (t->relates) {
		object_rec_add(&x->rec, TAG_REL_TYPE, SLICE("indicates"));
		object_rec_add(&x->rec, TAG_SOURCE_REF,
		    (struct slice){(char *)from.b, IDKEY_LEN});
		object_rec_add(&x->rec, TAG_TARGET_REF,
		    (struct slice){(char *)to.b, IDKEY_LEN});
	} else {
		object_rec_add_value(&x->rec, &v);
	}
	return buf_view(&x->rec);
}

static struct store_poll *
begin(struct fixture *x, const struct feed *f, int at)
{
	struct store_guards guards = STORE_GUARDS_DEFAULT;
	struct store_source src = {.name = f->name, .kind = "stix", .url = "",
	    .collection = "", .listing = (uint8_t)f->listing,
	    .history = f->keep, .guards = &guards, .keep_raw = f->raw};
	struct err e = ERR_INIT;
	struct store_poll *p;

	guards.absent_polls = 1;
	guards.limits.shrink = 0;
	guards.limits.may_be_empty = true;
	if (store_poll_begin(x->s, &src, day(START + at), &p, &e) != 0)
		fail_msg("%s", e.text);
	return p;
}

static void
give_block(struct store_poll *p, struct block_writer *w)
{
	struct err e = ERR_INIT;
	struct slice block;

	if (block_writer_count(w) == 0)
		return;
	if (block_writer_finish(w, &block, &e) != 0 ||
	    store_batch_block(p, block, &e) != 0)
		fail_msg("%s", e.text);
}

/* A poll that tells all of these. */
static struct store_counts
poll_full(struct fixture *x, const struct feed *f, int at,
    const struct told *all, unsigned n, const char *cursor)
{
	struct store_poll *p = begin(x, f, at);
	struct store_end end = {.complete = true, .extent = STORE_DOCUMENT,
	    .state = SOURCE_OK, .progress = {.objects = n}};
	struct block_writer *w = block_writer_new(1);
	struct slice place = slice_str(cursor), r;
	struct store_counts counts;
	struct err e = ERR_INIT;
	struct object_rec head;
	struct buf text;
	uint8_t known;
	unsigned i;

	buf_init(&text, KIB(4));
	for (i = 0; i < n; i++) {
		r = record_of(x, &all[i], (uint16_t)block_writer_count(w),
		    f->raw);
		assert_int_equal(object_rec_head(r, &head), 0);
		known = 0;
		/* Every other poll asks first, as fetchers do. */
		if (at % 2 != 0 && store_known(p, &head.id, &head.hash, 1,
		    &known, &e) != 0)
			fail_msg("%s", e.text);
		if (known != 0) {
			store_poll_unchanged(p, 1);
			continue;
		}
		fixture_add(p, r);
		if (!f->raw)
			continue;
		buf_reset(&text);
		text_of(&all[i], &text);
		assert_true(block_writer_add(w, buf_view(&text)) >= 0);
		if (block_writer_count(w) == 50)
			give_block(p, w);
	}
	give_block(p, w);
	block_writer_free(w);
	buf_free(&text);
	if (cursor != NULL)
		end.cursor = &place;
	if (store_poll_end(p, &end, day(START + at), &counts, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(counts.held, HELD_NOT);
	return counts;
}

static struct store_counts
poll_tells(struct fixture *x, const struct feed *f, int at,
    const struct told *all, unsigned n)
{
	return poll_full(x, f, at, all, n, NULL);
}

/* Upkeep at a day until nothing is left, looked at after each transaction, each
 * by another opening of the store: what a killed process leaves is all there is.
 * The transactions. */
static unsigned
keep_up(struct fixture *x, int at, bool reopen)
{
	struct err e = ERR_INIT;
	uint32_t polls_kept = x->s->polls_kept;
	uint64_t blocks_least = x->s->blocks_least;
	bool more = true;
	unsigned n;

	for (n = 0; more; n++) {
		if (store_upkeep(x->s, day(START + at), &more, &e) != 0)
			fail_msg("%s", e.text);
		assert_true(n < 1000);
		if (!reopen)
			continue;
		fixture_verify(x);
		store_close(x->s);
		if (store_open(x->f.store, day(START + at), &x->s, &e) != 0)
			fail_msg("%s", e.text);
		x->s->polls_kept = polls_kept;
		x->s->blocks_least = blocks_least;
	}
	return n;
}

/* Its numbers; its texts are those of a view that has ended. */
static struct source_rec
source_of(struct fixture *x, const struct feed *f)
{
	struct slice name = slice_str(f->name);
	struct source_rec r = {.id = 0};
	struct err e = ERR_INIT;
	MDB_txn *txn;

	assert_int_equal(env_begin(x->s->env, false, &txn, &e), 0);
	assert_int_equal(source_search(x->s->env, txn, source_is_named, &name,
	    &r, &e), 1);
	mdb_txn_abort(txn);
	return r;
}

static void
sizes(struct fixture *x, size_t values, size_t ids, size_t objects,
    size_t undo)
{
	size_t v = fixture_entries(x, TABLE_VALUES);
	size_t i = fixture_entries(x, TABLE_IDS);
	size_t o = fixture_entries(x, TABLE_OBJECTS);
	size_t u = fixture_entries(x, TABLE_UNDO);

	if (v != values || i != ids || o != objects || u != undo)
		fail_msg("%zu values, %zu ids, %zu objects, %zu versions", v,
		    i, o, u);
}

static void
meet(struct fixture *x, uint32_t value, int at)
{
	uint8_t key[4] = {23, (uint8_t)(value >> 16), (uint8_t)(value >> 8),
	    (uint8_t)value};
	struct sighted v = {VALUE_IPV4, 32, {(char *)key, 4}};
	struct sighting s = {1, day(START + at), day(START + at)};
	struct err e = ERR_INIT;
	bool known;

	if (store_seen(x->s, &v, &s, SLICE("sensor"), day(START + at), &known,
	    &e) != 0)
		fail_msg("%s", e.text);
	assert_true(known);
}

/* What was withdrawn goes with its history, and what was met later; a listing
 * that brings it back brings something new. */
static void
test_withdrawn(void **state)
{
	struct fixture *x = *state;
	static const struct told all[] = {{.n = 1, .value = 1},
	    {.n = 2, .value = 2}, {.n = 3, .value = 3}};
	struct store_counts c;

	poll_tells(x, &snapshot, 1, all, 3);
	meet(x, 2, 2);
	poll_tells(x, &snapshot, 3, all, 1);
	keep_up(x, 3, true);
	sizes(x, 3, 3, 3, 0);
	keep_up(x, 12, true);
	sizes(x, 3, 3, 3, 0);
	/* Day 13: ten days. */
	keep_up(x, 14, true);
	sizes(x, 2, 2, 2, 0);
	assert_int_equal(fixture_entries(x, TABLE_SIGHTINGS), 1);
	assert_int_equal(source_of(x, &snapshot).withdrawn, 1);
	keep_up(x, 34, true);
	sizes(x, 1, 1, 1, 0);
	/* The sighting goes with its value, thirty days after day 2. */
	assert_int_equal(fixture_entries(x, TABLE_SIGHTINGS), 0);
	assert_int_equal(source_of(x, &snapshot).withdrawn, 0);
	c = poll_tells(x, &snapshot, 35, all, 3);
	assert_int_equal(c.added, 2);
	keep_up(x, 35, true);
	sizes(x, 3, 3, 3, 0);
	/* A snapshot's objects stay while they are listed. */
	keep_up(x, 900, true);
	sizes(x, 3, 3, 3, 0);
}

/* What expired is buried where its source may tell it for ever. */
static void
test_expired(void **state)
{
	struct fixture *x = *state;
	static const struct told all[] = {{.n = 1, .value = 1, .until = 4},
	    {.n = 2, .value = 2}, {.n = 3, .value = 3, .until = 40}};
	static const struct told newer[] = {
	    {.n = 1, .value = 1, .until = 90, .modified = 20}};
	static const struct told older[] = {
	    {.n = 1, .value = 1, .until = 90, .modified = -2}};
	struct err e = ERR_INIT;
	struct store_counts c;

	poll_tells(x, &append, 1, all, 3);
	keep_up(x, 13, true);
	sizes(x, 3, 3, 3, 0);
	keep_up(x, 15, true);
	sizes(x, 2, 3, 2, 0);
	assert_int_equal(source_of(x, &append).buried, 1);
	/* Asked or told, it is known. */
	c = poll_tells(x, &append, 16, all, 3);
	assert_int_equal(c.added + c.updated + c.older, 0);
	c = poll_tells(x, &append, 17, all, 3);
	assert_int_equal(c.added + c.updated + c.older, 0);
	c = poll_tells(x, &append, 18, older, 1);
	assert_int_equal(c.older, 1);
	sizes(x, 2, 3, 2, 0);
	c = poll_tells(x, &append, 21, newer, 1);
	assert_int_equal(c.added, 1);
	sizes(x, 3, 3, 3, 0);
	assert_int_equal(source_of(x, &append).buried, 0);
	fixture_verify(x);
	keep_up(x, 30, true);
	sizes(x, 3, 3, 3, 0);
	/* Forgotten with its source. */
	keep_up(x, 52, true);
	sizes(x, 2, 3, 2, 0);
	assert_int_equal(store_forget(x->s, "append", day(START + 53), &e), 0);
	keep_up(x, 53, true);
	sizes(x, 0, 0, 0, 0);
}

/* A revoked identifier does not rise again while its source lists it, and for
 * `ids` behind that. */
static void
test_revoked(void **state)
{
	struct fixture *x = *state;
	static const struct told first[] = {{.n = 1, .value = 1}};
	static const struct told gone[] = {{.n = 1, .value = 1, .modified = 2,
	    .flags = OBJ_REVOKED}};
	static const struct told again[] = {{.n = 1, .value = 1,
	    .modified = 200}};
	struct store_counts c;
	int at;

	poll_tells(x, &append, 1, first, 1);
	poll_tells(x, &append, 2, gone, 1);
	sizes(x, 1, 1, 1, 1);
	keep_up(x, 14, true);
	sizes(x, 0, 1, 0, 0);
	/* Twelve days are less than a quarter of fifty; listed on day 60 it is
	 * to be known on day 100 still. */
	c = poll_tells(x, &append, 20, again, 1);
	assert_int_equal(c.older + c.unchanged, 1);
	for (at = 26; at <= 60; at += 17)
		poll_tells(x, &append, at, gone, 1);
	keep_up(x, 100, true);
	sizes(x, 0, 1, 0, 0);
	c = poll_tells(x, &append, 100, again, 1);
	assert_int_equal(c.added, 0);
	keep_up(x, 151, true);
	sizes(x, 0, 0, 0, 0);
	c = poll_tells(x, &append, 152, again, 1);
	assert_int_equal(c.added, 1);
	fixture_verify(x);
}

/* Versions go behind the history; then there is no way back to before it. */
static void
test_versions(void **state)
{
	struct fixture *x = *state;
	struct told t = {.n = 1};
	struct err e = ERR_INIT;
	int at;

	for (at = 1; at <= 20; at++) {
		t.modified = at;
		t.value = (uint32_t)(at / 7); /* it moves, now and then */
		poll_tells(x, &append, at, &t, 1);
		if (at == 3)
			meet(x, 0, 3);
	}
	sizes(x, 3, 1, 1, 19);
	keep_up(x, 21, true);
	/* Of polls 12 … 20; and those with what was met. */
	sizes(x, 3, 1, 1, 9 + 6);
	assert_int_equal(source_of(x, &append).undo_from, 12);
	assert_int_equal(store_rollback(x->s, "append", 11, day(START + 21),
	    &e), -1);
	assert_non_null(strstr(e.text, "not kept any more"));
	assert_non_null(strstr(e.text, "poll 12"));
	err_clear(&e);
	assert_int_equal(store_rollback(x->s, "append", 13, day(START + 21),
	    &e), 0);
	keep_up(x, 22, true);
	/* What stands before poll 13 is needed for as long as it stands. */
	keep_up(x, 31, true);
	sizes(x, 3, 1, 1, 8 + 6);
	keep_up(x, 60, true);
	sizes(x, 2, 1, 1, 8);
	assert_int_equal(store_rollback(x->s, "append", 2, day(START + 60),
	    &e), -1);
}

/* Context goes with what it is about. */
static void
test_relationships(void **state)
{
	struct fixture *x = *state;
	static const struct told all[] = {{.n = 1, .value = 1, .until = 3},
	    {.n = 1, .relates = true}, {.n = 2, .value = 2},
	    {.n = 2, .relates = true}};

	poll_tells(x, &append, 1, all, 4);
	sizes(x, 2, 8, 4, 0);
	keep_up(x, 14, true);
	sizes(x, 1, 8, 3, 0);
	/* The next pass finds it gone. */
	keep_up(x, 16, true);
	sizes(x, 1, 5, 2, 0);
	assert_int_equal(fixture_head(x).relationships, 1);
}

/* The number of indicator n's relationships that readers are told. */
static size_t
threats_of(struct fixture *x, uint32_t value)
{
	uint8_t key[4] = {23, (uint8_t)(value >> 16), (uint8_t)(value >> 8),
	    (uint8_t)value};
	struct tw_match match;
	struct tw_claim claim;
	size_t found = 0, n = 0;
	tw_store *s;
	tw_snapshot *snap;

	assert_int_equal(tw_open(x->f.store, 0, &s, NULL), TW_OK);
	assert_int_equal(tw_snapshot_begin(s, &snap), TW_OK);
	assert_int_equal(tw_lookup_addr(snap, key, 4, &match, 1, &found),
	    TW_OK);
	assert_int_equal(found, 1);
	assert_int_equal(tw_claims(snap, &match, &claim, 1, &found), TW_OK);
	assert_int_equal(tw_threats(snap, &claim, NULL, 0, &n), TW_OK);
	tw_snapshot_end(snap);
	tw_close(s);
	return n;
}

/* A poll that revoked a relationship, or one that brought it, is taken back. */
static void
test_relationship_undone(void **state)
{
	struct fixture *x = *state;
	static const struct told first[] = {{.n = 1, .value = 1},
	    {.n = 1, .relates = true}};
	static const struct told second[] = {{.n = 1, .relates = true,
	    .modified = 1, .flags = OBJ_REVOKED}, {.n = 2, .value = 2},
	    {.n = 2, .relates = true}};
	struct err e = ERR_INIT;
	uint32_t poll;

	poll_tells(x, &append, 1, first, 2);
	assert_int_equal(threats_of(x, 1), 1);
	poll_tells(x, &append, 2, second, 3);
	assert_int_equal(threats_of(x, 1), 0);
	assert_int_equal(threats_of(x, 2), 1);
	fixture_verify(x);
	assert_int_equal(store_rollback(x->s, "append", 2, day(START + 2), &e),
	    0);
	assert_int_equal(threats_of(x, 1), 1);
	keep_up(x, 2, true);
	assert_int_equal(threats_of(x, 1), 1);
	assert_int_equal(store_restore(x->s, "append", day(START + 3), &poll,
	    &e), 0);
	keep_up(x, 3, true);
	assert_int_equal(threats_of(x, 1), 0);
	/* With the version its entries go; the revoked one is buried. */
	keep_up(x, 20, true);
	sizes(x, 2, 6, 3, 0);
}

/* What a rollback hides goes ten days later, and is asked for again. */
static void
test_rolled_back(void **state)
{
	struct fixture *x = *state;
	static const struct told first[] = {{.n = 1, .value = 1}};
	static const struct told second[] = {{.n = 1, .value = 1,
	    .modified = 1}, {.n = 2, .value = 2}};
	struct err e = ERR_INIT;
	uint32_t poll;

	poll_full(x, &append, 1, first, 1, "one");
	poll_full(x, &append, 2, second, 2, "two");
	assert_int_equal(store_rollback(x->s, "append", 2, day(START + 3), &e),
	    0);
	keep_up(x, 12, true);
	sizes(x, 2, 2, 2, 1);
	assert_int_equal(source_of(x, &append).cursor.n, 3);
	keep_up(x, 14, true);
	/* Where another version stands, both do. */
	sizes(x, 1, 1, 1, 1);
	assert_int_equal(store_restore(x->s, "append", day(START + 15), &poll,
	    &e), 0);
	keep_up(x, 15, true);
	assert_int_equal(source_of(x, &append).cursor.n, 0);
}

/* Records of polls go that nothing names. */
static void
test_polls(void **state)
{
	struct fixture *x = *state;
	struct told t = {.n = 1, .value = 1};
	int at;

	x->s->polls_kept = 8;
	for (at = 1; at <= 100; at++) {
		if (at % 20 == 0) {
			t.n++;
			t.value++;
		}
		poll_tells(x, &append, at, &t, 1);
		keep_up(x, at, at % 25 == 0);
		/* Eight, and two more till it is worth looking, and one for each
		 * object. */
		assert_true(fixture_entries(x, TABLE_POLLS) <= 8 + 3 + t.n);
	}
	assert_true(fixture_entries(x, TABLE_POLLS) >= 8 + t.n - 1);
}

/* ---- original bytes -------------------------------------------------------- */

static const struct feed kept = {"kept", LISTING_APPEND,
    {5 * DAY, 5 * DAY, 5 * DAY}, true};
#define ROUNDS 1000
#define OBJECTS 120

struct room {
	size_t pages;                /* of the file */
	size_t entries[TABLE_COUNT];
};

static void
room_of(struct fixture *x, struct room *r)
{
	struct err e = ERR_INIT;
	MDB_envinfo info;
	MDB_txn *txn;
	MDB_stat st;
	unsigned t;

	assert_int_equal(env_begin(x->s->env, false, &txn, &e), 0);
	assert_int_equal(mdb_env_info(x->s->env->mdb, &info), 0);
	if (info.me_last_pgno + 1 > r->pages)
		r->pages = info.me_last_pgno + 1;
	for (t = 0; t < TABLE_COUNT; t++) {
		assert_int_equal(mdb_stat(txn, x->s->env->dbi[t], &st), 0);
		if (st.ms_entries > r->entries[t])
			r->entries[t] = st.ms_entries;
	}
	mdb_txn_abort(txn);
}

/* A round: every object, or some of them, in a newer version; values move between
 * objects, now and then one is revoked, or new. */
static unsigned
make_round(uint64_t *rng, int at, struct told *all)
{
	unsigned i, n = 0;

	for (i = 0; i < OBJECTS; i++) {
		if (at % 10 != 0 && rng_below(rng, 3) != 0)
			continue;
		all[n++] = (struct told){.n = i, .modified = at,
		    .value = i + (rng_below(rng, 8) == 0 ? OBJECTS : 0),
		    .until = i % 7 == 0 ? at + 3 : 0};
	}
	/* Ids that come once. */
	all[n++] = (struct told){.n = 10000 + (uint32_t)at, .modified = at,
	    .value = 5000 + (uint32_t)at % 50, .until = at + 1};
	return n;
}

/* What 1000 days of revisions take is what 200 take. */
static void
test_rounds(void **state)
{
	struct fixture *x = *state;
	struct told all[OBJECTS + 1];
	struct room early = {0}, late = {0};
	uint64_t rng = 7;
	unsigned n, t;
	int at;

	x->s->polls_kept = 20;
	x->s->blocks_least = KIB(16);
	x->s->log_pages = 20;
	/* Nobody pulls the plug. */
	assert_int_equal(mdb_env_set_flags(x->s->env->mdb, MDB_NOSYNC, 1), 0);
	for (at = 1; at <= ROUNDS; at++) {
		n = make_round(&rng, at, all);
		poll_tells(x, &kept, at, all, n);
		keep_up(x, at, false);
		room_of(x, at <= 200 ? &early : &late);
		if (at % 100 == 0)
			fixture_verify(x);
	}
	if (late.pages > early.pages + early.pages / 3)
		fail_msg("%zu pages, %zu after 200 rounds", late.pages,
		    early.pages);
	for (t = 0; t < TABLE_COUNT; t++) {
		/* Rows have growing numbers: those that live are in some more
		 * chunks of them. */
		if (late.entries[t] > early.entries[t] +
		    early.entries[t] / 3 + 8)
			fail_msg("%s: %zu entries, %zu after 200 rounds",
			    table_info[t].name, late.entries[t],
			    early.entries[t]);
	}
}

/* The same with another process at it all the time, killed now and then: what is
 * left is whole. */
static void
test_beside(void **state)
{
	struct fixture *x = *state;
	struct told all[OBJECTS + 1];
	struct err e = ERR_INIT;
	struct store *s;
	uint64_t rng = 9;
	bool more = true;
	int at, status;
	unsigned n, k;
	pid_t pid;

	for (at = 1; at <= 40; at++) {
		x->s->blocks_least = KIB(16);
		n = make_round(&rng, at, all);
		poll_tells(x, &kept, at, all, n);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			if (store_open(x->f.store, day(START + at), &s,
			    &e) != 0)
				_exit(1);
			s->blocks_least = KIB(16);
			/* It dies before it is done. */
			for (k = 0; more && k < (unsigned)at % 5; k++) {
				if (store_upkeep(s, day(START + at), &more,
				    &e) != 0)
					_exit(2);
			}
			_exit(0);
		}
		keep_up(x, at, false);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		fixture_verify(x);
	}
}

/* The bytes of a forgotten source go too. */
static void
test_forgotten(void **state)
{
	struct fixture *x = *state;
	struct told all[OBJECTS + 1];
	struct err e = ERR_INIT;
	struct feed other = kept;
	uint64_t rng = 11;
	unsigned n;

	other.name = "other";
	x->s->blocks_least = KIB(4);
	n = make_round(&rng, 10, all);
	poll_tells(x, &kept, 10, all, n);
	poll_tells(x, &other, 11, all, n);
	assert_int_equal(store_forget(x->s, "kept", day(START + 11), &e), 0);
	keep_up(x, 11, true);
	assert_int_equal(fixture_head(x).dead_raw, 0);
	assert_int_equal(fixture_head(x).objects, n);
	assert_int_equal(store_forget(x->s, "other", day(START + 12), &e), 0);
	keep_up(x, 12, true);
	assert_int_equal(fixture_head(x).raw_bytes, 0);
	assert_int_equal(fixture_entries(x, TABLE_BLOCKS), 0);
	sizes(x, 0, 0, 0, 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fixture_set_up, \
	fixture_tear_down)
	const struct CMUnitTest tests[] = {
	    T(test_withdrawn), T(test_expired), T(test_revoked),
	    T(test_versions), T(test_relationships),
	    T(test_relationship_undone), T(test_rolled_back),
	    T(test_polls), T(test_rounds), T(test_beside), T(test_forgotten),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
