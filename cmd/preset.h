/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Presets: what is known of a feed, as data.
 *
 * A preset is a file NAME.yaml with the keys of a source under `source:`, and
 * around them what a person wants to know before using it.  A source that names
 * one, `preset: NAME`, has its settings where it says nothing itself, key by key.
 *
 * They are looked for in the folder of the configuration's key `presets`, in that
 * of the environment variable TAXIWAY_PRESETS, and in those that came with the
 * program; the first that has the name counts.  A name with a '/' or a '.' is
 * the path of a file, from the configuration's folder.
 *
 * Texts are borrowed from the preset, also by settings that it was applied to.
 */
#ifndef CMD_PRESET_H
#define CMD_PRESET_H

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "cmd/settings.h"

struct ytree;

/* About a feed; a text that a file lacks is NULL. */
struct preset_about {
	char *title;        /* of the feed, with its provider */
	char *text;         /* what it lists */
	char *docs;         /* where that is documented */
	char *checked;      /* YYYY-MM-DD: when this was last compared with it */
	char *terms;        /* of use */
	char *known;        /* from the documentation */
	char *assumed;      /* what is not written anywhere */
	char *floor;        /* least time between polls that the provider bears */
	struct opt_map needs; /* keys that a source must add, and what they are */
};

/* Rows for it, in the order they are told in; ends with OPT_END. */
extern const struct opt preset_about_table[];

struct preset {
	char *name, *path;
	struct preset_about about;
	struct ytree *yaml; /* (private) */
	int source;         /* (private) node of `source:` */
};

/* Find and read one; `own` is the folder of own presets, `base` the one that
 * paths are taken from; either may be NULL.  NULL with e set (ERR_CONFIG: there
 * is none, or it is wrong; what else is wrong in it goes into `more`). */
struct preset *preset_open(const char *own, const char *base,
    const char *name, struct buf *more, struct err *e) CC_CHECK;
void preset_free(struct preset *p);

/* Its settings, and its name, into settings that are empty.  -1 with e set. */
int preset_apply(const struct preset *p, struct settings *into,
    struct buf *more, struct err *e) CC_CHECK;
/* The same under settings that were given, which count more. */
int preset_under(const struct preset *p, struct settings *given,
    struct buf *more, struct err *e) CC_CHECK;
/* What must be added, and is not: its key with e set, from number *at on, which is
 * then behind it; NULL: nothing more. */
const char *preset_lacking(const struct preset *p, const struct settings *s,
    uint32_t *at, struct err *e);
/* Does the source add what must be added?  -1 with e set. */
int preset_satisfied(const struct preset *p, const struct settings *s,
    struct err *e) CC_CHECK;

/* Names of all presets, sorted, each once; NULL at the end.  Free with
 * preset_names_free().  NULL with e set. */
char **preset_names(const char *own, struct err *e) CC_CHECK;
void preset_names_free(char **names);

#endif
