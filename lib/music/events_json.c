#include "music/events_json.h"

#include <string.h>

#include "base/json.h"
#include "music/spell.h"

/* Seconds at each tempo, so that looking one up does not walk them all. */
struct clock {
	const struct score *score;
	double *seconds;
};

struct event_note {
	const struct note *note;
	struct spelling spelling;
	size_t voice;
};

struct events {
	const struct score *score;
	struct clock clock;
	struct event_note *notes;
	size_t n_notes;
	double bar_from, bar_to; /* the bar that was looked up last */
	int64_t bar;
	struct json_out *o;
};

static int clock_init(struct clock *c, const struct score *s)
{
	double seconds = 0, from = 0, bpm = 120;
	c->score = s;
	c->seconds = mem_new_array(s->n_tempos + 1, sizeof(*c->seconds));
	if (!c->seconds)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_tempos; i++) {
		seconds += (s->tempos[i].at_beats - from) * 60 / bpm;
		from = s->tempos[i].at_beats;
		bpm = s->tempos[i].bpm;
		c->seconds[i] = seconds;
	}
	return 0;
}

static double seconds_at(const struct clock *c, double beats)
{
	size_t low = 0, high = c->score->n_tempos;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (c->score->tempos[mid].at_beats <= beats)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return beats / 2; /* 120 a minute */
	const struct score_tempo *t = &c->score->tempos[low - 1];
	return c->seconds[low - 1] + (beats - t->at_beats) * 60 / t->bpm;
}

static int compare_notes(const void *pa, const void *pb)
{
	const struct event_note *a = pa, *b = pb;
	if (a->note->start_beats != b->note->start_beats)
		return a->note->start_beats < b->note->start_beats ? -1 : 1;
	if (a->voice != b->voice)
		return a->voice < b->voice ? -1 : 1;
	if (a->note->pitch != b->note->pitch)
		return (int)a->note->pitch - b->note->pitch;
	return a->note < b->note ? -1 : a->note > b->note;
}

static int gather(struct events *e)
{
	const struct score *s = e->score;
	size_t n = score_n_notes(s), at = 0;
	struct spelling AUTO_MEM *spelled = mem_new_array(n, sizeof(*spelled));
	e->notes = mem_new_array(n, sizeof(*e->notes));
	if (n && (!spelled || !e->notes))
		return -ENOMEM;
	for (size_t v = 0; v < s->n_voices; v++) {
		spell_notes(s, s->voices[v].notes, s->voices[v].n_notes, spelled);
		for (size_t i = 0; i < s->voices[v].n_notes; i++)
			e->notes[at++] = (struct event_note){ &s->voices[v].notes[i], spelled[i], v };
	}
	if (n)
		qsort(e->notes, n, sizeof(*e->notes), compare_notes);
	e->n_notes = n;
	return 0;
}

static void text(struct events *e, const char *key, const char *value)
{
	json_out_key(e->o, key);
	json_out_string(e->o, value);
}

static void number(struct events *e, const char *key, double value)
{
	json_out_key(e->o, key);
	json_out_number(e->o, value);
}

static void integer(struct events *e, const char *key, int64_t value)
{
	json_out_key(e->o, key);
	json_out_int(e->o, value);
}

static void when(struct events *e, double beats)
{
	number(e, "beat", beats);
	number(e, "second", seconds_at(&e->clock, beats));
}

static void begin_list(struct events *e, const char *key)
{
	json_out_key(e->o, key);
	json_out_array_begin(e->o);
}

static void changes(struct events *e)
{
	const struct score *s = e->score;
	begin_list(e, "tempos");
	for (size_t i = 0; i < s->n_tempos; i++) {
		json_out_object_begin(e->o);
		when(e, s->tempos[i].at_beats);
		number(e, "bpm", s->tempos[i].bpm);
		json_out_object_end(e->o);
	}
	json_out_array_end(e->o);
	begin_list(e, "meters");
	for (size_t i = 0; i < s->n_meters; i++) {
		json_out_object_begin(e->o);
		when(e, s->meters[i].at_beats);
		integer(e, "num", s->meters[i].num);
		integer(e, "den", s->meters[i].den);
		json_out_object_end(e->o);
	}
	json_out_array_end(e->o);
	begin_list(e, "keys");
	for (size_t i = 0; i < s->n_keys; i++) {
		json_out_object_begin(e->o);
		when(e, s->keys[i].at_beats);
		text(e, "key", key_name(s->keys[i].sharps, s->keys[i].minor));
		integer(e, "sharps", s->keys[i].sharps);
		json_out_key(e->o, "minor");
		json_out_bool(e->o, s->keys[i].minor);
		json_out_object_end(e->o);
	}
	json_out_array_end(e->o);
}

static void voices(struct events *e)
{
	begin_list(e, "voices");
	for (size_t v = 0; v < e->score->n_voices; v++) {
		const struct score_voice *x = &e->score->voices[v];
		unsigned channels = 0;
		int program = -1;
		for (size_t i = 0; i < x->n_notes; i++)
			channels |= 1u << x->notes[i].channel;
		for (size_t i = x->n_controls; i-- > 0;)
			if (x->controls[i].kind == SCORE_PROGRAM)
				program = x->controls[i].value;
		json_out_object_begin(e->o);
		text(e, "name", x->name);
		integer(e, "notes", (int64_t)x->n_notes);
		begin_list(e, "channels");
		for (int c = 0; c < 16; c++)
			if (channels >> c & 1)
				json_out_int(e->o, c);
		json_out_array_end(e->o);
		json_out_key(e->o, "program");
		if (program >= 0)
			json_out_int(e->o, program);
		else
			json_out_null(e->o);
		json_out_object_end(e->o);
	}
	json_out_array_end(e->o);
}

static void texts(struct events *e)
{
	static const char *const kinds[SCORE_TEXT_KIND_COUNT] = {
		[SCORE_TEXT] = "text",   [SCORE_MARKER] = "marker", [SCORE_LYRIC] = "lyric",
		[SCORE_CHORD] = "chord", [SCORE_CUE] = "cue",
	};
	begin_list(e, "texts");
	for (size_t i = 0; i < e->score->n_texts; i++) {
		const struct score_text *t = &e->score->texts[i];
		json_out_object_begin(e->o);
		text(e, "kind", kinds[t->kind]);
		when(e, t->at_beats);
		json_out_key(e->o, "voice");
		if (t->voice >= 0)
			json_out_int(e->o, t->voice);
		else
			json_out_null(e->o);
		text(e, "text", t->text);
		json_out_object_end(e->o);
	}
	json_out_array_end(e->o);
}

/* Notes come in order, so that one bar is looked up once. */
static void find_bar(struct events *e, double beats)
{
	if (beats >= e->bar_from - 1e-6 && beats < e->bar_to - 1e-6)
		return;
	e->bar_from = score_bar_floor(e->score, beats, &e->bar);
	e->bar_to = score_bar_ceil(e->score, beats + 1e-5);
}

static void one_note(struct events *e, const struct event_note *x)
{
	const struct note *n = x->note;
	double second = seconds_at(&e->clock, n->start_beats);
	char name[SPELLING_TEXT_SIZE];
	spelling_text(name, x->spelling);
	find_bar(e, n->start_beats);
	json_out_object_begin(e->o);
	integer(e, "voice", (int64_t)x->voice);
	number(e, "beat", n->start_beats);
	number(e, "beats", n->duration_beats);
	number(e, "second", second);
	number(e, "seconds", seconds_at(&e->clock, n->start_beats + n->duration_beats) - second);
	integer(e, "bar", e->bar);
	number(e, "bar_beat", n->start_beats > e->bar_from ? n->start_beats - e->bar_from : 0);
	integer(e, "pitch", n->pitch);
	text(e, "name", name);
	integer(e, "velocity", n->velocity);
	integer(e, "release", n->release);
	integer(e, "channel", n->channel);
	json_out_object_end(e->o);
}

static void controls(struct events *e)
{
	static const char *const kinds[SCORE_CONTROL_KIND_COUNT] = {
		[SCORE_PROGRAM] = "program",   [SCORE_CONTROLLER] = "controller",	[SCORE_BEND] = "bend",
		[SCORE_PRESSURE] = "pressure", [SCORE_POLY_PRESSURE] = "poly_pressure",
	};
	begin_list(e, "controls");
	for (size_t v = 0; v < e->score->n_voices; v++)
		for (size_t i = 0; i < e->score->voices[v].n_controls; i++) {
			const struct score_control *c = &e->score->voices[v].controls[i];
			json_out_object_begin(e->o);
			integer(e, "voice", (int64_t)v);
			when(e, c->at_beats);
			text(e, "kind", kinds[c->kind]);
			integer(e, "channel", c->channel);
			integer(e, "number", c->number);
			integer(e, "value", c->value);
			json_out_object_end(e->o);
		}
	json_out_array_end(e->o);
}

static void document(struct events *e, const struct events_json_options *o)
{
	const struct score *s = e->score;
	json_out_object_begin(e->o);
	text(e, "title", s->title);
	text(e, "composer", s->composer);
	number(e, "beats", s->end_beats);
	number(e, "seconds", seconds_at(&e->clock, s->end_beats));
	number(e, "pickup_beats", s->pickup_beats);
	integer(e, "bars", score_n_bars(s));
	changes(e);
	voices(e);
	texts(e);
	begin_list(e, "notes");
	for (size_t i = 0; i < e->n_notes; i++)
		one_note(e, &e->notes[i]);
	json_out_array_end(e->o);
	if (o->controls)
		controls(e);
	json_out_object_end(e->o);
}

int events_json(const struct score *s, const struct events_json_options *o, struct strbuf *out, struct err *err)
{
	struct json_out writer;
	struct events e = { .score = s, .o = &writer };
	int r = clock_init(&e.clock, s);
	json_out_init(&writer, out);
	if (r == 0)
		r = gather(&e);
	if (r == 0)
		document(&e, o);
	free(e.clock.seconds);
	free(e.notes);
	return r < 0 || !strbuf_ok(out) ? err_set(err, -ENOMEM, "out of memory for the event list") : 0;
}
