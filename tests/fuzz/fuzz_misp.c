/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Documents of MISP and lines of programs.  The first byte chooses: the file of
 * an event, a manifest, an answer, or a line.  What is cut out is the same however
 * the bytes arrive; every claim has values that their own checker accepts.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/value.h"
#include "sync/json_pick.h"
#include "sync/misp.h"
#include "sync/source_exec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const event_places[] = {".Event.Attribute",
    ".Event.Object", NULL};
static const char *const manifest_places[] = {"", NULL};
static const char *const answer_places[] = {".response.Attribute", NULL};

struct world {
	const char *const *places;
	struct feed_options options;
	struct misp_wish wish;
	struct misp_event event;
	struct tree tree;
	struct arena arena;
	uint64_t digest;
};

static void
check_claim(const struct claim *c)
{
	size_t i;

	if (c->nvalues > CLAIM_VALUES_MAX || c->labels.n > LIMIT_LIST + 2 ||
	    (c->nvalues == 0 && c->rule.n == 0 && !c->revoked))
		abort();
	for (i = 0; i < c->nvalues; i++)
		if (!value_key_valid(&c->values[i].value))
			abort();
}

static int
on_element(void *ctx, unsigned place, struct slice name, struct slice bytes,
    uint64_t offset, struct err *e)
{
	struct world *w = ctx;
	struct misp_json o = {&w->tree, 0};
	enum reject_reason why;
	struct misp_event ev;
	struct slice detail;
	struct claim c;

	(void)e;
	w->digest = digest64(&offset, sizeof(offset), w->digest);
	w->digest = digest64(bytes.p, bytes.n, w->digest);
	arena_reset(&w->arena);
	if (tree_read(&w->tree, &w->arena, bytes, NULL) != 0)
		return 0;
	if (w->places == manifest_places) {
		if (misp_event_read(o, name, &w->arena, &ev) == 0)
			(void)misp_event_wanted(&w->wish, &ev, o, 0);
	} else if ((place == 1 ? misp_object : misp_attribute)(&w->wish,
	    &w->event, o, &w->arena, &c, &why, &detail) == MISP_CLAIM) {
		check_claim(&c);
	}
	return 0;
}

static int
on_too_large(void *ctx, unsigned place, uint64_t offset, struct err *e)
{
	struct world *w = ctx;

	(void)place;
	(void)e;
	w->digest = digest64(&offset, sizeof(offset), ~w->digest);
	return 0;
}

static uint64_t
pick_at(struct world *w, const char *p, size_t n, size_t at)
{
	const struct json_pick_ops ops = {on_element, on_too_large, w};
	struct json_pick k;
	json_t *rest = NULL;

	w->digest = 0;
	json_pick_init(&k, &ops, w->places, KIB(1));
	if (json_pick_bytes(&k, p, at, NULL) == 0 &&
	    json_pick_bytes(&k, p + at, n - at, NULL) == 0)
		rest = json_pick_end(&k, NULL);
	json_pick_free(&k);
	json_decref(rest);
	return w->digest + (rest != NULL);
}

static void
documents(struct world *w, const char *p, size_t n)
{
	uint64_t whole = pick_at(w, p, n, n);

	if (pick_at(w, p, n, n / 2) != whole ||
	    pick_at(w, p, n, n > 0) != whole)
		abort();
}

static void
line(struct world *w, struct slice text)
{
	struct exec_line l;

	arena_reset(&w->arena);
	exec_line_read(&w->tree, &w->arena, text, 0, &l);
	if (l.kind == EXEC_CLAIM)
		check_claim(&l.claim);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data + 1;
	static char glob[] = "tlp:*", *globs[] = {glob};
	struct world *w;

	if (size == 0 || (w = calloc(1, sizeof(*w))) == NULL)
		return 0;
	w->wish = (struct misp_wish){.f = &w->options,
	    .removals = (data[0] & 8) != 0};
	w->options.misp_tags = (struct opt_list){globs, 1};
	misp_context_init(&w->event.context);
	tree_init(&w->tree);
	arena_init(&w->arena, MIB(16));
	if (data[0] % 4 == 3)
		line(w, (struct slice){p, size - 1});
	else {
		w->places = data[0] % 4 == 0 ? event_places :
		    data[0] % 4 == 1 ? manifest_places : answer_places;
		documents(w, p, size - 1);
	}
	tree_free(&w->tree);
	arena_free(&w->arena);
	free(w);
	return 0;
}
