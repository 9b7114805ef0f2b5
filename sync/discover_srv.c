/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's servers, found by their SRV records and asked one by one. */
#include <stdio.h>
#include <string.h>

#include "sync/srv.h"
#include "sync/taxii.h"

#define SERVICE_MAX (SRV_HOST_MAX + 16)

static const struct service {
	const char *label, *path;
	const char *kind;     /* what is spoken there; NULL: what the job says */
	enum dialect dialect;
} services[] = {
	{"_taxii2._tcp", "taxii2/", NULL, DIALECT_21},
	{"_taxii._tcp", "taxii/", "taxii20", DIALECT_20},
};

struct search {
	const struct job *job;
	char domain[SRV_HOST_MAX];
	const struct service *service; /* the one that has servers */
	char name[SERVICE_MAX];        /* its full name */
	struct srv_list list;          /* and they */
	bool refused;                  /* one is said not to be there */
};

/* Look one service up; its servers in s->list. */
static int
look_up(struct search *s, const struct service *service, struct err *e)
{
	struct buf answer;
	int rc;

	s->service = service;
	s->list.n = 0;
	s->list.refused = false;
	snprintf(s->name, sizeof(s->name), "%s.%s", service->label, s->domain);
	buf_init(&answer, LIMIT_DNS);
	rc = srv_query(s->name, &answer, e);
	if (rc == 0)
		rc = srv_parse(buf_view(&answer), s->name, &s->list, e);
	buf_free(&answer);
	s->refused = s->refused || s->list.refused;
	return rc < 0 ? -1 : 0;
}

static int
look_up_all(struct search *s, struct err *e)
{
	unsigned allowed = dialect_allowed(s->job->kind);

	for (size_t i = 0; i < ARRAY_LEN(services) && s->list.n == 0; i++)
		if ((allowed >> services[i].dialect & 1) != 0 &&
		    look_up(s, &services[i], e) != 0)
			return -1;
	return 0;
}

static json_t *
listed(const struct search *s)
{
	json_t *targets = json_array();

	for (size_t i = 0; targets != NULL && i < s->list.n; i++) {
		const struct srv_target *t = &s->list.at[i];

		if (json_array_append_new(targets, json_pack(
		    "{s:s, s:i, s:i, s:i}", "host", t->host, "port",
		    (int)t->port, "priority", (int)t->priority, "weight",
		    (int)t->weight)) != 0) {
			json_decref(targets);
			return NULL;
		}
	}
	return targets == NULL ? NULL :
	    json_pack("{s:s, s:o}", "name", s->name, "targets", targets);
}

/* DNS is not signed, and whoever answers for it could name any host: one that is
 * not the domain itself sees the credentials only where the operator says so. */
static int
may_ask(const struct search *s, const struct srv_target *t, struct err *e)
{
	if (s->job->insecure_roots || strcmp(t->host, s->domain) == 0)
		return 0;
	return err_set(e, ERR_PROTO, "the server is on another host: give its "
	    "URL, https://%s:%u/%s, or allow it with --foreign-roots",
	    t->host, (unsigned)t->port, s->service->path);
}

static json_t *
ask(const struct search *s, const struct srv_target *t, struct err *e)
{
	struct job one = *s->job; /* borrows all that it holds */
	json_t *out = NULL;
	struct buf url;

	buf_init(&url, LIMIT_URL);
	buf_printf(&url, "https://%s:%u/%s", t->host, (unsigned)t->port,
	    s->service->path);
	one.url = url.p;
	if (s->service->kind != NULL)
		one.kind = (char *)(uintptr_t)s->service->kind;
	if (buf_ok(&url))
		out = discover_fetch(&one, e);
	else
		err_set(e, ERR_MEMORY, "out of memory");
	buf_free(&url);
	return out;
}

/* The next one is asked where this one cannot be reached, not where it
 * answers something that we do not like. */
static json_t *
ask_each(const struct search *s, struct err *e)
{
	struct err first = ERR_INIT, one;
	json_t *out = NULL;

	for (size_t i = 0; i < s->list.n && out == NULL; i++) {
		const struct srv_target *t = &s->list.at[i];

		err_clear(&one);
		if (may_ask(s, t, &one) == 0) {
			out = ask(s, t, &one);
			if (out == NULL && one.code != ERR_NET &&
			    one.code != ERR_TLS) {
				first = one;
				break;
			}
		}
		if (out == NULL && first.code == ERR_NONE)
			first = one;
	}
	if (out == NULL) {
		*e = first;
		err_context(e, "the SRV record of %s", s->name);
	}
	return out;
}

json_t *
discover_srv(const struct job *job, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct search s = {.job = job};
	json_t *out, *list;
	struct url u;

	if (url_parse(slice_str(job->url), &u, x) != 0 ||
	    srv_domain(u.host, s.domain, x) != 0 || look_up_all(&s, x) != 0)
		return NULL;
	if (s.list.n == 0 && s.refused) {
		err_set(x, ERR_NOT_FOUND, "%s: its SRV record says that it has "
		    "no TAXII server", s.domain);
		return NULL;
	}
	if (s.list.n == 0) { /* RFC 2782: then the domain itself is meant */
		out = discover_fetch(job, x);
		if (out == NULL)
			err_context(x, "%s has no SRV record for TAXII, and at "
			    "the host itself", s.domain);
		return out;
	}
	out = ask_each(&s, x);
	list = out != NULL ? listed(&s) : NULL;
	if (out != NULL && json_object_set_new(out, "srv", list) != 0) {
		err_set(x, ERR_MEMORY, "out of memory");
		json_decref(out);
		out = NULL;
	}
	return out;
}
