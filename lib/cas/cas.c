#include "cas/cas.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"
#include "cas/cas_priv.h"

#include "base/banned.h"

const char *cas_root(const struct cas *c)
{
	return c->root;
}

static int open_folder(struct cas *c, const char *name, int *ret, struct err *err)
{
	*ret = openat(c->root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return *ret < 0 ? err_sys(err, "%s/%s", c->root, name) : 0;
}

static int make_folder(struct cas *c, const char *name, struct err *err)
{
	return mkdirat(c->root_fd, name, 0755) == 0 || errno == EEXIST
		       ? 0
		       : err_sys(err, "%s/%s", c->root, name);
}

/* Syncs what names the folders. */
static int sync_folders(struct cas *c, struct err *err)
{
	int objects = -1;
	int r = store_sync_above(c->root, err);
	if (r == 0)
		r = open_folder(c, "objects", &objects, err);
	if (r == 0 && (fsync(c->root_fd) < 0 || fsync(objects) < 0 || fsync(c->objects_fd) < 0))
		r = err_sys(err, "%s", c->root);
	if (objects >= 0)
		close(objects);
	return r;
}

static int open_folders(struct cas *c, struct err *err)
{
	int r = fs_mkdir_p(c->root, 0755, err);
	if (r < 0)
		return r;
	char *real = realpath(c->root,
			      NULL); /* staged paths begin like this, whatever way we were called */
	if (!real)
		return err_sys(err, "%s", c->root);
	free(c->root);
	c->root = real;
	c->root_fd = open(c->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->root_fd < 0)
		return err_sys(err, "%s", c->root);
	if (flock(c->root_fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? err_set(err, -EBUSY, "%s: another process has this store open",
					 c->root)
			       : err_sys(err, "%s", c->root);
	static const char *const names[] = {"objects", "objects/sha256", "staging"};
	for (size_t i = 0; r == 0 && i < COUNT_OF(names); i++)
		r = make_folder(c, names[i], err);
	if (r == 0)
		r = open_folder(c, "objects/sha256", &c->objects_fd, err);
	if (r == 0)
		r = open_folder(c, "staging", &c->staging_fd, err);
	return r < 0 ? r : sync_folders(c, err);
}

static int open_all(struct cas *c, struct err *err)
{
	c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	c->known = map_new();
	if (!c->sha256 || !c->known)
		return err_set(err, -ENOMEM, "%s", c->root);
	int64_t n_left;
	int r = open_folders(c, err);
	if (r == 0)
		r = cas_recover(c, err);
	if (r == 0)
		r = cas_sweep(c, &n_left, true, err);
	return r < 0 ? r : cas_sync_start(c, err);
}

int cas_open(const char *root, struct store *store, struct cas **ret, struct err *err)
{
	struct cas *c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, -ENOMEM, "%s", root);
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&c->mutex, NULL);
	pthread_mutex_init(&c->flushing, NULL);
	c->root_fd = c->objects_fd = c->staging_fd = -1;
	c->store = store;
	c->root = strdup(root);
	int r = c->root ? open_all(c, err) : err_set(err, -ENOMEM, "%s", root);
	if (r < 0) {
		cas_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void cas_close(struct cas *c)
{
	if (!c)
		return;
	cas_sync_stop(c);
	if (c->known)
		map_free_with(c->known, free);
	free(c->unsynced);
	EVP_MD_free(c->sha256);
	close_fd(c->objects_fd);
	close_fd(c->staging_fd);
	close_fd(c->root_fd);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->mutex);
	pthread_mutex_destroy(&c->flushing);
	free(c->root);
	free(c);
}

static int count_unit(struct store_conn *conn, void *arg, struct err *err)
{
	struct cas_counts *counts = arg;
	int r = store_int(conn, &counts->n_contents, err, "SELECT count(*) FROM cas_content", "");
	if (r == 0)
		r = store_int(conn, &counts->content_bytes, err,
			      "SELECT coalesce(sum(size_bytes), 0) FROM cas_content", "");
	return r < 0 ? r
		     : store_int(conn, &counts->n_unsynced, err, "SELECT count(*) FROM cas_journal",
				 "");
}

int cas_count(struct cas *c, struct cas_counts *ret, struct err *err)
{
	struct cas_counts counts = {0};
	struct statvfs fs;
	int r = store_read(c->store, count_unit, &counts, err);
	if (r == 0)
		r = cas_sweep(c, &counts.n_staged, false, err);
	if (r == 0 && fstatvfs(c->root_fd, &fs) < 0)
		r = err_sys(err, "%s", c->root);
	if (r < 0)
		return r;
	counts.free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	*ret = counts;
	return 0;
}
