/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of a descriptor that may be a file, a terminal or a slow pipe.  stdio
 * would do but for three things: a line has a bound, the caller learns before a
 * wait (to send its answers and let the snapshot go), and a NUL is a byte like
 * any other.
 */
#ifndef CMD_LINES_H
#define CMD_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"

#define LINES_MAX KIB(16) /* bytes of a line; twice those of a value's text */

enum lines_result { LINES_END = 0, LINES_LINE = 1, LINES_WAIT = 2 };

struct lines {
	int fd;
	bool ended, skip; /* nothing more comes; inside of a line too long */
	size_t at, n;     /* room[at … n-1] was not handed out yet */
	char room[KIB(64)];
};

void lines_init(struct lines *l, int fd);
/*
 * LINES_LINE: the next line without its end ("\n" or "\r\n"), valid until the
 * next call; of a longer one the first LINES_MAX bytes, with *cut set.
 * LINES_WAIT: nothing has come yet; call lines_wait(), then this again.
 * LINES_END, or -1 with e set.
 */
int lines_next(struct lines *l, const char **line, size_t *n, bool *cut,
    struct err *e) CC_CHECK;
/* Wait for input. */
void lines_wait(const struct lines *l);

#endif
