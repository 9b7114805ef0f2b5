/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rollback, restore, forget: what a source said is taken back, brought back, or
 * removed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/tstamp.h"
#include "cmd/clean.h"
#include "cmd/cmd.h"
#include "cmd/jw.h"
#include "store/rollback.h"
#include "store/store.h"

struct undo_opts {
	bool dry_run, json;
};

static const struct opt rollback_table[] = {
	{0, "dry-run", NULL, "say what it would hide; change nothing", OPT_FLAG,
	    offsetof(struct undo_opts, dry_run), 0, 0},
	{'j', "json", NULL, "the counts as one JSON object", OPT_FLAG,
	    offsetof(struct undo_opts, json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static const struct opt restore_table[] = {
	{'j', "json", NULL, "the result as one JSON object", OPT_FLAG,
	    offsetof(struct undo_opts, json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

/* "NAME@POLL", or a name alone: poll 1.  The '@' of a name that is no number is
 * part of it. */
static uint32_t
split_poll(char *name)
{
	char *at = strrchr(name, '@');
	uint32_t poll;

	if (at == NULL || opt_number(at + 1, 1, UINT32_MAX, &poll) != 0)
		return 1;
	*at = '\0';
	return poll;
}

static void
rollback_tell(struct cmd *c, const struct undo_opts *o, const char *name,
    uint32_t poll, const struct rollback_counts *n)
{
	struct jw j;

	if (o->json) {
		jw_open(&j, stdout);
		jw_begin(&j, '{');
		jw_kz(&j, "source", name);
		jw_knum(&j, "hidden_from", poll);
		jw_kbool(&j, "dry_run", o->dry_run);
		jw_knum(&j, "objects", n->objects);
		jw_knum(&j, "versions", n->versions);
		jw_knum(&j, "ends", n->ends);
		jw_end(&j, '}');
		jw_line(&j);
		jw_close(&j);
		return;
	}
	if (c->quiet)
		return;
	print_clean(stdout, name, strlen(name));
	printf(": %s%llu objects hidden, %llu as they were before",
	    o->dry_run ? "(dry run) " : "", (unsigned long long)n->objects,
	    (unsigned long long)n->versions);
	if (n->ends != 0)
		printf(", %llu that had ended are back",
		    (unsigned long long)n->ends);
	putchar('\n');
}

/* What was told is in effect: the change log and the entries follow, which takes
 * longer and may be stopped. */
static int
follow(struct store *s, struct err *e)
{
	(void)fflush(stdout);
	return cmd_tidy(s, e);
}

static int
rollback_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct undo_opts *o = opts;
	struct store *s = cmd_open_writer(c, e);
	struct rollback_counts n;
	uint32_t poll = split_poll(argv[0]);
	int rc;

	(void)argc;
	if (s == NULL)
		return cmd_status(e);
	rc = o->dry_run ? 0 :
	    store_rollback(s, argv[0], poll, tstamp_now(), e);
	if (rc == 0)
		rc = store_rollback_count(s, argv[0], poll, &n, e);
	if (rc == 0) {
		rollback_tell(c, o, argv[0], poll, &n);
		rc = o->dry_run ? 0 : follow(s, e);
	}
	store_close(s);
	return rc == 0 ? EXIT_DONE : cmd_status(e);
}

const struct verb verb_rollback = {
	"rollback", "SOURCE[@POLL]", "hide what a source said",
	"Hide all that a source said, or show it as it was before a poll "
	"('taxiway status' numbers them). Nothing is removed: every reader "
	"sees the change at once, however large the source is, and 'taxiway "
	"restore' takes it back. Until then the source is not polled. Tells "
	"how many objects are hidden, and how many are shown as they were "
	"before; then writes to the change log what follows, value by value, "
	"which may be stopped: 'taxiway sweep' or a pull goes on.\n\n"
	"  taxiway rollback --dry-run feed@17\n"
	"  taxiway rollback feed@17",
	rollback_table, NULL, sizeof(struct undo_opts), 1, 1, rollback_run
};

static void
restore_tell(struct cmd *c, const struct undo_opts *o, const char *name,
    uint32_t poll)
{
	struct jw j;

	if (o->json) {
		jw_open(&j, stdout);
		jw_begin(&j, '{');
		jw_kz(&j, "source", name);
		jw_kbool(&j, "restored", poll != 0);
		jw_knum(&j, "hidden_from", poll);
		jw_end(&j, '}');
		jw_line(&j);
		jw_close(&j);
		return;
	}
	if (c->quiet)
		return;
	print_clean(stdout, name, strlen(name));
	if (poll != 0)
		printf(": all of it again, from poll %u on too\n", poll);
	else
		printf(": nothing of it was hidden\n");
}

static int
restore_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct store *s = cmd_open_writer(c, e);
	uint32_t poll = 0;
	int rc;

	(void)argc;
	if (s == NULL)
		return cmd_status(e);
	rc = store_restore(s, argv[0], tstamp_now(), &poll, e);
	if (rc == 0) {
		restore_tell(c, opts, argv[0], poll);
		rc = follow(s, e);
	}
	store_close(s);
	if (rc != 0)
		return cmd_status(e);
	return poll != 0 ? EXIT_DONE : EXIT_NO;
}

const struct verb verb_restore = {
	"restore", "SOURCE", "take a rollback back",
	"Show again all that a source said. It is seen at once; then the "
	"change log is told what follows, as by 'taxiway rollback'. Exit "
	"status 1 when nothing of it was hidden.",
	restore_table, NULL, sizeof(struct undo_opts), 1, 1, restore_run
};

static const struct opt forget_table[] = {
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static int
forget_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct store *s = cmd_open_writer(c, e);
	int rc;

	(void)opts;
	(void)argc;
	if (s == NULL)
		return cmd_status(e);
	rc = store_forget(s, argv[0], tstamp_now(), e);
	if (rc == 0 && !c->quiet) {
		print_clean(stdout, argv[0], strlen(argv[0]));
		printf(": hidden; its name is free, its space will be\n");
	}
	if (rc == 0)
		rc = follow(s, e);
	store_close(s);
	return rc == 0 ? EXIT_DONE : cmd_status(e);
}

const struct verb verb_forget = {
	"forget", "SOURCE", "remove a source and all it said",
	"Remove a source: its objects, claims, polls and originals. It is "
	"hidden at once; its space is given back in short steps beside polls "
	"and readers, by this call or, when that is stopped, by 'taxiway "
	"sweep'. The name can be used again.",
	forget_table, NULL, 0, 1, 1, forget_run
};
