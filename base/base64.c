/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/base64.h"

#define DIGITS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* How many characters of padding stand behind these leftover bits. */
static unsigned
padding_of(unsigned nbits)
{
	return nbits / 2;
}

/* The value of a digit, or -1. */
static int
digit_of(char c, unsigned options)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (options & BASE64_STANDARD && (c == '+' || c == '/'))
		return c == '+' ? 62 : 63;
	if (options & BASE64_URL && (c == '-' || c == '_'))
		return c == '-' ? 62 : 63;
	return -1;
}

void
base64_init(struct base64 *b, unsigned options)
{
	*b = (struct base64){.options = options};
}

int
base64_take(struct base64 *b, char c, uint8_t *byte)
{
	int digit = digit_of(c, b->options);

	if (digit < 0) {
		if (c == '=' && b->padding < padding_of(b->nbits)) {
			b->padding++;
			return 0;
		}
		return b->options & BASE64_SPACES && slice_is_space(c) ? 0 :
		    -1;
	}
	if (b->padding > 0)
		return -1;
	b->bits = b->bits << 6 | (uint32_t)digit;
	b->nbits += 6;
	if (b->nbits < 8)
		return 0;
	b->nbits -= 8;
	*byte = (uint8_t)(b->bits >> b->nbits);
	b->bits &= (1u << b->nbits) - 1;
	return 1;
}

int
base64_end(const struct base64 *b)
{
	unsigned missing = padding_of(b->nbits) - b->padding;

	return b->nbits == 6 || (missing > 0 &&
	    !(b->options & BASE64_UNPADDED)) ? -1 : 0;
}

int
base64_decode(struct slice text, unsigned options, void *out, size_t *n)
{
	uint8_t *to = out, byte;
	struct base64 b;
	size_t done = 0;

	base64_init(&b, options);
	for (size_t i = 0; i < text.n; i++) {
		int rc = base64_take(&b, text.p[i], &byte);

		if (rc < 0)
			return -1;
		if (rc > 0 && to != NULL)
			to[done] = byte;
		done += (size_t)rc;
	}
	*n = done;
	return base64_end(&b);
}

void
base64_encode(struct slice in, unsigned options, struct buf *out)
{
	const char *digits = options & BASE64_STANDARD ? DIGITS "+/" :
	    DIGITS "-_";

	for (size_t i = 0; i < in.n; i += 3) {
		size_t n = in.n - i < 3 ? in.n - i : 3;
		uint32_t v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (k < n ? (unsigned char)in.p[i + k] : 0u);
		for (size_t k = 0; k <= n; k++)
			buf_char(out, digits[v >> (18 - 6 * k) & 63]);
		for (size_t k = n; k < 3 && !(options & BASE64_UNPADDED); k++)
			buf_char(out, '=');
	}
}
