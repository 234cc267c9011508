/*
 * test_gallery.c - `holler gallery` as somebody runs it who wants to hear what there is: every piece that ships is made, and what
 * came out is listened to: it sounds, does not clip, and lasts as long as its notes.
 */
#include "stage.h"

#include "../check.h"

#include "audio/analysis.h"
#include "audio/file.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "have.h"
#include "music/smf.h"

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *dir;

static int setup(void **state)
{
	return fs_temp_dir(NULL, "hoot-gallery", &dir, NULL);
}

static int teardown(void **state)
{
	AUTO_MEM char *family = str_printf("%s/out/family", dir);
	if (fs_exists(family)) /* a test that failed in the middle leaves it running */
		(void)stage_run("holler", (const char *const[]){ "--family", family, "down", NULL }, NULL);
	(void)fs_remove_tree(dir, NULL);
	free(dir);
	return 0;
}

static int gallery(const char *pieces, char **ret_said)
{
	AUTO_MEM char *out = str_printf("%s/out", dir);
	return stage_run("holler", (const char *const[]){ "gallery", "--pieces", pieces, "--out", out, NULL }, ret_said);
}

static char *made(const char *name, const char *suffix)
{
	return str_printf("%s/out/%s%s", dir, name, suffix);
}

static void listen_to(const char *name)
{
	AUTO_MEM char *ogg = made(name, ".ogg");
	AUTO_MEM char *mid = made(name, ".mid");
	AUTO_MEM char *bytes = NULL;
	AUTO(audio_buffer) b = NULL;
	AUTO(score) s = NULL;
	struct audio_levels l;
	size_t n = 0;
	assert_int_equal(audio_load(ogg, 0, &b, NULL), 0);
	audio_levels(b->samples, b->n_frames, b->n_channels, &l);
	if (l.peak < 0.3 || l.peak > 1 || l.n_clipped || l.rms < 0.005)
		fail_msg("%s: peak %.3f, rms %.4f, %zu clipped", name, l.peak, l.rms, l.n_clipped);
	assert_int_equal(fs_read(mid, 1 << 20, &bytes, &n, NULL), 0);
	assert_int_equal(score_read_smf(bytes, n, &s, NULL), 0);
	double score_s = score_seconds_at(s, s->end_beats), sound_s = (double)b->n_frames / b->rate_hz;
	if (score_n_notes(s) < 8 || sound_s < score_s - 0.1 || sound_s > score_s + 8)
		fail_msg("%s: %zu notes of %.1f s sound for %.1f s", name, score_n_notes(s), score_s, sound_s);
	/* Every second of it, but the last, has something to hear or stands in a rest of the notes. */
	size_t quiet = 0;
	for (size_t at = 0; at + b->rate_hz <= (size_t)(score_s * b->rate_hz); at += b->rate_hz)
		quiet += audio_sounding_frames(b->samples + at * b->n_channels, b->rate_hz, b->n_channels, -60) == 0;
	if (quiet > 1)
		fail_msg("%s is silent for %zu seconds", name, quiet);
}

static void look_at(const char *name, const char *page)
{
	static const char *const pictures[] = { "-roll.svg", "-wave.svg" };
	AUTO_MEM char *anchor = str_printf("id=\"%s\"", name);
	if (!strstr(page, anchor))
		fail_msg("the page has no '%s'", name);
	for (size_t i = 0; i < COUNT_OF(pictures); i++) {
		AUTO_MEM char *path = made(name, pictures[i]);
		AUTO_MEM char *text = NULL;
		size_t n = 0;
		assert_int_equal(fs_read(path, 8 << 20, &text, &n, NULL), 0);
		assert_non_null(strstr(text, "</svg>"));
	}
}

/* Rows: S0-76, S2-7, S2-10, H-T31, H-T34 */
static void test_gallery_makes_every_piece_that_ships(void **state)
{
	if (!HAVE_FLUIDSYNTH || !HAVE_CAIRO || !HAVE_SNDFILE)
		skip();
	AUTO_MEM char *pieces = str_printf("%s/examples/gallery", getenv("HOOT_SOURCE"));
	AUTO_MEM char *said = NULL;
	AUTO_MEM char *page = NULL;
	AUTO_MEM char *index = str_printf("%s/out/index.html", dir);
	size_t n = 0, n_pieces = 0;
	if (gallery(pieces, &said) != 0)
		fail_msg("%s", said ? said : "");
	assert_int_equal(fs_read(index, 8 << 20, &page, &n, NULL), 0);
	assert_null(strstr(page, "could not be made"));
	DIR *d = opendir(pieces);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		char name[128];
		size_t length = strlen(e->d_name);
		if (length < 6 || strcmp(e->d_name + length - 5, ".json") != 0)
			continue;
		assert_true(str_copy(name, sizeof(name), e->d_name));
		name[length - 5] = '\0';
		listen_to(name);
		look_at(name, page);
		n_pieces++;
	}
	closedir(d);
	assert_true(n_pieces >= 19);
	AUTO_MEM char *family = str_printf("%s/out/family", dir);
	assert_false(fs_exists(family));
}

static void write_piece(const char *name, const char *text)
{
	AUTO_MEM char *folder = str_printf("%s/pieces", dir);
	AUTO_MEM char *path = str_printf("%s/%s", folder, name);
	assert_int_equal(fs_mkdir_p(folder, 0755, NULL), 0);
	assert_int_equal(fs_write_atomic(path, text, strlen(text), 0644, NULL), 0);
}

static void test_gallery_shows_what_could_be_made_and_says_what_could_not(void **state)
{
	if (!HAVE_FLUIDSYNTH || !HAVE_CAIRO || !HAVE_SNDFILE)
		skip();
	AUTO_MEM char *pieces = str_printf("%s/pieces", dir);
	AUTO_MEM char *said = NULL;
	AUTO_MEM char *page = NULL;
	AUTO_MEM char *index = str_printf("%s/out/index.html", dir);
	size_t n = 0;
	write_piece("a.json", "{\"title\":\"<Good>\",\"ask\":{\"type\":\"sample\",\"model\":\"euclid\",\"seed\":1}}");
	write_piece("b.json", "{\"title\":\"Bad\",\"ask\":{\"type\":\"sample\",\"model\":\"euclid\",\"params\":{\"bars\":-1}}}");
	write_piece("c.json", "{\"title\":\"Lost\",\"inputs\":[\"b\"],\"ask\":{\"type\":\"project\",\"space\":\"midi\",\"model\":\"layer\"}}");
	assert_int_equal(gallery(pieces, &said), 1);
	assert_non_null(strstr(said, "bars is -1"));
	assert_non_null(strstr(said, "the piece 'b' was not made"));
	assert_non_null(strstr(said, "1 of 3 pieces"));
	assert_int_equal(fs_read(index, 1 << 20, &page, &n, NULL), 0);
	assert_non_null(strstr(page, "&lt;Good&gt;"));
	assert_non_null(strstr(page, "could not be made"));
	listen_to("a");
}

static void test_gallery_refuses_pieces_that_ask_for_nothing(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "{", "a.json" },
		{ "{\"ask\":{\"type\":\"sample\"}}", "has no title" },
		{ "{\"title\":\"x\"}", "asks for nothing" },
		{ "{\"title\":\"x\",\"ask\":{\"type\":\"sample\"},\"inputs\":\"y\"}", "list of names" },
	};
	AUTO_MEM char *pieces = str_printf("%s/pieces", dir);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_MEM char *said = NULL;
		write_piece("a.json", cases[i].text);
		assert_true(gallery(pieces, &said) != 0);
		if (!strstr(said, cases[i].says))
			fail_msg("'%s' does not say '%s'", said, cases[i].says);
	}
	AUTO_MEM char *nothing = NULL;
	assert_int_equal(gallery("/nowhere", &nothing), 1);
}

/* So many that it is not through before the signal comes. */
static void test_gallery_takes_its_family_down_when_it_is_interrupted(void **state)
{
	AUTO_MEM char *pieces = str_printf("%s/pieces", dir);
	AUTO_MEM char *out = str_printf("%s/out", dir);
	AUTO_MEM char *family = str_printf("%s/family", out);
	AUTO_MEM char *said = NULL;
	char line[200], holler[600];
	int ends[2], status = 0;
	for (int i = 0; i < 60; i++) {
		AUTO_MEM char *name = str_printf("%02d.json", i);
		AUTO_MEM char *piece = str_printf("{\"title\":\"x\",\"ask\":{\"type\":\"sample\",\"model\":\"prompt\",\"seed\":%d}}", i);
		write_piece(name, piece);
	}
	stage_program("holler", holler, sizeof(holler));
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		(void)signal(SIGINT, SIG_DFL);
		execl(holler, holler, "gallery", "--pieces", pieces, "--out", out, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	assert_true(read(ends[0], line, sizeof(line)) > 0);
	assert_int_equal(kill(pid, SIGINT), 0);
	while (read(ends[0], line, sizeof(line)) > 0)
		;
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 130);
	assert_int_equal(stage_run("holler", (const char *const[]){ "--family", family, "status", NULL }, &said), 1);
	assert_non_null(strstr(said, "down (no supervisor)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_gallery_makes_every_piece_that_ships, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gallery_shows_what_could_be_made_and_says_what_could_not, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gallery_takes_its_family_down_when_it_is_interrupted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gallery_refuses_pieces_that_ask_for_nothing, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
