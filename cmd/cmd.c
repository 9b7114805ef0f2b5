/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice.h"
#include "base/tstamp.h"
#include "cmd/config.h"
#include "cmd/fault.h"
#include "cmd/preset.h"
#include "sync/clock.h"
#include "sync/kill.h"
#include "sync/job.h"

bool
cmd_terminal(int fd)
{
	return isatty(fd) == 1;
}

unsigned
cmd_columns(FILE *out)
{
	struct winsize size;

	if (!cmd_terminal(fileno(out)))
		return 0;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
		return OPT_COLUMNS;
	return size.ws_col;
}

struct config *
cmd_config(struct cmd *c, struct err *e)
{
	const char *path = c->config_path;

	if (c->config != NULL)
		return c->config;
	if (path == NULL) {
		if (access(CONFIG_DEFAULT_PATH, F_OK) != 0)
			return NULL;
		path = CONFIG_DEFAULT_PATH;
	}
	c->config = config_load(path, &c->more, e);
	return c->config;
}

int
cmd_preset(struct cmd *c, struct settings *s, const char *operand,
    struct err *e)
{
	struct config *config;
	bool also = s->url_also.n > 0;
	char *url = s->url;

	if (s->preset == NULL)
		return 0;
	config = cmd_config(c, e);
	if (e->code != ERR_NONE)
		return -1;
	c->preset = preset_open(config != NULL ? config->own_presets : NULL,
	    NULL, s->preset, &c->more, e);
	if (c->preset == NULL)
		return -1;
	if (preset_under(c->preset, s, &c->more, e) != 0)
		return -1;
	if (operand != NULL) /* counts more than the preset's */
		s->url = url != NULL ? url : (char *)(uintptr_t)operand;
	if (!also && (url != NULL || operand != NULL))
		settings_drop_also(s); /* they are of the preset's url */
	return preset_satisfied(c->preset, s, e);
}

/* /var/lib for root, the XDG state folder for others. */
static char *
default_store(struct err *e)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char *path = NULL;
	int rc;

	if (geteuid() == 0)
		return strdup(STORE_OF_ROOT);
	if (state != NULL && state[0] == '/')
		rc = asprintf(&path, "%s/taxiway/store.mdb", state);
	else if (home != NULL && home[0] == '/')
		rc = asprintf(&path, "%s/.local/state/taxiway/store.mdb", home);
	else
		return err_set(e, ERR_USAGE, "no place for the store: neither "
		    "XDG_STATE_HOME nor HOME is set; give one with -s"), NULL;
	return rc >= 0 ? path : NULL;
}

const char *
cmd_store(struct cmd *c, struct err *e)
{
	struct config *config;

	if (c->store != NULL)
		return c->store;
	if (c->store_given != NULL) {
		c->store = strdup(c->store_given);
	} else {
		config = cmd_config(c, e);
		if (e->code != ERR_NONE)
			return NULL;
		if (config != NULL && config->daemon.store != NULL)
			c->store = config_path(config,
			    config->daemon.store);
		else
			c->store = default_store(e);
	}
	if (c->store == NULL)
		err_set(e, ERR_MEMORY, "out of memory");
	else
		fault_expect(c->store);
	return c->store;
}

void
cmd_rate(struct cmd *c, struct job *job)
{
	struct err e = ERR_INIT;
	const char *store = job->rate_requests != 0 ? cmd_store(c, &e) : NULL;

	if (store != NULL &&
	    asprintf(&job->rate_path, "%s-rate", store) < 0)
		job->rate_path = NULL;
}

struct store *
cmd_open_writer(struct cmd *c, struct err *e)
{
	const char *path = cmd_store(c, e);
	struct store *s;
	struct stat st;

	if (path == NULL)
		return NULL;
	if (stat(path, &st) != 0)
		return err_set(e, ERR_STORE, "%s: there is no store; 'taxiway "
		    "pull' makes one, -s names another", path), NULL;
	return store_open(path, tstamp_now(), &s, e) == 0 ? s : NULL;
}

int
cmd_tidy(struct store *s, struct err *e)
{
	bool more = true;

	while (more) {
		kill_point("keeper:upkeep");
		if (clock_upkeep(s, &more, e) != 0)
			return -1;
	}
	return 0;
}

int
cmd_open(struct cmd *c, struct err *e)
{
	const char *path = cmd_store(c, e);
	struct tw_error why = {0, {0}};
	int rc;

	if (path == NULL)
		return -1;
	rc = tw_open(path, 0, &c->tw, &why);
	if (rc == TW_OK) {
		rc = tw_snapshot_begin(c->tw, &c->snap);
		if (rc == TW_OK)
			return 0;
		return cmd_fail(e, rc, path);
	}
	/* A snapshot file is told by itself, so that every verb reads it too. */
	if (rc == TW_ACCESS || rc == TW_VERSION || rc == TW_DAMAGED) {
		struct tw_error other = {0, {0}};

		if (tw_open(path, TW_OPEN_SNAPSHOT, &c->tw, &other) == TW_OK &&
		    tw_snapshot_begin(c->tw, &c->snap) == TW_OK)
			return 0;
	}
	if (rc == TW_MISSING)
		return err_set(e, ERR_STORE, "%s: there is no store; 'taxiway "
		    "pull' makes one, -s names another", path);
	return err_set(e, ERR_STORE, "%s", why.text[0] != '\0' ? why.text :
	    tw_strerror(rc));
}

int
cmd_type(const char *name, int *type, struct err *e)
{
	*type = TW_TYPE_AUTO;
	if (name == NULL)
		return 0;
	*type = tw_type_code(name);
	if (*type != 0)
		return 0;
	return err_set(e, ERR_USAGE, "--type: '%s' is no value type; 'taxiway "
	    "types' lists them", name);
}

int
cmd_time(const char *option, const char *text, int64_t *at, struct err *e)
{
	*at = TW_TIME_NONE;
	if (text == NULL || tstamp_parse(slice_str(text), at) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "--%s: '%s' is not an RFC 3339 time such "
	    "as 2026-01-31T00:00:00Z", option, text);
}

int
cmd_when(const char *at, const char *known, struct cmd_when *w, struct err *e)
{
	if (cmd_time("at", at, &w->at, e) != 0)
		return -1;
	return cmd_time("known-at", known, &w->known, e);
}

void
cmd_look(tw_snapshot *snap, const struct cmd_when *w)
{
	tw_snapshot_at(snap, w->at);
	tw_snapshot_known_at(snap, w->known);
}

int
cmd_tlp_max(const char *name, int *level, struct err *e)
{
	*level = tw_tlp_code(name);
	if (name == NULL || *level != 0)
		return 0;
	return err_set(e, ERR_USAGE, "--tlp-max: '%.64s' is none of clear, "
	    "green, amber, amber+strict, red", name);
}

int
cmd_corroborated(tw_snapshot *snap, const struct tw_match *m, uint32_t least,
    bool *yes)
{
	struct tw_quality q;
	int rc;

	*yes = true;
	if (least == 0)
		return TW_OK;
	rc = tw_qualify(snap, m, &q);
	*yes = rc == TW_OK && q.groups >= least;
	return rc;
}

int
cmd_source(struct cmd *c, const char *name, struct err *e)
{
	struct tw_source source;
	uint16_t id = 0;
	int rc = TW_OK;

	while (name != NULL && (rc = tw_source_next(c->snap, &id,
	    &source)) == TW_OK)
		if (slice_is(SLICE_OF(source.name), name))
			return 0;
	if (rc == TW_END)
		return err_set(e, ERR_NOT_FOUND, "%s: no source '%s'; 'taxiway "
		    "status' lists them", c->store, name);
	return rc == TW_OK ? 0 : cmd_fail(e, rc, c->store);
}

int
cmd_missing(struct err *e, bool *missing, bool last)
{
	if (e->code != ERR_NOT_FOUND)
		return -1;
	*missing = true;
	if (!last) {
		fprintf(stderr, "taxiway: %s\n", e->text);
		err_clear(e);
	}
	return 0;
}

int
cmd_fail(struct err *e, int result, const char *doing)
{
	int code = ERR_STORE;

	if (result == TW_MALFORMED || result == TW_ARGUMENT)
		code = ERR_USAGE;
	else if (result == TW_NOT_FOUND)
		code = ERR_NOT_FOUND;
	return err_set(e, code, "%s: %s", doing, tw_strerror(result));
}

int
cmd_status(const struct err *e)
{
	switch (e->code) {
	case ERR_NONE:
		return EXIT_DONE;
	case ERR_USAGE:
	case ERR_CONFIG:
		return EXIT_USAGE;
	case ERR_STORE:
	case ERR_VERSION:
	case ERR_FULL:
		return EXIT_STORE;
	case ERR_NOT_FOUND:
		return EXIT_NO;
	default:
		return EXIT_SOURCE;
	}
}
