/* SPDX-License-Identifier: BSD-2-Clause */
/* Where in a source's requests secrets with names are used. */
#include <string.h>

#include "base/limits.h"
#include "cmd/settings_int.h"
#include "sync/template.h"

static int
uses_in(const char *key, const char *text, secret_use_fn *fn, void *ctx,
    struct err *e)
{
	struct slice rest = slice_str(text), name;

	while (rest.n > 0 && template_next_secret(&rest, &name))
		if (fn(ctx, key, name, e) != 0)
			return -1;
	return 0;
}

/* What is no URL of http has no places. */
static int
uses_in_url(const char *key, const char *url, secret_use_fn *fn, void *ctx,
    struct err *e)
{
	return url != NULL && strncmp(url, "http", 4) == 0 ?
	    uses_in(key, url, fn, ctx, e) : 0;
}

/* Of "name<mark>value" the value; a place has a ':' of its own. */
static int
uses_in_pairs(const char *key, const struct opt_list *l, char mark,
    secret_use_fn *fn, void *ctx, struct err *e)
{
	for (uint32_t i = 0; i < l->n; i++) {
		const char *at = strchr(l->v[i], mark);
		struct slice text = slice_str(l->v[i]), name;

		if (template_next_secret(&text, &name) && (at == NULL ||
		    name.p - (sizeof(TEMPLATE_SECRET_MARK) - 1) < at))
			return err_set(e, ERR_CONFIG, "%s: '%s': a secret "
			    "stands in a value, not in a name", key, l->v[i]);
		if (at != NULL && uses_in(key, at + 1, fn, ctx, e) != 0)
			return -1;
	}
	return 0;
}

int
settings_secret_uses(const struct settings *s, secret_use_fn *fn, void *ctx,
    struct err *e)
{
	const struct {
		const char *key, *text;
	} texts[] = {
		{"request-body", s->feed.body},
		{"page-start", s->feed.page_start},
		{"page-item", s->feed.page_item},
		{"page-ack", s->feed.page_ack},
		{"page-ack-body", s->feed.page_ack_body},
	};
	const struct {
		const char *key;
		const struct opt_list *list;
		char mark;
	} lists[] = {
		{"header", &s->headers, ':'}, {"query", &s->query, '='},
		{"request-params", &s->feed.params, '='},
		{"oauth2-param", &s->oauth2_params, '='},
	};

	if (uses_in_url("url", s->url, fn, ctx, e) != 0)
		return -1;
	for (uint32_t i = 0; i < s->url_also.n; i++)
		if (uses_in_url("url-also", s->url_also.v[i], fn, ctx,
		    e) != 0)
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (uses_in(texts[i].key, texts[i].text, fn, ctx, e) != 0)
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (uses_in_pairs(lists[i].key, lists[i].list, lists[i].mark,
		    fn, ctx, e) != 0)
			return -1;
	return 0;
}

static bool
is_known(const struct secret_settings *s, struct slice name)
{
	return settings_secret_named(&s->file, name) != NULL ||
	    settings_secret_named(&s->env, name) != NULL ||
	    settings_secret_named(&s->exec, name) != NULL;
}

static int
check_use(void *ctx, const char *key, struct slice name, struct err *e)
{
	const struct settings *s = ctx;

	if (!template_is_name(name))
		return err_set(e, ERR_CONFIG, "%s: '{secret:%.40s': a name has "
		    "letters, digits, - and _, and } behind it", key, name.p);
	if (is_known(&s->secrets, name))
		return 0;
	return err_set(e, ERR_CONFIG, "%s: {secret:%.*s}: there is no secret "
	    "'%.*s'; secret-file, secret-env or secret-exec gives one", key,
	    SLICE_ARG(name), SLICE_ARG(name));
}

int
settings_secret_uses_check(const struct settings *s, struct err *e)
{
	return settings_secret_uses(s, check_use, (void *)(uintptr_t)s, e);
}
