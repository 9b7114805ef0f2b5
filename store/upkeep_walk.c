/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/upkeep_walk.h"

#include <string.h>

#include "store/bytes.h"

#define PLACE_HEAD 10

int
walk_place_read(struct store *s, MDB_txn *txn, const char *name,
    uint8_t phases, struct walk_place *at, struct err *e)
{
	MDB_val key = {strlen(name), (void *)(uintptr_t)name}, val;
	const uint8_t *p;
	int rc = mdb_get(txn, s->env->dbi[TABLE_META], &key, &val);

	at->running = rc == 0;
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return env_fail(e, s->env, rc, "reading");
	p = val.mv_data;
	if (val.mv_size < PLACE_HEAD ||
	    val.mv_size - PLACE_HEAD > sizeof(at->key) || p[1] >= phases)
		return 0;
	at->phase = p[1];
	at->mark = le64_get(p + 2);
	at->keylen = val.mv_size - PLACE_HEAD;
	memcpy(at->key, p + PLACE_HEAD, at->keylen);
	return 0;
}

static int
place_write(struct apply *a, const char *name,
    const struct walk_place *at, struct err *e)
{
	uint8_t b[PLACE_HEAD + WALK_KEY_MAX];
	MDB_val key = {strlen(name), (void *)(uintptr_t)name};
	MDB_val val = {PLACE_HEAD + at->keylen, b};
	int rc;

	b[0] = RECORD_VERSION;
	b[1] = at->phase;
	le64_put(b + 2, at->mark);
	memcpy(b + PLACE_HEAD, at->key, at->keylen);
	rc = at->running
	    ? mdb_put(a->txn, a->env->dbi[TABLE_META], &key, &val, 0)
	    : mdb_del(a->txn, a->env->dbi[TABLE_META], &key, NULL);
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, a->env, rc, "writing");
}

int
walk_finish(struct apply *a, const char *name, const struct walk_place *at,
    struct err *e)
{
	if (place_write(a, name, at, e) != 0 || log_finish(a, e) != 0 ||
	    (a->data && filter_prepare(a, e) != 0))
		return -1;
	return apply_publish(a, false, e);
}

static int
walk_entry(struct apply *a, bool net, const MDB_val *k, const MDB_val *d,
    walk_entry_fn *fn, bool *changed, struct err *e)
{
	uint8_t key[WALK_KEY_MAX], bytes[VALUE_REC_LEN];
	MDB_val at = {k->mv_size, key}, val = {sizeof(bytes), bytes};
	struct value_op op = {.key = key + 1, .net = net};
	struct value_rec rec;
	int rc;

	if (k->mv_size < 2 + (size_t)net || k->mv_size > sizeof(key) ||
	    value_rec_decode((struct slice){d->mv_data, d->mv_size},
	    &rec) != 0)
		return env_damaged(a->env, net ? TABLE_NETS : TABLE_VALUES, e);
	memcpy(key, k->mv_data, k->mv_size);
	op.type = key[0];
	op.keylen = (uint16_t)(k->mv_size - 1 - net);
	op.prefix = net ? key[k->mv_size - 1] : value_full_prefix(op.type);
	*changed = false;
	if (fn(a, &op, &rec, changed, e) != 0)
		return -1;
	if (!*changed)
		return 0;
	a->data = true;
	value_rec_encode(&rec, bytes);
	rc = mdb_cursor_put(a->values[net], &at, &val, 0);
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing values");
}

int
walk_part(struct apply *a, struct walk_place *at, walk_entry_fn *fn,
    struct err *e)
{
	bool net = at->phase == WALK_NETS, one = false;
	uint32_t seen = 0, changed = 0;
	MDB_val key = {at->keylen, at->key}, val;
	int rc;

	for (;;) {
		rc = mdb_cursor_get(a->values[net], &key, &val,
		    key.mv_size != 0 ? MDB_SET_RANGE : MDB_FIRST);
		for (; rc == 0; seen++) {
			if (seen == LIMIT_UPKEEP_ENTRIES ||
			    changed >= a->s->portion) {
				if (key.mv_size > sizeof(at->key))
					return env_damaged(a->env, net ?
					    TABLE_NETS : TABLE_VALUES, e);
				at->keylen = key.mv_size;
				memcpy(at->key, key.mv_data, key.mv_size);
				return 0;
			}
			if (walk_entry(a, net, &key, &val, fn, &one,
			    e) != 0)
				return -1;
			changed += one;
			rc = mdb_cursor_get(a->values[net], &key, &val,
			    MDB_NEXT);
		}
		if (rc != MDB_NOTFOUND)
			return env_fail(e, a->env, rc, "reading values");
		if (net)
			break;
		net = true;
		at->phase = WALK_NETS;
		key.mv_size = 0;
	}
	at->running = false;
	return 0;
}
