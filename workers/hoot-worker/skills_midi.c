/* skills_midi.c - what is heard in a piece: tracks, key, meter, chords, form, tension, and all of it at once. */
#include "skill.h"

#include "base/str.h"
#include "music/listen.h"

#include "base/banned.h"

struct midi_params {
	double polyphony_threshold, density_window_beats;
};

static const struct model_param track_rows[] = {
	PARAM_NUM(midi_params, polyphony_threshold, 0, 1, 0.3, "",
		  "a track needs splitting when two notes or more sound in more than this share of its sounding time"),
	PARAM_NUM(midi_params, density_window_beats, 0.25, 256, 4, "beats", "windows that onsets are counted in"),
};
static const struct model_table track_table = MODEL_TABLE(track_rows);
static const struct model_table no_table = { track_rows, 0 };

static const struct {
	const char *model;
	unsigned parts;
} reports[] = {
	{ "understand", LISTEN_ALL },
	{ "tracks", LISTEN_TRACKS },
	{ "key", LISTEN_KEY },
	{ "meter", LISTEN_METER },
	{ "chords", LISTEN_CHORDS | LISTEN_KEY | LISTEN_METER },
	{ "form", LISTEN_FORM | LISTEN_METER },
	{ "tension", LISTEN_TENSION | LISTEN_KEY },
	{ "character", LISTEN_CHARACTER },
};

static unsigned parts_of(const char *model)
{
	for (size_t i = 0; i < COUNT_OF(reports); i++)
		if (str_eq(reports[i].model, model))
			return reports[i].parts;
	return 0;
}

static int write_report(struct skill_run *run, const struct score *s, const struct listening *l, unsigned parts, struct err *err)
{
	AUTO_JSON json_t *report = NULL;
	int code = listen_json(s, l, parts, &report, err);
	if (code == 0)
		code = skill_write_json(run, report, err);
	if (code < 0)
		return code;
	run->metadata = listen_summary(s, l, parts);
	if (!run->metadata || json_object_set(run->metadata, "headline", json_object_get(report, "headline")) < 0)
		return err_set(err, -ENOMEM, "metadata");
	return 0;
}

static int hear(struct skill_run *run, const struct track_options *options, struct err *err)
{
	AUTO(score) s = NULL;
	struct listening l;
	unsigned parts = parts_of(run->lease->model);
	int code = skill_read_score(run->lease, 0, &s, err);
	if (code < 0)
		return code;
	model_progress(run->watch, 0.1, "listening");
	code = score_listen(s, parts, options, run->watch, &l, err);
	if (code < 0)
		return code;
	code = model_cancelled(run->watch) ? err_set(err, -ECANCELED, "cancelled") : write_report(run, s, &l, parts, err);
	listening_done(&l);
	return code;
}

static int with_tracks(struct skill_run *run, struct err *err)
{
	struct midi_params p;
	int code = model_params_read(&track_table, run->lease->params, &p, err);
	if (code < 0)
		return code;
	return hear(run, &(struct track_options){ p.density_window_beats, p.polyphony_threshold }, err);
}

static int without(struct skill_run *run, struct err *err)
{
	struct midi_params p;
	int code = model_params_read(&no_table, run->lease->params, &p, err);
	return code < 0 ? code : hear(run, NULL, err);
}

#define ANALYSIS(name, the_table, fn) \
	{ .verb = "project", .from_space = "midi", .to_space = "analysis", .model = name, .version = LISTEN_VERSION, \
	  .table = &the_table, .run = fn }
static const struct skill list[] = {
	ANALYSIS("understand", track_table, with_tracks),
	ANALYSIS("tracks", track_table, with_tracks),
	ANALYSIS("key", no_table, without),
	ANALYSIS("meter", no_table, without),
	ANALYSIS("chords", no_table, without),
	ANALYSIS("form", no_table, without),
	ANALYSIS("tension", no_table, without),
	ANALYSIS("character", no_table, without),
};
const struct skill_list skills_midi = { list, COUNT_OF(list) };
