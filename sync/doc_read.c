/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/doc_read.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/doc_among.h"
#include "sync/doc_before.h"
#include "sync/doc_feeder.h"
#include "sync/etag.h"
#include "sync/retry.h"
#include "sync/url.h"
#include "sync/fd_read.h"

#define READ_SIZE KIB(256)

/* --- over http ---------------------------------------------------------- */

static enum doc_meaning
meaning_of(const struct doc_want *want, int status)
{
	enum doc_meaning m = want->meaning != NULL ?
	    want->meaning(want->meaning_ctx, status) : DOC_FAILURE;

	if (m == DOC_FAILURE && status == 304)
		return DOC_UNCHANGED;
	return m == DOC_FAILURE && status == 204 ? DOC_EMPTY : m;
}

/* What is sent to be told of changes only; from time to time nothing. */
static bool
asks_for_changes(const struct doc_talk *d, const struct doc_request *r)
{
	const struct job *job = d->taxii.job;
	int64_t every = d->want->reread > 0 ? d->want->reread : DOC_REREAD;

	return r->cursor != NULL && job->listed &&
	    r->cursor->read != TSTAMP_NONE && job->now >= r->cursor->read &&
	    job->now - r->cursor->read < every;
}

static int
get_once(struct doc_talk *d, const struct doc_request *r, bool changes,
    struct feeder *f, struct doc_got *got, struct err *e)
{
	char etags[ETAG_MAX + 2], bare[ETAG_MAX / 2];
	const char *etag = changes ? r->cursor->etag : NULL;
	struct http_get get = {
		.url = r->url,
		.method = r->method,
		.content_type = r->content_type,
		.content = r->content,
		.want = r->header,
		.accept = r->xml ? "application/xml" : d->want->accept,
		.xml = r->xml,
		.untyped = r->done || r->xml,
		.text = d->want->text || r->text || r->done,
		.markup = d->want->markup,
		.packed = true,
		.once = r->once,
		.etag = etag,
		.modified = changes ? r->cursor->modified : NULL,
		.max_body = f->max,
		.bytes = feeder_bytes,
		.ctx = f,
	};
	struct http_reply *reply = &got->reply;
	enum doc_meaning meaning;
	int rc;

	if (etag != NULL && etag_bare(etag, bare, sizeof(bare))) {
		snprintf(etags, sizeof(etags), "%s, %s", etag, bare);
		get.etag = etags;
	}
	f->digests = r->cursor != NULL;
	f->before = changes ? r->cursor->body : 0;
	got->fresh = got->missing = false;
	rc = http_fetch(d->taxii.http, &get, reply, e);
	meaning = r->done && rc == 0 && reply->head->status >= 200 &&
	    reply->head->status < 300 ? DOC_EMPTY :
	    meaning_of(d->want, reply->head->status);
	/* What is given once only is empty when all of it was given. */
	if (rc == 0 && reply->head->status == 200 && r->once && f->bytes == 0)
		meaning = DOC_EMPTY;
	if (rc == 0 && reply->head->status == 200 && meaning != DOC_EMPTY) {
		rc = feeder_end(f, e);
		got->fresh = !f->same;
		if (rc != 0)
			err_context(e, "%s", reply->shown);
	} else if (rc == 0 && meaning == DOC_EMPTY) {
		got->missing = true;
	} else if (rc == 0 && (meaning != DOC_UNCHANGED || !changes)) {
		rc = http_status_err(reply, e);
	} else if (rc != 0 && reply->failure == HTTP_FAIL_SINK) {
		err_context(e, "%s", reply->shown);
	}
	return rc;
}

/* What the server said about this version, for the next time. */
static void
keep_version(const struct doc_talk *d, struct cursor *c,
    const struct feeder *f, const struct doc_got *got)
{
	const struct http_head *head = got->reply.head;

	if (head->status != 200)
		return;
	free(c->etag);
	free(c->modified);
	c->etag = head->etag[0] != '\0' ? strdup(head->etag) : NULL;
	c->modified = head->modified[0] != '\0' ? strdup(head->modified) :
	    NULL;
	c->body = f->digest;
	if (got->fresh)
		c->read = d->taxii.job->now;
}

/* A feed's own age, where the server is to tell it. */
static int
tell_age(const struct doc_talk *d, const struct doc_got *got, struct err *e)
{
	const struct http_head *head = got->reply.head;
	int64_t t;

	if (!d->want->stated || d->taxii.ingest == NULL || head == NULL ||
	    tstamp_parse_liberal(slice_str(head->modified), &t) != 0)
		return 0;
	return ingest_stated(d->taxii.ingest, t, e);
}

/* With retries, until the document was read or is known to be as it was. */
static int
get_document(struct doc_talk *d, const struct doc_request *r, bool changes,
    struct feeder *f, struct doc_got *got, struct err *e)
{
	enum retry_how how;
	struct err why;
	bool garbled;
	int rc;

	got->smaller = false;
	for (;;) {
		rc = get_once(d, r, changes, f, got, e);
		if (rc == 0 && changes && got->reply.head->status == 304 &&
		    !etag_fits(r->cursor->etag, got->reply.head->etag)) {
			changes = false;
			feeder_drop(f);
			continue;
		}
		if (rc == 0)
			break;
		feeder_drop(f);
		garbled = e->code == ERR_SYNTAX;
		why = *e;
		how = taxii_failed(&d->taxii, &got->reply, garbled, r->once, e);
		got->smaller = how == RETRY_SMALLER;
		if (how == RETRY_SAME)
			continue;
		/* Less can be asked for only by who knows how. */
		if (e->code == ERR_NONE)
			*e = why;
		return -1;
	}
	d->taxii.reached = true;
	d->taxii.attempt = 0;
	return 0;
}

int
doc_get(struct doc_talk *d, const struct doc_request *r,
    const struct doc_sink *sink, struct doc_got *got, struct err *e)
{
	bool changes = asks_for_changes(d, r), same = false;
	struct doc_beside beside = {.known = false};
	struct feeder f;
	int rc = 0;

	if (d->want->digest != NULL)
		rc = doc_beside(d, r, changes, &beside, &same, got, e);
	if (rc == 0 && !same && changes && d->want->head)
		same = doc_head_same(d, r, got);
	if (rc != 0 || same) {
		got->fresh = got->missing = got->smaller = false;
		return rc;
	}
	feeder_init(&f, d->taxii.job, d->want, sink);
	if (beside.known)
		feeder_expect(&f, beside.kind, beside.digest);
	rc = get_document(d, r, changes, &f, got, e);
	if (rc == 0 && r->cursor != NULL) {
		keep_version(d, r->cursor, &f, got);
		if (beside.known)
			doc_beside_keep(&beside, r->cursor);
	}
	if (rc == 0)
		rc = tell_age(d, got, e);
	feeder_free(&f);
	return rc;
}

bool
doc_own_fault(const struct doc_got *got, const struct err *why)
{
	const struct http_head *head = got->reply.head;

	switch (why->code) {
	case ERR_USAGE: /* its address is none */
	case ERR_SYNTAX:
	case ERR_LIMIT:
	case ERR_PROTO:
	case ERR_HTTP:
	case ERR_MOVED:
		return true;
	case ERR_NET:
		return head != NULL && got->reply.failure == HTTP_FAIL_NONE &&
		    head->status >= 500 && head->status != 503 &&
		    retry_asked(head->retry_after, head->reset, head->date,
		    tstamp_now()) == 0;
	default:
		return false;
	}
}

int
doc_open(struct doc_talk *d, const struct job *job, struct ingest *g,
    const struct doc_want *want, struct err *e)
{
	d->want = want;
	return taxii_open(&d->taxii, job, g, e);
}

void
doc_close(struct doc_talk *d)
{
	taxii_close(&d->taxii);
}

static int
read_http(const struct job *job, struct ingest *g, struct cursor *c,
    const struct doc_want *want, const struct doc_sink *sink, bool *fresh,
    struct err *e)
{
	const struct doc_request r = {.url = job->url, .cursor = c};
	struct doc_talk d;
	struct doc_got got;
	int rc;

	if (doc_open(&d, job, g, want, e) != 0)
		return -1;
	rc = doc_get(&d, &r, sink, &got, e);
	*fresh = got.fresh || got.missing;
	doc_close(&d);
	return rc;
}

/* --- from a file -------------------------------------------------------- */

/* Both are in use: a path with "file:" in front, and a proper URL. */
static int
open_either(char *path, struct err *e)
{
	struct err first = ERR_INIT;
	int fd = fd_open(path, &first);

	if (fd < 0 && first.code == ERR_NOT_FOUND &&
	    strchr(path, '%') != NULL) {
		url_unescape(path);
		return fd_open(path, e);
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
	const struct fd_each each = {READ_SIZE, f->max, "it", "larger",
	    feeder_bytes, f};
	uint64_t total;

	return fd_each(fd, &each, &total, e) == 0 ? feeder_end(f, e) : -1;
}

static int
read_open(int fd, const char *path, struct feeder *f, struct err *e)
{
	int rc = read_archive(fd, f, e);

	if (rc > 0)
		rc = read_bytes(fd, f, e);
	if (rc != 0)
		err_context(e, "%s", path);
	feeder_drop(f);
	return rc;
}

/* One file; `f` is ready for another one then. */
static int
read_one(char *path, struct feeder *f, struct err *e)
{
	int fd = open_either(path, e), rc;

	if (fd < 0)
		return -1;
	rc = read_open(fd, path, f, e);
	close(fd);
	return rc;
}

/* --- from a folder ------------------------------------------------------ */

static int
is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

struct folder {
	char *path;
	struct dirent **names;
	int n;
};

/* The path of file i, to be freed; NULL when it is no regular file, or gone. */
static char *
folder_file(const struct folder *d, int i, struct stat *st)
{
	char *path;

	if (asprintf(&path, "%s/%s", d->path, d->names[i]->d_name) < 0)
		return NULL;
	if (stat(path, st) == 0 && S_ISREG(st->st_mode))
		return path;
	free(path);
	return NULL;
}

/* Of all that tells a changed file from one that is not. */
static uint64_t
folder_digest(const struct folder *d)
{
	uint64_t digest = 1;
	struct stat st;
	char *path;

	for (int i = 0; i < d->n; i++) {
		path = folder_file(d, i, &st);
		if (path == NULL)
			continue;
		const int64_t facts[] = {(int64_t)st.st_ino,
		    (int64_t)st.st_dev, (int64_t)st.st_size,
		    (int64_t)st.st_mtim.tv_sec, (int64_t)st.st_mtim.tv_nsec,
		    (int64_t)st.st_ctim.tv_sec, (int64_t)st.st_ctim.tv_nsec};

		digest = digest64(path, strlen(path), digest);
		digest = digest64(facts, sizeof(facts), digest);
		free(path);
	}
	return digest;
}

/* Where others may lie beside documents, is this one of them? */
static bool
is_other(int fd, const char *name, const struct feeder *f)
{
	char head[UNPACK_HEAD];
	enum among is;
	ssize_t n;

	if (f->sink->passed == NULL || among_named(name))
		return false;
	n = pread(fd, head, sizeof(head), 0);
	if (n < 0 || unpack_is_archive(head, (size_t)n))
		return false;
	is = among_begins(head, (size_t)n);
	/* An empty one may be a document that is just being written. */
	return is == AMONG_OTHER ||
	    (is == AMONG_UNDECIDED && n == (ssize_t)sizeof(head));
}

/* One of a folder's; 1 when it was passed over. */
static int
folder_read(char *path, const char *name, struct feeder *f, struct err *e)
{
	int fd = fd_open(path, e), rc;

	if (fd < 0)
		return -1;
	if (is_other(fd, name, f)) {
		f->sink->passed(f->sink->ctx, name);
		rc = 1;
	} else {
		rc = read_open(fd, path, f, e);
	}
	close(fd);
	return rc;
}

static int
folder_files(const struct folder *d, struct feeder *f, struct err *e)
{
	struct stat st;
	char *path;
	int rc = 0, read = 0, passed = 0;

	for (int i = 0; rc >= 0 && i < d->n; i++) {
		path = folder_file(d, i, &st);
		if (path == NULL)
			continue;
		rc = folder_read(path, d->names[i]->d_name, f, e);
		free(path);
		if (rc > 0)
			passed++;
		else
			read++;
	}
	if (rc >= 0 && read == 0)
		return err_set(e, ERR_NOT_FOUND, passed > 0 ?
		    "%s: none of the files in this folder is a document" :
		    "%s: no files in this folder", d->path);
	return rc < 0 ? -1 : 0;
}

static int
read_folder(const struct job *job, char *path, struct cursor *c,
    struct feeder *f, bool *fresh, struct err *e)
{
	struct folder d = {.path = path};
	uint64_t digest;
	int rc = 0;

	d.n = scandir(path, &d.names, is_visible, by_bytes);
	if (d.n < 0)
		return err_sys(e, ERR_IO, errno, "%s: cannot be listed", path);
	digest = folder_digest(&d);
	*fresh = !job->listed || c->body == 0 || c->body != digest;
	if (*fresh)
		rc = folder_files(&d, f, e);
	if (rc == 0)
		c->body = digest;
	for (int i = 0; i < d.n; i++)
		free(d.names[i]);
	free(d.names);
	return rc;
}

static int
read_local(const struct job *job, const struct url *u, struct cursor *c,
    struct feeder *f, bool *fresh, struct err *e)
{
	char *path = strndup(u->path.p, u->path.n);
	struct stat st;
	int rc;

	if (path == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	/* A file that is at hand is bounded by itself only. */
	f->max = job->max_body != 0 ? job->max_body : UINT64_MAX;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		rc = read_folder(job, path, c, f, fresh, e);
	else
		rc = read_one(path, f, e);
	free(path);
	return rc;
}

int
doc_read(const struct job *job, struct ingest *g, struct cursor *c,
    const struct doc_want *want, const struct doc_sink *sink, bool *fresh,
    struct err *e)
{
	struct feeder f;
	struct url u;
	int rc;

	*fresh = true;
	if (url_parse(slice_str(job->url), &u, e) != 0)
		return -1;
	if (u.scheme != URL_FILE)
		return read_http(job, g, c, want, sink, fresh, e);
	feeder_init(&f, job, want, sink);
	rc = read_local(job, &u, c, &f, fresh, e);
	feeder_free(&f);
	return rc;
}
