/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare: how much sources tell the same.  Uses the public reader library and
 * nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/clean.h"
#include "cmd/cmd.h"
#include "cmd/jw.h"

struct compare_opts {
	bool json;
};

static const struct opt compare_table[] = {
	{'j', "json", NULL, "one JSON object", OPT_FLAG,
	    offsetof(struct compare_opts, json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

struct compare {
	size_t n;
	struct tw_str name[TW_COMPARE_MAX];
	uint16_t id[TW_COMPARE_MAX];
	uint64_t exclusive[TW_COMPARE_MAX];
	uint64_t *shared; /* n * n */
};

static bool
is_named(struct tw_str name, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (strlen(argv[i]) == name.n &&
		    memcmp(argv[i], name.p, name.n) == 0)
			return true;
	return argc == 0;
}

/* The sources that were named, or all of them. */
static int
compare_sources(struct cmd *c, struct compare *x, int argc, char **argv,
    struct err *e)
{
	struct tw_source source;
	uint16_t id = 0;
	int i, rc;

	for (i = 0; i < argc; i++)
		if (cmd_source(c, argv[i], e) != 0)
			return -1;
	while ((rc = tw_source_next(c->snap, &id, &source)) == TW_OK) {
		if (!is_named(source.name, argc, argv))
			continue;
		if (x->n == TW_COMPARE_MAX)
			return err_set(e, ERR_USAGE, "compare: more than %d "
			    "sources; name those to compare", TW_COMPARE_MAX);
		x->name[x->n] = source.name;
		x->id[x->n++] = source.id;
	}
	if (rc != TW_END)
		return cmd_fail(e, rc, c->store);
	if (x->n == 0)
		return err_set(e, ERR_NOT_FOUND, "%s: there is no source to "
		    "compare", c->store);
	return 0;
}

static uint64_t
share_of(const struct compare *x, size_t i, size_t j)
{
	return x->shared[i * x->n + j];
}

static void
percent(uint64_t part, uint64_t whole, int width)
{
	if (whole == 0)
		printf("%*s", width, "-");
	else
		printf("%*.1f%%", width - 1, 100.0 * (double)part /
		    (double)whole);
}

static void
compare_text(const struct compare *x)
{
	size_t i, j, width = 6;

	for (i = 0; i < x->n; i++)
		if (x->name[i].n > width)
			width = x->name[i].n;
	printf("%4s %-*s %10s %9s", "", (int)width, "source", "values",
	    "exclusive");
	for (j = 0; j < x->n; j++)
		printf("   in %2zu", j + 1);
	putchar('\n');
	for (i = 0; i < x->n; i++) {
		printf("%4zu ", i + 1);
		print_clean(stdout, x->name[i].p, x->name[i].n);
		printf("%*s %10llu ", (int)(width - x->name[i].n), "",
		    (unsigned long long)share_of(x, i, i));
		percent(x->exclusive[i], share_of(x, i, i), 9);
		for (j = 0; j < x->n; j++) {
			putchar(' ');
			if (i == j)
				printf("%7s", ".");
			else
				percent(share_of(x, i, j), share_of(x, i, i),
				    7);
		}
		putchar('\n');
	}
}

static int
compare_json(const struct compare *x, struct err *e)
{
	struct jw j;
	size_t i, k;

	jw_open(&j, stdout);
	jw_begin(&j, '{');
	jw_key(&j, "sources");
	jw_begin(&j, '[');
	for (i = 0; i < x->n; i++) {
		jw_begin(&j, '{');
		jw_kstr(&j, "name", x->name[i]);
		jw_knum(&j, "values", share_of(x, i, i));
		jw_knum(&j, "exclusive", x->exclusive[i]);
		jw_key(&j, "shared");
		jw_begin(&j, '[');
		for (k = 0; k < x->n; k++) {
			if (k == i || share_of(x, i, k) == 0)
				continue;
			jw_begin(&j, '{');
			jw_kstr(&j, "name", x->name[k]);
			jw_knum(&j, "values", share_of(x, i, k));
			jw_end(&j, '}');
		}
		jw_end(&j, ']');
		jw_end(&j, '}');
	}
	jw_end(&j, ']');
	jw_end(&j, '}');
	jw_line(&j);
	if (jw_close(&j) != 0 && !ferror(stdout))
		return err_set(e, ERR_MEMORY, "out of memory");
	return 0;
}

static int
compare_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct compare_opts *o = opts;
	struct compare *x = calloc(1, sizeof(*x));
	int rc;

	if (x == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		return EXIT_STORE;
	}
	rc = cmd_open(c, e);
	if (rc == 0)
		rc = compare_sources(c, x, argc, argv, e);
	if (rc == 0 && (x->shared = calloc(x->n * x->n,
	    sizeof(*x->shared))) == NULL)
		rc = err_set(e, ERR_MEMORY, "out of memory");
	if (rc == 0) {
		rc = tw_compare(c->snap, x->id, x->n, x->shared, x->exclusive);
		if (rc != TW_OK)
			rc = cmd_fail(e, rc, c->store);
	}
	if (rc == 0 && o->json)
		rc = compare_json(x, e);
	else if (rc == 0)
		compare_text(x);
	free(x->shared);
	free(x);
	return rc == 0 ? EXIT_DONE : cmd_status(e);
}

const struct verb verb_compare = {
	"compare", "[SOURCE…]", "how much sources tell the same",
	"For each source: how many values it claims, the share that no other "
	"source claims, and the share that each of the others claims too. "
	"Only active claims count.",
	compare_table, NULL, sizeof(struct compare_opts), 0, -1, compare_run
};
