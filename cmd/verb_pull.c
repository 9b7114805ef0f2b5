/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pull: poll sources once, into the store.
 */
#include <string.h>
#include <unistd.h>

#include "base/tstamp.h"
#include "cmd/address.h"
#include "cmd/apart.h"
#include "cmd/ask.h"
#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/progress.h"
#include "cmd/pull_floor.h"
#include "cmd/pull_source.h"
#include "cmd/sandbox.h"
#include "cmd/stop.h"
#include "sync/log_render.h"
#include "sync/pull.h"

struct pull_options {
	struct settings s; /* first: settings_table fills it */
	bool all, full, dry_run, direct, force, json;
	bool apart; /* (no option) each poll is a process of its own */
};

static const struct opt pull_own[] = {
	{'a', "all", NULL, "every source of the configuration", OPT_FLAG,
	    offsetof(struct pull_options, all), 0, 0},
	{0, "full", NULL, "walk whole collections, to find what was removed or "
	    "edited there", OPT_FLAG, offsetof(struct pull_options, full), 0, 0},
	{0, "dry-run", NULL, "say what would change; write nothing", OPT_FLAG,
	    offsetof(struct pull_options, dry_run), 0, 0},
	{0, "direct", NULL, "do it here, also where a daemon runs on the store",
	    OPT_FLAG, offsetof(struct pull_options, direct), 0, 0},
	{0, "force", NULL, "also a source that is off, that its server wants to"
	    " be left alone, or whose floor, how often its provider bears a "
	    "poll, has not passed", OPT_FLAG,
	    offsetof(struct pull_options, force), 0, 0},
	{'j', "json", NULL, "the counts as one JSON object", OPT_FLAG,
	    offsetof(struct pull_options, json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static void
pull_log(void *ctx, const struct log_record *r)
{
	struct progress *p = ctx;
	char line[LOG_LINE_MAX];

	log_render(r, LOG_FORMAT_PLAIN, TSTAMP_NONE, line);
	progress_clear(p);
	fprintf(stderr, "taxiway: %s\n", line);
}

/* It could not even begin.  Of a source of the configuration the store tells that
 * (`opts`), of what is only named on the command line just the message does. */
static void
pull_unmade(const char *store, struct pull_source *src,
    const struct pull_opts *opts, struct err *e)
{
	if (opts != NULL) {
		pull_failed(store, &src->job, opts, e);
		err_context(e, "%s", src->job.name);
	}
	pull_source_free(src);
}

/* One source.  The exit status it deserves; e is set when it failed. */
static int
pull_one(struct cmd *c, const struct pull_options *o, const struct settings *s,
    const char *base, struct err *e)
{
	struct pull_source src;
	struct pull_result r;
	struct progress p;
	struct log log;
	struct pull_opts opts = {
		.program = c->program, .dry_run = o->dry_run,
		.progress = progress_show, .ctx = &p, .log = &log,
		.stop = &stop_asked, .closes = true,
	};
	const char *store = cmd_store(c, e);
	const struct settings_programs where = {sandbox_wanted(c, c->config),
	    store, c->config, &stop_asked};
	int rc;

	if (store == NULL)
		return cmd_status(e);
	memset(&r, 0, sizeof(r));
	rc = pull_source_make(&src, s, base, &where, e);
	pull_source_opts(&src, &opts);
	progress_init(&p, stderr, !c->quiet && cmd_terminal(2),
	    src.job.name);
	log_init(&log, c->verbose ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, pull_log,
	    &p);
	if (rc != 0) {
		pull_unmade(store, &src, base != NULL ? &opts : NULL, e);
		return EXIT_USAGE;
	}
	src.job.full = o->full;
	rc = pull_run(store, &src.job, &opts, &r, e);
	progress_clear(&p);
	if (o->json)
		pull_result_json(stdout, src.job.name, &r, o->dry_run, e);
	else if (!c->quiet && (rc == 0 || r.progress.objects > 0))
		pull_result_text(stdout, src.job.name, &r, o->dry_run);
	rc = pull_source_status(&src, s, e);
	pull_source_free(&src);
	return rc;
}

/* A source of the configuration is polled by the daemon, if there is one: it
 * keeps the schedule.  -1: there is none, or it is not to be asked. */
static int
pull_asked(struct cmd *c, const struct pull_options *o,
    const struct settings *s, const char *base, struct err *e)
{
	const struct ask_poll poll = {s->name, o->full, o->force, o->json};
	int fd, rc;

	if (base == NULL || o->direct || o->dry_run)
		return -1;
	fd = ask_connect(c, e);
	if (fd < 0) {
		err_clear(e); /* who may not ask may still write */
		return -1;
	}
	rc = ask_pull(c, fd, &poll, e);
	close(fd);
	return rc;
}

/* Its configuration wants no polls: of all sources it is left out, which is no
 * news.  -1: it may be polled. */
static int
pull_off(const struct pull_options *o, const struct settings *s,
    struct err *e)
{
	if (o->force || !schedule_settings_off(&s->schedule))
		return -1;
	if (o->all)
		return EXIT_DONE;
	err_set(e, ERR_CONFIG, "%s: is off, by 'enabled' of its configuration; "
	    "--force polls it all the same", s->name);
	return EXIT_NO;
}

/* Its floor has not passed, or its server asked for time: of all sources it is left
 * out, one that was named is a clean no.  -1: it may be polled. */
static int
pull_early(struct cmd *c, const struct pull_options *o,
    const struct settings *s, const char *base, struct err *e)
{
	const struct pull_result nothing = {.complete = false};
	const char *store = cmd_store(c, e);

	if (store == NULL)
		return cmd_status(e);
	if (o->force || !pull_is_early(store, s, base, tstamp_now(), e))
		return -1;
	if (o->json)
		pull_result_json(stdout, s->name != NULL ? s->name : s->url,
		    &nothing, o->dry_run, e);
	if (!o->all)
		return EXIT_NO;
	if (!c->quiet)
		fprintf(stderr, "taxiway: %s\n", e->text);
	return EXIT_DONE;
}

struct poll_apart {
	struct cmd *c;
	const struct pull_options *o;
	const struct settings *s;
	const char *base;
};

static int
pull_apart(void *ctx, struct err *e)
{
	const struct poll_apart *p = ctx;

	return pull_one(p->c, p->o, p->s, p->base, e);
}

/* A keeper keeps itself to the store, for good: the next poll is another's. */
static int
pull_here(struct cmd *c, const struct pull_options *o,
    const struct settings *s, const char *base, struct err *e)
{
	struct poll_apart p = {c, o, s, base};

	return o->apart ? apart_run(pull_apart, &p, e) :
	    pull_one(c, o, s, base, e);
}

/* One failed source does not stop the others (P17); the worst status wins. */
static int
pull_next(struct cmd *c, const struct pull_options *o,
    const struct settings *s, const char *base, int status, bool last,
    struct err *e)
{
	struct err own = ERR_INIT;
	int rc;

	rc = pull_off(o, s, &own);
	if (rc < 0)
		rc = pull_early(c, o, s, base, &own);
	if (rc < 0)
		rc = pull_asked(c, o, s, base, &own);
	if (rc < 0)
		rc = pull_here(c, o, s, base, &own);
	if (rc == EXIT_DONE)
		return status;
	if (last && e->code == ERR_NONE)
		*e = own;
	else
		fprintf(stderr, "taxiway: %s\n", own.text);
	return rc > status ? rc : status;
}

/* Settings of the command line are for what has none in the configuration. */
static int
check_settings(const struct settings *s, const char *name,
    const struct config *config, struct err *e)
{
	const char *given = settings_given(s);

	if (given == NULL)
		return 0;
	return err_set(e, ERR_USAGE, "--%s goes with a URL or a file; the "
	    "settings of %s are those in %s", given, name, config->path);
}

/* What an operand is, is told before anything is polled. */
static int
check_operand(const struct pull_options *o, const char *text,
    const struct config *config, struct err *e)
{
	if (config != NULL && config_source(config, text) != NULL)
		return check_settings(&o->s, text, config, e);
	if (address_is_url(text) || strpbrk(text, "/.") != NULL ||
	    access(text, F_OK) == 0)
		return 0;
	if (config != NULL)
		return err_set(e, ERR_USAGE, "'%s' is no source of %s, no "
		    "file, and no URL (that begins with https:// or http://)",
		    text, config->path);
	return err_set(e, ERR_USAGE, "'%s' is no file, no URL (that begins "
	    "with https:// or http://), and there is no configuration (-c) "
	    "with sources", text);
}

static int
pull_named(struct cmd *c, const struct pull_options *o, int argc, char **argv,
    struct config *config, struct err *e)
{
	int i, status = EXIT_DONE;

	for (i = 0; i < argc; i++)
		if (check_operand(o, argv[i], config, e) != 0)
			return EXIT_USAGE;
	for (i = 0; i < argc && !stop_asked; i++) {
		const struct settings *known = NULL;
		struct settings s = o->s;

		if (config != NULL)
			known = config_source(config, argv[i]);
		s.url = argv[i];
		status = pull_next(c, o, known != NULL ? known : &s,
		    known != NULL ? config->dir : NULL, status, i == argc - 1,
		    e);
	}
	return status;
}

static int
pull_all(struct cmd *c, const struct pull_options *o, struct config *config,
    struct err *e)
{
	unsigned i;
	int status = EXIT_DONE;

	for (i = 0; i < config->nsources && !stop_asked; i++)
		status = pull_next(c, o, &config->sources[i], config->dir,
		    status, i + 1 == config->nsources, e);
	return status;
}

/* A list that cannot be had is no reason to miss what is new: the store's lists
 * stay in force, and the exit status tells. */
static int
follow_lists(struct cmd *c, const struct config *config)
{
	struct err e = ERR_INIT;
	const char *store = cmd_store(c, &e);

	if (store != NULL && pull_allow(store, config, &e) == 0)
		return EXIT_DONE;
	fprintf(stderr, "taxiway: %s\n", e.text);
	return cmd_status(&e) == EXIT_STORE ? EXIT_STORE : EXIT_USAGE;
}

static int
pull_verb(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct pull_options *o = opts;
	struct config *config = cmd_config(c, e);
	int status, lists = EXIT_DONE;

	if (e->code != ERR_NONE || cmd_preset(c, &o->s,
	    argc > 0 ? argv[0] : NULL, e) != 0)
		return EXIT_USAGE;
	if (o->s.preset != NULL && argc == 1)
		o->s.url = NULL; /* the operand is it */
	if (o->s.url != NULL && argc == 0 && !o->all) {
		argv = &o->s.url;
		argc = 1;
	} else if (o->s.url != NULL || (o->all ? argc > 0 : argc == 0)) {
		err_set(e, ERR_USAGE, "pull: %s; try 'taxiway pull --help'",
		    o->s.url != NULL ? "--url goes without names and --all" :
		    o->all ? "--all goes without names" :
		    "name a source, a URL or a file, or say --all");
		return EXIT_USAGE;
	}
	if (argc > 1 && o->s.url_also.n > 0) {
		err_set(e, ERR_USAGE, "pull: --url-also goes with one URL or "
		    "file");
		return EXIT_USAGE;
	}
	if (o->all && config != NULL && config->nsources == 0) {
		err_set(e, ERR_CONFIG, "%s: has no sources; see "
		    "taxiway.yaml(5)", config->path);
		return EXIT_USAGE;
	}
	if (o->all && config == NULL) {
		err_set(e, ERR_USAGE, "pull --all: there is no configuration "
		    "at %s; name one with -c", CONFIG_DEFAULT_PATH);
		return EXIT_USAGE;
	}
	if (o->all && check_settings(&o->s, "all sources", config, e) != 0)
		return EXIT_USAGE;
	if (sandbox_keeper(c, config, e) != 0)
		return EXIT_USAGE;
	stop_install();
	o->apart = o->all && config != NULL ? config->nsources > 1 : argc > 1;
	if (config != NULL && !o->dry_run)
		lists = follow_lists(c, config);
	status = o->all ? pull_all(c, o, config, e) :
	    pull_named(c, o, argc, argv, config, e);
	return status > lists ? status : lists;
}

const struct verb verb_pull = {
	"pull", "URL | FILE | NAME… | --all | --preset NAME",
	"poll sources once, into the store",
	"Poll a TAXII 2.1 collection (by the URL of its server, of an API root "
	"or of itself), a STIX document (URL or file), or sources of the "
	"configuration by name. What is new comes into the store page by page; "
	"the next pull goes on from there. Ends with one line of counts.\n\n"
	"  taxiway pull https://feed.example/taxii2/ --collection 'Botnet C2' "
	"\\\n      --user me --password-file ./pw\n"
	"  taxiway pull bundle.json\n"
	"  taxiway pull --preset feodo-tracker\n"
	"  taxiway -c taxiway.yaml pull --all",
	pull_own, settings_table, sizeof(struct pull_options), 0, -1, pull_verb
};
