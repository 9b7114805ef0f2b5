/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeds that are not STIX, as the store takes them: removals, containers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "tests/unit/store_util.h"

#define NOW (INT64_C(1767225600) * TSTAMP_SECOND)

struct world {
	struct folder folder;
	struct store *store;
	struct store_poll *poll;
};

static void
poll_begin(struct world *w)
{
	const struct store_source src = {.name = "feed", .kind = "mispfeed",
	    .url = "https://feed.example/", .listing = LISTING_DELTA};
	struct err e = ERR_INIT;

	if (store_poll_begin(w->store, &src, NOW, &w->poll, &e) != 0)
		fail_msg("%s", e.text);
}

static struct store_counts
poll_end(struct world *w, enum store_extent extent)
{
	const struct store_end end = {.complete = true, .extent = extent,
	    .state = SOURCE_OK, .progress = {.objects = 5}};
	struct store_counts counts;
	struct err e = ERR_INIT;

	if (store_poll_end(w->poll, &end, NOW, &counts, &e) != 0)
		fail_msg("%s", e.text);
	return counts;
}

static void
world_open(struct world *w)
{
	struct err e = ERR_INIT;

	folder_make(&w->folder);
	if (store_open(w->folder.store, NOW, &w->store, &e) != 0)
		fail_msg("%s", e.text);
	poll_begin(w);
}

static void
world_close(struct world *w)
{
	store_close(w->store);
	folder_remove(&w->folder);
}

/* An entry with a value, or a container. */
static void
add(struct world *w, enum stix_type type, uint32_t n, uint16_t flags,
    uint64_t hash, const struct idkey *parts, size_t nparts)
{
	struct object_rec head = {.id = id_of(type, n), .flags = OBJ_FEED |
	    flags, .confidence = CONFIDENCE_UNKNOWN, .created = TSTAMP_NONE,
	    .modified = NOW - (int64_t)hash, .valid_from = TSTAMP_NONE,
	    .valid_until = TSTAMP_NEVER, .hash = hash};
	struct object_value v = {.value = value_of(VALUE_DOMAIN,
	    "evil.example")};
	struct err e = ERR_INIT;
	struct buf out;

	buf_init(&out, LIMIT_RECORD);
	if (type == STIX_INDICATOR)
		head.flags |= OBJ_CLAIMS;
	object_rec_begin(&out, &head);
	if (type == STIX_INDICATOR)
		object_rec_add_value(&out, &v);
	if (nparts > 0)
		object_rec_add(&out, TAG_PARTS, (struct slice){
		    (const char *)parts[0].b, nparts * IDKEY_LEN});
	if (store_batch_add(w->poll, buf_view(&out), &e) != 0)
		fail_msg("%s", e.text);
	buf_free(&out);
}

/* What comes last stands, also where it says that it is older; what is gone may
 * come back; what was never there is not kept. */
static void
test_removals(void **state)
{
	struct store_counts c;
	struct world w;

	(void)state;
	world_open(&w);
	add(&w, STIX_INDICATOR, 1, 0, 10, NULL, 0);
	add(&w, STIX_INDICATOR, 2, OBJ_REVOKED, 10, NULL, 0);
	c = poll_end(&w, STORE_PART);
	assert_int_equal(c.added, 1);
	poll_begin(&w);
	add(&w, STIX_INDICATOR, 1, OBJ_REVOKED, 20, NULL, 0);
	add(&w, STIX_INDICATOR, 2, OBJ_REVOKED, 20, NULL, 0);
	add(&w, STIX_INDICATOR, 2, 0, 21, NULL, 0);
	c = poll_end(&w, STORE_PART);
	assert_int_equal(c.revoked, 1);
	assert_int_equal(c.added, 1);
	assert_int_equal(c.updated, 1);
	poll_begin(&w);
	add(&w, STIX_INDICATOR, 1, 0, 30, NULL, 0);
	c = poll_end(&w, STORE_PART);
	assert_int_equal(c.updated, 1);
	assert_int_equal(c.older, 0);
	world_close(&w);
}

/* A container that is listed lists what it holds, one level of reports down. */
static void
test_containers(void **state)
{
	struct idkey parts[3] = {id_of(STIX_INDICATOR, 1),
	    id_of(STIX_REPORT, 8), id_of(STIX_INDICATOR, 77)};
	struct idkey inner[2] = {id_of(STIX_INDICATOR, 2),
	    id_of(STIX_REPORT, 9)};
	struct idkey ids[2] = {id_of(STIX_REPORT, 9),
	    id_of(STIX_REPORT, 99)};
	struct err e = ERR_INIT;
	struct store_counts c;
	struct world w;
	uint64_t listed;

	(void)state;
	world_open(&w);
	add(&w, STIX_INDICATOR, 1, 0, 10, NULL, 0);
	add(&w, STIX_INDICATOR, 2, 0, 10, NULL, 0);
	add(&w, STIX_INDICATOR, 3, 0, 10, NULL, 0);
	add(&w, STIX_REPORT, 8, 0, 10, inner, 2);
	add(&w, STIX_REPORT, 9, 0, 10, parts, 3);
	(void)poll_end(&w, STORE_WALK);
	poll_begin(&w);
	assert_int_equal(store_poll_parts(w.poll, ids, 2, &listed, &e), 0);
	/* 9, 1, 8, 2; and 9 again, which holds itself and ends there */
	assert_int_equal(listed, 5);
	store_poll_unchanged(w.poll, listed);
	c = poll_end(&w, STORE_WALK);
	if (c.held != HELD_NOT)
		fail_msg("%s", c.held_text);
	assert_int_equal(c.missing, 1);
	world_close(&w);
}

/* Parts that are cut are refused. */
static void
test_cut_parts(void **state)
{
	struct object_rec head = {.id = id_of(STIX_REPORT, 1),
	    .flags = OBJ_FEED, .confidence = CONFIDENCE_UNKNOWN,
	    .created = TSTAMP_NONE, .modified = TSTAMP_NONE,
	    .valid_from = TSTAMP_NONE, .valid_until = TSTAMP_NEVER};
	struct err e = ERR_INIT;
	struct object_rec r;
	struct buf out;

	(void)state;
	buf_init(&out, LIMIT_RECORD);
	object_rec_begin(&out, &head);
	object_rec_add(&out, TAG_PARTS, SLICE("123456789012345678"));
	assert_int_equal(object_rec_decode(buf_view(&out), false, &r, &e), -1);
	assert_non_null(strstr(e.text, "parts"));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_removals),
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_cut_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
