/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "stix/object.h"
#include "stix_nasty.h"
#include "stix_random.h"
#include "stix_reference.h"

#define UUID "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"

struct fixture {
	struct arena arena;
	struct stix_object o;
	struct err e;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	arena_init(&f->arena, MIB(16));
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->arena);
	free(f);
	return 0;
}

static int
scan(struct fixture *f, const char *text)
{
	err_clear(&f->e);
	arena_reset(&f->arena);
	return stix_object_scan(&f->arena, slice_str(text), &f->o, &f->e);
}

static void
assert_text(struct slice got, const char *want)
{
	if (want == NULL) {
		assert_null(got.p);
		return;
	}
	if (!slice_is(got, want))
		fail_msg("\"%.*s\" is not \"%s\"", SLICE_ARG(got), want);
}

static int64_t
when(const char *text)
{
	int64_t t = 0;

	assert_int_equal(tstamp_parse(slice_str(text), &t), 0);
	return t;
}

static void
indicator_21(void **state)
{
	struct fixture *f = *state;
	struct stix_object *o = &f->o;

	assert_int_equal(scan(f, "{\"type\":\"indicator\",\"spec_version\":"
	    "\"2.1\",\"id\":\"indicator--" UUID "\",\"created_by_ref\":"
	    "\"identity--x\",\"created\":\"2020-01-01T00:00:00Z\","
	    "\"modified\":\"2021-01-01T00:00:00.5Z\",\"name\":\"C2\","
	    "\"description\":\"a \\\"b\\\" \\u00e9\\ud83d\\ude00\\n\","
	    "\"pattern\":\"[url:value = 'http://x.example/']\","
	    "\"pattern_type\":\"sigma\",\"valid_from\":"
	    "\"2021-01-02T00:00:00Z\",\"valid_until\":"
	    "\"2022-01-02T00:00:00Z\",\"revoked\":true,\"confidence\":85,"
	    "\"labels\":[\"a\",\"b\"],\"indicator_types\":[\"c\"],"
	    "\"object_marking_refs\":[\"m1\",\"m2\"],"
	    "\"granular_markings\":[{\"marking_ref\":\"g\",\"selectors\":"
	    "[\"name\",\"pattern\"]},{\"lang\":\"fr\"}],"
	    "\"kill_chain_phases\":[{\"kill_chain_name\":\"k\","
	    "\"phase_name\":\"p\"}]}"), 0);
	assert_int_equal(o->type_code, STIX_INDICATOR);
	assert_text(o->id, "indicator--" UUID);
	assert_int_equal(o->key.b[0], STIX_INDICATOR);
	assert_int_equal(o->key.b[1], 0x8e);
	assert_false(o->key_digest);
	assert_false(o->v20);
	assert_text(o->created_by_ref, "identity--x");
	assert_true(o->created == when("2020-01-01T00:00:00Z"));
	assert_true(o->modified == when("2021-01-01T00:00:00.5Z"));
	assert_true(o->valid_from == when("2021-01-02T00:00:00Z"));
	assert_true(o->valid_until == when("2022-01-02T00:00:00Z"));
	assert_text(o->name, "C2");
	assert_text(o->description, "a \"b\" \xc3\xa9\xf0\x9f\x98\x80\n");
	assert_text(o->pattern, "[url:value = 'http://x.example/']");
	assert_text(o->pattern_type, "sigma");
	assert_true(o->revoked);
	assert_int_equal(o->confidence, 85);
	assert_int_equal(o->labels.n, 2);
	assert_text(o->labels.v[1], "b");
	assert_int_equal(o->indicator_types.n, 1);
	assert_int_equal(o->object_marking_refs.n, 2);
	assert_int_equal(o->ngranular, 1);
	assert_text(o->granular[0].marking_ref, "g");
	assert_text(o->granular[0].selectors.v[1], "pattern");
	assert_int_equal(o->nphases, 1);
	assert_text(o->phases[0].chain, "k");
	assert_text(o->phases[0].phase, "p");
	assert_int_equal(o->odd, 0);
}

static void
nothing(void **state)
{
	struct fixture *f = *state;
	struct stix_object *o = &f->o;

	assert_int_equal(scan(f, " {\n} "), 0);
	assert_int_equal(o->type_code, STIX_NONE);
	assert_null(o->type.p);
	assert_null(o->id.p);
	assert_null(o->pattern_type.p);
	assert_true(o->created == TSTAMP_NONE && o->modified == TSTAMP_NONE);
	assert_true(o->valid_from == TSTAMP_NONE);
	assert_true(o->valid_until == TSTAMP_NEVER);
	assert_true(o->first_seen == TSTAMP_NONE);
	assert_true(o->last_seen == TSTAMP_NONE);
	assert_int_equal(o->confidence, -1);
	assert_int_equal(o->count, -1);
	assert_int_equal(o->number, -1);
	assert_int_equal(o->odd, 0);
	assert_false(o->v20);
	assert_false(o->revoked);
}

/* STIX 2.0, 2.1 and what feeds make of them (TAXII notes 4.6, 4.7). */
static void
versions(void **state)
{
	struct fixture *f = *state;
	struct stix_object *o = &f->o;

	assert_int_equal(scan(f, "{\"labels\":[\"malicious-activity\"],"
	    "\"type\":\"indicator\",\"created\":\"2020-01-01T00:00:00.000Z\","
	    "\"pattern\":\"[a:b = 1]\"}"), 0);
	assert_true(o->v20);
	assert_text(o->pattern_type, "stix");
	assert_int_equal(o->indicator_types.n, 1);
	assert_text(o->indicator_types.v[0], "malicious-activity");
	assert_true(o->modified == o->created);
	assert_true(o->valid_from == o->created);
	/* says 2.1: labels are only labels */
	assert_int_equal(scan(f, "{\"labels\":[\"x\"],\"type\":\"indicator\","
	    "\"spec_version\":\"2.1\",\"created\":\"2020-01-01T00:00:00Z\"}"), 0);
	assert_false(o->v20);
	assert_int_equal(o->indicator_types.n, 0);
	assert_null(o->pattern_type.p);
	/* a hybrid */
	assert_int_equal(scan(f, "{\"labels\":[\"x\"],\"type\":\"indicator\","
	    "\"pattern\":\"p\",\"pattern_type\":\"yara\",\"indicator_types\":"
	    "[\"y\"],\"modified\":\"2020-01-01T00:00:00Z\"}"), 0);
	assert_true(o->v20);
	assert_text(o->pattern_type, "yara");
	assert_text(o->indicator_types.v[0], "y");
	assert_true(o->created == TSTAMP_NONE);
	/* neither version nor dates: an observable of 2.1 */
	assert_int_equal(scan(f, "{\"type\":\"ipv4-addr\",\"value\":\"x\"}"), 0);
	assert_false(o->v20);
	assert_true(o->valid_from == TSTAMP_NONE);
	assert_int_equal(scan(f, "{\"type\":\"ipv4-addr\",\"spec_version\":"
	    "\"2.0\"}"), 0);
	assert_true(o->v20);
}

static void
other_objects(void **state)
{
	struct fixture *f = *state;
	struct stix_object *o = &f->o;

	assert_int_equal(scan(f, "{\"type\":\"relationship\",\"source_ref\":"
	    "\"a\",\"target_ref\":\"b\",\"relationship_type\":\"indicates\"}"),
	    0);
	assert_int_equal(o->type_code, STIX_RELATIONSHIP);
	assert_text(o->source_ref, "a");
	assert_text(o->target_ref, "b");
	assert_text(o->relationship_type, "indicates");
	assert_int_equal(scan(f, "{\"type\":\"sighting\",\"sighting_of_ref\":"
	    "\"i\",\"first_seen\":\"2020-01-01T00:00:00Z\",\"last_seen\":"
	    "\"2020-01-02T00:00:00Z\",\"count\":50}"), 0);
	assert_text(o->sighting_of_ref, "i");
	assert_true(o->last_seen - o->first_seen == 86400 * TSTAMP_SECOND);
	assert_int_equal(o->count, 50);
	assert_int_equal(scan(f, "{\"type\":\"malware\",\"aliases\":[\"a\"],"
	    "\"name\":\"n\",\"malware_types\":[\"trojan\",\"rat\"]}"), 0);
	assert_int_equal(o->aliases.n, 3);
	assert_text(o->aliases.v[0], "a");
	assert_text(o->aliases.v[2], "rat");
	assert_int_equal(scan(f, "{\"type\":\"file\",\"hashes\":{\"MD5\":\"x\","
	    "\"SHA-256\":\"y\"},\"name\":\"n\"}"), 0);
	assert_int_equal(o->nhashes, 2);
	assert_text(o->hashes[1].algorithm, "SHA-256");
	assert_text(o->hashes[1].value, "y");
	assert_int_equal(scan(f, "{\"type\":\"autonomous-system\",\"number\":"
	    "4294967295}"), 0);
	assert_true(o->number == 4294967295);
	assert_int_equal(scan(f, "{\"type\":\"windows-registry-key\",\"key\":"
	    "\"HKLM\\\\x\",\"serial_number\":\"01:ab\",\"value\":\"v\"}"), 0);
	assert_text(o->key_path, "HKLM\\x");
	assert_text(o->serial_number, "01:ab");
	assert_text(o->value, "v");
}

static void
markings(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(scan(f, "{\"definition\":{\"tlp\":\"amber\"},\"type\":"
	    "\"marking-definition\",\"definition_type\":\"tlp\"}"), 0);
	assert_text(f->o.tlp, "amber");
	assert_int_equal(scan(f, "{\"type\":\"marking-definition\","
	    "\"extensions\":{\"e1\":{\"x\":[1]},\"e2\":{\"tlp_2_0\":"
	    "\"amber+strict\"}},\"definition\":{\"tlp\":\"amber\"}}"), 0);
	assert_text(f->o.tlp, "amber+strict");
	assert_int_equal(scan(f, "{\"type\":\"marking-definition\","
	    "\"definition\":{\"statement\":\"tlp\"}}"), 0);
	assert_null(f->o.tlp.p);
	assert_int_equal(scan(f, "{\"type\":\"malware\",\"definition\":"
	    "{\"tlp\":\"red\"}}"), 0);
	assert_null(f->o.tlp.p);
}

/* Each of these is read, and what is odd counts as absent. */
static void
odd_values(void **state)
{
	static const struct {
		const char *text;
		unsigned odd;
	} table[] = {
		{"\"id\":5", STIX_ODD_ID}, {"\"id\":\"\"", STIX_ODD_ID},
		{"\"type\":null", STIX_ODD_TYPE},
		{"\"type\":\"\"", STIX_ODD_TYPE},
		{"\"created\":\"yesterday\"", STIX_ODD_CREATED},
		{"\"created\":1577836800", STIX_ODD_CREATED},
		{"\"modified\":\"2019-02-29T00:00:00Z\"", STIX_ODD_MODIFIED},
		{"\"valid_from\":{}", STIX_ODD_VALID_FROM},
		{"\"valid_until\":\"\"", STIX_ODD_VALID_UNTIL},
		{"\"valid_until\":null", 0},
		{"\"confidence\":101", STIX_ODD_CONFIDENCE},
		{"\"confidence\":-1", STIX_ODD_CONFIDENCE},
		{"\"confidence\":50.0", STIX_ODD_CONFIDENCE},
		{"\"confidence\":\"50\"", STIX_ODD_CONFIDENCE},
		{"\"confidence\":null", STIX_ODD_CONFIDENCE},
		{"\"confidence\":5e1", STIX_ODD_CONFIDENCE},
		{"\"revoked\":\"true\"", STIX_ODD_REVOKED},
		{"\"revoked\":1", STIX_ODD_REVOKED},
		{"\"pattern\":[]", STIX_ODD_PATTERN},
		{"\"pattern_type\":7", STIX_ODD_PATTERN},
		{"\"labels\":\"x\"", STIX_ODD_LIST},
		{"\"labels\":[1]", STIX_ODD_LIST},
		{"\"indicator_types\":{}", STIX_ODD_LIST},
		{"\"object_marking_refs\":[null]", STIX_ODD_LIST},
		{"\"aliases\":true", STIX_ODD_LIST},
		{"\"kill_chain_phases\":[{\"phase_name\":\"p\"}]",
		    STIX_ODD_LIST},
		{"\"kill_chain_phases\":[\"x\"]", STIX_ODD_LIST},
		{"\"granular_markings\":[{\"marking_ref\":1}]", STIX_ODD_LIST},
		{"\"name\":[\"x\"]", STIX_ODD_OTHER},
		{"\"hashes\":{\"MD5\":1}", STIX_ODD_OTHER},
		{"\"hashes\":[]", STIX_ODD_OTHER},
		{"\"count\":-2", STIX_ODD_OTHER},
		{"\"count\":\"2\"", STIX_ODD_OTHER},
		{"\"number\":1.5", STIX_ODD_OTHER},
		{"\"spec_version\":2.1", STIX_ODD_OTHER},
		{"\"extensions\":[]", STIX_ODD_OTHER},
		{"\"extensions\":{\"a\":1}", STIX_ODD_OTHER},
		{"\"definition\":\"x\"", STIX_ODD_OTHER},
		{"\"valid_from\":\"2021-01-01T00:00:00Z\",\"valid_until\":"
		    "\"2021-01-01T00:00:00.0Z\"", STIX_ODD_VALIDITY},
		{"\"name\":1,\"revoked\":0", STIX_ODD_OTHER | STIX_ODD_REVOKED}
	};
	struct fixture *f = *state;
	char text[512];

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		snprintf(text, sizeof(text), "{%s,\"x\":1}", table[i].text);
		if (scan(f, text) != 0 || f->o.odd != table[i].odd)
			fail_msg("%s: odd is %#x (%s)", text, f->o.odd,
			    f->e.text);
		assert_null(f->o.id.p);
		assert_null(f->o.name.p);
		assert_int_equal(f->o.confidence, -1);
		assert_false(f->o.revoked);
		assert_true(f->o.valid_until == (table[i].odd ==
		    STIX_ODD_VALIDITY ? f->o.valid_from : TSTAMP_NEVER));
		assert_null(reference_check(slice_str(text)));
	}
	assert_int_equal(scan(f, "{\"modified\":7,\"created\":"
	    "\"2020-01-01T00:00:00Z\"}"), 0);
	assert_true(f->o.modified == f->o.created);
}

static void
times_of_any_precision(void **state)
{
	static const char *const table[] = {
		"2020-01-01T00:00:00Z", "2020-01-01T00:00:00.1Z",
		"2020-01-01T00:00:00.123456Z", "2020-01-01t00:00:00z",
		"2020-01-01T00:00:00.123456789123Z", "1601-01-01T00:00:00Z",
		"2020-01-01T01:00:00+01:00", "9999-12-31T23:59:59.999Z"
	};
	struct fixture *f = *state;
	char text[128];

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		snprintf(text, sizeof(text), "{\"created\":\"%s\"}", table[i]);
		assert_int_equal(scan(f, text), 0);
		assert_int_equal(f->o.odd, 0);
		assert_true(f->o.created == when(table[i]));
	}
}

static void
ids(void **state)
{
	struct fixture *f = *state;
	char text[LIMIT_ID + 64];

	assert_int_equal(scan(f, "{\"id\":\"x-custom--1\"}"), 0);
	assert_true(f->o.key_digest);
	assert_int_equal(f->o.key.b[0], IDKEY_DIGEST);
	snprintf(text, sizeof(text), "{\"id\":\"%0*d\"}", (int)LIMIT_ID, 7);
	assert_int_equal(scan(f, text), 0);
	assert_int_equal(f->o.id.n, LIMIT_ID);
	snprintf(text, sizeof(text), "{\"id\":\"%0*d\"}", (int)LIMIT_ID + 1, 7);
	assert_int_equal(scan(f, text), 0);
	assert_int_equal(f->o.odd, STIX_ODD_ID);
	assert_null(f->o.id.p);
}

static void
nasty(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(nasty_texts); i++) {
		struct slice text = nasty_texts[i].text;
		const char *wrong = reference_check(text);
		int rc;

		if (wrong != NULL)
			fail_msg("%.*s: %s", SLICE_ARG(text), wrong);
		arena_reset(&f->arena);
		err_clear(&f->e);
		rc = stix_object_scan(&f->arena, text, &f->o, &f->e);
		if ((rc == 0) != nasty_texts[i].valid)
			fail_msg("%.*s: %d (%s)", SLICE_ARG(text), rc,
			    f->e.text);
		assert_int_equal(f->e.code, rc == 0 ? ERR_NONE : ERR_SYNTAX);
	}
}

/* A string of every length around the widths that are read at once, with every
 * kind of byte at its end. */
static void
every_alignment(void **state)
{
	static const char *const ends[] = {
		"", "\\n", "\xc3\xa9", "\x01", "\xc3", "\\", "\x7f", "\\u00e9",
		"\xf0\x9f\x98\x80"
	};
	char text[256];

	(void)state;
	for (int n = 0; n < 70; n++) {
		for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
			const char *wrong;

			snprintf(text, sizeof(text),
			    "{\"name\":\"%.*s%s\",\"k%.*s\":[\"%s\"]}", n,
			    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
			    "abcdefghijklmnopqrstuvwxyz", ends[i], n / 2,
			    "0123456789012345678901234567890123456789", ends[i]);
			wrong = reference_check(slice_str(text));
			if (wrong != NULL)
				fail_msg("%s: %s", text, wrong);
		}
	}
}

/* Objects of many members, with and without one of them twice. */
static void
many_members(void **state)
{
	static const int sizes[] = {
		2, 30, 47, 48, 49, 50, 63, 64, 65, 66, 128, 129, 1000
	};
	struct buf b;

	(void)state;
	buf_init(&b, MIB(1));
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		int n = sizes[i];

		for (int twice = -1; twice < n; twice += 1 + n / 7) {
			const char *wrong;

			buf_reset(&b);
			buf_str(&b, "{\"x\":{");
			for (int k = 0; k < n; k++)
				buf_printf(&b, "\"key%d\":%d,", k, k);
			buf_printf(&b, "\"key%d\":0}}", twice < 0 ? n : twice);
			assert_true(buf_ok(&b));
			wrong = reference_check(buf_view(&b));
			if (wrong != NULL)
				fail_msg("%d members, %d twice: %s", n, twice,
				    wrong);
			buf_str(&b, " ");
			assert_int_equal(scan(*state, b.p) == 0, twice < 0);
		}
	}
	buf_free(&b);
}

static void
put_nested(struct buf *b, int depth, char open, char close)
{
	buf_str(b, "{\"a\":");
	for (int i = 1; i < depth; i++)
		buf_str(b, open == '[' ? "[" : "{\"a\":");
	buf_str(b, "1");
	for (int i = 1; i < depth; i++)
		buf_char(b, close);
	buf_str(b, "}");
}

static void
limits(void **state)
{
	struct fixture *f = *state;
	struct buf b;

	buf_init(&b, MIB(16));
	put_nested(&b, LIMIT_DEPTH, '[', ']');
	assert_int_equal(scan(f, b.p), 0);
	buf_reset(&b);
	put_nested(&b, LIMIT_DEPTH + 1, '{', '}');
	assert_int_equal(scan(f, b.p), -1);
	assert_int_equal(f->e.code, ERR_LIMIT);
	buf_reset(&b);
	buf_str(&b, "{\"labels\":[");
	for (int i = 0; i < LIMIT_LIST + 9; i++)
		buf_printf(&b, "\"l%d\",", i);
	buf_str(&b, "\"last\"]}");
	assert_int_equal(scan(f, b.p), 0);
	assert_int_equal(f->o.labels.n, LIMIT_LIST);
	assert_text(f->o.labels.v[LIMIT_LIST - 1], "l255");
	assert_int_equal(f->o.odd, STIX_ODD_LIST);
	assert_null(reference_check(buf_view(&b)));
	buf_reset(&b);
	buf_str(&b, "{\"a\":0");
	for (unsigned i = 0; i < LIMIT_MEMBERS; i++)
		buf_printf(&b, ",\"%u\":0", i);
	buf_str(&b, "}");
	assert_int_equal(scan(f, b.p), -1);
	assert_int_equal(f->e.code, ERR_LIMIT);
	buf_reset(&b);
	buf_str(&b, "{}");
	while (buf_str(&b, "                                ") == 0 &&
	    b.n <= LIMIT_OBJECT)
		continue;
	err_clear(&f->e);
	assert_int_equal(stix_object_scan(&f->arena,
	    (struct slice){b.p, LIMIT_OBJECT}, &f->o, &f->e), 0);
	assert_int_equal(stix_object_scan(&f->arena,
	    (struct slice){b.p, LIMIT_OBJECT + 1}, &f->o, &f->e), -1);
	assert_int_equal(f->e.code, ERR_LIMIT);
	buf_free(&b);
}

/* An arena of every size up to the one that is enough. */
static void
out_of_memory(void **state)
{
	static const char text[] = "{\"id\":\"\\u0061\",\"labels\":[\"a\","
	    "\"\\n\"],\"hashes\":{\"\\u0062\":\"c\"},\"kill_chain_phases\":"
	    "[{\"kill_chain_name\":\"\\t\",\"phase_name\":\"p\"}],"
	    "\"granular_markings\":[{\"marking_ref\":\"m\",\"selectors\":"
	    "[\"s\"]}],\"x\":{\"\\r\":1}}";
	struct fixture *f = *state;
	struct arena a;
	size_t max;
	int rc = -1;

	for (max = 0; rc != 0 && max < 4096; max += 8) {
		err_clear(&f->e);
		arena_init(&a, max);
		rc = stix_object_scan(&a, slice_str(text), &f->o, &f->e);
		assert_int_equal(f->e.code, rc == 0 ? ERR_NONE : ERR_MEMORY);
		arena_free(&a);
	}
	assert_int_equal(rc, 0);
	assert_true(max > 64);
}

static void
messages(void **state)
{
	static const struct {
		const char *text, *message;
	} table[] = {
		{"{\"a\":1,\"a\":2}",
		    "offset 7: a member that the object has already"},
		{"{\"a\":\"\xff\"}", "offset 6: not valid UTF-8"},
		{"{\"a\":tru}", "offset 5: not a JSON value"},
		{"[]", "offset 0: not an object"},
		{"{\"a\" 1}", "offset 5: ':' is missing"},
		{"{\"a\":1", "offset 6: ',' or '}' is missing"},
		{"{\"a\":99999999999999999999}",
		    "offset 5: an integer too large for 64 bits"}
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		assert_int_equal(scan(f, table[i].text), -1);
		assert_string_equal(f->e.text, table[i].message);
	}
}

static void
peek(void **state)
{
	static const struct {
		const char *text, *id;
	} table[] = {
		{"{\"id\":\"a\"", "a"}, {" {\n\"id\" : \"a\" , \"x\":", "a"},
		{"{\"type\":\"x\",\"l\":[\"}\\\"]\",{\"id\":\"no\"}],\"n\":-1.5,"
		    "\"b\":true,\"s\":\"\\\"id\\\\\",\"id\":\"yes\"}", "yes"},
		{"{\"id\":1,\"id\":\"x\"}", NULL}, {"{\"id\":\"\"}", NULL},
		{"{\"id\":\"a\\u0062\"}", NULL},
		{"{\"i\\u0064\":\"a\",\"id\":\"b\"}", NULL},
		{"{\"type\":\"x\"}", NULL}, {"{}", NULL}, {"{", NULL},
		{"", NULL}, {"[{\"id\":\"a\"}]", NULL}, {"{\"id\":\"a", NULL},
		{"{\"a\":\"x", NULL}, {"{\"a\":[1,2", NULL}, {"{\"a\":", NULL},
		{"{\"a\"", NULL}, {"{\"a\":1", NULL}, {"{\"id\"x", NULL}
	};
	struct slice id;
	char *late = malloc(8192);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		id = SLICE_NONE;
		if (stix_object_peek_id(slice_str(table[i].text), &id) !=
		    (table[i].id != NULL))
			fail_msg("%s", table[i].text);
		assert_text(id, table[i].id);
	}
	assert_non_null(late);
	snprintf(late, 8192, "{\"a\":\"%5000s\",\"id\":\"x\"}", "");
	assert_false(stix_object_peek_id(slice_str(late), &id));
	assert_false(stix_object_peek_id(SLICE_NONE, &id));
	free(late);
}

/* Twenty thousand made-up objects, many of them damaged. */
static void
made_up(void **state)
{
	struct random_source r = {0x5eed};
	struct buf b;
	unsigned valid = 0;

	(void)state;
	buf_init(&b, MIB(1));
	for (int i = 0; i < 20000; i++) {
		const char *wrong;

		buf_reset(&b);
		random_object(&r, &b);
		random_damage(&r, &b);
		assert_true(buf_ok(&b));
		wrong = reference_check(buf_view(&b));
		if (wrong != NULL)
			fail_msg("%.*s: %s", (int)b.n, b.p, wrong);
		valid += scan(*state, b.p) == 0;
	}
	buf_free(&b);
	/* neither all noise nor all sound: else it would test nothing */
	assert_in_range(valid, 4000, 16000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(indicator_21), cmocka_unit_test(nothing),
		cmocka_unit_test(versions), cmocka_unit_test(other_objects),
		cmocka_unit_test(markings), cmocka_unit_test(odd_values),
		cmocka_unit_test(times_of_any_precision), cmocka_unit_test(ids),
		cmocka_unit_test(nasty), cmocka_unit_test(every_alignment),
		cmocka_unit_test(many_members), cmocka_unit_test(limits),
		cmocka_unit_test(out_of_memory), cmocka_unit_test(messages),
		cmocka_unit_test(peek), cmocka_unit_test(made_up)
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
