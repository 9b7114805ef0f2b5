/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain names.  Nearly all of them are ASCII and take one pass over the bytes;
 * libidn2 (UTS-46, non-transitional) is asked about single labels only: those
 * that are not ASCII, and whether "xn--" is followed by Punycode.  Label by
 * label, because real names hold labels that IDNA forbids beside the ones it is
 * for ("r3---sn", "-x", "_dmarc").
 */
#include <idn2.h>

#include "base/utf8.h"
#include "base/value_private.h"

#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
#include <emmintrin.h>
#endif

/* UTF-8 takes up to four bytes where Punycode needs one and a half. */
#define HOST_TEXT_MAX 1024

/* 0 for what cannot stand in a name, else the lower-case letter, and a code
 * next to 0 for the dot: one comparison tells both ends of a run of letters.
 * '_' is common in the DNS though no host name has it. */
#define DOT 1
static const uint8_t name_chars[256] = {
	['-'] = '-', ['.'] = DOT, ['_'] = '_',
	['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
	['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
	['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e',
	['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j',
	['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o',
	['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't',
	['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y',
	['z'] = 'z',
	['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e',
	['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j',
	['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o',
	['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't',
	['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
	['Z'] = 'z'
};

static bool
is_alabel(const uint8_t *p, size_t n)
{
	return n >= 4 && p[0] == 'x' && memcmp(p, "xn--", 4) == 0;
}

/*
 * Is it Punycode in its one right spelling?  What it decodes to is not judged:
 * names that IDNA 2008 disallows (emoji) are registered, resolve, and are in
 * feeds.
 */
static bool
alabel_ok(const uint8_t *p, size_t n)
{
	char label[DOMAIN_LABEL_MAX + 1];
	uint8_t *out = NULL;
	int rc;

	memcpy(label, p, n);
	label[n] = '\0';
	rc = idn2_lookup_u8((const uint8_t *)label, &out,
	    IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
	if (rc == IDN2_OK) {
		bool same = strcmp((const char *)out, label) == 0;

		idn2_free(out);
		return same;
	}
	return rc != IDN2_PUNYCODE_BAD_INPUT && rc != IDN2_PUNYCODE_OVERFLOW &&
	    rc != IDN2_PUNYCODE_BIG_OUTPUT && rc != IDN2_ENCODING_ERROR &&
	    rc != IDN2_ALABEL_ROUNDTRIP_FAILED && rc != IDN2_MALLOC;
}

/* A top-level domain of digits, or of what a browser takes for a number, would
 * be an address in a spelling that is not ours. */
static bool
is_number(const uint8_t *p, size_t n)
{
	size_t i = n >= 2 && p[0] == '0' && p[1] == 'x' ? 2 : 0;
	bool hex = i == 2;

	for (; i < n; i++) {
		if ((p[i] < '0' || p[i] > '9') &&
		    (!hex || p[i] < 'a' || p[i] > 'f'))
			return false;
	}
	return true;
}

/* What hangs on the last label and the number of labels. */
static enum value_reason
check_top(const uint8_t *label, size_t n, bool several)
{
	return is_number(label, n) || !several ? VALUE_BAD_SYNTAX : VALUE_OK;
}

/* One label, which stands in its place. */
static enum value_reason
check_label(const uint8_t *label, size_t n, bool check_alabels)
{
	if (n == 0)
		return VALUE_BAD_SYNTAX;
	if (n > DOMAIN_LABEL_MAX)
		return VALUE_BAD_LONG;
	if (CC_UNLIKELY(is_alabel(label, n)) && check_alabels &&
	    !alabel_ok(label, n))
		return VALUE_BAD_ENCODING;
	return VALUE_OK;
}

#if defined(__SSE2__) && !defined(BASE_NO_SIMD)

struct name_block {
	__m128i lower;
	unsigned good, dots; /* bit i: byte i may stand in a name; is a dot */
};

/* Signed comparisons: bytes that are not ASCII are in no range. */
static inline __m128i
in_range(__m128i v, char first, char last)
{
	return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8(
	    (char)(first - 1))), _mm_cmpgt_epi8(_mm_set1_epi8(
	    (char)(last + 1)), v));
}

/* name_chars[] for sixteen bytes. */
static inline struct name_block
name_block(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i lower = _mm_or_si128(v, _mm_and_si128(
	    in_range(v, 'A', 'Z'), _mm_set1_epi8(0x20)));
	__m128i dots = _mm_cmpeq_epi8(v, _mm_set1_epi8('.'));
	__m128i good = _mm_or_si128(_mm_or_si128(dots,
	    in_range(lower, 'a', 'z')), _mm_or_si128(in_range(v, '0', '9'),
	    _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('-')),
	    _mm_cmpeq_epi8(v, _mm_set1_epi8('_')))));

	return (struct name_block){lower,
	    (unsigned)_mm_movemask_epi8(good),
	    (unsigned)_mm_movemask_epi8(dots)};
}

/* Lower case, dots as they are, and where they stand.  False when a byte may not
 * stand in a name. */
static inline bool
name_lower(const char *p, size_t n, uint8_t *out, uint64_t dots[4])
{
	unsigned good = 0xffff;
	struct name_block b;
	uint8_t few[16];
	char text[16];
	size_t i;

	if (n < 16) {
		memset(text, 'a', sizeof(text));
		memcpy(text, p, n);
		b = name_block(text);
		_mm_storeu_si128((__m128i *)(void *)few, b.lower);
		memcpy(out, few, n);
		dots[0] = b.dots;
		return b.good == 0xffff;
	}
	for (i = 0;; i += 16) {
		if (i + 16 > n) /* the last block overlaps the one before */
			i = n - 16;
		b = name_block(p + i);
		_mm_storeu_si128((__m128i *)(void *)(out + i), b.lower);
		good &= b.good;
		dots[i / 64] |= (uint64_t)b.dots << i % 64;
		if (i % 64 > 48 && b.dots >> (64 - i % 64) != 0)
			dots[i / 64 + 1] |= b.dots >> (64 - i % 64);
		if (i + 16 >= n)
			break;
	}
	return good == 0xffff;
}

/* The labels between the dots of a name; `wire`: where their lengths go, the first
 * of them in front of the name, or NULL. */
static inline enum value_reason
check_labels(const uint8_t *name, size_t n, uint64_t dots[4], bool single,
    bool check_alabels, uint8_t *wire)
{
	enum value_reason why;
	size_t start = 0, word = 0, end;

	for (;;) {
		while (word < 3 && dots[word] == 0)
			word++;
		end = dots[word] == 0 ? n :
		    word * 64 + (size_t)__builtin_ctzll(dots[word]);
		why = check_label(name + start, end - start, check_alabels);
		if (why != VALUE_OK)
			return why;
		if (wire != NULL)
			wire[start] = (uint8_t)(end - start);
		if (end == n)
			break;
		dots[word] &= dots[word] - 1;
		start = end + 1;
	}
	return check_top(name + start, n - start, start != 0 || single);
}

/* wire_from_ascii() for nearly all names: every byte may stand in one. */
static enum value_reason
wire_from_name(const char *p, size_t n, bool single, bool check_alabels,
    uint8_t *wire, size_t *out, bool *done)
{
	uint64_t dots[4] = {0};

	*done = name_lower(p, n, wire + 1, dots);
	if (!*done)
		return VALUE_BAD_SYNTAX;
	wire[n + 1] = 0;
	*out = n + 2;
	return check_labels(wire + 1, n, dots, single, check_alabels, wire);
}

bool
value_domain_plain(struct slice host, char *out)
{
	uint64_t dots[4] = {0};

	return host.n > 0 && host.n <= DOMAIN_TEXT_MAX &&
	    name_lower(host.p, host.n, (uint8_t *)out, dots) &&
	    check_labels((uint8_t *)out, host.n, dots, true, true, NULL) ==
	    VALUE_OK;
}

#else

static inline enum value_reason
wire_from_name(const char *p, size_t n, bool single, bool check_alabels,
    uint8_t *wire, size_t *out, bool *done)
{
	(void)p, (void)n, (void)single, (void)check_alabels, (void)wire;
	(void)out;
	*done = false;
	return VALUE_BAD_SYNTAX;
}

bool
value_domain_plain(struct slice host, char *out)
{
	uint8_t wire[DOMAIN_WIRE_MAX];
	size_t n;

	if (host.n == 0 || host.p[host.n - 1] == '.' ||
	    value_domain_wire(host, true, 0, wire, &n) != VALUE_OK ||
	    n != host.n + 2)
		return false;
	value_domain_text(wire, n, out);
	return true;
}

#endif

/* ASCII without a trailing dot.  One byte of wire more than of text in front,
 * where the first label's length goes, and the root label behind. */
static enum value_reason
wire_from_ascii(const char *p, size_t n, bool single, bool check_alabels,
    uint8_t *wire, size_t *out)
{
	size_t i = 0, start = 0;
	enum value_reason why;
	bool done;

	if (n > DOMAIN_TEXT_MAX)
		return VALUE_BAD_LONG;
	why = wire_from_name(p, n, single, check_alabels, wire, out, &done);
	if (CC_LIKELY(done))
		return why;
	for (;; i++) {
		uint8_t c = DOT;

		for (; i < n; i++) {
			c = name_chars[(uint8_t)p[i]];
			if (CC_UNLIKELY(c <= DOT))
				break;
			wire[i + 1] = c;
		}
		if (c == 0)
			return VALUE_BAD_SYNTAX;
		why = check_label(wire + start + 1, i - start, check_alabels);
		if (why != VALUE_OK)
			return why;
		wire[start] = (uint8_t)(i - start);
		if (i == n)
			break;
		start = i + 1;
	}
	wire[n + 1] = 0;
	*out = n + 2;
	return check_top(wire + start + 1, n - start, start != 0 || single);
}

/* Append the ASCII form of one label that is not ASCII; it may come back with
 * dots in it (U+3002).  Lengths are checked by who reads it next. */
static enum value_reason
append_label(struct slice label, char *out, size_t room, size_t *at)
{
	char text[HOST_TEXT_MAX + 1];
	uint8_t *ascii = NULL;
	size_t n;
	int rc;

	if (label.n > HOST_TEXT_MAX)
		return VALUE_BAD_LONG;
	memcpy(text, label.p, label.n);
	text[label.n] = '\0';
	rc = idn2_lookup_u8((const uint8_t *)text, &ascii,
	    IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
	if (rc == IDN2_MALLOC)
		return VALUE_BAD_MEMORY;
	if (rc == IDN2_TOO_BIG_LABEL || rc == IDN2_TOO_BIG_DOMAIN ||
	    rc == IDN2_PUNYCODE_BIG_OUTPUT)
		return VALUE_BAD_LONG;
	if (rc != IDN2_OK)
		return VALUE_BAD_ENCODING;
	n = strlen((const char *)ascii);
	if (n > room - *at) {
		idn2_free(ascii);
		return VALUE_BAD_LONG;
	}
	memcpy(out + *at, ascii, n);
	idn2_free(ascii);
	*at += n;
	return VALUE_OK;
}

static bool
is_ascii(struct slice s)
{
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		bits |= (uint8_t)s.p[i];
	return bits < 0x80;
}

/* UTF-8 to the ASCII that stands for it. */
static enum value_reason
host_to_ascii(struct slice host, char out[HOST_TEXT_MAX], size_t *n)
{
	enum value_reason why;
	size_t i = 0, end, at = 0;

	if (host.n > HOST_TEXT_MAX)
		return VALUE_BAD_LONG;
	if (!utf8_valid(host) || memchr(host.p, '\0', host.n) != NULL)
		return VALUE_BAD_ENCODING;
	for (;;) {
		struct slice label;

		for (end = i; end < host.n && host.p[end] != '.'; end++)
			;
		label = (struct slice){host.p + i, end - i};
		if (!is_ascii(label)) {
			why = append_label(label, out, HOST_TEXT_MAX, &at);
			if (why != VALUE_OK)
				return why;
		} else if (label.n > HOST_TEXT_MAX - at) {
			return VALUE_BAD_LONG;
		} else {
			memcpy(out + at, label.p, label.n);
			at += label.n;
		}
		if (end == host.n)
			break;
		if (at == HOST_TEXT_MAX)
			return VALUE_BAD_LONG;
		out[at++] = '.';
		i = end + 1;
	}
	*n = at;
	return VALUE_OK;
}

/* Apart from the ASCII path, whose frame it would make large. */
static enum value_reason
wire_from_unicode(struct slice host, bool single, bool check_alabels,
    uint8_t *wire, size_t *n)
{
	char ascii[HOST_TEXT_MAX];
	enum value_reason why;
	uint8_t ip[4];
	size_t len;

	why = host_to_ascii(host, ascii, &len);
	if (why != VALUE_OK)
		return why;
	if (len > 0 && ascii[len - 1] == '.') /* U+3002 at the end */
		len--;
	if (value_ip4_parse((struct slice){ascii, len}, ip)) {
		memcpy(wire, ascii, len);
		*n = len;
		return VALUE_BAD_TYPE;
	}
	return wire_from_ascii(ascii, len, single, check_alabels, wire, n);
}

enum value_reason
value_domain_wire(struct slice host, bool single, unsigned options,
    uint8_t wire[DOMAIN_WIRE_MAX], size_t *n)
{
	bool check = (options & VALUE_KEEP_ALABELS) == 0;
	enum value_reason why;

	if (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n == 0)
		return VALUE_BAD_SYNTAX;
	why = wire_from_ascii(host.p, host.n, single, check, wire, n);
	if ((why == VALUE_BAD_SYNTAX || why == VALUE_BAD_LONG) &&
	    !is_ascii(host))
		why = wire_from_unicode(host, single, check, wire, n);
	return why;
}

size_t
value_domain_text(const uint8_t *wire, size_t n, char out[DOMAIN_TEXT_MAX])
{
	size_t at;

	if (n < 3)
		return 0;
	n -= 2;
	memcpy(out, wire + 1, n);
	for (at = wire[0]; at < n; at += wire[at + 1] + 1u)
		out[at] = '.';
	return n;
}

enum value_reason
value_domain_normalise(struct arena *a, const struct value_kind *kind,
    struct slice text, unsigned options, struct value *out)
{
	uint8_t wire[DOMAIN_WIRE_MAX], ip[16];
	enum value_reason why;
	uint8_t flags = 0;
	size_t n;
	const struct slice whole = text;
	char last = text.p[text.n - 1];

	/* An address in a domain's place: feeds do that. */
	if (last >= '0' && last <= '9' && value_ip4_parse(text, ip))
		return value_addr_normalise(a, kind, text, options, out);
	if (text.n > 2 && text.p[0] == '*' && text.p[1] == '.') {
		text.p += 2;
		text.n -= 2;
		flags = VALUE_SUFFIX;
	} else if (text.n > 1 && text.p[0] == '.') {
		text.p++;
		text.n--;
		flags = VALUE_SUFFIX;
	}
	why = value_domain_wire(text, false, options, wire, &n);
	/* No name has a colon. */
	if (why == VALUE_BAD_SYNTAX && value_ip6_parse(whole, ip))
		return value_addr_normalise(a, kind, whole, options, out);
	if (why == VALUE_BAD_TYPE) {
		struct slice quad = {(const char *)wire, n};

		return value_addr_normalise(a, kind, quad, options, out);
	}
	if (why == VALUE_OK)
		why = value_make(a, VALUE_DOMAIN, wire, n, out);
	if (why == VALUE_OK)
		out->flags = flags;
	return why;
}

int
value_domain_valid(const struct value_kind *kind, const struct value *v)
{
	const uint8_t *wire = v->key;
	size_t at = 0, i, last = 0, labels = 0;

	(void)kind;
	if (v->keylen > DOMAIN_WIRE_MAX ||
	    (v->flags & (VALUE_DIGEST | VALUE_TEXT)) != 0)
		return 0;
	while (at < v->keylen && wire[at] != 0) {
		size_t len = wire[at];

		if (len > DOMAIN_LABEL_MAX || len >= v->keylen - at)
			return 0;
		for (i = at + 1; i <= at + len; i++) {
			if (wire[i] <= DOT || name_chars[wire[i]] != wire[i])
				return 0;
		}
		last = at;
		labels++;
		at += len + 1;
	}
	return at + 1 == v->keylen && labels >= 2 &&
	    !is_number(wire + last + 1, wire[last]);
}

int
value_domain_print(const struct value *v, struct buf *out)
{
	char text[DOMAIN_TEXT_MAX];

	if (!value_domain_valid(NULL, v))
		return -1;
	return buf_add(out, text, value_domain_text(v->key, v->keylen, text));
}

struct slice
value_domain_parent(struct slice key)
{
	size_t skip;

	if (key.n < 3)
		return (struct slice){key.p, 0};
	skip = (uint8_t)key.p[0] + 1u;
	/* At the top-level domain only the root label is left. */
	if (skip + 1 >= key.n)
		return (struct slice){key.p, 0};
	return (struct slice){key.p + skip, key.n - skip};
}
