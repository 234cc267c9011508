#include "music/groove.h"

#include "music/ask_priv.h"
#include "music/bar_walk.h"
#include "music/tidy.h"

#include <math.h>

#include "base/banned.h"

static double slot_width(const struct groove *g)
{
	return g->period_beats / g->n_slots;
}

static int check_slot(const struct groove *g, int i, struct err *err)
{
	const struct groove_slot *s = &g->slots[i];
	if (!(fabs(s->timing_beats) <= g->period_beats))
		return err_field(err, -EINVAL, "timing_beats", "slot %d: timing_beats is %g, more than the whole period", i, s->timing_beats);
	if (!(s->velocity >= 0.1 && s->velocity <= 4))
		return err_field(err, -EINVAL, "velocity", "slot %d: velocity is %g; allowed are 0.1 to 4", i, s->velocity);
	if (s->gate != 0 && !(s->gate >= 0.02 && s->gate <= 4))
		return err_field(err, -EINVAL, "gate", "slot %d: gate is %g; allowed are 0.02 to 4, or 0", i, s->gate);
	if (s->count < 0)
		return err_field(err, -EINVAL, "count", "slot %d: count is below 0", i);
	/* The slot after it, around the period, must not come before it. */
	double next = g->slots[(i + 1) % g->n_slots].timing_beats + slot_width(g);
	if (next < s->timing_beats - 1e-9)
		return err_field(err, -EINVAL, "timing_beats", "slot %d would come before slot %d", (i + 1) % g->n_slots, i);
	return 0;
}

int groove_check(const struct groove *g, struct err *err)
{
	if (g->n_slots < 1 || g->n_slots > GROOVE_SLOTS_MAX)
		return err_field(err, -EINVAL, "slots", "there are %d slots; allowed are 1 to %d", g->n_slots, GROOVE_SLOTS_MAX);
	if (!(g->period_beats >= 0.25 && g->period_beats <= GROOVE_PERIOD_MAX))
		return err_field(err, -EINVAL, "period_beats", "period_beats is %g; allowed are 0.25 to %g", g->period_beats, GROOVE_PERIOD_MAX);
	int code = 0;
	for (int i = 0; code == 0 && i < g->n_slots; i++)
		code = check_slot(g, i, err);
	return code;
}

/* What the groove says about a position from the bar line: straight between the two slots around it. */
static struct groove_slot at_position(const struct groove *g, double position)
{
	double in = position / slot_width(g), base = floor(in), part = in - base;
	int n = g->n_slots, i = (int)(base - floor(base / n) * n);
	const struct groove_slot *a = &g->slots[i], *b = &g->slots[(i + 1) % n], *near = part < 0.5 ? a : b;
	return (struct groove_slot){ .timing_beats = a->timing_beats + part * (b->timing_beats - a->timing_beats),
				     .velocity = a->velocity + part * (b->velocity - a->velocity), .gate = near->gate };
}

struct applying {
	const struct groove *g;
	const struct groove_apply_params *p;
	const struct model_watch *watch;
};

static void apply_to_note(const struct applying *a, struct bar_walk *w, struct note *x, double next_onset)
{
	double width = slot_width(a->g), was = x->start_beats;
	bar_walk_to(w, was);
	double position = was - w->from;
	position += a->p->quantise * (floor(position / width + 0.5) * width - position);
	struct groove_slot slot = at_position(a->g, position);
	double at = fmax(0, w->from + position + a->p->timing * slot.timing_beats);
	double loud = x->velocity * (1 + a->p->velocity * (slot.velocity - 1));
	x->start_beats = at;
	x->velocity = (uint8_t)fmin(127, fmax(1, floor(loud + 0.5)));
	if (slot.gate > 0 && next_onset > was)
		x->duration_beats += a->p->gate * (slot.gate * (next_onset - was) - x->duration_beats);
}

static int apply_to_voice(const struct applying *a, const struct score *s, struct score_voice *v, struct err *err)
{
	struct bar_walk w;
	int code = 0;
	bar_walk_init(&w, s);
	for (size_t i = 0, next = 0; code == 0 && i < v->n_notes; i++) {
		while (next < v->n_notes && (next <= i || v->notes[next].start_beats < v->notes[i].start_beats + 0.05))
			next++;
		apply_to_note(a, &w, &v->notes[i], next < v->n_notes ? v->notes[next].start_beats : -1);
		code = ask_now_and_then(a->watch, i, err);
	}
	return code;
}

static int check_params(const struct groove_apply_params *p, struct err *err)
{
	const struct {
		const char *name;
		double value, top;
	} all[] = { { "timing", p->timing, 2 }, { "velocity", p->velocity, 2 }, { "gate", p->gate, 1 }, { "quantise", p->quantise, 1 } };
	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (!(all[i].value >= 0 && all[i].value <= all[i].top))
			return err_field(err, -EINVAL, all[i].name, "%s is %g; allowed are 0 to %g", all[i].name, all[i].value, all[i].top);
	return 0;
}

int groove_apply(const struct score *s, const struct groove *g, const struct groove_apply_params *p, const struct model_watch *watch,
		 struct score **ret, struct err *err)
{
	AUTO(score) out = NULL;
	struct applying a = { g, p, watch };
	int code = check_params(p, err);
	if (code == 0)
		code = groove_check(g, err);
	if (code == 0)
		code = score_clone(s, &out, err);
	for (size_t i = 0; code == 0 && i < out->n_voices; i++)
		code = apply_to_voice(&a, s, &out->voices[i], err);
	if (code < 0)
		return code;
	(void)score_tidy(out);
	*ret = TAKE(out);
	return 0;
}
