/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key of a STIX identifier: one byte for the type, sixteen for the UUID
 * (STIX 2.1 section 2.9, "type--uuid").
 *
 * A type of the table with a well-formed UUID of any version keeps both, and
 * the text can be rebuilt from the key.  Any other identifier (custom type, no
 * UUID: real servers have them) becomes IDKEY_DIGEST followed by the first 16
 * bytes of its SHA-256; its text must be kept beside it.  Ids are opaque: no
 * check of UUID version or of a deterministic id is made.
 */
#ifndef BASE_IDKEY_H
#define BASE_IDKEY_H

#include <stdint.h>

#include "base/cc.h"
#include "base/slice.h"

#define IDKEY_LEN 17
#define IDKEY_DIGEST 0xff  /* type byte of an identifier kept by digest */
#define IDKEY_TEXT_MAX 64  /* text of a non-digest key, with its NUL */

struct idkey {
	uint8_t b[IDKEY_LEN];
};

/* Codes are part of the database format: append only, never renumber. */
enum stix_type {
	STIX_NONE = 0,
	/* domain objects */
	STIX_ATTACK_PATTERN = 1, STIX_CAMPAIGN, STIX_COURSE_OF_ACTION,
	STIX_GROUPING, STIX_IDENTITY, STIX_INCIDENT, STIX_INDICATOR,
	STIX_INFRASTRUCTURE, STIX_INTRUSION_SET, STIX_LOCATION, STIX_MALWARE,
	STIX_MALWARE_ANALYSIS, STIX_NOTE, STIX_OBSERVED_DATA, STIX_OPINION,
	STIX_REPORT, STIX_THREAT_ACTOR, STIX_TOOL, STIX_VULNERABILITY,
	/* relationship objects */
	STIX_RELATIONSHIP = 32, STIX_SIGHTING,
	/* cyber-observable objects */
	STIX_ARTIFACT = 40, STIX_AUTONOMOUS_SYSTEM, STIX_DIRECTORY,
	STIX_DOMAIN_NAME, STIX_EMAIL_ADDR, STIX_EMAIL_MESSAGE, STIX_FILE,
	STIX_IPV4_ADDR, STIX_IPV6_ADDR, STIX_MAC_ADDR, STIX_MUTEX,
	STIX_NETWORK_TRAFFIC, STIX_PROCESS, STIX_SOFTWARE, STIX_URL,
	STIX_USER_ACCOUNT, STIX_WINDOWS_REGISTRY_KEY, STIX_X509_CERTIFICATE,
	/* meta objects */
	STIX_MARKING_DEFINITION = 64, STIX_LANGUAGE_CONTENT,
	STIX_EXTENSION_DEFINITION, STIX_BUNDLE,
	STIX_OTHER = 0xfe /* a type that is not in the table */
};

/* The code of a type name; STIX_OTHER when unknown, STIX_NONE when empty. */
enum stix_type stix_type_code(struct slice name);
/* The name of a code, static storage; NULL for NONE, OTHER and codes unknown. */
const char *stix_type_name(int code);

/* Fill *key from text.  0 for type and UUID, 1 when kept by digest, -1 when the
 * text is empty or longer than LIMIT_ID (key untouched). */
int idkey_parse(struct slice text, struct idkey *key) CC_CHECK;
/* The text of a non-digest key (lower-case UUID), NUL-terminated; returns its
 * length, or 0 when the key is a digest or its type code is unknown. */
size_t idkey_text(const struct idkey *key, char out[IDKEY_TEXT_MAX]);
/* The key of an identifier of ours for what has none: the same name gives the
 * same one, for ever.  A UUID of version 8 (RFC 9562, 5.8): STIX keeps its space
 * of version 5 for observables.  `type` is of the table. */
void idkey_made(int type, struct slice name, struct idkey *key);

#endif
