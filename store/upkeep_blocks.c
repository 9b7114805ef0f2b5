/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Original bytes that nothing refers to.
 *
 * Objects are compressed in blocks of some dozens, so bytes die one by one and
 * space is given back block by block.  A look at all records counts what refers
 * to each block; blocks without any go, of those that are half dead or worse what
 * lives is moved to new ones.  That look is worth it when a sixteenth of all bytes
 * has died since the last one; then every block is more than half alive.
 *
 * What is found is kept in memory, for later transactions of this process: a block
 * gets no new references, and one that a row had is afterwards found at that row,
 * in `objects` or in `undo`, or nowhere.  The record "blocks" of the meta table
 * has the dead bytes that the last look left.
 */
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/limits.h"
#include "store/apply.h"
#include "store/bytes.h"
#include "store/undo.h"
#include "store/upkeep.h"
#include "store/upkeep_blocks.h"

#define BLOCKS_REFS 200000u    /* references of one plan */
#define BLOCKS_GO 2000u        /* dead blocks of one transaction … */
#define BLOCKS_MOVE MIB(4)     /* … or bytes, unpacked, of blocks that move */
#define BLOCKS_LEVEL 3         /* of compression */

struct block_seen {
	uint64_t number;
	uint32_t count, live;      /* objects in it, and those referred to */
	uint32_t first;            /* its references in the plan */
	uint8_t what;              /* enum block_what */
};
enum block_what { BLOCK_STAYS, BLOCK_GOES, BLOCK_MOVES };

struct block_ref {
	uint32_t block;            /* index of it */
	uint64_t row;
};

struct block_plan {
	struct block_seen *blocks; /* by number */
	uint32_t nblocks;
	size_t cap;
	struct block_ref *refs;    /* by block */
	uint32_t nrefs;
	uint32_t next;             /* block to go on with */
};

void
block_plan_free(struct block_plan *p)
{
	if (p == NULL)
		return;
	free(p->blocks);
	free(p->refs);
	free(p);
}

/* ---- is it worth it? ------------------------------------------------------- */

static MDB_val
blocks_name(void)
{
	static const char name[] = "blocks";

	return (MDB_val){sizeof(name) - 1, (void *)(uintptr_t)name};
}

static int
is_due(struct store *s, MDB_txn *txn, bool *due, struct err *e)
{
	MDB_val key = blocks_name(), val;
	uint64_t left = 0, worth;
	struct head h;
	int rc;

	if (head_read(s->env, txn, &h, e) != 0)
		return -1;
	rc = mdb_get(txn, s->env->dbi[TABLE_META], &key, &val);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, s->env, rc, "reading");
	if (rc == 0 && val.mv_size >= 9)
		left = le64_get((const uint8_t *)val.mv_data + 1);
	worth = h.raw_bytes / 16;
	if (worth < s->blocks_least)
		worth = s->blocks_least;
	*due = h.dead_raw > left && h.dead_raw - left >= worth;
	return 0;
}

static int
note_left(struct apply *a, struct err *e)
{
	uint8_t b[9];
	MDB_val key = blocks_name(), val = {sizeof(b), b};
	int rc;

	b[0] = RECORD_VERSION;
	le64_put(b + 1, a->head.dead_raw);
	rc = mdb_put(a->txn, a->env->dbi[TABLE_META], &key, &val, 0);
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing");
}

/* ---- the look -------------------------------------------------------------- */

static int
see_block(struct block_plan *p, uint64_t number, uint32_t count,
    struct err *e)
{
	struct block_seen *more;

	if (p->nblocks == p->cap) {
		more = grow(p->blocks, &p->cap, sizeof(*more));
		if (more == NULL)
			return err_set(e, ERR_MEMORY, "no memory for blocks");
		p->blocks = more;
	}
	p->blocks[p->nblocks++] = (struct block_seen){.number = number,
	    .count = count};
	return 0;
}

static struct block_seen *
find_block(const struct block_plan *p, uint64_t number)
{
	uint32_t low = 0, high = p->nblocks, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (p->blocks[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->nblocks && p->blocks[low].number == number ?
	    &p->blocks[low] : NULL;
}

typedef int entry_fn(struct block_plan *p, const MDB_val *key,
    const MDB_val *val, struct err *e);

static int
walk(struct store *s, MDB_txn *txn, enum table t, entry_fn *fn,
    struct block_plan *p, struct err *e)
{
	MDB_cursor *cur;
	MDB_val key, val;
	int rc = mdb_cursor_open(txn, s->env->dbi[t], &cur);

	if (rc != 0)
		return env_fail(e, s->env, rc, "reading");
	while ((rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT)) == 0) {
		rc = fn(p, &key, &val, e);
		if (rc != 0)
			break;
	}
	mdb_cursor_close(cur);
	if (rc == MDB_CORRUPTED)
		return env_damaged(s->env, t, e);
	return rc == MDB_NOTFOUND ? 0 :
	    rc == -1 ? -1 : env_fail(e, s->env, rc, "reading");
}

static int
take_block(struct block_plan *p, const MDB_val *key, const MDB_val *val,
    struct err *e)
{
	struct block_rec b;

	if (key->mv_size != 8 || block_rec_decode((struct slice){val->mv_data,
	    val->mv_size}, &b) != 0)
		return MDB_CORRUPTED;
	return see_block(p, be64_get(key->mv_data), b.count, e);
}

static int
count_ref(struct block_plan *p, const MDB_val *key, const MDB_val *val,
    struct err *e)
{
	struct block_seen *b;
	struct object_rec o;

	(void)key;
	(void)e;
	if (object_rec_head((struct slice){val->mv_data, val->mv_size},
	    &o) != 0)
		return MDB_CORRUPTED;
	if ((o.flags & OBJ_RAW) == 0)
		return 0;
	if ((b = find_block(p, o.block)) == NULL)
		return MDB_CORRUPTED;
	b->live++;
	return 0;
}

static int
take_ref(struct block_plan *p, const MDB_val *key, const MDB_val *val,
    struct err *e)
{
	struct block_seen *b;
	struct object_rec o;

	(void)e;
	if (key->mv_size < 8 || object_rec_head((struct slice){val->mv_data,
	    val->mv_size}, &o) != 0)
		return MDB_CORRUPTED;
	if ((o.flags & OBJ_RAW) == 0)
		return 0;
	if ((b = find_block(p, o.block)) == NULL)
		return MDB_CORRUPTED;
	if (b->what == BLOCK_MOVES)
		p->refs[p->nrefs++] = (struct block_ref){
		    (uint32_t)(b - p->blocks), be64_get(key->mv_data)};
	return 0;
}

/* What is to become of each; the number of references that follow from it. */
static uint32_t
choose(struct block_plan *p)
{
	struct block_seen *b;
	uint32_t i, refs = 0;

	for (i = 0; i < p->nblocks; i++) {
		b = &p->blocks[i];
		if (b->live == 0) {
			b->what = BLOCK_GOES;
		} else if (b->live <= b->count / 2 &&
		    refs + b->live <= BLOCKS_REFS) {
			b->what = BLOCK_MOVES;
			refs += b->live;
		}
	}
	return refs;
}

static int
ref_compare(const void *x, const void *y)
{
	const struct block_ref *a = x, *b = y;

	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

static int
look(struct store *s, MDB_txn *txn, struct block_plan *p, struct err *e)
{
	uint32_t i, k = 0, refs;

	if (walk(s, txn, TABLE_BLOCKS, take_block, p, e) != 0 ||
	    walk(s, txn, TABLE_OBJECTS, count_ref, p, e) != 0 ||
	    walk(s, txn, TABLE_UNDO, count_ref, p, e) != 0)
		return -1;
	refs = choose(p);
	if (refs == 0)
		return 0;
	p->refs = malloc(refs * sizeof(*p->refs));
	if (p->refs == NULL)
		return err_set(e, ERR_MEMORY, "no memory for blocks");
	if (walk(s, txn, TABLE_OBJECTS, take_ref, p, e) != 0 ||
	    walk(s, txn, TABLE_UNDO, take_ref, p, e) != 0)
		return -1;
	qsort(p->refs, p->nrefs, sizeof(*p->refs), ref_compare);
	for (i = 0; i < p->nblocks; i++) {
		p->blocks[i].first = k;
		while (k < p->nrefs && p->refs[k].block == i)
			k++;
	}
	return 0;
}

/* ---- what goes, and what moves -------------------------------------------- */

/* A record that is to say where its bytes are now. */
struct moved {
	uint64_t row;
	uint32_t undo;             /* its poll in `undo`; 0: in `objects` */
	uint16_t index;
	struct slice record;       /* in the scratch arena */
};

struct mover {
	struct apply *a;
	struct block_plan *p;
	struct block_reader *reader;
	struct block_writer *writer;
	struct moved *moved;       /* those of the block that is filled */
	uint32_t nmoved;
	size_t cap;
	uint64_t bytes;            /* of the old block that live */
};

static int
put_moved(struct mover *m, const struct moved *r, uint64_t block,
    struct err *e)
{
	struct apply *a = m->a;
	uint8_t k[UNDO_KEY_LEN], *bytes = (uint8_t *)(uintptr_t)r->record.p;
	MDB_val key = {r->undo != 0 ? UNDO_KEY_LEN : 8, k};
	MDB_val val = {r->record.n, bytes};
	struct object_rec o;
	int rc;

	if (object_rec_head(r->record, &o) != 0)
		return err_set(e, ERR_INTERNAL, "a record changed");
	object_rec_patch(bytes, o.source, o.poll_first, o.poll, block);
	object_rec_place(bytes, r->index);
	undo_key(k, r->row, r->undo);
	rc = mdb_cursor_put(r->undo != 0 ? a->undo : a->objects, &key, &val,
	    0);
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing objects");
}

/* The new block is full, or the last. */
static int
finish_block(struct mover *m, struct err *e)
{
	struct apply *a = m->a;
	uint64_t number = a->head.next_block;
	struct slice bytes;
	uint8_t k[8];
	MDB_val key = {sizeof(k), k}, val;
	uint32_t i;
	int rc;

	if (m->nmoved == 0)
		return 0;
	a->head.raw_bytes += block_writer_raw(m->writer);
	if (block_writer_finish(m->writer, &bytes, e) != 0)
		return -1;
	a->head.next_block++;
	be64_put(k, number);
	val = (MDB_val){bytes.n, (void *)(uintptr_t)bytes.p};
	rc = mdb_put(a->txn, a->env->dbi[TABLE_BLOCKS], &key, &val,
	    MDB_APPEND);
	if (rc != 0)
		return env_fail(e, a->env, rc, "writing blocks");
	for (i = 0; i < m->nmoved; i++) {
		if (put_moved(m, &m->moved[i], number, e) != 0)
			return -1;
	}
	m->nmoved = 0;
	arena_reset(&a->scratch);
	return 0;
}

/* A record at a row, if its bytes are in the block. */
static int
move_record(struct mover *m, const struct block_seen *b, struct slice block,
    uint64_t row, uint32_t undo, const MDB_val *val, struct err *e)
{
	struct slice record = {val->mv_data, val->mv_size}, raw;
	struct moved *more;
	struct object_rec o;
	int index;

	if (object_rec_head(record, &o) != 0)
		return env_damaged(m->a->env, undo != 0 ? TABLE_UNDO :
		    TABLE_OBJECTS, e);
	if ((o.flags & OBJ_RAW) == 0 || o.block != b->number)
		return 0;
	if (block_reader_get(m->reader, b->number, block, o.index, &raw,
	    e) != 0)
		return -1;
	if (m->nmoved == m->cap) {
		more = grow(m->moved, &m->cap, sizeof(*more));
		if (more == NULL)
			return err_set(e, ERR_MEMORY, "no memory for blocks");
		m->moved = more;
	}
	index = block_writer_add(m->writer, raw);
	record = arena_slice(&m->a->scratch, record);
	if (index < 0 || index > UINT16_MAX || record.p == NULL)
		return err_set(e, ERR_MEMORY, "no memory for blocks");
	m->moved[m->nmoved++] = (struct moved){row, undo, (uint16_t)index,
	    record};
	m->bytes += raw.n;
	return 0;
}

/* All versions of a row: one may have moved to `undo` since the look.  A new block
 * that is full is written in between, so each is searched for. */
static int
move_row(struct mover *m, const struct block_seen *b, struct slice block,
    uint64_t row, struct err *e)
{
	struct apply *a = m->a;
	uint8_t k[UNDO_KEY_LEN];
	MDB_val key, val;
	uint32_t poll = 0;
	uint64_t at;
	int rc;

	for (;; poll++) {
		if (block_writer_raw(m->writer) >= LIMIT_BLOCK_RAW &&
		    finish_block(m, e) != 0)
			return -1;
		undo_key(k, row, poll);
		key = (MDB_val){poll == 0 ? 8 : sizeof(k), k};
		rc = poll == 0 ?
		    mdb_cursor_get(a->objects, &key, &val, MDB_SET) :
		    mdb_cursor_get(a->undo, &key, &val, MDB_SET_RANGE);
		if (rc == 0 && poll != 0 && !undo_key_read(&key, &at, &poll))
			return env_damaged(a->env, TABLE_UNDO, e);
		if (poll != 0 && (rc == MDB_NOTFOUND ||
		    (rc == 0 && at != row)))
			return 0;
		if (rc == 0 && move_record(m, b, block, row, poll, &val,
		    e) != 0)
			return -1;
		if (rc != 0 && rc != MDB_NOTFOUND)
			return env_fail(e, a->env, rc, "reading objects");
	}
}

static int
move_rows(struct mover *m, const struct block_seen *b, struct slice block,
    struct err *e)
{
	const struct block_plan *p = m->p;
	uint32_t i, index = (uint32_t)(b - p->blocks);

	for (i = b->first; i < p->nrefs && p->refs[i].block == index; i++) {
		/* Two versions of one row. */
		if (i > b->first && p->refs[i].row == p->refs[i - 1].row)
			continue;
		if (move_row(m, b, block, p->refs[i].row, e) != 0)
			return -1;
	}
	return 0;
}

/* A block goes, what lives in it having moved.  *raw: its bytes. */
static int
block_gone(struct mover *m, const struct block_seen *b, size_t *raw,
    struct err *e)
{
	struct apply *a = m->a;
	struct block_rec rec;
	struct slice bytes;
	uint8_t k[8];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	*raw = 0;
	be64_put(k, b->number);
	rc = mdb_get(a->txn, a->env->dbi[TABLE_BLOCKS], &key, &val);
	if (rc == MDB_NOTFOUND)
		return 0; /* another process was faster */
	if (rc != 0)
		return env_fail(e, a->env, rc, "reading blocks");
	if (block_rec_decode((struct slice){val.mv_data, val.mv_size},
	    &rec) != 0)
		return env_damaged(a->env, TABLE_BLOCKS, e);
	*raw = rec.raw_len;
	m->bytes = 0;
	if (b->what == BLOCK_MOVES) {
		/* Records are written when the new block is full: by then the
		 * page of this one may be another's. */
		bytes = arena_slice(&a->b->arena,
		    (struct slice){val.mv_data, val.mv_size});
		if (bytes.p == NULL)
			return err_set(e, ERR_MEMORY, "no memory for blocks");
		if (move_rows(m, b, bytes, e) != 0)
			return -1;
	}
	a->head.raw_bytes -= *raw;
	a->head.dead_raw -= *raw - m->bytes;
	a->head_changed = true;
	rc = mdb_del(a->txn, a->env->dbi[TABLE_BLOCKS], &key, NULL);
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "removing blocks");
}

static int
go_on(struct mover *m, struct err *e)
{
	struct block_plan *p = m->p;
	uint32_t gone = 0;
	size_t raw, moved = 0;

	for (; p->next < p->nblocks && gone < BLOCKS_GO &&
	    moved < BLOCKS_MOVE; p->next++) {
		if (p->blocks[p->next].what == BLOCK_STAYS)
			continue;
		if (block_gone(m, &p->blocks[p->next], &raw, e) != 0)
			return -1;
		gone++;
		if (p->blocks[p->next].what == BLOCK_MOVES)
			moved += raw;
	}
	if (finish_block(m, e) != 0)
		return -1;
	return p->next == p->nblocks ? note_left(m->a, e) : 0;
}

static int
blocks_part(struct store *s, int64_t now, struct err *e)
{
	const struct source_rec none = {.id = 0};
	struct batch b;
	struct apply a = {.s = s, .b = &b, .now = now};
	struct mover m = {.a = &a, .p = s->plan, .reader = block_reader_new(),
	    .writer = block_writer_new(BLOCKS_LEVEL)};
	int rc = -1;

	batch_init(&b);
	if (m.reader == NULL || m.writer == NULL)
		err_set(e, ERR_MEMORY, "no memory for blocks");
	else if (apply_open(&a, &none, e) == 0 && go_on(&m, e) == 0)
		rc = apply_publish(&a, false, e);
	apply_close(&a);
	batch_free(&b);
	block_reader_free(m.reader);
	block_writer_free(m.writer);
	free(m.moved);
	return rc;
}

int
upkeep_blocks(struct store *s, int64_t now, bool *worked, struct err *e)
{
	MDB_txn *txn;
	int rc;

	*worked = true;
	if (s->plan == NULL) {
		if (env_begin(s->env, false, &txn, e) != 0)
			return -1;
		rc = is_due(s, txn, worked, e);
		if (rc == 0 && *worked) {
			s->plan = calloc(1, sizeof(*s->plan));
			rc = s->plan == NULL ? err_set(e, ERR_MEMORY,
			    "no memory for blocks") :
			    look(s, txn, s->plan, e);
		}
		mdb_txn_abort(txn);
		if (rc != 0 || !*worked) {
			block_plan_free(s->plan);
			s->plan = NULL;
			return rc;
		}
	}
	rc = blocks_part(s, now, e);
	/* After a failure too: it may have gone on in memory only. */
	if (rc != 0 || s->plan->next == s->plan->nblocks) {
		block_plan_free(s->plan);
		s->plan = NULL;
	}
	return rc;
}
