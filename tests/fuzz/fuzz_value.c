/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input: one byte for the type (or for value_detect()), one for the options,
 * then the text.  Whatever becomes a value has a valid key, can be printed, and
 * its text gives the same key again.  The same bytes are then taken as a key:
 * one that is called valid must be printable, and its text must give it again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/value.h"

#define ARENA_MAX MIB(1)
#define GUESSES 24

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static bool
same(const struct value *a, const struct value *b)
{
	return a->type == b->type && a->prefix == b->prefix &&
	    a->keylen == b->keylen &&
	    memcmp(a->key, b->key, a->keylen) == 0 &&
	    (a->text.p != NULL) == (b->text.p != NULL) &&
	    slice_eq(a->text, b->text);
}

static void
check_value(struct arena *a, const struct value *v)
{
	const unsigned any = VALUE_ALLOW_BOGON | VALUE_ALLOW_WIDE;
	struct value again;
	struct buf text;

	demand(value_key_valid(v));
	demand(((v->flags & VALUE_TEXT) != 0) == (v->text.p != NULL));
	buf_init(&text, LIMIT_VALUE);
	demand(value_print(v, &text) == 0);
	demand(value_normalise(a, (enum value_type)v->type, buf_view(&text),
	    any, &again) == VALUE_OK);
	demand(same(v, &again));
	if (v->type == VALUE_URL) {
		size_t loose = value_url_loose_len(v->key, v->keylen);

		demand(loose > 1 && loose <= v->keylen);
	}
	buf_free(&text);
}

/* Bytes from an enemy: a key, perhaps with a text. */
static void
check_key(struct arena *a, uint8_t type, uint8_t flags, const uint8_t *p,
    size_t n)
{
	const unsigned any = VALUE_ALLOW_BOGON | VALUE_ALLOW_WIDE;
	struct value v = {.type = type, .flags = flags}, again;
	struct buf text;

	if (n == 0)
		return;
	v.prefix = p[0];
	v.key = p + 1;
	v.keylen = (uint16_t)(n - 1 > UINT16_MAX ? UINT16_MAX : n - 1);
	if ((flags & VALUE_TEXT) != 0) {
		size_t cut = v.keylen < 32 ? v.keylen : 32;

		v.text = (struct slice){(const char *)v.key + cut,
		    v.keylen - cut};
		v.keylen = (uint16_t)cut;
	}
	buf_init(&text, LIMIT_VALUE);
	if (value_key_valid(&v)) {
		demand(value_print(&v, &text) == 0);
		/* Punycode is not looked at in a key. */
		if (memmem(v.key, v.keylen, "xn--", 4) == NULL) {
			demand(value_normalise(a, (enum value_type)v.type,
			    buf_view(&text), any, &again) == VALUE_OK);
			demand(same(&v, &again));
		}
	} else if (value_print(&v, &text) != 0) {
		demand(text.n == 0 || text.failed);
	}
	buf_free(&text);
}

/* A URL whose scheme is in capitals is never read in one pass. */
static void
check_url(struct arena *a, struct slice text, unsigned options,
    enum value_reason why, const struct value *v)
{
	char *other;
	struct value w;

	if (text.n < 4 || memcmp(text.p, "http", 4) != 0)
		return;
	other = malloc(text.n);
	demand(other != NULL);
	memcpy(other, "HTTP", 4);
	memcpy(other + 4, text.p + 4, text.n - 4);
	demand(value_normalise(a, VALUE_URL, (struct slice){other, text.n},
	    options, &w) == why);
	demand(why != VALUE_OK || (same(v, &w) && v->flags == w.flags));
	free(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	enum value_reason why = VALUE_OK;
	struct value v[GUESSES];
	struct slice text;
	struct arena a;
	size_t i, found = 0;
	uint8_t type;

	if (n < 2)
		return 0;
	type = p[0] % (VALUE_TYPE_COUNT + 1);
	text = (struct slice){(const char *)p + 2, n - 2};
	arena_init(&a, ARENA_MAX);
	if (type == VALUE_TYPE_COUNT)
		found = value_detect(&a, text, p[1] & 15u, v, GUESSES);
	else
		why = value_normalise(&a, (enum value_type)type, text,
		    p[1] & 7u, v);
	demand(found <= GUESSES);
	if (type == VALUE_URL)
		check_url(&a, text, p[1] & 7u, why, v);
	/* The arena has room for any value. */
	demand(why != VALUE_BAD_MEMORY);
	if (type != VALUE_TYPE_COUNT && why == VALUE_OK)
		found = 1;
	for (i = 0; i < found; i++)
		check_value(&a, &v[i]);
	check_key(&a, type, p[1] & 31u, p + 2, n - 2);
	arena_free(&a);
	return 0;
}
