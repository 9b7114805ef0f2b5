/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter's file, shared by its reading and its writing half.
 *
 * Page 0: 0 magic (8), 8 version u32, 12 superseded u32, 16 uuid (16),
 * 32 capacity u64, 40 count u64, 48 blocks u64, 56 lengths of IPv6 networks
 * (2 × u64, bit n: prefix n), 72 generation u64, 80 the same lengths of IPv4
 * networks (u64).  From 4096: 65536 bits, one per IPv4 /16.  From 12288: the
 * blocks, 64 bytes each.  Words are in the host's order, like those of LMDB's
 * pages; bit n of a block is bit n % 64 of its word n / 64.
 */
#ifndef STORE_FILTER_FILE_H
#define STORE_FILTER_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/filter.h"

#define FILTER_MAGIC "twfiltr"
#define FILTER_VERSION 3
#define FILTER_NET4_AT 4096
#define FILTER_BLOCKS_AT 12288
#define FILTER_BLOCK_BITS 512
#define FILTER_PROBES 7
#define FILTER_NAME_MAX 4096

struct filter_head {
	char magic[8];
	uint32_t version;
	_Atomic uint32_t superseded;
	uint8_t uuid[16];
	uint64_t capacity;
	_Atomic uint64_t count;
	uint64_t blocks;
	_Atomic uint64_t net6_lengths[2];
	_Atomic uint64_t generation;
	_Atomic uint64_t net4_lengths;
};

struct filter {
	void *map;
	size_t len;
	struct filter_head *head;
	_Atomic uint64_t *net4;
	_Atomic uint64_t *blocks;
	uint64_t nblocks, seed;
	char *path;       /* of the file in place; NULL in a reader */
};

/* Where a key's bits are. */
struct filter_place filter_place(const struct filter *f, unsigned domain,
    const uint8_t *key, size_t keylen);
/* The domain of a value's key.  Types whose keys are digests of one length share
 * one: a text that may be any of them is denied by one look. */
unsigned filter_family(uint8_t type);
/* Domains of networks; value types are below them. */
#define FILTER_DOMAIN_NET6 0x100u
#define FILTER_DOMAIN_NET4 0x101u
#define FILTER_NET_KEY_MAX 17

/* Map an open file that fits; NULL with *why = 0 when it does not fit, else an
 * errno. */
struct filter *filter_map_fd(int fd, bool write, const uint8_t uuid[16],
    int *why);
/* PATH-filter, PATH-filter.new; false when too long. */
bool filter_name(const char *store_path, bool temporary,
    char out[FILTER_NAME_MAX]);
/* Key bytes of a network: prefix, then the `n` bytes of the address with host
 * bits cleared; returns their number. */
size_t filter_net_key(const uint8_t *addr, size_t n, unsigned prefix,
    uint8_t out[FILTER_NET_KEY_MAX]);
/* The part of a value's key that the filter knows. */
size_t filter_key_len(uint8_t type, const uint8_t *key, size_t keylen);

#endif
