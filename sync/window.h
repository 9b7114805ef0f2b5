/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much of what it has unpacked a compressed file needs to have at hand to
 * unpack the rest: the dictionary of xz, the window of zstd.  It is the file that
 * says so, and who unpacks it pays.  Pure.
 */
#ifndef SYNC_WINDOW_H
#define SYNC_WINDOW_H

#include <stddef.h>
#include <stdint.h>

/* Of a file that begins with these bytes: its first block's.  0: not told, or one
 * of the other kinds, which need less than a megabyte, bzip2 four. */
uint64_t window_of(const char *p, size_t n);

#endif
