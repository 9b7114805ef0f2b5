/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last polls of a source and what it contributes; for status.
 */
#ifndef CMD_SHOW_POLLS_H
#define CMD_SHOW_POLLS_H

#include "cmd/jw.h"
#include "taxiway.h"

#define POLLS_SHOWN 10

/* Members of the source's object: "metrics", null when it was not measured, and
 * "last_polls", newest first.  A TW_ result. */
int polls_json(struct jw *j, tw_snapshot *snap, const struct tw_source *s);
int metrics_json(struct jw *j, tw_snapshot *snap, const struct tw_source *s);
/* The same as lines and a table. */
int polls_text(tw_snapshot *snap, const struct tw_source *s);

#endif
