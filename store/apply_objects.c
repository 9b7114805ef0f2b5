/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows and blocks, in order of arrival: new ones are appended.
 */
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/limits.h"
#include "store/apply.h"
#include "store/bytes.h"
#include "store/presence.h"
#include "store/undo.h"

/* Keys of overwritten versions, held until their operations are applied. */
#define SCRATCH_FULL MIB(4)

static struct value_op *
op_new(struct apply *a, struct err *e)
{
	struct value_op *ops;

	if (a->nops == a->ops_cap) {
		ops = grow(a->ops, &a->ops_cap, sizeof(*ops));
		if (ops == NULL) {
			err_set(e, ERR_MEMORY, "no memory for more than %u "
			    "values", a->nops);
			return NULL;
		}
		a->ops = ops;
	}
	return &a->ops[a->nops++];
}

static bool
is_net(const struct value *v)
{
	return (v->type == VALUE_IPV4 && v->prefix < 32) ||
	    (v->type == VALUE_IPV6 && v->prefix < 128);
}

static bool
row_stays(const struct item *it)
{
	return it->fate != FATE_REMOVE && it->fate != FATE_BURY;
}

/* Does what stands at an item's row say something of the value? */
static bool
still_says(const struct item *it, const struct object_value *v)
{
	const struct undo_value value = {v->value.type, v->value.prefix,
	    {(const char *)v->value.key, v->value.keylen}};
	struct object_rec now;

	return object_rec_head((struct slice){(char *)it->rec, it->len},
	    &now) == 0 && undo_says(&now, &value, NULL, NULL);
}

/* An operation for each value that a version claims.  OP_UNLINK: `past` when the
 * version will be in `undo`. */
int
values_collect(struct apply *a, const struct object_rec *r, uint32_t item,
    enum op_kind kind, bool past, struct err *e)
{
	struct object_value v;
	enum object_tag tag;
	struct slice bytes;
	struct value_op *op;
	size_t pos = 0;

	if ((r->flags & OBJ_CLAIMS) == 0)
		return 0;
	while (object_rec_next(r, &pos, &tag, &bytes)) {
		if (tag != TAG_VALUE)
			continue;
		if (object_value_decode(bytes, &v) != 0)
			return env_damaged(a->env, TABLE_OBJECTS, e);
		if (kind == OP_DROP && row_stays(&a->b->items[item]) &&
		    still_says(&a->b->items[item], &v))
			continue; /* a version less changes nothing */
		op = op_new(a, e);
		if (op == NULL)
			return -1;
		*op = (struct value_op){.key = v.value.key,
		    .keylen = v.value.keylen, .type = v.value.type,
		    .prefix = v.value.prefix, .flags = verdict_flags(&v),
		    .kind = (uint8_t)kind, .net = is_net(&v.value),
		    .item = item, .past = past,
		    .digest = (v.value.flags & VALUE_DIGEST) != 0};
		if (kind == OP_LINK)
			continue;
		if (kind != OP_FOLD && !past && row_stays(&a->b->items[item]) &&
		    undo_has(a, a->b->items[item].row, &v, &op->past, e) != 0)
			return -1;
		/* The old version is about to be overwritten. */
		op->key = arena_dup(&a->scratch, op->key, op->keylen);
		if (op->key == NULL)
			return err_set(e, ERR_MEMORY, "no memory for values");
	}
	return 0;
}

void
object_count(struct apply *a, const struct object_rec *r, int64_t n)
{
	uint64_t d = (uint64_t)n; /* wraps for -1, and back */

	if ((r->flags & OBJ_PATTERN) != 0)
		a->head.patterns += d;
	if ((r->flags & OBJ_RULE) != 0)
		a->head.rules += d;
	if ((r->flags & (OBJ_PATTERN | OBJ_RULE)) != 0)
		a->src.patterns += d;
	if ((r->flags & OBJ_REVOKED) != 0)
		a->src.revoked += d;
	if (r->id.b[0] == STIX_RELATIONSHIP)
		a->head.relationships += d;
}

/* Its bytes are no longer referred to. */
int
raw_bury(struct apply *a, const struct object_rec *r, struct err *e)
{
	uint8_t k[8];
	MDB_val key = {sizeof(k), k}, val;
	struct block_rec b;
	int rc;

	if ((r->flags & OBJ_RAW) == 0)
		return 0;
	be64_put(k, r->block);
	rc = mdb_get(a->txn, a->env->dbi[TABLE_BLOCKS], &key, &val);
	if (rc == MDB_NOTFOUND)
		return env_damaged(a->env, TABLE_BLOCKS, e);
	if (rc != 0)
		return env_fail(e, a->env, rc, "reading blocks");
	if (block_rec_decode((struct slice){val.mv_data, val.mv_size},
	    &b) != 0 || r->index >= b.count)
		return env_damaged(a->env, TABLE_BLOCKS, e);
	a->head.dead_raw += le32_get(
	    (const uint8_t *)b.lengths.p + (size_t)r->index * 4);
	return 0;
}

/* Does the item begin another time of what it overwrites?  Its record gets the
 * times before that. */
static int
came_back(struct apply *a, struct item *it, const struct object_rec *old,
    struct episodes *times, bool *anew, struct err *e)
{
	struct object_rec back;
	enum episode_return how;
	struct buf room;
	int rc = 0;

	if (object_rec_head((struct slice){(char *)it->rec, it->len},
	    &back) != 0)
		return err_set(e, ERR_INTERNAL, "record of a batch changed");
	if (episode_begin(a, it->row, old, &back, a->p->poll, times, &how,
	    e) != 0)
		return -1;
	*anew = how == EPISODE_ANEW;
	if (CC_LIKELY(times->n == 0))
		return 0;
	buf_init(&room, LIMIT_RECORD);
	/* One that is too large for it goes without. */
	if (episodes_put((struct slice){(char *)it->rec, it->len}, times,
	    &room) == 0) {
		it->rec = arena_dup(&a->b->arena, room.p, room.n);
		it->len = (uint32_t)room.n;
		it->flags |= OBJ_AGAIN;
		if (it->rec == NULL)
			rc = err_set(e, ERR_MEMORY, "no memory for an object");
	}
	buf_free(&room);
	return rc;
}

/* What the version at the item's row leaves behind.  What came in an earlier poll
 * is kept, with its bytes, so that this one can be rolled back; bytes that come
 * late for a version that stands make no new one. */
static int
retire(struct apply *a, uint32_t i, uint32_t *poll_first, uint32_t *poll,
    struct err *e)
{
	struct item *it = &a->b->items[i];
	struct object_rec old;
	struct episodes times;
	struct slice record;
	bool kept, anew = false;

	if (apply_object(a, it->row, &old, &record, e) != 0 ||
	    came_back(a, it, &old, &times, &anew, e) != 0)
		return -1;
	if (!anew)
		*poll_first = old.poll_first;
	if (((old.flags & OBJ_ENDED) != 0 &&
	    presence_born(a, it->row, e) != 0) ||
	    presence_renewed(a, it->row, e) != 0)
		return -1;
	object_count(a, &old, -1);
	a->updates++;
	kept = (anew || old.hash != it->hash) && old.poll != a->p->poll;
	if (values_collect(a, &old, i, OP_UNLINK, kept, e) != 0 ||
	    (!kept && links_drop(a, &old, it->row, NULL, e) != 0))
		return -1;
	if (old.hash == it->hash && !anew)
		*poll = old.poll;
	if (kept)
		return undo_save(a, it->row, a->p->poll, record, e);
	return raw_bury(a, &old, e);
}

/* Claims that had ended before they came, dates that make no sense.  `first` is the
 * first operation of the version: the type of its value stands for all. */
static int
count_ageing(struct apply *a, const struct object_rec *r, uint32_t first,
    struct err *e)
{
	struct source_terms *t;
	struct ageing_clock clock;
	struct ageing_end end;

	if (first == a->nops || (r->flags & (OBJ_REVOKED | OBJ_BENIGN)) != 0)
		return 0;
	if ((t = apply_terms(a, a->src.id, e)) == NULL)
		return -1;
	/* Of one type, not of one value: sightings aside. */
	terms_end(t, r, a->ops[first].type, TSTAMP_NONE, &end);
	a->counts.bad_dates += end.rejected;
	/* As the source will be when this poll is complete: what it lists now is
	 * seen now, however long the outage was. */
	clock = t->clock;
	clock.frozen = tstamp_add(clock.frozen, ageing_lag(&t->ageing, &clock,
	    a->now));
	clock.success = a->now;
	a->counts.stale += ageing_resolve(&t->ageing, &clock, &end, a->now,
	    NULL) <= a->now;
	return 0;
}

static int
write_object(struct apply *a, uint32_t i, struct err *e)
{
	struct item *it = &a->b->items[i];
	uint32_t poll = a->p->poll, poll_first = poll, first;
	uint64_t block = 0;
	struct object_rec r;
	uint8_t k[8];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	if (it->fate == FATE_UPDATE && retire(a, i, &poll_first, &poll, e) != 0)
		return -1;
	val = (MDB_val){it->len, it->rec};
	if (it->block != NO_BLOCK)
		block = a->b->blocks[it->block].number;
	object_rec_patch(it->rec, a->src.id, poll_first, poll, block);
	be64_put(k, it->row);
	rc = mdb_cursor_put(a->objects, &key, &val,
	    it->fate == FATE_ADD ? MDB_APPEND : 0);
	if (rc != 0)
		return env_fail(e, a->env, rc, "writing objects");
	if (object_rec_head((struct slice){(char *)it->rec, it->len}, &r) != 0)
		return err_set(e, ERR_INTERNAL, "record of a batch changed");
	object_count(a, &r, 1);
	if (it->fate == FATE_ADD) {
		a->head.objects++;
		a->src.objects++;
		if (presence_born(a, it->row, e) != 0)
			return -1;
	}
	a->counts.patterns +=
	    (r.flags & (OBJ_PATTERN | OBJ_RULE)) != 0;
	/* What a source says of the future is not the age of its news. */
	if (r.modified <= a->now && r.modified > a->counts.newest)
		a->counts.newest = r.modified;
	a->data = true;
	first = a->nops;
	if (values_collect(a, &r, i, OP_LINK, false, e) != 0 ||
	    count_ageing(a, &r, first, e) != 0)
		return -1;
	return links_collect(a, &r, it->row, true, e);
}

static int
fold_version(struct apply *a, const struct object_rec *old, void *ctx,
    struct err *e)
{
	const uint32_t *item = ctx;

	return values_collect(a, old, *item, OP_FOLD, false, e);
}

/* The row stays; its values are made anew, and those of the versions that it had
 * before: which of them stands is a matter of the source's terms. */
static int
touch_object(struct apply *a, uint32_t i, struct err *e)
{
	struct item *it = &a->b->items[i];
	struct object_rec r;
	uint8_t k[8];
	MDB_val key = {sizeof(k), k}, val = {it->len, it->rec};
	int rc;

	if (it->rewritten) {
		be64_put(k, it->row);
		rc = mdb_cursor_put(a->objects, &key, &val, 0);
		if (rc != 0)
			return env_fail(e, a->env, rc, "writing objects");
		a->data = true;
	}
	if (object_rec_head((struct slice){(char *)it->rec, it->len}, &r) != 0)
		return err_set(e, ERR_INTERNAL, "record of a batch changed");
	if (values_collect(a, &r, i, OP_LINK, false, e) != 0)
		return -1;
	return undo_each(a, it->row, fold_version, &i, e);
}

/* Number the blocks that are referred to, and write them. */
static int
write_blocks(struct apply *a, struct err *e)
{
	struct batch *b = a->b;
	struct block_rec rec;
	const struct item *it;
	uint8_t k[8];
	MDB_val key = {sizeof(k), k}, val;
	uint32_t i;
	int rc;

	for (i = 0; i < b->nblocks; i++)
		b->blocks[i].number = 0;
	for (i = 0; i < b->n; i++) {
		it = &b->items[i];
		if (it->block != NO_BLOCK && item_brings(it))
			b->blocks[it->block].number = 1;
	}
	for (i = 0; i < b->nblocks; i++) {
		if (b->blocks[i].number == 0)
			continue;
		b->blocks[i].number = a->head.next_block++;
		be64_put(k, b->blocks[i].number);
		val = (MDB_val){b->blocks[i].bytes.n,
		    (void *)(uintptr_t)b->blocks[i].bytes.p};
		rc = mdb_put(a->txn, a->env->dbi[TABLE_BLOCKS], &key, &val,
		    MDB_APPEND);
		if (rc != 0)
			return env_fail(e, a->env, rc, "writing blocks");
		if (block_rec_decode(b->blocks[i].bytes, &rec) != 0)
			return err_set(e, ERR_INTERNAL, "a block changed");
		a->head.raw_bytes += rec.raw_len;
		a->head.dead_raw += rec.raw_len;
	}
	return 0;
}

/* Bytes of a block are dead until an object is written that has them. */
static int
revive_raw(struct apply *a, struct err *e)
{
	const struct batch *b = a->b;
	struct block_rec rec = {.count = 0};
	uint32_t i, last = NO_BLOCK;
	const struct item *it;

	for (i = 0; i < b->n; i++) {
		it = &b->items[i];
		if (it->block == NO_BLOCK || !item_brings(it))
			continue;
		if (it->block != last &&
		    block_rec_decode(b->blocks[it->block].bytes, &rec) != 0)
			return err_set(e, ERR_INTERNAL, "a block changed");
		last = it->block;
		a->head.dead_raw -= le32_get((const uint8_t *)rec.lengths.p +
		    (size_t)it->index * 4);
	}
	return 0;
}

static int
apply_collected(struct apply *a, struct err *e)
{
	if (!a->rows_only && apply_values(a, e) != 0)
		return -1;
	return apply_links(a, e);
}

int
apply_objects(struct apply *a, struct err *e)
{
	static int (*const write[])(struct apply *, uint32_t, struct err *) = {
	    [FATE_DROP] = NULL, [FATE_ADD] = write_object,
	    [FATE_UPDATE] = write_object, [FATE_TOUCH] = touch_object,
	    [FATE_REMOVE] = object_remove, [FATE_BURY] = object_remove,
	    [FATE_TRIM] = object_trim,
	};
	uint32_t i;
	int rc;

	if (write_blocks(a, e) != 0 || revive_raw(a, e) != 0)
		return -1;
	for (i = 0; i < a->b->n; i++) {
		if (write[a->b->items[i].fate] == NULL)
			continue;
		rc = write[a->b->items[i].fate](a, i, e);
		if (rc != 0)
			return -1;
		if ((a->nops >= LIMIT_BATCH_OPS ||
		    a->scratch.used >= SCRATCH_FULL) &&
		    apply_collected(a, e) != 0)
			return -1;
	}
	return apply_collected(a, e);
}
