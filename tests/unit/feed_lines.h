/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of a feed from "name=value" lines, for the tests of what reads it. */
#ifndef TESTS_UNIT_FEED_LINES_H
#define TESTS_UNIT_FEED_LINES_H

#include <stdio.h>

#include "base/err.h"
#include "sync/feed_options.h"

/* "name=value" lines as options; they must live as long. */
static inline void
options(struct feed_options *f, char *const *lines)
{
	static char copies[32][256];
	char *list[32];
	struct err e = ERR_INIT;
	size_t n = 0;

	for (; lines[n] != NULL; n++) {
		snprintf(copies[n], sizeof(copies[n]), "%s", lines[n]);
		list[n] = copies[n];
	}
	if (feed_options_parse(list, n, f, &e) != 0)
		fail_msg("%s", e.text);
}

#endif
