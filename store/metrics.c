/* SPDX-License-Identifier: BSD-2-Clause */
/* What a poll's record says of its source's contribution. */
#include "store/measure.h"
#include "store/reader_private.h"

/* The newest measured poll that is not behind *poll. */
static int
metrics_find(struct tw_snapshot *s, uint16_t source, uint32_t *poll,
    struct poll_rec *r, int64_t *newest, struct measure *m)
{
	uint8_t key[6];
	MDB_val k, d;
	int rc;

	*newest = 0;
	be16_put(key, source);
	be32_put(key + 2, *poll);
	rc = table_get(s, TABLE_POLLS, key, sizeof(key), &k, &d);
	while (rc == TW_OK) {
		if (k.mv_size != 6 || memcmp(k.mv_data, key, 2) != 0)
			return TW_NOT_FOUND;
		*poll = be32_get((const uint8_t *)k.mv_data + 2);
		if (poll_rec_decode(source, *poll, val_slice(&d), r) != 0)
			return snap_fail(s, TW_DAMAGED, "%s: the record of a"
			    " poll cannot be read", s->store->path);
		if (r->newest > *newest)
			*newest = r->newest;
		if (r->measure.n != 0)
			return measure_decode(r->measure, m) == 0 ? TW_OK :
			    snap_fail(s, TW_DAMAGED, "%s: the measures of a"
			    " poll cannot be read", s->store->path);
		be32_put(key + 2, *poll);
		rc = table_before(s, TABLE_POLLS, key, sizeof(key), &k, &d);
	}
	return rc == TW_END ? TW_NOT_FOUND : rc;
}

int
tw_poll_metrics(tw_snapshot *s, uint16_t source, uint32_t poll,
    struct tw_metrics *out)
{
	struct poll_rec r;
	struct measure m;
	int64_t newest;
	int rc;

	if (s == NULL || out == NULL)
		return TW_ARGUMENT;
	if ((rc = snap_fix(s)) != TW_OK || (rc = metrics_find(s, source, &poll,
	    &r, &newest, &m)) != TW_OK)
		return rc;
	*out = (struct tw_metrics){
	    .poll = poll,
	    .latency_of = m.samples,
	    .retention_of = m.ended,
	    .age_of = m.live,
	    .values = m.volume,
	    .exclusive = m.exclusive,
	    .suppressed = m.suppressed,
	    .latency = m.latency,
	    .retention = m.retention,
	    .age = m.age,
	    .newest = newest != 0 ? newest : TSTAMP_NONE,
	};
	return TW_OK;
}

int
tw_poll_share(tw_snapshot *s, uint16_t source, uint32_t poll, size_t *pos,
    struct tw_str *name, uint64_t *values)
{
	struct source_slot *slot;
	struct poll_rec r;
	struct measure m;
	int64_t newest;
	int rc;

	if (s == NULL || pos == NULL || name == NULL || values == NULL)
		return TW_ARGUMENT;
	if ((rc = snap_fix(s)) != TW_OK || (rc = metrics_find(s, source, &poll,
	    &r, &newest, &m)) != TW_OK)
		return rc == TW_NOT_FOUND ? TW_END : rc;
	for (; *pos < m.nshares; ++*pos) {
		/* It may have been forgotten since. */
		rc = snap_source(s, m.shares[*pos].source, &slot);
		if (rc != TW_OK)
			continue;
		*name = str_of(slot->rec.name);
		*values = m.shares[(*pos)++].values;
		return TW_OK;
	}
	return TW_END;
}
