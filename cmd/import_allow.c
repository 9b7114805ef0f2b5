/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/import_allow.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/limits.h"

static struct slice
unhex(struct import_allow *a, const char *text)
{
	size_t n = text != NULL ? strlen(text) : 1;
	uint8_t *bytes;

	if (n == 0 || n % 2 != 0 || n > 2 * LIMIT_RECORD)
		return SLICE_NONE;
	bytes = arena_alloc(&a->arena, n / 2);
	if (bytes == NULL || hex_decode(text, bytes, n / 2) != 0)
		return SLICE_NONE;
	return (struct slice){(char *)bytes, n / 2};
}

int
import_allow_add(struct import_allow *a, const char *key, const char *record,
    struct err *e)
{
	struct allow_pair *to;

	if (a->pairs == NULL) {
		a->pairs = calloc(IMPORT_ALLOW_BATCH, sizeof(*a->pairs));
		arena_init(&a->arena, MIB(512));
	}
	if (a->pairs == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	to = &a->pairs[a->n];
	to->key = unhex(a, key);
	to->record = unhex(a, record);
	if (to->key.p == NULL || to->record.p == NULL)
		return err_set(e, ERR_SYNTAX, "a record of an allow-list is "
		    "not hexadecimal");
	return ++a->n == IMPORT_ALLOW_BATCH;
}

int
import_allow_flush(struct import_allow *a, struct store *s, struct err *e)
{
	int rc = a->n == 0 ? 0 : store_allow_restore(s, a->pairs, a->n, e);

	a->n = 0;
	if (a->pairs != NULL)
		arena_reset(&a->arena);
	return rc;
}

void
import_allow_free(struct import_allow *a)
{
	if (a->pairs != NULL)
		arena_free(&a->arena);
	free(a->pairs);
}
