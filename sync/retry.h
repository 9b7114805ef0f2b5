/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a status means, and after a request failed: give up, ask again, or start
 * the chain again?
 *
 * Pure: the clock and the dice are arguments.  What to do is one table by status
 * and kind of request, retry_act(); retry_decide() adds how long to wait.  The
 * rules are those of the TAXII notes (1.5, P8, P9): a cursor is never sent twice
 * unless the server cannot have acted on it; what a person has to change is not
 * tried again; the server's Retry-After is honoured where a one-shot pull can
 * wait that long.
 */
#ifndef SYNC_RETRY_H
#define SYNC_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define RETRY_ATTEMPTS 4u          /* tries again of one request */
#define RETRY_WAIT_MAX 60          /* s; a longer Retry-After ends the poll */
#define RETRY_MOST 100u            /* tries again that may be asked for … */
#define RETRY_LONGEST 600u         /* … and s between them */
#define RETRY_CURSOR_WAIT 30       /* s; cursors are not trusted to live longer */

/* A kind of request, as far as it matters when it fails. */
enum retry_kind {
	RETRY_GET,
	RETRY_CURSOR, /* a GET with `next`: not to be sent twice (P8) */
	RETRY_POST    /* duplicates do no harm (TAXII 5.5) */
};

/* What a status asks for. */
enum retry_act {
	ACT_TAKE,      /* it is what was asked for */
	ACT_NOTHING,   /* 304: nothing has changed */
	ACT_FOLLOW,    /* a redirect: on the same origin */
	ACT_UNCURSOR,  /* the cursor is dead, or does not fit: without cursors */
	ACT_RENEW,     /* another token, once; else the credentials are wrong */
	ACT_REFUSED,   /* a person must act: nothing is tried again */
	ACT_NEGOTIATE, /* another media type, another version */
	ACT_SMALLER,   /* smaller pages, or smaller envelopes */
	ACT_END,       /* past the end of a range (TAXII 2.0) */
	ACT_LATER,     /* when the server says, else with growing waits */
	ACT_AGAIN      /* soon, a few times */
};

enum retry_act retry_act(int status, enum retry_kind kind);

enum retry_how {
	RETRY_STOP,     /* report the failure */
	RETRY_SAME,     /* wait, send the same request */
	RETRY_RESTART,  /* wait, start again from the checkpoint */
	RETRY_UNCURSOR, /* the cursor is dead: from the checkpoint, by header */
	RETRY_SMALLER   /* ask for smaller pages */
};

enum retry_cause {
	RETRY_STATUS,   /* the server answered with `status` */
	RETRY_REACH,    /* nothing was sent */
	RETRY_CUT,      /* the answer did not come, or not whole */
	RETRY_GARBLED,  /* it came whole and is not JSON */
	RETRY_FINAL     /* trying again would not help */
};

struct retry_ask {
	enum retry_cause cause;
	int status;
	const char *retry_after; /* the header's text; NULL or "" when absent */
	const char *reset;       /* likewise, of X-RateLimit-Reset */
	int64_t date;            /* the response's Date, or TSTAMP_NONE */
	int64_t now;
	bool cursor;             /* the request held a `next` */
	bool post;
	bool reached;            /* the server has answered in this poll */
	unsigned attempt;        /* failures of this request before this one */
	unsigned tries;          /* of one request; 0: RETRY_ATTEMPTS + 1, and
	                          * one where nobody ever answered */
	int64_t first, longest;  /* ns to wait at first, and at most; 0: the
	                          * defaults */
	int64_t budget;          /* ns that may still be waited in this poll */
	uint64_t seed;           /* of the jitter */
};

struct retry_verdict {
	enum retry_how how;
	int64_t wait;    /* ns to wait first */
	int64_t asked;   /* ns that Retry-After asked for, 0 when it did not; set
	                  * with RETRY_STOP too, so that it can be named */
};

struct retry_verdict retry_decide(const struct retry_ask *ask);

/* Seconds or a date (RFC 9110 section 10.2.3) as nanoseconds from `ref`; 0 when
 * past, -1 when it does not parse. */
int64_t retry_after_parse(const char *text, int64_t ref);
/* What the server asks to wait, ns: by Retry-After, else by (X-)RateLimit-Reset,
 * which holds seconds or a time since 1970; 0 when it says nothing.  `date` is
 * the response's, TSTAMP_NONE when absent. */
int64_t retry_asked(const char *retry_after, const char *reset, int64_t date,
    int64_t now);

#endif
