/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long the splitter and the scanner take for an object, beside Jansson.
 *
 *   bench_scan [FILE]
 *
 * FILE is any input of the splitter; without one, 10,000 indicators of about
 * 1.2 kB are made up.  Every round measures each way once, so that a change of
 * the machine's speed meets them all; the medians and the median of the ratios
 * to Jansson are printed.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "bench/bench.h"
#include "stix/object.h"
#include "stix/split.h"

#define OBJECTS 10000
#define ROUNDS 9
#define CHUNK KIB(256)

enum way { WAY_SPLIT, WAY_SCAN, WAY_PEEK, WAY_JANSSON, WAY_COUNT };

static const char *const way_names[] = {
	"split", "split + scan", "split + peek at the id", "split + Jansson"
};

struct run {
	enum way way;
	struct arena arena;
	uint64_t objects, bytes, found;
	int failed;
};

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void
put_uuid(struct buf *b, uint64_t *x)
{
	uint64_t hi = next_random(x), lo = next_random(x);

	buf_printf(b, "%08x-%04x-4%03x-8%03x-%012" PRIx64,
	    (unsigned)(hi >> 32), (unsigned)(hi >> 16 & 0xffff),
	    (unsigned)(hi & 0xfff), (unsigned)(lo >> 48 & 0xfff),
	    lo & UINT64_C(0xffffffffffff));
}

static void
put_description(struct buf *b, uint64_t *x)
{
	static const char *const phrases[] = {
		"command and control server ", "seen in spam runs ",
		"drops a second stage ", "hosted by a bullet-proof provider ",
		"reported by several partners ", "part of a botnet ",
		"first seen on a honeypot ",
		/* and seldom: */
		"caf\u00e9 r\u00e9seau ", "path C:\\\\Users\\\\Public ",
		"the so-called \\\"loader\\\" family "
	};
	const unsigned all = ARRAY_LEN(phrases), plain = all - 3;

	for (unsigned n = 8 + next_random(x) % 12; n > 0; n--)
		buf_str(b, phrases[next_random(x) %
		    (next_random(x) % 16 != 0 ? plain : all)]);
}

static void
put_indicator(struct buf *b, uint64_t *x)
{
	unsigned r = (unsigned)next_random(x);

	buf_str(b, "{\"type\":\"indicator\",\"spec_version\":\"2.1\","
	    "\"id\":\"indicator--");
	put_uuid(b, x);
	buf_str(b, "\",\"created_by_ref\":\"identity--");
	put_uuid(b, x);
	buf_printf(b, "\",\"created\":\"2024-%02u-%02uT%02u:12:31.%03uZ\","
	    "\"modified\":\"2025-01-%02uT08:00:00.000Z\",\"name\":\"C2 %u\",",
	    1 + r % 12, 1 + r / 16 % 28, r / 512 % 24, r / 65536 % 1000,
	    1 + r % 28, r);
	buf_str(b, "\"description\":\"");
	put_description(b, x);
	buf_printf(b, "\",\"indicator_types\":[\"malicious-activity\"],"
	    "\"pattern\":\"[ipv4-addr:value = '%u.%u.%u.%u']\","
	    "\"pattern_type\":\"stix\",\"pattern_version\":\"2.1\","
	    "\"valid_from\":\"2025-01-01T00:00:00Z\","
	    "\"valid_until\":\"2026-01-01T00:00:00Z\",\"confidence\":%u,",
	    1 + r % 220, r >> 8 & 255, r >> 16 & 255, r >> 24 & 255, r % 101);
	buf_str(b, "\"kill_chain_phases\":[{\"kill_chain_name\":"
	    "\"lockheed-martin-cyber-kill-chain\",\"phase_name\":"
	    "\"command-and-control\"}],\"labels\":[\"botnet\",\"c2\"],"
	    "\"external_references\":[{\"source_name\":\"example\","
	    "\"url\":\"https://feed.example/report/");
	put_uuid(b, x);
	buf_str(b, "\"}],\"object_marking_refs\":[\"marking-definition--"
	    "34098fce-860f-48ae-8e50-ebd3cc5e41da\"]}");
}

static int
make_envelope(struct buf *b)
{
	uint64_t x = UINT64_C(88172645463325252);

	buf_str(b, "{\"more\":false,\"objects\":[");
	for (int i = 0; i < OBJECTS; i++) {
		if (i != 0)
			buf_char(b, ',');
		put_indicator(b, &x);
	}
	return buf_str(b, "]}\n");
}

static int
read_file(struct buf *b, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n = 0;
	char *to;

	if (f == NULL)
		return -1;
	do {
		to = buf_room(b, CHUNK);
		n = to != NULL ? fread(to, 1, CHUNK, f) : 0;
		b->n += n;
	} while (n > 0);
	fclose(f);
	return buf_ok(b) && b->n > 0 ? 0 : -1;
}

static int
on_object(void *ctx, struct slice text, uint64_t offset)
{
	struct run *r = ctx;
	struct stix_object o;
	struct slice id;
	json_error_t je;
	json_t *j;

	(void)offset;
	r->objects++;
	r->bytes += text.n;
	switch (r->way) {
	case WAY_SCAN:
		arena_reset(&r->arena);
		if (stix_object_scan(&r->arena, text, &o, NULL) != 0)
			r->failed = 1;
		r->found += o.id.p != NULL;
		break;
	case WAY_PEEK:
		r->found += stix_object_peek_id(text, &id);
		break;
	case WAY_JANSSON:
		j = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &je);
		if (j == NULL)
			r->failed = 1;
		r->found += json_object_get(j, "id") != NULL;
		json_decref(j);
		break;
	default:
		break;
	}
	return 0;
}

/* Microseconds of CPU an object, or a negative number. */
static double
measure(struct run *r, struct split *s, struct slice in)
{
	double begun = seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct err e = ERR_INIT;

	r->objects = r->bytes = r->found = 0;
	split_reset(s);
	for (size_t at = 0; at < in.n; at += CHUNK) {
		size_t n = in.n - at < CHUNK ? in.n - at : CHUNK;

		if (split_feed(s, in.p + at, n, &e) != 0)
			break;
	}
	if (e.code == ERR_NONE && split_finish(s, &e) == 0 && !r->failed &&
	    r->objects != 0)
		return (seconds(CLOCK_PROCESS_CPUTIME_ID) - begun) * 1e6 /
		    (double)r->objects;
	fprintf(stderr, "bench_scan: %s\n", e.text);
	return -1;
}

static int
double_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double v[ROUNDS])
{
	qsort(v, ROUNDS, sizeof(*v), double_order);
	return v[ROUNDS / 2];
}

static void
report(const struct run *r, double us[WAY_COUNT][ROUNDS])
{
	double ratio[WAY_COUNT][ROUNDS];

	for (int w = 0; w < WAY_COUNT; w++) {
		for (int i = 0; i < ROUNDS; i++)
			ratio[w][i] = us[w][i] / us[WAY_JANSSON][i];
	}
	printf("%" PRIu64 " objects of %.0f bytes\n", r->objects,
	    (double)r->bytes / (double)r->objects);
	for (int w = 0; w < WAY_COUNT; w++)
		printf("%-24s %7.3f us/object   %.4f of Jansson\n",
		    way_names[w], median(us[w]), median(ratio[w]));
}

int
main(int argc, char **argv)
{
	static const struct split_ops ops = {.on_object = on_object};
	double us[WAY_COUNT][ROUNDS];
	struct run r = {0};
	struct split *s = split_new(&ops, &r);
	struct buf in;
	int rc = 1;

	buf_init(&in, MIB(256));
	arena_init(&r.arena, MIB(16));
	if (s == NULL || (argc > 1 ? read_file(&in, argv[1]) :
	    make_envelope(&in)) != 0) {
		fprintf(stderr, "bench_scan: no input\n");
		goto out;
	}
	for (int i = 0; i < ROUNDS; i++) {
		for (int w = 0; w < WAY_COUNT; w++) {
			r.way = (enum way)w;
			us[w][i] = measure(&r, s, buf_view(&in));
			if (us[w][i] < 0)
				goto out;
		}
	}
	report(&r, us);
	rc = 0;
out:
	split_free(s);
	arena_free(&r.arena);
	buf_free(&in);
	return rc;
}
