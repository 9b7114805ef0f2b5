/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status: what the store holds and how its sources are.  verify: is it sound.
 * Both use the public reader library and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "base/tstamp.h"
#include "cmd/clean.h"
#include "cmd/cmd.h"
#include "cmd/daemon_view.h"
#include "cmd/jw.h"
#include "cmd/show_polls.h"
#include "cmd/show_status.h"
#include "cmd/status_check.h"
#include "cmd/status_metrics.h"

struct status_opts {
	bool json, check, prometheus;
	struct check_opts terms;
};

static const struct opt status_table[] = {
	{'j', "json", NULL, "one JSON object", OPT_FLAG,
	    offsetof(struct status_opts, json), 0, 0},
	{0, "check", NULL, "one line and an exit status, as a monitoring "
	    "plugin", OPT_FLAG, offsetof(struct status_opts, check), 0, 0},
	{0, "prometheus", NULL, "metrics in the text format of Prometheus",
	    OPT_FLAG, offsetof(struct status_opts, prometheus), 0, 0},
	{0, "warning", "LIST", "what --check warns of: states, with =TIME if "
	    "only then, age=TIME, down, refused (default: "
	    CHECK_WARNING_DEFAULT ")", OPT_STRING,
	    offsetof(struct status_opts, terms.warning), 0, 0},
	{0, "critical", "LIST", "what is critical (default: "
	    CHECK_CRITICAL_DEFAULT ")", OPT_STRING,
	    offsetof(struct status_opts, terms.critical), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static void
deviations_json(struct jw *j, struct cmd *c, const struct tw_source *s)
{
	struct tw_str name;
	uint64_t count;
	size_t pos = 0;
	char key[64];

	jw_key(j, "deviations");
	jw_begin(j, '{');
	while (tw_poll_deviation(c->snap, s->id, s->polls, &pos, &name,
	    &count) == TW_OK) {
		snprintf(key, sizeof(key), "%.*s", (int)name.n, name.p);
		jw_knum(j, key, count);
	}
	jw_end(j, '}');
}

static bool
is_named(const struct tw_source *s, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (strlen(argv[i]) == s->name.n &&
		    memcmp(argv[i], s->name.p, s->name.n) == 0)
			return true;
	return argc == 0;
}

/* What has not been yet (0) is null. */
static void
ktime(struct jw *j, const char *key, int64_t t)
{
	jw_ktime(j, key, t != 0 ? t : TW_TIME_NONE);
}

/* Tags one by one, though they are stored in one text. */
static void
about_json(struct jw *j, struct cmd *c, const struct tw_source *s)
{
	struct tw_about a;
	struct tw_str tag;
	const char *comma;

	if (tw_source_about(c->snap, s->id, &a) != TW_OK)
		a = (struct tw_about){.title = {"", 0}};
	jw_kopt(j, "title", a.title);
	jw_kopt(j, "docs", a.docs);
	jw_kopt(j, "checked", a.checked);
	jw_kopt(j, "terms", a.terms);
	jw_key(j, "tags");
	jw_begin(j, '[');
	for (tag = a.tags; tag.n > 0;) {
		comma = memchr(tag.p, ',', tag.n);
		size_t n = comma != NULL ? (size_t)(comma - tag.p) : tag.n;

		jw_text(j, tag.p, n);
		n += comma != NULL;
		tag = (struct tw_str){tag.p + n, tag.n - n};
	}
	jw_end(j, ']');
}

static int
source_json(struct jw *j, struct cmd *c, const struct daemon_view *v,
    const struct tw_source *s, const struct tw_count *n, bool polls)
{
	const char *reason;
	uint64_t count;
	size_t pos = 0;
	int rc;

	jw_begin(j, '{');
	jw_kstr(j, "name", s->name);
	jw_kstr(j, "kind", s->kind);
	jw_kstr(j, "url", s->url);
	jw_kopt(j, "collection", s->collection);
	about_json(j, c, s);
	daemon_view_source_json(v, j, s);
	ktime(j, "last_poll", s->last_poll);
	ktime(j, "last_asked", s->last_asked);
	ktime(j, "last_success", s->last_success);
	ktime(j, "last_change", s->last_change);
	ktime(j, "stated", s->stated);
	jw_knum(j, "polls", s->polls);
	jw_knum(j, "objects", s->objects);
	jw_knum(j, "claims", s->claims);
	jw_knum(j, "active", n->active);
	jw_knum(j, "suppressed", n->suppressed);
	jw_knum(j, "revoked", s->revoked);
	jw_knum(j, "patterns", s->patterns);
	jw_knum(j, "rejected", s->rejected);
	jw_knum(j, "missing", s->missing);
	jw_knum(j, "withdrawn", s->withdrawn);
	jw_key(j, "rejected_by");
	jw_begin(j, '{');
	while (tw_poll_reject(c->snap, s->id, s->polls, &pos, &reason,
	    &count) == TW_OK)
		jw_knum(j, reason, count);
	jw_end(j, '}');
	deviations_json(j, c, s);
	jw_kopt(j, "error", s->error);
	rc = metrics_json(j, c->snap, s);
	if (rc == TW_OK && polls)
		rc = polls_json(j, c->snap, s);
	jw_end(j, '}');
	return rc;
}

static void
clock_json(struct jw *j, const struct tw_status *s)
{
	jw_key(j, "clock");
	if (s->clock_doubted == 0) {
		jw_null(j);
		return;
	}
	jw_begin(j, '{');
	jw_ktime(j, "doubted", s->clock_doubted);
	jw_ktime(j, "believed", s->clock_believed);
	jw_end(j, '}');
}

static int
status_json(struct cmd *c, const struct daemon_view *v,
    const struct tw_status *s, const struct tw_count *n, int argc, char **argv)
{
	struct jw j;
	struct tw_source source;
	uint16_t id = 0;
	int rc;

	jw_open(&j, stdout);
	jw_begin(&j, '{');
	jw_kz(&j, "store", c->store);
	jw_kz(&j, "store_uuid", s->uuid);
	jw_knum(&j, "schema", s->schema);
	jw_knum(&j, "generation", s->generation);
	jw_ktime(&j, "written", s->written);
	jw_knum(&j, "values", s->values);
	jw_knum(&j, "active", n->active);
	jw_knum(&j, "suppressed", n->suppressed);
	jw_knum(&j, "claims", s->claims);
	jw_knum(&j, "objects", s->objects);
	jw_knum(&j, "relationships", s->relationships);
	jw_knum(&j, "patterns", s->patterns);
	jw_knum(&j, "rules", s->rules);
	jw_knum(&j, "bytes", s->bytes);
	jw_knum(&j, "readers", s->readers);
	clock_json(&j, s);
	jw_key(&j, "sources");
	jw_begin(&j, '[');
	while ((rc = tw_source_next(c->snap, &id, &source)) == TW_OK) {
		if (!is_named(&source, argc, argv))
			continue;
		if ((rc = source_json(&j, c, v, &source,
		    &n[source.id], argc != 0)) != TW_OK)
			break;
	}
	jw_end(&j, ']');
	daemon_view_json(v, c, &j);
	jw_end(&j, '}');
	jw_line(&j);
	jw_close(&j);
	return rc == TW_END ? TW_OK : rc;
}

/* Is each of the names a source's?  One that was never polled is known by its
 * configuration. */
static int
status_names(struct cmd *c, const struct daemon_view *v, int argc, char **argv,
    struct err *e)
{
	int i;

	for (i = 0; i < argc; i++)
		if (daemon_view_name(v, c, argv[i], e) != 0)
			return cmd_status(e);
	return EXIT_DONE;
}

static int
status_show(struct cmd *c, const struct daemon_view *v, bool json, int argc,
    char **argv, struct err *e)
{
	struct tw_count *counts = calloc(UINT16_MAX + 1, sizeof(*counts));
	struct tw_status s;
	int rc = TW_MEMORY;

	if (counts != NULL)
		rc = tw_status(c->snap, &s);
	if (rc == TW_OK)
		rc = tw_count(c->snap, counts, UINT16_MAX + 1);
	if (rc == TW_OK && json)
		rc = status_json(c, v, &s, counts, argc, argv);
	else if (rc == TW_OK)
		rc = argc != 0 ? show_status_of(c, v, counts, argc, argv) :
		    show_status(c, v, &s, counts);
	free(counts);
	if (rc == TW_OK)
		return EXIT_DONE;
	cmd_fail(e, rc, c->store);
	return EXIT_STORE;
}

static int
status_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct status_opts *o = opts;
	struct daemon_view v;
	int rc;

	if (o->json + o->check + o->prometheus > 1 ||
	    (o->prometheus && argc > 0)) {
		err_set(e, ERR_USAGE, "status: --json, --check and "
		    "--prometheus exclude each other, and the last goes "
		    "without names");
		return EXIT_USAGE;
	}
	if (o->prometheus)
		return status_metrics(c, e);
	if (o->check)
		return status_check(c, &o->terms, argc, argv);
	if (o->terms.warning != NULL || o->terms.critical != NULL) {
		err_set(e, ERR_USAGE, "status: --warning and --critical go "
		    "with --check");
		return EXIT_USAGE;
	}
	if (cmd_open(c, e) != 0)
		return cmd_status(e);
	daemon_view_open(&v, c);
	rc = status_names(c, &v, argc, argv, e);
	if (rc == EXIT_DONE)
		rc = status_show(c, &v, o->json, argc, argv, e);
	daemon_view_close(&v);
	return rc;
}

const struct verb verb_status = {
	"status", "[SOURCE…]", "what the store holds, and how its sources are",
	"Show the sources that are not well, with since when, the error and the "
	"way out; then a line for each source, and the store's counts. Of a "
	"source that is named: all of it, with what it contributes beside the "
	"others, and its last polls.\n\n"
	"With --check: one line, and exit status 0 (all is well), 1 (warning), "
	"2 (critical) or 3 (it cannot be said).",
	status_table, NULL, sizeof(struct status_opts), 0, -1, status_run
};

static const struct opt verify_table[] = {
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static void
verify_problem(void *ctx, const char *text)
{
	uint64_t *problems = ctx;

	++*problems;
	print_clean(stdout, text, strlen(text));
	putchar('\n');
}

static int
verify_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	uint64_t problems = 0, checked = 0;
	int rc;

	(void)opts;
	(void)argc;
	(void)argv;
	if (cmd_open(c, e) != 0)
		return cmd_status(e);
	rc = tw_verify(c->snap, verify_problem, &problems, &checked);
	if (rc == TW_OK) {
		if (!c->quiet)
			printf("%s: sound, %llu records checked\n", c->store,
			    (unsigned long long)checked);
		return EXIT_DONE;
	}
	err_set(e, ERR_STORE, "%s: %llu problems in %llu records (%s); pull "
	    "again into a new store", c->store, (unsigned long long)problems,
	    (unsigned long long)checked, tw_strerror(rc));
	return EXIT_STORE;
}

const struct verb verb_verify = {
	"verify", "", "check the whole store",
	"Walk and cross-check every table of the store. Exit status 4 when "
	"something is wrong; each problem is one line on standard output.",
	verify_table, NULL, 0, 0, 0, verify_run
};
