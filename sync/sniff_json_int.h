/* SPDX-License-Identifier: BSD-2-Clause */
/* Between sync/sniff_json.c and sync/sniff_json_fields.c. */
#ifndef SYNC_SNIFF_JSON_INT_H
#define SYNC_SNIFF_JSON_INT_H

#include "stix/tree.h"
#include "sync/json_path.h"
#include "sync/sniff_int.h"

#define SNIFF_FIELDS 128u
#define SNIFF_RECORDS 100u   /* looked at */
#define SNIFF_PATH 256u      /* bytes of a path, with its NUL */

struct sniff_json {
	struct tree tree;
	struct arena *arena;
	struct slice path;   /* where a server had it; absent */
	bool lines;          /* one document a line */
	struct sniff_trailer trailer; /* of these; at NULL: none */
	struct sniff_field *fields;
	size_t nfields;
	/* where the most records were found */
	char root[SNIFF_PATH];
	uint32_t node;
	unsigned records;
	bool map;            /* they are the values of an object */
	unsigned row;        /* the record at hand */
	struct json_path inner; /* n > 0: the records lie in these, there */
};

static inline const struct tree_node *
sniff_node(const struct sniff_json *j, uint32_t node)
{
	return &j->tree.nodes[node];
}

/* A path with one more step; false: too long, or no name for a path. */
bool sniff_step(char out[SNIFF_PATH], const char *path, struct slice name);
/* The fields of a record, or of those that lie in it. */
void sniff_record(struct sniff_json *j, uint32_t node);
/* Those of all records in one document. */
void sniff_records(struct sniff_json *j);
/* Proposed values stand in lists within the records: "indicators[*].value".  Then
 * these lists have the records, what lies around them gives fields too ("^name"),
 * and j begins anew.  False: they do not. */
bool sniff_inner(struct sniff_json *j, const struct sniff *s);
/* In sniff_paging.c: what stands around the records and leads to another page
 * goes into page_kind and page_next. */
void sniff_paging(const struct sniff_json *j, struct sniff *s);

#endif
