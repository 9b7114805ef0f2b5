/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of claims, once more: a model of what a store must say after any
 * sequence of polls, outages, rollbacks, sightings and jumps of the clock.
 *
 * It keeps everything that ever happened in plain arrays and computes each
 * answer from the beginning, by the rules of doc/design.md, without a function
 * of store/.  Nothing is remembered that could be computed, nothing is folded:
 * a value's verdict is a loop over all claims that there ever were.
 *
 * A sequence is an array of steps, each with random numbers of its own, so that
 * steps may be dropped from it and it stays a sequence: that is how a failing
 * one is made short.
 */
#ifndef TESTS_UNIT_LIFE_H
#define TESTS_UNIT_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/unit/store_util.h"

#define LIFE_SOURCES 4
#define LIFE_IDS 7       /* objects of a source */
#define LIFE_VALUES 9
#define LIFE_CLAIMS 3    /* values of an object */
#define LIFE_POLLS 64    /* of a source; also steps of a sequence */
#define LIFE_CANARY 2    /* the value that no listing may bring */

#define LIFE_HOUR (INT64_C(3600) * TSTAMP_SECOND)
#define LIFE_DAY (24 * LIFE_HOUR)
#define LIFE_EPOCH (INT64_C(1767225600) * TSTAMP_SECOND)
#define LIFE_LONGEST (75 * LIFE_DAY) /* of a sequence */
/* Ends that decay sets are right to about a minute; none that is used here lies
 * so near to a whole hour, and all else happens on the hour. */
#define LIFE_NEAR (2 * 60 * TSTAMP_SECOND)

/* ---- what a sequence is made of ---------------------------------------- */

enum life_kind {
	LIFE_POLL,     /* a poll that comes to its end */
	LIFE_CUT,      /* one that breaks off: an outage */
	LIFE_KILLED,   /* one whose process dies behind a commit */
	LIFE_SAME,     /* 304: as before */
	LIFE_SEEN,     /* a sighting */
	LIFE_ROLLBACK,
	LIFE_RESTORE,
	LIFE_FORGET,
	LIFE_ACCEPT,
	LIFE_TERMS,    /* the next poll has other terms */
	LIFE_ALLOW,    /* an allow-list entry is made, or another in its place */
	LIFE_DISALLOW, /* … is taken back */
	LIFE_CLOCK,    /* time passes, or goes back */
	LIFE_UPKEEP,   /* all of it */
	LIFE_PART,     /* one transaction of it */
	LIFE_REOPEN,   /* the process ends; another begins */
	LIFE_KINDS
};

struct life_step {
	uint8_t kind;
	uint8_t source;
	uint64_t seed;
};

/* ---- what sources say -------------------------------------------------- */

struct life_line {
	bool there;
	uint8_t base, threshold, unstated;
	int64_t ttl, tau;   /* 0: none */
	uint32_t delta;     /* thousandths */
};

struct life_terms {
	uint8_t listing, until, tlp, reliability, group;
	struct life_line address, other; /* addresses have a line of their own */
	int64_t never, max_validity, max_future, freeze, expected;
	unsigned absent_polls;
	int64_t grace;
	bool strict;        /* sizes are judged, and nothing is suspicious */
	unsigned repeats;   /* 0, or accept after so many */
};

struct life_version {
	uint64_t hash;
	int64_t created, modified, from, until;
	uint8_t confidence, tlp;
	bool revoked, benign, claims;
	unsigned nvalues;
	uint8_t value[LIFE_CLAIMS];
	bool compound[LIFE_CLAIMS];
};

struct life_event { /* it ended, or counts again */
	uint32_t poll;
	bool ended;
	int64_t when;
};

enum { LIFE_STAYS, LIFE_LEAVES, LIFE_RETURNS };

struct life_object {
	unsigned nversions, nevents;
	struct {
		uint32_t poll;
		struct life_version v;
	} version[LIFE_POLLS];
	struct life_event event[2 * LIFE_POLLS];
	bool missing;        /* the newest listings lack it, … */
	unsigned since_walk; /* … this one first */
	int64_t since;
	uint8_t next;        /* what upkeep is to do */
	uint32_t next_poll;
	int64_t next_when;
	bool guilty;         /* of what no listing may bring */
	bool held;           /* listed since a listing is held, by it or later */
};

struct life_poll {
	int64_t start, end, frozen;
	bool complete, whole, believed;
	unsigned listed;
};

struct life_source {
	bool there;
	struct life_terms terms, wanted; /* as of the newest poll; of the next */
	uint32_t polls, complete_poll;
	struct life_poll poll[LIFE_POLLS]; /* by number */
	int64_t success, started, frozen;
	uint32_t hidden, held_hides;
	bool held, held_whole;
	uint32_t held_poll, held_times, sizes_from;
	uint64_t held_print; /* what the held listing lists; 0: not told */
	unsigned walks;
	struct life_object o[LIFE_IDS];
};

#define LIFE_ALLOWS 6
struct life_allow {
	bool there, blocks;
	unsigned scope;      /* enum allow_scope */
	int64_t expires;
};

struct life {
	int64_t now;
	struct life_allow allow[LIFE_ALLOWS];
	struct value values[LIFE_VALUES];
	const char *text[LIFE_VALUES];
	int64_t met[LIFE_VALUES];    /* newest sighting */
	int64_t told_at[LIFE_VALUES];
	struct life_source s[LIFE_SOURCES];
	uint64_t made;
	bool forgetting; /* upkeep has a source to remove */
};

struct life_counts {
	unsigned added, updated, unchanged, older, revoked, stale, rejected;
	unsigned missing, withdrawn, returned;
	bool held;
};

/* ---- what it all comes to ---------------------------------------------- */

struct life_claim {
	unsigned source, id;
	int state, ended;       /* enum tw_state; enum end_reason */
	int64_t from, end;
	uint8_t confidence, tlp, score, reliability, group;
	bool compound;
	bool old;               /* ended so long ago that it may be gone */
};

struct life_verdict {
	unsigned n;
	struct life_claim claim[LIFE_SOURCES * LIFE_IDS];
	int state;              /* 0: nothing was ever said of it */
	bool some_state;        /* PENDING and EXPIRED cannot be told apart */
	int64_t from, end;      /* of the live claims; end as long as active */
	uint8_t confidence, tlp, score;
	bool compound;
	unsigned active, sources, groups;
	double fused;           /* < 0: nothing is stated */
};

void life_make(struct life *l);
/* May a poll of the source begin? */
bool life_may_poll(const struct life_source *s);
/* A poll: begin, any number of tell, in between and behind them commit, then end
 * unless it is killed. */
struct life_tell {
	unsigned source;
	uint32_t poll;
	uint32_t listed;       /* a bit for each object */
	bool first_commit;
	/* Behind the last commit: records, objects with a new version, those of
	 * them that had no canary before. */
	unsigned sent;
	uint32_t brought, judged;
	uint32_t held_times;   /* before this poll */
	uint64_t held_print;
	unsigned rejected;     /* records that are no good */
	bool declares;         /* the listing says how many records it has … */
	unsigned declared;     /* … so many */
	struct life_counts counts;
};
void life_poll_begin(struct life *l, unsigned source, struct life_tell *t);
/* `sent`: as a record; else it was asked for, and known. */
void life_poll_tell(struct life *l, struct life_tell *t, unsigned id,
    const struct life_version *v, bool sent);
void life_poll_commit(struct life *l, struct life_tell *t);
enum life_extent { LIFE_PART_OF, LIFE_DOCUMENT, LIFE_WALK, LIFE_AGAIN };
void life_poll_end(struct life *l, struct life_tell *t, bool complete,
    enum life_extent extent);
void life_accept(struct life *l, unsigned source);
/* What upkeep owes to listings: all of it, or that of one source. */
void life_upkeep(struct life *l);
void life_upkeep_of(struct life *l, unsigned source, int what);
void life_verdict(const struct life *l, unsigned value, int64_t now,
    struct life_verdict *out);
/* Does the source hold something of it now? */
bool life_says(const struct life_source *s, unsigned id, unsigned value);

/* ---- life_allow.c ------------------------------------------------------ */

/* What an entry is about. */
struct value life_allow_value(const struct life *l, unsigned entry);
void life_random_allow(const struct life *l, uint64_t *rng, unsigned entry,
    struct life_allow *a);
/* Is a value that is active suppressed? */
bool life_suppressed(const struct life *l, unsigned value, int64_t now);

/* ---- life_rules.c ------------------------------------------------------ */

int64_t life_lag(const struct life_terms *t, int64_t success, int64_t now);
struct life_span {
	int64_t from, end;
	uint8_t score;
	bool rejected;
};
/* What a version of an object comes to under its source's terms at a time; `met`
 * is NONE when the value was not. */
void life_span(const struct life_source *s, const struct life_object *o,
    unsigned version, bool address, int64_t met, int64_t now,
    struct life_span *out);
/* Terms that a source may have. */
void life_random_terms(uint64_t *rng, struct life_terms *t);
void life_random_version(struct life *l, uint64_t *rng,
    struct life_version *v);

#endif
