/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * taxiway: the program.  Global options, the table of verbs, the one place that
 * prints errors.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/config.h"
#include "sync/pull.h"

struct globals {
	char *config, *store;
	bool verbose, quiet, help, version;
};

static const struct opt global_table[] = {
	{'c', "config", "FILE", "configuration (default " CONFIG_DEFAULT_PATH
	    ")", OPT_STRING, offsetof(struct globals, config), 0, 0},
	{'s', "store", "FILE", "the store (default: configuration, else "
	    "see taxiway(1))", OPT_STRING, offsetof(struct globals, store), 0, 0},
	{'v', "verbose", NULL, "say more", OPT_FLAG,
	    offsetof(struct globals, verbose), 0, 0},
	{'q', "quiet", NULL, "say less", OPT_FLAG,
	    offsetof(struct globals, quiet), 0, 0},
	{'h', "help", NULL, "this text, or that of a verb", OPT_FLAG,
	    offsetof(struct globals, help), 0, 0},
	{'V', "version", NULL, "the version", OPT_FLAG,
	    offsetof(struct globals, version), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static const struct verb *const verbs[] = {
	&verb_pull, &verb_lookup, &verb_explain, &verb_list, &verb_show,
	&verb_export, &verb_discover, &verb_status, &verb_changes,
	&verb_snapshot, &verb_verify, &verb_types,
};

const struct verb *
verb_at(unsigned i)
{
	return i < ARRAY_LEN(verbs) ? verbs[i] : NULL;
}

static const struct verb *
verb_find(const char *name)
{
	unsigned i;

	for (i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

static void
help_program(FILE *out)
{
	unsigned i;

	fprintf(out, "usage: taxiway [-c FILE] [-s STORE] [-v|-q] VERB …\n\n"
	    "Bring threat intelligence to the tools that detect with it.\n\n"
	    "verbs:\n");
	for (i = 0; i < ARRAY_LEN(verbs); i++)
		fprintf(out, "  %-12s %s\n", verbs[i]->name,
		    verbs[i]->summary);
	fprintf(out, "\noptions:\n");
	opt_help(global_table, out);
	fprintf(out, "\n'taxiway VERB --help' tells more.  Exit status: 0 done "
	    "(lookup: an active\nmatch), 1 a clean no, 2 wrong usage or "
	    "configuration, 3 a source failed,\n4 the store cannot be used.\n");
}

static void
help_verb(const struct verb *v, FILE *out)
{
	fprintf(out, "usage: taxiway %s%s%s%s\n\n%s\n", v->name,
	    v->opts[0].kind != OPT_END ? " [options]" : "",
	    v->operands[0] != '\0' ? " " : "", v->operands, v->help);
	if (v->opts[0].kind != OPT_END) {
		fprintf(out, "\noptions:\n");
		opt_help(v->opts, out);
	}
	if (v->also != NULL) {
		fprintf(out, "\nsettings of the source (also keys of "
		    "taxiway.yaml(5)):\n");
		opt_help(v->also, out);
	}
}

/* A verb's two tables in one. */
static void
verb_table(const struct verb *v, struct opt table[OPT_MAX + 1])
{
	const struct opt *o;
	unsigned n = 0;

	for (o = v->opts; o->kind != OPT_END && n < OPT_MAX; o++)
		table[n++] = *o;
	for (o = v->also; o != NULL && o->kind != OPT_END && n < OPT_MAX; o++)
		table[n++] = *o;
	memset(&table[n], 0, sizeof(table[n]));
}

/* --help and -h are every verb's, wherever they stand. */
static bool
wants_help(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

/* What was printed must have arrived: a full disk behind stdout is an error. */
static int
close_stdout(int status, struct err *e)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno == EPIPE)
		return status;
	err_sys(e, ERR_IO, errno, "standard output");
	return EXIT_USAGE;
}

static int
run_verb(struct cmd *c, int argc, char **argv, struct err *e)
{
	const struct verb *v = c->verb;
	struct opt table[OPT_MAX + 1];
	void *opts;
	int status = EXIT_USAGE, n;

	opts = calloc(1, v->size > 0 ? v->size : 1);
	if (opts == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		return EXIT_USAGE;
	}
	verb_table(v, table);
	n = opt_parse(table, argc, argv, false, opts, e);
	if (n < 0) {
		err_context(e, "%s", v->name);
	} else if (n < v->least || (v->most >= 0 && n > v->most)) {
		err_set(e, ERR_USAGE, "%s: %s; try 'taxiway %s --help'",
		    v->name, n < v->least ? "an argument is missing" :
		    "too many arguments", v->name);
	} else {
		status = v->run(c, opts, n, argv, e);
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
	config_free(c->config);
	free(c->store);
	free(c->program);
}

static int
run(struct cmd *c, struct globals *g, int argc, char **argv, struct err *e)
{
	int n;

	n = opt_parse(global_table, argc, argv, true, g, e);
	if (n < 0)
		return EXIT_USAGE;
	if (g->help || (n == 0 && g->version)) {
		if (g->help)
			help_program(stdout);
		else
			printf("taxiway %s\n", PACKAGE_VERSION);
		return close_stdout(EXIT_DONE, e);
	}
	if (n == 0) {
		help_program(stderr);
		return EXIT_USAGE;
	}
	c->config_path = g->config;
	c->store_given = g->store;
	c->verbose = g->verbose;
	c->quiet = g->quiet;
	c->program = realpath("/proc/self/exe", NULL);
	c->verb = verb_find(argv[0]);
	if (c->verb == NULL) {
		err_set(e, ERR_USAGE, "unknown verb '%s'; 'taxiway --help' "
		    "lists them", argv[0]);
		return EXIT_USAGE;
	}
	if (wants_help(n, argv)) {
		help_verb(c->verb, stdout);
		return close_stdout(EXIT_DONE, e);
	}
	return run_verb(c, n, argv, e);
}

int
main(int argc, char **argv)
{
	struct cmd c = {0};
	struct globals g = {0};
	struct err e = ERR_INIT;
	int status;

	if (argc == 2 && strcmp(argv[1], PULL_FETCHER_VERB) == 0)
		return fetcher_main(PULL_FETCHER_FD);
	signal(SIGPIPE, SIG_IGN);
	status = run(&c, &g, argc, argv, &e);
	if (e.code != ERR_NONE)
		fprintf(stderr, "taxiway: %s\n", e.text);
	cmd_free(&c);
	return status;
}
