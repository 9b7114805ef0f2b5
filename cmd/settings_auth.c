/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who we are: which settings go together, and the kind of authentication that
 * they make.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "cmd/settings_int.h"
#include "sync/feed_request.h"
#include "sync/url.h"

/* --- what goes together --------------------------------------------------- */

/* A setting that means nothing without another one. */
struct need {
	const char *name;
	bool given, met;
	const char *needs;
};

static int
check_needs(const struct settings *s, bool token, bool any, struct err *e)
{
	const struct need needs[] = {
		{"client-key", s->client_key != NULL, s->client_cert != NULL,
		    "client-cert"},
		{"token-header", s->token_header != NULL, token,
		    "token-file, token-env or token-exec"},
		{"token-query", s->token_query != NULL, token,
		    "token-file, token-env or token-exec"},
		{"token-scheme", s->token_scheme != NULL, any, "a token"},
		{"oauth2-url", s->oauth2_url != NULL, s->client_id != NULL,
		    "client-id"},
		{"client-id", s->client_id != NULL, s->oauth2_url != NULL,
		    "oauth2-url"},
		{"client-secret", secret_is_given(&s->client_secret),
		    s->oauth2_url != NULL, "oauth2-url"},
		{"scope", s->scope != NULL, s->oauth2_url != NULL,
		    "oauth2-url"},
		{"oauth2-param", s->oauth2_params.n > 0, s->oauth2_url != NULL,
		    "oauth2-url"},
		{"oauth2-body", s->oauth2_body, s->oauth2_url != NULL,
		    "oauth2-url"},
		{"sign", s->sign != NULL, secret_is_given(&s->password),
		    "password-file, password-env or password-exec"},
		{"login-url", s->login_url != NULL, s->user != NULL, "user"},
		{"proxy-user", s->proxy_user != NULL, s->proxy != NULL,
		    "proxy"},
		{"proxy-password", secret_is_given(&s->proxy_password),
		    s->proxy_user != NULL, "proxy-user"},
	};

	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if (needs[i].given && !needs[i].met)
			return err_set(e, ERR_CONFIG, "%s without %s",
			    needs[i].name, needs[i].needs);
	return 0;
}

/* Of these only one may be given. */
static int
check_one_of(const char *const names[], const bool given[], size_t n,
    struct err *e)
{
	const char *first = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!given[i])
			continue;
		if (first != NULL)
			return err_set(e, ERR_CONFIG, "%s and %s exclude each "
			    "other", first, names[i]);
		first = names[i];
	}
	return 0;
}

/* What libcurl knows; without a scheme it is http. */
static int
check_proxy(const char *proxy, struct err *e)
{
	static const char *const schemes[] = {"http", "https", "socks4",
	    "socks4a", "socks5", "socks5h"};
	const char *end = strstr(proxy, "://");
	size_t n = end != NULL ? (size_t)(end - proxy) : 0;

	if (strchr(proxy, '@') != NULL)
		return err_set(e, ERR_CONFIG, "proxy: has credentials in it; "
		    "give them by proxy-user and proxy-password-file");
	if (end == NULL)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strlen(schemes[i]) == n &&
		    strncasecmp(proxy, schemes[i], n) == 0)
			return 0;
	return err_set(e, ERR_CONFIG, "proxy: '%s' begins with none of http://,"
	    " https://, socks4://, socks4a://, socks5://, socks5h://", proxy);
}

static int
check_urls(const struct settings *s, struct err *e)
{
	if (s->oauth2_url != NULL &&
	    settings_url("oauth2-url", s->oauth2_url, false, e) != 0)
		return -1;
	if (s->login_url != NULL &&
	    settings_url("login-url", s->login_url, false, e) != 0)
		return -1;
	return s->proxy != NULL ? check_proxy(s->proxy, e) : 0;
}

/* AUTH_NONE: no such way. */
static enum auth_kind
sign_kind(const char *name)
{
	static const struct {
		const char *name;
		enum auth_kind kind;
	} rows[] = {
		{"threatconnect", AUTH_SIGN_PATH},
		{"shadowserver", AUTH_SIGN_BODY},
		{"domaintools", AUTH_SIGN_QUERY},
		{"azure", AUTH_SIGN_AZURE},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(name, rows[i].name) == 0)
			return rows[i].kind;
	return AUTH_NONE;
}

/* Does {key} stand in a request, to whichever address? */
static bool
has_key(const struct settings *s)
{
	bool has = feed_request_has_key(&s->feed, s->url);

	for (uint32_t i = 0; i < s->url_also.n && !has; i++)
		has = feed_request_has_key(&s->feed, s->url_also.v[i]);
	return has;
}

int
settings_auth_check(const struct settings *s, struct err *e)
{
	static const char *const ways[] = {"user", "token", "oauth2-url"};
	static const char *const places[] = {"token-scheme", "token-header",
	    "token-query"};
	static const char *const headers[] = {"header", "token-header"};
	bool token = secret_is_given(&s->token);
	/* Who signs may have to say, within what is signed, who that is. */
	bool key = has_key(s);
	const bool way[] = {s->user != NULL || secret_is_given(&s->password),
	    token && !(key && s->sign != NULL), s->oauth2_url != NULL};
	const bool place[] = {s->token_scheme != NULL, s->token_header != NULL,
	    s->token_query != NULL};
	const bool header[] = {secret_is_given(&s->header),
	    s->token_header != NULL};

	if (check_one_of(ways, way, ARRAY_LEN(ways), e) != 0 ||
	    check_one_of(places, place, ARRAY_LEN(places), e) != 0 ||
	    check_one_of(headers, header, ARRAY_LEN(headers), e) != 0 ||
	    check_urls(s, e) != 0)
		return -1;
	if (s->sign != NULL && sign_kind(s->sign) == AUTH_NONE)
		return err_set(e, ERR_CONFIG, "sign: '%s' is none of "
		    "threatconnect, shadowserver, domaintools, azure",
		    s->sign);
	if (!token && key)
		return err_set(e, ERR_CONFIG, "{key} without token-file, "
		    "token-env or token-exec, which hold it");
	return check_needs(s, token, token || s->oauth2_url != NULL ||
	    s->login_url != NULL, e);
}

/* --- secrets -------------------------------------------------------------- */

/* "Name: value", which is a secret whole: no error quotes it. */
static int
read_header(const struct secrets *x, struct err *e)
{
	const struct secret_ways *way = &x->s->header;
	char *line = NULL, *colon, *value;
	struct job *job = x->job;

	if (settings_secret(x, "header", way, &line, e) != 0)
		return -1;
	if (line == NULL)
		return 0;
	colon = strchr(line, ':');
	if (colon == NULL || colon == line || strpbrk(line, "\r\n") != NULL) {
		fs_wipe_string(line);
		return err_set(e, ERR_CONFIG,
		    "header-%s: %s: not one line of 'Name: value'",
		    way->file != NULL ? "file" : way->env != NULL ? "env" :
		    "exec", way->file != NULL ? way->file :
		    way->env != NULL ? way->env : way->exec.v[0]);
	}
	value = colon + 1 + strspn(colon + 1, " \t");
	if (job->auth == AUTH_NONE)
		job->auth = AUTH_HEADER;
	job->header_name = strndup(line, (size_t)(colon - line));
	job->header_value = strdup(value);
	fs_wipe_string(line);
	if (job->header_name == NULL || job->header_value == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	return 0;
}

/* http://user:password@proxy, which is how libcurl takes it. */
static int
make_proxy(const struct secrets *x, struct err *e)
{
	const struct settings *s = x->s;
	struct job *job = x->job;
	const char *host = s->proxy != NULL ? strstr(s->proxy, "://") : NULL;
	char *password = NULL;
	struct buf out;
	int rc = -1;

	if (s->proxy == NULL || s->proxy_user == NULL)
		return settings_copy(&job->proxy, s->proxy, e);
	buf_init(&out, LIMIT_URL);
	if (buf_room(&out, LIMIT_URL / 2) == NULL)
		err_set(e, ERR_MEMORY, "out of memory");
	else if (settings_secret(x, "proxy-password", &s->proxy_password,
	    &password, e) == 0)
		rc = 0;
	if (rc == 0) {
		host = host != NULL ? host + 3 : s->proxy;
		buf_add(&out, s->proxy, (size_t)(host - s->proxy));
		url_escape(&out, slice_str(s->proxy_user));
		buf_char(&out, ':');
		url_escape(&out, slice_str(password));
		buf_char(&out, '@');
		buf_str(&out, host);
		job->proxy = buf_take(&out);
		if (job->proxy == NULL)
			rc = err_set(e, ERR_LIMIT, "proxy: longer than %u "
			    "bytes", LIMIT_URL);
	}
	if (password != NULL)
		fs_wipe_string(password);
	buf_free(&out);
	return rc;
}

/* --- the kind ------------------------------------------------------------- */

static int
take_token(const struct settings *s, struct job *job, struct err *e)
{
	if (job->token == NULL)
		return 0;
	if (settings_one_line("token", job->token, e) != 0)
		return -1;
	if (s->sign != NULL) /* it stands in what is signed */
		return 0;
	job->auth = has_key(s) ? AUTH_PLACED : AUTH_BEARER;
	if (s->token_query != NULL) {
		job->auth = AUTH_QUERY;
		return settings_copy(&job->query_name, s->token_query, e);
	}
	if (s->token_header == NULL)
		return 0;
	job->auth = AUTH_HEADER;
	job->header_value = job->token;
	job->token = NULL;
	return settings_copy(&job->header_name, s->token_header, e);
}

static int
take_user(const struct settings *s, struct job *job, struct err *e)
{
	if (s->user == NULL && job->password == NULL)
		return 0;
	job->auth = s->sign != NULL ? sign_kind(s->sign) :
	    s->login_url != NULL ? AUTH_LOGIN : AUTH_BASIC;
	if (settings_copy(&job->user, s->user != NULL ? s->user : "", e) != 0)
		return -1;
	if (job->password == NULL)
		return settings_copy(&job->password, "", e);
	return 0;
}

static int
take_oauth2(const struct settings *s, struct job *job, struct err *e)
{
	if (s->oauth2_url == NULL)
		return 0;
	job->auth = AUTH_OAUTH2;
	job->client_in_body = s->oauth2_body;
	return settings_copy(&job->client_id, s->client_id, e) != 0 ||
	    settings_copy(&job->scope, s->scope, e) != 0 ? -1 : 0;
}

static int
read_secrets(struct secrets *x, struct err *e)
{
	const struct settings *s = x->s;
	struct job *job = x->job;

	if (settings_secret(x, "password", &s->password, &job->password,
	    e) != 0 ||
	    settings_secret(x, "token", &s->token, &job->token, e) != 0 ||
	    settings_secret(x, "client-secret", &s->client_secret,
	    &job->client_secret, e) != 0 ||
	    settings_secret(x, "client-key-password", &s->client_key_password,
	    &job->client_key_password, e) != 0)
		return -1;
	return settings_secrets_job(x, e);
}

int
settings_auth_job(struct secrets *x, struct err *e)
{
	const struct settings *s = x->s;
	struct job *job = x->job;
	const char *scheme = s->token_scheme;
	const char *url = s->oauth2_url != NULL ? s->oauth2_url : s->login_url;

	/* An instance of MISP takes its key without a word. */
	if (scheme == NULL && s->kind != NULL && strcmp(s->kind, "misp") == 0)
		scheme = "none";
	if (scheme != NULL && strcmp(scheme, "none") == 0)
		scheme = "";
	if (read_secrets(x, e) != 0 ||
	    settings_blob(&job->client_cert, x->base, "client-cert",
	    s->client_cert, e) != 0 ||
	    settings_blob(&job->client_key, x->base, "client-key",
	    s->client_key, e) != 0 || make_proxy(x, e) != 0 ||
	    settings_copy(&job->scheme, scheme, e) != 0 ||
	    settings_copy(&job->token_url, url, e) != 0)
		return -1;
	if (take_user(s, job, e) != 0 || take_token(s, job, e) != 0 ||
	    take_oauth2(s, job, e) != 0)
		return -1;
	return read_header(x, e);
}
