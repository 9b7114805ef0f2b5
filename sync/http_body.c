/* SPDX-License-Identifier: BSD-2-Clause */
/* The body of an answer as it arrives: is it what was asked for? */
#include <fnmatch.h>

#include "sync/http_int.h"
#include "sync/unpack.h"

/* Does the body answer the request, or tell why it does not? */
static bool
status_good(const struct http *h)
{
	int status = h->head.status;

	return status == 200 || status == 206 ||
	    (h->get->method != NULL && status > 200 && status < 300);
}

/* Is the content type one of those that the operator expects?  Only documents
 * are asked: a token is had elsewhere, and a reply without a type says nothing
 * good of itself. */
static bool
is_expected(const struct http *h)
{
	const struct job *j = h->job;
	size_t i;

	for (i = 0; i < j->nexpect; i++)
		if (fnmatch(j->expect[i], h->head.content_type, 0) == 0)
			return true;
	return j->nexpect == 0 || h->get->bare || h->get->untyped;
}

/* A list that its provider calls a web page (text/html), which whoever configures
 * it has to say by that very word. */
static bool
is_page_expected(const struct http *h)
{
	const struct job *j = h->job;
	size_t i;

	for (i = 0; i < j->nexpect; i++)
		if (strcmp(j->expect[i], "text/html") == 0)
			return h->get->text;
	return false;
}

/* A login page with status 200 is common. */
static int
sniff(struct http *h, const char *p, size_t n)
{
	char first = http_sniff(p, n);
	const char *what = "something that is no JSON object";

	if (!is_expected(h)) {
		h->failure = HTTP_FAIL_FINAL;
		return err_set(h->e, ERR_PROTO, "%s: the answer is of type"
		    " %s, which expect-type does not name", h->shown,
		    h->head.content_type[0] != '\0' ? h->head.content_type :
		    "none");
	}
	h->sniffed = first != 0;
	if (h->get->xml && first == '<')
		return 0; /* a page does not read as a list */
	if (is_page_expected(h))
		return 0;
	if (http_head_markup(&h->head) && !h->get->markup)
		what = "a web page";
	else if (first == '<')
		what = "markup";
	else if (h->get->text || (h->get->packed && unpack_is_archive(p, n)))
		return 0;
	else if (first == '{' || first == '[' || first == 0)
		return 0;
	h->failure = HTTP_FAIL_FINAL;
	return err_set(h->e, ERR_PROTO, "%s: the server answers with %s (status"
	    " %d, %s): a login or error page? Check the URL and the"
	    " credentials", h->shown, what, h->head.status,
	    h->head.content_type[0] != '\0' ? h->head.content_type :
	    "no content type");
}

static int
take_body(struct http *h, const char *p, size_t n)
{
	const struct http_get *get = h->get;

	if (n > get->max_body - h->body) {
		h->failure = HTTP_FAIL_FINAL;
		return err_set(h->e, ERR_LIMIT, "%s: the response is larger"
		    " than the %llu bytes allowed", h->shown,
		    (unsigned long long)get->max_body);
	}
	h->body += n;
	if (!h->sniffed && sniff(h, p, n) != 0)
		return -1;
	if (get->bytes(get->ctx, p, n, h->e) != 0) {
		h->failure = HTTP_FAIL_SINK;
		return -1;
	}
	return 0;
}

int
http_body(struct http *h, const char *p, size_t n)
{
	if (status_good(h))
		return take_body(h, p, n);
	if (h->error_body.n < HTTP_ERROR_BODY) {
		size_t room = HTTP_ERROR_BODY - h->error_body.n;

		buf_add(&h->error_body, p, n < room ? n : room);
	}
	h->body += n;
	/* An endless error page tells no more than its beginning. */
	return h->body <= LIMIT_BODY_CONTROL ? 0 : -1;
}
