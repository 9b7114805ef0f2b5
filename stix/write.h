/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing STIX: a bundle around objects that are copied byte for byte.
 *
 * The writer appends to a buffer that its owner drains between calls, so memory
 * does not grow with the bundle.  Pure.
 */
#ifndef STIX_WRITE_H
#define STIX_WRITE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"

struct stix_writer {
	struct buf *out;
	bool first;
};

/* {"type":"bundle","id":"bundle--…","objects":[ */
int stix_write_begin(struct stix_writer *w, struct buf *out, struct err *e)
    CC_CHECK;
/* One object as it came. */
int stix_write_object(struct stix_writer *w, struct slice json, struct err *e)
    CC_CHECK;
/* ]} and a newline */
int stix_write_end(struct stix_writer *w, struct err *e) CC_CHECK;

#endif
