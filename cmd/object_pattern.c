/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A STIX pattern made from the values of an indicator whose text was not kept,
 * because the values tell all of it (sync/ingest_object.c, pattern_told).
 */
#include <string.h>

#include "base/limits.h"
#include "cmd/object_json.h"

/* How STIX names what a value type stands for. */
static const struct path {
	const char *type, *path;
} paths[] = {
	{"ipv4-addr", "ipv4-addr:value"},
	{"ipv6-addr", "ipv6-addr:value"},
	{"domain-name", "domain-name:value"},
	{"url", "url:value"},
	{"email-addr", "email-addr:value"},
	{"mac-addr", "mac-addr:value"},
	{"autonomous-system", "autonomous-system:number"},
	{"md5", "file:hashes.MD5"},
	{"sha1", "file:hashes.'SHA-1'"},
	{"sha224", "file:hashes.'SHA-224'"},
	{"sha256", "file:hashes.'SHA-256'"},
	{"sha384", "file:hashes.'SHA-384'"},
	{"sha512", "file:hashes.'SHA-512'"},
	{"sha3-256", "file:hashes.'SHA3-256'"},
	{"sha3-512", "file:hashes.'SHA3-512'"},
	{"ssdeep", "file:hashes.SSDEEP"},
	{"tlsh", "file:hashes.TLSH"},
	{"imphash", "file:extensions.'windows-pebinary-ext'.imphash"},
	{"file-name", "file:name"},
	{"file-path", "directory:path"},
	{"mutex", "mutex:name"},
	{"windows-registry-key", "windows-registry-key:key"},
	{"user-agent", "network-traffic:extensions.'http-request-ext'."
	    "request_header.'User-Agent'"},
	{"x509-md5", "x509-certificate:hashes.MD5"},
	{"x509-sha1", "x509-certificate:hashes.'SHA-1'"},
	{"x509-sha256", "x509-certificate:hashes.'SHA-256'"},
	{"x509-serial", "x509-certificate:serial_number"},
	{"user-account", "user-account:account_login"},
	{"process-name", "process:name"},
	{"command-line", "process:command_line"},
	{"vulnerability", "vulnerability:name"},
};

static const char *
path_of(struct tw_str type)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(paths); i++)
		if (strlen(paths[i].type) == type.n &&
		    memcmp(paths[i].type, type.p, type.n) == 0)
			return paths[i].path;
	return NULL;
}

/* A string literal, or the bare number of an autonomous system. */
static void
literal(struct buf *out, const char *path, struct tw_str text)
{
	size_t i;

	if (strcmp(path, "autonomous-system:number") == 0 && text.n > 2) {
		buf_add(out, text.p + 2, text.n - 2);
		return;
	}
	buf_char(out, '\'');
	for (i = 0; i < text.n; i++) {
		if (text.p[i] == '\'' || text.p[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, text.p[i]);
	}
	buf_char(out, '\'');
}

int
object_pattern(struct buf *out, tw_snapshot *snap, const struct tw_claim *c)
{
	struct tw_str type, text;
	const char *path;
	size_t pos = 0;

	while (tw_claim_item(snap, c, TW_VALUES, &pos, &type, &text) ==
	    TW_OK) {
		path = path_of(type);
		if (path == NULL)
			continue;
		buf_str(out, out->n > 0 ? " OR [" : "[");
		buf_str(out, path);
		buf_str(out, " = ");
		literal(out, path, text);
		buf_char(out, ']');
	}
	return out->n > 0 && buf_ok(out) ? 0 : -1;
}
