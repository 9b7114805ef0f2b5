/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codecs: what was written is read, and nothing that was cut or damaged is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "tests/unit/store_util.h"

/* A copy that ends where its memory ends, for the sanitizer's sake. */
static struct slice
exact(struct slice s, size_t n, char **keep)
{
	*keep = malloc(n != 0 ? n : 1);
	assert_non_null(*keep);
	memcpy(*keep, s.p, n);
	return (struct slice){*keep, n};
}

static void
test_varint(void **state)
{
	static const uint64_t numbers[] = {0, 1, 127, 128, 16383, 16384,
	    UINT32_MAX, INT64_MAX, UINT64_MAX};
	uint8_t b[VARINT_MAX + 1];
	uint64_t v;
	size_t i, n, cut;

	(void)state;
	for (i = 0; i < ARRAY_LEN(numbers); i++) {
		n = varint_put(b, numbers[i]);
		assert_in_range(n, 1, VARINT_MAX);
		assert_int_equal(varint_get(b, n, &v), n);
		assert_true(v == numbers[i]);
		for (cut = 0; cut < n; cut++)
			assert_int_equal(varint_get(b, cut, &v), 0);
	}
	memset(b, 0xff, sizeof(b));
	assert_int_equal(varint_get(b, sizeof(b), &v), 0);
	b[9] = 2; /* bit 64 */
	assert_int_equal(varint_get(b, sizeof(b), &v), 0);
	b[9] = 1;
	assert_int_equal(varint_get(b, sizeof(b), &v), 10);
}

static void
test_value_rec(void **state)
{
	struct value_rec r = {.flags = VREC_MULTI | VREC_SUFFIX | VREC_PAST |
	        VREC_SLIDING | VREC_TOLD,
	    .confidence = 85, .tlp = TLP_AMBER_STRICT, .source = 0xfedc,
	    .nclaims = 0x1234, .valid_from = TSTAMP_NONE,
	    .expires_at = TSTAMP_NEVER, .row = UINT64_C(0x1122334455667788)};
	struct value_rec q;
	uint8_t b[VALUE_REC_LEN + 1] = {0};
	struct slice all = {(char *)b, VALUE_REC_LEN};
	char *keep;
	size_t n;

	(void)state;
	value_rec_encode(&r, b);
	assert_int_equal(value_rec_decode(all, &q), 0);
	assert_int_equal(q.flags, r.flags);
	assert_int_equal(q.confidence, 85);
	assert_int_equal(q.tlp, TLP_AMBER_STRICT);
	assert_int_equal(q.source, 0xfedc);
	assert_int_equal(q.nclaims, 0x1234);
	assert_true(q.valid_from == TSTAMP_NONE);
	assert_true(q.expires_at == TSTAMP_NEVER);
	assert_true(q.row == r.row);
	for (n = 0; n < VALUE_REC_LEN; n++) {
		assert_int_equal(value_rec_decode(exact(all, n, &keep), &q),
		    -1);
		free(keep);
	}
	all.n++; /* a later writer's tail */
	assert_int_equal(value_rec_decode(all, &q), 0);
	b[0] = RECORD_VERSION + 1;
	assert_int_equal(value_rec_decode(all, &q), -1);
}

static void
add_tags(struct buf *b)
{
	struct object_value v = {.oflags = OVF_COMPOUND, .group = 513};
	static const char phase[] = "kill-chain\0delivery";
	struct idkey id = id_of(STIX_IDENTITY, 7);
	char seen[24] = {1, 2, 3};

	object_rec_add(b, TAG_NAME, SLICE("Na\xc3\xafve"));
	object_rec_add(b, TAG_LABEL, SLICE("malicious-activity"));
	object_rec_add(b, TAG_LABEL, SLICE(""));
	object_rec_add(b, TAG_PHASE,
	    (struct slice){phase, sizeof(phase) - 1});
	v.value = value_of(VALUE_URL, "http://Evil.example/A?b=1");
	object_rec_add_value(b, &v);
	v.value = value_of(VALUE_IPV4, "198.51.100.0/24");
	object_rec_add_value(b, &v);
	object_rec_add(b, TAG_CREATED_BY,
	    (struct slice){(char *)id.b, IDKEY_LEN});
	object_rec_add(b, TAG_SEEN, (struct slice){seen, sizeof(seen)});
	/* A tag of the future. */
	object_rec_add(b, (enum object_tag)100, SLICE("\xff\xfe"));
}

static struct object_rec
sample_head(void)
{
	return (struct object_rec){.id = id_of(STIX_INDICATOR, 42),
	    .flags = OBJ_CLAIMS | OBJ_COMPOUND | OBJ_RAW, .source = 513,
	    .confidence = 70, .tlp = TLP_GREEN, .poll_first = 0x01020304,
	    .poll = 0x05060708, .created = -5, .modified = 6,
	    .valid_from = TSTAMP_MIN, .valid_until = TSTAMP_NEVER,
	    .hash = UINT64_C(0x1111222233334444), .block = 9, .index = 65535};
}

static void
sample(struct buf *b)
{
	struct object_rec head = sample_head();

	buf_init(b, LIMIT_RECORD);
	object_rec_begin(b, &head);
	add_tags(b);
	assert_true(buf_ok(b));
}

static void
test_object(void **state)
{
	struct object_rec r, h = sample_head();
	struct object_value v;
	struct err e = ERR_INIT;
	enum object_tag tag;
	struct slice bytes;
	unsigned tags = 0, values = 0;
	size_t pos = 0;
	struct buf b;

	(void)state;
	sample(&b);
	assert_int_equal(object_rec_decode(buf_view(&b), false, &r, &e), 0);
	assert_memory_equal(r.id.b, h.id.b, IDKEY_LEN);
	assert_int_equal(r.flags, h.flags);
	assert_int_equal(r.source, h.source);
	assert_int_equal(r.confidence, h.confidence);
	assert_int_equal(r.tlp, h.tlp);
	assert_int_equal(r.poll_first, h.poll_first);
	assert_int_equal(r.poll, h.poll);
	assert_true(r.created == h.created && r.modified == h.modified);
	assert_true(r.valid_from == h.valid_from);
	assert_true(r.valid_until == h.valid_until);
	assert_true(r.hash == h.hash && r.block == h.block);
	assert_int_equal(r.index, h.index);
	while (object_rec_next(&r, &pos, &tag, &bytes)) {
		tags++;
		if (tag != TAG_VALUE)
			continue;
		assert_int_equal(object_value_decode(bytes, &v), 0);
		assert_int_equal(v.oflags, OVF_COMPOUND);
		assert_int_equal(v.group, 513);
		if (values++ == 0)
			assert_true(v.value.type == VALUE_URL &&
			    v.value.text.n != 0);
		else
			assert_true(v.value.prefix == 24 &&
			    v.value.keylen == 4 && v.value.text.p == NULL);
	}
	assert_int_equal(tags, 9);
	assert_int_equal(values, 2);
	assert_true(slice_is(object_rec_get(&r, TAG_LABEL),
	    "malicious-activity"));
	assert_null(object_rec_get(&r, TAG_ALIAS).p);
	object_rec_patch((uint8_t *)b.p, 1, 2, 3, 4);
	assert_int_equal(object_rec_decode(buf_view(&b), true, &r, &e), 0);
	assert_int_equal(r.source, 1);
	assert_int_equal(r.poll_first, 2);
	assert_int_equal(r.poll, 3);
	assert_true(r.block == 4);
	buf_free(&b);
}

/* Times that repeat, are unstated or never take no room, and come back. */
static void
test_object_times(void **state)
{
	static const int64_t times[] = {TSTAMP_NONE, TSTAMP_NEVER, TSTAMP_MIN,
		-1, 0, 7};
	struct object_rec r, h = sample_head();
	struct err e = ERR_INIT;
	size_t n = ARRAY_LEN(times), i;
	struct buf b;

	(void)state;
	buf_init(&b, LIMIT_RECORD);
	for (i = 0; i < n * n * n * n; i++) {
		h.created = times[i % n];
		h.modified = times[i / n % n];
		h.valid_from = times[i / n / n % n];
		h.valid_until = times[i / n / n / n];
		h.flags ^= OBJ_RAW;
		buf_reset(&b);
		object_rec_begin(&b, &h);
		assert_int_equal(object_rec_decode(buf_view(&b), false, &r,
		    &e), 0);
		assert_true(r.created == h.created &&
		    r.modified == h.modified);
		assert_true(r.valid_from == h.valid_from);
		assert_true(r.valid_until == h.valid_until);
		assert_int_equal(r.tail.n, 0);
	}
	h = sample_head();
	h.flags = OBJ_CLAIMS;
	h.modified = h.valid_from = h.created;
	h.valid_until = TSTAMP_NEVER;
	buf_reset(&b);
	object_rec_begin(&b, &h);
	assert_int_equal(b.n, 41 + 8);
	buf_free(&b);
}

/* Well-known words are one byte, and the same bytes again. */
static void
test_object_words(void **state)
{
	static const struct {
		enum object_tag tag;
		const char *text;
		size_t n, kept;
	} rows[] = {
		{TAG_INDICATOR_TYPE, "malicious-activity", 18, 2},
		{TAG_INDICATOR_TYPE, "malicious-activities", 20, 22},
		{TAG_LABEL, "malicious-activity", 18, 20},
		{TAG_PHASE, "mitre-attack\0execution", 22, 2},
		{TAG_PHASE, "mitre-attack\0Execution", 22, 24},
		{TAG_REL_TYPE, "indicates", 9, 2},
	};
	struct object_rec r, h = sample_head();
	struct err e = ERR_INIT;
	struct slice bytes;
	size_t i, head;
	struct buf b;

	(void)state;
	buf_init(&b, LIMIT_RECORD);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&b);
		object_rec_begin(&b, &h);
		head = b.n;
		object_rec_add(&b, rows[i].tag,
		    (struct slice){rows[i].text, rows[i].n});
		assert_int_equal(b.n - head, rows[i].kept);
		assert_int_equal(object_rec_decode(buf_view(&b), false, &r,
		    &e), 0);
		bytes = object_rec_get(&r, rows[i].tag);
		assert_int_equal(bytes.n, rows[i].n);
		assert_memory_equal(bytes.p, rows[i].text, bytes.n);
	}
	/* a number that no word has */
	buf_reset(&b);
	object_rec_begin(&b, &h);
	buf_add(&b, "\x83\xff", 2);
	assert_int_equal(object_rec_decode(buf_view(&b), false, &r, &e), -1);
	buf_free(&b);
}

/* A cut record is good exactly where a tag ends. */
static void
test_object_cut(void **state)
{
	struct object_rec r, whole;
	struct err e = ERR_INIT;
	enum object_tag tag;
	struct slice bytes;
	size_t n, pos = 0, head, end;
	char *keep;
	struct buf b;
	int want;

	(void)state;
	sample(&b);
	assert_int_equal(object_rec_decode(buf_view(&b), false, &whole, &e),
	    0);
	end = head = (size_t)(whole.tail.p - b.p);
	for (n = 0; n < b.n; n++) {
		want = n == end ? 0 : -1;
		if (n == end && object_rec_next(&whole, &pos, &tag, &bytes))
			end = head + pos;
		err_clear(&e);
		bytes = exact(buf_view(&b), n, &keep);
		assert_int_equal(object_rec_decode(bytes, false, &r, &e),
		    want);
		if (want != 0)
			assert_int_equal(e.code, ERR_PROTO);
		free(keep);
	}
	assert_int_equal(end, b.n);
	buf_free(&b);
}

/* Every single byte set to every extreme: never a read outside, and what is
 * accepted can be walked. */
static void
test_object_damaged(void **state)
{
	static const uint8_t extremes[] = {0, 1, 0x7f, 0x80, 0xff};
	struct object_value v;
	struct object_rec r;
	enum object_tag tag;
	struct slice bytes, cut;
	size_t i, j, pos;
	struct buf b;
	char *keep, old;

	(void)state;
	sample(&b);
	cut = exact(buf_view(&b), b.n, &keep);
	for (i = 0; i < b.n; i++) {
		old = keep[i];
		for (j = 0; j < ARRAY_LEN(extremes); j++) {
			keep[i] = (char)extremes[j];
			if (object_rec_decode(cut, false, &r, NULL) != 0)
				continue;
			pos = 0;
			while (object_rec_next(&r, &pos, &tag, &bytes)) {
				if (tag == TAG_VALUE)
					assert_int_equal(object_value_decode(
					    bytes, &v), 0);
			}
			assert_int_equal(pos, r.tail.n);
		}
		keep[i] = old;
	}
	free(keep);
	buf_free(&b);
}

struct bad {
	const char *name;
	enum object_tag tag;
	size_t len;
	unsigned times;
};

static void
test_object_limits(void **state)
{
	static const struct bad bad[] = {
	    {"name too long", TAG_NAME, LIMIT_NAME + 1, 1},
	    {"two names", TAG_NAME, 1, 2},
	    {"too many labels", TAG_LABEL, 1, LIMIT_LIST + 1},
	    {"short id", TAG_CREATED_BY, IDKEY_LEN - 1, 1},
	    {"long id", TAG_SOURCE_REF, IDKEY_LEN + 1, 1},
	    {"phase without a chain", TAG_PHASE, 5, 1},
	    {"short sighting", TAG_SEEN, 23, 1},
	    {"value of nothing", TAG_VALUE, 8, 1},
	};
	static char fill[LIMIT_NAME + 1];
	struct object_rec r, head = sample_head();
	struct err e;
	struct buf b;
	size_t i, n;

	(void)state;
	memset(fill, 'x', sizeof(fill));
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		buf_init(&b, LIMIT_RECORD);
		object_rec_begin(&b, &head);
		for (n = 0; n < bad[i].times; n++)
			object_rec_add(&b, bad[i].tag,
			    (struct slice){fill, bad[i].len});
		err_clear(&e);
		if (object_rec_decode(buf_view(&b), false, &r, &e) != -1)
			fail_msg("accepted: %s", bad[i].name);
		assert_int_equal(e.code, ERR_PROTO);
		buf_free(&b);
	}
}

/* What only an enemy writes. */
static void
test_object_hostile(void **state)
{
	struct object_value v = {0};
	struct object_rec r, head;
	struct buf b;
	int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		head = sample_head();
		buf_init(&b, LIMIT_RECORD);
		v.value = value_of(VALUE_DOMAIN, "evil.example");
		if (i == 0)
			head.flags |= 0x8000;
		if (i == 1)
			head.flags |= OBJ_ID_DIGEST;
		if (i == 2)
			head.id.b[0] = IDKEY_DIGEST;
		if (i == 3)
			head.confidence = 101;
		object_rec_begin(&b, &head);
		if (i == 4)
			object_rec_add(&b, TAG_NAME, SLICE("\xc0\x80"));
		if (i == 5)
			v.value.keylen--; /* not a name in wire format */
		object_rec_add_value(&b, &v);
		assert_int_equal(object_rec_decode(buf_view(&b), false, &r,
		    NULL), -1);
		buf_free(&b);
	}
}

static void
test_digest_id(void **state)
{
	struct object_rec r, head = sample_head();
	struct slice id = SLICE("x-custom--not-a-uuid");
	struct buf b;

	(void)state;
	assert_int_equal(idkey_parse(id, &head.id), 1);
	head.flags |= OBJ_ID_DIGEST;
	buf_init(&b, LIMIT_RECORD);
	object_rec_begin(&b, &head);
	object_rec_add(&b, TAG_ID_TEXT, id);
	assert_int_equal(object_rec_decode(buf_view(&b), false, &r, NULL), 0);
	b.p[b.n - 1]++;
	assert_int_equal(object_rec_decode(buf_view(&b), false, &r, NULL), -1);
	buf_free(&b);
}

static void
test_block(void **state)
{
	struct block_writer *w = block_writer_new(1);
	struct block_reader *r = block_reader_new();
	struct slice out, got, bytes;
	struct err e = ERR_INIT;
	struct block_rec rec;
	char object[600], *keep;
	size_t n, len;
	int i, round;

	(void)state;
	assert_true(w != NULL && r != NULL);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 200; i++) {
			memset(object, 'a' + i % 26, sizeof(object));
			len = (size_t)(i * 3);
			assert_int_equal(block_writer_add(w,
			    (struct slice){object, len}), i);
		}
		assert_int_equal(block_writer_count(w), 200);
		assert_int_equal(block_writer_raw(w), 199 * 200 / 2 * 3);
		assert_int_equal(block_writer_finish(w, &out, &e), 0);
		assert_int_equal(block_writer_count(w), 0);
		for (i = 199; i >= 0; i--) {
			memset(object, 'a' + i % 26, sizeof(object));
			assert_int_equal(block_reader_get(r, 7, out,
			    (uint16_t)i, &got, &e), 0);
			assert_int_equal(got.n, i * 3);
			assert_memory_equal(got.p, object, got.n);
		}
	}
	assert_int_equal(block_reader_get(r, 7, out, 200, &got, &e), -1);
	assert_int_equal(e.code, ERR_STORE);
	for (n = 0; n < out.n; n++) {
		bytes = exact(out, n, &keep);
		if (block_rec_decode(bytes, &rec) == 0)
			assert_int_equal(block_reader_get(r, 100 + n, bytes, 5,
			    &got, NULL), -1);
		free(keep);
	}
	block_writer_free(w);
	block_reader_free(r);
}

/* Random bytes do not compress: stored as they are.  The largest object fits,
 * one that is larger does not. */
static void
test_block_extremes(void **state)
{
	struct block_writer *w = block_writer_new(1);
	struct block_reader *r = block_reader_new();
	char *big = malloc(LIMIT_OBJECT + 1);
	struct slice out, got;
	struct err e = ERR_INIT;
	struct block_rec rec;
	uint64_t rng = 1;
	size_t i;

	(void)state;
	assert_true(w != NULL && r != NULL && big != NULL);
	for (i = 0; i < LIMIT_OBJECT; i++)
		big[i] = (char)rng_next(&rng);
	assert_int_equal(block_writer_add(w,
	    (struct slice){big, LIMIT_OBJECT + 1}), -1);
	assert_int_equal(block_writer_add(w,
	    (struct slice){big, LIMIT_OBJECT}), 0);
	assert_int_equal(block_writer_finish(w, &out, &e), 0);
	assert_int_equal(block_rec_decode(out, &rec), 0);
	assert_int_equal(rec.codec, 0);
	assert_int_equal(block_reader_get(r, 1, out, 0, &got, &e), 0);
	assert_int_equal(got.n, LIMIT_OBJECT);
	assert_memory_equal(got.p, big, LIMIT_OBJECT);
	free(big);
	block_writer_free(w);
	block_reader_free(r);
}

static void
test_source(void **state)
{
	struct source_rec r = {.id = 3, .name = SLICE("abuse"),
	    .kind = SLICE("taxii21"), .url = SLICE("https://x.example/"),
	    .collection = SLICE("Botnet C2"), .cursor = SLICE("{\"a\":1}"),
	    .state = SOURCE_HELD, .default_tlp = TLP_RED, .keep_raw = 1,
	    .polls = 77, .complete_poll = 76, .last_poll = 1, .last_asked = 11,
	    .last_success = -2, .last_change = 3, .objects = UINT64_MAX,
	    .claims = 5, .revoked = 6, .patterns = 7, .rejected = 8,
	    .error = SLICE("it went wrong"), .listing = LISTING_WINDOW,
	    .reliability = 2, .group = SLICE("mirrors"), .hidden_from = 70,
	    .frozen = 9, .unsettled = 1, .settle_row = 1234567};
	struct source_rec q;
	struct slice cut;
	struct buf b;
	char *keep;
	size_t n, good = 0;

	(void)state;
	buf_init(&b, LIMIT_RECORD);
	assert_int_equal(source_rec_encode(&r, &b), 0);
	assert_int_equal(source_rec_decode(3, buf_view(&b), &q), 0);
	assert_true(q.listing == LISTING_WINDOW && q.reliability == 2 &&
	    slice_eq(q.group, r.group) && q.hidden_from == 70 &&
	    q.frozen == 9 && q.unsettled == 1 && q.settle_row == 1234567);
	assert_true(q.id == 3 && slice_eq(q.name, r.name) &&
	    slice_eq(q.kind, r.kind) && slice_eq(q.url, r.url) &&
	    slice_eq(q.collection, r.collection) &&
	    slice_eq(q.cursor, r.cursor) && slice_eq(q.error, r.error));
	assert_true(q.state == r.state && q.default_tlp == r.default_tlp &&
	    q.keep_raw == 1 && q.polls == 77 && q.complete_poll == 76);
	assert_int_equal(q.last_asked, 11);
	assert_true(q.last_poll == 1 && q.last_success == -2 &&
	    q.last_change == 3 && q.objects == UINT64_MAX && q.claims == 5 &&
	    q.revoked == 6 && q.patterns == 7 && q.rejected == 8);
	for (n = 0; n < b.n; n++) {
		cut = exact(buf_view(&b), n, &keep);
		good += source_rec_decode(3, cut, &q) == 0;
		free(keep);
	}
	/* Only at the ends of the tags behind the name. */
	assert_int_equal(good, 26);
	buf_free(&b);
}

static void
test_poll(void **state)
{
	struct poll_rec r = {.source = 3, .poll = 9, .complete = 1, .start = 5,
	    .end = 6, .pages = 7, .bytes = 8, .objects = 9, .added = 10,
	    .updated = 11, .unchanged = 12, .revoked = 13, .older = 14,
	    .rejected = 15, .values = 16, .error = SLICE("no"), .frozen = 17,
	    .stale = 18, .bad_dates = 19};
	struct poll_rec q;
	struct buf b;
	unsigned i;

	(void)state;
	for (i = 0; i < POLL_REASONS; i++)
		r.reasons[i] = i * 1000;
	buf_init(&b, LIMIT_RECORD);
	assert_int_equal(poll_rec_encode(&r, &b), 0);
	assert_int_equal(poll_rec_decode(3, 9, buf_view(&b), &q), 0);
	assert_true(q.complete == 1 && q.start == 5 && q.end == 6 &&
	    q.pages == 7 && q.bytes == 8 && q.objects == 9 && q.added == 10 &&
	    q.updated == 11 && q.unchanged == 12 && q.revoked == 13 &&
	    q.older == 14 && q.rejected == 15 && q.values == 16);
	assert_memory_equal(q.reasons, r.reasons, sizeof(r.reasons));
	assert_true(slice_is(q.error, "no") && q.frozen == 17 &&
	    q.stale == 18 && q.bad_dates == 19);
	b.n--;
	assert_int_equal(poll_rec_decode(3, 9, buf_view(&b), &q), -1);
	buf_free(&b);
}

static void
test_change(void **state)
{
	static const struct change list[] = {
	    {CHANGE_ADD, WHY_NEW, VALUE_DOMAIN, 0, {"\3abc\0", 5}},
	    {CHANGE_UPDATE, WHY_POLICY, VALUE_IPV4, 24, {"\1\2\3\0", 4}},
	    {CHANGE_REMOVE, 63, VALUE_FILE_NAME, 0, {"x", 1}}};
	struct change c;
	struct slice cut;
	struct buf b;
	char *keep;
	size_t pos = 1, i, n;
	int rc;

	(void)state;
	buf_init(&b, KIB(4));
	for (i = 0; i < ARRAY_LEN(list); i++)
		assert_int_equal(change_encode(&b, &list[i]), 0);
	for (i = 0; i < ARRAY_LEN(list); i++) {
		assert_int_equal(change_next(buf_view(&b), &pos, &c), 1);
		assert_int_equal(c.op, list[i].op);
		assert_int_equal(c.why, list[i].why);
		assert_int_equal(c.type, list[i].type);
		assert_int_equal(c.prefix, list[i].prefix);
		assert_true(slice_eq(c.key, list[i].key));
	}
	assert_int_equal(change_next(buf_view(&b), &pos, &c), 0);
	for (n = 0; n < b.n; n++) {
		cut = exact(buf_view(&b), n, &keep);
		pos = 1;
		while ((rc = change_next(cut, &pos, &c)) == 1)
			;
		/* Good at the start and behind each whole entry. */
		assert_int_equal(rc, n == 1 || n == 10 || n == 18 ? 0 : -1);
		free(keep);
	}
	buf_free(&b);
}

static void
test_change_names(void **state)
{
	int i, j;

	(void)state;
	for (i = WHY_NONE + 1; i < WHY_REASONS; i++) {
		assert_non_null(change_reason_name(i));
		for (j = WHY_NONE + 1; j < i; j++)
			assert_string_not_equal(change_reason_name(i),
			    change_reason_name(j));
	}
	assert_null(change_reason_name(WHY_NONE));
	assert_null(change_reason_name(WHY_REASONS));
}

static void
test_object_end(void **state)
{
	struct object_end end = {.reason = END_WITHDRAWN, .poll = 77,
	    .when = INT64_C(-123456789012)}, got;
	struct object_rec r, q;
	struct buf b, ended, again;
	struct err e = ERR_INIT;

	(void)state;
	buf_init(&b, LIMIT_RECORD);
	buf_init(&ended, LIMIT_RECORD);
	buf_init(&again, LIMIT_RECORD);
	r = (struct object_rec){.id = id_of(STIX_INDICATOR, 3),
	    .flags = OBJ_CLAIMS | OBJ_RAW, .confidence = 50, .created = 5,
	    .modified = 6, .valid_from = 7, .valid_until = 8, .block = 9};
	assert_int_equal(object_rec_begin(&b, &r), 0);
	add_tags(&b);
	assert_int_equal(object_rec_end(buf_view(&b), &end, &ended), 0);
	assert_int_equal(ended.n, b.n + OBJECT_END_LEN);
	assert_int_equal(object_rec_decode(buf_view(&ended), true, &q, &e), 0);
	assert_int_equal(q.flags, OBJ_CLAIMS | OBJ_RAW | OBJ_ENDED);
	assert_true(q.block == 9 && q.valid_until == 8);
	assert_true(object_rec_ended(&q, &got));
	assert_true(got.reason == END_WITHDRAWN && got.poll == 77 &&
	    got.when == end.when);
	/* The whole of it is in order: verify reads it so. */
	assert_int_equal(object_rec_decode(buf_view(&ended), false, &q, &e),
	    0);
	ended.p[2] ^= 1; /* flags that say nothing of it are not */
	ended.p[3] ^= OBJ_ENDED >> 8;
	assert_int_equal(object_rec_decode(buf_view(&ended), false, &q, &e),
	    -1);
	ended.p[2] ^= 1;
	ended.p[3] ^= OBJ_ENDED >> 8;
	/* Ended anew: the newest end stands. */
	end.reason = END_MOVED;
	assert_int_equal(object_rec_end(buf_view(&ended), &end, &again), 0);
	assert_int_equal(again.n, ended.n);
	assert_int_equal(object_rec_head(buf_view(&again), &q), 0);
	assert_true(object_rec_ended(&q, &got) && got.reason == END_MOVED);
	buf_reset(&ended);
	assert_int_equal(object_rec_unend(buf_view(&again), &ended), 0);
	assert_true(slice_eq(buf_view(&ended), buf_view(&b)));
	/* What has not ended stays as it is. */
	buf_reset(&again);
	assert_int_equal(object_rec_unend(buf_view(&ended), &again), 0);
	assert_true(slice_eq(buf_view(&again), buf_view(&b)));
	assert_int_equal(object_rec_head(buf_view(&again), &q), 0);
	assert_false(object_rec_ended(&q, &got));
	assert_string_equal(end_reason_name(END_WITHDRAWN), "withdrawn");
	assert_null(end_reason_name(0));
	assert_null(end_reason_name(END_REASONS));
	buf_free(&b);
	buf_free(&ended);
	buf_free(&again);
}

static void
test_reject_names(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < REJECT_REASONS; i++) {
		assert_non_null(reject_name(i));
		for (j = 0; j < i; j++)
			assert_string_not_equal(reject_name(i),
			    reject_name(j));
	}
	assert_null(reject_name(-1));
	assert_null(reject_name(REJECT_REASONS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_varint),
	    cmocka_unit_test(test_value_rec),
	    cmocka_unit_test(test_object),
	    cmocka_unit_test(test_object_times),
	    cmocka_unit_test(test_object_words),
	    cmocka_unit_test(test_object_cut),
	    cmocka_unit_test(test_object_damaged),
	    cmocka_unit_test(test_object_limits),
	    cmocka_unit_test(test_object_hostile),
	    cmocka_unit_test(test_digest_id),
	    cmocka_unit_test(test_block),
	    cmocka_unit_test(test_block_extremes),
	    cmocka_unit_test(test_source),
	    cmocka_unit_test(test_poll),
	    cmocka_unit_test(test_change),
	    cmocka_unit_test(test_change_names),
	    cmocka_unit_test(test_object_end),
	    cmocka_unit_test(test_reject_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
