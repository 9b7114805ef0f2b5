/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MESSAGE 1024
#define USEC_MAX (INT64_C(86400) * 1000000)

/* A number of microseconds as ns; 0 when it is none. */
static int64_t
interval(const char *text)
{
	char *end;
	long long v;

	if (text == NULL || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	v = strtoll(text, &end, 10);
	return errno != 0 || *end != '\0' || v <= 0 || v > USEC_MAX ? 0 :
	    (int64_t)v * 1000;
}

/* Is the watchdog that of another process? */
static int
not_ours(const char *pid)
{
	return pid != NULL && strtoll(pid, NULL, 10) != (long long)getpid();
}

void
notify_open(struct notify *n, const char *path, const char *watchdog,
    const char *pid)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t len = path != NULL ? strlen(path) : 0;

	*n = (struct notify){-1, 0};
	if (len < 2 || len >= sizeof(a.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(a.sun_path, path, len);
	if (path[0] == '@')
		a.sun_path[0] = '\0'; /* an abstract one */
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->fd >= 0 && connect(n->fd, (struct sockaddr *)&a,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len +
	    (path[0] == '/'))) != 0)
		notify_close(n);
	if (n->fd >= 0 && !not_ours(pid))
		n->watchdog = interval(watchdog);
}

void
notify_close(struct notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
	n->watchdog = 0;
}

void
notify_send(const struct notify *n, const char *fmt, ...)
{
	char text[MESSAGE];
	va_list ap;
	int len;

	if (n->fd < 0)
		return;
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len > 0)
		(void)send(n->fd, text, (size_t)len < sizeof(text) ?
		    (size_t)len : sizeof(text) - 1, MSG_NOSIGNAL);
}
