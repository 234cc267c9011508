/*
 * test_garden_copy.c - chaosgarden's messages become the same timeline again, and events change it an edit at a time. Snapshots,
 * gaps and restarts of the real program: tests/system/test_graph.c.
 */
#include "query-control/garden_copy.h"
#include "query-control/garden_copy_priv.h"
#include "query-control/garden_parts.h"

#include "../check.h"
#include "../starve.h"

#include "base/clock.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

static int open_side(void **state)
{
	static struct garden_side side;
	struct err err = ERR_INIT;
	assert_int_equal(garden_side_open(&side, 48000, &err), 0);
	*state = &side;
	return 0;
}

static int close_side(void **state)
{
	garden_side_close(*state);
	return 0;
}

/* An event as it comes, with ' for ". */
static char *text_of(const char *name, const char *fields)
{
	static const char head[] = "{'seq':1,'topic_seq':1,'sender':'chaosgarden','incarnation':'01890a5d-ac96-774b-bcce-b302099a8057',"
				   "'beat':0,'frame':0,'monotonic_ns':%lld,'payload':{'type':'%s',%s}}";
	char *text = str_printf(head, (long long)clock_monotonic_ns(clock_system()), name, fields);
	assert_non_null(text);
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return text;
}

static int send(struct garden_side *s, const char *name, const char *fields, struct err *err)
{
	struct wire_received e;
	char AUTO_MEM *text = text_of(name, fields);
	if (wire_event_parse(name, text, strlen(text), &e, err) < 0)
		fail_msg("%s: %s", text, err->msg);
	return garden_side_event(s, &e, err);
}

static void tell(struct garden_side *s, const char *name, const char *fields)
{
	struct err err = ERR_INIT;
	if (send(s, name, fields, &err) < 0)
		fail_msg("%s: %s %s", name, err.field, err.msg);
}

#define REGION(id, revision, more) \
	"'region':{'region_id':'" id "','position_beats':4,'duration_beats':8,'behaviour':'play_content','state':'plain','output':'mix:in'," \
	"'gain':1,'fade_in_beats':0,'fade_out_beats':0,'tags':['chorus','loud'],'refinements':0,'actor':'human:ann','revision':" revision more "}"
#define EDIT(revision, more) \
	"'revision':" revision ",'kind':'edit','actor':'human:ann','time_unix_ms':5,'undone':false,'touched':['region:a']" more

static void test_an_edit_is_shown_when_it_is_told_to_its_end(void **state)
{
	struct garden_side *s = *state;
	struct garden_view *v = NULL;
	tell(s, "region_created", REGION("a", "1", ""));
	tell(s, "region_created", REGION("b", "1", ""));
	assert_true(s->editing);
	assert_int_equal(garden_state_view(s->state, &v, NULL), 0);
	assert_int_equal(document_n_regions(v->document), 0);
	garden_view_unref(v);
	tell(s, "edit_applied", EDIT("1", ""));
	assert_int_equal(garden_state_view(s->state, &v, NULL), 0);
	assert_int_equal(document_n_regions(v->document), 2);
	assert_int_equal(document_revision(v->document), 1);
	assert_int_equal(garden_view_n_edits(v), 1);
	tell(s, "region_deleted", "'region_id':'a','revision':2");
	tell(s, "edit_applied", EDIT("2", ""));
	assert_int_equal(document_n_regions(v->document), 2); /* a view stays as it is */
	garden_view_unref(v);
	assert_null(document_region(s->doc, "a"));
}

static void test_what_is_older_than_the_timeline_changes_nothing(void **state)
{
	struct garden_side *s = *state;
	tell(s, "region_created", REGION("a", "1", ""));
	tell(s, "edit_applied", EDIT("1", ""));
	tell(s, "region_deleted", "'region_id':'a','revision':1");
	tell(s, "region_changed", REGION("late", "1", ""));
	tell(s, "marker_set", "'marker':{'marker_id':'m','position_beats':1,'marker_type':'cue_point'},'revision':1");
	tell(s, "edit_applied", EDIT("1", ""));
	assert_false(s->editing);
	assert_non_null(document_region(s->doc, "a"));
	assert_null(document_region(s->doc, "late"));
	assert_int_equal(document_n_markers(s->doc), 0);
	tell(s, "region_deleted", "'region_id':'nobody','revision':2"); /* a copy that begins late does not know it */
}

static void test_a_region_keeps_all_that_is_told_of_it(void **state)
{
	struct garden_side *s = *state;
	tell(s, "region_created",
	     REGION("a", "1",
		    ",'name':'verse','content':{'path':'/srv/a.wav','artifact_id':'art1','offset_seconds':2,'rate':0.5,'reverse':true},"
		    "'taken_over_by':'b','leaves_beats':8,'leaves_how':'linear','leaves_over_beats':2,'custom':{'n':1}"));
	const struct doc_region *r = document_region(s->doc, "a");
	assert_non_null(r);
	assert_int_equal(r->revision, 1);
	assert_int_equal(r->body->n_tags, 2);
	assert_string_equal(r->body->tags[1], "loud");
	assert_string_equal(r->body->name, "verse");
	assert_string_equal(r->body->actor, "human:ann");
	assert_string_equal(r->body->custom, "{\"n\":1}");
	assert_true(r->body->has_content && !r->life->has_content);
	const struct doc_content *c = doc_region_content(r);
	assert_string_equal(c->artifact_id, "art1");
	assert_true(c->offset_seconds == 2 && c->rate == 0.5 && c->reverse && c->duration_seconds < 0);
	assert_string_equal(r->life->taken_over.other, "b");
	assert_true(r->life->taken_over.at_beats == 8 && r->life->taken_over.fade_beats == 2);
	assert_int_equal(r->life->taken_over.kind, DOC_LINEAR);
}

static void test_a_latent_lives(void **state)
{
	struct garden_side *s = *state;
	static const char latent[] = "'region':{'region_id':'l','position_beats':4,'duration_beats':8,'behaviour':'latent','state':'approved',"
				     "'output':'mix:in','gain':1,'fade_in_beats':0,'fade_out_beats':0,'tags':[],'refinements':1,"
				     "'actor':'agent:bob','revision':1,'job_id':'hoot:1','intent':{'verb':'continue','space':'midi','prompt':'more',"
				     "'parameters':{'seed':7}},'content':{'hash':'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',"
				     "'artifact_id':'art2'},'enters_beats':4,'enters_how':'equal_power','enters_over_beats':4,'replaces':['a','c']}";
	tell(s, "region_created", latent);
	tell(s, "edit_applied", EDIT("1", ""));
	tell(s, "latent_progressed", "'region_id':'l','job_id':'hoot:1','progress':0.25,'refinements':2");
	tell(s, "latent_progressed", "'region_id':'gone','job_id':'hoot:1','progress':0.25,'refinements':2");
	const struct doc_region *r = document_region(s->doc, "l");
	assert_int_equal(r->life->state, LIFE_APPROVED);
	assert_true(r->life->progress == 0.25 && r->life->refinements == 2);
	assert_true(r->life->has_content && !r->body->has_content);
	assert_string_equal(r->life->job_id, "hoot:1");
	assert_int_equal(r->life->n_replaces, 2);
	assert_string_equal(r->life->replaces[1], "c");
	assert_true(r->life->has_mix && r->life->mix.at_beats == 4 && r->life->mix.kind == DOC_EQUAL_POWER);
	assert_string_equal(r->body->intent.parameters, "{\"seed\":7}");
	struct garden_view *v = NULL;
	assert_int_equal(garden_state_view(s->state, &v, NULL), 0);
	assert_true(document_region(v->document, "l")->life->progress == 0.25); /* it is no edit, and shown at once */
	garden_view_unref(v);
}

static void test_markers_and_maps_follow(void **state)
{
	struct garden_side *s = *state;
	tell(s, "marker_set", "'marker':{'marker_id':'m','position_beats':8,'marker_type':'section_change','label':'B','metadata':{'n':1}},'revision':1");
	tell(s, "tempo_map_changed", "'revision':1,'bar_one_beats':1,'tempo':[{'position_beats':0,'bpm':90,'shape':'ramp'},"
				     "{'position_beats':16,'bpm':180,'shape':'step'}],'meter':[{'position_beats':1,'numerator':6,'denominator':8}]");
	tell(s, "edit_applied", EDIT("1", ""));
	struct garden_view *v = NULL;
	assert_int_equal(garden_state_view(s->state, &v, NULL), 0);
	const struct doc_marker *m = document_marker(v->document, "m");
	assert_true(m->position_beats == 8);
	assert_string_equal(m->label, "B");
	assert_string_equal(m->metadata, "{\"n\":1}");
	assert_true(tempo_map_bpm(v->tempo, 0) == 90 && tempo_map_bpm(v->tempo, 16) == 180);
	assert_int_equal(meter_map_place(v->meter, 1).numerator, 6);
	garden_view_unref(v);
	tell(s, "marker_removed", "'marker_id':'m','revision':2");
	assert_int_equal(document_n_markers(s->doc), 0);
	struct err err = ERR_INIT;
	assert_int_equal(send(s, "tempo_map_changed", "'revision':3,'bar_one_beats':0,'tempo':[],'meter':[]", &err), -EINVAL);
}

static void test_edits_wait_and_go(void **state)
{
	struct garden_side *s = *state;
	struct garden_view *v = NULL;
#define PENDING(id, beat) \
	"'edit_id':'" id "','actor':'human:ann','at_beats':" beat ",'time_unix_ms':5,'base_revision':0,'touched':['region:a']"
	tell(s, "edit_scheduled", PENDING("s1", "8"));
	tell(s, "edit_scheduled", PENDING("s2", "4"));
	tell(s, "edit_scheduled", PENDING("s2", "4"));
	assert_int_equal(garden_state_view(s->state, &v, NULL), 0);
	assert_int_equal(garden_view_n_pending(v), 2);
	garden_view_unref(v);
	tell(s, "edit_dropped", "'edit_id':'s1','actor':'human:ann','at_beats':8,'reason':'why not','touched':['region:a']");
	tell(s, "edit_applied", EDIT("1", ",'at_beats':4,'edit_id':'s2'"));
	assert_int_equal(garden_state_view(s->state, &v, NULL), 0);
	assert_int_equal(garden_view_n_pending(v), 0);
	assert_string_equal(garden_view_edit(v, 1)->edit_id, "s2");
	garden_view_unref(v);
}

static const char *conflict(struct garden_side *s)
{
	struct garden_view *v = NULL;
	assert_int_equal(garden_state_view(s->state, &v, NULL), 0);
	const struct garden_pending *p = garden_view_pending(v, NULL);
	const char *text = p ? p->conflict : "none waits";
	garden_view_unref(v); /* the state has the same one */
	return text;
}

static void test_an_edit_tells_what_it_puts_in_the_way_of_others(void **state)
{
	struct garden_side *s = *state;
	tell(s, "edit_scheduled", PENDING("s1", "8") ",'conflict':'there is no a yet'");
	assert_string_equal(conflict(s), "there is no a yet");
	tell(s, "edit_applied", EDIT("1", ",'conflicts':[{'edit_id':'s1'},{'edit_id':'s9','conflict':'who is that'}]"));
	assert_null(conflict(s));
	tell(s, "edit_applied", EDIT("2", ",'conflicts':[{'edit_id':'s1','conflict':'bob moved it'}]"));
	assert_string_equal(conflict(s), "bob moved it");
	tell(s, "edit_applied", EDIT("3", ""));
	assert_string_equal(conflict(s), "bob moved it");
}

static void test_what_was_taken_back_is_marked(void **state)
{
	struct garden_side *s = *state;
	struct garden_view *v = NULL;
	tell(s, "edit_applied", EDIT("1", ""));
	tell(s, "edit_applied", EDIT("2", ""));
	tell(s, "edit_applied", "'revision':3,'kind':'undo','actor':'b','time_unix_ms':6,'undone':false,'of_revision':2,'touched':['tempo']");
	tell(s, "edit_applied", "'revision':4,'kind':'revert','actor':'b','time_unix_ms':6,'undone':false,'reverted':[1],'touched':['tempo']");
	assert_int_equal(garden_state_view(s->state, &v, NULL), 0);
	assert_true(garden_view_edit(v, 1)->undone && garden_view_edit(v, 2)->undone);
	assert_false(garden_view_edit(v, 3)->undone);
	garden_view_unref(v);
}

static void test_the_transport_goes_on_unless_it_is_stepped(void **state)
{
	struct garden_side *s = *state;
	struct garden_view *v = NULL;
	static const char playing[] = "'state':'playing','position_beats':4,'position_frames':0,'tempo_bpm':120,'bar':2,'beat_in_bar':0,"
				      "'numerator':4,'denominator':4,'engine_frames':9";
#define DEVICE(kind, rate) \
	"'reason':'chosen','device':{'kind':'" kind "','wanted':'" kind "','name':'x','rate_hz':" rate ",'quantum_frames':256,'cycles':0,'xruns':0," \
	"'late_wakeups':0,'lost_events':0,'missing_frames':0}"
	tell(s, "device_changed", DEVICE("null", "44100"));
	tell(s, "playback_position", playing);
	assert_int_equal(garden_state_view(s->state, &v, NULL), 0);
	assert_int_equal(v->rate_hz, 44100);
	assert_true(v->transport.rolls);
	double later = garden_view_beat(v, v->transport.moment_ns + NS_PER_SEC);
	assert_true(later > 5.99 && later < 6.01);
	garden_view_unref(v);
	tell(s, "device_changed", DEVICE("stepped", "48000"));
	tell(s, "transport_changed", "'reason':'play','state':'playing','position_beats':4,'position_frames':0,'tempo_bpm':120,'bar':2,"
				     "'beat_in_bar':0,'numerator':4,'denominator':4,'engine_frames':9");
	assert_int_equal(garden_state_view(s->state, &v, NULL), 0);
	assert_true(!v->transport.rolls && garden_view_beat(v, v->transport.moment_ns + NS_PER_SEC) == 4);
	assert_string_equal(v->device.kind, "stepped");
	garden_view_unref(v);
}

struct told {
	const char *name;
	char *text;
};

static int hear_all(void *arg, struct err *err)
{
	struct garden_side s;
	struct garden_view *v = NULL;
	int r = garden_side_open(&s, 48000, err);
	for (const struct told *t = arg; r == 0 && t->name; t++) {
		struct wire_received e;
		r = wire_event_parse(t->name, t->text, strlen(t->text), &e, err);
		if (r == 0)
			r = garden_side_event(&s, &e, err);
	}
	if (r == 0)
		r = garden_state_view(s.state, &v, err);
	garden_view_unref(v);
	garden_side_close(&s);
	return r;
}

static void test_memory_that_runs_out_is_told_and_nothing_is_lost(void **state)
{
	struct told all[] = {
		{ "region_created", text_of("region_created", REGION("a", "1", ",'name':'verse','content':{'path':'/a.wav'},'custom':{'n':1},"
									       "'taken_over_by':'b','leaves_beats':8,'replaces':['c']")) },
		{ "marker_set", text_of("marker_set", "'marker':{'marker_id':'m','position_beats':8,'marker_type':'cue_point','metadata':{'n':1}},"
						      "'revision':1") },
		{ "tempo_map_changed", text_of("tempo_map_changed", "'revision':1,'bar_one_beats':0,'tempo':[{'position_beats':0,'bpm':90}],"
								    "'meter':[{'position_beats':0,'numerator':3,'denominator':4}]") },
		{ "edit_applied", text_of("edit_applied", EDIT("1", "")) },
		{ "latent_progressed", text_of("latent_progressed", "'region_id':'a','job_id':'hoot:1','progress':0.25,'refinements':2") },
		{ NULL, NULL },
	};
	assert_true(starve_exhaust(STARVE_ONE, "events", false, hear_all, all) > 30);
	for (struct told *t = all; t->name; t++)
		free(t->text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_side, close_side)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_an_edit_is_shown_when_it_is_told_to_its_end),
		TEST(test_what_is_older_than_the_timeline_changes_nothing),
		TEST(test_a_region_keeps_all_that_is_told_of_it),
		TEST(test_a_latent_lives),
		TEST(test_markers_and_maps_follow),
		TEST(test_edits_wait_and_go),
		TEST(test_an_edit_tells_what_it_puts_in_the_way_of_others),
		TEST(test_what_was_taken_back_is_marked),
		cmocka_unit_test(test_memory_that_runs_out_is_told_and_nothing_is_lost),
		TEST(test_the_transport_goes_on_unless_it_is_stepped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
