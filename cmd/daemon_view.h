/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `taxiway status` knows beside the store: how a source is, by its
 * configuration, and what a running daemon does with it.
 */
#ifndef CMD_DAEMON_VIEW_H
#define CMD_DAEMON_VIEW_H

#include <jansson.h>

#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/jw.h"
#include "sync/health.h"

struct daemon_view {
	const struct config *config; /* of this store, or NULL */
	json_t *daemon;              /* what it says of itself, or NULL */
	json_t *sources;             /* and of its sources, by name */
	int64_t began, now;          /* of the daemon; 0: none runs */
};

/* Never fails: what cannot be had is not shown. */
void daemon_view_open(struct daemon_view *v, struct cmd *c);
void daemon_view_close(struct daemon_view *v);

/* One source, with its state. */
struct source_view {
	const char *name;
	const struct tw_source *stored; /* NULL: it was never polled */
	bool configured;     /* or nobody knows the configuration */
	struct health health;
	/* What a running daemon plans, or NULL: the time of the next poll, and
	 * why then or why not. */
	const char *next, *plan;
	int64_t next_at;     /* the same as a number, 0: none */
};
typedef int source_view_fn(void *ctx, const struct source_view *s);
/* Each source of the store, then those that were never polled; `fn` ends it with
 * another result than TW_OK, which is returned.  Texts are borrowed for the
 * call. */
int daemon_view_each(const struct daemon_view *v, struct cmd *c,
    source_view_fn *fn, void *ctx) CC_CHECK;
/* Has the store a source of that name, or the configuration?  0, or -1 with e
 * set. */
int daemon_view_name(const struct daemon_view *v, struct cmd *c,
    const char *name, struct err *e) CC_CHECK;
/* Has a daemon run on this store that runs no more? */
bool daemon_view_down(const struct daemon_view *v, struct cmd *c);

/* Members of a source's object. */
void daemon_view_source_json(const struct daemon_view *v, struct jw *j,
    const struct tw_source *s);
/* The daemon's own, and the sources that the store does not have. */
void daemon_view_json(const struct daemon_view *v, struct cmd *c,
    struct jw *j);

#endif
