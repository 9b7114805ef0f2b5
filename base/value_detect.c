/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bare text may be.  Every guess is made by the normaliser of its type,
 * so a look-up asks for the very key that a feed would have given; here is only
 * the order, best guess first.
 */
#include "base/hex.h"
#include "base/value_private.h"

struct guesses {
	struct arena *arena;
	unsigned options;
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
	static const struct {
		uint8_t digits;
		uint8_t types[7]; /* up to VALUE_NONE */
	} lengths[] = {
		{32, {VALUE_MD5, VALUE_X509_MD5, VALUE_IMPHASH, VALUE_JA3,
		    VALUE_JA3S, VALUE_HASSH}},
		{40, {VALUE_SHA1, VALUE_X509_SHA1, VALUE_PEHASH}},
		{64, {VALUE_SHA256, VALUE_X509_SHA256, VALUE_AUTHENTIHASH,
		    VALUE_SHA3_256}},
		{128, {VALUE_SHA512, VALUE_SHA3_512}},
		{56, {VALUE_SHA224}},
		{96, {VALUE_SHA384}},
		{62, {VALUE_JARM}}
	};
	const struct value *first;
	const uint8_t *t;
	size_t i;

	for (i = 0; i < ARRAY_LEN(lengths) && lengths[i].digits != s.n; i++)
		;
	if (i == ARRAY_LEN(lengths))
		return;
	t = lengths[i].types;
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
	if (starts(s, "cve"))
		return guess(g, VALUE_CVE, s);
	if (starts(s, "hk") && memchr(s.p, '\\', s.n) != NULL)
		return guess(g, VALUE_REGKEY, s);
	if (starts(s, "t1") && guess(g, VALUE_TLSH, s))
		return true;
	if (starts(s, "as") && memchr(s.p, '.', s.n) == NULL)
		return guess(g, VALUE_ASN, s);
	return false;
}

size_t
value_detect(struct arena *a, struct slice text, unsigned options,
    struct value *out, size_t max)
{
	struct guesses g = {a, options, out, 0, max};
	char clean[LIMIT_VALUE];
	struct slice s = value_trim(text), host;
	const char *colon;

	if (s.n == 0 || s.n > LIMIT_VALUE || max == 0)
		return 0;
	if ((options & VALUE_REFANG) != 0) {
		s = value_trim(value_refang(s, clean));
		g.options &= ~(unsigned)VALUE_REFANG;
		if (s.n == 0)
			return 0;
	}
	colon = memrchr(s.p, ':', s.n);
	host = strip_port(s, colon);
	if (colon != NULL && memmem(s.p, s.n, "://", 3) != NULL &&
	    guess(&g, VALUE_URL, s))
		return g.n;
	/* an address begins with a digit, or has a colon, or stood in brackets */
	if ((colon != NULL || hex_values[(uint8_t)s.p[0]] < 10 ||
	    s.p[0] == '[') && guess(&g, VALUE_IPV4, host)) {
		guess_colons(&g, s);
		return g.n;
	}
	if (guess_marked(&g, s))
		return g.n;
	if (memchr(s.p, '@', s.n) != NULL && guess(&g, VALUE_EMAIL, s))
		return g.n;
	guess_digest(&g, s);
	if (s.n == 70 && all_hex(s))
		guess(&g, VALUE_TLSH, s);
	guess_colons(&g, s);
	if (g.n > 0)
		return g.n;
	if (colon != NULL && guess(&g, VALUE_SSDEEP, s))
		return g.n;
	guess(&g, VALUE_DOMAIN, host);
	if (memchr(s.p, '/', s.n) != NULL)
		guess(&g, VALUE_URL, s);
	return g.n;
}
