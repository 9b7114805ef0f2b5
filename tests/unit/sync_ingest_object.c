/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects in, records out, one at a time.
 */
#include "base/digest.h"
#include "base/tstamp.h"
#include "tests/unit/sync_ingest_rig.h"

static const struct one {
	const char *name, *json;
	int reject;     /* REJECT_REASONS: none */
	int records;
	int values;
	unsigned flags; /* that must be set … */
	unsigned unset; /* … and must not */
} ones[] = {
	{"plain", IND PAT "\"[domain-name:value = 'evil.example']\"," FROM "}",
	    REJECT_REASONS, 1, 1, OBJ_CLAIMS,
	    OBJ_PATTERN | OBJ_RULE | OBJ_COMPOUND | OBJ_REVOKED | OBJ_RAW},
	{"two values", IND PAT "\"[ipv4-addr:value = '198.51.100.7' OR "
	    "domain-name:value = 'evil.example']\"," FROM "}",
	    REJECT_REASONS, 1, 2, OBJ_CLAIMS, OBJ_COMPOUND},
	{"compound", IND PAT "\"[domain-name:value = 'evil.example' AND "
	    "domain-name:x_y = 'z']\"," FROM "}",
	    REJECT_REASONS, 1, 1, OBJ_CLAIMS | OBJ_COMPOUND, 0},
	{"does not reduce", IND PAT "\"[domain-name:value LIKE '%.x']\"," FROM
	    "}", REJECT_REASONS, 1, 0, OBJ_PATTERN, OBJ_CLAIMS},
	{"does not parse", IND PAT "\"[domain-name:value =\"," FROM "}",
	    REJECT_BAD_PATTERN, 1, 0, OBJ_PATTERN, OBJ_CLAIMS},
	{"yara", IND "\"pattern_type\":\"yara\",\"pattern\":\"rule x {}\","
	    FROM "}", REJECT_REASONS, 1, 0, OBJ_RULE, OBJ_PATTERN},
	{"no pattern", IND FROM "}", REJECT_NO_PATTERN, 0, 0, 0, 0},
	{"a revocation needs none", IND "\"revoked\":true}",
	    REJECT_REASONS, 1, 0, OBJ_REVOKED, OBJ_CLAIMS},
	{"benign", IND PAT "\"[domain-name:value = 'good.example']\"," FROM
	    ",\"indicator_types\":[\"benign\"]}",
	    REJECT_REASONS, 1, 1, OBJ_BENIGN, 0},
	{"2.0 labels are types", "{" ID("indicator", "1") "," TIMES ","
	    "\"pattern\":\"[domain-name:value = 'good.example']\"," FROM
	    ",\"labels\":[\"benign\"]}",
	    REJECT_REASONS, 1, 1, OBJ_BENIGN | OBJ_V20, OBJ_RULE},
	{"bogon", IND PAT "\"[ipv4-addr:value = '10.0.0.1']\"," FROM "}",
	    REJECT_VALUE_BOGON, 1, 0, OBJ_PATTERN, OBJ_CLAIMS},
	{"too wide", IND PAT "\"[ipv4-addr:value = '128.0.0.0/2']\"," FROM "}",
	    REJECT_VALUE_WIDE, 1, 0, OBJ_PATTERN, OBJ_CLAIMS},
	{"no address", IND PAT "\"[ipv4-addr:value = '1.2.3']\"," FROM "}",
	    REJECT_VALUE_SYNTAX, 1, 0, OBJ_PATTERN, OBJ_CLAIMS},
	{"hash of nothing", IND PAT "\"[file:hashes.MD5 = "
	    "'d41d8cd98f00b204e9800998ecf8427e']\"," FROM "}",
	    REJECT_VALUE_TRIVIAL, 1, 0, OBJ_PATTERN, OBJ_CLAIMS},
	{"observable", "{" ID("ipv4-addr", "1") ",\"spec_version\":\"2.1\","
	    "\"value\":\"198.51.100.7\"}",
	    REJECT_REASONS, 1, 1, OBJ_OBSERVABLE | OBJ_CLAIMS, OBJ_V20},
	{"observable without a value", "{" ID("process", "1") "}",
	    REJECT_REASONS, 1, 0, 0, OBJ_OBSERVABLE | OBJ_CLAIMS},
	{"custom type", "{\"type\":\"x-thing\",\"id\":\"x-thing--"
	    "00000000-0000-4000-8000-000000000001\"," TIMES "}",
	    REJECT_REASONS, 1, 0, OBJ_ID_DIGEST, OBJ_CLAIMS},
	{"id without uuid", "{\"type\":\"malware\",\"id\":\"malware--x\","
	    TIMES ",\"name\":\"n\"}", REJECT_REASONS, 1, 0, OBJ_ID_DIGEST, 0},
	{"no id", "{\"type\":\"malware\"}", REJECT_NO_ID, 0, 0, 0, 0},
	{"id is a number", "{\"type\":\"malware\",\"id\":1}", REJECT_NO_ID, 0,
	    0, 0, 0},
	{"no type", "{\"id\":\"malware--x\",\"objects\":1}", REJECT_NO_TYPE,
	    0, 0, 0, 0},
	{"type and id differ", "{\"type\":\"malware\",\"id\":\"tool--"
	    "00000000-0000-4000-8000-000000000001\"}", REJECT_BAD_ID, 0, 0, 0,
	    0},
	{"type is a prefix", "{\"type\":\"mal\",\"id\":\"malware--x\"}",
	    REJECT_BAD_ID, 0, 0, 0, 0},
	{"id is its type", "{\"type\":\"malware\",\"id\":\"malware\"}",
	    REJECT_BAD_ID, 0, 0, 0, 0},
	{"bad time", "{" ID("malware", "1") ",\"created\":\"yesterday\"}",
	    REJECT_BAD_TIME, 0, 0, 0, 0},
	{"not JSON", "{" ID("malware", "1") ",\"name\":tru}", REJECT_JSON, 0,
	    0, 0, 0},
	{"not UTF-8", "{" ID("malware", "1") ",\"name\":\"\xff\"}",
	    REJECT_JSON, 0, 0, 0, 0},
	{"twice the same member", "{" ID("malware", "1") ",\"a\":1,\"a\":2}",
	    REJECT_JSON, 0, 0, 0, 0},
	{"a string", "\"malware\"", REJECT_NOT_OBJECT, 0, 0, 0, 0},
};

static int
count_values(const struct object_rec *r)
{
	enum object_tag tag;
	struct slice bytes;
	size_t pos = 0;
	int n = 0;

	while (object_rec_next(r, &pos, &tag, &bytes))
		n += tag == TAG_VALUE;
	return n;
}

static void
test_objects(void **state)
{
	struct ingest_facts facts;
	struct object_rec r;
	char doc[2048];
	size_t i;
	int k, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(ones); i++) {
		const struct one *c = &ones[i];
		struct rig *t = rig_new();

		rig_start(t);
		n = snprintf(doc, sizeof(doc), "{\"objects\":[%s]}", c->json);
		feed(t, (struct slice){doc, (size_t)n}, &facts);
		rig_finish(t);
		if (t->n != (size_t)c->records)
			fail_msg("%s: %zu records", c->name, t->n);
		for (k = 0; k < REJECT_REASONS; k++)
			if (t->rejects[k] != (k == c->reject))
				fail_msg("%s: %s %d times", c->name,
				    reject_name(k), (int)t->rejects[k]);
		assert_int_equal(facts.objects, 1);
		assert_int_equal(facts.taken, c->records);
		assert_int_equal(facts.rejected, 1 - c->records);
		if (c->records == 1) {
			r = record(t, 0);
			if ((r.flags & c->flags) != c->flags ||
			    (r.flags & c->unset) != 0)
				fail_msg("%s: flags %#x", c->name, r.flags);
			if (count_values(&r) != c->values)
				fail_msg("%s: %d values", c->name,
				    count_values(&r));
			assert_true(r.hash == digest64(c->json,
			    strlen(c->json), SEED));
		}
		rig_free(t);
	}
}

static const char full[] = "{\"objects\":[" IND PAT
    "\"[domain-name:value = 'evil.example'] START t'2024-02-01T00:00:00Z' "
    "STOP t'2024-03-01T00:00:00Z'\"," FROM
    ",\"valid_until\":\"2025-01-01T00:00:00Z\",\"confidence\":85,"
    "\"name\":\"n\\u00e4me\",\"labels\":[\"l1\",\"l2\"],"
    "\"indicator_types\":[\"malicious-activity\"],"
    "\"created_by_ref\":\"identity--00000000-0000-4000-8000-000000000009\","
    "\"kill_chain_phases\":[{\"kill_chain_name\":\"c\",\"phase_name\":\"p\"}],"
    "\"object_marking_refs\":["
    "\"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82\","
    "\"marking-definition--00000000-0000-4000-8000-000000000008\"]},"
    "{" ID("relationship", "2") "," TIMES ",\"relationship_type\":"
    "\"indicates\",\"source_ref\":\"indicator--00000000-0000-4000-8000-"
    "000000000001\",\"target_ref\":\"malware--00000000-0000-4000-8000-"
    "000000000003\"},"
    "{" ID("sighting", "4") "," TIMES ",\"sighting_of_ref\":\"indicator--"
    "00000000-0000-4000-8000-000000000001\",\"count\":3,"
    "\"first_seen\":\"2024-01-02T00:00:00Z\"},"
    "{" ID("malware", "3") "," TIMES ",\"name\":\"Dridex\",\"aliases\":"
    "[\"Bugat\"]}]}";

static void
assert_tag(const struct object_rec *r, enum object_tag tag, const char *want)
{
	struct slice s = object_rec_get(r, tag);

	assert_int_equal(s.n, strlen(want));
	assert_memory_equal(s.p, want, s.n);
}

static int64_t
at(const char *text)
{
	int64_t t;

	assert_int_equal(tstamp_parse(slice_str(text), &t), 0);
	return t;
}

static void
test_fields(void **state)
{
	struct rig *t = rig_new();
	struct ingest_facts facts;
	struct object_rec r;
	struct idkey key;
	struct slice s;

	(void)state;
	rig_start(t);
	feed(t, SLICE(full), &facts);
	rig_finish(t);
	assert_int_equal(facts.taken, 4);
	r = record(t, 0);
	assert_int_equal(r.confidence, 85);
	assert_int_equal(r.tlp, TLP_AMBER);
	assert_true(r.valid_from == at("2024-02-01T00:00:00Z"));
	assert_true(r.valid_until == at("2024-03-01T00:00:00Z"));
	assert_true(r.modified == at("2024-01-03T00:00:00Z"));
	assert_tag(&r, TAG_NAME, "n\xc3\xa4me");
	assert_tag(&r, TAG_LABEL, "l1");
	assert_tag(&r, TAG_INDICATOR_TYPE, "malicious-activity");
	s = object_rec_get(&r, TAG_PHASE);
	assert_int_equal(s.n, 3);
	assert_memory_equal(s.p, "c\0p", 3);
	/* The well-known marking is in the level, the other one is kept. */
	assert_int_equal(idkey_parse(SLICE("marking-definition--00000000-0000-"
	    "4000-8000-000000000008"), &key), 0);
	s = object_rec_get(&r, TAG_MARKING);
	assert_int_equal(s.n, IDKEY_LEN);
	assert_memory_equal(s.p, key.b, IDKEY_LEN);
	assert_int_equal(idkey_parse(SLICE("identity--00000000-0000-"
	    "4000-8000-000000000009"), &key), 0);
	assert_memory_equal(object_rec_get(&r, TAG_CREATED_BY).p, key.b,
	    IDKEY_LEN);
	r = record(t, 1);
	assert_tag(&r, TAG_REL_TYPE, "indicates");
	assert_int_equal(object_rec_get(&r, TAG_SOURCE_REF).n, IDKEY_LEN);
	assert_int_equal(object_rec_get(&r, TAG_TARGET_REF).n, IDKEY_LEN);
	r = record(t, 2);
	s = object_rec_get(&r, TAG_SEEN);
	assert_int_equal(s.n, 24);
	assert_int_equal((unsigned char)s.p[16], 3);
	assert_int_equal(object_rec_get(&r, TAG_TARGET_REF).n, IDKEY_LEN);
	r = record(t, 3);
	assert_tag(&r, TAG_NAME, "Dridex");
	assert_tag(&r, TAG_ALIAS, "Bugat");
	rig_free(t);
}

/* A feed's own TLP marking is known once it was seen, also when its bytes are
 * known to the keeper and only peeked at. */
static void
test_own_markings(void **state)
{
	static const char marking[] = "{" ID("marking-definition", "8")
	    ",\"created\":\"2024-01-02T00:00:00Z\",\"definition_type\":\"tlp\","
	    "\"definition\":{\"tlp\":\"red\"}}";
	static const char object[] = "{" ID("malware", "3") "," TIMES
	    ",\"name\":\"x\",\"object_marking_refs\":[\"marking-definition--"
	    "00000000-0000-4000-8000-000000000008\"]}";
	char doc[1024];
	int known, n;

	(void)state;
	n = snprintf(doc, sizeof(doc), "[%s,%s]", marking, object);
	for (known = 0; known <= 1; known++) {
		struct rig *t = rig_new();
		struct ingest_facts facts;
		struct object_rec r;

		t->job.ask = known;
		t->known[t->nknown++] = digest64(marking, sizeof(marking) - 1,
		    SEED);
		rig_start(t);
		feed(t, (struct slice){doc, (size_t)n}, &facts);
		rig_finish(t);
		assert_int_equal(t->n, 2 - known);
		assert_int_equal(t->unchanged, known);
		r = record(t, t->n - 1);
		assert_int_equal(r.tlp, TLP_RED);
		rig_free(t);
	}
}

/* Lists and names of any length give a record that the store takes. */
static void
test_cut(void **state)
{
	struct rig *t = rig_new();
	struct ingest_facts facts;
	struct object_rec r;
	enum object_tag tag;
	struct slice bytes;
	size_t pos = 0, labels = 0;
	struct buf doc;
	unsigned i, k;

	(void)state;
	buf_init(&doc, MIB(4));
	buf_str(&doc, "[{" ID("malware", "3") "," TIMES ",\"name\":\"");
	for (i = 0; i < 2000; i++)
		buf_str(&doc, "\xe2\x82\xac");
	buf_str(&doc, "\",\"labels\":[");
	for (i = 0; i < 300; i++)
		buf_printf(&doc, "%s\"label%u\"", i > 0 ? "," : "", i);
	buf_str(&doc, "]},");
	/* Ten thousand such, and the record would be too large: rejected. */
	buf_str(&doc, "{" ID("malware", "4") "," TIMES ",\"labels\":[\"");
	for (i = 0; i < 300; i++) {
		for (k = 0; k < 1200; k++)
			buf_char(&doc, 'x');
		buf_str(&doc, i < 299 ? "\",\"" : "\"]}]");
	}
	rig_start(t);
	feed(t, buf_view(&doc), &facts);
	rig_finish(t);
	assert_int_equal(t->n, 1);
	assert_int_equal(t->rejects[REJECT_RECORD], 1);
	r = record(t, 0);
	assert_in_range(object_rec_get(&r, TAG_NAME).n, LIMIT_NAME - 3,
	    LIMIT_NAME);
	while (object_rec_next(&r, &pos, &tag, &bytes))
		labels += tag == TAG_LABEL;
	assert_int_equal(labels, LIMIT_LIST);
	buf_free(&doc);
	rig_free(t);
}

/* What the validity and the pattern's own window come to. */
static const struct window_row {
	const char *window, *until; /* START … STOP, valid_until */
	const char *from, *end;     /* NULL: what was stated, no end */
} window_rows[] = {
	{"", NULL, "2024-01-03", NULL},
	{"", "2024-06-01", "2024-01-03", "2024-06-01"},
	/* As stated, for the policy to judge. */
	{"", "2023-06-01", "2024-01-03", "2023-06-01"},
	{"START t'2024-02-01T00:00:00Z' STOP t'2024-03-01T00:00:00Z'", NULL,
	    "2024-02-01", "2024-03-01"},
	/* Nothing is left: it has ended. */
	{"START t'2023-02-01T00:00:00Z' STOP t'2023-03-01T00:00:00Z'", NULL,
	    NULL, "2023-03-01"},
	{"START t'2024-07-01T00:00:00Z' STOP t'2024-08-01T00:00:00Z'",
	    "2024-06-01", NULL, "2024-06-01"},
};

static void
test_window(void **state)
{
	char text[1024], day[40], until[64];
	const struct window_row *w;
	struct ingest_facts facts;
	struct object_rec r;
	struct rig *t;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(window_rows); i++) {
		w = &window_rows[i];
		until[0] = '\0';
		if (w->until != NULL)
			snprintf(until, sizeof(until), ",\"valid_until\":"
			    "\"%sT00:00:00Z\"", w->until);
		snprintf(text, sizeof(text), "{\"objects\":[" IND PAT
		    "\"[domain-name:value = 'evil.example'] %s\",\"valid_from\""
		    ":\"2024-01-03T00:00:00Z\"%s}]}", w->window, until);
		t = rig_new();
		rig_start(t);
		feed(t, slice_str(text), &facts);
		rig_finish(t);
		r = record(t, 0);
		snprintf(day, sizeof(day), "%sT00:00:00Z",
		    w->from != NULL ? w->from : w->end);
		assert_true(r.valid_from == at(day) - (w->from == NULL));
		if (w->end == NULL) {
			assert_true(r.valid_until == TSTAMP_NEVER);
		} else {
			snprintf(day, sizeof(day), "%sT00:00:00Z", w->end);
			assert_true(r.valid_until == at(day));
		}
		rig_free(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_own_markings),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
