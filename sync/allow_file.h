/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of allow-lists, read into a load (store/allow_write.h).  What a file is
 * is told from it:
 *
 *   MISP warninglist  a JSON object with `name`, `type` and `list`.  Types:
 *                     string (the value itself), hostname (names below it too,
 *                     and URLs on it where `matching_attributes` names URLs),
 *                     cidr, substring, regex.  matching_attributes says which
 *                     types of value are meant; without it, all.
 *   suffixes          a Public Suffix List (publicsuffix.org): bare suffixes
 *   lines             one value a line, the first word of it; "rank,domain" as
 *                     top lists have it; '#' begins a comment.  A domain is
 *                     itself alone, "*.x" and ".x" the names below it too.
 *
 * An entry that is not understood is counted and passed over; a file that is none
 * of these is an error, and so are lines of which none is a value.  The texts are
 * checked like those of a feed.  Not thread-safe for one load.
 */
#ifndef SYNC_ALLOW_FILE_H
#define SYNC_ALLOW_FILE_H

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "store/allow_write.h"

/* How a list is to be taken. */
struct allow_file {
	const char *path;
	const char *name;      /* instead of its own; NULL */
	uint8_t mode, cap;     /* enum allow_mode */
	uint8_t flags;         /* enum allow_list_flag */
};

/* The list and its entries, from the text of the file. */
int allow_file_parse(const struct allow_file *f, struct slice text,
    struct allow_load *l, struct err *e) CC_CHECK;

/* Tells whether a file is the one that a list was loaded from. */
uint64_t allow_file_digest(struct slice text);

/* "block", "inform" or "cap:N".  0, or -1: it is none of these. */
int allow_file_mode(struct slice text, uint8_t *mode, uint8_t *cap) CC_CHECK;

#endif
