/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/reduce.h"

#include "base/tstamp.h"
#include "stix/reduce_walk.h"

static int
no_room(struct err *e)
{
	return err_set(e, ERR_MEMORY,
	    "no memory left for the values of a pattern");
}

static bool
same_value(const struct value *a, const struct value *b)
{
	return a->type == b->type && a->prefix == b->prefix &&
	    a->keylen == b->keylen && memcmp(a->key, b->key, a->keylen) == 0;
}

/* One value said twice is one value.  It is compound only if it was so both
 * times: alone, it is a hit. */
static bool
merge_double(struct reduction *r, const struct reduced_value *v)
{
	size_t i;

	for (i = 0; i < r->nvalues; i++)
		if (same_value(&r->values[i].value, &v->value)) {
			r->values[i].compound &= v->compound;
			r->values[i].value.flags |= v->value.flags;
			return true;
		}
	return false;
}

/* Numbers without gaps, in the order in which the groups appear. */
static int
number_groups(struct reduce_job *job, struct reduction *r)
{
	unsigned *map, next = 1;
	size_t i;

	if (r->nvalues == 1) {
		r->values[0].group = 0;
		return 0;
	}
	map = arena_alloc(job->a, (job->groups + 1) * sizeof(*map));
	if (map == NULL)
		return -1;
	memset(map, 0, (job->groups + 1) * sizeof(*map));
	for (i = 0; i < r->nvalues; i++) {
		unsigned *slot = &map[r->values[i].group];

		if (*slot == 0)
			*slot = next++;
		r->values[i].group = *slot - 1;
	}
	return 0;
}

static int
take_values(struct reduce_job *job, const struct reduce_alts *alts,
    struct reduction *r)
{
	const struct reduce_item *item;
	size_t i;

	r->values = arena_alloc(job->a, alts->n * sizeof(*r->values));
	if (r->values == NULL)
		return -1;
	for (item = alts->first; item != NULL; item = item->next)
		if (!merge_double(r, &item->v))
			r->values[r->nvalues++] = item->v;
	for (i = 0; i < r->nvalues; i++)
		r->compound |= r->values[i].compound;
	return number_groups(job, r);
}

static int
take_rejects(struct reduce_job *job, const struct reduce_alts *alts,
    struct reduction *r)
{
	const struct reduce_lost *lost;

	r->rejects = arena_alloc(job->a, alts->nlost * sizeof(*r->rejects));
	if (r->rejects == NULL)
		return -1;
	for (lost = alts->lost; lost != NULL; lost = lost->next)
		r->rejects[r->nrejects++] = lost->r;
	return 0;
}

int
reduce_finish(struct reduce_job *job, const struct reduce_alts *alts,
    struct reduction *r, struct err *e)
{
	*r = (struct reduction){
		.partial = alts->partial,
		.start = alts->start,
		.stop = alts->stop
	};
	if (job->failed)
		return no_room(e);
	if (alts->n > LIMIT_VALUES || alts->nlost > LIMIT_VALUES)
		return err_set(e, ERR_LIMIT,
		    "a pattern of %zu values, more than the %u that are taken",
		    alts->n > alts->nlost ? alts->n : alts->nlost,
		    LIMIT_VALUES);
	if (alts->n > 0 && take_values(job, alts, r) != 0)
		return no_room(e);
	if (alts->nlost > 0 && take_rejects(job, alts, r) != 0)
		return no_room(e);
	return 0;
}

int
reduce_pattern(struct arena *a, const struct pattern_node *root,
    unsigned value_options, struct reduction *r, struct err *e)
{
	struct reduce_job job = {.a = a, .options = value_options};
	struct reduce_alts alts;

	reduce_list(&job, PAT_OBS_OR, &root, 1, &alts);
	return reduce_finish(&job, &alts, r, e);
}

int
reduce_text(struct arena *a, struct slice pattern, unsigned value_options,
    struct reduction *r, struct err *e)
{
	struct reduce_job job = {.a = a, .options = value_options};
	const struct pattern_node *root;
	struct reduce_alts alts;

	if (reduce_fast(&job, pattern, &alts))
		return reduce_finish(&job, &alts, r, e);
	root = pattern_parse(a, pattern, e);
	if (root == NULL)
		return -1;
	return reduce_pattern(a, root, value_options, r, e);
}
