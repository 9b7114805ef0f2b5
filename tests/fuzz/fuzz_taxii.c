/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything of a server's that is parsed outside of the object scanner: header
 * lines, redirects, envelopes, manifests, error documents, the stored cursor;
 * and the page machine, which a server leads by the nose.  The first byte chooses.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/tstamp.h"
#include "sync/cursor.h"
#include "sync/http_origin.h"
#include "sync/taxii.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
fuzz_head(struct slice in)
{
	static struct http_head h;
	struct err e = ERR_INIT;
	struct buf out;
	struct url from, to;

	h.bytes = 0;
	http_head_init(&h);
	while (in.n > 0) {
		const char *end = memchr(in.p, '\n', in.n);
		size_t n = end != NULL ? (size_t)(end - in.p) + 1 : in.n;

		if (http_head_line(&h, (struct slice){in.p, n}) != 0)
			break;
		in.p += n;
		in.n -= n;
	}
	(void)http_head_markup(&h);
	(void)retry_after_parse(h.retry_after, INT64_C(1704067200) *
	    TSTAMP_SECOND);
	must(url_parse(SLICE("https://feed.example/a?b"), &from, &e) == 0);
	buf_init(&out, LIMIT_URL);
	if (http_redirect(&from, &h, false, &out, &e) == 0) {
		/* Whatever was said, it leads nowhere else. */
		must(url_parse(buf_view(&out), &to, &e) == 0);
		must(url_same_origin(&from, &to));
	}
	buf_free(&out);
}

static void
fuzz_status(struct slice in)
{
	static struct http_head head = {.schemes = "Basic"};
	struct http_reply r = {.head = &head, .error_body = in,
	    .shown = "https://feed.example/"};
	struct err e = ERR_INIT;

	head.status = in.n > 0 ? 400 + (in.p[0] & 0x7f) : 500;
	must(http_status_err(&r, &e) == -1 && e.code != ERR_NONE);
}

static void
fuzz_documents(struct slice in)
{
	json_t *doc = json_loadb(in.p, in.n, JSON_DISABLE_EOF_CHECK, NULL);
	struct err e = ERR_INIT;
	struct page_reply r;
	struct taxii_collection c;
	char room[TAXII_NUMBER];

	if (taxii_paging(doc, room, &r, &e) == 0 && r.next.p == NULL)
		must(r.next.n == 0);
	for (uint64_t n = 0; n < 4; n++)
		(void)taxii_manifest_date(doc, n);
	if (taxii_collection_of(doc, &c))
		must(c.id != NULL && *c.id != '\0');
	json_decref(doc);
}

/* What is read is written the same. */
static void
fuzz_cursor(struct slice in)
{
	struct job job = {.url = "https://feed.example/"};
	struct cursor a, b;
	struct err e = ERR_INIT;
	struct buf text;

	buf_init(&text, CURSOR_MAX);
	cursor_init(&a, &job);
	cursor_init(&b, &job);
	/* "@" stands for the digest, which no fuzzer would find. */
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] == '@')
			buf_str(&text, a.settings);
		else
			buf_char(&text, in.p[i]);
	if (buf_ok(&text) && cursor_decode(buf_view(&text), &a, &e) == 0) {
		buf_reset(&text);
		if (cursor_encode(&a, &text, &e) == 0) {
			must(cursor_decode(buf_view(&text), &b, &e) == 0);
			must(a.limit == b.limit);
			must((a.objects == NULL || *a.objects == '\0') ==
			    (b.objects == NULL));
		}
	}
	cursor_free(&a);
	cursor_free(&b);
	buf_free(&text);
}

static void
fuzz_url(struct slice in)
{
	struct err e = ERR_INIT;
	struct buf out;
	struct url u, again;
	char shown[URL_SHOWN];

	if (url_parse(in, &u, &e) != 0)
		return;
	url_show(&u, shown);
	buf_init(&out, LIMIT_URL);
	(void)taxii_path_of(&u);
	if (u.scheme != URL_FILE) {
		must(url_origin(&u, &out) == 0);
		must(url_parse(buf_view(&out), &again, &e) == 0);
		must(url_same_origin(&u, &again));
	}
	buf_free(&out);
}

static int64_t
small_time(uint8_t c)
{
	return c == 0 ? TSTAMP_NONE :
	    INT64_C(1704067200) * TSTAMP_SECOND + c * INT64_C(1000);
}

/* Five bytes a response.  The machine always comes to an end or asks on, its
 * last checkpoint never passes the bound, its requests never exceed a limit. */
static void
fuzz_page(struct slice in)
{
	static struct page p;
	struct page_opts opts = {.since = TSTAMP_NONE, .limit = 10,
	    .now = small_time(1)};
	struct page_step s;

	if (in.n > 0) {
		opts.types = (uint8_t)in.p[0] & 3;
		opts.unfiltered = ((uint8_t)in.p[0] & 4) != 0;
	}
	s = page_start(&p, &opts);
	for (; in.n >= 5; in.p += 5, in.n -= 5) {
		const uint8_t *c = (const uint8_t *)in.p;
		struct page_reply r = {
			.more = c[0] & 1,
			.next = c[0] & 2 ? SLICE("x") : SLICE_NONE,
			.first = small_time(c[1]),
			.last = small_time(c[2]),
			.date = tstamp_add(small_time(c[3] & 0x7f),
			    c[3] & 0x80 ? 2 * PAGE_OVERLAP : 0),
			.objects = c[4],
			.content = c[4],
		};

		must(s.limit <= PAGE_LIMIT_MAX);
		if (s.act == PAGE_DONE || s.act == PAGE_FAIL)
			break;
		if (s.act == PAGE_MANIFEST)
			s = page_manifest(&p, r.last);
		else if (c[0] & 4)
			s = page_again(&p, (c[0] >> 3 & 7) %
			    (PAGE_AGAIN_END + 1));
		else
			s = page_reply(&p, &r);
		must(s.act != PAGE_FAIL || s.text != NULL ||
		    s.code == ERR_NONE);
		must(s.act != PAGE_DONE || s.checkpoint);
		must(s.act != PAGE_DONE || p.bound == TSTAMP_NEVER ||
		    s.since <= p.bound);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in;

	if (size == 0)
		return 0;
	in = (struct slice){(const char *)data + 1, size - 1};
	switch (data[0]) {
	case 'h':
		fuzz_head(in);
		break;
	case 's':
		fuzz_status(in);
		break;
	case 'd':
		fuzz_documents(in);
		break;
	case 'c':
		fuzz_cursor(in);
		break;
	case 'u':
		fuzz_url(in);
		break;
	case 'p':
		fuzz_page(in);
		break;
	default:
		break;
	}
	return 0;
}
