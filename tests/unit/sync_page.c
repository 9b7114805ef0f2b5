/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/retry.h"
#include "tests/unit/sync_page_sim.h"

#define T(seconds) (SIM_T0 + (int64_t)(seconds) * TSTAMP_SECOND)
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
got(struct page_reply r)
{
	return page_reply(&p, &r);
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
	s = page_start(&p, TSTAMP_NONE, 0, T(0));
	assert_ask(&s, TSTAMP_NONE, NULL);
	assert_int_equal(s.limit, PAGE_LIMIT);
	s = got(reply(1, 5, T(1), T(9)));
	assert_int_equal(s.act, PAGE_DONE);
	assert_true(s.checkpoint);
	assert_int_equal(s.since, T(9));
	/* The next poll asks exactly for what came later, and finds nothing. */
	s = page_start(&p, s.since, 0, T(0));
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
	page_start(&p, TSTAMP_NONE, 0, T(0));
	r.next = SLICE("there is one anyway");
	assert_int_equal(page_reply(&p, &r).act, PAGE_DONE);
}

static void
test_p2_filters_stay(void **state)
{
	struct page_step s;

	(void)state;
	page_start(&p, T(5), 7, T(0));
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
	page_start(&p, TSTAMP_NONE, 10, T(0));
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
	page_start(&p, TSTAMP_NONE, 10, T(0));
	s = got(more(1, 10, T(1), M, NULL));
	assert_ask(&s, M - MICRO, NULL);
	s = got(more(2, 10, M, M, NULL));
	assert_ask(&s, M - MICRO, NULL);
	assert_int_equal(s.limit, 20);
	assert_non_null(s.note);
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
	page_start(&p, TSTAMP_NONE, 10, T(0));
	got(more(1, 10, T(1), M, NULL));
	s = got(more(2, 10, M, M, NULL));
	assert_int_equal(s.limit, 20);
	s = got(more(2, 10, M, M, NULL)); /* no more than ten come */
	assert_int_equal(s.act, PAGE_MANIFEST);
	s = page_manifest(&p, M);
	assert_int_equal(s.act, PAGE_FAIL);
	assert_int_equal(s.code, ERR_PROTO);
	/* The manifest may know the time more exactly than the header. */
	page_start(&p, TSTAMP_NONE, 10, T(0));
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
	page_start(&p, TSTAMP_NONE, 10, T(0));
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
	page_start(&p, TSTAMP_NONE, 10, T(0));
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
		struct page_step s = page_start(&p, TSTAMP_NONE, 10, T(0));
		unsigned asked = 0;

		do {
			s = got(more(asked++ % lengths[i], 10, TSTAMP_NONE,
			    TSTAMP_NONE, "x"));
			assert_in_range(asked, 0, lengths[i] * 6 + 20);
		} while (!p.uncursor && s.act == PAGE_ASK);
		/* Then by date, from the start, and that leads nowhere. */
		assert_ask(&s, TSTAMP_NONE, NULL);
		assert_non_null(s.note);
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
	page_start(&p, TSTAMP_NONE, 10, T(0));
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
	page_start(&p, T(1), 10, T(0));
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

static void
test_p9_dead_cursor(void **state)
{
	struct page_step s;

	(void)state;
	page_start(&p, T(1), 10, T(0));
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
	page_start(&p, TSTAMP_NONE, 10, T(0));
	s = got(more(1, 10, T(90), T(80), "a"));
	assert_false(s.checkpoint);
	s = got(more(2, 10, T(79), T(70), "b"));
	assert_false(s.checkpoint);
	/* By date nothing could be reached: never that way. */
	assert_int_equal(page_again(&p, PAGE_AGAIN_UNCURSOR).act, PAGE_FAIL);
	s = got(reply(3, 10, T(69), T(60)));
	assert_int_equal(s.act, PAGE_DONE);
	assert_int_equal(s.since, T(90));
	/* Each page looks right, the order of the pages is not. */
	page_start(&p, TSTAMP_NONE, 10, T(0));
	s = got(more(1, 10, T(80), T(90), "a"));
	assert_false(s.checkpoint);
	s = got(more(2, 10, T(70), T(79), "b"));
	assert_false(s.checkpoint);
	/* Last alone shows it too. */
	page_start(&p, TSTAMP_NONE, 10, T(0));
	got(more(1, 10, TSTAMP_NONE, T(90), "a"));
	got(more(2, 10, TSTAMP_NONE, T(80), "b"));
	assert_int_equal(page_again(&p, PAGE_AGAIN_UNCURSOR).act, PAGE_FAIL);
	/* Equal times show no order. */
	page_start(&p, TSTAMP_NONE, 10, T(0));
	got(more(1, 10, T(90), T(90), "a"));
	s = got(more(2, 10, T(90), T(90), "b"));
	assert_false(s.checkpoint);
	/* And without a cursor it is said aloud. */
	page_start(&p, TSTAMP_NONE, 10, T(0));
	s = got(more(1, 10, T(90), T(80), NULL));
	assert_int_equal(s.act, PAGE_FAIL);
}

static void
test_p10_taken_back(void **state)
{
	struct page_step s;

	(void)state;
	page_start(&p, T(1), 10, T(0));
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
	page_start(&p, TSTAMP_NONE, 10, T(0));
	r.date = T(1010);
	s = page_reply(&p, &r);
	assert_int_equal(s.since, T(1010) - PAGE_OVERLAP);
	/* The Date at the start counts, not that of the last page. */
	page_start(&p, TSTAMP_NONE, 10, T(0));
	r.more = true;
	r.next = SLICE("a");
	page_reply(&p, &r);
	r.more = false;
	r.date = T(90000);
	r.last = T(89000);
	s = page_reply(&p, &r);
	assert_int_equal(s.since, T(1010) - PAGE_OVERLAP);
	/* A date from the future does not freeze the feed. */
	page_start(&p, TSTAMP_NONE, 10, T(0));
	r = reply(1, 5, T(1), T(2000000000));
	r.date = T(5000);
	s = page_reply(&p, &r);
	assert_int_equal(s.since, T(5000) - PAGE_OVERLAP);
	/* Nor does one that is out of all range. */
	page_start(&p, TSTAMP_NONE, 10, T(0));
	r.last = TSTAMP_NEVER;
	s = page_reply(&p, &r);
	assert_int_equal(s.since, T(1));
	r.last = T(2000000000);
	/* Without Date, our own clock only holds back. */
	page_start(&p, TSTAMP_NONE, 10, T(4000));
	r.date = TSTAMP_NONE;
	s = page_reply(&p, &r);
	assert_int_equal(s.since, T(4000) - PAGE_OVERLAP);
}

static void
test_smaller(void **state)
{
	struct page_step s;

	(void)state;
	page_start(&p, TSTAMP_NONE, 1000, T(0));
	s = page_again(&p, PAGE_AGAIN_SMALLER);
	assert_int_equal(s.limit, 500);
	s = page_again(&p, PAGE_AGAIN_SMALLER);
	assert_int_equal(s.limit, 250);
	assert_int_equal(page_learned_limit(&p), 250);
	/* What was refused is not asked for again by P4. */
	got(more(1, 250, T(1), M, NULL));
	s = got(more(2, 250, M, M, NULL));
	assert_int_equal(s.act, PAGE_MANIFEST);
	page_start(&p, TSTAMP_NONE, 1, T(0));
	assert_int_equal(page_again(&p, PAGE_AGAIN_SMALLER).act, PAGE_FAIL);
}

static void
test_added_after_ignored(void **state)
{
	struct page_step s;

	(void)state;
	page_start(&p, T(100), 10, T(0));
	s = got(more(1, 10, T(1), T(2), "a"));
	assert_non_null(s.note);
	s = got(more(2, 10, T(2), T(3), "b"));
	assert_null(s.note);
	page_start(&p, T(100), 10, T(0));
	assert_null(got(reply(1, 10, T(100), T(102))).note);
}

static void
test_long_next(void **state)
{
	static char text[LIMIT_CURSOR + 1];
	struct page_reply r = more(1, 10, T(1), T(2), NULL);
	struct page_step s;

	(void)state;
	memset(text, 'x', sizeof(text));
	page_start(&p, TSTAMP_NONE, 10, T(0));
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
	page_start(&p, TSTAMP_NONE, 10, T(0));
	do {
		n++;
		s = got(more(n, 10, T(n), T(n), "x"));
	} while (s.act == PAGE_ASK);
	assert_int_equal(n, LIMIT_PAGES);
	assert_int_equal(s.act, PAGE_FAIL);
	assert_int_equal(s.code, ERR_LIMIT);
}

/* --- the whole: nothing is ever lost -------------------------------------- */

/* One host: what its store holds, and what of that is committed. */
struct host {
	bool have[SIM_OBJECTS], committed[SIM_OBJECTS];
	int64_t given, durable; /* checkpoints */
	unsigned doubled;
};

enum end { END_DONE, END_FAILED, END_KILLED };

static void
commit(struct host *h)
{
	memcpy(h->committed, h->have, sizeof(h->have));
	h->durable = h->given;
}

static void
take(struct host *h, struct sim *s, const struct sim_page *page)
{
	for (unsigned i = 0; i < page->n; i++) {
		/* A batch may be committed inside of a page. */
		if (sim_chance(s, 4))
			commit(h);
		h->doubled += h->have[page->ids[i]];
		h->have[page->ids[i]] = true;
	}
}

static enum page_again
verdict(struct sim *s, const struct sim_page *page, bool cursor,
    unsigned attempt)
{
	struct retry_ask ask = {
		.cause = page->garbled ? RETRY_GARBLED : page->status == 0 ?
		    RETRY_CUT : RETRY_STATUS,
		.status = page->status,
		.date = TSTAMP_NONE,
		.cursor = cursor,
		.reached = true,
		.attempt = attempt,
		.budget = TSTAMP_SECOND * 1000,
		.seed = s->rng,
	};

	switch (retry_decide(&ask).how) {
	case RETRY_SAME:
		return PAGE_AGAIN_SAME;
	case RETRY_RESTART:
		return PAGE_AGAIN_RESTART;
	case RETRY_UNCURSOR:
		return PAGE_AGAIN_UNCURSOR;
	default:
		return (enum page_again)-1;
	}
}

static enum end
run_poll(struct sim *s, struct host *h, unsigned kill_rate)
{
	struct page_step step = page_start(&p, h->durable, 10, s->now);
	unsigned attempt = 0;

	memcpy(h->have, h->committed, sizeof(h->have));
	h->given = h->durable;
	h->doubled = 0;
	for (;;) {
		static struct sim_page page;

		if (step.checkpoint)
			h->given = step.since;
		if (sim_chance(s, 50))
			commit(h);
		if (sim_chance(s, kill_rate))
			return END_KILLED;
		if (step.act == PAGE_FAIL)
			return END_FAILED;
		if (step.act == PAGE_DONE) {
			commit(h);
			return END_DONE;
		}
		if (kill_rate > 0 && sim_chance(s, 30))
			sim_add(s, 3); /* the feed goes on meanwhile */
		if (step.act == PAGE_MANIFEST) {
			step = page_manifest(&p, sim_manifest(s, &step, p.held));
			continue;
		}
		sim_get(s, &step, &page);
		if (page.status == 200 && !page.garbled) {
			take(h, s, &page);
			attempt = 0;
			step = page_reply(&p, &page.r);
		} else {
			enum page_again how = verdict(s, &page,
			    step.next.p != NULL, attempt++);

			if (page.garbled && page.n > 0) {
				page.n /= 2; /* the part that could be read */
				take(h, s, &page);
			}
			if (how == (enum page_again)-1)
				return END_FAILED;
			step = page_again(&p, how);
		}
	}
}

static void
describe(const struct sim *s, uint64_t seed, unsigned missing)
{
	print_error("seed %llu: %u of %u missing; cursor %d dates %d grain %lld"
	    " newest %d inclusive %d ignores %d manifest %d cap %u gaps %d\n",
	    (unsigned long long)seed, missing, s->n, s->cursor, s->dates,
	    (long long)s->grain, s->newest_first, s->inclusive,
	    s->ignores_added_after, s->manifest, s->cap, s->gaps);
}

static unsigned
missing(const struct sim *s, const struct host *h)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++)
		n += !h->committed[i];
	return n;
}

static void
run_seed(uint64_t seed)
{
	static struct sim s;
	struct host h = {.durable = TSTAMP_NONE};
	unsigned objects;

	sim_init(&s, seed);
	for (unsigned poll = 0; poll < 6; poll++) {
		(void)run_poll(&s, &h, 20);
		s.now += TSTAMP_SECOND * (int64_t)(sim_random(&s) % 600);
		sim_add(&s, (unsigned)(sim_random(&s) % 20));
	}
	/* The feed rests, the weather is fine: now everything must be there. */
	s.now += 3600 * TSTAMP_SECOND;
	s.fault_rate = 0;
	objects = s.n;
	s.requests = 0;
	if (run_poll(&s, &h, 0) != END_DONE || missing(&s, &h) != 0) {
		describe(&s, seed, missing(&s, &h));
		print_error("%s\n", p.uncursor ? "by date" : "by cursor");
		fail();
	}
	assert_in_range(s.requests, 1, 3 * objects + 40);
	/* Nothing new: one request, and nothing comes twice. */
	s.now += 3600 * TSTAMP_SECOND;
	s.requests = 0;
	if (run_poll(&s, &h, 0) != END_DONE)
		fail();
	if (s.dates == SIM_NO_DATES || s.ignores_added_after || s.future ||
	    s.inclusive || s.grain > 1000)
		return;
	if (s.dates == SIM_LAST_ONLY && s.newest_first)
		return; /* the time of the newest is never said */
	if (s.requests != 1 || h.doubled != 0) {
		describe(&s, seed, h.doubled);
		fail();
	}
}

static void
test_property(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4000; seed++)
		run_seed(seed);
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
		cmocka_unit_test(test_p9_dead_cursor),
		cmocka_unit_test(test_p10_newest_first),
		cmocka_unit_test(test_p10_taken_back),
		cmocka_unit_test(test_p11_overlap),
		cmocka_unit_test(test_smaller),
		cmocka_unit_test(test_added_after_ignored),
		cmocka_unit_test(test_long_next),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_property),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
