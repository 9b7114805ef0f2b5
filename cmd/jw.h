/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing JSON lines fast: a buffer in front of stdout, commas by itself.
 * (Half a million look-ups a second leave no time for a tree.)  Text that is not
 * UTF-8 is written with U+FFFD in place of what is not, so every line is JSON.
 */
#ifndef CMD_JW_H
#define CMD_JW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "taxiway.h"

struct jw {
	FILE *file;
	struct buf out;  /* flushed to the file when it grows */
	bool comma;      /* the next member needs one */
};

void jw_open(struct jw *j, FILE *file);
/* Hand everything to the reader now, as before a wait. */
void jw_flush(struct jw *j);
/* Write what is left.  -1 when any write failed. */
int jw_close(struct jw *j);

void jw_begin(struct jw *j, char bracket); /* '{' or '[' */
void jw_end(struct jw *j, char bracket);   /* '}' or ']' */
void jw_line(struct jw *j);                /* end of one object a line */
void jw_key(struct jw *j, const char *key);
void jw_text(struct jw *j, const char *p, size_t n);
void jw_number(struct jw *j, int64_t n);
void jw_bool(struct jw *j, bool b);
void jw_null(struct jw *j);
void jw_time(struct jw *j, int64_t t); /* text; null for NONE and NEVER */

void jw_raw(struct jw *j, struct slice json); /* a value that is JSON already */

/* key and value in one */
void jw_kstr(struct jw *j, const char *key, struct tw_str s); /* null */
void jw_kopt(struct jw *j, const char *key, struct tw_str s); /* "": null */
void jw_kz(struct jw *j, const char *key, const char *z);     /* null */
void jw_knum(struct jw *j, const char *key, uint64_t n);
void jw_kbool(struct jw *j, const char *key, bool b);
void jw_ktime(struct jw *j, const char *key, int64_t t);

#endif
