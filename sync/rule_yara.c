/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * YARA: rules in braces.  A lexer of what may hide a brace (strings, regular
 * expressions, comments) and of the words between them.
 *
 * A '/' begins an expression wherever it begins no comment: YARA divides by '\'.
 * "rule" is a keyword, so one inside of a rule says that the rule was not closed.
 * An `include` is not followed: what it names comes as a file of its own, or not
 * at all.
 */
#include <string.h>

#include "base/limits.h"
#include "sync/rule_int.h"

#define NO_SCOPE SIZE_MAX
#define NAME_MAX_YARA 128 /* of an identifier */

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

static bool
in_list(struct slice word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (slice_is(word, *list))
			return true;
	return false;
}

static bool
is_keyword(struct slice word)
{
	static const char *const words[] = {"all", "and", "any", "ascii", "at",
	    "base64", "base64wide", "condition", "contains", "defined",
	    "endswith", "entrypoint", "false", "filesize", "for", "fullword",
	    "global", "icontains", "iendswith", "iequals", "import", "in",
	    "include", "int16", "int16be", "int32", "int32be", "int8",
	    "int8be", "istartswith", "matches", "meta", "nocase", "none",
	    "not", "of", "or", "private", "rule", "startswith", "strings",
	    "them", "true", "uint16", "uint16be", "uint32", "uint32be",
	    "uint8", "uint8be", "wide", "xor", NULL};

	return in_list(word, words);
}

/* Modules that rules use although what imports them is an include. */
static bool
is_module(struct slice word)
{
	static const char *const words[] = {"androguard", "console", "cuckoo",
	    "dex", "dotnet", "elf", "hash", "lnk", "macho", "magic", "math",
	    "pe", "string", "time", "vt", NULL};

	return in_list(word, words);
}

/* ---- the document ---------------------------------------------------------- */

static void
forget_rule(struct rule_cut *c)
{
	struct yara_state *y = &c->yara;

	rule_clear(c);
	y->want = YARA_TOP;
	y->section = YARA_NONE;
	y->depth = 0;
	y->taking = y->is_private = y->is_global = y->tags = false;
	y->scope_at = NO_SCOPE;
	y->key = y->name = SLICE_NONE;
	y->broken = NULL;
}

static int
yara_refuse(struct rule_cut *c, const char *why, struct err *e)
{
	int rc = rule_refuse(c, why, e);

	forget_rule(c);
	return rc;
}

/* What is no rule, where one may begin; told once until one does. */
static int
yara_junk(struct rule_cut *c, struct slice text, struct err *e)
{
	struct yara_state *y = &c->yara;
	int rc = 0;

	if (!y->junk) {
		buf_reset(&c->text);
		buf_slice(&c->text, text);
		rc = rule_refuse(c, "it is neither a rule nor an import", e);
	}
	forget_rule(c);
	y->junk = true;
	return rc;
}

static void
add_import(struct rule_cut *c, struct slice name)
{
	struct yara_state *y = &c->yara;
	size_t i;

	for (i = 0; i < name.n; i++)
		if (!is_word(name.p[i]))
			return; /* no module has such a name */
	for (i = 0; i < y->nimports; i++)
		if (slice_eq(y->imports[i], name))
			return;
	name = arena_slice(&c->lasting, name);
	if (y->nimports < RULE_IMPORTS && name.n > 0)
		y->imports[y->nimports++] = name;
}

/* ---- a rule ---------------------------------------------------------------- */

static void
need_module(struct rule_cut *c, struct slice word)
{
	const struct yara_state *y = &c->yara;
	bool known = is_module(word);
	size_t i;

	for (i = 0; i < y->nimports && !known; i++)
		known = slice_eq(y->imports[i], word);
	for (i = 0; i < c->nimports; i++)
		if (slice_eq(c->imports[i], word))
			return;
	if (!known || c->nimports == RULE_IMPORTS)
		return;
	word = arena_slice(&c->arena, word);
	if (word.p != NULL)
		c->imports[c->nimports++] = word;
	else
		c->full = true;
}

static void
add_word(struct rule_cut *c, struct slice word)
{
	size_t i;

	for (i = 0; i < c->nwords; i++)
		if (slice_eq(c->words[i], word))
			return;
	word = arena_slice(&c->arena, word);
	if (word.p == NULL || c->nwords == RULE_WORDS)
		c->full = true;
	else
		c->words[c->nwords++] = word;
}

/* KEY = TEXT of its meta. */
static void
add_meta(struct rule_cut *c, struct slice text)
{
	static const struct {
		const char *key, *name;
	} texts[] = {
		{"description", "message"}, {"malware", "threat"},
		{"malware_family", "threat"}, {"family", "threat"},
		{"tlp", "tlp"}, {"sharing", "tlp"},
		{"yarahub_rule_sharing_tlp", "tlp"}, {"severity", "level"},
		{"version", "version"}, {"revision", "version"},
		{"status", "status"}, {"category", "class"},
	};
	struct slice key = c->yara.key;
	size_t i;

	c->yara.key = SLICE_NONE;
	if (key.n == 0)
		return;
	for (i = 0; i < ARRAY_LEN(texts); i++)
		if (slice_is(key, texts[i].key))
			rule_add(c, texts[i].name, text);
	if (slice_is(key, "date") || slice_is(key, "creation_date"))
		rule_add_date(c, "created", text);
	else if (slice_is(key, "modified") || slice_is(key, "last_modified"))
		rule_add_date(c, "modified", text);
	else if (slice_is(key, "score") || slice_is(key, "confidence"))
		rule_add_confidence(c, text);
	rule_add_meta(c, key, text);
}

/* The braces are closed. */
static int
rule_over(struct rule_cut *c, struct err *e)
{
	struct yara_state *y = &c->yara;
	int rc;

	if (y->broken == NULL && y->section != YARA_CONDITION)
		y->broken = "it has no condition";
	if (y->broken != NULL)
		return yara_refuse(c, y->broken, e);
	rule_add(c, "id", y->name);
	rule_add(c, "name", y->name);
	rule_add(c, "scope", y->is_global ? SLICE("global") : y->is_private ?
	    SLICE("private") : SLICE("public"));
	rc = rule_emit(c, 0, false, e);
	forget_rule(c);
	return rc;
}

/* ---- words ----------------------------------------------------------------- */

static int
begin_rule(struct rule_cut *c, struct slice word, uint64_t at)
{
	struct yara_state *y = &c->yara;

	y->junk = false;
	if (!y->taking) {
		c->offset = at;
		y->taking = true;
		y->scope_at = NO_SCOPE;
		buf_reset(&c->text);
		buf_slice(&c->text, word);
	}
	y->is_private |= slice_is(word, "private");
	y->is_global |= slice_is(word, "global");
	if (slice_is(word, "rule"))
		y->want = YARA_NAME;
	return 0;
}

static int
word_top(struct rule_cut *c, struct slice word, uint64_t at, struct err *e)
{
	struct yara_state *y = &c->yara;

	if (slice_is(word, "rule") || slice_is(word, "private") ||
	    slice_is(word, "global"))
		return begin_rule(c, word, at);
	if (y->taking)
		return yara_refuse(c, "what stands in front of it is no rule",
		    e);
	if (slice_is(word, "import") || slice_is(word, "include")) {
		y->junk = false;
		y->want = word.p[1] == 'm' ? YARA_IMPORT : YARA_INCLUDE;
		return 0;
	}
	c->offset = at;
	return yara_junk(c, word, e);
}

static int
word_name(struct rule_cut *c, struct slice word)
{
	struct yara_state *y = &c->yara;

	if (y->broken == NULL && (word.n > NAME_MAX_YARA ||
	    is_keyword(word) || (word.p[0] >= '0' && word.p[0] <= '9')))
		y->broken = "its name cannot be one";
	y->name = arena_slice(&c->arena, word);
	y->want = YARA_HEAD;
	return 0;
}

/* "rule" where one is open: that one is broken, and a new one begins. */
static int
word_again(struct rule_cut *c, struct slice word, uint64_t at, struct err *e)
{
	struct yara_state *y = &c->yara;
	char scope[40];
	struct slice s = SLICE_NONE;

	if (y->scope_at < c->text.n && c->text.n - y->scope_at <=
	    sizeof(scope)) {
		s.n = c->text.n - y->scope_at - word.n;
		memcpy(scope, c->text.p + y->scope_at, s.n);
		c->text.n = y->scope_at;
	} else if (c->text.n >= word.n) {
		c->text.n -= word.n;
	}
	s.p = scope;
	if (yara_refuse(c, "it is not closed where the next one begins",
	    e) != 0)
		return -1;
	c->offset = at;
	y->taking = true;
	y->is_private = memmem(s.p, s.n, "private", 7) != NULL;
	y->is_global = memmem(s.p, s.n, "global", 6) != NULL;
	buf_slice(&c->text, s);
	buf_slice(&c->text, word);
	y->want = YARA_NAME;
	return 0;
}

/* Between the braces; `next` is the byte behind the word. */
static int
word_body(struct rule_cut *c, struct slice word, char next, uint64_t at,
    struct err *e)
{
	struct yara_state *y = &c->yara;

	if (slice_is(word, "rule"))
		return word_again(c, word, at, e);
	if (slice_is(word, "private") || slice_is(word, "global")) {
		if (y->scope_at == NO_SCOPE)
			y->scope_at = c->text.n - word.n;
		return 0;
	}
	y->scope_at = NO_SCOPE;
	if (y->depth == 1 && slice_is(word, "meta"))
		y->section = YARA_META;
	else if (y->depth == 1 && slice_is(word, "strings"))
		y->section = YARA_STRINGS;
	else if (y->depth == 1 && slice_is(word, "condition"))
		y->section = YARA_CONDITION;
	else if (y->section == YARA_META && y->before != '=')
		y->key = arena_slice(&c->arena, word);
	else if (y->section == YARA_META)
		add_meta(c, word); /* a number, true or false */
	else if (y->section == YARA_CONDITION &&
	    memchr("$#@!.", y->before, 5) == NULL && !is_keyword(word) &&
	    (word.p[0] < '0' || word.p[0] > '9')) {
		if (next == '.')
			need_module(c, word);
		else
			add_word(c, word);
	}
	return 0;
}

static int
on_word(struct rule_cut *c, struct slice word, char next, uint64_t at,
    struct err *e)
{
	struct yara_state *y = &c->yara;

	switch (y->want) {
	case YARA_TOP:
		return word_top(c, word, at, e);
	case YARA_IMPORT:
	case YARA_INCLUDE:
		c->offset = at;
		y->want = YARA_TOP;
		return yara_junk(c, word, e);
	case YARA_NAME:
		return word_name(c, word);
	case YARA_HEAD:
		if (slice_is(word, "rule"))
			return word_again(c, word, at, e);
		if (!y->tags)
			y->broken = "its name is not followed by a brace";
		else
			rule_add(c, "labels", word);
		return 0;
	default:
		return word_body(c, word, next, at, e);
	}
}

/* ---- other tokens ---------------------------------------------------------- */

static int
on_sign(struct rule_cut *c, char sign, uint64_t at, struct err *e)
{
	struct yara_state *y = &c->yara;

	if (y->want == YARA_HEAD && sign == '{') {
		y->want = YARA_BODY;
		y->depth = 1;
	} else if (y->want == YARA_HEAD && sign == ':') {
		y->tags = true;
	} else if (y->want == YARA_BODY) {
		y->depth += sign == '{';
		y->depth -= sign == '}';
		y->scope_at = NO_SCOPE;
		return y->depth == 0 ? rule_over(c, e) : 0;
	} else if (y->taking) {
		y->broken = y->broken != NULL ? y->broken :
		    "it does not begin as a rule does";
		if (sign == '}' || y->want == YARA_TOP)
			return yara_refuse(c, y->broken, e);
	} else {
		c->offset = at;
		return yara_junk(c, (struct slice){&sign, 1}, e);
	}
	return 0;
}

/* A string is over; `text` stands between its quotes. */
static int
on_string(struct rule_cut *c, struct slice text, uint64_t at, struct err *e)
{
	struct yara_state *y = &c->yara;

	switch (y->want) {
	case YARA_IMPORT:
		add_import(c, text);
		y->want = YARA_TOP;
		return 0;
	case YARA_INCLUDE:
		y->want = YARA_TOP;
		return 0;
	case YARA_BODY:
		if (y->section == YARA_META)
			add_meta(c, text);
		return 0;
	default:
		return on_sign(c, '"', at, e);
	}
}

/* ---- bytes ----------------------------------------------------------------- */

struct line_at {
	struct slice line;
	uint64_t offset;
	size_t i;
};

static void
keep(struct rule_cut *c, struct slice text)
{
	if (c->yara.taking)
		buf_slice(&c->text, text);
}

/* From here to the end of the comment, or of the line. */
static void
pass_comment(struct rule_cut *c, struct line_at *l)
{
	struct slice rest = {l->line.p + l->i, l->line.n - l->i};
	const char *end = memmem(rest.p, rest.n, "*/", 2);

	if (end != NULL) {
		rest.n = (size_t)(end - rest.p) + 2;
		c->yara.mode = YARA_CODE;
	}
	keep(c, rest);
	l->i += rest.n;
}

/* From behind the quote that opens a string, or the '/' of an expression. */
static int
pass_quoted(struct rule_cut *c, struct line_at *l, char close, struct err *e)
{
	size_t from = l->i, i = from;
	struct slice text;

	while (i < l->line.n && l->line.p[i] != close)
		i += l->line.p[i] == '\\' ? 2 : 1;
	if (i >= l->line.n) {
		i = l->line.n;
		c->yara.broken = close == '"' ? "a string of it has no end" :
		    "an expression of it has no end";
	}
	text = (struct slice){l->line.p + from, i - from};
	i += i < l->line.n;
	keep(c, (struct slice){l->line.p + from - 1, i - from + 1});
	l->i = i;
	c->yara.before = close;
	return close == '"' ? on_string(c, text, l->offset + from, e) :
	    on_sign(c, close, l->offset + from, e);
}

static int
pass_word(struct rule_cut *c, struct line_at *l, struct err *e)
{
	size_t from = l->i, i = from;
	struct slice word;
	char next;
	int rc;

	while (i < l->line.n && is_word(l->line.p[i]))
		i++;
	next = i < l->line.n ? l->line.p[i] : '\n';
	word = (struct slice){l->line.p + from, i - from};
	l->i = i;
	keep(c, word);
	rc = on_word(c, word, next, l->offset + from, e);
	c->yara.before = word.p[word.n - 1];
	return rc;
}

static int
pass_sign(struct rule_cut *c, struct line_at *l, struct err *e)
{
	char sign = l->line.p[l->i++];

	keep(c, (struct slice){&sign, 1});
	if (sign == ' ' || sign == '\t' || sign == '\r' || sign == '\f')
		return 0;
	c->yara.before = sign;
	return on_sign(c, sign, l->offset + l->i - 1, e);
}

static int
pass_code(struct rule_cut *c, struct line_at *l, struct err *e)
{
	const char *p = l->line.p + l->i;
	char next = l->i + 1 < l->line.n ? p[1] : '\0';

	if (*p == '/' && next == '/') {
		keep(c, (struct slice){p, l->line.n - l->i});
		l->i = l->line.n;
		return 0;
	}
	if (*p == '/' && next == '*') {
		keep(c, (struct slice){p, 2});
		l->i += 2;
		c->yara.mode = YARA_COMMENT;
		return 0;
	}
	if (*p == '"' || (*p == '/' && c->yara.want == YARA_BODY)) {
		l->i++;
		return pass_quoted(c, l, *p, e);
	}
	return is_word(*p) ? pass_word(c, l, e) : pass_sign(c, l, e);
}

static int
yara_line(struct rule_cut *c, struct slice line, uint64_t offset,
    struct err *e)
{
	struct line_at l = {line, offset, 0};

	while (l.i < line.n) {
		if (c->yara.mode == YARA_COMMENT)
			pass_comment(c, &l);
		else if (pass_code(c, &l, e) != 0)
			return -1;
	}
	keep(c, SLICE("\n"));
	return 0;
}

static int
yara_end(struct rule_cut *c, struct err *e)
{
	return c->yara.taking ? yara_refuse(c, "it is not closed where the "
	    "text ends", e) : 0;
}

const struct rule_ops rule_yara = {yara_line, yara_end};
