/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/scan_escape.h"

#include <string.h>

#include "base/utf8.h"

/* Four hexadecimal digits; -1 when they are not. */
static int32_t
hex4(const char *p, const char *end)
{
	int32_t v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];

		v *= 16;
		if (c >= '0' && c <= '9')
			v += c - '0';
		else if (c >= 'a' && c <= 'f')
			v += c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			v += c - 'A' + 10;
		else
			return -1;
	}
	return v;
}

/* The length of the \uXXXX escape, or the pair of them, at p (on the
 * backslash), with its character; 0 when it stands for none, or for NUL. */
static size_t
escape_unicode(const char *p, const char *end, uint32_t *out)
{
	int32_t high = hex4(p + 2, end), low;

	if (high <= 0 || (high >= 0xdc00 && high <= 0xdfff))
		return 0;
	if (high < 0xd800 || high > 0xdfff) {
		*out = (uint32_t)high;
		return 6;
	}
	if (end - p < 12 || p[6] != '\\' || p[7] != 'u')
		return 0;
	low = hex4(p + 8, end);
	if (low < 0xdc00 || low > 0xdfff)
		return 0;
	*out = 0x10000 + ((uint32_t)(high - 0xd800) << 10) +
	    (uint32_t)(low - 0xdc00);
	return 12;
}

size_t
scan_escape(const char *p, const char *end, uint32_t *out)
{
	if (end - p < 2)
		return 0;
	switch (p[1]) {
	case '"':
	case '\\':
	case '/':
		*out = (unsigned char)p[1];
		return 2;
	case 'b':
		*out = '\b';
		return 2;
	case 'f':
		*out = '\f';
		return 2;
	case 'n':
		*out = '\n';
		return 2;
	case 'r':
		*out = '\r';
		return 2;
	case 't':
		*out = '\t';
		return 2;
	case 'u':
		return escape_unicode(p, end, out);
	default:
		return 0;
	}
}

int64_t
scan_unescape(struct slice raw, char *out)
{
	const char *p = raw.p, *end = raw.p + raw.n;
	char *to = out;

	while (p < end) {
		const char *at = memchr(p, '\\', (size_t)(end - p));
		size_t plain = (size_t)((at != NULL ? at : end) - p), n;
		uint32_t c = 0;

		memcpy(to, p, plain);
		to += plain;
		if (at == NULL)
			break;
		n = scan_escape(at, end, &c);
		if (n == 0)
			return -1;
		to += utf8_put(c, to);
		p = at + n;
	}
	return to - out;
}
