/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

#define ALIGN 8u
#define BLOCK_MIN 4096u
#define BLOCK_MAX (256u * 1024u) /* larger requests get a block of their own */

/* The sanitizer sees reads of memory that a reset gave back. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

struct arena_block {
	struct arena_block *next;
	size_t size; /* bytes of data */
	size_t used;
	_Alignas(ALIGN) unsigned char data[];
};

void
arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

void
arena_reset(struct arena *a)
{
	struct arena_block *b;

	while ((b = a->head) != NULL) {
		a->head = b->next;
		b->used = 0;
		POISON(b->data, b->size);
		b->next = a->spare;
		a->spare = b;
	}
	a->used = 0;
}

static void
spare_free(struct arena *a)
{
	struct arena_block *b;

	while ((b = a->spare) != NULL) {
		a->spare = b->next;
		UNPOISON(b->data, b->size);
		free(b);
	}
}

void
arena_free(struct arena *a)
{
	arena_reset(a);
	spare_free(a);
}

/* A kept block that is large enough, else a new one.  Blocks double, so that a
 * large arena has few of them. */
static struct arena_block *
block_get(struct arena *a, size_t n)
{
	struct arena_block **at, *b;
	size_t size;

	for (at = &a->spare; (b = *at) != NULL; at = &b->next) {
		if (b->size >= n) {
			*at = b->next;
			return b;
		}
	}
	/* Objects that grow would each leave a block behind that is of no use
	 * to the next. */
	if (n > BLOCK_MAX)
		spare_free(a);
	size = a->head != NULL ? a->head->size : BLOCK_MIN / 2;
	size = size > BLOCK_MAX / 2 ? BLOCK_MAX : size * 2;
	if (size < n)
		size = n;
	if (size > SIZE_MAX - sizeof(*b))
		return NULL;
	b = malloc(sizeof(*b) + size);
	if (b == NULL)
		return NULL;
	b->size = size;
	b->used = 0;
	POISON(b->data, b->size);
	return b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b = a->head;
	size_t want;
	void *p;

	if (n > SIZE_MAX - (ALIGN - 1))
		return NULL;
	want = n != 0 ? (n + ALIGN - 1) & ~(size_t)(ALIGN - 1) : ALIGN;
	if (want > a->max - a->used)
		return NULL;
	if (b == NULL || want > b->size - b->used) {
		b = block_get(a, want);
		if (b == NULL)
			return NULL;
		b->next = a->head;
		a->head = b;
	}
	p = b->data + b->used;
	b->used += want;
	a->used += want;
	UNPOISON(p, n);
	return p;
}

void *
arena_dup(struct arena *a, const void *p, size_t n)
{
	void *to = arena_alloc(a, n);

	if (to != NULL && n != 0)
		memcpy(to, p, n);
	return to;
}

struct slice
arena_slice(struct arena *a, struct slice s)
{
	char *to;

	if (s.n == SIZE_MAX || (to = arena_alloc(a, s.n + 1)) == NULL)
		return SLICE_NONE;
	if (s.n != 0)
		memcpy(to, s.p, s.n);
	to[s.n] = '\0';
	return (struct slice){to, s.n};
}
