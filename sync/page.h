/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page loop of a TAXII 2.1 poll as a pure state machine: facts about a
 * response in, the next step out.  No I/O, no clock, no allocation.
 *
 * It decides how to go on (cursor, Last header, manifest), notices servers that
 * do not get on, and says from which time a later poll may go on: the checkpoint.
 * The promise: whatever was committed together with a checkpoint, a poll that
 * starts from it brings everything that is missing.  Objects may be brought
 * twice; the store drops what it knows.
 *
 *   P1  `more` decides, `next` says how.
 *   P2  with `next`, every other parameter stays as it was.
 *   P3  without `next`: added_after = Last, a step earlier, since objects that
 *       share a time may be cut apart by the end of a page.
 *   P4  no headway that way: larger pages, then the exact time out of the
 *       manifest, then one type after the other, then a failure that says so.
 *   P5  no `next` and no Last: the manifest's date_added.
 *   P6  a page that was there before is no headway, whatever its cursor.
 *   P7  empty pages with `more` are allowed, but not for ever.
 *   P8  a cursor is not sent again after an ambiguous failure.
 *   P10 a checkpoint in mid-chain only when the pages rise in time; servers
 *       that list the newest first get one at the end.
 *   P11 the checkpoint stays behind the server's own Date at the start of the
 *       poll by an overlap, because objects become visible after the time they
 *       are stamped with; and so no date from the future can freeze a feed.
 */
#ifndef SYNC_PAGE_H
#define SYNC_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "sync/deviation.h"
#include "sync/page_time.h"

#define PAGE_LIMIT 10000u        /* objects asked for, unless the job says */
#define PAGE_LIMIT_MAX 10000000u /* doubling stops here (P4) */
#define PAGE_RESTARTS 5u         /* without a new checkpoint in between */
#define PAGE_RECENT 64u          /* pages compared with (P6) */

enum page_act {
	PAGE_ASK,      /* request a page of objects */
	PAGE_MANIFEST, /* request the manifest with the same parameters */
	PAGE_DONE,     /* read to the end */
	PAGE_FAIL      /* cannot go on: `code` and `text` */
};

/* Times here are cut to microseconds, as they go over the wire (P13). */
struct page_step {
	enum page_act act;
	int64_t added_after; /* of the request; TSTAMP_NONE: left out */
	uint32_t limit;
	struct slice next;   /* p == NULL: none; borrowed from struct page */
	unsigned type;       /* 0: all; else only the type of that number */
	bool checkpoint;     /* first give a checkpoint: `since` */
	int64_t since;       /* added_after of a poll that starts from it */
	uint64_t deviations; /* a set of enum deviation that was met */
	int code;            /* of enum err_code */
	const char *text;    /* static */
};

/* A response with status 200 or 206 whose body was read to its end. */
struct page_reply {
	bool more;
	struct slice next;   /* as text; n == 0: none (P15) */
	int64_t first, last; /* the headers; TSTAMP_NONE: absent */
	int64_t date;
	uint64_t objects;
	uint64_t content;    /* digest of the objects in order */
	uint64_t deviations; /* met by who read it: told with the next step */
};

enum page_again {
	PAGE_AGAIN_SAME,     /* nothing reached the server */
	PAGE_AGAIN_RESTART,  /* from the newest checkpoint */
	PAGE_AGAIN_GARBLED,  /* the same, because what a cursor named came whole
	                      * and is no JSON: once may be an accident; the
	                      * second time without a new checkpoint in between
	                      * is the end, since what is broken there would be
	                      * missing */
	PAGE_AGAIN_UNCURSOR, /* the same, and without cursors from now on */
	PAGE_AGAIN_SMALLER,  /* with smaller pages */
	PAGE_AGAIN_UNFILTER, /* added_after is what breaks the server: without */
	PAGE_AGAIN_END       /* the page named by a cursor does not exist */
};

/* What a poll begins with. */
struct page_opts {
	int64_t since;       /* the checkpoint, the start date, or TSTAMP_NONE */
	uint32_t limit;      /* 0: PAGE_LIMIT */
	int64_t now;         /* used where a server sends no Date */
	unsigned types;      /* that can be asked for one by one; 0: none (P4) */
	bool sure;           /* they are all that there are */
	bool unfiltered;     /* added_after is not to be sent */
	bool uncursor;       /* cursors are not to be used */
};

struct page {
	/* of the poll */
	unsigned types;
	bool sure;
	bool unfiltered;
	uint64_t met;        /* deviations that the next step is to carry */
	int64_t bound;       /* no checkpoint later than this */
	int64_t now;
	unsigned pages, restarts;
	bool garbled;        /* a page was, since the newest checkpoint */
	bool uncursor;       /* cursors are not to be used */
	bool fell;           /* pages were seen to go back in time */
	bool told;           /* that added_after is ignored */
	bool ended;          /* a cursor led behind the end */
	uint32_t base_limit;
	uint32_t cap;        /* the server refused more objects than this */
	int64_t safe;        /* the newest checkpoint given */
	/* of the chain of pages under way */
	int64_t since;       /* where it started */
	int64_t ask;         /* added_after of the request under way */
	unsigned type;       /* 0, or the type that is read; each … */
	int64_t split;       /* … begins at this added_after */
	uint32_t limit;
	int64_t high;        /* the latest header time seen */
	int64_t before;      /* Last of the page before, TSTAMP_NONE: none */
	int64_t origin;      /* First of the first page */
	unsigned filled;     /* pages that held objects */
	bool rising;         /* so far, each page began where the last ended */
	unsigned empty, stuck;
	size_t nnext;        /* 0: no cursor */
	uint64_t held;       /* objects of the page that waits for a manifest */
	uint64_t recent[PAGE_RECENT];
	unsigned nrecent;
	uint64_t mark;       /* a page far back, for longer circles */
	uint64_t walked, stride;
	unsigned hits;
	char next[LIMIT_CURSOR + 1];
};

struct page_step page_start(struct page *p, const struct page_opts *o);
struct page_step page_reply(struct page *p, const struct page_reply *r);
/* The answer to PAGE_MANIFEST: the date_added of the record that is the last
 * object of the page, or TSTAMP_NONE when the server has no manifest. */
struct page_step page_manifest(struct page *p, int64_t last);
/* The request failed, and retry_decide() said how to go on.  PAGE_FAIL when the
 * machine knows better; `text` is NULL when the failure itself says it all. */
struct page_step page_again(struct page *p, enum page_again how);
/* Did a poll that came to its end from the very start see everything?  Not when
 * types had to be guessed. */
bool page_whole(const struct page *p);
/* The page size to begin with; smaller than asked for once it was refused. */
uint32_t page_learned_limit(const struct page *p);

#endif
