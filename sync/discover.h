/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TAXII server offers: discovery, API roots, collections and rights, as
 * `taxiway discover` shows it.  Owned by the caller, freed by discover_free().
 * Runs in a fetcher process too (the answer crosses the pipe as JSON and is
 * checked): hostile bytes are parsed there only.
 */
#ifndef SYNC_DISCOVER_H
#define SYNC_DISCOVER_H

#include <jansson.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/job.h"

/*
 * {"url":…, "title":…, "description":…, "contact":…, "default":…,
 *  "api_roots":[{"url":…, "title":…, "versions":[…], "max_content_length":N,
 *    "error":…, "collections":[{"id":…, "alias":…, "title":…,
 *      "description":…, "can_read":b, "can_write":b, "media_types":[…]}]}],
 *  "srv":{"name":…, "targets":[{"host":…, "port":N, "priority":N,
 *    "weight":N}]}}
 * "srv" only where the job asks for it and there are such records.
 * `program` as in struct pull_opts.  NULL with e set on failure.
 */
json_t *discover_run(const char *program, struct job *job, struct err *e);

#endif
