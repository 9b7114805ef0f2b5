/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/sighting.h"

#include <string.h>

#include "base/limits.h"
#include "base/value.h"
#include "store/bytes.h"
#include "store/record.h"

size_t
sighting_key(uint8_t type, uint8_t prefix, struct slice key,
    uint8_t out[SIGHTING_KEY_MAX])
{
	bool net = (type == VALUE_IPV4 && prefix < 32) ||
	    (type == VALUE_IPV6 && prefix < 128);

	if (key.n + 2 > SIGHTING_KEY_MAX)
		return 0;
	out[0] = type;
	memcpy(out + 1, key.p, key.n);
	out[1 + key.n] = prefix;
	return 1 + key.n + net;
}

int
sighting_decode(struct slice bytes, struct sighting *out, size_t *pos)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	size_t n;

	if (bytes.n < 1 || p[0] != RECORD_VERSION)
		return -1;
	n = varint_get(p + 1, bytes.n - 1, &out->count);
	if (n == 0 || bytes.n - 1 - n < 16)
		return -1;
	out->first = le64_get_signed(p + 1 + n);
	out->last = le64_get_signed(p + 9 + n);
	*pos = 17 + n;
	return 0;
}

int
sighting_next(struct slice bytes, size_t *pos, struct sighting_by *out)
{
	const uint8_t *p = (const uint8_t *)bytes.p + *pos;
	size_t left = bytes.n - *pos, len, n;

	if (*pos >= bytes.n)
		return *pos == bytes.n ? 0 : -1;
	len = p[0];
	if (len > LIMIT_REPORTER || left - 1 < len)
		return -1;
	out->who = (struct slice){(const char *)p + 1, len};
	n = varint_get(p + 1 + len, left - 1 - len, &out->count);
	if (n == 0 || left - 1 - len - n < 8)
		return -1;
	out->last = le64_get_signed(p + 1 + len + n);
	*pos += 1 + len + n + 8;
	return 1;
}

static void
reporter_put(struct buf *out, const struct sighting_by *by)
{
	uint8_t b[1 + LIMIT_REPORTER + VARINT_MAX + 8];
	size_t n = by->who.n;

	b[0] = (uint8_t)n;
	if (n != 0)
		memcpy(b + 1, by->who.p, n);
	n += 1;
	n += varint_put(b + n, by->count);
	le64_put(b + n, (uint64_t)by->last);
	buf_add(out, (const char *)b, n + 8);
}

static uint64_t
count_add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void
head_put(struct buf *out, const struct sighting *s)
{
	uint8_t b[1 + VARINT_MAX + 16];
	size_t n = 1;

	b[0] = RECORD_VERSION;
	n += varint_put(b + n, s->count);
	le64_put(b + n, (uint64_t)s->first);
	le64_put(b + n + 8, (uint64_t)s->last);
	buf_add(out, (const char *)b, n + 16);
}

int
sighting_merge(struct slice old, const struct sighting *s, struct slice who,
    struct buf *out)
{
	struct sighting_by by[LIMIT_REPORTERS + 1], swap;
	struct sighting sum = *s, was;
	unsigned i, n = 1;
	size_t pos = 0;
	int more = 0;

	if (who.n > LIMIT_REPORTER)
		who.n = LIMIT_REPORTER;
	by[0] = (struct sighting_by){who, s->count, s->last};
	if (old.n != 0) {
		if (sighting_decode(old, &was, &pos) != 0)
			return -1;
		sum.count = count_add(sum.count, was.count);
		sum.first = was.first < sum.first ? was.first : sum.first;
		sum.last = was.last > sum.last ? was.last : sum.last;
		while (n <= LIMIT_REPORTERS &&
		    (more = sighting_next(old, &pos, &by[n])) == 1) {
			if (!slice_eq(by[n].who, who)) {
				n++;
				continue;
			}
			by[0].count = count_add(by[0].count, by[n].count);
			if (by[n].last > by[0].last)
				by[0].last = by[n].last;
		}
		if (more < 0)
			return -1;
	}
	/* The new one may be of a time before others. */
	for (i = 0; i + 1 < n && by[i].last < by[i + 1].last; i++) {
		swap = by[i];
		by[i] = by[i + 1];
		by[i + 1] = swap;
	}
	head_put(out, &sum);
	for (i = 0; i < n && i < LIMIT_REPORTERS; i++)
		reporter_put(out, &by[i]);
	return buf_ok(out) ? 0 : -1;
}
