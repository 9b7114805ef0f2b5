/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collecting: records are checked and copied, nothing is decided yet.
 */
#include "store/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/limits.h"

#define PAGE 4096.0
/* What a page that a commit writes takes until then, and what an object does
 * beside its record: its item, its operations, what sorts them. */
#define PAGE_MEMORY 4128.0
#define OBJECT_MEMORY 220.0
/* The first ones of a first load; the later ones are a part of all before: this
 * one, and that one when nothing else is to be done. */
#define BATCH_FIRST 8192u
#define BATCH_SHARE 2u
#define BATCH_SHARE_IDLE 8u

void
batch_init(struct batch *b)
{
	*b = (struct batch){.index_max = 0};
	/* The batch is full at LIMIT_BATCH_BYTES; what the last records and
	 * their block bring beyond that still fits. */
	arena_init(&b->arena, LIMIT_BATCH_BYTES + 2 * LIMIT_FRAME);
}

void
batch_free(struct batch *b)
{
	arena_free(&b->arena);
	free(b->items);
	free(b->blocks);
	*b = (struct batch){.n = 0};
}

void
batch_reset(struct batch *b)
{
	/* Given back, not kept: the first batches of a store are large, and the
	 * later ones need the memory for pages. */
	arena_free(&b->arena);
	free(b->items);
	b->items = NULL;
	b->cap = 0;
	b->n = b->nblocks = b->unblocked = b->block_from = b->index_max = 0;
	b->nvalues = 0;
	b->dirty = b->dirty_ids = b->dirty_values = b->dirty_objects = 0;
}

static int
items_grow(struct batch *b)
{
	struct item *items;

	if (b->cap > 4 * LIMIT_BATCH_OBJECTS)
		return -1;
	items = grow(b->items, &b->cap, sizeof(*items));
	if (items == NULL)
		return -1;
	b->items = items;
	return 0;
}

struct item *
batch_item(struct batch *b)
{
	if (b->n == b->cap && items_grow(b) != 0)
		return NULL;
	b->items[b->n] = (struct item){.block = NO_BLOCK};
	return &b->items[b->n++];
}

static int
blocks_grow(struct batch *b)
{
	struct batch_block *blocks;

	blocks = grow(b->blocks, &b->blocks_cap, sizeof(*blocks));
	if (blocks == NULL)
		return -1;
	b->blocks = blocks;
	return 0;
}

/* One more key in a tree of `pages` leaves: how many more of them are met? */
static double
one_more(double met, double pages)
{
	return met < pages ? 1.0 - met / pages : 0.0;
}

static void
estimate(struct store_poll *p, const struct item *it, size_t nvalues)
{
	const struct tree_sizes *t = &p->s->sizes;
	struct batch *b = &p->batch;
	double d;
	size_t i;

	d = one_more(b->dirty_ids, t->ids);
	b->dirty_ids += d;
	b->dirty += d;
	for (i = 0; i < nvalues; i++) {
		d = one_more(b->dirty_values, t->values);
		b->dirty_values += d;
		b->dirty += d;
	}
	d = t->updates * one_more(b->dirty_objects, t->objects);
	b->dirty_objects += d;
	b->dirty += d + t->updates * (double)it->len / PAGE;
	/* What grows: the row, and new leaves of the random trees. */
	b->dirty += ((double)it->len + 200.0 + 100.0 * (double)nvalues) / PAGE;
}

int
store_batch_add(struct store_poll *p, struct slice record, struct err *e)
{
	struct batch *b = &p->batch;
	struct object_rec r;
	struct item *it;
	size_t nvalues;

	if (object_rec_decode(record, false, &r, e) != 0)
		return -1;
	if ((r.flags & (OBJ_ENDED | OBJ_AWAY | OBJ_AGAIN)) != 0)
		return err_set(e, ERR_PROTO, "object record: has ended, or "
		    "comes again, before it came");
	if (b->n == b->cap && items_grow(b) != 0)
		return err_set(e, ERR_MEMORY, "no memory for a batch of %u "
		    "objects", b->n);
	it = &b->items[b->n];
	*it = (struct item){.rec = arena_dup(&b->arena, record.p, record.n),
	    .len = (uint32_t)record.n, .block = NO_BLOCK, .hash = r.hash,
	    .modified = r.modified, .flags = r.flags, .index = r.index,
	    .flawed = r.flawed && !object_rec_holds(&r)};
	if (it->rec == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a batch of %zu "
		    "bytes", b->arena.used);
	if ((r.flags & OBJ_RAW) != 0) {
		if (b->unblocked++ == 0)
			b->block_from = b->n;
		if (r.index > b->index_max)
			b->index_max = r.index;
	}
	b->n++;
	nvalues = (r.flags & OBJ_CLAIMS) != 0 ? r.nvalues : 0;
	b->nvalues += nvalues;
	estimate(p, it, nvalues);
	return 0;
}

int
store_batch_block(struct store_poll *p, struct slice block, struct err *e)
{
	struct batch *b = &p->batch;
	struct block_rec rec;
	struct slice copy;
	uint32_t i;

	if (block_rec_decode(block, &rec) != 0)
		return err_set(e, ERR_PROTO, "damaged block of objects");
	if (b->unblocked == 0)
		return 0;
	if (b->index_max >= rec.count)
		return err_set(e, ERR_PROTO, "block of %u objects, a record "
		    "names number %u", rec.count, b->index_max);
	if (b->nblocks == b->blocks_cap && blocks_grow(b) != 0)
		return err_set(e, ERR_MEMORY, "no memory for a batch");
	copy = (struct slice){
	    arena_dup(&b->arena, block.p, block.n), block.n};
	if (copy.p == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a batch of %zu "
		    "bytes", b->arena.used);
	for (i = b->block_from; i < b->n; i++) {
		if ((b->items[i].flags & OBJ_RAW) != 0)
			b->items[i].block = b->nblocks;
	}
	b->blocks[b->nblocks++] = (struct batch_block){.bytes = copy};
	b->unblocked = b->index_max = 0;
	b->dirty += (double)block.n / PAGE + 0.5;
	return 0;
}

bool
store_batch_settled(const struct store_poll *p)
{
	return p->batch.unblocked == 0;
}

void
store_batch_trim(struct store_poll *p)
{
	struct batch *b = &p->batch;

	if (b->unblocked == 0)
		return;
	b->n = b->block_from;
	b->unblocked = b->index_max = 0;
}

/*
 * The fetcher and the keeper work at the same time from the first commit on, and
 * the keeper's last batch is applied while nobody else works.  So a first load
 * begins with small batches, which grow with its trees: no commit of it waits for
 * the disk.  A keeper that has caught up does not wait for more: what it leaves
 * for the end is then what came during one commit.  In a long load that is a
 * small part anyway, and pages would be written more often.
 */
static uint32_t
most_objects(const struct store_poll *p, bool idle)
{
	bool first = p->s->loading >= 0 || p->s->sizes.ids == 0;
	bool soon = idle && p->counts.added < LIMIT_BATCH_OBJECTS;
	uint64_t part = p->counts.added /
	    (soon ? BATCH_SHARE_IDLE : BATCH_SHARE);

	if (!first || part >= LIMIT_BATCH_OBJECTS)
		return LIMIT_BATCH_OBJECTS;
	return part > BATCH_FIRST ? (uint32_t)part : BATCH_FIRST;
}

/* What a commit of the batch takes, when it meets so many pages. */
static double
memory(const struct batch *b, double pages)
{
	return pages * PAGE_MEMORY + b->n * OBJECT_MEMORY +
	    (double)b->arena.used;
}

/* Could it be written in halves?  In a first load, as long as all is new. */
static bool
has_halves(const struct store_poll *p)
{
	return p->s->loading >= 0 && !p->dry_run && !p->updated &&
	    p->src.unsettled == 0 && p->batch.nvalues < LIMIT_BATCH_OPS;
}

bool
batch_is_large(const struct store_poll *p)
{
	const struct batch *b = &p->batch;

	return b->n > BATCH_LEAST && has_halves(p) &&
	    memory(b, b->dirty) >= p->s->batch_memory;
}

bool
store_batch_full(const struct store_poll *p, bool idle)
{
	const struct batch *b = &p->batch;
	double pages = b->dirty;

	if (has_halves(p)) /* neither half meets both trees */
		pages -= b->dirty_ids < b->dirty_values ? b->dirty_ids :
		    b->dirty_values;
	if (b->arena.used >= LIMIT_BATCH_BYTES || b->n >= most_objects(p, idle))
		return true;
	return b->n >= BATCH_LEAST && memory(b, pages) >= p->s->batch_memory;
}

bool
store_batch_empty(const struct store_poll *p)
{
	return p->batch.n == 0;
}
