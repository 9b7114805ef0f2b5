/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another resolver, for tests.  In a build with TAXIWAY_TEST_HOOKS the
 * environment variable TAXIWAY_TEST_DNS = "127.0.0.1:PORT" names the one DNS
 * server that SRV questions go to.  Any other build has no such code.
 */
#ifndef SYNC_SRV_HOOK_H
#define SYNC_SRV_HOOK_H

#include <resolv.h>

#ifdef TAXIWAY_TEST_HOOKS
void srv_hook(struct __res_state *state);
#else
static inline void
srv_hook(struct __res_state *state)
{
	(void)state;
}
#endif

#endif
