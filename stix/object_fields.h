/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The properties of a STIX object that are lists or objects themselves.
 * Private to stix/.
 *
 * Each reads the value at the cursor.  What has the wrong JSON type is left out
 * and noted in *odd; at most LIMIT_LIST items are kept.  0, or -1 with the
 * cursor's error set.
 */
#ifndef STIX_OBJECT_FIELDS_H
#define STIX_OBJECT_FIELDS_H

#include "stix/scan.h"
#include "stix/object.h"

/* An array of strings, put behind what the list has already. */
int field_list(struct scan *s, struct slice_list *list, unsigned *odd)
    CC_CHECK;
/* kill_chain_phases, granular_markings, hashes. */
int field_phases(struct scan *s, struct stix_object *o) CC_CHECK;
int field_granular(struct scan *s, struct stix_object *o) CC_CHECK;
int field_hashes(struct scan *s, struct stix_object *o) CC_CHECK;
/* `tlp` in a `definition`; the first `tlp_2_0` in any of the `extensions`. */
int field_definition(struct scan *s, struct slice *tlp, unsigned *odd)
    CC_CHECK;
int field_extensions(struct scan *s, struct slice *tlp, unsigned *odd)
    CC_CHECK;
/* A string; anything else sets `bit`. */
int field_text(struct scan *s, struct slice *out, unsigned bit,
    unsigned *odd) CC_CHECK;

#endif
