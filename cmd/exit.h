/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program's exit status says; taxiway(1), EXIT STATUS.
 */
#ifndef CMD_EXIT_H
#define CMD_EXIT_H

enum exit_status {
	EXIT_DONE = 0,   /* lookup: at least one active match */
	EXIT_NO = 1,     /* a clean no */
	EXIT_USAGE = 2,  /* wrong usage or configuration */
	EXIT_SOURCE = 3, /* a source failed */
	EXIT_STORE = 4   /* the store cannot be used */
};

#endif
