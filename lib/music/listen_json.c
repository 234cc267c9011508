/*
 * listen_json.c - what was heard, as JSON.
 *
 * Each part is a function that gives a new reference or NULL when memory is out; json_pack with "o" takes a NULL for the
 * failure that it is.
 */
#include "music/listen.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "music/gm_names.h"

#define MATRIX_MOST 128 /* bars: larger matrices are left out */
#define LINE_MOST 160   /* bytes of the line of chords in a headline */

static json_t *number(double v)
{
	return json_real(isfinite(v) ? round(v * 1e4) / 1e4 : 0);
}

/* A list of n items, each made by `one`. */
typedef json_t *item_fn(const void *items, size_t i);

static json_t *list(const void *items, size_t n, item_fn *one)
{
	AUTO_JSON json_t *a = json_array();
	for (size_t i = 0; a && i < n; i++)
		if (json_array_append_new(a, one(items, i)) < 0)
			return NULL;
	return TAKE(a);
}

static json_t *number_item(const void *items, size_t i)
{
	return number(((const double *)items)[i]);
}

static json_t *key_name(int tonic, enum key_mode m)
{
	return json_sprintf("%s %s", key_tonic_name(tonic, m), key_mode_name(m));
}

/* --- tracks ------------------------------------------------------------------------------------ */

static json_t *track_item(const void *items, size_t i)
{
	const struct track_profile *t = &((const struct track_profile *)items)[i];
	AUTO_JSON json_t *channels = json_array();
	for (int c = 0; channels && c < 16; c++)
		if (t->channels >> c & 1 && json_array_append_new(channels, json_integer(c)) < 0)
			return NULL;
	json_t *o = json_pack("{s:I, s:I, s:O, s:b, s:b, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "track", (json_int_t)i, "notes",
			      (json_int_t)t->n_notes, "channels", channels, "drums", t->drums, "needs_splitting",
			      t->needs_splitting, "most_at_once", (json_int_t)t->most_at_once, "polyphony", number(t->polyphony),
			      "overlap", number(t->overlap), "sounding", number(t->sounding), "first_beats", number(t->first_beats),
			      "end_beats", number(t->end_beats), "density", list(t->density, t->n_windows, number_item), "window_beats",
			      number(t->window_beats), "mean_held_beats", number(t->mean_held_beats));
	if (!o || t->n_notes == 0)
		return o;
	AUTO_JSON json_t *more = json_pack("{s:I, s:I, s:I, s:o, s:o}", "lowest", (json_int_t)t->lowest, "highest", (json_int_t)t->highest,
					   "channel", (json_int_t)t->channel, "mean_pitch", number(t->mean_pitch), "mean_velocity",
					   number(t->mean_velocity));
	AUTO_JSON json_t *program = t->program < 0 ? json_object() :
						     json_pack("{s:I, s:s, s:s}", "program", (json_int_t)t->program, "program_name",
							       gm_program_name(t->program), "family", gm_family_name(t->program));
	if (!more || !program || json_object_update(o, more) < 0 || json_object_update(o, program) < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *tracks_json(const struct score *s, const struct track_profiles *t)
{
	AUTO_JSON json_t *a = list(t->v, t->n, track_item);
	for (size_t i = 0; a && i < t->n && i < s->n_voices; i++)
		if (json_object_set_new(json_array_get(a, i), "name", json_string(s->voices[i].name)) < 0)
			return NULL;
	return TAKE(a);
}

/* --- key and meter ----------------------------------------------------------------------------- */

static json_t *key_item(const void *items, size_t i)
{
	const struct key_guess *g = &((const struct key_guess *)items)[i];
	return json_pack("{s:o, s:s, s:s, s:i, s:o}", "key", key_name(g->tonic, g->mode), "tonic", key_tonic_name(g->tonic, g->mode),
			 "mode", key_mode_name(g->mode), "sharps", key_sharps(g->tonic, g->mode), "confidence", number(g->confidence));
}

static json_t *span_item(const void *items, size_t i)
{
	const struct key_span *k = &((const struct key_span *)items)[i];
	return json_pack("{s:o, s:o, s:o}", "from_beats", number(k->from_beats), "to_beats", number(k->to_beats), "key",
			 key_name(k->tonic, k->mode));
}

static json_t *key_json(const struct key_report *k)
{
	AUTO_JSON json_t *profiles = json_array();
	for (enum key_profile p = 0; profiles && k->n_guesses && p < KEY_PROFILE_COUNT; p++)
		if (json_array_append_new(profiles, json_pack("{s:s, s:o, s:o}", "profile", key_profile_name(p), "key",
							      key_name(k->by_profile[p].tonic, k->by_profile[p].mode), "fit",
							      number(k->by_profile[p].fit))) < 0)
			return NULL;
	return json_pack("{s:o, s:O, s:o, s:o, s:b, s:b}", "guesses", list(k->guesses, k->n_guesses, key_item), "profiles", profiles,
			 "pitch_classes", list(k->chroma, 12, number_item), "changes", list(k->spans, k->n_spans, span_item),
			 "stated", k->stated, "agrees_with_stated", k->agrees);
}

static json_t *meter_item(const void *items, size_t i)
{
	const struct meter_guess *g = &((const struct meter_guess *)items)[i];
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "meter", json_sprintf("%u/%u", g->num, g->den), "confidence", number(g->confidence),
			 "pickup_beats", number(g->pickup_beats), "bar_beats", number(g->bar_beats), "beat_beats",
			 number(g->beat_beats));
}

static json_t *meter_json(const struct meter_report *m)
{
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:b, s:o, s:b, s:b}", "guesses", list(m->guesses, m->n_guesses, meter_item), "feel",
			 meter_feel_name(m->feel), "swing", number(m->swing), "triplet_share", number(m->triplet_share), "spread_beats",
			 number(m->spread_beats), "on_grid", m->on_grid, "bpm", number(m->bpm), "stated", m->stated,
			 "agrees_with_stated", m->agrees);
}

/* --- chords ------------------------------------------------------------------------------------ */

static int sharps_of(const struct chord_span *x)
{
	return x->tonic < 0 ? 0 : key_sharps(x->tonic, x->mode);
}

static json_t *chord_item(const void *items, size_t i)
{
	const struct chord_span *x = &((const struct chord_span *)items)[i];
	char name[CHORD_NAME_SIZE];
	return json_pack("{s:o, s:o, s:s, s:s, s:s, s:o}", "from_beats", number(x->from_beats), "to_beats", number(x->to_beats), "chord",
			 chord_name(&x->chord, sharps_of(x), name), "roman", x->roman, "function", chord_function_name(x->function),
			 "confidence", number(x->confidence));
}

static json_t *chords_json(const struct chord_report *c)
{
	return json_pack("{s:b, s:o, s:o, s:o}", "melody_only", c->melody_only, "chords", list(c->v, c->n, chord_item), "stated_beats",
			 number(c->stated_beats), "stated_same", number(c->stated_same));
}

/* "D G A7 D ..." up to LINE_MOST bytes; malloc'ed, NULL when memory is out. */
static char *chord_line(const struct chord_report *c)
{
	struct strbuf b = STRBUF_INIT;
	char name[CHORD_NAME_SIZE];
	for (size_t i = 0; i < c->n; i++) {
		if (b.n > LINE_MOST) {
			(void)strbuf_adds(&b, " ...");
			break;
		}
		(void)strbuf_addf(&b, "%s%s", i ? " " : "", chord_name(&c->v[i].chord, sharps_of(&c->v[i]), name));
	}
	return strbuf_take(&b);
}

/* --- form -------------------------------------------------------------------------------------- */

static json_t *section_item(const void *items, size_t i)
{
	const struct form_section *s = &((const struct form_section *)items)[i];
	return json_pack("{s:s, s:I, s:I, s:o, s:o, s:o}", "name", s->name, "first_bar", (json_int_t)s->first_bar, "bars",
			 (json_int_t)s->n_bars, "from_beats", number(s->from_beats), "to_beats", number(s->to_beats), "alike",
			 number(s->alike));
}

static json_t *phrase_item(const void *items, size_t i)
{
	const struct phrase *p = &((const struct phrase *)items)[i];
	return json_pack("{s:o, s:o, s:I, s:o}", "from_beats", number(p->from_beats), "to_beats", number(p->to_beats), "notes",
			 (json_int_t)p->n_notes, "strength", number(p->strength));
}

static json_t *pattern_item(const void *items, size_t i)
{
	const struct pattern *p = &((const struct pattern *)items)[i];
	AUTO_JSON json_t *places = json_array();
	for (size_t k = 0; places && k < p->n_places; k++)
		if (json_array_append_new(places, json_pack("{s:o, s:i}", "at_beats", number(p->at_beats[k]), "semitones", p->steps[k])) < 0)
			return NULL;
	return json_pack("{s:I, s:I, s:I, s:o, s:O}", "notes", (json_int_t)p->n_notes, "times", (json_int_t)p->n_times, "untransposed",
			 (json_int_t)p->n_exact, "length_beats", number(p->length_beats), "places", places);
}

/* A row of digits a bar: 9 is the same, 0 has nothing in common. */
static json_t *matrix_json(const struct form_report *f)
{
	AUTO_JSON json_t *rows = json_array();
	char row[MATRIX_MOST + 1];
	for (size_t i = 0; rows && f->n_bars <= MATRIX_MOST && i < f->n_bars; i++) {
		for (size_t j = 0; j < f->n_bars; j++) {
			double a = (double)f->alike[i * f->n_bars + j] * 9.999;
			row[j] = (char)('0' + (a < 0 ? 0 : a > 9 ? 9 : (int)a));
		}
		row[f->n_bars] = '\0';
		if (json_array_append_new(rows, json_string(row)) < 0)
			return NULL;
	}
	return TAKE(rows);
}

static json_t *form_json(const struct listening *l)
{
	const struct form_report *f = &l->form;
	return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o}", "form", f->letters, "bars", (json_int_t)f->n_bars,
			 "bar_beats", number(f->bar_beats), "repetition", number(f->repetition), "sections",
			 list(f->sections, f->n_sections, section_item), "phrases", list(l->phrases.v, l->phrases.n, phrase_item),
			 "mean_phrase_bars", number(l->phrases.mean_bars), "patterns", list(l->patterns.v, l->patterns.n, pattern_item),
			 "longest_pattern_notes", (json_int_t)l->patterns.longest_notes, "pattern_share", number(l->patterns.covered),
			 "alike", matrix_json(f));
}

/* --- tension and character --------------------------------------------------------------------- */

static json_t *window_item(const void *items, size_t i)
{
	const struct tension_window *w = &((const struct tension_window *)items)[i];
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "from_beats", number(w->from_beats), "total", number(w->total), "diameter",
			 number(w->diameter), "strain", number(w->strain), "movement", number(w->movement), "dissonance",
			 number(w->dissonance), "density", number(w->density));
}

static json_t *tension_json(const struct tension_report *t)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "mean", number(t->mean), "peak", number(t->peak), "peak_beats",
			 number(t->peak_beats), "rise", number(t->rise), "window_beats", number(t->window_beats), "windows",
			 list(t->v, t->n, window_item));
}

static json_t *texture_json(const struct texture_report *t)
{
	AUTO_JSON json_t *o = json_pack("{s:I, s:I, s:i, s:i}", "notes", (json_int_t)t->n_notes, "onsets", (json_int_t)t->n_onsets, "lowest",
					t->lowest, "highest", t->highest);
	const struct {
		const char *name;
		double v;
	} rows[] = {
		{ "duration_s", t->duration_s },         { "notes_a_second", t->notes_a_second },
		{ "onsets_a_beat", t->onsets_a_beat },   { "polyphony", t->polyphony },
		{ "pitch_entropy", t->pitch_entropy },   { "interval_entropy", t->interval_entropy },
		{ "rhythm_entropy", t->rhythm_entropy }, { "chromatic", t->chromatic },
		{ "leaps", t->leaps },                   { "syncopation", t->syncopation },
		{ "articulation", t->articulation },     { "mean_velocity", t->mean_velocity },
		{ "velocity_spread", t->velocity_spread }, { "drums", t->drums },
		{ "complexity", t->complexity },         { "energy", t->energy },
	};
	for (size_t i = 0; o && i < COUNT_OF(rows); i++)
		if (json_object_set_new(o, rows[i].name, number(rows[i].v)) < 0)
			return NULL;
	return TAKE(o);
}

static json_t *label_item(const void *items, size_t i)
{
	const struct character_label *x = &((const struct character_label *)items)[i];
	return json_pack("{s:s, s:o}", "name", x->name, "confidence", number(x->confidence));
}

static json_t *instrument_item(const void *items, size_t i)
{
	const struct character_instrument *x = &((const struct character_instrument *)items)[i];
	return json_pack("{s:s, s:s, s:i, s:o}", "name", x->name, "family", x->family, "program", x->program, "share", number(x->share));
}

static json_t *character_json(const struct character_report *c)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "valence", number(c->valence), "arousal", number(c->arousal), "energy",
			 number(c->energy), "moods", list(c->moods, c->n_moods, label_item), "genres",
			 list(c->genres, c->n_genres, label_item), "instruments",
			 list(c->instruments, c->n_instruments, instrument_item));
}

/* --- all of it --------------------------------------------------------------------------------- */

static int set(json_t *o, const char *key, json_t *v)
{
	return json_object_set_new(o, key, v); /* -1 for a NULL too */
}

static int set_headings(json_t *o, const struct listening *l, unsigned parts)
{
	int bad = 0;
	if (parts & LISTEN_KEY && l->key.n_guesses) {
		const struct key_guess *g = &l->key.guesses[0];
		bad |= set(o, "key", key_name(g->tonic, g->mode)) | set(o, "key_confidence", number(g->confidence)) |
		       set(o, "key_changes", json_integer(l->key.n_spans ? (json_int_t)l->key.n_spans - 1 : 0));
	}
	if (parts & LISTEN_METER && l->meter.n_guesses) {
		const struct meter_guess *g = &l->meter.guesses[0];
		bad |= set(o, "meter", json_sprintf("%u/%u", g->num, g->den)) | set(o, "meter_confidence", number(g->confidence)) |
		       set(o, "bpm", number(l->meter.bpm)) | set(o, "feel", json_string(meter_feel_name(l->meter.feel)));
	}
	if (parts & LISTEN_CHORDS) {
		char *line = chord_line(&l->chords);
		bad |= set(o, "chords", line ? json_string(line) : NULL);
		free(line);
	}
	if (parts & LISTEN_FORM)
		bad |= set(o, "form", json_string(l->form.letters)) | set(o, "bars", json_integer((json_int_t)l->form.n_bars));
	if (parts & LISTEN_TENSION)
		bad |= set(o, "tension", number(l->tension.mean)) | set(o, "tension_peak_beats", number(l->tension.peak_beats));
	return bad;
}

static int set_character(json_t *o, const struct listening *l, unsigned parts)
{
	int bad = 0;
	if (parts & LISTEN_CHARACTER && l->character.n_moods)
		bad |= set(o, "mood", json_string(l->character.moods[0].name)) |
		       set(o, "genre", json_string(l->character.genres[0].name)) |
		       set(o, "genre_confidence", number(l->character.genres[0].confidence)) |
		       set(o, "energy", number(l->character.energy)) | set(o, "complexity", number(l->texture.complexity));
	if (parts & LISTEN_TRACKS) {
		size_t split = 0;
		for (size_t i = 0; i < l->tracks.n; i++)
			split += l->tracks.v[i].needs_splitting;
		bad |= set(o, "tracks", json_integer((json_int_t)l->tracks.n)) | set(o, "tracks_to_split", json_integer((json_int_t)split));
	}
	return bad;
}

json_t *listen_summary(const struct score *s, const struct listening *l, unsigned parts)
{
	json_t *o = json_pack("{s:s, s:I}", "title", s->title, "notes", (json_int_t)score_n_notes(s));
	if (o && (set_headings(o, l, parts) | set_character(o, l, parts)) == 0)
		return o;
	json_decref(o);
	return NULL;
}

/* "D major, 4/4 at 92 bpm, AABB, D G A7 D ...", or how much there is where none of that was asked for. */
static json_t *headline(const struct score *s, const struct listening *l, unsigned parts)
{
	AUTO_STRBUF b = STRBUF_INIT;
	char *line = NULL;
	if (parts & LISTEN_KEY && l->key.n_guesses)
		(void)strbuf_addf(&b, "%s %s", key_tonic_name(l->key.guesses[0].tonic, l->key.guesses[0].mode),
				  key_mode_name(l->key.guesses[0].mode));
	if (parts & LISTEN_METER && l->meter.n_guesses)
		(void)strbuf_addf(&b, "%s%u/%u at %.0f bpm", b.n ? ", " : "", l->meter.guesses[0].num, l->meter.guesses[0].den, l->meter.bpm);
	if (parts & LISTEN_FORM && l->form.n_sections)
		(void)strbuf_addf(&b, "%s%s", b.n ? ", " : "", l->form.letters);
	if (parts & LISTEN_CHORDS && l->chords.n) {
		line = chord_line(&l->chords);
		(void)strbuf_addf(&b, "%s%s", b.n ? ", " : "", line ? line : "");
	}
	free(line);
	if (b.n == 0 && score_n_notes(s) > 0)
		(void)strbuf_addf(&b, "%zu notes in %zu voices", score_n_notes(s), s->n_voices);
	return strbuf_ok(&b) ? json_string(b.s ? b.s : "nothing to hear") : NULL;
}

int listen_json(const struct score *s, const struct listening *l, unsigned parts, json_t **ret, struct err *err)
{
	AUTO_JSON json_t *o = json_pack("{s:s, s:o, s:s, s:I, s:o, s:o}", "version", LISTEN_VERSION, "headline", headline(s, l, parts),
					"title", s->title, "notes", (json_int_t)score_n_notes(s), "beats", number(s->end_beats),
					"duration_s", number(score_seconds_at(s, s->end_beats)));
	int bad = !o;
	if (!bad && parts & LISTEN_TRACKS)
		bad |= set(o, "tracks", tracks_json(s, &l->tracks));
	if (!bad && parts & LISTEN_KEY)
		bad |= set(o, "key", key_json(&l->key));
	if (!bad && parts & LISTEN_METER)
		bad |= set(o, "meter", meter_json(&l->meter));
	if (!bad && parts & LISTEN_CHORDS)
		bad |= set(o, "chords", chords_json(&l->chords));
	if (!bad && parts & LISTEN_FORM)
		bad |= set(o, "form", form_json(l));
	if (!bad && parts & LISTEN_TENSION)
		bad |= set(o, "tension", tension_json(&l->tension));
	if (!bad && parts & LISTEN_CHARACTER)
		bad |= set(o, "texture", texture_json(&l->texture)) | set(o, "character", character_json(&l->character));
	if (bad)
		return err_set(err, -ENOMEM, "out of memory for the report");
	*ret = TAKE(o);
	return 0;
}
