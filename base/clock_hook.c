/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock_hook.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hook_env.h"

#define LOOK 1000000 /* ns between looks of a sleeper */

/* The one state of its own that base/ has, and only in this kind of build.  Volatile
 * for the compiler that sees a whole program which never opens it: it would warn of
 * what is read from nowhere. */
static struct clock_hook *volatile hook;

void
clock_hook_open(void)
{
	const char *path = hook_env("TAXIWAY_TEST_CLOCK");
	struct clock_hook *h = MAP_FAILED;
	struct stat st;
	int fd;

	if (path == NULL)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size == sizeof(*h))
		h = mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, 0);
	if (h == MAP_FAILED || h->magic != CLOCK_HOOK_MAGIC)
		raise(SIGABRT);
	hook = h;
	close(fd);
}

bool
clock_hook_now(enum clock_hook_kind kind, int64_t *out)
{
	uint64_t turn;

	if (hook == NULL)
		return false;
	do {
		turn = __atomic_load_n(&hook->turn, __ATOMIC_ACQUIRE);
		*out = __atomic_load_n(&hook->now[kind], __ATOMIC_ACQUIRE);
	} while ((turn & 1) != 0 ||
	    turn != __atomic_load_n(&hook->turn, __ATOMIC_ACQUIRE));
	return true;
}

uint64_t
clock_hook_turn(void)
{
	return hook != NULL ? __atomic_load_n(&hook->turn, __ATOMIC_ACQUIRE) &
	    ~UINT64_C(1) : 0;
}

/* A place that the test sees; NULL: all are taken, which no test needs.  It is
 * taken first, then filled in, then shown: two that want the same must not write
 * each other's times. */
static int64_t *
take_place(int64_t until)
{
	int64_t none, pid = getpid();
	unsigned i;

	for (i = 0; i < CLOCK_HOOK_SLEEPERS; i++) {
		none = 0;
		if (!__atomic_compare_exchange_n(&hook->sleepers[i].pid, &none,
		    -pid, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			continue;
		hook->sleepers[i].until = until;
		__atomic_store_n(&hook->sleepers[i].pid, pid,
		    __ATOMIC_RELEASE);
		return &hook->sleepers[i].pid;
	}
	return NULL;
}

bool
clock_hook_sleep(int64_t ns)
{
	const struct timespec look = {.tv_nsec = LOOK};
	int64_t now, until, *place;

	if (!clock_hook_now(CLOCK_HOOK_MONO, &now))
		return false;
	until = now + ns;
	if (ns <= 0 || (place = take_place(until)) == NULL)
		return true;
	while (clock_hook_now(CLOCK_HOOK_MONO, &now) && now < until)
		(void)nanosleep(&look, NULL);
	__atomic_store_n(place, 0, __ATOMIC_RELEASE);
	return true;
}
