/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a store through the library while another process writes it.
 *
 *	live_reader STORE KNOWN AWAITED
 *
 * KNOWN must be found in every snapshot, AWAITED must appear without the store
 * being opened again, generations never go back, and a snapshot does not
 * change while it is held.  Prints "ready" once it reads, "seen" at the end.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <taxiway.h>
#include <time.h>

enum { SECONDS = 100 };

static int
fail(const char *what, int result)
{
	fprintf(stderr, "%s: %s\n", what, tw_strerror(result));
	return 1;
}

/* -1 on an error, else whether `name` is active in the snapshot. */
static int
found(tw_snapshot *snap, const char *name)
{
	struct tw_match match[4];
	size_t n;
	int rc;

	rc = tw_lookup(snap, TW_TYPE_AUTO, name, TW_LENGTH, TW_FIND_ALL, match,
	    4, &n);
	if (rc != TW_OK)
		return -1;
	return n > 0 && match[0].active;
}

/* One snapshot: a look at everything, twice.  1 when AWAITED is there. */
static int
look(tw_snapshot *snap, const char *known, const char *awaited,
    uint64_t *generation)
{
	struct tw_status one, two;
	int there;

	if (tw_status(snap, &one) != TW_OK || one.generation < *generation) {
		fprintf(stderr, "generation %" PRIu64 " after %" PRIu64 "\n",
		    one.generation, *generation);
		return -1;
	}
	*generation = one.generation;
	if (found(snap, known) != 1) {
		fprintf(stderr, "%s is gone\n", known);
		return -1;
	}
	there = found(snap, awaited);
	if (tw_status(snap, &two) != TW_OK ||
	    two.generation != one.generation || two.values != one.values ||
	    found(snap, awaited) != there) {
		fprintf(stderr, "a snapshot changed while it was held\n");
		return -1;
	}
	return there;
}

int
main(int argc, char **argv)
{
	struct tw_error error;
	tw_snapshot *snap;
	tw_store *store;
	uint64_t generation = 0, looks = 0;
	time_t end = time(NULL) + SECONDS;
	int rc, there;

	if (argc != 4)
		return 2;
	rc = tw_open(argv[1], 0, &store, &error);
	if (rc != TW_OK)
		return fail(error.text, rc);
	rc = tw_snapshot_begin(store, &snap);
	if (rc != TW_OK)
		return fail("begin", rc);
	there = look(snap, argv[2], argv[3], &generation);
	printf("ready\n");
	fflush(stdout);
	for (; there == 0; looks++) {
		struct timespec pause = {0, 1000000};

		if (time(NULL) > end) {
			fprintf(stderr, "%s never came\n", argv[3]);
			return 1;
		}
		nanosleep(&pause, NULL);
		rc = tw_snapshot_renew(snap);
		if (rc != TW_OK)
			return fail("renew", rc);
		there = look(snap, argv[2], argv[3], &generation);
	}
	tw_snapshot_end(snap);
	tw_close(store);
	if (there < 0)
		return 1;
	printf("seen after %" PRIu64 " looks\n", looks);
	return 0;
}
