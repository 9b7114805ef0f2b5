/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a value is active or not: rules, and the dates that lie ahead; for explain.
 */
#ifndef CMD_SHOW_EXPLAIN_H
#define CMD_SHOW_EXPLAIN_H

#include "cmd/context.h"

/* To standard output. */
void explain_text(tw_snapshot *snap, struct tw_str query,
    const struct tw_match *m, const struct context *x);

#endif
