/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/split_keep.h"

#include "base/limits.h"

#define KEEP_SPARE MIB(1) /* an allocation larger than this is not kept */

void
keep_init(struct keep *k)
{
	buf_init(&k->buf, LIMIT_OBJECT);
	k->from = NULL;
	k->n = 0;
	k->over = false;
	k->head_n = 0;
}

void
keep_free(struct keep *k)
{
	buf_free(&k->buf);
	keep_init(k);
}

void
keep_begin(struct keep *k, const char *p)
{
	if (k->buf.cap > KEEP_SPARE)
		buf_free(&k->buf);
	else if (k->buf.n != 0 || k->buf.failed)
		buf_reset(&k->buf);
	k->from = p;
	k->n = 0;
	k->over = false;
	k->head_n = 0;
}

void
keep_resume(struct keep *k, const char *p)
{
	k->from = p;
}

/* Put the first bytes aside and give the memory back. */
static void
keep_over(struct keep *k, const char *to)
{
	size_t n = k->buf.n < KEEP_HEAD ? k->buf.n : KEEP_HEAD;
	size_t more = (size_t)(to - k->from);

	if (n != 0)
		memcpy(k->head, k->buf.p, n);
	if (more > KEEP_HEAD - n)
		more = KEEP_HEAD - n;
	memcpy(k->head + n, k->from, more);
	k->head_n = n + more;
	k->over = true;
	buf_free(&k->buf);
}

int
keep_take(struct keep *k, const char *to)
{
	size_t n = (size_t)(to - k->from);
	int rc = 0;

	if (!k->over) {
		if (n > LIMIT_OBJECT || k->n > LIMIT_OBJECT - n)
			keep_over(k, to);
		else
			rc = buf_add(&k->buf, k->from, n);
	}
	k->n += n;
	k->from = NULL;
	return rc;
}

int
keep_end(struct keep *k, const char *to, struct slice *view)
{
	size_t n = (size_t)(to - k->from);

	if (k->n == 0 && n <= LIMIT_OBJECT) {
		*view = (struct slice){k->from, n};
		k->n = n;
		k->from = NULL;
		return 0;
	}
	if (keep_take(k, to) != 0)
		return -1;
	*view = k->over ? (struct slice){k->head, k->head_n} :
	    buf_view(&k->buf);
	return k->over ? 1 : 0;
}
