/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/request.h"

#include <string.h>

#include "cmd/config.h"
#include "cmd/sandbox.h"

/* What is given replaces what is there; nothing is copied. */
static void
overlay(const struct settings *given, struct settings *into)
{
	const struct opt *o;

	for (o = settings_table; o->kind != OPT_END; o++)
		if (opt_given(o, given))
			memcpy((char *)into + o->offset,
			    (const char *)given + o->offset, opt_size(o));
}

int
request_job(struct cmd *c, const char *operand, struct settings *given,
    struct job *job, struct err *e)
{
	struct config *config = cmd_config(c, e);
	const struct settings *known = NULL;
	struct settings s;

	job_init(job);
	if (e->code != ERR_NONE)
		return -1;
	if (config != NULL)
		known = config_source(config, operand);
	if (known == NULL && cmd_preset(c, given, operand, e) != 0)
		return -1;
	s = *given;
	if (known != NULL) {
		s = *known;
		s.added_after = NULL;
		s.types = s.ids = s.specs = (struct opt_list){NULL, 0};
		s.page_limit = 0;
		overlay(given, &s);
	} else {
		s.url = (char *)(uintptr_t)operand;
	}
	if (sandbox_job(c, &s, known != NULL ? config->dir : NULL, job,
	    e) != 0)
		return -1;
	if (strncmp(job->url, "file:", 5) == 0)
		return err_set(e, ERR_USAGE, "%s: a file is no TAXII server: "
		    "that has an https: or http: URL", operand);
	return 0;
}
