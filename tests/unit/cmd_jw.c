/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "cmd/jw.h"

/* Run `write` and give back what reached the file. */
static char *
written(void (*write)(struct jw *), size_t *n)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, n);
	struct jw j;

	assert_non_null(f);
	jw_open(&j, f);
	write(&j);
	assert_int_equal(jw_close(&j), 0);
	fclose(f);
	return text;
}

static void
write_all_kinds(struct jw *j)
{
	jw_begin(j, '{');
	jw_kz(j, "text", "a\"b\\c\n\t\x7f");
	jw_kz(j, "none", NULL);
	jw_kopt(j, "some", (struct tw_str){"ab", 1});
	jw_kopt(j, "empty", (struct tw_str){"", 0});
	jw_key(j, "raw");
	jw_raw(j, SLICE("{\"a\":[1]}"));
	jw_knum(j, "big", UINT64_MAX);
	jw_kbool(j, "yes", true);
	jw_ktime(j, "time", INT64_C(1700000000123000000));
	jw_ktime(j, "never", TW_TIME_NEVER);
	jw_ktime(j, "unstated", TW_TIME_NONE);
	jw_key(j, "list");
	jw_begin(j, '[');
	jw_number(j, -5);
	jw_begin(j, '{');
	jw_end(j, '}');
	jw_null(j);
	jw_end(j, ']');
	jw_end(j, '}');
	jw_line(j);
	jw_begin(j, '{');
	jw_end(j, '}');
	jw_line(j);
}

static void
test_kinds(void **state)
{
	size_t n;
	char *text = written(write_all_kinds, &n);

	(void)state;
	assert_string_equal(text,
	    "{\"text\":\"a\\\"b\\\\c\\u000a\\u0009\\u007f\",\"none\":null,"
	    "\"some\":\"a\",\"empty\":null,\"raw\":{\"a\":[1]},"
	    "\"big\":18446744073709551615,\"yes\":true,"
	    "\"time\":\"2023-11-14T22:13:20.123Z\",\"never\":null,"
	    "\"unstated\":null,\"list\":[-5,{},null]}\n{}\n");
	free(text);
}

/* Whatever bytes a feed had, the line is JSON that a strict parser takes. */
static void
write_hostile(struct jw *j)
{
	char bytes[512];
	int i;

	for (i = 0; i < 512; i++)
		bytes[i] = (char)(i * 7 + i / 256);
	jw_begin(j, '{');
	jw_key(j, "x");
	jw_text(j, bytes, sizeof(bytes));
	jw_key(j, "utf8");
	jw_text(j, "\xc3\xa9\xed\xa0\x80\xf0\x9f\x98\x80\xc3", 10);
	jw_end(j, '}');
	jw_line(j);
}

static void
test_hostile(void **state)
{
	size_t n;
	char *text = written(write_hostile, &n);
	json_error_t why;
	json_t *root = json_loadb(text, n, JSON_ALLOW_NUL, &why);

	(void)state;
	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(root, "utf8")),
	    "\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80"
	    "\xef\xbf\xbd");
	json_decref(root);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
