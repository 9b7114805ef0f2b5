/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/json_pick.h"

#include <string.h>

enum state {
	AT_BEGIN,      /* of the document: a byte-order mark may stand here */
	AT_VALUE,      /* a value must come */
	AT_FIRST,      /* the first value of an array, or its end */
	AT_NEXT,       /* ',' or the end of a container */
	AT_FIRST_KEY,  /* the first name of an object, or its end */
	AT_KEY,        /* a name must come */
	AT_COLON,
	IN_KEY,        /* a string that is a name */
	IN_STRING,
	IN_WORD,       /* a number or a literal */
	AT_END         /* only white space may come */
};

void
json_pick_init(struct json_pick *p, const struct json_pick_ops *ops,
    const char *const *places, size_t max)
{
	memset(p, 0, sizeof(*p));
	p->ops = ops;
	p->places = places;
	buf_init(&p->element, max);
	buf_init(&p->rest, LIMIT_SKELETON);
	buf_init(&p->name, JSON_PICK_PATH);
}

void
json_pick_free(struct json_pick *p)
{
	buf_free(&p->element);
	buf_free(&p->rest);
	buf_free(&p->name);
}

void
json_pick_reset(struct json_pick *p)
{
	buf_reset(&p->element);
	buf_reset(&p->rest);
	buf_reset(&p->name);
	p->depth = 0;
	p->state = AT_BEGIN;
	p->escaped = p->picking = p->large = p->quoted = false;
	p->offset = 0;
}

static int
broken(const struct json_pick *p, const char *what, struct err *e)
{
	return err_set(e, ERR_SYNTAX, "offset %llu: not JSON: %s",
	    (unsigned long long)p->offset, what);
}

/* ---- places ---------------------------------------------------------------- */

static size_t
path_length(const struct json_pick *p)
{
	return p->depth == 0 ? 0 : p->levels[p->depth - 1].path;
}

/* Into a container: its path is that of the one around it, and a name. */
static int
enter(struct json_pick *p, bool array, struct err *e)
{
	size_t n = path_length(p), k = 0;
	bool outer = p->depth > 0, lost = outer && p->levels[p->depth - 1].lost;
	int16_t i;

	if (p->depth == LIMIT_DEPTH)
		return err_set(e, ERR_LIMIT, "offset %llu: nested deeper than "
		    "%u", (unsigned long long)p->offset, LIMIT_DEPTH);
	if (outer && p->levels[p->depth - 1].array)
		k = 2;
	else if (outer)
		k = p->name.n + 1;
	if (n + k >= JSON_PICK_PATH || (outer && !buf_ok(&p->name)))
		lost = true;
	if (!lost && k > 0 && p->levels[p->depth - 1].array) {
		memcpy(p->path + n, "[]", 2);
	} else if (!lost && k > 0) {
		p->path[n] = '.';
		if (p->name.n > 0)
			memcpy(p->path + n + 1, p->name.p, p->name.n);
	}
	n += lost ? 0 : k;
	p->levels[p->depth].path = (uint16_t)n;
	p->levels[p->depth].array = array;
	p->levels[p->depth].lost = lost;
	p->levels[p->depth].place = -1;
	for (i = 0; !lost && p->places[i] != NULL; i++)
		if (strlen(p->places[i]) == n &&
		    memcmp(p->places[i], p->path, n) == 0)
			p->levels[p->depth].place = i;
	p->depth++;
	p->state = array ? AT_FIRST : AT_FIRST_KEY;
	return 0;
}

/* What the container at hand holds is given out, and left out of the rest. */
static int
place_of(const struct json_pick *p)
{
	return p->depth == 0 ? -1 : p->levels[p->depth - 1].place;
}

static int
rest_add(struct json_pick *p, char c, struct err *e)
{
	if (buf_char(&p->rest, c) == 0)
		return 0;
	return err_set(e, ERR_LIMIT, "more than %u bytes beside what is read "
	    "of it", LIMIT_SKELETON);
}

/* ---- elements -------------------------------------------------------------- */

static void
pick_begin(struct json_pick *p, int place, char c)
{
	buf_reset(&p->element);
	p->picking = true;
	p->large = false;
	p->place = (int16_t)place;
	p->began = p->offset;
	p->nested = c == '{' || c == '[';
	scan_nest_init(&p->nest);
	p->quoted = c == '"';
	p->escaped = false;
}

static int
pick_end(struct json_pick *p, struct err *e)
{
	struct slice name = SLICE_NONE;

	p->picking = false;
	p->state = AT_NEXT;
	if (p->large)
		return p->ops->too_large(p->ops->ctx, (unsigned)p->place,
		    p->began, e);
	if (!p->levels[p->depth - 1].array && buf_ok(&p->name))
		name = p->name.n > 0 ? buf_view(&p->name) : SLICE("");
	return p->ops->element(p->ops->ctx, (unsigned)p->place, name,
	    buf_view(&p->element), p->began, e);
}

static void
pick_keep(struct json_pick *p, const char *from, const char *to)
{
	if (p->large || from == to)
		return;
	if (buf_add(&p->element, from, (size_t)(to - from)) != 0) {
		p->large = true;
		buf_free(&p->element);
	}
}

/* A string or a word, or what is neither: its bytes, up to a container that begins
 * in it. */
static size_t
scan_flat(struct json_pick *p, const char *bytes, size_t n, bool *over)
{
	size_t i;

	for (i = 0; i < n && !*over && !p->nested; i++) {
		char c = bytes[i];

		if (p->escaped) {
			p->escaped = false;
		} else if (p->quoted) {
			p->escaped = c == '\\';
			*over = c == '"';
		} else if (slice_is_space(c) || c == ',' || c == '}' ||
		    c == ']') {
			/* It ended in front of this. */
			*over = true;
			break;
		} else {
			p->quoted = c == '"';
			p->nested = c == '{' || c == '[';
			if (p->nested)
				break;
		}
	}
	return i;
}

/* The bytes of the element at hand; how many of them.  *over: it ended. */
static size_t
pick_scan(struct json_pick *p, const char *bytes, size_t n, bool *over)
{
	size_t flat;
	const char *end;

	*over = false;
	flat = p->nested ? 0 : scan_flat(p, bytes, n, over);
	if (!p->nested)
		return flat;
	end = scan_nest_end(&p->nest, bytes + flat, bytes + n);
	*over = end != NULL;
	return *over ? (size_t)(end - bytes) : n;
}

/* ---- structure ------------------------------------------------------------- */

static int
value_begin(struct json_pick *p, char c, struct err *e)
{
	if (c == '{' || c == '[')
		return enter(p, c == '[', e);
	if (c == '"') {
		p->state = IN_STRING;
		p->escaped = false;
		return 0;
	}
	if (strchr("-0123456789tfn", c) == NULL || c == '\0')
		return broken(p, "a value is missing", e);
	p->state = IN_WORD;
	return 0;
}

static int
leave(struct json_pick *p, char c, struct err *e)
{
	if (p->depth == 0 || p->levels[p->depth - 1].array != (c == ']'))
		return broken(p, "an end without its beginning", e);
	p->depth--;
	p->state = p->depth == 0 ? AT_END : AT_NEXT;
	return 0;
}

static int
at_next(struct json_pick *p, char c, struct err *e)
{
	if (c == '}' || c == ']')
		return leave(p, c, e);
	if (c != ',' || p->depth == 0)
		return broken(p, "something else than ',' or an end", e);
	p->state = p->levels[p->depth - 1].array ? AT_VALUE : AT_KEY;
	return 0;
}

static int
at_key(struct json_pick *p, char c, struct err *e)
{
	if (c == '}' && p->state == AT_FIRST_KEY)
		return leave(p, c, e);
	if (c != '"')
		return broken(p, "a name is missing", e);
	p->state = IN_KEY;
	p->escaped = false;
	buf_reset(&p->name);
	return 0;
}

/* In a string of the rest: its end, or not. */
static void
in_string(struct json_pick *p, char c)
{
	bool key = p->state == IN_KEY;

	if (p->escaped)
		p->escaped = false;
	else if (c == '\\')
		p->escaped = true;
	else if (c == '"') {
		p->state = key ? AT_COLON : p->depth == 0 ? AT_END : AT_NEXT;
		return;
	}
	/* A name that is too long is none that is known. */
	if (key && buf_char(&p->name, c) != 0)
		return;
}

/* One byte outside of the elements. */
static int
structure(struct json_pick *p, char c, struct err *e)
{
	switch (p->state) {
	case IN_KEY:
	case IN_STRING:
		in_string(p, c);
		return 0;
	case IN_WORD:
		if (!slice_is_space(c) && strchr(",]}", c) == NULL)
			return 0;
		p->state = p->depth == 0 ? AT_END : AT_NEXT;
		return slice_is_space(c) ? 0 : at_next(p, c, e);
	default:
		break;
	}
	if (slice_is_space(c))
		return 0;
	switch (p->state) {
	case AT_BEGIN:
	case AT_VALUE:
		return value_begin(p, c, e);
	case AT_FIRST:
		return c == ']' ? leave(p, c, e) : value_begin(p, c, e);
	case AT_NEXT:
		return at_next(p, c, e);
	case AT_FIRST_KEY:
	case AT_KEY:
		return at_key(p, c, e);
	case AT_COLON:
		if (c != ':')
			return broken(p, "':' is missing", e);
		p->state = AT_VALUE;
		return 0;
	default:
		return broken(p, "more behind its end", e);
	}
}

/* Does an element begin with this byte? */
static bool
picks(const struct json_pick *p, char c)
{
	if (place_of(p) < 0 || slice_is_space(c))
		return false;
	return p->state == AT_VALUE || (p->state == AT_FIRST && c != ']');
}

static int
take_byte(struct json_pick *p, char c, struct err *e)
{
	bool inside = place_of(p) >= 0;
	int place;

	if (picks(p, c)) {
		place = place_of(p);
		if (strchr(",:]}", c) != NULL)
			return broken(p, "a value is missing", e);
		pick_begin(p, place, c);
		return 0;
	}
	if (structure(p, c, e) != 0)
		return -1;
	/* Of a place its brackets are left. */
	if (inside && place_of(p) >= 0)
		return 0;
	return rest_add(p, c, e);
}

/* UTF-8 may begin with a mark that is none of JSON. */
static bool
is_mark(const struct json_pick *p, char c)
{
	return p->state == AT_BEGIN && p->offset < 3 &&
	    c == "\xef\xbb\xbf"[p->offset];
}

int
json_pick_bytes(struct json_pick *p, const char *bytes, size_t n,
    struct err *e)
{
	size_t at = 0, k;
	bool over;

	while (at < n) {
		if (p->picking) {
			k = pick_scan(p, bytes + at, n - at, &over);
			pick_keep(p, bytes + at, bytes + at + k);
			at += k;
			p->offset += k;
			if (over && pick_end(p, e) != 0)
				return -1;
			continue;
		}
		if (!is_mark(p, bytes[at]) && take_byte(p, bytes[at], e) != 0)
			return -1;
		if (p->picking && !p->quoted)
			continue;
		/* A string's first quote must not end it. */
		if (p->picking)
			pick_keep(p, bytes + at, bytes + at + 1);
		at++;
		p->offset++;
	}
	return 0;
}

json_t *
json_pick_end(struct json_pick *p, struct err *e)
{
	json_error_t why;
	json_t *rest;

	if (p->state != AT_END && !(p->state == IN_WORD && p->depth == 0))
		return err_set(e, ERR_SYNTAX, p->state == AT_BEGIN ?
		    "it is empty" : "it is cut after %llu bytes",
		    (unsigned long long)p->offset), NULL;
	rest = json_loadb(p->rest.p, p->rest.n, JSON_DECODE_ANY, &why);
	if (rest == NULL)
		err_set(e, ERR_SYNTAX, "not JSON: %s", why.text);
	return rest;
}
