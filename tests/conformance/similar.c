/*
 * similar.c - whether pieces that belong together are found to be alike: of each tune the second half is looked for among the
 * first halves of all, moved to another key; by the similarity, by the embedding, and by the harmony of queries.
 *
 *   similar [--skip-missing] [--hold] [N] BOOK.abc | FOLDER ...      N tunes of the books, every eighth (default 200)
 *
 * Prints how often the right first half comes first, is among the first ten, and the mean reciprocal rank; with --hold the exit
 * status is 1 when that is below what sixty tunes of the shared corpus promise (the ranks of chance would give 0.08).
 */
#include "base/cosine.h"
#include "base/fs.h"
#include "base/str.h"
#include "music/abc.h"
#include "music/embedding.h"
#include "music/excerpt.h"
#include "music/listen.h"
#include "music/similarity.h"
#include "query-control/perception.h"
#include "query-control/perception_harmony.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct half {
	struct piece_profile *profile;
	float vector[EMBEDDING_SIZE], harmony[HARMONY_SIZE];
};

struct halves {
	struct half *first, *second;
	size_t n, room;
};

/* As it is kept of an analysis. */
static int hear_harmony(const struct score *s, float ret[HARMONY_SIZE])
{
	const unsigned parts = LISTEN_CHORDS | LISTEN_KEY | LISTEN_METER;
	struct listening l;
	struct perception_digest d;
	AUTO_JSON json_t *report = NULL;
	if (score_listen(s, parts, NULL, NULL, &l, NULL) < 0)
		return -1;
	int r = listen_json(s, &l, parts, &report, NULL);
	listening_done(&l);
	if (r < 0 || perception_digest_report(PERCEIVE_UNDERSTAND, report, &d, NULL) < 0)
		return -1;
	memcpy(ret, d.vector, HARMONY_SIZE * sizeof(*ret));
	perception_digest_done(&d);
	return 0;
}

static int make_half(const struct score *s, int64_t bar, int64_t n, int up, struct half *ret)
{
	AUTO(score) cut = NULL;
	AUTO(score) moved = NULL;
	if (score_excerpt_bars(s, bar, n, &cut, NULL) < 0 || score_transpose(cut, up, &moved, NULL) < 0 ||
	    hear_harmony(moved, ret->harmony) < 0 || piece_profile_make(moved, NULL, &ret->profile, NULL) < 0)
		return -1;
	embedding_of_profile(ret->profile, ret->vector);
	return 0;
}

static void add_tune(struct halves *h, const struct score *s)
{
	int64_t bars = score_n_bars(s);
	struct half a, b;
	if (bars < 16 || h->n == h->room)
		return;
	if (make_half(s, 1, bars / 2, 0, &a) < 0)
		return;
	if (make_half(s, bars / 2 + 1, bars - bars / 2, (int)(h->n % 5) - 2, &b) < 0) {
		piece_profile_free(a.profile);
		return;
	}
	h->first[h->n] = a;
	h->second[h->n++] = b;
}

static void read_book(const char *path, size_t every, size_t *count, struct halves *h)
{
	char AUTO_MEM *text = NULL;
	size_t n;
	if (fs_read(path, 1 << 24, &text, &n, NULL) < 0)
		return;
	size_t tunes = abc_count(text, n);
	for (size_t i = 0; i < tunes; i++) {
		AUTO(score) s = NULL;
		struct abc_pick pick = { .index = i };
		struct abc_report report = ABC_REPORT_INIT;
		if ((*count)++ % every == 0 && abc_parse(text, n, &pick, &s, &report, NULL) == 0)
			add_tune(h, s);
		abc_report_done(&report);
	}
}

static void read_folder(const char *path, size_t every, size_t *count, struct halves *h)
{
	struct dirent **names = NULL;
	int n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		AUTO_MEM char *book = fs_join(path, names[i]->d_name);
		if (book && str_ends(book, ".abc"))
			read_book(book, every, count, h);
		free(names[i]);
	}
	free(names);
}

enum by { BY_SIMILARITY, BY_EMBEDDING, BY_HARMONY, BY_COUNT };
static const char *const by_names[BY_COUNT] = { "similarity", "embedding", "harmony" };
static const double promises[BY_COUNT] = { 0.8, 0.7, 0.3 }; /* mean reciprocal ranks */

static double like(const struct half *a, const struct half *b, enum by by)
{
	struct similarity s;
	if (by == BY_EMBEDDING)
		return cosine_of(a->vector, b->vector, EMBEDDING_SIZE);
	if (by == BY_HARMONY)
		return harmony_likeness(a->harmony, b->harmony, HARMONY_BY_DEGREE);
	if (similarity_of_profiles(a->profile, b->profile, 6, &s, NULL) < 0)
		abort();
	similarity_done(&s);
	return s.whole;
}

/* The mean reciprocal rank. */
static double measure(const struct halves *h, enum by by)
{
	size_t top = 0, ten = 0;
	double reciprocal = 0;
	for (size_t i = 0; i < h->n; i++) {
		double right = like(&h->second[i], &h->first[i], by);
		size_t better = 0;
		for (size_t k = 0; k < h->n; k++)
			better += k != i && like(&h->second[i], &h->first[k], by) >= right;
		top += better == 0;
		ten += better < 10;
		reciprocal += 1 / (double)(better + 1);
	}
	double n = h->n ? (double)h->n : 1;
	printf("%-12s %zu tunes: the other half first %.1f %%, among ten %.1f %%, mean reciprocal rank %.3f\n",
	       by_names[by], h->n, 100 * (double)top / n, 100 * (double)ten / n, reciprocal / n);
	return reciprocal / n;
}

static void halves_done(struct halves *h)
{
	for (size_t i = 0; i < h->n; i++) {
		piece_profile_free(h->first[i].profile);
		piece_profile_free(h->second[i].profile);
	}
	free(h->first);
	free(h->second);
}

int main(int argc, char **argv)
{
	size_t room = 200, count = 0, every = 8;
	bool skip = false, hold = false;
	int i = 1;
	for (; i < argc && str_starts(argv[i], "--"); i++) {
		skip |= str_eq(argv[i], "--skip-missing");
		hold |= str_eq(argv[i], "--hold");
	}
	if (i < argc && strtoul(argv[i], NULL, 10) && !fs_exists(argv[i]))
		room = strtoul(argv[i++], NULL, 10);
	if (skip && (i == argc || !fs_exists(argv[i]))) {
		printf("skipped: no tunes in '%s'\n", i < argc ? argv[i] : "");
		return 77;
	}
	struct halves h = { mem_new_array(room, sizeof(struct half)), mem_new_array(room, sizeof(struct half)), 0, room };
	for (; h.first && h.second && i < argc; i++) {
		if (fs_is_dir(argv[i]))
			read_folder(argv[i], every, &count, &h);
		else
			read_book(argv[i], every, &count, &h);
	}
	bool good = true;
	for (enum by by = 0; by < BY_COUNT; by++)
		good &= measure(&h, by) >= promises[by];
	halves_done(&h);
	return hold && !good;
}
