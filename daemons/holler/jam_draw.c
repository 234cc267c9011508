/*
 * jam_draw.c - the picture of a performance, from its scores, its recording and what the events said.
 */
#include "jam.h"
#include "jam_svg.h"

#include "base/fs.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define DRAW_PEAKS    1200
#define DRAW_BARS_MAX 400

struct picture {
	struct jam_svg svg;
	struct jam_svg_note *notes;
	struct jam_svg_bar *bars;
	struct jam_svg_state states[JAM_MAX_STATES];
	struct audio_peak peaks[DRAW_PEAKS];
	char subtitle[300], intent[300];
};

static void picture_free(struct picture *p)
{
	if (!p)
		return;
	free(p->notes);
	free(p->bars);
	free(p);
}
AUTO_DEFINE(picture);

/* Tune and continuation as they were planned, in seconds; the voices of the new part come last. */
static int picture_notes(const struct jam *j, struct picture *p, struct err *err)
{
	AUTO(score) all = NULL;
	int r = jam_performance(j, &all, err);
	if (r < 0)
		return r;
	p->notes = mem_new_array(score_n_notes(all), sizeof(*p->notes));
	if (!p->notes)
		return err_set(err, -ENOMEM, "draw the notes");
	for (size_t v = 0; v < all->n_voices; v++)
		for (size_t i = 0; i < all->voices[v].n_notes; i++) {
			const struct note *n = &all->voices[v].notes[i];
			p->notes[p->svg.n_notes++] = (struct jam_svg_note){
				.start_s = score_seconds_at(all, n->start_beats),
				.end_s = score_seconds_at(all, n->start_beats + n->duration_beats),
				.pitch = n->pitch,
				.velocity = n->velocity,
				.generated = v >= j->tune->n_voices,
			};
		}
	p->svg.notes = p->notes;
	return 0;
}

static int picture_bars(const struct jam *j, struct picture *p, struct err *err)
{
	p->bars = mem_new_array(DRAW_BARS_MAX, sizeof(*p->bars));
	if (!p->bars)
		return err_set(err, -ENOMEM, "draw the bars");
	size_t n = 0;
	if (j->plan.pickup_beats > 0)
		p->bars[n++] = (struct jam_svg_bar){ .at_s = 0, .number = 0 };
	for (int64_t bar = 1; n < DRAW_BARS_MAX; bar++) {
		double beat = score_bar_start(j->tune, bar);
		if (beat > j->plan.new_end_beats + 1e-6)
			break;
		p->bars[n++] = (struct jam_svg_bar){ .at_s = score_seconds_at(j->tune, beat), .number = bar };
	}
	p->svg.bars = p->bars;
	p->svg.n_bars = n;
	return 0;
}

int jam_draw(struct jam *j, struct err *err)
{
	AUTO(picture) p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "draw the picture");
	const struct jam_plan *plan = &j->plan;
	(void)snprintf(p->subtitle, sizeof(p->subtitle), "continued by %s, seed %" PRId64, j->model, j->seed);
	(void)snprintf(p->intent, sizeof(p->intent), "%" PRId64 " bars that go on in its style", plan->n_bars);
	p->svg.title = j->title;
	p->svg.subtitle = p->subtitle;
	p->svg.intent = p->intent;
	p->svg.total_s = plan->total_s;
	p->svg.region_from_s = score_seconds_at(j->tune, plan->enter_beats);
	p->svg.region_to_s = plan->total_s;
	p->svg.crossfade_from_s = score_seconds_at(j->tune, j->mixed_in_beat);
	p->svg.crossfade_to_s = score_seconds_at(j->tune, j->mixed_in_beat + plan->tune_end_beats - plan->enter_beats);
	for (size_t i = 0; i < j->n_states; i++)
		p->states[i] = (struct jam_svg_state){ .name = j->states[i].name, .at_s = j->states[i].at_s };
	p->svg.states = p->states;
	p->svg.n_states = j->n_states;

	int r = picture_notes(j, p, err);
	if (r == 0)
		r = picture_bars(j, p, err);
	if (r == 0)
		r = audio_file_peaks(j->paths.wav, p->peaks, DRAW_PEAKS, err);
	p->svg.peaks = p->peaks;
	p->svg.n_peaks = DRAW_PEAKS;

	AUTO_STRBUF text = STRBUF_INIT;
	if (r == 0)
		r = jam_svg_write(&p->svg, &text, err);
	if (r == 0)
		r = fs_write_atomic(j->paths.svg, text.s, text.n, 0644, err);
	return r < 0 ? err_wrap(err, r, "draw '%s'", j->paths.svg) : 0;
}
