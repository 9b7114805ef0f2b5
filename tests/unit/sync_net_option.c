/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of a network rule's body, wherever their marks fall. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cc.h"
#include "sync/net_option.h"

#define PAD_MAX 40 /* more than two of the blocks that are looked at at once */

/* All options of a body as "key=text|…", '-' for one without a text, and '!'
 * behind one that does not end in ';'. */
static void
read_all(struct slice body, char *out, size_t max)
{
	struct net_option o;
	bool closed;
	size_t n = 0;

	out[0] = '\0';
	while (net_option_next(&body, &o, &closed)) {
		n += (size_t)snprintf(out + n, max - n, "%s%.*s%s%.*s%s",
		    n > 0 ? "|" : "", SLICE_ARG(o.key),
		    o.text.p != NULL ? "=" : "-", (int)o.text.n,
		    o.text.p != NULL ? o.text.p : "", closed ? "" : "!");
		assert_true(n < max);
	}
}

/* In each row '*' stands for 'a's, of any number. */
static void
test_options(void **state)
{
	static const struct {
		const char *body, *out;
	} rows[] = {
		{"*", "*-!"}, {"*;", "*-"}, {"b*:c;", "b*=c"},
		{"b:c*; d", "b=c*|d-!"}, {" b : c* ;", "b=c*"},
		{"b:\"*;:\" ; c;", "b=\"*;:\"|c-"},
		{"b:\"*\\\";\"; c;", "b=\"*\\\";\"|c-"},
		{"b:\"*\\\\\"; c;", "b=\"*\\\\\"|c-"},
		{"b*\\;\\:c:d:e;f;", "b*\\;\\:c=d:e|f-"},
		{"\"b*:\":c;", "\"b*:\"=c"},
		{"b:\"*;", "b=\"*;!"}, {"b*\\", "b*\\-!"}, {"b*:", "b*=!"},
		{"b;;*:c;", "b-|-|*=c"}, {"b:*; \t", "b=*"},
	};
	char body[256], out[256], wanted[256];
	size_t i, pad;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		for (pad = 1; pad <= PAD_MAX; pad++) {
			const char *const texts[] = {rows[i].body, rows[i].out};
			char *const to[] = {body, wanted};
			size_t k;

			for (k = 0; k < 2; k++) {
				int n = (int)strcspn(texts[k], "*");

				snprintf(to[k], sizeof(body), "%.*s%.*s%s", n,
				    texts[k], (int)pad, "aaaaaaaaaaaaaaaaaaaaa"
				    "aaaaaaaaaaaaaaaaaaa", texts[k] + n + 1);
			}
			read_all(slice_str(body), out, sizeof(out));
			assert_string_equal(out, wanted);
			assert_int_equal(net_options_closed(slice_str(body)),
			    strchr(wanted, '!') == NULL);
		}
}

static void
test_unquoted(void **state)
{
	(void)state;
	assert_true(slice_is(net_option_unquoted(SLICE("\"a\"")), "a"));
	assert_true(slice_is(net_option_unquoted(SLICE("\"\"")), ""));
	assert_true(slice_is(net_option_unquoted(SLICE("\"")), "\""));
	assert_true(slice_is(net_option_unquoted(SLICE("!\"a\"")), "!\"a\""));
	assert_null(net_option_unquoted(SLICE_NONE).p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options), cmocka_unit_test(test_unquoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
