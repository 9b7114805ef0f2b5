/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/misp_io.h"

#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "sync/fd_read.h"

#define READ_SIZE KIB(64)

static enum doc_meaning
meaning(const void *ctx, int status)
{
	(void)ctx;
	return status == 404 ? DOC_EMPTY : DOC_FAILURE;
}

static const struct doc_want want = {.accept = "application/json",
    .meaning = meaning};

int
misp_io_open(struct misp_io *io, const struct job *job, struct ingest *g,
    const char *index, struct err *e)
{
	struct slice url = slice_str(job->url), base;
	struct url u;

	memset(io, 0, sizeof(*io));
	io->job = job;
	buf_init(&io->base, LIMIT_URL);
	buf_init(&io->url, LIMIT_URL);
	if (url_parse(url, &u, e) != 0)
		return -1;
	io->file = u.scheme == URL_FILE;
	base = io->file ? u.path : url;
	/* A query would have to stand behind every document's name: that is
	 * what `query` is for. */
	if (!io->file && u.query.p != NULL)
		base.n = (size_t)(u.query.p - 1 - url.p);
	if (index != NULL && slice_ends(base, slice_str(index)))
		base.n -= strlen(index);
	buf_slice(&io->base, base);
	if (base.n == 0 || base.p[base.n - 1] != '/')
		buf_char(&io->base, '/');
	if (!buf_ok(&io->base))
		return err_set(e, ERR_LIMIT, "the URL is longer than %u bytes",
		    LIMIT_URL);
	return io->file ? 0 : doc_open(&io->talk, job, g, &want, e);
}

void
misp_io_close(struct misp_io *io)
{
	if (!io->file && io->talk.taxii.http != NULL)
		doc_close(&io->talk);
	buf_free(&io->base);
	buf_free(&io->url);
}

const char *
misp_io_shown(const struct misp_io *io, char room[URL_SHOWN])
{
	struct url u;

	if (io->file || url_parse(buf_view(&io->url), &u, NULL) != 0)
		return io->url.p;
	url_show(&u, room);
	return room;
}

/* ---- from a folder --------------------------------------------------------- */

static uint64_t
most(const struct job *job, bool file)
{
	return job->max_body != 0 ? job->max_body :
	    file ? UINT64_MAX : LIMIT_BODY;
}

static int
get_file(struct misp_io *io, const struct misp_sink *sink,
    struct misp_got *got, struct err *e)
{
	const struct doc_got local = {.fresh = true};
	const struct fd_each each = {READ_SIZE, most(io->job, true), "it",
	    "larger", sink->bytes, sink->ctx};
	int fd = fd_open(io->url.p, e), rc;

	if (fd < 0 && e->code == ERR_NOT_FOUND) {
		err_clear(e);
		got->status = 404;
		return 0;
	}
	if (fd < 0)
		return -1;
	rc = sink->begin(sink->ctx, e);
	if (rc == 0) {
		rc = fd_each(fd, &each, &got->bytes, e);
		if (rc != 0)
			sink->abandon(sink->ctx);
	}
	close(fd);
	got->status = 200;
	got->own = rc != 0 && doc_own_fault(&local, e);
	return rc == 0 ? 0 : err_context(e, "%s", io->url.p);
}

/* ---- over http ------------------------------------------------------------- */

static int
all_came(void *ctx, uint64_t bytes, struct err *e)
{
	(void)ctx; /* its end is taken when its status is known */
	(void)bytes;
	(void)e;
	return 0;
}

static int
get_http(struct misp_io *io, const struct misp_ask *ask,
    const struct misp_sink *sink, struct misp_got *got, struct err *e)
{
	const struct doc_sink into = {sink->begin, sink->bytes, all_came,
	    sink->abandon, sink->ctx, NULL, NULL};
	struct doc_request r = {.url = io->url.p, .cursor = ask->cursor};
	struct doc_got had;

	if (ask->post.n > 0) {
		r.method = "POST";
		r.content_type = "application/json";
		r.content = ask->post;
	}
	if (doc_get(&io->talk, &r, &into, &had, e) != 0) {
		got->own = doc_own_fault(&had, e);
		if (!had.smaller)
			return -1;
		err_clear(e);
		got->status = 413;
		return 0;
	}
	got->status = had.missing ? 404 : had.fresh ? 200 : 304;
	got->head = *had.reply.head;
	got->bytes = had.reply.body;
	return 0;
}

int
misp_io_get(struct misp_io *io, const struct misp_ask *ask,
    const struct misp_sink *sink, struct misp_got *got, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;

	got->status = 0;
	got->own = false;
	got->bytes = 0;
	buf_reset(&io->url);
	buf_slice(&io->url, buf_view(&io->base));
	if (buf_str(&io->url, ask->name) != 0)
		return err_set(x, ERR_LIMIT, "a URL is longer than %u bytes",
		    LIMIT_URL);
	return io->file ? get_file(io, sink, got, x) :
	    get_http(io, ask, sink, got, x);
}
