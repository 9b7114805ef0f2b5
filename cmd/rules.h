/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules on their way out of the store: read, chosen, checked, written.
 *
 *   rules_read     what is active, cut into rules, with who says so
 *   rules_choose   the same rule once; of several with one id, one; those that
 *                  need one another (YARA) in one group, in their order
 *   rules_check    yara itself: what it rejects goes
 *   rules_files    one file a group, or a bundle
 *   rules_write    the folder, as one step as far as a file system lets it
 *
 * Not thread-safe.
 */
#ifndef CMD_RULES_H
#define CMD_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/opt.h"
#include "base/slice.h"
#include "cmd/cmd.h"
#include "sync/rule.h"

struct rules_opts {
	char *source;
	struct opt_list exclude;  /* globs over ids and names */
	uint32_t min_confidence;
	char *yara;               /* the program */
	bool bundle, trusted, no_check, dry_run, json;
};

struct out_rule {
	struct slice id;          /* of the rule; its name where it has none */
	struct slice text;
	struct slice source, object; /* who says so: the first of `sources` */
	struct slice sources;     /* several: "a, b" */
	uint64_t version, digest; /* of the text */
	int64_t modified, valid_from, valid_until;
	uint8_t tlp, confidence;
	bool is_private, many;    /* many: several documents of YAML */
	struct slice imports[8];
	struct slice *words;      /* yara: names that it needs, if rules have
	                           * them */
	uint32_t nimports, nwords;
	uint32_t group;           /* that it is written with: an index, its own
	                           * when it is alone */
	const char *out;          /* why it is left out; NULL: it is not */
	struct slice said;        /* what the engine said; or absent */
	struct slice against;     /* the source whose rule stands instead */
	bool same;                /* left out because the other is the same */
};

struct rule_set {
	enum rule_format format;
	struct arena arena;
	struct out_rule *v;       /* sorted by id after rules_choose() */
	uint32_t n;
	size_t cap;
	uint32_t *order;          /* indexes: what a rule needs comes before it */
	uint32_t norder;
	uint64_t inactive;        /* rules of the store that are not active */
	uint64_t unread;          /* objects that hold no rule that can be read */
	const char *checked;      /* "yara", or NULL: by nobody but us */
};

void rules_init(struct rule_set *s, enum rule_format f);
void rules_free(struct rule_set *s);
int rules_read(struct cmd *c, const struct rules_opts *o, struct rule_set *s,
    struct err *e) CC_CHECK;
int rules_choose(struct rule_set *s, const struct rules_opts *o,
    struct err *e) CC_CHECK;
/* After a check: where the rule that stood for its id was rejected, the next one
 * does.  1 when there was one, and the check is to be made again; 0; -1. */
int rules_next(struct rule_set *s, struct err *e) CC_CHECK;
/* Only for yara.  0 with s->checked NULL when there is no such program. */
int rules_check(struct rule_set *s, const struct rules_opts *o, struct err *e)
    CC_CHECK;
/* The text of a rule as it stands in a file. */
void rules_print(const struct rule_set *s, const struct out_rule *r,
    struct buf *out);

/* ---- the folder ------------------------------------------------------------ */

struct rule_file {
	struct slice name;        /* in the folder; safe */
	struct slice text;
};
struct rule_files {
	struct arena arena;       /* of names */
	struct rule_file *v;      /* sorted by name */
	uint32_t n;
	size_t cap;
	struct buf text;          /* what their texts lie in */
};
/* A byte of which names of ours consist: nothing else is written, or removed. */
bool rules_plain(char c);
int rules_files(const struct rule_set *s, bool bundle, struct rule_files *f,
    struct err *e) CC_CHECK;
void rules_files_free(struct rule_files *f);

struct rule_written {
	uint32_t written, kept, removed;
};
/*
 * The folder holds these files, and of those that an export of the same format
 * made before (a list in it says which) no others; what else lies there is not
 * touched.  A file is replaced as one step, and none is before all are on the
 * disk; killed anywhere, the next export makes it whole.  -1 with e set: nothing
 * was changed, unless the disk itself failed.
 */
int rules_write(const char *dir, enum rule_format f,
    const struct rule_files *files, bool dry_run, struct rule_written *w,
    struct err *e) CC_CHECK;

/* export --format yara … DIR: the exit status. */
int rules_export(struct cmd *c, enum rule_format f,
    const struct rules_opts *o, const char *dir, struct err *e);

#endif
