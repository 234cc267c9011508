/*
 * Jobs: how far they are, when they will have ended, whether that is in time.
 */
#include "stage.h"

#include <stdio.h>

#include "base/str.h"

static const char *const midi_to_midi[] = {"continue", "midi", "midi", NULL};
static const char *const both[] = {"continue", "midi", "midi", "project", "midi", "audio", NULL};

/* Some that have ended, each of which took ms. */
static void past(struct stage *s, const char *worker, const int *ms, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		stage_job(s, (struct stage_job){.name = "past", .input = "tune"});
		stage_pass(s, 77); /* waits for its worker */
		stage_claim(s, worker, "past");
		stage_pass(s, ms[i]);
		stage_complete(s, worker, "past", "made");
	}
}

static void test_what_a_job_is_like(void **state)
{
	struct stage *s = *state;
	stage_artifact(s, (struct stage_artifact){.name = "tune"});
	stage_worker(s, "ann", true, both);
	stage_region(s, (struct stage_region){.id = "r1", .position_beats = 32, .state = LIFE_RUNNING});
	stage_job(s, (struct stage_job){.name = "job", .input = "tune", .region = "r1", .spaces = {"midi", "midi", "audio"}});
	stage_pass(s, 500);
	stage_claim(s, "ann", "job");
	stage_pass(s, 1000);
	stage_progress(s, "ann", "job", 0.5);
	stage_rows(s,
		   "{'verb':'continue','state':'running','cancelling':false,'priority':'normal','actor':'ada','region_id':'r1','space':'audio',"
		   "'model':'m1','params':'{}','step':0,'n_steps':2,'progress':0.25,'message':'bar 1','attempt':1,'worker_id':'ann',"
		   "'artifact_id':null,'error':null,'created_unix_ms':1700000000000,'started_unix_ms':1700000000500,'age_seconds':1.5}",
		   "{ Job { verb @output state @output cancelling @output priority @output actor @output region_id @output space @output"
		   " model @output params @output step @output n_steps @output progress @output message @output attempt @output"
		   " worker_id @output artifact_id @output error @output created_unix_ms @output started_unix_ms @output"
		   " age_seconds @output } }");
	stage_rows(s, "{'i':'tune','r':'r1','w':'ann','name':'ada'}",
		   "{ Job { inputs { i: title @output } region { r: region_id @output } worker { w: name @output } by { name @output } } }");
	stage_complete(s, "ann", "job", "first");
	stage_pass(s, 100);
	stage_rows(s,
		   "{'step':0,'verb':'continue','from_space':'midi','space':'midi','model':'m1','state':'complete','t':'job',"
		   "'started_unix_ms':1700000000500,'ended_unix_ms':1700000001500},"
		   "{'step':1,'verb':'project','from_space':'midi','space':'audio','model':'','state':'pending','t':null,"
		   "'started_unix_ms':null,'ended_unix_ms':null}",
		   "{ Job { steps { step @output verb @output from_space @output space @output model @output state @output"
		   " artifact @optional { t: title @output } started_unix_ms @output ended_unix_ms @output } } }");
	stage_claim(s, "ann", "job");
	stage_complete(s, "ann", "job", "second");
	stage_rows(s, "{'state':'complete','progress':1.0,'space':'audio','parent':'midi'}",
		   "{ Job { state @output progress @output artifact { space @output parents { parent: space @output } } } }");
	stage_let(s, "t", "'tune'");
	stage_rows(s, "{'state':'complete'}", "{ Artifact { title @filter(op: '=', value: ['$t']) used_by { state @output } } }");
}

static void test_an_end_is_told_by_progress(void **state)
{
	struct stage *s = *state;
	stage_artifact(s, (struct stage_artifact){.name = "tune"});
	stage_worker(s, "ann", true, midi_to_midi);
	stage_job(s, (struct stage_job){.name = "job", .input = "tune"});
	stage_claim(s, "ann", "job");
	stage_pass(s, 2000);
	stage_rows(s, "{'ends_unix_ms':null,'left_seconds':null,'late':false}",
		   "{ Job { ends_unix_ms @output left_seconds @output late @output } }");
	stage_progress(s, "ann", "job", 0.25);
	stage_rows(s, "{'ends_unix_ms':1700000008000,'left_seconds':6.0}", "{ RunningJob { ends_unix_ms @output left_seconds @output } }");
	stage_complete(s, "ann", "job", "made");
	stage_pass(s, 5000);
	stage_rows(s, "{'ends_unix_ms':1700000002000,'left_seconds':0.0}", "{ Job { ends_unix_ms @output left_seconds @output } }");
	stage_rows(s, "", "{ RunningJob { job_id @output } }");
}

static void test_an_end_is_told_by_how_long_others_took(void **state)
{
	struct stage *s = *state;
	static const int took[] = {4000, 90000, 5000, 6000, 1};
	stage_artifact(s, (struct stage_artifact){.name = "tune"});
	stage_worker(s, "ann", true, both);
	past(s, "ann", took, COUNT_OF(took));
	stage_rows(s, "{'expected_seconds':5.0},{'expected_seconds':null}", "{ Capability { expected_seconds @output } }");
	stage_job(s, (struct stage_job){.name = "job", .input = "tune"});
	stage_let(s, "s", "'pending'");
	stage_rows(s, "{'left_seconds':5.0}", "{ Job { state @filter(op: '=', value: ['$s']) left_seconds @output } }");
	stage_claim(s, "ann", "job");
	stage_pass(s, 2000);
	stage_rows(s, "{'left_seconds':3.0}", "{ RunningJob { left_seconds @output } }");
	stage_pass(s, 60000); /* longer than ever: it may end any moment */
	stage_rows(s, "{'left_seconds':0.0}", "{ RunningJob { left_seconds @output } }");
}

static void test_a_job_that_waits_begins_when_a_worker_is_free(void **state)
{
	struct stage *s = *state;
	static const int took[] = {4000};
	stage_artifact(s, (struct stage_artifact){.name = "tune"});
	stage_worker(s, "ann", true, midi_to_midi);
	past(s, "ann", took, 1);
	stage_job(s, (struct stage_job){.name = "first", .input = "tune"});
	stage_claim(s, "ann", "first");
	stage_pass(s, 1000);
	stage_job(s, (struct stage_job){.name = "second", .input = "tune"});
	stage_let(s, "s", "'pending'");
	stage_rows(s, "{'left_seconds':7.0}", "{ Job { state @filter(op: '=', value: ['$s']) left_seconds @output } }");
	stage_worker(s, "bob", true, midi_to_midi);
	stage_let(s, "s", "'pending'");
	stage_rows(s, "{'left_seconds':4.0}", "{ Job { state @filter(op: '=', value: ['$s']) left_seconds @output } }");
}

/* One worker, which is at one for 3 s more; each takes 4 s. */
static void test_a_job_that_waits_has_its_turn_after_those_before_it(void **state)
{
	struct stage *s = *state;
	static const int took[] = {4000};
	stage_artifact(s, (struct stage_artifact){.name = "tune"});
	stage_worker(s, "ann", true, midi_to_midi);
	past(s, "ann", took, 1);
	stage_job(s, (struct stage_job){.name = "now", .input = "tune"});
	stage_claim(s, "ann", "now");
	stage_pass(s, 1000);
	stage_job(s, (struct stage_job){.name = "a", .input = "tune", .actor = "a"});
	stage_job(s, (struct stage_job){.name = "b", .input = "tune", .actor = "b"});
	stage_job(s, (struct stage_job){.name = "c", .input = "tune", .actor = "urgent", .priority = JOB_CRITICAL});
	stage_job(s, (struct stage_job){.name = "x", .actor = "nobody", .spaces = {"midi", "video"}});
	stage_let(s, "s", "'pending'");
	stage_rows(s,
		   "{'actor':'urgent','left_seconds':7.0},{'actor':'a','left_seconds':11.0},{'actor':'b','left_seconds':15.0},"
		   "{'actor':'nobody','left_seconds':null}",
		   "{ Job { state @filter(op: '=', value: ['$s']) actor @output left_seconds @output } }");
	stage_worker(s, "bob", true, midi_to_midi);
	stage_let(s, "s", "'pending'");
	stage_rows(s,
		   "{'actor':'urgent','left_seconds':4.0},{'actor':'a','left_seconds':7.0},{'actor':'b','left_seconds':8.0},"
		   "{'actor':'nobody','left_seconds':null}",
		   "{ Job { state @filter(op: '=', value: ['$s']) actor @output left_seconds @output } }");
}

static void test_a_chain_takes_as_long_as_its_steps(void **state)
{
	struct stage *s = *state;
	stage_artifact(s, (struct stage_artifact){.name = "tune"});
	stage_worker(s, "ann", true, both);
	for (int i = 0; i < 2; i++) {
		stage_job(s, (struct stage_job){.name = "job", .input = "tune", .spaces = {"midi", "midi", "audio"}});
		stage_let(s, "s", "'pending'");
		stage_rows(s, i ? "{'left_seconds':7.0}" : "{'left_seconds':null}",
			   "{ Job { state @filter(op: '=', value: ['$s']) left_seconds @output } }");
		stage_claim(s, "ann", "job");
		stage_pass(s, 2000);
		stage_complete(s, "ann", "job", "one");
		stage_claim(s, "ann", "job");
		stage_pass(s, 5000);
		stage_complete(s, "ann", "job", "two");
	}
}

/* 120 beats a minute: beat 32 is 16 s on. */
static void test_a_job_is_late_when_its_region_sounds_before_it_is_there(void **state)
{
	struct stage *s = *state;
	stage_artifact(s, (struct stage_artifact){.name = "tune"});
	stage_worker(s, "ann", true, midi_to_midi);
	stage_region(s, (struct stage_region){.id = "r1", .position_beats = 32, .state = LIFE_RUNNING});
	stage_job(s, (struct stage_job){.name = "job", .input = "tune", .region = "r1"});
	stage_claim(s, "ann", "job");
	stage_pass(s, 1000);
	stage_progress(s, "ann", "job", 0.1);
	stage_transport(s, false, 0);
	stage_rows(s, "{'due_beats':32.0,'due_unix_ms':null,'margin_seconds':null,'late':false}",
		   "{ Job { due_beats @output due_unix_ms @output margin_seconds @output late @output } }");
	stage_transport(s, true, 0);
	stage_rows(s, "{'due_beats':32.0,'due_unix_ms':1700000017000,'margin_seconds':7.0,'late':false}",
		   "{ Job { due_beats @output due_unix_ms @output margin_seconds @output late @output } }");
	stage_rows(s, "", "{ LateJob { job_id @output } }");
	stage_transport(s, true, 16); /* 8 s to go, the job needs 9 */
	stage_rows(s, "{'margin_seconds':-1.0,'late':true,'region_id':'r1'}",
		   "{ LateJob { margin_seconds @output late @output region { region_id @output } } }");
	stage_pass(s, 4000); /* the transport rolls on */
	stage_progress(s, "ann", "job", 0.9);
	stage_rows(s, "", "{ LateJob { job_id @output } }");
	stage_transport(s, true, 33);
	stage_rows(s, "{'due_unix_ms':1700000004500}", "{ LateJob { due_unix_ms @output } }");
	stage_complete(s, "ann", "job", "made");
	stage_rows(s, "", "{ LateJob { job_id @output } }");
}

static void test_a_job_that_nobody_can_do_is_late_and_says_what_it_waits_for(void **state)
{
	struct stage *s = *state;
	stage_artifact(s, (struct stage_artifact){.name = "tune"});
	stage_worker(s, "gone", false, midi_to_midi);
	stage_region(s, (struct stage_region){.id = "r1", .position_beats = 3200, .state = LIFE_PENDING});
	stage_job(s, (struct stage_job){.name = "job", .input = "tune", .region = "r1"});
	stage_job(s, (struct stage_job){.name = "free", .input = "tune"});
	stage_transport(s, true, 0);
	stage_rows(s, "{'region_id':'r1','waiting_for':'no worker that is online can continue midi to midi; there is none','left_seconds':null}",
		   "{ LateJob { region_id @output waiting_for @output left_seconds @output } }");
	stage_worker(s, "ann", true, midi_to_midi);
	stage_rows(s, "", "{ LateJob { job_id @output } }");
	stage_rows(s, "{'w':null},{'w':null}", "{ Job { w: waiting_for @output } }");
}

static void test_jobs_are_found_by_an_index(void **state)
{
	struct stage *s = *state;
	char region[24];
	stage_artifact(s, (struct stage_artifact){.name = "tune"});
	stage_worker(s, "ann", true, midi_to_midi);
	for (int i = 0; i < 30; i++) {
		snprintf(region, sizeof(region), "r%d", i / 2);
		stage_job(s, (struct stage_job){.name = "job", .input = "tune", .region = region, .actor = i % 10 ? "ada" : "bob",
						  .priority = i == 17 ? JOB_HIGH : JOB_NORMAL});
		stage_pass(s, 1000);
	}
	static const struct {
		const char *what, *value, *rows;
		int64_t n;
	} cases[] = {
		{"region_id @output @filter(op: '=', value: ['$v']) actor @output", "'r5'",
		 "{'region_id':'r5','actor':'ada'},{'region_id':'r5','actor':'bob'}", 2},
		{"actor @filter(op: '=', value: ['$v']) region_id @output", "'bob'", "{'region_id':'r10'},{'region_id':'r5'},{'region_id':'r0'}", 3},
		{"age_seconds @filter(op: '<=', value: ['$v']) region_id @output", "1.0", "{'region_id':'r14'}", 2},
		{"state @filter(op: '=', value: ['$v']) region_id @output", "'running'", "", 0},
		{"state @filter(op: 'one_of', value: ['$v']) region_id @output", "['failed', 'nonsense', 'complete']", "", 0},
		{"state @filter(op: '=', value: ['$v']) priority @output @filter(op: '!=', value: ['$w'])", "'pending'", "{'priority':'high'}", 30},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		stage_let(s, "v", cases[i].value);
		if (i == COUNT_OF(cases) - 1)
			stage_let(s, "w", "'normal'");
		stage_rows(s, cases[i].rows, "{ Job { %s } }", cases[i].what);
		if (s->stats.vertices > cases[i].n)
			fail_msg("%s visits %d vertices", cases[i].what, (int)s->stats.vertices);
		if (s->n_scanned || s->n_sorted)
			fail_msg("%s scans %d rows, sorts %d times", cases[i].what, s->n_scanned, s->n_sorted);
	}
}

/* What the latents of the last minute became. */
static void test_what_became_of_the_latents_of_the_last_minute(void **state)
{
	struct stage *s = *state;
	stage_artifact(s, (struct stage_artifact){.name = "tune"});
	stage_worker(s, "ann", true, midi_to_midi);
	stage_job(s, (struct stage_job){.name = "old", .input = "tune", .region = "r0"});
	stage_claim(s, "ann", "old");
	stage_complete(s, "ann", "old", "old");
	stage_region(s, (struct stage_region){.id = "r0", .job = "old", .state = LIFE_MIXED_IN});
	stage_pass(s, 120000);
	stage_job(s, (struct stage_job){.name = "job", .input = "tune", .region = "r1"});
	stage_job(s, (struct stage_job){.name = "slow", .input = "tune", .region = "r2"});
	stage_job(s, (struct stage_job){.name = "report", .input = "tune"});
	stage_claim(s, "ann", "job");
	stage_complete(s, "ann", "job", "made");
	stage_region(s, (struct stage_region){.id = "r1", .job = "job", .state = LIFE_RESOLVED});
	stage_region(s, (struct stage_region){.id = "r2", .job = "slow", .state = LIFE_PENDING});
	stage_let(s, "minute", "60.0");
	stage_rows(s, "{'region_id':'r2','became':'pending','title':null},{'region_id':'r1','became':'resolved','title':'job'}",
		   "{ Job { age_seconds @filter(op: '<=', value: ['$minute']) region { region_id @output became: state @output }"
		   " artifact @optional { title @output } } }");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(test_what_a_job_is_like),
		STAGE_TEST(test_an_end_is_told_by_progress),
		STAGE_TEST(test_an_end_is_told_by_how_long_others_took),
		STAGE_TEST(test_a_job_that_waits_begins_when_a_worker_is_free),
		STAGE_TEST(test_a_job_that_waits_has_its_turn_after_those_before_it),
		STAGE_TEST(test_a_chain_takes_as_long_as_its_steps),
		STAGE_TEST(test_a_job_is_late_when_its_region_sounds_before_it_is_there),
		STAGE_TEST(test_a_job_that_nobody_can_do_is_late_and_says_what_it_waits_for),
		STAGE_TEST(test_jobs_are_found_by_an_index),
		STAGE_TEST(test_what_became_of_the_latents_of_the_last_minute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
