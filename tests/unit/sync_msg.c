/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "sync/msg.h"

/* ---- decoding ------------------------------------------------------------ */

struct buf_bytes {
	char *p;
	size_t n;
};

static void
put(struct buf_bytes *b, unsigned type, size_t n, char fill)
{
	uint32_t len = (uint32_t)n;

	b->p = realloc(b->p, b->n + MSG_HEAD + n);
	assert_non_null(b->p);
	memcpy(b->p + b->n, &len, 4);
	b->p[b->n + 4] = (char)type;
	memset(b->p + b->n + MSG_HEAD, fill, n);
	b->n += MSG_HEAD + n;
}

/* Feed all in portions of `step` bytes; count frames, sum up what they hold. */
static unsigned
decode(const struct buf_bytes *b, size_t step, uint64_t *sum)
{
	struct msg_in in;
	struct err e = ERR_INIT;
	struct msg m;
	size_t at = 0, room, n, i;
	unsigned frames = 0;
	char *p;
	int r;

	*sum = 0;
	msg_in_init(&in, MSG_FETCHER);
	for (;;) {
		while ((r = msg_in_next(&in, &m, &e)) == 1) {
			frames++;
			*sum = *sum * 31 + m.type;
			for (i = 0; i < m.body.n; i++)
				*sum = *sum * 31 + (unsigned char)m.body.p[i];
		}
		assert_int_equal(r, 0);
		if (at == b->n)
			break;
		p = msg_in_room(&in, &room);
		assert_non_null(p);
		n = step < room ? step : room;
		if (n > b->n - at)
			n = b->n - at;
		memcpy(p, b->p + at, n);
		in.tail += n;
		at += n;
	}
	assert_int_equal(in.tail - in.head, 0);
	msg_in_free(&in);
	return frames;
}

static void
test_portions(void **state)
{
	static const size_t steps[] = {1, 2, 3, 5, 7, 4096, 1 << 20};
	struct buf_bytes b = {NULL, 0};
	uint64_t sum, first = 0;
	size_t i;

	(void)state;
	put(&b, MSG_NOTE, 0, 0);
	put(&b, MSG_OBJECTS, 300, 'a');
	put(&b, MSG_KNOWN, 4, 1);
	put(&b, MSG_OBJECTS, LIMIT_FRAME_RECORDS + 5, 'b');
	put(&b, MSG_FINISH, 5, 0);
	for (i = 0; i < ARRAY_LEN(steps); i++) {
		assert_int_equal(decode(&b, steps[i], &sum), 5);
		if (i == 0)
			first = sum;
		assert_true(sum == first);
	}
	free(b.p);
}

/* A large frame gets room, and the room is given back. */
static void
test_large_frame(void **state)
{
	struct msg_in in;
	struct err e = ERR_INIT;
	struct msg m;
	uint32_t n = MIB(8);
	size_t room, done = 0;
	char *p;

	(void)state;
	msg_in_init(&in, MSG_FETCHER);
	p = msg_in_room(&in, &room);
	assert_non_null(p);
	memcpy(p, &n, 4);
	p[4] = MSG_BLOCK;
	in.tail += MSG_HEAD;
	while (msg_in_next(&in, &m, &e) == 0) {
		p = msg_in_room(&in, &room);
		assert_non_null(p);
		assert_in_range(room, 1, n);
		room = room > MIB(1) ? MIB(1) : room;
		if (room > n - done)
			room = n - done;
		memset(p, 'x', room);
		in.tail += room;
		done += room;
	}
	assert_int_equal(m.body.n, n);
	assert_int_equal(m.body.p[n - 1], 'x');
	assert_non_null(msg_in_room(&in, &room));
	assert_true(in.cap < MIB(1));
	msg_in_free(&in);
}

static void
test_limits(void **state)
{
	static const struct {
		enum msg_side from;
		unsigned type;
		size_t n;
		int want;
	} cases[] = {
		{MSG_FETCHER, 0, 0, -1},
		{MSG_FETCHER, 255, 0, -1},
		{MSG_FETCHER, MSG_JOB, 5, -1},
		{MSG_FETCHER, MSG_ANSWER, 5, -1},
		{MSG_KEEPER, MSG_OBJECTS, 5, -1},
		{MSG_KEEPER, MSG_FINISH, 5, -1},
		{MSG_FETCHER, MSG_KNOWN, 4, 0},
		{MSG_FETCHER, MSG_KNOWN, 5, -1},
		{MSG_FETCHER, MSG_BLOCK, LIMIT_FRAME, 0},
		{MSG_FETCHER, MSG_BLOCK, (size_t)LIMIT_FRAME + 1, -1},
		{MSG_FETCHER, MSG_OBJECTS, UINT32_MAX, -1},
		{MSG_FETCHER, MSG_CHECKPOINT, LIMIT_CHECKPOINT, 0},
		{MSG_FETCHER, MSG_CHECKPOINT, LIMIT_CHECKPOINT + 1, -1},
		{MSG_KEEPER, MSG_JOB, LIMIT_JOB, 0},
	};
	struct msg m;
	size_t i, room;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = ERR_INIT;
		uint32_t n = (uint32_t)cases[i].n;
		struct msg_in in;
		char *p;

		msg_in_init(&in, cases[i].from);
		p = msg_in_room(&in, &room);
		assert_non_null(p);
		memcpy(p, &n, 4);
		p[4] = (char)cases[i].type;
		in.tail += MSG_HEAD;
		assert_int_equal(msg_in_next(&in, &m, &e), cases[i].want);
		assert_int_equal(e.code, cases[i].want == 0 ? ERR_NONE :
		    ERR_PROTO);
		msg_in_free(&in);
	}
}

/* ---- connections --------------------------------------------------------- */

static void
pair(struct msg_link *fetcher, struct msg_link *keeper, size_t max)
{
	struct err e = ERR_INIT;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(msg_link_init(fetcher, fds[0], MSG_KEEPER, max, 1,
	    &e), 0);
	assert_int_equal(msg_link_init(keeper, fds[1], MSG_FETCHER, max, 1,
	    &e), 0);
}

/* The fetcher sends while nobody reads, then all arrives, in order. */
static void
test_queue(void **state)
{
	enum { FRAMES = 400 };
	static char body[KIB(20)];
	struct msg_link fetcher, keeper;
	struct err e = ERR_INIT;
	struct msg m;
	uint32_t i, got = 0, n;
	int r;

	(void)state;
	pair(&fetcher, &keeper, MIB(12));
	for (i = 0; i < FRAMES; i++) {
		memset(body, (int)i, sizeof(body));
		assert_int_equal(msg_send(&fetcher, MSG_OBJECTS,
		    (struct slice){(char *)&i, sizeof(i)},
		    (struct slice){body, i * 37 % sizeof(body)}, &e), 0);
	}
	assert_true(fetcher.queued > 0); /* more than any socket holds */
	while (got < FRAMES) {
		assert_int_equal(msg_push(&fetcher, &e), 0);
		assert_int_equal(msg_wait(&keeper, 0, &e), 0);
		while ((r = msg_next(&keeper, &m, &e)) == 1) {
			assert_int_equal(m.type, MSG_OBJECTS);
			assert_int_equal(m.body.n, 4 + got * 37 % sizeof(body));
			memcpy(&n, m.body.p, 4);
			assert_int_equal(n, got);
			if (m.body.n > 4)
				assert_int_equal(
				    (unsigned char)m.body.p[m.body.n - 1],
				    got % 256);
			got++;
		}
		assert_int_equal(r, 0);
	}
	assert_int_equal(fetcher.queued, 0);
	msg_link_free(&fetcher);
	msg_link_free(&keeper);
}

/* A peer that never reads is given up, and memory stays bounded. */
static void
test_no_reader(void **state)
{
	static const char body[KIB(64)];
	struct msg_link fetcher, keeper;
	struct err e = ERR_INIT;
	unsigned i;
	int rc = 0;

	(void)state;
	pair(&fetcher, &keeper, MIB(1));
	for (i = 0; i < 1000 && rc == 0; i++) {
		rc = msg_send(&fetcher, MSG_OBJECTS, SLICE_NONE,
		    (struct slice){body, sizeof(body)}, &e);
		assert_true(fetcher.queued <= MIB(1) + KIB(65));
	}
	assert_int_equal(rc, -1);
	assert_int_equal(e.code, ERR_IO);
	assert_non_null(strstr(e.text, "does not read"));
	msg_link_free(&fetcher);
	msg_link_free(&keeper);
}

static void
test_peer_gone(void **state)
{
	struct msg_link fetcher, keeper;
	struct err e = ERR_INIT;
	struct msg m;

	(void)state;
	pair(&fetcher, &keeper, MIB(1));
	assert_int_equal(msg_send(&fetcher, MSG_NOTE, SLICE_NONE, SLICE("bye"),
	    &e), 0);
	assert_int_equal(msg_flush(&fetcher, &e), 0);
	msg_link_free(&fetcher);
	/* What was sent before is still there; then the end. */
	assert_int_equal(msg_wait(&keeper, 0, &e), 0);
	assert_int_equal(msg_next(&keeper, &m, &e), 1);
	assert_memory_equal(m.body.p, "bye", 3);
	assert_int_equal(msg_wait(&keeper, 0, &e), 0);
	assert_int_equal(msg_next(&keeper, &m, &e), 0);
	assert_true(keeper.eof);
	/* Sending to nobody is an error, not a signal. */
	assert_int_equal(msg_send(&keeper, MSG_ANSWER, SLICE_NONE,
	    SLICE("\0\0\0\0"), &e), 0);
	assert_int_equal(msg_flush(&keeper, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	msg_link_free(&keeper);
}

static void
test_too_long_to_send(void **state)
{
	struct msg_link fetcher, keeper;
	struct err e = ERR_INIT;

	(void)state;
	pair(&fetcher, &keeper, MIB(1));
	assert_int_equal(msg_send(&fetcher, MSG_KNOWN, SLICE_NONE,
	    SLICE("12345"), &e), -1);
	assert_int_equal(e.code, ERR_INTERNAL);
	assert_int_equal(fetcher.queued, 0);
	msg_link_free(&fetcher);
	msg_link_free(&keeper);
}

/* Nothing of a job stays in the buffers it went through. */
static void
test_forgotten(void **state)
{
	static const char secret[] = "hunter2-hunter2";
	struct msg_link fetcher, keeper;
	struct err e = ERR_INIT;
	struct msg m;

	(void)state;
	pair(&fetcher, &keeper, MIB(1));
	assert_int_equal(msg_send(&keeper, MSG_JOB, SLICE_NONE, SLICE(secret),
	    &e), 0);
	assert_int_equal(msg_flush(&keeper, &e), 0);
	assert_int_equal(msg_wait(&fetcher, 0, &e), 0);
	assert_int_equal(msg_next(&fetcher, &m, &e), 1);
	assert_memory_equal(m.body.p, secret, sizeof(secret) - 1);
	msg_in_forget(&fetcher.in);
	assert_null(memmem(fetcher.in.p, fetcher.in.tail, "hunter2", 7));
	assert_null(memmem(keeper.last, 64, "hunter2", 7));
	msg_link_free(&fetcher);
	msg_link_free(&keeper);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_portions),
		cmocka_unit_test(test_large_frame),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_no_reader),
		cmocka_unit_test(test_peer_gone),
		cmocka_unit_test(test_too_long_to_send),
		cmocka_unit_test(test_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
