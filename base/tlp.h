/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traffic Light Protocol 2.0 levels, least restrictive first.  Codes are part
 * of the database format.  1.0's WHITE is CLEAR.
 */
#ifndef BASE_TLP_H
#define BASE_TLP_H

#include "base/slice.h"

enum tlp {
	TLP_UNKNOWN = 0, /* not stated */
	TLP_CLEAR = 1,
	TLP_GREEN = 2,
	TLP_AMBER = 3,
	TLP_AMBER_STRICT = 4,
	TLP_RED = 5
};

/* "clear", "green", "amber", "amber+strict", "red"; NULL for unknown. */
const char *tlp_name(int tlp);
/* From any spelling ("TLP:WHITE", "amber+strict", "Amber-Strict"). */
enum tlp tlp_parse(struct slice text);

#endif
