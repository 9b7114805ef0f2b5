/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void
lines_init(struct lines *l, int fd)
{
	l->fd = fd;
	l->ended = l->skip = false;
	l->at = l->n = 0;
}

/* Hand out the n bytes at `at`; `end` bytes more are passed over. */
static int
hand_out(struct lines *l, size_t n, size_t end, const char **line, size_t *len,
    bool *cut)
{
	*line = l->room + l->at;
	l->at += n + end;
	*cut = n > LINES_MAX;
	if (n > LINES_MAX)
		n = LINES_MAX;
	else if (n > 0 && (*line)[n - 1] == '\r')
		n--;
	*len = n;
	return LINES_LINE;
}

/* 1 with more in the room, LINES_WAIT, -1; at the end 1 with `ended` set. */
static int
refill(struct lines *l, struct err *e)
{
	struct pollfd in = {l->fd, POLLIN, 0};
	ssize_t got;

	if (poll(&in, 1, 0) == 0)
		return LINES_WAIT;
	memmove(l->room, l->room + l->at, l->n - l->at);
	l->n -= l->at;
	l->at = 0;
	do
		got = read(l->fd, l->room + l->n, sizeof(l->room) - l->n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys(e, ERR_USAGE, errno, "standard input: cannot be "
		    "read");
	l->n += (size_t)got;
	l->ended = got == 0;
	return 1;
}

int
lines_next(struct lines *l, const char **line, size_t *n, bool *cut,
    struct err *e)
{
	for (;;) {
		const char *p = l->room + l->at, *end;
		size_t left = l->n - l->at;
		int rc;

		end = memchr(p, '\n', left);
		if (l->skip) {
			l->skip = end == NULL;
			l->at = end != NULL ? (size_t)(end + 1 - l->room) :
			    l->n;
			if (end != NULL)
				continue;
		} else if (end != NULL) {
			return hand_out(l, (size_t)(end - p), 1, line, n, cut);
		} else if (left > LINES_MAX) {
			l->skip = true;
			return hand_out(l, left, 0, line, n, cut);
		}
		if (l->ended)
			return l->at == l->n ? LINES_END :
			    hand_out(l, left, 0, line, n, cut);
		if ((rc = refill(l, e)) != 1)
			return rc;
	}
}

void
lines_wait(const struct lines *l)
{
	struct pollfd in = {l->fd, POLLIN, 0};

	poll(&in, 1, -1);
}
