/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/search.h"

#include "store/url_host.h"

/* Is the key certainly in no commit that this view may show? */
static bool
surely_absent(const struct tw_snapshot *s, struct filter_place place)
{
	const struct filter *f;

	if (s->filter == NULL)
		return false;
	f = s->filter->filter;
	if (filter_ask(f, place))
		return false;
	/* Looked at behind the bits: while the view is not fixed, the filter
	 * must still have been the newest when it said no. */
	return s->live ? s->filter_good : !filter_superseded(f);
}

static bool
surely_uncovered(const struct tw_snapshot *s, uint8_t type,
    const uint8_t *addr)
{
	const struct filter *f;

	if (s->filter == NULL)
		return false;
	f = s->filter->filter;
	if (filter_may_cover(f, type, addr))
		return false;
	return s->live ? s->filter_good : !filter_superseded(f);
}

/* A record was found under `k`: make it a match. */
static int
search_hit(struct search *q, int kind, uint8_t type, uint8_t prefix,
    const MDB_val *k, const MDB_val *d)
{
	struct slice key = val_slice(k);
	struct tw_match unused, *m = &unused;
	struct value_rec rec;
	int rc;

	if (value_rec_decode(val_slice(d), &rec) != 0)
		return snap_fail(q->s, TW_DAMAGED, "%s: the record of a %s"
		    " cannot be read (run 'taxiway verify')",
		    q->s->store->path, value_type_name(type));
	if (q->found < q->max)
		m = &q->out[q->found];
	q->found++;
	/* One that there is no room for is counted, if it may be told. */
	if (m == &unused && q->s->tlp_max == 0)
		return TW_OK;
	key.p++; /* the type byte */
	key.n--;
	rc = match_fill(q->s, &rec,
	    &(struct undo_value){type, prefix, key}, m);
	if (rc == TW_NOT_FOUND) {
		q->found--;
		return TW_OK;
	}
	m->kind = (uint8_t)(q->kind != 0 ? q->kind : kind);
	if (rc == TW_OK && m->active && q->s->head.allowed != 0 &&
	    (kind == TW_MATCH_NETWORK || kind == TW_MATCH_PARENT_DOMAIN))
		rc = snap_allow_probe(q->s, q->probe, m);
	return rc;
}

/* One get in the tree of values; `key` is v's or that of a parent of it. */
static int
search_stored(struct search *q, int kind, const struct value *v,
    const uint8_t *key, size_t n)
{
	uint8_t full[1 + LIMIT_VALUE_KEY + 64];
	struct value_rec rec;
	struct value said;
	MDB_val k, d;
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
		/* the text decides; a digest alone proves nothing */
		rc = snap_said(q->s, &rec, v, &v->text, &said);
		if (rc != TW_OK)
			return rc == TW_NOT_FOUND ? TW_OK : rc;
	}
	return search_hit(q, kind, v->type, value_full_prefix(v->type), &k, &d);
}

/* -- addresses and networks -- */

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
	value_mask(key + 1, n, prefix);
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

/* -- URLs -- */

/* Every URL that differs from v in scheme, port or case only. */
static int
search_loose(struct search *q, const struct value *v, size_t loose)
{
	uint8_t full[1 + LIMIT_VALUE_KEY + 64];
	MDB_val k, d;
	int rc;

	if (loose == 0 || loose >= sizeof(full))
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

int
search_begin(struct search *q, struct tw_snapshot *s, unsigned find,
    struct tw_match *out, size_t max)
{
	q->s = s;
	q->out = out;
	q->max = max;
	q->found = 0;
	q->find = find;
	q->kind = 0;
	q->probe = NULL;
	q->n = 0;
	return CC_UNLIKELY(snap_foreign(s)) ? snap_refuse(s) : TW_OK;
}

static int
search_host(struct search *q, const struct value *v)
{
	struct search host;
	struct slice text;
	size_t i, n;
	int rc;

	buf_reset(&q->s->text);
	if (value_print(v, &q->s->text) != 0)
		return TW_OK;
	text = url_host(buf_view(&q->s->text), NULL);
	if (text.p == NULL)
		return TW_OK;
	n = value_detect(&q->s->scratch, text,
	    VALUE_ALLOW_BOGON | VALUE_ALLOW_WIDE, host.values, DETECT_MAX);
	rc = search_begin(&host, q->s, (q->find | TW_FIND_EXACT) &
	    ~(unsigned)TW_FIND_HOST, q->out, q->max);
	host.found = q->found;
	host.kind = TW_MATCH_URL_HOST;
	for (i = 0; i < n && rc == TW_OK; i++) {
		if (host.values[i].type == VALUE_IPV4 ||
		    host.values[i].type == VALUE_IPV6 ||
		    host.values[i].type == VALUE_DOMAIN)
			rc = search_value(&host, &host.values[i]);
	}
	if (rc == TW_OK)
		rc = search_ask(&host);
	q->found = host.found;
	return rc;
}

static int
search_url(struct search *q, const struct value *v)
{
	int rc = TW_OK;

	if (q->find & TW_FIND_EXACT)
		rc = search_stored(q, TW_MATCH_EXACT, v, v->key, v->keylen);
	if (rc == TW_OK && (q->find & TW_FIND_LOOSE))
		rc = search_loose(q, v,
		    value_url_loose_len(v->key, v->keylen));
	return rc;
}

/* -- the two steps -- */

static int
ask_one(struct search *q, const struct candidate *c)
{
	const struct value *v = c->v;
	unsigned i;
	int rc;

	q->probe = v;
	switch ((enum what)c->what) {
	case ASK_VALUE:
		if (surely_absent(q->s, c->place))
			return TW_OK;
		rc = search_stored(q, c->kind, v, c->key, c->keylen);
		for (i = 1; i <= c->more && rc == TW_OK; i++) {
			q->probe = &v[i];
			rc = search_stored(q, c->kind, &v[i], c->key,
			    c->keylen);
		}
		return rc;
	case ASK_URL:
		return surely_absent(q->s, c->place) ? TW_OK : search_url(q, v);
	case ASK_HOST:
		return search_host(q, v);
	case ASK_NET:
		if ((rc = snap_fix(q->s)) != TW_OK)
			return rc;
		return search_net(q, c->kind, v->type, v->key, v->prefix);
	case ASK_COVER:
		return search_cover(q, v->type, v->key, v->prefix - 1);
	}
	return TW_OK;
}

int
search_ask(struct search *q)
{
	unsigned i;
	int rc = TW_OK;

	for (i = 0; i < q->n && rc == TW_OK; i++)
		rc = ask_one(q, &q->list[i]);
	q->n = 0;
	return rc;
}

/* The filter's line for the last candidate is on its way. */
static void
start_last(struct search *q)
{
	struct candidate *c = &q->list[q->n - 1];

	if (q->s->filter == NULL ||
	    (c->what != ASK_VALUE && c->what != ASK_URL))
		return;
	c->place = filter_start(q->s->filter->filter, c->v->type, c->key,
	    c->keylen);
}

static int
plan(struct search *q, enum what what, int kind, const struct value *v,
    struct slice key)
{
	struct candidate *c;
	int rc;

	if (q->n == CANDIDATES && (rc = search_ask(q)) != TW_OK)
		return rc;
	c = &q->list[q->n++];
	c->v = v;
	c->key = (const uint8_t *)key.p;
	c->keylen = (uint16_t)key.n;
	c->what = (uint8_t)what;
	c->kind = (uint8_t)kind;
	c->more = 0;
	start_last(q);
	return TW_OK;
}

static int
plan_address(struct search *q, const struct value *v, struct slice key)
{
	unsigned full = value_full_prefix(v->type);
	int rc = TW_OK;

	if (v->keylen != full / 8 || v->prefix > full)
		return TW_OK;
	if (q->find & TW_FIND_EXACT)
		rc = plan(q, v->prefix == full ? ASK_VALUE : ASK_NET,
		    TW_MATCH_EXACT, v, key);
	if (rc == TW_OK && (q->find & TW_FIND_NETWORK))
		rc = plan(q, ASK_COVER, TW_MATCH_NETWORK, v, key);
	return rc;
}

static int
plan_domain(struct search *q, const struct value *v, struct slice key)
{
	int rc = TW_OK;

	if (q->find & TW_FIND_EXACT)
		rc = plan(q, ASK_VALUE, TW_MATCH_EXACT, v, key);
	if ((q->find & TW_FIND_PARENT) == 0)
		return rc;
	/* a top-level domain is never stored: a name has two labels */
	while (rc == TW_OK && (key = value_domain_parent(key)).n > 2 &&
	    key.n > (uint8_t)key.p[0] + 2u)
		rc = plan(q, ASK_VALUE, TW_MATCH_PARENT_DOMAIN, v, key);
	return rc;
}

int
search_values(struct search *q, const struct value *v, size_t n)
{
	size_t i, first;
	int rc = TW_OK;

	for (i = 0; i < n && rc == TW_OK; i++) {
		rc = search_value(q, &v[i]);
		if (rc != TW_OK || q->n == 0 || q->list[q->n - 1].v != &v[i])
			continue;
		/* One key of several types is one digest. */
		for (first = i; i + 1 < n && v[i + 1].key == v[first].key &&
		    filter_same(v[i + 1].type, v[first].type); i++)
			q->list[q->n - 1].more++;
	}
	return rc;
}

int
search_value(struct search *q, const struct value *v)
{
	struct slice key = {(const char *)v->key, v->keylen};
	int rc = TW_OK;

	switch (v->type) {
	case VALUE_IPV4:
	case VALUE_IPV6:
		return plan_address(q, v, key);
	case VALUE_DOMAIN:
		return plan_domain(q, v, key);
	case VALUE_URL:
		if (q->find & (TW_FIND_EXACT | TW_FIND_LOOSE))
			rc = plan(q, ASK_URL, TW_MATCH_EXACT, v, key);
		if (rc == TW_OK && (q->find & TW_FIND_HOST))
			rc = plan(q, ASK_HOST, TW_MATCH_URL_HOST, v, key);
		return rc;
	default:
		if ((q->find & TW_FIND_EXACT) == 0)
			return TW_OK;
		return plan(q, ASK_VALUE, TW_MATCH_EXACT, v, key);
	}
}
