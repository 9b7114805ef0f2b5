/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libtaxiway: read a Taxiway store of threat intelligence, live.
 *
 *	tw_store *store;
 *	tw_snapshot *snap;
 *	struct tw_match m[8];
 *	size_t i, n;
 *
 *	if (tw_open("/var/lib/taxiway/store.mdb", 0, &store, NULL) != TW_OK) …
 *	tw_snapshot_begin(store, &snap);
 *	tw_lookup(snap, TW_TYPE_AUTO, "198.51.100.7", TW_LENGTH, TW_FIND_ALL,
 *	    m, 8, &n);
 *	for (i = 0; i < n; i++)
 *		if (m[i].active) …
 *	tw_snapshot_end(snap);
 *	tw_close(store);
 *
 * A store is one file that one Taxiway writes and any number of processes read
 * at the same time, without a server.  Readers never wait for the writer, nor
 * it for them.
 *
 * Ownership.  Everything handed out (struct tw_str, pointers in structs) is
 * borrowed from the store's memory map or from the snapshot and valid until the
 * snapshot ends or is renewed, unless its function says less.  A match, claim or
 * object of an earlier view is refused with TW_ARGUMENT where that can be seen.
 * tw_str is not followed by a NUL.  In a tw_claim, tw_threat and tw_object, `id`
 * may point into the struct itself: a copy of the struct borrows from it.
 *
 * Threads.  A tw_store may be used by many threads at once; a tw_snapshot by
 * one at a time.  Snapshots are cheap (under 0.2 µs to renew): take one per
 * packet burst or per request, and do not keep one for minutes, since the file
 * cannot reuse space that a snapshot still sees.  A look-up takes no lock and
 * makes no system call, and allocates nothing (only a name with characters that
 * are not ASCII, or with "xn--" in it, goes through libidn2, which does).
 *
 * Views.  A snapshot is fixed to the newest commit by the first call behind its
 * begin or renewal that needs the store; from then on it stands still.  Nothing
 * is held before, and a miss that the store's filter can answer does not need
 * the store.
 *
 * Fork.  A child must not use what its parent opened; every call there returns
 * TW_FORKED until the child has called tw_reopen().
 *
 * Damage.  Every record is checked as it is read: a damaged one gives
 * TW_DAMAGED and a text.  The pages of the file are checked by tw_verify(), and
 * the few that opening follows by tw_open().
 *
 * Rights.  A reader needs read access to the store and write access to its lock
 * file ("PATH-lock"; group-writable by default), or, without the latter, an
 * immutable copy made by `taxiway snapshot`, opened with TW_OPEN_SNAPSHOT.
 *
 * Times are nanoseconds since 1970-01-01T00:00:00Z; TW_TIME_NEVER is "no end",
 * TW_TIME_NONE "not stated".  Ends are exclusive: active means
 * valid_from <= now < expires_at.
 *
 * Structs are extended in place of `reserved` only, within one SONAME.  Codes
 * and their order never change.
 */
#ifndef TAXIWAY_H
#define TAXIWAY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TW_API __attribute__((visibility("default")))
#else
#define TW_API
#endif

#define TW_VERSION_MAJOR 0
#define TW_VERSION_MINOR 1

typedef struct tw_store tw_store;
typedef struct tw_snapshot tw_snapshot;

struct tw_str {
	const char *p; /* NULL when absent */
	size_t n;
};

#define TW_TIME_NONE INT64_MIN
#define TW_TIME_NEVER INT64_MAX
#define TW_LENGTH ((size_t)-1)  /* "the text ends with a NUL" */
#define TW_UNKNOWN 255          /* a confidence that was not stated */

/* What functions return: 0 is good, > 0 is an answer, < 0 an error. */
enum tw_result {
	TW_OK = 0,
	TW_END = 1,          /* a walk is over */
	TW_NOT_FOUND = 2,    /* what was asked for is not there */
	TW_RESYNC = 3,       /* the change log does not go back that far */
	TW_ARGUMENT = -1,    /* a NULL, a size or a code that makes no sense */
	TW_MALFORMED = -2,   /* the text is not a value of that type */
	TW_MISSING = -3,     /* no store at that path */
	TW_ACCESS = -4,      /* no right to read it, or to its lock file */
	TW_DAMAGED = -5,     /* not a store, truncated, or a broken record */
	TW_VERSION = -6,     /* made by a version that cannot be read here */
	TW_READERS = -7,     /* all reader slots are taken */
	TW_MEMORY = -8,
	TW_FORKED = -9,      /* see tw_reopen() */
	TW_SYSTEM = -10,     /* another error of the system; see the text */
	TW_LOCKLESS = -11    /* TW_OPEN_SNAPSHOT on a live store: refused */
};

/* One line for a result code.  Static storage. */
TW_API const char *tw_strerror(int result);

/* Filled on failure where a function takes one; NULL is accepted. */
struct tw_error {
	int result;
	char text[1024];
};

/* ---- opening ------------------------------------------------------------ */

enum tw_open_flag {
	TW_OPEN_SNAPSHOT = 1  /* PATH is an immutable copy; no lock is taken.
	                       * A live store is refused with TW_LOCKLESS. */
};

/* Open a store.  Opening the same file again in one process shares the first
 * (LMDB allows no second). */
TW_API int tw_open(const char *path, unsigned flags, tw_store **store,
    struct tw_error *error);
/* Every snapshot must have ended.  NULL is accepted. */
TW_API void tw_close(tw_store *store);
/* In a forked child: open anew what the parent had open; snapshots of the parent
 * may only be ended there.  Elsewhere, with no snapshot in use: look again what
 * lies at the path (a newer copy made by tw_publish()). */
TW_API int tw_reopen(tw_store *store, struct tw_error *error);

/* The generation: grows by one with every commit of data.  Cheap; a tool may
 * ask before it renews its snapshot. */
TW_API int tw_generation(tw_store *store, uint64_t *generation);

/* A consistent view.  TW_READERS when all slots are taken.  Snapshots that have
 * ended are kept for the next one, so begin and end take a lock for a moment. */
TW_API int tw_snapshot_begin(tw_store *store, tw_snapshot **snapshot);
/* Move to the newest commit; what was borrowed is gone. */
TW_API int tw_snapshot_renew(tw_snapshot *snapshot);
TW_API void tw_snapshot_end(tw_snapshot *snapshot);

/* What the last call on this snapshot that failed (a result < 0) has to say:
 * one line, valid until the next call. */
TW_API const char *tw_snapshot_error(const tw_snapshot *snapshot);

/*
 * The time that verdicts of this snapshot are computed for: that at which the
 * view was fixed (wall clock), unless set here, until the snapshot ends.
 * TW_TIME_NONE: back to the clock.  What was borrowed is gone.
 *
 * With a time before the newest commit it is a look back: was the value active
 * then, by what is known now?  A claim counts from its valid_from (or else from
 * when it was created, or first seen), although it came later, and one that was
 * withdrawn, revoked or moved since counts up to then.  What was taken back
 * (rolled back, benign) never counts.
 */
TW_API void tw_snapshot_at(tw_snapshot *snapshot, int64_t now);
/*
 * Show what was known at a time: each source as it was before its first poll that
 * began later.  TW_TIME_NONE: all that is known now.  Verdicts are for that time,
 * too (what a reader would have been told then), unless tw_snapshot_at() sets
 * another.  Holds until the snapshot ends; what was borrowed is gone.
 */
TW_API void tw_snapshot_known_at(tw_snapshot *snapshot, int64_t known);

/*
 * A ceiling on TLP: claims above it are left out before anything is combined, as
 * if their sources had not said them, and so are objects and relationships.  A
 * claim without a marking, of a source without a default, is left out too.  0:
 * no ceiling.  Holds until the snapshot ends.  (The change log is not filtered.)
 */
TW_API void tw_snapshot_tlp_max(tw_snapshot *snapshot, int tlp);

/*
 * What allow-lists do to the verdicts of this snapshot.  Holds until it ends.
 */
enum tw_allow_use {
	TW_ALLOW_APPLY = 0,  /* what they hold is suppressed or capped */
	TW_ALLOW_NAME = 1    /* it is named (TW_ALLOWED), and active as before */
};
TW_API void tw_snapshot_allow(tw_snapshot *snapshot, int use);

/* ---- looking up --------------------------------------------------------- */

/* Types are named like STIX: "ipv4-addr", "domain-name", "url", "sha256" …
 * (the list: taxiway(1)). */
#define TW_TYPE_AUTO 0
/* The code of a name or alias, or 0; the name of a code, or NULL. */
TW_API int tw_type_code(const char *name);
TW_API const char *tw_type_name(int type);

enum tw_match_kind {
	TW_MATCH_EXACT = 1,
	TW_MATCH_NETWORK = 2,       /* a network that holds the address (or the
	                             * network asked for) */
	TW_MATCH_PARENT_DOMAIN = 3, /* a parent of the domain asked for */
	TW_MATCH_URL_LOOSE = 4,     /* the URL but for scheme, port and case */
	TW_MATCH_URL_HOST = 5       /* the URL's host as a domain or address;
	                             * only with TW_FIND_HOST */
};
TW_API const char *tw_match_name(int kind); /* "exact", "network" … */

enum tw_find {
	TW_FIND_EXACT = 1, TW_FIND_NETWORK = 2, TW_FIND_PARENT = 4,
	TW_FIND_LOOSE = 8, TW_FIND_HOST = 16,
	TW_FIND_ALL = 15           /* all but HOST */
};

enum tw_state { /* of a match or a claim, at the snapshot's time */
	TW_ACTIVE = 1,
	TW_PENDING = 2,  /* valid_from lies ahead */
	TW_EXPIRED = 3,
	TW_REVOKED = 4,
	TW_BENIGN = 5,   /* said to be benign: never active */
	TW_ENDED = 6,    /* withdrawn, rolled back …: it counts no more */
	TW_UNSEEN = 7,   /* in a view of the past: it had not come yet */
	TW_SUPPRESSED = 8 /* an allow-list holds it: tw_allow_next() */
};
TW_API const char *tw_state_name(int state); /* "active", "pending" … */

enum tw_match_flag {
	TW_COMPOUND = 1, /* part of an AND of several tests: a hit on this value
	                  * alone is not yet the whole pattern */
	TW_ALLOWED = 2,  /* allow-lists name it: tw_allow_next() */
	TW_CAPPED = 4    /* one of them bounds its confidence */
};

/* A value of the store that the probe matches, with its verdict. */
struct tw_match {
	uint16_t type;          /* tw_type_name() */
	uint8_t kind;           /* enum tw_match_kind */
	uint8_t active;         /* 1 or 0: state == TW_ACTIVE */
	uint8_t state;          /* enum tw_state */
	uint8_t confidence;     /* 0 … 100 or TW_UNKNOWN: highest of live claims */
	uint8_t tlp;            /* 0 unknown, 1 clear … 5 red: tw_tlp_name() */
	uint8_t prefix;         /* length of a network's prefix */
	uint32_t flags;         /* enum tw_match_flag */
	uint32_t claims;        /* how many there are */
	int64_t valid_from;     /* earliest of the live claims */
	int64_t valid_until;    /* latest end that those claims state */
	int64_t expires_at;     /* when it stops to be active */
	struct tw_str key;      /* its key in the store (doc/format.md) */
	uint64_t row;           /* (private) */
	uint64_t recflags;      /* (private) */
	struct tw_str allow;    /* (private) */
	uint64_t reserved[1];
};

/*
 * Look one text up.  `type` as above; AUTO tries each of what the text may be: 64
 * digits are a SHA-256 or a fingerprint, "evil.exe" a domain or a file.  At most
 * `max` matches are written, exact first, then narrow before wide; *found is
 * how many there are.  TW_OK (with *found == 0 for a miss), or TW_MALFORMED
 * when the text is no value (of that type).
 */
TW_API int tw_lookup(tw_snapshot *snapshot, int type, const char *text,
    size_t length, unsigned find, struct tw_match *matches, size_t max,
    size_t *found);

/* An address in network byte order (4 or 16 bytes), for tools in a packet's
 * path: exact and covering networks. */
TW_API int tw_lookup_addr(tw_snapshot *snapshot, const void *addr,
    size_t length, struct tw_match *matches, size_t max, size_t *found);
/* A name in DNS wire format, any case: exact and parents. */
TW_API int tw_lookup_name(tw_snapshot *snapshot, const void *wire,
    size_t length, struct tw_match *matches, size_t max, size_t *found);

struct tw_probe {
	int type;               /* in: as above */
	const char *text;       /* in */
	size_t length;          /* in */
	int result;             /* out: as tw_lookup() */
	struct tw_match match;  /* out: the first, valid when found > 0 */
	size_t found;           /* out */
};
/* Many at once, in the order that is fastest for the store. */
TW_API int tw_lookup_batch(tw_snapshot *snapshot, struct tw_probe *probes,
    size_t count, unsigned find);

/* How far to trust a match: what its active claims come to together. */
struct tw_quality {
	uint8_t confidence;     /* highest stated, or TW_UNKNOWN */
	uint8_t fused;          /* of the sources together: 1 − Π (1 − r · c) over
	                         * independent groups, r their reliability, c the
	                         * score of what is stated; or TW_UNKNOWN */
	uint8_t score;          /* highest, or TW_UNKNOWN */
	uint32_t claims;        /* active ones */
	uint32_t sources;       /* that make them */
	uint32_t groups;        /* independent ones of these, 64 at most */
	uint64_t reserved[4];
};
TW_API int tw_qualify(tw_snapshot *snapshot, const struct tw_match *match,
    struct tw_quality *quality);

/* The text of a match's value, as taxiway prints it; NUL-terminated, cut at
 * `size`.  Returns its whole length. */
TW_API size_t tw_value_text(tw_snapshot *snapshot,
    const struct tw_match *match, char *text, size_t size);

/* ---- allow-lists -------------------------------------------------------- */

enum tw_allow_mode {
	TW_MODE_INFORM = 1,  /* the entry is told, and that is all */
	TW_MODE_CAP = 2,     /* confidence is at most `cap`; one that is not
	                      * stated is `cap` */
	TW_MODE_BLOCK = 3    /* the value is suppressed: TW_SUPPRESSED */
};
TW_API const char *tw_allow_mode_name(int mode); /* "inform", "cap", "block" */

/* An entry of an allow-list that holds a value. */
struct tw_allow {
	struct tw_str list;        /* its name; "own": entered by hand;
	                            * "built-in": comes with the program */
	struct tw_str version, description;
	struct tw_str reason, by;  /* of one entered by hand */
	const char *how;           /* "value", "parent-domain", "network",
	                            * "url-host", "substring", "regex",
	                            * "public-suffix" */
	uint8_t mode, cap;         /* enum tw_allow_mode */
	uint8_t probe;             /* it holds what was asked for, which lies in
	                            * the network, or below the domain, that
	                            * matched */
	uint8_t unused[5];
	int64_t added;             /* when it was entered, or its list loaded
	                            * first; NONE: built in */
	int64_t expires;           /* TW_TIME_NEVER: none */
	char entry[512];           /* its text, NUL-terminated, cut */
	uint64_t reserved[4];
};
/*
 * The entries that hold the value of a match, or what was asked for, at the
 * snapshot's time, the strongest first (block before cap before inform); that
 * one decides.  *pos starts at 0.  TW_OK or TW_END.
 */
TW_API int tw_allow_next(tw_snapshot *snapshot, const struct tw_match *match,
    size_t *pos, struct tw_allow *allow);

/* An allow-list of the store. */
struct tw_allow_list {
	struct tw_str name, version, description, path;
	const char *kind;          /* "string", "hostname", "cidr", "substring",
	                            * "regex", "suffixes", "lines" */
	uint8_t mode, cap;
	uint8_t configured;        /* by the configuration, not by hand */
	uint8_t unused[5];
	int64_t since, loaded;     /* first, and newest */
	uint64_t entries, rejected;
	uint64_t reserved[4];
};
/* *pos starts at 0.  TW_OK or TW_END.  (Entries made by hand are in none.) */
TW_API int tw_allow_list_next(tw_snapshot *snapshot, uint16_t *pos,
    struct tw_allow_list *list);
struct tw_cursor;
/* Entries made by hand, in key order, those that have ended too; the cursor
 * starts zeroed.  TW_OK or TW_END. */
TW_API int tw_allow_own_next(tw_snapshot *snapshot, struct tw_cursor *cursor,
    struct tw_allow *allow);

/* ---- the context of a match --------------------------------------------- */

/* What one source says about the value: one indicator (or observable). */
struct tw_claim {
	struct tw_str source;       /* name of the source */
	struct tw_str id;           /* STIX id */
	struct tw_str name;
	struct tw_str pattern;      /* absent when only the object holds it */
	struct tw_str pattern_type;
	int64_t created, modified, valid_from, valid_until;
	int64_t expires_at;         /* its own end under the source's policy */
	int64_t first_seen, last_seen; /* when polls brought and last confirmed */
	uint8_t confidence, tlp;
	uint8_t revoked;
	uint8_t state;              /* enum tw_state */
	uint32_t flags;             /* enum tw_match_flag */
	uint32_t poll;              /* number of the poll that brought it */
	uint16_t source_id;         /* of tw_source */
	uint64_t row;               /* (private) */
	struct tw_str record;       /* (private) */
	char idtext[64];            /* (private) */
	uint64_t view;              /* (private) */
	uint8_t rule;               /* what set expires_at: tw_rule_name() */
	uint8_t ended;              /* TW_ENDED: why; tw_end_name() */
	uint8_t score;              /* confidence less decay; TW_UNKNOWN */
	uint8_t type;               /* (private) */
	uint8_t unused[4];
	int64_t ended_at;           /* or TW_TIME_NONE */
	uint64_t reserved[1];
};

/* "valid-until", "ttl", "decay", "max-validity", "no-end"; NULL. */
TW_API const char *tw_rule_name(int rule);
/* The ageing policy that holds for a claim, in words and numbers, NUL-terminated,
 * cut at `size`.  Returns its whole length; 0: the claim is of another view. */
TW_API size_t tw_claim_policy(tw_snapshot *snapshot,
    const struct tw_claim *claim, char *text, size_t size);
/* "withdrawn", "moved", "rolled-back", "expired" …; NULL. */
TW_API const char *tw_end_name(int reason);

/* That the newest whole listings of a claim's source lack its object. */
struct tw_absence {
	int64_t since;          /* when the first of them was read */
	int64_t not_before;     /* it is not withdrawn before this time … */
	uint32_t listings;      /* lack it so far; … */
	uint32_t after;         /* … nor before so many in a row do */
	uint64_t reserved[2];
};
/* TW_NOT_FOUND: it is listed, or has ended. */
TW_API int tw_claim_absence(tw_snapshot *snapshot,
    const struct tw_claim *claim, struct tw_absence *absence);

/*
 * An earlier time that the object of a claim was here: it had ended and came back,
 * and its source's settings take that as a beginning (first_seen).  Number 0 is
 * the newest; the oldest of many are not kept.
 */
struct tw_episode {
	int64_t from, to;       /* `to` is exclusive */
	uint32_t before;        /* how many there were in all */
	uint8_t ended;          /* why: tw_end_name() */
	uint8_t unused[3];
	uint64_t reserved[1];
};
/* TW_NOT_FOUND: there is none of that number. */
TW_API int tw_claim_episode(tw_snapshot *snapshot,
    const struct tw_claim *claim, unsigned number, struct tw_episode *episode);

/*
 * When the value was seen, by the word of its feed (map-first-seen and
 * map-last-seen, first_seen and last_seen of MISP); of a STIX sighting, how often,
 * too.  (When polls saw it: tw_claim.first_seen.)
 */
struct tw_stated {
	int64_t first, last;    /* or TW_TIME_NONE */
	uint64_t count;         /* 0: not stated */
	uint64_t reserved[1];
};
/* TW_NOT_FOUND: nothing is stated of that. */
TW_API int tw_claim_stated(tw_snapshot *snapshot,
    const struct tw_claim *claim, struct tw_stated *stated);

/* That the value was met here (`taxiway seen`). */
struct tw_sighting {
	uint64_t count;
	int64_t first, last;
	uint64_t reserved[2];
};
/* TW_NOT_FOUND: it never was. */
TW_API int tw_sightings(tw_snapshot *snapshot, const struct tw_match *match,
    struct tw_sighting *sighting);
/* Who reported it, who did last first; *pos starts at 0.  TW_OK or TW_END. */
TW_API int tw_sighting_by(tw_snapshot *snapshot, const struct tw_match *match,
    size_t *pos, struct tw_str *who, uint64_t *count, int64_t *last);

/* The claims of a match, in order of source, within one newest `modified`
 * first; *found may exceed `max`. */
TW_API int tw_claims(tw_snapshot *snapshot, const struct tw_match *match,
    struct tw_claim *claims, size_t max, size_t *found);

enum tw_item {
	TW_LABELS = 1, TW_INDICATOR_TYPES = 2,
	TW_KILL_CHAIN = 3,  /* a: kill_chain_name, b: phase_name */
	TW_ALIASES = 4,
	TW_VALUES = 5,      /* a: type, b: text; valid until the next call */
	TW_REFERENCES = 6   /* a: member, "created_by_ref", "source_ref",
	                     * "relationship_type" …, b: text; valid until the
	                     * next call */
};
/* The items of a list of a claim; *pos starts at 0.  TW_OK or TW_END. */
TW_API int tw_claim_item(tw_snapshot *snapshot, const struct tw_claim *claim,
    int what, size_t *pos, struct tw_str *a, struct tw_str *b);

/*
 * What belongs to the match's value within one claim: the other values of the
 * same alternative of the pattern, so that the hashes of one file are found
 * together ("same file").  Never a reason to take two values for one.
 * a: type, b: text, valid until the next call; *pos starts at 0.  TW_OK or
 * TW_END.
 */
TW_API int tw_claim_group(tw_snapshot *snapshot, const struct tw_match *match,
    const struct tw_claim *claim, size_t *pos, struct tw_str *a,
    struct tw_str *b);

/* What an indicator indicates: the other end of its relationships. */
struct tw_threat {
	struct tw_str relationship; /* "indicates" … */
	struct tw_str type;         /* "malware", "intrusion-set" … */
	struct tw_str name;         /* absent while the object has not come */
	struct tw_str id;
	struct tw_str source;       /* who says so */
	char idtext[64];            /* (private) */
	uint64_t reserved[2];
};
TW_API int tw_threats(tw_snapshot *snapshot, const struct tw_claim *claim,
    struct tw_threat *threats, size_t max, size_t *found);

/* ---- walking ------------------------------------------------------------ */

/* A place in a walk; zero it to start.  It survives the snapshot: a long walk
 * may renew the snapshot between two steps and goes on behind the last key. */
struct tw_cursor {
	uint16_t table, length;
	unsigned char key[512];
};

/* Values in key order; type 0: all.  TW_OK or TW_END. */
TW_API int tw_value_next(tw_snapshot *snapshot, struct tw_cursor *cursor,
    int type, struct tw_match *match);

/* An object of the store as one source brought it. */
struct tw_object {
	struct tw_str id, type, name, source;
	int64_t created, modified;
	uint8_t revoked;
	uint8_t tlp;
	uint8_t foreign;        /* json is no STIX: an entry of another feed */
	uint32_t poll;
	struct tw_str json;     /* the original bytes; absent when the source's
	                         * policy does not keep them.  Valid until the
	                         * next call that hands out an object */
	struct tw_claim claim;  /* its record read as a claim (indicators) */
	uint64_t reserved[4];
};
/* By STIX id; `source` NULL: the newest `modified` of all sources. */
TW_API int tw_object_get(tw_snapshot *snapshot, const char *id,
    const char *source, struct tw_object *object);
/* All objects in the order they came; `with_json` 0 skips unpacking. */
TW_API int tw_object_next(tw_snapshot *snapshot, struct tw_cursor *cursor,
    int with_json, struct tw_object *object);

/* One subscribed source. */
struct tw_source {
	struct tw_str name, kind, url, collection;
	struct tw_str state;    /* how its newest poll ended: "new" (none yet),
	                         * "ok", "failing", "held", "auth", "moved",
	                         * "full" */
	struct tw_str error;    /* of the newest poll; empty when it was fine */
	int64_t last_poll, last_success, last_change;
	uint32_t polls;
	uint64_t objects, claims, revoked, patterns, rejected;
	uint16_t id;
	/* Objects that the newest whole listing lacks and that still count, and
	 * those that count no more because of that. */
	uint64_t missing, withdrawn;
	/* What the schedule goes by; times are 0 when there is none. */
	int64_t paused;         /* since when polls are not wanted */
	int64_t state_since;    /* when the state became what it is */
	int64_t retry_at;       /* the server wants no poll before */
	uint32_t failures;      /* polls in a row that did not end well */
	uint32_t hidden_from;   /* rolled back to before this poll; 0: not */
	uint8_t held;           /* a listing is held (taxiway accept) */
	uint8_t forgotten;      /* it is being removed */
	int64_t stated;         /* of when the feed itself says that it is */
	int64_t last_asked;     /* start of the newest poll that sent a request */
};
/* *id starts at 0.  TW_OK or TW_END. */
TW_API int tw_source_next(tw_snapshot *snapshot, uint16_t *id,
    struct tw_source *source);

/* What its operator says of a source, for people; as the newest poll knew it.
 * What nothing was said of is empty. */
struct tw_about {
	struct tw_str title;    /* the feed and its provider */
	struct tw_str docs;     /* URL of what documents it */
	struct tw_str checked;  /* YYYY-MM-DD: last compared with that */
	struct tw_str terms;    /* of use */
	struct tw_str tags;     /* commas between */
	struct tw_str reserved[3];
};
/* TW_OK, or TW_END: there is no such source. */
TW_API int tw_source_about(tw_snapshot *snapshot, uint16_t source,
    struct tw_about *about);

/* One poll of a source, newest first; *poll starts at 0. */
struct tw_poll {
	uint32_t poll;
	uint8_t complete;
	int64_t start, end;
	uint64_t pages, bytes, objects;
	uint64_t added, updated, unchanged, revoked, older, rejected, values;
	struct tw_str error;
	uint64_t stale;         /* new versions that had ended on arrival */
	uint64_t bad_dates;     /* those whose valid_until made no sense */
	uint64_t reserved[2];
};
TW_API int tw_poll_next(tw_snapshot *snapshot, uint16_t source,
    uint32_t *poll, struct tw_poll *out);
/* Rejections of a poll by reason; *pos starts at 0.  TW_OK or TW_END. */
TW_API int tw_poll_reject(tw_snapshot *snapshot, uint16_t source,
    uint32_t poll, size_t *pos, const char **reason, uint64_t *count);
/* What the feed did against the rules in a poll, by the stable names of the
 * program that polled (taxiway.yaml(5), deviations); *pos starts at 0.  TW_OK
 * or TW_END. */
TW_API int tw_poll_deviation(tw_snapshot *snapshot, uint16_t source,
    uint32_t poll, size_t *pos, struct tw_str *name, uint64_t *count);

/* What a source contributed as of a poll.  Only active claims count. */
struct tw_metrics {
	uint32_t poll;          /* at which it was measured: this poll or, when
	                         * little has changed since, an earlier one */
	uint32_t latency_of, retention_of, age_of; /* samples; 0: no median */
	uint64_t values;        /* that it claims */
	uint64_t exclusive;     /* that no other source claims */
	uint64_t suppressed;    /* held by an allow-list */
	/* Medians, nanoseconds: how long a shared value came here behind the
	 * first of the others (negative: before them); how long claims that
	 * ended had been there; how long those that did not have been. */
	int64_t latency, retention, age;
	int64_t newest;         /* newest `modified` that it brought, or NONE */
	uint64_t reserved[4];
};
/* TW_NOT_FOUND: not measured yet. */
TW_API int tw_poll_metrics(tw_snapshot *snapshot, uint16_t source,
    uint32_t poll, struct tw_metrics *metrics);
/* The other sources that claim the same values, most values first, at most 32;
 * `poll` is tw_metrics.poll, *pos starts at 0.  TW_OK or TW_END. */
TW_API int tw_poll_share(tw_snapshot *snapshot, uint16_t source,
    uint32_t poll, size_t *pos, struct tw_str *name, uint64_t *values);

struct tw_status {
	char uuid[37];          /* of the store */
	uint32_t schema, normaliser;
	uint64_t generation, oldest_change;
	uint64_t values, claims, objects, patterns, rules, relationships;
	uint64_t bytes;         /* of the file, as used */
	uint64_t readers;       /* reader slots in use */
	int64_t written;        /* newest commit */
	/* Upkeep does not believe the machine's clock since then (0: it does),
	 * and for good removes only what had ended by the other time. */
	int64_t clock_doubted, clock_believed;
	uint64_t pages, free_pages; /* of the file; what is free is used again */
	uint64_t reserved[4];
};
TW_API int tw_status(tw_snapshot *snapshot, struct tw_status *status);
/*
 * How many values are active now, and how many that would be are suppressed by
 * allow-lists: counts[0] of the store, counts[i] those of them with an active
 * claim of the source whose id is i, up to counts[n - 1].  One walk over all
 * values, whatever n is (0.2 s a million).
 */
struct tw_count {
	uint64_t active, suppressed;
};
TW_API int tw_count(tw_snapshot *snapshot, struct tw_count *counts, size_t n);
/* How many values are active now; walks all of them (0.2 s a million).
 * `source` 0: the store's; else those with an active claim of that source. */
TW_API int tw_count_active(tw_snapshot *snapshot, uint16_t source,
    uint64_t *count);
/* The same of those that allow-lists suppress. */
TW_API int tw_count_suppressed(tw_snapshot *snapshot, uint16_t source,
    uint64_t *count);

/*
 * How much do sources tell the same?  For `count` sources (ids of tw_source, at
 * most TW_COMPARE_MAX): shared[i * count + j] is the number of values on which
 * both i and j have an active claim (i == j: that i has), exclusive[i] that of
 * values that no other source of the store claims.  Walks all values (0.2 s a
 * million).
 */
#define TW_COMPARE_MAX 256
TW_API int tw_compare(tw_snapshot *snapshot, const uint16_t *sources,
    size_t count, uint64_t *shared, uint64_t *exclusive);

/* ---- changes ------------------------------------------------------------ */

enum tw_change_op {
	TW_ADDED = 1,   /* the value is active now */
	TW_UPDATED = 2, /* it stays so, with another verdict or other claims */
	TW_REMOVED = 3  /* it is active no longer */
};
struct tw_change {
	uint64_t generation;
	uint8_t op, prefix;
	uint16_t type;
	uint8_t reason;         /* tw_reason_name() */
	struct tw_str key;
	char text[512];         /* the value, NUL-terminated, cut; empty when it
	                         * is gone and its key does not give it */
};
struct tw_change_cursor {
	uint64_t generation; /* in: the last one the caller has seen whole */
	uint64_t at; uint32_t part; uint32_t pos; /* (private) zero to start */
};
/*
 * What changed in the active set behind cursor->generation, in order: played
 * from an empty set it gives the values that are active.  A value that no
 * commit touches leaves when its time has come too, at the next upkeep (after
 * each pull, or `taxiway sweep`).
 *
 * TW_OK with a change; TW_END when all of this snapshot has been told, with
 * cursor->generation set to it (the explicit end mark: store it); TW_RESYNC
 * when the log does not go back so far: read all values, then go on from the
 * snapshot's generation (what the clock did meanwhile may then be told of
 * values that were read so already).
 */
TW_API int tw_change_next(tw_snapshot *snapshot,
    struct tw_change_cursor *cursor, struct tw_change *change);

/* Why: "new", "begun", "renewed", "changed", "expired", "revoked", "withdrawn" …
 * (the list: taxiway(1)).  Static storage; "changed" when not known here. */
TW_API const char *tw_reason_name(int reason);

/* ---- care --------------------------------------------------------------- */

/* Walk and cross-check every tree.  `problem` is called with one line for each
 * (may be NULL).  TW_OK when there is none, TW_DAMAGED otherwise. */
TW_API int tw_verify(tw_snapshot *snapshot,
    void (*problem)(void *ctx, const char *text), void *ctx,
    uint64_t *checked);

/* Write an immutable, compact copy and rename it into place (with its filter);
 * for containers, read-only mounts and chroots. */
TW_API int tw_publish(tw_store *store, const char *path,
    struct tw_error *error);

/* ---- names -------------------------------------------------------------- */
TW_API int tw_tlp_code(const char *name); /* 0: none of them */
TW_API const char *tw_tlp_name(int tlp); /* "clear" … "red"; NULL: unknown */

#ifdef __cplusplus
}
#endif

#endif
