/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/limits.h"
#include "stix/scan_nest.h"
#include "stix/object.h"

#define PEEK_WINDOW 4096 /* an id further in is not cheap to find */

static const char *
spaces_end(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* The plain string whose quote is at p, and the byte behind it; NULL when it
 * has escapes or does not end. */
static const char *
plain_string(const char *p, const char *end, struct slice *out)
{
	const char *quote;

	if (p == end || *p != '"')
		return NULL;
	p++;
	quote = memchr(p, '"', (size_t)(end - p));
	if (quote == NULL || memchr(p, '\\', (size_t)(quote - p)) != NULL)
		return NULL;
	*out = (struct slice){p, (size_t)(quote - p)};
	return quote + 1;
}

static const char *
string_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\' && ++p == end)
			return NULL;
	}
	return p < end ? p + 1 : NULL;
}

static const char *
value_end(const char *p, const char *end)
{
	struct scan_nest nest;

	if (p == end)
		return NULL;
	if (*p == '"')
		return string_end(p, end);
	if (*p == '{' || *p == '[') {
		scan_nest_init(&nest);
		return scan_nest_end(&nest, p, end);
	}
	while (p < end && *p != ',' && *p != '}')
		p++;
	return p;
}

bool
stix_object_peek_id(struct slice json, struct slice *id)
{
	const char *p = json.p, *end;
	struct slice name, found;

	if (p == NULL)
		return false;
	end = p + (json.n < PEEK_WINDOW ? json.n : PEEK_WINDOW);
	p = spaces_end(p, end);
	if (p == end || *p != '{')
		return false;
	do {
		p = plain_string(spaces_end(p + 1, end), end, &name);
		if (p == NULL)
			return false;
		p = spaces_end(p, end);
		if (p == end || *p != ':')
			return false;
		p = spaces_end(p + 1, end);
		if (slice_eq(name, SLICE("id"))) {
			if (plain_string(p, end, &found) == NULL ||
			    found.n == 0 || found.n > LIMIT_ID)
				return false;
			*id = found;
			return true;
		}
		p = value_end(p, end);
		if (p == NULL)
			return false;
		p = spaces_end(p, end);
	} while (p < end && *p == ',');
	return false;
}
