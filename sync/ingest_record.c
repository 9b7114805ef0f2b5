/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tags of the record at hand (g->record), whatever it is made from.  Texts are
 * cut at their greatest length; absent ones are left out.
 */
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "store/bytes.h"
#include "sync/ingest_int.h"

static struct slice
cut(struct slice s)
{
	if (s.n > LIMIT_NAME)
		s.n = utf8_cut(s, LIMIT_NAME);
	return s;
}

void
record_text(struct ingest *g, enum object_tag tag, struct slice s)
{
	if (s.p != NULL && s.n > 0)
		object_rec_add(&g->record, tag, cut(s));
}

void
record_list(struct ingest *g, enum object_tag tag, const struct slice_list *l)
{
	size_t i;

	for (i = 0; i < l->n && i < LIMIT_LIST; i++)
		record_text(g, tag, l->v[i]);
}

void
record_pair(struct ingest *g, enum object_tag tag, struct slice a,
    struct slice b)
{
	char text[2 * LIMIT_NAME + 1];

	if (a.p == NULL || b.p == NULL)
		return;
	a = cut(a);
	b = cut(b);
	memcpy(text, a.p, a.n);
	text[a.n] = '\0';
	memcpy(text + a.n + 1, b.p, b.n);
	object_rec_add(&g->record, tag, (struct slice){text, a.n + 1 + b.n});
}

void
record_seen(struct ingest *g, int64_t first, int64_t last, int64_t count)
{
	uint8_t bytes[3 * sizeof(uint64_t)];

	le64_put(bytes, (uint64_t)first);
	le64_put(bytes + 8, (uint64_t)last);
	le64_put(bytes + 16, (uint64_t)count);
	object_rec_add(&g->record, TAG_SEEN,
	    (struct slice){(char *)bytes, sizeof(bytes)});
}
