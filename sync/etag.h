/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What servers say about the version of a document (RFC 9110, 8.8.3).  Pure.
 */
#ifndef SYNC_ETAG_H
#define SYNC_ETAG_H

#include <stdbool.h>
#include <stddef.h>

#define ETAG_MAX 1200 /* two of them, and what is between */

/* The ETag as other servers of the same farm may know it: without W/ and without
 * what a compression adds.  False where that is all of it. */
bool etag_bare(const char *etag, char *out, size_t max);
/* Is the version that a reply is about the one that was asked for?  What is not
 * told (NULL or "") fits. */
bool etag_fits(const char *asked, const char *got);

#endif
