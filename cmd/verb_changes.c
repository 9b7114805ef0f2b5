/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * changes: what happened since a generation.  snapshot: an immutable copy.
 * types: the value types.  All use the public reader library and nothing else.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cc.h"
#include "cmd/clean.h"
#include "cmd/cmd.h"
#include "cmd/jw.h"
#include "cmd/stop.h"

struct changes_opts {
	char *since;
	bool json, follow;
};

static const struct opt changes_table[] = {
	{0, "since", "GENERATION", "the last one already seen (default 0), or "
	    "'now'", OPT_STRING, offsetof(struct changes_opts, since), 0, 0},
	{'f', "follow", NULL, "wait for more, until a signal or a closed pipe",
	    OPT_FLAG, offsetof(struct changes_opts, follow), 0, 0},
	{'j', "json", NULL, "one JSON object a line", OPT_FLAG,
	    offsetof(struct changes_opts, json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

/* A follower asks the store's generation that often, for a few nanoseconds. */
#define FOLLOW_MS 250

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
		printf(" (%s)\n", tw_reason_name(ch->reason));
		return;
	}
	jw_begin(j, '{');
	jw_knum(j, "generation", ch->generation);
	jw_kz(j, "change", change_name(ch->op));
	jw_kz(j, "reason", tw_reason_name(ch->reason));
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

/* Open the store and find where to begin. */
static int
changes_begin(struct cmd *c, const char *since, uint64_t *generation,
    struct err *e)
{
	bool now = since != NULL && strcmp(since, "now") == 0;
	char *end;
	int rc;

	*generation = 0;
	if (since != NULL && !now) {
		errno = 0;
		*generation = strtoull(since, &end, 10);
		if (since[0] < '0' || since[0] > '9' || *end != '\0' ||
		    errno != 0)
			return err_set(e, ERR_USAGE, "--since: '%s' is not a "
			    "generation", since);
	}
	if (cmd_open(c, e) != 0)
		return -1;
	rc = now ? tw_generation(c->tw, generation) : TW_OK;
	return rc == TW_OK ? 0 : cmd_fail(e, rc, c->store);
}

/* All that this view has to tell, and its mark. */
static int
changes_tell(struct cmd *c, struct jw *j, bool json,
    struct tw_change_cursor *cursor)
{
	struct tw_change ch;
	struct tw_status s;
	int rc;

	while ((rc = tw_change_next(c->snap, cursor, &ch)) == TW_OK) {
		change_print(j, json, &ch);
		if (ferror(stdout))
			return TW_END;
	}
	if (rc == TW_RESYNC) {
		rc = tw_status(c->snap, &s);
		if (rc != TW_OK)
			return rc;
		changes_end(j, json, "resync", s.generation);
		rc = TW_RESYNC;
	} else if (rc == TW_END) {
		changes_end(j, json, "end", cursor->generation);
	}
	jw_flush(j);
	return rc;
}

/* Until there is a new generation (1); 0 when it is time to go: a signal (it may
 * come in a write that waits for a slow reader too), or
 * nobody reads any more.  No view is held meanwhile. */
static int
changes_wait(struct cmd *c, uint64_t seen, struct err *e)
{
	struct pollfd out = {STDOUT_FILENO, 0, 0};
	uint64_t generation;
	int rc;

	while (!stop_asked) {
		rc = tw_generation(c->tw, &generation);
		if (rc != TW_OK)
			return cmd_fail(e, rc, c->store);
		if (generation != seen)
			return 1;
		if (poll(&out, 1, FOLLOW_MS) > 0)
			return 0;
	}
	return 0;
}

static int
changes_follow(struct cmd *c, struct jw *j, bool json,
    struct tw_change_cursor *cursor, struct err *e)
{
	int rc = TW_END, more;

	stop_install();
	do {
		rc = changes_tell(c, j, json, cursor);
		if (rc != TW_END || ferror(stdout))
			break;
		rc = tw_snapshot_renew(c->snap);
		if (rc != TW_OK)
			return rc;
		rc = TW_END;
		more = changes_wait(c, cursor->generation, e);
		if (more < 0)
			return TW_SYSTEM;
	} while (more > 0);
	if (stop_asked) /* of a write that was interrupted */
		clearerr(stdout);
	return rc;
}

static int
changes_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct changes_opts *o = opts;
	struct tw_change_cursor cursor = {0};
	struct jw j;
	int rc;

	(void)argc;
	(void)argv;
	if (changes_begin(c, o->since, &cursor.generation, e) != 0)
		return cmd_status(e);
	jw_open(&j, stdout);
	rc = o->follow ? changes_follow(c, &j, o->json, &cursor, e) :
	    changes_tell(c, &j, o->json, &cursor);
	jw_close(&j);
	if (rc == TW_RESYNC)
		return EXIT_NO;
	if (rc == TW_END)
		return EXIT_DONE;
	if (e->code == ERR_NONE)
		cmd_fail(e, rc, c->store);
	return cmd_status(e);
}

const struct verb verb_changes = {
	"changes", "", "what changed since a generation",
	"List which values joined the set of active values, left it or changed "
	"their verdict, in order and with the reason, then a line 'end' with "
	"the generation to ask from next time. Exit status 1 and 'resync' when "
	"the log does not go back that far: read all with 'taxiway list'.\n\n"
	"  taxiway changes --since 41 --follow --json",
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
