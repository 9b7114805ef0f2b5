/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filters: as parameters of a request, and applied here where a server passes
 * over them.  Pure, thread-safe.
 */
#ifndef SYNC_TAXII_FILTER_H
#define SYNC_TAXII_FILTER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "stix/object.h"
#include "sync/job.h"

/* match[id], match[version] and match[spec_version] of the job, behind *glue
 * ('?' or '&', which it becomes).  TAXII 2.0 has no spec_version. */
void filter_params(const struct job *job, bool v20, char *glue,
    struct buf *out);

/* What the operator gave as a version (all, first, last, times, several with
 * commas) as it goes to a server: times with three digits of fraction at least,
 * and a Z.  -1 with e set (ERR_USAGE). */
int filter_version(const char *text, struct buf *out, struct err *e) CC_CHECK;

/* Do the filters let an object, or what is known of one, pass?  A field that is
 * absent passes.  `version` may be TSTAMP_NONE, v20 -1: not known.  first, last
 * and all are not looked at. */
struct filter_item {
	struct slice type, id;
	int64_t version;
	int v20;
};
bool filter_passes(const struct job *job, const struct filter_item *item);
/* Of an object. */
struct filter_item filter_item_of(const struct stix_object *o);

#endif
