/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <errno.h>

#include "base/err.h"
#include "base/utf8.h"

static void
test_first_wins(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&e, ERR_NET, "feed %d", 1), -1);
	assert_int_equal(err_set(&e, ERR_STORE, "store"), -1);
	assert_int_equal(err_sys(&e, ERR_IO, ENOENT, "file"), -1);
	assert_int_equal(e.code, ERR_NET);
	assert_int_equal(e.sys, 0);
	assert_string_equal(e.text, "feed 1");
	err_clear(&e);
	assert_int_equal(e.code, ERR_NONE);
	assert_string_equal(e.text, "");
	err_set(&e, ERR_STORE, "store");
	assert_string_equal(e.text, "store");
}

static void
test_sys(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_sys(&e, ERR_IO, ENOENT, "%s", "/x/y"), -1);
	assert_int_equal(e.sys, ENOENT);
	assert_string_equal(e.text, "/x/y: No such file or directory");
}

static void
test_context(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_context(&e, "nothing"), -1);
	assert_int_equal(e.code, ERR_NONE);
	assert_string_equal(e.text, "");
	err_set(&e, ERR_SYNTAX, "bad date");
	assert_int_equal(err_context(&e, "object %d", 7), -1);
	err_context(&e, "page 2");
	assert_string_equal(e.text, "page 2: object 7: bad date");
	assert_int_equal(e.code, ERR_SYNTAX);
}

static void
test_null_object(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_NET, "x"), -1);
	assert_int_equal(err_sys(NULL, ERR_NET, EIO, "x"), -1);
	assert_int_equal(err_context(NULL, "x"), -1);
	err_clear(NULL);
}

/* ERR_NONE would look like success to the caller. */
static void
test_no_code_is_internal(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	err_set(&e, ERR_NONE, "x");
	assert_int_equal(e.code, ERR_INTERNAL);
}

static void
test_no_terminal_controls(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"a\x1b[31mb", "a?[31mb"},
		{"a\nb\tc\rd\x7f", "a?b?c?d?"},
		{"\xc2\x9b" "31m", "??31m"},         /* C1 CSI */
		{"b\xc3\xbc" "cher", "b\xc3\xbc" "cher"},
		{"\xff\xc3", "??"},
		{"\xed\xa0\x80", "???"},             /* surrogate */
		{"\xc0\xaf", "??"}                   /* overlong */
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;

		err_set(&e, ERR_SYNTAX, "%s", rows[i].in);
		assert_string_equal(e.text, rows[i].out);
		err_clear(&e);
		err_sys(&e, ERR_IO, EIO, "%s", rows[i].in);
		assert_memory_equal(e.text, rows[i].out, strlen(rows[i].out));
		err_clear(&e);
		err_set(&e, ERR_IO, "x");
		err_context(&e, "%s", rows[i].in);
		assert_memory_equal(e.text, rows[i].out, strlen(rows[i].out));
	}
}

/* Text that is too long is cut, and never inside a character. */
static void
test_cut(void **state)
{
	char long_text[2 * ERR_TEXT_MAX + 1];
	size_t shift, i;

	(void)state;
	for (shift = 0; shift < 4; shift++) {
		struct err e = ERR_INIT;

		memset(long_text, 'x', shift);
		for (i = shift; i + 4 < sizeof(long_text); i += 4)
			memcpy(long_text + i, "\xf0\x9f\x92\xa9", 4);
		long_text[i] = '\0';
		err_set(&e, ERR_SYNTAX, "%s", long_text);
		i = strlen(e.text);
		assert_true(i >= ERR_TEXT_MAX - 4 && i < ERR_TEXT_MAX);
		assert_int_equal((i - shift) % 4, 0);
		assert_true(utf8_valid(slice_str(e.text)));
		assert_null(strchr(e.text, '?'));
		err_context(&e, "%s", long_text);
		assert_true(strlen(e.text) < ERR_TEXT_MAX);
		assert_true(utf8_valid(slice_str(e.text)));
	}
}

static void
test_cut_leaves_room_for_nothing(void **state)
{
	char long_text[2 * ERR_TEXT_MAX];
	struct err e = ERR_INIT;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	err_sys(&e, ERR_IO, EIO, "%s", long_text);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_context(&e, "%s", long_text);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
}

static void
test_names(void **state)
{
	int code, other;

	(void)state;
	for (code = ERR_NONE; code <= ERR_INTERNAL; code++) {
		assert_string_not_equal(err_name(code), "unknown");
		for (other = ERR_NONE; other < code; other++)
			assert_string_not_equal(err_name(code),
			    err_name(other));
	}
	assert_string_equal(err_name(ERR_NET), "network");
	assert_string_equal(err_name(ERR_STORE), "store");
	assert_string_equal(err_name(-1), "unknown");
	assert_string_equal(err_name(ERR_INTERNAL + 1), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_wins),
		cmocka_unit_test(test_sys),
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_null_object),
		cmocka_unit_test(test_no_code_is_internal),
		cmocka_unit_test(test_no_terminal_controls),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_leaves_room_for_nothing),
		cmocka_unit_test(test_names)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
