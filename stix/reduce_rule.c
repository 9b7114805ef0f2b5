/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/reduce_rule.h"

enum rule_flag {
	NUMBER = 1,
	WEAK = 2,
	ADDRESS = 4,
	HOST = 8,
	HASH = 16, /* the key that '*' stands for names the algorithm */
	CERT = 32  /* a HASH of a certificate */
};

struct rule {
	struct slice object;
	const char *path; /* lower case; '*': any key; "[]": any index */
	unsigned char type;
	unsigned char flags;
};

#define O(lit) {(lit), sizeof(lit) - 1}

/*
 * The rules, by object; what feeds send most stands at the top, from where the
 * table is searched.
 *
 * Keys are compared without regard to case, because feeds spell them at will
 * (hashes.md5, 'user-agent'); object types are exact.
 *
 * Hashes of a PE section, a process's parent and the like are left out on
 * purpose: such a value is not the file's.
 */
static const struct rule rules[] = {
	{O("file"), "hashes.*", 0, HASH},
	{O("domain-name"), "value", VALUE_DOMAIN, 0},
	{O("url"), "value", VALUE_URL, 0},
	{O("ipv4-addr"), "value", 0, ADDRESS},
	{O("network-traffic"), "dst_ref.value", 0, HOST},
	{O("network-traffic"), "src_ref.value", 0, HOST},
	/* the rest */
	{O("file"), "name", VALUE_FILE_NAME, 0},
	{O("file"), "path", VALUE_FILE_PATH, 0},
	{O("file"), "parent_directory_ref.path", VALUE_FILE_PATH, WEAK},
	{O("file"), "extensions.windows-pebinary-ext.imphash",
	    VALUE_IMPHASH, 0},
	{O("file"), "extensions.windows-pebinary-ext.pehash", VALUE_PEHASH, 0},
	{O("file"), "x_imphash", VALUE_IMPHASH, 0},
	{O("file"), "content_ref.hashes.*", 0, HASH},
	{O("file"), "content_ref.url", VALUE_URL, 0},
	{O("file"), "contains_refs[].hashes.*", 0, HASH | WEAK},
	{O("file"), "contains_refs[].name", VALUE_FILE_NAME, WEAK},
	{O("domain-name"), "resolves_to_refs[].value", 0, HOST | WEAK},
	{O("ipv4-addr"), "resolves_to_refs[].value", VALUE_MAC, WEAK},
	{O("ipv4-addr"), "belongs_to_refs[].number", VALUE_ASN, NUMBER | WEAK},
	{O("ipv6-addr"), "value", 0, ADDRESS},
	{O("ipv6-addr"), "resolves_to_refs[].value", VALUE_MAC, WEAK},
	{O("ipv6-addr"), "belongs_to_refs[].number", VALUE_ASN, NUMBER | WEAK},
	{O("network-traffic"), "extensions.http-request-ext.request_header."
	    "user-agent", VALUE_USER_AGENT, 0},
	{O("network-traffic"), "extensions.http-request-ext.user-agent",
	    VALUE_USER_AGENT, 0},
	{O("http-request-ext"), "request_header.user-agent",
	    VALUE_USER_AGENT, 0},
	{O("email-addr"), "value", VALUE_EMAIL, 0},
	{O("email-message"), "from_ref.value", VALUE_EMAIL, 0},
	{O("email-message"), "sender_ref.value", VALUE_EMAIL, 0},
	{O("email-message"), "to_refs[].value", VALUE_EMAIL, WEAK},
	{O("email-message"), "cc_refs[].value", VALUE_EMAIL, WEAK},
	{O("email-message"), "bcc_refs[].value", VALUE_EMAIL, WEAK},
	{O("email-message"), "body_multipart[].body_raw_ref.hashes.*", 0, HASH},
	{O("email-message"), "body_multipart[].body_raw_ref.name",
	    VALUE_FILE_NAME, 0},
	{O("artifact"), "hashes.*", 0, HASH},
	{O("artifact"), "url", VALUE_URL, 0},
	{O("x509-certificate"), "hashes.*", 0, HASH | CERT},
	{O("x509-certificate"), "serial_number", VALUE_X509_SERIAL, 0},
	{O("autonomous-system"), "number", VALUE_ASN, NUMBER},
	{O("mac-addr"), "value", VALUE_MAC, 0},
	{O("mutex"), "name", VALUE_MUTEX, 0},
	{O("windows-registry-key"), "key", VALUE_REGKEY, 0},
	{O("win-registry-key"), "key", VALUE_REGKEY, 0},
	{O("directory"), "path", VALUE_FILE_PATH, 0},
	{O("process"), "command_line", VALUE_COMMAND_LINE, 0},
	{O("process"), "name", VALUE_PROCESS_NAME, 0},
	{O("process"), "image_ref.name", VALUE_PROCESS_NAME, 0},
	{O("process"), "binary_ref.name", VALUE_PROCESS_NAME, 0},
	{O("process"), "image_ref.hashes.*", 0, HASH},
	{O("process"), "binary_ref.hashes.*", 0, HASH},
	{O("user-account"), "account_login", VALUE_USER_ACCOUNT, 0},
	{O("user-account"), "user_id", VALUE_USER_ACCOUNT, 0},
	{O("vulnerability"), "name", VALUE_CVE, 0},
	/* custom objects of threat intelligence platforms */
	{O("hostname"), "value", VALUE_DOMAIN, 0},
	{O("x-opencti-hostname"), "value", VALUE_DOMAIN, 0},
	{O("user-agent"), "value", VALUE_USER_AGENT, 0},
	{O("x-opencti-user-agent"), "value", VALUE_USER_AGENT, 0},
	{O("cryptocurrency-wallet"), "value", VALUE_CRYPTO_WALLET, 0},
	{O("cryptocurrency-wallet"), "address", VALUE_CRYPTO_WALLET, 0},
	{O("x-cryptocurrency-wallet"), "value", VALUE_CRYPTO_WALLET, 0},
	{O("x-cryptocurrency-wallet"), "address", VALUE_CRYPTO_WALLET, 0},
	{O("x-opencti-cryptocurrency-wallet"), "value",
	    VALUE_CRYPTO_WALLET, 0},
	{O("phone-number"), "value", VALUE_PHONE, 0},
	{O("x-phone-number"), "value", VALUE_PHONE, 0},
	{O("x-opencti-phone-number"), "value", VALUE_PHONE, 0}
};

#undef O

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Step over `name` at the start of a rule's path; NULL when it is another. */
static const char *
match_key(const char *rule, struct slice name)
{
	size_t i;

	if (*rule == '*')
		return rule + 1;
	for (i = 0; i < name.n; i++)
		if (rule[i] == '\0' || lower(name.p[i]) != rule[i])
			return NULL;
	rule += i;
	return *rule == '.' || *rule == '[' || *rule == '\0' ? rule : NULL;
}

static bool
match_path(const char *rule, const struct pattern_step *path, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (path[i].is_index) {
			if (rule[0] != '[')
				return false;
			rule += 2;
			continue;
		}
		if (i > 0 && *rule++ != '.')
			return false;
		rule = match_key(rule, path[i].name);
		if (rule == NULL)
			return false;
	}
	return *rule == '\0';
}

static enum value_type
certificate_type(enum value_type hash)
{
	switch (hash) {
	case VALUE_MD5:
		return VALUE_X509_MD5;
	case VALUE_SHA1:
		return VALUE_X509_SHA1;
	case VALUE_SHA256:
		return VALUE_X509_SHA256;
	default:
		return VALUE_NONE;
	}
}

static bool
ends_with(const char *p, size_t n, struct slice end)
{
	return n > end.n && memcmp(p + n - end.n, end.p, end.n) == 0;
}

/* Fingerprints of TLS and SSH peers have no place in STIX, so that every vendor
 * spells its own property: x_ja3, 'x-ja3', x_misp_ja3_fingerprint_md5,
 * ja3s_hash, jarm … */
static enum value_type
fingerprint_type(struct slice name)
{
	static const struct slice tails[] = {
		{"md5", 3}, {"hash", 4}, {"digest", 6}, {"fingerprint", 11}
	};
	static const struct {
		struct slice name;
		enum value_type type;
	} known[] = {
		{{"ja3", 3}, VALUE_JA3}, {{"ja3s", 4}, VALUE_JA3S},
		{{"ja4", 3}, VALUE_JA4}, {{"jarm", 4}, VALUE_JARM},
		{{"hassh", 5}, VALUE_HASSH}
	};
	char folded[40], *p = folded, c;
	size_t n = 0, i;

	for (i = 0; i < name.n; i++) {
		c = lower(name.p[i]);
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9'))
			continue;
		if (n == sizeof(folded))
			return VALUE_NONE;
		folded[n++] = c;
	}
	if (n > 1 && *p == 'x') {
		p++;
		n--;
		if (n > 4 && memcmp(p, "misp", 4) == 0) {
			p += 4;
			n -= 4;
		}
	}
	for (i = 0; i < ARRAY_LEN(tails); i++)
		if (ends_with(p, n, tails[i]))
			n -= tails[i].n;
	for (i = 0; i < ARRAY_LEN(known); i++)
		if (slice_eq((struct slice){p, n}, known[i].name))
			return known[i].type;
	return VALUE_NONE;
}

static bool
fill(const struct rule *r, const struct pattern_node *test,
    struct reduce_target *out)
{
	enum value_type type = (enum value_type)r->type;

	if ((r->flags & HASH) != 0) {
		type = value_hash_type(test->path[test->npath - 1].name);
		if ((r->flags & CERT) != 0)
			type = certificate_type(type);
		if (type == VALUE_NONE)
			return false;
	}
	*out = (struct reduce_target){
		.kind = (r->flags & ADDRESS) != 0 ? REDUCE_ADDRESS :
		    (r->flags & HOST) != 0 ? REDUCE_HOST : REDUCE_TYPE,
		.type = type,
		.number = (r->flags & NUMBER) != 0,
		.weak = (r->flags & WEAK) != 0
	};
	return true;
}

bool
reduce_target(const struct pattern_node *test, struct reduce_target *out)
{
	const struct pattern_step *last = &test->path[test->npath - 1];
	enum value_type type;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rules); i++)
		if (slice_eq(rules[i].object, test->object_type) &&
		    match_path(rules[i].path, test->path, test->npath))
			return fill(&rules[i], test, out);
	if (last->is_index || !slice_is(test->object_type, "network-traffic"))
		return false;
	type = fingerprint_type(last->name);
	if (type == VALUE_NONE)
		return false;
	*out = (struct reduce_target){.kind = REDUCE_TYPE, .type = type};
	return true;
}

/* Digits, dots and a slash only, or hex digits with colons: nothing that could
 * be a domain. */
static bool
looks_like_address(struct slice text)
{
	bool colon = memchr(text.p, ':', text.n) != NULL, digit = false;
	size_t i;

	for (i = 0; i < text.n; i++) {
		char c = lower(text.p[i]);

		if (c >= '0' && c <= '9')
			digit = true;
		else if (c != '.' && c != '/' && c != ' ' &&
		    (!colon || (c != ':' && (c < 'a' || c > 'f'))))
			return false;
	}
	return digit || colon;
}

enum value_type
reduce_type(const struct reduce_target *t, struct slice text,
    enum value_type hint)
{
	enum value_type family;

	if (t->kind == REDUCE_TYPE)
		return t->type;
	family = memchr(text.p, ':', text.n) != NULL ? VALUE_IPV6 : VALUE_IPV4;
	if (t->kind == REDUCE_ADDRESS || hint == VALUE_IPV4 ||
	    hint == VALUE_IPV6)
		return family;
	if (hint != VALUE_NONE)
		return hint;
	return looks_like_address(text) ? family : VALUE_DOMAIN;
}

enum value_type
reduce_hint(struct slice object_type)
{
	static const struct {
		struct slice name;
		enum value_type type;
	} hints[] = {
		{{"ipv4-addr", 9}, VALUE_IPV4}, {{"ipv6-addr", 9}, VALUE_IPV6},
		{{"domain-name", 11}, VALUE_DOMAIN}, {{"url", 3}, VALUE_URL},
		{{"email-addr", 10}, VALUE_EMAIL}, {{"mac-addr", 8}, VALUE_MAC}
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(hints); i++)
		if (slice_eq(hints[i].name, object_type))
			return hints[i].type;
	return VALUE_NONE;
}

/* Digests first, the strongest before the weaker; then what names one thing;
 * fingerprints that many files or clients share stand with the rest. */
unsigned
reduce_rank(const struct value *v)
{
	static const unsigned char order[] = {
		VALUE_SHA512, VALUE_SHA3_512, VALUE_SHA384, VALUE_SHA256,
		VALUE_SHA3_256, VALUE_SHA224, VALUE_SHA1, VALUE_MD5,
		VALUE_AUTHENTIHASH, VALUE_X509_SHA256, VALUE_X509_SHA1,
		VALUE_X509_MD5, VALUE_TLSH, VALUE_SSDEEP, VALUE_URL,
		VALUE_EMAIL, VALUE_DOMAIN, VALUE_IPV6, VALUE_IPV4,
		VALUE_X509_SERIAL, VALUE_CRYPTO_WALLET, VALUE_PHONE,
		VALUE_MUTEX, VALUE_REGKEY, VALUE_COMMAND_LINE, VALUE_PEHASH,
		VALUE_IMPHASH, VALUE_JA4, VALUE_JARM, VALUE_HASSH, VALUE_JA3,
		VALUE_JA3S, VALUE_FILE_NAME, VALUE_FILE_PATH,
		VALUE_USER_AGENT, VALUE_MAC, VALUE_CVE, VALUE_PROCESS_NAME,
		VALUE_USER_ACCOUNT, VALUE_ASN
	};
	size_t i;

	_Static_assert(ARRAY_LEN(order) == VALUE_TYPE_COUNT - 1,
	    "every value type has its place");
	for (i = 0; i < ARRAY_LEN(order) && order[i] != v->type; i++)
		continue;
	/* A network matches more than an address does. */
	return 2 * (unsigned)i + ((v->type == VALUE_IPV4 && v->prefix < 32) ||
	    (v->type == VALUE_IPV6 && v->prefix < 128));
}
