/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Detection rules: the first byte chooses the format, the rest is the text.  What
 * comes out is UTF-8, has an id or a name, and is cut into itself again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "sync/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	enum rule_format format;
	struct buf *first;   /* the rule that is cut again; NULL: none is */
	unsigned rules;
};

static int on_rule(void *ctx, const struct rule *r, uint64_t offset,
    struct err *e);

static int
on_bad(void *ctx, struct slice text, uint64_t offset, const char *why,
    struct err *e)
{
	(void)ctx;
	(void)text;
	(void)offset;
	(void)e;
	if (why == NULL)
		abort();
	return 0;
}

static void
cut(struct run *x, struct slice text)
{
	const struct rule_sink sink = {on_rule, on_bad, x};
	struct err e = ERR_INIT;
	struct rule_cut *c = rule_cut_new(x->format, &sink, &e);

	if (c != NULL && rule_cut_text(c, text, &e) != 0)
		abort();
	rule_cut_free(c);
}

static int
on_rule(void *ctx, const struct rule *r, uint64_t offset, struct err *e)
{
	struct run *x = ctx;
	struct run again = {.format = x->format};
	size_t i;

	(void)offset;
	(void)e;
	x->rules++;
	if (r->text.n == 0 || r->text.n > LIMIT_RULE || !utf8_valid(r->text))
		abort();
	if (rule_get(r, "id").n == 0 && rule_get(r, "name").n == 0)
		abort();
	for (i = 0; i < r->nfields; i++)
		if (!rule_field_known(r->fields[i].name) ||
		    r->fields[i].text.n == 0)
			abort();
	if (x->first == NULL)
		return 0;
	buf_reset(x->first);
	buf_slice(x->first, r->text);
	cut(&again, buf_view(x->first));
	if (again.rules != 1)
		abort();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run x = {.format = RULE_YARA};
	struct buf first;

	if (size < 1)
		return 0;
	buf_init(&first, LIMIT_RULE);
	x.first = &first;
	x.format = (enum rule_format)(data[0] % RULE_FORMATS);
	cut(&x, (struct slice){(const char *)data + 1, size - 1});
	buf_free(&first);
	return 0;
}
