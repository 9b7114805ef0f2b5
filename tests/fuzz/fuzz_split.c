/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input: a document, or several.  The splitter and Jansson must agree on
 * whether it is JSON, on the objects in it and on what surrounds them, however
 * it is cut into chunks; the cuts follow from the input.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "tests/unit/stix_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct slice text = {(const char *)p, n};
	const char *wrong = events_check(text, digest64(p, n, 1));

	if (wrong != NULL) {
		fprintf(stderr, "fuzz_split: %s\n", wrong);
		abort();
	}
	return 0;
}
