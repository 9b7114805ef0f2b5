/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <netinet/in.h>
#include <unistd.h>

#define ENDED 64              /* exit status: the first of `fatal` */
#define THREADS 32            /* signals of the C library's own */
#define TYPE_MASK 0xf         /* of the type of a socket; the rest are flags */
#define FILE_TMP 020000000    /* O_TMPFILE without O_DIRECTORY */
#if defined(__s390__)
#define CLONE_FLAGS 1         /* which argument of clone() they are */
#else
#define CLONE_FLAGS 0
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41 /* malloc() names its memory */
#endif

/* No honest fetcher makes these.  A keeper and the programs that it starts may
 * make the first KEEPER_MAY of them, and never need the rest. */
#define KEEPER_MAY 5
static const char *const fatal[] = {
	"execve", "execveat", "process_madvise", "unshare",
	"name_to_handle_at",
	/* from here on */
	"ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd",
	"kcmp", "mount", "umount2", "pivot_root", "chroot", "move_mount",
	"open_tree", "fsopen", "fsconfig", "fsmount", "fspick",
	"mount_setattr", "setns", "init_module", "finit_module",
	"delete_module", "kexec_load", "kexec_file_load", "bpf",
	"perf_event_open", "userfaultfd", "io_uring_setup", "add_key",
	"request_key", "keyctl", "open_by_handle_at", "reboot", "swapon",
	"swapoff", "iopl", "ioperm", "acct", "quotactl", "settimeofday",
	"clock_settime", "clock_adjtime", "adjtimex", "sethostname",
	"setdomainname", "vhangup", "syslog",
};

/* Whatever their arguments are. */
static const char *const plain[] = {
	/* descriptors */
	"read", "readv", "pread64", "write", "writev", "pwrite64", "close",
	"close_range", "lseek", "_llseek", "fstat", "fstat64", "dup", "dup2",
	"dup3", "pipe", "pipe2", "ftruncate", "ftruncate64", "fadvise64",
	/* files by name; which of them is Landlock's to say */
	"stat", "stat64", "lstat", "lstat64", "newfstatat", "fstatat64",
	"statx", "access", "faccessat", "faccessat2", "readlink",
	"readlinkat", "getdents", "getdents64", "getcwd",
	/* waiting */
	"poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6",
	"pselect6_time64", "epoll_create", "epoll_create1", "epoll_ctl",
	"epoll_wait", "epoll_pwait", "eventfd", "eventfd2", "nanosleep",
	"clock_nanosleep", "clock_nanosleep_time64", "restart_syscall",
	/* sockets that are there */
	"socketpair", "connect", "bind", "getsockname", "getpeername",
	"getsockopt", "setsockopt", "recv", "recvfrom", "recvmsg", "recvmmsg",
	"recvmmsg_time64", "shutdown",
	/* memory and threads */
	"brk", "munmap", "mremap", "madvise", "futex", "futex_time64",
	"set_robust_list", "rseq", "set_tid_address", "sched_yield",
	"sched_getaffinity", "membarrier", "getcpu", "arch_prctl",
	"set_thread_area",
	/* about itself */
	"getpid", "gettid", "getppid", "getuid", "getuid32", "geteuid",
	"geteuid32", "getgid", "getgid32", "getegid", "getegid32",
	"getrlimit", "ugetrlimit", "getrusage", "uname", "sysinfo", "times",
	"clock_gettime", "clock_gettime64", "clock_getres", "gettimeofday",
	"time", "getrandom",
	/* signals and the end */
	"rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack", "exit",
	"exit_group",
};

/* One rule; a call that this machine does not have needs none. */
struct filter {
	scmp_filter_ctx ctx;
	struct err *e;
	bool bad;
};

static void
add(struct filter *f, uint32_t action, const char *name, unsigned n,
    const struct scmp_arg_cmp *args)
{
	int call = seccomp_syscall_resolve_name(name), rc;

	if (call == __NR_SCMP_ERROR || f->bad)
		return;
	rc = seccomp_rule_add_array(f->ctx, action, call, n, args);
	/* -EDOM: it is on no machine of this kind. */
	if (rc != 0 && rc != -EDOM) {
		f->bad = true;
		err_sys(f->e, ERR_INTERNAL, -rc, "sandbox: no filter for %s",
		    name);
	}
}

static void
add_all(struct filter *f, uint32_t action, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(f, action, names[i], 0, NULL);
}

/* Argument `arg` of a call, counted from 0. */
static struct scmp_arg_cmp
equal(unsigned arg, uint64_t value)
{
	return (struct scmp_arg_cmp){.arg = arg, .op = SCMP_CMP_EQ,
	    .datum_a = value};
}

static struct scmp_arg_cmp
below(unsigned arg, uint64_t value)
{
	return (struct scmp_arg_cmp){.arg = arg, .op = SCMP_CMP_LT,
	    .datum_a = value};
}

static struct scmp_arg_cmp
masked(unsigned arg, uint64_t mask, uint64_t value)
{
	return (struct scmp_arg_cmp){.arg = arg, .op = SCMP_CMP_MASKED_EQ,
	    .datum_a = mask, .datum_b = value};
}

static void
allow_if(struct filter *f, const char *name, struct scmp_arg_cmp a)
{
	add(f, SCMP_ACT_ALLOW, name, 1, &a);
}

static void
allow_two(struct filter *f, const char *name, struct scmp_arg_cmp a,
    struct scmp_arg_cmp b)
{
	const struct scmp_arg_cmp both[] = {a, b};

	add(f, SCMP_ACT_ALLOW, name, 2, both);
}

/* ---- what depends on arguments --------------------------------------------- */

/* Landlock's rules for TCP do not see other protocols of streams, nor a
 * connection that is made by sending (MSG_FASTOPEN). */
static void
allow_sockets(struct filter *f, const struct ruleset *r)
{
	static const int families[] = {AF_INET, AF_INET6};
	static const int protocols[] = {0, IPPROTO_TCP, IPPROTO_UDP};
	static const struct {
		const char *name;
		unsigned flags;
	} sends[] = {{"send", 3}, {"sendto", 3}, {"sendmsg", 2},
	    {"sendmmsg", 3}};
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(families) && r->tcp; i++) {
		for (k = 0; k < ARRAY_LEN(protocols); k++) {
			const bool udp = protocols[k] == IPPROTO_UDP;
			struct scmp_arg_cmp stream[] = {
				equal(0, (unsigned)families[i]),
				masked(1, TYPE_MASK, SOCK_STREAM),
				equal(2, (unsigned)protocols[k]),
			};

			if (!udp)
				add(f, SCMP_ACT_ALLOW, "socket", 3, stream);
			stream[1] = masked(1, TYPE_MASK, SOCK_DGRAM);
			if (r->names && protocols[k] != IPPROTO_TCP)
				add(f, SCMP_ACT_ALLOW, "socket", 3, stream);
		}
	}
	if (r->names) /* which addresses this host has */
		allow_if(f, "socket", equal(0, AF_NETLINK));
	for (i = 0; i < ARRAY_LEN(sends); i++)
		allow_if(f, sends[i].name, masked(sends[i].flags,
		    MSG_FASTOPEN, 0));
}

/* Memory is to be written or to be run. */
static void
allow_memory(struct filter *f)
{
	static const char *const maps[] = {"mmap", "mmap2"};

	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		allow_if(f, maps[i], masked(2, PROT_EXEC, 0));
		/* a library, from its file */
		allow_two(f, maps[i], masked(2, PROT_EXEC |
		    PROT_WRITE, PROT_EXEC), masked(3, MAP_ANONYMOUS, 0));
	}
	allow_if(f, "mprotect", masked(2, PROT_EXEC, 0));
}

/* Files are opened to be read. */
static void
allow_files(struct filter *f)
{
	static const unsigned commands[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD,
	    F_SETFD, F_GETFL, F_SETFL};
	static const unsigned controls[] = {FIONBIO, FIONREAD, FIONCLEX};
	const unsigned writes = O_ACCMODE | O_CREAT | O_TRUNC | FILE_TMP;
	size_t i;

	allow_if(f, "open", masked(1, writes, O_RDONLY));
	allow_if(f, "openat", masked(2, writes, O_RDONLY));
	for (i = 0; i < ARRAY_LEN(commands); i++) {
		allow_if(f, "fcntl", equal(1, commands[i]));
		allow_if(f, "fcntl64", equal(1, commands[i]));
	}
	for (i = 0; i < ARRAY_LEN(controls); i++)
		allow_if(f, "ioctl", equal(1, controls[i]));
}

/* Threads, but no processes; signals to itself alone. */
static void
allow_self(struct filter *f)
{
	const unsigned thread = CLONE_VM | CLONE_THREAD;
	const unsigned self = (unsigned)getpid();

	allow_if(f, "clone", masked(CLONE_FLAGS, thread, thread));
	/* Its flags cannot be seen; the C library then takes clone(). */
	add(f, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
	allow_if(f, "tgkill", equal(0, self));
	/* Ours stays where it is. */
	allow_if(f, "rt_sigaction", below(0, SIGSYS));
	allow_if(f, "rt_sigaction", equal(0, THREADS));
	allow_if(f, "rt_sigaction", equal(0, THREADS + 1));
	allow_two(f, "prlimit64", equal(0, 0), equal(2, 0));
	allow_if(f, "prctl", equal(0, PR_SET_NAME));
	allow_if(f, "prctl", equal(0, PR_SET_VMA));
}

/* ---- how it ends ------------------------------------------------------------ */

static void
on_fatal(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	for (size_t i = 0; i < ARRAY_LEN(fatal); i++) {
		/* Looks a name up in a table, no more. */
		if (seccomp_syscall_resolve_name(fatal[i]) ==
		    info->si_syscall)
			_exit(ENDED + (int)i);
	}
	_exit(ENDED);
}

const char *
syscalls_ended(int status)
{
	_Static_assert(ENDED + ARRAY_LEN(fatal) < 126, "exit statuses");

	if (status < ENDED || status >= ENDED + (int)ARRAY_LEN(fatal))
		return NULL;
	return fatal[status - ENDED];
}

static int
catch_fatal(struct err *e)
{
	struct sigaction sa = {.sa_sigaction = on_fatal,
	    .sa_flags = SA_SIGINFO};
	sigset_t one;

	sigemptyset(&sa.sa_mask);
	sigemptyset(&one);
	sigaddset(&one, SIGSYS);
	if (sigaction(SIGSYS, &sa, NULL) == 0 &&
	    sigprocmask(SIG_UNBLOCK, &one, NULL) == 0)
		return 0;
	return err_sys(e, ERR_INTERNAL, errno, "sandbox: signals");
}

/* ---- filters ---------------------------------------------------------------- */

bool
syscalls_can(void)
{
#if defined(SYS_seccomp) && defined(SECCOMP_GET_ACTION_AVAIL)
	uint32_t action = SCMP_ACT_TRAP & 0xffff0000u;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
#else
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
#endif
}

static int
filter_open(struct filter *f, uint32_t otherwise, struct err *e)
{
	*f = (struct filter){seccomp_init(otherwise), e, false};
	if (f->ctx == NULL)
		return err_set(e, ERR_MEMORY, "out of memory for a filter");
	/* Two comparisons, not a hundred, for a call. */
	(void)seccomp_attr_set(f->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return 0;
}

static int
filter_load(struct filter *f)
{
	int rc = f->bad ? 0 : seccomp_load(f->ctx);

	if (rc != 0)
		err_sys(f->e, ERR_INTERNAL, -rc, "sandbox: seccomp");
	seccomp_release(f->ctx);
	return rc != 0 || f->bad ? -1 : 0;
}

int
syscalls_fetcher(const struct ruleset *r, struct err *e)
{
	struct filter f;

	if (catch_fatal(e) != 0 ||
	    filter_open(&f, SCMP_ACT_ERRNO(EPERM), e) != 0)
		return -1;
	add_all(&f, SCMP_ACT_TRAP, fatal, ARRAY_LEN(fatal));
	add_all(&f, SCMP_ACT_ALLOW, plain, ARRAY_LEN(plain));
	allow_sockets(&f, r);
	allow_memory(&f);
	allow_files(&f);
	allow_self(&f);
	return filter_load(&f);
}

int
syscalls_keeper(struct err *e)
{
	struct filter f;

	if (filter_open(&f, SCMP_ACT_ALLOW, e) != 0)
		return -1;
	add_all(&f, SCMP_ACT_ERRNO(EPERM), fatal + KEEPER_MAY,
	    ARRAY_LEN(fatal) - KEEPER_MAY);
	return filter_load(&f);
}

/* What was there before goes on to hold. */
int
syscalls_store(struct err *e)
{
	static const char *const denied[] = {"execve", "execveat", "fork",
	    "vfork", "socket", "bind", "listen", "connect"};
	static const char *const maps[] = {"mmap", "mmap2"};
	const struct scmp_arg_cmp process = masked(CLONE_FLAGS, CLONE_THREAD,
	    0), code = masked(2, PROT_EXEC | PROT_WRITE, PROT_EXEC |
	    PROT_WRITE), made = masked(2, PROT_EXEC, PROT_EXEC);
	const uint32_t no = SCMP_ACT_ERRNO(EPERM);
	struct filter f;

	if (filter_open(&f, SCMP_ACT_ALLOW, e) != 0)
		return -1;
	add_all(&f, no, denied, ARRAY_LEN(denied));
	add(&f, no, "clone", 1, &process);
	add(&f, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
	for (size_t i = 0; i < ARRAY_LEN(maps); i++)
		add(&f, no, maps[i], 1, &code);
	add(&f, no, "mprotect", 1, &made);
	return filter_load(&f);
}
