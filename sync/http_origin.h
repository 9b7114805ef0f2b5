/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may see the credentials, and where a redirect may lead (P21).  Pure.
 */
#ifndef SYNC_HTTP_ORIGIN_H
#define SYNC_HTTP_ORIGIN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "sync/http_head.h"
#include "sync/url.h"

#define ORIGINS_MAX 72u /* the job's own and one per API root visited */

/* Starts as all zeros. */
struct origins {
	struct buf list[ORIGINS_MAX];
	unsigned n;
};

int origins_add(struct origins *o, const char *url, struct err *e) CC_CHECK;
bool origins_hold(const struct origins *o, const struct url *u);
void origins_free(struct origins *o);

bool http_is_redirect(int status);
/* Where the response of `from` sends us.  `elsewhere`: other origins are allowed.
 * 0 with the URL in `out`; -1 with e set. */
int http_redirect(const struct url *from, const struct http_head *head,
    bool elsewhere, struct buf *out, struct err *e) CC_CHECK;

#endif
