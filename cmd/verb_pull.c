/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pull: poll sources once, into the store.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tstamp.h"
#include "cmd/address.h"
#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/jw.h"
#include "cmd/progress.h"
#include "cmd/show_match.h"
#include "cmd/stop.h"
#include "store/guard.h"
#include "sync/pull.h"

struct pull_options {
	struct settings s; /* first: settings_table fills it */
	bool all, full, dry_run, json;
};

static const struct opt pull_own[] = {
	{'a', "all", NULL, "every source of the configuration", OPT_FLAG,
	    offsetof(struct pull_options, all), 0, 0},
	{0, "full", NULL, "walk whole collections, to find what was removed or "
	    "edited there", OPT_FLAG, offsetof(struct pull_options, full), 0, 0},
	{0, "dry-run", NULL, "say what would change; write nothing", OPT_FLAG,
	    offsetof(struct pull_options, dry_run), 0, 0},
	{'j', "json", NULL, "the counts as one JSON object", OPT_FLAG,
	    offsetof(struct pull_options, json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static void
result_text(const char *name, const struct pull_result *r, bool dry)
{
	const struct store_counts *n = &r->counts;
	const struct {
		uint64_t n;
		const char *word;
	} absence[] = {{n->missing, "missing"}, {n->withdrawn, "withdrawn"},
	    {n->returned, "returned"}};
	const char *sep = "";
	unsigned i;

	print_clean(stdout, name, strlen(name));
	printf(": %s%llu new, %llu updated, %llu unchanged, ",
	    dry ? "(dry run) " : "", (unsigned long long)n->added,
	    (unsigned long long)n->updated, (unsigned long long)n->unchanged);
	if (n->older > 0)
		printf("%llu older, ", (unsigned long long)n->older);
	if (n->stale > 0)
		printf("%llu stale on arrival, ",
		    (unsigned long long)n->stale);
	if (n->bad_dates > 0)
		printf("%llu with a bad valid_until, ",
		    (unsigned long long)n->bad_dates);
	printf("%llu revoked, %llu rejected", (unsigned long long)n->revoked,
	    (unsigned long long)n->rejected);
	for (i = 0; i < REJECT_REASONS; i++) {
		if (n->reasons[i] == 0)
			continue;
		printf("%s%s %llu", sep[0] != '\0' ? sep : " (",
		    reject_name((int)i), (unsigned long long)n->reasons[i]);
		sep = ", ";
	}
	printf("%s; %llu values, %llu claims", sep[0] != '\0' ? ")" : "",
	    (unsigned long long)n->values, (unsigned long long)n->claims);
	for (i = 0; i < ARRAY_LEN(absence); i++) {
		if (absence[i].n > 0)
			printf(", %llu %s",
			    (unsigned long long)absence[i].n, absence[i].word);
	}
	putchar('\n');
}

static void
result_json(const char *name, const struct pull_result *r, bool dry,
    const struct err *e)
{
	const struct store_counts *n = &r->counts;
	struct jw j;
	unsigned i;

	jw_open(&j, stdout);
	jw_begin(&j, '{');
	jw_kz(&j, "source", name);
	jw_kbool(&j, "complete", r->complete);
	jw_kbool(&j, "dry_run", dry);
	jw_knum(&j, "new", n->added);
	jw_knum(&j, "updated", n->updated);
	jw_knum(&j, "unchanged", n->unchanged);
	jw_knum(&j, "older", n->older);
	jw_knum(&j, "stale_on_arrival", n->stale);
	jw_knum(&j, "bad_dates", n->bad_dates);
	jw_knum(&j, "revoked", n->revoked);
	jw_knum(&j, "rejected", n->rejected);
	jw_key(&j, "rejected_by");
	jw_begin(&j, '{');
	for (i = 0; i < REJECT_REASONS; i++)
		if (n->reasons[i] > 0)
			jw_knum(&j, reject_name((int)i), n->reasons[i]);
	jw_end(&j, '}');
	jw_knum(&j, "values", n->values);
	jw_knum(&j, "claims", n->claims);
	jw_knum(&j, "patterns", n->patterns);
	jw_knum(&j, "missing", n->missing);
	jw_knum(&j, "withdrawn", n->withdrawn);
	jw_knum(&j, "returned", n->returned);
	jw_kz(&j, "held", n->held != HELD_NOT ? held_name(n->held) : NULL);
	jw_knum(&j, "pages", r->progress.pages);
	jw_knum(&j, "bytes", r->progress.bytes);
	jw_knum(&j, "objects", r->progress.objects);
	jw_knum(&j, "commits", n->commits);
	jw_key(&j, "seconds");
	buf_printf(&j.out, "%.3f", (double)r->progress.elapsed / 1e9);
	j.comma = true;
	jw_kz(&j, "error", e->code != ERR_NONE ? e->text : NULL);
	jw_end(&j, '}');
	jw_line(&j);
	jw_close(&j);
}

static void
pull_log(void *ctx, int level, const char *line)
{
	struct progress *p = ctx;

	(void)level;
	progress_clear(p);
	fprintf(stderr, "taxiway: %s\n", line);
}

/*
 * A dry run against a store that is not there yet must not make one: an empty
 * one of its own takes its place, in a folder that goes away again.
 */
static int
dry_store(const char **store, char *empty, struct err *e)
{
	char *slash = strrchr(empty, '/');

	if (access(*store, F_OK) == 0 || errno != ENOENT)
		return 0;
	*slash = '\0';
	if (mkdtemp(empty) == NULL)
		return err_sys(e, ERR_IO, errno, "%s: cannot be made", empty);
	*slash = '/';
	*store = empty;
	return 0;
}

static void
dry_remove(char *empty)
{
	static const char *const tails[] = {"", "-lock", "-lease", "-filter"};
	char path[64];
	size_t i;

	for (i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(path, sizeof(path), "%s%s", empty, tails[i]);
		unlink(path);
	}
	*strrchr(empty, '/') = '\0';
	rmdir(empty);
}

/* Does the source list all that it has, each time? */
static bool
is_whole(const struct settings *s)
{
	return s->listing != NULL && strcmp(s->listing, "snapshot") == 0;
}

/* One source.  The exit status it deserves; e is set when it failed. */
static int
pull_one(struct cmd *c, const struct pull_options *o, const struct settings *s,
    const char *base, struct err *e)
{
	struct job job;
	struct pull_result r;
	struct progress p;
	struct log log;
	struct store_guards guards;
	struct guard *values = NULL;
	struct pull_opts opts = {
		.guards = &guards,
		.program = c->program, .dry_run = o->dry_run,
		.progress = progress_show, .ctx = &p, .log = &log,
		.stop = &stop_asked,
	};
	const char *store = cmd_store(c, e);
	char empty[] = "/tmp/taxiway-dry-XXXXXX/store.mdb";
	int rc;

	if (store == NULL)
		return cmd_status(e);
	memset(&r, 0, sizeof(r));
	if (settings_job(s, base, &job, e) != 0 ||
	    guard_settings_read(&s->guards, base, is_whole(s), &guards,
	    &values, e) != 0 || (o->dry_run && dry_store(&store, empty, e) != 0)) {
		guard_free(values);
		job_free(&job);
		return e->code == ERR_IO ? EXIT_STORE : EXIT_USAGE;
	}
	job.full = o->full;
	progress_init(&p, stderr, !c->quiet && cmd_terminal(2), job.name);
	log_init(&log, c->verbose ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, pull_log,
	    &p);
	rc = pull_run(store, &job, &opts, &r, e);
	if (store == empty)
		dry_remove(empty);
	progress_clear(&p);
	if (o->json)
		result_json(job.name, &r, o->dry_run, e);
	else if (!c->quiet && (rc == 0 || r.progress.objects > 0))
		result_text(job.name, &r, o->dry_run);
	if (rc != 0)
		rc = cmd_status(e) == EXIT_STORE ? EXIT_STORE : EXIT_SOURCE;
	/* A name that was made of file or URL says no more than these do. */
	if (rc == EXIT_SOURCE && strncmp(e->text, "source '", 8) != 0 &&
	    (s->name != NULL || strstr(e->text, job.name) == NULL))
		err_context(e, "%s", job.name);
	guard_free(values);
	job_free(&job);
	return rc;
}

/* One failed source does not stop the others (P17); the worst status wins. */
static int
pull_next(struct cmd *c, const struct pull_options *o,
    const struct settings *s, const char *base, int status, bool last,
    struct err *e)
{
	struct err own = ERR_INIT;
	int rc;

	rc = pull_one(c, o, s, base, &own);
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

static int
pull_verb(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct pull_options *o = opts;
	struct config *config = cmd_config(c, e);

	if (e->code != ERR_NONE)
		return EXIT_USAGE;
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
	stop_install();
	return o->all ? pull_all(c, o, config, e) :
	    pull_named(c, o, argc, argv, config, e);
}

const struct verb verb_pull = {
	"pull", "URL | FILE | NAME… | --all", "poll sources once, into the store",
	"Poll a TAXII 2.1 collection (by the URL of its server, of an API root "
	"or of itself), a STIX document (URL or file), or sources of the "
	"configuration by name. What is new comes into the store page by page; "
	"the next pull goes on from there. Ends with one line of counts.\n\n"
	"  taxiway pull https://feed.example/taxii2/ --collection 'Botnet C2' "
	"\\\n      --user me --password-file ./pw\n"
	"  taxiway pull bundle.json\n"
	"  taxiway -c taxiway.yaml pull --all",
	pull_own, settings_table, sizeof(struct pull_options), 0, -1, pull_verb
};
