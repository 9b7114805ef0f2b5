/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/log_limit.h"

#include <stdio.h>

#include "base/digest.h"

void
log_limit_init(struct log_limit *l)
{
	*l = (struct log_limit){0};
}

/* A free one, or the fullest that has nothing to tell; the first one when there is
 * neither. */
static struct log_bucket *
make_room(struct log_limit *l)
{
	struct log_bucket *best = NULL, *b;

	for (b = l->v + 1; b < l->v + LOG_BUCKETS; b++) {
		if (b->key == 0)
			return b;
		if (b->suppressed == 0 &&
		    (best == NULL || b->full < best->full))
			best = b;
	}
	return best != NULL ? best : l->v;
}

static struct log_bucket *
find(struct log_limit *l, const struct log_record *r, int64_t now)
{
	const struct log_field *f = log_find(r, LOG_SOURCE);
	struct slice source = f != NULL ? f->text : SLICE("");
	struct log_bucket *b;
	uint64_t key;

	if (source.n > LIMIT_SOURCE_NAME)
		source.n = LIMIT_SOURCE_NAME;
	key = digest64(source.p, source.n, (uint64_t)r->event + 1) | 1;
	for (b = l->v + 1; b < l->v + LOG_BUCKETS; b++)
		if (b->key == key)
			return b;
	b = make_room(l);
	if (b == l->v) {
		/* Of many kinds: it is told as what it suppressed last. */
		key = 1;
		source.n = 0;
	}
	if (b->key != key) {
		*b = (struct log_bucket){.key = key, .full = now};
		snprintf(b->source, sizeof(b->source), "%.*s",
		    SLICE_ARG(source));
	}
	b->event = r->event;
	return b;
}

bool
log_limit_allow(struct log_limit *l, const struct log_record *r, int64_t now)
{
	struct log_bucket *b = find(l, r, now);

	if (b->full < now)
		b->full = now;
	/* Each one that is written puts off when it is full again. */
	if (b->full - now <= (LOG_BURST - 1) * LOG_REFILL) {
		b->full += LOG_REFILL;
		return true;
	}
	if (b->suppressed++ == 0) {
		b->tell = now + LOG_TELL;
		l->pending++;
	}
	return false;
}

bool
log_limit_take(struct log_limit *l, int64_t now, bool all,
    struct log_bucket *out)
{
	struct log_bucket *b;

	for (b = l->v; l->pending > 0 && b < l->v + LOG_BUCKETS; b++) {
		if (b->suppressed == 0 || (!all && b->tell > now))
			continue;
		*out = *b;
		b->suppressed = 0;
		l->pending--;
		return true;
	}
	return false;
}

int64_t
log_limit_due(const struct log_limit *l)
{
	int64_t due = INT64_MAX;
	unsigned i;

	for (i = 0; l->pending > 0 && i < LOG_BUCKETS; i++)
		if (l->v[i].suppressed > 0 && l->v[i].tell < due)
			due = l->v[i].tell;
	return due;
}
