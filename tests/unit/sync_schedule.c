/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The schedule under an injected clock: what is due when, by a table of single
 * cases, and what holds over months of simulated time with outages, sleep and
 * clocks that are set.
 */
#include "tests/unit/unit.h"

#include "base/digest.h"
#include "base/tstamp.h"
#include "sync/schedule.h"

#define S TSTAMP_SECOND
#define MIN (60 * S)
#define H (60 * MIN)
#define DAY (24 * H)
/* Mon, 01 Jan 2024 00:00:00 GMT */
#define MONDAY (INT64_C(1704067200) * S)

static struct schedule_clock
at(int64_t t)
{
	return (struct schedule_clock){1000 * H + t, MONDAY + t};
}

/* ---- one source ---------------------------------------------------------- */

struct one {
	const char *label;
	struct schedule_rule rule;
	struct schedule_facts facts;
	int64_t now;       /* behind MONDAY, when asked; loaded at 0 */
	int64_t due;       /* behind MONDAY, at least … */
	int64_t within;    /* … and so much later at most; -1: never */
	enum schedule_why why;
};

#define EVERY(t) {.every = (t), .jitter = 0}
#define LAST(t) {.last_poll = MONDAY + (t), .last_asked = MONDAY + (t), \
	.polls = 1}

static const struct one ones[] = {
	{"never polled: at once", EVERY(H), {0}, 0, 0, S,
	    SCHEDULE_SPREAD_OUT},
	{"half an hour ago", EVERY(H), LAST(-30 * MIN), 0, 30 * MIN, 0,
	    SCHEDULE_BY_RULE},
	{"missed while we were away", EVERY(H), LAST(-5 * H), 0, 0, S,
	    SCHEDULE_SPREAD_OUT},
	{"polled in the future: a whole interval", EVERY(H), LAST(400 * DAY),
	    0, H, 0, SCHEDULE_BY_RULE},
	{"by hand", {.jitter = 0}, LAST(-5 * H), 0, 0, -1, SCHEDULE_BY_HAND},
	{"jitter only makes it later", {.every = H, .jitter = 10 * MIN},
	    LAST(-30 * MIN), 0, 30 * MIN, 10 * MIN, SCHEDULE_BY_RULE},
	{"one failure", EVERY(H), {.last_poll = MONDAY - 10 * S, .polls = 1,
	    .failures = 1}, 0, 50 * S, 8 * S, SCHEDULE_RETRY},
	{"five failures", EVERY(H), {.last_poll = MONDAY - 10 * S, .polls = 5,
	    .failures = 5}, 0, 16 * MIN - 10 * S, 2 * MIN, SCHEDULE_RETRY},
	{"bounded by the interval", EVERY(2 * H), {.last_poll = MONDAY,
	    .polls = 50, .failures = 50}, 0, 2 * H, 15 * MIN, SCHEDULE_RETRY},
	{"by an hour where that is less", EVERY(MIN), {.last_poll = MONDAY,
	    .polls = 50, .failures = 50}, 0, H, 8 * MIN, SCHEDULE_RETRY},
	{"by a day where that is more", EVERY(30 * DAY), {.last_poll = MONDAY,
	    .polls = 50, .failures = 50}, 0, DAY, 3 * H, SCHEDULE_RETRY},
	{"or as told", {.every = H, .jitter = 0, .retry_max = 5 * MIN},
	    {.last_poll = MONDAY, .polls = 50, .failures = 50}, 0, 5 * MIN,
	    38 * S, SCHEDULE_RETRY},
	{"credentials are not tried so soon", EVERY(H), {.last_poll = MONDAY,
	    .polls = 1, .failures = 1, .stubborn = true}, 0, 15 * MIN,
	    2 * MIN, SCHEDULE_RETRY},
	{"a floor holds what failed back", {.every = H, .jitter = 0,
	    .floor = 30 * MIN}, {.last_poll = MONDAY - 10 * S,
	    .last_asked = MONDAY - 10 * S, .polls = 1, .failures = 1}, 0,
	    30 * MIN - 10 * S, 0, SCHEDULE_RETRY},
	{"not where nobody was asked", {.every = H, .jitter = 0,
	    .floor = 30 * MIN}, {.last_poll = MONDAY - 10 * S, .polls = 1,
	    .failures = 1}, 0, MIN - 10 * S, 8 * S, SCHEDULE_RETRY},
	{"but from the poll before it", {.every = H, .jitter = 0,
	    .floor = 30 * MIN}, {.last_poll = MONDAY - 10 * S,
	    .last_asked = MONDAY - 20 * MIN, .polls = 2, .failures = 1}, 0,
	    10 * MIN, 0, SCHEDULE_RETRY},
	{"and what was missed", {.every = H, .jitter = 0, .floor = 2 * H},
	    LAST(-90 * MIN), 0, 30 * MIN, 0, SCHEDULE_BY_RULE},
	{"the server said when", EVERY(H), {.last_poll = MONDAY - S,
	    .polls = 1, .failures = 1, .retry_at = MONDAY + 3 * H}, 0, 3 * H,
	    0, SCHEDULE_SERVER},
	{"what it said is past", EVERY(H), {.last_poll = MONDAY - 30 * MIN,
	    .polls = 1, .retry_at = MONDAY - S}, 0, 30 * MIN, 0,
	    SCHEDULE_BY_RULE},
	{"no server closes us out for a year", EVERY(H), {.last_poll =
	    MONDAY - 30 * MIN, .polls = 1, .retry_at = MONDAY + 365 * DAY}, 0,
	    30 * MIN, 0, SCHEDULE_BY_RULE},
	{"paused", EVERY(H), {.last_poll = MONDAY - 5 * H, .polls = 1,
	    .paused = true}, 0, 0, -1, SCHEDULE_PAUSED},
	{"off hides that", EVERY(H), {.last_poll = MONDAY - 5 * H, .polls = 1,
	    .paused = true}, 0, 0, -1, SCHEDULE_OFF},
	{"rolled back", EVERY(H), {.last_poll = MONDAY - 5 * H, .polls = 1,
	    .undone = true}, 0, 0, -1, SCHEDULE_UNDONE},
	{"time of day, to come", {.at = {{0x7f, 197, 0}}, .ntimes = 1,
	    .jitter = 0}, LAST(-20 * H), 0, 197 * MIN, 0, SCHEDULE_BY_RULE},
	{"time of day, done today", {.at = {{0x7f, 197, 0}}, .ntimes = 1,
	    .jitter = 0}, LAST(198 * MIN), 4 * H, DAY + 197 * MIN, 0,
	    SCHEDULE_BY_RULE},
	{"time of day, missed", {.at = {{0x7f, 1380, 0}}, .ntimes = 1,
	    .jitter = 0}, LAST(-20 * H), 0, 0, S, SCHEDULE_SPREAD_OUT},
	{"Sundays at nine", {.at = {{0x40, 540, 0}}, .ntimes = 1,
	    .jitter = 0}, LAST(-2 * H), 0, 6 * DAY + 9 * H, 0,
	    SCHEDULE_BY_RULE},
	{"the next of two", {.at = {{0x7f, 600, 0}, {0x7f, 60, 0}},
	    .ntimes = 2, .jitter = 0}, LAST(-2 * H), 0, H, 0,
	    SCHEDULE_BY_RULE},
	{"a poll of next year does not stop a calendar", {.at = {{0x7f, 60,
	    0}}, .ntimes = 1, .jitter = 0}, LAST(365 * DAY), 0, H, 0,
	    SCHEDULE_BY_RULE},
};

static void
load(struct schedule *s, const struct schedule_source *v, unsigned n,
    struct schedule_clock now)
{
	struct err e = ERR_INIT;

	assert_int_equal(schedule_load(s, v, n, now, &e), 0);
}

static void
test_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ones); i++) {
		const struct one *o = &ones[i];
		struct schedule_source src = {"a", "", o->rule, 1, 0, 0, 0, 0,
		    o->why == SCHEDULE_OFF};
		enum schedule_why why;
		struct schedule s;
		int64_t due;

		schedule_init(&s, 7, at(0));
		load(&s, &src, 1, at(0));
		schedule_learn(schedule_find(&s, "a"), &o->facts, at(0));
		schedule_wake(&s, at(0));
		due = schedule_due(&s, &s.v[0], at(o->now), &why);
		ROW_CHECK(why == o->why || (due == at(o->now).ticks &&
		    why == SCHEDULE_DUE), "%s: %s", o->label,
		    schedule_why_name(why));
		ROW_CHECK((due == INT64_MAX) == (o->within < 0), "%s",
		    o->label);
		due -= at(0).ticks;
		ROW_CHECK(o->within < 0 || (due >= o->due &&
		    due <= o->due + o->within), "%s: %.1f s", o->label,
		    (double)due / 1e9);
		schedule_free(&s);
	}
}

/* ---- single behaviours --------------------------------------------------- */

static void
begin(struct schedule *s, const struct schedule_source *v, unsigned n)
{
	schedule_init(s, 7, at(0));
	s->at_once = 2;
	load(s, v, n, at(0));
	schedule_wake(s, at(0));
}

static void
test_room(void **state)
{
	static const struct schedule_source v[] = {
		{"a", "one", EVERY(H), 1, 0, 0, 0, 0, false},
		{"b", "one", EVERY(H), 1, 0, 0, 0, 0, false},
		{"c", "two", EVERY(H), 1, 0, 0, 0, 0, false},
		{"d", "three", EVERY(H), 1, 0, 0, 0, 0, false},
		{"file", "", EVERY(H), 1, 0, 0, 0, 0, false},
	};
	struct schedule_entry *x;
	enum schedule_why why;
	struct schedule s;
	char host[SCHEDULE_HOST];

	(void)state;
	begin(&s, v, 5);
	schedule_ask(schedule_find(&s, "b"));
	x = schedule_pick(&s, at(0));
	assert_string_equal(x->name, "b"); /* who is asked for is first */
	(void)schedule_due(&s, schedule_find(&s, "a"), at(MIN), &why);
	assert_int_equal(why, SCHEDULE_SAME_HOST);
	x = schedule_pick(&s, at(MIN));
	assert_non_null(x);
	snprintf(host, sizeof(host), "%s", x->host);
	assert_string_not_equal(host, "one");
	assert_null(schedule_pick(&s, at(MIN)));
	(void)schedule_due(&s, schedule_find(&s, "a"), at(MIN), &why);
	assert_int_equal(why, SCHEDULE_SLOTS);
	/* Nobody waits actively for room. */
	assert_true(schedule_wait(&s, at(MIN)) == SCHEDULE_LOOK);
	schedule_end(&s, schedule_find(&s, "b"), true, false, at(2 * MIN));
	assert_true(schedule_wait(&s, at(2 * MIN)) == 0);
	assert_non_null(schedule_pick(&s, at(2 * MIN)));
	schedule_free(&s);
}

static void
test_crash_backs_off(void **state)
{
	static const struct schedule_source v[] = {
		{"a", "", EVERY(H), 1, 0, 0, 0, 0, false}};
	enum schedule_why why;
	struct schedule s;
	int64_t due;

	(void)state;
	begin(&s, v, 1);
	assert_non_null(schedule_pick(&s, at(S)));
	schedule_end(&s, &s.v[0], false, false, at(2 * S));
	due = schedule_due(&s, &s.v[0], at(2 * S), &why) - at(0).ticks;
	assert_int_equal(why, SCHEDULE_RETRY);
	assert_in_range(due / S, 62, 70);
	/* Busy is no failure, and is looked at again soon. */
	assert_non_null(schedule_pick(&s, at(2 * MIN)));
	schedule_end(&s, &s.v[0], false, true, at(2 * MIN));
	due = schedule_due(&s, &s.v[0], at(2 * MIN), &why) - at(0).ticks;
	assert_int_equal(why, SCHEDULE_BY_RULE);
	assert_in_range(due / MIN, 61, 62);
	schedule_free(&s);
}

static void
test_reload(void **state)
{
	static const struct schedule_source v[] = {
		{"a", "", EVERY(H), 1, 0, 0, 0, 0, false},
		{"b", "", EVERY(H), 1, 0, 0, 0, 0, false}};
	struct schedule_source w[] = {
		{"b", "", EVERY(2 * H), 1, 0, 0, 0, 0, false},
		{"c", "", EVERY(H), 1, 0, 0, 0, 0, false}};
	enum schedule_why why;
	struct schedule s;

	(void)state;
	begin(&s, v, 2);
	assert_non_null(schedule_pick(&s, at(S)));
	assert_non_null(schedule_pick(&s, at(S)));
	schedule_end(&s, schedule_find(&s, "b"), true, false, at(MIN));
	load(&s, w, 2, at(MIN));
	/* a runs on and is gone with its poll; b's interval is the new one and
	 * its last poll the old one; c is new. */
	assert_int_equal(s.n, 3);
	assert_int_equal(s.running, 1);
	assert_true(schedule_due(&s, schedule_find(&s, "b"), at(MIN), &why) ==
	    at(2 * H + S).ticks);
	assert_true(schedule_due(&s, schedule_find(&s, "c"), at(MIN), &why) <=
	    at(MIN + S).ticks);
	schedule_end(&s, schedule_find(&s, "a"), true, false, at(MIN));
	assert_null(schedule_find(&s, "a"));
	assert_int_equal(s.n, 2);
	assert_int_equal(s.running, 0);
	/* Other settings: soon. */
	w[0].print = 2;
	load(&s, w, 2, at(2 * MIN));
	assert_true(schedule_due(&s, schedule_find(&s, "b"), at(2 * MIN),
	    &why) <= at(2 * MIN).ticks);
	assert_int_equal(why, SCHEDULE_DUE);
	schedule_free(&s);
}

static void
test_sleep_is_no_storm(void **state)
{
	enum { N = 200 };
	struct schedule_source v[N];
	char names[N][8];
	struct schedule s;
	unsigned i, first = 0, last = 0;

	(void)state;
	for (i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "s%u", i);
		v[i] = (struct schedule_source){names[i], "", EVERY(H), 1, 0, 0,
		    0, 0, false};
	}
	schedule_init(&s, 7, at(0));
	s.at_once = N;
	load(&s, v, N, at(0));
	for (i = 0; i < N; i++) {
		struct schedule_facts f = LAST(-(int64_t)i * 10 * S);

		schedule_learn(&s.v[i], &f, at(0));
	}
	schedule_wake(&s, at(0));
	assert_false(schedule_tick(&s, at(S)));
	(void)schedule_wait(&s, at(S));
	/* Two days pass in one wait. */
	assert_true(schedule_tick(&s, at(2 * DAY)));
	for (i = 0; i < 70; i++) {
		unsigned n = 0;

		while (schedule_pick(&s, at(2 * DAY + i * S)) != NULL)
			n++;
		ROW_CHECK(n <= 20, "%u at once in second %u", n, i);
		first += i < 2 ? n : 0;
		last += n;
	}
	assert_int_equal(last, N); /* all of them, once each */
	assert_in_range(first, 1, 40);
	schedule_free(&s);
}

/* ---- months of it -------------------------------------------------------- */

static uint64_t
roll(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

struct life {
	int64_t last;      /* ticks of the newest start */
	int64_t longest;   /* between two of them while nothing was in the way */
	unsigned polls;
};

/*
 * 50 sources, 60 days, the wall clock set by up to a month in both directions,
 * sleep, polls that take long, fail or die.  No source is polled before its
 * interval is over, but after a failure; none is forgotten.
 */
static void
test_months(void **state)
{
	enum { N = 50 };
	struct schedule_source v[N];
	struct life lives[N] = {{0}};
	int64_t ends[N], now = 0, wall = 0, slept = 0;
	char names[N][8], host[N][8];
	uint64_t seed = 42;
	struct schedule s;
	unsigned i;

	(void)state;
	for (i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "s%u", i);
		snprintf(host[i], sizeof(host[i]), "h%u", i / 3);
		v[i] = (struct schedule_source){names[i], host[i],
		    {.every = (int64_t)(1 + roll(&seed) % 48) * 15 * MIN,
		    .jitter = -1}, 1, 0, 0, 0, 0, false};
		ends[i] = -1;
	}
	schedule_init(&s, 7, at(0));
	s.at_once = 4;
	s.per_host = 1;
	load(&s, v, N, at(0));
	schedule_wake(&s, at(0));
	while (now < 60 * DAY) {
		struct schedule_clock c = at(now);
		struct schedule_entry *x;

		c.wall += wall;
		(void)schedule_tick(&s, c);
		for (i = 0; i < N; i++) {
			if (ends[i] < 0 || ends[i] > now)
				continue;
			struct schedule_facts f = {.polls = ++lives[i].polls,
			    .last_poll = c.wall - MIN,
			    .failures = roll(&seed) % 20 == 0};

			x = &s.v[i];
			if (roll(&seed) % 50 != 0)
				schedule_learn(x, &f, c);
			schedule_end(&s, x, f.polls != x->polls, false, c);
			ends[i] = -1;
		}
		while ((x = schedule_pick(&s, c)) != NULL) {
			i = (unsigned)(x - s.v);
			ROW_CHECK(lives[i].polls == 0 || x->failures +
			    x->crashes > 0 || c.ticks - lives[i].last >=
			    x->rule.every, "s%u: after %.0f s", i,
			    (double)(c.ticks - lives[i].last) / 1e9);
			if (lives[i].polls > 0 && c.ticks - lives[i].last -
			    slept > lives[i].longest)
				lives[i].longest = c.ticks - lives[i].last -
				    slept;
			lives[i].last = c.ticks;
			ends[i] = now + (int64_t)(1 + roll(&seed) % 120) * S;
		}
		assert_true(s.running <= 4);
		now += S + (schedule_wait(&s, c) < 10 * S ?
		    schedule_wait(&s, c) : 10 * S);
		if (roll(&seed) % 20000 == 0) {
			slept = (int64_t)(roll(&seed) % 48) * H;
			now += slept;
		}
		if (roll(&seed) % 20000 == 0)
			wall += ((int64_t)(roll(&seed) % 1440) - 720) * H;
	}
	for (i = 0; i < N; i++) {
		ROW_CHECK(lives[i].polls > 60, "s%u: %u polls", i,
		    lives[i].polls);
		ROW_CHECK(lives[i].longest <= v[i].rule.every + H + 48 * H,
		    "s%u: %.0f s", i, (double)lives[i].longest / 1e9);
	}
	schedule_free(&s);
}

/* Starting anew polls nothing that is not due. */
static void
test_restart(void **state)
{
	static const struct schedule_source v[] = {
		{"a", "", EVERY(H), 1, 0, 0, 0, 0, false}};
	struct schedule_facts f = LAST(0);
	int64_t t;

	(void)state;
	for (t = 0; t < H; t += 7 * MIN) {
		struct schedule s;

		schedule_init(&s, 7, at(t));
		load(&s, v, 1, at(t));
		schedule_learn(&s.v[0], &f, at(t));
		schedule_wake(&s, at(t));
		assert_null(schedule_pick(&s, at(t)));
		assert_null(schedule_pick(&s, at(H - S)));
		assert_non_null(schedule_pick(&s, at(H)));
		schedule_free(&s);
	}
}

/* A poll that was started here and sent no request: what was known before stands,
 * on the ticks, whatever the wall clock says. */
static void
test_learn_unasked(void **state)
{
	static const struct schedule_source source = {.name = "a", .host = "",
	    .rule = {.every = H, .jitter = 0, .floor = 3 * H,
	    .retry_max = MIN}};
	struct schedule_facts f = {.last_poll = MONDAY - 4 * H,
	    .last_asked = MONDAY - 4 * H, .polls = 3};
	struct schedule_clock now = at(0);
	struct schedule_entry *x;
	enum schedule_why why;
	struct schedule s;

	(void)state;
	schedule_init(&s, 1, now);
	load(&s, &source, 1, now);
	x = schedule_find(&s, "a");
	schedule_learn(x, &f, now);
	schedule_wake(&s, now);
	/* One that asks … */
	assert_non_null(schedule_pick(&s, at(MIN)));
	f.last_poll = f.last_asked = MONDAY + MIN;
	f.polls++;
	schedule_learn(x, &f, at(2 * MIN));
	schedule_end(&s, x, true, false, at(2 * MIN));
	assert_int_equal(schedule_due(&s, x, at(5 * MIN), &why),
	    at(3 * H + MIN).ticks);
	/* … and one that does not, after a day. */
	schedule_ask(x);
	assert_non_null(schedule_pick(&s, at(24 * H)));
	schedule_learn(x, &f, at(24 * H)); /* before it ends */
	f.last_poll = MONDAY + 24 * H;
	f.failures = 1;
	f.polls++;
	schedule_learn(x, &f, at(24 * H + S));
	schedule_end(&s, x, true, false, at(24 * H + S));
	assert_true(schedule_due(&s, x, at(24 * H + 2 * S), &why) <
	    at(24 * H + 2 * MIN).ticks);
	assert_int_equal(why, SCHEDULE_RETRY);
	schedule_free(&s);
}

/* ---- times of day -------------------------------------------------------- */

/* The store is asked again and again, with a clock that was set meanwhile. */
static void
test_learn_again(void **state)
{
	static const struct schedule_source source = {.name = "a", .host = "",
	    .rule = EVERY(H)};
	static const int64_t set[] = {0, -DAY, DAY, -400 * DAY};
	struct schedule_facts f = {.last_poll = MONDAY - 10 * MIN, .polls = 3};
	enum schedule_why why;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(set); i++) {
		struct schedule_clock now = at(0), then = at(20 * MIN);
		struct schedule_entry *x;
		struct schedule s;

		schedule_init(&s, 1, now);
		load(&s, &source, 1, now);
		x = schedule_find(&s, "a");
		f.retry_at = 0;
		schedule_learn(x, &f, now);
		then.wall += set[i];
		schedule_learn(x, &f, then);
		assert_int_equal(schedule_due(&s, x, then, &why),
		    at(50 * MIN).ticks);
		/* Likewise what the server asked for. */
		f.polls++;
		f.retry_at = then.wall + 2 * H;
		schedule_learn(x, &f, then);
		then.wall -= 2 * set[i];
		schedule_learn(x, &f, then);
		assert_int_equal(schedule_due(&s, x, then, &why),
		    then.ticks + 2 * H);
		assert_int_equal(why, SCHEDULE_SERVER);
		schedule_free(&s);
		f.polls--;
	}
}

static void
test_calendar(void **state)
{
	static const struct {
		const char *text;
		int64_t after, next; /* behind MONDAY; next -1: refused */
	} rows[] = {
		{"03:17", 0, 197 * MIN},
		{"03:17", 197 * MIN, DAY + 197 * MIN},
		{"03:17", 197 * MIN - 1, 197 * MIN},
		{"03:17Z", 0, 197 * MIN},
		{"00:00", -1, 0},
		{"23:59", 0, 1439 * MIN},
		{"mon 03:17", 4 * H, 7 * DAY + 197 * MIN},
		{"sun 03:17", 0, 6 * DAY + 197 * MIN},
		{"mon-fri 03:17", 4 * DAY + 4 * H, 7 * DAY + 197 * MIN},
		{"fri-mon 00:30", DAY, 4 * DAY + 30 * MIN},
		{"tue,thu 12:00", 0, DAY + 12 * H},
		{"tue,thu 12:00", DAY + 12 * H, 3 * DAY + 12 * H},
		{"03:17 +02:00", 0, 77 * MIN},
		{"03:17+02:00", 0, 77 * MIN},
		{"22:00 -05:30", 0, 3 * H + 30 * MIN},
		/* Tuesday in Kolkata begins on Monday evening. */
		{"tue 00:00 +05:30", 0, 18 * H + 30 * MIN},
		{"03:17", -60 * 365 * DAY, 0},
		{"", 0, -1}, {"3:17", 0, -1}, {"24:00", 0, -1},
		{"03:60", 0, -1}, {"03:17 ", 0, -1}, {"03:17 02:00", 0, -1},
		{"mon03:17", 0, -1}, {"mon", 0, -1}, {"xyz 03:17", 0, -1},
		{"mon- 03:17", 0, -1}, {"mon, 03:17", 0, -1},
		{"03:17 +25:00", 0, -1}, {"03:17 Z", 0, -1},
		{"03:17:00", 0, -1}, {"Mon 03:17", 0, -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct calendar c;
		int64_t t;

		if (calendar_parse(rows[i].text, &c, NULL) != 0) {
			ROW_CHECK(rows[i].next < 0, "'%s'", rows[i].text);
			continue;
		}
		ROW_CHECK(rows[i].next >= 0, "'%s' was taken", rows[i].text);
		t = calendar_next(&c, MONDAY + rows[i].after);
		ROW_CHECK(t > MONDAY + rows[i].after &&
		    t <= MONDAY + rows[i].after + 7 * DAY + MIN, "'%s'",
		    rows[i].text);
		ROW_CHECK(rows[i].next == 0 || t == MONDAY + rows[i].next,
		    "'%s': %lld s", rows[i].text,
		    (long long)((t - MONDAY) / S));
	}
}

/* Of any rule: the next time is later, on such a day, at such a minute, and none
 * lies between. */
static void
test_calendar_holds(void **state)
{
	uint64_t seed = 1;
	int i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		struct calendar c = {(uint8_t)(1 + roll(&seed) % 127),
		    (int16_t)(roll(&seed) % 1440),
		    (int16_t)(roll(&seed) % 2879) - 1439};
		int64_t after = ((int64_t)roll(&seed) - (INT64_C(1) << 30)) *
		    3 * S, t = calendar_next(&c, after), local, m;

		local = t + c.offset * MIN;
		assert_true(t > after);
		assert_true(((local % DAY) + DAY) % DAY == c.minute * MIN);
		for (m = after / MIN * MIN - MIN; m < t; m += MIN) {
			int64_t l = m + c.offset * MIN;
			int64_t day = (l - ((l % DAY) + DAY) % DAY) / DAY;

			if (m <= after || ((l % DAY) + DAY) % DAY !=
			    c.minute * MIN)
				continue;
			assert_false(c.days >> (((day + 3) % 7 + 7) % 7) & 1);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_crash_backs_off),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_sleep_is_no_storm),
		cmocka_unit_test(test_months),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_learn_again),
		cmocka_unit_test(test_learn_unasked),
		cmocka_unit_test(test_calendar),
		cmocka_unit_test(test_calendar_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
