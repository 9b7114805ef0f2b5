/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Batches: that nothing is written where nothing changed, what a full disk
 * costs, many of something, and what lies beside the store.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "store/bytes.h"
#include "tests/unit/store_fixture.h"

static char *
whole_file(const char *path, size_t *n)
{
	struct stat st;
	char *p;
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	p = malloc((size_t)st.st_size);
	assert_non_null(p);
	assert_int_equal(read(fd, p, (size_t)st.st_size), st.st_size);
	close(fd);
	*n = (size_t)st.st_size;
	return p;
}

/* The same objects once more: a few small records, whatever their number. */
static void
test_nothing_new(void **state)
{
	struct fixture *x = *state;
	size_t before_n, after_n, at, differ = 0;
	char *before, *after;
	struct store_poll *p;
	struct store_counts c;
	uint64_t generation;
	uint32_t i, round;

	for (round = 0; round < 3; round++) {
		p = poll_of(x->s, "one");
		for (i = 0; i < 20000; i++)
			fixture_add(p, fixture_record(x, i, i, 0));
		if (round == 2) {
			before = whole_file(x->f.store, &before_n);
			generation = fixture_head(x).generation;
		}
		c = poll_done(p);
	}
	assert_int_equal(c.unchanged, 20000);
	assert_int_equal(c.added + c.updated, 0);
	assert_int_equal(fixture_head(x).generation, generation);
	after = whole_file(x->f.store, &after_n);
	assert_true(before_n > 500 * 4096);
	assert_in_range(after_n, before_n, before_n + 8 * 4096);
	for (at = 0; at < before_n; at += 4096)
		differ += memcmp(before + at, after + at, 4096) != 0;
	/* meta page, root of trees, sources, polls, and the list of free
	 * pages */
	assert_in_range(differ, 1, 8);
	free(before);
	free(after);
}

static void
test_full_disk(void **state)
{
	struct fixture *x = *state;
	struct rlimit lim, old;
	struct store_poll *p;
	struct head before;
	struct err e = ERR_INIT;
	struct stat st;
	uint32_t i;

	signal(SIGXFSZ, SIG_IGN);
	p = poll_of(x->s, "one");
	for (i = 0; i < 1000; i++)
		fixture_add(p, fixture_record(x, i, i, 0));
	poll_done(p);
	before = fixture_head(x);
	assert_int_equal(stat(x->f.store, &st), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	lim = old;
	lim.rlim_cur = (rlim_t)st.st_size + 40960;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &lim), 0);
	p = poll_of(x->s, "one");
	for (i = 0; i < 20000; i++)
		fixture_add(p, fixture_record(x, 5000 + i, 5000 + i, 0));
	assert_int_equal(store_batch_commit(p, NULL, NULL, 150, &e), -1);
	assert_int_equal(e.code, ERR_FULL);
	assert_non_null(strstr(e.text, "what was stored is safe"));
	assert_int_equal(fixture_head(x).generation, before.generation);
	assert_int_equal(fixture_head(x).objects, 1000);
	store_poll_drop(p);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	/* And on it goes. */
	p = poll_of(x->s, "one");
	for (i = 0; i < 20000; i++)
		fixture_add(p, fixture_record(x, 5000 + i, 5000 + i, 0));
	poll_done(p);
	assert_int_equal(fixture_head(x).objects, 21000);
	assert_int_equal(fixture_head(x).generation, before.generation + 1);
}

/* ---- many of something -------------------------------------------------------- */

/* One value that everybody claims, and then nobody. */
static void
test_popular(void **state)
{
	struct fixture *x = *state;
	struct store_poll *p;
	struct store_counts c;
	uint32_t i;

	p = poll_of(x->s, "one");
	for (i = 0; i < 70000; i++) {
		fixture_add(p, fixture_record(x, i, 7, 0));
		if (i % 20000 == 19999)
			fixture_commit(p);
	}
	c = poll_done(p);
	assert_int_equal(c.values, 1);
	assert_int_equal(c.claims, 70000);
	assert_int_equal(fixture_entries(x, TABLE_CLAIMS), 70000);
	p = poll_of(x->s, "one");
	for (i = 0; i < 70000; i++)
		fixture_add(p, fixture_record(x, i, 100 + i, 0));
	for (i = 0; i < p->batch.n; i++)
		p->batch.items[i].modified = 9; /* else the first stays */
	c = poll_done(p);
	assert_int_equal(c.updated, 70000);
	assert_int_equal(c.removed, 1);
	assert_int_equal(c.values, 70000);
	/* What they said stays as history. */
	assert_int_equal(fixture_entries(x, TABLE_CLAIMS), 70000);
	assert_int_equal(fixture_entries(x, TABLE_VALUES), 70001);
	assert_int_equal(fixture_head(x).claims, 70000);
}

/* More operations than are sorted at a time. */
static void
test_many_values(void **state)
{
	struct fixture *x = *state;
	const uint32_t objects = 300, each = LIMIT_VALUES;
	struct object_rec head = {.flags = OBJ_CLAIMS, .confidence = 1,
	    .created = 1, .modified = 1, .valid_until = TSTAMP_NONE};
	uint8_t key[16];
	struct object_value v = {.value = {.type = VALUE_MD5, .keylen = 16,
	    .key = key}};
	struct store_poll *p;
	struct store_counts c;
	uint32_t i, k, round;

	for (round = 0; round < 2; round++) {
		p = poll_of(x->s, "one");
		for (i = 0; i < objects; i++) {
			head.id = id_of(STIX_INDICATOR, i);
			head.modified = head.hash = 1 + round;
			buf_reset(&x->rec);
			object_rec_begin(&x->rec, &head);
			for (k = 0; k < each; k++) {
				memset(key, 0x5a, sizeof(key));
				/* Half of them move on in the second round. */
				be32_put(key, i * each + k +
				    round * each / 2);
				object_rec_add_value(&x->rec, &v);
			}
			fixture_add(p, buf_view(&x->rec));
		}
		c = poll_done(p);
	}
	assert_int_equal(c.updated, objects);
	/* The first half of the first object's is history; that of every other
	 * was, and is claimed by its neighbour. */
	assert_int_equal(fixture_entries(x, TABLE_VALUES),
	    objects * each + each / 2);
	assert_int_equal(fixture_entries(x, TABLE_CLAIMS),
	    2 * (objects - 1) * each / 2);
	assert_int_equal(fixture_head(x).claims, objects * each);
	assert_int_equal(fixture_head(x).values, objects * each + each / 2);
}

/* New objects from number `from` on until the batch is full, or enough for one that
 * is idle; how many? */
static uint32_t
fill_batch(struct fixture *x, struct store_poll *p, uint32_t from, bool idle)
{
	uint32_t n;

	for (n = 0; !store_batch_full(p, idle); n++) {
		assert_in_range(n, 0, LIMIT_BATCH_OBJECTS);
		fixture_add(p, fixture_record(x, from + n, from + n, 0));
	}
	return n;
}

/* A batch ends by what it will take, and a small one never. */
static void
test_full_batch(void **state)
{
	struct fixture *x = *state;
	struct store_poll *p = poll_of(x->s, "one");
	uint32_t i;

	fixture_add(p, fixture_record(x, 0, 0, 0));
	fixture_commit(p);
	poll_done(p);
	p = poll_of(x->s, "one");
	assert_int_equal(fill_batch(x, p, 1, false), LIMIT_BATCH_OBJECTS);
	fixture_commit(p);
	assert_true(store_batch_empty(p));
	assert_false(store_batch_full(p, false));
	/* Trees of a hundred thousand leaves each. */
	x->s->sizes.ids = x->s->sizes.values = 100000;
	for (i = 0; !store_batch_full(p, false); i++)
		fixture_add(p, fixture_record(x, 1000000 + i, i, 0));
	assert_in_range(i, 12000, 18000);
	store_poll_drop(p);
}

/* A first load begins with small batches, so that the fetcher and the keeper
 * soon work at the same time. */
static void
test_first_batches(void **state)
{
	struct fixture *x = *state;
	struct store_poll *p = poll_of(x->s, "one");
	uint32_t n, all = 0, last = 0;

	do {
		n = fill_batch(x, p, all, false);
		if (all == 0)
			assert_in_range(n, 1, LIMIT_BATCH_OBJECTS / 4);
		else
			assert_in_range(n, last, all);
		last = n;
		all += n;
		fixture_commit(p);
	} while (all <= 2 * LIMIT_BATCH_OBJECTS);
	assert_int_equal(fill_batch(x, p, all, false), LIMIT_BATCH_OBJECTS);
	store_poll_drop(p);
}

/* One that has caught up takes smaller ones, which grow all the same; and only in
 * a first load. */
static void
test_idle_batches(void **state)
{
	struct fixture *x = *state;
	struct store_poll *p = poll_of(x->s, "one");
	uint32_t n, all = 0, first = 0;

	do {
		n = fill_batch(x, p, all, true);
		if (all == 0)
			first = n;
		assert_in_range(n, first, first > all / 4 ? first : all / 4);
		all += n;
		fixture_commit(p);
	} while (all < LIMIT_BATCH_OBJECTS);
	assert_in_range(n, first + 1, LIMIT_BATCH_OBJECTS / 4);
	n = fill_batch(x, p, all, true);
	assert_in_range(n, all / 3, all);
	all += n;
	poll_done(p);
	p = poll_of(x->s, "one");
	fixture_add(p, fixture_record(x, 1, 7, 0));
	poll_done(p);
	p = poll_of(x->s, "one");
	assert_in_range(fill_batch(x, p, all, true), all / 4,
	    LIMIT_BATCH_OBJECTS);
	store_poll_drop(p);
}

/* The log keeps to its room, and says from where on it is whole. */
static void
test_log_pruned(void **state)
{
	struct fixture *x = *state;
	struct store_poll *p;
	struct head h;
	MDB_cursor *cur;
	MDB_val key, val;
	MDB_txn *txn;
	MDB_stat st;
	struct err e = ERR_INIT;
	uint32_t i, round;

	x->s->log_pages = 20;
	for (round = 0; round < 30; round++) {
		p = poll_of(x->s, "one");
		for (i = 0; i < 2000; i++)
			fixture_add(p, fixture_record(x, round * 2000 + i,
			    round * 2000 + i, 0));
		poll_done(p);
	}
	h = fixture_head(x);
	assert_int_equal(h.generation, 30);
	assert_in_range(h.oldest_change, 20, 30);
	assert_int_equal(env_begin(x->s->env, false, &txn, &e), 0);
	assert_int_equal(mdb_stat(txn, x->s->env->dbi[TABLE_CHANGES], &st), 0);
	assert_in_range(st.ms_leaf_pages, 1, 30);
	assert_int_equal(mdb_cursor_open(txn, x->s->env->dbi[TABLE_CHANGES],
	    &cur), 0);
	/* The first generation that is whole begins with part 0. */
	while (mdb_cursor_get(cur, &key, &val, MDB_NEXT) == 0) {
		if (be64_get(key.mv_data) >= h.oldest_change)
			break;
	}
	assert_int_equal(be64_get(key.mv_data), h.oldest_change);
	assert_int_equal(be32_get((const uint8_t *)key.mv_data + 8), 0);
	mdb_cursor_close(cur);
	mdb_txn_abort(txn);
}

/* More values than the first filter has room for, while a reader looks on. */
static void
test_filter_grows(void **state)
{
	struct fixture *x = *state;
	struct filter *first, *now;
	struct store_poll *p;
	uint8_t key[4] = {23, 45, 0, 0};
	uint32_t i;

	p = poll_of(x->s, "one");
	fixture_add(p, fixture_record(x, 0, 0, 0));
	fixture_commit(p);
	first = filter_map(x->f.store, x->s->id.uuid);
	assert_non_null(first);
	for (i = 1; i < 150000; i++) {
		fixture_add(p, fixture_record(x, i, i, 0));
		if (store_batch_full(p, false))
			fixture_commit(p);
	}
	poll_done(p);
	assert_true(filter_superseded(first));
	filter_unmap(first);
	now = filter_map(x->f.store, x->s->id.uuid);
	assert_non_null(now);
	assert_int_equal(filter_count(now), 150000);
	for (i = 0; i < 150000; i++) {
		key[0] = (uint8_t)(23 + (i >> 16));
		be16_put(key + 2, (uint16_t)i);
		assert_true(filter_may_have(now, VALUE_IPV4, key, 4));
	}
	filter_unmap(now);
}

/* A filter that an older store left under a newer one is made anew. */
static void
test_filter_stale(void **state)
{
	struct fixture *x = *state;
	char name[PATH_MAX * 2], old[PATH_MAX * 2 + 8];
	uint8_t key[4] = {23, 45, 0, 2};
	struct filter *f;
	struct err e = ERR_INIT;
	struct store_poll *p;

	snprintf(name, sizeof(name), "%s-filter", x->f.store);
	snprintf(old, sizeof(old), "%s.old", name);
	p = poll_of(x->s, "one");
	fixture_add(p, fixture_record(x, 1, 1, 0));
	poll_done(p);
	assert_int_equal(link(name, old), 0);
	assert_int_equal(unlink(name), 0);
	store_close(x->s);
	assert_int_equal(store_open(x->f.store, 1, &x->s, &e), 0);
	p = poll_of(x->s, "one");
	fixture_add(p, fixture_record(x, 2, 2, 0));
	poll_done(p);
	store_close(x->s);
	assert_int_equal(rename(old, name), 0);
	assert_int_equal(store_open(x->f.store, 1, &x->s, &e), 0);
	f = filter_map(x->f.store, x->s->id.uuid);
	assert_non_null(f);
	assert_true(filter_generation(f) < fixture_head(x).generation);
	filter_unmap(f);
	p = poll_of(x->s, "one");
	fixture_add(p, fixture_record(x, 3, 3, 0));
	poll_done(p);
	f = filter_map(x->f.store, x->s->id.uuid);
	assert_true(filter_may_have(f, VALUE_IPV4, key, 4));
	assert_int_equal(filter_generation(f), fixture_head(x).generation);
	filter_unmap(f);
}

/* The marker of a first load stands while it lasts, and not behind it. */
static void
test_first_load(void **state)
{
	struct fixture *x = *state;
	struct store_poll *p = poll_of(x->s, "one");
	struct err e = ERR_INIT;

	assert_int_equal(load_state(x->f.store), LOAD_NONE);
	fixture_add(p, fixture_record(x, 1, 1, 0));
	fixture_commit(p);
	assert_int_equal(load_state(x->f.store), LOAD_RUNNING);
	fixture_add(p, fixture_record(x, 2, 2, 0));
	poll_done(p);
	assert_int_equal(load_state(x->f.store), LOAD_NONE);
	p = poll_of(x->s, "one");
	fixture_add(p, fixture_record(x, 3, 3, 0));
	fixture_commit(p);
	assert_int_equal(load_state(x->f.store), LOAD_NONE);
	store_poll_drop(p);
	assert_int_equal(store_batch_full(p = poll_of(x->s, "b"), false), 0);
	store_poll_drop(p);
	store_close(x->s);
	assert_int_equal(store_open(x->f.store, 1, &x->s, &e), 0);
	assert_int_equal(fixture_head(x).objects, 3);
}

/* A loader that is killed: the next writer finishes for it. */
static void
test_first_load_killed(void **state)
{
	struct fixture *x = *state;
	struct err e = ERR_INIT;
	struct store *s;
	pid_t pid;
	int status;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store_poll *p;

		if (store_open(x->f.store, 1, &s, &e) != 0)
			_exit(1);
		p = poll_of(s, "one");
		fixture_add(p, fixture_record(x, 1, 1, 0));
		fixture_commit(p);
		_exit(load_state(x->f.store) == LOAD_RUNNING ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(load_state(x->f.store), LOAD_RUNNING);
	assert_int_equal(fixture_head(x).objects, 1);
	store_close(x->s);
	assert_int_equal(store_open(x->f.store, 1, &x->s, &e), 0);
	assert_int_equal(load_state(x->f.store), LOAD_NONE);
	assert_int_equal(fixture_head(x).objects, 1);
}

#define TEST(t)                                                                \
	cmocka_unit_test_setup_teardown(t, fixture_set_up, fixture_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_nothing_new),
	    TEST(test_full_disk),
	    TEST(test_popular),
	    TEST(test_many_values),
	    TEST(test_full_batch),
	    TEST(test_first_batches),
	    TEST(test_idle_batches),
		TEST(test_idle_batches),
	    TEST(test_log_pruned),
	    TEST(test_filter_grows),
	    TEST(test_filter_stale),
	    TEST(test_first_load),
	    TEST(test_first_load_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
