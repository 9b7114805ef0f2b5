/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "store/bytes.h"
#include "tests/unit/store_world.h"

const uint8_t world_tlp[WORLD_SOURCES] = {
    TLP_UNKNOWN, TLP_AMBER, TLP_GREEN};

void
world_make(struct world *w, uint64_t seed)
{
	static const struct {
		enum value_type type;
		const char *text;
	} plain[] = {
	    {VALUE_IPV4, "198.51.100.1"}, {VALUE_IPV4, "198.51.100.2"},
	    {VALUE_IPV4, "203.0.113.77"}, {VALUE_IPV4, "203.0.113.0/24"},
	    {VALUE_IPV4, "203.0.113.0/25"}, {VALUE_IPV4, "44.0.0.0/9"},
	    {VALUE_IPV6, "2001:db8::1"}, {VALUE_IPV6, "2001:db8::2"},
	    {VALUE_IPV6, "2001:db8::/32"}, {VALUE_IPV6, "2001:db8:7::/48"},
	    {VALUE_DOMAIN, "evil.example"}, {VALUE_DOMAIN, "evil2.example"},
	    {VALUE_DOMAIN, "a.evil.example"}, {VALUE_DOMAIN, "evil.test"},
	    {VALUE_DOMAIN, "bad.test"}, {VALUE_URL, "http://evil.example/a"},
	    {VALUE_URL, "https://evil.example/a"},
	    {VALUE_URL, "http://evil.example/A"},
	    {VALUE_URL, "http://evil.example/ab"},
	    {VALUE_EMAIL, "me@evil.example"}, {VALUE_ASN, "AS64500"},
	    {VALUE_MD5, "0123456789abcdef0123456789abcdef"},
	    {VALUE_SHA256, "0123456789abcdef0123456789abcdef"
	        "0123456789abcdef0123456789abcde0"},
	    {VALUE_SHA256, "0123456789abcdef0123456789abcdef"
	        "0123456789abcdef0123456789abcde1"},
	    {VALUE_MUTEX, "m"}, {VALUE_MUTEX, "mu"}, {VALUE_MUTEX, "mutex123"},
	    {VALUE_MUTEX, "mutex1234"}, {VALUE_USER_AGENT, "ua"},
	};
	char text[600];
	unsigned i;

	*w = (struct world){.rng = seed};
	for (i = 0; i < WORLD_VALUES; i++) {
		if (i < ARRAY_LEN(plain)) {
			w->values[i] = value_of(plain[i].type, plain[i].text);
			continue;
		}
		/* Kept by digest. */
		memset(text, 'x', sizeof(text));
		snprintf(text + 500, sizeof(text) - 500, "%u", i);
		w->values[i] = value_of(VALUE_USER_AGENT, text);
		assert_true((w->values[i].flags & VALUE_DIGEST) != 0);
	}
}

static bool
chance(struct world *w, unsigned percent)
{
	return rng_below(&w->rng, 100) < percent;
}

static void
random_values(struct world *w, struct version *v)
{
	unsigned i;

	v->nvalues = rng_below(&w->rng, WORLD_CLAIMS + 1);
	for (i = 0; i < v->nvalues; i++) {
		/* A few values are popular. */
		v->value[i] = chance(w, 30) ? rng_below(&w->rng, 3) :
		    rng_below(&w->rng, WORLD_VALUES);
		v->compound[i] = chance(w, 20);
		v->suffix[i] = chance(w, 20) &&
		    w->values[v->value[i]].type == VALUE_DOMAIN;
	}
}

/* The original bytes of a version: any length, told by its number. */
static size_t
raw_of(uint32_t number, char out[700])
{
	size_t n = number * 37 % 600;

	memset(out, 'a' + (int)(number % 26), n);
	return n + (size_t)snprintf(out + n, 20, "%u", number);
}

static void
random_version(struct world *w, struct version *v)
{
	char raw[700];

	*v = (struct version){.there = true,
	    .modified = chance(w, 10) ? TSTAMP_NONE :
	        (int64_t)rng_below(&w->rng, 30),
	    .from = rng_below(&w->rng, 50), .until = TSTAMP_NONE,
	    .confidence = chance(w, 30) ? CONFIDENCE_UNKNOWN :
	        (uint8_t)(rng_below(&w->rng, 3) * 40),
	    .tlp = chance(w, 50) ? 0 : (uint8_t)rng_below(&w->rng, 6),
	    .number = ++w->made};
	if (chance(w, 70))
		v->until = v->from + 1 + rng_below(&w->rng, 30);
	if (chance(w, 85))
		v->flags |= OBJ_CLAIMS;
	if (chance(w, 4))
		v->flags |= OBJ_REVOKED;
	if (chance(w, 6))
		v->flags |= OBJ_BENIGN;
	if (chance(w, 5))
		v->flags |= OBJ_PATTERN;
	else if (chance(w, 5))
		v->flags |= OBJ_RULE;
	if (chance(w, 60))
		v->flags |= OBJ_RAW;
	/* `verify` holds the digest against the bytes that are kept. */
	v->hash = w->made;
	if ((v->flags & OBJ_RAW) != 0)
		v->hash = digest64(raw, raw_of(v->number, raw), w->seed);
	random_values(w, v);
}

static struct idkey
world_id(unsigned i)
{
	return id_of(i >= WORLD_IDS - WORLD_RELATIONS ? STIX_RELATIONSHIP :
	    STIX_INDICATOR, i);
}

static void
encode(const struct world *w, unsigned i, const struct version *v,
    uint16_t index, struct buf *record)
{
	struct object_rec head = {.id = world_id(i), .flags = v->flags,
	    .confidence = v->confidence, .tlp = v->tlp, .created = 1,
	    .modified = v->modified, .valid_from = v->from,
	    .valid_until = v->until, .hash = v->hash, .index = index,
	    /* what a fetcher claims here is not to matter */
	    .source = 99, .poll = 99, .poll_first = 99, .block = 99};
	struct object_value ov = {0};
	struct idkey end;
	unsigned k;

	object_rec_begin(record, &head);
	for (k = 0; k < v->nvalues; k++) {
		ov.value = w->values[v->value[k]];
		ov.oflags = v->compound[k] ? OVF_COMPOUND : 0;
		if (v->suffix[k])
			ov.value.flags |= VALUE_SUFFIX;
		object_rec_add_value(record, &ov);
	}
	if (i < WORLD_IDS - WORLD_RELATIONS)
		return;
	object_rec_add(record, TAG_REL_TYPE, SLICE("indicates"));
	end = world_id(v->end[0]);
	object_rec_add(record, TAG_SOURCE_REF,
	    (struct slice){(char *)end.b, IDKEY_LEN});
	end = world_id(v->end[1]);
	object_rec_add(record, TAG_TARGET_REF,
	    (struct slice){(char *)end.b, IDKEY_LEN});
}

/* The rules, once more. */
static bool
wins(const struct version *new, const struct version *old)
{
	bool revokes = (new->flags & OBJ_REVOKED) != 0;
	bool revoked = (old->flags & OBJ_REVOKED) != 0;

	if (revoked && !revokes)
		return false;
	if (new->modified == TSTAMP_NONE && old->modified == TSTAMP_NONE)
		return true;
	if (new->modified == old->modified)
		return revokes && !revoked;
	return new->modified > old->modified;
}

static void
tell(struct world *w, unsigned source, struct version *v, struct version *old)
{
	uint32_t poll = w->polls[source];
	char raw[700];

	v->poll = v->poll_first = w->polls[source];
	if (!old->there) {
		w->counts.added++;
	} else if (v->hash == old->hash) {
		w->counts.unchanged++;
		return;
	} else if (!wins(v, old)) {
		if (v->modified == old->modified)
			w->counts.unchanged++;
		else
			w->counts.older++;
		return;
	} else {
		w->counts.updated++;
		v->row = old->row;
		v->poll_first = old->poll_first;
		if (old->poll != poll)
			w->before[source][old - w->now[source]][poll] = *old;
		else if ((old->flags & OBJ_RAW) != 0)
			w->buried += raw_of(old->number, raw);
	}
	if ((v->flags & OBJ_REVOKED) != 0 &&
	    (!old->there || (old->flags & OBJ_REVOKED) == 0))
		w->counts.revoked++;
	*old = *v;
	w->changed = true;
}

void
world_step(struct world *w, unsigned source, uint16_t index,
    struct buf *record, struct buf *raw)
{
	unsigned i = rng_below(&w->rng, WORLD_IDS);
	struct version v, *old = &w->now[source][i];
	char bytes[700];

	if (old->there && chance(w, 15)) {
		v = *old; /* once more, byte for byte */
	} else {
		random_version(w, &v);
		v.end[0] = rng_below(&w->rng, WORLD_IDS);
		v.end[1] = rng_below(&w->rng, WORLD_IDS);
	}
	encode(w, i, &v, index, record);
	if ((v.flags & OBJ_RAW) != 0)
		buf_add(raw, bytes, raw_of(v.number, bytes));
	tell(w, source, &v, old);
}

/* ---- reading back -------------------------------------------------------- */

struct look {
	struct world *w;
	struct env *env;
	MDB_txn *txn;
	struct block_reader *blocks;
	uint64_t entries[TABLE_COUNT]; /* expected */
	uint64_t raw_alive;
	uint64_t told;                 /* values that the log has */
};

static struct slice
fetch(struct look *l, enum table t, const void *k, size_t n)
{
	MDB_val key = {n, (void *)(uintptr_t)k}, val;
	int rc = mdb_get(l->txn, l->env->dbi[t], &key, &val);

	if (rc == MDB_NOTFOUND)
		return SLICE_NONE;
	assert_int_equal(rc, 0);
	return (struct slice){val.mv_data, val.mv_size};
}

static void
check_raw(struct look *l, const struct version *v, const struct object_rec *r)
{
	struct slice block, got;
	struct err e = ERR_INIT;
	char want[700];
	uint8_t k[8];
	size_t n;

	be64_put(k, r->block);
	block = fetch(l, TABLE_BLOCKS, k, sizeof(k));
	assert_non_null(block.p);
	assert_int_equal(block_reader_get(l->blocks, r->block, block, r->index,
	    &got, &e), 0);
	n = raw_of(v->number, want);
	assert_int_equal(got.n, n);
	if (n != 0)
		assert_memory_equal(got.p, want, n);
	l->raw_alive += n;
}

static void
check_link(struct look *l, unsigned end, unsigned tag, uint64_t row,
    unsigned other)
{
	struct idkey id = world_id(end), far = world_id(other);
	uint8_t k[IDKEY_LEN + 9];
	struct slice got;

	memcpy(k, id.b, IDKEY_LEN);
	k[IDKEY_LEN] = (uint8_t)tag;
	be64_put(k + IDKEY_LEN + 1, row);
	got = fetch(l, TABLE_IDS, k, sizeof(k));
	assert_int_equal(got.n, IDKEY_LEN + 9);
	assert_memory_equal(got.p, far.b, IDKEY_LEN);
	assert_memory_equal(got.p + IDKEY_LEN, "indicates", 9);
	l->entries[TABLE_IDS]++;
}

static void
check_version(struct look *l, unsigned source, unsigned i, struct version *v)
{
	struct idkey id = world_id(i);
	struct object_rec r;
	struct err e = ERR_INIT;
	uint8_t k[IDKEY_LEN + 3];
	struct slice got;
	uint64_t row;

	memcpy(k, id.b, IDKEY_LEN);
	k[IDKEY_LEN] = 0;
	be16_put(k + IDKEY_LEN + 1, (uint16_t)(source + 1));
	got = fetch(l, TABLE_IDS, k, sizeof(k));
	if (!v->there) {
		assert_null(got.p);
		return;
	}
	assert_int_equal(got.n, 16);
	row = le64_get((const uint8_t *)got.p);
	assert_true(le64_get((const uint8_t *)got.p + 8) == v->hash);
	assert_true(v->row == 0 || v->row == row);
	v->row = row;
	l->entries[TABLE_IDS]++;
	l->entries[TABLE_OBJECTS]++;
	be64_put(k, row);
	got = fetch(l, TABLE_OBJECTS, k, 8);
	assert_non_null(got.p);
	assert_int_equal(object_rec_decode(got, false, &r, &e), 0);
	assert_memory_equal(r.id.b, id.b, IDKEY_LEN);
	assert_int_equal(r.flags, v->flags);
	assert_int_equal(r.source, source + 1);
	assert_int_equal(r.poll_first, v->poll_first);
	assert_int_equal(r.poll, v->poll);
	assert_true(r.hash == v->hash && r.modified == v->modified);
	if ((v->flags & OBJ_RAW) != 0)
		check_raw(l, v, &r);
	if (i >= WORLD_IDS - WORLD_RELATIONS &&
	    (v->flags & OBJ_REVOKED) == 0) {
		check_link(l, v->end[0], 1, row, v->end[1]);
		check_link(l, v->end[1], 2, row, v->end[0]);
	}
}

static bool
has_end(const struct version *v, unsigned tag, unsigned end)
{
	return v->there && (v->flags & OBJ_REVOKED) == 0 &&
	    v->end[tag - 1] == end;
}

/* A relationship is found by the ends of its overwritten versions too; where they
 * share one, as the newest says. */
static void
check_old_links(struct look *l, unsigned source, unsigned i, unsigned tag)
{
	const struct version *v, *now = &l->w->now[source][i];
	const struct version *before = l->w->before[source][i];
	unsigned poll, newer, end;

	for (poll = 0; poll < WORLD_POLLS; poll++) {
		v = &before[poll];
		end = v->end[tag - 1];
		if (!has_end(v, tag, end) || has_end(now, tag, end))
			continue;
		for (newer = poll + 1; newer < WORLD_POLLS &&
		    !has_end(&before[newer], tag, end); newer++)
			;
		if (newer == WORLD_POLLS)
			check_link(l, end, tag, now->row, v->end[2 - tag]);
	}
}

/* What polls overwrote is kept, with its bytes. */
static void
check_undo(struct look *l, unsigned source, unsigned i)
{
	const struct version *v, *now = &l->w->now[source][i];
	struct object_rec r;
	struct err e = ERR_INIT;
	struct slice got;
	uint8_t k[12];
	uint32_t poll;

	if (i >= WORLD_IDS - WORLD_RELATIONS) {
		check_old_links(l, source, i, 1);
		check_old_links(l, source, i, 2);
	}
	be64_put(k, now->row);
	for (poll = 0; poll < WORLD_POLLS; poll++) {
		v = &l->w->before[source][i][poll];
		be32_put(k + 8, poll);
		got = fetch(l, TABLE_UNDO, k, sizeof(k));
		if (!v->there) {
			assert_null(got.p);
			continue;
		}
		l->entries[TABLE_UNDO]++;
		assert_int_equal(object_rec_decode(got, false, &r, &e), 0);
		assert_true(r.hash == v->hash && r.modified == v->modified);
		assert_int_equal(r.poll, v->poll);
		assert_int_equal(r.poll_first, v->poll_first);
		if ((v->flags & OBJ_RAW) != 0)
			check_raw(l, v, &r);
	}
}

struct world_claim {
	const struct version *v;
	uint64_t row;
	unsigned source;
	bool compound, suffix;
	bool past;   /* a version that was overwritten made it */
};

/* Has a version that a poll overwrote claimed the value? */
static bool
was_claimed(const struct world *w, unsigned s, unsigned i, unsigned value)
{
	const struct version *v;
	unsigned poll, k;

	for (poll = 0; poll < WORLD_POLLS; poll++) {
		v = &w->before[s][i][poll];
		if (!v->there || (v->flags & OBJ_CLAIMS) == 0)
			continue;
		for (k = 0; k < v->nvalues; k++)
			if (v->value[k] == value)
				return true;
	}
	return false;
}

/* The claims on a value, by row. */
static unsigned
claims_on(const struct world *w, unsigned value, struct world_claim *out)
{
	const struct version *v;
	struct world_claim c;
	unsigned n = 0, s, i, k, j;
	bool named;

	for (s = 0; s < WORLD_SOURCES; s++) {
		for (i = 0; i < WORLD_IDS; i++) {
			v = &w->now[s][i];
			if (!v->there)
				continue;
			c = (struct world_claim){v, v->row, s, true, false,
			    false};
			named = false;
			for (k = 0; k < v->nvalues; k++) {
				if (v->value[k] != value ||
				    (v->flags & OBJ_CLAIMS) == 0)
					continue;
				named = true;
				c.compound = c.compound && v->compound[k];
				c.suffix = c.suffix || v->suffix[k];
			}
			c.past = !named && was_claimed(w, s, i, value);
			if (!named && !c.past)
				continue;
			for (j = n++; j > 0 && out[j - 1].row > c.row; j--)
				out[j] = out[j - 1];
			out[j] = c;
		}
	}
	return n;
}

static bool
is_live(const struct version *v)
{
	return (v->flags & (OBJ_REVOKED | OBJ_BENIGN)) == 0;
}

/* What holds at a moment, from the claims themselves. */
static void
check_moment(const struct value_rec *r, const struct world_claim *c,
    unsigned n, int64_t t)
{
	bool active = false, compound = true, suffix = false;
	uint8_t confidence = CONFIDENCE_UNKNOWN, tlp = TLP_UNKNOWN, said;
	const struct version *v;
	unsigned i;

	for (i = 0; i < n; i++) {
		v = c[i].v;
		if (c[i].past || !is_live(v) || t < v->from ||
		    (v->until != TSTAMP_NONE && t >= v->until))
			continue;
		active = true;
		compound = compound && c[i].compound;
		suffix = suffix || c[i].suffix;
		if (v->confidence != CONFIDENCE_UNKNOWN &&
		    (confidence == CONFIDENCE_UNKNOWN ||
		    v->confidence > confidence))
			confidence = v->confidence;
		said = v->tlp != TLP_UNKNOWN ? v->tlp : world_tlp[c[i].source];
		if (said != TLP_UNKNOWN && (tlp == TLP_UNKNOWN || said < tlp))
			tlp = said;
	}
	assert_int_equal(active, t >= r->valid_from && t < r->expires_at);
	if (!active)
		return;
	assert_int_equal(r->confidence, confidence);
	assert_int_equal(r->tlp, tlp);
	assert_int_equal((r->flags & VREC_COMPOUND) != 0, compound);
	assert_int_equal((r->flags & VREC_SUFFIX) != 0, suffix);
}

static void
check_state(const struct value_rec *r, const struct world_claim *c,
    unsigned n)
{
	unsigned i, live = 0, benign = 0, said = 0;
	int64_t t;

	for (i = 0; i < n; i++) {
		if (c[i].past)
			continue;
		said++;
		live += is_live(c[i].v);
		benign += (c[i].v->flags & (OBJ_REVOKED | OBJ_BENIGN)) ==
		    OBJ_BENIGN;
	}
	assert_int_equal((r->flags & VREC_BENIGN) != 0,
	    live == 0 && benign != 0);
	assert_int_equal((r->flags & VREC_REVOKED) != 0,
	    said != 0 && live == 0 && benign == 0);
	assert_int_equal((r->flags & VREC_PAST) != 0, said == 0);
	if (live == 0 || (r->flags & VREC_COMPLEX) != 0)
		return;
	for (t = -1; t < 90; t++)
		check_moment(r, c, n, t);
}

static void
check_claims(struct look *l, const struct value_rec *r,
    const struct world_claim *c, unsigned n)
{
	struct claim_rec claim;
	struct slice got;
	uint8_t k[16];
	unsigned i;

	for (i = 0; i < n; i++) {
		be64_put(k, r->row);
		be64_put(k + 8, c[i].row);
		got = fetch(l, TABLE_CLAIMS, k, sizeof(k));
		assert_non_null(got.p);
		assert_int_equal(claim_rec_decode(got, &claim), 0);
		assert_int_equal(claim.source, c[i].source + 1);
		l->entries[TABLE_CLAIMS]++;
		assert_int_equal((claim.flags & CLAIM_PAST) != 0, c[i].past);
		if (c[i].past)
			continue;
		assert_int_equal(claim.flags,
		    (c[i].compound ? OVF_COMPOUND : 0) |
		    (c[i].suffix ? CLAIM_SUFFIX : 0));
	}
}

bool
world_is_net(const struct value *v)
{
	return (v->type == VALUE_IPV4 && v->prefix != 32) ||
	    (v->type == VALUE_IPV6 && v->prefix != 128);
}

static size_t
value_key(const struct value *v, uint8_t k[512])
{
	size_t n = 1 + (size_t)v->keylen;

	k[0] = v->type;
	memcpy(k + 1, v->key, v->keylen);
	if (world_is_net(v))
		k[n++] = v->prefix;
	return n;
}

/* Returns the number of claims that are not past. */
static unsigned
check_value(struct look *l, unsigned i)
{
	const struct value *v = &l->w->values[i];
	struct world_claim claims[WORLD_SOURCES * WORLD_IDS];
	enum table t = world_is_net(v) ? TABLE_NETS : TABLE_VALUES;
	struct value_rec r;
	uint8_t k[512];
	struct slice got;
	unsigned n, j, counted = 0;

	got = fetch(l, t, k, value_key(v, k));
	n = claims_on(l->w, i, claims);
	if (n == 0) {
		assert_null(got.p);
		return 0;
	}
	assert_non_null(got.p);
	l->entries[t]++;
	assert_int_equal(value_rec_decode(got, &r), 0);
	assert_int_equal(r.nclaims, n);
	assert_int_equal(r.source, claims[0].source + 1);
	assert_int_equal((r.flags & VREC_MULTI) != 0, n > 1);
	assert_int_equal((r.flags & VREC_DIGEST) != 0,
	    (v->flags & VALUE_DIGEST) != 0);
	if (n == 1)
		assert_true(r.row == claims[0].row);
	else
		check_claims(l, &r, claims, n);
	check_state(&r, claims, n);
	for (j = 0; j < n; j++)
		counted += !claims[j].past;
	return counted;
}

/* Play the log from the beginning: it never adds what it has, nor removes or
 * changes what it has not, and ends in what the entries say it tells. */
static void
check_changes(struct look *l)
{
	bool there[WORLD_VALUES] = {false};
	struct world *w = l->w;
	struct value_rec r;
	struct slice got;
	MDB_cursor *cur;
	MDB_val key, val;
	struct change c;
	uint8_t k[512];
	unsigned i;
	size_t pos;

	assert_int_equal(mdb_cursor_open(l->txn, l->env->dbi[TABLE_CHANGES],
	    &cur), 0);
	while (mdb_cursor_get(cur, &key, &val, MDB_NEXT) == 0) {
		pos = 1;
		while (change_next((struct slice){val.mv_data, val.mv_size},
		    &pos, &c) == 1) {
			for (i = 0; i < WORLD_VALUES; i++) {
				if (w->values[i].type == c.type &&
				    w->values[i].prefix == c.prefix &&
				    w->values[i].keylen == c.key.n &&
				    memcmp(w->values[i].key, c.key.p,
				    c.key.n) == 0)
					break;
			}
			assert_in_range(i, 0, WORLD_VALUES - 1);
			assert_int_equal(there[i], c.op != CHANGE_ADD);
			assert_non_null(change_reason_name(c.why));
			there[i] = c.op != CHANGE_REMOVE;
		}
	}
	mdb_cursor_close(cur);
	for (i = 0; i < WORLD_VALUES; i++) {
		got = fetch(l, world_is_net(&w->values[i]) ? TABLE_NETS :
		    TABLE_VALUES, k, value_key(&w->values[i], k));
		if (got.p == NULL) {
			assert_false(there[i]);
			continue;
		}
		assert_int_equal(value_rec_decode(got, &r), 0);
		assert_int_equal(there[i], (r.flags & VREC_TOLD) != 0);
		l->told += there[i];
	}
}

static void
check_source(struct look *l, unsigned s, const uint64_t claims[])
{
	uint64_t objects = 0, revoked = 0, patterns = 0;
	const struct version *v;
	struct source_rec r;
	struct slice got;
	uint8_t k[2];
	unsigned i;

	be16_put(k, (uint16_t)(s + 1));
	got = fetch(l, TABLE_SOURCES, k, sizeof(k));
	if (l->w->polls[s] == 0) {
		assert_null(got.p);
		return;
	}
	assert_int_equal(source_rec_decode((uint16_t)(s + 1), got, &r), 0);
	for (i = 0; i < WORLD_IDS; i++) {
		v = &l->w->now[s][i];
		objects += v->there;
		revoked += v->there && (v->flags & OBJ_REVOKED) != 0;
		patterns += v->there &&
		    (v->flags & (OBJ_PATTERN | OBJ_RULE)) != 0;
	}
	assert_int_equal(r.objects, objects);
	assert_int_equal(r.revoked, revoked);
	assert_int_equal(r.patterns, patterns);
	assert_int_equal(r.claims, claims[s]);
	assert_int_equal(r.polls, l->w->polls[s]);
}

static void
check_head(struct look *l, uint64_t claims)
{
	uint64_t patterns = 0, rules = 0, relations = 0;
	const struct version *v;
	struct head h;
	struct err e = ERR_INIT;
	unsigned s, i;

	assert_int_equal(head_read(l->env, l->txn, &h, &e), 0);
	for (s = 0; s < WORLD_SOURCES; s++) {
		for (i = 0; i < WORLD_IDS; i++) {
			v = &l->w->now[s][i];
			if (!v->there)
				continue;
			patterns += (v->flags & OBJ_PATTERN) != 0;
			rules += (v->flags & OBJ_RULE) != 0;
			relations += i >= WORLD_IDS - WORLD_RELATIONS;
		}
	}
	assert_int_equal(h.values, l->entries[TABLE_VALUES]);
	assert_int_equal(h.nets, l->entries[TABLE_NETS]);
	assert_int_equal(h.objects, l->entries[TABLE_OBJECTS]);
	assert_int_equal(h.claims, claims);
	assert_int_equal(h.patterns, patterns);
	assert_int_equal(h.rules, rules);
	assert_int_equal(h.relationships, relations);
	assert_int_equal(h.active, l->told);
	assert_int_equal(h.raw_bytes - h.dead_raw, l->raw_alive);
	assert_true(h.dead_raw >= l->w->buried ||
	    h.raw_bytes == l->raw_alive + h.dead_raw);
	assert_int_equal(h.generation, l->w->generation);
}

static void
check_entries(struct look *l)
{
	static const enum table counted[] = {TABLE_VALUES, TABLE_NETS,
	    TABLE_IDS, TABLE_OBJECTS, TABLE_CLAIMS, TABLE_UNDO};
	MDB_stat st;
	size_t i;

	for (i = 0; i < ARRAY_LEN(counted); i++) {
		assert_int_equal(mdb_stat(l->txn, l->env->dbi[counted[i]],
		    &st), 0);
		assert_int_equal(st.ms_entries, l->entries[counted[i]]);
	}
}

void
world_check(struct world *w, const char *path)
{
	struct look l = {.w = w, .blocks = block_reader_new()};
	uint64_t claims[WORLD_SOURCES] = {0}, all = 0;
	struct world_claim list[WORLD_SOURCES * WORLD_IDS];
	struct err e = ERR_INIT;
	unsigned i, s, n, k;

	assert_int_equal(env_open(path, ENV_WRITE, &l.env, &e), 0);
	assert_int_equal(env_begin(l.env, false, &l.txn, &e), 0);
	for (s = 0; s < WORLD_SOURCES; s++) {
		for (i = 0; i < WORLD_IDS; i++) {
			check_version(&l, s, i, &w->now[s][i]);
			check_undo(&l, s, i);
		}
	}
	for (i = 0; i < WORLD_VALUES; i++) {
		all += check_value(&l, i);
		n = claims_on(w, i, list);
		for (k = 0; k < n; k++)
			claims[list[k].source] += !list[k].past;
	}
	for (s = 0; s < WORLD_SOURCES; s++)
		check_source(&l, s, claims);
	check_entries(&l);
	check_changes(&l);
	check_head(&l, all);
	mdb_txn_abort(l.txn);
	env_close(l.env);
	block_reader_free(l.blocks);
}
