/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/doc_before.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "sync/etag.h"

/* ---- a file beside it ------------------------------------------------------ */

int
beside_url(struct slice document, const char *how, struct buf *out,
    struct err *e)
{
	const char *end = memchr(document.p, '?', document.n);
	size_t path = end != NULL ? (size_t)(end - document.p) : document.n;
	struct url base;

	if (how[0] == '.' && strchr(how, '/') == NULL) {
		buf_add(out, document.p, path);
		buf_str(out, how);
		buf_add(out, document.p + path, document.n - path);
		return buf_ok(out) ? 0 : err_set(e, ERR_LIMIT, "the URL of its"
		    " digest becomes too long");
	}
	if (url_parse(document, &base, e) != 0 ||
	    url_resolve(&base, slice_str(how), out, e) != 0)
		return err_context(e, "request-digest");
	return 0;
}

/* The first word of hex digits that is as long as a digest. */
static bool
line_digest(struct slice line, struct doc_beside *b)
{
	size_t i, from;

	for (i = 0; i < line.n; i++) {
		from = i;
		while (i < line.n && hex_values[(uint8_t)line.p[i]] != 0xff)
			i++;
		for (int k = 0; k < SUM_KINDS; k++) {
			if (i - from != 2 * sum_length((enum sum_kind)k))
				continue;
			b->kind = (enum sum_kind)k;
			return hex_decode(line.p + from, b->digest,
			    sum_length(b->kind)) == 0;
		}
	}
	return false;
}

static bool
line_names(struct slice line, struct slice name)
{
	const char *at = name.n > 0 && name.n <= line.n ?
	    memmem(line.p, line.n, name.p, name.n) : NULL;
	const char *end = at != NULL ? at + name.n : NULL;

	return at != NULL && (at == line.p || strchr(" */(\t", at[-1])) &&
	    (end == line.p + line.n || strchr(" )\t", *end));
}

int
beside_parse(struct slice text, struct slice name, struct doc_beside *b)
{
	const char *end = text.p + text.n, *stop;

	b->known = false;
	for (const char *p = text.p; p < end; p = stop + 1) {
		struct doc_beside one = {.known = true};
		struct slice line;

		stop = memchr(p, '\n', (size_t)(end - p));
		if (stop == NULL)
			stop = end;
		line = slice_trim((struct slice){p, (size_t)(stop - p)});
		if (!line_digest(line, &one))
			continue;
		if (!b->known)
			*b = one;
		if (line_names(line, name)) {
			*b = one;
			break;
		}
	}
	return b->known ? 0 : -1;
}

static int
text_begin(void *ctx, struct err *e)
{
	(void)e;
	buf_reset(ctx);
	return 0;
}

static int
text_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	return buf_add(ctx, p, n) == 0 ? 0 : err_set(e, ERR_LIMIT, "a file "
	    "with a digest is larger than %u bytes", LIMIT_BESIDE);
}

static int
text_end(void *ctx, uint64_t bytes, struct err *e)
{
	(void)ctx, (void)bytes, (void)e;
	return 0;
}

static void
text_abandon(void *ctx)
{
	(void)ctx;
}

static struct slice
file_name(const char *url)
{
	struct slice name = {url, strcspn(url, "?#")};
	size_t i;

	for (i = name.n; i > 0 && name.p[i - 1] != '/'; i--)
		;
	return (struct slice){name.p + i, name.n - i};
}

int
doc_beside(struct doc_talk *d, const struct doc_request *r, bool changes,
    struct doc_beside *b, bool *same, struct doc_got *got, struct err *e)
{
	const struct doc_want *own = d->want;
	const struct doc_want want = {.accept = "text/plain, */*;q=0.5",
	    .text = true};
	struct doc_request ask = {.method = NULL};
	struct doc_sink sink = {text_begin, text_bytes, text_end, text_abandon,
	    NULL, NULL, NULL};
	char is[SUM_TEXT];
	struct buf text, url;
	int rc;

	*same = false;
	buf_init(&text, LIMIT_BESIDE);
	buf_init(&url, LIMIT_URL);
	sink.ctx = &text;
	rc = beside_url(slice_str(r->url), own->digest, &url, e);
	if (rc == 0) {
		ask.url = url.p;
		d->want = &want;
		rc = doc_get(d, &ask, &sink, got, e);
		d->want = own;
	}
	if (rc == 0 && (!got->fresh || beside_parse(buf_view(&text),
	    file_name(r->url), b) != 0))
		rc = err_set(e, ERR_PROTO, "%s: holds no MD5, SHA-1 or SHA-256"
		    " (request-digest)", got->reply.shown);
	if (rc == 0) {
		sum_text(b->kind, b->digest, is);
		*same = changes && r->cursor->beside != NULL &&
		    strcmp(r->cursor->beside, is) == 0;
	}
	buf_free(&text);
	buf_free(&url);
	return rc;
}

void
doc_beside_keep(const struct doc_beside *b, struct cursor *c)
{
	char text[SUM_TEXT];

	sum_text(b->kind, b->digest, text);
	free(c->beside);
	c->beside = strdup(text);
}

/* ---- its head alone -------------------------------------------------------- */

/* What goes wrong here the request for the document itself tells. */
bool
doc_head_same(struct doc_talk *d, const struct doc_request *r,
    struct doc_got *got)
{
	const struct cursor *c = r->cursor;
	const struct http_get get = {.url = r->url, .method = "HEAD",
	    .accept = d->want->accept, .text = true, .packed = true};
	const struct http_head *head;
	struct err ignored = ERR_INIT;

	if (http_fetch(d->taxii.http, &get, &got->reply, &ignored) != 0 ||
	    got->reply.head->status != 200)
		return false;
	head = got->reply.head;
	if (c->etag != NULL && head->etag[0] != '\0')
		return etag_fits(c->etag, head->etag);
	return c->modified != NULL && head->modified[0] != '\0' &&
	    strcmp(c->modified, head->modified) == 0;
}
