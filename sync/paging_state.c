/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The saved state of a walk, and the items of an index.
 *
 * The state is a line of words, KEY=VALUE with spaces between; what may hold
 * anything is percent-encoded.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/hex.h"
#include "base/tstamp.h"
#include "sync/paging_int.h"
#include "sync/url.h"

#define DIGEST_HEX 10       /* of the name of an item that was read */
#define KNOWN_ITEMS 5000u   /* of them are kept: those that are still listed */
#define ITEMS_MAX MIB(4)    /* bytes of names in one index */

struct again { /* an item that failed the last time, and is listed still */
	char hex[DIGEST_HEX + 1];
	uint32_t name; /* where it stands */
};

void
paging_init(struct paging *p, const struct paging_opts *o)
{
	memset(p, 0, sizeof(*p));
	p->o = *o;
	p->size = o->size;
	p->stride = 1;
	p->number = o->first;
	p->since = p->began = p->bucket = p->unripe = TSTAMP_NONE;
	buf_init(&p->known, (size_t)KNOWN_ITEMS * DIGEST_HEX);
	buf_init(&p->seen, (size_t)KNOWN_ITEMS * DIGEST_HEX);
	buf_init(&p->failed, (size_t)KNOWN_ITEMS * DIGEST_HEX);
	buf_init(&p->items, ITEMS_MAX);
	buf_init(&p->again, (size_t)KNOWN_ITEMS * sizeof(struct again));
	buf_init(&p->again_names, ITEMS_MAX);
}

void
paging_free(struct paging *p)
{
	buf_free(&p->known);
	buf_free(&p->seen);
	buf_free(&p->failed);
	buf_free(&p->items);
	buf_free(&p->again);
	buf_free(&p->again_names);
}

/* --- the state ---------------------------------------------------------- */

static void
put_number(struct buf *out, const char *key, uint64_t n)
{
	buf_printf(out, "%s%s=%" PRIu64, out->n > 0 ? " " : "", key, n);
}

static void
put_time(struct buf *out, const char *key, int64_t t)
{
	if (t != TSTAMP_NONE)
		buf_printf(out, " %s=%" PRId64, key, t);
}

static void
put_text(struct buf *out, const char *key, struct slice text)
{
	if (text.n == 0)
		return;
	buf_printf(out, " %s=", key);
	url_escape(out, text);
}

int
paging_save(const struct paging *p, struct buf *out)
{
	put_number(out, "kind", p->o.kind);
	put_number(out, "walking", p->walking);
	put_number(out, "started", p->started);
	put_number(out, "number", p->number);
	put_time(out, "since", p->since);
	put_time(out, "began", p->began);
	put_time(out, "bucket", p->unripe != TSTAMP_NONE ? p->unripe :
	    p->bucket);
	put_text(out, "mark", (struct slice){p->mark, p->nmark});
	put_text(out, "high", (struct slice){p->high, p->nhigh});
	put_text(out, "next", (struct slice){p->next, p->nnext});
	put_text(out, "known", buf_view(&p->known));
	put_text(out, "failed", buf_view(&p->failed));
	return buf_ok(out) ? 0 : -1;
}

/* The text behind "%XX"; -1 when it does not fit or is damaged. */
static int
unescape(struct slice from, char *to, size_t max, size_t *n)
{
	uint8_t byte;
	size_t i;

	for (i = *n = 0; i < from.n; i++) {
		if (*n == max)
			return -1;
		if (from.p[i] != '%') {
			to[(*n)++] = from.p[i];
			continue;
		}
		if (from.n - i < 3 || hex_decode(from.p + i + 1, &byte, 1) != 0)
			return -1;
		to[(*n)++] = (char)byte;
		i += 2;
	}
	to[*n] = '\0';
	return 0;
}

static int
load_number(struct slice text, int64_t *out)
{
	uint64_t n = 0;
	bool minus = text.n > 0 && *text.p == '-';
	size_t i = minus;

	if (text.n == i || text.n - i > 19)
		return -1;
	for (; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		n = n * 10 + (uint64_t)(text.p[i] - '0');
	}
	if (n > INT64_MAX)
		return -1;
	*out = minus ? -(int64_t)n : (int64_t)n;
	return 0;
}

static int
load_digests(struct buf *list, struct slice text)
{
	if (text.n % DIGEST_HEX != 0)
		return -1;
	for (size_t i = 0; i < text.n; i++)
		if (strchr("0123456789abcdef", text.p[i]) == NULL)
			return -1;
	return buf_slice(list, text);
}

static int
load_word(struct paging *p, struct slice key, struct slice value)
{
	const struct {
		const char *key;
		char *to;
		size_t max, *n;
	} texts[] = {
		{"mark", p->mark, PAGING_MARK, &p->nmark},
		{"high", p->high, PAGING_MARK, &p->nhigh},
		{"next", p->next, LIMIT_CURSOR, &p->nnext},
	};
	const struct {
		const char *key;
		int64_t *to;
	} times[] = {{"since", &p->since}, {"began", &p->began},
	    {"bucket", &p->bucket}};
	int64_t n;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (slice_is(key, texts[i].key))
			return unescape(value, texts[i].to, texts[i].max,
			    texts[i].n);
	if (slice_is(key, "known"))
		return load_digests(&p->known, value);
	if (slice_is(key, "failed"))
		return load_digests(&p->failed, value);
	if (load_number(value, &n) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (slice_is(key, times[i].key)) {
			*times[i].to = n;
			return n == TSTAMP_NEVER ? -1 : 0;
		}
	if (n < 0)
		return -1;
	if (slice_is(key, "kind"))
		return (unsigned)n == p->o.kind ? 0 : -1;
	if (slice_is(key, "walking"))
		p->walking = n == 1;
	else if (slice_is(key, "started"))
		p->started = n == 1;
	else if (slice_is(key, "number"))
		p->number = (uint64_t)n;
	return 0;
}

int
paging_load(struct paging *p, struct slice saved)
{
	const char *end = saved.p + saved.n, *at = saved.p, *stop, *equals;

	while (at < end) {
		stop = memchr(at, ' ', (size_t)(end - at));
		if (stop == NULL)
			stop = end;
		equals = memchr(at, '=', (size_t)(stop - at));
		if (equals == NULL || load_word(p,
		    (struct slice){at, (size_t)(equals - at)},
		    (struct slice){equals + 1,
		    (size_t)(stop - equals - 1)}) != 0)
			return -1;
		at = stop + 1;
	}
	return 0;
}

/* --- the items of an index ---------------------------------------------- */

static void
item_digest(const struct paging *p, struct slice name,
    char hex[DIGEST_HEX + 1])
{
	const char *query = p->o.bare && name.n > 0 ?
	    memchr(name.p, '?', name.n) : NULL;
	uint64_t d = digest64(name.p, query != NULL ?
	    (size_t)(query - name.p) : name.n, 0);
	uint8_t bytes[DIGEST_HEX / 2];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(d >> (56 - 8 * i));
	hex_encode(bytes, sizeof(bytes), hex);
}

/* Where it stands in the list; NULL when it does not. */
static char *
find(const struct buf *list, const char hex[DIGEST_HEX + 1])
{
	for (size_t i = 0; i + DIGEST_HEX <= list->n; i += DIGEST_HEX)
		if (memcmp(list->p + i, hex, DIGEST_HEX) == 0)
			return list->p + i;
	return NULL;
}

/* One digest out of the list. */
static void
take_out(struct buf *list, char *at)
{
	size_t behind = list->n - (size_t)(at - list->p) - DIGEST_HEX;

	memmove(at, at + DIGEST_HEX, behind);
	buf_cut(list, list->n - DIGEST_HEX);
}

/* It waits until all that is new is known. */
static bool
put_again(struct paging *p, struct slice name, const char hex[DIGEST_HEX + 1])
{
	struct again at = {.name = (uint32_t)p->again_names.n};

	memcpy(at.hex, hex, sizeof(at.hex));
	buf_add(&p->again, &at, sizeof(at));
	buf_slice(&p->again_names, name);
	buf_char(&p->again_names, '\0');
	p->too_many = !buf_ok(&p->again) || !buf_ok(&p->again_names);
	return !p->too_many;
}

bool
paging_item(struct paging *p, struct slice name, bool base)
{
	char hex[DIGEST_HEX + 1];

	if (name.n == 0 || name.n > LIMIT_URL ||
	    memchr(name.p, '\0', name.n) != NULL)
		return true;
	if (base) { /* it holds all that is in front of it */
		buf_reset(&p->items);
		buf_reset(&p->seen);
		p->based = false;
		p->nitems = 0;
	}
	p->nitems++;
	item_digest(p, name, hex);
	if (find(&p->known, hex) != NULL) {
		buf_add(&p->seen, hex, DIGEST_HEX);
		return true;
	}
	p->based = p->based || base;
	if (!p->o.ordered && find(&p->failed, hex) != NULL)
		return put_again(p, name, hex);
	buf_slice(&p->items, name);
	buf_char(&p->items, '\0');
	p->too_many = !buf_ok(&p->items);
	return !p->too_many;
}

/* It was read, or it could not be. */
static void
remember(struct paging *p, struct slice name, bool read)
{
	char hex[DIGEST_HEX + 1], *at;

	item_digest(p, name, hex);
	at = find(&p->failed, hex);
	if (at != NULL)
		take_out(&p->failed, at);
	/* There is room: forget_gone(). */
	buf_add(read ? &p->known : &p->failed, hex, DIGEST_HEX);
}

/* Of the items that failed the last time, the one with that digest. */
static struct slice
failed_item(const struct paging *p, const char *digest)
{
	struct again at;

	for (size_t i = 0; i < p->again.n; i += sizeof(at)) {
		memcpy(&at, p->again.p + i, sizeof(at));
		if (memcmp(at.hex, digest, DIGEST_HEX) == 0)
			return slice_str(p->again_names.p + at.name);
	}
	return SLICE_NONE;
}

/* Those come behind what is new, the one that failed longest ago first; what is
 * listed no more is forgotten. */
static void
put_failed_last(struct paging *p)
{
	struct slice name;
	size_t i = 0;

	while (i + DIGEST_HEX <= p->failed.n) {
		name = failed_item(p, p->failed.p + i);
		if (name.n == 0) {
			take_out(&p->failed, p->failed.p + i);
			continue;
		}
		buf_slice(&p->items, name);
		buf_char(&p->items, '\0');
		i += DIGEST_HEX;
	}
	p->too_many = !buf_ok(&p->items);
	buf_free(&p->again);
	buf_free(&p->again_names);
}

/* On to an item that was not read; an index may name one several times. */
static void
skip_read(struct paging *p)
{
	char hex[DIGEST_HEX + 1];

	while (p->item < p->items.n) {
		struct slice name = slice_str(p->items.p + p->item);

		item_digest(p, name, hex);
		if (find(&p->known, hex) == NULL)
			return;
		p->item += name.n + 1;
	}
}

/* What is not listed any more need not be known; what is listed must fit, or
 * it would be read again each time. */
static int
forget_gone(struct paging *p)
{
	struct buf known = p->known;

	if (p->nitems > KNOWN_ITEMS)
		return -1;
	p->known = p->seen;
	p->seen = known;
	buf_reset(&p->seen);
	return 0;
}

static struct paging_step
fail(int code, const char *text)
{
	return (struct paging_step){.act = PAGING_FAIL, .code = code,
	    .text = text};
}

/* A page of the index: on to its next one, or to the items. */
static struct paging_step
on_index_page(struct paging *p, const struct paging_reply *r)
{
	struct paging_step s = {.act = PAGING_ASK_INDEX, .size = p->size,
	    .since = p->since};

	p->indexes++;
	p->listed = r->next.n == 0;
	if (p->listed && !p->too_many)
		put_failed_last(p);
	if (p->too_many)
		return fail(ERR_LIMIT, "the index names more than 4 MiB of "
		    "items");
	p->nnext = 0;
	if (p->listed && forget_gone(p) != 0)
		return fail(ERR_LIMIT, "the index lists more than 5000 items, "
		    "and no more are remembered: narrow it by page-match, or "
		    "make several sources of it");
	if (p->listed)
		return (struct paging_step){.act = PAGING_DONE};
	if (r->next.n > LIMIT_CURSOR)
		return fail(ERR_LIMIT, "the place of the next page is longer "
		    "than 4096 bytes");
	if (paging_comes_back(p, digest64(r->next.p, r->next.n, 1)))
		return fail(ERR_PROTO, "the pages of the index go round in a "
		    "circle");
	if (paging_too_empty(p, r))
		return fail(ERR_PROTO, "one empty page of the index after the "
		    "other, and always more");
	if (p->indexes >= LIMIT_PAGES)
		return fail(ERR_LIMIT, "more pages of the index than a poll "
		    "may have");
	memcpy(p->next, r->next.p, r->next.n);
	p->next[r->next.n] = '\0';
	p->nnext = r->next.n;
	s.cursor = (struct slice){p->next, p->nnext};
	return s;
}

/* On to the next item, unless this poll has had enough of them. */
static struct paging_step
next_item(struct paging *p, bool checkpoint)
{
	struct paging_step s = {.act = PAGING_DONE, .checkpoint = true};

	if (p->item >= p->items.n)
		return s;
	if ((p->o.pages > 0 && p->pages - p->indexes >= p->o.pages) ||
	    p->lost_row >= LIMIT_LOST_ITEMS) {
		p->partial = true;
		return s;
	}
	s.act = PAGING_ASK_ITEM;
	s.item = slice_str(p->items.p + p->item);
	s.size = p->size;
	s.since = p->since;
	s.checkpoint = checkpoint;
	return s;
}

/* The item at hand is done with. */
static struct paging_step
behind_item(struct paging *p, bool read)
{
	struct slice name = slice_str(p->items.p + p->item);

	remember(p, name, read);
	p->item += name.n + 1;
	skip_read(p);
	p->lost_row = read ? 0 : p->lost_row + 1;
	return next_item(p, true);
}

struct paging_step
paging_index_reply(struct paging *p, const struct paging_reply *r)
{
	struct paging_step s;

	if (p->listed) /* an item was read, not the index */
		return behind_item(p, true);
	s = on_index_page(p, r);
	return s.act == PAGING_DONE ? next_item(p, false) : s;
}

struct paging_step
paging_skip(struct paging *p)
{
	if (p->o.ordered || !p->listed || p->item >= p->items.n)
		return fail(ERR_HTTP, NULL);
	p->pages++;
	return behind_item(p, false);
}
