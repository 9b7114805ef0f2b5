/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of several files, in a folder or an archive, are documents in JSON: a
 * licence or a description lies beside many of them.
 *
 * What is named like a document (".json", ".stix", packed or not) is one whatever
 * it holds: a web page in its place is a failure, and not an absence.  Of all
 * others the first bytes decide.  Pure, thread-safe.
 */
#ifndef SYNC_DOC_AMONG_H
#define SYNC_DOC_AMONG_H

#include <stdbool.h>
#include <stddef.h>

enum among { AMONG_UNDECIDED, AMONG_DOCUMENT, AMONG_OTHER };

bool among_named(const char *name);
/* By the first bytes: behind a byte order mark and blanks "{", or "[" and then
 * "{" or "]".  A text that begins with a link in brackets is none. */
enum among among_begins(const char *p, size_t n);

#endif
