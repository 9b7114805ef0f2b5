/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random histories of several sources: after each, `verify` finds nothing, what
 * the change log told adds up to what is there, and the published copy says the
 * same.  And a filter that lies is found.
 */
#include "store/record.h"
#include "store/upkeep.h"
#include "tests/unit/reader_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define IDS 40
#define NAMES 60
#define HISTORIES 6
#define POLLS 12
#define OBJECTS 25

static uint64_t random_state;

static unsigned
random_below(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 20) % n;
}

static void
problem(void *ctx, const char *text)
{
	(void)ctx;
	print_error("%s\n", text);
}

/* A value out of a small set of all shapes. */
static void
random_value(char *out, size_t n)
{
	unsigned i = random_below(NAMES);

	switch (i % 6) {
	case 0:
		snprintf(out, n, "ipv4-addr=198.51.100.%u", i);
		break;
	case 1:
		snprintf(out, n, "ipv4-addr=198.%u.0.0/16", i);
		break;
	case 2:
		snprintf(out, n, "domain-name=n%u.example", i);
		break;
	case 3:
		snprintf(out, n, "url=http://n%u.example/Path", i);
		break;
	case 4:
		snprintf(out, n, "user-agent=%u%0400u", i, i);
		break;
	default:
		snprintf(out, n, "ipv6-addr=2001:db8:%x::/48", i);
		break;
	}
}

static void
random_indicator(struct fixture *f, int now)
{
	struct fixture_object o = {.modified = now};
	char values[2048] = "", id[64], json[64];
	unsigned i, n = random_below(4);
	size_t at = 0;

	for (i = 0; i < n; i++) {
		if (at != 0)
			values[at++] = '\n';
		if (random_below(4) == 0)
			values[at++] = '&';
		random_value(values + at, sizeof(values) - at);
		at += strlen(values + at);
	}
	snprintf(id, sizeof(id), "indicator--00000000-0000-4000-8000-"
	    "%012u", random_below(IDS));
	snprintf(json, sizeof(json), "{\"id\": \"%u\"}", random_below(1000));
	o.id = id;
	o.values = n != 0 ? values : NULL;
	o.json = random_below(3) != 0 ? json : NULL;
	o.confidence = (int)random_below(100);
	o.tlp = (uint8_t)random_below(6);
	if (random_below(3) == 0)
		o.valid_from = 1000 + random_below(2000);
	if (random_below(3) == 0)
		o.valid_until = 2000 + random_below(2000);
	if (random_below(8) == 0)
		o.flags |= OBJ_REVOKED;
	if (random_below(8) == 0)
		o.flags |= OBJ_BENIGN;
	if (n == 0)
		o.flags |= random_below(2) ? OBJ_PATTERN : OBJ_RULE;
	fixture_add(f, &o);
}

static void
random_relationship(struct fixture *f, int now)
{
	struct fixture_object o = {.modified = now, .rel = "indicates"};
	char id[64], from[64], to[64];

	snprintf(id, sizeof(id), "relationship--00000000-0000-4000-8000-"
	    "%012u", random_below(10));
	snprintf(from, sizeof(from), "indicator--00000000-0000-4000-8000-"
	    "%012u", random_below(IDS));
	snprintf(to, sizeof(to), "malware--00000000-0000-4000-8000-"
	    "%012u", random_below(10));
	o.id = id;
	o.from = from;
	o.to = to;
	o.flags = random_below(6) == 0 ? OBJ_REVOKED : 0;
	fixture_add(f, &o);
}

static void
random_poll(struct fixture *f, int now)
{
	static const char *const sources[] = {"a", "b", "c"};
	unsigned i;

	f->raw = random_below(4) != 0;
	fixture_begin(f, sources[random_below(3)]);
	for (i = 0; i < OBJECTS; i++) {
		if (random_below(5) == 0)
			random_relationship(f, now + (int)random_below(4));
		else
			random_indicator(f, now + (int)random_below(4));
		if (random_below(12) == 0)
			fixture_commit(f);
	}
	fixture_end(f);
}

/* -- the change log, told to someone who only listens -- */

#define KNOWN 256
struct listener {
	struct tw_change_cursor at;
	char text[KNOWN][512];
	int n;
};

static int
listener_find(const struct listener *l, const char *text)
{
	int i;

	for (i = 0; i < l->n; i++) {
		if (strcmp(l->text[i], text) == 0)
			return i;
	}
	return -1;
}

/* Some have no text once they are gone: go by their keys. */
static void
listener_text(char out[512], uint8_t type, struct tw_str key,
    const char *text)
{
	if (type == tw_type_code("url"))
		snprintf(out, 512, "url %s", key.p); /* to the NUL inside */
	else if (text[0] == '\0' || strlen(text) > 100)
		snprintf(out, 512, "%u %02x%02x%02x", type, (uint8_t)key.p[0],
		    (uint8_t)key.p[1], (uint8_t)key.p[2]);
	else if (out != text)
		snprintf(out, 512, "%s", text);
}

static void
listen(struct listener *l, tw_snapshot *s)
{
	struct tw_change ch;
	int i, rc;

	while ((rc = tw_change_next(s, &l->at, &ch)) == TW_OK) {
		listener_text(ch.text, (uint8_t)ch.type, ch.key, ch.text);
		assert_non_null(tw_reason_name(ch.reason));
		i = listener_find(l, ch.text);
		if ((i < 0) != (ch.op == TW_ADDED))
			fail_msg("generation %ju: %u of \"%s\"",
			    (uintmax_t)ch.generation, ch.op, ch.text);
		switch (ch.op) {
		case TW_ADDED:
			assert_true(l->n < KNOWN);
			memcpy(l->text[l->n++], ch.text, sizeof(ch.text));
			break;
		case TW_UPDATED:
			break;
		case TW_REMOVED:
			memcpy(l->text[i], l->text[--l->n], sizeof(ch.text));
			break;
		default:
			fail_msg("operation %u", ch.op);
		}
	}
	assert_int_equal(rc, TW_END);
}

static uint64_t
count_values(tw_snapshot *s)
{
	struct tw_cursor c = {0};
	struct tw_match m;
	uint64_t n = 0;

	while (tw_value_next(s, &c, 0, &m) == TW_OK)
		n++;
	return n;
}

/* What was told is what is active, value by value; by `mark`, and as long as
 * upkeep has not come by, what the entries say was told. */
static void
same_set(struct listener *l, tw_snapshot *s, bool mark)
{
	struct tw_cursor c = {0};
	struct tw_match m;
	char text[512];
	int n = 0;

	while (tw_value_next(s, &c, 0, &m) == TW_OK) {
		if (mark ? (m.recflags & VREC_TOLD) == 0 : !m.active)
			continue;
		n++;
		listener_text(text, (uint8_t)m.type, m.key,
		    tw_value_text(s, &m, text, sizeof(text)) < sizeof(text) ?
		    text : "");
		if (listener_find(l, text) < 0)
			fail_msg("\"%s\" is active and was not told", text);
	}
	assert_int_equal(l->n, n);
}

static void
all_upkeep(struct fixture *f)
{
	struct err e = ERR_INIT;
	bool more = true;

	while (more)
		if (store_upkeep(f->store, f->now, &more, &e) != 0)
			fail_msg("%s", e.text);
}

static void
must_verify(tw_snapshot *s)
{
	uint64_t checked;

	if (tw_verify(s, problem, NULL, &checked) != TW_OK)
		fail_msg("%s", tw_snapshot_error(s));
}

static void
published(const struct fixture *f, tw_store *live, uint64_t values)
{
	struct tw_error e;
	char path[160];
	tw_snapshot *s;
	tw_store *copy = NULL;

	snprintf(path, sizeof(path), "%s/copy", f->dir);
	if (tw_publish(live, path, &e) != TW_OK ||
	    tw_open(path, TW_OPEN_SNAPSHOT, &copy, &e) != TW_OK)
		fail_msg("%s", e.text);
	assert_int_equal(tw_snapshot_begin(copy, &s), TW_OK);
	must_verify(s);
	assert_int_equal(count_values(s), values);
	tw_snapshot_end(s);
	tw_close(copy);
}

/* The clock goes on, jumps, and now and then back. */
static int64_t
random_time(int poll)
{
	return AT(900 + poll * 350 + (int)random_below(600) -
	    (int)random_below(200));
}

static void
histories(void **state)
{
	static struct listener fast, slow;
	struct fixture f;
	tw_snapshot *s;
	tw_store *store;
	int history, poll;

	(void)state;
	for (history = 0; history < HISTORIES; history++) {
		random_state = 0x9e3779b97f4a7c15u * (unsigned)(history + 1);
		memset(&fast, 0, sizeof(fast));
		memset(&slow, 0, sizeof(slow));
		fixture_open(&f);
		fixture_read(&f, 2500, &store, &s);
		for (poll = 0; poll < POLLS; poll++) {
			f.now = random_time(poll);
			random_poll(&f, 1000 + poll * 3);
			assert_int_equal(tw_snapshot_renew(s), TW_OK);
			must_verify(s);
			listen(&fast, s);
			same_set(&fast, s, true);
			if (random_below(2) != 0)
				f.now = random_time(poll + 1);
			all_upkeep(&f);
			assert_int_equal(tw_snapshot_renew(s), TW_OK);
			tw_snapshot_at(s, f.now);
			must_verify(s);
			listen(&fast, s);
			same_set(&fast, s, false);
			if (poll % 4 == 3) {
				listen(&slow, s);
				same_set(&slow, s, false);
			}
		}
		published(&f, store, count_values(s));
		tw_snapshot_end(s);
		tw_close(store);
		fixture_close(&f);
	}
}

/* Bits that were lost: only a walk over all values can tell. */
static void
lying_filter(void **state)
{
	static const struct fixture_object objects[] = {
	    {.values = "domain-name=evil.example\nipv4-addr=198.51.100.0/24"},
	    {.values = NULL}};
	static const char nothing[4096];
	struct fixture f;
	struct stat st;
	char path[160];
	tw_snapshot *s;
	tw_store *store;
	off_t at;
	int fd;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	fixture_read(&f, 2500, &store, &s);
	must_verify(s);
	snprintf(path, sizeof(path), "%s-filter", f.path);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	for (at = sizeof(nothing); at < st.st_size; at += sizeof(nothing))
		assert_true(pwrite(fd, nothing, (size_t)(st.st_size - at) <
		    sizeof(nothing) ? (size_t)(st.st_size - at) :
		    sizeof(nothing), at) > 0);
	close(fd);
	assert_int_equal(tw_verify(s, NULL, NULL, NULL), TW_DAMAGED);
	tw_snapshot_end(s);
	tw_close(store);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(histories),
	    cmocka_unit_test(lying_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
