/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eight bytes as one number, the first byte lowest, on any machine and however
 * they are aligned.
 */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define WORD_IS_PLAIN 1 /* memory holds numbers that way */
#else
#define WORD_IS_PLAIN 0
#endif

static inline uint64_t
word_load(const void *from)
{
	const unsigned char *p = from;
	uint64_t w = 0;
	unsigned i;

	if (WORD_IS_PLAIN) {
		memcpy(&w, p, sizeof(w));
		return w;
	}
	for (i = 8; i-- > 0;)
		w = w << 8 | p[i];
	return w;
}

static inline void
word_store(void *to, uint64_t w)
{
	unsigned char *p = to;
	unsigned i;

	if (WORD_IS_PLAIN) {
		memcpy(p, &w, sizeof(w));
		return;
	}
	for (i = 0; i < 8; i++, w >>= 8)
		p[i] = (unsigned char)w;
}

#endif
