/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A value that several fields make together: "{start}/{bits}",
 * "http://{host}{path}", "{first}-{last}".
 *
 * Texts are borrowed from the option.  Pure; thread-safe.
 */
#ifndef SYNC_MAP_TEMPLATE_H
#define SYNC_MAP_TEMPLATE_H

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

#define MAP_TEMPLATE_PARTS 8

struct map_template {
	struct map_template_part {
		struct slice text; /* as it stands, or a field's name */
		int field;         /* its number, by the caller; -1: a text */
	} parts[MAP_TEMPLATE_PARTS];
	unsigned n;
};

/* Does it have fields in braces? */
bool map_template_is(struct slice text);
/* Parts; `field` of a name is 0 until the caller sets it.  -1 with e set
 * (ERR_CONFIG): a brace without its other, or too many parts. */
int map_template_parse(struct slice text, struct map_template *t,
    struct err *e)
    CC_CHECK;
/* What they make; `get` gives a field's text, SLICE_NONE where it says nothing.
 * SLICE_NONE: a field says nothing, or there is no room. */
struct slice map_template_make(const struct map_template *t,
    struct slice (*get)(const void *ctx, int field), const void *ctx,
    struct arena *a);

#endif
