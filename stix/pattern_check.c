/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules of STIX 2.1 for patterns that its grammar does not hold.
 */
#include <strings.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "base/value.h"
#include "stix/pattern.h"

/* Hex digits of an algorithm's values; 0 for what is not plain hex. */
static size_t
hash_digits(struct slice algorithm)
{
	switch (value_hash_type(algorithm)) {
	case VALUE_MD5:
		return 32;
	case VALUE_SHA1:
		return 40;
	case VALUE_SHA224:
		return 56;
	case VALUE_SHA256:
	case VALUE_SHA3_256:
		return 64;
	case VALUE_SHA384:
		return 96;
	case VALUE_SHA512:
	case VALUE_SHA3_512:
		return 128;
	default:
		return 0;
	}
}

/* The algorithm that a path such as file:hashes.MD5 ends in, or absent. */
static struct slice
path_algorithm(const struct pattern_node *n)
{
	const struct pattern_step *s;

	if (n->npath < 2)
		return SLICE_NONE;
	s = &n->path[n->npath - 2];
	if (s->is_index || s[1].is_index || s->name.n != 6 ||
	    strncasecmp(s->name.p, "hashes", 6) != 0)
		return SLICE_NONE;
	return s[1].name;
}

static size_t
column(struct slice text, size_t offset)
{
	size_t i, col = 1;

	for (i = 0; i < offset && i < text.n; i++)
		col += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return col;
}

static int
check_test(const struct pattern_node *n, struct slice text, struct err *e)
{
	struct slice algorithm = path_algorithm(n);
	size_t digits, i, k;

	if (algorithm.p == NULL || (n->test != TEST_EQ && n->test != TEST_NE &&
	    n->test != TEST_IN))
		return 0;
	digits = hash_digits(algorithm);
	for (i = 0; digits > 0 && i < n->nliterals; i++) {
		struct slice v = n->literals[i].text;

		for (k = 0; k < v.n; k++)
			if (hex_values[(unsigned char)v.p[k]] > 15)
				break;
		if (v.n != digits || k < v.n)
			return err_set(e, ERR_SYNTAX,
			    "column %zu: expected %zu hex digits of %.*s, "
			    "found \"%.*s\"", column(text, n->offset), digits,
			    (int)utf8_cut(algorithm, 32), algorithm.p,
			    (int)utf8_cut(v, 32), v.p);
	}
	return 0;
}

static int
check_qualifier(const struct pattern_node *n, struct slice text, struct err *e)
{
	bool within = n->op == PAT_WITHIN;

	if (within ? n->within > 0 : n->repeats > 0)
		return 0;
	return err_set(e, ERR_SYNTAX, "column %zu: expected %s above 0, found 0",
	    column(text, n->offset),
	    within ? "a number of seconds" : "a number of times");
}

/* Left spines are long, right branches as deep as parentheses are. */
int
pattern_check(const struct pattern_node *root, struct slice text, struct err *e)
{
	const struct pattern_node *n;

	for (n = root; n != NULL; n = n->left) {
		if (n->op == PAT_TEST && check_test(n, text, e) != 0)
			return -1;
		if ((n->op == PAT_WITHIN || n->op == PAT_REPEATS) &&
		    check_qualifier(n, text, e) != 0)
			return -1;
		if (n->right != NULL && pattern_check(n->right, text, e) != 0)
			return -1;
	}
	return 0;
}
