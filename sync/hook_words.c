/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "sync/hook_words.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/tstamp.h"

#define WORDS (PROGRAM_ENV_ALWAYS + 12)

/* One word: "TAXIWAY_SOURCE" of "source". */
static void
say(struct hook_words *w, json_t *o, const char *key, json_t *value)
{
	const char *text = json_string_value(value);
	char name[48], number[24];
	size_t i, at;

	at = (size_t)snprintf(name, sizeof(name), "TAXIWAY_");
	snprintf(name + at, sizeof(name) - at, "%s", key);
	for (i = at; name[i] != '\0'; i++)
		name[i] = (char)(name[i] & ~0x20);
	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld",
		    (long long)json_integer_value(value));
		text = number;
	} else if (json_is_boolean(value)) {
		text = json_is_true(value) ? "yes" : "no";
	}
	program_env_add(&w->env, name, text != NULL ? text : "");
	w->failed = w->failed || json_object_set_new(o, key, value) != 0;
}

static json_t *
begin(struct hook_words *w, const char *event, const char *store)
{
	char path[PATH_MAX];
	json_t *o = json_object();

	*w = (struct hook_words){.file = -1, .failed = o == NULL};
	program_env_init(&w->env, WORDS);
	program_env_always(&w->env);
	say(w, o, "event", json_string(event));
	/* It runs elsewhere. */
	say(w, o, "store", json_string(realpath(store, path) != NULL ? path :
	    store));
	return o;
}

static void
finish(struct hook_words *w, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);
	struct err e = ERR_INIT;

	w->file = memfd_create("taxiway-event", MFD_CLOEXEC);
	if (w->env.failed || text == NULL || w->file < 0 ||
	    fs_write_all(w->file, "event", slice_str(text), &e) != 0 ||
	    fs_write_all(w->file, "event", SLICE("\n"), &e) != 0 ||
	    lseek(w->file, 0, SEEK_SET) != 0)
		w->failed = true;
	free(text);
	json_decref(o);
}

void
hook_words_change(struct hook_words *w, const char *store, uint64_t since,
    const struct fact_changes *c)
{
	json_t *o = begin(w, "change", store);

	say(w, o, "since", json_integer((json_int_t)since));
	say(w, o, "generation", json_integer((json_int_t)c->generation));
	say(w, o, "added", json_integer((json_int_t)c->added));
	say(w, o, "updated", json_integer((json_int_t)c->updated));
	say(w, o, "removed", json_integer((json_int_t)c->removed));
	say(w, o, "more", json_boolean(c->more || c->resync));
	finish(w, o);
}

void
hook_words_problem(struct hook_words *w, const char *store,
    const struct hook_problem *p)
{
	char since[TSTAMP_TEXT_MAX] = "";
	json_t *o = begin(w, "problem", store);

	if (p->since != 0)
		tstamp_format(p->since, 0, since);
	say(w, o, "source", json_string(p->source));
	say(w, o, "state", json_string(p->state));
	say(w, o, "was", json_string(p->was != NULL ? p->was : ""));
	say(w, o, "problem", json_boolean(p->problem));
	say(w, o, "since", json_string(since));
	say(w, o, "error", json_string(p->error));
	say(w, o, "advice", json_string(p->advice));
	finish(w, o);
}

void
hook_words_free(struct hook_words *w)
{
	if (w->file >= 0)
		close(w->file);
	program_env_free(&w->env);
}
