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
};
typedef int source_view_fn(void *ctx, const struct source_view *s);
/* Each source of the store, then those that were never polled; `fn` ends it with
 * another result than TW_OK, which is returned.  Texts are borrowed for the
 * call. */
int daemon_view_each(const struct daemon_view *v, struct cmd *c,
    source_view_fn *fn, void *ctx) CC_CHECK;
/* Has a daemon run on this store that runs no more? */
bool daemon_view_down(const struct daemon_view *v, struct cmd *c);

/* Members of a source's object; lines behind a source's name. */
void daemon_view_source_json(const struct daemon_view *v, struct jw *j,
    const struct tw_source *s);
void daemon_view_source_text(const struct daemon_view *v,
    const struct tw_source *s);
/* The daemon's own, and the sources that the store does not have. */
void daemon_view_json(const struct daemon_view *v, struct cmd *c,
    struct jw *j);
void daemon_view_text(const struct daemon_view *v, struct cmd *c);

#endif
