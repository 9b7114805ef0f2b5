/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What several sources come to together, and what a TLP ceiling leaves of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/tlp.h"
#include "base/tstamp.h"
#include "store/bytes.h"
#include "taxiway.h"
#include "tests/unit/store_fixture.h"

#define NONE TW_UNKNOWN
#define CLAIMS 4

/* One source's claim on the one value. */
struct said {
	uint8_t confidence, tlp;     /* of the object */
	uint8_t reliability;         /* of the source: 0, 1 … 6 */
	const char *group;
	uint8_t default_tlp;
	uint16_t flags;              /* enum object_flag */
	int64_t until;               /* 0: no end */
};

struct row {
	const char *name;
	struct said said[CLAIMS];    /* confidence 0 and reliability 0 end it */
	int ceiling;                 /* 0: none */
	/* what is to be told at time 100; claims 0: no match at all */
	unsigned claims, active, groups;
	uint8_t confidence, fused, tlp;
	int state;
};

static const struct row rows[] = {
	{"one", {{.confidence = 70}}, 0, 1, 1, 1, 70, 70, 0, TW_ACTIVE},
	{"nobody says how sure", {{.confidence = NONE}, {.confidence = NONE}},
	    0, 2, 2, 2, NONE, NONE, 0, TW_ACTIVE},
	{"one does", {{.confidence = NONE}, {.confidence = 40}},
	    0, 2, 2, 2, 40, 40, 0, TW_ACTIVE},
	{"two", {{.confidence = 50}, {.confidence = 60}},
	    0, 2, 2, 2, 60, 80, 0, TW_ACTIVE},
	{"mirrors count once", {{.confidence = 50, .group = "m"},
	    {.confidence = 60, .group = "m"}},
	    0, 2, 2, 1, 60, 60, 0, TW_ACTIVE},
	{"mirrors and another", {{.confidence = 50, .group = "m"},
	    {.confidence = 60, .group = "m"}, {.confidence = 50}},
	    0, 3, 3, 2, 60, 80, 0, TW_ACTIVE},
	{"two groups", {{.confidence = 50, .group = "m"},
	    {.confidence = 50, .group = "n"}},
	    0, 2, 2, 2, 50, 75, 0, TW_ACTIVE},
	{"a group of the name of nothing",
	    {{.confidence = 50}, {.confidence = 50}},
	    0, 2, 2, 2, 50, 75, 0, TW_ACTIVE},
	{"reliability", {{.confidence = 100, .reliability = 1},
	    {.confidence = 100, .reliability = 5}},
	    0, 2, 2, 2, 100, 100, 0, TW_ACTIVE},
	{"of B", {{.confidence = 100, .reliability = 2}},
	    0, 1, 1, 1, 100, 85, 0, TW_ACTIVE},
	{"of C and D", {{.confidence = 80, .reliability = 3},
	    {.confidence = 50, .reliability = 4}},
	    0, 2, 2, 2, 80, 62, 0, TW_ACTIVE},
	{"of E, and one that cannot be judged",
	    {{.confidence = 100, .reliability = 5},
	    {.confidence = 100, .reliability = 6}},
	    0, 2, 2, 2, 100, 55, 0, TW_ACTIVE},
	{"no confidence is not no certainty",
	    {{.reliability = 1}, {.confidence = 30}},
	    0, 2, 2, 2, 30, 30, 0, TW_ACTIVE},
	{"what is over does not count", {{.confidence = 90, .until = 50},
	    {.confidence = 40}}, 0, 2, 1, 1, 40, 40, 0, TW_ACTIVE},
	{"nor what is revoked", {{.confidence = 90, .flags = OBJ_REVOKED},
	    {.confidence = 40}}, 0, 2, 1, 1, 40, 40, 0, TW_ACTIVE},
	{"benign is never active", {{.confidence = 90, .flags = OBJ_BENIGN}},
	    0, 1, 0, 0, 90, NONE, 0, TW_BENIGN},
	{"benign beside bad", {{.confidence = 90, .flags = OBJ_BENIGN},
	    {.confidence = 30}}, 0, 2, 1, 1, 30, 30, 0, TW_ACTIVE},
	/* ceilings */
	{"below", {{.confidence = 70, .tlp = TLP_GREEN}}, TLP_GREEN,
	    1, 1, 1, 70, 70, TLP_GREEN, TW_ACTIVE},
	{"above", {{.confidence = 70, .tlp = TLP_AMBER}}, TLP_GREEN,
	    0, 0, 0, 0, 0, 0, 0},
	{"not marked", {{.confidence = 70}}, TLP_RED, 0, 0, 0, 0, 0, 0, 0},
	{"marked by its source",
	    {{.confidence = 70, .default_tlp = TLP_GREEN}}, TLP_GREEN,
	    1, 1, 1, 70, 70, TLP_GREEN, TW_ACTIVE},
	{"its own mark before its source's", {{.confidence = 70,
	    .tlp = TLP_RED, .default_tlp = TLP_GREEN}}, TLP_AMBER,
	    0, 0, 0, 0, 0, 0, 0},
	{"the surer one is withheld",
	    {{.confidence = 90, .tlp = TLP_RED},
	    {.confidence = 40, .tlp = TLP_CLEAR}}, TLP_GREEN,
	    1, 1, 1, 40, 40, TLP_CLEAR, TW_ACTIVE},
	{"the live one is withheld",
	    {{.confidence = 90, .tlp = TLP_RED},
	    {.confidence = 40, .tlp = TLP_CLEAR, .until = 50}}, TLP_GREEN,
	    1, 0, 0, 40, NONE, TLP_CLEAR, TW_EXPIRED},
	{"the revoked one is withheld",
	    {{.confidence = 90, .tlp = TLP_CLEAR},
	    {.confidence = 40, .tlp = TLP_RED, .flags = OBJ_REVOKED}},
	    TLP_GREEN, 1, 1, 1, 90, 90, TLP_CLEAR, TW_ACTIVE},
	{"all are withheld", {{.confidence = 90, .tlp = TLP_RED},
	    {.confidence = 40, .tlp = TLP_AMBER_STRICT}}, TLP_AMBER,
	    0, 0, 0, 0, 0, 0, 0},
	{"three, of which two may be told",
	    {{.confidence = 50, .tlp = TLP_CLEAR},
	    {.confidence = 60, .tlp = TLP_GREEN},
	    {.confidence = 99, .tlp = TLP_AMBER}}, TLP_GREEN,
	    2, 2, 2, 60, 80, TLP_CLEAR, TW_ACTIVE},
};

static void
tell(struct fixture *x, unsigned n, const struct said *s)
{
	char name[16];
	struct store_source src = {.name = name, .kind = "stix", .url = "u",
	    .collection = "", .default_tlp = s->default_tlp,
	    .reliability = s->reliability, .group = s->group};
	struct object_rec head = {.id = id_of(STIX_INDICATOR, n),
	    .flags = (uint16_t)(OBJ_CLAIMS | s->flags),
	    .confidence = s->confidence, .tlp = s->tlp, .created = 1,
	    .modified = 1, .valid_from = 1,
	    .valid_until = s->until != 0 ? s->until : TSTAMP_NONE, .hash = n};
	static const uint8_t key[4] = {198, 51, 100, 7};
	struct object_value v = {.value = {.type = VALUE_IPV4, .prefix = 32,
	    .keylen = 4, .key = key}};
	struct store_poll *p;
	struct err e = ERR_INIT;

	snprintf(name, sizeof(name), "source%u", n);
	if (store_poll_begin(x->s, &src, 10, &p, &e) != 0)
		fail_msg("%s", e.text);
	buf_reset(&x->rec);
	object_rec_begin(&x->rec, &head);
	object_rec_add_value(&x->rec, &v);
	fixture_add(p, buf_view(&x->rec));
	poll_done(p);
}

static void
check(const struct row *r, tw_snapshot *snap)
{
	static const uint8_t addr[4] = {198, 51, 100, 7};
	struct tw_cursor cursor = {0};
	struct tw_claim claims[CLAIMS];
	struct tw_quality q;
	struct tw_object o;
	struct tw_match m;
	size_t found, n;
	uint64_t active;

	assert_int_equal(tw_lookup_addr(snap, addr, 4, &m, 1, &found), TW_OK);
	assert_int_equal(tw_count_active(snap, 0, &active), TW_OK);
	if (found != (r->claims != 0) || active != (r->active != 0))
		fail_msg("%s: %zu matches, %u active", r->name, found,
		    (unsigned)active);
	assert_int_equal(tw_lookup_addr(snap, addr, 4, NULL, 0, &n), TW_OK);
	assert_int_equal(n, found);
	assert_int_equal(tw_value_next(snap, &cursor, 0, &m),
	    found != 0 ? TW_OK : TW_END);
	memset(&cursor, 0, sizeof(cursor));
	for (n = 0; tw_object_next(snap, &cursor, 0, &o) == TW_OK; n++)
		;
	assert_int_equal(n, r->claims);
	if (found == 0)
		return;
	assert_int_equal(tw_claims(snap, &m, claims, CLAIMS, &n), TW_OK);
	assert_int_equal(n, r->claims);
	assert_int_equal(tw_claims(snap, &m, NULL, 0, &n), TW_OK);
	assert_int_equal(n, r->claims);
	assert_int_equal(tw_qualify(snap, &m, &q), TW_OK);
	if (m.state != r->state || m.confidence != r->confidence ||
	    m.tlp != r->tlp || m.claims != r->claims ||
	    q.claims != r->active || q.groups != r->groups ||
	    q.fused != r->fused)
		fail_msg("%s: state %u, confidence %u, TLP %u, %u claims; "
		    "%u active, %u groups, fused %u", r->name, m.state,
		    m.confidence, m.tlp, m.claims, q.claims, q.groups,
		    q.fused);
	assert_int_equal(q.score, r->active != 0 ? r->confidence : NONE);
	assert_int_equal(m.active, r->active != 0);
}

static void
test_rows(void **state)
{
	struct fixture *x;
	tw_snapshot *snap;
	tw_store *tw;
	void *own;
	size_t i;
	unsigned k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(fixture_set_up(&own), 0);
		x = own;
		for (k = 0; k < CLAIMS && (rows[i].said[k].confidence != 0 ||
		    rows[i].said[k].reliability != 0); k++)
			tell(x, k + 1, &rows[i].said[k]);
		assert_int_equal(tw_open(x->f.store, 0, &tw, NULL), TW_OK);
		assert_int_equal(tw_snapshot_begin(tw, &snap), TW_OK);
		tw_snapshot_at(snap, 100);
		tw_snapshot_tlp_max(snap, rows[i].ceiling);
		check(&rows[i], snap);
		tw_snapshot_end(snap);
		tw_close(tw);
		fixture_tear_down(&own);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
