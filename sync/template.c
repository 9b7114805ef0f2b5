/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/template.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/duration.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/url.h"

#define FORMAT_MAX 64
#define OFFSET_MAX (36500 * TSTAMP_DAY)
#define KEY_RAW "{key:raw}"
#define DEFAULT_FORMAT "%Y-%m-%dT%H:%M:%SZ"

static const char *const names[TEMPLATE_PLACES] = {
	"cursor", "page", "offset", "seq", "session", "limit", "item", "mark",
	"since", "now", "bucket", "key", "secret",
};

#define KEY_MARK "{key}"

/* A place, cut into its parts. */
struct place {
	enum template_place which;
	int64_t offset;        /* added to a time */
	struct slice name;     /* of a secret */
	char format[FORMAT_MAX]; /* of a time, "" as usual */
	bool raw;              /* of a key: put in as it is */
};

static bool
is_time(enum template_place p)
{
	return p == TEMPLATE_SINCE || p == TEMPLATE_NOW || p == TEMPLATE_BUCKET;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

/* The inside of braces.  0: a place; 1: something else; -1: a place with a
 * mistake, or a word that is none. */
static int
place_parse(struct slice in, struct place *p)
{
	struct slice word = in, rest;
	const char *colon;
	unsigned i;
	bool minus;

	word.n = 0;
	while (word.n < in.n && is_letter(in.p[word.n]))
		word.n++;
	rest = (struct slice){in.p + word.n, in.n - word.n};
	if (word.n == 0 || (rest.n > 0 && strchr("+-:", *rest.p) == NULL))
		return 1;
	for (i = 0; i < TEMPLATE_PLACES && !slice_is(word, names[i]); i++)
		;
	*p = (struct place){.which = (enum template_place)i};
	if (i == TEMPLATE_KEY && slice_is(rest, ":raw")) {
		p->raw = true;
		return 0;
	}
	if (i == TEMPLATE_SECRET && rest.n > 0) {
		p->name = (struct slice){rest.p + 1, rest.n - 1};
		return *rest.p == ':' && template_is_name(p->name) ? 0 : -1;
	}
	if (i >= TEMPLATE_SECRET || (rest.n > 0 && !is_time(p->which)))
		return -1;
	colon = rest.n > 0 ? memchr(rest.p, ':', rest.n) : NULL;
	if (colon != NULL) {
		size_t n = (size_t)(rest.p + rest.n - colon) - 1;

		if (n == 0 || n >= FORMAT_MAX)
			return -1;
		memcpy(p->format, colon + 1, n);
		rest.n = (size_t)(colon - rest.p);
	}
	if (rest.n == 0)
		return 0;
	minus = *rest.p == '-';
	if (duration_parse((struct slice){rest.p + 1, rest.n - 1}, OFFSET_MAX,
	    &p->offset) != 0)
		return -1;
	if (minus)
		p->offset = -p->offset;
	return 0;
}

/* What stands before the next place, and the place; false at the end.  A broken
 * one is passed on as *rc. */
static bool
next_place(struct slice *rest, struct slice *before, struct slice *inside,
    struct place *p, int *rc)
{
	const char *from = rest->p, *end = rest->p + rest->n, *open, *close;

	for (open = from; open < end; open++) {
		if (*open != '{')
			continue;
		close = memchr(open, '}', (size_t)(end - open));
		if (close == NULL)
			break;
		*inside = (struct slice){open + 1, (size_t)(close - open) - 1};
		*rc = place_parse(*inside, p);
		if (*rc == 1)
			continue;
		*before = (struct slice){from, (size_t)(open - from)};
		*rest = (struct slice){close + 1, (size_t)(end - close) - 1};
		return true;
	}
	*before = *rest;
	rest->p = end;
	rest->n = 0;
	return false;
}

int
template_check(struct slice text, unsigned *places, struct err *e)
{
	struct slice before, inside;
	struct place p;
	int rc;

	while (next_place(&text, &before, &inside, &p, &rc)) {
		if (rc != 0)
			return err_set(e, ERR_CONFIG, "{%.*s} is not known: "
			    "{cursor}, {page}, {offset}, {seq}, {session}, "
			    "{limit}, {item}, {mark}, {since}, {now}, {bucket},"
			    " {key} and {secret:NAME} are, times with -1d or "
			    ":FORMAT behind",
			    SLICE_ARG(inside));
		*places |= TEMPLATE_BIT(p.which);
	}
	return 0;
}

static void
put_json(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c < 0x20)
			buf_printf(out, "\\u%04x", c);
		else
			buf_char(out, (char)c);
	}
}

void
template_put(struct buf *out, struct slice text, enum template_escape how)
{
	if (how == TEMPLATE_URL || how == TEMPLATE_PARAM)
		url_escape(out, text);
	else if (how == TEMPLATE_JSON)
		put_json(out, text);
	else
		buf_slice(out, text);
}

static int
put_time(struct buf *out, int64_t t, const char *format,
    enum template_escape how)
{
	/* The format is the operator's: no compiler can check it. */
	size_t (*const print)(char *, size_t, const char *,
	    const struct tm *) = strftime;
	char text[256];
	time_t seconds = (time_t)(t / TSTAMP_SECOND);
	struct tm tm;
	size_t n;

	if (strcmp(format, "epoch") == 0)
		return buf_printf(out, "%" PRId64, t / TSTAMP_SECOND);
	if (strcmp(format, "epoch-ms") == 0)
		return buf_printf(out, "%" PRId64, t / 1000000);
	if (*format == '\0')
		format = DEFAULT_FORMAT;
	if (gmtime_r(&seconds, &tm) == NULL)
		return -1;
	n = print(text, sizeof(text), format, &tm);
	template_put(out, (struct slice){text, n}, how);
	return 0;
}

/* What a place holds; false: nothing. */
static bool
put_place(const struct place *p, const struct template_values *v,
    enum template_escape how, struct buf *out)
{
	const struct slice texts[TEMPLATE_PLACES] = {
		[TEMPLATE_CURSOR] = v->cursor, [TEMPLATE_ITEM] = v->item,
		[TEMPLATE_MARK] = v->mark, [TEMPLATE_SESSION] = v->session,
	};
	const int64_t times[TEMPLATE_PLACES] = {
		[TEMPLATE_SINCE] = v->since, [TEMPLATE_NOW] = v->now,
		[TEMPLATE_BUCKET] = v->bucket,
	};

	switch (p->which) {
	case TEMPLATE_SINCE:
	case TEMPLATE_NOW:
	case TEMPLATE_BUCKET:
		return times[p->which] != TSTAMP_NONE &&
		    put_time(out, tstamp_add(times[p->which], p->offset),
		    p->format, how) == 0;
	case TEMPLATE_PAGE:
	case TEMPLATE_OFFSET:
	case TEMPLATE_SEQ:
		if (v->counted)
			buf_printf(out, "%" PRIu64, v->number);
		return v->counted;
	case TEMPLATE_LIMIT:
		if (v->limit > 0)
			buf_printf(out, "%u", v->limit);
		return v->limit > 0;
	case TEMPLATE_KEY:
		buf_str(out, p->raw ? KEY_RAW : KEY_MARK);
		return true;
	case TEMPLATE_SECRET:
		buf_printf(out, TEMPLATE_SECRET_MARK "%.*s}",
		    SLICE_ARG(p->name));
		return true;
	default:
		template_put(out, texts[p->which], how);
		return texts[p->which].n > 0;
	}
}

/* What stands between the places is meant as it is, but a parameter's text is
 * text, too. */
static void
put_around(struct buf *out, struct slice text, enum template_escape how)
{
	if (how == TEMPLATE_PARAM)
		url_escape(out, text);
	else
		buf_slice(out, text);
}

int
template_fill(struct slice text, const struct template_values *v,
    enum template_escape how, struct buf *out, bool *empty)
{
	unsigned places = 0, filled = 0;
	struct slice before, inside;
	struct place p;
	int rc;

	while (next_place(&text, &before, &inside, &p, &rc)) {
		put_around(out, before, how);
		places++;
		if (rc == 0 && put_place(&p, v, how, out))
			filled++;
	}
	put_around(out, before, how);
	*empty = places > 0 && filled == 0;
	return buf_ok(out) ? 0 : -1;
}

/* ---- secrets ------------------------------------------------------------- */

bool
template_is_name(struct slice name)
{
	size_t i;

	for (i = 0; i < name.n; i++) {
		char c = name.p[i];

		if ((c < '0' || c > '9') && (c < 'a' || c > 'z') &&
		    (c < 'A' || c > 'Z') && c != '-' && c != '_')
			return false;
	}
	return name.n > 0 && name.n <= LIMIT_SECRET_NAME;
}

bool
template_next_secret(struct slice *text, struct slice *name)
{
	const size_t mark = sizeof(TEMPLATE_SECRET_MARK) - 1;
	const char *at = memmem(text->p, text->n, TEMPLATE_SECRET_MARK, mark);
	const char *close;
	size_t left;

	if (at == NULL)
		return false;
	at += mark;
	left = (size_t)(text->p + text->n - at);
	close = memchr(at, '}', left);
	*name = (struct slice){at, close != NULL ? (size_t)(close - at) : 0};
	*text = close == NULL ? (struct slice){at + left, 0} :
	    (struct slice){close + 1, left - name->n - 1};
	return true;
}

/* The value of that name; SLICE_NONE: there is none. */
static struct slice
secret_named(const struct template_secrets *s, struct slice name)
{
	for (size_t i = 0; i < s->n; i++) {
		const char *equals = strchr(s->named[i], '=');

		if (equals != NULL && slice_eq(name, (struct slice){s->named[i],
		    (size_t)(equals - s->named[i])}))
			return slice_str(equals + 1);
	}
	return SLICE_NONE;
}

/* A place of a secret that is known. */
struct found {
	struct slice before; /* what stands in front of it */
	struct slice value;
	bool raw;            /* put in as it is */
};

/* The next one; `text` then begins behind it.  False: none follows. */
static bool
next_secret(struct slice *text, const struct template_secrets *s,
    struct found *f)
{
	const char *end = text->p + text->n, *at;

	for (at = text->p; at < end; at++) {
		struct slice rest = {at, (size_t)(end - at)}, name;

		if (*at != '{')
			continue;
		*f = (struct found){.value = SLICE_NONE};
		f->raw = slice_starts(rest, SLICE(KEY_RAW));
		if (f->raw || slice_starts(rest, SLICE(KEY_MARK))) {
			f->value = s->key;
			rest.p += f->raw ? sizeof(KEY_RAW) - 1 :
			    sizeof(KEY_MARK) - 1;
		} else if (slice_starts(rest, SLICE(TEMPLATE_SECRET_MARK)) &&
		    template_next_secret(&rest, &name)) {
			f->value = secret_named(s, name);
		}
		if (f->value.p == NULL)
			continue;
		f->before = (struct slice){text->p, (size_t)(at - text->p)};
		*text = (struct slice){rest.p, (size_t)(end - rest.p)};
		return true;
	}
	return false;
}

int
template_secrets(struct slice text, const struct template_secrets *s,
    enum template_escape how, struct buf *out)
{
	struct slice rest = text;
	size_t room = 3 * text.n; /* escaped */
	struct found f;

	while (next_secret(&rest, s, &f))
		room += 6 * f.value.n;
	if (room > out->max - out->n) /* the escapes may be fewer */
		room = out->max - out->n;
	if (buf_room(out, room) == NULL)
		return -1;
	while (next_secret(&text, s, &f)) {
		put_around(out, f.before, how);
		template_put(out, f.value, f.raw ? TEMPLATE_PLAIN : how);
	}
	put_around(out, text, how);
	return buf_ok(out) ? 0 : -1;
}
