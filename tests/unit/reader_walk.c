/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks over values, objects, sources, polls and changes. */
#include "tests/unit/reader_fixture.h"

#include <stdio.h>

#include "store/env.h"

#define MANY 300

/* MANY domains and a few others. */
static void
fill(struct fixture *f)
{
	struct fixture_object o = {.values = NULL};
	char lines[128];
	int i;

	f->raw = true;
	fixture_begin(f, "feed");
	for (i = 0; i < MANY; i++) {
		char json[128], name[32];

		snprintf(lines, sizeof(lines), "domain-name=d%03d.example", i);
		snprintf(name, sizeof(name), "object %d", i);
		snprintf(json, sizeof(json), "{\"n\": %d}", i);
		o = (struct fixture_object){.values = lines, .name = name,
		    .json = json, .label = "l"};
		fixture_add(f, &o);
		if (i == MANY / 2)
			fixture_commit(f);
	}
	fixture_add(f, &(struct fixture_object){
	    .values = "ipv4-addr=198.51.100.0/24\nipv4-addr=198.51.100.1\n"
	        "ipv6-addr=2001:db8::/32\nurl=http://A.example/Path"});
	fixture_add(f, &(struct fixture_object){
	    .values = "ipv4-addr=198.51.100.2", .flags = OBJ_REVOKED});
	fixture_end(f);
}

static void
values(void **state)
{
	struct tw_cursor c, v4;
	struct tw_match m;
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;
	char text[256], want[64];
	int i, domains, rc, renew;

	(void)state;
	fixture_open(&f);
	fill(&f);
	fixture_read(&f, 5000, &store, &snap);
	/* in one view, and with a renewal between any two steps */
	for (renew = 0; renew < 2; renew++) {
		memset(&c, 0, sizeof(c));
		for (i = domains = 0; (rc = tw_value_next(snap, &c, 0, &m)) ==
		    TW_OK; i++) {
			tw_value_text(snap, &m, text, sizeof(text));
			if (m.type == tw_type_code("domain-name")) {
				snprintf(want, sizeof(want), "d%03d.example",
				    domains++);
				assert_string_equal(text, want);
			}
			if (renew)
				assert_int_equal(tw_snapshot_renew(snap),
				    TW_OK);
		}
		assert_int_equal(rc, TW_END);
		assert_int_equal(domains, MANY);
		assert_int_equal(i, MANY + 5);
		assert_int_equal(tw_value_next(snap, &c, 0, &m), TW_END);
	}
	/* one type: its addresses, then its networks */
	memset(&c, 0, sizeof(c));
	for (i = 0; tw_value_next(snap, &c, tw_type_code("ipv4-addr"), &m) ==
	    TW_OK; i++) {
		tw_value_text(snap, &m, text, sizeof(text));
		assert_string_equal(text, i == 0 ? "198.51.100.1"
		    : i == 1 ? "198.51.100.2" : "198.51.100.0/24");
		assert_int_equal(m.prefix, i < 2 ? 32 : 24);
		assert_int_equal(m.state, i == 1 ? TW_REVOKED : TW_ACTIVE);
		if (i == 0)
			v4 = c;
	}
	assert_int_equal(i, 3);
	/* a cursor is a place: it can be gone back to, among others */
	assert_int_equal(tw_value_next(snap, &v4, tw_type_code("ipv4-addr"),
	    &m), TW_OK);
	tw_value_text(snap, &m, text, sizeof(text));
	assert_string_equal(text, "198.51.100.2");
	memset(&c, 0, sizeof(c));
	assert_int_equal(tw_value_next(snap, &c, tw_type_code("url"), &m),
	    TW_OK);
	tw_value_text(snap, &m, text, sizeof(text));
	assert_string_equal(text, "http://a.example/Path");
	memset(&c, 0, sizeof(c));
	assert_int_equal(tw_value_next(snap, &c, tw_type_code("sha1"), &m),
	    TW_END);
	memset(&c, 0xff, sizeof(c));
	assert_int_equal(tw_value_next(snap, &c, 0, &m), TW_ARGUMENT);
	assert_int_equal(tw_value_next(snap, &c, -1, &m), TW_ARGUMENT);
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

static void
objects(void **state)
{
	struct tw_object o;
	struct tw_cursor c;
	struct tw_str a;
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;
	char want[64];
	size_t pos;
	int i, pass;

	(void)state;
	fixture_open(&f);
	fill(&f);
	fixture_read(&f, 5000, &store, &snap);
	for (pass = 0; pass < 2; pass++) {
		memset(&c, 0, sizeof(c));
		for (i = 0; tw_object_next(snap, &c, pass, &o) == TW_OK; i++) {
			if (i >= MANY) {
				assert_null(o.json.p);
				continue;
			}
			snprintf(want, sizeof(want), "object %d", i);
			assert_string_equal(text_of(o.name), want);
			assert_string_equal(text_of(o.type), "indicator");
			assert_string_equal(text_of(o.source), "feed");
			snprintf(want, sizeof(want), "{\"n\": %d}", i);
			if (pass == 0)
				assert_null(o.json.p);
			else
				assert_string_equal(text_of(o.json), want);
			pos = 0;
			assert_int_equal(tw_claim_item(snap, &o.claim,
			    TW_LABELS, &pos, &a, NULL), TW_OK);
			assert_string_equal(text_of(a), "l");
			if (i % 7 == 0)
				assert_int_equal(tw_snapshot_renew(snap),
				    TW_OK);
		}
		assert_int_equal(i, MANY + 2);
	}
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

#define ID "malware--33333333-3333-4333-8333-333333333333"

static void
object_by_id(void **state)
{
	static const struct fixture_object a[] = {
	    {.id = ID, .name = "a", .modified = 3000, .json = "{\"a\": 1}"},
	    {.id = "X-custom--not-a-uuid", .name = "odd"},
	    {.id = NULL}};
	static const struct fixture_object b[] = {
	    {.id = ID, .name = "b", .modified = 2000, .json = "{\"b\": 1}",
	        .flags = OBJ_REVOKED},
	    {.id = NULL}};
	struct tw_object o;
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;

	(void)state;
	fixture_open(&f);
	f.raw = true;
	fixture_poll(&f, "a", a);
	fixture_poll(&f, "b", b);
	fixture_read(&f, 5000, &store, &snap);
	assert_int_equal(tw_object_get(snap, ID, NULL, &o), TW_OK);
	assert_string_equal(text_of(o.name), "a"); /* the newest modified */
	assert_string_equal(text_of(o.json), "{\"a\": 1}");
	assert_int_equal(o.modified, AT(3000));
	assert_int_equal(tw_object_get(snap, ID, "b", &o), TW_OK);
	assert_string_equal(text_of(o.json), "{\"b\": 1}");
	assert_int_equal(o.revoked, 1);
	assert_int_equal(tw_object_get(snap, ID, "c", &o), TW_NOT_FOUND);
	assert_int_equal(tw_object_get(snap,
	    "malware--33333333-3333-4333-8333-333333333334", NULL, &o),
	    TW_NOT_FOUND);
	assert_int_equal(tw_object_get(snap, "X-custom--not-a-uuid", NULL,
	    &o), TW_OK);
	assert_string_equal(text_of(o.id), "X-custom--not-a-uuid");
	assert_string_equal(text_of(o.type), "X-custom");
	assert_int_equal(tw_object_get(snap, "", NULL, &o), TW_MALFORMED);
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

/* Tell what happened as "+a.example ~b.example -c.example ". */
static int
changes(tw_snapshot *snap, struct tw_change_cursor *c, int max, char *out,
    size_t size)
{
	struct tw_change ch;
	size_t at = 0;
	int rc = TW_OK;

	out[0] = '\0';
	while (max-- > 0 && (rc = tw_change_next(snap, c, &ch)) == TW_OK)
		at += (size_t)snprintf(out + at, size - at, "%c%.99s ",
		    " +~-"[ch.op], ch.text);
	return rc;
}

static void
change_pages(void **state)
{
	static const struct fixture_object one[] = {
	    {.values = "domain-name=a.example", .id =
	        "indicator--11111111-1111-4111-8111-111111111111"},
	    {.values = "domain-name=b.example"},
	    {.values = NULL}};
	static const struct fixture_object two[] = {
	    {.values = "ipv4-addr=198.51.100.0/24", .modified = 2000, .id =
	        "indicator--11111111-1111-4111-8111-111111111111"},
	    {.values = "domain-name=b.example", .confidence = 7},
	    {.values = NULL}};
	struct tw_change_cursor x = {0}, y = {0};
	struct tw_status status;
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;
	uint64_t generation;
	char got[512];

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", one);
	fixture_read(&f, 5000, &store, &snap);
	assert_int_equal(changes(snap, &x, 99, got, sizeof(got)), TW_END);
	assert_string_equal(got, "+a.example +b.example ");
	assert_int_equal(tw_status(snap, &status), TW_OK);
	assert_int_equal(x.generation, status.generation);
	assert_int_equal(changes(snap, &x, 99, got, sizeof(got)), TW_END);
	assert_string_equal(got, "");
	/* the other one stops in the middle of the generation, which then
	 * grows a successor */
	assert_int_equal(changes(snap, &y, 1, got, sizeof(got)), TW_OK);
	assert_string_equal(got, "+a.example ");
	fixture_poll(&f, "feed", two);
	assert_int_equal(changes(snap, &x, 99, got, sizeof(got)), TW_END);
	assert_string_equal(got, ""); /* the view is still the old one */
	assert_int_equal(tw_snapshot_renew(snap), TW_OK);
	assert_int_equal(changes(snap, &x, 99, got, sizeof(got)), TW_END);
	assert_string_equal(got,
	    "-a.example ~b.example +198.51.100.0/24 ");
	assert_int_equal(changes(snap, &y, 99, got, sizeof(got)), TW_END);
	assert_string_equal(got,
	    "+b.example -a.example ~b.example +198.51.100.0/24 ");
	assert_int_equal(x.generation, y.generation);
	assert_int_equal(tw_generation(store, &generation), TW_OK);
	assert_int_equal(x.generation, generation);
	/* another store, or an older copy of this one */
	x.generation += 5;
	assert_int_equal(changes(snap, &x, 99, got, sizeof(got)), TW_RESYNC);
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

/* Pretend that the log was shortened. */
static void
set_oldest(const struct fixture *f, uint64_t oldest)
{
	struct err e = ERR_INIT;
	struct head head;
	struct env *env;
	MDB_txn *txn;

	assert_int_equal(env_open(f->path, ENV_WRITE, &env, &e), 0);
	assert_int_equal(env_begin(env, true, &txn, &e), 0);
	assert_int_equal(head_read(env, txn, &head, &e), 0);
	head.oldest_change = oldest;
	assert_int_equal(head_write(env, txn, &head, &e), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	env_close(env);
}

static void
resync(void **state)
{
	static const struct fixture_object one[] = {
	    {.values = "domain-name=a.example\ndomain-name=b.example"},
	    {.values = NULL}};
	static const struct fixture_object two[] = {
	    {.values = "domain-name=c.example"}, {.values = NULL}};
	struct tw_change_cursor start = {0}, mid = {0}, last = {0};
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;
	uint64_t first, second;
	char got[512];

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", one);
	fixture_read(&f, 5000, &store, &snap);
	assert_int_equal(tw_generation(store, &first), TW_OK);
	assert_int_equal(changes(snap, &mid, 1, got, sizeof(got)), TW_OK);
	last.generation = first;
	fixture_poll(&f, "feed", two);
	assert_int_equal(tw_generation(store, &second), TW_OK);
	assert_true(second > first);
	set_oldest(&f, first + 1);
	assert_int_equal(tw_snapshot_renew(snap), TW_OK);
	assert_int_equal(changes(snap, &start, 9, got, sizeof(got)),
	    TW_RESYNC);
	assert_int_equal(changes(snap, &mid, 9, got, sizeof(got)), TW_RESYNC);
	assert_int_equal(changes(snap, &last, 9, got, sizeof(got)), TW_END);
	assert_string_equal(got, "+c.example ");
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

static void
sources(void **state)
{
	static const struct fixture_object one[] = {
	    {.values = "domain-name=a.example"}, {.values = NULL}};
	struct tw_status status;
	struct tw_source src;
	struct tw_poll poll;
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;
	struct tw_str name;
	const char *reason;
	uint16_t id = 0;
	uint32_t n = 0;
	uint64_t count;
	size_t pos = 0;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "one", one);
	fixture_poll(&f, "one", one);
	fixture_begin(&f, "two");
	store_poll_reject(f.poll, REJECT_JSON, LOSS_ENTRY, 3);
	store_poll_reject(f.poll, REJECT_NO_ID, LOSS_ENTRY, 4);
	store_poll_deviation(f.poll, "cursor-number", 2);
	store_poll_deviation(f.poll, "date-format", 1);
	store_poll_deviation(f.poll, "cursor-number", 3);
	fixture_add(&f, &one[0]);
	fixture_end(&f);
	fixture_read(&f, 5000, &store, &snap);
	assert_int_equal(tw_source_next(snap, &id, &src), TW_OK);
	assert_string_equal(text_of(src.name), "one");
	assert_string_equal(text_of(src.kind), "stix");
	assert_string_equal(text_of(src.state), "ok");
	assert_string_equal(text_of(src.error), "");
	assert_int_equal(src.polls, 2);
	assert_int_equal(src.claims, 2);
	assert_int_equal(tw_source_next(snap, &id, &src), TW_OK);
	assert_string_equal(text_of(src.name), "two");
	assert_int_equal(src.rejected, 7);
	assert_int_equal(src.last_success, f.now);
	assert_int_equal(tw_poll_reject(snap, src.id, 1, &pos, &reason,
	    &count), TW_OK);
	assert_string_equal(reason, reject_name(REJECT_JSON));
	assert_int_equal(count, 3);
	assert_int_equal(tw_poll_reject(snap, src.id, 1, &pos, &reason,
	    &count), TW_OK);
	assert_int_equal(count, 4);
	assert_int_equal(tw_poll_reject(snap, src.id, 1, &pos, &reason,
	    &count), TW_END);
	assert_int_equal(tw_poll_reject(snap, 99, 1, &pos, &reason, &count),
	    TW_NOT_FOUND);
	pos = 0;
	assert_int_equal(tw_poll_deviation(snap, src.id, 1, &pos, &name,
	    &count), TW_OK);
	assert_string_equal(text_of(name), "cursor-number");
	assert_int_equal(count, 5);
	assert_int_equal(tw_poll_deviation(snap, src.id, 1, &pos, &name,
	    &count), TW_OK);
	assert_string_equal(text_of(name), "date-format");
	assert_int_equal(tw_poll_deviation(snap, src.id, 1, &pos, &name,
	    &count), TW_END);
	assert_int_equal(tw_source_next(snap, &id, &src), TW_END);
	id = UINT16_MAX;
	assert_int_equal(tw_source_next(snap, &id, &src), TW_END);
	/* newest first */
	id = 0;
	assert_int_equal(tw_source_next(snap, &id, &src), TW_OK);
	assert_int_equal(tw_poll_next(snap, id, &n, &poll), TW_OK);
	assert_int_equal(poll.poll, 2);
	assert_int_equal(poll.complete, 1);
	assert_int_equal(tw_poll_next(snap, id, &n, &poll), TW_OK);
	assert_int_equal(poll.poll, 1);
	assert_int_equal(poll.added, 1);
	assert_int_equal(tw_poll_next(snap, id, &n, &poll), TW_END);
	assert_int_equal(tw_status(snap, &status), TW_OK);
	assert_int_equal(strlen(status.uuid), 36);
	assert_int_equal(status.values, 1);
	assert_int_equal(status.claims, 3);
	assert_int_equal(status.objects, 3);
	assert_true(status.readers >= 1);
	assert_true(status.bytes > 0);
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values),
	    cmocka_unit_test(objects),
	    cmocka_unit_test(object_by_id),
	    cmocka_unit_test(change_pages),
	    cmocka_unit_test(resync),
	    cmocka_unit_test(sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
