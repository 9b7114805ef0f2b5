/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/http_origin.h"

int
origins_add(struct origins *o, const char *url, struct err *e)
{
	struct url u;
	struct buf *b;

	if (url_parse(slice_str(url), &u, e) != 0)
		return -1;
	if (origins_hold(o, &u))
		return 0;
	if (o->n == ORIGINS_MAX)
		return err_set(e, ERR_LIMIT, "more than %u origins",
		    ORIGINS_MAX);
	b = &o->list[o->n];
	buf_init(b, LIMIT_URL);
	if (url_origin(&u, b) != 0) {
		buf_free(b);
		return err_set(e, ERR_MEMORY, "out of memory");
	}
	o->n++;
	return 0;
}

bool
origins_hold(const struct origins *o, const struct url *u)
{
	struct url one;

	for (unsigned i = 0; i < o->n; i++)
		if (url_parse(buf_view(&o->list[i]), &one, NULL) == 0 &&
		    url_same_origin(&one, u))
			return true;
	return false;
}

void
origins_free(struct origins *o)
{
	while (o->n > 0)
		buf_free(&o->list[--o->n]);
}

bool
http_is_redirect(int status)
{
	return status == 301 || status == 302 || status == 307 || status == 308;
}

int
http_redirect(const struct url *from, const struct http_head *head,
    bool elsewhere, struct buf *out, struct err *e)
{
	char here[URL_SHOWN], there[URL_SHOWN];
	struct url to;

	url_show(from, here);
	if (head->location[0] == '\0')
		return err_set(e, ERR_PROTO, "%s: status %d without a usable"
		    " Location", here, head->status);
	buf_reset(out);
	if (url_resolve(from, slice_str(head->location), out, e) != 0 ||
	    url_parse(buf_view(out), &to, e) != 0)
		return err_context(e, "%s: redirect", here);
	if (to.scheme == URL_FILE)
		return err_set(e, ERR_PROTO, "%s: redirects to a file", here);
	if (elsewhere || url_same_origin(from, &to))
		return 0;
	url_show(&to, there);
	if (head->status == 301 || head->status == 308)
		return err_set(e, ERR_MOVED, "%s: moved for good (status %d) to"
		    " another origin, %s: give that URL, or allow it with"
		    " --follow-hosts", here, head->status, there);
	return err_set(e, ERR_PROTO, "%s: redirects to another origin, %s: give"
	    " that URL, or allow it with --follow-hosts", here, there);
}
