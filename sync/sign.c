/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/sign.h"

#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/url.h"
#include "sync/wipe.h"

#define BLOCK 64

void
hmac_sha256(struct slice key, struct slice text, uint8_t out[SHA256_LEN])
{
	uint8_t pad[BLOCK] = {0}, inner[SHA256_LEN];
	struct sha256 s;

	if (key.n > BLOCK)
		sha256(key.p, key.n, pad);
	else if (key.n > 0)
		memcpy(pad, key.p, key.n);
	for (unsigned i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	sha256_init(&s);
	sha256_add(&s, pad, BLOCK);
	sha256_add(&s, text.p, text.n);
	sha256_done(&s, inner);
	for (unsigned i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	sha256_init(&s);
	sha256_add(&s, pad, BLOCK);
	sha256_add(&s, inner, SHA256_LEN);
	sha256_done(&s, out);
	wipe(pad, sizeof(pad));
	wipe(&s, sizeof(s));
}

/* What stands behind the host: "/v3/x?a=b". */
static struct slice
path_of(struct slice url, bool query)
{
	struct slice path = {"/", 1};
	struct url u;

	if (url_parse(url, &u, NULL) != 0 || u.path.n == 0)
		return path;
	path = u.path;
	if (query && u.query.p != NULL)
		path.n = (size_t)(u.query.p + u.query.n - u.path.p);
	return path;
}

bool
sign_has(enum auth_kind kind)
{
	return kind == AUTH_SIGN_PATH || kind == AUTH_SIGN_BODY ||
	    kind == AUTH_SIGN_QUERY || kind == AUTH_SIGN_AZURE;
}

int
sign_check(const struct job *j, struct err *e)
{
	return j->auth != AUTH_SIGN_AZURE || j->password == NULL ? 0 :
	    sign_check_azure(j, e);
}

static int
sign_path(const struct job *j, const struct sign_request *r, struct buf *out)
{
	uint8_t sum[SHA256_LEN];
	long long seconds = (long long)(r->now / TSTAMP_SECOND);
	struct slice path = path_of(r->url, true);
	struct buf text;

	buf_init(&text, LIMIT_URL * 2);
	buf_slice(&text, path);
	buf_printf(&text, ":%s:%lld", r->method, seconds);
	hmac_sha256(slice_str(j->password), buf_view(&text), sum);
	buf_printf(out, "Timestamp: %lld", seconds);
	buf_char(out, '\0');
	buf_printf(out, "Authorization: TC %s:", j->user);
	base64_encode((struct slice){(const char *)sum, SHA256_LEN},
	    BASE64_STANDARD, out);
	buf_char(out, '\0');
	if (!buf_ok(&text))
		out->failed = true;
	buf_free(&text);
	return buf_ok(out) ? 0 : -1;
}

static void
add_hex(struct buf *out, const uint8_t sum[SHA256_LEN])
{
	char hex[2 * SHA256_LEN + 1] = {0};

	hex_encode(sum, SHA256_LEN, hex);
	buf_add(out, hex, 2 * SHA256_LEN);
}

int
sign_lines(const struct job *j, const struct sign_request *r, struct buf *out)
{
	uint8_t sum[SHA256_LEN];

	if (j->password == NULL || j->user == NULL)
		return 0;
	if (j->auth == AUTH_SIGN_PATH)
		return sign_path(j, r, out);
	if (j->auth == AUTH_SIGN_AZURE)
		return sign_azure(j, r, out);
	if (j->auth != AUTH_SIGN_BODY)
		return 0;
	hmac_sha256(slice_str(j->password), r->body, sum);
	buf_str(out, "HMAC2: ");
	add_hex(out, sum);
	buf_char(out, '\0');
	return buf_ok(out) ? 0 : -1;
}

int
sign_query(const struct job *j, int64_t now, struct buf *out)
{
	long long seconds = (long long)(now / TSTAMP_SECOND);
	uint8_t sum[SHA256_LEN];
	struct buf text;
	bool query;

	if (j->auth != AUTH_SIGN_QUERY || j->password == NULL ||
	    j->user == NULL || out->n == 0)
		return 0;
	query = memchr(out->p, '?', out->n) != NULL;
	buf_init(&text, LIMIT_URL * 2);
	buf_printf(&text, "%s%lld", j->user, seconds);
	buf_slice(&text, path_of(buf_view(out), false));
	hmac_sha256(slice_str(j->password), buf_view(&text), sum);
	buf_printf(out, "%capi_username=", query ? '&' : '?');
	url_escape(out, slice_str(j->user));
	buf_printf(out, "&timestamp=%lld&signature=", seconds);
	add_hex(out, sum);
	if (!buf_ok(&text))
		out->failed = true;
	buf_free(&text);
	return buf_ok(out) ? 0 : -1;
}
