/* SPDX-License-Identifier: BSD-2-Clause */
/* Lexer, parser, printer and checks of STIX patterns. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "stix/pattern.h"
#include "tests/unit/pattern_cases.h"

static struct arena arena;

static int
set_up(void **state)
{
	(void)state;
	arena_init(&arena, MIB(32));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct pattern_node *
parsed(const char *text)
{
	struct err e = ERR_INIT;
	struct pattern_node *n = pattern_parse(&arena, slice_str(text), &e);

	if (n == NULL)
		fail_msg("%s: %s", text, e.text);
	return n;
}

/* ---- verdicts ---- */

static void
verdicts_and_columns(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pattern_cases); i++) {
		const struct pattern_case *c = &pattern_cases[i];
		struct err e = ERR_INIT;
		char start[32];

		arena_reset(&arena);
		if (pattern_parse(&arena, slice_str(c->text), &e) != NULL) {
			if (c->column != 0)
				fail_msg("accepted: %s", c->text);
			assert_int_equal(e.code, ERR_NONE);
			continue;
		}
		snprintf(start, sizeof(start), "column %u: expected ",
		    c->column);
		if (strncmp(e.text, start, strlen(start)) != 0 ||
		    strstr(e.text, ", found ") == NULL ||
		    e.code != ERR_SYNTAX)
			fail_msg("%s\n  not \"%s\" but \"%s\"", c->text, start,
			    e.text);
	}
}

/* A pattern cut anywhere must be refused or parsed, never crash; cut inside its
 * last bracket it must be refused. */
static void
every_prefix(void **state)
{
	size_t i, n, close;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pattern_cases); i++) {
		struct slice text = slice_str(pattern_cases[i].text);

		if (pattern_cases[i].column != 0)
			continue;
		close = (size_t)(strrchr(text.p, ']') - text.p);
		for (n = 0; n < text.n; n++) {
			struct err e = ERR_INIT;
			/* a copy of its own, so that reading on is seen */
			char *cut = malloc(n + 1);
			struct pattern_node *root;

			assert_non_null(cut);
			memcpy(cut, text.p, n);
			arena_reset(&arena);
			root = pattern_parse(&arena, (struct slice){cut, n},
			    &e);
			if (root == NULL)
				assert_int_not_equal(e.code, ERR_NONE);
			else if (n <= close && strchr(text.p, '*') == NULL &&
			    strchr(text.p + 1, '[') == NULL)
				fail_msg("accepted %zu bytes of %s", n, text.p);
			free(cut);
		}
	}
}

static void
messages(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"[x:a = 1", "column 9: expected AND, OR or ']', found the end "
		    "of the pattern"},
		{"[a-b:c-d = 1]", "column 6: expected a property name (one with"
		    " a hyphen needs quotes), found \"c-d\""},
		{"[x:a = 'it\\is']", "column 11: expected a literal, found a "
		    "backslash that escapes neither ' nor \\"},
		{"[x:\xc3\xbc = 1]", "column 4: expected a property name, found"
		    " \"\xc3\xbc\""},
		{"[x:a = \xc3", "column 8: expected UTF-8, found byte 0xc3"},
		{"[x:a 'a very long string that is not shown whole']",
		    "column 6: expected a comparison operator, '.' or '[', "
		    "found \"'a very long string that is not \""}
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = ERR_INIT;

		assert_null(pattern_parse(&arena, slice_str(cases[i].text),
		    &e));
		assert_string_equal(e.text, cases[i].error);
	}
}

/* ---- printing ---- */

static void
assert_same_literals(const struct pattern_node *a, const struct pattern_node *b)
{
	size_t i;

	assert_int_equal(a->nliterals, b->nliterals);
	for (i = 0; i < a->nliterals; i++) {
		assert_int_equal(a->literals[i].kind, b->literals[i].kind);
		assert_true(slice_eq(a->literals[i].text, b->literals[i].text));
		assert_true(a->literals[i].integer == b->literals[i].integer);
		assert_true(a->literals[i].real == b->literals[i].real);
	}
}

static void
assert_same_node(const struct pattern_node *a, const struct pattern_node *b)
{
	size_t i;

	assert_int_equal(a->op, b->op);
	assert_int_equal(a->test, b->test);
	assert_int_equal(a->negated, b->negated);
	assert_true(a->within == b->within);
	assert_true(a->repeats == b->repeats);
	assert_true(a->start == b->start && a->stop == b->stop);
	assert_true(slice_eq(a->object_type, b->object_type));
	assert_int_equal(a->npath, b->npath);
	for (i = 0; i < a->npath; i++) {
		assert_true(slice_eq(a->path[i].name, b->path[i].name));
		assert_int_equal(a->path[i].is_index, b->path[i].is_index);
		assert_int_equal(a->path[i].any, b->path[i].any);
		assert_true(a->path[i].index == b->path[i].index);
	}
	assert_same_literals(a, b);
}

static void
assert_same_tree(const struct pattern_node *a, const struct pattern_node *b)
{
	for (; a != NULL && b != NULL; a = a->left, b = b->left) {
		assert_same_node(a, b);
		assert_true((a->right == NULL) == (b->right == NULL));
		if (a->right != NULL)
			assert_same_tree(a->right, b->right);
	}
	assert_true(a == NULL && b == NULL);
}

static void
assert_prints_back(const char *text)
{
	struct pattern_node *first = parsed(text), *second;
	struct buf once, twice;

	buf_init(&once, MIB(1));
	buf_init(&twice, MIB(1));
	assert_int_equal(pattern_print(first, &once), 0);
	second = parsed(once.p);
	assert_same_tree(first, second);
	assert_int_equal(pattern_print(second, &twice), 0);
	assert_string_equal(once.p, twice.p);
	buf_free(&once);
	buf_free(&twice);
}

static void
printing_is_the_identity(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pattern_cases); i++) {
		arena_reset(&arena);
		if (pattern_cases[i].column == 0)
			assert_prints_back(pattern_cases[i].text);
	}
}

static void
canonical_text(void **state)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
		{"[ x:a=='b' ]", "[x:a = 'b']"},
		{"[x:'a'.'b-c'[ * ][ 0 ] <> 1]", "[x:a.'b-c'[*][0] != 1]"},
		{"[x:'IN' IN(1,'2')]", "[x:'IN' IN (1, '2')]"},
		{"[x:a IN ()]", "[x:a IN ()]"},
		{"[(x:a = 1 AND x:b = 2) OR (x:c = 3)]",
		    "[x:a = 1 AND x:b = 2 OR x:c = 3]"},
		{"[x:a = 1 AND (x:b = 2 AND x:c = 3)]",
		    "[x:a = 1 AND (x:b = 2 AND x:c = 3)]"},
		{"[(x:a = 1 OR x:b = 2) AND NOT EXISTS x:c]",
		    "[(x:a = 1 OR x:b = 2) AND NOT EXISTS x:c]"},
		{"([x:a = 1] AND [x:b = 2]) OR [x:c = 3]",
		    "[x:a = 1] AND [x:b = 2] OR [x:c = 3]"},
		{"([x:a = 1] FOLLOWEDBY [x:b = 2]) AND [x:c = 3]",
		    "([x:a = 1] FOLLOWEDBY [x:b = 2]) AND [x:c = 3]"},
		{"(([x:a = 1])WITHIN 1 SECONDS)REPEATS 2 TIMES",
		    "[x:a = 1] WITHIN 1 SECONDS REPEATS 2 TIMES"},
		{"([x:a = 1] WITHIN 1 SECONDS) WITHIN 2.50 SECONDS",
		    "([x:a = 1]) WITHIN 1 SECONDS WITHIN 2.50 SECONDS"},
		{"([x:a = 1] AND [x:b = 2]) START t'2024-01-01T00:00:00Z' STOP"
		    " t'2024-01-02T00:00:00.50Z'",
		    "([x:a = 1] AND [x:b = 2]) START t'2024-01-01T00:00:00Z' "
		    "STOP t'2024-01-02T00:00:00.50Z'"},
		{"[x:a NOT LIKE 'it\\'s \\\\']", "[x:a NOT LIKE 'it\\'s \\\\']"},
		{"[x:a = h'0a' OR x:a = b'YQ==' OR x:a = +1 OR x:a = true]",
		    "[x:a = h'0a' OR x:a = b'YQ==' OR x:a = +1 OR x:a = true]"}
	};
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, KIB(4));
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		buf_reset(&out);
		assert_int_equal(pattern_print(parsed(cases[i].text), &out), 0);
		assert_string_equal(out.p, cases[i].canonical);
	}
	buf_free(&out);
	buf_init(&out, 5);
	assert_int_equal(pattern_print(parsed(cases[0].text), &out), -1);
	buf_free(&out);
}

/* ---- the tree ---- */

static void
literals(void **state)
{
	struct pattern_node *n = parsed("[x:a IN (-7, +8, "
	    "9223372036854775807, 9223372036854775808, -9223372036854775808, "
	    "-9223372036854775809, 1.25, -.5, true, false, 'it\\'s\\\\', h'0A',"
	    " b'YQ==', t'1970-01-01T00:00:01.5Z', t'2023-02-30T00:00:00Z', "
	    "t'9999-12-31T23:59:59Z', 12345678901234567890123.0)]")->left;
	const struct pattern_literal *l = n->literals;
	int64_t march;

	(void)state;
	assert_int_equal(n->nliterals, 17);
	assert_true(l[0].kind == LIT_INT && l[0].integer == -7 &&
	    l[0].real == -7);
	assert_true(l[1].integer == 8 && slice_is(l[1].text, "+8"));
	assert_true(l[2].integer == INT64_MAX && l[3].integer == INT64_MAX);
	assert_true(l[4].integer == INT64_MIN && l[5].integer == INT64_MIN);
	assert_true(l[6].kind == LIT_FLOAT && l[6].real == 1.25);
	assert_true(l[7].real == -0.5);
	assert_true(l[8].kind == LIT_BOOL && l[8].integer == 1);
	assert_true(l[9].kind == LIT_BOOL && l[9].integer == 0);
	assert_true(l[10].kind == LIT_STRING &&
	    slice_is(l[10].text, "it's\\"));
	assert_true(l[11].kind == LIT_HEX && slice_is(l[11].text, "0A"));
	assert_true(l[12].kind == LIT_BINARY && slice_is(l[12].text, "YQ=="));
	assert_true(l[13].kind == LIT_TIMESTAMP &&
	    l[13].integer == INT64_C(1500000000));
	assert_int_equal(tstamp_parse(SLICE("2023-03-02T00:00:00Z"), &march),
	    0);
	assert_true(l[14].integer == march);
	assert_true(l[15].integer > march);
	assert_true(l[16].real > 1.2345678901e22 && l[16].real < 1.2345679e22);
}

static void
paths(void **state)
{
	struct pattern_node *n =
	    parsed("[x-y:a.'b c'[*][-2] NOT = 'z']")->left;

	(void)state;
	assert_true(slice_is(n->object_type, "x-y"));
	assert_int_equal(n->npath, 4);
	assert_true(slice_is(n->path[0].name, "a") && !n->path[0].is_index);
	assert_true(slice_is(n->path[1].name, "b c"));
	assert_true(n->path[2].is_index && n->path[2].any);
	assert_true(n->path[3].is_index && !n->path[3].any &&
	    n->path[3].index == -2);
	assert_true(n->path[3].name.p == NULL);
	assert_true(n->negated && n->test == TEST_EQ);
	assert_int_equal(n->offset, 1);
}

static void
precedence(void **state)
{
	struct pattern_node *n = parsed(
	    "[x:a = 1] OR [x:b = 2] AND [x:c = 3] FOLLOWEDBY [x:d = 4]");

	(void)state;
	assert_int_equal(n->op, PAT_FOLLOWEDBY);
	assert_int_equal(n->left->op, PAT_OBS_OR);
	assert_int_equal(n->left->right->op, PAT_OBS_AND);
	assert_int_equal(n->right->op, PAT_OBSERVATION);
	n = parsed("[x:a = 1 OR x:b = 2 AND x:c = 3 OR x:d = 4]")->left;
	assert_int_equal(n->op, PAT_OR);
	assert_int_equal(n->left->op, PAT_OR);
	assert_int_equal(n->left->right->op, PAT_AND);
	assert_int_equal(n->right->op, PAT_TEST);
	n = parsed("[x:a = 1] AND [x:b = 2] WITHIN 1.5 SECONDS REPEATS 7 TIMES");
	assert_int_equal(n->op, PAT_OBS_AND);
	assert_int_equal(n->right->op, PAT_REPEATS);
	assert_true(n->right->repeats == 7);
	assert_int_equal(n->right->left->op, PAT_WITHIN);
	assert_true(n->right->left->within == 1.5);
	n = parsed("[x:a = 1] START t'1970-01-01T00:00:01Z' STOP "
	    "t'1970-01-01T00:00:02Z'");
	assert_true(n->op == PAT_START_STOP && n->start == TSTAMP_SECOND &&
	    n->stop == 2 * TSTAMP_SECOND);
}

/* ---- limits ---- */

/* head, n times item with the joint between, tail */
static char *
repeat(const char *head, const char *item, const char *joint, size_t n,
    const char *tail)
{
	struct buf b;
	size_t i;

	buf_init(&b, MIB(1));
	buf_str(&b, head);
	for (i = 0; i < n; i++) {
		buf_str(&b, i > 0 ? joint : "");
		buf_str(&b, item);
	}
	buf_str(&b, tail);
	return buf_take(&b);
}

static void
expect(char *text, int code)
{
	struct err e = ERR_INIT;
	struct pattern_node *n;

	arena_reset(&arena);
	assert_non_null(text);
	n = pattern_parse(&arena, slice_str(text), &e);
	if (e.code != code)
		fail_msg("%.60s…: code %d, %s", text, e.code, e.text);
	assert_true((n != NULL) == (code == ERR_NONE));
	if (n != NULL)
		assert_prints_back(text);
	free(text);
}

static void
limits(void **state)
{
	char *nested, *deep;

	(void)state;
	/* parentheses: outside the brackets, inside, and of both */
	nested = repeat("[x:a=1]", ")", "", LIMIT_PATTERN_DEPTH, "");
	expect(repeat("", "(", "", LIMIT_PATTERN_DEPTH, nested), ERR_NONE);
	expect(repeat("", "(", "", LIMIT_PATTERN_DEPTH + 1, nested),
	    ERR_LIMIT);
	free(nested);
	nested = repeat("x:a=1", ")", "", LIMIT_PATTERN_DEPTH, "]");
	expect(repeat("[", "(", "", LIMIT_PATTERN_DEPTH, nested), ERR_NONE);
	deep = repeat("[", "(", "", LIMIT_PATTERN_DEPTH, nested);
	expect(repeat("", "(", "", 1, deep), ERR_LIMIT);
	free(deep);
	free(nested);
	/* nodes: n tests, n - 1 operators and the observation */
	expect(repeat("[", "x:a=1", "OR ", LIMIT_PATTERN_NODES / 2, "]"),
	    ERR_NONE);
	expect(repeat("[", "x:a=1", "AND ", LIMIT_PATTERN_NODES / 2 + 1, "]"),
	    ERR_LIMIT);
	expect(repeat("([x:a=1])", "REPEATS 1 TIMES", " ", 2000, ""), ERR_NONE);
	/* many literals and steps are bounded by the length alone */
	expect(repeat("[x:a IN (", "1", ",", 20000, ")]"), ERR_NONE);
	expect(repeat("[x:a", ".b", "", 20000, "=1]"), ERR_NONE);
	/* length */
	expect(repeat("[x:a = '", "b", "", LIMIT_PATTERN - 10, "']"), ERR_NONE);
	expect(repeat("[x:a = '", "b", "", LIMIT_PATTERN - 9, "']"), ERR_LIMIT);
}

static void
out_of_memory(void **state)
{
	struct slice text = SLICE("[x:a.b.c.d.e IN ('it\\'s', 2, 3, 4, 5) OR "
	    "x:'\\\\' = 1] WITHIN 5 SECONDS AND [x:a = 1]");
	size_t max = 0;
	bool done = false;

	(void)state;
	for (; !done; max += 8) {
		struct err e = ERR_INIT;
		struct arena a;

		arena_init(&a, max);
		done = pattern_parse(&a, text, &e) != NULL;
		assert_int_equal(e.code, done ? ERR_NONE : ERR_MEMORY);
		arena_free(&a);
		assert_true(max < KIB(64));
	}
	assert_true(max > 100);
}

/* ---- what the grammar does not hold ---- */

static void
checks(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"[file:hashes.MD5 = '" MD5_A "']", NULL},
		{"[file:hashes.'SHA-256' IN ('" SHA256_A "')]", NULL},
		{"[file:hashes.SSDEEP = '3:a:b']", NULL},
		{"[file:hashes[*] = 'x']", NULL},
		{"[file:hashes.MD5 LIKE 'x%']", NULL},
		{"[x:a.hashes = 'x']", NULL},
		{"[x:hashes.'my own' = 'x']", NULL},
		{"[file:hashes.'SHA-256' = '" MD5_A "']",
		    "column 2: expected 64 hex digits of SHA-256, found \""
		    MD5_A "\""},
		{"[x:a = 1 OR file:hashes.md5 != 'g']",
		    "column 13: expected 32 hex digits of md5, found \"g\""},
		{"[x:a = 1 AND (x:b = 2 OR file:hashes.'SHA-1' IN ('"
		    SHA1_A "', ''))]",
		    "column 26: expected 40 hex digits of SHA-1, found \"\""},
		{"[file:hashes.MD5 = 'zcc175b9c0f1b6a831c399e269772661']",
		    "column 2: expected 32 hex digits of MD5, found "
		    "\"zcc175b9c0f1b6a831c399e269772661\""},
		{"[x:a = 1] WITHIN 0.0 SECONDS", "column 11: expected a number "
		    "of seconds above 0, found 0"},
		{"[x:a = 1] AND [x:a = 2] REPEATS 0 TIMES", "column 25: "
		    "expected a number of times above 0, found 0"}
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct slice text = slice_str(cases[i].text);
		struct err e = ERR_INIT;

		assert_int_equal(pattern_check(parsed(text.p), text, &e),
		    cases[i].error != NULL ? -1 : 0);
		assert_string_equal(e.text,
		    cases[i].error != NULL ? cases[i].error : "");
	}
}

/* The verdicts of the OASIS validator, where TAXIWAY_CASES says they lie. */
static void
public_verdicts(void **state)
{
	const char *folder = getenv("TAXIWAY_CASES");
	char path[4096], line[16384];
	size_t cases = 0;
	FILE *f;

	(void)state;
	if (folder == NULL)
		skip();
	snprintf(path, sizeof(path), "%s/pattern_validate.jsonl", folder);
	f = fopen(path, "r");
	if (f == NULL)
		skip();
	while (fgets(line, sizeof(line), f) != NULL) {
		json_t *j = json_loads(line, 0, NULL);
		const char *text =
		    json_string_value(json_object_get(j, "pattern"));
		bool valid = json_is_true(json_object_get(j, "valid"));
		struct err e = ERR_INIT;
		struct pattern_node *n;

		assert_non_null(text);
		arena_reset(&arena);
		n = pattern_parse(&arena, slice_str(text), &e);
		if ((n != NULL && pattern_check(n, slice_str(text), &e) == 0)
		    != valid)
			fail_msg("%s: %s", text, e.text);
		cases++;
		json_decref(j);
	}
	fclose(f);
	assert_true(cases > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_and_columns),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(messages),
		cmocka_unit_test(printing_is_the_identity),
		cmocka_unit_test(canonical_text),
		cmocka_unit_test(literals),
		cmocka_unit_test(paths),
		cmocka_unit_test(precedence),
		cmocka_unit_test(limits),
		cmocka_unit_test(out_of_memory),
		cmocka_unit_test(checks),
		cmocka_unit_test(public_verdicts)
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
