/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts out of a small XML document, such as the listing of a store of blobs:
 *
 *   <EnumerationResults><Blobs><Blob><Name>a.json</Name>…   Blobs.Blob.Name
 *
 * A path names elements from below the root on, without the prefixes of
 * namespaces.  Elements, attributes (passed over but for Encoded="true", by which
 * Azure says that a text is percent-encoded), texts, CDATA, comments and
 * processing instructions are read; of entities the five of XML itself and
 * characters by number.  A document type is refused, and with it whatever it
 * could declare: nothing is expanded, nothing is fetched.  UTF-8, with or without
 * a BOM.  It must be whole: each element is closed by its own name.
 *
 * Pure; memory is that of one text.
 */
#ifndef SYNC_XML_TEXTS_H
#define SYNC_XML_TEXTS_H

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

/* 0 when `text` is a path. */
int xml_path_check(struct slice text, struct err *e) CC_CHECK;

/* Each text at a path, in order, white space around it taken off; the empty ones
 * too.  It is borrowed until `take` returns, which ends the scan by a return
 * other than 0.  -1 with e set (ERR_SYNTAX, ERR_LIMIT; ERR_CONFIG: the path). */
int xml_texts(struct slice xml, struct slice path,
    int (*take)(void *ctx, struct slice text), void *ctx, struct err *e)
    CC_CHECK;

#endif
