/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/map_decode.h"

#include <stdint.h>
#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/utf8.h"

const char *const map_coding_names[CODINGS + 1] = {
	[CODING_BASE64] = "base64", [CODING_HEX] = "hex", NULL
};

enum map_coding
map_coding_named(const char *name)
{
	unsigned i = 0;

	while (i < CODINGS && strcmp(name, map_coding_names[i]) != 0)
		i++;
	return (enum map_coding)i;
}

/* As base64_decode() does it. */
static int
decode_hex(struct slice text, char *out, size_t *n)
{
	unsigned byte = 0, digits = 0;

	*n = 0;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t digit = hex_values[(uint8_t)text.p[i]];

		if (digit == 0xff && slice_is_space(text.p[i]))
			continue;
		if (digit == 0xff)
			return -1;
		byte = byte << 4 | digit;
		if (++digits % 2 == 0)
			out[(*n)++] = (char)(byte & 0xff);
	}
	return digits % 2 == 0 ? 0 : -1;
}

struct slice
map_decode(enum map_coding how, struct slice text, struct arena *a)
{
	char *out = arena_alloc(a, text.n + 1);
	size_t n;
	int rc;

	if (out == NULL)
		return SLICE_NONE;
	rc = how == CODING_HEX ? decode_hex(text, out, &n) :
	    base64_decode(text, BASE64_STANDARD | BASE64_URL |
	    BASE64_UNPADDED | BASE64_SPACES, out, &n);
	if (rc != 0 || n == 0 || !utf8_valid((struct slice){out, n}))
		return SLICE_NONE;
	return (struct slice){out, n};
}
