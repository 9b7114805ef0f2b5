/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * changes: what happened since a generation.  snapshot: an immutable copy.
 * types: the value types.  All use the public reader library and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/show_match.h"

struct changes_opts {
	char *since;
	bool json;
};

static const struct opt changes_table[] = {
	{0, "since", "GENERATION", "the last one already seen (default 0)",
	    OPT_STRING, offsetof(struct changes_opts, since), 0, 0},
	{'j', "json", NULL, "one JSON object a line", OPT_FLAG,
	    offsetof(struct changes_opts, json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static const char *
change_name(int op)
{
	return op == TW_ADDED ? "add" : op == TW_REMOVED ? "remove" : "update";
}

static void
change_print(struct jw *j, bool json, const struct tw_change *ch)
{
	if (!json) {
		printf("%llu %s %s ", (unsigned long long)ch->generation,
		    change_name(ch->op), tw_type_name(ch->type));
		print_clean(stdout, ch->text, strlen(ch->text));
		putchar('\n');
		return;
	}
	jw_begin(j, '{');
	jw_knum(j, "generation", ch->generation);
	jw_kz(j, "change", change_name(ch->op));
	jw_kz(j, "type", tw_type_name(ch->type));
	jw_kz(j, "value", ch->text);
	jw_end(j, '}');
	jw_line(j);
}

/* The end mark tells a whole answer from a cut one. */
static void
changes_end(struct jw *j, bool json, const char *what, uint64_t generation)
{
	if (!json) {
		printf("%llu %s\n", (unsigned long long)generation, what);
		return;
	}
	jw_begin(j, '{');
	jw_knum(j, "generation", generation);
	jw_kz(j, "change", what);
	jw_end(j, '}');
	jw_line(j);
}

static int
changes_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct changes_opts *o = opts;
	struct tw_change_cursor cursor = {0};
	struct tw_change ch;
	struct jw j;
	char *end;
	uint64_t now = 0;
	int rc;

	(void)argc;
	(void)argv;
	if (o->since != NULL) {
		cursor.generation = strtoull(o->since, &end, 10);
		if (o->since[0] < '0' || o->since[0] > '9' || *end != '\0') {
			err_set(e, ERR_USAGE, "--since: '%s' is not a "
			    "generation", o->since);
			return EXIT_USAGE;
		}
	}
	if (cmd_open(c, e) != 0)
		return cmd_status(e);
	jw_open(&j, stdout);
	while ((rc = tw_change_next(c->snap, &cursor, &ch)) == TW_OK)
		change_print(&j, o->json, &ch);
	if (rc == TW_RESYNC) {
		struct tw_status s;

		if (tw_status(c->snap, &s) == TW_OK)
			now = s.generation;
		changes_end(&j, o->json, "resync", now);
	} else if (rc == TW_END) {
		changes_end(&j, o->json, "end", cursor.generation);
	}
	jw_close(&j);
	if (rc == TW_RESYNC)
		return EXIT_NO;
	if (rc == TW_END)
		return EXIT_DONE;
	cmd_fail(e, rc, c->store);
	return cmd_status(e);
}

const struct verb verb_changes = {
	"changes", "", "what changed since a generation",
	"List added, updated and removed values in order, then a line 'end' "
	"with the generation to ask from next time. Exit status 1 and 'resync' "
	"when the log does not go back that far: read all with 'taxiway "
	"list'.",
	changes_table, NULL, sizeof(struct changes_opts), 0, 0, changes_run
};

static const struct opt no_options[] = {
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static int
snapshot_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct tw_error why = {0, {0}};

	(void)opts;
	(void)argc;
	if (cmd_open(c, e) != 0)
		return cmd_status(e);
	tw_snapshot_end(c->snap);
	c->snap = NULL;
	if (tw_publish(c->tw, argv[0], &why) != TW_OK) {
		err_set(e, ERR_STORE, "%s", why.text);
		return EXIT_STORE;
	}
	return EXIT_DONE;
}

const struct verb verb_snapshot = {
	"snapshot", "FILE", "write an immutable, compact copy",
	"Copy the store into FILE, compacted, and rename it into place. The "
	"copy needs no lock file: for containers, chroots and read-only "
	"mounts. All reading verbs take it with -s.",
	no_options, NULL, 0, 1, 1, snapshot_run
};

static int
types_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	int i;

	(void)c;
	(void)opts;
	(void)argc;
	(void)argv;
	(void)e;
	for (i = 1; i < 256; i++)
		if (tw_type_name(i) != NULL)
			printf("%s\n", tw_type_name(i));
	return EXIT_DONE;
}

const struct verb verb_types = {
	"types", "", "list the value types",
	"List the types of values that the store knows.",
	no_options, NULL, 0, 0, 0, types_run
};
