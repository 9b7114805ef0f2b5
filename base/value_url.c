/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * URLs: [scheme "://"] [userinfo "@"] host [":" port] path ["?" query].
 *
 * The strict text is the syntax-based normal form of RFC 3986 section 6.2.2
 * without userinfo, default port and fragment.  The key puts first what the
 * loose match compares:
 *
 *   lower-cased host, path and query; when they are more than LIMIT_VALUE_KEY
 *   bytes, the 64 hex digits of their SHA-256 instead
 *   NUL
 *   scheme, nothing when there was none; ":" and port when not the default
 *   when the lower-casing lost something, NUL and the first 8 bytes of the
 *   SHA-256 of the strict text
 *
 * Every host is followed by '/', hex digits are not: the two cannot be mixed
 * up.  Upper-case digits of escapes in the path are no loss, they are always
 * upper case in the strict text.
 */
#include "base/digest.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "base/value_private.h"

#define SCHEME_MAX 32
#define PORT_NONE (-1)
#define LOOSE_DIGEST (2 * SHA256_LEN)
#define KEY_MAX (LIMIT_VALUE_KEY + 64)

struct url {
	char scheme[SCHEME_MAX];
	size_t scheme_n;
	char host[DOMAIN_TEXT_MAX + 3]; /* brackets included */
	size_t host_n;
	int port;
	struct slice rest;              /* path and query as they came */
};

static bool
is_alpha(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* Take "scheme://" off; without it the text begins with the host. */
static enum value_reason
take_scheme(struct slice *s, struct url *u)
{
	size_t n = 0;

	u->scheme_n = 0;
	if (s->n > 8 && memcmp(s->p, "http", 4) == 0) /* nearly all are */
		n = s->p[4] == 's' ? 5 : 4;
	while (n < s->n && (is_alpha(s->p[n]) || is_digit(s->p[n]) ||
	    s->p[n] == '+' || s->p[n] == '-' || s->p[n] == '.'))
		n++;
	if (s->n - n < 3 || memcmp(s->p + n, "://", 3) != 0)
		return VALUE_OK;
	if (n == 0 || n > SCHEME_MAX || !is_alpha(s->p[0]))
		return VALUE_BAD_SYNTAX;
	for (u->scheme_n = 0; u->scheme_n < n; u->scheme_n++) {
		char c = s->p[u->scheme_n];

		u->scheme[u->scheme_n] = is_alpha(c) ? (char)(c | 0x20) : c;
	}
	s->p += n + 3;
	s->n -= n + 3;
	return VALUE_OK;
}

static int
default_port(struct slice scheme)
{
	switch (scheme.n) {
	case 2:
		return memcmp(scheme.p, "ws", 2) == 0 ? 80 : PORT_NONE;
	case 3:
		if (memcmp(scheme.p, "ftp", 3) == 0)
			return 21;
		return memcmp(scheme.p, "wss", 3) == 0 ? 443 : PORT_NONE;
	case 4:
		return memcmp(scheme.p, "http", 4) == 0 ? 80 : PORT_NONE;
	case 5:
		return memcmp(scheme.p, "https", 5) == 0 ? 443 : PORT_NONE;
	default:
		return PORT_NONE;
	}
}

/* What follows the host's ':'; empty is as good as absent. */
static enum value_reason
take_port(struct slice digits, struct url *u)
{
	int port = 0;
	size_t i;

	u->port = PORT_NONE;
	for (i = 0; i < digits.n; i++) {
		if (!is_digit(digits.p[i]))
			return VALUE_BAD_SYNTAX;
		port = port * 10 + (digits.p[i] - '0');
		if (port > 65535)
			return VALUE_BAD_SYNTAX;
	}
	if (digits.n > 0 &&
	    port != default_port((struct slice){u->scheme, u->scheme_n}))
		u->port = port;
	return VALUE_OK;
}

static enum value_reason
host_from_ip4(const uint8_t ip[4], unsigned options, struct url *u)
{
	if ((options & VALUE_ALLOW_BOGON) == 0 && value_ip4_bogon(ip, 32))
		return VALUE_BAD_BOGON;
	u->host_n = value_ip4_text(ip, u->host);
	return VALUE_OK;
}

/* What is between the brackets. */
static enum value_reason
host_from_ip6(struct slice s, unsigned options, struct url *u)
{
	const char *zone = s.n > 0 ? memchr(s.p, '%', s.n) : NULL;
	uint8_t ip[16];

	if (zone != NULL)
		s.n = (size_t)(zone - s.p);
	if (!value_ip6_parse(s, ip))
		return VALUE_BAD_SYNTAX;
	if (value_ip6_mapped(ip))
		return host_from_ip4(ip + 12, options, u);
	if ((options & VALUE_ALLOW_BOGON) == 0 && value_ip6_bogon(ip, 128))
		return VALUE_BAD_BOGON;
	u->host[0] = '[';
	u->host_n = 1 + value_ip6_text(ip, u->host + 1);
	u->host[u->host_n++] = ']';
	return VALUE_OK;
}

static enum value_reason
host_from_name(struct slice s, unsigned options, struct url *u)
{
	uint8_t wire[DOMAIN_WIRE_MAX], ip[4];
	enum value_reason why;
	size_t n;

	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--;
	if (s.n > 0 && is_digit(s.p[s.n - 1]) && value_ip4_parse(s, ip)) {
		if ((options & VALUE_ALLOW_BOGON) == 0 &&
		    value_ip4_bogon(ip, 32))
			return VALUE_BAD_BOGON;
		/* There is one text of an address that is read. */
		memcpy(u->host, s.p, s.n);
		u->host_n = s.n;
		return VALUE_OK;
	}
	why = value_domain_wire(s, u->scheme_n > 0, options, wire, &n);
	if (why == VALUE_BAD_TYPE) {
		if (!value_ip4_parse((struct slice){(char *)wire, n}, ip))
			return VALUE_BAD_SYNTAX;
		return host_from_ip4(ip, options, u);
	}
	if (why == VALUE_OK)
		u->host_n = value_domain_text(wire, n, u->host);
	return why;
}

/* Browsers decode escapes in a host, so they hide nothing here either. */
static enum value_reason
host_from_escaped(struct slice s, unsigned options, struct url *u)
{
	char plain[4 * DOMAIN_TEXT_MAX];
	size_t i, n = 0;
	uint8_t byte;

	for (i = 0; i < s.n; i++) {
		if (n == sizeof(plain))
			return VALUE_BAD_LONG;
		if (s.p[i] != '%') {
			plain[n++] = s.p[i];
			continue;
		}
		if (s.n - i < 3 || hex_decode(s.p + i + 1, &byte, 1) != 0)
			return VALUE_BAD_SYNTAX;
		plain[n++] = (char)byte;
		i += 2;
	}
	return host_from_name((struct slice){plain, n}, options, u);
}

static enum value_reason
take_authority(struct slice s, unsigned options, struct url *u)
{
	enum value_reason why;
	const char *at, *colon;
	struct slice port = SLICE("");

	if (s.n == 0)
		return VALUE_BAD_SYNTAX;
	at = memrchr(s.p, '@', s.n);
	if (at != NULL) {
		if (u->scheme_n == 0) /* an address of mail, most likely */
			return VALUE_BAD_SYNTAX;
		s.n -= (size_t)(at + 1 - s.p);
		s.p = at + 1;
	}
	colon = s.n > 0 ? memrchr(s.p, ':', s.n) : NULL;
	if (s.n > 0 && s.p[s.n - 1] == ']')
		colon = NULL; /* it is the address's */
	if (colon != NULL) {
		port.p = colon + 1;
		port.n = (size_t)(s.p + s.n - port.p);
		s.n = (size_t)(colon - s.p);
	}
	why = take_port(port, u);
	if (why != VALUE_OK)
		return why;
	if (s.n > 1 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		return host_from_ip6((struct slice){s.p + 1, s.n - 2}, options,
		    u);
	if (s.n > 0 && memchr(s.p, '%', s.n) != NULL)
		return host_from_escaped(s, options, u);
	return host_from_name(s, options, u);
}

static enum value_reason
url_parse(struct slice s, unsigned options, struct url *u)
{
	const char *hash = memchr(s.p, '#', s.n), *end;
	enum value_reason why;
	size_t n;

	if (hash != NULL) {
		s.n = (size_t)(hash - s.p);
		s = value_trim(s);
	}
	if (!utf8_valid(s))
		return VALUE_BAD_ENCODING;
	why = take_scheme(&s, u);
	if (why != VALUE_OK)
		return why;
	end = s.n > 0 ? memchr(s.p, '/', s.n) : NULL;
	n = end != NULL ? (size_t)(end - s.p) : s.n;
	end = n > 0 ? memchr(s.p, '?', n) : NULL;
	n = end != NULL ? (size_t)(end - s.p) : n;
	u->rest = (struct slice){s.p + n, s.n - n};
	return take_authority((struct slice){s.p, n}, options, u);
}

static size_t
put(char *out, const char *p, size_t n)
{
	memcpy(out, p, n);
	return n;
}

static size_t
put_port(char *out, int port)
{
	size_t n = 1, i;
	int v;

	for (v = port; v > 9; v /= 10)
		n++;
	out[0] = ':';
	for (i = n; i > 0; i--, port /= 10)
		out[i] = (char)('0' + port % 10);
	return n + 1;
}

size_t
value_url_lost(struct slice strict, uint8_t *out)
{
	uint8_t sum[SHA256_LEN];

	sha256(strict.p, strict.n, sum);
	out[0] = 0;
	memcpy(out + 1, sum, URL_LOST_BYTES - 1);
	return URL_LOST_BYTES;
}

/* Room for everything but path and query, with what value_url_path() asks for
 * beyond its bytes. */
static size_t
head_room(const struct url *u)
{
	return u->scheme_n + 3 + u->host_n + URL_PORT_MAX + URL_PATH_SLACK;
}

/* The strict text.  *head: where the path begins in it. */
static enum value_reason
url_text(const struct url *u, char *out, size_t room, size_t *head, size_t *n)
{
	enum value_reason why;
	size_t at = 0, rest;

	if (room < head_room(u))
		return VALUE_BAD_MEMORY;
	if (u->scheme_n > 0) {
		at += put(out, u->scheme, u->scheme_n);
		at += put(out + at, "://", 3);
	}
	at += put(out + at, u->host, u->host_n);
	if (u->port != PORT_NONE)
		at += put_port(out + at, u->port);
	*head = at;
	why = value_url_path(u->rest, out + at, room - at, &rest);
	*n = at + rest;
	return why;
}

/* Lower-case copy; does it differ?  Eight letters at a time: in a byte without
 * its high bit, adding 0x3f carries into that bit from 'A' on, adding 0x25 from
 * 'Z' + 1 on. */
static bool
lower_copy(uint8_t *out, const char *p, size_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t w, low, upper, changed = 0;
	size_t i;

	for (i = 0; n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, p + i, sizeof(w));
		low = w & 0x7f * ones;
		upper = (low + 0x3f * ones) & ~(low + 0x25 * ones) & ~w &
		    0x80 * ones;
		changed |= upper;
		w |= upper >> 2;
		memcpy(out + i, &w, sizeof(w));
	}
	for (; i < n; i++) {
		uint8_t c = (uint8_t)p[i];
		uint8_t bit = (uint8_t)((uint8_t)(c - 'A') < 26) << 5;

		changed |= bit;
		out[i] = c | bit;
	}
	return changed != 0;
}

/* Is any letter upper case, escapes in the path left aside? */
static bool
case_lost(struct slice rest)
{
	bool path = true;
	size_t i;

	for (i = 0; i < rest.n; i++) {
		char c = rest.p[i];

		if (c == '?')
			path = false;
		else if (c == '%' && path)
			i += 2;
		else if (c >= 'A' && c <= 'Z')
			return true;
	}
	return false;
}

/* The loose part of a key that is too long: hex of its SHA-256. */
static void
digest_loose(const struct url *u, struct slice rest, uint8_t *key)
{
	uint8_t piece[256], sum[SHA256_LEN];
	struct sha256 s;
	size_t i, n;

	sha256_init(&s);
	sha256_add(&s, u->host, u->host_n);
	for (i = 0; i < rest.n; i += n) {
		n = rest.n - i < sizeof(piece) ? rest.n - i : sizeof(piece);
		lower_copy(piece, rest.p + i, n);
		sha256_add(&s, piece, n);
	}
	sha256_done(&s, sum);
	hex_encode(sum, sizeof(sum), (char *)key);
}

/* The key of a strict text whose path begins at `head`. */
static size_t
url_key(const struct url *u, struct slice text, size_t head,
    uint8_t key[KEY_MAX], uint8_t *flags)
{
	struct slice rest = {text.p + head, text.n - head};
	bool lost;
	size_t at;

	*flags = 0;
	if (u->host_n + rest.n <= LIMIT_VALUE_KEY) {
		memcpy(key, u->host, u->host_n);
		lost = lower_copy(key + u->host_n, rest.p, rest.n) &&
		    case_lost(rest);
		at = u->host_n + rest.n;
	} else {
		digest_loose(u, rest, key);
		lost = case_lost(rest);
		at = LOOSE_DIGEST;
		*flags = VALUE_DIGEST | VALUE_TEXT;
	}
	key[at++] = 0;
	memcpy(key + at, u->scheme, u->scheme_n);
	at += u->scheme_n;
	if (u->port != PORT_NONE)
		at += put_port((char *)key + at, u->port);
	if (lost) {
		at += value_url_lost(text, key + at);
		*flags |= VALUE_TEXT;
	}
	return at;
}

enum value_reason
value_url_normalise(struct arena *a, const struct value_kind *kind,
    struct slice text, unsigned options, struct value *out)
{
	uint8_t key[KEY_MAX], flags;
	enum value_reason why;
	size_t room, head, n, keylen;
	struct url u;
	char *strict;

	(void)kind;
	if (value_url_plain(a, text, options, out))
		return VALUE_OK;
	why = url_parse(text, options, &u);
	if (why != VALUE_OK)
		return why;
	/* Nearly no URL grows; one that does is done again in more room. */
	room = head_room(&u) + u.rest.n;
	strict = arena_alloc(a, room);
	if (strict == NULL)
		return VALUE_BAD_MEMORY;
	why = url_text(&u, strict, room, &head, &n);
	if (why == VALUE_BAD_MEMORY) {
		room = head_room(&u) + 3 * u.rest.n;
		strict = arena_alloc(a, room);
		if (strict == NULL)
			return VALUE_BAD_MEMORY;
		why = url_text(&u, strict, room, &head, &n);
	}
	if (why != VALUE_OK)
		return why;
	if (n > LIMIT_VALUE)
		return VALUE_BAD_LONG;
	keylen = url_key(&u, (struct slice){strict, n}, head, key, &flags);
	why = value_make(a, VALUE_URL, key, keylen, out);
	if (why == VALUE_OK) {
		out->flags = flags;
		if ((flags & VALUE_TEXT) != 0)
			out->text = (struct slice){strict, n};
	}
	return why;
}

size_t
value_url_loose_len(const uint8_t *key, size_t keylen)
{
	const uint8_t *nul = keylen > 0 ? memchr(key, 0, keylen) : NULL;

	return nul != NULL ? (size_t)(nul - key) + 1 : 0;
}

/* Path and query with the escapes in the path in upper case again; 0 when there
 * is one that is none.  n > 0. */
static size_t
raise_escapes(const char *p, size_t n, char *out)
{
	const char *query = memchr(p, '?', n);
	size_t path = query != NULL ? (size_t)(query - p) : n, i;
	uint8_t byte;

	memcpy(out, p, n);
	if (memchr(p, '%', path) == NULL)
		return n;
	for (i = 0; i < path; i++) {
		if (p[i] != '%')
			continue;
		if (path - i < 3 || hex_decode(p + i + 1, &byte, 1) != 0)
			return 0;
		out[i + 1] = "0123456789ABCDEF"[byte >> 4];
		out[i + 2] = "0123456789ABCDEF"[byte & 15];
		i += 2;
	}
	return n;
}

/* The text of a key that has lost nothing, at most KEY_MAX + 3 bytes; 0 when
 * it is no such key. */
static size_t
text_from_key(const uint8_t *key, size_t keylen, char *out)
{
	size_t loose = value_url_loose_len(key, keylen);
	size_t tail = keylen - loose, scheme = 0, host = 0, at = 0, n;

	if (loose == 0 || memchr(key + loose, 0, tail) != NULL)
		return 0;
	while (scheme < tail && key[loose + scheme] != ':')
		scheme++;
	while (host < loose - 1 && key[host] != '/')
		host++;
	if (host == loose - 1)
		return 0;
	if (scheme > 0) {
		at += put(out, (const char *)key + loose, scheme);
		at += put(out + at, "://", 3);
	}
	at += put(out + at, (const char *)key, host);
	at += put(out + at, (const char *)key + loose + scheme, tail - scheme);
	n = raise_escapes((const char *)key + host, loose - 1 - host, out + at);
	return n > 0 ? at + n : 0;
}

/* A key is valid when its text gives it again. */
int
value_url_valid(const struct value_kind *kind, const struct value *v)
{
	char built[KEY_MAX + 3], strict[LIMIT_VALUE + 64];
	struct slice text = v->text;
	uint8_t key[KEY_MAX], flags;
	size_t head, n;
	struct url u;

	(void)kind;
	if ((v->flags & VALUE_TEXT) == 0) {
		text = (struct slice){built,
		    text_from_key(v->key, v->keylen, built)};
	}
	if (text.p == NULL || text.n == 0 ||
	    value_trim(text).n != text.n ||
	    url_parse(text, VALUE_ALLOW_BOGON | VALUE_KEEP_ALABELS, &u) !=
	    VALUE_OK ||
	    url_text(&u, strict, sizeof(strict), &head, &n) != VALUE_OK ||
	    n != text.n || memcmp(strict, text.p, n) != 0)
		return 0;
	return url_key(&u, text, head, key, &flags) == v->keylen &&
	    memcmp(key, v->key, v->keylen) == 0 &&
	    flags == (v->flags & (VALUE_DIGEST | VALUE_TEXT));
}

int
value_url_print(const struct value *v, struct buf *out)
{
	char text[KEY_MAX + 3];
	size_t n = 0;

	if (v->keylen <= KEY_MAX)
		n = text_from_key(v->key, v->keylen, text);
	return n > 0 ? buf_add(out, text, n) : -1;
}
