/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input: one STIX object.  The scanner and Jansson must agree on whether it is
 * one, and on every property.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/stix_reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct slice text = {(const char *)p, n};
	const char *wrong = reference_check(text);

	if (wrong != NULL) {
		fprintf(stderr, "fuzz_object: %s\n", wrong);
		abort();
	}
	return 0;
}
