/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/srv_hook.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE "TAXIWAY_TEST_DNS=127.0.0.1:"

void
srv_hook(struct __res_state *state)
{
	struct sockaddr_in *to = &state->nsaddr_list[0];
	const size_t n = sizeof(VARIABLE) - 1;
	char **p;

	for (p = environ; p != NULL && *p != NULL; p++) {
		if (strncmp(*p, VARIABLE, n) != 0)
			continue;
		memset(to, 0, sizeof(*to));
		to->sin_family = AF_INET;
		to->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		to->sin_port = htons((uint16_t)strtoul(*p + n, NULL, 10));
		state->nscount = 1;
		state->retrans = 1;
		state->retry = 1;
	}
}
