/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration file: YAML, read against the table of settings.
 *
 * The keys of a source are the names of its options on the command line, as
 * cmd/keys.h reads them; what its preset says counts where the source itself says
 * nothing.  All that is wrong is told at once, each with file:line:column.
 */
#ifndef CMD_CONFIG_H
#define CMD_CONFIG_H

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "cmd/settings.h"

#define CONFIG_DEFAULT_PATH "/etc/taxiway/taxiway.yaml"

struct preset;
struct ytree;

struct config {
	struct daemon_settings daemon; /* of the whole; texts borrowed */
	struct daemon_numbers numbers; /* and what they say */
	struct settings *sources; /* nsources of them; texts borrowed from yaml */
	struct preset **presets;  /* of each source, or NULL */
	unsigned nsources;
	char *path, *dir;         /* of the file, for messages and relative paths */
	char *own_presets;        /* their folder, or NULL */
	struct ytree *yaml;        /* (private) */
};

/* Read and check the whole file.  NULL with e set (ERR_CONFIG) to the first
 * thing that is wrong; what else is goes into `more`, a line each. */
struct config *config_load(const char *path, struct buf *more, struct err *e)
    CC_CHECK;
/* The same for a text that is at hand; `path` is for messages. */
struct config *config_parse(const char *path, struct slice text,
    struct buf *more, struct err *e) CC_CHECK;
void config_free(struct config *c);
/* A path as the configuration means it: from its folder.  NULL: no memory. */
char *config_path(const struct config *c, const char *path);
/* Put "file:line:column: " in front of an error "key: …" about a key of the whole.
 * Always -1. */
int config_blame(const struct config *c, struct err *e);
/* The file itself, and all that its sources' secrets are in. */
void config_hide(const struct config *c, struct fence *f);
/* The source of that name, or NULL. */
const struct settings *config_source(const struct config *c, const char *name);

#endif
