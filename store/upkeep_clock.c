/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the clock alone does to the active set, told to the change log: values
 * whose end passed, or whose valid_from came, since somebody last looked.
 *
 * No index of ends is kept, which every load would pay for: when the time in
 * head.next_change has come, `values` and `nets` are walked (some 0.1 s a
 * million), and VREC_TOLD in each entry says what the log has.  A walk is made
 * in many transactions; the key where the next one begins is the record "clock"
 * of the meta table.  While there is one, head.next_change gathers the times of
 * the walk and of the commits between its parts.
 *
 * A clock that was set back makes values active again: then there is a walk too.
 */
#include <string.h>

#include "base/limits.h"
#include "store/apply.h"
#include "store/bytes.h"
#include "store/upkeep.h"

#define CLOCK_NAME "clock"
#define CLOCK_KEY_MAX (1 + LIMIT_VALUE_KEY + 64 + 1)

/* Record: u8 version, u8 1 for `nets` or 0, the key to begin at. */
struct clock_place {
	bool running;
	bool net;
	uint8_t key[CLOCK_KEY_MAX];
	size_t keylen;
};

static MDB_val
clock_name(void)
{
	static const char name[] = CLOCK_NAME;

	return (MDB_val){sizeof(name) - 1, (void *)(uintptr_t)name};
}

static int
place_read(struct store *s, MDB_txn *txn, struct clock_place *at,
    struct err *e)
{
	MDB_val key = clock_name(), val;
	const uint8_t *p;
	int rc = mdb_get(txn, s->env->dbi[TABLE_META], &key, &val);

	*at = (struct clock_place){.running = rc == 0};
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return env_fail(e, s->env, rc, "reading");
	p = val.mv_data;
	/* One that makes no sense: the walk begins anew. */
	if (val.mv_size < 2 || val.mv_size - 2 > sizeof(at->key) || p[1] > 1)
		return 0;
	at->net = p[1] != 0;
	at->keylen = val.mv_size - 2;
	memcpy(at->key, p + 2, at->keylen);
	return 0;
}

static int
place_write(struct apply *a, const struct clock_place *at, struct err *e)
{
	uint8_t b[2 + CLOCK_KEY_MAX];
	MDB_val key = clock_name(), val = {2 + at->keylen, b};
	int rc;

	b[0] = 1;
	b[1] = at->net;
	memcpy(b + 2, at->key, at->keylen);
	rc = at->running
	    ? mdb_put(a->txn, a->env->dbi[TABLE_META], &key, &val, 0)
	    : mdb_del(a->txn, a->env->dbi[TABLE_META], &key, NULL);
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, a->env, rc, "writing");
}

static bool
clock_moved(const struct head *h, int64_t now)
{
	return h->next_change <= now || now < h->written;
}

/* Is there anything to look at?  Asked without the writer's lock. */
static int
clock_due(struct store *s, int64_t now, bool *due, struct err *e)
{
	struct clock_place at;
	struct head head;
	MDB_txn *txn;
	int rc;

	if (env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = head_read(s->env, txn, &head, e);
	if (rc == 0)
		rc = place_read(s, txn, &at, e);
	mdb_txn_abort(txn);
	if (rc == 0)
		*due = at.running || clock_moved(&head, now);
	return rc;
}

/* One entry: what the log says against what is. */
static int
clock_entry(struct apply *a, bool net, const MDB_val *k, const MDB_val *d,
    bool *told, struct err *e)
{
	uint8_t key[CLOCK_KEY_MAX], bytes[VALUE_REC_LEN];
	MDB_val at = {k->mv_size, key}, val = {sizeof(bytes), bytes};
	struct value_op op = {.key = key + 1, .net = net};
	struct value_rec rec;
	bool was;
	int rc;

	if (k->mv_size < 2 + (size_t)net || k->mv_size > sizeof(key) ||
	    value_rec_decode((struct slice){d->mv_data, d->mv_size},
	    &rec) != 0)
		return apply_damaged(a, net ? TABLE_NETS : TABLE_VALUES, e);
	memcpy(key, k->mv_data, k->mv_size);
	op.type = key[0];
	op.keylen = (uint16_t)(k->mv_size - 1 - net);
	op.prefix = net ? key[k->mv_size - 1] : op.type == VALUE_IPV4 ? 32 :
	    op.type == VALUE_IPV6 ? 128 : 0;
	was = (rec.flags & VREC_TOLD) != 0;
	if (log_entry(a, &op, &rec, false, was, true, e) != 0)
		return -1;
	*told = was != ((rec.flags & VREC_TOLD) != 0);
	if (!*told)
		return 0;
	a->data = true;
	value_rec_encode(&rec, bytes);
	rc = mdb_cursor_put(a->values[net], &at, &val, 0);
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing values");
}

/* From *at on, as far as one transaction goes. */
static int
clock_walk(struct apply *a, struct clock_place *at, struct err *e)
{
	uint32_t seen = 0, changed = 0;
	MDB_val key = {at->keylen, at->key}, val;
	bool told = false;
	int rc;

	for (;;) {
		rc = mdb_cursor_get(a->values[at->net], &key, &val,
		    key.mv_size != 0 ? MDB_SET_RANGE : MDB_FIRST);
		for (; rc == 0; seen++) {
			if (seen == LIMIT_UPKEEP_ENTRIES ||
			    changed == LIMIT_UPKEEP_ROWS) {
				if (key.mv_size > sizeof(at->key))
					return apply_damaged(a, at->net ?
					    TABLE_NETS : TABLE_VALUES, e);
				at->keylen = key.mv_size;
				memcpy(at->key, key.mv_data, key.mv_size);
				return 0;
			}
			if (clock_entry(a, at->net, &key, &val, &told, e) != 0)
				return -1;
			changed += told;
			rc = mdb_cursor_get(a->values[at->net], &key, &val,
			    MDB_NEXT);
		}
		if (rc != MDB_NOTFOUND)
			return env_fail(e, a->env, rc, "reading values");
		if (at->net)
			break;
		at->net = true;
		key.mv_size = 0;
	}
	at->running = false;
	return 0;
}

static int
clock_part(struct apply *a, struct err *e)
{
	const struct source_rec none = {.id = 0};
	struct clock_place at;

	if (apply_open(a, &none, e) != 0 ||
	    place_read(a->s, a->txn, &at, e) != 0)
		return -1;
	if (!at.running) {
		if (!clock_moved(&a->head, a->now))
			return 0; /* another process was faster */
		at = (struct clock_place){.running = true};
		a->head.next_change = TSTAMP_NEVER;
		a->head.written = a->now;
	}
	a->head_changed = true;
	a->why = WHY_BEGUN;
	if (clock_walk(a, &at, e) != 0 || place_write(a, &at, e) != 0 ||
	    log_finish(a, e) != 0 ||
	    (a->data && filter_prepare(a, e) != 0))
		return -1;
	return apply_publish(a, false, e);
}

int
upkeep_clock(struct store *s, int64_t now, bool *worked, struct err *e)
{
	struct batch b;
	struct apply a = {.s = s, .b = &b, .now = now};
	int rc;

	*worked = false;
	if (clock_due(s, now, worked, e) != 0)
		return -1;
	if (!*worked)
		return 0;
	batch_init(&b);
	rc = clock_part(&a, e);
	apply_close(&a);
	batch_free(&b);
	return rc;
}
