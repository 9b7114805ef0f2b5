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

/* Where it is polled, seen from where it was looked at. */
enum sniff_place {
	SNIFF_HERE,
	SNIFF_FOLDER,            /* its folder: the path up to the last '/' */
	SNIFF_SERVER,            /* the path before /attributes/ or /events/ */
	SNIFF_COLLECTION,        /* the path before objects/ */
	SNIFF_PLACES
};

struct sniff {
	bool feed;               /* false: `what` says why not */
	enum sniff_place place;
	char what[160];          /* for people */
	struct slice settings[LIMIT_SNIFF_SETTINGS]; /* "name=value", of
	                          * feed_options.h and "kind"; in the arena */
	size_t nsettings;
	/* It seems to be one page of several: what could be page-kind, NULL if
	 * not, and where the next one is told, in the arena.  Not among the
	 * settings: only the provider's documentation says how one is asked
	 * for. */
	const char *page_kind;
	struct slice page_next;
};

/* `whole`: nothing follows `head`.  `path`: of the URL that a server gave it
 * for; absent for a file.  -1 with e set: no memory. */
int sniff(struct slice head, bool whole, struct slice path, struct arena *a,
    struct sniff *out, struct err *e) CC_CHECK;

#endif
