/* SPDX-License-Identifier: BSD-2-Clause */
/* Failures in words: transport, certificates, statuses.  No libcurl here. */
#include <jansson.h>
#include <string.h>

#include "sync/http_int.h"

#define QUOTE_MAX 320 /* bytes of a server's own words in an error */

const char *
http_verify_text(long result)
{
	switch (result) { /* X509_V_ERR_…: stable numbers of OpenSSL */
	case 9:
		return "the server's certificate is not yet valid: is the clock"
		    " right?";
	case 10:
		return "the server's certificate has expired";
	case 18:
	case 19:
		return "the server's certificate is self-signed: give its"
		    " authority with --ca-bundle";
	case 2:
	case 20:
	case 21:
		return "the authority of the server's certificate is not known"
		    " here: give it with --ca-bundle";
	case 23:
		return "the server's certificate has been revoked";
	case 62:
	case 64:
		return "the server's certificate is for another host name";
	default:
		return NULL;
	}
}

static int
tls_err(struct http *h, enum http_trouble t, long verify, const char *why,
    struct err *e)
{
	const char *url = h->shown, *cause = http_verify_text(verify);

	h->failure = HTTP_FAIL_FINAL;
	switch (t) {
	case HTTP_TLS_CLIENT:
		return err_set(e, ERR_TLS, "%s: the client certificate or its"
		    " key cannot be used: %s", url, why);
	case HTTP_TLS_CA:
		return err_set(e, ERR_TLS, "%s: the CA bundle cannot be used:"
		    " %s", url, why);
	case HTTP_TLS_PIN:
		return err_set(e, ERR_TLS, "%s: the server's public key is not"
		    " the pinned one: has it been renewed? (--pinned-key)",
		    url);
	case HTTP_TLS_PEER:
		if (cause == NULL && strstr(why, "match") != NULL)
			cause = "the certificate is for another host name";
		return err_set(e, ERR_TLS, "%s: %s", url,
		    cause != NULL ? cause : why);
	default: /* a handshake may also just break off */
		h->failure = HTTP_FAIL_REACH;
		return err_set(e, ERR_TLS, "%s: no connection by TLS %s or newer:"
		    " %s", url, h->job->tls13 ? "1.3" : "1.2", why);
	}
}

int
http_trouble_err(struct http *h, enum http_trouble t, long verify,
    const char *why, struct err *e)
{
	static const struct {
		enum http_failure failure;
		int code;
		const char *what, *out; /* before and after libcurl's words */
	} rows[] = {
		[HTTP_RESOLVE] = {HTTP_FAIL_REACH, ERR_NET, "the host name does"
		    " not resolve (", "): is it spelt right, or behind a"
		    " proxy?"},
		[HTTP_CONNECT] = {HTTP_FAIL_REACH, ERR_NET, "no connection (",
		    "): is the server up, and the port right?"},
		[HTTP_PROXY] = {HTTP_FAIL_REACH, ERR_NET, "no way through the"
		    " proxy (", "): see --proxy and --proxy-user"},
		[HTTP_TIMEOUT] = {HTTP_FAIL_CUT, ERR_NET, "time-out (",
		    "): the next pull goes on from here"},
		[HTTP_NOT_HTTP] = {HTTP_FAIL_FINAL, ERR_PROTO, "what answers"
		    " there is no HTTP server: ", ""},
		[HTTP_BAD_URL] = {HTTP_FAIL_FINAL, ERR_USAGE, "", ""},
		[HTTP_MEMORY] = {HTTP_FAIL_FINAL, ERR_MEMORY, "", ""},
		[HTTP_DECODE] = {HTTP_FAIL_CUT, ERR_PROTO, "the compressed body"
		    " is damaged: ", ""},
	};

	/* where there is a proxy, it alone is connected to */
	if (h->job->proxy != NULL && (t == HTTP_CONNECT ||
	    (t == HTTP_CUT && strstr(why, "CONNECT tunnel") != NULL)))
		t = HTTP_PROXY;
	h->trouble = t;
	if (t >= HTTP_TLS_CLIENT)
		return tls_err(h, t, verify, why, e);
	h->failure = HTTP_FAIL_CUT;
	if (t == HTTP_CUT)
		return err_set(e, ERR_NET, "%s: the transfer broke off after"
		    " %llu bytes: %s", h->shown, (unsigned long long)h->body,
		    why);
	h->failure = rows[t].failure;
	if (t == HTTP_TIMEOUT && h->sent == 0)
		h->failure = HTTP_FAIL_REACH;
	return err_set(e, rows[t].code, "%s: %s%s%s", h->shown, rows[t].what,
	    why, rows[t].out);
}

/* TAXII's title and description, OpenTAXII's name, "message" and "detail" of
 * the usual web frameworks. */
static void
quote_json(json_t *body, struct buf *out)
{
	static const char *const keys[] = {"title", "name", "description",
	    "message", "detail", "error", "error_description"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *s = json_string_value(json_object_get(body,
		    keys[i]));

		if (s == NULL || *s == '\0')
			continue;
		if (out->n > 0)
			buf_str(out, ": ");
		buf_printf(out, "%.*s", QUOTE_MAX / 2, s);
	}
}

/* Plain text is quoted to the end of its first line; markup is not. */
static void
quote_text(struct slice body, struct buf *out)
{
	size_t n = 0;

	while (n < body.n && strchr(" \t\r\n", body.p[n]) != NULL)
		n++;
	body.p += n;
	body.n -= n;
	if (body.n == 0 || body.p[0] == '<' || body.p[0] == '{')
		return;
	for (n = 0; n < body.n && n < QUOTE_MAX / 2; n++)
		if (body.p[n] == '\n' || body.p[n] == '\r' ||
		    body.p[n] == '\0')
			break;
	buf_add(out, body.p, n);
}

/* ": the server says '...'", or nothing. */
static void
quote(const struct http_reply *r, struct buf *out)
{
	struct buf said;
	json_t *body;

	buf_init(&said, KIB(4));
	body = json_loadb(r->error_body.p, r->error_body.n, 0, NULL);
	if (body != NULL)
		quote_json(body, &said);
	else
		quote_text(r->error_body, &said);
	json_decref(body);
	if (buf_ok(&said) && said.n > 0)
		buf_printf(out, ": the server says '%.*s'", QUOTE_MAX, said.p);
	buf_free(&said);
}

struct meaning {
	int status;
	int code;
	const char *text;
};

static const struct meaning meanings[] = {
	{204, ERR_PROTO, "no content"},
	{400, ERR_HTTP, "the server cannot make sense of the request"},
	{403, ERR_AUTH, "access is denied: the credentials are known but may"
	    " not read this"},
	{404, ERR_HTTP, "not found, or not to be seen with these credentials"},
	{405, ERR_HTTP, "reading is not allowed here: is it a collection's"
	    " URL?"},
	{406, ERR_HTTP, "the server speaks no version of TAXII that was"
	    " offered here (2.1 and 2.0, unless a kind narrows it)"},
	{407, ERR_AUTH, "the proxy wants credentials: --proxy-user and"
	    " --proxy-password-file"},
	{408, ERR_NET, "the server gave up waiting"},
	{410, ERR_MOVED, "gone for good: has the feed moved?"},
	{413, ERR_HTTP, "the page is too large for the server: lower the page"
	    " limit"},
	{429, ERR_NET, "too many requests"},
	{500, ERR_NET, "the server failed"},
	{502, ERR_NET, "the server behind the gateway failed"},
	{503, ERR_NET, "the server is not available now"},
	{504, ERR_NET, "the server behind the gateway did not answer"},
};

static struct meaning
meaning_of(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
		if (meanings[i].status == status)
			return meanings[i];
	return (struct meaning){status, status >= 500 ? ERR_NET : ERR_HTTP,
	    status >= 500 ? "the server failed" : "not a status that TAXII"
	    " knows here"};
}

int
http_status_err(const struct http_reply *r, struct err *e)
{
	return http_missing_err(r, "", e);
}

int
http_missing_err(const struct http_reply *r, const char *instead,
    struct err *e)
{
	int status = r->head->status;
	struct meaning m = meaning_of(status);
	struct buf said;

	buf_init(&said, KIB(1));
	quote(r, &said);
	if (status == 401)
		err_set(e, ERR_AUTH, "%s: status 401, the server wants other"
		    " credentials (it offers: %s)%s", r->shown,
		    r->head->schemes[0] != '\0' ? r->head->schemes :
		    "no scheme", said.p != NULL ? said.p : "");
	else
		err_set(e, m.code, "%s: status %d, %s%s%s", r->shown, status,
		    m.text, status == 404 ? instead : "",
		    said.p != NULL ? said.p : "");
	buf_free(&said);
	return -1;
}
