/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The question is the C library's: where the resolver is, which transport and
 * how often, is the host's own affair.  A state of our own makes it safe in
 * threads.
 */
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include "sync/srv.h"
#include "sync/srv_hook.h"

static int
failure(const char *service, int why, struct err *e)
{
	if (why == HOST_NOT_FOUND || why == NO_DATA)
		return 1;
	return err_set(e, ERR_NET, "%.300s: %s; where the server's URL is known,"
	    " give that", service, why == TRY_AGAIN ? "no DNS server answers, "
	    "or none knows an answer" : "the DNS server does not answer SRV "
	    "questions");
}

int
srv_query(const char *service, struct buf *answer, struct err *e)
{
	struct __res_state state = {0};
	char *room;
	int n, why;

	buf_reset(answer);
	room = buf_room(answer, LIMIT_DNS);
	if (room == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	if (res_ninit(&state) != 0)
		return err_set(e, ERR_NET, "the resolver of this host cannot "
		    "be used");
	srv_hook(&state);
	n = res_nquery(&state, service, ns_c_in, ns_t_srv,
	    (unsigned char *)room, (int)LIMIT_DNS);
	why = state.res_h_errno;
	res_nclose(&state);
	if (n < 0)
		return failure(service, why, e);
	/* What had no room is reported in full, but not there. */
	answer->n = (size_t)n < LIMIT_DNS ? (size_t)n : LIMIT_DNS;
	return 0;
}
