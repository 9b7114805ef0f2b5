/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types of MISP's attributes (describeTypes), in one table: what each of them
 * is to us.  Pure, static.
 */
#ifndef SYNC_MISP_TYPE_H
#define SYNC_MISP_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/value.h"

enum misp_use {
	MISP_CONTEXT,   /* about something; nothing that can be looked up */
	MISP_VALUE,     /* a value */
	MISP_BOTH,      /* "a|b": two values, each for itself */
	MISP_FIRST,     /* "a|b": a, and b (a port) tells more about it */
	MISP_SECOND,    /* "a|b": b; a only together with it */
	MISP_PAIR,      /* "a|b": a, but only together with b */
	MISP_RULE,      /* a rule of another language */
	MISP_PATTERN    /* a pattern of STIX */
};

struct misp_type {
	const char *name;
	uint8_t use;          /* enum misp_use */
	uint8_t first, second; /* enum value_type; VALUE_IPV4: any address */
	const char *rule;     /* MISP_RULE: its language, as STIX names it */
};

/* NULL: a type that is not known. */
const struct misp_type *misp_type_find(struct slice name);
/* Row i, NULL behind the last. */
const struct misp_type *misp_type_at(unsigned i);

#endif
