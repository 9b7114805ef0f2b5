/* SPDX-License-Identifier: BSD-2-Clause */
/* Around records of JSON: does something lead to another page? */
#include <string.h>
#include <strings.h>

#include "sync/sniff_json_int.h"

#define DEPTH 2u /* objects within the document: links.next.href */

static bool
one_of(struct slice name, const char *const *words)
{
	for (; *words != NULL; words++)
		if (name.n == strlen(*words) &&
		    strncasecmp(name.p, *words, name.n) == 0)
			return true;
	return false;
}

static bool
leads_on(struct slice name)
{
	static const char *const names[] = {"next", "next_url", "nextUrl",
	    "next_link", "nextLink", "@odata.nextLink", "next_page",
	    "nextPage", "next_page_url", "nextPageUrl", "next_cursor",
	    "nextCursor", "cursor", "next_token", "nextToken",
	    "next_page_token", "nextPageToken", "continuation_token",
	    "continuationToken", "scroll_id", NULL};

	return one_of(name, names);
}

static bool
is_address(struct slice text)
{
	return slice_starts(text, SLICE("https://")) ||
	    slice_starts(text, SLICE("http://")) ||
	    slice_starts(text, SLICE("/")) || slice_starts(text, SLICE("?"));
}

/* What `node` at `path` holds, if it is a text. */
static bool
take(const struct sniff_json *j, uint32_t node, const char *path,
    struct sniff *s)
{
	const struct tree_node *n = sniff_node(j, node);

	if ((n->kind != TREE_STRING && n->kind != TREE_NUMBER) ||
	    n->text.n == 0)
		return false;
	s->page_kind = is_address(n->text) ? "next-url" : "cursor";
	s->page_next = arena_slice(j->arena, slice_str(path));
	return s->page_next.p != NULL;
}

/* Its address may stand in an object of its own: {"next": {"href": …}}. */
static bool
take_link(const struct sniff_json *j, uint32_t node, const char *path,
    struct sniff *s)
{
	static const char *const names[] = {"href", "url", NULL};
	char next[SNIFF_PATH];

	if (sniff_node(j, node)->kind != TREE_OBJECT)
		return take(j, node, path, s);
	for (uint32_t c = sniff_node(j, node)->first; c != 0;
	    c = sniff_node(j, c)->next)
		if (one_of(sniff_node(j, c)->name, names) &&
		    sniff_step(next, path, sniff_node(j, c)->name) &&
		    take(j, c, next, s))
			return true;
	return false;
}

static bool
look(const struct sniff_json *j, uint32_t node, const char *path,
    unsigned depth, struct sniff *s)
{
	char next[SNIFF_PATH];

	if (sniff_node(j, node)->kind != TREE_OBJECT || node == j->node)
		return false;
	for (uint32_t c = sniff_node(j, node)->first; c != 0;
	    c = sniff_node(j, c)->next) {
		if (!sniff_step(next, path, sniff_node(j, c)->name))
			continue;
		if (leads_on(sniff_node(j, c)->name) ?
		    take_link(j, c, next, s) :
		    depth < DEPTH && look(j, c, next, depth + 1, s))
			return true;
	}
	return false;
}

void
sniff_paging(const struct sniff_json *j, struct sniff *s)
{
	/* Records that are the document itself have nothing around them. */
	if (j->records > 0 && j->node != 0)
		(void)look(j, 0, "", 0, s);
}
