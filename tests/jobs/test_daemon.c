#include "../seed.h"
#include "../check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/rng.h"
#include "base/str.h"
#include "desk.h"
#include "store/store.h"
#include "wire/schema.h"

static void assert_state(struct desk *d, const char *job, const char *state)
{
	AUTO_JSON json_t *r = desk_ask(d, "{'type':'job_status','job_id':'%s'}", job);
	assert_string_equal(desk_text(r, "job.state"), state);
}

/* --- jobs ------------------------------------------------------------------------------------- */

/* Rows: S0-145, S0-150, L20, S0-147 */
static void test_a_chain_is_claimed_step_by_step_and_its_results_are_polled(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	AUTO_JSON json_t *started =
		desk_ask(d,
			 "{'type':'forward','inputs':['%s'],'tags':['draft'],'steps':[{'verb':'"
			 "continue','seed':7,'params':{'bars':4}},"
			 "{'verb':'project','space':'audio'}]}",
			 tune);
	const char *job = desk_text(started, "job.job_id");
	assert_true(str_starts(job, "hoot:"));
	assert_string_equal(desk_text(started, "job.state"), "pending");
	struct desk_pending poll;
	desk_send(d, &poll, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':15000}", job);

	AUTO_JSON json_t *first = desk_claim(d, worker);
	assert_string_equal(desk_text(first, "verb"), "continue");
	assert_int_equal(desk_int(first, "seed"), 7);
	assert_int_equal(desk_int(first, "params.bars"), 4);
	assert_string_equal(desk_text(first, "inputs.0.artifact_id"), tune);
	assert_true(fs_exists(desk_text(first, "inputs.0.path")));
	assert_null(desk_claim(d, worker)); /* nothing else to do */
	json_decref(desk_ask(d,
			     "{'type':'job_progress','worker_id':'%s','job_id':'%s','attempt':1,'"
			     "progress':0.5,'message':'bar 2'}",
			     worker, job));
	AUTO_JSON json_t *half = desk_complete(d, worker, first, "MThd-continued", "audio/midi");
	assert_true(json_is_false(desk_value(half, "finished")));
	AUTO_JSON json_t *second = desk_claim(d, worker);
	assert_string_equal(desk_text(second, "verb"), "project");
	assert_string_equal(desk_text(second, "inputs.0.artifact_id"),
			    desk_text(half, "artifact_id"));
	assert_int_equal(desk_int(second, "attempt"), 2);
	AUTO_JSON json_t *whole = desk_complete(d, worker, second, "RIFF-sound", "audio/wav");
	assert_true(json_is_true(desk_value(whole, "finished")));

	desk_wait(d, &poll.done);
	assert_int_equal(poll.code, 0);
	assert_string_equal(desk_text(poll.result, "jobs.0.state"), "complete");
	assert_string_equal(desk_text(poll.result, "jobs.0.artifact_id"),
			    desk_text(whole, "artifact_id"));
	assert_string_equal(desk_text(poll.result, "jobs.0.steps.0.model"), "m@1");
	json_decref(poll.result);
	AUTO_JSON json_t *up = desk_ask(d, "{'type':'artifact_lineage','artifact_id':'%s'}",
					desk_text(whole, "artifact_id"));
	assert_int_equal(json_array_size(desk_value(up, "nodes")), 3);
	assert_string_equal(desk_text(up, "nodes.0.artifact.tags.0"), "draft");
	assert_string_equal(desk_text(up, "nodes.2.artifact.artifact_id"), tune);
	desk_wait_event(d, "job_state_changed",
			5); /* pending, running, pending, running, complete */
	desk_wait_event(d, "job_progressed", 1);
	desk_wait_event(d, "artifact_created", 3);
}

static json_t *waits(struct desk *d, const char *job)
{
	AUTO_JSON json_t *polled = desk_ask(d, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':1}", job);
	AUTO_JSON json_t *listed = desk_ask(d, "{'type':'job_list','state':'pending'}");
	const json_t *a = desk_value(polled, "jobs.0.waiting_for"), *b = desk_value(listed, "jobs.0.waiting_for");
	assert_true((!a && !b) || json_equal(a, b));
	return json_incref((json_t *)(uintptr_t)a);
}

static void test_a_job_that_nobody_can_do_says_what_it_waits_for_and_runs_when_that_joins(void **state)
{
	struct desk *d = *state;
	char other[40];
	AUTO_JSON json_t *easy = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", d->tune);
	assert_null(desk_value(easy, "job.waiting_for"));
	json_decref(desk_claim(d, d->worker));
	AUTO_JSON json_t *hard =
		desk_ask(d, "{'type':'project','artifact_id':'%s','space':'score','model':'engraver'}", d->tune);
	const char *job = desk_text(hard, "job.job_id");
	const char *says = "no worker that is online can project midi to score with model 'engraver'; what comes near: "
			   "project midi to audio (sf)";
	assert_string_equal(desk_text(hard, "job.waiting_for"), says);
	AUTO_JSON json_t *still = waits(d, job);
	assert_string_equal(json_string_value(still), says);
	AUTO_JSON json_t *joined = desk_ask(
		d, "{'type':'worker_register','name':'e','version':'1','hardware':'test','capabilities':[{'verb':'project',"
		   "'from_space':'midi','to_space':'score','model':'engraver','model_version':'1','deterministic':true}]}");
	str_copy(other, sizeof(other), desk_text(joined, "worker_id"));
	assert_null(waits(d, job));
	AUTO_JSON json_t *lease = desk_claim(d, other);
	assert_string_equal(desk_text(lease, "job_id"), job);
	json_decref(desk_complete(d, other, lease, "staves", "text/plain"));
	assert_state(d, job, "complete");
	json_decref(desk_ask(d, "{'type':'worker_leave','worker_id':'%s'}", d->worker));
	json_decref(desk_ask(d, "{'type':'worker_leave','worker_id':'%s'}", other));
	AUTO_JSON json_t *none = desk_ask(d, "{'type':'continue','artifact_id':'%s','fresh':true}", d->tune);
	assert_string_equal(desk_text(none, "job.waiting_for"),
			    "no worker that is online can continue midi to midi; there is none");
}

static void test_a_chain_says_which_of_its_steps_nobody_can_do(void **state)
{
	struct desk *d = *state;
	static const char says[] = "step 2 of 2: no worker that is online can project midi to score";
	AUTO_JSON json_t *chain = desk_ask(d, "{'type':'forward','inputs':['%s'],'steps':[{'verb':'continue'},{'verb':'project','space':'score'}]}",
					   d->tune);
	assert_true(str_starts(desk_text(chain, "job.waiting_for"), says));
	AUTO_JSON json_t *still = waits(d, desk_text(chain, "job.job_id"));
	assert_string_equal(json_string_value(still), desk_text(chain, "job.waiting_for"));
	AUTO_JSON json_t *asked = desk_ask(d, "{'type':'graph_query','query':'{ Job { waiting_for @output } }'}");
	assert_string_equal(desk_text(asked, "rows.0.waiting_for"), desk_text(chain, "job.waiting_for"));
	AUTO_JSON json_t *lease = desk_claim(d, d->worker);
	json_decref(desk_complete(d, d->worker, lease, "MThd", "audio/midi"));
	AUTO_JSON json_t *now = waits(d, desk_text(chain, "job.job_id"));
	assert_true(str_starts(json_string_value(now), says + strlen("step 2 of 2: "))); /* it is its turn */
}

/* Rows: S0-70 */
static void test_an_identical_seeded_request_is_answered_from_the_store(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	json_decref(desk_ask(
		d, "{'type':'continue','artifact_id':'%s','seed':7,'params':{'a':1,'b':2}}", tune));
	AUTO_JSON json_t *lease = desk_claim(d, worker);
	AUTO_JSON json_t *made = desk_complete(d, worker, lease, "MThd-x", "audio/midi");
	AUTO_JSON json_t *again = desk_ask(
		d, "{'type':'continue','artifact_id':'%s','seed':7,'params':{'b':2,'a':1}}", tune);
	assert_string_equal(desk_text(again, "job.state"), "complete");
	assert_true(json_is_true(desk_value(again, "job.steps.0.cached")));
	assert_string_equal(desk_text(again, "job.artifact_id"), desk_text(made, "artifact_id"));
	static const char *const others[] = {
		"'seed':8,'params':{'a':1,'b':2}",
		"'seed':7,'params':{'a':1,'b':3}",
		"'params':{'a':1,'b':2}",
		"'seed':7,'params':{'a':1,'b':2},'fresh':true",
	};
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		AUTO_JSON json_t *other =
			desk_ask(d, "{'type':'continue','artifact_id':'%s',%s}", tune, others[i]);
		assert_string_equal(desk_text(other, "job.state"), "pending");
	}
}

/* Rows: S0-69 */
static void test_verification_makes_it_again_and_compares(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s','seed':7}", tune));
	AUTO_JSON json_t *lease = desk_claim(d, worker);
	AUTO_JSON json_t *made = desk_complete(d, worker, lease, "MThd-x", "audio/midi");
	static const char *const outcomes[] = {"MThd-x", "MThd-y"};
	for (size_t i = 0; i < 2; i++) {
		AUTO_JSON json_t *job = desk_ask(d, "{'type':'artifact_verify','artifact_id':'%s'}",
						 desk_text(made, "artifact_id"));
		assert_string_equal(desk_text(job, "job.state"), "pending");
		AUTO_JSON json_t *retry = desk_claim(d, worker);
		assert_int_equal(desk_int(retry, "seed"), 7);
		json_decref(desk_complete(d, worker, retry, outcomes[i], "audio/midi"));
		AUTO_JSON json_t *done = desk_ask(d, "{'type':'job_status','job_id':'%s'}",
						  desk_text(job, "job.job_id"));
		assert_string_equal(desk_text(done, "job.state"), "complete");
		assert_true(json_is_true(desk_value(done, "job.result.same")) == (i == 0));
	}
	struct err err = ERR_INIT;
	assert_int_equal(
		desk_try(d, &err, NULL, "{'type':'artifact_verify','artifact_id':'%s'}", tune),
		-EPROTO);
}

/* A worker of the family, as a process that holds a lock there would say it. */
static void join_with_lock(struct desk *d, const char *lock, char ret[40])
{
	AUTO_JSON json_t *r =
		desk_ask(d,
			 "{'type':'worker_register','name':'test','lock':'%s','capabilities':[{'verb':'continue','from_space':'midi',"
			 "'to_space':'midi','model':'m','model_version':'1','deterministic':true}]}",
			 lock);
	str_copy(ret, 40, desk_text(r, "worker_id"));
}

/* Leases outlast this test, so none of them ends here. */
static void test_a_worker_whose_process_has_ended_loses_its_job_at_once(void **state)
{
	struct desk *d = *state;
	struct err err = ERR_INIT;
	char first[40], second[40], third[40], stranger[40];
	AUTO(wire_family) process = NULL;
	assert_int_equal(wire_family_open(d->family_dir, false, &process, &err), 0);
	assert_int_equal(wire_family_lock(process, "test", &err), 0);
	join_with_lock(d, "test", first);
	join_with_lock(d, "held-by-nobody", stranger);
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", d->tune);
	AUTO_JSON json_t *one = desk_claim(d, first);
	assert_string_equal(desk_text(one, "job_id"), desk_text(job, "job.job_id"));

	join_with_lock(d, "test", second); /* started again, before anybody looked at the lock */
	AUTO_JSON json_t *two = desk_claim_patiently(d, second);
	assert_int_equal(desk_int(two, "attempt"), 2);
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'job_heartbeat','worker_id':'%s','job_id':'%s','attempt':1}", first,
				  desk_text(job, "job.job_id")),
			 -ESTALE);

	wire_family_free(TAKE(process)); /* what the kernel does for whoever is killed */
	desk_wait_event(d, "worker_left", 2);
	desk_worker(d, third);
	AUTO_JSON json_t *three = desk_claim_patiently(d, third);
	assert_int_equal(desk_int(three, "attempt"), 3);
	AUTO_JSON json_t *list = desk_ask(d, "{'type':'worker_list'}");
	assert_int_equal(json_array_size(json_object_get(list, "workers")), 3); /* the desk's own, the stranger, the third */
}

/* Rows: L20 */
static void test_a_job_of_a_killed_worker_is_done_by_another_exactly_once(void **state)
{
	struct desk *d = *state;
	char alive[40];
	const char *dead = d->worker, *tune = d->tune;
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *lost = desk_claim(d, dead); /* and then it is silent */
	desk_worker(d, alive);
	AUTO_JSON json_t *lease = desk_claim_patiently(d, alive);
	assert_string_equal(desk_text(lease, "job_id"), desk_text(lost, "job_id"));
	assert_int_equal(desk_int(lease, "attempt"), 2);
	assert_int_equal(desk_int(lease, "seed"), desk_int(lost, "seed"));
	struct err err = ERR_INIT;
	static const char *const late[] = {"job_heartbeat", "job_stopped"};
	for (size_t i = 0; i < COUNT_OF(late); i++)
		assert_int_equal(
			desk_try(d, &err, NULL,
				 "{'type':'%s','worker_id':'%s','job_id':'%s','attempt':1}",
				 late[i], dead, desk_text(lost, "job_id")),
			-ESTALE);
	assert_int_equal(
		desk_try(d, &err, NULL,
			 "{'type':'job_complete','worker_id':'%s','job_id':'%s','attempt':1,'"
			 "content_hash':"
			 "'sha256:aaaac44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"
			 "}",
			 dead, desk_text(lost, "job_id")),
		-ESTALE);
	AUTO_JSON json_t *made = desk_complete(d, alive, lease, "MThd-x", "audio/midi");
	AUTO_JSON json_t *said_again = desk_ask(
		d,
		"{'type':'job_complete','worker_id':'%s','job_id':'%s','attempt':2,'path':'%s','"
		"content_hash':"
		"'sha256:aaaac44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}",
		alive, desk_text(lease, "job_id"), desk_text(lease, "staging_path"));
	assert_string_equal(desk_text(said_again, "artifact_id"), desk_text(made, "artifact_id"));
	assert_state(d, desk_text(job, "job.job_id"), "complete");
	AUTO_JSON json_t *all = desk_ask(d, "{'type':'artifact_list','creator':'ada'}");
	assert_int_equal(json_array_size(desk_value(all, "artifacts")), 2);
	desk_wait_event(d, "worker_left", 1);
}

/* Rows: L20 */
static void test_a_job_survives_the_death_of_hootenanny(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *lease = desk_claim(d, worker);
	AUTO_JSON json_t *waiting =
		desk_ask(d, "{'type':'project','artifact_id':'%s','space':'audio'}", tune);
	desk_kill(d, SIGKILL);
	desk_start(d);
	/* The worker's heartbeat is welcome, its claim asks it to register. */
	json_decref(desk_ask(d,
			     "{'type':'job_heartbeat','worker_id':'%s','job_id':'%s','attempt':1}",
			     worker, desk_text(lease, "job_id")));
	struct err err = ERR_INIT;
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'job_claim','worker_id':'%s'}", worker),
			 -ENOENT);
	json_decref(desk_ask(
		d, "{'type':'worker_register','name':'test','worker_id':'%s','capabilities':[]}",
		worker));
	json_decref(desk_complete(d, worker, lease, "MThd-x", "audio/midi"));
	assert_state(d, desk_text(job, "job.job_id"), "complete");
	assert_state(d, desk_text(waiting, "job.job_id"), "pending");
}

static void test_a_request_with_a_key_is_done_once_also_across_a_crash(void **state)
{
	struct desk *d = *state;
	const char *tune = d->tune;
	AUTO_JSON json_t *first =
		desk_ask_keyed(d, "k1", 0, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *second =
		desk_ask_keyed(d, "k1", 0, "{'type':'continue','artifact_id':'%s'}", tune);
	assert_string_equal(desk_text(second, "job.job_id"), desk_text(first, "job.job_id"));
	AUTO_JSON json_t *decided =
		desk_ask_keyed(d, "k2", 0, "{'type':'decide','region_id':'r1','decision':'hold'}");
	desk_kill(d, SIGKILL);
	desk_start(d);
	AUTO_JSON json_t *third =
		desk_ask_keyed(d, "k1", 0, "{'type':'continue','artifact_id':'%s'}", tune);
	assert_string_equal(desk_text(third, "job.job_id"), desk_text(first, "job.job_id"));
	assert_int_equal(desk_int(third, "job.steps.0.seed"),
			 desk_int(first, "job.steps.0.seed"));
	AUTO_JSON json_t *again =
		desk_ask_keyed(d, "k2", 0, "{'type':'decide','region_id':'r1','decision':'hold'}");
	assert_string_equal(desk_text(again, "decision.decision_id"),
			    desk_text(decided, "decision.decision_id"));
	json_decref(desk_ask_keyed(d, "k1", -EINVAL,
				   "{'type':'continue','artifact_id':'%s','seed':1}", tune));
	AUTO_JSON json_t *jobs = desk_ask(d, "{'type':'job_list'}");
	assert_int_equal(json_array_size(desk_value(jobs, "jobs")), 1);
}

/* A request for each way of starting or making something; `#` stands for what `fill` gives. */
struct keyed {
	const char *payload;
	char fill[400];
	json_t *first;
};

static void ask_with_key(struct desk *d, struct keyed *k, size_t i)
{
	char key[24], payload[800];
	const char *hole = strchr(k->payload, '#');
	snprintf(key, sizeof(key), "key-%zu", i);
	snprintf(payload, sizeof(payload), "%.*s%s%s", (int)(hole - k->payload), k->payload, k->fill, hole + 1);
	AUTO_JSON json_t *answer = desk_ask_keyed(d, key, 0, "%s", payload);
	if (!k->first)
		k->first = json_incref(answer);
	else if (!json_equal(k->first, answer))
		fail_msg("%s was answered differently the second time", payload);
}

/* As many at a time as answers are remembered at the least. */
static void ask_twice_and_after_a_crash(struct desk *d, struct keyed *all, size_t n)
{
	const size_t most = LIMIT_ANSWERED;
	for (size_t from = 0; from < n; from += most) {
		size_t to = from + most < n ? from + most : n;
		for (int round = 0; round < 2; round++)
			for (size_t i = from; i < to; i++)
				ask_with_key(d, &all[i], i);
		desk_kill(d, SIGKILL);
		desk_start(d);
		for (size_t i = from; i < to; i++)
			ask_with_key(d, &all[i], i);
	}
	for (size_t i = 0; i < n; i++)
		json_decref(all[i].first);
}

static void test_whatever_starts_or_makes_something_does_it_once_for_a_key(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	char made[40], waiting[80], staged[400];
	char *import = fs_join(d->dir, "in.mid");
	assert_int_equal(fs_write_atomic(import, "MThd-i", 6, 0644, NULL), 0);
	const char *args[] = {"--import", d->dir, NULL};
	desk_kill(d, SIGTERM);
	d->args = args;
	desk_start(d);
	desk_worker(d, d->worker);
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s','seed':7}", tune));
	AUTO_JSON json_t *lease = desk_claim(d, worker);
	AUTO_JSON json_t *done = desk_complete(d, worker, lease, "MThd-x", "audio/midi");
	str_copy(made, sizeof(made), desk_text(done, "artifact_id"));
	AUTO_JSON json_t *other = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	str_copy(waiting, sizeof(waiting), desk_text(other, "job.job_id"));
	AUTO_JSON json_t *got = desk_ask(d, "{'type':'artifact_get','artifact_id':'%s'}", made);
	desk_stage_zeros(d, 3, staged);
	struct keyed all[] = {
		{.payload = "{'type':'continue','artifact_id':'#'}"},
		{.payload = "{'type':'project','artifact_id':'#','space':'audio'}"},
		{.payload = "{'type':'forward','inputs':['#'],'steps':[{'verb':'continue'}]}"},
		{.payload = "{'type':'artifact_verify','artifact_id':'#'}"},
		{.payload = "{'type':'artifact_create','cas_hash':'#'}"},
		{.payload = "{'type':'artifact_upload','data':'#'}", .fill = "TVRoZA=="},
		{.payload = "{'type':'artifact_import','path':'#'}"},
		{.payload = "{'type':'artifact_tag','artifact_id':'#','add':['x']}"},
		{.payload = "{'type':'decide','region_id':'r1','decision':'#'}", .fill = "hold"},
		{.payload = "{'type':'job_cancel','job_id':'#'}"},
		{.payload = "{'type':'cas_adopt','path':'#'}"},
	};
	str_copy(all[3].fill, sizeof(all[3].fill), made);
	str_copy(all[4].fill, sizeof(all[4].fill), desk_text(got, "artifact.content_hash"));
	str_copy(all[6].fill, sizeof(all[6].fill), import);
	str_copy(all[9].fill, sizeof(all[9].fill), waiting);
	str_copy(all[10].fill, sizeof(all[10].fill), staged);
	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (!*all[i].fill)
			str_copy(all[i].fill, sizeof(all[i].fill), tune);
	ask_twice_and_after_a_crash(d, all, COUNT_OF(all));
	AUTO_JSON json_t *jobs = desk_ask(d, "{'type':'job_list'}");
	assert_int_equal(json_array_size(desk_value(jobs, "jobs")), 2 + 4);
	AUTO_JSON json_t *artifacts = desk_ask(d, "{'type':'artifact_list'}");
	assert_int_equal(json_array_size(desk_value(artifacts, "artifacts")), 2 + 3);
	free(import);
}

static void test_a_staged_file_that_was_adopted_before_is_known_by_its_hash(void **state)
{
	struct desk *d = *state;
	char path[400];
	desk_stage_zeros(d, 3, path);
	AUTO_JSON json_t *first = desk_ask(d, "{'type':'cas_adopt','path':'%s'}", path);
	const char *hash = desk_text(first, "content_hash");
	AUTO_JSON json_t *again = desk_ask(d, "{'type':'cas_adopt','path':'%s','hash':'%s'}", path, hash);
	assert_true(json_is_true(desk_value(again, "existed")));
	struct err err = ERR_INIT;
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'cas_adopt','path':'%s'}", path), -ENOENT);
}

static void test_a_claim_whose_answer_was_lost_gets_the_same_lease_again(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune));
	AUTO_JSON json_t *first =
		desk_ask_keyed(d, "c1", 0, "{'type':'job_claim','worker_id':'%s'}", worker);
	desk_kill(d, SIGKILL);
	desk_start(d);
	AUTO_JSON json_t *again =
		desk_ask_keyed(d, "c1", 0, "{'type':'job_claim','worker_id':'%s'}", worker);
	assert_true(json_equal(first, again));
	assert_int_equal(desk_int(again, "lease.attempt"), 1);
	AUTO_JSON json_t *done = desk_complete(d, worker, desk_value(again, "lease"), "MThd-x",
					       "audio/midi");
	assert_true(json_is_true(desk_value(done, "finished")));
}

static int count_changes(struct store_conn *c, void *arg, struct err *err)
{
	return store_int(c, arg, err,
			 "SELECT count(*) FROM change WHERE actor = 'ada' AND request IN"
			 " ('artifact_upload', 'artifact_tag', 'continue', 'job_cancel')"
			 " AND payload LIKE '{%'",
			 "");
}

static void test_who_changed_what_is_kept(void **state)
{
	struct desk *d = *state;
	const char *tune = d->tune;
	struct err err = ERR_INIT;
	json_decref(desk_ask(d, "{'type':'artifact_tag','artifact_id':'%s','add':['x']}", tune));
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	json_decref(
		desk_ask(d, "{'type':'job_cancel','job_id':'%s'}", desk_text(job, "job.job_id")));
	json_decref(desk_ask(d, "{'type':'artifact_list'}"));
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'job_cancel','job_id':'hoot:none'}"),
			 -ENOENT);
	desk_kill(d, SIGTERM);
	char *path = fs_join(d->family_dir, "hootenanny.db");
	const struct store_options o = {.path = path};
	struct store *s = NULL;
	int64_t n = 0;
	assert_int_equal(store_open(&o, &s, NULL), 0);
	assert_int_equal(store_read(s, count_changes, &n, NULL), 0);
	assert_int_equal(n, 4);
	store_close(s);
	free(path);
}

static int explain(struct store_conn *c, void *arg, struct err *err)
{
	static const char *const queries[] = {
		"SELECT id FROM artifact WHERE content_hash = 'x'",
		"SELECT id FROM artifact WHERE creator = 'x'",
		"SELECT id FROM artifact WHERE cache_key = 'x'",
		"SELECT artifact_id FROM artifact_tag WHERE tag = 'x'",
		"SELECT child FROM artifact_parent WHERE parent = 'x'",
		"SELECT id FROM job WHERE state = 0 ORDER BY priority DESC, id",
		"SELECT id FROM job WHERE region_id = 'x'",
		"SELECT id FROM decision WHERE region_id = 'x'",
	};
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		char text[200];
		sqlite3_stmt *q;
		snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s", queries[i]);
		int r = store_query(c, &q, err, text, "");
		if (r == 0)
			r = store_step(c, q, err);
		if (r > 0 && !strstr(store_text(q, 3), "INDEX"))
			r = err_set(err, -EINVAL, "%s: %s", queries[i], store_text(q, 3));
		store_done(q);
		if (r <= 0)
			return r < 0 ? r : -EINVAL;
	}
	return 0;
}

static int read_mode(struct store_conn *c, void *arg, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err, "PRAGMA journal_mode", "");
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		str_copy(arg, 16, store_text(q, 0));
	store_done(q);
	return r < 0 ? r : 0;
}

/* Rows: L21 */
static void test_everything_is_found_by_an_index_in_a_database_with_a_log(void **state)
{
	struct desk *d = *state;
	const char *tune = d->tune;
	char mode[16] = "";
	struct err err = ERR_INIT;
	desk_kill(d, SIGKILL);
	char *path = fs_join(d->family_dir, "hootenanny.db");
	const struct store_options o = {.path = path};
	struct store *s = NULL;
	assert_int_equal(store_open(&o, &s, NULL), 0);
	if (store_read(s, explain, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(store_read(s, read_mode, mode, NULL), 0);
	assert_string_equal(mode, "wal");
	store_close(s);
	free(path);
	desk_start(d);
	json_decref(desk_ask(d, "{'type':'artifact_get','artifact_id':'%s'}", tune));
}

/* Rows: S0-149 */
static void test_two_workers_share_jobs_by_priority(void **state)
{
	struct desk *d = *state;
	char two[40];
	const char *one = d->worker, *tune = d->tune;
	desk_worker(d, two);
	static const char *const priorities[] = {"idle", "normal", "critical", "low", "high"};
	static const char *const expected[] = {"critical", "high", "normal", "low", "idle"};
	for (size_t i = 0; i < COUNT_OF(priorities); i++)
		json_decref(desk_ask(
			d,
			"{'type':'continue','artifact_id':'%s','priority':'%s','params':{'n':%d}}",
			tune, priorities[i], (int)i));
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		AUTO_JSON json_t *lease = desk_claim(d, i % 2 ? two : one);
		AUTO_JSON json_t *job = desk_ask(d, "{'type':'job_status','job_id':'%s'}",
						 desk_text(lease, "job_id"));
		assert_string_equal(desk_text(job, "job.priority"), expected[i]);
		assert_string_equal(desk_text(job, "job.worker_id"), i % 2 ? two : one);
	}
	assert_null(desk_claim(d, one));
	AUTO_JSON json_t *pool = desk_ask(d, "{'type':'worker_list'}");
	assert_int_equal(json_array_size(desk_value(pool, "workers")), 2);
	AUTO_JSON json_t *left = desk_ask(d, "{'type':'worker_leave','worker_id':'%s'}", one);
	assert_int_equal(desk_int(left, "n_returned"), 3);
	AUTO_JSON json_t *again = desk_claim(d, two);
	assert_non_null(again);
}

static void test_a_worker_gets_only_what_it_can_do(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	json_decref(desk_ask(d, "{'type':'project','artifact_id':'%s','space':'embedding'}", tune));
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s','model':'other'}", tune));
	assert_null(desk_claim(d, worker));
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s','model':'m'}", tune));
	AUTO_JSON json_t *lease = desk_claim(d, worker);
	assert_string_equal(desk_text(lease, "model"), "m");
	assert_string_equal(desk_text(lease, "model_version"), "1");
}

static void on_hint(void *arg, const struct wire_frame *frames, size_t n)
{
	int *n_hints = arg;
	AUTO_JSON json_t *hint = NULL;
	assert_int_equal(json_parse(frames[n - 1].data, frames[n - 1].n, &hint, NULL), 0);
	assert_string_equal(desk_text(hint, "payload.type"), "job_hint");
	assert_int_equal(desk_int(hint, "payload.n_pending"), 1);
	++*n_hints;
}

/* As after a crash between taking the content in and noting that the job is done. */
static void test_a_result_whose_content_was_taken_in_before_completes_the_job(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *lease = desk_claim(d, worker);
	const char *path = desk_text(lease, "staging_path");
	assert_int_equal(fs_write_atomic(path, "MThd-x", 6, 0644, NULL), 0);
	AUTO_JSON json_t *kept = desk_ask(d, "{'type':'cas_adopt','path':'%s'}", path);
	assert_false(fs_exists(path));
	AUTO_JSON json_t *done =
		desk_ask(d,
			 "{'type':'job_complete','worker_id':'%s','job_id':'%s','attempt':1,"
			 "'path':'%s','content_hash':'%s'}",
			 worker, desk_text(lease, "job_id"), path, desk_text(kept, "content_hash"));
	assert_true(json_is_true(desk_value(done, "finished")));
	assert_state(d, desk_text(job, "job.job_id"), "complete");
}

/* Rows: S0-149 */
static void test_hints_of_work_repeat_until_it_is_claimed(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	char endpoint[WIRE_ENDPOINT_SIZE];
	struct wire_socket *pull = NULL;
	int n_hints = 0;
	assert_int_equal(wire_family_lookup(d->family, "hootenanny", "jobs", endpoint, NULL), 0);
	assert_int_equal(wire_socket_new(d->context, d->loop, WIRE_PULL, NULL, on_hint, &n_hints,
					 &pull, NULL),
			 0);
	assert_int_equal(wire_socket_connect(pull, endpoint, NULL), 0);
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune));
	int64_t end = wire_loop_now_ns(d->loop) + 60 * NS_PER_SEC;
	while (n_hints < 2 && wire_loop_now_ns(d->loop) < end) {
		json_decref(desk_ask(d, "{'type':'worker_heartbeat','worker_id':'%s'}", worker));
		assert_int_equal(wire_loop_step(d->loop, 50, NULL), 0);
	}
	assert_true(n_hints >= 2);
	AUTO_JSON json_t *lease = desk_claim(d, worker);
	assert_non_null(lease);
	wire_socket_free(pull);
}

/* Rows: L20 */
static void test_cancelling_is_confirmed_end_to_end(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	AUTO_JSON json_t *waiting = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *now = desk_ask(d, "{'type':'job_cancel','job_id':'%s'}",
					 desk_text(waiting, "job.job_id"));
	assert_true(json_is_true(desk_value(now, "confirmed")));

	AUTO_JSON json_t *running = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	const char *job = desk_text(running, "job.job_id");
	json_decref(desk_claim(d, worker));
	AUTO_JSON json_t *asked =
		desk_ask(d, "{'type':'job_cancel','job_id':'%s','reason':'changed my mind'}", job);
	assert_true(json_is_false(desk_value(asked, "confirmed")));
	assert_true(json_is_true(desk_value(asked, "job.cancelling")));
	assert_string_equal(desk_text(asked, "job.state"), "running");
	struct desk_pending waits;
	desk_send(d, &waits, "{'type':'job_cancel','job_id':'%s','wait_ms':10000}", job);
	AUTO_JSON json_t *beat =
		desk_ask(d, "{'type':'job_heartbeat','worker_id':'%s','job_id':'%s','attempt':1}",
			 worker, job);
	assert_true(json_is_true(desk_value(beat, "cancel")));
	assert_false(waits.done);
	AUTO_JSON json_t *stopped =
		desk_ask(d, "{'type':'job_stopped','worker_id':'%s','job_id':'%s','attempt':1}",
			 worker, job);
	assert_true(json_is_true(desk_value(stopped, "cancelled")));
	desk_wait(d, &waits.done);
	assert_true(json_is_true(desk_value(waits.result, "confirmed")));
	assert_string_equal(desk_text(waits.result, "job.state"), "cancelled");
	assert_string_equal(desk_text(waits.result, "job.error"), "changed my mind");
	json_decref(waits.result);
}

static void test_a_result_that_comes_after_the_cancel_is_refused(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *lease = desk_claim(d, worker);
	json_decref(
		desk_ask(d, "{'type':'job_cancel','job_id':'%s'}", desk_text(job, "job.job_id")));
	struct err err = ERR_INIT;
	AUTO_JSON json_t *known = desk_ask(d, "{'type':'cas_store','data':'TVRoZA=='}");
	assert_int_equal(desk_try(d, &err, NULL,
				  "{'type':'job_complete','worker_id':'%s','job_id':'%s','attempt':"
				  "1,'content_hash':'%s'}",
				  worker, desk_text(lease, "job_id"),
				  desk_text(known, "content_hash")),
			 -ECANCELED);
	assert_state(d, desk_text(job, "job.job_id"), "cancelled");
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'job_cancel','job_id':'hoot:nothing'}"),
			 -ENOENT);
}

/* Rows: L20 */
static void test_a_finished_job_cannot_be_cancelled(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *lease = desk_claim(d, worker);
	json_decref(desk_complete(d, worker, lease, "MThd-x", "audio/midi"));
	struct err err = ERR_INIT;
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'job_cancel','job_id':'%s'}",
				  desk_text(job, "job.job_id")),
			 -EPROTO);
	assert_non_null(strstr(err.msg, "complete"));
}

static void test_failures_are_tried_again_and_then_final(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	AUTO_JSON json_t *job =
		desk_ask(d, "{'type':'continue','artifact_id':'%s','max_attempts':2}", tune);
	for (int attempt = 1; attempt <= 2; attempt++) {
		AUTO_JSON json_t *lease = desk_claim_patiently(d, worker);
		AUTO_JSON json_t *failed =
			desk_ask(d,
				 "{'type':'job_fail','worker_id':'%s','job_id':'%s','attempt':%d,'"
				 "code':'io','message':'no luck','retry':true}",
				 worker, desk_text(lease, "job_id"), attempt);
		assert_true(json_is_true(desk_value(failed, "again")) == (attempt == 1));
	}
	AUTO_JSON json_t *done =
		desk_ask(d, "{'type':'job_status','job_id':'%s'}", desk_text(job, "job.job_id"));
	assert_string_equal(desk_text(done, "job.state"), "failed");
	assert_string_equal(desk_text(done, "job.error"), "no luck");
	assert_string_equal(desk_text(done, "job.error_code"), "io");
	AUTO_JSON json_t *other = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *lease = desk_claim(d, worker);
	json_decref(desk_ask(d,
			     "{'type':'job_fail','worker_id':'%s','job_id':'%s','attempt':1,'code':"
			     "'invalid','message':'never'}",
			     worker, desk_text(lease, "job_id")));
	assert_state(d, desk_text(other, "job.job_id"), "failed");
}

static void test_a_deadline_ends_a_job_nobody_takes(void **state)
{
	struct desk *d = *state;
	const char *tune = d->tune;
	AUTO_JSON json_t *job =
		desk_ask(d, "{'type':'continue','artifact_id':'%s','deadline_in_ms':300}", tune);
	AUTO_JSON json_t *poll =
		desk_ask(d, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':15000}",
			 desk_text(job, "job.job_id"));
	assert_string_equal(desk_text(poll, "jobs.0.state"), "failed");
	assert_string_equal(desk_text(poll, "jobs.0.error_code"), "timeout");
}

/* Rows: L20 */
static void test_polling_knows_any_all_time_and_unknown_jobs(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	AUTO_JSON json_t *one = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *two = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	const char *a = desk_text(one, "job.job_id"), *b = desk_text(two, "job.job_id");
	AUTO_JSON json_t *late =
		desk_ask(d, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':100}", a);
	assert_true(json_is_true(desk_value(late, "timed_out")));
	struct desk_pending any, all;
	desk_send(d, &any,
		  "{'type':'job_poll','job_ids':['%s','%s'],'mode':'any','timeout_ms':15000}", a,
		  b);
	desk_send(d, &all,
		  "{'type':'job_poll','job_ids':['%s','%s'],'mode':'all','timeout_ms':15000}", a,
		  b);
	AUTO_JSON json_t *first = desk_claim(d, worker);
	json_decref(desk_complete(d, worker, first, "MThd-1", "audio/midi"));
	desk_wait(d, &any.done);
	assert_string_equal(desk_text(any.result, "jobs.1.state"), "pending");
	assert_false(all.done);
	AUTO_JSON json_t *second = desk_claim(d, worker);
	json_decref(desk_complete(d, worker, second, "MThd-2", "audio/midi"));
	desk_wait(d, &all.done);
	assert_true(json_is_false(desk_value(all.result, "timed_out")));
	json_decref(any.result);
	json_decref(all.result);
	struct err err = ERR_INIT;
	assert_int_equal(
		desk_try(d, &err, NULL, "{'type':'job_poll','job_ids':['%s','hoot:what']}", a),
		-ENOENT);
	assert_string_equal(err.field, "job_ids");
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'job_status','job_id':'hoot:what'}"),
			 -ENOENT);
	AUTO_JSON json_t *listed = desk_ask(d, "{'type':'job_list','state':'complete'}");
	assert_int_equal(json_array_size(desk_value(listed, "jobs")), 2);
}

static void test_jobs_of_others_and_of_nobody_are_told_apart_from_missing_ones(void **state)
{
	struct desk *d = *state;
	static const struct {
		const char *payload, *field, *says;
	} cases[] = {
		{"{'type':'job_status','job_id':'lua:7'}", "job_id", "luanette"},
		{"{'type':'job_cancel','job_id':'lua:7'}", "job_id", "luanette"},
		{"{'type':'job_poll','job_ids':['lua:7']}", "job_ids", "luanette"},
		{"{'type':'job_status','job_id':'7'}", "job_id", "whose"},
		{"{'type':'job_poll','job_ids':['x:7']}", "job_ids", "whose"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err err = ERR_INIT;
		assert_int_equal(desk_try(d, &err, NULL, "%s", cases[i].payload), -EINVAL);
		assert_string_equal(err.field, cases[i].field);
		assert_non_null(strstr(err.msg, cases[i].says));
	}
}

static void test_a_second_hootenanny_in_the_family_is_refused(void **state)
{
	struct desk *d = *state;
	char command[700];
	snprintf(
		command, sizeof(command),
		"%s/daemons/hootenanny/hootenanny --family %s --bind tcp://127.0.0.1:0 2>%s/second",
		getenv("HOOT_BUILD"), d->family_dir, d->dir);
	assert_int_not_equal(system(command), 0);
	char *path = fs_join(d->dir, "second"), *text = NULL;
	size_t n;
	assert_int_equal(fs_read(path, 10000, &text, &n, NULL), 0);
	assert_non_null(strstr(text, "hootenanny"));
	assert_non_null(strstr(text, d->family_dir));
	free(path);
	free(text);
	json_decref(desk_ask(d, "{'type':'storage_stats'}"));
}

/* --- hostile ------------------------------------------------------------------------------------ */

static json_t *any_value(struct rng *rng, const char *known)
{
	switch (rng_below(rng, 9)) {
	case 0:
		return json_null();
	case 1:
		return json_integer((json_int_t)rng_next(rng));
	case 2:
		return json_real(rng_double(rng) * 1e18 - 5e17);
	case 3:
		return json_string("");
	case 4:
		return json_string(known);
	case 5:
		return json_string(
			"sha256:aaaac44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	case 6:
		return json_pack("[s, i, {}]", known, 7);
	case 7:
		return json_pack("{s:s, s:[]}", "verb", "continue", "a");
	default:
		return json_boolean(rng_below(rng, 2));
	}
}

/* The example of a request with some of its fields changed, left out or added. */
static json_t *mangled(const struct wire_message *m, struct rng *rng, const char *known)
{
	json_t *j = NULL;
	assert_int_equal(wire_example(m->request, 0, &j, NULL), 0);
	for (size_t i = 0; i < m->request->n; i++) {
		const char *name = m->request->fields[i].name;
		uint64_t what = rng_below(rng, 6);
		if (what == 0)
			json_object_del(j, name);
		else if (what == 1)
			json_object_set_new(j, name, any_value(rng, known));
		else if (what == 2 && strstr(name, "_id"))
			json_object_set_new(j, name, json_string(known));
	}
	if (rng_below(rng, 10) == 0)
		json_object_set_new(j, "nonsense", any_value(rng, known));
	json_object_set_new(j, "type", json_string(m->name));
	return j;
}

static void test_no_request_brings_it_down(void **state)
{
	struct desk *d = *state;
	struct rng rng;
	int n_good = 0, n_bad = 0;
	rng_init(&rng, test_seed());
	for (int i = 0; i < 1500; i++) {
		const struct wire_message *m = &wire_messages[rng_below(&rng, WIRE_MESSAGE_COUNT)];
		if (m->owner != WIRE_OWNER_HOOTENANNY)
			continue;
		AUTO_JSON json_t *j = mangled(m, &rng, rng_below(&rng, 2) ? d->tune : d->worker);
		json_object_del(j, "wait_ms"); /* nothing here is worth waiting for: nobody does the work */
		if (wire_field_find(m->request, "wait_ms"))
			json_object_set_new(j, "wait_ms", json_integer(0));
		json_object_del(j, "timeout_ms");
		if (m == &wire_messages[WIRE_MESSAGE_decide])
			continue;
		char AUTO_MEM *payload = json_text(j, JSON_OUT_COMPACT);
		AUTO_STRBUF answer = STRBUF_INIT;
		struct err err = ERR_INIT;
		int r = wire_client_call_json(d->client, payload, strlen(payload), NULL, &answer,
					      &err);
		n_good += r == 0;
		n_bad += r < 0;
		if (r == -EAGAIN || r == -ETIMEDOUT || r == -EIO)
			fail_msg("%s: %s", payload, err.msg);
		assert_true(r == 0 || *err.msg);
	}
	assert_true(n_good > 20 && n_bad > 100);
	AUTO_JSON json_t *alive = desk_ask(d, "{'type':'ping'}");
	assert_int_equal((pid_t)desk_int(alive, "pid"), d->pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK_TEST_WITH_WORKER(test_a_chain_is_claimed_step_by_step_and_its_results_are_polled),
		DESK_TEST_WITH_WORKER(
			test_a_job_that_nobody_can_do_says_what_it_waits_for_and_runs_when_that_joins),
		DESK_TEST_WITH_WORKER(test_a_chain_says_which_of_its_steps_nobody_can_do),
		DESK_TEST_WITH_WORKER(test_an_identical_seeded_request_is_answered_from_the_store),
		DESK_TEST_WITH_WORKER(test_verification_makes_it_again_and_compares),
		DESK_TEST_WITH_WORKER(test_a_worker_whose_process_has_ended_loses_its_job_at_once),
		DESK_TEST_WITH_SHORT_LEASES(test_a_job_of_a_killed_worker_is_done_by_another_exactly_once),
		DESK_TEST_WITH_WORKER(test_a_job_survives_the_death_of_hootenanny),
		DESK_TEST_WITH_WORKER(test_a_request_with_a_key_is_done_once_also_across_a_crash),
		DESK_TEST_WITH_WORKER(test_whatever_starts_or_makes_something_does_it_once_for_a_key),
		DESK_TEST(test_a_staged_file_that_was_adopted_before_is_known_by_its_hash),
		DESK_TEST_WITH_WORKER(test_a_claim_whose_answer_was_lost_gets_the_same_lease_again),
		DESK_TEST_WITH_WORKER(test_who_changed_what_is_kept),
		DESK_TEST_WITH_WORKER(test_everything_is_found_by_an_index_in_a_database_with_a_log),
		DESK_TEST_WITH_WORKER(test_two_workers_share_jobs_by_priority),
		DESK_TEST_WITH_WORKER(test_a_worker_gets_only_what_it_can_do),
		DESK_TEST_WITH_WORKER(test_a_result_whose_content_was_taken_in_before_completes_the_job),
		DESK_TEST_WITH_WORKER(test_hints_of_work_repeat_until_it_is_claimed),
		DESK_TEST_WITH_WORKER(test_cancelling_is_confirmed_end_to_end),
		DESK_TEST_WITH_WORKER(test_a_result_that_comes_after_the_cancel_is_refused),
		DESK_TEST_WITH_WORKER(test_a_finished_job_cannot_be_cancelled),
		DESK_TEST_WITH_WORKER(test_failures_are_tried_again_and_then_final),
		DESK_TEST_WITH_WORKER(test_a_deadline_ends_a_job_nobody_takes),
		DESK_TEST_WITH_WORKER(test_polling_knows_any_all_time_and_unknown_jobs),
		DESK_TEST(test_jobs_of_others_and_of_nobody_are_told_apart_from_missing_ones),
		DESK_TEST(test_a_second_hootenanny_in_the_family_is_refused),
		DESK_TEST_WITH_WORKER(test_no_request_brings_it_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
