/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/doc_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/limits.h"
#include "sync/taxii.h"
#include "sync/unpack.h"

#define READ_SIZE KIB(256)

/* --- bytes to documents ---------------------------------------------------- */

/* The first bytes tell whether what comes is an archive: then it is kept until
 * its end, and unpacked. */
struct feeder {
	const struct doc_want *want;
	const struct doc_sink *sink;
	uint64_t max;
	bool decided, begun;
	int spool;       /* an archive on its way, or -1 */
	char head[UNPACK_HEAD];
	size_t nhead;
	uint64_t bytes;
};

static void
feeder_init(struct feeder *f, const struct job *job,
    const struct doc_want *want, const struct doc_sink *sink)
{
	*f = (struct feeder){.want = want, .sink = sink, .spool = -1,
	    .max = job->max_body != 0 ? job->max_body : LIMIT_BODY};
}

static void
feeder_drop(struct feeder *f)
{
	if (f->spool >= 0)
		close(f->spool);
	if (f->begun)
		f->sink->abandon(f->sink->ctx);
	f->spool = -1;
	f->decided = f->begun = false;
	f->nhead = 0;
	f->bytes = 0;
}

static int
feeder_decide(struct feeder *f, struct err *e)
{
	f->decided = true;
	if (unpack_is_archive(f->head, f->nhead)) {
		f->spool = unpack_spool(e);
		return f->spool < 0 ? -1 :
		    unpack_spool_add(f->spool, f->head, f->nhead, e);
	}
	if (f->sink->begin(f->sink->ctx, e) != 0)
		return -1;
	f->begun = true;
	return f->nhead == 0 ? 0 :
	    f->sink->bytes(f->sink->ctx, f->head, f->nhead, e);
}

static int
feeder_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct feeder *f = ctx;
	size_t k;

	f->bytes += n;
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
	    f->sink->bytes(f->sink->ctx, p, n, e);
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

static int
feeder_unpack(struct feeder *f, int fd, struct err *e)
{
	const struct unpack u = {.member = f->want->member, .max = f->max,
	    .begin = member_begin, .bytes = member_bytes, .end = member_end,
	    .ctx = f};

	return unpack_file(fd, &u, e);
}

/* All bytes came. */
static int
feeder_end(struct feeder *f, struct err *e)
{
	if (f->bytes == 0 && !f->want->text)
		return err_set(e, ERR_SYNTAX, "it is empty");
	if (!f->decided && feeder_decide(f, e) != 0)
		return -1;
	if (f->spool >= 0)
		return feeder_unpack(f, f->spool, e);
	f->begun = false;
	return f->sink->end(f->sink->ctx, f->bytes, e);
}

/* --- over http ------------------------------------------------------------- */

static int
get_document(struct taxii *t, const struct cursor *c, struct feeder *f,
    struct http_reply *reply, struct err *e)
{
	struct http_get get = {
		.url = t->job->url,
		.accept = f->want->accept,
		.text = f->want->text,
		.markup = f->want->markup,
		.packed = true,
		.etag = t->job->listed ? c->etag : NULL,
		.modified = t->job->listed ? c->modified : NULL,
		.max_body = f->max,
		.bytes = feeder_bytes,
		.ctx = f,
	};
	int rc = http_fetch(t->http, &get, reply, e);

	if (rc == 0 && reply->head->status == 200) {
		rc = feeder_end(f, e);
		if (rc != 0)
			err_context(e, "%s", reply->shown);
	} else if (rc == 0 && reply->head->status != 304) {
		rc = http_status_err(reply, e);
	} else if (rc != 0 && reply->failure == HTTP_FAIL_SINK) {
		err_context(e, "%s", reply->shown);
	}
	feeder_drop(f);
	return rc;
}

/* What the server said about this version, for the next time. */
static void
keep_version(struct cursor *c, const struct http_head *head)
{
	cursor_free(c);
	c->etag = head->etag[0] != '\0' ? strdup(head->etag) : NULL;
	c->modified = head->modified[0] != '\0' ? strdup(head->modified) : NULL;
}

static int
read_http(const struct job *job, struct ingest *g, struct cursor *c,
    struct feeder *f, bool *fresh, struct err *e)
{
	struct http_reply reply;
	struct taxii t;
	int rc;

	if (taxii_open(&t, job, g, e) != 0)
		return -1;
	for (;;) {
		bool garbled;

		rc = get_document(&t, c, f, &reply, e);
		if (rc == 0)
			break;
		garbled = e->code == ERR_SYNTAX;
		if (taxii_failed(&t, &reply, garbled, false, e) != RETRY_SAME)
			break;
	}
	if (rc == 0) {
		*fresh = reply.head->status == 200;
		if (*fresh)
			keep_version(c, reply.head);
	}
	taxii_close(&t);
	return rc;
}

/* --- from a file ---------------------------------------------------------- */

static int
open_file(const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return err_sys(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    errno, "%s: cannot be opened", path);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return err_set(e, ERR_IO, "%s: not a regular file", path);
}

/* "%41" to "A", in place; what is no escape stays. */
static void
unescape(char *s)
{
	char *to = s;

	for (const char *p = s; *p != '\0'; p++) {
		uint8_t c;

		if (p[0] == '%' && p[1] != '\0' && p[2] != '\0' &&
		    hex_decode(p + 1, &c, 1) == 0 && c != 0) {
			*to++ = (char)c;
			p += 2;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
}

/* Both are in use: a path with "file:" in front, and a proper URL. */
static int
open_either(char *path, struct err *e)
{
	struct err first = ERR_INIT;
	int fd = open_file(path, &first);

	if (fd < 0 && first.code == ERR_NOT_FOUND &&
	    strchr(path, '%') != NULL) {
		unescape(path);
		return open_file(path, e);
	}
	if (fd < 0 && e != NULL)
		*e = first;
	return fd;
}

/* An archive is unpacked where it lies. */
static int
read_archive(int fd, struct feeder *f, struct err *e)
{
	char head[UNPACK_HEAD];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	if (n <= 0 || !unpack_is_archive(head, (size_t)n))
		return 1;
	return feeder_unpack(f, fd, e);
}

static int
read_bytes(int fd, struct feeder *f, struct err *e)
{
	char *room = malloc(READ_SIZE);
	ssize_t n;
	int rc = 0;

	if (room == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	while (rc == 0 && (n = read(fd, room, READ_SIZE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = err_sys(e, ERR_IO, errno, "it cannot be read");
		else if (f->bytes + (uint64_t)n > f->max)
			rc = err_set(e, ERR_LIMIT, "larger than the %llu bytes"
			    " allowed", (unsigned long long)f->max);
		else
			rc = feeder_bytes(f, room, (size_t)n, e);
	}
	free(room);
	return rc == 0 ? feeder_end(f, e) : rc;
}

static int
read_file(const struct job *job, const struct url *u, struct feeder *f,
    struct err *e)
{
	char *path = strndup(u->path.p, u->path.n);
	int fd, rc;

	if (path == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	fd = open_either(path, e);
	if (fd < 0) {
		free(path);
		return -1;
	}
	/* A file that is at hand is bounded by itself only. */
	f->max = job->max_body != 0 ? job->max_body : UINT64_MAX;
	rc = read_archive(fd, f, e);
	if (rc > 0)
		rc = read_bytes(fd, f, e);
	if (rc != 0)
		err_context(e, "%s", path);
	feeder_drop(f);
	close(fd);
	free(path);
	return rc;
}

int
doc_checkpoint(struct ingest *g, const struct cursor *c, struct err *e)
{
	struct buf text;
	int rc;

	buf_init(&text, CURSOR_MAX);
	rc = cursor_encode(c, &text, e);
	if (rc == 0)
		rc = ingest_checkpoint(g, buf_view(&text), e);
	buf_free(&text);
	return rc;
}

int
doc_read(const struct job *job, struct ingest *g, struct cursor *c,
    const struct doc_want *want, const struct doc_sink *sink, bool *fresh,
    struct err *e)
{
	struct feeder f;
	struct url u;

	*fresh = true;
	if (url_parse(slice_str(job->url), &u, e) != 0)
		return -1;
	feeder_init(&f, job, want, sink);
	return u.scheme == URL_FILE ? read_file(job, &u, &f, e) :
	    read_http(job, g, c, &f, fresh, e);
}
