/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random polls of three sources over a small world, where everything collides:
 * after every commit the store must hold exactly what the model holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "store/filter.h"
#include "taxiway.h"
#include "tests/unit/store_world.h"

/* A few records and, where they have one, the block of their bytes. */
static void
feed(struct world *w, struct store_poll *p, unsigned source,
    struct block_writer *blocks)
{
	unsigned i, n = 1 + rng_below(&w->rng, 25);
	struct slice block;
	struct err e = ERR_INIT;
	struct buf rec, raw;

	buf_init(&rec, LIMIT_RECORD);
	buf_init(&raw, KIB(4));
	for (i = 0; i < n; i++) {
		buf_reset(&rec);
		buf_reset(&raw);
		world_step(w, source, (uint16_t)block_writer_count(blocks),
		    &rec, &raw);
		/* Even those that have no bytes to keep may take a place. */
		assert_true(block_writer_add(blocks, buf_view(&raw)) >= 0);
		if (store_batch_add(p, buf_view(&rec), &e) != 0)
			fail_msg("%s", e.text);
	}
	assert_int_equal(block_writer_finish(blocks, &block, &e), 0);
	assert_int_equal(store_batch_block(p, block, &e), 0);
	buf_free(&rec);
	buf_free(&raw);
}

static void
same_counts(const struct store_counts *a, const struct store_counts *b)
{
	assert_int_equal(a->added, b->added);
	assert_int_equal(a->updated, b->updated);
	assert_int_equal(a->unchanged, b->unchanged);
	assert_int_equal(a->older, b->older);
	assert_int_equal(a->revoked, b->revoked);
	assert_int_equal(a->rejected, b->rejected);
}

static void
tell_problem(void *ctx, const char *text)
{
	(void)ctx;
	print_error("%s\n", text);
}

/* The reader's own check, which knows nothing of the model, agrees. */
static void
check_sound(const struct folder *f)
{
	tw_store *store;
	tw_snapshot *snap;
	uint64_t checked;

	assert_int_equal(tw_open(f->store, 0, &store, NULL), TW_OK);
	assert_int_equal(tw_snapshot_begin(store, &snap), TW_OK);
	assert_int_equal(tw_verify(snap, tell_problem, NULL, &checked), TW_OK);
	assert_true(checked > 0);
	tw_snapshot_end(snap);
	tw_close(store);
}

static void
one_poll(struct world *w, struct store *s, const struct folder *f,
    struct block_writer *blocks)
{
	static const char *const names[] = {"one", "two", "three"};
	static unsigned known;
	unsigned source = rng_below(&w->rng, WORLD_SOURCES), batches, i;
	struct store_counts counts;
	struct store_poll *p;
	struct err e = ERR_INIT;

	/* Sources get their numbers in the order of their first poll. */
	if (w->made == 0)
		known = 0;
	if (source > known)
		source = known;
	if (w->polls[source] == 0)
		known = source + 1 < WORLD_SOURCES ? source + 1 : source;
	p = poll_of_tlp(s, names[source], world_tlp[source]);
	w->polls[source]++;
	w->counts = (struct store_counts){0};
	batches = 1 + rng_below(&w->rng, 3);
	for (i = 0; i < batches; i++) {
		feed(w, p, source, blocks);
		if (rng_below(&w->rng, 2) == 0)
			feed(w, p, source, blocks);
		if (i + 1 == batches)
			break;
		if (store_batch_commit(p, NULL, NULL, 150, &e) != 0)
			fail_msg("%s", e.text);
		w->generation += w->changed;
		w->changed = false;
		world_check(w, f->store);
	}
	counts = poll_done(p);
	w->generation += w->changed;
	w->changed = false;
	same_counts(&counts, &w->counts);
	world_check(w, f->store);
	check_sound(f);
}

static void
check_filter(struct world *w, const struct folder *f, const uint8_t uuid[16])
{
	struct filter *filter = filter_map(f->store, uuid);
	unsigned s, i, k;
	const struct version *v;
	const struct value *val;

	assert_non_null(filter);
	assert_int_equal(filter_generation(filter), w->generation);
	for (s = 0; s < WORLD_SOURCES; s++) {
		for (i = 0; i < WORLD_IDS; i++) {
			v = &w->now[s][i];
			for (k = 0; k < v->nvalues; k++) {
				if ((v->flags & OBJ_CLAIMS) == 0)
					continue;
				val = &w->values[v->value[k]];
				if (!world_is_net(val)) {
					assert_true(filter_may_have(filter,
					    val->type, val->key, val->keylen));
				} else {
					assert_true(filter_may_cover(filter,
					    val->type, val->key));
				}
			}
		}
	}
	filter_unmap(filter);
}

static void
run(uint64_t seed)
{
	struct block_writer *blocks = block_writer_new(1);
	struct identity id;
	struct world w;
	struct folder f;
	struct store *s;
	struct env *env;
	struct err e = ERR_INIT;
	MDB_txn *txn;
	int i;

	assert_non_null(blocks);
	world_make(&w, seed);
	folder_make(&f);
	assert_int_equal(store_open(f.store, 1, &s, &e), 0);
	w.seed = store_seed(s);
	for (i = 0; i < 40; i++) {
		one_poll(&w, s, &f, blocks);
		if (i % 10 != 9)
			continue;
		store_close(s);
		assert_int_equal(store_open(f.store, 1, &s, &e), 0);
	}
	assert_int_equal(env_open(f.store, ENV_WRITE, &env, &e), 0);
	assert_int_equal(env_begin(env, false, &txn, &e), 0);
	assert_int_equal(identity_read(env, txn, &id, &e), 0);
	mdb_txn_abort(txn);
	env_close(env);
	check_filter(&w, &f, id.uuid);
	store_close(s);
	folder_remove(&f);
	block_writer_free(blocks);
}

static void
test_model(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 12; seed++)
		run(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
