/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The paging machine against servers made of dice: whatever the sizes and
 * wherever it is killed, every record arrives; and whatever a server says, a
 * walk ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/tstamp.h"
#include "sync/paging.h"

#define NOW (INT64_C(1790000000) * TSTAMP_SECOND)
#define HOUR (INT64_C(3600) * TSTAMP_SECOND)
#define RECORDS 60
#define STATE 4096

static uint64_t
dice(uint64_t *seed, uint64_t n)
{
	*seed = digest64(seed, sizeof(*seed), 1);
	return *seed % n;
}

/* --- servers ------------------------------------------------------------ */

struct server {
	enum paging_kind kind;
	unsigned n, size;
	unsigned mark[RECORDS];   /* rising, some the same */
	bool total, more;         /* what it tells */
	unsigned given;           /* of a queue: behind the last page */
	unsigned session, place;  /* of the session that it knows */
	bool got[RECORDS];        /* that were handed over */
	unsigned asked;
	char text[64], high[64];
};

static void
server_make(struct server *s, enum paging_kind kind, uint64_t *seed)
{
	unsigned mark = 10;

	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->n = (unsigned)dice(seed, RECORDS + 1);
	s->size = (unsigned)dice(seed, 7) + 2;
	s->total = dice(seed, 2) == 0;
	s->more = dice(seed, 2) == 0;
	for (unsigned i = 0; i < s->n; i++) {
		/* never a whole page of one mark */
		mark += dice(seed, 3) != 0 || (i >= s->size - 1 &&
		    s->mark[i - s->size + 1] == mark);
		s->mark[i] = mark;
	}
	s->session = UINT32_MAX;
}

static struct slice
number_text(char text[64], uint64_t n)
{
	snprintf(text, 64, "%llu", (unsigned long long)n);
	return slice_str(text);
}

static uint64_t
number_of(struct slice text)
{
	char copy[64] = "";

	if (text.n > 0)
		memcpy(copy, text.p, text.n < 63 ? text.n : 63);
	return strtoull(copy, NULL, 10);
}

/* Records from `from` on; the place behind them. */
static unsigned
give(struct server *s, unsigned from, unsigned size, struct paging_reply *r)
{
	unsigned i;

	for (i = from; i < s->n && i < from + size; i++) {
		s->got[i] = true;
		r->content = digest64(&i, sizeof(i), r->content + 1);
		r->records++;
		r->high = number_text(s->high, s->mark[i]);
	}
	return i;
}

static void
server_reply(struct server *s, const struct paging_step *step,
    struct paging_reply *r)
{
	unsigned from = 0, end;

	*r = (struct paging_reply){.date = NOW};
	s->asked++;
	switch (s->kind) {
	case PAGING_NEXT_URL:
		from = (unsigned)number_of(step->url);
		end = give(s, from, s->size, r);
		if (end < s->n)
			r->next = number_text(s->text, end);
		return;
	case PAGING_CURSOR:
	case PAGING_GRAPHQL:
		from = (unsigned)number_of(step->cursor);
		end = give(s, from, s->size, r);
		r->next = number_text(s->text, end);
		if (s->more)
			r->more = end < s->n ? PAGING_MORE : PAGING_NO_MORE;
		return;
	case PAGING_PAGE:
		assert_true(step->number >= 1);
		from = (unsigned)(step->number - 1) * s->size;
		give(s, from, s->size, r);
		r->total = s->total ? s->n : 0;
		return;
	case PAGING_OFFSET:
		give(s, (unsigned)step->number, s->size, r);
		r->total = s->total ? s->n : 0;
		return;
	case PAGING_HIGHWATER:
		while (from < s->n && step->mark.n > 0 &&
		    s->mark[from] < number_of(step->mark))
			from++;
		give(s, from, step->size, r);
		return;
	case PAGING_SEQ:
		end = give(s, (unsigned)step->number, s->size, r);
		r->next = number_text(s->text, end);
		return;
	case PAGING_TIME_BUCKET:
		/* one record for each hour; the newest n hours have one */
		from = (unsigned)((NOW - step->bucket) / HOUR);
		assert_true(from >= 1);
		r->missing = from > s->n;
		if (from <= s->n)
			give(s, s->n - from, 1, r);
		return;
	case PAGING_SESSION:
		if (s->session != step->number) {
			s->session = (unsigned)step->number;
			s->place = 0; /* asked from {since} on */
		}
		s->place = give(s, s->place, s->size, r);
		return;
	case PAGING_QUEUE:
		/* what was given is there until it is acknowledged */
		if (step->act == PAGING_ASK_ACK)
			s->place = s->given;
		else
			s->given = give(s, s->place, s->size, r);
		return;
	default:
		give(s, 0, s->n, r);
		return;
	}
}

static struct paging_opts
opts_of(const struct server *s)
{
	return (struct paging_opts){
		.kind = s->kind, .size = s->size, .step = HOUR,
		.first = s->kind == PAGING_PAGE, .now = NOW,
		.since = s->kind == PAGING_TIME_BUCKET ?
		    NOW - (RECORDS + 3) * HOUR : TSTAMP_NONE,
	};
}

/* --- every record arrives ----------------------------------------------- */

struct committed {
	char state[STATE];
	bool got[RECORDS];
};

/* What a later poll goes on from. */
static void
save(const struct paging *p, char *text, size_t n)
{
	struct buf out;

	buf_init(&out, n - 1);
	assert_int_equal(paging_save(p, &out), 0);
	snprintf(text, n, "%s", out.p);
	buf_free(&out);
}

static void
commit(struct committed *c, const struct paging *p, const struct server *s)
{
	save(p, c->state, STATE);
	memcpy(c->got, s->got, sizeof(c->got));
}

/* A poll that may be killed in front of any request.  True: it came to its end. */
static bool
poll_once(struct server *s, struct committed *c, uint64_t *seed, unsigned risk)
{
	struct paging_opts o = opts_of(s);
	struct paging_reply r;
	struct paging_step step;
	struct paging p;
	bool alive = true;

	step = paging_start(&p, &o, slice_str(c->state));
	while (alive && step.act != PAGING_DONE) {
		if (step.act == PAGING_FAIL)
			fail_msg("%s: %s", paging_names[s->kind], step.text);
		if (step.checkpoint)
			commit(c, &p, s);
		if (step.act == PAGING_ASK_ACK)
			assert_memory_equal(s->got, c->got, sizeof(c->got));
		alive = risk == 0 || dice(seed, risk) != 0;
		if (!alive)
			break;
		server_reply(s, &step, &r);
		alive = risk == 0 || dice(seed, risk) != 0;
		if (alive)
			step = paging_reply(&p, &r);
	}
	if (alive)
		commit(c, &p, s);
	paging_free(&p);
	/* What was not committed is lost. */
	memcpy(s->got, c->got, sizeof(s->got));
	return alive;
}

static void
test_everything_arrives(void **state)
{
	static const enum paging_kind kinds[] = {PAGING_NONE, PAGING_NEXT_URL,
	    PAGING_CURSOR, PAGING_PAGE, PAGING_OFFSET, PAGING_HIGHWATER,
	    PAGING_TIME_BUCKET, PAGING_SEQ, PAGING_SESSION, PAGING_GRAPHQL,
	    PAGING_QUEUE};
	uint64_t seed = 42;

	(void)state;
	for (unsigned round = 0; round < 4000; round++) {
		enum paging_kind kind = kinds[round % (sizeof(kinds) /
		    sizeof(kinds[0]))];
		unsigned risk = (unsigned)dice(&seed, 3) * 6;
		struct committed c = {"", {false}};
		struct server s;
		unsigned polls = 0, i;

		server_make(&s, kind, &seed);
		while (!poll_once(&s, &c, &seed, polls < 40 ? risk : 0))
			polls++;
		for (i = 0; i < s.n; i++)
			if (!s.got[i])
				fail_msg("%s, round %u: record %u of %u, pages"
				    " of %u, %u polls", paging_names[kind],
				    round, i, s.n, s.size, polls);
		if (polls == 0)
			assert_true(s.asked <= RECORDS * (1 + (kind ==
			    PAGING_QUEUE)) + 4);
	}
}

/* --- and every walk ends ------------------------------------------------ */

static void
test_every_walk_ends(void **state)
{
	static const char *const words[] = {"", "1", "2", "3", "a", "b",
	    "99999999999999999999", "7"};
	uint64_t seed = 7;

	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		struct paging_opts o = {.kind = (enum paging_kind)(round %
		    PAGING_KINDS), .size = (uint32_t)dice(&seed, 4),
		    .step = HOUR, .now = NOW, .pages = 500,
		    .since = NOW - 30 * 24 * HOUR,
		    .keep = dice(&seed, 2) == 0,
		    .bootstrap = dice(&seed, 2) == 0,
		    .ceiling = dice(&seed, 2) * 50};
		struct paging p;
		struct paging_step step = paging_start(&p, &o, SLICE_NONE);
		unsigned asked = 0;

		while (step.act != PAGING_DONE && step.act != PAGING_FAIL) {
			struct paging_reply r = {
				.records = dice(&seed, 4),
				.content = dice(&seed, 50),
				.next = slice_str(words[dice(&seed, 8)]),
				.more = (enum paging_more)dice(&seed, 3),
				.high = slice_str(words[dice(&seed, 8)]),
				.falling = dice(&seed, 20) == 0,
				.missing = dice(&seed, 10) == 0,
				.date = TSTAMP_NONE,
			};

			if (step.act == PAGING_ASK_INDEX)
				for (unsigned i = 0; i < 30; i++)
					paging_item(&p, slice_str(
					    words[dice(&seed, 8)]),
					    dice(&seed, 8) == 0);
			step = dice(&seed, 30) == 0 ? paging_refused(&p) :
			    paging_reply(&p, &r);
			assert_true(++asked < 800);
		}
		if (step.act == PAGING_FAIL)
			assert_true(step.code != ERR_NONE);
		paging_free(&p);
	}
}

static void
test_marks(void **state)
{
	static const struct {
		const char *a, *b;
		int sign;
	} rows[] = {
		{"9", "10", -1}, {"010", "9", 1}, {"7", "007", 0},
		{"a9", "a10", 1}, {"2026-01-02", "2026-01-10", -1},
		{"", "0", -1}, {"x", "x", 0}, {"99999999999999999999999",
		    "100000000000000000000000", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = paging_mark_compare(slice_str(rows[i].a),
		    slice_str(rows[i].b));

		assert_int_equal((rc > 0) - (rc < 0), rows[i].sign);
	}
}

static void
test_a_mark_stands_for_since(void **state)
{
	struct paging_opts o = {.kind = PAGING_HIGHWATER, .delta = true,
	    .marked = true, .size = 2, .since = NOW - 30 * 24 * HOUR,
	    .now = NOW, .pages = 10};
	struct paging_reply r = {.records = 2, .high = SLICE("5a"),
	    .date = TSTAMP_NONE};
	struct paging p;
	struct paging_step s = paging_start(&p, &o, SLICE_NONE);

	(void)state;
	assert_int_equal(s.since, o.since);
	assert_int_equal(s.mark.n, 0);
	s = paging_reply(&p, &r);
	assert_int_equal(s.act, PAGING_ASK);
	assert_int_equal(s.since, TSTAMP_NONE);
	assert_true(slice_is(s.mark, "5a"));
	paging_free(&p);
}

/* A provider wants the parameters that a cursor came with, poll after poll. */
static void
test_a_cursor_keeps_its_since(void **state)
{
	struct paging_opts o = {.kind = PAGING_CURSOR, .keep = true,
	    .delta = true, .since = NOW - 30 * 24 * HOUR, .overlap = HOUR,
	    .now = NOW};
	struct paging_reply r = {.records = 2, .next = SLICE("c1"),
	    .date = TSTAMP_NONE};
	int64_t since = o.since;
	struct paging p;
	struct paging_step s = paging_start(&p, &o, SLICE_NONE);
	struct buf saved;

	(void)state;
	buf_init(&saved, STATE);
	assert_int_equal(s.since, since);
	for (int i = 0; i < 3; i++) {
		r.records = 2;
		r.next = SLICE("c1");
		s = paging_reply(&p, &r);
		assert_int_equal(s.act, PAGING_ASK);
		assert_int_equal(s.since, since);
		r.records = 0;
		r.next = SLICE("c2");
		s = paging_reply(&p, &r);
		assert_int_equal(s.act, PAGING_DONE);
		buf_reset(&saved);
		assert_int_equal(paging_save(&p, &saved), 0);
		paging_free(&p);
		o.now += HOUR;
		o.since += HOUR;
		s = paging_start(&p, &o, (struct slice){saved.p, saved.n});
		assert_int_equal(s.since, since);
		assert_true(slice_is(s.cursor, "c2"));
	}
	paging_free(&p);
	buf_free(&saved);
}

static void
test_a_damaged_state_is_none(void **state)
{
	static const char *const rows[] = {"x", "kind=2 next", "kind=3",
	    "kind=2 number=-1", "kind=2 next=%zz",
	    "kind=2 number=99999999999999999999",
	    "kind=2 known=xyz", "kind=2 walking=1 mark=%00%0"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct paging_opts o = {.kind = PAGING_CURSOR, .now = NOW,
		    .since = TSTAMP_NONE};
		struct paging p;
		struct paging_step s = paging_start(&p, &o,
		    slice_str(rows[i]));

		assert_int_equal(s.act, PAGING_ASK);
		assert_int_equal(s.cursor.n, 0);
		assert_int_equal(s.since, TSTAMP_NONE);
		assert_false(p.resumed);
		paging_free(&p);
	}
}

static void
test_an_index_forgets_the_oldest(void **state)
{
	struct paging_opts o = {.kind = PAGING_INDEX, .now = NOW};
	struct paging_reply r = {.date = TSTAMP_NONE};
	struct paging p;
	struct paging_step s = paging_start(&p, &o, SLICE_NONE);
	static char saved[64 * 1024];
	char name[32];
	struct buf out;
	unsigned i, asked = 0;

	(void)state;
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "item %u", i);
		assert_true(paging_item(&p, slice_str(name), false));
	}
	for (s = paging_reply(&p, &r); s.act == PAGING_ASK_ITEM;
	    s = paging_reply(&p, &r))
		asked++;
	assert_int_equal(asked, 5000);
	buf_init(&out, sizeof(saved) - 1);
	assert_int_equal(paging_save(&p, &out), 0);
	assert_true(out.n < 60000);
	snprintf(saved, sizeof(saved), "%s", out.p);
	paging_free(&p);
	s = paging_start(&p, &o, slice_str(saved));
	assert_int_equal(s.act, PAGING_ASK_INDEX);
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "item %u", i);
		assert_true(paging_item(&p, slice_str(name), false));
	}
	assert_int_equal(paging_reply(&p, &r).act, PAGING_DONE);
	paging_free(&p);
	/* As many others, when those are gone. */
	s = paging_start(&p, &o, slice_str(saved));
	for (i = 5000; i < 10000; i++) {
		snprintf(name, sizeof(name), "item %u", i);
		assert_true(paging_item(&p, slice_str(name), false));
	}
	assert_int_equal(paging_reply(&p, &r).act, PAGING_ASK_ITEM);
	paging_free(&p);
	/* One more than can be remembered. */
	s = paging_start(&p, &o, slice_str(saved));
	for (i = 0; i < 5001; i++) {
		snprintf(name, sizeof(name), "item %u", i);
		assert_true(paging_item(&p, slice_str(name), false));
	}
	s = paging_reply(&p, &r);
	assert_int_equal(s.act, PAGING_FAIL);
	assert_non_null(strstr(s.text, "more than 5000"));
	paging_free(&p);
	buf_free(&out);
}

/* The items of an index in two pages, and what of them is read. */
static void
test_an_index_with_bases(void **state)
{
	static const struct {
		const char *pages[2]; /* of items, a letter each; bases are
		                       * capitals */
		const char *read;
		bool whole;
	} polls[] = {
		{{"aB", "cd"}, "Bcd", true},
		{{"aB", "cd"}, "", false},
		{{"aB", "cde"}, "e", false},
		{{"aBcdef", "Gh"}, "Gh", true}, /* e and f are in G */
		{{"Gh", "I"}, "I", true},
		{{"Gh", "Ij"}, "j", false},
		{{"", ""}, "", false},
	};
	char saved[1024] = "", read[32];

	(void)state;
	for (size_t i = 0; i < sizeof(polls) / sizeof(polls[0]); i++) {
		struct paging_opts o = {.kind = PAGING_INDEX, .now = NOW};
		struct paging p;
		struct paging_step s = paging_start(&p, &o, slice_str(saved));
		size_t n = 0;

		for (unsigned k = 0; k < 2; k++) {
			struct paging_reply r = {.date = TSTAMP_NONE,
			    .next = slice_str(k == 0 ? "more" : "")};

			assert_int_equal(s.act, PAGING_ASK_INDEX);
			assert_string_equal(s.cursor.n > 0 ? s.cursor.p : "",
			    k == 0 ? "" : "more");
			for (const char *c = polls[i].pages[k]; *c != '\0';
			    c++)
				assert_true(paging_item(&p,
				    (struct slice){c, 1}, *c < 'a'));
			s = paging_reply(&p, &r);
		}
		while (s.act == PAGING_ASK_ITEM) {
			struct paging_reply r = {.date = TSTAMP_NONE};

			assert_true(s.item.n == 1 && n < sizeof(read) - 1);
			read[n++] = *s.item.p;
			s = paging_reply(&p, &r);
		}
		read[n] = '\0';
		assert_int_equal(s.act, PAGING_DONE);
		assert_string_equal(read, polls[i].read);
		assert_int_equal(paging_whole(&p), polls[i].whole);
		save(&p, saved, sizeof(saved));
		paging_free(&p);
	}
}

static void
test_an_index_that_goes_round(void **state)
{
	struct paging_opts o = {.kind = PAGING_INDEX, .now = NOW};
	struct paging_reply r = {.date = TSTAMP_NONE, .next = SLICE("a")};
	struct paging p;
	struct paging_step s = paging_start(&p, &o, SLICE_NONE);

	(void)state;
	for (unsigned i = 0; i < 5 && s.act == PAGING_ASK_INDEX; i++)
		s = paging_reply(&p, &r);
	assert_int_equal(s.act, PAGING_FAIL);
	assert_int_equal(s.code, ERR_PROTO);
	paging_free(&p);
}

/* What could not be read is asked for again, behind what is new. */
static void
test_items_that_fail(void **state)
{
	static const struct {
		const char *listed, *bad; /* items, a letter each */
		const char *asked;
		bool ordered, whole_list; /* all were asked for */
	} polls[] = {
		{"abcd", "bc", "abcd", false, true},
		{"abcde", "b", "ebc", false, true},
		{"abcde", "b", "b", false, true},
		{"acde", "", "", false, true}, /* b is listed no more */
		{"abcde", "", "b", false, true},
		/* eight in a row are enough */
		{"abcdefghijklmno", "fghijklmno", "fghijklm", false, false},
		{"abcdefghijklmno", "fghijklmno", "nofghijk", false, false},
		{"abcdefghijklmno", "fg", "lmnofghijk", false, true},
		{"abcdefghijklmno", "", "fg", false, true},
		{"xyz", "y", "xy", true, false},
	};
	char saved[1024] = "", read[32];

	(void)state;
	for (size_t i = 0; i < sizeof(polls) / sizeof(polls[0]); i++) {
		struct paging_opts o = {.kind = PAGING_INDEX, .now = NOW,
		    .ordered = polls[i].ordered};
		struct paging_reply r = {.date = TSTAMP_NONE};
		struct paging p;
		struct paging_step s = paging_start(&p, &o, slice_str(saved));
		size_t n = 0;

		for (const char *c = polls[i].listed; *c != '\0'; c++)
			assert_true(paging_item(&p, (struct slice){c, 1},
			    false));
		s = paging_reply(&p, &r);
		while (s.act == PAGING_ASK_ITEM) {
			assert_true(s.item.n == 1 && n < sizeof(read) - 1);
			read[n++] = *s.item.p;
			s = strchr(polls[i].bad, *s.item.p) != NULL ?
			    paging_skip(&p) : paging_reply(&p, &r);
			assert_true(s.act == PAGING_FAIL || s.checkpoint);
		}
		read[n] = '\0';
		assert_string_equal(read, polls[i].asked);
		assert_int_equal(s.act, polls[i].ordered ? PAGING_FAIL :
		    PAGING_DONE);
		assert_int_equal(p.partial || polls[i].ordered,
		    !polls[i].whole_list);
		assert_false(paging_whole(&p));
		save(&p, saved, sizeof(saved));
		paging_free(&p);
	}
}

/* Of more than are remembered, none is lost. */
static void
test_many_items_that_fail(void **state)
{
	struct paging_opts o = {.kind = PAGING_INDEX, .now = NOW};
	struct paging_reply r = {.date = TSTAMP_NONE};
	static char saved[64 * 1024];
	bool read[1000] = {false};
	unsigned left = 1000, poll, asked;
	char name[32];

	(void)state;
	for (poll = 0; poll < 1000 && left > 0; poll++) {
		struct paging p;
		struct paging_step s = paging_start(&p, &o, slice_str(saved));

		for (unsigned i = 0; i < 1000; i++) {
			snprintf(name, sizeof(name), "%u", i);
			assert_true(paging_item(&p, slice_str(name), false));
		}
		s = paging_reply(&p, &r);
		for (asked = 0; s.act == PAGING_ASK_ITEM; asked++) {
			unsigned k = (unsigned)number_of(s.item);

			assert_false(read[k]);
			/* bad for a while, and most of them for good */
			if (k < 600 && (poll < 100 || k % 100 != 0)) {
				s = paging_skip(&p);
				continue;
			}
			read[k] = true;
			left--;
			s = paging_reply(&p, &r);
		}
		assert_true(asked > 0 && s.act == PAGING_DONE);
		save(&p, saved, sizeof(saved));
		paging_free(&p);
		if (left == 594)
			break;
	}
	assert_int_equal(left, 594);
}

/* A signature that is new each time makes no new item. */
static void
test_items_without_their_query(void **state)
{
	struct paging_opts o = {.kind = PAGING_INDEX, .now = NOW};
	struct paging_reply r = {.date = TSTAMP_NONE};
	char saved[1024] = "";

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		static const char *const items[] = {"https://h/a?sig=1",
		    "https://h/a?sig=2"};
		struct paging p;
		struct paging_step s;

		o.bare = i < 2;
		s = paging_start(&p, &o, slice_str(i == 2 ? "" : saved));
		assert_true(paging_item(&p, slice_str(items[i % 2]), false));
		s = paging_reply(&p, &r);
		assert_int_equal(s.act, i == 1 ? PAGING_DONE :
		    PAGING_ASK_ITEM);
		if (s.act == PAGING_ASK_ITEM) {
			assert_memory_equal(s.item.p, items[i % 2], s.item.n);
			(void)paging_reply(&p, &r);
		}
		save(&p, saved, sizeof(saved));
		paging_free(&p);
	}
}

static void
test_a_probe_acknowledges_nothing(void **state)
{
	struct paging_opts o = {.kind = PAGING_QUEUE, .now = NOW,
	    .probe = true};
	struct paging_reply r = {.records = 3, .date = TSTAMP_NONE};
	struct paging p;
	struct paging_step s = paging_start(&p, &o, SLICE_NONE);

	(void)state;
	assert_int_equal(s.act, PAGING_ASK);
	assert_int_equal(paging_reply(&p, &r).act, PAGING_DONE);
	paging_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_arrives),
		cmocka_unit_test(test_every_walk_ends),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_a_mark_stands_for_since),
		cmocka_unit_test(test_a_cursor_keeps_its_since),
		cmocka_unit_test(test_a_damaged_state_is_none),
		cmocka_unit_test(test_an_index_forgets_the_oldest),
		cmocka_unit_test(test_an_index_with_bases),
		cmocka_unit_test(test_an_index_that_goes_round),
		cmocka_unit_test(test_items_that_fail),
		cmocka_unit_test(test_many_items_that_fail),
		cmocka_unit_test(test_items_without_their_query),
		cmocka_unit_test(test_a_probe_acknowledges_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
