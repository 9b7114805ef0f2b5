/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A claim's life at scale: what an unchanged listing, a rollback, a withdrawal,
 * expiry by the clock, the end of the history and a forgotten source cost a store
 * of a million values, how long each keeps other writers out, and by how much the
 * file grows.
 *
 *   bench_life [-n COUNT] [-r] [-f FILE]    -r: with original bytes
 *
 * Everything is durable, as in daily use.  Of the machine's load only wall clock
 * tells; so CPU is given beside it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "bench/bench.h"
#include "include/taxiway.h"
#include "store/ageing.h"
#include "store/batch.h"
#include "store/bytes.h"
#include "store/rollback.h"
#include "store/upkeep.h"

#define DAY TSTAMP_DAY
#define ASKED 1000
#define IN_BLOCK 50
#define PROBES 200000u

struct bench {
	struct store *s;
	const char *path;
	uint64_t count;
	bool raw;
	struct buf rec, text;
	uint64_t pages;     /* of the file before the step */
	double wall, cpu;   /* when the step began */
	double longest, longest_cpu; /* transaction */
	unsigned commits;
	uint64_t generation;
};

static void
die(const struct err *e)
{
	fprintf(stderr, "bench_life: %s\n", e->text);
	exit(1);
}

/* ---- what the store is ------------------------------------------------------ */

static struct head
head_of(struct bench *b, uint64_t *pages)
{
	struct err e = ERR_INIT;
	MDB_envinfo info;
	struct head h = {0};
	MDB_txn *txn;

	if (env_begin(b->s->env, false, &txn, &e) != 0 ||
	    head_read(b->s->env, txn, &h, &e) != 0)
		die(&e);
	mdb_env_info(b->s->env->mdb, &info);
	*pages = info.me_last_pgno + 1;
	mdb_txn_abort(txn);
	return h;
}

static void
step_begin(struct bench *b)
{
	b->generation = head_of(b, &b->pages).generation;
	b->longest = b->longest_cpu = 0;
	b->commits = 0;
	b->wall = seconds(CLOCK_MONOTONIC);
	b->cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void
step_end(struct bench *b, const char *what)
{
	double wall = seconds(CLOCK_MONOTONIC) - b->wall;
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - b->cpu;
	uint64_t pages;
	struct head h = head_of(b, &pages);

	printf("%-34s %8.3f s  cpu %7.3f s  longest %6.3f s (cpu %5.3f)  "
	    "%4u commits  file %5.0f MiB, %+5.1f %%  %s\n", what, wall, cpu,
	    b->longest, b->longest_cpu, b->commits,
	    (double)pages * 4096 / 1048576,
	    100.0 * ((double)pages / (double)b->pages - 1),
	    h.generation == b->generation ? "no data written" : "");
	fflush(stdout);
}

/* One transaction: how long did it keep others out, at most? */
static void
held(struct bench *b, double wall, double cpu)
{
	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (wall > b->longest)
		b->longest = wall;
	if (cpu > b->longest_cpu)
		b->longest_cpu = cpu;
	b->commits++;
}

/* ---- what sources say ------------------------------------------------------- */

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* Addresses (each its own) and hashes in turn, at random places of the trees. */
static struct slice
record_of(struct bench *b, uint64_t n, int64_t until, uint16_t index)
{
	uint64_t r[4] = {mix(n + 1), mix(n + 2), mix(n + 3), mix(n + 4)};
	uint8_t key[32];
	struct object_value v = {.value = {.type = VALUE_SHA256, .keylen = 32,
	    .key = key}};
	struct object_rec head = {.flags = OBJ_CLAIMS | (b->raw ? OBJ_RAW : 0),
	    .confidence = 50, .tlp = TLP_GREEN, .created = DAY,
	    .modified = DAY, .valid_from = DAY, .valid_until = until,
	    .hash = r[2], .index = index};

	memcpy(key, r, sizeof(key));
	if (n % 2 == 0) {
		/* Odd times anything is another address. */
		be32_put(key, (uint32_t)n * 2654435761u);
		v.value.type = VALUE_IPV4;
		v.value.prefix = 32;
		v.value.keylen = 4;
	}
	head.id.b[0] = STIX_INDICATOR;
	memcpy(head.id.b + 1, r + 1, 16);
	buf_reset(&b->rec);
	object_rec_begin(&b->rec, &head);
	object_rec_add(&b->rec, TAG_NAME, SLICE("an indicator of the bench"));
	object_rec_add(&b->rec, TAG_LABEL, SLICE("malicious-activity"));
	object_rec_add_value(&b->rec, &v);
	return buf_view(&b->rec);
}

static struct slice
text_of(struct bench *b, uint64_t n)
{
	unsigned i;

	buf_reset(&b->text);
	buf_printf(&b->text, "{\"type\":\"indicator\",\"n\":%llu,\"text\":\"",
	    (unsigned long long)n);
	for (i = 0; i < 20; i++)
		buf_printf(&b->text, "word %u of a description, ",
		    (unsigned)mix(n * 32 + i) % 10000);
	buf_printf(&b->text, "\"}");
	return buf_view(&b->text);
}

static struct store_poll *
poll_begin(struct bench *b, const char *name, int listing, int64_t now)
{
	struct store_guards guards = STORE_GUARDS_DEFAULT;
	struct store_source src = {.name = name, .kind = "stix",
	    .url = "file:///", .collection = "",
	    .listing = (uint8_t)listing, .guards = &guards,
	    .keep_raw = b->raw};
	struct err e = ERR_INIT;
	struct store_poll *p;

	guards.absent_polls = 1;
	if (store_poll_begin(b->s, &src, now, &p, &e) != 0)
		die(&e);
	return p;
}

static void
poll_end(struct bench *b, struct store_poll *p, uint64_t n, int64_t now)
{
	struct store_end end = {.complete = true, .extent = STORE_DOCUMENT,
	    .state = SOURCE_OK, .progress = {.objects = n}};
	double wall = seconds(CLOCK_MONOTONIC);
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct store_counts counts;
	struct err e = ERR_INIT;

	if (store_poll_end(p, &end, now, &counts, &e) != 0)
		die(&e);
	held(b, wall, cpu);
	if (counts.held != HELD_NOT)
		printf("held: %s\n", counts.held_text);
}

static void
load(struct bench *b, const char *name, int listing, int64_t until,
    int64_t now)
{
	struct store_poll *p = poll_begin(b, name, listing, now);
	struct block_writer *w = block_writer_new(1);
	struct err e = ERR_INIT;
	double wall, cpu;
	struct slice block;
	uint64_t n;

	for (n = 0; n < b->count; n++) {
		if (store_batch_add(p, record_of(b, n, until,
		    (uint16_t)(n % IN_BLOCK)), &e) != 0)
			die(&e);
		if (b->raw && block_writer_add(w, text_of(b, n)) < 0)
			exit(1);
		if (n % IN_BLOCK != IN_BLOCK - 1 && n + 1 != b->count)
			continue;
		if (b->raw && (block_writer_finish(w, &block, &e) != 0 ||
		    store_batch_block(p, block, &e) != 0))
			die(&e);
		if (!store_batch_full(p, false))
			continue;
		wall = seconds(CLOCK_MONOTONIC);
		cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
		if (store_batch_commit(p, NULL, NULL, now, &e) != 0)
			die(&e);
		held(b, wall, cpu);
	}
	block_writer_free(w);
	poll_end(b, p, b->count, now);
}

/* A listing of all, or of those whose number is a multiple of `every`; as a
 * fetcher asks. */
static void
list_again(struct bench *b, const char *name, int listing, unsigned every,
    int64_t now)
{
	struct store_poll *p = poll_begin(b, name, listing, now);
	struct idkey ids[ASKED];
	uint64_t hashes[ASKED], n, listed = 0;
	uint8_t known[ASKED / 8 + 1];
	struct object_rec r;
	struct err e = ERR_INIT;
	unsigned k = 0;

	for (n = 0; n < b->count; n++) {
		if (n % every == 0) {
			if (object_rec_head(record_of(b, n, DAY, 0), &r) != 0)
				exit(1);
			ids[k] = r.id;
			hashes[k++] = r.hash;
		}
		if (k != ASKED && n + 1 != b->count)
			continue;
		if (store_known(p, ids, hashes, k, known, &e) != 0)
			die(&e);
		listed += k;
		k = 0;
	}
	store_poll_unchanged(p, listed);
	poll_end(b, p, listed, now);
}

static void
keep_up(struct bench *b, int64_t now)
{
	struct err e = ERR_INIT;
	bool more = true;
	double wall, cpu;

	while (more) {
		wall = seconds(CLOCK_MONOTONIC);
		cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
		if (store_upkeep(b->s, now, &more, &e) != 0)
			die(&e);
		if (more)
			held(b, wall, cpu);
	}
}

/* ---- readers ---------------------------------------------------------------- */

/* Active ones of some values, and the ns of a look-up. */
static unsigned
look_up(struct bench *b, int64_t now, double *ns)
{
	unsigned i, active = 0;
	struct tw_match m;
	tw_snapshot *snap;
	tw_store *s;
	uint8_t key[4];
	size_t found;
	double from;

	if (tw_open(b->path, 0, &s, NULL) != TW_OK ||
	    tw_snapshot_begin(s, &snap) != TW_OK)
		exit(1);
	tw_snapshot_at(snap, now);
	from = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (i = 0; i < PROBES; i++) {
		be32_put(key, (uint32_t)(mix(i) % b->count & ~UINT64_C(1)) *
		    2654435761u);
		if (tw_lookup_addr(snap, key, 4, &m, 1, &found) != TW_OK)
			exit(1);
		active += found != 0 && m.active;
	}
	*ns = (seconds(CLOCK_PROCESS_CPUTIME_ID) - from) * 1e9 / PROBES;
	tw_snapshot_end(snap);
	tw_close(s);
	return active;
}

static void
see(struct bench *b, const char *what, int64_t now)
{
	double ns;
	unsigned active = look_up(b, now, &ns);

	printf("  readers, %-24s %6.0f ns a look-up, %.0f %% active\n", what,
	    ns, 100.0 * active / PROBES);
}

/* ---- the life ---------------------------------------------------------------- */

static void
snapshots(struct bench *b)
{
	step_begin(b);
	load(b, "list", LISTING_SNAPSHOT, TSTAMP_NONE, 10 * DAY);
	step_end(b, "first load");
	keep_up(b, 10 * DAY);
	step_begin(b);
	list_again(b, "list", LISTING_SNAPSHOT, 1, 11 * DAY);
	keep_up(b, 11 * DAY);
	step_end(b, "unchanged snapshot");
	see(b, "before", 12 * DAY);

	step_begin(b);
	list_again(b, "list", LISTING_SNAPSHOT, 2, 12 * DAY);
	keep_up(b, 12 * DAY);
	step_end(b, "half withdrawn");
	step_begin(b);
	list_again(b, "list", LISTING_SNAPSHOT, 1, 13 * DAY);
	keep_up(b, 13 * DAY);
	step_end(b, "half returned");
}

static void
rollbacks(struct bench *b)
{
	struct err e = ERR_INIT;
	uint32_t poll;
	double wall, cpu;

	step_begin(b);
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	if (store_rollback(b->s, "list", 1, 14 * DAY, &e) != 0)
		die(&e);
	held(b, wall, cpu);
	step_end(b, "rollback");
	see(b, "rolled back", 14 * DAY);
	step_begin(b);
	keep_up(b, 14 * DAY);
	step_end(b, "  and its upkeep");
	see(b, "rolled back and settled", 14 * DAY);
	step_begin(b);
	if (store_restore(b->s, "list", 15 * DAY, &poll, &e) != 0)
		die(&e);
	step_end(b, "restore");
	see(b, "restored", 15 * DAY);
	step_begin(b);
	keep_up(b, 15 * DAY);
	step_end(b, "  and its upkeep");
}

static void
forget(struct bench *b, const char *name, int64_t now)
{
	struct err e = ERR_INIT;

	step_begin(b);
	if (store_forget(b->s, name, now, &e) != 0)
		die(&e);
	keep_up(b, now);
	step_end(b, "forgotten, and removed");
}

static void
expiry(struct bench *b)
{
	step_begin(b);
	load(b, "timed", LISTING_APPEND, 30 * DAY, 20 * DAY);
	step_end(b, "load of what will expire");
	keep_up(b, 20 * DAY);
	see(b, "before it expires", 29 * DAY);
	see(b, "expired, not swept", 31 * DAY);
	step_begin(b);
	keep_up(b, 31 * DAY);
	step_end(b, "all expired: the sweep");
	see(b, "expired and swept", 31 * DAY);
	step_begin(b);
	keep_up(b, 119 * DAY);
	step_end(b, "a daily pass with nothing to do");
	step_begin(b);
	keep_up(b, 121 * DAY);
	step_end(b, "history over: removed");
}

int
main(int argc, char **argv)
{
	struct bench b = {.path = "bench_life.mdb", .count = 1000000};
	struct err e = ERR_INIT;
	int c;

	while ((c = getopt(argc, argv, "n:rf:")) != -1) {
		if (c == 'n')
			b.count = strtoull(optarg, NULL, 10) & ~UINT64_C(1);
		else if (c == 'r')
			b.raw = true;
		else if (c == 'f')
			b.path = optarg;
		else
			return 2;
	}
	if (b.count == 0)
		return 2;
	buf_init(&b.rec, LIMIT_RECORD);
	buf_init(&b.text, LIMIT_RECORD);
	if (store_open(b.path, DAY, &b.s, &e) != 0)
		die(&e);
	snapshots(&b);
	rollbacks(&b);
	forget(&b, "list", 16 * DAY);
	expiry(&b);
	store_close(b.s);
	buf_free(&b.rec);
	buf_free(&b.text);
	return 0;
}
