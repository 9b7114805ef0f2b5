/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Before a batch is applied: does it bring what no listing should, or more than
 * any listing did?  Then nobody is to see the poll, neither what it brought
 * before nor what it is going to bring: its source is shown as it was before it
 * (source_rec.hidden_from), until a person or a better listing decides.
 */
#include <stdlib.h>

#include "store/guard.h"
#include "store/presence.h"
#include "store/terms.h"

/* Does the version that stands at a row make this value active already? */
static int
stands(struct apply *a, uint64_t row, const struct value *v, bool *yes,
    struct err *e)
{
	struct object_value had;
	struct object_rec r;
	enum object_tag tag;
	struct slice bytes;
	size_t pos = 0;

	*yes = false;
	if (apply_object(a, row, &r, NULL, e) != 0)
		return -1;
	if ((r.flags & OBJ_CLAIMS) == 0 ||
	    (r.flags & (OBJ_REVOKED | OBJ_BENIGN | OBJ_ENDED)) != 0 ||
	    (a->src.hidden_from != 0 && r.poll >= a->src.hidden_from))
		return 0;
	while (!*yes && object_rec_next(&r, &pos, &tag, &bytes)) {
		if (tag != TAG_VALUE || object_value_decode(bytes, &had) != 0)
			continue;
		*yes = had.value.type == v->type &&
		    had.value.prefix == v->prefix &&
		    had.value.keylen == v->keylen &&
		    memcmp(had.value.key, v->key, v->keylen) == 0;
	}
	return 0;
}

static int
guilty(struct apply *a, const struct item *it, enum guard_kind kind,
    const struct value *v, struct err *e)
{
	struct store_poll *p = a->p;
	struct buf text;
	bool yes = false;

	if (it->fate == FATE_UPDATE && stands(a, it->row, v, &yes, e) != 0)
		return -1;
	if (yes)
		return 0;
	if (rowset_add(&a->guilty[kind == GUARD_TOP], it->row) != 0)
		return err_set(e, ERR_MEMORY, "no memory for a poll");
	if (kind != GUARD_CANARY || p->canary[0] != '\0')
		return 0;
	buf_init(&text, sizeof(p->canary) - 1);
	if (value_print(v, &text) == 0 && text.n < sizeof(p->canary)) {
		memcpy(p->canary, text.p, text.n);
		p->canary[text.n] = '\0';
	}
	buf_free(&text);
	return 0;
}

static int
check_item(struct apply *a, const struct item *it, struct err *e)
{
	const struct guard *g = a->p->guards.values;
	struct object_value v;
	struct object_rec r;
	enum guard_kind kind;
	enum object_tag tag;
	struct slice bytes;
	size_t pos = 0;

	if (object_rec_head((struct slice){(char *)it->rec, it->len}, &r) != 0)
		return err_set(e, ERR_INTERNAL, "record of a batch changed");
	while (object_rec_next(&r, &pos, &tag, &bytes)) {
		if (tag != TAG_VALUE || object_value_decode(bytes, &v) != 0 ||
		    (v.oflags & OVF_COMPOUND) != 0)
			continue;
		kind = guard_find(g, v.value.type, v.value.prefix, v.value.key,
		    v.value.keylen);
		if (kind != GUARD_NONE &&
		    guilty(a, it, kind, &v.value, e) != 0)
			return -1;
	}
	return 0;
}

/* What an object said before is what it says no more. */
static int
forget_judged(struct apply *a, struct err *e)
{
	static const enum rows_kind kinds[] = {ROWS_CANARY, ROWS_TOP,
	    ROWS_FLAWED};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (rows_take(a->env, a->txn, kinds[i], a->src.id, &a->judged,
		    NULL, e) != 0)
			return -1;
	return 0;
}

static int
check_items(struct apply *a, struct err *e)
{
	bool guards = a->p->guards.values != NULL;
	const struct item *it;
	uint32_t i;

	for (i = 0; i < a->b->n; i++) {
		it = &a->b->items[i];
		if (!item_brings(it))
			continue;
		if ((it->fate == FATE_UPDATE &&
		    rowset_add(&a->judged, it->row) != 0) ||
		    (it->flawed && rowset_add(&a->flawed, it->row) != 0))
			return err_set(e, ERR_MEMORY, "no memory for a poll");
		if (guards && (it->flags & OBJ_CLAIMS) != 0 &&
		    (it->flags & (OBJ_REVOKED | OBJ_BENIGN)) == 0 &&
		    check_item(a, it, e) != 0)
			return -1;
	}
	if (forget_judged(a, e) != 0 || rows_put(a->env, a->txn, ROWS_FLAWED,
	    a->src.id, &a->flawed, e) != 0)
		return -1;
	if (rows_put(a->env, a->txn, ROWS_CANARY, a->src.id, &a->guilty[0],
	    e) != 0)
		return -1;
	return rows_put(a->env, a->txn, ROWS_TOP, a->src.id, &a->guilty[1], e);
}

void
presence_hide(struct apply *a)
{
	struct source_rec *s = &a->src;

	if (s->hidden_from != 0)
		return; /* it is already, from an earlier poll on */
	s->hidden_from = s->held_hides = a->p->poll;
	s->held_row = a->p->row_start;
	apply_forget_terms(a, s->id);
	apply_unsettle(a);
	s->settle_why = WHY_ROLLED_BACK;
}

int
presence_guard(struct apply *a, struct err *e)
{
	struct credible_facts f;
	struct credible c;

	if (a->p == NULL || a->b->n == 0)
		return 0;
	if (a->p->row_start == 0)
		a->p->row_start = a->row_base;
	if (check_items(a, e) != 0 || presence_facts(a, NULL, &f, e) != 0)
		return -1;
	c = credible_judge(&f, &a->p->guards.limits);
	/* Of what may still come in this poll nothing makes it better. */
	return c.why == HELD_NOT ? 0 : presence_hold(a, &c, 0, 1, e);
}
