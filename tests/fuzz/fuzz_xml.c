/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a listing in XML: the path up to the first newline, then the
 * document.  What is taken is no longer than what came, is the same a second
 * time, and a scan that is ended early is no failure.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "sync/xml_texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct got {
	uint64_t digest;
	size_t bytes, n, stop;
};

static int
take(void *ctx, struct slice text)
{
	struct got *g = ctx;

	if (text.n > LIMIT_URL)
		abort();
	g->digest = digest64(text.n > 0 ? text.p : "", text.n, g->digest + 1);
	g->bytes += text.n;
	return ++g->n == g->stop;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *line;
	struct got a = {.n = 0}, b = {.n = 0}, first = {.stop = 1};
	struct slice path, xml;
	struct err e = ERR_INIT;
	int rc;

	if (size == 0 || (line = memchr(text, '\n', size)) == NULL)
		return 0;
	path = (struct slice){text, (size_t)(line - text)};
	xml = (struct slice){line + 1, size - path.n - 1};
	rc = xml_texts(xml, path, take, &a, &e);
	if ((rc != 0) != (e.code != ERR_NONE) || a.bytes > xml.n)
		abort();
	if (xml_texts(xml, path, take, &b, NULL) != rc ||
	    a.digest != b.digest || a.n != b.n)
		abort();
	if (xml_texts(xml, path, take, &first, NULL) != 0 && a.n > 0)
		abort();
	return 0;
}
