/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of the patterns of a feed, and what one costs.
 *
 *   bench_pattern FILE…
 *
 * FILE is any input of the splitter.  Counts come first; then the time a pattern
 * takes, the fastest of ROUNDS: reduce_text() as the ingest calls it, the same
 * without the fast way, the parser alone, and value_normalise() alone on the
 * values found, which is in both of the first two.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/limits.h"
#include "bench/bench.h"
#include "stix/object.h"
#include "stix/reduce.h"
#include "stix/split.h"

#define ROUNDS 15

enum way { WAY_TEXT, WAY_SLOW, WAY_PARSE, WAY_NORMALISE, WAY_COUNT };

static const char *const way_names[] = {
	"reduce_text", "parse + reduce", "parse", "value_normalise"
};

struct feed {
	struct arena texts, work;
	struct slice *patterns;
	size_t n, room;
	struct slice *values;      /* texts of single equalities, for NORMALISE */
	enum value_type *types;
	size_t nvalues;
	unsigned long reduced, rejected, kept, bad, compound, partial, values_all;
	unsigned long by_type[VALUE_TYPE_COUNT];
};

static int
on_object(void *ctx, struct slice text, uint64_t offset)
{
	struct feed *f = ctx;
	struct stix_object o;

	(void)offset;
	arena_reset(&f->work);
	if (stix_object_scan(&f->work, text, &o, NULL) != 0 ||
	    o.pattern.p == NULL || !slice_is(o.pattern_type, "stix"))
		return 0;
	if (f->n == f->room) {
		f->room = f->room != 0 ? 2 * f->room : 1024;
		f->patterns = realloc(f->patterns,
		    f->room * sizeof(*f->patterns));
		if (f->patterns == NULL)
			return 1;
	}
	f->patterns[f->n] = arena_slice(&f->texts, o.pattern);
	return f->patterns[f->n++].p != NULL ? 0 : 1;
}

static int
read_file(struct feed *f, const char *path)
{
	static const struct split_ops ops = {.on_object = on_object};
	static char chunk[KIB(64)];
	struct split *s = split_new(&ops, f);
	struct err e = ERR_INIT;
	FILE *in = fopen(path, "rb");
	int rc = s == NULL || in == NULL ? -1 : 0;
	size_t n;

	while (rc == 0 && (n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		rc = split_feed(s, chunk, n, &e);
	if (rc == 0)
		rc = split_finish(s, &e);
	if (rc != 0)
		fprintf(stderr, "%s: %s\n", path,
		    e.code != ERR_NONE ? e.text : "cannot be read");
	if (in != NULL)
		fclose(in);
	split_free(s);
	return rc;
}

static void
count(struct feed *f)
{
	struct reduction r;
	size_t i, k;

	for (i = 0; i < f->n; i++) {
		arena_reset(&f->work);
		if (reduce_text(&f->work, f->patterns[i], 0, &r, NULL) != 0) {
			f->bad++;
			continue;
		}
		f->reduced += r.nvalues > 0;
		f->rejected += r.nvalues == 0 && r.nrejects > 0;
		f->kept += r.nvalues == 0 && r.nrejects == 0;
		f->partial += r.nvalues > 0 && r.partial;
		f->compound += r.compound;
		f->values_all += r.nvalues;
		for (k = 0; k < r.nvalues; k++)
			f->by_type[r.values[k].value.type]++;
	}
	printf("%zu patterns: %lu reduced (%.2f %%) to %lu values, %lu rejected,"
	    " %lu kept as patterns, %lu not patterns; %lu compound, "
	    "%lu partial\n", f->n, f->reduced,
	    100.0 * (double)f->reduced / (double)(f->n > 0 ? f->n : 1),
	    f->values_all, f->rejected, f->kept, f->bad, f->compound,
	    f->partial);
	for (k = 0; k < VALUE_TYPE_COUNT; k++)
		if (f->by_type[k] > 0)
			printf("  %-22s %7lu\n", value_type_name((int)k),
			    f->by_type[k]);
}

/* The literals of plain equalities, with the type they were given. */
static int
collect_values(struct feed *f)
{
	struct reduction r;
	struct pattern_node *n;
	size_t i;

	f->values = calloc(f->n + 1, sizeof(*f->values));
	f->types = calloc(f->n + 1, sizeof(*f->types));
	if (f->values == NULL || f->types == NULL)
		return -1;
	for (i = 0; i < f->n; i++) {
		arena_reset(&f->work);
		n = pattern_parse(&f->work, f->patterns[i], NULL);
		if (n == NULL || n->op != PAT_OBSERVATION ||
		    n->left->op != PAT_TEST || n->left->nliterals != 1 ||
		    reduce_pattern(&f->work, n, 0, &r, NULL) != 0 ||
		    r.nvalues != 1)
			continue;
		f->types[f->nvalues] =
		    (enum value_type)r.values[0].value.type;
		f->values[f->nvalues++] = arena_slice(&f->texts,
		    n->left->literals[0].text);
	}
	return 0;
}

static unsigned
one(struct feed *f, enum way way, size_t i)
{
	const struct pattern_node *n;
	struct reduction r;
	struct value v;

	arena_reset(&f->work);
	switch (way) {
	case WAY_TEXT:
		return reduce_text(&f->work, f->patterns[i], 0, &r, NULL) == 0;
	case WAY_SLOW:
		n = pattern_parse(&f->work, f->patterns[i], NULL);
		return n != NULL &&
		    reduce_pattern(&f->work, n, 0, &r, NULL) == 0;
	case WAY_PARSE:
		return pattern_parse(&f->work, f->patterns[i], NULL) != NULL;
	default:
		return value_normalise(&f->work, f->types[i], f->values[i], 0,
		    &v) == VALUE_OK;
	}
}

static void
measure(struct feed *f)
{
	double best[WAY_COUNT] = {0}, t;
	unsigned sum = 0;
	size_t n, i;
	int round, way;

	for (round = 0; round < ROUNDS; round++)
		for (way = 0; way < WAY_COUNT; way++) {
			n = way == WAY_NORMALISE ? f->nvalues : f->n;
			t = seconds(CLOCK_PROCESS_CPUTIME_ID);
			for (i = 0; i < n; i++)
				sum += one(f, (enum way)way, i);
			t = (seconds(CLOCK_PROCESS_CPUTIME_ID) - t) /
			    (double)(n > 0 ? n : 1);
			if (round == 0 || t < best[way])
				best[way] = t;
		}
	for (way = 0; way < WAY_COUNT; way++)
		printf("%-16s %6.0f ns\n", way_names[way], best[way] * 1e9);
	/* used, so that no compiler leaves the work out */
	printf("%-16s %6u\n", "(sum)", sum);
}

int
main(int argc, char **argv)
{
	struct feed f = {0};
	int i, rc = argc < 2;

	if (argc < 2)
		fprintf(stderr, "usage: bench_pattern FILE…\n");
	arena_init(&f.texts, MIB(1024));
	arena_init(&f.work, MIB(64));
	for (i = 1; i < argc; i++)
		rc |= read_file(&f, argv[i]) != 0;
	count(&f);
	if (collect_values(&f) == 0)
		measure(&f);
	arena_free(&f.texts);
	arena_free(&f.work);
	free(f.patterns);
	free(f.values);
	free(f.types);
	return rc;
}
