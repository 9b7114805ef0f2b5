/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lookup: is this address, domain, URL or hash known as bad, and why?
 * Uses the public reader library and nothing else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/show_match.h"

#define LOOKUP_MATCHES 64  /* shown of one query */
#define LOOKUP_RENEW 4096  /* queries answered from one snapshot */

struct lookup_opts {
	char *type, *at;
	bool json, exact, host, hits;
};

static const struct opt lookup_table[] = {
	{'t', "type", "TYPE", "what the values are (default: told from each)",
	    OPT_STRING, offsetof(struct lookup_opts, type), 0, 0},
	{'j', "json", NULL, "one JSON object a line", OPT_FLAG,
	    offsetof(struct lookup_opts, json), 0, 0},
	{'x', "exact", NULL, "no networks, parent domains or loose URLs",
	    OPT_FLAG, offsetof(struct lookup_opts, exact), 0, 0},
	{0, "host", NULL, "a URL's host too", OPT_FLAG,
	    offsetof(struct lookup_opts, host), 0, 0},
	{0, "hits", NULL, "say nothing about values that are not listed",
	    OPT_FLAG, offsetof(struct lookup_opts, hits), 0, 0},
	{0, "at", "TIME", "the verdict at that time (RFC 3339)", OPT_STRING,
	    offsetof(struct lookup_opts, at), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

struct lookup {
	struct cmd *c;
	const struct lookup_opts *o;
	int type;
	unsigned find;
	bool bulk;       /* values come from stdin: one line each, no context */
	bool active;     /* some match was active */
	struct jw json;
	struct context x;
	struct tw_match m[LOOKUP_MATCHES];
};

static void
lookup_miss(struct lookup *l, struct tw_str query, const char *why)
{
	if (l->o->hits)
		return;
	if (l->o->json) {
		miss_json(&l->json, query, why);
		return;
	}
	print_clean(stdout, query.p, query.n);
	printf("  %s\n", why[0] == 'n' ? "not listed" : "not a value");
}

static int
lookup_one(struct lookup *l, const char *text, size_t n, struct err *e)
{
	struct tw_str query = {text, n};
	tw_snapshot *snap = l->c->snap;
	size_t i, found = 0;
	int rc;

	rc = tw_lookup(snap, l->type, text, n, l->find, l->m, LOOKUP_MATCHES,
	    &found);
	if (rc == TW_MALFORMED) {
		lookup_miss(l, query, "malformed");
		return 0;
	}
	if (rc != TW_OK)
		return cmd_fail(e, rc, l->c->store);
	if (found == 0)
		lookup_miss(l, query, "none");
	for (i = 0; i < found && i < LOOKUP_MATCHES; i++) {
		l->active |= l->m[i].active;
		if (l->c->quiet && !l->o->json && !l->bulk)
			continue;
		rc = context_load(snap, &l->m[i], &l->x);
		if (rc != TW_OK)
			return cmd_fail(e, rc, l->c->store);
		if (l->o->json) {
			match_json(&l->json, snap, query, &l->m[i], &l->x);
			continue;
		}
		match_line(stdout, query, &l->m[i], &l->x);
		if (!l->bulk)
			match_context(stdout, snap, &l->x);
	}
	return 0;
}

/* One value a line; blank lines are skipped. */
static int
lookup_stdin(struct lookup *l, struct err *e)
{
	char *line = NULL;
	size_t cap = 0, n;
	ssize_t got;
	unsigned count = 0;
	int rc = 0;

	l->bulk = true;
	while (rc == 0 && (got = getline(&line, &cap, stdin)) >= 0) {
		n = (size_t)got;
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		if (n == 0)
			continue;
		if (++count % LOOKUP_RENEW == 0)
			tw_snapshot_renew(l->c->snap);
		rc = lookup_one(l, line, n, e);
	}
	if (rc == 0 && ferror(stdin))
		rc = err_sys(e, ERR_USAGE, errno, "standard input");
	free(line);
	l->bulk = false;
	return rc;
}

static int
lookup_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct lookup_opts *o = opts;
	struct lookup *l;
	int64_t at;
	int i, rc = 0, type, status;

	if (cmd_type(o->type, &type, e) != 0 || cmd_time(o->at, &at, e) != 0)
		return EXIT_USAGE;
	if (cmd_open(c, e) != 0)
		return cmd_status(e);
	tw_snapshot_at(c->snap, at);
	l = calloc(1, sizeof(*l));
	if (l == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		return EXIT_STORE;
	}
	l->c = c;
	l->o = o;
	l->type = type;
	l->find = o->exact ? TW_FIND_EXACT : TW_FIND_ALL;
	if (o->host)
		l->find |= TW_FIND_HOST;
	jw_open(&l->json, stdout);
	for (i = 0; i < argc && rc == 0; i++)
		rc = strcmp(argv[i], "-") == 0 ? lookup_stdin(l, e) :
		    lookup_one(l, argv[i], strlen(argv[i]), e);
	if (jw_close(&l->json) != 0)
		err_set(e, ERR_IO, "standard output: cannot be written");
	status = rc != 0 ? cmd_status(e) : l->active ? EXIT_DONE : EXIT_NO;
	free(l);
	return status;
}

const struct verb verb_lookup = {
	"lookup", "VALUE… | -", "ask about addresses, domains, URLs, hashes",
	"Look values up and show what is said about them.  '-' reads one value "
	"a line\nfrom standard input.  An address is also found in the "
	"networks that hold it, a\ndomain under its parents, a URL without "
	"regard to scheme, port and case.\nExit status 0: at least one match "
	"is active; 1: none is.",
	lookup_table, NULL, sizeof(struct lookup_opts), 1, -1, lookup_run
};
