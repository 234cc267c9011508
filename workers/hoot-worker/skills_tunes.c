/* skills_tunes.c - the model `tunes`: new dance tunes, as MIDI or ABC, continuations and bridges. */
#include "skills_tunes.h"

#include "hash.h"

#include "base/fs.h"
#include "base/str.h"
#include "have.h"
#include "model/tune.h"
#include "model/tunes.h"
#include "music/abc_write.h"
#include "music/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define PLACE "models/tunes.weights"

static int open_weights(const char *path, struct tune_net **ret, char *ret_digest, struct err *err)
{
	struct tune_weights *w = NULL;
	char digits[65];
	int code = hash_file(path, digits, err);
	if (code == 0)
		code = tune_weights_read(path, &w, err);
	if (code == 0)
		code = tune_net_new(w, ret, err);
	if (code < 0)
		return code;
	(void)snprintf(ret_digest, 17, "%.16s", digits);
	return 0;
}

/* "/opt/x/bin/hoot-worker": "/opt/x/share/hootenanny" */
static char *data_beside(void)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		return NULL;
	self[n] = '\0';
	AUTO_MEM char *here = fs_dirname(self);
	return here ? str_printf("%s/../share/hootenanny", here) : NULL;
}

int tunes_find(const char *named, struct tune_net **ret, char *ret_digest, struct err *err)
{
	const char *env = getenv("HOOT_TUNES_WEIGHTS");
	const char *wanted = named && *named ? named : env && *env ? env : NULL;
	*ret = NULL;
	if (wanted) {
		int code = open_weights(wanted, ret, ret_digest, err);
		return code < 0 ? err_wrap(err, code, "weights of the model 'tunes'") : 0;
	}
	AUTO_MEM char *beside = data_beside();
	const char *const dirs[] = { beside, HOOT_DATADIR, HOOT_SOURCE_DIR };
	for (size_t i = 0; i < COUNT_OF(dirs); i++) {
		AUTO_MEM char *path = dirs[i] ? fs_join(dirs[i], PLACE) : NULL;
		if (path && fs_exists(path))
			return open_weights(path, ret, ret_digest, err);
	}
	return 0;
}

static json_t *describe(const struct score *s, const struct tunes_report *r)
{
	/* A signature alone would call D dorian "C major". */
	char key[32];
	(void)snprintf(key, sizeof(key), "%s %s", tunes_key_names[r->tonic], tune_mode_names[r->mode]);
	return skill_describe_with(s, json_pack("{s:s, s:I, s:I, s:I, s:f, s:s, s:s, s:b}", "key", key, "new_bars", (json_int_t)r->n_bars, "new_notes",
						(json_int_t)r->n_notes, "tokens", (json_int_t)r->n_tokens, "bits_per_token",
						r->bits_per_token, "mode", tune_mode_names[r->mode], "form",
						tune_form_names[r->form], "ends_on_tonic", r->ends_on_tonic));
}

/* An input says key, mode, meter and tempo in place of the parameters. */
static int take_after(struct skill_run *run, struct tunes_sample_params *p, struct err *err)
{
	AUTO(score) with = NULL;
	AUTO_TUNE t = TUNE_INIT;
	if (run->lease->inputs.n == 0)
		return 0;
	int code = skill_read_score(run->lease, 0, &with, err);
	if (code == 0)
		code = tune_from_score(with, NULL, &t, err);
	if (code < 0)
		return code;
	p->key = t.tonic;
	p->mode = t.mode;
	p->meter = t.meter;
	p->bpm = t.bpm < 400 ? t.bpm : 400;
	return 0;
}

static int draw(struct skill_run *run, struct score **ret, struct tunes_report *report, struct err *err)
{
	struct tunes_sample_params p;
	int code = model_params_read(&tunes_sample_table, run->lease->params, &p, err);
	if (code == 0)
		code = take_after(run, &p, err);
	return code == 0 ? tunes_sample(run->set->tunes, &p, (uint64_t)run->lease->seed, run->watch, ret, report, err) : code;
}

static int finish(struct skill_run *run, const struct score *s, const struct tunes_report *report, struct err *err)
{
	run->metadata = describe(s, report);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static int sample_midi(struct skill_run *run, struct err *err)
{
	AUTO(score) s = NULL;
	struct tunes_report report;
	int code = draw(run, &s, &report, err);
	if (code == 0)
		code = skill_write_score(run, s, err);
	return code == 0 ? finish(run, s, &report, err) : code;
}

static int sample_abc(struct skill_run *run, struct err *err)
{
	AUTO(score) s = NULL;
	AUTO_MEM char *text = NULL;
	size_t n = 0;
	struct tunes_report report;
	struct abc_write_options o = ABC_WRITE_OPTIONS_INIT;
	o.number = 1;
	int code = draw(run, &s, &report, err);
	if (code == 0 && report.mode != TUNE_MINOR)
		o.mode = report.mode == TUNE_DORIAN ? KEY_DORIAN : report.mode == TUNE_MIXOLYDIAN ? KEY_MIXOLYDIAN : KEY_MAJOR;
	if (code == 0)
		code = abc_write(s, &o, &text, &n, NULL, err);
	if (code == 0)
		code = skill_write_bytes(run, text, n, "text/vnd.abc", err);
	return code == 0 ? finish(run, s, &report, err) : code;
}

static int go_on(struct skill_run *run, struct err *err)
{
	struct tunes_continue_params p;
	struct tunes_report report;
	AUTO(score) in = NULL;
	AUTO(score) out = NULL;
	int code = model_params_read(&tunes_continue_table, run->lease->params, &p, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &in, err);
	if (code == 0)
		code = tunes_continue(run->set->tunes, in, &p, (uint64_t)run->lease->seed, run->watch, &out, &report, err);
	if (code == 0)
		code = skill_write_score(run, out, err);
	if (code == 0)
		code = finish(run, out, &report, err);
	if (code == 0 && json_object_set_new(run->metadata, "lead_in_bars", json_integer((json_int_t)p.lead_in_bars)) < 0)
		return err_set(err, -ENOMEM, "metadata");
	return code;
}

static int lead_over(struct skill_run *run, struct err *err)
{
	struct tunes_bridge_params p;
	struct tunes_report report = { 0 };
	AUTO(score) from = NULL;
	AUTO(score) to = NULL;
	AUTO(score) out = NULL;
	int code = model_params_read(&tunes_bridge_table, run->lease->params, &p, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &from, err);
	if (code == 0)
		code = skill_read_score(run->lease, 1, &to, err);
	if (code == 0)
		code = tunes_bridge(run->set->tunes, from, to, &p, (uint64_t)run->lease->seed, run->watch, &out, &report, err);
	if (code == 0)
		code = skill_write_score(run, out, err);
	if (code == 0)
		code = finish(run, out, &report, err);
	if (code < 0)
		return code;
	AUTO_JSON json_t *more = json_pack("{s:I, s:I, s:I, s:f}", "lead_in_bars", (json_int_t)p.lead_in_bars, "leap_semitones",
					   (json_int_t)report.leap, "candidate", (json_int_t)report.candidate,
					   "arrival_bits_per_token", report.arrival_bits);
	if (!more || json_object_update(run->metadata, more) < 0)
		return err_set(err, -ENOMEM, "metadata");
	return 0;
}

#define SAMPLE(from, to, fn) \
	{ .verb = "sample", .from_space = from, .to_space = to, .model = TUNES_MODEL, .table = &tunes_sample_table, .run = fn }

static const struct skill skills[] = {
	SAMPLE("", "midi", sample_midi),
	SAMPLE("", "abc", sample_abc),
	SAMPLE("midi", "midi", sample_midi), /* in the key, meter and tempo of the input */
	SAMPLE("midi", "abc", sample_abc),
	{ .verb = "continue", .from_space = "midi", .to_space = "midi", .model = TUNES_MODEL, .table = &tunes_continue_table,
	  .run = go_on },
	{ .verb = "bridge", .from_space = "midi", .to_space = "midi", .model = TUNES_MODEL, .table = &tunes_bridge_table,
	  .run = lead_over },
};
const struct skill_list skills_tunes = { skills, COUNT_OF(skills) };
