/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the file of an allow-list: it is taken or refused with a reason,
 * and what is taken has entries that were counted.
 */
#include <stdint.h>
#include <stdlib.h>

#include "sync/allow_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct allow_file f = {.path = "fuzz", .mode = ALLOW_BLOCK};
	struct allow_load *l = allow_load_new();
	struct err e = ERR_INIT;

	if (l == NULL)
		return 0;
	if (allow_file_parse(&f, (struct slice){(const char *)p, n}, l,
	    &e) == 0) {
		if (e.code != ERR_NONE || allow_load_newest(l)->name.n == 0)
			abort();
	} else if (e.code == ERR_NONE || e.text[0] == '\0') {
		abort();
	}
	allow_load_free(l);
	return 0;
}
