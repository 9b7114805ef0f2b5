/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store alone: records of the kind that bench/gen makes, through the API of
 * the writing half, into a fresh file.
 *
 *	bench/bench_store [-n COUNT] [-r] [-l LEVEL] [-u COUNT] [-f FILE]
 *
 * -r keeps original bytes too (compressed at -l); -u then revises the first COUNT
 * of them, in a poll of its own, where every commit is synced.  Without -u
 * everything is then asked for once more by store_known(), as a poll does in
 * which nothing changed.  Shown are wall and CPU time in the store (making the
 * records is not counted), live bytes per object and tree, device bytes, and the
 * peak of anonymous memory.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "bench/bench.h"
#include "store/env.h"
#include "store/store.h"

#define CHUNK 1000u

static const char *const words[] = {"loader", "botnet", "stealer", "campaign",
	"phishing", "kit", "server", "payload", "dropper", "beacon", "observed",
	"infrastructure", "actor", "delivery", "credential", "harvesting"};

static uint64_t
next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned
below(uint64_t *state, unsigned n)
{
	return (unsigned)(next(state) % n);
}

static void
die(const struct err *e)
{
	fprintf(stderr, "bench_store: %s\n", e->text);
	exit(1);
}

/* The mix of bench/gen. */
static struct value
make_value(uint64_t *r, struct arena *a)
{
	enum value_type type;
	unsigned kind = below(r, 1000);
	struct value v;
	char text[200];

	do {
		if (kind < 400) {
			type = VALUE_IPV4;
			snprintf(text, sizeof(text), "%u.%u.%u.%u%s",
			    23 + below(r, 70), below(r, 256), below(r, 256),
			    below(r, 256), below(r, 20) == 0 ? "/24" : "");
		} else if (kind < 415) {
			type = VALUE_IPV6;
			snprintf(text, sizeof(text), "2a00:%x:%x::%x",
			    1 + below(r, 65535), below(r, 65535),
			    below(r, 65535));
		} else if (kind < 665) {
			type = VALUE_DOMAIN;
			snprintf(text, sizeof(text), "%s%x.%llx.com",
			    words[below(r, 16)], below(r, 4096),
			    (unsigned long long)next(r) >> 24);
		} else if (kind < 845) {
			type = VALUE_URL;
			snprintf(text, sizeof(text),
			    "http://%llx.com/%s/%s%x.php?id=%u",
			    (unsigned long long)next(r) >> 24,
			    words[below(r, 16)], words[below(r, 16)],
			    (unsigned)next(r), below(r, 1000000));
		} else if (kind < 985) {
			type = kind < 965 ? VALUE_SHA256 : VALUE_MD5;
			snprintf(text, sizeof(text),
			    "%016llx%016llx%016llx%016llx",
			    (unsigned long long)next(r),
			    (unsigned long long)next(r),
			    (unsigned long long)next(r),
			    (unsigned long long)next(r));
			if (type == VALUE_MD5)
				text[32] = '\0';
		} else {
			type = VALUE_EMAIL;
			snprintf(text, sizeof(text), "%s.%x@%llx.com",
			    words[below(r, 16)], (unsigned)next(r),
			    (unsigned long long)next(r) >> 24);
		}
	} while (value_normalise(a, type, slice_str(text), 0, &v) != VALUE_OK);
	return v;
}

static void
make_raw(uint64_t *r, struct buf *out)
{
	size_t start = out->n;

	buf_printf(out, "{\"type\":\"indicator\",\"spec_version\":\"2.1\","
	    "\"id\":\"indicator--%016llx%016llx\",\"description\":\"",
	    (unsigned long long)next(r), (unsigned long long)next(r));
	while (out->n - start < 1100)
		buf_printf(out, "%s ", words[below(r, 16)]);
	buf_printf(out, "\",\"external_id\":\"%llx\"}",
	    (unsigned long long)next(r));
}

static void
make_record(uint64_t number, bool raw, bool revised, uint16_t index,
    struct arena *a, struct buf *out)
{
	uint64_t r = number * UINT64_C(0x2545f4914f6cdd1d) + 1;
	struct object_rec head = {.flags = OBJ_CLAIMS, .confidence =
	    (uint8_t)below(&r, 101), .tlp = TLP_GREEN, .index = index};
	char name[200], phase[] = "lockheed-martin-cyber-kill-chain\0delivery";
	struct object_value v = {0};
	struct idkey who = {{STIX_IDENTITY, 1, 2, 3}};
	uint64_t id[2] = {next(&r), next(&r)};

	head.id.b[0] = STIX_INDICATOR;
	memcpy(head.id.b + 1, id, 16);
	head.created = head.modified = head.valid_from =
	    (int64_t)(next(&r) >> 4);
	head.valid_until = TSTAMP_NONE;
	head.hash = next(&r);
	if (revised) {
		head.modified++;
		head.hash++;
	}
	if (raw)
		head.flags |= OBJ_RAW;
	object_rec_begin(out, &head);
	snprintf(name, sizeof(name), "%s %s %s %s", words[below(&r, 16)],
	    words[below(&r, 16)], words[below(&r, 16)], words[below(&r, 16)]);
	object_rec_add(out, TAG_NAME, slice_str(name));
	object_rec_add(out, TAG_LABEL, slice_str(words[below(&r, 16)]));
	object_rec_add(out, TAG_LABEL, slice_str(words[below(&r, 16)]));
	object_rec_add(out, TAG_INDICATOR_TYPE, SLICE("malicious-activity"));
	object_rec_add(out, TAG_PHASE,
	    (struct slice){phase, sizeof(phase) - 1});
	object_rec_add(out, TAG_CREATED_BY,
	    (struct slice){(char *)who.b, IDKEY_LEN});
	v.value = make_value(&r, a);
	object_rec_add_value(out, &v);
}

/* ---- measuring ------------------------------------------------------------ */

struct clocks {
	double wall, cpu;
};

static struct clocks
clocks_now(void)
{
	struct rusage ru;

	getrusage(RUSAGE_THREAD, &ru);
	return (struct clocks){seconds(CLOCK_MONOTONIC),
	    (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	    (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6};
}

static void
clocks_add(struct clocks *sum, struct clocks from)
{
	struct clocks now = clocks_now();

	sum->wall += now.wall - from.wall;
	sum->cpu += now.cpu - from.cpu;
}

static long
anon_kib(void)
{
	char line[200];
	long kib = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtol(line + 8, NULL, 10);
	}
	if (f != NULL)
		fclose(f);
	return kib;
}

struct watch {
	_Atomic bool stop;
	_Atomic long peak;
};

static void *
watch_memory(void *arg)
{
	struct watch *w = arg;
	struct timespec pause = {0, 5000000};
	long kib;

	while (!w->stop) {
		kib = anon_kib();
		if (kib > w->peak)
			w->peak = kib;
		nanosleep(&pause, NULL);
	}
	return NULL;
}

struct bench {
	struct store *s;
	struct store_poll *p;
	struct block_writer *blocks;
	struct arena arena;
	struct buf rec, raw;
	size_t ends[CHUNK], raw_ends[CHUNK];
	struct clocks writing, packing;
	bool keep_raw, revised;
};

static void
make_chunk(struct bench *b, uint64_t from, unsigned n)
{
	uint64_t r = from;
	unsigned i;

	arena_reset(&b->arena);
	buf_reset(&b->rec);
	buf_reset(&b->raw);
	for (i = 0; i < n; i++) {
		make_record(from + i, b->keep_raw, b->revised,
		    (uint16_t)(i % 50), &b->arena, &b->rec);
		b->ends[i] = b->rec.n;
		if (b->keep_raw)
			make_raw(&r, &b->raw);
		b->raw_ends[i] = b->raw.n;
	}
}

static struct slice
part(const struct buf *b, const size_t *ends, unsigned i)
{
	size_t from = i > 0 ? ends[i - 1] : 0;

	return (struct slice){b->p + from, ends[i] - from};
}

static void
pack(struct bench *b, struct slice *block, struct err *e)
{
	struct clocks t = clocks_now();

	if (block_writer_finish(b->blocks, block, e) != 0)
		die(e);
	clocks_add(&b->packing, t);
}

static void
write_chunk(struct bench *b, unsigned n)
{
	struct clocks t;
	struct slice block;
	struct err e = ERR_INIT;
	unsigned i, j;

	for (i = 0; i < n; i += 50) {
		t = clocks_now();
		for (j = i; j < i + 50 && j < n; j++) {
			if (store_batch_add(b->p, part(&b->rec, b->ends, j),
			    &e) != 0)
				die(&e);
		}
		clocks_add(&b->writing, t);
		for (j = i; j < i + 50 && j < n && b->keep_raw; j++) {
			if (block_writer_add(b->blocks,
			    part(&b->raw, b->raw_ends, j)) < 0)
				die(&e);
		}
		if (b->keep_raw)
			pack(b, &block, &e);
		t = clocks_now();
		if (b->keep_raw && store_batch_block(b->p, block, &e) != 0)
			die(&e);
		if (store_batch_full(b->p, false) &&
		    store_batch_commit(b->p, NULL, NULL, 1, &e) != 0)
			die(&e);
		clocks_add(&b->writing, t);
	}
}

static double
ask_again(struct bench *b, uint64_t count)
{
	struct idkey *ids = malloc(10000 * sizeof(*ids));
	uint64_t *hashes = malloc(10000 * sizeof(*hashes)), from, yes = 0;
	uint8_t known[1250];
	struct clocks sum = {0, 0}, t;
	struct object_rec r;
	struct err e = ERR_INIT;
	unsigned i, k;

	if (ids == NULL || hashes == NULL)
		exit(1);
	b->keep_raw = false;
	for (from = 0; from + 10000 <= count; from += 10000) {
		for (k = 0; k < 10000; k += CHUNK) {
			make_chunk(b, from + k, CHUNK);
			for (i = 0; i < CHUNK; i++) {
				if (object_rec_head(part(&b->rec, b->ends, i),
				    &r) != 0)
					exit(1);
				ids[k + i] = r.id;
				hashes[k + i] = r.hash;
			}
		}
		t = clocks_now();
		if (store_known(b->p, ids, hashes, 10000, known, &e) != 0)
			die(&e);
		clocks_add(&sum, t);
		for (i = 0; i < 10000; i++)
			yes += known[i / 8] >> i % 8 & 1;
	}
	printf("known         %llu of %llu\n", (unsigned long long)yes,
	    (unsigned long long)count);
	free(ids);
	free(hashes);
	return sum.cpu;
}

static void
show_trees(const char *path, double count)
{
	struct env *env;
	struct err e = ERR_INIT;
	MDB_txn *txn;
	MDB_stat st;
	MDB_envinfo info;
	double bytes, all = 0;
	unsigned t;

	if (env_open(path, ENV_WRITE, &env, &e) != 0 ||
	    env_begin(env, false, &txn, &e) != 0)
		die(&e);
	for (t = 0; t < TABLE_COUNT; t++) {
		mdb_stat(txn, env->dbi[t], &st);
		bytes = (double)(st.ms_branch_pages + st.ms_leaf_pages +
		    st.ms_overflow_pages) * st.ms_psize;
		all += bytes;
		printf("  %-11s %9.1f bytes/object, depth %u\n",
		    table_info[t].name, bytes / count, st.ms_depth);
	}
	mdb_env_info(env->mdb, &info);
	printf("live          %.1f bytes/object\nfile          %.1f "
	    "bytes/object\n", all / count,
	    (double)(info.me_last_pgno + 1) * st.ms_psize / count);
	mdb_txn_abort(txn);
	env_close(env);
}

static void
run(struct bench *b, uint64_t count)
{
	struct store_source src = {.name = "bench", .kind = "stix",
	    .url = "file:///", .collection = "", .keep_raw = b->keep_raw};
	struct store_end end = {.complete = true, .state = SOURCE_OK};
	struct store_counts counts;
	struct err e = ERR_INIT;
	struct clocks t;
	uint64_t from;
	unsigned n;

	b->writing = b->packing = (struct clocks){0, 0};
	if (store_poll_begin(b->s, &src, 1, &b->p, &e) != 0)
		die(&e);
	for (from = 0; from < count; from += CHUNK) {
		n = count - from < CHUNK ? (unsigned)(count - from) : CHUNK;
		make_chunk(b, from, n);
		write_chunk(b, n);
	}
	t = clocks_now();
	if (store_poll_end(b->p, &end, 2, &counts, &e) != 0)
		die(&e);
	clocks_add(&b->writing, t);
	printf("added %llu updated %llu values %llu claims %llu commits %llu\n",
	    (unsigned long long)counts.added,
	    (unsigned long long)counts.updated,
	    (unsigned long long)counts.values,
	    (unsigned long long)counts.claims,
	    (unsigned long long)counts.commits);
	printf("store         %.2f s wall, %.2f us CPU/object\n",
	    b->writing.wall, b->writing.cpu * 1e6 / (double)count);
	printf("compression   %.2f us CPU/object\n",
	    b->packing.cpu * 1e6 / (double)count);
}

static void
ask(struct bench *b, uint64_t count)
{
	struct store_source src = {.name = "bench", .kind = "stix",
	    .url = "file:///", .collection = ""};
	struct err e = ERR_INIT;
	double cpu;

	if (store_poll_begin(b->s, &src, 3, &b->p, &e) != 0)
		die(&e);
	cpu = ask_again(b, count);
	store_poll_drop(b->p);
	printf("asking        %.2f us CPU/object\n", cpu * 1e6 / (double)count);
}

int
main(int argc, char **argv)
{
	const char *path = "bench_store.mdb";
	struct watch watch = {false, 0};
	struct bench b = {.keep_raw = false};
	uint64_t count = 1000000, revise = 0;
	struct err e = ERR_INIT;
	pthread_t thread;
	struct rusage ru;
	int c, level = 1;

	while ((c = getopt(argc, argv, "n:rl:u:f:")) != -1) {
		if (c == 'n')
			count = strtoull(optarg, NULL, 10);
		else if (c == 'r')
			b.keep_raw = true;
		else if (c == 'l')
			level = (int)strtol(optarg, NULL, 10);
		else if (c == 'u')
			revise = strtoull(optarg, NULL, 10);
		else if (c == 'f')
			path = optarg;
		else
			return 2;
	}
	b.blocks = block_writer_new(level);
	arena_init(&b.arena, MIB(8));
	buf_init(&b.rec, MIB(8));
	buf_init(&b.raw, MIB(8));
	pthread_create(&thread, NULL, watch_memory, &watch);
	if (store_open(path, 1, &b.s, &e) != 0)
		die(&e);
	run(&b, count);
	b.revised = true;
	if (revise != 0)
		run(&b, revise);
	watch.stop = true;
	pthread_join(thread, NULL);
	getrusage(RUSAGE_SELF, &ru);
	printf("anonymous     %.1f MiB at most\n", (double)watch.peak / 1024);
	printf("written       %.2f GB\n", (double)ru.ru_oublock * 512 / 1e9);
	show_trees(path, (double)count);
	b.revised = false;
	if (revise == 0)
		ask(&b, count);
	store_close(b.s);
	block_writer_free(b.blocks);
	arena_free(&b.arena);
	buf_free(&b.rec);
	buf_free(&b.raw);
	return 0;
}
