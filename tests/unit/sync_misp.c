/* SPDX-License-Identifier: BSD-2-Clause */
/* MISP: elements cut from a stream, types, tags, attributes, objects, events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/tlp.h"
#include "base/tstamp.h"
#include "sync/json_pick.h"
#include "sync/misp.h"
#include "sync/misp_type.h"

/* ---- elements of a stream -------------------------------------------------- */

struct picked {
	char text[1024];
	size_t n;
};

static void CC_PRINTF(2, 3)
note(struct picked *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	p->n += (size_t)vsnprintf(p->text + p->n, sizeof(p->text) - p->n, fmt,
	    ap);
	va_end(ap);
	assert_true(p->n < sizeof(p->text));
}

static int
on_element(void *ctx, unsigned i, struct slice name, struct slice bytes,
    uint64_t offset, struct err *e)
{
	(void)e;
	note(ctx, "%u%s%.*s@%u:%.*s ", i, name.p != NULL ? "=" : "",
	    SLICE_ARG(name), (unsigned)offset, SLICE_ARG(bytes));
	return 0;
}

static int
on_too_large(void *ctx, unsigned i, uint64_t offset, struct err *e)
{
	(void)e;
	note(ctx, "%u@%u:LARGE ", i, (unsigned)offset);
	return 0;
}

/* What comes out, cut at `at`, and the rest of the document or the error. */
static void
pick(const char *const *places, const char *text, size_t at, struct picked *p)
{
	const struct json_pick_ops ops = {on_element, on_too_large, p};
	size_t n = strlen(text);
	struct err e = ERR_INIT;
	struct json_pick k;
	json_t *rest = NULL;
	char *shown;

	p->n = 0;
	p->text[0] = '\0';
	json_pick_init(&k, &ops, places, 40);
	json_pick_reset(&k);
	if (json_pick_bytes(&k, text, at, &e) == 0 &&
	    json_pick_bytes(&k, text + at, n - at, &e) == 0)
		rest = json_pick_end(&k, &e);
	shown = rest != NULL ? json_dumps(rest, JSON_COMPACT |
	    JSON_ENCODE_ANY) : NULL;
	note(p, "| %s", shown != NULL ? shown : e.text);
	free(shown);
	json_decref(rest);
	json_pick_free(&k);
}

static void
test_pick(void **state)
{
	static const char *const event[] = {".Event.Attribute",
	    ".Event.Object", NULL};
	static const char *const root[] = {"", NULL};
	static const char *const deep[] = {".a[].b", NULL};
	static const struct {
		const char *const *places, *text, *want;
	} rows[] = {
		{event, "{\"Event\":{\"Attribute\":[{\"a\":1},{\"b\":[]}],"
		    "\"x\":[1]}}", "0@23:{\"a\":1} 0@31:{\"b\":[]} | "
		    "{\"Event\":{\"Attribute\":[],\"x\":[1]}}"},
		{event, "{\"Event\":{\"Object\":[ 1 , \"]\\\"\" ,null,true ],"
		    "\"Attribute\":[]}}", "1@21:1 1@25:\"]\\\"\" 1@32:null "
		    "1@37:true | {\"Event\":{\"Object\":[],"
		    "\"Attribute\":[]}}"},
		/* as a member, not as an array */
		{event, "{\"Event\":{\"Attribute\":7}}",
		    "| {\"Event\":{\"Attribute\":7}}"},
		{event, "{\"Attribute\":[1]}", "| {\"Attribute\":[1]}"},
		{event, "{\"x\":{\"Event\":{\"Attribute\":[1]}}}",
		    "| {\"x\":{\"Event\":{\"Attribute\":[1]}}}"},
		{event, "{\"Event\":{\"Attribute\":[\"aaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",2]}}",
		    "0@23:LARGE 0@86:2 | {\"Event\":{\"Attribute\":[]}}"},
		{root, "{\"a\":{\"x\":\"}\"},\"b\":2}",
		    "0=a@5:{\"x\":\"}\"} 0=b@19:2 | {}"},
		{root, "\xef\xbb\xbf [1]", "0@5:1 | []"},
		{root, "{}", "| {}"},
		{root, "7", "| 7"},
		{root, "[[1,{\"]\":\"\\\\\"}],\"\\\\\"]", "0@1:[1,{\"]\":\"\\\\\"}] "
		    "0@16:\"\\\\\" | []"},
		/* words that are none are one element each */
		{root, "[tru{\"a\":1},x\"a,b\",2]", "0@1:tru{\"a\":1} "
		    "0@12:x\"a,b\" 0@19:2 | []"},
		{deep, "{\"a\":[{\"b\":[1]},{\"b\":{\"c\":2}},3]}",
		    "0@12:1 0=c@26:2 | {\"a\":[{\"b\":[]},{\"b\":{}},3]}"},
		/* broken */
		{root, "", "| it is empty"},
		{root, "{\"a\":1", "| it is cut after 6 bytes"},
		{root, "[1,]", "0@1:1 | offset 3: not JSON: a value is "
		    "missing"},
		{root, "[1 2]", "0@1:1 | offset 3: not JSON: something else "
		    "than ',' or an end"},
		{root, "[1}", "0@1:1 | offset 2: not JSON: an end without its "
		    "beginning"},
		{root, "{\"a\" 1}", "| offset 5: not JSON: ':' is missing"},
		{root, "{1:2}", "| offset 1: not JSON: a name is missing"},
		{root, "[] []", "| offset 3: not JSON: more behind its end"},
		{root, "<html>", "| offset 0: not JSON: a value is missing"},
		{event, "{\"x\":tru}", "| not JSON: invalid token"},
	};
	struct picked whole, parts;
	size_t i, at;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		pick(rows[i].places, rows[i].text, 0, &whole);
		if (strncmp(whole.text, rows[i].want, strlen(rows[i].want)) !=
		    0)
			fail_msg("%s\ngave '%s'\nnot  '%s'", rows[i].text,
			    whole.text, rows[i].want);
		for (at = 1; at < strlen(rows[i].text); at++) {
			pick(rows[i].places, rows[i].text, at, &parts);
			assert_string_equal(parts.text, whole.text);
		}
	}
}

/* Deep ones, and what is kept of the rest, have their bounds. */
static void
test_pick_bounds(void **state)
{
	static const char *const none[] = {".x", NULL};
	const struct json_pick_ops ops = {on_element, on_too_large, NULL};
	struct err e = ERR_INIT;
	struct json_pick k;
	unsigned i;
	int rc = 0;

	(void)state;
	json_pick_init(&k, &ops, none, 40);
	for (i = 0; i < LIMIT_DEPTH + 1 && rc == 0; i++)
		rc = json_pick_bytes(&k, "[", 1, &e);
	assert_int_equal(i, LIMIT_DEPTH + 1);
	assert_int_equal(e.code, ERR_LIMIT);
	err_clear(&e);
	json_pick_reset(&k);
	rc = json_pick_bytes(&k, "[", 1, &e);
	for (i = 0; i < LIMIT_SKELETON && rc == 0; i++)
		rc = json_pick_bytes(&k, "1,", 2, &e);
	assert_int_equal(e.code, ERR_LIMIT);
	json_pick_free(&k);
}

/* ---- types ----------------------------------------------------------------- */

static void
test_types(void **state)
{
	/* A sample of what describeTypes lists, with all that are composite. */
	static const char *const known[] = {
		"AS", "attachment", "authentihash", "bro", "btc", "comment",
		"domain", "domain|ip", "email-src", "filename",
		"filename|authentihash", "filename|impfuzzy",
		"filename|imphash", "filename|md5", "filename|pehash",
		"filename|sha1", "filename|sha224", "filename|sha256",
		"filename|sha3-224", "filename|sha3-256", "filename|sha3-384",
		"filename|sha3-512", "filename|sha384", "filename|sha512",
		"filename|sha512/224", "filename|sha512/256",
		"filename|ssdeep", "filename|tlsh", "filename|vhash",
		"hostname", "hostname|port", "ip-dst", "ip-dst|port",
		"ip-src", "ip-src|port", "link", "malware-sample", "md5",
		"named pipe", "regkey", "regkey|value", "stix2-pattern",
		"target-email", "url", "yara"};
	const struct misp_type *t, *last = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(known); i++)
		if (misp_type_find(slice_str(known[i])) == NULL)
			fail_msg("'%s' is not there", known[i]);
	for (i = 0; (t = misp_type_at((unsigned)i)) != NULL; i++) {
		bool two = strchr(t->name, '|') != NULL ||
		    strcmp(t->name, "malware-sample") == 0;
		bool halves = t->use == MISP_BOTH || t->use == MISP_FIRST ||
		    t->use == MISP_SECOND || t->use == MISP_PAIR;

		assert_true(last == NULL || strcmp(last->name, t->name) < 0);
		assert_ptr_equal(misp_type_find(slice_str(t->name)), t);
		if (two != halves)
			fail_msg("'%s': halves or not?", t->name);
		assert_int_equal(t->use == MISP_RULE, t->rule != NULL);
		assert_true(t->first < VALUE_TYPE_COUNT &&
		    t->second < VALUE_TYPE_COUNT);
		last = t;
	}
	assert_true(i > 180);
	assert_null(misp_type_find(SLICE("ip-ds")));
	assert_null(misp_type_find(SLICE("ip-dsta")));
	assert_null(misp_type_find(SLICE_NONE));
}

/* ---- tags ------------------------------------------------------------------ */

static void
test_tags(void **state)
{
	static const struct {
		const char *tag, *want;
	} rows[] = {
		{"tlp:white", "tlp=clear "},
		{"TLP:AMBER+STRICT", "tlp=amber+strict "},
		{"tlp:ex:chr", "label=tlp:ex:chr "},
		{"misp:confidence-level=\"completely-confident\"",
		    "confidence=100 "},
		{"misp:confidence-level=\"unconfident\"", "confidence=0 "},
		{"misp:confidence-level=\"confidence-cannot-be-evaluated\"",
		    ""},
		{"admiralty-scale:information-credibility=\"3\"",
		    "confidence=50 "},
		{"admiralty-scale:source-reliability=\"a\"",
		    "label=admiralty-scale:source-reliability=\"a\" "},
		{"estimative-language:confidence-in-analytic-judgment=\"low\"",
		    "confidence=15 "},
		{"osint:certainty=\"93\"", "confidence=93 "},
		{"osint:certainty=\"930\"", "label=osint:certainty=\"930\" "},
		{"kill-chain:Actions on Objectives",
		    "phase=actions-on-objectives "},
		{"kill-chain:", "label=kill-chain: "},
		{"misp-galaxy:threat-actor=\"Sofacy\"",
		    "threat-actor=Sofacy "},
		{"misp-galaxy:mitre-malware=\"X - S0001\"",
		    "malware=X - S0001 "},
		{"misp-galaxy:mitre-attack-pattern=\"P - T1193\"",
		    "attack-pattern=P - T1193 "},
		{"misp-galaxy:sector=\"Bank\"",
		    "label=misp-galaxy:sector=\"Bank\" "},
		{"false-positive:confirmed=\"true\"", "benign "
		    "label=false-positive:confirmed=\"true\" "},
		{"x=", "label=x= "}, {"x=\"", "label=x=\" "}, {"", ""},
	};
	struct misp_context m;
	struct arena a;
	struct buf got;
	size_t i;

	(void)state;
	arena_init(&a, KIB(64));
	buf_init(&got, KIB(4));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		misp_context_init(&m);
		misp_context_tag(&m, slice_str(rows[i].tag), &a);
		misp_context_tag(&m, slice_str(rows[i].tag), &a); /* once */
		buf_reset(&got);
		if (m.tlp != TLP_UNKNOWN)
			buf_printf(&got, "tlp=%s ", tlp_name(m.tlp));
		if (m.confidence != CONFIDENCE_UNKNOWN)
			buf_printf(&got, "confidence=%u ", m.confidence);
		if (m.benign)
			buf_str(&got, "benign ");
		if (m.nphases > 0)
			buf_printf(&got, "phase=%.*s ",
			    SLICE_ARG(m.phases[0].b));
		if (m.nthreats > 0)
			buf_printf(&got, "%.*s=%.*s ",
			    SLICE_ARG(m.threats[0].a),
			    SLICE_ARG(m.threats[0].b));
		if (m.nlabels > 0)
			buf_printf(&got, "label=%.*s ",
			    SLICE_ARG(m.labels[0]));
		assert_string_equal(got.n > 0 ? got.p : "", rows[i].want);
		assert_true(m.nphases + m.nthreats + m.nlabels <= 1);
	}
	arena_free(&a);
	buf_free(&got);
}

/* The strictest of one place; the attribute's own in front of its event's. */
static void
test_tags_within(void **state)
{
	struct misp_context own, event;
	struct arena a;

	(void)state;
	arena_init(&a, KIB(64));
	misp_context_init(&own);
	misp_context_init(&event);
	misp_context_tag(&event, SLICE("tlp:red"), &a);
	misp_context_tag(&event, SLICE("osint:certainty=\"75\""), &a);
	misp_context_tag(&event, SLICE("x"), &a);
	misp_context_tag(&own, SLICE("tlp:clear"), &a);
	misp_context_tag(&own, SLICE("tlp:green"), &a);
	misp_context_tag(&own, SLICE("x"), &a);
	misp_context_within(&own, &event);
	assert_int_equal(own.tlp, TLP_GREEN);
	assert_int_equal(own.confidence, 75);
	assert_int_equal(own.nlabels, 1);
	arena_free(&a);
}

/* ---- attributes and objects ------------------------------------------------ */

struct world {
	struct feed_options f;
	struct misp_wish wish;
	struct tree tree;
	struct arena arena;
	struct misp_event event;
	struct buf out;
};

static void
world_open(struct world *w, bool removals)
{
	memset(w, 0, sizeof(*w));
	w->wish = (struct misp_wish){.f = &w->f, .removals = removals};
	tree_init(&w->tree);
	arena_init(&w->arena, MIB(8));
	buf_init(&w->out, KIB(16));
	misp_context_init(&w->event.context);
	w->event.info = SLICE("an event");
}

static void
world_close(struct world *w)
{
	tree_free(&w->tree);
	arena_free(&w->arena);
	buf_free(&w->out);
}

static void
print_claim(struct buf *out, const struct claim *c)
{
	size_t i;

	if (c->revoked)
		buf_str(out, "revoked ");
	for (i = 0; i < c->nvalues; i++) {
		buf_printf(out, "%s%s=", (c->values[i].oflags & OVF_COMPOUND) !=
		    0 ? "&" : "", value_type_name(c->values[i].value.type));
		assert_int_equal(value_print(&c->values[i].value, out), 0);
		buf_char(out, ' ');
	}
	if (c->rule.n > 0)
		buf_printf(out, "rule %.*s:%.*s ", SLICE_ARG(c->rule_type),
		    SLICE_ARG(c->rule));
}

static const char *
read_as(struct world *w, bool object, const char *json)
{
	static const char *const words[] = {[MISP_SKIP] = "skip",
	    [MISP_SINGLY] = "singly"};
	struct err e = ERR_INIT;
	enum misp_result r;
	enum reject_reason why;
	struct slice detail;
	struct claim c;

	buf_reset(&w->out);
	arena_reset(&w->arena);
	if (tree_read(&w->tree, &w->arena, slice_str(json), &e) != 0)
		fail_msg("%s: %s", json, e.text);
	r = (object ? misp_object : misp_attribute)(&w->wish, &w->event,
	    (struct misp_json){&w->tree, 0}, &w->arena, &c, &why, &detail);
	if (r == MISP_CLAIM)
		print_claim(&w->out, &c);
	else
		buf_str(&w->out, r == MISP_REJECT ? reject_name((int)why) :
		    words[r]);
	return w->out.p != NULL ? w->out.p : "";
}

#define U "\"uuid\":\"5a0b1c2d-0000-4000-8000-000000000001\""
#define A(type, value) "{" U ",\"to_ids\":true,\"type\":\"" type \
	"\",\"value\":\"" value "\"}"
#define M1 "44d88612fea8a8f36de82e1278abb02e"
#define M2 "44d88612fea8a8f36de82e1278abb02f"

static void
test_attributes(void **state)
{
	static const struct {
		const char *json, *want;
	} rows[] = {
		{A("ip-dst", "198.51.100.7"), "ipv4-addr=198.51.100.7 "},
		{A("ip-src", "2001:db8::1"), "ipv6-addr=2001:db8::1 "},
		{A("ip-src", "198.51.100.0/24"), "ipv4-addr=198.51.100.0/24 "},
		{A("ip-dst|port", "198.51.100.7|80"),
		    "ipv4-addr=198.51.100.7 "},
		{A("ip-dst|port", "2001:db8::1|80"), "ipv6-addr=2001:db8::1 "},
		{A("hostname|port", "a.example|80"), "domain-name=a.example "},
		{A("domain|ip", "a.example|198.51.100.7"),
		    "domain-name=a.example ipv4-addr=198.51.100.7 "},
		{A("domain|ip", "a.example"), "domain-name=a.example "},
		{A("filename|md5", "a.exe|" M1), "&file-name=a.exe md5=" M1
		    " "},
		{A("filename|md5", "a|b|" M1), "&file-name=a|b md5=" M1 " "},
		{A("malware-sample", "a.exe|" M1), "&file-name=a.exe md5=" M1
		    " "},
		{A("filename|vhash", "a.exe|x"), "&file-name=a.exe "},
		{A("filename|md5", M1), "md5=" M1 " "},
		{A("regkey|value", "HKLM\\\\X|1"),
		    "&windows-registry-key=hkey_local_machine\\x "},
		{A("url", "http://a.example/x"), "url=http://a.example/x "},
		{A("email-src", "a@b.example"), "email-addr=a@b.example "},
		{A("AS", "AS64500"), "autonomous-system=AS64500 "},
		{A("vulnerability", "cve-2024-1234"),
		    "vulnerability=CVE-2024-1234 "},
		{A("yara", "rule x {}"), "rule yara:rule x {} "},
		{A("bro", "x"), "rule zeek:x "},
		{A("stix2-pattern", "[domain-name:value = 'a.example']"),
		    "domain-name=a.example "},
		{A("stix2-pattern", "nonsense"), "value-malformed"},
		{A("link", "http://a.example/x"), "skip"},
		{A("target-email", "a@b.example"), "skip"},
		{A("no-such-type", "x"), "skip"},
		{A("ip-dst", "x"), "value-malformed"},
		{A("ip-dst", "10.0.0.1"), "value-bogon"},
		{A("md5", ""), "value-malformed"},
		{"{" U ",\"type\":\"md5\",\"value\":\"" M1 "\"}", "skip"},
		{"{" U ",\"type\":\"md5\",\"value\":\"" M1 "\",\"to_ids\":\"1\"}",
		    "md5=" M1 " "},
		{"{" U ",\"type\":\"md5\",\"value\":\"" M1 "\",\"to_ids\":1,"
		    "\"deleted\":\"1\"}", "skip"},
		{"{\"type\":\"md5\",\"value\":\"" M1 "\",\"to_ids\":true}",
		    "bad-id"},
		{"{\"uuid\":\"../../etc/passwd/../../../../../../etc\",\"type\":"
		    "\"md5\",\"value\":\"" M1 "\",\"to_ids\":true}", "bad-id"},
		{"{}", "skip"}, {"[]", "skip"}, {"7", "skip"},
	};
	struct world w;
	size_t i;

	(void)state;
	world_open(&w, false);
	for (i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(read_as(&w, false, rows[i].json),
		    rows[i].want);
	world_close(&w);
	/* Where it may be known, what goes is told. */
	world_open(&w, true);
	assert_string_equal(read_as(&w, false, "{" U ",\"type\":\"md5\","
	    "\"value\":\"" M1 "\"}"), "revoked md5=" M1 " ");
	assert_string_equal(read_as(&w, false, "{" U ",\"type\":\"md5\","
	    "\"value\":\"" M1 "\",\"to_ids\":true,\"deleted\":true}"),
	    "revoked md5=" M1 " ");
	world_close(&w);
}

#define OBJ(more, attributes) "{" U ",\"name\":\"file\"" more \
	",\"Attribute\":[" attributes "]}"

static void
test_objects(void **state)
{
	static const struct {
		bool removals;
		const char *json, *want;
	} rows[] = {
		{false, OBJ("", A("md5", M1) "," A("filename", "a.exe") ","
		    A("size-in-bytes", "7")), "md5=" M1 " file-name=a.exe "},
		{false, OBJ("", A("md5", M1) ",{\"type\":\"md5\",\"value\":\""
		    M2 "\"}"), "md5=" M1 " "},
		{false, OBJ(",\"deleted\":true", A("md5", M1)), "skip"},
		{true, OBJ(",\"deleted\":true", A("md5", M1)),
		    "revoked md5=" M1 " "},
		{true, OBJ("", "{\"type\":\"md5\",\"value\":\"" M2 "\"}"),
		    "revoked md5=" M2 " "},
		{false, OBJ("", A("md5", "x")), "value-malformed"},
		{false, OBJ("", A("text", "x")), "skip"},
		{false, OBJ("", ""), "skip"},
		{false, "{" U "}", "skip"},
		{false, "{\"Attribute\":[" A("md5", M1) "]}", "bad-id"},
		{false, "{" U ",\"Attribute\":7}", "skip"},
	};
	struct buf many;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		world_open(&w, rows[i].removals);
		assert_string_equal(read_as(&w, true, rows[i].json),
		    rows[i].want);
		world_close(&w);
	}
	buf_init(&many, KIB(64));
	buf_str(&many, "{" U ",\"Attribute\":[");
	for (i = 0; i <= CLAIM_VALUES_MAX; i++)
		buf_printf(&many, "%s{\"to_ids\":true,\"type\":\"ip-dst\","
		    "\"value\":\"198.51.100.%zu\"}", i > 0 ? "," : "", i);
	buf_str(&many, "]}");
	world_open(&w, false);
	assert_string_equal(read_as(&w, true, many.p), "singly");
	world_close(&w);
	buf_free(&many);
}

/* What claims inherit decides about them, and nothing else does. */
static void
test_events(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{"{\"info\":\"x\",\"timestamp\":\"1\"}",
		    "{\"timestamp\":2,\"info\":\"x\"}", true},
		{"{\"info\":\"x\"}", "{\"info\":\"y\"}", false},
		{"{\"Tag\":[{\"name\":\"tlp:red\"}]}",
		    "{\"Tag\":{\"name\":\"tlp:red\"}}", true},
		{"{\"Tag\":[{\"name\":\"tlp:red\"}]}", "{\"Tag\":null}", false},
		{"{\"Orgc\":{\"name\":\"x\"}}", "{}", true},
		{"{\"Orgc\":{" U "}}", "{}", false},
	};
	static const struct slice uuid = {
	    "5a0b1c2d-0000-4000-8000-000000000002", 36};
	struct misp_event ev[2];
	struct world w;
	size_t i, k;

	(void)state;
	world_open(&w, false);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		for (k = 0; k < 2; k++) {
			const char *json = k == 0 ? rows[i].a : rows[i].b;

			assert_int_equal(tree_read(&w.tree, &w.arena,
			    slice_str(json), NULL), 0);
			assert_int_equal(misp_event_read((struct misp_json){
			    &w.tree, 0}, uuid, &w.arena, &ev[k]), 0);
		}
		assert_int_equal(ev[0].digest == ev[1].digest, rows[i].same);
	}
	assert_int_equal(misp_event_read((struct misp_json){&w.tree, 0},
	    SLICE("../x"), &w.arena, &ev[0]), -1);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pick),
		cmocka_unit_test(test_pick_bounds),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_tags_within),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
