/* skills_notation.c - music written down: ABC, MusicXML, event lists, the facts of a MIDI file, transposition. */
#include "skill.h"

#include "base/str.h"
#include "music/abc.h"
#include "music/abc_print.h"
#include "music/abc_write.h"
#include "music/events_json.h"
#include "music/excerpt.h"
#include "music/musicxml.h"
#include "music/smf.h"
#include "music/smf_info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* How a score is put on paper: what ABC and MusicXML share comes first. */
struct sheet_params {
	int64_t grid, smallest, layers;
	bool triplets, guess_key;
};

struct abc_out_params {
	struct sheet_params sheet;
	int64_t transpose, number, unit, bars;
	bool repeats;
};

struct xml_params {
	struct sheet_params sheet;
	int64_t number; /* of the tune in a book */
};

struct print_params {
	int64_t number, new_number, transpose, bars;
};

struct events_params {
	bool controls;
	int64_t number;
};

struct transpose_params {
	int64_t semitones;
};

static const char *const grids[SHEET_GRID_COUNT + 1] = { "auto", "exact", "played" };
static const char *const smallest_notes[] = { "auto", "quarter", "eighth", "sixteenth", "thirty_second", NULL };
static const char *const units[] = { "auto", "quarter", "eighth", "sixteenth", "thirty_second", NULL };

#define SHEET_ROWS \
	PARAM_CHOICE(sheet_params, grid, grids, SHEET_GRID_AUTO, \
		     "exact keeps every time, played takes the nearest sensible one, auto looks which it is"), \
	PARAM_CHOICE(sheet_params, smallest, smallest_notes, 0, "played: the smallest note value; auto: a sixteenth, or half of it"), \
	PARAM_INT(sheet_params, layers, 1, SHEET_LAYERS_MAX, 4, "", "at most so many lines that sound together in a voice"), \
	PARAM_FLAG(sheet_params, triplets, 1, "played: whether triplets are looked for"), \
	PARAM_FLAG(sheet_params, guess_key, 1, "take another signature where the notes contradict the one that is there")

static const struct model_param abc_out_rows[] = {
	SHEET_ROWS,
	PARAM_INT(abc_out_params, transpose, -48, 48, 0, "semitones", "all but drums are moved"),
	PARAM_INT(abc_out_params, number, 1, 2147483647, 1, "", "the X: number"),
	PARAM_CHOICE(abc_out_params, unit, units, 0, "the L: length; auto gives the shortest text"),
	PARAM_INT(abc_out_params, bars, 0, 16, 0, "", "bars a line; 0 takes what fits"),
	PARAM_FLAG(abc_out_params, repeats, 1, "write what comes twice in a row once, between repeat signs"),
};
static const struct model_param xml_rows[] = { SHEET_ROWS };
static const struct model_param abc_xml_rows[] = {
	SHEET_ROWS,
	PARAM_INT(xml_params, number, 0, 2147483647, 0, "", "the tune with this X: number; 0 is the first one"),
};
static const struct model_param print_rows[] = {
	PARAM_INT(print_params, number, 0, 2147483647, 0, "", "the tune with this X: number; 0 is the first one"),
	PARAM_INT(print_params, new_number, 0, 2147483647, 0, "", "the X: number it gets; 0 keeps its own"),
	PARAM_INT(print_params, transpose, -36, 36, 0, "semitones", "keys, notes and chord symbols are moved, and spelled for it"),
	PARAM_INT(print_params, bars, 0, 16, 0, "", "bars a line; 0 takes what fits"),
};
static const struct model_param events_rows[] = {
	PARAM_FLAG(events_params, controls, 0, "list program, controller, bend and pressure changes too"),
};
static const struct model_param abc_events_rows[] = {
	PARAM_FLAG(events_params, controls, 0, "list program, controller, bend and pressure changes too"),
	PARAM_INT(events_params, number, 0, 2147483647, 0, "", "the tune with this X: number; 0 is the first one"),
};
static const struct model_param transpose_rows[] = {
	PARAM_INT(transpose_params, semitones, -60, 60, 12, "semitones", "up, or down where negative; drums stay"),
};
static const struct model_table abc_out_table = MODEL_TABLE(abc_out_rows);
static const struct model_table xml_table = MODEL_TABLE(xml_rows);
static const struct model_table abc_xml_table = MODEL_TABLE(abc_xml_rows);
static const struct model_table print_table = MODEL_TABLE(print_rows);
static const struct model_table events_table = MODEL_TABLE(events_rows);
static const struct model_table abc_events_table = MODEL_TABLE(abc_events_rows);
static const struct model_table transpose_table = MODEL_TABLE(transpose_rows);
static const struct model_table no_table = { NULL, 0 };

static struct sheet_options sheet_options(const struct sheet_params *p, const struct model_watch *watch)
{
	return (struct sheet_options){ .grid = (enum sheet_grid)p->grid, .smallest = p->smallest ? 2 << p->smallest : 0, .tuplets = p->triplets,
				       .layers = (int)p->layers, .guess_key = p->guess_key, .watch = watch };
}

static struct abc_pick pick_number(int64_t number)
{
	return (struct abc_pick){ .by_number = number != 0, .number = number };
}

/* The first input's score: a MIDI file, or the tune of a book of ABC; nominal notes, as they are written. */
static int read_score(struct skill_run *run, int64_t number, struct score **ret, struct err *err)
{
	if (!str_eq(run->lease->from_space, "abc"))
		return skill_read_score(run->lease, 0, ret, err);
	AUTO_MEM char *text = NULL;
	size_t n = 0;
	int code = skill_read_input(run->lease, 0, &text, &n, err);
	if (code < 0)
		return code;
	struct abc_report report = ABC_REPORT_INIT;
	struct abc_pick pick = pick_number(number);
	code = abc_parse(text, n, &pick, ret, &report, err);
	abc_report_done(&report);
	return code < 0 ? err_wrap(err, code, "artifact %s", run->lease->inputs.v[0].artifact_id) : 0;
}

static int told(struct skill_run *run, json_t *metadata, struct err *err)
{
	run->metadata = metadata;
	return metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

/* What is not on the paper, as diagnostics; a new reference. */
static json_t *left_out(const struct score *s, const struct abc_write_report *r)
{
	json_t *all = json_array();
	int64_t bar = 0;
	char text[200];
	if (!r->n_glides)
		return all;
	bool one = r->n_glides == 1;
	(void)score_bar_floor(s, r->glide_beats, &bar);
	(void)snprintf(text, sizeof(text), "%zu %s as %s, from bar %lld on: only the key is written; steady bends are written as microtones",
		       r->n_glides, one ? "note bends" : "notes bend", one ? "it sounds" : "they sound", (long long)bar);
	if (json_array_append_new(all, json_pack("{s:s, s:s}", "severity", "warning", "message", text)) == 0)
		return all;
	json_decref(all);
	return NULL;
}

/* What a reader has to know of how the score was put on paper. */
static json_t *paper(const struct score *s, const struct abc_write_report *r)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:f, s:I, s:I, s:o}", "grid", r->played ? "played" : "exact", "written_bars", (json_int_t)r->n_bars,
			 "written_voices", (json_int_t)r->n_voices, "shortened_notes", (json_int_t)r->n_shortened,
			 "moved_at_most_beats", r->worst_beats, "microtones", (json_int_t)r->n_microtones, "glides_left_out",
			 (json_int_t)r->n_glides, "diagnostics", left_out(s, r));
}

static int project_abc(struct skill_run *run, struct err *err)
{
	struct abc_out_params p;
	struct abc_write_report report;
	AUTO(score) s = NULL;
	AUTO(score) moved = NULL;
	AUTO_MEM char *text = NULL;
	size_t n = 0;
	int code = model_params_read(&abc_out_table, run->lease->params, &p, err);
	if (code == 0)
		code = read_score(run, 0, &s, err);
	if (code == 0)
		code = score_transpose(s, (int)p.transpose, &moved, err);
	if (code < 0)
		return code;
	struct abc_write_options o = { .sheet = sheet_options(&p.sheet, run->watch), .number = p.number,
				       .unit = p.unit ? 2 << p.unit : 0, .bars = (int)p.bars, .repeats = p.repeats };
	code = abc_write(moved, &o, &text, &n, &report, err);
	if (code == 0)
		code = skill_write_bytes(run, text, n, "text/vnd.abc", err);
	if (code < 0)
		return code;
	return told(run, skill_describe_with(moved, paper(moved, &report)), err);
}

static int project_xml(struct skill_run *run, struct err *err)
{
	struct xml_params p = { .number = 0 };
	struct musicxml_report report;
	AUTO(score) s = NULL;
	AUTO_MEM char *text = NULL;
	size_t n = 0;
	bool abc = str_eq(run->lease->from_space, "abc");
	int code = model_params_read(abc ? &abc_xml_table : &xml_table, run->lease->params, &p, err);
	if (code == 0)
		code = read_score(run, p.number, &s, err);
	if (code < 0)
		return code;
	struct sheet_options o = sheet_options(&p.sheet, run->watch);
	code = musicxml_write(s, &o, &text, &n, &report, err);
	if (code == 0)
		code = skill_write_bytes(run, text, n, "application/vnd.recordare.musicxml+xml", err);
	if (code < 0)
		return code;
	const struct abc_write_report of_xml = { report.played, report.n_bars, report.n_voices, report.n_shortened, report.n_microtones,
						 report.n_glides, report.worst_beats, report.glide_beats };
	return told(run, skill_describe_with(s, paper(s, &of_xml)), err);
}

static int print_tune(struct skill_run *run, const struct print_params *p, const char *text, size_t n, char **ret,
		      size_t *ret_n, struct err *err)
{
	struct abc_print_options o = { .semitones = (int)p->transpose, .number = p->new_number, .bars = (int)p->bars };
	struct abc_pick pick = pick_number(p->number);
	struct abc_report report = ABC_REPORT_INIT;
	int code = abc_print(text, n, &pick, &o, ret, ret_n, &report, err);
	if (code == 0)
		code = skill_write_bytes(run, *ret, *ret_n, "text/vnd.abc", err);
	size_t errors = report.n_errors;
	abc_report_done(&report);
	AUTO(score) s = NULL;
	struct abc_report again = ABC_REPORT_INIT;
	if (code == 0)
		code = abc_parse(*ret, *ret_n, NULL, &s, &again, err);
	abc_report_done(&again);
	if (code < 0)
		return err_wrap(err, code, "artifact %s", run->lease->inputs.v[0].artifact_id);
	return told(run, skill_describe_with(s, json_pack("{s:I}", "errors", (json_int_t)errors)), err);
}

static int project_print(struct skill_run *run, struct err *err)
{
	struct print_params p;
	AUTO_MEM char *text = NULL;
	AUTO_MEM char *printed = NULL;
	size_t n = 0, n_printed = 0;
	int code = model_params_read(&print_table, run->lease->params, &p, err);
	if (code == 0)
		code = skill_read_input(run->lease, 0, &text, &n, err);
	return code < 0 ? code : print_tune(run, &p, text, n, &printed, &n_printed, err);
}

static int project_events(struct skill_run *run, struct err *err)
{
	struct events_params p = { .number = 0 };
	AUTO(score) s = NULL;
	AUTO_STRBUF out = STRBUF_INIT;
	bool abc = str_eq(run->lease->from_space, "abc");
	int code = model_params_read(abc ? &abc_events_table : &events_table, run->lease->params, &p, err);
	if (code == 0)
		code = read_score(run, p.number, &s, err);
	if (code < 0)
		return code;
	struct events_json_options o = { .controls = p.controls };
	code = events_json(s, &o, &out, err);
	if (code == 0)
		code = skill_write_bytes(run, out.s, out.n, "application/json", err);
	return code < 0 ? code : told(run, skill_describe_score(s), err);
}

static int read_file(struct skill_run *run, struct smf **ret, struct err *err)
{
	AUTO_MEM char *bytes = NULL;
	size_t n = 0;
	int code = skill_read_input(run->lease, 0, &bytes, &n, err);
	if (code == 0)
		code = smf_read(bytes, n, ret, err);
	return code;
}

static int project_info(struct skill_run *run, struct err *err)
{
	AUTO(smf) f = NULL;
	AUTO_JSON json_t *report = NULL;
	char none;
	int code = model_params_read(&no_table, run->lease->params, &none, err);
	if (code == 0)
		code = read_file(run, &f, err);
	if (code == 0)
		code = smf_info(f, &report, err);
	if (code == 0)
		code = skill_write_json(run, report, err);
	if (code < 0)
		return code;
	static const char *const headline[] = { "format", "tracks", "ppq", "notes", "beats", "duration_s", "bars", "tempo",
						"n_tempo_changes", "title" };
	AUTO_JSON json_t *m = json_object();
	for (size_t i = 0; m && i < COUNT_OF(headline); i++)
		if (json_object_set(m, headline[i], json_object_get(report, headline[i])) < 0)
			return err_set(err, -ENOMEM, "metadata");
	return told(run, json_incref(m), err);
}

static int project_transposed(struct skill_run *run, struct err *err)
{
	struct transpose_params p;
	AUTO(smf) f = NULL;
	AUTO(score) s = NULL;
	AUTO_MEM uint8_t *bytes = NULL;
	size_t n = 0;
	int code = model_params_read(&transpose_table, run->lease->params, &p, err);
	if (code == 0)
		code = read_file(run, &f, err);
	if (code == 0)
		code = smf_transpose(f, (int)p.semitones, err);
	if (code == 0)
		code = smf_write(f, SMF_WRITE_RUNNING_STATUS, &bytes, &n, err);
	if (code == 0)
		code = skill_write_bytes(run, bytes, n, "audio/midi", err);
	if (code == 0)
		code = smf_to_score(f, &s, err);
	if (code < 0)
		return code;
	return told(run, skill_describe_with(s, json_pack("{s:I}", "semitones", (json_int_t)p.semitones)), err);
}

#define PROJECT(from, to, name, since, params, function) \
	{ .verb = "project", .from_space = from, .to_space = to, .model = name, .version = since, .table = &(params), .run = function }

static const struct skill skills[] = {
	PROJECT("midi", "abc", "abc", "2", abc_out_table, project_abc),
	PROJECT("abc", "abc", "abc", "3", print_table, project_print),
	PROJECT("midi", "musicxml", "musicxml", "2", xml_table, project_xml),
	PROJECT("abc", "musicxml", "musicxml", "3", abc_xml_table, project_xml),
	PROJECT("midi", "events", "events", "1", events_table, project_events),
	PROJECT("abc", "events", "events", "3", abc_events_table, project_events),
	PROJECT("midi", "analysis", "info", "1", no_table, project_info),
	PROJECT("midi", "midi", "transpose", "1", transpose_table, project_transposed),
};
const struct skill_list skills_notation = { skills, COUNT_OF(skills) };
