/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What listings make of what they no longer name: scenarios of polls, each with
 * what follows from it, played with a clock of their own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "include/taxiway.h"
#include "store/bytes.h"
#include "store/presence.h"
#include "store/upkeep.h"
#include "tests/unit/store_fixture.h"

#define HOUR (INT64_C(3600) * TSTAMP_SECOND)
#define STEPS 16

/* A listing is a text: each letter an indicator; a capital is the newer version
 * of it.  '!' cuts the poll off there, '~' is a record that was rejected. */
struct step {
	const char *listing;
	enum store_extent extent;
	int64_t hour;
	unsigned missing, withdrawn, returned;
	enum held_why held;
	const char *live;  /* after upkeep */
};

struct play {
	const char *what;
	enum listing_kind kind;
	struct store_guards guards;
	struct step steps[STEPS];
};

#define DOC STORE_DOCUMENT
#define WALK STORE_WALK
#define SAME STORE_SAME
#define PART STORE_PART
/* Sizes do not matter where a letter is half of a listing. */
#define ANY_SIZE {.grow = 100, .reject = 50}
#define K(n) {.absent_polls = n, .limits = ANY_SIZE}
#define STRICT {.absent_polls = 2, .limits = {.shrink = 50, .grow = 10, \
	.reject = 50, .reject_from = 1, .top_share = 1, .repeats = 3}}

static const struct play plays[] = {
	{"two listings lack it", LISTING_SNAPSHOT, K(2), {
	    {"abc", DOC, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"ab", DOC, 2, 1, 0, 0, HELD_NOT, "abc"},
	    {"ab", DOC, 3, 0, 1, 0, HELD_NOT, "ab"},
	    {"ab", DOC, 4, 0, 0, 0, HELD_NOT, "ab"}}},
	{"one is enough", LISTING_SNAPSHOT, K(1), {
	    {"abc", DOC, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"a", DOC, 2, 2, 2, 0, HELD_NOT, "a"}}},
	{"it comes back in time", LISTING_SNAPSHOT, K(3), {
	    {"abc", DOC, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"ab", DOC, 2, 1, 0, 0, HELD_NOT, "abc"},
	    {"a", DOC, 3, 1, 0, 0, HELD_NOT, "abc"},
	    {"ac", DOC, 4, 0, 0, 0, HELD_NOT, "abc"},
	    /* and its count begins anew */
	    {"a", DOC, 5, 1, 1, 0, HELD_NOT, "ac"},
	    {"a", DOC, 6, 0, 0, 0, HELD_NOT, "ac"},
	    {"a", DOC, 7, 0, 1, 0, HELD_NOT, "a"}}},
	{"it comes back too late, and returns", LISTING_SNAPSHOT, K(1), {
	    {"abc", DOC, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"ab", DOC, 2, 1, 1, 0, HELD_NOT, "ab"},
	    {"abc", DOC, 3, 0, 0, 1, HELD_NOT, "abc"},
	    {"b", DOC, 4, 2, 2, 0, HELD_NOT, "b"},
	    {"abc", DOC, 5, 0, 0, 2, HELD_NOT, "abc"}}},
	{"it returns in a newer version", LISTING_SNAPSHOT, K(1), {
	    {"abc", DOC, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"ab", DOC, 2, 1, 1, 0, HELD_NOT, "ab"},
	    {"abC", DOC, 3, 0, 0, 0, HELD_NOT, "abc"},
	    {"ab", DOC, 4, 1, 1, 0, HELD_NOT, "ab"}}},
	{"a grace is measured between listings", LISTING_SNAPSHOT,
	    {.absent_polls = 2, .absent_grace = 5 * HOUR, .limits = ANY_SIZE}, {
	    {"ab", DOC, 1, 0, 0, 0, HELD_NOT, "ab"},
	    {"a", DOC, 2, 1, 0, 0, HELD_NOT, "ab"},
	    {"a", DOC, 3, 0, 0, 0, HELD_NOT, "ab"},
	    /* the clock alone does nothing */
	    {"a!", DOC, 50, 0, 0, 0, HELD_NOT, "ab"},
	    {"a", DOC, 51, 0, 1, 0, HELD_NOT, "a"}}},
	{"a clock that jumps back makes no age", LISTING_SNAPSHOT,
	    {.absent_polls = 1, .absent_grace = HOUR, .limits = ANY_SIZE}, {
	    {"ab", DOC, 10, 0, 0, 0, HELD_NOT, "ab"},
	    {"a", DOC, 11, 1, 0, 0, HELD_NOT, "ab"},
	    {"a", DOC, 2, 0, 0, 0, HELD_NOT, "ab"},
	    {"a", DOC, 12, 0, 1, 0, HELD_NOT, "a"}}},
	{"an outage withdraws nothing", LISTING_SNAPSHOT, K(1), {
	    {"abc", DOC, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"!", DOC, 2, 0, 0, 0, HELD_NOT, "abc"},
	    {"a!", DOC, 3, 0, 0, 0, HELD_NOT, "abc"},
	    {"!", DOC, 400, 0, 0, 0, HELD_NOT, "abc"},
	    {"ab", DOC, 401, 1, 1, 0, HELD_NOT, "ab"}}},
	{"304: all that was listed still is", LISTING_SNAPSHOT, K(2), {
	    {"abc", DOC, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"", SAME, 2, 0, 0, 0, HELD_NOT, "abc"},
	    {"ab", DOC, 3, 1, 0, 0, HELD_NOT, "abc"},
	    /* and what was not, still is not */
	    {"", SAME, 4, 0, 1, 0, HELD_NOT, "ab"},
	    {"", SAME, 5, 0, 0, 0, HELD_NOT, "ab"}}},
	{"304 after a poll that failed vouches for nothing", LISTING_SNAPSHOT,
	    K(2), {
	    {"abc", DOC, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"ab", DOC, 2, 1, 0, 0, HELD_NOT, "abc"},
	    {"a!", DOC, 3, 0, 0, 0, HELD_NOT, "abc"},
	    {"", SAME, 4, 0, 0, 0, HELD_NOT, "abc"}}},
	{"absence means nothing in a part", LISTING_SNAPSHOT, K(1), {
	    {"abc", DOC, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"a", PART, 2, 0, 0, 0, HELD_NOT, "abc"}}},
	{"nor in a window", LISTING_WINDOW, K(1), {
	    {"abc", DOC, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"d", DOC, 2, 0, 0, 0, HELD_NOT, "abcd"},
	    {"d", WALK, 3, 0, 0, 0, HELD_NOT, "abcd"}}},
	{"nor in what only grows", LISTING_APPEND, K(1), {
	    {"abc", DOC, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"d", WALK, 2, 0, 0, 0, HELD_NOT, "abcd"}}},
	{"a walk finds what a delta never shows", LISTING_DELTA, K(2), {
	    {"abc", PART, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"d", PART, 2, 0, 0, 0, HELD_NOT, "abcd"},
	    {"acd", WALK, 3, 1, 0, 0, HELD_NOT, "abcd"},
	    {"", PART, 4, 0, 0, 0, HELD_NOT, "abcd"},
	    {"acd", WALK, 5, 0, 1, 0, HELD_NOT, "acd"},
	    /* a delta that names it brings it back */
	    {"b", PART, 6, 0, 0, 1, HELD_NOT, "abcd"}}},
	{"a walk that broke off", LISTING_DELTA, K(1), {
	    {"abc", PART, 1, 0, 0, 0, HELD_NOT, "abc"},
	    {"a!", WALK, 2, 0, 0, 0, HELD_NOT, "abc"},
	    {"ab", WALK, 3, 1, 1, 0, HELD_NOT, "ab"}}},
	{"nothing, where something was", LISTING_SNAPSHOT, STRICT, {
	    {"abcd", DOC, 1, 0, 0, 0, HELD_NOT, "abcd"},
	    {"", DOC, 2, 0, 0, 0, HELD_EMPTY, "abcd"},
	    {"", DOC, 3, 0, 0, 0, HELD_EMPTY, "abcd"},
	    {"abcd", DOC, 4, 0, 0, 0, HELD_NOT, "abcd"}}},
	{"it may be empty", LISTING_SNAPSHOT, {.absent_polls = 1,
	    .limits = {.may_be_empty = true, .shrink = 50, .grow = 10,
	    .reject = 50}}, {
	    {"abcd", DOC, 1, 0, 0, 0, HELD_NOT, "abcd"},
	    {"", DOC, 2, 4, 4, 0, HELD_NOT, ""},
	    {"ab", DOC, 3, 0, 0, 2, HELD_NOT, "ab"}}},
	{"too small; what is new in it lands all the same", LISTING_SNAPSHOT,
	    STRICT, {
	    {"abcdefgh", DOC, 1, 0, 0, 0, HELD_NOT, "abcdefgh"},
	    {"abx", DOC, 2, 0, 0, 0, HELD_SMALL, "abcdefghx"},
	    {"abx", DOC, 3, 0, 0, 0, HELD_SMALL, "abcdefghx"},
	    {"abcdefx", DOC, 4, 2, 0, 0, HELD_NOT, "abcdefghx"},
	    {"abcdefx", DOC, 5, 0, 2, 0, HELD_NOT, "abcdefx"}}},
	{"mostly rejected", LISTING_SNAPSHOT, {.absent_polls = 2, .limits =
	    {.shrink = 50, .grow = 10, .reject = 50, .reject_from = 1}}, {
	    {"abcdef", DOC, 1, 0, 0, 0, HELD_NOT, "abcdef"},
	    {"ab~~~", DOC, 2, 0, 0, 0, HELD_REJECTED, "abcdef"},
	    {"abc~~~", DOC, 3, 3, 0, 0, HELD_NOT, "abcdef"}}},
	{"a few records, most of them rejected", LISTING_SNAPSHOT,
	    {.absent_polls = 2, .limits = CREDIBLE_DEFAULT}, {
	    {"~", DOC, 1, 0, 0, 0, HELD_NOT, ""},
	    {"abcd", DOC, 2, 0, 0, 0, HELD_NOT, "abcd"},
	    {"ab~~~", DOC, 3, 2, 0, 0, HELD_NOT, "abcd"},
	    {"~~~", DOC, 4, 0, 0, 0, HELD_REJECTED, "abcd"},
	    {"abcd", DOC, 5, 0, 0, 0, HELD_NOT, "abcd"}}},
	{"said often enough", LISTING_SNAPSHOT, {.absent_polls = 2,
	    .limits = {.shrink = 50, .grow = 10, .reject = 50, .repeats = 3,
	    .repeat_accept = true}}, {
	    {"abcdefgh", DOC, 1, 0, 0, 0, HELD_NOT, "abcdefgh"},
	    {"ab", DOC, 2, 0, 0, 0, HELD_SMALL, "abcdefgh"},
	    {"ab", DOC, 3, 0, 0, 0, HELD_SMALL, "abcdefgh"},
	    /* another one begins the count anew */
	    {"ac", DOC, 4, 0, 0, 0, HELD_SMALL, "abcdefgh"},
	    {"ac", DOC, 5, 0, 0, 0, HELD_SMALL, "abcdefgh"},
	    {"a!", DOC, 6, 0, 0, 0, HELD_NOT, "abcdefgh"},
	    {"ac", DOC, 7, 6, 6, 0, HELD_NOT, "ac"},
	    /* and its size is what it is measured by from now on */
	    {"acd", DOC, 8, 0, 0, 1, HELD_NOT, "acd"}}},
};

static unsigned
number_of(char c)
{
	return (unsigned)(c | 0x20) - 'a' + 1;
}

/* An indicator with an address of its own. */
static struct slice
record_of(struct fixture *x, char c)
{
	bool newer = c < 'a';
	uint32_t n = number_of(c);
	struct object_rec head = {.id = id_of(STIX_INDICATOR, n),
	    .flags = OBJ_CLAIMS, .confidence = 50, .created = 1,
	    .modified = newer ? 9 : 1, .valid_from = 1,
	    .valid_until = TSTAMP_NONE, .hash = (uint64_t)(uint8_t)c << 8 | 1};
	uint8_t key[4] = {23, 45, 0, (uint8_t)n};
	struct object_value v = {.value = {.type = VALUE_IPV4, .prefix = 32,
	    .keylen = 4, .key = key}};

	buf_reset(&x->rec);
	object_rec_begin(&x->rec, &head);
	object_rec_add_value(&x->rec, &v);
	return buf_view(&x->rec);
}

/* Every other poll asks first, as a fetcher does. */
static void
tell(struct fixture *x, struct store_poll *p, char c, bool ask)
{
	struct slice r = record_of(x, c);
	struct object_rec head;
	struct err e = ERR_INIT;
	uint8_t known = 0;

	assert_int_equal(object_rec_head(r, &head), 0);
	if (ask && store_known(p, &head.id, &head.hash, 1, &known, &e) != 0)
		fail_msg("%s", e.text);
	if (known == 0)
		fixture_add(p, r);
	else
		store_poll_unchanged(p, 1);
}

static struct store_poll *
begin(struct fixture *x, const struct play *play, int64_t now, bool dry)
{
	struct store_source src = {.name = "list", .kind = "stix", .url = "",
	    .collection = "", .listing = (uint8_t)play->kind, .dry_run = dry,
	    .guards = &play->guards};
	struct err e = ERR_INIT;
	struct store_poll *p;

	if (store_poll_begin(x->s, &src, now, &p, &e) != 0)
		fail_msg("%s", e.text);
	return p;
}

static struct store_counts
do_poll(struct fixture *x, const struct play *play, const struct step *step,
    bool ask, bool dry)
{
	int64_t now = step->hour * HOUR;
	struct store_poll *p = begin(x, play, now, dry);
	struct store_end end = {.complete = true, .extent = step->extent,
	    .state = SOURCE_OK};
	struct store_counts counts;
	struct err e = ERR_INIT;
	const char *c;

	for (c = step->listing; *c != '\0' && *c != '!'; c++) {
		if (*c == '~') {
			store_poll_reject(p, REJECT_BAD_ID, LOSS_ENTRY, 1);
			continue;
		}
		tell(x, p, *c, ask);
		end.progress.objects++;
	}
	if (*c == '!')
		end = (struct store_end){.state = SOURCE_FAILING,
		    .error = "cut off", .progress = end.progress};
	if (store_poll_end(p, &end, now, &counts, &e) != 0)
		fail_msg("%s: %s", play->what, e.text);
	return counts;
}

static unsigned
keep_up(struct fixture *x, int64_t now)
{
	struct err e = ERR_INIT;
	bool more = true;
	unsigned n;

	for (n = 0; more; n++) {
		if (store_upkeep(x->s, now, &more, &e) != 0)
			fail_msg("%s", e.text);
		assert_true(n < 1000);
	}
	return n;
}

static void
told(void *ctx, const char *text)
{
	fail_msg("%s: %s", (const char *)ctx, text);
}

static void
verify(struct fixture *x, const char *what)
{
	tw_store *s;
	tw_snapshot *snap;

	assert_int_equal(tw_open(x->f.store, 0, &s, NULL), TW_OK);
	assert_int_equal(tw_snapshot_begin(s, &snap), TW_OK);
	assert_int_equal(tw_verify(snap, told, (void *)(uintptr_t)what, NULL),
	    TW_OK);
	tw_snapshot_end(snap);
	tw_close(s);
}

/* The letters whose value is active. */
static void
live_letters(struct fixture *x, int64_t now, char out[27])
{
	struct err e = ERR_INIT;
	struct value_rec r;
	uint8_t k[5] = {VALUE_IPV4, 23, 45, 0, 0};
	MDB_val key = {sizeof(k), k}, val;
	MDB_txn *txn;
	unsigned n = 0, i;

	assert_int_equal(env_begin(x->s->env, false, &txn, &e), 0);
	for (i = 1; i <= 26; i++) {
		k[4] = (uint8_t)i;
		if (mdb_get(txn, x->s->env->dbi[TABLE_VALUES], &key, &val) != 0)
			continue;
		assert_int_equal(value_rec_decode((struct slice){val.mv_data,
		    val.mv_size}, &r), 0);
		if ((r.flags & VREC_PAST) == 0 && now < r.expires_at)
			out[n++] = (char)('a' + i - 1);
	}
	out[n] = '\0';
	mdb_txn_abort(txn);
}

static void
check_step(struct fixture *x, const struct play *play, unsigned i,
    const struct store_counts *c)
{
	const struct step *step = &play->steps[i];
	char live[27], where[200];

	snprintf(where, sizeof(where), "%s, poll %u", play->what, i + 1);
	if (c->missing != step->missing || c->withdrawn != step->withdrawn ||
	    c->returned != step->returned || c->held != step->held)
		fail_msg("%s: %ju missing, %ju withdrawn, %ju returned, %s",
		    where, (uintmax_t)c->missing, (uintmax_t)c->withdrawn,
		    (uintmax_t)c->returned, held_name(c->held));
	verify(x, where);
	keep_up(x, step->hour * HOUR);
	verify(x, where);
	live_letters(x, step->hour * HOUR, live);
	if (strcmp(live, step->live) != 0)
		fail_msg("%s: live is '%s'", where, live);
}

static void
test_plays(void **state)
{
	struct store_counts c, dry;
	struct fixture *x;
	void *room;
	size_t k;
	unsigned i;

	(void)state;
	for (k = 0; k < 2 * ARRAY_LEN(plays); k++) {
		const struct play *play = &plays[k / 2];

		assert_int_equal(fixture_set_up(&room), 0);
		x = room;
		for (i = 0; i < STEPS && play->steps[i].live != NULL; i++) {
			/* What a dry run says is what then happens. */
			dry = do_poll(x, play, &play->steps[i], k % 2, true);
			c = do_poll(x, play, &play->steps[i], k % 2, false);
			assert_int_equal(dry.withdrawn, c.withdrawn);
			assert_int_equal(dry.held, c.held);
			check_step(x, play, i, &c);
		}
		assert_int_equal(fixture_tear_down(&room), 0);
	}
}

/* No fetcher may end what it brings. */
static void
test_ended_record(void **state)
{
	struct fixture *x = *state;
	struct store_poll *p = poll_of(x->s, "list");
	struct object_end end = {.reason = END_WITHDRAWN, .poll = 1};
	struct err e = ERR_INIT;
	struct buf out;

	buf_init(&out, LIMIT_RECORD);
	assert_int_equal(object_rec_end(record_of(x, 'a'), &end, &out), 0);
	assert_int_equal(store_batch_add(p, buf_view(&out), &e), -1);
	assert_int_equal(e.code, ERR_PROTO);
	buf_free(&out);
	store_poll_drop(p);
}

/* What an unchanged listing writes: its source and its poll, nothing else. */
static void
test_unchanged_writes_nothing(void **state)
{
	static const enum table still[] = {TABLE_VALUES, TABLE_NETS, TABLE_IDS,
	    TABLE_OBJECTS, TABLE_CLAIMS, TABLE_BLOCKS, TABLE_CHANGES,
	    TABLE_ROWS};
	static const struct play play = {"unchanged", LISTING_SNAPSHOT, K(2),
	    {{.listing = NULL}}};
	const struct step step = {"abcdefgh", DOC, 1, 0, 0, 0, HELD_NOT, NULL};
	const struct step again = {"abcdefgh", DOC, 2, 0, 0, 0, HELD_NOT, NULL};
	struct fixture *x = *state;
	MDB_stat before[ARRAY_LEN(still)], after;
	struct store_counts c;
	struct err e = ERR_INIT;
	struct head h1, h2;
	MDB_txn *txn;
	uint64_t root[ARRAY_LEN(still)];
	unsigned round;
	size_t i;

	(void)do_poll(x, &play, &step, false, false);
	for (round = 0; round < 2; round++) {
		h1 = fixture_head(x);
		assert_int_equal(env_begin(x->s->env, false, &txn, &e), 0);
		for (i = 0; i < ARRAY_LEN(still); i++) {
			MDB_cursor *cur;
			MDB_val k, v;

			assert_int_equal(mdb_stat(txn,
			    x->s->env->dbi[still[i]], &before[i]), 0);
			/* A page that is written moves. */
			assert_int_equal(mdb_cursor_open(txn,
			    x->s->env->dbi[still[i]], &cur), 0);
			root[i] = mdb_cursor_get(cur, &k, &v, MDB_FIRST) == 0 ?
			    (uint64_t)(uintptr_t)v.mv_data : 0;
			mdb_cursor_close(cur);
		}
		mdb_txn_abort(txn);
		/* once asking first, once sending all */
		c = do_poll(x, &play, &again, round != 0, false);
		assert_int_equal(c.unchanged, 8);
		h2 = fixture_head(x);
		assert_true(h1.generation == h2.generation);
		assert_int_equal(env_begin(x->s->env, false, &txn, &e), 0);
		for (i = 0; i < ARRAY_LEN(still); i++) {
			MDB_cursor *cur;
			MDB_val k, v;

			assert_int_equal(mdb_stat(txn,
			    x->s->env->dbi[still[i]], &after), 0);
			assert_memory_equal(&before[i], &after, sizeof(after));
			assert_int_equal(mdb_cursor_open(txn,
			    x->s->env->dbi[still[i]], &cur), 0);
			assert_true(root[i] == (mdb_cursor_get(cur, &k, &v,
			    MDB_FIRST) == 0 ?
			    (uint64_t)(uintptr_t)v.mv_data : 0));
			mdb_cursor_close(cur);
		}
		mdb_txn_abort(txn);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_ended_record, fixture_set_up,
	        fixture_tear_down),
	    cmocka_unit_test_setup_teardown(test_unchanged_writes_nothing,
	        fixture_set_up, fixture_tear_down),
	    cmocka_unit_test(test_plays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
