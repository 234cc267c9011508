#include "model/piece_priv.h"

#include "base/rng.h"
#include "base/str.h"
#include "model/accompaniment.h"
#include "model/arpeggio.h"
#include "model/bassline.h"
#include "model/drums.h"
#include "model/melody.h"
#include "model/pen_priv.h"
#include "model/progression.h"
#include "model/prompt.h"
#include "model/swing_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define P piece_params
static const struct model_param rows[] = {
	PARAM_TEXT(P, prompt, "", "what it should be, in words: \"slow minor waltz in D, sparse, 8 bars\""),
	PARAM_CHOICE(P, genre, piece_genres, 0, "auto: from the prompt, else folk; so are the others, else as the genre has it"),
	PARAM_INT(P, bars, 0, 256, 0, "bars", "0: auto"),
	PARAM_CHOICE(P, key, key_choices, 0, "the tonic; any: from the prompt, else drawn"),
	PARAM_CHOICE(P, mode, mode_choices, 0, "any: from the prompt, else drawn"),
	PARAM_CHOICE(P, meter, piece_meters, 0, "the meter"),
	PARAM_NUM(P, bpm, 0, 400, 0, "quarter notes a minute", "0: auto"),
	PARAM_CHOICE(P, grammar, piece_grammars, 0, "style of the chords"),
	PARAM_CHOICE(P, melody, piece_melodies, 0, "rhythmic figures of the melody"),
	PARAM_CHOICE(P, chords, piece_chords, 0, "how the chords are played"),
	PARAM_CHOICE(P, bass, piece_basses, 0, "what kind of bass line"),
	PARAM_CHOICE(P, drums, piece_drums, 0, "what kind of drum part"),
	PARAM_CHOICE(P, reach, piece_reaches, 0, "register of the melody"),
	PARAM_INT(P, melody_program, -1, 127, -1, "", "General MIDI program from 0; -1: auto"),
	PARAM_INT(P, chords_program, -1, 127, -1, "", "General MIDI program from 0; -1: auto"),
	PARAM_INT(P, bass_program, -1, 127, -1, "", "General MIDI program from 0; -1: auto"),
	PARAM_NUM(P, density, -1, 1, -1, "", "of the melody, 0 to 1; below 0: auto"),
	PARAM_NUM(P, complexity, -1, 1, -1, "", "of the chords, 0 to 1; below 0: auto"),
	PARAM_NUM(P, boldness, -1, 1, -1, "", "leaps of the melody, 0 to 1; below 0: auto"),
	PARAM_NUM(P, loudness, -1, 1, -1, "", "0 to 1; below 0: auto, that is 0.5"),
	PARAM_NUM(P, swing, -1, 1, -1, "", "0 straight to 1 triplets; below 0: auto"),
};
const struct model_table piece_table = MODEL_TABLE(rows);

static int find_name(const char *const *names, const char *name)
{
	for (int i = 0; names[i]; i++)
		if (str_eq(names[i], name))
			return i;
	return 0;
}

static double settled(double v, int thousandths)
{
	return v < 0 ? thousandths / 1000.0 : v;
}

void piece_settle(struct piece_params *p)
{
	p->genre = p->genre ? p->genre : 1;
	const struct genre *g = &piece_genre_rows[p->genre - 1];
	p->bars = p->bars ? p->bars : g->bars;
	p->mode = p->mode ? p->mode : g->mode;
	p->meter = p->meter ? p->meter : find_name(piece_meters, g->meter);
	p->bpm = p->bpm > 0 ? p->bpm : g->bpm;
	p->grammar = p->grammar ? p->grammar : g->grammar + 1;
	p->melody = p->melody ? p->melody : g->melody + PART_STYLES;
	p->chords = p->chords ? p->chords : g->chords + PART_STYLES;
	p->bass = p->bass ? p->bass : g->parts & PIECE_BASS ? g->bass + PART_STYLES : PART_NONE;
	p->drums = p->drums ? p->drums : g->parts & PIECE_DRUMS ? g->drums + PART_STYLES : PART_NONE;
	p->reach = p->reach ? p->reach : REACH_MIDDLE;
	p->melody_program = p->melody_program < 0 ? g->melody_program : p->melody_program;
	p->chords_program = p->chords_program < 0 ? g->chords_program : p->chords_program;
	p->bass_program = p->bass_program < 0 ? g->bass_program : p->bass_program;
	p->density = settled(p->density, g->density);
	p->complexity = settled(p->complexity, g->complexity);
	p->boldness = settled(p->boldness, g->boldness);
	p->loudness = settled(p->loudness, 500);
	p->swing = settled(p->swing, g->swing);
}

/* --- parts ------------------------------------------------------------------------------------- */

enum stream { STREAM_CHORDS, STREAM_MELODY, STREAM_ACCOMPANIMENT, STREAM_BASS, STREAM_DRUMS };

struct making {
	struct piece_params p;
	uint64_t seed;
	const struct model_watch *watch; /* without progress: the parts would begin anew */
	struct harmony h;
	struct score *score, *drums;
	struct err *err;
};

static uint64_t stream(const struct making *m, enum stream s)
{
	struct rng r;
	rng_split(&r, m->seed, (uint64_t)s);
	return rng_next(&r);
}

static int make_chords(struct making *m)
{
	struct progression_params c;
	int code = model_params_read(&progression_table, NULL, &c, m->err);
	if (code < 0)
		return code;
	c.bars = m->p.bars;
	c.style = m->p.grammar - 1;
	c.key = m->p.key;
	c.mode = m->p.mode;
	c.meter = m->p.meter - 1;
	c.complexity = m->p.complexity;
	code = progression_chords(&c, stream(m, STREAM_CHORDS), &m->h, m->err);
	if (code < 0)
		return code;
	for (int i = 0; i < TONIC_NAMES; i++) {
		struct tonality t = tonality_of(i, m->h.key.mode);
		if (m->p.key == KEY_ANY && t.tonic == m->h.key.tonic && t.sharps == m->h.key.sharps)
			m->p.key = i + 1;
	}
	m->p.mode = (int64_t)m->h.key.mode + 1;
	return 0;
}

/* Instruments whose home is an octave below. */
static bool is_low(int64_t program)
{
	static const uint8_t low[] = { 42, 43, 57, 58, 60, 66, 67, 70 };
	return memchr(low, (int)program, sizeof(low)) != NULL || (program >= 32 && program < 40);
}

static int make_melody(struct making *m)
{
	struct melody_params c;
	struct melody_report report;
	struct pen pen;
	int code = model_params_read(&melody_table, NULL, &c, m->err);
	int shift = (is_low(m->p.melody_program) ? -12 : 0) + (m->p.reach == REACH_LOW ? -12 : m->p.reach == REACH_HIGH ? 12 : 0);
	c.style = m->p.melody - PART_STYLES;
	c.lo = 60 + shift;
	c.hi = 81 + shift;
	c.density = m->p.density;
	c.boldness = m->p.boldness;
	if (code == 0)
		code = pen_voice(m->score, "melody", (int)m->p.melody_program, 0, &pen, m->err);
	return code < 0 ? code : melody_over(&m->h, &c, stream(m, STREAM_MELODY), m->watch, &pen, &report, m->err);
}

static int make_arpeggio(struct making *m, const struct pen *pen)
{
	struct arpeggio_params c;
	int64_t n;
	int code = model_params_read(&arpeggio_table, NULL, &c, m->err);
	c.pattern = ARP_UP_DOWN;
	c.rate = find_name(arpeggio_rates, m->p.density > 0.6 && m->p.bpm <= 140 ? "1/16" : "1/8");
	c.lo = 52;
	return code < 0 ? code : arpeggio_over(&m->h, &c, stream(m, STREAM_ACCOMPANIMENT), m->watch, pen, &n, m->err);
}

static int make_accompaniment(struct making *m)
{
	struct accompaniment_params c;
	struct pen pen;
	int64_t n;
	int code = pen_voice(m->score, "chords", (int)m->p.chords_program, 1, &pen, m->err);
	if (code == 0 && m->p.chords - PART_STYLES == ACC_COUNT)
		return make_arpeggio(m, &pen);
	if (code == 0)
		code = model_params_read(&accompaniment_table, NULL, &c, m->err);
	if (code < 0)
		return code;
	c.style = m->p.chords - PART_STYLES;
	c.bass = m->p.bass == PART_NONE;
	return accompaniment_under(&m->h, &c, stream(m, STREAM_ACCOMPANIMENT), m->watch, &pen, &n, m->err);
}

static int make_drums(struct making *m)
{
	struct drums_params c;
	int code = model_params_read(&drums_table, NULL, &c, m->err);
	c.style = m->p.drums - PART_STYLES;
	c.bars = m->p.bars;
	(void)str_copy(c.meter, sizeof(c.meter), piece_meters[m->p.meter]);
	c.bpm = m->p.bpm;
	c.intensity = m->p.loudness;
	c.swing = 0; /* all parts are swung together */
	return code < 0 ? code : drums_make(&c, NULL, stream(m, STREAM_DRUMS), m->watch, &m->drums, NULL, m->err);
}

static int make_bass(struct making *m)
{
	struct bass_params c;
	struct pen pen;
	int64_t n, locked;
	int code = model_params_read(&bass_table, NULL, &c, m->err);
	c.style = m->p.bass - PART_STYLES;
	/* A walk, a tumbao or a one-drop has a rhythm of its own. */
	bool free = c.style == BASS_WALKING || c.style == BASS_TUMBAO || c.style == BASS_REGGAE || c.style == BASS_BOOGIE || c.style == BASS_DISCO;
	if (code == 0)
		code = pen_voice(m->score, "bass", (int)m->p.bass_program, 2, &pen, m->err);
	return code < 0 ? code : bass_under(&m->h, &c, free ? NULL : m->drums, stream(m, STREAM_BASS), m->watch, &pen, &n, &locked, m->err);
}

static int add_drums(struct making *m)
{
	size_t voice;
	int code = score_add_voice(m->score, "drums", &voice, m->err);
	double end = (double)m->h.end_ticks / METER_TICKS;
	for (size_t v = 0; v < m->drums->n_voices; v++) {
		for (size_t i = 0; code == 0 && i < m->drums->voices[v].n_notes; i++) {
			struct note n = m->drums->voices[v].notes[i];
			if (n.start_beats >= end)
				continue;
			n.duration_beats = n.start_beats + n.duration_beats > end ? end - n.start_beats : n.duration_beats;
			code = score_add_note(m->score, voice, &n, m->err);
		}
	}
	return code;
}

static int make_parts(struct making *m, const struct model_watch *watch)
{
	int code = 0;
	model_progress(watch, 0.2, "writing the melody");
	if (m->p.melody > PART_NONE)
		code = make_melody(m);
	model_progress(watch, 0.6, "writing the accompaniment");
	if (code == 0 && m->p.chords > PART_NONE)
		code = make_accompaniment(m);
	if (code == 0 && m->p.drums > PART_NONE)
		code = make_drums(m);
	if (code == 0 && m->p.bass > PART_NONE)
		code = make_bass(m);
	return code == 0 && m->drums ? add_drums(m) : code;
}

/* Loudness for all, and the accompaniment a little behind. */
static void balance(struct making *m)
{
	for (size_t v = 0; v < m->score->n_voices; v++) {
		bool behind = m->score->voices[v].notes && m->score->voices[v].notes[0].channel == 1 && m->p.melody > PART_NONE;
		for (size_t i = 0; i < m->score->voices[v].n_notes; i++) {
			struct note *n = &m->score->voices[v].notes[i];
			int loud = (int)(n->velocity * (0.6 + 0.8 * m->p.loudness) * (behind ? 0.85 : 1) + 0.5);
			n->velocity = (uint8_t)(loud < 1 ? 1 : loud > 127 ? 127 : loud);
		}
	}
}

static int arrange(struct making *m, const struct model_watch *watch)
{
	char title[64], key[24];
	if (m->p.melody == PART_NONE && m->p.chords == PART_NONE && m->p.bass == PART_NONE && m->p.drums == PART_NONE)
		return err_set(m->err, -EINVAL, "melody, chords, bass and drums are all 'none': nothing would sound");
	int code = make_chords(m);
	if (code < 0)
		return code;
	tonality_name(&m->h.key, key);
	(void)snprintf(title, sizeof(title), "%s in %s", piece_genres[m->p.genre], key);
	code = pen_begin(&m->h, title, m->p.bpm, &m->score, m->err);
	if (code == 0)
		code = make_parts(m, watch);
	if (code < 0)
		return code;
	balance(m);
	swing_score(m->score, &m->h.meter, (int)(m->p.swing * 1000 + 0.5));
	pen_end(&m->h, m->score);
	return 0;
}

/* --- the report -------------------------------------------------------------------------------- */

static json_t *report(const struct making *m, const struct prompt_reading *words)
{
	struct piece_params p = m->p;
	p.prompt[0] = '\0';
	json_t *r = harmony_report(&m->h, HARMONY_MADE);
	AUTO_JSON json_t *params = model_params_write(&piece_table, &p);
	AUTO_JSON json_t *unknown = json_array();
	for (size_t i = 0; unknown && i < words->n_unknown && i < PROMPT_UNKNOWN; i++)
		(void)json_array_append_new(unknown, words->near[i] ? json_pack("{s:s, s:s}", "word", words->unknown[i], "near", words->near[i]) :
								      json_pack("{s:s}", "word", words->unknown[i]));
	if (r && params && unknown && json_object_set(r, "params", params) == 0 && json_object_set(r, "unknown_words", unknown) == 0 &&
	    json_object_set_new(r, "understood_words", json_integer((json_int_t)words->n_known)) == 0)
		return r;
	json_decref(r);
	return NULL;
}

static int make(const struct generator_job *job, struct generated *ret, struct err *err)
{
	const struct piece_params *p = job->params;
	const struct model_watch quiet = { .cancelled = job->watch ? job->watch->cancelled : NULL, .arg = job->watch ? job->watch->arg : NULL };
	struct making m = { .p = *p, .seed = job->seed, .watch = &quiet, .err = err };
	struct prompt_reading words;
	int code = model_params_check(&piece_table, p, err);
	if (code < 0)
		return code;
	if (p->bpm != 0 && p->bpm < 20)
		return err_field(err, -EINVAL, "params.bpm", "bpm is %g; allowed are 0 and 20 to 400", p->bpm);
	code = prompt_read(p->prompt, &m.p, &words, err);
	if (code < 0)
		return code;
	if (p->prompt[0] && !words.n_known) {
		code = err_field(err, -EINVAL, "params.prompt", "not a word of '%.80s' is known", p->prompt);
		if (words.near[0])
			return err_hint(err, code, "did you mean '%s'? A prompt is like \"slow minor waltz in D, sparse, 8 bars\"", words.near[0]);
		return err_hint(err, code, "try a genre, a mood, a key, a tempo, instruments: \"slow minor waltz in D, sparse, 8 bars\"");
	}
	piece_settle(&m.p);
	code = arrange(&m, job->watch);
	ret->score = TAKE(m.score);
	if (code == 0) {
		ret->report = report(&m, &words);
		code = ret->report ? 0 : err_set(err, -ENOMEM, "report");
	}
	score_free(m.drums);
	harmony_done(&m.h);
	return code;
}

const struct generator piece_generator = {
	.model = "prompt", .version = PIECE_VERSION, .table = &piece_table, .params_size = sizeof(struct piece_params), .make = make,
};
