#include "base/fs.h"

#include "base/mem.h"
#include "base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int fs_mkdir_p(const char *path, mode_t mode, struct err *err)
{
	char part[PATH_MAX];
	size_t n = strlen(path);
	if (n == 0)
		return err_set(err, -EINVAL, "the path of a folder is empty");
	if (n >= sizeof(part))
		return err_set(err, -ENAMETOOLONG, "'%.80s…': the path is too long", path);
	memcpy(part, path, n + 1);

	for (char *p = part + 1;; p++) {
		if (*p != '/' && *p)
			continue;
		char end = *p;
		*p = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return err_sys(err, "make folder '%s'", part);
		*p = end;
		if (!end)
			break;
	}
	if (!fs_is_dir(path))
		return err_set(err, -ENOTDIR, "'%s' is there and is no folder", path);
	return 0;
}

static int read_fd(int fd, const char *path, size_t max, struct strbuf *b, struct err *err)
{
	char chunk[16384];
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "read '%s'", path);
		if (n == 0)
			return 0;
		if ((size_t)n > max - b->n)
			return err_set(err, -EMSGSIZE, "'%s' is larger than %zu bytes", path, max);
		if (strbuf_add(b, chunk, (size_t)n) < 0)
			return err_set(err, -ENOMEM, "read '%s'", path);
	}
}

int fs_read(const char *path, size_t max, char **ret, size_t *ret_n, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "open '%s'", path);
	AUTO_STRBUF b = STRBUF_INIT;
	int r = read_fd(fd, path, max, &b, err);
	(void)close(fd); /* only read from */
	if (r < 0)
		return r;
	size_t n = b.n;
	char *text = strbuf_take(&b);
	if (!text)
		return err_set(err, -ENOMEM, "read '%s'", path);
	*ret = text;
	if (ret_n)
		*ret_n = n;
	return 0;
}

int fs_write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;
	while (n > 0) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int fs_sync_dir(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "open folder '%s'", path);
	int r = fsync(fd) < 0 ? err_sys(err, "sync folder '%s'", path) : 0;
	(void)close(fd);
	return r;
}

static int fill_and_sync(int fd, const char *path, const void *bytes, size_t n, mode_t mode, struct err *err)
{
	int r = fs_write_all(fd, bytes, n);
	if (r < 0)
		return err_set(err, r, "write '%s': %s", path, strerror(-r));
	if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
		return err_sys(err, "sync '%s'", path);
	return 0;
}

int fs_write_atomic(const char *path, const void *bytes, size_t n, mode_t mode, struct err *err)
{
	char *dir AUTO_MEM = fs_dirname(path);
	char *temp AUTO_MEM = str_printf("%s.tmp-XXXXXX", path);
	if (!dir || !temp)
		return err_set(err, -ENOMEM, "write '%s'", path);

	int fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "create '%s'", temp);
	int r = fill_and_sync(fd, temp, bytes, n, mode, err);
	if (close(fd) < 0 && r == 0)
		r = err_sys(err, "close '%s'", temp);
	if (r == 0 && rename(temp, path) < 0)
		r = err_sys(err, "rename '%s' to '%s'", temp, path);
	if (r < 0) {
		(void)unlink(temp); /* the first error is the one to tell */
		return r;
	}
	return fs_sync_dir(dir, err);
}

/* Removes what `name` in folder `at` is; `depth` bounds the recursion and the open files. */
static int remove_at(int at, const char *name, int depth)
{
	if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (depth <= 0)
		return -ELOOP;

	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	DIR *d = fdopendir(fd);
	if (!d) {
		int r = -errno;
		(void)close(fd);
		return r;
	}
	int r = 0;
	struct dirent *e;
	while (r == 0 && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = remove_at(fd, e->d_name, depth - 1);
	closedir(d);
	if (r == 0 && unlinkat(at, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

#define REMOVE_DEPTH 200

int fs_remove_tree(const char *path, struct err *err)
{
	int r = remove_at(AT_FDCWD, path, REMOVE_DEPTH);
	return r < 0 ? err_set(err, r, "remove '%s': %s", path, strerror(-r)) : 0;
}

int fs_temp_dir(const char *parent, const char *prefix, char **ret, struct err *err)
{
	if (!parent)
		parent = getenv("TMPDIR");
	if (!parent || !*parent)
		parent = "/tmp";
	char *path AUTO_MEM = str_printf("%s/%s-XXXXXX", parent, prefix);
	if (!path)
		return err_set(err, -ENOMEM, "temporary folder");
	if (!mkdtemp(path))
		return err_sys(err, "make temporary folder '%s'", path);
	*ret = TAKE(path);
	return 0;
}

bool fs_exists(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0;
}

bool fs_is_dir(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *fs_join(const char *a, const char *b)
{
	size_t n = strlen(a);
	if (n == 0 || b[0] == '/')
		return strdup(b);
	return str_printf("%s%s%s", a, a[n - 1] == '/' ? "" : "/", b);
}

char *fs_dirname(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

const char *fs_basename(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}
