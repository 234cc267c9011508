/* skills_abc.c - tunes in ABC notation to other spaces. */
#include "skill.h"

#include "music/abc.h"
#include "music/abc_check.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/banned.h"

struct abc_params {
	int64_t number, transpose, velocity, channel, play, swing, repeats;
	double tempo_override, swing_ratio;
	bool ornaments, grace, articulation, dynamics, accompaniment, drums, jumps, tempo_words;
};

static const char *const play_names[] = { "performed", "nominal", NULL };
static const char *const swing_names[] = { "off", "by_rhythm", "on", NULL };
static const char *const repeats_names[] = { "sensible", "literal", NULL };

static const struct model_param rows[] = {
	PARAM_INT(abc_params, number, 0, 2147483647, 0, "", "the tune with this X: number; 0 is the first one"),
	PARAM_CHOICE(abc_params, play, play_names, 0, "with ornaments, dynamics and accompaniment as switched below, or the nominal notes alone"),
	PARAM_NUM(abc_params, tempo_override, 0, 960, 0, "bpm", "quarter notes a minute at the start, later changes in proportion; 0 leaves the tune's tempo"),
	PARAM_INT(abc_params, transpose, -60, 60, 0, "semitones", "moves all notes but drums"),
	PARAM_INT(abc_params, velocity, 0, 127, 0, "", "of a note on a beat at mezzoforte; 0 is the usual 86"),
	PARAM_INT(abc_params, channel, 0, 16, 0, "", "MIDI channel of all voices of the tune; 0 gives each its own"),
	PARAM_FLAG(abc_params, ornaments, 1, "trills, rolls, mordents, turns, slides, tremolo, arpeggio, fermatas"),
	PARAM_FLAG(abc_params, grace, 1, "grace notes, out of the time of the note they lead to"),
	PARAM_FLAG(abc_params, articulation, 1, "staccato, tenuto and slurs; what is not slurred is a little detached"),
	PARAM_FLAG(abc_params, dynamics, 1, "pppp to ffff, hairpins, accents, %%MIDI beat"),
	PARAM_FLAG(abc_params, accompaniment, 1, "chord symbols (%%MIDI gchord) and drones as voices of their own"),
	PARAM_FLAG(abc_params, drums, 1, "%%MIDI drum"),
	PARAM_FLAG(abc_params, jumps, 1, "D.C., D.S., fine and coda, where all voices have them"),
	PARAM_FLAG(abc_params, tempo_words, 1, "a tempo for Q:\"Allegro\" without a number"),
	PARAM_CHOICE(abc_params, swing, swing_names, 1, "pairs of equal notes as long and short: never, in hornpipes and their like, always"),
	PARAM_NUM(abc_params, swing_ratio, 0, 0.8, 0, "", "where the second note of a pair falls, 0.5 to 0.8; 0 is two thirds"),
	PARAM_CHOICE(abc_params, repeats, repeats_names, 0, "endings by section, or each sign as abc2midi obeys it"),
};
static const struct model_table abc_table = MODEL_TABLE(rows);

static struct abc_play_options options_of(const struct abc_params *p)
{
	struct abc_play_options o = {
		.ornaments = p->ornaments,	     .grace = p->grace, .articulation = p->articulation, .dynamics = p->dynamics,
		.accompaniment = p->accompaniment,   .drums = p->drums, .jumps = p->jumps, .tempo_words = p->tempo_words,
		.swing = (enum abc_swing)p->swing,   .swing_ratio = p->swing_ratio,
	};
	if (p->play == 1)
		o = abc_nominal;
	o.tempo_bpm = p->tempo_override;
	o.transpose = (int)p->transpose;
	o.velocity = (int)p->velocity;
	o.channel = (int)p->channel - 1;
	o.repeats = (enum abc_repeats)p->repeats;
	return o;
}

/* The first mistake of the notation, with its place, for the artifact's metadata. */
static json_t *describe(const struct score *s, const struct abc_report *report)
{
	json_t *m = skill_describe_score(s);
	AUTO_JSON json_t *diags = json_array();
	for (size_t i = 0; diags && i < report->n_diags && i < 8; i++) {
		const struct abc_diag *d = &report->diags[i];
		json_t *one = json_pack("{s:s, s:I, s:I, s:s}", "severity", d->severity == ABC_ERROR ? "error" : "warning",
					"line", (json_int_t)d->line, "column", (json_int_t)d->column, "message", d->message);
		if (json_array_append_new(diags, one) < 0) {
			json_decref(m);
			return NULL;
		}
	}
	if (m && diags && json_object_set_new(m, "errors", json_integer((json_int_t)report->n_errors)) == 0 &&
	    json_object_set(m, "diagnostics", diags) == 0)
		return m;
	json_decref(m);
	return NULL;
}

static int convert(struct skill_run *run, const char *text, size_t n, const struct abc_params *p, struct abc_report *report,
		   struct err *err)
{
	AUTO(score) s = NULL;
	struct abc_pick pick = { .by_number = p->number != 0, .number = p->number };
	struct abc_play_options options = options_of(p);
	int code = abc_perform(text, n, &pick, &options, &s, report, err);
	if (code == 0 && score_n_notes(s) == 0 && report->n_errors > 0)
		code = err_set(err, -EBADMSG, "%u:%u: %s", report->diags[0].line, report->diags[0].column,
			       report->diags[0].message);
	if (code == 0)
		code = skill_write_score(run, s, err);
	if (code < 0)
		return err_wrap(err, code, "artifact %s", run->lease->inputs.v[0].artifact_id);
	run->metadata = describe(s, report);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static int project_midi(struct skill_run *run, struct err *err)
{
	struct abc_params p;
	int code = model_params_read(&abc_table, run->lease->params, &p, err);
	if (code < 0)
		return code;
	AUTO_MEM char *text = NULL;
	size_t n = 0;
	code = skill_read_input(run->lease, 0, &text, &n, err);
	if (code < 0)
		return code;
	if (p.swing_ratio > 0 && p.swing_ratio < 0.5) {
		err_set(err, -EINVAL, "swing_ratio is %g: 0, or from 0.5 to 0.8", p.swing_ratio);
		(void)str_copy(err->field, sizeof(err->field), "params.swing_ratio");
		return -EINVAL;
	}
	struct abc_report report = ABC_REPORT_INIT;
	code = convert(run, text, n, &p, &report, err);
	abc_report_done(&report);
	return code;
}

struct check_params {
	int64_t number, max_tunes;
	bool warnings;
};

static const struct model_param check_rows[] = {
	PARAM_INT(check_params, number, 0, 2147483647, 0, "", "only the tunes with this X: number; 0 for all"),
	PARAM_INT(check_params, max_tunes, 1, 1000, 100, "", "how many tunes of a book are checked"),
	PARAM_FLAG(check_params, warnings, 1, "tells what was understood but is probably not meant"),
};
static const struct model_table check_table = MODEL_TABLE(check_rows);

/* The headline, and the first mistake. */
static json_t *summarise(const json_t *report)
{
	json_t *m = json_object();
	static const char *const keys[] = { "valid", "n_tunes", "n_checked", "n_errors", "n_warnings" };
	for (size_t i = 0; m && i < COUNT_OF(keys); i++)
		if (json_object_set(m, keys[i], json_object_get(report, keys[i])) < 0) {
			json_decref(m);
			return NULL;
		}
	json_t *tunes = json_object_get(report, "tunes"), *first = json_array_get(json_object_get(report, "diagnostics"), 0);
	for (size_t i = 0; !first && i < json_array_size(tunes); i++)
		first = json_array_get(json_object_get(json_array_get(tunes, i), "diagnostics"), 0);
	if (m && first && json_object_set(m, "first", first) < 0) {
		json_decref(m);
		return NULL;
	}
	return m;
}

static int project_check(struct skill_run *run, struct err *err)
{
	struct check_params p;
	AUTO_MEM char *text = NULL;
	AUTO_JSON json_t *report = NULL;
	size_t n = 0;
	int code = model_params_read(&check_table, run->lease->params, &p, err);
	if (code == 0)
		code = skill_read_input(run->lease, 0, &text, &n, err);
	struct abc_check_options o = { .number = p.number, .max_tunes = (size_t)p.max_tunes, .warnings = p.warnings };
	if (code == 0)
		code = abc_check(text, n, &o, &report, err);
	if (code == 0)
		code = skill_write_json(run, report, err);
	if (code < 0)
		return code;
	run->metadata = summarise(report);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static const struct skill skills[] = {
	{ .verb = "project", .from_space = "abc", .to_space = "midi", .model = "abc", .version = "4",
	  .table = &abc_table, .run = project_midi },
	{ .verb = "project", .from_space = "abc", .to_space = "analysis", .model = "abc-check", .version = "3",
	  .table = &check_table, .run = project_check },
};
const struct skill_list skills_abc = { skills, COUNT_OF(skills) };
