/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pause, resume and reload: what a daemon is told.  Without one, pause and
 * resume go into the store, where the next one finds them.
 */
#include <string.h>
#include <unistd.h>

#include "base/tstamp.h"
#include "cmd/ask.h"
#include "cmd/clean.h"
#include "cmd/config.h"
#include "store/store.h"

static const struct opt no_options[] = {
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

#define ANSWER_PATIENCE 60 /* s: it may wait for a commit of somebody else */

static void
say(const struct cmd *c, const char *name, const char *text)
{
	if (c->quiet)
		return;
	print_clean(stdout, name, strlen(name));
	printf(": %s\n", text);
}

struct told {
	struct cmd *c;
	const char *name;
};

static int
told_line(void *ctx, json_t *line)
{
	const struct told *t = ctx;
	const char *text = json_string_value(json_object_get(line, "text"));

	if (text != NULL)
		say(t->c, t->name, text);
	return 0;
}

/* A name that nobody knows is a slip of the pen. */
static int
check_name(struct cmd *c, const char *name, struct err *e)
{
	struct config *config = cmd_config(c, e);

	if (e->code != ERR_NONE)
		return -1;
	if (config != NULL && config_source(config, name) != NULL)
		return 0;
	if (cmd_open(c, e) != 0)
		return -1;
	return cmd_source(c, name, e);
}

static int
pause_here(struct cmd *c, const char *name, bool pause, struct err *e)
{
	const char *path = cmd_store(c, e);
	struct store *s;
	bool changed;
	int rc;

	if (path == NULL || check_name(c, name, e) != 0 ||
	    store_open(path, tstamp_now(), &s, e) != 0)
		return -1;
	rc = store_pause(s, name, pause, tstamp_now(), &changed, e);
	store_close(s);
	if (rc == 0)
		say(c, name, changed ? (pause ? "paused" : "resumed") :
		    pause ? "paused already" : "not paused");
	return rc;
}

static int
pause_all(struct cmd *c, int argc, char **argv, bool pause, struct err *e)
{
	struct told t = {c, NULL};
	int fd, i;

	fd = ask_connect(c, e);
	for (i = 0; i < argc && e->code == ERR_NONE; i++) {
		t.name = argv[i];
		if (fd < 0)
			(void)!pause_here(c, argv[i], pause, e);
		else
			(void)!control_ask(fd, pause ? CONTROL_PAUSE :
			    CONTROL_RESUME, argv[i], ANSWER_PATIENCE,
			    told_line, &t, e);
	}
	if (fd >= 0)
		close(fd);
	return cmd_status(e);
}

static int
pause_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	(void)opts;
	return pause_all(c, argc, argv, true, e);
}

static int
resume_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	(void)opts;
	return pause_all(c, argc, argv, false, e);
}

static int
complaint(void *ctx, json_t *line)
{
	struct cmd *c = ctx;
	const char *text = json_string_value(json_object_get(line, "text"));

	if (text != NULL)
		buf_printf(&c->more, "%s\n", text);
	return 0;
}

static int
reload_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	int fd = ask_connect(c, e);

	(void)opts;
	(void)argc;
	(void)argv;
	if (fd < 0) {
		err_set(e, ERR_NOT_FOUND, "%s: no daemon runs on this store",
		    c->store != NULL ? c->store : "reload");
		return cmd_status(e);
	}
	(void)!control_ask(fd, CONTROL_RELOAD, "", ANSWER_PATIENCE, complaint,
	    c, e);
	close(fd);
	return cmd_status(e);
}

const struct verb verb_pause = {
	"pause", "SOURCE…", "poll a source no more, until 'resume'",
	"The daemon polls the source no more; what it said stands and ages. It "
	"stays so when the daemon is started anew. 'taxiway pull SOURCE' polls "
	"it all the same.",
	no_options, NULL, 0, 1, -1, pause_run
};

const struct verb verb_resume = {
	"resume", "SOURCE…", "poll a source again that is paused",
	"The daemon polls the source again by its schedule.",
	no_options, NULL, 0, 1, -1, resume_run
};

const struct verb verb_reload = {
	"reload", "", "let the daemon read its configuration anew",
	"As SIGHUP does, but the answer comes here: all that is wrong, and then "
	"nothing has changed. Exit status 1 when no daemon runs.",
	no_options, NULL, 0, 0, 0, reload_run
};
