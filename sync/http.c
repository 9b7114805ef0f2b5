/* SPDX-License-Identifier: BSD-2-Clause */
/* libcurl: one exchange.  The only file that knows it. */
#include <config.h>

#include "sync/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/tstamp.h"
#include "sync/http_int.h"
#include "sync/wipe.h"

#define CONNECT_TIMEOUT 30u  /* s */
#define LOW_SPEED_TIME 120u  /* s; slow servers think long about a page */
#define LOW_SPEED_BYTES 64   /* bytes/s */
#define RECEIVE_BUFFER KIB(256)
/* Not 0 when libcurl refuses the option. */
#define SET(c, option, value) (curl_easy_setopt(c, option, value) != CURLE_OK)

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

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http *h = arg;

	return http_body(h, p, size * n) == 0 ? size * n : 0;
}

/* libcurl sends a request again by itself when a kept-alive connection was
 * closed under it, and cannot know whether the server acted on the first. */
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
	bad += SET(c, CURLOPT_LOW_SPEED_LIMIT,
	    either(j->low_speed_limit, LOW_SPEED_BYTES));
	bad += SET(c, CURLOPT_IPRESOLVE, j->ip_family == 4 ?
	    (long)CURL_IPRESOLVE_V4 : j->ip_family == 6 ?
	    (long)CURL_IPRESOLVE_V6 : (long)CURL_IPRESOLVE_WHATEVER);
	bad += SET(c, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
	bad += SET(c, CURLOPT_NOSIGNAL, 1L);
	bad += SET(c, CURLOPT_TCP_KEEPALIVE, 1L);
	return bad;
}

/* Over TLS the two sides agree on HTTP/2 (ALPN) or on 1.1.  Without TLS it is
 * always 1.1: HTTP/2 by prior knowledge breaks on connections that are used
 * again, in libcurl 7.88. */
static int
set_protocol(struct http *h)
{
	CURL *c = h->curl;
	int bad = 0;

	bad += SET(c, CURLOPT_PROTOCOLS_STR, "http,https");
	bad += SET(c, CURLOPT_HTTP_VERSION, h->job->http1 ?
	    (long)CURL_HTTP_VERSION_1_1 : (long)CURL_HTTP_VERSION_2TLS);
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

	if (h->job->pinned_key != NULL)
		bad += SET(c, CURLOPT_PINNEDPUBLICKEY, h->job->pinned_key);
	bad += SET(c, CURLOPT_SSLVERSION, h->job->tls13 ?
	    (long)CURL_SSLVERSION_TLSv1_3 : (long)CURL_SSLVERSION_TLSv1_2);
	bad += SET(c, CURLOPT_SSL_VERIFYPEER, 1L);
	bad += SET(c, CURLOPT_SSL_VERIFYHOST, 2L);
	if (h->job->ca_bundle.n > 0)
		bad += blob_opt(h, CURLOPT_CAINFO_BLOB, &h->job->ca_bundle);
	return bad;
}

/* A file of PKCS#12 is binary, one of PEM is text. */
static bool
is_pkcs12(const struct job_blob *b)
{
	return b->n > 1 && b->p[0] == 0x30;
}

/* The client certificate is a credential: off for other origins. */
static int
set_certificate(struct http *h, bool trusted)
{
	const struct job *j = h->job;
	const struct job_blob *cert = &j->client_cert, *key = &j->client_key;
	CURL *c = h->curl;
	int bad = 0;

	if (cert->n == 0)
		return 0;
	if (!trusted) {
		bad += SET(c, CURLOPT_SSLCERT_BLOB, NULL);
		bad += SET(c, CURLOPT_SSLKEY_BLOB, NULL);
		return bad;
	}
	bad += SET(c, CURLOPT_SSLCERTTYPE, is_pkcs12(cert) ? "P12" : "PEM");
	bad += blob_opt(h, CURLOPT_SSLCERT_BLOB, cert);
	if (!is_pkcs12(cert))
		bad += blob_opt(h, CURLOPT_SSLKEY_BLOB, key->n > 0 ? key :
		    cert);
	bad += SET(c, CURLOPT_KEYPASSWD, j->client_key_password);
	return bad;
}

static int
set_basic(struct http *h, const struct http_basic *basic)
{
	CURL *c = h->curl;
	int bad = 0;

	bad += SET(c, CURLOPT_USERNAME, basic != NULL ? basic->user : NULL);
	bad += SET(c, CURLOPT_PASSWORD, basic != NULL ? basic->password :
	    NULL);
	bad += SET(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	return bad;
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
		if (get->method != NULL && strcmp(get->method, "POST") != 0)
			bad += SET(c, CURLOPT_CUSTOMREQUEST, get->method);
	} else if (http_is_head(get)) {
		bad += SET(c, CURLOPT_NOBODY, 1L);
	} else if (get->method != NULL) {
		bad += SET(c, CURLOPT_CUSTOMREQUEST, get->method);
	}
	return bad;
}

static void
free_lines(struct curl_slist *list)
{
	for (struct curl_slist *l = list; l != NULL; l = l->next)
		wipe_str(l->data);
	curl_slist_free_all(list);
}

/* NULL when out of memory. */
static struct curl_slist *
make_lines(const struct buf *lines)
{
	struct curl_slist *list = NULL, *more;

	for (size_t at = 0; at < lines->n; at += strlen(lines->p + at) + 1) {
		more = curl_slist_append(list, lines->p + at);
		if (more == NULL) {
			free_lines(list);
			return NULL;
		}
		list = more;
	}
	return list;
}

int
http_curl_open(struct http *h, struct err *e)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_INTERNAL, "libcurl cannot be"
		    " initialised");
	h->detail = calloc(1, CURL_ERROR_SIZE);
	h->curl = curl_easy_init();
	if (h->detail != NULL && h->curl != NULL &&
	    set_limits(h) + set_protocol(h) + set_tls(h) == 0)
		return 0;
	return err_set(e, ERR_INTERNAL, "libcurl %s lacks an option that is"
	    " needed%s", curl_version_info(CURLVERSION_NOW)->version,
	    h->job->pinned_key != NULL ? ", or the pinned key is malformed" :
	    "");
}

void
http_curl_close(struct http *h)
{
	curl_easy_cleanup(h->curl);
	curl_global_cleanup();
	free(h->detail);
}

/* --- one exchange --------------------------------------------------------- */

static enum http_trouble
trouble_of(CURLcode rc)
{
	static const struct {
		CURLcode rc;
		enum http_trouble trouble;
	} rows[] = {
		{CURLE_COULDNT_RESOLVE_HOST, HTTP_RESOLVE},
		{CURLE_COULDNT_RESOLVE_PROXY, HTTP_PROXY},
		{CURLE_COULDNT_CONNECT, HTTP_CONNECT},
		{CURLE_PROXY, HTTP_PROXY},
		{CURLE_OPERATION_TIMEDOUT, HTTP_TIMEOUT},
		{CURLE_SSL_CERTPROBLEM, HTTP_TLS_CLIENT},
		{CURLE_SSL_CACERT_BADFILE, HTTP_TLS_CA},
		{CURLE_PEER_FAILED_VERIFICATION, HTTP_TLS_PEER},
		{CURLE_SSL_PINNEDPUBKEYNOTMATCH, HTTP_TLS_PIN},
		{CURLE_SSL_CONNECT_ERROR, HTTP_TLS_OTHER},
		{CURLE_SSL_CIPHER, HTTP_TLS_OTHER},
		{CURLE_SSL_ISSUER_ERROR, HTTP_TLS_OTHER},
		{CURLE_UNSUPPORTED_PROTOCOL, HTTP_NOT_HTTP}, /* HTTP/0.9 */
		{CURLE_WEIRD_SERVER_REPLY, HTTP_NOT_HTTP},
		{CURLE_URL_MALFORMAT, HTTP_BAD_URL},
		{CURLE_OUT_OF_MEMORY, HTTP_MEMORY},
		{CURLE_BAD_CONTENT_ENCODING, HTTP_DECODE},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].rc == rc)
			return rows[i].trouble;
	return HTTP_CUT;
}

static int
transport_err(struct http *h, CURLcode rc, struct err *e)
{
	long verify = 0;

	curl_easy_getinfo(h->curl, CURLINFO_SSL_VERIFYRESULT, &verify);
	return http_trouble_err(h, trouble_of(rc), verify,
	    h->detail[0] != '\0' ? h->detail : curl_easy_strerror(rc), e);
}

static CURLcode
perform(struct http *h)
{
	struct curl_slist *lines = make_lines(&h->lines);
	CURLcode rc = CURLE_OUT_OF_MEMORY;

	if (lines != NULL && !SET(h->curl, CURLOPT_HTTPHEADER, lines))
		rc = curl_easy_perform(h->curl);
	(void)SET(h->curl, CURLOPT_HTTPHEADER, NULL);
	/* libcurl keeps no copy of a body, nor may it look at ours later. */
	(void)SET(h->curl, CURLOPT_POSTFIELDS, NULL);
	free_lines(lines);
	return rc;
}

int
http_exchange(struct http *h, const struct http_basic *basic, struct err *e)
{
	const struct job *j = h->job;
	struct http_basic own = {text(j->user), text(j->password)};
	bool trusted, bare = h->get->bare;
	struct url u;
	long left;
	CURLcode rc;

	h->failure = HTTP_FAIL_FINAL;
	h->trouble = HTTP_NO_TROUBLE;
	h->body = 0;
	h->sniffed = false;
	h->sent = 0;
	h->detail[0] = '\0';
	buf_reset(&h->error_body);
	http_head_init(&h->head);
	if (url_parse(buf_view(&h->url), &u, e) != 0 ||
	    (left = http_time_left(h, e)) < 0)
		return -1;
	trusted = origins_hold(&h->trusted, &u);
	if (basic == NULL && trusted && !bare && j->auth == AUTH_BASIC)
		basic = &own;
	/* What is signed is the URL as it goes out. */
	if (http_wire(h, trusted, bare) != 0 ||
	    http_lines(h, trusted, bare) != 0)
		return err_set(e, ERR_LIMIT, "%s: the request is longer than"
		    " what is allowed", h->shown);
	if (set_certificate(h, trusted) + set_basic(h, basic) +
	    set_method(h) != 0 || SET(h->curl, CURLOPT_TIMEOUT, left) ||
	    SET(h->curl, CURLOPT_URL, h->wire.p))
		return err_set(e, ERR_INTERNAL, "%s: libcurl refuses an option:"
		    " client certificate or key of an unknown form?",
		    h->shown);
	h->failure = HTTP_FAIL_NONE;
	rc = perform(h);
	if (h->failure != HTTP_FAIL_NONE) /* one of ours: e is set */
		return -1;
	if (rc == CURLE_OK)
		return 0;
	/* The body of an error status is a courtesy. */
	if (rc == CURLE_WRITE_ERROR && h->head.status >= 300)
		return 0;
	return transport_err(h, rc, e);
}

/* --- a look at the other end ---------------------------------------------- */

/* "Nov 22 02:58:11 2026 GMT" */
static int64_t
end_date(const char *text)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%b %d %H:%M:%S %Y", &tm);
	time_t t;

	if (end == NULL || (t = timegm(&tm)) < 0 ||
	    t > INT64_MAX / TSTAMP_SECOND)
		return TSTAMP_NONE;
	return (int64_t)t * TSTAMP_SECOND;
}

static void
keep_field(char *to, size_t max, const char *line, const char *name)
{
	size_t n = strlen(name);

	if (*to == '\0' && strncmp(line, name, n) == 0)
		snprintf(to, max, "%s", line + n);
}

static void
keep_chain(CURL *c, struct http_peer *p)
{
	static const char expires[] = "Expire date:";
	struct curl_certinfo *info = NULL;

	if (curl_easy_getinfo(c, CURLINFO_CERTINFO, &info) != CURLE_OK ||
	    info == NULL || info->num_of_certs <= 0)
		return;
	p->chain = (unsigned)info->num_of_certs;
	p->not_after = TSTAMP_NONE;
	p->subject[0] = p->issuer[0] = '\0';
	for (unsigned i = 0; i < p->chain; i++) {
		struct curl_slist *l = info->certinfo[i];

		for (; l != NULL; l = l->next) {
			int64_t t = TSTAMP_NONE;

			keep_field(p->subject, sizeof(p->subject), l->data,
			    "Subject:");
			keep_field(p->issuer, sizeof(p->issuer), l->data,
			    "Issuer:");
			if (strncmp(l->data, expires, sizeof(expires) - 1) == 0)
				t = end_date(l->data + sizeof(expires) - 1);
			if (t != TSTAMP_NONE && (p->not_after == TSTAMP_NONE ||
			    t < p->not_after))
				p->not_after = t;
		}
	}
}

static int64_t
took(CURL *c, CURLINFO what)
{
	curl_off_t us = 0;

	curl_easy_getinfo(c, what, &us);
	return us > 0 ? (int64_t)us * 1000 : 0;
}

static void
keep_times(CURL *c, struct http_peer *p)
{
	int64_t resolve = took(c, CURLINFO_NAMELOOKUP_TIME_T);
	int64_t connect = took(c, CURLINFO_CONNECT_TIME_T);
	int64_t shaken = took(c, CURLINFO_APPCONNECT_TIME_T);
	char *address = NULL;
	long port = 0;

	curl_easy_getinfo(c, CURLINFO_PRIMARY_IP, &address);
	curl_easy_getinfo(c, CURLINFO_PRIMARY_PORT, &port);
	snprintf(p->address, sizeof(p->address), "%s", text(address));
	p->port = (uint16_t)port;
	p->resolve = resolve;
	p->connect = connect > resolve ? connect - resolve : 0;
	p->handshake = shaken > connect ? shaken - connect : 0;
}

/* One handshake; with `verify` as it is for a request. */
static CURLcode
shake_hands(struct http *h, bool verify, long tls, struct http_peer *p)
{
	CURL *own = h->curl, *c = curl_easy_init();
	CURLcode rc = CURLE_OUT_OF_MEMORY;
	int bad;

	if (c == NULL)
		return rc;
	h->curl = c;
	h->sent = 0;
	h->detail[0] = '\0';
	bad = set_limits(h) + set_protocol(h) + set_tls(h);
	if (verify)
		bad += set_certificate(h, true);
	else
		bad += SET(c, CURLOPT_SSL_VERIFYPEER, 0L) +
		    SET(c, CURLOPT_SSL_VERIFYHOST, 0L) +
		    SET(c, CURLOPT_PINNEDPUBLICKEY, NULL);
	bad += SET(c, CURLOPT_SSLVERSION, tls) + SET(c, CURLOPT_CERTINFO, 1L) +
	    SET(c, CURLOPT_CONNECT_ONLY, 1L) +
	    SET(c, CURLOPT_TIMEOUT, (long)LOW_SPEED_TIME) +
	    SET(c, CURLOPT_URL, h->job->url);
	if (bad == 0) {
		rc = curl_easy_perform(c);
		keep_chain(c, p);
		if (verify)
			keep_times(c, p);
		curl_easy_getinfo(c, CURLINFO_SSL_VERIFYRESULT, &h->verify);
	}
	curl_easy_cleanup(c);
	h->curl = own;
	return rc;
}

static enum http_stage
stage_of(const struct http_peer *p, enum http_trouble t)
{
	if (t == HTTP_RESOLVE || t == HTTP_BAD_URL)
		return HTTP_AT_NAME;
	if (t >= HTTP_TLS_CLIENT || (p->connect > 0 && t == HTTP_CUT))
		return HTTP_AT_TLS;
	return p->resolve > 0 || p->address[0] != '\0' ? HTTP_AT_CONNECTION :
	    HTTP_AT_NAME;
}

int
http_examine(struct http *h, struct http_peer *out, struct err *e)
{
	static const long versions[] = {CURL_SSLVERSION_TLSv1_3,
	    CURL_SSLVERSION_TLSv1_2};
	struct http_peer again = {.not_after = TSTAMP_NONE};
	size_t tried = h->job->tls13 ? 1 : ARRAY_LEN(versions);
	struct url u;
	CURLcode rc = CURLE_OK;
	size_t i;
	int failed;

	*out = again;
	if (url_parse(slice_str(h->job->url), &u, e) != 0)
		return -1;
	url_show(&u, h->shown);
	for (i = 0; i < tried; i++) {
		rc = shake_hands(h, true, versions[i], out);
		if (rc != CURLE_SSL_CONNECT_ERROR)
			break;
	}
	if (u.scheme == URL_HTTPS && i < tried)
		snprintf(out->tls, sizeof(out->tls), i == 0 ? "1.3" : "1.2");
	out->stage = HTTP_AT_SERVER;
	out->trusted = rc == CURLE_OK && u.scheme == URL_HTTPS;
	if (rc == CURLE_OK)
		return 0;
	failed = http_trouble_err(h, trouble_of(rc), h->verify,
	    h->detail[0] != '\0' ? h->detail : curl_easy_strerror(rc), e);
	out->stage = stage_of(out, h->trouble);
	if (h->trouble == HTTP_TLS_PEER &&
	    shake_hands(h, false, versions[1], &again) == CURLE_OK) {
		out->chain = again.chain;
		out->not_after = again.not_after;
		memcpy(out->subject, again.subject, sizeof(out->subject));
		memcpy(out->issuer, again.issuer, sizeof(out->issuer));
	}
	return failed;
}
