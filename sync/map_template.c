/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/map_template.h"

#include <string.h>

#include "base/limits.h"

bool
map_template_is(struct slice text)
{
	return text.n > 0 && memchr(text.p, '{', text.n) != NULL;
}

static int
part_add(struct map_template *t, const char *p, const char *end, int field,
    struct err *e)
{
	if (p == end && field < 0)
		return 0;
	if (t->n == MAP_TEMPLATE_PARTS)
		return err_set(e, ERR_CONFIG, "has more than %d parts",
		    MAP_TEMPLATE_PARTS);
	t->parts[t->n++] = (struct map_template_part){{p, (size_t)(end - p)},
	    field};
	return 0;
}

int
map_template_parse(struct slice text, struct map_template *t, struct err *e)
{
	const char *p = text.p, *end = text.p + text.n, *open, *close;

	t->n = 0;
	while (p < end) {
		open = memchr(p, '{', (size_t)(end - p));
		if (open == NULL)
			return part_add(t, p, end, -1, e);
		close = memchr(open, '}', (size_t)(end - open));
		if (close == NULL || close == open + 1)
			return err_set(e, ERR_CONFIG, "'%.*s' has a brace "
			    "without the name of a field", SLICE_ARG(text));
		if (part_add(t, p, open, -1, e) != 0 ||
		    part_add(t, open + 1, close, 0, e) != 0)
			return -1;
		p = close + 1;
	}
	return 0;
}

struct slice
map_template_make(const struct map_template *t,
    struct slice (*get)(const void *ctx, int field), const void *ctx,
    struct arena *a)
{
	struct slice parts[MAP_TEMPLATE_PARTS];
	size_t n = 0;
	unsigned i;
	char *p, *to;

	for (i = 0; i < t->n; i++) {
		parts[i] = t->parts[i].field < 0 ? t->parts[i].text :
		    get(ctx, t->parts[i].field);
		if (parts[i].p == NULL || parts[i].n == 0 ||
		    parts[i].n > LIMIT_URL)
			return SLICE_NONE;
		n += parts[i].n;
	}
	if ((p = to = arena_alloc(a, n)) == NULL)
		return SLICE_NONE;
	for (i = 0; i < t->n; i++) {
		memcpy(to, parts[i].p, parts[i].n);
		to += parts[i].n;
	}
	return (struct slice){p, n};
}
