/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An object of the store as JSON: what the store knows of it, and as STIX again
 * where its original bytes were not kept.
 */
#ifndef CMD_OBJECT_JSON_H
#define CMD_OBJECT_JSON_H

#include "cmd/jw.h"
#include "taxiway.h"

/* Members of an object that is begun: when its feed says that it was seen; null
 * where it does not. */
void stated_json(struct jw *j, tw_snapshot *snap, const struct tw_claim *c);

/* Keys as in taxiway(1), "show --json". */
void object_json(struct jw *j, tw_snapshot *snap,
    const struct tw_object *object);

/*
 * A STIX 2.1 object made from the record: common properties, references, name,
 * labels, pattern, validity, kill chain, value.  Pulled again it gives the same
 * claims.  What was not kept is not invented.
 */
void object_stix(struct jw *j, tw_snapshot *snap,
    const struct tw_object *object);
/* Its member object_marking_refs, of an object that is begun. */
void markings_stix(struct jw *j, tw_snapshot *snap,
    const struct tw_object *object);

#endif
