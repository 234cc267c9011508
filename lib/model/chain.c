#include "model/chain_priv.h"

#include "base/limits.h"

#include <string.h>

#include "base/banned.h"

#define ONE       256 /* one bit of score */
#define NO_CHOICE INT32_MIN
/* Events of the source's end that count as the past of what begins. */
#define WARM_UP 64
/* Events of agreeing past beyond which it is all the same. */
#define MAX_ORDER 6

/* The counts of one event of the source, before they are written. */
struct chain_agreeing {
	uint16_t exact, moved;
	int64_t copied;
};

void chain_free(struct chain *c)
{
	if (!c)
		return;
	free(c->exact);
	free(c->moved);
	free(c->copied);
	free(c->bars_to_close);
	free(c->choices);
	free(c->out);
	free(c->agreeing);
	echo_done(&c->echo);
	places_done(&c->places);
	free(c);
}

int chain_last_pitch(const struct chain *c)
{
	for (size_t i = c->n_out; i > 0; i--) {
		if (c->out[i - 1].pitch != SOURCE_REST)
			return c->out[i - 1].pitch;
	}
	for (size_t i = c->past; i > 0; i--) {
		if (c->src->events[i - 1].pitch != SOURCE_REST)
			return c->src->events[i - 1].pitch;
	}
	return SOURCE_REST;
}

/* Nothing agrees with the event before the last one any more. */
static void forget(struct chain *c)
{
	const uint32_t *at;
	size_t n = c->matched_pos < 0 ? 0 : places_at(&c->places, c->matched_pos, &at);
	for (size_t k = 0; k < n; k++) {
		c->exact[at[k]] = c->moved[at[k]] = 0;
		c->copied[at[k]] = 0;
	}
}

static struct chain_agreeing agreeing(const struct chain *c, size_t i, int32_t span, int pitch, int step, bool count_copy)
{
	const struct source_event *e = &c->src->events[i];
	bool rest = e->pitch == SOURCE_REST, same = e->span == span && e->pitch == pitch;
	bool alike = e->span == span && rest == (pitch == SOURCE_REST) && (rest || e->step == step);
	uint16_t exact = i ? c->exact[i - 1] : 0, moved = i ? c->moved[i - 1] : 0;
	return (struct chain_agreeing){
		.exact = same ? (uint16_t)(exact < UINT16_MAX ? exact + 1 : exact) : 0,
		.moved = alike ? (uint16_t)(moved < UINT16_MAX ? moved + 1 : moved) : 0,
		.copied = same && count_copy ? (i ? c->copied[i - 1] : 0) + span : 0,
	};
}

/* Each count grows where the event fits and starts again where it does not. */
static void match(struct chain *c, int32_t pos, int32_t span, int pitch, int step, bool count_copy)
{
	const uint32_t *at;
	size_t n = places_at(&c->places, pos, &at);
	for (size_t k = 0; k < n; k++)
		c->agreeing[k] = agreeing(c, at[k], span, pitch, step, count_copy);
	forget(c);
	for (size_t k = 0; k < n; k++) {
		c->exact[at[k]] = c->agreeing[k].exact;
		c->moved[at[k]] = c->agreeing[k].moved;
		c->copied[at[k]] = c->agreeing[k].copied;
		c->longest_copy = c->agreeing[k].copied > c->longest_copy ? c->agreeing[k].copied : c->longest_copy;
	}
	c->matched_pos = pos;
}

/* What stands before event `past` of the source is the past of the first event. */
static void warm_up(struct chain *c)
{
	size_t n = c->past;
	for (size_t i = n > WARM_UP ? n - WARM_UP : 0; i < n; i++) {
		const struct source_event *e = &c->src->events[i];
		match(c, e->pos, e->span, e->pitch, e->step, false);
	}
}

int chain_new(const struct source *src, uint64_t seed, struct chain **ret, struct err *err)
{
	AUTO(chain) c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, -ENOMEM, "continuation");
	c->src = src;
	c->matched_pos = -1;
	echo_init(&c->echo);
	size_t n = src->n_events;
	c->exact = mem_new_array(n, sizeof(*c->exact));
	c->moved = mem_new_array(n, sizeof(*c->moved));
	c->copied = mem_new_array(n, sizeof(*c->copied));
	c->bars_to_close = mem_new_array(n, sizeof(*c->bars_to_close));
	c->choices = mem_new_array(2 * n, sizeof(*c->choices));
	c->agreeing = mem_new_array(n, sizeof(*c->agreeing));
	if (!c->exact || !c->moved || !c->copied || !c->bars_to_close || !c->choices || !c->agreeing || places_init(&c->places, src) < 0)
		return err_set(err, -ENOMEM, "continuation of %zu events", n);
	rng_init(&c->rng, seed);
	c->past = n;
	c->max_order = MAX_ORDER;
	warm_up(c);
	*ret = TAKE(c);
	return 0;
}

void chain_begin_at(struct chain *c, size_t past)
{
	size_t n = c->src->n_events;
	memset(c->exact, 0, n * sizeof(*c->exact));
	memset(c->moved, 0, n * sizeof(*c->moved));
	c->past = past;
	warm_up(c);
}

int64_t chain_copied_with(const struct chain *c, int32_t pos, int32_t span, int pitch)
{
	const struct source_event *e = c->src->events;
	const uint32_t *at;
	size_t n = places_at(&c->places, pos, &at);
	int64_t most = 0;
	for (size_t k = 0; k < n; k++) {
		size_t i = at[k];
		if (e[i].span != span || e[i].pitch != pitch)
			continue;
		int64_t ticks = (i ? c->copied[i - 1] : 0) + span;
		most = ticks > most ? ticks : most;
	}
	return most;
}

int chain_add(struct chain *c, const struct chain_event *e, struct err *err)
{
	int last = chain_last_pitch(c), step = 0;
	int64_t now = chain_now(c);
	if (mem_grow(&c->out, &c->room_out, c->n_out + 1, sizeof(*c->out)) < 0)
		return err_set(err, -ENOMEM, "continuation of %zu events", c->n_out);
	if (e->pitch != SOURCE_REST && last != SOURCE_REST)
		step = scale_degree(&c->src->scale, e->pitch) - scale_degree(&c->src->scale, last);
	c->out[c->n_out] = *e;
	c->out[c->n_out++].at = now;
	match(c, source_pos(c->src, now), e->span, e->pitch, step, true);
	return echo_add(&c->echo, c->src, c->out, c->n_out, err);
}

/* 2^(1/16) ... 2^(15/16), 16 bits after the point. */
static const uint32_t fraction_pow2[16] = {
	65536, 68438, 71468, 74632, 77936, 81386, 84990, 88752, 92682, 96785, 101070, 105545, 110218, 115098, 120194, 125515,
};

/* 2^score with 20 bits after the point, held between 1 and 2^40. */
static uint64_t weight_of(int64_t score, int64_t temperature_milli)
{
	int64_t bits_q8 = score * 1000 / temperature_milli;
	bits_q8 = bits_q8 > 20 * ONE ? 20 * ONE : bits_q8 < -20 * ONE ? -20 * ONE : bits_q8;
	int64_t up = bits_q8 + 20 * ONE;
	uint64_t w = (uint64_t)fraction_pow2[(up % ONE) / 16] << (up / ONE);
	return (w >> 16) ? w >> 16 : 1;
}

size_t chain_pick(struct chain *c, struct chain_choice *choices, size_t n)
{
	int32_t best = NO_CHOICE;
	for (size_t i = 0; i < n; i++)
		best = choices[i].score > best ? choices[i].score : best;
	uint64_t total = 0;
	for (size_t i = 0; i < n; i++) {
		bool out = choices[i].score == NO_CHOICE;
		choices[i].weight = out ? 0 : weight_of((int64_t)choices[i].score - best, c->temperature_milli);
		total += choices[i].weight;
	}
	if (total == 0)
		return n;
	uint64_t at = rng_below(&c->rng, total);
	for (size_t i = 0; i < n; i++) {
		if (at < choices[i].weight)
			return i;
		at -= choices[i].weight;
	}
	return n;
}

/* Events of past that agree with what stands before event i, as far as they count. */
static unsigned order_at(const struct chain *c, const uint16_t *agreeing, size_t i)
{
	unsigned order = i ? agreeing[i - 1] : 0;
	return order < c->max_order ? order : c->max_order;
}

/* What agreeing past is worth. None is a leap into the dark. */
static int32_t context_score(unsigned order)
{
	static const int16_t worth[MAX_ORDER + 1] = { -2 * ONE, -ONE / 2, ONE, 2 * ONE, 3 * ONE, 7 * ONE / 2, 4 * ONE };
	return worth[order < MAX_ORDER ? order : MAX_ORDER];
}

/* Large leaps, notes far from where the melody lies, and the same note again and again. */
static int32_t line_score(const struct chain *c, int pitch, int last, unsigned order)
{
	if (pitch == SOURCE_REST || last == SOURCE_REST)
		return 0;
	int leap = pitch > last ? pitch - last : last - pitch, far = pitch > c->src->centre ? pitch - c->src->centre : c->src->centre - pitch;
	int32_t score = 0;
	int allowed = order >= 2 ? 12 : 7;
	score -= leap > allowed ? (leap - allowed) * ONE / 2 : 0;
	int spread = (c->src->hi - c->src->lo) / 2 + 1;
	score -= far > spread ? (far - spread) * ONE / 8 : 0;
	size_t n = c->n_out;
	if (n >= 2 && order < 3 && c->out[n - 1].pitch == pitch && c->out[n - 2].pitch == pitch)
		score -= 2 * ONE;
	return score;
}

/* Where in the phrase, and how near the end. */
static int32_t form_score(const struct chain *c, size_t i, int64_t now)
{
	const struct source *s = c->src;
	int64_t here = now / s->bar_ticks, there = source_bar(s, s->events[i].at);
	int64_t phrase_there = there % c->phrase_bars;
	phrase_there += phrase_there < 0 ? c->phrase_bars : 0;
	int32_t score = here % c->phrase_bars == phrase_there ? ONE : 0;
	int64_t left = c->end / s->bar_ticks - 1 - here;
	if (left <= 2 && c->bars_to_close[i] == left)
		score += 2 * ONE;
	return score;
}

/* How many bars of its own the melody would be repeating. */
static int32_t self_score(const struct chain *c, const struct source_event *e, int pitch)
{
	int64_t bars_q8 = echo_ticks(&c->echo, e->span, pitch) * ONE / c->src->bar_ticks;
	return bars_q8 > ONE ? -(int32_t)(bars_q8 > 8 * ONE ? 8 * ONE : bars_q8) : 0;
}

static bool follows_on(const struct chain *c, size_t i)
{
	const struct chain_event *last = c->n_out ? &c->out[c->n_out - 1] : NULL;
	return last && !last->moved && last->from >= 0 && (size_t)last->from + 1 == i;
}

static int32_t score_exact(const struct chain *c, size_t i, int64_t now, int last)
{
	const struct source_event *e = &c->src->events[i];
	unsigned order = order_at(c, c->exact, i);
	int32_t score = context_score(order) + line_score(c, e->pitch, last, order) + form_score(c, i, now);
	score += self_score(c, e, e->pitch);
	bool on = follows_on(c, i);
	/* Going on just as the source did is never wrong and never new. */
	if (c->melody)
		return score - (on ? ONE / 4 : 0);
	return score + (on || e->pos == 0 ? ONE : -ONE);
}

static int32_t score_moved(const struct chain *c, size_t i, int64_t now, int last, int pitch)
{
	unsigned order = order_at(c, c->moved, i);
	if ((i ? c->moved[i - 1] : 0) < 2 || pitch < c->src->lo || pitch > c->src->hi || pitch == c->src->events[i].pitch)
		return NO_CHOICE;
	int32_t score = context_score(order) + line_score(c, pitch, last, order) + form_score(c, i, now) - 2 * ONE;
	return score + self_score(c, &c->src->events[i], pitch);
}

/* The choices at this place of the bar; with `on_only` only the source's own next event. */
static size_t gather(struct chain *c, int64_t limit, bool on_only)
{
	const struct source *s = c->src;
	int64_t now = chain_now(c);
	int32_t pos = source_pos(s, now);
	int last = chain_last_pitch(c);
	const uint32_t *at;
	size_t n = 0, n_at = places_at(&c->places, pos, &at);
	for (size_t k = 0; k < n_at; k++) {
		size_t i = at[k];
		const struct source_event *e = &s->events[i];
		if (on_only && !follows_on(c, i))
			continue;
		int32_t cut = e->span > limit - now ? 3 * ONE : 0;
		c->choices[n++] = (struct chain_choice){ (int32_t)i, e->pitch, score_exact(c, i, now, last) - cut, 0 };
		if (!c->melody || s->drums || e->pitch == SOURCE_REST || last == SOURCE_REST)
			continue;
		int pitch = scale_move(&s->scale, last, e->step);
		int32_t score = score_moved(c, i, now, last, pitch);
		if (score != NO_CHOICE)
			c->choices[n++] = (struct chain_choice){ (int32_t)i, (int16_t)pitch, score - cut, 0 };
	}
	return n;
}

/* Many places with the same past should not outweigh one with more of it. */
static void share(struct chain *c, size_t n)
{
	size_t n_of[MAX_ORDER + 1] = { 0 };
	for (size_t k = 0; k < n; k++) {
		n_of[order_at(c, c->exact, (size_t)c->choices[k].from)]++;
	}
	for (size_t k = 0; k < n; k++) {
		for (size_t m = n_of[order_at(c, c->exact, (size_t)c->choices[k].from)]; m > 1; m /= 2)
			c->choices[k].score -= ONE;
	}
}

static struct chain_event event_of(const struct chain *c, const struct chain_choice *choice, int64_t limit)
{
	const struct source_event *e = &c->src->events[choice->from];
	int64_t room = limit - chain_now(c);
	int32_t span = e->span < room ? e->span : (int32_t)room;
	return (struct chain_event){
		.span = span,
		.sound = e->sound < span ? e->sound : span,
		.pitch = choice->pitch,
		.velocity = e->velocity,
		.channel = e->channel,
		.from = choice->from,
		.moved = choice->pitch != e->pitch,
	};
}

/* Takes out every choice that would end in the same event. */
static void strike(struct chain *c, size_t n, int32_t span, int pitch, int64_t room)
{
	for (size_t k = 0; k < n; k++) {
		int32_t other = c->src->events[c->choices[k].from].span;
		if ((other < room ? other : room) == span && c->choices[k].pitch == pitch)
			c->choices[k].score = NO_CHOICE;
	}
}

static bool try_draw(struct chain *c, int64_t limit, size_t n, int64_t copy_limit, struct chain_event *ret)
{
	for (;;) {
		size_t k = chain_pick(c, c->choices, n);
		if (k == n)
			return false;
		*ret = event_of(c, &c->choices[k], limit);
		int32_t pos = source_pos(c->src, chain_now(c));
		if (chain_copied_with(c, pos, ret->span, ret->pitch) <= copy_limit) {
			size_t i = (size_t)c->choices[k].from;
			c->context_sum += i ? (ret->moved ? c->moved[i - 1] : c->exact[i - 1]) : 0;
			c->n_drawn++;
			return true;
		}
		strike(c, n, ret->span, ret->pitch, limit - chain_now(c));
	}
}

/* Nothing in the source begins here, or all of it would be copying: hold a note of the scale to the next beat. */
static struct chain_event invent(struct chain *c, int64_t limit)
{
	const struct source *s = c->src;
	int64_t now = chain_now(c), to = (now / s->beat_ticks + 1) * s->beat_ticks;
	int64_t line = (now / s->bar_ticks + 1) * s->bar_ticks;
	to = to < line ? to : line;
	to = to < limit ? to : limit;
	int32_t pos = source_pos(s, now), span = (int32_t)(to - now);
	int last = chain_last_pitch(c), pitch = last;
	for (int try = 0; try < 8 && last != SOURCE_REST && !s->drums; try++) {
		pitch = c->melody ? scale_move(&s->scale, last, (int)rng_range(&c->rng, -2, 2)) : last;
		if (pitch >= s->lo && pitch <= s->hi && chain_copied_with(c, pos, span, pitch) <= c->max_copy_ticks)
			break;
		pitch = SOURCE_REST;
	}
	const struct source_event *any = &s->events[s->n_events - 1];
	for (size_t i = 0; i < s->n_events; i++)
		any = s->events[i].pitch != SOURCE_REST ? &s->events[i] : any;
	return (struct chain_event){ .span = span, .sound = pitch == SOURCE_REST ? 0 : span, .pitch = (int16_t)pitch, .velocity = any->velocity,
				     .channel = any->channel, .from = -1, .moved = true };
}

int chain_draw(struct chain *c, int64_t limit, struct err *err)
{
	const struct source *s = c->src;
	int32_t pos = source_pos(s, chain_now(c));
	bool on_beat = pos % s->beat_ticks == 0;
	struct chain_event e;
	bool found = false;
	int code = echo_look(&c->echo, s, c->out, pos, err);
	if (code < 0)
		return code;
	if (!c->melody && !on_beat) {
		/* Between beats the other voices must not be torn; what is copied there was reckoned with on the beat. */
		size_t n = gather(c, limit, true);
		found = n > 0 && try_draw(c, limit, n, c->max_copy_ticks, &e);
	}
	if (!found) {
		size_t n = gather(c, limit, false);
		share(c, n);
		found = try_draw(c, limit, n, c->max_copy_ticks - (c->melody ? 0 : s->beat_ticks), &e);
	}
	if (!found)
		e = invent(c, limit);
	if (c->n_out > 0 && e.span == 0)
		return err_set(err, -EINVAL, "an event without length");
	return chain_add(c, &e, err);
}
