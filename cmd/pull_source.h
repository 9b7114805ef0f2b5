/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A poll of one source by its settings, and what came of it: what `taxiway pull`
 * and the daemon's workers have in common.
 */
#ifndef CMD_PULL_SOURCE_H
#define CMD_PULL_SOURCE_H

#include <stdio.h>

#include "cmd/config.h"
#include "cmd/settings.h"
#include "sync/pull.h"

struct pull_source {
	struct job job;
	struct store_guards guards;
	struct guard *values;      /* what guards point to */
	struct store_limit limit;  /* by the configuration; all 0: none */
	bool announce;             /* it has a floor, which must hold */
};

/* As settings_job(), in the sandbox of `where`; *p must be freed in either case. */
int pull_source_make(struct pull_source *p, const struct settings *s,
    const char *base, const struct settings_programs *where, struct err *e)
    CC_CHECK;
/* What of it goes into the options of a poll. */
void pull_source_opts(const struct pull_source *p, struct pull_opts *o);
void pull_source_free(struct pull_source *p);
/* Make the allow-lists of the store those of the configuration, before a poll.  -1
 * with e set: those that it has stay in force, and the poll may go on. */
int pull_allow(const char *store, const struct config *config, struct err *e)
    CC_CHECK;
/* The exit status that the error of a poll deserves; the error then names the
 * source. */
int pull_source_status(const struct pull_source *p, const struct settings *s,
    struct err *e);

/* The counts, on one line. */
void pull_result_text(FILE *out, const char *name, const struct pull_result *r,
    bool dry);
/* The same as one JSON object on one line, with the error. */
void pull_result_json(FILE *out, const char *name, const struct pull_result *r,
    bool dry, const struct err *e);

#endif
