/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as JSON with a document in it, in one piece and byte by byte: the
 * same comes out, and the same way it ends.  And as a file with a digest.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/digest.h"
#include "sync/doc_before.h"
#include "sync/unwrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct got {
	struct sha256 sum;
	size_t n;
};

static int
take(void *ctx, const char *p, size_t n, struct err *e)
{
	struct got *g = ctx;

	(void)e;
	sha256_add(&g->sum, p, n);
	g->n += n;
	return 0;
}

static int
run(bool plain, const char *p, size_t n, size_t step, uint8_t digest[32])
{
	struct err e = ERR_INIT;
	struct got g = {.n = 0};
	struct unwrap u;
	int rc;

	sha256_init(&g.sum);
	if (unwrap_init(&u, "a.b", plain, &e) != 0)
		abort();
	rc = 0;
	for (size_t i = 0; rc == 0 && i < n; i += step)
		rc = unwrap_bytes(&u, p + i, n - i < step ? n - i : step,
		    take, &g, &e);
	if (rc == 0)
		rc = unwrap_end(&u, take, &g, &e);
	if ((rc != 0) != (e.code != ERR_NONE) || g.n > n)
		abort();
	unwrap_free(&u);
	sha256_done(&g.sum, digest);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t whole[32], parts[32];
	const char *text = (const char *)p;
	struct doc_beside b;
	bool plain = n > 0 && (p[0] & 1) != 0;

	if (n == 0)
		return 0;
	text++;
	n--;
	if (run(plain, text, n, n + 1, whole) != run(plain, text, n, 1,
	    parts))
		abort();
	for (int i = 0; i < 32; i++)
		if (whole[i] != parts[i])
			abort();
	if (beside_parse((struct slice){text, n}, SLICE("feed.gz"), &b) == 0 &&
	    !b.known)
		abort();
	return 0;
}
