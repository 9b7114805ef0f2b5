/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/http_head.h"

#include <string.h>
#include <strings.h>

#include "base/opt.h"
#include "base/tstamp.h"

void
http_head_init(struct http_head *h)
{
	size_t bytes = h->bytes;

	/* The large room at the end is left as it is but for its first byte. */
	memset(h, 0, offsetof(struct http_head, location));
	h->location[0] = '\0';
	h->schemes[0] = h->link[0] = h->wanted[0] = '\0';
	h->bytes = bytes;
	h->results = -1;
	h->date = h->first = h->last = TSTAMP_NONE;
}

static bool
is_named(struct slice name, const char *want)
{
	return name.n == strlen(want) &&
	    strncasecmp(name.p, want, name.n) == 0;
}

static void
keep_text(char *room, size_t size, struct slice value)
{
	if (value.n >= size || memchr(value.p, '\0', value.n) != NULL)
		return;
	memcpy(room, value.p, value.n);
	room[value.n] = '\0';
}

/* A time that does not parse counts as not stated (rule P13). */
static void
keep_time(int64_t *room, struct slice value)
{
	int64_t t;

	if (tstamp_parse_liberal(value, &t) == 0)
		*room = t;
}

/* The same, of the headers that TAXII wants as timestamps. */
static void
keep_added(struct http_head *h, int64_t *room, struct slice value)
{
	int64_t t;

	if (tstamp_parse_liberal(value, &t) != 0) {
		h->bad_date = true;
		return;
	}
	if (value.n == 0 || value.p[value.n - 1] != 'Z' || value.n < 20 ||
	    value.p[10] != 'T')
		h->odd_date = true;
	*room = t;
}

static void
keep_type(struct http_head *h, struct slice value)
{
	size_t n = 0;

	while (n < value.n && value.p[n] != ';' && value.p[n] != ',')
		n++;
	keep_text(h->content_type, sizeof(h->content_type),
	    slice_trim((struct slice){value.p, n}));
	for (char *p = h->content_type; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
}

static void
add_scheme(struct http_head *h, struct slice word)
{
	size_t have = strlen(h->schemes);
	const char *glue = have > 0 ? ", " : "";

	if (word.n == 0 || have + strlen(glue) + word.n >= sizeof(h->schemes))
		return;
	memcpy(h->schemes + have, glue, strlen(glue));
	have += strlen(glue);
	memcpy(h->schemes + have, word.p, word.n);
	h->schemes[have + word.n] = '\0';
}

/* RFC 9110 section 11.6.1: challenges and their parameters, all set apart by
 * commas.  What begins a part and is no "name=" is a scheme. */
static void
keep_schemes(struct http_head *h, struct slice value)
{
	size_t i = 0, start, end;
	bool quoted = false;

	while (i < value.n) {
		while (i < value.n && strchr(" \t,", value.p[i]) != NULL &&
		    value.p[i] != '\0')
			i++;
		for (start = i; i < value.n && value.p[i] > ' ' &&
		    value.p[i] != ',' && value.p[i] != '='; i++)
			;
		end = i;
		while (i < value.n && (value.p[i] == ' ' ||
		    value.p[i] == '\t'))
			i++;
		if (i == value.n || value.p[i] != '=')
			add_scheme(h, (struct slice){value.p + start,
			    end - start});
		/* the rest of the part: parameters, or a token */
		for (; i < value.n && (quoted || value.p[i] != ','); i++) {
			if (quoted && value.p[i] == '\\' && i + 1 < value.n)
				i++;
			else if (value.p[i] == '"')
				quoted = !quoted;
		}
	}
}

/* RFC 8288: <target>; rel="next", <target>; … */
static void
keep_link(struct http_head *h, struct slice value)
{
	const char *p = value.p, *end = value.p + value.n, *open, *close, *stop;
	struct slice between; /* of a link, what follows its target */

	while (p < end && (open = memchr(p, '<', (size_t)(end - p))) != NULL) {
		close = memchr(open, '>', (size_t)(end - open));
		if (close == NULL)
			return;
		stop = memchr(close, '<', (size_t)(end - close));
		if (stop == NULL)
			stop = end;
		p = stop;
		between = (struct slice){close, (size_t)(stop - close)};
		if (slice_says(between, "rel=\"next\"") ||
		    slice_says(between, "rel=next")) {
			keep_text(h->link, sizeof(h->link),
			    (struct slice){open + 1,
			    (size_t)(close - open) - 1});
			return;
		}
	}
}

static void
keep_count(int64_t *to, struct slice value)
{
	char text[12] = "";
	uint32_t n;

	keep_text(text, sizeof(text), value);
	if (opt_number(text, 0, UINT32_MAX, &n) == 0)
		*to = n;
}

static void
take_field(struct http_head *h, struct slice name, struct slice value)
{
	if (is_named(name, "date"))
		keep_time(&h->date, value);
	else if (is_named(name, "x-taxii-date-added-first"))
		keep_added(h, &h->first, value);
	else if (is_named(name, "x-taxii-date-added-last"))
		keep_added(h, &h->last, value);
	else if (is_named(name, "content-type"))
		keep_type(h, value);
	else if (is_named(name, "retry-after"))
		keep_text(h->retry_after, sizeof(h->retry_after), value);
	else if (is_named(name, "x-ratelimit-reset") ||
	    is_named(name, "ratelimit-reset") ||
	    is_named(name, "x-ratelimit-retryafter")) /* CrowdStrike */
		keep_text(h->reset, sizeof(h->reset), value);
	else if (is_named(name, "etag"))
		keep_text(h->etag, sizeof(h->etag), value);
	else if (is_named(name, "last-modified"))
		keep_text(h->modified, sizeof(h->modified), value);
	else if (is_named(name, "content-range"))
		keep_text(h->content_range, sizeof(h->content_range), value);
	else if (is_named(name, "x-result-count"))
		keep_count(&h->results, value);
	else if (is_named(name, "location"))
		keep_text(h->location, sizeof(h->location), value);
	else if (is_named(name, "www-authenticate"))
		keep_schemes(h, value);
	else if (is_named(name, "link"))
		keep_link(h, value);
	if (h->want != NULL && is_named(name, h->want))
		keep_text(h->wanted, sizeof(h->wanted), value);
}

static void
take_status(struct http_head *h, struct slice line)
{
	const char *space = memchr(line.p, ' ', line.n);
	int status = 0;

	http_head_init(h);
	if (space == NULL)
		return;
	for (const char *p = space + 1; p < line.p + line.n && p < space + 4;
	    p++) {
		if (*p < '0' || *p > '9')
			return;
		status = status * 10 + (*p - '0');
	}
	h->status = status;
}

int
http_head_line(struct http_head *h, struct slice line)
{
	const char *colon;
	struct slice name, value;

	if (line.n > LIMIT_HEADER - h->bytes)
		return -1;
	h->bytes += line.n;
	if (line.n >= 5 && strncasecmp(line.p, "HTTP/", 5) == 0) {
		take_status(h, line);
		return 0;
	}
	colon = memchr(line.p, ':', line.n);
	if (colon == NULL)
		return 0;
	name = (struct slice){line.p, (size_t)(colon - line.p)};
	value = (struct slice){colon + 1,
	    line.n - (size_t)(colon - line.p) - 1};
	take_field(h, name, slice_trim(value));
	return 0;
}

bool
http_head_markup(const struct http_head *h)
{
	const char *t = h->content_type;
	size_t n = strlen(t);

	return strcmp(t, "text/html") == 0 ||
	    strcmp(t, "application/xhtml+xml") == 0 ||
	    (n >= 4 && strcmp(t + n - 4, "/xml") == 0);
}

char
http_sniff(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] != '\0' &&
	    strchr(" \t\r\n\xef\xbb\xbf", p[i]) != NULL)
		i++;
	if (i == n)
		return 0;
	return p[i] != '\0' ? p[i] : '?';
}
