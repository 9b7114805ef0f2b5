/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page machine against servers of every kind (sync_page_sim.h), with kills
 * and restarts: nothing is lost, and the requests are bounded.  A failure names
 * the seed; SYNC_PAGE_SEED=n runs that one alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/retry.h"
#include "tests/unit/sync_page_sim.h"

#ifndef SEEDS
#define SEEDS 4000u
#endif

static struct page p;
static uint64_t met; /* deviations, over all seeds */

static struct page_step
start(const struct sim *s, int64_t since, bool unfiltered)
{
	struct page_opts o = {.since = since, .limit = 10, .now = s->now,
	    .types = s->types, .sure = true, .unfiltered = unfiltered};

	return page_start(&p, &o);
}

/* One host: what its store holds, and what of that is committed. */
struct host {
	bool have[SIM_OBJECTS], committed[SIM_OBJECTS];
	int64_t given, durable; /* checkpoints … */
	bool given_plain, plain; /* … and that the filter was left out */
	unsigned doubled;
};

enum end { END_DONE, END_FAILED, END_KILLED };

static void
commit(struct host *h)
{
	memcpy(h->committed, h->have, sizeof(h->have));
	h->durable = h->given;
	h->plain = h->given_plain;
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

/* As the source does where retry_decide() gives up. */
static enum page_again
last_hope(const struct sim_page *page, const struct page_step *step)
{
	if (page->status == 0)
		return PAGE_AGAIN_UNFILTER;
	if (page->status == 416 && step->next.p != NULL)
		return PAGE_AGAIN_END;
	return (enum page_again)-1;
}

static enum end
run_poll(struct sim *s, struct host *h, unsigned kill_rate)
{
	struct page_step step = start(s, h->durable, h->plain);
	unsigned attempt = 0;

	memcpy(h->have, h->committed, sizeof(h->have));
	h->given = h->durable;
	h->given_plain = h->plain;
	h->doubled = 0;
	for (;;) {
		static struct sim_page page;

		met |= step.deviations;
		if (step.checkpoint) {
			h->given = step.since;
			h->given_plain = p.unfiltered;
		}
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
				how = last_hope(&page, &step);
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
	    " newest %d inclusive %d ignores %d manifest %d cap %u gaps %d"
	    " fatal %d at end %d over %u types %u crowded %d future %d\n",
	    (unsigned long long)seed, missing, s->n, s->cursor, s->dates,
	    (long long)s->grain, s->newest_first, s->inclusive,
	    s->ignores_added_after, s->manifest, s->cap, s->gaps,
	    s->fatal_filter, s->more_at_end, s->over, s->types, s->crowded,
	    s->future);
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
	if (run_poll(&s, &h, 0) != END_DONE) {
		describe(&s, seed, 0);
		fail_msg("the poll after that");
	}
	if (s.dates == SIM_NO_DATES || s.ignores_added_after || s.future ||
	    s.inclusive || s.fatal_filter || s.grain > 1000)
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
	static const enum deviation kinds[] = {
		DEVIATION_CURSOR_CONSTANT, DEVIATION_CURSOR_DEAD,
		DEVIATION_CURSOR_AT_END, DEVIATION_MORE_WITHOUT_NEXT,
		DEVIATION_MORE_EMPTY, DEVIATION_PAST_END,
		DEVIATION_NEWEST_FIRST, DEVIATION_PAGE_REPEATED,
		DEVIATION_PAGE_TOO_LONG, DEVIATION_MOMENT_CROWDED,
		DEVIATION_DATE_MISSING, DEVIATION_DATE_FUTURE,
		DEVIATION_ADDED_AFTER_IGNORED, DEVIATION_ADDED_AFTER_FATAL,
	};

	(void)state;
	if (getenv("SYNC_PAGE_SEED") != NULL) {
		run_seed(strtoull(getenv("SYNC_PAGE_SEED"), NULL, 10));
		return;
	}
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run_seed(seed);
	/* Or the servers are all too well-behaved. */
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((met & DEVIATION_BIT(kinds[i])) == 0)
			fail_msg("%s was never met", deviation_at(kinds[i])->id);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_property),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
