/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/idkey.h"

#include "base/digest.h"
#include "base/hex.h"
#include "base/limits.h"

#define UUID_TEXT 36

struct stix_name {
	uint8_t code;
	uint8_t n;
	char name[22];
};

#define NAME(code, text) {code, sizeof(text) - 1, text}

/* By code; holes have n == 0. */
static const struct stix_name names[] = {
	[STIX_ATTACK_PATTERN] = NAME(STIX_ATTACK_PATTERN, "attack-pattern"),
	[STIX_CAMPAIGN] = NAME(STIX_CAMPAIGN, "campaign"),
	[STIX_COURSE_OF_ACTION] =
	    NAME(STIX_COURSE_OF_ACTION, "course-of-action"),
	[STIX_GROUPING] = NAME(STIX_GROUPING, "grouping"),
	[STIX_IDENTITY] = NAME(STIX_IDENTITY, "identity"),
	[STIX_INCIDENT] = NAME(STIX_INCIDENT, "incident"),
	[STIX_INDICATOR] = NAME(STIX_INDICATOR, "indicator"),
	[STIX_INFRASTRUCTURE] = NAME(STIX_INFRASTRUCTURE, "infrastructure"),
	[STIX_INTRUSION_SET] = NAME(STIX_INTRUSION_SET, "intrusion-set"),
	[STIX_LOCATION] = NAME(STIX_LOCATION, "location"),
	[STIX_MALWARE] = NAME(STIX_MALWARE, "malware"),
	[STIX_MALWARE_ANALYSIS] =
	    NAME(STIX_MALWARE_ANALYSIS, "malware-analysis"),
	[STIX_NOTE] = NAME(STIX_NOTE, "note"),
	[STIX_OBSERVED_DATA] = NAME(STIX_OBSERVED_DATA, "observed-data"),
	[STIX_OPINION] = NAME(STIX_OPINION, "opinion"),
	[STIX_REPORT] = NAME(STIX_REPORT, "report"),
	[STIX_THREAT_ACTOR] = NAME(STIX_THREAT_ACTOR, "threat-actor"),
	[STIX_TOOL] = NAME(STIX_TOOL, "tool"),
	[STIX_VULNERABILITY] = NAME(STIX_VULNERABILITY, "vulnerability"),
	[STIX_RELATIONSHIP] = NAME(STIX_RELATIONSHIP, "relationship"),
	[STIX_SIGHTING] = NAME(STIX_SIGHTING, "sighting"),
	[STIX_ARTIFACT] = NAME(STIX_ARTIFACT, "artifact"),
	[STIX_AUTONOMOUS_SYSTEM] =
	    NAME(STIX_AUTONOMOUS_SYSTEM, "autonomous-system"),
	[STIX_DIRECTORY] = NAME(STIX_DIRECTORY, "directory"),
	[STIX_DOMAIN_NAME] = NAME(STIX_DOMAIN_NAME, "domain-name"),
	[STIX_EMAIL_ADDR] = NAME(STIX_EMAIL_ADDR, "email-addr"),
	[STIX_EMAIL_MESSAGE] = NAME(STIX_EMAIL_MESSAGE, "email-message"),
	[STIX_FILE] = NAME(STIX_FILE, "file"),
	[STIX_IPV4_ADDR] = NAME(STIX_IPV4_ADDR, "ipv4-addr"),
	[STIX_IPV6_ADDR] = NAME(STIX_IPV6_ADDR, "ipv6-addr"),
	[STIX_MAC_ADDR] = NAME(STIX_MAC_ADDR, "mac-addr"),
	[STIX_MUTEX] = NAME(STIX_MUTEX, "mutex"),
	[STIX_NETWORK_TRAFFIC] = NAME(STIX_NETWORK_TRAFFIC, "network-traffic"),
	[STIX_PROCESS] = NAME(STIX_PROCESS, "process"),
	[STIX_SOFTWARE] = NAME(STIX_SOFTWARE, "software"),
	[STIX_URL] = NAME(STIX_URL, "url"),
	[STIX_USER_ACCOUNT] = NAME(STIX_USER_ACCOUNT, "user-account"),
	[STIX_WINDOWS_REGISTRY_KEY] =
	    NAME(STIX_WINDOWS_REGISTRY_KEY, "windows-registry-key"),
	[STIX_X509_CERTIFICATE] =
	    NAME(STIX_X509_CERTIFICATE, "x509-certificate"),
	[STIX_MARKING_DEFINITION] =
	    NAME(STIX_MARKING_DEFINITION, "marking-definition"),
	[STIX_LANGUAGE_CONTENT] =
	    NAME(STIX_LANGUAGE_CONTENT, "language-content"),
	[STIX_EXTENSION_DEFINITION] =
	    NAME(STIX_EXTENSION_DEFINITION, "extension-definition"),
	[STIX_BUNDLE] = NAME(STIX_BUNDLE, "bundle")
};

enum stix_type
stix_type_code(struct slice name)
{
	size_t i;

	if (name.n == 0)
		return STIX_NONE;
	if (name.n >= sizeof(names[0].name))
		return STIX_OTHER;
	/* Nearly everything in a feed is one of these two. */
	if (slice_eq(name, SLICE("indicator")))
		return STIX_INDICATOR;
	if (slice_eq(name, SLICE("relationship")))
		return STIX_RELATIONSHIP;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].n == name.n && names[i].name[0] == name.p[0] &&
		    memcmp(names[i].name, name.p, name.n) == 0)
			return (enum stix_type)names[i].code;
	}
	return STIX_OTHER;
}

const char *
stix_type_name(int code)
{
	if (code < 0 || (size_t)code >= ARRAY_LEN(names) || names[code].n == 0)
		return NULL;
	return names[code].name;
}

/* RFC 9562 section 4 text, hex digits in either case, any version. */
static int
uuid_parse(const char *p, uint8_t out[16])
{
	char digits[32];

	if (p[8] != '-' || p[13] != '-' || p[18] != '-' || p[23] != '-')
		return -1;
	memcpy(digits, p, 8);
	memcpy(digits + 8, p + 9, 4);
	memcpy(digits + 12, p + 14, 4);
	memcpy(digits + 16, p + 19, 4);
	memcpy(digits + 20, p + 24, 12);
	return hex_decode(digits, out, 16);
}

int
idkey_parse(struct slice text, struct idkey *key)
{
	uint8_t sum[SHA256_LEN], uuid[16];
	enum stix_type type;
	size_t n;

	if (text.n == 0 || text.n > LIMIT_ID)
		return -1;
	if (text.n > UUID_TEXT + 2) {
		n = text.n - UUID_TEXT - 2;
		type = stix_type_code((struct slice){text.p, n});
		if (type != STIX_OTHER && text.p[n] == '-' &&
		    text.p[n + 1] == '-' &&
		    uuid_parse(text.p + n + 2, uuid) == 0) {
			key->b[0] = (uint8_t)type;
			memcpy(key->b + 1, uuid, sizeof(uuid));
			return 0;
		}
	}
	sha256(text.p, text.n, sum);
	key->b[0] = IDKEY_DIGEST;
	memcpy(key->b + 1, sum, IDKEY_LEN - 1);
	return 1;
}

size_t
idkey_text(const struct idkey *key, char out[IDKEY_TEXT_MAX])
{
	const struct stix_name *t;
	const uint8_t *u = key->b + 1;
	char *p = out;

	if (stix_type_name(key->b[0]) == NULL)
		return 0;
	t = &names[key->b[0]];
	memcpy(p, t->name, t->n);
	p += t->n;
	*p++ = '-';
	*p++ = '-';
	hex_encode(u, 4, p);
	hex_encode(u + 4, 2, p + 9);
	hex_encode(u + 6, 2, p + 14);
	hex_encode(u + 8, 2, p + 19);
	hex_encode(u + 10, 6, p + 24);
	p[8] = p[13] = p[18] = p[23] = '-';
	p[UUID_TEXT] = '\0';
	return (size_t)(p + UUID_TEXT - out);
}

/* Two halves of an identifier: any two different numbers, for ever. */
#define ID_SEED_1 UINT64_C(0x7461786977617931)
#define ID_SEED_2 UINT64_C(0x7461786977617932)

void
idkey_made(int type, struct slice name, struct idkey *key)
{
	uint64_t half[2];
	int i;

	half[0] = digest64(name.p, name.n, ID_SEED_1);
	half[1] = digest64(name.p, name.n, ID_SEED_2);
	key->b[0] = (uint8_t)type;
	for (i = 0; i < 16; i++)
		key->b[1 + i] = (uint8_t)(half[i / 8] >> (56 - 8 * (i % 8)));
	key->b[7] = (uint8_t)((key->b[7] & 0x0f) | 0x80);
	key->b[9] = (uint8_t)((key->b[9] & 0x3f) | 0x80);
}
