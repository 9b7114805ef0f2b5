/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/proposal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "sync/feed_options.h"

/* A setting of the guess, "name=value"; `name` is filled.  Its value, or NULL. */
static const char *
guessed(const json_t *guess, size_t i, char name[64])
{
	const json_t *list = json_object_get(guess, "settings");
	const char *text = json_string_value(json_array_get(list, i));
	const char *value = text != NULL ? strchr(text, '=') : NULL;

	if (value == NULL || value - text >= 64)
		return NULL;
	snprintf(name, 64, "%.*s", (int)(value - text), text);
	return value + 1;
}

/* Settings of a process that read hostile bytes: only how a feed is read. */
int
proposal_apply(const json_t *guess, struct settings *s,
    const struct settings *given, struct err *e)
{
	const json_t *list = json_object_get(guess, "settings");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const struct opt *o;
		char name[64];
		const char *value = guessed(guess, i, name);

		if (value == NULL)
			return err_set(e, ERR_PROTO, "a malformed proposal");
		if (strcmp(name, "kind") == 0) {
			s->kind = (char *)(uintptr_t)value;
			continue;
		}
		o = opt_named(feed_table, name);
		if (o == NULL)
			return err_set(e, ERR_PROTO, "a proposal that is "
			    "unknown");
		if (!opt_given(o, &given->feed) && opt_store(o,
		    (char *)(uintptr_t)value, &s->feed, e) != 0)
			return -1;
	}
	return 0;
}

/* Where a key lies: with what it shares its first word, where that is no key
 * itself, as header is, beside header-file. */
static json_t *
group_of(json_t *source, const struct opt *o, const char **name)
{
	const char *dash = strchr(o->name, '-');
	char group[32];
	json_t *into;

	*name = o->name;
	if (dash == NULL || (size_t)(dash - o->name) >= sizeof(group) ||
	    opt_named(feed_table, o->name) != o)
		return source;
	snprintf(group, sizeof(group), "%.*s", (int)(dash - o->name), o->name);
	into = json_object_get(source, group);
	if (into == NULL) {
		into = json_object();
		(void)!json_object_set_new(source, group, into);
	}
	*name = dash + 1;
	return into;
}

/* One value more of an option. */
static int
add(json_t *source, const struct opt *o, const char *value, struct err *e)
{
	const char *name;
	json_t *into = group_of(source, o, &name), *old, *list;
	json_t *v = o->kind == OPT_FLAG ? json_true() :
	    o->kind == OPT_NUMBER ? json_integer(strtol(value, NULL, 10)) :
	    json_string(value);

	if (v == NULL)
		return err_set(e, ERR_USAGE, "%s: '%s' is not UTF-8", o->name,
		    value);
	old = json_object_get(into, name);
	if (json_is_array(old)) {
		(void)!json_array_append_new(old, v);
	} else if (old != NULL) {
		list = json_array();
		(void)!json_array_append(list, old);
		(void)!json_array_append_new(list, v);
		(void)!json_object_set_new(into, name, list);
	} else {
		(void)!json_object_set_new(into, name, v);
	}
	return 0;
}

static int
add_map(json_t *source, const struct opt *o, const struct opt_map *map,
    struct err *e)
{
	char *text;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < map->n; i++) {
		const char *key = map->v[i].key;

		if (asprintf(&text, "%s%s%s", key != NULL ? key : "",
		    key != NULL ? "=" : "", map->v[i].value) < 0)
			return err_set(e, ERR_MEMORY, "out of memory");
		rc = add(source, o, text, e);
		free(text);
	}
	return rc;
}

/* An option with all that it holds in `from`. */
static int
add_option(json_t *source, const struct opt *o, const void *from,
    struct err *e)
{
	const void *place = (const char *)from + o->offset;
	const struct opt_list *list = place;
	char number[16];
	int rc = 0;

	switch (o->kind) {
	case OPT_LIST:
		for (uint32_t i = 0; rc == 0 && i < list->n; i++)
			rc = add(source, o, list->v[i], e);
		return rc;
	case OPT_MAP:
		return add_map(source, o, place, e);
	case OPT_NUMBER:
		snprintf(number, sizeof(number), "%" PRIu32,
		    *(const uint32_t *)place);
		return add(source, o, number, e);
	case OPT_STRING:
		return add(source, o, *(char *const *)place, e);
	default:
		return add(source, o, "", e);
	}
}

/* What was given by hand, and of a preset the way to the feed: without these the
 * source would be refused where the trial was not. */
static int
add_given(json_t *source, const struct settings *s,
    const struct settings *given, struct err *e)
{
	const struct opt *end = opt_named(settings_table, "rate"), *o;

	for (o = opt_named(settings_table, "url-also"); o->kind != OPT_END; o++)
		if (opt_given(o, o <= end ? s : given) &&
		    add_option(source, o, s, e) != 0)
			return -1;
	for (o = feed_table; o->kind != OPT_END; o++)
		if (opt_given(o, &given->feed) &&
		    add_option(source, o, &s->feed, e) != 0)
			return -1;
	return 0;
}

static int
add_guess(json_t *source, const json_t *guess, const struct settings *given,
    struct err *e)
{
	const json_t *list = json_object_get(guess, "settings");

	for (size_t i = 0; i < json_array_size(list); i++) {
		char name[64];
		const char *value = guessed(guess, i, name);
		const struct opt *o = value != NULL ?
		    opt_named(feed_table, name) : NULL;

		if (o != NULL && !opt_given(o, &given->feed) &&
		    add(source, o, value, e) != 0)
			return -1;
	}
	return 0;
}

json_t *
proposal_source(const struct job *job, const struct settings *s,
    const struct settings *given, const json_t *guess, struct err *e)
{
	const char *slash = strrchr(job->name, '/');
	json_t *source = json_pack("{s:s, s:s, s:s*}", "name", slash != NULL &&
	    slash[1] != '\0' ? slash + 1 : job->name, "url", s->url, "kind",
	    s->kind);

	if (source == NULL) {
		err_set(e, ERR_USAGE, "url: '%s' is not UTF-8", s->url);
		return NULL;
	}
	if (add_given(source, s, given, e) != 0 ||
	    add_guess(source, guess, given, e) != 0) {
		json_decref(source);
		return NULL;
	}
	return source;
}

/* JSON is YAML: a value is written so, whatever it holds. */
static void
yaml(const json_t *o, const char *first, const char *indent)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)o, key, v) {
		printf("%s%s:", first, key);
		first = indent;
		if (json_is_object(v)) {
			putchar('\n');
			yaml(v, "      ", "      ");
			continue;
		}
		putchar(' ');
		json_dumpf(v, stdout, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
		putchar('\n');
	}
}

void
proposal_print(const json_t *source, const json_t *paging)
{
	const char *kind;

	yaml(source, "  - ", "    ");
	if (paging == NULL)
		return;
	kind = json_string_value(json_object_get(paging, "kind"));
	puts("    # It seems to be the first of several pages. If so:");
	printf("    # page: ");
	json_dumpf(paging, stdout, JSON_ENSURE_ASCII);
	putchar('\n');
	if (kind != NULL && strcmp(kind, "cursor") == 0)
		puts("    # request: {params: [\"NAME={cursor}\"]} "
		    "# NAME: as the provider calls it");
}
