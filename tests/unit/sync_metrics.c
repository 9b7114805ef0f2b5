/* SPDX-License-Identifier: BSD-2-Clause */
/* sync/metrics.c: the text that Prometheus reads, by the rules of its format. */
#include "tests/unit/unit.h"

#include <string.h>

#include "sync/metrics.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define NASTY "a\"b\\c\nd\x01\x7f\xc3\xbc"
#define NASTY_LABEL "a\\\"b\\\\c\\nd??\xc3\xbc"

/* The whole text; freed by the caller. */
static char *
print(const struct metrics *m)
{
	struct buf b;
	char *text;

	buf_init(&b, MIB(8));
	assert_int_equal(metrics_print(m, &b), 0);
	text = strndup(buf_view(&b).p, buf_view(&b).n);
	assert_non_null(text);
	buf_free(&b);
	return text;
}

static void
assert_line(const char *text, const char *line)
{
	char want[512];

	snprintf(want, sizeof(want), "\n%s\n", line);
	if (strstr(text, want) == NULL)
		fail_msg("no line '%s' in\n%s", line, text);
}

static unsigned
count_of(const char *text, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what)) != NULL) {
		n++;
		text += strlen(what);
	}
	return n;
}

/* A daemon that has counted, with two sources. */
static void
fill(struct metrics *m)
{
	struct metric_source *x;

	*m = (struct metrics){.live = true, .version = "1.2\"3",
	    .started = 5 * SECOND + 7, .configured = 2};
	x = metrics_add(m, "plain");
	assert_non_null(x);
	x->polls[RESULT_FAILED] = 3;
	x->rejected[REJECT_JSON] = 4;
	x->last_duration = 1500 * MS;
	x = metrics_add(m, NASTY);
	assert_non_null(x);
	metrics_judged(x, &(struct health){.state = HEALTH_AUTH,
	    .since = 9 * SECOND});
	x->measured = true;
	x->active = UINT64_MAX;
}

static void
test_histogram(void **state)
{
	struct metrics m = {.live = true, .version = "0"};
	char *text;

	(void)state;
	histogram_add(&m.polls, -SECOND);     /* clocks that are set */
	histogram_add(&m.polls, 500 * MS);    /* le: the bound is in it */
	histogram_add(&m.polls, 500 * MS + 1);
	histogram_add(&m.polls, 1800 * SECOND);
	histogram_add(&m.polls, 1800 * SECOND + 1);
	text = print(&m);
#define BUCKET "taxiway_poll_duration_seconds_bucket{le="
	assert_line(text, BUCKET "\"0.5\"} 2");
	assert_line(text, BUCKET "\"1.0\"} 3");
	assert_line(text, BUCKET "\"300.0\"} 3");
	assert_line(text, BUCKET "\"1800.0\"} 4");
	assert_line(text, BUCKET "\"+Inf\"} 5");
	assert_line(text, "taxiway_poll_duration_seconds_sum "
	    "3601.000000002");
	assert_line(text, "taxiway_poll_duration_seconds_count 5");
	/* One in which nothing was counted is told whole, too. */
	assert_line(text, "taxiway_commit_duration_seconds_bucket{le="
	    "\"+Inf\"} 0");
	assert_line(text, "taxiway_commit_duration_seconds_sum 0.000000000");
	free(text);
}

static void
test_labels(void **state)
{
	struct metrics m;
	char *text;

	(void)state;
	fill(&m);
	text = print(&m);
	assert_line(text, "taxiway_build_info{version=\"1.2\\\"3\"} 1");
	assert_line(text, "taxiway_source_state{source=\"" NASTY_LABEL
	    "\",state=\"auth\"} 1");
	assert_line(text, "taxiway_source_state{source=\"" NASTY_LABEL
	    "\",state=\"ok\"} 0");
	assert_line(text, "taxiway_source_active_values{source=\"" NASTY_LABEL
	    "\"} 18446744073709551615");
	assert_line(text, "taxiway_source_polls_total{source=\"plain\","
	    "result=\"failed\"} 3");
	assert_line(text, "taxiway_source_last_poll_duration_seconds{source="
	    "\"plain\"} 1.500000000");
	assert_line(text, "taxiway_start_time_seconds 5.000000007");
	/* What is not known, or not yet, has no line. */
	assert_null(strstr(text, "active_values{source=\"plain\""));
	assert_null(strstr(text, "taxiway_config_loaded_timestamp_seconds "
	    "0"));
	free(text);
	metrics_free(&m);
}

/* The family that a line belongs to: # HELP and # TYPE first, once, and then its
 * samples alone. */
static void
check_family(const char *text, const char *help)
{
	char name[128], want[160];
	const char *type, *line, *end;
	size_t n = strcspn(help, " ");

	assert_true(n < sizeof(name));
	snprintf(name, sizeof(name), "%.*s", (int)n, help);
	snprintf(want, sizeof(want), "# HELP %s ", name);
	assert_int_equal(count_of(text, want), 1);
	snprintf(want, sizeof(want), "# TYPE %s ", name);
	assert_int_equal(count_of(text, want), 1);
	type = strchr(help, '\n') + 1;
	assert_memory_equal(type, want, strlen(want));
	type += strlen(want);
	assert_int_equal(strncmp(type, "counter\n", 8) == 0, n > 6 &&
	    strcmp(name + n - 6, "_total") == 0);
	for (line = strchr(type, '\n') + 1; *line != '#' && *line != '\0';
	    line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		assert_memory_equal(line, name, n);
	}
}

static void
test_families(void **state)
{
	struct metrics m;
	char *text, *again;
	const char *at;
	unsigned n = 0, alive;

	(void)state;
	fill(&m);
	text = print(&m);
	again = print(&m);
	assert_string_equal(text, again); /* in an order that stays */
	free(again);
	assert_memory_equal(text, "# HELP ", 7);
	assert_int_equal(text[strlen(text) - 1], '\n');
	assert_null(strstr(text, "\n\n"));
	for (at = text; (at = strstr(at, "# HELP ")) != NULL; n++) {
		at += strlen("# HELP ");
		check_family(text, at);
	}
	assert_true(n > 40);
	alive = count_of(text, "_total counter\n");
	assert_true(alive > 8);
	free(text);
	/* Without a daemon nothing is counted. */
	m.live = false;
	text = print(&m);
	assert_int_equal(count_of(text, "counter\n"), 0);
	assert_int_equal(count_of(text, "histogram\n"), 0);
	assert_line(text, "taxiway_sources 2");
	free(text);
	metrics_free(&m);
}

/* A source that is taken out and put in again goes on counting. */
static void
test_hidden(void **state)
{
	struct metrics m;
	struct metric_source *x;
	char *text;

	(void)state;
	fill(&m);
	metrics_find(&m, "plain")->shown = false;
	text = print(&m);
	assert_null(strstr(text, "source=\"plain\""));
	assert_non_null(strstr(text, "source=\"" NASTY_LABEL "\""));
	free(text);
	x = metrics_add(&m, "plain");
	assert_non_null(x);
	assert_true(x->shown && x->polls[RESULT_FAILED] == 3);
	assert_int_equal(m.n, 2);
	assert_null(metrics_find(&m, "plai"));
	metrics_free(&m);
}

/* Names that come and go for months take no more room than that. */
static void
test_names_for_ever(void **state)
{
	struct metrics m = {.version = "0", .n = 2 * LIMIT_SOURCES};
	struct metric_source *x;
	char name[32];
	unsigned i;

	(void)state;
	m.sources = calloc(m.n, sizeof(*m.sources));
	assert_non_null(m.sources);
	for (i = 0; i < m.n; i++)
		snprintf(m.sources[i].name, sizeof(name), "gone%u", i);
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "new%u", i);
		x = metrics_add(&m, name);
		assert_non_null(x);
		/* Nothing of whose place it takes. */
		assert_int_equal(x->pages, 0);
		x->pages = i + 1;
		x->shown = false;
	}
	assert_int_equal(m.n, 2 * LIMIT_SOURCES);
	metrics_free(&m);
}

static void
test_no_room(void **state)
{
	struct metrics m;
	struct buf b;

	(void)state;
	fill(&m);
	buf_init(&b, 1000);
	assert_int_equal(metrics_print(&m, &b), -1);
	buf_free(&b);
	metrics_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_names_for_ever),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
