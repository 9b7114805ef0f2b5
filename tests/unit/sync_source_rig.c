/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sync_source_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/tstamp.h"

/* --- the ingest, replaced at link time ------------------------------------ */

struct ingest *
ingest_new(int fd, const struct job *job, struct err *e)
{
	(void)fd, (void)job, (void)e;
	return NULL;
}

void
ingest_free(struct ingest *g)
{
	(void)g;
}

int
ingest_begin(struct ingest *g, struct err *e)
{
	(void)e;
	json_decref(g->skeleton);
	g->skeleton = NULL;
	buf_reset(&g->text);
	return 0;
}

int
ingest_bytes(struct ingest *g, const char *p, size_t n, struct err *e)
{
	if (memchr(p, '!', n) != NULL)
		return err_set(e, ERR_SYNTAX, "not JSON");
	return buf_add(&g->text, p, n);
}

int
ingest_end(struct ingest *g, struct ingest_facts *facts, struct err *e)
{
	json_t *objects;

	memset(facts, 0, sizeof(*facts));
	g->skeleton = json_loadb(g->text.p, g->text.n, 0, NULL);
	if (g->skeleton == NULL)
		return err_set(e, ERR_SYNTAX, "truncated");
	objects = json_object_get(g->skeleton, "objects");
	facts->objects = facts->taken = json_array_size(objects);
	facts->content = digest64(g->text.p, g->text.n, 1);
	facts->skeleton = g->skeleton;
	g->objects += (unsigned)facts->objects;
	g->documents++;
	return 0;
}

void
ingest_abandon(struct ingest *g)
{
	g->abandoned++;
}

int
ingest_checkpoint(struct ingest *g, struct slice cursor, struct err *e)
{
	(void)e;
	assert_true(cursor.n < sizeof(g->cursor));
	memcpy(g->cursor, cursor.p, cursor.n);
	g->cursor[cursor.n] = '\0';
	g->checkpoints++;
	return 0;
}

int
ingest_page(struct ingest *g, uint64_t bytes, struct err *e)
{
	(void)g, (void)e;
	assert_true(bytes > 0);
	return 0;
}

int
ingest_note(struct ingest *g, const char *text, struct err *e)
{
	(void)e;
	snprintf(g->note, sizeof(g->note), "%s", text);
	g->notes++;
	return 0;
}

int
ingest_stated(struct ingest *g, int64_t t, struct err *e)
{
	(void)g;
	(void)t;
	(void)e;
	return 0;
}

int
ingest_extent(struct ingest *g, enum store_extent x, uint64_t declared,
    struct err *e)
{
	(void)e;
	assert_true(declared == STORE_UNDECLARED);
	g->extent = x;
	return 0;
}

int
ingest_versions(struct ingest *g, const struct idkey *ids,
    const int64_t *versions, size_t n, uint8_t *known, struct err *e)
{
	(void)g, (void)ids, (void)versions, (void)e;
	memset(known, 0, (n + 7) / 8);
	return 0;
}

int
ingest_unchanged(struct ingest *g, uint64_t n, struct err *e)
{
	(void)g, (void)n, (void)e;
	return 0;
}

int
ingest_deviation(struct ingest *g, enum deviation d, uint64_t n,
    const char *detail, struct err *e)
{
	(void)detail, (void)e;
	g->deviations[d] += n;
	return 0;
}

int
ingest_finish(struct ingest *g, bool complete, const struct err *failure,
    struct err *e)
{
	(void)g, (void)complete, (void)failure, (void)e;
	return 0;
}

/* --- the server ------------------------------------------------------------ */

static const struct route *
find_route(struct scene *s, const char *target)
{
	const struct route *found = NULL;

	for (size_t i = 0; i < s->n; i++) {
		const struct route *r = &s->routes[i];

		if (strncmp(target, r->path, strlen(r->path)) != 0)
			continue;
		if (s->hits[i]++ >= r->from)
			found = r;
	}
	return found;
}

static enum server_then
answer(void *ctx, unsigned number, const char *request, struct buf *reply)
{
	struct scene *s = ctx;
	const struct route *r = find_route(s, request + strlen("GET "));

	(void)number;
	if (r == NULL)
		server_reply(reply, 404, JSON, DATE, "{\"title\":\"none\"}");
	else if (r->status == 0)
		return SERVER_CLOSE;
	else
		server_reply(reply, r->status, JSON, r->lines, r->body);
	return SERVER_KEEP;
}

void
scene_begin(struct scene *s, const struct route *routes, size_t n, const char *path)
{
	memset(s, 0, sizeof(*s));
	s->routes = routes;
	s->n = n;
	s->server = server_start(answer, s);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u%s",
	    server_port(s->server), path);
	s->job.url = s->url;
	s->job.now = tstamp_now();
	buf_init(&s->ingest.text, MIB(1));
}

void
scene_end(struct scene *s)
{
	server_stop(s->server);
	json_decref(s->ingest.skeleton);
	buf_free(&s->ingest.text);
}

int
poll_with(struct scene *s, const struct source_ops *ops, struct err *e)
{
	int rc;

	err_clear(e);
	memset(s->hits, 0, sizeof(s->hits));
	server_forget(s->server);
	s->ingest.objects = s->ingest.notes = s->ingest.abandoned = 0;
	rc = ops->poll(&s->job, &s->ingest, e);
	assert_int_equal(rc != 0, e->code != ERR_NONE);
	return rc;
}

int
poll_taxii(struct scene *s, struct err *e)
{
	return poll_with(s, &source_taxii21, e);
}

void
keep_cursor(struct scene *s)
{
	memcpy(s->cursor, s->ingest.cursor, sizeof(s->cursor));
	s->job.cursor = s->cursor;
}

void
assert_asked(struct scene *s, unsigned n, const char *target)
{
	char line[512];

	snprintf(line, sizeof(line), "GET %s HTTP/1.1\r\n", target);
	if (strncmp(server_request(s->server, n), line, strlen(line)) != 0)
		fail_msg("wanted %s, got %.200s", target,
		    server_request(s->server, n));
}
