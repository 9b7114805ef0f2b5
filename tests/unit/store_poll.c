/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a poll: leases, cursors, what is refused, what is known, dry runs.
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

#include "tests/unit/store_fixture.h"

static void
busy(struct store *s, const char *name, const char *word)
{
	struct store_source src = {.name = name, .kind = "stix", .url = "",
	    .collection = ""};
	struct err e = ERR_INIT;
	struct store_poll *p;

	assert_int_equal(store_poll_begin(s, &src, 1, &p, &e), -1);
	assert_int_equal(e.code, ERR_BUSY);
	if (strstr(e.text, word) == NULL || strstr(e.text, name) == NULL)
		fail_msg("%s", e.text);
}

static void
test_lease_here(void **state)
{
	struct fixture *x = *state;
	struct store_poll *a, *b;

	a = poll_of(x->s, "one");
	busy(x->s, "one", "being polled");
	b = poll_of(x->s, "two");
	store_poll_drop(a);
	a = poll_of(x->s, "one");
	poll_done(a);
	store_poll_drop(b);
	store_poll_drop(poll_of(x->s, "two"));
}

static void
hold_lease(const char *path, int ready, int done)
{
	struct store_source src = {.name = "one", .kind = "stix", .url = "",
	    .collection = ""};
	struct store *s;
	struct store_poll *p;
	struct err e = ERR_INIT;
	char c = store_open(path, 1, &s, &e) == 0 &&
	    store_poll_begin(s, &src, 1, &p, &e) == 0 ? 'y' : 'n';

	if (write(ready, &c, 1) != 1 || read(done, &c, 1) < 0)
		_exit(1);
	/* Die like one that is killed: nothing is given back by hand. */
	_exit(0);
}

static void
test_lease_elsewhere(void **state)
{
	struct fixture *x = *state;
	int ready[2], done[2], status;
	char c, word[40];
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(done), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(done[1]);
		hold_lease(x->f.store, ready[1], done[0]);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(c, 'y');
	snprintf(word, sizeof(word), "process %ld", (long)pid);
	busy(x->s, "one", word);
	store_poll_drop(poll_of(x->s, "two"));
	close(done[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	store_poll_drop(poll_of(x->s, "one"));
	close(done[0]);
	close(ready[0]);
	close(ready[1]);
}

static void
test_source_names(void **state)
{
	struct fixture *x = *state;
	char name[LIMIT_SOURCE_NAME + 2];
	struct store_source src = {.name = name};
	struct err e = ERR_INIT;
	struct store_poll *p;

	name[0] = '\0';
	assert_int_equal(store_poll_begin(x->s, &src, 1, &p, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	memset(name, 'n', sizeof(name));
	name[LIMIT_SOURCE_NAME + 1] = '\0';
	err_clear(&e);
	assert_int_equal(store_poll_begin(x->s, &src, 1, &p, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	name[LIMIT_SOURCE_NAME] = '\0';
	poll_done(poll_of(x->s, name));
	poll_done(poll_of(x->s, "b"));
	p = poll_of(x->s, name);
	assert_int_equal(store_poll_source(p)->id, 1);
	assert_int_equal(store_poll_source(p)->polls, 1);
	store_poll_drop(p);
}

/* ---- what a poll leaves ------------------------------------------------------ */

static void
test_cursor(void **state)
{
	struct fixture *x = *state;
	struct slice first = SLICE("{\"page\":1}"), last = SLICE("{}");
	struct store_progress at = {.pages = 3, .bytes = 4, .objects = 5};
	struct store_end end = {.state = SOURCE_FAILING,
	    .error = "it is gone", .progress = {6, 7, 8}};
	const struct source_rec *r;
	struct store_poll *p;
	struct err e = ERR_INIT;

	p = poll_of(x->s, "one");
	assert_int_equal(store_poll_source(p)->cursor.n, 0);
	fixture_add(p, fixture_record(x, 1, 1, 0));
	assert_int_equal(store_batch_commit(p, &first, &at, 150, &e), 0);
	store_poll_drop(p); /* killed */
	p = poll_of(x->s, "one");
	r = store_poll_source(p);
	assert_true(slice_eq(r->cursor, first));
	assert_int_equal(r->state, SOURCE_NEW);
	assert_int_equal(r->polls, 1);
	assert_int_equal(r->last_change, 150);
	assert_int_equal(store_poll_end(p, &end, 160, NULL, &e), 0);
	p = poll_of(x->s, "one");
	r = store_poll_source(p);
	assert_true(slice_eq(r->cursor, first));
	assert_int_equal(r->state, SOURCE_FAILING);
	assert_true(slice_is(r->error, "it is gone"));
	assert_int_equal(r->complete_poll, 0);
	end = (struct store_end){.complete = true, .state = SOURCE_OK,
	    .cursor = &last};
	assert_int_equal(store_poll_end(p, &end, 170, NULL, &e), 0);
	p = poll_of(x->s, "one");
	r = store_poll_source(p);
	assert_true(slice_eq(r->cursor, last));
	assert_int_equal(r->error.n, 0);
	assert_int_equal(r->complete_poll, 3);
	assert_int_equal(r->last_success, 170);
	assert_int_equal(r->last_change, 150);
	store_poll_drop(p);
}

static void
test_rejected(void **state)
{
	struct fixture *x = *state;
	struct store_counts c;
	struct store_poll *p = poll_of(x->s, "one");
	struct poll_rec r;
	struct err e = ERR_INIT;
	uint8_t k[6] = {0, 1, 0, 0, 0, 1};
	MDB_val key = {sizeof(k), k}, val;
	MDB_txn *txn;

	assert_int_equal(store_batch_add(p, SLICE("rubbish"), &e), -1);
	assert_int_equal(e.code, ERR_PROTO);
	err_clear(&e);
	assert_int_equal(store_batch_block(p, SLICE("rubbish"), &e), -1);
	assert_int_equal(e.code, ERR_PROTO);
	fixture_add(p, fixture_record(x, 1, 1, 0));
	store_poll_reject(p, REJECT_TOO_DEEP, LOSS_ENTRY, 3);
	store_poll_reject(p, REJECT_FILTERED, LOSS_ENTRY, 4);
	store_poll_unchanged(p, 5);
	c = poll_done(p);
	assert_int_equal(c.rejected, 7);
	assert_int_equal(c.reasons[REJECT_FILTERED], 4);
	assert_int_equal(c.unchanged, 5);
	assert_int_equal(c.added, 1);
	assert_int_equal(env_begin(x->s->env, false, &txn, &e), 0);
	assert_int_equal(mdb_get(txn, x->s->env->dbi[TABLE_POLLS], &key, &val),
	    0);
	assert_int_equal(poll_rec_decode(1, 1,
	    (struct slice){val.mv_data, val.mv_size}, &r), 0);
	assert_true(r.complete == 1 && r.start == 100 && r.end == 200);
	assert_true(r.rejected == 7 && r.unchanged == 5 && r.added == 1);
	assert_int_equal(r.reasons[REJECT_TOO_DEEP], 3);
	mdb_txn_abort(txn);
}

/* Originals that never came: an error, not an object that points nowhere. */
static void
test_without_block(void **state)
{
	struct fixture *x = *state;
	struct store_poll *p = poll_of(x->s, "one");
	struct block_writer *w = block_writer_new(1);
	struct slice block;
	struct err e = ERR_INIT;

	fixture_add(p, fixture_record(x, 1, 1, OBJ_RAW));
	assert_int_equal(store_batch_commit(p, NULL, NULL, 1, &e), -1);
	assert_int_equal(e.code, ERR_INTERNAL);
	assert_true(store_batch_empty(p));
	/* A block that is too short for what the records name. */
	err_clear(&e);
	fixture_add(p, fixture_record(x, 1, 1, OBJ_RAW));
	assert_int_equal(block_writer_finish(w, &block, &e), 0);
	assert_int_equal(store_batch_block(p, block, &e), -1);
	assert_int_equal(e.code, ERR_PROTO);
	store_poll_drop(p);
	block_writer_free(w);
	assert_int_equal(fixture_head(x).objects, 0);
}

/* A source that begins to keep originals gets those of what it knows. */
static void
test_originals_later(void **state)
{
	struct fixture *x = *state;
	struct store_source src = {.name = "one", .kind = "stix", .url = "",
	    .collection = ""};
	struct store_end end = {.complete = true, .state = SOURCE_OK};
	struct idkey id = id_of(STIX_INDICATOR, 1);
	uint64_t hash = (uint64_t)1 << 32 | 1;
	struct block_writer *w = block_writer_new(1);
	struct store_counts c;
	struct store_poll *p;
	struct slice block;
	struct err e = ERR_INIT;
	uint8_t known;
	int i;

	/* Without; again; with, but broken off; with; again. */
	for (i = 0; i < 5; i++) {
		src.keep_raw = i >= 2;
		end.complete = i != 2;
		assert_int_equal(store_poll_begin(x->s, &src, 1, &p, &e), 0);
		assert_int_equal(store_known(p, &id, &hash, 1, &known, &e), 0);
		assert_int_equal(known, i == 1 || i == 4);
		if (i == 0 || i == 3) {
			fixture_add(p, fixture_record(x, 1, 1,
			    i == 0 ? 0 : OBJ_RAW));
			p->batch.items[0].hash = hash;
		}
		if (i == 3) {
			assert_int_equal(block_writer_add(w, SLICE("{}")), 0);
			assert_int_equal(block_writer_finish(w, &block, &e),
			    0);
			assert_int_equal(store_batch_block(p, block, &e), 0);
		}
		assert_int_equal(store_poll_end(p, &end, 2, &c, &e), 0);
		assert_int_equal(c.added, i == 0);
		assert_int_equal(c.updated, 0);
		assert_int_equal(c.unchanged, i == 3);
		assert_int_equal(fixture_entries(x, TABLE_BLOCKS), i >= 3);
	}
	block_writer_free(w);
}

/* Two texts of one digest: only a broken SHA-256 brings them, or a damaged
 * record, which is what is made here behind the checks. */
static void
test_one_digest(void **state)
{
	struct fixture *x = *state;
	struct object_rec head = {.flags = OBJ_CLAIMS, .confidence = 1};
	struct object_value v = {0};
	struct store_poll *p = poll_of(x->s, "one");
	struct store_counts c;
	char text[400];
	struct item *it;
	uint32_t i;

	memset(text, 'u', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	v.value = value_of(VALUE_USER_AGENT, text);
	for (i = 0; i < 4; i++) {
		head.id = id_of(STIX_INDICATOR, i);
		head.hash = i;
		buf_reset(&x->rec);
		object_rec_begin(&x->rec, &head);
		object_rec_add_value(&x->rec, &v);
		fixture_add(p, buf_view(&x->rec));
		it = &p->batch.items[p->batch.n - 1];
		if (i == 1 || i == 3)
			it->rec[it->len - 1]--;
		/* Within a batch, and against what is stored. */
		if (i == 1)
			fixture_commit(p);
	}
	c = poll_done(p);
	assert_int_equal(c.added, 4);
	assert_int_equal(c.values, 1);
	assert_int_equal(c.claims, 2);
	assert_int_equal(c.rejected, 2);
	assert_int_equal(c.reasons[REJECT_VALUE_OTHER], 2);
	assert_int_equal(fixture_entries(x, TABLE_CLAIMS), 2);
}

static void
test_known(void **state)
{
	struct fixture *x = *state;
	struct idkey ids[20];
	uint64_t hashes[20];
	uint8_t known[3];
	struct store_poll *p;
	struct err e = ERR_INIT;
	uint32_t i;

	p = poll_of(x->s, "one");
	for (i = 0; i < 20; i++) {
		ids[i] = id_of(STIX_INDICATOR, i);
		hashes[i] = (uint64_t)i << 32 | i;
		/* In no regular order: some known, some changed, some new. */
		if (i * 7 % 11 < 6)
			fixture_add(p, fixture_record(x, i, i, 0));
		if (i * 7 % 11 == 3)
			hashes[i]++;
	}
	/* Nothing is known before the commit. */
	assert_int_equal(store_known(p, ids, hashes, 20, known, &e), 0);
	assert_true(known[0] == 0 && known[1] == 0 && known[2] == 0);
	fixture_commit(p);
	assert_int_equal(store_known(p, ids, hashes, 20, known, &e), 0);
	for (i = 0; i < 20; i++)
		assert_int_equal(known[i / 8] >> i % 8 & 1,
		    i * 7 % 11 < 6 && i * 7 % 11 != 3);
	store_poll_drop(p);
	/* Of another source nothing is known. */
	p = poll_of(x->s, "two");
	assert_int_equal(store_known(p, ids, hashes, 20, known, &e), 0);
	assert_true(known[0] == 0 && known[1] == 0);
	store_poll_drop(p);
}

static void
test_dry_run(void **state)
{
	struct fixture *x = *state;
	struct store_source src = {.name = "one", .kind = "stix", .url = "",
	    .collection = "", .dry_run = true};
	struct store_end end = {.complete = true, .state = SOURCE_OK};
	struct store_poll *p;
	struct store_counts c;
	struct head before, after;
	struct err e = ERR_INIT;
	uint32_t i;

	p = poll_of(x->s, "one");
	for (i = 0; i < 50; i++)
		fixture_add(p, fixture_record(x, i, i % 20, 0));
	poll_done(p);
	before = fixture_head(x);
	assert_int_equal(store_poll_begin(x->s, &src, 1, &p, &e), 0);
	for (i = 40; i < 70; i++)
		fixture_add(p, fixture_record(x, i, i % 25, i < 45 ? OBJ_REVOKED : 0));
	assert_int_equal(store_batch_commit(p, NULL, NULL, 150, &e), 0);
	fixture_add(p, fixture_record(x, 999, 999, 0));
	assert_int_equal(store_poll_end(p, &end, 160, &c, &e), 0);
	assert_int_equal(c.added, 21);
	assert_int_equal(c.updated, 5);
	assert_int_equal(c.unchanged, 5); /* same `modified`: the first stays */
	assert_int_equal(c.revoked, 5);
	assert_int_equal(c.values, 1);
	after = fixture_head(x);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(fixture_entries(x, TABLE_POLLS), 1);
	/* Also of a source that is new. */
	src.name = "never seen";
	assert_int_equal(store_poll_begin(x->s, &src, 1, &p, &e), 0);
	fixture_add(p, fixture_record(x, 1, 1, 0));
	assert_int_equal(store_poll_end(p, &end, 160, &c, &e), 0);
	assert_int_equal(c.added, 1);
	assert_int_equal(fixture_entries(x, TABLE_SOURCES), 1);
}

#define TEST(t)                                                                \
	cmocka_unit_test_setup_teardown(t, fixture_set_up, fixture_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_lease_here),
	    TEST(test_lease_elsewhere),
	    TEST(test_source_names),
	    TEST(test_cursor),
	    TEST(test_rejected),
	    TEST(test_without_block),
	    TEST(test_originals_later),
	    TEST(test_one_digest),
	    TEST(test_known),
	    TEST(test_dry_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
