/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/rows.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"

int
rows_init(struct rows *r, const struct rows_ops *ops, const char *encoding,
    struct err *e)
{
	iconv_t cd;

	memset(r, 0, sizeof(*r));
	r->ops = ops;
	buf_init(&r->text, 2 * LIMIT_ROW);
	buf_init(&r->decoded, MIB(4));
	if (encoding == NULL || strcasecmp(encoding, "utf-8") == 0)
		return 0;
	cd = iconv_open("UTF-8", encoding);
	if (cd == (iconv_t)-1)
		return err_set(e, ERR_CONFIG, "encoding: '%s' is not known; "
		    "'iconv -l' lists what is", encoding);
	r->iconv = cd;
	return 0;
}

void
rows_free(struct rows *r)
{
	if (r->iconv != NULL)
		iconv_close(r->iconv);
	r->iconv = NULL;
	buf_free(&r->text);
	buf_free(&r->decoded);
}

void
rows_reset(struct rows *r)
{
	if (r->iconv != NULL)
		iconv(r->iconv, NULL, NULL, NULL, NULL);
	buf_reset(&r->text);
	r->ntail = 0;
	r->joined = 0;
	r->offset = 0;
	r->begun = r->skipping = false;
}

/* ---- lines ----------------------------------------------------------------- */

static struct slice
clean(char *p, size_t n)
{
	size_t i, k = 0;

	while (n > 0 && p[n - 1] == '\r')
		n--;
	if (memchr(p, '\0', n) == NULL)
		return (struct slice){p, n};
	for (i = 0; i < n; i++)
		if (p[i] != '\0')
			p[k++] = p[i];
	return (struct slice){p, k};
}

static int
give_up(struct rows *r, struct err *e)
{
	r->skipping = true;
	r->offset += r->text.n;
	buf_reset(&r->text);
	r->joined = 0;
	return r->ops->too_long(r->ops->ctx, r->offset, e);
}

/* All of r->text is a line, or several that belong together. */
static int
text_over(struct rows *r, bool last, struct err *e)
{
	size_t n = r->text.n;
	enum rows_answer more;

	if (r->skipping) {
		r->skipping = false;
		more = ROWS_NEXT;
	} else {
		more = r->ops->line(r->ops->ctx, clean(r->text.p, n),
		    r->offset, e);
	}
	if (more == ROWS_BROKEN)
		return -1;
	if (more == ROWS_MORE && !last && n < LIMIT_ROW &&
	    ++r->joined < LIMIT_ROW_LINES) {
		buf_char(&r->text, '\n');
		return 0;
	}
	if (more == ROWS_MORE) {
		/* These lines are over, other than one that is too long. */
		if (give_up(r, e) != 0)
			return -1;
		r->skipping = false;
		r->offset++;
		return 0;
	}
	r->joined = 0;
	r->offset += n + 1;
	buf_reset(&r->text);
	return 0;
}

/* A whole line that lies in the caller's bytes: no copy. */
static int
line_direct(struct rows *r, const char *p, size_t n, struct err *e)
{
	enum rows_answer more;

	if (n > LIMIT_ROW || memchr(p, '\0', n) != NULL)
		return 1;
	more = r->ops->line(r->ops->ctx, (struct slice){p, n > 0 &&
	    p[n - 1] == '\r' ? n - 1 : n}, r->offset, e);
	if (more == ROWS_MORE)
		return 1;
	if (more == ROWS_BROKEN)
		return -1;
	r->offset += n + 1;
	return 0;
}

static int
take_text(struct rows *r, const char *p, size_t n, struct err *e)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *end;
	size_t k;
	int rc;

	if (!r->begun && n >= 3 && memcmp(p, mark, 3) == 0) {
		p += 3;
		n -= 3;
		r->offset += 3;
	}
	r->begun = r->begun || n > 0;
	while (n > 0) {
		end = memchr(p, '\n', n);
		k = end != NULL ? (size_t)(end - p) : n;
		rc = 1;
		if (end != NULL && r->text.n == 0 && !r->skipping &&
		    (rc = line_direct(r, p, k, e)) < 0)
			return -1;
		if (rc > 0) {
			if (r->skipping)
				r->offset += k;
			else if (r->text.n + k > LIMIT_ROW) {
				r->offset += k;
				if (give_up(r, e) != 0)
					return -1;
			} else if (buf_add(&r->text, p, k) != 0) {
				return err_set(e, ERR_MEMORY, "out of memory");
			}
			if (end != NULL && text_over(r, false, e) != 0)
				return -1;
		}
		p += k + (end != NULL);
		n -= k + (end != NULL);
	}
	return 0;
}

/* ---- encodings ------------------------------------------------------------- */

static int
decode(struct rows *r, char *p, size_t n, struct err *e)
{
	while (n > 0) {
		size_t room = KIB(64), before = room;
		char *out;

		buf_reset(&r->decoded);
		out = buf_room(&r->decoded, room);
		if (out == NULL)
			return err_set(e, ERR_MEMORY, "out of memory");
		if (iconv(r->iconv, &p, &n, &out, &room) == (size_t)-1 &&
		    errno != E2BIG && errno != EINVAL) {
			/* One bad byte is not the whole feed. */
			p++;
			n--;
			if (room > 0) {
				*out = '?';
				room--;
			}
		} else if (room == before && errno == EINVAL) {
			break; /* the rest is the beginning of a character */
		}
		if (take_text(r, r->decoded.p, before - room, e) != 0)
			return -1;
	}
	if (n > sizeof(r->tail))
		return err_set(e, ERR_SYNTAX, "the text is not in the encoding "
		    "that it is said to be in");
	memmove(r->tail, p, n);
	r->ntail = n;
	return 0;
}

int
rows_bytes(struct rows *r, const char *p, size_t n, struct err *e)
{
	char piece[KIB(8)];
	size_t k;

	if (r->iconv == NULL)
		return take_text(r, p, n, e);
	while (n > 0) {
		memcpy(piece, r->tail, r->ntail);
		k = sizeof(piece) - r->ntail;
		k = n < k ? n : k;
		memcpy(piece + r->ntail, p, k);
		if (decode(r, piece, r->ntail + k, e) != 0)
			return -1;
		p += k;
		n -= k;
	}
	return 0;
}

int
rows_end(struct rows *r, struct err *e)
{
	if (r->text.n == 0 && !r->skipping)
		return 0;
	return text_over(r, true, e);
}
