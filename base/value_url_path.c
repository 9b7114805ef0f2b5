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

/* Nearly no path has a segment that begins with a dot. */
static bool
may_have_dots(const char *p, size_t n)
{
	const char *end = p + n, *dot = p;

	while ((dot = memchr(dot, '.', (size_t)(end - dot))) != NULL) {
		if (dot > p && dot[-1] == '/')
			return true;
		dot++;
	}
	return false;
}

/* How far the path is as it should be. */
static size_t
clean_run(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && path_chars[(uint8_t)p[i]] >= RES)
		i++;
	return i;
}

/* The path alone, without dot segments yet. */
static enum value_reason
copy_path(struct slice path, char *out, size_t room, size_t *n)
{
	size_t i = 0, at = 0, run;

	while (i < path.n) {
		uint8_t c, byte;

		run = clean_run(path.p + i, path.n - i);
		if (room - at < run + 3)
			return VALUE_BAD_MEMORY;
		memcpy(out + at, path.p + i, run);
		at += run;
		i += run;
		if (i == path.n)
			break;
		c = (uint8_t)path.p[i++];
		if (path_chars[c] == CTL)
			return VALUE_BAD_SYNTAX;
		if (c == '%' && path.n - i >= 2 &&
		    hex_decode(path.p + i, &byte, 1) == 0) {
			i += 2;
			c = byte;
		}
		if (path_chars[c] == UNR)
			out[at++] = (char)c;
		else
			at += put_escape(out + at, c);
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
	size_t i, at = 0;
	bool bad = false;

	if (mark != NULL) {
		path.n = (size_t)(mark - rest.p);
		query = (struct slice){mark, rest.n - path.n};
	}
	if (path.n == 0)
		path = SLICE("/");
	why = copy_path(path, out, room, &at);
	if (why != VALUE_OK)
		return why;
	if (may_have_dots(out, at))
		at = remove_dots(out, at);
	if (query.n > room - at)
		return VALUE_BAD_MEMORY;
	for (i = 0; i < query.n; i++)
		bad |= path_chars[(uint8_t)query.p[i]] == CTL;
	memcpy(out + at, query.p, query.n);
	*n = at + query.n;
	return bad ? VALUE_BAD_SYNTAX : VALUE_OK;
}
