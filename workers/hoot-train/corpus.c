#include "corpus.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fs.h"
#include "base/mem.h"
#include "music/abc.h"

#include "base/banned.h"

#define BARS_MAX 128
#define TOKENS_MAX 1000
#define FILE_BYTES_MAX (16 << 20)
#define DEPTH_MAX 8

void corpus_free(struct corpus *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		tune_done(&c->tunes[i].tune);
		tune_stream_done(&c->tunes[i].stream);
	}
	free(c->tunes);
	free(c);
}

static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}

static uint64_t hash_title(const char *title)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (; *title; title++) {
		unsigned char c = (unsigned char)tolower((unsigned char)*title);
		if (isalnum(c))
			h = hash_bytes(h, &c, 1);
	}
	return h;
}

/* What an R: line says. */
static int form_of(const char *s, size_t n)
{
	static const struct {
		const char *word;
		int form;
	} words[] = { { "slip", TUNE_SLIP_JIG }, { "jig", TUNE_JIG },   { "reel", TUNE_REEL },
		      { "hornpipe", TUNE_HORNPIPE }, { "air", TUNE_AIR } };
	for (size_t w = 0; w < COUNT_OF(words); w++) {
		size_t len = strlen(words[w].word);
		for (size_t i = 0; i + len <= n; i++) {
			if (strncasecmp(s + i, words[w].word, len) == 0)
				return words[w].form;
		}
	}
	return TUNE_ANY;
}

/* The R: line of the tune that stands in these lines. */
static int find_form(const char *text, size_t n)
{
	bool begun = false;
	for (size_t i = 0; i < n;) {
		const char *end = memchr(text + i, '\n', n - i);
		size_t len = end ? (size_t)(end - text) - i : n - i;
		if (len >= 2 && text[i + 1] == ':') {
			begun |= text[i] == 'X';
			if (text[i] == 'R' && begun)
				return form_of(text + i + 2, len - 2);
		}
		i += len + 1;
	}
	return TUNE_ANY;
}

/* Whether bars end where the tune ends: whole ones, or short by the pick-up; without one the last may be short by half. */
static bool bars_agree(const struct score *s)
{
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	double bar = score_bar_beats(&m), bars = (s->end_beats - s->pickup_beats) / bar;
	double more = bars - (double)(int64_t)(bars + 1e-6), want = (bar - s->pickup_beats) / bar;
	if (more < 1e-5)
		return true;
	return s->pickup_beats > 0 ? more > want - 1e-5 && more < want + 1e-5 : more > 0.5 - 1e-5;
}

static bool one_meter(const struct score *s)
{
	for (size_t i = 1; i < s->n_meters; i++) {
		if (s->meters[i].num != s->meters[0].num || s->meters[i].den != s->meters[0].den)
			return false;
	}
	return true;
}

static enum corpus_part part_of(const struct score *s, const struct corpus_tune *t)
{
	uint64_t h = s->title && s->title[0] ? hash_title(s->title) : t->hash;
	uint64_t k = (h * UINT64_C(0x9e3779b97f4a7c15) >> 32) % 20;
	return k == 0 ? CORPUS_HELD_OUT : k == 1 ? CORPUS_WATCH : CORPUS_TRAIN;
}

static bool seen_before(const struct corpus *c, uint64_t hash)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->tunes[i].hash == hash)
			return true;
	}
	return false;
}

/* 1 when the tune was taken, 0 when it was left out. */
static int take_tune(struct corpus *c, const struct score *s, int form, struct err *err)
{
	struct corpus_tune t = { .tune = TUNE_INIT };
	if (!one_meter(s) || !bars_agree(s) || tune_from_score(s, NULL, &t.tune, NULL) < 0)
		return 0;
	t.tune.form = (uint8_t)form;
	int r = tune_stream_whole(&t.stream, &t.tune, err);
	t.hash = hash_bytes(1, t.stream.v, t.stream.n * sizeof(*t.stream.v));
	t.part = part_of(s, &t);
	bool fits = t.tune.n_bars >= 4 && t.tune.n_bars <= BARS_MAX && t.stream.n <= TOKENS_MAX;
	bool same = r == 0 && fits && seen_before(c, t.hash);
	c->n_same += same;
	if (r == 0 && fits && !same)
		r = mem_grow(&c->tunes, &c->room, c->n + 1, sizeof(*c->tunes)) < 0 ? err_set(err, -ENOMEM, "corpus") : 1;
	if (r == 1) {
		c->n_tokens[t.part] += t.stream.n;
		c->n_tunes[t.part]++;
		c->tunes[c->n++] = t;
		return 1;
	}
	tune_done(&t.tune);
	tune_stream_done(&t.stream);
	return r;
}

static int read_file(struct corpus *c, const char *path, struct err *err)
{
	char AUTO_MEM *text = NULL;
	size_t n = 0;
	int r = fs_read(path, FILE_BYTES_MAX, &text, &n, err);
	struct abc_walk walk = { .text = text, .n = r == 0 ? n : 0 };
	c->n_files++;
	while (r >= 0) {
		AUTO(score) s = NULL;
		struct abc_report report = ABC_REPORT_INIT;
		size_t from = walk.at, index = walk.n_tunes;
		int code = abc_perform_next(&walk, &abc_nominal, &s, &report, NULL);
		bool there = walk.n_tunes > index;
		r = there && code == 0 ? take_tune(c, s, find_form(text + from, walk.at - from), err) : 0;
		abc_report_done(&report);
		c->n_seen += there;
		c->n_left_out += there && r == 0;
		if (!there)
			break;
	}
	return r < 0 ? r : 0;
}

static bool is_abc(const char *name)
{
	size_t n = strlen(name);
	return n > 4 && strcasecmp(name + n - 4, ".abc") == 0;
}

static int read_folder(struct corpus *c, const char *folder, int depth, struct err *err)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, NULL, alphasort), r = 0;
	if (n < 0)
		return err_set(err, -errno, "folder '%s'", folder);
	for (int i = 0; i < n; i++) {
		char AUTO_MEM *path = fs_join(folder, names[i]->d_name);
		if (r == 0 && !path)
			r = err_set(err, -ENOMEM, "corpus");
		if (r == 0 && names[i]->d_name[0] != '.' && fs_is_dir(path) && depth < DEPTH_MAX)
			r = read_folder(c, path, depth + 1, err);
		else if (r == 0 && is_abc(names[i]->d_name))
			r = read_file(c, path, err);
		free(names[i]);
	}
	free(names);
	return r;
}

int corpus_read(const char *folder, struct corpus **ret, struct err *err)
{
	AUTO(corpus) c = mem_new_array(1, sizeof(*c));
	if (!c)
		return err_set(err, -ENOMEM, "corpus");
	int r = read_folder(c, folder, 0, err);
	if (r == 0 && c->n == 0)
		r = err_set(err, -ENOENT, "no tune in '%s' could be used", folder);
	if (r == 0)
		*ret = TAKE(c);
	return r;
}
