/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reading half of the filter.
 */
#include "store/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "store/bytes.h"
#include "store/filter_file.h"

bool
filter_name(const char *store_path, bool temporary, char out[FILTER_NAME_MAX])
{
	return snprintf(out, FILTER_NAME_MAX, "%s-filter%s", store_path,
	    temporary ? ".new" : "") < FILTER_NAME_MAX;
}

size_t
filter_net_key(const uint8_t *addr, size_t n, unsigned prefix,
    uint8_t out[FILTER_NET_KEY_MAX])
{
	unsigned whole = prefix / 8, rest = prefix % 8;

	memset(out, 0, 1 + n);
	out[0] = (uint8_t)prefix;
	memcpy(out + 1, addr, whole);
	if (rest != 0)
		out[1 + whole] = (uint8_t)(addr[whole] & 0xff00u >> rest);
	return 1 + n;
}

size_t
filter_key_len(uint8_t type, const uint8_t *key, size_t keylen)
{
	size_t n = 0;

	if (type == VALUE_URL)
		n = value_url_loose_len(key, keylen);
	return n != 0 ? n : keylen;
}

unsigned
filter_family(uint8_t type)
{
	static const uint8_t families[VALUE_TYPE_COUNT] = {
	    [VALUE_IMPHASH] = VALUE_MD5, [VALUE_JA3] = VALUE_MD5,
	    [VALUE_JA3S] = VALUE_MD5, [VALUE_HASSH] = VALUE_MD5,
	    [VALUE_X509_MD5] = VALUE_MD5,
	    [VALUE_PEHASH] = VALUE_SHA1, [VALUE_X509_SHA1] = VALUE_SHA1,
	    [VALUE_SHA3_256] = VALUE_SHA256,
	    [VALUE_AUTHENTIHASH] = VALUE_SHA256,
	    [VALUE_X509_SHA256] = VALUE_SHA256,
	    [VALUE_SHA3_512] = VALUE_SHA512,
	};

	return type < VALUE_TYPE_COUNT && families[type] != 0 ?
	    families[type] : type;
}

bool
filter_same(uint8_t a, uint8_t b)
{
	return a == b || filter_family(a) == filter_family(b);
}

struct filter_place
filter_place(const struct filter *f, unsigned domain, const uint8_t *key,
    size_t keylen)
{
	uint64_t h, bits;

	h = digest64(key, keylen,
	    f->seed + domain * UINT64_C(0x9e3779b97f4a7c15));
	bits = (h ^ h >> 31) * UINT64_C(0xd6e8feb86659fd93);
	bits ^= bits >> 29;
	return (struct filter_place){
	    ((h >> 32) * f->nblocks) >> 32, bits};
}

/* Does the file say what its size and this store want it to? */
static bool
head_fits(const struct filter_head *h, uint64_t size, const uint8_t uuid[16])
{
	return memcmp(h->magic, FILTER_MAGIC, 8) == 0 &&
	    h->version == FILTER_VERSION && h->blocks != 0 &&
	    h->blocks <= UINT32_MAX &&
	    size == FILTER_BLOCKS_AT + h->blocks * (FILTER_BLOCK_BITS / 8) &&
	    memcmp(h->uuid, uuid, 16) == 0 &&
	    atomic_load(&h->superseded) == 0;
}

struct filter *
filter_map_fd(int fd, bool write, const uint8_t uuid[16], int *why)
{
	struct filter *f;
	struct stat st;
	void *map;

	*why = 0;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size < FILTER_BLOCKS_AT)
		return NULL;
	f = calloc(1, sizeof(*f));
	if (f == NULL) {
		*why = ENOMEM;
		return NULL;
	}
	map = mmap(NULL, (size_t)st.st_size,
	    write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		*why = errno;
		free(f);
		return NULL;
	}
	f->map = map;
	f->len = (size_t)st.st_size;
	f->head = map;
	f->net4 = (void *)((char *)map + FILTER_NET4_AT);
	f->blocks = (void *)((char *)map + FILTER_BLOCKS_AT);
	if (!head_fits(f->head, (uint64_t)st.st_size, uuid)) {
		filter_unmap(f);
		return NULL;
	}
	f->nblocks = f->head->blocks;
	f->seed = le64_get(uuid) ^ le64_get(uuid + 8);
	return f;
}

struct filter *
filter_map(const char *store_path, const uint8_t uuid[16])
{
	char name[FILTER_NAME_MAX];
	struct filter *f;
	int fd, why;

	if (!filter_name(store_path, false, name))
		return NULL;
	fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	f = filter_map_fd(fd, false, uuid, &why);
	close(fd);
	return f;
}

void
filter_unmap(struct filter *f)
{
	if (f == NULL)
		return;
	munmap(f->map, f->len);
	free(f->path);
	free(f);
}

bool
filter_superseded(const struct filter *f)
{
	return atomic_load_explicit(&f->head->superseded,
	    memory_order_acquire) != 0;
}

uint64_t
filter_generation(const struct filter *f)
{
	return atomic_load_explicit(&f->head->generation,
	    memory_order_acquire);
}

/* All bits are looked at, whatever the first ones say: they lie in one line of
 * memory, and a branch that cannot be predicted costs more than all of them. */
static bool
has_bits(const struct filter *f, struct filter_place at)
{
	const _Atomic uint64_t *block =
	    f->blocks + at.block * (FILTER_BLOCK_BITS / 64);
	uint64_t all = 1;
	unsigned i, bit;

	for (i = 0; i < FILTER_PROBES; i++, at.bits >>= 9) {
		bit = at.bits & 511;
		all &= atomic_load_explicit(&block[bit / 64],
		    memory_order_relaxed) >> bit % 64;
	}
	return all != 0;
}

struct filter_place
filter_start(const struct filter *f, uint8_t type, const uint8_t *key,
    size_t keylen)
{
	struct filter_place at =
	    filter_place(f, filter_family(type), key,
	    filter_key_len(type, key, keylen));

	CC_PREFETCH(f->blocks + at.block * (FILTER_BLOCK_BITS / 64));
	return at;
}

bool
filter_ask(const struct filter *f, struct filter_place at)
{
	/* Bits were set before the commit that the caller's snapshot sees. */
	atomic_thread_fence(memory_order_acquire);
	return has_bits(f, at);
}

bool
filter_may_have(const struct filter *f, uint8_t type, const uint8_t *key,
    size_t keylen)
{
	return filter_ask(f, filter_place(f, filter_family(type), key,
	    filter_key_len(type, key, keylen)));
}

/* Of the lengths from `prefix` on that were added, does one hold the address? */
static bool
covers(const struct filter *f, unsigned domain, const uint8_t *addr, size_t n,
    const _Atomic uint64_t *lengths, unsigned prefix)
{
	uint64_t word = atomic_load_explicit(lengths, memory_order_relaxed);
	uint8_t key[FILTER_NET_KEY_MAX];
	size_t len;

	for (; word != 0; prefix++, word >>= 1) {
		if ((word & 1) == 0)
			continue;
		len = filter_net_key(addr, n, prefix, key);
		if (has_bits(f, filter_place(f, domain, key, len)))
			return true;
	}
	return false;
}

bool
filter_may_cover(const struct filter *f, uint8_t type, const uint8_t *addr)
{
	unsigned i;

	atomic_thread_fence(memory_order_acquire);
	if (type == VALUE_IPV4) {
		/* most addresses need no look at each length */
		i = be16_get(addr);
		return (atomic_load_explicit(&f->net4[i / 64],
		    memory_order_relaxed) >> i % 64 & 1) != 0 &&
		    covers(f, FILTER_DOMAIN_NET4, addr, 4,
		    &f->head->net4_lengths, 0);
	}
	return covers(f, FILTER_DOMAIN_NET6, addr, 16,
	    &f->head->net6_lengths[0], 0) ||
	    covers(f, FILTER_DOMAIN_NET6, addr, 16,
	    &f->head->net6_lengths[1], 64);
}
