/*
 * bench_music.c - ABC and MIDI files, ours beside abc2midi and midicsv, as whole processes on the same files.
 *
 * Usage:  bench_music [FOLDER]; the folder holds .abc files (the examples when it is left out).
 * Prints JSON lines {"name", "ours", "reference", "unit", "ratio", "target"}; ratio = ours / reference, below 1
 * is faster. A reference program that is not installed is left out. Each figure is the best of five rounds
 * that alternate between the two. The lines without a reference are rates inside one process.
 */
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"
#include "music/abc.h"
#include "music/smf.h"

#define ROUNDS 5
#define FILE_BYTES (64u << 20)

extern char **environ;

struct file {
	char *path, *text;
	size_t n;
};

struct files {
	struct file *list;
	size_t n, room;
};

static void die(const char *what)
{
	fprintf(stderr, "bench_music: %s\n", what);
	exit(1);
}

static void files_add(struct files *f, const char *folder, const char *name)
{
	struct err err = ERR_INIT;
	struct file x = { fs_join(folder, name), NULL, 0 };
	if (!x.path || fs_read(x.path, FILE_BYTES, &x.text, &x.n, &err) < 0 ||
	    mem_grow(&f->list, &f->room, f->n + 1, sizeof(x)) < 0)
		die(err.msg);
	f->list[f->n++] = x;
}

static void files_read(struct files *f, const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	if (!d)
		die("cannot open the folder");
	while ((e = readdir(d)))
		if (str_ends(e->d_name, ".abc"))
			files_add(f, folder, e->d_name);
	closedir(d);
	if (f->n == 0)
		die("no .abc files in the folder");
}

static void files_done(struct files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->list[i].path);
		free(f->list[i].text);
	}
	free(f->list);
}

/* Runs a program to its end with its output thrown away; false when it is not installed. */
static bool run(const char *const argv[])
{
	posix_spawn_file_actions_t quiet;
	pid_t pid;
	int status;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	int r = posix_spawnp(&pid, argv[0], &quiet, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&quiet);
	if (r != 0)
		return false;
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return WIFEXITED(status) && WEXITSTATUS(status) != 127;
}

/* Best time of one program over all files, in ms a file; below 0 when it cannot run. */
static double time_program(const struct files *f, const char *const before[], const char *const after[])
{
	int64_t begin = clock_monotonic_ns(clock_system());
	for (size_t i = 0; i < f->n; i++) {
		const char *argv[8];
		int n = 0;
		for (int k = 0; before[k]; k++)
			argv[n++] = before[k];
		argv[n++] = f->list[i].path;
		for (int k = 0; after[k]; k++)
			argv[n++] = after[k];
		argv[n] = NULL;
		if (!run(argv))
			return -1;
	}
	return (double)(clock_monotonic_ns(clock_system()) - begin) / 1e6 / (double)f->n;
}

static void compare(const char *name, const struct files *f, const char *const ours[],
		    const char *const ours_after[], const char *const theirs[], const char *const theirs_after[])
{
	double best = 1e30, reference = 1e30;
	for (int i = 0; i < ROUNDS; i++) {
		double a = time_program(f, ours, ours_after), b = time_program(f, theirs, theirs_after);
		if (a < 0)
			die("cannot run ourselves");
		if (b < 0) {
			printf("{\"name\": \"%s\", \"ours\": %.4f, \"unit\": \"ms\", \"skipped\": \"%s is not installed\"}\n",
			       name, a, theirs[0]);
			return;
		}
		best = a < best ? a : best;
		reference = b < reference ? b : reference;
	}
	printf("{\"name\": \"%s\", \"ours\": %.4f, \"reference\": %.4f, \"unit\": \"ms\", \"ratio\": %.3f, \"target\": 1.0}\n",
	       name, best, reference, best / reference);
}

/* All tunes of a book; with `out` the first one alone, into that file, as abc2midi -o does. */
static size_t convert(const char *text, size_t n, const struct abc_play_options *options, const char *out)
{
	struct abc_report report = ABC_REPORT_INIT;
	struct err err = ERR_INIT;
	size_t tunes = out ? 1 : abc_count(text, n);
	for (size_t i = 0; i < tunes; i++) {
		struct abc_pick pick = { false, i, 0 };
		AUTO(score) s = NULL;
		uint8_t AUTO_MEM *bytes = NULL;
		size_t n_bytes;
		if (abc_perform(text, n, &pick, options, &s, &report, &err) < 0 ||
		    score_write_smf(s, &bytes, &n_bytes, &err) < 0)
			continue;
		FILE *f = out ? fopen(out, "wb") : NULL;
		if (f) {
			if (fwrite(bytes, 1, n_bytes, f) != n_bytes)
				die("cannot write");
			fclose(f);
		}
	}
	abc_report_done(&report);
	return tunes;
}

/* The two modes in which this program runs itself: --abc FILE OUT, --midi FILE. */
static int child(int argc, char **argv)
{
	char AUTO_MEM *text = NULL;
	size_t n;
	struct err err = ERR_INIT;
	AUTO(score) s = NULL;
	if (argc < 3 || fs_read(argv[2], FILE_BYTES, &text, &n, &err) < 0)
		return 1;
	if (strcmp(argv[1], "--abc") == 0)
		return convert(text, n, &abc_performed, argc > 3 ? argv[3] : NULL) ? 0 : 1;
	return score_read_smf(text, n, &s, &err) < 0;
}

static void rate_abc(const struct files *f, const char *name, const struct abc_play_options *options)
{
	double best = 0;
	for (int round = 0; round < ROUNDS; round++) {
		int64_t begin = clock_monotonic_ns(clock_system()), now;
		size_t tunes = 0;
		do {
			for (size_t i = 0; i < f->n; i++)
				tunes += convert(f->list[i].text, f->list[i].n, options, NULL);
			now = clock_monotonic_ns(clock_system());
		} while (now - begin < 100000000);
		double rate = (double)tunes * 1e9 / (double)(now - begin);
		best = rate > best ? rate : best;
	}
	printf("{\"name\": \"music.%s\", \"ours\": %.0f, \"unit\": \"tunes/s\"}\n", name, best);
}

/* A file of 200,000 notes over four voices. */
static void make_midi(const char *path, uint8_t **ret, size_t *ret_n)
{
	AUTO(score) s = score_new();
	struct err err = ERR_INIT;
	size_t v;
	if (!s)
		die("out of memory");
	for (int k = 0; k < 4; k++) {
		if (score_add_voice(s, "voice", &v, &err) < 0)
			die(err.msg);
		for (int i = 0; i < 50000; i++) {
			struct note n = { .start_beats = i * 0.25, .duration_beats = 0.25,
					  .pitch = (uint8_t)(40 + (i * 7 + k * 11) % 48), .velocity = 80,
					  .channel = (uint8_t)k, .release = 64 };
			if (score_add_note(s, v, &n, &err) < 0)
				die(err.msg);
		}
	}
	if (score_write_smf(s, ret, ret_n, &err) < 0 || fs_write_atomic(path, *ret, *ret_n, 0600, &err) < 0)
		die(err.msg);
}

static void rate_smf(const uint8_t *bytes, size_t n)
{
	double best = 0;
	for (int round = 0; round < ROUNDS; round++) {
		int64_t begin = clock_monotonic_ns(clock_system());
		AUTO(smf) f = NULL;
		if (smf_read(bytes, n, &f, NULL) < 0)
			die("cannot read what was written");
		double rate = (double)n * 1e3 / (double)(clock_monotonic_ns(clock_system()) - begin);
		best = rate > best ? rate : best;
	}
	printf("{\"name\": \"music.smf_read\", \"ours\": %.1f, \"unit\": \"MB/s\"}\n", best);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strncmp(argv[1], "--", 2) == 0)
		return child(argc, argv);
	struct files abc = { NULL, 0, 0 }, midi = { NULL, 0, 0 };
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n;
	char *folder = NULL;
	struct err err = ERR_INIT;
	if (fs_temp_dir(NULL, "bench-music", &folder, &err) < 0)
		die(err.msg);
	char AUTO_MEM *out = fs_join(folder, "out.mid");
	char AUTO_MEM *big = fs_join(folder, "big.mid");
	files_read(&abc, argc > 1 ? argv[1] : TUNES);
	make_midi(big, &bytes, &n);
	files_add(&midi, folder, "big.mid");

	static const char *const our_abc[] = { "/proc/self/exe", "--abc", NULL }, *const abc2midi[] = { "abc2midi", NULL };
	static const char *const our_midi[] = { "/proc/self/exe", "--midi", NULL }, *const midicsv[] = { "midicsv", NULL };
	const char *our_out[] = { out, NULL }, *abc2midi_out[] = { "-o", out, NULL };
	static const char *const nothing[] = { NULL }, *const null_out[] = { "/dev/null", NULL };
	compare("music.abc_process", &abc, our_abc, our_out, abc2midi, abc2midi_out);
	compare("music.midi_process", &midi, our_midi, nothing, midicsv, null_out);
	rate_abc(&abc, "abc_to_smf", &abc_nominal);
	rate_abc(&abc, "abc_performed", &abc_performed);
	rate_smf(bytes, n);

	(void)fs_remove_tree(folder, &err); /* a temporary folder */
	free(folder);
	files_done(&abc);
	files_done(&midi);
	return 0;
}
