/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Response policy zones: what one line of a zone file (RFC 1035, 5) lists, as its
 * RPZ triggers and actions say (draft-vixie-dnsop-dns-rpz).
 *
 * The names that "CNAME ." (no such domain), "CNAME *." (no data) and "CNAME
 * rpz-drop." block, with "*." in front where that stands there; of
 * "24.0.2.0.192.rpz-ip" the network.  Triggers by who asks or who answers, names
 * that are let through or sent elsewhere, and other records list nothing.
 *
 * Names are relative to the zone's apex, as the zone means them, whether the file
 * has them relative to that ("evil.example"), to a $ORIGIN below it, or whole
 * ("evil.example.rpz.provider.example.", as a transfer shows them).  The apex is
 * where the SOA stands.  Pure; a struct zone for each document.
 */
#ifndef SYNC_ZONE_LINE_H
#define SYNC_ZONE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

#define ZONE_NAME 255 /* bytes of a name, RFC 1035, 2.3.4 */

struct zone_name {
	size_t n;             /* 0: not known, or the root */
	char text[ZONE_NAME]; /* without the dot at the end */
};

/* Zeroed is the beginning of a document. */
struct zone {
	struct zone_name apex, origin;
	bool has_apex;
	char room[2 * ZONE_NAME + 2]; /* a name put together */
	char address[64];             /* one that is written backwards */
};

/* What a line lists: 0 or 1 word, borrowed from it or from `z` up to the next
 * call.  `line` has no line end. */
size_t zone_take(struct zone *z, struct slice line, struct slice *word);
/* Is it a directive or a record? */
bool zone_knows(struct slice line);

#endif
