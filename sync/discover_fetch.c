/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TAXII server offers, as sync/discover.h puts it. */
#include <string.h>

#include "sync/taxii.h"

/* Copy a member of the given type, or leave it out. */
static int
copy(json_t *to, json_t *from, const char *key, json_type type)
{
	json_t *v = json_object_get(from, key);

	if (v == NULL || json_typeof(v) != type)
		return 0;
	return json_object_set(to, key, v);
}

static int
copy_texts(json_t *to, json_t *from, const char *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (copy(to, from, keys[i], JSON_STRING) != 0)
			return -1;
	return 0;
}

static int
add_collection(json_t *list, json_t *from)
{
	static const char *const keys[] = {"id", "alias", "title",
	    "description"};
	struct taxii_collection c;
	json_t *o;

	if (!taxii_collection_of(from, &c))
		return 0; /* it could not be asked for anyway */
	o = json_object();
	if (o == NULL || json_array_append_new(list, o) != 0 ||
	    copy_texts(o, from, keys, ARRAY_LEN(keys)) != 0 ||
	    copy(o, from, "media_types", JSON_ARRAY) != 0)
		return -1;
	if (json_object_set_new(o, "can_read", json_boolean(c.can_read)) != 0)
		return -1;
	return json_object_set_new(o, "can_write", json_boolean(c.can_write));
}

static int
add_collections(json_t *root, json_t *doc)
{
	json_t *from = json_object_get(doc, "collections");
	json_t *list = json_array();
	size_t n = json_array_size(from);

	if (list == NULL || json_object_set_new(root, "collections", list) != 0)
		return -1;
	if (n > LIMIT_COLLECTIONS)
		n = LIMIT_COLLECTIONS;
	for (size_t i = 0; i < n; i++)
		if (add_collection(list, json_array_get(from, i)) != 0)
			return -1;
	return 0;
}

/* Fill `root` from the server; what fails is said in its "error". */
static int
fill_root(struct taxii *t, const char *url, json_t *doc, json_t *root,
    struct err *e)
{
	static const char *const keys[] = {"title", "description"};
	json_t *list = NULL;
	struct buf place;
	int rc;

	if (copy_texts(root, doc, keys, ARRAY_LEN(keys)) != 0 ||
	    copy(root, doc, "versions", JSON_ARRAY) != 0 ||
	    copy(root, doc, "max_content_length", JSON_INTEGER) != 0)
		return err_set(e, ERR_MEMORY, "out of memory");
	buf_init(&place, LIMIT_URL);
	buf_str(&place, url);
	if (buf_str(&place, "collections/") != 0)
		rc = err_set(e, ERR_LIMIT, "an API root's URL is too long");
	else
		rc = taxii_json(t, place.p, &list, e);
	if (rc == 0 && add_collections(root, list) != 0)
		rc = err_set(e, ERR_MEMORY, "out of memory");
	json_decref(list);
	buf_free(&place);
	return rc == 0 ? 0 : -1;
}

static json_t *
new_root(json_t *roots, const char *url)
{
	json_t *o = json_pack("{s:s}", "url", url);

	if (o == NULL || json_array_append_new(roots, o) != 0)
		return NULL;
	return o;
}

/* The API root that discovery names.  Only a lack of memory is a failure. */
static int
add_named(struct taxii *t, const char *from, const char *named, json_t *roots)
{
	struct err one = ERR_INIT;
	struct buf url;
	json_t *doc = NULL, *root;
	bool moved = false;
	int rc;

	buf_init(&url, LIMIT_URL);
	rc = taxii_root(t, from, named, &url, &moved, &one);
	root = new_root(roots, rc == 0 ? url.p : named);
	if (root != NULL && rc == 0) {
		rc = taxii_json(t, url.p, &doc, &one);
		if (rc != 0 && moved && one.code != ERR_AUTH)
			taxii_root_refused(named, &one);
		if (rc == 0) {
			taxii_speak(t, dialect_of_root(doc, t->dialect,
			    t->allowed));
			rc = fill_root(t, url.p, doc, root, &one);
		}
	}
	if (root != NULL && rc != 0)
		rc = json_object_set_new(root, "error",
		    json_string(one.text));
	json_decref(doc);
	buf_free(&url);
	return root != NULL && rc == 0 ? 0 : -1;
}

static int
add_roots(struct taxii *t, const char *from, json_t *doc, json_t *out,
    json_t *roots, struct err *e)
{
	static const char *const keys[] = {"title", "description", "contact",
	    "default"};
	json_t *named = json_object_get(doc, "api_roots");
	size_t n = json_array_size(named);
	json_t *one;

	if (!json_is_array(named)) { /* the URL is an API root's own */
		one = new_root(roots, from);
		if (one == NULL)
			return err_set(e, ERR_MEMORY, "out of memory");
		return fill_root(t, from, doc, one, e);
	}
	if (copy_texts(out, doc, keys, ARRAY_LEN(keys)) != 0)
		return err_set(e, ERR_MEMORY, "out of memory");
	if (n > TAXII_ROOTS_MAX)
		n = TAXII_ROOTS_MAX;
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(named, i));

		if (text != NULL && add_named(t, from, text, roots) != 0)
			return err_set(e, ERR_MEMORY, "out of memory");
	}
	return 0;
}

static json_t *
describe(struct taxii *t, struct err *e)
{
	json_t *out = json_object(), *roots = json_array(), *doc = NULL;
	struct buf url;
	int rc = -1;

	buf_init(&url, LIMIT_URL);
	if (out == NULL || roots == NULL)
		err_set(e, ERR_MEMORY, "out of memory");
	else if (taxii_start(t, &url, &doc, e) == 0 &&
	    add_roots(t, url.p, doc, out, roots, e) == 0)
		rc = 0;
	if (rc == 0 && (json_object_set_new(out, "url",
	    json_string(url.p)) != 0 ||
	    json_object_set(out, "api_roots", roots) != 0))
		rc = err_set(e, ERR_MEMORY, "out of memory");
	json_decref(doc);
	json_decref(roots);
	buf_free(&url);
	if (rc == 0)
		return out;
	json_decref(out);
	return NULL;
}

json_t *
discover_fetch(const struct job *job, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct taxii t;
	json_t *out = NULL;

	if (taxii_open(&t, job, NULL, x) == 0) {
		out = describe(&t, x);
		taxii_close(&t);
	}
	return out;
}
