/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process of ours may do to the host: as little as can be.  The one place
 * for it; ruleset.h says what it needs, landlock.h and syscalls.h deny the rest.
 *
 * Limits on resources do not depend on the kernel and are always set.  The
 * sandbox proper is what the kernel has of Landlock and seccomp.
 */
#ifndef SYNC_CONFINE_H
#define SYNC_CONFINE_H

#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/job.h"
#include "sync/ruleset.h"

/* Builds whose runtime reserves terabytes, writes reports or attaches to itself
 * keep their limits and seccomp off; reports of a sanitizer are to be seen. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFINE_INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define CONFINE_INSTRUMENTED 1
#endif
#endif
#ifndef CONFINE_INSTRUMENTED
#define CONFINE_INSTRUMENTED 0
#endif

/* Does the fetcher keep its parent's stderr? */
#define CONFINE_TALKS CONFINE_INSTRUMENTED

enum sandbox_mode {
	SANDBOX_AUTO,     /* what this kernel has of it */
	SANDBOX_REQUIRED, /* all of it, or nothing is done */
	SANDBOX_OFF
};
#define SANDBOX_MODES "auto, required or off"
/* -1: no such word. */
int sandbox_mode_code(const char *word);
const char *sandbox_mode_name(enum sandbox_mode mode);

/* What is in force, or would be. */
struct sandbox {
	enum sandbox_mode mode;
	int landlock;     /* its ABI; 0: none */
	bool seccomp;
};
struct sandbox sandbox_find(enum sandbox_mode mode);
/* What is missing of it, as a sentence; NULL: nothing, or it is off. */
const char *sandbox_missing(const struct sandbox *s);
/* -1 with e set (ERR_CONFIG) where all of it is required and some is missing. */
int sandbox_check(const struct sandbox *s, struct err *e) CC_CHECK;

/* Every process, first of all: others of its user cannot look into it (ptrace,
 * /proc), and it leaves no core.  Not in builds whose runtime attaches to itself. */
int confine_hide(struct err *e) CC_CHECK;
/* A keeper, and all that it starts: no more privileges, none of what a keeper never
 * needs.  No file is denied: programs of the operator's are started from it.
 * Safe to repeat. */
int confine_keeper(const struct sandbox *s, struct err *e) CC_CHECK;
/*
 * This process alone, once all that it starts runs and before a byte of that is
 * read: the folder of the store, that of another file that it makes (`also`, or
 * NULL), and for reading what the system has for everybody.
 * It opens nothing else, starts nothing, connects to nobody; descriptors that are
 * open stay so, and it can still end what it started.  For good.
 */
int confine_store(const struct sandbox *s, const char *store, const char *also,
    struct err *e) CC_CHECK;
/* Rules for a program of the operator's on this store, as a descriptor for
 * program_start(); *rules is 0 where there is no Landlock. */
int confine_program(const struct sandbox *s, const struct fence *fence,
    const char *store, int *rules, struct err *e) CC_CHECK;
/* A fetcher, before anything comes in: its memory, its descriptors. */
int confine_begin(struct err *e) CC_CHECK;
/* And once it knows what it is to do: for good.  Opens what it will need
 * (job->spool).  -1 with e set when the system refuses. */
int confine_fetcher(struct job *job, const struct ruleset_trust *trust,
    struct err *e) CC_CHECK;

#endif
