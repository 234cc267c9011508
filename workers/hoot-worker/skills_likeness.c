/* skills_likeness.c - recordings known again, compared, and as vectors. */
#include "skill.h"

#include "ear.h"

#include "audio/fingerprint.h"
#include "audio/report.h"
#include "audio/sound_vector.h"

#include <stdlib.h>

#include "base/banned.h"

static const struct model_table no_table = { NULL, 0 };

static json_t *marks_json(const struct fingerprint *f, bool columns)
{
	json_t *a = json_array();
	for (size_t i = 0; a && i < f->n; i++) {
		if (json_array_append_new(a, json_integer((json_int_t)(columns ? f->v[i].column : f->v[i].mark))) < 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

static int fingerprint(struct skill_run *run, struct err *err)
{
	struct fingerprint f = { 0 };
	const char *path = NULL;
	int code = model_params_read(&no_table, run->lease->params, NULL, err);
	if (code == 0)
		code = ear_path(run, 0, &path, err);
	if (code == 0)
		code = fingerprint_of(path, run->watch, &f, err);
	if (code == 0) {
		json_t *report = json_pack("{s:s, s:i, s:f, s:o, s:o, s:o}", "type", "fingerprint", "version", FINGERPRINT_VERSION, "step_s",
					   FINGERPRINT_STEP_S, "duration_s", report_number(f.duration_s, 3), "marks", marks_json(&f, false),
					   "columns", marks_json(&f, true));
		code = ear_deliver(run, report, json_pack("{s:I, s:o}", "marks", (json_int_t)f.n, "duration_s", report_number(f.duration_s, 3)),
					 err);
	}
	fingerprint_done(&f);
	return code;
}

/* What a vector is made from. */
static int hear_sound(struct skill_run *run, size_t i, struct ear *l, struct sound *ret, struct err *err)
{
	int code = ear_hear(run, i, l, err);
	if (code == 0)
		code = ear_beats(l, &(struct beat_options){ 0 }, 0.5, err);
	if (code == 0)
		code = ear_key(l, err);
	*ret = (struct sound){ l->h, &l->onsets, &l->beats, &l->chroma };
	return code;
}

static json_t *blocks_json(void)
{
	json_t *list = json_array();
	for (size_t i = 0; list && i < SOUND_BLOCK_COUNT; i++) {
		const struct sound_block_row *b = &sound_blocks[i];
		if (json_array_append_new(list, json_pack("{s:s, s:I, s:f}", "name", b->name, "size", (json_int_t)b->size, "weight", b->weight)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static int embed(struct skill_run *run, struct err *err)
{
	struct ear l = { 0 };
	struct sound s;
	float v[SOUND_VECTOR_SIZE];
	int code = model_params_read(&no_table, run->lease->params, NULL, err);
	if (code == 0)
		code = hear_sound(run, 0, &l, &s, err);
	if (code == 0) {
		static const char model[] = SOUND_VECTOR_MODEL "@" SOUND_VECTOR_VERSION;
		sound_vector_make(&s, v);
		code = ear_deliver(run, json_pack("{s:s, s:i, s:o, s:o}", "model", model, "size", SOUND_VECTOR_SIZE, "blocks", blocks_json(), "vector",
							report_numbers(v, SOUND_VECTOR_SIZE, 1, 6)),
					 json_pack("{s:s, s:i}", "model", model, "size", SOUND_VECTOR_SIZE), err);
	}
	ear_done(&l);
	return code;
}

static json_t *same_json(const struct fingerprint_match *m)
{
	return json_pack("{s:o, s:o, s:o, s:I}", "confidence", report_number(m->confidence, 3), "offset_s", report_number(m->offset_s, 3), "share",
			 report_number(m->share, 4), "marks", (json_int_t)m->n_agree);
}

static json_t *likeness_json(const struct sound_likeness *l, const struct fingerprint_match *m)
{
	json_t *blocks = json_object();
	for (int i = 0; blocks && i < SOUND_BLOCK_COUNT; i++)
		(void)json_object_set_new(blocks, sound_blocks[i].name, report_number(l->blocks[i], 3));
	return json_pack("{s:o, s:o, s:o, s:i, s:o, s:o, s:o}", "similarity", report_number(l->similarity, 3), "aspects", blocks, "same_recording",
			 same_json(m), "transposition", l->transposition, "harmony_transposed", report_number(l->harmony_transposed, 3),
			 "tempo_ratio", report_number(l->tempo_ratio, 4), "loudness_difference_lu", report_number(l->loudness_difference_lu, 2));
}

static int compare_marks(struct skill_run *run, struct fingerprint_match *ret, struct err *err)
{
	struct fingerprint f[2] = { { 0 } };
	int code = 0;
	for (size_t i = 0; i < 2 && code == 0; i++) {
		const char *path = NULL;
		code = ear_path(run, i, &path, err);
		if (code == 0)
			code = fingerprint_of(path, run->watch, &f[i], err);
	}
	if (code == 0)
		code = fingerprint_compare(&f[0], &f[1], ret, err);
	fingerprint_done(&f[0]);
	fingerprint_done(&f[1]);
	return code;
}

static int similarity(struct skill_run *run, struct err *err)
{
	struct ear l[2] = { { 0 } };
	struct sound s[2];
	struct fingerprint_match match;
	struct sound_likeness like;
	int code = model_params_read(&no_table, run->lease->params, NULL, err);
	if (code == 0)
		code = compare_marks(run, &match, err);
	for (size_t i = 0; i < 2 && code == 0; i++)
		code = hear_sound(run, i, &l[i], &s[i], err);
	if (code == 0) {
		sound_compare(&s[0], &s[1], &match, &like);
		code = ear_deliver(run, likeness_json(&like, &match), likeness_json(&like, &match), err);
	}
	ear_done(&l[0]);
	ear_done(&l[1]);
	return code;
}

static const struct skill skills[] = {
	{ .verb = "project", .from_space = "audio", .to_space = "analysis", .model = "fingerprint", .version = "1", .table = &no_table, .run = fingerprint },
	{ .verb = "project", .from_space = "audio", .to_space = "analysis", .model = "similarity", .version = "1", .table = &no_table, .run = similarity },
	{ .verb = "embed", .from_space = "audio", .to_space = "embedding", .model = SOUND_VECTOR_MODEL, .version = SOUND_VECTOR_VERSION,
	  .table = &no_table, .run = embed },
};
const struct skill_list skills_likeness = { skills, COUNT_OF(skills) };
