/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of sync/sniff*.c. */
#ifndef SYNC_SNIFF_INT_H
#define SYNC_SNIFF_INT_H

#include "base/value.h"
#include "sync/sniff.h"

/* A column of a table, or a path into records, with texts that stood there. */
struct sniff_field {
	struct slice name;   /* as settings name it */
	struct slice samples[LIMIT_SNIFF_SAMPLES];
	unsigned n;
	uint64_t rows;       /* which of the first 64 records have it, as bits */
};

void sniff_what(struct sniff *s, const char *fmt, ...) CC_PRINTF(2, 3);
/* One more setting; those behind the bound are left out. */
void sniff_set(struct sniff *s, struct arena *a, const char *name,
    struct slice value);

/* The type that a text is detected as, VALUE_NONE for none.  The value may have
 * to be rid of a port, or of what keeps it from being clicked on. */
enum sniff_guise { GUISE_NONE, GUISE_PORT = 1, GUISE_FANG = 2 };
enum value_type sniff_type(struct slice text, unsigned *guise);
/* Is it a time, by itself? */
bool sniff_time(struct slice text);

#define SNIFF_ROW(n) ((n) < 64 ? UINT64_C(1) << (n) : 0)

/* In sniff_map.c: which fields are values, times, labels …; false: no field
 * holds values. */
bool sniff_map(struct sniff *s, struct arena *a,
    const struct sniff_field *fields, size_t n);
/* In sniff_rules.c: false: no rules. */
bool sniff_rules(struct slice head, struct arena *a, struct sniff *s);
/* In sniff_table.c: false: no table. */
bool sniff_table(struct slice head, struct arena *a, struct sniff *s);
/* In sniff_json.c: false: no JSON. */
bool sniff_json(struct slice head, bool whole, struct slice path,
    struct arena *a, struct sniff *s);

/* In sniff_trailer.c, of records one a line, to the last of them: is that none?
 * Where it stands, and the settings that say so; `count` may be empty. */
struct sniff_trailer {
	const char *at;
	struct slice test, count;
};
bool sniff_trailer(struct slice head, struct arena *a, struct sniff_trailer *t);

/* The next line of *rest, without its end; false at the end. */
bool sniff_line(struct slice *rest, struct slice *line);

#endif
