/*
 * test_jam.c - `holler jam` as a newcomer runs it: the default tune from beginning to end, then timeline and lineage of what
 * it left; files that are no tunes; Ctrl-C in the middle; a second one in the same folder.
 */
#include "../check.h"
#include "stage.h"

#include "audio/analysis.h"
#include "audio/file.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "music/smf.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of all programs. The thread sanitizer keeps books of its own: 594 MB were seen under it, 52 without. */
#define MEMORY_MB 300
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#undef MEMORY_MB
#define MEMORY_MB 1500
#endif
#endif

struct place {
	char dir[256], family[300], wav[300], mid[300], svg[300], tune[300];
};

static int setup(void **state)
{
	struct err err = ERR_INIT;
	struct place *p = calloc(1, sizeof(*p));
	char *AUTO_MEM dir = NULL;
	assert_non_null(p);
	if (fs_temp_dir(NULL, "hoot-jam", &dir, &err) < 0)
		fail_msg("%s", err.msg);
	(void)str_copy(p->dir, sizeof(p->dir), dir);
	(void)snprintf(p->family, sizeof(p->family), "%s/family", dir);
	(void)snprintf(p->wav, sizeof(p->wav), "%s/jam.wav", dir);
	(void)snprintf(p->mid, sizeof(p->mid), "%s/jam.mid", dir);
	(void)snprintf(p->svg, sizeof(p->svg), "%s/jam.svg", dir);
	(void)snprintf(p->tune, sizeof(p->tune), "%s/tune.abc", dir);
	*state = p;
	return 0;
}

static int holler(char **ret_output, const char *const *words)
{
	return stage_run("holler", words, ret_output);
}

#define HOLLER(output, ...) holler((output), (const char *const[]){ __VA_ARGS__, NULL })

static int teardown(void **state)
{
	struct place *p = *state;
	struct err err = ERR_INIT;
	if (fs_exists(p->family)) /* a test that failed in the middle leaves it running */
		(void)HOLLER(NULL, "--family", p->family, "down");
	(void)fs_remove_tree(p->dir, &err); /* a leftover in the temporary folder fails nothing */
	free(p);
	return 0;
}

static void expect(const char *text, const char *wanted)
{
	if (!text || !strstr(text, wanted))
		fail_msg("expected '%s' in:\n%s", wanted, text ? text : "");
}

/* Each after the one before. */
static void expect_in_order(const char *text, const char *const *wanted)
{
	const char *at = text;
	for (size_t i = 0; wanted[i]; i++) {
		at = strstr(at, wanted[i]);
		if (!at)
			fail_msg("expected '%s' in its place in:\n%s", wanted[i], text);
	}
}

/* --- the sound ----------------------------------------------------------------------------------------------------- */

/* Levels of a second: RMS of all samples in it. */
static double level_db(const struct audio_buffer *a, size_t second)
{
	double sum = 0;
	size_t n = (size_t)a->rate_hz * a->n_channels;
	for (size_t i = 0; i < n; i++)
		sum += (double)a->samples[second * n + i] * a->samples[second * n + i];
	return audio_db(sqrt(sum / (double)n));
}

/* A click is a jump: the largest second difference within a stretch of frames. */
static double roughest(const struct audio_buffer *a, size_t from, size_t to)
{
	double most = 0;
	size_t c = a->n_channels;
	for (size_t i = from + 2; i < to && i < a->n_frames; i++) {
		double d = fabs((double)a->samples[i * c] - 2.0 * a->samples[(i - 1) * c] + a->samples[(i - 2) * c]);
		most = d > most ? d : most;
	}
	return most;
}

static void check_sound(const struct place *p, int64_t mixed_in_frame)
{
	struct err err = ERR_INIT;
	AUTO(audio_buffer) a = NULL;
	struct audio_levels l;
	if (audio_load(p->wav, 0, &a, &err) < 0)
		fail_msg("%s", err.msg);
	double seconds = (double)a->n_frames / a->rate_hz;
	assert_int_equal(a->rate_hz, 48000);
	assert_int_equal(a->n_channels, 2);
	assert_true(seconds >= 20 && seconds <= 45);
	audio_levels(a->samples, a->n_frames, a->n_channels, &l);
	assert_true(l.peak < 1 && l.peak > 0.1);
	assert_true(audio_loudness_lufs(a->samples, a->n_frames, a->n_channels, a->rate_hz) > -30);

	/* No hole and no swell around the crossfade, no click in it that the tune itself does not have. */
	size_t at = (size_t)mixed_in_frame, before = (size_t)mixed_in_frame / a->rate_hz;
	for (size_t s = 0; s < before + 4; s++)
		if (fabs(level_db(a, s) - level_db(a, 1)) > 6)
			fail_msg("second %zu has %.1f dB, second 1 %.1f dB", s, level_db(a, s), level_db(a, 1));
	assert_true(roughest(a, at - 4800, at + 2 * a->rate_hz) < 1.5 * roughest(a, 0, at - 4800));
}

static void check_files(const struct place *p)
{
	struct err err = ERR_INIT;
	AUTO(score) s = NULL;
	char *AUTO_MEM svg = NULL;
	uint8_t *AUTO_MEM mid = NULL;
	size_t n = 0, n_mid = 0;
	if (fs_read(p->mid, 1 << 20, (char **)&mid, &n_mid, &err) < 0 || score_read_smf(mid, n_mid, &s, &err) < 0 ||
	    fs_read(p->svg, 16 << 20, &svg, &n, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(score_n_notes(s) > 100);
	expect(svg, "generated");
	expect(svg, "mixed in");
	expect(svg, "crossfade");
	expect(svg, "</svg>");
}

static int64_t number_after(const char *text, const char *what)
{
	const char *at = strstr(text, what);
	if (!at)
		fail_msg("no '%s' in:\n%s", what, text);
	return (int64_t)strtoll(at + strlen(what), NULL, 10);
}

/* The word behind `what`. */
static void word_after(const char *text, const char *what, char ret[80])
{
	const char *at = strstr(text, what);
	if (!at)
		fail_msg("no '%s' in:\n%s", what, text);
	at += strlen(what);
	(void)snprintf(ret, 80, "%.*s", (int)strcspn(at, " ,\n"), at);
}

/* --- what it left behind ------------------------------------------------------------------------------------------- */

static void check_timeline(const struct place *p)
{
	char *AUTO_MEM out = NULL;
	char *AUTO_MEM part = NULL;
	char *AUTO_MEM json = NULL;
	char *AUTO_MEM watched = NULL;
	assert_int_equal(HOLLER(&out, "--family", p->family, "timeline"), 0);
	expect(out, "stopped at 0:4 (beat 0)");
	expect(out, "  1 Soldier's Joy █");
	expect(out, "  2 continuation  ");
	expect(out, ", mixed_in, by ");
	expect(out, "audio/wav \"Soldier's Joy\"; wants to continue in midi: ");
	assert_int_equal(HOLLER(&part, "--family", p->family, "timeline", "--from", "15:1", "--to", "17:1"), 0);
	expect(part, "  1 continuation");
	assert_null(strstr(part, "Soldier's Joy █"));
	assert_int_equal(HOLLER(&json, "--family", p->family, "timeline", "--json"), 0);
	expect(json, "{\"revision\":");
	expect(json, "\"state\":\"mixed_in\"");
	assert_int_equal(HOLLER(&watched, "--family", p->family, "timeline", "--watch", "--count", "1"), 0);
	expect(watched, "  2 continuation  ");
}

/* The same tree by whatever name it is asked for. */
static void check_lineage(const struct place *p, const char *jam)
{
	static const char *const names[] = { "\nregion ", "\njob ", "artifact ", NULL };
	static const char *const up[] = { "project audio by soundfont@", "└─ continue midi \"Soldier's Joy\" by markov@", ", seed ",
					  "└─ excerpt midi", "└─ project midi \"Soldier's Joy\" by abc@",
					  "└─ import abc \"soldiers-joy.abc\" #tune", NULL };
	static const char *const down[] = { "import abc \"soldiers-joy.abc\" #tune", "project midi", "excerpt midi", "continue midi",
					    "project audio", NULL };
	char word[80], tune[80];
	const char *resolved = strstr(jam, "] resolved ");
	assert_non_null(resolved);
	for (size_t i = 0; names[i]; i++) {
		char *AUTO_MEM out = NULL;
		word_after(i == 2 ? resolved : jam, names[i], word);
		if (HOLLER(&out, "--family", p->family, "lineage", word) != 0)
			fail_msg("%s: %s", word, out);
		expect_in_order(out, up);
	}
	char *AUTO_MEM json = NULL;
	char *AUTO_MEM by_hash = NULL;
	char *AUTO_MEM became = NULL;
	char *AUTO_MEM short_one = NULL;
	char *AUTO_MEM unknown = NULL;
	assert_int_equal(HOLLER(&json, "--family", p->family, "lineage", word, "--json"), 0);
	const char *hash = strstr(json, "\"content_hash\":\"");
	assert_non_null(hash);
	(void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(hash + 16, "\""), hash + 16);
	if (HOLLER(&by_hash, "--family", p->family, "lineage", word) != 0)
		fail_msg("%s: %s", word, by_hash);
	word_after(jam, "as artifact ", tune);
	assert_int_equal(HOLLER(&became, "--family", p->family, "lineage", tune, "--descendants"), 0);
	expect_in_order(became, down);
	assert_int_equal(HOLLER(&short_one, "--family", p->family, "lineage", tune, "--descendants", "--depth", "1"), 0);
	expect(short_one, "there is more: --depth 2 goes further");
	assert_null(strstr(short_one, "excerpt midi"));
	assert_int_equal(HOLLER(&unknown, "--family", p->family, "lineage", "nobody"), 1);
	expect(unknown, "'nobody' is no artifact, region or job here");
	char *AUTO_MEM made = NULL;
	char *AUTO_MEM empty = NULL;
	assert_int_equal(HOLLER(&made, "--family", p->family, "call", "region_create", "--region-id", "empty", "--position-beats", "900",
				"--duration-beats", "4", "--behaviour", "latent"),
			 0);
	assert_int_equal(HOLLER(&empty, "--family", p->family, "lineage", "empty"), 1);
	expect(empty, "region empty has no artifact yet (pending)");
}

/* What bash offers for the words of a line, whose last one is being typed. */
static void bash_offers(const char *words, char *ret, size_t size)
{
	char path[600];
	AUTO_STRBUF command = STRBUF_INIT;
	stage_program("holler", path, sizeof(path));
	strbuf_addf(&command, "bash -c 'eval \"$(%s completion bash)\"; COMP_WORDS=(%s %s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
			      "_holler; printf \"%%s\\n\" \"${COMPREPLY[@]}\"'", path, path, words);
	FILE *f = popen(command.s, "r");
	assert_non_null(f);
	ret[fread(ret, 1, size - 1, f)] = '\0';
	assert_int_equal(pclose(f), 0);
}

/* Ids of the running family; bash takes a job's id apart at its colon. */
static void check_completion(const struct place *p, const char *jam)
{
	char id[80], words[600], offered[16384];
	word_after(jam, "as artifact ", id);
	(void)snprintf(words, sizeof(words), "--family %s lineage %.20s", p->family, id);
	bash_offers(words, offered, sizeof(offered));
	expect(offered, id);
	word_after(jam, "\nregion ", id);
	(void)snprintf(words, sizeof(words), "--family %s call region_get --region-id %.8s", p->family, id);
	bash_offers(words, offered, sizeof(offered));
	expect(offered, id);
	word_after(jam, "\njob hoot:", id);
	(void)snprintf(words, sizeof(words), "--family %s lineage hoot : %.8s", p->family, id);
	bash_offers(words, offered, sizeof(offered));
	expect(offered, id);
	assert_null(strstr(offered, "hoot:"));
	bash_offers("--family /no/family lineage \"\"", offered, sizeof(offered));
	assert_string_equal(offered, "\n");
}

static void test_jam_performs_the_default_tune_and_shows_where_the_sound_comes_from(void **state)
{
	static const char *const steps[] = { "] family ", "] tune ",     "] notes ",   "] audio ",    "] timeline ", "] playing ",
					     "] latent    pending", "] latent    running", "] resolved ", "] mixed in ", "] recorded ",
					     "from intent to sound", "import abc", "continue midi", "project audio",
					     "where everything is", NULL };
	const struct place *p = *state;
	char *AUTO_MEM out = NULL;
	char *AUTO_MEM down = NULL;
	int64_t began_ns = clock_monotonic_ns(clock_system());
	if (HOLLER(&out, "jam", "--dir", p->dir, "--device", "null", "--keep") != 0)
		fail_msg("%s", out);
	assert_true(clock_monotonic_ns(clock_system()) - began_ns < 90 * NS_PER_SEC);
	expect_in_order(out, steps);
	expect(out, "] job "); /* a reply, which an event may overtake */
	expect(out, "] decision ");
	expect(out, " 0 xruns");
	assert_true(number_after(out, "  memory   ") < MEMORY_MB);
	check_sound(p, number_after(strstr(out, "] mixed in "), ", frame "));
	check_files(p);
	check_timeline(p);
	check_lineage(p, out);
	check_completion(p, out);
	assert_int_equal(HOLLER(&down, "--family", p->family, "down"), 0);
}

/* --- what can go wrong --------------------------------------------------------------------------------------------- */

static void write_tune(const struct place *p, const char *text)
{
	struct err err = ERR_INIT;
	if (fs_write_atomic(p->tune, text, strlen(text), 0644, &err) < 0)
		fail_msg("%s", err.msg);
}

static void test_jam_refuses_what_is_no_tune_before_it_starts_anything(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = { { "", "neither a MIDI file nor a tune in ABC notation" },
		      { "dear diary\n", "neither a MIDI file nor a tune in ABC notation" },
		      { "MThd and then nothing of the kind", "begins like a MIDI file but is damaged" },
		      { "X:1\nK:D\n", "it has no notes" },
		      { "X:1\nK:D\n[\n", "3:1: " } };
	const struct place *p = *state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *AUTO_MEM out = NULL;
		write_tune(p, cases[i].text);
		assert_int_equal(HOLLER(&out, "jam", "--dir", p->dir, "--tune", p->tune), 1);
		expect(out, cases[i].wanted);
		assert_false(fs_exists(p->family));
	}
	char *AUTO_MEM missing = NULL;
	char *AUTO_MEM number = NULL;
	char *AUTO_MEM folder = NULL;
	char below[320];
	assert_int_equal(HOLLER(&missing, "jam", "--dir", p->dir, "--tune", "/no/such/tune.abc"), 1);
	expect(missing, "open '/no/such/tune.abc': No such file or directory\n  hint: name a tune");
	write_tune(p, "X:1\nK:D\nabc|\n");
	assert_int_equal(HOLLER(&number, "jam", "--dir", p->dir, "--tune", p->tune, "--number", "7"), 1);
	expect(number, "no tune has X:7; there is X:1\n  hint: --number is that of the X: line");
	(void)snprintf(below, sizeof(below), "%s/folder", p->tune);
	assert_int_equal(HOLLER(&folder, "jam", "--dir", below), 1);
	expect(folder, "hint: choose another one with --dir DIR");
	assert_false(fs_exists(p->family));
}

struct running {
	pid_t pid;
	int fd;
	struct strbuf out;
};

static void start(struct running *r, const struct place *p)
{
	char path[600];
	int fds[2];
	stage_program("holler", path, sizeof(path));
	const char *const argv[] = { path, "jam", "--dir", p->dir, "--device", "null", "--tune", p->tune, NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t interrupt;
	*r = (struct running){ .out = STRBUF_INIT };
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	/* A shell's background job ignores Ctrl-C, and so would all that it starts. */
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &interrupt);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, fds[1], 1);
	posix_spawn_file_actions_adddup2(&fa, fds[1], 2);
	assert_int_equal(posix_spawn(&r->pid, path, &fa, &attr, (char *const *)(void *)argv, environ), 0);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&attr);
	close(fds[1]);
	r->fd = fds[0];
}

/* Reads until the text has come, or to the end when it is NULL. */
static void read_until(struct running *r, const char *text)
{
	char buf[2048];
	ssize_t n;
	while (!text || !r->out.s || !strstr(r->out.s, text)) {
		n = read(r->fd, buf, sizeof(buf));
		if (n <= 0 && text)
			fail_msg("it ended before '%s': %s", text, r->out.s ? r->out.s : "");
		if (n <= 0)
			return;
		assert_int_equal(strbuf_add(&r->out, buf, (size_t)n), 0);
	}
}

static int end(struct running *r)
{
	int status = 0;
	read_until(r, NULL);
	close(r->fd);
	assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void test_jam_shows_mistakes_with_a_caret_leaves_others_alone_and_stops_whole_at_ctrl_c(void **state)
{
	const struct place *p = *state;
	struct running first;
	char *AUTO_MEM second = NULL;
	char *AUTO_MEM status = NULL;
	char *AUTO_MEM after = NULL;
	struct err err = ERR_INIT;
	write_tune(p, "X:1\nT:Slips\nL:1/8\nM:4/4\nQ:1/4=120\nK:D\nabcd efga | [ceg b4 |\nabcd efga | b4 z4 |\n");
	start(&first, p);
	read_until(&first, "] playing ");
	expect(first.out.s, "] notation  1 mistake");
	expect(first.out.s, "tune.abc:7:21: error: ");
	expect(first.out.s, "abcd efga | [ceg b4 |\n                                   ^\n");

	assert_int_equal(HOLLER(&second, "jam", "--dir", p->dir), 1);
	expect(second, "a family is running in '");
	expect(second, " down\n");
	assert_int_equal(HOLLER(&status, "--family", p->family, "status"), 0);

	assert_int_equal(kill(first.pid, SIGINT), 0);
	assert_int_equal(end(&first), 130);
	expect(first.out.s, "] stopped   the family is down, nothing is left running; what was recorded so far is in jam.wav");
	assert_int_equal(HOLLER(&after, "--family", p->family, "status"), 1);
	expect(after, ": down");
	AUTO(audio_buffer) a = NULL;
	if (audio_load(p->wav, 0, &a, &err) < 0)
		fail_msg("%s", err.msg);
	strbuf_done(&first.out);
}

static void test_jam_stops_at_ctrl_c_while_its_family_is_still_starting(void **state)
{
	const struct place *p = *state;
	write_tune(p, "X:1\nK:D\nabc|\n");
	for (int i = 0; i < 4; i++) {
		struct running r;
		char *AUTO_MEM after = NULL;
		start(&r, p);
		/* At once, after its first words, and somewhere in between. */
		if (i == 3)
			read_until(&r, "] family ");
		else
			(void)poll(NULL, 0, i * 12);
		(void)kill(r.pid, SIGINT);
		int status = end(&r);
		if (status != 130 && status != 128 + SIGINT)
			fail_msg("status %d: %s", status, r.out.s ? r.out.s : "");
		assert_int_equal(HOLLER(&after, "--family", p->family, "status"), 1);
		strbuf_done(&r.out);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_jam_performs_the_default_tune_and_shows_where_the_sound_comes_from),
		TEST(test_jam_refuses_what_is_no_tune_before_it_starts_anything),
		TEST(test_jam_shows_mistakes_with_a_caret_leaves_others_alone_and_stops_whole_at_ctrl_c),
		TEST(test_jam_stops_at_ctrl_c_while_its_family_is_still_starting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
