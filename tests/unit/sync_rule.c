/* SPDX-License-Identifier: BSD-2-Clause */
/* Detection rules: how texts are cut, and what is read of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "sync/rule.h"

/* What came out, in a line: rules as "id" (with '-' when switched off), what is
 * none as "!WHY@OFFSET". */
struct seen {
	struct buf out;
	const char *const *fields; /* shown behind each id; NULL at the end */
	char text[4096];           /* of the last rule */
};

static int
on_rule(void *ctx, const struct rule *r, uint64_t offset, struct err *e)
{
	struct seen *s = ctx;
	struct slice id = rule_get(r, "id"), text;
	size_t i;

	(void)offset;
	(void)e;
	buf_printf(&s->out, "%s%s%.*s", s->out.n > 0 ? " " : "",
	    r->disabled ? "-" : "", SLICE_ARG(id));
	for (i = 0; s->fields != NULL && s->fields[i] != NULL; i++) {
		text = rule_get(r, s->fields[i]);
		buf_printf(&s->out, "|%.*s", (int)text.n,
		    text.p != NULL ? text.p : "");
	}
	for (i = 0; i < r->nimports; i++)
		buf_printf(&s->out, "+%.*s", SLICE_ARG(r->imports[i]));
	for (i = 0; i < r->nwords; i++)
		buf_printf(&s->out, "~%.*s", SLICE_ARG(r->words[i]));
	snprintf(s->text, sizeof(s->text), "%.*s", SLICE_ARG(r->text));
	return 0;
}

static int
on_bad(void *ctx, struct slice text, uint64_t offset, const char *why,
    struct err *e)
{
	struct seen *s = ctx;

	(void)text;
	(void)e;
	buf_printf(&s->out, "%s!%s@%llu", s->out.n > 0 ? " " : "", why,
	    (unsigned long long)offset);
	return 0;
}

static void
cut(enum rule_format f, const char *text, struct seen *s)
{
	const struct rule_sink sink = {on_rule, on_bad, s};
	struct err e = ERR_INIT;
	struct rule_cut *c = rule_cut_new(f, &sink, &e);

	assert_non_null(c);
	buf_reset(&s->out);
	s->text[0] = '\0';
	assert_int_equal(rule_cut_text(c, slice_str(text), &e), 0);
	rule_cut_free(c);
}

struct row {
	const char *text, *out;
};

static void
check_rows(enum rule_format f, const struct row *rows, size_t n)
{
	struct seen s = {.fields = NULL};
	size_t i;

	buf_init(&s.out, MIB(1));
	for (i = 0; i < n; i++) {
		cut(f, rows[i].text, &s);
		assert_string_equal(s.out.n > 0 ? s.out.p : "", rows[i].out);
	}
	buf_free(&s.out);
}

static void
test_yara(void **state)
{
	static const struct row rows[] = {
		{"", ""},
		{"// rule a { condition: true }\n/* rule b {\n } */\n", ""},
		{"rule a { condition: true }", "a"},
		{"rule a{condition:true}rule b{condition:a}", "a b~a"},
		{"private global rule a : x y { condition: true }", "a"},
		/* what may hide a brace */
		{"rule a { strings: $s = \"}\" condition: $s } rule b "
		    "{ condition: true }", "a b"},
		{"rule a { strings: $s = \"\\\\\\\"}\" condition: $s }", "a"},
		{"rule a { strings: $s = /}\\/}/i condition: $s }", "a"},
		{"rule a { strings: $s = /[/]x/ // }\ncondition: $s }",
		    "!an expression of it has no end@0"},
		{"rule a { strings: $h = { 4D [2-4] ( 5A | 90 ) } /* } */ "
		    "condition: $h }", "a"},
		{"rule a { condition: filesize \\ 2 > 1 /* } */ }", "a"},
		/* modules and the names of other rules */
		{"import \"pe\"\nrule a { condition: pe.is_dll() and b }\n",
		    "a+pe~b"},
		{"import \"mine\" import \"pe\"\nrule a { condition: mine.x }",
		    "a+mine"},
		{"include \"x.yar\"\nrule a { condition: math.entropy(0,1) > 2 "
		    "and elf.type == 1 }", "a+math+elf"},
		{"rule a { strings: $b = \"x\" condition: #b > 1 and @b == 0 "
		    "and !b == 1 and $b }", "a"},
		{"rule a { condition: for any s in (1..2) : (s == ext) }",
		    "a~s~ext"},
		/* broken */
		{"rule a { condition: true", "!it is not closed where the text "
		    "ends@0"},
		{"rule a { condition: true\nprivate rule b { condition: true }",
		    "!it is not closed where the next one begins@0 b"},
		{"rule a { strings: $a = \"x\n condition: $a }\nrule b "
		    "{ condition: true }", "!a string of it has no end@0 b"},
		{"rule a { strings: $a = /x\n condition: $a }",
		    "!an expression of it has no end@0"},
		{"rule a { strings: $a = \"x\" }", "!it has no condition@0"},
		{"rule all { condition: true }", "!its name cannot be one@0"},
		{"rule 1a { condition: true }", "!its name cannot be one@0"},
		{"rule { condition: true }", "!it does not begin as a rule "
		    "does@0"},
		{"rule a b { condition: true }", "!its name is not followed by "
		    "a brace@0"},
		{"private x rule a { condition: true }", "!what stands in "
		    "front of it is no rule@0 a"},
		{"<html> <body>\n</body>", "!it is neither a rule nor an "
		    "import@0"},
		{"} } rule a { condition: true } ;", "!it is neither a rule "
		    "nor an import@0 a !it is neither a rule nor an "
		    "import@31"},
		{"rule a { condition: \xff }", "!it is not UTF-8 (see "
		    "'encoding')@0"},
	};

	(void)state;
	check_rows(RULE_YARA, rows, ARRAY_LEN(rows));
}

static void
test_net(void **state)
{
	static const struct row rows[] = {
		{"", ""},
		{"# a comment\n\n#\n", ""},
		{"alert tcp any any -> any 80 (msg:\"x\"; sid:5; rev:2;)", "5"},
		{"# alert tcp any any -> any 80 (msg:\"x\"; sid:5;)", "-5"},
		{"##alert tcp any any -> any 80 (sid:5;)\n", "-5"},
		{"# alert people (if you can) about it", ""},
		{"alert tcp any any -> any any (gid:1; sid:5;)", "5"},
		{"alert tcp any any -> any any (sid:5; gid:3;)", "3:5"},
		/* what may hide an end */
		{"alert tcp a a -> b b (msg:\"a;)\\\"b\"; pcre:\"/\\;)/\"; "
		    "sid:6;)", "6"},
		{"alert tcp a a -> b b (msg:\"a\\; sid:1\\;\"; sid:6;)", "6"},
		/* several lines */
		{"alert tcp a a -> b b \\\n (msg:\"x\"; \\\n sid:7;)\n", "7"},
		{"alert http (\n  msg:\"x\";\n  sid:8;\n)\n# c\n", "8"},
		{"alert tcp a a -> b b (msg:\"x\";\nalert tcp a a -> b b "
		    "(sid:9;)", "!its parentheses, quotes or last semicolon "
		    "are not closed@0 9"},
		/* broken */
		{"alert tcp a a -> b b (msg:\"x; sid:1;)", "!its parentheses, "
		    "quotes or last semicolon are not closed@0"},
		{"alert tcp a a -> b b (sid:1)", "!its parentheses, quotes or "
		    "last semicolon are not closed@0"},
		{"alert tcp a a -> b b (msg:\"x\";)", "!it has no sid that is "
		    "a number@0"},
		{"alert tcp a a -> b b (sid:x;)", "!it has no sid that is a "
		    "number@0"},
		{"alert tcp a a -> b b (sid:99999999999;)", "!it has no sid "
		    "that is a number@0"},
		{"192.0.2.1\n", "!it does not begin with an action, as a rule "
		    "does@0"},
	};

	(void)state;
	check_rows(RULE_SURICATA, rows, ARRAY_LEN(rows));
	check_rows(RULE_SNORT, rows, ARRAY_LEN(rows));
}

static void
test_sigma(void **state)
{
	static const struct row rows[] = {
		{"", ""},
		{"# nothing\n---\n...\n", ""},
		{"id: a\ndetection: {s: {x: y}, condition: s}\n", "a"},
		{"---\nid: a\ndetection: {}\n---\nid: b\nstatus: deprecated\n"
		    "detection: {}\n...\n", "a -b"},
		{"id: a\ndetection:\n  x: |\n    line\n    --- no end\n", "a"},
		{"title: T\ncorrelation: {type: x}\n", ""},
		{"{\"id\": \"a\", \"detection\": {\"s\": [1, 2]}}", "a"},
		{"action: global\nid: a\n---\ndetection: {s: {a: b}}\n---\n"
		    "detection: {s: {c: d}}\n", "a"},
		{"id: a\n", "!it has no detection@0"},
		{"detection: {s: 1}\n", "!it has neither an id nor a title@0"},
		{"- a\n- b\n", "!it is no mapping@0"},
		{"id: a\ndetection: {\n---\nid: b\ndetection: {}\n", "!it is no "
		    "YAML: did not find expected node content@0 b"},
		{"id: a\nx: &x [*x]\ndetection: {}\n", "a"},
	};

	(void)state;
	check_rows(RULE_SIGMA, rows, ARRAY_LEN(rows));
}

static void
test_fields(void **state)
{
	static const char *const names[] = {"name", "version", "labels",
	    "created", "modified", "confidence", "threat", "tlp", "level",
	    "scope", "meta.author", NULL};
	static const struct {
		enum rule_format format;
		const char *text, *out;
	} rows[] = {
		{RULE_YARA, "global rule a : t u { meta: author = \"A \\\" B\" "
		    "date = \"2024-03-01\" modified = \"2024/04/02\" score = "
		    "70 malware = \"Evil\" tlp = \"TLP:GREEN\" version = \"3\" "
		    "severity = 5 condition: true }",
		    "a|a|3|t|2024-03-01T00:00:00Z|2024-04-02T00:00:00Z|70|Evil"
		    "|TLP:GREEN|5|global|A \\\" B"},
		{RULE_YARA, "private rule a { meta: author = \"x\" date = "
		    "\"soon\" condition: true }", "a|a|||||||||private|x"},
		{RULE_SURICATA, "alert tcp a a -> b b (msg:\"ET X\"; classtype:"
		    "trojan; sid:1; rev:4; metadata:author M N, created_at "
		    "2020_01_02, updated_at 2021_03_04, confidence High, "
		    "malware_family Evil, signature_severity Major;)",
		    "1|ET X|4|trojan|2020-01-02T00:00:00Z|"
		    "2021-03-04T00:00:00Z|85|Evil||Major||M N"},
		{RULE_SIGMA, "title: T\nid: a\nlevel: critical\ndate: "
		    "2022/10/11\nmodified: 2023-01-02\nauthor: 'M, N'\ntags:\n"
		    "  - attack.t1\n  - x\ndetection: {}\n",
		    "a|T||attack.t1|2022-10-11T00:00:00Z|2023-01-02T00:00:00Z|"
		    "95|||critical||M, N"},
		{RULE_SIGMA, "id: a\ntitle: \"T\\u0009U\"\ndetection: {id: b}\n"
		    "logsource: {product: p, author: q}\n",
		    "a|T\tU|||||||||" "|q"},
	};
	struct seen s = {.fields = names};
	size_t i;

	(void)state;
	buf_init(&s.out, MIB(1));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		cut(rows[i].format, rows[i].text, &s);
		assert_string_equal(s.out.p, rows[i].out);
	}
	buf_free(&s.out);
}

/* The text of a rule is its own, without what stands around it. */
static void
test_text(void **state)
{
	static const struct {
		enum rule_format format;
		const char *text, *rule;
	} rows[] = {
		{RULE_YARA, "// c\nimport \"pe\"\n  private rule a\n{\n\t"
		    "condition: // d\n\t\ttrue\n} // e\n",
		    "private rule a\n{\n\tcondition: // d\n\t\ttrue\n}"},
		{RULE_YARA, "rule x { condition: true\nglobal private rule a "
		    "{ condition: true }", "global private rule a "
		    "{ condition: true }"},
		{RULE_SURICATA, " # alert tcp a a -> b b (sid:1;) ",
		    "alert tcp a a -> b b (sid:1;)"},
		{RULE_SURICATA, "alert tcp a a \\\n  -> b b (sid:1;)",
		    "alert tcp a a  -> b b (sid:1;)"},
		{RULE_SIGMA, "---\nid: a\ndetection: {}\n\n...\n",
		    "id: a\ndetection: {}"},
	};
	struct seen s = {.fields = NULL};
	size_t i;

	(void)state;
	buf_init(&s.out, MIB(1));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		cut(rows[i].format, rows[i].text, &s);
		assert_string_equal(s.text, rows[i].rule);
	}
	buf_free(&s.out);
}

/* Memory is that of one rule; the next one is found behind one too long. */
static void
test_too_long(void **state)
{
	static const struct {
		enum rule_format format;
		const char *head, *tail, *out;
	} rows[] = {
		{RULE_YARA, "rule a { strings: $a = \"", "\" condition: $a }\n"
		    "rule b { condition: true }", "!it is longer than a rule "
		    "may be@0 b"},
		{RULE_SURICATA, "alert tcp a a -> b b (msg:\"", "\"; sid:1;)\n"
		    "alert tcp a a -> b b (sid:2;)\n", "!it is longer than a "
		    "rule may be@0 2"},
		{RULE_SIGMA, "id: a\ntitle: ", "\n---\nid: b\ndetection: {}\n",
		    "!it is longer than a rule may be@0 b"},
	};
	struct seen s = {.fields = NULL};
	struct buf text;
	size_t i, k;

	(void)state;
	buf_init(&s.out, MIB(1));
	buf_init(&text, MIB(1));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&text);
		buf_str(&text, rows[i].head);
		for (k = 0; k < LIMIT_RULE; k++)
			buf_char(&text, 'x');
		buf_str(&text, rows[i].tail);
		cut(rows[i].format, text.p, &s);
		assert_string_equal(s.out.p, rows[i].out);
	}
	buf_free(&text);
	buf_free(&s.out);
}

static void
test_names(void **state)
{
	(void)state;
	assert_int_equal(rule_format_find(SLICE("YARA")), RULE_YARA);
	assert_int_equal(rule_format_find(SLICE("snort")), RULE_SNORT);
	assert_int_equal(rule_format_find(SLICE("stix")), -1);
	assert_string_equal(rule_format_name(RULE_SIGMA), "sigma");
	assert_null(rule_format_name(RULE_FORMATS));
	assert_true(rule_field_known(SLICE("version")));
	assert_true(rule_field_known(SLICE("meta.x")));
	assert_false(rule_field_known(SLICE("meta.")));
	assert_false(rule_field_known(SLICE("value")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yara), cmocka_unit_test(test_net),
		cmocka_unit_test(test_sigma), cmocka_unit_test(test_fields),
		cmocka_unit_test(test_text), cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
