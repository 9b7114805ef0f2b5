/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records: what the trees of the store hold, byte for byte.
 *
 * All integers are little-endian in records and big-endian in keys; nothing is
 * aligned, everything is read and written by memcpy.  A record begins with its
 * version; a decoder refuses a version it does not know, checks every length
 * against the end, and skips tags it does not know.  doc/format.md is the same
 * text for other implementers; the two change together.
 *
 * An object record is made by the fetcher, checked by the keeper with
 * object_rec_decode() as if it came from an enemy, completed by it (source,
 * polls, block) and stored as it is: there is one codec, and no copy of it.
 *
 * Decoded structs borrow from the bytes they were decoded from.  Pure,
 * thread-safe.
 */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/idkey.h"
#include "base/slice.h"
#include "base/tlp.h"
#include "base/value.h"

#define RECORD_VERSION 1
#define CONFIDENCE_UNKNOWN 255

/* ---- values and nets: the verdict entry of one value ------------------- */

enum value_rec_flag {
	VREC_MULTI = 1,     /* several claims: row is a value id, its claims lie
	                     * in the claims tree; else row is the object's */
	VREC_COMPLEX = 2,   /* valid_from … expires_at has gaps: ask the claims */
	VREC_COMPOUND = 4,  /* every claim is part of an AND of several tests */
	VREC_BENIGN = 8,    /* every claim says benign: never active */
	VREC_REVOKED = 16,  /* every claim is revoked: never active */
	VREC_SUFFIX = 32,   /* meant for sub-domains too ("*.x") */
	VREC_DIGEST = 64,   /* the key is a digest: compare the text */
	VREC_PAST = 256,    /* every claim has ended or is hidden: never active */
	VREC_LAGGED = 512,  /* expires_at is put off by the lag of the source */
	VREC_SLIDING = 1024,/* expires_at is a duration behind the source's newest
	                     * complete poll (store/ageing.h) */
	VREC_ALLOWED = 2048,/* an allow-list named it when it was folded */
	VREC_TOLD = 4096    /* as far as the change log tells, it is active */
};

#define VALUE_REC_LEN 32

struct value_rec {
	uint16_t flags;      /* enum value_rec_flag */
	uint8_t confidence;  /* highest stated by a live claim, or UNKNOWN */
	uint8_t tlp;         /* least restrictive among live claims */
	uint16_t source;     /* of the first claim */
	uint16_t nclaims;    /* saturating */
	int64_t valid_from;  /* earliest of the live (not revoked) claims */
	int64_t expires_at;  /* latest end of those; exclusive */
	uint64_t row;
};

void value_rec_encode(const struct value_rec *r, uint8_t out[VALUE_REC_LEN]);
/* 0, or -1 when the bytes are not such a record. */
int value_rec_decode(struct slice bytes, struct value_rec *r) CC_CHECK;

/* ---- objects: one STIX object as one source tells it -------------------- */

enum object_flag {
	OBJ_REVOKED = 1,
	OBJ_COMPOUND = 2,      /* has a value that is part of an AND */
	OBJ_RULE = 4,          /* indicator whose pattern is not STIX (yara …) */
	OBJ_PATTERN = 8,       /* indicator kept as a pattern: no value */
	OBJ_PARTIAL = 16,      /* some alternative of the pattern has no value */
	OBJ_BENIGN = 32,       /* indicator_types holds "benign" */
	OBJ_ID_DIGEST = 64,    /* TAG_ID_TEXT holds the identifier */
	OBJ_RAW = 128,         /* the original bytes are in block/index */
	OBJ_V20 = 256,         /* STIX 2.0 */
	OBJ_OBSERVABLE = 512,  /* a bare SCO that counts as a claim */
	OBJ_CLAIMS = 1024,     /* its values are claims (indicator or SCO) */
	OBJ_ENDED = 2048,      /* it counts no more: TAG_ENDED says why */
	OBJ_FEED = 4096,       /* read from a feed that is not STIX: the original
	                        * bytes are a line, a row or an element of it */
	OBJ_AWAY = 8192,       /* in `undo`: while it was withdrawn, or had
	                        * expired.  The version that came back has the
	                        * original bytes */
	OBJ_AGAIN = 16384      /* it was here before: TAG_EPISODES says when */
};

/* Tags of the tail: u8 tag, varint length, bytes; or u8 tag | 0x80, u8 number of
 * a well-known word (store/record_words.h).  Append only. */
enum object_tag {
	TAG_END = 0,            /* not used; a zero byte is an error */
	TAG_NAME = 1,           /* UTF-8, cut at LIMIT_NAME */
	TAG_LABEL = 2,          /* repeated */
	TAG_INDICATOR_TYPE = 3, /* repeated */
	TAG_PHASE = 4,          /* repeated: chain, NUL, phase */
	TAG_VALUE = 5,          /* repeated: see object_value */
	TAG_PATTERN = 6,        /* kept when the original bytes are not */
	TAG_PATTERN_TYPE = 7,   /* absent: "stix" */
	TAG_REL_TYPE = 8,       /* relationship_type */
	TAG_SOURCE_REF = 9,     /* idkey, 17 bytes */
	TAG_TARGET_REF = 10,    /* idkey, 17 bytes (sighting_of_ref too) */
	TAG_TYPE_NAME = 11,     /* a type that is not in the table */
	TAG_ID_TEXT = 12,       /* OBJ_ID_DIGEST */
	TAG_CREATED_BY = 13,    /* idkey */
	TAG_MARKING = 14,       /* repeated: idkey of an object marking */
	TAG_ALIAS = 15,         /* repeated */
	TAG_SEEN = 16,          /* i64 first, i64 last, i64 count: of a sighting,
	                         * or as a feed says of its entry */
	TAG_ENDED = 17,         /* u8 reason, i64 when, u32 poll; in front of all
	                         * others; with OBJ_ENDED, by the keeper alone */
	TAG_THREAT = 18,        /* repeated: STIX type, NUL, name; of a feed that
	                         * has no relationships */
	TAG_PARTS = 19,         /* idkeys, 17 bytes each: what a container of such
	                         * a feed holds; see store_poll_parts() */
	TAG_EPISODES = 20,      /* store/episode.h; behind TAG_ENDED, in front of
	                         * all others; with OBJ_AGAIN, by the keeper
	                         * alone */
	TAG_REJECTED = 21       /* u32: what of it could not be read by the feed's
	                         * fault; of a container how many entries, each
	                         * of which was lost whole, of all else 1 */
};

/* Why an object counts no more.  Append only; names are stable. */
enum end_reason {
	END_WITHDRAWN = 1,      /* withdrawn: absent from complete polls */
	END_MOVED = 2,          /* moved: a newer version says something else */
	END_ROLLED_BACK = 3,    /* rolled-back */
	END_FORGOTTEN = 4,      /* forgotten */
	END_REMOVED = 5,        /* removed: the source said so */
	END_REASONS
};
const char *end_reason_name(int reason);

struct object_end {
	uint8_t reason;         /* enum end_reason */
	uint32_t poll;          /* that ended it; 0: none did */
	int64_t when;
};
#define OBJECT_END_LEN 15       /* bytes of TAG_ENDED with its head */

/* A value in TAG_VALUE: u8 type, u8 prefix, u8 flags (enum value_flag), u8
 * object_value_flag, u16 group, varint keylen, key, varint textlen, text. */
enum object_value_flag { OVF_COMPOUND = 1 };
/* In claim_rec.flags only: the claim's value came with VALUE_SUFFIX. */
#define CLAIM_SUFFIX 0x80
/* In claim_rec.flags only: the object says something else now; a version of it
 * in `undo` said this.  (An entry's inline claim has no such flag: the object
 * tells.) */
#define CLAIM_PAST 0x40

struct object_value {
	struct value value;  /* key and text borrowed */
	uint8_t oflags;      /* enum object_value_flag */
	uint16_t group;
};

/* Fixed head; offsets are in record_object.c and doc/format.md. */
#define OBJECT_HEAD_MAX 83 /* bytes of the longest head */
#define OBJECT_FLAGS_AT 2 /* offset of the flags … */
#define OBJECT_ID_AT 4 /* … and of the identifier's key */

struct object_rec {
	struct idkey id;
	uint16_t flags;      /* enum object_flag */
	uint16_t source;     /* set by the keeper */
	uint8_t confidence;  /* 0 … 100 or CONFIDENCE_UNKNOWN */
	uint8_t tlp;         /* enum tlp, as stated; source default not applied */
	uint32_t poll_first; /* poll that brought the id, or brought it back as a
	                      * new episode; set by the keeper */
	uint32_t poll;       /* poll that brought this version; keeper */
	int64_t created, modified;      /* TSTAMP_NONE when not stated */
	int64_t valid_from, valid_until;
	uint64_t hash;       /* digest64 of the original bytes */
	uint64_t block;      /* OBJ_RAW; set by the keeper */
	uint16_t index;      /* OBJ_RAW: place in the block */
	uint16_t nvalues;    /* TAG_VALUE; counted by object_rec_decode() only */
	bool flawed;         /* TAG_REJECTED is there; likewise */
	struct slice tail;   /* the tags, checked */
};

/* Append the head and nothing else; tags follow by object_rec_add*(). */
int object_rec_begin(struct buf *out, const struct object_rec *head);
int object_rec_add(struct buf *out, enum object_tag tag, struct slice bytes);
int object_rec_add_value(struct buf *out, const struct object_value *v);
/* TAG_REJECTED; of nothing, no tag. */
int object_rec_add_rejected(struct buf *out, uint64_t n);
uint64_t object_rec_rejected(const struct object_rec *r);

/*
 * Check the whole record (lengths, tags, enum ranges, that each value's key is
 * canonical: value_key_valid(), sizes against base/limits.h) and fill *r.
 * `trusted` skips the canonical-key check: for readers, whose bytes passed it
 * on their way in.  0, or -1 with e set.
 */
int object_rec_decode(struct slice bytes, bool trusted, struct object_rec *r,
    struct err *e) CC_CHECK;

/* Only the head, for walks over claims; the tail is not looked at, and
 * object_rec_next() is safe on it all the same.  0, or -1. */
int object_rec_head(struct slice bytes, struct object_rec *r) CC_CHECK;

/* Is it a container, which stands for all that it holds (TAG_PARTS)? */
bool object_rec_holds(const struct object_rec *r);

/* Write the place in its block into an encoded record with OBJ_RAW. */
void object_rec_place(uint8_t *bytes, uint16_t index);
/* Write the keeper's fields into an encoded record, in place. */
void object_rec_patch(uint8_t *bytes, uint16_t source, uint32_t poll_first,
    uint32_t poll, uint64_t block);

/* The record as one that has ended (over an end that it has), or as one that has
 * not.  `record` must have been decoded.  0, or -1 when out is full. */
int object_rec_end(struct slice record, const struct object_end *end,
    struct buf *out) CC_CHECK;
int object_rec_unend(struct slice record, struct buf *out) CC_CHECK;
/* A record that has ended (or expired), as `undo` keeps it when poll number `poll`
 * brings it back, and as it stands from then on: brought by that poll. */
int object_rec_return(struct slice record, uint32_t poll, struct buf *away,
    struct buf *back) CC_CHECK;
/* Has it ended?  *end is filled (with zeros where it has not). */
bool object_rec_ended(const struct object_rec *r, struct object_end *end);

/* Walk the tags: *pos starts at 0.  True while there is one; false at the end
 * and at damage. */
bool object_rec_next(const struct object_rec *r, size_t *pos,
    enum object_tag *tag, struct slice *bytes);
/* The first tag of a kind; absent slice when there is none. */
struct slice object_rec_get(const struct object_rec *r, enum object_tag tag);
/* Read the bytes of a TAG_VALUE.  0, or -1. */
int object_value_decode(struct slice bytes, struct object_value *v) CC_CHECK;

/* ---- claims: the objects behind a value that has several ---------------- */
/* key: value id u64 BE, object row u64 BE.  record: u8 version, u8 flags (the
 * claim's own OVF_*), u16 source.  Everything else is the object's. */
#define CLAIM_REC_LEN 4
struct claim_rec {
	uint8_t flags;
	uint16_t source;
};
void claim_rec_encode(const struct claim_rec *r, uint8_t out[CLAIM_REC_LEN]);
int claim_rec_decode(struct slice bytes, struct claim_rec *r) CC_CHECK;

/* ---- blocks: original bytes of several objects, compressed together ------ */
/* u8 version, u8 codec (0 stored, 1 zstd), u16 count, u32 raw length, then
 * `count` u32 lengths, then the payload. */
struct block_rec {
	uint8_t codec;
	uint16_t count;
	uint32_t raw_len;
	struct slice lengths; /* count * 4 bytes */
	struct slice payload;
};
int block_rec_decode(struct slice bytes, struct block_rec *b) CC_CHECK;

/* Collects objects and compresses them; used by the fetcher.  Owned memory. */
struct block_writer;
struct block_writer *block_writer_new(int level);
void block_writer_free(struct block_writer *w);
/* Add one object; returns its index, or -1 when the block is full (65535
 * objects) or memory is out. */
int block_writer_add(struct block_writer *w, struct slice object) CC_CHECK;
size_t block_writer_raw(const struct block_writer *w); /* raw bytes so far */
unsigned block_writer_count(const struct block_writer *w);
/* The encoded block; borrowed until the next call.  The writer is empty again.
 */
int block_writer_finish(struct block_writer *w, struct slice *out,
    struct err *e) CC_CHECK;

/* Unpacks blocks; keeps the last one, so that walking objects in order unpacks
 * each block once.  `n` names the block for that cache. */
struct block_reader;
struct block_reader *block_reader_new(void);
void block_reader_free(struct block_reader *r);
/* Object `index`; borrowed until the next call.  -1 with e set when damaged. */
int block_reader_get(struct block_reader *r, uint64_t n, struct slice block,
    uint16_t index, struct slice *out, struct err *e) CC_CHECK;

/* ---- sources and polls: tagged records ----------------------------------- */

enum source_state { /* how the newest poll ended */
	SOURCE_NEW = 0, SOURCE_OK = 1, SOURCE_FAILING = 2, SOURCE_HELD = 3,
	SOURCE_AUTH = 4, SOURCE_MOVED = 5,
	SOURCE_FULL = 6 /* no room was left for what it would bring */
};

/* What a person wants to know of a source; as its settings say it. */
enum source_fact {
	FACT_TITLE,               /* of the feed, with its provider */
	FACT_DOCS,                /* URL of what documents it */
	FACT_CHECKED,             /* YYYY-MM-DD: compared with that */
	FACT_TERMS,               /* of use */
	FACT_TAGS,                /* the operator's own, commas between */
	SOURCE_FACTS
};

struct source_rec {
	uint16_t id;              /* the key */
	struct slice name;        /* unique, ≤ LIMIT_SOURCE_NAME bytes */
	struct slice kind;        /* "taxii21", "stix" … */
	struct slice url;         /* without credentials */
	struct slice collection;
	struct slice cursor;      /* opaque to the store; see sync/cursor.h */
	uint8_t state;            /* enum source_state */
	uint8_t default_tlp;
	uint8_t keep_raw;         /* the policy at the newest poll */
	uint32_t polls;           /* number of the newest poll */
	uint32_t complete_poll;   /* newest complete poll, 0 none */
	int64_t last_poll;        /* start of the newest poll */
	int64_t last_asked;       /* of the newest one that sent a request, as far
	                           * as is known; 0: none did */
	int64_t last_success;     /* end of the newest complete poll */
	int64_t last_change;      /* newest commit that changed a claim */
	int64_t stated;           /* of when the feed says that it is; 0: it never
	                           * did */
	uint64_t objects, claims, revoked, patterns; /* live counts */
	uint64_t rejected;        /* of the newest poll */
	struct slice error;       /* of the newest poll; empty when it was fine */
	/* Terms (store/terms.h): */
	uint8_t listing;          /* enum listing_kind */
	uint8_t reliability;      /* 1 … 6: A … F; 0 not stated */
	struct slice group;       /* sources of one group tell the same */
	struct slice ageing;      /* ageing_encode(); empty: the default */
	uint32_t hidden_from;     /* claims of this poll and later do not count */
	int64_t frozen;           /* outages made good, added up */
	/* Upkeep: entries of `values` may follow from older terms; objects from
	 * this row on are still to be looked at. */
	uint8_t unsettled;
	uint64_t settle_row;
	uint8_t settle_why;       /* enum change_reason of what that changes */
	/* Undo (store/rollback.h): what stood before this poll and later ones is
	 * kept; the source is to be removed by upkeep. */
	uint32_t undo_from;
	uint8_t forgotten;
	/* History (store/history.h): for how long what has ended is kept (ns; 0:
	 * the default), longer where it was ever met here, and identifiers for
	 * longer still. */
	int64_t history, history_matched, history_ids;
	int64_t hidden_at;        /* when a person hid polls; 0: none did */
	uint64_t buried;          /* identifiers without an object */
	uint32_t polls_kept;      /* poll records before it were looked through */
	/* Presence (store/presence.h): */
	uint32_t absent_polls;    /* listings that must lack an object … */
	int64_t absent_grace;     /* … and for how long, until it is withdrawn */
	uint8_t revive;           /* what comes back begins anew */
	uint32_t walks;           /* whole listings that were believed */
	uint64_t missing;         /* live rows that the newest of them lacks and
	                           * that are not yet to be withdrawn */
	uint64_t withdrawn;       /* rows that ended so and have not returned */
	uint32_t sizes_from;      /* polls before it say nothing about the size */
	/* The listing that is held, if one is (store/credible.h): */
	uint8_t held;             /* enum held_why; 0: none */
	uint32_t held_poll;
	uint32_t held_times;      /* that very listing came so often in a row */
	uint64_t held_print;      /* of what it lists */
	struct slice held_text;   /* for people */
	uint32_t held_hides;      /* hidden_from is this because of what is held;
	                           * 0: it is not */
	uint64_t held_row;        /* rows from it on came since */
	/* The schedule (sync/schedule.h): */
	int64_t paused;           /* since when a person wants no polls; 0 */
	int64_t state_since;      /* when `state` became what it is; 0 unknown */
	int64_t retry_at;         /* the server wants no poll before; 0 */
	uint32_t failures;        /* polls in a row that did not end well */
	struct slice facts[SOURCE_FACTS];
};
int source_rec_encode(const struct source_rec *r, struct buf *out);
int source_rec_decode(uint16_t id, struct slice bytes, struct source_rec *r)
    CC_CHECK;

#define POLL_REASONS 24 /* kinds of rejection counted, enum reject_reason */

#define POLL_DEVIATIONS 40 /* kinds of deviation kept */
#define DEVIATION_NAME_MAX 32

struct poll_deviation { /* of the feed, by a name that is the writer's */
	struct slice name;
	uint64_t count;
};

struct poll_rec {
	uint16_t source; uint32_t poll; /* the key */
	uint8_t complete;
	int64_t start, end;
	uint64_t pages, bytes, objects;
	uint64_t added, updated, unchanged, revoked, older, rejected, values;
	uint64_t reasons[POLL_REASONS];
	struct slice error;
	struct poll_deviation deviations[POLL_DEVIATIONS];
	unsigned ndeviations;
	int64_t frozen;           /* outages of the source up to its start */
	uint8_t whole;            /* it read a whole listing */
	uint8_t held;             /* enum held_why: the listing was not believed */
	uint64_t listed;          /* records in it, rejected ones too */
	uint64_t missing, withdrawn, returned; /* see struct store_counts */
	uint64_t stale, bad_dates; /* as in struct store_counts */
	int64_t newest;           /* newest time of an object that it brought */
	struct slice measure;     /* store/measure.h; empty: not measured */
};
int poll_rec_encode(const struct poll_rec *r, struct buf *out);
int poll_rec_decode(uint16_t source, uint32_t poll, struct slice bytes,
    struct poll_rec *r) CC_CHECK;

/* Why an object, or a value of one, was not taken.  Append only; names are
 * stable ("bad-json", …): they are counted, shown and documented. */
enum reject_reason {
	REJECT_JSON = 0,       /* bad-json: not JSON, or not UTF-8 */
	REJECT_NOT_OBJECT,     /* not-an-object */
	REJECT_TOO_LARGE,      /* too-large */
	REJECT_TOO_DEEP,       /* too-deep */
	REJECT_NO_ID,          /* no-id: id missing or not a string */
	REJECT_NO_TYPE,        /* no-type */
	REJECT_BAD_ID,         /* bad-id: type and id do not agree */
	REJECT_BAD_TIME,       /* bad-time: created or modified unreadable */
	REJECT_NO_PATTERN,     /* no-pattern: an indicator without one */
	REJECT_BAD_PATTERN,    /* bad-pattern: does not parse (kept as an object) */
	REJECT_VALUE_SYNTAX,   /* value-malformed: it, or a part of it, is too long
	                        * or wrong for its type */
	REJECT_VALUE_BOGON,    /* value-bogon */
	REJECT_VALUE_WIDE,     /* value-too-wide */
	REJECT_VALUE_TRIVIAL,  /* value-trivial */
	REJECT_VALUE_OTHER,    /* value-other: of no type that is known */
	REJECT_FILTERED,       /* filtered: by the source's own settings */
	REJECT_RECORD,         /* too many values, labels … for one record */
	REJECT_FIELD,          /* bad-field: of an entry that is not STIX */
	REJECT_VALIDITY,       /* bad-validity: valid_from or valid_until is
	                        * unreadable (taken, as one that is not stated) */
	REJECT_ROW,            /* bad-row: a table has it with other columns */
	REJECT_REASONS
};
const char *reject_name(int reason);
/* Is it the feed's own fault?  What our settings refuse (bogons, filters) says
 * nothing about its listing. */
bool reject_is_fault(enum reject_reason reason);

/* What a rejection takes away. */
enum reject_loss {
	LOSS_ENTRY = 0,        /* an entry, whole: the feed lists it, nothing of
	                        * it counts */
	LOSS_PART,             /* something of an entry that counts: a value of
	                        * several, its pattern, a bound */
	LOSS_MORE,             /* likewise, of an entry that lost a part before
	                        * by a fault of the feed */
	REJECT_LOSSES
};

/* ---- changes ------------------------------------------------------------- */
/* key: generation u64 BE, part u32 BE.  record: u8 version, then entries: u8
 * op and reason << 2, u8 type, u8 prefix, varint keylen, key. */
enum change_op { CHANGE_ADD = 1, CHANGE_UPDATE = 2, CHANGE_REMOVE = 3 };

/* Why a value joined the active set, left it, or stands there otherwise.
 * Append only; the names are stable and documented. */
enum change_reason {
	WHY_NONE = 0,       /* (as an argument: found from the entry) */
	WHY_NEW = 1,        /* new: no entry before */
	WHY_BEGUN = 2,      /* begun: valid_from came */
	WHY_RENEWED = 3,    /* renewed: a claim is active (again) */
	WHY_CHANGED = 4,    /* changed: another verdict, or other claims */
	WHY_EXPIRED = 5,    /* expired: its end passed */
	WHY_REVOKED = 6,    /* revoked by its producer */
	WHY_BENIGN = 7,     /* benign: all that is left says so */
	WHY_PENDING = 8,    /* pending: valid_from was moved ahead */
	WHY_MOVED = 9,      /* moved: its object names other values now */
	WHY_WITHDRAWN = 10, /* withdrawn: gone from its listing */
	WHY_RETURNED = 11,  /* returned: listed again */
	WHY_ROLLED_BACK = 12, /* rolled-back */
	WHY_RESTORED = 13,  /* restored: a rollback was taken back */
	WHY_SUPPRESSED = 14, /* suppressed: an allow-list holds it */
	WHY_RELEASED = 15,  /* released: no allow-list holds it any more */
	WHY_FORGOTTEN = 16, /* forgotten: its source was */
	WHY_POLICY = 17,    /* policy: its source's terms changed */
	WHY_REASONS
};
const char *change_reason_name(int reason);

struct change {
	uint8_t op, why; /* enum change_op, enum change_reason */
	uint8_t type, prefix;
	struct slice key;
};
int change_encode(struct buf *out, const struct change *c);
/* *pos starts at 1 (behind the version); 1 with *c filled, 0 at the end, -1
 * when damaged. */
int change_next(struct slice bytes, size_t *pos, struct change *c) CC_CHECK;

/* ---- varints -------------------------------------------------------------- */
#define VARINT_MAX 10
size_t varint_put(uint8_t *out, uint64_t v);            /* bytes written */
size_t varint_get(const uint8_t *p, size_t n, uint64_t *v); /* 0: bad */

#endif
