#include "raw_sound.h"

#include "base/limits.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define KEPT (LIMIT_RENDER_KEPT_BYTES / sizeof(float)) /* floats in memory, in whole pieces */

_Static_assert(KEPT % RAW_SOUND_PIECE == 0, "memory holds whole pieces");

void raw_sound_init(struct raw_sound *r, const char *path)
{
	*r = (struct raw_sound){ .fd = -1, .path = path };
}

void raw_sound_done(struct raw_sound *r)
{
	for (size_t i = 0; i < r->n_pieces; i++)
		free(r->pieces[i]);
	free(r->pieces);
	if (r->fd >= 0)
		(void)close(r->fd); /* nobody can read it any more */
	raw_sound_init(r, r->path);
}

static int add_piece(struct raw_sound *r, struct err *err)
{
	float *piece = mem_new_array(RAW_SOUND_PIECE, sizeof(float));
	if (!piece || mem_grow(&r->pieces, &r->room, r->n_pieces + 1, sizeof(float *)) < 0) {
		free(piece);
		return err_set(err, -ENOMEM, "sound of %llu samples", (unsigned long long)r->n);
	}
	r->pieces[r->n_pieces++] = piece;
	return 0;
}

static int open_file(struct raw_sound *r, struct err *err)
{
	r->fd = open(r->path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (r->fd < 0 || unlink(r->path) < 0)
		return err_sys(err, "open '%s'", r->path);
	return 0;
}

static int put_file(struct raw_sound *r, const float *x, size_t n, struct err *err)
{
	const char *bytes = (const char *)x;
	size_t left = n * sizeof(float);
	off_t at = (off_t)((r->n - KEPT) * sizeof(float));
	int code = r->fd < 0 ? open_file(r, err) : 0;
	while (code == 0 && left > 0) {
		ssize_t done = pwrite(r->fd, bytes, left, at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_sys(err, "write '%s'", r->path);
		bytes += done;
		at += done;
		left -= (size_t)done;
	}
	return code;
}

static int get_file(struct raw_sound *r, float *ret, size_t n, struct err *err)
{
	char *bytes = (char *)ret;
	size_t left = n * sizeof(float);
	off_t at = (off_t)((r->at - KEPT) * sizeof(float));
	while (left > 0) {
		ssize_t done = pread(r->fd, bytes, left, at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? err_sys(err, "read '%s'", r->path) : err_set(err, -EIO, "'%s' became shorter", r->path);
		bytes += done;
		at += done;
		left -= (size_t)done;
	}
	return 0;
}

/* How many of n floats from `at` on lie in one place: a piece of memory, or the file. */
static size_t in_one_place(uint64_t at, size_t n)
{
	size_t left = at < KEPT ? RAW_SOUND_PIECE - at % RAW_SOUND_PIECE : n;
	return n < left ? n : left;
}

int raw_sound_put(struct raw_sound *r, const float *x, size_t n, struct err *err)
{
	int code = 0;
	while (code == 0 && n > 0) {
		size_t now = in_one_place(r->n, n);
		if (r->n >= KEPT)
			code = put_file(r, x, now, err);
		else if (r->n / RAW_SOUND_PIECE == r->n_pieces)
			code = add_piece(r, err);
		if (code < 0)
			return code;
		if (r->n < KEPT)
			memcpy(r->pieces[r->n / RAW_SOUND_PIECE] + r->n % RAW_SOUND_PIECE, x, now * sizeof(float));
		r->n += now;
		x += now;
		n -= now;
	}
	return code;
}

int raw_sound_get(struct raw_sound *r, float *ret, size_t n, size_t *ret_n, struct err *err)
{
	uint64_t left = r->n - r->at;
	n = left < n ? (size_t)left : n;
	*ret_n = n;
	while (n > 0) {
		size_t now = in_one_place(r->at, n);
		int code = 0;
		if (r->at >= KEPT)
			code = get_file(r, ret, now, err);
		else
			memcpy(ret, r->pieces[r->at / RAW_SOUND_PIECE] + r->at % RAW_SOUND_PIECE, now * sizeof(float));
		if (code < 0)
			return code;
		r->at += now;
		ret += now;
		n -= now;
	}
	return 0;
}
