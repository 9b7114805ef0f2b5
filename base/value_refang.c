/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports print addresses so that nobody follows them by mistake:
 * "hxxp://evil[.]example".  This takes that back, and is asked for only where
 * text was written for people: in a STIX pattern the same bytes are meant.
 */
#include "base/value_private.h"

#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
#include <emmintrin.h>
#endif

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool
starts(struct slice s, const char *low)
{
	size_t i;

	for (i = 0; low[i] != '\0'; i++) {
		if (i == s.n || lower(s.p[i]) != low[i])
			return false;
	}
	return true;
}

/* In brackets of any kind: what stands between them, and what it was. */
static size_t
take_bracketed(struct slice s, struct slice *plain)
{
	static const char *const words[][2] = {
		{".", "."}, {"dot", "."}, {",", "."}, {"punkt", "."},
		{":", ":"}, {"://", "://"}, {"/", "/"},
		{"@", "@"}, {"at", "@"}
	};
	char close;
	size_t i;

	switch (s.p[0]) {
	case '[': close = ']'; break;
	case '(': close = ')'; break;
	case '{': close = '}'; break;
	default: return 0;
	}
	for (i = 0; i < ARRAY_LEN(words); i++) {
		struct slice inside = {s.p + 1, s.n - 1};
		size_t n = strlen(words[i][0]);

		if (starts(inside, words[i][0]) && s.n > n + 1 &&
		    s.p[n + 1] == close) {
			*plain = slice_str(words[i][1]);
			return n + 2;
		}
	}
	return 0;
}

/* "hxxp", "hxtp", "h**p" … for "http" in front; how many bytes it takes. */
static size_t
take_scheme(struct slice s, struct slice *plain)
{
	static const char *const dead[][2] = {
		{"hxxp", "http"}, {"hxtp", "http"}, {"htxp", "http"},
		{"h**p", "http"}, {"hxxxp", "http"}, {"fxp", "ftp"}
	};
	size_t i;

	/* 0x20 makes a letter of none but its capital */
	if (s.n < 3 || ((s.p[0] | 0x20) != 'h' && (s.p[0] | 0x20) != 'f') ||
	    ((s.p[1] | 0x20) != 'x' && s.p[1] != '*' &&
	    (s.p[2] | 0x20) != 'x'))
		return 0;
	for (i = 0; i < ARRAY_LEN(dead); i++) {
		if (starts(s, dead[i][0])) {
			*plain = slice_str(dead[i][1]);
			return strlen(dead[i][0]);
		}
	}
	return 0;
}

#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
/* word_alive() for sixteen bytes. */
static bool
block_alive(const char *p)
{
	__m128i folded = _mm_or_si128(_mm_set1_epi8(0x20),
	    _mm_loadu_si128((const __m128i *)(const void *)p));

	return _mm_movemask_epi8(_mm_or_si128(
	    _mm_cmpeq_epi8(folded, _mm_set1_epi8('(')), _mm_or_si128(
	    _mm_cmpeq_epi8(folded, _mm_set1_epi8('{')),
	    _mm_cmpeq_epi8(folded, _mm_set1_epi8('\\' | 0x20))))) == 0;
}

/* How many bytes in front are alive, as far as blocks tell. */
static size_t
alive_front(struct slice s)
{
	size_t i;

	for (i = 0; s.n - i >= 16; i += 16) {
		if (!block_alive(s.p + i))
			return i;
	}
	/* the last block may begin within the one before */
	if (i != 0 && block_alive(s.p + s.n - 16))
		i = s.n;
	return i;
}
#else
#define alive_front(s) ((size_t)0)
#endif

/* Is none of eight bytes an opening bracket or a backslash?  Bit 0x20 folds '['
 * and '{', and takes a few more for one of them: that only costs time. */
static bool
word_alive(uint64_t w)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t folded = w | 0x20 * ones;
	uint64_t brace = folded ^ '{' * ones, paren = folded ^ '(' * ones;
	uint64_t slash = folded ^ ('\\' | 0x20) * ones;

	/* the high bit of a difference of 0, and of nothing below 0x80 else */
	return (((brace - ones) | (paren - ones) | (slash - ones)) & ~w &
	    0x80 * ones) == 0;
}

static bool
bytes_alive(struct slice s)
{
	uint64_t w = 0;
	size_t i;

	if (s.n < sizeof(w)) {
		memcpy(&w, s.p, s.n);
		return word_alive(w);
	}
	for (i = alive_front(s); i < s.n; i += sizeof(w)) {
		/* the last word may begin within the one before */
		memcpy(&w, s.p + (s.n - i < sizeof(w) ? s.n - sizeof(w) : i),
		    sizeof(w));
		if (!word_alive(w))
			return false;
	}
	return true;
}

bool
value_may_be_dead(struct slice s)
{
	struct slice plain;

	return !bytes_alive(s) || take_scheme(s, &plain) != 0;
}

struct slice
value_refang(struct slice s, char *out)
{
	struct slice plain;
	size_t i = 0, at = 0, n;

	if (s.n == 0 || !value_may_be_dead(s))
		return s;
	n = take_scheme(s, &plain);
	/* A host name may begin like that: "hxxp.example" is one. */
	if (n > 0 && n < s.n && memchr("s:[({", lower(s.p[n]), 5) != NULL) {
		memcpy(out, plain.p, plain.n);
		at = plain.n;
		i = n;
		if (starts((struct slice){s.p + i, s.n - i}, "[s]")) {
			out[at++] = 's';
			i += 3;
		}
	}
	while (i < s.n) {
		struct slice left = {s.p + i, s.n - i};

		n = take_bracketed(left, &plain);
		if (n > 0) {
			memcpy(out + at, plain.p, plain.n);
			at += plain.n;
			i += n;
		} else if (left.n > 1 && s.p[i] == '\\' && s.p[i + 1] == '.') {
			out[at++] = '.';
			i += 2;
		} else {
			out[at++] = s.p[i++];
		}
	}
	return (struct slice){out, at};
}
