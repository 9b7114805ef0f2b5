/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static struct watch_entry *
find(const struct watch *w, const char *name)
{
	unsigned i;

	for (i = 0; i < w->n; i++)
		if (strcmp(w->v[i].name, name) == 0)
			return &w->v[i];
	return NULL;
}

int
watch_load(struct watch *w, const struct schedule_source *sources,
    unsigned n, struct err *e)
{
	struct watch_entry *v = calloc(n + 1, sizeof(*v)), *old;
	unsigned i;

	if (v == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	for (i = 0; i < n; i++) {
		old = find(w, sources[i].name);
		if (old != NULL)
			v[i] = *old;
		snprintf(v[i].name, sizeof(v[i].name), "%s", sources[i].name);
		v[i].late_after = sources[i].late_after;
		v[i].stale_after = sources[i].stale_after;
		v[i].unchanged_after = sources[i].unchanged_after;
		v[i].stated_after = sources[i].stated_after;
		v[i].off = sources[i].off;
	}
	free(w->v);
	w->v = v;
	w->n = n;
	return 0;
}

void
watch_free(struct watch *w)
{
	free(w->v);
	*w = (struct watch){0};
}

static void
copy(char *to, size_t size, struct tw_str s)
{
	snprintf(to, size, "%.*s", (int)s.n, s.n > 0 ? s.p : "");
	utf8_clean(to, strlen(to));
}

void
watch_learn(struct watch *w, const char *name, const struct tw_source *s)
{
	struct watch_entry *x = find(w, name);

	if (x == NULL)
		return;
	x->facts = health_of(s, 0);
	copy(x->store, sizeof(x->store), s->state);
	copy(x->error, sizeof(x->error), s->error);
}

static struct health_facts
learnt(const struct watch_entry *x)
{
	struct health_facts f = x->facts;

	f.store = (struct tw_str){x->store, strlen(x->store)};
	return f;
}

static struct health
judge(const struct watch *w, const struct watch_entry *x,
    struct health_facts f, int64_t now)
{
	f.late_after = x->late_after;
	f.stale_after = x->stale_after;
	f.unchanged_after = x->unchanged_after;
	f.stated_after = x->stated_after;
	f.off = x->off;
	f.configured = w->began;
	f.now = now;
	return health_judge(&f);
}

bool
watch_health(const struct watch *w, const char *name,
    const struct tw_source *s, int64_t now, struct health *out)
{
	const struct watch_entry *x = find(w, name);

	if (x == NULL)
		return false;
	*out = judge(w, x, s != NULL ? health_of(s, now) : learnt(x), now);
	return true;
}

static void
tell_one(const struct watch_entry *x, const struct health *h, watch_fn *tell,
    void *ctx)
{
	struct hook_problem p = {.state = health_name(h->state),
	    .was = x->judged ? health_name(x->state) : NULL,
	    .problem = health_wrong(h->state), .since = h->since};
	char way[HEALTH_WAY_MAX];

	memcpy(p.source, x->name, sizeof(p.source));
	if (p.problem && h->why != NULL)
		snprintf(p.error, sizeof(p.error), "%s", h->why);
	else if (p.problem)
		memcpy(p.error, x->error, sizeof(p.error));
	health_way(h, x->name, way);
	snprintf(p.advice, sizeof(p.advice), "%s", way);
	tell(ctx, &p);
}

void
watch_judge(struct watch *w, int64_t now, watch_fn *tell, void *ctx)
{
	struct watch_entry *x;
	struct health h;
	bool was;

	for (x = w->v; x < w->v + w->n; x++) {
		h = judge(w, x, learnt(x), now);
		was = x->judged && health_wrong(x->state);
		if ((!x->judged || h.state != x->state) &&
		    (was || health_wrong(h.state)))
			tell_one(x, &h, tell, ctx);
		x->state = h.state;
		x->judged = true;
	}
}
