/*
 * fuzz_smf.c - any bytes: refused with a byte offset, or read, written and read again as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "music/excerpt.h"
#include "music/smf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static size_t events_of(const struct smf *f, size_t track)
{
	const struct smf_track *t = &f->tracks[track];
	size_t n = t->n_events;
	return n && t->events[n - 1].kind == SMF_META && t->events[n - 1].a == SMF_META_END ? n - 1 : n;
}

static void check_same(const struct smf *a, const struct smf *b)
{
	check(a->n_tracks == b->n_tracks);
	for (size_t i = 0; i < a->n_tracks; i++) {
		check(events_of(a, i) == events_of(b, i));
		for (size_t k = 0; k < events_of(a, i); k++) {
			const struct smf_event *x = &a->tracks[i].events[k], *y = &b->tracks[i].events[k];
			check(x->tick == y->tick && x->kind == y->kind && x->channel == y->channel &&
			      x->a == y->a && x->b == y->b && x->n_data == y->n_data);
			check(x->n_data == 0 || memcmp(smf_data(a, x), smf_data(b, y), x->n_data) == 0);
		}
	}
}

static void check_score(const struct smf *f)
{
	AUTO(score) s = NULL;
	AUTO(score) cut = NULL;
	uint8_t AUTO_MEM *bytes = NULL;
	struct err err = ERR_INIT;
	size_t n;
	if (smf_to_score(f, &s, &err) < 0)
		return;
	for (size_t i = 0; i < s->n_voices; i++)
		for (size_t k = 0; k < s->voices[i].n_notes; k++)
			check(s->voices[i].notes[k].duration_beats >= 0);
	(void)score_n_bars(s);
	(void)score_seconds_at(s, s->end_beats);
	(void)score_excerpt_seconds(s, 30, 4, &cut, &err); /* may be empty */
	(void)score_write_smf(s, &bytes, &n, &err);        /* may be too far */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(smf) f = NULL;
	AUTO(smf) again = NULL;
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n = 0;
	struct err err = ERR_INIT;
	int r = smf_read(data, size, &f, &err);
	if (r < 0) {
		check(r == -EMSGSIZE || (r == -EBADMSG && strncmp(err.msg, "byte ", 5) == 0));
		return 0;
	}
	check_score(f);
	if (f->format == 0 && f->n_tracks != 1)
		return 0;
	check(smf_write(f, SMF_WRITE_RUNNING_STATUS, &bytes, &n, &err) == 0);
	if (n > size * 4 + 1024)
		abort();
	if (smf_read(bytes, n, &again, &err) == 0)
		check_same(f, again);
	else
		check(err.code == -EMSGSIZE);
	return 0;
}
