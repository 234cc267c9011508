#include "model/style.h"

#include "base/limits.h"
#include "base/rng.h"
#include "base/str.h"
#include "model/continuation.h"
#include "model/oracle.h"
#include "music/excerpt.h"

#include <string.h>

#include "base/banned.h"

static const char *const forms[] = { "A", "AB", "AABA", "AABB", "ABAB", "ABAC", "ABA", NULL };

/* Makes one section; *ret_report is a new reference. */
typedef int section_fn(const struct generator_job *job, int64_t bars, bool cadence, uint64_t seed, struct score **ret,
		       json_t **ret_report, struct err *err);

struct piece {
	const struct generator_job *job;
	const char *form;
	int64_t section_bars;
	bool cadence;
	section_fn *make;
	struct score *sections[3]; /* by letter */
	struct score *whole;
	json_t *reports;
};

static int make_section(struct piece *p, size_t letter, struct err *err)
{
	struct rng r;
	json_t *report = NULL;
	char name[2] = { (char)('A' + letter), '\0' };
	rng_split(&r, p->job->seed, letter);
	bool close = p->cadence && (letter == 0 || p->form[strlen(p->form) - 1] == name[0]);
	int code = p->make(p->job, p->section_bars, close, rng_next(&r), &p->sections[letter], &report, err);
	if (code == 0 && json_object_set_new(p->reports, name, report) < 0)
		code = err_set(err, -ENOMEM, "report");
	return code;
}

static int add_section(struct piece *p, size_t letter, struct err *err)
{
	struct score *longer = NULL;
	int code = p->sections[letter] ? 0 : make_section(p, letter, err);
	if (code < 0)
		return code;
	const struct score *s = p->sections[letter];
	code = p->whole ? score_join(p->whole, s, p->whole->end_beats, &longer, err) : score_clone(s, &longer, err);
	if (code < 0)
		return code;
	score_free(p->whole);
	p->whole = longer;
	return 0;
}

static int make_piece(struct piece *p, int64_t bars, struct generated *ret, struct err *err)
{
	int64_t n = (int64_t)strlen(p->form);
	if (bars % n != 0)
		return err_field(err, -EINVAL, "params.bars", "%lld bars do not divide into the %lld sections of %s", (long long)bars,
				 (long long)n, p->form);
	p->section_bars = bars / n;
	p->reports = json_object();
	int code = p->reports ? 0 : err_set(err, -ENOMEM, "report");
	for (int64_t i = 0; i < n && code == 0; i++) {
		model_progress(p->job->watch, (double)i / (double)n, "sections");
		code = add_section(p, (size_t)(p->form[i] - 'A'), err);
	}
	if (code < 0)
		return code;
	ret->report = json_pack("{s:s, s:I, s:O}", "form", p->form, "section_bars", (json_int_t)p->section_bars, "sections", p->reports);
	ret->score = p->whole;
	p->whole = NULL;
	return ret->report ? 0 : err_set(err, -ENOMEM, "report");
}

static int piece(const struct generator_job *job, int64_t form, int64_t bars, bool cadence, section_fn *make, struct generated *ret,
		 struct err *err)
{
	struct piece p = { .job = job, .form = forms[form], .cadence = cadence, .make = make };
	int code = make_piece(&p, bars, ret, err);
	for (size_t i = 0; i < COUNT_OF(p.sections); i++)
		score_free(p.sections[i]);
	score_free(p.whole);
	json_decref(p.reports);
	return code;
}

/* Sections tell their progress through the piece. */
static struct model_watch quiet(const struct generator_job *job)
{
	return (struct model_watch){ .cancelled = job->watch ? job->watch->cancelled : NULL, .arg = job->watch ? job->watch->arg : NULL };
}

static json_t *continuation_json(const struct continuation_params *p, const struct continuation_report *r)
{
	return json_pack("{s:I, s:I, s:I, s:b, s:I, s:f}", "lead_in_bars", (json_int_t)p->lead_in_bars, "new_bars", (json_int_t)r->n_bars,
			 "tonic", (json_int_t)r->tonic, "ends_on_tonic", r->ends_on_tonic, "new_notes", (json_int_t)r->n_notes,
			 "longest_copy_bars", (double)r->longest_copy_milli_bars / 1000);
}

static int continue_markov(const struct generator_job *job, struct generated *ret, struct err *err)
{
	struct continuation_report r;
	const struct continuation_params *p = job->params;
	int code = continuation_learn(job->inputs, job->n_inputs, p, false, job->seed, job->watch, &ret->score, &r, err);
	if (code < 0)
		return code;
	ret->report = continuation_json(p, &r);
	return ret->report ? 0 : err_set(err, -ENOMEM, "report");
}

static json_t *oracle_json(const struct oracle_params *p, const struct oracle_report *r)
{
	json_t *o = json_pack("{s:I, s:I, s:I, s:b, s:I, s:f}", "lead_in_bars", (json_int_t)p->lead_in_bars, "new_bars",
			      (json_int_t)r->n_bars, "tonic", (json_int_t)r->tonic, "ends_on_tonic", r->ends_on_tonic, "new_notes",
			      (json_int_t)r->n_notes, "longest_copy_bars", (double)r->longest_copy_milli_bars / 1000);
	AUTO_JSON json_t *more = json_pack("{s:I, s:I, s:f, s:I}", "slices", (json_int_t)r->n_slices, "jumps", (json_int_t)r->n_jumps,
					   "mean_context", (double)r->mean_context_milli / 1000, "moved", (json_int_t)r->n_moved);
	if (o && more && json_object_update(o, more) == 0)
		return o;
	json_decref(o);
	return NULL;
}

static int continue_oracle(const struct generator_job *job, struct generated *ret, struct err *err)
{
	struct oracle_report r;
	const struct oracle_params *p = job->params;
	int code = oracle_make(job->inputs, job->n_inputs, p, false, job->seed, job->watch, &ret->score, &r, err);
	if (code < 0)
		return code;
	ret->report = oracle_json(p, &r);
	return ret->report ? 0 : err_set(err, -ENOMEM, "report");
}

struct markov_sample_params {
	int64_t form, bars, order, max_copy_bars, phrase_bars;
	double temperature, answer;
	bool cadence;
};

static const struct model_param markov_rows[] = {
	PARAM_CHOICE(markov_sample_params, form, forms, 2, "the sections: each letter is made once and returns"),
	PARAM_INT(markov_sample_params, bars, 1, 256, 32, "bars", "length, divided evenly among the sections"),
	PARAM_INT(markov_sample_params, order, 1, 6, 6, "events", "how much of the past counts: 1 wanders, 6 keeps to the sources"),
	PARAM_NUM(markov_sample_params, temperature, 0.05, 4, 1, "", "below 1 the likeliest, above 1 the boldest"),
	PARAM_INT(markov_sample_params, max_copy_bars, 1, 16, 2, "bars", "longest stretch taken over unchanged in one piece"),
	PARAM_INT(markov_sample_params, phrase_bars, 1, 16, 4, "bars", "length of a phrase"),
	PARAM_NUM(markov_sample_params, answer, 0, 1, 0.6, "", "how likely every second phrase begins like the one before"),
	PARAM_FLAG(markov_sample_params, cadence, 1, "sections A and the last one come to rest on the tonic"),
};
const struct model_table markov_sample_table = MODEL_TABLE(markov_rows);

static int markov_section(const struct generator_job *job, int64_t bars, bool cadence, uint64_t seed, struct score **ret,
			  json_t **ret_report, struct err *err)
{
	const struct markov_sample_params *p = job->params;
	struct continuation_params c = { .bars = bars, .order = p->order, .temperature = p->temperature, .max_copy_bars = p->max_copy_bars,
					 .phrase_bars = p->phrase_bars, .answer = p->answer, .cadence = cadence };
	struct continuation_report r;
	const struct model_watch watch = quiet(job);
	int code = continuation_learn(job->inputs, job->n_inputs, &c, true, seed, &watch, ret, &r, err);
	if (code == 0)
		*ret_report = continuation_json(&c, &r);
	return code;
}

static int sample_markov(const struct generator_job *job, struct generated *ret, struct err *err)
{
	const struct markov_sample_params *p = job->params;
	return piece(job, p->form, p->bars, p->cadence, markov_section, ret, err);
}

struct oracle_sample_params {
	int64_t form, bars, context, max_copy_bars, slice, likeness;
	double continuity, temperature;
	bool cadence;
};

static const struct model_param oracle_rows[] = {
	PARAM_CHOICE(oracle_sample_params, form, forms, 2, "the sections: each letter is made once and returns"),
	PARAM_INT(oracle_sample_params, bars, 1, 256, 32, "bars", "length, divided evenly among the sections"),
	PARAM_INT(oracle_sample_params, context, 1, 16, 2, "slices", "how much of the past must agree where it jumps"),
	PARAM_NUM(oracle_sample_params, continuity, 0, 1, 0.6, "", "how likely it goes on as the source did, where it may jump"),
	PARAM_NUM(oracle_sample_params, temperature, 0.05, 4, 1, "", "below 1 the longest agreeing past, above 1 any"),
	PARAM_INT(oracle_sample_params, max_copy_bars, 1, 16, 2, "bars", "longest stretch taken over unchanged in one piece"),
	PARAM_CHOICE(oracle_sample_params, slice, oracle_slice_names, ORACLE_SLICE_BEAT, "what is joined: beats, half beats or bars"),
	PARAM_CHOICE(oracle_sample_params, likeness, oracle_likeness_names, ORACLE_LIKE_AUTO,
		     "what must be alike: all notes, the melody's note and the bass, the melody's outline; auto: as much as repeats"),
	PARAM_FLAG(oracle_sample_params, cadence, 1, "sections A and the last one come to rest on the tonic"),
};
const struct model_table oracle_sample_table = MODEL_TABLE(oracle_rows);

static int oracle_section(const struct generator_job *job, int64_t bars, bool cadence, uint64_t seed, struct score **ret,
			  json_t **ret_report, struct err *err)
{
	const struct oracle_sample_params *p = job->params;
	struct oracle_params o = { .bars = bars, .context = p->context, .continuity = p->continuity, .temperature = p->temperature,
				   .max_copy_bars = p->max_copy_bars, .slice = p->slice, .likeness = p->likeness, .cadence = cadence };
	struct oracle_report r;
	const struct model_watch watch = quiet(job);
	int code = oracle_make(job->inputs, job->n_inputs, &o, true, seed, &watch, ret, &r, err);
	if (code == 0)
		*ret_report = oracle_json(&o, &r);
	return code;
}

static int sample_oracle(const struct generator_job *job, struct generated *ret, struct err *err)
{
	const struct oracle_sample_params *p = job->params;
	return piece(job, p->form, p->bars, p->cadence, oracle_section, ret, err);
}

const struct generator markov_continue = { CONTINUATION_MODEL, CONTINUATION_VERSION, &continuation_table, sizeof(struct continuation_params), 1,
					   LIMIT_MODEL_SOURCES, continue_markov };
const struct generator oracle_continue = { ORACLE_MODEL, ORACLE_VERSION, &oracle_table, sizeof(struct oracle_params), 1, LIMIT_MODEL_SOURCES,
					   continue_oracle };
const struct generator markov_sample = { CONTINUATION_MODEL, CONTINUATION_VERSION, &markov_sample_table, sizeof(struct markov_sample_params), 1,
					 LIMIT_MODEL_SOURCES, sample_markov };
const struct generator oracle_sample = { ORACLE_MODEL, ORACLE_VERSION, &oracle_sample_table, sizeof(struct oracle_sample_params), 1,
					 LIMIT_MODEL_SOURCES, sample_oracle };
