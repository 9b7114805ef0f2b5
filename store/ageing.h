/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ageing: when does what a source says come to its end?
 *
 * A claim may state its own end (valid_until), and its source's policy may set
 * one: a time to live per type of value, counted from a base (when it was first
 * or last seen, or a time of the object), and a score that decays.  How the two
 * go together is the policy's word: the stated end counts (honour), the earlier
 * of both (cap), the later (floor), or the policy's alone (ignore).
 *
 * An end that the policy sets stands still while its source is out of order: it
 * is put off by as long as no poll came to its end, up to a bound (freeze).  Ends
 * that a source states never are.  So that this costs no write, an end is kept
 * in one of three forms:
 *   fixed    a time
 *   lagged   a time, to which the lag of the source is added
 *   sliding  a duration behind the newest complete poll (base last-seen in a
 *            snapshot, whose every complete poll sees all that is listed)
 * and where a stated end and one of the other two are to be joined, the claim has
 * to be asked: `join` is set.
 *
 * A score that decays begins anew when the value is met here (store/sighting.h):
 * it then ends no earlier than a life after that, but for its time to live.  What
 * is met here does not depend on how the source is, so no outage puts that off.
 *
 * Pure, thread-safe, integers alone: no clock, no locale, no libm.  Times and
 * durations are nanoseconds; 0 as a duration is "none".
 */
#ifndef STORE_AGEING_H
#define STORE_AGEING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/limits.h"
#include "base/slice.h"
#include "base/tstamp.h"

/* What a source's listing means.  Part of the format: append only. */
enum listing_kind {
	LISTING_APPEND = 0,   /* it only ever adds: absence means nothing */
	LISTING_SNAPSHOT = 1, /* all that holds: absence is withdrawal */
	LISTING_WINDOW = 2,   /* the newest part: absence means nothing */
	LISTING_DELTA = 3,    /* what changed; removals are stated */
	LISTING_DIFF = 4,     /* lines that come and lines that go */
	LISTING_KINDS
};
const char *listing_name(int kind);            /* "append" …; NULL */
int listing_code(struct slice name) CC_CHECK;  /* or -1 */

enum ageing_base {
	AGEING_FIRST_SEEN = 0, AGEING_LAST_SEEN = 1, AGEING_CREATED = 2,
	AGEING_MODIFIED = 3, AGEING_VALID_FROM = 4, AGEING_BASES
};
enum ageing_until {
	UNTIL_HONOUR = 0, UNTIL_CAP = 1, UNTIL_FLOOR = 2, UNTIL_IGNORE = 3,
	UNTIL_POLICIES
};
enum ageing_ends { ENDS_FIXED = 0, ENDS_LAGGED = 1, ENDS_SLIDING = 2 };

/* Which rule set the end.  Names are stable: they are shown. */
enum ageing_rule {
	AGEING_NO_END = 0,   /* "no-end" */
	AGEING_STATED,       /* "valid-until" */
	AGEING_TTL,          /* "ttl" */
	AGEING_DECAY,        /* "decay" */
	AGEING_MOST,         /* "max-validity" */
	AGEING_RULES
};
const char *ageing_rule_name(int rule);
/* "first-seen", "last-seen", "created", "modified", "valid-from"; "honour",
 * "cap", "floor", "ignore".  -1 for another word. */
int ageing_base_code(struct slice name) CC_CHECK;
int ageing_until_code(struct slice name) CC_CHECK;

/* What holds for one type of value. */
struct ageing_line {
	uint8_t type;      /* enum value_type; 0: every type without a line */
	uint8_t base;      /* enum ageing_base */
	uint8_t threshold; /* of the score, 0 … 100 */
	uint8_t unstated;  /* score of a claim that states no confidence */
	uint32_t delta;    /* of the decay, in thousandths */
	int64_t ttl;       /* 0: none */
	int64_t tau;       /* the decay's lifetime; 0: no decay */
};

struct ageing {
	uint8_t until;     /* enum ageing_until */
	uint8_t nlines;
	/* No line and nothing but valid_until: the short way. */
	bool plain;
	int64_t never;        /* valid_until at or behind it is not stated */
	int64_t max_validity; /* of a stated end, and of what has none */
	int64_t max_future;   /* of valid_from, behind the poll that brought it */
	int64_t freeze;       /* longest outage made good; 0: time runs on */
	int64_t expected;     /* a poll is missed when the last is older */
	struct ageing_line lines[LIMIT_AGEING_LINES];
};

#define AGEING_NEVER (INT64_C(4102444800) * TSTAMP_SECOND) /* year 2100 */
#define AGEING_LONGEST (LIMIT_AGEING_DAYS * TSTAMP_DAY)
#define AGEING_MAX_FUTURE (366 * TSTAMP_DAY)
#define AGEING_FREEZE (7 * TSTAMP_DAY)
#define AGEING_EXPECTED TSTAMP_DAY

/* The policy of a source that says nothing. */
void ageing_default(struct ageing *a);
/* Append it; nothing when it is the default. */
int ageing_encode(const struct ageing *a, struct buf *out);
/* Empty: the default.  0, or -1 when damaged (then *a is the default). */
int ageing_decode(struct slice bytes, struct ageing *a);

/* The line for a type, or NULL. */
const struct ageing_line *ageing_line(const struct ageing *a, uint8_t type);
/* Does what it sets slide with the newest complete poll? */
static inline bool
ageing_is_sliding(const struct ageing_line *l, uint8_t listing)
{
	return l->base == AGEING_LAST_SEEN && listing == LISTING_SNAPSHOT;
}

/* Do local sightings put the end off? */
static inline bool
ageing_meets(const struct ageing *a, uint8_t type)
{
	const struct ageing_line *l;

	if (CC_LIKELY(a->nlines == 0))
		return false;
	l = ageing_line(a, type);
	return l != NULL && l->tau != 0;
}

/* The shortest time that anything lives behind the newest complete poll: no end
 * that slides comes sooner.  NEVER: none slides. */
int64_t ageing_shortest_slide(const struct ageing *a, uint8_t listing);

/* Which poll's start is a fact that the end depends on? */
enum ageing_anchor { ANCHOR_NONE, ANCHOR_FIRST, ANCHOR_NEWEST };

struct ageing_facts {
	int64_t created, modified, valid_from, valid_until;
	int64_t seen;   /* start of the anchor's poll; NONE when not known */
	int64_t brought; /* start of the poll that brought this version, looked
	                 * at where ageing_is_ahead() */
	int64_t frozen; /* what the source's outages came to at that time */
	int64_t met;    /* newest local sighting of the value, NONE: never; looked
	                 * at where ageing_meets() */
	uint8_t confidence; /* or 255 */
	uint8_t type;       /* enum value_type; 0 not known */
	uint8_t listing;    /* enum listing_kind */
};

struct ageing_end {
	int64_t from;    /* valid_from under the policy */
	int64_t end;     /* by `ends`; NEVER for none */
	int64_t stated;  /* with join: the stated end */
	int64_t met;     /* a time before which `end` does not come, because of a
	                  * sighting …; NONE.  Ask, as with join */
	int64_t spare;   /* … by which `end` is put off by no more than this */
	uint8_t ends;    /* enum ageing_ends */
	uint8_t join;    /* UNTIL_CAP or UNTIL_FLOOR: ask; 0: `end` alone */
	uint8_t rule;    /* enum ageing_rule of `end` */
	bool rejected;   /* valid_until is not behind valid_from: not counted */
};

/* `seen`, `brought` and `frozen` are not looked at. */
enum ageing_anchor ageing_anchor(const struct ageing *a,
    const struct ageing_facts *f);
/* May valid_from lie too far ahead? */
bool ageing_is_ahead(const struct ageing *a, const struct ageing_facts *f);
void ageing_end(const struct ageing *a, const struct ageing_facts *f,
    struct ageing_end *out);

/* The rules that a claim's end is made of, in words: "valid_until honoured, ttl
 * 30d since first-seen, held up by outages for 7d at most".  0, or -1. */
int ageing_print(const struct ageing *a, uint8_t type, uint8_t listing,
    struct buf *out) CC_CHECK;

/* The state of a source that its ends depend on. */
struct ageing_clock {
	int64_t success; /* end of the newest complete poll; 0 none */
	int64_t started; /* start of the newest poll */
	int64_t frozen;  /* outages that are over, added up */
};
/* The outage that lasts now, as far as it is made good. */
int64_t ageing_lag(const struct ageing *a, const struct ageing_clock *c,
    int64_t now);
/* The time that `end` stands for as things are at `now`. */
int64_t ageing_shift(const struct ageing *a, const struct ageing_clock *c,
    unsigned ends, int64_t end, int64_t now);
/* The same for an end that may have to be joined.  *rule, when not NULL, is the
 * rule that decided. */
int64_t ageing_resolve(const struct ageing *a, const struct ageing_clock *c,
    const struct ageing_end *end, int64_t now, uint8_t *rule);
/* The score of a claim: its stated confidence (or 255) where nothing decays.  As
 * its age does, it stands still while the source is out of order. */
uint8_t ageing_score(const struct ageing *a, const struct ageing_clock *c,
    const struct ageing_facts *f, int64_t now);

#endif
