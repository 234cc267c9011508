/*
 * abc_accomp.c - plays chord symbols: the bass note (f), the chord (c), both (b), or single notes of it (g to j, an octave
 * lower G to J) in the pattern of %%MIDI gchord or the meter's usual one; and drones.
 *
 * Pitches: the bass lies between C2 and B2, the chord's notes between E3 and D#4, single notes from the root upwards.
 */
#include "music/abc_play_priv.h"

#include <string.h>

#include "music/chord.h"

#define CHORD_NAMES_MAX 32

struct accomp {
	struct abc_play *play;
	struct abc_pattern pattern;
	struct abc_span written; /* gchord; empty for the meter's */
	size_t cue;
	bool off, sounding;
	int shift;  /* semitones that the voice of the chord symbol is moved by */
	int failed; /* an error while a bar began */
	int bass, chord[24], row[24]; /* row: from the root upwards */
	size_t n_chord, n_row;
	int bass_velocity, chord_velocity, bass_program, chord_program, bass_shift, chord_shift;
	const struct abc_midi *names[CHORD_NAMES_MAX];
	size_t n_names, bass_voice, chord_voice;
	bool made_bass, made_chord;
	uint8_t bass_channel, chord_channel;
};

/* What a guitarist does when nothing is said: bass on the strong beats, chords on the others. */
static struct abc_span usual_pattern(const struct abc_meter *m, char buffer[64])
{
	size_t n = 0;
	bool compound = !m->free && m->den >= 8 && m->num % 3 == 0 && m->num > 3;
	if (m->free || (m->num == 2 && m->den == 2) || m->num == 4)
		return (struct abc_span){ "fzczfzcz", 8 };
	if (m->num == 2)
		return (struct abc_span){ "fzcz", 4 };
	if (m->num == 3)
		return (struct abc_span){ "fzczcz", 6 };
	for (unsigned i = 0; i < m->num && n + 3 < 64; i += compound ? 3 : 1) {
		const char *s = compound ? "fzc" : i == 0 || (m->num % 2 && i == m->num / 2 + 1) ? "fz" : "cz";
		memcpy(buffer + n, s, strlen(s));
		n += strlen(s);
	}
	return (struct abc_span){ buffer, n };
}

/* Tones as semitones above the root, in `steps`. */
static void voice_chord(struct accomp *a, int root, int bass, const int *steps, size_t n)
{
	root = (root + a->shift + 12) % 12;
	bass = (bass + a->shift + 12) % 12;
	int low = 48 + (root > 7 ? root - 12 : root);
	a->bass = 36 + bass + a->bass_shift;
	a->n_chord = a->n_row = 0;
	uint32_t seen = 0;
	for (size_t i = 0; i < n && a->n_row < COUNT_OF(a->row); i++) {
		int class = ((root + steps[i]) % 12 + 12) % 12;
		a->row[a->n_row++] = low + steps[i] + a->chord_shift;
		if (seen >> class & 1)
			continue;
		seen |= 1u << class;
		a->chord[a->n_chord++] = (class < 4 ? 60 : 48) + class + a->chord_shift;
	}
	a->sounding = n > 0;
}

/* A chord whose type %%MIDI chordname describes: the row is in m. */
static const struct abc_midi *named(const struct accomp *a, const char *text, size_t n)
{
	size_t root = n > 1 && (text[1] == '#' || text[1] == 'b') ? 2 : 1;
	const char *slash = memchr(text, '/', n);
	size_t end = slash ? (size_t)(slash - text) : n;
	for (size_t i = a->n_names; i > 0; i--)
		if (end >= root && a->names[i - 1]->word.n == end - root &&
		    memcmp(a->names[i - 1]->word.s, text + root, end - root) == 0)
			return a->names[i - 1];
	return NULL;
}

static void set_tones(struct accomp *a, const struct chord *c)
{
	int steps[32];
	size_t n = 0;
	for (uint32_t tones = c->tones; tones; tones &= tones - 1)
		steps[n++] = __builtin_ctz(tones);
	if (c->root < 0)
		a->sounding = false;
	else
		voice_chord(a, c->root, c->bass, steps, n);
}

static void set_chord(struct accomp *a, const char *text)
{
	struct chord c;
	int steps[32];
	size_t n = 0;
	bool known = abc_chord_parse(text, strlen(text), &c);
	const struct abc_midi *m = known || strchr("ABCDEFG", *text) ? named(a, text, strlen(text)) : NULL;
	if (m && !known) {
		char root[2] = { text[0], text[1] == '#' || text[1] == 'b' ? text[1] : '\0' };
		known = chord_parse(root, root[1] ? 2 : 1, &c);
	}
	if (!known)
		return; /* words; what sounds goes on */
	for (int i = 0; m && i < m->n; i++)
		steps[n++] = m->v[i];
	if (m && c.root >= 0)
		voice_chord(a, c.root, c.bass, steps, n);
	else
		set_tones(a, &c);
}

static void set_program(const struct abc_midi *m, int *program, int *shift)
{
	*program = m->v[0] < 0 ? 0 : m->v[0];
	*shift = m->n > 1 && m->v[1] >= -4 && m->v[1] <= 4 ? 12 * m->v[1] : 0;
}

static int change_program(struct accomp *a, const struct abc_cue *cue, bool made, size_t voice, uint8_t channel, int program)
{
	struct score_control c = { .at_beats = abc_beats(cue->at), .kind = SCORE_PROGRAM, .channel = channel,
				   .value = (uint16_t)program };
	return made ? score_add_control(a->play->score, voice, &c, a->play->err) : 0;
}

static int directive(struct accomp *a, const struct abc_cue *cue)
{
	const struct abc_midi *m = cue->midi;
	switch (m->op) {
	case ABC_MIDI_GCHORD:
		a->written = m->word;
		return 0;
	case ABC_MIDI_GCHORDBARS:
		a->pattern.bars = m->v[0];
		return 0;
	case ABC_MIDI_GCHORDON:
	case ABC_MIDI_GCHORDOFF:
		a->off = m->op == ABC_MIDI_GCHORDOFF;
		return 0;
	case ABC_MIDI_CHORDVOL:
		a->chord_velocity = m->v[0];
		return 0;
	case ABC_MIDI_BASSVOL:
		a->bass_velocity = m->v[0];
		return 0;
	case ABC_MIDI_CHORDNAME:
		if (a->n_names < CHORD_NAMES_MAX)
			a->names[a->n_names++] = m;
		return 0;
	case ABC_MIDI_CHORDPROG:
		set_program(m, &a->chord_program, &a->chord_shift);
		return change_program(a, cue, a->made_chord, a->chord_voice, a->chord_channel, a->chord_program);
	case ABC_MIDI_BASSPROG:
		set_program(m, &a->bass_program, &a->bass_shift);
		return change_program(a, cue, a->made_bass, a->bass_voice, a->bass_channel, a->bass_program);
	default:
		return 0;
	}
}

/* All cues up to a time. */
static int catch_up(struct accomp *a, int64_t at)
{
	struct abc_play *p = a->play;
	int r = 0;
	for (; r == 0 && a->cue < p->n_cues && p->cues[a->cue].at <= at; a->cue++) {
		const struct abc_cue *cue = &p->cues[a->cue];
		if (cue->midi) {
			r = directive(a, cue);
			continue;
		}
		a->shift = cue->item->symbol.semitones;
		if (cue->item->symbol.known && a->n_names == 0) {
			set_tones(a, &cue->item->symbol.chord);
			continue;
		}
		char AUTO_MEM *text = abc_text(p->tune, cue->item->text);
		if (!text)
			return err_set(p->err, -ENOMEM, "out of memory for the tune");
		set_chord(a, text);
	}
	return r;
}

static const struct abc_pattern *bar(void *context, const struct abc_played_bar *b)
{
	struct accomp *a = context;
	char buffer[64];
	a->failed = catch_up(a, b->start);
	abc_pattern_read(&a->pattern, a->written.n ? a->written : usual_pattern(&b->meter, buffer), "fcbghijGHIJ");
	return &a->pattern;
}

static int add_note(struct accomp *a, const struct abc_stroke *s, size_t voice, uint8_t channel, int pitch, int velocity)
{
	if (pitch < 0 || pitch > 127 || velocity < 1 || s->end <= s->start)
		return 0;
	struct note n = { .start_beats = abc_beats(s->start), .duration_beats = abc_beats(s->end) - abc_beats(s->start),
			  .pitch = (uint8_t)pitch, .velocity = (uint8_t)velocity, .channel = channel, .release = 64 };
	return score_add_note(a->play->score, voice, &n, a->play->err);
}

static int bass_stroke(struct accomp *a, const struct abc_stroke *s)
{
	if (!a->made_bass) {
		int r = abc_add_voice(a->play, "bass", a->bass_program, &a->bass_voice, &a->bass_channel);
		if (r < 0)
			return r;
		a->made_bass = true;
	}
	return add_note(a, s, a->bass_voice, a->bass_channel, a->bass, a->bass_velocity);
}

static int make_chord_voice(struct accomp *a)
{
	if (a->made_chord)
		return 0;
	a->made_chord = true;
	return abc_add_voice(a->play, "chords", a->chord_program, &a->chord_voice, &a->chord_channel);
}

static int chord_stroke(struct accomp *a, const struct abc_stroke *s)
{
	int r = make_chord_voice(a);
	for (size_t i = 0; r == 0 && i < a->n_chord; i++)
		r = add_note(a, s, a->chord_voice, a->chord_channel, a->chord[i], a->chord_velocity);
	return r;
}

static int single_stroke(struct accomp *a, const struct abc_stroke *s)
{
	bool low = s->letter < 'a';
	size_t k = (size_t)(s->letter - (low ? 'G' : 'g'));
	int r = make_chord_voice(a);
	if (r < 0 || a->n_row == 0)
		return r;
	int pitch = a->row[k % a->n_row] + 12 * (int)(k / a->n_row) - (low ? 12 : 0);
	return add_note(a, s, a->chord_voice, a->chord_channel, pitch, a->chord_velocity);
}

static int stroke(void *context, const struct abc_stroke *s)
{
	struct accomp *a = context;
	int r = a->failed < 0 ? a->failed : catch_up(a, s->start);
	if (r < 0 || a->off || !a->sounding)
		return r;
	if (strchr("fb", s->letter))
		r = bass_stroke(a, s);
	if (r == 0 && strchr("cb", s->letter))
		r = chord_stroke(a, s);
	if (r == 0 && !strchr("fcb", s->letter))
		r = single_stroke(a, s);
	return r;
}

static bool any_chord(const struct abc_play *p)
{
	for (size_t i = 0; i < p->n_cues; i++)
		if (p->cues[i].item)
			return true;
	return false;
}

/* %%MIDI drone program pitch pitch velocity velocity: two notes from droneon to droneoff. */
static int drone_notes(struct abc_play *p, const struct abc_midi *m, int64_t from, int64_t to, size_t voice, uint8_t channel)
{
	int r = 0;
	for (int i = 0; r == 0 && i < 2; i++) {
		int pitch = m && m->n > 1 + i ? m->v[1 + i] : i ? 33 : 45, velocity = m && m->n > 3 + i ? m->v[3 + i] : 70;
		struct note n = { .start_beats = abc_beats(from), .duration_beats = abc_beats(to) - abc_beats(from),
				  .pitch = (uint8_t)pitch, .velocity = (uint8_t)(velocity < 1 ? 1 : velocity), .channel = channel,
				  .release = 64 };
		r = to > from ? score_add_note(p->score, voice, &n, p->err) : 0;
	}
	return r;
}

static int drone(struct abc_play *p)
{
	const struct abc_midi *shape = NULL;
	int64_t from = -1, end = p->n_bars ? p->bars[p->n_bars - 1].end : 0;
	size_t voice = 0;
	uint8_t channel = 0;
	bool made = false;
	int r = 0;
	for (size_t i = 0; r == 0 && i <= p->n_cues; i++) {
		const struct abc_midi *m = i < p->n_cues ? p->cues[i].midi : NULL;
		int64_t at = i < p->n_cues ? p->cues[i].at : end;
		if (m && m->op == ABC_MIDI_DRONE)
			shape = m;
		if (m && m->op == ABC_MIDI_DRONEON && from < 0)
			from = at;
		if (from < 0 || !(i == p->n_cues || (m && m->op == ABC_MIDI_DRONEOFF)))
			continue;
		if (!made)
			r = abc_add_voice(p, "drone", shape && shape->n ? shape->v[0] : 70, &voice, &channel);
		made = true;
		if (r == 0)
			r = drone_notes(p, shape, from, at, voice, channel);
		from = -1;
	}
	return r;
}

int abc_accompany(struct abc_play *p)
{
	struct accomp a = { .play = p, .written = { "", 0 }, .pattern.bars = 1, .bass_velocity = 74, .chord_velocity = 64,
			    .bass_program = 32, .chord_program = 24 };
	struct abc_patterned how = { bar, stroke, &a };
	int r = any_chord(p) ? abc_pattern_play(p, &how) : 0;
	if (r == 0)
		r = a.failed;
	return r < 0 ? r : drone(p);
}
