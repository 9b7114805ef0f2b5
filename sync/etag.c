/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/etag.h"

#include <stdio.h>
#include <string.h>

#include "base/cc.h"

bool
etag_bare(const char *etag, char *out, size_t max)
{
	static const char *const tails[] = {"-gzip", "--gzip", "-br", ";gzip",
	    ";br", "-zstd", "-deflate"};
	const char *p = strncmp(etag, "W/", 2) == 0 ? etag + 2 : etag;
	size_t n = strlen(p), k;

	if (n < 2 || n >= max || p[0] != '"' || p[n - 1] != '"')
		return false;
	n -= 2; /* between the quotes */
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		k = strlen(tails[i]);
		if (n > k && memcmp(p + 1 + n - k, tails[i], k) == 0) {
			n -= k;
			break;
		}
	}
	snprintf(out, max, "\"%.*s\"", (int)n, p + 1);
	return strcmp(out, etag) != 0;
}

bool
etag_fits(const char *asked, const char *got)
{
	char a[ETAG_MAX], b[ETAG_MAX];

	if (asked == NULL || *asked == '\0' || *got == '\0')
		return true;
	if (!etag_bare(asked, a, sizeof(a)))
		snprintf(a, sizeof(a), "%s", asked);
	if (!etag_bare(got, b, sizeof(b)))
		snprintf(b, sizeof(b), "%s", got);
	return strcmp(a, b) == 0;
}
