/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/control_client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sync/control_path.h"

#define CHUNK 4096

int
control_connect(const char *store, struct err *e)
{
	char *path = control_path(store, e);
	struct sockaddr_un a;
	int dir, fd = -1;

	dir = path != NULL ? control_address(path, &a, e) : -1;
	if (dir >= 0) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&a,
		    sizeof(a)) != 0) {
			err_sys(e, errno == ENOENT || errno == ECONNREFUSED ?
			    ERR_NOT_FOUND : errno == EACCES || errno == EPERM ?
			    ERR_AUTH : ERR_IO, errno, "daemon at '%s'", path);
			if (fd >= 0)
				close(fd);
			fd = -1;
		}
		close(dir);
	}
	free(path);
	return fd;
}

/* The code of a word of err_name(). */
static int
code_of(struct slice word)
{
	int code;

	for (code = ERR_NONE + 1; code < ERR_INTERNAL; code++)
		if (slice_is(word, err_name(code)))
			break;
	return code;
}

/* 0: go on; 1: that was the end; 2: `fn` hung up; -1 with e set. */
static int
take_line(struct slice line, control_line_fn *fn, void *ctx, struct err *e)
{
	struct slice word;
	const char *space;
	json_t *json;
	int rc;

	if (slice_is(line, "ok"))
		return 1;
	if (slice_starts(line, SLICE("error "))) {
		line.p += 6;
		line.n -= 6;
		space = memchr(line.p, ' ', line.n);
		word = (struct slice){line.p, space != NULL ?
		    (size_t)(space - line.p) : line.n};
		return err_set(e, code_of(word), "%.*s",
		    (int)(line.n - word.n - (space != NULL)),
		    line.p + word.n + (space != NULL));
	}
	json = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(json)) {
		json_decref(json);
		return err_set(e, ERR_PROTO, "daemon: a reply that is not of "
		    "its protocol");
	}
	rc = fn != NULL ? fn(ctx, json) : 0;
	json_decref(json);
	return rc == 0 ? 0 : 2;
}

static int
send_request(int fd, enum control_verb verb, const char *name, struct err *e)
{
	struct buf b;
	ssize_t n;

	buf_init(&b, LIMIT_CONTROL_LINE);
	buf_printf(&b, "%s%s%s\n", control_verb_name(verb),
	    name[0] != '\0' ? " " : "", name);
	n = buf_ok(&b) ? send(fd, b.p, b.n, MSG_NOSIGNAL) : -1;
	if (n != (ssize_t)b.n)
		err_sys(e, ERR_IO, errno, "daemon: the request");
	buf_free(&b);
	return e->code == ERR_NONE ? 0 : -1;
}

/* More bytes of the reply.  -1 with e set. */
static int
receive(int fd, struct buf *in, unsigned patience, struct err *e)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char *room = buf_room(in, CHUNK);
	ssize_t n;
	int r;

	if (room == NULL)
		return err_set(e, ERR_LIMIT, "daemon: its reply is too long");
	do
		r = poll(&p, 1, patience > 0 ? (int)patience * 1000 : -1);
	while (r < 0 && errno == EINTR && patience > 0);
	if (r == 0)
		return err_set(e, ERR_IO, "daemon: no answer for %u s",
		    patience);
	n = r > 0 ? recv(fd, room, CHUNK, 0) : -1;
	if (n < 0)
		return err_sys(e, ERR_IO, errno, "daemon: its reply");
	if (n == 0)
		return err_set(e, ERR_IO, "daemon: ended, or hung up, before "
		    "the end of its reply");
	in->n += (size_t)n;
	return 0;
}

int
control_ask(int fd, enum control_verb verb, const char *name,
    unsigned patience, control_line_fn *fn, void *ctx, struct err *e)
{
	size_t at = 0;
	struct buf in;
	const char *end;
	int rc;

	if (send_request(fd, verb, name, e) != 0)
		return -1;
	buf_init(&in, LIMIT_CONTROL_REPLY);
	for (rc = 0; rc == 0;) {
		end = in.n > at ? memchr(in.p + at, '\n', in.n - at) : NULL;
		if (end == NULL) {
			/* What was taken makes room. */
			if (at > 0)
				memmove(in.p, in.p + at, in.n - at);
			in.n -= at;
			at = 0;
			rc = receive(fd, &in, patience, e);
			continue;
		}
		rc = take_line((struct slice){in.p + at,
		    (size_t)(end - in.p) - at}, fn, ctx, e);
		at = (size_t)(end - in.p) + 1;
	}
	buf_free(&in);
	return rc < 0 ? -1 : rc - 1;
}
