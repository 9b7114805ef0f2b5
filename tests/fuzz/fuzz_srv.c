/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the DNS's answer: whatever is taken is in order, and could be put
 * into a URL as it is.
 */
#include <stdint.h>
#include <stdlib.h>

#include "sync/srv.h"
#include "sync/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
check_target(const struct srv_target *t)
{
	char again[SRV_HOST_MAX];
	struct buf text;
	struct url u;

	demand(t->port != 0 && strlen(t->host) < SRV_HOST_MAX);
	buf_init(&text, LIMIT_URL);
	buf_printf(&text, "https://%s:%u/", t->host, (unsigned)t->port);
	demand(url_parse(buf_view(&text), &u, NULL) == 0);
	demand(slice_is(u.host, t->host) && u.port == t->port);
	/* Punycode that is none is refused of an operator, not of a server. */
	if (srv_domain(u.host, again, NULL) == 0)
		demand(strcmp(again, t->host) == 0);
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct slice message = {(const char *)p, n};
	struct err e = ERR_INIT;
	struct srv_list list;
	size_t i;

	if (srv_parse(message, "_taxii2._tcp.feed.example", &list, &e) != 0) {
		demand(list.n == 0 && !list.refused && e.code != ERR_NONE);
		return 0;
	}
	demand(list.n <= LIMIT_SRV && (list.n == 0 || !list.refused));
	for (i = 0; i < list.n; i++) {
		check_target(&list.at[i]);
		demand(i == 0 || list.at[i].priority >
		    list.at[i - 1].priority || (list.at[i].priority ==
		    list.at[i - 1].priority && list.at[i].weight <=
		    list.at[i - 1].weight));
	}
	return 0;
}
