/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as an archive: what comes out is whole files, no more of it than is
 * allowed, and where the archive is not read to its end there is a reason.  The
 * first byte chooses which files are wanted, how much may come out, and how much
 * of it is taken.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/slice.h"
#include "sync/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct taker {
	uint64_t max, total, file; /* bytes */
	unsigned files, enough;
	bool open;
};

static int
on_begin(void *ctx, const char *name, struct err *e)
{
	struct taker *t = ctx;

	if (t->open || (name != NULL && strlen(name) == SIZE_MAX))
		abort();
	if (t->enough > 0 && t->files == t->enough)
		return err_set(e, ERR_LIMIT, "that is enough");
	t->open = true;
	t->file = 0;
	t->files++;
	return 0;
}

static int
on_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct taker *t = ctx;
	volatile char last;

	(void)e;
	for (size_t i = 0; i < n; i++) /* they can all be read */
		last = p[i];
	(void)last;
	t->file += n;
	t->total += n;
	if (!t->open || t->total > t->max)
		abort();
	return 0;
}

static int
on_end(void *ctx, uint64_t bytes, struct err *e)
{
	struct taker *t = ctx;

	(void)e;
	if (!t->open || bytes != t->file)
		abort();
	t->open = false;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct taker t = {.max = MIB(1)};
	struct unpack u = {.begin = on_begin, .bytes = on_bytes,
	    .end = on_end, .ctx = &t};
	struct err e = ERR_INIT;
	int fd, rc;

	if (n == 0)
		return 0;
	if ((p[0] & 1) != 0)
		u.member = "*.txt";
	if ((p[0] & 2) != 0)
		t.max = 100;
	if ((p[0] & 4) != 0)
		t.enough = 1;
	u.max = t.max;
	fd = unpack_spool(0, &e);
	if (fd < 0 || unpack_spool_add(fd, (const char *)p + 1, n - 1, &e) != 0)
		abort();
	rc = unpack_file(fd, &u, &e);
	if ((rc != 0) != (e.code != ERR_NONE) || (rc == 0 && (t.open ||
	    t.files == 0)))
		abort();
	close(fd);
	(void)unpack_is_archive((const char *)p + 1, n - 1);
	return 0;
}
