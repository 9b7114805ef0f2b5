/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/request.h"

#include <string.h>

#include "cmd/config.h"

static size_t
opt_size(const struct opt *o)
{
	switch (o->kind) {
	case OPT_FLAG:
		return sizeof(bool);
	case OPT_STRING:
		return sizeof(char *);
	case OPT_NUMBER:
		return sizeof(uint32_t);
	case OPT_LIST:
		return sizeof(struct opt_list);
	case OPT_MAP:
		return sizeof(struct opt_map);
	case OPT_END:
	default:
		return 0;
	}
}

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
request_job(struct cmd *c, const char *operand, const struct settings *given,
    struct job *job, struct err *e)
{
	struct config *config = cmd_config(c, e);
	const struct settings *known = NULL;
	struct settings s = *given;

	job_init(job);
	if (e->code != ERR_NONE)
		return -1;
	if (config != NULL)
		known = config_source(config, operand);
	if (known != NULL) {
		s = *known;
		s.added_after = NULL;
		s.types = s.ids = s.specs = (struct opt_list){NULL, 0};
		s.page_limit = 0;
		overlay(given, &s);
	} else {
		s.url = (char *)(uintptr_t)operand;
	}
	if (settings_job(&s, known != NULL ? config->dir : NULL, job, e) != 0)
		return -1;
	if (strncmp(job->url, "file:", 5) == 0)
		return err_set(e, ERR_USAGE, "%s: a file is no TAXII server: "
		    "that has an https: or http: URL", operand);
	return 0;
}
