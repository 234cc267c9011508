#include "timeline/journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"

#include "base/banned.h"

#define FILE_MAGIC "HOOTJRN1"
#define FRAME_MAGIC 0x31464a48u /* "HJF1" */
enum { MAGIC_BYTES = 8, HEADER_BYTES = 24 };
#define FILE_BYTES_MAX ((size_t)1 << 30)

struct journal {
	char *path;
	int fd;
	bool no_sync, broken;
	int64_t bytes;
	uint64_t frames;
	size_t torn;
};

uint32_t journal_crc32c(uint32_t crc, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	crc = ~crc;
	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return ~crc;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_header(uint8_t h[HEADER_BYTES], uint64_t seq, const void *payload, size_t n)
{
	put32(h, FRAME_MAGIC);
	put32(h + 4, (uint32_t)n);
	put32(h + 8, (uint32_t)seq);
	put32(h + 12, (uint32_t)(seq >> 32));
	put32(h + 16, journal_crc32c(0, payload, n));
	put32(h + 20, journal_crc32c(0, h, 20));
}

/* The payload's length when a whole, undamaged frame with that number lies here; 0 otherwise. */
static size_t frame_at(const uint8_t *p, size_t n, uint64_t *ret_seq)
{
	if (n < HEADER_BYTES || get32(p) != FRAME_MAGIC || get32(p + 20) != journal_crc32c(0, p, 20))
		return 0;
	size_t length = get32(p + 4);
	if (length == 0 || length > (size_t)LIMIT_JOURNAL_FRAME || length > n - HEADER_BYTES)
		return 0;
	if (get32(p + 16) != journal_crc32c(0, p + HEADER_BYTES, length))
		return 0;
	*ret_seq = get32(p + 8) | (uint64_t)get32(p + 12) << 32;
	return length;
}

/* Whether an undamaged frame with a later number lies anywhere behind: then what is before it was acknowledged. */
static bool later_frame(const uint8_t *p, size_t n, uint64_t seq)
{
	uint64_t found = 0;
	for (size_t at = 1; at + HEADER_BYTES <= n; at++) {
		if (get32(p + at) == FRAME_MAGIC && frame_at(p + at, n - at, &found) && found >= seq)
			return true;
	}
	return false;
}

int journal_scan(const uint8_t *bytes, size_t n, const char *path, journal_frame_fn *on_frame, void *arg, size_t *ret_good,
		 uint64_t *ret_frames, struct err *err)
{
	*ret_good = 0;
	*ret_frames = 0;
	size_t known = n < MAGIC_BYTES ? n : MAGIC_BYTES;
	if (memcmp(bytes, FILE_MAGIC, known) != 0)
		return err_set(err, -EBADMSG, "%s: this is no journal", path);
	if (n < MAGIC_BYTES)
		return 0;
	size_t at = MAGIC_BYTES;
	uint64_t expected = 1, seq = 0;
	for (size_t length; at < n; at += HEADER_BYTES + length, expected++) {
		length = frame_at(bytes + at, n - at, &seq);
		if (!length || seq != expected) {
			if (length || later_frame(bytes + at, n - at, expected))
				return err_set(err, -EBADMSG, "%s: damaged at byte %zu, and what follows is not", path, at);
			break;
		}
		int r = on_frame(arg, bytes + at + HEADER_BYTES, length, at, err);
		if (r < 0)
			return err_wrap(err, r, "%s: frame at byte %zu", path, at);
	}
	*ret_good = at;
	*ret_frames = expected - 1;
	return 0;
}

/* ---- files ---- */

static int sync_file(const struct journal *j, struct err *err)
{
	if (j->no_sync || fdatasync(j->fd) == 0)
		return 0;
	return err_sys(err, "%s", j->path);
}

static int start_file(struct journal *j, struct err *err)
{
	char AUTO_MEM *dir = fs_dirname(j->path);
	if (!dir)
		return err_set(err, -ENOMEM, "%s", j->path);
	if (ftruncate(j->fd, 0) < 0 || lseek(j->fd, 0, SEEK_SET) < 0)
		return err_sys(err, "%s", j->path);
	int r = fs_write_all(j->fd, FILE_MAGIC, MAGIC_BYTES);
	if (r < 0)
		return err_set(err, r, "%s: %s", j->path, strerror(-r));
	j->bytes = MAGIC_BYTES;
	j->frames = 0;
	r = sync_file(j, err);
	return r < 0 || j->no_sync ? r : fs_sync_dir(dir, err);
}

static int read_frames(struct journal *j, const struct journal_options *o, struct err *err)
{
	char AUTO_MEM *bytes = NULL;
	size_t n = 0, good = 0;
	int r = fs_read(j->path, FILE_BYTES_MAX, &bytes, &n, err);
	if (r >= 0)
		r = journal_scan((const uint8_t *)bytes, n, j->path, o->on_frame, o->arg, &good, &j->frames, err);
	if (r < 0)
		return r;
	if (good < MAGIC_BYTES)
		return start_file(j, err);
	j->torn = n - good;
	j->bytes = (int64_t)good;
	if (j->torn && (ftruncate(j->fd, (off_t)good) < 0 || fsync(j->fd) < 0))
		return err_sys(err, "%s", j->path);
	return 0;
}

int journal_open(const struct journal_options *o, struct journal **ret, struct err *err)
{
	AUTO(journal) j = calloc(1, sizeof(*j));
	if (!j)
		return err_set(err, -ENOMEM, "%s", o->path);
	j->fd = -1;
	j->no_sync = o->no_sync;
	j->path = strdup(o->path);
	if (!j->path)
		return err_set(err, -ENOMEM, "%s", o->path);
	j->fd = open(j->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (j->fd < 0)
		return err_sys(err, "%s", j->path);
	int r = read_frames(j, o, err);
	if (r < 0)
		return r;
	*ret = TAKE(j);
	return 0;
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	if (j->fd >= 0)
		close(j->fd);
	free(j->path);
	free(j);
}

int journal_append(struct journal *j, const void *payload, size_t n, struct err *err)
{
	if (j->broken)
		return err_set(err, -EIO, "%s: an earlier write failed half-way", j->path);
	if (n == 0 || n > (size_t)LIMIT_JOURNAL_FRAME)
		return err_set(err, -EMSGSIZE, "%s: a frame of %zu bytes", j->path, n);
	uint8_t AUTO_MEM *frame = malloc(HEADER_BYTES + n);
	if (!frame)
		return err_set(err, -ENOMEM, "%s", j->path);
	put_header(frame, j->frames + 1, payload, n);
	memcpy(frame + HEADER_BYTES, payload, n);
	int r = lseek(j->fd, (off_t)j->bytes, SEEK_SET) < 0 ? -errno : fs_write_all(j->fd, frame, HEADER_BYTES + n);
	if (r < 0)
		(void)err_set(err, r, "%s: %s", j->path, strerror(-r));
	else
		r = sync_file(j, err);
	if (r < 0) {
		j->broken = ftruncate(j->fd, (off_t)j->bytes) < 0;
		return r;
	}
	j->bytes += (int64_t)(HEADER_BYTES + n);
	j->frames++;
	return 0;
}

static int write_frames(int fd, const struct journal_payload *frames, size_t n, int64_t *ret_bytes)
{
	int r = fs_write_all(fd, FILE_MAGIC, MAGIC_BYTES);
	*ret_bytes = MAGIC_BYTES;
	for (size_t i = 0; r >= 0 && i < n; i++) {
		uint8_t header[HEADER_BYTES];
		put_header(header, i + 1, frames[i].bytes, frames[i].n);
		r = fs_write_all(fd, header, HEADER_BYTES);
		if (r >= 0)
			r = fs_write_all(fd, frames[i].bytes, frames[i].n);
		*ret_bytes += (int64_t)(HEADER_BYTES + frames[i].n);
	}
	return r >= 0 && fsync(fd) < 0 ? -errno : r;
}

int journal_rewrite(struct journal *j, const struct journal_payload *frames, size_t n, struct err *err)
{
	char AUTO_MEM *temp = str_printf("%s.new", j->path), AUTO_MEM *dir = fs_dirname(j->path);
	if (!temp || !dir)
		return err_set(err, -ENOMEM, "%s", j->path);
	int fd = open(temp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, "%s", temp);
	int64_t bytes = 0;
	int r = write_frames(fd, frames, n, &bytes);
	if (r >= 0 && rename(temp, j->path) < 0)
		r = -errno;
	if (r < 0) {
		close(fd);
		(void)unlink(temp); /* the old journal is still whole */
		return err_set(err, r, "%s: %s", temp, strerror(-r));
	}
	close(j->fd);
	j->fd = fd;
	j->bytes = bytes;
	j->frames = n;
	j->broken = false;
	return fs_sync_dir(dir, err);
}

int64_t journal_bytes(const struct journal *j)
{
	return j->bytes;
}

size_t journal_torn_bytes(const struct journal *j)
{
	return j->torn;
}
