/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/allow.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/digest.h"
#include "base/suffix.h"
#include "base/tstamp.h"
#include "base/value.h"
#include "store/url_host.h"

#define WIRE_MAX 255

/* -- the filter -- */

/* Three bits of one word: one line of memory a question. */
static uint64_t
bloom_place(const struct allow_bloom *b, const uint8_t *key, size_t n,
    uint64_t *bits)
{
	uint64_t h = digest64(key, n, b->seed);

	*bits = UINT64_C(1) << (h & 63) | UINT64_C(1) << (h >> 6 & 63) |
	    UINT64_C(1) << (h >> 12 & 63);
	return h >> 18 & (b->nwords - 1);
}

bool
allow_bloom_may(const struct allow_bloom *b, const uint8_t *key, size_t n)
{
	uint64_t bits, at = bloom_place(b, key, n, &bits);

	return (b->words[at] & bits) == bits;
}

void
allow_bloom_add(struct allow_bloom *b, const uint8_t *key, size_t n)
{
	uint64_t bits, at = bloom_place(b, key, n, &bits);

	b->words[at] |= bits;
}

/* -- reading -- */

/* *key is set to that of the tree, which outlives `k`. */
static int
view_get(const struct allow_view *v, const uint8_t *k, size_t n, MDB_val *key,
    struct slice *out)
{
	MDB_val val;
	int rc;

	*key = (MDB_val){n, (void *)(uintptr_t)k};
	rc = mdb_cursor_get(v->cur, key, &val, MDB_SET_KEY);
	if (rc == 0)
		*out = (struct slice){val.mv_data, val.mv_size};
	return rc;
}

int
allow_view_begin(struct allow_view *v, MDB_cursor *cur, int64_t now)
{
	static const uint8_t key[1] = {ALLOW_KEY_SET};
	struct slice bytes;
	MDB_val k;
	int rc;

	*v = (struct allow_view){.cur = cur, .now = now};
	rc = view_get(v, key, sizeof(key), &k, &bytes);
	if (rc == 0 && allow_set_decode(bytes, &v->set) != 0)
		rc = MDB_CORRUPTED;
	return rc == MDB_NOTFOUND ? 0 : rc;
}

int
allow_list_get(struct allow_view *v, uint16_t id, struct allow_list *l)
{
	uint8_t k[ALLOW_KEY_MAX];
	struct slice bytes;
	MDB_val key;
	int rc;

	rc = view_get(v, k, allow_key_list(id, k), &key, &bytes);
	if (rc == 0 && allow_list_decode(id, bytes, l) != 0)
		rc = MDB_CORRUPTED;
	return rc;
}

/* -- one value -- */

struct finding {
	struct allow_view *v;
	struct allow_found *out;
	uint16_t except;        /* a list that says so; 0: none */
};

static bool
stronger(const struct allow_hit *a, const struct allow_hit *b)
{
	if (a->mode != b->mode)
		return a->mode > b->mode;
	if (a->mode == ALLOW_CAP && a->cap != b->cap)
		return a->cap < b->cap;
	/* What was entered by hand, lists by age, what comes along. */
	return (uint16_t)(a->list - 1) < (uint16_t)(b->list - 1);
}

/* Put it in its place; the weakest goes when there is no room. */
static void
found_add(struct allow_found *out, const struct allow_hit *h)
{
	unsigned i = out->n;

	if (i == ALLOW_HITS && !stronger(h, &out->hit[i - 1]))
		return;
	if (i == ALLOW_HITS)
		i--;
	else
		out->n++;
	for (; i > 0 && stronger(h, &out->hit[i - 1]); i--)
		out->hit[i] = out->hit[i - 1];
	out->hit[i] = *h;
}

/* An entry of a list holds it: by what its list says, does it now? */
static int
hit_list(struct finding *f, struct allow_hit *h)
{
	struct allow_list l;
	int rc = allow_list_get(f->v, h->list, &l);

	/* What is left of a list that is gone holds nothing. */
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return rc;
	if (f->v->past && f->v->known < l.since)
		return 0;
	h->mode = l.mode;
	h->cap = l.cap;
	h->changed = l.changed;
	h->added = l.since;
	h->expires = TSTAMP_NEVER;
	found_add(f->out, h);
	return 0;
}

static int
hit_own(struct finding *f, struct allow_hit *h, struct slice more)
{
	struct allow_own own;

	if (allow_own_decode(more, &own) != 0)
		return MDB_CORRUPTED;
	if (f->v->now >= own.expires) {
		f->out->ended = f->out->ended || own.mode == ALLOW_BLOCK;
		return 0;
	}
	if (f->v->past && f->v->known < own.added)
		return 0;
	h->mode = own.mode;
	h->cap = own.cap;
	h->added = own.added;
	h->expires = own.expires;
	h->who = own.who;
	h->reason = own.reason;
	if (own.expires < f->out->next)
		f->out->next = own.expires;
	found_add(f->out, h);
	return 0;
}

/* What is asked of the entries under a key. */
struct asked {
	unsigned want; /* scopes of which an entry must have one */
	bool urls;     /* it must reach to URLs with a path as well */
	int how;
};

static int
ask_items(struct finding *f, struct slice at, struct slice bytes,
    const struct asked *q)
{
	struct undo_value name;
	struct allow_item it;
	size_t pos = 0;
	int rc, more;

	if (!allow_key_read(at, &name))
		return MDB_CORRUPTED;
	while ((more = allow_item_next(bytes, &pos, &it)) == 1) {
		struct allow_hit h = {.list = it.list, .how = (uint8_t)q->how,
		    .ktype = name.type, .kprefix = name.prefix,
		    .scope = it.scope, .key = name.key, .at = at};

		if ((it.scope & ALLOW_NOT) != 0) {
			if (q->how == ALLOW_BY_VALUE)
				f->except = it.list;
			continue;
		}
		if ((it.scope & q->want) == 0 || it.list == f->except ||
		    (q->urls && (it.scope & ALLOW_URLS) == 0))
			continue;
		rc = it.list == ALLOW_OWN ? hit_own(f, &h, it.more) :
		    hit_list(f, &h);
		if (rc != 0)
			return rc;
	}
	return more < 0 ? MDB_CORRUPTED : 0;
}

static int
ask_key(struct finding *f, uint8_t type, uint8_t prefix, struct slice key,
    struct asked q)
{
	uint8_t k[ALLOW_KEY_MAX];
	struct slice bytes;
	MDB_val at;
	size_t n;
	int rc;

	n = allow_key_value(type, prefix, key, k);
	if (n == 0 || (f->v->bloom != NULL &&
	    !allow_bloom_may(f->v->bloom, k, n)))
		return 0;
	rc = view_get(f->v, k, n, &at, &bytes);
	if (rc != 0)
		return rc == MDB_NOTFOUND ? 0 : rc;
	return ask_items(f, (struct slice){at.mv_data, at.mv_size}, bytes, &q);
}

int
allow_at(struct allow_view *v, struct slice key, int how,
    struct allow_found *out)
{
	const struct asked q = {ALLOW_SELF | ALLOW_BELOW | ALLOW_CHILD, false,
	    how};
	struct finding f = {.v = v, .out = out};
	struct slice bytes;
	MDB_val at;
	int rc;

	out->n = 0;
	out->ended = false;
	out->next = TSTAMP_NEVER;
	rc = view_get(v, (const uint8_t *)key.p, key.n, &at, &bytes);
	return rc == 0 ? ask_items(&f, key, bytes, &q) :
	    rc == MDB_NOTFOUND ? 0 : rc;
}

static void
ask_builtin(struct finding *f, struct slice key)
{
	struct allow_hit h = {.list = ALLOW_BUILTIN, .mode = ALLOW_BLOCK,
	    .how = ALLOW_BY_SUFFIX, .ktype = VALUE_DOMAIN,
	    .scope = ALLOW_SELF, .key = key, .added = TSTAMP_NONE,
	    .expires = TSTAMP_NEVER};

	if (!f->v->set.no_builtin &&
	    suffix_known((const uint8_t *)key.p, key.n))
		found_add(f->out, &h);
}

/* A name and those above it. */
static int
ask_domain(struct finding *f, struct slice key, bool host, bool urls)
{
	static const unsigned wants[] = {ALLOW_SELF, ALLOW_CHILD | ALLOW_BELOW,
	    ALLOW_BELOW};
	struct slice at = key;
	unsigned depth = 0;
	size_t label;
	int rc, how;

	for (; at.n > 1; depth += depth < 2) {
		how = host ? ALLOW_BY_HOST : depth == 0 ? ALLOW_BY_VALUE :
		    ALLOW_BY_PARENT;
		rc = ask_key(f, VALUE_DOMAIN, 0, at,
		    (struct asked){wants[depth], urls, how});
		if (rc != 0)
			return rc;
		label = (uint8_t)at.p[0] + 1u;
		if (label >= at.n)
			break;
		at.p += label;
		at.n -= label;
	}
	if (!host)
		ask_builtin(f, key);
	return 0;
}

/* Networks that hold all of an address or network: an address that is allowed
 * inside of a listed network is no reason to allow the others in it. */
static int
ask_address(struct finding *f, const struct undo_value *value, bool host,
    bool urls)
{
	const uint64_t *lengths = value->type == VALUE_IPV4 ? f->v->set.net4 :
	    f->v->set.net6;
	int rc, prefix = value->prefix, full, how;
	size_t n = value->key.n;
	uint8_t addr[16];

	full = value_full_prefix(value->type);
	if (n > sizeof(addr))
		return 0;
	if (prefix == full) {
		how = host ? ALLOW_BY_HOST : ALLOW_BY_VALUE;
		rc = ask_key(f, value->type, (uint8_t)full, value->key,
		    (struct asked){ALLOW_SELF, urls, how});
		if (rc != 0)
			return rc;
		prefix--;
	}
	memcpy(addr, value->key.p, n);
	for (; prefix >= 0; prefix--) {
		if ((lengths[prefix / 64] >> prefix % 64 & 1) == 0)
			continue;
		value_mask(addr, n, (unsigned)prefix);
		how = host ? ALLOW_BY_HOST : prefix == value->prefix ?
		    ALLOW_BY_VALUE : ALLOW_BY_NETWORK;
		rc = ask_key(f, value->type, (uint8_t)prefix,
		    (struct slice){(char *)addr, n},
		    (struct asked){ALLOW_SELF, urls, how});
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* -- the host of a URL -- */

/* A name that a normaliser wrote, as its key; 0 when it is none. */
static size_t
host_wire(struct slice host, uint8_t out[WIRE_MAX])
{
	size_t i, start = 0;

	if (host.n == 0 || host.n + 2 > WIRE_MAX)
		return 0;
	for (i = 0; i <= host.n; i++) {
		if (i < host.n && host.p[i] != '.') {
			out[i + 1] = (uint8_t)host.p[i];
			continue;
		}
		if (i == start || i - start > 63)
			return 0;
		out[start] = (uint8_t)(i - start);
		start = i + 1;
	}
	out[host.n + 1] = 0;
	return host.n + 2;
}

static int
ask_url(struct finding *f, const struct undo_value *value, struct slice text)
{
	struct undo_value host = {.type = VALUE_IPV4, .prefix = 32};
	char name[INET6_ADDRSTRLEN];
	uint8_t wire[WIRE_MAX];
	struct slice at;
	bool bare;
	int rc;

	rc = ask_key(f, VALUE_URL, 0, value->key,
	    (struct asked){ALLOW_SELF, false, ALLOW_BY_VALUE});
	if (rc != 0)
		return rc;
	/* Of one kept by digest the key has no host. */
	if (text.p == NULL && memchr(value->key.p, '/', value->key.n) == NULL)
		return 0;
	at = url_host(text.p != NULL ? text : value->key, &bare);
	if (at.p == NULL || at.n == 0)
		return 0;
	if (at.n < sizeof(name)) {
		memcpy(name, at.p, at.n);
		name[at.n] = '\0';
		if (inet_pton(AF_INET, name, wire) == 1) {
			host.key = (struct slice){(char *)wire, 4};
			return ask_address(f, &host, true, !bare);
		}
		if (inet_pton(AF_INET6, name, wire) == 1) {
			host.type = VALUE_IPV6;
			host.prefix = 128;
			host.key = (struct slice){(char *)wire, 16};
			return ask_address(f, &host, true, !bare);
		}
	}
	at.n = host_wire(at, wire);
	at.p = (char *)wire;
	return at.n == 0 ? 0 : ask_domain(f, at, true, !bare);
}

/* -- what patterns hold -- */

static int
ask_held(struct finding *f, const struct undo_value *value)
{
	uint8_t k[ALLOW_KEY_MAX];
	struct allow_pattern p;
	struct slice held, bytes;
	uint64_t digest;
	size_t n, pos = 0;
	uint16_t list;
	MDB_val at;
	int rc, more;

	n = allow_key_held(value, k);
	if (n == 0)
		return 0;
	rc = view_get(f->v, k, n, &at, &held);
	if (rc != 0)
		return rc == MDB_NOTFOUND ? 0 : rc;
	while ((more = allow_held_next(held, &pos, &list, &digest)) == 1) {
		struct allow_hit h = {.list = list, .scope = ALLOW_SELF};

		n = allow_key_pattern(list, digest, k);
		rc = view_get(f->v, k, n, &at, &bytes);
		if (rc == MDB_NOTFOUND)
			continue; /* it is gone, and this not yet */
		if (rc != 0 || allow_pattern_decode(bytes, &p) != 0)
			return rc != 0 ? rc : MDB_CORRUPTED;
		h.how = p.regex ? ALLOW_BY_REGEX : ALLOW_BY_SUBSTRING;
		h.pattern = p.text;
		if ((rc = hit_list(f, &h)) != 0)
			return rc;
	}
	return more < 0 ? MDB_CORRUPTED : 0;
}

int
allow_find(struct allow_view *v, const struct undo_value *value,
    struct slice text, bool held, struct allow_found *out)
{
	struct finding f = {.v = v, .out = out};
	int rc;

	out->n = 0;
	out->ended = false;
	out->next = TSTAMP_NEVER;
	switch (value->type) {
	case VALUE_IPV4:
	case VALUE_IPV6:
		rc = ask_address(&f, value, false, false);
		break;
	case VALUE_DOMAIN:
		rc = ask_domain(&f, value->key, false, false);
		break;
	case VALUE_URL:
		rc = ask_url(&f, value, text);
		break;
	default:
		rc = ask_key(&f, value->type, 0, value->key,
		    (struct asked){ALLOW_SELF, false, ALLOW_BY_VALUE});
		break;
	}
	return rc == 0 && held && v->set.patterns != 0 ?
	    ask_held(&f, value) : rc;
}

int
allow_hit_text(const struct allow_hit *h, struct buf *out)
{
	struct value v = {.type = h->ktype, .prefix = h->kprefix,
	    .keylen = (uint16_t)h->key.n, .key = (const uint8_t *)h->key.p};
	size_t at, end;

	if (h->pattern.p != NULL)
		return buf_slice(out, h->pattern);
	if (h->ktype != VALUE_DOMAIN)
		return value_print(&v, out);
	if ((h->scope & ALLOW_SELF) == 0)
		buf_str(out, "*.");
	/* It may have one label, which is no value. */
	for (at = 0; at < h->key.n && h->key.p[at] != '\0'; at = end) {
		end = at + 1 + (uint8_t)h->key.p[at];
		if (end >= h->key.n)
			return -1;
		if (at != 0)
			buf_char(out, '.');
		buf_add(out, h->key.p + at + 1, end - at - 1);
	}
	return buf_ok(out) ? 0 : -1;
}
