/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/auth.h"

#include <jansson.h>
#include <string.h>

#include "base/base64.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/template.h"
#include "sync/url.h"
#include "sync/wipe.h"

#define MARGIN (30 * TSTAMP_SECOND) /* a token is renewed before its time */
#define LIFE_MAX (INT64_C(366) * 86400) /* s; more is not meant */
#define ROOM (LIMIT_SECRET * 4) /* escaped, with what stands around it */

static void
wipe_buf(struct buf *b)
{
	if (b->p != NULL)
		wipe(b->p, b->cap);
	buf_free(b);
}

void
auth_init(struct auth *a, const struct job *job)
{
	*a = (struct auth){.job = job, .until = TSTAMP_NEVER};
	buf_init(&a->token, LIMIT_SECRET);
}

void
auth_free(struct auth *a)
{
	wipe_buf(&a->token);
}

static bool
has_tokens(const struct job *j)
{
	return j->auth == AUTH_OAUTH2 || j->auth == AUTH_LOGIN;
}

bool
auth_needs_token(const struct auth *a, int64_t now)
{
	return has_tokens(a->job) && (a->token.n == 0 || now >= a->until);
}

bool
auth_drop_token(struct auth *a)
{
	if (a->token.n == 0)
		return false;
	wipe_buf(&a->token);
	return true;
}

/* --- asking for one ------------------------------------------------------- */

static void
add_field(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (out->n > 0)
		buf_char(out, '&');
	url_escape(out, slice_str(name));
	buf_char(out, '=');
	url_escape(out, slice_str(value));
}

/* "name=value", each part escaped, the secrets in it filled in. */
static int
add_pair(struct buf *out, const struct job *j, const char *pair)
{
	const struct template_secrets secrets = {SLICE_NONE, j->secrets,
	    j->nsecrets};
	const char *eq = strchr(pair, '=');
	size_t n = eq != NULL ? (size_t)(eq - pair) : strlen(pair);

	if (out->n > 0)
		buf_char(out, '&');
	url_escape(out, (struct slice){pair, n});
	buf_char(out, '=');
	return eq == NULL ? 0 : template_secrets(slice_str(eq + 1), &secrets,
	    TEMPLATE_PARAM, out);
}

static int
oauth2_request(const struct job *j, struct auth_request *r)
{
	r->type = "application/x-www-form-urlencoded";
	r->basic = !j->client_in_body;
	add_field(&r->body, "grant_type", "client_credentials");
	add_field(&r->body, "scope", j->scope);
	for (size_t i = 0; i < j->ntoken_params; i++)
		if (add_pair(&r->body, j, j->token_params[i]) != 0)
			return -1;
	if (j->client_in_body) {
		add_field(&r->body, "client_id", j->client_id);
		add_field(&r->body, "client_secret", j->client_secret);
		return 0;
	}
	/* RFC 6749 section 2.3.1: encoded before basic encodes them. */
	url_escape(&r->user, slice_str(j->client_id));
	url_escape(&r->password, slice_str(j->client_secret));
	return 0;
}

/* Jansson would leave copies of the password behind. */
static void
add_json_text(struct buf *out, const char *s)
{
	buf_char(out, '"');
	template_put(out, slice_str(s), TEMPLATE_JSON);
	buf_char(out, '"');
}

static void
login_request(const struct job *j, struct auth_request *r)
{
	r->type = "application/json";
	buf_str(&r->body, "{\"username\": ");
	add_json_text(&r->body, j->user);
	buf_str(&r->body, ", \"password\": ");
	add_json_text(&r->body, j->password);
	buf_char(&r->body, '}');
}

int
auth_request(const struct auth *a, struct auth_request *out, struct err *e)
{
	struct buf *all[] = {&out->body, &out->user, &out->password};
	int rc = 0;

	*out = (struct auth_request){.type = NULL};
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		buf_init(all[i], ROOM);
		/* All at once: a buffer that grows leaves copies behind. */
		if (buf_room(all[i], ROOM) == NULL)
			return err_set(e, ERR_MEMORY, "out of memory");
	}
	if (a->job->auth == AUTH_OAUTH2)
		rc = oauth2_request(a->job, out);
	else
		login_request(a->job, out);
	/* Strings for libcurl. */
	buf_char(&out->user, '\0');
	buf_char(&out->password, '\0');
	if (rc == 0 && buf_ok(&out->body) && buf_ok(&out->user) &&
	    buf_ok(&out->password))
		return 0;
	return err_set(e, ERR_LIMIT, "the credentials are too long");
}

void
auth_request_free(struct auth_request *r)
{
	wipe_buf(&r->body);
	wipe_buf(&r->user);
	wipe_buf(&r->password);
}

/* --- the answer ----------------------------------------------------------- */

static const char *
token_of(json_t *doc)
{
	static const char *const keys[] = {"access_token", "token", "jwt",
	    "id_token"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *s = json_string_value(json_object_get(doc,
		    keys[i]));

		if (s != NULL && *s != '\0')
			return s;
	}
	return NULL;
}

/* When the token ends; some servers write the number as text. */
static int64_t
end_of(json_t *doc, int64_t now)
{
	json_t *v = json_object_get(doc, "expires_in");
	const char *p = json_string_value(v);
	int64_t s = 0;

	if (p != NULL) {
		for (; *p >= '0' && *p <= '9' && s <= LIFE_MAX; p++)
			s = s * 10 + (*p - '0');
	} else if (json_is_number(v)) {
		double d = json_number_value(v);

		s = d >= LIFE_MAX ? LIFE_MAX : d > 0 ? (int64_t)d : 0;
	}
	if (s <= 0)
		return TSTAMP_NEVER;
	if (s > LIFE_MAX)
		s = LIFE_MAX;
	s *= TSTAMP_SECOND;
	/* A short one is used for half of its life at least. */
	return now + (s > 2 * MARGIN ? s - MARGIN : s / 2);
}

/* What goes into a header line must not begin another one. */
static bool
is_printable(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x21 || *s == 0x7f)
			return false;
	return true;
}

int
auth_take_token(struct auth *a, struct slice body, int64_t now, struct err *e)
{
	json_t *doc = json_loadb(body.p, body.n, 0, NULL);
	const char *token = token_of(doc);
	int rc = 0;

	wipe_buf(&a->token);
	if (token == NULL)
		rc = err_set(e, ERR_AUTH, "the answer holds no token (neither"
		    " access_token nor token): is it the right URL?");
	else if (!is_printable(token))
		rc = err_set(e, ERR_AUTH, "the token in the answer is not fit"
		    " for a header line");
	else if (buf_room(&a->token, strlen(token) + 1) == NULL ||
	    buf_str(&a->token, token) != 0)
		rc = err_set(e, ERR_LIMIT, "the token is longer than %u bytes",
		    LIMIT_SECRET);
	else
		a->until = end_of(doc, now);
	json_decref(doc);
	return rc;
}

/* --- using it ------------------------------------------------------------- */

int
auth_lines(const struct auth *a, struct buf *out)
{
	const struct job *j = a->job;
	const char *scheme = j->scheme != NULL ? j->scheme : "Bearer";
	struct slice token = slice_str(j->token);

	if (j->header_name != NULL) {
		buf_str(out, j->header_name);
		/* ";" is how libcurl is told of a field without a value. */
		buf_str(out, j->header_value == NULL ||
		    *j->header_value == '\0' ? ";" : ": ");
		buf_str(out, j->header_value != NULL ? j->header_value : "");
		buf_char(out, '\0');
	}
	if (has_tokens(j))
		token = buf_view(&a->token);
	else if (j->auth != AUTH_BEARER)
		return buf_ok(out) ? 0 : -1;
	if (token.n > 0) {
		buf_printf(out, "Authorization: %s%s", scheme,
		    *scheme != '\0' ? " " : "");
		buf_slice(out, token);
		buf_char(out, '\0');
	}
	return buf_ok(out) ? 0 : -1;
}

static void
redact_one(struct slice secret, char *text, size_t n)
{
	char *at;

	if (secret.n < AUTH_REDACT)
		return;
	while ((at = memmem(text, n, secret.p, secret.n)) != NULL) {
		memset(at, '*', secret.n);
		n -= (size_t)(at + secret.n - text);
		text = at + secret.n;
	}
}

/* As it is, and as it stands in a URL and in JSON. */
static void
redact(struct slice secret, char *text, size_t n)
{
	static const enum template_escape ways[] = {TEMPLATE_URL,
	    TEMPLATE_JSON};
	struct buf escaped;

	redact_one(secret, text, n);
	for (size_t i = 0; secret.n >= AUTH_REDACT && i < ARRAY_LEN(ways);
	    i++) {
		buf_init(&escaped, 6 * LIMIT_SECRET);
		if (buf_room(&escaped, 6 * secret.n) != NULL) {
			template_put(&escaped, secret, ways[i]);
			if (escaped.n != secret.n)
				redact_one(buf_view(&escaped), text, n);
		}
		wipe_buf(&escaped);
	}
}

/* As basic authentication sends it. */
static void
redact_basic(const struct job *j, char *text, size_t n)
{
	struct buf plain, code;

	if (j->auth != AUTH_BASIC || j->password == NULL ||
	    *j->password == '\0')
		return;
	buf_init(&plain, ROOM);
	buf_init(&code, ROOM);
	buf_str(&plain, j->user != NULL ? j->user : "");
	buf_char(&plain, ':');
	buf_str(&plain, j->password);
	base64_encode(buf_view(&plain), BASE64_STANDARD, &code);
	redact_one(buf_view(&code), text, n);
	wipe_buf(&plain);
	wipe_buf(&code);
}

void
auth_redact(const struct auth *a, char *text, size_t n)
{
	const struct job *j = a->job;
	const char *const secrets[] = {j->password, j->token, j->header_value,
	    j->client_secret, j->client_key_password};

	if (n == 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		if (secrets[i] != NULL)
			redact(slice_str(secrets[i]), text, n);
	for (size_t i = 0; i < j->nsecrets; i++)
		redact(slice_str(j->secrets[i] +
		    strcspn(j->secrets[i], "=") + 1), text, n);
	redact(buf_view(&a->token), text, n);
	redact_basic(j, text, n);
}
