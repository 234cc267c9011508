/*
 * test_draw.c - what holler timeline and holler lineage draw, without a family: timelines and relatives made by hand and
 * at random (TEST_SEED replays).
 */
#include "columns.h"
#include "event_line.h"
#include "lineage_draw.h"
#include "timeline_draw.h"

#include "base/mem.h"

#include "../check.h"
#include "../seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- a timeline ---------------------------------------------------------------------------------------------------- */

static struct region_view region(const char *id, double at, double beats)
{
	return (struct region_view){ .region_id = id, .position_beats = at, .duration_beats = beats, .output = "mix:in",
				     .behaviour = VIEW_BEHAVIOUR_PLAY_CONTENT, .state = VIEW_REGION_PLAIN, .gain = 1,
				     .actor = "human:ann" };
}

static struct timeline_query_result timeline(struct region_view *regions, size_t n)
{
	static struct meter_point_view meter[] = { { 0, 4, 4 } };
	static struct tempo_point_view tempo[] = { { 0, 120, VIEW_TEMPO_STEP } };
	return (struct timeline_query_result){ .revision = 3,
		.transport = { .state = VIEW_TRANSPORT_STOPPED, .tempo_bpm = 120, .bar = 1, .numerator = 4, .denominator = 4 },
		.regions = { .v = regions, .n = n }, .meter = { .v = meter, .n = 1 }, .tempo = { .v = tempo, .n = 1 } };
}

static char *drawn(const struct timeline_picture *p)
{
	struct strbuf b = STRBUF_INIT;
	struct err err = ERR_INIT;
	if (timeline_draw(p, &b, &err) < 0)
		fail_msg("%s", err_msg(&err));
	return strbuf_take(&b);
}

static void expect(const char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		fail_msg("expected '%s' in:\n%s", wanted, text);
}

static void check_width(const char *text, size_t columns)
{
	for (const char *p = text; *p;) {
		char line[4096];
		size_t n = strcspn(p, "\n");
		(void)snprintf(line, sizeof(line), "%.*s", (int)n, p);
		if (columns_count(line) > columns)
			fail_msg("%zu columns, not %zu: %s", columns_count(line), columns, line);
		p += n + (p[n] == '\n');
	}
}

static void test_timeline_without_regions_says_what_to_do(void **state)
{
	const struct timeline_query_result t = timeline(NULL, 0);
	const struct timeline_picture p = { .t = &t, .columns = 80, .rows = 40 };
	char *AUTO_MEM s = drawn(&p);
	expect(s, "revision 3, stopped at 1:1 (beat 0), 120 bpm, 4/4, 0 regions\n");
	expect(s, "nothing stands here yet");
	expect(s, "bar          1 ");
	expect(s, " 8\n");
}

static void test_timeline_draws_bars_regions_and_the_playhead_in_columns(void **state)
{
	struct region_view r[] = { region("r1", 0, 8), region("r2", 8, 8) };
	r[0].has_name = r[1].has_name = true;
	r[0].name = "verse";
	r[1].name = "chorus";
	struct timeline_query_result t = timeline(r, COUNT_OF(r));
	t.transport.position_beats = 4;
	/* 80 columns: 12 for labels, one space, 67 for four bars: 16 columns each. */
	const struct timeline_picture p = { .t = &t, .columns = 80, .rows = 40 };
	char *AUTO_MEM s = drawn(&p);
	expect(s, "\n                             ▼\n"
		  "bar          1               2               3               4\n"
		  "  1 verse    ████████████████████████████████┊               ┊\n"
		  "  2 chorus   ┊               │               ████████████████████████████████\n");
	expect(s, "  1 1:1 to 3:1 (8 beats), by human:ann\n    r1\n");
	expect(s, "  2 3:1 to 5:1 (8 beats), by human:ann\n    r2\n");
}

static void test_timeline_draws_a_latent_by_its_state(void **state)
{
	static const struct {
		enum region_state_view state;
		const char *cell, *word;
	} cases[] = { { VIEW_REGION_PENDING, " ░░", ", pending" },     { VIEW_REGION_RUNNING, " ▒▒", ", running 40%" },
		      { VIEW_REGION_RESOLVED, " ▓▓", ", resolved" },   { VIEW_REGION_APPROVED, " ▓▓", ", approved, enters at 2:1" },
		      { VIEW_REGION_MIXED_IN, " ██", ", mixed_in" },   { VIEW_REGION_REJECTED, " ╌╌", ", rejected (too busy)" },
		      { VIEW_REGION_CANCELLED, " ╌╌", ", cancelled" } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *tag = "bridge";
		struct region_view r = region("r1", 0, 4);
		r.behaviour = VIEW_BEHAVIOUR_LATENT;
		r.state = (int)cases[i].state;
		r.has_progress = true;
		r.progress = 0.4;
		r.has_enters_beats = true;
		r.enters_beats = 4;
		r.has_reason = cases[i].state == VIEW_REGION_REJECTED;
		r.reason = "too busy";
		r.has_intent = true;
		r.intent = (struct intent_spec){ .has_verb = true, .verb = "continue", .has_space = true, .space = "midi",
						 .has_prompt = true, .prompt = "calmer" };
		r.tags.v = &tag;
		r.tags.n = 1;
		const struct timeline_query_result t = timeline(&r, 1);
		const struct timeline_picture p = { .t = &t, .columns = 100, .rows = 40 };
		char *AUTO_MEM s = drawn(&p);
		expect(s, cases[i].cell);
		expect(s, cases[i].word);
		expect(s, "wants to continue in midi: calmer #bridge");
	}
}

static void test_timeline_says_what_every_behaviour_does(void **state)
{
	struct region_view r[] = { region("r1", 0, 4), region("r2", 4, 4), region("r3", 8, 4), region("r4", 12, 4) };
	const char *titles[] = { NULL, NULL, NULL, "A song" };
	r[0].behaviour = VIEW_BEHAVIOUR_APPLY_PROCESSING;
	r[0].has_processing = true;
	r[0].processing = (struct processing_spec){ .target = "mix:gain", .from_value = 1, .to_value = 0.25 };
	r[1].behaviour = VIEW_BEHAVIOUR_EMIT_TRIGGER;
	r[1].has_trigger = true;
	r[1].trigger = "drop";
	r[2].behaviour = VIEW_BEHAVIOUR_CUSTOM;
	r[3].has_content = true;
	r[3].content = (struct content_spec){ .has_mime = true, .mime = "audio/wav" };
	const struct timeline_query_result t = timeline(r, COUNT_OF(r));
	const struct timeline_picture p = { .t = &t, .titles = titles, .columns = 100, .rows = 40 };
	char *AUTO_MEM s = drawn(&p);
	expect(s, "mix:gain from 1 to 0.25");
	expect(s, "fires drop");
	expect(s, "  4 A song");
	expect(s, "audio/wav \"A song\"");
	expect(s, "≈ moves a parameter   ◆ fires a trigger   ◇ custom\n");
}

static void test_timeline_shows_pickup_markers_tempo_and_meter(void **state)
{
	struct region_view r = region("r1", 0, 13);
	struct meter_point_view meter[] = { { 1, 4, 4 }, { 9, 6, 8 } };
	struct tempo_point_view tempo[] = { { 0, 120, VIEW_TEMPO_RAMP }, { 9, 90, VIEW_TEMPO_STEP } };
	struct marker_view markers[] = { { .marker_id = "m1", .position_beats = 1, .marker_type = "section_change", .has_label = true,
					   .label = "verse" },
					 { .marker_id = "m2", .position_beats = 9, .marker_type = "cue_point" } };
	struct timeline_query_result t = timeline(&r, 1);
	t.meter.v = meter;
	t.tempo.v = tempo;
	t.markers.v = markers;
	t.meter.n = t.tempo.n = t.markers.n = 2;
	t.bar_one_beats = 1;
	const struct timeline_picture p = { .t = &t, .columns = 80, .rows = 40 };
	char *AUTO_MEM s = drawn(&p);
	expect(s, "stopped at 0:4 (beat 0)");
	expect(s, "tempo        120→");
	expect(s, "meter            4/4");
	expect(s, "6/8");
	expect(s, "▸verse");
	expect(s, "▸cue_point");
	/* Beat 13 is a quarter into the second bar of 6/8, where the eighths are counted. */
	expect(s, "0:4 to 4:3 (13 beats)");
}

static void test_timeline_pages_a_thousand_regions_and_counts_them_all(void **state)
{
	struct region_view *AUTO_MEM r = mem_new_array(1000, sizeof(*r));
	static char ids[1000][12];
	assert_non_null(r);
	for (size_t i = 0; i < 1000; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "r%zu", i);
		r[i] = region(ids[i], (double)i * 4, 8);
	}
	const struct timeline_query_result t = timeline(r, 1000);
	struct timeline_picture p = { .t = &t, .columns = 80, .rows = 10 };
	char *AUTO_MEM s = drawn(&p);
	expect(s, "all 1000");
	expect(s, " 10 r9 ");
	expect(s, "regions 1 to 10 of 1000; --page 2 goes on at 11:1\n");
	assert_null(strstr(s, " 11 r10"));
	check_width(s, 80);
	p.page = 99;
	char *AUTO_MEM last = drawn(&p);
	expect(last, "1000 r999");
	expect(last, "regions 991 to 1000 of 1000\n");
	p.page = 5000; /* past the end: the last page */
	char *AUTO_MEM past = drawn(&p);
	assert_string_equal(past, last);
}

static void test_timeline_lets_no_text_steer_the_terminal(void **state)
{
	struct region_view r = region("r1", 0, 4);
	const char *tag = "\x1b[2J";
	r.has_name = true;
	r.name = "a\x1b]0;x\x07\n\xc2\x9b" "1mb\xff";
	r.tags.v = &tag;
	r.tags.n = 1;
	const struct timeline_query_result t = timeline(&r, 1);
	const struct timeline_picture p = { .t = &t, .columns = 80, .rows = 40 };
	char *AUTO_MEM s = drawn(&p);
	assert_null(strchr(s, '\x1b'));
	assert_null(strchr(s, '\x07'));
	assert_null(strstr(s, "\xc2\x9b"));
	expect(s, "a?]0;x???");
}

static void test_timeline_places_are_beats_or_bars(void **state)
{
	struct timeline_query_result t = timeline(NULL, 0);
	struct meter_point_view meter[] = { { 1, 4, 4 }, { 9, 6, 8 } };
	struct err err = ERR_INIT;
	double beat;
	t.meter.v = meter;
	t.meter.n = 2;
	t.bar_one_beats = 1;
	static const struct {
		const char *text;
		double beat;
	} good[] = { { "16", 16 }, { "-2.5", -2.5 }, { "1:1", 1 }, { "2:", 5 }, { "2:2.5", 6.5 }, { "3:1", 9 }, { "3:3", 10 }, { "0:4", 0 } };
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_int_equal(timeline_place(&t, "--from", good[i].text, &beat, &err), 0);
		assert_float_equal(beat, good[i].beat, 1e-9);
	}
	static const char *const bad[] = { "", "five", "1:0", "1:x", "x:1", "1:1:1", "nan", "1e99", ":" };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_int_equal(timeline_place(&t, "--from", bad[i], &beat, &err), -EINVAL);
		assert_string_equal(err.field, "--from");
	}
}

/* Against nothing but the promise: every line fits, every region of the page within the range has its cells. */
static void test_timeline_of_any_shape_fits_its_width(void **state)
{
	uint64_t seed = seed_start();
	for (int round = 0; round < 200; round++) {
		struct region_view r[40];
		size_t n = seed_below(&seed, COUNT_OF(r) + 1);
		for (size_t i = 0; i < n; i++) {
			r[i] = region("region-with-a-rather-long-name-of-its-own", (double)seed_below(&seed, 4000) / 4 - 100,
				      (double)(1 + seed_below(&seed, 400)) / 8);
			r[i].behaviour = (int)seed_below(&seed, 5);
			r[i].state = (int)seed_below(&seed, 11);
		}
		struct timeline_query_result t = timeline(r, n);
		struct meter_point_view meter[] = { { (double)seed_below(&seed, 4), 1 + seed_below(&seed, 9), 1 << seed_below(&seed, 5) } };
		t.meter.v = meter;
		t.bar_one_beats = meter[0].position_beats;
		t.transport.position_beats = (double)seed_below(&seed, 500) - 50;
		const struct timeline_picture p = { .t = &t, .columns = 40 + seed_below(&seed, 160), .rows = 1 + seed_below(&seed, 50),
						    .page = seed_below(&seed, 4) };
		char *AUTO_MEM s = drawn(&p);
		check_width(s, p.columns);
		size_t first, end;
		timeline_page(&p, &first, &end);
		for (size_t i = first; i < end; i++) {
			char row[24];
			(void)snprintf(row, sizeof(row), "\n%3zu region-", i + 1);
			const char *at = strstr(s, row);
			assert_non_null(at);
			const char *line_end = strchr(at + 1, '\n');
			static const char *const cells[] = { "█", "░", "▒", "▓", "╌", "≈", "◆", "◇" };
			bool seen = false;
			for (size_t k = 0; k < COUNT_OF(cells); k++) {
				const char *cell = strstr(at, cells[k]);
				seen |= cell && cell < line_end;
			}
			if (!seen)
				fail_msg("region %zu is not drawn:\n%s", i + 1, s);
		}
	}
}

/* --- relatives ----------------------------------------------------------------------------------------------------- */

static struct lineage_node relative(const char *id, const char *verb, const char *space, int64_t depth)
{
	return (struct lineage_node){ .depth = depth,
		.artifact = { .artifact_id = id, .content_hash = "sha256:00112233445566778899aabbccddeeff", .verb = verb, .space = space,
			      .creator = "human:ann", .model = "", .created_unix_ms = 1764000000000 } };
}

/* a and b became c, c became d, and a went into d too. */
static struct artifact_lineage_result net(void)
{
	static struct lineage_node nodes[4];
	static struct lineage_edge edges[] = { { "c", "d" }, { "a", "d" }, { "a", "c" }, { "b", "c" } };
	nodes[0] = relative("d", "mix", "audio", 0);
	nodes[1] = relative("c", "continue", "midi", -1);
	nodes[2] = relative("a", "import", "abc", -1);
	nodes[3] = relative("b", "import", "midi", -2);
	nodes[1].artifact.model = "markov@1";
	nodes[1].artifact.has_seed = true;
	nodes[1].artifact.seed = 7;
	return (struct artifact_lineage_result){ .nodes = { .v = nodes, .n = 4 }, .edges = { .v = edges, .n = 4 }, .complete = true };
}

static char *tree(const struct artifact_lineage_result *l, const char *root, enum lineage_way way)
{
	struct strbuf b = STRBUF_INIT;
	struct err err = ERR_INIT;
	setenv("TZ", "UTC", 1);
	assert_int_equal(lineage_draw(l, root, way, 0, &b, &err), 0);
	return strbuf_take(&b);
}

#define WHAT(id) id "  sha256:0011223344556677…  human:ann  2025-11-24 16:00:00\n"

static void test_lineage_draws_a_tree_of_ancestors_each_once(void **state)
{
	const struct artifact_lineage_result l = net();
	char *AUTO_MEM s = tree(&l, "d", LINEAGE_UP);
	assert_string_equal(s, "mix audio\n"
			       "│  " WHAT("d")
			       "├─ continue midi by markov@1, seed 7\n"
			       "│  │  " WHAT("c")
			       "│  ├─ import abc\n"
			       "│  │     " WHAT("a")
			       "│  └─ import midi\n"
			       "│        " WHAT("b")
			       "└─ import abc (see above)\n");
}

static void test_lineage_draws_descendants_and_finds_the_roots(void **state)
{
	const struct artifact_lineage_result l = net();
	char *AUTO_MEM all = tree(&l, NULL, LINEAGE_DOWN);
	char *AUTO_MEM a = tree(&l, "a", LINEAGE_DOWN);
	assert_string_equal(a, "import abc\n"
			       "│  " WHAT("a")
			       "├─ mix audio\n"
			       "│     " WHAT("d")
			       "└─ continue midi by markov@1, seed 7\n"
			       "   │  " WHAT("c")
			       "   └─ mix audio (see above)\n");
	assert_memory_equal(all, a, strlen(a));
	expect(all + strlen(a), "import midi\n");
}

static void test_lineage_says_title_parameters_and_tags(void **state)
{
	struct lineage_node n = relative("a", "continue", "midi", 0);
	const char *tag = "jam";
	json_t *AUTO_JSON metadata = json_pack("{s:s}", "title", "A \"tune\"");
	json_t *AUTO_JSON params = json_pack("{s:i, s:s, s:[i]}", "bars", 8, "key", "D", "list", 1);
	n.artifact.metadata = metadata;
	n.artifact.params = params;
	n.artifact.tags.v = &tag;
	n.artifact.tags.n = 1;
	const struct artifact_lineage_result l = { .nodes = { .v = &n, .n = 1 }, .complete = true };
	char *AUTO_MEM s = tree(&l, "a", LINEAGE_UP);
	expect(s, "continue midi \"A \"tune\"\", bars 8, key D, list [1] #jam\n");
}

/* --- events -------------------------------------------------------------------------------------------------------- */

static void expect_line(const char *payload, const char *wanted)
{
	AUTO_STRBUF b = STRBUF_INIT;
	event_line_draw((struct wire_slice){ payload, strlen(payload) }, &b);
	assert_true(strbuf_ok(&b));
	assert_string_equal(b.s ? b.s : "", wanted);
}

static void test_an_event_is_a_line_for_people(void **state)
{
	expect_line("{\"type\":\"shutdown\"}", "");
	expect_line("{\"type\":\"a\",\"beats\":12.333333333333334,\"n\":9007199254740991,\"why\":\"\"}",
		    " beats=12.3333333 n=9007199254740991 why=\"\"");
	expect_line("{\"type\":\"a\",\"job\":{\"id\":\"hoot:1\",\"message\":\"\",\"cancelling\":false,\"inputs\":[\"x\"],\"steps\":"
		    "[{\"verb\":\"sample\",\"params\":{\"prompt\":\"a slow waltz\"}}],\"step\":1}}",
		    " job={id=\"hoot:1\" inputs=[\"x\"] steps=[…] step=1}");
	expect_line("{\"type\":\"a\",\"jobs\":[\"x\"],\"added\":[{\"name\":\"verse\",\"beats\":0},{\"name\":\"chorus\",\"beats\":32}]}",
		    " jobs=[\"x\"] added=[…]");
	expect_line("{\"text\":\"0123456789012345678901234567890123456789012345678901234567890123456789ö0123456789\"}",
		    " text=\"0123456789012345678901234567890123456789012345678901234567890123456789ö0123456…");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timeline_without_regions_says_what_to_do),
		cmocka_unit_test(test_timeline_draws_bars_regions_and_the_playhead_in_columns),
		cmocka_unit_test(test_timeline_draws_a_latent_by_its_state),
		cmocka_unit_test(test_timeline_says_what_every_behaviour_does),
		cmocka_unit_test(test_timeline_shows_pickup_markers_tempo_and_meter),
		cmocka_unit_test(test_timeline_pages_a_thousand_regions_and_counts_them_all),
		cmocka_unit_test(test_timeline_lets_no_text_steer_the_terminal),
		cmocka_unit_test(test_timeline_places_are_beats_or_bars),
		cmocka_unit_test(test_timeline_of_any_shape_fits_its_width),
		cmocka_unit_test(test_lineage_draws_a_tree_of_ancestors_each_once),
		cmocka_unit_test(test_lineage_draws_descendants_and_finds_the_roots),
		cmocka_unit_test(test_lineage_says_title_parameters_and_tags),
		cmocka_unit_test(test_an_event_is_a_line_for_people),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
