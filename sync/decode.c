/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/decode.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/utf8.h"

#define NO_CHARACTER 0xfffdu

int
decoder_init(struct decoder *d, const char *encoding, struct err *e)
{
	iconv_t cd;

	*d = (struct decoder){.how = DECODE_FIRST};
	if (encoding == NULL || strcasecmp(encoding, "utf-8") == 0)
		return 0;
	cd = iconv_open("UTF-8", encoding);
	if (cd == (iconv_t)-1)
		return err_set(e, ERR_CONFIG, "encoding: '%s' is not known; "
		    "'iconv -l' lists what is", encoding);
	d->iconv = cd;
	return 0;
}

void
decoder_free(struct decoder *d)
{
	if (d->iconv != NULL)
		iconv_close(d->iconv);
	d->iconv = NULL;
}

void
decoder_reset(struct decoder *d)
{
	if (d->iconv != NULL)
		iconv(d->iconv, NULL, NULL, NULL, NULL);
	d->how = DECODE_FIRST;
	d->ntail = 0;
	d->high = 0;
}

/* ---- what is named --------------------------------------------------------- */

static int
by_iconv(struct decoder *d, char *p, size_t n, decode_fn *fn, void *ctx,
    struct err *e)
{
	char out[KIB(16)];

	while (n > 0) {
		size_t room = sizeof(out);
		char *to = out;

		if (iconv(d->iconv, &p, &n, &to, &room) == (size_t)-1 &&
		    errno != E2BIG && errno != EINVAL) {
			/* One bad byte is not the whole feed. */
			p++;
			n--;
			if (room > 0) {
				*to = '?';
				room--;
			}
		} else if (room == sizeof(out) && errno == EINVAL) {
			break; /* the rest is the beginning of a character */
		}
		if (room < sizeof(out) && fn(ctx, out, sizeof(out) - room,
		    e) != 0)
			return -1;
	}
	if (n > sizeof(d->tail))
		return err_set(e, ERR_SYNTAX, "the text is not in the encoding "
		    "that it is said to be in");
	memmove(d->tail, p, n);
	d->ntail = n;
	return 0;
}

static int
named(struct decoder *d, const char *p, size_t n, decode_fn *fn, void *ctx,
    struct err *e)
{
	char piece[KIB(8)];
	size_t k;

	while (n > 0) {
		memcpy(piece, d->tail, d->ntail);
		k = sizeof(piece) - d->ntail;
		k = n < k ? n : k;
		memcpy(piece + d->ntail, p, k);
		if (by_iconv(d, piece, d->ntail + k, fn, ctx, e) != 0)
			return -1;
		p += k;
		n -= k;
	}
	return 0;
}

/* ---- UTF-16 ---------------------------------------------------------------- */

/* One unit; the bytes that it gives. */
static size_t
take_unit(struct decoder *d, uint32_t unit, char *to)
{
	size_t n = 0;

	if (d->high != 0 && (unit & 0xfc00) == 0xdc00) {
		n = utf8_put(0x10000 + ((d->high & 0x3ffu) << 10) +
		    (unit & 0x3ff), to);
		d->high = 0;
		return n;
	}
	if (d->high != 0)
		n = utf8_put(NO_CHARACTER, to);
	d->high = (unit & 0xfc00) == 0xd800 ? (uint16_t)unit : 0;
	if (d->high != 0)
		return n;
	return n + utf8_put((unit & 0xfc00) == 0xdc00 ? NO_CHARACTER : unit,
	    to + n);
}

static int
utf16(struct decoder *d, const char *p, size_t n, decode_fn *fn, void *ctx,
    struct err *e)
{
	char out[KIB(16)];
	size_t k = 0, i;

	for (i = 0; i < n; i++) {
		unsigned first = (unsigned char)d->tail[0],
		    second = (unsigned char)p[i];

		if (d->ntail == 0) {
			d->tail[d->ntail++] = p[i];
			continue;
		}
		d->ntail = 0;
		k += take_unit(d, d->how == DECODE_LITTLE ?
		    second << 8 | first : first << 8 | second, out + k);
		if (k + 8 > sizeof(out)) {
			if (fn(ctx, out, k, e) != 0)
				return -1;
			k = 0;
		}
	}
	return k > 0 ? fn(ctx, out, k, e) : 0;
}

/* The first two bytes tell; the bytes of the mark that are taken off p. */
static size_t
look(struct decoder *d, const char *p, size_t n)
{
	char head[2];
	size_t had = d->ntail, taken = 2 - had;

	if (n < taken) {
		if (n > 0 && (*p == '\xff' || *p == '\xfe')) {
			d->tail[d->ntail++] = *p;
			return 1;
		}
		d->how = n > 0 ? DECODE_PLAIN : DECODE_FIRST;
		return 0;
	}
	memcpy(head, d->tail, had);
	memcpy(head + had, p, taken);
	d->how = memcmp(head, "\xff\xfe", 2) == 0 ? DECODE_LITTLE :
	    memcmp(head, "\xfe\xff", 2) == 0 ? DECODE_BIG : DECODE_PLAIN;
	if (d->how == DECODE_PLAIN)
		return 0;
	d->ntail = 0;
	return taken;
}

int
decoder_bytes(struct decoder *d, const char *p, size_t n, decode_fn *fn,
    void *ctx, struct err *e)
{
	size_t taken;

	if (d->iconv != NULL)
		return named(d, p, n, fn, ctx, e);
	if (d->how == DECODE_FIRST) {
		taken = look(d, p, n);
		p += taken;
		n -= taken;
	}
	if (d->how == DECODE_PLAIN && d->ntail > 0 &&
	    decoder_end(d, fn, ctx, e) != 0)
		return -1;
	if (n == 0 || d->how == DECODE_FIRST)
		return 0;
	return d->how == DECODE_PLAIN ? fn(ctx, p, n, e) :
	    utf16(d, p, n, fn, ctx, e);
}

int
decoder_end(struct decoder *d, decode_fn *fn, void *ctx, struct err *e)
{
	size_t n = d->ntail;

	if (d->iconv != NULL || d->how == DECODE_LITTLE ||
	    d->how == DECODE_BIG || n == 0)
		return 0;
	d->how = DECODE_PLAIN;
	d->ntail = 0;
	return fn(ctx, d->tail, n, e);
}
