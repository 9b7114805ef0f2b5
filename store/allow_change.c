/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/allow_change.h"

#include <errno.h>
#include <string.h>

#include "base/value.h"

#define RECORD_MAX KIB(128) /* items of one value */

int
change_fail(struct allow_change *c, int rc, struct err *e)
{
	return rc == MDB_CORRUPTED ? env_damaged(c->s->env, TABLE_ALLOW, e) :
	    env_fail(e, c->s->env, rc, "changing allow-lists");
}

int
change_begin(struct allow_change *c, struct store *s, struct err *e)
{
	struct allow_view v;
	int rc;

	*c = (struct allow_change){.s = s, .dbi = s->env->dbi[TABLE_ALLOW]};
	buf_init(&c->rec, RECORD_MAX);
	if (env_begin(s->env, true, &c->txn, e) != 0)
		return -1;
	if (head_read(s->env, c->txn, &c->head, e) != 0)
		goto fail;
	rc = mdb_cursor_open(c->txn, c->dbi, &c->cur);
	if (rc == 0)
		rc = allow_view_begin(&v, c->cur, 0);
	if (rc != 0) {
		change_fail(c, rc, e);
		goto fail;
	}
	c->set = v.set;
	c->set.serial++;
	return 0;
fail:
	change_drop(c);
	return -1;
}

void
change_drop(struct allow_change *c)
{
	if (c->txn != NULL)
		mdb_txn_abort(c->txn);
	c->txn = NULL;
	buf_free(&c->rec);
}

static int
drop_held(struct allow_change *c, struct slice key, struct slice record, void *ctx,
    struct err *e)
{
	uint8_t copy[ALLOW_KEY_MAX];

	(void)record;
	(void)ctx;
	if (key.n > sizeof(copy))
		return env_damaged(c->s->env, TABLE_ALLOW, e);
	memcpy(copy, key.p, key.n);
	return change_del(c, copy, key.n, e);
}

static int
change_write(struct allow_change *c, struct err *e)
{
	static const uint8_t key[1] = {ALLOW_KEY_SET};
	struct env *env = c->s->env;

	if (c->set.patterns == 0 &&
	    change_walk(c, ALLOW_KEY_HELD, drop_held, NULL, e) != 0)
		return -1;
	buf_reset(&c->rec);
	if (allow_set_encode(&c->set, &c->rec) != 0)
		return err_set(e, ERR_MEMORY, "no memory for allow-lists");
	c->head.allowed = c->set.entries + c->set.patterns;
	if (c->head.allow_open == 0)
		c->head.allow_open = c->set.serial;
	if (change_put(c, key, sizeof(key), buf_view(&c->rec), e) != 0)
		return -1;
	return head_write(env, c->txn, &c->head, e);
}

int
change_end(struct allow_change *c, bool changed, struct err *e)
{
	struct env *env = c->s->env;
	int rc;

	if (!changed || change_write(c, e) != 0) {
		change_drop(c);
		return changed ? -1 : 0;
	}
	rc = mdb_txn_commit(c->txn);
	c->txn = NULL;
	buf_free(&c->rec);
	if (rc == EIO)
		rc = env_write_error(env);
	if (rc != 0)
		return env_fail(e, env, rc, "committing");
	(void)env_make_whole(env, NULL);
	return 0;
}

int
change_get(struct allow_change *c, const uint8_t *key, size_t n, struct slice *out,
    struct err *e)
{
	MDB_val k = {n, (void *)(uintptr_t)key}, val;
	int rc = mdb_cursor_get(c->cur, &k, &val, MDB_SET);

	*out = SLICE_NONE;
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return change_fail(c, rc, e);
	*out = (struct slice){val.mv_data, val.mv_size};
	return 0;
}

int
change_put(struct allow_change *c, const uint8_t *key, size_t n,
    struct slice record, struct err *e)
{
	MDB_val k = {n, (void *)(uintptr_t)key};
	MDB_val val = {record.n, (void *)(uintptr_t)record.p};
	int rc = mdb_cursor_put(c->cur, &k, &val, 0);

	return rc == 0 ? 0 : change_fail(c, rc, e);
}

int
change_del(struct allow_change *c, const uint8_t *key, size_t n, struct err *e)
{
	MDB_val k = {n, (void *)(uintptr_t)key};
	int rc = mdb_del(c->txn, c->dbi, &k, NULL);

	return rc == 0 || rc == MDB_NOTFOUND ? 0 : change_fail(c, rc, e);
}

int
change_walk(struct allow_change *c, uint8_t kind, change_walk_fn *fn, void *ctx,
    struct err *e)
{
	uint8_t at[ALLOW_KEY_MAX + 1] = {kind};
	MDB_val key = {1, at}, val;
	size_t n;
	int rc;

	rc = mdb_cursor_get(c->cur, &key, &val, MDB_SET_RANGE);
	while (rc == 0 && key.mv_size != 0 &&
	    *(const uint8_t *)key.mv_data == kind) {
		if (key.mv_size > ALLOW_KEY_MAX)
			return env_damaged(c->s->env, TABLE_ALLOW, e);
		n = key.mv_size;
		memcpy(at, key.mv_data, n);
		rc = fn(c, (struct slice){(char *)at, n},
		    (struct slice){val.mv_data, val.mv_size}, ctx, e);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
		/* What is behind it, whatever became of it: the cursor may have
		 * been moved, too. */
		at[n] = 0;
		key = (MDB_val){n + 1, at};
		rc = mdb_cursor_get(c->cur, &key, &val, MDB_SET_RANGE);
	}
	return rc == 0 || rc == MDB_NOTFOUND ? 0 : change_fail(c, rc, e);
}

static void
lengths_add(struct allow_set *s, const uint8_t *key, size_t n)
{
	struct undo_value v;
	uint64_t *words;

	if (!allow_key_read((struct slice){(const char *)key, n}, &v) ||
	    key[0] != ALLOW_KEY_NET)
		return;
	words = v.type == VALUE_IPV4 ? s->net4 : s->net6;
	words[v.prefix / 64] |= UINT64_C(1) << v.prefix % 64;
}

int
change_keep(struct allow_change *c, struct slice old, change_goes_fn *goes,
    const void *ctx, uint64_t *gone, struct err *e)
{
	struct allow_item it;
	size_t pos = 0;
	int more = 0;

	*gone = 0;
	buf_reset(&c->rec);
	allow_items_begin(&c->rec);
	while (old.p != NULL && (more = allow_item_next(old, &pos, &it)) == 1) {
		if (goes != NULL && goes(&it, ctx))
			++*gone;
		else
			allow_item_add(&c->rec, &it);
	}
	return more < 0 ? env_damaged(c->s->env, TABLE_ALLOW, e) : 0;
}

int
change_items(struct allow_change *c, const uint8_t *key, size_t n,
    struct slice old, struct err *e)
{
	if (!buf_ok(&c->rec))
		return err_set(e, ERR_LIMIT, "too many lists name one value");
	if (old.p != NULL && slice_eq(old, buf_view(&c->rec)))
		return 0;
	if (c->rec.n <= 1) {
		if (old.p == NULL)
			return 0;
		c->set.entries--;
		return change_del(c, key, n, e);
	}
	if (old.p == NULL) {
		c->set.entries++;
		lengths_add(&c->set, key, n);
	}
	return change_put(c, key, n, buf_view(&c->rec), e);
}
