#include "rt/event_line.h"

/* The first event leaves the store; false when there is no room for it in the block. */
RT_SAFE static bool first_emit_rt(struct event_line *l, int64_t clock_frame)
{
	const struct late_event *e = &l->store[l->first];
	struct signal *out = &l->out;
	uint32_t frame = e->due > clock_frame ? (uint32_t)(e->due - clock_frame) : 0;
	bool room = out->n_events < out->n_room;
	if (room && out->kind == SIGNAL_MIDI) {
		out->midi[out->n_events] = e->midi;
		out->midi[out->n_events++].frame = frame;
	} else if (room) {
		out->trigger[out->n_events] = e->trigger;
		out->trigger[out->n_events++].frame = frame;
	}
	l->first = l->first + 1 == l->n_store ? 0 : l->first + 1;
	l->n--;
	return room;
}

RT_SAFE static uint32_t due_emit_rt(struct event_line *l, int64_t clock_frame, int64_t until)
{
	uint32_t lost = 0;
	while (l->n > 0 && l->store[l->first].due < until)
		lost += !first_emit_rt(l, clock_frame);
	return lost;
}

RT_SAFE uint32_t event_line_run_rt(struct event_line *l, const struct signal *in, int64_t clock_frame, uint32_t n_frames)
{
	uint32_t lost = 0;
	l->out.n_events = 0;
	for (uint32_t i = 0; i < in->n_events; i++) {
		uint32_t frame = in->kind == SIGNAL_MIDI ? in->midi[i].frame : in->trigger[i].frame;
		lost += due_emit_rt(l, clock_frame, clock_frame + frame + 1);
		if (l->n == l->n_store) {
			lost++;
			continue;
		}
		struct late_event *e = &l->store[(l->first + l->n++) % l->n_store];
		e->due = clock_frame + frame + l->late;
		if (in->kind == SIGNAL_MIDI)
			e->midi = in->midi[i];
		else
			e->trigger = in->trigger[i];
	}
	return lost + due_emit_rt(l, clock_frame, clock_frame + n_frames);
}

RT_SAFE void event_line_clear_rt(struct event_line *l)
{
	l->n = 0;
	l->out.n_events = 0;
}
