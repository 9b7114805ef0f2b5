/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/value.h"
#include "sync/map_types.h"

int
map_types_parse(const char *option, struct slice text, struct map_types *t,
    struct err *e)
{
	const char *p = text.p, *end = text.p + text.n, *bar;
	struct slice word;
	int type;

	for (t->n = 0; t->n < MAP_TYPES_MAX; p = bar + 1) {
		bar = memchr(p, '|', (size_t)(end - p));
		word = (struct slice){p, (size_t)((bar != NULL ? bar : end) -
		    p)};
		type = (int)value_type_code(word);
		if (type == VALUE_NONE && !slice_is(word, "auto"))
			return err_set(e, ERR_CONFIG, "%s: '%.*s' is no type "
			    "of value; 'taxiway types' lists them", option,
			    SLICE_ARG(word));
		t->v[t->n++] = type;
		if (bar == NULL)
			return 0;
	}
	return err_set(e, ERR_CONFIG, "%s: '%.*s' names more than %d types",
	    option, SLICE_ARG(text), MAP_TYPES_MAX);
}
