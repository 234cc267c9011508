#include "audio/character.h"

#include "base/mem.h"

#include <math.h>

#include "base/banned.h"

#define SILENT_DB       (-60.0)
#define MOOD_MOST       0.7 /* rules are never surer */
#define CLASS_SHARE     0.3 /* of the strongest class: weaker ones do not count as sounding */

static double part(double v, double lo, double hi)
{
	return fmin(1, fmax(0, (v - lo) / (hi - lo)));
}

/* How much of a column's pitches stands out, and how many classes do. */
static void count_classes(const struct chroma *c, double *ret_polyphony, double *ret_single)
{
	double sum = 0, n = 0, single = 0;
	for (size_t k = 0; k < c->n; k++) {
		const float *v = c->v + 12 * k;
		float most = 0;
		int classes = 0;
		for (int i = 0; i < 12; i++)
			most = fmaxf(most, v[i]);
		for (int i = 0; i < 12 && most > 0; i++)
			classes += v[i] > (float)CLASS_SHARE * most;
		if (most > 0) {
			sum += classes;
			single += classes <= 1;
			n++;
		}
	}
	*ret_polyphony = n > 0 ? sum / n : 0;
	*ret_single = n > 0 ? single / n : 0;
}

static void find_texture(const struct hearing *h, struct character *ch, double single)
{
	double hits = part(ch->onsets_per_s, 0.3, 2);
	ch->texture_confidence = fmin(0.8, fabs(ch->percussive - 0.45) * 2 + 0.2);
	if (audio_db(h->levels.peak) < SILENT_DB) {
		ch->texture = "silence";
		ch->texture_confidence = 1;
	} else if (ch->percussive > 0.6) {
		ch->texture = hits > 0.3 ? "percussion" : "noise";
	} else if (ch->percussive > 0.35) {
		ch->texture = "band";
	} else {
		ch->texture = single > 0.6 ? "single voice" : "several voices";
		ch->texture_confidence = fmin(0.8, 0.3 + fabs(single - 0.6));
	}
}

/* Major counts as bright, as much as the key is sure; fast and bright sound does, too, but less. */
static void find_mood(const struct hearing *h, const struct beats *b, const struct key_report *k, struct character *ch)
{
	double mode = 0, sure = 0;
	if (k->n_guesses > 0) {
		sure = k->guesses[0].confidence;
		mode = (key_mode_is_minor(k->guesses[0].mode) ? -1 : 1) * sure;
	}
	double tempo = b->bpm > 0 ? part(b->bpm, 60, 140) * 2 - 1 : 0;
	ch->valence = fmax(-1, fmin(1, 0.6 * mode + 0.25 * tempo * b->confidence + 0.15 * (2 * ch->brightness - 1)));
	double away = fmin(1, hypot(ch->valence, 2 * ch->energy - 1));
	ch->mood_confidence = MOOD_MOST * away * fmax(0.2, sure);
	if (audio_db(h->levels.peak) < SILENT_DB) {
		ch->mood = "silent";
		ch->mood_confidence = 1;
		ch->valence = 0;
	} else if (away < 0.25) {
		ch->mood = "neutral";
	} else if (ch->energy >= 0.5) {
		ch->mood = ch->valence >= 0 ? "lively" : "tense";
	} else {
		ch->mood = ch->valence >= 0 ? "calm" : "sad";
	}
}

/* The first row that fits; a row's confidence is of the rhythm, and how sure that is itself comes on top. */
static void find_style(const struct beats *b, struct character *ch)
{
	static const struct {
		const char *style;
		unsigned division, meter; /* 0: any */
		double bpm_lo, bpm_hi, percussive_lo, confidence;
	} rows[] = {
		{ "drum loop", 0, 0, 40, 300, 0.6, 0.5 }, { "slip jig", 3, 3, 80, 160, 0, 0.5 },  { "jig", 3, 0, 90, 160, 0, 0.45 },
		{ "slow air", 0, 0, 30, 66, 0, 0.3 },     { "waltz", 2, 3, 80, 220, 0, 0.45 },    { "reel", 2, 2, 85, 130, 0, 0.25 },
		{ "march", 2, 4, 90, 135, 0, 0.2 },       { "reel", 2, 4, 135, 260, 0, 0.25 },
	};
	ch->style = b->n < 8 && ch->onsets_per_s < 0.3 ? "drone" : "none";
	ch->style_confidence = b->n < 8 && ch->onsets_per_s < 0.3 ? 0.3 : 0;
	for (size_t i = 0; i < COUNT_OF(rows) && b->n >= 8; i++) {
		bool fits = (!rows[i].division || rows[i].division == b->division) && (!rows[i].meter || rows[i].meter == b->meter) &&
			    b->bpm >= rows[i].bpm_lo && b->bpm < rows[i].bpm_hi && ch->percussive >= rows[i].percussive_lo;
		if (!fits)
			continue;
		ch->style = rows[i].style;
		ch->style_confidence = rows[i].confidence * fmin(1, b->confidence * 1.5) * fmax(0.3, b->division_confidence);
		return;
	}
}

void character_of(const struct hearing *h, const struct onsets *o, const struct beats *b, const struct chroma *c,
		  const struct key_report *k, struct character *ret)
{
	struct character ch = { 0 };
	double single;
	ch.onsets_per_s = h->duration_s > 0 ? (double)o->n / h->duration_s : 0;
	ch.brightness = h->centroid_hz.mean > 0 ? part(log2(h->centroid_hz.mean), log2(300), log2(5000)) : 0;
	ch.dynamics_db = h->loudness.range_lu;
	ch.energy = 0.4 * part(h->loudness.integrated_lufs, -40, -10) + 0.3 * part(ch.onsets_per_s, 0.5, 8) +
		    0.15 * ch.brightness + 0.15 * part(h->flux.mean, 1, 8);
	ch.percussive = part(h->flatness.mean, 0.005, 0.35);
	ch.tonal = (1 - ch.percussive) * c->tuning_confidence;
	count_classes(c, &ch.polyphony, &single);
	find_texture(h, &ch, single);
	find_mood(h, b, k, &ch);
	find_style(b, &ch);
	*ret = ch;
}
