/*
 * test_latents.c - what hootenanny tells chaosgarden of latents, their jobs and the decisions about them.
 */
#include "../check.h"

#include <signal.h>
#include <string.h>

#include "desk.h"

static void expect_seen(struct desk *d, const char *const *types, size_t n)
{
	desk_wait_seen(d, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(d->seen[i].type, types[i]);
		assert_true(*d->seen[i].key);
		assert_string_equal(d->seen[i].actor, "ada");
	}
}

/* Rows: S0-151 */
static void test_the_life_of_a_latent_reaches_chaosgarden_in_order_even_late(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	AUTO_JSON json_t *started =
		desk_ask(d,
			 "{'type':'forward','inputs':['%s'],'region_id':'r1','steps':[{'verb':'"
			 "continue'},{'verb':'project','space':'audio'}]}",
			 tune);
	const char *job = desk_text(started, "job.job_id");
	AUTO_JSON json_t *first = desk_claim(d, worker);
	for (int i = 1; i <= 3; i++)
		json_decref(desk_ask(d,
				     "{'type':'job_progress','worker_id':'%s','job_id':'%s','"
				     "attempt':1,'progress':0.%d}",
				     worker, job, i));
	json_decref(desk_complete(d, worker, first, "MThd-x", "audio/midi"));
	desk_kill(d, SIGKILL); /* nobody has listened yet, and nothing is forgotten */
	desk_start(d);
	desk_worker(d, d->worker);
	AUTO_JSON json_t *second = desk_claim_patiently(d, worker);
	AUTO_JSON json_t *done = desk_complete(d, worker, second, "RIFF-sound", "audio/wav");
	desk_garden(d);
	static const char *const types[] = {"latent_start", "latent_progress", "latent_refine",
					    "latent_resolve"};
	expect_seen(d, types, COUNT_OF(types));
	assert_non_null(
		strstr(d->seen[1].payload, "0.15")); /* the newest: 0.3 of the first of two steps */
	assert_non_null(strstr(d->seen[2].payload, "\"continue\""));
	assert_non_null(strstr(d->seen[3].payload, desk_text(done, "artifact_id")));
	assert_non_null(strstr(d->seen[3].payload, "\"duration_seconds\":2.5"));
	assert_non_null(strstr(d->seen[3].payload, "/objects/sha256/"));
}

static void test_a_decision_is_logged_for_ever_and_delivered(void **state)
{
	struct desk *d = *state;
	desk_garden(d);
	AUTO_JSON json_t *made =
		desk_ask(d, "{'type':'decide','region_id':'r1','decision':'approve','reason':'"
			    "swings','mix_in':{'kind':'linear','beats':8}}");
	assert_true(json_is_true(desk_value(made, "decision.delivered")));
	assert_string_equal(desk_text(made, "decision.actor"), "ada");
	desk_wait_seen(d, 1);
	assert_string_equal(d->seen[0].type, "latent_approve");
	assert_non_null(strstr(d->seen[0].payload, "\"linear\""));
	d->refuse = -EPROTO;
	struct err err = ERR_INIT;
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'decide','region_id':'r1','decision':'reject'}"), -EPROTO);
	assert_non_null(strstr(err.msg, "not now"));
	d->refuse = -EBUSY; /* busy now: it is sent again until it is taken */
	struct desk_pending hold;
	desk_send(d, &hold, "{'type':'decide','region_id':'r1','decision':'hold'}");
	for (int i = 0; i < 20; i++)
		assert_int_equal(wire_loop_step(d->loop, 20, NULL), 0);
	assert_false(hold.done);
	d->refuse = 0;
	desk_wait(d, &hold.done);
	assert_true(json_is_true(desk_value(hold.result, "decision.delivered")));
	json_decref(hold.result);
	AUTO_JSON json_t *log = desk_ask(d, "{'type':'decision_list','region_id':'r1'}");
	assert_int_equal(json_array_size(desk_value(log, "decisions")), 3);
	assert_true(json_is_false(desk_value(log, "decisions.1.delivered"))); /* refused, and in the log for ever too */
	assert_non_null(strstr(desk_text(log, "decisions.1.refusal"), "not now"));
	desk_wait_event(d, "decision_made", 3);
}

static void test_a_variation_is_the_same_job_with_another_seed(void **state)
{
	struct desk *d = *state;
	const char *worker = d->worker, *tune = d->tune;
	struct err err = ERR_INIT;
	desk_garden(d);
	assert_int_equal(
		desk_try(d, &err, NULL,
			 "{'type':'decide','region_id':'r9','decision':'request_variation'}"),
		-ENOENT);
	json_decref(desk_ask(d,
			     "{'type':'continue','artifact_id':'%s','region_id':'r1','seed':7,'"
			     "params':{'a':1,'b':2}}",
			     tune));
	AUTO_JSON json_t *lease = desk_claim(d, worker);
	json_decref(desk_complete(d, worker, lease, "MThd-x", "audio/midi"));
	AUTO_JSON json_t *made = desk_ask(d, "{'type':'decide','region_id':'r1','decision':'"
					     "request_variation','seed':8,'params':{'b':3}}");
	AUTO_JSON json_t *other = desk_claim(d, worker);
	assert_string_equal(desk_text(other, "job_id"), desk_text(made, "decision.job_id"));
	assert_int_equal(desk_int(other, "seed"), 8);
	assert_int_equal(desk_int(other, "params.a"), 1);
	assert_int_equal(desk_int(other, "params.b"), 3);
	assert_string_equal(desk_text(other, "inputs.0.artifact_id"), tune);
}

#define VARY(seed) "{'type':'decide','region_id':'r1','decision':'request_variation','seed':" #seed "}"

/* The region is asked first, so that whoever decided hears at once that it will not have another. */
static void test_a_variation_that_the_region_refuses_is_refused_and_not_made(void **state)
{
	struct desk *d = *state;
	desk_garden(d);
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s','region_id':'r1','seed':7}",
			     d->tune));
	AUTO_JSON json_t *lease = desk_claim(d, d->worker);
	json_decref(desk_complete(d, d->worker, lease, "MThd-x", "audio/midi"));
	desk_wait_seen(d, 2);
	d->refuse = -EPROTO;
	struct err err = ERR_INIT;
	assert_int_equal(desk_try(d, &err, NULL, VARY(8)), -EPROTO);
	assert_non_null(strstr(err.msg, "not now"));
	AUTO_JSON json_t *log = desk_ask(d, "{'type':'decision_list','region_id':'r1'}");
	assert_non_null(strstr(desk_text(log, "decisions.0.refusal"), "not now"));
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'job_status','job_id':'%s'}",
					 desk_text(log, "decisions.0.job_id"));
	assert_string_equal(desk_text(job, "job.state"), "cancelled");
	assert_non_null(strstr(desk_text(job, "job.error"), "not now"));
	assert_null(desk_value(job, "job.region_id"));
	assert_null(desk_claim(d, d->worker));
	d->refuse = 0;
	size_t n = d->n_seen;
	AUTO_JSON json_t *taken = desk_ask(d, VARY(9));
	assert_true(json_is_true(desk_value(taken, "decision.delivered")));
	assert_int_equal(d->n_seen, n + 1); /* and no word that the job of before was cancelled */
	assert_string_equal(d->seen[n].type, "latent_start");
	AUTO_JSON json_t *other = desk_claim(d, d->worker);
	assert_string_equal(desk_text(other, "job_id"), desk_text(taken, "decision.job_id"));
	assert_int_equal(desk_int(other, "seed"), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK_TEST_WITH_WORKER(test_the_life_of_a_latent_reaches_chaosgarden_in_order_even_late),
		DESK_TEST(test_a_decision_is_logged_for_ever_and_delivered),
		DESK_TEST_WITH_WORKER(test_a_variation_that_the_region_refuses_is_refused_and_not_made),
		DESK_TEST_WITH_WORKER(test_a_variation_is_the_same_job_with_another_seed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
