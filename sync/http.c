/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "sync/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sync/http_origin.h"
#include "sync/url.h"
#include "sync/wipe.h"

#define CONNECT_TIMEOUT 30u  /* s */
#define LOW_SPEED_TIME 120u  /* s; slow servers think long about a page */
#define LOW_SPEED_BYTES 64   /* bytes/s */
#define TOTAL_TIMEOUT LIMIT_POLL_TIME
#define RECEIVE_BUFFER KIB(256)
/* Not 0 when libcurl refuses the option. */
#define SET(c, option, value) (curl_easy_setopt(c, option, value) != CURLE_OK)

struct http {
	CURL *curl;
	const struct job *job;
	struct curl_slist *plain;    /* header lines for every origin */
	struct curl_slist *secret;   /* the same and the credentials */
	struct buf url, next;        /* the URL asked; where it redirects to */
	struct origins trusted;
	time_t end;                  /* of the poll, monotonic, s */
	struct buf error_body;
	struct http_head head;
	char shown[URL_SHOWN];       /* the URL asked, as errors may name it */
	char detail[CURL_ERROR_SIZE];
	/* of the request under way */
	const struct http_get *get;
	struct err *e;
	uint64_t body;
	bool sniffed;
	unsigned sent;               /* times that the request went out */
	enum http_failure failure;
};

/* --- what arrives --------------------------------------------------------- */

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct http *h = arg;

	if (http_head_line(&h->head, (struct slice){p, size * n}) == 0)
		return size * n;
	h->failure = HTTP_FAIL_FINAL;
	err_set(h->e, ERR_LIMIT, "%s: the server sends more than %u bytes of"
	    " header lines", h->shown, LIMIT_HEADER);
	return 0;
}

/* Does the body answer the request, or tell why it does not? */
static bool
status_good(const struct http *h)
{
	int status = h->head.status;

	return status == 200 || status == 206 ||
	    (h->get->method != NULL && status > 200 && status < 300);
}

/* A login page with status 200 is common. */
static int
sniff(struct http *h, const char *p, size_t n)
{
	char first = http_sniff(p, n);
	const char *what = "something that is not JSON";

	h->sniffed = first != 0;
	if (http_head_markup(&h->head))
		what = "a web page";
	else if (first == '{' || first == '[' || first == 0)
		return 0;
	else if (first == '<')
		what = "markup";
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

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http *h = arg;
	size_t len = size * n;

	if (status_good(h))
		return take_body(h, p, len) == 0 ? len : 0;
	if (h->error_body.n < HTTP_ERROR_BODY) {
		size_t room = HTTP_ERROR_BODY - h->error_body.n;

		buf_add(&h->error_body, p, len < room ? len : room);
	}
	h->body += len;
	/* An endless error page tells no more than its beginning. */
	return h->body <= LIMIT_BODY_CONTROL ? len : 0;
}

/* libcurl sends a request again by itself when a kept-alive connection was closed
 * under it, and cannot know whether the server has acted on the first. */
static int
on_request(void *arg, char *remote, char *local, int rport, int lport)
{
	struct http *h = arg;

	(void)remote, (void)local, (void)rport, (void)lport;
	return h->sent++ > 0 && h->get->once ? CURL_PREREQFUNC_ABORT :
	    CURL_PREREQFUNC_OK;
}

/* --- set-up --------------------------------------------------------------- */

static int
blob_opt(struct http *h, CURLoption option, const struct job_blob *b)
{
	struct curl_blob blob = {b->p, b->n, CURL_BLOB_NOCOPY};

	return curl_easy_setopt(h->curl, option, &blob) != CURLE_OK;
}

static const char *
text(const char *s)
{
	return s != NULL ? s : "";
}

static long
either(uint32_t set, uint32_t usual)
{
	return (long)(set != 0 ? set : usual);
}

/* Each returns the number of options that were refused. */
static int
set_limits(struct http *h)
{
	const struct job *j = h->job;
	CURL *c = h->curl;
	int bad = 0;

	bad += SET(c, CURLOPT_CONNECTTIMEOUT,
	    either(j->connect_timeout, CONNECT_TIMEOUT));
	bad += SET(c, CURLOPT_LOW_SPEED_TIME,
	    either(j->low_speed_time, LOW_SPEED_TIME));
	bad += SET(c, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES);
	bad += SET(c, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
	bad += SET(c, CURLOPT_NOSIGNAL, 1L);
	bad += SET(c, CURLOPT_TCP_KEEPALIVE, 1L);
	return bad;
}

/* HTTP/1.1: over HTTP/2, libcurl 7.88 breaks on reused connections, and it was
 * slower on large pages everywhere. */
static int
set_protocol(struct http *h)
{
	CURL *c = h->curl;
	int bad = 0;

	bad += SET(c, CURLOPT_PROTOCOLS_STR, "http,https");
	bad += SET(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	bad += SET(c, CURLOPT_FOLLOWLOCATION, 0L);
	bad += SET(c, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	bad += SET(c, CURLOPT_ACCEPT_ENCODING, "");
	bad += SET(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	/* Set even when empty, or libcurl looks into the environment. */
	bad += SET(c, CURLOPT_PROXY, text(h->job->proxy));
	bad += SET(c, CURLOPT_NOPROXY, "");
	bad += SET(c, CURLOPT_ERRORBUFFER, h->detail);
	bad += SET(c, CURLOPT_HEADERFUNCTION, on_header);
	bad += SET(c, CURLOPT_HEADERDATA, h);
	bad += SET(c, CURLOPT_WRITEFUNCTION, on_body);
	bad += SET(c, CURLOPT_WRITEDATA, h);
	bad += SET(c, CURLOPT_PREREQFUNCTION, on_request);
	bad += SET(c, CURLOPT_PREREQDATA, h);
	return bad;
}

static int
set_tls(struct http *h)
{
	CURL *c = h->curl;
	int bad = 0;

	bad += SET(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	bad += SET(c, CURLOPT_SSL_VERIFYPEER, 1L);
	bad += SET(c, CURLOPT_SSL_VERIFYHOST, 2L);
	if (h->job->ca_bundle.n > 0)
		bad += blob_opt(h, CURLOPT_CAINFO_BLOB, &h->job->ca_bundle);
	return bad;
}

/* The client certificate is a credential: off for other origins. */
static int
set_identity(struct http *h, bool trusted)
{
	static const struct job_blob none;
	const struct job *j = h->job;
	const struct job_blob *cert = &j->client_cert, *key = &j->client_key;
	bool basic = trusted && j->auth == AUTH_BASIC;
	CURL *c = h->curl;
	int bad = 0;

	bad += SET(c, CURLOPT_HTTPHEADER, trusted ? h->secret : h->plain);
	bad += SET(c, CURLOPT_USERNAME, basic ? text(j->user) : NULL);
	bad += SET(c, CURLOPT_PASSWORD, basic ? text(j->password) : NULL);
	bad += SET(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	if (j->client_cert.n == 0)
		return bad;
	if (!trusted)
		cert = key = &none;
	else if (key->n == 0)
		key = cert;
	if (cert->n == 0) {
		bad += SET(c, CURLOPT_SSLCERT_BLOB, NULL);
		bad += SET(c, CURLOPT_SSLKEY_BLOB, NULL);
		return bad;
	}
	bad += blob_opt(h, CURLOPT_SSLCERT_BLOB, cert);
	bad += blob_opt(h, CURLOPT_SSLKEY_BLOB, key);
	bad += SET(c, CURLOPT_KEYPASSWD, j->client_key_password);
	return bad;
}

static int
add_line(struct curl_slist **list, const char *line)
{
	struct curl_slist *more = curl_slist_append(*list, line);

	if (more == NULL)
		return -1;
	*list = more;
	return 0;
}

static int
add_pair(struct curl_slist **list, const char *name, const char *value)
{
	struct buf line;
	int rc;

	buf_init(&line, LIMIT_SECRET + KIB(1));
	/* ";" is how libcurl is told to send a field without a value. */
	if (value == NULL || *value == '\0')
		buf_printf(&line, "%s;", name);
	else
		buf_printf(&line, "%s: %s", name, value);
	rc = buf_ok(&line) ? add_line(list, line.p) : -1;
	if (line.p != NULL)
		wipe(line.p, line.cap);
	buf_free(&line);
	return rc;
}

static void
free_lines(struct curl_slist *list)
{
	for (struct curl_slist *l = list; l != NULL; l = l->next)
		wipe_str(l->data);
	curl_slist_free_all(list);
}

/* Header lines that depend on the request come first, so they are made anew
 * each time; extra lines may hold keys and count as credentials. */
static int
build_lines(struct http *h, const struct http_get *get)
{
	const struct job *j = h->job;
	struct curl_slist **both[] = {&h->plain, &h->secret};

	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		free_lines(*both[i]);
		*both[i] = NULL;
		if (add_pair(both[i], "Accept", get->accept) != 0 ||
		    add_pair(both[i], "User-Agent",
		    PACKAGE_NAME "/" PACKAGE_VERSION) != 0)
			return -1;
		/* Bodies are sent at once: not all servers know "Expect". */
		if (get->content_type != NULL &&
		    (add_pair(both[i], "Content-Type", get->content_type) != 0 ||
		    add_line(both[i], "Expect:") != 0))
			return -1;
		if (get->range != NULL &&
		    add_pair(both[i], "Range", get->range) != 0)
			return -1;
		if (get->etag != NULL && *get->etag != '\0' &&
		    add_pair(both[i], "If-None-Match", get->etag) != 0)
			return -1;
		if (get->modified != NULL && *get->modified != '\0' &&
		    add_pair(both[i], "If-Modified-Since", get->modified) != 0)
			return -1;
	}
	for (size_t i = 0; i < j->nheaders; i++)
		if (add_line(&h->secret, j->headers[i]) != 0)
			return -1;
	if (j->auth == AUTH_HEADER && j->header_name != NULL)
		return add_pair(&h->secret, j->header_name, j->header_value);
	if (j->auth == AUTH_BEARER && j->token != NULL) {
		struct buf value;
		int rc;

		buf_init(&value, LIMIT_SECRET + KIB(1));
		buf_str(&value, "Bearer ");
		buf_str(&value, j->token);
		rc = buf_ok(&value) ?
		    add_pair(&h->secret, "Authorization", value.p) : -1;
		if (value.p != NULL)
			wipe(value.p, value.cap);
		buf_free(&value);
		return rc;
	}
	return 0;
}

static time_t
clock_now(void)
{
	struct timespec t = {0};

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

struct http *
http_open(const struct job *job, struct err *e)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		return NULL;
	}
	h->job = job;
	h->end = clock_now() + either(job->total_timeout, TOTAL_TIMEOUT);
	buf_init(&h->url, LIMIT_URL);
	buf_init(&h->next, LIMIT_URL);
	buf_init(&h->error_body, HTTP_ERROR_BODY);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(e, ERR_INTERNAL, "libcurl cannot be initialised");
		free(h);
		return NULL;
	}
	h->curl = curl_easy_init();
	if (h->curl == NULL ||
	    set_limits(h) + set_protocol(h) + set_tls(h) != 0) {
		err_set(e, ERR_INTERNAL, "libcurl %s lacks an option that is"
		    " needed", curl_version_info(CURLVERSION_NOW)->version);
		http_close(h);
		return NULL;
	}
	if (origins_add(&h->trusted, job->url, e) != 0) {
		http_close(h);
		return NULL;
	}
	return h;
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->curl);
	curl_global_cleanup();
	free_lines(h->plain);
	free_lines(h->secret);
	buf_free(&h->url);
	buf_free(&h->next);
	buf_free(&h->error_body);
	origins_free(&h->trusted);
	free(h);
}

int
http_trust(struct http *h, const char *url, struct err *e)
{
	return origins_add(&h->trusted, url, e);
}

/* --- one exchange --------------------------------------------------------- */

static int
tls_err(struct http *h, CURLcode rc, struct err *e)
{
	const char *url = h->shown, *cause;
	long verify = 0;

	curl_easy_getinfo(h->curl, CURLINFO_SSL_VERIFYRESULT, &verify);
	cause = http_verify_text(verify);
	h->failure = HTTP_FAIL_FINAL;
	switch (rc) {
	case CURLE_SSL_CERTPROBLEM:
		return err_set(e, ERR_TLS, "%s: the client certificate or its"
		    " key cannot be used: %s", url, h->detail);
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(e, ERR_TLS, "%s: the CA bundle cannot be used:"
		    " %s", url, h->detail);
	case CURLE_PEER_FAILED_VERIFICATION:
		if (cause == NULL && strstr(h->detail, "match") != NULL)
			cause = "the certificate is for another host name";
		return err_set(e, ERR_TLS, "%s: %s", url,
		    cause != NULL ? cause : h->detail);
	default: /* a handshake may also just break off */
		h->failure = HTTP_FAIL_REACH;
		return err_set(e, ERR_TLS, "%s: no TLS connection (1.2 or newer"
		    " is needed): %s", url, h->detail);
	}
}

static int
transport_err(struct http *h, CURLcode rc, struct err *e)
{
	const char *url = h->shown;
	const char *why = h->detail[0] != '\0' ? h->detail :
	    curl_easy_strerror(rc);

	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		h->failure = HTTP_FAIL_REACH;
		return err_set(e, ERR_NET, "%s: the host name does not resolve"
		    " (%s): is it spelt right, or behind a proxy?", url, why);
	case CURLE_COULDNT_CONNECT:
		h->failure = HTTP_FAIL_REACH;
		return err_set(e, ERR_NET, "%s: no connection (%s): is the"
		    " server up, and the port right?", url, why);
	case CURLE_OPERATION_TIMEDOUT:
		h->failure = h->sent > 0 ? HTTP_FAIL_CUT : HTTP_FAIL_REACH;
		return err_set(e, ERR_NET, "%s: time-out (%s): the next pull"
		    " goes on from here", url, why);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return tls_err(h, rc, e);
	case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9 */
	case CURLE_WEIRD_SERVER_REPLY:
		h->failure = HTTP_FAIL_FINAL;
		return err_set(e, ERR_PROTO, "%s: what answers there is no HTTP"
		    " server: %s", url, why);
	case CURLE_URL_MALFORMAT:
	case CURLE_OUT_OF_MEMORY:
		h->failure = HTTP_FAIL_FINAL;
		return err_set(e, rc == CURLE_OUT_OF_MEMORY ? ERR_MEMORY :
		    ERR_USAGE, "%s: %s", url, why);
	case CURLE_BAD_CONTENT_ENCODING:
		h->failure = HTTP_FAIL_CUT;
		return err_set(e, ERR_PROTO, "%s: the compressed body is"
		    " damaged: %s", url, why);
	default:
		h->failure = HTTP_FAIL_CUT;
		return err_set(e, ERR_NET, "%s: the transfer broke off after"
		    " %llu bytes: %s", url, (unsigned long long)h->body, why);
	}
}

/* The total time is the poll's, shared by its requests. */
static int
set_deadline(struct http *h, struct err *e)
{
	time_t left = h->end - clock_now();

	if (left <= 0)
		return err_set(e, ERR_NET, "%s: the poll takes longer than the"
		    " %ld s allowed: see --total-timeout", h->shown,
		    either(h->job->total_timeout, TOTAL_TIMEOUT));
	if (SET(h->curl, CURLOPT_TIMEOUT, (long)left))
		return err_set(e, ERR_INTERNAL, "libcurl refuses a time-out");
	return 0;
}

/* A body stays the caller's. */
static int
set_method(struct http *h)
{
	const struct http_get *get = h->get;
	CURL *c = h->curl;
	int bad = SET(c, CURLOPT_CUSTOMREQUEST, NULL) +
	    SET(c, CURLOPT_HTTPGET, 1L);

	if (get->content_type != NULL) {
		bad += SET(c, CURLOPT_POST, 1L);
		bad += SET(c, CURLOPT_POSTFIELDS, get->content.p);
		bad += SET(c, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)get->content.n);
	} else if (get->method != NULL) {
		bad += SET(c, CURLOPT_CUSTOMREQUEST, get->method);
	}
	return bad;
}

static int
exchange(struct http *h, const struct url *u, struct err *e)
{
	CURLcode rc;

	h->body = 0;
	h->sniffed = false;
	h->sent = 0;
	h->failure = HTTP_FAIL_NONE;
	h->detail[0] = '\0';
	buf_reset(&h->error_body);
	http_head_init(&h->head);
	if (set_identity(h, origins_hold(&h->trusted, u)) != 0 ||
	    set_method(h) != 0 ||
	    SET(h->curl, CURLOPT_URL, h->url.p)) {
		h->failure = HTTP_FAIL_FINAL;
		return err_set(e, ERR_INTERNAL, "%s: libcurl refuses an option:"
		    " client certificate or key of an unknown form?",
		    h->shown);
	}
	rc = curl_easy_perform(h->curl);
	if (h->failure != HTTP_FAIL_NONE) /* one of ours: e is set */
		return -1;
	if (rc == CURLE_OK)
		return 0;
	/* The body of an error status is a courtesy. */
	if (rc == CURLE_WRITE_ERROR && h->head.status >= 300)
		return 0;
	return transport_err(h, rc, e);
}

static int
fetch_following(struct http *h, struct err *e)
{
	for (int hop = 0; hop <= LIMIT_REDIRECTS; hop++) {
		struct url u;
		struct buf old;

		h->failure = HTTP_FAIL_FINAL;
		if (url_parse(buf_view(&h->url), &u, e) != 0)
			return -1;
		url_show(&u, h->shown);
		if (set_deadline(h, e) != 0)
			return -1;
		if (exchange(h, &u, e) != 0)
			return -1;
		if (!http_is_redirect(h->head.status))
			return 0;
		h->failure = HTTP_FAIL_FINAL;
		/* 301 and 302 make a GET of it, in most clients. */
		if (h->get->method != NULL && h->head.status < 307)
			return err_set(e, ERR_PROTO, "%s: status %d to a %s:"
			    " give the URL that the server means", h->shown,
			    h->head.status, h->get->method);
		if (http_redirect(&u, &h->head,
		    h->job->allow_http_redirect_host, &h->next, e) != 0)
			return -1;
		old = h->url;
		h->url = h->next;
		h->next = old;
	}
	return err_set(e, ERR_PROTO, "%s: more than %d redirects", h->shown,
	    LIMIT_REDIRECTS);
}

int
http_fetch(struct http *h, const struct http_get *get,
    struct http_reply *reply, struct err *e)
{
	struct err local = ERR_INIT;
	int rc;

	if (e == NULL) /* the callbacks need one to know of failure */
		e = &local;
	h->get = get;
	h->e = e;
	h->head.bytes = 0;
	h->head.status = 0;
	h->shown[0] = '\0';
	h->failure = HTTP_FAIL_FINAL;
	buf_reset(&h->url);
	buf_reset(&h->error_body);
	if (buf_str(&h->url, get->url) != 0)
		rc = err_set(e, ERR_LIMIT, "a URL is longer than the %u bytes"
		    " allowed", LIMIT_URL);
	else if (build_lines(h, get) != 0)
		rc = err_set(e, ERR_MEMORY, "out of memory");
	else
		rc = fetch_following(h, e);
	if (rc == 0)
		h->failure = HTTP_FAIL_NONE;
	*reply = (struct http_reply){
		.head = &h->head,
		.error_body = buf_view(&h->error_body),
		.url = h->url.p,
		.shown = h->shown,
		.failure = h->failure,
		.body = h->body,
	};
	return rc;
}
