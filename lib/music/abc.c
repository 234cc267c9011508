#include "music/abc.h"

#include <string.h>

#include "base/limits.h"
#include "music/abc_priv.h"
#include "music/excerpt.h"

void abc_tune_done(struct abc_tune *t)
{
	for (size_t i = 0; i < t->n_voices; i++)
		free(t->voices[i].items);
	free(t->voices);
	free(t->heads);
	free(t->lyrics);
	free(t->fields);
	free(t->macros);
	free(t->midi);
	for (size_t i = 0; i < t->n_owned; i++)
		free(t->owned[i]);
	free(t->owned);
}

/* Cuts a comment off; "\%" is a per cent sign. */
static struct abc_span without_comment(struct abc_span l)
{
	for (size_t i = 0; i < l.n; i++)
		if (l.s[i] == '%' && (i == 0 || l.s[i - 1] != '\\'))
			return (struct abc_span){ l.s, i };
	return l;
}

static bool starts(struct abc_span l, const char *with)
{
	size_t n = strlen(with);
	return l.n >= n && memcmp(l.s, with, n) == 0;
}

static void read_line(struct abc_tune *t, struct abc_span line, int *ret_last_field)
{
	struct abc_cursor c = { line.s, line.s, line.s + line.n, NULL };
	if (starts(line, "%%")) {
		c.s += 2;
		abc_field(t, '%', &c);
		return;
	}
	struct abc_span text = without_comment(line);
	c.end = text.s + text.n;
	if (text.n == 0)
		return;
	if (!abc_is_field(text)) {
		if (t->in_body && t->n_macros)
			abc_macros_expand(t, &c);
		if (t->in_body)
			abc_music_line(t, &c);
		return;
	}
	c.s += 2;
	if (*text.s == '+') {
		if (*ret_last_field == 'w' && t->in_body)
			abc_lyric_line(t, &c, true);
		return; /* goes on with a text that is not played */
	}
	*ret_last_field = *text.s;
	abc_field(t, *text.s, &c);
}

static void read_lines(struct abc_tune *t, struct abc_span text, uint32_t first_line)
{
	struct abc_span line;
	bool skipping = false;
	int last = 0;
	t->line = first_line - 1;
	while (!t->out_of_memory && !t->too_large && abc_next_line(&text, &line)) {
		t->line++;
		if (starts(line, "%%begin"))
			skipping = true;
		if (!skipping)
			read_line(t, line, &last);
		if (starts(line, "%%end"))
			skipping = false;
	}
}

/* A file header may set meter, length, tempo, symbols and directives for all tunes, but no tune begins in it. */
static void read_file_header(struct abc_tune *t, struct abc_span text)
{
	struct abc_span rest = text, line;
	uint32_t number = 0;
	while (abc_next_line(&rest, &line)) {
		number++;
		if ((abc_is_field(line) && strchr("MLQUmICR", line.s[0])) || starts(line, "%%"))
			read_lines(t, line, number);
	}
}

static int set_titles(struct abc_tune *t, struct score *s, struct err *err)
{
	char AUTO_MEM *title = abc_text(t, t->title);
	char AUTO_MEM *composer = abc_text(t, t->composer);
	if (!title || !composer)
		return err_set(err, -ENOMEM, "out of memory for the tune");
	int r = score_set_title(s, title, err);
	return r < 0 ? r : score_set_composer(s, composer, err);
}

int abc_read(const char *text, size_t n, const struct abc_pick *pick, struct abc_report *report,
	     struct abc_tune *ret, struct err *err)
{
	struct abc_extent extent;
	size_t count = 0;
	if (n > LIMIT_ABC_BYTES)
		return err_set(err, -EMSGSIZE, "ABC text of %zu bytes (at most %d)", n, LIMIT_ABC_BYTES);
	if (abc_find((struct abc_span){ text, n }, pick, &extent, &count) < 0)
		return abc_no_tune((struct abc_span){ text, n }, pick, count, err);
	return abc_read_extent((struct abc_span){ text, n }, &extent, report, ret, err);
}

/* "%abc-2.1" in front of everything. */
static void read_version(struct abc_tune *t, struct abc_span file)
{
	struct abc_cursor c = { file.s, file.s, file.s + file.n, NULL };
	if (starts(file, "\xEF\xBB\xBF"))
		c.s += 3;
	if (c.end - c.s < 5 || memcmp(c.s, "%abc-", 5) != 0)
		return;
	c.s += 5;
	abc_version(t, &c);
}

int abc_read_extent(struct abc_span file, const struct abc_extent *extent, struct abc_report *report,
		    struct abc_tune *ret, struct err *err)
{
	struct abc_tune t = { .text = file, .report = report, .title = { "", 0 }, .composer = { "", 0 },
			      .parts = { "", 0 }, .rhythm = { "", 0 }, .tempo_text = { "", 0 },
			      .number = extent->number };
	abc_state_init(&t.header);
	abc_symbols_init(&t);
	read_version(&t, file);
	t.in_file_header = true;
	read_file_header(&t, extent->file_header);
	t.in_file_header = false;
	read_lines(&t, extent->text, extent->first_line);
	int r = 0;
	if (t.out_of_memory)
		r = err_set(err, -ENOMEM, "out of memory for the tune");
	else if (t.too_large)
		r = err_set(err, -EMSGSIZE, "the tune has more than %d notes and signs", LIMIT_ABC_ITEMS);
	if (r < 0) {
		abc_tune_done(&t);
		return r;
	}
	abc_doubts(&t);
	if (!t.in_body)
		abc_say(&t, ABC_ERROR, t.line ? t.line : 1, 1, "the header ends with the key: K:C",
			"no K: field, so there is no music");
	*ret = t;
	return 0;
}

static int finish(struct abc_tune *t, const struct abc_play_options *options, struct score **ret, struct err *err)
{
	AUTO(score) s = score_new();
	AUTO(score) moved = NULL;
	if (!s)
		return err_set(err, -ENOMEM, "out of memory for the tune");
	int r = set_titles(t, s, err);
	if (r == 0)
		r = abc_play(t, options, s, err);
	if (r < 0)
		return r;
	if (!t->report && t->first_error.line)
		return err_set(err, -EBADMSG, "%u:%u: %s", t->first_error.line, t->first_error.column,
			       t->first_error.message);
	score_sort(s);
	if (options->transpose) {
		r = score_transpose(s, options->transpose, &moved, err);
		if (r < 0)
			return r;
	}
	*ret = moved ? TAKE(moved) : TAKE(s);
	return 0;
}

const struct abc_play_options abc_nominal = { .channel = -1, .swing = ABC_SWING_OFF };
const struct abc_play_options abc_performed = {
	.ornaments = true, .grace = true, .articulation = true, .dynamics = true, .accompaniment = true, .drums = true,
	.jumps = true, .tempo_words = true, .swing = ABC_SWING_BY_RHYTHM, .channel = -1,
};

int abc_perform(const char *text, size_t n, const struct abc_pick *pick, const struct abc_play_options *options,
		struct score **ret, struct abc_report *report, struct err *err)
{
	struct abc_tune t;
	int r = abc_read(text, n, pick, report, &t, err);
	if (r < 0)
		return r;
	r = finish(&t, options, ret, err);
	abc_tune_done(&t);
	return r;
}

/* The next tune of a walk; the one without X: when there is no other. */
static int next_extent(struct abc_walk *w, struct abc_extent *ret)
{
	struct abc_span file = { w->text, w->n };
	struct abc_book book = { .file = file, .line = w->line };
	size_t count;
	if (w->at > 0) {
		book.s = (struct abc_span){ w->text + w->at, w->n - w->at };
		book.header_end = w->text + w->header_bytes;
	}
	bool found = abc_next_tune(&book, ret);
	w->at = found ? (size_t)(book.s.s - w->text) : w->n;
	w->line = book.line;
	if (found)
		w->header_bytes = (size_t)(book.header_end - w->text);
	if (!found && w->n_tunes == 0)
		found = abc_find(file, NULL, ret, &count) == 0;
	w->n_tunes += found;
	return found ? 0 : -ENOENT;
}

int abc_perform_next(struct abc_walk *w, const struct abc_play_options *options, struct score **ret, struct abc_report *report,
		     struct err *err)
{
	struct abc_extent extent;
	struct abc_tune t;
	if (w->n > LIMIT_ABC_BYTES)
		return err_set(err, -EMSGSIZE, "ABC text of %zu bytes (at most %d)", w->n, LIMIT_ABC_BYTES);
	if (next_extent(w, &extent) < 0)
		return err_set(err, -ENOENT, "no tune after %zu", w->n_tunes);
	int r = abc_read_extent((struct abc_span){ w->text, w->n }, &extent, report, &t, err);
	if (r < 0)
		return r;
	r = finish(&t, options, ret, err);
	abc_tune_done(&t);
	return r;
}

int abc_parse(const char *text, size_t n, const struct abc_pick *pick, struct score **ret,
	      struct abc_report *report, struct err *err)
{
	return abc_perform(text, n, pick, &abc_nominal, ret, report, err);
}
