/* SPDX-License-Identifier: BSD-2-Clause */
/* What a poll's record says of its source's contribution. */
#include "store/measure.h"
#include "store/reader_private.h"

/* The newest measured poll that is not behind *poll. */
static int
metrics_find(struct tw_snapshot *s, uint16_t source, uint32_t *poll,
    struct poll_rec *r, int64_t *newest, struct measure *m)
{
	int rc = snap_poll(s, source, *poll, r);

	*newest = 0;
	while (rc == TW_OK) {
		*poll = r->poll;
		if (r->newest > *newest)
			*newest = r->newest;
		if (r->measure.n != 0)
			return measure_decode(r->measure, m) == 0 ? TW_OK :
			    snap_fail(s, TW_DAMAGED, "%s: the measures of a"
			    " poll cannot be read", s->store->path);
		rc = snap_poll_before(s, source, *poll, r);
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
