/* drum_clip.c - a take as a clip: tempo, bar line, grid, groove, keys of the kit, velocities. */
#include "audio/beat.h"
#include "audio/drum_take.h"
#include "music/drum_kit.h"
#include "music/groove.h"
#include "music/quantise.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define LENGTH_BEATS  0.2
#define VELOCITY_MID  96
#define VELOCITY_LO   20
#define HAT_SOFTER_DB 6.0 /* a hat with a kick, against the kick */

const char *const drum_align_names[DRUM_ALIGN_COUNT + 1] = { "auto", "recording", "first_hit", NULL };

struct clip {
	const struct drum_params *p;
	const struct hearing *h;
	struct drum_take take;
	struct beats beats; /* empty where the tempo is given */
	double bpm, offset_beats;
	unsigned meter;
	struct drum_report report;
};

static int check(const struct drum_params *p, struct err *err)
{
	const int64_t keys[] = { p->kick, p->snare, p->hat, p->other };
	if (p->bpm != 0 && !(p->bpm >= BEAT_BPM_MIN && p->bpm <= BEAT_BPM_MAX))
		return err_field(err, -EINVAL, "bpm", "%g bpm, allowed are %g to %g, or 0", p->bpm, BEAT_BPM_MIN, BEAT_BPM_MAX);
	if (p->meter < 0 || p->meter == 1 || p->meter > 12)
		return err_field(err, -EINVAL, "meter", "%d beats in a bar, allowed are 2 to 12, or 0", (int)p->meter);
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (keys[i] < 0 || keys[i] > 127)
			return err_field(err, -EINVAL, drum_class_names[i], "key %d, allowed are 0 to 127", (int)keys[i]);
	if (!(p->dynamics >= 0 && p->dynamics <= 2))
		return err_field(err, -EINVAL, "dynamics", "%g, allowed are 0 to 2", p->dynamics);
	if (p->align < 0 || p->align >= DRUM_ALIGN_COUNT)
		return err_field(err, -EINVAL, "align", "%d, allowed are 0 to %d", (int)p->align, DRUM_ALIGN_COUNT - 1);
	return 0;
}

static int find_tempo(struct clip *c, struct err *err)
{
	c->bpm = c->p->bpm;
	c->meter = c->p->meter ? (unsigned)c->p->meter : 4;
	if (c->p->bpm > 0)
		return 0;
	int code = beats_find(c->h, &(struct beat_options){ .bpm_min = 60, .bpm_max = 200, .meter = c->meter }, &c->beats, err);
	if (code < 0)
		return code;
	c->bpm = c->beats.n >= 2 && c->beats.bpm > 0 ? c->beats.bpm : 120;
	c->report.tempo_confidence = c->beats.confidence;
	return 0;
}

/* Beats since the first found beat (or since the recording's start), along the found beats where there are some. */
static double beat_of(const struct clip *c, double at_s)
{
	const struct beats *b = &c->beats;
	if (b->n < 2)
		return at_s * c->bpm / 60;
	size_t i = 0;
	while (i + 2 < b->n && b->v[i + 1].at_s <= at_s)
		i++;
	double d = b->v[i + 1].at_s - b->v[i].at_s, part = (at_s - b->v[i].at_s) / d;
	if (i == 0 && part < 0)
		return (at_s - b->v[0].at_s) * c->bpm / 60;
	if (part > 1)
		return (double)(i + 1) + (at_s - b->v[i + 1].at_s) * c->bpm / 60;
	return (double)i + part;
}

/* Which beat becomes the first bar line, and no hit before the clip. */
static void find_offset(struct clip *c)
{
	double first = beat_of(c, c->take.v[0].at_s);
	if (c->p->align == DRUM_ALIGN_FIRST_HIT) {
		c->offset_beats = first;
		return;
	}
	c->offset_beats = 0;
	if (c->beats.n >= 2 && c->p->align == DRUM_ALIGN_RECORDING)
		c->offset_beats = beat_of(c, 0);
	for (size_t i = 0; i < c->beats.n && c->p->align == DRUM_ALIGN_AUTO; i++) {
		if (c->beats.v[i].in_bar == 1) {
			c->offset_beats = (double)i;
			break;
		}
	}
	/* A hit a little before a bar line belongs to it: no bar only for its sake. */
	while (c->offset_beats > first + 0.12)
		c->offset_beats -= c->meter;
}

static uint8_t velocity(const struct clip *c, double db, double middle_db)
{
	double v = VELOCITY_MID + c->p->dynamics * 1.8 * (db - middle_db);
	return (uint8_t)fmin(127, fmax(VELOCITY_LO, round(v)));
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The median level of a class: each drum has loudness of its own, and its usual hit gets the middle velocity. */
static int middles(const struct clip *c, double ret[DRUM_CLASS_COUNT], struct err *err)
{
	AUTO_MEM double *levels = mem_new_array(c->take.n, sizeof(double));
	if (!levels)
		return err_set(err, -ENOMEM, "drums");
	for (int cls = 0; cls < DRUM_CLASS_COUNT; cls++) {
		size_t n = 0;
		for (size_t i = 0; i < c->take.n; i++)
			if ((int)c->take.v[i].class == cls)
				levels[n++] = c->take.v[i].level_db;
		qsort(levels, n, sizeof(*levels), by_size);
		ret[cls] = n ? levels[n / 2] : 0;
	}
	return 0;
}

static int add(struct clip *c, struct score *s, enum drum_class cls, double at, uint8_t vel, struct err *err)
{
	const int64_t keys[] = { c->p->kick, c->p->snare, c->p->hat, c->p->other };
	struct note n = { fmax(0, at), LENGTH_BEATS, (uint8_t)keys[cls], vel, DRUM_CHANNEL, 64 };
	c->report.counts[cls]++;
	return score_add_note(s, 0, &n, err);
}

static int write_hits(struct clip *c, struct score *s, struct err *err)
{
	double middle[DRUM_CLASS_COUNT];
	int code = middles(c, middle, err);
	for (size_t i = 0; i < c->take.n && code == 0; i++) {
		const struct drum_hit *hit = &c->take.v[i];
		double at = beat_of(c, hit->at_s) - c->offset_beats;
		uint8_t vel = velocity(c, hit->level_db, middle[hit->class]);
		code = add(c, s, hit->class, at, vel, err);
		if (code == 0 && hit->with_hat)
			code = add(c, s, DRUM_CLASS_HAT, at, velocity(c, hit->level_db - HAT_SOFTER_DB, middle[hit->class]), err);
		c->report.confidence += hit->confidence / (double)c->take.n;
	}
	return code;
}

static int make_score(struct clip *c, struct score **ret, struct err *err)
{
	AUTO(score) s = score_new();
	size_t voice;
	int code = s ? score_add_voice(s, "drums", &voice, err) : err_set(err, -ENOMEM, "score");
	if (code == 0)
		code = score_set_tempo(s, 0, c->bpm, err);
	if (code == 0)
		code = score_set_meter(s, 0, c->meter, 4, err);
	if (code == 0)
		code = write_hits(c, s, err);
	if (code == 0) {
		score_sort(s);
		*ret = TAKE(s);
	}
	return code;
}

/* The grid first, then the groove on it. */
static int tidy(struct clip *c, const struct score *raw, struct score **ret, struct err *err)
{
	const struct quantise_params q = { (enum grid_name)c->p->grid, c->p->strength, c->p->swing, 1, LENGTHS_KEEP };
	struct quantise_report r;
	AUTO(score) even = NULL;
	int code = score_quantise(raw, &q, NULL, &even, &r, err);
	if (code < 0)
		return code;
	c->report.grid = r.grid;
	c->report.mean_move_beats = r.mean_move_beats;
	if (c->p->groove <= 0) {
		*ret = TAKE(even);
		return 0;
	}
	struct groove g;
	const struct groove_apply_params how = GROOVE_APPLY_INIT;
	code = groove_builtin((size_t)c->p->groove, c->p->swing > 0 ? c->p->swing : 0.6, &g, err);
	return code < 0 ? code : groove_apply(even, &g, &how, NULL, ret, err);
}

static int make(struct clip *c, struct score **ret, struct err *err)
{
	AUTO(score) raw = NULL;
	int code = drum_take_find(c->h, c->p->sensitivity, c->p->adapt, &c->take, err);
	if (code == 0 && c->take.n == 0)
		code = err_set(err, -ENOENT, "nothing was hit");
	if (code == 0)
		code = find_tempo(c, err);
	if (code < 0)
		return code;
	find_offset(c);
	code = make_score(c, &raw, err);
	if (code == 0)
		code = tidy(c, raw, ret, err);
	c->report.n_hits = c->take.n;
	c->report.bpm = c->bpm;
	c->report.meter = c->meter;
	return code;
}

int drums_to_score(const char *path, const struct drum_params *p, const struct model_watch *watch, struct score **ret,
		   struct drum_report *ret_report, struct err *err)
{
	AUTO(hearing) h = NULL;
	int code = check(p, err);
	if (code == 0)
		code = hearing_of(path, watch, &h, err);
	if (code < 0)
		return code;
	struct clip c = { .p = p, .h = h };
	code = make(&c, ret, err);
	if (code == 0)
		*ret_report = c.report;
	drum_take_done(&c.take);
	beats_done(&c.beats);
	return code;
}
