/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/tally.h"

#include <stddef.h>

#include "base/cc.h"

/* The first row that fits. */
static const struct {
	int from, to;
	enum tally_class class;
	const char *name;
} rows[] = {
	{304, 304, TALLY_304, "304"},
	{401, 401, TALLY_401, "401"},
	{403, 403, TALLY_403, "403"},
	{404, 404, TALLY_404, "404"},
	{429, 429, TALLY_429, "429"},
	{200, 299, TALLY_2XX, "2xx"},
	{300, 399, TALLY_3XX, "3xx"},
	{400, 499, TALLY_4XX, "4xx"},
	{500, 999, TALLY_5XX, "5xx"},
};

enum tally_class
tally_class_of(int status)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (status >= rows[i].from && status <= rows[i].to)
			return rows[i].class;
	return TALLY_NONE;
}

const char *
tally_name(int class)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if ((int)rows[i].class == class)
			return rows[i].name;
	return "none";
}
