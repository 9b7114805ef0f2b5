/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making identifiers; the only user of libuuid.  (Reading them is base/idkey.h.)
 */
#ifndef STIX_ID_H
#define STIX_ID_H

#include "base/cc.h"
#include "base/slice.h"

#define STIX_ID_TEXT_MAX 128

/* "type--<random UUIDv4>".  0, or -1 when the type is too long. */
int stix_id_random(const char *type, char out[STIX_ID_TEXT_MAX]) CC_CHECK;

/* "type--<UUIDv5>" of a name in the STIX namespace 00abedb4-aa42-466c-9c01-
 * fed23315a9b7 (STIX 2.1 section 2.9); `name` is the canonical JSON (RFC 8785) of
 * the contributing properties. */
int stix_id_named(const char *type, struct slice name,
    char out[STIX_ID_TEXT_MAX]) CC_CHECK;

#endif
