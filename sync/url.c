/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/url.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/limits.h"

static bool
is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

static unsigned char
lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static bool
same_fold(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower((unsigned char)a.p[i]) !=
		    lower((unsigned char)b.p[i]))
			return false;
	return true;
}

static struct slice
cut(struct slice s, size_t from)
{
	return (struct slice){s.p + from, s.n - from};
}

/* The first place of one of `set`, or s.n. */
static size_t
find_any(struct slice s, const char *set)
{
	size_t i = 0;

	while (i < s.n && strchr(set, s.p[i]) == NULL)
		i++;
	return i;
}

static int
parse_scheme(struct slice *s, struct url *out, struct err *e)
{
	static const struct {
		struct slice text;
		enum url_scheme scheme;
		uint16_t port;
	} known[] = {
		{{"http://", 7}, URL_HTTP, 80},
		{{"https://", 8}, URL_HTTPS, 443},
		{{"file:", 5}, URL_FILE, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct slice head = {s->p, known[i].text.n};

		if (s->n < head.n || !same_fold(head, known[i].text))
			continue;
		out->scheme = known[i].scheme;
		out->port = known[i].port;
		*s = cut(*s, head.n);
		return 0;
	}
	return err_set(e, ERR_USAGE,
	    "not a URL that can be fetched (http://, https:// or file:)");
}

static bool
host_ok(struct slice h)
{
	if (h.n == 0)
		return false;
	if (h.p[0] == '[') {
		if (h.n < 4 || h.p[h.n - 1] != ']')
			return false;
		for (size_t i = 1; i < h.n - 1; i++)
			if (!is_alnum((unsigned char)h.p[i]) &&
			    strchr(":.%", h.p[i]) == NULL)
				return false;
		return true;
	}
	for (size_t i = 0; i < h.n; i++) {
		unsigned char c = (unsigned char)h.p[i];

		if (!is_alnum(c) && c < 0x80 && c != '-' && c != '.' &&
		    c != '_')
			return false;
	}
	return true;
}

static int
parse_port(struct slice digits, uint16_t *out)
{
	unsigned v = 0;

	if (digits.n == 0)
		return 0; /* "host:" means the scheme's own */
	if (digits.n > 5)
		return -1;
	for (size_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return -1;
		v = v * 10 + (unsigned)(digits.p[i] - '0');
	}
	if (v == 0 || v > 65535)
		return -1;
	*out = (uint16_t)v;
	return 0;
}

static int
parse_authority(struct slice a, struct url *out, struct err *e)
{
	size_t colon = a.n;

	if (memchr(a.p, '@', a.n) != NULL)
		return err_set(e, ERR_USAGE, "a URL may not hold a user name or"
		    " password: give them with --user and --password-file");
	for (size_t i = a.n; i > 0 && a.p[i - 1] != ']'; i--)
		if (a.p[i - 1] == ':')
			colon = i - 1;
	out->host = (struct slice){a.p, colon};
	if (!host_ok(out->host))
		return err_set(e, ERR_USAGE, "the URL's host '%.*s' is not a"
		    " name or address", (int)(colon < 256 ? colon : 256), a.p);
	if (colon < a.n && parse_port(cut(a, colon + 1), &out->port) != 0)
		return err_set(e, ERR_USAGE, "the URL's port is not a number"
		    " from 1 to 65535");
	return 0;
}

static bool
bytes_ok(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= 0x20 || c == 0x7f || c == '\\')
			return false;
	}
	return true;
}

static void
parse_tail(struct slice s, struct url *out)
{
	size_t end = find_any(s, "#"), mark;

	s.n = end;
	mark = find_any(s, "?");
	out->path = (struct slice){s.p, mark};
	out->query = SLICE_NONE;
	if (mark < s.n)
		out->query = cut(s, mark + 1);
}

int
url_parse(struct slice text, struct url *out, struct err *e)
{
	struct slice s = text;
	size_t n;

	if (s.n > LIMIT_URL)
		return err_set(e, ERR_USAGE, "a URL of %zu bytes is longer than"
		    " the %u allowed", s.n, LIMIT_URL);
	if (parse_scheme(&s, out, e) != 0)
		return -1;
	if (out->scheme == URL_FILE) {
		/* A path may hold any byte; only file:///x and file:x exist. */
		if (slice_starts(s, SLICE("//")))
			s = cut(s, 2);
		if (slice_starts(s, SLICE("localhost/")))
			s = cut(s, 9);
		out->host = SLICE("");
		out->path = s;
		out->query = SLICE_NONE;
		return 0;
	}
	if (!bytes_ok(s))
		return err_set(e, ERR_USAGE, "the URL holds white space, a back"
		    " slash or a control character");
	n = find_any(s, "/?#");
	if (parse_authority((struct slice){s.p, n}, out, e) != 0)
		return -1;
	parse_tail(cut(s, n), out);
	return 0;
}

bool
url_same_origin(const struct url *a, const struct url *b)
{
	return a->scheme == b->scheme && a->port == b->port &&
	    same_fold(a->host, b->host);
}

int
url_origin(const struct url *u, struct buf *out)
{
	bool usual = u->port == (u->scheme == URL_HTTPS ? 443 : 80);

	if (u->scheme == URL_FILE)
		return buf_str(out, "file:");
	buf_str(out, u->scheme == URL_HTTPS ? "https://" : "http://");
	buf_slice(out, u->host);
	if (!usual)
		buf_printf(out, ":%u", u->port);
	return buf_ok(out) ? 0 : -1;
}

void
url_show(const struct url *u, char out[URL_SHOWN])
{
	const char *scheme = u->scheme == URL_HTTPS ? "https://" :
	    u->scheme == URL_HTTP ? "http://" : "file:";
	const char *mark = u->query.p != NULL ? "?..." : "";
	bool usual = u->port == (u->scheme == URL_HTTPS ? 443 : 80);
	char port[8] = "";
	int host = u->host.n < 256 ? (int)u->host.n : 256, path;

	if (!usual && u->scheme != URL_FILE)
		snprintf(port, sizeof(port), ":%u", u->port);
	path = URL_SHOWN - 24 - host;
	if (u->path.n < (size_t)path)
		path = (int)u->path.n;
	snprintf(out, URL_SHOWN, "%s%.*s%s%.*s%s", scheme, host, u->host.p,
	    port, path, u->path.p, mark);
}

static bool
has_scheme(struct slice s)
{
	size_t colon = find_any(s, ":/?#");

	return colon > 0 && colon < s.n && s.p[colon] == ':';
}

int
url_resolve(const struct url *base, struct slice ref, struct buf *out,
    struct err *e)
{
	struct slice dir = base->path;
	struct url check;

	if (has_scheme(ref)) {
		buf_slice(out, ref);
	} else if (slice_starts(ref, SLICE("//"))) {
		buf_str(out, base->scheme == URL_HTTPS ? "https:" : "http:");
		buf_slice(out, ref);
	} else {
		url_origin(base, out);
		if (slice_starts(ref, SLICE("/"))) {
			dir.n = 0;
		} else if (!slice_starts(ref, SLICE("?"))) {
			while (dir.n > 0 && dir.p[dir.n - 1] != '/')
				dir.n--;
			if (dir.n == 0)
				dir = SLICE("/");
		}
		buf_slice(out, dir);
		buf_slice(out, ref);
	}
	if (!buf_ok(out))
		return err_set(e, ERR_LIMIT, "a URL is longer than the %u bytes"
		    " allowed", LIMIT_URL);
	return url_parse(buf_view(out), &check, e);
}

int
url_escape(struct buf *out, struct slice text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (is_alnum(c) || c == '-' || c == '.' || c == '_' ||
		    c == '~') {
			buf_char(out, (char)c);
		} else {
			char esc[3] = {'%', hex[c >> 4], hex[c & 15]};

			buf_add(out, esc, sizeof(esc));
		}
	}
	return buf_ok(out) ? 0 : -1;
}

void
url_unescape(char *text)
{
	char *to = text;

	for (const char *p = text; *p != '\0'; p++) {
		uint8_t c;

		if (p[0] == '%' && p[1] != '\0' && p[2] != '\0' &&
		    hex_decode(p + 1, &c, 1) == 0 && c != 0) {
			*to++ = (char)c;
			p += 2;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
}
