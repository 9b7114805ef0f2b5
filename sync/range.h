/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page loop of a TAXII 2.0 poll as a pure state machine: pages are ranges of
 * items.  Facts about a response in, the next request out.  No I/O, no clock, no
 * allocation.
 *
 * The standard writes `Range: items 0-99`, RFC 7233 `items=0-99`, and servers
 * refuse the one or the other: both are tried, "=" first, then shorter ranges,
 * then none at all.  What was taken is remembered by the caller.
 *
 * Content-Range is not trusted further than the objects that came: its end or its
 * total may be wrong, or missing.  Pages may overlap (the store drops what it
 * knows), never leave a gap.  The end is: all of the total, a listing without a
 * range, an empty page, 416, or a page that was there before; a page like that
 * while the total says there is more is a failure, an empty one is asked for
 * again with a longer range (servers miscount its end).  When the total shrinks, items
 * were deleted and the others have moved up: the next range begins as much
 * earlier.
 *
 * Checkpoints are those of page.h: an added_after by the date headers, behind the
 * server's clock; in the middle only while the pages rise in time.  A server
 * without date headers is read from the same time again.
 */
#ifndef SYNC_RANGE_H
#define SYNC_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "sync/deviation.h"
#include "sync/page_time.h"

#define RANGE_LIMIT 10000u     /* items asked for, unless the job says */
#define RANGE_SMALL 100u       /* where servers refuse longer ranges */
#define RANGE_RECENT 64u       /* pages compared with */
#define RANGE_SHRINKS 16u      /* times that the total may shrink */
#define RANGE_WIDENINGS 3u     /* of a range that brought nothing */
#define RANGE_UNKNOWN UINT64_MAX

enum range_form {
	RANGE_ANY,    /* not known yet */
	RANGE_EQUALS, /* "items=0-99" */
	RANGE_SPACE,  /* "items 0-99" */
	RANGE_NONE    /* the server understands no range */
};

enum range_act {
	RANGE_ASK,
	RANGE_DONE,  /* read to the end */
	RANGE_FAIL   /* `code` and `text`; text NULL: the failure says it all */
};

struct range_step {
	enum range_act act;
	enum range_form form;   /* of the request, never RANGE_ANY */
	uint64_t first, last;   /* items, both included; not with RANGE_NONE */
	int64_t added_after;    /* TSTAMP_NONE: left out */
	bool checkpoint;        /* first give a checkpoint: `since` */
	int64_t since;
	uint64_t deviations;    /* a set of enum deviation that was met */
	int code;               /* of enum err_code */
	const char *text;       /* static */
};

/* A response with status 200 or 206 whose body was read to its end. */
struct range_reply {
	int status;
	uint64_t from, to;      /* of Content-Range; RANGE_UNKNOWN: not told */
	uint64_t total;
	int64_t first, last;    /* the date headers; TSTAMP_NONE: absent */
	int64_t date;
	uint64_t objects;
	uint64_t content;       /* digest of the objects in order */
};

struct range {
	int64_t bound, now;     /* as in struct page */
	int64_t since, safe, high;
	uint64_t at, limit;
	enum range_form form, other;
	bool sure;              /* the server has taken the form */
	uint64_t proven;        /* and a range of this length; 0: none */
	unsigned tries;         /* ways of asking that were refused */
	bool liar;              /* the end of a Content-Range was wrong */
	uint64_t total;         /* told last */
	unsigned shrinks, pages, widenings;
	bool lacking;           /* announced items did not come */
	uint64_t met;           /* deviations that the next step is to carry */
	bool back;              /* the next range goes back */
	bool restarted;         /* all was read again once */
	uint64_t reread;        /* up to here pages may come again */
	/* order */
	bool rising, fell;
	unsigned filled;
	int64_t origin, before;
	uint64_t recent[RANGE_RECENT];
	unsigned nrecent;
};

/* `form` as it was found by an earlier poll, or RANGE_ANY; the others as in
 * page_start(). */
struct range_step range_start(struct range *r, enum range_form form,
    int64_t since, uint32_t limit, int64_t now);
struct range_step range_reply(struct range *r, const struct range_reply *reply);
/* The server answered 400 or 416; `total` is what it told with it. */
struct range_step range_refused(struct range *r, int status, uint64_t total);
/* The request failed otherwise and is to be sent again; `smaller`: with shorter
 * ranges. */
struct range_step range_again(struct range *r, bool smaller);
/* Did a listing that came to its end hold all that it announced? */
bool range_whole(const struct range *r);
/* What is worth remembering; RANGE_ANY while nothing was proven.  *limit: the
 * length that was taken, 0: none was. */
enum range_form range_learned(const struct range *r, uint32_t *limit);

/* The Range of a step, NULL where it has none. */
#define RANGE_TEXT 64
const char *range_text(const struct range_step *s, char room[RANGE_TEXT]);

/* A Content-Range, read liberally: "items 0-99/200", with '=' or without the
 * unit, '*' for what is not known.  What cannot be read is unknown. */
void range_parse(struct slice text, struct range_reply *reply);

#endif
