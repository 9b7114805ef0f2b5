/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where this host is listened to: sockets of the file system, and its loopback
 * addresses.  Nothing here can be reached from another host.
 */
#ifndef SYNC_LISTEN_H
#define SYNC_LISTEN_H

#include <sys/socket.h>

#include "base/cc.h"
#include "base/err.h"

struct listen_address {
	const char *path;    /* of a socket, borrowed from the text; or NULL */
	struct sockaddr_storage at; /* else */
	socklen_t n;
};

/* "unix:PATH", "127.0.0.1:PORT" (any of 127.0.0.0/8) or "[::1]:PORT".  0, or -1
 * with e set (ERR_CONFIG).  Pure. */
int listen_parse(const char *text, struct listen_address *out, struct err *e)
    CC_CHECK;
/* A stream socket that listens and does not block; -1 with e set. */
int listen_open(const struct listen_address *a, int backlog, struct err *e)
    CC_CHECK;
/* The same of a path: mode 0660, in place of a socket that is there, which the
 * caller knows to be nobody's any more. */
int listen_unix(const char *path, int backlog, struct err *e) CC_CHECK;

#endif
