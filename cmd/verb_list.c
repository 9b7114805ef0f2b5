/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list: the values of the store, with their verdicts.  Uses the public reader
 * library and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/clean.h"
#include "cmd/cmd.h"
#include "cmd/show_json.h"
#include "cmd/show_match.h"

#define LIST_RENEW 10000 /* values walked in one snapshot */

struct list_opts {
	char *type, *source, *at, *known_at, *tlp_max;
	bool json, all, plain, no_allow;
	uint32_t max, min_sources;
};

static const struct opt list_table[] = {
	{'t', "type", "TYPE", "only values of this type", OPT_STRING,
	    offsetof(struct list_opts, type), 0, 0},
	{0, "source", "NAME", "only values that this source claims", OPT_STRING,
	    offsetof(struct list_opts, source), 0, 0},
	{0, "at", "TIME", "those that were active at that time (RFC 3339)",
	    OPT_STRING, offsetof(struct list_opts, at), 0, 0},
	{0, "known-at", "TIME", "what was known at that time (RFC 3339)",
	    OPT_STRING, offsetof(struct list_opts, known_at), 0, 0},
	{'a', "all", NULL, "expired, pending, revoked, benign and suppressed ones "
	    "too",
	    OPT_FLAG, offsetof(struct list_opts, all), 0, 0},
	{'j', "json", NULL, "one JSON object a line, with the context",
	    OPT_FLAG, offsetof(struct list_opts, json), 0, 0},
	{'p', "plain", NULL, "the bare values, one a line", OPT_FLAG,
	    offsetof(struct list_opts, plain), 0, 0},
	{'m', "max", "N", "stop after N values", OPT_NUMBER,
	    offsetof(struct list_opts, max), 1, UINT32_MAX},
	{0, "min-sources", "N", "only what so many independent sources say",
	    OPT_NUMBER, offsetof(struct list_opts, min_sources), 1, 64},
	{0, "no-allow", NULL, "allow-lists name what they hold, and do not "
	    "suppress it", OPT_FLAG, offsetof(struct list_opts, no_allow), 0, 0},
	{0, "tlp-max", "LEVEL", "leave out what is above this TLP level, or "
	    "has none", OPT_STRING, offsetof(struct list_opts, tlp_max), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static bool
list_has_source(const struct context *x, const char *name)
{
	size_t i, n = strlen(name);

	for (i = 0; i < x->nclaims; i++)
		if (x->claims[i].source.n == n &&
		    memcmp(x->claims[i].source.p, name, n) == 0)
			return true;
	return false;
}

/* 1 when the value was printed, 0 when passed over, -1 on failure. */
static int
list_one(struct cmd *c, const struct list_opts *o, struct jw *j,
    const struct tw_match *m, struct context *x, struct err *e)
{
	const struct tw_str none = {NULL, 0};
	bool yes;
	int rc;

	if (!m->active && !o->all)
		return 0;
	rc = cmd_corroborated(c->snap, m, o->min_sources, &yes);
	if (rc != TW_OK)
		return cmd_fail(e, rc, c->store);
	if (!yes)
		return 0;
	if (o->plain && o->source == NULL) {
		tw_value_text(c->snap, m, x->text, sizeof(x->text));
	} else {
		rc = context_load(c->snap, m, x);
		if (rc != TW_OK)
			return cmd_fail(e, rc, c->store);
		if (o->source != NULL && !list_has_source(x, o->source))
			return 0;
	}
	if (o->json) {
		match_json(j, c->snap, none, m, x);
	} else if (o->plain) {
		print_clean(stdout, x->text, strlen(x->text));
		putchar('\n');
	} else {
		value_line(stdout, c->snap, m, x);
	}
	return 1;
}

static int
list_walk(struct cmd *c, const struct list_opts *o, int type, struct jw *j,
    struct context *x, struct err *e)
{
	struct tw_cursor cursor = {0};
	struct tw_match m;
	uint64_t walked = 0, printed = 0;
	int rc, one;

	while ((rc = tw_value_next(c->snap, &cursor, type, &m)) == TW_OK) {
		one = list_one(c, o, j, &m, x, e);
		if (one < 0)
			return -1;
		printed += (uint64_t)one;
		if (o->max > 0 && printed == o->max)
			return 0;
		if (ferror(stdout))
			return 0;
		if (++walked % LIST_RENEW == 0 &&
		    (rc = tw_snapshot_renew(c->snap)) != TW_OK)
			break;
	}
	return rc == TW_END ? 0 : cmd_fail(e, rc, c->store);
}

static int
list_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct list_opts *o = opts;
	struct context *x;
	struct jw j;
	struct cmd_when when;
	int rc, type, ceiling;

	(void)argc;
	(void)argv;
	if (cmd_type(o->type, &type, e) != 0 ||
	    cmd_when(o->at, o->known_at, &when, e) != 0 ||
	    cmd_tlp_max(o->tlp_max, &ceiling, e) != 0)
		return EXIT_USAGE;
	if (cmd_open(c, e) != 0 || cmd_source(c, o->source, e) != 0)
		return cmd_status(e);
	tw_snapshot_tlp_max(c->snap, ceiling);
	tw_snapshot_allow(c->snap, o->no_allow);
	x = calloc(1, sizeof(*x));
	if (x == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		return EXIT_STORE;
	}
	cmd_look(c->snap, &when);
	jw_open(&j, stdout);
	rc = list_walk(c, o, type, &j, x, e);
	if (jw_close(&j) != 0 && !ferror(stdout))
		rc = err_set(e, ERR_MEMORY, "out of memory");
	free(x);
	return rc == 0 ? EXIT_DONE : cmd_status(e);
}

const struct verb verb_list = {
	"list", "", "list the values that are active",
	"List the values of the store in key order: those active now, or, with "
	"--all, all of them.\n\n"
	"  taxiway list --type ipv4-addr --plain >blocklist.txt",
	list_table, NULL, sizeof(struct list_opts), 0, 0, list_run
};
