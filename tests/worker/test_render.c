#include "render.h"
#include "skill.h"

#include "audio/analysis.h"
#include "audio/file.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"

#include "../check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
	char *dir;
	struct skill_set set;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	*state = f;
	if (!f || fs_temp_dir(NULL, "hoot-render", &f->dir, NULL) < 0)
		return -1;
	return skill_set_init(&f->set, NULL, NULL);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	(void)fs_remove_tree(f->dir, NULL);
	skill_set_done(&f->set);
	free(f->dir);
	free(f);
	return 0;
}

/* Rendering needs FluidSynth in the build and a SoundFont on the machine. */
static struct fixture *needs_sound(void **state)
{
	struct fixture *f = *state;
	if (!render_engine_version()[0] || !f->set.soundfont[0]) {
		print_message("skipped: no FluidSynth in this build, or no SoundFont on this machine\n");
		skip();
	}
	return f;
}

static struct render_params defaults(void)
{
	struct render_params p;
	assert_int_equal(model_params_read(&render_table, NULL, &p, NULL), 0);
	return p;
}

static struct score *score_of(int program, const uint8_t *pitches, size_t n, double beats_each)
{
	struct score *s = score_new();
	size_t v;
	assert_non_null(s);
	assert_int_equal(score_add_voice(s, "", &v, NULL), 0);
	assert_int_equal(score_set_tempo(s, 0, 120, NULL), 0);
	struct score_control c = { .kind = SCORE_PROGRAM, .value = (uint16_t)program };
	assert_int_equal(score_add_control(s, v, &c, NULL), 0);
	for (size_t i = 0; i < n; i++) {
		struct note note = { (double)i * beats_each, beats_each, pitches[i], 100, 0, 64 };
		assert_int_equal(score_add_note(s, v, &note, NULL), 0);
	}
	score_sort(s);
	return s;
}

static char *path_in(struct fixture *f, const char *name)
{
	return fs_join(f->dir, name);
}

static void test_render_plays_each_note_at_its_pitch_and_time(void **state)
{
	struct fixture *f = needs_sound(state);
	static const uint8_t pitches[] = { 57, 60, 64, 69, 72, 76 };
	struct render_params p = defaults();
	p.reverb = p.chorus = false;
	AUTO(score) s = score_of(16, pitches, COUNT_OF(pitches), 2); /* an organ: it holds its notes */
	AUTO_MEM char *path = path_in(f, "pitch.wav");
	struct render_report r;
	struct err err = ERR_INIT;
	if (render_score(s, f->set.soundfont, &p, NULL, path, &r, &err) < 0)
		fail_msg("%s", err.msg);
	AUTO(audio_buffer) b = NULL;
	assert_int_equal(audio_load(path, 0, &b, NULL), 0);
	for (size_t i = 0; i < COUNT_OF(pitches); i++) {
		float mono[8192];
		for (size_t k = 0; k < COUNT_OF(mono); k++)
			mono[k] = b->samples[2 * (i * RENDER_RATE_HZ + RENDER_RATE_HZ / 2 + k)];
		double want = 440 * pow(2, (pitches[i] - 69) / 12.0), got = audio_pitch_hz(mono, COUNT_OF(mono), RENDER_RATE_HZ, 60, 2000);
		double octaves = log2(got / want);
		/* A drawbar of another octave may be the loudest; the note's name must be right to a few cents. */
		if (!(got > 0) || fabs(octaves - round(octaves)) > 0.01)
			fail_msg("note %u sounds at %g Hz, not %g", pitches[i], got, want);
	}
}

/* Rows: H-T34, H-A10 */
static void test_render_sounds_at_its_pitch_at_any_rate(void **state)
{
	struct fixture *f = needs_sound(state);
	static const int rates[] = { 8000, 16000, 22050, 32000, 44100, 48000, 96000 };
	static const uint8_t a[] = { 69 };
	AUTO(score) s = score_of(73, a, 1, 4); /* a flute */
	AUTO_MEM char *path = path_in(f, "rate.wav");
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		struct render_params p = defaults();
		struct render_report r;
		AUTO(audio_buffer) b = NULL;
		p.reverb = p.chorus = false;
		p.rate_hz = rates[i];
		assert_int_equal(render_score(s, f->set.soundfont, &p, NULL, path, &r, NULL), 0);
		assert_int_equal(audio_load(path, 0, &b, NULL), 0);
		assert_int_equal(b->rate_hz, rates[i]);
		assert_true(fabs(r.score_s - 2) < 0.001 && r.duration_s >= 2);
		float mono[8192];
		size_t n = (size_t)rates[i] / 4 < COUNT_OF(mono) ? (size_t)rates[i] / 4 : COUNT_OF(mono);
		for (size_t k = 0; k < n; k++)
			mono[k] = b->samples[2 * ((size_t)rates[i] + k)];
		double got = audio_pitch_hz(mono, n, (uint32_t)rates[i], 200, 1000);
		if (fabs(1200 * log2(got / 440)) > 15)
			fail_msg("at %d Hz the A sounds at %g Hz", rates[i], got);
	}
}

static void test_render_is_loud_enough_never_clips_and_has_the_right_length(void **state)
{
	struct fixture *f = needs_sound(state);
	static const uint8_t pitches[] = { 60, 64, 67, 72 };
	for (int program = 0; program < 128; program += 24) {
		struct render_params p = defaults();
		AUTO(score) s = score_of(program, pitches, COUNT_OF(pitches), 1);
		AUTO_MEM char *path = path_in(f, "level.wav");
		struct render_report r;
		assert_int_equal(render_score(s, f->set.soundfont, &p, NULL, path, &r, NULL), 0);
		AUTO(audio_buffer) b = NULL;
		assert_int_equal(audio_load(path, 0, &b, NULL), 0);
		assert_int_equal(b->rate_hz, 48000);
		assert_int_equal(b->n_channels, 2);
		struct audio_levels l;
		audio_levels(b->samples, b->n_frames, 2, &l);
		assert_true(fabs(audio_db(l.peak) - p.peak_db) < 0.01);
		assert_int_equal(l.n_clipped, 0);
		assert_true(audio_db(l.rms) > -40);
		assert_true(fabs(l.mean) < 0.02);
		double length = (double)b->n_frames / 48000;
		assert_true(fabs(length - r.duration_s) < 1e-6 && fabs(r.score_s - 2) < 1e-3);
		assert_true(length >= 2 && length <= 2 + p.tail_s);
		assert_int_equal(r.n_notes, 4);
		assert_true(r.lufs > -40 && r.lufs < 0);
	}
}

static void test_render_of_the_same_score_is_the_same_bytes(void **state)
{
	struct fixture *f = needs_sound(state);
	static const uint8_t pitches[] = { 60, 64, 67, 72, 76, 79 };
	struct render_params p = defaults();
	AUTO(score) s = score_of(48, pitches, COUNT_OF(pitches), 0.5);
	AUTO(score) other = score_of(0, pitches, 3, 0.25);
	char *bytes[2] = { NULL, NULL };
	size_t n[2];
	for (int i = 0; i < 2; i++) {
		AUTO_MEM char *path = path_in(f, i ? "two.wav" : "one.wav");
		AUTO_MEM char *between = path_in(f, "between.wav");
		struct render_report r;
		assert_int_equal(render_score(s, f->set.soundfont, &p, NULL, path, &r, NULL), 0);
		assert_int_equal(render_score(other, f->set.soundfont, &p, NULL, between, &r, NULL), 0);
		assert_int_equal(fs_read(path, 64 << 20, &bytes[i], &n[i], NULL), 0);
	}
	assert_int_equal(n[0], n[1]);
	assert_memory_equal(bytes[0], bytes[1], n[0]);
	free(bytes[0]);
	free(bytes[1]);
}

/* How alike two pieces of sound are: 1 when one is the other, louder or softer. */
static double likeness(const float *a, const float *b, size_t n)
{
	double ab = 0, aa = 0, bb = 0;
	for (size_t i = 0; i < n; i++) {
		ab += (double)a[i] * (double)b[i];
		aa += (double)a[i] * (double)a[i];
		bb += (double)b[i] * (double)b[i];
	}
	return ab / sqrt(aa * bb + 1e-12);
}

static void test_render_of_a_later_bar_agrees_in_phase_with_the_render_of_the_whole(void **state)
{
	struct fixture *f = needs_sound(state);
	static const uint8_t pitches[] = { 60, 64, 67, 72, 76, 72, 67, 64, 60 };
	struct render_params p = defaults();
	AUTO(score) whole = score_of(0, pitches, COUNT_OF(pitches), 1);
	AUTO(score) end = score_of(0, pitches + 5, 4, 1);
	assert_int_equal(score_set_tempo(whole, 0, 137, NULL), 0);
	assert_int_equal(score_set_tempo(end, 0, 137, NULL), 0);
	AUTO_MEM char *path = path_in(f, "phase.wav");
	AUTO(audio_buffer) a = NULL;
	AUTO(audio_buffer) b = NULL;
	struct render_report r;
	assert_int_equal(render_score(whole, f->set.soundfont, &p, NULL, path, &r, NULL), 0);
	assert_int_equal(audio_load(path, 0, &a, NULL), 0);
	size_t at = (size_t)(score_seconds_at(whole, 5) * RENDER_RATE_HZ + 0.5);
	assert_true(at % 64 != 0);
	p.phase_frames = (int64_t)(at % 64);
	assert_int_equal(render_score(end, f->set.soundfont, &p, NULL, path, &r, NULL), 0);
	assert_int_equal(audio_load(path, 0, &b, NULL), 0);
	/* From the second note on: under the first one the whole still has the end of the note before. */
	size_t skip = RENDER_RATE_HZ / 2;
	assert_true(likeness(a->samples + 2 * (at + skip), b->samples + 2 * skip, RENDER_RATE_HZ) > 0.98);
}

static void check_soundfont_refused(struct fixture *f, const char *soundfont, int code, const char *says)
{
	static const uint8_t pitches[] = { 60 };
	struct render_params p = defaults();
	AUTO(score) s = score_of(0, pitches, 1, 1);
	AUTO_MEM char *path = path_in(f, "never.wav");
	AUTO_MEM char *raw = path_in(f, "never.wav.raw");
	struct render_report r;
	struct err err = ERR_INIT;
	assert_int_equal(render_score(s, soundfont, &p, NULL, path, &r, &err), code);
	if (!strstr(err.msg, soundfont) || !strstr(err.msg, says))
		fail_msg("'%s' does not name '%s' and '%s'", err.msg, soundfont, says);
	assert_false(fs_exists(path));
	assert_false(fs_exists(raw));
}

static void test_render_names_the_soundfont_that_is_damaged(void **state)
{
	struct fixture *f = needs_sound(state);
	char *bytes = NULL;
	size_t n = 0;
	assert_int_equal(fs_read(f->set.soundfont, 512 << 20, &bytes, &n, NULL), 0);
	AUTO_MEM char *bad = path_in(f, "bad.sf2");
	check_soundfont_refused(f, "/nowhere/x.sf2", -ENOENT, "No such file");

	assert_int_equal(fs_write_atomic(bad, "not a soundfont at all", 22, 0644, NULL), 0);
	check_soundfont_refused(f, bad, -EBADMSG, "byte 0");
	assert_int_equal(fs_write_atomic(bad, bytes, 4, 0644, NULL), 0);
	check_soundfont_refused(f, bad, -EBADMSG, "byte 0");
	assert_int_equal(fs_write_atomic(bad, bytes, n / 2, 0644, NULL), 0);
	check_soundfont_refused(f, bad, -EBADMSG, "truncated");
	struct skill_set set;
	struct err err = ERR_INIT;
	const struct skill_files files = { .soundfont = bad };
	assert_int_equal(skill_set_init(&set, &files, &err), -EBADMSG); /* a worker does not offer what it could not do */
	assert_non_null(strstr(err.msg, bad));

	char *phdr = memmem(bytes, n, "phdr", 4);
	assert_non_null(phdr);
	memset(phdr, 'X', 2000);
	assert_int_equal(fs_write_atomic(bad, bytes, n, 0644, NULL), 0);
	check_soundfont_refused(f, bad, -EBADMSG, "damaged");
	free(bytes);
}

static void test_render_refuses_what_has_no_notes_or_no_end(void **state)
{
	struct fixture *f = needs_sound(state);
	struct render_params p = defaults();
	AUTO_MEM char *path = path_in(f, "never.wav");
	AUTO(score) empty = score_new();
	struct render_report r;
	struct err err = ERR_INIT;
	assert_int_equal(render_score(empty, f->set.soundfont, &p, NULL, path, &r, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "no notes"));
	static const uint8_t pitches[] = { 60 };
	AUTO(score) endless = score_of(0, pitches, 1, 1e9);
	assert_int_equal(render_score(endless, f->set.soundfont, &p, NULL, path, &r, &err), -EINVAL);
	char limit[32];
	(void)snprintf(limit, sizeof(limit), "%d s", LIMIT_RENDER_SECONDS);
	assert_non_null(strstr(err.msg, limit));
}

struct watched {
	int n_asked, cancel_at;
	double last;
};

static bool watched_cancelled(void *arg)
{
	struct watched *w = arg;
	return ++w->n_asked > w->cancel_at;
}

static void watched_progress(void *arg, double fraction, const char *what)
{
	struct watched *w = arg;
	assert_true(fraction >= w->last && fraction <= 1 && what[0]);
	w->last = fraction;
}

static void test_render_tells_its_progress_and_stops_when_cancelled(void **state)
{
	struct fixture *f = needs_sound(state);
	static const uint8_t pitches[] = { 60, 62, 64, 65, 67, 69, 71, 72 };
	struct render_params p = defaults();
	AUTO(score) s = score_of(0, pitches, COUNT_OF(pitches), 2);
	AUTO_MEM char *path = path_in(f, "watched.wav");
	AUTO_MEM char *raw = path_in(f, "watched.wav.raw");
	struct watched w = { .cancel_at = 1000 };
	struct model_watch watch = { watched_cancelled, watched_progress, &w };
	struct render_report r;
	struct err err = ERR_INIT;
	assert_int_equal(render_score(s, f->set.soundfont, &p, &watch, path, &r, &err), 0);
	assert_true(w.last == 1 && w.n_asked > 8);
	assert_true(fs_exists(path) && !fs_exists(raw));
	assert_int_equal(unlink(path), 0);

	w = (struct watched){ .cancel_at = 3 };
	assert_int_equal(render_score(s, f->set.soundfont, &p, &watch, path, &r, &err), -ECANCELED);
	assert_int_equal(w.n_asked, 4);
	assert_false(fs_exists(path));
	assert_false(fs_exists(raw));
}

static void test_skills_need_a_soundfont_that_exists(void **state)
{
	struct skill_set set;
	struct err err = ERR_INIT;
	const struct skill_files files = { .soundfont = "/nowhere/x.sf2" };
	assert_int_equal(skill_set_init(&set, &files, &err), -ENOENT);
	assert_string_equal(err.field, "soundfont");
	assert_non_null(strstr(err.msg, "/nowhere/x.sf2"));
}

static void test_skills_are_found_by_what_a_lease_asks_for(void **state)
{
	struct fixture *f = *state;
	struct lease_view l = { .verb = "continue", .from_space = "midi", .space = "midi", .model = "markov" };
	const struct skill *k = skill_find(&f->set, &l);
	assert_non_null(k);
	assert_string_equal(k->version, "1");
	l.model = "another";
	assert_null(skill_find(&f->set, &l));
	for (size_t i = 0; i < f->set.n; i++)
		assert_true(f->set.skills[i].version[0] && strlen(f->set.skills[i].version) <= 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_render_plays_each_note_at_its_pitch_and_time),
		cmocka_unit_test(test_render_sounds_at_its_pitch_at_any_rate),
		cmocka_unit_test(test_render_is_loud_enough_never_clips_and_has_the_right_length),
		cmocka_unit_test(test_render_of_the_same_score_is_the_same_bytes),
		cmocka_unit_test(test_render_of_a_later_bar_agrees_in_phase_with_the_render_of_the_whole),
		cmocka_unit_test(test_render_names_the_soundfont_that_is_damaged),
		cmocka_unit_test(test_render_refuses_what_has_no_notes_or_no_end),
		cmocka_unit_test(test_render_tells_its_progress_and_stops_when_cancelled),
		cmocka_unit_test(test_skills_need_a_soundfont_that_exists),
		cmocka_unit_test(test_skills_are_found_by_what_a_lease_asks_for),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
