/* SPDX-License-Identifier: BSD-2-Clause */
/* States over time: boundaries, gaps, several sources; claims and threats. */
#include "tests/unit/reader_fixture.h"

/* Open, look one text up at a time, close. */
struct seen {
	struct fixture *f;
	tw_store *store;
	tw_snapshot *snap;
};

static void
see(struct seen *s, struct fixture *f)
{
	s->f = f;
	fixture_read(f, 0, &s->store, &s->snap);
}

static void
unsee(struct seen *s)
{
	tw_snapshot_end(s->snap);
	tw_close(s->store);
}

static struct tw_match
at(struct seen *s, const char *text, int64_t now)
{
	struct tw_match m;

	assert_int_equal(tw_snapshot_renew(s->snap), TW_OK);
	tw_snapshot_at(s->snap, now);
	assert_int_equal(fixture_lookup(s->snap, text, TW_FIND_EXACT, &m, 1),
	    1);
	assert_int_equal(m.active, m.state == TW_ACTIVE);
	return m;
}

static void
boundaries(void **state)
{
	static const struct fixture_object objects[] = {
	    {.values = "ipv4-addr=198.51.100.1", .valid_from = 2000,
	        .valid_until = 3000, .confidence = 80, .tlp = TLP_GREEN},
	    {.values = "ipv4-addr=198.51.100.2"},
	    {.values = "ipv4-addr=198.51.100.3", .flags = OBJ_REVOKED,
	        .valid_from = 2000},
	    {.values = "ipv4-addr=198.51.100.4", .flags = OBJ_BENIGN},
	    {.values = "ipv4-addr=198.51.100.5", .valid_from = 2000},
	    {.values = "ipv4-addr=198.51.100.6", .flags = OBJ_BENIGN |
	        OBJ_REVOKED},
	    {.values = NULL},
	};
	static const struct {
		const char *text;
		int64_t now;
		int state;
	} cases[] = {
	    {"198.51.100.1", AT(2000) - 1, TW_PENDING},
	    {"198.51.100.1", AT(2000), TW_ACTIVE},
	    {"198.51.100.1", AT(3000) - 1, TW_ACTIVE},
	    {"198.51.100.1", AT(3000), TW_EXPIRED}, /* the end is exclusive */
	    {"198.51.100.2", TSTAMP_MIN, TW_PENDING},
	    {"198.51.100.2", AT(-900000), TW_ACTIVE},
	    {"198.51.100.2", TSTAMP_NEVER - 1, TW_ACTIVE},
	    {"198.51.100.3", AT(2500), TW_REVOKED},
	    {"198.51.100.3", AT(1), TW_REVOKED},
	    {"198.51.100.4", AT(2500), TW_BENIGN},
	    {"198.51.100.5", AT(1999), TW_PENDING},
	    {"198.51.100.5", TSTAMP_NEVER - 1, TW_ACTIVE},
	    {"198.51.100.6", AT(2500), TW_REVOKED},
	};
	struct tw_match m;
	struct fixture f;
	struct seen s;
	size_t i;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	see(&s, &f);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		m = at(&s, cases[i].text, cases[i].now);
		if (m.state != cases[i].state)
			fail_msg("%s at %jd is %s, expected %s", cases[i].text,
			    (intmax_t)cases[i].now, tw_state_name(m.state),
			    tw_state_name(cases[i].state));
	}
	m = at(&s, "198.51.100.1", AT(2500));
	assert_int_equal(m.confidence, 80);
	assert_int_equal(m.tlp, TLP_GREEN);
	assert_int_equal(m.valid_from, AT(2000));
	assert_int_equal(m.valid_until, AT(3000));
	assert_int_equal(m.expires_at, AT(3000));
	assert_int_equal(m.claims, 1);
	m = at(&s, "198.51.100.2", AT(2500));
	assert_int_equal(m.confidence, TW_UNKNOWN);
	assert_int_equal(m.tlp, 0);
	assert_int_equal(m.valid_from, TW_TIME_NONE);
	assert_int_equal(m.expires_at, TW_TIME_NEVER);
	unsee(&s);
	fixture_close(&f);
}

/* Three sources whose claims leave a gap. */
static void
gaps(void **state)
{
	static const struct fixture_object a[] = {
	    {.values = "domain-name=gap.example", .valid_from = 2000,
	        .valid_until = 3000, .confidence = 20, .tlp = TLP_RED},
	    {.values = NULL}};
	static const struct fixture_object b[] = {
	    {.values = "domain-name=gap.example", .valid_from = 2500,
	        .valid_until = 3500, .confidence = 90, .tlp = TLP_GREEN},
	    {.values = NULL}};
	static const struct fixture_object c[] = {
	    {.values = "domain-name=gap.example", .valid_from = 5000,
	        .valid_until = 6000, .confidence = 50},
	    {.values = NULL}};
	static const struct fixture_object d[] = {
	    {.values = "domain-name=gap.example", .valid_from = 4000,
	        .flags = OBJ_REVOKED},
	    {.values = "domain-name=gap.example", .flags = OBJ_BENIGN},
	    {.values = NULL}};
	static const struct {
		int64_t now;
		int state;
		int confidence, tlp;
		int64_t end;
	} cases[] = {
	    {AT(1999), TW_PENDING, -1, -1, 0},
	    {AT(2000), TW_ACTIVE, 20, TLP_RED, AT(3500)},
	    {AT(2600), TW_ACTIVE, 90, TLP_GREEN, AT(3500)},
	    {AT(3000), TW_ACTIVE, 90, TLP_GREEN, AT(3500)},
	    {AT(3500) - 1, TW_ACTIVE, 90, TLP_GREEN, AT(3500)},
	    {AT(3500), TW_PENDING, -1, -1, 0}, /* it comes back */
	    {AT(4500), TW_PENDING, -1, -1, 0},
	    {AT(5000), TW_ACTIVE, 50, TLP_UNKNOWN, AT(6000)},
	    {AT(6000), TW_EXPIRED, -1, -1, 0},
	};
	struct tw_match m;
	struct fixture f;
	struct seen s;
	struct tw_count by[4];
	uint64_t count;
	size_t i;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "a", a);
	fixture_poll(&f, "b", b);
	fixture_poll(&f, "c", c);
	fixture_poll(&f, "d", d);
	see(&s, &f);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		m = at(&s, "gap.example", cases[i].now);
		assert_int_equal(m.state, cases[i].state);
		assert_int_equal(m.claims, 5);
		if (cases[i].state != TW_ACTIVE)
			continue;
		assert_int_equal(m.confidence, cases[i].confidence);
		assert_int_equal(m.tlp, cases[i].tlp);
		assert_int_equal(m.expires_at, cases[i].end);
	}
	/* the count of active values sees the gap, and the source */
	tw_snapshot_at(s.snap, AT(2100));
	assert_int_equal(tw_count_active(s.snap, 0, &count), TW_OK);
	assert_int_equal(count, 1);
	assert_int_equal(tw_count_active(s.snap, 1, &count), TW_OK);
	assert_int_equal(count, 1);
	assert_int_equal(tw_count_active(s.snap, 3, &count), TW_OK);
	assert_int_equal(count, 0);
	assert_int_equal(tw_count(s.snap, by, 4), TW_OK);
	assert_int_equal(by[0].active, 1);
	assert_int_equal(by[1].active, 1);
	assert_int_equal(by[3].active, 0);
	assert_int_equal(tw_count(s.snap, by, 1), TW_OK);
	assert_int_equal(by[0].active, 1);
	assert_int_equal(tw_count(s.snap, by, 0), TW_ARGUMENT);
	tw_snapshot_at(s.snap, AT(4500));
	assert_int_equal(tw_count_active(s.snap, 0, &count), TW_OK);
	assert_int_equal(count, 0);
	unsee(&s);
	fixture_close(&f);
}

/* Claims in order of source, newest first; more than there is room for. */
static void
claims(void **state)
{
	static const struct fixture_object one[] = {
	    {.values = "domain-name=c.example", .name = "old",
	        .modified = 1000},
	    {.values = "domain-name=c.example", .name = "new",
	        .modified = 3000, .valid_until = 2000},
	    {.values = "domain-name=c.example", .name = "mid",
	        .modified = 2000, .flags = OBJ_REVOKED},
	    {.values = NULL}};
	static const struct fixture_object two[] = {
	    {.values = "domain-name=c.example\ndomain-name=d.example",
	        .name = "two", .id = "x-odd--thing", .label = "phishing",
	        .phase = "lockheed/delivery", .tlp = TLP_AMBER,
	        .confidence = 1, .valid_from = 1500, .valid_until = 9000},
	    {.values = NULL}};
	static const char *const order[] = {"new", "mid", "old", "two"};
	struct tw_claim c[4];
	struct tw_str x, y;
	struct tw_match m;
	struct fixture f;
	struct seen s;
	size_t found, i, max, pos;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "one", one);
	fixture_poll(&f, "two", two);
	see(&s, &f);
	m = at(&s, "c.example", AT(5000));
	for (max = 0; max <= 4; max++) {
		memset(c, 0xee, sizeof(c));
		assert_int_equal(tw_claims(s.snap, &m, max ? c : NULL, max,
		    &found), TW_OK);
		assert_int_equal(found, 4);
		for (i = 0; i < max; i++) {
			assert_string_equal(text_of(c[i].name), order[i]);
			assert_string_equal(text_of(c[i].source),
			    i < 3 ? "one" : "two");
			if (i < 3)
				assert_ptr_equal(c[i].id.p, c[i].idtext);
		}
	}
	assert_int_equal(c[0].state, TW_EXPIRED);
	assert_int_equal(c[1].state, TW_REVOKED);
	assert_int_equal(c[1].revoked, 1);
	assert_int_equal(c[2].state, TW_ACTIVE);
	assert_string_equal(text_of(c[2].id),
	    "indicator--00000000-0000-4000-8000-000000000001");
	assert_string_equal(text_of(c[3].id), "x-odd--thing");
	assert_int_equal(c[3].confidence, 1);
	assert_int_equal(c[3].tlp, TLP_AMBER);
	assert_int_equal(c[3].valid_from, AT(1500));
	assert_int_equal(c[3].valid_until, AT(9000));
	assert_int_equal(c[3].expires_at, AT(9000));
	assert_int_equal(c[2].valid_until, TW_TIME_NONE);
	assert_int_equal(c[2].expires_at, TW_TIME_NEVER);
	assert_string_equal(text_of(c[2].pattern_type), "stix");
	pos = 0;
	assert_int_equal(tw_claim_item(s.snap, &c[3], TW_LABELS, &pos, &x, &y),
	    TW_OK);
	assert_string_equal(text_of(x), "phishing");
	assert_int_equal(tw_claim_item(s.snap, &c[3], TW_LABELS, &pos, &x, &y),
	    TW_END);
	pos = 0;
	assert_int_equal(tw_claim_item(s.snap, &c[3], TW_KILL_CHAIN, &pos, &x,
	    &y), TW_OK);
	assert_string_equal(text_of(x), "lockheed");
	assert_string_equal(text_of(y), "delivery");
	pos = 0;
	assert_int_equal(tw_claim_item(s.snap, &c[3], TW_VALUES, &pos, &x, &y),
	    TW_OK);
	assert_string_equal(text_of(x), "domain-name");
	assert_string_equal(text_of(y), "c.example");
	assert_int_equal(tw_claim_item(s.snap, &c[3], TW_VALUES, &pos, &x,
	    NULL), TW_OK);
	assert_int_equal(tw_claim_item(s.snap, &c[3], TW_VALUES, &pos, &x, &y),
	    TW_END);
	assert_int_equal(tw_claim_item(s.snap, &c[3], 99, &pos, &x, &y),
	    TW_ARGUMENT);
	assert_int_equal(tw_claim_item(s.snap, &c[3], TW_ALIASES, &pos, &x,
	    &y), TW_END);
	/* a match of an earlier view is told, not followed */
	assert_int_equal(tw_snapshot_renew(s.snap), TW_OK);
	assert_int_equal(tw_claims(s.snap, &m, c, 4, &found), TW_ARGUMENT);
	pos = 0;
	assert_int_equal(tw_claim_item(s.snap, &c[3], TW_LABELS, &pos, &x, &y),
	    TW_ARGUMENT);
	assert_int_equal(tw_threats(s.snap, &c[3], NULL, 0, &found),
	    TW_ARGUMENT);
	unsee(&s);
	fixture_close(&f);
}

/* Seen: the poll that brought it, and the newest complete one. */
static void
seen(void **state)
{
	static const struct fixture_object first[] = {
	    {.values = "domain-name=s.example", .id = "indicator--"
	        "11111111-1111-4111-8111-111111111111"},
	    {.values = NULL}};
	static const struct fixture_object second[] = {
	    {.values = "domain-name=s.example", .modified = 2000, .id =
	        "indicator--11111111-1111-4111-8111-111111111111"},
	    {.values = NULL}};
	struct tw_claim c;
	struct tw_match m;
	struct fixture f;
	struct seen s;
	size_t found;
	int64_t t1, t2;

	(void)state;
	fixture_open(&f);
	t1 = f.now;
	fixture_poll(&f, "feed", first);
	f.now += AT(100);
	fixture_poll(&f, "feed", second);
	t2 = f.now;
	see(&s, &f);
	m = at(&s, "s.example", AT(5000));
	assert_int_equal(tw_claims(s.snap, &m, &c, 1, &found), TW_OK);
	assert_int_equal(found, 1);
	assert_int_equal(c.first_seen, t1);
	assert_int_equal(c.last_seen, t2);
	assert_int_equal(c.poll, 2);
	/* nothing new: only the source's own record says it was seen again */
	f.now += AT(100);
	fixture_poll(&f, "feed", second);
	m = at(&s, "s.example", AT(5000));
	assert_int_equal(tw_claims(s.snap, &m, &c, 1, &found), TW_OK);
	assert_int_equal(c.first_seen, t1);
	assert_int_equal(c.last_seen, f.now);
	/* a poll that has not ended yet confirms what it brought itself */
	fixture_begin(&f, "feed");
	f.now += AT(50);
	fixture_add(&f, &(struct fixture_object){
	    .values = "domain-name=t.example"});
	fixture_commit(&f);
	m = at(&s, "t.example", AT(5000));
	assert_int_equal(tw_claims(s.snap, &m, &c, 1, &found), TW_OK);
	assert_int_equal(c.first_seen, c.last_seen);
	unsee(&s);
	fixture_close(&f);
}

/* The shortest key that there is: a type and one byte. */
static void
short_value(void **state)
{
	static const struct fixture_object objects[] = {
	    {.values = "mutex=m\nipv4-addr=198.51.100.0/24"},
	    {.values = NULL}};
	struct fixture f;
	struct seen s;
	uint64_t n;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	see(&s, &f);
	assert_int_equal(tw_count_active(s.snap, 0, &n), TW_OK);
	assert_int_equal(n, 2);
	unsee(&s);
	fixture_close(&f);
}

#define IND "indicator--22222222-2222-4222-8222-222222222222"
#define MAL "malware--33333333-3333-4333-8333-333333333333"
#define ACT "threat-actor--44444444-4444-4444-8444-444444444444"
#define REL "relationship--55555555-5555-4555-8555-555555555555"

static void
threats(void **state)
{
	static const struct fixture_object objects[] = {
	    {.values = "domain-name=t.example", .id = IND},
	    {.id = MAL, .name = "Old name"},
	    {.rel = "indicates", .from = IND, .to = MAL, .id = REL},
	    {.rel = "indicates", .from = IND, .to = ACT}, /* never came */
	    {.rel = "indicates", .from = IND, .to = "x-gang--7"},
	    {.rel = "uses", .from = ACT, .to = MAL},      /* not out of it */
	    {.rel = NULL}};
	static const struct fixture_object later[] = {
	    {.id = MAL, .name = "New name", .modified = 5000},
	    {.id = "x-gang--7", .name = "Gang"},
	    {.rel = NULL}};
	static const struct fixture_object revoked[] = {
	    {.rel = "indicates", .from = IND, .to = MAL, .id = REL,
	        .modified = 6000, .flags = OBJ_REVOKED},
	    {.rel = NULL}};
	struct tw_threat t[4];
	struct tw_claim c;
	struct tw_match m;
	struct fixture f;
	struct seen s;
	size_t found;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	fixture_poll(&f, "other", later);
	see(&s, &f);
	m = at(&s, "t.example", AT(5000));
	assert_int_equal(tw_claims(s.snap, &m, &c, 1, &found), TW_OK);
	assert_int_equal(tw_threats(s.snap, &c, t, 4, &found), TW_OK);
	assert_int_equal(found, 3);
	assert_string_equal(text_of(t[0].relationship), "indicates");
	assert_string_equal(text_of(t[0].type), "malware");
	assert_string_equal(text_of(t[0].name), "New name");
	assert_string_equal(text_of(t[0].id), MAL);
	assert_string_equal(text_of(t[0].source), "feed");
	assert_string_equal(text_of(t[1].type), "threat-actor");
	assert_null(t[1].name.p);
	assert_string_equal(text_of(t[1].id), ACT);
	assert_string_equal(text_of(t[2].type), "x-gang");
	assert_string_equal(text_of(t[2].name), "Gang");
	assert_string_equal(text_of(t[2].id), "x-gang--7");
	assert_int_equal(tw_threats(s.snap, &c, t, 1, &found), TW_OK);
	assert_int_equal(found, 3);
	assert_int_equal(tw_threats(s.snap, &c, NULL, 0, &found), TW_OK);
	assert_int_equal(found, 3);
	fixture_poll(&f, "feed", revoked);
	m = at(&s, "t.example", AT(5000));
	assert_int_equal(tw_claims(s.snap, &m, &c, 1, &found), TW_OK);
	assert_int_equal(tw_threats(s.snap, &c, t, 4, &found), TW_OK);
	assert_int_equal(found, 2);
	assert_string_equal(text_of(t[0].type), "threat-actor");
	unsee(&s);
	fixture_close(&f);
}

static void
compounds(void **state)
{
	static const struct fixture_object objects[] = {
	    {.values = "&domain-name=p.example\n&domain-name=q.example\n"
	        "domain-name=r.example", .flags = OBJ_COMPOUND},
	    {.values = "domain-name=q.example"},
	    {.values = NULL}};
	struct tw_claim c[2];
	struct tw_match m;
	struct fixture f;
	struct seen s;
	size_t found;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	see(&s, &f);
	m = at(&s, "p.example", AT(5000));
	assert_int_equal(m.flags, TW_COMPOUND);
	m = at(&s, "r.example", AT(5000));
	assert_int_equal(m.flags, 0);
	/* one claim is enough by itself */
	m = at(&s, "q.example", AT(5000));
	assert_int_equal(m.flags, 0);
	assert_int_equal(m.claims, 2);
	assert_int_equal(tw_claims(s.snap, &m, c, 2, &found), TW_OK);
	assert_int_equal(c[0].flags + c[1].flags, TW_COMPOUND);
	unsee(&s);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(boundaries),
	    cmocka_unit_test(gaps),
	    cmocka_unit_test(claims),
	    cmocka_unit_test(seen),
	    cmocka_unit_test(short_value),
	    cmocka_unit_test(threats),
	    cmocka_unit_test(compounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
