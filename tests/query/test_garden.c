#include "query/garden.h"

#include "../check.h"
#include "../seed.h"
#include "garden_piece.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "query/answer.h"

struct fixture {
	struct clock_fake clock;
	struct tf_adapter *adapter;
	struct garden_state *state;
	struct garden_view *view;
	int64_t vertices; /* visited by the last question */
};

static int setup(void **state)
{
	static const struct tf_table *const tables[] = { GARDEN_TABLES, &garden_actors };
	static struct fixture f;
	struct err err = ERR_INIT;
	f = (struct fixture){ 0 };
	clock_fake_init(&f.clock, NS_PER_SEC, PIECE_NOW_MS * NS_PER_MS);
	if (tf_adapter_new(tables, COUNT_OF(tables), NULL, &f.adapter, &err) < 0)
		fail_msg("%s", err_msg(&err));
	f.state = garden_piece(&f.clock.clock);
	assert_int_equal(garden_state_view(f.state, &f.view, NULL), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	garden_view_unref(f->view);
	garden_state_free(f->state);
	tf_adapter_free(f->adapter);
	return 0;
}

static int ask(struct fixture *f, const char *query, const char *variables, struct query_answer *ret, struct err *err)
{
	AUTO(query_prepared) p = NULL;
	AUTO_JSON json_t *given = NULL;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	static const struct query_limits limits;
	struct query_world w = query_world_of(f->view, &f->clock.clock);
	if (variables)
		assert_int_equal(json_parse(variables, strlen(variables), &given, NULL), 0);
	int r = query_prepare(f->adapter, query, strlen(query), given, &p, &errors, err);
	if (r == 0)
		r = query_run(f->adapter, p, &w, &limits, false, ret, &errors, err);
	f->vertices = ret->stats.vertices;
	return r;
}

/* "a 1 - | b 2 [\"x\"]": the values of each row; - is null. */
static void write_value(const json_t *v, struct strbuf *b)
{
	if (json_is_string(v)) {
		(void)strbuf_adds(b, json_string_value(v));
		return;
	}
	if (json_is_real(v)) {
		(void)strbuf_addf(b, "%.17g", json_real_value(v));
		return;
	}
	char AUTO_MEM *text = json_is_null(v) ? NULL : json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	(void)strbuf_adds(b, text ? text : "-");
}

static void write_rows(const struct query_answer *a, struct strbuf *b)
{
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_JSON json_t *rows = NULL;
	size_t i;
	json_t *row, *value;
	const char *key;
	assert_int_equal(strbuf_addf(&text, "[%s]", a->rows.s ? a->rows.s : ""), 0);
	assert_int_equal(json_parse(text.s, text.n, &rows, NULL), 0);
	json_array_foreach(rows, i, row) {
		const char *before = i ? " | " : "";
		json_object_foreach(row, key, value) {
			(void)strbuf_adds(b, before);
			write_value(value, b);
			before = " ";
		}
	}
	assert_true(strbuf_ok(b));
}

static void expect_with(struct fixture *f, const char *query, const char *variables, const char *rows)
{
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	AUTO_STRBUF got = STRBUF_INIT;
	struct err err = ERR_INIT;
	if (ask(f, query, variables, &a, &err) < 0)
		fail_msg("%s\n%s", query, err_msg(&err));
	assert_int_equal(a.stop, QUERY_STOP_END);
	write_rows(&a, &got);
	assert_string_equal(got.s ? got.s : "", rows);
}

static void expect(struct fixture *f, const char *query, const char *rows)
{
	expect_with(f, query, NULL, rows);
}

static void expect_failure(struct fixture *f, const char *query, const char *words)
{
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	struct err err = ERR_INIT;
	assert_int_equal(ask(f, query, NULL, &a, &err), -EINVAL);
	if (!strstr(err_msg(&err), words))
		fail_msg("%s: %s", query, err_msg(&err));
}

/* What a query without variables asks of the region r1, r2, …: its properties, in order. */
static void expect_region(struct fixture *f, const char *id, const char *properties, const char *values)
{
	AUTO_STRBUF q = STRBUF_INIT;
	char variables[64];
	snprintf(variables, sizeof(variables), "{\"id\": \"%s\"}", id);
	assert_int_equal(strbuf_addf(&q, "{ Region { region_id @filter(op: \"=\", value: [\"$id\"]) %s } }", properties), 0);
	expect_with(f, q.s, variables, values);
}

/* ---- regions ---- */

static void test_a_region_tells_what_was_placed(void **state)
{
	expect_region(*state, "r1",
		      "revision @output name @output behaviour @output tags @output actor @output position_beats @output "
		      "duration_beats @output end_beats @output position_seconds @output duration_seconds @output end_seconds @output "
		      "bar @output beat_in_bar @output starts_in_beats @output",
		      "1 verse play_content [\"drums\",\"chorus\"] human:ann 0 4 4 0 2 2 0 3 -9");
	expect_region(*state, "r3", "output @output gain @output fade_in_beats @output fade_out_beats @output bar @output beat_in_bar @output",
		      "mix:in 1 0 0 1 3");
}

static void test_a_region_tells_its_content(void **state)
{
	const char *content = "content_hash @output content_path @output mime @output artifact_id @output content_seconds @output "
			      "content_offset_seconds @output rate @output reverse @output playable @output";
	expect_region(*state, "r1", content, "h1 - - a1 - 0 1 false true");
	expect_region(*state, "r2", content, "h2 - - - 2.5 0 1 false true");
	expect_region(*state, "r3", content, "- - - - - - - - false");
	expect_region(*state, "r4", content, "h4 - - a4 - 0 1 false true");
}

static void test_a_region_tells_what_it_wants_and_what_it_moves(void **state)
{
	const char *intent = "verb @output space @output prompt @output parameters @output constraints @output context @output";
	const char *moves = "target @output from_value @output to_value @output curve @output trigger @output custom @output";
	expect_region(*state, "r3", intent, "- - a bridge {\"seed\":7} - -");
	expect_region(*state, "r1", intent, "- - - - - -");
	expect_region(*state, "r6", moves, "mix:gain 1 0.25 s_curve - -");
	expect_region(*state, "r1", moves, "- - - - - -");
}

static void test_a_region_tells_how_far_it_is(void **state)
{
	const char *life = "state @output job_id @output progress @output refinements @output reason @output enters_beats @output "
			   "enters_how @output enters_over_beats @output leaves_beats @output leaves_how @output "
			   "leaves_over_beats @output sounds @output";
	expect_region(*state, "r1", life, "plain - - 0 - - - - - - - false");
	expect_region(*state, "r3", life, "running j1 0.5 0 - - - - - - - false");
	expect_region(*state, "r4", life, "approved j2 - 0 - 10 linear 2 - - - false");
	expect_region(*state, "r5", life, "plain - - 0 - - - - 10 linear 2 true");
}

static void test_a_region_tells_who_changed_it_when(void **state)
{
	const char *who = "last_edit_unix_ms @output last_actor @output first_edit_unix_ms @output";
	expect_region(*state, "r1", who, "995000 human:ann 995000");
	expect_region(*state, "r2", who, "998000 agent:drums 996000");
	expect_region(*state, "r6", who, "- - -");
}

static void test_regions_lead_to_each_other(void **state)
{
	const char *ways = "overlaps @fold { overlapping: region_id @output } followed_by @fold { following: region_id @output } "
			   "replaces @fold { replaced: region_id @output } taken_over_by @fold { by: region_id @output }";
	expect_region(*state, "r1", ways, "[\"r2\"] [\"r3\"] [] []");
	expect_region(*state, "r2", ways, "[\"r1\",\"r3\"] [\"r6\"] [] []");
	expect_region(*state, "r3", ways, "[\"r2\",\"r6\"] [\"r4\",\"r5\"] [] []");
	expect_region(*state, "r4", ways, "[\"r5\"] [] [\"r5\"] []");
	expect_region(*state, "r5", ways, "[\"r4\"] [] [] [\"r4\"]");
}

static void test_regions_lead_to_sections_markers_edits_and_actors(void **state)
{
	const char *ways = "section @fold { label @output } markers @fold { marker_id @output } edits @fold { revision @output } "
			   "pending_edits @fold { edit_id @output } by @fold { actor_name: name @output }";
	expect_region(*state, "r1", ways, "[\"intro\"] [\"m1\"] [1] [\"s7\"] [\"human:ann\"]");
	expect_region(*state, "r2", ways, "[\"intro\"] [\"m3\"] [4,3,2] [] [\"agent:drums\"]");
	expect_region(*state, "r3", ways, "[\"intro\"] [\"m3\"] [5] [] []");
	expect_region(*state, "r5", ways, "[\"bridge\"] [\"m2\"] [] [] []");
}

/* Rows: S0-64, S0-79 */
static void test_regions_are_found_by_each_starting_point(void **state)
{
	expect(*state, "{ Region { region_id @output } }", "r1 | r2 | r3 | r6 | r4 | r5");
	expect(*state, "{ RegionInRange(from_beats: 4.0, to_beats: 8.0) { region_id @output } }", "r2 | r3 | r6");
	expect(*state, "{ RegionByTag(tag: \"chorus\") { region_id @output } }", "r1 | r2");
	expect(*state, "{ RegionByTag(tag: \"choru\") { region_id @output } }", "");
	expect(*state, "{ LatentRegion { region_id @output state @output } }", "r3 running | r4 approved");
	expect(*state, "{ PlayableRegion { region_id @output } }", "r1 | r2 | r4 | r5");
	expect(*state, "{ Sounding { region_id @output } }", "r5");
	expect(*state, "{ Sounding(at_beats: 11.0) { region_id @output } }", "r4 | r5");
	expect(*state, "{ Sounding(at_beats: 12.0) { region_id @output } }", "");
	expect(*state, "{ Sounding(at_beats: 3.0) { region_id @output } }", "r1 | r2");
}

static void test_nothing_sounds_while_the_transport_rests(void **state)
{
	struct fixture *f = *state;
	const struct garden_transport paused = { .state = GARDEN_PAUSED, .position_beats = 9 };
	garden_state_transport(f->state, &paused);
	garden_view_unref(f->view);
	assert_int_equal(garden_state_view(f->state, &f->view, NULL), 0);
	expect(f, "{ Sounding { region_id @output } }", "");
	expect(f, "{ Transport { state @output sounding @fold { region_id @output } } }", "paused []");
	expect_region(f, "r5", "sounds @output", "false");
	expect(f, "{ Sounding(at_beats: 9.0) { region_id @output } }", "r5");
}

/* ---- hints: what a filter says is not visited ---- */

static void put_many(struct fixture *f, int n)
{
	AUTO(document) d = document_ref(f->view->document);
	for (int i = 0; i < n; i++) {
		char id[16];
		snprintf(id, sizeof(id), "x%04d", i);
		piece_region(&d, id, 100 + i, 1, 5, piece_plain);
	}
	assert_int_equal(garden_state_document(f->state, d, NULL), 0);
	garden_view_unref(f->view);
	assert_int_equal(garden_state_view(f->state, &f->view, NULL), 0);
}

static void visits_at_most(struct fixture *f, int64_t most, const char *query, const char *variables, const char *rows)
{
	expect_with(f, query, variables, rows);
	assert_in_range(f->vertices, 0, most);
}

static void test_filters_on_id_and_place_visit_what_they_give(void **state)
{
	put_many(*state, 200);
	visits_at_most(*state, 2, "{ Region { region_id @output @filter(op: \"=\", value: [\"$id\"]) } }", "{\"id\": \"r4\"}", "r4");
	visits_at_most(*state, 2, "{ Region { region_id @output @filter(op: \"=\", value: [\"$id\"]) } }", "{\"id\": \"none\"}", "");
	visits_at_most(*state, 4, "{ Region { region_id @output @filter(op: \"one_of\", value: [\"$ids\"]) } }",
		       "{\"ids\": [\"r5\", \"x0003\", \"r1\", \"r5\", \"none\"]}", "r1 | r5 | x0003");
	visits_at_most(*state, 5,
		       "{ Region { region_id @output position_beats @filter(op: \">=\", value: [\"$from\"]) @filter(op: \"<\", value: "
		       "[\"$to\"]) } }",
		       "{\"from\": 150.0, \"to\": 152.0}", "x0050 | x0051");
	visits_at_most(*state, 5,
		       "{ Region { region_id @output position_beats @filter(op: \"<\", value: [\"$to\"]) end_beats @filter(op: \">\", "
		       "value: [\"$from\"]) } }",
		       "{\"from\": 150.0, \"to\": 151.0}", "x0050");
	visits_at_most(*state, 3, "{ Region { region_id @output tags @filter(op: \"contains\", value: [\"$tag\"]) } }",
		       "{\"tag\": \"chorus\"}", "r1 | r2");
	visits_at_most(*state, 3, "{ Region { region_id @output state @filter(op: \"=\", value: [\"$state\"]) } }",
		       "{\"state\": \"running\"}", "r3");
	visits_at_most(*state, 1, "{ LatentRegion { region_id @output behaviour @filter(op: \"=\", value: [\"$b\"]) } }",
		       "{\"b\": \"custom\"}", "");
	visits_at_most(*state, 3, "{ Marker { marker_id @output position_beats @filter(op: \">\", value: [\"$from\"]) } }",
		       "{\"from\": 4.0}", "m2");
	visits_at_most(*state, 2, "{ Marker { label @output marker_id @filter(op: \"=\", value: [\"$id\"]) } }", "{\"id\": \"m3\"}", "drop");
	visits_at_most(*state, 3, "{ Edit { revision @output @filter(op: \">\", value: [\"$since\"]) } }", "{\"since\": 4}", "5");
}

/* ---- markers and sections ---- */

static void test_markers_tell_where_they_stand(void **state)
{
	expect(*state,
	       "{ Marker { marker_id @output marker_type @output label @output metadata @output position_beats @output "
	       "position_seconds @output bar @output beat_in_bar @output comes_in_beats @output } }",
	       "m1 section_change intro - 0 0 0 3 -9 | m3 cue_point drop - 4 2 1 3 -5 | m2 section_change bridge - 8 4 2 3 -1");
	expect(*state,
	       "{ Marker { marker_id @output section { label @output } regions @fold { region_id @output } edits @fold { revision "
	       "@output } } }",
	       "m1 intro [\"r1\"] [] | m3 intro [\"r2\",\"r3\"] [] | m2 bridge [\"r4\",\"r5\"] []");
}

static void test_sections_reach_from_marker_to_marker(void **state)
{
	expect(*state,
	       "{ Section { label @output position_beats @output end_beats @output duration_beats @output position_seconds @output "
	       "duration_seconds @output bar @output starts_in_beats @output is_now @output } }",
	       "intro 0 8 8 0 4 0 -9 false | bridge 8 - - 4 - 2 -1 true");
	expect(*state,
	       "{ Section { label @output regions @fold { region_id @output } markers @fold { marker_id @output } marker { "
	       "its_id: marker_id @output } next @fold { next_label: label @output } } }",
	       "intro [\"r1\",\"r2\",\"r3\",\"r6\"] [\"m1\",\"m3\"] m1 [\"bridge\"] | bridge [\"r4\",\"r5\"] [\"m2\"] m2 []");
}

/* ---- time ---- */

static void test_the_maps_tell_their_points(void **state)
{
	expect(*state, "{ TempoPoint { position_beats @output bpm @output shape @output } }", "0 120 step | 8 60 ramp | 16 120 step");
	expect_with(*state, "{ TempoPoint { position_seconds @output @filter(op: \"<\", value: [\"$s\"]) } }", "{\"s\": 4.5}", "0 | 4");
	expect(*state, "{ MeterPoint { position_beats @output bar @output numerator @output denominator @output } }", "1 1 4 4 | 9 3 3 4");
}

static void test_moments_are_told_in_every_measure(void **state)
{
	const char *all = "{ beats @output seconds @output frames @output bar @output beat_in_bar @output bar_start_beats @output "
			  "bar_beats @output numerator @output denominator @output tempo_bpm @output next_bar_beats @output } }";
	AUTO_STRBUF q = STRBUF_INIT;
	static const struct {
		const char *root, *values;
	} cases[] = {
		{ "TempoAt(beat: 4.0)", "4 2 96000 1 3 1 4 4 4 120 5" },
		{ "BeatToSecond(beat: 0.5)", "0.5 0.25 12000 0 3.5 -3 4 4 4 120 1" },
		{ "SecondToBeat(second: 3.0)", "6 3 144000 2 1 5 4 4 4 120 9" },
		{ "BeatToFrame(beat: -2.0)", "-2 -1 -48000 0 1 -3 4 4 4 120 1" },
		{ "FrameToBeat(frame: 24000)", "1 0.5 24000 1 0 1 4 4 4 120 1" },
		{ "BeatToBar(beat: 7.0)", "7 3.5 168000 2 2 5 4 4 4 120 9" },
		{ "BarToBeat(bar: 2)", "5 2.5 120000 2 0 5 4 4 4 120 5" },
		{ "BarToBeat(bar: 1, beat_in_bar: 1.5)", "2.5 1.25 60000 1 1.5 1 4 4 4 120 5" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		strbuf_clear(&q);
		assert_int_equal(strbuf_addf(&q, "{ %s %s", cases[i].root, all), 0);
		expect(*state, q.s, cases[i].values);
	}
	expect(*state,
	       "{ TempoAt(beat: 11.0) { regions @fold { region_id @output } sounding @fold { heard: region_id @output } section { "
	       "label @output } } }",
	       "[\"r4\",\"r5\"] [\"r4\",\"r5\"] bridge");
	expect(*state, "{ TempoAt(beat: 8.0) { sounding @fold { region_id @output } } }", "[\"r5\"]");
}

static void test_places_beyond_all_bounds_are_refused(void **state)
{
	expect_failure(*state, "{ TempoAt(beat: 1e300) { seconds @output } }", "1e+300");
	expect_failure(*state, "{ SecondToBeat(second: -1e300) { beats @output } }", "-1e+300");
	expect_failure(*state, "{ FrameToBeat(frame: 9223372036854775807) { beats @output } }", "frame");
	expect_failure(*state, "{ BarToBeat(bar: 9000000) { beats @output } }", "bar");
	expect_failure(*state, "{ BarToBeat(bar: 1, beat_in_bar: 1e200) { beats @output } }", "beat");
}

static void test_a_range_that_ends_before_it_begins_is_refused(void **state)
{
	expect_failure(*state, "{ RegionInRange(from_beats: 8.0, to_beats: 4.0) { region_id @output } }", "from_beats");
	expect(*state, "{ RegionInRange(from_beats: 3.0, to_beats: 3.0) { region_id @output } }", "r1 | r2");
}

/* The numbers of a row as the answer has them: JSON keeps every bit of a double. */
static void convert(struct fixture *f, const char *query, double *ret, size_t n)
{
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	AUTO_JSON json_t *row = NULL;
	struct err err = ERR_INIT;
	if (ask(f, query, NULL, &a, &err) < 0)
		fail_msg("%s: %s", query, err_msg(&err));
	assert_int_equal(json_parse(a.rows.s, a.rows.n, &row, NULL), 0);
	size_t i = 0;
	const char *key;
	json_t *value;
	json_object_foreach(row, key, value) {
		assert_true(i < n);
		ret[i++] = json_number_value(value);
	}
	assert_int_equal(i, n);
}

/* Rows: H-Q07, S0-81 */
static void test_time_conversions_are_exact(void **state)
{
	struct fixture *f = *state;
	const struct tempo_map *t = f->view->tempo;
	uint64_t seed = seed_start();
	char query[160];
	double got[3];
	for (int i = 0; i < 300; i++) {
		double beat = (seed_unit(&seed) - 0.3) * 60;
		snprintf(query, sizeof(query), "{ BeatToSecond(beat: %.17e) { beats @output seconds @output frames @output } }", beat);
		convert(f, query, got, 3);
		assert_true(got[0] == beat);
		assert_true(got[1] == tempo_map_seconds(t, beat));
		assert_true(got[2] == (double)tempo_map_frame(t, beat));
		snprintf(query, sizeof(query), "{ SecondToBeat(second: %.17e) { beats @output seconds @output frames @output } }", got[1]);
		double second = got[1];
		convert(f, query, got, 3);
		assert_true(got[0] == tempo_map_beat(t, second));
		assert_true(got[1] == second);
		assert_true(fabs(got[0] - beat) < 1e-9);
		int64_t frame = tempo_map_frame(t, beat);
		snprintf(query, sizeof(query), "{ FrameToBeat(frame: %lld) { beats @output frames @output } }", (long long)frame);
		convert(f, query, got, 2);
		assert_true(got[0] == tempo_map_beat_of_frame(t, frame));
		assert_true(got[1] == (double)frame);
		const struct meter_place p = meter_map_place(f->view->meter, beat);
		snprintf(query, sizeof(query), "{ BarToBeat(bar: %lld, beat_in_bar: %.17e) { beats @output } }", (long long)p.bar,
			 p.beat_in_bar);
		convert(f, query, got, 1);
		assert_true(got[0] == p.bar_start + p.beat_in_bar);
	}
}

/* ---- transport and device ---- */

static void test_the_transport_tells_where_the_music_is(void **state)
{
	struct fixture *f = *state;
	AUTO_STRBUF expected = STRBUF_INIT;
	assert_int_equal(strbuf_addf(&expected, "playing 9 %.17g %lld 67.5 3 0 3 4 9 4800", tempo_map_seconds(f->view->tempo, 9),
				     (long long)tempo_map_frame(f->view->tempo, 9)), 0);
	expect(f,
	       "{ Transport { state @output position_beats @output position_seconds @output position_frames @output tempo_bpm @output "
	       "bar @output beat_in_bar @output numerator @output denominator @output next_bar_beats @output engine_frames @output } }",
	       expected.s);
	expect(f,
	       "{ Transport { sounding @fold { a: region_id @output } next_regions(within_beats: 1e6) @fold { b: region_id @output } "
	       "next_markers @fold { c: marker_id @output } section { label @output } device { kind @output } } }",
	       "[\"r5\"] [] [] bridge stepped");
}

static void test_what_comes_soon_is_seen_from_the_transport(void **state)
{
	struct fixture *f = *state;
	const struct garden_transport early = { .state = GARDEN_PLAYING, .position_beats = 2 };
	garden_state_transport(f->state, &early);
	garden_view_unref(f->view);
	assert_int_equal(garden_state_view(f->state, &f->view, NULL), 0);
	expect(f, "{ Transport { next_regions(within_beats: 4.0) { region_id @output } } }", "r3 | r6");
	expect(f, "{ Transport { next_markers(within_beats: 6.0) { marker_id @output } } }", "m3 | m2");
	expect(f, "{ Transport { next_regions { region_id @output } } }", "r3 | r6 | r4 | r5");
}

static void test_the_device_tells_what_drives_the_engine(void **state)
{
	struct fixture *f = *state;
	expect(f,
	       "{ Device { kind @output wanted @output name @output rate_hz @output quantum_frames @output cycles @output xruns @output "
	       "late_wakeups @output lost_events @output missing_frames @output } }",
	       "stepped stepped test 48000 256 0 0 0 0 0");
	const struct garden_device unknown = { 0 };
	garden_state_device(f->state, &unknown);
	garden_view_unref(f->view);
	assert_int_equal(garden_state_view(f->state, &f->view, NULL), 0);
	expect(f, "{ Device { kind @output } }", "");
}

static void test_the_timeline_tells_its_size(void **state)
{
	struct fixture *f = *state;
	AUTO_STRBUF expected = STRBUF_INIT;
	assert_int_equal(strbuf_addf(&expected, "5 6 3 5 2 16 %.17g 1 48000", tempo_map_seconds(f->view->tempo, 16)), 0);
	expect(f,
	       "{ Timeline { revision @output n_regions @output n_markers @output n_edits @output n_pending_edits @output end_beats "
	       "@output end_seconds @output bar_one_beats @output rate_hz @output } }",
	       expected.s);
	expect(f, "{ Timeline { oldest_edit @output } }", "1");
}

/* ---- edits ---- */

static void test_edits_tell_who_did_what_when(void **state)
{
	expect(*state,
	       "{ Edit { revision @output kind @output actor @output time_unix_ms @output age_seconds @output at_beats @output "
	       "edit_id @output of_revision @output undone @output touched @output } }",
	       "5 latent chaosgarden 999000 1 - - - false [\"latent:r3\"] | 4 redo agent:drums 998000 2 - - 2 false [\"region:r2\"] | "
	       "3 undo human:ann 997000 3 - - 2 true [\"region:r2\"] | 2 edit agent:drums 996000 4 - - - true [\"region:r2\"] | "
	       "1 edit human:ann 995000 5 - - - false [\"region:r1\"]");
	expect(*state,
	       "{ Edit { revision @output regions @fold { region_id @output } markers @fold { marker_id @output } of @fold { "
	       "of: revision @output } by { name @output } } }",
	       "5 [\"r3\"] [] [] chaosgarden | 4 [\"r2\"] [] [2] agent:drums | 3 [\"r2\"] [] [2] human:ann | "
	       "2 [\"r2\"] [] [] agent:drums | 1 [\"r1\"] [] [] human:ann");
}

static void test_an_edit_of_many_things_leads_to_each_once(void **state)
{
	struct fixture *f = *state;
	const char *const touched[] = { "region:r5", "marker:m2", "latent:r4", "region:r4", "tempo", "region:r1", "region:none", "marker:m2" };
	const double at = 12;
	const struct garden_edit_row e = { .revision = 6, .actor = "bob", .touched = touched, .n_touched = COUNT_OF(touched), .at_beats = &at,
					   .edit_id = "s7" };
	assert_int_equal(garden_state_edit(f->state, &e, NULL), 0);
	garden_view_unref(f->view);
	assert_int_equal(garden_state_view(f->state, &f->view, NULL), 0);
	expect_with(f,
		    "{ Edit { revision @filter(op: \"=\", value: [\"$r\"]) at_beats @output edit_id @output regions @fold { region_id "
		    "@output } markers @fold { marker_id @output } } }",
		    "{\"r\": 6}", "12 s7 [\"r1\",\"r4\",\"r5\"] [\"m2\"]");
	expect(f, "{ PendingEdit { edit_id @output } }", "s3");
	expect(f, "{ Marker { marker_id @output edits { revision @output } } }", "m2 6");
}

static void test_pending_edits_tell_what_they_wait_for(void **state)
{
	expect(*state,
	       "{ PendingEdit { edit_id @output actor @output at_beats @output comes_in_beats @output time_unix_ms @output "
	       "base_revision @output conflict @output touched @output } }",
	       "s3 human:ann 20 11 1000000 5 - [\"marker:m3\"] | s7 bob 32 23 1000000 5 region:r1 moved [\"region:r1\"]");
	expect(*state,
	       "{ PendingEdit { edit_id @output regions @fold { region_id @output } markers @fold { marker_id @output } by { name "
	       "@output } } }",
	       "s3 [] [\"m3\"] human:ann | s7 [\"r1\"] [] bob");
}

static void test_actors_are_those_who_made_something(void **state)
{
	expect(*state,
	       "{ Actor { name @output kind @output regions @fold { region_id @output } edits @fold { revision @output } pending_edits "
	       "@fold { edit_id @output } } }",
	       "agent:drums agent [\"r2\"] [4,2] [] | bob - [] [] [\"s7\"] | chaosgarden - [] [5] [] | "
	       "human:ann human [\"r1\"] [3,1] [\"s3\"]");
}

static void test_what_the_latents_of_the_last_seconds_became(void **state)
{
	expect_with(*state,
		    "{ LatentRegion { region_id @output state @output last_edit_unix_ms @filter(op: \">=\", value: [\"$since\"]) } }",
		    "{\"since\": 940000}", "r3 running");
}

/* ---- an empty garden, and the schema ---- */

static void test_an_empty_garden_has_answers(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(garden_state_clear(f->state, NULL), 0);
	garden_view_unref(f->view);
	assert_int_equal(garden_state_view(f->state, &f->view, NULL), 0);
	static const char *const roots[] = { "Region", "LatentRegion", "PlayableRegion", "Sounding", "Sounding(at_beats: 1.0)" };
	AUTO_STRBUF q = STRBUF_INIT;
	for (size_t i = 0; i < COUNT_OF(roots); i++) {
		strbuf_clear(&q);
		assert_int_equal(strbuf_addf(&q, "{ %s { region_id @output } }", roots[i]), 0);
		expect(f, q.s, "");
	}
	expect(f, "{ Section { label @output } }", "");
	expect(f, "{ Actor { name @output } }", "");
	expect(f, "{ Edit { revision @output } }", "");
	expect(f, "{ PendingEdit { edit_id @output } }", "");
	expect(f, "{ Timeline { n_regions @output end_beats @output } }", "0 0");
	expect(f, "{ Transport { state @output section @fold { label @output } } }", "stopped []");
}

static bool is_documented(const char *doc)
{
	size_t n = doc ? strlen(doc) : 0;
	return n > 5 && doc[n - 1] == '.';
}

static void test_every_word_of_the_schema_is_documented(void **state)
{
	const struct fixture *f = *state;
	const struct tf_schema *s = tf_adapter_schema(f->adapter);
	for (size_t i = 0; i <= tf_schema_n_types(s); i++) {
		const struct tf_type_def *t = i < tf_schema_n_types(s) ? tf_schema_type_at(s, i) : tf_schema_root(s);
		if (t != tf_schema_root(s) && !is_documented(t->doc))
			fail_msg("%s", t->name);
		for (size_t k = 0; k < t->n_fields; k++) {
			const struct tf_field_def *field = &t->fields[k];
			if (!is_documented(field->doc))
				fail_msg("%s.%s", t->name, field->name);
			for (size_t p = 0; p < field->n_params; p++)
				if (!is_documented(field->params[p].doc))
					fail_msg("%s.%s(%s)", t->name, field->name, field->params[p].name);
		}
	}
}

/* ---- a view is held ---- */

static void test_a_query_at_work_sees_what_was_when_it_began(void **state)
{
	struct fixture *f = *state;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO(tf_query) q = NULL;
	AUTO(tf_arguments) args = NULL;
	struct tf_run *run = NULL;
	const char *text = "{ Region { region_id @output edits @fold { revision @output } } }";
	struct query_world w = query_world_of(f->view, &f->clock.clock);
	assert_int_equal(tf_query_compile(tf_adapter_schema(f->adapter), text, strlen(text), &q, &errors), 0);
	assert_int_equal(tf_arguments_bind(q, NULL, &args, &errors), 0);
	const struct tf_limits limits = { 0 };
	assert_int_equal(tf_run_open(f->adapter, q, args, &w, &limits, &run, NULL), 0);
	const struct tf_value *row;
	assert_int_equal(tf_run_next(run, &row, NULL), 1);
	assert_int_equal(garden_state_clear(f->state, NULL), 0);
	for (int64_t i = 6; i < 30; i++)
		piece_edit(f->state, i, EDIT_PLAIN, "bob", 0, "region:r1");
	int n = 1;
	while (tf_run_next(run, &row, NULL) == 1)
		n++;
	assert_int_equal(n, 6);
	tf_run_close(run);
	AUTO(garden_view) now = NULL;
	assert_int_equal(garden_state_view(f->state, &now, NULL), 0);
	assert_int_equal(document_n_regions(now->document), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_region_tells_what_was_placed),
		T(test_a_region_tells_its_content),
		T(test_a_region_tells_what_it_wants_and_what_it_moves),
		T(test_a_region_tells_how_far_it_is),
		T(test_a_region_tells_who_changed_it_when),
		T(test_regions_lead_to_each_other),
		T(test_regions_lead_to_sections_markers_edits_and_actors),
		T(test_regions_are_found_by_each_starting_point),
		T(test_nothing_sounds_while_the_transport_rests),
		T(test_filters_on_id_and_place_visit_what_they_give),
		T(test_markers_tell_where_they_stand),
		T(test_sections_reach_from_marker_to_marker),
		T(test_the_maps_tell_their_points),
		T(test_moments_are_told_in_every_measure),
		T(test_places_beyond_all_bounds_are_refused),
		T(test_a_range_that_ends_before_it_begins_is_refused),
		T(test_time_conversions_are_exact),
		T(test_the_transport_tells_where_the_music_is),
		T(test_what_comes_soon_is_seen_from_the_transport),
		T(test_the_device_tells_what_drives_the_engine),
		T(test_the_timeline_tells_its_size),
		T(test_edits_tell_who_did_what_when),
		T(test_an_edit_of_many_things_leads_to_each_once),
		T(test_pending_edits_tell_what_they_wait_for),
		T(test_actors_are_those_who_made_something),
		T(test_what_the_latents_of_the_last_seconds_became),
		T(test_an_empty_garden_has_answers),
		T(test_every_word_of_the_schema_is_documented),
		T(test_a_query_at_work_sees_what_was_when_it_began),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
