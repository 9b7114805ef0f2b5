/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/try.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sync/check.h"
#include "sync/client.h"
#include "sync/cursor.h"
#include "sync/dialect.h"
#include "sync/doc_read.h"
#include "sync/feed_options.h"
#include "sync/mirror.h"
#include "sync/sniff.h"
#include "sync/url.h"

/* ---- the fetcher's side ---------------------------------------------------- */

#define FAILURE_SHOWN 600 /* bytes of it, where a way out follows */

/* What is looked at: a document, or the first of several that is a feed. */
struct look {
	struct buf bytes;      /* its first */
	bool cut;              /* more follow */
};

struct head {
	struct look at, first; /* the first of all, if it is none */
	unsigned documents;    /* before and with the one looked at */
	const char *member;    /* of an archive: the one that comes */
	char name[256];        /* … the one that is looked at */
	bool archive;          /* it is at hand, and read to its end */
	bool found, stopped;
	struct slice path;     /* for sniff() */
	const char *encoding;  /* or NULL */
};

static int
head_stop(struct head *h, struct err *e)
{
	h->stopped = true;
	return err_set(e, ERR_LIMIT, "that is enough");
}

static void
head_member(void *ctx, const char *name)
{
	struct head *h = ctx;

	h->archive = true;
	h->member = name;
}

static int
head_begin(void *ctx, struct err *e)
{
	struct head *h = ctx;

	if (h->found)
		return h->archive ? 0 : head_stop(h, e);
	if (h->documents++ == 1) {
		h->first = h->at;
		buf_init(&h->at.bytes, LIMIT_SNIFF + 1);
	}
	buf_reset(&h->at.bytes);
	h->at.cut = false;
	snprintf(h->name, sizeof(h->name), "%s", h->member != NULL &&
	    strlen(h->member) < sizeof(h->name) ? h->member : "");
	return 0;
}

/* The rest of an archive is read as well: whether it is damaged. */
static int
head_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct head *h = ctx;
	size_t room = LIMIT_SNIFF - h->at.bytes.n;

	if (h->found || h->at.cut)
		return 0;
	if (buf_add(&h->at.bytes, p, n < room ? n : room) != 0)
		return err_set(e, ERR_MEMORY, "out of memory");
	h->at.cut = n >= room;
	return h->at.cut && !h->archive ? head_stop(h, e) : 0;
}

/* The head as UTF-8, in the arena; a character that is none, or cut, ends it. */
static int
look_decode(const char *encoding, struct slice *head, struct arena *a,
    struct err *e)
{
	size_t left = head->n, room = head->n * 3 + 16, all = room;
	char *from = (char *)(uintptr_t)head->p, *start, *to;
	iconv_t cd = iconv_open("UTF-8", encoding);

	if (cd == (iconv_t)-1)
		return err_set(e, ERR_CONFIG, "encoding: '%s' is not known; "
		    "'iconv -l' lists what is", encoding);
	start = to = arena_alloc(a, room);
	if (to != NULL)
		(void)iconv(cd, &from, &left, &to, &room);
	iconv_close(cd);
	if (to == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	*head = (struct slice){start, all - room};
	return 0;
}

static int
look_sniff(const struct head *h, const struct look *at, struct arena *a,
    struct sniff *s, struct err *e)
{
	struct slice head = buf_view(&at->bytes);

	if (h->encoding != NULL && look_decode(h->encoding, &head, a, e) != 0)
		return -1;
	return sniff(head, !at->cut, h->path, a, s, e);
}

/* One that is none, a description, may come before a feed. */
static int
head_end(void *ctx, uint64_t bytes, struct err *e)
{
	struct head *h = ctx;
	struct arena a;
	struct sniff s;
	int rc;

	(void)bytes;
	if (h->found)
		return 0;
	arena_init(&a, LIMIT_SNIFF_MEMORY);
	rc = look_sniff(h, &h->at, &a, &s, e);
	h->found = rc == 0 && s.feed;
	arena_free(&a);
	return rc;
}

static void
head_abandon(void *ctx)
{
	struct head *h = ctx;

	if (h->stopped)
		return;
	/* it comes again, from its start */
	buf_reset(&h->at.bytes);
	buf_free(&h->first.bytes);
	h->documents = 0;
	h->found = false;
}

/* A name as a glob that matches nothing else. */
static json_t *
member_setting(const char *name)
{
	char text[600] = "archive-member=";
	size_t n = strlen(text);

	for (; *name != '\0'; name++) {
		if (strchr("*?[\\", *name) != NULL)
			text[n++] = '\\';
		text[n++] = *name;
	}
	return json_stringn(text, n);
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
	if (out != NULL && s->page_kind != NULL && json_object_set_new(out,
	    "paging", json_pack("{s:s, s:s%}", "kind", s->page_kind, "next",
	    s->page_next.p, s->page_next.n)) != 0) {
		json_decref(out);
		out = NULL;
	}
	if (out == NULL)
		err_set(e, ERR_PROTO, "its names are not UTF-8");
	return out;
}

/* Servers of TAXII that want to be asked in their own words are. */
static int
read_head(const struct job *job, const char *member, struct cursor *c,
    struct head *h, struct err *e)
{
	struct doc_want want = {.accept = "*/*", .text = true,
	    .member = member};
	const struct doc_sink sink = {head_begin, head_bytes, head_end,
	    head_abandon, h, NULL, head_member};
	bool fresh;
	int rc = doc_read(job, NULL, c, &want, &sink, &fresh, e);

	for (unsigned i = 0; i < 2 * DIALECTS && rc != 0 && !h->stopped &&
	    strstr(e->text, ": status 406") != NULL; i++) {
		const struct dialect_row *d = dialect_row((enum dialect)
		    (i / 2));

		want.accept = i % 2 == 0 ? d->taxii : d->stix;
		if (i % 2 != 0 && strcmp(d->taxii, d->stix) == 0)
			continue;
		err_clear(e);
		rc = doc_read(job, NULL, c, &want, &sink, &fresh, e);
	}
	if (rc != 0 && h->stopped && h->at.bytes.n > 0) {
		err_clear(e);
		rc = 0;
	}
	return rc;
}

/* The first address that gives it; the first one's error, if none does. */
static int
read_any(const struct job *job, const char *member, struct cursor *c,
    struct head *h, struct err *e)
{
	int rc = read_head(job, member, c, h, e);
	struct err other = ERR_INIT;

	for (size_t i = 1; rc != 0 && mirror_url(job, i) != NULL; i++) {
		struct job at = mirror_job(job, i);

		head_abandon(h);
		rc = read_head(&at, member, c, h, &other);
		err_clear(rc == 0 ? e : &other);
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

/* A folder shows a page for people, or nothing: what is in it has to be named. */
static int
tell_folder(const struct url *u, struct err *e)
{
	static const char *const signs[] = {"with a web page", ": status 403",
	    ": status 404"};
	struct err was;
	bool shown = false;

	if (e == NULL || u->path.n == 0 || u->path.p[u->path.n - 1] != '/')
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		shown = shown || strstr(e->text, signs[i]) != NULL;
	if (!shown)
		return -1;
	was = *e;
	err_clear(e);
	return err_set(e, was.code, "%.*s. If it is the folder of a MISP feed, "
	    "give the address of its manifest.json", FAILURE_SHOWN, was.text);
}

static bool
is_stix(const struct sniff *s)
{
	for (size_t i = 0; i < s->nsettings; i++)
		if (slice_eq(s->settings[i], SLICE("kind=stix")))
			return true;
	return false;
}

static json_t *
head_guess(const struct job *job, const char *member, struct head *h,
    struct err *e)
{
	struct cursor c;
	struct sniff s = {.feed = false};
	struct url u = {0};
	struct arena a;
	json_t *out = NULL;
	int rc = url_parse(slice_str(job->url), &u, e);

	arena_init(&a, LIMIT_SNIFF_MEMORY);
	cursor_init(&c, job);
	h->path = u.scheme == URL_FILE ? SLICE_NONE : u.path;
	if (rc == 0)
		rc = read_any(job, member, &c, h, e) == 0 ? 0 :
		    tell_folder(&u, e);
	if (rc == 0)
		rc = look_sniff(h, h->found || h->documents < 2 || h->stopped ?
		    &h->at : &h->first, &a, &s, e);
	/* of a folder, one of its files was looked at */
	if (rc == 0 && s.place == SNIFF_FOLDER && is_folder(&u))
		s.place = SNIFF_HERE;
	if (rc == 0)
		out = guess_json(&s, e);
	/* The others are not to be read as entries. */
	if (out != NULL && h->found && h->archive && h->documents > 1 &&
	    member == NULL && h->name[0] != '\0' && !is_stix(&s))
		(void)!json_array_append_new(json_object_get(out, "settings"),
		    member_setting(h->name));
	cursor_free(&c);
	arena_free(&a);
	return out;
}

json_t *
try_fetch(const struct job *job, struct err *e)
{
	struct feed_options options;
	struct head h = {.documents = 0};
	json_t *out = NULL;

	buf_init(&h.at.bytes, LIMIT_SNIFF + 1);
	buf_init(&h.first.bytes, LIMIT_SNIFF + 1);
	if (feed_options_parse(job->feed, job->nfeed, &options, e) == 0) {
		h.encoding = options.encoding;
		out = head_guess(job, options.archive_member, &h, e);
		feed_options_free(&options);
	}
	buf_free(&h.at.bytes);
	buf_free(&h.first.bytes);
	return out;
}

/* ---- the keeper's ---------------------------------------------------------- */

static int
take_guess(void *ctx, struct slice text, struct err *e)
{
	json_t **guess = ctx;
	const char *what, *page, *next;
	json_t *settings, *paging;
	int feed, place;

	json_decref(*guess);
	*guess = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (json_unpack(*guess, "{s:b, s:s, s:i, s:o}", "feed", &feed,
	    "what", &what, "place", &place, "settings", &settings) == 0 &&
	    place >= 0 && place < SNIFF_PLACES && json_is_array(settings) &&
	    ((paging = json_object_get(*guess, "paging")) == NULL ||
	    json_unpack_ex(paging, NULL, JSON_STRICT, "{s:s, s:s}", "kind",
	    &page, "next", &next) == 0))
		return 0;
	return err_set(e, ERR_PROTO, "fetcher sent an answer that is none");
}

json_t *
try_guess(const char *program, struct job *job, struct err *e)
{
	json_t *guess = NULL;
	const struct client_ops ops = {.result = take_guess, .ctx = &guess};

	job->once = job->trial = true;
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
