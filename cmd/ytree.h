/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A YAML document (YAML 1.1, as libyaml reads it) as a tree whose nodes know
 * their place.
 *
 * Only what a configuration needs: mappings, sequences and scalars.  Anchors may
 * be referred to, so a node can be met at several places, and the tree may even
 * hold a circle: whoever walks it counts depth (one level a group) and nodes
 * (LIMIT_YAML_NODES).
 *
 * A node is a number within the document; 0 is none.  Texts are borrowed from
 * the tree.  Not thread-safe.
 */
#ifndef CMD_YTREE_H
#define CMD_YTREE_H

#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

struct ytree;

enum ytree_kind { YTREE_NONE = 0, YTREE_TEXT, YTREE_LIST, YTREE_MAP };

/* Read the first document of a text; one that is empty has no root.  NULL with
 * e set: ERR_CONFIG "LINE:COLUMN: what is wrong" when it is not YAML. */
struct ytree *ytree_read(struct slice text, struct err *e) CC_CHECK;
void ytree_free(struct ytree *y);

int ytree_root(const struct ytree *y);
enum ytree_kind ytree_kind(const struct ytree *y, int id);
/* From 1; the place of the node's first character. */
unsigned ytree_line(const struct ytree *y, int id);
unsigned ytree_column(const struct ytree *y, int id);

/* The text of a YTREE_TEXT, NUL-terminated; NULL for what is no text, and for one
 * that holds a NUL itself.  The caller may keep it as long as the tree. */
char *ytree_text(const struct ytree *y, int id);
/* Is it an empty scalar without quotes: "key:" and nothing behind? */
bool ytree_blank(const struct ytree *y, int id);

/* Item i of a list; 0 behind the last. */
int ytree_item(const struct ytree *y, int list, unsigned i);
/* Pair i of a mapping: its key, and *value; 0 behind the last. */
int ytree_pair(const struct ytree *y, int map, unsigned i,
    int *value);

#endif
