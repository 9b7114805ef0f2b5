/* SPDX-License-Identifier: BSD-2-Clause */
/* MAC addresses and AS numbers: short binary keys. */
#include "base/hex.h"
#include "base/value_private.h"

/*
 * "aa:bb:cc:dd:ee:ff", "aa-bb-…", "aabb.ccdd.eeff" or bare digits, six bytes or
 * eight (EUI-64); one kind of separator, at even distances.
 */
static size_t
mac_parse(struct slice s, uint8_t out[8])
{
	char digits[16];
	size_t i, n = 0, step = 0;
	char sep = 0;

	if (s.n > 5 && hex_values[(uint8_t)s.p[2]] == 0xff) {
		sep = s.p[2];
		step = 2;
	} else if (s.n > 5 && s.p[4] == '.') {
		sep = '.';
		step = 4;
	}
	if (step == 2 && sep != ':' && sep != '-')
		return 0;
	for (i = 0; i < s.n; i++) {
		if (step != 0 && i % (step + 1) == step) {
			if (s.p[i] != sep || i + 1 == s.n)
				return 0;
			continue;
		}
		if (n == sizeof(digits))
			return 0;
		digits[n++] = s.p[i];
	}
	if ((n != 12 && n != 16) || hex_decode(digits, out, n / 2) != 0)
		return 0;
	return n / 2;
}

static bool
all_are(const uint8_t *p, size_t n, uint8_t byte)
{
	while (n > 0 && p[n - 1] == byte)
		n--;
	return n == 0;
}

enum value_reason
value_mac_normalise(struct arena *a, const struct value_kind *kind,
    struct slice text, unsigned options, struct value *out)
{
	uint8_t mac[8];
	size_t n = mac_parse(text, mac);

	(void)kind;
	if (n == 0)
		return VALUE_BAD_SYNTAX;
	if (all_are(mac, n, 0))
		return VALUE_BAD_TRIVIAL;
	if ((options & VALUE_ALLOW_BOGON) == 0 && all_are(mac, n, 0xff))
		return VALUE_BAD_BOGON;
	return value_make(a, VALUE_MAC, mac, n, out);
}

int
value_mac_valid(const struct value_kind *kind, const struct value *v)
{
	(void)kind;
	return (v->keylen == 6 || v->keylen == 8) &&
	    (v->flags & (VALUE_DIGEST | VALUE_TEXT)) == 0 &&
	    !all_are(v->key, v->keylen, 0);
}

int
value_mac_print(const struct value *v, struct buf *out)
{
	char text[8 * 3];
	size_t i;

	if (v->keylen != 6 && v->keylen != 8)
		return -1;
	for (i = 0; i < v->keylen; i++) {
		hex_encode(v->key + i, 1, text + 3 * i);
		text[3 * i + 2] = ':';
	}
	return buf_add(out, text, 3u * v->keylen - 1);
}

/* Decimal, at most 32 bits; false when it is not. */
static bool
take_number(struct slice s, uint32_t max, uint32_t *out)
{
	uint64_t v = 0;
	size_t i;

	if (s.n == 0 || s.n > 10)
		return false;
	for (i = 0; i < s.n; i++) {
		unsigned d = (unsigned char)(s.p[i] - '0');

		if (d > 9)
			return false;
		v = v * 10 + d;
	}
	*out = (uint32_t)v;
	return v <= max;
}

/* Private, reserved and AS_TRANS; not those for documentation (RFC 5398). */
static bool
asn_bogon(uint32_t n)
{
	return n == 0 || n == 23456 || (n >= 64512 && n <= 65535) ||
	    (n >= 65552 && n <= 131071) || n >= UINT32_C(4200000000);
}

/* "AS64500", "ASN 64500", "64500" and, RFC 5396, "1.10". */
enum value_reason
value_asn_normalise(struct arena *a, const struct value_kind *kind,
    struct slice text, unsigned options, struct value *out)
{
	uint32_t n, high, low;
	const char *dot;
	uint8_t key[4];

	(void)kind;
	if (text.n > 2 && (text.p[0] | 0x20) == 'a' &&
	    (text.p[1] | 0x20) == 's') {
		size_t skip = (text.p[2] | 0x20) == 'n' ? 3 : 2;

		text = value_trim((struct slice){text.p + skip,
		    text.n - skip});
	}
	dot = text.n > 0 ? memchr(text.p, '.', text.n) : NULL;
	if (dot != NULL) {
		size_t left = (size_t)(dot - text.p);
		struct slice right = {dot + 1, text.n - left - 1};

		if (!take_number((struct slice){text.p, left}, 65535, &high) ||
		    !take_number(right, 65535, &low))
			return VALUE_BAD_SYNTAX;
		n = high << 16 | low;
	} else if (!take_number(text, UINT32_MAX, &n)) {
		return VALUE_BAD_SYNTAX;
	}
	if ((options & VALUE_ALLOW_BOGON) == 0 && asn_bogon(n))
		return VALUE_BAD_BOGON;
	key[0] = (uint8_t)(n >> 24);
	key[1] = (uint8_t)(n >> 16);
	key[2] = (uint8_t)(n >> 8);
	key[3] = (uint8_t)n;
	return value_make(a, VALUE_ASN, key, sizeof(key), out);
}

int
value_asn_valid(const struct value_kind *kind, const struct value *v)
{
	(void)kind;
	return v->keylen == 4 &&
	    (v->flags & (VALUE_DIGEST | VALUE_TEXT)) == 0;
}

int
value_asn_print(const struct value *v, struct buf *out)
{
	uint32_t n;

	if (v->keylen != 4)
		return -1;
	n = (uint32_t)v->key[0] << 24 | (uint32_t)v->key[1] << 16 |
	    (uint32_t)v->key[2] << 8 | v->key[3];
	return buf_printf(out, "AS%lu", (unsigned long)n);
}
