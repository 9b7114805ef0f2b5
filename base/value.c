/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/value.h"

#include "base/value_private.h"

bool
value_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice
value_trim_spaces(struct slice s)
{
	while (s.n > 0 && value_is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && value_is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

enum value_reason
value_make(struct arena *a, enum value_type type, const void *key, size_t n,
    struct value *out)
{
	void *p = arena_dup(a, key, n);

	if (p == NULL)
		return VALUE_BAD_MEMORY;
	*out = (struct value){
		.type = (uint8_t)type,
		.keylen = (uint16_t)n,
		.key = p
	};
	return VALUE_OK;
}

/* Apart, because its frame is large and few callers ask for it. */
static enum value_reason
normalise_refanged(struct arena *a, const struct value_kind *kind,
    struct slice text, unsigned options, struct value *out)
{
	char clean[LIMIT_VALUE];

	text = value_trim(value_refang(text, clean));
	if (text.n == 0)
		return VALUE_BAD_EMPTY;
	return kind->normalise(a, kind, text, options, out);
}

enum value_reason
value_normalise(struct arena *a, enum value_type type, struct slice text,
    unsigned options, struct value *out)
{
	const struct value_kind *kind = value_kind(type);
	enum value_reason why;
	struct value v;

	if (kind == NULL)
		return VALUE_BAD_TYPE;
	text = value_trim(text);
	if (text.n == 0)
		return VALUE_BAD_EMPTY;
	if (text.n > LIMIT_VALUE)
		return VALUE_BAD_LONG;
	options &= VALUE_ALLOW_BOGON | VALUE_ALLOW_WIDE | VALUE_REFANG;
	if ((options & VALUE_REFANG) != 0 && kind->refang &&
	    value_may_be_dead(text))
		why = normalise_refanged(a, kind, text, options, &v);
	else
		why = kind->normalise(a, kind, text, options, &v);
	if (why == VALUE_OK)
		*out = v;
	return why;
}

int
value_key_valid(const struct value *v)
{
	const struct value_kind *kind = value_kind(v->type);
	const unsigned known = VALUE_DIGEST | VALUE_MASKED | VALUE_MAPPED |
	    VALUE_SUFFIX | VALUE_TEXT;

	if (kind == NULL || v->key == NULL || v->keylen == 0 ||
	    v->keylen > LIMIT_VALUE_KEY + 64 || (v->flags & ~known) != 0 ||
	    v->text.n > LIMIT_VALUE)
		return 0;
	/* Only addresses have a prefix, and no digest is made without a text
	 * to compare. */
	if (v->prefix != 0 && v->type != VALUE_IPV4 && v->type != VALUE_IPV6)
		return 0;
	if ((v->flags & (VALUE_DIGEST | VALUE_TEXT)) == VALUE_DIGEST)
		return 0;
	return kind->valid(kind, v);
}

int
value_print(const struct value *v, struct buf *out)
{
	const struct value_kind *kind = value_kind(v->type);

	if (kind == NULL || v->key == NULL)
		return -1;
	if ((v->flags & VALUE_TEXT) != 0) {
		if (v->text.p == NULL)
			return -1;
		return buf_slice(out, v->text);
	}
	return kind->print(v, out);
}
