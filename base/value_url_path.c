/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 3986 section 6.2.2 for what follows the authority.  The path: unreserved
 * characters decoded, other escapes in upper case, what may not stand in a URL
 * escaped (white space and UTF-8, as a browser does; a '%' that begins no
 * escape, lest it begin one after the decoding), dot segments removed.  The
 * query: byte for byte.
 */
#include "base/hex.h"
#include "base/value_private.h"

enum {
	CTL = 0, /* control character: no URL has one */
	ESC = 1, /* to be escaped */
	RES = 2, /* kept: sub-delims, ':', '@', '/' */
	UNR = 3  /* unreserved: kept, and an escape of it is decoded */
};

#define ROW8(x) x, x, x, x, x, x, x, x
#define ROW64(x) ROW8(x), ROW8(x), ROW8(x), ROW8(x), \
	ROW8(x), ROW8(x), ROW8(x), ROW8(x)

static const uint8_t path_chars[256] = {
	ROW8(CTL), ROW8(CTL), ROW8(CTL), ROW8(CTL),
	ESC, RES, ESC, ESC, RES, ESC, RES, RES, /*  !"#$%&' */
	RES, RES, RES, RES, RES, UNR, UNR, RES, /* ()*+,-./ */
	UNR, UNR, UNR, UNR, UNR, UNR, UNR, UNR, /* 01234567 */
	UNR, UNR, RES, RES, ESC, RES, ESC, ESC, /* 89:;<=>? */
	RES, UNR, UNR, UNR, UNR, UNR, UNR, UNR, /* @ABCDEFG */
	UNR, UNR, UNR, UNR, UNR, UNR, UNR, UNR, /* HIJKLMNO */
	UNR, UNR, UNR, UNR, UNR, UNR, UNR, UNR, /* PQRSTUVW */
	UNR, UNR, UNR, ESC, ESC, ESC, ESC, UNR, /* XYZ[\]^_ */
	ESC, UNR, UNR, UNR, UNR, UNR, UNR, UNR, /* `abcdefg */
	UNR, UNR, UNR, UNR, UNR, UNR, UNR, UNR, /* hijklmno */
	UNR, UNR, UNR, UNR, UNR, UNR, UNR, UNR, /* pqrstuvw */
	UNR, UNR, UNR, ESC, ESC, ESC, UNR, CTL, /* xyz{|}~  */
	ROW64(ESC), ROW64(ESC)
};

static size_t
put_escape(char *out, uint8_t c)
{
	static const char digits[] = "0123456789ABCDEF";

	out[0] = '%';
	out[1] = digits[c >> 4];
	out[2] = digits[c & 15];
	return 3;
}

/* Section 5.2.4, in place.  `path` begins with '/'. */
static size_t
remove_dots(char *path, size_t n)
{
	size_t in = 0, out = 0, seg;

	while (in < n) {
		seg = in + 1;
		while (seg < n && path[seg] != '/')
			seg++;
		/* One segment: "/" and what follows up to the next "/". */
		if (seg - in == 2 && path[in + 1] == '.') {
			if (seg == n)
				path[out++] = '/';
		} else if (seg - in == 3 && path[in + 1] == '.' &&
		    path[in + 2] == '.') {
			while (out > 0 && path[--out] != '/')
				;
			if (seg == n)
				path[out++] = '/';
		} else {
			memmove(path + out, path + in, seg - in);
			out += seg - in;
		}
		in = seg;
	}
	return out;
}

/* The path alone, without dot segments yet.  *dots: there may be some. */
static enum value_reason
copy_path(struct slice path, char *out, size_t room, size_t *n, bool *dots)
{
	size_t i, at = 0;

	for (i = 0; i < path.n; i++) {
		uint8_t c = (uint8_t)path.p[i];
		uint8_t kind = path_chars[c], byte;

		if (room - at < 3)
			return VALUE_BAD_MEMORY;
		if (c == '%' && path.n - i > 2 &&
		    hex_decode(path.p + i + 1, &byte, 1) == 0) {
			i += 2;
			c = byte;
			kind = path_chars[c] == UNR ? UNR : ESC;
		}
		if (CC_LIKELY(kind >= RES)) {
			if (c == '.' && at > 0 && out[at - 1] == '/')
				*dots = true;
			out[at++] = (char)c;
		} else if (kind == ESC) {
			at += put_escape(out + at, c);
		} else {
			return VALUE_BAD_SYNTAX;
		}
	}
	*n = at;
	return VALUE_OK;
}

enum value_reason
value_url_path(struct slice rest, char *out, size_t room, size_t *n)
{
	const char *mark = rest.n > 0 ? memchr(rest.p, '?', rest.n) : NULL;
	struct slice path = rest, query = SLICE("");
	enum value_reason why;
	bool dots = false;
	size_t i, at = 0;

	if (mark != NULL) {
		path.n = (size_t)(mark - rest.p);
		query = (struct slice){mark, rest.n - path.n};
	}
	if (path.n == 0)
		path = SLICE("/");
	why = copy_path(path, out, room, &at, &dots);
	if (why != VALUE_OK)
		return why;
	if (dots)
		at = remove_dots(out, at);
	if (query.n > room - at)
		return VALUE_BAD_MEMORY;
	for (i = 0; i < query.n; i++) {
		if (path_chars[(uint8_t)query.p[i]] == CTL)
			return VALUE_BAD_SYNTAX;
		out[at + i] = query.p[i];
	}
	*n = at + query.n;
	return VALUE_OK;
}
