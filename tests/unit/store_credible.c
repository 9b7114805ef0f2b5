/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which listings are believed: a table, one row for each side of each rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cc.h"
#include "store/credible.h"

#define STEADY .sizes = {1000, 1000, 1000}, .nsizes = 3, .standing = 1000
#define LIMITS .shrink = 50, .grow = 10, .reject = 50, .reject_from = 10, \
	.top_share = 1, .repeats = 3

static const struct {
	const char *what;
	struct credible_facts f;
	struct credible_limits l;
	enum held_why why;
	uint64_t got, want;
} rows[] = {
	{"as ever", {.whole = true, .listed = 1000, STEADY}, {LIMITS},
	    HELD_NOT, 0, 0},
	{"the first listing", {.whole = true, .listed = 5}, {LIMITS},
	    HELD_NOT, 0, 0},
	{"half is enough", {.whole = true, .listed = 500, STEADY}, {LIMITS},
	    HELD_NOT, 0, 0},
	{"less than half is not", {.whole = true, .listed = 499, STEADY},
	    {LIMITS}, HELD_SMALL, 499, 1000},
	{"a source that shrinks as it likes", {.whole = true, .listed = 1,
	    STEADY}, {.grow = 10, .reject = 50}, HELD_NOT, 0, 0},
	{"ten times is enough", {.whole = true, .listed = 10000, STEADY},
	    {LIMITS}, HELD_NOT, 0, 0},
	{"more is not", {.whole = true, .listed = 10001, STEADY}, {LIMITS},
	    HELD_LARGE, 10001, 1000},
	{"a walk over what deltas filled", {.whole = true, .grows = true,
	    .listed = 10001, STEADY}, {LIMITS}, HELD_NOT, 0, 0},
	{"it may still be too small", {.whole = true, .grows = true,
	    .listed = 499, STEADY}, {LIMITS}, HELD_SMALL, 499, 1000},
	{"growth shows before the end", {.whole = true, .open = true,
	    .listed = 10001, STEADY}, {LIMITS}, HELD_LARGE, 10001, 1000},
	{"smallness does not", {.whole = true, .open = true, .listed = 1,
	    STEADY}, {LIMITS}, HELD_NOT, 0, 0},
	{"a delta may be of any size", {.listed = 1, STEADY}, {LIMITS},
	    HELD_NOT, 0, 0},
	{"and large", {.listed = 100000, STEADY}, {LIMITS}, HELD_NOT, 0, 0},
	{"nothing where something was", {.whole = true, STEADY}, {LIMITS},
	    HELD_EMPTY, 0, 1000},
	{"nothing where nothing was", {.whole = true}, {LIMITS}, HELD_NOT, 0,
	    0},
	{"an empty delta", {.standing = 10}, {LIMITS}, HELD_NOT, 0, 0},
	{"nothing, yet", {.whole = true, .open = true, STEADY}, {LIMITS},
	    HELD_NOT, 0, 0},
	{"it may be empty", {.whole = true, STEADY},
	    {LIMITS, .may_be_empty = true}, HELD_NOT, 0, 0},
	{"small is no kind of empty", {.whole = true, .listed = 1, STEADY},
	    {LIMITS, .may_be_empty = true}, HELD_SMALL, 1, 1000},
	{"it was empty", {.whole = true, .listed = 30, .sizes = {0, 0},
	    .nsizes = 2}, {LIMITS}, HELD_NOT, 0, 0},
	{"half rejected", {.whole = true, .listed = 1000, .rejected = 500,
	    STEADY}, {LIMITS}, HELD_NOT, 0, 0},
	{"more than half", {.whole = true, .listed = 1000, .rejected = 501,
	    STEADY}, {LIMITS}, HELD_REJECTED, 501, 1000},
	{"rejected in a first listing", {.whole = true, .listed = 10,
	    .rejected = 6}, {LIMITS}, HELD_REJECTED, 6, 10},
	{"too few to tell", {.whole = true, .listed = 9, .rejected = 8},
	    {LIMITS}, HELD_NOT, 0, 0},
	{"one of one, the first", {.whole = true, .listed = 1, .rejected = 1},
	    {LIMITS}, HELD_NOT, 0, 0},
	{"one of one, where something stands", {.whole = true, .listed = 1,
	    .rejected = 1, .standing = 1}, {LIMITS}, HELD_REJECTED, 1, 1},
	{"few, but one of them good", {.whole = true, .listed = 3,
	    .rejected = 2, .standing = 3}, {LIMITS}, HELD_NOT, 0, 0},
	{"few, with a source that wants every listing judged", {.whole = true,
	    .listed = 3, .rejected = 2}, {.reject = 50, .reject_from = 1},
	    HELD_REJECTED, 2, 3},
	{"rejected in a delta", {.listed = 3, .rejected = 3, STEADY}, {LIMITS},
	    HELD_NOT, 0, 0},
	{"as many as declared", {.whole = true, .listed = 1000,
	    .declared = 1000, .has_declared = true, STEADY}, {LIMITS},
	    HELD_NOT, 0, 0},
	{"fewer", {.whole = true, .listed = 999, .declared = 1000,
	    .has_declared = true, STEADY}, {LIMITS}, HELD_DECLARED, 999, 1000},
	{"more", {.whole = true, .listed = 1000, .declared = 999,
	    .has_declared = true, STEADY}, {LIMITS}, HELD_DECLARED, 1000, 999},
	{"absurdly many", {.whole = true, .listed = 1000,
	    .declared = UINT64_MAX, .has_declared = true, STEADY}, {LIMITS},
	    HELD_DECLARED, 1000, UINT64_MAX},
	{"not all of them yet", {.whole = true, .open = true, .listed = 9,
	    .declared = 1000, .has_declared = true, STEADY}, {LIMITS},
	    HELD_NOT, 0, 0},
	{"another shape", {.whole = true, .listed = 1000, .misshapen = true,
	    STEADY}, {LIMITS}, HELD_SHAPE, 0, 0},
	{"a canary", {.whole = true, .listed = 1000, .canaries = 2, STEADY},
	    {LIMITS}, HELD_CANARY, 2, 0},
	{"a canary in a delta, at once", {.open = true, .listed = 1,
	    .canaries = 1}, {LIMITS}, HELD_CANARY, 1, 0},
	{"a canary before all else", {.whole = true, .listed = 1,
	    .canaries = 1, STEADY}, {LIMITS}, HELD_CANARY, 1, 0},
	{"some of the top list", {.listed = 50, .tops = 10, .top_size = 1000},
	    {LIMITS}, HELD_NOT, 0, 0},
	{"too much of it", {.listed = 50, .tops = 11, .top_size = 1000},
	    {LIMITS}, HELD_TOP_LIST, 11, 1000},
	{"no top list", {.listed = 50}, {LIMITS}, HELD_NOT, 0, 0},
	{"too few, the first time already", {.whole = true, .listed = 9},
	    {LIMITS, .least = 10}, HELD_FEW, 9, 10},
	{"just enough", {.whole = true, .listed = 10}, {LIMITS, .least = 10},
	    HELD_NOT, 0, 0},
	{"none at all, and nothing stood", {.whole = true}, {LIMITS,
	    .least = 10}, HELD_FEW, 0, 10},
	{"none, where that may be", {.whole = true, STEADY}, {LIMITS,
	    .least = 10, .may_be_empty = true}, HELD_NOT, 0, 0},
	{"one, where none may be", {.whole = true, .listed = 1}, {LIMITS,
	    .least = 10, .may_be_empty = true}, HELD_FEW, 1, 10},
	{"few before small", {.whole = true, .listed = 9, STEADY}, {LIMITS,
	    .least = 10}, HELD_FEW, 9, 10},
	{"few, but more may come", {.whole = true, .open = true, .listed = 9},
	    {LIMITS, .least = 10}, HELD_NOT, 0, 0},
	{"few in a delta", {.listed = 9}, {LIMITS, .least = 10}, HELD_NOT, 0,
	    0},
	{"sizes beyond reason", {.whole = true, .listed = UINT64_MAX,
	    .sizes = {UINT64_MAX - 1}, .nsizes = 1}, {LIMITS}, HELD_NOT, 0, 0},
};

static void
test_judge(void **state)
{
	struct credible c;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		c = credible_judge(&rows[i].f, &rows[i].l);
		if (c.why != rows[i].why || (c.why != HELD_NOT &&
		    (c.got != rows[i].got || c.want != rows[i].want)))
			fail_msg("%s: %s", rows[i].what, held_name(c.why));
	}
}

static void
test_median(void **state)
{
	static const struct {
		uint64_t sizes[CREDIBLE_SIZES];
		unsigned n;
		uint64_t median;
	} table[] = {
	    {{0}, 0, 0}, {{7}, 1, 7}, {{9, 1}, 2, 5}, {{9, 1, 2}, 3, 2},
	    {{4, 4, 4, 100}, 4, 4}, {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 10, 5},
	    {{UINT64_MAX, UINT64_MAX}, 2, UINT64_MAX},
	    /* one bad listing among many moves nothing */
	    {{1000, 1000, 0, 1000, 1000}, 5, 1000},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(table); i++)
		assert_true(credible_median(table[i].sizes, table[i].n) ==
		    table[i].median);
}

/* Every reason has a name of its own and a sentence that begins with it and
 * holds its numbers. */
static void
test_text(void **state)
{
	struct credible_limits l = CREDIBLE_DEFAULT;
	char text[CREDIBLE_TEXT_MAX];
	unsigned why, other;

	(void)state;
	for (why = 0; why < HELD_WHYS; why++) {
		struct credible c = {(enum held_why)why, UINT64_MAX,
		    UINT64_MAX - 1};

		credible_text(&c, &l, text);
		assert_int_equal(strncmp(text, held_name(why),
		    strlen(held_name(why))), 0);
		assert_int_equal(text[strlen(held_name(why))], ':');
		assert_true(strlen(text) < CREDIBLE_TEXT_MAX - 1);
		for (other = 0; other < why; other++)
			assert_string_not_equal(held_name(why),
			    held_name(other));
	}
	assert_null(held_name(HELD_WHYS));
	l.shrink = 40;
	credible_text(&(struct credible){HELD_SMALL, 12, 1000}, &l, text);
	assert_string_equal(text, "too-small: 12 records, less than 40 % of "
	    "the 1000 of the last polls");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_judge),
	    cmocka_unit_test(test_median),
	    cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
