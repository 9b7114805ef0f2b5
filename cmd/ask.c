/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ask.h"

#include <string.h>
#include <unistd.h>

#include "cmd/clean.h"
#include "cmd/progress.h"
#include "cmd/stop.h"

int
ask_connect(struct cmd *c, struct err *e)
{
	const char *store = cmd_store(c, e);
	struct err why = ERR_INIT;
	int fd;

	if (store == NULL)
		return -1;
	fd = control_connect(store, &why);
	if (fd < 0 && why.code != ERR_NOT_FOUND)
		*e = why;
	return fd;
}

struct asked {
	struct cmd *c;
	struct progress progress;
	bool json;
	int status;          /* that the poll deserves; -1: it was none */
};

static uint64_t
number(json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n > 0 ? (uint64_t)n : 0;
}

static void
show_result(struct asked *a, json_t *line)
{
	json_t *counts = json_object_get(line, "counts");
	const char *text = json_string_value(json_object_get(line, "text"));
	char *dump;

	if (a->json) {
		dump = json_is_object(counts) ?
		    json_dumps(counts, JSON_COMPACT) : NULL;
		if (dump != NULL)
			printf("%s\n", dump);
		free(dump);
	} else if (text != NULL && !a->c->quiet) {
		print_clean(stdout, text, strlen(text));
		putchar('\n');
	}
}

static int
pull_line(void *ctx, json_t *line)
{
	struct asked *a = ctx;
	const char *event = json_string_value(json_object_get(line, "event"));
	struct pull_progress p = {.pages = number(line, "pages"),
	    .bytes = number(line, "bytes"), .objects = number(line, "objects"),
	    .elapsed = (int64_t)number(line, "ms") * 1000000,
	    .committing = json_is_true(json_object_get(line, "committing"))};

	if (event != NULL && strcmp(event, "progress") == 0) {
		(void)progress_show(&a->progress, &p);
	} else if (event != NULL && strcmp(event, "result") == 0) {
		progress_clear(&a->progress);
		a->status = (int)number(line, "status");
		show_result(a, line);
	}
	return stop_asked;
}

int
ask_pull(struct cmd *c, int fd, const struct ask_poll *p, struct err *e)
{
	static const enum control_verb verbs[2][2] = {
		{CONTROL_PULL, CONTROL_FULL},
		{CONTROL_FORCE, CONTROL_FORCE_FULL},
	};
	struct asked a = {.c = c, .json = p->json, .status = -1};
	int rc;

	progress_init(&a.progress, stderr, !c->quiet && cmd_terminal(2),
	    p->name);
	rc = control_ask(fd, verbs[p->force][p->full], p->name, 0, pull_line,
	    &a, e);
	progress_clear(&a.progress);
	if (rc > 0 || stop_asked) {
		err_clear(e);
		err_set(e, ERR_IO, "%s: not waited for; the daemon goes on "
		    "with it", p->name);
	}
	if (e->code == ERR_NONE)
		return EXIT_DONE;
	if (a.status > EXIT_DONE && a.status <= EXIT_STORE)
		return a.status;
	return e->code == ERR_NOT_FOUND ? EXIT_USAGE : EXIT_SOURCE;
}
