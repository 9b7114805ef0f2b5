/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking up: what a probe may match, narrow before wide.
 *
 * The filter is asked before every get.  As long as it answers all of a probe's
 * questions with no, no transaction is begun.
 */
#include "store/reader_private.h"

#define WIRE_MAX 255 /* RFC 1035 section 2.3.4 */
#define DETECT_MAX 12 /* things that one text may be: 32 digits alone are 7 */

struct search {
	struct tw_snapshot *s;
	struct tw_match *out;
	size_t max, found;
	unsigned find;
	int kind;    /* of all matches, when not 0 (a URL's host) */
};

/* Is the key certainly in no commit that this view may show? */
static bool
surely_absent(struct tw_snapshot *s, uint8_t type, const uint8_t *key,
    size_t n)
{
	const struct filter *f;

	if (s->filter == NULL)
		return false;
	f = s->filter->filter;
	if (filter_may_have(f, type, key, n))
		return false;
	/* Looked at behind the bits: while the view is not fixed, the filter
	 * must still have been the newest when it said no. */
	return s->live ? s->filter_good : !filter_superseded(f);
}

static bool
surely_uncovered(struct tw_snapshot *s, uint8_t type, const uint8_t *addr)
{
	const struct filter *f;

	if (s->filter == NULL)
		return false;
	f = s->filter->filter;
	if (filter_may_cover(f, type, addr))
		return false;
	return s->live ? s->filter_good : !filter_superseded(f);
}

/* The text of a digest's value decides; a digest alone proves nothing. */
static int
text_agrees(struct tw_snapshot *s, const struct value_rec *rec,
    const struct value *v, bool *agrees)
{
	struct claim_walk w;
	struct object_value ov;
	struct object_rec o;
	uint64_t row;
	bool compound;
	int rc;

	*agrees = false;
	claim_walk_start(&w, rec);
	while ((rc = claim_walk_next(s, &w, &row, &compound)) == TW_OK) {
		if ((rc = snap_object(s, row, &o, NULL)) != TW_OK)
			return rc;
		if (object_find_value(&o, v->type, v->prefix,
		    (struct slice){(const char *)v->key, v->keylen}, &ov) &&
		    slice_eq(ov.value.text, v->text)) {
			*agrees = true;
			return TW_OK;
		}
	}
	return rc == TW_END ? TW_OK : rc;
}

/* A record was found under `k`: make it a match. */
static int
search_hit(struct search *q, int kind, uint8_t type, uint8_t prefix,
    const MDB_val *k, const MDB_val *d)
{
	struct slice key = val_slice(k);
	struct value_rec rec;
	struct tw_match *m;
	int rc;

	if (value_rec_decode(val_slice(d), &rec) != 0)
		return snap_fail(q->s, TW_DAMAGED, "%s: the record of a %s"
		    " cannot be read (run 'taxiway verify')",
		    q->s->store->path, value_type_name(type));
	if (q->found++ >= q->max)
		return TW_OK;
	m = &q->out[q->found - 1];
	key.p++; /* the type byte */
	key.n--;
	rc = match_fill(q->s, &rec, type, key, m);
	m->kind = (uint8_t)(q->kind != 0 ? q->kind : kind);
	m->prefix = prefix;
	return rc;
}

/* One get in the tree of values; `key` is v's or that of a parent of it. */
static int
search_stored(struct search *q, int kind, const struct value *v,
    const uint8_t *key, size_t n)
{
	uint8_t full[1 + LIMIT_VALUE_KEY + 64];
	struct value_rec rec;
	MDB_val k, d;
	bool agrees;
	int rc;

	if (n >= sizeof(full))
		return TW_OK;
	if ((rc = snap_fix(q->s)) != TW_OK)
		return rc;
	full[0] = v->type;
	memcpy(full + 1, key, n);
	rc = table_get(q->s, TABLE_VALUES, full, n + 1, &k, &d);
	if (rc == TW_NOT_FOUND)
		return TW_OK;
	if (rc != TW_OK)
		return rc;
	if ((v->flags & VALUE_DIGEST) && key == v->key &&
	    value_rec_decode(val_slice(&d), &rec) == 0) {
		rc = text_agrees(q->s, &rec, v, &agrees);
		if (rc != TW_OK || !agrees)
			return rc;
	}
	return search_hit(q, kind, v->type, value_full_prefix(v->type), &k, &d);
}

static int
search_key(struct search *q, int kind, const struct value *v,
    const uint8_t *key, size_t n)
{
	if (surely_absent(q->s, v->type, key, n))
		return TW_OK;
	return search_stored(q, kind, v, key, n);
}

/* -- addresses and networks -- */

/* Clear the bits behind `prefix`. */
static void
mask(uint8_t *addr, size_t n, unsigned prefix)
{
	size_t i = prefix / 8;

	if (i < n && prefix % 8 != 0) {
		addr[i] &= (uint8_t)(0xff << (8 - prefix % 8));
		i++;
	}
	if (i < n)
		memset(addr + i, 0, n - i);
}

static bool
has_length(const struct head *h, uint8_t type, unsigned prefix)
{
	const uint64_t *bits =
	    type == VALUE_IPV4 ? h->net4_lengths : h->net6_lengths;

	/* 0 … 32 fit one word and 0 … 128 three: prefix is in range */
	return (bits[prefix / 64] >> prefix % 64 & 1) != 0;
}

/* The network of one length that holds the address. */
static int
search_net(struct search *q, int kind, uint8_t type, const uint8_t *addr,
    unsigned prefix)
{
	size_t n = type == VALUE_IPV4 ? 4 : 16;
	uint8_t key[1 + 16 + 1];
	MDB_val k, d;
	int rc;

	key[0] = type;
	memcpy(key + 1, addr, n);
	mask(key + 1, n, prefix);
	key[1 + n] = (uint8_t)prefix;
	rc = table_get(q->s, TABLE_NETS, key, n + 2, &k, &d);
	if (rc == TW_NOT_FOUND)
		return TW_OK;
	if (rc != TW_OK)
		return rc;
	k.mv_size--; /* the prefix is told apart from the key */
	return search_hit(q, kind, type, (uint8_t)prefix, &k, &d);
}

/* All networks of at most `longest` bits that hold the address. */
static int
search_cover(struct search *q, uint8_t type, const uint8_t *addr, int longest)
{
	int prefix, rc;

	if (surely_uncovered(q->s, type, addr))
		return TW_OK;
	if ((rc = snap_fix(q->s)) != TW_OK || (rc = snap_head(q->s)) != TW_OK)
		return rc;
	for (prefix = longest; prefix >= 0; prefix--) {
		if (!has_length(&q->s->head, type, (unsigned)prefix))
			continue;
		rc = search_net(q, TW_MATCH_NETWORK, type, addr,
		    (unsigned)prefix);
		if (rc != TW_OK)
			return rc;
	}
	return TW_OK;
}

static int
search_address(struct search *q, const struct value *v)
{
	int full = value_full_prefix(v->type);
	int longest = full - 1, rc = TW_OK;

	if (v->keylen != (unsigned)full / 8 || v->prefix > full)
		return TW_OK;
	if (v->prefix == full) {
		if (q->find & TW_FIND_EXACT)
			rc = search_key(q, TW_MATCH_EXACT, v, v->key,
			    v->keylen);
	} else {
		longest = v->prefix - 1;
		if ((q->find & TW_FIND_EXACT) &&
		    (rc = snap_fix(q->s)) == TW_OK)
			rc = search_net(q, TW_MATCH_EXACT, v->type, v->key,
			    v->prefix);
	}
	if (rc != TW_OK || (q->find & TW_FIND_NETWORK) == 0)
		return rc;
	return search_cover(q, v->type, v->key, longest);
}

/* -- domains -- */

static int
search_domain(struct search *q, const struct value *v)
{
	struct slice key = {(const char *)v->key, v->keylen};
	int rc = TW_OK;

	if (q->find & TW_FIND_EXACT)
		rc = search_key(q, TW_MATCH_EXACT, v, v->key, v->keylen);
	if ((q->find & TW_FIND_PARENT) == 0 || (v->flags & VALUE_DIGEST))
		return rc;
	/* a top-level domain is never stored: a name has two labels */
	while (rc == TW_OK && (key = value_domain_parent(key)).n > 2 &&
	    key.n > (uint8_t)key.p[0] + 2u)
		rc = search_key(q, TW_MATCH_PARENT_DOMAIN, v,
		    (const uint8_t *)key.p, key.n);
	return rc;
}

/* -- URLs -- */

/* Every URL that differs from v in scheme, port or case only. */
static int
search_loose(struct search *q, const struct value *v, size_t loose)
{
	uint8_t full[1 + LIMIT_VALUE_KEY + 64];
	MDB_val k, d;
	int rc;

	if (loose == 0 || loose >= sizeof(full) ||
	    surely_absent(q->s, VALUE_URL, v->key, loose))
		return TW_OK;
	if ((rc = snap_fix(q->s)) != TW_OK)
		return rc;
	full[0] = VALUE_URL;
	memcpy(full + 1, v->key, loose);
	for (rc = table_seek(q->s, TABLE_VALUES, full, loose + 1, &k, &d);
	    rc == TW_OK; rc = table_next(q->s, TABLE_VALUES, &k, &d)) {
		if (k.mv_size < loose + 1 ||
		    memcmp(k.mv_data, full, loose + 1) != 0)
			break;
		if (k.mv_size == (size_t)v->keylen + 1 &&
		    memcmp((uint8_t *)k.mv_data + 1, v->key, v->keylen) == 0)
			continue; /* the exact one was told */
		rc = search_hit(q, TW_MATCH_URL_LOOSE, VALUE_URL, 0, &k, &d);
		if (rc != TW_OK)
			return rc;
	}
	return rc == TW_END ? TW_OK : rc;
}

/* The host in the text of a URL: behind "scheme://", where there is one, and in
 * front of the port. */
static struct slice
url_host(struct slice url)
{
	const char *p = url.p, *end = url.p + url.n, *stop, *colon;

	for (stop = p; stop < end && *stop != '/' && *stop != '?'; stop++)
		;
	if (end - stop > 2 && stop > p && stop[-1] == ':' && stop[1] == '/') {
		p = stop + 2;
		for (stop = p; stop < end && *stop != '/' && *stop != '?';
		    stop++)
			;
	}
	if (p < stop && *p == '[') {
		if ((colon = memchr(p, ']', (size_t)(stop - p))) == NULL)
			return SLICE_NONE;
		return (struct slice){p + 1, (size_t)(colon - p) - 1};
	}
	if ((colon = memchr(p, ':', (size_t)(stop - p))) != NULL)
		stop = colon;
	return (struct slice){p, (size_t)(stop - p)};
}

static int search_value(struct search *q, const struct value *v);

static int
search_host(struct search *q, const struct value *v)
{
	struct value host[DETECT_MAX];
	unsigned find = q->find;
	struct slice text;
	size_t i, n;
	int rc = TW_OK;

	buf_reset(&q->s->text);
	if (value_print(v, &q->s->text) != 0)
		return TW_OK;
	text = url_host(buf_view(&q->s->text));
	if (text.p == NULL)
		return TW_OK;
	n = value_detect(&q->s->scratch, text,
	    VALUE_ALLOW_BOGON | VALUE_ALLOW_WIDE, host, DETECT_MAX);
	q->kind = TW_MATCH_URL_HOST;
	q->find |= TW_FIND_EXACT;
	q->find &= ~(unsigned)TW_FIND_HOST;
	for (i = 0; i < n && rc == TW_OK; i++) {
		if (host[i].type == VALUE_IPV4 || host[i].type == VALUE_IPV6 ||
		    host[i].type == VALUE_DOMAIN)
			rc = search_value(q, &host[i]);
	}
	q->kind = 0;
	q->find = find;
	return rc;
}

static int
search_url(struct search *q, const struct value *v)
{
	size_t loose = value_url_loose_len(v->key, v->keylen);
	int rc = TW_OK;

	/* the filter knows the loose part only */
	if ((q->find & TW_FIND_EXACT) &&
	    !surely_absent(q->s, VALUE_URL, v->key, loose))
		rc = search_stored(q, TW_MATCH_EXACT, v, v->key,
		    v->keylen);
	if (rc == TW_OK && (q->find & TW_FIND_LOOSE))
		rc = search_loose(q, v, loose);
	if (rc == TW_OK && (q->find & TW_FIND_HOST))
		rc = search_host(q, v);
	return rc;
}

/* -- all of it -- */

static int
search_value(struct search *q, const struct value *v)
{
	switch (v->type) {
	case VALUE_IPV4:
	case VALUE_IPV6:
		return search_address(q, v);
	case VALUE_DOMAIN:
		return search_domain(q, v);
	case VALUE_URL:
		return search_url(q, v);
	default:
		if ((q->find & TW_FIND_EXACT) == 0)
			return TW_OK;
		return search_key(q, TW_MATCH_EXACT, v, v->key, v->keylen);
	}
}

static int
search_begin(struct search *q, struct tw_snapshot *s, unsigned find,
    struct tw_match *out, size_t max)
{
	*q = (struct search){.s = s, .out = out, .max = max, .find = find};
	return CC_UNLIKELY(snap_foreign(s)) ? snap_refuse(s) : TW_OK;
}

static int
search_text(struct search *q, int type, struct slice text)
{
	static const unsigned options =
	    VALUE_ALLOW_BOGON | VALUE_ALLOW_WIDE | VALUE_REFANG;
	struct value v[DETECT_MAX];
	struct tw_snapshot *s = q->s;
	enum value_reason why;
	size_t i, n = 1;
	int rc = TW_OK;

	arena_reset(&s->scratch);
	if (type == TW_TYPE_AUTO) {
		n = value_detect(&s->scratch, text, options, v, DETECT_MAX);
		if (n == 0)
			return snap_fail(s, TW_MALFORMED, "neither an address"
			    " nor a URL, an email address, a hash or a domain");
	} else {
		why = value_normalise(&s->scratch, (enum value_type)type,
		    text, options, v);
		if (why == VALUE_BAD_MEMORY)
			return snap_fail(s, TW_MEMORY, "no memory for a probe"
			    " of %zu bytes", text.n);
		if (why != VALUE_OK)
			return snap_fail(s, TW_MALFORMED, "not a value of type"
			    " %s: %s", value_type_name(type),
			    value_reason_name((int)why));
	}
	for (i = 0; i < n && rc == TW_OK; i++)
		rc = search_value(q, &v[i]);
	return rc;
}

static bool
find_valid(unsigned find)
{
	return find != 0 && (find & ~(unsigned)(TW_FIND_ALL | TW_FIND_HOST)) == 0;
}

static bool
type_valid(int type)
{
	return type == TW_TYPE_AUTO || value_type_name(type) != NULL;
}

int
tw_lookup(tw_snapshot *s, int type, const char *text, size_t length,
    unsigned find, struct tw_match *matches, size_t max, size_t *found)
{
	struct search q;
	int rc;

	if (s == NULL || text == NULL || found == NULL ||
	    (matches == NULL && max != 0))
		return TW_ARGUMENT;
	*found = 0;
	if (!find_valid(find) || !type_valid(type))
		return snap_fail(s, TW_ARGUMENT, "no such type or way to find");
	if (length == TW_LENGTH)
		length = strlen(text);
	if ((rc = search_begin(&q, s, find, matches, max)) != TW_OK)
		return rc;
	rc = search_text(&q, type, (struct slice){text, length});
	*found = q.found;
	return rc;
}

int
tw_lookup_addr(tw_snapshot *s, const void *addr, size_t length,
    struct tw_match *matches, size_t max, size_t *found)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct value v = {.key = addr};
	struct search q;
	int rc;

	if (s == NULL || addr == NULL || found == NULL ||
	    (matches == NULL && max != 0))
		return TW_ARGUMENT;
	*found = 0;
	if (length == 16 && memcmp(addr, mapped, sizeof(mapped)) == 0) {
		v.key += 12;
		length = 4;
	}
	if (length != 4 && length != 16)
		return snap_fail(s, TW_ARGUMENT, "an address has 4 or 16"
		    " bytes, not %zu", length);
	v.type = length == 4 ? VALUE_IPV4 : VALUE_IPV6;
	v.keylen = (uint16_t)length;
	v.prefix = value_full_prefix(v.type);
	rc = search_begin(&q, s, TW_FIND_EXACT | TW_FIND_NETWORK, matches, max);
	if (rc == TW_OK)
		rc = search_address(&q, &v);
	*found = q.found;
	return rc;
}

/* A copy in lower case; false when the labels do not end, once, at the end. */
static bool
wire_lower(const uint8_t *in, size_t n, uint8_t out[WIRE_MAX])
{
	size_t at, i, len;

	if (n < 2 || n > WIRE_MAX)
		return false;
	for (at = 0; at < n - 1; at += len + 1) {
		len = in[at];
		if (len == 0 || len > 63 || len > n - 2 - at)
			return false;
		out[at] = (uint8_t)len;
		for (i = at + 1; i <= at + len; i++)
			out[i] = in[i] >= 'A' && in[i] <= 'Z'
			    ? in[i] | 0x20 : in[i];
	}
	out[n - 1] = 0;
	return in[n - 1] == 0;
}

int
tw_lookup_name(tw_snapshot *s, const void *wire, size_t length,
    struct tw_match *matches, size_t max, size_t *found)
{
	uint8_t key[WIRE_MAX];
	struct value v = {.type = VALUE_DOMAIN, .key = key};
	struct search q;
	int rc;

	if (s == NULL || wire == NULL || found == NULL ||
	    (matches == NULL && max != 0))
		return TW_ARGUMENT;
	*found = 0;
	if (!wire_lower(wire, length, key))
		return snap_fail(s, TW_MALFORMED, "not a name in wire format"
		    " of 2 to 255 bytes");
	v.keylen = (uint16_t)length;
	rc = search_begin(&q, s, TW_FIND_EXACT | TW_FIND_PARENT, matches, max);
	if (rc == TW_OK)
		rc = search_domain(&q, &v);
	*found = q.found;
	return rc;
}

int
tw_lookup_batch(tw_snapshot *s, struct tw_probe *probes, size_t count,
    unsigned find)
{
	struct tw_probe *p;
	size_t i;

	if (s == NULL || (probes == NULL && count != 0))
		return TW_ARGUMENT;
	for (i = 0; i < count; i++) {
		p = &probes[i];
		p->result = tw_lookup(s, p->type, p->text, p->length, find,
		    &p->match, 1, &p->found);
		if (p->result < TW_OK && p->result != TW_MALFORMED &&
		    p->result != TW_ARGUMENT)
			return p->result;
	}
	return TW_OK;
}
