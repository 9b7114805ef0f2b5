/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/doc_feeder.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "sync/doc_among.h"
#include "sync/fd_read.h"

#define READ_SIZE KIB(64)

void
feeder_init(struct feeder *f, const struct job *job,
    const struct doc_want *want, const struct doc_sink *sink)
{
	*f = (struct feeder){.want = want, .sink = sink, .spool = -1,
	    .kept = job->spool, .aside = -1,
	    .max = job->max_body != 0 ? job->max_body : LIMIT_BODY};
	buf_init(&f->held, FEEDER_HELD + KIB(256));
	sha256_init(&f->sum);
	if (want->unwrap != NULL)
		unwrap_reset(want->unwrap);
}

void
feeder_expect(struct feeder *f, enum sum_kind kind, const uint8_t *digest)
{
	f->expects = true;
	memcpy(f->expected, digest, sum_length(kind));
	sum_init(&f->checked, kind);
}

void
feeder_drop(struct feeder *f)
{
	if (f->aside >= 0)
		close(f->aside);
	f->aside = -1;
	if (f->expects)
		sum_init(&f->checked, f->checked.kind);
	if (f->want->unwrap != NULL)
		unwrap_reset(f->want->unwrap);
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

/* The document itself. */
static int
feeder_text(void *ctx, const char *p, size_t n, struct err *e)
{
	struct feeder *f = ctx;
	size_t k;

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
feeder_open(struct feeder *f, const char *p, size_t n, struct err *e)
{
	return f->want->unwrap != NULL ? unwrap_bytes(f->want->unwrap, p, n,
	    feeder_text, f, e) : feeder_text(f, p, n, e);
}

int
feeder_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct feeder *f = ctx;

	f->bytes += n;
	if (f->digests)
		sha256_add(&f->sum, p, n);
	if (!f->expects)
		return feeder_open(f, p, n, e);
	sum_add(&f->checked, p, n);
	if (f->aside < 0 && (f->aside = unpack_spool(f->kept, e)) < 0)
		return -1;
	return unpack_spool_add(f->aside, p, n, e);
}

static int
member_document(struct feeder *f, struct err *e)
{
	if (f->sink->begin(f->sink->ctx, e) != 0)
		return -1;
	f->begun = true;
	f->documents++;
	return 0;
}

static void
member_pass(struct feeder *f)
{
	f->sink->passed(f->sink->ctx, f->member);
	f->member = NULL;
	f->passed = true;
}

/* Where others may lie beside documents the name tells, or the first bytes.  As in
 * a folder nothing that begins with a dot is one. */
static int
member_begin(void *ctx, const char *name, struct err *e)
{
	struct feeder *f = ctx;
	const char *slash = name != NULL ? strrchr(name, '/') : NULL;
	const char *base = slash != NULL ? slash + 1 : name;

	if (f->sink->member != NULL)
		f->sink->member(f->sink->ctx, name);
	f->passed = false;
	f->member = NULL;
	f->nhead = 0;
	if (f->sink->passed == NULL || base == NULL ||
	    (base[0] != '.' && among_named(base)))
		return member_document(f, e);
	f->member = base;
	if (base[0] == '.')
		member_pass(f);
	return 0;
}

/* The first bytes of one whose name tells nothing; returns how many of them were
 * taken, or -1. */
static ssize_t
member_look(struct feeder *f, const char *p, size_t n, struct err *e)
{
	size_t room = sizeof(f->head) - f->nhead;
	enum among is;

	n = n < room ? n : room;
	memcpy(f->head + f->nhead, p, n);
	f->nhead += n;
	is = among_begins(f->head, f->nhead);
	if (is == AMONG_OTHER || (is == AMONG_UNDECIDED &&
	    f->nhead == sizeof(f->head))) {
		member_pass(f);
	} else if (is == AMONG_DOCUMENT) {
		f->member = NULL;
		if (member_document(f, e) != 0 || f->sink->bytes(f->sink->ctx,
		    f->head, f->nhead, e) != 0)
			return -1;
	}
	return (ssize_t)n;
}

static int
member_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct feeder *f = ctx;
	ssize_t taken = 0;

	if (f->member != NULL && (taken = member_look(f, p, n, e)) < 0)
		return -1;
	n -= (size_t)taken;
	return f->passed || n == 0 ? 0 :
	    f->sink->bytes(f->sink->ctx, p + taken, n, e);
}

static int
member_end(void *ctx, uint64_t bytes, struct err *e)
{
	struct feeder *f = ctx;

	if (f->member != NULL)
		member_pass(f);
	if (f->passed)
		return 0;
	f->begun = false;
	return f->sink->end(f->sink->ctx, bytes, e);
}

int
feeder_unpack(struct feeder *f, int fd, struct err *e)
{
	/* A file at hand is bounded by itself, what it unpacks to is not. */
	const struct unpack u = {.member = f->want->member,
	    .max = f->max < UINT64_MAX ? f->max : LIMIT_UNPACKED,
	    .begin = member_begin, .bytes = member_bytes, .end = member_end,
	    .ctx = f};

	f->documents = 0;
	if (unpack_file(fd, &u, e) != 0)
		return -1;
	/* As little as an archive without files. */
	return f->documents > 0 ? 0 : err_set(e, ERR_SYNTAX,
	    "none of the files in the archive is a document");
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

static int
feeder_check(struct feeder *f, struct err *e)
{
	enum sum_kind kind = f->checked.kind;
	char is[SUM_TEXT], told[SUM_TEXT];
	uint8_t digest[SUM_MAX];

	sum_done(&f->checked, digest);
	if (memcmp(digest, f->expected, sum_length(kind)) == 0)
		return 0;
	sum_text(kind, digest, is);
	sum_text(kind, f->expected, told);
	return err_set(e, ERR_SYNTAX, "its %s is %s, the file beside it says "
	    "%s: it did not come whole, or is just being replaced",
	    sum_name(kind), is, told);
}

/* What was put aside is what it should be: read it.  An archive is unpacked where
 * it lies. */
static int
feeder_replay(struct feeder *f, struct err *e)
{
	const struct fd_each each = {READ_SIZE, UINT64_MAX, "it", "larger",
	    feeder_text, f};
	char head[UNPACK_HEAD];
	uint64_t total;
	ssize_t n;

	if (f->aside < 0)
		return 0;
	f->before = 0; /* it is known to be new */
	n = pread(f->aside, head, sizeof(head), 0);
	if (n < 0 || lseek(f->aside, 0, SEEK_SET) != 0)
		return err_sys(e, ERR_IO, errno, "it cannot be read again");
	if (!unpack_is_archive(head, (size_t)n))
		return fd_each(f->aside, &each, &total, e);
	f->spool = f->aside;
	f->aside = -1;
	f->decided = true;
	return 0;
}

/* All bytes came. */
int
feeder_end(struct feeder *f, struct err *e)
{
	if (f->bytes == 0 && (!f->want->text || f->want->unwrap != NULL))
		return err_set(e, ERR_SYNTAX, "it is empty");
	if (f->expects) {
		feeder_digest(f);
		if (f->same)
			return 0;
		if (feeder_check(f, e) != 0 || feeder_replay(f, e) != 0)
			return -1;
	}
	if (f->want->unwrap != NULL && unwrap_end(f->want->unwrap, feeder_text,
	    f, e) != 0)
		return -1;
	if (!f->decided && feeder_decide(f, e) != 0)
		return -1;
	if (!f->expects)
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
