/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of a source by the facts of it: every state, and which hides which. */
#include "tests/unit/unit.h"

#include "base/cc.h"
#include "base/tstamp.h"
#include "sync/health.h"

#define S TSTAMP_SECOND
#define H (3600 * S)
#define NOW (INT64_C(1704067200) * S)
#define OLD(t) (NOW - (t))

static struct tw_str
word(const char *s)
{
	return (struct tw_str){s, s != NULL ? strlen(s) : 0};
}

static const struct {
	const char *label, *store;
	struct health_facts f;
	enum health_state state;
	int64_t since;
	const char *way; /* words of it */
} rows[] = {
	{"fine", "ok", {.last_success = OLD(H), .state_since = OLD(9 * H),
	    .late_after = 2 * H, .stale_after = 20 * H}, HEALTH_OK, OLD(9 * H),
	    ""},
	{"late, to the moment", "ok", {.last_success = OLD(2 * H),
	    .late_after = 2 * H, .stale_after = 20 * H}, HEALTH_LATE, NOW,
	    "taxiway pull"},
	{"not yet late", "ok", {.last_success = OLD(2 * H) + 1,
	    .late_after = 2 * H}, HEALTH_OK, 0, ""},
	{"stale hides late", "ok", {.last_success = OLD(30 * H),
	    .late_after = 2 * H, .stale_after = 20 * H}, HEALTH_STALE,
	    OLD(10 * H), "old"},
	{"never late without a schedule", "ok", {.last_success = OLD(9999 * H)},
	    HEALTH_OK, 0, ""},
	{"never polled, just configured", NULL, {.configured = OLD(H),
	    .late_after = 2 * H}, HEALTH_NEW, 0, "taxiway pull name"},
	{"paused and resumed before that", "new", {.late_after = 2 * H,
	    .configured = OLD(H)}, HEALTH_NEW, 0, "taxiway pull name"},
	{"the first poll runs", "new", {.last_poll = OLD(S), .running = true},
	    HEALTH_NEW, 0, ""},
	{"the first poll was cut off", "new", {.last_poll = OLD(S)},
	    HEALTH_FAILING, OLD(S), "goes on where it was"},
	{"it was so long ago", "new", {.last_poll = OLD(30 * H),
	    .configured = OLD(30 * H), .stale_after = 20 * H}, HEALTH_STALE,
	    OLD(10 * H), "old"},
	{"paused hides that it is new", NULL, {.paused = OLD(1)},
	    HEALTH_PAUSED, OLD(1), "taxiway resume name"},
	{"never polled for long", NULL, {.configured = OLD(3 * H),
	    .late_after = 2 * H}, HEALTH_LATE, OLD(H), "taxiway run"},
	{"a start of the daemon makes no data younger", "ok",
	    {.last_success = OLD(3 * H), .configured = OLD(1),
	    .late_after = 2 * H}, HEALTH_LATE, OLD(H), "taxiway run"},
	{"failing", "failing", {.last_success = OLD(3 * H),
	    .state_since = OLD(H), .late_after = 2 * H}, HEALTH_FAILING,
	    OLD(H), "tried again"},
	{"failing until it is stale", "failing", {.last_success = OLD(30 * H),
	    .state_since = OLD(29 * H), .late_after = 2 * H,
	    .stale_after = 20 * H}, HEALTH_STALE, OLD(10 * H), "its error"},
	{"polls that bring nothing new", "ok", {.last_success = OLD(H),
	    .last_change = OLD(30 * H), .late_after = 2 * H,
	    .unchanged_after = 20 * H}, HEALTH_STALE, OLD(10 * H),
	    "stale-unchanged"},
	{"unchanged, but not for so long", "ok", {.last_success = OLD(H),
	    .last_change = OLD(20 * H) + 1, .unchanged_after = 20 * H},
	    HEALTH_OK, 0, ""},
	{"it says that it is old", "ok", {.last_success = OLD(H),
	    .last_change = OLD(H), .stated = OLD(30 * H),
	    .stated_after = 20 * H}, HEALTH_STALE, OLD(10 * H),
	    "stale-stated"},
	{"it says that it is not so old", "ok", {.last_success = OLD(H),
	    .stated = OLD(20 * H) + 1, .stated_after = 20 * H}, HEALTH_OK, 0,
	    ""},
	{"it says nothing", "ok", {.last_success = OLD(H), .stated_after = 1},
	    HEALTH_OK, 0, ""},
	{"no data yet, which cannot change", "ok", {.last_success = OLD(H),
	    .unchanged_after = H}, HEALTH_OK, 0, ""},
	{"no poll hides no change", "ok", {.last_success = OLD(30 * H),
	    .last_change = OLD(30 * H), .stale_after = 20 * H,
	    .unchanged_after = 5 * H}, HEALTH_STALE, OLD(10 * H), "its error"},
	{"refused hides stale", "auth", {.last_success = OLD(30 * H),
	    .state_since = OLD(29 * H), .stale_after = 20 * H}, HEALTH_AUTH,
	    OLD(29 * H), "credentials"},
	{"moved", "moved", {.state_since = OLD(H)}, HEALTH_MOVED, OLD(H),
	    "url"},
	{"held", "held", {.state_since = OLD(H), .held = true,
	    .hidden_from = 7}, HEALTH_HELD, OLD(H), "taxiway accept name"},
	{"no room", "full", {.state_since = OLD(H)}, HEALTH_HELD, OLD(H),
	    "store-max-bytes"},
	{"rolled back", "ok", {.state_since = OLD(H), .hidden_from = 7},
	    HEALTH_HELD, OLD(H), "taxiway restore name' takes that back, "
	    "'taxiway forget name'"},
	{"paused hides all", "auth", {.state_since = OLD(H), .paused = OLD(1),
	    .stale_after = 1, .hidden_from = 7}, HEALTH_PAUSED, OLD(1),
	    "taxiway resume name"},
	{"off hides even that", "auth", {.state_since = OLD(H),
	    .paused = OLD(1), .off = true, .stale_after = 1}, HEALTH_OFF, 0,
	    "taxiway pull --force name"},
	{"a state of a later writer", "newer", {.state_since = OLD(H)},
	    HEALTH_OK, OLD(H), ""},
};

static void
test_judge(void **state)
{
	bool seen[HEALTH_STATES] = {false};
	char way[HEALTH_WAY_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct health_facts f = rows[i].f;
		struct health h;

		f.now = NOW;
		f.store = word(rows[i].store);
		h = health_judge(&f);
		health_way(&h, "name", way);
		ROW_CHECK(h.state == rows[i].state, "%s: %s", rows[i].label,
		    health_name(h.state));
		ROW_CHECK(h.since == rows[i].since, "%s: since %lld",
		    rows[i].label, (long long)((NOW - h.since) / S));
		ROW_CHECK(strstr(way, rows[i].way) != NULL, "%s: '%s'",
		    rows[i].label, way);
		ROW_CHECK((way[0] != '\0') == (h.state != HEALTH_OK),
		    "%s: '%s'", rows[i].label, way);
		seen[h.state] = true;
	}
	for (i = 0; i < HEALTH_STATES; i++) {
		assert_true(seen[i]);
		assert_int_equal(health_code(health_name(
		    (enum health_state)i)), i);
	}
	assert_int_equal(health_code("fine"), HEALTH_STATES);
}

static void
test_way_is_bounded(void **state)
{
	struct health h = {HEALTH_HELD, 0, "%s and %s and %s and %s and %s",
	    NULL};
	char name[129], way[HEALTH_WAY_MAX];

	(void)state;
	memset(name, '%', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	health_way(&h, name, way);
	assert_true(strlen(way) == HEALTH_WAY_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_way_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
