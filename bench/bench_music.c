/*
 * bench_music.c - ABC and MIDI files, ours beside abc2midi, midicsv, csvmidi and midicopy, as whole processes on the same files.
 *
 * Usage:  bench_music [FOLDER]; the folder holds .abc files (the examples when it is left out).
 * Prints JSON lines {"name", "ours", "reference", "unit", "ratio", "target"}; ratio = ours / reference. Times are processor time
 * (user and system, of the child). A reference program that is not installed is left out. Each figure is the best of rounds that
 * alternate between the two. The lines without a reference are rates inside one process.
 *
 * abc_process is a process for each tune: mostly what starting one costs. abc_book is one process for a book of the folder's tunes many
 * times over, a MIDI file for each: as they are heard (ornaments, swing, accompaniment: what abc2midi does), and as they are written.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"
#include "music/abc.h"
#include "music/smf.h"
#include "process.h"

#define ROUNDS 7
#define BOOK_TUNES 400
#define FILE_BYTES (64u << 20)

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

/* The ms of processor time that a program took, whatever it ended with; below 0 when it is not installed. */
static double run(const char *const argv[])
{
	int status;
	return 1e3 * process_cpu_s(argv, &status);
}

/* A program over all files, in ms a file; below 0 when it cannot run. */
static double time_program(const struct files *f, const char *const before[], const char *const after[])
{
	double total = 0;
	for (size_t i = 0; i < f->n; i++) {
		const char *argv[8];
		int n = 0;
		for (int k = 0; before[k]; k++)
			argv[n++] = before[k];
		argv[n++] = f->list[i].path;
		for (int k = 0; after[k]; k++)
			argv[n++] = after[k];
		argv[n] = NULL;
		double ms = run(argv);
		if (ms < 0)
			return -1;
		total += ms;
	}
	return total / (double)f->n;
}

static void skip(const char *name, const char *program)
{
	printf("{\"name\": \"%s\", \"skipped\": \"%s is not installed\"}\n", name, program);
}

static void compare(const char *name, const struct files *f, const char *const ours[], const char *const ours_after[],
		    const struct files *g, const char *const theirs[], const char *const theirs_after[], const char *target)
{
	double best = 1e30, reference = 1e30;
	for (int i = 0; i < ROUNDS; i++) {
		double a = time_program(f, ours, ours_after), b = time_program(g, theirs, theirs_after);
		if (a < 0)
			die("cannot run ourselves");
		if (b < 0) {
			skip(name, theirs[0]);
			return;
		}
		best = a < best ? a : best;
		reference = b < reference ? b : reference;
	}
	printf("{\"name\": \"music.%s\", \"ours\": %.4f, \"reference\": %.4f, \"unit\": \"ms\", \"ratio\": %.3f, \"target\": \"%s\"}\n",
	       name, best, reference, best / reference, target);
}

/* The tunes of the folder over and over, numbered from 1: all of them in one file. */
static void make_book(const struct files *f, const char *path)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err err = ERR_INIT;
	for (int i = 0; i < BOOK_TUNES; i++) {
		const char *tune = f->list[(size_t)i % f->n].text, *next = strstr(tune, "\nX:");
		const char *x = strstr(tune, "X:"), *rest = x ? strchr(x, '\n') : NULL;
		if (!rest)
			die("a tune without X:");
		int n = (int)(next && next > rest ? next - rest : (ptrdiff_t)strlen(rest));
		if (strbuf_addf(&text, "X:%d%.*s\n\n", i + 1, n, rest) < 0)
			die("out of memory");
	}
	if (fs_write_atomic(path, text.s, text.n, 0600, &err) < 0)
		die(err.msg);
}

static void compare_book(const char *name, const char *const ours[], const char *const theirs[])
{
	double best = 1e30, reference = 1e30;
	for (int i = 0; i < ROUNDS; i++) {
		double a = run(ours), b = run(theirs);
		if (a < 0)
			die("cannot run ourselves");
		if (b < 0) {
			skip(name, theirs[0]);
			return;
		}
		best = a < best ? a : best;
		reference = b < reference ? b : reference;
	}
	printf("{\"name\": \"music.%s\", \"ours\": %.0f, \"reference\": %.0f, \"unit\": \"tunes/s\", \"ratio\": %.3f, \"target\": \">= 1\"}\n",
	       name, BOOK_TUNES * 1e3 / best, BOOK_TUNES * 1e3 / reference, reference / best);
}

static void write_file(const char *path, const uint8_t *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
		die("cannot write");
}

static void write_smf(const struct score *s, const char *path)
{
	struct err err = ERR_INIT;
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n;
	if (score_write_smf(s, &bytes, &n, &err) < 0)
		die(err.msg);
	if (path)
		write_file(path, bytes, n);
}

/* All tunes of a file; with `out` into files of their numbers whose names begin so, or, where it ends in .mid, the first one into it. */
static size_t convert(const char *text, size_t n, const struct abc_play_options *options, const char *out)
{
	struct abc_report report = ABC_REPORT_INIT;
	struct abc_walk walk = { .text = text, .n = n };
	struct err err = ERR_INIT;
	bool one = out && str_ends(out, ".mid");
	int code = 0;
	while (code == 0 && !(one && walk.n_tunes == 1)) {
		AUTO(score) s = NULL;
		code = abc_perform_next(&walk, options, &s, &report, &err);
		char AUTO_MEM *path = out && !one ? str_printf("%s%zu.mid", out, walk.n_tunes) : NULL;
		if (code == 0)
			write_smf(s, one ? out : path);
	}
	abc_report_done(&report);
	if (code < 0 && code != -ENOENT)
		die(err.msg);
	return walk.n_tunes;
}

static int copy_smf(const char *bytes, size_t n, const char *out)
{
	AUTO(smf) f = NULL;
	uint8_t AUTO_MEM *copy = NULL;
	size_t n_copy;
	struct err err = ERR_INIT;
	if (!out || smf_read(bytes, n, &f, &err) < 0 || smf_write(f, SMF_WRITE_RUNNING_STATUS, &copy, &n_copy, &err) < 0)
		return 1;
	write_file(out, copy, n_copy);
	return 0;
}

/* The modes in which this program runs itself: --performed FILE OUT, --nominal FILE OUT, --read FILE, --copy FILE OUT. */
static int child(int argc, char **argv)
{
	char AUTO_MEM *text = NULL;
	size_t n;
	struct err err = ERR_INIT;
	AUTO(score) s = NULL;
	const char *out = argc > 3 ? argv[3] : NULL;
	if (argc < 3 || fs_read(argv[2], FILE_BYTES, &text, &n, &err) < 0)
		return 1;
	if (str_eq(argv[1], "--performed") || str_eq(argv[1], "--nominal"))
		return convert(text, n, str_eq(argv[1], "--nominal") ? &abc_nominal : &abc_performed, out) ? 0 : 1;
	if (str_eq(argv[1], "--copy"))
		return copy_smf(text, n, out);
	return score_read_smf(text, n, &s, &err) < 0;
}

static int64_t cpu_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* Linux has it */
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void rate_abc(const struct files *f, const char *name, const struct abc_play_options *options)
{
	double best = 0;
	for (int round = 0; round < ROUNDS; round++) {
		int64_t begin = cpu_ns(), now;
		size_t tunes = 0;
		do {
			for (size_t i = 0; i < f->n; i++)
				tunes += convert(f->list[i].text, f->list[i].n, options, NULL);
			now = cpu_ns();
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
		int64_t begin = cpu_ns();
		AUTO(smf) f = NULL;
		if (smf_read(bytes, n, &f, NULL) < 0)
			die("cannot read what was written");
		double rate = (double)n * 1e3 / (double)(cpu_ns() - begin);
		best = rate > best ? rate : best;
	}
	printf("{\"name\": \"music.smf_read\", \"ours\": %.1f, \"unit\": \"MB/s\"}\n", best);
}

/* Reading, and reading and writing, of one large file. midicopy copies without keeping what it reads; csvmidi reads its own text and writes the file. */
static void compare_midi(const char *folder, const char *big, uint8_t *bytes, size_t n)
{
	struct files midi = { NULL, 0, 0 }, csv = { NULL, 0, 0 };
	char AUTO_MEM *out = fs_join(folder, "copy.mid");
	char AUTO_MEM *text = fs_join(folder, "big.csv");
	static const char *const nothing[] = { NULL }, *const null_out[] = { "/dev/null", NULL };
	static const char *const our_read[] = { "/proc/self/exe", "--read", NULL }, *const our_copy[] = { "/proc/self/exe", "--copy", NULL };
	static const char *const midicsv[] = { "midicsv", NULL }, *const csvmidi[] = { "csvmidi", NULL }, *const midicopy[] = { "midicopy", NULL };
	const char *const copied[] = { out, NULL };
	const char *const to_text[] = { "midicsv", big, text, NULL };
	files_add(&midi, folder, "big.mid");
	compare("smf_read_process", &midi, our_read, nothing, &midi, midicsv, null_out, "<= 1");
	compare("smf_copy_process", &midi, our_copy, copied, &midi, midicopy, copied, "none");
	if (run(to_text) >= 0) {
		files_add(&csv, folder, "big.csv");
		compare("smf_write_process", &midi, our_copy, copied, &csv, csvmidi, copied, "<= 1");
	}
	rate_smf(bytes, n);
	files_done(&midi);
	files_done(&csv);
}

/* abc2midi names files after the book, in the folder it works in. */
static void compare_abc(const struct files *abc, const char *folder)
{
	char AUTO_MEM *out = fs_join(folder, "out.mid");
	char AUTO_MEM *book = fs_join(folder, "book.abc");
	char AUTO_MEM *ours = fs_join(folder, "ours");
	static const char *const our_abc[] = { "/proc/self/exe", "--performed", NULL }, *const abc2midi[] = { "abc2midi", NULL };
	const char *const our_out[] = { out, NULL }, *const abc2midi_out[] = { "-o", out, NULL };
	const char *const performed[] = { "/proc/self/exe", "--performed", book, ours, NULL };
	const char *const nominal[] = { "/proc/self/exe", "--nominal", book, ours, NULL };
	const char *const theirs[] = { "abc2midi", book, NULL };
	make_book(abc, book);
	compare("abc_process", abc, our_abc, our_out, abc, abc2midi, abc2midi_out, "<= 1");
	compare_book("abc_book_performed", performed, theirs);
	compare_book("abc_book_nominal", nominal, theirs);
	rate_abc(abc, "abc_nominal", &abc_nominal);
	rate_abc(abc, "abc_performed", &abc_performed);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strncmp(argv[1], "--", 2) == 0)
		return child(argc, argv);
	struct files abc = { NULL, 0, 0 };
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n;
	char AUTO_MEM *folder = NULL;
	struct err err = ERR_INIT;
	if (fs_temp_dir(fs_exists("/dev/shm") ? "/dev/shm" : NULL, "bench-music", &folder, &err) < 0)
		die(err.msg);
	char AUTO_MEM *big = fs_join(folder, "big.mid");
	files_read(&abc, argc > 1 ? argv[1] : TUNES);
	make_midi(big, &bytes, &n);
	compare_abc(&abc, folder);
	compare_midi(folder, big, bytes, n);
	(void)fs_remove_tree(folder, &err); /* a temporary folder */
	files_done(&abc);
	return 0;
}
