/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/sandbox.h"

#include <stdio.h>

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
		missing = "it is switched off (--no-sandbox): whoever takes "
		    "over a fetcher can do what this user can";
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
sandbox_job(struct cmd *c, const struct settings *s, const char *base,
    struct job *job, struct err *e)
{
	struct config *config;

	if (settings_job(s, base, job, e) != 0)
		return -1;
	config = cmd_config(c, e);
	if (e->code != ERR_NONE || sandbox_ready(c, config, e) != 0)
		return -1;
	job->sandbox = (uint8_t)sandbox_wanted(c, config);
	return 0;
}
