/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a feed that is not STIX is to be read: options, in one table.
 *
 * The command line, the configuration and the presets fill the struct by its
 * table; the job carries what was given as "name=value" lines, and the fetcher
 * reads them by the same table.  Texts are borrowed from whoever gave them.
 *
 * Field names stand for a column by its name or its number from 1, for the whole
 * line or the match of an expression where a format has no columns ("value"), or
 * for a path into a JSON record (sync/json_path.h).
 */
#ifndef SYNC_FEED_OPTIONS_H
#define SYNC_FEED_OPTIONS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/opt.h"

struct feed_options {
	/* the request */
	char *method;              /* GET or POST */
	char *body, *body_type;    /* template, media type */
	struct opt_list params;    /* templates, "name=value" */
	struct opt_map statuses;   /* CODE=empty or unchanged */
	char *since, *overlap, *reread; /* times */
	/* pages: sync/paging.h */
	char *page_kind;           /* by paging_names */
	char *page_next, *page_more, *page_mark, *page_total;
	char *page_step, *page_lag;
	char *page_start, *page_start_at, *page_index, *page_item;
	char *page_match;          /* glob */
	char *page_index_next;     /* where an index tells its next page */
	char *page_base;           /* glob: items that are whole listings */
	bool page_index_xml;       /* paths into the index are of elements */
	bool page_index_bare;      /* the query of an item is not its name */
	char *page_ack, *page_ack_body; /* templates */
	char *page_ack_method;     /* GET, POST, PUT or DELETE */
	uint32_t page_size, page_ceiling, page_max;
	char *page_first;          /* a number, 0 among them; or a cursor */
	bool page_keep;
	char *digest;              /* a file beside: suffix or URL */
	bool head;                 /* HEAD first */
	/* bytes to text */
	char *content_path;        /* the document is a text in JSON: where … */
	char *content_coding;      /* … and how: base64 or plain */
	char *count_line;          /* POSIX ERE: a comment with their number */
	/* of when the feed says that it is */
	char *stated_line;         /* POSIX ERE: a comment that tells */
	char *stated_path;         /* where JSON tells */
	bool stated_modified;      /* Last-Modified does */
	struct opt_list stated_times; /* how it is written; none: as map-times */
	char *end_line;            /* POSIX ERE: the last line */
	char *encoding;            /* as iconv names it */
	char *archive_member;      /* glob */
	struct opt_list comment;   /* prefixes of lines that say nothing */
	char *ignore;              /* POSIX ERE: lines that say nothing */
	/* lines */
	char *syntax;              /* enum line_syntax by name */
	char *extract;             /* POSIX ERE, captures */
	uint32_t token;
	/* rules: sync/rule.h */
	char *rules_format;
	bool rules_disabled;
	/* csv */
	char *delimiter, *quote, *header;
	char *escape, *doublequote;
	struct opt_list columns;
	uint32_t skip, expect;
	bool backslash;
	/* json: paths of sync/json_path.h */
	char *json_root;           /* where the records stand */
	char *json_count;          /* their number, as the feed says */
	char *json_trailer;        /* predicate: a record that is none */
	char *json_ok, *json_none; /* predicates of what stands around them */
	bool json_stix;            /* the records are STIX objects */
	/* MISP */
	struct opt_list misp_tags, misp_types, misp_orgs;
	bool misp_no_ids, misp_unpublished, misp_warninglists;
	char *misp_event_age;      /* duration */
	char *misp_integrity;      /* check or ignore */
	char *misp_since;          /* attribute, event or publish */
	char *misp_scope;          /* attributes or events */
	char *misp_overlap;        /* duration */
	/* a record's fields */
	struct opt_list value;     /* FIELD[:TYPE[|TYPE…]] */
	char *type;                /* field that tells the type */
	struct opt_map types;      /* its words, to types */
	char *type_unknown;        /* other words: skip or reject; NULL: skip */
	char *key, *name, *labels, *label_separator;
	char *threat, *threat_type;
	char *confidence;
	struct opt_map confidences;
	char *created, *valid_from, *valid_until, *first_seen, *last_seen;
	char *tlp;
	struct opt_list times, nulls;
	struct opt_list ended, where; /* predicates */
	char *port;                /* keep, strip or strip-v6 */
	char *zone;                /* of times that name none: +02:00 */
	/* of values: sync/map_value.h */
	char *value_extract;       /* POSIX ERE, one capture */
	char *value_separator, *scheme;
	struct opt_map replace;    /* FROM=TO */
	struct opt_list only, skip_types;
	struct opt_map decode;     /* FIELD=HOW: sync/map_decode.h */
	uint32_t min_prefix, min_prefix6, min_confidence;
	uint32_t max_networks;     /* that a range may become */
	bool refang;
	/* what no field says */
	char *default_type, *default_threat;
	char *default_kill_chain;  /* CHAIN:PHASE */
	struct opt_list default_labels, default_indicator_types;
	uint32_t default_confidence; /* 1 … 100; 0: not stated */
};

extern const struct opt feed_table[]; /* ends with OPT_END */

/* Check i of them, from 0: words are known, expressions compile, options do not
 * contradict each other.  0; 1 behind the last one; -1 with e set (ERR_CONFIG,
 * "NAME: …").  All that is wrong: feed_check.h. */
int feed_options_check(const struct feed_options *f, unsigned i, struct err *e)
    CC_CHECK;
/* What was given, as "name=value" strings (owned, NULL at the end). */
char **feed_options_list(const struct feed_options *f, struct err *e) CC_CHECK;
/* And back.  `lines` must outlive f; free with feed_options_free().  -1 with e set
 * (ERR_CONFIG, "NAME: …") unless words are known, expressions compile and options
 * do not contradict each other. */
int feed_options_parse(char **lines, size_t n, struct feed_options *f,
    struct err *e) CC_CHECK;
void feed_options_free(struct feed_options *f);

#endif
