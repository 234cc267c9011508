#include "rt-host/content_spool.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"

#include "base/banned.h"

struct content_spool {
	struct content_spool_options o;
	int fd;
	_Atomic int64_t end, given_back; /* relaxed: sums that others look at */
};

/* A file without a name; where the file system has no such thing, one whose name is taken away at once. */
static int open_nameless(const char *dir, struct err *err)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	char AUTO_MEM *name = fs_join(dir, "content-XXXXXX");
	if (!name)
		return err_set(err, -ENOMEM, "%s", dir);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "content in '%s'", dir);
	(void)unlink(name); /* a name that stays does no harm */
	return fd;
}

int content_spool_open(const struct content_spool_options *o, struct content_spool **ret, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	struct content_spool *s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "content");
	s->o = *o;
	s->fd = open_nameless(o->dir ? o->dir : tmp && *tmp ? tmp : "/tmp", err);
	if (s->fd < 0) {
		int r = s->fd;
		free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void content_spool_close(struct content_spool *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s);
}

int64_t content_spool_end(const struct content_spool *s)
{
	return s->end;
}

int content_spool_append(struct content_spool *s, const void *bytes, size_t n, struct err *err)
{
	if (content_spool_used(s) + (int64_t)n > (int64_t)LIMIT_CONTENT_SPOOL_MIB << 20)
		return err_set(err, -ENOSPC, "prepared content would need more than %d MiB of disk", LIMIT_CONTENT_SPOOL_MIB);
	for (size_t done = 0; done < n;) {
		ssize_t put = pwrite(s->fd, (const char *)bytes + done, n - done, (off_t)(s->end + (int64_t)done));
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put < 0 ? err_sys(err, "prepared content") : err_set(err, -EIO, "prepared content");
		done += (size_t)put;
	}
	s->end += (int64_t)n;
	return 0;
}

void content_spool_rewind(struct content_spool *s, int64_t end)
{
	s->end = end;
	if (ftruncate(s->fd, (off_t)end) < 0)
		return; /* what is not given back is written over */
}

int64_t content_spool_used(const struct content_spool *s)
{
	return s->end - atomic_load_explicit(&s->given_back, memory_order_relaxed);
}

void content_spool_give_back(struct content_spool *s, int64_t at, int64_t n)
{
	if (n > 0 && fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)n) == 0)
		atomic_fetch_add_explicit(&s->given_back, n, memory_order_relaxed);
}

static ssize_t read_some(struct content_spool *s, void *dst, size_t n, off_t at)
{
	return s->o.read ? s->o.read(s->o.arg, s->fd, dst, n, at) : pread(s->fd, dst, n, at);
}

int content_spool_read(struct content_spool *s, int64_t at, void *dst, size_t n, struct err *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t got = read_some(s, (char *)dst + done, n - done, (off_t)(at + (int64_t)done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "prepared content at byte %lld", (long long)at);
		if (got == 0)
			return err_set(err, -EBADMSG, "prepared content ends at byte %lld", (long long)(at + (int64_t)done));
		done += (size_t)got;
	}
	return 0;
}
