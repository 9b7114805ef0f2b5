/* SPDX-License-Identifier: BSD-2-Clause */
/* From what the operator wrote to the collection that was meant. */
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "sync/taxii.h"

#define FAILURE_SHOWN 600 /* bytes of it, where a way out follows */

static int
no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "out of memory");
}

/* --- where to begin ------------------------------------------------------- */

static int
build(struct buf *out, const struct url *u, struct slice path, const char *tail,
    bool query, struct err *e)
{
	buf_reset(out);
	url_origin(u, out);
	buf_slice(out, path.n > 0 ? path : SLICE("/"));
	if (out->n > 0 && out->p[out->n - 1] != '/')
		buf_char(out, '/');
	buf_str(out, tail);
	if (query && u->query.p != NULL) {
		buf_char(out, '?');
		buf_slice(out, u->query);
	}
	if (!buf_ok(out))
		return err_set(e, ERR_LIMIT, "a URL is longer than the %u bytes"
		    " allowed", LIMIT_URL);
	return 0;
}

/* Where discovery is on a host that is given without a path: by version. */
static int
try_host(struct taxii *t, const struct url *u, struct buf *url, json_t **doc,
    struct err *e)
{
	static const struct {
		const char *path;
		enum dialect dialect;
	} places[] = {{"taxii2/", DIALECT_21}, {"taxii/", DIALECT_20}};
	enum dialect usual = t->dialect;
	int rc = 1;

	for (size_t i = 0; i < ARRAY_LEN(places) && rc == 1; i++) {
		if ((t->allowed >> places[i].dialect & 1) == 0)
			continue;
		err_clear(e);
		taxii_speak(t, places[i].dialect);
		if (build(url, u, SLICE("/"), places[i].path, false, e) != 0)
			return -1;
		rc = taxii_json(t, url->p, doc, e);
	}
	if (rc == 1) {
		err_clear(e);
		taxii_speak(t, usual);
	}
	return rc;
}

int
taxii_start(struct taxii *t, struct buf *url, json_t **doc, struct err *e)
{
	struct url u;
	struct taxii_path path;
	int rc;

	*doc = NULL;
	if (url_parse(slice_str(t->job->url), &u, e) != 0)
		return -1;
	path = taxii_path_of(&u);
	if (path.place == TAXII_HOST) {
		rc = try_host(t, &u, url, doc, e);
		if (rc != 1)
			return rc;
	}
	/* Of a collection's URL, that is the API root it is in. */
	if (build(url, &u, path.root, "", false, e) != 0 ||
	    taxii_json(t, url->p, doc, e) != 0)
		return -1;
	taxii_speak(t, dialect_of_root(*doc, t->dialect, t->allowed));
	return 0;
}

int
taxii_root(struct taxii *t, const char *from, const char *named,
    struct buf *url, bool *moved, struct err *e)
{
	struct url own, base, u;
	struct buf full;
	int rc = -1;

	*moved = false;
	buf_init(&full, LIMIT_URL);
	if (url_parse(slice_str(t->job->url), &own, e) != 0 ||
	    url_parse(slice_str(from), &base, e) != 0)
		goto out;
	if (url_resolve(&base, slice_str(named), &full, e) != 0 ||
	    url_parse(buf_view(&full), &u, e) != 0) {
		err_context(e, "an API root that discovery names");
		goto out;
	}
	if (!url_same_origin(&own, &u)) {
		if (t->job->insecure_roots && u.scheme != URL_FILE) {
			if (http_trust(t->http, full.p, e) != 0)
				goto out;
		} else {
			*moved = true;
		}
	}
	rc = build(url, *moved ? &own : &u, u.path, "", false, e);
out:
	buf_free(&full);
	return rc;
}

int
taxii_root_refused(const char *named, struct err *e)
{
	err_clear(e);
	return err_set(e, ERR_PROTO, "%.300s: the API root that discovery names"
	    " is on another origin, and its path leads nowhere on ours: give"
	    " its URL, or allow it with --foreign-roots", named);
}

/* --- choosing ------------------------------------------------------------- */

/* One collection that is in question: {"root": URL, "v": dialect, "c":
 * resource}. */
static json_t *
candidate(json_t *all, size_t i, struct taxii_collection *c)
{
	json_t *o = json_array_get(all, i);

	return taxii_collection_of(json_object_get(o, "c"), c) ? o : NULL;
}

enum fit { FIT_ID, FIT_ALIAS, FIT_TITLE, FIT_FOLDED, FIT_PATTERN, FITS };

static bool
same(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static bool
alike(const char *a, const char *b)
{
	return a != NULL && strcasecmp(a, b) == 0;
}

/* A pattern of the shell's kind; a name with none of its signs is no pattern. */
static bool
matches(const char *a, const char *pattern)
{
	return a != NULL && strlen(a) <= LIMIT_NAME &&
	    strpbrk(pattern, "*?[") != NULL &&
	    fnmatch(pattern, a, FNM_CASEFOLD) == 0;
}

static bool
fits(const struct taxii_collection *c, const char *name, enum fit how)
{
	switch (how) {
	case FIT_ID:
		return same(c->id, name);
	case FIT_ALIAS:
		return same(c->alias, name);
	case FIT_TITLE:
		return same(c->title, name);
	case FIT_PATTERN:
		return matches(c->id, name) || matches(c->alias, name) ||
		    matches(c->title, name);
	default:
		return alike(c->id, name) || alike(c->alias, name) ||
		    alike(c->title, name);
	}
}

/* May we do there what is to be done? */
static bool
permitted(const struct taxii *t, const struct taxii_collection *c)
{
	return t->writes ? c->can_write : c->can_read;
}

/* How many fit; *hit is the first. */
static size_t
count_fits(const struct taxii *t, json_t *all, const char *name, enum fit how,
    json_t **hit)
{
	struct taxii_collection c;
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(all); i++) {
		json_t *o = candidate(all, i, &c);

		if (o == NULL)
			continue;
		if (name != NULL ? !fits(&c, name, how) : !permitted(t, &c))
			continue;
		if (n++ == 0)
			*hit = o;
	}
	return n;
}

/* "ID 'title', ID 'title' …", as many as are readable in one error. */
static int
list_err(json_t *all, const char *problem, struct err *e)
{
	struct taxii_collection c;
	struct buf text;
	size_t shown = 0, n = 0;

	buf_init(&text, KIB(2));
	for (size_t i = 0; i < json_array_size(all); i++) {
		if (candidate(all, i, &c) == NULL)
			continue;
		n++;
		if (text.n > ERR_TEXT_MAX / 2)
			continue;
		buf_printf(&text, "%s%.64s '%.80s'%s", shown++ > 0 ? ", " : "",
		    c.id, c.title != NULL ? c.title : "", c.can_read ? "" :
		    " (not readable)");
	}
	err_set(e, ERR_NOT_FOUND, "%s; there %s: %s%s", problem,
	    n == 1 ? "is" : "are", n == 0 ? "none that these credentials may"
	    " see" : buf_ok(&text) ? text.p : "?", shown < n ? " and more" : "");
	buf_free(&text);
	return -1;
}

static int
choose(const struct taxii *t, json_t *all, json_t **hit, struct err *e)
{
	const char *name = t->job->collection;
	const char *right = t->writes ? "written to" : "read";
	char problem[256];
	size_t n = 0;

	if (name == NULL) {
		n = count_fits(t, all, NULL, FIT_ID, hit);
		if (n == 1)
			return 0;
		snprintf(problem, sizeof(problem), n == 0 ? "no collection may"
		    " be %s" : "several collections may be %s: name one with"
		    " --collection", right);
		return list_err(all, problem, e);
	}
	for (enum fit how = FIT_ID; how < FITS && n == 0; how++)
		n = count_fits(t, all, name, how, hit);
	if (n == 1)
		return 0;
	snprintf(problem, sizeof(problem), n == 0 ?
	    "no collection '%.100s'" : strpbrk(name, "*?[") != NULL ?
	    "several collections match '%.100s'" : "several collections are"
	    " called '%.100s': use the id", name);
	return list_err(all, problem, e);
}

/* --- looking through API roots -------------------------------------------- */

static int
add_candidate(struct taxii *t, json_t *all, const char *root, json_t *c,
    struct err *e)
{
	json_t *o;

	if (!json_is_object(c))
		return 0;
	if (json_array_size(all) >= LIMIT_COLLECTIONS)
		return err_set(e, ERR_LIMIT, "the server lists more than %u"
		    " collections", LIMIT_COLLECTIONS);
	o = json_pack("{s:s, s:i, s:O}", "root", root, "v", (int)t->dialect,
	    "c", c);
	if (o == NULL || json_array_append_new(all, o) != 0)
		return no_memory(e);
	return 0;
}

/* 0; 1 with e set: not found; -1. */
static int
read_root(struct taxii *t, const char *root, json_t *all, struct err *e)
{
	struct buf url;
	json_t *doc = NULL, *list;
	int rc = -1;

	buf_init(&url, LIMIT_URL);
	buf_str(&url, root);
	if (buf_str(&url, "collections/") != 0) {
		err_set(e, ERR_LIMIT, "an API root's URL is too long");
		goto out;
	}
	rc = taxii_json(t, url.p, &doc, e);
	if (rc != 0)
		goto out;
	list = json_object_get(doc, "collections");
	for (size_t i = 0; i < json_array_size(list) && rc == 0; i++)
		rc = add_candidate(t, all, root, json_array_get(list, i), e);
out:
	json_decref(doc);
	buf_free(&url);
	return rc;
}

static int
read_named_root(struct taxii *t, const char *from, const char *named,
    json_t *all, struct err *e)
{
	struct buf url;
	bool moved;
	int rc = -1;

	buf_init(&url, LIMIT_URL);
	if (taxii_root(t, from, named, &url, &moved, e) == 0)
		rc = read_root(t, url.p, all, e);
	else
		moved = false;
	if (moved && rc != 0 && (e == NULL || e->code != ERR_AUTH))
		rc = taxii_root_refused(named, e);
	else if (moved && rc == 0)
		rc = taxii_deviation(t, DEVIATION_ROOT_FOREIGN, 1, named, e);
	if (rc == 0 && named[strlen(named) - 1] != '/')
		rc = taxii_deviation(t, DEVIATION_ROOT_SLASH, 1, named, e);
	buf_free(&url);
	return rc == 0 ? 0 : -1;
}

/* Is the one that is meant certain, without looking at further roots? */
static bool
settled(const struct taxii *t, json_t *all, bool was_default)
{
	const char *name = t->job->collection;
	json_t *hit;

	if (name == NULL)
		return was_default && count_fits(t, all, NULL, FIT_ID, &hit) > 0;
	for (enum fit how = FIT_ID; how <= FIT_TITLE; how++)
		if (count_fits(t, all, name, how, &hit) > 0)
			return true;
	return false;
}

/* The default root first, then the others in order.  One that fails does not
 * keep the others from being read (P17), but wrong credentials do. */
static int
read_discovery(struct taxii *t, const char *from, json_t *doc, json_t *all,
    struct err *first)
{
	const char *chosen = taxii_text(doc, "default");
	json_t *roots = json_object_get(doc, "api_roots");
	size_t n = json_array_size(roots);

	if (chosen != NULL) {
		if (read_named_root(t, from, chosen, all, first) != 0 &&
		    first->code == ERR_AUTH)
			return -1;
		if (settled(t, all, true))
			return 0;
	}
	if (n > TAXII_ROOTS_MAX)
		n = TAXII_ROOTS_MAX;
	for (size_t i = 0; i < n; i++) {
		const char *root = json_string_value(json_array_get(roots, i));
		struct err one = ERR_INIT;

		if (root == NULL || (chosen != NULL && same(chosen, root)))
			continue;
		if (read_named_root(t, from, root, all, &one) != 0 &&
		    first->code == ERR_NONE)
			*first = one;
		if (one.code == ERR_AUTH)
			return -1;
		if (settled(t, all, false))
			return 0;
	}
	return 0;
}

/* Nobody said that it is TAXII, and nothing there speaks it.  A check has the way
 * out apart from the failure. */
static int
tell_none(const struct taxii *t, struct err *e)
{
	struct err was;

	if (e == NULL || t->ingest == NULL || t->job->kind != NULL ||
	    strstr(e->text, ": status 404") == NULL)
		return -1;
	was = *e;
	err_clear(e);
	return err_set(e, was.code, "%.*s; %s", FAILURE_SHOWN, was.text,
	    TAXII_NONE_HERE);
}

static int
read_candidates(struct taxii *t, json_t *all, struct err *e)
{
	struct url u;
	struct taxii_path path;
	struct buf url;
	json_t *doc = NULL;
	int rc = -1;

	buf_init(&url, LIMIT_URL);
	if (url_parse(slice_str(t->job->url), &u, e) != 0)
		goto out;
	path = taxii_path_of(&u);
	if (path.place == TAXII_COLLECTIONS) {
		if (build(&url, &u, path.root, "", false, e) == 0)
			rc = read_root(t, url.p, all, e);
		goto out;
	}
	if (taxii_start(t, &url, &doc, e) != 0) {
		rc = tell_none(t, e);
		goto out;
	}
	if (json_is_array(json_object_get(doc, "api_roots")))
		rc = read_discovery(t, url.p, doc, all, e);
	else if (json_object_get(doc, "objects") != NULL ||
	    taxii_text(doc, "type") != NULL)
		err_set(e, ERR_PROTO, "%.300s: a STIX document, not a TAXII"
		    " server: use the kind 'stix'", url.p);
	else
		rc = read_root(t, url.p, all, e);
out:
	json_decref(doc);
	buf_free(&url);
	return rc == 0 ? 0 : -1;
}

/* The URL names the collection itself: nothing needs to be asked. */
static int
direct(struct taxii *t, const struct url *u, const struct taxii_path *path,
    struct buf *objects, struct err *e)
{
	const char *name = t->job->collection;
	struct buf tail;
	int rc;

	if (name != NULL && !slice_is(path->id, name))
		return err_set(e, ERR_USAGE, "the URL names the collection"
		    " '%.*s', and '%.100s' is asked for: leave one of them out",
		    (int)(path->id.n < 100 ? path->id.n : 100), path->id.p,
		    name);
	buf_init(&tail, LIMIT_URL);
	buf_str(&tail, "collections/");
	buf_slice(&tail, path->id);
	rc = buf_str(&tail, "/objects/") == 0 ?
	    build(objects, u, path->root, tail.p, true, e) : no_memory(e);
	buf_free(&tail);
	return rc;
}

static int
objects_url(const struct taxii *t, json_t *hit, struct buf *objects,
    struct err *e)
{
	struct taxii_collection c;

	if (!taxii_collection_of(json_object_get(hit, "c"), &c))
		return err_set(e, ERR_INTERNAL, "a collection without id");
	if (!permitted(t, &c))
		return err_set(e, ERR_AUTH, "the collection %.64s '%.100s' may"
		    " not be %s with these credentials", c.id, c.title != NULL ?
		    c.title : "", t->writes ? "written to" : "read");
	buf_reset(objects);
	buf_str(objects, json_string_value(json_object_get(hit, "root")));
	buf_str(objects, "collections/");
	url_escape(objects, slice_str(c.id));
	if (buf_str(objects, "/objects/") != 0)
		return err_set(e, ERR_LIMIT, "the collection's URL is longer"
		    " than the %u bytes allowed", LIMIT_URL);
	return 0;
}

int
taxii_find(struct taxii *t, struct buf *objects, struct err *e)
{
	struct err asking = ERR_INIT;
	struct url u;
	struct taxii_path path;
	json_t *all, *hit = NULL;
	int rc = -1;

	if (url_parse(slice_str(t->job->url), &u, e) != 0)
		return -1;
	path = taxii_path_of(&u);
	if (path.place == TAXII_COLLECTION)
		return direct(t, &u, &path, objects, e);
	all = json_array();
	if (all == NULL)
		return no_memory(e);
	if (read_candidates(t, all, &asking) == 0 ||
	    json_array_size(all) > 0)
		rc = choose(t, all, &hit, e);
	/* Nothing fits, but a root could not be asked: that is the cause. */
	if (rc != 0 && asking.code != ERR_NONE && e != NULL)
		*e = asking;
	if (rc == 0) {
		taxii_speak(t, (enum dialect)json_integer_value(
		    json_object_get(hit, "v")));
		rc = objects_url(t, hit, objects, e);
	}
	json_decref(all);
	return rc;
}
