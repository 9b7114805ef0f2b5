/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/misp.h"

#include <fnmatch.h>
#include <string.h>

#include "base/digest.h"
#include "base/duration.h"
#include "base/limits.h"
#include "base/tlp.h"
#include "base/tstamp.h"
#include "sync/map_field.h"

/* ---- parts of the JSON ----------------------------------------------------- */

bool
misp_member(struct misp_json o, const char *key, struct misp_json *out)
{
	uint32_t n = tree_member(o.tree, o.node, slice_str(key));

	if (n == 0 || o.tree->nodes[n].kind == TREE_NULL)
		return false;
	*out = (struct misp_json){o.tree, n};
	return true;
}

struct slice
misp_text(struct misp_json o, const char *key)
{
	const struct tree_node *n;
	struct misp_json v;

	if (!misp_member(o, key, &v))
		return SLICE_NONE;
	n = &v.tree->nodes[v.node];
	return n->kind == TREE_STRING || n->kind == TREE_NUMBER ? n->text :
	    SLICE_NONE;
}

int64_t
misp_time(struct misp_json o, const char *key)
{
	struct slice text = misp_text(o, key);
	double n;
	int64_t t;

	if (text.n == 0)
		return TSTAMP_NONE;
	if (field_number(text, &n) == 0)
		return n > 0 && n < 9e9 ? (int64_t)n * TSTAMP_SECOND :
		    TSTAMP_NONE;
	return tstamp_parse_liberal(text, &t) == 0 ? t : TSTAMP_NONE;
}

bool
misp_true(struct misp_json o, const char *key, bool otherwise)
{
	const struct tree_node *n;
	struct misp_json v;

	if (!misp_member(o, key, &v))
		return otherwise;
	n = &v.tree->nodes[v.node];
	return n->kind == TREE_TRUE || slice_is(n->text, "1") ||
	    slice_is(n->text, "true");
}

int
misp_id(enum stix_type type, struct slice uuid, struct idkey *id)
{
	char text[LIMIT_ID];
	const char *name = stix_type_name((int)type);
	size_t n = strlen(name);

	if (uuid.n != 36)
		return -1;
	memcpy(text, name, n);
	memcpy(text + n, "--", 2);
	memcpy(text + n + 2, uuid.p, uuid.n);
	return idkey_parse((struct slice){text, n + 2 + uuid.n}, id) == 0 ? 0 :
	    -1;
}

/* ---- events ---------------------------------------------------------------- */

/* Each element of a list of objects, or the only one: its name, or those of the
 * clusters of a galaxy, is a tag. */
static void
take_names(struct misp_json list, const char *key, struct arena *a,
    struct misp_context *m)
{
	struct misp_json one = list;
	uint32_t i = list.tree->nodes[list.node].first;

	if (list.tree->nodes[list.node].kind == TREE_OBJECT) {
		misp_context_tag(m, misp_text(list, key), a);
		return;
	}
	for (; i != 0; i = list.tree->nodes[i].next) {
		one.node = i;
		misp_context_tag(m, misp_text(one, key), a);
	}
}

static void
take_galaxy(struct misp_json galaxy, struct arena *a, struct misp_context *m)
{
	struct misp_json clusters;

	if (misp_member(galaxy, "GalaxyCluster", &clusters))
		take_names(clusters, "tag_name", a, m);
}

void
misp_tags(struct misp_json o, struct arena *a, struct misp_context *m)
{
	struct misp_json list, one;
	uint32_t i;

	misp_context_init(m);
	if (misp_member(o, "Tag", &list))
		take_names(list, "name", a, m);
	if (!misp_member(o, "Galaxy", &list) ||
	    list.tree->nodes[list.node].kind != TREE_ARRAY)
		return;
	one = list;
	for (i = list.tree->nodes[list.node].first; i != 0;
	    i = list.tree->nodes[i].next) {
		one.node = i;
		take_galaxy(one, a, m);
	}
}

static uint64_t
digest_context(const struct misp_context *m, uint64_t d)
{
	const uint8_t words[3] = {m->tlp, m->confidence, m->benign};
	unsigned i;

	d = digest64(words, sizeof(words), d);
	for (i = 0; i < m->nlabels; i++)
		d = digest64(m->labels[i].p, m->labels[i].n, d);
	for (i = 0; i < m->nthreats; i++)
		d = digest64(m->threats[i].b.p, m->threats[i].b.n, d);
	for (i = 0; i < m->nphases; i++)
		d = digest64(m->phases[i].b.p, m->phases[i].b.n, d);
	return d;
}

static uint64_t
event_digest(const struct misp_event *ev)
{
	return digest_context(&ev->context, digest64(ev->orgc.b,
	    sizeof(ev->orgc.b), digest64(ev->info.p, ev->info.n, 0)));
}

/* Texts of `m`, that outlive what they were read from. */
static void
keep_texts(struct misp_context *m, struct arena *a)
{
	unsigned i;

	for (i = 0; i < m->nlabels; i++)
		m->labels[i] = arena_slice(a, m->labels[i]);
	for (i = 0; i < m->nthreats; i++)
		m->threats[i].b = arena_slice(a, m->threats[i].b);
	for (i = 0; i < m->nphases; i++)
		m->phases[i].b = arena_slice(a, m->phases[i].b);
}

void
misp_event_add(struct misp_event *ev, struct misp_json o, bool galaxy,
    struct arena *a)
{
	struct misp_context one;

	misp_context_init(&one);
	if (galaxy)
		take_galaxy(o, a, &one);
	else
		take_names(o, "name", a, &one);
	keep_texts(&one, a);
	/* Of two levels the stricter one. */
	if (one.tlp > ev->context.tlp)
		ev->context.tlp = one.tlp;
	misp_context_within(&ev->context, &one);
	ev->digest = event_digest(ev);
}

int
misp_event_read(struct misp_json o, struct slice uuid, struct arena *a,
    struct misp_event *out)
{
	struct misp_json org;
	struct slice own = misp_text(o, "uuid");

	memset(out, 0, sizeof(*out));
	if (o.tree->nodes[o.node].kind != TREE_OBJECT ||
	    misp_id(STIX_REPORT, uuid.n > 0 ? uuid : own, &out->id) != 0)
		return -1;
	out->info = misp_text(o, "info");
	if (misp_member(o, "Orgc", &org)) {
		out->orgc_name = misp_text(org, "name");
		out->has_orgc = misp_id(STIX_IDENTITY, misp_text(org, "uuid"),
		    &out->orgc) == 0;
	}
	out->time = misp_time(o, "timestamp");
	out->date = misp_time(o, "date");
	misp_tags(o, a, &out->context);
	out->digest = event_digest(out);
	return 0;
}

/* Does one of the names fit one of the patterns? */
static bool
name_fits(const struct opt_list *patterns, struct slice name)
{
	char text[LIMIT_NAME + 1];
	uint32_t i;

	if (name.n >= sizeof(text))
		return false;
	if (name.n > 0)
		memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	for (i = 0; i < patterns->n; i++)
		if (fnmatch(patterns->v[i], text, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

/* The tags as they are written: patterns with a '!' must fit none of them, one of
 * the others must. */
static bool
tags_wanted(const struct opt_list *patterns, struct misp_json o)
{
	struct opt_list one = {.n = 1};
	bool wanted = true, found = false, no;
	struct misp_json tags;
	char *pattern;
	uint32_t i, k;

	if (patterns->n == 0)
		return true;
	if (!misp_member(o, "Tag", &tags))
		tags = (struct misp_json){o.tree, 0};
	for (i = 0; i < patterns->n; i++) {
		no = patterns->v[i][0] == '!';
		wanted = wanted && no;
		pattern = patterns->v[i] + no;
		one.v = &pattern;
		for (k = tags.node == 0 ? 0 : tags.tree->nodes[tags.node].first;
		    k != 0; k = tags.tree->nodes[k].next) {
			if (!name_fits(&one, misp_text((struct misp_json){
			    tags.tree, k}, "name")))
				continue;
			if (no)
				return false;
			found = true;
		}
	}
	return wanted || found;
}

static bool
org_wanted(const struct opt_list *orgs, const struct misp_event *ev)
{
	char text[IDKEY_TEXT_MAX];
	size_t n;

	if (orgs->n == 0 || name_fits(orgs, ev->orgc_name))
		return true;
	n = ev->has_orgc ? idkey_text(&ev->orgc, text) : 0;
	return n > 36 && name_fits(orgs, (struct slice){text + n - 36, 36});
}

bool
misp_event_wanted(const struct misp_wish *w, const struct misp_event *ev,
    struct misp_json o, int64_t now)
{
	int64_t age, since;

	if (!tags_wanted(&w->f->misp_tags, o) ||
	    !org_wanted(&w->f->misp_orgs, ev))
		return false;
	if (!w->f->misp_unpublished && !misp_true(o, "published", true))
		return false;
	if (w->f->misp_event_age == NULL)
		return true;
	since = ev->time != TSTAMP_NONE ? ev->time : ev->date;
	return since == TSTAMP_NONE || duration_parse(slice_str(
	    w->f->misp_event_age), INT64_MAX, &age) != 0 || now - since <= age;
}
