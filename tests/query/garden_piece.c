#include "garden_piece.h"

#include "../check.h"

#include <string.h>

char *piece_copy(const char *s)
{
	char *copy = strdup(s);
	assert_non_null(copy);
	return copy;
}

static void set_tags(struct region_body *b, const char *const *tags, size_t n)
{
	assert_int_equal(doc_strings_copy((char *const *)tags, n, &b->tags), 0);
	b->n_tags = n;
}

static void set_content(struct doc_content *c, const char *hash, const char *artifact)
{
	*c = (struct doc_content){ .duration_seconds = -1, .rate = 1, .hash = piece_copy(hash) };
	assert_int_equal(doc_set(&c->artifact_id, artifact), 0);
}

static void make_r1(struct region_body *b, struct region_life *l)
{
	static const char *const tags[] = { "drums", "chorus" };
	b->name = piece_copy("verse");
	assert_int_equal(doc_set(&b->actor, "human:ann"), 0);
	b->has_content = true;
	set_content(&b->content, "h1", "a1");
	set_tags(b, tags, 2);
}

static void make_r2(struct region_body *b, struct region_life *l)
{
	static const char *const tags[] = { "chorus" };
	assert_int_equal(doc_set(&b->actor, "agent:drums"), 0);
	b->has_content = true;
	set_content(&b->content, "h2", NULL);
	b->content.duration_seconds = 2.5;
	set_tags(b, tags, 1);
}

static void make_r3(struct region_body *b, struct region_life *l)
{
	b->behaviour = DOC_LATENT;
	b->has_intent = true;
	b->intent.prompt = piece_copy("a bridge");
	b->intent.parameters = piece_copy("{\"seed\":7}");
	l->state = LIFE_RUNNING;
	l->job_id = piece_copy("j1");
	l->progress = 0.5;
}

static void make_r4(struct region_body *b, struct region_life *l)
{
	static const char *const replaces[] = { "r5", "gone" };
	b->behaviour = DOC_LATENT;
	l->state = LIFE_APPROVED;
	l->job_id = piece_copy("j2");
	l->has_content = true;
	set_content(&l->content, "h4", "a4");
	l->has_mix = true;
	l->mix = (struct doc_mix){ .kind = DOC_LINEAR, .at_beats = 10, .fade_beats = 2 };
	assert_int_equal(doc_strings_copy((char *const *)replaces, 2, &l->replaces), 0);
	l->n_replaces = 2;
}

static void make_r5(struct region_body *b, struct region_life *l)
{
	b->has_content = true;
	set_content(&b->content, "h5", NULL);
	l->taken_over = (struct doc_mix){ .kind = DOC_LINEAR, .at_beats = 10, .fade_beats = 2, .other = piece_copy("r4") };
}

static void make_r6(struct region_body *b, struct region_life *l)
{
	b->behaviour = DOC_APPLY_PROCESSING;
	b->processing = (struct doc_processing){ .target = piece_copy("mix:gain"), .from_value = 1, .to_value = 0.25, .curve = DOC_CURVE_S };
}

void piece_plain(struct region_body *b, struct region_life *l)
{
}

void piece_region(struct document **d, const char *id, double position, double duration, int64_t revision, piece_change *change)
{
	struct document *next = NULL;
	AUTO(region_body) b = region_body_new();
	AUTO(region_life) l = region_life_new(LIFE_PLAIN);
	assert_non_null(b);
	assert_non_null(l);
	b->position_beats = position;
	b->duration_beats = duration;
	change(b, l);
	AUTO(doc_region) r = doc_region_new(id, b, l, revision);
	assert_non_null(r);
	assert_int_equal(document_with_region(*d, id, r, &next), 0);
	document_unref(*d);
	*d = next;
}

void piece_marker(struct document **d, const char *id, double position, const char *type, const char *label)
{
	struct document *next = NULL;
	AUTO(doc_marker) m = doc_marker_new(id, position, type, label, NULL);
	assert_non_null(m);
	assert_int_equal(document_with_marker(*d, id, m, &next), 0);
	document_unref(*d);
	*d = next;
}

static void set_maps(struct document **d)
{
	static const struct tempo_point tempo[] = { { 0, 120, TEMPO_STEP }, { 8, 60, TEMPO_RAMP }, { 16, 120, TEMPO_STEP } };
	static const struct meter_point meter[] = { { 1, 4, 4 }, { 9, 3, 4 } };
	AUTO(doc_tempo) t = doc_tempo_new(tempo, 3);
	AUTO(doc_meter) m = doc_meter_new(meter, 2);
	struct document *with_tempo = NULL, *with_both = NULL, *numbered = NULL;
	assert_int_equal(document_with_tempo(*d, t, &with_tempo), 0);
	assert_int_equal(document_with_meter(with_tempo, m, &with_both), 0);
	assert_int_equal(document_with_revision(with_both, 5, &numbered), 0);
	document_unref(with_tempo);
	document_unref(with_both);
	document_unref(*d);
	*d = numbered;
}

void piece_edit(struct garden_state *s, int64_t revision, enum edit_kind kind, const char *actor, int64_t of, const char *touched)
{
	const struct garden_edit_row e = { .revision = revision, .kind = kind, .actor = actor, .of_revision = of,
					   .time_unix_ms = PIECE_NOW_MS - 1000 * (6 - revision), .touched = &touched, .n_touched = 1 };
	assert_int_equal(garden_state_edit(s, &e, NULL), 0);
}

static void put_pending(struct garden_state *s, const char *id, double at, const char *actor, const char *touched, const char *conflict)
{
	const struct garden_pending_row p = { .edit_id = id, .actor = actor, .at_beats = at, .conflict = conflict, .base_revision = 5,
					      .time_unix_ms = PIECE_NOW_MS, .touched = &touched, .n_touched = 1 };
	assert_int_equal(garden_state_pending(s, &p, NULL), 0);
}

struct garden_state *garden_piece(const struct clock *clock)
{
	const struct garden_transport transport = { .state = GARDEN_PLAYING, .position_beats = 9, .engine_frames = 4800 };
	const struct garden_device device = { .kind = "stepped", .wanted = "stepped", .name = "test", .rate_hz = 48000, .quantum_frames = 256 };
	struct garden_state *s = NULL;
	AUTO(document) d = document_new();
	assert_int_equal(garden_state_new(48000, clock, &s, NULL), 0);
	piece_region(&d, "r1", 0, 4, 1, make_r1);
	piece_region(&d, "r2", 2, 4, 4, make_r2);
	piece_region(&d, "r3", 4, 4, 5, make_r3);
	piece_region(&d, "r4", 8, 4, 77, make_r4);
	piece_region(&d, "r5", 8, 8, 77, make_r5);
	piece_region(&d, "r6", 6, 1, 77, make_r6);
	piece_marker(&d, "m1", 0, "section_change", "intro");
	piece_marker(&d, "m2", 8, "section_change", "bridge");
	piece_marker(&d, "m3", 4, "cue_point", "drop");
	set_maps(&d);
	assert_int_equal(garden_state_document(s, d, NULL), 0);
	piece_edit(s, 1, EDIT_PLAIN, "human:ann", 0, "region:r1");
	piece_edit(s, 2, EDIT_PLAIN, "agent:drums", 0, "region:r2");
	piece_edit(s, 3, EDIT_UNDO, "human:ann", 2, "region:r2");
	piece_edit(s, 4, EDIT_REDO, "agent:drums", 2, "region:r2");
	piece_edit(s, 5, EDIT_LATENT, "chaosgarden", 0, "latent:r3");
	put_pending(s, "s7", 32, "bob", "region:r1", "region:r1 moved");
	put_pending(s, "s3", 20, "human:ann", "marker:m3", NULL);
	garden_state_transport(s, &transport);
	garden_state_device(s, &device);
	return s;
}
