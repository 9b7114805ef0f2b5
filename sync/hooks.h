/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs of the operator's that are told what happened: `on-change`, when a
 * commit changed the active set, and `on-problem`, when a source went into a state
 * that is a problem, from one to another, or out of it.
 *
 * At most one of each runs.  Changes that come while it does, or sooner than
 * change_every after it started, become one run behind it; problems queue up in
 * their order, LIMIT_HOOK_QUEUE of them, and then the oldest go, which is told.  A
 * program that takes too long is asked to end, with its group, and then ended.
 * What it writes goes into the log, as far as that is bounded.
 *
 * Not thread-safe.
 */
#ifndef SYNC_HOOKS_H
#define SYNC_HOOKS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cc.h"
#include "sync/confine.h"
#include "sync/hook_words.h"
#include "sync/log.h"
#include "sync/program.h"
#include "sync/schedule.h"

enum hook { HOOK_CHANGE, HOOK_PROBLEM, HOOKS };
const char *hook_name(enum hook h); /* "on-change" … */

/* By the configuration; texts live as long as that. */
struct hook_terms {
	char *const *argv[HOOKS]; /* each ends with NULL; NULL: none */
	int64_t change_every;  /* ns between two starts */
	int64_t timeout;       /* ns for one run */
	bool other;            /* the programs run as: */
	uid_t uid;
	gid_t gid;
	struct sandbox sandbox; /* in force */
	const struct fence *fence; /* what they may do with files */
};

struct hook_run {
	pid_t pid;             /* 0: none runs */
	int fd;                /* of what it says; -1 */
	char *name;            /* the program's path; owned */
	struct program_said said;
	unsigned lines;        /* of it that were told */
	struct program_said last; /* the newest of them */
	bool asked;            /* to end */
	int64_t started, until; /* ticks */
	uint64_t generation;   /* that a run of on-change is told */
};

struct hooks {
	struct log *log;
	const struct hook_terms *terms;
	const char *store;
	struct hook_run run[HOOKS];
	uint64_t since;        /* generation that on-change has been told whole */
	uint64_t told;         /* … and the newest that it was told at all */
	bool watching;         /* they are known */
	bool changed;          /* there is something to tell (and watching) */
	int64_t not_before;    /* ticks: of its next start */
	struct hook_problem *queue; /* a ring of LIMIT_HOOK_QUEUE, or NULL */
	unsigned first, queued;
	uint64_t dropped;      /* since that was told last */
	bool stopping;
};

void hooks_init(struct hooks *h, struct log *log);
/* These are in force; what runs goes on.  The first time it takes the store as it
 * is for known. */
void hooks_terms(struct hooks *h, const struct hook_terms *t,
    const char *store);
/* End all that runs, at once. */
void hooks_free(struct hooks *h);

/* The store may have changed: look. */
void hooks_look(struct hooks *h);
/* A source's state did. */
void hooks_problem(struct hooks *h, const struct hook_problem *p);

/* Start what is due, end what takes too long, take leave of what ended. */
void hooks_turn(struct hooks *h, int64_t now);
/* Ticks at which hooks_turn() is due by itself; INT64_MAX: never. */
int64_t hooks_due(const struct hooks *h);
/* What to poll for: at most HOOKS; then hooks_turn() is due. */
nfds_t hooks_fds(const struct hooks *h, struct pollfd *p);
/* Start nothing any more, and ask what runs to end. */
void hooks_stop(struct hooks *h, int64_t now);
bool hooks_busy(const struct hooks *h);

#endif
