/*
 * listening.c - how well the analyses hear: tunes of a corpus, rendered with the worker's SoundFont at tempi and on instruments
 * drawn from their numbers, then listened to. What is printed are shares of the tunes, and means over them.
 *
 *   listening [--skip-missing] [--renders DIR] [--each N] [--from I] [--list] [--hold] FOLDER
 *
 *   --each N     every Nth tune of the folder's ABC files, --from I beginning with the Ith; --renders keeps the sound there
 *   --list       a line for each tune
 *   --hold       exit status 1 when the figures are below what is promised (docs/audio.md)
 *
 * Beats are right within 70 ms (F is the harmonic mean of precision and recall); a tempo within 4 %, "level" when it is right or
 * two or three times or a half or a third of it. F of the best level is that against the truth taken at any of these levels.
 */
#include "audio/beat.h"
#include "audio/key.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/rng.h"
#include "base/str.h"
#include "music/abc.h"
#include "render.h"
#include "skill.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOLERANCE_S 0.07

struct options {
	const char *folder, *renders;
	size_t each, from;
	bool list, skip, hold;
};

struct truth {
	double *beats, *bars;
	size_t n_beats, n_bars;
	double bpm;
	unsigned meter;    /* beats of a bar */
	unsigned division; /* of a beat */
};

struct totals {
	double n, tempo, level, f, f_level, f_bars, meter, division, key, tonic, signature, n_key;
};

static double beat_quarters(const struct score *s, const struct score_meter *m)
{
	(void)s;
	if (m->den == 8 && m->num % 3 == 0)
		return 1.5;
	return m->den == 2 ? 2 : m->den == 8 ? 0.5 : 1;
}

/* A tempo that suits the meter, and an instrument, drawn from the tune's place. */
static int perform(struct score *s, size_t number, struct err *err)
{
	static const uint8_t programs[] = { 0, 24, 40, 73, 21, 105, 6, 46 };
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	double beat = beat_quarters(s, &m);
	struct rng r;
	rng_init(&r, number);
	double lo = beat == 1.5 ? 72 : beat == 2 ? 60 : 76, hi = beat == 1.5 ? 132 : beat == 2 ? 112 : 160;
	int code = score_set_tempo(s, 0, (lo + rng_double(&r) * (hi - lo)) * beat, err);
	for (size_t v = 0; code == 0 && v < s->n_voices; v++)
		for (uint8_t c = 0; code == 0 && c < 1; c++)
			code = score_add_control(s, v, &(struct score_control){ 0, SCORE_PROGRAM, s->voices[v].n_notes ? s->voices[v].notes[0].channel : 0, 0,
										programs[rng_below(&r, COUNT_OF(programs))] }, err);
	score_sort(s);
	return code;
}

static int truth_make(const struct score *s, struct truth *t)
{
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	double beat = beat_quarters(s, &m), first = s->pickup_beats, last = 0;
	while (first - beat >= -1e-9)
		first -= beat;
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++)
			last = fmax(last, s->voices[v].notes[i].start_beats);
	size_t room = (size_t)(s->end_beats / beat) + 3;
	*t = (struct truth){ .beats = mem_new_array(room, sizeof(double)), .bars = mem_new_array(room, sizeof(double)) };
	for (double b = first; b <= last + 1e-9 && t->n_beats < room; b += beat)
		t->beats[t->n_beats++] = score_seconds_at(s, b);
	for (double b = s->pickup_beats; b <= last + 1e-9 && t->n_bars < room; b += score_bar_beats(&m))
		t->bars[t->n_bars++] = score_seconds_at(s, b);
	t->bpm = score_bpm_at(s, 0) / beat;
	t->meter = (unsigned)lround(score_bar_beats(&m) / beat);
	t->division = beat == 1.5 ? 3 : 2;
	return 0;
}

static double f_measure(const double *truth, size_t n_truth, const double *found, size_t n_found)
{
	size_t i = 0, j = 0, hits = 0;
	while (i < n_truth && j < n_found) {
		double d = found[j] - truth[i];
		if (fabs(d) <= TOLERANCE_S) {
			hits++;
			i++;
			j++;
		} else if (d < 0) {
			j++;
		} else {
			i++;
		}
	}
	return n_truth + n_found ? 2.0 * (double)hits / (double)(n_truth + n_found) : 0;
}

/* The best F against the truth's every second and third beat, and its beats divided. */
static double f_levels(const struct truth *t, const double *found, size_t n)
{
	double best = f_measure(t->beats, t->n_beats, found, n);
	double *other = mem_new_array(3 * t->n_beats + 3, sizeof(double));
	for (unsigned by = 2; other && by <= 3; by++) {
		for (size_t phase = 0; phase < by; phase++) {
			size_t k = 0;
			for (size_t i = phase; i < t->n_beats; i += by)
				other[k++] = t->beats[i];
			best = fmax(best, f_measure(other, k, found, n));
		}
		size_t k = 0;
		for (size_t i = 0; i < t->n_beats; i++)
			for (unsigned d = 0; d < by; d++)
				other[k++] = t->beats[i] + (double)d * (60 / t->bpm) / by;
		best = fmax(best, f_measure(t->beats, t->n_beats, found, n));
		best = fmax(best, f_measure(other, k, found, n));
	}
	free(other);
	return best;
}

static bool same_tempo(double a, double b)
{
	return fabs(a / b - 1) <= 0.04;
}

static int judge_beats(const struct hearing *h, const struct truth *t, struct totals *sum, const struct options *o, const char *name)
{
	struct beats b;
	struct err err = ERR_INIT;
	if (beats_find(h, &(struct beat_options){ 0 }, &b, &err) < 0) {
		fprintf(stderr, "%s: %s\n", name, err.msg);
		return -1;
	}
	double *at = mem_new_array(b.n, sizeof(double)), *bars = mem_new_array(b.n, sizeof(double));
	size_t n_bars = 0;
	for (size_t i = 0; i < b.n; i++) {
		at[i] = b.v[i].at_s;
		if (b.v[i].in_bar == 1)
			bars[n_bars++] = at[i];
	}
	bool tempo = same_tempo(b.bpm, t->bpm), level = tempo;
	for (unsigned by = 2; by <= 3; by++)
		level = level || same_tempo(b.bpm, t->bpm * by) || same_tempo(b.bpm, t->bpm / by);
	double f = f_measure(t->beats, t->n_beats, at, b.n), f_level = f_levels(t, at, b.n);
	double f_bars = f_measure(t->bars, t->n_bars, bars, n_bars);
	sum->n++;
	sum->tempo += tempo;
	sum->level += level;
	sum->f += f;
	sum->f_level += f_level;
	sum->f_bars += f_bars;
	sum->meter += b.meter == t->meter || (t->meter == 2 && b.meter == 4) || (t->meter == 4 && b.meter == 2);
	sum->division += b.division == t->division;
	if (o->list)
		printf("%-28s bpm %5.1f heard %5.1f (%.2f) second %5.1f  F %.2f level %.2f bars %.2f  meter %u/%u heard %u/%u (%.2f, %.2f)\n", name,
		       t->bpm, b.bpm, b.confidence, b.bpm_second, f, f_level, f_bars, t->meter, t->division, b.meter, b.division,
		       b.meter_confidence, b.division_confidence);
	free(at);
	free(bars);
	beats_done(&b);
	return 0;
}

/* Against what the tune states; a mode is right when it has the tonic and the third. */
static int judge_key(const struct hearing *h, const struct score *s, struct totals *sum, const struct options *o, const char *name)
{
	struct chroma c;
	struct key_report r;
	struct err err = ERR_INIT;
	if (chroma_of(h, &c, &err) < 0) {
		fprintf(stderr, "%s: %s\n", name, err.msg);
		return -1;
	}
	audio_key_find(&c, &r);
	struct score_key k = score_key_at(s, s->pickup_beats);
	/* What the score holds are signatures: Ador is one sharp, and not major or minor. The found mode's signature decides. */
	int found = r.n_guesses ? key_sharps(r.guesses[0].tonic, r.guesses[0].mode) : 99;
	int tonic = (k.sharps * 7 + (k.minor ? 9 : 0) + 84) % 12;
	bool right = r.n_guesses && r.guesses[0].tonic == tonic && key_mode_is_minor(r.guesses[0].mode) == k.minor;
	sum->n_key++;
	sum->key += right;
	sum->tonic += r.n_guesses && r.guesses[0].tonic == tonic;
	sum->signature += found == k.sharps;
	if (o->list)
		printf("%-28s key %d%s heard %s %s (%.2f), tuning %.0f\n", name, k.sharps, k.minor ? "m" : "",
		       r.n_guesses ? key_tonic_name(r.guesses[0].tonic, r.guesses[0].mode) : "-",
		       r.n_guesses ? key_mode_name(r.guesses[0].mode) : "-", r.n_guesses ? r.guesses[0].confidence : 0, c.tuning_cents);
	chroma_done(&c);
	return 0;
}

static int hear(struct score *s, size_t number, const char *name, const char *soundfont, const struct options *o, struct totals *sum)
{
	struct err err = ERR_INIT;
	struct render_params p;
	struct render_report report;
	char path[4200];
	(void)snprintf(path, sizeof(path), "%s/%05zu.wav", o->renders, number);
	int code = perform(s, number, &err);
	if (code == 0 && !fs_exists(path) && (code = model_params_read(&render_table, NULL, &p, &err)) == 0)
		code = render_score(s, soundfont, &p, NULL, path, &report, &err);
	struct hearing *h = NULL;
	if (code == 0)
		code = hearing_of(path, NULL, &h, &err);
	struct truth t = { 0 };
	if (code == 0 && truth_make(s, &t) == 0)
		code = judge_beats(h, &t, sum, o, name) < 0 || judge_key(h, s, sum, o, name) < 0 ? -1 : 0;
	else
		fprintf(stderr, "%s: %s\n", name, err.msg);
	free(t.beats);
	free(t.bars);
	hearing_free(h);
	return code;
}

/* Tunes in one meter of a usual kind, with enough of it to hear. */
static bool is_fit(const struct score *s)
{
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	bool usual = (m.den == 8 && (m.num == 6 || m.num == 9 || m.num == 12)) || (m.den == 4 && m.num >= 2 && m.num <= 4) ||
		     (m.den == 2 && m.num == 2);
	return usual && s->n_meters <= 1 && score_n_notes(s) >= 40 && score_n_bars(s) >= 8;
}

static int hear_book(const char *path, size_t *number, const char *soundfont, const struct options *o, struct totals *sum)
{
	AUTO_MEM char *text = NULL;
	size_t n;
	struct err err = ERR_INIT;
	if (fs_read(path, 1 << 24, &text, &n, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	for (size_t i = 0, count = abc_count(text, n); i < count; i++) {
		size_t at = (*number)++;
		if (at % o->each != o->from)
			continue;
		AUTO(score) s = NULL;
		struct abc_report report = ABC_REPORT_INIT;
		struct abc_pick pick = { false, i, 0 };
		int code = abc_parse(text, n, &pick, &s, &report, NULL);
		bool clean = code == 0 && report.n_errors == 0;
		abc_report_done(&report);
		char name[300];
		(void)snprintf(name, sizeof(name), "%s #%zu", fs_basename(path), i + 1);
		if (clean && is_fit(s) && hear(s, at, name, soundfont, o, sum) < 0)
			return -1;
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int hear_folder(const struct options *o, const char *soundfont, struct totals *sum)
{
	DIR *dir = opendir(o->folder);
	if (!dir) {
		perror(o->folder);
		return -1;
	}
	char *names[1024];
	size_t n = 0, number = 0;
	for (struct dirent *e; (e = readdir(dir)) && n < COUNT_OF(names);)
		if (str_ends(e->d_name, ".abc"))
			names[n++] = strdup(e->d_name);
	closedir(dir);
	qsort(names, n, sizeof(*names), by_name);
	int code = 0;
	for (size_t i = 0; i < n; i++) {
		AUTO_MEM char *path = fs_join(o->folder, names[i]);
		if (code == 0)
			code = hear_book(path, &number, soundfont, o, sum);
		free(names[i]);
	}
	return code;
}

static int read_options(int argc, char **argv, struct options *o)
{
	*o = (struct options){ .each = 1 };
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];
		if (str_eq(a, "--list"))
			o->list = true;
		else if (str_eq(a, "--hold"))
			o->hold = true;
		else if (str_eq(a, "--skip-missing"))
			o->skip = true;
		else if (str_eq(a, "--renders") && i + 1 < argc)
			o->renders = argv[++i];
		else if (str_eq(a, "--each") && i + 1 < argc)
			o->each = strtoul(argv[++i], NULL, 10);
		else if (str_eq(a, "--from") && i + 1 < argc)
			o->from = strtoul(argv[++i], NULL, 10);
		else if (a[0] != '-' && !o->folder)
			o->folder = a;
		else
			return -1;
	}
	return o->folder && o->each > 0 ? 0 : -1;
}

static int report(const struct totals *t, bool hold)
{
	double n = fmax(t->n, 1);
	printf("%.0f tunes: tempo %.3f, level %.3f; beats F %.3f, of the best level %.3f; bars F %.3f; meter %.3f, division %.3f\n", t->n,
	       t->tempo / n, t->level / n, t->f / n, t->f_level / n, t->f_bars / n, t->meter / n, t->division / n);
	printf("key (tonic and third) %.3f, tonic %.3f, signature %.3f\n", t->key / n, t->tonic / n, t->signature / n);
	bool good = t->level / n >= 0.9 && t->f / n >= 0.85 && t->key / n >= 0.85;
	return hold && !good;
}

int main(int argc, char **argv)
{
	struct options o;
	struct skill_set set = { 0 };
	struct totals sum = { 0 };
	if (read_options(argc, argv, &o) < 0) {
		fprintf(stderr, "usage: listening [--skip-missing] [--renders DIR] [--each N] [--from I] [--list] [--hold] FOLDER\n");
		return 2;
	}
	if (o.skip && LIMIT_RENDER_SECONDS < 600) {
		printf("skipped: a build with tiny limits renders no whole tunes\n");
		return 77;
	}
	struct err err = ERR_INIT;
	char *temp = NULL;
	bool can = skill_set_init(&set, NULL, &err) == 0;
	if (o.skip && (!fs_is_dir(o.folder) || !render_engine_version()[0] || !can || !set.soundfont[0])) {
		printf("skipped: no corpus at '%s', no FluidSynth or no SoundFont\n", o.folder);
		skill_set_done(&set);
		return 77;
	}
	if (!can || (!o.renders && fs_temp_dir(NULL, "listening", &temp, &err) < 0)) {
		fprintf(stderr, "%s\n", err.msg);
		skill_set_done(&set);
		return 2;
	}
	o.renders = o.renders ? o.renders : temp;
	int code = hear_folder(&o, set.soundfont, &sum);
	if (temp)
		(void)fs_remove_tree(temp, NULL); /* a folder of ours under /tmp */
	free(temp);
	skill_set_done(&set);
	return code < 0 ? 2 : report(&sum, o.hold);
}
