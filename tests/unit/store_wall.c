/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A wall clock that may be wrong: when it is doubted, by a table, and that nothing
 * is lost by it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/tstamp.h"
#include "store/upkeep.h"
#include "store/wall.h"
#include "taxiway.h"
#include "tests/unit/store_fixture.h"

#define DAY TSTAMP_DAY
#define HOUR (DAY / 24)
#define YEAR (365 * DAY)

static struct wall_boot
boot_of(char id, int64_t ticks)
{
	struct wall_boot b = {.ticks = ticks};

	if (id != '-')
		memset(b.id, id, sizeof(b.id));
	return b;
}

/* ---- the rule -------------------------------------------------------------- */

/*
 * A look is three words: the boot ('-': not known) and its hours, the wall in
 * hours, and what is made of it: '.' believed, '?' doubted; with a '+' behind it
 * when it is worth a write.
 */
struct look {
	char boot;
	int hours, wall;
	const char *want;
};
#define H(days) ((days) * 24)

static const struct {
	const char *name;
	struct look looks[8];
} rows[] = {
	{"hour by hour", {{'a', 1, 100, ".+"}, {'a', 2, 101, ".+"},
	    {'a', 3, 102, ".+"}}},
	{"a week of sleep", {{'a', 1, 100, ".+"},
	    {'a', 1 + H(7), 100 + H(7), ".+"}}},
	{"a day that nothing bears out", {{'a', 1, 100, ".+"},
	    {'a', 2, 100 + 1 + H(1), ".+"}}},
	{"more than a day", {{'a', 1, 100, ".+"},
	    {'a', 2, 100 + 2 + H(1), "?+"}, {'a', 2, 100 + 2 + H(1), "?"}}},
	{"years, and back", {{'a', 1, 100, ".+"},
	    {'b', 0, 100 + H(3650), "?+"}, {'b', 2, 102 + H(3650), "?+"},
	    {'b', 3, 103, ".+"}}},
	{"years, and back by less than it was on", {{'a', 1, 100, ".+"},
	    {'a', 2, 100 + H(3650), "?+"}, {'a', 2 + H(9), 100 + H(9), "?+"},
	    {'a', 2 + H(16), 100 + H(16), ".+"}}},
	{"set back", {{'a', 1, H(900), ".+"}, {'a', 2, 100, ".+"},
	    {'a', 3, H(900), "?+"}}},
	{"off for months", {{'a', 1, 100, ".+"}, {'b', 0, 100 + H(90), "?+"},
	    {'b', H(6), 100 + H(96), "?+"},
	    {'b', H(7), 100 + H(97), ".+"}, {'b', H(8), 100 + H(98), ".+"}}},
	{"off again and again", {{'a', 1, 100, ".+"},
	    {'b', 0, 100 + H(7), "?+"}, {'c', 0, 100 + H(14), ".+"},
	    {'d', 0, 100 + H(21), "?+"}}},
	{"another step meanwhile", {{'a', 1, 100, ".+"},
	    {'a', 2, 100 + H(365), "?+"}, {'a', 3, 100 + H(730), "?+"},
	    {'a', 3 + H(6), 100 + H(736), "?+"},
	    {'a', 3 + H(7), 100 + H(737), ".+"}}},
	{"back and forth while doubted", {{'a', 1, 100, ".+"},
	    {'a', 2, 100 + H(365), "?+"}, {'a', 3, 100 + H(300), "?+"},
	    {'a', 3 + H(6), 100 + H(306), "?+"},
	    {'a', 3 + H(7), 100 + H(307), ".+"}}},
	{"a boot that is not known", {{'-', 0, 100, ".+"},
	    {'-', 0, 100 + H(1), ".+"}, {'-', 0, 100 + H(3), "?+"}}},
	{"what a boot bore out is no other's", {{'a', 1, 100, ".+"},
	    {'b', H(40), 100 + H(40), "?+"}}},
	{"a boot whose clock went back", {{'a', H(40), 100, ".+"},
	    {'a', 1, 100 + H(40), "?+"}}},
};

static void
test_rule(void **state)
{
	const struct look *l;
	struct wall_rec was, now;
	struct wall_boot boot;
	bool there, news;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		there = false;
		for (l = rows[i].looks; l->want != NULL; l++) {
			boot = boot_of(l->boot, l->hours * HOUR);
			news = wall_judge(there ? &was : NULL,
			    l->wall * HOUR, &boot, &now);
			if ((now.doubted != TSTAMP_NONE) !=
			    (l->want[0] == '?') ||
			    news != (l->want[1] == '+'))
				fail_msg("%s, look %d: %s, %s", rows[i].name,
				    (int)(l - rows[i].looks), now.doubted !=
				    TSTAMP_NONE ? "doubted" : "believed",
				    news ? "written" : "not written");
			if (news)
				was = now;
			there = true;
		}
	}
	/* Nobody asks. */
	assert_false(wall_judge(&was, 90 * YEAR, NULL, &now));
	assert_true(now.doubted == TSTAMP_NONE);
	/* Ends of the scale. */
	boot = boot_of('a', 0);
	was = (struct wall_rec){.doubted = TSTAMP_NONE};
	assert_true(wall_judge(&was, INT64_MAX, &boot, &now));
	assert_true(now.doubted == INT64_MAX);
	assert_true(wall_judge(&was, TSTAMP_NONE, &boot, &now));
	was.seen = was.believed = INT64_MAX;
	assert_true(wall_judge(&was, 0, &boot, &now));
	assert_true(now.doubted == TSTAMP_NONE);
}

/* ---- a store ------------------------------------------------------------- */

struct seen {
	int active, all;
	int64_t doubted, believed;
};

static struct seen
look(struct fixture *x, int64_t now)
{
	struct seen seen = {.active = 0};
	struct tw_cursor c = {0};
	struct tw_status st;
	struct tw_match m;
	tw_snapshot *snap;
	tw_store *tw;

	assert_int_equal(tw_open(x->f.store, 0, &tw, NULL), TW_OK);
	assert_int_equal(tw_snapshot_begin(tw, &snap), TW_OK);
	tw_snapshot_at(snap, now);
	while (tw_value_next(snap, &c, 0, &m) == TW_OK) {
		seen.all++;
		seen.active += m.active;
	}
	assert_int_equal(tw_status(snap, &st), TW_OK);
	assert_int_equal(tw_verify(snap, NULL, NULL, NULL), TW_OK);
	seen.doubted = st.clock_doubted;
	seen.believed = st.clock_believed;
	tw_snapshot_end(snap);
	tw_close(tw);
	return seen;
}

static void
upkeep(struct fixture *x, int64_t now, char boot, int64_t ticks)
{
	struct wall_boot b = boot_of(boot, ticks);
	struct err e = ERR_INIT;
	bool more = true;

	store_wall(x->s, &b);
	while (more) {
		if (store_upkeep(x->s, now, &more, &e) != 0)
			fail_msg("%s", e.text);
	}
}

/* Six values that end after ten days, six that have no end; kept for 30 days. */
static void
fill(struct fixture *x, int64_t now)
{
	struct store_source src = {.name = "feed", .kind = "stix", .url = "u",
	    .collection = "", .history = {.ended = 30 * DAY}};
	struct store_end end = {.complete = true, .state = SOURCE_OK};
	struct object_rec head;
	struct object_value v;
	struct store_poll *p;
	struct err e = ERR_INIT;
	uint8_t key[4] = {198, 51, 100, 0};
	uint32_t i;

	if (store_poll_begin(x->s, &src, now, &p, &e) != 0)
		fail_msg("%s", e.text);
	for (i = 0; i < 12; i++) {
		head = (struct object_rec){.id = id_of(STIX_INDICATOR, i),
		    .flags = OBJ_CLAIMS, .confidence = CONFIDENCE_UNKNOWN,
		    .created = now, .modified = now, .valid_from = now,
		    .valid_until = i < 6 ? now + 10 * DAY : TSTAMP_NONE,
		    .hash = i + 1};
		key[3] = (uint8_t)(i + 1);
		v = (struct object_value){.value = {.type = VALUE_IPV4,
		    .prefix = 32, .keylen = 4, .key = key}};
		buf_reset(&x->rec);
		object_rec_begin(&x->rec, &head);
		object_rec_add_value(&x->rec, &v);
		fixture_add(p, buf_view(&x->rec));
	}
	if (store_poll_end(p, &end, now, NULL, &e) != 0)
		fail_msg("%s", e.text);
}

/* Changes that the log tells behind a generation: added, removed. */
static void
log_since(struct fixture *x, uint64_t from, int *added, int *removed)
{
	struct tw_change_cursor at = {.generation = from};
	struct tw_change c;
	tw_snapshot *snap;
	tw_store *tw;

	*added = *removed = 0;
	assert_int_equal(tw_open(x->f.store, 0, &tw, NULL), TW_OK);
	assert_int_equal(tw_snapshot_begin(tw, &snap), TW_OK);
	while (tw_change_next(snap, &at, &c) == TW_OK) {
		*added += c.op == TW_ADDED;
		*removed += c.op == TW_REMOVED;
	}
	tw_snapshot_end(snap);
	tw_close(tw);
}

#define NOW (56 * YEAR)

/* Years ahead, upkeep and all; then the clock is back. */
static void
test_back(void **state)
{
	struct fixture *x = *state;
	int added, removed;
	uint64_t before;
	struct seen s;

	fill(x, NOW);
	upkeep(x, NOW, 'a', HOUR);
	s = look(x, NOW);
	assert_true(s.active == 12 && s.all == 12 && s.doubted == 0);
	before = fixture_head(x).generation;
	/* It boots with its clock ten years ahead. */
	upkeep(x, NOW + 10 * YEAR, 'b', 0);
	upkeep(x, NOW + 10 * YEAR + HOUR, 'b', HOUR);
	s = look(x, NOW + 10 * YEAR + HOUR);
	assert_true(s.active == 6 && s.all == 12);
	assert_true(s.doubted == NOW + 10 * YEAR && s.believed == NOW);
	log_since(x, before, &added, &removed);
	assert_true(added == 0 && removed == 6);
	/* Somebody sets it. */
	upkeep(x, NOW + 2 * HOUR, 'b', 2 * HOUR);
	s = look(x, NOW + 2 * HOUR);
	assert_true(s.active == 12 && s.all == 12 && s.doubted == 0);
	log_since(x, before, &added, &removed);
	assert_true(added == 6 && removed == 6);
	/* In its own time it goes. */
	upkeep(x, NOW + 39 * DAY, 'b', 39 * DAY);
	assert_int_equal(look(x, NOW + 39 * DAY).all, 12);
	upkeep(x, NOW + 41 * DAY, 'b', 41 * DAY);
	s = look(x, NOW + 41 * DAY);
	assert_true(s.all == 6 && s.active == 6 && s.doubted == 0);
}

/* The machine was off: a week later all is as if it had not been. */
static void
test_off(void **state)
{
	struct fixture *x = *state;
	int64_t day;

	fill(x, NOW);
	upkeep(x, NOW, 'a', HOUR);
	for (day = 0; day < 7; day++) {
		upkeep(x, NOW + YEAR + day * DAY, 'b', day * DAY);
		assert_int_equal(look(x, NOW + YEAR).all, 12);
	}
	upkeep(x, NOW + YEAR + 7 * DAY, 'b', 7 * DAY);
	assert_int_equal(look(x, NOW + YEAR).all, 6);
}

static void
test_told(void **state)
{
	struct fixture *x = *state;
	struct err e = ERR_INIT;

	fill(x, NOW);
	upkeep(x, NOW, 'a', HOUR);
	upkeep(x, NOW + YEAR, 'b', 0);
	assert_int_equal(look(x, NOW + YEAR).all, 12);
	assert_int_equal(store_wall_trust(x->s, NOW + YEAR, &e), 0);
	assert_true(look(x, NOW + YEAR).doubted == 0);
	upkeep(x, NOW + YEAR, 'b', 0);
	assert_int_equal(look(x, NOW + YEAR).all, 6);
}

/* A record that makes no sense is none. */
static void
test_damaged(void **state)
{
	static const char *const bytes[] = {"", "\1", "\1\377\377\377\377\377"
	    "\377\377\377                                                "
	    "                                "};
	struct fixture *x = *state;
	MDB_val key = {4, (void *)(uintptr_t)"wall"}, val;
	struct err e = ERR_INIT;
	struct wall_rec r;
	MDB_txn *txn;
	size_t i;

	for (i = 0; i < ARRAY_LEN(bytes); i++) {
		assert_int_equal(env_begin(x->s->env, true, &txn, &e), 0);
		val = (MDB_val){strlen(bytes[i]), (void *)(uintptr_t)bytes[i]};
		assert_int_equal(mdb_put(txn, x->s->env->dbi[TABLE_META], &key,
		    &val, 0), 0);
		assert_int_equal(wall_read(x->s->env, txn, &r, &e), 0);
		assert_int_equal(mdb_txn_commit(txn), 0);
		upkeep(x, NOW, 'a', HOUR);
		assert_true(look(x, NOW).doubted == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rule),
	    cmocka_unit_test_setup_teardown(test_back, fixture_set_up,
	        fixture_tear_down),
	    cmocka_unit_test_setup_teardown(test_off, fixture_set_up,
	        fixture_tear_down),
	    cmocka_unit_test_setup_teardown(test_told, fixture_set_up,
	        fixture_tear_down),
	    cmocka_unit_test_setup_teardown(test_damaged, fixture_set_up,
	        fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
