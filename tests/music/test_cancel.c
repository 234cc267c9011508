/* What takes long over many notes is cancelled wherever it is, soon, and leaves nothing. */
#include "base/limits.h"
#include "music/abc_write.h"
#include "music/chord_find.h"
#include "music/embedding.h"
#include "music/groove.h"
#include "music/listen.h"
#include "music/musicxml.h"
#include "music/quantise.h"
#include "music/roles.h"
#include "music/similarity.h"

#include "../check.h"
#include "../cpu.h"
#include "../seed.h"

#include <string.h>

struct asking {
	size_t n, cancel_at;
	double last, longest; /* s of CPU */
};

static bool ask(void *arg)
{
	struct asking *a = arg;
	double now = cpu_seconds();
	a->longest = now - a->last > a->longest ? now - a->last : a->longest;
	a->last = now;
	return a->n++ >= a->cancel_at;
}

static int listen_all(const struct score *s, const struct model_watch *w, struct err *err)
{
	struct listening l;
	int code = score_listen(s, LISTEN_ALL, NULL, w, &l, err);
	if (code == 0)
		listening_done(&l);
	return code;
}

static int compare(const struct score *s, const struct model_watch *w, struct err *err)
{
	struct similarity r;
	int code = similarity_find(s, s, 6, w, &r, err);
	if (code == 0)
		similarity_done(&r);
	return code;
}

static int embed(const struct score *s, const struct model_watch *w, struct err *err)
{
	float v[EMBEDDING_SIZE];
	return embedding_make(s, w, v, err);
}

static int to_abc(const struct score *s, const struct model_watch *w, struct err *err)
{
	struct abc_write_options o = ABC_WRITE_OPTIONS_INIT;
	AUTO_MEM char *text = NULL;
	size_t n;
	o.sheet.watch = w;
	int code = abc_write(s, &o, &text, &n, NULL, err);
	assert_true(code == 0 || !text);
	return code;
}

static int to_xml(const struct score *s, const struct model_watch *w, struct err *err)
{
	struct sheet_options o = SHEET_OPTIONS_INIT;
	AUTO_MEM char *text = NULL;
	size_t n;
	o.watch = w;
	int code = musicxml_write(s, &o, &text, &n, NULL, err);
	assert_true(code == 0 || !text);
	return code;
}

static int chords(const struct score *s, const struct model_watch *w, struct err *err)
{
	struct chord_report r;
	int code = chords_find(s, NULL, NULL, w, &r, err);
	if (code == 0)
		chord_report_done(&r);
	return code;
}

static int quantise(const struct score *s, const struct model_watch *w, struct err *err)
{
	static const struct quantise_params p = QUANTISE_PARAMS_INIT;
	AUTO(score) out = NULL;
	int code = score_quantise(s, &p, w, &out, NULL, err);
	assert_true(code == 0 || !out);
	return code;
}

static int learn_groove(const struct score *s, const struct model_watch *w, struct err *err)
{
	static const struct groove_learn_params p = GROOVE_LEARN_INIT;
	struct groove g;
	return groove_learn(s, &p, w, &g, NULL, err);
}

static int put_on_groove(const struct score *s, const struct model_watch *w, struct err *err)
{
	static const struct groove_apply_params p = GROOVE_APPLY_INIT;
	AUTO(score) out = NULL;
	struct groove g;
	assert_int_equal(groove_builtin(1, 0.6, &g, NULL), 0);
	int code = groove_apply(s, &g, &p, w, &out, err);
	assert_true(code == 0 || !out);
	return code;
}

static int guess_roles(const struct score *s, const struct model_watch *w, struct err *err)
{
	struct role_guess AUTO_MEM *g = NULL;
	int code = roles_guess(s, w, &g, err);
	assert_true(code == 0 || !g);
	return code;
}

static const struct {
	const char *name;
	int (*fn)(const struct score *s, const struct model_watch *w, struct err *err);
	size_t asks; /* at least */
} works[] = { { "listen", listen_all, 9 }, { "similarity", compare, 6 }, { "embedding", embed, 3 }, { "abc", to_abc, 6 }, { "musicxml", to_xml, 6 },
	      { "chords", chords, 1 }, { "quantise", quantise, 30 }, { "a groove learnt", learn_groove, 30 }, { "a groove put on", put_on_groove, 4 },
	      { "roles", guess_roles, 6 } };

/* Four voices in quarter beats. */
static struct score *many(size_t n, double beats)
{
	struct score *s = score_new();
	uint64_t seed = 7;
	size_t v;
	for (int i = 0; i < 4; i++)
		assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	for (size_t i = 0; i < n; i++) {
		struct note x = { seed_below(&seed, (uint32_t)(beats * 4)) / 4.0, 0.5, (uint8_t)(48 + seed_below(&seed, 36)), 80, 0, 64 };
		assert_int_equal(score_add_note(s, i % 4, &x, NULL), 0);
	}
	score_sort(s);
	return s;
}

static void test_work_is_cancelled_at_every_place_where_it_asks(void **state)
{
	AUTO(score) s = many(400, 100);
	(void)state;
	for (size_t i = 0; i < COUNT_OF(works); i++) {
		struct asking a = { 0, SIZE_MAX, cpu_seconds(), 0 };
		const struct model_watch w = { .cancelled = ask, .arg = &a };
		assert_int_equal(works[i].fn(s, &w, NULL), 0);
		size_t n = a.n;
		if (n < works[i].asks)
			fail_msg("%s asked %zu times", works[i].name, n);
		for (size_t k = 0; k < n; k++) {
			struct err err = ERR_INIT;
			a = (struct asking){ 0, k, 0, 0 };
			if (works[i].fn(s, &w, &err) != -ECANCELED || !strstr(err.msg, "cancelled"))
				fail_msg("%s went on behind ask %zu: %s", works[i].name, k, err_msg(&err));
		}
	}
}

static void test_a_cancel_is_heard_soon_among_many_notes(void **state)
{
	size_t n = LIMIT_SCORE_NOTES < 200000 ? LIMIT_SCORE_NOTES / 2 : 200000;
	AUTO(score) s = many(n, LIMIT_SHEET_BEATS < 20000 ? 800 : 20000);
	(void)state;
	for (size_t i = 0; i < COUNT_OF(works); i++) {
		struct asking a = { 0, SIZE_MAX, cpu_seconds(), 0 };
		const struct model_watch w = { .cancelled = ask, .arg = &a };
		double from = cpu_seconds();
		int code = works[i].fn(s, &w, NULL);
		assert_true(code == 0 || code == -EMSGSIZE); /* tiny limits */
		double took = cpu_seconds() - from;
		(void)ask(&a);
		print_message("%s of %zu notes: %.2f s of CPU, asked %zu times, %.2f s apart at most\n", works[i].name, n, took, a.n, a.longest);
		assert_true(a.longest < 0.5 * CPU_SLOWER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_work_is_cancelled_at_every_place_where_it_asks),
		cmocka_unit_test(test_a_cancel_is_heard_soon_among_many_notes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
