/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiler attributes, spelled once.  Everything here is a no-op on a compiler
 * that lacks the attribute; nothing may rely on one for correctness.
 */
#ifndef BASE_CC_H
#define BASE_CC_H

#if defined(__GNUC__) || defined(__clang__)
#define CC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define CC_CHECK __attribute__((warn_unused_result))
#define CC_NORETURN __attribute__((noreturn))
#define CC_UNUSED __attribute__((unused))
/* Of a function that is seldom called: it stays apart from its caller, which
 * else makes room for its variables each time. */
#define CC_RARE __attribute__((noinline, cold))
#define CC_LIKELY(x) __builtin_expect(!!(x), 1)
#define CC_UNLIKELY(x) __builtin_expect(!!(x), 0)
/* The empty statement is there because GCC takes a function that does nothing
 * but prefetch for one without effects, and drops the calls of it. */
#define CC_PREFETCH(p)                                                         \
	do {                                                                   \
		__builtin_prefetch((const void *)(p));                         \
		__asm__ volatile("");                                          \
	} while (0)
#else
#define CC_PRINTF(fmt, args)
#define CC_CHECK
#define CC_NORETURN
#define CC_UNUSED
#define CC_RARE
#define CC_LIKELY(x) (x)
#define CC_UNLIKELY(x) (x)
#define CC_PREFETCH(p) ((void)(p))
#endif

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
