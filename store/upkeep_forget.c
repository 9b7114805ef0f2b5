/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Removing forgotten sources, in the order of their rows; the source's own
 * record goes last.
 */
#include <string.h>

#include "base/limits.h"
#include "store/apply.h"
#include "store/bytes.h"
#include "store/presence.h"
#include "store/record_id.h"
#include "store/upkeep.h"

static bool
is_forgotten(const struct source_rec *r, void *ctx)
{
	(void)ctx;
	return r->forgotten != 0;
}

/* Its polls and its record. */
static int
source_gone(struct apply *a, struct err *e)
{
	uint8_t k[6];
	MDB_cursor *cur;
	MDB_val key, val;
	int rc;

	rc = mdb_cursor_open(a->txn, a->env->dbi[TABLE_POLLS], &cur);
	while (rc == 0) {
		be16_put(k, a->src.id);
		be32_put(k + 2, 0);
		key = (MDB_val){sizeof(k), k};
		rc = mdb_cursor_get(cur, &key, &val, MDB_SET_RANGE);
		if (rc == 0 && be16_get(key.mv_data) != a->src.id)
			rc = MDB_NOTFOUND;
		if (rc == 0)
			rc = mdb_cursor_del(cur, 0);
	}
	if (rc == MDB_NOTFOUND) {
		be16_put(k, a->src.id);
		key = (MDB_val){2, k};
		rc = mdb_del(a->txn, a->env->dbi[TABLE_SOURCES], &key, NULL);
	}
	if (rc != 0)
		return env_fail(e, a->env, rc, "removing a source");
	apply_settled(a);
	a->data = true;
	return 0;
}

/* Identifiers that outlived their objects; some of them at a time. */
static int
unbury(struct apply *a, struct err *e)
{
	uint8_t k[ID_KEY_LEN];
	MDB_val key, val;
	uint32_t n = 0;
	struct id_rec id;
	int rc;

	if (a->src.buried == 0)
		return 0;
	rc = mdb_cursor_get(a->ids, &key, &val, MDB_FIRST);
	while (rc == 0 && n < a->s->portion) {
		if (key.mv_size != sizeof(k) ||
		    be16_get((uint8_t *)key.mv_data + ID_KEY_SOURCE) !=
		    a->src.id || id_rec_decode((struct slice){val.mv_data,
		    val.mv_size}, &id) != 0 || id.row != 0) {
			rc = mdb_cursor_get(a->ids, &key, &val, MDB_NEXT);
			continue;
		}
		memcpy(k, key.mv_data, sizeof(k));
		rc = mdb_cursor_del(a->ids, 0);
		key = (MDB_val){sizeof(k), k};
		if (rc == 0)
			rc = mdb_cursor_get(a->ids, &key, &val, MDB_SET_RANGE);
		a->src.buried--;
		n++;
	}
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, a->env, rc, "removing identifiers");
}

static int
forget_some(struct apply *a, struct err *e)
{
	bool end;

	if (touch_rows(a, a->s->portion / 2, FATE_REMOVE, &end, e) != 0 ||
	    filter_prepare(a, e) != 0 || apply_objects(a, e) != 0 ||
	    log_finish(a, e) != 0)
		return -1;
	if (end && unbury(a, e) != 0)
		return -1;
	end = end && a->src.buried == 0;
	if ((end ? source_gone(a, e) : apply_source(a, e)) != 0)
		return -1;
	return apply_publish(a, false, e);
}

int
upkeep_forget(struct store *s, int64_t now, bool *worked, struct err *e)
{
	struct batch b;
	struct apply a;
	uint16_t source;
	int rc;

	*worked = false;
	if (source_id(s, is_forgotten, NULL, &source, e) != 0)
		return -1;
	if (source == 0)
		return 0;
	batch_init(&b);
	rc = touch_begin(&a, &b, s, source, now, e);
	/* Another process may have been faster. */
	if (rc == 0 && a.src.forgotten != 0) {
		a.why = WHY_FORGOTTEN;
		rc = forget_some(&a, e);
		*worked = true;
	}
	touch_drop(&a);
	batch_free(&b);
	return rc;
}
