/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terms: what decides about a source's claims besides its objects.  Made from
 * the source's record, by the writer once in a commit, by the reader once in a
 * view.
 *
 * A change of the terms makes the source unsettled (source_rec.unsettled): its
 * entries in `values` and `nets` still say what followed from the old ones, until
 * upkeep has made them anew.  Terms that are asked at every read, the clock and
 * how far a source is trusted, change without that.
 */
#ifndef STORE_TERMS_H
#define STORE_TERMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "store/ageing.h"
#include "store/record.h"

struct terms_poll {
	uint32_t poll;   /* 0: none */
	int64_t start;   /* NONE when its record is gone */
	int64_t frozen;  /* outages of the source at its start */
};

struct source_terms {
	uint16_t source;
	uint8_t default_tlp;
	uint8_t listing;      /* enum listing_kind */
	bool unsettled;
	uint32_t hidden_from; /* claims brought by it or later ones do not
	                       * count; 0: all do */
	struct ageing_clock clock;
	struct ageing ageing;
	/* How to find when a poll began, for the policies that need it; NULL: it
	 * is not known.  The newest two are kept. */
	void (*find)(void *ctx, uint16_t source, uint32_t poll,
	    struct terms_poll *out);
	void *ctx;
	struct terms_poll polls[2];
};

void terms_of(const struct source_rec *r, struct source_terms *t);
/* Would claims be folded otherwise under the one than under the other? */
bool terms_differ(const struct source_rec *a, const struct source_rec *b);

/* Under its source's terms, does an object not count (any more)? */
bool terms_past(const struct source_terms *t, const struct object_rec *r);
/* When what an object says of a value of this type ends.  `met` is when the value
 * was last met here (NONE: never), needed where terms_meet() only. */
void terms_end(struct source_terms *t, const struct object_rec *r,
    uint8_t type, int64_t met, struct ageing_end *out);

/* When a poll of the source began; NONE when that is not known. */
int64_t terms_poll_start(struct source_terms *t, uint32_t poll);

/* Its score at a time: the stated confidence (255: none) where nothing decays. */
uint8_t terms_score(struct source_terms *t, const struct object_rec *r,
    uint8_t type, int64_t met, int64_t now);

static inline bool
terms_meet(const struct source_terms *t, uint8_t type)
{
	return ageing_meets(&t->ageing, type);
}

static inline int64_t
terms_shift(const struct source_terms *t, unsigned ends, int64_t end,
    int64_t now)
{
	return ageing_shift(&t->ageing, &t->clock, ends, end, now);
}

/* The end of an entry whose counting claims are of this source; entries that
 * are VREC_COMPLEX have to be asked. */
static inline int64_t
terms_entry_end(const struct source_terms *t, const struct value_rec *r,
    int64_t now)
{
	if (CC_LIKELY((r->flags & (VREC_LAGGED | VREC_SLIDING)) == 0))
		return r->expires_at;
	return terms_shift(t, (r->flags & VREC_LAGGED) != 0 ? ENDS_LAGGED :
	    ENDS_SLIDING, r->expires_at, now);
}

#endif
