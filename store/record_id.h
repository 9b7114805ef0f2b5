/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `ids` holds under an identifier and a source: where its object lies, or,
 * when the history of the object is over, that it was there.  A buried
 * identifier still answers "is this known?" and "is this newer?", so that a
 * server that lists it for ever brings nothing back, and a revoked one does not
 * rise again (store/history.h has for how long).  Pure.
 */
#ifndef STORE_RECORD_ID_H
#define STORE_RECORD_ID_H

#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/idkey.h"
#include "base/slice.h"

/* The identifier, 0 (what is not 0 names an end of a relationship), u16 source. */
#define ID_KEY_LEN (IDKEY_LEN + 3)
#define ID_KEY_SOURCE (IDKEY_LEN + 1) /* where the source is */
void id_key(uint8_t out[ID_KEY_LEN], const uint8_t *id, uint16_t source);

#define ID_REC_LEN 16
#define ID_REC_MAX 33

/* u64 row, u64 hash; with row 0: u8 flags, i64 modified, i64 when. */
struct id_rec {
	uint64_t row;      /* 0: buried */
	uint64_t hash;     /* of the newest version's bytes */
	/* Of a buried one: */
	uint8_t flags;     /* OBJ_REVOKED */
	int64_t modified;  /* of the newest version */
	int64_t when;      /* it was buried, or listed last, a while ago */
};

size_t id_rec_encode(const struct id_rec *r, uint8_t out[ID_REC_MAX]);
/* 0, or -1 when the bytes are not such a record. */
int id_rec_decode(struct slice bytes, struct id_rec *r) CC_CHECK;

#endif
