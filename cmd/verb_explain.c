/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain: every claim and every date behind a verdict.  Uses the public reader
 * library and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/show_explain.h"
#include "cmd/show_json.h"

struct explain_opts {
	char *type, *at, *known_at, *tlp_max;
	bool json;
};

static const struct opt explain_table[] = {
	{'t', "type", "TYPE", "what the value is (default: told from it)",
	    OPT_STRING, offsetof(struct explain_opts, type), 0, 0},
	{0, "at", "TIME", "the verdict at that time (RFC 3339)", OPT_STRING,
	    offsetof(struct explain_opts, at), 0, 0},
	{0, "known-at", "TIME", "what was known at that time (RFC 3339)",
	    OPT_STRING, offsetof(struct explain_opts, known_at), 0, 0},
	{'j', "json", NULL, "as 'lookup --json' does, with dates and "
	    "policies", OPT_FLAG, offsetof(struct explain_opts, json), 0, 0},
	{0, "tlp-max", "LEVEL", "leave out what is above this TLP level, or "
	    "has none", OPT_STRING, offsetof(struct explain_opts, tlp_max), 0,
	    0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static int
explain_value(struct cmd *c, const struct explain_opts *o, int type,
    const char *text, struct err *e)
{
	struct tw_match m[32];
	struct tw_str query = {text, strlen(text)};
	struct context *x;
	struct jw j;
	size_t i, found;
	int rc;

	rc = tw_lookup(c->snap, type, text, query.n, TW_FIND_ALL, m,
	    ARRAY_LEN(m), &found);
	if (rc == TW_MALFORMED)
		return err_set(e, ERR_USAGE, type == TW_TYPE_AUTO ? "'%s' is "
		    "no value of any type; 'taxiway types' lists them" : "'%s' "
		    "is no value of that type", text);
	if (rc != TW_OK)
		return cmd_fail(e, rc, text);
	if (found == 0)
		return err_set(e, ERR_NOT_FOUND, "%s: not listed in %s", text,
		    c->store);
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	x->explain = true;
	jw_open(&j, stdout);
	for (i = 0; i < found && i < ARRAY_LEN(m) && rc == TW_OK; i++) {
		rc = context_load(c->snap, &m[i], x);
		if (rc != TW_OK)
			break;
		if (o->json)
			match_json(&j, c->snap, query, &m[i], x);
		else
			explain_text(c->snap, query, &m[i], x);
	}
	jw_close(&j);
	free(x);
	return rc == TW_OK ? 0 : cmd_fail(e, rc, text);
}

static int
explain_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct explain_opts *o = opts;
	struct cmd_when when;
	bool missing = false;
	int i, type, ceiling;

	if (cmd_type(o->type, &type, e) != 0 ||
	    cmd_when(o->at, o->known_at, &when, e) != 0 ||
	    cmd_tlp_max(o->tlp_max, &ceiling, e) != 0)
		return EXIT_USAGE;
	if (cmd_open(c, e) != 0)
		return cmd_status(e);
	cmd_look(c->snap, &when);
	tw_snapshot_tlp_max(c->snap, ceiling);
	for (i = 0; i < argc; i++)
		if (explain_value(c, o, type, argv[i], e) != 0 &&
		    cmd_missing(e, &missing, i + 1 == argc) != 0)
			return cmd_status(e);
	return missing ? EXIT_NO : EXIT_DONE;
}

const struct verb verb_explain = {
	"explain", "VALUE…", "say why a value is active or not",
	"Show every claim, rule and date that leads to the verdict on a value. "
	"Exit status 1: the value is not listed.",
	explain_table, NULL, sizeof(struct explain_opts), 1, -1, explain_run
};
