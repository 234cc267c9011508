/*
 * abc_play_midi.c - %%MIDI directives while a voice is played: what goes to its channel, how loud beats are, and cues for
 * the accompaniment.
 */
#include "music/abc_play_priv.h"

#include "base/limits.h"

int abc_add_cue(struct abc_play *p, const struct abc_item *item, const struct abc_midi *midi)
{
	if (mem_grow(&p->cues, &p->room_cues, p->n_cues + 1, sizeof(*p->cues)) < 0)
		return err_set(p->err, -ENOMEM, "out of memory for the tune");
	p->cues[p->n_cues] = (struct abc_cue){ p->now, p->n_cues, item, midi };
	p->n_cues++;
	return 0;
}

static int control(struct abc_play *p, enum score_control_kind kind, int number, int value)
{
	for (int lane = 0; lane < ABC_LANES; lane++) {
		if (!p->voice->lane_sounds[lane])
			continue;
		size_t out = p->voice->lane_out[lane];
		struct score_control c = { .at_beats = abc_beats(p->now), .kind = kind, .channel = p->outs[out].channel,
					   .number = (uint8_t)number, .value = (uint16_t)value };
		int r = score_add_control(p->score, out, &c, p->err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* "program 2 40" is for whoever has channel 2, as files with a list of them in the header mean it. */
static int change_program(struct abc_play *p, const struct abc_midi *m)
{
	int program = m->v[m->n - 1], channel = m->n > 1 ? m->v[0] - 1 : -1, r = 0;
	bool found = false;
	for (size_t i = 0; r == 0 && channel >= 0 && p->options->channel < 0 && i < p->n_outs; i++) {
		if (p->outs[i].channel != channel)
			continue;
		struct score_control c = { .at_beats = abc_beats(p->now), .kind = SCORE_PROGRAM, .channel = (uint8_t)channel,
					   .value = (uint16_t)program };
		found = true;
		r = score_add_control(p->score, i, &c, p->err);
	}
	return r < 0 || found ? r : control(p, SCORE_PROGRAM, 0, program);
}

static int change_channel(struct abc_play *p, int channel)
{
	if (p->options->channel >= 0)
		return 0;
	for (int lane = 0; lane < ABC_LANES; lane++)
		if (p->voice->lane_sounds[lane])
			p->outs[p->voice->lane_out[lane]].channel = (uint8_t)(channel - 1);
	return 0;
}

static void change_beat(struct abc_play *p, const struct abc_midi *m)
{
	struct abc_beat *b = &p->beat;
	if (!p->options->dynamics)
		return;
	switch (m->op) {
	case ABC_MIDI_BEAT:
		b->first = (uint8_t)abc_clamp_velocity(m->v[0]);
		b->strong = (uint8_t)abc_clamp_velocity(m->v[1]);
		b->other = (uint8_t)abc_clamp_velocity(m->v[2]);
		b->every = m->n > 3 ? m->v[3] : 0;
		break;
	case ABC_MIDI_BEATSTRING:
		b->shape = m->word;
		break;
	case ABC_MIDI_BEATMOD:
		b->change += m->v[0];
		b->change = b->change > 127 ? 127 : b->change < -127 ? -127 : b->change;
		break;
	case ABC_MIDI_VOL:
		b->change = m->v[0] - 86;
		break;
	case ABC_MIDI_DELTALOUDNESS:
		b->step = m->v[0];
		break;
	default:
		b->flat = m->op == ABC_MIDI_NOBEATACCENTS;
		break;
	}
}

/* What is for the tune as a whole. */
static bool is_cue(enum abc_midi_op op)
{
	switch (op) {
	case ABC_MIDI_BASSPROG:
	case ABC_MIDI_BASSVOL:
	case ABC_MIDI_CHORDNAME:
	case ABC_MIDI_CHORDPROG:
	case ABC_MIDI_CHORDVOL:
	case ABC_MIDI_DRONE:
	case ABC_MIDI_DRONEOFF:
	case ABC_MIDI_DRONEON:
	case ABC_MIDI_DRUM:
	case ABC_MIDI_DRUMBARS:
	case ABC_MIDI_DRUMOFF:
	case ABC_MIDI_DRUMON:
	case ABC_MIDI_GCHORD:
	case ABC_MIDI_GCHORDBARS:
	case ABC_MIDI_GCHORDOFF:
	case ABC_MIDI_GCHORDON:
		return true;
	default:
		return false;
	}
}

int abc_play_directive(struct abc_play *p, const struct abc_midi *m)
{
	switch (m->op) {
	case ABC_MIDI_PROGRAM:
		return change_program(p, m);
	case ABC_MIDI_CHANNEL:
		return change_channel(p, m->v[0]);
	case ABC_MIDI_CONTROL:
		return control(p, SCORE_CONTROLLER, m->v[0], m->v[1]);
	case ABC_MIDI_PITCHBEND:
		return control(p, SCORE_BEND, 0, m->v[0]);
	case ABC_MIDI_GRACE:
		p->grace_num = (uint8_t)m->v[0];
		p->grace_den = (uint8_t)m->v[1];
		p->grace_divider = 0;
		return 0;
	case ABC_MIDI_GRACEDIVIDER:
		p->grace_divider = (uint8_t)m->v[0];
		return 0;
	case ABC_MIDI_TRIM:
		p->trim_ticks = m->v[1] ? p->unit_ticks * m->v[0] / m->v[1] : 0;
		return 0;
	case ABC_MIDI_BEAT:
	case ABC_MIDI_BEATACCENTS:
	case ABC_MIDI_BEATMOD:
	case ABC_MIDI_BEATSTRING:
	case ABC_MIDI_DELTALOUDNESS:
	case ABC_MIDI_NOBEATACCENTS:
	case ABC_MIDI_VOL:
		change_beat(p, m);
		return 0;
	default: /* the others had their effect while reading */
		return is_cue(m->op) ? abc_add_cue(p, NULL, m) : 0;
	}
}

int abc_header_directives(struct abc_play *p, size_t index)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < p->tune->n_header_midi; i++) {
		const struct abc_midi *m = &p->tune->midi[i];
		if (++p->steps > LIMIT_ABC_ITEMS)
			return abc_play_too_long(p);
		bool once = is_cue(m->op) || (m->op == ABC_MIDI_PROGRAM && m->n > 1);
		if (m->voice < 0 ? p->first || !once : (size_t)m->voice == index)
			r = abc_play_directive(p, m);
	}
	return r;
}
