/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The full walk by manifest (P19): what a delta never shows.
 *
 * The manifest tells ids and versions.  The keeper is asked which of them this
 * source's part of the store has, and notes by that that they are still listed;
 * only what is missing or has changed is fetched, by match[id] in groups.  Where
 * a manifest cannot be had, or says too little, or where so much is missing that
 * groups would be more work, the caller walks the objects instead: that is always
 * as good, and only dearer.
 *
 * What was fetched although its date_added says that an earlier poll should have
 * brought it is counted as the deviation delta-missed: this server's deltas are
 * not to be relied on.
 */
#ifndef SYNC_TAXII_WALK_H
#define SYNC_TAXII_WALK_H

#include "base/cc.h"
#include "sync/cursor.h"
#include "sync/taxii.h"

#define WALK_MISSING 2000u /* more are not fetched by id */

/*
 * Walk the manifest of the collection at c->objects, from `start` on (TSTAMP_NONE:
 * all of it).  0 with *since for the checkpoint: everything that is listed is
 * known now.  1: walk the objects instead; e is clear.  -1 with e set.
 */
int taxii_walk(struct taxii *t, const struct cursor *c, int64_t start,
    int64_t *since, struct err *e) CC_CHECK;

#endif
