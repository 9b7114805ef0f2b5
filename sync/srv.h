/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers by name: DNS SRV records (RFC 2782), as TAXII finds its servers
 * (TAXII 2.1 section 3.9: _taxii2._tcp; TAXII 2.0: _taxii._tcp).
 *
 * srv_parse() is pure and takes any bytes: every count, length and pointer of a
 * message is checked, and whatever does not fit refuses all of it.  It trusts
 * the resolver as far as DNS can be trusted: who may see credentials is decided
 * by who calls it.
 */
#ifndef SYNC_SRV_H
#define SYNC_SRV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

#define SRV_WIRE_MAX 255 /* RFC 1035 section 2.3.4 */
#define SRV_HOST_MAX 254 /* the same as text, NUL included */

struct srv_target {
	uint16_t priority, weight;
	uint16_t port;           /* not 0 */
	char host[SRV_HOST_MAX]; /* lower case, of two labels at least, without
	                          * a dot at the end, no address */
};

struct srv_list {
	/* In the order in which they are asked: by priority, smallest first;
	 * then by weight, greatest first (RFC 2782 lets chance choose among
	 * those; here the same question has the same answer); then by name. */
	struct srv_target at[LIMIT_SRV];
	size_t n;
	bool refused; /* n == 0, and the domain says that there is no such
	               * service: its one target is the root */
};

/* The records of `service` (text, "_taxii2._tcp.example.com") in a DNS message
 * that answers that question; aliases (CNAME) are followed within it.  A name
 * that does not exist has none.  -1 with e set. */
int srv_parse(struct slice message, const char *service, struct srv_list *out,
    struct err *e) CC_CHECK;

/* A domain in any spelling to the one above.  Single labels are none.  -1 with e
 * set (ERR_USAGE). */
int srv_domain(struct slice text, char out[SRV_HOST_MAX], struct err *e)
    CC_CHECK;

/* Ask the host's resolver for the records of `service`; the message in `answer`
 * (of LIMIT_DNS bytes).  0; 1: there are none; -1 with e set.  In srv_query.c. */
int srv_query(const char *service, struct buf *answer, struct err *e) CC_CHECK;

#endif
