/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/verdict.h"

#include "base/tstamp.h"

enum class { CLASS_PAST, CLASS_REVOKED, CLASS_BENIGN, CLASS_LIVE };

#define VREC_MOVES (VREC_LAGGED | VREC_SLIDING)
#define VREC_CLASS (VREC_PAST | VREC_REVOKED | VREC_BENIGN)
#define VREC_SAID                                                              \
	(VREC_COMPLEX | VREC_COMPOUND | VREC_SUFFIX | VREC_CLASS | VREC_MOVES)

void
verdict_claim(const struct object_rec *r, uint8_t flags,
    struct source_terms *terms, uint8_t type, int64_t met, uint64_t row,
    struct verdict_claim *out)
{
	struct ageing_end end;

	/* What the object says now is of no account to what it said once. */
	if (CC_UNLIKELY((flags & CLAIM_PAST) != 0)) {
		*out = (struct verdict_claim){.valid_from = TSTAMP_NONE,
		    .valid_until = TSTAMP_NEVER, .past = true,
		    .confidence = CONFIDENCE_UNKNOWN, .tlp = TLP_UNKNOWN,
		    .source = r->source, .row = row};
		return;
	}
	terms_end(terms, r, type, met, &end);
	out->valid_from = end.from;
	out->valid_until = end.end;
	out->ends = end.ends;
	out->ask = end.join != 0 || end.met != TSTAMP_NONE;
	out->past = terms_past(terms, r);
	out->confidence = r->confidence;
	out->tlp = r->tlp == TLP_UNKNOWN ? terms->default_tlp : r->tlp;
	out->source = r->source;
	out->row = row;
	out->revoked = (r->flags & OBJ_REVOKED) != 0;
	out->benign = (r->flags & OBJ_BENIGN) != 0;
	out->compound = (flags & OVF_COMPOUND) != 0;
	out->suffix = (flags & CLAIM_SUFFIX) != 0;
	if (CC_LIKELY(out->ends == ENDS_FIXED) ||
	    !(out->past || out->revoked || out->benign))
		return;
	/* It is never active: what was stated is all there is to tell. */
	out->ends = ENDS_FIXED;
	out->ask = false;
	out->valid_until =
	    r->valid_until == TSTAMP_NONE ? TSTAMP_NEVER : r->valid_until;
}

uint8_t
verdict_flags(const struct object_value *v)
{
	uint8_t flags = v->oflags & OVF_COMPOUND;

	if ((v->value.flags & VALUE_SUFFIX) != 0)
		flags |= CLAIM_SUFFIX;
	return flags;
}

static enum class
claim_class(const struct verdict_claim *c)
{
	if (c->past)
		return CLASS_PAST;
	if (c->revoked)
		return CLASS_REVOKED;
	return c->benign ? CLASS_BENIGN : CLASS_LIVE;
}

static enum class
entry_class(const struct value_rec *r)
{
	if (CC_LIKELY((r->flags & VREC_CLASS) == 0))
		return CLASS_LIVE;
	if ((r->flags & VREC_PAST) != 0)
		return CLASS_PAST;
	return (r->flags & VREC_REVOKED) != 0 ? CLASS_REVOKED : CLASS_BENIGN;
}

/* The claims have to be asked; the entry only bounds what they say. */
static void
entry_ask(struct value_rec *r)
{
	r->flags &= (uint16_t)~VREC_MOVES;
	r->flags |= VREC_COMPLEX;
	r->expires_at = TSTAMP_NEVER;
}

/* The end of a claim that does not stand still.  The reader finds the source by
 * the entry, so it must be that of the claim. */
static void
entry_take_end(struct value_rec *r, const struct verdict_claim *c)
{
	if (c->ask || c->source != r->source)
		entry_ask(r);
	else
		r->flags |= c->ends == ENDS_LAGGED ? VREC_LAGGED : VREC_SLIDING;
}

/* The entry says what this claim says. */
static void
entry_take(struct value_rec *r, const struct verdict_claim *c)
{
	static const uint16_t bits[] = {
	    [CLASS_PAST] = VREC_PAST, [CLASS_REVOKED] = VREC_REVOKED,
	    [CLASS_BENIGN] = VREC_BENIGN, [CLASS_LIVE] = 0};

	r->flags &= (uint16_t)~VREC_SAID;
	r->flags |= bits[claim_class(c)];
	if (c->compound)
		r->flags |= VREC_COMPOUND;
	if (c->suffix)
		r->flags |= VREC_SUFFIX;
	r->confidence = c->confidence;
	r->tlp = c->tlp;
	r->valid_from = c->valid_from;
	r->expires_at = c->valid_until;
	if (CC_UNLIKELY(c->ends != ENDS_FIXED))
		entry_take_end(r, c);
}

void
verdict_first(struct value_rec *r, const struct verdict_claim *c, bool digest)
{
	r->flags = digest ? VREC_DIGEST : 0;
	r->source = c->source;
	r->nclaims = 1;
	r->row = c->row;
	entry_take(r, c);
}

/*
 * Can the hull of both be read as one claim at every moment?  Ends that lag do so
 * by the same amount in one source, and never come earlier than they are kept; a
 * duration cannot be compared with valid_from.
 */
static bool
is_complex(const struct value_rec *r, const struct verdict_claim *c)
{
	bool compound = (r->flags & VREC_COMPOUND) != 0;
	bool suffix = (r->flags & VREC_SUFFIX) != 0;

	if (c->ends == ENDS_SLIDING && c->valid_from != r->valid_from)
		return true;

	if (c->valid_from > r->expires_at || c->valid_until < r->valid_from)
		return true;
	if (c->valid_from == r->valid_from && c->valid_until == r->expires_at)
		return false;
	return c->confidence != r->confidence || c->tlp != r->tlp ||
	    c->compound != compound || c->suffix != suffix;
}

/* Do the ends move otherwise than by what the entry says? */
static bool
moves_apart(const struct value_rec *r, const struct verdict_claim *c)
{
	static const uint16_t bits[] = {[ENDS_FIXED] = 0,
	    [ENDS_LAGGED] = VREC_LAGGED, [ENDS_SLIDING] = VREC_SLIDING};

	if (bits[c->ends] != (r->flags & VREC_MOVES))
		return true;
	return c->ends != ENDS_FIXED && (c->ask || c->source != r->source);
}

/* The ends of both, of which one at least may move. */
static void
entry_join(struct value_rec *r, const struct verdict_claim *c)
{
	bool complex = entry_class(r) == CLASS_LIVE && is_complex(r, c);

	if (moves_apart(r, c) || (complex && (r->flags & VREC_MOVES) != 0))
		entry_ask(r);
	else if (complex)
		r->flags |= VREC_COMPLEX;
	if (c->valid_from < r->valid_from)
		r->valid_from = c->valid_from;
	if (c->valid_until > r->expires_at)
		r->expires_at = c->valid_until;
}

static void
entry_merge(struct value_rec *r, const struct verdict_claim *c)
{
	entry_join(r, c);
	if (r->confidence == CONFIDENCE_UNKNOWN ||
	    (c->confidence != CONFIDENCE_UNKNOWN &&
	    c->confidence > r->confidence))
		r->confidence = c->confidence;
	if (r->tlp == TLP_UNKNOWN ||
	    (c->tlp != TLP_UNKNOWN && c->tlp < r->tlp))
		r->tlp = c->tlp;
	if (!c->compound)
		r->flags &= (uint16_t)~VREC_COMPOUND;
	if (c->suffix)
		r->flags |= VREC_SUFFIX;
}

void
verdict_fold(struct value_rec *r, const struct verdict_claim *c)
{
	if (r->nclaims < UINT16_MAX)
		r->nclaims++;
	if (claim_class(c) > entry_class(r))
		entry_take(r, c);
	else if (claim_class(c) == entry_class(r))
		entry_merge(r, c);
}
