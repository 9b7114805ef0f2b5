/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of rows, and their chunks as they are stored.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/rowset.h"
#include "tests/unit/store_util.h"

static void
test_set(void **state)
{
	static const uint64_t rows[] = {0, 1, 63, 64, 8191, 8192, 8193, 100000,
	    5000000, 5000001};
	struct rowset s, other;
	size_t i;

	(void)state;
	rowset_init(&s);
	rowset_init(&other);
	assert_false(rowset_has(&s, 7));
	rowset_drop(&s, 7);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(rowset_add(&s, rows[i]), 0);
		assert_int_equal(rowset_add(&s, rows[i]), 0);
		assert_int_equal(
		    rowset_add(&other, rows[ARRAY_LEN(rows) - 1 - i]), 0);
	}
	assert_int_equal(rowset_count(&s), ARRAY_LEN(rows));
	for (i = 0; i < ARRAY_LEN(rows); i++)
		assert_true(rowset_has(&s, rows[i]));
	assert_false(rowset_has(&s, 2));
	assert_false(rowset_has(&s, 5000002));
	assert_false(rowset_has(&s, LIMIT_ROWS + 1));
	/* The order of arrival does not matter, what is in it does. */
	assert_true(rowset_digest(&s, 1) == rowset_digest(&other, 1));
	assert_true(rowset_digest(&s, 1) != rowset_digest(&s, 2));
	rowset_drop(&s, 64);
	assert_false(rowset_has(&s, 64));
	assert_true(rowset_has(&s, 63));
	assert_int_equal(rowset_count(&s), ARRAY_LEN(rows) - 1);
	assert_true(rowset_digest(&s, 1) != rowset_digest(&other, 1));
	assert_int_equal(rowset_add(&s, LIMIT_ROWS), -1);
	assert_int_equal(rowset_add(&s, UINT64_MAX), -1);
	rowset_free(&s);
	rowset_free(&other);
}

/* An emptied chunk is as good as one that never was. */
static void
test_digest_of_nothing(void **state)
{
	struct rowset a, b;

	(void)state;
	rowset_init(&a);
	rowset_init(&b);
	assert_int_equal(rowset_add(&a, 9000), 0);
	assert_int_equal(rowset_add(&a, 3), 0);
	assert_int_equal(rowset_add(&b, 3), 0);
	rowset_drop(&a, 9000);
	assert_true(rowset_digest(&a, 5) == rowset_digest(&b, 5));
	rowset_free(&a);
	rowset_free(&b);
}

static void
fill(struct rows_rec *r, unsigned from, unsigned to)
{
	for (; from < to; from++)
		r->words[from / 64] |= UINT64_C(1) << from % 64;
}

static size_t
round_trip(const struct rows_rec *r)
{
	uint8_t out[ROWS_REC_MAX];
	struct rows_rec again;
	size_t n = rows_rec_encode(r, out);

	assert_true(n > 0 && n <= sizeof(out));
	assert_int_equal(rows_rec_decode(
	    (struct slice){(const char *)out, n}, &again), 0);
	assert_memory_equal(again.words, r->words, sizeof(r->words));
	assert_int_equal(again.poll, r->poll);
	assert_true(again.time == r->time);
	return n;
}

static void
test_runs(void **state)
{
	static const struct {
		unsigned from, to;
		size_t most; /* bytes that it may take */
	} rows[] = {
	    {0, ROWSET_CHUNK, 18}, {0, 1, 16}, {8191, 8192, 18},
	    {1, 8191, 18}, {63, 65, 16}, {64, 128, 16}, {127, 129, 18},
	};
	struct rows_rec r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		memset(&r, 0, sizeof(r));
		r.poll = 7;
		r.time = -5;
		fill(&r, rows[i].from, rows[i].to);
		assert_true(round_trip(&r) <= rows[i].most);
	}
}

/* Every density: the shorter of both forms, and never more than the bits. */
static void
test_random(void **state)
{
	uint64_t rng = 42;
	struct rows_rec r;
	uint8_t out[ROWS_REC_MAX];
	unsigned i, k, part;

	(void)state;
	for (i = 0; i < 400; i++) {
		memset(&r, 0, sizeof(r));
		part = 1 + rng_below(&rng, 1000);
		for (k = rng_below(&rng, ROWSET_CHUNK); k < ROWSET_CHUNK; k++) {
			if (rng_below(&rng, 1000) < part)
				fill(&r, k, k + 1);
		}
		if (rows_empty(r.words))
			assert_int_equal(rows_rec_encode(&r, out), 0);
		else
			round_trip(&r);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} rows[] = {
	    {"", 0},
	    {"\1\0\0\0\0\0\0\0\0\0\0\0\0\0", 14},       /* no payload */
	    {"\2\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 15},     /* a later version */
	    {"\1\2\0\0\0\0\0\0\0\0\0\0\0\0\1", 15},     /* unknown codec */
	    {"\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15},     /* no bit */
	    {"\1\1\0\0\0\0\0\0\0\0\0\0\0\0\0", 15},     /* half a run */
	    {"\1\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16},   /* an empty run */
	    {"\1\1\0\0\0\0\0\0\0\0\0\0\0\0\1\x80\x40", 17}, /* beyond the end */
	    {"\1\1\0\0\0\0\0\0\0\0\0\0\0\0\x80\x40\1", 17},
	    {"\1\1\0\0\0\0\0\0\0\0\0\0\0\0\0\x81\x40", 17},
	};
	char large[ROWS_REC_MAX + 1];
	struct rows_rec r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(rows_rec_decode((struct slice){rows[i].bytes,
		    rows[i].n}, &r), -1);
	memset(large, 1, sizeof(large));
	large[1] = 0;
	assert_int_equal(rows_rec_decode((struct slice){large,
	    sizeof(large)}, &r), -1);
}

static void
test_keys(void **state)
{
	struct rows_key k = {ROWS_MISSING, 0x1234, 0x01020304, 77}, got;
	uint8_t room[ROWS_KEY_LEN];
	struct slice s = {(const char *)room, sizeof(room)};

	(void)state;
	rows_key_put(room, &k);
	assert_int_equal(rows_key_get(s, &got), 0);
	assert_int_equal(got.kind, k.kind);
	assert_int_equal(got.source, k.source);
	assert_int_equal(got.walk, k.walk);
	assert_int_equal(got.chunk, k.chunk);
	s.n--;
	assert_int_equal(rows_key_get(s, &got), -1);
	s.n++;
	room[0] = ROWS_KINDS;
	assert_int_equal(rows_key_get(s, &got), -1);
	room[0] = 0;
	assert_int_equal(rows_key_get(s, &got), -1);
	k.chunk = (uint32_t)ROWSET_CHUNKS;
	rows_key_put(room, &k);
	assert_int_equal(rows_key_get(s, &got), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_set),
	    cmocka_unit_test(test_digest_of_nothing),
	    cmocka_unit_test(test_runs),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
