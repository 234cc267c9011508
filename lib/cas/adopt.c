#include "cas/cas_priv.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"

#include "base/banned.h"

static int open_beneath(int folder, const char *name)
{
	struct open_how how = {.flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
	int fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
	if (fd < 0 &&
	    (errno == ENOSYS ||
	     errno == EPERM)) /* an old kernel or a sandbox; a name without '/' is as safe */
		fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/*
 * A writer that keeps its descriptor could change content after it was hashed. A read lease is
 * granted only while nobody has the file open for writing, and the rename below happens while it is
 * held. Where the file system knows no leases, or the file is another user's, adoption makes a copy
 * instead.
 */
enum lease { LEASE_HELD, LEASE_BUSY, LEASE_UNKNOWN };

static enum lease take_lease(int fd)
{
	(void)fcntl(fd, F_SETSIG,
		    SIGURG); /* sent when somebody opens it; unlike SIGIO nobody dies of it */
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0)
		return LEASE_HELD;
	return errno == EAGAIN ? LEASE_BUSY : LEASE_UNKNOWN;
}

static int check_file(int fd, const char *path, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_sys(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_field(err, -EPERM, "path", "%s: not a regular file", path);
	if (st.st_nlink != 1)
		return err_field(err, -EPERM, "path", "%s: has another name as well", path);
	return 0;
}

static int move_in(struct cas *c, int fd, const char *name, const char *path, const char *hash,
		   const char *mime_type, struct cas_info *ret, struct err *err)
{
	struct cas_info info = {.existed = false};
	char head[CAS_MIME_BYTES];
	size_t n_head = 0;
	int r = cas_digest_file(c, fd, info.hash, &info.size_bytes, head, &n_head);
	if (r < 0) {
		errno = -r;
		return err_sys(err, "%s", path);
	}
	if (hash && !str_eq(hash, info.hash))
		return err_field(err, -EBADMSG, "hash", "%s hashes to %s", path, info.hash);
	if (fcntl(fd, F_GETLEASE) != F_RDLCK)
		return err_field(err, -EBUSY, "path", "%s: opened for writing meanwhile", path);
	if (cas_row_usable(c, info.hash, ret)) {
		(void)unlinkat(c->staging_fd, name, 0); /* else swept in a day */
		return 0;
	}
	cas_set_mime(&info, mime_type, head, n_head);
	if (fchmod(fd, 0444) < 0 || fsync(fd) < 0)
		return err_sys(err, "%s", path);
	return cas_place_synced(c, name, &info, ret, err);
}

static int copy_in(struct cas *c, const char *name, const char *path, const char *hash,
		   const char *mime_type, struct cas_info *ret, struct err *err)
{
	struct cas_info info;
	int r = cas_put_file(c, path, mime_type, &info, err);
	if (r < 0)
		return r;
	if (hash && !str_eq(hash, info.hash))
		return err_field(err, -EBADMSG, "hash", "%s hashes to %s", path, info.hash);
	(void)unlinkat(c->staging_fd, name, 0); /* else swept in a day */
	*ret = info;
	return 0;
}

int cas_adopt(struct cas *c, const char *path, const char *hash, const char *mime_type,
	      struct cas_info *ret, struct err *err)
{
	if (hash && !cas_hash_valid(hash))
		return err_field(err, -EINVAL, "hash", "'%.80s' is not a content hash", hash);
	const char *name = cas_staged_name(c, path);
	if (!name)
		return err_field(err, -EPERM, "path", "%.200s: not a file in %s/staging", path,
				 c->root);
	int fd = open_beneath(c->staging_fd, name);
	if (fd < 0) {
		errno = -fd;
		return fd == -ELOOP ? err_field(err, -EPERM, "path", "%s: a link", path)
				    : err_sys(err, "%s", path);
	}
	int r = check_file(fd, path, err);
	enum lease lease = r < 0 ? LEASE_UNKNOWN : take_lease(fd);
	if (r == 0 && lease == LEASE_BUSY)
		r = err_field(err, -EBUSY, "path", "%s: still open for writing", path);
	else if (r == 0 && lease == LEASE_HELD)
		r = move_in(c, fd, name, path, hash, mime_type, ret, err);
	else if (r == 0)
		r = copy_in(c, name, path, hash, mime_type, ret, err);
	close(fd); /* and with it the lease */
	return r;
}
