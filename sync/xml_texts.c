/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/xml_texts.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "sync/url.h"

#define ENCODED " Encoded=\"true\""

struct element {
	struct slice name;   /* with its prefix, as the end tag must have it */
	bool fits;           /* on the path, with all that it lies in */
	bool encoded;        /* its text is percent-encoded */
};

struct scan {
	const char *p, *end;
	struct err *e;
	struct slice path[LIMIT_PATH_STEPS];
	unsigned steps;
	struct element open[LIMIT_XML_DEPTH];
	unsigned depth;
	bool rooted;         /* the root was there */
	struct buf text;     /* of the element that is wanted */
	int (*take)(void *ctx, struct slice text);
	void *ctx;
	int stopped;         /* what `take` returned */
};

static int
path_parse(struct slice text, struct slice *steps, unsigned *n, struct err *e)
{
	const char *p = text.p, *end = text.p + text.n, *dot;

	for (*n = 0; *n < LIMIT_PATH_STEPS; p = dot + 1) {
		dot = memchr(p, '.', (size_t)(end - p));
		if (dot == NULL)
			dot = end;
		if (dot == p)
			return err_set(e, ERR_CONFIG, "'%.*s': a name is "
			    "missing", SLICE_ARG(text));
		steps[(*n)++] = (struct slice){p, (size_t)(dot - p)};
		if (dot == end)
			return 0;
	}
	return err_set(e, ERR_CONFIG, "'%.*s': more than %u names",
	    SLICE_ARG(text), LIMIT_PATH_STEPS);
}

int
xml_path_check(struct slice text, struct err *e)
{
	struct slice steps[LIMIT_PATH_STEPS];
	unsigned n;

	if (text.n == 0)
		return err_set(e, ERR_CONFIG, "an empty path");
	return path_parse(text, steps, &n, e);
}

static int
broken(const struct scan *s, const char *why)
{
	return err_set(s->e, ERR_SYNTAX, "not the XML of a list: %s", why);
}

/* Is the text of the innermost element wanted? */
static bool
is_wanted(const struct scan *s)
{
	return s->depth == s->steps + 1 && s->open[s->depth - 1].fits;
}

static bool
starts(const struct scan *s, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(s->end - s->p) >= n && memcmp(s->p, with, n) == 0;
}

/* Behind the next `what`; its beginning, NULL when there is none. */
static const char *
pass(struct scan *s, const char *what)
{
	size_t n = strlen(what);
	const char *at = memmem(s->p, (size_t)(s->end - s->p), what, n);

	if (at != NULL)
		s->p = at + n;
	return at;
}

static int
put(struct scan *s, const char *p, size_t n)
{
	return !is_wanted(s) || buf_add(&s->text, p, n) == 0 ? 0 :
	    err_set(s->e, ERR_LIMIT, "a name in the list is longer than %u "
	    "bytes", LIMIT_URL);
}

/* --- texts -------------------------------------------------------------- */

static int
put_code(struct scan *s, uint32_t c)
{
	char u[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return broken(s, "a number that is no character");
	if (n == 1) {
		u[0] = (char)c;
		return put(s, u, 1);
	}
	for (size_t i = n; i > 1; i--) {
		u[i - 1] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	u[0] = (char)((0xf0 << (4 - n) & 0xff) | c);
	return put(s, u, n);
}

/* "#38" or "#x26" */
static int
put_number(struct scan *s, struct slice digits)
{
	unsigned base = 10;
	uint32_t c = 0, digit;

	if (digits.n > 0 && *digits.p == 'x') {
		base = 16;
		digits.p++, digits.n--;
	}
	if (digits.n == 0 || digits.n > 7)
		return broken(s, "a number that is no character");
	for (size_t i = 0; i < digits.n; i++) {
		char d = digits.p[i];

		digit = d >= '0' && d <= '9' ? (uint32_t)(d - '0') :
		    d >= 'a' && d <= 'f' ? (uint32_t)(d - 'a') + 10 :
		    d >= 'A' && d <= 'F' ? (uint32_t)(d - 'A') + 10 : base;
		if (digit >= base)
			return broken(s, "a number that is no character");
		c = c * base + digit;
	}
	return put_code(s, c);
}

static int
put_entity(struct scan *s)
{
	static const struct {
		const char *name, *text;
	} known[] = {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""},
	    {"apos", "'"}};
	const char *semicolon = memchr(s->p, ';', (size_t)(s->end - s->p));
	struct slice name;

	if (semicolon == NULL || semicolon - s->p > 12)
		return broken(s, "an '&' that begins no entity");
	name = (struct slice){s->p + 1, (size_t)(semicolon - s->p) - 1};
	s->p = semicolon + 1;
	if (name.n > 0 && *name.p == '#')
		return put_number(s, (struct slice){name.p + 1, name.n - 1});
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (slice_is(name, known[i].name))
			return put(s, known[i].text, 1);
	return broken(s, "an entity that is not one of XML's own");
}

/* --- elements ----------------------------------------------------------- */

static struct slice
take_name(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && !slice_is_space(*s->p) &&
	    strchr("<>/=\"'&", *s->p) == NULL)
		s->p++;
	return (struct slice){from, (size_t)(s->p - from)};
}

static struct slice
without_prefix(struct slice name)
{
	const char *colon = name.n > 0 ? memchr(name.p, ':', name.n) : NULL;

	return colon == NULL ? name : (struct slice){colon + 1,
	    (size_t)(name.p + name.n - colon) - 1};
}

static int
leave(struct scan *s)
{
	if (is_wanted(s)) {
		if (s->open[s->depth - 1].encoded && s->text.n > 0) {
			url_unescape(s->text.p);
			s->text.n = strlen(s->text.p);
		}
		s->stopped = s->take(s->ctx, slice_trim(buf_view(&s->text)));
		buf_reset(&s->text);
	}
	s->depth--;
	return 0;
}

/* Behind the attributes; *closed by "/>". */
static int
pass_attributes(struct scan *s, bool *closed)
{
	char quote = '\0';

	for (; s->p < s->end; s->p++) {
		if (quote != '\0') {
			if (*s->p == quote)
				quote = '\0';
		} else if (*s->p == '"' || *s->p == '\'') {
			quote = *s->p;
		} else if (*s->p == '>') {
			*closed = s->p[-1] == '/';
			s->p++;
			return 0;
		} else if (*s->p == '<') {
			break;
		}
	}
	return broken(s, "a tag that does not end");
}

static int
start_tag(struct scan *s)
{
	struct element *x = &s->open[s->depth];
	bool closed = false, inside = s->depth > 0;
	const char *from;

	if (s->depth == LIMIT_XML_DEPTH)
		return err_set(s->e, ERR_LIMIT, "XML deeper than %u elements",
		    LIMIT_XML_DEPTH);
	if (!inside && s->rooted)
		return broken(s, "a second root");
	s->rooted = true;
	s->p++;
	x->name = take_name(s);
	if (x->name.n == 0)
		return broken(s, "an element without a name");
	x->fits = !inside || (s->open[s->depth - 1].fits &&
	    s->depth <= s->steps && slice_eq(without_prefix(x->name),
	    s->path[s->depth - 1]));
	s->depth++;
	if (is_wanted(s))
		buf_reset(&s->text);
	from = s->p;
	if (pass_attributes(s, &closed) != 0)
		return -1;
	x->encoded = memmem(from, (size_t)(s->p - from), ENCODED,
	    sizeof(ENCODED) - 1) != NULL;
	return closed ? leave(s) : 0;
}

static int
end_tag(struct scan *s)
{
	struct slice name;

	s->p += 2;
	name = take_name(s);
	while (s->p < s->end && slice_is_space(*s->p))
		s->p++;
	if (s->depth == 0 || !slice_eq(name, s->open[s->depth - 1].name) ||
	    s->p == s->end || *s->p != '>')
		return broken(s, "an end tag without its element");
	s->p++;
	return leave(s);
}

static int
markup(struct scan *s)
{
	const char *from, *to;

	if (starts(s, "<!--"))
		return pass(s, "-->") != NULL ? 0 :
		    broken(s, "a comment that does not end");
	if (starts(s, "<?"))
		return pass(s, "?>") != NULL ? 0 :
		    broken(s, "an instruction that does not end");
	if (starts(s, "<![CDATA[") && s->depth > 0) {
		from = s->p + strlen("<![CDATA[");
		s->p = from;
		to = pass(s, "]]>");
		return to != NULL ? put(s, from, (size_t)(to - from)) :
		    broken(s, "a CDATA section that does not end");
	}
	if (starts(s, "<!"))
		return broken(s, "it has a document type");
	return starts(s, "</") ? end_tag(s) : start_tag(s);
}

static int
text_run(struct scan *s)
{
	const char *from = s->p;

	if (s->depth > 0 && *s->p == '&')
		return put_entity(s);
	for (; s->p < s->end && *s->p != '<' && *s->p != '&'; s->p++)
		if (s->depth == 0 && !slice_is_space(*s->p))
			break;
	if (s->depth == 0 && s->p < s->end && *s->p != '<')
		return broken(s, "text around the elements");
	return put(s, from, (size_t)(s->p - from));
}

int
xml_texts(struct slice xml, struct slice path,
    int (*take)(void *ctx, struct slice text), void *ctx, struct err *e)
{
	struct err local = ERR_INIT;
	struct scan s = {.p = xml.p, .end = xml.p + xml.n,
	    .e = e != NULL ? e : &local, .take = take, .ctx = ctx};
	int rc;

	if (xml_path_check(path, s.e) != 0)
		return -1;
	rc = path_parse(path, s.path, &s.steps, s.e);
	buf_init(&s.text, LIMIT_URL);
	if (starts(&s, "\xef\xbb\xbf"))
		s.p += 3;
	while (rc == 0 && s.stopped == 0 && s.p < s.end)
		rc = *s.p == '<' ? markup(&s) : text_run(&s);
	if (rc == 0 && s.stopped == 0 && (s.depth > 0 || !s.rooted))
		rc = broken(&s, s.rooted ? "it is cut off" : "it is empty");
	buf_free(&s.text);
	return rc;
}
