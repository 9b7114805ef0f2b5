/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared Key of Azure Storage, version 2015-02-21 and later: over the method,
 * eleven standard header fields, those that begin with x-ms-, the account with
 * the path, and the parameters by their names.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/base64.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/sign.h"
#include "sync/url.h"
#include "sync/wipe.h"

#define VERSION "2021-12-02" /* of the interface: x-ms-version */
#define PARAMS_MAX 32
#define KEY_MAX 256          /* bytes; Azure's have 64 */

/* The value of a line in `lines`, each with a NUL behind it. */
static struct slice
value_of(struct slice lines, const char *name)
{
	size_t len = strlen(name), n;

	for (const char *p = lines.p; p < lines.p + lines.n; p += n + 1) {
		n = strlen(p);
		if (n > len && p[len] == ':' && strncasecmp(p, name, len) == 0)
			return slice_trim((struct slice){p + len + 1,
			    n - len - 1});
	}
	return SLICE_NONE;
}

static void
add_fields(struct buf *text, const struct sign_request *r, struct slice lines)
{
	static const char *const names[] = {"Content-Encoding",
	    "Content-Language", "Content-Length", "Content-MD5",
	    "Content-Type", "Date", "If-Modified-Since", "If-Match",
	    "If-None-Match", "If-Unmodified-Since", "Range"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		/* x-ms-date stands for Date; no body has no length. */
		if (strcmp(names[i], "Content-Length") == 0 && r->body.n > 0)
			buf_printf(text, "%zu", r->body.n);
		else if (strcmp(names[i], "Date") != 0)
			buf_slice(text, value_of(lines, names[i]));
		buf_char(text, '\n');
	}
}

static int
compare_params(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* "name=value" of each parameter, the name in lower case, both decoded; the
 * texts are cut out of `room`. */
static size_t
take_params(char *room, char *params[PARAMS_MAX])
{
	size_t n = 0;
	char *next;

	for (char *p = room; p != NULL && n < PARAMS_MAX; p = next) {
		next = strchr(p, '&');
		if (next != NULL)
			*next++ = '\0';
		if (*p == '\0')
			continue;
		for (char *c = p; *c != '\0' && *c != '='; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c - 'A' + 'a');
		url_unescape(p);
		params[n++] = p;
	}
	return n;
}

static void
add_params(struct buf *text, struct slice query)
{
	char room[LIMIT_URL + 1], *params[PARAMS_MAX];
	struct slice before = SLICE_NONE;
	size_t n;

	if (query.p == NULL || query.n == 0)
		return;
	if (query.n > LIMIT_URL) {
		text->failed = true;
		return;
	}
	memcpy(room, query.p, query.n);
	room[query.n] = '\0';
	n = take_params(room, params);
	qsort(params, n, sizeof(params[0]), compare_params);
	for (size_t i = 0; i < n; i++) {
		struct slice name = {params[i], strcspn(params[i], "=")};
		const char *value = params[i] + name.n;

		if (before.p != NULL && slice_eq(before, name)) {
			buf_char(text, ',');
		} else {
			buf_char(text, '\n');
			buf_slice(text, name);
			buf_char(text, ':');
		}
		buf_str(text, *value == '=' ? value + 1 : value);
		before = name;
	}
	wipe(room, sizeof(room));
}

/* The secret is base64, as the portal shows it; -1: it is not. */
static int
take_key(const char *secret, uint8_t key[KEY_MAX], size_t *n)
{
	struct slice text = slice_str(secret);

	return BASE64_BYTES(text.n) > KEY_MAX || base64_decode(text,
	    BASE64_STANDARD | BASE64_UNPADDED, key, n) != 0 || *n == 0 ?
	    -1 : 0;
}

int
sign_check_azure(const struct job *j, struct err *e)
{
	uint8_t key[KEY_MAX];
	size_t n;
	int rc = take_key(j->password, key, &n);

	wipe(key, sizeof(key));
	return rc == 0 ? 0 : err_set(e, ERR_CONFIG, "password: is not a key "
	    "of Azure Storage, which is base64 of at most %d bytes", KEY_MAX);
}

/* RFC 9110 section 5.6.7, in no locale's words. */
static int
add_date(struct buf *out, int64_t now)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = (time_t)(now / TSTAMP_SECOND);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL)
		return -1;
	return buf_printf(out, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
	    days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

int
sign_azure(const struct job *j, const struct sign_request *r, struct buf *out)
{
	uint8_t key[KEY_MAX], sum[SHA256_LEN];
	struct buf text, date;
	struct url u;
	int rc = -1;
	size_t n;

	buf_init(&text, LIMIT_URL * 4);
	buf_init(&date, 64);
	if (take_key(j->password, key, &n) != 0 ||
	    url_parse(r->url, &u, NULL) != 0 || add_date(&date, r->now) != 0)
		goto out;
	buf_printf(&text, "%s\n", r->method);
	add_fields(&text, r, buf_view(out));
	buf_printf(&text, "x-ms-date:%s\nx-ms-version:" VERSION "\n/%s%s",
	    date.p, j->user, u.path.n == 0 ? "/" : "");
	buf_slice(&text, u.path);
	add_params(&text, u.query);
	if (!buf_ok(&text))
		goto out;
	hmac_sha256((struct slice){(char *)key, n}, buf_view(&text), sum);
	buf_printf(out, "x-ms-date: %s", date.p);
	buf_char(out, '\0');
	buf_str(out, "x-ms-version: " VERSION);
	buf_char(out, '\0');
	buf_printf(out, "Authorization: SharedKey %s:", j->user);
	base64_encode((struct slice){(const char *)sum, SHA256_LEN},
	    BASE64_STANDARD, out);
	buf_char(out, '\0');
	rc = buf_ok(out) ? 0 : -1;
out:
	wipe(key, sizeof(key));
	buf_free(&text);
	buf_free(&date);
	return rc;
}
