/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's frame: a table of verbs, one file each.
 *
 * main() reads the global options, finds the verb, parses the verb's options by
 * its table and runs it.  A verb returns an exit status; when it fails it fills
 * the error object and main() prints it, once, on stderr as
 * "taxiway: <text>".  The contract of exit statuses is in taxiway(1).
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "cmd/exit.h"
#include "cmd/opt.h"
#include "taxiway.h"

#define STORE_OF_ROOT "/var/lib/taxiway/store.mdb"

struct config;
struct job;
struct preset;
struct settings;
struct store;

struct cmd {
	const char *config_path; /* -c, or NULL: the default where it exists */
	const char *store_given; /* -s, or NULL */
	bool verbose, quiet;
	bool no_sandbox;         /* --no-sandbox */
	bool sandbox_told;       /* what is missing of it, or that it is off */
	const struct verb *verb;
	char *program;           /* path of this executable */
	char *store;             /* cmd_store() */
	struct config *config;   /* cmd_config() */
	struct preset *preset;   /* cmd_preset() */
	struct buf more;         /* lines that belong behind the error */
	tw_store *tw;            /* cmd_open() */
	tw_snapshot *snap;
};

struct verb {
	const char *name;      /* of one word, or two: a group and its verb */
	const char *operands;  /* "NAME…", for the usage line */
	const char *summary;   /* one line, for `taxiway --help` */
	const char *help;      /* some lines, for `taxiway VERB --help` */
	const struct opt *opts;
	const struct opt *also; /* more of them, or NULL; settings_table brings
	                         * feed_table too, and settings come first in
	                         * the struct */
	size_t size;           /* of the struct that both fill */
	int least, most;       /* operands; most -1: any number */
	/* `opts` points to the filled struct, argv[0 … argc-1] are operands. */
	int (*run)(struct cmd *c, void *opts, int argc, char **argv,
	    struct err *e);
};

extern const struct verb verb_pull, verb_lookup, verb_explain, verb_list,
    verb_show, verb_export, verb_import, verb_discover, verb_status,
    verb_verify, verb_changes, verb_snapshot, verb_sweep, verb_types,
    verb_compare, verb_seen, verb_accept, verb_check, verb_try, verb_rollback,
    verb_restore, verb_forget, verb_presets, verb_run,
    verb_pause, verb_resume, verb_reload;
extern const struct verb verb_allow_add, verb_allow_remove, verb_allow_list,
    verb_allow_load;
extern const struct verb verb_taxii_get, verb_taxii_versions,
    verb_taxii_manifest, verb_taxii_push, verb_taxii_delete, verb_taxii_status;

/* Row i of the table of verbs, NULL behind the last. */
const struct verb *verb_at(unsigned i);

/* The configuration, read once; NULL without an error when there is none (no -c
 * and no default file), NULL with one when it is wrong. */
struct config *cmd_config(struct cmd *c, struct err *e);
/* Put the preset that settings name, if they do, under them; `operand`: the verb
 * is told another URL.  0, or -1 with e set. */
int cmd_preset(struct cmd *c, struct settings *s, const char *operand,
    struct err *e) CC_CHECK;
/* The store's path by -s, configuration or default.  NULL with e set. */
const char *cmd_store(struct cmd *c, struct err *e);
/* Requests of a job that has a rate are counted where the polls of the store
 * do it, if they do. */
void cmd_rate(struct cmd *c, struct job *job);
/* Upkeep until nothing is left of it.  0, or -1 with e set. */
int cmd_tidy(struct store *s, struct err *e) CC_CHECK;
/* Open a store that is there, for writing; NULL with e set. */
struct store *cmd_open_writer(struct cmd *c, struct err *e) CC_CHECK;
/* Open the store for reading and begin a snapshot.  0, or -1 with e set. */
int cmd_open(struct cmd *c, struct err *e) CC_CHECK;
/* The words of --type and --at, NULL when not given.  0, or -1 with e set. */
int cmd_type(const char *name, int *type, struct err *e) CC_CHECK;
int cmd_time(const char *option, const char *text, int64_t *at,
    struct err *e) CC_CHECK;
/* --at and --known-at; NONE: not given. */
struct cmd_when {
	int64_t at, known;
};
int cmd_when(const char *at, const char *known, struct cmd_when *w,
    struct err *e) CC_CHECK;
void cmd_look(tw_snapshot *snap, const struct cmd_when *w);
/* The word of --tlp-max, NULL when not given, as a ceiling of the snapshot; what
 * begins another one sets it again. */
int cmd_tlp_max(const char *name, int *level, struct err *e) CC_CHECK;
/* Is a match told by as many independent sources as were asked for (0: any)?
 * Its error is a TW_ result. */
int cmd_corroborated(tw_snapshot *snap, const struct tw_match *m,
    uint32_t least, bool *yes) CC_CHECK;
/* Is there a source of that name (NULL: any)?  0, or -1 with e set. */
int cmd_source(struct cmd *c, const char *name, struct err *e) CC_CHECK;
/* One of several things asked for is not there: say so now, unless it is the
 * last, which main() will, and go on.  -1 when e is another error. */
int cmd_missing(struct err *e, bool *missing, bool last) CC_CHECK;
/* A result of libtaxiway as an error: text, and ERR_STORE or the like. */
int cmd_fail(struct err *e, int result, const char *doing);
/* The exit status that belongs to an error. */
int cmd_status(const struct err *e);
/* Is stdout (1) or stderr (2) a terminal? */
bool cmd_terminal(int fd);
/* How wide the terminal is that a stream goes to; 0: it goes to none.  One that
 * does not say, or cannot be meant, is 80 columns wide. */
unsigned cmd_columns(FILE *out);

#endif
