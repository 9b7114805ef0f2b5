/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digests.  SHA-256 (FIPS 180-4) names long values and odd identifiers, where
 * a forged collision would hide an indicator.  digest64() tells equal bytes
 * from changed ones within one source and feeds hash tables; it is keyed by a
 * per-store seed so that a feed cannot prepare a collision.
 * Pure, thread-safe.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_LEN 32

struct sha256 {
	uint32_t h[8];
	uint64_t total;
	uint8_t block[64];
	size_t fill;
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *p, size_t n);
void sha256_done(struct sha256 *s, uint8_t out[SHA256_LEN]);
void sha256(const void *p, size_t n, uint8_t out[SHA256_LEN]);

/* A fast keyed 64-bit hash of any length, the same on every host.  Its
 * definition is part of the database format (doc/format.md). */
uint64_t digest64(const void *p, size_t n, uint64_t seed);

#endif
