/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From claims to the verdict entry of a value (struct value_rec).
 *
 * Claims fall into four classes: live, benign (not revoked, but it says so),
 * revoked, past (ended, or hidden by its source's terms).  The entry describes
 * the highest class that any claim is in, so a revoked claim never shortens or
 * lengthens what a live one says.  Within the class: the hull of the validity
 * intervals, the highest stated confidence, the least restrictive stated TLP,
 * VREC_COMPOUND when all are compound, VREC_SUFFIX when any is meant for
 * sub-domains.
 *
 * VREC_COMPLEX is set where one interval cannot tell the truth: the hull has a
 * gap, or claims of different intervals differ in confidence, TLP, compound or
 * suffix, or their ends move differently (store/ageing.h).  A reader then asks
 * the claims; expires_at is an upper bound.
 *
 * The writer folds the claims in the order of their rows, and so does `verify`:
 * both get the same bytes.  Pure.
 */
#ifndef STORE_VERDICT_H
#define STORE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "store/record.h"
#include "store/terms.h"

struct verdict_claim {
	int64_t valid_from;
	int64_t valid_until;             /* by `ends`; NEVER when there is none */
	uint8_t confidence;              /* or CONFIDENCE_UNKNOWN */
	uint8_t tlp;                     /* the source's default applied */
	uint16_t source;
	uint64_t row;                    /* of the claim's object */
	bool revoked, benign, past;
	bool compound, suffix;
	uint8_t ends;                    /* enum ageing_ends */
	bool ask;                        /* its end is to be resolved */
};

/* What object r claims of a value of this type under its source's terms; `flags`
 * are those of claim_rec (OVF_*, CLAIM_SUFFIX), `met` as in terms_end(). */
void verdict_claim(const struct object_rec *r, uint8_t flags,
    struct source_terms *terms, uint8_t type, int64_t met, uint64_t row,
    struct verdict_claim *out);
/* The flags of claim_rec for a value of an object. */
uint8_t verdict_flags(const struct object_value *v);

/* The entry of a value with this one claim, its row inline. */
void verdict_first(struct value_rec *r, const struct verdict_claim *c,
    bool digest);
/* Add a further claim; row, source and VREC_MULTI stay as they are. */
void verdict_fold(struct value_rec *r, const struct verdict_claim *c);

#endif
