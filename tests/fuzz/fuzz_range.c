/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a server of TAXII 2.0: what it answers, Content-Range and all.
 * Requests are bounded by what came, ranges never empty, and an end is an end.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sync/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* The next number of so many bytes; 0 behind the end. */
static uint64_t
take(const uint8_t **p, size_t *n, size_t size)
{
	uint64_t v = 0;

	if (size > *n)
		size = *n;
	memcpy(&v, *p, size);
	*p += size;
	*n -= size;
	return v;
}

static void
check_text(struct slice text)
{
	struct range_reply r;

	range_parse(text, &r);
	demand((r.from == RANGE_UNKNOWN) == (r.to == RANGE_UNKNOWN));
	demand(r.from <= r.to);
}

static void
check_step(const struct range_step *s)
{
	char room[RANGE_TEXT];

	demand(s->act <= RANGE_FAIL);
	if (s->act == RANGE_FAIL)
		return;
	demand(s->since != TSTAMP_NEVER);
	if (s->act != RANGE_ASK)
		return;
	demand(s->form != RANGE_ANY && s->first <= s->last);
	demand(range_text(s, room) == NULL || strlen(room) < sizeof(room));
}

static struct range_step
answer(struct range *m, const uint8_t **p, size_t *n)
{
	uint8_t how = (uint8_t)take(p, n, 1), text = (uint8_t)take(p, n, 1);
	struct range_reply r;

	if (text > *n)
		text = (uint8_t)*n;
	range_parse((struct slice){(const char *)*p, text}, &r);
	*p += text;
	*n -= text;
	if ((how & 7) == 7)
		return range_again(m, (how & 8) != 0);
	if ((how & 7) >= 5)
		return range_refused(m, (how & 8) != 0 ? 416 : 400, r.total);
	r.status = (how & 8) != 0 ? 206 : 200;
	r.objects = take(p, n, 2);
	r.content = take(p, n, 1);
	r.first = (how & 16) != 0 ? (int64_t)take(p, n, 8) : TSTAMP_NONE;
	r.last = (how & 32) != 0 ? (int64_t)take(p, n, 8) : TSTAMP_NONE;
	r.date = (how & 64) != 0 ? (int64_t)take(p, n, 8) : TSTAMP_NONE;
	return range_reply(m, &r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct range m;
	struct range_step s;
	enum range_form form;
	uint32_t limit;

	check_text((struct slice){(const char *)p, n});
	form = (enum range_form)(take(&p, &n, 1) % 4);
	limit = (uint32_t)take(&p, &n, 3);
	s = range_start(&m, form, (int64_t)take(&p, &n, 8), limit,
	    INT64_C(1704067200) * TSTAMP_SECOND);
	check_step(&s);
	while (n > 0 && s.act == RANGE_ASK) {
		s = answer(&m, &p, &n);
		check_step(&s);
		demand(s.act != RANGE_DONE || s.checkpoint);
	}
	demand(range_learned(&m, &limit) <= RANGE_NONE);
	return 0;
}
