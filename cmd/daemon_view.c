/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/daemon_view.h"

#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "cmd/ask.h"
#include "sync/control_path.h"

#define PATIENCE 5 /* s that a daemon gets to answer */

/* ---- what is known ------------------------------------------------------- */

static int
take_line(void *ctx, json_t *line)
{
	struct daemon_view *v = ctx;
	json_t *daemon = json_object_get(line, "daemon");
	const char *name = json_string_value(json_object_get(line, "source"));

	if (json_is_object(daemon) && v->daemon == NULL)
		v->daemon = json_incref(daemon);
	else if (name != NULL)
		(void)json_object_set(v->sources, name, line);
	return 0;
}

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void
ask_daemon(struct daemon_view *v, struct cmd *c)
{
	struct err e = ERR_INIT;
	const char *since;
	int fd = ask_connect(c, &e);

	if (fd < 0)
		return;
	v->sources = json_object();
	if (control_ask(fd, CONTROL_STATUS, "", PATIENCE, take_line, v,
	    &e) != 0) {
		json_decref(v->daemon);
		v->daemon = NULL;
	}
	close(fd);
	since = text_of(v->daemon, "since");
	if (since == NULL || tstamp_parse(slice_str(since), &v->began) != 0)
		v->began = 0;
}

/* The configuration, if it is that of this store. */
static void
find_config(struct daemon_view *v, struct cmd *c)
{
	struct err e = ERR_INIT;
	struct config *config;
	char *path;

	config = cmd_config(c, &e);
	if (config == NULL) {
		buf_reset(&c->more); /* it is not asked for */
		return;
	}
	path = config->daemon.store != NULL ?
	    config_path(config, config->daemon.store) : NULL;
	if (c->config_path != NULL || (path != NULL && c->store != NULL &&
	    strcmp(path, c->store) == 0))
		v->config = config;
	free(path);
}

void
daemon_view_open(struct daemon_view *v, struct cmd *c)
{
	*v = (struct daemon_view){.now = tstamp_now()};
	find_config(v, c);
	ask_daemon(v, c);
}

void
daemon_view_close(struct daemon_view *v)
{
	json_decref(v->daemon);
	json_decref(v->sources);
}

/* One that is too long is no source's. */
static void
name_of(const struct tw_source *s, char out[LIMIT_SOURCE_NAME + 1])
{
	size_t n = s->name.n <= LIMIT_SOURCE_NAME ? s->name.n : 0;

	memcpy(out, s->name.p, n);
	out[n] = '\0';
}

/*
 * When a source is late and when stale.  What nobody polls by a schedule is
 * neither: an interval that is not written counts only where a daemon runs.
 */
static void
set_terms(const struct daemon_view *v, const char *name,
    struct health_facts *f)
{
	const struct settings *s = v->config != NULL ?
	    config_source(v->config, name) : NULL;
	const struct schedule_settings *given;
	struct schedule_terms terms;
	struct schedule_rule rule;
	struct err e = ERR_INIT;

	if (s == NULL)
		return;
	given = &s->schedule;
	if (schedule_settings_read(given, v->config->numbers.every, &rule,
	    &terms, &e) != 0)
		return;
	f->off = terms.off;
	f->unchanged_after = terms.unchanged_after;
	f->stated_after = terms.stated_after;
	if (v->daemon == NULL && given->every == NULL && given->at.n == 0 &&
	    given->late_after == NULL && given->stale_after == NULL &&
	    v->config->daemon.every == NULL)
		return;
	f->late_after = terms.late_after;
	f->stale_after = terms.stale_after;
}

static struct health
judge(const struct daemon_view *v, const char *name, struct health_facts f)
{
	const json_t *o = v->sources != NULL ? json_object_get(v->sources,
	    name) : NULL;

	f.configured = v->began;
	f.running = o != NULL && !json_is_null(json_object_get(o, "running"));
	set_terms(v, name, &f);
	/* Without a daemon nobody knows since when it could have been polled. */
	if (f.configured == 0 && f.last_success == 0)
		f.configured = f.last_poll != 0 ? f.last_poll : v->now;
	return health_judge(&f);
}

/* Has the store a source of that name? */
static bool
is_stored(struct cmd *c, const char *name)
{
	struct err e = ERR_INIT;

	return cmd_source(c, name, &e) == 0;
}

/* What a daemon says of it, that is. */
static void
set_plan(const struct daemon_view *v, struct source_view *s)
{
	const json_t *o = v->sources != NULL ? json_object_get(v->sources,
	    s->name) : NULL;

	s->next = text_of(o, "next");
	s->plan = text_of(o, "text");
	if (s->next == NULL || tstamp_parse(slice_str(s->next),
	    &s->next_at) != 0)
		s->next_at = 0;
}

int
daemon_view_each(const struct daemon_view *v, struct cmd *c,
    source_view_fn *fn, void *ctx)
{
	char name[LIMIT_SOURCE_NAME + 1];
	struct source_view one = {.name = name};
	struct tw_source s;
	uint16_t id = 0;
	unsigned i;
	int rc;

	while ((rc = tw_source_next(c->snap, &id, &s)) == TW_OK) {
		if (s.forgotten)
			continue;
		name_of(&s, name);
		one.stored = &s;
		one.configured = v->config == NULL ||
		    config_source(v->config, name) != NULL;
		one.health = judge(v, name, health_of(&s, v->now));
		set_plan(v, &one);
		if ((rc = fn(ctx, &one)) != TW_OK)
			return rc;
	}
	for (i = 0; rc == TW_END && v->config != NULL &&
	    i < v->config->nsources; i++) {
		one = (struct source_view){.configured = true,
		    .name = v->config->sources[i].name};
		if (is_stored(c, one.name))
			continue;
		one.health = judge(v, one.name,
		    (struct health_facts){.now = v->now});
		set_plan(v, &one);
		if ((rc = fn(ctx, &one)) != TW_OK)
			return rc;
		rc = TW_END;
	}
	return rc == TW_END ? TW_OK : rc;
}

int
daemon_view_name(const struct daemon_view *v, struct cmd *c, const char *name,
    struct err *e)
{
	struct err missing = ERR_INIT;

	if (cmd_source(c, name, &missing) == 0 || (v->config != NULL &&
	    config_source(v->config, name) != NULL))
		return 0;
	*e = missing;
	return -1;
}

/* Where one has run, its absence is news. */
bool
daemon_view_down(const struct daemon_view *v, struct cmd *c)
{
	struct err e = ERR_INIT;
	const char *store = v->daemon == NULL ? cmd_store(c, &e) : NULL;
	char *path = store != NULL ? daemon_lock_path(store, &e) : NULL;
	bool down = path != NULL && access(path, F_OK) == 0;

	free(path);
	return down;
}

/* ---- as JSON ------------------------------------------------------------- */

/* Any value that a daemon said. */
static void
jw_json(struct jw *j, const char *key, json_t *value)
{
	char *text = json_is_null(value) || value == NULL ? NULL :
	    json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	jw_key(j, key);
	if (text == NULL) {
		jw_null(j);
	} else {
		jw_raw(j, slice_str(text));
	}
	free(text);
}

static void
health_json(const struct daemon_view *v, struct jw *j, const char *name,
    const struct health *h)
{
	json_t *o = v->sources != NULL ? json_object_get(v->sources, name) :
	    NULL;
	char way[HEALTH_WAY_MAX];

	health_way(h, name, way);
	jw_kz(j, "state", health_name(h->state));
	jw_ktime(j, "since", h->since != 0 ? h->since : TSTAMP_NONE);
	jw_kz(j, "way_out", way[0] != '\0' ? way : NULL);
	jw_json(j, "next", json_object_get(o, "next"));
	jw_json(j, "why", json_object_get(o, "why"));
	jw_json(j, "running", json_object_get(o, "running"));
}

void
daemon_view_source_json(const struct daemon_view *v, struct jw *j,
    const struct tw_source *s)
{
	char name[LIMIT_SOURCE_NAME + 1];
	struct health h;

	name_of(s, name);
	h = judge(v, name, health_of(s, v->now));
	health_json(v, j, name, &h);
	jw_ktime(j, "paused", s->paused != 0 ? s->paused : TSTAMP_NONE);
	jw_ktime(j, "retry_at", s->retry_at != 0 ? s->retry_at : TSTAMP_NONE);
	jw_knum(j, "failures", s->failures);
}

void
daemon_view_json(const struct daemon_view *v, struct cmd *c, struct jw *j)
{
	unsigned i;

	jw_json(j, "daemon", v->daemon);
	jw_key(j, "not_polled");
	jw_begin(j, '[');
	for (i = 0; v->config != NULL && i < v->config->nsources; i++) {
		const char *name = v->config->sources[i].name;
		struct health h;

		if (is_stored(c, name))
			continue;
		h = judge(v, name, (struct health_facts){.now = v->now});
		jw_begin(j, '{');
		jw_kz(j, "name", name);
		health_json(v, j, name, &h);
		jw_end(j, '}');
	}
	jw_end(j, ']');
}
