#include "cas/cas_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"

#include "base/banned.h"

enum { START_WRITING_BYTES = 4 * 1024 * 1024, COPY_BYTES = 256 * 1024 };

struct cas_writer {
	struct cas *cas;
	struct cas_digest digest;
	int fd;
	int64_t size, writing; /* up to `writing` the kernel has been told to begin */
	char name[CAS_NAME_SIZE];
	char head[CAS_MIME_BYTES];
	size_t n_head;
	bool moved; /* no longer in staging */
};

static int staged_error(const struct cas_writer *w, int code, struct err *err)
{
	errno = -code;
	return err_sys(err, "%s/staging/%s", w->cas->root, w->name);
}

static int create(struct cas *c, char name[CAS_NAME_SIZE], int *ret, struct err *err)
{
	cas_own_name(name);
	int fd = openat(c->staging_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd < 0)
		return err_sys(err, "%s/staging/%s", c->root, name);
	*ret = fd;
	return 0;
}

int cas_writer_new(struct cas *c, struct cas_writer **ret, struct err *err)
{
	AUTO(cas_writer) w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, -ENOMEM, "%s", c->root);
	w->cas = c;
	w->fd = -1;
	if (cas_digest_init(c, &w->digest) < 0)
		return err_set(err, -ENOMEM, "%s", c->root);
	int r = create(c, w->name, &w->fd, err);
	if (r < 0)
		return r;
	*ret = TAKE(w);
	return 0;
}

void cas_writer_free(struct cas_writer *w)
{
	if (!w)
		return;
	cas_digest_done(&w->digest);
	if (w->fd >= 0) {
		close(w->fd);
		if (!w->moved)
			(void)unlinkat(w->cas->staging_fd, w->name,
				       0); /* else the next start sweeps it */
	}
	free(w);
}

int cas_writer_add(struct cas_writer *w, const void *bytes, size_t n, struct err *err)
{
	if (w->n_head < CAS_MIME_BYTES && n) {
		size_t more = CAS_MIME_BYTES - w->n_head;
		more = more < n ? more : n;
		memcpy(w->head + w->n_head, bytes, more);
		w->n_head += more;
	}
	int r = fs_write_all(w->fd, bytes, n);
	if (r < 0)
		return staged_error(w, r, err);
	w->size += (int64_t)n;
	if (w->size - w->writing >= START_WRITING_BYTES) {
		/*
		 * Only a start, so that the disk works while we hash; errors come back from fsync.
		 */
		(void)sync_file_range(w->fd, w->writing, w->size - w->writing,
				      SYNC_FILE_RANGE_WRITE);
		w->writing = w->size;
	}
	r = cas_digest_add(&w->digest, bytes, n);
	return r < 0 ? err_set(err, r, "%s: hashing failed", w->cas->root) : 0;
}

int cas_place_synced(struct cas *c, const char *staged, const struct cas_info *info,
		     struct cas_info *ret, struct err *err)
{
	struct cas_row row = {.info = *info};
	int r = cas_place(c, staged, info->hash, err);
	if (r == 0)
		r = cas_sync_folder(c, cas_folder_of(info->hash), err);
	if (r == 0)
		r = cas_row_add(c, &row, err);
	if (r == 0)
		*ret = row.info;
	return r;
}

void cas_set_mime(struct cas_info *info, const char *mime_type, const void *head, size_t n_head)
{
	str_copy(info->mime_type, sizeof(info->mime_type),
		 mime_type ? mime_type : cas_mime_guess(head, n_head));
}

int cas_writer_finish(struct cas_writer *w, const char *mime_type, struct cas_info *ret,
		      struct err *err)
{
	struct cas_info info = {.size_bytes = w->size};
	if (cas_digest_end(&w->digest, info.hash) < 0)
		return err_set(err, -EIO, "%s: hashing failed", w->cas->root);
	if (cas_row_usable(w->cas, info.hash, ret))
		return 0;
	cas_set_mime(&info, mime_type, w->head, w->n_head);
	if (fsync(w->fd) < 0)
		return staged_error(w, -errno, err);
	w->moved = true;
	int r = cas_place_synced(w->cas, w->name, &info, ret, err);
	if (r < 0)
		(void)unlinkat(w->cas->staging_fd, w->name,
			       0); /* gone already when the rename was done */
	return r;
}

static int write_staged(struct cas *c, const void *bytes, size_t n, char name[CAS_NAME_SIZE],
			struct err *err)
{
	int fd = -1;
	int r = create(c, name, &fd, err);
	if (r < 0)
		return r;
	r = fs_write_all(fd, bytes, n);
	close(fd);
	if (r == 0)
		return 0;
	(void)unlinkat(c->staging_fd, name, 0); /* else swept */
	errno = -r;
	return err_sys(err, "%s/staging/%s", c->root, name);
}

static int open_unnamed(struct cas *c, const char *hash)
{
	char name[CAS_NAME_SIZE];
	cas_object_name(hash, name);
	name[2] = '\0'; /* the folder */
	int fd = openat(c->objects_fd, name, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0444);
	if (fd < 0 && errno == ENOENT && cas_make_folder(c, hash, NULL) == 0)
		fd = openat(c->objects_fd, name, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0444);
	return fd;
}

/*
 * A file without a name, in the folder where it will lie: cheaper than a staged one (one change of
 * one folder, nothing to sweep). -1 where the file system has no such thing; then it is staged
 * later. Errors of the disk are errors.
 */
static int write_unnamed(struct cas *c, const struct cas_row *row, int *ret, struct err *err)
{
	*ret = -1;
	int fd = open_unnamed(c, row->info.hash);
	if (fd < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO || errno == EMFILE ||
		       errno == ENFILE))
		return err_sys(err, "%s/objects/sha256", c->root);
	if (fd < 0)
		return 0;
	int r = fs_write_all(fd, row->bytes, (size_t)row->info.size_bytes);
	if (r < 0) {
		close(fd);
		errno = -r;
		return err_sys(err, "%s/objects/sha256", c->root);
	}
	*ret = fd;
	return 0;
}

static int name_it(struct cas *c, int fd, const char *hash)
{
	char link[64], object[CAS_NAME_SIZE];
	if (fd < 0)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	cas_object_name(hash, object);
	return linkat(AT_FDCWD, link, c->objects_fd, object, AT_SYMLINK_FOLLOW);
}

/*
 * Gives the file its name. Where that is taken (by a damaged file, or by another put) or
 * impossible, one is staged.
 */
static int place_small(struct cas *c, int fd, const struct cas_row *row, struct err *err)
{
	char staged[CAS_NAME_SIZE];
	if (name_it(c, fd, row->info.hash) == 0)
		return 0;
	int r = write_staged(c, row->bytes, (size_t)row->info.size_bytes, staged, err);
	if (r < 0)
		return r;
	/*
	 * A file that is there is replaced by one that is not synced: that is why our bytes are in
	 * the journal too.
	 */
	r = cas_place(c, staged, row->info.hash, err);
	if (r < 0)
		(void)unlinkat(c->staging_fd, staged, 0); /* else swept */
	return r;
}

/*
 * The row goes again when its file cannot be put in place; where even that fails, the next start
 * puts the file there.
 */
static int forget_unit(struct store_conn *conn, void *arg, struct err *err)
{
	const struct cas_row *row = arg;
	int r = store_exec(conn, err, "DELETE FROM cas_journal WHERE id = ?", "i", row->journal_id);
	return r < 0 ? r
		     : store_exec(conn, err, "DELETE FROM cas_content WHERE hash = ?", "t",
				  row->info.hash);
}

static int put_small(struct cas *c, struct cas_row *row, struct err *err)
{
	int fd = -1;
	int r = write_unnamed(c, row, &fd, err);
	if (r < 0)
		return r;
	r = cas_row_add(c, row, err);
	if (r == 0) {
		r = place_small(c, fd, row, err);
		if (r < 0 && !row->info.existed)
			(void)store_write(c->store, forget_unit, row, NULL);
	}
	if (r == 0)
		(void)cas_sync_later(
			c, row); /* out of memory: the journal keeps it until the next start */
	if (fd >= 0)
		close(fd);
	return r;
}

static int put_large(struct cas *c, const void *bytes, size_t n, const char *mime_type,
		     struct cas_info *ret, struct err *err)
{
	AUTO(cas_writer) w = NULL;
	int r = cas_writer_new(c, &w, err);
	for (size_t at = 0; r == 0 && at < n; at += COPY_BYTES)
		r = cas_writer_add(w, (const char *)bytes + at,
				   n - at < COPY_BYTES ? n - at : COPY_BYTES, err);
	return r < 0 ? r : cas_writer_finish(w, mime_type, ret, err);
}

int cas_put(struct cas *c, const void *bytes, size_t n, const char *mime_type, struct cas_info *ret,
	    struct err *err)
{
	if (n > LIMIT_CAS_SMALL || cas_sync_is_behind(c))
		return put_large(c, bytes, n, mime_type, ret, err);
	struct cas_row row = {.info = {.size_bytes = (int64_t)n}, .bytes = bytes ? bytes : ""};
	if (cas_digest_bytes(c, bytes, n, row.info.hash) < 0)
		return err_set(err, -EIO, "%s: hashing failed", c->root);
	if (cas_row_usable(c, row.info.hash, ret))
		return 0;
	cas_set_mime(&row.info, mime_type, bytes, n);
	int r = put_small(c, &row, err);
	if (r == 0)
		*ret = row.info;
	return r;
}

static int copy_all(struct cas_writer *w, int fd, const char *path, struct err *err)
{
	char AUTO_MEM *buffer = malloc(COPY_BYTES);
	if (!buffer)
		return err_set(err, -ENOMEM, "%s", path);
	ssize_t n;
	while ((n = read(fd, buffer, COPY_BYTES)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "%s", path);
		int r = cas_writer_add(w, buffer, (size_t)n, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int open_regular(const char *path, int *ret, struct err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int r = fd < 0 || fstat(fd, &st) < 0 ? err_sys(err, "%s", path) : 0;
	if (r == 0 && !S_ISREG(st.st_mode))
		r = err_set(err, -EINVAL, "%s: not a regular file", path);
	if (r < 0 && fd >= 0)
		close(fd);
	if (r == 0)
		*ret = fd;
	return r;
}

int cas_put_fd(struct cas *c, int fd, const char *name, const char *mime_type, struct cas_info *ret,
	       struct err *err)
{
	AUTO(cas_writer) w = NULL;
	int r = cas_writer_new(c, &w, err);
	if (r == 0)
		r = copy_all(w, fd, name, err);
	return r < 0 ? r : cas_writer_finish(w, mime_type, ret, err);
}

int cas_put_file(struct cas *c, const char *path, const char *mime_type, struct cas_info *ret,
		 struct err *err)
{
	int fd = -1;
	int r = open_regular(path, &fd, err);
	if (r < 0)
		return r;
	r = cas_put_fd(c, fd, path, mime_type, ret, err);
	close(fd);
	return r;
}
