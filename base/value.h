/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values: canonical observables, (type, key bytes).
 *
 * One table (base/value_table.c) lists every type: its code, its STIX-style
 * name, its normaliser, its key checker and its printer.  The same normaliser
 * serves the fetcher (what a feed says), the keeper (which checks keys that it
 * is handed) and the reader (what a tool asks), so spellings of one value meet.
 * VALUE_NORMALISER_VERSION is stored in the database; it grows whenever a rule
 * below changes what key a text gives.
 *
 * Keys (doc/format.md has them byte by byte):
 *   ipv4-addr, ipv6-addr   4 or 16 bytes in network order; networks carry
 *                          their prefix length beside the key
 *   domain-name            lower-case DNS wire format, root label included
 *                          (RFC 1035 section 3.1), at most 255 bytes
 *   url                    lower-cased "host/path?query", a NUL, then what the
 *                          loose match leaves out: scheme, ":" and port when it
 *                          is not the default one and, when the lower-casing
 *                          lost something, a NUL and 8 bytes of SHA-256 of the
 *                          strict text.  All URLs that match loosely share the
 *                          bytes up to and including the first NUL.
 *   hashes, fingerprints   the digest's bytes
 *   autonomous-system      4 bytes, big-endian
 *   mac-addr               6 or 8 bytes
 *   everything else        its canonical text
 * A key of more than LIMIT_VALUE_KEY bytes is replaced by its SHA-256 and flagged
 * VALUE_DIGEST; its text must be kept and compared.  Of a url only the part
 * before the NUL is replaced, by the 64 hex digits of its SHA-256, so that no
 * NUL comes before the one that is looked for.  Text is kept (VALUE_TEXT) only
 * where the key cannot give it: long keys, and URLs whose case was lost.
 *
 * Pure, thread-safe, no clock.  Memory comes from the caller's arena.
 */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/limits.h"
#include "base/slice.h"

#define VALUE_NORMALISER_VERSION 1

/* Codes are part of the database format: append only, never renumber. */
enum value_type {
	VALUE_NONE = 0,
	VALUE_IPV4 = 1,      /* ipv4-addr, with networks */
	VALUE_IPV6 = 2,      /* ipv6-addr, with networks */
	VALUE_DOMAIN = 3,    /* domain-name */
	VALUE_URL = 4,       /* url */
	VALUE_EMAIL = 5,     /* email-addr */
	VALUE_MD5 = 6,
	VALUE_SHA1 = 7,
	VALUE_SHA224 = 8,
	VALUE_SHA256 = 9,
	VALUE_SHA384 = 10,
	VALUE_SHA512 = 11,
	VALUE_SHA3_256 = 12,
	VALUE_SHA3_512 = 13,
	VALUE_SSDEEP = 14,   /* case kept */
	VALUE_TLSH = 15,     /* upper case, "T1" put in front when absent */
	VALUE_IMPHASH = 16,
	VALUE_AUTHENTIHASH = 17,
	VALUE_PEHASH = 18,
	VALUE_JA3 = 19,
	VALUE_JA3S = 20,
	VALUE_JA4 = 21,
	VALUE_JARM = 22,
	VALUE_HASSH = 23,
	VALUE_MAC = 24,      /* mac-addr */
	VALUE_ASN = 25,      /* autonomous-system */
	VALUE_FILE_NAME = 26,/* file-name, case kept */
	VALUE_FILE_PATH = 27,/* file-path (directory:path), case kept */
	VALUE_MUTEX = 28,
	VALUE_REGKEY = 29,   /* windows-registry-key, hive spelt out, lower case */
	VALUE_USER_AGENT = 30,
	VALUE_X509_MD5 = 31,
	VALUE_X509_SHA1 = 32,
	VALUE_X509_SHA256 = 33,
	VALUE_X509_SERIAL = 34, /* lower-case hex without separators, no leading 00 */
	VALUE_USER_ACCOUNT = 35,
	VALUE_PROCESS_NAME = 36,
	VALUE_COMMAND_LINE = 37,
	VALUE_CRYPTO_WALLET = 38,
	VALUE_PHONE = 39,
	VALUE_CVE = 40,      /* vulnerability, "CVE-YYYY-N…" upper case */
	VALUE_TYPE_COUNT
};

enum value_flag {
	VALUE_DIGEST = 1,    /* key is the digest of a longer one; text is kept */
	VALUE_MASKED = 2,    /* a network with host bits set: they were cleared */
	VALUE_MAPPED = 4,    /* came as an IPv4-mapped IPv6 address */
	VALUE_SUFFIX = 8,    /* came as "*.x" or ".x": sub-domains are meant too */
	VALUE_TEXT = 16      /* text is there, and needed to print it */
};

struct value {
	uint8_t type;        /* enum value_type */
	uint8_t prefix;      /* ipv4, ipv6: 0 … 32 or 128; other types: 0 */
	uint8_t flags;       /* enum value_flag */
	uint16_t keylen;     /* 1 … LIMIT_VALUE_KEY + 64 */
	const uint8_t *key;
	struct slice text;   /* canonical text when VALUE_TEXT, else absent */
};

/* The prefix of an address that is not a network; 0 for other types. */
static inline uint8_t
value_full_prefix(uint8_t type)
{
	return type == VALUE_IPV4 ? 32 : type == VALUE_IPV6 ? 128 : 0;
}

/* Clear the bits of an address of n bytes that are behind `prefix`. */
static inline void
value_mask(uint8_t *addr, size_t n, unsigned prefix)
{
	size_t i = prefix / 8;

	if (i < n && prefix % 8 != 0) {
		addr[i] &= (uint8_t)(0xff << (8 - prefix % 8));
		i++;
	}
	if (i < n)
		memset(addr + i, 0, n - i);
}

/* Why a text is not a value.  Names are stable: they are counted and shown. */
enum value_reason {
	VALUE_OK = 0,
	VALUE_BAD_EMPTY,     /* "empty" */
	VALUE_BAD_LONG,      /* "too-long" */
	VALUE_BAD_SYNTAX,    /* "malformed" */
	VALUE_BAD_BOGON,     /* "bogon": private, loopback, multicast, reserved */
	VALUE_BAD_WIDE,      /* "too-wide": LIMIT_NET4_MIN, LIMIT_NET6_MIN */
	VALUE_BAD_TRIVIAL,   /* "trivial": digest of nothing, all zeros */
	VALUE_BAD_ENCODING,  /* "bad-encoding": not UTF-8, or not IDNA */
	VALUE_BAD_TYPE,      /* "unknown-type" */
	VALUE_BAD_MEMORY     /* "no-memory": arena exhausted */
};

enum value_option {
	VALUE_ALLOW_BOGON = 1, /* probes, and sources that say so */
	VALUE_ALLOW_WIDE = 2,
	VALUE_REFANG = 4,      /* hxxp, [.], (dot), [@] …: text feeds and probes */
	VALUE_FILES = 8        /* value_detect(): names of files too; probes */
};

/*
 * Normalise `text` as a value of `type`.  key and text of *out lie in the
 * arena.  Surrounding white space is dropped.  IPv4-mapped IPv6 becomes IPv4; a
 * domain-name or url type that holds an address stays what it says it is,
 * except that a bare address given as VALUE_DOMAIN becomes its address type
 * (feeds do that); a "network" of full length is an address.  The documentation
 * networks of RFC 5737 and RFC 3849 are not bogons: examples must work.
 * On any result but VALUE_OK *out is untouched.
 */
enum value_reason value_normalise(struct arena *a, enum value_type type,
    struct slice text, unsigned options, struct value *out) CC_CHECK;

/*
 * What a person or a log may mean by `text`, best guess first: an address or
 * network, a URL, an email address, a hash (64 hex digits may be a SHA-256 or a
 * certificate's fingerprint: both are given), a CVE, an AS number ("AS64500"), a
 * domain.  With VALUE_FILES a name that ends as files do (evil.exe) is a file-name
 * as well, behind the domain that it may be; without, feeds would claim both.  At
 * most `max` values; returns their number, 0 when nothing fits.
 */
size_t value_detect(struct arena *a, struct slice text, unsigned options,
    struct value *out, size_t max) CC_CHECK;

/* Does "://" stand in it?  A text without is a URL only to who expects one. */
bool value_has_scheme(struct slice text);

/* Are these bytes a key that value_normalise() could have made?  With
 * VALUE_TEXT the text must be there, be canonical and give this key.  For the
 * keeper, which trusts nobody, and for `verify`. */
int value_key_valid(const struct value *v) CC_CHECK;

/* Append the text of v: its own where it has one, else made from the key
 * (addresses by RFC 5952, networks with "/n").  0, or -1 when buf is full or
 * the key is not valid. */
int value_print(const struct value *v, struct buf *out);

/* Wire-format helper for look-ups of parent domains: the key of the parent, or
 * an empty slice at the top-level domain.  Borrows from `key`. */
struct slice value_domain_parent(struct slice key);

/* For VALUE_URL: length of the loose part of the key, NUL included; 0 when the
 * key holds no NUL. */
size_t value_url_loose_len(const uint8_t *key, size_t keylen);

/* "ipv4-addr" …; NULL for an unknown code.  Static storage. */
const char *value_type_name(int type);
/* The code of a name or a well-known alias ("ip-dst", "domain", "sha-256" …);
 * VALUE_NONE when unknown. */
enum value_type value_type_code(struct slice name);
/* The type of a STIX hash name in any spelling (case and punctuation are
 * ignored: "SHA-256", "sha256", 'SHA_256'); VALUE_NONE when unknown. */
enum value_type value_hash_type(struct slice algorithm);
/* The stable word of a reason, static storage. */
const char *value_reason_name(int reason);

#endif
