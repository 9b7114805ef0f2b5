/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/log_render.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/tstamp.h"
#include "base/utf8.h"

#define RESERVE 16 /* for an ellipsis, a quote, a brace */
#define WORD_MAX 64
#define ELLIPSIS "\xe2\x80\xa6"

static const char *const formats[LOG_FORMATS] = {
	[LOG_FORMAT_TEXT] = "text",
	[LOG_FORMAT_KV] = "kv",
	[LOG_FORMAT_JSON] = "json",
	[LOG_FORMAT_PLAIN] = "",
};

enum log_format
log_format_code(const char *name)
{
	unsigned i;

	for (i = 0; i < LOG_FORMATS; i++)
		if (name[0] != '\0' && strcmp(formats[i], name) == 0)
			break;
	return (enum log_format)i;
}

/* ---- characters ---------------------------------------------------------- */

struct line {
	char *p;
	size_t n, max;  /* without the NUL */
	bool json, plain;
};

static void
put(struct line *l, const char *p, size_t n)
{
	if (n > l->max - l->n)
		n = l->max - l->n;
	memcpy(l->p + l->n, p, n);
	l->n += n;
}

static void
put_str(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

static void
put_number(struct line *l, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	put_str(l, text);
}

static uint32_t
code_point(const char *p, size_t len)
{
	static const uint8_t lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = (uint8_t)p[0] & lead[len];
	size_t i;

	for (i = 1; i < len; i++)
		c = c << 6 | ((uint8_t)p[i] & 0x3f);
	return c;
}

/* C1, and what breaks a line or turns the direction of writing. */
static bool
is_sly(uint32_t c)
{
	return (c >= 0x80 && c < 0xa0) || c == 0x61c ||
	    (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* Those that have a letter behind a backslash; 0: it has none. */
static char
letter_of(uint32_t c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

/* How one character is written, in `as`; the bytes of the text that it took. */
static size_t
spell(const struct line *l, struct slice s, char as[8], size_t *n)
{
	size_t len = utf8_len(s.p, s.n);
	uint32_t c = len > 0 ? code_point(s.p, len) : (uint8_t)s.p[0];
	bool bad = len == 0 || c < 0x20 || c == 0x7f;

	if (l->plain && (bad || is_sly(c)))
		*n = (size_t)snprintf(as, 8, "?");
	else if (!l->plain && len == 1 && letter_of(c) != 0)
		*n = (size_t)snprintf(as, 8, "\\%c", letter_of(c));
	else if (bad && !l->json)
		*n = (size_t)snprintf(as, 8, "\\x%02x", (unsigned)c);
	else if (bad || is_sly(c))
		*n = (size_t)snprintf(as, 8, "\\u%04x",
		    len == 0 ? 0xfffdu : (unsigned)c);
	else
		memcpy(as, s.p, *n = len);
	return len > 0 ? len : 1;
}

/* A user and a password in front of a host: how many bytes behind "://". */
static size_t
userinfo(struct slice s)
{
	size_t i, at = 0;

	for (i = 0; i < s.n && s.p[i] != '/' && s.p[i] != '?' &&
	    s.p[i] != '#' && (uint8_t)s.p[i] > ' '; i++)
		if (s.p[i] == '@')
			at = i;
	return at;
}

/* The inside of a value. */
static void
put_value(struct line *l, struct slice s)
{
	bool cut = s.n > LOG_VALUE_MAX;
	size_t i = 0, n, hidden;
	char as[8];

	s.n = utf8_cut(s, LOG_VALUE_MAX);
	while (i < s.n) {
		size_t took = spell(l, (struct slice){s.p + i, s.n - i}, as,
		    &n);

		if (l->n + n + RESERVE > l->max) {
			cut = true;
			break;
		}
		put(l, as, n);
		i += took;
		if (i < 3 || memcmp(s.p + i - 3, "://", 3) != 0)
			continue;
		hidden = userinfo((struct slice){s.p + i, s.n - i});
		i += hidden;
		if (hidden > 0)
			put_str(l, "***");
	}
	if (cut)
		put_str(l, ELLIPSIS);
}

/* ---- lines --------------------------------------------------------------- */

static void
put_quoted(struct line *l, struct slice s)
{
	put_str(l, "\"");
	put_value(l, s);
	put_str(l, "\"");
}

/* Words of ours stand as they are, for who reads and who searches. */
static bool
is_word(enum log_key key)
{
	return (LOG_HAS(key) & (LOG_HAS(LOG_ID) | LOG_HAS(LOG_OF) |
	    LOG_HAS(LOG_REASON) | LOG_HAS(LOG_STATE) | LOG_HAS(LOG_TASK) |
	    LOG_HAS(LOG_VERB) | LOG_HAS(LOG_VERSION) | LOG_HAS(LOG_WAS))) != 0;
}

static bool
is_bare(const struct log_field *f)
{
	size_t i;

	for (i = 0; i < f->text.n && is_word(f->key); i++) {
		char c = f->text.p[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' &&
		    c != '+' && c != '~' && c != ':')
			return false;
	}
	return f->text.n > 0 && f->text.n <= WORD_MAX && is_word(f->key);
}

static void
put_field(struct line *l, const struct log_field *f)
{
	/* A name without room for any value says nothing. */
	if (l->n + strlen(log_key_name(f->key)) + 32 + RESERVE > l->max)
		return;
	put_str(l, l->json ? ",\"" : " ");
	put_str(l, log_key_name(f->key));
	put_str(l, l->json ? "\":" : "=");
	if (f->is_number)
		put_number(l, f->number);
	else if (!l->json && is_bare(f))
		put_value(l, f->text);
	else
		put_quoted(l, f->text);
}

static void
put_head(struct line *l, const struct log_row *row, int64_t when)
{
	char time[TSTAMP_TEXT_MAX] = "";

	if (when != TSTAMP_NONE)
		tstamp_format(when, 6, time);
	if (l->json)
		put_str(l, "{");
	if (time[0] != '\0') {
		put_str(l, l->json ? "\"time\":\"" : "time=");
		put_str(l, time);
		put_str(l, l->json ? "\"," : " ");
	}
	put_str(l, l->json ? "\"level\":\"" : "level=");
	put_str(l, log_level_name((int)row->level));
	put_str(l, l->json ? "\",\"event\":\"" : " event=");
	put_str(l, row->name);
	put_str(l, l->json ? "\"" : "");
}

static void
put_filled(struct line *l, const struct log_record *r)
{
	const char *p = log_row(r->event)->plain, *open, *close;
	const struct log_field *f;
	char name[32];

	while ((open = strchr(p, '{')) != NULL &&
	    (close = strchr(open, '}')) != NULL) {
		put(l, p, (size_t)(open - p));
		snprintf(name, sizeof(name), "%.*s", (int)(close - open - 1),
		    open + 1);
		f = log_find(r, log_key_code(name));
		if (f != NULL && f->is_number)
			put_number(l, f->number);
		else if (f != NULL)
			put_value(l, f->text);
		p = close + 1;
	}
	put_str(l, p);
}

size_t
log_render(const struct log_record *r, enum log_format format, int64_t when,
    char out[LOG_LINE_MAX])
{
	const struct log_row *row = log_row(r->event);
	struct line l = {.p = out, .max = LOG_LINE_MAX - 2};
	const struct log_field *f;

	l.json = format == LOG_FORMAT_JSON;
	l.plain = format == LOG_FORMAT_PLAIN && row->plain != NULL;
	if (l.plain) {
		put_filled(&l, r);
	} else {
		if (l.json || format == LOG_FORMAT_KV)
			put_head(&l, row, when);
		else
			put_str(&l, row->name);
		for (f = r->fields; f->key != LOG_END; f++)
			put_field(&l, f);
		put_str(&l, l.json ? "}" : "");
	}
	out[l.n] = '\0';
	return l.n;
}

/* ---- the journal and syslog ---------------------------------------------- */

/* Of syslog, and so of the journal. */
static int
priority(const struct log_row *row)
{
	static const int of[LOG_LEVELS] = {3, 4, 5, 6, 7};

	return of[row->level];
}

/* "TAXIWAY_SOURCE=": its values have no '\n', so no length is needed. */
static void
put_journal_field(struct line *l, const struct log_field *f)
{
	const char *name = log_key_name(f->key);
	size_t at;

	if (l->n + LOG_VALUE_MAX + 64 > l->max)
		return;
	put_str(l, "TAXIWAY_");
	at = l->n;
	put_str(l, name);
	for (; at < l->n; at++)
		l->p[at] = (char)(l->p[at] & ~0x20);
	put_str(l, "=");
	if (f->is_number)
		put_number(l, f->number);
	else
		put_value(l, f->text);
	put_str(l, "\n");
}

size_t
log_journal(const struct log_record *r, enum log_format format, int64_t when,
    char out[LOG_DATAGRAM_MAX])
{
	const struct log_row *row = log_row(r->event);
	struct line l = {.p = out, .max = LOG_DATAGRAM_MAX - 1, .plain = true};
	const struct log_field *f;
	char text[LOG_LINE_MAX];
	size_t n;

	put_str(&l, "MESSAGE=");
	n = log_render(r, format, when, text);
	put(&l, text, n);
	put_str(&l, "\nMESSAGE_ID=");
	put_str(&l, row->id);
	put_str(&l, "\nPRIORITY=");
	put_number(&l, priority(row));
	put_str(&l, "\nSYSLOG_IDENTIFIER=taxiway\nTAXIWAY_EVENT=");
	put_str(&l, row->name);
	put_str(&l, "\n");
	for (f = r->fields; f->key != LOG_END; f++)
		put_journal_field(&l, f);
	out[l.n] = '\0';
	return l.n;
}

size_t
log_syslog(const struct log_record *r, enum log_format format, int64_t when,
    long pid, char out[LOG_SYSLOG_MAX])
{
	enum { FACILITY_DAEMON = 3 << 3 };
	char text[LOG_LINE_MAX];

	(void)log_render(r, format, when, text);
	return (size_t)snprintf(out, LOG_SYSLOG_MAX, "<%d>taxiway[%ld]: %s",
	    FACILITY_DAEMON | priority(log_row(r->event)), pid, text);
}
