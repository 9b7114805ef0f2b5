/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/paging.h"

#include <string.h>

#include "base/digest.h"
#include "base/tstamp.h"
#include "sync/paging_int.h"

const char *const paging_names[] = {
	"none", "next-url", "cursor", "page", "offset", "highwater",
	"time-bucket", "seq", "index", "session", "graphql", "queue", NULL
};

enum paging_kind
paging_kind_of(struct slice name)
{
	unsigned i;

	for (i = 0; i < PAGING_KINDS; i++)
		if (slice_is(name, paging_names[i]))
			break;
	return (enum paging_kind)i;
}

static bool
is_number(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

int
paging_mark_compare(struct slice a, struct slice b)
{
	if (is_number(a) && is_number(b)) {
		while (a.n > 1 && *a.p == '0')
			a.p++, a.n--;
		while (b.n > 1 && *b.p == '0')
			b.p++, b.n--;
		if (a.n != b.n)
			return a.n < b.n ? -1 : 1;
	}
	return slice_order(a, b);
}

/* --- steps -------------------------------------------------------------- */

static struct paging_step
fail(int code, const char *text)
{
	return (struct paging_step){.act = PAGING_FAIL, .code = code,
	    .text = text};
}

/* The cursor that is sent. */
static struct slice
place_of(const struct paging *p)
{
	return p->nnext > 0 ? (struct slice){p->next, p->nnext} : p->o.start;
}

/* A mark says better where to go on than the time of the first poll. */
static bool
is_past_since(const struct paging *p)
{
	return p->quiet || (p->o.kind == PAGING_HIGHWATER && p->nmark > 0);
}

/* The next request, as the state is now. */
static struct paging_step
ask(struct paging *p, bool checkpoint)
{
	struct paging_step s = {
		.act = PAGING_ASK, .number = p->number, .size = p->size,
		.since = is_past_since(p) ? TSTAMP_NONE : p->since,
		.bucket = p->bucket,
		.mark = {p->mark, p->nmark},
		.checkpoint = checkpoint,
		.once = p->o.kind == PAGING_SESSION,
	};

	if (p->o.kind == PAGING_NEXT_URL && p->nnext > 0)
		s.url = (struct slice){p->next, p->nnext};
	else if (p->o.kind != PAGING_NEXT_URL)
		s.cursor = place_of(p);
	return s;
}

static void
set_text(char *to, size_t max, size_t *n, struct slice from)
{
	*n = from.n <= max ? from.n : 0;
	if (*n > 0)
		memcpy(to, from.p, *n);
	to[*n] = '\0';
}

static bool
keeps_cursor(const struct paging_opts *o)
{
	return o->kind == PAGING_CURSOR && o->keep;
}

/* The walk is over; the next poll looks for what is newer. */
static struct paging_step
done(struct paging *p)
{
	bool keeps = keeps_cursor(&p->o);

	p->walking = false;
	/* A cursor goes with the request that it came from. */
	if (p->o.delta && p->began != TSTAMP_NONE && !keeps)
		p->since = p->began;
	if (!keeps)
		p->nnext = 0;
	if (p->o.kind == PAGING_PAGE || p->o.kind == PAGING_OFFSET)
		p->number = p->o.first;
	if (p->nhigh > 0 && (p->nmark == 0 || paging_mark_compare(
	    (struct slice){p->high, p->nhigh},
	    (struct slice){p->mark, p->nmark}) > 0))
		set_text(p->mark, PAGING_MARK, &p->nmark,
		    (struct slice){p->high, p->nhigh});
	return (struct paging_step){.act = PAGING_DONE, .checkpoint = true};
}

/* Enough for this poll: the next one goes on here. */
static struct paging_step
pause_here(struct paging *p)
{
	p->partial = true;
	return (struct paging_step){.act = PAGING_DONE, .checkpoint = true};
}

/* On to the next page, unless there were too many. */
static struct paging_step
go_on(struct paging *p)
{
	p->walking = true;
	if (p->o.pages > 0 && p->pages >= p->o.pages)
		return pause_here(p);
	if (p->pages >= LIMIT_PAGES)
		return fail(ERR_LIMIT, "more pages than a poll may have");
	return ask(p, true);
}

/* --- circles ------------------------------------------------------------ */

/* A chain that comes back to where it was is met by a mark that is set further
 * and further apart (Brent). */
bool
paging_comes_back(struct paging *p, uint64_t digest)
{
	if (digest == p->last_next || digest == p->far_next)
		return true;
	p->last_next = digest;
	if (++p->walked >= p->stride) {
		p->far_next = digest;
		p->stride *= 2;
		p->walked = 0;
	}
	return false;
}

/* Does the page of long ago come at even distances?  Chance has none. */
static bool
goes_round(struct paging *p)
{
	uint32_t since = p->pages - p->far_at;

	p->rounds = since == p->round ? p->rounds + 1 : 1;
	p->round = since;
	p->far_at = p->pages;
	return p->rounds >= LIMIT_STUCK_PAGES;
}

/* Has a page been there before?  Once may be chance. */
static bool
is_stuck(struct paging *p, const struct paging_reply *r)
{
	if (r->content == 0 || r->records == 0)
		return false;
	if (r->content == p->far && goes_round(p)) {
		p->stuck = LIMIT_STUCK_PAGES;
	} else if (r->content == p->last || r->content == p->far) {
		p->stuck++;
	} else {
		p->stuck = 0;
		p->last = r->content;
		if ((p->pages & (p->pages - 1)) == 0) {
			p->far = r->content;
			p->far_at = p->pages;
			p->rounds = 0;
		}
	}
	return p->stuck >= LIMIT_STUCK_PAGES;
}

static struct paging_step
fail_stuck(void)
{
	return fail(ERR_PROTO, "the same page comes again and again: does the "
	    "server know the parameter that asks for the next one?");
}

/* --- the kinds ---------------------------------------------------------- */

/* Empty pages are allowed where there is more behind them, but not for ever. */
bool
paging_too_empty(struct paging *p, const struct paging_reply *r)
{
	p->empty = r->records == 0 ? p->empty + 1 : 0;
	return p->empty > LIMIT_EMPTY_PAGES;
}

static struct paging_step
on_linked(struct paging *p, const struct paging_reply *r)
{
	bool url = p->o.kind == PAGING_NEXT_URL;

	if (r->next.n == 0 && r->more == PAGING_MORE)
		return fail(ERR_PROTO, "there is more, says the server, but "
		    "not where: see page-next");
	if (r->next.n > LIMIT_CURSOR)
		return fail(ERR_LIMIT, "the place of the next page is longer "
		    "than 4096 bytes");
	/* What was the place of this page is no news. */
	if (r->next.n == 0 || (!url && slice_eq(r->next, place_of(p)) &&
	    r->more != PAGING_MORE))
		return done(p);
	if (paging_comes_back(p, digest64(r->next.p, r->next.n, 1)))
		return fail(ERR_PROTO, "the pages go round in a circle: a "
		    "cursor or URL comes a second time");
	if (paging_too_empty(p, r))
		return fail(ERR_PROTO, "one empty page after the other, and "
		    "always more");
	set_text(p->next, LIMIT_CURSOR, &p->nnext, r->next);
	if (r->more == PAGING_NO_MORE ||
	    (!url && r->records == 0 && r->more == PAGING_UNSAID))
		return done(p);
	return go_on(p);
}

/* Was this the last page of a list that is counted? */
static bool
is_last(const struct paging *p, const struct paging_reply *r)
{
	if (r->more != PAGING_UNSAID)
		return r->more == PAGING_NO_MORE;
	if (r->records == 0 || r->missing)
		return true;
	if (r->total > 0)
		return p->records >= r->total;
	return p->o.size > 0 && r->records < p->o.size;
}

static struct paging_step
on_numbered(struct paging *p, const struct paging_reply *r)
{
	uint64_t step = p->o.kind == PAGING_PAGE ? 1 : r->records;

	/* Behind the end some servers give the last page again. */
	if (p->stuck > 0 && p->pages > 2 && r->more == PAGING_UNSAID &&
	    r->total == 0)
		return done(p);
	if (p->stuck > 0 && p->pages == 2)
		return fail_stuck();
	if (is_last(p, r))
		return done(p);
	if (paging_too_empty(p, r))
		return fail(ERR_PROTO, "one empty page after the other, and "
		    "always more");
	if (p->number > UINT64_MAX - step)
		return fail(ERR_PROTO, "the offset is too large");
	p->number += step > 0 ? step : p->size > 0 ? p->size : 1;
	if (p->o.ceiling > 0 && p->number + p->size > p->o.ceiling) {
		if (p->nhigh == 0 || r->falling)
			return fail(ERR_LIMIT, "the list is longer than the "
			    "server lets an offset be (page-ceiling): narrow "
			    "the request, or name the field that it is sorted "
			    "by (page-mark)");
		/* From the greatest mark on, with the offset at its start. */
		if (p->nmark == p->nhigh &&
		    memcmp(p->mark, p->high, p->nhigh) == 0)
			return fail(ERR_PROTO, "more records share one mark "
			    "than an offset can reach");
		set_text(p->mark, PAGING_MARK, &p->nmark,
		    (struct slice){p->high, p->nhigh});
		p->number = p->o.first;
	}
	return go_on(p);
}

/* Nothing newer, something older, and no more of it though more was asked for:
 * the mark says nothing to the server.  One that rounds it gives more. */
static bool
is_deaf(const struct paging *p, const struct paging_reply *r)
{
	struct slice mark = {p->mark, p->nmark};

	return p->size > p->o.size && r->records == p->o.size && mark.n > 0 &&
	    r->high.n > 0 && paging_mark_compare(r->high, mark) <= 0 &&
	    paging_mark_compare(r->low, mark) < 0;
}

static struct paging_step
on_highwater(struct paging *p, const struct paging_reply *r)
{
	struct slice high = {p->high, p->nhigh}, mark = {p->mark, p->nmark};
	bool is_short = r->records == 0 || r->missing ||
	    r->more == PAGING_NO_MORE ||
	    (p->size > 0 && r->records < p->size);

	if (r->records > 0 && high.n == 0)
		return fail(ERR_PROTO, "no record has the field that page-mark"
		    " names");
	if (is_deaf(p, r))
		return fail(ERR_PROTO, "a full page of records from before the "
		    "mark that was asked for: does the server know the "
		    "parameter with {mark}?");
	if (is_short)
		return done(p);
	if (r->falling)
		return fail(ERR_PROTO, "the records do not rise by page-mark: "
		    "ask for them sorted by it");
	if (mark.n > 0 && paging_mark_compare(high, mark) <= 0) {
		if (p->size > 0 && p->o.size > 0 &&
		    p->size / p->o.size < PAGING_GROWTH &&
		    p->size <= UINT32_MAX / 2) {
			p->size *= 2;
			return go_on(p);
		}
		/* Without a size nothing tells a full page from a short one:
		 * what stands at the boundary came again, and no more. */
		if (p->size == 0)
			return done(p);
		return fail(ERR_PROTO, "a whole page of records shares one "
		    "mark, and a larger page does not help");
	}
	set_text(p->mark, PAGING_MARK, &p->nmark, high);
	return go_on(p);
}

static bool
bucket_is_over(const struct paging *p)
{
	return tstamp_add(p->bucket, p->o.step + p->o.lag) <= p->o.now;
}

static struct paging_step
on_bucket(struct paging *p, const struct paging_reply *r)
{
	/* What is missing and new may be published yet. */
	if (r->missing && p->unripe == TSTAMP_NONE && tstamp_add(p->bucket,
	    3 * p->o.step + p->o.lag) > p->o.now)
		p->unripe = p->bucket;
	p->bucket = tstamp_add(p->bucket, p->o.step);
	return bucket_is_over(p) ? go_on(p) : done(p);
}

static struct paging_step
on_seq(struct paging *p, const struct paging_reply *r)
{
	uint64_t n = 0;
	bool first = !p->started;

	if (r->next.n == 0)
		return first ? fail(ERR_PROTO, "no first number at page-next")
		    : done(p);
	if (!is_number(r->next) || r->next.n > 19)
		return fail(ERR_PROTO, "what page-next leads to is no number");
	for (size_t i = 0; i < r->next.n; i++)
		n = n * 10 + (uint64_t)(r->next.p[i] - '0');
	if (!first && n < p->number)
		return fail(ERR_PROTO, "the number of the next page is smaller"
		    " than that of the last one");
	if (!first && (r->records == 0 || n == p->number)) {
		if (r->records > 0 && r->more == PAGING_MORE)
			return fail_stuck();
		p->number = n;
		return done(p);
	}
	p->started = true;
	p->number = n;
	if (!first && (r->more == PAGING_NO_MORE || (p->o.size > 0 &&
	    r->records < p->o.size && r->more == PAGING_UNSAID)))
		return done(p);
	return go_on(p);
}

static struct paging_step
on_session(struct paging *p, const struct paging_reply *r)
{
	/* All that came before is in our hands: if this one is lost, what is
	 * missing is newer than its beginning. */
	p->began = p->o.now;
	if (r->records == 0 || r->more == PAGING_NO_MORE ||
	    (r->more == PAGING_UNSAID && p->o.size > 0 &&
	    r->records < p->o.size) ||
	    (r->more == PAGING_UNSAID && p->o.size == 0)) {
		p->lost = false;
		return done(p);
	}
	return go_on(p);
}

static struct paging_step
on_queue(struct paging *p, const struct paging_reply *r)
{
	struct paging_step s;

	if (p->owing) { /* it was taken */
		p->owing = false;
		p->nnext = 0;
		return p->over ? done(p) : go_on(p);
	}
	if (is_stuck(p, r))
		return fail(ERR_PROTO, "the same page comes again and again, "
		    "though it was acknowledged: see page-ack");
	if (r->next.n > LIMIT_CURSOR)
		return fail(ERR_LIMIT, "what names a page is longer than 4096 "
		    "bytes");
	if (r->records == 0 || p->o.probe)
		return done(p);
	set_text(p->next, LIMIT_CURSOR, &p->nnext, r->next);
	p->over = r->more == PAGING_NO_MORE || (r->more == PAGING_UNSAID &&
	    p->o.size > 0 && r->records < p->o.size);
	p->owing = true;
	s = ask(p, true);
	s.act = PAGING_ASK_ACK;
	return s;
}

struct paging_step
paging_reply(struct paging *p, const struct paging_reply *r)
{
	if (!p->owing)
		p->pages++;
	p->records += r->records;
	if (p->began == TSTAMP_NONE) {
		p->began = r->date != TSTAMP_NONE && r->date < p->o.now ?
		    r->date : p->o.now;
	}
	if (r->high.n > 0 && r->high.n <= PAGING_MARK && (p->nhigh == 0 ||
	    paging_mark_compare(r->high,
	    (struct slice){p->high, p->nhigh}) > 0))
		set_text(p->high, PAGING_MARK, &p->nhigh, r->high);
	if (p->o.kind != PAGING_HIGHWATER && p->o.kind != PAGING_TIME_BUCKET &&
	    p->o.kind != PAGING_INDEX && p->o.kind != PAGING_QUEUE &&
	    is_stuck(p, r))
		return fail_stuck();
	switch (p->o.kind) {
	case PAGING_NEXT_URL:
	case PAGING_CURSOR:
	case PAGING_GRAPHQL:
		return on_linked(p, r);
	case PAGING_PAGE:
	case PAGING_OFFSET:
		return on_numbered(p, r);
	case PAGING_HIGHWATER:
		return on_highwater(p, r);
	case PAGING_TIME_BUCKET:
		return on_bucket(p, r);
	case PAGING_SEQ:
		return on_seq(p, r);
	case PAGING_INDEX:
		return paging_index_reply(p, r);
	case PAGING_SESSION:
		return on_session(p, r);
	case PAGING_QUEUE:
		return on_queue(p, r);
	default:
		return done(p);
	}
}

/* --- begin and end ------------------------------------------------------ */

/* Without a state, or with one that is of no use any more. */
static void
begin_walk(struct paging *p)
{
	p->walking = false;
	p->nnext = 0;
	p->number = p->o.first;
}

static void
set_back(struct paging *p)
{
	if (p->since == TSTAMP_NONE)
		p->since = p->o.since;
	else if ((!p->resumed || p->lost) && !keeps_cursor(&p->o))
		p->since = tstamp_add(p->since, -p->o.overlap);
}

static struct paging_step
first_step(struct paging *p)
{
	struct paging_step s;

	switch (p->o.kind) {
	case PAGING_INDEX:
		s = ask(p, false);
		s.act = PAGING_ASK_INDEX;
		return s;
	case PAGING_SEQ:
		s = ask(p, false);
		if (!p->started && p->o.bootstrap)
			s.act = PAGING_ASK_START;
		else
			p->started = true;
		return s;
	case PAGING_TIME_BUCKET:
		if (p->bucket == TSTAMP_NONE)
			p->bucket = p->o.since != TSTAMP_NONE ? p->o.since :
			    tstamp_add(p->o.now, -p->o.step - p->o.lag);
		p->bucket -= p->bucket % p->o.step;
		return bucket_is_over(p) ? ask(p, false) : done(p);
	case PAGING_SESSION:
		/* One that began and did not end may have taken rows away. */
		if (p->lost)
			p->number++;
		p->quiet = !p->lost && p->started;
		p->walking = p->started = true;
		return ask(p, true);
	default:
		return ask(p, false);
	}
}

struct paging_step
paging_start(struct paging *p, const struct paging_opts *o, struct slice saved)
{
	paging_init(p, o);
	if (saved.n > 0 && paging_load(p, saved) != 0) {
		paging_free(p);
		paging_init(p, o);
	}
	p->resumed = p->walking;
	p->lost = p->walking && o->kind == PAGING_SESSION;
	if (!p->walking && !keeps_cursor(o))
		p->nnext = 0;
	/* A list may have moved while nobody looked. */
	if (p->resumed && o->kind == PAGING_PAGE && p->number > o->first)
		p->number--;
	if (p->resumed && o->kind == PAGING_OFFSET)
		p->number = p->number > o->first + o->size ?
		    p->number - o->size : o->first;
	if (!p->resumed) {
		p->began = TSTAMP_NONE;
		p->nhigh = 0;
	}
	set_back(p);
	return first_step(p);
}

struct paging_step
paging_refused(struct paging *p)
{
	bool has_place = p->nnext > 0 && (p->o.kind == PAGING_NEXT_URL ||
	    p->o.kind == PAGING_CURSOR || p->o.kind == PAGING_GRAPHQL);

	if (!has_place || p->lost)
		return fail(ERR_HTTP, NULL);
	p->lost = true; /* once */
	p->resumed = false;
	p->partial = false;
	p->records = 0;
	p->nhigh = 0;
	p->began = TSTAMP_NONE;
	begin_walk(p);
	return ask(p, false);
}

bool
paging_whole(const struct paging *p)
{
	switch (p->o.kind) {
	case PAGING_NONE:
	case PAGING_NEXT_URL:
	case PAGING_CURSOR:
	case PAGING_PAGE:
	case PAGING_OFFSET:
	case PAGING_GRAPHQL:
		return !p->resumed && !p->partial && !p->o.keep &&
		    !p->o.delta && !p->o.marked;
	case PAGING_INDEX:
		return p->based && !p->partial;
	default:
		return false;
	}
}
