/*
 * role_rules.c - the rules that weigh features into roles.
 *
 * Each role is a sum of evidence; the weights of one role add up to about 1. Hints of General MIDI programs are worth a
 * tenth to three tenths: files often have none or wrong ones.
 */
#include "music/roles_priv.h"

#include "base/banned.h"

/* 0 at `none`, 1 at `full`, straight between; `full` may be the smaller one. */
static double ramp(double x, double none, double full)
{
	double y = (x - none) / (full - none);
	return y < 0 ? 0 : y > 1 ? 1 : y;
}

static bool among(int x, int lo, int hi)
{
	return x >= lo && x <= hi;
}

/* One note at a time. */
static double single(const struct role_features *f)
{
	return ramp(f->polyphony, 1.6, 1.1) * ramp(f->chord_share, 0.5, 0.1);
}

/* A line that goes somewhere: moves by step more than not, does not go round in circles, is neither stiff nor sparse. */
static double tuneful(const struct role_features *f)
{
	return 0.35 * ramp(f->step_share, 0.1, 0.5) + 0.25 * ramp(f->bar_repeats, 0.9, 0.4) +
	       0.2 * ramp(f->pitch_classes, 1, 3) + 0.2 * ramp(f->notes_per_beat, 0.2, 0.8);
}

static double melody(const struct role_features *f)
{
	double hint = among(f->program, 64, 87) || among(f->program, 40, 41) || among(f->program, 52, 60) ? 0.1 : 0;
	return 0.35 * f->highest_share + 0.15 * single(f) + 0.35 * tuneful(f) + 0.1 * ramp(f->mean_pitch, 48, 65) +
	       0.05 * ramp(f->mean_velocity, 0.8, 1.1) + hint - 0.25 * f->broken_share * f->evenness - 0.3 * f->lowest_share * (1 - f->highest_share);
}

static double counter_melody(const struct role_features *f)
{
	return 0.3 * ramp(f->highest_share, 0.9, 0.3) * ramp(f->lowest_share, 0.9, 0.4) + 0.2 * single(f) + 0.35 * tuneful(f) +
	       0.15 * ramp(f->same_rhythm, 0.8, 0.4) - 0.35 * ramp(f->same_rhythm, 0.6, 0.9) - 0.35 * f->broken_share * f->evenness -
	       0.2 * ramp(f->step_share, 0.3, 0.1);
}

static double bass(const struct role_features *f)
{
	double hint = among(f->program, 32, 39) || f->program == 43 || f->program == 58 ? 0.25 : 0;
	double low = ramp(f->mean_pitch, 64, 46);
	return 0.4 * f->lowest_share * ramp(f->mean_pitch, 72, 58) + 0.3 * low + 0.15 * single(f) + 0.1 * ramp(f->downbeat_share, 0.2, 0.8) +
	       hint - 0.4 * f->highest_share * (1 - low);
}

static double chords(const struct role_features *f)
{
	double thick = ramp(f->polyphony, 1.3, 2.5) * ramp(f->chord_share, 0.3, 0.8);
	double inner = single(f) * ramp(f->same_rhythm, 0.3, 0.8) * (1 - f->highest_share) * (1 - f->lowest_share);
	double hint = among(f->program, 0, 7) || among(f->program, 16, 31) ? 0.05 : 0;
	return (thick > inner ? 0.75 * thick : 0.65 * inner) + 0.15 * ramp(f->held_share, 0.7, 0.2) * (thick > inner ? thick : inner) + hint;
}

static double pad(const struct role_features *f)
{
	double hint = among(f->program, 88, 95) || among(f->program, 48, 54) ? 0.15 : 0;
	return 0.45 * f->held_share + 0.2 * ramp(f->polyphony, 1, 2.5) * f->held_share + 0.15 * ramp(f->activity, 0.4, 0.9) * f->held_share +
	       0.05 * ramp(f->mean_velocity, 1.05, 0.85) + hint;
}

static double arpeggio(const struct role_features *f)
{
	return f->broken_share * (0.5 + 0.25 * f->evenness + 0.15 * ramp(f->notes_per_beat, 0.5, 2)) * single(f) +
	       0.1 * ramp(f->step_share, 0.4, 0.1) * f->broken_share;
}

static double riff(const struct role_features *f)
{
	double busy = ramp(f->notes_per_beat, 0.25, 1) * ramp(f->pitch_classes, 1, 2.5);
	return 0.7 * ramp(f->bar_repeats, 0.5, 0.95) * busy + 0.15 * ramp(f->bar_repeats, 0.5, 0.95) * single(f) -
	       0.3 * f->broken_share * f->evenness;
}

static double drone(const struct role_features *f)
{
	double few = f->distinct_classes <= 1 ? 1 : f->distinct_classes == 2 ? 0.8 : 0;
	return few * (0.5 + 0.3 * ramp(f->activity, 0.5, 0.95) + 0.15 * ramp(f->mean_duration, 0.5, 4)) * ramp((double)f->n_notes, 0, 3);
}

void role_weigh(const struct role_features *f, double ret[VOICE_ROLE_COUNT])
{
	static double (*const rules[VOICE_ROLE_COUNT])(const struct role_features *) = {
		[ROLE_MELODY] = melody, [ROLE_COUNTER_MELODY] = counter_melody, [ROLE_BASS] = bass,
		[ROLE_CHORDS] = chords, [ROLE_PAD] = pad,
		[ROLE_ARPEGGIO] = arpeggio, [ROLE_RIFF] = riff,
		[ROLE_DRONE] = drone,
	};
	for (int i = 0; i < VOICE_ROLE_COUNT; i++) {
		double sure = rules[i] && f->n_notes && !f->drums ? rules[i](f) : 0;
		ret[i] = sure < 0 ? 0 : sure > 0.95 ? 0.95 : sure;
	}
	if (f->drums && f->n_notes)
		ret[ROLE_PERCUSSION] = 0.95;
	else if (among(f->program, 112, 119) && f->n_notes)
		ret[ROLE_PERCUSSION] = 0.7;
}
