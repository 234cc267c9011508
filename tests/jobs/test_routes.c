/* Ways between spaces, and samples out of nothing, at the running control plane. */
#include "desk.h"

#include <string.h>

#include "../check.h"
#include "base/mem.h"
#include "base/str.h"

/* A worker that reads notation, and makes things up. */
static const char *reader(struct desk *d, char ret[40])
{
	AUTO_JSON json_t *r = desk_ask(
		d, "{'type':'worker_register','name':'reader','capabilities':["
		   "{'verb':'project','from_space':'abc','to_space':'midi','model':'abc','model_version':'1','deterministic':true},"
		   "{'verb':'project','from_space':'midi','to_space':'midi','model':'quantise','model_version':'1','deterministic':true},"
		   "{'verb':'project','from_space':'midi','to_space':'midi','model':'groove','model_version':'1','deterministic':true},"
		   "{'verb':'sample','from_space':'','to_space':'midi','model':'drums','model_version':'1','deterministic':true,"
		   "'params_schema':{'type':'object'}},"
		   "{'verb':'embed','from_space':'midi','to_space':'embedding','model':'v','model_version':'1','deterministic':true}]}");
	str_copy(ret, 40, desk_text(r, "worker_id"));
	return ret;
}

static const char *tune_in_abc(struct desk *d, char ret[40])
{
	AUTO_JSON json_t *put = desk_ask(d, "{'type':'cas_store','data':'WDoxCks6QwpDREVGCg==','mime_type':'text/vnd.abc'}");
	AUTO_JSON json_t *a = desk_ask(d, "{'type':'artifact_create','cas_hash':'%s','space':'abc'}", desk_text(put, "content_hash"));
	str_copy(ret, 40, desk_text(a, "artifact.artifact_id"));
	return ret;
}

static void expect_step(const json_t *job, int i, const char *verb, const char *from, const char *to)
{
	char path[48];
	snprintf(path, sizeof(path), "job.steps.%d.verb", i);
	assert_string_equal(desk_text(job, path), verb);
	snprintf(path, sizeof(path), "job.steps.%d.from_space", i);
	assert_string_equal(desk_text(job, path), from);
	snprintf(path, sizeof(path), "job.steps.%d.space", i);
	assert_string_equal(desk_text(job, path), to);
}

static json_t *status(struct desk *d, const json_t *started)
{
	return desk_ask(d, "{'type':'job_status','job_id':'%s'}", desk_text(started, "job.job_id"));
}

/* Rows: S2-18 */
static void test_a_projection_takes_the_way_over_other_spaces(void **state)
{
	struct desk *d = *state;
	char abc[40], notation[40];
	reader(d, notation);
	AUTO_JSON json_t *job = desk_ask(
		d, "{'type':'project','artifact_id':'%s','space':'audio','model':'sf','params':{'loud':true}}", tune_in_abc(d, abc));
	assert_int_equal(json_array_size(desk_value(job, "job.steps")), 2);
	expect_step(job, 0, "project", "abc", "midi");
	expect_step(job, 1, "project", "midi", "audio");
	assert_null(desk_value(job, "job.steps.0.params.loud"));
	assert_true(json_is_true(desk_value(job, "job.steps.1.params.loud")));

	AUTO_JSON json_t *first = desk_claim(d, notation);
	assert_string_equal(desk_text(first, "model"), "abc");
	json_decref(desk_complete(d, notation, first, "MThd", "audio/midi"));
	AUTO_JSON json_t *second = desk_claim(d, d->worker);
	assert_string_equal(desk_text(second, "model"), "sf");
	assert_string_equal(desk_text(second, "inputs.0.space"), "midi");
	json_decref(desk_complete(d, d->worker, second, "RIFF", "audio/wav"));
	AUTO_JSON json_t *done = status(d, job);
	assert_string_equal(desk_text(done, "job.state"), "complete");
	/* Every artifact on the way says in which space it lives. */
	AUTO_JSON json_t *sound = desk_ask(d, "{'type':'artifact_get','artifact_id':'%s'}", desk_text(done, "job.artifact_id"));
	assert_string_equal(desk_text(sound, "artifact.space"), "audio");
}

static void test_a_job_finds_its_way_when_the_workers_join_later(void **state)
{
	struct desk *d = *state;
	char abc[40], notation[40];
	AUTO_JSON json_t *job =
		desk_ask(d, "{'type':'continue','artifact_id':'%s','space':'midi','seed':3}", tune_in_abc(d, abc));
	assert_int_equal(json_array_size(desk_value(job, "job.steps")), 1);
	assert_non_null(strstr(desk_text(job, "job.waiting_for"), "no worker that is online can continue abc to midi"));
	reader(d, notation);
	AUTO_JSON json_t *now = status(d, job);
	assert_int_equal(json_array_size(desk_value(now, "job.steps")), 2);
	expect_step(now, 0, "project", "abc", "midi");
	expect_step(now, 1, "continue", "midi", "midi");
	assert_int_equal(desk_int(now, "job.steps.1.seed"), 3);
	assert_null(desk_value(now, "job.waiting_for"));
}

static void test_a_change_within_a_space_must_name_its_model(void **state)
{
	struct desk *d = *state;
	char notation[40];
	struct err err = ERR_INIT;
	reader(d, notation);
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'project','artifact_id':'%s','space':'midi'}", d->tune), -EINVAL);
	assert_string_equal(err.field, "steps[0].model");
	assert_non_null(strstr(err.hint, "quantise, groove"));
	json_decref(desk_ask(d, "{'type':'project','artifact_id':'%s','space':'midi','model':'groove'}", d->tune));
}

/* Rows: S2-10 */
static void test_a_sample_needs_no_input_and_is_drawn_anew_unless_it_is_seeded(void **state)
{
	struct desk *d = *state;
	char notation[40];
	struct err err = ERR_INIT;
	reader(d, notation);
	AUTO_JSON json_t *a = desk_ask(d, "{'type':'sample','model':'drums'}");
	AUTO_JSON json_t *b = desk_ask(d, "{'type':'sample','model':'drums'}");
	assert_true(desk_int(a, "job.steps.0.seed") != desk_int(b, "job.steps.0.seed"));
	expect_step(a, 0, "sample", "", "midi");
	json_decref(desk_ask(d, "{'type':'sample','model':'drums','seed':5,'priority':'high'}"));
	AUTO_JSON json_t *lease = desk_claim(d, notation);
	assert_int_equal(desk_int(lease, "seed"), 5);
	assert_int_equal(json_array_size(desk_value(lease, "inputs")), 0);
	json_decref(desk_complete(d, notation, lease, "boom", "audio/midi"));
	AUTO_JSON json_t *again = desk_ask(d, "{'type':'sample','model':'drums','seed':5}");
	assert_string_equal(desk_text(again, "job.state"), "complete");
	assert_true(json_is_true(desk_value(again, "job.steps.0.cached")));
	/* And made again when somebody doubts it. */
	AUTO_JSON json_t *verify =
		desk_ask(d, "{'type':'artifact_verify','artifact_id':'%s','priority':'high'}", desk_text(again, "job.artifact_id"));
	expect_step(verify, 0, "sample", "", "midi");
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'forward','steps':[{'verb':'project','space':'midi'}]}"), -EINVAL);
	assert_string_equal(err.field, "steps[0].verb");
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'forward','steps':[{'verb':'sample'}]}"), -EINVAL);
	assert_string_equal(err.field, "steps[0].space");
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'forward','steps':[{'verb':'conjure','space':'midi'}]}"), -EINVAL);
}

static void test_a_misspelt_model_is_told_which_was_meant(void **state)
{
	struct desk *d = *state;
	char notation[40];
	reader(d, notation);
	AUTO_JSON json_t *wrong = desk_ask(d, "{'type':'sample','model':'drumz'}");
	assert_non_null(strstr(desk_text(wrong, "job.waiting_for"), "with model 'drumz' (did you mean 'drums'?)"));
	AUTO_JSON json_t *other = desk_ask(d, "{'type':'sample','model':'v'}");
	assert_null(strstr(desk_text(other, "job.waiting_for"), "did you mean"));
}

static void test_an_embedding_is_the_same_each_time(void **state)
{
	struct desk *d = *state;
	char notation[40];
	reader(d, notation);
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'embed','artifact_id':'%s'}", d->tune);
	expect_step(job, 0, "embed", "midi", "embedding");
	assert_int_equal(desk_int(job, "job.steps.0.seed"), 0);
}

/* Rows: S2-18, S2-7 */
static void test_spaces_and_what_leads_between_them_are_listed(void **state)
{
	struct desk *d = *state;
	char notation[40], second[40], abc[40];
	reader(d, notation);
	reader(d, second);
	tune_in_abc(d, abc);
	AUTO_JSON json_t *all = desk_ask(d, "{'type':'space_list'}");
	static const char *const names[] = { "abc", "audio", "embedding", "midi" };
	assert_int_equal(json_array_size(desk_value(all, "spaces")), COUNT_OF(names));
	for (int i = 0; i < (int)COUNT_OF(names); i++) {
		char path[32];
		snprintf(path, sizeof(path), "spaces.%d.space", i);
		assert_string_equal(desk_text(all, path), names[i]);
	}
	assert_int_equal(desk_int(all, "spaces.0.n_artifacts"), 1);
	assert_int_equal(desk_int(all, "spaces.0.n_out"), 1);
	assert_int_equal(json_array_size(desk_value(all, "edges")), 7);
	AUTO_JSON json_t *one = desk_ask(d, "{'type':'space_list','verb':'sample','from_space':'','schemas':true}");
	assert_int_equal(json_array_size(desk_value(one, "edges")), 1);
	assert_string_equal(desk_text(one, "edges.0.model"), "drums");
	assert_int_equal(desk_int(one, "edges.0.n_workers"), 2);
	assert_string_equal(desk_text(one, "edges.0.params_schema.type"), "object");

	AUTO_JSON json_t *way = desk_ask(d, "{'type':'space_route','from_space':'abc','to_space':'audio'}");
	assert_true(json_is_true(desk_value(way, "found")));
	assert_int_equal(json_array_size(desk_value(way, "route")), 2);
	assert_string_equal(desk_text(way, "route.0.model"), "abc");
	assert_string_equal(desk_text(way, "route.1.model"), "sf");
	AUTO_JSON json_t *none = desk_ask(d, "{'type':'space_route','from_space':'abc','to_space':'video'}");
	assert_true(json_is_false(desk_value(none, "found")));
	assert_string_equal(desk_text(none, "missing"), "nobody leads from abc to video; there is a way to: midi, audio");
	json_decref(desk_ask(d, "{'type':'worker_leave','worker_id':'%s'}", d->worker));
	AUTO_JSON json_t *less = desk_ask(d, "{'type':'space_route','from_space':'abc','to_space':'audio'}");
	assert_true(json_is_false(desk_value(less, "found")));
}

/* It would no longer make the same thing. */
static void test_a_verification_takes_no_other_way_than_the_first_time(void **state)
{
	struct desk *d = *state;
	char abc[40];
	AUTO_JSON json_t *w = desk_ask(d, "{'type':'worker_register','name':'w','capabilities':[{'verb':'continue','from_space':'abc',"
					  "'to_space':'midi','model':'m','model_version':'1','deterministic':true}]}");
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s','space':'midi','model':'m','seed':3}", tune_in_abc(d, abc)));
	AUTO_JSON json_t *lease = desk_claim(d, desk_text(w, "worker_id"));
	AUTO_JSON json_t *made = desk_complete(d, desk_text(w, "worker_id"), lease, "MThd-x", "audio/midi");
	/* The worker comes back and does it another way. */
	for (int i = 0; i < 2; i++) {
		AUTO_JSON json_t *job = desk_ask(d, "{'type':'artifact_verify','artifact_id':'%s'}", desk_text(made, "artifact_id"));
		json_decref(desk_ask(d, "{'type':'worker_register','name':'w','worker_id':'%s','capabilities':["
					"{'verb':'continue','from_space':'midi','to_space':'midi','model':'m','model_version':'1','deterministic':true},"
					"{'verb':'project','from_space':'abc','to_space':'midi','model':'abc','model_version':'1','deterministic':true}]}",
				     desk_text(w, "worker_id")));
		json_decref(desk_ask(d, "{'type':'worker_register','name':'other%d','capabilities':[]}", i));
		AUTO_JSON json_t *now = status(d, job);
		assert_int_equal(json_array_size(desk_value(now, "job.steps")), 1);
		expect_step(now, 0, "continue", "abc", "midi");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK_TEST_WITH_WORKER(test_a_projection_takes_the_way_over_other_spaces),
		DESK_TEST_WITH_WORKER(test_a_job_finds_its_way_when_the_workers_join_later),
		DESK_TEST_WITH_WORKER(test_a_change_within_a_space_must_name_its_model),
		DESK_TEST_WITH_WORKER(test_a_sample_needs_no_input_and_is_drawn_anew_unless_it_is_seeded),
		DESK_TEST_WITH_WORKER(test_a_misspelt_model_is_told_which_was_meant),
		DESK_TEST_WITH_WORKER(test_an_embedding_is_the_same_each_time),
		DESK_TEST_WITH_WORKER(test_a_verification_takes_no_other_way_than_the_first_time),
		DESK_TEST_WITH_WORKER(test_spaces_and_what_leads_between_them_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
