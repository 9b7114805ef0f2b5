/* SPDX-License-Identifier: BSD-2-Clause */
/* Small changes of the allow-lists: entries made by hand; which lists there are. */
#include "store/allow_change.h"

static bool
is_own(const struct allow_item *it, const void *ctx)
{
	(void)ctx;
	return it->list == ALLOW_OWN;
}

int
store_allow_add(struct store *s, const struct undo_value *v, unsigned scope,
    const struct allow_own *own, struct err *e)
{
	struct allow_item it = {.list = ALLOW_OWN, .scope = (uint8_t)scope};
	uint8_t key[ALLOW_KEY_MAX];
	size_t n = allow_key_value(v->type, v->prefix, v->key, key);
	struct allow_change c;
	struct slice old;
	struct buf more;
	uint64_t had;
	int rc = -1;

	if (n == 0)
		return err_set(e, ERR_USAGE, "a value with a key of %zu bytes",
		    v->key.n);
	if (change_begin(&c, s, e) != 0)
		return -1;
	buf_init(&more, KIB(1));
	if (allow_own_encode(own, &more) != 0) {
		err_set(e, ERR_USAGE, "more than %u bytes of reason, or %u of "
		    "who says so", LIMIT_ALLOW_REASON, LIMIT_ALLOW_WHO);
		goto out;
	}
	it.more = buf_view(&more);
	if (change_get(&c, key, n, &old, e) != 0 ||
	    change_keep(&c, old, is_own, NULL, &had, e) != 0)
		goto out;
	allow_item_add(&c.rec, &it);
	rc = change_items(&c, key, n, old, e);
out:
	buf_free(&more);
	if (rc == 0)
		return change_end(&c, true, e);
	change_drop(&c);
	return -1;
}

int
store_allow_remove(struct store *s, const struct undo_value *v, bool *found,
    struct err *e)
{
	uint8_t key[ALLOW_KEY_MAX];
	size_t n = allow_key_value(v->type, v->prefix, v->key, key);
	struct allow_change c;
	struct slice old;
	uint64_t had = 0;

	*found = false;
	if (n == 0)
		return 0;
	if (change_begin(&c, s, e) != 0)
		return -1;
	if (change_get(&c, key, n, &old, e) == 0 &&
	    change_keep(&c, old, is_own, NULL, &had, e) == 0 &&
	    (had == 0 || change_items(&c, key, n, old, e) == 0)) {
		*found = had != 0;
		return change_end(&c, *found, e);
	}
	change_drop(&c);
	return -1;
}

int
store_allow_builtin(struct store *s, bool on, struct err *e)
{
	struct allow_change c;
	bool changed;

	if (change_begin(&c, s, e) != 0)
		return -1;
	changed = c.set.no_builtin != !on;
	c.set.no_builtin = !on;
	return change_end(&c, changed, e);
}

/* Is what a record says fit for the tree? */
static int
restore_one(struct allow_change *c, const struct allow_pair *p, struct err *e)
{
	const uint8_t *key = (const uint8_t *)p->key.p;
	struct allow_pattern pattern;
	struct allow_list list;
	struct allow_item it;
	struct slice old;
	uint64_t digest;
	uint16_t number;
	size_t pos = 0;
	int more;

	if (p->key.n == 0 || p->key.n > ALLOW_KEY_MAX)
		return 0;
	if (change_get(c, key, p->key.n, &old, e) != 0)
		return -1;
	switch (key[0]) {
	case ALLOW_KEY_SET:
		return 0;
	case ALLOW_KEY_LIST:
		if (allow_list_read(p->key, p->record, &list) != 0)
			return env_damaged(c->s->env, TABLE_ALLOW, e);
		break;
	case ALLOW_KEY_PATTERN:
		if (allow_pattern_read(p->key, p->record, &number, &digest,
		    &pattern) != 0)
			return env_damaged(c->s->env, TABLE_ALLOW, e);
		c->set.patterns += old.p == NULL;
		break;
	case ALLOW_KEY_VALUE:
	case ALLOW_KEY_NET:
		while ((more = allow_item_next(p->record, &pos, &it)) == 1)
			;
		if (more < 0)
			return env_damaged(c->s->env, TABLE_ALLOW, e);
		buf_reset(&c->rec);
		buf_slice(&c->rec, p->record);
		return change_items(c, key, p->key.n, old, e);
	default:
		return 0; /* found anew */
	}
	return change_put(c, key, p->key.n, p->record, e);
}

int
store_allow_restore(struct store *s, const struct allow_pair *pairs, size_t n,
    struct err *e)
{
	struct allow_change c;
	size_t i;

	if (change_begin(&c, s, e) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (restore_one(&c, &pairs[i], e) != 0) {
			change_drop(&c);
			return -1;
		}
	}
	return change_end(&c, n != 0, e);
}

/* -- asking -- */

static int
each_list(MDB_cursor *cur, store_allow_fn *fn, void *ctx)
{
	uint8_t k[1] = {ALLOW_KEY_LIST};
	MDB_val key = {1, k}, val;
	struct allow_list list;
	int rc = mdb_cursor_get(cur, &key, &val, MDB_SET_RANGE);

	for (; rc == 0 && *(uint8_t *)key.mv_data == ALLOW_KEY_LIST;
	    rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT)) {
		if (allow_list_read((struct slice){key.mv_data, key.mv_size},
		    (struct slice){val.mv_data, val.mv_size}, &list) != 0)
			return MDB_CORRUPTED;
		fn(ctx, &list);
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

int
store_allow_each(struct store *s, store_allow_fn *fn, void *ctx,
    bool *builtin, struct err *e)
{
	struct allow_view v;
	MDB_cursor *cur;
	MDB_txn *txn;
	int rc;

	if (env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = mdb_cursor_open(txn, s->env->dbi[TABLE_ALLOW], &cur);
	if (rc == 0) {
		rc = allow_view_begin(&v, cur, 0);
		*builtin = !v.set.no_builtin;
		if (rc == 0)
			rc = each_list(cur, fn, ctx);
		mdb_cursor_close(cur);
	}
	mdb_txn_abort(txn);
	return rc == 0 ? 0 : env_fail(e, s->env, rc, "reading allow-lists");
}
