/* skills_soundfont.c - project:soundfont:analysis: what a SoundFont has to play with. */
#include "skill.h"

#include "audio/soundfont.h"
#include "music/drum_kit.h"
#include "music/gm_names.h"

#include <stdio.h>

#include "base/banned.h"

struct presets_params {
	bool drum_map, samples;
	int64_t bank, program;
};
static const struct model_param rows[] = {
	PARAM_FLAG(presets_params, drum_map, 1, "for each drum kit, what every key strikes"),
	PARAM_FLAG(presets_params, samples, 0, "list the samples too"),
	PARAM_INT(presets_params, bank, -1, 16383, -1, "", "only this bank; 128 are the drums; -1 all"),
	PARAM_INT(presets_params, program, -1, 127, -1, "", "only this program, counted from 0; -1 all"),
};
static const struct model_table presets_table = MODEL_TABLE(rows);

static json_t *show_key(int key, const struct soundfont_key *k)
{
	return json_pack("{s:i, s:s, s:s, s:s, s:i, s:i, s:i}", "key", key, "name", drum_name(key), "sample", k->sample->name,
			 "instrument", k->instrument, "root_key", k->root_key, "exclusive_class", k->exclusive_class, "layers",
			 (int)k->n_layers);
}

static json_t *show_drums(const struct soundfont *s, const struct soundfont_preset *p)
{
	struct soundfont_key keys[128];
	AUTO_JSON json_t *list = json_array();
	soundfont_keys(s, p, keys);
	for (int i = 0; list && i < 128; i++) {
		if (keys[i].n_layers && json_array_append_new(list, show_key(i, &keys[i])) < 0)
			return NULL;
	}
	return TAKE(list);
}

static json_t *show_preset(const struct soundfont *s, const struct soundfont_preset *p, const struct presets_params *o)
{
	bool drums = p->bank == SOUNDFONT_DRUM_BANK;
	AUTO_JSON json_t *j = json_pack("{s:i, s:i, s:s, s:b, s:i, s:i, s:i}", "bank", p->bank, "program", p->program, "name", p->name,
					"drums", drums, "key_lo", p->key_lo, "key_hi", p->key_hi, "zones", (int)p->n_zones);
	const char *gm = drums ? NULL : gm_program_name(p->program);
	if (!j || (gm && json_object_set_new(j, "general_midi", json_string(gm)) < 0) ||
	    (drums && o->drum_map && json_object_set_new(j, "drum_map", show_drums(s, p)) < 0))
		return NULL;
	return TAKE(j);
}

static bool wanted(const struct soundfont_preset *p, const struct presets_params *o)
{
	return (o->bank < 0 || p->bank == o->bank) && (o->program < 0 || p->program == o->program);
}

static json_t *show_presets(const struct soundfont *s, const struct presets_params *o)
{
	size_t n;
	const struct soundfont_preset *p = soundfont_presets(s, &n);
	AUTO_JSON json_t *list = json_array();
	for (size_t i = 0; list && i < n; i++) {
		if (wanted(&p[i], o) && json_array_append_new(list, show_preset(s, &p[i], o)) < 0)
			return NULL;
	}
	return TAKE(list);
}

static json_t *show_samples(const struct soundfont *s)
{
	size_t n;
	const struct soundfont_sample *p = soundfont_samples(s, &n);
	AUTO_JSON json_t *list = json_array();
	for (size_t i = 0; list && i < n; i++) {
		json_t *one = json_pack("{s:s, s:I, s:I, s:i}", "name", p[i].name, "rate_hz", (json_int_t)p[i].rate_hz, "frames",
					(json_int_t)p[i].n_frames, "root_key", p[i].root_key);
		if (json_array_append_new(list, one) < 0)
			return NULL;
	}
	return TAKE(list);
}

/* What fits into a job's result. */
static json_t *summary(const struct soundfont *s)
{
	size_t n_presets, n_samples, n_kits = 0;
	const struct soundfont_preset *p = soundfont_presets(s, &n_presets);
	(void)soundfont_samples(s, &n_samples);
	for (size_t i = 0; i < n_presets; i++)
		n_kits += p[i].bank == SOUNDFONT_DRUM_BANK;
	const struct soundfont_info *i = soundfont_info(s);
	char format[24];
	(void)snprintf(format, sizeof(format), "%u.%02u", i->major, i->minor);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "name", i->name, "format", format, "author", i->author,
			 "copyright", i->copyright, "presets", (json_int_t)n_presets, "drum_kits", (json_int_t)n_kits, "instruments",
			 (json_int_t)soundfont_n_instruments(s), "samples", (json_int_t)n_samples, "sample_bytes",
			 (json_int_t)i->sample_bytes);
}

static json_t *report_of(const struct soundfont *s, const struct presets_params *o, const json_t *facts)
{
	AUTO_JSON json_t *r = json_pack("{s:O, s:s, s:s, s:s, s:o}", "soundfont", facts, "engine", soundfont_info(s)->engine, "made",
					soundfont_info(s)->made, "comment", soundfont_info(s)->comment, "presets", show_presets(s, o));
	if (!r || (o->samples && json_object_set_new(r, "samples", show_samples(s)) < 0))
		return NULL;
	return TAKE(r);
}

static int list_presets(struct skill_run *run, struct err *err)
{
	struct presets_params p;
	AUTO(soundfont) s = NULL;
	int code = model_params_read(&presets_table, run->lease->params, &p, err);
	if (code == 0 && !run->lease->inputs.n)
		code = err_field(err, -EINVAL, "inputs", "there is no SoundFont to look at");
	if (code == 0)
		code = soundfont_open(run->lease->inputs.v[0].path, &s, err);
	if (code < 0)
		return code;
	run->metadata = summary(s);
	AUTO_JSON json_t *report = run->metadata ? report_of(s, &p, run->metadata) : NULL;
	return report ? skill_write_json(run, report, err) : err_set(err, -ENOMEM, "report");
}

static const struct skill skills[] = {
	{ .verb = "project", .from_space = "soundfont", .to_space = "analysis", .model = "presets", .version = "1",
	  .table = &presets_table, .run = list_presets },
};
const struct skill_list skills_soundfont = { skills, COUNT_OF(skills) };
