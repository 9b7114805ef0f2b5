/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tags of a MISP event or attribute say: TLP, confidence, threats, phases
 * of a kill chain, and labels, which is every other tag as it is.
 *
 * Tags are "word", "namespace:word" or "namespace:predicate="value"" (machine
 * tags); galaxies are machine tags of the namespace misp-galaxy.  Pure; texts are
 * borrowed, those that are made lie in the arena.
 */
#ifndef SYNC_MISP_TAG_H
#define SYNC_MISP_TAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/slice.h"
#include "sync/claim.h"

#define MISP_THREATS 64
#define MISP_PHASES 16

struct misp_context {
	uint8_t tlp;         /* the most restrictive that is stated */
	uint8_t confidence;  /* the lowest that is stated, or UNKNOWN */
	bool benign;         /* confirmed to be a false positive */
	unsigned nthreats, nphases, nlabels;
	struct claim_pair threats[MISP_THREATS], phases[MISP_PHASES];
	struct slice labels[LIMIT_LIST];
};

void misp_context_init(struct misp_context *m);
/* Take a tag; what is too much is left out. */
void misp_context_tag(struct misp_context *m, struct slice tag,
    struct arena *a);
/* What `own` says, and of `outer` what it does not: its TLP and its confidence
 * go in front of those around it, everything else is added. */
void misp_context_within(struct misp_context *own,
    const struct misp_context *outer);

#endif
