#include "music/abc_check.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "music/abc_priv.h"

#define TUNES_MAX 1000
#define QUOTED_MAX 200 /* bytes of a line that are quoted, and how many of them stand before the mistake */
#define QUOTED_BEFORE 120
#define BYTES_MAX (4 * (size_t)LIMIT_ABC_BYTES) /* read in all; a header counts for each of its tunes */

struct check {
	const char *text;
	size_t n;
	const struct abc_check_options *options;
	json_t *tunes;
	uint32_t *lines; /* where each begins */
	size_t n_lines, room_lines;
	size_t bytes_read; /* of tunes, each with the file's header */
	size_t n_tunes, n_checked, n_errors, n_warnings;
};

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory for the report");
}

static int find_lines(struct check *c, struct err *err)
{
	struct abc_span rest = { c->text, c->n }, line;
	for (;;) {
		uint32_t at = (uint32_t)(rest.s - c->text);
		if (!abc_next_line(&rest, &line))
			return 0;
		if (mem_grow(&c->lines, &c->room_lines, c->n_lines + 1, sizeof(*c->lines)) < 0)
			return no_memory(err);
		c->lines[c->n_lines++] = at;
	}
}

static struct abc_span line_of(const struct check *c, uint32_t number)
{
	struct abc_span line = { "", 0 };
	if (number == 0 || number > c->n_lines)
		return line;
	struct abc_span rest = { c->text + c->lines[number - 1], c->n - c->lines[number - 1] };
	(void)abc_next_line(&rest, &line); /* there is one */
	return line;
}

/* Of a long line what is around the column, which becomes the column in that. */
static struct abc_span around(struct abc_span line, uint32_t *column)
{
	if (line.n <= QUOTED_MAX)
		return line;
	size_t at = *column > 0 && *column <= line.n ? *column - 1 : line.n, from = at > QUOTED_BEFORE ? at - QUOTED_BEFORE : 0;
	size_t to = line.n - from > QUOTED_MAX ? from + QUOTED_MAX : line.n;
	while (from > 0 && from < at && ((unsigned char)line.s[from] & 0xC0) == 0x80)
		from++;
	while (to < line.n && to > at + 1 && ((unsigned char)line.s[to] & 0xC0) == 0x80)
		to--;
	*column = (uint32_t)(at - from + 1);
	return (struct abc_span){ line.s + from, to - from };
}

/* A line as UTF-8, escapes left as they are. */
static json_t *line_json(struct abc_span line)
{
	AUTO_STRBUF b = STRBUF_INIT;
	bool utf8 = str_utf8_valid(line.s, line.n);
	for (size_t i = 0; i < line.n; i++) {
		unsigned char ch = (unsigned char)line.s[i];
		char s[4];
		if (ch < 0x80 || utf8)
			strbuf_addc(&b, ch < 0x20 && ch != '\t' ? ' ' : (char)ch);
		else
			strbuf_add(&b, s, str_utf8_encode(s, ch));
	}
	return strbuf_ok(&b) ? json_string(b.s ? b.s : "") : NULL;
}

static json_t *caret_json(struct abc_span line, uint32_t column)
{
	AUTO_STRBUF b = STRBUF_INIT;
	abc_caret(line, column, &b);
	return strbuf_ok(&b) ? json_string(b.s) : NULL;
}

static json_t *diagnostics_json(const struct check *c, const struct abc_report *r)
{
	AUTO_JSON json_t *list = json_array();
	for (size_t i = 0; list && i < r->n_diags; i++) {
		const struct abc_diag *d = &r->diags[i];
		if (d->severity == ABC_WARNING && !c->options->warnings)
			continue;
		uint32_t column = d->column;
		struct abc_span line = around(line_of(c, d->line), &column);
		struct abc_span message = { d->message, strlen(d->message) };
		json_t *one = json_pack("{s:s, s:I, s:I, s:o, s:s, s:o, s:o}", "severity",
					d->severity == ABC_ERROR ? "error" : "warning", "line", (json_int_t)d->line, "column",
					(json_int_t)d->column, "message", line_json(message), "hint", d->hint, "text",
					line_json(line), "caret", caret_json(line, column));
		if (json_array_append_new(list, one) < 0)
			return NULL;
	}
	return TAKE(list);
}

/* "F# minor", "D dorian", "none". */
static void key_name(const struct abc_key *k, char ret[48])
{
	static const char *const modes[] = { "major",	   "minor",   "dorian",	 "phrygian", "lydian", "mixolydian",
					     "aeolian", "locrian", "ionian", "none",	 "Highland bagpipe", "Highland bagpipe" };
	char tonic[4] = { "CDEFGAB"[k->tonic % 7], k->tonic_alter > 0 ? '#' : k->tonic_alter < 0 ? 'b' : '\0', '\0', '\0' };
	if (k->mode >= ABC_NO_KEY)
		(void)str_copy(ret, 48, modes[k->mode < ABC_MODE_COUNT ? k->mode : ABC_NO_KEY]);
	else
		(void)snprintf(ret, 48, "%s %s", tonic, modes[k->mode]);
}

static void meter_name(const struct abc_meter *m, char ret[48])
{
	if (m->free)
		(void)str_copy(ret, 48, "none");
	else
		(void)snprintf(ret, 48, "%u/%u", m->num, m->den);
}

static json_t *text_json(const struct abc_tune *t, struct abc_span s)
{
	char AUTO_MEM *text = abc_text(t, s);
	return text ? json_string(text) : NULL;
}

static json_t *voice_json(const struct abc_tune *t, const struct abc_voice *v)
{
	size_t bars = 0, notes = 0;
	int lowest = 128, highest = -1;
	bool sounds = false, overlay = false;
	for (size_t i = 0; i < v->n_items; i++) {
		const struct abc_item *item = &v->items[i];
		overlay |= item->kind == ABC_OVERLAY;
		sounds |= !overlay && (item->kind == ABC_NOTES || item->kind == ABC_REST);
		if (item->kind == ABC_BAR && !item->bar.overlaid) {
			bars += sounds;
			sounds = overlay = false;
		}
		for (uint32_t k = 0; item->kind == ABC_NOTES && k < item->heads.n; k++) {
			int pitch = t->heads[item->heads.first + k].pitch;
			notes++;
			lowest = pitch < lowest ? pitch : lowest;
			highest = pitch > highest ? pitch : highest;
		}
	}
	bars += sounds;
	json_t *o = json_pack("{s:o, s:o, s:I, s:I}", "id", text_json(t, v->id), "name", text_json(t, v->name), "n_bars",
			      (json_int_t)bars, "n_notes", (json_int_t)notes);
	if (!o || notes == 0)
		return o;
	if (json_object_set_new(o, "lowest", json_integer(lowest)) < 0 ||
	    json_object_set_new(o, "highest", json_integer(highest)) < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *voices_json(const struct abc_tune *t)
{
	AUTO_JSON json_t *list = json_array();
	for (size_t i = 0; list && i < t->n_voices; i++)
		if (json_array_append_new(list, voice_json(t, &t->voices[i])) < 0)
			return NULL;
	return TAKE(list);
}

static json_t *tune_json(const struct check *c, const struct abc_tune *t, const struct score *s, const struct abc_report *r)
{
	char key[48], meter[48];
	key_name(&t->header.key, key);
	meter_name(&t->header.meter, meter);
	return json_pack("{s:I, s:o, s:o, s:o, s:s, s:s, s:f, s:o, s:I, s:I, s:f, s:b, s:I, s:I, s:o, s:o}", "number",
			 (json_int_t)t->number, "title", text_json(t, t->title), "composer", text_json(t, t->composer), "rhythm",
			 text_json(t, t->rhythm), "key", key, "meter", meter, "tempo_bpm", score_bpm_at(s, 0), "parts",
			 text_json(t, t->parts), "n_bars", (json_int_t)score_n_bars(s), "n_notes", (json_int_t)score_n_notes(s),
			 "seconds", score_seconds_at(s, s->end_beats), "valid", r->n_errors == 0, "n_errors",
			 (json_int_t)r->n_errors, "n_warnings", (json_int_t)r->n_warnings, "voices", voices_json(t), "diagnostics",
			 diagnostics_json(c, r));
}

/* Reads and plays one tune; what is too much for us is an error of the tune. */
static int check_tune(struct check *c, const struct abc_extent *e, struct abc_report *r, struct err *err)
{
	struct abc_tune t;
	struct err why = ERR_INIT;
	AUTO(score) s = score_new();
	if (!s)
		return no_memory(err);
	int code = abc_read_extent((struct abc_span){ c->text, c->n }, e, r, &t, &why);
	if (code == -ENOMEM)
		return no_memory(err);
	bool read = code == 0;
	if (!read) {
		t = (struct abc_tune){ .report = r, .number = e->number };
		abc_state_init(&t.header);
		t.title = t.composer = t.rhythm = t.parts = (struct abc_span){ "", 0 };
	} else {
		code = abc_play(&t, &abc_nominal, s, &why);
	}
	json_t *one = NULL;
	if (code < 0 && code != -ENOMEM)
		abc_say(&t, ABC_ERROR, e->first_line, 1, NULL, "%s", why.msg);
	if (code != -ENOMEM)
		one = tune_json(c, &t, s, r);
	if (read)
		abc_tune_done(&t);
	c->n_errors += r->n_errors;
	c->n_warnings += r->n_warnings;
	c->n_checked++;
	return one && json_array_append_new(c->tunes, one) == 0 ? 0 : no_memory(err);
}

static int check_one(struct check *c, const struct abc_extent *e, struct err *err)
{
	struct abc_report r = ABC_REPORT_INIT;
	size_t most = c->options->max_tunes ? c->options->max_tunes : TUNES_MAX;
	c->n_tunes++;
	if ((c->options->number && e->number != c->options->number) || c->n_checked >= most || c->bytes_read > BYTES_MAX)
		return 0;
	c->bytes_read += e->text.n + e->file_header.n;
	int code = check_tune(c, e, &r, err);
	abc_report_done(&r);
	return code;
}

/* What is wrong when there is nothing to check. */
static json_t *outer_json(const struct check *c)
{
	struct abc_diag d = { .severity = ABC_ERROR, .line = 1, .column = 1 };
	struct abc_report r = { .diags = &d, .n_diags = c->n_checked == 0 };
	if (c->n_tunes == 0) {
		(void)str_copy(d.message, sizeof(d.message), "there is no tune in the text");
		(void)str_copy(d.hint, sizeof(d.hint), "a tune begins with X:1 and a K: field ends its header");
	} else {
		(void)snprintf(d.message, sizeof(d.message), "no tune has X:%lld", (long long)c->options->number);
	}
	return diagnostics_json(c, &r);
}

static int check_all(struct check *c, struct err *err)
{
	struct abc_book book = { .file = { c->text, c->n } };
	struct abc_extent e;
	int code = 0;
	while (code == 0 && abc_next_tune(&book, &e))
		code = check_one(c, &e, err);
	size_t count = 0;
	if (code == 0 && c->n_tunes == 0 && abc_find((struct abc_span){ c->text, c->n }, NULL, &e, &count) == 0)
		code = check_one(c, &e, err); /* one without X: */
	return code;
}

int abc_check(const char *text, size_t n, const struct abc_check_options *o, json_t **ret, struct err *err)
{
	struct check c = { .text = text, .n = n, .options = o };
	if (n > LIMIT_ABC_BYTES)
		return err_set(err, -EMSGSIZE, "ABC text of %zu bytes (at most %d)", n, LIMIT_ABC_BYTES);
	AUTO_JSON json_t *tunes = c.tunes = json_array();
	if (!tunes)
		return no_memory(err);
	int code = find_lines(&c, err);
	if (code == 0)
		code = check_all(&c, err);
	json_t *outer = code == 0 ? outer_json(&c) : NULL;
	free(c.lines);
	if (code < 0)
		return code;
	*ret = json_pack("{s:b, s:I, s:I, s:I, s:I, s:O, s:o}", "valid", c.n_checked > 0 && c.n_errors == 0, "n_tunes",
			 (json_int_t)c.n_tunes, "n_checked", (json_int_t)c.n_checked, "n_errors",
			 (json_int_t)(c.n_errors + (c.n_checked == 0)), "n_warnings", (json_int_t)c.n_warnings, "tunes", tunes,
			 "diagnostics", outer);
	return *ret ? 0 : no_memory(err);
}
