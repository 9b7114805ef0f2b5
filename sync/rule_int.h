/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the cutter of rules (rule.c) and the formats. */
#ifndef SYNC_RULE_INT_H
#define SYNC_RULE_INT_H

#include "base/arena.h"
#include "base/buf.h"
#include "sync/rule.h"

#define RULE_FIELDS 192  /* of one rule; what comes later is not kept */
#define RULE_WORDS 1024  /* identifiers of one condition */
#define RULE_IMPORTS 32  /* of one document */
#define RULE_LINES 64    /* that a rule of one logical line may take */

enum yara_mode { YARA_CODE, YARA_COMMENT, YARA_STRING, YARA_REGEX };
enum yara_want { YARA_TOP, YARA_IMPORT, YARA_INCLUDE, YARA_NAME, YARA_HEAD,
    YARA_BODY };
enum yara_section { YARA_NONE, YARA_META, YARA_STRINGS, YARA_CONDITION };

struct yara_state {
	enum yara_mode mode;
	enum yara_want want;
	enum yara_section section;
	unsigned depth;          /* of braces */
	bool taking;             /* a rule has begun: its bytes are kept */
	bool junk;               /* what stands here was told as no rule */
	bool is_private, is_global, tags;
	size_t scope_at;         /* where "private", "global" began, or NO_SCOPE */
	char before;             /* last byte of code that is no space */
	struct slice key, name;  /* of meta; of the rule (arena) */
	const char *broken;      /* why the rule is none */
	struct slice imports[RULE_IMPORTS]; /* of the document (lasting) */
	size_t nimports;
};

struct sigma_state {
	bool collection;         /* an action: what follows belongs to it */
};

struct net_state {
	unsigned lines;          /* of the rule at hand */
};

struct rule_cut {
	enum rule_format format;
	struct rule_sink sink;
	struct buf text;         /* the rule at hand, or what may become one */
	uint64_t offset;         /* where it began */
	struct arena arena;      /* of the rule at hand */
	struct arena lasting;    /* of the document */
	struct rule_field fields[RULE_FIELDS];
	struct slice words[RULE_WORDS], imports[RULE_IMPORTS];
	size_t nfields, nwords, nimports;
	bool full;               /* the arena was; the rule is given up */
	struct yara_state yara;
	struct sigma_state sigma;
	struct net_state net;
};

/* Forget the rule at hand. */
void rule_clear(struct rule_cut *c);
/* Add a field; texts that are not in the arena are copied. */
void rule_add(struct rule_cut *c, const char *name, struct slice text);
void rule_add_meta(struct rule_cut *c, struct slice key, struct slice text);
/* A date in any of the usual forms, as RFC 3339; not added when it is none. */
void rule_add_date(struct rule_cut *c, const char *name, struct slice text);
/* A word or a number for confidence; not added when it is none. */
void rule_add_confidence(struct rule_cut *c, struct slice text);
/* The first text of a field of the rule at hand. */
struct slice rule_has(const struct rule_cut *c, const char *name);
/* Hand over what lies in c->text from `from` on, and forget it. */
int rule_emit(struct rule_cut *c, size_t from, bool disabled, struct err *e)
    CC_CHECK;
/* It is none. */
int rule_refuse(struct rule_cut *c, const char *why, struct err *e) CC_CHECK;

struct rule_ops {
	int (*line)(struct rule_cut *c, struct slice line, uint64_t offset,
	    struct err *e);
	int (*end)(struct rule_cut *c, struct err *e);
};
extern const struct rule_ops rule_yara, rule_sigma, rule_net;

#endif
