/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/become.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "cmd/opt.h"

#define FOLDER_MODE 02750 /* what is made there has its group */
#define MASK 027

/* ---- who ------------------------------------------------------------------- */

static int
find_user(const char *name, struct identity *out, bool *has_group,
    struct err *e)
{
	const struct passwd *pw = getpwnam(name);
	uint32_t number;

	if (pw == NULL && opt_number(name, 0, UINT32_MAX - 1, &number) == 0) {
		pw = getpwuid(number);
		out->uid = number;
	} else if (pw == NULL) {
		return err_set(e, ERR_CONFIG, "user: there is no user '%.64s'",
		    name);
	}
	*has_group = pw != NULL;
	if (pw != NULL) {
		out->uid = pw->pw_uid;
		out->gid = pw->pw_gid;
	}
	if (out->uid == 0)
		return err_set(e, ERR_CONFIG, "user: is root, who has every "
		    "right; name another, or leave it out");
	return 0;
}

static int
find_group(const char *name, gid_t *out, struct err *e)
{
	const struct group *gr = getgrnam(name);
	uint32_t number;

	if (gr != NULL)
		*out = gr->gr_gid;
	else if (opt_number(name, 0, UINT32_MAX - 1, &number) == 0)
		*out = number;
	else
		return err_set(e, ERR_CONFIG, "group: there is no group "
		    "'%.64s'", name);
	return 0;
}

int
identity_find(const char *user, const char *group, struct identity *out,
    struct err *e)
{
	bool has_group = true;

	*out = (struct identity){false, geteuid(), getegid()};
	if (user != NULL && find_user(user, out, &has_group, e) != 0)
		return -1;
	if (group != NULL && find_group(group, &out->gid, e) != 0)
		return -1;
	if (group == NULL && !has_group)
		return err_set(e, ERR_CONFIG, "user: %ld is in no list of "
		    "users, so give group, too", (long)out->uid);
	if (user == NULL && group != NULL && geteuid() == 0)
		return err_set(e, ERR_CONFIG, "group: goes with user");
	out->change = out->uid != geteuid() || out->gid != getegid();
	if (out->change && geteuid() != 0)
		return err_set(e, ERR_CONFIG, "%s: only root becomes another "
		    "user or group, and this is user %ld of group %ld; start "
		    "it as root, or leave user and group out",
		    out->uid != geteuid() ? "user" : "group", (long)geteuid(),
		    (long)getegid());
	return 0;
}

/* ---- the place of the store ------------------------------------------------ */

int
identity_folder(const struct identity *who, const char *store, struct err *e)
{
	char *folder;
	int rc = 0;

	if (!who->change)
		return 0;
	folder = fs_folder(store);
	if (folder == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	if (mkdir(folder, 0700) == 0) {
		if (lchown(folder, who->uid, who->gid) != 0 ||
		    chmod(folder, FOLDER_MODE) != 0)
			rc = err_sys(e, ERR_STORE, errno, "folder '%s': cannot "
			    "be given to user %ld", folder, (long)who->uid);
	} else if (errno != EEXIST) {
		rc = err_sys(e, ERR_STORE, errno, "folder '%s': cannot be "
		    "made", folder);
	}
	free(folder);
	return rc;
}

/* A plain file of root's with one name; a link could be to anything. */
static int
give_file(int dir, const char *name, const struct identity *who,
    struct err *e)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), rc = 0;
	struct stat st;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    st.st_uid == 0 &&
	    fchownat(fd, "", who->uid, who->gid, AT_EMPTY_PATH) != 0)
		rc = err_sys(e, ERR_STORE, errno, "'%s': cannot be given to "
		    "user %ld", name, (long)who->uid);
	close(fd);
	return rc;
}

/* Files whose name begins with the store's. */
static int
give_files(const struct identity *who, const char *folder, const char *store,
    struct err *e)
{
	const char *slash = strrchr(store, '/');
	const char *name = slash != NULL ? slash + 1 : store;
	const struct dirent *d;
	DIR *dir = opendir(folder);
	struct stat st;
	int rc = 0;

	if (dir == NULL)
		return err_sys(e, ERR_STORE, errno, "folder '%s'", folder);
	/* Where others may rename, what has that name may be anything. */
	if (fstat(dirfd(dir), &st) != 0 || (st.st_mode & S_IWOTH) != 0 ||
	    (st.st_uid != 0 && st.st_uid != who->uid))
		rc = err_set(e, ERR_STORE, "folder '%s': belongs to user %ld%s;"
		    " the store of user %ld is to be in one of its own", folder,
		    (long)st.st_uid, (st.st_mode & S_IWOTH) != 0 ?
		    " and everybody may write there" : "", (long)who->uid);
	while (rc == 0 && (d = readdir(dir)) != NULL)
		if (strncmp(d->d_name, name, strlen(name)) == 0)
			rc = give_file(dirfd(dir), d->d_name, who, e);
	closedir(dir);
	return rc;
}

/* ---- for good -------------------------------------------------------------- */

static int
check_gone(const struct identity *who, struct err *e)
{
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) != 0 ||
	    getresgid(&g[0], &g[1], &g[2]) != 0 || getgroups(0, NULL) != 0 ||
	    u[0] != who->uid || u[1] != who->uid || u[2] != who->uid ||
	    g[0] != who->gid || g[1] != who->gid || g[2] != who->gid ||
	    setresuid((uid_t)-1, 0, (uid_t)-1) == 0 || setuid(0) == 0 ||
	    (who->gid != 0 && setgid(0) == 0))
		return err_set(e, ERR_INTERNAL, "user: the rights of root are "
		    "not gone");
	return 0;
}

int
identity_take(const struct identity *who, const char *store, struct err *e)
{
	char *folder;
	int rc;

	if (!who->change)
		return 0;
	folder = fs_folder(store);
	if (folder == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc = give_files(who, folder, store, e);
	if (rc == 0 && (setgroups(0, NULL) != 0 ||
	    setresgid(who->gid, who->gid, who->gid) != 0 ||
	    setresuid(who->uid, who->uid, who->uid) != 0))
		rc = err_sys(e, ERR_CONFIG, errno, "user: cannot become user "
		    "%ld of group %ld", (long)who->uid, (long)who->gid);
	if (rc == 0)
		rc = check_gone(who, e);
	if (rc == 0 && faccessat(AT_FDCWD, folder, W_OK | X_OK,
	    AT_EACCESS) != 0)
		rc = err_sys(e, ERR_STORE, errno, "folder '%s': user %ld "
		    "cannot write there; give it to that user", folder,
		    (long)who->uid);
	umask(MASK);
	free(folder);
	return rc;
}
