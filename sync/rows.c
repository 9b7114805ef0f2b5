/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/rows.h"

#include <string.h>

#include "base/limits.h"

int
rows_init(struct rows *r, const struct rows_ops *ops, const char *encoding,
    struct err *e)
{
	memset(r, 0, sizeof(*r));
	r->ops = ops;
	buf_init(&r->text, 2 * LIMIT_ROW);
	return decoder_init(&r->decoder, encoding, e);
}

void
rows_free(struct rows *r)
{
	decoder_free(&r->decoder);
	buf_free(&r->text);
}

void
rows_reset(struct rows *r)
{
	decoder_reset(&r->decoder);
	buf_reset(&r->text);
	r->joined = 0;
	r->offset = 0;
	r->begun = r->skipping = false;
}

/* ---- lines ----------------------------------------------------------------- */

static struct slice
without_nul(char *p, size_t n)
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
		more = r->ops->line(r->ops->ctx, without_nul(r->text.p, n),
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

/* A whole line that lies in the caller's bytes, with no NUL among them: no
 * copy.  1: it does not end there. */
static int
line_direct(struct rows *r, const char *p, size_t n, struct err *e)
{
	enum rows_answer more;

	if (n > LIMIT_ROW)
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
take_text(void *ctx, const char *p, size_t n, struct err *e)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct rows *r = ctx;
	const char *end;
	bool clean = n > 0 && memchr(p, '\0', n) == NULL;
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
		if (end != NULL && r->text.n == 0 && !r->skipping && clean &&
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

int
rows_bytes(struct rows *r, const char *p, size_t n, struct err *e)
{
	return decoder_bytes(&r->decoder, p, n, take_text, r, e);
}

int
rows_end(struct rows *r, struct err *e)
{
	if (decoder_end(&r->decoder, take_text, r, e) != 0)
		return -1;
	if (r->text.n == 0 && !r->skipping)
		return 0;
	return text_over(r, true, e);
}
