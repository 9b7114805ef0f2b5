/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text, read as a time.  What the strict reader takes, the liberal one takes
 * and gives the same; what either takes can be printed, and what is printed is
 * read back as the same moment, or the moment cut to its digits.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/tstamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
check_print(int64_t t)
{
	char out[TSTAMP_TEXT_MAX];
	int64_t again;
	int digits;
	size_t n;

	if (t == TSTAMP_NEVER)
		return;
	for (digits = -1; digits <= 9; digits++) {
		n = tstamp_format(t, digits, out);
		demand(n < sizeof(out) && out[n] == '\0');
		demand(tstamp_parse((struct slice){out, n}, &again) == 0);
		demand(again <= t);
		if (digits < 0 || digits == 9)
			demand(again == t);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct slice text = {(const char *)p, n};
	int64_t strict = 42, liberal = 42;

	if (tstamp_parse(text, &strict) == 0) {
		demand(strict != TSTAMP_NONE);
		check_print(strict);
		demand(tstamp_parse_liberal(text, &liberal) == 0);
		demand(liberal == strict);
		return 0;
	}
	demand(strict == 42);
	if (tstamp_parse_liberal(text, &liberal) == 0)
		check_print(liberal);
	else
		demand(liberal == 42);
	return 0;
}
