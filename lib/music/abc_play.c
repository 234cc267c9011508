/*
 * abc_play.c - plays a tune as it is written into a score: parts, repeats, endings, overlays, ties.
 *
 * A section is what one repeat sign goes back over: a common part, then endings that are taken on
 * their passes. It begins at the tune's or part's start, at |:, or behind the section before it.
 */
#include "music/abc_priv.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "music/text_priv.h"

#define PART_DEPTH 16

struct pending_tie {
	int64_t start, end;
	size_t note; /* index in the score's voice */
	int16_t pitch;
	uint8_t step;
};

struct ties {
	struct pending_tie *list;
	size_t n, room;
};

struct play {
	struct abc_tune *tune;
	struct abc_voice *voice;
	struct score *score;
	struct err *err;
	bool first; /* the voice whose meters, keys, chords and parts count */
	int64_t now, bar_start, main_end;
	int lane, pass;
	struct ties ties[ABC_LANES];
	size_t steps;
};

struct ending {
	uint64_t set;
	size_t start, end;
};

struct section {
	size_t start, common_end, next;
	struct ending endings[ABC_ENDINGS_MAX];
	size_t n_endings;
	int times;
};

static double beats(int64_t ticks)
{
	return (double)ticks / (double)ABC_QUARTER;
}

/* Whether an ending follows before anything sounds. */
static bool ending_follows(const struct abc_voice *v, size_t at, size_t end)
{
	for (; at < end; at++)
		if (v->items[at].kind == ABC_ENDING)
			return true;
		else if (v->items[at].kind == ABC_NOTES || v->items[at].kind == ABC_REST ||
			 v->items[at].kind == ABC_BAR)
			return false;
	return false;
}

static void open_ending(struct section *s, const struct abc_item *i, size_t at, bool *open)
{
	if (s->n_endings == 0 && s->times == 1)
		s->common_end = at;
	if (*open && s->n_endings > 0)
		s->endings[s->n_endings - 1].end = at;
	if (s->n_endings < COUNT_OF(s->endings)) {
		s->endings[s->n_endings++] = (struct ending){ i->endings, at, at };
		*open = true;
	}
}

/* Finds the section that begins at `start`; `end` is the end of the part. */
static void find_section(const struct abc_voice *v, size_t start, size_t end, struct section *s)
{
	bool open = false; /* the last ending has not been closed yet */
	size_t i;
	s->start = start;
	s->common_end = end;
	s->n_endings = 0;
	s->times = 1;
	for (i = start; i < end; i++) {
		const struct abc_item *item = &v->items[i];
		if (item->kind == ABC_ENDING)
			open_ending(s, item, i, &open);
		if (item->kind != ABC_BAR)
			continue;
		bool goes_on = ending_follows(v, i + 1, end);
		if (item->bar.ends) {
			if (item->bar.ends + 1 > s->times)
				s->times = item->bar.ends + 1;
			if (s->n_endings == 0)
				s->common_end = i + 1;
			if (!goes_on || item->bar.starts)
				break;
			if (open)
				s->endings[s->n_endings - 1].end = i + 1;
			open = false;
		} else if (item->bar.starts || (item->bar.thick && open && s->times > 1 && !goes_on)) {
			if (s->n_endings == 0)
				s->common_end = i + 1;
			break;
		}
	}
	s->next = i < end ? i + 1 : end;
	if (open)
		s->endings[s->n_endings - 1].end = s->next;
}

static int passes(const struct section *s)
{
	int highest = 1;
	for (size_t i = 0; i < s->n_endings; i++)
		for (int n = ABC_ENDINGS_MAX; n > highest; n--)
			if (s->endings[i].set >> n & 1)
				highest = n;
	if (s->n_endings == 1 && s->times == 1)
		return 1; /* an ending that nothing repeats is only a sign */
	return highest > s->times ? highest : s->times;
}

/* Beats carry more weight than what lies between them, the first of a bar most. */
static uint8_t velocity_at(const struct play *p)
{
	double at = beats(p->now);
	struct score_meter m = score_meter_at(p->score, at);
	double line = fmax(m.at_beats, p->score->pickup_beats);
	double bar = score_bar_beats(&m), beat = 4.0 / m.den;
	if (m.den >= 8 && m.num % 3 == 0 && m.num > 3)
		beat *= 3;
	double in_bar = fmod(at - line + 16 * bar, bar);
	if (in_bar < 1e-6 || bar - in_bar < 1e-6)
		return 98;
	double in_beat = fmod(in_bar, beat);
	return in_beat < 1e-6 || beat - in_beat < 1e-6 ? 86 : 78;
}

static uint8_t channel_of(size_t voice)
{
	uint8_t c = (uint8_t)(voice % 15);
	return c >= 9 ? c + 1 : c;
}

/* The tie that this note goes on with: same step, or the pitch itself. */
static struct pending_tie *find_tie(struct ties *ties, int64_t now, const struct abc_head *h)
{
	for (size_t i = 0; i < ties->n; i++) {
		struct pending_tie *x = &ties->list[i];
		if (x->end == now && (x->pitch == h->pitch || (x->step == h->step && !h->accidental)))
			return x;
	}
	return NULL;
}

static int hold_tie(struct play *p, struct ties *ties, const struct pending_tie *x)
{
	if (mem_grow(&ties->list, &ties->room, ties->n + 1, sizeof(*ties->list)) < 0)
		return err_set(p->err, -ENOMEM, "out of memory for the tune");
	ties->list[ties->n++] = *x;
	return 0;
}

static int play_head(struct play *p, const struct abc_item *item, const struct abc_head *h)
{
	struct ties *ties = &p->ties[p->lane];
	size_t voice = p->voice->lane_out[p->lane];
	struct pending_tie *tied = find_tie(ties, p->now, h), x;
	struct score_voice *v = &p->score->voices[voice];
	if (tied) {
		x = *tied;
		*tied = ties->list[--ties->n];
		x.end = p->now + item->ticks;
		v->notes[x.note].duration_beats = beats(x.end) - beats(x.start);
		p->score->end_beats = fmax(p->score->end_beats, beats(x.end));
	} else {
		struct note n = { .start_beats = beats(p->now), .duration_beats = beats(item->ticks),
				  .pitch = (uint8_t)h->pitch, .velocity = velocity_at(p),
				  .channel = channel_of(voice), .release = 64 };
		x = (struct pending_tie){ p->now, p->now + item->ticks, v->n_notes, h->pitch, h->step };
		int r = score_add_note(p->score, voice, &n, p->err);
		if (r < 0)
			return r;
	}
	/* Held back by a negative mark until all notes of the chord had their choice. */
	if (!h->tie)
		return 0;
	x.end = -x.end - 1;
	return hold_tie(p, ties, &x);
}

static int play_lyric(struct play *p, const struct abc_item *item)
{
	uint32_t at = item->heads.lyric;
	for (int verse = 1; at && verse < p->pass && p->tune->lyrics[at - 1].next; verse++)
		at = p->tune->lyrics[at - 1].next;
	if (!at)
		return 0;
	const struct abc_lyric *l = &p->tune->lyrics[at - 1];
	AUTO_STRBUF b = STRBUF_INIT;
	for (size_t i = 0; i < l->text.n; i++)
		if (l->text.s[i] == '~')
			strbuf_addc(&b, ' ');
		else if (l->text.s[i] != '\\')
			strbuf_addc(&b, l->text.s[i]);
	if (l->hyphen)
		strbuf_addc(&b, '-');
	char AUTO_MEM *text = b.failed ? NULL : music_text(b.s ? b.s : "", b.n);
	if (!text)
		return err_set(p->err, -ENOMEM, "out of memory for the tune");
	return score_add_text(p->score, SCORE_LYRIC, (int)p->voice->lane_out[p->lane], beats(p->now), text, p->err);
}

static int play_notes(struct play *p, const struct abc_item *item)
{
	struct ties *ties = &p->ties[p->lane];
	int r = play_lyric(p, item);
	for (uint32_t i = 0; r == 0 && i < item->heads.n; i++)
		r = play_head(p, item, &p->tune->heads[item->heads.first + i]);
	if (r < 0)
		return r;
	p->now += item->ticks;
	size_t kept = 0;
	bool lost = false;
	for (size_t i = 0; i < ties->n; i++) {
		struct pending_tie x = ties->list[i];
		if (x.end < 0)
			x.end = -x.end - 1;
		if (x.end >= p->now)
			ties->list[kept++] = x;
		else
			lost = true;
	}
	ties->n = kept;
	if (lost && p->pass == 1)
		abc_say(p->tune, ABC_WARNING, item->line, item->column, "a tie joins two notes of one pitch",
			"the tie before this has no note to go to");
	return 0;
}

static int play_chord_symbol(struct play *p, const struct abc_item *item)
{
	if (!p->first || *item->text.s < 'A' || *item->text.s > 'G' || p->lane)
		return 0;
	char AUTO_MEM *text = music_text(item->text.s, item->text.n);
	if (!text)
		return err_set(p->err, -ENOMEM, "out of memory for the tune");
	return score_add_text(p->score, SCORE_CHORD, -1, beats(p->now), text, p->err);
}

static int set_meter(struct play *p, const struct abc_meter *m)
{
	struct score_meter now = score_meter_at(p->score, beats(p->now));
	if (!p->first || m->free || (now.num == m->num && now.den == m->den && p->score->n_meters))
		return 0;
	return score_set_meter(p->score, beats(p->now), m->num, m->den, p->err);
}

static int set_key(struct play *p, const struct abc_key *k)
{
	struct score_key now = score_key_at(p->score, beats(p->now));
	if (!p->first || k->sharps < -7 || k->sharps > 7 ||
	    (now.sharps == k->sharps && now.minor == k->minor && p->score->n_keys))
		return 0;
	return score_set_key(p->score, beats(p->now), k->sharps, k->minor, p->err);
}

static int play_part(struct play *p, char part)
{
	char text[2] = { part, '\0' };
	if (!p->first || part < 32 || part > 126)
		return 0;
	return score_add_text(p->score, SCORE_MARKER, -1, beats(p->now), text, p->err);
}

static int play_item(struct play *p, const struct abc_item *item)
{
	switch (item->kind) {
	case ABC_NOTES:
		return play_notes(p, item);
	case ABC_REST:
		p->now += item->ticks;
		return 0;
	case ABC_BAR:
		if (p->lane) {
			p->now = p->main_end;
			p->lane = 0;
		}
		p->bar_start = p->now;
		return 0;
	case ABC_OVERLAY:
		if (p->lane == 0)
			p->main_end = p->now;
		p->lane = item->lane;
		p->now = p->bar_start;
		return 0;
	case ABC_TEMPO:
		return item->bpm <= 0 ? 0 : score_set_tempo(p->score, beats(p->now), item->bpm, p->err);
	case ABC_METER:
		return set_meter(p, &item->meter);
	case ABC_KEY:
		return set_key(p, &item->key);
	case ABC_PART:
		return play_part(p, item->part);
	case ABC_CHORD_SYMBOL:
		return play_chord_symbol(p, item);
	default:
		return 0;
	}
	return 0;
}

static int too_long(struct play *p)
{
	return err_set(p->err, -EMSGSIZE, "the tune with its repeats has more than %d notes and signs",
		       LIMIT_ABC_ITEMS);
}

static int play_range(struct play *p, size_t from, size_t to)
{
	int r = 0;
	if (++p->steps > LIMIT_ABC_ITEMS || p->now > INT64_MAX / 4)
		return too_long(p);
	for (size_t i = from; r == 0 && i < to; i++) {
		if (++p->steps > LIMIT_ABC_ITEMS || p->now > INT64_MAX / 4)
			return too_long(p);
		r = play_item(p, &p->voice->items[i]);
	}
	return r;
}

/* Sets again what held at the start of a section when it is played once more. */
static int restore(struct play *p, size_t at)
{
	const struct abc_meter *m = &p->tune->header.meter;
	const struct abc_key *k = &p->tune->header.key;
	for (size_t i = 0; i < at; i++) {
		if (p->voice->items[i].kind == ABC_METER)
			m = &p->voice->items[i].meter;
		if (p->voice->items[i].kind == ABC_KEY)
			k = &p->voice->items[i].key;
	}
	if (!p->first)
		return 0;
	p->steps += at / 16;
	int r = set_meter(p, m);
	return r < 0 ? r : set_key(p, k);
}

static int play_section(struct play *p, const struct section *s)
{
	int n = passes(s), r = 0;
	for (int pass = 1; r == 0 && pass <= n; pass++) {
		p->pass = pass;
		if (pass > 1)
			r = restore(p, s->start);
		if (r == 0)
			r = play_range(p, s->start, s->common_end);
		for (size_t i = 0; r == 0 && i < s->n_endings; i++)
			if (n == 1 || s->endings[i].set >> pass & 1) {
				r = play_range(p, s->endings[i].start, s->endings[i].end);
				break;
			}
	}
	p->pass = 1;
	return r;
}

static int play_part_range(struct play *p, size_t from, size_t to)
{
	int r = 0;
	while (r == 0 && from < to) {
		struct section s;
		find_section(p->voice, from, to, &s);
		r = play_section(p, &s);
		from = s.next;
	}
	return r;
}

static size_t part_end(const struct abc_voice *v, size_t from)
{
	while (from < v->n_items && v->items[from].kind != ABC_PART)
		from++;
	return from;
}

static int play_label(struct play *p, char label, uint32_t line)
{
	size_t at = p->voice->part_at[(unsigned char)label & 127];
	if (at) {
		int r = restore(p, at - 1);
		p->bar_start = p->now;
		return r < 0 ? r : play_part_range(p, at - 1, part_end(p->voice, at));
	}
	if (p->first)
		abc_say(p->tune, ABC_WARNING, line, 1, "a part begins with a P: line in the tune",
			"part '%c' is not in the tune", label);
	return ++p->steps > LIMIT_ABC_ITEMS ? too_long(p) : 0;
}

static long repeat_count(const char *s, size_t n, size_t *at)
{
	struct abc_cursor c = { s, s + *at, s + n, NULL };
	long times = abc_number(&c);
	*at = (size_t)(c.s - s);
	return times < 0 ? 1 : times;
}

/* Where the group that opens at s[at] closes; n when it does not. */
static size_t group_end(const char *s, size_t n, size_t at)
{
	int depth = 0;
	for (; at < n; at++) {
		if (s[at] == '(')
			depth++;
		if (s[at] == ')' && --depth == 0)
			return at;
	}
	return n;
}

/* "A2(BC)3": letters and groups, each with how often it is played. */
static int play_order(struct play *p, const char *s, size_t n, int depth)
{
	int r = 0;
	if (depth > PART_DEPTH)
		return err_set(p->err, -EMSGSIZE, "more than %d nested groups of parts", PART_DEPTH);
	for (size_t i = 0; r == 0 && i < n;) {
		size_t from = i, end = i + 1;
		bool group = s[i] == '(';
		if (group)
			end = group_end(s, n, i);
		else if (!isalpha((unsigned char)s[i])) {
			i++;
			continue;
		}
		size_t after = group && end < n ? end + 1 : end;
		long times = repeat_count(s, n, &after);
		for (long k = 0; r == 0 && k < times; k++)
			if (group)
				r = ++p->steps > LIMIT_ABC_ITEMS ? too_long(p) :
								   play_order(p, s + from + 1, end - from - 1, depth + 1);
			else
				r = play_label(p, s[from], 1);
		i = after;
	}
	return r;
}

/*
 * A first bar that is shorter than the meter and than the bar after it is a pick-up. Bars are
 * measured as they are written, without overlays.
 */
static int64_t find_pickup(const struct abc_voice *v, const struct abc_meter *meter)
{
	int64_t length[2] = { 0, 0 }, now = 0;
	int bars = 0;
	bool main_lane = true;
	struct abc_meter m = *meter;
	for (size_t i = 0; i < v->n_items && bars < 2; i++) {
		const struct abc_item *item = &v->items[i];
		if (item->kind == ABC_METER && now == 0)
			m = item->meter;
		if (item->kind == ABC_OVERLAY)
			main_lane = false;
		if ((item->kind == ABC_NOTES || item->kind == ABC_REST) && main_lane)
			now += item->ticks;
		if (item->kind == ABC_BAR) {
			if (now)
				length[bars++] = now;
			now = 0;
			main_lane = true;
		}
	}
	if (bars < 2 && now)
		length[bars++] = now;
	if (m.free || bars < 2 || length[0] >= abc_bar_ticks(&m) - 1000 || length[0] >= length[1])
		return 0;
	return length[0];
}

static int play_voice(struct abc_tune *t, struct abc_voice *v, bool first, struct score *s,
		      struct err *err)
{
	struct play p = { .tune = t, .voice = v, .score = s, .err = err, .first = first, .pass = 1 };
	int r = 0;
	if (first) {
		s->pickup_beats = beats(find_pickup(v, &t->header.meter));
		r = set_meter(&p, &t->header.meter);
		if (r == 0)
			r = set_key(&p, &t->header.key);
	}
	size_t head = part_end(v, 0);
	bool in_parts = t->parts.n && head < v->n_items;
	if (r == 0 && !in_parts)
		r = play_part_range(&p, 0, v->n_items);
	if (r == 0 && in_parts)
		r = play_part_range(&p, 0, head);
	if (r == 0 && in_parts)
		r = play_order(&p, t->parts.s, t->parts.n, 0);
	if (p.lane)
		p.now = p.now > p.main_end ? p.now : p.main_end;
	s->end_beats = fmax(s->end_beats, beats(p.now));
	for (int i = 0; i < ABC_LANES; i++)
		free(p.ties[i].list);
	return r;
}

static int make_voice(struct abc_voice *v, int lane, struct score *s, struct err *err)
{
	struct abc_span from = v->name.n ? v->name : v->id;
	char AUTO_MEM *name = music_text(from.s, from.n);
	size_t index;
	if (!name)
		return err_set(err, -ENOMEM, "out of memory for the tune");
	int r = score_add_voice(s, name, &index, err);
	if (r < 0)
		return r;
	v->lane_out[lane] = index;
	if (v->program < 0)
		return 0;
	struct score_control c = { .kind = SCORE_PROGRAM, .channel = channel_of(index),
				   .value = (uint16_t)v->program };
	return score_add_control(s, index, &c, err);
}

/* Makes the score's voices, as far as they sound, in the order in which voices and overlays appeared. */
static int make_voices(struct abc_tune *t, struct score *s, struct err *err)
{
	struct abc_voice AUTO_MEM **by_order = mem_new_array((size_t)t->n_lanes, sizeof(struct abc_voice *));
	int r = 0;
	if (!by_order)
		return err_set(err, -ENOMEM, "out of memory for the tune");
	for (size_t i = 0; i < t->n_voices; i++)
		for (int lane = 0; lane < ABC_LANES; lane++)
			if (t->voices[i].lane_order[lane] >= 0)
				by_order[t->voices[i].lane_order[lane]] = &t->voices[i];
	for (int n = 0; r == 0 && n < t->n_lanes; n++)
		for (int lane = 0; lane < ABC_LANES; lane++)
			if (by_order[n]->lane_order[lane] == n && by_order[n]->lane_sounds[lane]) {
				r = make_voice(by_order[n], lane, s, err);
				break;
			}
	return r;
}

int abc_play(struct abc_tune *t, struct score *s, struct err *err)
{
	bool first = true;
	int r = make_voices(t, s, err);
	if (r == 0 && t->bpm > 0)
		r = score_set_tempo(s, 0, t->bpm, err);
	for (size_t i = 0; r == 0 && i < t->n_voices; i++) {
		struct abc_voice *v = &t->voices[i];
		if (v->n_items == 0)
			continue;
		r = play_voice(t, v, first, s, err);
		first = false;
	}
	return r;
}
