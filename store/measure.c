/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/measure.h"

#include <stdlib.h>

#include "base/tlp.h"
#include "store/reader_private.h"

#define MEASURE_OBJECTS 20000 /* rows looked at for how long they stay, where
                               * they may be of any source */
#define VOICES 64 /* sources of one value that are told apart */

/* Who has an active claim on a value. */
struct voices {
	bool suppressed;        /* an allow-list holds the value */
	unsigned n;
	uint16_t source[VOICES];
	uint32_t first[VOICES]; /* the poll that brought it, where it matters */
};

struct samples {
	int64_t *t;
	uint32_t n, stride, skip; /* every stride-th is taken */
};

/* -- one value -- */

static void
voices_add(struct voices *v, uint16_t source, uint32_t first)
{
	unsigned i;

	for (i = 0; i < v->n; i++) {
		if (v->source[i] != source)
			continue;
		if (first < v->first[i])
			v->first[i] = first;
		return;
	}
	if (v->n == VOICES)
		return;
	v->source[v->n] = source;
	v->first[v->n++] = first;
}

static int
voices_walk(struct tw_snapshot *s, const struct value_rec *rec,
    const struct undo_value *name, struct voices *v)
{
	struct claim_now now;
	struct claim_walk w;
	struct stand st;
	uint64_t row;
	uint8_t flags;
	int rc;

	claim_walk_start(&w, rec);
	while ((rc = claim_walk_next(s, &w, &row, &flags)) == TW_OK) {
		rc = snap_stand(s, row, flags, w.multi, name, false, &st);
		if (rc == TW_OK)
			rc = claim_now(s, &st, name->type, s->now, &now);
		if (rc != TW_OK)
			return rc;
		if (now.state == TW_ACTIVE)
			voices_add(v, st.o.source, st.o.poll_first);
	}
	return rc == TW_END ? TW_OK : rc;
}

/* What one walk does with each entry that somebody claims. */
typedef int entry_fn(struct tw_snapshot *s, void *ctx,
    const struct voices *v);

static int
entry_voices(struct tw_snapshot *s, enum table t, const MDB_val *k,
    const MDB_val *d, entry_fn *fn, void *ctx)
{
	struct undo_value name;
	struct value_rec rec;
	struct voices v = {0};
	struct tw_match m;
	int rc;

	if (!value_of_key(t, val_slice(k), &name) ||
	    value_rec_decode(val_slice(d), &rec) != 0)
		return snap_fail(s, TW_DAMAGED, "%s: the record of a value"
		    " cannot be read (run 'taxiway verify')", s->store->path);
	rc = match_fill(s, &rec, &name, &m);
	if (rc != TW_OK || (!m.active && m.state != TW_SUPPRESSED))
		return rc;
	v.suppressed = !m.active;
	if ((rec.flags & VREC_MULTI) == 0)
		voices_add(&v, rec.source, 0);
	else if ((rc = voices_walk(s, &rec, &name, &v)) != TW_OK)
		return rc;
	return fn(s, ctx, &v);
}

static int
measure_walk(struct tw_snapshot *s, entry_fn *fn, void *ctx)
{
	enum table t;
	MDB_val k, d;
	int rc;

	if ((rc = snap_fix(s)) != TW_OK)
		return rc;
	for (t = TABLE_VALUES; t <= TABLE_NETS; t++) {
		rc = table_seek(s, t, NULL, 0, &k, &d);
		for (; rc == TW_OK; rc = table_next(s, t, &k, &d)) {
			rc = entry_voices(s, t, &k, &d, fn, ctx);
			if (rc != TW_OK)
				return rc;
		}
		if (rc != TW_END)
			return rc;
	}
	return TW_OK;
}

/* -- the latency -- */

/* Of ever more values an even part: when there is no room, every other one goes,
 * and of what comes half as many are taken. */
static void
sample_add(struct samples *s, int64_t t)
{
	uint32_t i;

	if (s->skip != 0) {
		s->skip--;
		return;
	}
	s->skip = s->stride - 1;
	if (s->n == MEASURE_SAMPLES) {
		for (i = 0; i < MEASURE_SAMPLES / 2; i++)
			s->t[i] = s->t[2 * i];
		s->n = MEASURE_SAMPLES / 2;
		s->stride *= 2;
		s->skip = s->stride - 1;
	}
	s->t[s->n++] = t;
}

static int
time_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int64_t
samples_median(struct samples *s)
{
	if (s->n == 0)
		return 0;
	qsort(s->t, s->n, sizeof(*s->t), time_compare);
	return s->t[s->n / 2];
}

/* When a claim came; NONE when that tells nothing. */
static int
came_at(struct tw_snapshot *s, uint16_t source, uint32_t poll, int64_t *t)
{
	struct source_slot *slot;
	int rc;

	*t = TSTAMP_NONE;
	if (poll <= 1)
		return TW_OK;
	if ((rc = snap_source(s, source, &slot)) != TW_OK)
		return rc;
	return snap_poll_start(s, slot, poll, t);
}

static int
sample_latency(struct tw_snapshot *s, struct samples *out,
    const struct voices *v, unsigned own)
{
	int64_t mine, theirs = TSTAMP_NEVER, t;
	unsigned i;
	int rc;

	rc = came_at(s, v->source[own], v->first[own], &mine);
	if (rc != TW_OK || mine == TSTAMP_NONE)
		return rc;
	for (i = 0; i < v->n; i++) {
		if (i == own)
			continue;
		rc = came_at(s, v->source[i], v->first[i], &t);
		if (rc != TW_OK || t == TSTAMP_NONE)
			return rc; /* it may have been there for ever */
		if (t < theirs)
			theirs = t;
	}
	sample_add(out, mine - theirs);
	return TW_OK;
}

/* -- one source -- */

struct one {
	uint16_t source;
	struct measure *m;
	uint64_t *shared;    /* by source */
	struct samples latency;
};

static int
one_entry(struct tw_snapshot *s, void *ctx, const struct voices *v)
{
	struct one *o = ctx;
	unsigned i, own;

	for (own = 0; own < v->n && v->source[own] != o->source; own++)
		;
	if (own == v->n)
		return TW_OK;
	o->m->volume++;
	if (v->suppressed) { /* it contributes nothing */
		o->m->suppressed++;
		return TW_OK;
	}
	if (v->n == 1) {
		o->m->exclusive++;
		return TW_OK;
	}
	for (i = 0; i < v->n; i++)
		o->shared[v->source[i]] += i != own;
	return sample_latency(s, &o->latency, v, own);
}

/* The largest shares, most values first, then in the order of sources. */
static void
one_shares(struct one *o)
{
	struct measure *m = o->m;
	uint32_t id, i;

	for (id = 1; id <= UINT16_MAX; id++) {
		if (o->shared[id] == 0)
			continue;
		if (m->nshares < MEASURE_SHARES)
			m->nshares++;
		else if (m->shares[MEASURE_SHARES - 1].values >= o->shared[id])
			continue;
		for (i = m->nshares - 1; i > 0 &&
		    m->shares[i - 1].values < o->shared[id]; i--)
			m->shares[i] = m->shares[i - 1];
		m->shares[i] = (struct measure_share){(uint16_t)id,
		    o->shared[id]};
	}
}

/* How long one object has been there, or was. */
static int
object_life(struct tw_snapshot *s, const struct object_rec *o,
    struct samples *live, struct samples *ended)
{
	struct source_slot *slot;
	struct object_end end;
	int64_t from;
	int rc;

	if ((rc = snap_source(s, o->source, &slot)) != TW_OK ||
	    (rc = snap_poll_start(s, slot, o->poll_first, &from)) != TW_OK ||
	    from == TSTAMP_NONE)
		return rc;
	if (object_rec_ended(o, &end))
		sample_add(ended, end.when - from);
	else
		sample_add(live, s->now - from);
	return TW_OK;
}

/* Every so many rows, the one at or behind that place. */
static int
one_objects(struct tw_snapshot *s, struct one *o, uint64_t looks)
{
	struct samples live = {.stride = 1}, ended = {.stride = 1};
	struct object_rec r;
	uint64_t row, step;
	uint8_t key[8];
	MDB_val k, d;
	int rc;

	if ((rc = snap_head(s)) != TW_OK)
		return rc;
	live.t = calloc(MEASURE_SAMPLES, sizeof(*live.t));
	ended.t = calloc(MEASURE_SAMPLES, sizeof(*ended.t));
	if (live.t == NULL || ended.t == NULL)
		rc = snap_fail(s, TW_MEMORY, "no memory to measure a source");
	step = s->head.next_row / looks + 1;
	for (row = 1; rc == TW_OK; row += step) {
		be64_put(key, row);
		rc = table_seek(s, TABLE_OBJECTS, key, sizeof(key), &k, &d);
		if (rc != TW_OK || k.mv_size != 8 ||
		    object_rec_head(val_slice(&d), &r) != 0)
			break;
		if (be64_get(k.mv_data) > row)
			row = be64_get(k.mv_data);
		if (r.source == o->source && (r.flags & OBJ_CLAIMS) != 0)
			rc = object_life(s, &r, &live, &ended);
	}
	if (rc == TW_END)
		rc = TW_OK;
	o->m->live = live.n;
	o->m->age = samples_median(&live);
	o->m->ended = ended.n;
	o->m->retention = samples_median(&ended);
	free(live.t);
	free(ended.t);
	return rc;
}

/* Does nobody else claim anything?  Then no walk is needed: its values are those
 * that the change log has as active, as long as that is the whole truth. */
static int
measure_alone(struct tw_snapshot *s, struct one *o, bool *alone)
{
	const struct head *h = &s->head;
	struct source_slot *slot;
	int rc;

	*alone = false;
	if ((rc = snap_fix(s)) != TW_OK || (rc = snap_head(s)) != TW_OK ||
	    (rc = snap_source(s, o->source, &slot)) != TW_OK)
		return rc;
	if (slot->rec.claims != h->claims || h->unsettled != 0 ||
	    h->allowed != 0 || h->allow_open != 0 ||
	    h->next_change <= s->now || s->past || s->back || s->tlp_max != TLP_UNKNOWN)
		return TW_OK;
	*alone = true;
	o->m->volume = o->m->exclusive = h->active;
	return TW_OK;
}

int
snap_measure(struct tw_snapshot *s, uint16_t source, struct measure *out)
{
	struct one o = {.source = source, .m = out, .latency.stride = 1};
	bool alone;
	int rc;

	*out = (struct measure){0};
	if ((rc = measure_alone(s, &o, &alone)) != TW_OK || alone)
		return rc != TW_OK ? rc :
		    one_objects(s, &o, MEASURE_SAMPLES);
	o.shared = calloc(UINT16_MAX + 1, sizeof(*o.shared));
	o.latency.t = calloc(MEASURE_SAMPLES, sizeof(*o.latency.t));
	if (o.shared == NULL || o.latency.t == NULL)
		rc = snap_fail(s, TW_MEMORY, "no memory to measure a source");
	else
		rc = measure_walk(s, one_entry, &o);
	if (rc == TW_OK) {
		one_shares(&o);
		out->samples = o.latency.n;
		out->latency = samples_median(&o.latency);
		rc = one_objects(s, &o, MEASURE_OBJECTS);
	}
	free(o.shared);
	free(o.latency.t);
	return rc;
}

/* -- all against all -- */

struct matrix {
	uint16_t place[UINT16_MAX + 1]; /* of a source, from 1 */
	size_t n;
	uint64_t *shared, *exclusive;
};

static int
matrix_entry(struct tw_snapshot *s, void *ctx, const struct voices *v)
{
	struct matrix *x = ctx;
	unsigned i, j, a, b;

	(void)s;
	for (i = 0; i < v->n && !v->suppressed; i++) {
		a = x->place[v->source[i]];
		if (a == 0)
			continue;
		if (v->n == 1)
			x->exclusive[a - 1]++;
		for (j = 0; j < v->n; j++) {
			b = x->place[v->source[j]];
			if (b != 0)
				x->shared[(a - 1) * x->n + b - 1]++;
		}
	}
	return TW_OK;
}

int
tw_compare(tw_snapshot *s, const uint16_t *sources, size_t count,
    uint64_t *shared, uint64_t *exclusive)
{
	struct matrix *x;
	size_t i;
	int rc;

	if (s == NULL || sources == NULL || shared == NULL ||
	    exclusive == NULL || count == 0 || count > TW_COMPARE_MAX)
		return TW_ARGUMENT;
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		return snap_fail(s, TW_MEMORY, "no memory to compare sources");
	x->n = count;
	x->shared = shared;
	x->exclusive = exclusive;
	memset(shared, 0, count * count * sizeof(*shared));
	memset(exclusive, 0, count * sizeof(*exclusive));
	for (i = 0; i < count; i++)
		x->place[sources[i]] = (uint16_t)(i + 1);
	rc = measure_walk(s, matrix_entry, x);
	free(x);
	return rc;
}
