/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bare text may be.  Every guess is made by the normaliser of its type,
 * so a look-up asks for the very key that a feed would have given; here is only
 * the order, best guess first.
 */
#include "base/hex.h"
#include "base/value_private.h"

#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
#include <emmintrin.h>
#endif

struct guesses {
	struct arena *arena;
	unsigned options;
	bool files;          /* names of files too */
	struct value *out;
	size_t n, max;
};

/* Was it one?  Doubles (an address given as a domain) are dropped. */
static bool
guess(struct guesses *g, enum value_type type, struct slice text)
{
	struct value v;
	size_t i;

	if (text.n == 0 || text.n > LIMIT_VALUE ||
	    value_normalise(g->arena, type, text, g->options, &v) != VALUE_OK)
		return false;
	for (i = 0; i < g->n; i++) {
		const struct value *o = &g->out[i];

		if (o->type == v.type && o->prefix == v.prefix &&
		    o->keylen == v.keylen &&
		    memcmp(o->key, v.key, v.keylen) == 0)
			return true;
	}
	if (g->n < g->max)
		g->out[g->n++] = v;
	return true;
}

static bool
all_hex(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (hex_values[(uint8_t)s.p[i]] == 0xff)
			return false;
	}
	return true;
}

/* The types that share a digest's length, commonest first. */
static void
guess_digest(struct guesses *g, struct slice s)
{
	static const uint8_t types[][7] = { /* up to VALUE_NONE */
		{VALUE_MD5, VALUE_X509_MD5, VALUE_IMPHASH, VALUE_JA3,
		    VALUE_JA3S, VALUE_HASSH},
		{VALUE_SHA1, VALUE_X509_SHA1, VALUE_PEHASH},
		{VALUE_SHA256, VALUE_X509_SHA256, VALUE_AUTHENTIHASH,
		    VALUE_SHA3_256},
		{VALUE_SHA512, VALUE_SHA3_512},
		{VALUE_SHA224}, {VALUE_SHA384}, {VALUE_JARM}
	};
	/* the row of a length, from 1 */
	static const uint8_t rows[] = {
		[32] = 1, [40] = 2, [56] = 5, [62] = 7, [64] = 3, [96] = 6,
		[128] = 4
	};
	const struct value *first;
	const uint8_t *t;

	if (s.n >= ARRAY_LEN(rows) || rows[s.n] == 0)
		return;
	t = types[rows[s.n] - 1];
	if (!guess(g, (enum value_type)*t, s) || g->n == 0)
		return;
	/* digits alone read the same in all of them */
	for (first = &g->out[g->n - 1]; *++t != VALUE_NONE &&
	    g->n < g->max;) {
		g->out[g->n] = *first;
		g->out[g->n++].type = *t;
	}
}

/* "AB:CD:…" of a certificate, or of a network card. */
static void
guess_colons(struct guesses *g, struct slice s)
{
	if (s.n < 17 || (s.p[2] != ':' && s.p[2] != '-'))
		return;
	guess(g, VALUE_MAC, s);
	guess(g, VALUE_X509_SHA256, s);
	guess(g, VALUE_X509_SHA1, s);
	guess(g, VALUE_X509_MD5, s);
}

static bool
is_port(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return s.n > 0 && s.n <= 5;
}

/* "host:port", "[address]" and "[address]:port" as logs write them: the host.
 * `colon` is the last one, or NULL. */
static struct slice
strip_port(struct slice s, const char *colon)
{
	const char *end = s.p + s.n, *close = NULL;

	if (s.p[0] == '[') {
		close = memchr(s.p, ']', s.n);
		if (close == NULL || (close + 1 != end && close + 1 != colon))
			return s;
	} else if (colon == NULL || memchr(s.p, ':', s.n) != colon) {
		return s; /* no port, or an address */
	}
	if ((close == NULL || close + 1 != end) &&
	    !is_port((struct slice){colon + 1, (size_t)(end - colon - 1)}))
		return s;
	if (close != NULL)
		return (struct slice){s.p + 1, (size_t)(close - s.p - 1)};
	return (struct slice){s.p, (size_t)(colon - s.p)};
}

static bool
starts(struct slice s, const char *low)
{
	size_t i;

	for (i = 0; low[i] != '\0'; i++) {
		if (i == s.n || (s.p[i] | 0x20) != low[i])
			return false;
	}
	return true;
}

/* Texts that say what they are. */
static bool
guess_marked(struct guesses *g, struct slice s)
{
	switch (s.p[0] | 0x20) {
	case 'c':
		return starts(s, "cve") && guess(g, VALUE_CVE, s);
	case 'h':
		return starts(s, "hk") && memchr(s.p, '\\', s.n) != NULL &&
		    guess(g, VALUE_REGKEY, s);
	case 't':
		return starts(s, "t1") && guess(g, VALUE_TLSH, s);
	case 'a':
		return starts(s, "as") && memchr(s.p, '.', s.n) == NULL &&
		    guess(g, VALUE_ASN, s);
	default:
		return false;
	}
}

/* Which of the bytes that tell kinds of text apart are there, in one pass. */
enum { HAS_COLON = 1, HAS_SLASH = 2, HAS_AT = 4 };

#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
static inline __m128i
block_equal(__m128i v, char c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

static inline __m128i
half(const char *p)
{
	return _mm_loadl_epi64((const __m128i *)(const void *)p);
}

static unsigned
marks(struct slice s)
{
	__m128i colon = _mm_setzero_si128(), slash = colon, at = colon, v;
	char few[16] = {0};
	size_t i;

	for (i = 0;; i += 16) {
		if (s.n < 8) {
			memcpy(few, s.p, s.n);
			v = _mm_loadu_si128((const __m128i *)(const void *)few);
		} else if (s.n < 16) {
			v = _mm_unpacklo_epi64(half(s.p), half(s.p + s.n - 8));
		} else {
			if (i + 16 > s.n) /* overlaps the one before */
				i = s.n - 16;
			v = _mm_loadu_si128((const __m128i *)(const void *)
			    (s.p + i));
		}
		colon = _mm_or_si128(colon, block_equal(v, ':'));
		slash = _mm_or_si128(slash, block_equal(v, '/'));
		at = _mm_or_si128(at, block_equal(v, '@'));
		if (i + 16 >= s.n)
			break;
	}
	return (_mm_movemask_epi8(colon) != 0 ? HAS_COLON : 0) |
	    (_mm_movemask_epi8(slash) != 0 ? HAS_SLASH : 0) |
	    (_mm_movemask_epi8(at) != 0 ? HAS_AT : 0);
}
#else
static unsigned
marks(struct slice s)
{
	static const uint8_t mark[256] = {
		[':'] = HAS_COLON, ['/'] = HAS_SLASH, ['@'] = HAS_AT
	};
	unsigned all = 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		all |= mark[(uint8_t)s.p[i]];
	return all;
}
#endif

/* Does it begin like a dotted quad?  Half of all digests begin with a digit, too;
 * without a branch that hangs on it. */
static bool
quad_like(struct slice s)
{
	return s.n >= 7 && (hex_values[(uint8_t)s.p[0]] < 10) &
	    ((s.p[1] == '.') | (s.p[2] == '.') | (s.p[3] == '.'));
}

/* memmem() prepares a table for as much. */
bool
value_has_scheme(struct slice s)
{
	const char *p = s.p, *end = s.p + s.n;

	while (p < end && (p = memchr(p, ':', (size_t)(end - p))) != NULL) {
		if (end - ++p >= 2 && p[0] == '/' && p[1] == '/')
			return true;
	}
	return false;
}

/* All guesses about a text that is trimmed and alive. */
static size_t
detect(struct guesses *g, struct slice s)
{
	const char *colon = NULL;
	struct slice host;
	bool url = value_http_scheme(s) > 0;
	unsigned has;

	if (url && guess(g, VALUE_URL, s))
		return g->n;
	has = marks(s);
	if (!url && (has & HAS_COLON) != 0 && (has & HAS_SLASH) != 0 &&
	    value_has_scheme(s) && guess(g, VALUE_URL, s))
		return g->n;
	if ((has & HAS_COLON) != 0)
		colon = memrchr(s.p, ':', s.n);
	host = strip_port(s, colon);
	/* an address is of digits and dots, or has a colon, or stood in brackets */
	if ((colon != NULL || quad_like(s) || s.p[0] == '[') &&
	    guess(g, VALUE_IPV4, host)) {
		guess_colons(g, s);
		return g->n;
	}
	if (guess_marked(g, s))
		return g->n;
	if ((has & HAS_AT) != 0 && guess(g, VALUE_EMAIL, s))
		return g->n;
	guess_digest(g, s);
	if (s.n == 70 && all_hex(s))
		guess(g, VALUE_TLSH, s);
	guess_colons(g, s);
	if (g->n > 0)
		return g->n;
	if (colon != NULL && guess(g, VALUE_SSDEEP, s))
		return g->n;
	guess(g, VALUE_DOMAIN, host);
	if ((has & HAS_SLASH) != 0)
		guess(g, VALUE_URL, s);
	else if (g->files && colon == NULL && value_names_file(s) &&
	    memchr(s.p, '\\', s.n) == NULL)
		guess(g, VALUE_FILE_NAME, s);
	return g->n;
}

/* Apart, because its frame is large and few texts need it. */
static size_t
detect_dead(struct guesses *g, struct slice s)
{
	char clean[LIMIT_VALUE];

	s = value_trim(value_refang(s, clean));
	return s.n == 0 ? 0 : detect(g, s);
}

size_t
value_detect(struct arena *a, struct slice text, unsigned options,
    struct value *out, size_t max)
{
	const unsigned ours = VALUE_REFANG | VALUE_FILES;
	struct guesses g = {a, options & ~ours, (options & VALUE_FILES) != 0,
	    out, 0, max};
	struct slice s = value_trim(text);

	if (s.n == 0 || s.n > LIMIT_VALUE || max == 0)
		return 0;
	if ((options & VALUE_REFANG) != 0 && value_may_be_dead(s))
		return detect_dead(&g, s);
	return detect(&g, s);
}
