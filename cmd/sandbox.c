/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/sandbox.h"

#include <stdio.h>

#include "cmd/stop.h"
#include "sync/landlock.h"

#define SANDBOX_IS_OFF                                                         \
	"it is switched off (--no-sandbox): whoever takes over a fetcher can " \
	"do what this user can"

enum sandbox_mode
sandbox_wanted(const struct cmd *c, const struct config *config)
{
	if (c->no_sandbox)
		return SANDBOX_OFF;
	return config != NULL ? (enum sandbox_mode)config->numbers.sandbox :
	    SANDBOX_AUTO;
}

int
sandbox_ready(struct cmd *c, const struct config *config, struct err *e)
{
	struct sandbox s = sandbox_find(sandbox_wanted(c, config));
	const char *missing = sandbox_missing(&s);

	if (sandbox_check(&s, e) != 0)
		return -1;
	if (c->no_sandbox)
		missing = SANDBOX_IS_OFF;
	if (missing != NULL && !c->sandbox_told && !c->quiet)
		fprintf(stderr, "taxiway: sandbox: %s\n", missing);
	c->sandbox_told = true;
	return 0;
}

int
sandbox_keeper(struct cmd *c, const struct config *config, struct err *e)
{
	struct sandbox s = sandbox_find(sandbox_wanted(c, config));
	bool first = !c->sandbox_told;

	if (sandbox_ready(c, config, e) != 0)
		return -1;
	return first ? confine_keeper(&s, e) : 0;
}

int
sandbox_daemon(const struct sandbox *want, struct sandbox_daemon *x,
    const struct fence *fence, const char *store, const char *const *made,
    struct err *e)
{
	struct ruleset now;
	int rc;

	if (x->begun && x->s.landlock == 0)
		return 0;
	ruleset_init(&now);
	fence_daemon(fence, store, made, &now);
	if (x->begun) {
		rc = fence_covers(&x->rules, &now, e);
		ruleset_free(&now);
		return rc;
	}
	x->begun = true;
	x->s = *want;
	x->rules = now;
	if (confine_keeper(want, e) != 0)
		return -1;
	return want->landlock == 0 ? 0 : landlock_restrict(&now, e);
}

/* "Landlock 7 (files, ports), seccomp" */
static void
describe(const struct sandbox *s, char out[64])
{
	char landlock[40] = "no Landlock";

	if (s->landlock > 0)
		snprintf(landlock, sizeof(landlock), "Landlock %d (files%s)",
		    s->landlock, s->landlock >= LANDLOCK_ABI_PORTS ?
		    ", ports" : "");
	snprintf(out, 64, "%s, %s", landlock, s->seccomp ? "seccomp" :
	    "no seccomp");
}

void
sandbox_tell(const struct sandbox *want, const struct sandbox_daemon *x,
    struct log *log)
{
	const char *missing = sandbox_missing(want);
	char text[64];

	describe(want, text);
	if (want->mode == SANDBOX_OFF)
		LOG(log, EVENT_SANDBOX_OFF, log_text(LOG_TEXT, "whoever takes "
		    "over a fetcher can do what this user can"));
	else if (missing != NULL)
		LOG(log, EVENT_SANDBOX_WEAK, log_text(LOG_ERROR, missing),
		    log_text(LOG_TEXT, text));
	else
		LOG(log, EVENT_SANDBOX, log_text(LOG_TEXT, text));
	if (x->begun && (x->s.mode == SANDBOX_OFF) !=
	    (want->mode == SANDBOX_OFF))
		LOG(log, EVENT_SANDBOX_KEPT, log_text(LOG_STATE,
		    x->s.mode == SANDBOX_OFF ? "off" : "on"));
}

int
sandbox_job(struct cmd *c, const struct settings *s, const char *base,
    struct job *job, struct err *e)
{
	struct settings_programs where = {.stop = &stop_asked};
	struct config *config;

	job_init(job);
	config = cmd_config(c, e);
	if (e->code != ERR_NONE || sandbox_ready(c, config, e) != 0)
		return -1;
	where.config = config;
	where.sandbox = sandbox_wanted(c, config);
	if (settings_has_programs(s)) {
		where.store = cmd_store(c, e);
		if (where.store == NULL)
			return -1;
	}
	if (settings_job(s, base, &where, job, e) != 0) {
		if (e->code == ERR_AUTH) /* no server was asked yet */
			e->code = ERR_CONFIG;
		return -1;
	}
	job->sandbox = (uint8_t)where.sandbox;
	return 0;
}
