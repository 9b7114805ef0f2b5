/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of a rule of Suricata or Snort: "key: text;" or "key;" between its
 * parentheses, where a ';' within quotes or behind a '\' ends nothing.  Pure.
 */
#ifndef SYNC_NET_OPTION_H
#define SYNC_NET_OPTION_H

#include <stdbool.h>

#include "base/slice.h"

struct net_option {
	struct slice key, text; /* trimmed; text absent: it has none */
};

/* The next option of a body, taken off it; false at the body's end.  *closed: it
 * ended in ';'. */
bool net_option_next(struct slice *rest, struct net_option *o, bool *closed);

/* Do all options of a body end in ';'? */
bool net_options_closed(struct slice body);

/* Between its quotes, where a text stands in them. */
struct slice net_option_unquoted(struct slice text);

#endif
