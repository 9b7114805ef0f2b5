/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources, polls and the change log; counters against what the walks found. */
#include "store/measure.h"
#include "store/sighting.h"
#include "store/verify.h"

int
verify_source(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	struct source_rec r;
	uint16_t id;

	if (k->mv_size != 2 || (id = be16_get(k->mv_data)) == 0) {
		verify_bad(v, "sources: a key of %zu bytes", k->mv_size);
		return TW_OK;
	}
	if (source_rec_decode(id, val_slice(d), &r) != 0)
		verify_bad(v, "sources: the record of source %u cannot be read",
		    id);
	return TW_OK;
}

int
verify_poll(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	const uint8_t *key = k->mv_data;
	struct source_slot *source;
	struct measure measure;
	struct poll_rec r;
	int rc;

	if (k->mv_size != 6) {
		verify_bad(v, "polls: a key of %zu bytes", k->mv_size);
		return TW_OK;
	}
	if (poll_rec_decode(be16_get(key), be32_get(key + 2), val_slice(d),
	    &r) != 0) {
		verify_bad(v, "polls: poll %u of source %u cannot be read",
		    be32_get(key + 2), be16_get(key));
		return TW_OK;
	}
	if ((rc = snap_source(v->s, r.source, &source)) != TW_OK)
		return rc;
	if (r.measure.n != 0 && measure_decode(r.measure, &measure) != 0)
		verify_bad(v, "polls: the measures of source %u, poll %u cannot"
		    " be read", r.source, r.poll);
	if (r.poll > source->rec.polls)
		verify_bad(v, "polls: source %u has a poll %u behind its"
		    " newest, %u", r.source, r.poll, source->rec.polls);
	return TW_OK;
}

int
verify_change(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	const struct head *h = &v->s->head;
	uint64_t generation;
	struct change ch;
	size_t pos = 1;
	int more = -1;

	if (k->mv_size != 12) {
		verify_bad(v, "changes: a key of %zu bytes", k->mv_size);
		return TW_OK;
	}
	generation = be64_get(k->mv_data);
	/* what is left of a generation that lost a part may still lie there */
	if (generation > h->generation)
		verify_bad(v, "changes: generation %ju lies behind the store's"
		    " own, %ju", (uintmax_t)generation,
		    (uintmax_t)h->generation);
	while (d->mv_size > 0 &&
	    (more = change_next(val_slice(d), &pos, &ch)) > 0) {
		if (ch.op < CHANGE_ADD || ch.op > CHANGE_REMOVE ||
		    value_type_name(ch.type) == NULL)
			more = -1;
		if (more < 0)
			break;
	}
	if (more < 0)
		verify_bad(v, "changes: generation %ju cannot be read",
		    (uintmax_t)generation);
	return TW_OK;
}

int
verify_sighting(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	struct sighting_by by;
	struct sighting all;
	size_t pos;
	int more = -1;

	if (sighting_decode(val_slice(d), &all, &pos) == 0)
		while ((more = sighting_next(val_slice(d), &pos, &by)) == 1)
			;
	if (more != 0 || k->mv_size < 2 || all.count == 0 ||
	    all.first > all.last)
		verify_bad(v, "sightings: an entry cannot be read");
	return TW_OK;
}

static void
same(struct verify *v, const char *what, uint64_t counted, uint64_t found)
{
	if (counted != found)
		verify_bad(v, "head: counts %ju %s, there are %ju",
		    (uintmax_t)counted, what, (uintmax_t)found);
}

static void
source_counters(struct verify *v)
{
	const struct source_sum *sum;
	struct tw_source src;
	uint16_t id = 0;

	while (tw_source_next(v->s, &id, &src) == TW_OK) {
		sum = &v->sums[id];
		if (src.objects != sum->objects || src.revoked != sum->revoked ||
		    src.patterns != sum->patterns || src.claims != sum->claims)
			verify_bad(v, "sources: %.*s counts %ju objects, %ju"
			    " claims, %ju revoked, %ju patterns; there are"
			    " %ju, %ju, %ju, %ju", (int)src.name.n, src.name.p,
			    (uintmax_t)src.objects, (uintmax_t)src.claims,
			    (uintmax_t)src.revoked, (uintmax_t)src.patterns,
			    (uintmax_t)sum->objects, (uintmax_t)sum->claims,
			    (uintmax_t)sum->revoked, (uintmax_t)sum->patterns);
	}
}

void
verify_counters(struct verify *v)
{
	const struct head *h = &v->s->head;

	same(v, "values", h->values, v->values);
	same(v, "networks", h->nets, v->nets);
	same(v, "claims", h->claims, v->claims);
	same(v, "objects", h->objects, v->objects);
	same(v, "patterns", h->patterns, v->patterns);
	same(v, "rules", h->rules, v->rules);
	same(v, "relationships", h->relationships, v->relationships);
	same(v, "bytes of originals", h->raw_bytes - h->dead_raw,
	    v->raw_bytes);
	if (v->multi_claims != 0)
		verify_bad(v, "claims: %ju fewer than the values refer to",
		    (uintmax_t)v->multi_claims);
	if (v->max_row >= h->next_row)
		verify_bad(v, "head: row %ju is used, the next is said to be"
		    " %ju", (uintmax_t)v->max_row, (uintmax_t)h->next_row);
	verify_allow_counts(v);
	source_counters(v);
	verify_row_counts(v);
}
