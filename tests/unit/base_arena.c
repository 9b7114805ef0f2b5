/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/arena.h"

static void
test_alignment_and_disjoint(void **state)
{
	unsigned char *p[500];
	struct arena a;
	size_t i, j;

	(void)state;
	arena_init(&a, 1 << 20);
	for (i = 0; i < ARRAY_LEN(p); i++) {
		p[i] = arena_alloc(&a, i);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % 8, 0);
		memset(p[i], (int)(i & 0xff), i);
	}
	for (i = 0; i < ARRAY_LEN(p); i++) {
		for (j = 0; j < i; j++)
			assert_int_equal(p[i][j], i & 0xff);
	}
	arena_free(&a);
}

static void
test_maximum(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 64);
	assert_non_null(arena_alloc(&a, 32));
	assert_null(arena_alloc(&a, 33));
	assert_non_null(arena_alloc(&a, 32));
	assert_null(arena_alloc(&a, 1));
	assert_null(arena_alloc(&a, 0));
	assert_int_equal(a.used, 64);
	arena_reset(&a);
	assert_int_equal(a.used, 0);
	assert_non_null(arena_alloc(&a, 64));
	arena_free(&a);
	arena_init(&a, 0);
	assert_null(arena_alloc(&a, 1));
	arena_free(&a);
}

static void
test_sizes_that_wrap(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, SIZE_MAX);
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 7));
	assert_null(arena_alloc(&a, SIZE_MAX - 8));
	assert_null(arena_slice(&a, (struct slice){"", SIZE_MAX}).p);
	assert_non_null(arena_alloc(&a, 8));
	arena_free(&a);
}

/* What was handed out before a reset is handed out again. */
static void
test_reset_reuses(void **state)
{
	struct arena a;
	void *first, *big;
	int round;

	(void)state;
	arena_init(&a, 8u << 20);
	first = arena_alloc(&a, 100);
	big = arena_alloc(&a, 1u << 20);
	assert_non_null(big);
	for (round = 0; round < 5; round++) {
		arena_reset(&a);
		assert_ptr_equal(arena_alloc(&a, 100), first);
		assert_ptr_equal(arena_alloc(&a, 1u << 20), big);
	}
	arena_free(&a);
	assert_int_equal(a.used, 0);
	assert_non_null(arena_alloc(&a, 10));
	arena_free(&a);
}

static void
test_copies(void **state)
{
	char bytes[] = "a\0b";
	struct slice s;
	struct arena a;
	char *p;

	(void)state;
	arena_init(&a, 64);
	p = arena_dup(&a, bytes, sizeof(bytes));
	assert_memory_equal(p, bytes, sizeof(bytes));
	assert_ptr_not_equal(p, bytes);
	assert_non_null(arena_dup(&a, NULL, 0));
	s = arena_slice(&a, (struct slice){bytes, 3});
	assert_int_equal(s.n, 3);
	assert_memory_equal(s.p, "a\0b\0", 4);
	s = arena_slice(&a, SLICE_NONE);
	assert_non_null(s.p);
	assert_int_equal(s.n, 0);
	assert_string_equal(s.p, "");
	s = arena_slice(&a, SLICE("this does not fit any more, does it?"));
	assert_null(s.p);
	arena_free(&a);
}

/* Objects of growing size must not leave all their blocks behind. */
static void
test_spare_blocks_are_bounded(void **state)
{
	struct arena a;
	const void *b;
	size_t n, size;

	(void)state;
	arena_init(&a, 64u << 20);
	for (size = 1u << 20; size < 8u << 20; size += 64u << 10) {
		arena_reset(&a);
		assert_non_null(arena_alloc(&a, size));
	}
	arena_reset(&a);
	/* The first member of a block is the next one. */
	for (n = 0, b = a.spare; b != NULL; n++)
		memcpy(&b, b, sizeof(b));
	assert_true(n <= 8);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alignment_and_disjoint),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_sizes_that_wrap),
		cmocka_unit_test(test_reset_reuses),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_spare_blocks_are_bounded)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
