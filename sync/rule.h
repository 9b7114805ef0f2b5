/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Detection rules: a text is cut into them, and each is read as far as its life
 * needs: what names it, its version, when it was made, what it says about itself.
 * What it detects, and whether its engine takes it, is the engine's matter.
 *
 *   yara      rules in braces, with the imports that their conditions need
 *   sigma     documents of YAML
 *   suricata  one rule a logical line; a '#' in front of it switches it off
 *   snort     the same; bodies may go over several lines
 *
 * A text is given line by line, so that memory is that of one rule (LIMIT_RULE).
 * What is broken is told and passed over: the next rule is found.
 *
 * Fields have names that are the same in all formats, as far as the format has
 * them: id, name, version, labels (several), created, modified, confidence (0 …
 * 100), threat, tlp, state (enabled, disabled), message, level, status, class,
 * action, scope (public, private, global), and "meta.KEY" for all else that a
 * rule says about itself.  Times among the named ones are RFC 3339.
 *
 * Pure.  A cutter belongs to one thread.
 */
#ifndef SYNC_RULE_H
#define SYNC_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

enum rule_format { RULE_YARA, RULE_SIGMA, RULE_SURICATA, RULE_SNORT,
    RULE_FORMATS };

/* As in pattern_type: "yara", "sigma" …; NULL. */
const char *rule_format_name(int format);
/* -1: no such format.  Case does not matter. */
int rule_format_find(struct slice name);
/* Files of an archive that hold rules of a format: a glob. */
const char *rule_format_files(enum rule_format f);

struct rule_field {
	struct slice name, text;
};

struct rule { /* borrowed until the cutter's next call */
	struct slice text;       /* the rule alone, as it came; one that is
	                          * switched off without its '#' */
	bool disabled;           /* switched off, or given up by its author */
	const struct rule_field *fields;
	size_t nfields;
	/* yara: modules that it needs, and identifiers of its condition that
	 * may be the names of other rules. */
	const struct slice *imports, *words;
	size_t nimports, nwords;
};

/* The first text of a field; absent when the rule has none. */
struct slice rule_get(const struct rule *r, const char *name);
/* Its version, where that is a number; 0. */
uint64_t rule_version(const struct rule *r);
/* Is this the name of a field that rules of any format may have? */
bool rule_field_known(struct slice name);

struct rule_sink {
	int (*rule)(void *ctx, const struct rule *r, uint64_t offset,
	    struct err *e);
	/* What stands at `offset` is no rule. */
	int (*bad)(void *ctx, struct slice text, uint64_t offset,
	    const char *why, struct err *e);
	void *ctx;
};

struct rule_cut;

/* NULL with e set: out of memory.  `sink` is copied. */
struct rule_cut *rule_cut_new(enum rule_format f, const struct rule_sink *sink,
    struct err *e) CC_CHECK;
void rule_cut_free(struct rule_cut *c);
/* A new document. */
void rule_cut_reset(struct rule_cut *c);
/* The next line, without its end.  -1 with e set by the sink, or out of memory. */
int rule_cut_line(struct rule_cut *c, struct slice line, uint64_t offset,
    struct err *e) CC_CHECK;
int rule_cut_end(struct rule_cut *c, struct err *e) CC_CHECK;
/* A whole text: all of the above. */
int rule_cut_text(struct rule_cut *c, struct slice text, struct err *e) CC_CHECK;

#endif
