/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types that a text of a feed may be: "ipv4-addr|domain-name", tried in turn.
 *
 * Pure.
 */
#ifndef SYNC_MAP_TYPES_H
#define SYNC_MAP_TYPES_H

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

#define MAP_TYPES_MAX 4

struct map_types {
	unsigned n;
	int v[MAP_TYPES_MAX]; /* VALUE_NONE: what the text looks like ("auto") */
};

/* -1 with e set (ERR_CONFIG, "OPTION: 'x' is no type of value …"). */
int map_types_parse(const char *option, struct slice text, struct map_types *t,
    struct err *e) CC_CHECK;

#endif
