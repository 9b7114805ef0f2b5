/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the answer of a server that gives out tokens: what is taken fits
 * into one header line, and is not used for longer than it may be.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
check_line(const struct auth *a)
{
	struct buf lines;

	buf_init(&lines, 4 * LIMIT_SECRET);
	if (auth_lines(a, &lines) == 0) {
		demand(lines.n > 0 && lines.p[lines.n - 1] == '\0');
		for (size_t i = 0; i + 1 < lines.n; i++)
			demand((unsigned char)lines.p[i] >= ' ');
	}
	buf_free(&lines);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const int64_t now = INT64_C(1704067200) * TSTAMP_SECOND;
	struct job job = {.auth = n > 0 && (p[0] & 1) != 0 ? AUTH_LOGIN :
	    AUTH_OAUTH2};
	struct err e = ERR_INIT;
	struct auth a;

	auth_init(&a, &job);
	if (auth_take_token(&a, (struct slice){(const char *)p, n}, now,
	    &e) == 0) {
		demand(a.token.n > 0 && a.until > now);
		demand(!auth_needs_token(&a, now));
		check_line(&a);
		demand(auth_drop_token(&a));
	} else {
		demand(e.code != ERR_NONE);
		demand(auth_needs_token(&a, now));
	}
	auth_free(&a);
	return 0;
}
