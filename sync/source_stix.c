/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * STIX documents: bundles, envelopes, arrays, objects one after the other, over
 * http(s) or from a file.  The whole listing each time; a server that knows
 * ETag or Last-Modified is asked for changes only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/limits.h"
#include "sync/cursor.h"
#include "sync/source.h"
#include "sync/taxii.h"

#define STIX_ACCEPT "application/stix+json, application/json;q=0.9, */*;q=0.5"
#define READ_SIZE KIB(256)

struct doc {
	struct ingest *ingest;
	bool begun;
};

static int
take_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct doc *d = ctx;

	if (!d->begun && ingest_begin(d->ingest, e) != 0)
		return -1;
	d->begun = true;
	return ingest_bytes(d->ingest, p, n, e);
}

/* What breaks with its first byte was never meant to be read here. */
static int
misread(const char *where, struct err *e)
{
	if (e != NULL && strncmp(e->text, "offset 0:", 9) == 0)
		err_context(e, "not a STIX document");
	return err_context(e, "%s", where);
}

static int
end_document(struct doc *d, const char *where, uint64_t bytes, struct err *e)
{
	struct ingest_facts facts = {0};

	if (!d->begun)
		return err_set(e, ERR_SYNTAX, "%s: it is empty", where);
	d->begun = false;
	if (ingest_end(d->ingest, &facts, e) != 0)
		return err_context(e, "%s", where);
	return ingest_page(d->ingest, bytes, e);
}

static int
checkpoint(struct ingest *g, const struct cursor *c, struct err *e)
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

/* --- over http ------------------------------------------------------------ */

static int
get_document(struct taxii *t, const struct cursor *c, struct doc *d,
    struct http_reply *reply, struct err *e)
{
	struct http_get get = {
		.url = t->job->url,
		.accept = STIX_ACCEPT,
		.etag = t->job->listed ? c->etag : NULL,
		.modified = t->job->listed ? c->modified : NULL,
		.max_body = t->job->max_body != 0 ? t->job->max_body :
		    LIMIT_BODY,
		.bytes = take_bytes,
		.ctx = d,
	};
	int rc = http_fetch(t->http, &get, reply, e);

	if (rc == 0 && reply->head->status == 200)
		rc = end_document(d, reply->shown, reply->body, e);
	else if (rc == 0 && reply->head->status != 304)
		rc = http_status_err(reply, e);
	else if (rc != 0 && reply->failure == HTTP_FAIL_SINK)
		misread(reply->shown, e);
	if (d->begun)
		ingest_abandon(d->ingest);
	d->begun = false;
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
poll_http(const struct job *job, struct ingest *g, struct cursor *c,
    struct err *e)
{
	struct doc d = {.ingest = g};
	struct http_reply reply;
	struct taxii t;
	int rc;

	if (taxii_open(&t, job, g, e) != 0)
		return -1;
	for (;;) {
		bool garbled;

		rc = get_document(&t, c, &d, &reply, e);
		if (rc == 0)
			break;
		garbled = e->code == ERR_SYNTAX;
		if (taxii_failed(&t, &reply, garbled, false, e) != RETRY_SAME)
			break;
	}
	if (rc == 0) {
		if (reply.head->status == 200)
			keep_version(c, reply.head);
		rc = ingest_extent(g, reply.head->status == 200 ?
		    STORE_DOCUMENT : STORE_SAME, STORE_UNDECLARED, e);
		if (rc == 0)
			rc = checkpoint(g, c, e);
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

static int
refuse_packed(const char *path, const char *p, ssize_t n, struct err *e)
{
	if (n >= 2 && p[0] == '\x1f' && p[1] == '\x8b')
		return err_set(e, ERR_SYNTAX, "%s: a gzip file: unpack it"
		    " first", path);
	return 0;
}

static int
read_file(int fd, const char *path, uint64_t max, struct doc *d, struct err *e)
{
	char *room = malloc(READ_SIZE);
	uint64_t bytes = 0;
	int rc = 0;

	if (room == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	while (rc == 0) {
		ssize_t n = read(fd, room, READ_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = err_sys(e, ERR_IO, errno, "%s: cannot be read",
			    path);
		if (n <= 0)
			break;
		if (bytes == 0)
			rc = refuse_packed(path, room, n, e);
		bytes += (uint64_t)n;
		if (rc == 0 && bytes > max)
			rc = err_set(e, ERR_LIMIT, "%s: larger than the %llu"
			    " bytes allowed", path, (unsigned long long)max);
		if (rc == 0) {
			rc = take_bytes(d, room, (size_t)n, e);
			if (rc != 0)
				misread(path, e);
		}
	}
	free(room);
	if (rc == 0)
		rc = end_document(d, path, bytes, e);
	if (d->begun)
		ingest_abandon(d->ingest);
	d->begun = false;
	return rc;
}

static int
poll_file(const struct job *job, const struct url *u, struct ingest *g,
    struct cursor *c, struct err *e)
{
	struct doc d = {.ingest = g};
	char *path = strndup(u->path.p, u->path.n);
	int fd, rc = -1;

	if (path == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	fd = open_either(path, e);
	if (fd >= 0) {
		rc = read_file(fd, path, job->max_body != 0 ? job->max_body :
		    UINT64_MAX, &d, e);
		close(fd);
	}
	free(path);
	if (rc == 0)
		rc = ingest_extent(g, STORE_DOCUMENT, STORE_UNDECLARED, e);
	return rc == 0 ? checkpoint(g, c, e) : -1;
}

/* --- the source ----------------------------------------------------------- */

static int
poll_stix(const struct job *job, struct ingest *g, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct cursor c;
	struct url u;
	int rc;

	if (url_parse(slice_str(job->url), &u, x) != 0)
		return -1;
	cursor_init(&c, job);
	if (cursor_decode(slice_str(job->cursor), &c, NULL) < 0) {
		/* Damaged: it stays empty, and all is read. */
	}
	rc = u.scheme == URL_FILE ? poll_file(job, &u, g, &c, x) :
	    poll_http(job, g, &c, x);
	cursor_free(&c);
	return rc;
}

static bool
ends_with(struct slice s, const char *tail)
{
	size_t n = strlen(tail);

	return s.n >= n && strncasecmp(s.p + s.n - n, tail, n) == 0;
}

/* A file, or a path that ends like a document's name. */
static bool
claims_stix(const struct job *job)
{
	static const char *const tails[] = {".json", ".jsonl", ".ndjson",
	    ".stix", ".stix2", ".gz", ".txt"};
	struct url u;

	if (url_parse(slice_str(job->url), &u, NULL) != 0)
		return false;
	if (u.scheme == URL_FILE)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(tails); i++)
		if (ends_with(u.path, tails[i]))
			return true;
	return false;
}

const struct source_ops source_stix = {
	.kind = "stix",
	.title = "STIX document",
	.claims = claims_stix,
	.poll = poll_stix,
};
