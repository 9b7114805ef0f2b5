/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long a look-up takes, as a tool would do it: text in, verdict out, a
 * fresh snapshot each time.
 *
 *	bench_lookup STORE                measure
 *	bench_lookup --fill N STORE       make a store of N values first
 *	bench_lookup --rate STORE         say "ready", begin at a line of input,
 *	                                  look up hits until the input ends, and
 *	                                  print look-ups a second and percentiles
 *
 * Probes are drawn from the store (hits) and altered (misses), shuffled.  Each
 * operation is timed by itself, with the clock's own cost subtracted; batches
 * are timed as a whole.  The first rows ask LMDB directly for the same
 * keys: the floor, and the calibrator between machines and moments.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "bench/lookup_fill.h"
#include "store/env.h"
#include "taxiway.h"

#define SAMPLES 100000 /* probes of each kind */
#define TEXT_MAX LOOKUP_TEXT_MAX

static void
die(const char *what)
{
	fprintf(stderr, "bench_lookup: %s\n", what);
	exit(1);
}

static uint64_t random_state = LOOKUP_RANDOM;

static uint64_t
next_random(void)
{
	return lookup_random(&random_state);
}

static int64_t
clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* -- probes -- */

struct probe {
	char text[TEXT_MAX];
	uint8_t key[TEXT_MAX]; /* in the tree of values, for LMDB */
	size_t keylen;
	int type;
};

struct probes {
	struct probe *at;
	size_t n;
	uint64_t met; /* for the sample: how many there were */
};

/* Every value has the same chance to be in the sample. */
static void
sample(struct probes *p, tw_snapshot *s, const struct tw_match *m)
{
	struct probe *to;
	uint64_t place;

	if (p->n < SAMPLES) {
		to = &p->at[p->n++];
	} else {
		place = next_random() % (p->met + 1);
		if (place >= SAMPLES) {
			p->met++;
			return;
		}
		to = &p->at[place];
	}
	p->met++;
	if (m->key.n + 1 > sizeof(to->key) ||
	    tw_value_text(s, m, to->text, TEXT_MAX) >= TEXT_MAX)
		die("a value is too long for this benchmark");
	to->type = m->type;
	to->key[0] = (uint8_t)m->type;
	memcpy(to->key + 1, m->key.p, m->key.n);
	to->keylen = m->key.n + 1;
}

static void
shuffle(struct probes *p)
{
	static struct probe swap;
	size_t i, j;

	for (i = p->n; i > 1; i--) {
		j = next_random() % i;
		swap = p->at[i - 1];
		p->at[i - 1] = p->at[j];
		p->at[j] = swap;
	}
}

static void
collect(tw_snapshot *s, int type, struct probes *p)
{
	struct tw_cursor c = {0};
	struct tw_match m;

	p->n = 0;
	p->met = 0;
	while (tw_value_next(s, &c, type, &m) == TW_OK) {
		if (m.type == tw_type_code("ipv4-addr") && m.prefix < 32)
			continue;
		sample(p, s, &m);
	}
	shuffle(p);
}

/* The same kind of text, not in the store: two characters are changed. */
static void
spoil(struct probes *p)
{
	char *t, c;
	size_t i, n, k, from;

	for (i = 0; i < p->n; i++) {
		t = p->at[i].text;
		n = strlen(t);
		from = strstr(t, "://") != NULL
		    ? (size_t)(strstr(t, "://") - t) + 3 : 0;
		for (k = from; k < n && k < from + 3; k++) {
			c = t[k];
			if (c >= '0' && c <= '9')
				t[k] = (char)('1' + (c - '0' + 4) % 8);
			else if (c >= 'a' && c <= 'f')
				t[k] = (char)('a' + (c - 'a' + 3) % 6);
			else if (c >= 'g' && c <= 'z')
				t[k] = (char)('g' + (c - 'g' + 7) % 20);
		}
	}
}

/* -- measuring -- */

static int64_t clock_cost;

static int
by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
calibrate(void)
{
	int64_t t[1001];
	int i;

	for (i = 0; i < 1001; i++) {
		t[i] = clock_ns();
		t[i] = clock_ns() - t[i];
	}
	qsort(t, 1001, sizeof(t[0]), by_time);
	clock_cost = t[500];
}

typedef size_t operation(void *ctx, const struct probe *p);

static void
measure(const char *name, operation *op, void *ctx, const struct probes *p)
{
	static int64_t t[SAMPLES];
	static struct probe hot; /* a tool has just read what it asks for */
	int64_t begin, mean = 0;
	size_t i, hits = 0;

	if (p->n == 0)
		return;
	for (i = 0; i < p->n; i++) {
		hot = p->at[i];
		begin = clock_ns();
		hits += op(ctx, &hot) != 0;
		t[i] = clock_ns() - begin - clock_cost;
		mean += t[i];
	}
	mean /= (int64_t)p->n;
	qsort(t, p->n, sizeof(t[0]), by_time);
	printf("%-34s %7" PRId64 " %7" PRId64 " %7" PRId64 " %7" PRId64
	    " %6.1f%%\n", name, mean, t[p->n / 2], t[p->n * 99 / 100],
	    t[p->n * 999 / 1000], 100.0 * (double)hits / (double)p->n);
}

struct reader {
	tw_snapshot *s;
	unsigned find;
	bool renew, typed; /* is the type given? */
};

static size_t
op_text(void *ctx, const struct probe *p)
{
	const struct reader *r = ctx;
	struct tw_match m[4];
	size_t found = 0;

	if (r->renew)
		tw_snapshot_renew(r->s);
	tw_lookup(r->s, r->typed ? p->type : TW_TYPE_AUTO, p->text, TW_LENGTH,
	    r->find, m, 4, &found);
	return found;
}

static size_t
op_addr(void *ctx, const struct probe *p)
{
	const struct reader *r = ctx;
	struct tw_match m[4];
	size_t found = 0;

	tw_snapshot_renew(r->s);
	if (p->keylen == 5 || p->keylen == 17)
		tw_lookup_addr(r->s, p->key + 1, p->keylen - 1, m, 4, &found);
	return found;
}

struct direct {
	struct env *env;
	MDB_txn *txn;
	bool renew;
};

static size_t
op_lmdb(void *ctx, const struct probe *p)
{
	struct direct *d = ctx;
	MDB_val k = {p->keylen, (void *)(uintptr_t)p->key}, v;

	if (d->renew) {
		mdb_txn_reset(d->txn);
		mdb_txn_renew(d->txn);
	}
	return mdb_get(d->txn, d->env->dbi[TABLE_VALUES], &k, &v) == 0;
}

static void
measure_batch(tw_snapshot *s, const struct probes *p, const char *name)
{
	enum { BATCH = 1000 };
	static struct tw_probe batch[BATCH];
	int64_t begin;
	size_t i, j, n = p->n / BATCH;

	if (n == 0)
		return;
	begin = clock_ns();
	for (i = 0; i < n; i++) {
		for (j = 0; j < BATCH; j++)
			batch[j] = (struct tw_probe){
			    .text = p->at[i * BATCH + j].text,
			    .length = TW_LENGTH};
		tw_snapshot_renew(s);
		tw_lookup_batch(s, batch, BATCH, TW_FIND_ALL);
	}
	printf("%-34s %7" PRId64 "\n", name,
	    (clock_ns() - begin) / (int64_t)(n * BATCH));
}

/* The mean of a loop in which the memory of the probes is warm. */
static void
measure_loop(const char *name, operation *op, void *ctx,
    const struct probes *p)
{
	enum { WARM = 500, TIMES = 200 };
	int64_t begin, best = INT64_MAX, one;
	size_t i, n = p->n < WARM ? p->n : WARM;
	int k;

	for (k = 0; k < TIMES && n != 0; k++) {
		begin = clock_ns();
		for (i = 0; i < n; i++)
			(void)op(ctx, &p->at[i]);
		one = (clock_ns() - begin) / (int64_t)n;
		best = one < best ? one : best;
	}
	if (n != 0)
		printf("%-34s %7" PRId64 " (best of %d loops of %zu)\n", name,
		    best, TIMES, n);
}

/* Misses, the clock left out: the type told from the text, and given. */
static void
measure_warm(const char *type, struct reader *r, const struct probes *p)
{
	char name[64];

	snprintf(name, sizeof(name), "%s: miss, warm", type);
	measure_loop(name, op_text, r, p);
	snprintf(name, sizeof(name), "%s: miss, warm, type given", type);
	r->typed = true;
	measure_loop(name, op_text, r, p);
	r->typed = false;
}

static void
measure_type(tw_snapshot *s, const char *type, struct probes *p)
{
	struct reader r = {.s = s, .find = TW_FIND_ALL, .renew = true};
	char name[64];

	collect(s, tw_type_code(type), p);
	snprintf(name, sizeof(name), "%s: hit", type);
	measure(name, op_text, &r, p);
	spoil(p);
	snprintf(name, sizeof(name), "%s: miss", type);
	measure(name, op_text, &r, p);
	measure_warm(type, &r, p);
}

/* -- one reader among others -- */

#define RATE_STEP 10     /* ns */
#define RATE_STEPS 20000 /* the last one holds what took longer */

static uint64_t
percentile(const uint64_t steps[RATE_STEPS], uint64_t n, double part)
{
	uint64_t sum = 0, want = (uint64_t)((double)n * part);
	unsigned i;

	for (i = 0; i < RATE_STEPS - 1 && (sum += steps[i]) <= want; i++)
		;
	return (uint64_t)i * RATE_STEP;
}

static bool
input_waits(int ms)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&p, 1, ms) != 0;
}

static void
rate_until_end(tw_snapshot *s, const struct probes *p)
{
	static uint64_t steps[RATE_STEPS];
	struct reader r = {.s = s, .find = TW_FIND_ALL, .renew = true};
	int64_t begin = clock_ns(), from, took, longest = 0;
	uint64_t n = 0;

	do {
		for (int i = 0; i < 1000; i++, n++) {
			from = clock_ns();
			(void)op_text(&r, &p->at[n % p->n]);
			took = clock_ns() - from;
			longest = took > longest ? took : longest;
			took /= RATE_STEP;
			steps[took < RATE_STEPS ? took : RATE_STEPS - 1]++;
		}
	} while (!input_waits(0));
	printf("{\"rate\":%.0f,\"p50\":%" PRIu64 ",\"p99\":%" PRIu64
	    ",\"p999\":%" PRIu64 ",\"longest\":%" PRId64 "}\n",
	    (double)n * 1e9 / (double)(clock_ns() - begin),
	    percentile(steps, n, 0.5), percentile(steps, n, 0.99),
	    percentile(steps, n, 0.999), longest);
}

static tw_snapshot *
begin_reading(const char *path, tw_store **store, struct probes *p)
{
	struct tw_error e;
	tw_snapshot *s;

	*p = (struct probes){.at = malloc(SAMPLES * sizeof(*p->at))};
	if (p->at == NULL)
		die("no memory");
	if (tw_open(path, 0, store, &e) != TW_OK)
		die(e.text);
	if (tw_snapshot_begin(*store, &s) != TW_OK)
		die("no snapshot");
	return s;
}

static void
end_reading(tw_store *store, tw_snapshot *s, struct probes *p)
{
	tw_snapshot_end(s);
	tw_close(store);
	free(p->at);
}

static void
rate(const char *path)
{
	struct probes p;
	tw_store *store;
	tw_snapshot *s = begin_reading(path, &store, &p);

	collect(s, 0, &p);
	printf("ready\n");
	fflush(stdout);
	if (p.n != 0 && getchar() != EOF)
		rate_until_end(s, &p);
	end_reading(store, s, &p);
}

static void
measure_lmdb(const char *path, const struct probes *p)
{
	struct direct d = {.renew = true};
	struct err e = ERR_INIT;

	if (env_open(path, 0, &d.env, &e) != 0 ||
	    env_begin(d.env, false, &d.txn, &e) != 0)
		die(e.text);
	measure("LMDB alone: renew and get", op_lmdb, &d, p);
	d.renew = false;
	measure("LMDB alone: get", op_lmdb, &d, p);
	mdb_txn_abort(d.txn);
	env_close(d.env);
}

static void
measure_all(const char *path)
{
	static const char *const types[] = {"ipv4-addr", "ipv6-addr",
	    "domain-name", "url", "sha256", "md5", "email-addr"};
	struct reader r = {.find = TW_FIND_ALL, .renew = true};
	struct probes p;
	tw_store *store;
	int64_t begin;
	uint64_t active;
	size_t i;

	r.s = begin_reading(path, &store, &p);
	begin = clock_ns();
	if (tw_count_active(r.s, 0, &active) != TW_OK)
		die(tw_snapshot_error(r.s));
	printf("%" PRIu64 " active values, counted in %.3f s\n", active,
	    (double)(clock_ns() - begin) / 1e9);
	printf("%-34s %7s %7s %7s %7s %7s\n", "ns per look-up", "mean", "p50",
	    "p99", "p99.9", "hits");
	collect(r.s, 0, &p);
	measure_lmdb(path, &p);
	measure("hit, any type, renewed", op_text, &r, &p);
	r.typed = true;
	measure("hit, type given, renewed", op_text, &r, &p);
	r.typed = false;
	r.find = TW_FIND_EXACT;
	measure("hit, exact only, renewed", op_text, &r, &p);
	r.find = TW_FIND_ALL;
	r.renew = false;
	tw_snapshot_renew(r.s);
	measure("hit, any type, one view", op_text, &r, &p);
	r.renew = true;
	measure_batch(r.s, &p, "hit, batches of 1000");
	collect(r.s, tw_type_code("ipv4-addr"), &p);
	measure("address in bytes: hit", op_addr, &r, &p);
	for (i = 0; i < p.n; i++)
		p.at[i].key[1] ^= 0xa5;
	measure("address in bytes: mostly misses", op_addr, &r, &p);
	measure_loop("the same, without the clock", op_addr, &r, &p);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		measure_type(r.s, types[i], &p);
	collect(r.s, 0, &p);
	spoil(&p);
	measure("miss, any type, renewed", op_text, &r, &p);
	measure_batch(r.s, &p, "miss, batches of 1000");
	measure_warm("any type", &r, &p);
	end_reading(store, r.s, &p);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--rate") == 0) {
		/* what is read ahead would hide the end from poll() */
		setvbuf(stdin, NULL, _IONBF, 0);
		rate(argv[2]);
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "--fill") == 0)
		lookup_fill(argv[3], strtoull(argv[2], NULL, 10));
	else if (argc != 2)
		die("usage: bench_lookup [--fill N | --rate] STORE");
	calibrate();
	measure_all(argv[argc - 1]);
	return 0;
}
