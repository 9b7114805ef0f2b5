/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines: what one line of a list says.
 *
 *   plain    a word of the line: the first, or that of lines-token
 *   hosts    "0.0.0.0 name name": hosts(5) as block lists use it
 *   adblock  "||name^" and plain names; exceptions and rules with a path say
 *            nothing here
 *   dnsmasq  "address=/name/…", "server=/name/", "local=/name/"
 *   rpz      a response policy zone, see sync/zone_line.h
 *   rules    Suricata and Snort rules: addresses of the header, names and URLs
 *            of content in dns, http and tls buffers
 *
 * An expression (lines-extract) takes what its first parentheses hold, as often
 * as it matches.  Pure but for the compiled expressions; not thread-safe.
 */
#ifndef SYNC_WORDLIST_H
#define SYNC_WORDLIST_H

#include <regex.h>
#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "sync/feed_options.h"
#include "sync/zone_line.h"

#define WORDLIST_MAX 256 /* taken from one line */

extern const char *const wordlist_syntaxes[]; /* names; NULL at the end */

struct wordlist {
	const struct feed_options *options;
	int syntax;          /* place in wordlist_syntaxes */
	bool has_extract, has_ignore;
	bool marks[256];     /* bytes that a comment may begin with */
	regex_t extract, ignore;
	struct zone zone;    /* of the document; zeroed where one begins */
};

/* -1 with e set (ERR_CONFIG). */
int wordlist_init(struct wordlist *l, const struct feed_options *f, struct err *e)
    CC_CHECK;
void wordlist_free(struct wordlist *l);
/* A new document. */
void wordlist_begin(struct wordlist *l);
/* Is it empty, a comment or to be ignored?  `line` has no line end. */
bool wordlist_silent(const struct wordlist *l, struct slice line);
/* What the line lists: at most `max` words, borrowed from it or from `l`, up to
 * the next call; their number. */
size_t wordlist_take(struct wordlist *l, struct slice line, struct slice *words,
    size_t max);
/* Is it a line of the syntax, though it lists nothing: a name of the host itself,
 * an exception, a directive?  Of what fits an expression, and of plain lists, no
 * other lines are known. */
bool wordlist_knows(const struct wordlist *l, struct slice line);

#endif
