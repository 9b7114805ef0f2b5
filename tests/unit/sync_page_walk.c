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

static struct page p;

static struct page_step
start(int64_t since, uint32_t limit, int64_t now)
{
	struct page_opts o = {.since = since, .limit = limit, .now = now};

	return page_start(&p, &o);
}

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
	struct page_step step = start(h->durable, 10, s->now);
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
	if (getenv("SYNC_PAGE_SEED") != NULL)
		run_seed(strtoull(getenv("SYNC_PAGE_SEED"), NULL, 10));
	else
		for (uint64_t seed = 1; seed <= 4000; seed++)
			run_seed(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_property),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
