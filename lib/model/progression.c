#include "model/progression_priv.h"

#include "base/limits.h"
#include "model/pen_priv.h"
#include "model/voice_leading.h"

#include <stddef.h>
#include <string.h>

#include "base/banned.h"

const char *const progression_styles[] = { "folk", "pop", "jazz", "classical", "blues", "modal", NULL };
const char *const progression_cadences[] = { "authentic", "plagal", "half", "deceptive", NULL };
const char *const key_choices[] = { "any", "C",  "C#", "Db", "D", "D#", "Eb", "E",  "F", "F#",
				    "Gb",  "G",  "G#", "Ab", "A", "A#", "Bb", "B", NULL };
const char *const mode_choices[] = { "any", "major", "minor", "dorian", "phrygian", "lydian", "mixolydian", NULL };

#define P progression_params
static const struct model_param rows[] = {
	PARAM_INT(P, bars, 1, 256, 8, "bars", "how long it is"),
	PARAM_CHOICE(P, style, progression_styles, STYLE_POP, "whose grammar"),
	PARAM_CHOICE(P, key, key_choices, KEY_ANY, "the tonic; any: drawn"),
	PARAM_CHOICE(P, mode, mode_choices, MODE_ANY, "any: drawn, as the style likes it"),
	PARAM_CHOICE(P, meter, meter_names, 0, "the meter"),
	PARAM_CHOICE(P, cadence, progression_cadences, CADENCE_AUTHENTIC, "how the last phrase ends"),
	PARAM_INT(P, phrase_bars, 2, 16, 4, "bars", "length of a phrase"),
	PARAM_INT(P, chords_per_bar, 0, 4, 0, "chords", "0: as the style has it"),
	PARAM_NUM(P, complexity, 0, 1, 0.4, "", "0: plain triads; 1: secondary dominants, borrowed chords, tensions"),
	PARAM_NUM(P, bpm, 20, 400, 100, "quarter notes a minute", "the tempo"),
	PARAM_INT(P, voices, 3, VOICES_MAX, 4, "notes", "of each chord, the bass among them"),
	PARAM_INT(P, lo, 36, 72, 52, "pitch", "lowest note above the bass"),
	PARAM_INT(P, hi, 60, 108, 76, "pitch", "highest note"),
	PARAM_INT(P, program, 0, 127, 0, "", "instrument, a General MIDI program from 0"),
};
const struct model_table progression_table = MODEL_TABLE(rows);

/* --- form ------------------------------------------------------------------------------------- */

/* Keys that a piece is likely to be in, so that "any" does not mean D sharp phrygian. */
static struct tonality choose_key(struct composer *c)
{
	static const int plain[] = { 1, 4, 6, 7, 8, 11, 14, 16, 13 }; /* C D Eb E F G A Bb Ab */
	static const enum mode by_style[STYLE_COUNT][6] = {
		[STYLE_FOLK] = { MODE_MAJOR, MODE_MAJOR, MODE_MAJOR, MODE_MINOR, MODE_DORIAN, MODE_MIXOLYDIAN },
		[STYLE_POP] = { MODE_MAJOR, MODE_MAJOR, MODE_MAJOR, MODE_MAJOR, MODE_MINOR, MODE_MINOR },
		[STYLE_JAZZ] = { MODE_MAJOR, MODE_MAJOR, MODE_MAJOR, MODE_MAJOR, MODE_MINOR, MODE_MINOR },
		[STYLE_CLASSICAL] = { MODE_MAJOR, MODE_MAJOR, MODE_MAJOR, MODE_MAJOR, MODE_MINOR, MODE_MINOR },
		[STYLE_BLUES] = { MODE_MAJOR, MODE_MAJOR, MODE_MAJOR, MODE_MAJOR, MODE_MAJOR, MODE_MINOR },
		[STYLE_MODAL] = { MODE_DORIAN, MODE_DORIAN, MODE_MIXOLYDIAN, MODE_LYDIAN, MODE_PHRYGIAN, MODE_MINOR },
	};
	/* Drawn whether it is asked for or not, so that the same key asked for gives the same chords. */
	int any = plain[rng_below(&c->rng, COUNT_OF(plain))], key = c->p->key == KEY_ANY ? any : (int)c->p->key;
	enum mode drawn = by_style[c->style][rng_below(&c->rng, 6)];
	return tonality_of(key - 1, c->p->mode == MODE_ANY ? drawn : (enum mode)(c->p->mode - 1));
}

static int chords_per_bar(struct composer *c)
{
	int n = (int)c->p->chords_per_bar;
	if (n == 0)
		n = c->meter.n_beats >= 4 && composer_chance(c, c->complexity > 500 ? c->complexity - 300 : 0) ? 2 : 1;
	return n > c->meter.n_beats ? c->meter.n_beats : n;
}

/* Adds slots, per_bar to a bar, each on a beat. */
static int add_slots(const struct composer *c, struct harmony *h, const struct slot *s, int n, int per_bar, struct err *err)
{
	int code = 0;
	for (int i = 0; code == 0 && i < n; i++) {
		int j = i % per_bar, beats = c->meter.n_beats;
		int from = (j * beats + per_bar / 2) / per_bar, to = ((j + 1) * beats + per_bar / 2) / per_bar;
		int end = j + 1 == per_bar ? c->meter.bar_ticks : c->meter.beat_at[to];
		struct chord chord = slot_chord(c, &s[i]);
		code = harmony_add(h, end - c->meter.beat_at[from], &chord, err);
	}
	return code;
}

/* A bar of the dominant becomes ii V where jazz has room for both. */
static int add_jazz_bar(struct composer *c, struct harmony *h, const struct slot *s, const struct slot *next, struct err *err)
{
	bool splits = s->fn == FN_DOM && s->tones & 1 << 10 && s->tones & 1 << 4 && c->meter.n_beats >= 2 && next &&
		      (s->offset + 5) % 12 == next->offset && composer_chance(c, 300 + c->complexity / 2);
	if (!splits)
		return add_slots(c, h, s, 1, 1, err);
	bool minor = next->tones & 1 << 3;
	struct slot both[2] = { *s, *s };
	both[0].offset = both[0].bass = (s->offset + 7) % 12;
	both[0].tones = chord_quality_tones(minor ? CHORD_HALF_DIMINISHED7 : CHORD_MINOR7);
	return add_slots(c, h, both, 2, 2, err);
}

struct phrase {
	struct slot slots[SLOTS_MAX];
	int n, per_bar;
};

/* A dominant of something that does not come. */
static bool leads_elsewhere(const struct slot *s, const struct slot *next)
{
	return s->fn == FN_DOM && s->offset != 7 && s->tones & 1 << 10 && (s->offset + 5) % 12 != next->offset &&
	       (s->offset + 11) % 12 != next->offset;
}

/* The first phrase's beginning with another end: what comes back is known again. */
static void answer(struct composer *c, const struct phrase *first, enum progression_cadence cadence, struct phrase *ret)
{
	struct slot end[SLOTS_MAX];
	ret->n = first->n;
	ret->per_bar = first->per_bar;
	grammar_phrase(c, cadence, end, ret->n);
	style_roots(c, end, ret->n);
	style_decorate(c, end, ret->n);
	int kept = ret->n / 2 < ret->n - 2 ? ret->n / 2 : ret->n - 2; /* the cadence is its own */
	kept = kept < 0 ? 0 : kept;
	while (kept && leads_elsewhere(&first->slots[kept - 1], &end[kept]))
		kept--;
	memcpy(ret->slots, first->slots, (size_t)kept * sizeof(end[0]));
	memcpy(ret->slots + kept, end + kept, (size_t)(ret->n - kept) * sizeof(end[0]));
	if (kept && !ret->slots[kept].cadential && ret->slots[kept].fn == FN_TONIC && ret->n > 2)
		ret->slots[kept].fn = FN_PROLONG;
}

static void compose_phrase(struct composer *c, enum progression_cadence cadence, int bars, struct phrase *ret)
{
	ret->per_bar = chords_per_bar(c);
	if (bars * ret->per_bar > SLOTS_MAX)
		ret->per_bar = 1;
	ret->n = bars * ret->per_bar;
	grammar_phrase(c, cadence, ret->slots, ret->n);
	if (c->style == STYLE_MODAL)
		grammar_swing(c, ret->slots, ret->n);
	style_roots(c, ret->slots, ret->n);
	style_decorate(c, ret->slots, ret->n);
}

static int add_phrase(struct composer *c, struct harmony *h, const struct phrase *p, struct err *err)
{
	int code = 0;
	if (c->style != STYLE_JAZZ || p->per_bar > 1)
		return add_slots(c, h, p->slots, p->n, p->per_bar, err);
	for (int i = 0; code == 0 && i < p->n; i++)
		code = add_jazz_bar(c, h, &p->slots[i], i + 1 < p->n ? &p->slots[i + 1] : NULL, err);
	return code;
}

/* Pop goes round: the same phrase again, and only the last one closes. A A' B A' for everything else. */
static int compose(struct composer *c, struct harmony *h, struct err *err)
{
	int64_t bars = c->p->bars, length = c->p->phrase_bars;
	int64_t n = (bars + length - 1) / length;
	struct phrase a = { .n = 0 }, now;
	enum progression_cadence last = (enum progression_cadence)c->p->cadence;
	int code = 0;
	for (int64_t k = 0; code == 0 && k < n; k++) {
		int size = (int)(k + 1 < n ? length : bars - length * (n - 1));
		bool loop = c->style == STYLE_POP || c->style == STYLE_MODAL;
		enum progression_cadence cadence = k + 1 == n ? last : k % 2 ? CADENCE_AUTHENTIC : CADENCE_HALF;
		if (k + 1 < n && k % 4 == 2 && composer_chance(c, c->complexity / 3))
			cadence = CADENCE_DECEPTIVE;
		bool returns = a.n && size == length && (k % 4 != 2 || (loop && composer_chance(c, 600)));
		if (returns && loop && k + 1 < n)
			now = a;
		else if (returns)
			answer(c, &a, cadence, &now);
		else
			compose_phrase(c, cadence, size, &now);
		if (k == 0 && size == length)
			a = now;
		code = add_phrase(c, h, &now, err);
	}
	return code;
}

static int compose_blues(struct composer *c, struct harmony *h, struct err *err)
{
	struct slot slots[LIMIT_MODEL_BARS];
	if (c->p->bars > LIMIT_MODEL_BARS)
		return err_field(err, -EMSGSIZE, "bars", "%lld bars; allowed are %d", (long long)c->p->bars, LIMIT_MODEL_BARS);
	style_blues(c, slots, (int)c->p->bars);
	return add_slots(c, h, slots, (int)c->p->bars, 1, err);
}

int progression_chords(const struct progression_params *p, uint64_t seed, struct harmony *ret, struct err *err)
{
	struct composer c = { .p = p, .style = (enum progression_style)p->style };
	c.complexity = (int64_t)(p->complexity * 1000 + 0.5);
	rng_init(&c.rng, seed);
	c.key = choose_key(&c);
	int code = meter_shape_of_name(meter_names[p->meter], &c.meter, err);
	if (code < 0)
		return code;
	AUTO_HARMONY h;
	harmony_init(&h, &c.key, &c.meter);
	code = c.style == STYLE_BLUES && c.key.mode <= MODE_MINOR ? compose_blues(&c, &h, err) : compose(&c, &h, err);
	if (code < 0)
		return code;
	*ret = h;
	h = (struct harmony){ 0 };
	return 0;
}

/* --- notes ------------------------------------------------------------------------------------ */

static int write_voicings(const struct harmony *h, const struct voicing *v, const struct progression_params *p, struct score *s,
			  struct err *err)
{
	struct pen pen;
	int code = pen_voice(s, "chords", (int)p->program, 0, &pen, err);
	for (size_t i = 0; code == 0 && i < h->n; i++)
		for (int k = 0; code == 0 && k < v[i].n; k++)
			code = pen_note(&pen, h->chords[i].at, h->chords[i].length, v[i].pitch[k], k == v[i].n - 1 ? 80 : 72, err);
	return code;
}

static int make(const struct generator_job *job, struct generated *ret, struct err *err)
{
	const struct progression_params *p = job->params;
	AUTO_HARMONY h = { 0 };
	int code = model_params_check(&progression_table, p, err);
	model_progress(job->watch, 0, "rewriting phrases");
	if (code == 0)
		code = progression_chords(p, job->seed, &h, err);
	if (code < 0)
		return code;
	AUTO_MEM struct voicing *v = mem_new_array(h.n, sizeof(*v));
	if (!v)
		return err_set(err, -ENOMEM, "voicings");
	const struct voicing_rules rules = { .n_voices = (int)p->voices, .lo = (int)p->lo, .hi = (int)p->hi, .bass_lo = (int)p->lo - 14 };
	model_progress(job->watch, 0.3, "leading voices");
	code = voice_lead(&h, &rules, job->watch, v, err);
	if (code == 0)
		code = pen_begin(&h, "progression", p->bpm, &ret->score, err);
	if (code == 0)
		code = write_voicings(&h, v, p, ret->score, err);
	if (code < 0)
		return code;
	pen_end(&h, ret->score);
	ret->report = harmony_report(&h, HARMONY_MADE);
	return ret->report ? 0 : err_set(err, -ENOMEM, "report");
}

const struct generator progression_generator = {
	.model = "progression", .version = PROGRESSION_VERSION, .table = &progression_table, .params_size = sizeof(struct progression_params), .make = make,
};
