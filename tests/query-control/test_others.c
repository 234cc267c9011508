/*
 * Workers, spaces, decisions, changes, events, tags and actors.
 */
#include "stage.h"

#include <string.h>

#include "base/str.h"
#include "jobs/change_log.h"
#include "jobs/decision.h"

static void band(struct stage *s)
{
	static const char *const composer[] = {"sample", "", "midi", "continue", "midi", "midi", NULL};
	static const char *const renderer[] = {"project", "abc", "midi", "project", "midi", "audio", NULL};
	stage_worker(s, "composer", true, composer);
	stage_worker(s, "renderer", true, renderer);
	stage_worker(s, "second", true, renderer);
	stage_worker(s, "gone", false, composer);
}

static void test_who_can_make_midi_right_now(void **state)
{
	struct stage *s = *state;
	band(s);
	stage_let(s, "midi", "'midi'");
	stage_let(s, "yes", "true");
	stage_rows(s,
		   "{'verb':'sample','model':'m1','name':'composer'},{'verb':'continue','model':'m2','name':'composer'},"
		   "{'verb':'project','model':'m1','name':'renderer'},{'verb':'project','model':'m1','name':'second'}",
		   "{ Capability { to_space @filter(op: '=', value: ['$midi']) available @filter(op: '=', value: ['$yes']) verb @output"
		   " model @output worker { name @output } } }");
	stage_let(s, "midi", "'midi'");
	stage_rows(s,
		   "{'verb':'sample','name':'composer'},{'verb':'continue','name':'composer'},{'verb':'project','name':'renderer'},"
		   "{'verb':'project','name':'second'}",
		   "{ Space { space @filter(op: '=', value: ['$midi']) made_by { verb @output worker { name @output } } } }");
}

static void test_workers_and_what_they_are_at(void **state)
{
	struct stage *s = *state;
	band(s);
	stage_artifact(s, (struct stage_artifact){.name = "tune"});
	stage_job(s, (struct stage_job){.name = "job", .input = "tune"});
	stage_claim(s, "composer", "job");
	stage_pass(s, 2000);
	stage_rows(s,
		   "{'name':'composer','online':true,'silent_seconds':2.0,'n':2,'verb':['continue']},"
		   "{'name':'renderer','online':true,'silent_seconds':2.0,'n':2,'verb':[]},"
		   "{'name':'second','online':true,'silent_seconds':2.0,'n':2,'verb':[]},"
		   "{'name':'gone','online':false,'silent_seconds':2.0,'n':2,'verb':[]}",
		   "{ Worker { name @output online @output silent_seconds @output capabilities @fold @transform(op: 'count') @output(name: 'n')"
		   " jobs @fold { verb @output } } }");
}

static void test_spaces_and_the_ways_between_them(void **state)
{
	struct stage *s = *state;
	band(s);
	stage_artifact(s, (struct stage_artifact){.name = "a", .space = "text"});
	stage_artifact(s, (struct stage_artifact){.name = "b", .space = "midi"});
	stage_artifact(s, (struct stage_artifact){.name = "c", .space = "midi"});
	stage_rows(s, "{'space':'abc','n':0,'to':['midi']},{'space':'audio','n':0,'to':[]},{'space':'midi','n':2,'to':['audio']},"
		      "{'space':'text','n':1,'to':[]}",
		   "{ Space { space @output n: n_artifacts @output leads_to @fold { to: to_space @output } } }");
	stage_rows(s, "{'from_space':'abc','to_space':'midi','model':'m1','n_workers':2},{'from_space':'midi','to_space':'audio','model':'m2',"
		      "'n_workers':2}",
		   "{ Projection { from_space @output to_space @output model @output n_workers @output } }");
	stage_rows(s, "{'from_space':'abc','to_space':'midi'},{'from_space':'midi','to_space':'audio'}",
		   "{ Route(from_space: 'abc', to_space: 'audio') { from_space @output to_space @output } }");
	stage_rows(s, "", "{ Route(from_space: 'audio', to_space: 'abc') { from_space @output } }");
	stage_let(s, "m", "'midi'");
	stage_rows(s, "{'title':'c'},{'title':'b'}", "{ Space { space @filter(op: '=', value: ['$m']) artifacts { title @output } } }");
}

static void decide(struct stage *s, enum decision_kind kind, const char *region, const char *artifact, const char *actor, bool delivered)
{
	char id[UUID_SIZE];
	struct err err = ERR_INIT;
	const struct decision_new d = {.kind = kind, .region_id = region, .actor = actor, .reason = "swings",
				       .artifact_id = artifact ? stage_id(s, artifact) : NULL, .delivered = delivered,
				       .now_unix_ms = clock_real_ns(&s->clock.clock) / NS_PER_MS};
	assert_int_equal(decision_add(s->c, &d, id, &err), 0);
}

static void test_decisions_and_what_still_waits_for_one(void **state)
{
	struct stage *s = *state;
	stage_artifact(s, (struct stage_artifact){.name = "one"});
	stage_region(s, (struct stage_region){.id = "r1", .position_beats = 0, .artifact = "one", .state = LIFE_RESOLVED});
	stage_region(s, (struct stage_region){.id = "r2", .position_beats = 4, .state = LIFE_HELD});
	stage_region(s, (struct stage_region){.id = "r3", .position_beats = 8, .state = LIFE_RUNNING});
	stage_region(s, (struct stage_region){.id = "r4", .position_beats = 12, .state = LIFE_RESOLVED});
	decide(s, DECISION_HOLD, "r2", NULL, "bob", true);
	stage_rows(s, "{'region_id':'r1'},{'region_id':'r2'},{'region_id':'r4'}", "{ PendingApproval { region_id @output } }");
	decide(s, DECISION_APPROVE, "r1", "one", "ada", false); /* chaosgarden has not heard of it */
	stage_rows(s, "{'region_id':'r2','decision':'hold','actor':'bob'}",
		   "{ PendingApproval { region_id @output decisions { decision @output actor @output } } }");
	stage_rows(s, "{'decision':'approve','delivered':false,'region_id':'r1','title':'one','name':'ada'}",
		   "{ Decision { decision @output delivered @output region { region_id @output } artifact { title @output }"
		   " by { name @output } } }");
	stage_let(s, "a", "'bob'");
	stage_rows(s, "{'region_id':'r2','reason':'swings'}",
		   "{ Decision { actor @filter(op: '=', value: ['$a']) region_id @output reason @output } }");
	assert_int_equal(s->stats.vertices, 1);
	stage_rows(s, "{'title':'one','decision':'approve'}", "{ Artifact { title @output decisions { decision @output } } }");
}

static void test_who_changed_what(void **state)
{
	struct stage *s = *state;
	struct err err = ERR_INIT;
	for (int i = 0; i < 10; i++) {
		const char *payload = "{\"type\":\"x\"}";
		assert_int_equal(change_log_add(s->c, i % 5 ? "ada" : "bob", i % 2 ? "decide" : "artifact_tag", payload, strlen(payload),
						clock_real_ns(&s->clock.clock) / NS_PER_MS, &err), 0);
		stage_pass(s, 1000);
	}
	stage_let(s, "a", "'bob'");
	stage_rows(s, "{'request':'decide','payload':'{\\'type\\':\\'x\\'}','age_seconds':5.0},"
		      "{'request':'artifact_tag','payload':'{\\'type\\':\\'x\\'}','age_seconds':10.0}",
		   "{ Change { actor @filter(op: '=', value: ['$a']) request @output payload @output age_seconds @output } }");
	assert_int_equal(s->stats.vertices, 2);
	stage_let(s, "t", "1700000008000");
	stage_rows(s, "{'actor':'ada','name':'ada'},{'actor':'ada','name':'ada'}",
		   "{ Change { time_unix_ms @filter(op: '>=', value: ['$t']) actor @output by { name @output } } }");
	assert_int_equal(s->stats.vertices, 4);
}

static void happen(struct stage *s, const char *name, uint64_t seq)
{
	const char *payload = "{\"type\":\"x\"}";
	struct wire_received e = {.seq = seq, .beat = (double)seq, .payload = {payload, strlen(payload)}};
	(void)str_copy(e.name, sizeof(e.name), name);
	(void)str_copy(e.sender, sizeof(e.sender), "chaosgarden");
	assert_int_equal(events_kept_add(s->events, &e, clock_real_ns(&s->clock.clock) / NS_PER_MS, NULL), 0);
	stage_pass(s, 1000);
}

static void test_the_last_events_newest_first(void **state)
{
	struct stage *s = *state;
	stage_rows(s, "", "{ Event { name @output } }");
	for (uint64_t i = 0; i < 130; i++)
		happen(s, i % 50 ? "tick" : "mixed_in", i);
	stage_let(s, "n", "'mixed_in'");
	stage_rows(s, "{'sender':'chaosgarden','seq':100,'beat':100.0,'time_unix_ms':1700000100000,'age_seconds':30.0,"
		      "'payload':'{\\'type\\':\\'x\\'}'},"
		      "{'sender':'chaosgarden','seq':50,'beat':50.0,'time_unix_ms':1700000050000,'age_seconds':80.0,"
		      "'payload':'{\\'type\\':\\'x\\'}'}",
		   "{ Event { name @filter(op: '=', value: ['$n']) sender @output seq @output beat @output time_unix_ms @output"
		   " age_seconds @output payload @output } }");
	assert_int_equal(s->stats.vertices, 100);
}

static void test_tags_of_artifacts_and_regions(void **state)
{
	struct stage *s = *state;
	stage_artifact(s, (struct stage_artifact){.name = "a", .tags = {"chorus", "x"}});
	stage_artifact(s, (struct stage_artifact){.name = "b", .tags = {"chorus"}});
	stage_region(s, (struct stage_region){.id = "r1", .position_beats = 4, .tag = "chorus"});
	stage_region(s, (struct stage_region){.id = "r0", .position_beats = 0, .tag = "chorus"});
	stage_region(s, (struct stage_region){.id = "r2", .position_beats = 8, .tag = "verse"});
	stage_rows(s,
		   "{'name':'chorus','n_artifacts':2,'n_regions':2,'region_id':['r0','r1']},{'name':'verse','n_artifacts':0,'n_regions':1,"
		   "'region_id':['r2']},{'name':'x','n_artifacts':1,'n_regions':0,'region_id':[]}",
		   "{ Tag { name @output n_artifacts @output n_regions @output regions @fold { region_id @output } } }");
}

static void test_actors_are_all_who_did_something(void **state)
{
	struct stage *s = *state;
	struct err err = ERR_INIT;
	stage_artifact(s, (struct stage_artifact){.name = "a", .creator = "maker"});
	stage_artifact(s, (struct stage_artifact){.name = "b", .creator = "maker"});
	stage_job(s, (struct stage_job){.name = "job", .actor = "asker"});
	decide(s, DECISION_APPROVE, "r1", NULL, "judge", true);
	assert_int_equal(change_log_add(s->c, "changer", "x", "{}", 2, 0, &err), 0);
	stage_region(s, (struct stage_region){.id = "r1", .actor = "player"});
	stage_region(s, (struct stage_region){.id = "r2", .actor = ""}); /* nobody's */
	const struct garden_edit_row edit = {.revision = 1, .kind = EDIT_PLAIN, .actor = "editor"};
	assert_int_equal(garden_state_edit(s->garden, &edit, &err), 0);
	stage_rows(s,
		   "{'name':'asker','a':0,'j':1,'d':0,'c':0,'r':0},{'name':'changer','a':0,'j':0,'d':0,'c':1,'r':0},"
		   "{'name':'editor','a':0,'j':0,'d':0,'c':0,'r':0},{'name':'judge','a':0,'j':0,'d':1,'c':0,'r':0},"
		   "{'name':'maker','a':2,'j':0,'d':0,'c':0,'r':0},{'name':'player','a':0,'j':0,'d':0,'c':0,'r':1}",
		   "{ Actor { name @output artifacts @fold @transform(op: 'count') @output(name: 'a')"
		   " jobs @fold @transform(op: 'count') @output(name: 'j') decisions @fold @transform(op: 'count') @output(name: 'd')"
		   " changes @fold @transform(op: 'count') @output(name: 'c') regions @fold @transform(op: 'count') @output(name: 'r') } }");
}

/* Beat 5: r1 and r2 sound; r3 is to come, and r0 is over. */
static void test_the_whole_lineage_of_what_sounds_now(void **state)
{
	struct stage *s = *state;
	stage_artifact(s, (struct stage_artifact){.name = "tune"});
	stage_artifact(s, (struct stage_artifact){.name = "chords"});
	stage_artifact(s, (struct stage_artifact){.name = "line", .parents = {"tune", "chords"}});
	stage_artifact(s, (struct stage_artifact){.name = "sound", .parents = {"line", "tune"}, .space = "audio"});
	stage_artifact(s, (struct stage_artifact){.name = "other"});
	stage_region(s, (struct stage_region){.id = "r0", .artifact = "other", .position_beats = 0});
	stage_region(s, (struct stage_region){.id = "r1", .artifact = "sound", .position_beats = 4});
	stage_region(s, (struct stage_region){.id = "r2", .artifact = "chords", .position_beats = 4.5});
	stage_region(s, (struct stage_region){.id = "r3", .artifact = "other", .position_beats = 8});
	stage_transport(s, true, 5);
	stage_rows(s,
		   "{'region_id':'r1','title':'sound','from':['line','tune','chords']},{'region_id':'r2','title':'chords','from':[]}",
		   "{ Sounding { region_id @output artifact { title @output ancestors @fold { from: title @output } } } }");
	stage_transport(s, false, 5);
	stage_rows(s, "", "{ Sounding { region_id @output } }");
}

static void test_regions_tagged_chorus(void **state)
{
	struct stage *s = *state;
	stage_artifact(s, (struct stage_artifact){.name = "a", .tags = {"chorus"}});
	stage_region(s, (struct stage_region){.id = "r1", .position_beats = 4, .tag = "chorus", .artifact = "a"});
	stage_region(s, (struct stage_region){.id = "r2", .position_beats = 8, .tag = "verse", .artifact = "a"});
	stage_rows(s, "{'region_id':'r1','title':'a'}", "{ RegionByTag(tag: 'chorus') { region_id @output artifact { title @output } } }");
	stage_let(s, "t", "'chorus'"); /* and those whose artifact is tagged so */
	stage_rows(s, "{'region_id':'r1'},{'region_id':'r2'}",
		   "{ Artifact { tags @filter(op: 'contains', value: ['$t']) regions { region_id @output } } }");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(test_who_can_make_midi_right_now),
		STAGE_TEST(test_workers_and_what_they_are_at),
		STAGE_TEST(test_spaces_and_the_ways_between_them),
		STAGE_TEST(test_decisions_and_what_still_waits_for_one),
		STAGE_TEST(test_who_changed_what),
		STAGE_TEST(test_the_last_events_newest_first),
		STAGE_TEST(test_tags_of_artifacts_and_regions),
		STAGE_TEST(test_actors_are_all_who_did_something),
		STAGE_TEST(test_the_whole_lineage_of_what_sounds_now),
		STAGE_TEST(test_regions_tagged_chorus),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
