/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/deviation.h"
#include "sync/keeper.h"

/* A store that only remembers what it was told, in words. */
struct fake {
	struct keeper keeper;
	char log[4096];
	size_t n;
	unsigned records, full_at; /* full when so many records wait, … */
	unsigned idle_at;          /* … and for one that is idle */
	int fail_commit;
	bool quiet, unsettled;
};

CC_PRINTF(2, 3) static void
say(struct fake *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (f->quiet)
		return;
	va_start(ap, fmt);
	n = vsnprintf(f->log + f->n, sizeof(f->log) - f->n, fmt, ap);
	va_end(ap);
	assert_in_range(n, 0, sizeof(f->log) - f->n - 1);
	f->n += (size_t)n;
}

static int
fake_add(void *ctx, struct slice r, struct err *e)
{
	struct fake *f = ctx;

	if (slice_is(r, "bad"))
		return err_set(e, ERR_PROTO, "no record");
	say(f, "+%.*s ", SLICE_ARG(r));
	f->unsettled = f->unsettled || r.p[0] >= 'm';
	f->records++;
	return 0;
}

static int
fake_block(void *ctx, struct slice b, struct err *e)
{
	struct fake *f = ctx;

	(void)e;
	f->unsettled = false;
	say(f, "block%zu ", b.n);
	return 0;
}

/* Odd digests are known. */
static int
fake_known(void *ctx, const struct idkey *ids, const uint64_t *hashes, size_t n,
    uint8_t *bits, struct err *e)
{
	size_t i;

	(void)e;
	for (i = 0; i < n; i++) {
		assert_int_equal(ids[i].b[0], hashes[i] & 0xff);
		if (hashes[i] % 2 != 0)
			bits[i / 8] |= (uint8_t)(1u << (i % 8));
	}
	say(ctx, "ask%zu ", n);
	return 0;
}

static int
fake_versions(void *ctx, const struct idkey *ids, const int64_t *versions,
    size_t n, uint8_t *bits, struct err *e)
{
	return fake_known(ctx, ids, (const uint64_t *)(const void *)versions, n,
	    bits, e);
}

static int
fake_parts(void *ctx, const struct idkey *ids, size_t n, uint64_t *listed,
    struct err *e)
{
	(void)ctx;
	(void)ids;
	(void)e;
	*listed = 3 * n;
	return 0;
}

static bool
fake_settled(void *ctx)
{
	struct fake *f = ctx;

	return !f->unsettled;
}

static void
fake_unchanged(void *ctx, uint64_t n)
{
	say(ctx, "same%llu ", (unsigned long long)n);
}

static void
fake_reject(void *ctx, enum reject_reason why, enum reject_loss loss, uint64_t n,
    struct slice s)
{
	say(ctx, "no%d%c*%llu(%.*s) ", (int)why, "epm"[loss],
	    (unsigned long long)n, SLICE_ARG(s));
}

static void
fake_note(void *ctx, struct slice s)
{
	say(ctx, "note(%.*s) ", SLICE_ARG(s));
}

static void
fake_deviation(void *ctx, unsigned d, uint64_t n, struct slice s)
{
	say(ctx, "odd%u*%llu(%.*s) ", d, (unsigned long long)n, SLICE_ARG(s));
}

static bool
fake_full(void *ctx, bool idle)
{
	struct fake *f = ctx;

	if (idle && f->idle_at != 0 && f->records >= f->idle_at)
		return true;
	return f->full_at != 0 && f->records >= f->full_at;
}

static int
fake_commit(void *ctx, const struct slice *cursor,
    const struct keeper_progress *p, struct err *e)
{
	struct fake *f = ctx;

	if (f->fail_commit)
		return err_set(e, ERR_FULL, "no room");
	if (cursor != NULL)
		say(f, "commit@%.*s/%llu ", SLICE_ARG(*cursor),
		    (unsigned long long)p->objects);
	else
		say(f, "commit/%llu ", (unsigned long long)p->objects);
	f->records = 0;
	return 0;
}

static int
fake_answer(void *ctx, struct slice head, struct slice bits, struct err *e)
{
	(void)e;
	assert_int_equal(head.n, 4);
	say(ctx, "answer%02x ", (unsigned)(uint8_t)bits.p[0]);
	return 0;
}

static const struct keeper_ops fake_ops = {
	.add = fake_add, .block = fake_block, .known = fake_known,
	.versions = fake_versions, .parts = fake_parts,
	.settled = fake_settled,
	.unchanged = fake_unchanged, .reject = fake_reject,
	.note = fake_note,
	.deviation = fake_deviation,
	.full = fake_full, .commit = fake_commit,
	.answer = fake_answer,
};

static struct fake *
fake_new(unsigned full_at)
{
	struct fake *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->full_at = full_at;
	keeper_init(&f->keeper, &fake_ops, f);
	return f;
}

static void
fake_free(struct fake *f)
{
	keeper_free(&f->keeper);
	free(f);
}

/* One frame; returns its error code.  The body is an exact copy, so that a
 * sanitizer sees every byte read past it. */
static int
frame(struct fake *f, enum msg_type type, struct slice body)
{
	struct err e = ERR_INIT;
	char *copy = malloc(body.n > 0 ? body.n : 1);
	struct msg m = {type, {copy, body.n}};
	int rc;

	assert_non_null(copy);
	if (body.n > 0)
		memcpy(copy, body.p, body.n);
	rc = keeper_frame(&f->keeper, &m, &e);
	assert_int_equal(rc, e.code == ERR_NONE ? 0 : -1);
	free(copy);
	return e.code;
}

#define GOOD(f, type, lit) assert_int_equal(frame(f, type, SLICE(lit)), ERR_NONE)
#define BAD(f, type, lit) assert_int_equal(frame(f, type, SLICE(lit)), ERR_PROTO)

/* Records from "m" on want a block. */
#define TWO "\1\0\0\0" "a" "\1\0\0\0" "b"
#define TWO_RAW "\1\0\0\0" "m" "\1\0\0\0" "b"
#define DONE "\1" "\0\0\0\0"

static void
test_commits(void **state)
{
	struct fake *f = fake_new(2);

	(void)state;
	GOOD(f, MSG_OBJECTS, TWO);
	GOOD(f, MSG_CHECKPOINT, "c1");
	GOOD(f, MSG_CHECKPOINT, "c2");
	GOOD(f, MSG_OBJECTS, "\1\0\0\0" "c");
	GOOD(f, MSG_OBJECTS, TWO);
	GOOD(f, MSG_OBJECTS, TWO);
	GOOD(f, MSG_FINISH, DONE);
	assert_true(f->keeper.complete);
	/* The newest checkpoint goes with the first commit behind it, once. */
	assert_string_equal(f->log, "+a +b commit/2 +c +a +b commit@c2/5 "
	    "+a +b commit/7 ");
	fake_free(f);
}

/* One that has nothing to take commits what it has, if that is enough: never
 * without the blocks, and not behind the end, which is committed as such. */
static void
test_idle(void **state)
{
	struct fake *f = fake_new(4);
	struct err e = ERR_INIT;

	(void)state;
	f->idle_at = 2;
	GOOD(f, MSG_OBJECTS, "\1\0\0\0" "c");
	assert_false(keeper_ready(&f->keeper));
	GOOD(f, MSG_CHECKPOINT, "c1");
	GOOD(f, MSG_OBJECTS, TWO_RAW);
	assert_false(keeper_ready(&f->keeper));
	GOOD(f, MSG_BLOCK, "12345");
	assert_true(keeper_ready(&f->keeper));
	assert_int_equal(keeper_commit(&f->keeper, &e), 0);
	assert_false(keeper_ready(&f->keeper));
	GOOD(f, MSG_OBJECTS, TWO);
	assert_true(keeper_ready(&f->keeper));
	GOOD(f, MSG_FINISH, DONE);
	assert_false(keeper_ready(&f->keeper));
	assert_string_equal(f->log, "+c +m +b block5 commit@c1/3 +a +b ");
	fake_free(f);
}

/* No commit between a record and the block of its original bytes. */
static void
test_blocks(void **state)
{
	struct fake *f = fake_new(1);

	(void)state;
	GOOD(f, MSG_OBJECTS, TWO_RAW);
	GOOD(f, MSG_OBJECTS, TWO_RAW);
	GOOD(f, MSG_BLOCK, "12345");
	assert_string_equal(f->log, "+m +b +m +b block5 commit/4 ");
	BAD(f, MSG_BLOCK, "12345");
	fake_free(f);
	f = fake_new(1);
	GOOD(f, MSG_OBJECTS, TWO_RAW);
	BAD(f, MSG_CHECKPOINT, "c");
	BAD(f, MSG_FINISH, DONE);
	fake_free(f);
}

/* Records without a block cannot pile up for ever. */
static void
test_no_block(void **state)
{
	struct fake *f = fake_new(1);
	static char body[KIB(64)];
	uint32_t n = 1;
	size_t at;
	unsigned i;
	int code = ERR_NONE;

	(void)state;
	f->quiet = true;
	for (at = 0; at + 5 <= sizeof(body); at += 5) {
		memcpy(body + at, &n, 4);
		body[at + 4] = 'x';
	}
	for (i = 0; i < 1000 && code == ERR_NONE; i++) {
		code = frame(f, MSG_OBJECTS, (struct slice){body, at});
	}
	assert_int_equal(code, ERR_PROTO);
	assert_in_range(i, 2, 999);
	fake_free(f);
}

static void
test_questions(void **state)
{
	struct fake *f = fake_new(0);
	char body[4 + 3 * 25] = {3};
	uint64_t hashes[3] = {7, 8, 9};
	unsigned i;

	(void)state;
	memcpy(body + 4, hashes, sizeof(hashes));
	for (i = 0; i < 3; i++)
		body[4 + 24 + 17 * i] = (char)hashes[i];
	assert_int_equal(frame(f, MSG_ASK, (struct slice){body,
	    sizeof(body)}), ERR_NONE);
	BAD(f, MSG_KNOWN, "\3\0\0\0"); /* two were known */
	GOOD(f, MSG_KNOWN, "\1\0\0\0");
	GOOD(f, MSG_KNOWN, "\1\0\0\0");
	BAD(f, MSG_KNOWN, "\1\0\0\0");
	assert_string_equal(f->log, "ask3 answer05 same1 same1 ");
	assert_int_equal(f->keeper.progress.objects, 2);
	assert_int_equal(frame(f, MSG_ASK, (struct slice){body,
	    sizeof(body) - 1}), ERR_PROTO);
	body[0] = 0;
	assert_int_equal(frame(f, MSG_ASK, (struct slice){body, 4}),
	    ERR_PROTO);
	memset(body, 0xff, 4);
	assert_int_equal(frame(f, MSG_ASK, (struct slice){body,
	    sizeof(body)}), ERR_PROTO);
	fake_free(f);
}

/* What a container holds is listed with it, and counts. */
static void
test_containers(void **state)
{
	struct fake *f = fake_new(0);

	(void)state;
	GOOD(f, MSG_PARTS, "\2\0\0\0" "12345678901234567"
	    "12345678901234567");
	assert_string_equal(f->log, "same6 ");
	assert_int_equal(f->keeper.progress.objects, 6);
	fake_free(f);
}

static void
test_remarks(void **state)
{
	struct fake *f = fake_new(0);
	unsigned i;

	(void)state;
	GOOD(f, MSG_NOTE, "a\x1b[31m\xff" "b\n");
	GOOD(f, MSG_REJECT, "\7\0" "\5\0\0\0\0\0\0\0");
	GOOD(f, MSG_REJECT, "\7\1" "\1\0\0\0\0\0\0\0" "id\r");
	GOOD(f, MSG_REJECT, "\7\2" "\3\0\0\0\0\0\0\0");
	assert_string_equal(f->log, "note(a?[31m?b?) no7e*5() no7p*1(id?) "
	    "no7m*3() ");
	/* They are counted: a flood of them ends in silence. */
	for (i = 0; i < LIMIT_REMARKS; i++) {
		f->n = 0;
		GOOD(f, MSG_NOTE, "x");
	}
	f->n = 0;
	f->log[0] = '\0';
	GOOD(f, MSG_NOTE, "x");
	GOOD(f, MSG_REJECT, "\7\0" "\1\0\0\0\0\0\0\0" "text");
	assert_string_equal(f->log, "no7e*1() ");
	fake_free(f);
}

static void
test_failure(void **state)
{
	static const struct {
		uint32_t said;
		int want;
	} cases[] = {
		{ERR_AUTH, ERR_AUTH}, {ERR_NET, ERR_NET},
		/* a store's errors are not a fetcher's to report */
		{ERR_STORE, ERR_INTERNAL}, {ERR_FULL, ERR_INTERNAL},
		{ERR_BUSY, ERR_INTERNAL}, {ERR_VERSION, ERR_INTERNAL},
		{ERR_NONE, ERR_INTERNAL}, {UINT32_MAX, ERR_INTERNAL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct fake *f = fake_new(0);
		char body[5 + 3] = "\0....\x07no";

		memcpy(body + 1, &cases[i].said, 4);
		assert_int_equal(frame(f, MSG_FINISH,
		    (struct slice){body, sizeof(body)}), ERR_NONE);
		assert_true(f->keeper.finished);
		assert_false(f->keeper.complete);
		assert_int_equal(f->keeper.failure.code, cases[i].want);
		assert_string_equal(f->keeper.failure.text, "?no");
		BAD(f, MSG_NOTE, "more");
		fake_free(f);
	}
}

static void
test_malformed(void **state)
{
	static const struct {
		enum msg_type type;
		struct slice body;
	} cases[] = {
		{MSG_OBJECTS, SLICE("")},
		{MSG_OBJECTS, SLICE("\0")},
		{MSG_OBJECTS, SLICE("\1\0\0")},
		{MSG_OBJECTS, SLICE("\2\0\0\0" "a")},
		{MSG_OBJECTS, SLICE("\xff\xff\xff\xff" "a")},
		{MSG_OBJECTS, SLICE("\1\0\0\0" "a" "\1")},
		{MSG_OBJECTS, SLICE("\3\0\0\0" "bad")},
		{MSG_BLOCK, SLICE("")},
		{MSG_KNOWN, SLICE("\0\0\0")},
		{MSG_KNOWN, SLICE("\0\0\0\0\0")},
		{MSG_REJECT, SLICE("\1")},
		{MSG_REJECT, SLICE("\1" "\1\0\0\0\0\0\0\0")},
		{MSG_REJECT, SLICE("\xff\0" "\1\0\0\0\0\0\0\0")},
		{MSG_REJECT, SLICE("\1\3" "\1\0\0\0\0\0\0\0")},
		{MSG_REJECT, SLICE("\1\xff" "\1\0\0\0\0\0\0\0")},
		{MSG_REJECT, SLICE("\1\0" "\0\0\0\0\0\0\0\1")},
		{MSG_DEVIATION, SLICE("\1")},
		{MSG_DEVIATION, SLICE("\xff" "\1\0\0\0\0\0\0\0")},
		{MSG_DEVIATION, SLICE("\1" "\0\0\0\0\0\0\0\1")},
		{MSG_PAGE, SLICE("")},
		{MSG_PAGE, SLICE("12345678123456789")},
		{MSG_ASK, SLICE("")},
		{MSG_FINISH, SLICE("\2" "\0\0\0\0")},
		{MSG_FINISH, SLICE("\1" "\0\0\0")},
		{MSG_PARTS, SLICE("\0\0\0\0")},
		{MSG_PARTS, SLICE("\1\0\0\0" "1234567890123456")},
		{MSG_PARTS, SLICE("\1\0\0\0" "123456789012345678")},
		{MSG_EXTENT, SLICE("\1")},
		{MSG_EXTENT, SLICE("\4" "12345678")},
		{MSG_EXTENT, SLICE("\1" "123456789")},
		{MSG_RESULT, SLICE("{}")},
		{MSG_JOB, SLICE("x")},
		{MSG_ANSWER, SLICE("x")},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct fake *f = fake_new(1);

		if (frame(f, cases[i].type, cases[i].body) != ERR_PROTO)
			fail_msg("case %zu was taken", i);
		assert_false(f->keeper.finished);
		fake_free(f);
	}
}

/* The last word on what a poll has read counts; without one it is a part. */
static void
test_extent(void **state)
{
	struct fake *f = fake_new(0);

	(void)state;
	assert_int_equal(f->keeper.extent, STORE_PART);
	assert_true(f->keeper.declared == STORE_UNDECLARED);
	GOOD(f, MSG_EXTENT, "\1" "\377\377\377\377\377\377\377\377");
	assert_int_equal(f->keeper.extent, STORE_DOCUMENT);
	assert_true(f->keeper.declared == STORE_UNDECLARED);
	GOOD(f, MSG_EXTENT, "\2" "\5\0\0\0\0\0\0\0");
	assert_int_equal(f->keeper.extent, STORE_WALK);
	assert_true(f->keeper.declared == 5);
	GOOD(f, MSG_FINISH, DONE);
	fake_free(f);
}

/* "Nothing new" and news do not go together. */
static void
test_extent_same(void **state)
{
	struct fake *f = fake_new(0);

	(void)state;
	GOOD(f, MSG_EXTENT, "\3" "\377\377\377\377\377\377\377\377");
	GOOD(f, MSG_FINISH, DONE);
	assert_int_equal(f->keeper.extent, STORE_SAME);
	fake_free(f);
	f = fake_new(9);
	GOOD(f, MSG_OBJECTS, "\1\0\0\0" "a");
	GOOD(f, MSG_EXTENT, "\3" "\377\377\377\377\377\377\377\377");
	BAD(f, MSG_FINISH, DONE);
	assert_false(f->keeper.finished);
	fake_free(f);
}

/* Counts never run backwards. */
static void
test_pages(void **state)
{
	struct fake *f = fake_new(0);
	uint64_t n[2] = {2, 100};

	(void)state;
	assert_int_equal(frame(f, MSG_PAGE, (struct slice){(char *)n, 16}),
	    ERR_NONE);
	assert_int_equal(f->keeper.progress.pages, 2);
	assert_int_equal(f->keeper.progress.bytes, 100);
	n[1] = 99;
	assert_int_equal(frame(f, MSG_PAGE, (struct slice){(char *)n, 16}),
	    ERR_PROTO);
	fake_free(f);
}

static void
test_full_disk(void **state)
{
	struct fake *f = fake_new(1);

	(void)state;
	f->fail_commit = 1;
	GOOD(f, MSG_CHECKPOINT, "c1");
	assert_int_equal(frame(f, MSG_OBJECTS, SLICE(TWO)), ERR_FULL);
	/* The cursor is still to be written. */
	assert_true(f->keeper.cursor_new);
	fake_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commits),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_no_block),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_remarks),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_extent),
		cmocka_unit_test(test_extent_same),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
