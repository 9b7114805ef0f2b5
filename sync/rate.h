/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often a server may be asked: a token bucket for each origin, shared by
 * all who poll it from this host, kept over restarts.
 *
 * A rate of N requests in a time T is a promise about every stretch of T,
 * wherever it begins: a burst of half of N, then even steps of T / (N - burst +
 * 1).  A bucket that could be full and be filled again within T would let nearly
 * twice N pass.
 *
 * A server that asked to be left alone (Retry-After) is, by everyone, for as
 * long as it said, but for no more than RATE_CLOSED_MAX.
 *
 * rate_take() is pure.  rate_file_take() keeps the state of all origins in a
 * small file beside the store; losing it only fills the buckets.  Thread-safe.
 */
#ifndef SYNC_RATE_H
#define SYNC_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"

#define RATE_PERIOD_MAX 604800u /* s */
#define RATE_PATIENCE 600       /* s that a poll waits for its next request */
#define RATE_CLOSED_PATIENCE 60 /* s, where the server asked for it */
#define RATE_CLOSED_MAX 3600    /* s */
#define RATE_ORIGINS 4096u      /* kept; the longest idle one makes room */

struct rate {
	uint32_t requests; /* 0: any number */
	uint32_t period;   /* s */
};

/* Times are ns of the wall clock; all zeros is a full bucket. */
struct rate_state {
	int64_t next;   /* when the bucket would be full again */
	int64_t closed; /* until when the server wants to be left alone */
};

/* "50/10min", "1/s", "1000/d": s, min, h or d.  -1 with e set (ERR_CONFIG). */
int rate_parse(const char *text, uint32_t *requests, uint32_t *period,
    struct err *e) CC_CHECK;

struct rate_grant {
	bool given;   /* the request was taken out of the bucket */
	int64_t wait; /* ns to wait before it is sent; too long unless given */
};

/* Survives clocks that are set back. */
struct rate_grant rate_take(struct rate r, struct rate_state *s, int64_t now);
void rate_close(struct rate_state *s, int64_t until, int64_t now);

struct rate_ask {
	const char *path;   /* of the file */
	const char *url;    /* whose origin is meant */
	struct rate rate;
	int64_t closed;     /* not 0: only note this (rate_close()) */
	int64_t now;
	bool make;          /* the file may be made; else, where there is none,
	                     * the bucket is full */
};

/* -1 with e set (ERR_IO). */
int rate_file_take(const struct rate_ask *ask, struct rate_grant *grant,
    struct err *e) CC_CHECK;

#endif
