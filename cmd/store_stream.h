/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stream of `taxiway export --format store`: a store as lines of JSON, to be
 * built again by `taxiway import`, in this format or a later one.
 *
 *   {"taxiway_store":1,"store_uuid":…,"generation":…,"normaliser":…,"seed":"hex"}
 *   {"source":NAME,"record":"hex"}                          for each source
 *   {"poll":N,"source":NAME,"start":…,"bogons":…,"record":"hex"}
 *     by the time they began, each followed by what it brought:
 *   {"stix":"…","first_poll":N,"ended":"hex"}
 *   {"set":KIND,"source":NAME,"walk":N,"group":"hex","ids":"hex"}
 *   {"buried":"hex","source":NAME,"record":"hex"}
 *   {"sighting":"hex","record":"hex"}
 *   {"allow":"hex","record":"hex"}       allow-lists, key and record of each
 *   {"end":true,"objects":N}                                the last line
 *
 * "stix" is the object's text, byte for byte; where it was not kept, the object
 * made again.  Records are those of doc/format.md, "Source" and "Poll": tagged,
 * so that a reader skips what it does not know.  "ended" is u32 poll, i64 time, u8
 * reason; "group" u32 poll, i64 time of a group of rows, "ids" 17 bytes for each
 * object in it; "buried" and "sighting" are keys of the trees `ids` and
 * `sightings`, with their records.
 */
#ifndef CMD_STORE_STREAM_H
#define CMD_STORE_STREAM_H

#include "base/cc.h"
#include "base/err.h"
#include "cmd/cmd.h"

#define STREAM_VERSION 1

/* Write the whole store to stdout. */
int store_export(struct cmd *c, struct err *e) CC_CHECK;

#endif
