/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of CSV cut into fields, and columns found by their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "sync/csv.h"

static void
check_cut(const struct csv *c, const char *row, const char *want)
{
	struct slice fields[16];
	char got[256] = "";
	struct buf room;
	size_t k, n;

	buf_init(&room, LIMIT_ROW);
	n = csv_row(c, slice_str(row), &room, fields, 16);
	for (k = 0; k < n; k++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got),
		    "%s%.*s", k > 0 ? "|" : "", SLICE_ARG(fields[k]));
	if (strcmp(n > 0 ? got : "!", want) != 0)
		fail_msg("'%s' gave '%s'", row, got);
	buf_free(&room);
}

static void
test_csv(void **state)
{
	static const struct {
		const char *options[2];
		const char *row, *fields; /* "!": the row goes on */
	} rows[] = {
		{{NULL}, "a,b,c", "a|b|c"},
		{{NULL}, "a,,", "a||"},
		{{NULL}, "\"a,b\",c", "a,b|c"},
		{{NULL}, "\"a\"\"b\",c", "a\"b|c"},
		{{NULL}, "\"a\", \"b c\"", "a|b c"},
		{{NULL}, "\"a \"x\" b\",c", "a \"x\" b|c"},
		{{NULL}, "\"a\nb\",c", "a\nb|c"},
		{{NULL}, "\"a\",\"b\",\"c\"", "a|b|c"},
		{{NULL}, "\"a\",\"b\",", "a|b|"},
		{{NULL}, "\"a\",,\"b\",c,\"d\",\"e\"", "a||b|c|d|e"},
		{{NULL}, "\"\",\"\",\"\"", "||"},
		{{NULL}, "\"a\",\"b\"\"c\",\"d\",\"e\"", "a|b\"c|d|e"},
		{{NULL}, "\"a\",\"b,\"c\",\"d\"", "a|b,\"c|d"},
		{{NULL}, "\"a\",\"b\",\"open", "!"},
		{{NULL}, "\"a\",\"b\",\"", "!"},
		{{NULL}, "\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\","
		    "\"8\",\"9\",\"10\",\"11\",\"12\",\"13\",\"14\","
		    "\"15\",\"16\",\"17\",\"18\"",
		    "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16"},
		{{NULL}, "a,\"open", "!"},
		{{NULL}, "\"a\"junk,b", "!"},
		{{"csv-backslash=", NULL}, "\"a\\\"b\",c", "a\"b|c"},
		{{"csv-escape=^", NULL}, "\"a^\"b\",c", "a\"b|c"},
		{{"csv-escape=^", NULL}, "\"a^^\",\"b^", "!"},
		{{"csv-escape=^", NULL}, "a^,b,c^^,^\"d", "a,b|c^|\"d"},
		{{"csv-escape=^", NULL}, "a^,b,c,d^", "a,b|c|d^"},
		{{"csv-backslash=", NULL}, "a\\,b,\"c\\,\"", "a,b|c,"},
		{{"csv-escape=none", NULL}, "\"a\\\",b", "a\\|b"},
		{{"csv-escape=^", "csv-quote=none"}, "\"a^,b\",c",
		    "\"a,b\"|c"},
		{{"csv-doublequote=on", NULL}, "\"a\"\"\",b", "a\"|b"},
		{{"csv-doublequote=off", NULL}, "\"a\"\"b\",c", "a\"\"b|c"},
		{{"csv-doublequote=off", NULL}, "\"a\"\",c", "a\"|c"},
		{{"csv-doublequote=off", NULL}, "\"a\",\"\",\"b\"\"\"",
		    "a||b\"\""},
		{{"csv-doublequote=off", "csv-escape=^"},
		    "\"a^\",\"\"\",b", "a\",\"\"|b"},
		{{"csv-delimiter=tab", NULL}, "a b\tc", "a b|c"},
		{{"csv-delimiter=tab", NULL}, "\"a\"\t\"b\"\t", "a|b|"},
		{{"csv-delimiter=;", NULL}, "a;b", "a|b"},
		{{"csv-delimiter=whitespace", NULL}, "a  b\t c ", "a|b|c"},
		{{"csv-delimiter=whitespace", NULL}, "\"a b\" \"c\"",
		    "a b|c"},
		{{"csv-quote=none", NULL}, "\"a,b\"", "\"a|b\""},
		{{"csv-quote='", NULL}, "'a,b',c", "a,b|c"},
	};
	char option[2][64], *lines[] = {option[0], option[1]};
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct feed_options f;
		struct csv c;

		for (n = 0; n < 2 && rows[i].options[n] != NULL; n++)
			snprintf(option[n], sizeof(option[n]), "%s",
			    rows[i].options[n]);
		assert_int_equal(feed_options_parse(lines, n, &f, NULL), 0);
		csv_init(&c, &f);
		check_cut(&c, rows[i].row, rows[i].fields);
		/* Byte by byte: one that does not occur gives the same. */
		c.escape = c.escape != '\0' ? c.escape : '\1';
		check_cut(&c, rows[i].row, rows[i].fields);
		feed_options_free(&f);
	}
}

static int
find_letter(void *ctx, struct slice name)
{
	const char *names = ctx, *at = name.n == 1 ? strchr(names, *name.p) :
	    NULL;

	if (slice_is(name, "x|y"))
		return 9;
	return at != NULL ? (int)(at - names) : -1;
}

static void
test_columns_by_several_names(void **state)
{
	static const struct {
		const char *names;
		int column;
	} rows[] = {
		{"a", 0}, {"c", 2}, {"d", -1}, {"", -1}, {"d|b", 1},
		{"b|a", 1}, {"d|e|c", 2}, {"d|e", -1}, {"b|", 1},
		{"d|", LIMIT_COLUMNS}, {"d|e|", LIMIT_COLUMNS}, {"d|b|", 1},
		{"x|y", 9}, {"|", LIMIT_COLUMNS}, {"|a", 0},
	};
	char names[] = "abc";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (csv_choose(slice_str(rows[i].names), find_letter,
		    names) != rows[i].column)
			fail_msg("'%s' is another column", rows[i].names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_columns_by_several_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
