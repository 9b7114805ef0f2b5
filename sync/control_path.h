/* SPDX-License-Identifier: BSD-2-Clause */
/* What a daemon has beside its store, for it and for those that ask it. */
#ifndef SYNC_CONTROL_PATH_H
#define SYNC_CONTROL_PATH_H

#include <sys/socket.h>
#include <sys/un.h>

#include "base/cc.h"
#include "base/err.h"

/* The control socket, "STORE-sock", and the file that a daemon holds a lock on as
 * long as it lives, "STORE-run"; it stays.  Allocated; NULL with e set. */
char *control_path(const char *store, struct err *e) CC_CHECK;
char *daemon_lock_path(const char *store, struct err *e) CC_CHECK;
/* The socket's address.  A path may be longer than an address holds, so this goes
 * through the folder's descriptor, which is returned and must stay open until the
 * address has been used; -1 with e set (ERR_NOT_FOUND: no such folder). */
int control_address(const char *path, struct sockaddr_un *out, struct err *e)
    CC_CHECK;

#endif
