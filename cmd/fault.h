/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LMDB follows the page numbers that a store holds; in a damaged one they may
 * lead out of the file, and the kernel answers with a signal.  This makes of the
 * signal the error that it is: one line, exit status 4.
 */
#ifndef CMD_FAULT_H
#define CMD_FAULT_H

/* From now on a bad memory access is laid to the store at this path. */
void fault_expect(const char *store);

#endif
