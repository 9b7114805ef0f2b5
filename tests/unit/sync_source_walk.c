/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole walks of a collection: when one is due, and what counts as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/tstamp.h"
#include "tests/unit/sync_source_rig.h"

#define DAY (86400 * TSTAMP_SECOND)
#define BUNDLE "{\"type\":\"bundle\",\"id\":\"bundle--1\"," \
	"\"objects\":[{\"id\":\"a\"},{\"id\":\"b\"}]}"
#define OLDER DATE "Content-Range: items 0-1/2\r\n" \
	"X-TAXII-Date-Added-First: 2024-01-01T00:00:00Z\r\n" \
	"X-TAXII-Date-Added-Last: 2024-01-01T00:00:05Z\r\n"

/* A poll so much later: was it a walk?  It goes on from its cursor. */
static enum store_extent
poll_later(struct scene *s, int64_t later)
{
	struct err e = ERR_INIT;

	s->job.now += later;
	s->ingest.extent = STORE_PART;
	if (poll_taxii(s, &e) != 0)
		fail_msg("%s", e.text);
	keep_cursor(s);
	return s->ingest.extent;
}

static void
full_every(struct scene *s)
{
	static const struct {
		uint32_t every;
		int64_t later;
		enum store_extent want;
	} rows[] = {
		{0, 1000 * DAY, STORE_PART},
		{7, 6 * DAY, STORE_WALK}, /* the first was 1000 days ago */
		{7, DAY, STORE_PART},
		{7, 6 * DAY - 1, STORE_PART},
		{7, 1, STORE_WALK},
		{7, DAY, STORE_PART},
		{1, 0, STORE_WALK},
		{1, 0, STORE_PART},
		{1, -30 * DAY, STORE_PART}, /* a clock that was set back */
	};

	s->job.now -= s->job.now % TSTAMP_SECOND;
	/* The first poll reads everything, and is one. */
	assert_int_equal(poll_later(s, 0), STORE_WALK);
	s->job.ask = true;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		s->job.full_every = rows[i].every;
		if (poll_later(s, rows[i].later) != rows[i].want)
			fail_msg("row %zu", i);
		assert_int_equal(strstr(server_request(s->server,
		    server_requests(s->server) - 1), "added_after") != NULL,
		    rows[i].want == STORE_PART);
	}
}

static const struct route good[] = {
	{AT, 200, LAST("2024-01-01T00:00:05Z"), PAGE, 0},
};

static void
test_full_every(void **state)
{
	static const struct route failing[] = {
		{AT, 200, LAST("2024-01-01T00:00:05Z"),
		    "{\"more\":true,\"next\":\"n\",\"objects\":[{\"id\":"
		    "\"a\"}]}", 0},
		{AT, 403, DATE, "{}", 1},
	};
	struct err e = ERR_INIT;
	struct scene s;

	(void)state;
	BEGIN(&s, good, "/api/collections/c1/");
	full_every(&s);
	/* One that breaks off was none: the next poll begins it anew. */
	s.job.now += 40 * DAY;
	s.routes = failing;
	s.n = ARRAY_LEN(failing);
	s.ingest.extent = STORE_PART;
	assert_int_equal(poll_taxii(&s, &e), -1);
	assert_int_equal(s.ingest.extent, STORE_PART);
	s.routes = good;
	s.n = ARRAY_LEN(good);
	assert_int_equal(poll_later(&s, 0), STORE_WALK);
	assert_int_equal(poll_later(&s, 0), STORE_PART);
	scene_end(&s);
}

static void
test_full_every_20(void **state)
{
	static const struct route routes[] = {
		{AT, 206, OLDER, BUNDLE, 0},
	};
	struct scene s;

	(void)state;
	BEGIN(&s, routes, "/api/collections/c1/");
	s.job.kind = "taxii20";
	full_every(&s);
	scene_end(&s);
}

/* A listing that announces more than it sends is not whole. */
static void
test_walk_that_lacks(void **state)
{
	static const struct route routes[] = {
		{AT, 206, DATE "Content-Range: items 0-1/9\r\n", BUNDLE, 0},
		{AT, 206, DATE "Content-Range: items 2-2/9\r\n",
		    "{\"type\":\"bundle\",\"id\":\"bundle--1\"}", 1},
	};
	struct scene s;

	(void)state;
	BEGIN(&s, routes, "/api/collections/c1/");
	s.job.kind = "taxii20";
	assert_int_equal(poll_later(&s, 0), STORE_PART);
	assert_int_equal(s.ingest.deviations[DEVIATION_RANGE_EMPTY], 1);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_every),
		cmocka_unit_test(test_full_every_20),
		cmocka_unit_test(test_walk_that_lacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
