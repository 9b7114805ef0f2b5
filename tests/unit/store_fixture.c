/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "store/bytes.h"
#include "taxiway.h"
#include "tests/unit/store_fixture.h"

int
fixture_set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	struct err e = ERR_INIT;

	folder_make(&x->f);
	if (store_open(x->f.store, 1, &x->s, &e) != 0)
		fail_msg("%s", e.text);
	buf_init(&x->rec, LIMIT_RECORD);
	*state = x;
	return 0;
}

int
fixture_tear_down(void **state)
{
	struct fixture *x = *state;

	store_close(x->s);
	buf_free(&x->rec);
	folder_remove(&x->f);
	free(x);
	return 0;
}

/* Indicator n with one value: an address made from `value`. */
struct slice
fixture_record(struct fixture *x, uint32_t n, uint32_t value, uint16_t flags)
{
	struct object_rec head = {.id = id_of(STIX_INDICATOR, n),
	    .flags = OBJ_CLAIMS | flags, .confidence = 50, .created = 1,
	    .modified = 1, .valid_from = 1, .valid_until = TSTAMP_NONE,
	    .hash = (uint64_t)n << 32 | value | (uint64_t)flags << 56};
	uint8_t key[4] = {23, 45, 0, 0};
	struct object_value v = {.value = {.type = VALUE_IPV4, .prefix = 32,
	    .keylen = 4, .key = key}};

	if ((flags & OBJ_REVOKED) != 0)
		head.modified++;
	key[0] = (uint8_t)(23 + (value >> 16));
	be16_put(key + 2, (uint16_t)value);
	buf_reset(&x->rec);
	object_rec_begin(&x->rec, &head);
	object_rec_add_value(&x->rec, &v);
	return buf_view(&x->rec);
}

void
fixture_add(struct store_poll *p, struct slice r)
{
	struct err e = ERR_INIT;

	if (store_batch_add(p, r, &e) != 0)
		fail_msg("%s", e.text);
}

void
fixture_commit(struct store_poll *p)
{
	struct err e = ERR_INIT;

	if (store_batch_commit(p, NULL, NULL, 150, &e) != 0)
		fail_msg("%s", e.text);
}

struct head
fixture_head(struct fixture *x)
{
	struct env *env = x->s->env;
	struct err e = ERR_INIT;
	struct head h;
	MDB_txn *txn;

	assert_int_equal(env_begin(env, false, &txn, &e), 0);
	assert_int_equal(head_read(env, txn, &h, &e), 0);
	mdb_txn_abort(txn);
	return h;
}

size_t
fixture_entries(struct fixture *x, enum table t)
{
	struct err e = ERR_INIT;
	MDB_txn *txn;
	MDB_stat st;

	assert_int_equal(env_begin(x->s->env, false, &txn, &e), 0);
	assert_int_equal(mdb_stat(txn, x->s->env->dbi[t], &st), 0);
	mdb_txn_abort(txn);
	return st.ms_entries;
}

static void
problem(void *ctx, const char *text)
{
	(void)ctx;
	fail_msg("%s", text);
}

void
fixture_verify(struct fixture *x)
{
	tw_store *store;
	tw_snapshot *snap;

	assert_int_equal(tw_open(x->f.store, 0, &store, NULL), TW_OK);
	assert_int_equal(tw_snapshot_begin(store, &snap), TW_OK);
	assert_int_equal(tw_verify(snap, problem, NULL, NULL), TW_OK);
	tw_snapshot_end(snap);
	tw_close(store);
}
