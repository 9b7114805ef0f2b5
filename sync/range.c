/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/range.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- Content-Range -------------------------------------------------------- */

static void
skip_blanks(struct slice *s)
{
	while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t')) {
		s->p++;
		s->n--;
	}
}

/* A number below 10^18, or nothing. */
static bool
take_number(struct slice *s, uint64_t *out)
{
	uint64_t v = 0;
	size_t n = 0;

	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9') {
		if (n >= 18)
			return false;
		v = v * 10 + (uint64_t)(s->p[n++] - '0');
	}
	if (n == 0)
		return false;
	s->p += n;
	s->n -= n;
	*out = v;
	return true;
}

static bool
take_char(struct slice *s, char c)
{
	skip_blanks(s);
	if (s->n == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	skip_blanks(s);
	return true;
}

void
range_parse(struct slice text, struct range_reply *reply)
{
	uint64_t from, to, total;

	reply->from = reply->to = reply->total = RANGE_UNKNOWN;
	skip_blanks(&text);
	while (text.n > 0 && ((text.p[0] | 32) >= 'a' &&
	    (text.p[0] | 32) <= 'z')) {
		text.p++;
		text.n--;
	}
	(void)!take_char(&text, '=');
	if (!take_char(&text, '*')) {
		if (!take_number(&text, &from) || !take_char(&text, '-') ||
		    !take_number(&text, &to))
			return;
		if (from <= to) {
			reply->from = from;
			reply->to = to;
		}
	}
	if (take_char(&text, '/') && take_number(&text, &total))
		reply->total = total;
}

const char *
range_text(const struct range_step *s, char room[RANGE_TEXT])
{
	if (s->form == RANGE_NONE)
		return NULL;
	snprintf(room, RANGE_TEXT, "items%c%" PRIu64 "-%" PRIu64,
	    s->form == RANGE_SPACE ? ' ' : '=', s->first, s->last);
	return room;
}

/* --- steps ---------------------------------------------------------------- */

static struct range_step
step_ask(const struct range *r)
{
	return (struct range_step){.act = RANGE_ASK, .form = r->form,
	    .first = r->at, .last = r->at + r->limit - 1,
	    .added_after = r->since, .since = r->safe};
}

static struct range_step
step_fail(int code, const char *text)
{
	return (struct range_step){.act = RANGE_FAIL, .code = code,
	    .text = text};
}

static void
met(struct range *r, enum deviation d)
{
	r->met |= DEVIATION_BIT(d);
}

/* What was met goes out with the next step. */
static struct range_step
told(struct range *r, struct range_step s)
{
	s.deviations = r->met;
	r->met = 0;
	return s;
}

static struct range_step
finish(struct range *r)
{
	struct range_step s = {.act = RANGE_DONE, .checkpoint = true};
	int64_t t = later(r->since, r->high);

	r->safe = t == TSTAMP_NONE ? t : page_bounded(t, r->bound, r->now);
	s.since = r->safe;
	return s;
}

struct range_step
range_start(struct range *r, enum range_form form, int64_t since,
    uint32_t limit, int64_t now)
{
	memset(r, 0, sizeof(*r));
	r->bound = TSTAMP_NEVER;
	r->now = now;
	r->since = r->safe = cut_micro(usable(since));
	r->high = r->before = r->origin = TSTAMP_NONE;
	r->limit = limit != 0 ? limit : RANGE_LIMIT;
	r->form = form != RANGE_ANY ? form : RANGE_EQUALS;
	r->other = r->form == RANGE_EQUALS ? RANGE_SPACE : RANGE_EQUALS;
	r->sure = form != RANGE_ANY;
	r->total = RANGE_UNKNOWN;
	r->rising = true;
	return step_ask(r);
}

bool
range_whole(const struct range *r)
{
	return !r->lacking;
}

enum range_form
range_learned(const struct range *r, uint32_t *limit)
{
	*limit = (uint32_t)r->proven;
	return r->sure ? r->form : RANGE_ANY;
}

/* --- what a page shows ---------------------------------------------------- */

/* Has this page been seen in this poll? */
static bool
was_seen(struct range *r, uint64_t content)
{
	unsigned have = r->nrecent < RANGE_RECENT ? r->nrecent : RANGE_RECENT;

	for (unsigned i = 0; i < have; i++)
		if (r->recent[i] == content)
			return true;
	r->recent[r->nrecent++ % RANGE_RECENT] = content;
	if (r->nrecent == 2 * RANGE_RECENT)
		r->nrecent = RANGE_RECENT;
	return false;
}

static void
see_times(struct range *r, const struct range_reply *p)
{
	int64_t bound = tstamp_add(p->date, -PAGE_OVERLAP);

	if (p->date != TSTAMP_NONE && bound < r->bound)
		r->bound = bound;
	if (p->objects == 0)
		return;
	r->high = later(r->high, later(p->first, p->last));
	if (p->first == TSTAMP_NONE || p->last == TSTAMP_NONE) {
		met(r, DEVIATION_DATE_MISSING);
		r->rising = false;
	}
	if ((p->first != TSTAMP_NONE && p->first < r->before) ||
	    (p->last != TSTAMP_NONE && p->last < p->first)) {
		r->fell = r->fell || !r->back;
		r->rising = false;
		if (!r->back)
			met(r, DEVIATION_NEWEST_FIRST);
	}
	if (r->filled++ == 0)
		r->origin = p->first;
	r->before = p->last;
}

/* As in page.c: two pages or more have shown that they rise in time. */
static void
mid_checkpoint(struct range *r, const struct range_reply *p,
    struct range_step *s)
{
	int64_t t;

	if (r->fell && r->safe != r->since) {
		r->safe = r->since;
		s->checkpoint = true;
	}
	if (r->rising && r->filled >= 2 && p->last > r->origin) {
		t = page_bounded(step_back(p->last), r->bound, r->now);
		if (t > r->safe) {
			r->safe = t;
			s->checkpoint = true;
		}
	}
	s->since = r->safe;
}

/* --- going on ------------------------------------------------------------- */

/* The first item that was not sent.  By count, unless more objects came than the
 * server says it sent: then some of them are none of the items. */
static uint64_t
next_item(struct range *r, const struct range_reply *p)
{
	uint64_t by_count = r->at + p->objects;

	if (p->to == RANGE_UNKNOWN && p->status == 206)
		met(r, DEVIATION_RANGE_UNTOLD);
	else if (p->to != RANGE_UNKNOWN && (p->from != r->at ||
	    p->to + 1 != by_count || p->total < by_count))
		met(r, DEVIATION_RANGE_WRONG);
	if (p->from != r->at || p->to == RANGE_UNKNOWN)
		return by_count;
	if (p->to >= by_count)
		r->liar = true;
	return !r->liar && p->to + 1 < by_count ? p->to + 1 : by_count;
}

/* Deleted items let the others move up: the range that was just read began too
 * late by as many. */
static uint64_t
step_after_deletion(struct range *r, uint64_t next, uint64_t total)
{
	uint64_t gone;

	r->back = false;
	if (total == RANGE_UNKNOWN || r->total == RANGE_UNKNOWN ||
	    total >= r->total || r->shrinks >= RANGE_SHRINKS)
		return next;
	gone = r->total - total;
	r->shrinks++;
	r->back = true;
	met(r, DEVIATION_RANGE_SHRUNK);
	r->reread = next;
	return gone < r->at ? r->at - gone : 0;
}

/* Is the listing over, by what this page says about itself? */
static bool
is_last(const struct range *r, const struct range_reply *p, uint64_t next)
{
	bool full = p->objects == r->limit;

	/* A total below what was sent is that of the page, as is one of just
	 * the first page; only a page that is not full ends it then. */
	if (p->total != RANGE_UNKNOWN && p->total >= r->at + p->objects &&
	    !(r->at == 0 && full && p->total == p->objects))
		return next >= p->total;
	if (p->total != RANGE_UNKNOWN)
		return !full;
	/* Without a Content-Range, 200 is the whole listing; as many objects as
	 * were asked for may be a page all the same. */
	return p->status == 200 && p->to == RANGE_UNKNOWN && !full;
}

static struct range_step
go_on(struct range *r, const struct range_reply *p)
{
	uint64_t next = next_item(r, p);
	uint64_t at = step_after_deletion(r, next, p->total);
	struct range_step s;

	if (at == next && is_last(r, p, next))
		return finish(r);
	if (++r->pages >= LIMIT_PAGES)
		return step_fail(ERR_LIMIT, "the server has more items after"
		    " 1000000 pages");
	r->at = at;
	r->total = p->total;
	s = step_ask(r);
	if (r->back) /* what moved up has not been read yet */
		r->rising = false;
	mid_checkpoint(r, p, &s);
	return s;
}

/* Nothing is there although the total said so: items may have been deleted, and
 * those behind have moved up unread.  Once, all is read again. */
static bool
read_again(struct range *r)
{
	if (r->restarted || r->at == 0 || r->total == RANGE_UNKNOWN ||
	    r->at >= r->total)
		return false;
	r->restarted = true;
	met(r, DEVIATION_RANGE_SHRUNK);
	r->reread = r->at;
	r->at = 0;
	r->total = RANGE_UNKNOWN;
	r->rising = false;
	return true;
}

/* Some servers leave out the last item that was asked for, and so send none of
 * a range of one. */
static bool
widen(struct range *r)
{
	if (r->widenings >= RANGE_WIDENINGS || r->limit >= RANGE_SMALL)
		return false;
	r->widenings++;
	r->limit *= 2;
	return true;
}

/* Nothing new came.  Is that the end? */
static struct range_step
nothing_new(struct range *r, const struct range_reply *p)
{
	bool more = p->total != RANGE_UNKNOWN && r->at < p->total;

	if (p->objects == 0 && ((more && widen(r)) || read_again(r)))
		return step_ask(r);
	if (p->objects > 0)
		met(r, DEVIATION_PAGE_REPEATED);
	if (!more)
		return finish(r);
	if (p->objects == 0) { /* what did not come may yet come */
		met(r, DEVIATION_RANGE_EMPTY);
		r->lacking = true;
		return (struct range_step){.act = RANGE_DONE,
		    .checkpoint = true, .since = r->safe};
	}
	return step_fail(ERR_PROTO, "the server sends the same items for"
	    " another range, and says there are more");
}

static struct range_step
take_reply(struct range *r, const struct range_reply *reply)
{
	struct range_reply clean = *reply, *p = &clean;
	bool seen;

	p->first = usable(p->first);
	p->last = usable(p->last);
	p->date = usable(p->date);
	see_times(r, p);
	if (r->form == RANGE_NONE) {
		if (p->total != RANGE_UNKNOWN ? p->total <= p->objects :
		    p->status == 200)
			return finish(r);
		return step_fail(ERR_PROTO, "the server sends a part of its"
		    " items, and understands no Range that asks for the"
		    " others");
	}
	if (p->status == 206 || p->to != RANGE_UNKNOWN) {
		r->sure = true;
		r->proven = r->limit;
	}
	if (p->objects == 0)
		return nothing_new(r, p);
	seen = was_seen(r, p->content);
	if (seen && r->at >= r->reread)
		return nothing_new(r, p);
	return go_on(r, p);
}

struct range_step
range_reply(struct range *r, const struct range_reply *reply)
{
	return told(r, take_reply(r, reply));
}

/* --- refusals ------------------------------------------------------------- */

/* The ways to ask, in this order: one form, the other, both with a short range,
 * none. */
static bool
ask_otherwise(struct range *r)
{
	enum range_form was = r->form;

	r->tries++;
	met(r, DEVIATION_RANGE_REFUSED);
	if (r->tries == 2 && r->limit <= RANGE_SMALL)
		r->tries = 4;
	switch (r->tries) {
	case 2:
		r->limit = RANGE_SMALL; /* and the first form again */
		/* fall through */
	case 1:
	case 3:
		r->form = r->other;
		r->other = was;
		return true;
	case 4:
		r->form = RANGE_NONE;
		return true;
	default:
		return false;
	}
}

static struct range_step
take_refusal(struct range *r, int status, uint64_t total)
{
	bool more = total != RANGE_UNKNOWN && r->at < total;

	if (status == 416 && !more && read_again(r))
		return step_ask(r);
	if (status == 416 && !more && (r->at > 0 || total == 0))
		return finish(r);
	/* A form that was taken once is not what is wrong. */
	if ((r->at > 0 || (r->sure && status == 416)) &&
	    r->limit > RANGE_SMALL) {
		r->limit = RANGE_SMALL;
		met(r, DEVIATION_RANGE_REFUSED);
		return step_ask(r);
	}
	if (r->sure && status == 416 && !more)
		return finish(r);
	if (r->at > 0)
		return step_fail(ERR_NONE, NULL);
	r->sure = false;
	if (ask_otherwise(r))
		return step_ask(r);
	/* Nothing of it is an empty listing. */
	return status == 416 && !more ? finish(r) :
	    step_fail(ERR_NONE, NULL);
}

struct range_step
range_refused(struct range *r, int status, uint64_t total)
{
	return told(r, take_refusal(r, status, total));
}

struct range_step
range_again(struct range *r, bool smaller)
{
	if (smaller) {
		if (r->limit <= 1 || r->form == RANGE_NONE)
			return step_fail(ERR_NONE, NULL);
		r->limit /= 2;
	}
	return step_ask(r);
}
