/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `taxiway status --check`: one line and an exit status, as monitoring plugins
 * have them.  What counts as a warning and what as critical are lists of
 * conditions, "NAME" or "NAME=TIME" with commas between them: a state that a
 * source has had for so long, `age` (no complete poll for so long), `down` (a
 * daemon has run on the store and does not now), `refused` (it was told a
 * configuration that is wrong).
 */
#ifndef CMD_STATUS_CHECK_H
#define CMD_STATUS_CHECK_H

#include "cmd/cmd.h"
#include "sync/health.h"

enum check_level { CHECK_OK, CHECK_WARNING, CHECK_CRITICAL, CHECK_UNKNOWN };

enum {
	CONDITION_AGE = HEALTH_STATES, CONDITION_DOWN, CONDITION_REFUSED,
	CONDITIONS
};

#define CHECK_WARNING_DEFAULT "late,failing,held,refused"
#define CHECK_CRITICAL_DEFAULT "auth,moved,stale,down"

/* Nanoseconds that each condition must have lasted; -1: it does not count. */
struct check_terms {
	int64_t after[CONDITIONS];
};

/* 0, or -1 with e set (ERR_USAGE).  Pure. */
int check_terms_parse(const char *text, struct check_terms *out,
    struct err *e) CC_CHECK;

struct check_opts {
	char *warning, *critical; /* NULL: the defaults */
};

/* Check the sources that are named (none: all), print the line, and return what
 * the process is to exit with: enum check_level.  It reports its own errors. */
int status_check(struct cmd *c, const struct check_opts *o, int argc,
    char **argv);
/* The line of a check that cannot be made; CHECK_UNKNOWN. */
int status_unknown(const struct err *e);

#endif
