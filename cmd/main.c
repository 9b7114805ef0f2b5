/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * taxiway: the program.  Global options, the table of verbs, the one place that
 * prints errors.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock_hook.h"
#include "base/limits.h"
#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/preset.h"
#include "cmd/settings.h"
#include "cmd/status_check.h"
#include "cmd/worker.h"
#include "sync/daemon.h"
#include "sync/confine.h"
#include "sync/pull.h"
#include "sync/ruleset.h"

struct globals {
	char *config, *store;
	bool verbose, quiet, help, version, no_sandbox;
};

static const struct opt global_table[] = {
	{'c', "config", "FILE", "the configuration (default: "
	    CONFIG_DEFAULT_PATH ", where it exists)", OPT_STRING,
	    offsetof(struct globals, config), 0, 0},
	{'s', "store", "FILE", "the store (default: that of the configuration, "
	    "else " STORE_OF_ROOT " for root and ~/.local/state/taxiway/"
	    "store.mdb for others)", OPT_STRING,
	    offsetof(struct globals, store), 0, 0},
	{'v', "verbose", NULL, "say more: examples of what was rejected, "
	    "remarks on a server", OPT_FLAG,
	    offsetof(struct globals, verbose), 0, 0},
	{'q', "quiet", NULL, "say less: no counts; the exit status answers",
	    OPT_FLAG, offsetof(struct globals, quiet), 0, 0},
	{0, "no-sandbox", NULL, "confine no process, for kernels that cannot; "
	    "see taxiway-run(8)", OPT_FLAG,
	    offsetof(struct globals, no_sandbox), 0, 0},
	{'h', "help", NULL, "this text, or that of a verb", OPT_FLAG,
	    offsetof(struct globals, help), 0, 0},
	{'V', "version", NULL, "the version", OPT_FLAG,
	    offsetof(struct globals, version), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static const struct verb *const verbs[] = {
	&verb_pull, &verb_run, &verb_pause, &verb_resume, &verb_reload,
	&verb_lookup, &verb_explain, &verb_list, &verb_show,
	&verb_export, &verb_import, &verb_discover, &verb_check, &verb_try,
	&verb_status,
	&verb_accept, &verb_compare, &verb_changes, &verb_seen,
	&verb_rollback, &verb_restore, &verb_forget, &verb_presets,
	&verb_allow_add, &verb_allow_remove, &verb_allow_list,
	&verb_allow_load,
	&verb_snapshot, &verb_sweep, &verb_verify, &verb_types,
	&verb_taxii_get, &verb_taxii_versions, &verb_taxii_manifest,
	&verb_taxii_push, &verb_taxii_delete, &verb_taxii_status,
};

const struct verb *
verb_at(unsigned i)
{
	return i < ARRAY_LEN(verbs) ? verbs[i] : NULL;
}

/* Has the reader of a pipe gone away?  errno may be that of a later call. */
static bool
reader_gone(void)
{
	struct pollfd out = {STDOUT_FILENO, 0, 0};

	return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/*
 * What was printed must have arrived: a full disk behind stdout is an error.  A
 * reader that has seen enough (head) is not; the verb just ends.
 */
static int
close_stdout(int status, struct err *e)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno == EPIPE || reader_gone())
		return status;
	if (errno != 0)
		err_sys(e, ERR_IO, errno, "standard output: cannot be written");
	else
		err_set(e, ERR_IO, "standard output: cannot be written");
	return EXIT_USAGE;
}

/* Is `word` the whole first word of the name, of one verb or of a group? */
static const char *
behind_word(const char *name, const char *word)
{
	size_t n = strlen(word);

	if (n == 0 || strncmp(name, word, n) != 0)
		return NULL;
	return name[n] == '\0' ? name + n : name[n] == ' ' ? name + n + 1 :
	    NULL;
}

/* The verb of argv[0], or of argv[0] and argv[1]; *used of them.  NULL: there is
 * none; *used is then 1 when argv[0] names a group. */
static const struct verb *
verb_find(int argc, char **argv, int *used)
{
	unsigned i;

	*used = 0;
	for (i = 0; i < ARRAY_LEN(verbs); i++) {
		const char *rest = behind_word(verbs[i]->name, argv[0]);

		if (rest == NULL)
			continue;
		*used = 1;
		if (*rest == '\0')
			return verbs[i];
		if (argc > 1 && strcmp(rest, argv[1]) == 0) {
			*used = 2;
			return verbs[i];
		}
	}
	return NULL;
}

/* `group` NULL: all. */
static void
help_verbs(const char *group, FILE *out)
{
	unsigned i;

	fprintf(out, "verbs:\n");
	for (i = 0; i < ARRAY_LEN(verbs); i++)
		if (group == NULL || behind_word(verbs[i]->name, group) != NULL)
			fprintf(out, "  %-15s %s\n", verbs[i]->name,
			    verbs[i]->summary);
}

static bool
is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* `taxiway taxii`, alone, with --help or with something unknown. */
static int
no_verb(int argc, char **argv, bool group, bool help, struct err *e)
{
	if (!group)
		err_set(e, ERR_USAGE, "unknown verb '%s'; 'taxiway --help' "
		    "lists them", argv[0]);
	else if (!help && argc > 1 && !is_help(argv[1]))
		err_set(e, ERR_USAGE, "unknown verb '%s %s'; 'taxiway %s "
		    "--help' lists them", argv[0], argv[1], argv[0]);
	if (e->code != ERR_NONE)
		return EXIT_USAGE;
	help = help || argc > 1;
	fprintf(help ? stdout : stderr, "usage: taxiway %s VERB …\n\n",
	    argv[0]);
	help_verbs(argv[0], help ? stdout : stderr);
	return close_stdout(help ? EXIT_DONE : EXIT_USAGE, e);
}

static void
help_program(FILE *out)
{
	fprintf(out, "usage: taxiway [-c FILE] [-s STORE] [-v|-q] VERB …\n\n");
	opt_wrap(out, "Poll threat intelligence into one store per host, and "
	    "ask it about addresses, domains, URLs and hashes.", 0, 0);
	fputc('\n', out);
	help_verbs(NULL, out);
	fprintf(out, "\noptions:\n");
	opt_help(global_table, out);
	fputc('\n', out);
	opt_wrap(out, "'taxiway VERB --help' tells more, taxiway(1) all.  Exit "
	    "status: 0 done (lookup: an active match), 1 a clean no, 2 wrong "
	    "usage or configuration, 3 a source failed, 4 the store cannot be "
	    "used.", 0, 0);
}

static void
help_verb(const struct verb *v, FILE *out)
{
	fprintf(out, "usage: taxiway %s%s%s%s\n\n", v->name,
	    v->opts[0].kind != OPT_END ? " [options]" : "",
	    v->operands[0] != '\0' ? " " : "", v->operands);
	opt_wrap(out, v->help, 0, 0);
	if (v->opts[0].kind != OPT_END) {
		fprintf(out, "\noptions:\n");
		opt_help(v->opts, out);
	}
	if (v->also != NULL) {
		fprintf(out, "\nsettings of the source (also keys of "
		    "taxiway.yaml(5)):\n");
		opt_help(v->also, out);
	}
	if (v == &verb_pull) {
		fprintf(out, "\nhow a feed that is not STIX is read (also "
		    "keys of taxiway.yaml(5)):\n");
		opt_help(feed_table, out);
	}
}

/* A verb's tables and the global one, whose struct lies behind the verb's. */
static void
verb_table(const struct verb *v, size_t behind, struct opt table[OPT_MAX + 1])
{
	unsigned n = opt_append(table, 0, v->opts, 0);

	if (v->also != NULL)
		n = opt_append(table, n, v->also, 0);
	if (v->also == settings_table)
		n = opt_append(table, n, feed_table,
		    offsetof(struct settings, feed));
	opt_append(table, n, global_table, behind);
}

/* Global options are taken before the verb and, as people write them there,
 * behind it. */
static int
take_globals(struct cmd *c, const struct globals *g, struct err *e)
{
	if (g->config != NULL)
		c->config_path = g->config;
	if (g->store != NULL)
		c->store_given = g->store;
	c->verbose |= g->verbose;
	c->quiet |= g->quiet;
	c->no_sandbox |= g->no_sandbox;
	if (c->verbose && c->quiet)
		return err_set(e, ERR_USAGE, "-v and -q exclude each other");
	return 0;
}

static void
version(void)
{
	printf("taxiway %s\n", PACKAGE_VERSION);
}

/* The way out of an error of opt_parse(). */
static int
try_help(struct err *e, const char *verb)
{
	size_t n = strlen(e->text);

	snprintf(e->text + n, sizeof(e->text) - n, "; try 'taxiway %s%s--help'",
	    verb, verb[0] != '\0' ? " " : "");
	return EXIT_USAGE;
}

static int
run_parsed(struct cmd *c, void *opts, int n, char **argv, struct err *e)
{
	const struct verb *v = c->verb;

	if (n < 0) {
		err_context(e, "%s", v->name);
		return try_help(e, v->name);
	}
	if (n >= v->least && (v->most < 0 || n <= v->most))
		return v->run(c, opts, n, argv, e);
	if (n < v->least)
		err_set(e, ERR_USAGE, "%s: %s is missing", v->name,
		    v->operands);
	else
		err_set(e, ERR_USAGE, "%s: '%s' is one argument too many",
		    v->name, argv[v->most]);
	return try_help(e, v->name);
}

static int
run_verb(struct cmd *c, int argc, char **argv, struct err *e)
{
	const size_t behind = (c->verb->size + sizeof(max_align_t) - 1) /
	    sizeof(max_align_t) * sizeof(max_align_t);
	struct opt table[OPT_MAX + 1];
	struct globals *g;
	char *opts;
	int status = EXIT_USAGE, n;

	opts = calloc(1, behind + sizeof(struct globals));
	if (opts == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		return EXIT_USAGE;
	}
	g = (struct globals *)(void *)(opts + behind);
	verb_table(c->verb, behind, table);
	n = opt_parse(table, argc, argv, false, opts, e);
	if (g->help || g->version) {
		err_clear(e);
		status = EXIT_DONE;
		if (g->help)
			help_verb(c->verb, stdout);
		else
			version();
	} else if (n < 0 || take_globals(c, g, e) == 0) {
		status = run_parsed(c, opts, n, argv, e);
	}
	opt_free(table, opts);
	free(opts);
	return close_stdout(status, e);
}

static void
cmd_free(struct cmd *c)
{
	tw_snapshot_end(c->snap);
	tw_close(c->tw);
	preset_free(c->preset);
	config_free(c->config);
	free(c->store);
	free(c->program);
	buf_free(&c->more);
}

static int
run(struct cmd *c, struct globals *g, int argc, char **argv, struct err *e)
{
	bool help = false;
	int n, used;

	n = opt_parse(global_table, argc, argv, true, g, e);
	if (n < 0)
		return try_help(e, "");
	if (g->version) {
		version();
		return close_stdout(EXIT_DONE, e);
	}
	help = g->help;
	if (n > 0 && strcmp(argv[0], "help") == 0) {
		help = true;
		argv++;
		n--;
	}
	if (n == 0 || (help && is_help(argv[0]))) {
		help_program(help ? stdout : stderr);
		return close_stdout(help ? EXIT_DONE : EXIT_USAGE, e);
	}
	c->verb = verb_find(n, argv, &used);
	if (c->verb == NULL)
		return no_verb(n, argv, used == 1, help, e);
	argv += used - 1;
	n -= used - 1;
	if (help) {
		help_verb(c->verb, stdout);
		return close_stdout(EXIT_DONE, e);
	}
	if (take_globals(c, g, e) != 0)
		return EXIT_USAGE;
	c->program = realpath("/proc/self/exe", NULL);
	return run_verb(c, n, argv, e);
}

/*
 * A descriptor 0, 1 or 2 that was closed by whoever started us would be given to
 * the next file that is opened: a message would go into the store.  What is put
 * there fails as a closed one does: 0 cannot be read, 1 and 2 not be written.
 */
static int
fill_descriptors(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return -1;
	return 0;
}

/* What else was wrong, a line each. */
static void
fputs_more(const struct buf *more)
{
	const char *p = buf_view(more).p, *end;

	for (; (end = strchr(p, '\n')) != NULL; p = end + 1)
		fprintf(stderr, "taxiway: %.*s\n", (int)(end - p), p);
}

/*
 * Was this to be a monitoring plugin?  Then 2 would be "critical" to whoever
 * called it, and a slip of the pen is "unknown".  The options of a wrong command
 * line may not have been read: the words are looked at.
 */
static bool
asks_check(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strlen(argv[i]) > strlen("--c") &&
		    strncmp("--check", argv[i], strlen(argv[i])) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	struct cmd c = {0};
	struct globals g = {0};
	struct err e = ERR_INIT;
	bool check = asks_check(argc, argv); /* parsing moves words */
	int status;

	clock_hook_open();
	if (confine_hide(&e) != 0) {
		fprintf(stderr, "taxiway: %s\n", e.text);
		return EXIT_USAGE;
	}
	if (argc == 2 && strcmp(argv[1], PULL_FETCHER_VERB) == 0) {
		/* where OpenSSL looks for authorities */
		const struct ruleset_trust trust = {getenv("SSL_CERT_FILE"),
		    getenv("SSL_CERT_DIR")};

		return fetcher_main(PULL_FETCHER_FD, &trust);
	}
	if (argc == WORKER_ARGC && strcmp(argv[1], DAEMON_WORKER_VERB) == 0)
		return worker_main(argv);
	if (fill_descriptors() != 0)
		return EXIT_USAGE;
	buf_init(&c.more, LIMIT_CONFIG);
	signal(SIGPIPE, SIG_IGN);
	/* A limit on file sizes is met as an error of the write. */
	signal(SIGXFSZ, SIG_IGN);
	status = run(&c, &g, argc, argv, &e);
	check = check && (c.verb == NULL || c.verb == &verb_status);
	if (e.code != ERR_NONE && check)
		status = status_unknown(&e);
	else if (e.code != ERR_NONE)
		fprintf(stderr, "taxiway: %s\n", e.text);
	fputs_more(&c.more);
	cmd_free(&c);
	return status;
}
