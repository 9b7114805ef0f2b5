/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "sync/log_limit.h"
#include "sync/log_render.h"

/* ---- the table ----------------------------------------------------------- */

static void
test_table(void **state)
{
	unsigned i, j;

	(void)state;
	for (i = 0; i < LOG_EVENTS; i++) {
		const struct log_row *r = log_row((enum log_event)i);

		assert_non_null(r->name);
		assert_int_equal(log_event_code(r->name), i);
		assert_int_equal(strlen(r->id), 32);
		assert_int_equal(strspn(r->id, "0123456789abcdef"), 32);
		assert_true(r->fields != 0 && r->level < LOG_LEVELS);
		assert_true(r->meaning[0] != '\0');
		for (j = 0; j < i; j++) {
			assert_string_not_equal(r->id,
			    log_row((enum log_event)j)->id);
			/* In the order of the alphabet, for who looks. */
			assert_true(strcmp(log_row((enum log_event)j)->name,
			    r->name) < 0);
		}
	}
	for (i = 1; i < LOG_KEYS; i++) {
		const char *key = log_key_name((enum log_key)i);

		assert_int_equal(log_key_code(key), i);
		/* Names of the journal are made of it. */
		assert_int_equal(strspn(key, "abcdefghijklmnopqrstuvwxyz"),
		    strlen(key));
	}
	assert_int_equal(log_key_code("nothing"), LOG_END);
	assert_int_equal(log_event_code("nothing"), LOG_EVENTS);
	for (i = 0; i < LOG_LEVELS; i++)
		assert_int_equal(log_level_code(log_level_name((int)i)), i);
	assert_int_equal(log_level_code(""), LOG_LEVELS);
	assert_int_equal(log_format_code("plain"), LOG_FORMATS);
	assert_int_equal(log_format_code(""), LOG_FORMATS);
	assert_int_equal(log_format_code("json"), LOG_FORMAT_JSON);
}

/* ---- lines --------------------------------------------------------------- */

static const char *
line_of(enum log_format format, enum log_event event,
    const struct log_field *fields)
{
	static char line[LOG_LINE_MAX];
	struct log_record r = {event, fields};
	size_t n = log_render(&r, format, 0, line);

	assert_int_equal(n, strlen(line));
	return line;
}

static void
test_formats(void **state)
{
	const struct log_field f[] = {
		log_text(LOG_TASK, "poll"), log_text(LOG_SOURCE, "a feed"),
		log_number(LOG_MS, -3), log_text(LOG_ERROR, "no"), {0}
	};
	const struct log_field d[] = {
		log_text(LOG_SOURCE, "feed"), log_text(LOG_ID, "no-more"),
		log_text(LOG_TEXT, "what: \x1b[2J{id}"), {0}
	};

	(void)state;
	assert_string_equal(line_of(LOG_FORMAT_TEXT, EVENT_POLL_FAILED, f),
	    "poll-failed task=poll source=\"a feed\" ms=-3 error=\"no\"");
	assert_string_equal(line_of(LOG_FORMAT_KV, EVENT_POLL_FAILED, f),
	    "time=1970-01-01T00:00:00.000000Z level=error event=poll-failed "
	    "task=poll source=\"a feed\" ms=-3 error=\"no\"");
	assert_string_equal(line_of(LOG_FORMAT_JSON, EVENT_POLL_FAILED, f),
	    "{\"time\":\"1970-01-01T00:00:00.000000Z\",\"level\":\"error\","
	    "\"event\":\"poll-failed\",\"task\":\"poll\","
	    "\"source\":\"a feed\",\"ms\":-3,\"error\":\"no\"}");
	/* An event of a verb by hand has words of its own. */
	assert_string_equal(line_of(LOG_FORMAT_PLAIN, EVENT_DEVIATION, d),
	    "deviation source=feed id=no-more: what: ?[2J{id}");
	assert_string_equal(line_of(LOG_FORMAT_PLAIN, EVENT_POLL_FAILED, f),
	    line_of(LOG_FORMAT_TEXT, EVENT_POLL_FAILED, f));
}

static void
test_escapes(void **state)
{
	static const struct {
		struct slice text;
		const char *quoted, *json, *plain;
	} rows[] = {
#define ROW(text, quoted, json, plain) {SLICE(text), quoted, json, plain}
		ROW("a b=c", "a b=c", "a b=c", "a b=c"),
		ROW("a\"b\\c", "a\\\"b\\\\c", "a\\\"b\\\\c", "a\"b\\c"),
		ROW("a\nb\tc\rd", "a\\nb\\tc\\rd", "a\\nb\\tc\\rd", "a?b?c?d"),
		ROW("\0\x01\x1b\x7f", "\\x00\\x01\\x1b\\x7f",
		    "\\u0000\\u0001\\u001b\\u007f", "????"),
		ROW("\xff-\xc3\xa9-\xe2\x80", "\\xff-\xc3\xa9-\\xe2\\x80",
		    "\\ufffd-\xc3\xa9-\\ufffd\\ufffd", "?-\xc3\xa9-??"),
		ROW("\xc2\x9b-\xe2\x80\xae-\xe2\x80\xa8", "\\u009b-\\u202e-"
		    "\\u2028", "\\u009b-\\u202e-\\u2028", "?-?-?"),
		ROW("nrt", "nrt", "nrt", "nrt"),
		ROW("at https://me:pw@host/x and ftp://a@b",
		    "at https://***@host/x and ftp://***@b",
		    "at https://***@host/x and ftp://***@b",
		    "at https://***@host/x and ftp://***@b"),
		ROW("https://a:b@c@host", "https://***@host",
		    "https://***@host", "https://***@host"),
		ROW("https://host/a@b?c@d", "https://host/a@b?c@d",
		    "https://host/a@b?c@d", "https://host/a@b?c@d"),
#undef ROW
	};
	char want[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct log_field f[] = {
			log_slice(LOG_TEXT, rows[i].text), {0}
		};

		snprintf(want, sizeof(want), "note text=\"%s\"",
		    rows[i].quoted);
		assert_string_equal(line_of(LOG_FORMAT_TEXT, EVENT_NOTE, f),
		    want);
		snprintf(want, sizeof(want), ",\"text\":\"%s\"}",
		    rows[i].json);
		assert_non_null(strstr(line_of(LOG_FORMAT_JSON, EVENT_NOTE, f),
		    want));
		snprintf(want, sizeof(want), "note source= %s", rows[i].plain);
		assert_string_equal(line_of(LOG_FORMAT_PLAIN, EVENT_NOTE, f),
		    want);
	}
}

/* A word that is none does not stand bare. */
static void
test_forged_words(void **state)
{
	static const char *const words[] = {"a b", "a\"", "a\nb", "x=y", "a,b"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(words); i++) {
		const struct log_field f[] = {
			log_text(LOG_STATE, words[i]), {0}
		};
		const char *line = line_of(LOG_FORMAT_KV, EVENT_NOTE, f);

		assert_non_null(strstr(line, " state=\""));
		assert_int_equal(line[strlen(line) - 1], '"');
	}
}

/* Whatever the size, it is one whole line, and JSON is JSON. */
static void
test_bounds(void **state)
{
	static const char *const fill[] = {"x", "\"", "\x01", "\xff",
		"\xe2\x80\xae", "\xf0\x9f\x98\x80", "://a@"};
	static char text[9 * LOG_VALUE_MAX];
	char packet[LOG_DATAGRAM_MAX], sys[LOG_SYSLOG_MAX];
	size_t i, j, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(fill); i++) {
		struct slice s = {text, 0};

		while (s.n + 8 < sizeof(text)) {
			memcpy(text + s.n, fill[i], strlen(fill[i]));
			s.n += strlen(fill[i]);
		}
		for (j = 1; j <= LOG_FIELDS; j++) {
			struct log_field f[LOG_FIELDS + 1] = {0};
			struct log_record r = {EVENT_NOTE, f};
			const char *line;
			json_t *o;

			for (n = 0; n < j; n++)
				f[n] = log_slice((enum log_key)(n + 1), s);
			line = line_of(LOG_FORMAT_JSON, EVENT_NOTE, f);
			o = json_loads(line, JSON_REJECT_DUPLICATES |
			    JSON_ALLOW_NUL, NULL);
			assert_non_null(o);
			assert_string_equal(json_string_value(json_object_get(o,
			    "event")), "note");
			assert_non_null(json_object_get(o, "advice"));
			json_decref(o);
			line = line_of(LOG_FORMAT_KV, EVENT_NOTE, f);
			assert_int_equal(line[strlen(line) - 1], '"');
			assert_true(strlen(line) <= LOG_LINE_MAX - 2);
			n = log_journal(&r, LOG_FORMAT_JSON, 0, packet);
			assert_true(n < sizeof(packet));
			assert_int_equal(packet[n - 1], '\n');
			n = log_syslog(&r, LOG_FORMAT_KV, 0, 1, sys);
			assert_int_equal(n, strlen(sys));
			assert_int_equal(sys[n - 1], '"');
		}
	}
}

static void
test_journal(void **state)
{
	const struct log_field f[] = {
		log_text(LOG_SOURCE, "a\nPRIORITY=0"), log_number(LOG_MS, 7),
		log_text(LOG_ERROR, "no"), {0}
	};
	const struct log_record r = {EVENT_POLL_FAILED, f};
	char out[LOG_DATAGRAM_MAX], want[512];

	(void)state;
	snprintf(want, sizeof(want), "MESSAGE=poll-failed source=\"a\\n"
	    "PRIORITY=0\" ms=7 error=\"no\"\nMESSAGE_ID=%s\nPRIORITY=3\n"
	    "SYSLOG_IDENTIFIER=taxiway\nTAXIWAY_EVENT=poll-failed\n"
	    "TAXIWAY_SOURCE=a?PRIORITY=0\nTAXIWAY_MS=7\nTAXIWAY_ERROR=no\n",
	    log_row(EVENT_POLL_FAILED)->id);
	assert_int_equal(log_journal(&r, LOG_FORMAT_TEXT, 0, out),
	    strlen(want));
	assert_string_equal(out, want);
	log_syslog(&r, LOG_FORMAT_TEXT, 0, 12, out);
	assert_string_equal(out, "<27>taxiway[12]: poll-failed "
	    "source=\"a\\nPRIORITY=0\" ms=7 error=\"no\"");
}

/* ---- records ------------------------------------------------------------- */

struct kept {
	unsigned n;
	char line[LOG_LINE_MAX];
};

static void
keep(void *ctx, const struct log_record *r)
{
	struct kept *k = ctx;

	k->n++;
	log_render(r, LOG_FORMAT_TEXT, 0, k->line);
}

static void
test_write(void **state)
{
	struct kept k = {0};
	struct log log;

	(void)state;
	log_init(&log, LOG_LEVEL_NOTICE, keep, &k);
	LOG(NULL, EVENT_STARTED, log_number(LOG_SOURCES, 1));
	assert_false(log_wants(NULL, EVENT_STARTED));
	assert_true(log_wants(&log, EVENT_STARTED));
	assert_false(log_wants(&log, EVENT_POLL_ENDED));
	LOG(&log, EVENT_POLL_ENDED, log_text(LOG_SOURCE, "x"));
	assert_int_equal(k.n, 0);
	/* What the row does not have, and what is empty, is left out. */
	LOG(&log, EVENT_STARTED, log_number(LOG_SOURCES, 1),
	    log_text(LOG_STORE, ""), log_text(LOG_ERROR, "none"),
	    log_text(LOG_VERSION, NULL));
	assert_int_equal(k.n, 1);
	assert_string_equal(k.line, "started sources=1");
	assert_true(log_tick(&log, 0) == INT64_MAX);
}

/* What a worker tells arrives as it was told; what is none of it, does not. */
static void
test_relay(void **state)
{
	static const char *const bad[] = {"", "{", "[]", "{}", "1",
		"{\"event\":\"none\"}", "{\"event\":1}",
		"{\"event\":\"note\"} x"};
	const struct log_field f[] = {
		log_text(LOG_SOURCE, "a\"\n"), log_slice(LOG_TEXT,
		    SLICE("\0\x1b\xff")), {0}
	};
	struct log_record r = {EVENT_NOTE, f};
	char json[LOG_LINE_MAX];
	struct kept k = {0};
	struct log log;
	size_t i;

	(void)state;
	log_init(&log, LOG_LEVEL_INFO, keep, &k);
	log_relay(&log, (struct slice){json, log_render(&r, LOG_FORMAT_JSON,
	    INT64_MIN, json)});
	assert_int_equal(k.n, 1);
	assert_string_equal(k.line, "note source=\"a\\\"\\n\" "
	    "text=\"\\x00\\x1b\xef\xbf\xbd\"");
	for (i = 0; i < ARRAY_LEN(bad); i++)
		log_relay(&log, slice_str(bad[i]));
	assert_int_equal(k.n, 1);
	log_relay(&log, SLICE("{\"event\":\"note\",\"x\":\"y\",\"ms\":1,"
	    "\"source\":[1],\"text\":\"t\"}"));
	assert_string_equal(k.line, "note text=\"t\"");
	log_relay(&log, SLICE("{\"event\":\"poll-progress\",\"ms\":1}"));
	assert_int_equal(k.n, 2);
}

/* ---- how many ------------------------------------------------------------ */

static bool
ask(struct log_limit *l, enum log_event event, const char *source, int64_t now)
{
	const struct log_field f[] = {log_text(LOG_SOURCE, source), {0}};
	const struct log_record r = {event, f};

	return log_limit_allow(l, &r, now);
}

static void
test_limit(void **state)
{
	static struct log_limit l;
	struct log_bucket b;
	int64_t now = 1000 * TSTAMP_SECOND;
	unsigned i, n;

	(void)state;
	log_limit_init(&l);
	assert_true(log_limit_due(&l) == INT64_MAX);
	for (i = 0; i < LOG_BURST; i++)
		assert_true(ask(&l, EVENT_NOTE, "a", now));
	for (i = 0; i < 5; i++)
		assert_false(ask(&l, EVENT_NOTE, "a", now));
	/* Others are not concerned. */
	assert_true(ask(&l, EVENT_NOTE, "b", now));
	assert_true(ask(&l, EVENT_REJECTED, "a", now));
	/* One comes back after each LOG_REFILL. */
	assert_false(ask(&l, EVENT_NOTE, "a", now + LOG_REFILL - 1));
	assert_true(ask(&l, EVENT_NOTE, "a", now + LOG_REFILL));
	assert_false(ask(&l, EVENT_NOTE, "a", now + LOG_REFILL));
	/* What was not written is told in its time, once. */
	assert_true(log_limit_due(&l) == now + LOG_TELL);
	assert_false(log_limit_take(&l, now + LOG_TELL - 1, false, &b));
	assert_true(log_limit_take(&l, now + LOG_TELL, false, &b));
	assert_int_equal(b.suppressed, 7);
	assert_int_equal(b.event, EVENT_NOTE);
	assert_string_equal(b.source, "a");
	assert_false(log_limit_take(&l, now + LOG_TELL, false, &b));
	assert_true(log_limit_due(&l) == INT64_MAX);
	/* After a long time it is as at first, and no more. */
	now += 1000 * LOG_REFILL;
	for (i = n = 0; i < 2 * LOG_BURST; i++)
		n += ask(&l, EVENT_NOTE, "a", now);
	assert_int_equal(n, LOG_BURST);
	assert_true(log_limit_take(&l, 0, true, &b));
	assert_int_equal(b.suppressed, LOG_BURST);
}

/* More kinds than places: some are forgotten, what is to be told is not. */
static void
test_limit_many(void **state)
{
	static struct log_limit l;
	struct log_bucket b;
	uint64_t asked = 0, allowed = 0, told = 0;
	char name[16];
	unsigned i, j;

	(void)state;
	log_limit_init(&l);
	for (i = 0; i < 4 * LOG_BUCKETS; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		for (j = 0; j < 2 * LOG_BURST; j++, asked++)
			allowed += ask(&l, EVENT_NOTE, name, 1);
	}
	while (log_limit_take(&l, 2, true, &b))
		told += b.suppressed;
	assert_int_equal(allowed + told, asked);
	assert_true(allowed <= (uint64_t)LOG_BUCKETS * LOG_BURST);
	/* One event of each of many sources is always written. */
	log_limit_init(&l);
	for (i = 0; i < 16 * LOG_BUCKETS; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		assert_true(ask(&l, EVENT_POLL_STARTED, name, 1));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_forged_words),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_relay),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_limit_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
