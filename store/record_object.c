/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object record: a head and a tail of tags.
 *
 * Head: 0 version, 1 tlp, 2 flags, 4 id (17 bytes), 21 confidence, 22 source,
 * 24 poll_first, 28 poll, 32 hash, 40 how the times are kept; with OBJ_RAW then
 * 8 bytes block and 2 bytes index; then 8 bytes for each time that is neither
 * unstated, nor never, nor the same as one before it.  The tail follows.
 */
#include "store/record.h"

#include "base/limits.h"
#include "base/tstamp.h"
#include "base/utf8.h"
#include "store/bytes.h"
#include "store/episode.h"
#include "store/record_words.h"

enum {
	AT_TLP = 1, AT_FLAGS = OBJECT_FLAGS_AT, AT_ID = OBJECT_ID_AT,
	AT_CONFIDENCE = 21, AT_SOURCE = 22, AT_POLL_FIRST = 24, AT_POLL = 28,
	AT_HASH = 32, AT_TIMES = 40, AT_BLOCK = 41, AT_INDEX = 49,
	HEAD_MIN = 41, RAW_LEN = 10
};

/* How a time is kept: two bits each, created in the lowest. */
enum { TIME_STATED = 0, TIME_NONE = 1, TIME_CREATED = 2, TIME_OTHER = 3 };
#define TIMES 4

/* A tag with this bit is followed by the number of a word (record_words.h)
 * instead of length and bytes. */
#define TAG_WORD 0x80

/* A fetcher may set no more than these; and of them, not those that the keeper
 * alone does (store_batch_add()). */
#define FLAGS_KNOWN (OBJ_ENDED * 2 - 1 + OBJ_FEED + OBJ_AWAY + OBJ_AGAIN)
#define KEY_MAX (LIMIT_VALUE_KEY + 64)

/* TIME_OTHER is "the same as modified" for valid_from and "never" for
 * valid_until; the other two have no such thing. */
static unsigned
time_kind(const int64_t t[TIMES], unsigned i)
{
	if (t[i] == TSTAMP_NONE)
		return TIME_NONE;
	if ((i == 1 || i == 2) && t[i] == t[0])
		return TIME_CREATED;
	if ((i == 2 && t[i] == t[1]) || (i == 3 && t[i] == TSTAMP_NEVER))
		return TIME_OTHER;
	return TIME_STATED;
}

static size_t
times_put(uint8_t *kinds, uint8_t *p, const int64_t t[TIMES])
{
	size_t n = 0;
	unsigned i;

	*kinds = 0;
	for (i = 0; i < TIMES; i++) {
		unsigned kind = time_kind(t, i);

		*kinds |= (uint8_t)(kind << (2 * i));
		if (kind != TIME_STATED)
			continue;
		le64_put(p + n, (uint64_t)t[i]);
		n += 8;
	}
	return n;
}

/* Bytes taken, or -1. */
static int
times_get(uint8_t kinds, const uint8_t *p, size_t room, int64_t t[TIMES])
{
	size_t n = 0;
	unsigned i;

	for (i = 0; i < TIMES; i++) {
		switch (kinds >> (2 * i) & 3) {
		case TIME_NONE:
			t[i] = TSTAMP_NONE;
			break;
		case TIME_CREATED:
			t[i] = t[0];
			if (i == 0 || i == 3)
				return -1;
			break;
		case TIME_OTHER:
			t[i] = i == 3 ? TSTAMP_NEVER : t[1];
			if (i < 2)
				return -1;
			break;
		default:
			if (room - n < 8)
				return -1;
			t[i] = le64_get_signed(p + n);
			n += 8;
			break;
		}
	}
	return (int)n;
}

int
object_rec_begin(struct buf *out, const struct object_rec *head)
{
	const int64_t t[TIMES] = {head->created, head->modified,
		head->valid_from, head->valid_until};
	uint8_t *p = (uint8_t *)buf_room(out, OBJECT_HEAD_MAX);
	size_t n = HEAD_MIN;

	if (p == NULL)
		return -1;
	p[0] = RECORD_VERSION;
	p[AT_TLP] = head->tlp;
	le16_put(p + AT_FLAGS, head->flags);
	memcpy(p + AT_ID, head->id.b, IDKEY_LEN);
	p[AT_CONFIDENCE] = head->confidence;
	le16_put(p + AT_SOURCE, head->source);
	le32_put(p + AT_POLL_FIRST, head->poll_first);
	le32_put(p + AT_POLL, head->poll);
	le64_put(p + AT_HASH, head->hash);
	if ((head->flags & OBJ_RAW) != 0) {
		le64_put(p + AT_BLOCK, head->block);
		le16_put(p + AT_INDEX, head->index);
		n += RAW_LEN;
	}
	out->n += n + times_put(p + AT_TIMES, p + n, t);
	return 0;
}

int
object_rec_add(struct buf *out, enum object_tag tag, struct slice bytes)
{
	uint8_t *p = (uint8_t *)buf_room(out, 1 + VARINT_MAX + bytes.n);
	int word = record_tag_has_words(tag) ? record_word(tag, bytes) : -1;
	size_t n = 2;

	if (p == NULL)
		return -1;
	p[0] = (uint8_t)tag;
	if (word >= 0) {
		p[0] |= TAG_WORD;
		p[1] = (uint8_t)word;
		out->n += 2;
		return 0;
	}
	p[1] = (uint8_t)bytes.n;
	if (bytes.n >= 0x80)
		n = 1 + varint_put(p + 1, bytes.n);
	if (bytes.n != 0)
		memcpy(p + n, bytes.p, bytes.n);
	out->n += n + bytes.n;
	return 0;
}

/* The bytes of a varint: seven bits in each. */
static size_t
varint_len(uint64_t v)
{
	size_t n = 1;

	while ((v >>= 7) != 0)
		n++;
	return n;
}

int
object_rec_add_value(struct buf *out, const struct object_value *v)
{
	const struct value *val = &v->value;
	size_t body = 6 + varint_len(val->keylen) + val->keylen +
	    varint_len(val->text.n) + val->text.n, n = 1;
	uint8_t *p = (uint8_t *)buf_room(out, 1 + VARINT_MAX + body);

	if (p == NULL)
		return -1;
	p[0] = TAG_VALUE;
	n += varint_put(p + n, body);
	p[n++] = val->type;
	p[n++] = val->prefix;
	p[n++] = val->flags;
	p[n++] = v->oflags;
	le16_put(p + n, v->group);
	n += 2;
	n += varint_put(p + n, val->keylen);
	memcpy(p + n, val->key, val->keylen);
	n += val->keylen;
	n += varint_put(p + n, val->text.n);
	if (val->text.n != 0)
		memcpy(p + n, val->text.p, val->text.n);
	out->n += n + val->text.n;
	return 0;
}

int
object_value_decode(struct slice bytes, struct object_value *v)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	size_t at = 6, n;
	uint64_t len;

	if (bytes.n < 8)
		return -1;
	v->value.type = p[0];
	v->value.prefix = p[1];
	v->value.flags = p[2];
	v->oflags = p[3];
	v->group = le16_get(p + 4);
	n = varint_get(p + at, bytes.n - at, &len);
	if (n == 0 || len == 0 || len > KEY_MAX || len > bytes.n - at - n)
		return -1;
	at += n;
	v->value.key = p + at;
	v->value.keylen = (uint16_t)len;
	at += (size_t)len;
	n = varint_get(p + at, bytes.n - at, &len);
	if (n == 0 || len > LIMIT_VALUE || len != bytes.n - at - n)
		return -1;
	v->value.text = SLICE_NONE;
	if (len != 0)
		v->value.text = (struct slice){bytes.p + at + n, (size_t)len};
	return 0;
}

/* The tag at *at of a tail; 1, 0 at the end, -1 when damaged. */
static int
tag_next(struct slice tail, size_t *at, unsigned *tag, struct slice *bytes)
{
	const uint8_t *p = (const uint8_t *)tail.p;
	size_t pos = *at, n;
	uint64_t len;

	if (pos >= tail.n)
		return pos == tail.n ? 0 : -1;
	*tag = p[pos++];
	if (*tag == TAG_END)
		return -1;
	if ((*tag & TAG_WORD) != 0) {
		*tag &= ~(unsigned)TAG_WORD;
		if (pos == tail.n)
			return -1;
		*bytes = record_word_bytes((enum object_tag)*tag, p[pos]);
		*at = pos + 1;
		return bytes->p != NULL ? 1 : -1;
	}
	if (pos < tail.n && p[pos] < 0x80) {
		len = p[pos++];
	} else {
		n = varint_get(p + pos, tail.n - pos, &len);
		if (n == 0)
			return -1;
		pos += n;
	}
	if (len > tail.n - pos)
		return -1;
	*bytes = (struct slice){tail.p + pos, (size_t)len};
	*at = pos + (size_t)len;
	return 1;
}

bool
object_rec_next(const struct object_rec *r, size_t *pos,
    enum object_tag *tag, struct slice *bytes)
{
	unsigned t;

	if (tag_next(r->tail, pos, &t, bytes) != 1)
		return false;
	*tag = (enum object_tag)t;
	return true;
}

struct slice
object_rec_get(const struct object_rec *r, enum object_tag tag)
{
	enum object_tag t;
	struct slice bytes;
	size_t pos = 0;

	while (object_rec_next(r, &pos, &t, &bytes)) {
		if (t == tag)
			return bytes;
	}
	return SLICE_NONE;
}

int
object_rec_head(struct slice bytes, struct object_rec *r)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	size_t at = HEAD_MIN;
	int64_t t[TIMES];
	int n;

	if (bytes.n < HEAD_MIN || p[0] != RECORD_VERSION)
		return -1;
	r->tlp = p[AT_TLP];
	r->flags = le16_get(p + AT_FLAGS);
	memcpy(r->id.b, p + AT_ID, IDKEY_LEN);
	r->confidence = p[AT_CONFIDENCE];
	r->source = le16_get(p + AT_SOURCE);
	r->poll_first = le32_get(p + AT_POLL_FIRST);
	r->poll = le32_get(p + AT_POLL);
	r->hash = le64_get(p + AT_HASH);
	r->block = 0;
	r->index = 0;
	r->nvalues = 0;
	r->flawed = false;
	if ((r->flags & OBJ_RAW) != 0) {
		if (bytes.n < HEAD_MIN + RAW_LEN)
			return -1;
		r->block = le64_get(p + AT_BLOCK);
		r->index = le16_get(p + AT_INDEX);
		at += RAW_LEN;
	}
	n = times_get(p[AT_TIMES], p + at, bytes.n - at, t);
	if (n < 0)
		return -1;
	r->created = t[0];
	r->modified = t[1];
	r->valid_from = t[2];
	r->valid_until = t[3];
	at += (size_t)n;
	r->tail = (struct slice){bytes.p + at, bytes.n - at};
	if (r->tlp > TLP_RED)
		return -1;
	if (r->confidence > 100 && r->confidence != CONFIDENCE_UNKNOWN)
		return -1;
	return 0;
}

void
object_rec_patch(uint8_t *bytes, uint16_t source, uint32_t poll_first,
    uint32_t poll, uint64_t block)
{
	le16_put(bytes + AT_SOURCE, source);
	le32_put(bytes + AT_POLL_FIRST, poll_first);
	le32_put(bytes + AT_POLL, poll);
	if ((le16_get(bytes + AT_FLAGS) & OBJ_RAW) != 0)
		le64_put(bytes + AT_BLOCK, block);
}

void
object_rec_place(uint8_t *bytes, uint16_t index)
{
	le16_put(bytes + AT_INDEX, index);
}

bool
object_rec_holds(const struct object_rec *r)
{
	return r->id.b[0] == STIX_REPORT && (r->flags & OBJ_FEED) != 0;
}

int
object_rec_add_rejected(struct buf *out, uint64_t n)
{
	uint8_t bytes[4];

	le32_put(bytes, n < UINT32_MAX ? (uint32_t)n : UINT32_MAX);
	return n == 0 ? 0 : object_rec_add(out, TAG_REJECTED,
	    (struct slice){(char *)bytes, sizeof(bytes)});
}

uint64_t
object_rec_rejected(const struct object_rec *r)
{
	struct slice bytes = object_rec_get(r, TAG_REJECTED);

	return bytes.n == 4 ? le32_get((const uint8_t *)bytes.p) : 0;
}

/* How long a tag's bytes may be, and how often it may come. */
static const struct tag_rule {
	const char *name;
	uint32_t min, max, times;
	bool text;
} tag_rules[] = {
    [TAG_NAME] = {"name", 0, LIMIT_NAME, 1, true},
    [TAG_LABEL] = {"label", 0, LIMIT_NAME, LIMIT_LIST, true},
    [TAG_INDICATOR_TYPE] = {"indicator type", 0, LIMIT_NAME, LIMIT_LIST, true},
    [TAG_PHASE] = {"phase", 1, 2 * LIMIT_NAME + 1, LIMIT_LIST, true},
    [TAG_VALUE] = {"value", 8, LIMIT_RECORD, LIMIT_VALUES, false},
    [TAG_PATTERN] = {"pattern", 0, LIMIT_RECORD, 1, true},
    [TAG_PATTERN_TYPE] = {"pattern type", 0, LIMIT_NAME, 1, true},
    [TAG_REL_TYPE] = {"relationship type", 0, LIMIT_NAME, 1, true},
    [TAG_SOURCE_REF] = {"source_ref", IDKEY_LEN, IDKEY_LEN, 1, false},
    [TAG_TARGET_REF] = {"target_ref", IDKEY_LEN, IDKEY_LEN, 1, false},
    [TAG_TYPE_NAME] = {"type", 1, LIMIT_NAME, 1, true},
    [TAG_ID_TEXT] = {"id", 1, LIMIT_ID, 1, true},
    [TAG_CREATED_BY] = {"created_by_ref", IDKEY_LEN, IDKEY_LEN, 1, false},
    [TAG_MARKING] = {"marking", IDKEY_LEN, IDKEY_LEN, LIMIT_LIST, false},
    [TAG_ALIAS] = {"alias", 0, LIMIT_NAME, LIMIT_LIST, true},
    [TAG_SEEN] = {"sighting times", 24, 24, 1, false},
    [TAG_ENDED] = {"end", 13, 13, 1, false},
    [TAG_THREAT] = {"threat", 1, 2 * LIMIT_NAME + 1, LIMIT_LIST, true},
    [TAG_PARTS] = {"parts", IDKEY_LEN, LIMIT_RECORD, 1, false},
    [TAG_EPISODES] = {"episodes", EPISODES_TAG_MIN, EPISODES_TAG_MAX, 1, false},
    [TAG_REJECTED] = {"rejections", 4, 4, 1, false},
};

static int
value_check(struct slice bytes, bool trusted, struct err *e)
{
	struct object_value v;

	if (object_value_decode(bytes, &v) != 0)
		return err_set(e, ERR_PROTO, "object record: damaged value");
	if (trusted)
		return 0;
	if ((v.value.flags & VALUE_DIGEST) != 0 && v.value.text.n == 0)
		return err_set(e, ERR_PROTO,
		    "object record: value kept by digest without its text");
	if (!utf8_valid(v.value.text))
		return err_set(e, ERR_PROTO,
		    "object record: text of a value is not UTF-8");
	if (!value_key_valid(&v.value))
		return err_set(e, ERR_PROTO,
		    "object record: key of a value is not canonical");
	return 0;
}

/* One tag against the rules; `times` counts the tags seen so far. */
static int
tag_check(unsigned tag, struct slice bytes, bool trusted,
    uint16_t times[ARRAY_LEN(tag_rules)], struct err *e)
{
	const struct tag_rule *rule;

	if (tag >= ARRAY_LEN(tag_rules))
		return 0; /* a later writer's tag */
	rule = &tag_rules[tag];
	if (bytes.n < rule->min || bytes.n > rule->max)
		return err_set(e, ERR_PROTO,
		    "object record: %s of %zu bytes", rule->name, bytes.n);
	if (++times[tag] > rule->times)
		return err_set(e, ERR_PROTO,
		    "object record: more than %u of '%s'", rule->times,
		    rule->name);
	if (tag == TAG_VALUE)
		return value_check(bytes, trusted, e);
	if (tag == TAG_PARTS && bytes.n % IDKEY_LEN != 0)
		return err_set(e, ERR_PROTO, "object record: parts that are "
		    "cut");
	if (!trusted && rule->text && !utf8_valid(bytes))
		return err_set(e, ERR_PROTO, "object record: %s is not UTF-8",
		    rule->name);
	if ((tag == TAG_PHASE || tag == TAG_THREAT) &&
	    memchr(bytes.p, '\0', bytes.n) == NULL)
		return err_set(e, ERR_PROTO,
		    "object record: %s without its second half", rule->name);
	return 0;
}

/* What an honest fetcher keeps between the head and the tags. */
static int
agreement_check(const struct object_rec *r, bool ended, bool again,
    struct err *e)
{
	struct episodes episodes;
	struct idkey key;
	struct slice text;
	bool digest = (r->flags & OBJ_ID_DIGEST) != 0;

	if ((r->flags & ~FLAGS_KNOWN) != 0)
		return err_set(e, ERR_PROTO, "object record: unknown flags");
	if (((r->flags & OBJ_ENDED) != 0) != ended)
		return err_set(e, ERR_PROTO,
		    "object record: its end and its flag do not agree");
	if (((r->flags & OBJ_AGAIN) != 0) != again || (again &&
	    episodes_decode(object_rec_get(r, TAG_EPISODES), &episodes) != 0))
		return err_set(e, ERR_PROTO,
		    "object record: its episodes and their flag do not agree");
	if (digest != (r->id.b[0] == IDKEY_DIGEST))
		return err_set(e, ERR_PROTO,
		    "object record: identifier and its flag do not agree");
	if (!digest)
		return 0;
	text = object_rec_get(r, TAG_ID_TEXT);
	if (text.p == NULL || idkey_parse(text, &key) != 1 ||
	    memcmp(key.b, r->id.b, IDKEY_LEN) != 0)
		return err_set(e, ERR_PROTO,
		    "object record: text and digest of the identifier differ");
	return 0;
}

int
object_rec_decode(struct slice bytes, bool trusted, struct object_rec *r,
    struct err *e)
{
	uint16_t times[ARRAY_LEN(tag_rules)] = {0};
	struct slice tag_bytes;
	size_t pos = 0;
	unsigned tag;
	int rc;

	if (bytes.n > LIMIT_RECORD)
		return err_set(e, ERR_PROTO,
		    "object record: %zu bytes, more than the limit", bytes.n);
	if (object_rec_head(bytes, r) != 0)
		return err_set(e, ERR_PROTO, "object record: damaged head");
	while ((rc = tag_next(r->tail, &pos, &tag, &tag_bytes)) == 1) {
		if (tag_check(tag, tag_bytes, trusted, times, e) != 0)
			return -1;
	}
	if (rc != 0)
		return err_set(e, ERR_PROTO, "object record: damaged tail");
	r->nvalues = times[TAG_VALUE];
	r->flawed = times[TAG_REJECTED] != 0;
	return trusted ? 0 : agreement_check(r, times[TAG_ENDED] != 0,
	    times[TAG_EPISODES] != 0, e);
}
