/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that others wrote, for a terminal.
 */
#ifndef CMD_CLEAN_H
#define CMD_CLEAN_H

#include <stddef.h>
#include <stdio.h>

/* The text of a hostile feed: controls become '?', and so do bytes that are no
 * UTF-8.  It need not end with a NUL. */
void print_clean(FILE *out, const char *p, size_t n);

#endif
