/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One row of a table about values, and what must hold for each: the expected
 * text or reason; and where there is a value, that its key is valid and its
 * text gives the same key again.
 */
#ifndef TESTS_UNIT_BASE_VALUE_ROWS_H
#define TESTS_UNIT_BASE_VALUE_ROWS_H

#include "unit.h"

#include "base/value.h"

#define ANY (VALUE_ALLOW_BOGON | VALUE_ALLOW_WIDE)

struct value_row {
	enum value_type type;
	unsigned options;
	const char *in;
	const char *want;   /* the printed text, or the word of the reason */
	enum value_type as; /* the type it becomes; VALUE_NONE: `type` */
	unsigned flags;
};

static inline int
values_same(const struct value *a, const struct value *b)
{
	return a->type == b->type && a->prefix == b->prefix &&
	    a->keylen == b->keylen &&
	    memcmp(a->key, b->key, a->keylen) == 0 &&
	    (a->text.p != NULL) == (b->text.p != NULL) &&
	    slice_eq(a->text, b->text);
}

/* Print it into a string that the caller frees. */
static inline char *
value_string(const struct value *v)
{
	struct buf b;

	buf_init(&b, LIMIT_VALUE);
	assert_int_equal(value_print(v, &b), 0);
	return buf_take(&b);
}

static inline void
check_made(struct arena *a, const struct value *v, const char *in)
{
	char *text = value_string(v);
	struct value again;

	ROW_CHECK(value_key_valid(v), "'%s'", in);
	ROW_CHECK(((v->flags & VALUE_TEXT) != 0) == (v->text.p != NULL), "'%s'",
	    in);
	ROW_CHECK(v->keylen > 0 && v->keylen <= LIMIT_VALUE_KEY + 64, "'%s'",
	    in);
	ROW_CHECK(value_normalise(a, (enum value_type)v->type, slice_str(text),
	    ANY, &again) == VALUE_OK, "'%s' printed as '%s'", in, text);
	ROW_CHECK(values_same(v, &again), "'%s' printed as '%s'", in, text);
	free(text);
}

static inline void
check_row(const struct value_row *r)
{
	enum value_type as = r->as != VALUE_NONE ? r->as : r->type;
	struct value v, before;
	enum value_reason why;
	struct arena a;
	char *copy, *text;
	size_t n = strlen(r->in);

	/* Exactly allocated, so that a read past the end is seen. */
	copy = malloc(n + (n == 0));
	assert_non_null(copy);
	memcpy(copy, r->in, n);
	arena_init(&a, MIB(1));
	memset(&v, 0x5a, sizeof(v));
	before = v;
	why = value_normalise(&a, r->type, (struct slice){copy, n}, r->options,
	    &v);
	free(copy);
	if (why != VALUE_OK) {
		ROW_CHECK(strcmp(value_reason_name(why), r->want) == 0,
		    "'%s' is %s, not %s", r->in, value_reason_name(why),
		    r->want);
		assert_memory_equal(&v, &before, sizeof(v));
	} else {
		text = value_string(&v);
		ROW_CHECK(strcmp(text, r->want) == 0,
		    "'%s' became '%s', not '%s'", r->in, text, r->want);
		ROW_CHECK(v.type == as, "'%s' is a %s", r->in,
		    value_type_name(v.type));
		ROW_CHECK((v.flags & ~(unsigned)(VALUE_TEXT | VALUE_DIGEST)) ==
		    r->flags, "'%s' has flags %u", r->in, v.flags);
		free(text);
		check_made(&a, &v, r->in);
	}
	arena_free(&a);
}

/* Normalise what is known to be good. */
static inline struct value
made(struct arena *a, enum value_type type, const char *text)
{
	struct value v;

	ROW_CHECK(value_normalise(a, type, slice_str(text), ANY, &v) ==
	    VALUE_OK, "'%s'", text);
	return v;
}

#endif
