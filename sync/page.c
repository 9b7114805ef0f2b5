/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/page.h"

#include <stddef.h>
#include <string.h>

#include "sync/page_time.h"

/* --- times ---------------------------------------------------------------- */

static int64_t
bounded(const struct page *p, int64_t t)
{
	return page_bounded(t, p->bound, p->now);
}

/* --- steps ---------------------------------------------------------------- */

static struct page_step
step_ask(const struct page *p)
{
	struct page_step s = {.act = PAGE_ASK, .added_after = p->ask,
	    .limit = p->limit, .since = p->safe, .type = p->type};

	if (p->nnext > 0)
		s.next = (struct slice){p->next, p->nnext};
	return s;
}

static struct page_step
step_fail(int code, const char *text)
{
	return (struct page_step){.act = PAGE_FAIL, .code = code, .text = text};
}

/* Nothing has been seen of this run of pages. */
static void
start_run(struct page *p, int64_t ask)
{
	p->ask = ask;
	p->limit = p->base_limit;
	p->before = TSTAMP_NONE;
	p->filled = p->empty = p->stuck = 0;
	p->nnext = 0;
	p->nrecent = 0;
	p->walked = 0;
	p->stride = 1;
	p->hits = 0;
}

static void
start_chain(struct page *p)
{
	p->since = p->safe;
	p->high = TSTAMP_NONE;
	p->rising = true;
	p->type = 0;
	start_run(p, p->unfiltered ? TSTAMP_NONE : p->safe);
}

static void
meet(struct page *p, enum deviation d)
{
	p->met |= DEVIATION_BIT(d);
}

static struct page_step finish(struct page *p);

/* Every step that leaves takes along what was met on the way to it. */
static struct page_step
leave(struct page *p, struct page_step s)
{
	/* The cursor led to the end; by date that cannot be made certain. */
	if (s.act == PAGE_FAIL && s.text != NULL && p->ended) {
		meet(p, DEVIATION_PAST_END);
		s = finish(p);
	}
	s.deviations = p->met;
	p->met = 0;
	return s;
}

bool
page_whole(const struct page *p)
{
	return p->type == 0 || p->sure;
}

uint32_t
page_learned_limit(const struct page *p)
{
	return p->base_limit;
}

struct page_step
page_start(struct page *p, const struct page_opts *o)
{
	p->bound = TSTAMP_NEVER;
	p->now = o->now;
	p->pages = p->restarts = 0;
	p->uncursor = o->uncursor;
	p->fell = p->told = p->ended = p->garbled = false;
	p->base_limit = o->limit != 0 ? o->limit : PAGE_LIMIT;
	p->cap = PAGE_LIMIT_MAX;
	p->safe = cut_micro(usable(o->since));
	p->types = o->types;
	p->sure = o->sure;
	p->unfiltered = o->unfiltered;
	p->met = p->unfiltered ? DEVIATION_BIT(DEVIATION_ADDED_AFTER_FATAL) :
	    0;
	start_chain(p);
	return leave(p, step_ask(p));
}

/* --- headway -------------------------------------------------------------- */

/* Has this page been seen in this chain?  Exactly for the last PAGE_RECENT
 * pages; longer circles are found by Brent's method: a mark that moves on at
 * powers of two is met again once per round. */
static bool
was_seen(struct page *p, uint64_t content)
{
	unsigned have = p->nrecent < PAGE_RECENT ? p->nrecent : PAGE_RECENT;

	for (unsigned i = 0; i < have; i++)
		if (p->recent[i] == content)
			return true;
	p->recent[p->nrecent++ % PAGE_RECENT] = content;
	if (p->nrecent == 2 * PAGE_RECENT)
		p->nrecent = PAGE_RECENT;
	if (p->walked > 0 && content == p->mark && ++p->hits >= 2)
		p->stuck = LIMIT_STUCK_PAGES;
	if (++p->walked == p->stride) {
		p->mark = content;
		p->stride *= 2;
		p->hits = 0;
	}
	return p->stuck >= LIMIT_STUCK_PAGES;
}

/* Do the pages rise in time?  Only a page with both times can show it.  By
 * date, each page begins a step before the last one's end, and that is fine. */
static void
judge_order(struct page *p, const struct page_reply *r)
{
	int64_t before = p->nnext > 0 ? p->before : TSTAMP_NONE;

	if (r->first == TSTAMP_NONE || r->last == TSTAMP_NONE)
		p->rising = false;
	if ((r->first != TSTAMP_NONE && r->first < before) ||
	    (r->last != TSTAMP_NONE && (r->last < before ||
	    r->last < r->first))) {
		p->rising = false;
		p->fell = true;
		meet(p, DEVIATION_NEWEST_FIRST);
	}
	if (p->filled++ == 0)
		p->origin = r->first;
	if (r->last != TSTAMP_NONE)
		p->before = r->last;
}

/* The checkpoint of a page in mid-chain, if it is one: the pages rise, as two or
 * more of them have shown.  Equal times show nothing. */
static void
mid_checkpoint(struct page *p, const struct page_reply *r, struct page_step *s)
{
	int64_t t;

	if (p->fell && p->safe != p->since) {
		/* What was said before is not true after all. */
		p->safe = p->since;
		s->checkpoint = true;
	}
	if (p->rising && p->filled >= 2 && r->objects > 0 &&
	    r->last > p->origin) {
		t = bounded(p, step_back(r->last));
		if (t > p->safe) {
			p->safe = t;
			p->restarts = 0;
			p->garbled = false;
			s->checkpoint = true;
		}
	}
	s->since = p->safe;
}

/* --- going on ------------------------------------------------------------- */

/* Where the exact time decides, the manifest knows it. */
static struct page_step
ask_manifest(struct page *p, uint64_t objects)
{
	struct page_step s = step_ask(p);

	p->held = objects;
	s.act = PAGE_MANIFEST;
	return s;
}

/* More objects at one moment than a page takes: each type for itself, from
 * here to its end.  Pages of different types do not rise together. */
static struct page_step
ask_type(struct page *p)
{
	p->rising = false;
	p->type++;
	start_run(p, p->split);
	return step_ask(p);
}

static bool
can_split(const struct page *p)
{
	return p->types > 1 && p->type == 0 && p->ask != TSTAMP_NONE;
}

static struct page_step
split(struct page *p)
{
	meet(p, DEVIATION_MOMENT_CROWDED);
	p->split = p->ask;
	return ask_type(p);
}

/* Go on behind time t (P3, P4). */
static struct page_step
advance(struct page *p, int64_t t, uint64_t objects, bool exact)
{
	int64_t a = step_back(t);

	p->nnext = 0;
	if (a <= p->ask) /* a whole millisecond back was too far */
		a = tstamp_add(cut_micro(t), -MICRO);
	if (a > p->ask) {
		p->ask = a;
		p->limit = p->base_limit;
		return step_ask(p);
	}
	if (objects >= p->limit && p->limit <= p->cap / 2) {
		p->limit *= 2;
		meet(p, DEVIATION_MOMENT_CROWDED);
		return step_ask(p);
	}
	if (!exact)
		return ask_manifest(p, objects);
	if (can_split(p))
		return split(p);
	return step_fail(ERR_PROTO, "the server does not get on: either it"
	    " ignores added_after, or more objects were added at one moment"
	    " than it puts on a page, and it gives no cursor to read the"
	    " rest");
}

static struct page_step
by_header(struct page *p, const struct page_reply *r)
{
	if (p->unfiltered)
		return step_fail(ERR_PROTO, "the server breaks off where"
		    " added_after is sent, and gives no cursor: what does not"
		    " fit on its first page cannot be reached");
	if (p->fell)
		return step_fail(ERR_PROTO, "the server lists the newest objects"
		    " first and gives no usable cursor: the older ones cannot be"
		    " reached");
	if (r->last != TSTAMP_NONE && r->objects > 0)
		return advance(p, r->last, r->objects, false);
	if (r->objects == 0) {
		/* Nothing was said that could be followed: ask again. */
		if (r->last != TSTAMP_NONE &&
		    step_back(r->last) > p->ask)
			p->ask = step_back(r->last);
		p->nnext = 0;
		return step_ask(p);
	}
	p->nnext = 0;
	return ask_manifest(p, r->objects);
}

static struct page_step
by_cursor(struct page *p, const struct page_reply *r)
{
	if (r->next.n > LIMIT_CURSOR)
		return step_fail(ERR_LIMIT, "the server's `next` is longer than"
		    " the 4096 bytes allowed");
	memcpy(p->next, r->next.p, r->next.n);
	p->next[r->next.n] = '\0';
	p->nnext = r->next.n;
	return step_ask(p);
}

static struct page_step
finish(struct page *p)
{
	struct page_step s = {.act = PAGE_DONE, .checkpoint = true};
	int64_t t = later(p->since, p->high);

	if (p->type > 0 && p->type < p->types)
		return ask_type(p);
	if (p->type > 0 && !p->sure)
		meet(p, DEVIATION_TYPES_GUESSED);
	p->safe = t == TSTAMP_NONE ? t : bounded(p, t);
	s.since = p->safe;
	return s;
}

static struct page_step
not_getting_on(struct page *p)
{
	if (p->nnext == 0 && !p->fell && can_split(p))
		return split(p);
	if (p->nnext == 0 || p->fell)
		return step_fail(ERR_PROTO, "the server repeats pages that were"
		    " there before and still says there is more");
	meet(p, DEVIATION_CURSOR_CIRCLE);
	p->uncursor = true;
	start_chain(p);
	return step_ask(p);
}

/* What a page shows at once.  Objects from long before the time that was asked
 * for: the filter is ignored, or is of other times than the headers. */
static void
judge_page(struct page *p, const struct page_reply *r)
{
	struct slice asked = {p->next, p->nnext};

	if (!p->told && p->ask != TSTAMP_NONE && r->first != TSTAMP_NONE &&
	    r->first <= p->ask - TSTAMP_SECOND) {
		p->told = true;
		meet(p, DEVIATION_ADDED_AFTER_IGNORED);
	}
	if (r->objects > 0 && r->last == TSTAMP_NONE)
		meet(p, DEVIATION_DATE_MISSING);
	if (r->date != TSTAMP_NONE && later(r->first, r->last) >
	    tstamp_add(r->date, PAGE_OVERLAP))
		meet(p, DEVIATION_DATE_FUTURE);
	if (r->objects > p->limit)
		meet(p, DEVIATION_PAGE_TOO_LONG);
	if (!r->more && r->next.n > 0)
		meet(p, DEVIATION_CURSOR_AT_END);
	if (r->more && r->objects == 0)
		meet(p, DEVIATION_MORE_EMPTY);
	if (r->more && r->next.n == 0)
		meet(p, DEVIATION_MORE_WITHOUT_NEXT);
	else if (r->more && slice_eq(r->next, asked))
		meet(p, DEVIATION_CURSOR_CONSTANT);
}

/* Does the page bring anything that was not there before?  False: it has gone
 * on like this for too long. */
static bool
gets_on(struct page *p, const struct page_reply *r)
{
	if (r->objects == 0)
		return true;
	if (was_seen(p, r->content)) {
		meet(p, DEVIATION_PAGE_REPEATED);
		p->stuck++;
	} else {
		p->stuck = 0;
	}
	return p->stuck < LIMIT_STUCK_PAGES;
}

static struct page_step
take_page(struct page *p, const struct page_reply *reply)
{
	struct page_reply clean = *reply, *r = &clean;
	struct page_step s;

	p->met |= r->deviations;
	r->first = usable(r->first);
	r->last = usable(r->last);
	r->date = usable(r->date);
	if (r->date != TSTAMP_NONE) {
		int64_t bound = tstamp_add(r->date, -PAGE_OVERLAP);

		if (bound < p->bound)
			p->bound = bound;
	}
	p->high = later(p->high, later(r->first, r->last));
	judge_page(p, r);
	if (r->objects > 0)
		judge_order(p, r);
	if (!r->more)
		return finish(p);
	if (++p->pages >= LIMIT_PAGES)
		return step_fail(ERR_LIMIT, "the server says there is more"
		    " after 1000000 pages");
	p->empty = r->objects == 0 ? p->empty + 1 : 0;
	if (p->empty > LIMIT_EMPTY_PAGES)
		return step_fail(ERR_PROTO, "the server says there is more, and"
		    " sends one empty page after the other");
	if (!gets_on(p, r))
		return not_getting_on(p);
	s = r->next.n > 0 && !p->uncursor ? by_cursor(p, r) : by_header(p, r);
	if (s.act == PAGE_ASK && p->type == 0)
		mid_checkpoint(p, r, &s);
	return s;
}

struct page_step
page_reply(struct page *p, const struct page_reply *r)
{
	struct page_step s = take_page(p, r);

	return leave(p, s);
}

struct page_step
page_manifest(struct page *p, int64_t last)
{
	struct page_step s;

	if (usable(last) == TSTAMP_NONE && can_split(p) &&
	    p->before != TSTAMP_NONE)
		return leave(p, split(p));
	if (usable(last) == TSTAMP_NONE)
		return leave(p, step_fail(ERR_PROTO, "the server says there is"
		    " more, but gives neither a cursor nor"
		    " X-TAXII-Date-Added-Last nor a usable manifest: the rest"
		    " cannot be reached"));
	p->high = later(p->high, last);
	s = advance(p, last, p->held, true);
	return leave(p, s);
}

struct page_step
page_again(struct page *p, enum page_again how)
{
	struct page_step none = step_fail(ERR_NONE, NULL);

	switch (how) {
	case PAGE_AGAIN_SAME:
		return step_ask(p);
	case PAGE_AGAIN_UNCURSOR:
		meet(p, DEVIATION_CURSOR_DEAD);
		/* By date, a server that lists the newest first would seem to
		 * be at its end after one page. */
		if (p->fell || p->unfiltered)
			return page_again(p, PAGE_AGAIN_RESTART);
		if (p->uncursor)
			return none;
		p->uncursor = true;
		break;
	case PAGE_AGAIN_UNFILTER:
		if (p->ask == TSTAMP_NONE || p->nnext > 0)
			return none;
		p->unfiltered = true;
		meet(p, DEVIATION_ADDED_AFTER_FATAL);
		break;
	case PAGE_AGAIN_END:
		if (p->nnext == 0)
			return none;
		/* By date it can be made certain. */
		if (!p->fell && !p->uncursor && !p->unfiltered &&
		    p->high != TSTAMP_NONE) {
			p->ended = true;
			return page_again(p, PAGE_AGAIN_UNCURSOR);
		}
		meet(p, DEVIATION_PAST_END);
		return leave(p, finish(p));
	case PAGE_AGAIN_SMALLER:
		if (p->limit <= 1)
			return none;
		p->cap = p->limit - 1; /* or P4 would ask for it again */
		if (p->base_limit > p->limit / 2)
			p->base_limit = p->limit / 2;
		break;
	case PAGE_AGAIN_GARBLED:
		if (p->garbled)
			return none;
		p->garbled = true;
		break;
	case PAGE_AGAIN_RESTART:
	default:
		if (p->restarts < PAGE_RESTARTS) {
			p->restarts++;
			break;
		}
		/* It gives a cursor and fails with it, time after time. */
		if (p->nnext == 0 || p->uncursor || p->fell || p->unfiltered ||
		    p->high == TSTAMP_NONE)
			return none;
		meet(p, DEVIATION_CURSOR_DEAD);
		p->uncursor = true;
		break;
	}
	start_chain(p);
	return leave(p, step_ask(p));
}
