/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/pattern_lex.h"

#include "base/base64.h"
#include "base/cc.h"

#define P PAT_C_PLAIN
#define W (P | PAT_C_SPACE)
#define D (P | PAT_C_NAME | PAT_C_DIGIT | PAT_C_HEX)
#define L (P | PAT_C_ALPHA | PAT_C_NAME)
#define X (L | PAT_C_HEX)

const unsigned char pattern_class[256] = {
	P, P, P, P, P, P, P, P, P, W, W, W, W, W, P, P, /* 0x00 */
	P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, /* 0x10 */
	W, P, P, P, P, P, P, 0, P, P, P, P, P, P, P, P, /* 0x20 */
	D, D, D, D, D, D, D, D, D, D, P, P, P, P, P, P, /* 0x30 */
	P, X, X, X, X, X, X, L, L, L, L, L, L, L, L, L, /* 0x40 */
	L, L, L, L, L, L, L, L, L, L, L, P, 0, P, P, L, /* 0x50 */
	P, X, X, X, X, X, X, L, L, L, L, L, L, L, L, L, /* 0x60 */
	L, L, L, L, L, L, L, L, L, L, L, P, P, P, P, P, /* 0x70 */
};

#undef P
#undef W
#undef D
#undef L
#undef X

static bool
is(unsigned char c, unsigned classes)
{
	return (pattern_class[c] & classes) != 0;
}

/* The byte at pos + ahead; 0 behind the end, which is in no class but PLAIN and
 * begins no token. */
static unsigned char
peek(const struct pattern_lexer *l, size_t ahead)
{
	return ahead < l->text.n - l->pos ?
	    (unsigned char)l->text.p[l->pos + ahead] : 0;
}

/* Length of the white-space character at p (UTF-8), or 0.  The set is the
 * grammar's: U+0085, U+00A0, U+1680, U+2000 … U+200A, U+2028, U+2029, U+202F,
 * U+205F and U+3000 beside ASCII's. */
static size_t
wide_space(const unsigned char *p, size_t n)
{
	if (n >= 2 && p[0] == 0xc2)
		return p[1] == 0x85 || p[1] == 0xa0 ? 2 : 0;
	if (n < 3)
		return 0;
	if (p[0] == 0xe1)
		return p[1] == 0x9a && p[2] == 0x80 ? 3 : 0;
	if (p[0] == 0xe3)
		return p[1] == 0x80 && p[2] == 0x80 ? 3 : 0;
	if (p[0] != 0xe2)
		return 0;
	if (p[1] == 0x80)
		return (p[2] >= 0x80 && p[2] <= 0x8a) || p[2] == 0xa8 ||
		    p[2] == 0xa9 || p[2] == 0xaf ? 3 : 0;
	return p[1] == 0x81 && p[2] == 0x9f ? 3 : 0;
}

/* Step over a comment whose first byte is at pos.  False when it has no end. */
static bool
skip_comment(struct pattern_lexer *l)
{
	const char *p = l->text.p + l->pos, *end = l->text.p + l->text.n;

	if (p[1] == '/') {
		while (p < end && *p != '\n' && *p != '\r')
			p++;
		l->pos = (size_t)(p - l->text.p);
		return true;
	}
	for (p += 2; end - p >= 2; p++)
		if (p[0] == '*' && p[1] == '/') {
			l->pos = (size_t)(p + 2 - l->text.p);
			return true;
		}
	return false;
}

/* Step over white space and comments.  False at a comment without an end. */
static bool
skip_blank(struct pattern_lexer *l)
{
	for (;;) {
		unsigned char c = peek(l, 0);
		size_t wide;

		if (l->pos == l->text.n)
			return true;
		if (is(c, PAT_C_SPACE)) {
			l->pos++;
			continue;
		}
		if (c == '/' && (peek(l, 1) == '/' || peek(l, 1) == '*')) {
			if (!skip_comment(l))
				return false;
			continue;
		}
		if (c < 0x80)
			return true;
		wide = wide_space((const unsigned char *)l->text.p + l->pos,
		    l->text.n - l->pos);
		if (wide == 0)
			return true;
		l->pos += wide;
	}
}

static void
finish(struct pattern_lexer *l, enum pattern_token token, size_t from,
    size_t to)
{
	l->token = token;
	l->body = (struct slice){l->text.p + from, to - from};
}

static void
fail(struct pattern_lexer *l, const char *what)
{
	finish(l, TOK_BAD, l->start, l->text.n);
	l->pos = l->text.n;
	l->bad = what;
}

enum pattern_token
pattern_lex_keyword(struct slice name)
{
	static const struct {
		struct slice word;
		enum pattern_token token;
	} words[] = {
		{{"AND", 3}, TOK_AND}, {{"OR", 2}, TOK_OR},
		{{"NOT", 3}, TOK_NOT}, {{"IN", 2}, TOK_IN},
		{{"LIKE", 4}, TOK_LIKE}, {{"MATCHES", 7}, TOK_MATCHES},
		{{"ISSUBSET", 8}, TOK_ISSUBSET},
		{{"ISSUPERSET", 10}, TOK_ISSUPERSET},
		{{"EXISTS", 6}, TOK_EXISTS},
		{{"FOLLOWEDBY", 10}, TOK_FOLLOWEDBY},
		{{"START", 5}, TOK_START}, {{"STOP", 4}, TOK_STOP},
		{{"WITHIN", 6}, TOK_WITHIN}, {{"SECONDS", 7}, TOK_SECONDS},
		{{"REPEATS", 7}, TOK_REPEATS}, {{"TIMES", 5}, TOK_TIMES},
		{{"LAST", 4}, TOK_LAST}
	};
	size_t i;
	char c;

	if (name.n < 2 || name.n > 10)
		return TOK_NAME;
	c = name.p[0];
	if (c >= 'a') /* nearly all: properties are lower case */
		return slice_eq(name, SLICE("true")) ||
		    slice_eq(name, SLICE("false")) ? TOK_BOOL : TOK_NAME;
	for (i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].word.p[0] == c && slice_eq(words[i].word, name))
			return words[i].token;
	return TOK_NAME;
}

static void
lex_name(struct pattern_lexer *l)
{
	bool hyphen = false;
	unsigned char c;

	while (is(c = peek(l, 0), PAT_C_NAME) || c == '-') {
		hyphen |= c == '-';
		l->pos++;
	}
	finish(l, TOK_TYPE_NAME, l->start, l->pos);
	if (!hyphen)
		l->token = pattern_lex_keyword(l->body);
}

static size_t
lex_digits(const struct pattern_lexer *l, size_t at)
{
	size_t i = at;

	while (i < l->text.n && is((unsigned char)l->text.p[i], PAT_C_DIGIT))
		i++;
	return i - at;
}

/* [+-]? digits* . digits+, or [+-]? (0 | a number without leading zero). */
static void
lex_number(struct pattern_lexer *l)
{
	const char *p = l->text.p;
	size_t sign = peek(l, 0) == '+' || peek(l, 0) == '-';
	size_t at = l->start + sign, whole = lex_digits(l, at), dot, part;

	dot = at + whole;
	part = dot < l->text.n && p[dot] == '.' ? lex_digits(l, dot + 1) : 0;
	if (part > 0) {
		l->pos = dot + 1 + part;
		finish(l, TOK_FLOAT, l->start, l->pos);
	} else if (whole > 0) {
		/* A leading zero is a number of its own, as in the grammar. */
		l->pos = p[at] == '0' ? at + 1 : dot;
		finish(l, TOK_INT, l->start, l->pos);
	} else {
		fail(l, NULL);
	}
}

static void
lex_string(struct pattern_lexer *l)
{
	size_t i = l->start + 1;
	const char *p = l->text.p;

	for (; i < l->text.n && p[i] != '\''; i++) {
		if (p[i] != '\\')
			continue;
		if (i + 1 == l->text.n) {
			i++; /* the string has no end */
			break;
		}
		if (p[i + 1] != '\'' && p[i + 1] != '\\') {
			l->start = i;
			fail(l, "a backslash that escapes neither ' nor \\");
			return;
		}
		l->escaped = true;
		i++;
	}
	if (i >= l->text.n) {
		fail(l, "a string without its closing quote");
		return;
	}
	finish(l, TOK_STRING, l->start + 1, i);
	l->pos = i + 1;
}

static bool
valid_hex(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!is((unsigned char)s.p[i], PAT_C_HEX))
			return false;
	return s.n % 2 == 0;
}

/* With padding, and not empty: the grammar's rule. */
static bool
valid_base64(struct slice s)
{
	size_t n;

	return s.n > 0 && base64_decode(s, BASE64_STANDARD, NULL, &n) == 0;
}

/* Two digits at p, between min and max. */
static bool
two(const char *p, int min, int max)
{
	int v;

	if (!is((unsigned char)p[0], PAT_C_DIGIT) ||
	    !is((unsigned char)p[1], PAT_C_DIGIT))
		return false;
	v = (p[0] - '0') * 10 + (p[1] - '0');
	return v >= min && v <= max;
}

/* Shape only: whether the month has that day is not the grammar's to say. */
static bool
valid_timestamp(struct slice s)
{
	const char *p = s.p;
	size_t i;

	if (s.n < 20 || p[s.n - 1] != 'Z' || p[4] != '-' || p[7] != '-' ||
	    p[10] != 'T' || p[13] != ':' || p[16] != ':')
		return false;
	if (!two(p, 0, 99) || !two(p + 2, 0, 99) || !two(p + 5, 1, 12) ||
	    !two(p + 8, 1, 31) || !two(p + 11, 0, 23) || !two(p + 14, 0, 59) ||
	    !two(p + 17, 0, 60))
		return false;
	if (s.n == 20)
		return true;
	if (p[19] != '.' || s.n < 22)
		return false;
	for (i = 20; i < s.n - 1; i++)
		if (!is((unsigned char)p[i], PAT_C_DIGIT))
			return false;
	return true;
}

/* A literal with a prefix: t'…', h'…', b'…'. */
static void
lex_prefixed(struct pattern_lexer *l)
{
	unsigned char kind = peek(l, 0);
	size_t from = l->start + 2;
	const char *end;
	struct slice s;

	end = memchr(l->text.p + from, '\'', l->text.n - from);
	s = (struct slice){l->text.p + from,
	    end != NULL ? (size_t)(end - l->text.p) - from : 0};
	if (end == NULL)
		fail(l, "a literal without its closing quote");
	else if (kind == 't' && !valid_timestamp(s))
		fail(l, "a timestamp that is not YYYY-MM-DDThh:mm:ss[.f]Z");
	else if (kind == 'h' && !valid_hex(s))
		fail(l, "a hex literal that is not pairs of hex digits");
	else if (kind == 'b' && !valid_base64(s))
		fail(l, "a binary literal that is not base64");
	if (l->token == TOK_BAD)
		return;
	finish(l, kind == 't' ? TOK_TIMESTAMP :
	    kind == 'h' ? TOK_HEX : TOK_BINARY, from, from + s.n);
	l->pos = from + s.n + 1;
}

static void
lex_punctuation(struct pattern_lexer *l)
{
	static const struct {
		char text[3];
		unsigned char token;
	} marks[] = { /* the longer ones first */
		{"==", TOK_EQ}, {"!=", TOK_NE}, {"<>", TOK_NE}, {"<=", TOK_LE},
		{">=", TOK_GE}, {"=", TOK_EQ}, {"<", TOK_LT}, {">", TOK_GT},
		{":", TOK_COLON}, {".", TOK_DOT}, {",", TOK_COMMA},
		{"*", TOK_STAR}, {"(", TOK_LPAREN}, {")", TOK_RPAREN},
		{"[", TOK_LBRACK}, {"]", TOK_RBRACK}
	};
	size_t i, n;

	for (i = 0; i < ARRAY_LEN(marks); i++) {
		n = marks[i].text[1] != '\0' ? 2 : 1;
		if (peek(l, 0) != (unsigned char)marks[i].text[0] ||
		    (n == 2 && peek(l, 1) != (unsigned char)marks[i].text[1]))
			continue;
		l->pos += n;
		finish(l, (enum pattern_token)marks[i].token, l->start, l->pos);
		return;
	}
	fail(l, NULL);
}

void
pattern_lex_init(struct pattern_lexer *l, struct slice text)
{
	*l = (struct pattern_lexer){.text = text};
	if (text.p == NULL)
		l->text.p = "";
	l->body = l->text;
}

void
pattern_lex_next(struct pattern_lexer *l)
{
	unsigned char c, next;
	bool blank = skip_blank(l);

	l->start = l->pos;
	l->escaped = false;
	l->bad = NULL;
	l->token = TOK_END;
	c = peek(l, 0);
	next = peek(l, 1);
	if (!blank)
		fail(l, "a comment without its end");
	else if (l->pos == l->text.n)
		finish(l, TOK_END, l->pos, l->pos);
	else if (next == '\'' && (c == 't' || c == 'h' || c == 'b'))
		lex_prefixed(l);
	else if (is(c, PAT_C_ALPHA))
		lex_name(l);
	else if (c == '\'')
		lex_string(l);
	else if (is(c, PAT_C_DIGIT) || c == '+' || c == '-' ||
	    (c == '.' && is(next, PAT_C_DIGIT)))
		lex_number(l);
	else
		lex_punctuation(l);
}
