/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the first bytes of an unknown feed seem to be, and the settings by which
 * they could be read: guesses for a person to look at, never used unseen.
 *
 * Pure, thread-safe, no clock.  Bytes are hostile: this runs in a fetcher, and
 * takes bounded memory and time.
 */
#ifndef SYNC_SNIFF_H
#define SYNC_SNIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

struct sniff {
	bool feed;               /* false: `what` says why not */
	char what[160];          /* for people */
	struct slice settings[LIMIT_SNIFF_SETTINGS]; /* "name=value", of
	                          * feed_options.h and "kind"; in the arena */
	size_t nsettings;
};

/* `whole`: nothing follows `head`.  -1 with e set: no memory. */
int sniff(struct slice head, bool whole, struct arena *a, struct sniff *out,
    struct err *e) CC_CHECK;

#endif
