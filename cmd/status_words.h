/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How `taxiway status` writes for people: labels with their texts, lengths of time,
 * cells of a table.  All on standard output.  What others wrote is cleaned of
 * controls.  A `width` is that of the terminal, in columns; 0: texts are not broken.
 */
#ifndef CMD_STATUS_WORDS_H
#define CMD_STATUS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define WORDS_SPAN 24 /* bytes of a length of time, with its NUL */

/* How long something has lasted (ns), in the unit that tells it: "3h".  `out`. */
const char *words_span(int64_t t, char out[WORDS_SPAN]);

/* A line's name; its text follows. */
void words_label(const char *name);
/* A text from column `at` on, and a line's end; what does not fit goes on below,
 * behind `indent` columns. */
void words_fill(unsigned width, struct slice s, unsigned indent, unsigned at);
/* As one paragraph behind its label; nothing where the text is empty. */
void words_paragraph(unsigned width, const char *name, struct slice s);
/* A time; nothing where it is unknown. */
void words_when(const char *name, int64_t t);
/* "N" and `of` behind it. */
void words_number(const char *name, uint64_t n, const char *of);

/* Columns of a text, at most `most`, and how many bytes of it have them. */
unsigned words_columns(const char *text, unsigned most, size_t *bytes);
/* A cell, cut where it is too long, and filled up unless it is the last one. */
void words_cell(const char *text, unsigned width, bool last);

#endif
