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

static void
handle(int sig, void (*how)(int))
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = how;
	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

void
stop_install(void)
{
	handle(SIGINT, stop_handler);
	handle(SIGTERM, stop_handler);
}

void
stop_pass(void)
{
	handle(STOP_PASSED, stop_handler);
	handle(SIGINT, SIG_IGN);
	handle(SIGTERM, SIG_IGN);
}
