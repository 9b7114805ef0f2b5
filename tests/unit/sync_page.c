/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/page.h"

#define ORIGIN (INT64_C(1704067200) * TSTAMP_SECOND) /* 2024-01-01 */
#define T(seconds) (ORIGIN + (int64_t)(seconds) * TSTAMP_SECOND)
#define MICRO INT64_C(1000)
#define MILLI INT64_C(1000000)
#define LATE T(1000000) /* a Date long after every object */

static struct page p;

static struct page_reply
reply(uint64_t content, uint64_t objects, int64_t first, int64_t last)
{
	return (struct page_reply){.objects = objects, .content = content,
	    .first = first, .last = last, .date = LATE};
}

static struct page_reply
more(uint64_t content, uint64_t objects, int64_t first, int64_t last,
    const char *next)
{
	struct page_reply r = reply(content, objects, first, last);

	r.more = true;
	r.next = next != NULL ? slice_str(next) : SLICE_NONE;
	return r;
}

static struct page_step
start(int64_t since, uint32_t limit, int64_t now)
{
	struct page_opts o = {.since = since, .limit = limit, .now = now};

	return page_start(&p, &o);
}

static struct page_step
got(struct page_reply r)
{
	return page_reply(&p, &r);
}

static bool
met(const struct page_step *s, enum deviation d)
{
	return (s->deviations & DEVIATION_BIT(d)) != 0;
}

static void
assert_ask(const struct page_step *s, int64_t added_after, const char *next)
{
	assert_int_equal(s->act, PAGE_ASK);
	assert_int_equal(s->added_after, added_after);
	if (next == NULL)
		assert_null(s->next.p);
	else
		assert_true(slice_is(s->next, next));
}

/* --- one rule each -------------------------------------------------------- */

static void
test_one_page(void **state)
{
	struct page_step s;

	(void)state;
	s = start(TSTAMP_NONE, 0, T(0));
	assert_ask(&s, TSTAMP_NONE, NULL);
	assert_int_equal(s.limit, PAGE_LIMIT);
	s = got(reply(1, 5, T(1), T(9)));
	assert_int_equal(s.act, PAGE_DONE);
	assert_true(s.checkpoint);
	assert_int_equal(s.since, T(9));
	/* The next poll asks exactly for what came later, and finds nothing. */
	s = start(s.since, 0, T(0));
	assert_ask(&s, T(9), NULL);
	s = got(reply(0, 0, TSTAMP_NONE, TSTAMP_NONE));
	assert_int_equal(s.act, PAGE_DONE);
	assert_int_equal(s.since, T(9));
}

static void
test_p1_more_decides(void **state)
{
	struct page_reply r = reply(1, 5, T(1), T(9));

	(void)state;
	start(TSTAMP_NONE, 0, T(0));
	r.next = SLICE("there is one anyway");
	assert_int_equal(page_reply(&p, &r).act, PAGE_DONE);
}

static void
test_p2_filters_stay(void **state)
{
	struct page_step s;

	(void)state;
	start(T(5), 7, T(0));
	s = got(more(1, 7, T(6), T(9), "a"));
	assert_ask(&s, T(5), "a");
	assert_int_equal(s.limit, 7);
	s = got(more(2, 7, T(9), T(12), "b"));
	assert_ask(&s, T(5), "b");
	assert_int_equal(s.limit, 7);
}

static void
test_p3_by_header(void **state)
{
	struct page_step s;

	(void)state;
	start(TSTAMP_NONE, 10, T(0));
	s = got(more(1, 10, T(1), T(2) + 123456 * MICRO, NULL));
	assert_ask(&s, T(2) + 123455 * MICRO, NULL);
	/* Whole milliseconds may be all that the server keeps. */
	s = got(more(2, 10, T(2) + 123456 * MICRO, T(3) + 5 * MILLI, NULL));
	assert_ask(&s, T(3) + 4 * MILLI, NULL);
	/* Nanoseconds are cut: never later than what was said. */
	s = got(more(3, 10, T(3) + 5 * MILLI, T(4) + 1999, NULL));
	assert_ask(&s, T(4), NULL);
	/* A whole millisecond was too far back for a full page: less. */
	s = got(more(4, 10, T(4), T(5), NULL));
	assert_ask(&s, T(5) - MILLI, NULL);
	s = got(more(5, 10, T(5) - MICRO, T(5), NULL));
	assert_ask(&s, T(5) - MICRO, NULL);
	/* Times cut to seconds start pages before the end of the last one. */
	s = got(more(6, 10, T(5), T(6), NULL));
	s = got(more(7, 10, T(5), T(7), NULL));
	assert_ask(&s, T(7) - MILLI, NULL);
}

/* A moment in microseconds. */
#define M (T(2) + 1001 * MICRO)

static void
test_p4_one_moment(void **state)
{
	struct page_step s;

	(void)state;
	start(TSTAMP_NONE, 10, T(0));
	s = got(more(1, 10, T(1), M, NULL));
	assert_ask(&s, M - MICRO, NULL);
	s = got(more(2, 10, M, M, NULL));
	assert_ask(&s, M - MICRO, NULL);
	assert_int_equal(s.limit, 20);
	assert_true(met(&s, DEVIATION_MOMENT_CROWDED));
	s = got(more(3, 20, M, M, NULL));
	assert_int_equal(s.limit, 40);
	s = got(more(4, 40, M, T(3), NULL));
	assert_ask(&s, T(3) - MILLI, NULL);
	assert_int_equal(s.limit, 10);
}

static void
test_p4_capped(void **state)
{
	struct page_step s;

	(void)state;
	start(TSTAMP_NONE, 10, T(0));
	got(more(1, 10, T(1), M, NULL));
	s = got(more(2, 10, M, M, NULL));
	assert_int_equal(s.limit, 20);
	s = got(more(2, 10, M, M, NULL)); /* no more than ten come */
	assert_int_equal(s.act, PAGE_MANIFEST);
	s = page_manifest(&p, M);
	assert_int_equal(s.act, PAGE_FAIL);
	assert_int_equal(s.code, ERR_PROTO);
	/* The manifest may know the time more exactly than the header. */
	start(TSTAMP_NONE, 10, T(0));
	got(more(1, 5, T(1), M, NULL));
	s = got(more(2, 5, M, M, NULL));
	assert_int_equal(s.act, PAGE_MANIFEST);
	s = page_manifest(&p, T(2) + 700 * MILLI);
	assert_ask(&s, T(2) + 699 * MILLI, NULL);
}

static void
test_p5_manifest(void **state)
{
	struct page_step s;

	(void)state;
	start(TSTAMP_NONE, 10, T(0));
	s = got(more(1, 10, TSTAMP_NONE, TSTAMP_NONE, NULL));
	assert_int_equal(s.act, PAGE_MANIFEST);
	assert_int_equal(s.added_after, TSTAMP_NONE);
	assert_int_equal(s.limit, 10);
	s = page_manifest(&p, T(7));
	assert_ask(&s, T(7) - MILLI, NULL);
	s = got(more(2, 10, TSTAMP_NONE, TSTAMP_NONE, NULL));
	assert_int_equal(s.act, PAGE_MANIFEST);
	s = page_manifest(&p, TSTAMP_NONE);
	assert_int_equal(s.act, PAGE_FAIL);
	assert_non_null(s.text);
}

static void
test_p6_same_cursor(void **state)
{
	struct page_step s;

	(void)state;
	start(TSTAMP_NONE, 10, T(0));
	for (unsigned i = 0; i < 500; i++) {
		s = got(more(1000 + i, 10, T(i), T(i + 1), "always the same"));
		assert_ask(&s, TSTAMP_NONE, "always the same");
	}
}

static void
test_p6_circles(void **state)
{
	static const unsigned lengths[] = {1, 2, 3, 63, 64, 65, 200, 1000};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct page_step s = start(TSTAMP_NONE, 10, T(0));
		unsigned asked = 0;

		do {
			s = got(more(asked++ % lengths[i], 10, TSTAMP_NONE,
			    TSTAMP_NONE, "x"));
			assert_in_range(asked, 0, lengths[i] * 6 + 20);
		} while (!p.uncursor && s.act == PAGE_ASK);
		/* Then by date, from the start, and that leads nowhere. */
		assert_ask(&s, TSTAMP_NONE, NULL);
		assert_true(met(&s, DEVIATION_CURSOR_CIRCLE));
		s = got(more(0, 10, TSTAMP_NONE, TSTAMP_NONE, "x"));
		assert_int_equal(s.act, PAGE_MANIFEST);
		s = page_manifest(&p, TSTAMP_NONE);
		assert_int_equal(s.act, PAGE_FAIL);
	}
}

static void
test_p7_empty_pages(void **state)
{
	struct page_step s;

	(void)state;
	start(TSTAMP_NONE, 10, T(0));
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < LIMIT_EMPTY_PAGES; i++) {
			s = got(more(0, 0, TSTAMP_NONE, TSTAMP_NONE, "x"));
			assert_ask(&s, TSTAMP_NONE, "x");
		}
		s = got(more(round, 10, T(round), T(round), "x"));
		assert_ask(&s, TSTAMP_NONE, "x");
	}
	for (unsigned i = 0; i < LIMIT_EMPTY_PAGES; i++)
		s = got(more(0, 0, TSTAMP_NONE, TSTAMP_NONE, "x"));
	s = got(more(0, 0, TSTAMP_NONE, TSTAMP_NONE, "x"));
	assert_int_equal(s.act, PAGE_FAIL);
	assert_int_equal(s.code, ERR_PROTO);
}

static void
test_p8_restart(void **state)
{
	struct page_step s;

	(void)state;
	start(T(1), 10, T(0));
	got(more(1, 10, T(2), T(3), "a"));
	s = got(more(2, 10, T(3), T(4), "b"));
	assert_true(s.checkpoint);
	assert_int_equal(s.since, T(4) - MILLI);
	s = page_again(&p, PAGE_AGAIN_RESTART);
	assert_ask(&s, T(4) - MILLI, NULL);
	/* Not for ever, without a checkpoint in between. */
	for (unsigned i = 1; i < PAGE_RESTARTS; i++)
		assert_int_equal(page_again(&p, PAGE_AGAIN_RESTART).act,
		    PAGE_ASK);
	s = page_again(&p, PAGE_AGAIN_RESTART);
	assert_int_equal(s.act, PAGE_FAIL);
	assert_null(s.text);
}

/* What came whole and is no JSON: begun anew once, then it is said. */
static void
test_p8_garbled(void **state)
{
	struct page_step s;

	(void)state;
	start(T(1), 10, T(0));
	got(more(1, 10, T(2), T(3), "a"));
	s = page_again(&p, PAGE_AGAIN_GARBLED);
	assert_ask(&s, T(1), NULL);
	got(more(1, 10, T(2), T(3), "b"));
	s = page_again(&p, PAGE_AGAIN_GARBLED);
	assert_int_equal(s.act, PAGE_FAIL);
	assert_null(s.text);
	/* Further on it is another page. */
	start(T(1), 10, T(0));
	got(more(1, 10, T(2), T(3), "a"));
	page_again(&p, PAGE_AGAIN_GARBLED);
	got(more(1, 10, T(2), T(3), "b"));
	s = got(more(2, 10, T(3), T(4), "c"));
	assert_true(s.checkpoint);
	s = page_again(&p, PAGE_AGAIN_GARBLED);
	assert_ask(&s, T(4) - MILLI, NULL);
}

static void
test_p9_dead_cursor(void **state)
{
	struct page_step s;

	(void)state;
	start(T(1), 10, T(0));
	got(more(1, 10, T(2), T(3), "a"));
	s = page_again(&p, PAGE_AGAIN_UNCURSOR);
	assert_ask(&s, T(1), NULL);
	s = got(more(1, 10, T(2), T(3), "a"));
	assert_ask(&s, T(3) - MILLI, NULL); /* the cursor is not used again */
	assert_int_equal(page_again(&p, PAGE_AGAIN_UNCURSOR).act, PAGE_FAIL);
}

static void
test_p10_newest_first(void **state)
{
	struct page_step s;

	(void)state;
	/* First and Last swapped. */
	start(TSTAMP_NONE, 10, T(0));
	s = got(more(1, 10, T(90), T(80), "a"));
	assert_false(s.checkpoint);
	s = got(more(2, 10, T(79), T(70), "b"));
	assert_false(s.checkpoint);
	/* By date nothing could be reached: from the start, by cursor. */
	s = page_again(&p, PAGE_AGAIN_UNCURSOR);
	assert_ask(&s, TSTAMP_NONE, NULL);
	assert_true(met(&s, DEVIATION_CURSOR_DEAD));
	assert_false(p.uncursor);
	s = got(more(1, 10, T(90), T(80), "a"));
	assert_ask(&s, TSTAMP_NONE, "a");
	s = got(reply(3, 10, T(69), T(60)));
	assert_int_equal(s.act, PAGE_DONE);
	assert_int_equal(s.since, T(90));
	/* Each page looks right, the order of the pages is not. */
	start(TSTAMP_NONE, 10, T(0));
	s = got(more(1, 10, T(80), T(90), "a"));
	assert_false(s.checkpoint);
	s = got(more(2, 10, T(70), T(79), "b"));
	assert_false(s.checkpoint);
	/* Last alone shows it too. */
	start(TSTAMP_NONE, 10, T(0));
	got(more(1, 10, TSTAMP_NONE, T(90), "a"));
	got(more(2, 10, TSTAMP_NONE, T(80), "b"));
	page_again(&p, PAGE_AGAIN_UNCURSOR);
	assert_false(p.uncursor);
	/* Equal times show no order. */
	start(TSTAMP_NONE, 10, T(0));
	got(more(1, 10, T(90), T(90), "a"));
	s = got(more(2, 10, T(90), T(90), "b"));
	assert_false(s.checkpoint);
	/* And without a cursor it is said aloud. */
	start(TSTAMP_NONE, 10, T(0));
	s = got(more(1, 10, T(90), T(80), NULL));
	assert_int_equal(s.act, PAGE_FAIL);
}

static void
test_p10_taken_back(void **state)
{
	struct page_step s;

	(void)state;
	start(T(1), 10, T(0));
	got(more(1, 10, T(10), T(20), "a"));
	s = got(more(2, 10, T(20), T(30), "b"));
	assert_true(s.checkpoint);
	assert_int_equal(s.since, T(30) - MILLI);
	s = got(more(3, 10, T(5), T(6), "c")); /* it did not rise after all */
	assert_true(s.checkpoint);
	assert_int_equal(s.since, T(1));
	s = page_again(&p, PAGE_AGAIN_RESTART);
	assert_ask(&s, T(1), NULL);
}

static void
test_p11_overlap(void **state)
{
	struct page_reply r = reply(1, 5, T(1), T(1000));
	struct page_step s;

	(void)state;
	start(TSTAMP_NONE, 10, T(0));
	r.date = T(1010);
	s = page_reply(&p, &r);
	assert_int_equal(s.since, T(1010) - PAGE_OVERLAP);
	/* The Date at the start counts, not that of the last page. */
	start(TSTAMP_NONE, 10, T(0));
	r.more = true;
	r.next = SLICE("a");
	page_reply(&p, &r);
	r.more = false;
	r.date = T(90000);
	r.last = T(89000);
	s = page_reply(&p, &r);
	assert_int_equal(s.since, T(1010) - PAGE_OVERLAP);
	/* A date from the future does not freeze the feed. */
	start(TSTAMP_NONE, 10, T(0));
	r = reply(1, 5, T(1), T(2000000000));
	r.date = T(5000);
	s = page_reply(&p, &r);
	assert_int_equal(s.since, T(5000) - PAGE_OVERLAP);
	/* Nor does one that is out of all range. */
	start(TSTAMP_NONE, 10, T(0));
	r.last = TSTAMP_NEVER;
	s = page_reply(&p, &r);
	assert_int_equal(s.since, T(1));
	r.last = T(2000000000);
	/* Without Date, our own clock only holds back. */
	start(TSTAMP_NONE, 10, T(4000));
	r.date = TSTAMP_NONE;
	s = page_reply(&p, &r);
	assert_int_equal(s.since, T(4000) - PAGE_OVERLAP);
}

static void
test_smaller(void **state)
{
	struct page_step s;

	(void)state;
	start(TSTAMP_NONE, 1000, T(0));
	s = page_again(&p, PAGE_AGAIN_SMALLER);
	assert_int_equal(s.limit, 500);
	s = page_again(&p, PAGE_AGAIN_SMALLER);
	assert_int_equal(s.limit, 250);
	assert_int_equal(page_learned_limit(&p), 250);
	/* What was refused is not asked for again by P4. */
	got(more(1, 250, T(1), M, NULL));
	s = got(more(2, 250, M, M, NULL));
	assert_int_equal(s.act, PAGE_MANIFEST);
	start(TSTAMP_NONE, 1, T(0));
	assert_int_equal(page_again(&p, PAGE_AGAIN_SMALLER).act, PAGE_FAIL);
}

static void
test_added_after_ignored(void **state)
{
	struct page_step s;

	(void)state;
	start(T(100), 10, T(0));
	s = got(more(1, 10, T(1), T(2), "a"));
	assert_true(met(&s, DEVIATION_ADDED_AFTER_IGNORED));
	s = got(more(2, 10, T(2), T(3), "b"));
	assert_false(met(&s, DEVIATION_ADDED_AFTER_IGNORED));
	start(T(100), 10, T(0));
	s = got(reply(1, 10, T(100), T(102)));
	assert_false(met(&s, DEVIATION_ADDED_AFTER_IGNORED));
}

/* More objects at one moment than the server puts on a page, and no cursor: the
 * types one by one, each from the step before that moment to its own end. */
static void
test_p4_types(void **state)
{
	struct page_opts o = {.since = TSTAMP_NONE, .limit = 10, .now = T(0),
	    .types = 3};
	struct page_step s;

	(void)state;
	page_start(&p, &o);
	got(more(1, 10, T(1), M, NULL));
	got(more(2, 10, M, M, NULL));
	s = got(more(2, 10, M, M, NULL)); /* doubling is capped */
	assert_int_equal(s.act, PAGE_MANIFEST);
	s = page_manifest(&p, TSTAMP_NONE);
	assert_ask(&s, M - MICRO, NULL);
	assert_int_equal(s.type, 1);
	assert_int_equal(s.limit, 10);
	assert_true(met(&s, DEVIATION_MOMENT_CROWDED));
	s = got(more(3, 10, M, T(4), NULL));
	assert_ask(&s, T(4) - MILLI, NULL);
	assert_int_equal(s.type, 1);
	assert_false(s.checkpoint);
	s = got(reply(4, 5, T(4), T(9)));
	assert_ask(&s, M - MICRO, NULL);
	assert_int_equal(s.type, 2);
	s = got(reply(0, 0, TSTAMP_NONE, TSTAMP_NONE));
	assert_int_equal(s.type, 3);
	/* After an ambiguous failure all of it is read again. */
	s = page_again(&p, PAGE_AGAIN_RESTART);
	assert_ask(&s, M - MICRO, NULL);
	assert_int_equal(s.type, 0);
	got(more(2, 10, M, M, NULL));
	got(more(2, 10, M, M, NULL));
	page_manifest(&p, M);
	got(reply(4, 5, M, T(9)));
	got(reply(5, 5, M, T(8)));
	s = got(reply(6, 5, M, T(7)));
	assert_int_equal(s.act, PAGE_DONE);
	assert_int_equal(s.since, T(9));
	assert_true(met(&s, DEVIATION_TYPES_GUESSED));
	/* One type alone is too many, too: that is said. */
	page_start(&p, &o);
	got(more(1, 10, T(1), M, NULL));
	got(more(2, 10, M, M, NULL));
	got(more(2, 10, M, M, NULL));
	page_manifest(&p, M);
	got(more(3, 10, M, M, NULL));
	s = got(more(3, 10, M, M, NULL));
	assert_int_equal(s.act, PAGE_MANIFEST);
	s = page_manifest(&p, M);
	assert_int_equal(s.act, PAGE_FAIL);
}

static void
test_unfiltered(void **state)
{
	struct page_opts o = {.since = T(5), .limit = 10, .now = T(0)};
	struct page_step s;

	(void)state;
	s = page_start(&p, &o);
	assert_ask(&s, T(5), NULL);
	s = page_again(&p, PAGE_AGAIN_UNFILTER);
	assert_ask(&s, TSTAMP_NONE, NULL);
	assert_true(met(&s, DEVIATION_ADDED_AFTER_FATAL));
	/* Once; then there is nothing left to leave out. */
	assert_int_equal(page_again(&p, PAGE_AGAIN_UNFILTER).act, PAGE_FAIL);
	s = got(more(1, 10, T(1), T(2), "a"));
	assert_ask(&s, TSTAMP_NONE, "a");
	s = page_again(&p, PAGE_AGAIN_RESTART);
	assert_ask(&s, TSTAMP_NONE, NULL);
	s = got(reply(2, 10, T(3), T(4)));
	assert_int_equal(s.act, PAGE_DONE);
	assert_int_equal(s.since, T(5)); /* never back */
	o.unfiltered = true;
	s = page_start(&p, &o);
	assert_ask(&s, TSTAMP_NONE, NULL);
	assert_true(met(&s, DEVIATION_ADDED_AFTER_FATAL));
	s = got(more(1, 10, T(1), T(2), NULL));
	assert_int_equal(s.act, PAGE_FAIL);
}

static void
test_past_end(void **state)
{
	struct page_step s;

	(void)state;
	/* By date it can be made certain … */
	start(TSTAMP_NONE, 10, T(0));
	got(more(1, 10, T(1), T(2), "a"));
	s = page_again(&p, PAGE_AGAIN_END);
	assert_ask(&s, TSTAMP_NONE, NULL);
	assert_true(p.uncursor);
	/* … which it cannot where the newest come first. */
	start(TSTAMP_NONE, 10, T(0));
	got(more(1, 10, T(9), T(5), "a"));
	s = page_again(&p, PAGE_AGAIN_END);
	assert_int_equal(s.act, PAGE_DONE);
	assert_int_equal(s.since, T(9));
	assert_true(met(&s, DEVIATION_PAST_END));
	/* Without a cursor it is no end. */
	start(TSTAMP_NONE, 10, T(0));
	assert_int_equal(page_again(&p, PAGE_AGAIN_END).act, PAGE_FAIL);
}

/* What a page shows is told with the step that follows it. */
static void
test_deviations(void **state)
{
	struct page_reply r = reply(1, 5, T(1), T(2));
	struct page_step s;

	(void)state;
	start(TSTAMP_NONE, 10, T(0));
	s = got(more(1, 10, T(1), T(2), "a"));
	assert_int_equal(s.deviations, 0);
	s = got(more(2, 11, T(2), T(3), "a"));
	assert_int_equal(s.deviations, DEVIATION_BIT(DEVIATION_PAGE_TOO_LONG) |
	    DEVIATION_BIT(DEVIATION_CURSOR_CONSTANT));
	s = got(more(2, 10, T(3), LATE + 86400 * TSTAMP_SECOND, "b"));
	assert_int_equal(s.deviations, DEVIATION_BIT(DEVIATION_PAGE_REPEATED) |
	    DEVIATION_BIT(DEVIATION_DATE_FUTURE));
	s = got(more(0, 0, TSTAMP_NONE, TSTAMP_NONE, "c"));
	assert_int_equal(s.deviations, DEVIATION_BIT(DEVIATION_MORE_EMPTY));
	s = got(more(3, 10, TSTAMP_NONE, TSTAMP_NONE, "d"));
	assert_int_equal(s.deviations, DEVIATION_BIT(DEVIATION_DATE_MISSING));
	s = got(more(4, 10, T(1), T(2), NULL));
	assert_true(met(&s, DEVIATION_MORE_WITHOUT_NEXT));
	assert_true(met(&s, DEVIATION_NEWEST_FIRST));
	start(TSTAMP_NONE, 10, T(0));
	r.next = SLICE("a");
	r.deviations = DEVIATION_BIT(DEVIATION_CONTENT_TYPE);
	s = page_reply(&p, &r);
	assert_int_equal(s.deviations, DEVIATION_BIT(DEVIATION_CURSOR_AT_END) |
	    DEVIATION_BIT(DEVIATION_CONTENT_TYPE));
}

static void
test_long_next(void **state)
{
	static char text[LIMIT_CURSOR + 1];
	struct page_reply r = more(1, 10, T(1), T(2), NULL);
	struct page_step s;

	(void)state;
	memset(text, 'x', sizeof(text));
	start(TSTAMP_NONE, 10, T(0));
	r.next = (struct slice){text, LIMIT_CURSOR};
	s = page_reply(&p, &r);
	assert_int_equal(s.act, PAGE_ASK);
	assert_int_equal(s.next.n, LIMIT_CURSOR);
	r.next.n++;
	r.content = 2;
	s = page_reply(&p, &r);
	assert_int_equal(s.act, PAGE_FAIL);
	assert_int_equal(s.code, ERR_LIMIT);
}

static void
test_endless(void **state)
{
	struct page_step s;
	unsigned n = 0;

	(void)state;
	start(TSTAMP_NONE, 10, T(0));
	do {
		n++;
		s = got(more(n, 10, T(n), T(n), "x"));
	} while (s.act == PAGE_ASK);
	assert_int_equal(n, LIMIT_PAGES);
	assert_int_equal(s.act, PAGE_FAIL);
	assert_int_equal(s.code, ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_page),
		cmocka_unit_test(test_p1_more_decides),
		cmocka_unit_test(test_p2_filters_stay),
		cmocka_unit_test(test_p3_by_header),
		cmocka_unit_test(test_p4_one_moment),
		cmocka_unit_test(test_p4_capped),
		cmocka_unit_test(test_p5_manifest),
		cmocka_unit_test(test_p6_same_cursor),
		cmocka_unit_test(test_p6_circles),
		cmocka_unit_test(test_p7_empty_pages),
		cmocka_unit_test(test_p8_restart),
		cmocka_unit_test(test_p8_garbled),
		cmocka_unit_test(test_p9_dead_cursor),
		cmocka_unit_test(test_p10_newest_first),
		cmocka_unit_test(test_p10_taken_back),
		cmocka_unit_test(test_p11_overlap),
		cmocka_unit_test(test_smaller),
		cmocka_unit_test(test_added_after_ignored),
		cmocka_unit_test(test_p4_types),
		cmocka_unit_test(test_unfiltered),
		cmocka_unit_test(test_past_end),
		cmocka_unit_test(test_deviations),
		cmocka_unit_test(test_long_next),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
