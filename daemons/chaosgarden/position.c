/*
 * position.c - the transport's place in a file of two slots, written in turns.
 *
 * Slot:      48 bytes: u64 turn, i64 state, f64 beat, u64 FNV-1a of the 24 bytes before, 16 bytes zero; native order, as the
 *            file belongs to this machine. The valid slot with the later turn counts, so that a torn write costs one
 *            turn and never the file. A killed process loses nothing that was written; power loss may.
 */
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "garden.h"

#include "base/banned.h"

enum { SLOT_BYTES = 48 };

struct position_slot {
	uint64_t turn;
	int64_t state;
	double beat;
	uint64_t check;
	uint64_t zero[2];
};

struct position_file {
	int fd;
	uint64_t turn;
	struct saved_position last;
};

static uint64_t check_of(const struct position_slot *s)
{
	uint64_t h = UINT64_C(14695981039346656037);
	const uint8_t *p = (const uint8_t *)s;
	for (size_t i = 0; i < offsetof(struct position_slot, check); i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h;
}

static void read_slots(struct position_file *f)
{
	for (int i = 0; i < 2; i++) {
		struct position_slot s;
		if (pread(f->fd, &s, SLOT_BYTES, i * SLOT_BYTES) != SLOT_BYTES || s.check != check_of(&s) ||
		    s.turn <= f->turn || s.state < 0 || s.state >= TRANSPORT_STATE_COUNT || !isfinite(s.beat))
			continue;
		f->turn = s.turn;
		f->last = (struct saved_position){ (enum transport_state)s.state, s.beat };
	}
}

int position_open(const char *path, struct position_file **ret, struct saved_position *ret_saved, struct err *err)
{
	struct position_file *f = calloc(1, sizeof(*f));
	if (!f)
		return err_set(err, -ENOMEM, "%s", path);
	f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (f->fd < 0) {
		free(f);
		return err_sys(err, "%s", path);
	}
	read_slots(f);
	*ret_saved = f->last;
	*ret = f;
	return 0;
}

void position_close(struct position_file *f)
{
	if (!f)
		return;
	close(f->fd);
	free(f);
}

void position_save(struct position_file *f, const struct saved_position *p)
{
	if (p->state == f->last.state && p->beat == f->last.beat)
		return;
	struct position_slot s = { .turn = f->turn + 1, .state = p->state, .beat = p->beat };
	s.check = check_of(&s);
	if (pwrite(f->fd, &s, SLOT_BYTES, (off_t)(s.turn & 1) * SLOT_BYTES) != SLOT_BYTES)
		return; /* the other slot still holds; tried again with the next position */
	f->turn = s.turn;
	f->last = *p;
}
