/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/status.h"

#include <string.h>

#include "base/cc.h"

static const struct {
	const char *name, *list, *count;
} rows[STATUS_LISTS] = {
	[STATUS_SUCCESS] = {"success", "successes", "success_count"},
	[STATUS_FAILURE] = {"failure", "failures", "failure_count"},
	[STATUS_PENDING] = {"pending", "pendings", "pending_count"},
};

const char *
status_name(enum status_list which)
{
	return rows[which].name;
}

static const char *
text(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL && *s != '\0' ? s : NULL;
}

struct status
status_read(json_t *doc)
{
	struct status s = {.id = text(doc, "id")};
	const char *word = text(doc, "status");

	for (unsigned i = 0; i < STATUS_LISTS; i++) {
		json_t *list = json_object_get(doc, rows[i].list);
		json_int_t n = json_integer_value(json_object_get(doc,
		    rows[i].count));

		s.list[i] = json_is_array(list) ? list : NULL;
		s.count[i] = n > 0 ? (uint64_t)n : 0;
		if (s.count[i] < json_array_size(s.list[i]))
			s.count[i] = json_array_size(s.list[i]);
	}
	s.told = word != NULL;
	s.complete = word == NULL || strcmp(word, "pending") != 0;
	if (s.complete && s.count[STATUS_PENDING] > 0 && word != NULL &&
	    strcmp(word, "complete") != 0)
		s.complete = false;
	return s;
}

bool
status_entry(const struct status *s, enum status_list which, size_t i,
    struct status_entry *out)
{
	json_t *v = json_array_get(s->list[which], i);

	if (v == NULL)
		return false;
	*out = (struct status_entry){NULL, NULL, NULL};
	if (json_is_string(v)) {
		out->id = json_string_value(v);
		return true;
	}
	out->id = text(v, "id");
	out->version = text(v, "version");
	out->message = text(v, "message");
	return true;
}
