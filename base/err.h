/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The error object.
 *
 * A fallible function takes a `struct err *` as its last argument and returns
 * -1 (or NULL) when it fails, having filled the object.  The first error wins:
 * err_set() on an object that already holds one changes nothing, so a cause is
 * never hidden by the clean-up that follows it.  Callers add what they know
 * with err_context() on the way up; only cmd/ prints, once.
 *
 * The text is one line without a final period that names the thing, the place
 * (file:line:column, URL, object id) and the way out, in that order:
 *   "/etc/taxiway/taxiway.yaml:12:5: unknown key 'urll' (did you mean 'url'?)"
 *
 * A NULL object is accepted everywhere and drops the text.  Objects belong to
 * the caller, own nothing and need no clean-up.  Not shared between threads.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/cc.h"

#define ERR_TEXT_MAX 1024

enum err_code {
	ERR_NONE = 0,
	ERR_USAGE,     /* the command line is wrong */
	ERR_CONFIG,    /* the configuration is wrong */
	ERR_MEMORY,    /* an allocation failed or a budget was reached */
	ERR_IO,        /* a local file, pipe or socket failed; see sys */
	ERR_NET,       /* name, connection, time-out */
	ERR_TLS,       /* certificate, protocol version */
	ERR_AUTH,      /* 401, 403, or a secret that cannot be read */
	ERR_MOVED,     /* the server says that it is gone, or elsewhere for good */
	ERR_HTTP,      /* a status that ends the poll */
	ERR_PROTO,     /* a peer broke TAXII, or our own pipe protocol */
	ERR_SYNTAX,    /* bytes that are not what they should be */
	ERR_LIMIT,     /* a named limit of base/limits.h was passed */
	ERR_STORE,     /* the store cannot be used: damaged, missing, no rights */
	ERR_VERSION,   /* the store is of a version this program cannot use */
	ERR_FULL,      /* no room: disk or map */
	ERR_BUSY,      /* another process holds the source's lease */
	ERR_NOT_FOUND, /* what was asked for is not there */
	ERR_INTERNAL   /* a promise of our own was broken */
};

struct err {
	int code;                /* enum err_code; ERR_NONE while unset */
	int sys;                 /* errno at the cause, or 0 */
	char text[ERR_TEXT_MAX]; /* NUL-terminated, cut when longer */
};

#define ERR_INIT                                                               \
	{                                                                      \
		0, 0, {0}                                                      \
	}

/* Fill an unset object.  Control characters in the result become '?', so that
 * hostile text cannot reach a terminal.  Always returns -1. */
int err_set(struct err *e, int code, const char *fmt, ...) CC_PRINTF(3, 4);

/* The same, with ": <strerror(errnum)>" appended and `sys` set. */
int err_sys(struct err *e, int code, int errnum, const char *fmt, ...)
    CC_PRINTF(4, 5);

/* Put "<context>: " in front of the text of a set object; no-op when unset.
 * Always returns -1. */
int err_context(struct err *e, const char *fmt, ...) CC_PRINTF(2, 3);

/* Return the object to its unset state. */
void err_clear(struct err *e);

/* A short stable word for a code ("network", "store" …), for logs and JSON.
 * Static storage. */
const char *err_name(int code);

#endif
