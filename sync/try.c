/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/try.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sync/check.h"
#include "sync/client.h"
#include "sync/cursor.h"
#include "sync/dialect.h"
#include "sync/doc_read.h"
#include "sync/sniff.h"
#include "sync/url.h"

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
		out = json_pack("{s:b, s:s, s:i, s:O}", "feed", s->feed,
		    "what", s->what, "place", (int)s->place, "settings",
		    list);
	json_decref(list);
	if (out == NULL)
		err_set(e, ERR_PROTO, "its names are not UTF-8");
	return out;
}

/* Servers of TAXII that want to be asked in their own words are. */
static int
read_head(const struct job *job, struct cursor *c, struct head *h,
    struct err *e)
{
	struct doc_want want = {.accept = "*/*", .text = true};
	const struct doc_sink sink = {head_begin, head_bytes, head_end,
	    head_abandon, h, NULL};
	bool fresh;
	int rc = doc_read(job, NULL, c, &want, &sink, &fresh, e);

	for (unsigned i = 0; i < 2 * DIALECTS && rc != 0 && !h->enough &&
	    strstr(e->text, ": status 406") != NULL; i++) {
		const struct dialect_row *d = dialect_row((enum dialect)
		    (i / 2));

		want.accept = i % 2 == 0 ? d->taxii : d->stix;
		if (i % 2 != 0 && strcmp(d->taxii, d->stix) == 0)
			continue;
		err_clear(e);
		rc = doc_read(job, NULL, c, &want, &sink, &fresh, e);
	}
	if (rc != 0 && h->enough && h->bytes.n > 0) {
		err_clear(e);
		rc = 0;
	}
	return rc;
}

static bool
is_folder(const struct url *u)
{
	char *path = u->scheme == URL_FILE ? strndup(u->path.p, u->path.n) :
	    NULL;
	struct stat st;
	bool is = path != NULL && stat(path, &st) == 0 && S_ISDIR(st.st_mode);

	free(path);
	return is;
}

json_t *
try_fetch(const struct job *job, struct err *e)
{
	struct head h = {.documents = 0};
	json_t *out = NULL;
	struct cursor c;
	struct sniff s;
	struct url u = {0};
	struct arena a;
	int rc;

	buf_init(&h.bytes, LIMIT_SNIFF + 1);
	arena_init(&a, LIMIT_SNIFF_MEMORY);
	cursor_init(&c, job);
	rc = read_head(job, &c, &h, e);
	if (rc == 0)
		rc = url_parse(slice_str(job->url), &u, e);
	if (rc == 0)
		rc = sniff(buf_view(&h.bytes), !h.enough || h.documents > 1,
		    u.scheme == URL_FILE ? SLICE_NONE : u.path, &a, &s, e);
	/* of a folder, one of its files was looked at */
	if (rc == 0 && s.place == SNIFF_FOLDER && is_folder(&u))
		s.place = SNIFF_HERE;
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
	int feed, place;
	const char *what;
	json_t *settings;

	json_decref(*guess);
	*guess = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (json_unpack(*guess, "{s:b, s:s, s:i, s:o}", "feed", &feed,
	    "what", &what, "place", &place, "settings", &settings) == 0 &&
	    place >= 0 && place < SNIFF_PLACES && json_is_array(settings))
		return 0;
	return err_set(e, ERR_PROTO, "fetcher sent an answer that is none");
}

json_t *
try_guess(const char *program, struct job *job, struct err *e)
{
	json_t *guess = NULL;
	const struct client_ops ops = {.result = take_guess, .ctx = &guess};

	job->once = true;
	if (client_run(program, MSG_MODE_TRY, job, &ops, e) == 0) {
		if (guess == NULL)
			err_set(e, ERR_PROTO, "fetcher sent no answer");
		return guess;
	}
	json_decref(guess);
	return NULL;
}

char *
try_place(const char *url, enum sniff_place place)
{
	static const char *const ends[] = {"/attributes/", "/events/"};
	size_t n = strcspn(url, "?#");
	const char *end = NULL;

	while (n > 0 && place == SNIFF_FOLDER && url[n - 1] != '/')
		n--;
	for (size_t i = 0; place == SNIFF_SERVER && end == NULL &&
	    i < ARRAY_LEN(ends); i++)
		end = memmem(url, n, ends[i], strlen(ends[i]));
	if (end != NULL)
		n = (size_t)(end - url) + 1;
	if (place == SNIFF_COLLECTION) {
		n -= n > 0 && url[n - 1] == '/';
		while (n > 0 && url[n - 1] != '/')
			n--;
	}
	return place == SNIFF_HERE || n == 0 ? strdup(url) : strndup(url, n);
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
