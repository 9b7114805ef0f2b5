/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Being asked to stop: by SIGINT or SIGTERM.  The first is noticed at the next
 * good moment, the second ends the program at once.
 */
#ifndef CMD_STOP_H
#define CMD_STOP_H

#include <signal.h>

/* Set by the first signal, once stop_install() has been called. */
extern volatile sig_atomic_t stop_asked;

void stop_install(void);
/* In a process that this one made: those two may come to both or to one, so it
 * takes no notice of them, and stops when it is told by STOP_PASSED. */
#define STOP_PASSED SIGUSR1
void stop_pass(void);

#endif
