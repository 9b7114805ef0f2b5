/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the pages of a feed follow one another: twelve kinds as one pure state
 * machine.  Facts about a reply in, the next request or the end out; no I/O, no
 * clock.
 *
 * The promises:
 *   - What was committed together with a saved state, a poll that starts from
 *     that state brings everything that is missing; records may come twice.
 *   - A server that does not get on is noticed: a cursor, an address or a page
 *     that comes back, empty pages without end, a number that falls, a mark that
 *     stands still.  Every walk ends within opts.pages requests.
 *
 * kind         next request                          ends when
 * none         (one document)                        at once
 * next-url     the URL that the reply names           it names none
 * cursor       {cursor} from the reply                none, unchanged, no more,
 *                                                     or an empty page
 * page         {page} + 1                             a short page, an empty one,
 *                                                     no more, all that there are
 * offset       {offset} + records                     the same
 * highwater    {mark}: the greatest mark so far       a short page, or the mark
 *                                                     stands still
 * time-bucket  {bucket} + step                        it is not over yet
 * seq          {seq} from the reply                   none, unchanged, or empty
 * index        each item that was not read before     all are read
 * session      the same: the server knows the place   an empty or short page
 * graphql      {cursor}: endCursor                    hasNextPage is false
 * queue        the same: what was acknowledged is     an empty or short page,
 *              gone                                   no more
 *
 * What a queue gives is acknowledged (PAGING_ASK_ACK) when it is committed, never
 * before.  Where a poll dies between the two the server gives the same again:
 * nothing is lost, and what the store has is known.  A probe acknowledges nothing.
 *
 * The items that an index lists are remembered as long as it lists them; one that
 * lists more than 5000 is refused, for what is forgotten would be read again with
 * each poll.  An index may have pages of its own.  Where some of its items are
 * bases (whole listings, which the items behind them change), what stands before
 * the newest base is not read: it is in there.
 *
 * An item that cannot be read, by its own fault, costs the others nothing
 * (paging_skip()): it is not remembered as read, and each poll asks for it again,
 * behind all that no poll has asked for yet.  So whatever the number of those that
 * are lost, what is new is read.  After LIMIT_LOST_ITEMS of them in a row a poll
 * asks for no more.  Where there are bases the order counts, and none is skipped.
 */
#ifndef SYNC_PAGING_H
#define SYNC_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

enum paging_kind {
	PAGING_NONE, PAGING_NEXT_URL, PAGING_CURSOR, PAGING_PAGE,
	PAGING_OFFSET, PAGING_HIGHWATER, PAGING_TIME_BUCKET, PAGING_SEQ,
	PAGING_INDEX, PAGING_SESSION, PAGING_GRAPHQL, PAGING_QUEUE,
	PAGING_KINDS
};

/* By name ("next-url"); PAGING_KINDS when there is none. */
enum paging_kind paging_kind_of(struct slice name);
extern const char *const paging_names[]; /* ends with NULL */

#define PAGING_MARK 256  /* bytes of a mark */
#define PAGING_GROWTH 16 /* a page of highwater may grow so many times */

struct paging_opts {
	enum paging_kind kind;
	uint32_t size;     /* records asked for in a page; 0: not said */
	uint64_t first;    /* number of the first page */
	struct slice start; /* the first cursor; n == 0: none */
	uint64_t ceiling;  /* of offset + size; 0: none */
	uint32_t pages;    /* of one poll at most, the rest is for the next;
	                    * 0: LIMIT_PAGES, and more is a failure */
	int64_t step;      /* of a bucket, ns */
	int64_t lag;       /* until a bucket is whole, ns */
	bool keep;         /* the last cursor is where the next poll goes on,
	                    * with the {since} that it began with */
	bool delta;        /* {since} is sent: a walk brings what is newer */
	bool marked;       /* {mark} is sent */
	bool bootstrap;    /* seq: a request of its own tells the first number */
	bool probe;        /* queue: a look at the first page, no more */
	bool bare;         /* index: the query of an item's URL is not its name */
	bool ordered;      /* index: items change what stands before them */
	int64_t since;     /* start of a first poll, TSTAMP_NONE: everything */
	int64_t overlap;   /* ns that {since} is set back */
	int64_t now;
};

enum paging_more { PAGING_UNSAID, PAGING_NO_MORE, PAGING_MORE };

/* A reply that was read to its end. */
struct paging_reply {
	uint64_t records;  /* of the page, wanted or not; of an index: items */
	uint64_t content;  /* digest of the page; 0: not known */
	struct slice next; /* URL, cursor or number that it tells; n == 0: none */
	enum paging_more more;
	struct slice high; /* the greatest mark; n == 0: none */
	struct slice low;  /* the smallest one */
	bool falling;      /* marks were seen to go down */
	uint64_t total;    /* records of the whole walk; 0: not said */
	bool missing;      /* there is no such page, which is no failure */
	int64_t date;      /* of the server, TSTAMP_NONE */
};

enum paging_act {
	PAGING_ASK,
	PAGING_ASK_START,  /* what tells the first number (seq) */
	PAGING_ASK_INDEX,  /* what lists the items: paging_item() for each */
	PAGING_ASK_ITEM,
	PAGING_ASK_ACK,    /* first save, and wait until it is committed */
	PAGING_DONE,
	PAGING_FAIL
};

/* Slices are borrowed from the machine, until its next call. */
struct paging_step {
	enum paging_act act;
	struct slice url;    /* instead of the source's own; p == NULL: none */
	struct slice cursor; /* n == 0: none yet */
	struct slice mark;   /* likewise */
	struct slice item;
	uint64_t number;     /* page, offset, seq or session */
	uint32_t size;
	int64_t since;       /* TSTAMP_NONE: from the beginning */
	int64_t bucket;
	bool checkpoint;     /* first save the state, with what was handed over */
	bool once;           /* the server counts it: never to be sent twice */
	int code;            /* of enum err_code */
	const char *text;    /* static */
};

struct paging {
	struct paging_opts o;
	/* saved */
	bool walking;        /* in the middle of a walk */
	bool started;        /* there was a poll before this one */
	uint64_t number;
	int64_t since, began, bucket;
	size_t nnext, nmark;
	struct buf known;    /* index: digests of the items that were read … */
	struct buf seen;     /* … and are listed still */
	struct buf failed;   /* index: digests of those that could not be read */
	uint32_t nitems;     /* listed, those that are known among them */
	/* of the poll */
	int64_t unripe;      /* the first bucket that may be published yet: the
	                      * next poll begins there; TSTAMP_NONE: none */
	bool resumed, partial, lost;
	bool quiet;          /* {since} is known, but not to be sent */
	uint32_t pages, size;
	unsigned empty, stuck;
	uint64_t records;    /* of this walk */
	uint64_t last, far, walked, stride; /* digests of pages: circles */
	uint64_t last_next, far_next;
	uint32_t far_at, round, rounds; /* pages between two that are the same */
	size_t nhigh;
	struct buf items;    /* index: those to be read, each with a NUL */
	struct buf again;    /* … those that failed the last time … */
	struct buf again_names; /* … each with a NUL, until all are listed */
	unsigned lost_row;   /* items that failed, in a row */
	size_t item;         /* where in them the next one stands */
	bool too_many;       /* items */
	bool listed;         /* the index was read to its end */
	bool based;          /* the first of the items is a base */
	uint32_t indexes;    /* pages of the index */
	bool owing, over;    /* queue: a page waits for its ack; it is the last */
	char next[LIMIT_CURSOR + 1];
	char mark[PAGING_MARK + 1], high[PAGING_MARK + 1];
};

/* A damaged `saved` counts as none. */
struct paging_step paging_start(struct paging *p, const struct paging_opts *o,
    struct slice saved);
void paging_free(struct paging *p);
struct paging_step paging_reply(struct paging *p, const struct paging_reply *r);
/* The server does not know the place (400, 404, 410): the walk begins anew, once;
 * PAGING_FAIL with `text` NULL when that would not help. */
struct paging_step paging_refused(struct paging *p);
/* PAGING_ASK_ITEM: it could not be read, by its own fault.  What is next; PAGING_FAIL
 * with `text` NULL where it may not be left out. */
struct paging_step paging_skip(struct paging *p);
/* PAGING_ASK_INDEX: one of the items, in order; is it a base?  False: there are too
 * many. */
bool paging_item(struct paging *p, struct slice name, bool base);
/* The state, as one line of text; -1: it does not fit, the poll starts anew. */
int paging_save(const struct paging *p, struct buf *out) CC_CHECK;
/* After PAGING_DONE: did this poll see everything that there is? */
bool paging_whole(const struct paging *p);
/* <0, 0, >0: numbers by value, all else by bytes. */
int paging_mark_compare(struct slice a, struct slice b);

#endif
