/* SPDX-License-Identifier: BSD-2-Clause */
/* The range machine: tables, and random servers that lie in random ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "sync/range.h"

#define S TSTAMP_SECOND
#define NOW (INT64_C(1704067200) * S)
#define UNKNOWN RANGE_UNKNOWN

static void
test_content_range(void **state)
{
	static const struct {
		const char *text;
		uint64_t from, to, total;
	} rows[] = {
		{"items 0-99/200", 0, 99, 200},
		{"items=0-99/200", 0, 99, 200},
		{"Items 5-5/6", 5, 5, 6},
		{"0-99/200", 0, 99, 200},
		{" items  7 - 9 / 10 ", 7, 9, 10},
		{"items 0-99/*", 0, 99, UNKNOWN},
		{"items 0-99", 0, 99, UNKNOWN},
		{"items */200", UNKNOWN, UNKNOWN, 200},
		{"items */*", UNKNOWN, UNKNOWN, UNKNOWN},
		{"items 9-5/200", UNKNOWN, UNKNOWN, 200},
		{"", UNKNOWN, UNKNOWN, UNKNOWN},
		{"items", UNKNOWN, UNKNOWN, UNKNOWN},
		{"items -5/9", UNKNOWN, UNKNOWN, UNKNOWN},
		{"items 1-/9", UNKNOWN, UNKNOWN, UNKNOWN},
		{"items 0-9999999999999999999/1", UNKNOWN, UNKNOWN, UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct range_reply r;

		range_parse(slice_str(rows[i].text), &r);
		if (r.from != rows[i].from || r.to != rows[i].to ||
		    r.total != rows[i].total)
			fail_msg("'%s': %llu-%llu/%llu", rows[i].text,
			    (unsigned long long)r.from,
			    (unsigned long long)r.to,
			    (unsigned long long)r.total);
	}
}

/* One page after the other; the machine's next request or its end. */
static void
test_pages(void **state)
{
	static const struct {
		uint64_t objects, from, to, total;
		int status;
		enum range_act act;
		uint64_t first; /* of the next request */
	} rows[] = {
		{10, 0, 9, 25, 206, RANGE_ASK, 10},
		{10, 0, 9, 10, 206, RANGE_ASK, 10},   /* total of the page? */
		{9, 0, 8, 9, 206, RANGE_DONE, 0},
		{10, UNKNOWN, UNKNOWN, UNKNOWN, 206, RANGE_ASK, 10},
		{4, UNKNOWN, UNKNOWN, UNKNOWN, 206, RANGE_ASK, 4},
		{4, UNKNOWN, UNKNOWN, UNKNOWN, 200, RANGE_DONE, 0},
		{10, UNKNOWN, UNKNOWN, UNKNOWN, 200, RANGE_ASK, 10},
		{40, UNKNOWN, UNKNOWN, UNKNOWN, 200, RANGE_DONE, 0},
		{0, UNKNOWN, UNKNOWN, UNKNOWN, 206, RANGE_DONE, 0},
		{0, 0, 0, 25, 206, RANGE_ASK, 0},     /* with a longer range */
		{5, 0, 9, 25, 206, RANGE_ASK, 5},     /* it says ten */
		{12, 0, 9, 25, 206, RANGE_ASK, 10},   /* two are no items */
		{10, 1, 10, 25, 206, RANGE_ASK, 10},  /* it counts from one */
		{10, 0, 9, UNKNOWN, 206, RANGE_ASK, 10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct range_reply r = {.status = rows[i].status,
		    .from = rows[i].from, .to = rows[i].to,
		    .total = rows[i].total, .objects = rows[i].objects,
		    .content = i + 1, .first = TSTAMP_NONE,
		    .last = TSTAMP_NONE, .date = NOW};
		struct range m;
		struct range_step s = range_start(&m, RANGE_ANY, TSTAMP_NONE,
		    10, NOW);

		assert_int_equal(s.act, RANGE_ASK);
		assert_true(s.first == 0 && s.last == 9);
		s = range_reply(&m, &r);
		if (s.act != rows[i].act || (s.act == RANGE_ASK &&
		    s.first != rows[i].first))
			fail_msg("row %zu: act %d, first %llu", i, s.act,
			    (unsigned long long)s.first);
	}
}

static struct range_reply
empty_of(uint64_t total)
{
	return (struct range_reply){.status = 206, .from = 0, .to = 0,
	    .total = total, .first = TSTAMP_NONE, .last = TSTAMP_NONE,
	    .date = NOW};
}

/* A server that leaves out the last item of a range sends nothing of a range of
 * one: longer ones are tried, not for ever, and then it is said. */
static void
test_nothing_of_many(void **state)
{
	struct range_reply none = empty_of(12);
	struct range m;
	struct range_step s;

	(void)state;
	s = range_start(&m, RANGE_ANY, TSTAMP_NONE, 1, NOW);
	for (unsigned i = 1; i <= RANGE_WIDENINGS; i++) {
		s = range_reply(&m, &none);
		assert_int_equal(s.act, RANGE_ASK);
		assert_int_equal(s.deviations, 0);
		assert_int_equal(s.first, 0);
		assert_int_equal(s.last, (1u << i) - 1);
	}
	s = range_reply(&m, &none);
	assert_int_equal(s.act, RANGE_DONE);
	assert_int_equal(s.deviations, DEVIATION_BIT(DEVIATION_RANGE_EMPTY));
	assert_true(s.checkpoint && s.since == TSTAMP_NONE);
	none = empty_of(0);
	range_start(&m, RANGE_ANY, TSTAMP_NONE, 1, NOW);
	s = range_reply(&m, &none);
	assert_int_equal(s.act, RANGE_DONE);
	assert_int_equal(s.deviations, 0);
}

/* What is wrong with a page is told with the next step. */
static void
test_deviations(void **state)
{
#define BIT(d) DEVIATION_BIT(DEVIATION_##d)
	static const struct {
		int status;
		uint64_t objects, from, to, total;
		int64_t first, last;
		uint64_t want;
	} rows[] = {
		{206, 10, 0, 9, 25, 1, 2, 0},
		{206, 10, UNKNOWN, UNKNOWN, UNKNOWN, 1, 2, BIT(RANGE_UNTOLD)},
		{200, 10, UNKNOWN, UNKNOWN, UNKNOWN, 1, 2, 0},
		{206, 10, 0, 10, 25, 1, 2, BIT(RANGE_WRONG)},
		{206, 10, 5, 14, 25, 1, 2, BIT(RANGE_WRONG)},
		{206, 10, 0, 9, 3, 1, 2, BIT(RANGE_WRONG)},
		{206, 10, 0, 9, 25, 0, 0, BIT(DATE_MISSING)},
		{206, 10, 0, 9, 25, 2, 1, BIT(NEWEST_FIRST)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct range_reply r = {.status = rows[i].status,
		    .objects = rows[i].objects, .from = rows[i].from,
		    .to = rows[i].to, .total = rows[i].total, .content = 1,
		    .first = rows[i].first != 0 ? NOW + rows[i].first * S :
		    TSTAMP_NONE, .last = rows[i].last != 0 ?
		    NOW + rows[i].last * S : TSTAMP_NONE, .date = NOW + 99 * S};
		struct range m;
		struct range_step s;

		range_start(&m, RANGE_ANY, TSTAMP_NONE, 10, NOW);
		s = range_reply(&m, &r);
		if (s.deviations != rows[i].want)
			fail_msg("row %zu: %llx", i,
			    (unsigned long long)s.deviations);
	}
#undef BIT
}

static void
test_range_text(void **state)
{
	char room[RANGE_TEXT];
	struct range_step s = {.form = RANGE_EQUALS, .first = 5, .last = 9};

	(void)state;
	assert_string_equal(range_text(&s, room), "items=5-9");
	s = (struct range_step){.form = RANGE_SPACE, .first = UINT64_MAX - 1,
	    .last = UINT64_MAX};
	assert_string_equal(range_text(&s, room),
	    "items 18446744073709551614-18446744073709551615");
	s.form = RANGE_NONE;
	assert_null(range_text(&s, room));
}

static void
test_refusals(void **state)
{
	static const enum range_form forms[] = {RANGE_SPACE, RANGE_EQUALS,
	    RANGE_SPACE, RANGE_NONE};
	struct range m;
	struct range_step s;
	uint32_t limit;

	(void)state;
	s = range_start(&m, RANGE_ANY, TSTAMP_NONE, 1000, NOW);
	assert_int_equal(s.form, RANGE_EQUALS);
	for (size_t i = 0; i < 4; i++) {
		s = range_refused(&m, 400, UNKNOWN);
		assert_int_equal(s.act, RANGE_ASK);
		assert_int_equal(s.form, forms[i]);
		assert_int_equal(s.last, i == 0 ? 999 : 99);
	}
	assert_int_equal(s.deviations,
	    DEVIATION_BIT(DEVIATION_RANGE_REFUSED));
	s = range_refused(&m, 400, UNKNOWN);
	assert_int_equal(s.act, RANGE_FAIL);
	assert_null(s.text);
	assert_int_equal(range_learned(&m, &limit), RANGE_ANY);
	/* An empty listing may be 416 whatever is asked. */
	range_start(&m, RANGE_ANY, TSTAMP_NONE, 50, NOW);
	s = range_refused(&m, 416, 0);
	assert_int_equal(s.act, RANGE_DONE);
	range_start(&m, RANGE_SPACE, TSTAMP_NONE, 50, NOW);
	s = range_refused(&m, 416, UNKNOWN);
	assert_int_equal(s.act, RANGE_DONE);
	assert_int_equal(range_learned(&m, &limit), RANGE_SPACE);
}

/* --- random servers ------------------------------------------------------- */

#define ITEMS 400

struct server {
	unsigned n;          /* items, 0 … n-1, one a second */
	unsigned cap;        /* most on a page */
	enum range_form form;
	uint64_t longest;
	bool no_header, star, wrong_end, from_one, extras, newest;
	bool past_empty, dates;
	unsigned shrink_at;  /* request at which items go away; 0: never */
	unsigned shrink;     /* so many, from the front */
	unsigned requests;
};

static uint64_t random_state;

static unsigned
pick(unsigned n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1;
	return (unsigned)(random_state >> 33) % n;
}

static struct server
random_server(void)
{
	return (struct server){
		.n = pick(ITEMS), .cap = 1 + pick(60),
		.form = (enum range_form)(RANGE_EQUALS + pick(2)),
		.longest = pick(2) ? 100 : 100000,
		.no_header = pick(4) == 0, .star = pick(4) == 0,
		.wrong_end = pick(4) == 0, .from_one = pick(6) == 0,
		.extras = pick(6) == 0, .newest = pick(5) == 0,
		.past_empty = pick(2), .dates = pick(3) > 0,
		.shrink_at = pick(4) == 0 ? 2 + pick(6) : 0,
		.shrink = 1 + pick(8),
	};
}

/* Of a page: digest and dates, and its items are marked. */
static void
send_page(const struct server *v, unsigned gone, uint64_t first,
    uint64_t last, bool *got, struct range_reply *r)
{
	unsigned left = v->n - gone;

	r->content = 1;
	for (uint64_t i = first; i <= last && i < left; i++) {
		unsigned item = (unsigned)(v->newest ? left - 1 - i :
		    gone + i);
		int64_t t = NOW - 100000 * S + item * S;

		if (v->newest)
			item += gone;
		got[item] = true;
		r->content = digest64(&item, sizeof(item), r->content);
		r->objects++;
		if (v->dates && r->first == TSTAMP_NONE)
			r->first = t;
		if (v->dates)
			r->last = t;
	}
}

/* false: refused. */
static bool
serve(struct server *v, const struct range_step *s, bool *got,
    struct range_reply *r)
{
	unsigned gone = v->shrink_at != 0 && ++v->requests >= v->shrink_at ?
	    (v->shrink < v->n ? v->shrink : v->n) : 0;
	uint64_t left = v->n - gone, last = s->last;

	*r = (struct range_reply){.status = 206, .from = UNKNOWN,
	    .to = UNKNOWN, .total = UNKNOWN, .first = TSTAMP_NONE,
	    .last = TSTAMP_NONE, .date = NOW};
	if (s->form != v->form || s->last - s->first + 1 > v->longest) {
		r->status = 416;
		return false;
	}
	if (s->first >= left && s->first > 0) {
		r->status = v->past_empty ? 200 : 416;
		return v->past_empty;
	}
	if (last - s->first + 1 > v->cap)
		last = s->first + v->cap - 1;
	send_page(v, gone, s->first, last, got, r);
	if (v->no_header)
		return true;
	r->from = s->first + v->from_one;
	r->to = v->wrong_end ? r->objects : r->from +
	    (r->objects > 0 ? r->objects - 1 : 0);
	r->total = v->star ? UNKNOWN : left;
	/* Objects beside the items. */
	r->objects += v->extras && r->objects > 0 && !v->wrong_end;
	return true;
}

static void
run_random(uint64_t seed)
{
	struct server v;
	bool got[ITEMS] = {false};
	struct range m;
	struct range_step s;
	unsigned asked = 0, gone;
	int64_t since = TSTAMP_NONE;

	random_state = seed;
	v = random_server();
	/* What no client could know: items that went away unseen, or a count
	 * that nothing bears out. */
	if (v.no_header || v.star)
		v.shrink_at = 0;
	if (v.no_header || v.from_one)
		v.extras = false;
	if (v.newest)
		v.shrink_at = 0;
	gone = v.shrink_at != 0 ? v.shrink : 0;
	s = range_start(&m, RANGE_ANY, TSTAMP_NONE, 1 + pick(300), NOW);
	while (s.act == RANGE_ASK) {
		struct range_reply r;

		if (++asked > 4 * ITEMS + 50)
			fail_msg("seed %llu: no end", (unsigned long long)seed);
		s = serve(&v, &s, got, &r) ? range_reply(&m, &r) :
		    range_refused(&m, r.status, UNKNOWN);
		if (s.checkpoint)
			since = s.since;
		/* A checkpoint is a promise: what is older was seen. */
		for (unsigned i = gone; s.checkpoint && v.dates && i < v.n &&
		    NOW - 100000 * S + i * S <= since; i++)
			if (!got[i])
				fail_msg("seed %llu: checkpoint skips %u",
				    (unsigned long long)seed, i);
	}
	if (s.act != RANGE_DONE)
		fail_msg("seed %llu: %s", (unsigned long long)seed,
		    s.text != NULL ? s.text : "failed");
	for (unsigned i = gone; i < v.n; i++)
		if (!got[i])
			fail_msg("seed %llu: item %u of %u is lost",
			    (unsigned long long)seed, i, v.n);
	assert_true(since <= NOW - PAGE_OVERLAP);
}

static void
test_random_servers(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20000; seed++)
		run_random(seed * UINT64_C(0x9e3779b97f4a7c15));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content_range),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_nothing_of_many),
		cmocka_unit_test(test_deviations),
		cmocka_unit_test(test_range_text),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_random_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
