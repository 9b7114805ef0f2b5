/* SPDX-License-Identifier: BSD-2-Clause */
/* Server-Sent Events: bytes to events, however they are cut. */
#include "unit.h"

#include "sync/events.h"

struct told {
	char text[4096]; /* "name|id|data;" for each */
	size_t n;
	unsigned lost;
	const char *stop; /* a kind that ends it */
};

static int
take(void *ctx, const struct event *ev, struct err *e)
{
	struct told *t = ctx;
	int n = snprintf(t->text + t->n, sizeof(t->text) - t->n,
	    "%s|%s|%.*s;", ev->name, ev->id, SLICE_ARG(ev->data));

	assert_true(n > 0 && (size_t)n < sizeof(t->text) - t->n);
	t->n += (size_t)n;
	if (t->stop != NULL && strcmp(ev->name, t->stop) == 0)
		return err_set(e, ERR_INTERNAL, "stop");
	return 0;
}

static int
lose(void *ctx, struct err *e)
{
	struct told *t = ctx;

	(void)e;
	t->lost++;
	return 0;
}

static int
run(struct told *t, const char *p, size_t n, size_t step)
{
	const struct events_ops ops = {take, lose, t};
	struct err e = ERR_INIT;
	struct events s;
	int rc = 0;

	t->n = 0;
	t->text[0] = '\0';
	t->lost = 0;
	events_init(&s, &ops);
	for (size_t i = 0; rc == 0 && i < n; i += step)
		rc = events_bytes(&s, p + i, n - i < step ? n - i : step, &e);
	assert_true((rc != 0) == (e.code != ERR_NONE));
	events_free(&s);
	return rc;
}

static const struct {
	const char *bytes, *told;
} rows[] = {
	{"data: a\n\n", "message||a;"},
	{"data:a\n\n", "message||a;"},
	{"data:  a \n\n", "message|| a ;"},
	{"event: x\nid: 7-0\ndata: a\ndata: b\n\n", "x|7-0|a\nb;"},
	{"event: x\rid: 7\rdata: a\r\r", "x|7|a;"},
	{"event: x\r\nid: 7\r\ndata: a\r\n\r\n", "x|7|a;"},
	/* the newest id stays, also one of an event without data */
	{"id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\n",
	    "message|1|a;message|1|b;message|2|c;"},
	{"id: 1\ndata: a\n\nid\ndata: b\n\n", "message|1|a;message||b;"},
	/* no event: no data, no end, a comment */
	{"event: x\n\ndata: a\n\n", "message||a;"},
	{"data: a\n", ""},
	{": data: a\n\n:\n\ndata\n\n", "message||;"},
	{"\xef\xbb\xbf" "data: a\n\n", "message||a;"},
	{"\xef\xbb" "data: a\n\ndata: b\n\n", "message||b;"},
	/* what is not known */
	{"retry: 10\nother: x\ndatas: x\ndat: x\ndata: a\n\n",
	    "message||a;"},
	{"a-very-long-name-of-a-field: x\ndata: a\n\n", "message||a;"},
	{"data: {\"a\": \"b: c\"}\n\n", "message||{\"a\": \"b: c\"};"},
};

static void
test_rows(void **state)
{
	struct told t = {.n = 0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t step = 1; step < 12; step++) {
			assert_int_equal(run(&t, rows[i].bytes,
			    strlen(rows[i].bytes), step), 0);
			assert_string_equal(t.text, rows[i].told);
		}
	}
}

static void
test_an_id_that_is_none(void **state)
{
	static const char nul[] = "id: 1\ndata: a\n\nid: 2\0x\ndata: b\n\n";
	struct told t = {.n = 0};
	struct buf text;

	(void)state;
	assert_int_equal(run(&t, nul, sizeof(nul) - 1, 3), 0);
	assert_string_equal(t.text, "message|1|a;message|1|b;");
	buf_init(&text, KIB(4));
	buf_str(&text, "id: 1\ndata: a\n\nid: ");
	for (int i = 0; i <= EVENTS_ID; i++)
		buf_char(&text, '9');
	buf_str(&text, "\ndata: b\n\n");
	assert_int_equal(run(&t, text.p, text.n, 7), 0);
	assert_string_equal(t.text, "message|1|a;message|1|b;");
	buf_free(&text);
}

static void
test_too_long(void **state)
{
	struct told t = {.n = 0};
	size_t n = EVENTS_DATA + 100;
	char *text = malloc(n);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text, "id: 1\ndata: ", 12);
	memcpy(text + n - 18, "\n\nid: 2\ndata: a\n\n", 17);
	text[n - 1] = '\n';
	assert_int_equal(run(&t, text, n, KIB(64)), 0);
	assert_int_equal(t.lost, 1);
	assert_string_equal(t.text, "message|2|a;");
	free(text);
}

static void
test_the_taker_ends_it(void **state)
{
	struct told t = {.stop = "x"};
	static const char text[] = "data: a\n\nevent: x\ndata: b\n\n"
	    "data: c\n\n";

	(void)state;
	assert_int_equal(run(&t, text, sizeof(text) - 1, 100), -1);
	assert_string_equal(t.text, "message||a;x||b;");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_an_id_that_is_none),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_the_taker_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
