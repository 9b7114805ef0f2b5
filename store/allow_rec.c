/* SPDX-License-Identifier: BSD-2-Clause */
/* Records and keys of the tree `allow`. */
#include <string.h>

#include "base/tstamp.h"
#include "base/value.h"
#include "store/allow.h"
#include "store/bytes.h"

#define SET_LEN (1 + 8 * 7 + 2 + 1)
#define LIST_HEAD (1 + 4 + 8 * 6)
#define OWN_HEAD (2 + 16 + 1)
#define PATTERN_HEAD (2 + 8)

static const char *
name_in(const char *const *names, size_t n, int code)
{
	return code >= 0 && (size_t)code < n ? names[code] : NULL;
}

const char *
allow_mode_name(int mode)
{
	static const char *const names[] = {[ALLOW_INFORM] = "inform",
	    [ALLOW_CAP] = "cap", [ALLOW_BLOCK] = "block"};

	return name_in(names, ARRAY_LEN(names), mode);
}

const char *
allow_how_name(int how)
{
	static const char *const names[] = {[ALLOW_BY_VALUE] = "value",
	    [ALLOW_BY_PARENT] = "parent-domain", [ALLOW_BY_NETWORK] = "network",
	    [ALLOW_BY_HOST] = "url-host", [ALLOW_BY_SUBSTRING] = "substring",
	    [ALLOW_BY_REGEX] = "regex", [ALLOW_BY_SUFFIX] = "public-suffix"};

	return name_in(names, ARRAY_LEN(names), how);
}

const char *
allow_kind_name(int kind)
{
	static const char *const names[] = {[ALLOW_KIND_OWN] = "own",
	    [ALLOW_KIND_STRING] = "string", [ALLOW_KIND_HOSTNAME] = "hostname",
	    [ALLOW_KIND_CIDR] = "cidr", [ALLOW_KIND_SUBSTRING] = "substring",
	    [ALLOW_KIND_REGEX] = "regex", [ALLOW_KIND_SUFFIXES] = "suffixes",
	    [ALLOW_KIND_LINES] = "lines"};

	return name_in(names, ARRAY_LEN(names), kind);
}

/* -- the set -- */

static void
set_words(struct allow_set *s, uint64_t *word[7])
{
	uint64_t *const all[7] = {&s->serial, &s->entries, &s->patterns,
	    &s->net4[0], &s->net6[0], &s->net6[1], &s->net6[2]};

	memcpy(word, all, sizeof(all));
}

int
allow_set_encode(const struct allow_set *s, struct buf *out)
{
	struct allow_set copy = *s;
	uint8_t b[SET_LEN];
	uint64_t *word[7];
	unsigned i;

	set_words(&copy, word);
	b[0] = RECORD_VERSION;
	for (i = 0; i < 7; i++)
		le64_put(b + 1 + 8 * (size_t)i, *word[i]);
	le16_put(b + 57, 0);
	b[59] = s->no_builtin;
	return buf_add(out, b, sizeof(b));
}

int
allow_set_decode(struct slice bytes, struct allow_set *s)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	uint64_t *word[7];
	unsigned i;

	if (bytes.n < SET_LEN || p[0] != RECORD_VERSION || p[59] > 1)
		return -1;
	set_words(s, word);
	for (i = 0; i < 7; i++)
		*word[i] = le64_get(p + 1 + 8 * (size_t)i);
	s->no_builtin = p[59] != 0;
	return 0;
}

/* -- lists -- */

/* The four texts of a list, each behind its length. */
static void
list_texts(struct allow_list *l, struct slice *text[4])
{
	text[0] = &l->name;
	text[1] = &l->version;
	text[2] = &l->description;
	text[3] = &l->path;
}

int
allow_list_encode(const struct allow_list *l, struct buf *out)
{
	uint8_t b[LIST_HEAD] = {RECORD_VERSION, l->kind, l->mode, l->cap,
	    l->flags}, len[2];
	struct allow_list copy = *l;
	struct slice *text[4];
	unsigned i;

	le64_put(b + 5, l->digest);
	le64_put(b + 13, l->changed);
	le64_put(b + 21, (uint64_t)l->since);
	le64_put(b + 29, (uint64_t)l->loaded);
	le64_put(b + 37, l->entries);
	le64_put(b + 45, l->rejected);
	buf_add(out, b, sizeof(b));
	list_texts(&copy, text);
	for (i = 0; i < 4; i++) {
		if (text[i]->n > LIMIT_ALLOW_TEXT)
			return -1;
		le16_put(len, (uint16_t)text[i]->n);
		buf_add(out, len, 2);
		buf_slice(out, *text[i]);
	}
	return buf_ok(out) ? 0 : -1;
}

int
allow_list_decode(uint16_t id, struct slice bytes, struct allow_list *l)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	size_t at = LIST_HEAD, n;
	struct slice *text[4];
	unsigned i;

	if (bytes.n < LIST_HEAD || p[0] != RECORD_VERSION ||
	    allow_kind_name(p[1]) == NULL || allow_mode_name(p[2]) == NULL ||
	    p[3] > 100)
		return -1;
	*l = (struct allow_list){.id = id, .kind = p[1], .mode = p[2],
	    .cap = p[3], .flags = p[4], .digest = le64_get(p + 5),
	    .changed = le64_get(p + 13), .since = le64_get_signed(p + 21),
	    .loaded = le64_get_signed(p + 29), .entries = le64_get(p + 37),
	    .rejected = le64_get(p + 45)};
	list_texts(l, text);
	for (i = 0; i < 4; i++) {
		if (bytes.n - at < 2)
			return -1;
		n = le16_get(p + at);
		at += 2;
		if (n > LIMIT_ALLOW_TEXT || bytes.n - at < n)
			return -1;
		*text[i] = (struct slice){bytes.p + at, n};
		at += n;
	}
	return 0;
}

/* -- items -- */

int
allow_own_encode(const struct allow_own *o, struct buf *out)
{
	uint8_t b[OWN_HEAD] = {o->mode, o->cap};

	if (o->who.n > LIMIT_ALLOW_WHO || o->reason.n > LIMIT_ALLOW_REASON)
		return -1;
	le64_put(b + 2, (uint64_t)o->added);
	le64_put(b + 10, (uint64_t)o->expires);
	b[18] = (uint8_t)o->who.n;
	buf_add(out, b, sizeof(b));
	buf_slice(out, o->who);
	buf_slice(out, o->reason);
	return buf_ok(out) ? 0 : -1;
}

int
allow_own_decode(struct slice bytes, struct allow_own *o)
{
	const uint8_t *p = (const uint8_t *)bytes.p;

	if (bytes.n < OWN_HEAD || allow_mode_name(p[0]) == NULL || p[1] > 100 ||
	    p[18] > LIMIT_ALLOW_WHO || bytes.n - OWN_HEAD < p[18] ||
	    bytes.n - OWN_HEAD - p[18] > LIMIT_ALLOW_REASON)
		return -1;
	*o = (struct allow_own){.mode = p[0], .cap = p[1],
	    .added = le64_get_signed(p + 2),
	    .expires = le64_get_signed(p + 10),
	    .who = {bytes.p + OWN_HEAD, p[18]},
	    .reason = {bytes.p + OWN_HEAD + p[18],
		bytes.n - OWN_HEAD - p[18]}};
	return 0;
}

int
allow_items_begin(struct buf *out)
{
	return buf_char(out, RECORD_VERSION);
}

int
allow_item_add(struct buf *out, const struct allow_item *it)
{
	uint8_t b[5];

	if (it->more.n > UINT16_MAX)
		return -1;
	le16_put(b, it->list);
	b[2] = it->scope;
	le16_put(b + 3, (uint16_t)it->more.n);
	buf_add(out, b, sizeof(b));
	return buf_slice(out, it->more);
}

int
allow_item_next(struct slice bytes, size_t *pos, struct allow_item *it)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	size_t n;

	if (*pos == 0) {
		if (bytes.n == 0 || p[0] != RECORD_VERSION)
			return -1;
		*pos = 1;
	}
	if (*pos == bytes.n)
		return 0;
	if (bytes.n - *pos < 5)
		return -1;
	p += *pos;
	n = le16_get(p + 3);
	if (bytes.n - *pos - 5 < n || (p[2] & ~31u) != 0 || p[2] == 0)
		return -1;
	*it = (struct allow_item){.list = le16_get(p), .scope = p[2],
	    .more = {(const char *)p + 5, n}};
	*pos += 5 + n;
	return 1;
}

int
allow_pattern_encode(const struct allow_pattern *p, struct buf *out)
{
	uint8_t b[PATTERN_HEAD] = {RECORD_VERSION};

	b[1] = (uint8_t)((p->regex ? 1 : 0) | (p->caseless ? 2 : 0));
	le64_put(b + 2, p->types);
	buf_add(out, b, sizeof(b));
	return buf_slice(out, p->text);
}

int
allow_pattern_decode(struct slice bytes, struct allow_pattern *p)
{
	const uint8_t *b = (const uint8_t *)bytes.p;

	if (bytes.n <= PATTERN_HEAD || b[0] != RECORD_VERSION || b[1] > 3 ||
	    bytes.n - PATTERN_HEAD > LIMIT_ALLOW_PATTERN)
		return -1;
	*p = (struct allow_pattern){.regex = (b[1] & 1) != 0,
	    .caseless = (b[1] & 2) != 0, .types = le64_get(b + 2),
	    .text = {bytes.p + PATTERN_HEAD, bytes.n - PATTERN_HEAD}};
	return 0;
}

void
allow_held_put(uint8_t out[ALLOW_HELD_LEN], uint16_t list, uint64_t digest)
{
	le16_put(out, list);
	le64_put(out + 2, digest);
}

int
allow_held_next(struct slice bytes, size_t *pos, uint16_t *list,
    uint64_t *digest)
{
	const uint8_t *p = (const uint8_t *)bytes.p + *pos;

	if (*pos == bytes.n)
		return 0;
	if (bytes.n - *pos < ALLOW_HELD_LEN)
		return -1;
	*list = le16_get(p);
	*digest = le64_get(p + 2);
	*pos += ALLOW_HELD_LEN;
	return 1;
}

/* -- keys -- */

#define LIST_KEY 3
#define PATTERN_KEY 11

size_t
allow_key_list(uint16_t list, uint8_t out[ALLOW_KEY_MAX])
{
	out[0] = ALLOW_KEY_LIST;
	be16_put(out + 1, list);
	return LIST_KEY;
}

int
allow_list_read(struct slice key, struct slice record, struct allow_list *l)
{
	const uint8_t *k = (const uint8_t *)key.p;

	if (key.n != LIST_KEY || k[0] != ALLOW_KEY_LIST)
		return -1;
	return allow_list_decode(be16_get(k + 1), record, l);
}

size_t
allow_key_pattern(uint16_t list, uint64_t digest, uint8_t out[ALLOW_KEY_MAX])
{
	out[0] = ALLOW_KEY_PATTERN;
	be16_put(out + 1, list);
	be64_put(out + 3, digest);
	return PATTERN_KEY;
}

int
allow_pattern_read(struct slice key, struct slice record, uint16_t *list,
    uint64_t *digest, struct allow_pattern *p)
{
	const uint8_t *k = (const uint8_t *)key.p;

	if (key.n != PATTERN_KEY || k[0] != ALLOW_KEY_PATTERN)
		return -1;
	*list = be16_get(k + 1);
	*digest = be64_get(k + 3);
	return p == NULL ? 0 : allow_pattern_decode(record, p);
}

size_t
allow_key_value(uint8_t type, uint8_t prefix, struct slice key,
    uint8_t out[ALLOW_KEY_MAX])
{
	bool net = prefix < value_full_prefix(type);

	if (key.n + 3 > ALLOW_KEY_MAX)
		return 0;
	out[0] = net ? ALLOW_KEY_NET : ALLOW_KEY_VALUE;
	out[1] = type;
	memcpy(out + 2, key.p, key.n);
	out[2 + key.n] = prefix;
	return 2 + key.n + net;
}

size_t
allow_key_held(const struct undo_value *v, uint8_t out[ALLOW_KEY_MAX])
{
	bool net = v->prefix < value_full_prefix(v->type);

	if (v->key.n + 4 > ALLOW_KEY_MAX)
		return 0;
	out[0] = ALLOW_KEY_HELD;
	out[1] = net;
	out[2] = v->type;
	memcpy(out + 3, v->key.p, v->key.n);
	out[3 + v->key.n] = v->prefix;
	return 3 + v->key.n + net;
}

bool
allow_key_read(struct slice key, struct undo_value *v)
{
	const uint8_t *p = (const uint8_t *)key.p;
	bool net;

	if (key.n < 3 || (p[0] != ALLOW_KEY_VALUE && p[0] != ALLOW_KEY_NET))
		return false;
	net = p[0] == ALLOW_KEY_NET;
	v->type = p[1];
	v->prefix = net ? p[key.n - 1] : value_full_prefix(p[1]);
	v->key = (struct slice){key.p + 2, key.n - 2 - net};
	if (!net)
		return value_type_name(v->type) != NULL;
	return v->prefix < value_full_prefix(v->type) &&
	    v->key.n == (v->type == VALUE_IPV4 ? 4u : 16u);
}
