/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the paging machine share. */
#ifndef SYNC_PAGING_INT_H
#define SYNC_PAGING_INT_H

#include "sync/paging.h"

/* paging_state.c */
void paging_init(struct paging *p, const struct paging_opts *o);
/* -1: it is damaged. */
int paging_load(struct paging *p, struct slice saved) CC_CHECK;
/* The index, or one of its items, was read. */
struct paging_step paging_index_reply(struct paging *p,
    const struct paging_reply *r);
/* Were there more empty pages in a row than a server may send? */
bool paging_too_empty(struct paging *p, const struct paging_reply *r);
/* Was the chain of what names the next page here before? */
bool paging_comes_back(struct paging *p, uint64_t digest);

#endif
