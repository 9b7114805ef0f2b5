/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "sync/metrics_http.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/ticks.h"

#ifdef HAVE_MICROHTTPD

#include <microhttpd.h>

#define PATIENCE 10u /* s without progress */
#define WHOLE (30 * TSTAMP_SECOND) /* a connection, from its first byte on */

struct guest {
	struct MHD_Connection *c; /* NULL: none */
	int64_t since;            /* ticks */
};

struct metrics_http {
	struct MHD_Daemon *mhd;
	metrics_page_fn *page;
	void *ctx;
	struct MHD_Response *metrics; /* of this edition, or NULL */
	uint64_t edition;
	/* A byte now and then is progress to the library: who sends or reads so
	 * could hold every place for ever. */
	struct guest guests[LIMIT_METRICS_CLIENTS];
};

static struct guest *
guest_of(struct metrics_http *h, const struct MHD_Connection *c)
{
	unsigned i;

	for (i = 0; i < LIMIT_METRICS_CLIENTS; i++)
		if (h->guests[i].c == c)
			return &h->guests[i];
	return NULL;
}

static void
guest_changed(void *cls, struct MHD_Connection *c, void **socket_context,
    enum MHD_ConnectionNotificationCode what)
{
	bool comes = what == MHD_CONNECTION_NOTIFY_STARTED;
	struct guest *g = guest_of(cls, comes ? NULL : c);

	(void)socket_context;
	if (g != NULL)
		*g = comes ? (struct guest){c, ticks_now()} :
		    (struct guest){NULL, 0};
}

/* The library ends a connection that was shut down when it is run next. */
static void
shut(const struct guest *g)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(g->c,
	    MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info != NULL)
		(void)shutdown(info->connect_fd, SHUT_RDWR);
}

/* Take leave of guests whose time is over; how long until the next one's is,
 * INT64_MAX: there is none. */
static int64_t
end_guests(struct metrics_http *h)
{
	int64_t now = ticks_now(), left = INT64_MAX, rest;
	const struct guest *g;

	for (g = h->guests; g < h->guests + LIMIT_METRICS_CLIENTS; g++) {
		if (g->c == NULL)
			continue;
		rest = g->since + WHOLE - now;
		if (rest <= 0)
			shut(g);
		else if (rest < left)
			left = rest;
	}
	return left;
}

static struct MHD_Response *
response(const char *p, size_t n, const char *type)
{
	/* The library only reads it. */
	struct MHD_Response *r = MHD_create_response_from_buffer(n,
	    (void *)(uintptr_t)p, MHD_RESPMEM_MUST_COPY);

	if (r != NULL && (MHD_add_response_header(r, "Content-Type",
	    type) != MHD_YES || MHD_add_response_header(r, "Connection",
	    "close") != MHD_YES)) {
		MHD_destroy_response(r);
		r = NULL;
	}
	return r;
}

static enum MHD_Result
answer(struct MHD_Connection *c, unsigned status, const char *text)
{
	struct MHD_Response *r = response(text, strlen(text),
	    "text/plain; charset=utf-8");
	enum MHD_Result rc = MHD_NO;

	if (r != NULL && (status != MHD_HTTP_METHOD_NOT_ALLOWED ||
	    MHD_add_response_header(r, "Allow", "GET, HEAD") == MHD_YES))
		rc = MHD_queue_response(c, status, r);
	if (r != NULL)
		MHD_destroy_response(r);
	return rc;
}

/* One copy of a text for all who ask for it. */
static enum MHD_Result
answer_metrics(struct metrics_http *h, struct MHD_Connection *c)
{
	struct metrics_page p = h->page(h->ctx);

	if (h->metrics == NULL || h->edition != p.edition) {
		if (h->metrics != NULL)
			MHD_destroy_response(h->metrics);
		h->metrics = response(p.text.p, p.text.n,
		    "text/plain; version=0.0.4; charset=utf-8");
		h->edition = p.edition;
	}
	return h->metrics != NULL ? MHD_queue_response(c, MHD_HTTP_OK,
	    h->metrics) : MHD_NO;
}

static enum MHD_Result
serve(void *cls, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload, size_t *n,
    void **mine)
{
	struct metrics_http *h = cls;
	bool well;

	(void)version, (void)upload, (void)n, (void)mine;
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return answer(c, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "only GET and HEAD\n");
	if (strcmp(url, "/metrics") == 0)
		return answer_metrics(h, c);
	if (strcmp(url, "/healthz") != 0)
		return answer(c, MHD_HTTP_NOT_FOUND,
		    "there are /metrics and /healthz\n");
	well = h->page(h->ctx).well;
	return answer(c, well ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
	    well ? "ok\n" : "the store cannot be read\n");
}

bool
metrics_http_built(void)
{
	return true;
}

struct metrics_http *
metrics_http_open(int fd, metrics_page_fn *page, void *ctx, struct err *e)
{
	struct metrics_http *h = calloc(1, sizeof(*h));

	if (h != NULL) {
		h->page = page;
		h->ctx = ctx;
		h->mhd = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, serve,
		    h, MHD_OPTION_LISTEN_SOCKET, fd,
		    MHD_OPTION_CONNECTION_LIMIT, LIMIT_METRICS_CLIENTS,
		    MHD_OPTION_CONNECTION_TIMEOUT, PATIENCE,
		    MHD_OPTION_NOTIFY_CONNECTION, guest_changed, h,
		    MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		    (size_t)LIMIT_METRICS_REQUEST, MHD_OPTION_END);
	}
	if (h != NULL && h->mhd != NULL)
		return h;
	err_set(e, ERR_MEMORY, "the HTTP server cannot be started");
	close(fd);
	free(h);
	return NULL;
}

void
metrics_http_close(struct metrics_http *h)
{
	if (h == NULL)
		return;
	MHD_stop_daemon(h->mhd);
	if (h->metrics != NULL)
		MHD_destroy_response(h->metrics);
	free(h);
}

int
metrics_http_fd(const struct metrics_http *h)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->mhd,
	    MHD_DAEMON_INFO_EPOLL_FD);

	return info != NULL ? info->epoll_fd : -1;
}

void
metrics_http_run(struct metrics_http *h)
{
	(void)end_guests(h);
	/* Where there were as many connections as there may be, the library
	 * listens again only at the beginning of a run behind one that took
	 * leave of some; nothing else would wake us for that. */
	(void)MHD_run(h->mhd);
	(void)MHD_run(h->mhd);
}

int64_t
metrics_http_wait(struct metrics_http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;
	int64_t left = end_guests(h), wait;

	if (MHD_get_timeout(h->mhd, &ms) != MHD_YES)
		return left != INT64_MAX ? left : -1;
	wait = (int64_t)(ms < 60000 ? ms : 60000) * (TSTAMP_SECOND / 1000);
	return wait < left ? wait : left;
}

#else

bool
metrics_http_built(void)
{
	return false;
}

struct metrics_http *
metrics_http_open(int fd, metrics_page_fn *page, void *ctx, struct err *e)
{
	(void)page, (void)ctx;
	close(fd);
	err_set(e, ERR_CONFIG, "this program was built without HTTP for "
	    "metrics");
	return NULL;
}

void
metrics_http_close(struct metrics_http *h)
{
	(void)h;
}

int
metrics_http_fd(const struct metrics_http *h)
{
	(void)h;
	return -1;
}

void
metrics_http_run(struct metrics_http *h)
{
	(void)h;
}

int64_t
metrics_http_wait(struct metrics_http *h)
{
	(void)h;
	return -1;
}

#endif
