#include "model/frame_priv.h"

#include "music/excerpt.h"

#include "base/banned.h"

int frame_new(const struct score *source, const struct source *src, int64_t lead_in_bars, struct score **ret,
	      double *ret_lead_beats, struct err *err)
{
	double end = src->origin_beats;
	int64_t last = 1;
	(void)score_bar_floor(source, end > 1e-3 ? end - 1e-3 : 0, &last);
	int64_t want = lead_in_bars;
	if (want > (last > 1 ? last : 1))
		return err_field(err, -EINVAL, "params.lead_in_bars", "lead_in_bars is %lld, but the source has %lld whole bars",
				 (long long)want, (long long)last);
	double from = score_bar_start(source, last - (want ? want : 1) + 1);
	if (from >= end)
		from = 0;
	AUTO(score) s = NULL;
	int code = score_slice(source, from, end, &s, err);
	if (code < 0)
		return code;
	s->pickup_beats = 0;
	*ret_lead_beats = want ? end - from : 0;
	for (size_t v = 0; want == 0 && v < s->n_voices; v++) {
		s->voices[v].n_notes = 0;
		/* All that was set on the way to the end holds at the start. */
		for (size_t i = 0; i < s->voices[v].n_controls; i++)
			s->voices[v].controls[i].at_beats = 0;
	}
	for (size_t i = 0; want == 0 && i < s->n_texts; i++)
		s->texts[i].at_beats = 0;
	if (want == 0) {
		double bpm = score_bpm_at(source, end);
		s->n_tempos = s->n_tempos > 1 ? 1 : s->n_tempos;
		code = score_set_tempo(s, 0, bpm, err);
	}
	*ret = TAKE(s);
	return code;
}
