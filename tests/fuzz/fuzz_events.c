/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a stream of events, in one piece and byte by byte: the same comes
 * out.  And its ids as those of a stream.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "sync/events.h"
#include "sync/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct told {
	uint64_t digest;
	struct stream_id last;
};

static int
take(void *ctx, const struct event *ev, struct err *e)
{
	struct told *t = ctx;
	struct stream_id id = {0, 0};

	(void)e;
	if (strlen(ev->id) > EVENTS_ID || strlen(ev->name) > EVENTS_NAME ||
	    ev->name[0] == '\0')
		abort();
	t->digest = digest64(ev->name, strlen(ev->name), t->digest);
	t->digest = digest64(ev->id, strlen(ev->id), t->digest);
	t->digest = digest64(ev->data.p, ev->data.n, t->digest);
	if (stream_id_parse(slice_str(ev->id), &id)) {
		if (stream_id_compare(id, t->last) !=
		    -stream_id_compare(t->last, id))
			abort();
		t->last = id;
	}
	return 0;
}

static int
lose(void *ctx, struct err *e)
{
	(void)ctx, (void)e;
	abort(); /* no input of the fuzzer is as long */
}

static uint64_t
run(const char *p, size_t n, size_t step)
{
	struct told t = {1, {0, 0}};
	const struct events_ops ops = {take, lose, &t};
	struct err e = ERR_INIT;
	struct events s;

	events_init(&s, &ops);
	for (size_t i = 0; i < n; i += step)
		if (events_bytes(&s, p + i, n - i < step ? n - i : step,
		    &e) != 0)
			abort();
	events_free(&s);
	return t.digest;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *text = (const char *)p;

	if (run(text, n, n + 1) != run(text, n, 1) ||
	    run(text, n, 3) != run(text, n, 7))
		abort();
	return 0;
}
