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

/* The next block that is taken is this one. */
static void
check(struct pack *p, struct block_reader *r, unsigned block)
{
	struct err e = ERR_INIT;
	struct slice bytes, got;
	char room[2048];
	unsigned i;

	assert_true(pack_closed(p));
	assert_int_equal(pack_take(p, &bytes, &e), 0);
	assert_false(pack_closed(p));
	for (i = 0; i < OBJECTS; i++) {
		assert_int_equal(block_reader_get(r, block + 1, bytes,
		    (uint16_t)i, &got, &e), 0);
		assert_true(slice_eq(got, object(room, sizeof(room), block,
		    i)));
	}
}

static void
test_order(void **state)
{
	struct block_reader *r = block_reader_new();
	struct pack *p = pack_new(1);
	unsigned i;

	(void)state;
	assert_non_null(r);
	assert_non_null(p);
	assert_false(pack_closed(p));
	for (i = 0; i < BLOCKS; i++) {
		fill(p, i);
		if (i > 0)
			check(p, r, i - 1);
		pack_close(p);
		assert_int_equal(block_writer_count(pack_open(p)), 0);
	}
	check(p, r, BLOCKS - 1);
	pack_free(p);
	block_reader_free(r);
}

/* At any time: nothing done, one open, one closed. */
static void
test_given_up(void **state)
{
	struct pack *p;
	unsigned i;

	(void)state;
	pack_free(NULL);
	for (i = 0; i < 60; i++) {
		p = pack_new(1);
		assert_non_null(p);
		if (i % 3 > 0)
			fill(p, i);
		if (i % 3 > 1)
			pack_close(p);
		pack_free(p);
	}
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
