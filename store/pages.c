/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/pages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Layout of data format 1.  LMDB writes its structs as they lie in memory, so
 * they are read in the host's byte order too. */
enum {
	HEAD = 16,           /* of every page: number, pad, flags, lower, upper */
	AT_FLAGS = 10, AT_LOWER = 12, AT_UPPER = 14, AT_COUNT = 12,
	META_LEN = 152, META_SIZE = 40, META_FREE = 40, META_MAIN = 88,
	META_LAST = 136, META_TXN = 144,
	DB_LEN = 48, DB_DEPTH = 6, DB_BRANCH = 8, DB_LEAF = 16, DB_OVER = 24,
	DB_ENTRIES = 32, DB_ROOT = 40,
	NODE = 8             /* lo, hi, flags, key size */
};
enum { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_OVERFLOW = 4 };
enum { NODE_BIG = 1, NODE_SUB = 2 };

#define DEPTH_MAX 32 /* of one tree, like LMDB's own */
#define STACK (DEPTH_MAX + 4) /* and of the tree of trees above it */
#define TOP_TRIES 100
#define NO_PAGE UINT64_MAX
#define KEY_MAX 511

struct walk {
	int fd;
	uint32_t size;             /* of a page */
	uint64_t last;             /* page */
	uint8_t *seen;             /* one bit a page */
	uint8_t *stack[STACK];     /* one page each */
	pages_fault_fn *fault;
	void *ctx;
	struct pages_result *out;
	int error;                 /* errno of the walk itself */
	bool top;                  /* of the trees only the root pages */
};

/* What one tree turned out to hold. */
struct tally {
	uint64_t branch, leaf, over, entries;
	unsigned depth;
	unsigned base;             /* of its pages on the stack */
	bool is_main, is_free;
	bool root_only;
};

static uint16_t
get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t
get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static bool CC_PRINTF(2, 3)
bad(struct walk *w, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->out->faults++;
	if (w->fault != NULL)
		w->fault(w->ctx, text);
	return false;
}

/* False when the page is out of range or was met before. */
static bool
take(struct walk *w, uint64_t page, const char *what)
{
	if (page < 2 || page > w->last)
		return bad(w, "%s page %" PRIu64 " of %" PRIu64, what, page,
		    w->last + 1);
	if (w->seen[page / 8] >> page % 8 & 1)
		return bad(w, "page %" PRIu64 " is used twice", page);
	w->seen[page / 8] |= (uint8_t)(1u << page % 8);
	w->out->pages++;
	return true;
}

static bool
load(struct walk *w, uint64_t page, uint8_t *to, size_t n)
{
	ssize_t got = pread(w->fd, to, n, (off_t)(page * w->size));

	if (got == (ssize_t)n)
		return true;
	if (got < 0)
		w->error = errno;
	return bad(w, "page %" PRIu64 " lies behind the end of the file", page);
}

/* The pages of a value that is kept apart. */
static bool
check_big(struct walk *w, uint64_t page, uint64_t size, struct tally *t)
{
	uint8_t head[HEAD];
	uint64_t i, need = (HEAD + size + w->size - 1) / w->size;
	uint32_t count;

	if (!take(w, page, "overflow"))
		return false;
	if (!load(w, page, head, sizeof(head)))
		return false;
	memcpy(&count, head + AT_COUNT, sizeof(count));
	if (get64(head) != page || get16(head + AT_FLAGS) != PAGE_OVERFLOW ||
	    count < need || count > w->last - page + 1)
		return bad(w, "overflow page %" PRIu64 " is damaged", page);
	for (i = 1; i < count; i++) {
		if (!take(w, page + i, "overflow"))
			return false;
	}
	t->over += count;
	return true;
}

static bool check_tree(struct walk *w, const uint8_t *db, struct tally *t);

/* One entry of a leaf; `at` points to it and `room` bytes follow. */
static bool
check_leaf_node(struct walk *w, uint64_t page, const uint8_t *at, size_t room,
    struct tally *t)
{
	uint64_t size = get16(at) | (uint64_t)get16(at + 2) << 16;
	unsigned flags = get16(at + 4);
	size_t key = get16(at + 6);
	const uint8_t *data = at + NODE + key;
	struct tally sub = {
	    .base = t->base + t->depth, .root_only = w->top};

	if (key == 0 || key > KEY_MAX || NODE + key > room ||
	    (flags & ~(unsigned)(NODE_BIG | NODE_SUB)) != 0)
		return bad(w, "page %" PRIu64 " has a damaged entry", page);
	room -= NODE + key;
	t->entries++;
	if ((flags & NODE_BIG) && t->root_only)
		return true;
	if (flags & NODE_BIG)
		return room >= 8 ? check_big(w, get64(data), size, t)
		    : bad(w, "page %" PRIu64 " has a damaged entry", page);
	if (size > room)
		return bad(w, "page %" PRIu64 " has a damaged entry", page);
	if ((flags & NODE_SUB) == 0)
		return true;
	if (!t->is_main || size != DB_LEN)
		return bad(w, "page %" PRIu64 " has a tree inside", page);
	return check_tree(w, data, &sub);
}

static bool check_page(struct walk *w, uint64_t page, unsigned depth,
    struct tally *t);

/* Children of a branch. */
static bool
check_branch(struct walk *w, const uint8_t *p, uint64_t page, unsigned n,
    unsigned depth, struct tally *t)
{
	const uint8_t *at;
	uint64_t child;
	unsigned i, off;

	t->branch++;
	if (n < 2 || depth + 1 >= t->depth)
		return bad(w, "branch page %" PRIu64 " is damaged", page);
	for (i = 0; i < n; i++) {
		off = get16(p + HEAD + 2 * i);
		at = p + off;
		if (off + NODE + get16(at + 6) > w->size)
			return bad(w, "branch page %" PRIu64 " is damaged",
			    page);
		child = get16(at) | (uint64_t)get16(at + 2) << 16 |
		    (uint64_t)get16(at + 4) << 32;
		if (!t->root_only && !check_page(w, child, depth + 1, t))
			return false;
	}
	return true;
}

/* Keys that do not grow would make LMDB miss what is there. */
static bool
keys_grow(const struct walk *w, const uint8_t *p, unsigned n, unsigned from)
{
	const uint8_t *a, *b;
	size_t na, nb;
	unsigned i, off;
	int order;

	for (i = from; i < n; i++) {
		off = get16(p + HEAD + 2 * i);
		if (off + NODE + get16(p + off + 6) > w->size)
			return false;
		if (i == from)
			continue;
		a = p + get16(p + HEAD + 2 * i - 2);
		b = p + off;
		na = get16(a + 6);
		nb = get16(b + 6);
		order = memcmp(a + NODE, b + NODE, na < nb ? na : nb);
		if (order > 0 || (order == 0 && na >= nb))
			return false;
	}
	return true;
}

static bool
check_page(struct walk *w, uint64_t page, unsigned depth, struct tally *t)
{
	uint8_t *p = w->stack[t->base + depth];
	unsigned lower, upper, flags, n, i, off;

	if (!take(w, page, "tree") || !load(w, page, p, w->size))
		return false;
	flags = get16(p + AT_FLAGS);
	lower = get16(p + AT_LOWER);
	upper = get16(p + AT_UPPER);
	if (get64(p) != page || lower < HEAD || lower > upper ||
	    upper > w->size || lower % 2 != 0 ||
	    (flags != PAGE_BRANCH && flags != PAGE_LEAF))
		return bad(w, "page %" PRIu64 " is damaged", page);
	n = (lower - HEAD) / 2;
	for (i = 0; i < n; i++) {
		off = get16(p + HEAD + 2 * i);
		if (off < upper || off > w->size - NODE)
			return bad(w, "page %" PRIu64 " has a damaged entry",
			    page);
	}
	if (!t->is_free && !keys_grow(w, p, n, flags == PAGE_BRANCH))
		return bad(w, "page %" PRIu64 ": keys out of order", page);
	if (flags == PAGE_BRANCH)
		return check_branch(w, p, page, n, depth, t);
	t->leaf++;
	if (n == 0 || depth + 1 != t->depth)
		return bad(w, "leaf page %" PRIu64 " is damaged", page);
	for (i = 0; i < n; i++) {
		off = get16(p + HEAD + 2 * i);
		if (!check_leaf_node(w, page, p + off, w->size - off, t))
			return false;
	}
	return true;
}

/* A tree and what its description counts. */
static bool
check_tree(struct walk *w, const uint8_t *db, struct tally *t)
{
	uint8_t copy[DB_LEN];
	uint64_t root;

	memcpy(copy, db, sizeof(copy));
	root = get64(copy + DB_ROOT);
	t->depth = get16(copy + DB_DEPTH);
	if (t->depth > DEPTH_MAX || t->base + t->depth > STACK ||
	    (root == NO_PAGE) != (t->depth == 0))
		return bad(w, "the root of a tree is damaged");
	if (root != NO_PAGE && !check_page(w, root, 0, t))
		return false;
	if (t->root_only)
		return true;
	if (t->branch != get64(copy + DB_BRANCH) ||
	    t->leaf != get64(copy + DB_LEAF) ||
	    t->over != get64(copy + DB_OVER) ||
	    t->entries != get64(copy + DB_ENTRIES))
		return bad(w, "a tree does not hold what its root counts");
	return true;
}

/* The meta page of a commit, or the newer one for txn 0; false when neither is
 * it. */
static bool
find_meta(struct walk *w, uint64_t txn, uint8_t meta[META_LEN])
{
	uint8_t other[META_LEN];
	uint32_t size;
	int i;

	if (pread(w->fd, meta, META_LEN, 0) != META_LEN)
		return false;
	memcpy(&size, meta + META_SIZE, sizeof(size));
	if (size < 512 || size > 65536 || (size & (size - 1)) != 0)
		return false;
	w->size = size;
	if (txn == 0) {
		if (pread(w->fd, other, META_LEN, (off_t)size) != META_LEN)
			return false;
		if (get64(other + META_TXN) > get64(meta + META_TXN))
			memcpy(meta, other, META_LEN);
		return true;
	}
	for (i = 0; i < 2; i++) {
		if (pread(w->fd, meta, META_LEN, (off_t)i * size) == META_LEN &&
		    get64(meta + META_TXN) == txn)
			return true;
	}
	return false;
}

/* The last page that can be there: the file may end before the last that was
 * ever used, when that one holds nothing. */
static uint64_t
last_page(const struct walk *w, const uint8_t meta[META_LEN])
{
	uint64_t last = get64(meta + META_LAST), there = 0;
	struct stat st;

	if (fstat(w->fd, &st) == 0)
		there = (uint64_t)st.st_size / w->size;
	return last < there ? last : there > 0 ? there - 1 : 0;
}

static int
walk_reserve(struct walk *w)
{
	uint8_t *pages;
	int i;

	w->seen = calloc((size_t)(w->last / 8 + 1), 1);
	pages = calloc(STACK, w->size);
	if (w->seen == NULL || pages == NULL) {
		free(pages);
		return ENOMEM;
	}
	for (i = 0; i < STACK; i++)
		w->stack[i] = pages + (size_t)i * w->size;
	return 0;
}

int
pages_check(int fd, uint64_t txn, pages_fault_fn *fault, void *ctx,
    struct pages_result *out)
{
	struct walk w = {.fd = fd, .fault = fault, .ctx = ctx, .out = out};
	struct tally free_tree = {.is_free = true}, main_tree = {.is_main = true};
	uint8_t meta[META_LEN];

	*out = (struct pages_result){0};
	if (sizeof(size_t) != 8)
		return 0;
	if (!find_meta(&w, txn, meta))
		return EAGAIN; /* two commits have passed since */
	w.last = last_page(&w, meta);
	if (walk_reserve(&w) != 0) {
		free(w.seen);
		return ENOMEM;
	}
	/* The two descriptions lie in meta, which the walk does not reuse. */
	check_tree(&w, meta + META_FREE, &free_tree);
	check_tree(&w, meta + META_MAIN, &main_tree);
	free(w.stack[0]);
	free(w.seen);
	return w.error;
}

/* One look at the top; *txn is the commit that was seen. */
static int
top_once(struct walk *w, uint64_t *txn)
{
	struct tally main_tree = {.is_main = true};
	uint8_t meta[META_LEN];

	*w->out = (struct pages_result){0};
	if (!find_meta(w, 0, meta))
		return EINVAL;
	*txn = get64(meta + META_TXN);
	w->last = last_page(w, meta);
	if (walk_reserve(w) != 0) {
		free(w->seen);
		return ENOMEM;
	}
	check_tree(w, meta + META_MAIN, &main_tree);
	free(w->stack[0]);
	free(w->seen);
	return w->error;
}

int
pages_check_top(int fd, pages_fault_fn *fault, void *ctx,
    struct pages_result *out)
{
	struct walk w = {.fd = fd, .ctx = ctx, .out = out, .top = true};
	uint64_t before = 0, txn = 0;
	bool same, tell = false;
	int i, rc = 0;

	*out = (struct pages_result){0};
	if (sizeof(size_t) != 8)
		return 0;
	/* A fault counts when one commit shows it twice; then it is told. */
	for (i = 0; i < TOP_TRIES; i++) {
		rc = top_once(&w, &txn);
		same = i > 0 && txn == before;
		if (rc != 0 || out->faults == 0 || (same && tell))
			return rc;
		before = txn;
		tell = same;
		w.fault = tell ? fault : NULL;
	}
	return EAGAIN;
}
