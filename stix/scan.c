/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/scan.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "stix/scan_block.h"
#include "stix/scan_escape.h"
#include "stix/scan_number.h"

/* Up to this many keys an object is searched for a double key by key. */
#define KEYS_SEARCHED 48

static int
fail(struct scan *s, const char *at, const char *what)
{
	return err_set(s->e, ERR_SYNTAX, "offset %zu: %s",
	    (size_t)(at - s->start), what);
}

static int
fail_memory(struct scan *s)
{
	return err_set(s->e, ERR_MEMORY,
	    "offset %zu: no room left for this object (arena of %zu bytes)",
	    (size_t)(s->p - s->start), s->arena->max);
}

void
scan_init(struct scan *s, struct arena *a, struct slice text,
    struct err *e)
{
	s->start = s->p = text.p != NULL ? text.p : "";
	s->end = s->start + text.n;
	s->arena = a;
	s->e = e;
	s->depth = 0;
	s->keys = s->few;
	s->nkeys = 0;
	s->keys_cap = ARRAY_LEN(s->few);
}

/* Step over white space, of which there is some at s->p. */
static void
spaces(struct scan *s)
{
	const char *p = s->p, *end = s->end;

	for (;;) {
		/* indentation */
		while (end - p >= 8 &&
		    word_load(p) == UINT64_C(0x2020202020202020))
			p += 8;
		if (p == end ||
		    (*p != ' ' && *p != '\n' && *p != '\r' && *p != '\t'))
			break;
		p++;
	}
	s->p = p;
}

/* Inside this file: the same as scan_peek(), mostly without a call. */
static inline char
peek(struct scan *s)
{
	if (CC_UNLIKELY(s->p < s->end && (unsigned char)*s->p <= ' '))
		spaces(s);
	return CC_LIKELY(s->p < s->end) ? *s->p : 0;
}

char
scan_peek(struct scan *s)
{
	return peek(s);
}

int
scan_end(struct scan *s)
{
	(void)peek(s);
	if (s->p != s->end)
		return fail(s, s->p, "something follows the end of the value");
	return 0;
}

/* Check what scan_plain_end() stopped at within a string, and step over it;
 * NULL with the error set when it may not stand there. */
static const char *
string_special(struct scan *s, const char *p, bool *escaped)
{
	uint32_t c = 0;
	size_t n;

	if (p == s->end) {
		(void)fail(s, p, "the text ends inside a string");
		return NULL;
	}
	if (*p == '\\') {
		*escaped = true;
		n = scan_escape(p, s->end, &c);
		if (n == 0)
			(void)fail(s, p, "not a valid escape in a string");
		return n != 0 ? p + n : NULL;
	}
	if ((unsigned char)*p < 0x20) {
		(void)fail(s, p, "a control character in a string");
		return NULL;
	}
	do { /* characters that are not ASCII seldom come alone */
		n = utf8_len(p, (size_t)(s->end - p));
		if (n == 0) {
			(void)fail(s, p, "not valid UTF-8");
			return NULL;
		}
		p += n;
	} while (p < s->end && (unsigned char)*p >= 0x80);
	return p;
}

/* Check a string, the cursor on its quote, and step over it.  *raw is its
 * inside as it stands. */
static inline int
string_raw(struct scan *s, struct slice *raw, bool *escaped)
{
	const char *from = s->p + 1, *p = from;

	*escaped = false;
	for (;;) {
		p = scan_plain_end(p, s->end);
		if (CC_LIKELY(p < s->end && *p == '"'))
			break;
		p = string_special(s, p, escaped);
		if (p == NULL)
			return -1;
	}
	*raw = (struct slice){from, (size_t)(p - from)};
	s->p = p + 1;
	return 0;
}

static int
string_decode(struct scan *s, struct slice raw, struct slice *out)
{
	char *to = arena_alloc(s->arena, raw.n);
	int64_t n;

	if (to == NULL)
		return fail_memory(s);
	n = scan_unescape(raw, to);
	if (n < 0)
		return err_set(s->e, ERR_INTERNAL,
		    "an escape was checked and is not valid");
	*out = (struct slice){to, (size_t)n};
	return 0;
}

static inline int
string_read(struct scan *s, struct slice *out)
{
	bool escaped;

	if (string_raw(s, out, &escaped) != 0)
		return -1;
	return CC_UNLIKELY(escaped) ? string_decode(s, *out, out) : 0;
}

int
scan_string(struct scan *s, struct slice *out)
{
	return string_read(s, out);
}

int
scan_number(struct scan *s, int64_t *out)
{
	const char *what = NULL, *from = s->p;
	int rc = scan_number_read(&s->p, s->end, out, &what);

	return rc < 0 ? fail(s, from, what) : rc;
}

/* The first eight bytes of [p, p + n), zeros behind them. */
static inline uint64_t
word_first(const char *p, size_t n, const char *end)
{
	char few[8] = {0};

	if (CC_LIKELY(end - p >= 8)) /* bytes behind the text are cut off */
		return n >= 8 ? word_load(p) :
		    word_load(p) & ((UINT64_C(1) << 8 * n) - 1);
	memcpy(few, p, n < 8 ? n : 8);
	return word_load(few);
}

/* Tells most names of one object apart by length and both ends, without a
 * loop; `end` is where readable memory ends.  Names with one hash are compared,
 * so that nothing but time hangs on it, and little: see keys_close(). */
static inline uint64_t
key_hash(struct slice k, const char *end)
{
	uint64_t h = word_first(k.p, k.n, end);

	h = (h ^ k.n) * UINT64_C(0x9e3779b97f4a7c15);
	if (k.n > 8)
		h ^= word_load(k.p + k.n - 8) * UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 32;
}

static int
keys_grow(struct scan *s)
{
	size_t cap = s->keys_cap * 2;
	struct scan_key *more;

	if (s->nkeys >= LIMIT_MEMBERS)
		return err_set(s->e, ERR_LIMIT,
		    "offset %zu: more than %u members",
		    (size_t)(s->p - s->start), LIMIT_MEMBERS);
	more = arena_alloc(s->arena, cap * sizeof(*more));
	if (more == NULL)
		return fail_memory(s);
	memcpy(more, s->keys, s->nkeys * sizeof(*more));
	s->keys = more;
	s->keys_cap = cap;
	return 0;
}

static bool
key_known(const struct scan *s, const struct scan_object *o,
    const struct scan_key *k)
{
	for (size_t i = o->first; i < s->nkeys; i++) {
		if (s->keys[i].hash == k->hash &&
		    slice_eq(s->keys[i].name, k->name))
			return true;
	}
	return false;
}

int
scan_name_twice(struct scan *s, const struct scan_object *o)
{
	return fail(s, o->at, "a member that the object has already");
}

/* Note a name of the object that was opened last. */
static inline int
name_new(struct scan *s, struct scan_object *o, struct slice name)
{
	const char *end = o->decoded ? name.p + name.n : s->end;
	struct scan_key k = {key_hash(name, end), name};
	uint64_t bit = UINT64_C(1) << (k.hash & 63);

	if ((o->seen & bit) != 0 && s->nkeys - o->first < KEYS_SEARCHED &&
	    key_known(s, o, &k))
		return scan_name_twice(s, o);
	o->seen |= bit;
	if (CC_UNLIKELY(s->nkeys == s->keys_cap) && keys_grow(s) != 0)
		return -1;
	s->keys[s->nkeys++] = k;
	return 0;
}

static int
key_order(const void *pa, const void *pb)
{
	const struct scan_key *a = pa, *b = pb;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->name.n != b->name.n)
		return a->name.n < b->name.n ? -1 : 1;
	return a->name.n != 0 ? memcmp(a->name.p, b->name.p, a->name.n) : 0;
}

/* Forget the keys of an object that closes.  One too large to be searched at
 * each key is sorted now: no choice of keys makes that slow. */
static inline int
keys_close(struct scan *s, const struct scan_object *o)
{
	struct scan_key *k = s->keys + o->first;
	size_t n = s->nkeys - o->first;

	s->nkeys = o->first;
	if (CC_LIKELY(n <= KEYS_SEARCHED))
		return 0;
	qsort(k, n, sizeof(*k), key_order);
	for (size_t i = 1; i < n; i++) {
		if (key_order(&k[i - 1], &k[i]) == 0)
			return fail(s, s->p, "a member twice in one object");
	}
	return 0;
}

static inline int
descend(struct scan *s)
{
	if (CC_UNLIKELY(s->depth >= LIMIT_DEPTH))
		return err_set(s->e, ERR_LIMIT,
		    "offset %zu: nested deeper than %d",
		    (size_t)(s->p - s->start), LIMIT_DEPTH);
	s->depth++;
	s->p++;
	return 0;
}

static inline int
object_open(struct scan *s, struct scan_object *o)
{
	*o = (struct scan_object){.first = s->nkeys};
	return descend(s);
}

/* Step to the next member or over the end, whichever comes: 1 on the quote of
 * a name, 0 behind the brace. */
static int
member_next(struct scan *s, struct scan_object *o)
{
	char c = peek(s);

	if (o->begun && c == ',') {
		s->p++;
		c = peek(s);
		if (CC_LIKELY(c == '"'))
			return 1;
		return fail(s, s->p, "a member's name is missing");
	}
	if (!o->begun && c == '"') {
		o->begun = true;
		return 1;
	}
	if (c != '}')
		return fail(s, s->p, o->begun ?
		    "',' or '}' is missing" : "a name or '}' is missing");
	s->p++;
	s->depth--;
	return keys_close(s, o);
}

static inline int
name_next(struct scan *s, struct scan_object *o, struct slice *name)
{
	int rc;

	/* compact text comes first: ,"name":value */
	if (CC_LIKELY(o->begun && s->end - s->p > 1 && s->p[0] == ',' &&
	    s->p[1] == '"'))
		s->p++;
	else if ((rc = member_next(s, o)) <= 0)
		return rc;
	o->at = s->p;
	if (string_raw(s, name, &o->decoded) != 0)
		return -1;
	if (CC_UNLIKELY(o->decoded) && string_decode(s, *name, name) != 0)
		return -1;
	if (CC_UNLIKELY(peek(s) != ':'))
		return fail(s, s->p, "':' is missing");
	s->p++;
	(void)peek(s);
	return 1;
}

static inline int
member(struct scan *s, struct scan_object *o, struct slice *name)
{
	int rc = name_next(s, o, name);

	if (rc > 0 && name_new(s, o, *name) != 0)
		return -1;
	return rc;
}

static inline int
item(struct scan *s, bool *begun)
{
	char c = peek(s);

	if (*begun && c == ',') {
		s->p++;
		(void)peek(s);
		return 1; /* that a value follows is checked by its reader */
	}
	if (c == ']') {
		s->p++;
		s->depth--;
		return 0;
	}
	if (*begun)
		return fail(s, s->p, "',' or ']' is missing");
	*begun = true;
	return 1;
}

int
scan_object_open(struct scan *s, struct scan_object *o)
{
	return object_open(s, o);
}

int
scan_name(struct scan *s, struct scan_object *o, struct slice *name)
{
	return name_next(s, o, name);
}

int
scan_name_new(struct scan *s, struct scan_object *o, struct slice name)
{
	return name_new(s, o, name);
}

int
scan_member(struct scan *s, struct scan_object *o, struct slice *name)
{
	return member(s, o, name);
}

int
scan_array_open(struct scan *s, bool *begun)
{
	*begun = false;
	return descend(s);
}

int
scan_item(struct scan *s, bool *begun)
{
	return item(s, begun);
}

static int
skip_object(struct scan *s)
{
	struct scan_object o;
	struct slice name;
	int rc;

	if (object_open(s, &o) != 0)
		return -1;
	while ((rc = member(s, &o, &name)) > 0) {
		if (scan_skip(s) != 0)
			return -1;
	}
	return rc;
}

static int
skip_array(struct scan *s)
{
	bool begun = false;
	int rc;

	if (descend(s) != 0)
		return -1;
	while ((rc = item(s, &begun)) > 0) {
		if (scan_skip(s) != 0)
			return -1;
	}
	return rc;
}

static int
skip_word(struct scan *s, struct slice word)
{
	if ((size_t)(s->end - s->p) < word.n ||
	    memcmp(s->p, word.p, word.n) != 0)
		return fail(s, s->p, "not a JSON value");
	s->p += word.n;
	return 0;
}

/* Recursion ends at LIMIT_DEPTH. */
int
scan_skip(struct scan *s)
{
	struct slice raw;
	bool escaped;
	int64_t number;

	if (CC_UNLIKELY(s->p == s->end))
		return fail(s, s->p, "the text ends where a value should be");
	switch (*s->p) {
	case '"':
		return string_raw(s, &raw, &escaped);
	case '{':
		return skip_object(s);
	case '[':
		return skip_array(s);
	case 't':
		return skip_word(s, SLICE("true"));
	case 'f':
		return skip_word(s, SLICE("false"));
	case 'n':
		return skip_word(s, SLICE("null"));
	default:
		return scan_number(s, &number) < 0 ? -1 : 0;
	}
}

int
scan_check(struct arena *a, struct slice text, struct err *e)
{
	struct scan s;

	scan_init(&s, a, text, e);
	(void)peek(&s);
	return scan_skip(&s) != 0 ? -1 : scan_end(&s);
}
