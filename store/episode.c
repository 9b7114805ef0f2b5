/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/episode.h"

#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "store/bytes.h"

#define FLAGS_AT 2 /* of a record */
#define ONE 17     /* bytes of an episode */

const char *
episode_why_name(unsigned why)
{
	if (why == EPISODE_EXPIRED)
		return "expired";
	if (why == EPISODE_REVOKED)
		return "revoked";
	return end_reason_name((int)why);
}

int
episodes_decode(struct slice bytes, struct episodes *out)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	struct episode *v;

	memset(out, 0, sizeof(*out));
	if (bytes.n < EPISODES_TAG_MIN || bytes.n > EPISODES_TAG_MAX ||
	    (bytes.n - 12) % ONE != 0)
		return -1;
	out->n = le32_get(p);
	out->first = le64_get_signed(p + 4);
	out->kept = (unsigned)((bytes.n - 12) / ONE);
	for (v = out->v, p += 12; v < out->v + out->kept; v++, p += ONE)
		*v = (struct episode){le64_get_signed(p),
		    le64_get_signed(p + 8), p[16]};
	return out->n >= out->kept ? 0 : -1;
}

void
episodes_of(const struct object_rec *r, struct episodes *out)
{
	struct slice bytes = SLICE_NONE;

	if (CC_UNLIKELY((r->flags & OBJ_AGAIN) != 0))
		bytes = object_rec_get(r, TAG_EPISODES);
	if (CC_LIKELY(bytes.p == NULL) || episodes_decode(bytes, out) != 0)
		memset(out, 0, sizeof(*out));
}

void
episodes_add(struct episodes *x, const struct episode *one)
{
	if (x->n == 0)
		x->first = one->from;
	if (x->n < UINT32_MAX)
		x->n++;
	if (x->kept < EPISODES_KEPT)
		x->kept++;
	memmove(x->v + 1, x->v, (x->kept - 1) * sizeof(x->v[0]));
	x->v[0] = *one;
}

static size_t
encode(const struct episodes *x, uint8_t out[2 + EPISODES_TAG_MAX])
{
	uint8_t *p = out + 2;
	unsigned i;

	le32_put(p, x->n);
	le64_put(p + 4, (uint64_t)x->first);
	for (i = 0, p += 12; i < x->kept; i++, p += ONE) {
		le64_put(p, (uint64_t)x->v[i].from);
		le64_put(p + 8, (uint64_t)x->v[i].to);
		p[16] = x->v[i].why;
	}
	out[0] = TAG_EPISODES;
	out[1] = (uint8_t)(p - out - 2);
	return (size_t)(p - out);
}

/* Bytes of a tag in front of a tail; 0 when it does not begin with it. */
static size_t
tag_length(struct slice tail, unsigned tag)
{
	const uint8_t *p = (const uint8_t *)tail.p;

	if (tail.n < 2 || p[0] != tag || p[1] >= 0x80 ||
	    (size_t)p[1] + 2 > tail.n)
		return 0;
	return (size_t)p[1] + 2;
}

int
episodes_put(struct slice record, const struct episodes *x, struct buf *out)
{
	uint8_t tag[2 + EPISODES_TAG_MAX];
	size_t n = encode(x, tag), at = out->n, end;
	struct object_rec r;
	struct slice rest;

	if (object_rec_head(record, &r) != 0)
		return -1;
	rest = r.tail;
	end = tag_length(rest, TAG_ENDED);
	rest.p += end;
	rest.n -= end;
	if ((r.flags & OBJ_AGAIN) != 0) {
		size_t old = tag_length(rest, TAG_EPISODES);

		rest.p += old;
		rest.n -= old;
	}
	end += (size_t)(r.tail.p - record.p);
	if (end + n + rest.n > LIMIT_RECORD ||
	    buf_add(out, record.p, end) != 0 ||
	    buf_add(out, (const char *)tag, n) != 0 ||
	    (rest.n != 0 && buf_add(out, rest.p, rest.n) != 0))
		return -1;
	le16_put((uint8_t *)out->p + at + FLAGS_AT,
	    (uint16_t)(r.flags | OBJ_AGAIN));
	return 0;
}

const struct episode *
episodes_at(const struct episodes *x, int64_t at)
{
	unsigned i = x->kept;

	while (i-- > 0) {
		if (at < x->v[i].to)
			return &x->v[i];
	}
	return NULL;
}
