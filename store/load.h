/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first load of an empty store.
 *
 * Its batches are not synced one by one but all at the end: a page is then
 * rewritten in memory many times and written to disk about once.  Processes may
 * die at any moment all the same; only when the machine itself goes down before
 * the end is the load lost, and only a load: the store was empty.  That is what
 * the marker is for ("PATH-loading": the boot's id, locked by the loader): found
 * after another boot, it says that the file cannot be trusted, whatever it looks
 * like, and the next writer starts anew.
 */
#ifndef STORE_LOAD_H
#define STORE_LOAD_H

#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"

enum load_state {
	LOAD_NONE,    /* no marker: a store like any other */
	LOAD_RUNNING, /* a load of this boot: sound as long as it lasts */
	LOAD_LOST     /* a load that the machine did not survive */
};

/* What tells one boot of this machine from the next; false where there is no
 * /proc. */
#define BOOT_ID_LEN 36
bool load_boot_id(char id[BOOT_ID_LEN]);

/* For whoever opens the store. */
enum load_state load_state(const char *path);

/* Put the marker, durably; *fd holds its lock.  *fd = -1 when that cannot be
 * (no boot id, no room …): then every commit is to be synced. */
void load_mark(const char *path, int *fd);
/* Everything is on disk: remove the marker and close *fd. */
void load_unmark(const char *path, int *fd);
/* Take over the marker of a loader that died (*fd >= 0); *fd = -1 when there is
 * none or its loader lives. */
void load_adopt(const char *path, int *fd);
/* Remove what a lost load left. */
int load_discard(const char *path, struct err *e) CC_CHECK;

#endif
