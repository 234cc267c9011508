/* test_corpus.c - how a folder of tunes is split, and what a batch is made of. */
#include "corpus.h"

#include "../check.h"
#include "base/fs.h"
#include "batch.h"
#include "reels.h"

#include <stdlib.h>
#include <string.h>

static void test_split_is_the_same_each_time_and_has_all_parts(void **state)
{
	AUTO(corpus) a = reels_corpus(200, 1);
	AUTO(corpus) b = reels_corpus(200, 1);
	assert_int_equal(a->n, b->n);
	assert_int_equal(a->n, 200);
	for (size_t i = 0; i < a->n; i++)
		assert_int_equal(a->tunes[i].part, b->tunes[i].part);
	assert_true(a->n_tunes[CORPUS_TRAIN] > 160);
	assert_true(a->n_tunes[CORPUS_WATCH] > 0);
	assert_true(a->n_tunes[CORPUS_HELD_OUT] > 0);
}

static void test_versions_of_a_tune_stand_on_one_side(void **state)
{
	static const char text[] = "X:1\nT:The Hill\nM:4/4\nL:1/8\nK:G\nGABc dedB|GABc d4|GABc dedB|G8|\n\n"
				   "X:2\nT:THE HILL.\nM:4/4\nL:1/8\nK:G\nGABc dedB|GABc e4|GABc dedB|G8|\n\n"
				   "X:3\nT:The Hill\nM:4/4\nL:1/8\nK:A\nABcd efec|ABcd e4|ABcd efec|A8|\n\n"
				   "X:4\nT:Broken\nM:4/4\nL:1/8\nK:G\nGABc dedB|GABc d4|GABc dedB|G9|\n";
	char *folder = NULL;
	AUTO(corpus) c = NULL;
	assert_int_equal(fs_temp_dir(NULL, "corpus", &folder, NULL), 0);
	char *path = fs_join(folder, "hill.abc");
	assert_int_equal(fs_write_atomic(path, text, sizeof(text) - 1, 0644, NULL), 0);
	assert_int_equal(corpus_read(folder, &c, NULL), 0);
	assert_int_equal(c->n_seen, 4);
	assert_int_equal(c->n, 2);      /* the third is the first, a tone higher; the bars of the fourth do not add up */
	assert_int_equal(c->n_same, 1);
	assert_int_equal(c->n_left_out, 2);
	assert_int_equal(c->tunes[0].part, c->tunes[1].part);
	reels_remove(folder);
	free(path);
}

static void test_a_folder_without_tunes_is_refused(void **state)
{
	char *folder = NULL;
	struct corpus *c = NULL;
	assert_int_equal(fs_temp_dir(NULL, "corpus", &folder, NULL), 0);
	assert_int_equal(corpus_read(folder, &c, NULL), -ENOENT);
	reels_remove(folder);
	assert_int_equal(corpus_read("/nowhere/at/all", &c, NULL), -ENOENT);
}

/* What is asked is what follows; of a gap, what stands behind it is given. */
static void test_variants_ask_for_what_follows(void **state)
{
	AUTO(corpus) c = reels_corpus(20, 2);
	AUTO_BATCH b = { 0 };
	struct rng r;
	size_t gaps = 0, told = 0;
	rng_init(&r, 1);
	for (int i = 0; i < 200; i++)
		assert_int_equal(batch_add_variant(&b, &c->tunes[(size_t)i % c->n], &r, NULL), 0);
	size_t from = 0;
	for (size_t s = 0; s < b.n_streams; from = b.ends[s++]) {
		bool gap = false;
		assert_int_equal(b.targets[b.ends[s] - 1], TUNE_TOKEN_END);
		for (size_t i = from; i < b.ends[s]; i++) {
			int part = b.steps[i].row[TUNE_T_PART];
			gap |= part == 1;
			if (i > from && b.targets[i - 1] != TUNE_TOKEN_NONE)
				assert_int_equal(b.steps[i].row[TUNE_T_TOKEN], b.targets[i - 1]);
			if (part == 1)
				assert_int_equal(b.targets[i], TUNE_TOKEN_NONE);
		}
		gaps += gap;
		told += b.steps[b.ends[s] - 1].row[TUNE_T_LEFT] == 1; /* none to come */
	}
	assert_true(gaps > 10 && gaps < 90);
	assert_true(told > gaps && told < 190);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split_is_the_same_each_time_and_has_all_parts),
		cmocka_unit_test(test_versions_of_a_tune_stand_on_one_side),
		cmocka_unit_test(test_a_folder_without_tunes_is_refused),
		cmocka_unit_test(test_variants_ask_for_what_follows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
