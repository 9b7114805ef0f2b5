/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/msg.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/limits.h"
#include "sync/tally.h"
#include "base/idkey.h"
#include "sync/kill.h"
#include "sync/wipe.h"

#define IN_BASE KIB(512)   /* of the receiving buffer, unless a frame is larger */
#define CHUNK_BASE KIB(256)
#define PUSH_EVERY KIB(64)
#define SOCKET_BUFFER MIB(1)
#define IOV_COUNT 8

static const struct {
	uint8_t type;
	uint8_t from;
	uint32_t limit;
} msg_types[] = {
	{MSG_OBJECTS, MSG_FETCHER, LIMIT_FRAME_RECORDS + LIMIT_RECORD + 8},
	{MSG_BLOCK, MSG_FETCHER, LIMIT_FRAME},
	{MSG_KNOWN, MSG_FETCHER, 4},
	{MSG_REJECT, MSG_FETCHER, 10 + LIMIT_REMARK},
	{MSG_CHECKPOINT, MSG_FETCHER, LIMIT_CHECKPOINT},
	{MSG_PAGE, MSG_FETCHER, 16},
	{MSG_NOTE, MSG_FETCHER, LIMIT_REMARK},
	{MSG_ASK, MSG_FETCHER, 4 + LIMIT_ASK * (8 + IDKEY_LEN)},
	{MSG_VERSIONS, MSG_FETCHER, 4 + LIMIT_ASK * (8 + IDKEY_LEN)},
	{MSG_COMMIT, MSG_FETCHER, 1},
	{MSG_PARTS, MSG_FETCHER, 4 + LIMIT_ASK * IDKEY_LEN},
	{MSG_FINISH, MSG_FETCHER, 5 + ERR_TEXT_MAX},
	{MSG_RESULT, MSG_FETCHER, LIMIT_RESULT},
	{MSG_DEVIATION, MSG_FETCHER, 9 + LIMIT_REMARK},
	{MSG_EXTENT, MSG_FETCHER, 9},
	{MSG_STATED, MSG_FETCHER, 8},
	{MSG_PACE, MSG_FETCHER, 8},
	{MSG_TALLY, MSG_FETCHER, TALLY_CLASSES * 8},
	{MSG_PACED, MSG_KEEPER, 9},
	{MSG_WANT, MSG_FETCHER, 1},
	{MSG_INPUT, MSG_KEEPER, LIMIT_INPUT},
	{MSG_JOB, MSG_KEEPER, LIMIT_JOB + 5},
	{MSG_ANSWER, MSG_KEEPER, 4 + (LIMIT_ASK + 7) / 8},
};

size_t
msg_limit(enum msg_side from, unsigned type)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(msg_types); i++)
		if (msg_types[i].type == type && msg_types[i].from == from)
			return msg_types[i].limit;
	return 0;
}

/* ---- decoding ------------------------------------------------------------ */

void
msg_in_init(struct msg_in *in, enum msg_side from)
{
	*in = (struct msg_in){.from = from};
}

void
msg_in_free(struct msg_in *in)
{
	if (in->p != NULL)
		wipe(in->p, in->cap);
	free(in->p);
	msg_in_init(in, in->from);
}

void
msg_in_forget(struct msg_in *in)
{
	if (in->p != NULL)
		wipe(in->p, in->head);
}

/* Another buffer of `cap` bytes; the old one may have held a secret. */
static int
msg_in_resize(struct msg_in *in, size_t cap)
{
	char *p = malloc(cap);

	if (p == NULL)
		return -1;
	if (in->tail > in->head)
		memcpy(p, in->p + in->head, in->tail - in->head);
	if (in->p != NULL)
		wipe(in->p, in->tail);
	free(in->p);
	in->p = p;
	in->cap = cap;
	in->tail -= in->head;
	in->head = 0;
	return 0;
}

char *
msg_in_room(struct msg_in *in, size_t *n)
{
	size_t cap = in->want > IN_BASE ? in->want : IN_BASE;

	if (in->head == in->tail)
		in->head = in->tail = 0;
	/* Grow for one large frame, and give its memory back after it. */
	if ((in->cap < cap || (in->cap > cap && in->tail == 0)) &&
	    msg_in_resize(in, cap) != 0)
		return NULL;
	if (in->head > 0 && in->cap - in->tail < in->cap / 2) {
		memmove(in->p, in->p + in->head, in->tail - in->head);
		in->tail -= in->head;
		in->head = 0;
	}
	*n = in->cap - in->tail;
	return in->p + in->tail;
}

static int
msg_in_size(struct msg_in *in, struct err *e)
{
	const char *p = in->p + in->head;
	unsigned type = (unsigned char)p[4];
	uint32_t n;
	size_t limit;

	memcpy(&n, p, sizeof(n));
	limit = msg_limit(in->from, type);
	if (limit == 0)
		return err_set(e, ERR_PROTO, "%s sent a frame of unknown type "
		    "%u", in->from == MSG_FETCHER ? "fetcher" : "keeper", type);
	if (n > limit)
		return err_set(e, ERR_PROTO, "%s sent a frame of type %u with "
		    "%lu bytes, more than %zu",
		    in->from == MSG_FETCHER ? "fetcher" : "keeper", type,
		    (unsigned long)n, limit);
	in->want = MSG_HEAD + (size_t)n;
	return 0;
}

int
msg_in_next(struct msg_in *in, struct msg *m, struct err *e)
{
	size_t have = in->tail - in->head;

	if (in->want == 0) {
		if (have < MSG_HEAD)
			return 0;
		if (msg_in_size(in, e) != 0)
			return -1;
	}
	if (have < in->want)
		return 0;
	m->type = (enum msg_type)(unsigned char)in->p[in->head + 4];
	m->body = (struct slice){in->p + in->head + MSG_HEAD,
	    in->want - MSG_HEAD};
	in->head += in->want;
	in->want = 0;
	return 1;
}

/* ---- sending ------------------------------------------------------------- */

struct msg_chunk {
	struct msg_chunk *next;
	size_t cap, head, tail;
	char bytes[];
};

static void
chunk_free(struct msg_chunk *c)
{
	struct msg_chunk *next;

	for (; c != NULL; c = next) {
		next = c->next;
		wipe(c->bytes + c->head, c->tail - c->head);
		free(c);
	}
}

/* Append bytes to the queue, whatever its size. */
static int
link_add(struct msg_link *l, const char *p, size_t n)
{
	struct msg_chunk *c = l->last;
	size_t part, cap;

	while (n > 0) {
		if (c == NULL || c->tail == c->cap) {
			c = l->spare;
			if (c != NULL) {
				l->spare = c->next;
			} else {
				cap = CHUNK_BASE - sizeof(*c);
				c = malloc(sizeof(*c) + cap);
				if (c == NULL)
					return -1;
				c->cap = cap;
			}
			c->next = NULL;
			c->head = c->tail = 0;
			if (l->last != NULL)
				l->last->next = c;
			else
				l->out = c;
			l->last = c;
		}
		part = n < c->cap - c->tail ? n : c->cap - c->tail;
		memcpy(c->bytes + c->tail, p, part);
		c->tail += part;
		l->queued += part;
		l->fresh += part;
		p += part;
		n -= part;
	}
	return 0;
}

/* n bytes have left.  What the keeper sends may be secret. */
static void
link_drop(struct msg_link *l, size_t n)
{
	struct msg_chunk *c;
	size_t part;

	l->queued -= n;
	while ((c = l->out) != NULL) {
		part = c->tail - c->head;
		if (part > n)
			part = n;
		if (l->in.from == MSG_FETCHER)
			wipe(c->bytes + c->head, part);
		c->head += part;
		n -= part;
		if (c->head < c->tail)
			break;
		c->head = c->tail = 0;
		if (c->next == NULL)
			break;
		l->out = c->next;
		/* The last one freed is the first one used again, so that a
		 * queue which is short stays in few pages. */
		c->next = l->spare;
		l->spare = c;
	}
}

/* One attempt.  1: something was sent, 0: no room, -1. */
static int
link_write(struct msg_link *l, struct err *e)
{
	struct iovec iov[IOV_COUNT];
	struct msghdr h = {.msg_iov = iov};
	struct msg_chunk *c;
	ssize_t n;

	for (c = l->out; c != NULL && h.msg_iovlen < IOV_COUNT; c = c->next) {
		iov[h.msg_iovlen].iov_base = c->bytes + c->head;
		iov[h.msg_iovlen++].iov_len = c->tail - c->head;
	}
	do
		n = sendmsg(l->fd, &h, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	l->fresh = 0;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n < 0)
		return err_sys(e, ERR_IO, errno, "cannot send to the %s",
		    l->in.from == MSG_FETCHER ? "fetcher" : "keeper");
	link_drop(l, (size_t)n);
	return 1;
}

int
msg_push(struct msg_link *l, struct err *e)
{
	int r = 1;

	while (l->queued > 0 && r == 1)
		r = link_write(l, e);
	return r < 0 ? -1 : 0;
}

static int
link_drain(struct msg_link *l, size_t to, struct err *e)
{
	struct pollfd p = {.fd = l->fd, .events = POLLOUT};
	int r;

	while (l->queued > to) {
		r = link_write(l, e);
		if (r < 0)
			return -1;
		if (r == 1)
			continue;
		r = poll(&p, 1, l->patience);
		if (r == 0)
			return err_set(e, ERR_IO, "%s does not read what it is "
			    "sent", l->in.from == MSG_FETCHER ? "fetcher" :
			    "keeper");
		if (r < 0 && errno != EINTR)
			return err_sys(e, ERR_IO, errno, "poll");
	}
	return 0;
}

int
msg_flush(struct msg_link *l, struct err *e)
{
	return link_drain(l, 0, e);
}

int
msg_send(struct msg_link *l, enum msg_type type, struct slice head,
    struct slice body, struct err *e)
{
	enum msg_side self = l->in.from == MSG_FETCHER ? MSG_KEEPER :
	    MSG_FETCHER;
	uint32_t n = (uint32_t)(head.n + body.n);
	char h[MSG_HEAD];

	if (head.n + body.n > msg_limit(self, type) && head.n + body.n > 0)
		return err_set(e, ERR_INTERNAL, "frame of type %u is too long",
		    (unsigned)type);
	memcpy(h, &n, sizeof(n));
	h[4] = (char)type;
	if (link_add(l, h, sizeof(h)) != 0 ||
	    link_add(l, head.p, head.n) != 0 ||
	    link_add(l, body.p, body.n) != 0)
		return err_set(e, ERR_MEMORY, "out of memory for the queue to "
		    "the keeper");
	if (self == MSG_FETCHER)
		kill_point("fetcher:frame");
	if (l->queued > l->max)
		return link_drain(l, l->max, e);
	if (l->fresh >= PUSH_EVERY)
		return msg_push(l, e);
	return 0;
}

/* ---- the connection ------------------------------------------------------ */

int
msg_link_init(struct msg_link *l, int fd, enum msg_side from, size_t max,
    int patience, struct err *e)
{
	int size = SOCKET_BUFFER;
	int flags = fcntl(fd, F_GETFL);

	*l = (struct msg_link){.fd = fd, .max = max, .patience = patience};
	msg_in_init(&l->in, from);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return err_sys(e, ERR_IO, errno, "socket to the %s",
		    from == MSG_FETCHER ? "fetcher" : "keeper");
	/* As large as the system allows: only speed hangs on it. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return 0;
}

void
msg_link_free(struct msg_link *l)
{
	msg_in_free(&l->in);
	chunk_free(l->out);
	chunk_free(l->spare);
	l->out = l->last = l->spare = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

static int
link_read(struct msg_link *l, struct err *e)
{
	size_t room;
	char *p = msg_in_room(&l->in, &room);
	ssize_t n;

	if (p == NULL)
		return err_set(e, ERR_MEMORY, "out of memory for frames");
	do
		n = recv(l->fd, p, room, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		l->in.tail += (size_t)n;
	else if (n == 0 || errno == ECONNRESET)
		l->eof = true;
	else if (errno != EAGAIN && errno != EWOULDBLOCK)
		return err_sys(e, ERR_IO, errno, "cannot read from the %s",
		    l->in.from == MSG_FETCHER ? "fetcher" : "keeper");
	return 0;
}

int
msg_next(struct msg_link *l, struct msg *m, struct err *e)
{
	return msg_in_next(&l->in, m, e);
}

int
msg_wait(struct msg_link *l, int ms, struct err *e)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};

	if (l->queued > 0)
		p.events |= POLLOUT;
	if (poll(&p, 1, ms) < 0) {
		if (errno == EINTR)
			return 0;
		return err_sys(e, ERR_IO, errno, "poll");
	}
	if ((p.revents & POLLOUT) != 0 && msg_push(l, e) != 0)
		return -1;
	if ((p.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		return link_read(l, e);
	return 0;
}

int
msg_await(struct msg_link *l, struct msg *m, struct err *e)
{
	int r;

	while ((r = msg_next(l, m, e)) == 0) {
		if (l->eof)
			return err_set(e, ERR_IO, "the keeper is gone");
		if (msg_wait(l, -1, e) != 0)
			return -1;
	}
	return r < 0 ? -1 : 0;
}
