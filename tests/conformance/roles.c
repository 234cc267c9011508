/*
 * roles.c - how often the role of a voice is guessed rightly, in arrangements whose parts are known: chord progressions of
 * all styles with a melody over them, a second one below it, a bass line, and chords, a pad or an arpeggio, made by the
 * generators of lib/model. Programs, names and channels are taken away: only the notes tell.
 *
 *   build/tests/conformance/roles [N]       N arrangements (default 200); exit status 1 below 95 %
 */
#include "base/rng.h"
#include "model/generator.h"
#include "music/roles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct song {
	struct score *score;
	enum voice_role truth[8];
	size_t n;
};

/* Adds the notes of a score, without its program, as one voice of a channel of its own. */
static int add_part(struct song *song, const struct score *part, enum voice_role truth)
{
	size_t v;
	if (score_n_notes(part) == 0)
		return 0;
	if (score_add_voice(song->score, "", &v, NULL) < 0)
		return -1;
	for (size_t i = 0; i < part->n_voices; i++)
		for (size_t k = 0; k < part->voices[i].n_notes; k++) {
			struct note x = part->voices[i].notes[k];
			x.channel = (uint8_t)song->n;
			x.velocity = 80;
			if (score_add_note(song->score, v, &x, NULL) < 0)
				return -1;
		}
	song->truth[song->n++] = truth;
	return 0;
}

static int generate(const char *model, const char *params, const struct score *over, uint64_t seed, struct generated *ret)
{
	AUTO_JSON json_t *j = NULL;
	struct err err = ERR_INIT;
	int code = json_parse(params, strlen(params), &j, &err);
	if (code == 0)
		code = generator_run(generator_find(model), j, over ? &over : NULL, over != NULL, seed, NULL, ret, &err);
	if (code < 0)
		fprintf(stderr, "%s: %s\n", model, err.msg);
	return code;
}

static int add_generated(struct song *song, const char *model, const char *params, const struct score *over, uint64_t seed,
			 enum voice_role truth)
{
	struct generated g = { 0 };
	int code = generate(model, params, over, seed, &g);
	if (code == 0)
		code = add_part(song, g.score, truth);
	generated_done(&g);
	return code;
}

static int add_harmony(struct song *song, const struct score *over, struct rng *r)
{
	static const char *const chords[] = { "block", "strum", "comping", "bossa", "reggae", "rock" };
	char params[96];
	switch (rng_below(r, 3)) {
	case 0:
		(void)snprintf(params, sizeof(params), "{\"style\":\"%s\",\"bass\":false}", chords[rng_below(r, COUNT_OF(chords))]);
		return add_generated(song, "accompaniment", params, over, rng_next(r), ROLE_CHORDS);
	case 1:
		return add_generated(song, "accompaniment", "{\"style\":\"pad\",\"bass\":false}", over, rng_next(r), ROLE_PAD);
	default:
		return add_generated(song, "arpeggio", "{\"lo\":52}", over, rng_next(r), ROLE_ARPEGGIO);
	}
}

static int make_song(uint64_t seed, struct song *song)
{
	struct generated chords = { 0 };
	struct rng r;
	char params[96];
	rng_init(&r, seed);
	int code = generate("progression", "{\"bars\":16}", NULL, rng_next(&r), &chords);
	if (code < 0)
		return code;
	*song = (struct song){ .score = score_new() };
	struct score_meter m = score_meter_at(chords.score, 0);
	code = score_set_meter(song->score, 0, m.num, m.den, NULL);
	(void)snprintf(params, sizeof(params), "{\"density\":%.1f}", 0.3 + 0.1 * (double)rng_below(&r, 4));
	if (code == 0)
		code = add_generated(song, "melody", params, chords.score, rng_next(&r), ROLE_MELODY);
	if (code == 0 && rng_below(&r, 3) == 0)
		code = add_generated(song, "melody", "{\"lo\":52,\"hi\":69}", chords.score, rng_next(&r), ROLE_COUNTER_MELODY);
	if (code == 0)
		code = add_harmony(song, chords.score, &r);
	if (code == 0)
		code = add_generated(song, "bass", "{}", chords.score, rng_next(&r), ROLE_BASS);
	generated_done(&chords);
	score_sort(song->score);
	return code;
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 200, table[VOICE_ROLE_COUNT][VOICE_ROLE_COUNT] = { { 0 } }, all = 0, right = 0;
	for (size_t i = 0; i < n; i++) {
		struct song song = { .score = NULL };
		struct role_guess *g = NULL;
		if (make_song(i + 1, &song) < 0 || roles_guess(song.score, NULL, &g, NULL) < 0)
			return 1;
		for (size_t k = 0; k < song.n; k++) {
			table[song.truth[k]][g[k].role]++;
			right += song.truth[k] == g[k].role;
			all++;
		}
		free(g);
		score_free(song.score);
	}
	for (int i = 0; i < VOICE_ROLE_COUNT; i++) {
		size_t sum = 0;
		for (int k = 0; k < VOICE_ROLE_COUNT; k++)
			sum += table[i][k];
		if (!sum)
			continue;
		printf("%-15s %4zu:", voice_role_names[i], sum);
		for (int k = 0; k < VOICE_ROLE_COUNT; k++)
			if (table[i][k])
				printf(" %s %.1f %%", voice_role_names[k], 100.0 * (double)table[i][k] / (double)sum);
		printf("\n");
	}
	printf("%zu of %zu voices (%.1f %%)\n", right, all, all ? 100.0 * (double)right / (double)all : 0);
	return 100 * right < 95 * all;
}
