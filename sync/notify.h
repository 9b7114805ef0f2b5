/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling a service manager how we are: the datagrams of sd_notify(3), which
 * need no library.  Without a socket every call does nothing.
 */
#ifndef SYNC_NOTIFY_H
#define SYNC_NOTIFY_H

#include <stdint.h>

#include "base/cc.h"

struct notify {
	int fd;              /* -1: nobody wants to know */
	int64_t watchdog;    /* ns between signs of life; 0: none wanted */
};

/* The values of NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; NULL: not set.
 * What does not parse is as if it were not set. */
void notify_open(struct notify *n, const char *path, const char *watchdog,
    const char *pid);
void notify_close(struct notify *n);
/* Lines "NAME=value", '\n' between.  Never waits, never fails. */
void notify_send(const struct notify *n, const char *fmt, ...)
    CC_PRINTF(2, 3);

#endif
