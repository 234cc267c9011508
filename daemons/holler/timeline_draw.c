#include "timeline_draw.h"

#include "base/mem.h"
#include "columns.h"
#include "time/meter_map.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define LABEL_MIN     12
#define LABEL_MAX     24
#define MARKER_ROWS   3
#define EMPTY_BARS    8
#define PLACE_SIZE    48
#define TEXT_SIZE     600

/* What a region looks like, by its behaviour and, for a latent one, its state. */
enum look { LOOK_CONTENT, LOOK_PENDING, LOOK_RUNNING, LOOK_READY, LOOK_ENDED, LOOK_MOVE, LOOK_TRIGGER, LOOK_CUSTOM, LOOK_COUNT };

static const struct {
	const char *cell, *meaning;
} looks[LOOK_COUNT] = {
	[LOOK_CONTENT] = { "█", "sounds" },
	[LOOK_PENDING] = { "░", "latent, nobody works on it" },
	[LOOK_RUNNING] = { "▒", "latent, a job makes it" },
	[LOOK_READY] = { "▓", "latent, its content is there" },
	[LOOK_ENDED] = { "╌", "latent, came to nothing" },
	[LOOK_MOVE] = { "≈", "moves a parameter" },
	[LOOK_TRIGGER] = { "◆", "fires a trigger" },
	[LOOK_CUSTOM] = { "◇", "custom" },
};

struct canvas {
	const struct timeline_picture *p;
	struct strbuf *b;
	const struct meter_map *meter;
	double from, to, beats_per_column;
	size_t label, width; /* columns of the labels, and of the picture right of them */
	long head;           /* column of the playhead, outside 0..width-1 when it is not seen */
	bool used[LOOK_COUNT];
};

static enum look look_of(const struct region_view *r)
{
	switch (r->behaviour) {
	case VIEW_BEHAVIOUR_APPLY_PROCESSING: return LOOK_MOVE;
	case VIEW_BEHAVIOUR_EMIT_TRIGGER: return LOOK_TRIGGER;
	case VIEW_BEHAVIOUR_CUSTOM: return LOOK_CUSTOM;
	default: break;
	}
	switch (r->state) {
	case VIEW_REGION_PENDING: return LOOK_PENDING;
	case VIEW_REGION_RUNNING: return LOOK_RUNNING;
	case VIEW_REGION_RESOLVED:
	case VIEW_REGION_HELD:
	case VIEW_REGION_APPROVED: return LOOK_READY;
	case VIEW_REGION_REJECTED:
	case VIEW_REGION_FAILED:
	case VIEW_REGION_SUPERSEDED:
	case VIEW_REGION_CANCELLED: return LOOK_ENDED;
	default: return LOOK_CONTENT;
	}
}

/* --- musical time -------------------------------------------------------------------------------------------------- */

static int open_meter(const struct timeline_query_result *t, struct meter_map **ret, struct err *err)
{
	uint32_t n = t->meter.n ? (uint32_t)t->meter.n : 1;
	struct meter_point *AUTO_MEM points = mem_new_array(n, sizeof(*points));
	void *AUTO_MEM memory = mem_new_array(meter_map_bytes(n), 1);
	if (!points || !memory)
		return err_set(err, -ENOMEM, "the meter map");
	points[0] = (struct meter_point){ t->bar_one_beats, 4, 4 };
	for (size_t i = 0; i < t->meter.n; i++)
		points[i] = (struct meter_point){ t->meter.v[i].position_beats, (uint32_t)t->meter.v[i].numerator,
						  (uint32_t)t->meter.v[i].denominator };
	int r = meter_map_init(memory, points, n, ret, NULL);
	if (r < 0)
		return err_set(err, r, "the meter map is not in order");
	memory = NULL; /* *ret lies at its beginning */
	return 0;
}

static void place_text(const struct canvas *c, double beat, char ret[PLACE_SIZE])
{
	struct meter_place m = meter_map_place(c->meter, beat);
	double in_bar = m.beat_in_bar * m.denominator / 4 + 1;
	(void)snprintf(ret, PLACE_SIZE, "%" PRId64 ":%.6g", m.bar, round(in_bar * 1000) / 1000);
}

int timeline_place(const struct timeline_query_result *t, const char *flag, const char *text, double *ret, struct err *err)
{
	const char *colon = strchr(text, ':');
	char bar_text[32];
	int64_t bar;
	double beat = 1;
	if (!colon) {
		if (str_to_double(text, ret) == 0 && fabs(*ret) <= 1e8)
			return 0;
		return err_field(err, -EINVAL, flag, "'%s' is neither a number of beats nor BAR:BEAT", text);
	}
	(void)snprintf(bar_text, sizeof(bar_text), "%.*s", (int)(colon - text), text);
	if (str_to_int(bar_text, &bar) < 0 || bar < -1000000 || bar > 1000000 ||
	    (colon[1] && (str_to_double(colon + 1, &beat) < 0 || !(beat >= 1) || beat > 1000)))
		return err_field(err, -EINVAL, flag, "'%s' is not BAR:BEAT, such as 5:1", text);
	struct meter_map *meter = NULL;
	int r = open_meter(t, &meter, err);
	if (r < 0)
		return r;
	double start = meter_map_bar_start(meter, bar);
	*ret = start + (beat - 1) * 4 / meter_map_place(meter, start).denominator;
	free(meter);
	return 0;
}

/* From the first to the last thing there is, in whole bars; the range that was asked for stands. */
static void find_range(struct canvas *c)
{
	const struct timeline_query_result *t = c->p->t;
	double lo = fmin(0, t->transport.position_beats), hi = fmax(0, t->transport.position_beats);
	for (size_t i = 0; i < t->regions.n; i++) {
		lo = fmin(lo, t->regions.v[i].position_beats);
		hi = fmax(hi, t->regions.v[i].position_beats + t->regions.v[i].duration_beats);
	}
	for (size_t i = 0; i < t->markers.n; i++) {
		lo = fmin(lo, t->markers.v[i].position_beats);
		hi = fmax(hi, t->markers.v[i].position_beats);
	}
	c->from = c->p->has_from ? c->p->from_beats : lo;
	double least = c->from + meter_map_place(c->meter, c->from).bar_beats;
	c->to = c->p->has_to ? c->p->to_beats : meter_map_next_bar(c->meter, fmax(hi, least));
	if (!t->regions.n && !t->markers.n && !c->p->has_to)
		c->to = meter_map_bar_start(c->meter, meter_map_place(c->meter, c->from).bar + EMPTY_BARS);
}

/* Whole columns a bar, or whole bars a column, so that bar lines stand in even steps. */
static void find_scale(struct canvas *c)
{
	double bar = meter_map_place(c->meter, fmax(c->from, c->p->t->bar_one_beats)).bar_beats;
	double per_bar = floor((double)c->width / ((c->to - c->from) / bar));
	if (per_bar >= 1) {
		c->beats_per_column = bar / fmin(per_bar, 16);
		return;
	}
	double bars = 1;
	while ((c->to - c->from) / (bars * bar) > (double)c->width)
		bars *= 2;
	c->beats_per_column = bars * bar;
}

static double beat_of(const struct canvas *c, size_t column)
{
	return c->from + (double)column * c->beats_per_column;
}

static long column_of(const struct canvas *c, double beat)
{
	double x = floor((beat - c->from) / c->beats_per_column + 1e-6);
	return x < -1 ? -1 : x > (double)c->width ? (long)c->width : (long)x;
}

/* The first bar line within the column; false when there is none. */
static bool bar_in(const struct canvas *c, size_t column, int64_t *ret_bar)
{
	double at = meter_map_next_bar(c->meter, beat_of(c, column) - 1e-6);
	if (at >= beat_of(c, column + 1) - 1e-6)
		return false;
	*ret_bar = meter_map_place(c->meter, at + 1e-6).bar;
	return true;
}

/* --- rows of the picture ------------------------------------------------------------------------------------------- */

static void end_line(struct canvas *c)
{
	struct strbuf *b = c->b;
	while (b->n && b->s[b->n - 1] == ' ')
		b->s[--b->n] = '\0';
	(void)strbuf_addc(b, '\n');
}

static void begin_row(struct canvas *c, const char *label)
{
	columns_fill(c->b, label, c->label);
	(void)strbuf_addc(c->b, ' ');
}

/* Words at columns, each with a space after it. */
struct words {
	const char *label;
	size_t at; /* columns written */
};

static bool add_word(struct canvas *c, struct words *w, long column, const char *text)
{
	size_t n = columns_count(text);
	if (column < (long)w->at || column >= (long)c->width)
		return false;
	if (w->at == 0 && w->label)
		begin_row(c, w->label);
	w->label = NULL;
	size_t room = c->width - (size_t)column;
	for (; w->at < (size_t)column; w->at++)
		(void)strbuf_addc(c->b, ' ');
	columns_cut(c->b, text, room);
	w->at += n < room ? n : room;
	if (w->at < c->width) {
		(void)strbuf_addc(c->b, ' ');
		w->at++;
	}
	return true;
}

static void draw_bars(struct canvas *c)
{
	struct words w = { .label = "bar" };
	for (size_t x = 0; x < c->width; x++) {
		char text[24];
		int64_t bar;
		if (beat_of(c, x) >= c->to - 1e-6 || !bar_in(c, x, &bar))
			continue;
		(void)snprintf(text, sizeof(text), "%" PRId64, bar);
		(void)add_word(c, &w, (long)x, text);
	}
	end_line(c);
}

static void draw_playhead(struct canvas *c)
{
	struct words w = { .label = "" };
	if (c->head < 0 || c->head >= (long)c->width)
		return;
	(void)add_word(c, &w, c->head, "▼");
	end_line(c);
}

static void draw_tempo(struct canvas *c)
{
	const struct timeline_query_result *t = c->p->t;
	struct words w = { .label = "tempo" };
	size_t drawn = 0;
	for (size_t i = 0; i < t->tempo.n && t->tempo.n > 1; i++) {
		char text[32];
		double at = t->tempo.v[i].position_beats;
		bool before = at < c->from && (i + 1 == t->tempo.n || t->tempo.v[i + 1].position_beats > c->from);
		(void)snprintf(text, sizeof(text), "%.4g%s", t->tempo.v[i].bpm, t->tempo.v[i].shape == VIEW_TEMPO_RAMP ? "→" : "");
		if ((at >= c->from || before) && at < c->to)
			drawn += add_word(c, &w, before ? 0 : column_of(c, at), text);
	}
	if (drawn)
		end_line(c);
}

static void draw_meter(struct canvas *c)
{
	const struct timeline_query_result *t = c->p->t;
	struct words w = { .label = "meter" };
	size_t drawn = 0;
	for (size_t i = 0; i < t->meter.n && t->meter.n > 1; i++) {
		char text[32];
		double at = t->meter.v[i].position_beats;
		bool before = at < c->from && (i + 1 == t->meter.n || t->meter.v[i + 1].position_beats > c->from);
		(void)snprintf(text, sizeof(text), "%" PRId64 "/%" PRId64, t->meter.v[i].numerator, t->meter.v[i].denominator);
		if ((at >= c->from || before) && at < c->to)
			drawn += add_word(c, &w, before ? 0 : column_of(c, at), text);
	}
	if (drawn)
		end_line(c);
}

/* As many rows as the labels need, up to a few; what finds no room is counted. */
static int draw_markers(struct canvas *c, struct err *err)
{
	const struct timeline_query_result *t = c->p->t;
	size_t n = t->markers.n, left = n;
	bool *AUTO_MEM done = mem_new_array(n ? n : 1, sizeof(*done));
	if (!done)
		return err_set(err, -ENOMEM, "the markers");
	for (size_t row = 0; row < MARKER_ROWS && left; row++) {
		struct words w = { .label = row ? "" : "markers" };
		bool some = false;
		for (size_t i = 0; i < n; i++) {
			const struct marker_view *m = &t->markers.v[i];
			char text[80];
			(void)snprintf(text, sizeof(text), "▸%s", m->has_label ? m->label : m->marker_type);
			if (done[i] || m->position_beats < c->from || m->position_beats >= c->to ||
			    !add_word(c, &w, column_of(c, m->position_beats), text))
				continue;
			done[i] = some = true;
			left--;
		}
		if (!some)
			break;
		end_line(c);
	}
	char text[80];
	(void)snprintf(text, sizeof(text), "%zu of %zu markers found no room", left, n);
	if (!left)
		return 0;
	begin_row(c, "");
	columns_cut(c->b, text, c->width);
	end_line(c);
	return 0;
}

static const char *blank_cell(const struct canvas *c, size_t x)
{
	int64_t bar;
	if ((long)x == c->head)
		return "│";
	return c->beats_per_column * 4 <= meter_map_place(c->meter, beat_of(c, x)).bar_beats && bar_in(c, x, &bar) ? "┊" : " ";
}

static const char *title_of(const struct timeline_picture *p, size_t i)
{
	return p->titles && p->titles[i] ? p->titles[i] : "";
}

static const char *name_of(const struct timeline_picture *p, size_t i)
{
	const struct region_view *r = &p->t->regions.v[i];
	return r->has_name ? r->name : *title_of(p, i) ? title_of(p, i) : r->region_id;
}

static void draw_region(struct canvas *c, size_t i)
{
	const struct region_view *r = &c->p->t->regions.v[i];
	enum look look = look_of(r);
	char number[24];
	long first = column_of(c, r->position_beats), last = column_of(c, r->position_beats + r->duration_beats - 1e-6);
	if (look == LOOK_TRIGGER)
		last = first;
	c->used[look] = true;
	(void)snprintf(number, sizeof(number), "%3zu ", i + 1);
	(void)strbuf_adds(c->b, number);
	size_t used = strlen(number);
	columns_fill(c->b, name_of(c->p, i), c->label > used ? c->label - used : 1);
	(void)strbuf_addc(c->b, ' ');
	for (size_t x = 0; x < c->width && beat_of(c, x) < c->to - 1e-6; x++)
		(void)strbuf_adds(c->b, (long)x >= first && (long)x <= last ? looks[look].cell : blank_cell(c, x));
	end_line(c);
}

/* How many regions stand in each column, when not all of them have a row. */
static int draw_density(struct canvas *c, struct err *err)
{
	const struct timeline_query_result *t = c->p->t;
	uint32_t *AUTO_MEM count = mem_new_array(c->width + 1, sizeof(*count));
	char label[48];
	if (!count)
		return err_set(err, -ENOMEM, "the picture");
	for (size_t i = 0; i < t->regions.n; i++) {
		const struct region_view *r = &t->regions.v[i];
		long first = column_of(c, r->position_beats), last = column_of(c, r->position_beats + r->duration_beats - 1e-6);
		for (long x = first < 0 ? 0 : first; x <= last && x < (long)c->width; x++)
			count[x]++;
	}
	(void)snprintf(label, sizeof(label), "all %zu", t->regions.n);
	begin_row(c, label);
	for (size_t x = 0; x < c->width && beat_of(c, x) < c->to - 1e-6; x++)
		(void)strbuf_addc(c->b, count[x] > 9 ? '+' : count[x] ? (char)('0' + count[x]) : ' ');
	end_line(c);
	return 0;
}

/* --- words --------------------------------------------------------------------------------------------------------- */

static void draw_head(struct canvas *c)
{
	const struct timeline_query_result *t = c->p->t;
	char place[PLACE_SIZE], text[TEXT_SIZE];
	place_text(c, t->transport.position_beats, place);
	(void)snprintf(text, sizeof(text), "revision %" PRId64 ", %s at %s (beat %.6g), %.4g bpm, %" PRId64 "/%" PRId64 ", %zu region%s",
		       t->revision, wire_enum_name(&wire_enum_play_state_view, (int)t->transport.state), place,
		       t->transport.position_beats, t->transport.tempo_bpm, t->transport.numerator, t->transport.denominator,
		       t->regions.n, t->regions.n == 1 ? "" : "s");
	columns_cut(c->b, text, c->p->columns);
	end_line(c);
}

PRINTF(2, 3) static void add_text(char ret[TEXT_SIZE], const char *fmt, ...)
{
	size_t n = strlen(ret);
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(ret + n, TEXT_SIZE - n, fmt, ap);
	va_end(ap);
}

/* "12:1 to 21:3.4 (42.13 beats), approved, enters at 12:1, by human:ann" */
static void region_words(const struct canvas *c, const struct region_view *r, char ret[TEXT_SIZE])
{
	char from[PLACE_SIZE], to[PLACE_SIZE];
	place_text(c, r->position_beats, from);
	place_text(c, r->position_beats + r->duration_beats, to);
	ret[0] = '\0';
	add_text(ret, "%s to %s (%.4g beats)", from, to, r->duration_beats);
	if (r->state != VIEW_REGION_PLAIN)
		add_text(ret, ", %s", wire_enum_name(&wire_enum_region_state_view, (int)r->state));
	if (r->state == VIEW_REGION_RUNNING && r->has_progress)
		add_text(ret, " %.0f%%", r->progress * 100);
	if (r->state == VIEW_REGION_APPROVED && r->has_enters_beats) {
		place_text(c, r->enters_beats, from);
		add_text(ret, ", enters at %s", from);
	}
	if (r->has_reason)
		add_text(ret, " (%s)", r->reason);
	add_text(ret, ", by %s", r->actor);
}

/* What it plays, wanted, moves or fires; its tags. */
static void content_words(const struct region_view *r, const char *title, char ret[TEXT_SIZE])
{
	ret[0] = '\0';
	if (r->has_content)
		add_text(ret, "%s%s%s%s", r->content.has_mime ? r->content.mime : "content", *title ? " \"" : "", title,
			 *title ? "\"" : "");
	if (r->has_intent) {
		const struct intent_spec *w = &r->intent;
		add_text(ret, "%swants%s%s%s%s%s%s", ret[0] ? "; " : "", w->has_verb ? " to " : "", w->has_verb ? w->verb : "",
			 w->has_space ? " in " : "", w->has_space ? w->space : "", w->has_prompt ? ": " : "",
			 w->has_prompt ? w->prompt : "");
	}
	if (r->has_processing)
		add_text(ret, "%s from %g to %g", r->processing.target, r->processing.from_value, r->processing.to_value);
	if (r->has_trigger)
		add_text(ret, "fires %s", r->trigger);
	for (size_t i = 0; i < r->tags.n; i++)
		add_text(ret, " #%s", r->tags.v[i]);
}

static void draw_words(struct canvas *c, size_t i)
{
	const struct region_view *r = &c->p->t->regions.v[i];
	char text[TEXT_SIZE], line[TEXT_SIZE + 64];
	region_words(c, r, text);
	(void)snprintf(line, sizeof(line), "%3zu %s", i + 1, text);
	columns_cut(c->b, line, c->p->columns);
	end_line(c);
	content_words(r, title_of(c->p, i), text);
	if (text[0]) {
		(void)strbuf_adds(c->b, "    ");
		columns_cut(c->b, text, c->p->columns - 4);
		end_line(c);
	}
	(void)strbuf_adds(c->b, "    ");
	columns_cut(c->b, r->region_id, c->p->columns - 4);
	end_line(c);
}

static void draw_legend(struct canvas *c)
{
	size_t used = 0;
	for (size_t i = 0; i < LOOK_COUNT; i++) {
		size_t n = columns_count(looks[i].meaning) + 2;
		if (!c->used[i] || i == LOOK_CONTENT)
			continue;
		if (used && used + 3 + n > c->p->columns) {
			end_line(c);
			used = 0;
		}
		(void)strbuf_addf(c->b, "%s%s %s", used ? "   " : "", looks[i].cell, looks[i].meaning);
		used += n + (used ? 3 : 0);
	}
	if (used)
		end_line(c);
}

static void draw_rest(struct canvas *c, size_t first, size_t end)
{
	const struct timeline_query_result *t = c->p->t;
	char place[PLACE_SIZE];
	if (first == 0 && end == t->regions.n)
		return;
	char text[160];
	int n = snprintf(text, sizeof(text), "regions %zu to %zu of %zu", first + 1, end, t->regions.n);
	if (end < t->regions.n) {
		place_text(c, t->regions.v[end].position_beats, place);
		(void)snprintf(text + n, sizeof(text) - (size_t)n, "; --page %zu goes on at %s", c->p->page + 2, place);
	}
	columns_cut(c->b, text, c->p->columns);
	end_line(c);
}

/* --- the whole ----------------------------------------------------------------------------------------------------- */

void timeline_page(const struct timeline_picture *p, size_t *ret_first, size_t *ret_end)
{
	size_t n = p->t->regions.n, rows = p->rows ? p->rows : 1;
	size_t pages = n ? (n + rows - 1) / rows : 1, page = p->page < pages ? p->page : pages - 1;
	*ret_first = page * rows;
	*ret_end = n - *ret_first < rows ? n : *ret_first + rows;
}

static void find_label(struct canvas *c, size_t first, size_t end)
{
	size_t longest = LABEL_MIN;
	for (size_t i = first; i < end; i++) {
		size_t n = columns_count(name_of(c->p, i)) + 4;
		longest = n > longest ? n : longest;
	}
	size_t third = c->p->columns / 3;
	c->label = longest < LABEL_MAX ? longest : LABEL_MAX;
	c->label = c->label < third ? c->label : third;
	c->width = c->p->columns - c->label - 1;
}

int timeline_draw(const struct timeline_picture *p, struct strbuf *b, struct err *err)
{
	struct canvas c = { .p = p, .b = b };
	struct meter_map *meter = NULL;
	size_t first, end;
	int r = open_meter(p->t, &meter, err);
	if (r < 0)
		return r;
	c.meter = meter;
	timeline_page(p, &first, &end);
	find_label(&c, first, end);
	find_range(&c);
	find_scale(&c);
	c.head = p->t->transport.position_beats < c.to ? column_of(&c, p->t->transport.position_beats) : -1;

	draw_head(&c);
	draw_playhead(&c);
	draw_bars(&c);
	draw_tempo(&c);
	draw_meter(&c);
	r = draw_markers(&c, err);
	if (r == 0 && (first || end < p->t->regions.n))
		r = draw_density(&c, err);
	for (size_t i = first; i < end; i++)
		draw_region(&c, i);
	if (!p->t->regions.n) {
		columns_cut(b, "nothing stands here yet: holler jam, or holler call region_create --help", p->columns);
		end_line(&c);
	}
	draw_legend(&c);
	if (end > first)
		(void)strbuf_addc(b, '\n');
	for (size_t i = first; i < end; i++)
		draw_words(&c, i);
	draw_rest(&c, first, end);
	free(meter);
	if (r < 0)
		return r;
	return strbuf_ok(b) ? 0 : err_set(err, -ENOMEM, "the picture");
}
