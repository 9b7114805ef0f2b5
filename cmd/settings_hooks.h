/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs of the operator's that the daemon tells what happened: keys of the
 * configuration.
 */
#ifndef CMD_SETTINGS_HOOKS_H
#define CMD_SETTINGS_HOOKS_H

#include "base/cc.h"
#include "base/err.h"
#include "base/opt.h"
#include "sync/hooks.h"

struct hook_settings {
	struct opt_list on[HOOKS]; /* a program and its arguments */
	char *change_every, *timeout, *run_as;
	struct opt_list paths; /* where they may write, too */
};

/* Rows of a table whose struct has a struct hook_settings at that offset. */
#define HOOK_ROWS(at)                                                          \
	{0, "on-change", "LIST", "", OPT_LIST,                                 \
	    (at) + offsetof(struct hook_settings, on[HOOK_CHANGE]), 0, 0},     \
	{0, "on-change-every", "TIME", "", OPT_STRING,                         \
	    (at) + offsetof(struct hook_settings, change_every), 0, 0},        \
	{0, "on-paths", "LIST", "", OPT_LIST,                                  \
	    (at) + offsetof(struct hook_settings, paths), 0, 0},               \
	{0, "on-problem", "LIST", "", OPT_LIST,                                \
	    (at) + offsetof(struct hook_settings, on[HOOK_PROBLEM]), 0, 0},    \
	{0, "on-timeout", "TIME", "", OPT_STRING,                              \
	    (at) + offsetof(struct hook_settings, timeout), 0, 0},             \
	{0, "run-as", "USER", "", OPT_STRING,                                  \
	    (at) + offsetof(struct hook_settings, run_as), 0, 0}

struct hook_numbers {
	int64_t change_every, timeout; /* ns */
	bool named;                    /* run-as is given: */
	uid_t uid;
	gid_t gid;
};

/* What can be told anywhere: -1 with e set (ERR_CONFIG, "on-change: …"). */
int hook_settings_read(const struct hook_settings *s, struct hook_numbers *out,
    struct err *e) CC_CHECK;

/*
 * What can be told only where they run: that they are there, and who they run as,
 * which is never root; `self` is who the daemon will be.  argv[] is filled with
 * arrays, to be freed by the caller also after an error; their texts are borrowed.
 */
int hook_terms_make(const struct hook_settings *s,
    const struct hook_numbers *n, uid_t self, char **argv[HOOKS],
    struct hook_terms *out, struct err *e) CC_CHECK;

#endif
