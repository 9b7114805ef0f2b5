/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writing half of the filter.  Bits are only ever set; whoever sets them
 * holds the store's write transaction, so there is one writer at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "store/bytes.h"
#include "store/filter.h"
#include "store/filter_file.h"

_Static_assert(sizeof(struct filter_head) <= FILTER_NET4_AT,
    "the head of a filter is one page");

static int
name_fail(struct err *e, int errnum, const char *name)
{
	return err_sys(e, errnum == ENOSPC || errnum == EDQUOT ||
	    errnum == EFBIG ? ERR_FULL : ERR_STORE, errnum,
	    "filter '%s'; free some space, or remove it", name);
}

/* An empty filter in an open file.  All of its bytes are allocated: writing to
 * a map of a sparse file on a full disk ends in SIGBUS. */
static int
file_fill(int fd, const uint8_t uuid[16], uint64_t capacity)
{
	uint64_t blocks = (capacity * FILTER_BITS_PER_KEY +
	    FILTER_BLOCK_BITS - 1) / FILTER_BLOCK_BITS;
	struct filter_head h = {.magic = FILTER_MAGIC,
	    .version = FILTER_VERSION, .capacity = capacity, .blocks = blocks};
	ssize_t n;
	int rc;

	if (blocks == 0 || blocks > UINT32_MAX)
		return EINVAL;
	memcpy(h.uuid, uuid, 16);
	rc = posix_fallocate(fd, 0, (off_t)(FILTER_BLOCKS_AT +
	    blocks * (FILTER_BLOCK_BITS / 8)));
	if (rc != 0)
		return rc;
	n = pwrite(fd, &h, sizeof(h), 0);
	if (n < 0)
		return errno;
	return n == (ssize_t)sizeof(h) ? 0 : ENOSPC;
}

int
filter_build(const char *store_path, const uint8_t uuid[16],
    uint64_t capacity, struct filter **out, struct err *e)
{
	char name[FILTER_NAME_MAX], path[FILTER_NAME_MAX];
	int fd, rc;

	*out = NULL;
	if (!filter_name(store_path, true, name) ||
	    !filter_name(store_path, false, path))
		return err_set(e, ERR_STORE, "store '%s': path too long",
		    store_path);
	/* A keeper that was killed may have left one. */
	if (unlink(name) != 0 && errno != ENOENT)
		return name_fail(e, errno, name);
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0640);
	if (fd < 0)
		return name_fail(e, errno, name);
	rc = file_fill(fd, uuid, capacity);
	if (rc == 0)
		*out = filter_map_fd(fd, true, uuid, &rc);
	close(fd);
	if (*out != NULL) {
		(*out)->path = strdup(path);
		if ((*out)->path != NULL)
			return 0;
		rc = ENOMEM;
		filter_unmap(*out);
		*out = NULL;
	}
	(void)unlink(name);
	return name_fail(e, rc != 0 ? rc : EIO, name);
}

/* A file of another version: whoever maps it is to look for a newer one, since
 * nobody adds to it any more.  What stands in front is the same in all. */
static void
retire_version(int fd)
{
	static const uint32_t yes = 1;
	struct {
		char magic[8];
		uint32_t version, superseded;
	} h;

	if (pread(fd, &h, sizeof(h), 0) == (ssize_t)sizeof(h) &&
	    memcmp(h.magic, FILTER_MAGIC, sizeof(h.magic)) == 0 &&
	    h.version != FILTER_VERSION && h.superseded == 0 &&
	    pwrite(fd, &yes, sizeof(yes), 12) == (ssize_t)sizeof(yes))
		(void)fdatasync(fd);
}

int
filter_open(const char *store_path, const uint8_t uuid[16],
    uint64_t capacity, struct filter **out, struct err *e)
{
	char name[FILTER_NAME_MAX];
	struct filter *f;
	int fd, why = 0;

	*out = NULL;
	if (!filter_name(store_path, false, name))
		return err_set(e, ERR_STORE, "store '%s': path too long",
		    store_path);
	fd = open(name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		*out = filter_map_fd(fd, true, uuid, &why);
		if (*out == NULL && why == 0)
			retire_version(fd);
		close(fd);
		if (*out != NULL && ((*out)->path = strdup(name)) != NULL)
			return 0;
		if (*out != NULL)
			why = ENOMEM;
		filter_unmap(*out);
		*out = NULL;
	} else if (errno != ENOENT) {
		why = errno;
	}
	/* Readers could still use the one that cannot be written. */
	if (why != 0)
		return name_fail(e, why, name);
	if (capacity == 0)
		return 0;
	if (filter_build(store_path, uuid, capacity, &f, e) != 0)
		return -1;
	if (filter_publish(f, NULL, true, e) != 0) {
		filter_unmap(f);
		return -1;
	}
	*out = f;
	return 0;
}

static void
set_bits(struct filter *f, struct filter_place at)
{
	_Atomic uint64_t *block =
	    f->blocks + at.block * (FILTER_BLOCK_BITS / 64);
	unsigned i, bit;
	uint64_t word;

	for (i = 0; i < FILTER_PROBES; i++, at.bits >>= 9) {
		bit = at.bits & 511;
		/* One writer: no read-modify-write instruction is needed. */
		word = atomic_load_explicit(&block[bit / 64],
		    memory_order_relaxed);
		atomic_store_explicit(&block[bit / 64],
		    word | UINT64_C(1) << bit % 64, memory_order_relaxed);
	}
	word = atomic_load_explicit(&f->head->count, memory_order_relaxed);
	atomic_store_explicit(&f->head->count, word + 1,
	    memory_order_relaxed);
}

void
filter_add(struct filter *f, uint8_t type, const uint8_t *key, size_t keylen)
{
	set_bits(f, filter_place(f, filter_family(type), key,
	    filter_key_len(type, key, keylen)));
}

void
filter_add_net(struct filter *f, uint8_t type, const uint8_t *addr,
    uint8_t prefix)
{
	uint8_t key[FILTER_NET_KEY_MAX];
	unsigned i, first, n;
	size_t len;

	if (type == VALUE_IPV4 && prefix <= 32) {
		first = be16_get(addr);
		n = prefix < 16 ? 1u << (16 - prefix) : 1;
		for (i = first; i < first + n && i < 65536; i++)
			atomic_fetch_or_explicit(&f->net4[i / 64],
			    UINT64_C(1) << i % 64, memory_order_relaxed);
		len = filter_net_key(addr, 4, prefix, key);
		set_bits(f, filter_place(f, FILTER_DOMAIN_NET4, key, len));
		atomic_fetch_or_explicit(&f->head->net4_lengths,
		    UINT64_C(1) << prefix, memory_order_relaxed);
	} else if (type == VALUE_IPV6 && prefix < 128) {
		len = filter_net_key(addr, 16, prefix, key);
		set_bits(f, filter_place(f, FILTER_DOMAIN_NET6, key, len));
		atomic_fetch_or_explicit(&f->head->net6_lengths[prefix / 64],
		    UINT64_C(1) << prefix % 64, memory_order_relaxed);
	}
}

uint64_t
filter_count(const struct filter *f)
{
	return atomic_load_explicit(&f->head->count, memory_order_relaxed);
}

uint64_t
filter_capacity(const struct filter *f)
{
	return f->head->capacity;
}

void
filter_complete(struct filter *f, uint64_t generation)
{
	atomic_store_explicit(&f->head->generation, generation,
	    memory_order_release);
}

int
filter_sync(struct filter *f, struct err *e)
{
	atomic_thread_fence(memory_order_release);
	if (msync(f->map, f->len, MS_SYNC) != 0)
		return name_fail(e, errno, f->path != NULL ? f->path : "");
	return 0;
}

int
filter_publish(struct filter *f, struct filter *old, bool sync, struct err *e)
{
	char temporary[FILTER_NAME_MAX];

	if (snprintf(temporary, sizeof(temporary), "%s.new", f->path) >=
	    (int)sizeof(temporary))
		return err_set(e, ERR_STORE, "filter '%s': path too long",
		    f->path);
	if (sync && filter_sync(f, e) != 0)
		return -1;
	/* Marked first: were we killed after the rename, readers of the old one
	 * would never learn what the new one knows. */
	if (old != NULL) {
		atomic_store(&old->head->superseded, 1);
		if (sync && filter_sync(old, e) != 0)
			return -1;
	}
	if (rename(temporary, f->path) != 0)
		return name_fail(e, errno, f->path);
	if (sync)
		(void)fs_sync_folder(f->path);
	return 0;
}
