/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key of a URL in one pass, for what nearly all URLs of feeds are: http or
 * https, a host of letters or four numbers, perhaps a port, a path and a query of
 * ASCII that are in normal form but for the case of their letters.  What is none
 * of that, or may be wrong, is left to value_url.c, which decides alone what a
 * URL is: a text that is read here gives there the same, byte for byte.
 */
#include "base/digest.h"
#include "base/value_private.h"

#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
#include <emmintrin.h>
#endif

#define BLOCK 16
#define TEXT_MIN (BLOCK + 1) /* a block in front of any end, and a byte */

struct plain {
	struct slice scheme, host, rest; /* of the text */
	struct slice port;               /* its ':' too; empty: the usual one */
};

/* Take ':' and digits off the end of the host. */
static bool
split_port(struct plain *u)
{
	const char *p, *end = u->host.p + u->host.n;
	const char *colon = memrchr(u->host.p, ':', u->host.n);
	unsigned port = 0;

	u->port = SLICE("");
	if (colon == NULL)
		return true;
	if (end - colon < 2 || end - colon > URL_PORT_MAX || colon[1] == '0')
		return false;
	for (p = colon + 1; p < end; p++) {
		unsigned digit = (unsigned char)(*p - '0');

		if (digit > 9)
			return false;
		port = port * 10 + digit;
	}
	u->host.n = (size_t)(colon - u->host.p);
	if (port != (u->scheme.n == 4 ? 80 : 443))
		u->port = (struct slice){colon, (size_t)(end - colon)};
	return port <= 65535;
}

static bool
split(struct slice s, struct plain *u)
{
	const char *p, *slash;
	size_t n;

	u->scheme = (struct slice){s.p, value_http_scheme(s)};
	if (u->scheme.n == 0 || s.n < TEXT_MIN)
		return false;
	p = s.p + u->scheme.n + 3;
	n = (size_t)(s.p + s.n - p);
	slash = memchr(p, '/', n);
	u->host = (struct slice){p, slash != NULL ? (size_t)(slash - p) : n};
	u->rest = (struct slice){p + u->host.n, n - u->host.n};
	return u->host.n > 0 && split_port(u);
}

#if defined(__SSE2__) && !defined(BASE_NO_SIMD)

static inline __m128i
load(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i
is(__m128i v, char c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

/* Signed comparisons: bytes that are not ASCII are in no range. */
static inline __m128i
in_range(__m128i v, char first, char last)
{
	return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8(
	    (char)(first - 1))), _mm_cmpgt_epi8(_mm_set1_epi8(
	    (char)(last + 1)), v));
}

static inline unsigned
bits(__m128i v)
{
	return (unsigned)_mm_movemask_epi8(v);
}

/* Path and query in lower case, unless something in them is to be changed or may
 * not be there.  Of one that is shorter than a block, the block around its end is
 * read and written: the host's bytes, which are written later. */
static bool
copy_rest(const char *p, size_t n, uint8_t *out, bool *raised)
{
	unsigned bad = 0, capital = 0, own = 0xffff, path = 0xffff, mark;
	size_t i;

	if (n < BLOCK) {
		own = own << (BLOCK - n) & 0xffff;
		p -= BLOCK - n;
		out -= BLOCK - n;
		n = BLOCK;
	}
	for (i = 0;; i += BLOCK) {
		__m128i v, upper, lower, clean, quiet, dots;

		if (i + BLOCK > n) /* the last block overlaps the one before */
			i = n - BLOCK;
		v = load(p + i);
		upper = in_range(v, 'A', 'Z');
		lower = _mm_or_si128(v, _mm_and_si128(upper,
		    _mm_set1_epi8(0x20)));
		/* a letter, '=', '_', '~', or one of &'()*+,-./0-9:; */
		clean = _mm_or_si128(_mm_or_si128(in_range(lower, 'a', 'z'),
		    in_range(v, '&', ';')), _mm_or_si128(is(v, '='),
		    _mm_or_si128(is(v, '_'), is(v, '~'))));
		quiet = _mm_andnot_si128(_mm_or_si128(is(v, '#'),
		    is(v, 0x7f)), _mm_cmpgt_epi8(v, _mm_set1_epi8(0x1f)));
		dots = _mm_and_si128(is(v, '.'), is(load(p + i - 1), '/'));
		_mm_storeu_si128((__m128i *)(void *)(out + i), lower);
		mark = bits(is(v, '?')) & own & path;
		/* what stands in front of the first mark is path */
		bad |= (~bits(clean) & path & own & (mark - 1) & ~mark) |
		    ((~bits(quiet) | bits(dots)) & own);
		if (mark != 0)
			path = 0;
		capital |= bits(upper) & own;
		if (i + BLOCK >= n)
			break;
	}
	*raised = capital != 0;
	return (bad & 0xffff) == 0;
}

#else

static bool
copy_rest(const char *p, size_t n, uint8_t *out, bool *raised)
{
	bool query = false, good = true;
	size_t i;

	*raised = false;
	for (i = 0; i < n; i++) {
		uint8_t c = (uint8_t)p[i];
		bool upper = (uint8_t)(c - 'A') < 26;

		query |= c == '?';
		good &= c > 0x1f && c < 0x7f && c != '#' &&
		    (c != '.' || p[i - 1] != '/');
		good &= query || upper || (uint8_t)(c - 'a') < 26 ||
		    (c >= '&' && c <= ';') || c == '=' || c == '_' || c == '~';
		*raised |= upper;
		out[i] = upper ? c | 0x20 : c;
	}
	return good;
}

#endif

/* The host in lower case, of as many bytes. */
static bool
copy_host(struct slice host, unsigned options, uint8_t *out)
{
	uint8_t ip[4];

	if ((unsigned char)(host.p[host.n - 1] - '0') > 9 ||
	    !value_ip4_parse(host, ip))
		return value_domain_plain(host, (char *)out);
	/* There is one text of an address that is read. */
	memcpy(out, host.p, host.n);
	return (options & VALUE_ALLOW_BOGON) != 0 || !value_ip4_bogon(ip, 32);
}

static size_t
put(uint8_t *out, struct slice s)
{
	memcpy(out, s.p, s.n);
	return s.n;
}

/* The strict text, whose case the key has lost. */
static bool
keep_text(struct arena *a, const struct plain *u, struct slice host,
    struct slice *text)
{
	uint8_t *p = arena_alloc(a, u->scheme.n + 3 + host.n + URL_PORT_MAX +
	    u->rest.n);
	size_t at = 0;

	if (p == NULL)
		return false;
	at += put(p, (struct slice){u->scheme.p, u->scheme.n + 3});
	at += put(p + at, host);
	at += put(p + at, u->port);
	at += put(p + at, u->rest);
	*text = (struct slice){(char *)p, at};
	return true;
}

bool
value_url_plain(struct arena *a, struct slice s, unsigned options,
    struct value *out)
{
	bool raised = false;
	struct slice text = SLICE_NONE;
	struct plain u;
	uint8_t *room, *key;
	size_t n;

	if (!split(s, &u))
		return false;
	n = u.host.n + (u.rest.n > 0 ? u.rest.n : 1);
	if (n > LIMIT_VALUE_KEY)
		return false;
	room = arena_alloc(a, BLOCK + n + 1 + u.scheme.n + URL_PORT_MAX +
	    URL_LOST_BYTES);
	if (room == NULL)
		return false;
	key = room + BLOCK;
	if (u.rest.n == 0)
		key[u.host.n] = '/';
	else if (!copy_rest(u.rest.p, u.rest.n, key + u.host.n, &raised))
		return false;
	if (!copy_host(u.host, options, key) || (raised && !keep_text(a, &u,
	    (struct slice){(char *)key, u.host.n}, &text)))
		return false;
	key[n++] = 0;
	n += put(key + n, u.scheme);
	n += put(key + n, u.port);
	if (raised)
		n += value_url_lost(text, key + n);
	*out = (struct value){
		.type = VALUE_URL,
		.flags = raised ? VALUE_TEXT : 0,
		.keylen = (uint16_t)n,
		.key = key,
		.text = text
	};
	return true;
}
