/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TAXII's status resource: what became of objects that were added.  Read
 * liberally: 2.0 lists ids where 2.1 lists objects, counts may be absent.  Pure,
 * thread-safe; everything is borrowed from the JSON.
 */
#ifndef SYNC_STATUS_H
#define SYNC_STATUS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum status_list { STATUS_SUCCESS, STATUS_FAILURE, STATUS_PENDING, STATUS_LISTS };

struct status {
	const char *id;               /* NULL: nothing to ask again by */
	bool complete;                /* nothing is pending */
	bool told;                    /* it is a status resource at all */
	uint64_t count[STATUS_LISTS]; /* as told, at least as many as listed */
	json_t *list[STATUS_LISTS];   /* arrays, or NULL */
};

struct status status_read(json_t *doc);

struct status_entry {
	const char *id, *version, *message; /* NULL when not told */
};
/* Entry i of a list; false behind its end. */
bool status_entry(const struct status *s, enum status_list which, size_t i,
    struct status_entry *out);
/* "success", "failure", "pending". */
const char *status_name(enum status_list which);

#endif
