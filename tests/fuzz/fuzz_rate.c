/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the file of rates: a request is granted soon, or refused with a
 * wait that has an end, and the file is in order afterwards.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/tstamp.h"
#include "sync/rate.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

#define HEAD 16  /* bytes before the rows */
#define ORIGIN 8 /* what each begins with */
#define LONGEST (RATE_PERIOD_MAX + RATE_PATIENCE + RATE_CLOSED_MAX)

static void
take(struct rate_ask *ask)
{
	struct rate_grant g;

	demand(rate_file_take(ask, &g, NULL) == 0);
	demand(g.wait >= 0 && g.wait <= LONGEST * TSTAMP_SECOND);
	demand(!g.given || g.wait <= (RATE_PATIENCE + RATE_CLOSED_PATIENCE) *
	    TSTAMP_SECOND);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct rate rates[] = {{0, 0}, {1, 1}, {50, 600},
	    {9999999, RATE_PERIOD_MAX}, {1, RATE_PERIOD_MAX}};
	char path[] = "fuzz_rate_XXXXXX";
	struct rate_ask ask = {.path = path, .url = "https://feed.example/",
	    .now = INT64_C(1704067200) * TSTAMP_SECOND, .make = true};
	char origin[ORIGIN];
	int fd = mkstemp(path);

	demand(fd >= 0);
	/* The first row is that of the origin that is asked for. */
	take(&ask);
	demand(pread(fd, origin, ORIGIN, HEAD) == ORIGIN);
	demand(ftruncate(fd, 0) == 0 && pwrite(fd, p, n, 0) == (ssize_t)n);
	if (n >= HEAD + ORIGIN)
		demand(pwrite(fd, origin, ORIGIN, HEAD) == ORIGIN);
	demand(close(fd) == 0);
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		ask.rate = rates[i];
		ask.closed = 0;
		take(&ask);
		ask.closed = ask.now + (int64_t)i * TSTAMP_SECOND;
		take(&ask);
	}
	demand(unlink(path) == 0);
	return 0;
}
