/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/unreduce.h"

#include "base/cc.h"
#include "base/value.h"

static const char *const paths[VALUE_TYPE_COUNT] = {
	[VALUE_IPV4] = "ipv4-addr:value",
	[VALUE_IPV6] = "ipv6-addr:value",
	[VALUE_DOMAIN] = "domain-name:value",
	[VALUE_URL] = "url:value",
	[VALUE_EMAIL] = "email-addr:value",
	[VALUE_MD5] = "file:hashes.MD5",
	[VALUE_SHA1] = "file:hashes.'SHA-1'",
	[VALUE_SHA224] = "file:hashes.'SHA-224'",
	[VALUE_SHA256] = "file:hashes.'SHA-256'",
	[VALUE_SHA384] = "file:hashes.'SHA-384'",
	[VALUE_SHA512] = "file:hashes.'SHA-512'",
	[VALUE_SHA3_256] = "file:hashes.'SHA3-256'",
	[VALUE_SHA3_512] = "file:hashes.'SHA3-512'",
	[VALUE_SSDEEP] = "file:hashes.SSDEEP",
	[VALUE_TLSH] = "file:hashes.TLSH",
	[VALUE_IMPHASH] = "file:extensions.'windows-pebinary-ext'.imphash",
	[VALUE_AUTHENTIHASH] = "file:hashes.AUTHENTIHASH",
	[VALUE_PEHASH] = "file:extensions.'windows-pebinary-ext'.pehash",
	[VALUE_JA3] = "network-traffic:x_ja3",
	[VALUE_JA3S] = "network-traffic:x_ja3s",
	[VALUE_JA4] = "network-traffic:x_ja4",
	[VALUE_JARM] = "network-traffic:x_jarm",
	[VALUE_HASSH] = "network-traffic:x_hassh",
	[VALUE_MAC] = "mac-addr:value",
	[VALUE_ASN] = "autonomous-system:number",
	[VALUE_FILE_NAME] = "file:name",
	[VALUE_FILE_PATH] = "directory:path",
	[VALUE_MUTEX] = "mutex:name",
	[VALUE_REGKEY] = "windows-registry-key:key",
	[VALUE_USER_AGENT] = "network-traffic:extensions.'http-request-ext'."
	    "request_header.'User-Agent'",
	[VALUE_X509_MD5] = "x509-certificate:hashes.MD5",
	[VALUE_X509_SHA1] = "x509-certificate:hashes.'SHA-1'",
	[VALUE_X509_SHA256] = "x509-certificate:hashes.'SHA-256'",
	[VALUE_X509_SERIAL] = "x509-certificate:serial_number",
	[VALUE_USER_ACCOUNT] = "user-account:account_login",
	[VALUE_PROCESS_NAME] = "process:name",
	[VALUE_COMMAND_LINE] = "process:command_line",
	[VALUE_CRYPTO_WALLET] = "cryptocurrency-wallet:value",
	[VALUE_PHONE] = "phone-number:value",
	[VALUE_CVE] = "vulnerability:name",
};

int
unreduce_value(int type, struct slice text, struct buf *out)
{
	size_t i = 0;

	if (type <= 0 || type >= VALUE_TYPE_COUNT || paths[type] == NULL)
		return -1;
	buf_str(out, paths[type]);
	buf_str(out, " = ");
	if (type == VALUE_ASN) { /* a number: "AS64500" is 64500 */
		while (i < text.n && (text.p[i] < '0' || text.p[i] > '9'))
			i++;
		buf_add(out, text.p + i, text.n - i);
		return buf_ok(out) ? 0 : -1;
	}
	buf_char(out, '\'');
	for (; i < text.n; i++) {
		if (text.p[i] == '\'' || text.p[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, text.p[i]);
	}
	buf_char(out, '\'');
	return buf_ok(out) ? 0 : -1;
}
