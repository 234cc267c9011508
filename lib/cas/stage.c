/*
 * Files that are not content yet: names for them, and writing them for somebody on another machine.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/str.h"
#include "base/uuid.h"
#include "cas/cas_priv.h"

#include "base/banned.h"

const char *cas_staged_name(const struct cas *c, const char *path)
{
	size_t n = strlen(c->root);
	static const char folder[] = "/staging/";
	if (strncmp(path, c->root, n) != 0 || !str_starts(path + n, folder))
		return NULL;
	const char *name = path + n + strlen(folder);
	bool plain =
		*name && *name != '.' && !strchr(name, '/') && !str_starts(name, CAS_OWN_PREFIX);
	return plain ? name : NULL;
}

static int has_room(struct cas *c, struct err *err)
{
	int64_t n_staged;
	int r = cas_sweep(c, &n_staged, false, err);
	if (r == 0 && n_staged >= LIMIT_CAS_STAGED)
		r = err_set(err, -EBUSY, "%s/staging: %lld files lie there", c->root,
			    (long long)n_staged);
	return r;
}

int cas_stage(struct cas *c, const char *suffix, char **ret, struct err *err)
{
	if (suffix && (strchr(suffix, '/') || strlen(suffix) > 16))
		return err_field(err, -EINVAL, "suffix", "'%.20s' is not the ending of a file name",
				 suffix);
	int r = has_room(c, err);
	if (r < 0)
		return r;
	char uuid[UUID_SIZE];
	uuid_new(uuid);
	char *path = str_printf("%s/staging/" CAS_STAGE_PREFIX "%s%s", c->root, uuid,
				suffix ? suffix : "");
	if (!path)
		return err_set(err, -ENOMEM, "%s", c->root);
	*ret = path;
	return 0;
}

static int staged_name(const struct cas *c, const char *path, const char **ret, struct err *err)
{
	*ret = cas_staged_name(c, path);
	return *ret && str_starts(*ret, CAS_STAGE_PREFIX)
		       ? 0
		       : err_field(err, -EPERM, "path", "%.200s: not a staged file of %s", path,
				   c->root);
}

static int open_staged(struct cas *c, const char *name, int *ret, struct err *err)
{
	int fd = openat(c->staging_fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT) {
		int r = has_room(c, err);
		if (r < 0)
			return r;
		fd = openat(c->staging_fd, name,
			    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	}
	if (fd < 0)
		return errno == ELOOP ? err_field(err, -EPERM, "path", "%s: a link", name)
				      : err_sys(err, "%s/staging/%s", c->root, name);
	*ret = fd;
	return 0;
}

static int write_at(int fd, const char *bytes, size_t n, int64_t at)
{
	for (size_t done = 0; done < n;) {
		ssize_t wrote = pwrite(fd, bytes + done, n - done, at + (int64_t)done);
		if (wrote < 0 && errno != EINTR)
			return -errno;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	return 0;
}

static int write_range(const struct cas *c, const char *name, int fd, int64_t at, const void *bytes,
		       size_t n, int64_t *ret_size, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_sys(err, "%s/staging/%s", c->root, name);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return err_field(err, -EPERM, "path", "%s: not a staged file of ours", name);
	if (at > st.st_size)
		return err_field(err, -EINVAL, "offset_bytes",
				 "%lld leaves a hole behind the %lld bytes that are there",
				 (long long)at, (long long)st.st_size);
	if (at > LIMIT_CAS_UPLOAD_BYTES - (int64_t)n)
		return err_field(err, -EMSGSIZE, "offset_bytes", "at most %d bytes are taken",
				 LIMIT_CAS_UPLOAD_BYTES);
	int r = write_at(fd, bytes, n, at);
	if (r < 0) {
		errno = -r;
		return err_sys(err, "%s/staging/%s", c->root, name);
	}
	*ret_size = at + (int64_t)n > st.st_size ? at + (int64_t)n : st.st_size;
	return 0;
}

int cas_stage_write(struct cas *c, const char *path, int64_t offset_bytes, const void *bytes,
		    size_t n, int64_t *ret_size, struct err *err)
{
	const char *name;
	int fd = -1;
	int r = staged_name(c, path, &name, err);
	if (r == 0 && (offset_bytes < 0 || n > LIMIT_CAS_UPLOAD_BYTES))
		r = err_field(err, -EINVAL, "offset_bytes", "%lld", (long long)offset_bytes);
	if (r == 0)
		r = open_staged(c, name, &fd, err);
	if (r < 0)
		return r;
	r = write_range(c, name, fd, offset_bytes, bytes, n, ret_size, err);
	close(fd);
	return r;
}

int cas_unstage(struct cas *c, const char *path, bool *ret_existed, struct err *err)
{
	const char *name;
	int r = staged_name(c, path, &name, err);
	if (r < 0)
		return r;
	bool existed = unlinkat(c->staging_fd, name, 0) == 0;
	if (!existed && errno != ENOENT)
		return err_sys(err, "%s/staging/%s", c->root, name);
	*ret_existed = existed;
	return 0;
}
