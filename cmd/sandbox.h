/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox as the operator wants it: --no-sandbox, else what the configuration
 * says, else what this kernel has.
 */
#ifndef CMD_SANDBOX_H
#define CMD_SANDBOX_H

#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/settings.h"
#include "sync/confine.h"
#include "sync/log.h"

/* `config` may be NULL. */
enum sandbox_mode sandbox_wanted(const struct cmd *c,
    const struct config *config);
/* Say once, on stderr, what is missing of it, or that it is off.  -1 with e set
 * where what is required is missing. */
int sandbox_ready(struct cmd *c, const struct config *config, struct err *e)
    CC_CHECK;
/* And confine this process, the first time. */
int sandbox_keeper(struct cmd *c, const struct config *config, struct err *e)
    CC_CHECK;
/* The daemon's own, from its start on. */
struct sandbox_daemon {
	bool begun;
	struct sandbox s;        /* in force */
	struct ruleset rules;
};
/* The first time it is put on; then it is checked that nothing is needed that was
 * given up.  It writes in the folders of the store and of `made` (ends with NULL),
 * and where programs may. */
int sandbox_daemon(const struct sandbox *want, struct sandbox_daemon *x,
    const struct fence *fence, const char *store, const char *const *made,
    struct err *e) CC_CHECK;
/* What is in force, or what is missing, as events. */
void sandbox_tell(const struct sandbox *want, const struct sandbox_daemon *x,
    struct log *log);
/* settings_job() for a verb that starts a fetcher by hand, and all of this. */
int sandbox_job(struct cmd *c, const struct settings *s, const char *base,
    struct job *job, struct err *e) CC_CHECK;

#endif
