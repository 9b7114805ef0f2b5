/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From claims to the verdict entry of a value (struct value_rec).
 *
 * Claims fall into three classes: live, benign (not revoked, but it says so),
 * revoked.  The entry describes the highest class that any claim is in, so a
 * revoked claim never shortens or lengthens what a live one says.  Within the
 * class: the hull of the validity intervals, the highest stated confidence, the
 * least restrictive stated TLP, VREC_COMPOUND when all are compound,
 * VREC_SUFFIX when any is meant for sub-domains.
 *
 * VREC_COMPLEX is set where one interval cannot tell the truth: the hull has a
 * gap, or claims of different intervals differ in confidence, TLP, compound or
 * suffix.  A reader then asks the claims.
 *
 * The writer folds the claims in the order of their rows, and so does `verify`:
 * both get the same bytes.  Pure.
 */
#ifndef STORE_VERDICT_H
#define STORE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "store/record.h"

struct verdict_claim {
	int64_t valid_from, valid_until; /* NEVER when the end is not stated */
	uint8_t confidence;              /* or CONFIDENCE_UNKNOWN */
	uint8_t tlp;                     /* the source's default applied */
	uint16_t source;
	uint64_t row;                    /* of the claim's object */
	bool revoked, benign;
	bool compound, suffix;
};

/* What object r claims; `flags` are those of claim_rec (OVF_*, CLAIM_SUFFIX). */
void verdict_claim(const struct object_rec *r, uint8_t flags,
    uint8_t default_tlp, uint64_t row, struct verdict_claim *out);
/* The flags of claim_rec for a value of an object. */
uint8_t verdict_flags(const struct object_value *v);

/* The entry of a value with this one claim, its row inline. */
void verdict_first(struct value_rec *r, const struct verdict_claim *c,
    bool digest);
/* Add a further claim; row, source and VREC_MULTI stay as they are. */
void verdict_fold(struct value_rec *r, const struct verdict_claim *c);

#endif
