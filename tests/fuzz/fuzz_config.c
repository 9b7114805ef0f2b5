/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a configuration: read whole, or refused with a place. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {(const char *)data, size};
	struct err e = ERR_INIT;
	struct config *c;
	struct buf more;

	buf_init(&more, LIMIT_CONFIG);
	c = config_parse("f.yaml", text, &more, &e);
	if ((c == NULL) != (e.code != ERR_NONE) ||
	    (c == NULL && strncmp(e.text, "f.yaml:", 7) != 0))
		abort();
	config_free(c);
	buf_free(&more);
	return 0;
}
