/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Documents in, records out: the ingest with a keeper on the other end of the
 * socket (a thread, since the ingest waits for answers) that remembers what it
 * is given.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/tstamp.h"
#include "sync/ingest.h"
#include "sync/keeper.h"

#define RECORDS_MAX 4096
#define SEED 77

struct rig {
	struct job job;
	struct ingest *g;
	struct msg_link link;
	struct keeper keeper;
	pthread_t thread;
	struct err err;               /* of the keeper's side */
	struct slice records[RECORDS_MAX];
	size_t n, raw, blocks, unchanged, bad_records, asked;
	uint64_t rejects[REJECT_REASONS];
	char example[LIMIT_REMARK + 1];
	char cursor[64];
	size_t records_at_cursor;
	struct slice block;           /* the last one */
	uint64_t known[64];           /* digests that are answered "known" */
	size_t nknown;
};

static struct slice
copy(struct slice s)
{
	char *p = malloc(s.n + 1);

	memcpy(p, s.p, s.n);
	return (struct slice){p, s.n};
}

static int
rig_add(void *ctx, struct slice record, struct err *e)
{
	struct object_rec r;
	struct rig *t = ctx;

	if (object_rec_decode(record, false, &r, e) != 0 ||
	    t->n == RECORDS_MAX) {
		t->bad_records++;
		return -1;
	}
	t->raw += (r.flags & OBJ_RAW) != 0;
	t->records[t->n++] = copy(record);
	return 0;
}

static int
rig_block(void *ctx, struct slice block, struct err *e)
{
	struct block_rec b;
	struct rig *t = ctx;

	if (block_rec_decode(block, &b) != 0)
		return err_set(e, ERR_PROTO, "block");
	t->blocks += b.count;
	free((char *)(uintptr_t)t->block.p);
	t->block = copy(block);
	return 0;
}

static int
rig_known(void *ctx, const struct idkey *ids, const uint64_t *hashes, size_t n,
    uint8_t *bits, struct err *e)
{
	struct rig *t = ctx;
	size_t i, k;

	(void)ids;
	(void)e;
	t->asked += n;
	for (i = 0; i < n; i++)
		for (k = 0; k < t->nknown; k++)
			if (t->known[k] == hashes[i])
				bits[i / 8] |= (uint8_t)(1u << (i % 8));
	return 0;
}

static bool
rig_settled(void *ctx)
{
	struct rig *t = ctx;

	return t->blocks == t->raw;
}

static void
rig_unchanged(void *ctx, uint64_t n)
{
	struct rig *t = ctx;

	t->unchanged += n;
}

static void
rig_reject(void *ctx, enum reject_reason why, uint64_t n, struct slice s)
{
	struct rig *t = ctx;

	t->rejects[why] += n;
	if (s.n > 0)
		snprintf(t->example, sizeof(t->example), "%.*s", SLICE_ARG(s));
}

static void
rig_note(void *ctx, struct slice s)
{
	(void)ctx;
	(void)s;
}

static bool
rig_full(void *ctx)
{
	struct rig *t = ctx;
	struct slice room;
	const struct slice *c = keeper_cursor(&t->keeper, &room);

	/* Not a commit: just a look at what belongs to the checkpoint. */
	if (c != NULL && c->n < sizeof(t->cursor)) {
		memcpy(t->cursor, c->p, c->n);
		t->cursor[c->n] = '\0';
	}
	return false;
}

static int
rig_commit(void *ctx, const struct slice *cursor,
    const struct keeper_progress *p, struct err *e)
{
	(void)ctx;
	(void)cursor;
	(void)p;
	(void)e;
	return 0;
}

static int
rig_answer(void *ctx, struct slice head, struct slice bits, struct err *e)
{
	struct rig *t = ctx;

	if (msg_send(&t->link, MSG_ANSWER, head, bits, e) != 0)
		return -1;
	return msg_push(&t->link, e);
}

static const struct keeper_ops rig_ops = {
	.add = rig_add, .block = rig_block, .known = rig_known,
	.settled = rig_settled,
	.unchanged = rig_unchanged, .reject = rig_reject, .note = rig_note,
	.full = rig_full, .commit = rig_commit, .answer = rig_answer,
};

static void *
rig_thread(void *arg)
{
	struct rig *t = arg;
	struct msg m;
	int r;

	while (!t->keeper.finished && !t->link.eof) {
		r = msg_next(&t->link, &m, &t->err);
		if (r < 0 || (r == 0 && msg_wait(&t->link, -1, &t->err) != 0))
			break;
		if (r == 1 && m.type == MSG_CHECKPOINT)
			t->records_at_cursor = t->n;
		if (r == 1 && keeper_frame(&t->keeper, &m, &t->err) != 0)
			break;
	}
	rig_full(t);
	return NULL;
}

static struct rig *
rig_new(void)
{
	struct rig *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	job_init(&t->job);
	t->job.keep_raw = false;
	t->job.seed = SEED;
	return t;
}

static void
rig_start(struct rig *t)
{
	struct err e = ERR_INIT;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(msg_link_init(&t->link, fds[1], MSG_FETCHER, KIB(64),
	    1000, &e), 0);
	keeper_init(&t->keeper, &rig_ops, t);
	t->g = ingest_new(fds[0], &t->job, &e);
	assert_non_null(t->g);
	assert_int_equal(pthread_create(&t->thread, NULL, rig_thread, t), 0);
}

/* The end of the poll; everything has arrived when it returns. */
static void
rig_finish(struct rig *t)
{
	struct err e = ERR_INIT;

	assert_int_equal(ingest_finish(t->g, true, NULL, &e), 0);
	assert_int_equal(pthread_join(t->thread, NULL), 0);
	ingest_free(t->g);
	t->g = NULL;
	assert_string_equal(t->err.text, "");
	assert_true(t->keeper.complete);
	assert_int_equal(t->bad_records, 0);
}

static void
rig_free(struct rig *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		free((char *)(uintptr_t)t->records[i].p);
	free((char *)(uintptr_t)t->block.p);
	keeper_free(&t->keeper);
	msg_link_free(&t->link);
	job_free(&t->job);
	free(t);
}

static void
feed(struct rig *t, struct slice doc, struct ingest_facts *facts)
{
	struct err e = ERR_INIT;

	assert_int_equal(ingest_begin(t->g, &e), 0);
	assert_int_equal(ingest_bytes(t->g, doc.p, doc.n, &e), 0);
	assert_int_equal(ingest_end(t->g, facts, &e), 0);
}

/* ---- one object, one record ---------------------------------------------- */

#define ID(type, n) "\"type\":\"" type "\",\"id\":\"" type \
	"--00000000-0000-4000-8000-00000000000" n "\""
#define TIMES "\"created\":\"2024-01-02T00:00:00Z\"," \
	"\"modified\":\"2024-01-03T00:00:00Z\""
#define IND "{" ID("indicator", "1") ",\"spec_version\":\"2.1\"," TIMES ","
#define PAT "\"pattern_type\":\"stix\",\"pattern\":"
#define FROM "\"valid_from\":\"2024-01-02T00:00:00Z\""

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

static struct object_rec
record(const struct rig *t, size_t i)
{
	struct err e = ERR_INIT;
	struct object_rec r;

	assert_true(i < t->n);
	assert_int_equal(object_rec_decode(t->records[i], false, &r, &e), 0);
	return r;
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

/* ---- many ---------------------------------------------------------------- */

/* n different indicators as one envelope. */
static void
make_feed(struct buf *doc, unsigned n)
{
	unsigned i;

	buf_init(doc, MIB(64));
	buf_str(doc, "{\"more\":true,\"objects\":[");
	for (i = 0; i < n; i++)
		buf_printf(doc, "%s{\"type\":\"indicator\",\"spec_version\":"
		    "\"2.1\",\"id\":\"indicator--%08x-0000-4000-8000-"
		    "000000000000\"," TIMES "," PAT "\"[domain-name:value = "
		    "'h%u.example']\"," FROM "}", i > 0 ? "," : "", i, i);
	buf_str(doc, "],\"next\":\"n2\"}");
	assert_true(buf_ok(doc));
}

static unsigned
number_of(const struct object_rec *r)
{
	return (unsigned)r->id.b[1] << 24 | (unsigned)r->id.b[2] << 16 |
	    (unsigned)r->id.b[3] << 8 | r->id.b[4];
}

/* In order, with their originals, and a checkpoint behind all of them. */
static void
test_order_and_originals(void **state)
{
	enum { N = 3000 };
	struct block_reader *reader = block_reader_new();
	struct rig *t = rig_new();
	struct ingest_facts facts;
	struct err e = ERR_INIT;
	struct object_rec r;
	struct slice original;
	struct buf doc;
	unsigned i;

	(void)state;
	t->job.keep_raw = true;
	make_feed(&doc, N);
	rig_start(t);
	feed(t, buf_view(&doc), &facts);
	assert_string_equal(json_string_value(json_object_get(facts.skeleton,
	    "next")), "n2");
	assert_int_equal(facts.bytes, doc.n);
	assert_int_equal(ingest_checkpoint(t->g, SLICE("c1"), &e), 0);
	assert_int_equal(ingest_page(t->g, facts.bytes, &e), 0);
	rig_finish(t);
	assert_int_equal(t->n, N);
	assert_int_equal(t->raw, N);
	assert_int_equal(t->blocks, N);
	assert_int_equal(t->records_at_cursor, N);
	assert_string_equal(t->cursor, "c1");
	assert_int_equal(t->keeper.progress.pages, 1);
	assert_int_equal(t->keeper.progress.bytes, doc.n);
	assert_int_equal(t->keeper.progress.objects, N);
	for (i = 0; i < N; i++) {
		r = record(t, i);
		assert_int_equal(number_of(&r), i);
	}
	/* The last object, out of the last block, is what came in. */
	assert_int_equal(block_reader_get(reader, 1, t->block, r.index,
	    &original, &e), 0);
	assert_true(digest64(original.p, original.n, SEED) == r.hash);
	block_reader_free(reader);
	buf_free(&doc);
	rig_free(t);
}

/* Known objects are not sent, the others keep their order and nothing is lost,
 * at every size around the chunk's. */
static void
test_ask(void **state)
{
	static const unsigned sizes[] = {1, LIMIT_ASK - 1, LIMIT_ASK,
	    LIMIT_ASK + 1, 3500};
	size_t k;

	(void)state;
	for (k = 0; k < ARRAY_LEN(sizes); k++) {
		struct rig *first = rig_new(), *t = rig_new();
		struct ingest_facts facts;
		struct object_rec r;
		struct buf doc;
		unsigned i, last = 0;

		make_feed(&doc, sizes[k]);
		rig_start(first);
		feed(first, buf_view(&doc), &facts);
		rig_finish(first);
		for (i = 0; i < 64 && i * 50 < sizes[k]; i++) {
			r = record(first, i * 50);
			t->known[t->nknown++] = r.hash;
		}
		t->job.ask = true;
		rig_start(t);
		feed(t, buf_view(&doc), &facts);
		assert_int_equal(facts.taken, sizes[k]);
		rig_finish(t);
		assert_int_equal(t->asked, sizes[k]);
		assert_int_equal(t->unchanged, t->nknown);
		assert_int_equal(t->n, sizes[k] - t->nknown);
		assert_int_equal(t->keeper.progress.objects, sizes[k]);
		for (i = 0; i < t->n; i++) {
			r = record(t, i);
			if (number_of(&r) / 50 < 64)
				assert_true(number_of(&r) % 50 != 0);
			assert_true(i == 0 || number_of(&r) > last);
			last = number_of(&r);
		}
		buf_free(&doc);
		rig_free(first);
		rig_free(t);
	}
}

/* Rejections are all counted, but only a few come with an example. */
static void
test_reject_counts(void **state)
{
	struct rig *t = rig_new();
	struct ingest_facts facts;
	struct buf doc;
	unsigned i;

	(void)state;
	buf_init(&doc, MIB(1));
	buf_str(&doc, "[");
	for (i = 0; i < 500; i++)
		buf_printf(&doc, "%s{\"type\":\"malware\",\"id\":\"tool--%u\"}",
		    i > 0 ? "," : "", i);
	buf_str(&doc, "]");
	rig_start(t);
	feed(t, buf_view(&doc), &facts);
	rig_finish(t);
	assert_int_equal(facts.rejected, 500);
	assert_int_equal(t->rejects[REJECT_BAD_ID], 500);
	assert_int_equal(t->keeper.remarks, LIMIT_EXAMPLES);
	assert_string_equal(t->example, "tool--2, offset 69");
	buf_free(&doc);
	rig_free(t);
}

/* ---- documents ----------------------------------------------------------- */

/* Order and bytes count, and nothing else. */
static void
test_content(void **state)
{
	static const struct slice docs[] = {
		SLICE("{\"objects\":[{\"a\":1},{\"b\":2}]}"),
		SLICE("[{\"a\":1}, {\"b\":2}]"),
		SLICE("[{\"b\":2},{\"a\":1}]"),
		SLICE("[{\"a\":1}]"),
		SLICE("[]"),
	};
	struct rig *t = rig_new();
	struct ingest_facts facts[ARRAY_LEN(docs)];
	size_t i, k;

	(void)state;
	rig_start(t);
	for (i = 0; i < ARRAY_LEN(docs); i++)
		feed(t, docs[i], &facts[i]);
	rig_finish(t);
	assert_true(facts[0].content == facts[1].content);
	for (i = 1; i < ARRAY_LEN(docs); i++)
		for (k = i + 1; k < ARRAY_LEN(docs); k++)
			assert_true(facts[i].content != facts[k].content);
	rig_free(t);
}

/* A document that breaks off: what was whole is kept, the next one works. */
static void
test_broken_documents(void **state)
{
	static const struct {
		struct slice doc;
		bool bytes_fail;
	} cases[] = {
		{SLICE("[{" ID("malware", "1") "},{\"type\":"), false},
		{SLICE("[{" ID("malware", "1") "},]"), true},
		{SLICE("[{" ID("malware", "1") "}}"), true},
		{SLICE("{\"objects\":[{" ID("malware", "1") "}] \x01"), true},
	};
	size_t i;
	int ask;

	(void)state;
	for (i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		const struct slice *doc = &cases[i / 2].doc;
		struct rig *t = rig_new();
		struct err e = ERR_INIT;
		struct ingest_facts facts;
		int rc;

		ask = i % 2;
		t->job.ask = ask;
		rig_start(t);
		assert_int_equal(ingest_begin(t->g, &e), 0);
		rc = ingest_bytes(t->g, doc->p, doc->n, &e);
		if (rc == 0)
			rc = ingest_end(t->g, &facts, &e);
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, ERR_SYNTAX);
		ingest_abandon(t->g);
		feed(t, SLICE("[{" ID("malware", "2") "}]"), &facts);
		assert_int_equal(facts.taken, 1);
		rig_finish(t);
		assert_int_equal(t->n, 2);
		rig_free(t);
	}
}

/* The keeper goes away in the middle: an error, at once and for good. */
static void
test_keeper_gone(void **state)
{
	struct rig *t = rig_new();
	struct err e = ERR_INIT, again = ERR_INIT;
	struct buf doc;
	int fds[2], rc, i;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	t->job.ask = true;
	t->g = ingest_new(fds[0], &t->job, &e);
	assert_non_null(t->g);
	close(fds[1]);
	make_feed(&doc, 100);
	rc = ingest_begin(t->g, &e);
	for (i = 0; i < 100 && rc == 0; i++)
		rc = ingest_bytes(t->g, doc.p, doc.n, &e);
	assert_int_equal(rc, -1);
	assert_int_equal(e.code, ERR_IO);
	assert_int_equal(ingest_note(t->g, "x", &again), -1);
	assert_int_equal(again.code, ERR_IO);
	assert_int_equal(ingest_finish(t->g, true, NULL, &again), -1);
	ingest_free(t->g);
	t->link.fd = -1;
	buf_free(&doc);
	rig_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_own_markings),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_order_and_originals),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_reject_counts),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_broken_documents),
		cmocka_unit_test(test_keeper_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
