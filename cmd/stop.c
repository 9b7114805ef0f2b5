/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/stop.h"

#include <string.h>
#include <unistd.h>

volatile sig_atomic_t stop_asked;

static void
stop_handler(int sig)
{
	if (stop_asked)
		_exit(128 + sig);
	stop_asked = 1;
}

void
stop_install(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = stop_handler;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}
