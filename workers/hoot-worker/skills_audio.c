/* skills_audio.c - sound understood: reports about one recording. */
#include "skill.h"

#include "ear.h"

#include "audio/report.h"

#include <stdlib.h>

#include "base/banned.h"

static const struct model_table no_table = { NULL, 0 };

/* Reads the parameters, then listens to the input. */
static int hear(struct skill_run *run, const struct model_table *table, void *params, struct ear *l, struct err *err)
{
	int code = model_params_read(table, run->lease->params, params, err);
	return code < 0 ? code : ear_hear(run, 0, l, err);
}

/* ---- beats ---- */

struct beats_ask {
	double bpm, bpm_min, bpm_max, sensitivity;
	int64_t meter;
	bool include_frames;
};

#define BEATS_ROWS(type)                                                                                                        \
	PARAM_NUM(type, bpm, 0, BEAT_BPM_MAX, 0, "bpm", "the tempo, where it is known within 8 %; 0 finds it"),                 \
	PARAM_NUM(type, bpm_min, BEAT_BPM_MIN, BEAT_BPM_MAX, BEAT_BPM_MIN, "bpm", "the slowest tempo that it may be"),          \
	PARAM_NUM(type, bpm_max, BEAT_BPM_MIN, BEAT_BPM_MAX, BEAT_BPM_MAX, "bpm", "the fastest tempo that it may be"),          \
	PARAM_INT(type, meter, 0, 12, 0, "beats", "beats of a bar, where it is known; 0 finds it among 2, 3, 4 and 6"),         \
	PARAM_NUM(type, sensitivity, 0, 1, 0.5, "", "of the onsets: 0 hears clear attacks only, 1 nearly everything")

static const struct model_param beats_rows[] = {
	BEATS_ROWS(beats_ask),
	PARAM_FLAG(beats_ask, include_frames, 0, "how much begins in each hundredth of a second, too"),
};
static const struct model_table beats_table = MODEL_TABLE(beats_rows);

static int find_beats(const struct beats_ask *a, struct ear *l, struct err *err)
{
	const struct beat_options o = { a->bpm_min, a->bpm_max, a->bpm, (unsigned)a->meter };
	return ear_beats(l, &o, a->sensitivity, err);
}

static json_t *beats_metadata(const struct ear *l)
{
	char meter[32];
	report_meter(&l->beats, meter, sizeof(meter));
	return json_pack("{s:o, s:o, s:s, s:I, s:I, s:o}", "bpm", report_number(l->beats.bpm, 2), "confidence",
			 report_number(l->beats.confidence, 3), "meter", meter, "beats", (json_int_t)l->beats.n, "onsets",
			 (json_int_t)l->onsets.n, "duration_s", report_number(l->h->duration_s, 3));
}

static json_t *frames_json(const struct hearing *h)
{
	AUTO_MEM float *strength = mem_new_array(h->n_fast, sizeof(float));
	if (!strength)
		return NULL;
	onset_strength(h, ONSET_ALL, ONSET_EAR_EVEN, strength);
	return json_pack("{s:f, s:o}", "step_s", 1.0 / HEARING_FAST_HZ, "onset_strength_db", report_numbers(strength, h->n_fast, 1, 2));
}

static int beats(struct skill_run *run, struct err *err)
{
	struct beats_ask a;
	struct ear l = { 0 };
	int code = hear(run, &beats_table, &a, &l, err);
	if (code == 0)
		code = find_beats(&a, &l, err);
	if (code == 0) {
		json_t *report = report_beats(&l.beats);
		bool whole = report && json_object_set_new(report, "onsets", report_onsets(&l.onsets)) == 0 &&
			     json_object_set_new(report, "duration_s", report_number(l.h->duration_s, 3)) == 0 &&
			     (!a.include_frames || json_object_set_new(report, "frames", frames_json(l.h)) == 0);
		if (!whole) {
			json_decref(report);
			report = NULL;
		}
		code = ear_deliver(run, report, beats_metadata(&l), err);
	}
	ear_done(&l);
	return code;
}

/* ---- reports of what one pass hears ---- */

static int info(struct skill_run *run, struct err *err)
{
	struct ear l = { 0 };
	int code = hear(run, &no_table, NULL, &l, err);
	if (code == 0) {
		double peak = audio_db(l.h->levels.peak);
		json_t *report = report_info(l.h), *levels = report_levels(l.h);
		if (report && json_object_update(report, levels) < 0) {
			json_decref(report);
			report = NULL;
		}
		json_decref(levels);
		code = ear_deliver(run, report, json_pack("{s:o, s:I, s:I, s:s, s:o, s:o, s:b}", "duration_s", report_number(l.h->duration_s, 6), "rate_hz",
						      (json_int_t)l.h->info.rate_hz, "channels", (json_int_t)l.h->info.n_channels, "format",
						      l.h->info.format, "peak_db", report_number(peak, 2), "mean_db",
						      report_number(audio_db(l.h->levels.rms), 2), "is_silent", peak < -60), err);
	}
	ear_done(&l);
	return code;
}

struct curve_ask {
	bool curve;
};
static const struct model_param loudness_rows[] = { PARAM_FLAG(curve_ask, curve, 0, "the short-term loudness every 100 ms, and that of each 100 ms by itself, too") };
static const struct model_table loudness_table = MODEL_TABLE(loudness_rows);

static int loudness(struct skill_run *run, struct err *err)
{
	struct curve_ask a;
	struct ear l = { 0 };
	int code = hear(run, &loudness_table, &a, &l, err);
	if (code == 0)
		code = ear_deliver(run, report_loudness(l.h, a.curve), report_loudness(l.h, false), err);
	ear_done(&l);
	return code;
}

static int spectrum(struct skill_run *run, struct err *err)
{
	struct ear l = { 0 };
	int code = hear(run, &no_table, NULL, &l, err);
	if (code == 0)
		code = ear_deliver(run, report_spectrum(l.h),
			       json_pack("{s:o, s:o, s:o}", "centroid_hz", report_number(l.h->centroid_hz.mean, 1), "rolloff_hz",
					 report_number(l.h->rolloff_hz.mean, 1), "flatness", report_number(l.h->flatness.mean, 4)), err);
	ear_done(&l);
	return code;
}

/* "G major"; "none" for sound without pitches. */
static json_t *key_name(const struct key_report *k)
{
	char name[48] = "none";
	if (k->n_guesses > 0)
		(void)snprintf(name, sizeof(name), "%s %s", key_tonic_name(k->guesses[0].tonic, k->guesses[0].mode), key_mode_name(k->guesses[0].mode));
	return json_string(name);
}

static double key_confidence(const struct key_report *k)
{
	return k->n_guesses ? k->guesses[0].confidence : 0;
}

static int key(struct skill_run *run, struct err *err)
{
	struct ear l = { 0 };
	int code = hear(run, &no_table, NULL, &l, err);
	if (code == 0)
		code = ear_key(&l, err);
	if (code == 0)
		code = ear_deliver(run, report_key(&l.chroma, &l.key),
			       json_pack("{s:o, s:o, s:o}", "key", key_name(&l.key), "confidence", report_number(key_confidence(&l.key), 3),
					 "tuning_cents", report_number(l.chroma.tuning_cents, 1)), err);
	ear_done(&l);
	return code;
}

/* ---- listen: all of it ---- */

static const struct model_param listen_rows[] = { BEATS_ROWS(beats_ask) };
static const struct model_table listen_table = MODEL_TABLE(listen_rows);

static json_t *listen_report(const struct ear *l, const struct character *c)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "info", report_info(l->h), "levels", report_levels(l->h), "loudness",
			 report_loudness(l->h, true), "rhythm", report_beats(&l->beats), "onsets", report_onsets(&l->onsets), "key",
			 report_key(&l->chroma, &l->key), "spectrum", report_spectrum(l->h), "character", report_character(c));
}

static json_t *listen_metadata(const struct ear *l, const struct character *c)
{
	json_t *m = beats_metadata(l);
	AUTO_JSON json_t *more = json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:s, s:I}", "key", key_name(&l->key), "key_confidence",
					   report_number(key_confidence(&l->key), 3), "loudness_lufs",
					   report_number(l->h->loudness.integrated_lufs, 2), "true_peak_db",
					   report_number(l->h->loudness.true_peak_db, 2), "mood", c->mood, "energy", report_number(c->energy, 2),
					   "texture", c->texture, "flat_tops", (json_int_t)l->h->n_clips);
	if (m && more && json_object_update(m, more) == 0)
		return m;
	json_decref(m);
	return NULL;
}

static int listen_(struct skill_run *run, struct err *err)
{
	struct beats_ask a = { 0 };
	struct ear l = { 0 };
	struct character c;
	int code = hear(run, &listen_table, &a, &l, err);
	if (code == 0)
		code = find_beats(&a, &l, err);
	if (code == 0)
		code = ear_key(&l, err);
	if (code == 0) {
		character_of(l.h, &l.onsets, &l.beats, &l.chroma, &l.key, &c);
		code = ear_deliver(run, listen_report(&l, &c), listen_metadata(&l, &c), err);
	}
	ear_done(&l);
	return code;
}

/* ---- pitch ---- */

struct pitch_ask {
	double lo_hz, hi_hz;
	bool curve;
};
static const struct model_param pitch_rows[] = {
	PARAM_NUM(pitch_ask, lo_hz, PITCH_LOWEST, PITCH_HIGHEST, 60, "Hz", "the lowest pitch looked for"),
	PARAM_NUM(pitch_ask, hi_hz, PITCH_LOWEST, PITCH_HIGHEST, 1400, "Hz", "the highest"),
	PARAM_FLAG(pitch_ask, curve, 1, "the pitch every 10 ms, too"),
};
static const struct model_table pitch_table = MODEL_TABLE(pitch_rows);

static json_t *pitch_metadata(const struct pitch_track *t, const struct melody *m)
{
	struct pitch_summary s;
	pitch_summarise(t, &s);
	return json_pack("{s:o, s:o, s:I, s:o, s:o}", "median_hz", report_number(s.median_hz, 2), "voiced", report_number(s.voiced, 3), "notes",
			 (json_int_t)m->n, "tuning_cents", report_number(s.tuning_cents, 1), "confidence", report_number(s.confidence, 3));
}

static int pitch(struct skill_run *run, struct err *err)
{
	struct pitch_ask a;
	struct pitch_track t = { 0 };
	struct melody m = { 0 };
	const char *path = NULL;
	int code = model_params_read(&pitch_table, run->lease->params, &a, err);
	if (code == 0)
		code = ear_path(run, 0, &path, err);
	if (code == 0)
		code = skill_as_param(pitch_track_of(path, &(struct pitch_options){ a.lo_hz, a.hi_hz }, run->watch, &t, err), err);
	if (code == 0)
		code = melody_find(&t, &(struct melody_options){ 0 }, &m, err);
	if (code == 0)
		code = ear_deliver(run, report_pitch(&t, &m, a.curve), pitch_metadata(&t, &m), err);
	pitch_track_done(&t);
	melody_done(&m);
	return code;
}

static const struct skill skills[] = {
	{ .verb = "project", .from_space = "audio", .to_space = "analysis", .model = "listen", .version = "2", .table = &listen_table, .run = listen_ },
	{ .verb = "project", .from_space = "audio", .to_space = "analysis", .model = "info", .version = "1", .table = &no_table, .run = info },
	{ .verb = "project", .from_space = "audio", .to_space = "analysis", .model = "beats", .version = "1", .table = &beats_table, .run = beats },
	{ .verb = "project", .from_space = "audio", .to_space = "analysis", .model = "pitch", .version = "1", .table = &pitch_table, .run = pitch },
	{ .verb = "project", .from_space = "audio", .to_space = "analysis", .model = "loudness", .version = "2", .table = &loudness_table, .run = loudness },
	{ .verb = "project", .from_space = "audio", .to_space = "analysis", .model = "spectrum", .version = "1", .table = &no_table, .run = spectrum },
	{ .verb = "project", .from_space = "audio", .to_space = "analysis", .model = "key", .version = "1", .table = &no_table, .run = key },
};
const struct skill_list skills_audio = { skills, COUNT_OF(skills) };
