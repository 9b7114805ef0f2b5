/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a value back to a STIX comparison that reduces to it, for objects whose
 * own pattern was not kept.  A test holds every value type to that.
 * Pure, thread-safe.
 */
#ifndef STIX_UNREDUCE_H
#define STIX_UNREDUCE_H

#include "base/buf.h"
#include "base/cc.h"
#include "base/slice.h"

/* Append "domain-name:value = 'x'" for a value of that type, as it is printed.
 * -1 when the type has no place in STIX (out is then as before) or out is
 * full. */
int unreduce_value(int type, struct slice text, struct buf *out) CC_CHECK;

#endif
