/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A collection that was read before is not there: has it moved, or is it not to
 * be had just now?  A 404 alone does not tell, so the server is asked what it has
 * now.
 */
#include <string.h>

#include "base/limits.h"
#include "sync/taxii.h"

/* Look for the collection from another place than the job names. */
static int
find_from(struct taxii *t, const char *url, const char *collection,
    struct buf *out, struct err *e)
{
	const struct job *job = t->job;
	struct job other = *job;
	int rc;

	/* Nobody writes through these. */
	other.url = (char *)(uintptr_t)url;
	other.collection = (char *)(uintptr_t)collection;
	t->job = &other;
	rc = taxii_find(t, out, e);
	t->job = job;
	return rc;
}

/* The URL names the collection: is it still in the list of its API root?  Where
 * that root is gone: is it in another one of this server? */
static int
find_named(struct taxii *t, const struct url *u, const struct taxii_path *path,
    struct buf *out, struct err *e)
{
	char id[LIMIT_NAME + 1];
	struct buf from;
	int rc = -1;

	buf_init(&from, LIMIT_URL);
	snprintf(id, sizeof(id), "%.*s", SLICE_ARG(path->id));
	if (path->id.n >= sizeof(id) || url_origin(u, &from) != 0 ||
	    buf_slice(&from, path->root) != 0) {
		err_set(e, ERR_LIMIT, "a URL that is too long");
		goto out;
	}
	rc = find_from(t, from.p, id, out, e);
	if (rc != 0 && e->code == ERR_HTTP) {
		err_clear(e);
		buf_reset(&from);
		if (url_origin(u, &from) != 0 || buf_char(&from, '/') != 0)
			err_set(e, ERR_MEMORY, "out of memory");
		else
			rc = find_from(t, from.p, id, out, e);
	}
out:
	buf_free(&from);
	return rc;
}

/* Does the search say that the server does not have it, rather than that it
 * could not be asked? */
static bool
is_answer(const struct err *e)
{
	return e->code == ERR_NOT_FOUND || e->code == ERR_HTTP ||
	    e->code == ERR_MOVED || e->code == ERR_PROTO;
}

int
taxii_moved(struct taxii *t, const char *old, struct buf *objects,
    struct err *e)
{
	struct err gone = *e, found = ERR_INIT;
	struct taxii_path path = {.place = TAXII_OTHER};
	bool named = false, there;
	struct url u;
	int rc = -1;

	if (url_parse(slice_str(t->job->url), &u, &found) == 0) {
		path = taxii_path_of(&u);
		named = path.place == TAXII_COLLECTION;
		rc = named ? find_named(t, &u, &path, objects, &found) :
		    taxii_find(t, objects, &found);
	}
	there = rc == 0 && strcmp(objects->p, old) == 0;
	if (rc == 0 && !there && !named) {
		err_clear(e);
		return 0;
	}
	err_clear(e);
	/* It is listed where it was, or nobody could say. */
	if (there || (rc != 0 && !is_answer(&found))) {
		*e = gone;
		return err_context(e, "the collection is not where it was; has "
		    "the feed moved?");
	}
	if (rc == 0)
		return err_set(e, ERR_MOVED, "the collection has moved to "
		    "%.300s: give that URL (%.300s)", objects->p, gone.text);
	return err_set(e, ERR_MOVED, "the collection is not where it was, and "
	    "not to be found: %.400s (%.300s)", found.text, gone.text);
}
