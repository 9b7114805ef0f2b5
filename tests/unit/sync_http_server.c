/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sync_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOGGED 256
#define HEAD_MAX 65536
#define REPLY_MAX (64u << 20)

struct server {
	int fd;
	unsigned port;
	server_answer *answer;
	void *ctx;
	pthread_t thread;
	unsigned requests, connections;
	char *log[LOGGED];
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* One request head into `room`; false at the end of the connection. */
static bool
read_head(int fd, char *room)
{
	size_t n = 0;

	while (n < HEAD_MAX - 1) {
		ssize_t r = recv(fd, room + n, 1, 0);

		if (r <= 0)
			return false;
		room[++n] = '\0';
		if (n >= 4 && strcmp(room + n - 4, "\r\n\r\n") == 0)
			return true;
	}
	return false;
}

static void
send_all(int fd, const struct buf *b)
{
	for (size_t sent = 0; sent < b->n;) {
		ssize_t n = send(fd, b->p + sent, b->n - sent, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		sent += (size_t)n;
	}
}

static void
serve(struct server *s, int fd)
{
	static _Thread_local char head[HEAD_MAX];
	enum server_then then = SERVER_KEEP;

	while (then == SERVER_KEEP && read_head(fd, head)) {
		struct buf reply;

		must(s->requests < LOGGED);
		s->log[s->requests] = strdup(head);
		buf_init(&reply, REPLY_MAX);
		then = s->answer(s->ctx, s->requests++, head, &reply);
		send_all(fd, &reply);
		buf_free(&reply);
	}
}

static void *
run(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		s->connections++;
		serve(s, fd);
		close(fd);
	}
	return NULL;
}

struct server *
server_start(server_answer *answer, void *ctx)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	struct server *s = calloc(1, sizeof(*s));

	must(s != NULL);
	s->answer = answer;
	s->ctx = ctx;
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	must(s->fd >= 0 && bind(s->fd, (struct sockaddr *)&a, n) == 0 &&
	    listen(s->fd, 8) == 0 &&
	    getsockname(s->fd, (struct sockaddr *)&a, &n) == 0);
	s->port = ntohs(a.sin_port);
	must(pthread_create(&s->thread, NULL, run, s) == 0);
	return s;
}

void
server_forget(struct server *s)
{
	while (s->requests > 0)
		free(s->log[--s->requests]);
	s->connections = 0;
}

void
server_stop(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	server_forget(s);
	free(s);
}

unsigned
server_port(const struct server *s)
{
	return s->port;
}

unsigned
server_requests(const struct server *s)
{
	return s->requests;
}

unsigned
server_connections(const struct server *s)
{
	return s->connections;
}

const char *
server_request(const struct server *s, unsigned n)
{
	must(n < s->requests);
	return s->log[n];
}

void
server_reply(struct buf *out, int status, const char *type, const char *lines,
    const char *body)
{
	buf_printf(out, "HTTP/1.1 %d Test\r\nContent-Length: %zu\r\n", status,
	    strlen(body));
	if (type != NULL)
		buf_printf(out, "Content-Type: %s\r\n", type);
	buf_printf(out, "%s\r\n%s", lines != NULL ? lines : "", body);
}
