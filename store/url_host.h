/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host of a URL that a normaliser wrote (base/value.h).  Pure.
 */
#ifndef STORE_URL_HOST_H
#define STORE_URL_HOST_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * The host in a URL's text, or in its key unless that is a digest: without the
 * brackets of an address and without port; absent when a bracket is not closed.
 * A scheme is only what stands in front of the first '/', so that a URL in the
 * query of one without a scheme is not taken for it.  *bare (NULL: not wanted):
 * nothing but "/" follows the host.  Borrows from `url`.
 */
struct slice url_host(struct slice url, bool *bare);

#endif
