/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a source is: one named state, since when, and the way out.  A pure
 * function of what the store and the configuration say; nobody stores it.
 */
#ifndef SYNC_HEALTH_H
#define SYNC_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "taxiway.h"

/*
 * In this order a state hides those behind it: what a person decided, then what
 * only a person mends, then how old the data is, then what mends itself.
 */
enum health_state {
	HEALTH_OFF,     /* its configuration wants no polls */
	HEALTH_PAUSED,  /* a person wants no polls */
	HEALTH_AUTH,    /* its server refuses us, or a secret cannot be read */
	HEALTH_MOVED,   /* its server says that it is gone or elsewhere */
	HEALTH_HELD,    /* its listing is not believed, there is no room for it,
	                 * or it was rolled back */
	HEALTH_STALE,   /* its newest complete poll, or what that brings, is too
	                 * old to rely on */
	HEALTH_FAILING, /* its newest poll failed, or its first one was cut off
	                 * and could not say so; it is tried again */
	HEALTH_LATE,    /* polls that were due did not come to an end */
	HEALTH_NEW,     /* it was never polled: nothing is wrong yet */
	HEALTH_OK,
	HEALTH_STATES
};
const char *health_name(enum health_state s); /* "paused" … */
/* Somebody decided that it is not to be polled: nothing is wrong. */
bool health_chosen(enum health_state s);
/* Is anything wrong?  Not where nothing was tried. */
bool health_wrong(enum health_state s);
/* HEALTH_STATES when there is none of that name. */
enum health_state health_code(const char *name);

/* Times are ns since 1970, 0: none. */
struct health_facts {
	struct tw_str store;   /* state as the store has it; absent: unknown there */
	int64_t last_poll, last_success, last_change, state_since, paused;
	int64_t stated;        /* of when the feed itself says that it is */
	uint32_t hidden_from;  /* rolled back */
	bool held;             /* a listing is held */
	/* By the configuration (0: never), and since when that holds: a source is
	 * not late before it could have been polled. */
	int64_t late_after, stale_after, unchanged_after, configured;
	int64_t stated_after;  /* … behind what it states */
	bool off;              /* by the configuration, too */
	bool running;          /* a poll of it runs, as far as is known */
	int64_t now;
};

struct health {
	enum health_state state;
	int64_t since;         /* 0: not known */
	const char *way;       /* what to do, with %s for the source; or NULL */
	const char *why;       /* what no error of a poll says; or NULL */
};

struct health health_judge(const struct health_facts *f);
/* The facts that the store has. */
struct health_facts health_of(const struct tw_source *s, int64_t now);

#define HEALTH_WAY_MAX 512
/* The way out as a sentence; "" when there is none. */
void health_way(const struct health *h, const char *name,
    char out[HEALTH_WAY_MAX]);

#endif
