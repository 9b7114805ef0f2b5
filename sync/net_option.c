/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/net_option.h"

#include "base/find.h"

/* Where the option in front ends, at its ';' or with the text, and its first
 * colon outside of quotes, or NULL. */
static inline const char *
option_end(struct slice s, const char **colon)
{
	/* What means something within quotes, behind the key, and in it. */
	static const char quoted[] = "\"\\\"\\", named[] = "\"\\;;";
	static const char key[] = "\"\\;:";
	const char *p = s.p, *end = s.p + s.n;
	bool in_quotes = false;

	*colon = NULL;
	while ((p = find_any(p, end, in_quotes ? quoted : *colon != NULL ?
	    named : key)) < end && *p != ';') {
		if (*p == ':')
			*colon = p;
		else if (*p == '"')
			in_quotes = !in_quotes;
		else if (p + 1 < end) /* what stands behind the '\' */
			p++;
		p++;
	}
	return p;
}

bool
net_option_next(struct slice *rest, struct net_option *o, bool *closed)
{
	const char *colon, *end;
	struct slice s = *rest = slice_trim(*rest);
	size_t n;

	if (s.n == 0)
		return false;
	end = option_end(s, &colon);
	n = (size_t)(end - s.p);
	*closed = n < s.n;
	o->key = slice_trim((struct slice){s.p, colon != NULL ?
	    (size_t)(colon - s.p) : n});
	o->text = colon != NULL ? slice_trim((struct slice){colon + 1,
	    (size_t)(end - colon) - 1}) : SLICE_NONE;
	n += *closed;
	*rest = (struct slice){s.p + n, s.n - n};
	return true;
}

bool
net_options_closed(struct slice body)
{
	struct slice s = slice_trim(body);
	const char *p = s.p, *end = s.p + s.n, *colon;

	while (p < end) {
		p = option_end((struct slice){p, (size_t)(end - p)}, &colon);
		if (p++ == end)
			return false;
	}
	return true;
}

struct slice
net_option_unquoted(struct slice text)
{
	if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"')
		return (struct slice){text.p + 1, text.n - 2};
	return text;
}
