/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The digests that lie in files beside downloads: MD5 (RFC 1321), SHA-1
 * (RFC 3174) and SHA-256, told by their lengths.  MD5 and SHA-1 say that a
 * download came whole, not that nobody forged it; nothing here relies on more.
 *
 * Pure, thread-safe.
 */
#ifndef BASE_SUMS_H
#define BASE_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

#define SUM_MAX SHA256_LEN
#define SUM_TEXT (2 * SUM_MAX + 1) /* in hex, with the NUL */

enum sum_kind { SUM_MD5, SUM_SHA1, SUM_SHA256, SUM_KINDS };

struct sum {
	enum sum_kind kind;
	struct sha256 sha256;  /* of SUM_SHA256; the rest is for the others */
	uint32_t h[5];
	uint64_t total;
	uint8_t block[64];
	size_t fill;
};

/* Bytes of a digest, and the name for people: "SHA-256". */
size_t sum_length(enum sum_kind kind);
const char *sum_name(enum sum_kind kind);

void sum_init(struct sum *s, enum sum_kind kind);
void sum_add(struct sum *s, const void *p, size_t n);
/* sum_length() bytes. */
void sum_done(struct sum *s, uint8_t out[SUM_MAX]);
/* Such a digest, in hex. */
void sum_text(enum sum_kind kind, const uint8_t *digest, char out[SUM_TEXT]);

#endif
