/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Public suffixes: names under which anybody may have a name of his own, so that
 * a claim on the bare one would hit all of them.
 *
 * The program brings a small table of names with two labels ("co.uk",
 * "github.io"); a whole Public Suffix List is an allow-list of its own
 * (sync/allow_file.h).  A name of one label is no value at all.  Pure.
 */
#ifndef BASE_SUFFIX_H
#define BASE_SUFFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/slice.h"

/* Is a domain's key (wire format) one of the table?  Some ten instructions for
 * names of more than two labels. */
bool suffix_known(const uint8_t *key, size_t n);

/* The wire format of a name that may have one label; its length, 0 when the text
 * is no name.  Without a dot in front. */
#define SUFFIX_WIRE_MAX 255
size_t suffix_wire(struct slice text, uint8_t out[SUFFIX_WIRE_MAX]) CC_CHECK;

#endif
