/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/pattern.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "stix/pattern_lex.h"
#include "stix/pattern_literal.h"

#define SHOWN 32 /* bytes of a token that a message shows */

struct parser {
	struct pattern_lexer lex; /* holds the token that is looked at */
	struct arena *a;
	struct err *e;
	unsigned nodes;
	unsigned depth;           /* open parentheses */
};

/* ---- errors ---- */

static size_t
column(struct slice text, size_t offset)
{
	size_t i, col = 1;

	for (i = 0; i < offset && i < text.n; i++)
		col += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return col;
}

static void *
expected(struct parser *p, const char *what)
{
	const struct pattern_lexer *l = &p->lex;
	struct slice rest = {l->text.p + l->start, l->pos - l->start};
	size_t col = column(l->text, l->start);

	if (l->token == TOK_BAD) /* one character that begins no token */
		rest.n = utf8_len(rest.p, rest.n);
	if (l->token == TOK_END)
		err_set(p->e, ERR_SYNTAX,
		    "column %zu: expected %s, found the end of the pattern",
		    col, what);
	else if (l->bad != NULL)
		err_set(p->e, ERR_SYNTAX, "column %zu: expected %s, found %s",
		    col, what, l->bad);
	else
		err_set(p->e, ERR_SYNTAX,
		    "column %zu: expected %s, found \"%.*s\"", col, what,
		    (int)utf8_cut(rest, SHOWN), rest.p);
	return NULL;
}

static void *
no_room(struct parser *p)
{
	err_set(p->e, ERR_MEMORY, "no memory left for a pattern of %zu bytes",
	    p->lex.text.n);
	return NULL;
}

/* ---- small tools ---- */

static bool
accept(struct parser *p, enum pattern_token token)
{
	if (p->lex.token != token)
		return false;
	pattern_lex_next(&p->lex);
	return true;
}

static bool
require(struct parser *p, enum pattern_token token, const char *what)
{
	if (accept(p, token))
		return true;
	expected(p, what);
	return false;
}

static struct pattern_node *
node_new(struct parser *p, enum pattern_op op, size_t offset)
{
	struct pattern_node *n;

	if (p->nodes++ == LIMIT_PATTERN_NODES) {
		err_set(p->e, ERR_LIMIT,
		    "column %zu: expected at most %u tests and operators, "
		    "found more", column(p->lex.text, offset),
		    LIMIT_PATTERN_NODES);
		return NULL;
	}
	n = arena_alloc(p->a, sizeof(*n));
	if (n == NULL)
		return no_room(p);
	*n = (struct pattern_node){.op = op, .offset = offset};
	return n;
}

static struct pattern_node *
node_pair(struct parser *p, enum pattern_op op, struct pattern_node *left,
    struct pattern_node *right)
{
	struct pattern_node *n = node_new(p, op, left->offset);

	if (n != NULL) {
		n->left = left;
		n->right = right;
	}
	return n;
}

/* Room for one more item in an array of the arena that doubles; the old copy is
 * left behind, so the waste is less than what is used. */
static void *
grow(struct parser *p, void *old, size_t n, size_t size)
{
	void *v;

	if (n > 0 && (n < 4 || (n & (n - 1)) != 0))
		return old;
	v = arena_alloc(p->a, (n == 0 ? 4 : 2 * n) * size);
	if (v == NULL)
		return no_room(p);
	if (n > 0)
		memcpy(v, old, n * size);
	return v;
}

static bool
enter(struct parser *p)
{
	if (p->depth++ < LIMIT_PATTERN_DEPTH)
		return true;
	err_set(p->e, ERR_LIMIT,
	    "column %zu: expected at most %u nested parentheses, found more",
	    column(p->lex.text, p->lex.start), LIMIT_PATTERN_DEPTH);
	return false;
}

/* ---- literals ---- */

/* The literal that is looked at, which is stepped over. */
static bool
take_literal(struct parser *p, struct pattern_literal *out)
{
	if (!pattern_literal_make(p->a, &p->lex, out)) {
		no_room(p);
		return false;
	}
	pattern_lex_next(&p->lex);
	return true;
}

static bool
add_literal(struct parser *p, struct pattern_node *n)
{
	struct pattern_literal *v;

	v = grow(p, n->literals, n->nliterals, sizeof(*v));
	if (v == NULL)
		return false;
	n->literals = v;
	if (!take_literal(p, &v[n->nliterals]))
		return false;
	n->nliterals++;
	return true;
}

static bool
parse_literal(struct parser *p, struct pattern_node *n, bool boolean)
{
	enum pattern_token t = p->lex.token;

	if (t < TOK_STRING || t > TOK_BINARY || (t == TOK_BOOL && !boolean)) {
		expected(p, boolean ? "a literal" :
		    "a literal that can be ordered");
		return false;
	}
	return add_literal(p, n);
}

static bool
parse_string(struct parser *p, struct pattern_node *n)
{
	if (p->lex.token == TOK_STRING)
		return add_literal(p, n);
	expected(p, "a string");
	return false;
}

static bool
parse_set(struct parser *p, struct pattern_node *n)
{
	if (!require(p, TOK_LPAREN, "'('"))
		return false;
	if (accept(p, TOK_RPAREN))
		return true;
	do {
		if (!parse_literal(p, n, true))
			return false;
	} while (accept(p, TOK_COMMA));
	return require(p, TOK_RPAREN, "',' or ')'");
}

/* ---- object paths ---- */

static struct pattern_step *
step_new(struct parser *p, struct pattern_node *n)
{
	struct pattern_step *v = grow(p, n->path, n->npath, sizeof(*v));

	if (v == NULL)
		return NULL;
	n->path = v;
	v[n->npath] = (struct pattern_step){.name = SLICE_NONE};
	return &v[n->npath++];
}

static bool
parse_key(struct parser *p, struct pattern_node *n)
{
	struct pattern_step *step;
	struct pattern_literal text;

	if (p->lex.token == TOK_TYPE_NAME) {
		expected(p, "a property name (one with a hyphen needs quotes)");
		return false;
	}
	if (p->lex.token != TOK_NAME && p->lex.token != TOK_STRING) {
		expected(p, "a property name");
		return false;
	}
	step = step_new(p, n);
	if (step == NULL || !take_literal(p, &text))
		return false;
	step->name = text.text;
	return true;
}

static bool
parse_index(struct parser *p, struct pattern_node *n)
{
	struct pattern_step *step = step_new(p, n);
	struct pattern_literal number;

	if (step == NULL)
		return false;
	step->is_index = true;
	if (accept(p, TOK_STAR)) {
		step->any = true;
	} else if (p->lex.token == TOK_INT) {
		if (!take_literal(p, &number))
			return false;
		step->index = number.integer;
	} else {
		expected(p, "'*' or an index");
		return false;
	}
	return require(p, TOK_RBRACK, "']'");
}

static bool
parse_path(struct parser *p, struct pattern_node *n)
{
	if (p->lex.token != TOK_NAME && p->lex.token != TOK_TYPE_NAME) {
		expected(p, "an object type");
		return false;
	}
	n->object_type = p->lex.body;
	pattern_lex_next(&p->lex);
	if (!require(p, TOK_COLON, "':'") || !parse_key(p, n))
		return false;
	for (;;) {
		if (accept(p, TOK_DOT)) {
			if (!parse_key(p, n))
				return false;
		} else if (accept(p, TOK_LBRACK)) {
			if (!parse_index(p, n))
				return false;
		} else {
			return true;
		}
	}
}

/* ---- comparisons ---- */

static bool
parse_operator(struct parser *p, struct pattern_node *n)
{
	static const struct {
		enum pattern_token token;
		enum pattern_test test;
	} operators[] = {
		{TOK_EQ, TEST_EQ}, {TOK_NE, TEST_NE}, {TOK_LT, TEST_LT},
		{TOK_LE, TEST_LE}, {TOK_GT, TEST_GT}, {TOK_GE, TEST_GE},
		{TOK_IN, TEST_IN}, {TOK_LIKE, TEST_LIKE},
		{TOK_MATCHES, TEST_MATCHES}, {TOK_ISSUBSET, TEST_ISSUBSET},
		{TOK_ISSUPERSET, TEST_ISSUPERSET}
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(operators); i++)
		if (accept(p, operators[i].token)) {
			n->test = operators[i].test;
			return true;
		}
	expected(p, n->negated ? "a comparison operator" :
	    "a comparison operator, '.' or '['");
	return false;
}

static bool
parse_operand(struct parser *p, struct pattern_node *n)
{
	switch (n->test) {
	case TEST_EQ:
	case TEST_NE:
		return parse_literal(p, n, true);
	case TEST_LT:
	case TEST_LE:
	case TEST_GT:
	case TEST_GE:
		return parse_literal(p, n, false);
	case TEST_IN:
		return parse_set(p, n);
	case TEST_LIKE:
	case TEST_MATCHES:
	case TEST_ISSUBSET:
	case TEST_ISSUPERSET:
		return parse_string(p, n);
	case TEST_EXISTS:
		break;
	}
	return true;
}

/* [NOT] EXISTS path, or path [NOT] operator operand. */
static struct pattern_node *
parse_proposition(struct parser *p)
{
	struct pattern_node *n = node_new(p, PAT_TEST, p->lex.start);

	if (n == NULL)
		return NULL;
	n->negated = accept(p, TOK_NOT);
	if (accept(p, TOK_EXISTS)) {
		n->test = TEST_EXISTS;
		return parse_path(p, n) ? n : NULL;
	}
	if (n->negated)
		return expected(p, "EXISTS");
	if (!parse_path(p, n))
		return NULL;
	n->negated = accept(p, TOK_NOT);
	return parse_operator(p, n) && parse_operand(p, n) ? n : NULL;
}

static struct pattern_node *parse_comparison(struct parser *p, bool and_level);

static struct pattern_node *
parse_test(struct parser *p)
{
	struct pattern_node *n;

	if (p->lex.token != TOK_LPAREN)
		return parse_proposition(p);
	if (!enter(p))
		return NULL;
	pattern_lex_next(&p->lex);
	n = parse_comparison(p, false);
	if (n == NULL || !require(p, TOK_RPAREN, "AND, OR or ')'"))
		return NULL;
	p->depth--;
	return n;
}

/* OR of AND of tests; both group to the left. */
static struct pattern_node *
parse_comparison(struct parser *p, bool and_level)
{
	struct pattern_node *left, *right;

	left = and_level ? parse_test(p) : parse_comparison(p, true);
	while (left != NULL && accept(p, and_level ? TOK_AND : TOK_OR)) {
		right = and_level ? parse_test(p) : parse_comparison(p, true);
		if (right == NULL)
			return NULL;
		left = node_pair(p, and_level ? PAT_AND : PAT_OR, left, right);
	}
	return left;
}

/* ---- observations ---- */

static bool
parse_window(struct parser *p, struct pattern_node *n)
{
	static const char what[] = "a timestamp (t'YYYY-MM-DDThh:mm:ssZ')";

	if (p->lex.token != TOK_TIMESTAMP) {
		expected(p, what);
		return false;
	}
	if (!add_literal(p, n) || !require(p, TOK_STOP, "STOP"))
		return false;
	if (p->lex.token != TOK_TIMESTAMP) {
		expected(p, what);
		return false;
	}
	if (!add_literal(p, n))
		return false;
	n->start = n->literals[0].integer;
	n->stop = n->literals[1].integer;
	return true;
}

/* The number of WITHIN and REPEATS: not negative. */
static bool
parse_count(struct parser *p, struct pattern_node *n, bool fraction)
{
	enum pattern_token t = p->lex.token;

	if ((t == TOK_INT || (fraction && t == TOK_FLOAT)) &&
	    p->lex.body.p[0] != '-')
		return add_literal(p, n);
	expected(p, fraction ? "a number of seconds" : "a whole number");
	return false;
}

/* A qualifier of `left`; the keyword is looked at. */
static struct pattern_node *
parse_qualifier(struct parser *p, enum pattern_op op, struct pattern_node *left)
{
	struct pattern_node *n = node_new(p, op, p->lex.start);

	if (n == NULL)
		return NULL;
	n->left = left;
	pattern_lex_next(&p->lex);
	if (op == PAT_START_STOP)
		return parse_window(p, n) ? n : NULL;
	if (!parse_count(p, n, op == PAT_WITHIN))
		return NULL;
	if (op == PAT_WITHIN) {
		n->within = n->literals[0].real;
		return require(p, TOK_SECONDS, "SECONDS") ? n : NULL;
	}
	n->repeats = n->literals[0].integer;
	return require(p, TOK_TIMES, "TIMES") ? n : NULL;
}

/* The qualifiers behind an expression.  Of those that follow "[…]" directly,
 * each kind may stand once; behind parentheses the OASIS validator lets them
 * repeat, and its verdicts are what other tools go by. */
static struct pattern_node *
parse_qualifiers(struct parser *p, struct pattern_node *n, bool once)
{
	unsigned seen = 0;
	enum pattern_op op;

	while (n != NULL) {
		switch (p->lex.token) {
		case TOK_WITHIN:
			op = PAT_WITHIN;
			break;
		case TOK_REPEATS:
			op = PAT_REPEATS;
			break;
		case TOK_START:
			op = PAT_START_STOP;
			break;
		default:
			return n;
		}
		if (once && (seen & 1u << op) != 0)
			return expected(p,
			    "each qualifier at most once on one observation");
		seen |= 1u << op;
		n = parse_qualifier(p, op, n);
	}
	return NULL;
}

static struct pattern_node *parse_observations(struct parser *p, int level);

static struct pattern_node *
parse_observation(struct parser *p)
{
	struct pattern_node *n, *inner;
	size_t start = p->lex.start;

	if (p->lex.token == TOK_LPAREN) {
		if (!enter(p))
			return NULL;
		pattern_lex_next(&p->lex);
		n = parse_observations(p, 0);
		if (n == NULL || !require(p, TOK_RPAREN,
		    "AND, OR, FOLLOWEDBY, a qualifier or ')'"))
			return NULL;
		p->depth--;
		return parse_qualifiers(p, n, false);
	}
	if (!require(p, TOK_LBRACK, "'[' or '('"))
		return NULL;
	inner = parse_comparison(p, false);
	if (inner == NULL || !require(p, TOK_RBRACK, "AND, OR or ']'"))
		return NULL;
	n = node_new(p, PAT_OBSERVATION, start);
	if (n != NULL)
		n->left = inner;
	return parse_qualifiers(p, n, true);
}

/* FOLLOWEDBY of OR of AND of observations; all group to the left. */
static struct pattern_node *
parse_observations(struct parser *p, int level)
{
	static const struct {
		enum pattern_token token;
		enum pattern_op op;
	} levels[] = {
		{TOK_FOLLOWEDBY, PAT_FOLLOWEDBY}, {TOK_OR, PAT_OBS_OR},
		{TOK_AND, PAT_OBS_AND}
	};
	struct pattern_node *left, *right;

	if (level == ARRAY_LEN(levels))
		return parse_observation(p);
	left = parse_observations(p, level + 1);
	while (left != NULL && accept(p, levels[level].token)) {
		right = parse_observations(p, level + 1);
		if (right == NULL)
			return NULL;
		left = node_pair(p, levels[level].op, left, right);
	}
	return left;
}

struct pattern_node *
pattern_parse(struct arena *a, struct slice text, struct err *e)
{
	struct parser p = {.a = a, .e = e};
	struct pattern_node *n;

	if (text.n > LIMIT_PATTERN) {
		err_set(e, ERR_LIMIT,
		    "column %u: expected at most %u bytes, found %zu",
		    LIMIT_PATTERN + 1, LIMIT_PATTERN, text.n);
		return NULL;
	}
	if (!utf8_valid(text)) {
		size_t bad = 0;

		while (utf8_len(text.p + bad, text.n - bad) > 0)
			bad += utf8_len(text.p + bad, text.n - bad);
		err_set(e, ERR_SYNTAX,
		    "column %zu: expected UTF-8, found byte 0x%02x",
		    column(text, bad), (unsigned char)text.p[bad]);
		return NULL;
	}
	pattern_lex_init(&p.lex, text);
	pattern_lex_next(&p.lex);
	n = parse_observations(&p, 0);
	if (n != NULL && p.lex.token != TOK_END)
		return expected(&p,
		    "AND, OR, FOLLOWEDBY, a qualifier or the end");
	return n;
}
