/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists that were collected in memory, before they are merged into the tree.
 * Private to store/allow_load.c and store/allow_merge.c.
 */
#ifndef STORE_ALLOW_LOAD_H
#define STORE_ALLOW_LOAD_H

#include "store/allow_write.h"

struct load_entry {
	const uint8_t *key;      /* of the tree */
	uint16_t n, list;        /* its place in load->lists */
	uint8_t scope;
	bool done;
};

struct load_pattern {
	struct allow_pattern p;
	uint64_t digest;
	uint16_t list;
};

struct allow_load {
	struct arena arena;
	struct allow_list *lists;
	uint32_t nlists;
	size_t caplists;
	struct load_entry *entries;
	uint32_t n;
	size_t cap;
	struct load_pattern *patterns;
	uint32_t npatterns;
	size_t cappatterns;
	struct allow_text *text; /* where patterns are tried */
	struct slice *keep;      /* paths of lists that stay */
	uint32_t nkeep;
	size_t capkeep;
};

/* -1 with e set. */
int allow_no_memory(struct err *e);

#endif
