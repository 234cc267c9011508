/*
 * abc_play.c - walks the items of each voice as abc_form.c orders them and collects sounds, texts and changes.
 */
#include "music/abc_play_priv.h"

#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "music/spell.h"

int abc_play_too_long(struct abc_play *p)
{
	return err_set(p->err, -EMSGSIZE, "the tune with its repeats has more than %d notes and signs",
		       LIMIT_ABC_ITEMS);
}

static int no_memory(struct abc_play *p)
{
	return err_set(p->err, -ENOMEM, "out of memory for the tune");
}

#define NEAR (ABC_QUARTER / 1000000)

/* The bars around now; they begin where the meter changed, or behind the pick-up. */
static void find_grid(struct abc_play *p)
{
	const struct score *s = p->score;
	double at = abc_beats(p->now), from = 0;
	struct score_meter m = score_meter_at(s, at);
	p->grid = (struct abc_grid){ .from = m.at_beats <= at ? abc_ticks_at(m.at_beats) : p->now, .to = INT64_MAX };
	for (size_t i = s->n_meters; i > 0 && s->meters[i - 1].at_beats > m.at_beats; i--)
		p->grid.to = abc_ticks_at(s->meters[i - 1].at_beats) - NEAR;
	from = fmax(m.at_beats, s->pickup_beats);
	p->grid.bar = 4 * ABC_QUARTER * m.num / m.den;
	p->grid.line = abc_ticks_at(from) - 16 * p->grid.bar;
	p->grid.beat = 4 * ABC_QUARTER / m.den;
	p->grid.beats = m.den >= 8 && m.num % 3 == 0 && m.num > 3 ? 3 : 1;
}

/* How far into a row of equal parts, each so long; 0 also where it is as good as there. */
static int64_t into(int64_t ticks, int64_t each)
{
	int64_t in = ticks % each;
	return in < NEAR || each - in < NEAR ? 0 : in;
}

/* Beats carry more weight than what lies between them, the first of a bar most. */
static uint8_t velocity_now(struct abc_play *p)
{
	const struct abc_beat *b = &p->beat;
	const struct abc_grid *g = &p->grid;
	if (p->now < g->from || p->now >= g->to)
		find_grid(p);
	int64_t in_bar = into(p->now - g->line, g->bar);
	int v = b->other;
	if (b->shape.n) {
		size_t k = (size_t)((double)in_bar / (double)g->bar * (double)b->shape.n + 1e-6);
		char ch = b->shape.s[k < b->shape.n ? k : b->shape.n - 1];
		v = ch == 'f' ? b->first : ch == 'm' ? b->strong : b->other;
	} else if (b->flat) {
		v = b->strong;
	} else if (in_bar == 0) {
		v = b->first;
	} else if (into(in_bar, g->beat * (b->every ? b->every : g->beats)) == 0) {
		v = b->strong;
	}
	return (uint8_t)abc_clamp_velocity(v + b->change);
}

static struct abc_out *out_now(struct abc_play *p)
{
	return &p->outs[p->voice->lane_out[p->lane]];
}

/* The tie that this note goes on with: same step, or the pitch itself. */
static struct abc_pending_tie *find_tie(struct abc_ties *ties, int64_t now, const struct abc_head *h)
{
	for (size_t i = 0; i < ties->n; i++) {
		struct abc_pending_tie *x = &ties->list[i];
		if (x->end == now && (x->pitch == h->pitch || (x->step == h->step && !h->accidental)))
			return x;
	}
	return NULL;
}

/* Only overlays that are longer than their bars could leave many open; of those no more are held. */
static int hold_tie(struct abc_play *p, struct abc_ties *ties, const struct abc_pending_tie *x)
{
	if (ties->n >= 4 * LIMIT_ABC_CHORD)
		return 0;
	if (mem_grow(&ties->list, &ties->room, ties->n + 1, sizeof(*ties->list)) < 0)
		return no_memory(p);
	ties->list[ties->n++] = *x;
	return 0;
}

static int key_semitones(const struct abc_play *p, int step)
{
	static const int8_t semitone[7] = { 0, 2, 4, 5, 7, 9, 11 };
	int n = step - ABC_STEP_C + 7 * 16, index = n % 7;
	return (n / 7 - 16) * 12 + semitone[index] + p->key.accidentals[index];
}

/* The key's neighbours of a note, for trills; never the note itself. */
static void set_neighbours(const struct abc_play *p, const struct abc_head *h, struct abc_sound *s)
{
	/* From where the note stands without the voice's transposition. */
	int here = key_semitones(p, h->step) + (h->accidental ? h->alter - p->key.accidentals[h->step % 7] : 0);
	int up = key_semitones(p, h->step + 1) - here, down = key_semitones(p, h->step - 1) - here;
	s->up = (int8_t)(up < 1 ? 1 : up > 3 ? 2 : up);
	s->down = (int8_t)(down > -1 ? -1 : down < -3 ? -2 : down);
}

static int add_sound(struct abc_play *p, const struct abc_item *item, const struct abc_head *h, size_t *ret)
{
	struct abc_out *o = out_now(p);
	if (mem_grow(&o->sounds, &o->room_sounds, o->n_sounds + 1, sizeof(*o->sounds)) < 0)
		return no_memory(p);
	struct abc_sound *s = &o->sounds[o->n_sounds];
	*s = (struct abc_sound){ .start = p->now, .ticks = item->ticks, .item = item, .grace = p->grace,
				 .decor = p->decor, .pitch = h->pitch, .fine = o->channel == 9 ? 0 : h->fine, .step = h->step, .velocity = velocity_now(p),
				 .channel = o->channel, .grace_num = p->grace_num, .grace_den = p->grace_den,
				 .trim_ticks = p->trim_ticks, .joined = o->slurs > 0 };
	if (p->grace_divider)
		s->grace_ticks = p->unit_ticks / p->grace_divider;
	if (p->decor || p->trills)
		set_neighbours(p, h, s);
	if (o->channel == 9 && p->tune->drum_map[h->pitch])
		s->pitch = p->tune->drum_map[h->pitch] - 1;
	if (p->trills)
		s->decor |= UINT64_C(1) << ABC_TRILL;
	*ret = o->n_sounds++;
	return 0;
}

static int play_head(struct abc_play *p, const struct abc_item *item, const struct abc_head *h)
{
	struct abc_ties *ties = &p->ties[p->lane];
	struct abc_out *o = out_now(p);
	struct abc_pending_tie *tied = find_tie(ties, p->now, h), x;
	if (tied) {
		x = *tied;
		*tied = ties->list[--ties->n];
		x.end = p->now + item->ticks;
		o->sounds[x.sound].ticks = x.end - x.start;
		o->sounds[x.sound].joined = o->slurs > 0;
		o->sounds[x.sound].decor |= p->decor;
	} else {
		x = (struct abc_pending_tie){ .start = p->now, .end = p->now + item->ticks, .pitch = h->pitch, .step = h->step };
		int r = add_sound(p, item, h, &x.sound);
		if (r < 0)
			return r;
	}
	/* Held back by a negative mark until all notes of the chord had their choice. */
	if (!h->tie)
		return 0;
	x.end = -x.end - 1;
	return hold_tie(p, ties, &x);
}

/* A long text may be played again and again. */
static int count_text(struct abc_play *p, size_t n)
{
	p->text_bytes += n;
	return p->text_bytes > LIMIT_ABC_BYTES ? err_set(p->err, -EMSGSIZE, "the tune with its repeats has more than %d bytes of text",
							  LIMIT_ABC_BYTES) : 0;
}

static int play_lyric(struct abc_play *p, const struct abc_item *item)
{
	const struct abc_lyric *l = NULL;
	int verse = p->pass > p->part_verse ? p->pass : p->part_verse;
	for (uint32_t at = item->heads.lyric; at; at = p->tune->lyrics[at - 1].next) {
		/* the verse of this pass, or the last one before it */
		const struct abc_lyric *x = &p->tune->lyrics[at - 1];
		if (x->verse <= verse || !l)
			l = x;
	}
	if (!l || l->text.n == 0)
		return 0;
	int r = count_text(p, l->text.n);
	if (r < 0)
		return r;
	AUTO_STRBUF b = STRBUF_INIT;
	for (size_t i = 0; i < l->text.n; i++)
		strbuf_addc(&b, l->text.s[i] == '~' && (i == 0 || l->text.s[i - 1] != '\\') ? ' ' : l->text.s[i]);
	if (l->hyphen)
		strbuf_addc(&b, '-');
	char AUTO_MEM *text = b.failed ? NULL : abc_text(p->tune, (struct abc_span){ b.s ? b.s : "", b.n });
	if (!text)
		return no_memory(p);
	return score_add_text(p->score, SCORE_LYRIC, (int)p->voice->lane_out[p->lane], abc_beats(p->now), text, p->err);
}

/* Forgets ties that found no note, which old files mean as slurs; those of the notes just played count from now on. */
static void settle_ties(struct abc_play *p, const struct abc_item *item)
{
	struct abc_ties *ties = &p->ties[p->lane];
	size_t kept = 0;
	bool lost = false;
	for (size_t i = 0; i < ties->n; i++) {
		struct abc_pending_tie x = ties->list[i];
		if (x.end < 0)
			x.end = -x.end - 1;
		if (x.end >= p->now) {
			ties->list[kept++] = x;
			continue;
		}
		out_now(p)->sounds[x.sound].joined = true;
		lost = true;
	}
	ties->n = kept;
	if (lost && p->pass == 1)
		abc_say(p->tune, ABC_WARNING, item->line, item->column, "a tie joins two notes of one pitch; a slur is written (GA)",
			"the tie before this has no note to go to");
}

static int play_notes(struct abc_play *p, const struct abc_item *item)
{
	int r = play_lyric(p, item);
	for (uint32_t i = 0; r == 0 && i < item->heads.n; i++)
		r = play_head(p, item, &p->tune->heads[item->heads.first + i]);
	if (r < 0)
		return r;
	p->now += item->ticks;
	p->decor = 0;
	p->grace = NULL;
	settle_ties(p, item);
	return 0;
}

static int play_chord_symbol(struct abc_play *p, const struct abc_item *item)
{
	if (!p->leads || p->lane)
		return 0;
	int r = count_text(p, item->text.n);
	if (r < 0)
		return r;
	char AUTO_MEM *text = abc_text(p->tune, item->text);
	if (!text)
		return no_memory(p);
	r = abc_add_cue(p, item, NULL);
	if (r < 0 || *text < 'A' || *text > 'G')
		return r;
	char name[CHORD_NAME_SIZE];
	const char *says = text;
	if (item->symbol.semitones && item->symbol.known) {
		struct chord moved = chord_transpose(item->symbol.chord, item->symbol.semitones);
		says = chord_name(&moved, key_transposed(p->key.sharps, item->symbol.semitones), name);
	}
	return score_add_text(p->score, SCORE_CHORD, -1, abc_beats(p->now), says, p->err);
}

static int add_mark(struct abc_play *p, enum abc_mark_kind kind, int level)
{
	if (mem_grow(&p->marks, &p->room_marks, p->n_marks + 1, sizeof(*p->marks)) < 0)
		return no_memory(p);
	p->marks[p->n_marks] = (struct abc_mark){ p->now, p->n_marks, kind, level };
	p->n_marks++;
	return 0;
}

static int play_decoration(struct abc_play *p, const struct abc_item *item)
{
	/* The velocity of a note on a beat. */
	static const uint8_t levels[] = { 22, 34, 46, 58, 72, 86, 100, 112, 120, 127 };
	enum abc_decor d = item->decor;
	if (d >= ABC_PPPP && d <= ABC_FFFF)
		return add_mark(p, ABC_MARK_LEVEL, levels[d - ABC_PPPP]);
	switch (d) {
	case ABC_CRESCENDO_BEGIN:
		return add_mark(p, ABC_MARK_LOUDER, p->beat.step);
	case ABC_DIMINUENDO_BEGIN:
		return add_mark(p, ABC_MARK_SOFTER, p->beat.step);
	case ABC_CRESCENDO_END:
	case ABC_DIMINUENDO_END:
		return add_mark(p, ABC_MARK_END, 0);
	case ABC_TRILL_BEGIN:
	case ABC_TRILL_END:
		p->trills = d == ABC_TRILL_BEGIN;
		p->decor |= UINT64_C(1) << ABC_TRILL;
		return 0;
	default:
		if (d <= ABC_LAST_AUDIBLE)
			p->decor |= UINT64_C(1) << d;
		return 0;
	}
}

/* The end of a slur: the note before it is not joined to what follows. */
static void play_slur(struct abc_play *p, const struct abc_item *item)
{
	struct abc_out *o = out_now(p);
	if (!p->voice->lane_sounds[p->lane])
		return;
	o->slurs += item->slur.opens ? 1 : -1;
	if (o->slurs < 0)
		o->slurs = 0;
	if (item->slur.opens || o->slurs)
		return;
	for (size_t i = o->n_sounds; i > 0 && o->sounds[i - 1].start == o->sounds[o->n_sounds - 1].start; i--)
		o->sounds[i - 1].joined = false;
}

static int set_meter(struct abc_play *p, const struct abc_meter *m)
{
	struct score_meter now = score_meter_at(p->score, abc_beats(p->now));
	p->meter = *m;
	if (!p->first || m->free || (now.num == m->num && now.den == m->den && p->score->n_meters))
		return 0;
	p->grid.to = 0; /* to be found again */
	return score_set_meter(p->score, abc_beats(p->now), m->num, m->den, p->err);
}

static int set_key(struct abc_play *p, const struct abc_key *k)
{
	struct score_key now = score_key_at(p->score, abc_beats(p->now));
	p->key = *k;
	if (!p->first || k->sharps < -7 || k->sharps > 7 ||
	    (now.sharps == k->sharps && now.minor == k->minor && p->score->n_keys))
		return 0;
	return score_set_key(p->score, abc_beats(p->now), k->sharps, k->minor, p->err);
}

static int play_tempo(struct abc_play *p, const struct abc_item *item)
{
	double bpm = item->bpm;
	if (bpm <= 0 && p->options->tempo_words)
		bpm = abc_tempo_of(item->text);
	return bpm <= 0 ? 0 : score_set_tempo(p->score, abc_beats(p->now), bpm, p->err);
}

static int play_part(struct abc_play *p, char part)
{
	char text[2] = { part, '\0' };
	if (!p->first || part < 32 || part > 126)
		return 0;
	return score_add_text(p->score, SCORE_MARKER, -1, abc_beats(p->now), text, p->err);
}

void abc_play_begin_bar(struct abc_play *p)
{
	p->bar_start = p->now;
	if (p->n_starts == 0 || p->starts[(p->n_starts - 1) % ABC_OVERLAY_BARS] != p->now)
		p->starts[p->n_starts++ % ABC_OVERLAY_BARS] = p->now;
}

static void leave_overlay(struct abc_play *p)
{
	if (p->lane)
		p->now = p->main_end;
	p->lane = 0;
}

/* Back over as many bar lines before the music so far as there are. */
static void play_overlay(struct abc_play *p, const struct abc_item *item)
{
	leave_overlay(p);
	p->main_end = p->now;
	p->lane = item->overlay.lane;
	unsigned back = item->overlay.back;
	for (size_t i = p->n_starts; i > 0 && p->n_starts - i < ABC_OVERLAY_BARS && back > 0; i--) {
		int64_t start = p->starts[(i - 1) % ABC_OVERLAY_BARS];
		if (start < p->main_end) {
			p->now = start;
			back--;
		}
	}
}

static int play_bar(struct abc_play *p)
{
	leave_overlay(p);
	if (p->first && p->now > p->bar_start) {
		if (mem_grow(&p->bars, &p->room_bars, p->n_bars + 1, sizeof(*p->bars)) < 0)
			return no_memory(p);
		p->bars[p->n_bars++] = (struct abc_played_bar){ p->bar_start, p->now, p->meter };
	}
	abc_play_begin_bar(p);
	return 0;
}

static int play_item(struct abc_play *p, const struct abc_item *item)
{
	switch (item->kind) {
	case ABC_NOTES:
		return play_notes(p, item);
	case ABC_REST:
		p->now += item->ticks;
		p->decor = 0;
		p->grace = NULL;
		return 0;
	case ABC_BAR:
		p->decor = 0;
		return item->bar.overlaid ? 0 : play_bar(p);
	case ABC_OVERLAY:
		play_overlay(p, item);
		return 0;
	case ABC_TEMPO:
		return play_tempo(p, item);
	case ABC_METER:
		return set_meter(p, &item->meter);
	case ABC_KEY:
		return set_key(p, &item->key);
	case ABC_UNIT:
		p->unit_ticks = item->unit_ticks;
		return 0;
	case ABC_PART:
		leave_overlay(p);
		return play_part(p, item->part);
	case ABC_CHORD_SYMBOL:
		return play_chord_symbol(p, item);
	case ABC_DECORATION:
		return play_decoration(p, item);
	case ABC_GRACE:
		p->grace = item;
		return 0;
	case ABC_SLUR:
		play_slur(p, item);
		return 0;
	case ABC_FIELD:
		return item->midi ? abc_play_directive(p, &p->tune->midi[item->midi - 1]) : 0;
	default:
		return 0;
	}
}

int abc_play_range(struct abc_play *p, size_t from, size_t to)
{
	int r = 0;
	if (from >= to && ++p->steps > LIMIT_ABC_ITEMS)
		return abc_play_too_long(p);
	for (size_t i = from; r == 0 && i < to; i++) {
		if (++p->steps > LIMIT_ABC_ITEMS || p->now > INT64_MAX / 4)
			return abc_play_too_long(p);
		r = play_item(p, &p->voice->items[i]);
	}
	return r;
}

int abc_play_restore(struct abc_play *p, size_t at)
{
	const struct abc_meter *m = &p->tune->header.meter;
	const struct abc_key *k = &p->tune->header.key;
	p->unit_ticks = p->tune->header.unit_ticks;
	for (size_t i = 0; i < at; i++) {
		if (p->voice->items[i].kind == ABC_METER)
			m = &p->voice->items[i].meter;
		if (p->voice->items[i].kind == ABC_KEY)
			k = &p->voice->items[i].key;
		if (p->voice->items[i].kind == ABC_UNIT)
			p->unit_ticks = p->voice->items[i].unit_ticks;
	}
	for (int lane = 0; lane < ABC_LANES; lane++)
		if (p->voice->lane_sounds[lane])
			p->outs[p->voice->lane_out[lane]].slurs = 0;
	p->steps += at / 16;
	int r = set_meter(p, m);
	return r < 0 ? r : set_key(p, k);
}

static void voice_begins(struct abc_play *p, struct abc_voice *v)
{
	p->voice = v;
	p->now = p->main_end = 0;
	p->n_starts = 0;
	abc_play_begin_bar(p);
	p->lane = 0;
	p->pass = 1;
	p->decor = 0;
	p->trills = false;
	p->grace = NULL;
	p->key = p->tune->header.key;
	p->meter = p->tune->header.meter;
	p->unit_ticks = v->first_state.unit_ticks;
	p->beat = (struct abc_beat){ .first = 98, .strong = 86, .other = 78, .step = 16 };
	p->grace_num = p->grace_den = p->grace_divider = 0;
	p->trim_ticks = 0;
	p->n_marks = 0;
	p->grid.to = 0;
	for (int i = 0; i < ABC_LANES; i++)
		p->ties[i].n = 0;
}

static int play_voice(struct abc_play *p, size_t index)
{
	struct abc_voice *v = &p->tune->voices[index];
	voice_begins(p, v);
	int r = 0;
	if (p->first) {
		p->score->pickup_beats = abc_beats(abc_find_pickup(v, &p->tune->header.meter));
		r = set_meter(p, &p->tune->header.meter);
		if (r == 0)
			r = set_key(p, &p->tune->header.key);
	}
	if (r == 0)
		r = abc_header_directives(p, index);
	if (r == 0)
		r = abc_play_form(p);
	int64_t end = p->lane && p->main_end > p->now ? p->main_end : p->now;
	p->score->end_beats = fmax(p->score->end_beats, abc_beats(end));
	if (r == 0)
		r = score_check_end(p->score->end_beats, p->err);
	if (r == 0 && end > p->bar_start)
		r = play_bar(p); /* a last one without its line */
	return r == 0 && p->options->dynamics ? abc_loud(p) : r;
}

static uint8_t channel_of(size_t voice)
{
	uint8_t c = (uint8_t)(voice % 15);
	return c >= 9 ? c + 1 : c;
}

static int make_voice(struct abc_play *p, struct abc_voice *v, int lane)
{
	struct abc_span from = v->name.n ? v->name : v->id;
	char AUTO_MEM *name = abc_text(p->tune, from);
	size_t index;
	if (!name)
		return no_memory(p);
	int r = score_add_voice(p->score, name, &index, p->err);
	if (r < 0)
		return r;
	v->lane_out[lane] = index;
	p->outs[index] = (struct abc_out){ .voice = v, .channel = p->options->channel >= 0 ? (uint8_t)p->options->channel :
											     channel_of(index) };
	p->n_outs = index + 1;
	return 0;
}

/* Makes the score's voices, as far as they sound, in the order in which voices and overlays appeared. */
static int make_voices(struct abc_play *p)
{
	struct abc_tune *t = p->tune;
	struct abc_voice AUTO_MEM **by_order = mem_new_array((size_t)t->n_lanes, sizeof(struct abc_voice *));
	int r = 0;
	p->outs = mem_new_array((size_t)t->n_lanes, sizeof(*p->outs));
	if (!by_order || !p->outs)
		return no_memory(p);
	for (size_t i = 0; i < t->n_voices; i++)
		for (int lane = 0; lane < ABC_LANES; lane++)
			if (t->voices[i].lane_order[lane] >= 0)
				by_order[t->voices[i].lane_order[lane]] = &t->voices[i];
	for (int n = 0; r == 0 && n < t->n_lanes; n++)
		for (int lane = 0; lane < ABC_LANES; lane++)
			if (by_order[n]->lane_order[lane] == n && by_order[n]->lane_sounds[lane]) {
				r = make_voice(p, by_order[n], lane);
				break;
			}
	return r;
}

/* The first voice that has chord symbols; 0 where none has. */
static size_t leading_voice(const struct abc_tune *t)
{
	for (size_t i = 0; i < t->n_voices; i++)
		for (size_t k = 0; k < t->voices[i].n_items; k++)
			if (t->voices[i].items[k].kind == ABC_CHORD_SYMBOL)
				return i;
	return 0;
}

/* Voices that went back alone would part from the others. */
static bool all_jump(const struct abc_tune *t)
{
	struct abc_jump j;
	for (size_t i = 0; i < t->n_voices; i++)
		if (t->voices[i].lane_sounds[0] && !abc_find_jump(&t->voices[i], &j))
			return false;
	return true;
}

static int play_voices(struct abc_play *p)
{
	p->jumps = p->options->jumps && all_jump(p->tune);
	size_t lead = leading_voice(p->tune);
	int r = 0;
	p->first = true;
	for (size_t i = 0; r == 0 && i < p->tune->n_voices; i++) {
		if (p->tune->voices[i].n_items == 0)
			continue;
		p->leads = i == lead;
		r = play_voice(p, i);
		p->first = false;
	}
	return r;
}

static void play_done(struct abc_play *p)
{
	for (size_t i = 0; i < p->n_outs; i++)
		free(p->outs[i].sounds);
	for (int i = 0; i < ABC_LANES; i++)
		free(p->ties[i].list);
	free(p->outs);
	free(p->bars);
	free(p->cues);
	free(p->marks);
	free(p->holds);
}

static int play_all(struct abc_play *p)
{
	struct abc_tune *t = p->tune;
	int r = make_voices(p);
	double bpm = t->bpm > 0 ? t->bpm : p->options->tempo_words ? abc_tempo_of(t->tempo_text) : 0;
	if (r == 0 && bpm > 0)
		r = score_set_tempo(p->score, 0, bpm, p->err);
	if (r == 0)
		r = play_voices(p);
	for (size_t i = 0; r == 0 && i < p->n_outs; i++)
		r = abc_sound_out(p, i);
	abc_cues_sort(p);
	if (r == 0 && p->options->accompaniment)
		r = abc_accompany(p);
	if (r == 0 && p->options->drums)
		r = abc_drum(p);
	if (r == 0 && p->options->swing != ABC_SWING_OFF)
		r = abc_swing(p);
	return r < 0 ? r : abc_tempo(p);
}

int abc_play(struct abc_tune *t, const struct abc_play_options *options, struct score *s, struct err *err)
{
	struct abc_play p = { .tune = t, .options = options, .score = s, .err = err };
	int r = play_all(&p);
	play_done(&p);
	return r;
}
