/*
 * voices.c - how well voice separation finds voices that are known: each piece's voices are laid on one heap and taken
 * apart again.
 *
 *   build/tests/conformance/voices [--max-voices N] [--each] FILE...     ABC books and MIDI files; pieces with two voices or
 *                                                                        more, chords and drums left out
 *   build/tests/conformance/voices --generated N                        N made-up pieces for each number of voices
 *
 * Prints, over all notes: notes in the right voice (best one-for-one matching), average voice consistency, and how many
 * links from note to note were found, and were right.
 */
#include "base/fs.h"
#include "music/abc.h"
#include "music/smf.h"
#include "music/voices.h"

#include "../music/counterpoint.h"

#include <stdio.h>
#include <string.h>

struct sums {
	size_t pieces, notes, right, links, found, made;
	double consistency;
	bool each;
	struct voice_params p;
};

static void print_sums(const char *what, const struct sums *s)
{
	printf("%-28s %5zu pieces %7zu notes: %6.2f %% in their voice, consistency %.2f %%, links found %.2f %%, right %.2f %%\n",
	       what, s->pieces, s->notes, s->notes ? 100.0 * (double)s->right / (double)s->notes : 0,
	       s->pieces ? 100.0 * s->consistency / (double)s->pieces : 0,
	       s->links ? 100.0 * (double)s->found / (double)s->links : 0,
	       s->made ? 100.0 * (double)s->found / (double)s->made : 0);
}

static int measure(const struct score *truth, struct sums *sums)
{
	AUTO(score) one = counterpoint_merge(truth);
	AUTO(voices) v = NULL;
	struct voices_agreement a;
	struct err err = ERR_INIT;
	if (!one || voices_separate(one, &sums->p, &v, &err) < 0 || voices_compare(truth, v->score, &a, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	sums->pieces++;
	sums->notes += a.n_notes;
	sums->right += a.n_right;
	sums->links += a.n_links;
	sums->found += a.n_links_found;
	sums->made += a.n_links_made;
	sums->consistency += a.average_consistency;
	if (sums->each)
		printf("%-28.28s %zu voices, found %zu, %zu of %zu notes\n", truth->title, truth->n_voices, v->score->n_voices,
		       a.n_right, a.n_notes);
	return 0;
}

/* The voices that are lines: no drums, and next to no notes that begin together. */
static struct score *lines_of(const struct score *s)
{
	AUTO(score) lines = score_new();
	if (!lines || score_set_title(lines, s->title, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < s->n_voices; i++) {
		const struct score_voice *v = &s->voices[i];
		size_t chords = 0, at;
		for (size_t k = 1; k < v->n_notes; k++)
			chords += v->notes[k].start_beats < v->notes[k - 1].start_beats + v->notes[k - 1].duration_beats - 1e-6;
		if (v->n_notes < 4 || v->notes[0].channel == 9 || chords > 0 || score_add_voice(lines, v->name, &at, NULL) < 0)
			continue;
		for (size_t k = 0; k < v->n_notes; k++) {
			struct note x = v->notes[k];
			x.channel = 0;
			if (score_add_note(lines, at, &x, NULL) < 0)
				return NULL;
		}
	}
	return TAKE(lines);
}

static int measure_lines(const struct score *s, struct sums *sums)
{
	AUTO(score) lines = lines_of(s);
	if (!lines)
		return -1;
	return lines->n_voices >= 2 ? measure(lines, sums) : 0;
}

static int measure_file(const char *path, struct sums *sums)
{
	char AUTO_MEM *bytes = NULL;
	size_t n;
	struct err err = ERR_INIT;
	if (fs_read(path, 1 << 26, &bytes, &n, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	AUTO(score) midi = NULL;
	if (n > 4 && memcmp(bytes, "MThd", 4) == 0)
		return score_read_smf(bytes, n, &midi, &err) < 0 ? 0 : measure_lines(midi, sums);
	int code = 0;
	for (size_t i = 0; code == 0 && i < abc_count(bytes, n); i++) {
		AUTO(score) tune = NULL;
		struct abc_pick pick = { .index = i };
		struct abc_report report = ABC_REPORT_INIT;
		if (abc_parse(bytes, n, &pick, &tune, &report, &err) == 0)
			code = measure_lines(tune, sums);
		abc_report_done(&report);
	}
	return code;
}

static int measure_generated(int n, struct sums *sums)
{
	for (int loose = 0; loose < 2; loose++)
		for (int voices = 2; voices <= 5; voices++) {
			struct sums here = { .p = sums->p, .each = sums->each };
			char what[64];
			for (int i = 0; i < n; i++) {
				AUTO(score) s = counterpoint_make((uint64_t)i + 1, voices, 64, loose);
				if (!s || measure(s, &here) < 0)
					return -1;
			}
			(void)snprintf(what, sizeof(what), "%d voices, %s", voices, loose ? "as played" : "as written");
			print_sums(what, &here);
		}
	return 0;
}

int main(int argc, char **argv)
{
	struct sums sums = { .p = VOICE_PARAMS_INIT };
	sums.p.method = VOICE_PITCH_CONTIGUITY;
	int code = 0, i = 1;
	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--each") == 0)
			sums.each = true;
		else if (strcmp(argv[i], "--max-voices") == 0 && i + 1 < argc)
			sums.p.max_voices = (int)strtol(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--generated") == 0 && i + 1 < argc)
			return measure_generated((int)strtol(argv[++i], NULL, 10), &sums) < 0;
	}
	for (; code == 0 && i < argc; i++)
		code = measure_file(argv[i], &sums);
	print_sums("all", &sums);
	return code < 0;
}
