/*
 * abc.c - plays ABC tunes and compares the notes with reference lists.
 *
 * FILE is {"tunes": [{name, abc, voices: [[[pitch, start, duration], ...], ...], tempo: [{beat, quarter_bpm}]}]}.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/json.h"
#include "music/abc.h"
#include "tally.h"

static double number(const json_t *list, size_t i)
{
	return json_number_value(json_array_get(list, i));
}

static const char *check_voice(const struct score_voice *v, const json_t *want, size_t index, char *why,
			       size_t size)
{
	size_t n = json_array_size(want);
	for (size_t i = 0; i < n && i < v->n_notes; i++) {
		const json_t *w = json_array_get(want, i);
		const struct note *g = &v->notes[i];
		if (g->pitch == (int)number(w, 0) && fabs(g->start_beats - number(w, 1)) <= 0.01 &&
		    fabs(g->duration_beats - number(w, 2)) <= 0.01)
			continue;
		(void)snprintf(why, size, "voice %zu note %zu is %d at %.3f for %.3f, not %g at %.3f for %.3f",
			       index, i, g->pitch, g->start_beats, g->duration_beats, number(w, 0),
			       number(w, 1), number(w, 2));
		return why;
	}
	if (n == v->n_notes)
		return NULL;
	(void)snprintf(why, size, "voice %zu has %zu notes, not %zu", index, v->n_notes, n);
	return why;
}

static const char *check_tempo(const struct score *s, const json_t *want, char *why, size_t size)
{
	for (size_t i = 0; i < json_array_size(want); i++) {
		const json_t *w = json_array_get(want, i);
		double beat = json_number_value(json_object_get(w, "beat"));
		double bpm = json_number_value(json_object_get(w, "quarter_bpm"));
		double got = score_bpm_at(s, beat + 0.01);
		if (fabs(got - bpm) <= bpm * 0.001)
			continue;
		(void)snprintf(why, size, "tempo %g at beat %g, not %g", got, beat, bpm);
		return why;
	}
	return NULL;
}

static const char *check(const json_t *tune, const char *abc, char *why, size_t size)
{
	AUTO(score) s = NULL;
	struct err err = ERR_INIT;
	struct abc_report report = ABC_REPORT_INIT;
	/* The lists came out of abc2midi, which obeys repeat signs one by one. */
	struct abc_play_options options = abc_nominal;
	options.repeats = ABC_REPEATS_LITERAL;
	int r = abc_perform(abc, strlen(abc), NULL, &options, &s, &report, &err);
	abc_report_done(&report);
	if (r < 0) {
		(void)snprintf(why, size, "%s", err.msg);
		return why;
	}
	json_t *voices = json_object_get(tune, "voices");
	size_t at = 0;
	for (size_t i = 0; i < s->n_voices; i++) {
		const char *bad;
		if (s->voices[i].n_notes == 0)
			continue;
		if (at >= json_array_size(voices))
			return "too many voices";
		bad = check_voice(&s->voices[i], json_array_get(voices, at), at, why, size);
		if (bad)
			return bad;
		at++;
	}
	if (at != json_array_size(voices))
		return "too few voices";
	return check_tempo(s, json_object_get(tune, "tempo"), why, size);
}

static int run_file(const char *path, struct tally *t)
{
	struct err err = ERR_INIT;
	AUTO_JSON json_t *doc = NULL;
	json_t *tunes = NULL;
	if (json_parse_file(path, &doc, &err) < 0 || json_get_array(doc, "tunes", &tunes, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	for (size_t i = 0; i < json_array_size(tunes); i++) {
		const json_t *tune = json_array_get(tunes, i);
		const char *name = NULL, *abc = NULL;
		char why[200];
		if (json_get_string(tune, "name", &name, &err) < 0 ||
		    json_get_string(tune, "abc", &abc, &err) < 0) {
			fprintf(stderr, "%s\n", err.msg);
			return -1;
		}
		tally_case(t, name, check(tune, abc, why, sizeof(why)));
	}
	return 0;
}

int main(int argc, char **argv)
{
	return tally_main(argc, argv, run_file);
}
