/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * After a request failed: give up, ask again, or start the chain again?
 *
 * Pure: the clock and the dice are arguments.  The rules are those of the TAXII
 * notes (1.5, P8, P9): a cursor is never sent twice unless the server cannot
 * have acted on it; what a person has to change is not tried again; the server's
 * Retry-After is honoured where a one-shot pull can wait that long.
 */
#ifndef SYNC_RETRY_H
#define SYNC_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define RETRY_ATTEMPTS 4u          /* tries again of one request */
#define RETRY_WAIT_MAX 60          /* s; a longer Retry-After ends the poll */
#define RETRY_CURSOR_WAIT 30       /* s; cursors are not trusted to live longer */

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
	int64_t date;            /* the response's Date, or TSTAMP_NONE */
	int64_t now;
	bool cursor;             /* the request held a `next` */
	bool reached;            /* the server has answered in this poll */
	unsigned attempt;        /* failures of this request before this one */
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

#endif
