/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking the daemon of a store (sync/control.h tells the protocol).
 */
#ifndef SYNC_CONTROL_CLIENT_H
#define SYNC_CONTROL_CLIENT_H

#include <jansson.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/control.h"

/* A line of the reply; borrowed.  Other than 0: hang up. */
typedef int control_line_fn(void *ctx, json_t *line);

/*
 * Connect to the daemon of a store: a descriptor, or -1 with e set:
 * ERR_NOT_FOUND when none runs, ERR_AUTH without the right to connect.
 */
int control_connect(const char *store, struct err *e) CC_CHECK;
/*
 * Ask, and hand over each line of the reply.  `patience` is in seconds for each
 * line, 0: any.  0 when the daemon said ok; -1 with e set to what it said, or
 * ERR_PROTO, ERR_IO; 1 when `fn` hung up.
 */
int control_ask(int fd, enum control_verb verb, const char *name,
    unsigned patience, control_line_fn *fn, void *ctx, struct err *e) CC_CHECK;

#endif
