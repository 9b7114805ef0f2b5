/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/fault.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cmd/exit.h"

#if defined(__SANITIZE_ADDRESS__)
#define FAULT_IS_OURS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FAULT_IS_OURS 1
#endif
#endif
#ifndef FAULT_IS_OURS
#define FAULT_IS_OURS 0 /* a sanitizer wants to see faults itself */
#endif

/* Made beforehand: a handler may do little more than write. */
static struct {
	char text[PATH_MAX + 256];
	size_t n;
} fault;

static void
fault_handler(int sig)
{
	(void)sig;
	(void)!write(STDERR_FILENO, fault.text, fault.n);
	_exit(EXIT_STORE);
}

void
fault_expect(const char *store)
{
	struct sigaction sa;
	int n;

	if (FAULT_IS_OURS)
		return;
	n = snprintf(fault.text, sizeof(fault.text), "taxiway: store '%.*s': "
	    "ended by a bad access while it was read, as a damaged store "
	    "makes it: 'taxiway verify' tells; pull again into a new store, "
	    "or, if it finds nothing, report this as a fault of taxiway\n",
	    PATH_MAX, store);
	if (n < 0 || (size_t)n >= sizeof(fault.text))
		return;
	fault.n = (size_t)n;
	utf8_clean(fault.text, fault.n - 1);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = fault_handler;
	sa.sa_flags = (int)SA_RESETHAND;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
}
