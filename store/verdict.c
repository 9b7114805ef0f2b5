/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/verdict.h"

#include "base/tstamp.h"

enum class { CLASS_REVOKED, CLASS_BENIGN, CLASS_LIVE };

#define VREC_SAID                                                              \
	(VREC_COMPLEX | VREC_COMPOUND | VREC_BENIGN | VREC_REVOKED | VREC_SUFFIX)

void
verdict_claim(const struct object_rec *r, uint8_t flags, uint8_t default_tlp,
    uint64_t row, struct verdict_claim *out)
{
	out->valid_from = r->valid_from;
	out->valid_until =
	    r->valid_until == TSTAMP_NONE ? TSTAMP_NEVER : r->valid_until;
	out->confidence = r->confidence;
	out->tlp = r->tlp == TLP_UNKNOWN ? default_tlp : r->tlp;
	out->source = r->source;
	out->row = row;
	out->revoked = (r->flags & OBJ_REVOKED) != 0;
	out->benign = (r->flags & OBJ_BENIGN) != 0;
	out->compound = (flags & OVF_COMPOUND) != 0;
	out->suffix = (flags & CLAIM_SUFFIX) != 0;
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
	if (c->revoked)
		return CLASS_REVOKED;
	return c->benign ? CLASS_BENIGN : CLASS_LIVE;
}

static enum class
entry_class(const struct value_rec *r)
{
	if ((r->flags & VREC_REVOKED) != 0)
		return CLASS_REVOKED;
	return (r->flags & VREC_BENIGN) != 0 ? CLASS_BENIGN : CLASS_LIVE;
}

/* The entry says what this claim says. */
static void
entry_take(struct value_rec *r, const struct verdict_claim *c)
{
	r->flags &= (uint16_t)~VREC_SAID;
	if (c->revoked)
		r->flags |= VREC_REVOKED;
	else if (c->benign)
		r->flags |= VREC_BENIGN;
	if (c->compound)
		r->flags |= VREC_COMPOUND;
	if (c->suffix)
		r->flags |= VREC_SUFFIX;
	r->confidence = c->confidence;
	r->tlp = c->tlp;
	r->valid_from = c->valid_from;
	r->expires_at = c->valid_until;
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

/* Can the hull of both be read as one claim at every moment? */
static bool
is_complex(const struct value_rec *r, const struct verdict_claim *c)
{
	bool compound = (r->flags & VREC_COMPOUND) != 0;
	bool suffix = (r->flags & VREC_SUFFIX) != 0;

	if (c->valid_from > r->expires_at || c->valid_until < r->valid_from)
		return true;
	if (c->valid_from == r->valid_from && c->valid_until == r->expires_at)
		return false;
	return c->confidence != r->confidence || c->tlp != r->tlp ||
	    c->compound != compound || c->suffix != suffix;
}

static void
entry_merge(struct value_rec *r, const struct verdict_claim *c)
{
	if (entry_class(r) == CLASS_LIVE && is_complex(r, c))
		r->flags |= VREC_COMPLEX;
	if (c->valid_from < r->valid_from)
		r->valid_from = c->valid_from;
	if (c->valid_until > r->expires_at)
		r->expires_at = c->valid_until;
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
