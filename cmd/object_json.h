/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An object of the store as JSON: what the store knows of it, and as STIX again
 * where its original bytes were not kept.
 */
#ifndef CMD_OBJECT_JSON_H
#define CMD_OBJECT_JSON_H

#include "base/buf.h"
#include "base/cc.h"
#include "cmd/jw.h"
#include "taxiway.h"

/* Keys as in taxiway(1), "show --json". */
void object_json(struct jw *j, tw_snapshot *snap,
    const struct tw_object *object);

/* A STIX pattern of the claim's values, joined by OR.  -1 when they make none. */
int object_pattern(struct buf *out, tw_snapshot *snap,
    const struct tw_claim *c) CC_CHECK;

/* A STIX 2.1 object made from the record: common properties, name, labels,
 * pattern, validity, kill chain.  What was not kept is not invented; a pattern
 * whose text was not kept is made from the values, which then tell all of it. */
void object_stix(struct jw *j, tw_snapshot *snap,
    const struct tw_object *object);

#endif
