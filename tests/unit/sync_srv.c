/* SPDX-License-Identifier: BSD-2-Clause */
/* DNS messages as servers send them, and as nobody should. */
#include "unit.h"

#include "sync/srv.h"

#define NAME "_taxii2._tcp.feed.example"
/* The header of an answer with so many records, and the question at 12;
 * feed.example is at 25, the first record at 43. */
#define FLAGS(flags, an) "\x12\x34" flags "\0\1\0" an "\0\0\0\0"
#define ASKED "\7_taxii2\4_tcp\4feed\7example\0"
#define QUESTION ASKED "\0\x21\0\1"
#define GOOD(an) FLAGS("\x81\x80", an) QUESTION
#define OWNER "\xc0\x0c"
#define RECORD(owner, type, len) owner "\0" type "\0\1\0\0\0\x3c\0" len
#define SRV(len) RECORD(OWNER, "\x21", len)
#define TERMS "\0\5\0\7\x01\xbb" /* priority 5, weight 7, port 443 */
#define AT_FEED "\xc0\x19"

#define R(bytes, n, refused, first) {#bytes, {bytes, sizeof(bytes) - 1}, n, \
	    refused, first}

static const struct row {
	const char *name;
	struct slice message;
	int n;             /* of the targets; -1: an error */
	bool refused;
	const char *first; /* target, or a part of the error */
} rows[] = {
	/* whole names, compressed ones, letters of either case */
	R(GOOD("\1") SRV("\26") TERMS "\1b\4feed\7example\0", 1, false,
	    "5 7 b.feed.example:443"),
	R(GOOD("\1") SRV("\12") TERMS "\1B" AT_FEED, 1, false,
	    "5 7 b.feed.example:443"),
	R(GOOD("\1") SRV("\10") TERMS AT_FEED, 1, false,
	    "5 7 feed.example:443"),
	R(GOOD("\1") RECORD("\7_TAXII2\4_tcp" AT_FEED, "\x21", "\10") TERMS
	    AT_FEED, 1, false, "5 7 feed.example:443"),
	/* the greater weight, the smaller priority first */
	R(GOOD("\2") SRV("\12") TERMS "\1b" AT_FEED SRV("\12")
	    "\0\5\0\x8\0\1" "\1c" AT_FEED, 2, false, "5 8 c.feed.example:1"),
	R(GOOD("\2") SRV("\12") TERMS "\1b" AT_FEED SRV("\12")
	    "\0\4\0\0\0\1" "\1c" AT_FEED, 2, false, "4 0 c.feed.example:1"),
	R(GOOD("\2") SRV("\12") TERMS "\1b" AT_FEED SRV("\12")
	    TERMS "\1a" AT_FEED, 2, false, "5 7 a.feed.example:443"),
	/* none: no record, no such name, others' records, another class */
	R(GOOD("\0"), 0, false, NULL),
	R(FLAGS("\x81\x83", "\0") QUESTION, 0, false, NULL),
	R(GOOD("\1") RECORD(AT_FEED, "\x21", "\10") TERMS AT_FEED, 0, false,
	    NULL),
	R(GOOD("\1") RECORD(OWNER, "\x01", "\4") "\1\2\3\4", 0, false, NULL),
	R(GOOD("\1") OWNER "\0\x21\0\3\0\0\0\0\0\10" TERMS AT_FEED, 0, false,
	    NULL),
	/* an alias, then records of what it stands for */
	R(GOOD("\2") RECORD(OWNER, "\5", "\4") "\1x" AT_FEED
	    RECORD("\1x" AT_FEED, "\x21", "\10") TERMS AT_FEED, 1, false,
	    "5 7 feed.example:443"),
	/* the root: there is no such service; beside others it says nothing */
	R(GOOD("\1") SRV("\7") "\0\0\0\0\0\0\0", 0, true, NULL),
	R(GOOD("\2") SRV("\7") "\0\0\0\0\0\0\0" SRV("\10") TERMS AT_FEED, 1,
	    false, "5 7 feed.example:443"),
	/* not an answer to the question */
	R("", -1, false, "shorter"),
	R("\x12\x34\x81\x80\0\1\0\0\0\0\0", -1, false, "shorter"),
	R(FLAGS("\x01\x80", "\0") QUESTION, -1, false, "no response"),
	R(FLAGS("\xa1\x80", "\0") QUESTION, -1, false, "no response"),
	R(FLAGS("\x83\x80", "\0") QUESTION, -1, false, "cut off on the way"),
	R(FLAGS("\x81\x82", "\0") QUESTION, -1, false, "failure"),
	R(FLAGS("\x81\x80", "\0"), -1, false, "another question"),
	R("\x12\x34\x81\x80\0\0\0\0\0\0\0\0", -1, false, "another question"),
	R(FLAGS("\x81\x80", "\0") ASKED "\0\1\0\1", -1, false,
	    "another question"),
	R(FLAGS("\x81\x80", "\0") "\4feed\7example\0\0\x21\0\1", -1, false,
	    "another question"),
	/* names without an end */
	R(GOOD("\1") "\xc0\x2b\0\x21\0\1\0\0\0\0\0\10" TERMS AT_FEED, -1,
	    false, "cut off"),
	R(GOOD("\1") "\xc0\xff\0\x21\0\1\0\0\0\0\0\10" TERMS AT_FEED, -1,
	    false, "cut off"),
	R(GOOD("\1") SRV("\12") TERMS "\1a\xc0\x3d", -1, false, "cut off"),
	R(GOOD("\1") SRV("\11") TERMS "\xbf" AT_FEED, -1, false, "cut off"),
	R(GOOD("\1") SRV("\11") TERMS "\x7f" AT_FEED, -1, false, "cut off"),
	/* lengths that lie */
	R(GOOD("\2") SRV("\10") TERMS AT_FEED, -1, false, "cut off"),
	R(GOOD("\1") SRV("\11") TERMS AT_FEED, -1, false, "cut off"),
	R(GOOD("\1") SRV("\11") TERMS AT_FEED "\0", -1, false, "not as long"),
	R(GOOD("\1") SRV("\7") TERMS AT_FEED, -1, false, "not as long"),
	R(GOOD("\1") SRV("\0"), -1, false, "cut off"),
	R(GOOD("\1") RECORD(OWNER, "\5", "\1") AT_FEED, -1, false,
	    "not as long"),
	/* targets that are no hosts */
	R(GOOD("\1") SRV("\15") TERMS "\3a/b\1c\0", -1, false, "host's name"),
	R(GOOD("\1") SRV("\15") TERMS "\3a.b\1c\0", -1, false, "host's name"),
	R(GOOD("\1") SRV("\15") TERMS "\3a\0b\1c\0", -1, false,
	    "host's name"),
	R(GOOD("\1") SRV("\15") TERMS "\3a\xc3\xa4\1c\0", -1, false,
	    "host's name"),
	R(GOOD("\1") SRV("\21") TERMS "\3" "127\1" "0\1" "0\1" "1\0", -1, false,
	    "host's name"),
	R(GOOD("\1") SRV("\12") TERMS "\2me\0", -1, false, "host's name"),
	R(GOOD("\1") SRV("\10") "\0\0\0\0\0\0" AT_FEED, -1, false, "port 0"),
};

static void
test_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct err e = ERR_INIT;
		struct srv_list list;
		char text[400];
		int rc = srv_parse(r->message, NAME, &list, &e);

		if (r->n < 0) {
			ROW_CHECK(rc == -1 && list.n == 0, "%s", r->name);
			ROW_CHECK(strstr(e.text, r->first) != NULL, "%s: %s",
			    r->name, e.text);
			continue;
		}
		ROW_CHECK(rc == 0, "%s: %s", r->name, e.text);
		ROW_CHECK(list.n == (size_t)r->n, "%s: %zu", r->name, list.n);
		ROW_CHECK(list.refused == r->refused, "%s", r->name);
		if (r->n == 0)
			continue;
		snprintf(text, sizeof(text), "%u %u %s:%u",
		    (unsigned)list.at[0].priority, (unsigned)list.at[0].weight,
		    list.at[0].host, (unsigned)list.at[0].port);
		ROW_CHECK(strcmp(text, r->first) == 0, "%s: %s", r->name,
		    text);
	}
}

/* A message that ends anywhere before its end is refused; copied, so that a
 * byte read behind it is seen. */
static void
test_cut(void **state)
{
	struct slice whole = rows[0].message;

	(void)state;
	for (size_t n = 0; n < whole.n; n++) {
		char *part = malloc(n + 1);
		struct srv_list list;

		assert_non_null(part);
		part = realloc(part, n > 0 ? n : 1);
		assert_non_null(part);
		memcpy(part, whole.p, n);
		ROW_CHECK(srv_parse((struct slice){part, n}, NAME, &list,
		    NULL) == -1, "%zu bytes", n);
		free(part);
	}
}

/* `n` times the same record. */
static int
parse_many(const char *record, size_t len, unsigned n, struct srv_list *list,
    struct err *e)
{
	static const char head[] = GOOD("\0");
	struct buf b;
	int rc;

	buf_init(&b, LIMIT_DNS + KIB(64));
	buf_add(&b, head, sizeof(head) - 1);
	for (unsigned i = 0; i < n; i++)
		buf_add(&b, record, len);
	assert_true(buf_ok(&b));
	b.p[6] = (char)(n >> 8);
	b.p[7] = (char)n;
	rc = srv_parse(buf_view(&b), NAME, list, e);
	buf_free(&b);
	return rc;
}

static void
test_limits(void **state)
{
	static const char one[] = SRV("\10") TERMS AT_FEED;
	static const char other[] = RECORD(AT_FEED, "\x01", "\0");
	const size_t n = sizeof(one) - 1, m = sizeof(other) - 1;
	struct err e = ERR_INIT;
	struct srv_list list;

	(void)state;
	assert_int_equal(parse_many(one, n, LIMIT_SRV, &list, &e), 0);
	assert_int_equal(list.n, LIMIT_SRV);
	assert_int_equal(parse_many(one, n, LIMIT_SRV + 1, &list, &e), -1);
	assert_non_null(strstr(e.text, "too many SRV records"));
	err_clear(&e);
	assert_int_equal(parse_many(other, m, LIMIT_DNS_RECORDS, &list, &e), 0);
	assert_int_equal(list.n, 0);
	assert_int_equal(parse_many(other, m, LIMIT_DNS_RECORDS + 1, &list,
	    &e), -1);
	assert_non_null(strstr(e.text, "too many records"));
	err_clear(&e);
	assert_int_equal(parse_many(other, m, 6000, &list, &e), -1);
	assert_non_null(strstr(e.text, "too long"));
}

static void
test_domains(void **state)
{
	static const struct {
		const char *text, *domain; /* NULL: none */
	} cases[] = {
		{"feed.example", "feed.example"},
		{"Feed.Example.", "feed.example"},
		{"b\xc3\xbc" "cher.example", "xn--bcher-kva.example"},
		{"localhost", NULL}, {"", NULL}, {".", NULL}, {".a.b", NULL},
		{"*.feed.example", NULL}, {"192.0.2.1", NULL},
		{"feed.example:443", NULL}, {"2001:db8::1", NULL},
		{"a..b", NULL}, {"a/b.example", NULL}, {"a b.example", NULL},
	};
	char domain[SRV_HOST_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = srv_domain(slice_str(cases[i].text), domain, NULL);

		ROW_CHECK(rc == (cases[i].domain != NULL ? 0 : -1), "'%s'",
		    cases[i].text);
		ROW_CHECK(rc != 0 || strcmp(domain, cases[i].domain) == 0,
		    "'%s': '%s'", cases[i].text, domain);
	}
}

/* What cannot be asked for. */
static void
test_services(void **state)
{
	struct srv_list list;
	char longest[300];

	(void)state;
	assert_int_equal(srv_parse(rows[0].message, "", &list, NULL), -1);
	assert_int_equal(srv_parse(rows[0].message, "a..b", &list, NULL), -1);
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(srv_parse(rows[0].message, longest, &list, NULL), -1);
	for (size_t i = 1; i < sizeof(longest) - 1; i += 2)
		longest[i] = '.';
	assert_int_equal(srv_parse(rows[0].message, longest, &list, NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
