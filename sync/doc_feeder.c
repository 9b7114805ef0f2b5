/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/doc_feeder.h"

#include <string.h>
#include <unistd.h>

#include "base/limits.h"

void
feeder_init(struct feeder *f, const struct job *job,
    const struct doc_want *want, const struct doc_sink *sink)
{
	*f = (struct feeder){.want = want, .sink = sink, .spool = -1,
	    .kept = job->spool,
	    .max = job->max_body != 0 ? job->max_body : LIMIT_BODY};
	buf_init(&f->held, FEEDER_HELD + KIB(256));
	sha256_init(&f->sum);
}

void
feeder_drop(struct feeder *f)
{
	if (f->spool >= 0)
		close(f->spool);
	if (f->begun)
		f->sink->abandon(f->sink->ctx);
	f->spool = -1;
	f->decided = f->begun = f->same = false;
	f->nhead = 0;
	f->bytes = 0;
	sha256_init(&f->sum);
	buf_reset(&f->held);
}

void
feeder_free(struct feeder *f)
{
	feeder_drop(f);
	buf_free(&f->held);
}

/* The sink gets what was held back for it. */
static int
feeder_begin(struct feeder *f, struct err *e)
{
	struct slice held = buf_view(&f->held);
	int rc;

	if (f->sink->begin(f->sink->ctx, e) != 0)
		return -1;
	f->begun = true;
	rc = held.n > 0 ? f->sink->bytes(f->sink->ctx, held.p, held.n, e) : 0;
	buf_free(&f->held);
	return rc;
}

/* To the sink, or held back as long as it may be nothing new. */
static int
feeder_give(struct feeder *f, const char *p, size_t n, struct err *e)
{
	if (!f->begun && f->before != 0 && f->held.n + n <= FEEDER_HELD)
		return buf_add(&f->held, p, n) == 0 ? 0 :
		    err_set(e, ERR_MEMORY, "out of memory");
	if (!f->begun && feeder_begin(f, e) != 0)
		return -1;
	return n > 0 ? f->sink->bytes(f->sink->ctx, p, n, e) : 0;
}

static int
feeder_decide(struct feeder *f, struct err *e)
{
	f->decided = true;
	if (unpack_is_archive(f->head, f->nhead)) {
		f->spool = unpack_spool(f->kept, e);
		return f->spool < 0 ? -1 :
		    unpack_spool_add(f->spool, f->head, f->nhead, e);
	}
	return feeder_give(f, f->head, f->nhead, e);
}

int
feeder_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct feeder *f = ctx;
	size_t k;

	f->bytes += n;
	if (f->digests)
		sha256_add(&f->sum, p, n);
	if (!f->decided) {
		k = sizeof(f->head) - f->nhead;
		k = n < k ? n : k;
		memcpy(f->head + f->nhead, p, k);
		f->nhead += k;
		p += k;
		n -= k;
		if (f->nhead < sizeof(f->head))
			return 0;
		if (feeder_decide(f, e) != 0)
			return -1;
	}
	if (n == 0)
		return 0;
	return f->spool >= 0 ? unpack_spool_add(f->spool, p, n, e) :
	    feeder_give(f, p, n, e);
}

static int
member_begin(void *ctx, struct err *e)
{
	struct feeder *f = ctx;

	if (f->sink->begin(f->sink->ctx, e) != 0)
		return -1;
	f->begun = true;
	return 0;
}

static int
member_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct feeder *f = ctx;

	return f->sink->bytes(f->sink->ctx, p, n, e);
}

static int
member_end(void *ctx, uint64_t bytes, struct err *e)
{
	struct feeder *f = ctx;

	f->begun = false;
	return f->sink->end(f->sink->ctx, bytes, e);
}

int
feeder_unpack(struct feeder *f, int fd, struct err *e)
{
	const struct unpack u = {.member = f->want->member, .max = f->max,
	    .begin = member_begin, .bytes = member_bytes, .end = member_end,
	    .ctx = f};

	return unpack_file(fd, &u, e);
}

/* Is it what was there the last time?  Only what nobody has seen yet can be
 * passed over. */
static void
feeder_digest(struct feeder *f)
{
	uint8_t sum[SHA256_LEN];

	if (!f->digests)
		return;
	sha256_done(&f->sum, sum);
	f->digest = 0;
	for (unsigned i = 0; i < sizeof(f->digest); i++)
		f->digest = f->digest << 8 | sum[i];
	f->same = !f->begun && f->before != 0 && f->digest == f->before;
}

/* All bytes came. */
int
feeder_end(struct feeder *f, struct err *e)
{
	if (f->bytes == 0 && !f->want->text)
		return err_set(e, ERR_SYNTAX, "it is empty");
	if (!f->decided && feeder_decide(f, e) != 0)
		return -1;
	feeder_digest(f);
	if (f->same)
		return 0;
	if (f->spool >= 0)
		return feeder_unpack(f, f->spool, e);
	if (!f->begun && feeder_begin(f, e) != 0)
		return -1;
	f->begun = false;
	return f->sink->end(f->sink->ctx, f->bytes, e);
}
