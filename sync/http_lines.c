/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes out besides the body: header lines, and the URL as it is sent. */
#include <config.h>

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/http_int.h"
#include "sync/sign.h"
#include "sync/template.h"
#include "sync/wipe.h"

/* All of its room at once: a buffer that grows leaves copies of secrets behind. */
static int
begin(struct buf *out)
{
	if (out->p != NULL)
		wipe(out->p, out->cap);
	buf_reset(out);
	return buf_room(out, out->max) != NULL ? 0 : -1;
}

static void
add_line(struct buf *out, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	buf_printf(out, "%s: %s", name, value);
	buf_char(out, '\0');
}

/* Does the job say this line itself? */
static bool
is_given(const struct job *j, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < j->nheaders; i++)
		if (strncasecmp(j->headers[i], name, n) == 0 &&
		    strchr(": \t;", j->headers[i][n]) != NULL)
			return true;
	return false;
}

static const char *
accept_of(const struct http *h, bool bare)
{
	const struct job *j = h->job;

	return j->accept != NULL && !bare ? j->accept : h->get->accept;
}

static int
signed_lines(struct http *h)
{
	const struct sign_request r = {
		.method = h->get->method != NULL ? h->get->method : "GET",
		.url = slice_str(h->wire.p), .body = h->get->content,
		.now = tstamp_now(),
	};

	return sign_lines(h->job, &r, &h->lines);
}

int
http_lines(struct http *h, bool trusted, bool bare)
{
	const struct http_get *get = h->get;
	const struct job *j = h->job;
	const struct template_secrets secrets = {SLICE_NONE, j->secrets,
	    j->nsecrets};
	struct buf *out = &h->lines;

	if (begin(out) != 0)
		return -1;
	if (!trusted || !is_given(j, "Accept"))
		add_line(out, "Accept", accept_of(h, bare));
	if (!trusted || !is_given(j, "User-Agent"))
		add_line(out, "User-Agent", PACKAGE_NAME "/" PACKAGE_VERSION);
	add_line(out, "If-None-Match", get->etag);
	add_line(out, "If-Modified-Since", get->modified);
	add_line(out, "Range", get->range);
	add_line(out, "Content-Type", get->content_type);
	/* Bodies are sent at once: not all servers know "Expect". */
	if (get->content_type != NULL)
		buf_add(out, "Expect:", sizeof("Expect:"));
	for (size_t i = 0; trusted && i < j->nheaders; i++) {
		if (template_secrets(slice_str(j->headers[i]), &secrets,
		    TEMPLATE_PLAIN, out) != 0)
			return -1;
		buf_char(out, '\0');
	}
	if (trusted && !bare && (auth_lines(&h->auth, out) != 0 ||
	    signed_lines(h) != 0))
		return -1;
	return buf_ok(out) ? 0 : -1;
}

static void
add_name(struct buf *out, struct slice name)
{
	buf_char(out, memchr(out->p, '?', out->n) != NULL ? '&' : '?');
	url_escape(out, name);
	buf_char(out, '=');
}

int
http_wire(struct http *h, bool trusted, bool bare)
{
	const struct job *j = h->job;
	struct template_secrets secrets = {SLICE_NONE, j->secrets,
	    j->nsecrets};
	struct buf *out = &h->wire;

	if (begin(out) != 0)
		return -1;
	if (!trusted || bare) {
		buf_slice(out, buf_view(&h->url));
		buf_char(out, '\0');
		return buf_ok(out) ? 0 : -1;
	}
	/* They stand in the URL itself, for the source's own server. */
	if (j->auth == AUTH_PLACED || sign_has(j->auth))
		secrets.key = slice_str(j->token);
	if (template_secrets(buf_view(&h->url), &secrets, TEMPLATE_URL,
	    out) != 0)
		return -1;
	for (size_t i = 0; i < j->nquery; i++) {
		const char *pair = j->query[i], *eq = strchr(pair, '=');
		size_t n = eq != NULL ? (size_t)(eq - pair) : strlen(pair);

		add_name(out, (struct slice){pair, n});
		if (eq != NULL && template_secrets(slice_str(eq + 1), &secrets,
		    TEMPLATE_PARAM, out) != 0)
			return -1;
	}
	if (j->auth == AUTH_QUERY && j->token != NULL) {
		add_name(out, slice_str(j->query_name));
		url_escape(out, slice_str(j->token));
	}
	if (sign_query(j, tstamp_now(), out) != 0)
		return -1;
	buf_char(out, '\0');
	return buf_ok(out) ? 0 : -1;
}

int
http_slash(struct buf *url, enum slash_policy policy)
{
	struct url u;
	struct buf made;
	size_t end;
	int rc;

	if (policy == SLASH_KEEP ||
	    url_parse(buf_view(url), &u, NULL) != 0)
		return 0;
	end = (size_t)(u.path.p + u.path.n - url->p);
	if ((u.path.n > 0 && u.path.p[u.path.n - 1] == '/') ==
	    (policy == SLASH_ADD))
		return 0;
	buf_init(&made, LIMIT_URL);
	buf_add(&made, url->p, policy == SLASH_ADD || u.path.n == 1 ? end :
	    end - 1);
	if (policy == SLASH_ADD)
		buf_char(&made, '/');
	buf_add(&made, url->p + end, url->n - end);
	buf_reset(url);
	rc = buf_ok(&made) ? buf_slice(url, buf_view(&made)) : -1;
	buf_free(&made);
	return rc;
}
