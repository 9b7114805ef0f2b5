/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readers beside a writer: threads of one process, and another process.
 *
 * Every poll moves one indicator from value i to value i + 1 and counts a
 * second one up, in one commit; whatever moment a reader sees, exactly one of
 * the values is claimed, and the name of its claim says which.
 */
#include "tests/unit/reader_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define READERS 4
#define POLLS 60
#define ID "indicator--22222222-2222-4222-8222-222222222222"

static void
move(struct fixture *f, int i)
{
	struct fixture_object o[2] = {{.values = NULL}, {.values = NULL}};
	char line[64], name[32];

	snprintf(line, sizeof(line), "domain-name=v%d.example", i);
	snprintf(name, sizeof(name), "version %d", i);
	o[0].values = line;
	o[0].name = name;
	o[0].id = ID;
	o[0].modified = 1000 + i;
	fixture_poll(f, "feed", o);
}

struct shared {
	tw_store *store;
	atomic_int newest;   /* the poll that is committed for certain */
	atomic_bool stop;
	atomic_int views;
	atomic_int faults;
};

/* The one value that is active (what it was before is history); -1 when it is
 * not exactly one. */
static int
only(tw_snapshot *s, struct tw_match *m)
{
	struct tw_cursor c = {0};
	struct tw_match any;
	char text[64];
	int n = 0, rc;

	while ((rc = tw_value_next(s, &c, 0, &any)) == TW_OK) {
		if (!any.active)
			continue;
		*m = any;
		n++;
	}
	if (rc != TW_END || n != 1)
		return -1;
	tw_value_text(s, m, text, sizeof(text));
	return text[0] == 'v' ? (int)strtol(text + 1, NULL, 10) : -1;
}

/* Look at one view; which value it shows, or -1. */
static int
look(tw_snapshot *s)
{
	struct tw_claim claim;
	struct tw_match m, again;
	char probe[64], name[32];
	size_t n;
	int i = only(s, &m);

	snprintf(probe, sizeof(probe), "a.v%d.example", i);
	snprintf(name, sizeof(name), "version %d", i);
	if (i < 0 || tw_claims(s, &m, &claim, 1, &n) != TW_OK || n != 1 ||
	    claim.name.n != strlen(name) ||
	    memcmp(claim.name.p, name, claim.name.n) != 0)
		return -1;
	if (tw_lookup(s, 0, probe, TW_LENGTH, TW_FIND_ALL, &again, 1, &n) !=
	    TW_OK || n != 1)
		return -1;
	snprintf(probe, sizeof(probe), "v%d.example", i + 1);
	if (tw_lookup(s, 0, probe, TW_LENGTH, TW_FIND_ALL, &again, 1, &n) !=
	    TW_OK || n != 0)
		return -1;
	return i;
}

static void *
reader(void *arg)
{
	struct shared *sh = arg;
	uint64_t generation, last = 0;
	tw_snapshot *s = NULL;
	int seen = 0, least, i, round = 0;

	while (!atomic_load(&sh->stop)) {
		/* some keep their snapshot, some take one each time */
		if (s == NULL && tw_snapshot_begin(sh->store, &s) != TW_OK)
			break;
		least = atomic_load(&sh->newest);
		if (tw_snapshot_renew(s) != TW_OK)
			break;
		i = look(s);
		if (i < least || i < seen ||
		    tw_generation(sh->store, &generation) != TW_OK ||
		    generation < last)
			atomic_fetch_add(&sh->faults, 1);
		seen = i;
		last = generation;
		atomic_fetch_add(&sh->views, 1);
		if (++round % 3 == 0) {
			tw_snapshot_end(s);
			s = NULL;
		}
	}
	tw_snapshot_end(s);
	return NULL;
}

static void
threads(void **state)
{
	pthread_t thread[READERS];
	struct shared sh = {.store = NULL};
	struct fixture f;
	struct tw_error e;
	int i;

	(void)state;
	fixture_open(&f);
	move(&f, 0);
	assert_int_equal(tw_open(f.path, 0, &sh.store, &e), TW_OK);
	for (i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, reader, &sh),
		    0);
	for (i = 1; i <= POLLS; i++) {
		move(&f, i);
		atomic_store(&sh.newest, i);
	}
	while (atomic_load(&sh.views) < READERS)
		usleep(1000);
	atomic_store(&sh.stop, true);
	for (i = 0; i < READERS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(atomic_load(&sh.faults), 0);
	tw_close(sh.store);
	fixture_close(&f);
}

/* The reader in a process of its own, until it has seen the last version. */
static int
other_process(const char *path)
{
	tw_snapshot *s;
	tw_store *store;
	int i = 0, last = 0;

	if (tw_open(path, 0, &store, NULL) != TW_OK)
		return 1;
	if (tw_snapshot_begin(store, &s) != TW_OK)
		return 2;
	while (i < POLLS) {
		if (tw_snapshot_renew(s) != TW_OK)
			return 3;
		i = look(s);
		if (i < last)
			return 4;
		last = i;
	}
	if (tw_verify(s, NULL, NULL, NULL) != TW_OK)
		return 5;
	tw_snapshot_end(s);
	tw_close(store);
	return 0;
}

static void
processes(void **state)
{
	struct fixture f;
	int i, status;
	pid_t pid;

	(void)state;
	fixture_open(&f);
	move(&f, 0);
	/* the child opens by itself: the parent has no reader open */
	pid = fork();
	if (pid == 0) {
		alarm(60);
		_exit(other_process(f.path));
	}
	for (i = 1; i <= POLLS; i++)
		move(&f, i);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(threads),
	    cmocka_unit_test(processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
