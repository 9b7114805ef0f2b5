/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the file of a store: the walk over its pages ends, reads nothing
 * it should not, and comes to the same result twice.  The input is 4096-byte
 * pages; commit 1 is looked for, and the newest.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
count(void *ctx, const char *text)
{
	uint64_t *told = ctx;

	*told += text[0] != '\0';
}

static void
walk(int fd, uint64_t txn)
{
	struct pages_result a, b;
	uint64_t told_a = 0, told_b = 0;
	int rc;

	rc = pages_check(fd, txn, count, &told_a, &a);
	if (rc != pages_check(fd, txn, count, &told_b, &b) ||
	    a.faults != b.faults || a.pages != b.pages || told_a != a.faults)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pages_result top;
	uint64_t told = 0, txn;
	int fd;

	if (n > 64 * 4096)
		return 0;
	fd = memfd_create("store", MFD_CLOEXEC);
	if (fd < 0)
		return 0;
	if (write(fd, data, n) == (ssize_t)n) {
		for (txn = 1; txn < 4; txn++)
			walk(fd, txn);
		if (pages_check_top(fd, count, &told, &top) == 0 &&
		    told != top.faults)
			abort();
	}
	close(fd);
	return 0;
}
