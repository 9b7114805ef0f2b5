/* SPDX-License-Identifier: BSD-2-Clause */
/* A local sighting is written. */
#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/value.h"
#include "store/batch.h"
#include "store/sighting.h"

static int
seen_put(struct store *st, MDB_txn *txn, struct slice key,
    const struct sighting *s, struct slice who, struct err *e)
{
	MDB_val k = {key.n, (void *)(uintptr_t)key.p}, old = {0, NULL}, val;
	struct buf rec;
	int rc;

	rc = mdb_get(txn, st->env->dbi[TABLE_SIGHTINGS], &k, &old);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, st->env, rc, "reading sightings");
	buf_init(&rec, KIB(4));
	if (sighting_merge(rc == 0 ?
	    (struct slice){old.mv_data, old.mv_size} : SLICE(""), s, who,
	    &rec) != 0) {
		buf_free(&rec);
		return err_set(e, ERR_STORE, "store '%s': a sighting cannot be "
		    "read; run 'taxiway verify'", st->path);
	}
	val = (MDB_val){rec.n, rec.p};
	rc = mdb_put(txn, st->env->dbi[TABLE_SIGHTINGS], &k, &val, 0);
	buf_free(&rec);
	return rc == 0 ? 0 : env_fail(e, st->env, rc, "writing sightings");
}

int
store_seen(struct store *st, uint8_t type, uint8_t prefix, struct slice key,
    const struct sighting *s, struct slice who, bool *known, struct err *e)
{
	bool net = (type == VALUE_IPV4 && prefix < 32) ||
	    (type == VALUE_IPV6 && prefix < 128);
	char whole[1 + LIMIT_VALUE_KEY + 64 + 1];
	MDB_val k = {1 + key.n + net, whole}, val;
	MDB_txn *txn;
	int rc;

	*known = false;
	if (key.n > LIMIT_VALUE_KEY + 64)
		return 0;
	whole[0] = (char)type;
	memcpy(whole + 1, key.p, key.n);
	whole[1 + key.n] = (char)prefix;
	if (env_begin(st->env, true, &txn, e) != 0)
		return -1;
	rc = mdb_get(txn, st->env->dbi[net ? TABLE_NETS : TABLE_VALUES], &k,
	    &val);
	if (rc != 0) {
		mdb_txn_abort(txn);
		return rc == MDB_NOTFOUND ? 0 :
		    env_fail(e, st->env, rc, "reading values");
	}
	if (seen_put(st, txn, (struct slice){whole, k.mv_size}, s, who,
	    e) != 0) {
		mdb_txn_abort(txn);
		return -1;
	}
	rc = mdb_txn_commit(txn);
	if (rc == EIO)
		rc = env_write_error(st->env);
	if (rc != 0)
		return env_fail(e, st->env, rc, "committing");
	(void)env_make_whole(st->env, NULL);
	*known = true;
	return 0;
}
