/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/url_host.h"

#include <string.h>

/* A key goes on behind a NUL. */
static const char *
authority_end(const char *p, const char *end)
{
	while (p < end && *p != '/' && *p != '?' && *p != '\0')
		p++;
	return p;
}

struct slice
url_host(struct slice url, bool *bare)
{
	const char *p = url.p, *end = url.p + url.n, *stop, *q;

	stop = authority_end(p, end);
	if (end - stop > 2 && stop > p && memcmp(stop - 1, "://", 3) == 0) {
		p = stop + 2;
		stop = authority_end(p, end);
	}
	if (bare != NULL)
		*bare = stop == end || (*stop == '/' && (stop + 1 == end ||
		    stop[1] == '\0'));
	if (p < stop && *p == '[') {
		q = memchr(p, ']', (size_t)(stop - p));
		return q == NULL ? SLICE_NONE :
		    (struct slice){p + 1, (size_t)(q - p) - 1};
	}
	q = memchr(p, ':', (size_t)(stop - p));
	return (struct slice){p, (size_t)((q != NULL ? q : stop) - p)};
}
