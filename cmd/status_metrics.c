/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/status_metrics.h"

#include <config.h>

#include <string.h>
#include <unistd.h>

#include "cmd/ask.h"
#include "cmd/daemon_view.h"
#include "sync/metrics.h"

#define PATIENCE 10 /* s that a daemon gets to answer */

/* ---- of a daemon --------------------------------------------------------- */

static int
take_text(void *ctx, json_t *line)
{
	json_t **text = ctx;
	json_t *o = json_object_get(line, "metrics");

	if (json_is_string(o) && *text == NULL)
		*text = json_incref(o);
	return 0;
}

/* False: none runs, or it cannot be asked. */
static bool
print_daemon(struct cmd *c)
{
	struct err e = ERR_INIT;
	json_t *text = NULL;
	int fd = ask_connect(c, &e);
	bool asked;

	if (fd < 0)
		return false;
	asked = control_ask(fd, CONTROL_METRICS, "", PATIENCE, take_text,
	    &text, &e) == 0 && text != NULL;
	close(fd);
	if (asked)
		fwrite(json_string_value(text), 1, json_string_length(text),
		    stdout);
	json_decref(text);
	return asked;
}

/* ---- of the store -------------------------------------------------------- */

struct gathered {
	struct cmd *c;
	struct metrics m;
};

static int
gather(void *ctx, const struct source_view *s)
{
	struct gathered *g = ctx;
	struct metric_source *x;
	struct tw_metrics measured;
	int rc;

	if (!s->configured)
		return TW_OK;
	x = metrics_add(&g->m, s->name);
	if (x == NULL)
		return TW_MEMORY;
	metrics_judged(x, &s->health);
	if (s->stored == NULL)
		return TW_OK;
	rc = tw_poll_metrics(g->c->snap, s->stored->id, s->stored->polls,
	    &measured);
	metrics_stored(x, s->stored, rc == TW_OK ? &measured : NULL);
	return TW_OK;
}

static int
print_store(struct cmd *c, const struct daemon_view *v, struct err *e)
{
	struct gathered g = {.c = c, .m = {.version = PACKAGE_VERSION,
	    .counted = true}};
	struct tw_status s;
	struct buf text;
	int rc;

	buf_init(&text, LIMIT_METRICS);
	if ((rc = tw_status(c->snap, &s)) == TW_OK &&
	    (rc = tw_count_active(c->snap, 0, &g.m.active)) == TW_OK &&
	    (rc = tw_count_suppressed(c->snap, 0, &g.m.suppressed)) == TW_OK)
		rc = daemon_view_each(v, c, gather, &g);
	if (rc != TW_OK) {
		cmd_fail(e, rc, c->store);
		goto out;
	}
	metrics_store(&g.m, &s);
	g.m.configured = v->config != NULL ? v->config->nsources : g.m.n;
	if (metrics_print(&g.m, &text) != 0)
		err_set(e, ERR_MEMORY, "out of memory");
	else
		fwrite(text.p, 1, text.n, stdout);
out:
	metrics_free(&g.m);
	buf_free(&text);
	return cmd_status(e);
}

int
status_metrics(struct cmd *c, struct err *e)
{
	struct daemon_view v;
	int rc;

	if (print_daemon(c))
		return EXIT_DONE;
	if (cmd_open(c, e) != 0)
		return cmd_status(e);
	daemon_view_open(&v, c);
	rc = print_store(c, &v, e);
	daemon_view_close(&v);
	return rc;
}
