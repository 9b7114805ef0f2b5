/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/unwrap.h"

#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"

int
unwrap_init(struct unwrap *u, const char *path, bool plain, struct err *e)
{
	memset(u, 0, sizeof(*u));
	arena_init(&u->arena, KIB(16));
	unwrap_reset(u);
	u->text = path;
	u->plain = plain;
	if (json_path_parse(slice_str(path), &u->arena, &u->path, e) != 0)
		return err_context(e, "content-path");
	if (u->path.n == 0 || u->path.up > 0 || u->path.key)
		return err_set(e, ERR_CONFIG, "content-path: '%s' names no "
		    "member", path);
	for (unsigned i = 0; i < u->path.n; i++)
		if (u->path.steps[i].kind != JSON_MEMBER)
			return err_set(e, ERR_CONFIG, "content-path: '%s' may "
			    "only have names of members, a.b.c", path);
	return 0;
}

void
unwrap_free(struct unwrap *u)
{
	arena_free(&u->arena);
}

void
unwrap_reset(struct unwrap *u)
{
	u->in_string = u->is_key = u->taking = false;
	u->expect_key = u->hit = u->found = u->done = false;
	u->escape = u->depth = u->on_path = 0;
	u->unit = u->high = 0;
	u->objects = 0;
	u->nkey = u->nsample = u->nout = 0;
	base64_init(&u->base64, BASE64_STANDARD | BASE64_URL |
	    BASE64_UNPADDED | BASE64_SPACES);
}

/* ---- what comes out -------------------------------------------------------- */

struct to {
	unwrap_fn *fn;
	void *ctx;
	struct err *e;
};

static int
flush(struct unwrap *u, const struct to *to)
{
	size_t n = u->nout;

	u->nout = 0;
	return n > 0 ? to->fn(to->ctx, u->out, n, to->e) : 0;
}

static int
put(struct unwrap *u, char c, const struct to *to)
{
	u->out[u->nout++] = c;
	return u->nout == sizeof(u->out) ? flush(u, to) : 0;
}

static int
take_base64(struct unwrap *u, char c, const struct to *to)
{
	uint8_t byte;
	int rc = base64_take(&u->base64, c, &byte);

	if (rc < 0)
		return err_set(to->e, ERR_SYNTAX, "the text at '%s' is not "
		    "base64 (content-coding: plain says otherwise)", u->text);
	return rc > 0 ? put(u, (char)byte, to) : 0;
}

/* A byte of the string at hand, without its escapes. */
static int
take(struct unwrap *u, char c, const struct to *to)
{
	if (u->taking)
		return u->plain ? put(u, c, to) : take_base64(u, c, to);
	if (u->is_key) {
		if (u->nkey < sizeof(u->key))
			u->key[u->nkey] = c;
		u->nkey += u->nkey <= sizeof(u->key);
	}
	return 0;
}

/* A character by its number, as UTF-8; half a pair is no character. */
static int
take_unit(struct unwrap *u, uint32_t c, const struct to *to)
{
	char text[4];
	size_t n, i;

	if (c >= 0xd800 && c < 0xdc00) {
		u->high = c;
		return 0;
	}
	if (c >= 0xdc00 && c < 0xe000)
		c = u->high == 0 ? 0xfffd : 0x10000 + ((u->high - 0xd800) <<
		    10) + (c - 0xdc00);
	u->high = 0;
	n = utf8_put(c, text);
	for (i = 0; i < n; i++)
		if (take(u, text[i], to) != 0)
			return -1;
	return 0;
}

/* ---- JSON ------------------------------------------------------------------ */

static int
take_escape(struct unwrap *u, char c, const struct to *to)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (u->escape > 1) {
		uint8_t digit = hex_values[(uint8_t)c];

		if (digit == 0xff)
			return err_set(to->e, ERR_SYNTAX, "JSON with a broken "
			    "escape");
		u->unit = u->unit << 4 | digit;
		u->escape = u->escape == 5 ? 0 : u->escape + 1;
		return u->escape == 0 ? take_unit(u, u->unit, to) : 0;
	}
	u->unit = 0;
	u->escape = c == 'u' ? 2 : 0;
	if (c == 'u')
		return 0;
	at = c != '\0' ? strchr(names, c) : NULL;
	return at != NULL ? take(u, means[at - names], to) :
	    err_set(to->e, ERR_SYNTAX, "JSON with a broken escape");
}

static int
end_string(struct unwrap *u, const struct to *to)
{
	u->in_string = false;
	if (u->is_key) {
		const struct slice *name = &u->path.steps[u->on_path].name;

		u->hit = u->on_path == u->depth - 1 &&
		    u->nkey <= sizeof(u->key) && u->nkey == name->n &&
		    memcmp(u->key, name->p, name->n) == 0;
		u->is_key = false;
	}
	if (!u->taking)
		return 0;
	u->taking = false;
	u->found = true;
	if (base64_end(&u->base64) != 0)
		return err_set(to->e, ERR_SYNTAX, "the text at '%s' is cut",
		    u->text);
	return flush(u, to);
}

static int
begin_string(struct unwrap *u, const struct to *to)
{
	u->in_string = true;
	u->is_key = u->expect_key;
	u->expect_key = false;
	u->nkey = 0;
	u->high = 0;
	if (u->is_key || !u->hit || u->on_path + 1 != u->path.n)
		return 0;
	u->hit = false;
	if (u->found)
		return err_set(to->e, ERR_SYNTAX, "there are two texts at "
		    "'%s'", u->text);
	u->taking = true;
	return 0;
}

static int
open_bracket(struct unwrap *u, bool object, const struct to *to)
{
	if (u->depth == LIMIT_DEPTH)
		return err_set(to->e, ERR_LIMIT, "JSON nested deeper than %d",
		    LIMIT_DEPTH);
	u->objects &= ~(UINT64_C(1) << u->depth);
	u->objects |= (uint64_t)object << u->depth;
	if (u->hit && object && u->on_path + 1 < u->path.n)
		u->on_path++;
	u->hit = false;
	u->depth++;
	u->expect_key = object;
	return 0;
}

static int
close_bracket(struct unwrap *u, const struct to *to)
{
	if (u->depth == 0)
		return err_set(to->e, ERR_SYNTAX, "no JSON");
	u->depth--;
	if (u->depth > 0 && u->on_path > u->depth - 1)
		u->on_path = u->depth - 1;
	u->hit = u->expect_key = false;
	u->done = u->depth == 0;
	return 0;
}

static int
take_byte(struct unwrap *u, char c, const struct to *to)
{
	if (u->in_string) {
		if (u->escape > 0)
			return take_escape(u, c, to);
		if (c == '"')
			return end_string(u, to);
		if (c == '\\') {
			u->escape = 1;
			return 0;
		}
		return take(u, c, to);
	}
	switch (c) {
	case '"':
		return u->depth > 0 ? begin_string(u, to) : 0;
	case '{':
	case '[':
		return open_bracket(u, c == '{', to);
	case '}':
	case ']':
		return close_bracket(u, to);
	case ',':
		u->expect_key = u->depth > 0 &&
		    (u->objects >> (u->depth - 1) & 1) != 0;
		u->hit = false;
		return 0;
	default:
		return 0;
	}
}

int
unwrap_bytes(struct unwrap *u, const char *p, size_t n, unwrap_fn *fn,
    void *ctx, struct err *e)
{
	const struct to to = {fn, ctx, e};
	size_t room = sizeof(u->sample) - u->nsample;

	room = n < room ? n : room;
	memcpy(u->sample + u->nsample, p, room);
	u->nsample += room;
	for (size_t i = 0; i < n; i++)
		if (take_byte(u, p[i], &to) != 0)
			return -1;
	return 0;
}

int
unwrap_end(struct unwrap *u, unwrap_fn *fn, void *ctx, struct err *e)
{
	const struct to to = {fn, ctx, e};
	struct slice head = {u->sample, u->nsample};

	head.n = utf8_cut(head, u->nsample);
	if (!u->found && u->done)
		return err_set(e, ERR_PROTO, "JSON, but without a text at "
		    "'%s', where the feed should be; it begins with '%.*s'",
		    u->text, SLICE_ARG(head));
	if (!u->done && u->depth > 0)
		return err_set(e, ERR_SYNTAX, "JSON that is cut");
	if (!u->done)
		return err_set(e, ERR_SYNTAX, "no JSON, though the feed should"
		    " be in it, at '%s'", u->text);
	return flush(u, &to);
}
