/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two-core floor: what a pull costs without a network, a pipe and a second
 * process.
 *
 *	bench/floor STORE values|objects FILE…
 *
 * The files are read into memory first and are not timed.  Then one thread splits,
 * scans, reduces and encodes (the fetcher's work), and another merges and commits
 * (the keeper's): the same bytes, the same tables, the same commits, with chunks
 * of records handed over in memory.  Prints the seconds.
 *
 * It stands in for sync/ingest_send.c: records go into a chunk here, where a pull
 * sends them in a frame.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/tstamp.h"
#include "bench/bench.h"
#include "store/store.h"
#include "sync/ingest_int.h"
#include "sync/pack.h"

#define CHUNK_BYTES MIB(1)
#define CHUNKS 8
#define ARENA_BYTES MIB(32)

struct chunk {
	struct buf records; /* u32 length, record; again and again */
	struct buf block;   /* the originals of all records before it */
};

struct floor {
	struct ingest g;
	struct store_poll *poll;
	struct chunk chunks[CHUNKS];
	unsigned head, tail; /* filled up to head, taken up to tail */
	bool over;
	pthread_mutex_t lock;
	pthread_cond_t turn;
	struct err err;
	uint64_t seed;
};

static void
die(const struct err *e)
{
	fprintf(stderr, "floor: %s\n", e->text);
	exit(1);
}

/* ---- the first thread: bytes to records ---------------------------------- */

/* Every struct ingest here is the first member of a struct floor. */
static struct floor *
floor_of(struct ingest *g)
{
	return (struct floor *)(void *)g;
}

static struct chunk *
chunk_open(struct floor *f)
{
	return &f->chunks[f->head % CHUNKS];
}

/* Hand the chunk over and wait for an empty one. */
static void
chunk_close(struct floor *f)
{
	pthread_mutex_lock(&f->lock);
	f->head++;
	pthread_cond_signal(&f->turn);
	while (f->head - f->tail == CHUNKS)
		pthread_cond_wait(&f->turn, &f->lock);
	pthread_mutex_unlock(&f->lock);
	buf_reset(&chunk_open(f)->records);
	buf_reset(&chunk_open(f)->block);
}

static int
block_into_chunk(struct floor *f)
{
	struct block_writer *w = f->g.pack != NULL ? pack_open(f->g.pack) :
	    NULL;
	struct slice block;

	if (w == NULL || block_writer_count(w) == 0)
		return 0;
	if (block_writer_finish(w, &block, &f->g.err) != 0)
		return -1;
	buf_slice(&chunk_open(f)->block, block);
	chunk_close(f);
	return 0;
}

int
send_record(struct ingest *g, struct slice original, bool raw)
{
	struct floor *f = floor_of(g);
	struct chunk *c = chunk_open(f);
	uint32_t n = (uint32_t)g->record.n;

	buf_add(&c->records, &n, sizeof(n));
	if (buf_slice(&c->records, buf_view(&g->record)) != 0)
		return err_set(&g->err, ERR_MEMORY, "out of memory");
	if (raw) {
		struct block_writer *w = pack_open(g->pack);

		if (block_writer_add(w, original) < 0)
			return err_set(&g->err, ERR_MEMORY, "out of memory");
		if (block_writer_raw(w) >= LIMIT_BLOCK_RAW)
			return block_into_chunk(f);
		return 0;
	}
	if (c->records.n >= CHUNK_BYTES / 4)
		chunk_close(f);
	return 0;
}

int
send_hand_over(struct ingest *g)
{
	(void)g;
	return 0;
}

int
send_known(struct ingest *g, uint32_t n)
{
	(void)g;
	(void)n;
	return 0;
}

int
send_reject(struct ingest *g, enum reject_reason why, enum reject_loss loss,
    const struct ingest_item *item, struct slice id, const char *detail)
{
	(void)g;
	(void)why;
	(void)loss;
	(void)item;
	(void)id;
	(void)detail;
	return 0;
}

int
send_progress(struct ingest *g, uint64_t bytes)
{
	(void)g;
	(void)bytes;
	return 0;
}

int
send_all(struct ingest *g)
{
	(void)g;
	return 0;
}

static int
on_object(void *ctx, struct slice object, uint64_t offset)
{
	struct floor *f = ctx;
	struct ingest_item item = {object, offset,
		digest64(object.p, object.n, f->seed)};

	return ingest_object(&f->g, &item);
}

static const struct split_ops ops = {.on_object = on_object};

/* ---- the second thread: records to the store ------------------------------ */

static void
chunk_store(struct floor *f, const struct chunk *c)
{
	const char *p = c->records.p, *end = p + c->records.n;
	uint32_t n;

	for (; p < end; p += sizeof(n) + n) {
		memcpy(&n, p, sizeof(n));
		if (store_batch_add(f->poll, (struct slice){p + sizeof(n), n},
		    &f->err) != 0)
			die(&f->err);
	}
	if (c->block.n > 0 &&
	    store_batch_block(f->poll, buf_view(&c->block), &f->err) != 0)
		die(&f->err);
	if (store_batch_full(f->poll, false) && store_batch_commit(f->poll, NULL,
	    NULL, tstamp_now(), &f->err) != 0)
		die(&f->err);
}

static void *
keep(void *arg)
{
	struct floor *f = arg;

	pthread_mutex_lock(&f->lock);
	while (!f->over || f->tail != f->head) {
		if (f->tail == f->head) {
			pthread_cond_wait(&f->turn, &f->lock);
			continue;
		}
		pthread_mutex_unlock(&f->lock);
		chunk_store(f, &f->chunks[f->tail % CHUNKS]);
		pthread_mutex_lock(&f->lock);
		f->tail++;
		pthread_cond_signal(&f->turn);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

static void
feed(struct floor *f, struct slice *pages, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		split_reset(f->g.split);
		if (split_feed(f->g.split, pages[i].p, pages[i].n,
		    &f->err) != 0 || split_finish(f->g.split, &f->err) != 0)
			die(f->err.code != ERR_NONE ? &f->err : &f->g.err);
	}
	if (f->g.pack != NULL && block_into_chunk(f) != 0)
		die(&f->g.err);
	pthread_mutex_lock(&f->lock);
	if (chunk_open(f)->records.n > 0)
		f->head++;
	f->over = true;
	pthread_cond_signal(&f->turn);
	pthread_mutex_unlock(&f->lock);
}

static void
floor_init(struct floor *f, const struct job *job)
{
	int i;

	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->turn, NULL);
	f->g.job = job;
	arena_init(&f->g.arena, ARENA_BYTES);
	buf_init(&f->g.record, LIMIT_RECORD);
	buf_init(&f->g.text, LIMIT_VALUE);
	f->g.split = split_new(&ops, f);
	if (job->keep_raw)
		f->g.pack = pack_new(1, LIMIT_RECORD);
	for (i = 0; i < CHUNKS; i++) {
		buf_init(&f->chunks[i].records, 2 * CHUNK_BYTES);
		buf_init(&f->chunks[i].block, 2 * LIMIT_OBJECT);
	}
}

int
main(int argc, char **argv)
{
	static struct floor f;
	struct job job = {0};
	struct slice *pages;
	struct store *store;
	struct store_source src = {.name = "floor", .kind = "stix", .url = "",
		.collection = ""};
	struct store_end end = {.complete = true, .state = SOURCE_OK};
	struct store_counts counts;
	pthread_t keeper;
	double begin;
	int i;

	if (argc < 4) {
		fprintf(stderr, "usage: floor STORE values|objects FILE…\n");
		return 2;
	}
	pages = calloc((size_t)argc, sizeof(*pages));
	for (i = 3; i < argc; i++) {
		struct buf b;

		buf_init(&b, LIMIT_BODY);
		if (pages == NULL || fs_read(argv[i], &b, &f.err) != 0)
			die(&f.err);
		pages[i - 3] = buf_view(&b); /* for as long as we run */
	}
	job.keep_raw = src.keep_raw = strcmp(argv[2], "objects") == 0;
	begin = seconds(CLOCK_MONOTONIC);
	if (store_open(argv[1], tstamp_now(), &store, &f.err) != 0 ||
	    store_poll_begin(store, &src, tstamp_now(), &f.poll, &f.err) != 0)
		die(&f.err);
	f.seed = store_seed(store);
	floor_init(&f, &job);
	pthread_create(&keeper, NULL, keep, &f);
	feed(&f, pages, argc - 3);
	pthread_join(keeper, NULL);
	if (store_poll_end(f.poll, &end, tstamp_now(), &counts, &f.err) != 0)
		die(&f.err);
	store_close(store);
	printf("{\"seconds\":%.3f,\"new\":%llu,\"values\":%llu}\n",
	    seconds(CLOCK_MONOTONIC) - begin, (unsigned long long)counts.added,
	    (unsigned long long)counts.values);
	return 0;
}
