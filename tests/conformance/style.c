/*
 * style.c - the style generators on real tunes: nothing fails, everything closes and arrives, nothing is copied for too long.
 *
 * Usage:  style [--skip-missing] [--each N] FOLDER; every N-th tune (1) of the folder's .abc files.
 * Prints one line of figures. The exit status is 1 when a promise was broken, 77 when the folder is missing and that is to be skipped.
 */
#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"
#include "model/bridge.h"
#include "model/oracle.h"
#include "model/variation.h"
#include "music/abc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tally {
	size_t tunes, broken, closed, bridges, steps;
	int64_t jumps, moved, bars, worst_ns;
	struct score *before; /* the tune before this one, to lead over from */
};

static void broken(struct tally *t, const char *what, const char *title, const char *why)
{
	t->broken++;
	printf("%s of '%s': %s\n", what, title, why);
}

static void go_on(struct tally *t, const struct score *s, uint64_t seed)
{
	struct continuation_params c;
	struct continuation_report m;
	struct oracle_params p;
	struct oracle_report o;
	struct err err = ERR_INIT;
	struct score *out = NULL;
	(void)model_params_read(&continuation_table, NULL, &c, NULL);
	(void)model_params_read(&oracle_table, NULL, &p, NULL);
	c.bars = p.bars = 16;
	if (continuation_make(s, &c, seed, NULL, &out, &m, &err) < 0)
		broken(t, "markov", s->title, err.msg);
	else if (!m.ends_on_tonic || m.longest_copy_milli_bars > 2000)
		broken(t, "markov", s->title, "does not close, or copies");
	score_free(out);
	out = NULL;
	if (oracle_make(&s, 1, &p, false, seed, NULL, &out, &o, &err) < 0) {
		broken(t, "oracle", s->title, err.msg);
		return;
	}
	if (!o.ends_on_tonic || o.longest_copy_milli_bars > 2000)
		broken(t, "oracle", s->title, "does not close, or copies");
	t->closed += o.ends_on_tonic;
	t->jumps += o.n_jumps;
	t->moved += o.n_moved;
	t->bars += o.n_bars;
	score_free(out);
}

static void change(struct tally *t, const struct score *s, uint64_t seed)
{
	for (int kind = 0; kind < VARIATION_KIND_COUNT; kind++) {
		struct variation_params p;
		struct err err = ERR_INIT;
		struct score *out = NULL;
		(void)model_params_read(&variation_table, NULL, &p, NULL);
		p.kind = kind;
		int code = variation_make(s, &p, seed, NULL, &out, NULL, &err);
		if (code < 0 && code != -EMSGSIZE) /* a limit is no broken promise */
			broken(t, variation_kind_names[kind], s->title, err.msg);
		score_free(out);
	}
}

static void lead_over(struct tally *t, const struct score *s, uint64_t seed)
{
	struct bridge_params p;
	struct bridge_report r;
	struct err err = ERR_INIT;
	struct score *out = NULL;
	(void)model_params_read(&bridge_table, NULL, &p, NULL);
	t->bridges++;
	if (bridge_make(t->before, s, &p, seed, NULL, &out, &r, &err) < 0)
		broken(t, "bridge", s->title, err.msg);
	else if (r.leap < 1 || r.leap > 2)
		broken(t, "bridge", s->title, "does not end a step from where it leads");
	else
		t->steps++;
	score_free(out);
}

static void tune(struct tally *t, const char *text, size_t n, size_t i)
{
	struct abc_report report = ABC_REPORT_INIT;
	const struct abc_pick pick = { false, i, 0 };
	struct err err = ERR_INIT;
	struct score *s = NULL;
	int code = abc_parse(text, n, &pick, &s, &report, &err);
	abc_report_done(&report);
	if (code < 0 || score_n_notes(s) < 16) {
		score_free(s);
		return;
	}
	int64_t begin = clock_monotonic_ns(clock_system());
	t->tunes++;
	go_on(t, s, i);
	change(t, s, i);
	if (t->before)
		lead_over(t, s, i);
	int64_t took = clock_monotonic_ns(clock_system()) - begin;
	t->worst_ns = took > t->worst_ns ? took : t->worst_ns;
	score_free(t->before);
	t->before = s;
}

static int file(struct tally *t, const char *folder, const char *name, size_t each)
{
	struct err err = ERR_INIT;
	char AUTO_MEM *path = fs_join(folder, name);
	char AUTO_MEM *text = NULL;
	size_t n;
	if (!path || fs_read(path, 1 << 24, &text, &n, &err) < 0) {
		fprintf(stderr, "style: %s\n", err.msg);
		return -1;
	}
	for (size_t i = 0, tunes = abc_count(text, n); i < tunes; i += each)
		tune(t, text, n, i);
	return 0;
}

static int compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int folder(struct tally *t, const char *path, size_t each)
{
	struct dirent **names = NULL;
	int n = scandir(path, &names, NULL, compare), code = 0;
	for (int i = 0; i < n; i++) {
		if (code == 0 && str_ends(names[i]->d_name, ".abc"))
			code = file(t, path, names[i]->d_name, each);
		free(names[i]);
	}
	free(names);
	return code;
}

int main(int argc, char **argv)
{
	struct tally t = { 0 };
	bool skip = false;
	int64_t each = 1;
	const char *path = NULL;
	for (int i = 1; i < argc; i++) {
		if (str_eq(argv[i], "--skip-missing"))
			skip = true;
		else if (str_eq(argv[i], "--each") && i + 1 < argc && str_to_int(argv[i + 1], &each) == 0 && each > 0)
			i++;
		else
			path = argv[i];
	}
	if (!path || !fs_exists(path)) {
		printf("skipped: no tunes in '%s'\n", path ? path : "");
		return skip ? 77 : 1;
	}
	if (folder(&t, path, (size_t)each) < 0 || t.tunes == 0)
		return 1;
	printf("%zu tunes: %zu promises broken; the oracle closed %zu, jumped %.2f times a bar, moved %.4f slices a bar; %zu of %zu bridges end a step "
	       "from their goal; all of it for one tune took %.1f ms at most\n", t.tunes, t.broken, t.closed, (double)t.jumps / (double)t.bars,
	       (double)t.moved / (double)t.bars, t.steps, t.bridges, (double)t.worst_ns / 1e6);
	score_free(t.before);
	return t.broken ? 1 : 0;
}
