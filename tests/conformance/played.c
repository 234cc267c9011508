/*
 * played.c - tunes played by somebody, written down again: how many notes stand where they stood.
 *
 *   played [--skip-missing] FILE
 *
 * FILE is {"tunes": [{name, abc}]}. Each tune is performed with its dynamics and articulation, its onsets are moved by up
 * to 0, 0.01, 0.03 and 0.06 beats either way (evenly, from a fixed seed), it goes through a MIDI file, and what abc_write
 * makes of it is compared with the notes as they are written. Exit status 1 when fewer onsets are right than the table says.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../seed.h"
#include "base/fs.h"
#include "base/json.h"
#include "music/abc.h"
#include "music/abc_write.h"
#include "music/smf.h"

struct sums {
	size_t notes, onsets, lengths;
};

static int compare(const void *pa, const void *pb)
{
	const struct note *a = pa, *b = pb;
	double d = a->start_beats - b->start_beats;
	if (fabs(d) > 0.003)
		return d < 0 ? -1 : 1;
	return (int)a->pitch - b->pitch;
}

/* Both sorted by time and pitch; a note is found where one of its pitch begins with it. */
static void count(const struct score *want, const struct score *got, struct sums *s)
{
	size_t n, m, j = 0;
	struct note AUTO_MEM *a = score_merge_notes(want, &n);
	struct note AUTO_MEM *b = score_merge_notes(got, &m);
	if (!a || !b)
		return;
	qsort(a, n, sizeof(*a), compare);
	qsort(b, m, sizeof(*b), compare);
	for (size_t i = 0; i < n; i++) {
		while (j < m && compare(&b[j], &a[i]) < 0)
			j++;
		bool found = j < m && compare(&b[j], &a[i]) == 0;
		s->notes++;
		s->onsets += found;
		s->lengths += found && fabs(a[i].duration_beats - b[j].duration_beats) < 0.003;
		j += found;
	}
}

static void unsettle(struct score *s, double beats, uint64_t *seed)
{
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			struct note *n = &s->voices[v].notes[i];
			n->start_beats = fmax(0, n->start_beats + (2 * seed_unit(seed) - 1) * beats);
		}
	score_sort(s);
}

static int play_and_write(const char *abc, double beats, uint64_t *seed, struct sums *sums, struct err *err)
{
	static const struct abc_write_options options = ABC_WRITE_OPTIONS_INIT;
	struct abc_play_options play = abc_nominal;
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) meant = NULL;
	AUTO(score) played = NULL;
	AUTO(score) midi = NULL;
	AUTO(score) again = NULL;
	uint8_t AUTO_MEM *bytes = NULL;
	char AUTO_MEM *text = NULL;
	size_t n;
	play.articulation = play.dynamics = true;
	int r = abc_parse(abc, strlen(abc), NULL, &meant, &report, err);
	if (r == 0)
		r = abc_perform(abc, strlen(abc), NULL, &play, &played, &report, err);
	if (r == 0) {
		unsettle(played, beats, seed);
		r = score_write_smf(played, &bytes, &n, err);
	}
	if (r == 0)
		r = score_read_smf(bytes, n, &midi, err);
	if (r == 0)
		r = abc_write(midi, &options, &text, &n, NULL, err);
	if (r == 0)
		r = abc_parse(text, n, NULL, &again, &report, err);
	if (r == 0)
		count(meant, again, sums);
	abc_report_done(&report);
	return r;
}

static int measure(const json_t *tunes, double beats, double least)
{
	struct sums s = { 0, 0, 0 };
	struct err err = ERR_INIT;
	uint64_t seed = 88172645463325252u;
	for (size_t i = 0; i < json_array_size(tunes); i++) {
		const char *abc = NULL;
		if (json_get_string(json_array_get(tunes, i), "abc", &abc, &err) < 0 ||
		    play_and_write(abc, beats, &seed, &s, &err) < 0) {
			fprintf(stderr, "tune %zu: %s\n", i, err.msg);
			return 1;
		}
	}
	double onsets = 100.0 * (double)s.onsets / (double)s.notes, lengths = 100.0 * (double)s.lengths / (double)s.notes;
	printf("off by %.2f beats at most: %.2f %% of %zu onsets, %.2f %% with their length\n", beats, onsets, s.notes, lengths);
	return onsets < least;
}

int main(int argc, char **argv)
{
	static const struct {
		double beats, least;
	} rows[] = { { 0, 99.9 }, { 0.01, 98.5 }, { 0.03, 98.5 }, { 0.06, 97.5 } };
	AUTO_JSON json_t *doc = NULL;
	struct err err = ERR_INIT;
	json_t *tunes = NULL;
	const char *path = argc > 1 ? argv[argc - 1] : "";
	if (argc > 2 && strcmp(argv[1], "--skip-missing") == 0 && !fs_exists(path))
		return 77;
	if (json_parse_file(path, &doc, &err) < 0 || json_get_array(doc, "tunes", &tunes, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	int bad = 0;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		bad |= measure(tunes, rows[i].beats, rows[i].least);
	return bad;
}
