/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The common shapes, read without lexer, tree or arena: one observation of up
 * to FAST_TESTS equalities with a string, all joined by AND or all by OR.
 *
 * What is read here must be read alike by the parser.  Whatever is unusual (an
 * escape, a byte past ASCII, a comment, a number, parentheses, a qualifier) is
 * left to it.
 */
#include "base/limits.h"
#include "stix/pattern_lex.h"
#include "stix/reduce_walk.h"

#define FAST_TESTS 8
#define FAST_STEPS 6

struct scan {
	const char *p, *end;
};

struct fast {
	struct pattern_node nodes[FAST_TESTS];
	struct pattern_literal literals[FAST_TESTS];
	struct pattern_step steps[FAST_TESTS][FAST_STEPS];
	size_t n;
};

static bool
is(char c, unsigned classes)
{
	return (pattern_class[(unsigned char)c] & classes) != 0;
}

static void
skip_space(struct scan *s)
{
	while (s->p < s->end && is(*s->p, PAT_C_SPACE))
		s->p++;
}

static bool
take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* An identifier; `hyphen`: one that may hold hyphens. */
static bool
take_name(struct scan *s, bool hyphen, struct slice *out)
{
	const char *from = s->p;

	if (s->p == s->end || !is(*s->p, PAT_C_ALPHA))
		return false;
	while (s->p < s->end &&
	    (is(*s->p, PAT_C_NAME) || (hyphen && *s->p == '-')))
		s->p++;
	*out = (struct slice){from, (size_t)(s->p - from)};
	return pattern_lex_keyword(*out) == TOK_NAME;
}

/* Is every byte ASCII, and none a backslash?  Eight at a time: this is the one
 * loop here that runs over the length of a value. */
static bool
is_plain(const char *p, size_t n)
{
	const uint64_t low = UINT64_C(0x0101010101010101), high = low << 7;
	uint64_t word, slash;

	for (; n >= sizeof(word); p += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		slash = word ^ low * '\\';
		if (((word | ((slash - low) & ~slash)) & high) != 0)
			return false;
	}
	for (; n > 0; p++, n--)
		if (!is(*p, PAT_C_PLAIN))
			return false;
	return true;
}

/* A string without escapes, in ASCII. */
static bool
take_string(struct scan *s, struct slice *out)
{
	const char *from, *quote;

	if (!take(s, '\''))
		return false;
	from = s->p;
	quote = memchr(from, '\'', (size_t)(s->end - from));
	if (quote == NULL || !is_plain(from, (size_t)(quote - from)))
		return false;
	*out = (struct slice){from, (size_t)(quote - from)};
	s->p = quote + 1;
	return true;
}

static struct pattern_step *
step_new(struct pattern_node *n)
{
	struct pattern_step *step;

	if (n->npath == FAST_STEPS)
		return NULL;
	step = &n->path[n->npath++];
	*step = (struct pattern_step){.name = SLICE_NONE};
	return step;
}

static bool
take_key(struct scan *s, struct pattern_node *n)
{
	struct pattern_step *step = step_new(n);

	if (step == NULL)
		return false;
	return s->p < s->end && *s->p == '\'' ? take_string(s, &step->name) :
	    take_name(s, false, &step->name);
}

/* object-type:key.'key'[*].key, without white space */
static bool
take_path(struct scan *s, struct pattern_node *n)
{
	struct pattern_step *step;

	if (!take_name(s, true, &n->object_type) || !take(s, ':') ||
	    !take_key(s, n))
		return false;
	for (;;) {
		if (take(s, '.')) {
			if (!take_key(s, n))
				return false;
		} else if (take(s, '[')) {
			step = step_new(n);
			if (step == NULL || !take(s, '*') || !take(s, ']'))
				return false;
			step->is_index = step->any = true;
		} else {
			return true;
		}
	}
}

/* path = 'string' */
static bool
take_test(struct scan *s, struct fast *f)
{
	struct pattern_node *n = &f->nodes[f->n];
	struct pattern_literal *l = &f->literals[f->n];

	n->op = PAT_TEST;
	n->test = TEST_EQ;
	n->negated = false;
	n->left = n->right = NULL;
	n->path = f->steps[f->n];
	n->npath = 0;
	n->literals = l;
	n->nliterals = 1;
	skip_space(s);
	n->offset = 0;
	if (!take_path(s, n))
		return false;
	skip_space(s);
	if (!take(s, '='))
		return false;
	take(s, '=');
	skip_space(s);
	*l = (struct pattern_literal){.kind = LIT_STRING};
	if (!take_string(s, &l->text))
		return false;
	f->n++;
	skip_space(s);
	return true;
}

/* AND or OR, as a whole word. */
static bool
take_joint(struct scan *s, enum pattern_op *op)
{
	struct slice word = {s->p, 0};

	while (s->p < s->end && (is(*s->p, PAT_C_NAME) || *s->p == '-'))
		s->p++;
	word.n = (size_t)(s->p - word.p);
	if (slice_is(word, "OR"))
		*op = PAT_OR;
	else if (slice_is(word, "AND"))
		*op = PAT_AND;
	else
		return false;
	return true;
}

static bool
scan_text(struct scan *s, struct fast *f, enum pattern_op *op)
{
	enum pattern_op joint = PAT_TEST;

	skip_space(s);
	if (!take(s, '['))
		return false;
	for (;;) {
		if (f->n == FAST_TESTS || !take_test(s, f))
			return false;
		if (take(s, ']'))
			break;
		if (!take_joint(s, &joint) || (f->n > 1 && joint != *op))
			return false;
		*op = joint;
	}
	skip_space(s);
	return s->p == s->end;
}

bool
reduce_fast(struct reduce_job *job, struct slice text, struct reduce_alts *out)
{
	struct scan s = {text.p, text.p + text.n};
	const struct pattern_node *tests[FAST_TESTS];
	enum pattern_op op = PAT_OR;
	struct fast f;
	size_t i;

	f.n = 0; /* the rest is filled as it is used */
	if (text.n == 0 || text.n > LIMIT_PATTERN || !scan_text(&s, &f, &op))
		return false;
	for (i = 0; i < f.n; i++)
		tests[i] = &f.nodes[i];
	reduce_list(job, op, tests, f.n, out);
	return true;
}
