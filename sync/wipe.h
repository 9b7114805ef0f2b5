/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Overwriting secrets.  The empty asm with a memory clobber tells the compiler
 * that somebody looks at the bytes, so the stores are not dropped as dead.
 */
#ifndef SYNC_WIPE_H
#define SYNC_WIPE_H

#include <string.h>

static inline void
wipe(void *p, size_t n)
{
	if (p == NULL || n == 0)
		return;
	memset(p, 0, n);
#if defined(__GNUC__) || defined(__clang__)
	__asm__ __volatile__("" : : "r"(p) : "memory");
#endif
}

/* A NUL-terminated string, which may be NULL. */
static inline void
wipe_str(char *s)
{
	if (s != NULL)
		wipe(s, strlen(s));
}

#endif
