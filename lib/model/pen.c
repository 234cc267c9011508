#include "model/pen_priv.h"

#include <assert.h>

#include "base/banned.h"

int pen_begin(const struct harmony *h, const char *title, double bpm, struct score **ret, struct err *err)
{
	AUTO(score) s = score_new();
	if (!s)
		return err_set(err, -ENOMEM, "score");
	int code = score_set_title(s, title, err);
	if (code == 0)
		code = score_set_tempo(s, 0, bpm, err);
	if (code == 0)
		code = score_set_meter(s, 0, (unsigned)h->meter.num, (unsigned)h->meter.den, err);
	if (code == 0)
		code = score_set_key(s, 0, h->key.sharps, tonality_minor(&h->key), err);
	if (code == 0)
		code = harmony_write(h, s, err);
	if (code < 0)
		return code;
	*ret = TAKE(s);
	return 0;
}

int pen_voice(struct score *s, const char *name, int program, uint8_t channel, struct pen *ret, struct err *err)
{
	size_t v;
	int code = score_add_voice(s, name, &v, err);
	struct score_control c = { .kind = SCORE_PROGRAM, .channel = channel, .value = (uint16_t)program };
	if (code == 0)
		code = score_add_control(s, v, &c, err);
	if (code < 0)
		return code;
	*ret = (struct pen){ s, v, channel };
	return 0;
}

int pen_note(const struct pen *p, int32_t at, int32_t length, int pitch, int velocity, struct err *err)
{
	assert(pitch >= 0 && pitch <= 127 && length > 0 && at >= 0);
	struct note n = { (double)at / METER_TICKS, (double)length / METER_TICKS, (uint8_t)pitch, 0, p->channel, 64 };
	n.velocity = (uint8_t)(velocity < 1 ? 1 : velocity > 127 ? 127 : velocity);
	return score_add_note(p->score, p->voice, &n, err);
}

void pen_end(const struct harmony *h, struct score *s)
{
	double end = (double)h->end_ticks / METER_TICKS;
	s->end_beats = s->end_beats < end ? end : s->end_beats;
	score_sort(s);
}
