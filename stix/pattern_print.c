/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The canonical text of a tree: single spaces, the fewest parentheses, quotes
 * around a key only where it needs them.
 *
 * A tree leans to the left by as many levels as a pattern has operators, so the
 * left spine is walked with a loop; recursion is as deep as parentheses are.
 */
#include <inttypes.h>

#include "base/buf.h"
#include "stix/pattern.h"
#include "stix/pattern_lex.h"

static bool
is_qualifier(const struct pattern_node *n)
{
	return n->op == PAT_WITHIN || n->op == PAT_REPEATS ||
	    n->op == PAT_START_STOP;
}

/* How tightly a node binds; a child that binds less needs parentheses. */
static int
tightness(const struct pattern_node *n)
{
	switch (n->op) {
	case PAT_FOLLOWEDBY:
		return 0;
	case PAT_OBS_OR:
	case PAT_OR:
		return 1;
	case PAT_OBS_AND:
	case PAT_AND:
		return 2;
	case PAT_WITHIN:
	case PAT_REPEATS:
	case PAT_START_STOP:
		return 3;
	case PAT_OBSERVATION:
	case PAT_TEST:
		break;
	}
	return 4;
}

static void
print_string(struct slice s, struct buf *out)
{
	size_t i, from = 0;

	buf_char(out, '\'');
	for (i = 0; i < s.n; i++) {
		if (s.p[i] != '\'' && s.p[i] != '\\')
			continue;
		buf_add(out, s.p + from, i - from);
		buf_char(out, '\\');
		from = i;
	}
	buf_add(out, s.p + from, s.n - from);
	buf_char(out, '\'');
}

static void
print_key(struct slice name, struct buf *out)
{
	size_t i;
	bool plain = name.n > 0 && (pattern_class[(unsigned char)name.p[0]] &
	    PAT_C_ALPHA) != 0 && pattern_lex_keyword(name) == TOK_NAME;

	for (i = 0; i < name.n && plain; i++)
		plain = (pattern_class[(unsigned char)name.p[i]] &
		    PAT_C_NAME) != 0;
	if (plain)
		buf_slice(out, name);
	else
		print_string(name, out);
}

static void
print_path(const struct pattern_node *n, struct buf *out)
{
	size_t i;

	buf_slice(out, n->object_type);
	for (i = 0; i < n->npath; i++) {
		const struct pattern_step *s = &n->path[i];

		if (!s->is_index) {
			buf_char(out, i == 0 ? ':' : '.');
			print_key(s->name, out);
		} else if (s->any) {
			buf_str(out, "[*]");
		} else {
			buf_printf(out, "[%" PRId64 "]", s->index);
		}
	}
}

static void
print_literal(const struct pattern_literal *l, struct buf *out)
{
	switch (l->kind) {
	case LIT_STRING:
		print_string(l->text, out);
		return;
	case LIT_TIMESTAMP:
		buf_char(out, 't');
		break;
	case LIT_HEX:
		buf_char(out, 'h');
		break;
	case LIT_BINARY:
		buf_char(out, 'b');
		break;
	case LIT_INT:
	case LIT_FLOAT:
	case LIT_BOOL:
		buf_slice(out, l->text);
		return;
	}
	buf_char(out, '\'');
	buf_slice(out, l->text);
	buf_char(out, '\'');
}

static void
print_test(const struct pattern_node *n, struct buf *out)
{
	static const char *const names[] = {
		[TEST_EQ] = "=", [TEST_NE] = "!=", [TEST_LT] = "<",
		[TEST_LE] = "<=", [TEST_GT] = ">", [TEST_GE] = ">=",
		[TEST_IN] = "IN", [TEST_LIKE] = "LIKE",
		[TEST_MATCHES] = "MATCHES", [TEST_ISSUBSET] = "ISSUBSET",
		[TEST_ISSUPERSET] = "ISSUPERSET"
	};
	size_t i;

	if (n->test == TEST_EXISTS) {
		buf_str(out, n->negated ? "NOT EXISTS " : "EXISTS ");
		print_path(n, out);
		return;
	}
	print_path(n, out);
	buf_str(out, n->negated ? " NOT " : " ");
	buf_str(out, names[n->test]);
	buf_str(out, n->test == TEST_IN ? " (" : " ");
	for (i = 0; i < n->nliterals; i++) {
		if (i > 0)
			buf_str(out, ", ");
		print_literal(&n->literals[i], out);
	}
	if (n->test == TEST_IN)
		buf_char(out, ')');
}

static void
print_qualifier(const struct pattern_node *n, struct buf *out)
{
	if (n->op == PAT_START_STOP) {
		buf_str(out, " START ");
		print_literal(&n->literals[0], out);
		buf_str(out, " STOP ");
		print_literal(&n->literals[1], out);
		return;
	}
	buf_str(out, n->op == PAT_WITHIN ? " WITHIN " : " REPEATS ");
	print_literal(&n->literals[0], out);
	buf_str(out, n->op == PAT_WITHIN ? " SECONDS" : " TIMES");
}

static void
print_own(const struct pattern_node *n, struct buf *out)
{
	static const char *const names[] = {
		[PAT_FOLLOWEDBY] = " FOLLOWEDBY ", [PAT_OBS_OR] = " OR ",
		[PAT_OBS_AND] = " AND ", [PAT_OR] = " OR ", [PAT_AND] = " AND "
	};

	if (is_qualifier(n))
		print_qualifier(n, out);
	else
		buf_str(out, names[n->op]);
}

static void print_node(const struct pattern_node *n, struct buf *out);

static void
print_child(const struct pattern_node *n, bool parentheses, struct buf *out)
{
	if (parentheses)
		buf_char(out, '(');
	print_node(n, out);
	if (parentheses)
		buf_char(out, ')');
}

/* Does a chain of qualifiers hold one kind twice?  Then what it qualifies needs
 * parentheses, or the text would not be valid. */
static bool
repeats_a_kind(const struct pattern_node *n)
{
	unsigned seen = 0;

	for (; is_qualifier(n); n = n->left) {
		if ((seen & 1u << n->op) != 0)
			return true;
		seen |= 1u << n->op;
	}
	return false;
}

/* The spine of one node: the run of the same operator (or of qualifiers) to the
 * left.  It is turned round by way of an index, so that neither the stack nor
 * the tree is used for it. */
static void
print_spine(const struct pattern_node *n, struct buf *out)
{
	const struct pattern_node *base = n, *at;
	bool chain = is_qualifier(n);
	size_t length = 0, i, k;

	while (chain ? is_qualifier(base) : base->op == n->op) {
		base = base->left;
		length++;
	}
	print_child(base, chain ? tightness(base) < 3 || repeats_a_kind(n) :
	    tightness(base) < tightness(n), out);
	for (i = length; i > 0 && buf_ok(out); i--) {
		for (at = n, k = 1; k < i; k++)
			at = at->left;
		print_own(at, out);
		if (!chain)
			print_child(at->right,
			    tightness(at->right) <= tightness(n), out);
	}
}

static void
print_node(const struct pattern_node *n, struct buf *out)
{
	if (n->op == PAT_TEST) {
		print_test(n, out);
	} else if (n->op == PAT_OBSERVATION) {
		buf_char(out, '[');
		print_node(n->left, out);
		buf_char(out, ']');
	} else {
		print_spine(n, out);
	}
}

int
pattern_print(const struct pattern_node *n, struct buf *out)
{
	print_node(n, out);
	return buf_ok(out) ? 0 : -1;
}
