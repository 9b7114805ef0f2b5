/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Becoming another user: who starts as root and then needs none of it.
 *
 * The place of the store is made or handed over while the rights are there; then
 * they are given up, with every other group, and it is proved that they are gone.
 */
#ifndef CMD_BECOME_H
#define CMD_BECOME_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/cc.h"
#include "base/err.h"

struct identity {
	bool change;         /* it is not who we are */
	uid_t uid;
	gid_t gid;
};

/* Names or numbers; `user` and `group` may be NULL: who we are, and the group of
 * that user.  -1 with e set (ERR_CONFIG, "user: …"). */
int identity_find(const char *user, const char *group, struct identity *out,
    struct err *e) CC_CHECK;
/* The store's folder, if it is missing: the user's, with mode 2750. */
int identity_folder(const struct identity *who, const char *store,
    struct err *e) CC_CHECK;
/* What root left of the store in its folder becomes the user's; then become them,
 * for good, with a umask that leaves the group what the store's files are to give
 * it. */
int identity_take(const struct identity *who, const char *store,
    struct err *e) CC_CHECK;

#endif
