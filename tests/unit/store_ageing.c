/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ageing over an injected clock: the rules one by one, and what becomes of
 * claims that are stored when their source's terms change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/tstamp.h"
#include "store/ageing.h"
#include "store/decay.h"
#include "store/sighting.h"
#include "store/upkeep.h"
#include "taxiway.h"
#include "tests/unit/store_fixture.h"

#define DAY TSTAMP_DAY
#define NONE TSTAMP_NONE
#define NEVER TSTAMP_NEVER

struct rule_row {
	const char *name;
	struct ageing a;        /* never, max_future: the defaults where 0 */
	struct ageing_facts f;
	struct ageing_end want;
};

#define FACTS(from, until, ...) {.created = 10, .modified = 20, \
    .valid_from = (from), .valid_until = (until), .seen = 100, .brought = 100, \
    .confidence = 255, .type = VALUE_IPV4, __VA_ARGS__}
#define LINE(...) .nlines = 1, .lines = {{__VA_ARGS__}}

static const struct rule_row rule_rows[] = {
	{"nothing stated", {.freeze = 0}, FACTS(5, NONE, .frozen = 0),
	    {.from = 5, .end = NEVER, .rule = AGEING_NO_END}},
	{"stated", {.freeze = 0}, FACTS(5, 50, .frozen = 0),
	    {.from = 5, .end = 50, .rule = AGEING_STATED}},
	{"year 2100", {.freeze = 0}, FACTS(5, AGEING_NEVER, .frozen = 0),
	    {.from = 5, .end = NEVER, .rule = AGEING_NO_END}},
	{"just before it", {.freeze = 0}, FACTS(5, AGEING_NEVER - 1,
	    .frozen = 0),
	    {.from = 5, .end = AGEING_NEVER - 1, .rule = AGEING_STATED}},
	{"not behind valid_from", {.freeze = 0}, FACTS(50, 50, .frozen = 0),
	    {.from = 50, .end = NEVER, .rule = AGEING_NO_END,
	    .rejected = true}},
	{"not behind valid_from, with a time to live",
	    {LINE(.ttl = 7)}, FACTS(50, 40, .frozen = 0),
	    {.from = 50, .end = 107, .rule = AGEING_TTL, .rejected = true}},
	{"stated, with a time to live", {LINE(.ttl = 7)},
	    FACTS(5, 50, .frozen = 0),
	    {.from = 5, .end = 50, .rule = AGEING_STATED}},
	{"ignored", {.until = UNTIL_IGNORE, LINE(.ttl = 7)},
	    FACTS(5, 50, .frozen = 0),
	    {.from = 5, .end = 107, .rule = AGEING_TTL}},
	{"ignored, without a time to live", {.until = UNTIL_IGNORE},
	    FACTS(5, 50, .frozen = 0),
	    {.from = 5, .end = NEVER, .rule = AGEING_NO_END}},
	{"capped by the time to live", {.until = UNTIL_CAP, LINE(.ttl = 7)},
	    FACTS(5, 500, .frozen = 0),
	    {.from = 5, .end = 107, .rule = AGEING_TTL}},
	{"under the cap", {.until = UNTIL_CAP, LINE(.ttl = 7)},
	    FACTS(5, 50, .frozen = 0),
	    {.from = 5, .end = 50, .rule = AGEING_STATED}},
	{"floored by the time to live", {.until = UNTIL_FLOOR, LINE(.ttl = 7)},
	    FACTS(5, 50, .frozen = 0),
	    {.from = 5, .end = 107, .rule = AGEING_TTL}},
	{"above the floor", {.until = UNTIL_FLOOR, LINE(.ttl = 7)},
	    FACTS(5, 500, .frozen = 0),
	    {.from = 5, .end = 500, .rule = AGEING_STATED}},
	{"a cap without a time to live", {.until = UNTIL_CAP},
	    FACTS(5, 500, .frozen = 0),
	    {.from = 5, .end = 500, .rule = AGEING_STATED}},
	{"of another type", {LINE(.type = VALUE_URL, .ttl = 7)},
	    FACTS(5, NONE, .frozen = 0),
	    {.from = 5, .end = NEVER, .rule = AGEING_NO_END}},
	{"of this type before all others",
	    {.nlines = 2, .lines = {{.ttl = 7}, {.type = VALUE_IPV4,
	    .ttl = 9}}}, FACTS(5, NONE, .frozen = 0),
	    {.from = 5, .end = 109, .rule = AGEING_TTL}},
	{"since created", {LINE(.ttl = 7, .base = AGEING_CREATED)},
	    FACTS(5, NONE, .frozen = 0),
	    {.from = 5, .end = 17, .rule = AGEING_TTL}},
	{"since modified", {LINE(.ttl = 7, .base = AGEING_MODIFIED)},
	    FACTS(5, NONE, .frozen = 0),
	    {.from = 5, .end = 27, .rule = AGEING_TTL}},
	{"since valid_from", {LINE(.ttl = 7, .base = AGEING_VALID_FROM)},
	    FACTS(5, NONE, .frozen = 0),
	    {.from = 5, .end = 12, .rule = AGEING_TTL}},
	{"a clock that runs ahead", {LINE(.ttl = 7, .base = AGEING_MODIFIED)},
	    {.created = 10, .modified = 1000, .valid_from = 5,
	    .valid_until = NONE, .seen = 100, .brought = 100, .type = VALUE_IPV4},
	    {.from = 5, .end = 107, .rule = AGEING_TTL}},
	{"a base that is not stated", {LINE(.ttl = 7, .base = AGEING_CREATED)},
	    {.created = NONE, .modified = NONE, .valid_from = 5,
	    .valid_until = NONE, .seen = 100, .brought = 100, .type = VALUE_IPV4},
	    {.from = 5, .end = 107, .rule = AGEING_TTL}},
	{"a poll that is forgotten", {LINE(.ttl = 7)},
	    {.created = 10, .modified = 20, .valid_from = 5,
	    .valid_until = NONE, .seen = NONE, .brought = NONE, .type = VALUE_IPV4},
	    {.from = 5, .end = 27, .rule = AGEING_TTL}},
	{"last seen, where absence means nothing",
	    {LINE(.ttl = 7, .base = AGEING_LAST_SEEN)},
	    FACTS(5, NONE, .listing = LISTING_DELTA),
	    {.from = 5, .end = 107, .rule = AGEING_TTL}},
	{"last seen in a snapshot",
	    {LINE(.ttl = 7, .base = AGEING_LAST_SEEN)},
	    FACTS(5, NONE, .listing = LISTING_SNAPSHOT),
	    {.from = 5, .end = 7, .ends = ENDS_SLIDING, .rule = AGEING_TTL}},
	{"first seen, held up by outages", {.freeze = 9, LINE(.ttl = 7)},
	    FACTS(5, NONE, .frozen = 0),
	    {.from = 5, .end = 107, .ends = ENDS_LAGGED, .rule = AGEING_TTL}},
	{"outages before it came are not its own",
	    {.freeze = 9, LINE(.ttl = 7)}, FACTS(5, NONE, .frozen = 30),
	    {.from = 5, .end = 77, .ends = ENDS_LAGGED, .rule = AGEING_TTL}},
	{"stated ends are not held up", {.freeze = 9, LINE(.ttl = 7)},
	    FACTS(5, 50, .frozen = 30),
	    {.from = 5, .end = 50, .rule = AGEING_STATED}},
	{"a cap that may be held up",
	    {.freeze = 9, .until = UNTIL_CAP, LINE(.ttl = 7)},
	    FACTS(5, 110, .frozen = 0),
	    {.from = 5, .end = 107, .ends = ENDS_LAGGED, .stated = 110,
	    .join = UNTIL_CAP, .rule = AGEING_TTL}},
	{"at most so long", {.max_validity = 30}, FACTS(5, 50, .frozen = 0),
	    {.from = 5, .end = 35, .rule = AGEING_MOST}},
	{"not so long", {.max_validity = 90}, FACTS(5, 50, .frozen = 0),
	    {.from = 5, .end = 50, .rule = AGEING_STATED}},
	{"for ever is too long", {.max_validity = 90},
	    FACTS(5, NEVER, .frozen = 0),
	    {.from = 5, .end = 95, .rule = AGEING_MOST}},
	{"no end, but the date was wrong", {.max_validity = 90},
	    FACTS(50, 40, .frozen = 0),
	    {.from = 50, .end = 140, .rule = AGEING_MOST, .rejected = true}},
	{"too far in the future", {.max_future = 50}, FACTS(400, NONE,
	    .frozen = 0),
	    {.from = 150, .end = NEVER, .rule = AGEING_NO_END}},
	{"measured from the poll that brought this version", {.max_future = 50},
	    {.created = 10, .modified = 20, .valid_from = 320,
	    .valid_until = NONE, .seen = 100, .brought = 300,
	    .type = VALUE_IPV4},
	    {.from = 320, .end = NEVER, .rule = AGEING_NO_END}},
	{"not too far", {.max_future = 50}, FACTS(140, NONE, .frozen = 0),
	    {.from = 140, .end = NEVER, .rule = AGEING_NO_END}},
};

static void
test_rules(void **state)
{
	const struct rule_row *row;
	struct ageing_end got;
	struct ageing a;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rule_rows); i++) {
		row = &rule_rows[i];
		a = row->a;
		a.never = AGEING_NEVER;
		if (a.max_future == 0)
			a.max_future = AGEING_MAX_FUTURE;
		ageing_end(&a, &row->f, &got);
		if (got.from != row->want.from || got.end != row->want.end ||
		    got.ends != row->want.ends || got.join != row->want.join ||
		    got.rule != row->want.rule ||
		    got.rejected != row->want.rejected)
			fail_msg("%s: from %lld to %lld (%u, %u) by %s",
			    row->name, (long long)got.from, (long long)got.end,
			    got.ends, got.join, ageing_rule_name(got.rule));
		if (got.join != 0)
			assert_true(got.stated == row->want.stated);
	}
}

/* How an end moves with the clock of its source: last success at day 10, polls
 * expected daily, at most 7 days made good, 2 days of outages before. */
struct clock_row {
	const char *name;
	unsigned ends;
	int64_t end, now, want; /* days */
};

static const struct clock_row clock_rows[] = {
	{"fixed", ENDS_FIXED, 20, 90, 20},
	{"lagged, on time", ENDS_LAGGED, 20, 10, 22},
	{"lagged, not yet late", ENDS_LAGGED, 20, 11, 22},
	{"lagged, three days late", ENDS_LAGGED, 20, 14, 25},
	{"lagged, at the bound", ENDS_LAGGED, 20, 18, 29},
	{"lagged, behind the bound", ENDS_LAGGED, 20, 99, 29},
	{"sliding, on time", ENDS_SLIDING, 5, 11, 15},
	{"sliding, three days late", ENDS_SLIDING, 5, 14, 18},
	{"sliding, behind the bound", ENDS_SLIDING, 5, 40, 22},
	{"a clock that stands before the poll", ENDS_SLIDING, 5, 3, 15},
};

static void
test_clock(void **state)
{
	struct ageing_clock c = {.success = 10 * DAY, .started = 9 * DAY,
	    .frozen = 2 * DAY};
	struct ageing_end end = {.end = 20 * DAY, .ends = ENDS_LAGGED,
	    .stated = 23 * DAY, .join = UNTIL_CAP, .rule = AGEING_TTL};
	const struct clock_row *row;
	struct ageing a;
	uint8_t rule;
	int64_t t;
	size_t i;

	(void)state;
	ageing_default(&a);
	for (i = 0; i < ARRAY_LEN(clock_rows); i++) {
		row = &clock_rows[i];
		t = ageing_shift(&a, &c, row->ends, row->end * DAY,
		    row->now * DAY);
		if (t != row->want * DAY)
			fail_msg("%s: %lld days", row->name,
			    (long long)(t / DAY));
	}
	assert_true(ageing_shift(&a, &c, ENDS_LAGGED, NEVER, 5) == NEVER);
	/* Held up until the stated end, and no further. */
	t = ageing_resolve(&a, &c, &end, 10 * DAY, &rule);
	assert_true(t == 22 * DAY && rule == AGEING_TTL);
	t = ageing_resolve(&a, &c, &end, 15 * DAY, &rule);
	assert_true(t == 23 * DAY && rule == AGEING_STATED);
	end.join = UNTIL_FLOOR;
	t = ageing_resolve(&a, &c, &end, 10 * DAY, &rule);
	assert_true(t == 23 * DAY && rule == AGEING_STATED);
	t = ageing_resolve(&a, &c, &end, 15 * DAY, &rule);
	assert_true(t == 26 * DAY && rule == AGEING_TTL);
	/* Time runs on. */
	a.freeze = 0;
	assert_true(ageing_lag(&a, &c, 99 * DAY) == 0);
	/* No poll came to its end yet. */
	c = (struct ageing_clock){.started = 9 * DAY};
	assert_true(ageing_shift(&a, &c, ENDS_SLIDING, DAY, 9 * DAY) ==
	    10 * DAY);
}

/* From the table of models: days that a claim of some base score is active. */
static const struct {
	const char *model;
	uint8_t base;
	double days;
} decay_rows[] = {
	{"misp-nids", 80, 46.875}, {"misp-phishing", 80, 1.0177},
	{"misp-vishing", 80, 3.3925}, {"opencti-ip-url", 100, 32.5236},
	{"opencti-ip-url", 50, 20.2322}, {"opencti-domain", 100, 187.767},
	{"opencti-domain", 50, 102.625}, {"opencti-file", 100, 376.313},
	{"opencti-file", 50, 290.469}, {"opencti-default", 100, 371.827},
	{"opencti-default", 50, 274.884},
};

static void
test_decay(void **state)
{
	const struct decay_model *m;
	struct decay d;
	int64_t life;
	double days, t, want;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(decay_rows); i++) {
		m = decay_named(slice_str(decay_rows[i].model));
		assert_non_null(m);
		d = m->decay;
		life = decay_life(&d, decay_rows[i].base);
		days = (double)life / DAY;
		if (fabs(days - decay_rows[i].days) > 0.01)
			fail_msg("%s from %u: %f days", m->name,
			    decay_rows[i].base, days);
		/* The threshold is met at the end, and not a moment sooner. */
		assert_int_equal(decay_score(&d, decay_rows[i].base, life),
		    d.threshold);
		for (k = 0; k <= 100; k++) {
			t = (double)k / 100;
			want = decay_rows[i].base *
			    (1 - pow(t, 1000.0 / d.delta));
			assert_true(fabs(decay_score(&d, decay_rows[i].base,
			    (int64_t)k * (d.tau / 100)) - want) < 0.502);
		}
		assert_int_equal(decay_score(&d, 77, -5), 77);
		assert_int_equal(decay_score(&d, 77, 0), 77);
		assert_int_equal(decay_score(&d, 77, d.tau), 0);
		assert_int_equal(decay_score(&d, 77, NEVER), 0);
		assert_int_equal(decay_life(&d, d.threshold), 1);
	}
	assert_null(decay_named(SLICE("misp")));
	assert_null(decay_model(ARRAY_LEN(decay_rows)));
	/* Powers, against those of the machine. */
	for (i = 1; i < 5000; i++) {
		uint32_t x = (uint32_t)(i * 429497u), num = 1 + i % 97 * 100;

		want = pow((double)x / 0x1p31, num / 1000.0) * 0x1p31;
		assert_true(fabs(decay_power(x, num, 1000) - want) < 400);
	}
	assert_int_equal(decay_power(0, 1, 2), 0);
	assert_int_equal(decay_power(UINT32_C(1) << 31, 1, 2),
	    UINT32_C(1) << 31);
	assert_int_equal(decay_power(1, LIMIT_AGEING_DELTA, 1), 0);
	/* For ever. */
	d.threshold = 0;
	assert_true(decay_life(&d, 1) == d.tau);
}

/* A claim of a decaying source: its end is where its score meets the threshold,
 * outages hold up both, and what a source states goes on to count. */
static void
test_score(void **state)
{
	struct ageing_facts f = {.created = NONE, .modified = NONE,
	    .valid_from = NONE, .valid_until = NONE, .seen = 0, .brought = 0,
	    .confidence = 80, .type = VALUE_URL};
	struct ageing_clock c = {.success = 46 * DAY};
	struct ageing_end end;
	struct ageing a;
	uint8_t rule;
	int64_t t;

	(void)state;
	ageing_default(&a);
	assert_int_equal(ageing_score(&a, &c, &f, 40 * DAY), 80);
	a.nlines = 1;
	a.lines[0] = (struct ageing_line){.tau = 120 * DAY, .delta = 2000,
	    .threshold = 30, .unstated = 60};
	ageing_end(&a, &f, &end);
	assert_int_equal(end.rule, AGEING_DECAY);
	t = ageing_resolve(&a, &c, &end, 40 * DAY, &rule);
	assert_true(llabs(t - 46 * DAY - DAY * 7 / 8) < 60 * TSTAMP_SECOND);
	assert_int_equal(ageing_score(&a, &c, &f, 30 * DAY), 40);
	assert_int_equal(ageing_score(&a, &c, &f, t), 30);
	/* Ten days without a poll, seven of them made good. */
	assert_int_equal(ageing_score(&a, &c, &f, 57 * DAY), 28);
	assert_true(ageing_resolve(&a, &c, &end, 57 * DAY, &rule) ==
	    t + 7 * DAY);
	/* What is not stated counts as the policy says, and is said to be so. */
	f.confidence = 255;
	assert_int_equal(ageing_score(&a, &c, &f, 30 * DAY), 30);
	assert_int_equal(ageing_score(&a, &c, &f, 0), 60);
	/* A time to live that is shorter ends it sooner, not its score. */
	a.lines[0].ttl = 10 * DAY;
	ageing_end(&a, &f, &end);
	assert_true(end.rule == AGEING_TTL && end.end == 10 * DAY);
	assert_int_equal(ageing_score(&a, &c, &f, 30 * DAY), 30);
	/* Below the threshold from the beginning. */
	f.confidence = 20;
	ageing_end(&a, &f, &end);
	assert_true(end.rule == AGEING_DECAY && end.end == 1);
}

/* What is said to begin too far ahead begins at the bound, counted from the poll
 * that brought it: the end and the score begin there as well. */
static void
test_score_ahead(void **state)
{
	static const struct {
		const char *name;
		int64_t from, brought, ahead, now;
		int64_t begins, ends;
		uint8_t score;
	} rows[] = {
		{"within the bound", 20, 10, 30, 25, 20, 30, 50},
		{"at the bound", 40, 10, 30, 45, 40, 50, 50},
		{"beyond it", 400, 10, 30, 45, 40, 50, 50},
		{"beyond it, before it begins", 400, 10, 30, 39, 40, 50, 100},
		{"brought by a later poll", 400, 50, 30, 85, 80, 90, 50},
		{"without a bound", 400, 10, 0, 405, 400, 410, 50},
		{"a poll that is forgotten", 400, -1, 30, 405, 400, 410, 50},
	};
	const struct ageing_clock c = {.success = 0};
	struct ageing_facts f;
	struct ageing_end end;
	struct ageing a;
	uint8_t score;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		ageing_default(&a);
		a.freeze = 0;
		a.max_future = rows[i].ahead * DAY;
		a.nlines = 1;
		a.lines[0] = (struct ageing_line){.tau = 10 * DAY,
		    .delta = 1000, .base = AGEING_VALID_FROM};
		f = (struct ageing_facts){.confidence = 100, .type = 1,
		    .created = DAY, .modified = DAY,
		    .valid_from = rows[i].from * DAY,
		    .valid_until = TSTAMP_NONE, .met = TSTAMP_NONE,
		    .seen = 5 * DAY, .brought = rows[i].brought == -1 ?
		    TSTAMP_NONE : rows[i].brought * DAY};
		assert_true(ageing_is_ahead(&a, &f) == (rows[i].ahead != 0));
		ageing_end(&a, &f, &end);
		score = ageing_score(&a, &c, &f, rows[i].now * DAY);
		if (end.from != rows[i].begins * DAY ||
		    end.end != rows[i].ends * DAY || score != rows[i].score)
			fail_msg("%s: from day %f to %f, score %u",
			    rows[i].name, (double)end.from / DAY,
			    (double)end.end / DAY, score);
	}
}

static void
test_print(void **state)
{
	struct ageing a;
	struct buf out;

	(void)state;
	buf_init(&out, KIB(4));
	ageing_default(&a);
	assert_int_equal(ageing_print(&a, VALUE_URL, LISTING_APPEND, &out), 0);
	assert_string_equal(out.p, "valid_until: honour");
	buf_reset(&out);
	a.until = UNTIL_CAP;
	a.max_validity = 730 * DAY;
	a.nlines = 1;
	a.lines[0] = (struct ageing_line){.ttl = 30 * DAY,
	    .base = AGEING_LAST_SEEN};
	assert_int_equal(ageing_print(&a, VALUE_URL, LISTING_SNAPSHOT, &out),
	    0);
	assert_string_equal(out.p, "valid_until: cap, for at most 2y, ttl 30d, "
	    "since last-seen (the newest complete poll), held up by an outage "
	    "(no complete poll for 1d) for 7d at most");
	buf_free(&out);
}

static void
test_codec(void **state)
{
	struct ageing a, b;
	struct buf bytes;
	size_t n;
	char keep;

	(void)state;
	buf_init(&bytes, KIB(4));
	ageing_default(&a);
	assert_int_equal(ageing_encode(&a, &bytes), 0);
	assert_int_equal(bytes.n, 0);
	assert_int_equal(ageing_decode(buf_view(&bytes), &b), 0);
	assert_true(b.plain && b.never == AGEING_NEVER);
	a.until = UNTIL_FLOOR;
	a.max_validity = 5 * DAY;
	a.nlines = 2;
	a.lines[0] = (struct ageing_line){.ttl = DAY};
	a.lines[1] = (struct ageing_line){.type = VALUE_URL, .base =
	    AGEING_MODIFIED, .threshold = 30, .unstated = 80, .delta = 2300,
	    .ttl = 3, .tau = 3 * DAY};
	assert_int_equal(ageing_encode(&a, &bytes), 0);
	assert_int_equal(ageing_decode(buf_view(&bytes), &b), 0);
	assert_true(!b.plain && b.until == UNTIL_FLOOR && b.nlines == 2 &&
	    b.max_validity == 5 * DAY && b.freeze == AGEING_FREEZE);
	assert_memory_equal(&b.lines[1], &a.lines[1], sizeof(a.lines[1]));
	for (n = 1; n < bytes.n; n++)
		assert_int_equal(ageing_decode((struct slice){bytes.p, n}, &b),
		    -1);
	assert_true(b.plain);
	for (n = 0; n < 3; n++) {
		keep = bytes.p[n];
		bytes.p[n] = 77;
		assert_int_equal(ageing_decode(buf_view(&bytes), &b), -1);
		bytes.p[n] = keep;
	}
	assert_int_equal(listing_code(SLICE("snapshot")), LISTING_SNAPSHOT);
	assert_int_equal(listing_code(SLICE("snap")), -1);
	assert_string_equal(listing_name(LISTING_DIFF), "diff");
	assert_null(listing_name(LISTING_KINDS));
	buf_free(&bytes);
}

/* A score of 100 that sinks to 50 in five days, found at day 0; the source's last
 * success was at day 1, and then nothing for ever. */
static const struct {
	const char *name;
	int64_t ttl, freeze, met, now, end; /* days */
	uint8_t base, listing, score;       /* score at `now` */
} met_rows[] = {
	{"never met", 0, 0, -1, 4, 5, AGEING_FIRST_SEEN, 0, 60},
	{"met", 0, 0, 3, 4, 8, AGEING_FIRST_SEEN, 0, 90},
	{"met before it was found", 0, 0, -9, 4, 5, AGEING_FIRST_SEEN, 0, 60},
	{"met when it was over", 0, 0, 7, 8, 12, AGEING_FIRST_SEEN, 0, 90},
	{"a later end by ttl", 6, 0, 3, 4, 6, AGEING_FIRST_SEEN, 0, 90},
	{"ttl alone decides", 4, 0, 3, 4, 4, AGEING_FIRST_SEEN, 0, 90},
	{"outage, met", 0, 7, 3, 4, 8, AGEING_FIRST_SEEN, 0, 90},
	{"outage, longer than by the sighting", 0, 7, 3, 8, 11,
	    AGEING_FIRST_SEEN, 0, 80},
	{"outage, bounded by ttl", 6, 7, 9, 9, 13, AGEING_FIRST_SEEN, 0, 100},
	{"sliding, never met", 0, 0, -1, 4, 6, AGEING_LAST_SEEN,
	    LISTING_SNAPSHOT, 70},
	{"sliding, met", 0, 0, 4, 4, 9, AGEING_LAST_SEEN, LISTING_SNAPSHOT,
	    100},
	{"sliding, met before the last poll", 0, 0, 0, 4, 6,
	    AGEING_LAST_SEEN, LISTING_SNAPSHOT, 70},
};

static void
test_met(void **state)
{
	const struct ageing_clock c = {.success = DAY, .started = DAY};
	struct ageing_facts f;
	struct ageing_end end;
	struct ageing a;
	uint8_t score;
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(met_rows); i++) {
		ageing_default(&a);
		a.freeze = met_rows[i].freeze * DAY;
		a.nlines = 1;
		a.lines[0] = (struct ageing_line){.ttl = met_rows[i].ttl * DAY,
		    .tau = 10 * DAY, .delta = 1000, .threshold = 50,
		    .base = met_rows[i].base};
		f = (struct ageing_facts){.confidence = 100,
		    .valid_until = TSTAMP_NONE, .type = 1,
		    .listing = met_rows[i].listing,
		    .met = met_rows[i].met == -1 ? TSTAMP_NONE :
		    met_rows[i].met * DAY};
		assert_true(ageing_meets(&a, f.type));
		ageing_end(&a, &f, &end);
		t = ageing_resolve(&a, &c, &end, met_rows[i].now * DAY, NULL);
		score = ageing_score(&a, &c, &f, met_rows[i].now * DAY);
		if (t != met_rows[i].end * DAY || score != met_rows[i].score)
			fail_msg("%s: until day %f, score %u",
			    met_rows[i].name, (double)t / DAY, score);
	}
	a.lines[0].tau = 0;
	assert_false(ageing_meets(&a, f.type));
}

/* ---- terms that change ----------------------------------------------------- */

static struct store_poll *
poll_with(struct fixture *x, const struct ageing *a, uint8_t tlp, int64_t now)
{
	struct store_source src = {.name = "feed", .kind = "stix", .url = "u",
	    .collection = "", .default_tlp = tlp, .ageing = a};
	struct store_poll *p;
	struct err e = ERR_INIT;

	if (store_poll_begin(x->s, &src, now, &p, &e) != 0)
		fail_msg("%s", e.text);
	return p;
}

static void
poll_end(struct store_poll *p, int64_t now)
{
	struct store_end end = {.complete = true, .state = SOURCE_OK};
	struct err e = ERR_INIT;

	if (store_poll_end(p, &end, now, NULL, &e) != 0)
		fail_msg("%s", e.text);
}

/* All values at a time: how many are active, the marking and end of the first,
 * and that nothing contradicts anything. */
struct seen {
	unsigned active, all;
	uint8_t tlp;
	int64_t end;
};

static struct seen
look(struct fixture *x, int64_t now)
{
	struct seen seen = {.active = 0};
	struct tw_cursor c = {0};
	struct tw_match m;
	tw_snapshot *snap;
	tw_store *tw;
	uint64_t checked;
	int rc;

	assert_int_equal(tw_open(x->f.store, 0, &tw, NULL), TW_OK);
	assert_int_equal(tw_snapshot_begin(tw, &snap), TW_OK);
	tw_snapshot_at(snap, now);
	while ((rc = tw_value_next(snap, &c, 0, &m)) == TW_OK) {
		if (seen.all++ == 0) {
			seen.tlp = m.tlp;
			seen.end = m.expires_at;
		}
		seen.active += m.active;
	}
	assert_int_equal(rc, TW_END);
	if (tw_verify(snap, NULL, NULL, &checked) != TW_OK)
		fail_msg("%s", tw_snapshot_error(snap));
	tw_snapshot_end(snap);
	tw_close(tw);
	return seen;
}

static void
upkeep_all(struct fixture *x, int64_t now)
{
	struct err e = ERR_INIT;
	unsigned rounds = 0;
	bool more = true;

	while (more) {
		if (store_upkeep(x->s, now, &more, &e) != 0)
			fail_msg("%s", e.text);
		assert_true(rounds++ < 1000);
	}
}

/* Another marking and another time to live hold at once for what is stored, and
 * upkeep changes nothing but where it is read. */
static void
test_unsettle(void **state)
{
	struct fixture *x = *state;
	struct store_poll *p;
	struct ageing a;
	struct seen s;
	struct head h;
	uint32_t i;

	ageing_default(&a);
	p = poll_with(x, &a, TLP_GREEN, 100 * DAY);
	for (i = 0; i < 50; i++)
		fixture_add(p, fixture_record(x, i, i / 2, OBJ_CLAIMS));
	poll_end(p, 100 * DAY);
	s = look(x, 101 * DAY);
	assert_true(s.active == 25 && s.tlp == TLP_GREEN && s.end == NEVER);

	a.nlines = 1;
	a.lines[0] = (struct ageing_line){.ttl = 10 * DAY};
	p = poll_with(x, &a, TLP_RED, 102 * DAY);
	poll_end(p, 102 * DAY);
	h = fixture_head(x);
	assert_int_equal(h.unsettled, 1);
	s = look(x, 103 * DAY);
	assert_true(s.active == 25 && s.tlp == TLP_RED && s.all == 25);
	assert_true(s.end == 111 * DAY); /* a day of outage was made good */
	s = look(x, 112 * DAY);
	assert_int_equal(s.active, 25); /* nine days without a poll */
	s = look(x, 118 * DAY);
	assert_int_equal(s.active, 0);

	upkeep_all(x, 103 * DAY);
	assert_int_equal(fixture_head(x).unsettled, 0);
	assert_int_equal(fixture_head(x).generation, h.generation + 1);
	s = look(x, 103 * DAY);
	assert_true(s.active == 25 && s.tlp == TLP_RED && s.all == 25 &&
	    s.end == 111 * DAY);
	s = look(x, 118 * DAY);
	assert_int_equal(s.active, 0);
	/* Nothing left: nothing written. */
	h = fixture_head(x);
	upkeep_all(x, 104 * DAY);
	assert_int_equal(fixture_head(x).generation, h.generation);
	/* The same terms again settle nothing. */
	p = poll_with(x, &a, TLP_RED, 103 * DAY);
	poll_end(p, 103 * DAY);
	assert_int_equal(fixture_head(x).unsettled, 0);
}

/* The first value of the store is met. */
static void
meet(struct fixture *x, int64_t now)
{
	const struct sighting one = {1, now, now};
	struct tw_cursor c = {0};
	struct err e = ERR_INIT;
	struct tw_match m;
	tw_snapshot *snap;
	struct sighted v;
	tw_store *tw;
	char key[64];
	bool known;

	assert_int_equal(tw_open(x->f.store, 0, &tw, NULL), TW_OK);
	assert_int_equal(tw_snapshot_begin(tw, &snap), TW_OK);
	assert_int_equal(tw_value_next(snap, &c, 0, &m), TW_OK);
	assert_true(m.key.n <= sizeof(key));
	memcpy(key, m.key.p, m.key.n);
	v = (struct sighted){(uint8_t)m.type, m.prefix, {key, m.key.n}};
	tw_snapshot_end(snap);
	tw_close(tw);
	if (store_seen(x->s, &v, &one, SLICE("proxy"), now, &known, &e) != 0)
		fail_msg("%s", e.text);
	assert_true(known);
}

/* A value that was met outlives the others, or comes back, whether it has one
 * claim or two, and whether or not outages count; the change log follows. */
static void
meet_one(struct fixture *x, uint32_t claims, int64_t freeze)
{
	struct store_poll *p;
	struct ageing a;
	struct head h;
	uint32_t i;

	ageing_default(&a);
	a.freeze = freeze;
	a.nlines = 1;
	a.lines[0] = (struct ageing_line){.tau = 10 * DAY, .delta = 1000,
	    .threshold = 25}; /* half of what the records state: five days */
	p = poll_with(x, &a, TLP_GREEN, 100 * DAY);
	for (i = 0; i < 10; i++)
		fixture_add(p, fixture_record(x, i, i / claims, OBJ_CLAIMS));
	poll_end(p, 100 * DAY);
	assert_int_equal(look(x, 104 * DAY).active, 10 / claims);
	upkeep_all(x, 111 * DAY);
	h = fixture_head(x);
	meet(x, 111 * DAY);
	assert_int_equal(fixture_head(x).generation, h.generation + 1);
	assert_int_equal(fixture_head(x).active, freeze == 0 ? 1 : h.active);
	assert_int_equal(look(x, 115 * DAY).active, 1);
	assert_int_equal(look(x, 117 * DAY).active, 0);
	/* Once more. */
	meet(x, 114 * DAY);
	assert_true(look(x, 118 * DAY).end == 119 * DAY);
	upkeep_all(x, 118 * DAY);
	assert_int_equal(fixture_head(x).active, 1);
	upkeep_all(x, 120 * DAY);
	assert_int_equal(fixture_head(x).active, 0);
	/* Terms without decay settle it, and then a sighting is a note. */
	ageing_default(&a);
	p = poll_with(x, &a, TLP_GREEN, 121 * DAY);
	poll_end(p, 121 * DAY);
	upkeep_all(x, 121 * DAY);
	h = fixture_head(x);
	assert_int_equal(h.active, 10 / claims);
	meet(x, 122 * DAY);
	assert_int_equal(fixture_head(x).generation, h.generation);
	assert_int_equal(look(x, 122 * DAY).active, 10 / claims);
}

static void
test_meet_single(void **state)
{
	meet_one(*state, 1, 0);
}

static void
test_meet_single_lagged(void **state)
{
	meet_one(*state, 1, AGEING_FREEZE);
}

static void
test_meet_several(void **state)
{
	meet_one(*state, 2, 0);
}

static void
test_meet_several_lagged(void **state)
{
	meet_one(*state, 2, AGEING_FREEZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_clock),
	    cmocka_unit_test(test_decay),
	    cmocka_unit_test(test_score),
	    cmocka_unit_test(test_score_ahead),
	    cmocka_unit_test(test_met),
	    cmocka_unit_test(test_print),
	    cmocka_unit_test(test_codec),
	    cmocka_unit_test_setup_teardown(test_unsettle, fixture_set_up,
	        fixture_tear_down),
	    cmocka_unit_test_setup_teardown(test_meet_single,
	        fixture_set_up, fixture_tear_down),
	    cmocka_unit_test_setup_teardown(test_meet_single_lagged,
	        fixture_set_up, fixture_tear_down),
	    cmocka_unit_test_setup_teardown(test_meet_several,
	        fixture_set_up, fixture_tear_down),
	    cmocka_unit_test_setup_teardown(test_meet_several_lagged,
	        fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
