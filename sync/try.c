/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/try.h"

#include <string.h>

#include "sync/check.h"
#include "sync/client.h"
#include "sync/cursor.h"
#include "sync/doc_read.h"
#include "sync/sniff.h"

/* ---- the fetcher's side ---------------------------------------------------- */

struct head {
	struct buf bytes;
	unsigned documents;
	bool enough;
};

static int
head_stop(struct head *h, struct err *e)
{
	h->enough = true;
	return err_set(e, ERR_LIMIT, "that is enough");
}

static int
head_begin(void *ctx, struct err *e)
{
	struct head *h = ctx;

	return h->documents++ == 0 ? 0 : head_stop(h, e);
}

static int
head_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct head *h = ctx;
	size_t room = LIMIT_SNIFF - h->bytes.n;

	if (buf_add(&h->bytes, p, n < room ? n : room) != 0)
		return err_set(e, ERR_MEMORY, "out of memory");
	return n < room ? 0 : head_stop(h, e);
}

static int
head_end(void *ctx, uint64_t bytes, struct err *e)
{
	(void)ctx, (void)bytes, (void)e;
	return 0;
}

static void
head_abandon(void *ctx)
{
	struct head *h = ctx;

	if (!h->enough) { /* it comes again, from its start */
		buf_reset(&h->bytes);
		h->documents = 0;
	}
}

static json_t *
guess_json(const struct sniff *s, struct err *e)
{
	json_t *list = json_array(), *out = NULL;

	for (size_t i = 0; i < s->nsettings; i++)
		(void)!json_array_append_new(list, json_stringn(
		    s->settings[i].p, s->settings[i].n));
	if (json_array_size(list) == s->nsettings)
		out = json_pack("{s:b, s:s, s:O}", "feed", s->feed, "what",
		    s->what, "settings", list);
	json_decref(list);
	if (out == NULL)
		err_set(e, ERR_PROTO, "its names are not UTF-8");
	return out;
}

json_t *
try_fetch(const struct job *job, struct err *e)
{
	static const struct doc_want want = {
		.accept = "*/*, application/taxii+json;version=2.1",
		.text = true,
	};
	struct head h = {.documents = 0};
	const struct doc_sink sink = {head_begin, head_bytes, head_end,
	    head_abandon, &h};
	json_t *out = NULL;
	struct cursor c;
	struct sniff s;
	struct arena a;
	bool fresh;
	int rc;

	buf_init(&h.bytes, LIMIT_SNIFF + 1);
	arena_init(&a, LIMIT_SNIFF_MEMORY);
	cursor_init(&c, job);
	rc = doc_read(job, NULL, &c, &want, &sink, &fresh, e);
	if (rc != 0 && h.enough && h.bytes.n > 0) {
		err_clear(e);
		rc = 0;
	}
	if (rc == 0)
		rc = sniff(buf_view(&h.bytes), !h.enough || h.documents > 1,
		    &a, &s, e);
	if (rc == 0)
		out = guess_json(&s, e);
	cursor_free(&c);
	arena_free(&a);
	buf_free(&h.bytes);
	return out;
}

/* ---- the keeper's ---------------------------------------------------------- */

static int
take_guess(void *ctx, struct slice text, struct err *e)
{
	json_t **guess = ctx;
	int feed;
	const char *what;
	json_t *settings;

	json_decref(*guess);
	*guess = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (json_unpack(*guess, "{s:b, s:s, s:o}", "feed", &feed, "what",
	    &what, "settings", &settings) == 0 && json_is_array(settings))
		return 0;
	return err_set(e, ERR_PROTO, "fetcher sent an answer that is none");
}

json_t *
try_guess(const char *program, struct job *job, struct err *e)
{
	json_t *guess = NULL;
	const struct client_ops ops = {.result = take_guess, .ctx = &guess};

	if (client_run(program, MSG_MODE_TRY, job, &ops, e) == 0) {
		if (guess == NULL)
			err_set(e, ERR_PROTO, "fetcher sent no answer");
		return guess;
	}
	json_decref(guess);
	return NULL;
}

static int
tap_record(void *ctx, struct slice record, struct err *e)
{
	struct try_result *r = ctx;
	struct object_rec o;
	struct buf *b;

	if (object_rec_decode(record, false, &o, e) != 0)
		return -1;
	r->objects++;
	if (o.nvalues == 0 && (o.flags & OBJ_RULE) == 0)
		return 0;
	r->claims++;
	if (r->nrecords == TRY_CLAIMS)
		return 0;
	b = &r->records[r->nrecords++];
	buf_init(b, LIMIT_OBJECT);
	if (buf_slice(b, record) != 0)
		return err_set(e, ERR_MEMORY, "out of memory");
	return 0;
}

static void
tap_reject(void *ctx, enum reject_reason why, uint64_t n)
{
	struct try_result *r = ctx;

	if (why < REJECT_REASONS)
		r->reasons[why] += n;
}

void
try_result_free(struct try_result *r)
{
	for (unsigned i = 0; i < r->nrecords; i++)
		buf_free(&r->records[i]);
	r->nrecords = 0;
}

int
try_sample(const char *program, struct job *job, struct try_result *r,
    struct err *e)
{
	const struct check_tap tap = {tap_record, tap_reject, r};

	memset(r, 0, sizeof(*r));
	return check_poll(program, job, &tap, &r->more, &r->failure, e);
}
