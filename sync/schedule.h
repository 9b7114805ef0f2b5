/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When each source is polled next, and which may start now.
 *
 * Pure: no I/O, and two clocks that are passed in.  Intervals are counted on one
 * that nobody sets and that goes on while the machine sleeps (ticks); only times
 * of day look at the wall clock.  A clock that is set neither doubles a poll nor
 * loses one.  What must survive a restart (last poll, failures, what the server
 * asked for) comes from the store as facts, so a restart polls nothing early.
 *
 * Polls that were missed, because the daemon was not there or the machine slept,
 * are made up for once each, spread over a short time.
 *
 * Not thread-safe.
 */
#ifndef SYNC_SCHEDULE_H
#define SYNC_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "sync/calendar.h"

#define SCHEDULE_TIMES 8                       /* times of day of one source */
#define SCHEDULE_LEAST (10 * TSTAMP_SECOND)    /* between two polls, in any case */
#define SCHEDULE_LOOK (60 * TSTAMP_SECOND)     /* longest wait: a clock may have
                                                * been set meanwhile */
#define SCHEDULE_SPREAD (60 * TSTAMP_SECOND)   /* what was missed starts within */
#define SCHEDULE_HOST 256                      /* bytes of a host's name kept */

struct schedule_clock {
	int64_t ticks;  /* ns; goes on while the machine sleeps, is never set */
	int64_t wall;   /* ns since 1970 */
};

struct schedule_rule {
	int64_t every;       /* ns between two starts; 0: not by interval */
	struct calendar at[SCHEDULE_TIMES];
	unsigned ntimes;     /* with every == 0 and none: by hand only */
	int64_t jitter;      /* ns that a poll may start later; < 0: a twentieth
	                      * of the interval, 5 min at most; a minute for a
	                      * time of day */
	int64_t floor;       /* ns from the newest poll that sent a request,
	                      * whatever the reason for another, but for a
	                      * person who asks for it; SCHEDULE_LEAST in any
	                      * case */
	int64_t retry_max;   /* ns between polls that fail; 0: the interval, but
	                      * at least an hour and at most a day */
};

/* A source as it is configured.  Texts are copied. */
struct schedule_source {
	const char *name;
	const char *host;    /* polls of one host are counted; "": none */
	struct schedule_rule rule;
	uint64_t print;      /* of its settings: another one polls soon */
	int64_t late_after, stale_after; /* ns; 0: never.  For its state. */
	int64_t unchanged_after;         /* the same, without a change */
	int64_t stated_after;            /* … behind what it states */
	bool off;            /* polled only when it is asked for */
};

/* What the store says; times are of the wall clock. */
struct schedule_facts {
	int64_t last_poll;   /* start of the newest poll; 0: never */
	int64_t last_asked;  /* of the newest that sent a request; 0: none did */
	int64_t retry_at;    /* the server wants no poll before; 0 */
	uint32_t polls;
	uint32_t failures;   /* in a row */
	bool stubborn;       /* it fails in a way that only a person mends */
	bool paused;
	bool undone;         /* rolled back: no poll would be taken */
};

/* Why a source is not being polled now; names are stable. */
enum schedule_why {
	SCHEDULE_RUNNING, SCHEDULE_DUE, SCHEDULE_BY_RULE, SCHEDULE_SPREAD_OUT,
	SCHEDULE_RETRY, SCHEDULE_SERVER, SCHEDULE_BUSY, SCHEDULE_CHANGED,
	SCHEDULE_ASKED, SCHEDULE_SLOTS, SCHEDULE_SAME_HOST, SCHEDULE_OFF,
	SCHEDULE_PAUSED, SCHEDULE_UNDONE, SCHEDULE_BY_HAND,
	SCHEDULE_WHYS
};
const char *schedule_why_name(enum schedule_why why); /* "running" … */
/* A sentence's rest for people: "waits for …". */
const char *schedule_why_text(enum schedule_why why);

struct schedule_entry {
	char name[LIMIT_SOURCE_NAME + 1];
	char host[SCHEDULE_HOST];
	struct schedule_rule rule;
	uint64_t print;
	int64_t born;        /* ticks at which it was first heard of */
	int64_t last;        /* ticks of the newest start, or SCHEDULE_NONE */
	int64_t last_wall;
	int64_t asked_at;    /* ticks of the newest start that may have sent a
	                      * request, or SCHEDULE_NONE … */
	int64_t asked_before; /* … and of the one before it */
	int64_t ended;       /* ticks of the newest end seen, or SCHEDULE_NONE */
	int64_t not_before;  /* ticks, by the server; or SCHEDULE_NONE */
	int64_t busy_until;  /* ticks; somebody else polled it; or NONE */
	int64_t offset;      /* ns behind a wake, when it is overdue then */
	uint32_t polls, failures;
	uint32_t crashes;    /* polls in a row of which the store knows nothing */
	bool off, stubborn, paused, undone, running, asked, changed;
	bool started;        /* here, and its facts have not come */
	bool full;           /* the next poll is to walk the whole collection */
	bool gone;           /* no longer in the list; dropped when it ends */
	bool kept;           /* (while a list is loaded) */
};
#define SCHEDULE_NONE INT64_MIN

struct schedule {
	struct schedule_entry *v;
	unsigned n;
	uint64_t seed;
	unsigned at_once, per_host; /* ≥ 1 */
	unsigned running;
	int64_t woken;       /* ticks: what was due before is overdue */
	int64_t expected;    /* ticks by which schedule_tick() was to come */
	struct schedule_clock seen;
};

void schedule_init(struct schedule *s, uint64_t seed, struct schedule_clock now);
void schedule_free(struct schedule *s);
/*
 * Take a list of sources in place of the old one.  One of the same name goes on
 * as it was; with other settings it is due at once.  One that is running and not
 * in the list any more is dropped when it ends.  -1: no memory, nothing changed.
 */
int schedule_load(struct schedule *s, const struct schedule_source *v,
    unsigned n, struct schedule_clock now, struct err *e) CC_CHECK;
/* The entry of that name, or NULL. */
struct schedule_entry *schedule_find(const struct schedule *s,
    const char *name);
/* What the store says of a source, at the start and after each poll. */
void schedule_learn(struct schedule_entry *x, const struct schedule_facts *f,
    struct schedule_clock now);

/* What is overdue starts one after another from now on: at the start. */
void schedule_wake(struct schedule *s, struct schedule_clock now);
/* To be called after each wait: notices that the machine slept or a clock was
 * set.  True when so. */
bool schedule_tick(struct schedule *s, struct schedule_clock now);
/* A source that is to be polled now, which then counts as running; NULL: none.
 * Those that a person asks for come first, then who has waited longest. */
struct schedule_entry *schedule_pick(struct schedule *s,
    struct schedule_clock now);
/* Its poll is over, and x no longer valid if it is gone; `told` says that the
 * store knows of it.  With `busy` it was none: somebody else polls the source. */
void schedule_end(struct schedule *s, struct schedule_entry *x, bool told,
    bool busy, struct schedule_clock now);
/* A person wants it now, whatever the schedule says. */
void schedule_ask(struct schedule_entry *x);
/* ns until something is to be done, at most SCHEDULE_LOOK. */
int64_t schedule_wait(struct schedule *s, struct schedule_clock now);
/* When it is due (ticks; INT64_MAX: never), and why then. */
int64_t schedule_due(const struct schedule *s, const struct schedule_entry *x,
    struct schedule_clock now, enum schedule_why *why);

#endif
