/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of a fixed form: fuzzy hashes, JA4, serial numbers, CVE, telephone. */
#include "base/hex.h"
#include "base/value_private.h"

static bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static bool
is_alnum(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 || is_digit(c);
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c & ~0x20) : c;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Length of the Base64 digits at p. */
static size_t
base64_run(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (is_alnum(p[i]) || p[i] == '+' || p[i] == '/'))
		i++;
	return i;
}

/* "block size:digits:digits", perhaps with ',"file name"' behind it.  The block
 * size is 3 times a power of two. */
enum value_reason
value_canon_ssdeep(struct slice text, unsigned options, char *out, size_t *n)
{
	size_t i = 0, first, second;
	uint64_t block = 0;

	(void)options;
	while (i < text.n && i < 10 && is_digit(text.p[i]))
		block = block * 10 + (unsigned)(text.p[i++] - '0');
	if (i == 0 || text.p[0] == '0' || i == text.n || text.p[i] != ':' ||
	    block % 3 != 0 || ((block / 3) & (block / 3 - 1)) != 0)
		return VALUE_BAD_SYNTAX;
	i++;
	first = base64_run(text.p + i, text.n - i);
	i += first;
	if (i == text.n || text.p[i] != ':' || first > 64)
		return VALUE_BAD_SYNTAX;
	i++;
	second = base64_run(text.p + i, text.n - i);
	i += second;
	if (second > 64 || (i < text.n && text.p[i] != ','))
		return VALUE_BAD_SYNTAX;
	if (first == 0 && second == 0)
		return VALUE_BAD_TRIVIAL;
	memcpy(out, text.p, i);
	*n = i;
	return VALUE_OK;
}

/* 128 or 256 buckets, a checksum of one byte or three. */
enum value_reason
value_canon_tlsh(struct slice text, unsigned options, char *out, size_t *n)
{
	unsigned seen = 0;
	size_t i;

	(void)options;
	if (text.n > 2 && upper(text.p[0]) == 'T' && text.p[1] == '1') {
		text.p += 2;
		text.n -= 2;
	}
	if (text.n != 70 && text.n != 74 && text.n != 134 && text.n != 138)
		return VALUE_BAD_SYNTAX;
	out[0] = 'T';
	out[1] = '1';
	for (i = 0; i < text.n; i++) {
		if (hex_values[(uint8_t)text.p[i]] == 0xff)
			return VALUE_BAD_SYNTAX;
		seen |= hex_values[(uint8_t)text.p[i]];
		out[2 + i] = upper(text.p[i]);
	}
	if (seen == 0)
		return VALUE_BAD_TRIVIAL;
	*n = text.n + 2;
	return VALUE_OK;
}

/* JA4 and its kin: parts of letters, digits and '-', joined by '_'. */
enum value_reason
value_canon_ja4(struct slice text, unsigned options, char *out, size_t *n)
{
	bool joined = false;
	size_t i;

	(void)options;
	if (text.n < 10 || text.n > 256 || text.p[0] == '_' ||
	    text.p[text.n - 1] == '_')
		return VALUE_BAD_SYNTAX;
	for (i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '_') {
			if (text.p[i - 1] == '_')
				return VALUE_BAD_SYNTAX;
			joined = true;
		} else if (!is_alnum(c) && c != '-') {
			return VALUE_BAD_SYNTAX;
		}
		out[i] = lower(c);
	}
	*n = text.n;
	return joined ? VALUE_OK : VALUE_BAD_SYNTAX;
}

/* Whole bytes in hex without leading zero bytes; RFC 5280 allows twenty, older
 * certificates have more. */
enum value_reason
value_canon_serial(struct slice text, unsigned options, char *out, size_t *n)
{
	size_t i, at = 1;

	(void)options;
	if (text.n > 2 && text.p[0] == '0' && lower(text.p[1]) == 'x') {
		text.p += 2;
		text.n -= 2;
	}
	out[0] = '0'; /* used when the number of digits is odd */
	for (i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == ':' || c == ' ' || c == '-')
			continue;
		if (hex_values[(uint8_t)c] == 0xff || at > 128)
			return VALUE_BAD_SYNTAX;
		if (at > 1 || c != '0')
			out[at++] = lower(c);
	}
	if (at == 1) {
		for (i = 0; i < text.n; i++) {
			if (text.p[i] == '0')
				return VALUE_BAD_TRIVIAL;
		}
		return VALUE_BAD_SYNTAX;
	}
	if (at % 2 == 1) {
		at--;
		memmove(out, out + 1, at);
	}
	*n = at;
	return VALUE_OK;
}

enum value_reason
value_canon_cve(struct slice text, unsigned options, char *out, size_t *n)
{
	size_t i;

	(void)options;
	if (text.n < 13 || text.n > 28 || upper(text.p[0]) != 'C' ||
	    upper(text.p[1]) != 'V' || upper(text.p[2]) != 'E' ||
	    text.p[3] != '-' || text.p[8] != '-')
		return VALUE_BAD_SYNTAX;
	memcpy(out, "CVE-", 4);
	for (i = 4; i < text.n; i++) {
		if (i != 8 && !is_digit(text.p[i]))
			return VALUE_BAD_SYNTAX;
		out[i] = text.p[i];
	}
	*n = text.n;
	return VALUE_OK;
}

/* Digits, with '+' in front where it was; E.164 allows fifteen. */
enum value_reason
value_canon_phone(struct slice text, unsigned options, char *out, size_t *n)
{
	size_t i, at = 0, digits = 0;

	(void)options;
	if (text.n > 4 && lower(text.p[0]) == 't' && lower(text.p[1]) == 'e' &&
	    lower(text.p[2]) == 'l' && text.p[3] == ':') {
		text.p += 4;
		text.n -= 4;
	}
	for (i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (is_digit(c)) {
			if (++digits > 15)
				return VALUE_BAD_SYNTAX;
			out[at++] = c;
		} else if (c == '+' && at == 0) {
			out[at++] = c;
		} else if (c == '\0' || memchr(" -()./", c, 6) == NULL) {
			return VALUE_BAD_SYNTAX;
		}
	}
	*n = at;
	return digits >= 3 ? VALUE_OK : VALUE_BAD_SYNTAX;
}
