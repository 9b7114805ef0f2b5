/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values: the collected operations in key order, all of one value at once.
 *
 * With one claim the entry names the object's row; a second claim gives the
 * value an id and an entry for each claim in the claims tree; when one is left
 * it goes back, and with none the entry goes.
 */
#include <string.h>

#include "base/limits.h"
#include "store/allow_fold.h"
#include "store/bytes.h"

static int
op_compare(const void *ctx, uint32_t i, uint32_t j)
{
	const struct value_op *a = (const struct value_op *)ctx + i;
	const struct value_op *b = (const struct value_op *)ctx + j;
	size_t n = a->keylen < b->keylen ? a->keylen : b->keylen;
	int d = n > 7 ? memcmp(a->key + 7, b->key + 7, n - 7) : 0;

	if (d != 0)
		return d;
	if (a->keylen != b->keylen)
		return a->keylen < b->keylen ? -1 : 1;
	return (int)a->prefix - (int)b->prefix;
}

static void
group_key(struct group *g, const struct value_op *op)
{
	g->op = op;
	g->key[0] = op->type;
	memcpy(g->key + 1, op->key, op->keylen);
	g->keylen = 1 + (size_t)op->keylen;
	if (op->net)
		g->key[g->keylen++] = op->prefix;
}

/* A value named twice by one object is one claim: it stands alone if it does so
 * once.  An unlink and a link of one object are one operation. */
static uint32_t
group_merge(struct apply *a, struct sort_pair *pairs, uint32_t n)
{
	struct value_op *to, *op;
	uint32_t i, k = 0;

	for (i = 1; i < n; i++) {
		to = &a->ops[pairs[k].index];
		op = &a->ops[pairs[i].index];
		if (to->item != op->item) {
			pairs[++k] = pairs[i];
			continue;
		}
		if ((to->kind & op->kind & OP_LINK) != 0) {
			to->flags = (uint8_t)((to->flags & op->flags &
			    OVF_COMPOUND) | ((to->flags | op->flags) &
			    CLAIM_SUFFIX));
		} else if ((op->kind & OP_LINK) != 0) {
			to->flags = op->flags;
		}
		to->kind |= op->kind;
		to->past = to->past || op->past;
	}
	return k + 1;
}

static int
entry_put(struct apply *a, struct group *g, uint8_t v[VALUE_REC_LEN],
    struct err *e)
{
	MDB_val key = {g->keylen, g->key}, val = {VALUE_REC_LEN, v};
	int rc = mdb_cursor_put(g->cur, &key, &val, 0);

	a->data = true;
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing values");
}

static void
lengths_add(struct head *h, const struct value_op *op)
{
	uint64_t *words =
	    op->type == VALUE_IPV4 ? h->net4_lengths : h->net6_lengths;

	words[op->prefix / 64] |= UINT64_C(1) << op->prefix % 64;
}

/* The entry is new: counters, filter. */
static void
entry_born(struct apply *a, const struct group *g)
{
	const struct value_op *op = g->op;

	a->data = true;
	a->counts.values++;
	if (op->net) {
		a->head.nets++;
		lengths_add(&a->head, op);
		if (a->filter != NULL)
			filter_add_net(a->filter, op->type, op->key,
			    op->prefix);
	} else {
		a->head.values++;
		if (a->filter != NULL)
			filter_add(a->filter, op->type, op->key, op->keylen);
	}
}

static int
entry_gone(struct apply *a, struct group *g, struct err *e)
{
	MDB_val key = {g->keylen, g->key}, val;
	int rc;

	rc = mdb_cursor_get(g->cur, &key, &val, MDB_SET);
	if (rc == 0)
		rc = mdb_cursor_del(g->cur, 0);
	if (rc != 0)
		return env_fail(e, a->env, rc, "writing values");
	if ((g->old.flags & VREC_ALLOWED) != 0 &&
	    allow_gone(a, g->op, e) != 0)
		return -1;
	a->data = true;
	a->counts.removed++;
	if (g->op->net)
		a->head.nets--;
	else
		a->head.values--;
	return log_gone(a, g->op, &g->old, e);
}

static void
count_claims(struct apply *a, uint64_t added, uint64_t removed)
{
	a->counts.claims += added;
	a->head.claims += added - removed;
	a->src.claims += added - removed;
}

/* Does nothing but touched rows concern this value? */
static bool
only_touched(const struct apply *a, const struct group *g)
{
	const struct item *it;
	uint32_t i;

	for (i = 0; i < g->n; i++) {
		it = &a->b->items[group_op(a, g, i)->item];
		if ((it->fate != FATE_TOUCH && it->fate != FATE_TRIM) ||
		    it->rewritten)
			return false;
	}
	return true;
}

static bool
says_same(const struct value_rec *a, const struct value_rec *b)
{
	/* What allow-lists make of it is not known here yet. */
	return ((a->flags ^ b->flags) & ~(VREC_TOLD | VREC_ALLOWED)) == 0 &&
	    a->confidence == b->confidence && a->tlp == b->tlp &&
	    a->nclaims == b->nclaims && a->valid_from == b->valid_from &&
	    a->expires_at == b->expires_at;
}

/* Write g->rec over what was there. */
static int
entry_store(struct apply *a, struct group *g, struct err *e)
{
	uint8_t old[VALUE_REC_LEN], rec[VALUE_REC_LEN];
	bool told = (g->old.flags & VREC_TOLD) != 0;

	/* An unchanged entry may stand for a changed object. */
	if (log_entry(a, g->op, &g->rec, !g->exists, told,
	    says_same(&g->old, &g->rec) && only_touched(a, g), e) != 0)
		return -1;
	value_rec_encode(&g->old, old);
	value_rec_encode(&g->rec, rec);
	if (g->exists && memcmp(old, rec, sizeof(rec)) == 0)
		return 0;
	if (entry_put(a, g, rec, e) != 0)
		return -1;
	if (!g->exists)
		entry_born(a, g);
	else if ((g->rec.flags & ~g->old.flags & VREC_PAST) != 0)
		a->counts.removed++;
	return 0;
}

/* A value of one object, most often new: no look before the put. */
static int
try_single(struct apply *a, struct group *g, bool *done, struct err *e)
{
	MDB_val key = {g->keylen, g->key}, val;
	uint8_t v[VALUE_REC_LEN];
	struct verdict_claim c;
	struct entry_now now;
	int rc;

	*done = false;
	if (g->n != 1 || g->op->kind != OP_LINK)
		return 0;
	if (claims_of_op(a, g->op, &c, e) != 0)
		return -1;
	verdict_first(&g->rec, &c, g->op->digest);
	if (entry_now(a, &g->rec, g->op, &now, e) != 0)
		return -1;
	if (now.active)
		g->rec.flags |= VREC_TOLD;
	value_rec_encode(&g->rec, v);
	val = (MDB_val){sizeof(v), v};
	rc = mdb_cursor_put(g->cur, &key, &val, MDB_NOOVERWRITE);
	if (rc == MDB_KEYEXIST)
		return 0;
	if (rc != 0)
		return env_fail(e, a->env, rc, "writing values");
	*done = true;
	count_claims(a, 1, 0);
	entry_born(a, g);
	return log_told(a, g->op, &now, true, false, false, e);
}

int
group_find(struct apply *a, struct group *g, struct err *e)
{
	MDB_val key = {g->keylen, g->key}, val;
	int rc = mdb_cursor_get(g->cur, &key, &val, MDB_SET);

	g->old = g->rec = (struct value_rec){0};
	g->exists = rc == 0;
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return env_fail(e, a->env, rc, "reading values");
	if (value_rec_decode((struct slice){val.mv_data, val.mv_size},
	    &g->old) != 0)
		return env_damaged(a->env,
		    g->op->net ? TABLE_NETS : TABLE_VALUES, e);
	g->rec = g->old;
	return 0;
}

/* One operation on a value in the claims tree; *fold says that the entry cannot
 * be told from it alone. */
static int
multi_op(struct apply *a, struct group *g, const struct value_op *op,
    uint64_t *added, uint64_t *removed, bool *fold, struct err *e)
{
	const struct item *it = &a->b->items[op->item];
	uint64_t id = g->old.row;
	struct verdict_claim c;
	bool yes;

	if ((op->kind & OP_LINK) == 0) {
		*fold = true;
		if ((op->kind & (OP_UNLINK | OP_DROP)) == 0)
			return 0;
		if (claims_remove(a, id, it->row, op->past, &yes, e) != 0)
			return -1;
		*removed += yes;
		return 0;
	}
	if (claims_add(a, id, op, &yes, e) != 0)
		return -1;
	*added += yes;
	/* A row of this batch is behind all others: fold it on. */
	if (!yes || it->fate != FATE_ADD)
		*fold = true;
	if (*fold)
		return 0;
	if (claims_of_op(a, op, &c, e) != 0)
		return -1;
	verdict_fold(&g->rec, &c);
	return 0;
}

/* Was another source forgotten or rolled back, or has it other terms, and upkeep
 * has not come to its entries yet?  Then nothing may be folded onto what they say:
 * the claims must be asked. */
static bool
others_unsettled(const struct apply *a)
{
	return a->head.unsettled > (a->src.unsettled != 0);
}

/* A value that lies in the claims tree. */
static int
apply_multi(struct apply *a, struct group *g, struct err *e)
{
	uint64_t id = g->old.row, added = 0, removed = 0, n;
	bool fold = false, yes;
	uint32_t i;

	for (i = 0; i < g->n; i++) {
		if (multi_op(a, g, group_op(a, g, i), &added, &removed, &fold,
		    e) != 0)
			return -1;
	}
	count_claims(a, added, removed);
	fold = fold || (added > 0 && others_unsettled(a));
	if (!fold)
		return added == 0 ? 0 : entry_store(a, g, e);
	if (claims_fold(a, id, g->op, &g->rec, &n, e) != 0)
		return -1;
	if (n == 1 && claims_remove(a, id, g->rec.row, false, &yes, e) != 0)
		return -1;
	return n == 0 ? entry_gone(a, g, e) : entry_store(a, g, e);
}

/* The claim that the entry held inline moves to the claims tree. */
static int
move_inline(struct apply *a, const struct group *g, uint64_t id, uint8_t flags,
    struct err *e)
{
	struct claim_rec c = {.source = g->old.source, .flags = flags};
	uint8_t k[16], v[CLAIM_REC_LEN];
	MDB_val key = {sizeof(k), k}, val = {sizeof(v), v};
	int rc;

	be64_put(k, id);
	be64_put(k + 8, g->old.row);
	claim_rec_encode(&c, v);
	rc = mdb_cursor_put(a->claims, &key, &val, 0);
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing claims");
}

/* What the operations make of an entry without claims tree, or of none. */
struct inline_plan {
	bool keep;                     /* the inline claim stays … */
	const struct value_op *again;  /* … and is said again, or is past now */
	const struct value_op *first;  /* the first claim that is added */
	uint32_t added;                /* claims beside it */
	int own;                       /* what becomes of it: -1, 0, 1 */
};

/* What the operation makes of the claim that is inline. */
static void
plan_own(const struct apply *a, const struct value_op *op,
    struct inline_plan *plan)
{
	bool link = (op->kind & OP_LINK) != 0;
	bool unlink = (op->kind & OP_UNLINK) != 0;

	plan->keep = link || op->past ||
	    (op->kind & (OP_UNLINK | OP_DROP)) == 0;
	plan->again = plan->keep ? op : NULL;
	if (a->b->items[op->item].fate != FATE_TOUCH)
		plan->own = (int)link - (int)unlink;
}

static void
plan_inline(const struct apply *a, const struct group *g,
    struct inline_plan *plan)
{
	const struct value_op *op;
	uint32_t i;

	*plan = (struct inline_plan){.keep = g->exists};
	for (i = 0; i < g->n; i++) {
		op = group_op(a, g, i);
		if (g->exists && a->b->items[op->item].row == g->old.row) {
			plan_own(a, op, plan);
		} else if ((op->kind & OP_LINK) != 0) {
			if (plan->added++ == 0)
				plan->first = op;
		}
	}
}

/* Several claims now: give the value an id. */
static int
make_multi(struct apply *a, struct group *g, const struct inline_plan *plan,
    struct err *e)
{
	uint64_t id = a->head.next_row++, n;
	bool all = plan->again != NULL || others_unsettled(a);
	bool started = plan->keep, yes;
	uint8_t flags = CLAIM_PAST; /* unless an operation says otherwise */
	const struct value_op *op;
	struct verdict_claim c;
	uint32_t i;

	if (plan->keep && plan->again == NULL &&
	    claims_inline(a, &g->old, g->op, &flags, e) != 0)
		return -1;
	if (plan->keep && move_inline(a, g, id, flags, e) != 0)
		return -1;
	if (!plan->keep)
		g->rec.flags = plan->first->digest ? VREC_DIGEST : 0;
	for (i = 0; i < g->n; i++) {
		op = group_op(a, g, i);
		if ((op->kind & OP_LINK) == 0)
			continue;
		if (claims_add(a, id, op, &yes, e) != 0)
			return -1;
		if (a->b->items[op->item].fate != FATE_ADD)
			all = true;
		if (all)
			continue;
		if (claims_of_op(a, op, &c, e) != 0)
			return -1;
		if (started)
			verdict_fold(&g->rec, &c);
		else
			verdict_first(&g->rec, &c, op->digest);
		started = true;
	}
	if (all && claims_fold(a, id, g->op, &g->rec, &n, e) != 0)
		return -1;
	g->rec.row = id;
	g->rec.flags |= VREC_MULTI;
	return entry_store(a, g, e);
}

static int
apply_inline(struct apply *a, struct group *g, struct err *e)
{
	struct inline_plan plan;
	const struct value_op *one;
	struct verdict_claim c;

	plan_inline(a, g, &plan);
	count_claims(a, plan.added + (plan.own > 0), plan.own < 0);
	if (!plan.keep && plan.added == 0)
		return g->exists ? entry_gone(a, g, e) : 0;
	if (plan.keep + plan.added > 1)
		return make_multi(a, g, &plan, e);
	one = plan.keep ? plan.again : plan.first;
	if (one == NULL)
		return 0; /* nothing that concerns this value's claim */
	if (claims_of_op(a, one, &c, e) != 0)
		return -1;
	verdict_first(&g->rec, &c, one->digest);
	return entry_store(a, g, e);
}

static int
apply_group(struct apply *a, struct sort_pair *pairs, uint32_t n,
    struct err *e)
{
	struct group g; /* large: filled as it is used */
	bool done;

	g.pairs = pairs;
	g.n = group_merge(a, pairs, n);
	g.exists = false;
	group_key(&g, &a->ops[pairs[0].index]);
	g.cur = a->values[g.op->net];
	if (g.op->digest && group_texts(a, &g, e) != 0)
		return -1;
	if (g.n == 0)
		return 0;
	if (try_single(a, &g, &done, e) != 0)
		return -1;
	if (done)
		return 0;
	if (group_find(a, &g, e) != 0)
		return -1;
	if (g.exists && (g.rec.flags & VREC_MULTI) != 0)
		return apply_multi(a, &g, e);
	return apply_inline(a, &g, e);
}

/* Key order is a random order of the batch's memory: ask for it ahead. */
static void
look_ahead(const struct apply *a, uint32_t i, uint32_t n)
{
	const struct value_op *op;

	if (i + 24 < n)
		CC_PREFETCH(&a->ops[a->pairs[i + 24].index]);
	if (i + 16 < n) {
		op = &a->ops[a->pairs[i + 16].index];
		CC_PREFETCH(op->key);
		CC_PREFETCH(&a->b->items[op->item]);
	}
	if (i + 8 < n) {
		op = &a->ops[a->pairs[i + 8].index];
		CC_PREFETCH(a->b->items[op->item].rec);
		if (a->filter != NULL && !op->net)
			(void)filter_start(a->filter, op->type, op->key,
			    op->keylen);
	}
}

/* The operations on values, or those on networks. */
static int
apply_table(struct apply *a, bool net, struct err *e)
{
	struct sort_pair *pairs = a->pairs;
	const struct value_op *op;
	uint32_t i, j, n = 0;

	for (i = 0; i < a->nops; i++) {
		op = &a->ops[i];
		if (op->net != net)
			continue;
		pairs[n++] = (struct sort_pair){(uint64_t)op->type << 56 |
		    sort_prefix(op->key, op->keylen) >> 8, i};
	}
	if (n == 0)
		return 0; /* there may be no room for pairs either */
	sort_pairs(pairs, pairs + a->nops, n, op_compare, a->ops);
	for (i = 0; i < n; i = j) {
		look_ahead(a, i, n);
		for (j = i + 1; j < n && pairs[j].key == pairs[i].key &&
		    op_compare(a->ops, pairs[i].index, pairs[j].index) == 0;
		    j++)
			;
		if (apply_group(a, pairs + i, j - i, e) != 0)
			return -1;
	}
	return 0;
}

int
apply_values(struct apply *a, struct err *e)
{
	if (apply_pairs(a, a->nops, e) != 0 ||
	    apply_table(a, false, e) != 0 || apply_table(a, true, e) != 0)
		return -1;
	a->nops = 0;
	arena_reset(&a->scratch);
	return 0;
}
