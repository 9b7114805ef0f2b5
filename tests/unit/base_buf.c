/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/buf.h"

static void
test_empty(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, 10);
	assert_true(buf_ok(&b));
	assert_null(b.p);
	assert_int_equal(buf_view(&b).n, 0);
	assert_non_null(buf_view(&b).p);
	buf_reset(&b);
	s = buf_take(&b);
	assert_non_null(s);
	assert_string_equal(s, "");
	free(s);
	buf_free(&b);
}

static void
test_appends(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(buf_str(&b, "ab"), 0);
	assert_int_equal(buf_char(&b, 'c'), 0);
	assert_int_equal(buf_slice(&b, SLICE("de")), 0);
	assert_int_equal(buf_slice(&b, SLICE_NONE), 0);
	assert_int_equal(buf_add(&b, "f\0g", 3), 0);
	assert_int_equal(buf_printf(&b, "%d-%s", 7, "x"), 0);
	assert_int_equal(b.n, 11);
	assert_memory_equal(b.p, "abcdef\0g7-x", 12); /* and the NUL */
	buf_reset(&b);
	assert_int_equal(b.n, 0);
	assert_string_equal(b.p, "");
	buf_free(&b);
	assert_null(b.p);
	assert_int_equal(b.max, 1000);
}

/* The maximum is met and never passed, however it is reached. */
static void
test_maximum(void **state)
{
	size_t max, piece;

	(void)state;
	for (max = 0; max < 300; max += 1 + max / 8) {
		for (piece = 1; piece < 70; piece = piece * 2 + 1) {
			char bytes[80];
			struct buf b;
			size_t n = 0;

			memset(bytes, 'x', sizeof(bytes));
			buf_init(&b, max);
			while (n + piece <= max) {
				assert_int_equal(buf_add(&b, bytes, piece), 0);
				n += piece;
				assert_int_equal(b.n, n);
				assert_int_equal(b.p[n], '\0');
				assert_true(b.cap <= max + 1);
			}
			assert_int_equal(buf_add(&b, bytes, piece), -1);
			assert_false(buf_ok(&b));
			assert_int_equal(b.n, n);
			buf_free(&b);
		}
	}
}

static void
test_failure_sticks(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 3);
	assert_int_equal(buf_str(&b, "ab"), 0);
	assert_int_equal(buf_str(&b, "cd"), -1);
	/* This one would fit, but the text would have a hole. */
	assert_int_equal(buf_char(&b, 'c'), -1);
	assert_int_equal(buf_printf(&b, "%s", ""), -1);
	assert_null(buf_room(&b, 0));
	assert_null(buf_take(&b));
	assert_string_equal(b.p, "ab");
	buf_reset(&b);
	assert_true(buf_ok(&b));
	assert_int_equal(buf_str(&b, "abc"), 0);
	assert_int_equal(buf_char(&b, 'd'), -1);
	buf_free(&b);
	assert_true(buf_ok(&b));
}

static void
test_printf_at_the_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_int_equal(buf_printf(&b, "%05d", 42), 0);
	assert_string_equal(b.p, "00042");
	buf_free(&b);
	assert_int_equal(buf_printf(&b, "%06d", 42), -1);
	assert_int_equal(b.n, 0);
	buf_free(&b);
}

static void
test_room(void **state)
{
	struct buf b;
	char *p;

	(void)state;
	buf_init(&b, 100);
	p = buf_room(&b, 100);
	assert_non_null(p);
	memcpy(p, "xyz", 3);
	b.n += 3;
	assert_int_equal(buf_char(&b, '!'), 0);
	assert_string_equal(b.p, "xyz!");
	assert_null(buf_room(&b, 97));
	assert_false(buf_ok(&b));
	buf_free(&b);
}

/* Sizes that would wrap are refused before anything is added up. */
static void
test_huge(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	assert_int_equal(buf_str(&b, "x"), 0);
	assert_null(buf_room(&b, SIZE_MAX));
	buf_reset(&b);
	assert_int_equal(buf_str(&b, "x"), 0);
	assert_null(buf_room(&b, SIZE_MAX - 1));
	buf_free(&b);
}

static void
test_take(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, 10);
	buf_str(&b, "taken");
	s = buf_take(&b);
	assert_string_equal(s, "taken");
	assert_null(b.p);
	assert_int_equal(b.n, 0);
	assert_int_equal(b.max, 10);
	assert_int_equal(buf_str(&b, "new"), 0);
	assert_string_equal(b.p, "new");
	free(s);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_appends),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_failure_sticks),
		cmocka_unit_test(test_printf_at_the_maximum),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_take)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
