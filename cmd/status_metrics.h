/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `taxiway status --prometheus`: the metrics of the daemon that runs on the store,
 * or else those that the store alone tells.
 */
#ifndef CMD_STATUS_METRICS_H
#define CMD_STATUS_METRICS_H

#include "cmd/cmd.h"

/* Print them.  The exit status, with e set when it is not 0. */
int status_metrics(struct cmd *c, struct err *e);

#endif
