/* SPDX-License-Identifier: BSD-2-Clause */
/* Values whose key is their canonical text, or the digest of a long one. */
#include "base/digest.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "base/value_private.h"

/* A canonical text may be a little longer than what came. */
#define CANON_ROOM (LIMIT_VALUE + 512)
#define HIVE_ROOM 32 /* longer than every hive's name */
#define EMAIL_LOCAL_MAX 255 /* RFC 5321 says 64; bounce addresses are longer */

enum value_reason
value_text_normalise(struct arena *a, const struct value_kind *kind,
    struct slice text, unsigned options, struct value *out)
{
	char canon[CANON_ROOM];
	uint8_t sum[SHA256_LEN];
	enum value_reason why;
	size_t n;

	why = kind->canon(text, options, canon, &n);
	if (why != VALUE_OK)
		return why;
	if (n > LIMIT_VALUE)
		return VALUE_BAD_LONG;
	if (n <= LIMIT_VALUE_KEY)
		return value_make(a, (enum value_type)kind->code, canon, n,
		    out);
	sha256(canon, n, sum);
	why = value_make(a, (enum value_type)kind->code, sum, sizeof(sum), out);
	if (why != VALUE_OK)
		return why;
	out->flags = VALUE_DIGEST | VALUE_TEXT;
	out->text = arena_slice(a, (struct slice){canon, n});
	return out->text.p != NULL ? VALUE_OK : VALUE_BAD_MEMORY;
}

/* A canonical text stays as it is when it is made canonical again. */
int
value_text_valid(const struct value_kind *kind, const struct value *v)
{
	const unsigned options = VALUE_ALLOW_BOGON | VALUE_KEEP_ALABELS;
	unsigned flags = v->flags & (VALUE_DIGEST | VALUE_TEXT);
	struct slice text = {(const char *)v->key, v->keylen};
	char canon[CANON_ROOM];
	uint8_t sum[SHA256_LEN];
	size_t n;

	if (flags != 0) {
		text = v->text;
		if (flags != (VALUE_DIGEST | VALUE_TEXT) || text.p == NULL ||
		    text.n <= LIMIT_VALUE_KEY || v->keylen != sizeof(sum))
			return 0;
		sha256(text.p, text.n, sum);
		if (memcmp(sum, v->key, sizeof(sum)) != 0)
			return 0;
	} else if (text.n > LIMIT_VALUE_KEY) {
		return 0;
	}
	return value_trim(text).n == text.n &&
	    kind->canon(text, options, canon, &n) == VALUE_OK &&
	    n == text.n && memcmp(canon, text.p, n) == 0;
}

int
value_text_print(const struct value *v, struct buf *out)
{
	if ((v->flags & VALUE_DIGEST) != 0)
		return -1;
	return buf_add(out, v->key, v->keylen);
}

static enum value_reason
copy_text(struct slice text, bool lines, char *out, size_t *n)
{
	size_t i;

	if (!utf8_valid(text))
		return VALUE_BAD_ENCODING;
	for (i = 0; i < text.n; i++) {
		uint8_t c = (uint8_t)text.p[i];

		if ((c < 0x20 && c != '\t' &&
		    !(lines && (c == '\n' || c == '\r'))) || c == 0x7f)
			return VALUE_BAD_SYNTAX;
		out[i] = (char)c;
	}
	*n = text.n;
	return VALUE_OK;
}

/* As it is: one line of UTF-8 without control characters but the tab. */
enum value_reason
value_canon_plain(struct slice text, unsigned options, char *out, size_t *n)
{
	(void)options;
	return copy_text(text, false, out, n);
}

/* The same, of several lines. */
enum value_reason
value_canon_lines(struct slice text, unsigned options, char *out, size_t *n)
{
	(void)options;
	return copy_text(text, true, out, n);
}

static void
lower(char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] | 0x20);
	}
}

/* RFC 5321 section 4.1.2 and RFC 6531, read liberally: dots may stand anywhere,
 * a quoted string may hold anything that is printed. */
static bool
local_ok(struct slice s)
{
	static const bool special[256] = {[' '] = true, ['@'] = true,
	    ['<'] = true, ['>'] = true, ['('] = true, [')'] = true,
	    ['['] = true, [']'] = true, [','] = true, [';'] = true,
	    [':'] = true, ['\\'] = true, ['"'] = true};
	bool quoted = s.n > 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
	size_t i;

	if (s.n == 0)
		return false;
	for (i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];

		if (c < 0x20 || c == 0x7f)
			return false;
		if (special[c] && !quoted)
			return false;
	}
	return true;
}

enum value_reason
value_canon_email(struct slice text, unsigned options, char *out, size_t *n)
{
	const char *at = memrchr(text.p, '@', text.n);
	uint8_t wire[DOMAIN_WIRE_MAX];
	struct slice local, domain;
	enum value_reason why;
	size_t len;

	if (at == NULL)
		return VALUE_BAD_SYNTAX;
	local = (struct slice){text.p, (size_t)(at - text.p)};
	domain = (struct slice){at + 1, text.n - local.n - 1};
	if (!utf8_valid(local))
		return VALUE_BAD_ENCODING;
	if (!local_ok(local))
		return VALUE_BAD_SYNTAX;
	if (local.n > EMAIL_LOCAL_MAX)
		return VALUE_BAD_LONG;
	why = value_domain_wire(domain, false, options, wire, &len);
	if (why != VALUE_OK)
		return why == VALUE_BAD_TYPE ? VALUE_BAD_SYNTAX : why;
	memcpy(out, local.p, local.n);
	lower(out, local.n);
	out[local.n] = '@';
	*n = local.n + 1 + value_domain_text(wire, len, out + local.n + 1);
	return VALUE_OK;
}

static bool
starts_nocase(struct slice s, const char *low)
{
	size_t i, n = strlen(low);

	if (s.n < n)
		return false;
	for (i = 0; i < n; i++) {
		char c = s.p[i];

		if ((c >= 'A' && c <= 'Z' ? (c | 0x20) : c) != low[i])
			return false;
	}
	return true;
}

/* The hive in front of a registry key, spelt out; how much of s it is. */
static size_t
take_hive(struct slice s, const char **hive)
{
	static const char *const hives[][2] = {
		{"hklm", "hkey_local_machine"}, {"hkcu", "hkey_current_user"},
		{"hkcr", "hkey_classes_root"}, {"hku", "hkey_users"},
		{"hkcc", "hkey_current_config"},
		{"\\registry\\machine", "hkey_local_machine"},
		{"\\registry\\user", "hkey_users"}
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(hives); i++) {
		size_t n = strlen(hives[i][0]);

		if (starts_nocase(s, hives[i][0]) &&
		    (s.n == n || s.p[n] == '\\')) {
			*hive = hives[i][1];
			return n;
		}
	}
	*hive = "";
	return 0;
}

/* Lower case, hive spelt out, one backslash where escaping left more, none at
 * the end. */
enum value_reason
value_canon_regkey(struct slice text, unsigned options, char *out, size_t *n)
{
	char *raw = out + HIVE_ROOM;
	enum value_reason why;
	size_t len, i, at = 0, skip, hive_n;
	const char *hive;

	(void)options;
	why = copy_text(text, false, raw, &len);
	if (why != VALUE_OK)
		return why;
	for (i = 0; i < len; i++) {
		if (raw[i] != '\\' || at == 0 || raw[at - 1] != '\\')
			raw[at++] = raw[i];
	}
	while (at > 0 && (raw[at - 1] == '\\' || value_is_space(raw[at - 1])))
		at--;
	if (at == 0)
		return VALUE_BAD_SYNTAX;
	skip = take_hive((struct slice){raw, at}, &hive);
	hive_n = strlen(hive);
	memcpy(out, hive, hive_n);
	memmove(out + hive_n, raw + skip, at - skip);
	*n = hive_n + at - skip;
	lower(out, *n);
	return VALUE_OK;
}

/* Base58 tells case apart; hex (Ethereum) and Bech32 do not. */
enum value_reason
value_canon_wallet(struct slice text, unsigned options, char *out, size_t *n)
{
	static const char *const caseless[] = {
		"0x", "bc1", "ltc1", "bitcoincash:"
	};
	size_t i;

	(void)options;
	if (text.n < 20 || text.n > 128)
		return VALUE_BAD_SYNTAX;
	for (i = 0; i < text.n; i++) {
		char c = text.p[i], low = (char)(c | 0x20);

		if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') &&
		    c != ':')
			return VALUE_BAD_SYNTAX;
		out[i] = c;
	}
	for (i = 0; i < ARRAY_LEN(caseless); i++) {
		if (starts_nocase(text, caseless[i]))
			lower(out, text.n);
	}
	*n = text.n;
	return VALUE_OK;
}
