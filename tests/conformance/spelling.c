/*
 * spelling.c - writes the notes of tunes anew from their pitches alone, and counts the letters that people had chosen.
 *
 * FILE is {"tunes": [{name, abc}]}. A tune passes when nine in ten of its notes outside of the signature get the letter
 * they had (a tune with few: all but one). The last line tells how many notes did, of all and of those.
 */
#include <stdbool.h>
#include <stdio.h>

#include "base/json.h"
#include "music/abc_priv.h"
#include "music/spell.h"
#include "tally.h"

struct count {
	size_t notes, right, outside, outside_right;
};

/* The notes of a voice as they stand there, one behind the other, with the heads they come from. */
struct line {
	struct score *score;
	const struct abc_head **heads;
	size_t n;
	double beats;
};

static bool outside(const struct abc_head *h, struct score_key key)
{
	struct spelling s = { (int8_t)(h->step % 7), h->sounds, 4 };
	int fifths = spelling_fifths(s);
	return fifths < key.sharps - 1 || fifths > key.sharps + 5;
}

static void add_item(struct line *l, const struct abc_tune *t, const struct abc_item *i)
{
	double length = (double)i->ticks / (double)ABC_QUARTER;
	if (i->kind == ABC_KEY && i->key.sharps >= -7 && i->key.sharps <= 7)
		(void)score_set_key(l->score, l->beats, i->key.sharps, i->key.minor, NULL);
	if (i->kind != ABC_NOTES && i->kind != ABC_REST)
		return;
	for (uint32_t k = 0; i->kind == ABC_NOTES && k < i->heads.n; k++) {
		const struct abc_head *h = &t->heads[i->heads.first + k];
		struct note n = { .start_beats = l->beats, .duration_beats = length, .pitch = (uint8_t)h->pitch,
				  .velocity = 80 };
		if (score_add_note(l->score, 0, &n, NULL) == 0)
			l->heads[l->n++] = h;
	}
	l->beats += length;
}

static void compare(const struct line *l, struct count *c)
{
	const struct score_voice *v = &l->score->voices[0];
	struct spelling AUTO_MEM *got = mem_new_array(v->n_notes, sizeof(*got));
	if (!got)
		return;
	spell_notes(l->score, v->notes, v->n_notes, got);
	for (size_t i = 0; i < v->n_notes; i++) {
		bool right = got[i].step == l->heads[i]->step % 7;
		bool out = outside(l->heads[i], score_key_at(l->score, v->notes[i].start_beats));
		c->notes++;
		c->right += right;
		c->outside += out;
		c->outside_right += out && right;
	}
}

static void count_voice(const struct abc_tune *t, const struct abc_voice *voice, struct count *c)
{
	AUTO(score) s = score_new();
	const struct abc_head AUTO_MEM **heads = mem_new_array(t->n_heads + 1, sizeof(*heads));
	struct line l = { s, heads, 0, 0 };
	size_t v;
	struct abc_key k = voice->first_state.key;
	if (!s || !heads || voice->first_state.semitones || k.written || score_add_voice(s, NULL, &v, NULL) < 0 ||
	    k.sharps < -7 || k.sharps > 7 || score_set_key(s, 0, k.sharps, k.minor, NULL) < 0)
		return;
	for (size_t i = 0; i < voice->n_items; i++)
		add_item(&l, t, &voice->items[i]);
	compare(&l, c);
}

static void count_tune(const char *abc, struct count *c)
{
	struct abc_tune t;
	struct abc_report report = ABC_REPORT_INIT;
	if (abc_read(abc, strlen(abc), NULL, &report, &t, NULL) == 0) {
		for (size_t i = 0; i < t.n_voices; i++)
			count_voice(&t, &t.voices[i], c);
		abc_tune_done(&t);
	}
	abc_report_done(&report);
}

static int run_file(const char *path, struct tally *t)
{
	struct err err = ERR_INIT;
	AUTO_JSON json_t *doc = NULL;
	json_t *tunes = NULL;
	struct count all = { 0, 0, 0, 0 };
	if (json_parse_file(path, &doc, &err) < 0 || json_get_array(doc, "tunes", &tunes, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	for (size_t i = 0; i < json_array_size(tunes); i++) {
		const json_t *tune = json_array_get(tunes, i);
		const char *name = NULL, *abc = NULL;
		char why[80];
		struct count c = { 0, 0, 0, 0 };
		if (json_get_string(tune, "name", &name, &err) < 0 || json_get_string(tune, "abc", &abc, &err) < 0) {
			fprintf(stderr, "%s\n", err.msg);
			return -1;
		}
		count_tune(abc, &c);
		(void)snprintf(why, sizeof(why), "%zu of %zu notes outside of the signature", c.outside_right, c.outside);
		tally_case(t, name, c.outside_right + 1 + c.outside / 10 >= c.outside ? NULL : why);
		all.notes += c.notes;
		all.right += c.right;
		all.outside += c.outside;
		all.outside_right += c.outside_right;
	}
	printf("%zu of %zu notes, %zu of %zu outside of the signature\n", all.right, all.notes, all.outside_right, all.outside);
	return 0;
}

int main(int argc, char **argv)
{
	return tally_main(argc, argv, run_file);
}
