/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files behind base/value.h share.  Each type of value is one row of
 * the table in value_table.c; value.c does what is common to all of them.
 */
#ifndef BASE_VALUE_PRIVATE_H
#define BASE_VALUE_PRIVATE_H

#include "base/value.h"

/* For the check of keys, on top of enum value_option: labels that begin with
 * "xn--" are taken as they are, so that the keeper decodes no Punycode. */
#define VALUE_KEEP_ALABELS 0x4000u

#define DOMAIN_WIRE_MAX 255   /* RFC 1035 section 2.3.4, root label included */
#define DOMAIN_TEXT_MAX 253
#define DOMAIN_LABEL_MAX 63
#define IP_TEXT_MAX 46        /* longest address text and its NUL */

struct value_kind;

/* Text (trimmed, 1 … LIMIT_VALUE bytes) to value. */
typedef enum value_reason value_normalise_fn(struct arena *a,
    const struct value_kind *kind, struct slice text, unsigned options,
    struct value *out);
/* Text to canonical text of at most LIMIT_VALUE bytes, for types whose key is
 * their canonical text. */
typedef enum value_reason value_canon_fn(struct slice text, unsigned options,
    char *out, size_t *n);
typedef int value_valid_fn(const struct value_kind *kind,
    const struct value *v);
typedef int value_print_fn(const struct value *v, struct buf *out);

struct value_kind {
	uint8_t code;
	uint8_t bytes;       /* length of a digest */
	bool refang;         /* VALUE_REFANG applies */
	const char *name;
	value_normalise_fn *normalise;
	value_valid_fn *valid;
	value_print_fn *print;
	value_canon_fn *canon; /* only for value_text_normalise() */
};

/* value_table.c; NULL for a code that is not in the table */
const struct value_kind *value_kind(int type);

/* value.c: a value with a key and no text; copies the key into the arena. */
enum value_reason value_make(struct arena *a, enum value_type type,
    const void *key, size_t n, struct value *out);
/* value.c: white space and control characters */
struct slice value_trim_spaces(struct slice s);
bool value_is_space(char c);

/* Most texts begin and end with something else. */
static inline struct slice
value_trim(struct slice s)
{
	if (s.n > 0 && (uint8_t)s.p[0] > ' ' && (uint8_t)s.p[s.n - 1] > ' ')
		return s;
	return value_trim_spaces(s);
}

/* value_addr.c */
value_normalise_fn value_addr_normalise;
value_valid_fn value_addr_valid;
value_print_fn value_addr_print;
/* Strict dotted quad; strict RFC 4291 text without zone.  All of s. */
bool value_ip4_parse(struct slice s, uint8_t out[4]);
bool value_ip6_parse(struct slice s, uint8_t out[16]);
size_t value_ip4_text(const uint8_t a[4], char out[IP_TEXT_MAX]);
size_t value_ip6_text(const uint8_t a[16], char out[IP_TEXT_MAX]);
bool value_ip4_bogon(const uint8_t a[4], unsigned prefix);
bool value_ip6_bogon(const uint8_t a[16], unsigned prefix);
bool value_ip6_mapped(const uint8_t a[16]);

/* value_domain.c */
value_normalise_fn value_domain_normalise;
value_valid_fn value_domain_valid;
value_print_fn value_domain_print;
/*
 * A host name in any spelling to lower-case wire format.  One trailing dot is
 * dropped; a single label is refused unless `single`.  *n is set on VALUE_OK.
 * VALUE_BAD_TYPE: it maps to the text of an IPv4 address (full-width digits),
 * which then is in `wire` as plain text of *n bytes.
 */
enum value_reason value_domain_wire(struct slice host, bool single,
    unsigned options, uint8_t wire[DOMAIN_WIRE_MAX], size_t *n);
/* Wire format (valid) to text without a trailing dot, no NUL. */
size_t value_domain_text(const uint8_t *wire, size_t n,
    char out[DOMAIN_TEXT_MAX]);

/* value_domain.c: the text of a host name in lower case, as many bytes as it has;
 * single labels are taken.  False: value_domain_wire() tells what it is. */
bool value_domain_plain(struct slice host, char *out);

/* The length of "http" or "https" in front of "://"; else 0. */
static inline size_t
value_http_scheme(struct slice s)
{
	size_t n;

	if (s.n < 8 || memcmp(s.p, "http", 4) != 0)
		return 0;
	n = s.p[4] == 's' ? 5 : 4;
	return memcmp(s.p + n, "://", 3) == 0 ? n : 0;
}

/* value_url.c, value_url_plain.c, value_url_path.c */
value_normalise_fn value_url_normalise;
value_valid_fn value_url_valid;
value_print_fn value_url_print;
/* True: *out is what value_url_normalise() gives for the text.  False: it is none
 * of the plain ones, and nothing is said about it. */
bool value_url_plain(struct arena *a, struct slice s, unsigned options,
    struct value *out);
#define URL_PORT_MAX 6 /* ":65535" */
/* What tells strict texts apart whose keys differ in case alone.  Bytes written:
 * URL_LOST_BYTES. */
#define URL_LOST_BYTES (1 + 8)
size_t value_url_lost(struct slice strict, uint8_t *out);
/* RFC 3986 section 6.2.2 for the path, the query as it is.  `rest` begins with
 * '/' or '?' or is empty and holds no '#'.  Writes at most `room` bytes to out;
 * VALUE_BAD_MEMORY when that is not URL_PATH_SLACK more than is written. */
#define URL_PATH_SLACK 4
enum value_reason value_url_path(struct slice rest, char *out, size_t room,
    size_t *n);

/* value_file.c: does it end as the names of files do?  One letter stands in front of
 * the dot at least. */
bool value_names_file(struct slice s);

/* value_hash.c */
value_normalise_fn value_hash_normalise;   /* hex digits, kind->bytes long */
value_normalise_fn value_print_normalise;  /* fingerprints: separators too */
value_valid_fn value_hash_valid;
value_print_fn value_hash_printer;
/* Is it the digest of no bytes, or all zeros? */
bool value_hash_trivial(const uint8_t *p, size_t n);

/* value_number.c: mac-addr, autonomous-system */
value_normalise_fn value_mac_normalise, value_asn_normalise;
value_valid_fn value_mac_valid, value_asn_valid;
value_print_fn value_mac_print, value_asn_print;

/* value_text.c: types whose key is their canonical text */
value_normalise_fn value_text_normalise;
value_valid_fn value_text_valid;
value_print_fn value_text_print;
value_canon_fn value_canon_plain, value_canon_lines, value_canon_email,
    value_canon_regkey, value_canon_wallet;

/* value_token.c: texts of a fixed form */
value_canon_fn value_canon_ssdeep, value_canon_tlsh, value_canon_ja4,
    value_canon_serial, value_canon_cve, value_canon_phone;

/* value_refang.c: undo what makes a link dead; writes at most s.n bytes.  The
 * result is s itself when nothing had to be done. */
struct slice value_refang(struct slice s, char *out);
/* Is there anything to undo?  Most texts are alive, and one look at each byte says
 * so: that spares them the room for the result. */
bool value_may_be_dead(struct slice s);

#endif
