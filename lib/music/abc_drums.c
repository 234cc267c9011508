/*
 * abc_drums.c - %%MIDI drum: "d2zdd 35 38 38 100 80 80": strokes and rests, then the drum of each stroke, then how loud.
 */
#include "music/abc_play_priv.h"

struct drums {
	struct abc_play *play;
	struct abc_pattern pattern;
	const struct abc_midi *midi; /* of the pattern */
	size_t strokes, cue, voice;
	bool on, made;
	uint8_t channel;
};

static void set_pattern(struct drums *d, const struct abc_midi *m)
{
	int bars = d->pattern.bars;
	abc_pattern_read(&d->pattern, m->word, "d");
	d->pattern.bars = bars;
	d->midi = m;
	d->strokes = 0;
	for (size_t i = 0; i < d->pattern.n; i++)
		d->strokes += d->pattern.steps[i].letter == 'd';
}

static const struct abc_pattern *bar(void *context, const struct abc_played_bar *b)
{
	struct drums *d = context;
	struct abc_play *p = d->play;
	for (; d->cue < p->n_cues && p->cues[d->cue].at <= b->start; d->cue++) {
		const struct abc_midi *m = p->cues[d->cue].midi;
		if (!m)
			continue;
		if (m->op == ABC_MIDI_DRUM)
			set_pattern(d, m);
		else if (m->op == ABC_MIDI_DRUMBARS)
			d->pattern.bars = m->v[0];
		else if (m->op == ABC_MIDI_DRUMON || m->op == ABC_MIDI_DRUMOFF)
			d->on = m->op == ABC_MIDI_DRUMON;
	}
	return d->on && d->midi ? &d->pattern : NULL;
}

static int stroke(void *context, const struct abc_stroke *s)
{
	struct drums *d = context;
	const struct abc_midi *m = d->midi;
	size_t n = (size_t)m->n;
	if (!d->made) {
		int r = abc_add_voice(d->play, "drums", -1, &d->voice, &d->channel);
		if (r < 0)
			return r;
		d->made = true;
	}
	int pitch = s->index < n ? m->v[s->index] : 38;
	int velocity = s->index + d->strokes < n ? m->v[s->index + d->strokes] : 80;
	struct note note = { .start_beats = abc_beats(s->start), .duration_beats = abc_beats(s->end) - abc_beats(s->start),
			     .pitch = (uint8_t)pitch, .velocity = (uint8_t)(velocity < 1 ? 1 : velocity), .channel = d->channel,
			     .release = 64 };
	return s->end > s->start ? score_add_note(d->play->score, d->voice, &note, d->play->err) : 0;
}

int abc_drum(struct abc_play *p)
{
	struct drums d = { .play = p, .pattern.bars = 1 };
	struct abc_patterned how = { bar, stroke, &d };
	return abc_pattern_play(p, &how);
}
