/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the control socket of a store is, for both of its ends. */
#ifndef SYNC_CONTROL_PATH_H
#define SYNC_CONTROL_PATH_H

#include <sys/socket.h>
#include <sys/un.h>

#include "base/cc.h"
#include "base/err.h"

/* "STORE-sock", allocated; NULL with e set. */
char *control_path(const char *store, struct err *e) CC_CHECK;
/* Its address.  A path may be longer than an address holds, so this goes through
 * the folder's descriptor, which is returned and must stay open until the
 * address has been used; -1 with e set (ERR_NOT_FOUND: no such folder). */
int control_address(const char *path, struct sockaddr_un *out, struct err *e)
    CC_CHECK;

#endif
