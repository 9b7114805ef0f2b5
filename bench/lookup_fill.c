/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/lookup_fill.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/tstamp.h"
#include "store/record.h"
#include "store/store.h"

#define AT_BENCH (INT64_C(1700000000) * TSTAMP_SECOND)

static void
die(const char *what)
{
	fprintf(stderr, "bench_lookup: %s\n", what);
	exit(1);
}

/* The mix of doc/design.md: by 1000. */
static void
make_value(uint64_t *x, uint64_t i, char *type, size_t tn, char *text, size_t n)
{
	uint64_t r = lookup_random(x);
	unsigned kind = i % 1000;

	if (kind < 400) {
		snprintf(type, tn, "ipv4-addr");
		snprintf(text, n, "%u.%u.%u.%u%s", (unsigned)(r % 180 + 20),
		    (unsigned)(r >> 8 & 255), (unsigned)(r >> 16 & 255),
		    kind < 20 ? 0 : (unsigned)(r >> 24 & 255),
		    kind < 20 ? "/24" : "");
	} else if (kind < 415) {
		snprintf(type, tn, "ipv6-addr");
		snprintf(text, n, "2001:db8:%x:%x:%x:%x:%x:%x",
		    (unsigned)(r & 0xffff), (unsigned)(r >> 16 & 0xffff),
		    (unsigned)(r >> 32 & 0xffff), (unsigned)(r >> 48),
		    (unsigned)(i & 0xffff), (unsigned)(i >> 16 & 0xffff));
	} else if (kind < 665) {
		snprintf(type, tn, "domain-name");
		snprintf(text, n, "host-%" PRIx64 ".zone%" PRIu64 ".example",
		    r >> 20, i % 5000);
	} else if (kind < 845) {
		snprintf(type, tn, "url");
		snprintf(text, n, "http://site%" PRIx64 ".example/path/%" PRIu64
		    "/index.php?id=%" PRIx64, r >> 40, i, r & 0xffffff);
	} else if (kind < 965) {
		snprintf(type, tn, "sha256");
		snprintf(text, n, "%016" PRIx64 "%016" PRIx64 "%016" PRIx64
		    "%016" PRIx64, r, lookup_random(x), lookup_random(x),
		    i + 1);
	} else if (kind < 985) {
		snprintf(type, tn, "md5");
		snprintf(text, n, "%016" PRIx64 "%016" PRIx64, r, i + 1);
	} else {
		snprintf(type, tn, "email-addr");
		snprintf(text, n, "user%" PRIx64 "@mail%" PRIu64 ".example",
		    r >> 30, i % 1000);
	}
}

static void
add_object(struct store_poll *p, uint64_t *x, uint64_t i, struct buf *rec)
{
	struct object_rec head = {.flags = OBJ_CLAIMS, .confidence = 75,
	    .tlp = 2, .created = AT_BENCH, .modified = AT_BENCH,
	    .valid_from = AT_BENCH, .valid_until = TSTAMP_NONE};
	struct object_value v = {.group = 0};
	char type[32], text[LOOKUP_TEXT_MAX];
	struct err e = ERR_INIT;
	struct arena a;

	head.id.b[0] = STIX_INDICATOR;
	memcpy(head.id.b + 1, &(uint64_t){lookup_random(x)}, 8);
	memcpy(head.id.b + 9, &(uint64_t){lookup_random(x)}, 8);
	head.hash = lookup_random(x);
	arena_init(&a, 65536);
	make_value(x, i, type, sizeof(type), text, sizeof(text));
	buf_reset(rec);
	if (value_normalise(&a, value_type_code(slice_str(type)),
	    slice_str(text), VALUE_ALLOW_BOGON, &v.value) == VALUE_OK &&
	    (object_rec_begin(rec, &head) != 0 ||
	    object_rec_add(rec, TAG_NAME, SLICE("Botnet C2 server")) != 0 ||
	    object_rec_add(rec, TAG_LABEL, SLICE("malicious-activity")) != 0 ||
	    object_rec_add_value(rec, &v) != 0 ||
	    store_batch_add(p, buf_view(rec), &e) != 0))
		die(e.text);
	arena_free(&a);
}

void
lookup_fill(const char *path, uint64_t n)
{
	struct store_source src = {.name = "bench", .kind = "stix",
	    .url = "", .collection = ""};
	struct store_end end = {.complete = true, .state = SOURCE_OK};
	struct store_progress progress = {0};
	struct store_counts counts;
	struct err e = ERR_INIT;
	struct store_poll *p;
	struct store *s;
	struct buf rec;
	uint64_t i, x = LOOKUP_RANDOM;

	buf_init(&rec, LIMIT_RECORD);
	if (store_open(path, tstamp_now(), &s, &e) != 0 ||
	    store_poll_begin(s, &src, tstamp_now(), &p, &e) != 0)
		die(e.text);
	for (i = 0; i < n; i++) {
		add_object(p, &x, i, &rec);
		if (store_batch_full(p, false) && store_batch_commit(p, NULL,
		    &progress, tstamp_now(), &e) != 0)
			die(e.text);
	}
	if (store_poll_end(p, &end, tstamp_now(), &counts, &e) != 0)
		die(e.text);
	store_close(s);
	buf_free(&rec);
	printf("filled: %" PRIu64 " values\n", counts.values);
}
