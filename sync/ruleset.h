/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process needs of the host, as lists: paths with rights, and ports.
 *
 * Pure: made from a job or by hand, and carried out by landlock.c and
 * syscalls.c.  What is not in the lists is denied.
 */
#ifndef SYNC_RULESET_H
#define SYNC_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/job.h"

enum ruleset_right {
	RULESET_READ = 1,   /* files, and names of folders */
	RULESET_EXEC = 2,
	RULESET_WRITE = 4,  /* into files that are there */
	RULESET_MAKE = 8,   /* files, folders and sockets made, renamed, removed */
	RULESET_LIST = 16,  /* names alone */
	RULESET_ALL = 15,
	RULESET_STORE = RULESET_READ | RULESET_WRITE | RULESET_MAKE
};

struct ruleset_path {
	char *path;
	unsigned rights;    /* of enum ruleset_right, below it too */
};

#define RULESET_PORTS 8u

struct ruleset {
	struct ruleset_path *paths;
	size_t npaths, room;
	bool failed;        /* out of memory: it is not whole */
	bool closed;        /* the network is denied, too, but for … */
	bool tcp;           /* … connections … */
	bool any_port;      /* … to any port, or else to these: */
	uint16_t ports[RULESET_PORTS];
	unsigned nports;
	bool names;         /* names are resolved: datagrams go out */
	bool kills;         /* it ends processes that have other rules */
};

/* What else a process learns from its environment; each may be NULL. */
struct ruleset_trust {
	const char *file, *folder; /* of authorities */
};

void ruleset_init(struct ruleset *r);
void ruleset_free(struct ruleset *r);
/* A path that is named twice has the rights of both.  A path that is not there
 * when the rules take effect gives nothing. */
void ruleset_path(struct ruleset *r, const char *path, unsigned rights);
/* The folder that a path lies in, without links, to be written as a store's. */
void ruleset_folder(struct ruleset *r, const char *path);
/* A store's; where the store is a link that of what it leads to, too. */
void ruleset_store(struct ruleset *r, const char *store);
/* The same as ruleset_path() without a look whether it is named, for long lists
 * of other paths. */
void ruleset_add(struct ruleset *r, const char *path, unsigned rights);
/* More than RULESET_PORTS: any. */
void ruleset_port(struct ruleset *r, uint16_t port);
/* The rights that are named for exactly this path; 0: none. */
unsigned ruleset_rights(const struct ruleset *r, const char *path);
/* May it be read, by a rule for it or for a folder around it?  By the names in
 * the paths alone. */
bool ruleset_covers(const struct ruleset *r, const char *path, unsigned rights);

/* What every program of this system reads: libraries, time zones, devices. */
void ruleset_system(struct ruleset *r);
/* All that a fetcher with this job needs once it has begun.  `r` is new. */
void ruleset_fetcher(struct ruleset *r, const struct job *job,
    const struct ruleset_trust *trust);

#endif
