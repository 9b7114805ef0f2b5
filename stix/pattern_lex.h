/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tokens of a STIX pattern; private to the parser and to the fast path of
 * stix/reduce.c.
 *
 * The longest match wins, as in the OASIS grammar: `t'…'`, `h'…'` and `b'…'`
 * that are not well formed are no literals at all, and since an identifier is
 * never followed by a string, they are reported as what they were meant to be.
 */
#ifndef STIX_PATTERN_LEX_H
#define STIX_PATTERN_LEX_H

#include <stdbool.h>

#include "base/slice.h"

enum pattern_token {
	TOK_END,
	TOK_BAD,          /* no token; `bad` says what stands there */
	TOK_NAME,         /* an identifier that may name a property or a type */
	TOK_TYPE_NAME,    /* an identifier with a hyphen: a type only */
	TOK_STRING, TOK_INT, TOK_FLOAT, TOK_BOOL, TOK_TIMESTAMP, TOK_HEX,
	TOK_BINARY,
	TOK_AND, TOK_OR, TOK_NOT, TOK_FOLLOWEDBY, TOK_LIKE, TOK_MATCHES,
	TOK_ISSUPERSET, TOK_ISSUBSET, TOK_EXISTS, TOK_LAST, TOK_IN, TOK_START,
	TOK_STOP, TOK_SECONDS, TOK_WITHIN, TOK_REPEATS, TOK_TIMES,
	TOK_EQ, TOK_NE, TOK_LT, TOK_LE, TOK_GT, TOK_GE,
	TOK_COLON, TOK_DOT, TOK_COMMA, TOK_STAR,
	TOK_LPAREN, TOK_RPAREN, TOK_LBRACK, TOK_RBRACK
};

struct pattern_lexer {
	struct slice text;
	size_t pos;               /* behind the token */
	size_t start;             /* of the token */
	enum pattern_token token;
	struct slice body;        /* the token without prefix and quotes */
	bool escaped;             /* a string that holds backslashes */
	const char *bad;          /* for TOK_BAD, else NULL */
};

/* Byte classes, for pattern_class[]. */
enum pattern_class {
	PAT_C_ALPHA = 1,  /* starts an identifier */
	PAT_C_NAME = 2,   /* goes on in one (hyphen excluded) */
	PAT_C_DIGIT = 4,
	PAT_C_HEX = 8,
	PAT_C_SPACE = 16, /* ASCII white space */
	PAT_C_PLAIN = 32  /* stands for itself in a string: ASCII, but ' and \ */
};
extern const unsigned char pattern_class[256];

/* The text must be valid UTF-8. */
void pattern_lex_init(struct pattern_lexer *l, struct slice text);
/* Read the next token. */
void pattern_lex_next(struct pattern_lexer *l);
/* The keyword that `name` is (TOK_BOOL for true and false), else TOK_NAME. */
enum pattern_token pattern_lex_keyword(struct slice name);

#endif
