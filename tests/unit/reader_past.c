/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Views of the past: what was known then, by the clock of then.  And what was met
 * here.
 */
#include "store/measure.h"
#include "store/sighting.h"
#include "tests/unit/reader_fixture.h"

#define A "indicator--00000000-0000-4000-8000-00000000000a"
#define B "indicator--00000000-0000-4000-8000-00000000000b"

static void
poll_at(struct fixture *f, const char *source, int64_t now,
    const struct fixture_object *objects)
{
	f->now = AT(now);
	fixture_poll(f, source, objects);
}

/* Polls begin at 100, 200, 300 and, of another source, at 250. */
static void
fill(struct fixture *f)
{
	static const struct fixture_object first[] = {
	    {.id = A, .values = "domain-name=a.example", .modified = 50},
	    {.values = NULL}};
	static const struct fixture_object second[] = {
	    {.id = B, .values = "domain-name=b.example\ndomain-name=a.example",
	        .modified = 150, .valid_from = 1, .valid_until = 260},
	    {.values = NULL}};
	static const struct fixture_object other[] = {
	    {.values = "domain-name=c.example", .modified = 60},
	    {.values = NULL}};
	static const struct fixture_object third[] = {
	    {.id = A, .values = "domain-name=a.example", .modified = 250,
	        .flags = OBJ_REVOKED},
	    {.values = NULL}};

	fixture_open(f);
	poll_at(f, "feed", 100, first);
	poll_at(f, "feed", 200, second);
	poll_at(f, "other", 250, other);
	poll_at(f, "feed", 300, third);
}

#define D "indicator--00000000-0000-4000-8000-00000000000d"
#define E "indicator--00000000-0000-4000-8000-00000000000e"

/* Another source: polls begin at 120 and 300. */
static void
fill_more(struct fixture *f)
{
	static const struct fixture_object first[] = {
	    {.id = D, .values = "domain-name=d.example", .modified = 50,
	        .valid_from = 10},
	    {.id = E, .values = "domain-name=e.example", .modified = 50,
	        .valid_from = 10},
	    {.values = NULL}};
	static const struct fixture_object second[] = {
	    {.id = D, .values = "domain-name=d2.example", .modified = 290,
	        .valid_from = 10},
	    {.id = E, .values = "domain-name=e.example", .modified = 250,
	        .valid_from = 10, .flags = OBJ_REVOKED},
	    {.values = "domain-name=f.example", .flags = OBJ_BENIGN},
	    {.values = NULL}};

	poll_at(f, "more", 120, first);
	poll_at(f, "more", 300, second);
}

static void
known_then(void **state)
{
	static const struct {
		const char *value;
		int64_t at;
		int state;
	} rows[] = {
	    {"a.example", 99, TW_UNSEEN},
	    {"b.example", 99, TW_UNSEEN},
	    {"b.example", 199, TW_UNSEEN},
	    {"b.example", 200, TW_ACTIVE},
	    {"b.example", 259, TW_ACTIVE},
	    {"b.example", 260, TW_EXPIRED},
	    {"b.example", 400, TW_EXPIRED},
	    {"c.example", 249, TW_UNSEEN},
	    {"c.example", 250, TW_ACTIVE},
	    {"c.example", 400, TW_ACTIVE},
	    {"a.example", 150, TW_ACTIVE},  /* the version of then */
	    {"a.example", 270, TW_ACTIVE},
	    {"a.example", 299, TW_ACTIVE},
	    {"a.example", 400, TW_EXPIRED}, /* of B; A is revoked */
	};
	struct fixture f;
	struct tw_match m;
	struct tw_claim c[4];
	tw_store *store;
	tw_snapshot *s;
	size_t i, n;

	(void)state;
	fill(&f);
	fixture_read(&f, 400, &store, &s);
	tw_snapshot_at(s, TW_TIME_NONE);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tw_snapshot_known_at(s, AT(rows[i].at));
		assert_int_equal(fixture_lookup(s, rows[i].value,
		    TW_FIND_EXACT, &m, 1), 1);
		if (m.state != rows[i].state)
			fail_msg("%s at %jd is %s", rows[i].value,
			    (intmax_t)rows[i].at, tw_state_name(m.state));
	}
	/* Each claim has its own time. */
	tw_snapshot_known_at(s, AT(150));
	assert_int_equal(fixture_lookup(s, "a.example", TW_FIND_EXACT, &m, 1),
	    1);
	assert_int_equal(tw_claims(s, &m, c, 4, &n), TW_OK);
	assert_int_equal(n, 2);
	for (i = 0; i < n; i++)
		assert_int_equal(c[i].state, strcmp(text_of(c[i].id), B) == 0 ?
		    TW_UNSEEN : TW_ACTIVE);
	/* Back to the present: nothing of the past is left behind. */
	tw_snapshot_known_at(s, TW_TIME_NONE);
	assert_int_equal(fixture_lookup(s, "c.example", TW_FIND_EXACT, &m, 1),
	    1);
	assert_int_equal(m.state, TW_ACTIVE);
	tw_snapshot_end(s);
	tw_close(store);
	fixture_close(&f);
}

/* The same store: was it active then, as is known now? */
static void
valid_then(void **state)
{
	static const struct {
		const char *value;
		int64_t at, known; /* known 0: all */
		int state;
		int64_t end;       /* of what is active; 0: none */
	} rows[] = {
	    {"b.example", 0, 0, TW_PENDING, 0},
	    {"b.example", 1, 0, TW_ACTIVE, 260}, /* it came at 200 */
	    {"b.example", 259, 0, TW_ACTIVE, 260},
	    {"b.example", 260, 0, TW_EXPIRED, 0},
	    {"b.example", 1, 199, TW_UNSEEN, 0},
	    {"b.example", 1, 201, TW_ACTIVE, 260},
	    {"b.example", 260, 201, TW_EXPIRED, 0},
	    {"a.example", 20, 0, TW_ACTIVE, 260},
	    {"a.example", 20, 150, TW_PENDING, 0},
	    {"a.example", 120, 150, TW_ACTIVE, 0}, /* no end was known */
	    {"a.example", 249, 0, TW_ACTIVE, 260},
	    {"a.example", 265, 0, TW_EXPIRED, 0},
	    {"c.example", 249, 0, TW_PENDING, 0}, /* undated: first seen */
	    {"c.example", 250, 0, TW_ACTIVE, 0},
	    {"d.example", 299, 0, TW_ACTIVE, 300},
	    {"d.example", 300, 0, TW_ENDED, 0},   /* moved on */
	    {"e.example", 120, 0, TW_ACTIVE, 250},
	    {"e.example", 250, 0, TW_REVOKED, 0},
	    {"f.example", 340, 0, TW_BENIGN, 0},
	};
	struct fixture f;
	struct tw_match m;
	tw_store *store;
	tw_snapshot *s;
	size_t i;

	(void)state;
	fill(&f);
	fill_more(&f);
	fixture_read(&f, 400, &store, &s);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tw_snapshot_at(s, AT(rows[i].at));
		tw_snapshot_known_at(s, rows[i].known != 0 ?
		    AT(rows[i].known) : TW_TIME_NONE);
		assert_int_equal(fixture_lookup(s, rows[i].value,
		    TW_FIND_EXACT, &m, 1), 1);
		if (m.state != rows[i].state || (m.active && m.expires_at !=
		    (rows[i].end != 0 ? AT(rows[i].end) : TW_TIME_NEVER)))
			fail_msg("row %zu: %s is %s, ends at %jd", i,
			    rows[i].value, tw_state_name(m.state),
			    (intmax_t)(m.expires_at / AT(1)));
	}
	tw_snapshot_end(s);
	tw_close(store);
	fixture_close(&f);
}

static void
met(struct fixture *f, const struct tw_match *m, int64_t first, int64_t last,
    uint64_t count, const char *who, bool known)
{
	struct sighting one = {count, AT(first), AT(last)};
	const struct sighted v = {(uint8_t)m->type, m->prefix,
	    {m->key.p, m->key.n}};
	struct err e = ERR_INIT;
	bool found;

	if (store_seen(f->store, &v, &one, slice_str(who), AT(400), &found,
	    &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(found, known);
}

static void
sightings(void **state)
{
	static const struct fixture_object objects[] = {
	    {.values = "ipv4-addr=198.51.100.0/24\nipv4-addr=198.51.100.1"},
	    {.values = NULL}};
	struct tw_match m[2], none;
	struct tw_sighting all;
	struct tw_str who;
	struct fixture f;
	tw_snapshot *s;
	tw_store *store;
	uint64_t count;
	int64_t last;
	size_t pos = 0;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	fixture_read(&f, 400, &store, &s);
	assert_int_equal(fixture_lookup(s, "198.51.100.1", TW_FIND_ALL, m, 2),
	    2);
	assert_int_equal(tw_sightings(s, &m[0], &all), TW_NOT_FOUND);
	assert_int_equal(tw_sighting_by(s, &m[0], &pos, &who, &count, &last),
	    TW_END);
	met(&f, &m[0], 50, 50, 3, "proxy", true);
	met(&f, &m[0], 60, 60, 1, "mail", true);
	met(&f, &m[0], 40, 40, 2, "proxy", true); /* told late */
	met(&f, &m[1], 70, 70, 1, "", true);
	none = m[0];
	none.key = (struct tw_str){"\1\2\3\4", 4};
	met(&f, &none, 70, 70, 1, "", false);
	assert_int_equal(tw_snapshot_renew(s), TW_OK);
	assert_int_equal(fixture_lookup(s, "198.51.100.1", TW_FIND_ALL, m, 2),
	    2);
	assert_int_equal(tw_sightings(s, &m[0], &all), TW_OK);
	assert_int_equal(all.count, 6);
	assert_true(all.first == AT(40) && all.last == AT(60));
	pos = 0;
	assert_int_equal(tw_sighting_by(s, &m[0], &pos, &who, &count, &last),
	    TW_OK);
	assert_string_equal(text_of(who), "mail");
	assert_int_equal(tw_sighting_by(s, &m[0], &pos, &who, &count, &last),
	    TW_OK);
	assert_string_equal(text_of(who), "proxy");
	assert_true(count == 5 && last == AT(50));
	assert_int_equal(tw_sighting_by(s, &m[0], &pos, &who, &count, &last),
	    TW_END);
	assert_int_equal(tw_sightings(s, &m[1], &all), TW_OK);
	assert_int_equal(all.count, 1);
	assert_int_equal(tw_verify(s, NULL, NULL, NULL), TW_OK);
	tw_snapshot_end(s);
	tw_close(store);
	fixture_close(&f);
}

static void
comparing(void **state)
{
	static const struct fixture_object a[] = {
	    {.values = "domain-name=1.example"},
	    {.values = "domain-name=2.example"},
	    {.values = "ipv4-addr=198.51.100.0/24"},
	    {.values = "domain-name=old.example", .valid_from = 1,
	        .valid_until = 100},
	    {.values = NULL}};
	static const struct fixture_object b[] = {
	    {.values = "domain-name=2.example"},
	    {.values = "domain-name=2.example"},
	    {.values = "ipv4-addr=198.51.100.0/24", .flags = OBJ_REVOKED},
	    {.values = "domain-name=old.example"},
	    {.values = NULL}};
	static const uint16_t ids[] = {1, 2};
	uint64_t shared[4], exclusive[2];
	struct fixture f;
	tw_snapshot *s;
	tw_store *store;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "a", a);
	fixture_poll(&f, "b", b);
	fixture_read(&f, 400, &store, &s);
	assert_int_equal(tw_compare(s, ids, 2, shared, exclusive), TW_OK);
	assert_int_equal(shared[0], 3); /* old.example has expired there */
	assert_int_equal(shared[1], 1);
	assert_int_equal(shared[2], 1);
	assert_int_equal(shared[3], 2);
	assert_int_equal(exclusive[0], 2);
	assert_int_equal(exclusive[1], 1);
	assert_int_equal(tw_compare(s, ids, 0, shared, exclusive),
	    TW_ARGUMENT);
	/* One alone still has only what nobody else claims as its own. */
	assert_int_equal(tw_compare(s, ids, 1, shared, exclusive), TW_OK);
	assert_true(shared[0] == 3 && exclusive[0] == 2);
	tw_snapshot_end(s);
	tw_close(store);
	fixture_close(&f);
}

static void
measures(void **state)
{
	static const struct measure list[] = {
	    {.volume = 0},
	    {.volume = 1, .exclusive = 2, .suppressed = 3, .latency = -4,
	        .samples = 5, .retention = INT64_MAX, .ended = 7,
	        .age = INT64_MIN, .live = UINT32_MAX, .nshares = 2,
	        .shares = {{1, 10}, {UINT16_MAX, UINT64_MAX}}},
	};
	struct measure got;
	struct slice cut;
	struct buf b, again;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		buf_init(&b, 4096);
		assert_int_equal(measure_encode(&list[i], &b), 0);
		assert_int_equal(measure_decode(buf_view(&b), &got), 0);
		buf_init(&again, 4096);
		assert_int_equal(measure_encode(&got, &again), 0);
		assert_true(slice_eq(buf_view(&b), buf_view(&again)));
		buf_free(&again);
		assert_true(got.latency == list[i].latency &&
		    got.age == list[i].age &&
		    got.nshares == list[i].nshares);
		for (cut = buf_view(&b); cut.n > 0;) {
			cut.n--;
			assert_int_equal(measure_decode(cut, &got), -1);
		}
		buf_free(&b);
	}
}

/* A value comes to `a` at 200 and to `b` an hour later; what the first polls
 * brought tells nothing. */
static void
measured(void **state)
{
	static const struct fixture_object start[] = {
	    {.values = "domain-name=0.example"}, {.values = NULL}};
	static const struct fixture_object later[] = {
	    {.values = "domain-name=1.example"},
	    {.values = "ipv4-addr=198.51.100.0/24"}, {.values = NULL}};
	struct tw_metrics m;
	struct tw_str name;
	struct fixture f;
	struct err e = ERR_INIT;
	tw_snapshot *s;
	tw_store *store;
	uint64_t values;
	size_t pos = 0;

	(void)state;
	fixture_open(&f);
	poll_at(&f, "a", 100, start);
	poll_at(&f, "b", 150, start);
	poll_at(&f, "a", 200, later);
	poll_at(&f, "b", 3800, later);
	store_close(f.store);
	f.store = NULL;
	assert_int_equal(store_measure(f.path, SLICE("b"), AT(3900), &e), 0);
	fixture_read(&f, 4000, &store, &s);
	assert_int_equal(tw_poll_metrics(s, 1, 2, &m), TW_NOT_FOUND);
	assert_int_equal(tw_poll_metrics(s, 2, 1, &m), TW_NOT_FOUND);
	assert_int_equal(tw_poll_metrics(s, 2, 2, &m), TW_OK);
	assert_true(m.poll == 2 && m.values == 3 && m.exclusive == 0);
	assert_true(m.latency_of == 2 && m.latency == AT(3600));
	assert_true(m.age_of == 3 && m.retention_of == 0);
	assert_int_equal(tw_poll_share(s, 2, 2, &pos, &name, &values), TW_OK);
	assert_string_equal(text_of(name), "a");
	assert_int_equal(values, 3);
	assert_int_equal(tw_poll_share(s, 2, 2, &pos, &name, &values), TW_END);
	assert_int_equal(tw_verify(s, NULL, NULL, NULL), TW_OK);
	tw_snapshot_end(s);
	tw_close(store);
	fixture_close(&f);
}

/* While nobody else claims anything, without a walk: the same as by one. */
static void
measured_alone(void **state)
{
	static const struct fixture_object own[] = {
	    {.values = "domain-name=a.example\nipv4-addr=198.51.100.0/24"},
	    {.values = "domain-name=b.example", .valid_from = 10,
	        .valid_until = 260},
	    {.values = "domain-name=c.example", .valid_from = 500},
	    {.values = "domain-name=d.example", .flags = OBJ_REVOKED},
	    {.values = "domain-name=a.example\ndomain-name=e.example"},
	    {.values = NULL}};
	static const struct fixture_object other[] = {
	    {.values = "domain-name=e.example"}, {.values = NULL}};
	static const struct {
		int64_t at;
		uint64_t volume;
	} rows[] = {{200, 4}, {259, 4}, {260, 3}, {499, 3}, {500, 4}};
	struct fixture f;
	struct measure m;
	tw_store *store;
	tw_snapshot *s;
	uint64_t active;
	size_t i, pass;

	(void)state;
	fixture_open(&f);
	poll_at(&f, "a", 100, own);
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < ARRAY_LEN(rows); i++) {
			fixture_read(&f, rows[i].at, &store, &s);
			assert_int_equal(snap_measure(s, 1, &m), TW_OK);
			assert_int_equal(tw_count_active(s, 1, &active),
			    TW_OK);
			assert_int_equal(m.volume, rows[i].volume);
			assert_int_equal(active, rows[i].volume);
			assert_int_equal(m.exclusive, m.volume - pass);
			assert_int_equal(m.nshares, pass);
			assert_int_equal(m.live, 5);
			tw_snapshot_end(s);
			tw_close(store);
		}
		if (pass == 0)
			poll_at(&f, "b", 150, other);
	}
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_then),
	    cmocka_unit_test(valid_then),
	    cmocka_unit_test(sightings),
	    cmocka_unit_test(comparing),
	    cmocka_unit_test(measures),
	    cmocka_unit_test(measured),
	    cmocka_unit_test(measured_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
