/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/map_value.h"

#include <string.h>

#include "base/limits.h"
#include "sync/map_field.h"

/* --- options ------------------------------------------------------------------ */

static int
read_types(const char *option, const struct opt_list *names, uint64_t set[4],
    struct err *e)
{
	int type;

	for (uint32_t i = 0; i < names->n; i++) {
		type = (int)value_type_code(slice_str(names->v[i]));
		if (type == VALUE_NONE)
			return err_set(e, ERR_CONFIG, "%s: '%s' is no type of "
			    "value; 'taxiway types' lists them", option,
			    names->v[i]);
		set[type / 64] |= UINT64_C(1) << (type % 64);
	}
	return 0;
}

static int
check_pairs(const struct opt_map *m, struct err *e)
{
	for (uint32_t i = 0; i < m->n; i++)
		if (m->v[i].key == NULL || m->v[i].key[0] == '\0')
			return err_set(e, ERR_CONFIG, "map-replace: '%s' is "
			    "not FROM=TO", m->v[i].value);
	return 0;
}

int
map_values_init(struct map_values *v, const struct feed_options *f,
    struct err *e)
{
	const char *scheme = f->scheme;

	*v = (struct map_values){.f = f, .has_only = f->only.n > 0};
	v->plain = f->value_extract == NULL && f->replace.n == 0;
	if (f->value_separator != NULL) {
		if (f->value_separator[0] == '\0' ||
		    f->value_separator[1] != '\0')
			return err_set(e, ERR_CONFIG, "map-value-separator: "
			    "'%s' is not one character", f->value_separator);
		v->separator = f->value_separator[0];
	}
	if (scheme != NULL && (scheme[0] == '\0' || scheme[strspn(scheme,
	    "abcdefghijklmnopqrstuvwxyz0123456789+.-")] != '\0'))
		return err_set(e, ERR_CONFIG, "map-scheme: '%s' is no scheme "
		    "such as http", scheme);
	if (read_types("map-only", &f->only, v->only, e) != 0 ||
	    read_types("map-skip", &f->skip_types, v->skip, e) != 0 ||
	    check_pairs(&f->replace, e) != 0)
		return -1;
	if (f->value_extract == NULL)
		return 0;
	if (strchr(f->value_extract, '(') == NULL ||
	    regcomp(&v->extract, f->value_extract, REG_EXTENDED) != 0)
		return err_set(e, ERR_CONFIG, "map-extract: '%s' is no POSIX "
		    "ERE with parentheses around what is to be taken",
		    f->value_extract);
	v->has_extract = true;
	return 0;
}

void
map_values_free(struct map_values *v)
{
	if (v->has_extract)
		regfree(&v->extract);
	v->has_extract = false;
}

/* --- texts -------------------------------------------------------------------- */

static struct slice
extract(const struct map_values *v, struct slice text)
{
	regmatch_t m[2];

	m[0].rm_so = 0;
	m[0].rm_eo = (regoff_t)text.n;
	if (regexec(&v->extract, text.p, 2, m, REG_STARTEND) != 0 ||
	    m[1].rm_so < 0)
		return SLICE_NONE;
	return (struct slice){text.p + m[1].rm_so,
	    (size_t)(m[1].rm_eo - m[1].rm_so)};
}

/* Every `from` becomes `to`. */
static struct slice
replace(struct slice text, struct slice from, struct slice to,
    struct arena *a)
{
	const char *p = text.p, *end = p + text.n, *at;
	size_t count = 0;
	char *room, *out;

	for (at = p; (at = memmem(at, (size_t)(end - at), from.p, from.n)) !=
	    NULL; at += from.n)
		count++;
	if (count == 0)
		return text;
	room = out = arena_alloc(a, text.n + count * to.n + 1);
	if (room == NULL)
		return SLICE_NONE;
	while ((at = memmem(p, (size_t)(end - p), from.p, from.n)) != NULL) {
		memcpy(out, p, (size_t)(at - p));
		out += at - p;
		if (to.n > 0)
			memcpy(out, to.p, to.n);
		out += to.n;
		p = at + from.n;
	}
	memcpy(out, p, (size_t)(end - p));
	out += end - p;
	return (struct slice){room, (size_t)(out - room)};
}

struct slice
map_values_edit(const struct map_values *v, struct slice text,
    struct arena *a)
{
	const struct opt_map *m = &v->f->replace;

	if (v->plain || text.n == 0 || text.n > LIMIT_URL)
		return text;
	if (v->has_extract)
		text = slice_trim(extract(v, text));
	for (uint32_t i = 0; i < m->n && text.n > 0; i++)
		text = replace(text, slice_str(m->v[i].key),
		    slice_str(m->v[i].value), a);
	return text;
}

struct slice
map_values_url(const struct map_values *v, struct slice text,
    struct arena *a)
{
	struct slice scheme = slice_str(v->f->scheme);
	char *room;

	if (scheme.n == 0 || text.n == 0 || value_has_scheme(text))
		return text;
	room = arena_alloc(a, scheme.n + 3 + text.n);
	if (room == NULL)
		return text;
	memcpy(room, scheme.p, scheme.n);
	memcpy(room + scheme.n, "://", 3);
	memcpy(room + scheme.n + 3, text.p, text.n);
	return (struct slice){room, scheme.n + 3 + text.n};
}

/* --- filters ------------------------------------------------------------------ */

static bool
has(const uint64_t set[4], uint8_t type)
{
	return (set[type / 64] >> (type % 64) & 1) != 0;
}

bool
map_values_wants(const struct map_values *v, uint8_t type)
{
	return (!v->has_only || has(v->only, type)) && !has(v->skip, type);
}

bool
map_values_wide(const struct map_values *v, const struct value *value)
{
	uint32_t least = value->type == VALUE_IPV4 ? v->f->min_prefix :
	    value->type == VALUE_IPV6 ? v->f->min_prefix6 : 0;

	return least > 0 && value->prefix < least;
}
