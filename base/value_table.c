/* SPDX-License-Identifier: BSD-2-Clause */
/* The one list of what can be a value, and of what others call it. */
#include "base/value_private.h"

#define ADDR(code, name)                                                       \
	[code] = {code, 0, true, name, value_addr_normalise,                   \
	    value_addr_valid, value_addr_print, NULL}
#define HASH(code, name, bytes)                                                \
	[code] = {code, bytes, false, name, value_hash_normalise,              \
	    value_hash_valid, value_hash_printer, NULL}
#define CERT(code, name, bytes)                                                \
	[code] = {code, bytes, false, name, value_print_normalise,             \
	    value_hash_valid, value_hash_printer, NULL}
#define TEXT(code, name, canon, refang)                                        \
	[code] = {code, 0, refang, name, value_text_normalise,                 \
	    value_text_valid, value_text_print, canon}

static const struct value_kind kinds[VALUE_TYPE_COUNT] = {
	ADDR(VALUE_IPV4, "ipv4-addr"),
	ADDR(VALUE_IPV6, "ipv6-addr"),
	[VALUE_DOMAIN] = {VALUE_DOMAIN, 0, true, "domain-name",
	    value_domain_normalise, value_domain_valid, value_domain_print,
	    NULL},
	[VALUE_URL] = {VALUE_URL, 0, true, "url", value_url_normalise,
	    value_url_valid, value_url_print, NULL},
	TEXT(VALUE_EMAIL, "email-addr", value_canon_email, true),
	HASH(VALUE_MD5, "md5", 16),
	HASH(VALUE_SHA1, "sha1", 20),
	HASH(VALUE_SHA224, "sha224", 28),
	HASH(VALUE_SHA256, "sha256", 32),
	HASH(VALUE_SHA384, "sha384", 48),
	HASH(VALUE_SHA512, "sha512", 64),
	HASH(VALUE_SHA3_256, "sha3-256", 32),
	HASH(VALUE_SHA3_512, "sha3-512", 64),
	TEXT(VALUE_SSDEEP, "ssdeep", value_canon_ssdeep, false),
	TEXT(VALUE_TLSH, "tlsh", value_canon_tlsh, false),
	HASH(VALUE_IMPHASH, "imphash", 16),
	HASH(VALUE_AUTHENTIHASH, "authentihash", 32),
	HASH(VALUE_PEHASH, "pehash", 20),
	HASH(VALUE_JA3, "ja3", 16),
	HASH(VALUE_JA3S, "ja3s", 16),
	TEXT(VALUE_JA4, "ja4", value_canon_ja4, false),
	HASH(VALUE_JARM, "jarm", 31),
	HASH(VALUE_HASSH, "hassh", 16),
	[VALUE_MAC] = {VALUE_MAC, 0, false, "mac-addr", value_mac_normalise,
	    value_mac_valid, value_mac_print, NULL},
	[VALUE_ASN] = {VALUE_ASN, 0, false, "autonomous-system",
	    value_asn_normalise, value_asn_valid, value_asn_print, NULL},
	TEXT(VALUE_FILE_NAME, "file-name", value_canon_plain, false),
	TEXT(VALUE_FILE_PATH, "file-path", value_canon_plain, false),
	TEXT(VALUE_MUTEX, "mutex", value_canon_plain, false),
	TEXT(VALUE_REGKEY, "windows-registry-key", value_canon_regkey, false),
	TEXT(VALUE_USER_AGENT, "user-agent", value_canon_plain, false),
	CERT(VALUE_X509_MD5, "x509-md5", 16),
	CERT(VALUE_X509_SHA1, "x509-sha1", 20),
	CERT(VALUE_X509_SHA256, "x509-sha256", 32),
	TEXT(VALUE_X509_SERIAL, "x509-serial", value_canon_serial, false),
	TEXT(VALUE_USER_ACCOUNT, "user-account", value_canon_plain, false),
	TEXT(VALUE_PROCESS_NAME, "process-name", value_canon_plain, false),
	TEXT(VALUE_COMMAND_LINE, "command-line", value_canon_lines, false),
	TEXT(VALUE_CRYPTO_WALLET, "crypto-wallet", value_canon_wallet, false),
	TEXT(VALUE_PHONE, "phone-number", value_canon_phone, false),
	TEXT(VALUE_CVE, "vulnerability", value_canon_cve, false)
};

/* What MISP, OTX, Zeek, CIF and plain CSV files call them, in lower case with
 * '-' between the words. */
static const struct {
	const char *alias;
	enum value_type type;
} aliases[] = {
	{"ip", VALUE_IPV4}, {"ipv4", VALUE_IPV4}, {"ip4", VALUE_IPV4},
	{"ip-addr", VALUE_IPV4}, {"ip-address", VALUE_IPV4},
	{"ip-src", VALUE_IPV4}, {"ip-dst", VALUE_IPV4},
	{"src-ip", VALUE_IPV4}, {"dst-ip", VALUE_IPV4},
	{"address", VALUE_IPV4}, {"addr", VALUE_IPV4},
	{"cidr", VALUE_IPV4}, {"ipv4-cidr", VALUE_IPV4},
	{"ipv4-net", VALUE_IPV4}, {"network", VALUE_IPV4},
	{"netblock", VALUE_IPV4}, {"subnet", VALUE_IPV4},
	{"intel::addr", VALUE_IPV4}, {"intel::subnet", VALUE_IPV4},
	{"ipv6", VALUE_IPV6}, {"ip6", VALUE_IPV6},
	{"ipv6-cidr", VALUE_IPV6}, {"ipv6-net", VALUE_IPV6},
	{"domain", VALUE_DOMAIN}, {"hostname", VALUE_DOMAIN},
	{"host", VALUE_DOMAIN}, {"fqdn", VALUE_DOMAIN}, {"dns", VALUE_DOMAIN},
	{"host-name", VALUE_DOMAIN}, {"intel::domain", VALUE_DOMAIN},
	{"uri", VALUE_URL}, {"link", VALUE_URL}, {"intel::url", VALUE_URL},
	{"email", VALUE_EMAIL}, {"e-mail", VALUE_EMAIL}, {"mail", VALUE_EMAIL},
	{"email-src", VALUE_EMAIL}, {"email-dst", VALUE_EMAIL},
	{"email-reply-to", VALUE_EMAIL}, {"email-address", VALUE_EMAIL},
	{"intel::email", VALUE_EMAIL},
	{"tlsh-hash", VALUE_TLSH}, {"pe-imphash", VALUE_IMPHASH},
	{"ja3-fingerprint-md5", VALUE_JA3}, {"ja3-hash", VALUE_JA3},
	{"ja3s-hash", VALUE_JA3S}, {"ja4-plus", VALUE_JA4},
	{"jarm-fingerprint", VALUE_JARM}, {"hassh-md5", VALUE_HASSH},
	{"mac", VALUE_MAC}, {"mac-address", VALUE_MAC},
	{"as", VALUE_ASN}, {"asn", VALUE_ASN},
	{"filename", VALUE_FILE_NAME}, {"intel::file-name", VALUE_FILE_NAME},
	{"filepath", VALUE_FILE_PATH}, {"path", VALUE_FILE_PATH},
	{"mutant", VALUE_MUTEX},
	{"regkey", VALUE_REGKEY}, {"registry-key", VALUE_REGKEY},
	{"registry", VALUE_REGKEY},
	{"useragent", VALUE_USER_AGENT}, {"http-user-agent", VALUE_USER_AGENT},
	{"x509-fingerprint-md5", VALUE_X509_MD5},
	{"x509-fingerprint-sha1", VALUE_X509_SHA1},
	{"x509-fingerprint-sha256", VALUE_X509_SHA256},
	{"certificate-md5", VALUE_X509_MD5},
	{"certificate-sha1", VALUE_X509_SHA1},
	{"certificate-sha256", VALUE_X509_SHA256},
	{"sslcertfingerprint", VALUE_X509_SHA1},
	{"intel::cert-hash", VALUE_X509_SHA1},
	{"x509-serial-number", VALUE_X509_SERIAL},
	{"certificate-serial", VALUE_X509_SERIAL},
	{"username", VALUE_USER_ACCOUNT}, {"user-name", VALUE_USER_ACCOUNT},
	{"account", VALUE_USER_ACCOUNT}, {"intel::user-name", VALUE_USER_ACCOUNT},
	{"process", VALUE_PROCESS_NAME}, {"cmdline", VALUE_COMMAND_LINE},
	{"commandline", VALUE_COMMAND_LINE},
	{"cryptocurrency-wallet", VALUE_CRYPTO_WALLET},
	{"wallet", VALUE_CRYPTO_WALLET}, {"bitcoinaddress", VALUE_CRYPTO_WALLET},
	{"bitcoin-address", VALUE_CRYPTO_WALLET},
	{"btc", VALUE_CRYPTO_WALLET}, {"xmr", VALUE_CRYPTO_WALLET},
	{"eth", VALUE_CRYPTO_WALLET}, {"dash", VALUE_CRYPTO_WALLET},
	{"phone", VALUE_PHONE}, {"telephone", VALUE_PHONE},
	{"cve", VALUE_CVE}
};

/* Names of algorithms without case and punctuation. */
static const struct {
	const char *name;
	enum value_type type;
} hashes[] = {
	{"sha256", VALUE_SHA256}, {"md5", VALUE_MD5}, {"sha1", VALUE_SHA1},
	{"sha512", VALUE_SHA512}, {"sha224", VALUE_SHA224},
	{"sha384", VALUE_SHA384}, {"sha3256", VALUE_SHA3_256},
	{"sha3512", VALUE_SHA3_512}, {"ssdeep", VALUE_SSDEEP},
	{"tlsh", VALUE_TLSH}, {"imphash", VALUE_IMPHASH},
	{"pehash", VALUE_PEHASH}, {"authentihash", VALUE_AUTHENTIHASH},
	{"sha2256", VALUE_SHA256}, {"sha2512", VALUE_SHA512},
	{"sha2224", VALUE_SHA224}, {"sha2384", VALUE_SHA384}
};

static const char *const reasons[] = {
	[VALUE_OK] = "ok",
	[VALUE_BAD_EMPTY] = "empty",
	[VALUE_BAD_LONG] = "too-long",
	[VALUE_BAD_SYNTAX] = "malformed",
	[VALUE_BAD_BOGON] = "bogon",
	[VALUE_BAD_WIDE] = "too-wide",
	[VALUE_BAD_TRIVIAL] = "trivial",
	[VALUE_BAD_ENCODING] = "bad-encoding",
	[VALUE_BAD_TYPE] = "unknown-type",
	[VALUE_BAD_MEMORY] = "no-memory"
};

#define NAME_MAX_BYTES 32 /* longer than every name and alias */

const struct value_kind *
value_kind(int type)
{
	if (type <= VALUE_NONE || type >= VALUE_TYPE_COUNT)
		return NULL;
	return &kinds[type];
}

const char *
value_type_name(int type)
{
	const struct value_kind *kind = value_kind(type);

	return kind != NULL ? kind->name : NULL;
}

static char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

enum value_type
value_hash_type(struct slice algorithm)
{
	char low[NAME_MAX_BYTES];
	size_t i, n = 0;

	for (i = 0; i < algorithm.n; i++) {
		char c = ascii_lower(algorithm.p[i]);

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
			if (n == sizeof(low))
				return VALUE_NONE;
			low[n++] = c;
		} else if (c == '\0' || memchr("-_/. :'\"", c, 8) == NULL) {
			return VALUE_NONE;
		}
	}
	for (i = 0; i < ARRAY_LEN(hashes); i++) {
		if (slice_is((struct slice){low, n}, hashes[i].name))
			return hashes[i].type;
	}
	return VALUE_NONE;
}

enum value_type
value_type_code(struct slice name)
{
	char low[NAME_MAX_BYTES];
	struct slice s = {low, name.n};
	size_t i;

	if (name.n == 0 || name.n > sizeof(low))
		return VALUE_NONE;
	for (i = 0; i < name.n; i++) {
		low[i] = ascii_lower(name.p[i]);
		if (low[i] == '_' || low[i] == ' ')
			low[i] = '-';
	}
	for (i = 1; i < VALUE_TYPE_COUNT; i++) {
		if (slice_is(s, kinds[i].name))
			return (enum value_type)i;
	}
	for (i = 0; i < ARRAY_LEN(aliases); i++) {
		if (slice_is(s, aliases[i].alias))
			return aliases[i].type;
	}
	/* OTX: "FileHash-SHA256"; others: "hash-md5", "file-hash-sha1". */
	if (slice_starts(s, SLICE("file")))
		s = (struct slice){s.p + 4, s.n - 4};
	if (slice_starts(s, SLICE("-")))
		s = (struct slice){s.p + 1, s.n - 1};
	if (slice_starts(s, SLICE("hash")))
		s = (struct slice){s.p + 4, s.n - 4};
	else if (s.n != name.n)
		return VALUE_NONE;
	return value_hash_type(s);
}

const char *
value_reason_name(int reason)
{
	if (reason < 0 || (size_t)reason >= ARRAY_LEN(reasons))
		return NULL;
	return reasons[reason];
}
