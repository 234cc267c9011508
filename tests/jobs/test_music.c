/* The tools with names of their own: projections that are waited for and answered whole. */
#include "desk.h"

#include <string.h>

#include "../check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

static const char *analyst(struct desk *d, char ret[40])
{
	AUTO_JSON json_t *r = desk_ask(
		d, "{'type':'worker_register','name':'analyst','capabilities':["
		   "{'verb':'project','from_space':'midi','to_space':'analysis','model':'understand','model_version':'1','deterministic':true},"
		   "{'verb':'project','from_space':'midi','to_space':'analysis','model':'similarity','model_version':'1','deterministic':true},"
		   "{'verb':'project','from_space':'abc','to_space':'analysis','model':'abc-check','model_version':'1','deterministic':true},"
		   "{'verb':'project','from_space':'midi','to_space':'midi','model':'stem','model_version':'1','deterministic':true}]}");
	str_copy(ret, 40, desk_text(r, "worker_id"));
	return ret;
}

/* Rows: H-A09, L27 */
static void test_a_tool_waits_and_answers_with_the_whole_report(void **state)
{
	struct desk *d = *state;
	char me[40];
	struct desk_pending p;
	analyst(d, me);
	desk_send(d, &p, "{'type':'midi_understand','artifact_id':'%s','params':{'modes':true}}", d->tune);
	AUTO_JSON json_t *lease = desk_claim_patiently(d, me);
	assert_string_equal(desk_text(lease, "model"), "understand");
	assert_true(json_is_true(desk_value(lease, "params.modes")));
	json_decref(desk_complete(d, me, lease, "{\"key\":\"D major\",\"chords\":[\"D\",\"A7\"]}", "application/json"));
	desk_wait(d, &p.done);
	assert_int_equal(p.code, 0);
	assert_string_equal(desk_text(p.result, "job.verb"), "midi_understand");
	assert_string_equal(desk_text(p.result, "job.state"), "complete");
	assert_string_equal(desk_text(p.result, "artifact.space"), "analysis");
	assert_string_equal(desk_text(p.result, "report.key"), "D major");
	assert_string_equal(desk_text(p.result, "report.chords.1"), "A7");
	assert_true(json_is_false(desk_value(p.result, "job.steps.0.cached")));
	json_decref(p.result);
	/* Asked again, it is there: of this content, by this version. */
	AUTO_JSON json_t *again = desk_ask(d, "{'type':'midi_understand','artifact_id':'%s','params':{'modes':true}}", d->tune);
	assert_true(json_is_true(desk_value(again, "job.steps.0.cached")));
	assert_string_equal(desk_text(again, "report.key"), "D major");
	AUTO_JSON json_t *other =
		desk_ask(d, "{'type':'midi_understand','artifact_id':'%s','params':{'modes':false},'wait_ms':0}", d->tune);
	assert_string_equal(desk_text(other, "job.state"), "pending");
}

/* A report of somebody's worker may be nested as deep as JSON goes; the answer around it goes deeper. */
static void test_a_report_that_fits_no_answer_is_left_in_its_artifact(void **state)
{
	struct desk *d = *state;
	char me[40];
	analyst(d, me);
	json_decref(desk_ask(d, "{'type':'midi_understand','artifact_id':'%s','wait_ms':0}", d->tune));
	AUTO_JSON json_t *lease = desk_claim(d, me);
	AUTO_STRBUF deep = STRBUF_INIT;
	for (int i = 0; i + 1 < LIMIT_JSON_DEPTH; i++)
		(void)strbuf_adds(&deep, "{\"a\":");
	(void)strbuf_adds(&deep, "1");
	for (int i = 0; i + 1 < LIMIT_JSON_DEPTH; i++)
		(void)strbuf_adds(&deep, "}");
	json_decref(desk_complete(d, me, lease, deep.s, "application/json"));
	AUTO_JSON json_t *r = desk_ask(d, "{'type':'midi_understand','artifact_id':'%s'}", d->tune);
	assert_string_equal(desk_text(r, "job.state"), "complete");
	assert_non_null(desk_value(r, "artifact"));
	assert_null(desk_value(r, "report"));
}

static void test_a_verb_may_wait_for_its_result_too(void **state)
{
	struct desk *d = *state;
	struct desk_pending p;
	desk_send(d, &p, "{'type':'continue','artifact_id':'%s','wait_ms':20000}", d->tune);
	AUTO_JSON json_t *lease = desk_claim_patiently(d, d->worker);
	json_decref(desk_complete(d, d->worker, lease, "MThd more", "audio/midi"));
	desk_wait(d, &p.done);
	assert_int_equal(p.code, 0);
	assert_string_equal(desk_text(p.result, "job.state"), "complete");
	assert_non_null(desk_value(p.result, "job.artifact_id"));
	json_decref(p.result);
	AUTO_JSON json_t *early = desk_ask(d, "{'type':'continue','artifact_id':'%s','wait_ms':30}", d->tune);
	assert_string_equal(desk_text(early, "job.state"), "pending");
}

static void test_a_tool_that_takes_too_long_answers_with_its_job(void **state)
{
	struct desk *d = *state;
	char me[40];
	analyst(d, me);
	AUTO_JSON json_t *early = desk_ask(d, "{'type':'midi_understand','artifact_id':'%s','wait_ms':50}", d->tune);
	assert_string_equal(desk_text(early, "job.state"), "pending");
	assert_null(desk_value(early, "report"));
	AUTO_JSON json_t *lease = desk_claim(d, me);
	json_decref(desk_ask(d, "{'type':'job_fail','worker_id':'%s','job_id':'%s','attempt':1,'code':'invalid','message':'no notes',"
				"'retry':false}", me, desk_text(lease, "job_id")));
	AUTO_JSON json_t *failed = desk_ask(d, "{'type':'job_status','job_id':'%s'}", desk_text(lease, "job_id"));
	assert_string_equal(desk_text(failed, "job.state"), "failed");
}

static void test_a_failed_analysis_says_so_to_who_waits(void **state)
{
	struct desk *d = *state;
	char me[40];
	struct desk_pending p;
	analyst(d, me);
	desk_send(d, &p, "{'type':'midi_understand','artifact_id':'%s'}", d->tune);
	AUTO_JSON json_t *lease = desk_claim_patiently(d, me);
	json_decref(desk_ask(d, "{'type':'job_fail','worker_id':'%s','job_id':'%s','attempt':1,'code':'invalid','message':'no notes',"
				"'retry':false}", me, desk_text(lease, "job_id")));
	desk_wait(d, &p.done);
	assert_int_equal(p.code, 0);
	assert_string_equal(desk_text(p.result, "job.state"), "failed");
	assert_string_equal(desk_text(p.result, "job.error"), "no notes");
	json_decref(p.result);
}

static void test_notation_may_come_as_text_or_as_an_artifact_but_not_both(void **state)
{
	struct desk *d = *state;
	char me[40];
	struct err err = ERR_INIT;
	analyst(d, me);
	json_decref(desk_ask(d, "{'type':'abc_validate','abc':'X:1\\nK:C\\nCDE|','wait_ms':0}"));
	AUTO_JSON json_t *lease = desk_claim(d, me);
	assert_string_equal(desk_text(lease, "model"), "abc-check");
	assert_string_equal(desk_text(lease, "inputs.0.space"), "abc");
	assert_int_equal(desk_int(lease, "inputs.0.size_bytes"), 12);
	AUTO_JSON json_t *named =
		desk_ask(d, "{'type':'abc_validate','artifact_id':'%s','wait_ms':0}", desk_text(lease, "inputs.0.artifact_id"));
	assert_string_equal(desk_text(named, "job.inputs.0"), desk_text(lease, "inputs.0.artifact_id"));
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'abc_validate'}"), -EINVAL);
	assert_string_equal(err.field, "abc");
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'abc_to_midi','abc':'X:1','artifact_id':'%s'}", d->tune), -EINVAL);
}

/* Rows: H-T29 */
static void test_stems_are_a_job_for_each_voice(void **state)
{
	struct desk *d = *state;
	char me[40];
	struct err err = ERR_INIT;
	analyst(d, me);
	AUTO_JSON json_t *r = desk_ask(d, "{'type':'midi_stems_export','artifact_id':'%s','voices':[0,2],'params':{'method':'skyline'},'wait_ms':0}",
				       d->tune);
	assert_int_equal(json_array_size(desk_value(r, "jobs")), 2);
	assert_int_equal(desk_int(r, "jobs.1.steps.0.params.voice"), 2);
	assert_string_equal(desk_text(r, "jobs.0.steps.0.params.method"), "skyline");
	assert_int_equal(desk_int(r, "jobs.0.steps.0.params.voice"), 0);
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'midi_stems_export','artifact_id':'%s','voices':[0],'params':[1]}", d->tune),
			 -EINVAL);
	assert_string_equal(err.field, "params");
}

static void test_stems_are_answered_when_the_last_is_done(void **state)
{
	struct desk *d = *state;
	struct desk_pending stems;
	char me[40];
	analyst(d, me);
	desk_send(d, &stems, "{'type':'midi_stems_export','artifact_id':'%s','voices':[0,1],'wait_ms':20000}", d->tune);
	for (int i = 0; i < 2; i++) {
		AUTO_JSON json_t *lease = desk_claim(d, me);
		assert_false(stems.done);
		json_decref(desk_complete(d, me, lease, i ? "MThd one" : "MThd none", "audio/midi"));
	}
	desk_wait(d, &stems.done);
	assert_int_equal(stems.code, 0);
	assert_string_equal(desk_text(stems.result, "jobs.0.state"), "complete");
	assert_string_equal(desk_text(stems.result, "jobs.1.state"), "complete");
	assert_int_equal(desk_int(stems.result, "jobs.1.steps.0.params.voice"), 1);
	json_decref(stems.result);
	AUTO_JSON json_t *late = desk_ask(d, "{'type':'midi_stems_export','artifact_id':'%s','voices':[2],'wait_ms':1}", d->tune);
	assert_string_equal(desk_text(late, "jobs.0.state"), "pending");
}

static void test_a_comparison_has_two_inputs_in_their_order(void **state)
{
	struct desk *d = *state;
	char me[40], other[40];
	analyst(d, me);
	desk_artifact(d, "MThd other", other);
	AUTO_JSON json_t *r = desk_ask(d, "{'type':'midi_compare','artifact_id':'%s','other_artifact_id':'%s','wait_ms':0}", d->tune, other);
	assert_string_equal(desk_text(r, "job.inputs.0"), d->tune);
	assert_string_equal(desk_text(r, "job.inputs.1"), other);
	assert_string_equal(desk_text(r, "job.steps.0.model"), "similarity");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK_TEST_WITH_WORKER(test_a_tool_waits_and_answers_with_the_whole_report),
		DESK_TEST_WITH_WORKER(test_a_report_that_fits_no_answer_is_left_in_its_artifact),
		DESK_TEST_WITH_WORKER(test_a_verb_may_wait_for_its_result_too),
		DESK_TEST_WITH_WORKER(test_a_tool_that_takes_too_long_answers_with_its_job),
		DESK_TEST_WITH_WORKER(test_a_failed_analysis_says_so_to_who_waits),
		DESK_TEST_WITH_WORKER(test_notation_may_come_as_text_or_as_an_artifact_but_not_both),
		DESK_TEST_WITH_WORKER(test_stems_are_a_job_for_each_voice),
		DESK_TEST_WITH_WORKER(test_stems_are_answered_when_the_last_is_done),
		DESK_TEST_WITH_WORKER(test_a_comparison_has_two_inputs_in_their_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
