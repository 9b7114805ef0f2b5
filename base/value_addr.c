/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses and networks.  The parsers are our own because inet_aton() takes
 * octal, hex and short forms, which name other hosts than they seem to.
 */
#include "base/hex.h"
#include "base/value_private.h"

#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
#include <emmintrin.h>

/* value_ip4_parse() for 8 … 15 bytes, without a branch that hangs on how many
 * digits a number has: in addresses of feeds no branch can be foretold. */
static bool
ip4_parse_block(const char *p, size_t n, uint8_t out[4])
{
	static const uint32_t least[] = {0, 0, 10, 100};
	uint8_t text[4 + 16] = {0}; /* four bytes in front of the first number */
	uint64_t front, back;
	unsigned dots, digits, i, at = 0, end, bad = 0;
	__m128i v;

	memcpy(&front, p, 8);
	memcpy(&back, p + n - 8, 8);
	back = back >> 8 * (15 - n) >> 8;
	v = _mm_xor_si128(_mm_set_epi64x((long long)back, (long long)front),
	    _mm_set1_epi8('0'));
	_mm_storeu_si128((__m128i *)(void *)(text + 4), v);
	dots = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v,
	    _mm_set1_epi8('.' ^ '0')));
	digits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(
	    _mm_min_epu8(v, _mm_set1_epi8(9)), v));
	if (((dots | digits) & ((1u << n) - 1)) != (1u << n) - 1)
		return false;
	dots |= 1u << n; /* where the last number ends */
	for (i = 0; i < 4; i++) {
		uint32_t number, value;

		if (dots == 0)
			return false;
		end = (unsigned)__builtin_ctz(dots);
		dots &= dots - 1;
		if (end - at - 1 > 2) /* no digit, or more than three */
			return false;
		memcpy(&number, text + end, 4); /* its last four bytes */
		number &= UINT32_MAX << 8 * (4 - (end - at));
		value = (number >> 24) + (number >> 16 & 0xff) * 10 +
		    (number >> 8 & 0xff) * 100;
		bad |= (value > 255) | (value < least[end - at]);
		out[i] = (uint8_t)value;
		at = end + 1;
	}
	return bad == 0 && dots == 0;
}
#endif

bool
value_ip4_parse(struct slice s, uint8_t out[4])
{
	const char *p = s.p, *end = s.p + s.n;
	unsigned i, v, d;

	if (s.n < 7 || s.n > 15)
		return false;
#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
	if (s.n > 7)
		return ip4_parse_block(p, s.n, out);
#endif
	for (i = 0; i < 4; i++) {
		if (p == end || (v = (unsigned char)(*p - '0')) > 9)
			return false;
		p++;
		while (p < end && (d = (unsigned char)(*p - '0')) <= 9) {
			if (v == 0) /* a leading zero may mean octal */
				return false;
			v = v * 10 + d;
			if (v > 255)
				return false;
			p++;
		}
		out[i] = (uint8_t)v;
		if (i < 3 && (p == end || *p++ != '.'))
			return false;
	}
	return p == end;
}

/* One group of one to four hex digits; the number of digits, 0 for none. */
static unsigned
take_group(const char *p, const char *end, unsigned *v)
{
	unsigned n = 0;

	*v = 0;
	while (p + n < end && n < 4 &&
	    hex_values[(unsigned char)p[n]] != 0xff) {
		*v = *v << 4 | hex_values[(unsigned char)p[n]];
		n++;
	}
	return n;
}

/* Shift what follows "::" at `gap` to the end and fill with zeros. */
static void
open_gap(uint8_t a[16], size_t gap, size_t used)
{
	size_t tail = used - gap;

	memmove(a + (16 - tail), a + gap, tail);
	memset(a + gap, 0, 16 - used);
}

bool
value_ip6_parse(struct slice s, uint8_t out[16])
{
	const char *p = s.p, *end = s.p + s.n;
	size_t at = 0, gap = 16 + 1;
	unsigned v, n;

	if (s.n < 2 || s.n >= IP_TEXT_MAX)
		return false;
	if (*p == ':' && *++p != ':')
		return false;
	for (;;) {
		if (p < end && *p == ':') { /* second of "::" */
			if (gap <= 16)
				return false;
			gap = at;
			if (++p == end)
				break;
		}
		n = take_group(p, end, &v);
		if (n == 0 || at == 16)
			return false;
		if (p + n < end && p[n] == '.') { /* RFC 4291, 2.2, form 3 */
			struct slice quad = {p, (size_t)(end - p)};

			if (at > 12 || !value_ip4_parse(quad, out + at))
				return false;
			at += 4;
			break;
		}
		out[at++] = (uint8_t)(v >> 8);
		out[at++] = (uint8_t)v;
		p += n;
		if (p == end)
			break;
		if (*p++ != ':' || p == end)
			return false;
	}
	if (gap > 16)
		return at == 16;
	if (at > 14) /* "::" stands for one group at least */
		return false;
	open_gap(out, gap, at);
	return true;
}

static size_t
put_number(char *out, unsigned v)
{
	size_t n = v > 99 ? 3 : v > 9 ? 2 : 1, i;

	for (i = n; i-- > 0; v /= 10)
		out[i] = (char)('0' + v % 10);
	return n;
}

size_t
value_ip4_text(const uint8_t a[4], char out[IP_TEXT_MAX])
{
	size_t n = 0;
	unsigned i;

	for (i = 0; i < 4; i++) {
		if (i > 0)
			out[n++] = '.';
		n += put_number(out + n, a[i]);
	}
	return n;
}

/* RFC 5952 section 4.2: the first of the longest runs of zero groups, and no
 * run of one. */
static void
longest_run(const unsigned g[8], unsigned *at, unsigned *len)
{
	unsigned i = 0, j;

	*at = 8;
	*len = 1;
	while (i < 8) {
		for (j = i; j < 8 && g[j] == 0; j++)
			;
		if (j - i > *len) {
			*at = i;
			*len = j - i;
		}
		i = j + 1;
	}
}

size_t
value_ip6_text(const uint8_t a[16], char out[IP_TEXT_MAX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned g[8], i, run, len;
	size_t n = 0;

	for (i = 0; i < 8; i++)
		g[i] = (unsigned)a[2 * i] << 8 | a[2 * i + 1];
	longest_run(g, &run, &len);
	for (i = 0; i < 8; i++) {
		if (i == run) {
			out[n++] = ':';
			if (i + len == 8)
				out[n++] = ':';
			i += len - 1;
			continue;
		}
		if (i > 0)
			out[n++] = ':';
		if (g[i] > 0xfff)
			out[n++] = digits[g[i] >> 12];
		if (g[i] > 0xff)
			out[n++] = digits[g[i] >> 8 & 15];
		if (g[i] > 0xf)
			out[n++] = digits[g[i] >> 4 & 15];
		out[n++] = digits[g[i] & 15];
	}
	return n;
}

static uint32_t
load32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* By its first byte, most addresses are none. */
static bool
may_be_bogon(uint8_t first)
{
	switch (first) {
	case 0: case 10: case 100: case 127:
	case 169: case 172: case 192: case 198:
		return true;
	default:
		return first >= 224;
	}
}

/*
 * The networks of the IANA special-purpose registry that are not globally
 * reachable, multicast, and what is reserved.  Documentation networks (RFC
 * 5737, RFC 3849) are left out: examples must work.
 */
bool
value_ip4_bogon(const uint8_t a[4], unsigned prefix)
{
	static const struct {
		uint32_t net;
		unsigned prefix;
	} bogons[] = {
		{0x00000000, 8},  /* 0.0.0.0/8 this network */
		{0x0a000000, 8},  /* 10.0.0.0/8 private */
		{0x64400000, 10}, /* 100.64.0.0/10 carrier-grade NAT */
		{0x7f000000, 8},  /* 127.0.0.0/8 loopback */
		{0xa9fe0000, 16}, /* 169.254.0.0/16 link-local */
		{0xac100000, 12}, /* 172.16.0.0/12 private */
		{0xc0000000, 24}, /* 192.0.0.0/24 protocol assignments */
		{0xc0a80000, 16}, /* 192.168.0.0/16 private */
		{0xc6120000, 15}, /* 198.18.0.0/15 benchmarks */
		{0xe0000000, 3}   /* 224.0.0.0/3 multicast, reserved */
	};
	uint32_t ip = load32(a);
	size_t i;

	if (!may_be_bogon(a[0]))
		return false;
	for (i = 0; i < ARRAY_LEN(bogons); i++) {
		if (prefix >= bogons[i].prefix &&
		    (ip ^ bogons[i].net) >> (32 - bogons[i].prefix) == 0)
			return true;
	}
	return false;
}

static bool
has_prefix(const uint8_t a[16], const uint8_t *net, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a, net, whole) == 0 && (rest == 0 ||
	    (a[whole] ^ net[whole]) >> (8 - rest) == 0);
}

/* Global unicast is 2000::/3; nearly all that is outside is reserved. */
bool
value_ip6_bogon(const uint8_t a[16], unsigned prefix)
{
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
	static const uint8_t bench[6] = {0x20, 0x01, 0x00, 0x02};
	static const uint8_t orchid[4] = {0x20, 0x01, 0x00, 0x10};
	static const uint8_t orchid2[4] = {0x20, 0x01, 0x00, 0x20};

	if (prefix < 3)
		return false;
	/* Addresses that carry an IPv4 address are what that one is. */
	if (prefix >= 96 && has_prefix(a, nat64, 96))
		return value_ip4_bogon(a + 12, prefix - 96);
	if (a[0] >> 5 != 1)
		return true;
	if (a[0] == 0x20 && a[1] == 0x02 && prefix >= 16)
		return value_ip4_bogon(a + 2, prefix < 48 ? prefix - 16 : 32);
	return (prefix >= 48 && has_prefix(a, bench, 48)) ||
	    (prefix >= 28 && (has_prefix(a, orchid, 28) ||
	    has_prefix(a, orchid2, 28)));
}

bool
value_ip6_mapped(const uint8_t a[16])
{
	static const uint8_t mapped[12] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
	};

	return memcmp(a, mapped, sizeof(mapped)) == 0;
}

/* Clear what lies behind the prefix; were there bits set? */
static bool
mask_host(uint8_t *a, unsigned len, unsigned prefix)
{
	unsigned i = prefix / 8, lost = 0;

	if (prefix % 8 != 0) {
		uint8_t keep = (uint8_t)(0xff00u >> prefix % 8);

		lost |= a[i] & ~(unsigned)keep & 0xff;
		a[i] &= keep;
		i++;
	}
	for (; i < len; i++) {
		lost |= a[i];
		a[i] = 0;
	}
	return lost != 0;
}

/* Decimal without leading zeros, at most `max`; -1 when it is not. */
static int
take_prefix(struct slice s, unsigned max)
{
	unsigned v = 0;
	size_t i;

	if (s.n == 0 || s.n > 3 || (s.n > 1 && s.p[0] == '0'))
		return -1;
	for (i = 0; i < s.n; i++) {
		unsigned d = (unsigned char)(s.p[i] - '0');

		if (d > 9)
			return -1;
		v = v * 10 + d;
	}
	return v > max ? -1 : (int)v;
}

/* Masking, folding of mapped addresses, and the checks both families share. */
static enum value_reason
finish(struct arena *a, uint8_t *ip, bool six, unsigned prefix,
    unsigned options, struct value *out)
{
	enum value_reason why;
	uint8_t flags = 0;
	unsigned len = six ? 16 : 4;

	if (six && prefix >= 96 && value_ip6_mapped(ip)) {
		flags |= VALUE_MAPPED;
		ip += 12;
		len = 4;
		prefix -= 96;
		six = false;
	}
	if (prefix < len * 8 && mask_host(ip, len, prefix))
		flags |= VALUE_MASKED;
	if ((options & VALUE_ALLOW_WIDE) == 0 &&
	    prefix < (six ? LIMIT_NET6_MIN : LIMIT_NET4_MIN))
		return VALUE_BAD_WIDE;
	if ((options & VALUE_ALLOW_BOGON) == 0 &&
	    (six ? value_ip6_bogon(ip, prefix) : value_ip4_bogon(ip, prefix)))
		return VALUE_BAD_BOGON;
	why = value_make(a, six ? VALUE_IPV6 : VALUE_IPV4, ip, len, out);
	if (why == VALUE_OK) {
		out->prefix = (uint8_t)prefix;
		out->flags = flags;
	}
	return why;
}

/* Both types take both families: "ip-dst" and its like do not say which. */
enum value_reason
value_addr_normalise(struct arena *a, const struct value_kind *kind,
    struct slice text, unsigned options, struct value *out)
{
	const char *slash, *zone;
	struct slice addr = text;
	uint8_t ip[16];
	int prefix;
	bool six;

	(void)kind;
	slash = memchr(text.p, '/', text.n);
	if (slash != NULL)
		addr.n = (size_t)(slash - text.p);
	if (value_ip4_parse(addr, ip)) {
		six = false;
	} else {
		zone = memchr(addr.p, '%', addr.n);
		if (zone != NULL) /* RFC 4007: means nothing elsewhere */
			addr.n = (size_t)(zone - addr.p);
		if (!value_ip6_parse(addr, ip))
			return VALUE_BAD_SYNTAX;
		six = true;
	}
	prefix = six ? 128 : 32;
	if (slash != NULL) {
		struct slice digits = {slash + 1,
		    (size_t)(text.p + text.n - slash - 1)};

		prefix = take_prefix(digits, (unsigned)prefix);
		if (prefix < 0)
			return VALUE_BAD_SYNTAX;
	}
	return finish(a, ip, six, (unsigned)prefix, options, out);
}

int
value_addr_valid(const struct value_kind *kind, const struct value *v)
{
	unsigned len = kind->code == VALUE_IPV4 ? 4 : 16;
	uint8_t copy[16];

	if (v->keylen != len || v->prefix > len * 8 ||
	    (v->flags & (VALUE_DIGEST | VALUE_TEXT | VALUE_SUFFIX)) != 0)
		return 0;
	if (len == 16 && v->prefix >= 96 && value_ip6_mapped(v->key))
		return 0;
	if (v->prefix == len * 8)
		return 1;
	memcpy(copy, v->key, len);
	return !mask_host(copy, len, v->prefix);
}

int
value_addr_print(const struct value *v, struct buf *out)
{
	unsigned len = v->type == VALUE_IPV4 ? 4 : 16;
	char text[IP_TEXT_MAX + 4];
	size_t n;

	if (v->keylen != len || v->prefix > len * 8)
		return -1;
	n = len == 4 ? value_ip4_text(v->key, text) :
	    value_ip6_text(v->key, text);
	if (v->prefix < len * 8) {
		text[n++] = '/';
		n += put_number(text + n, v->prefix);
	}
	return buf_add(out, text, n);
}
