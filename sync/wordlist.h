/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines: what one line of a list says.
 *
 *   plain    a word of the line: the first, or that of lines-token
 *   hosts    "0.0.0.0 name name": hosts(5) as block lists use it
 *   adblock  "||name^" and plain names; exceptions and rules with a path say
 *            nothing here
 *   dnsmasq  "address=/name/…", "server=/name/", "local=/name/"
 *   rpz      "name CNAME .", the names of a response policy zone; "*." with it;
 *            of "24.0.2.0.192.rpz-ip" the network.  Other triggers, by who asks
 *            or who answers, say nothing here
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

#define WORDLIST_MAX 256 /* taken from one line */

extern const char *const wordlist_syntaxes[]; /* names; NULL at the end */

struct wordlist {
	const struct feed_options *options;
	int syntax;          /* place in wordlist_syntaxes */
	bool has_extract, has_ignore;
	bool marks[256];     /* bytes that a comment may begin with */
	regex_t extract, ignore;
	char room[64];       /* a word that the line spells in another way */
};

/* -1 with e set (ERR_CONFIG). */
int wordlist_init(struct wordlist *l, const struct feed_options *f, struct err *e)
    CC_CHECK;
void wordlist_free(struct wordlist *l);
/* Is it empty, a comment or to be ignored?  `line` has no line end. */
bool wordlist_silent(const struct wordlist *l, struct slice line);
/* What the line lists: at most `max` words, borrowed from it or from `l`, up to
 * the next call; their number. */
size_t wordlist_take(struct wordlist *l, struct slice line, struct slice *words,
    size_t max);

#endif
