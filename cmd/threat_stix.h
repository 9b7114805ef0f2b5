/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threats that an entry of a feed names itself, as STIX: an object for each and a
 * relationship to it.  Their identifiers are made of what they say, so that every
 * export has the same ones.
 */
#ifndef CMD_THREAT_STIX_H
#define CMD_THREAT_STIX_H

#include <stdbool.h>

#include "base/idkey.h"
#include "cmd/jw.h"
#include "taxiway.h"

struct threat_stix {
	const struct tw_object *indicator;
	const struct tw_threat *threat;
	char id[IDKEY_TEXT_MAX];           /* of the threat's object … */
	char relationship[IDKEY_TEXT_MAX]; /* … and of the relationship */
};

/* False where there is nothing to make: the threat has an object, or its type is
 * none of STIX.  One object for a type, a name and a TLP level: what only a claim
 * of a high level says is not told with a lower one. */
bool threat_stix_of(const struct tw_object *indicator,
    const struct tw_threat *threat, struct threat_stix *out);
/* Both carry the markings of the indicator. */
void threat_stix_object(struct jw *j, tw_snapshot *snap,
    const struct threat_stix *t);
void threat_stix_relationship(struct jw *j, tw_snapshot *snap,
    const struct threat_stix *t);

#endif
