/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A saved state and replies: the first byte is the kind, then come the options,
 * the state up to a newline, and four bytes for each reply.  Every walk ends, a
 * state that is saved can be loaded, and says the same when it is saved again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/tstamp.h"
#include "sync/paging.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW (INT64_C(1790000000) * TSTAMP_SECOND)

static void
save(const struct paging *p, const struct paging_opts *o)
{
	struct buf a, b;
	struct paging q;

	buf_init(&a, MIB(1));
	buf_init(&b, MIB(1));
	if (paging_save(p, &a) == 0 && p->number <= INT64_MAX) {
		/* It may be moved to where a walk goes on from, but is read. */
		(void)paging_start(&q, o, buf_view(&a));
		if (q.nmark != p->nmark ||
		    memcmp(q.mark, p->mark, p->nmark) != 0 ||
		    q.started < p->started || q.known.n != p->known.n)
			abort();
		paging_free(&q);
	}
	buf_free(&a);
	buf_free(&b);
}

static struct slice
word(const uint8_t *data, size_t n, uint8_t at)
{
	size_t len = at >> 5;

	at &= 31;
	if (n < len + at)
		return SLICE_NONE;
	return (struct slice){(const char *)data + at, len};
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct paging_opts o = {.now = NOW, .pages = 300,
	    .step = INT64_C(3600) * TSTAMP_SECOND, .since = TSTAMP_NONE};
	const uint8_t *line;
	struct paging_step s;
	struct paging p;
	unsigned asked = 0;
	size_t at;

	if (size < 4 || (line = memchr(data + 3, '\n', size - 3)) == NULL)
		return 0;
	o.kind = (enum paging_kind)(data[0] % PAGING_KINDS);
	o.size = data[1] & 7;
	o.first = data[1] >> 7;
	o.keep = (data[2] & 1) != 0;
	o.delta = (data[2] & 2) != 0;
	o.bootstrap = (data[2] & 4) != 0;
	o.bare = (data[2] & 2) != 0;
	o.probe = (data[2] & 7) == 7;
	o.ceiling = data[2] & 0xf0;
	s = paging_start(&p, &o, (struct slice){(const char *)data + 3,
	    (size_t)(line - data) - 3});
	at = (size_t)(line - data) + 1;
	while (s.act != PAGING_DONE && s.act != PAGING_FAIL) {
		const uint8_t *r = at + 4 <= size ? data + at :
		    (const uint8_t *)"\0\0\0\0";
		struct paging_reply reply = {
			.records = r[0] & 15, .total = r[0] >> 4,
			.content = r[1], .next = word(data, size, r[2]),
			.high = word(data, size, r[3]),
			.more = (enum paging_more)(r[1] % 3),
			.falling = (r[1] & 64) != 0,
			.missing = (r[1] & 128) != 0, .date = TSTAMP_NONE,
		};

		if (s.act == PAGING_ASK_INDEX)
			for (uint8_t i = 0; i < 32; i++)
				if (!paging_item(&p, word(data, size,
				    (uint8_t)(i | 64)), i == data[2] >> 3))
					break;
		if (s.checkpoint)
			save(&p, &o);
		s = r[2] == 255 ? paging_refused(&p) : paging_reply(&p, &reply);
		at += 4;
		if (++asked > 2000)
			abort();
	}
	if (s.act == PAGING_FAIL && s.text != NULL && s.code == ERR_NONE)
		abort();
	save(&p, &o);
	paging_free(&p);
	return 0;
}
