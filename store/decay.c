/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/decay.h"

#include "base/cc.h"
#include "base/tstamp.h"

#define BITS 31
#define ONE (UINT32_C(1) << BITS)

/* 2^-(2^-(i + 1)) */
static const uint32_t roots[BITS] = {
	0x5a82799a, 0x6ba27e65, 0x75606374, 0x7a92be8b, 0x7d41d96e, 0x7e9f0606,
	0x7f4f08ae, 0x7fa765ad, 0x7fd3ab29, 0x7fe9d3a9, 0x7ff4e959, 0x7ffa748e,
	0x7ffd3a3f, 0x7ffe9d1e, 0x7fff4e8e, 0x7fffa747, 0x7fffd3a4, 0x7fffe9d2,
	0x7ffff4e9, 0x7ffffa74, 0x7ffffd3a, 0x7ffffe9d, 0x7fffff4f, 0x7fffffa7,
	0x7fffffd4, 0x7fffffea, 0x7ffffff5, 0x7ffffffa, 0x7ffffffd, 0x7fffffff,
	0x7fffffff
};

/* −log2(x) for 0 < x <= 1, 31 bits of fraction. */
static uint64_t
log2_minus(uint32_t x)
{
	uint64_t m = x, whole = 0, part = 0;
	unsigned i;

	while (m < ONE) {
		m <<= 1;
		whole++;
	}
	/* m is 1 … 2: its logarithm's bits by squaring. */
	for (i = 0; i < BITS; i++) {
		m = (m * m + ONE / 2) >> BITS;
		part <<= 1;
		if (m >= 2 * (uint64_t)ONE) {
			m >>= 1;
			part |= 1;
		}
	}
	return (whole << BITS) - part;
}

/* 2^-y */
static uint32_t
exp2_minus(uint64_t y)
{
	uint64_t r = ONE;
	unsigned i;

	if (y >> BITS > BITS)
		return 0;
	for (i = 0; i < BITS; i++) {
		if ((y >> (BITS - 1 - i) & 1) != 0)
			r = (r * roots[i] + ONE / 2) >> BITS;
	}
	return (uint32_t)(r >> (y >> BITS));
}

uint32_t
decay_power(uint32_t x, uint32_t num, uint32_t den)
{
	if (num == 0 || x >= ONE)
		return ONE;
	if (x == 0)
		return 0;
	/* At most 31 · 2^31 times LIMIT_AGEING_DELTA: 53 bits. */
	return exp2_minus(log2_minus(x) * num / den);
}

int64_t
decay_life(const struct decay *d, uint8_t base)
{
	int64_t tau = d->tau / TSTAMP_SECOND, life;
	uint32_t rest;

	if (base <= d->threshold)
		return 1;
	rest = ONE - (uint32_t)(((uint64_t)d->threshold << BITS) / base);
	rest = decay_power(rest, d->delta, 1000);
	life = (int64_t)((uint64_t)tau * rest >> BITS) * TSTAMP_SECOND;
	return life > 0 ? life : 1;
}

uint8_t
decay_score(const struct decay *d, uint8_t base, int64_t age)
{
	uint64_t tau = (uint64_t)(d->tau / TSTAMP_SECOND), t;
	uint32_t lost;

	if (age <= 0)
		return base;
	if (age >= d->tau || tau == 0)
		return 0;
	t = (uint64_t)(age / TSTAMP_SECOND);
	lost = decay_power((uint32_t)((t << BITS) / tau), 1000, d->delta);
	return (uint8_t)(((uint64_t)base * (ONE - lost) + ONE / 2) >> BITS);
}

#define DAYS(n) ((n) * TSTAMP_DAY)

static const struct decay_model models[] = {
	{"misp-nids", {DAYS(120), 2000, 30}, 80},
	{"misp-phishing", {DAYS(3), 2300, 30}, 80},
	{"misp-vishing", {DAYS(10), 2300, 30}, 80},
	{"opencti-ip-url", {DAYS(47), 1650, 20}, 50},
	{"opencti-domain", {DAYS(300), 2100, 20}, 50},
	{"opencti-file", {DAYS(460), 900, 20}, 50},
	{"opencti-default", {DAYS(470), 1050, 20}, 50},
};

const struct decay_model *
decay_model(unsigned i)
{
	return i < ARRAY_LEN(models) ? &models[i] : NULL;
}

const struct decay_model *
decay_named(struct slice name)
{
	unsigned i;

	for (i = 0; i < ARRAY_LEN(models); i++) {
		if (slice_is(name, models[i].name))
			return &models[i];
	}
	return NULL;
}
