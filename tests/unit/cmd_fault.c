/* SPDX-License-Identifier: BSD-2-Clause */
/* A fault in a damaged store is told as one; a fault of ours stays a crash. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd/cmd.h"
#include "cmd/fault.h"

static void
read_at(const volatile char *p)
{
	(void)*p;
}

/* How a process ends that reads there. */
static int
end_of(const volatile char *p)
{
	const struct rlimit none = {0, 0};
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)close(STDERR_FILENO);
		fault_expect("store.mdb");
		read_at(p);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void
test_faults(void **state)
{
	FILE *f = tmpfile();
	long page = sysconf(_SC_PAGESIZE);
	char *p;
	int status;

	(void)state;
	assert_non_null(f);
	assert_int_equal(ftruncate(fileno(f), page), 0);
	p = mmap(NULL, 2 * (size_t)page, PROT_READ, MAP_SHARED, fileno(f), 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(end_of(p), 0);
	status = end_of(p + page); /* behind the end of the file */
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_STORE);
	status = end_of((const volatile char *)8);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
	munmap(p, 2 * (size_t)page);
	fclose(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_faults)};

#if defined(__SANITIZE_ADDRESS__)
	return 77; /* a sanitizer takes faults itself */
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
