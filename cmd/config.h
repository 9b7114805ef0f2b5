/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration file: YAML, read through libcyaml, with one schema built
 * from the table of settings.  Errors name file:line:column.
 */
#ifndef CMD_CONFIG_H
#define CMD_CONFIG_H

#include "base/cc.h"
#include "base/err.h"
#include "cmd/settings.h"

#define CONFIG_DEFAULT_PATH "/etc/taxiway/taxiway.yaml"

struct config {
	char *store;              /* path of the store, or NULL */
	struct settings *sources; /* nsources of them */
	unsigned nsources;
	char *path, *dir;         /* of the file, for messages and relative paths */
	void *data, *schema;      /* (private) */
};

/* Read and check the whole file.  NULL with e set (ERR_CONFIG). */
struct config *config_load(const char *path, struct err *e) CC_CHECK;
void config_free(struct config *c);
/* A path as the configuration means it: from its folder.  NULL: no memory. */
char *config_path(const struct config *c, const char *path);
/* The source of that name, or NULL. */
const struct settings *config_source(const struct config *c, const char *name);

#endif
