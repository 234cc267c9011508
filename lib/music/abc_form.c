/*
 * abc_form.c - what comes after what: repeats, endings, parts.
 *
 * Sensible: a section is what one repeat sign goes back over: a common part, then endings that are taken on their passes.
 * It begins at the tune's or part's start, at |:, or behind the section before it.
 *
 * Literal: signs are obeyed one by one, as abc2midi does. |: and :: begin to count passes. A :| goes back there and counts
 * on while the pass is below the number of passes: two, and one more than the number of an ending that was taken, four at most. An ending
 * without the pass's number is skipped up to the next sign that closes it. A plain :| that was passed begins a new section
 * where there were no endings; a || does not.
 */
#include "music/abc_play_priv.h"

#include <ctype.h>
#include <string.h>

#include "base/limits.h"

#define PART_DEPTH 16
#define LOOKED_AT 16 /* items or letters that are looked at cost as much as one that is played */

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

static int play_section(struct abc_play *p, const struct section *s)
{
	int n = passes(s), r = 0;
	for (int pass = 1; r == 0 && pass <= n; pass++) {
		p->pass = pass;
		if (pass > 1)
			r = abc_play_restore(p, s->start);
		if (r == 0)
			r = abc_play_range(p, s->start, s->common_end);
		for (size_t i = 0; r == 0 && i < s->n_endings; i++)
			if (n == 1 || s->endings[i].set >> pass & 1) {
				r = abc_play_range(p, s->endings[i].start, s->endings[i].end);
				break;
			}
	}
	p->pass = 1;
	return r;
}

static int play_sensibly(struct abc_play *p, size_t from, size_t to)
{
	int r = 0;
	while (r == 0 && from < to) {
		struct section s;
		find_section(p->voice, from, to, &s);
		p->steps += (s.next - from) / LOOKED_AT; /* also where little of it is played */
		r = play_section(p, &s);
		from = s.next;
	}
	return r;
}

/* Behind an ending that is not taken: its closing sign, or the next ending. */
static size_t skip_ending(const struct abc_voice *v, size_t at, size_t to)
{
	for (at++; at < to; at++) {
		const struct abc_item *i = &v->items[at];
		if (i->kind == ABC_ENDING)
			return at;
		if (i->kind == ABC_BAR && (i->bar.ends || i->bar.starts || i->bar.thick))
			return at + 1;
	}
	return to;
}

#define LITERAL_PASSES 4 /* of endings: abc2midi knows no more */

struct literal {
	size_t start; /* where :| goes back to */
	int passes;   /* that the section has, as far as is known */
	bool endings; /* it has some */
};

static void begin_section(struct abc_play *p, struct literal *l, size_t at)
{
	*l = (struct literal){ .start = at, .passes = 2 };
	p->pass = 1;
}

/* "||:" is a double bar and a stray colon. */
static bool opens_section(const struct abc_item *i)
{
	return i->kind == ABC_BAR && i->bar.starts > 0 &&
	       (i->bar.ends || i->text.n < 2 || memcmp(i->text.s, "||", 2) != 0);
}

/* A bar line; gives the item to go on at. */
static int literal_bar(struct abc_play *p, struct literal *l, size_t at, size_t to, size_t *ret_next)
{
	const struct abc_item *i = &p->voice->items[at];
	*ret_next = at + 1;
	if (i->bar.ends && !l->endings && i->bar.ends + 1 > l->passes)
		l->passes = i->bar.ends + 1;
	if (i->bar.ends && p->pass < l->passes) {
		p->pass++;
		*ret_next = l->start;
		return abc_play_restore(p, l->start);
	}
	if (opens_section(i) || (i->bar.ends && !l->endings && !ending_follows(p->voice, at + 1, to)))
		begin_section(p, l, at + 1);
	return 0;
}

static int play_literally(struct abc_play *p, size_t from, size_t to)
{
	struct literal l;
	int r = 0;
	begin_section(p, &l, from);
	for (size_t i = from; r == 0 && i < to;) {
		const struct abc_item *item = &p->voice->items[i];
		if (item->kind == ABC_ENDING) {
			l.endings = true;
			if (p->pass > ABC_ENDINGS_MAX || !(item->endings >> p->pass & 1)) {
				if (++p->steps > LIMIT_ABC_ITEMS)
					return abc_play_too_long(p);
				size_t from_item = i;
				i = skip_ending(p->voice, i, to);
				p->steps += (i - from_item) / LOOKED_AT;
				if (opens_section(&p->voice->items[i - 1]))
					begin_section(p, &l, i);
				continue;
			}
			l.passes = p->pass < LITERAL_PASSES ? p->pass + 1 : LITERAL_PASSES;
		}
		r = abc_play_range(p, i, i + 1);
		if (r == 0 && item->kind == ABC_BAR)
			r = literal_bar(p, &l, i, to, &i);
		else
			i++;
	}
	p->pass = 1;
	return r;
}

int abc_play_part(struct abc_play *p, size_t from, size_t to)
{
	return p->options->repeats == ABC_REPEATS_LITERAL ? play_literally(p, from, to) : play_sensibly(p, from, to);
}

static size_t part_end(const struct abc_voice *v, size_t from)
{
	while (from < v->n_items && v->items[from].kind != ABC_PART)
		from++;
	return from;
}

/* Where a letter of the header's P: stands. */
static void say_no_part(struct abc_tune *t, const char *label)
{
	uint32_t line = 1, column = 1;
	for (size_t i = 0; i < t->n_fields; i++)
		if (t->fields[i].letter == 'P' && t->fields[i].text.s <= label && label < t->fields[i].text.s + t->fields[i].text.n)
			line = t->fields[i].line;
	for (const char *s = label; column < ABC_LOOK_BYTES && s > t->text.s && s[-1] != '\n' && s[-1] != '\r'; s--)
		column++;
	abc_say(t, ABC_WARNING, line, column, "a part begins with a P: line in the tune", "part '%c' is not in the tune", *label);
}

static int play_label(struct abc_play *p, const char *at_label)
{
	char label = *at_label;
	size_t at = p->voice->part_at[(unsigned char)label & 127];
	if (at) {
		int r = abc_play_restore(p, at - 1);
		abc_play_begin_bar(p);
		p->part_times[(unsigned char)label & 127]++;
		p->part_verse = (int)p->part_times[(unsigned char)label & 127];
		return r < 0 ? r : abc_play_part(p, at - 1, part_end(p->voice, at));
	}
	if (p->first && !p->part_missing[(unsigned char)label & 127])
		say_no_part(p->tune, at_label);
	p->part_missing[(unsigned char)label & 127] = true;
	return ++p->steps > LIMIT_ABC_ITEMS ? abc_play_too_long(p) : 0;
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
static int play_order(struct abc_play *p, const char *s, size_t n, int depth)
{
	int r = 0;
	if (depth > PART_DEPTH)
		return err_set(p->err, -EMSGSIZE, "more than %d nested groups of parts", PART_DEPTH);
	p->steps += n / LOOKED_AT;
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
				r = ++p->steps > LIMIT_ABC_ITEMS ? abc_play_too_long(p) :
								   play_order(p, s + from + 1, end - from - 1, depth + 1);
			else
				r = play_label(p, &s[from]);
		i = after;
	}
	return r;
}

/* Bars are measured as they are written, without overlays. */
int64_t abc_find_pickup(const struct abc_voice *v, const struct abc_meter *meter)
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
			now = abc_ticks_sum(now, item->ticks);
		if (item->kind == ABC_BAR && !item->bar.overlaid) {
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

int abc_play_form(struct abc_play *p)
{
	struct abc_voice *v = p->voice;
	size_t head = part_end(v, 0);
	bool in_parts = p->tune->parts.n && head < v->n_items;
	memset(p->part_times, 0, sizeof(p->part_times));
	p->part_verse = 1;
	struct abc_jump jump;
	bool jumps = p->jumps && !in_parts && abc_find_jump(v, &jump);
	int r = abc_play_part(p, 0, in_parts ? head : jumps ? jump.from : v->n_items);
	if (r == 0 && in_parts)
		r = play_order(p, p->tune->parts.s, p->tune->parts.n, 0);
	if (r == 0 && jumps)
		r = abc_play_jump(p, &jump);
	return r;
}
