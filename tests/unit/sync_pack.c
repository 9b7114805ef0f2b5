/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks that are compressed beside the caller: what comes out, in which
 * order, and that nothing is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sync/pack.h"

#define BLOCKS 200
#define OBJECTS 7

static struct slice
object(char *room, size_t n, unsigned block, unsigned i)
{
	int len = snprintf(room, n, "{\"block\":%u,\"object\":%u,\"pad\":\"%*d\"}",
	    block, i, (int)(block % 90 * 20 + 1), 7);

	return (struct slice){room, (size_t)len};
}

static void
fill(struct pack *p, unsigned block)
{
	char room[2048];
	unsigned i;

	for (i = 0; i < OBJECTS; i++)
		assert_int_equal(block_writer_add(pack_open(p),
		    object(room, sizeof(room), block, i)), i);
}

/* The next block that is taken is this one, and so are its records. */
static void
check(struct pack *p, struct block_reader *r, unsigned block)
{
	unsigned i, closed = pack_closed(p);
	struct slice records, bytes, got;
	struct err e = ERR_INIT;
	char room[2048];

	assert_true(closed > 0);
	assert_int_equal(pack_take(p, &records, &bytes, &e), 0);
	assert_int_equal(pack_closed(p), closed - 1);
	assert_int_equal(records.n, sizeof(block));
	assert_memory_equal(records.p, &block, sizeof(block));
	for (i = 0; i < OBJECTS; i++) {
		assert_int_equal(block_reader_get(r, block + 1, bytes,
		    (uint16_t)i, &got, &e), 0);
		assert_true(slice_eq(got, object(room, sizeof(room), block,
		    i)));
	}
}

static void
close_block(struct pack *p, struct buf *records, unsigned block)
{
	assert_int_equal(buf_add(records, &block, sizeof(block)), 0);
	pack_close(p, records);
	assert_int_equal(records->n, 0);
	assert_int_equal(block_writer_count(pack_open(p)), 0);
}

/* As many wait as there is room for, or as many as `most`. */
static void
order(unsigned most)
{
	struct block_reader *r = block_reader_new();
	struct pack *p = pack_new(1, 64);
	unsigned i, taken = 0;
	struct buf records;

	assert_non_null(r);
	assert_non_null(p);
	buf_init(&records, 64);
	assert_int_equal(pack_closed(p), 0);
	assert_false(pack_due(p));
	for (i = 0; i < BLOCKS; i++) {
		fill(p, i);
		while (pack_due(p) || pack_closed(p) > most)
			check(p, r, taken++);
		close_block(p, &records, i);
	}
	while (pack_closed(p) > 0)
		check(p, r, taken++);
	assert_int_equal(taken, BLOCKS);
	assert_false(pack_due(p));
	pack_free(p);
	buf_free(&records);
	block_reader_free(r);
}

static void
test_order(void **state)
{
	(void)state;
	order(0);
	order(1);
	order(BLOCKS);
}

/* At any time: nothing done, one open, some closed, some of them taken. */
static void
test_given_up(void **state)
{
	struct slice part, block;
	struct err e = ERR_INIT;
	struct buf records;
	struct pack *p;
	unsigned i, k;

	(void)state;
	pack_free(NULL);
	buf_init(&records, 64);
	for (i = 0; i < 60; i++) {
		p = pack_new(1, 64);
		assert_non_null(p);
		for (k = 0; k < i % 6; k++) {
			fill(p, k);
			close_block(p, &records, k);
		}
		if (i % 2 > 0)
			fill(p, i);
		if (i % 3 > 0 && pack_closed(p) > 0)
			assert_int_equal(pack_take(p, &part, &block, &e), 0);
		pack_free(p);
	}
	buf_free(&records);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
