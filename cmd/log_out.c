/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "cmd/log_out.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/tstamp.h"
#include "sync/clock.h"

#define PREFIX "taxiway: "

/* Is our standard error what a service manager says that it is? */
static bool
leads_to_journal(void)
{
	const char *text = getenv("JOURNAL_STREAM");
	struct stat st;
	char own[64];

	if (text == NULL || fstat(2, &st) != 0)
		return false;
	snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	return strcmp(text, own) == 0;
}

static enum log_to
where(const struct log_out *o)
{
	if (o->terms.to != LOG_TO_AUTO)
		return o->terms.to;
	return o->journal ? LOG_TO_JOURNAL : LOG_TO_STDERR;
}

/* A line that a pipe takes at once or not at all. */
static int
write_stderr(const struct log_out *o, const struct log_record *r,
    int64_t now)
{
	bool text = o->terms.format == LOG_FORMAT_TEXT;
	struct pollfd p = {.fd = 2, .events = POLLOUT};
	char line[sizeof(PREFIX) + LOG_LINE_MAX];
	size_t at = text ? sizeof(PREFIX) - 1 : 0, n;

	memcpy(line, PREFIX, sizeof(PREFIX));
	n = at + log_render(r, o->terms.format, now, line + at);
	if (n >= LOG_LINE_MAX)
		n = LOG_LINE_MAX - 1;
	line[n++] = '\n';
	if (poll(&p, 1, 0) != 1 || (p.revents & POLLOUT) == 0)
		return -1;
	return write(2, line, n) == (ssize_t)n ? 0 : -1;
}

static void
disconnect(struct log_out *o)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

static int
connect_to(struct log_out *o, const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	if (o->fd >= 0)
		return 0;
	if (strlen(path) >= sizeof(a.sun_path))
		return -1;
	memcpy(a.sun_path, path, strlen(path));
	o->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (o->fd >= 0 &&
	    connect(o->fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		disconnect(o);
	return o->fd >= 0 ? 0 : -1;
}

/* 0: it is on its way; 1: whoever reads does not keep up; -1: nobody is there. */
static int
send_to(struct log_out *o, const char *path, const char *p, size_t n)
{
	unsigned tries;

	/* The reader may have been started anew. */
	for (tries = 0; tries < 2 && connect_to(o, path) == 0; tries++) {
		if (send(o->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return 0;
		if (errno == EAGAIN || errno == ENOBUFS)
			return 1;
		disconnect(o);
	}
	return -1;
}

static int
write_record(struct log_out *o, const struct log_record *r)
{
	bool journal = where(o) == LOG_TO_JOURNAL;
	int64_t now = tstamp_now();
	char line[LOG_DATAGRAM_MAX];
	int rc = -1;
	size_t n;

	_Static_assert((int)LOG_SYSLOG_MAX <= (int)LOG_DATAGRAM_MAX, "one buffer");
	if (where(o) != LOG_TO_STDERR) {
		n = journal ? log_journal(r, o->terms.format, now, line) :
		    log_syslog(r, o->terms.format, now, (long)getpid(), line);
		rc = send_to(o, o->sockets[journal], line, n);
	}
	return rc < 0 ? write_stderr(o, r, now) : rc;
}

/* What could not be written is told as soon as something can. */
static void
deliver(struct log_out *o, const struct log_record *r)
{
	const struct log_field fields[] = {
		log_number(LOG_COUNT, (int64_t)o->lost), {0}
	};
	const struct log_record lost = {EVENT_LOG_LOST, fields};

	if (o->lost > 0 && write_record(o, &lost) == 0)
		o->lost = 0;
	if (write_record(o, r) != 0)
		o->lost++;
}

static void
tell_suppressed(struct log_out *o, int64_t now, bool all)
{
	struct log_bucket b;

	while (log_limit_take(&o->limit, now, all, &b)) {
		const struct log_field fields[] = {
			log_text(LOG_OF, log_row(b.event)->name),
			log_number(LOG_COUNT, (int64_t)b.suppressed),
			log_text(LOG_SOURCE, b.source), {0}
		};
		struct log_record r = {EVENT_LOG_SUPPRESSED, fields};

		if ((int)log_row(r.event)->level <= o->log.level)
			deliver(o, &r);
	}
}

static void
sink(void *ctx, const struct log_record *r)
{
	int64_t now = clock_now().ticks;
	struct log_out *o = ctx;

	tell_suppressed(o, now, false);
	if (log_limit_allow(&o->limit, r, now))
		deliver(o, r);
}

static int64_t
tick(void *ctx, int64_t now)
{
	struct log_out *o = ctx;

	tell_suppressed(o, now, false);
	return log_limit_due(&o->limit);
}

void
log_out_init(struct log_out *o, const struct log_terms *t)
{
	*o = (struct log_out){.fd = -1, .journal = leads_to_journal(),
	    .sockets = {"/dev/log", "/run/systemd/journal/socket"}};
#ifdef TAXIWAY_TEST_HOOKS
	if (getenv("TAXIWAY_TEST_SYSLOG") != NULL)
		o->sockets[0] = getenv("TAXIWAY_TEST_SYSLOG");
	if (getenv("TAXIWAY_TEST_JOURNAL") != NULL)
		o->sockets[1] = getenv("TAXIWAY_TEST_JOURNAL");
#endif
	log_limit_init(&o->limit);
	log_init(&o->log, t->level, sink, o);
	o->log.tick = tick;
	o->terms = *t;
}

void
log_out_change(struct log_out *o, const struct log_terms *t)
{
	if (t->to != o->terms.to)
		disconnect(o);
	o->terms = *t;
	o->log.level = t->level;
}

void
log_out_end(struct log_out *o)
{
	tell_suppressed(o, 0, true);
	disconnect(o);
}
