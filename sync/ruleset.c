/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/ruleset.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/grow.h"
#include "base/slice.h"
#include "sync/mirror.h"
#include "sync/url.h"

#define DNS_PORT 53
#define PROXY_PORT 1080       /* libcurl's, where a proxy's URL names none */
#define PROXY_PORT_TLS 443

void
ruleset_init(struct ruleset *r)
{
	*r = (struct ruleset){.paths = NULL};
}

void
ruleset_free(struct ruleset *r)
{
	for (size_t i = 0; i < r->npaths; i++)
		free(r->paths[i].path);
	free(r->paths);
	ruleset_init(r);
}

static struct ruleset_path *
find(const struct ruleset *r, const char *path)
{
	for (size_t i = 0; i < r->npaths; i++)
		if (strcmp(r->paths[i].path, path) == 0)
			return &r->paths[i];
	return NULL;
}

void
ruleset_add(struct ruleset *r, const char *path, unsigned rights)
{
	struct ruleset_path *p;

	if (r->npaths == r->room) {
		p = grow(r->paths, &r->room, sizeof(*p));
		if (p == NULL) {
			r->failed = true;
			return;
		}
		r->paths = p;
	}
	p = &r->paths[r->npaths];
	*p = (struct ruleset_path){strdup(path), rights};
	if (p->path == NULL)
		r->failed = true;
	else
		r->npaths++;
}

void
ruleset_path(struct ruleset *r, const char *path, unsigned rights)
{
	struct ruleset_path *p = find(r, path);

	if (p != NULL)
		p->rights |= rights;
	else
		ruleset_add(r, path, rights);
}

void
ruleset_folder(struct ruleset *r, const char *path)
{
	char *folder = fs_folder(path), *real;

	if (folder == NULL) {
		r->failed = true;
		return;
	}
	real = realpath(folder, NULL);
	if (real != NULL)
		ruleset_path(r, real, RULESET_STORE);
	free(real);
	free(folder);
}

void
ruleset_store(struct ruleset *r, const char *store)
{
	char *real = realpath(store, NULL);

	ruleset_folder(r, store);
	if (real != NULL)
		ruleset_folder(r, real);
	free(real);
}

void
ruleset_port(struct ruleset *r, uint16_t port)
{
	for (unsigned i = 0; i < r->nports; i++)
		if (r->ports[i] == port)
			return;
	if (r->nports == RULESET_PORTS)
		r->any_port = true;
	else
		r->ports[r->nports++] = port;
}

unsigned
ruleset_rights(const struct ruleset *r, const char *path)
{
	const struct ruleset_path *p = find(r, path);

	return p != NULL ? p->rights : 0;
}

bool
ruleset_covers(const struct ruleset *r, const char *path, unsigned rights)
{
	unsigned had = 0;

	for (size_t i = 0; i < r->npaths; i++) {
		const char *p = r->paths[i].path;
		size_t n = strlen(p);

		while (n > 0 && p[n - 1] == '/')
			n--;
		if (strncmp(path, p, n) == 0 &&
		    (path[n] == '\0' || path[n] == '/'))
			had |= r->paths[i].rights;
	}
	return (had & rights) == rights;
}

/* ---- what a job needs ------------------------------------------------------ */

struct need {
	const char *path;
	unsigned rights;
};

static void
add_all(struct ruleset *r, const struct need *needs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ruleset_path(r, needs[i].path, needs[i].rights);
}

void
ruleset_system(struct ruleset *r)
{
	/* Public all of it.  Modules for names, for characters and for
	 * cryptography are loaded when they are first needed. */
	static const struct need needs[] = {
		{"/usr", RULESET_READ},
		{"/lib", RULESET_READ},
		{"/lib64", RULESET_READ},
		{"/etc/ld.so.cache", RULESET_READ},
		{"/etc/localtime", RULESET_READ},
		{"/dev/null", RULESET_READ | RULESET_WRITE},
		{"/dev/random", RULESET_READ},
		{"/dev/urandom", RULESET_READ},
		{"/sys/devices/system/cpu", RULESET_READ},
		{"/proc/sys", RULESET_READ},
	};

	add_all(r, needs, ARRAY_LEN(needs));
}

/* Authorities, and what the cryptography is set to. */
static void
add_tls(struct ruleset *r, const struct ruleset_trust *trust)
{
	static const struct need needs[] = {
		{"/etc/ssl", RULESET_READ},
		{"/etc/pki/tls", RULESET_READ},
		{"/etc/pki/ca-trust", RULESET_READ},
		{"/etc/ca-certificates", RULESET_READ},
		{"/etc/crypto-policies", RULESET_READ},
		{"/var/lib/ca-certificates", RULESET_READ},
	};

	add_all(r, needs, ARRAY_LEN(needs));
	if (trust->file != NULL)
		ruleset_path(r, trust->file, RULESET_READ);
	if (trust->folder != NULL)
		ruleset_path(r, trust->folder, RULESET_READ);
}

/* Names.  resolv.conf is often a link to a file that is replaced whole: its
 * folder stays. */
static void
add_resolver(struct ruleset *r)
{
	static const struct need needs[] = {
		{"/etc/resolv.conf", RULESET_READ},
		{"/etc/hosts", RULESET_READ},
		{"/etc/host.conf", RULESET_READ},
		{"/etc/nsswitch.conf", RULESET_READ},
		{"/etc/gai.conf", RULESET_READ},
		{"/etc/services", RULESET_READ},
		{"/etc/protocols", RULESET_READ},
		{"/run/systemd/resolve", RULESET_READ},
		{"/run/resolvconf", RULESET_READ},
		{"/run/NetworkManager/resolv.conf", RULESET_READ},
	};

	r->names = true;
	ruleset_port(r, DNS_PORT); /* an answer that is too long for a datagram */
	add_all(r, needs, ARRAY_LEN(needs));
}

static bool
is_address(struct slice host)
{
	char text[INET6_ADDRSTRLEN + 2];
	struct in6_addr room;

	if (host.n >= sizeof(text))
		return false;
	if (host.n > 1 && host.p[0] == '[')
		return true; /* url_parse() and libcurl take nothing else */
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return inet_pton(AF_INET, text, &room) == 1;
}

/* The server behind a URL; what is no URL will fail elsewhere. */
static void
add_server(struct ruleset *r, const char *url, bool proxied)
{
	struct url u;

	if (url == NULL || url_parse(slice_str(url), &u, NULL) != 0 ||
	    u.scheme == URL_FILE)
		return;
	if (!proxied)
		ruleset_port(r, u.port);
	if (!is_address(u.host))
		add_resolver(r);
}

/* "[scheme://][user:password@]host[:port][/…]", as libcurl takes it. */
static void
add_proxy(struct ruleset *r, const char *proxy)
{
	const char *p = strstr(proxy, "://"), *at, *colon;
	struct slice host;
	unsigned long port;

	port = strncmp(proxy, "https:", 6) == 0 ? PROXY_PORT_TLS : PROXY_PORT;
	p = p != NULL ? p + 3 : proxy;
	host = (struct slice){p, strcspn(p, "/?#")};
	at = memrchr(host.p, '@', host.n);
	if (at != NULL)
		host = (struct slice){at + 1, host.n - (size_t)(at + 1 - p)};
	colon = memrchr(host.p, ':', host.n);
	if (colon != NULL && memchr(colon, ']', host.n -
	    (size_t)(colon - host.p)) == NULL) {
		port = strtoul(colon + 1, NULL, 10);
		host.n = (size_t)(colon - host.p);
	}
	ruleset_port(r, (uint16_t)port);
	if (!is_address(host))
		add_resolver(r);
}

/* What else a feed is asked for, at URLs that the operator gave. */
static void
add_beside(struct ruleset *r, const struct job *job, bool proxied)
{
	static const char *const names[] = {"page-item=", "page-start=",
	    "page-ack=", "request-digest="};

	for (size_t i = 0; i < job->nfeed; i++)
		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			if (strncmp(job->feed[i], names[k],
			    strlen(names[k])) == 0)
				add_server(r, job->feed[i] + strlen(names[k]),
				    proxied);
}

static void
add_network(struct ruleset *r, const struct job *job,
    const struct ruleset_trust *trust)
{
	bool proxied = job->proxy != NULL && job->proxy[0] != '\0';

	r->tcp = true;
	/* The server says where it goes on, and may name any port. */
	r->any_port = job->allow_http_redirect_host || job->insecure_roots ||
	    job->srv;
	add_tls(r, trust);
	if (r->any_port)
		add_resolver(r);
	for (size_t i = 0; mirror_url(job, i) != NULL; i++)
		add_server(r, mirror_url(job, i), proxied);
	add_server(r, job->token_url, proxied);
	add_beside(r, job, proxied);
	if (proxied)
		add_proxy(r, job->proxy);
}

/* A document, or a folder of them.  A feed of MISP lies around its manifest. */
static void
add_file(struct ruleset *r, struct slice name)
{
	const struct slice index = SLICE("/manifest.json"); /* of such a feed */
	char *path;

	if (name.n > index.n && slice_ends(name, index))
		name.n -= index.n;
	path = strndup(name.p, name.n);
	if (path == NULL) {
		r->failed = true;
		return;
	}
	ruleset_path(r, path, RULESET_READ);
	/* Either may be meant (doc_read.c). */
	url_unescape(path);
	ruleset_path(r, path, RULESET_READ);
	free(path);
}

void
ruleset_fetcher(struct ruleset *r, const struct job *job,
    const struct ruleset_trust *trust)
{
	const char *kind = job->kind != NULL ? job->kind : "";
	bool network = false;
	struct url u;

	r->closed = true;
	ruleset_system(r);
	if (strcmp(kind, "exec") == 0)
		return; /* it is given what it reads */
	for (size_t i = 0; mirror_url(job, i) != NULL; i++) {
		if (url_parse(slice_str(mirror_url(job, i)), &u, NULL) != 0)
			continue;
		if (u.scheme == URL_FILE)
			add_file(r, u.path);
		else
			network = true;
	}
	if (network)
		add_network(r, job, trust);
}
