/* hear.c - the chords of a score: its symbols, or what its notes sound like (music/chord_find.h). */
#include "model/harmony.h"

#include "base/limits.h"
#include "model/scale_priv.h"
#include "music/chord_find.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static int32_t ticks_of(const struct score *s, double beats)
{
	double t = (beats - s->pickup_beats) * METER_TICKS + 0.5;
	return t < 0 ? 0 : t > INT32_MAX / 2 ? INT32_MAX / 2 : (int32_t)t;
}

/* --- sound ------------------------------------------------------------------------------------ */

/* What chords_find wants to know, as the harmony has it. */
static void say_frame(const struct score *s, const struct harmony *h, struct key_report *key, struct meter_report *meter)
{
	static const enum key_mode modes[MODE_COUNT] = {
		[MODE_MAJOR] = KEY_MAJOR,       [MODE_MINOR] = KEY_MINOR,   [MODE_DORIAN] = KEY_DORIAN,
		[MODE_PHRYGIAN] = KEY_PHRYGIAN, [MODE_LYDIAN] = KEY_LYDIAN, [MODE_MIXOLYDIAN] = KEY_MIXOLYDIAN,
	};
	const struct meter_shape *m = &h->meter;
	bool even = m->beat_at[1] * m->n_beats == m->bar_ticks;
	*key = (struct key_report){ .n_guesses = 1, .guesses[0] = { h->key.tonic, modes[h->key.mode], 1 } };
	*meter = (struct meter_report){ .n_guesses = 1 };
	meter->guesses[0] = (struct meter_guess){ .num = (unsigned)m->num, .den = (unsigned)m->den, .confidence = 1, .pickup_beats = s->pickup_beats };
	meter->guesses[0].bar_beats = (double)m->bar_ticks / METER_TICKS;
	meter->guesses[0].beat_beats = even ? (double)m->beat_at[1] / METER_TICKS : 2.0 / m->den;
}

static int listen(const struct score *s, int32_t end, struct harmony *h, struct err *err)
{
	struct key_report key;
	struct meter_report meter;
	struct chord_report r = { .n = 0 };
	say_frame(s, h, &key, &meter);
	int code = chords_find(s, &key, &meter, NULL, &r, err);
	struct chord now = { .root = -1 };
	int32_t since = 0;
	for (size_t i = 0; code == 0 && i < r.n; i++) {
		int32_t at = ticks_of(s, r.v[i].from_beats);
		if (r.v[i].chord.root < 0 || at >= end)
			continue; /* silence: what sounded stays */
		if (now.root >= 0 && at > since) {
			code = harmony_add(h, at - since, &now, err);
			since = at;
		}
		now = r.v[i].chord; /* the first one also stands for what comes before it */
	}
	if (code == 0 && now.root < 0)
		code = err_field(err, -EINVAL, "inputs", "no chords are heard in it");
	if (code == 0)
		code = harmony_add(h, end - since, &now, err);
	chord_report_done(&r);
	return code;
}

/* --- symbols ---------------------------------------------------------------------------------- */

static bool is_symbol(const struct score_text *t, enum score_text_kind kind, struct chord *ret)
{
	return t->kind == kind && chord_parse(t->text, strlen(t->text), ret) && ret->root >= 0;
}

/* A MIDI file keeps chord symbols as plain texts: believed where nearly all of them are symbols. */
static bool find_kind(const struct score *s, enum score_text_kind *ret)
{
	size_t symbols = 0, texts = 0, plain = 0;
	struct chord c;
	for (size_t i = 0; i < s->n_texts; i++) {
		symbols += is_symbol(&s->texts[i], SCORE_CHORD, &c);
		texts += s->texts[i].kind == SCORE_TEXT;
		plain += is_symbol(&s->texts[i], SCORE_TEXT, &c);
	}
	*ret = symbols ? SCORE_CHORD : SCORE_TEXT;
	return symbols || (plain >= 2 && plain * 4 >= texts * 3);
}

static int take_symbols(const struct score *s, enum score_text_kind kind, int32_t end, struct harmony *h, struct err *err)
{
	struct chord now = { .root = -1 }, c;
	int32_t since = 0;
	for (size_t i = 0; i < s->n_texts; i++) {
		if (!is_symbol(&s->texts[i], kind, &c))
			continue;
		int32_t at = ticks_of(s, s->texts[i].at_beats);
		if (at >= end && now.root >= 0)
			break;
		if (now.root >= 0 && at > since && at < end) {
			int code = harmony_add(h, at - since, &now, err);
			if (code < 0)
				return code;
			since = at;
		}
		now = c; /* the first one also stands for what comes before it */
	}
	return harmony_add(h, end - since, &now, err);
}

/* --- key -------------------------------------------------------------------------------------- */

static struct tonality find_key(const struct score *s, const struct meter_shape *m)
{
	static const enum mode modes[12] = { [2] = MODE_DORIAN, [4] = MODE_PHRYGIAN, [5] = MODE_LYDIAN, [7] = MODE_MIXOLYDIAN, [9] = MODE_MINOR };
	struct scale_evidence e = { .last_pitch_class = -1, .last_bass_class = -1, .have_signature = s->n_keys > 0 };
	struct score_key k = score_key_at(s, s->pickup_beats);
	double last = -1;
	int lowest = 128, highest = -1;
	for (size_t v = 0; v < s->n_voices; v++) {
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			const struct note *n = &s->voices[v].notes[i];
			if (n->channel == 9)
				continue;
			int32_t at = ticks_of(s, n->start_beats), length = ticks_of(s, n->start_beats + n->duration_beats) - at;
			e.weight[n->pitch % 12] += length;
			e.strong_weight[n->pitch % 12] += at % m->bar_ticks == 0 ? length : 0;
			if (n->start_beats > last + 1e-6) {
				last = n->start_beats;
				lowest = 128;
				highest = -1;
			}
			if (n->start_beats < last - 1e-6)
				continue;
			lowest = n->pitch < lowest ? n->pitch : lowest;
			highest = n->pitch > highest ? n->pitch : highest;
		}
	}
	e.last_pitch_class = highest < 0 ? -1 : highest % 12;
	e.last_bass_class = highest < 0 ? -1 : lowest % 12;
	e.sharps = k.sharps;
	e.minor = k.minor;
	struct scale scale;
	scale_choose(&scale, &e);
	int tonic = scale_tonic(&scale, &e), major = ((scale.sharps * 7) % 12 + 12) % 12;
	/* A signature that the notes bear out, and whose tonic ends the piece, is believed. */
	int written = (major + (k.minor ? 9 : 0)) % 12;
	if (s->n_keys && scale.sharps == k.sharps && (written == e.last_bass_class || written == e.last_pitch_class))
		tonic = written;
	struct tonality t = { tonic, modes[(tonic - major + 12) % 12], scale.sharps };
	return t.mode == MODE_MAJOR && tonic != major ? tonality_plain(major, MODE_MAJOR) : t;
}

int harmony_frame(const struct score *s, struct harmony *ret, int32_t *ret_end, struct err *err)
{
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	struct meter_shape meter;
	int code = meter_shape_make(m.num, m.den, &meter, err);
	if (code < 0)
		return code;
	int64_t bars = (ticks_of(s, s->end_beats) + (int64_t)meter.bar_ticks - 1 - METER_TICKS / 32) / meter.bar_ticks;
	bars = bars < 1 ? 1 : bars;
	if (bars > LIMIT_MODEL_BARS)
		return err_field(err, -EMSGSIZE, "inputs", "the piece has %lld bars; allowed are %d", (long long)bars, LIMIT_MODEL_BARS);
	struct tonality key = find_key(s, &meter);
	harmony_init(ret, &key, &meter);
	*ret_end = (int32_t)bars * meter.bar_ticks;
	return 0;
}

int harmony_of_score(const struct score *s, struct harmony *ret, enum harmony_source *ret_source, struct err *err)
{
	enum score_text_kind kind;
	bool symbols = find_kind(s, &kind);
	int32_t end;
	AUTO_HARMONY h = { 0 };
	if (!symbols && !score_n_notes(s))
		return err_field(err, -EINVAL, "inputs", "there are no notes and no chord symbols in it");
	int code = harmony_frame(s, &h, &end, err);
	if (code == 0)
		code = symbols ? take_symbols(s, kind, end, &h, err) : listen(s, end, &h, err);
	if (code < 0)
		return code;
	*ret = h;
	h = (struct harmony){ 0 };
	if (ret_source)
		*ret_source = symbols ? HARMONY_SYMBOLS : HARMONY_HEARD;
	return 0;
}
