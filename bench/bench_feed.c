/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a record of a list, a table or a JSON feed costs.
 *
 *   bench_feed [-n RECORDS] [-r ROUNDS] [-k] [FORM…]
 *   bench_feed -w FORM [-n RECORDS]      writes a document to standard output
 *
 * A document is made in memory (bench/feed_gen.h, feed_place.h).  Then, each by the
 * CPU time of one thread, the fastest of ROUNDS:
 *   read    all that a fetcher does with it: the source's poll, from bytes to
 *           frames on the socket, with normalised values and encoded records;
 *           with -k the originals are kept as well
 *   parse   the floor: cut into fields, and no more; lines by memchr(), CSV by a
 *           plain loop over the bytes, JSON by Jansson, record by record, and
 *           events of MISP, of a thousand attributes each, event by event
 * The ratio tells what normalising, mapping and encoding cost beside that.
 * `frames` is a digest of all that was sent, of the last round: builds that read
 * a document alike agree in it (with -k blocks come when they are compressed, so
 * there it says nothing).
 */
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/cc.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/tstamp.h"
#include "bench/bench.h"
#include "bench/feed_gen.h"
#include "bench/feed_place.h"
#include "sync/ingest.h"
#include "sync/source.h"

#define NOW (1782900000 * TSTAMP_SECOND) /* a day of 2026 */

struct bench {
	uint64_t records;
	unsigned rounds;
	bool keep;
	uint64_t sum; /* of what was found, so that no work is left out */
};

static void
die(const char *what, const struct err *e)
{
	fprintf(stderr, "bench_feed: %s%s%s\n", what, e != NULL ? ": " : "",
	    e != NULL ? e->text : "");
	exit(1);
}

/* ---- read ------------------------------------------------------------------ */

/* A keeper that is never in the way: it only takes the digest of all that it is
 * sent, which is the same for any two builds that read a document alike. */
struct keeper {
	int fd;
	uint64_t digest;
};

static void *
drain(void *arg)
{
	static char room[1 << 20];
	struct keeper *k = arg;
	size_t n = 0;
	ssize_t got;

	/* in pieces of one size, however they arrive */
	while ((got = read(k->fd, room + n, sizeof(room) - n)) > 0) {
		n += (size_t)got;
		if (n == sizeof(room)) {
			k->digest = digest64(room, n, k->digest);
			n = 0;
		}
	}
	k->digest = digest64(room, n, k->digest);
	return NULL;
}

static void
fill_job(struct job *job, const struct feed_form *f, const char *url, bool keep)
{
	unsigned n = 0;

	job_init(job);
	while (f->options[n] != NULL)
		n++;
	job->name = strdup("bench");
	job->kind = strdup(f->kind);
	job->url = strdup(url);
	job->feed = calloc(n + 1, sizeof(*job->feed));
	if (job->name == NULL || job->kind == NULL || job->url == NULL ||
	    job->feed == NULL)
		die("out of memory", NULL);
	for (; job->nfeed < n; job->nfeed++)
		job->feed[job->nfeed] = strdup(f->options[job->nfeed]);
	job->keep_raw = keep;
	job->now = NOW;
	job->seed = 1;
}

static double
read_once(const struct feed_form *f, const char *url, bool keep,
    uint64_t *digest)
{
	const struct source_ops *ops;
	struct err e = ERR_INIT;
	struct ingest *g;
	struct job job;
	struct keeper k = {.digest = 0};
	pthread_t keeper;
	double took;
	int ends[2];

	fill_job(&job, f, url, keep);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		die("no socket", NULL);
	k.fd = ends[1];
	if (pthread_create(&keeper, NULL, drain, &k) != 0)
		die("no thread", NULL);
	took = seconds(CLOCK_THREAD_CPUTIME_ID);
	ops = source_find(&job, &e);
	g = ops != NULL ? ingest_new(ends[0], &job, &e) : NULL;
	if (g == NULL || ops->poll(&job, g, &e) != 0 ||
	    ingest_finish(g, true, NULL, &e) != 0)
		die(f->name, &e);
	took = seconds(CLOCK_THREAD_CPUTIME_ID) - took;
	ingest_free(g);
	pthread_join(keeper, NULL);
	*digest = k.digest;
	close(ends[1]);
	job_free(&job);
	return took;
}

/* ---- parse ----------------------------------------------------------------- */

static uint64_t
parse_lines(const char *p, size_t n)
{
	const char *end = p + n, *q;
	uint64_t sum = 0;

	for (; p < end && (q = memchr(p, '\n', (size_t)(end - p))) != NULL;
	    p = q + 1)
		sum += (uint64_t)(q - p) + (uint8_t)p[0];
	return sum;
}

/* Fields end at commas and lines outside of quotes. */
static uint64_t
parse_csv(const char *p, size_t n)
{
	struct {
		const char *p;
		size_t n;
	} fields[64];
	size_t i, from = 0, k = 0;
	bool quoted = false;
	uint64_t sum = 0;

	for (i = 0; i < n; i++) {
		if (p[i] == '"')
			quoted = !quoted;
		if (quoted || (p[i] != ',' && p[i] != '\n'))
			continue;
		fields[k].p = p + from;
		fields[k].n = i - from;
		k += k < 63;
		from = i + 1;
		if (p[i] == '\n') {
			sum += k + fields[0].n + (uint8_t)fields[k - 1].p[0];
			k = 0;
		}
	}
	return sum;
}

/* Each record stands in a line of its own. */
static uint64_t
parse_json(const char *p, size_t n)
{
	const char *end = p + n, *q, *from;
	uint64_t sum = 0;
	json_t *value;

	for (; p < end && (q = memchr(p, '\n', (size_t)(end - p))) != NULL;
	    p = q + 1) {
		from = memchr(p, '{', (size_t)(q - p));
		if (from == NULL || q - from < 64)
			continue;
		value = json_loadb(from, (size_t)(q - from),
		    JSON_DISABLE_EOF_CHECK, NULL);
		if (value == NULL)
			die("Jansson takes a record for none", NULL);
		sum += json_object_size(value);
		json_decref(value);
	}
	return sum;
}

/* ---- measuring ------------------------------------------------------------- */

static void
measure(const struct feed_form *f, struct bench *b)
{
	uint64_t (*parse)(const char *p, size_t n) =
	    strcmp(f->kind, "lines") == 0 ||
	    strcmp(f->kind, "rules") == 0 ? parse_lines :
	    strcmp(f->kind, "csv") == 0 ? parse_csv : parse_json;
	double read = 0, floor = 0, t, n = (double)b->records;
	struct feed_place p;
	const char *why = feed_place_make(&p, f, b->records);
	uint64_t digest = 0;
	unsigned i;

	for (i = 0; why == NULL && i < b->rounds; i++) {
		if (feed_place_rewind(&p, f) != 0)
			why = "no descriptor";
		t = read_once(f, p.url, b->keep, &digest);
		read = i == 0 || t < read ? t : read;
		t = seconds(CLOCK_THREAD_CPUTIME_ID);
		b->sum += parse(p.text, p.n);
		t = seconds(CLOCK_THREAD_CPUTIME_ID) - t;
		floor = i == 0 || t < floor ? t : floor;
	}
	feed_place_remove(&p);
	if (why != NULL)
		die(why, NULL);
	printf("%-14s %5.0f B  read %6.0f ns, %5.2f M/s, %4.0f MB/s  parse %5.0f"
	    " ns  ratio %5.2f  frames %016" PRIx64 "\n", f->name,
	    (double)p.n / n, read / n * 1e9, n / read / 1e6,
	    (double)p.n / read / 1e6, floor / n * 1e9, read / floor, digest);
	fflush(stdout);
}

static int
usage(void)
{
	const struct feed_form *f;

	fprintf(stderr, "usage: bench_feed [-n RECORDS] [-r ROUNDS] [-k] "
	    "[FORM…]\n       bench_feed -w FORM [-n RECORDS]\nforms:");
	for (f = feed_forms; f->name != NULL; f++)
		fprintf(stderr, " %s", f->name);
	fprintf(stderr, "\n");
	return 2;
}

static int
run(struct bench *b, char **names)
{
	const struct feed_form *f;
	char **name;

	for (name = names; *name != NULL; name++)
		if (feed_form_find(*name) == NULL)
			return usage();
	for (f = feed_forms; f->name != NULL; f++) {
		bool wanted = *names == NULL;

		for (name = names; *name != NULL; name++)
			wanted = wanted || strcmp(*name, f->name) == 0;
		if (wanted)
			measure(f, b);
	}
	/* used, so that no compiler leaves the work out */
	printf("(sum %llu)\n", (unsigned long long)b->sum);
	return 0;
}

int
main(int argc, char **argv)
{
	struct bench b = {.records = 200000, .rounds = 5};
	const struct feed_form *form = NULL;
	int c;

	while ((c = getopt(argc, argv, "n:r:w:k")) != -1) {
		if (c == 'n')
			b.records = strtoull(optarg, NULL, 10);
		else if (c == 'r')
			b.rounds = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'k')
			b.keep = true;
		else if (c != 'w' || (form = feed_form_find(optarg)) == NULL)
			return usage();
	}
	if (b.records == 0 || b.rounds == 0)
		return usage();
	if (form == NULL && feed_place_reserve() != 0)
		die("no descriptor", NULL);
	if (form == NULL)
		return run(&b, argv + optind);
	feed_gen(form, b.records, stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}
