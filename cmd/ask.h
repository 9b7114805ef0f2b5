/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon of the store as verbs see it.
 */
#ifndef CMD_ASK_H
#define CMD_ASK_H

#include "base/cc.h"
#include "cmd/cmd.h"
#include "sync/control_client.h"

/* Connect to it: a descriptor, or -1; e is set only when there is one that
 * cannot be asked. */
int ask_connect(struct cmd *c, struct err *e);
struct ask_poll {
	const char *name;
	bool full, force, json;
};
/* Let it poll a source, as `taxiway pull` does it, with progress and result.
 * The exit status; e is set when it failed. */
int ask_pull(struct cmd *c, int fd, const struct ask_poll *p, struct err *e);

#endif
