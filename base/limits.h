/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every bound on hostile input, on one screen.  A buffer's maximum, a parser's
 * depth and a loop's ceiling are names from this table; nothing else is.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define KIB(n) ((n) * 1024u)
#define MIB(n) ((n) * 1024u * 1024u)

/* JSON and STIX */
#define LIMIT_OBJECT MIB(8)       /* bytes of one STIX object */
#define LIMIT_SKELETON KIB(256)   /* an envelope without its objects */
#define LIMIT_DEPTH 64            /* nesting of arrays and objects */
#define LIMIT_MEMBERS 65536u      /* members of JSON objects open at a time */
#define LIMIT_ID 256              /* bytes of an identifier */
#define LIMIT_LIST 256            /* labels, kill chain phases, markings kept */
#define LIMIT_PATTERN KIB(64)     /* bytes of a pattern that is parsed */
#define LIMIT_PATTERN_NODES 4096  /* nodes of a parsed pattern */
#define LIMIT_PATTERN_DEPTH 64    /* its parentheses */
#define LIMIT_VALUES 1024         /* values reduced from one pattern */
#define LIMIT_NAME 1024           /* bytes kept of a name, label or phase */

/* values */
#define LIMIT_VALUE KIB(8)        /* bytes of a value's text */
#define LIMIT_VALUE_KEY 300       /* canonical bytes; longer are keyed by digest */
#define LIMIT_NET4_MIN 8          /* widest IPv4 network accepted */
#define LIMIT_NET6_MIN 16         /* widest IPv6 network accepted */

/* HTTP and TAXII */
#define LIMIT_BODY (1024ull * 1024 * 1024) /* decoded bytes of one response */
#define LIMIT_BODY_CONTROL MIB(4) /* discovery, collections, status, errors */
#define LIMIT_HEADER KIB(64)      /* all header lines of one response */
#define LIMIT_URL KIB(16)         /* bytes of a URL with its query */
#define LIMIT_CURSOR KIB(4)       /* bytes of a `next` value */
#define LIMIT_PAGES 1000000u      /* pages of one poll */
#define LIMIT_EMPTY_PAGES 16      /* empty pages with `more` in a row (P7) */
#define LIMIT_LOST_ITEMS 8        /* of an index, or events of a feed, in a row
                                   * that cannot be had: no more are asked for */
#define LIMIT_STUCK_PAGES 3       /* pages that bring nothing new in a row (P6) */
#define LIMIT_REDIRECTS 5
#define LIMIT_COLLECTIONS 10000u
#define LIMIT_DNS KIB(64)          /* bytes of a DNS message */
#define LIMIT_DNS_RECORDS 256u    /* records of one */
#define LIMIT_DNS_POINTERS 16u    /* compression pointers in one name */
#define LIMIT_SRV 32u             /* servers behind one name */
#define LIMIT_SECRET KIB(64)      /* bytes of a secret file */
#define LIMIT_MIRRORS 8u          /* further addresses of one document */
#define LIMIT_SECRETS 32u         /* secrets with names, of one source, … */
#define LIMIT_SECRET_NAME 64u     /* … and the bytes of such a name */

/* feeds that are not STIX */
#define LIMIT_ROW MIB(1)          /* bytes of a line or a row */
#define LIMIT_EXPORT_RULES MIB(1024) /* of all rules that are exported */
#define LIMIT_YARA_TIME 300u      /* s of CPU for yara, which tries rules, … */
#define LIMIT_YARA_MEMORY (2048ull * 1024 * 1024) /* … and its memory */
#define LIMIT_RULE KIB(192)       /* of a rule; a record must hold it */
#define LIMIT_ROW_LINES 256       /* lines of a row: a quote left open must not
                                   * take the rest of a table with it */
#define LIMIT_COLUMNS 1024        /* columns of a row */
#define LIMIT_TREE_NODES 400000u  /* values in one element of JSON */
#define LIMIT_PATH 512            /* bytes of a path into JSON */
#define LIMIT_SNIFF MIB(1)        /* bytes of an unknown feed looked at */
#define LIMIT_SNIFF_MEMORY MIB(64) /* that it takes */
#define LIMIT_SNIFF_SETTINGS 48   /* proposed for it */
#define LIMIT_SNIFF_SAMPLES 48    /* texts of one of its fields */
#define LIMIT_PATH_STEPS 16       /* its steps */
#define LIMIT_XML_DEPTH 32u       /* elements in one another, of a list */
#define LIMIT_MANIFEST MIB(24)    /* of a MISP feed: what is read of it … */
#define LIMIT_EVENTS 200000u      /* … and its events */
#define LIMIT_EVENT_HELD MIB(16)  /* an event whose digest is checked before it
                                   * is read; of a larger one, after that */
#define LIMIT_BESIDE KIB(64)      /* bytes of a file with a digest */
#define LIMIT_ARCHIVE_FILES 10000u /* files of one archive */
#define LIMIT_SPOOL MIB(2048)     /* bytes of an archive as it came */
#define LIMIT_UNPACKED LIMIT_BODY /* and of what comes out of it */
#define LIMIT_WINDOW MIB(32)      /* of what came out, kept to unpack the rest */
#define LIMIT_RULES (1u << 19)    /* of one poll, told from repetitions */

/* pipe protocol */
#define LIMIT_FRAME (LIMIT_OBJECT + MIB(1)) /* bytes of one frame */
#define LIMIT_RECORD KIB(256)     /* bytes of one encoded object record */
#define LIMIT_FRAME_RECORDS KIB(128) /* a frame of records is sent at this size */
#define LIMIT_QUEUE MIB(24)       /* frames the fetcher holds while the keeper
                                   * commits: about one batch */
#define LIMIT_JOB MIB(4)          /* bytes of an encoded job */
#define LIMIT_CHECKPOINT KIB(64)  /* bytes of a source's cursor */
#define LIMIT_REMARK 512          /* bytes of a note or an example */
#define LIMIT_REMARKS 1000u       /* notes and examples passed on in one poll */
#define LIMIT_EXAMPLES 3          /* examples sent for one kind of rejection */
#define LIMIT_RESULT LIMIT_OBJECT /* bytes of a discovery's answer, or of one
                                   * result of another request */
#define LIMIT_INPUT KIB(64)       /* bytes of a file passed on at a time */
#define LIMIT_SEEN (1u << 21)     /* items of a listing told from repetitions */
#define LIMIT_NAMED (1u << 20)    /* entries of a feed without keys, likewise */
#define LIMIT_PUSH_BYTES MIB(10)  /* objects added by one request: bytes */
#define LIMIT_PUSH_OBJECTS 1000u  /* and number, unless the operator says */
#define LIMIT_PUSH_TRIES 64u      /* requests that split a refused one */
#define LIMIT_ASK 1000            /* objects in one question */
#define LIMIT_ASK_BYTES MIB(1)    /* their bytes, but for the last object's */
#define LIMIT_ASK_AHEAD 4         /* questions without an answer */
#define LIMIT_MARKINGS 1024       /* marking definitions remembered in a poll */

/* the fetcher as a process */
#define LIMIT_POLL_TIME (24u * 3600) /* s for one poll, unless the job says */
#define LIMIT_POLL_SILENCE 900u   /* s without a frame */
#define LIMIT_FETCHER_DATA MIB(512) /* its private memory */
#define LIMIT_FETCHER_SPACE MIB(3072) /* its addresses, all counted */
#define LIMIT_FETCHER_FILES 64    /* its descriptors */

/* the daemon */
#define LIMIT_POLLS_AT_ONCE 32u   /* of all sources */
#define LIMIT_WORKERS 40u         /* processes: polls, upkeep, pausing */
#define LIMIT_CONTROL_CLIENTS 16u /* connections to its control socket */
#define LIMIT_CONTROL_LINE 1024u  /* bytes of a request */
#define LIMIT_METRICS MIB(32)     /* of their text */
#define LIMIT_METRICS_CLIENTS 16u /* connections to their HTTP server */
#define LIMIT_METRICS_REQUEST KIB(8) /* memory of one of these */
#define LIMIT_CONTROL_REPLY MIB(8) /* of a reply that is not yet read */

#define LIMIT_HOOK_QUEUE 64u      /* problems that wait for on-problem */
#define LIMIT_HOOK_LINES 20u      /* of a program's output told, each run */
#define LIMIT_HOOK_CHANGES 50000u /* counted for on-change */
#define LIMIT_HOOK_WORDS 64u      /* of a program and its arguments */

/* a program that lists claims */
#define LIMIT_EXEC_MEMORY 1024u   /* MiB of its data, unless the operator says */
#define LIMIT_EXEC_FILE MIB(1024) /* bytes of a file that it writes */
#define LIMIT_EXEC_FILES 256      /* its descriptors */

/* configuration */
#define LIMIT_CONFIG MIB(4)
#define LIMIT_YAML_NODES 200000u  /* values met in a configuration */
#define LIMIT_COMPLAINTS 50u      /* about one configuration */
#define LIMIT_SOURCES 4096u       /* also bounded by a 16-bit source id */
#define LIMIT_SOURCE_NAME 128
#define LIMIT_FACT 1024           /* bytes of a text about a source */
#define LIMIT_SOURCE_CURSOR KIB(64) /* bytes of a source's stored cursor */

/* batches (see doc/design.md, "How large a transaction is") */
#define LIMIT_BATCH_OBJECTS 100000u /* objects in one transaction */
#define LIMIT_BATCH_BYTES MIB(32)   /* of records and blocks held for it */
#define LIMIT_BATCH_MEMORY MIB(128) /* all that it takes, with its pages */
#define LIMIT_BATCH_OPS 131072u     /* value operations sorted at a time */

/* ageing */
#define LIMIT_AGEING_LINES 24     /* types with a time to live of their own */
#define LIMIT_AGEING_DELTA 100000u /* exponent of a decay, in thousandths */
#define LIMIT_AGEING_DAYS 36500   /* of any duration of a policy */

/* upkeep: one transaction of it, so that a poll waits half a second at most */
#define LIMIT_UPKEEP_ROWS 20000u  /* objects whose values are made anew */
#define LIMIT_UPKEEP_LEAST 1000u  /* the same, on the slowest of disks */
#define LIMIT_UPKEEP_HOLD 250u    /* ms, beyond which the next takes fewer */
#define LIMIT_UPKEEP_SCAN 200000u /* objects looked at to find them */
#define LIMIT_REPORTERS 8         /* of sightings of one value, kept by name */
#define LIMIT_REPORTER 64         /* bytes of such a name */
#define LIMIT_RELISTED 20000u     /* buried identifiers of a listing that are
                                   * remembered on by one poll */
#define LIMIT_DEAD_RAW MIB(1)     /* of originals that nothing refers to, before
                                   * a look for their blocks is worth it */
#define LIMIT_POLLS 1000u         /* poll records kept of a source, beside those
                                   * that objects name */
#define LIMIT_UPKEEP_ENTRIES 500000u /* values looked at */

/* allow-lists */
#define LIMIT_ALLOW_ENTRIES 4000000u /* of one load */
#define LIMIT_ALLOW_LISTS 4096u
#define LIMIT_ALLOW_FILE MIB(64)  /* bytes of a list that is not lines */
#define LIMIT_ALLOW_TEXT 1024     /* bytes of a list's name, version … */
#define LIMIT_ALLOW_WHO 64        /* bytes of who made an entry */
#define LIMIT_ALLOW_REASON 512    /* bytes of why */
#define LIMIT_ALLOW_PATTERN 1024  /* bytes of a substring or an expression */
#define LIMIT_ALLOW_SUBSTRINGS 100000u
#define LIMIT_ALLOW_REGEXES 1000u
#define LIMIT_ALLOW_MATCH 100000u /* steps of one expression on one value */
#define LIMIT_ALLOW_NET4 4        /* widest network that may be allowed */
#define LIMIT_ALLOW_NET6 7

/* store */
#define LIMIT_ROWS (1ull << 33)   /* rows of a store */
#define LIMIT_GUARD_VALUES 16000000u /* canaries and top list */
#define LIMIT_BLOCK_RAW KIB(64)   /* raw bytes aimed at in one block */
#define LIMIT_READERS 1024        /* LMDB reader slots */
#define LIMIT_CHANGES_PAGES 16384u /* 4 KiB pages of the change log kept */

#endif
