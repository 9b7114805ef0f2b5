/* SPDX-License-Identifier: BSD-2-Clause */
/* How requests were answered, by classes: few, so that each may be a label. */
#ifndef SYNC_TALLY_H
#define SYNC_TALLY_H

#include <stdint.h>

enum tally_class {
	TALLY_NONE,  /* no answer: name, connection, TLS, broken off */
	TALLY_2XX, TALLY_304, TALLY_3XX, TALLY_401, TALLY_403, TALLY_404,
	TALLY_429, TALLY_4XX, TALLY_5XX,
	TALLY_CLASSES
};

/* Of a status; 0 and what is no final one: TALLY_NONE. */
enum tally_class tally_class_of(int status);
const char *tally_name(int class); /* "none", "2xx", "304" … */

#endif
