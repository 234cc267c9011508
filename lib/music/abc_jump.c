/*
 * abc_jump.c - !D.C.!, !D.S.!, !fine!, !segno!, !coda! and !dacoda!: from the sign (to the end of its bar) back to the start or
 * the segno, without repeats and with the last endings only, until the bar of !fine! ends or the coda is reached.
 *
 * The first !coda! (or !dacoda!) that is passed again leads to the last !coda!, which stands behind the D.C.; at the begin
 * of a bar it leads there at once, else when the bar ends.
 */
#include "music/abc_play_priv.h"

static bool is(const struct abc_item *i, enum abc_decor d)
{
	return i->kind == ABC_DECORATION && i->decor == d;
}

static bool da_capo(const struct abc_item *i)
{
	return is(i, ABC_DA_CAPO) || is(i, ABC_DA_CAPO_AL_FINE) || is(i, ABC_DA_CAPO_AL_CODA);
}

static bool dal_segno(const struct abc_item *i)
{
	return is(i, ABC_DAL_SEGNO) || is(i, ABC_DAL_SEGNO_AL_FINE) || is(i, ABC_DAL_SEGNO_AL_CODA);
}

/* Behind the next bar line. */
static size_t bar_end(const struct abc_voice *v, size_t at)
{
	while (at < v->n_items && v->items[at].kind != ABC_BAR)
		at++;
	return at < v->n_items ? at + 1 : at;
}

static bool sounds(const struct abc_voice *v, size_t from)
{
	for (; from < v->n_items; from++)
		if (v->items[from].kind == ABC_NOTES)
			return true;
	return false;
}

static bool at_bar_start(const struct abc_voice *v, size_t at)
{
	while (at > 0 && v->items[at - 1].kind != ABC_BAR)
		if (v->items[--at].kind == ABC_NOTES || v->items[at].kind == ABC_REST)
			return false;
	return true;
}

bool abc_find_jump(const struct abc_voice *v, struct abc_jump *ret)
{
	size_t sign = v->n_items, segno = v->n_items, coda = v->n_items;
	for (size_t i = 0; i < v->n_items; i++) {
		const struct abc_item *item = &v->items[i];
		if (da_capo(item) || dal_segno(item))
			sign = i;
		if (is(item, ABC_SEGNO) && segno == v->n_items)
			segno = i;
		if (is(item, ABC_CODA))
			coda = i;
	}
	if (sign == v->n_items)
		return false;
	*ret = (struct abc_jump){ .from = bar_end(v, sign), .coda = v->n_items };
	if (dal_segno(&v->items[sign])) {
		if (segno >= sign)
			return false;
		ret->to = segno;
	}
	if (coda > sign && coda < v->n_items)
		ret->coda = coda;
	return ret->coda < v->n_items || !sounds(v, ret->from);
}

/* Whether this ending is followed by another one of the same section. */
static bool not_last(const struct abc_voice *v, size_t at)
{
	for (size_t i = at + 1; i < v->n_items; i++) {
		if (v->items[i].kind == ABC_ENDING)
			return true;
		if (v->items[i].kind == ABC_BAR && (v->items[i].bar.ends || v->items[i].bar.thick))
			return i + 1 < v->n_items && v->items[i + 1].kind == ABC_ENDING;
	}
	return false;
}

static size_t next_ending(const struct abc_voice *v, size_t at)
{
	for (at++; at < v->n_items && v->items[at].kind != ABC_ENDING; at++)
		;
	return at;
}

/* Where the second time ends: at `from`, the bar of !fine!, or the way to the coda. */
int abc_play_jump(struct abc_play *p, const struct abc_jump *j)
{
	const struct abc_voice *v = p->voice;
	size_t end = j->from;
	bool to_coda = false;
	int r = abc_play_restore(p, j->to);
	for (size_t i = j->to; r == 0 && i < end;) {
		const struct abc_item *item = &v->items[i];
		if (item->kind == ABC_ENDING && not_last(v, i)) {
			i = next_ending(v, i);
			continue;
		}
		if (is(item, ABC_FINE))
			end = bar_end(v, i);
		if (j->coda < v->n_items && !to_coda && (is(item, ABC_CODA) || is(item, ABC_DA_CODA))) {
			to_coda = true;
			end = at_bar_start(v, i) ? i : bar_end(v, i);
			continue;
		}
		r = abc_play_range(p, i, i + 1);
		i++;
	}
	if (r < 0 || j->coda >= v->n_items || (end != j->from && !to_coda))
		return r;
	r = abc_play_restore(p, j->coda);
	return r < 0 ? r : abc_play_part(p, j->coda, v->n_items);
}
