/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/feed_place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice.h"
#include "sync/spawn.h"

#define MANIFEST "manifest.json"
#define EVENT_ID_AT (sizeof("{\"Event\":{\"uuid\":\"") - 1)
#define EVENT_ID 36

int
feed_place_reserve(void)
{
	return dup2(STDERR_FILENO, SPAWN_FILE_FD) < 0 ? -1 : 0;
}

/* ---- in a folder ----------------------------------------------------------- */

/* The next event, which is a line; false behind the last. */
static bool
next_event(const char **at, const char *end, struct slice *event)
{
	struct slice rest = {*at, (size_t)(end - *at)};

	if (!slice_line(&rest, event))
		return false;
	*at = rest.p;
	return event->n > EVENT_ID_AT + EVENT_ID;
}

static int
write_file(const char *folder, const char *name, struct slice text)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	if (out == NULL)
		return -1;
	fwrite(text.p, 1, text.n, out);
	return fclose(out);
}

static void
name_event(struct slice event, char name[EVENT_ID + sizeof(".json")])
{
	snprintf(name, EVENT_ID + sizeof(".json"), "%.*s.json", EVENT_ID,
	    event.p + EVENT_ID_AT);
}

/* A file for each event, and one that lists them. */
static int
write_events(const struct feed_place *p)
{
	char name[EVENT_ID + sizeof(".json")], *list = NULL;
	const char *at = p->text;
	struct slice event;
	size_t n = 0;
	FILE *manifest = open_memstream(&list, &n);
	int rc = manifest != NULL ? 0 : -1;

	while (rc == 0 && next_event(&at, p->text + p->n, &event)) {
		name_event(event, name);
		fprintf(manifest, "%s\"%.*s\":{\"timestamp\":\"1767225600\"}",
		    n == 0 ? "{" : ",", EVENT_ID, name);
		fflush(manifest);
		rc = write_file(p->folder, name, event);
	}
	if (manifest != NULL) {
		fputs("}", manifest);
		fclose(manifest);
	}
	if (rc == 0)
		rc = write_file(p->folder, MANIFEST, (struct slice){list, n});
	free(list);
	return rc;
}

static void
remove_events(const struct feed_place *p)
{
	char name[EVENT_ID + sizeof(".json")], path[128];
	const char *at = p->text;
	struct slice event;

	while (next_event(&at, p->text + p->n, &event)) {
		name_event(event, name);
		snprintf(path, sizeof(path), "%s/%s", p->folder, name);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/" MANIFEST, p->folder);
	unlink(path);
	rmdir(p->folder);
}

/* ---- in memory ------------------------------------------------------------- */

static const char *
make_text(struct feed_place *p, const struct feed_form *f, uint64_t records)
{
	FILE *out;
	void *text;

	p->fd = memfd_create(f->name, MFD_CLOEXEC);
	out = p->fd >= 0 ? fdopen(dup(p->fd), "w") : NULL;
	if (out == NULL)
		return "no memory file";
	feed_gen(f, records, out);
	p->n = (size_t)ftell(out);
	if (fclose(out) != 0)
		return "the document does not fit into memory";
	text = mmap(NULL, p->n, PROT_READ, MAP_SHARED | MAP_POPULATE, p->fd,
	    0);
	if (text == MAP_FAILED)
		return "cannot map the document";
	p->text = text;
	return NULL;
}

const char *
feed_place_make(struct feed_place *p, const struct feed_form *f,
    uint64_t records)
{
	char folder[] = "/dev/shm/bench_feed-XXXXXX";
	const char *why;

	*p = (struct feed_place){.fd = -1, .dir = -1};
	why = make_text(p, f, records);
	if (why != NULL)
		return why;
	snprintf(p->url, sizeof(p->url), "file:/proc/self/fd/%d", p->fd);
	if (strcmp(f->kind, "mispfeed") != 0)
		return NULL;
	p->folder = mkdtemp(folder) != NULL ? strdup(folder) : NULL;
	if (p->folder == NULL || write_events(p) != 0)
		return "cannot write the events";
	/* by a name that is the same every time: it is sent, too */
	p->dir = open(p->folder, O_DIRECTORY | O_CLOEXEC);
	snprintf(p->url, sizeof(p->url), "file:/proc/self/fd/%d/" MANIFEST,
	    p->dir);
	return p->dir >= 0 ? NULL : "cannot open the events";
}

int
feed_place_rewind(const struct feed_place *p, const struct feed_form *f)
{
	if (strcmp(f->kind, "exec") != 0)
		return 0;
	return dup2(p->fd, SPAWN_FILE_FD) >= 0 &&
	    lseek(p->fd, 0, SEEK_SET) == 0 ? 0 : -1;
}

void
feed_place_remove(struct feed_place *p)
{
	if (p->folder != NULL && p->text != NULL)
		remove_events(p);
	free(p->folder);
	if (p->text != NULL)
		munmap((void *)(uintptr_t)p->text, p->n);
	if (p->fd >= 0)
		close(p->fd);
	if (p->dir >= 0)
		close(p->dir);
}
