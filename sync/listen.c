/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/opt.h"
#include "sync/control_path.h"

/* The address in front of the last ':', without brackets. */
static int
take_host(const char *text, size_t n, uint16_t port,
    struct listen_address *out)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)&out->at;
	struct sockaddr_in *four = (struct sockaddr_in *)(void *)&out->at;
	char host[INET6_ADDRSTRLEN];
	bool brackets = n > 2 && text[0] == '[' && text[n - 1] == ']';

	if (n >= sizeof(host))
		return -1;
	snprintf(host, sizeof(host), "%.*s", (int)(brackets ? n - 2 : n),
	    text + brackets);
	if (!brackets && inet_pton(AF_INET, host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		out->n = sizeof(*four);
		return ntohl(four->sin_addr.s_addr) >> 24 == 127 ? 0 : -1;
	}
	if (!brackets || inet_pton(AF_INET6, host, &six->sin6_addr) != 1)
		return -1;
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	out->n = sizeof(*six);
	return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) ? 0 : -1;
}

int
listen_parse(const char *text, struct listen_address *out, struct err *e)
{
	const char *colon = strrchr(text, ':');
	uint32_t port;

	*out = (struct listen_address){.path = NULL};
	if (strncmp(text, "unix:", 5) == 0 && text[5] != '\0') {
		out->path = text + 5;
		return 0;
	}
	if (colon != NULL && opt_number(colon + 1, 1, 65535, &port) == 0 &&
	    take_host(text, (size_t)(colon - text), (uint16_t)port, out) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "'%.200s' is neither unix:PATH nor a "
	    "loopback address with a port, 127.0.0.1:9100 or [::1]:9100; other "
	    "hosts are let in by a web server in front", text);
}

int
listen_open(const struct listen_address *a, int backlog, struct err *e)
{
	int fd, on = 1;

	if (a->path != NULL)
		return listen_unix(a->path, backlog, e);
	fd = socket(a->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)(const void *)&a->at,
	    a->n) == 0 && listen(fd, backlog) == 0)
		return fd;
	err_sys(e, ERR_IO, errno, "cannot listen");
	if (fd >= 0)
		close(fd);
	return -1;
}

/* What an earlier one left; the caller is the only one now. */
static int
clear_place(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_STORE, "'%s': is no socket; the daemon "
		    "needs that name, move the file away", path);
	if (unlink(path) != 0)
		return err_sys(e, ERR_STORE, errno, "'%s'", path);
	return 0;
}

/* Under another name until it listens: whoever sees it can connect. */
static int
bind_socket(const char *path, const char *fresh, int backlog, struct err *e)
{
	struct sockaddr_un a;
	int dir = control_address(fresh, &a, e), fd;
	mode_t mask;

	if (dir < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* From the first moment on it has the mode it is to have. */
	mask = umask(0117);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(fd, backlog) != 0 || rename(fresh, path) != 0) {
		err_sys(e, ERR_STORE, errno, "socket '%s'", path);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	umask(mask);
	close(dir);
	return fd;
}

int
listen_unix(const char *path, int backlog, struct err *e)
{
	char *fresh;
	int fd = -1;

	if (asprintf(&fresh, "%s.new", path) < 0)
		return err_set(e, ERR_MEMORY, "out of memory");
	if (clear_place(path, e) == 0 && clear_place(fresh, e) == 0)
		fd = bind_socket(path, fresh, backlog, e);
	free(fresh);
	return fd;
}
