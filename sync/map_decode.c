/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/map_decode.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

const char *const map_coding_names[CODINGS + 1] = {
	[CODING_BASE64] = "base64", [CODING_HEX] = "hex", NULL
};

static const struct {
	unsigned bits;      /* of a digit */
	const char *digits;
	const char *others; /* the same digits, from the last one back */
} codings[CODINGS] = {
	[CODING_BASE64] = {6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
	    "wxyz0123456789+/", "_-"},
	[CODING_HEX] = {4, "0123456789abcdef", "FEDCBA"},
};

enum map_coding
map_coding_named(const char *name)
{
	unsigned i = 0;

	while (i < CODINGS && strcmp(name, map_coding_names[i]) != 0)
		i++;
	return (enum map_coding)i;
}

/* Its value, or -1. */
static int
digit(enum map_coding how, char c)
{
	const char *all = codings[how].digits, *others = codings[how].others;
	const char *at = c != '\0' ? strchr(all, c) : NULL;

	if (at != NULL)
		return (int)(at - all);
	at = c != '\0' ? strchr(others, c) : NULL;
	return at == NULL ? -1 :
	    (1 << codings[how].bits) - 1 - (int)(at - others);
}

struct slice
map_decode(enum map_coding how, struct slice text, struct arena *a)
{
	unsigned width = codings[how].bits, have = 0, rest;
	char *out = arena_alloc(a, text.n + 1);
	uint32_t bits = 0;
	size_t i, n = 0, digits = 0;

	if (out == NULL)
		return SLICE_NONE;
	while (how == CODING_BASE64 && text.n > 0 &&
	    text.p[text.n - 1] == '=')
		text.n--;
	for (i = 0; i < text.n; i++) {
		int v = digit(how, text.p[i]);

		if (v < 0 && strchr(" \t\r\n", text.p[i]) != NULL &&
		    text.p[i] != '\0')
			continue;
		if (v < 0)
			return SLICE_NONE;
		digits++;
		bits = bits << width | (uint32_t)v;
		have += width;
		if (have >= 8) {
			have -= 8;
			out[n++] = (char)(bits >> have & 255);
			bits &= (1u << have) - 1;
		}
	}
	rest = (unsigned)(digits * width % 8);
	/* Half a byte is missing: it was cut. */
	if (rest >= width || n == 0 ||
	    !utf8_valid((struct slice){out, n}))
		return SLICE_NONE;
	return (struct slice){out, n};
}
