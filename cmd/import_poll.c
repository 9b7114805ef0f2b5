/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/import_poll.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"
#include "base/hex.h"
#include "base/tstamp.h"
#include "cmd/import_rows.h"
#include "store/bytes.h"
#include "sync/pull.h"

#define FIRST_BATCH 20000 /* objects whose first poll is put at a time */

static int
bad(const struct import_poll *p, struct err *e, const char *what)
{
	return import_bad(*p->line, what, e);
}

static int
put_poll(void *ctx, struct store *s, struct err *e)
{
	const struct import_poll *p = ctx;
	struct slice source = slice_str(p->source);
	uint8_t *bytes;
	size_t i, n;
	int rc = 0;

	for (i = 0; i < p->nfirsts && rc == 0; i += FIRST_BATCH)
		rc = restore_first(s, source, p->firsts + i,
		    p->nfirsts - i < FIRST_BATCH ? p->nfirsts - i :
		    FIRST_BATCH, e);
	for (i = 0; i < p->nends && rc == 0; i += FIRST_BATCH)
		rc = restore_ends(s, source, p->ends + i,
		    p->nends - i < FIRST_BATCH ? p->nends - i : FIRST_BATCH,
		    e);
	if (rc != 0 || p->record == NULL)
		return rc;
	bytes = import_unhex(*p->line, p->record, &n, e);
	if (bytes == NULL)
		return -1;
	rc = restore_poll(s, source, p->poll, (struct slice){(char *)bytes, n},
	    e);
	free(bytes);
	return rc;
}

static int
play_objects(struct import_poll *p, struct err *e)
{
	struct pull_replay replay = {.poll = p->poll, .now = p->start};
	struct pull_opts opts = {.program = p->program, .replay = &replay};
	struct pull_result result;
	struct job job;
	char url[PATH_MAX + 16];
	int rc = -1;

	snprintf(url, sizeof(url), "file://%s", p->path);
	job_init(&job);
	job.name = strdup(p->source);
	job.kind = strdup("stix");
	job.url = strdup(url);
	job.keep_raw = p->src.keep_raw != 0;
	job.default_tlp = p->src.default_tlp;
	job.allow_bogons = p->bogons;
	if (job.name == NULL || job.kind == NULL || job.url == NULL)
		err_set(e, ERR_MEMORY, "out of memory");
	else
		rc = pull_run(p->store, &job, &opts, &result, e);
	job_free(&job);
	return rc;
}

/* The poll is whole: play it. */
int
import_poll_close(struct import_poll *p, struct err *e)
{
	int rc = 0;

	if (p->source == NULL)
		return 0;
	if (p->objects != NULL && (fflush(p->objects) != 0 ||
	    ferror(p->objects)))
		rc = err_sys(e, ERR_FULL, errno, "%s: writing", p->path);
	if (rc == 0 && p->nobjects != 0)
		rc = play_objects(p, e);
	if (rc == 0)
		rc = import_store(p->store, put_poll, p, e);
	if (p->objects != NULL)
		fclose(p->objects);
	p->objects = NULL;
	unlink(p->path);
	free(p->source);
	free(p->record);
	free(p->src_bytes);
	p->source = p->record = NULL;
	p->src_bytes = NULL;
	p->nobjects = p->nfirsts = p->nends = 0;
	return rc;
}

int
import_poll_open(struct import_poll *p, const json_t *line, const char *known,
    struct err *e)
{
	const char *source = json_string_value(json_object_get(line, "source"));
	const char *start = json_string_value(json_object_get(line, "start"));
	const char *record = json_string_value(json_object_get(line, "record"));
	json_int_t poll = json_integer_value(json_object_get(line, "poll"));
	size_t n;
	int fd;

	if (import_poll_close(p, e) != 0)
		return -1;
	if (source == NULL || poll < 1 || poll > UINT32_MAX ||
	    known == NULL)
		return bad(p, e, "a poll of no source");
	p->poll = (uint32_t)poll;
	p->start = 0;
	if (start != NULL && tstamp_parse(slice_str(start), &p->start) != 0)
		return bad(p, e, "a poll's start is no time");
	p->bogons = json_is_true(json_object_get(line, "bogons"));
	p->source = strdup(source);
	p->record = record != NULL ? strdup(record) : NULL;
	if (p->source == NULL || (record != NULL && p->record == NULL))
		return err_set(e, ERR_MEMORY, "out of memory");
	p->src_bytes = import_unhex(*p->line, known, &n, e);
	if (p->src_bytes == NULL)
		return -1;
	if (source_rec_decode(1, (struct slice){(char *)p->src_bytes, n},
	    &p->src) != 0)
		return bad(p, e, "the record of a source cannot be read");
	unlink(p->path);
	fd = open(p->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	p->objects = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (p->objects == NULL)
		return err_sys(e, ERR_IO, errno, "%s: cannot be made", p->path);
	return 0;
}

static int
object_key(struct import_poll *p, const char *text, struct idkey *key,
    struct err *e)
{
	json_t *object = json_loads(text, 0, NULL);
	const char *id = json_string_value(json_object_get(object, "id"));
	bool ok = id != NULL && idkey_parse(slice_str(id), key) >= 0;

	json_decref(object);
	return ok ? 0 : bad(p, e, "an object without an id");
}

/* Room for one more; -1 with e set. */
static int
more_room(void **list, size_t n, size_t *cap, size_t size, struct err *e)
{
	void *more;

	if (n < *cap)
		return 0;
	more = grow(*list, cap, size);
	if (more == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	*list = more;
	return 0;
}

/* Remember the first poll of an object, where it brought another version, and the
 * times that it was here before. */
static int
first_add(struct import_poll *p, const char *text, uint32_t poll,
    const json_t *again, struct err *e)
{
	struct restore_first first = {.poll = poll};
	uint8_t times[EPISODES_TAG_MAX];
	const char *hex = json_string_value(again);
	void *list = p->firsts;
	struct idkey key;

	if (again != NULL && (hex == NULL || strlen(hex) > 2 * sizeof(times) ||
	    hex_decode(hex, times, strlen(hex) / 2) != 0 ||
	    episodes_decode((struct slice){(char *)times, strlen(hex) / 2},
	    &first.times) != 0))
		return bad(p, e, "times that cannot be read");
	if (object_key(p, text, &key, e) != 0 ||
	    more_room(&list, p->nfirsts, &p->firsts_cap, sizeof(*p->firsts),
	    e) != 0)
		return -1;
	p->firsts = list;
	first.id = key;
	p->firsts[p->nfirsts++] = first;
	return 0;
}

/* And how it ended. */
static int
end_add(struct import_poll *p, const char *text, const json_t *ended,
    struct err *e)
{
	uint8_t b[13];
	const char *hex = json_string_value(ended);
	void *list = p->ends;
	struct idkey key;

	if (ended == NULL)
		return 0;
	if (hex == NULL || strlen(hex) != 2 * sizeof(b) ||
	    hex_decode(hex, b, sizeof(b)) != 0 || b[12] == 0 ||
	    b[12] >= END_REASONS)
		return bad(p, e, "an end that cannot be read");
	if (object_key(p, text, &key, e) != 0 ||
	    more_room(&list, p->nends, &p->ends_cap, sizeof(*p->ends), e) != 0)
		return -1;
	p->ends = list;
	p->ends[p->nends++] = (struct restore_end){key, {.reason = b[12],
	    .poll = le32_get(b), .when = le64_get_signed(b + 4)}};
	return 0;
}

int
import_poll_object(struct import_poll *p, const json_t *line, struct err *e)
{
	const json_t *stix = json_object_get(line, "stix");
	const json_t *again = json_object_get(line, "again");
	json_int_t first = json_integer_value(json_object_get(line,
	    "first_poll"));
	const char *text = json_string_value(stix);

	if (p->source == NULL)
		return bad(p, e, "an object outside of a poll");
	if (text == NULL || first < 0 || first > UINT32_MAX)
		return bad(p, e, "an object without its text");
	p->nobjects++;
	p->total++;
	fwrite(text, 1, json_string_length(stix), p->objects);
	fputc('\n', p->objects);
	if (end_add(p, text, json_object_get(line, "ended"), e) != 0)
		return -1;
	if (again == NULL && ((uint32_t)first == p->poll || first == 0))
		return 0;
	return first_add(p, text, (uint32_t)first, again, e);
}

void
import_poll_free(struct import_poll *p)
{
	if (p->objects != NULL)
		fclose(p->objects);
	unlink(p->path);
	free(p->source);
	free(p->record);
	free(p->src_bytes);
	free(p->firsts);
	free(p->ends);
}
