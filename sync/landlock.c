/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same numbers everywhere. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define ASK_ABI 1u
#define RULE_PATH 1
#define RULE_PORT 2

/* Of files and folders. */
#define EXECUTE (UINT64_C(1) << 0)
#define WRITE_FILE (UINT64_C(1) << 1)
#define READ_FILE (UINT64_C(1) << 2)
#define READ_DIR (UINT64_C(1) << 3)
#define REMOVE_AND_MAKE (UINT64_C(0x1fff) & ~UINT64_C(0xf)) /* bits 4 … 12 */
#define MAKE_CHAR (UINT64_C(1) << 6)
#define MAKE_BLOCK (UINT64_C(1) << 11)
#define REFER (UINT64_C(1) << 13)
#define TRUNCATE (UINT64_C(1) << 14)
#define IOCTL_DEV (UINT64_C(1) << 15)
/* Those that a file can have. */
#define OF_FILES (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV)

#define BIND_TCP (UINT64_C(1) << 0)
#define CONNECT_TCP (UINT64_C(1) << 1)

/* Of processes that have other rules. */
#define SCOPE_SOCKETS (UINT64_C(1) << 0) /* the abstract ones */
#define SCOPE_SIGNALS (UINT64_C(1) << 1)

struct kernel_rules {
	uint64_t files, net, scoped;
};

struct __attribute__((packed)) kernel_path {
	uint64_t allowed;
	int32_t fd;
};

struct kernel_port {
	uint64_t allowed, port;
};

int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
	    ASK_ABI);

	return abi > 0 ? (int)abi : 0;
}

/* What is denied unless a rule allows it. */
static struct kernel_rules
handled(const struct ruleset *r, int abi)
{
	struct kernel_rules k = {0, 0, 0};

	k.files = EXECUTE | WRITE_FILE | READ_FILE | READ_DIR | REMOVE_AND_MAKE;
	if (abi >= 2)
		k.files |= REFER;
	if (abi >= 3)
		k.files |= TRUNCATE;
	if (abi >= 5 && r->closed)
		k.files |= IOCTL_DEV;
	if (abi >= LANDLOCK_ABI_PORTS && r->closed)
		k.net = BIND_TCP | (r->any_port ? 0 : CONNECT_TCP);
	if (abi >= 6 && r->closed)
		k.scoped = SCOPE_SOCKETS | (r->kills ? 0 : SCOPE_SIGNALS);
	return k;
}

static size_t
size_for(int abi)
{
	return abi >= 6 ? sizeof(struct kernel_rules) :
	    abi >= LANDLOCK_ABI_PORTS ? offsetof(struct kernel_rules, scoped) :
	    offsetof(struct kernel_rules, net);
}

static uint64_t
rights_of(unsigned rights)
{
	static const struct {
		unsigned right;
		uint64_t bits;
	} rows[] = {
		{RULESET_READ, READ_FILE | READ_DIR},
		{RULESET_EXEC, EXECUTE},
		{RULESET_WRITE, WRITE_FILE | TRUNCATE},
		{RULESET_MAKE, (REMOVE_AND_MAKE | REFER) &
		    ~(MAKE_CHAR | MAKE_BLOCK)},
		{RULESET_LIST, READ_DIR},
	};
	uint64_t bits = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if ((rights & rows[i].right) != 0)
			bits |= rows[i].bits;
	return bits;
}

/* A path that is not there is not needed either. */
static int
add_path(int fd, const struct ruleset_path *p, uint64_t files, struct err *e)
{
	struct kernel_path rule = {rights_of(p->rights) & files, -1};
	struct stat st;
	int rc = 0;

	rule.fd = open(p->path, O_PATH | O_CLOEXEC);
	if (rule.fd < 0)
		return 0;
	if (fstat(rule.fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= OF_FILES;
	if (rule.allowed != 0 && syscall(SYS_landlock_add_rule, fd, RULE_PATH,
	    &rule, 0u) != 0)
		rc = err_sys(e, ERR_INTERNAL, errno, "sandbox: no rule for "
		    "'%s'", p->path);
	close(rule.fd);
	return rc;
}

static int
add_port(int fd, uint16_t port, struct err *e)
{
	struct kernel_port rule = {CONNECT_TCP, port};

	if (syscall(SYS_landlock_add_rule, fd, RULE_PORT, &rule, 0u) == 0)
		return 0;
	return err_sys(e, ERR_INTERNAL, errno, "sandbox: no rule for port %u",
	    port);
}

static int
add_rules(int fd, const struct ruleset *r, const struct kernel_rules *k,
    struct err *e)
{
	for (size_t i = 0; i < r->npaths; i++)
		if (add_path(fd, &r->paths[i], k->files, e) != 0)
			return -1;
	for (unsigned i = 0; i < r->nports; i++)
		if ((k->net & CONNECT_TCP) != 0 &&
		    add_port(fd, r->ports[i], e) != 0)
			return -1;
	return 0;
}

int
landlock_open(const struct ruleset *r, struct err *e)
{
	int abi = landlock_abi(), fd;
	struct kernel_rules k = handled(r, abi);

	if (r->failed)
		return err_set(e, ERR_MEMORY, "out of memory");
	if (abi == 0)
		return err_set(e, ERR_CONFIG, "this kernel has no Landlock");
	fd = (int)syscall(SYS_landlock_create_ruleset, &k, size_for(abi), 0u);
	if (fd < 0)
		return err_sys(e, ERR_INTERNAL, errno, "sandbox: Landlock");
	if (add_rules(fd, r, &k, e) == 0)
		return fd;
	close(fd);
	return -1;
}

int
landlock_enter(int fd)
{
	return (int)syscall(SYS_landlock_restrict_self, fd, 0u);
}

int
landlock_restrict(const struct ruleset *r, struct err *e)
{
	int fd = landlock_open(r, e), rc;

	if (fd < 0)
		return -1;
	rc = landlock_enter(fd);
	if (rc != 0)
		err_sys(e, ERR_INTERNAL, errno, "sandbox: Landlock");
	close(fd);
	return rc;
}
