/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sync_page_sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

uint64_t
sim_random(struct sim *s)
{
	/* splitmix64 */
	uint64_t z = s->rng += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

bool
sim_chance(struct sim *s, unsigned of_256)
{
	return (sim_random(s) >> 20) % 256 < of_256;
}

static unsigned
below(struct sim *s, unsigned n)
{
	return (unsigned)((sim_random(s) >> 20) % n);
}

/* Steps between objects: often none, sometimes less than a millisecond. */
static int64_t
some_step(struct sim *s)
{
	switch (below(s, 5)) {
	case 0:
	case 1:
		return 0;
	case 2:
		return 1000 * (1 + (int64_t)below(s, 900));
	case 3:
		return 1000000 * (1 + (int64_t)below(s, 5000));
	default:
		return TSTAMP_SECOND * (1 + (int64_t)below(s, 400));
	}
}

/* How many objects would a client ask for again that steps back from t? */
static unsigned
run_length(const struct sim *s, int64_t t, unsigned type)
{
	unsigned run = 0;

	for (unsigned i = 0; i < s->n; i++)
		if (s->objects[i].added >= t - t % s->grain - 1000 &&
		    (!s->crowded || s->objects[i].type == type))
			run++;
	return run;
}

/* May it have to be read by date? */
static bool
is_by_date(const struct sim *s)
{
	return s->cursor == SIM_NO_CURSOR || s->cursor == SIM_BROKEN;
}

void
sim_add(struct sim *s, unsigned count)
{
	for (unsigned i = 0; i < count && s->n < SIM_OBJECTS; i++) {
		struct sim_object *o = &s->objects[s->n];

		s->now += some_step(s);
		/* By date, a page must be able to hold a moment; of one type,
		 * where it can be asked for so. */
		o->type = 1 + below(s, s->types);
		if (is_by_date(s) && run_length(s, s->now, o->type) + 2 >=
		    s->cap)
			s->now += s->grain > 1000000 ? s->grain : 1000000;
		o->added = s->now;
		o->visible = o->added;
		if (sim_chance(s, 40)) /* committed late */
			o->visible += TSTAMP_SECOND * below(s, 240);
		if (s->future && sim_chance(s, 8))
			o->added += TSTAMP_SECOND * 86400 * 365 * 50;
		s->n++;
	}
}

void
sim_init(struct sim *s, uint64_t seed)
{
	static const int64_t grains[] = {1000, 1000, 1000000, TSTAMP_SECOND};

	memset(s, 0, sizeof(*s));
	s->rng = seed;
	s->now = SIM_T0;
	s->cursor = below(s, SIM_CURSORS);
	s->dates = below(s, SIM_DATES);
	s->grain = grains[below(s, 4)];
	s->cap = sim_chance(s, 128) ? 4 + below(s, 12) : 100;
	s->types = 1 + below(s, 4);
	s->over = sim_chance(s, 40) ? 1 + below(s, 3) : 0;
	s->crowded = is_by_date(s) && s->types > 1 && sim_chance(s, 60);
	s->past = sim_chance(s, 128) ? 416 : 404;
	s->inclusive = sim_chance(s, 60);
	s->always_next = sim_chance(s, 80);
	s->manifest = sim_chance(s, 128);
	s->gaps = s->cursor != SIM_NO_CURSOR && sim_chance(s, 40);
	if (is_by_date(s)) {
		if (s->dates == SIM_NO_DATES)
			s->manifest = true;
	} else {
		s->more_at_end = s->cursor == SIM_OFFSET && sim_chance(s, 60);
		s->newest_first = sim_chance(s, 60);
		s->ignores_added_after = sim_chance(s, 30);
		s->future = sim_chance(s, 40);
		/* Past the end of a listing that shows no dates, or by which it
		 * cannot be read on, only 416 is an end. */
		s->past = 416;
		if (s->ignores_added_after || s->future || s->cap < 100)
			s->more_at_end = s->more_at_end && s->newest_first;
		s->fatal_filter = !s->more_at_end && sim_chance(s, 30);
	}
	s->fault_rate = sim_chance(s, 128) ? 30 : 0;
	sim_add(s, below(s, 200));
}

/* --- listings ------------------------------------------------------------- */

static const struct sim *sorting;

static int
by_date(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
	int64_t p = sorting->objects[x].added, q = sorting->objects[y].added;
	int up = p != q ? (p < q ? -1 : 1) : (x < y ? -1 : x > y);

	return sorting->newest_first ? -up : up;
}

static unsigned
list(struct sim *s, const struct page_step *q, unsigned *ids)
{
	int64_t after = q->added_after;
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++) {
		const struct sim_object *o = &s->objects[i];

		if (o->visible > s->now)
			continue;
		if (after != TSTAMP_NONE && !s->ignores_added_after &&
		    (s->inclusive ? o->added < after : o->added <= after))
			continue;
		if (q->type != 0 && o->type != q->type)
			continue;
		ids[n++] = i;
	}
	sorting = s;
	qsort(ids, n, sizeof(*ids), by_date);
	return n;
}

static int64_t
header(const struct sim *s, int64_t t)
{
	return t - t % s->grain;
}

/* --- answers -------------------------------------------------------------- */

static unsigned
start_of(struct sim *s, const struct page_step *q, unsigned *ids, unsigned *n)
{
	unsigned at;

	if (s->cursor == SIM_SESSION_ONE) {
		if (q->next.p == NULL) {
			s->session_n = list(s, q, s->session);
			s->session_at = 0;
		}
		*n = s->session_n;
		memcpy(ids, s->session, s->session_n * sizeof(*ids));
		return s->session_at;
	}
	*n = list(s, q, ids);
	if (q->next.p == NULL)
		return 0;
	at = (unsigned)strtoul(q->next.p + 1, NULL, 10);
	if (s->cursor == SIM_OFFSET)
		return at <= *n ? at : *n + 1;
	for (unsigned i = 0; i < *n; i++)
		if (ids[i] == at)
			return i + 1;
	return *n;
}

static void
fill_reply(struct sim *s, struct sim_page *out, unsigned end, unsigned n)
{
	struct page_reply *r = &out->r;

	r->more = end < n || (s->more_at_end && end == n && out->n > 0 &&
	    out->n == s->cap);
	r->objects = out->n;
	r->content = digest64(out->ids, out->n * sizeof(*out->ids), 1);
	r->first = r->last = TSTAMP_NONE;
	r->date = s->now;
	if (out->n > 0 && s->dates != SIM_NO_DATES) {
		r->last = header(s, s->objects[out->ids[out->n - 1]].added);
		if (s->dates == SIM_BOTH)
			r->first = header(s, s->objects[out->ids[0]].added);
	}
	if (s->cursor == SIM_NO_CURSOR || (!r->more && !s->always_next))
		return;
	if (s->cursor == SIM_SESSION_ONE)
		snprintf(out->next, sizeof(out->next), "same");
	else if (s->cursor == SIM_OFFSET)
		snprintf(out->next, sizeof(out->next), "o%u", end);
	else if (s->cursor == SIM_BROKEN && out->n > 0 &&
	    out->ids[out->n - 1] % 5 == 0)
		snprintf(out->next, sizeof(out->next), "x");
	else
		snprintf(out->next, sizeof(out->next), "k%u",
		    out->n > 0 ? out->ids[out->n - 1] : 0);
	r->next = slice_str(out->next);
}

static bool
fault(struct sim *s, const struct page_step *q, struct sim_page *out)
{
	if (!sim_chance(s, s->fault_rate))
		return false;
	switch (below(s, 5)) {
	case 0:
		out->status = 0;
		return true;
	case 1:
		out->status = 500;
		return true;
	case 2:
		out->status = 429;
		return true;
	case 3:
		out->garbled = true;
		return true;
	default:
		out->status = q->next.p != NULL ? 404 : 503;
		/* By date, a server that lists the newest first, or without
		 * any date, cannot be read: its cursors do not die here. */
		if (out->status == 404 && (s->newest_first || s->fatal_filter ||
		    s->ignores_added_after || s->future || s->cap < 100 ||
		    (s->dates == SIM_NO_DATES && !s->manifest)))
			out->status = 503;
		return true;
	}
}

void
sim_get(struct sim *s, const struct page_step *q, struct sim_page *out)
{
	unsigned ids[SIM_OBJECTS], n, at, take = q->limit;
	bool bad;

	s->requests++;
	s->now += 1000000;
	memset(out, 0, sizeof(*out));
	out->status = 200;
	if (s->fatal_filter && q->added_after != TSTAMP_NONE) {
		out->status = 0;
		return;
	}
	bad = fault(s, q, out);
	if (bad && out->status == 429)
		return; /* before anything was done */
	take += s->over;
	if (take > s->cap)
		take = s->cap;
	if (q->next.p != NULL && q->next.p[0] == 'x') {
		out->status = 400;
		return;
	}
	at = start_of(s, q, ids, &n);
	if (q->next.p != NULL && s->cursor == SIM_OFFSET &&
	    (at > n || (at == n && s->more_at_end))) {
		out->status = (int)s->past;
		return;
	}
	if (s->gaps && at < n && q->next.p != NULL && s->cursor == SIM_OFFSET &&
	    sim_chance(s, 40))
		take = 0;
	if (take > n - at)
		take = n - at;
	memcpy(out->ids, ids + at, take * sizeof(*ids));
	out->n = take;
	if (s->cursor == SIM_SESSION_ONE)
		s->session_at = at + take;
	fill_reply(s, out, at + take, n);
}

int64_t
sim_manifest(struct sim *s, const struct page_step *q, uint64_t nth)
{
	unsigned ids[SIM_OBJECTS], n = list(s, q, ids);

	s->requests++;
	if (!s->manifest || n == 0 || nth == 0)
		return TSTAMP_NONE;
	return s->objects[ids[nth <= n ? nth - 1 : n - 1]].added;
}
