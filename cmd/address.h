/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a source is, and what it is called when it was given no name: by the
 * path of a file, by host and path of a URL, with the collection behind.
 */
#ifndef CMD_ADDRESS_H
#define CMD_ADDRESS_H

#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"
#include "cmd/settings.h"
#include "sync/job.h"

/* Is this a URL, rather than a path or the name of a source? */
bool address_is_url(const char *text);

/*
 * Set url and name of the job.  However a file is written (relative, "file:x",
 * "file:///x") its source is the same.  With `base`, the configuration's folder,
 * a file need not exist: that is then a failure of the source, as of any other.
 * -1 with e set (ERR_CONFIG).
 */
int address_job(const struct settings *s, const char *base, struct job *job,
    struct err *e) CC_CHECK;

#endif
