/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `taxiway status` as a person reads it: what is wrong first, each source in full
 * with since when, its last error and the way out; then a line for each source;
 * then the store.  On a terminal nothing is wider than it is; elsewhere texts
 * stay on one line each, whole.
 */
#ifndef CMD_SHOW_STATUS_H
#define CMD_SHOW_STATUS_H

#include "cmd/cmd.h"
#include "cmd/daemon_view.h"

/* Everything.  `counts` is that of tw_count(), by source.  A TW_ result. */
int show_status(struct cmd *c, const struct daemon_view *v,
    const struct tw_status *s, const struct tw_count *counts) CC_CHECK;
/* The sources of these names in full, with what they contribute and their last
 * polls.  A TW_ result. */
int show_status_of(struct cmd *c, const struct daemon_view *v,
    const struct tw_count *counts, int argc, char **argv) CC_CHECK;

#endif
