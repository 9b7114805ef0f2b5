/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measures of a source in the record of a poll: varints in the order of the
 * struct; times, which may be negative, with their sign in the lowest bit.
 */
#include "store/measure.h"

#include "store/record.h"

#define MEASURE_WORDS 10

static uint64_t
sign_put(int64_t t)
{
	return (uint64_t)t << 1 ^ (t < 0 ? UINT64_MAX : 0);
}

static int64_t
sign_get(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

int
measure_encode(const struct measure *m, struct buf *out)
{
	const uint64_t words[MEASURE_WORDS] = {m->volume, m->exclusive,
	    m->suppressed, sign_put(m->latency), m->samples,
	    sign_put(m->retention), m->ended, sign_put(m->age), m->live,
	    m->nshares};
	uint8_t *p = (uint8_t *)buf_room(out, VARINT_MAX *
	    (MEASURE_WORDS + 2 * (size_t)MEASURE_SHARES));
	size_t n = 0;
	uint32_t i;

	if (p == NULL)
		return -1;
	for (i = 0; i < MEASURE_WORDS; i++)
		n += varint_put(p + n, words[i]);
	for (i = 0; i < m->nshares && i < MEASURE_SHARES; i++) {
		n += varint_put(p + n, m->shares[i].source);
		n += varint_put(p + n, m->shares[i].values);
	}
	out->n += n;
	return 0;
}

int
measure_decode(struct slice bytes, struct measure *m)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	uint64_t w[MEASURE_WORDS], source;
	size_t at = 0, n;
	uint32_t i;

	for (i = 0; i < MEASURE_WORDS; i++, at += n) {
		n = varint_get(p + at, bytes.n - at, &w[i]);
		if (n == 0)
			return -1;
	}
	if (w[4] > UINT32_MAX || w[6] > UINT32_MAX || w[8] > UINT32_MAX ||
	    w[9] > MEASURE_SHARES)
		return -1;
	*m = (struct measure){.volume = w[0], .exclusive = w[1],
	    .suppressed = w[2], .latency = sign_get(w[3]),
	    .samples = (uint32_t)w[4], .retention = sign_get(w[5]),
	    .ended = (uint32_t)w[6], .age = sign_get(w[7]),
	    .live = (uint32_t)w[8], .nshares = (uint32_t)w[9]};
	for (i = 0; i < m->nshares; i++) {
		n = varint_get(p + at, bytes.n - at, &source);
		if (n == 0 || source == 0 || source > UINT16_MAX)
			return -1;
		m->shares[i].source = (uint16_t)source;
		at += n;
		n = varint_get(p + at, bytes.n - at, &m->shares[i].values);
		if (n == 0)
			return -1;
		at += n;
	}
	return 0;
}
