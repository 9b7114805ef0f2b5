/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allow-lists: what files say, and which values that holds.  One table of lists
 * and of values; each row is asked of a store that all lists were loaded into.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/suffix.h"
#include "base/tstamp.h"
#include "store/allow_text.h"
#include "store/allow_write.h"
#include "store/batch.h"
#include "store/store.h"
#include "sync/allow_file.h"
#include "tests/unit/unit.h"

#define NOW (INT64_C(1767225600) * TSTAMP_SECOND)
#define DAY (INT64_C(86400) * TSTAMP_SECOND)

struct fixture {
	char folder[32], path[48];
	struct store *s;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err e = ERR_INIT;

	assert_non_null(f);
	snprintf(f->folder, sizeof(f->folder), "/tmp/allow-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/s", f->folder);
	assert_int_equal(store_open(f->path, NOW, &f->s, &e), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const tails[] = {"", "-lock", "-lease", "-filter",
	    "-loading"};
	struct fixture *f = *state;
	char name[64];
	size_t i;

	store_close(f->s);
	for (i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(name, sizeof(name), "%s%s", f->path, tails[i]);
		unlink(name);
	}
	rmdir(f->folder);
	free(f);
	return 0;
}

/* -- lists -- */

static const struct {
	const char *name, *text;
	uint8_t mode;
	unsigned entries, rejected;
} lists[] = {
	{"strings", "{\"name\":\"strings\",\"type\":\"string\",\"version\":3,"
	    "\"list\":[\"same.example\",\".dot.example\",\"not a value\","
	    "\"44d88612fea8a8f36de82e1278abb02f\",\"203.0.113.9\"],"
	    "\"matching_attributes\":[\"hostname\",\"domain|ip\",\"md5\"]}",
	    ALLOW_BLOCK, 4, 1},
	{"hosts", "{\"name\":\"hosts\",\"type\":\"hostname\","
	    "\"version\":\"20260101\",\"list\":[\"host.example\","
	    "\".lead.example\",\"gov\"],\"matching_attributes\":[\"domain\"]}",
	    ALLOW_BLOCK, 3, 0},
	{"hosts with urls", "{\"name\":\"hosts with urls\","
	    "\"type\":\"hostname\",\"list\":[\"cdn.example\"],"
	    "\"matching_attributes\":[\"hostname\",\"url\"]}", ALLOW_INFORM,
	    1, 0},
	{"nets", "{\"name\":\"nets\",\"type\":\"cidr\",\"list\":"
	    "[\"192.0.2.0/24\",\"198.51.100.7\",\"2001:db8:1::/48\","
	    "\"0.0.0.0/0\",\"192.0.2.300/24\"],"
	    "\"matching_attributes\":[\"ip-src\"]}", ALLOW_BLOCK, 3, 2},
	{"substrings", "{\"name\":\"substrings\",\"type\":\"substring\","
	    "\"list\":[\"Sandbox\",\"ab\"],"
	    "\"matching_attributes\":[\"domain\",\"url\"]}", ALLOW_BLOCK, 1,
	    1},
	{"regexes", "{\"name\":\"regexes\",\"type\":\"regex\",\"list\":"
	    "[\"/^abuse@.*$/i\",\"/(unclosed/\",\"/a/q\"],"
	    "\"matching_attributes\":[\"email-src\"]}", ALLOW_BLOCK, 1, 2},
	{"top.csv", "1,popular.example\n2,\"second.example\"\n# no\n\n"
	    "*.below.example\n!!\n", ALLOW_INFORM, 3, 1},
	{"suffixes", "// ===BEGIN ICANN DOMAINS===\nex.test\n*.wild.test\n"
	    "!not.wild.test\n// end\n", ALLOW_BLOCK, 3, 0},
};

static void
load_lists(struct fixture *f)
{
	struct allow_load *l = allow_load_new();
	struct allow_counts counts;
	struct err e = ERR_INIT;
	struct allow_file file;
	size_t i;

	assert_non_null(l);
	for (i = 0; i < ARRAY_LEN(lists); i++) {
		file = (struct allow_file){.path = lists[i].name,
		    .mode = lists[i].mode};
		if (allow_file_parse(&file, slice_str(lists[i].text), l,
		    &e) != 0)
			fail_msg("%s: %s", lists[i].name, e.text);
		if (allow_load_newest(l)->entries != lists[i].entries ||
		    allow_load_newest(l)->rejected != lists[i].rejected)
			fail_msg("%s: %ju entries, %ju rejected", lists[i].name,
			    (uintmax_t)allow_load_newest(l)->entries,
			    (uintmax_t)allow_load_newest(l)->rejected);
	}
	assert_int_equal(store_allow_load(f->s, l, false, NOW, &counts, &e), 0);
	assert_int_equal(counts.lists, ARRAY_LEN(lists));
	allow_load_free(l);
}

/* -- values -- */

/* The first thing that a text may be. */
static struct undo_value
value_of(struct arena *a, const char *text)
{
	static struct value v[12];

	if (value_detect(a, slice_str(text), VALUE_ALLOW_BOGON |
	    VALUE_ALLOW_WIDE, v, ARRAY_LEN(v)) == 0)
		fail_msg("%s is no value", text);
	return (struct undo_value){v[0].type, v[0].prefix,
	    {(const char *)v[0].key, v[0].keylen}};
}

/* "LIST how entry" of the strongest hit, or "". */
static void
ask(struct fixture *f, const char *text, int64_t now, char out[256])
{
	struct env *env = f->s->env;
	struct allow_found found;
	struct undo_value value;
	struct err e = ERR_INIT;
	struct allow_list l;
	struct allow_view v;
	struct arena arena;
	MDB_cursor *cur;
	struct buf entry;
	MDB_txn *txn;

	out[0] = '\0';
	arena_init(&arena, KIB(64));
	buf_init(&entry, KIB(4));
	value = value_of(&arena, text);
	assert_int_equal(env_begin(env, false, &txn, &e), 0);
	assert_int_equal(mdb_cursor_open(txn, env->dbi[TABLE_ALLOW], &cur), 0);
	assert_int_equal(allow_view_begin(&v, cur, now), 0);
	assert_int_equal(allow_find(&v, &value, SLICE_NONE, true, &found), 0);
	if (found.n != 0) {
		l.name = SLICE("own");
		if (found.hit[0].list == ALLOW_BUILTIN)
			l.name = SLICE("built-in");
		else if (found.hit[0].list != ALLOW_OWN)
			assert_int_equal(allow_list_get(&v, found.hit[0].list,
			    &l), 0);
		assert_int_equal(allow_hit_text(&found.hit[0], &entry), 0);
		snprintf(out, 256, "%.*s %s %s", SLICE_ARG(l.name),
		    allow_how_name(found.hit[0].how), buf_view(&entry).p);
	}
	mdb_cursor_close(cur);
	mdb_txn_abort(txn);
	buf_free(&entry);
	arena_free(&arena);
}

static void
expect(struct fixture *f, const char *text, const char *held)
{
	char got[256];

	ask(f, text, NOW, got);
	if (strcmp(got, held) != 0)
		fail_msg("%s: held by '%s', not '%s'", text, got, held);
}

static void
test_kinds(void **state)
{
	static const struct {
		const char *value, *held;
	} rows[] = {
		/* string: itself alone, unless a dot leads */
		{"same.example", "strings value same.example"},
		{"www.same.example", ""},
		{"www.dot.example", "strings parent-domain dot.example"},
		{"dot.example", "strings value dot.example"},
		{"44d88612fea8a8f36de82e1278abb02f",
		    "strings value 44d88612fea8a8f36de82e1278abb02f"},
		{"203.0.113.9", "strings value 203.0.113.9"},
		/* hostname: names below; whole labels only */
		{"a.b.host.example", "hosts parent-domain host.example"},
		{"lead.example", "hosts value lead.example"},
		{"nothost.example", ""},
		{"x.gov", "hosts parent-domain gov"},
		/* URLs: those of no path, or all where the list says so */
		{"http://host.example/", "hosts url-host host.example"},
		{"https://www.host.example", "hosts url-host host.example"},
		{"http://host.example/a", ""},
		{"http://host.example/?q", ""},
		{"http://x.cdn.example:8080/a?b",
		    "hosts with urls url-host cdn.example"},
		{"http://192.0.2.9/", "nets url-host 192.0.2.0/24"},
		{"http://192.0.2.9/x", ""},
		{"http://[2001:db8:1::1]/", "nets url-host 2001:db8:1::/48"},
		/* networks: all that is inside, never what is around */
		{"192.0.2.0", "nets network 192.0.2.0/24"},
		{"192.0.2.255", "nets network 192.0.2.0/24"},
		{"192.0.1.255", ""},
		{"192.0.3.0", ""},
		{"192.0.2.128/25", "nets network 192.0.2.0/24"},
		{"192.0.2.0/24", "nets value 192.0.2.0/24"},
		{"192.0.2.0/23", ""},
		{"198.51.100.7", "nets value 198.51.100.7"},
		{"198.51.100.0/24", ""},
		{"2001:db8:1:ffff::1", "nets network 2001:db8:1::/48"},
		{"2001:db8:2::1", ""},
		/* lines: itself alone; "rank,domain" */
		{"popular.example", "top.csv value popular.example"},
		{"www.popular.example", ""},
		{"second.example", "top.csv value second.example"},
		{"x.below.example", "top.csv parent-domain below.example"},
		/* public suffixes: bare ones */
		{"ex.test", "suffixes value ex.test"},
		{"x.ex.test", ""},
		{"any.wild.test", "suffixes parent-domain *.wild.test"},
		{"x.any.wild.test", ""},
		{"not.wild.test", ""},
		{"co.uk", "built-in public-suffix co.uk"},
		{"bbc.co.uk", ""},
		{"github.io", "built-in public-suffix github.io"},
	};
	struct fixture *f = *state;
	size_t i;

	load_lists(f);
	for (i = 0; i < ARRAY_LEN(rows); i++)
		expect(f, rows[i].value, rows[i].held);
}

/* -- entries made by hand -- */

static void
add(struct fixture *f, const char *text, unsigned scope, uint8_t mode,
    uint8_t cap, int64_t expires)
{
	struct allow_own own = {.mode = mode, .cap = cap, .added = NOW,
	    .expires = expires, .who = SLICE("me"), .reason = SLICE("why")};
	struct err e = ERR_INIT;
	struct undo_value v;
	struct arena arena;

	arena_init(&arena, KIB(64));
	v = value_of(&arena, text);
	assert_int_equal(store_allow_add(f->s, &v, scope, &own, &e), 0);
	arena_free(&arena);
}

static void
test_own(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	struct undo_value v;
	struct arena arena;
	char got[256];
	bool found;

	add(f, "own.example", ALLOW_SELF | ALLOW_BELOW, ALLOW_BLOCK, 0,
	    NOW + DAY);
	expect(f, "own.example", "own value own.example");
	expect(f, "a.own.example", "own parent-domain own.example");
	/* It ends by the clock, to the nanosecond, and nothing is written. */
	ask(f, "own.example", NOW + DAY - 1, got);
	assert_string_equal(got, "own value own.example");
	ask(f, "own.example", NOW + DAY, got);
	assert_string_equal(got, "");
	/* Said anew of the same value: that counts. */
	add(f, "own.example", ALLOW_SELF, ALLOW_INFORM, 0, TSTAMP_NEVER);
	expect(f, "a.own.example", "");
	ask(f, "own.example", NOW + DAY, got);
	assert_string_equal(got, "own value own.example");
	arena_init(&arena, KIB(64));
	v = value_of(&arena, "own.example");
	assert_int_equal(store_allow_remove(f->s, &v, &found, &e), 0);
	assert_true(found);
	assert_int_equal(store_allow_remove(f->s, &v, &found, &e), 0);
	assert_false(found);
	arena_free(&arena);
	expect(f, "own.example", "");
}

/* Block before the lowest cap before inform, whoever says it. */
static void
test_strength(void **state)
{
	struct fixture *f = *state;

	load_lists(f);
	expect(f, "popular.example", "top.csv value popular.example");
	add(f, "popular.example", ALLOW_SELF, ALLOW_CAP, 30, TSTAMP_NEVER);
	expect(f, "popular.example", "own value popular.example");
	add(f, "same.example", ALLOW_SELF, ALLOW_CAP, 0, TSTAMP_NEVER);
	expect(f, "same.example", "strings value same.example");
	add(f, "192.0.2.7", ALLOW_SELF, ALLOW_BLOCK, 0, TSTAMP_NEVER);
	expect(f, "192.0.2.7", "own value 192.0.2.7");
}

/* -- loading again -- */

static void
load_one(struct fixture *f, const char *path, const char *text, bool config,
    struct allow_counts *counts)
{
	struct allow_file file = {.path = path, .mode = ALLOW_BLOCK,
	    .flags = config ? ALLOW_LIST_CONFIG : 0};
	struct allow_load *l = allow_load_new();
	struct err e = ERR_INIT;

	assert_non_null(l);
	if (text != NULL)
		assert_int_equal(allow_file_parse(&file, slice_str(text), l,
		    &e), 0);
	assert_int_equal(store_allow_load(f->s, l, config, NOW, counts, &e), 0);
	allow_load_free(l);
}

static void
test_again(void **state)
{
	struct fixture *f = *state;
	struct allow_counts counts;
	struct err e = ERR_INIT;
	bool found;

	load_one(f, "one", "a.example\nb.example\n10.0.0.0/8\n", false,
	    &counts);
	assert_int_equal(counts.added, 3);
	load_one(f, "two", "b.example\n", true, &counts);
	load_one(f, "one", "b.example\nc.example\n", false, &counts);
	assert_int_equal(counts.added, 1);
	assert_int_equal(counts.removed, 2);
	expect(f, "a.example", "");
	expect(f, "10.1.2.3", "");
	expect(f, "b.example", "one value b.example");
	expect(f, "c.example", "one value c.example");
	/* The configuration names another list now: the old one goes, and what
	 * was loaded by hand stays. */
	load_one(f, "three", "d.example\n", true, &counts);
	assert_int_equal(counts.gone, 1);
	expect(f, "d.example", "three value d.example");
	assert_int_equal(store_allow_drop(f->s, SLICE("one"), &found, &e), 0);
	assert_true(found);
	expect(f, "b.example", "");
	assert_int_equal(store_allow_drop(f->s, SLICE("one"), &found, &e), 0);
	assert_false(found);
	load_one(f, "", NULL, true, &counts);
	expect(f, "d.example", "");
}

/* -- patterns -- */

static void
test_patterns(void **state)
{
	static const struct {
		bool regex, caseless;
		const char *pattern, *text;
		bool matches;
	} rows[] = {
		{false, true, "evil", "an-EVIL-name", true},
		{false, true, "evil", "evi", false},
		{false, true, "evil", "evil", true},
		{true, false, "^a.c$", "abc", true},
		{true, false, "^a.c$", "ABC", false},
		{true, true, "^a.c$", "ABC", true},
		/* more steps than one value is worth: not held */
		{true, false, "^(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
		    false},
	};
	struct allow_text_hit hit[2];
	struct allow_text *t;
	struct err e = ERR_INIT;
	unsigned n;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct allow_pattern p = {.regex = rows[i].regex,
		    .caseless = rows[i].caseless,
		    .types = UINT64_C(1) << VALUE_DOMAIN,
		    .text = slice_str(rows[i].pattern)};

		t = allow_text_new();
		assert_non_null(t);
		assert_int_equal(allow_text_add(t, 7, 9, &p, &e), 0);
		n = allow_text_match(t, VALUE_DOMAIN, slice_str(rows[i].text),
		    hit, 2);
		if (n != rows[i].matches)
			fail_msg("'%s' in '%s': %u", rows[i].pattern,
			    rows[i].text, n);
		/* Not of a type that is meant. */
		assert_int_equal(allow_text_match(t, VALUE_URL,
		    slice_str(rows[i].text), hit, 2), 0);
		allow_text_free(t);
	}
	t = allow_text_new();
	assert_int_equal(allow_text_add(t, 1, 1, &(struct allow_pattern){
	    .text = SLICE("ab"), .types = 2}, &e), -1);
	err_clear(&e);
	assert_int_equal(allow_text_add(t, 1, 1, &(struct allow_pattern){
	    .regex = true, .text = SLICE("(a"), .types = 2}, &e), -1);
	allow_text_free(t);
}

/* -- the table of suffixes, and modes -- */

static void
test_words(void **state)
{
	static const struct {
		const char *name;
		bool known;
	} rows[] = {{"co.uk", true}, {"000webhostapp.com", true},
	    {"zapto.org", true}, {"x.co.uk", false}, {"uk", false},
	    {"example.com", false}, {"com.co.uk", false}};
	uint8_t wire[SUFFIX_WIRE_MAX], mode, cap;
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		n = suffix_wire(slice_str(rows[i].name), wire);
		assert_true(n != 0);
		assert_int_equal(suffix_known(wire, n), rows[i].known);
	}
	assert_int_equal(suffix_wire(SLICE("a b"), wire), 0);
	assert_int_equal(allow_file_mode(SLICE("cap:30"), &mode, &cap), 0);
	assert_int_equal(mode, ALLOW_CAP);
	assert_int_equal(cap, 30);
	assert_int_equal(allow_file_mode(SLICE("cap:101"), &mode, &cap), -1);
	assert_int_equal(allow_file_mode(SLICE("cap"), &mode, &cap), -1);
	assert_int_equal(allow_file_mode(SLICE("inform"), &mode, &cap), 0);
	assert_int_equal(allow_file_mode(SLICE("deny"), &mode, &cap), -1);
}

static void
test_no_list(void **state)
{
	static const char *const texts[] = {"", "{", "{}", "{\"name\":\"x\"}",
	    "{\"name\":\"x\",\"type\":\"other\",\"list\":[]}",
	    "{\"name\":\"own\",\"type\":\"string\",\"list\":[]}",
	    "no value at all!\n", "{\"type\":\"cidr\",\"list\":[]}"};
	struct allow_file file = {.path = "f", .mode = ALLOW_BLOCK};
	struct allow_load *l;
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		l = allow_load_new();
		assert_non_null(l);
		err_clear(&e);
		if (allow_file_parse(&file, slice_str(texts[i]), l, &e) == 0)
			fail_msg("'%s' was taken", texts[i]);
		assert_true(e.code == ERR_SYNTAX);
		allow_load_free(l);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strength, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
