/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/source.h"

#include <string.h>

static const struct source_ops *const table[] = {
	&source_mispfeed,
	&source_misp,
	&source_exec,
	&source_opencti,
	&source_taxii21,
	&source_taxii20,
	&source_stix,
	&source_lines,
	&source_csv,
	&source_json,
	&source_rules,
};

const struct source_ops *
source_at(unsigned i)
{
	return i < ARRAY_LEN(table) ? table[i] : NULL;
}

const struct source_ops *
source_find(const struct job *job, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (job->kind != NULL ? strcmp(job->kind, table[i]->kind) == 0 :
		    table[i]->claims != NULL && table[i]->claims(job))
			return table[i];
	}
	if (job->kind != NULL)
		err_set(e, ERR_CONFIG, "unknown kind of source '%.64s' (taxii21,"
		    " taxii20, stix, mispfeed, misp, lines, csv, json, "
		    "rules, opencti or exec)",
		    job->kind);
	else
		err_set(e, ERR_USAGE, "'%.200s' is neither an http:, https: or"
		    " file: URL", job->url != NULL ? job->url : "");
	return NULL;
}
