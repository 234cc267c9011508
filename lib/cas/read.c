#include "cas/cas_priv.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/str.h"

#include "base/banned.h"

/* A file that was read whole and found good, as long as it stays what it was. */
struct known {
	struct stat st;
	struct cas_info info;
};

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool is_known(struct cas *c, const char *hash, const struct stat *st, struct cas_info *ret)
{
	pthread_mutex_lock(&c->mutex);
	const struct known *k = map_get(c->known, hash);
	bool good = k && same_file(&k->st, st);
	if (good)
		*ret = k->info;
	pthread_mutex_unlock(&c->mutex);
	return good;
}

/*
 * Forgetting all when there are too many is crude, and right: they are found good again when they
 * are read.
 */
static void make_known(struct cas *c, const struct stat *st, const struct cas_info *info)
{
	struct known *k = malloc(sizeof(*k));
	void *old = NULL;
	if (!k)
		return;
	*k = (struct known){*st, *info};
	pthread_mutex_lock(&c->mutex);
	if (map_count(c->known) >= LIMIT_CAS_KNOWN) {
		size_t at = 0;
		const char *key;
		void *value;
		while (map_next(c->known, &at, &key, &value))
			free(value);
		map_clear(c->known);
	}
	if (map_set(c->known, info->hash, k, &old) < 0)
		old = k;
	pthread_mutex_unlock(&c->mutex);
	free(old);
}

static void forget(struct cas *c, const char *hash)
{
	pthread_mutex_lock(&c->mutex);
	void *old = map_remove(c->known, hash);
	pthread_mutex_unlock(&c->mutex);
	free(old);
}

static int damaged(struct cas *c, const char *hash, const char *why, struct err *err)
{
	char name[CAS_NAME_SIZE];
	cas_object_name(hash, name);
	forget(c, hash);
	(void)cas_row_mark_damaged(c, hash,
				   NULL); /* unmarked, it is found again at the next read */
	return err_set(err, -EBADMSG, "%s/objects/sha256/%s: %s", c->root, name, why);
}

static int open_object(struct cas *c, const char *hash, int *ret, struct stat *st, struct err *err)
{
	char name[CAS_NAME_SIZE];
	if (!cas_hash_valid(hash))
		return err_set(err, -EINVAL, "'%.80s' is not a content hash", hash);
	cas_object_name(hash, name);
	int fd = openat(c->objects_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT) {
		struct cas_info info;
		int r = cas_row_get(c, hash, &info, err);
		return r < 0 ? r : damaged(c, hash, "the file is missing", err);
	}
	if (fd < 0 || fstat(fd, st) < 0) {
		int r = err_sys(err, "%s/objects/sha256/%s", c->root, name);
		if (fd >= 0)
			close(fd);
		return r;
	}
	*ret = fd;
	return 0;
}

/*
 * The content must be in the table (a file alone is not content) and the file must hash to its
 * name.
 */
static int check(struct cas *c, const char *hash, int fd, const struct stat *st,
		 struct cas_info *ret, struct err *err)
{
	struct cas_info info;
	char found[CAS_HASH_SIZE];
	int64_t size = 0;
	int r = cas_row_get(c, hash, &info, err);
	if (r < 0)
		return r;
	if (!S_ISREG(st->st_mode) || st->st_size != info.size_bytes)
		return damaged(c, hash, "the file has another length", err);
	r = cas_digest_file(c, fd, found, &size, NULL, NULL);
	if (r == -EIO)
		return damaged(c, hash, "the file cannot be read", err);
	if (r < 0)
		return err_set(err, r, "%s: reading %s", c->root, hash);
	if (!str_eq(found, hash))
		return damaged(c, hash, "the file holds something else", err);
	info.damaged = false;
	make_known(c, st, &info);
	*ret = info;
	return 0;
}

static int open_good(struct cas *c, const char *hash, int *ret, struct cas_info *ret_info,
		     struct err *err)
{
	struct stat st;
	int fd = -1;
	int r = open_object(c, hash, &fd, &st, err);
	if (r < 0)
		return r;
	if (!is_known(c, hash, &st, ret_info))
		r = check(c, hash, fd, &st, ret_info, err);
	if (r < 0)
		close(fd);
	else
		*ret = fd;
	return r;
}

int64_t cas_bytes(struct cas *c, const char *hash)
{
	struct cas_info info;
	return cas_hash_valid(hash) && cas_row_get(c, hash, &info, NULL) == 0 ? info.size_bytes : 0;
}

int64_t cas_unread_bytes(struct cas *c, const char *hash)
{
	struct stat st;
	struct cas_info info;
	char name[CAS_NAME_SIZE];
	if (!cas_hash_valid(hash))
		return 0;
	cas_object_name(hash, name);
	if (fstatat(c->objects_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    is_known(c, hash, &st, &info))
		return 0;
	return st.st_size;
}

static int read_some(int fd, int64_t at, char *bytes, size_t n, size_t *ret_n)
{
	size_t done = 0;
	while (done < n) {
		ssize_t got = pread(fd, bytes + done, n - done, at + (int64_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	*ret_n = done;
	return 0;
}

int cas_read(struct cas *c, const char *hash, int64_t offset_bytes, void *bytes, size_t n,
	     size_t *ret_n, struct cas_info *ret_info, struct err *err)
{
	struct cas_info info;
	int fd = -1;
	if (offset_bytes < 0)
		return err_field(err, -EINVAL, "offset_bytes", "%lld is before the start",
				 (long long)offset_bytes);
	int r = open_good(c, hash, &fd, &info, err);
	if (r < 0)
		return r;
	r = read_some(fd, offset_bytes, bytes, n, ret_n);
	close(fd);
	if (r < 0)
		return damaged(c, hash, "the file cannot be read", err);
	if (ret_info)
		*ret_info = info;
	return 0;
}

int cas_load(struct cas *c, const char *hash, size_t max, char **ret, size_t *ret_n,
	     struct err *err)
{
	struct cas_info info;
	int fd = -1;
	int r = open_good(c, hash, &fd, &info, err);
	if (r < 0)
		return r;
	char AUTO_MEM *bytes = NULL;
	size_t n = 0;
	if ((uint64_t)info.size_bytes > max)
		r = err_set(err, -EMSGSIZE, "%s has %lld bytes, at most %zu are wanted", hash,
			    (long long)info.size_bytes, max);
	else if (!(bytes = malloc((size_t)info.size_bytes + 1)))
		r = err_set(err, -ENOMEM, "%s", hash);
	else if (read_some(fd, 0, bytes, (size_t)info.size_bytes, &n) < 0 ||
		 n != (size_t)info.size_bytes)
		r = damaged(c, hash, "the file cannot be read", err);
	close(fd);
	if (r < 0)
		return r;
	bytes[n] = '\0';
	*ret = TAKE(bytes);
	*ret_n = n;
	return 0;
}

int cas_inspect(struct cas *c, const char *hash, struct cas_info *ret, struct err *err)
{
	return cas_row_get(c, hash, ret, err);
}

int cas_verify(struct cas *c, const char *hash, struct err *err)
{
	struct stat st;
	struct cas_info info;
	int fd = -1;
	int r = open_object(c, hash, &fd, &st, err);
	if (r < 0)
		return r;
	(void)posix_fadvise(fd, 0, 0,
			    POSIX_FADV_DONTNEED); /* look at the disk rather than at memory */
	r = check(c, hash, fd, &st, &info, err);
	close(fd);
	return r;
}

struct next {
	const char *after;
	char *ret;
};

static int next_unit(struct store_conn *conn, void *arg, struct err *err)
{
	const struct next *next = arg;
	sqlite3_stmt *q;
	int r = store_query(conn, &q, err,
			    "SELECT hash FROM cas_content WHERE hash > ? ORDER BY hash LIMIT 1",
			    "t", next->after);
	if (r == 0)
		r = store_step(conn, q, err);
	if (r > 0)
		str_copy(next->ret, CAS_HASH_SIZE, store_text(q, 0));
	store_done(q);
	return r;
}

int cas_next(struct cas *c, const char *after, char ret[CAS_HASH_SIZE], struct err *err)
{
	struct next next = {after, ret};
	int r = store_read(c->store, next_unit, &next, err);
	if (r == 0)
		return err_set(err, -ENOENT, "no content after '%.80s'", after);
	return r < 0 ? r : 0;
}
