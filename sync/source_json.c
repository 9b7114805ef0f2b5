/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeds of JSON that is not STIX: a document, or pages of them. */
#include "sync/source.h"

#include <stdlib.h>

#include "sync/json_feed.h"

#define JSON_ACCEPT "application/json, application/x-ndjson, */*;q=0.5"

static int
poll_json(const struct job *job, struct ingest *g, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct json_feed *f = malloc(sizeof(*f));
	const struct doc_sink sink = {json_feed_begin, json_feed_bytes,
	    json_feed_end, json_feed_abandon, f, NULL, NULL};
	static const struct doc_want want = {.accept = JSON_ACCEPT,
	    .markup = true};
	int rc;

	if (f == NULL)
		return err_set(x, ERR_MEMORY, "out of memory");
	rc = json_feed_init(f, job, g, x);
	if (rc == 0)
		rc = entries_poll(&f->x, &want, &sink, json_feed_facts, x);
	json_feed_free(f);
	free(f);
	return rc;
}

/* What a feed is read as is said, never guessed: no claims. */
const struct source_ops source_json = {
	.kind = "json", .title = "records of JSON",
	.document = true, .feed = true,
	.poll = poll_json,
};
