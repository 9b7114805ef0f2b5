/* SPDX-License-Identifier: BSD-2-Clause */
/* What digest.c and digest_x86.c share; a test compares the two. */
#ifndef BASE_DIGEST_PRIVATE_H
#define BASE_DIGEST_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

/* FIPS 180-4 section 4.2.2 */
extern const uint32_t sha256_k[64];

/* Whole blocks of 64 bytes, on any machine. */
void sha256_blocks_plain(uint32_t h[8], const uint8_t *p, size_t blocks);

/* GCC's run-time test of the processor needs no state of ours; Clang's does not
 * know this feature by name. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    __GNUC__ >= 11
#define SHA256_X86 1
/* Needs the SHA extensions and SSE 4.1. */
void sha256_blocks_x86(uint32_t h[8], const uint8_t *p, size_t blocks);
#endif

#endif
