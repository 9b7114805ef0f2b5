/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/sniff.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "sync/decode.h"
#include "sync/map_field.h"
#include "sync/net_range.h"
#include "sync/sniff_int.h"
#include "sync/wordlist.h"

#define LINES_MAX 500u /* looked at */

void
sniff_what(struct sniff *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->what, sizeof(s->what), fmt, ap);
	va_end(ap);
}

void
sniff_set(struct sniff *s, struct arena *a, const char *name,
    struct slice value)
{
	size_t n = strlen(name);
	char *p;

	if (s->nsettings == LIMIT_SNIFF_SETTINGS ||
	    memchr(value.p, '\0', value.n) != NULL)
		return;
	p = arena_alloc(a, n + 1 + value.n);
	if (p == NULL)
		return;
	memcpy(p, name, n);
	p[n] = '=';
	memcpy(p + n + 1, value.p, value.n);
	s->settings[s->nsettings++] = (struct slice){p, n + 1 + value.n};
}

bool
sniff_line(struct slice *rest, struct slice *line)
{
	if (!slice_line(rest, line))
		return false;
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static enum value_type
detect(struct slice text, unsigned options)
{
	struct arena a;
	struct value v = {.type = VALUE_NONE};
	size_t n;

	arena_init(&a, LIMIT_ROW);
	n = value_detect(&a, text, options | VALUE_ALLOW_BOGON |
	    VALUE_ALLOW_WIDE, &v, 1);
	arena_free(&a);
	return n > 0 ? v.type : VALUE_NONE;
}

enum value_type
sniff_type(struct slice text, unsigned *guise)
{
	enum value_type type;
	struct slice bare;

	text = slice_trim(text);
	if (text.n == 0 || text.n > LIMIT_VALUE)
		return VALUE_NONE;
	type = detect(text, 0);
	bare = field_without_port(text, false);
	/* What is detected may have one, what is of a type may not. */
	if (bare.n != text.n && (type == VALUE_NONE || type == VALUE_IPV4 ||
	    type == VALUE_IPV6 || type == VALUE_DOMAIN) &&
	    detect(bare, 0) != VALUE_NONE) {
		type = detect(bare, 0);
		*guise |= GUISE_PORT;
	}
	if (type == VALUE_NONE) {
		type = detect(text, VALUE_REFANG);
		if (type != VALUE_NONE)
			*guise |= GUISE_FANG;
	}
	return type;
}

bool
sniff_time(struct slice text)
{
	struct feed_options usual;
	int64_t t;

	memset(&usual, 0, sizeof(usual));
	return field_time(&usual, slice_trim(text), &t) == 0;
}

/* ---- lists ----------------------------------------------------------------- */

static bool
is_comment(struct slice line)
{
	return line.n == 0 || strchr("#;!", line.p[0]) != NULL ||
	    (line.n > 1 && line.p[0] == '/' && line.p[1] == '/');
}

static struct slice
first_word(struct slice *line)
{
	struct slice word = slice_trim(*line);
	size_t n = 0;

	while (n < word.n && strchr(" \t;", word.p[n]) == NULL)
		n++;
	*line = (struct slice){word.p + n, word.n - n};
	word.n = n;
	return word;
}

/* "a-b", with blanks or without. */
static bool
is_range(struct slice line)
{
	size_t n = 0;
	struct net_range r;

	while (n < line.n && strchr("0123456789abcdefABCDEF.:- \t",
	    line.p[n]) != NULL)
		n++;
	return field_range(slice_trim((struct slice){line.p, n}), &r);
}

enum list { PLAIN, HOSTS, ADBLOCK, DNSMASQ, RPZ, RULES, OTHER, LISTS };

static bool
holds(struct slice line, const char *text)
{
	return memmem(line.p, line.n, text, strlen(text)) != NULL;
}

static enum list
line_list(struct slice line, unsigned *guise)
{
	struct slice rest = line, word = first_word(&rest);
	struct slice next = first_word(&rest);

	if (slice_starts(line, SLICE("||")) || slice_starts(line, SLICE("@@")))
		return ADBLOCK;
	if (slice_starts(line, SLICE("address=/")) || slice_starts(line,
	    SLICE("server=/")) || slice_starts(line, SLICE("local=/")))
		return DNSMASQ;
	if (holds(line, "(msg:") || holds(line, "( msg:"))
		return RULES;
	if (holds(line, "CNAME") && (holds(line, " .") || holds(line, "\t.") ||
	    holds(line, "rpz-")))
		return RPZ;
	if ((slice_is(word, "0.0.0.0") || slice_is(word, "127.0.0.1") ||
	    slice_is(word, "::1") || slice_is(word, "::")) && next.n > 0 &&
	    next.p[0] != '#')
		return HOSTS;
	return is_range(line) || sniff_type(word, guise) != VALUE_NONE ?
	    PLAIN : OTHER;
}

/* Lines of one list, in the most of cases; false: no list.  `syntax`: only one
 * that has a syntax, which is told from tables before they are: hosts files and
 * zones may have tabs. */
static bool
sniff_list(struct slice head, struct arena *a, bool syntax, struct sniff *s)
{
	static const char *const names[LISTS] = {"plain", "hosts", "adblock",
	    "dnsmasq", "rpz", "rules", NULL};
	unsigned count[LISTS] = {0}, total = 0, guise = GUISE_NONE;
	enum list best = PLAIN;
	struct slice line;

	while (total < LINES_MAX && sniff_line(&head, &line)) {
		line = slice_trim(line);
		if (is_comment(line) || line.p[0] == '$' || line.p[0] == '[')
			continue;
		count[line_list(line, &guise)]++;
		total++;
	}
	for (unsigned i = PLAIN; i < OTHER; i++)
		if (count[i] > count[best])
			best = (enum list)i;
	/* Formats with a syntax have lines of other kinds too. */
	if (count[best] == 0 || count[best] * (best == PLAIN ? 10u : 20u) <
	    total * 6u || (syntax && best == PLAIN))
		return false;
	s->feed = true;
	sniff_what(s, "a list of lines (%s)", names[best]);
	sniff_set(s, a, "kind", SLICE("lines"));
	if (best != PLAIN)
		sniff_set(s, a, "lines-syntax", slice_str(names[best]));
	if (best == PLAIN && (guise & GUISE_PORT) != 0)
		sniff_set(s, a, "map-port", SLICE("strip"));
	if (best == PLAIN && (guise & GUISE_FANG) != 0)
		sniff_set(s, a, "map-refang", SLICE("yes"));
	return true;
}

/* Does the expression take something that is a value from a good part of the
 * lines?  Stanzas have one in four. */
static bool
takes_values(struct slice head, const char *ere)
{
	const struct feed_options options = {.extract = (char *)(uintptr_t)ere};
	unsigned takes = 0, total = 0, guise = GUISE_NONE;
	struct slice line, word;
	struct wordlist list;

	if (wordlist_init(&list, &options, NULL) != 0)
		return false;
	while (total < LINES_MAX && sniff_line(&head, &line)) {
		if (wordlist_silent(&list, line))
			continue;
		total++;
		if (wordlist_take(&list, line, &word, 1) == 1 &&
		    (is_range(word) || sniff_type(word, &guise) != VALUE_NONE))
			takes++;
	}
	wordlist_free(&list);
	return takes * 5u >= total && takes > 0;
}

/* Values that stand within lines, in forms that are known. */
static bool
sniff_within(struct slice head, struct arena *a, struct sniff *s)
{
#define ADDRESS "([0-9][0-9a-fA-F.:/]*)"
	static const struct {
		const char *ere, *what;
	} rows[] = {
		{"^ExitAddress " ADDRESS, "stanzas of Tor's exits"},
		{":([0-9.]+ *- *[0-9.]+)$", "ranges with names (P2P)"},
		{"^ *local-zone: *\"([^\" ]+)\"", "zones of Unbound"},
		{"^add [^ ]+ " ADDRESS, "a set of ipset"},
		{"^ *deny " ADDRESS ";", "rules of nginx"},
		{"^ *[Dd]eny from " ADDRESS, "rules of Apache"},
		{"^ *Require not ip " ADDRESS, "rules of Apache"},
		{"^-A .*-s " ADDRESS " .*-j", "rules of iptables"},
	};
#undef ADDRESS

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!takes_values(head, rows[i].ere))
			continue;
		s->feed = true;
		sniff_what(s, "lines that hold values (%s)", rows[i].what);
		sniff_set(s, a, "kind", SLICE("lines"));
		sniff_set(s, a, "lines-extract", slice_str(rows[i].ere));
		return true;
	}
	return false;
}

/* ---- no feeds -------------------------------------------------------------- */

/* Files of other kinds, by what they begin with. */
static bool
sniff_file(struct slice head, struct sniff *s)
{
	static const struct {
		struct slice begin;
		const char *what;
	} rows[] = {
		{{"%PDF-", 5}, "a PDF document"},
		{{"{\\rtf", 5}, "a text document (RTF)"},
		{{"\xd0\xcf\x11\xe0", 4}, "a document or spreadsheet of "
		    "Microsoft Office; save it as CSV"},
		{{"\x89PNG", 4}, "a picture"}, {{"GIF8", 4}, "a picture"},
		{{"\xff\xd8\xff", 3}, "a picture"},
		{{"7z\xbc\xaf\x27\x1c", 6}, "an archive of 7-Zip, which is not "
		    "read"}, {{"Rar!\x1a\x07", 6}, "an archive of RAR, which is "
		    "not read"},
		{{"PK\x03\x04", 4}, "an archive within an archive: unpack one of "
		    "them"},
		{{"\x7f" "ELF", 4}, "a program"}, {{"MZ", 2}, "a program"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!slice_starts(head, rows[i].begin) || /* or a word */
		    (rows[i].begin.n < 5 && memchr(head.p, '\0', head.n) ==
		    NULL))
			continue;
		sniff_what(s, "no feed: %s", rows[i].what);
		return true;
	}
	return false;
}

static bool
sniff_markup(struct slice head, struct sniff *s)
{
	struct slice top = slice_trim(head);

	if (top.n == 0 || top.p[0] != '<')
		return false;
	if (top.n > 1000)
		top.n = 1000;
	if (slice_says(top, "openxmlformats.org"))
		sniff_what(s, "no feed: a document or spreadsheet of Microsoft "
		    "Office; save it as CSV");
	else if (!slice_says(top, "<html") &&
	    !slice_says(top, "<!doctype html"))
		sniff_what(s, "no feed that can be read: XML or other markup");
	else if (slice_says(head, "captcha") ||
	    slice_says(head, "cf-challenge"))
		sniff_what(s, "no feed: a web page that wants to see a person "
		    "(captcha)");
	else if (slice_says(head, "type=\"password\"") ||
	    slice_says(head, "type=password") ||
	    slice_says(head, "sign in") || slice_says(head, "log in"))
		sniff_what(s, "no feed: the page of a login; the feed needs "
		    "credentials, or has another address");
	else
		sniff_what(s, "no feed: a web page (HTML)");
	return true;
}

/* A list or a table. */
static bool
sniff_lines(struct slice head, struct arena *a, struct sniff *s)
{
	if (sniff_list(head, a, true, s))
		return true;
	if (!sniff_table(head, a, s))
		return sniff_list(head, a, false, s) ||
		    sniff_within(head, a, s);
	/* names that are no UTF-8 would be left out */
	if (!utf8_valid(head))
		sniff_set(s, a, "encoding", SLICE("iso-8859-1"));
	return true;
}

static bool
only_comments(struct slice head)
{
	struct slice line;

	while (sniff_line(&head, &line))
		if (!is_comment(slice_trim(line)))
			return false;
	return true;
}

struct text {
	char *p;
	size_t n;
};

static int
add_text(void *ctx, const char *p, size_t n, struct err *e)
{
	struct text *to = ctx;

	(void)e;
	memcpy(to->p + to->n, p, n);
	to->n += n;
	return 0;
}

/* Text in UTF-16, which its first bytes tell, as UTF-8 in the arena: as a pull
 * reads it. */
static bool
from_utf16(struct slice *head, struct arena *a)
{
	struct text to = {NULL, 0};
	struct decoder d;
	bool ok;

	if (!slice_starts(*head, SLICE("\xfe\xff")) &&
	    !slice_starts(*head, SLICE("\xff\xfe")))
		return false;
	/* two bytes give three at most, and a NUL stands behind */
	to.p = arena_alloc(a, head->n / 2 * 3 + 1);
	if (to.p == NULL || decoder_init(&d, NULL, NULL) != 0)
		return false;
	ok = decoder_bytes(&d, head->p, head->n, add_text, &to, NULL) == 0;
	decoder_free(&d);
	to.p[to.n] = '\0'; /* as behind a buf: AddressSanitizer's regexec() wants
	                    * it */
	*head = SLICE_OF(to);
	return ok;
}

static int
sniff_utf16(struct slice head, struct arena *a, struct sniff *out)
{
	if (sniff_markup(head, out))
		return 0;
	if (sniff_lines(head, a, out))
		sniff_set(out, a, "encoding", SLICE("utf-16"));
	else
		sniff_what(out, "no feed that is known: text in UTF-16 without "
		    "values");
	return 0;
}

int
sniff(struct slice head, bool whole, struct slice path, struct arena *a,
    struct sniff *out, struct err *e)
{
	const char *end;

	memset(out, 0, sizeof(*out));
	if (from_utf16(&head, a))
		return sniff_utf16(head, a, out);
	if (slice_starts(head, SLICE("\xef\xbb\xbf"))) {
		head.p += 3;
		head.n -= 3;
	}
	if (slice_trim(head).n == 0) {
		sniff_what(out, "no feed: it is empty");
		return 0;
	}
	if (sniff_file(head, out) || sniff_markup(head, out) ||
	    sniff_json(head, whole, path, a, out))
		return 0;
	/* a last line that may be cut is none */
	end = whole ? NULL : memrchr(head.p, '\n', head.n);
	if (end != NULL)
		head.n = (size_t)(end - head.p) + 1;
	if (memchr(head.p, '\0', head.n) != NULL)
		sniff_what(out, "no feed that can be read: it holds NULs (UTF-"
		    "16, or no text)");
	else if (!sniff_rules(head, a, out) && !sniff_lines(head, a, out) &&
	    out->what[0] == '\0')
		sniff_what(out, only_comments(head) ? "no feed: it holds "
		    "nothing but comments" : "no feed that is known: text "
		    "without values, or they stand within its lines "
		    "(lines-extract takes them out)");
	if (a->used >= a->max)
		return err_set(e, ERR_MEMORY, "out of memory");
	return 0;
}
