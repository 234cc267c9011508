/*
 * What a crash leaves: contents whose files may be missing or torn (their bytes are in
 *                      cas_journal), and staged files
 * that nobody will finish.
 */
#include "cas/cas_priv.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"

#include "base/banned.h"

#define DAY_S (24 * 3600)

static bool file_is_good(struct cas *c, const char *hash)
{
	char name[CAS_NAME_SIZE], found[CAS_HASH_SIZE];
	int64_t size;
	cas_object_name(hash, name);
	int fd = openat(c->objects_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	int r = cas_digest_file(c, fd, found, &size, NULL, NULL);
	close(fd);
	return r == 0 && str_eq(found, hash);
}

static int write_again(struct cas *c, const char *hash, const void *bytes, size_t n,
		       struct err *err)
{
	char staged[CAS_NAME_SIZE];
	cas_own_name(staged);
	int fd = openat(c->staging_fd, staged, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd < 0)
		return err_sys(err, "%s/staging/%s", c->root, staged);
	int r = fs_write_all(fd, bytes, n);
	close(fd);
	errno = -r;
	r = r < 0 ? err_sys(err, "%s/staging/%s", c->root, staged)
		  : cas_place(c, staged, hash, err);
	if (r < 0)
		(void)unlinkat(c->staging_fd, staged, 0); /* swept otherwise */
	return r;
}

struct recover {
	struct cas *cas;
	int64_t last_id;
};

static int recover_unit(struct store_conn *conn, void *arg, struct err *err)
{
	struct recover *rec = arg;
	sqlite3_stmt *q;
	int r = store_query(conn, &q, err, "SELECT id, hash, bytes FROM cas_journal ORDER BY id",
			    "");
	while (r == 0 && (r = store_step(conn, q, err)) > 0) {
		const char *hash = store_text(q, 1);
		rec->last_id = sqlite3_column_int64(q, 0);
		r = 0;
		if (!cas_hash_valid(hash))
			r = err_set(err, -EBADMSG, "%s: journal of contents: '%.80s'",
				    store_path(rec->cas->store), hash);
		else if (!file_is_good(rec->cas, hash))
			r = write_again(rec->cas, hash, sqlite3_column_blob(q, 2),
					(size_t)sqlite3_column_bytes(q, 2), err);
	}
	store_done(q);
	return r;
}

static int clear_unit(struct store_conn *conn, void *arg, struct err *err)
{
	return store_exec(conn, err, "DELETE FROM cas_journal WHERE id <= ?", "i", *(int64_t *)arg);
}

int cas_recover(struct cas *c, struct err *err)
{
	struct recover rec = {c, 0};
	int r = store_read(c->store, recover_unit, &rec, err);
	if (r < 0 || rec.last_id == 0)
		return r;
	if (syncfs(c->root_fd) < 0)
		return err_sys(err, "%s: syncfs", c->root);
	return store_write(c->store, clear_unit, &rec.last_id, err);
}

static bool is_old(struct cas *c, const char *name)
{
	struct stat st;
	return fstatat(c->staging_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       time(NULL) - st.st_mtime > DAY_S;
}

int cas_sweep(struct cas *c, int64_t *ret_n_left, bool remove, struct err *err)
{
	int fd = openat(c->root_fd, "staging", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return err_sys(err, "%s/staging", c->root);
	}
	int64_t n = 0;
	const struct dirent *e;
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		bool gone = remove &&
			    (str_starts(e->d_name, CAS_OWN_PREFIX) || is_old(c, e->d_name)) &&
			    unlinkat(c->staging_fd, e->d_name, 0) == 0;
		n += !gone;
	}
	closedir(dir);
	*ret_n_left = n;
	return 0;
}
