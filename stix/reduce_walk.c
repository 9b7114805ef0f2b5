/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk over a tree (or over tests that the fast way has found).
 *
 * A tree leans to the left by as many levels as a pattern has operators; runs
 * of one operator are flattened with a loop, so that recursion is as deep as
 * parentheses are.
 */
#include "stix/reduce_walk.h"

#include "base/tstamp.h"
#include "stix/reduce_rule.h"

/* Type tests are looked for among this many tests; a real pattern has two. */
#define PAIR_MAX 64

static const struct reduce_alts nothing = {
	.start = TSTAMP_NONE, .stop = TSTAMP_NEVER
};

static void reduce_node(struct reduce_job *job, const struct pattern_node *n,
    enum value_type hint, struct reduce_alts *out);

/* ---- lists ---- */

static void
add_item(struct reduce_job *job, struct reduce_alts *out,
    const struct value *v, bool weak)
{
	struct reduce_item *item = arena_alloc(job->a, sizeof(*item));

	if (item == NULL) {
		job->failed = true;
		return;
	}
	*item = (struct reduce_item){
		.v = {.value = *v, .compound = weak, .group = job->groups},
		.weak = weak
	};
	if (out->last != NULL)
		out->last->next = item;
	else
		out->first = item;
	out->last = item;
	out->n++;
}

static void
add_lost(struct reduce_job *job, struct reduce_alts *out, enum value_type type,
    enum value_reason reason, struct slice text)
{
	struct reduce_lost *lost = arena_alloc(job->a, sizeof(*lost));

	if (lost == NULL) {
		job->failed = true;
		return;
	}
	*lost = (struct reduce_lost){.r = {type, reason, text}};
	if (out->lost_last != NULL)
		out->lost_last->next = lost;
	else
		out->lost = lost;
	out->lost_last = lost;
	out->nlost++;
}

static void
join_lost(struct reduce_alts *out, const struct reduce_alts *more)
{
	if (more->lost == NULL)
		return;
	if (out->lost_last != NULL)
		out->lost_last->next = more->lost;
	else
		out->lost = more->lost;
	out->lost_last = more->lost_last;
	out->nlost += more->nlost;
}

static void
join(struct reduce_alts *out, const struct reduce_alts *more)
{
	join_lost(out, more);
	out->partial |= more->partial;
	if (more->first == NULL)
		return;
	if (out->last != NULL)
		out->last->next = more->first;
	else
		out->first = more->first;
	out->last = more->last;
	out->n += more->n;
}

static void
mark_compound(struct reduce_alts *alts)
{
	struct reduce_item *item;

	for (item = alts->first; item != NULL; item = item->next)
		item->v.compound = true;
}

/* ---- one test ---- */

static void
reduce_literal(struct reduce_job *job, const struct reduce_target *target,
    enum value_type hint, const struct pattern_literal *l,
    struct reduce_alts *out)
{
	enum value_type type = reduce_type(target, l->text, hint);
	enum value_reason reason = VALUE_BAD_SYNTAX;
	struct value v;

	/* A number never equals a string property, and so on. */
	if (l->kind == LIT_STRING || (l->kind == LIT_INT && target->number))
		reason = value_normalise(job->a, type, l->text, job->options,
		    &v);
	if (reason == VALUE_OK)
		add_item(job, out, &v, target->weak);
	else if (reason == VALUE_BAD_MEMORY)
		job->failed = true;
	else
		add_lost(job, out, type, reason, l->text);
}

static void
reduce_test(struct reduce_job *job, const struct pattern_node *n,
    enum value_type hint, struct reduce_alts *out)
{
	struct reduce_target target;
	enum value_type type;
	size_t i;

	out->partial = true;
	if (n->negated || (n->test != TEST_EQ && n->test != TEST_IN &&
	    n->test != TEST_ISSUBSET) || !reduce_target(n, &target))
		return;
	for (i = 0; i < n->nliterals && !job->failed; i++) {
		type = reduce_type(&target, n->literals[i].text, hint);
		if (n->test == TEST_ISSUBSET && type != VALUE_IPV4 &&
		    type != VALUE_IPV6)
			return;
		reduce_literal(job, &target, hint, &n->literals[i], out);
		job->groups++;
	}
	/* IN () never holds: there is nothing to be partial about, but nothing
	 * was reduced either. */
	out->partial = n->nliterals == 0;
}

/* ---- OR ---- */

static bool
is_hash(unsigned type)
{
	return (type >= VALUE_MD5 && type <= VALUE_PEHASH) ||
	    (type >= VALUE_X509_MD5 && type <= VALUE_X509_SHA256);
}

static bool
is_equality(const struct pattern_node *n)
{
	return n->op == PAT_TEST && n->test == TEST_EQ && !n->negated;
}

/* Are the hash tests of an OR the hashes of one file?  They are taken so when
 * each algorithm stands once. */
static bool
one_file(const struct pattern_node *const *children, size_t n)
{
	struct reduce_target target;
	uint64_t seen = 0;
	size_t i, hashes = 0;

	_Static_assert(VALUE_TYPE_COUNT <= 64, "types fit a mask");
	for (i = 0; i < n; i++) {
		if (!is_equality(children[i]) ||
		    !reduce_target(children[i], &target) ||
		    !is_hash(target.type))
			continue;
		if ((seen & UINT64_C(1) << target.type) != 0)
			return false;
		seen |= UINT64_C(1) << target.type;
		hashes++;
	}
	return hashes > 1;
}

static void
reduce_or(struct reduce_job *job, enum pattern_op op,
    const struct pattern_node *const *children, size_t n,
    enum value_type hint, struct reduce_alts *out)
{
	bool file = op == PAT_OR && n > 1 && one_file(children, n);
	bool windows_differ = false, any = false;
	struct reduce_alts child;
	unsigned group = file ? job->groups++ : 0;
	size_t i;

	*out = nothing;
	for (i = 0; i < n && !job->failed; i++) {
		reduce_node(job, children[i], hint, &child);
		if (file && child.n == 1 && is_equality(children[i]) &&
		    is_hash(child.first->v.value.type))
			child.first->v.group = group;
		join(out, &child);
		if (child.n == 0)
			continue;
		if (!any) {
			out->start = child.start;
			out->stop = child.stop;
		} else if (out->start != child.start ||
		    out->stop != child.stop) {
			/* One window must serve all: the widest does. */
			windows_differ = true;
			if (child.start < out->start)
				out->start = child.start;
			if (child.stop > out->stop)
				out->stop = child.stop;
		}
		any = true;
	}
	if (windows_differ)
		mark_compound(out);
}

/* ---- AND ---- */

/* Do both paths lead through the same steps but the last, which are `type` and
 * `value`? */
static bool
same_reference(const struct pattern_node *type, const struct pattern_node *value)
{
	const struct pattern_step *a = type->path, *b = value->path;
	size_t i, last = type->npath - 1;

	if (type->npath != value->npath || b[last].is_index ||
	    !slice_is(b[last].name, "value") ||
	    !slice_eq(type->object_type, value->object_type))
		return false;
	for (i = 0; i < last; i++)
		if (a[i].is_index != b[i].is_index || a[i].any != b[i].any ||
		    a[i].index != b[i].index || !slice_eq(a[i].name, b[i].name))
			return false;
	return true;
}

/* Are all tests below `n` about the value whose type `type` tests? */
static bool
covers(const struct pattern_node *n, const struct pattern_node *type)
{
	for (; n->op == PAT_OR; n = n->left)
		if (!covers(n->right, type))
			return false;
	return n->op == PAT_TEST && same_reference(type, n);
}

/* What a test such as dst_ref.type = 'ipv4-addr' says, or VALUE_NONE. */
static enum value_type
type_test(const struct pattern_node *n)
{
	const struct pattern_step *last;

	if (n->op != PAT_TEST || n->test != TEST_EQ || n->negated ||
	    n->npath < 2 || n->literals[0].kind != LIT_STRING)
		return VALUE_NONE;
	last = &n->path[n->npath - 1];
	if (last->is_index || !slice_is(last->name, "type"))
		return VALUE_NONE;
	return reduce_hint(n->literals[0].text);
}

/* The child whose type child `i` states, or n. */
static size_t
partner(const struct pattern_node *const *children, size_t n, size_t i)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (k != i && covers(children[k], children[i]))
			return k;
	return n;
}

/* Find the X_ref.type tests that only say what X_ref.value is.  Returns how many
 * children are left that say something of their own. */
static size_t
pair_types(const struct pattern_node *const *children, size_t n,
    unsigned char hints[PAIR_MAX], bool spent[PAIR_MAX])
{
	enum value_type type;
	size_t i, k, left = n;

	memset(hints, VALUE_NONE, n);
	memset(spent, 0, n * sizeof(*spent));
	for (i = 0; i < n; i++) {
		type = type_test(children[i]);
		if (type == VALUE_NONE)
			continue;
		k = partner(children, n, i);
		if (k == n || hints[k] != VALUE_NONE)
			continue;
		hints[k] = (unsigned char)type;
		spent[i] = true;
		left--;
	}
	return left;
}

/* Less is better: whole before partial, then by the least selective of the
 * values (a strong one beside a weak one covers no more than the weak one). */
static unsigned
alts_rank(const struct reduce_alts *alts)
{
	const struct reduce_item *item;
	unsigned rank, worst = 0;

	for (item = alts->first; item != NULL; item = item->next) {
		rank = reduce_rank(&item->v.value);
		if (item->weak)
			rank += 4 * VALUE_TYPE_COUNT;
		worst = rank > worst ? rank : worst;
	}
	return alts->partial ? worst + 8 * VALUE_TYPE_COUNT : worst;
}

/* Do two paths differ in their last step alone? */
static bool
same_holder(const struct pattern_node *a, const struct pattern_node *b)
{
	size_t i;

	if (a->npath != b->npath || a->npath == 0 ||
	    !slice_eq(a->object_type, b->object_type))
		return false;
	for (i = 0; i + 1 < a->npath; i++)
		if (a->path[i].is_index != b->path[i].is_index ||
		    a->path[i].any != b->path[i].any ||
		    a->path[i].index != b->path[i].index ||
		    !slice_eq(a->path[i].name, b->path[i].name))
			return false;
	return true;
}

/*
 * Hashes of one file under AND: whoever knows the file by any of them is to find
 * it, so all of them are kept, tied to each other.  Each is compound: one match
 * is not yet the whole pattern, the less so for a weak digest.
 */
static bool
reduce_hashes(struct reduce_job *job,
    const struct pattern_node *const *children, size_t n,
    struct reduce_alts *out)
{
	const struct pattern_node *first = NULL;
	struct reduce_target target;
	struct reduce_alts child;
	unsigned group;
	size_t i;

	*out = nothing;
	if (!one_file(children, n))
		return false;
	group = job->groups++;
	for (i = 0; i < n && !job->failed; i++) {
		if (!is_equality(children[i]) ||
		    !reduce_target(children[i], &target) ||
		    !is_hash(target.type))
			continue;
		if (first != NULL && !same_holder(first, children[i]))
			return false;
		reduce_node(job, children[i], VALUE_NONE, &child);
		if (child.n != 1 || child.first->weak)
			continue;
		first = children[i];
		child.first->v.group = group;
		join(out, &child);
	}
	mark_compound(out);
	return out->n != 0;
}

static void
reduce_and(struct reduce_job *job, enum pattern_op op,
    const struct pattern_node *const *children, size_t n,
    struct reduce_alts *out)
{
	unsigned char hints[PAIR_MAX];
	bool spent[PAIR_MAX], paired = op == PAT_AND && n <= PAIR_MAX;
	size_t left = paired ? pair_types(children, n, hints, spent) : n, i;
	struct reduce_alts child, lost = nothing;
	unsigned rank, best = UINT32_MAX;

	if (op == PAT_AND && reduce_hashes(job, children, n, out))
		return;
	*out = nothing;
	for (i = 0; i < n && !job->failed; i++) {
		if (paired && spent[i])
			continue;
		reduce_node(job, children[i], paired ?
		    (enum value_type)hints[i] : VALUE_NONE, &child);
		if (child.n == 0) {
			join_lost(&lost, &child);
			continue;
		}
		rank = alts_rank(&child);
		if (rank < best) {
			best = rank;
			*out = child;
		}
	}
	if (out->n == 0) {
		/* Rejects matter only where nothing stands in for them. */
		join_lost(out, &lost);
		out->partial = lost.lost == NULL;
	} else if (left > 1) {
		mark_compound(out);
	}
}

/* ---- the tree ---- */

static bool
is_run(enum pattern_op op)
{
	return op == PAT_AND || op == PAT_OR || op == PAT_OBS_AND ||
	    op == PAT_OBS_OR || op == PAT_FOLLOWEDBY;
}

/* How many operands a run of one operator has. */
static size_t
run_length(const struct pattern_node *n, enum pattern_op op)
{
	size_t length = 0;

	for (; n->op == op; n = n->left)
		length += run_length(n->right, op);
	return length + 1;
}

/* Write them, in their order, so that the last is at end[-1].  Returns the first
 * place written. */
static const struct pattern_node **
run_operands(const struct pattern_node *n, enum pattern_op op,
    const struct pattern_node **end)
{
	for (; n->op == op; n = n->left)
		end = run_operands(n->right, op, end);
	*--end = n;
	return end;
}

static void
dispatch(struct reduce_job *job, enum pattern_op op,
    const struct pattern_node *const *children, size_t n,
    enum value_type hint, struct reduce_alts *out)
{
	if (op == PAT_OR || op == PAT_OBS_OR)
		reduce_or(job, op, children, n, hint, out);
	else
		reduce_and(job, op, children, n, out);
}

static void
reduce_run(struct reduce_job *job, const struct pattern_node *n,
    enum value_type hint, struct reduce_alts *out)
{
	size_t length = run_length(n, n->op);
	const struct pattern_node **operands;

	operands = arena_alloc(job->a, length * sizeof(*operands));
	if (operands == NULL) {
		job->failed = true;
		return;
	}
	run_operands(n, n->op, operands + length);
	dispatch(job, n->op, operands, length, hint, out);
}

static void
apply_window(const struct pattern_node *n, struct reduce_alts *out)
{
	if (n->start > out->start)
		out->start = n->start;
	if (n->stop != TSTAMP_NONE && n->stop < out->stop)
		out->stop = n->stop;
}

static void
reduce_node(struct reduce_job *job, const struct pattern_node *n,
    enum value_type hint, struct reduce_alts *out)
{
	const struct pattern_node *at = n;
	bool compound = false;

	*out = nothing;
	for (; !is_run(at->op) && at->op != PAT_TEST; at = at->left)
		compound |= at->op == PAT_WITHIN || at->op == PAT_REPEATS;
	if (at->op == PAT_TEST)
		reduce_test(job, at, hint, out);
	else
		reduce_run(job, at, hint, out);
	for (; n != at; n = n->left)
		if (n->op == PAT_START_STOP)
			apply_window(n, out);
	if (compound)
		mark_compound(out);
}

void
reduce_list(struct reduce_job *job, enum pattern_op op,
    const struct pattern_node *const *children, size_t n,
    struct reduce_alts *out)
{
	if (n == 1)
		reduce_node(job, children[0], VALUE_NONE, out);
	else
		dispatch(job, op, children, n, VALUE_NONE, out);
}
