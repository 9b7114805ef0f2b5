/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts out of listings in XML: what is read, and what is no listing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "sync/xml_texts.h"

struct got {
	char text[256];
	unsigned n, stop;
};

static int
take(void *ctx, struct slice text)
{
	struct got *g = ctx;
	size_t at = strlen(g->text);

	snprintf(g->text + at, sizeof(g->text) - at, "[%.*s]",
	    SLICE_ARG(text));
	return ++g->n == g->stop;
}

static void
test_texts(void **state)
{
	static const struct {
		const char *xml, *path, *texts;
	} rows[] = {
		{"<r><a>1</a><a>2</a></r>", "a", "[1][2]"},
		{"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		    "<EnumerationResults ServiceEndpoint=\"https://h/\">"
		    "<Blobs><Blob><Name>x/a.gz</Name><Properties><Etag>1</Etag>"
		    "</Properties></Blob><Blob><Name> b </Name></Blob></Blobs>"
		    "<NextMarker>2!76!</NextMarker></EnumerationResults>\n",
		    "Blobs.Blob.Name", "[x/a.gz][b]"},
		{"<r><Blobs/><NextMarker /></r>", "NextMarker", "[]"},
		{"<r><n Encoded=\"true\">a%EF%BF%BE%20b%2f</n><n>a%20</n>"
		    "<n Encoded=\"false\">%41</n></r>", "n",
		    "[a\xef\xbf\xbe b/][a%20][%41]"},
		{"<r><n Encoded=\"true\">%</n><n Encoded=\"true\"/></r>",
		    "n", "[%][]"},
		{"<r><Blobs/></r>", "NextMarker", ""},
		/* only there, and not deeper or elsewhere */
		{"<r><a><n>1</n></a><n>2</n><b><n>3</n></b></r>", "n", "[2]"},
		{"<r><a><b><a><n>1</n></a></b><n>2</n></a></r>", "a.n", "[2]"},
		{"<r><a>1<b>2</b>3</a></r>", "a", "[13]"},
		{"<r><a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;&#xe4;&#x20ac;"
		    "&#x1F600;</a></r>", "a",
		    "[<&>\"'AB\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80]"},
		{"<r><a><![CDATA[<x>&amp;]]>y</a></r>", "a", "[<x>&amp;y]"},
		{"<!-- <r> --><r><!-- <a>1</a> --><a>2<!-- - --></a></r>"
		    "<!-- end -->", "a", "[2]"},
		{"<s:r xmlns:s=\"u\"><s:a>1</s:a></s:r>", "a", "[1]"},
		{"<r><a x='>' y=\"/>'\">1</a ></r>", "a", "[1]"},
		{"<r><a b=\"c\"/><a>2</a></r>", "a", "[][2]"},
		{"<r>1</r>", "a", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct got g = {"", 0, 0};
		struct err e = ERR_INIT;

		if (xml_texts(slice_str(rows[i].xml), slice_str(rows[i].path),
		    take, &g, &e) != 0)
			fail_msg("%s: %s", rows[i].xml, e.text);
		assert_string_equal(g.text, rows[i].texts);
	}
}

static void
test_what_is_no_list(void **state)
{
	static const struct {
		const char *xml, *why;
	} rows[] = {
		{"", "empty"}, {"  \n", "empty"}, {"x", "text around"},
		{"{\"a\": 1}", "text around"},
		{"<r><a>1</a>", "cut off"}, {"<r><a>1", "cut off"},
		{"<r><a", "does not end"}, {"<r><a b=\"", "does not end"},
		{"<r><a <b></a></r>", "does not end"},
		{"<r></a></r>", "end tag"}, {"</r>", "end tag"},
		{"<r></r x>", "end tag"}, {"<r/><r/>", "second root"},
		{"<r/>x", "text around"}, {"<r>< a/></r>", "without a name"},
		{"<r><!-- x", "comment"}, {"<?xml ", "instruction"},
		{"<r><![CDATA[x]></r>", "CDATA"},
		{"<!DOCTYPE r [<!ENTITY a \"aaaa\">]><r><a>&a;</a></r>",
		    "document type"},
		{"<!DOCTYPE html><html><body>Sign in</body></html>",
		    "document type"},
		{"<r><a>&b;</a></r>", "entity"}, {"<r><a>a & b</a></r>", "&"},
		{"<r><a>&#0;</a></r>", "no character"},
		{"<r><a>&#xd800;</a></r>", "no character"},
		{"<r><a>&#x110000;</a></r>", "no character"},
		{"<r><a>&#99999999;</a></r>", "no character"},
		{"<r><a>&#x;</a></r>", "no character"},
		{"<r><a>&#1a;</a></r>", "no character"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct got g = {"", 0, 0};
		struct err e = ERR_INIT;

		if (xml_texts(slice_str(rows[i].xml), SLICE("a"), take, &g,
		    &e) == 0)
			fail_msg("'%s' is taken", rows[i].xml);
		assert_int_equal(e.code, ERR_SYNTAX);
		if (strstr(e.text, rows[i].why) == NULL)
			fail_msg("'%s': %s", rows[i].xml, e.text);
	}
}

static void
test_bounds(void **state)
{
	struct got g = {"", 0, 0};
	struct err e = ERR_INIT;
	struct buf xml;

	(void)state;
	buf_init(&xml, MIB(1));
	for (unsigned i = 0; i <= LIMIT_XML_DEPTH; i++)
		buf_str(&xml, "<a>");
	assert_int_equal(xml_texts(buf_view(&xml), SLICE("a"), take, &g, &e),
	    -1);
	assert_int_equal(e.code, ERR_LIMIT);
	err_clear(&e);
	buf_reset(&xml);
	buf_str(&xml, "<r><a>");
	for (unsigned i = 0; i <= LIMIT_URL; i++)
		buf_char(&xml, 'x');
	buf_str(&xml, "</a></r>");
	assert_int_equal(xml_texts(buf_view(&xml), SLICE("a"), take, &g, &e),
	    -1);
	assert_int_equal(e.code, ERR_LIMIT);
	/* what is not wanted may be as long as it likes */
	assert_int_equal(xml_texts(buf_view(&xml), SLICE("b"), take, &g, NULL),
	    0);
	buf_free(&xml);
}

static void
test_paths(void **state)
{
	static const char *const wrong[] = {"", ".", "a.", ".a", "a..b",
	    "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a"};
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		assert_int_equal(xml_path_check(slice_str(wrong[i]), &e), -1);
		assert_int_equal(e.code, ERR_CONFIG);
		err_clear(&e);
	}
	assert_int_equal(xml_path_check(SLICE("a.b-c.d:e"), NULL), 0);
}

static void
test_the_first_is_enough(void **state)
{
	struct got g = {"", 0, 2};

	(void)state;
	assert_int_equal(xml_texts(SLICE("<r><a>1</a><a>2</a><a>3</a>"),
	    SLICE("a"), take, &g, NULL), 0);
	assert_string_equal(g.text, "[1][2]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_what_is_no_list),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_the_first_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
