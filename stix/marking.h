/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLP levels of objects.
 *
 * The ids of TLP 1.0 (STIX 2.1 section 7.2.1.4), of TLP 2.0 (OASIS extension
 * 60a3c5c5-…) and OpenCTI's AMBER+STRICT are known here, because feeds refer to
 * them without sending them.  An object's level is the most restrictive of its
 * object_marking_refs and of those granular markings that select `pattern`,
 * `value` or `name`.  Unmarked is unknown, not CLEAR.  Pure, thread-safe.
 */
#ifndef STIX_MARKING_H
#define STIX_MARKING_H

#include "base/cc.h"
#include "base/slice.h"
#include "base/tlp.h"
#include "stix/object.h"

/* The level of a marking-definition id; TLP_UNKNOWN when it is not one of ours. */
enum tlp marking_tlp(struct slice id);

/* The id of a level's marking definition, of TLP 2.0; NULL for unknown. */
const char *marking_id(int tlp);

/* The most restrictive level that the object's own markings state.  `lookup`
 * resolves other marking ids (a feed's own marking-definition objects) and may
 * be NULL; it returns TLP_UNKNOWN for what it does not know. */
enum tlp marking_effective(const struct stix_object *o,
    enum tlp (*lookup)(void *ctx, struct slice id), void *ctx);

/* The level that a marking-definition object defines; TLP_UNKNOWN for other
 * kinds of marking. */
enum tlp marking_defines(const struct stix_object *o);

#endif
