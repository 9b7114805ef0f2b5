/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Large batches of a first load, which are committed in halves
 * (store/apply_commit.c): that they store what one commit would, what is there
 * when only the first half was committed, and who makes up for the second.
 *
 * Linked with wrappers around the step that only the second half has, and the
 * one that both begin with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/limits.h"
#include "store/apply.h"
#include "store/upkeep.h"
#include "taxiway.h"
#include "tests/unit/store_fixture.h"

#define FIRST 500u     /* objects of the first batch, which is never large */
#define SECOND (FIRST + BATCH_LEAST + 200)
#define ALL (SECOND + BATCH_LEAST + 200)
#define NOW 150        /* as fixture_commit() */

static struct {
	struct fixture *x;
	bool fail;          /* at the next values */
	int upkeep_at;      /* before this one of the next begins */
	bool alone;         /* no value is of two objects */
} plan;

int __real_apply_values(struct apply *a, struct err *e);
int __wrap_apply_values(struct apply *a, struct err *e);
int __real_apply_open(struct apply *a, const struct source_rec *src,
    struct err *e);
int __wrap_apply_open(struct apply *a, const struct source_rec *src,
    struct err *e);

int
__wrap_apply_values(struct apply *a, struct err *e)
{
	if (!plan.fail)
		return __real_apply_values(a, e);
	plan.fail = false;
	return err_set(e, ERR_FULL, "as the test says");
}

static void
upkeep_all(struct fixture *x)
{
	struct err e = ERR_INIT;
	bool more = true;

	while (more)
		if (store_upkeep(x->s, NOW, &more, &e) != 0)
			fail_msg("%s", e.text);
}

int
__wrap_apply_open(struct apply *a, const struct source_rec *src,
    struct err *e)
{
	if (plan.upkeep_at > 0 && --plan.upkeep_at == 0)
		upkeep_all(plan.x);
	return __real_apply_open(a, src, e);
}

/* Of every six objects one shares the value of an earlier one, or none. */
static void
add(struct fixture *x, struct store_poll *p, uint32_t from, uint32_t to)
{
	uint32_t i;

	for (i = from; i < to; i++)
		fixture_add(p, fixture_record(x, i,
		    i % 6 == 0 && !plan.alone ? i / 2 : i, 0));
}

static struct store_poll *
begin(struct fixture *x, double memory)
{
	struct store_poll *p = poll_of(x->s, "one");

	x->s->batch_memory = memory;
	add(x, p, 0, FIRST);
	fixture_commit(p);
	return p;
}

static struct store_counts
load(struct fixture *x, double memory)
{
	struct store_poll *p = begin(x, memory);

	add(x, p, FIRST, SECOND);
	fixture_commit(p);
	add(x, p, SECOND, ALL);
	return poll_done(p);
}

/* A digest over all of a table. */
static uint64_t
table(struct fixture *x, enum table t)
{
	uint64_t sum = 0;
	struct err e = ERR_INIT;
	MDB_cursor *cur;
	MDB_val k, v;
	MDB_txn *txn;

	assert_int_equal(env_begin(x->s->env, false, &txn, &e), 0);
	assert_int_equal(mdb_cursor_open(txn, x->s->env->dbi[t], &cur), 0);
	while (mdb_cursor_get(cur, &k, &v, MDB_NEXT) == 0) {
		sum = digest64(k.mv_data, k.mv_size, sum);
		sum = digest64(v.mv_data, v.mv_size, sum);
	}
	mdb_cursor_close(cur);
	mdb_txn_abort(txn);
	return sum;
}

static void
same_world(struct fixture *x, struct fixture *y)
{
	struct head a = fixture_head(x), b = fixture_head(y);

	assert_int_equal(a.values, b.values);
	assert_int_equal(a.claims, b.claims);
	assert_int_equal(a.objects, b.objects);
	assert_int_equal(a.active, b.active);
	assert_int_equal(a.unsettled, 0);
	assert_int_equal(fixture_entries(x, TABLE_CLAIMS),
	    fixture_entries(y, TABLE_CLAIMS));
}

struct pair {
	struct fixture *one, *other;
};

static int
set_up(void **state)
{
	struct pair *w = calloc(1, sizeof(*w));

	memset(&plan, 0, sizeof(plan));
	fixture_set_up((void **)&w->one);
	fixture_set_up((void **)&w->other);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct pair *w = *state;

	fixture_tear_down((void **)&w->one);
	fixture_tear_down((void **)&w->other);
	free(w);
	return 0;
}

static void
test_same(void **state)
{
	static const enum table tables[] = {TABLE_IDS, TABLE_OBJECTS,
	    TABLE_VALUES, TABLE_CLAIMS, TABLE_ROWS, TABLE_SOURCES};
	struct pair *w = *state;
	struct store_counts a, b;
	size_t i;

	a = load(w->one, 1);
	b = load(w->other, 1e12);
	/* Two of the three batches were large. */
	assert_int_equal(fixture_head(w->one).generation, 5);
	assert_int_equal(fixture_head(w->other).generation, 3);
	assert_true(memcmp(&a, &b, sizeof(a)) == 0);
	assert_int_equal(a.added, ALL);
	assert_int_equal(a.commits, 3);
	for (i = 0; i < ARRAY_LEN(tables); i++)
		assert_int_equal(table(w->one, tables[i]),
		    table(w->other, tables[i]));
	same_world(w->one, w->other);
	fixture_verify(w->one);
}

/* The second half fails, which leaves what a kill between the two does. */
static void
halve(struct fixture *x, bool last)
{
	struct store_poll *p = begin(x, 1);
	struct store_end end = {.complete = true, .state = SOURCE_OK};
	struct slice cursor = SLICE("behind it all");
	struct err e = ERR_INIT;
	struct head before = fixture_head(x), after;

	add(x, p, FIRST, SECOND);
	plan.fail = true;
	end.cursor = &cursor;
	if (last) {
		assert_int_equal(store_poll_end(p, &end, NOW, NULL, &e), -1);
	} else {
		assert_int_equal(store_batch_commit(p, &cursor, NULL, NOW,
		    &e), -1);
		store_poll_drop(p);
	}
	assert_int_equal(e.code, ERR_FULL);
	after = fixture_head(x);
	assert_int_equal(after.objects, SECOND);
	assert_int_equal(after.values, before.values);
	assert_int_equal(after.unsettled, 1);
	fixture_verify(x);
	p = poll_of(x->s, "one");
	assert_int_equal(store_poll_source(p)->cursor.n, 0);
	store_poll_drop(p);
}

/* Upkeep at once; or the poll that goes on first, which need not bring them
 * again. */
static void
cut(struct pair *w)
{
	struct store_counts c;
	int i;

	load(w->other, 1e12);
	for (i = 0; i < 4; i++) {
		halve(w->one, i / 2 == 1);
		if (i % 2 == 0)
			upkeep_all(w->one);
		c = load(w->one, 1);
		assert_int_equal(c.unchanged, SECOND);
		assert_int_equal(c.added, ALL - SECOND);
		upkeep_all(w->one);
		same_world(w->one, w->other);
		fixture_verify(w->one);
		fixture_tear_down((void **)&w->one);
		fixture_set_up((void **)&w->one);
	}
}

static void
test_cut(void **state)
{
	cut(*state);
}

/* A commit of upkeep that only adds values, too, is a generation of its own. */
static void
test_cut_alone(void **state)
{
	plan.alone = true;
	cut(*state);
}

/* Another process settles the source between the halves, all of it or a part. */
static void
test_between(void **state)
{
	struct pair *w = *state;
	struct store_poll *p;

	load(w->other, 1e12);
	p = begin(w->one, 1);
	add(w->one, p, FIRST, SECOND);
	plan.x = w->one;
	plan.upkeep_at = 2;
	fixture_commit(p);
	assert_int_equal(plan.upkeep_at, 0);
	assert_int_equal(fixture_head(w->one).unsettled, 0);
	add(w->one, p, SECOND, ALL);
	poll_done(p);
	same_world(w->one, w->other);
	fixture_verify(w->one);
}

/* A batch that turns out to hold new versions goes in parts, and the poll's later
 * ones are not halved. */
static void
test_versions(void **state)
{
	struct pair *w = *state;
	struct fixture *both[] = {w->one, w->other};
	struct store_counts c[2];
	struct store_poll *p;
	uint32_t i, k;

	for (k = 0; k < 2; k++) {
		p = begin(both[k], k == 0 ? 1 : 1e12);
		add(both[k], p, FIRST, SECOND);
		for (i = 0; i < 100; i++)
			fixture_add(p, fixture_record(both[k], i * 10, i,
			    OBJ_REVOKED));
		fixture_commit(p);
		add(both[k], p, SECOND, ALL);
		c[k] = poll_done(p);
	}
	assert_int_equal(c[0].updated, c[1].updated);
	assert_int_equal(c[0].updated, 100);
	assert_int_equal(c[0].revoked, 100);
	/* BATCH_LEAST objects, and the rest of the batch */
	assert_int_equal(c[0].commits, 1 + 2 + 1);
	assert_int_equal(c[1].commits, 3);
	same_world(w->one, w->other);
	fixture_verify(w->one);
}

/* What is no first load is committed at once, however large. */
static void
test_whole(void **state)
{
	struct pair *w = *state;
	struct store_poll *p;

	load(w->one, 1);
	p = poll_of(w->one->s, "one");
	add(w->one, p, ALL, ALL + BATCH_LEAST + 200);
	poll_done(p);
	assert_int_equal(fixture_head(w->one).generation, 6);
	fixture_verify(w->one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut_alone, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_between, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_versions, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_whole, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
