/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The job of a request that is made by hand: of a URL and the options, or of a
 * source of the configuration, where options count more than its settings.  Its
 * filters are those of the options alone: what a feed is polled for is another
 * matter.
 */
#ifndef CMD_REQUEST_H
#define CMD_REQUEST_H

#include "base/cc.h"
#include "base/err.h"
#include "cmd/cmd.h"
#include "cmd/settings.h"
#include "sync/job.h"

/* What a preset adds stays in `given`.  -1 with e set; the job must be
 * freed in either case. */
int request_job(struct cmd *c, const char *operand, struct settings *given,
    struct job *job, struct err *e) CC_CHECK;

#endif
