/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/opt.h"

struct got {
	bool flag;
	char *text, *file;
	uint32_t number;
	struct opt_list list;
};

static const struct opt table[] = {
	{'f', "flag", NULL, "a flag", OPT_FLAG, offsetof(struct got, flag), 0, 0},
	{'t', "text", "T", "a text that is told in so many words that they go "
	    "over to the next line", OPT_STRING, offsetof(struct got, text), 0,
	    0},
	{0, "text-file", "FILE", "a file", OPT_STRING,
	    offsetof(struct got, file), 0, 0},
	{0, "number", "N", "a number", OPT_NUMBER, offsetof(struct got, number),
	    2, 9},
	{'l', "list", "L", "a list", OPT_LIST, offsetof(struct got, list), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

/* Split a line at blanks and parse it as `prog LINE`. */
static int
parse(const char *line, bool stop, struct got *g, char **left, struct err *e)
{
	static char copy[256];
	char *argv[16] = {"prog"}, *save, *word;
	int argc = 1, n, i;

	*g = (struct got){0};
	*e = (struct err)ERR_INIT;
	strncpy(copy, line, sizeof(copy) - 1);
	for (word = strtok_r(copy, " ", &save); word != NULL;
	    word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	n = opt_parse(table, argc, argv, stop, g, e);
	for (i = 0; i < n; i++)
		left[i] = argv[i];
	return n;
}

static void
test_forms(void **state)
{
	struct got g;
	struct err e;
	char *left[16];

	(void)state;
	assert_int_equal(parse("a -f --text=x b --number 9 -l1 -l 2 --list 3 -",
	    false, &g, left, &e), 3);
	assert_string_equal(left[0], "a");
	assert_string_equal(left[1], "b");
	assert_string_equal(left[2], "-");
	assert_true(g.flag);
	assert_string_equal(g.text, "x");
	assert_int_equal(g.number, 9);
	assert_int_equal(g.list.n, 3);
	assert_string_equal(g.list.v[0], "1");
	assert_string_equal(g.list.v[2], "3");
	opt_free(table, &g);
	assert_int_equal(g.list.n, 0);

	assert_int_equal(parse("-- -f", false, &g, left, &e), 1);
	assert_string_equal(left[0], "-f");
	assert_false(g.flag);

	/* with `stop` the verb's own options are left alone */
	assert_int_equal(parse("-f verb -t", true, &g, left, &e), 2);
	assert_true(g.flag);
	assert_null(g.text);
	assert_string_equal(left[1], "-t");
}

static void
test_errors(void **state)
{
	static const struct {
		const char *line, *says;
	} rows[] = {
		{"--nonsense", "unknown option '--nonsense'"},
		{"-x", "unknown option '-x'"},
		{"-fx", "unknown option '-fx'"},
		{"--nonsense=secret", "unknown option '--nonsense'"},
		{"--te", "option '--te' is not whole: --text or --text-file"},
		{"--te=secret", "option '--te' is not whole: --text or "
		    "--text-file"},
		{"--flag=x", "option '--flag' takes no argument"},
		{"--text", "option '--text' needs an argument"},
		{"--number 1", "--number: '1' is not a number from 2 to 9"},
		{"--number 10", "--number: '10' is not a number from 2 to 9"},
		{"--number 5x", "--number: '5x' is not a number from 2 to 9"},
		{"--number -5", "--number: '-5' is not a number from 2 to 9"},
	};
	struct got g;
	struct err e;
	char *left[16];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(rows[i].line, false, &g, left, &e), -1);
		assert_int_equal(e.code, ERR_USAGE);
		assert_string_equal(e.text, rows[i].says);
		opt_free(table, &g);
	}
}

static void
test_number(void **state)
{
	uint32_t n = 7;

	(void)state;
	assert_int_equal(opt_number("4294967295", 0, UINT32_MAX, &n), 0);
	assert_int_equal(n, UINT32_MAX);
	assert_int_equal(opt_number("4294967296", 0, UINT32_MAX, &n), -1);
	assert_int_equal(opt_number("99999999999999999999", 0, UINT32_MAX, &n),
	    -1);
	assert_int_equal(opt_number("", 0, 9, &n), -1);
	assert_int_equal(opt_number(" 1", 0, 9, &n), -1);
	assert_int_equal(n, UINT32_MAX);
}

/* No line passes 79 columns; characters are counted, not bytes. */
static void
test_help(void **state)
{
	static const char want[] =
	    "  -f, --flag                   a flag\n"
	    "  -t, --text T                 a text that is told in so many "
	    "words that they\n"
	    "                               go over to the next line\n"
	    "      --text-file FILE         a file\n"
	    "      --number N               a number\n"
	    "  -l, --list L                 a list\n";
	char *text = NULL;
	size_t n = 0, i;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	assert_non_null(out);
	opt_help(table, out);
	fclose(out);
	assert_string_equal(text, want);
	free(text);

	out = open_memstream(&text, &n);
	assert_non_null(out);
	for (i = 0; i < 38; i++)
		fputs("\xc3\xa4 ", out);
	fputs("abc d\n\nnext", out);
	fclose(out);
	assert_non_null(out = tmpfile());
	opt_wrap(out, text, 4, 0);
	free(text);
	assert_int_equal(ftell(out), 38 * 3 + 3 + 1 + 4 + 1 + 1 + 1 + 4 + 5);
	fclose(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
