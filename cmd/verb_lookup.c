/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lookup: is this address, domain, URL or hash known as bad, and why?
 * Uses the public reader library and nothing else.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/lines.h"
#include "cmd/show_json.h"
#include "cmd/show_match.h"

#define LOOKUP_MATCHES 64  /* shown of one query */
#define LOOKUP_RENEW 4096  /* queries answered from one snapshot */

struct lookup_opts {
	char *type, *at, *known_at, *tlp_max;
	uint32_t min_sources;
	bool json, exact, host, hits, no_allow;
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
	{0, "known-at", "TIME", "what was known at that time (RFC 3339)",
	    OPT_STRING, offsetof(struct lookup_opts, known_at), 0, 0},
	{0, "min-sources", "N", "only what so many independent sources say",
	    OPT_NUMBER, offsetof(struct lookup_opts, min_sources), 1, 64},
	{0, "no-allow", NULL, "allow-lists name what they hold, and do not "
	    "suppress it", OPT_FLAG, offsetof(struct lookup_opts, no_allow), 0, 0},
	{0, "tlp-max", "LEVEL", "leave out what is above this TLP level, or "
	    "has none", OPT_STRING, offsetof(struct lookup_opts, tlp_max), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

struct lookup {
	struct cmd *c;
	const struct lookup_opts *o;
	struct cmd_when when;
	int type, tlp_max;
	unsigned find;
	bool bulk;       /* values come from stdin: one line each, no context */
	bool silent;     /* the exit status is all that is wanted */
	bool active;     /* some match was active */
	struct jw json;
	struct context x;
	struct tw_match m[LOOKUP_MATCHES];
};

/* Whoever asks for a URL of a listed host should hear of it. */
static void
lookup_hint(struct lookup *l, struct tw_str query)
{
	size_t found = 0;

	if (l->bulk || l->o->exact || l->find & TW_FIND_HOST)
		return;
	if (tw_lookup(l->c->snap, l->type, query.p, query.n, TW_FIND_HOST, l->m,
	    1, &found) == TW_OK && found > 0)
		printf("  its host is listed: --host asks for it too\n");
}

static void
lookup_miss(struct lookup *l, struct tw_str query, const char *why)
{
	if (l->o->hits || l->silent)
		return;
	if (l->o->json) {
		miss_json(&l->json, query, why);
		return;
	}
	miss_line(stdout, query, why[0] == 'n' ? "not listed" : "not a value");
}

/* Of the matches, those that enough sources tell. */
static int
lookup_keep(struct lookup *l, size_t *found)
{
	size_t i, n = 0;
	bool yes;
	int rc;

	if (l->o->min_sources == 0)
		return TW_OK;
	for (i = 0; i < *found && i < LOOKUP_MATCHES; i++) {
		rc = cmd_corroborated(l->c->snap, &l->m[i], l->o->min_sources,
		    &yes);
		if (rc != TW_OK)
			return rc;
		if (yes)
			l->m[n++] = l->m[i];
	}
	*found = n;
	return TW_OK;
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
	if (rc == TW_OK)
		rc = lookup_keep(l, &found);
	if (rc != TW_OK)
		return cmd_fail(e, rc, l->c->store);
	if (found == 0)
		lookup_miss(l, query, "none");
	if (found == 0 && !l->silent && !l->o->json && !l->o->hits)
		lookup_hint(l, query);
	for (i = 0; i < found && i < LOOKUP_MATCHES; i++) {
		l->active |= l->m[i].active;
		if (l->silent)
			continue;
		/* A line of a bulk answer is the verdict alone: no claim is
		 * read for it. */
		if (l->bulk && !l->o->json) {
			tw_value_text(snap, &l->m[i], l->x.text,
			    sizeof(l->x.text));
			match_line(stdout, snap, query, &l->m[i], &l->x);
			continue;
		}
		rc = context_load(snap, &l->m[i], &l->x);
		if (rc != TW_OK)
			return cmd_fail(e, rc, l->c->store);
		if (l->o->json) {
			match_json(&l->json, snap, query, &l->m[i], &l->x);
			continue;
		}
		match_line(stdout, snap, query, &l->m[i], &l->x);
		match_context(stdout, snap, &l->m[i], &l->x);
	}
	return 0;
}

static int
lookup_begin(struct lookup *l, struct err *e)
{
	int rc = tw_snapshot_begin(l->c->tw, &l->c->snap);

	if (rc != TW_OK)
		return cmd_fail(e, rc, l->c->store);
	cmd_look(l->c->snap, &l->when);
	tw_snapshot_tlp_max(l->c->snap, l->tlp_max);
	tw_snapshot_allow(l->c->snap, l->o->no_allow);
	return 0;
}

/* Who asks by and by gets each answer at once, and from the newest data; and no
 * snapshot is kept while nobody asks. */
static int
lookup_wait(struct lookup *l, const struct lines *in, struct err *e)
{
	jw_flush(&l->json);
	tw_snapshot_end(l->c->snap);
	l->c->snap = NULL;
	lines_wait(in);
	return lookup_begin(l, e);
}

/* One value a line; blank lines are skipped. */
static int
lookup_lines(struct lookup *l, struct lines *in, struct err *e)
{
	const char *line;
	size_t n;
	unsigned count = 0;
	bool cut;
	int rc;

	while (!ferror(stdout) &&
	    (rc = lines_next(in, &line, &n, &cut, e)) > LINES_END) {
		if (rc == LINES_WAIT) {
			if (lookup_wait(l, in, e) != 0)
				return -1;
			continue;
		}
		if (n == 0)
			continue;
		if (++count % LOOKUP_RENEW == 0)
			tw_snapshot_renew(l->c->snap);
		if (cut)
			lookup_miss(l, (struct tw_str){line, n}, "malformed");
		else if (lookup_one(l, line, n, e) != 0)
			return -1;
	}
	return e->code == ERR_NONE ? 0 : -1;
}

static int
lookup_stdin(struct lookup *l, struct err *e)
{
	struct lines *in = malloc(sizeof(*in));
	int rc;

	if (in == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	lines_init(in, STDIN_FILENO);
	l->bulk = true;
	rc = lookup_lines(l, in, e);
	l->bulk = false;
	free(in);
	return rc;
}

static int
lookup_all(struct lookup *l, int argc, char **argv, struct err *e)
{
	int i, rc = 0;

	cmd_look(l->c->snap, &l->when);
	tw_snapshot_tlp_max(l->c->snap, l->tlp_max);
	tw_snapshot_allow(l->c->snap, l->o->no_allow);
	jw_open(&l->json, stdout);
	for (i = 0; i < argc && rc == 0 && !ferror(stdout); i++)
		rc = strcmp(argv[i], "-") == 0 ? lookup_stdin(l, e) :
		    lookup_one(l, argv[i], strlen(argv[i]), e);
	if (jw_close(&l->json) != 0 && !ferror(stdout))
		rc = err_set(e, ERR_MEMORY, "out of memory");
	return rc;
}

static int
lookup_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct lookup_opts *o = opts;
	struct lookup *l;
	int rc, status;

	l = calloc(1, sizeof(*l));
	if (l == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		return EXIT_STORE;
	}
	l->c = c;
	l->o = o;
	l->silent = c->quiet && !o->json;
	l->find = o->exact ? TW_FIND_EXACT : TW_FIND_ALL;
	if (o->host)
		l->find |= TW_FIND_HOST;
	rc = cmd_type(o->type, &l->type, e);
	if (rc == 0)
		rc = cmd_when(o->at, o->known_at, &l->when, e);
	if (rc == 0)
		rc = cmd_tlp_max(o->tlp_max, &l->tlp_max, e);
	if (rc == 0)
		rc = cmd_open(c, e);
	if (rc == 0)
		rc = lookup_all(l, argc, argv, e);
	status = rc != 0 ? cmd_status(e) : l->active ? EXIT_DONE : EXIT_NO;
	free(l);
	return status;
}

const struct verb verb_lookup = {
	"lookup", "VALUE… | -", "ask about addresses, domains, URLs, hashes",
	"Look values up and show what is said about them. '-' reads one value "
	"a line from standard input and answers with one line for each match. "
	"An address is also found in the networks that hold it, a domain under "
	"its parents, a URL without regard to scheme, port and case. Exit "
	"status 0: at least one match is active; 1: none is.\n\n"
	"  taxiway lookup 198.51.100.7 evil.example\n"
	"  cut -d' ' -f1 access.log | sort -u | taxiway lookup --hits -",
	lookup_table, NULL, sizeof(struct lookup_opts), 1, -1, lookup_run
};
