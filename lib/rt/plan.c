#include "rt/plan_priv.h"

#include "dsp/mix.h"

#include <string.h>

/* Merging from the back needs no second list: each event moves once. */
#define MERGE(dst, src, list) \
	do { \
		uint32_t room = (dst)->n_room - (dst)->n_events; \
		uint32_t n = (src)->n_events < room ? (src)->n_events : room; \
		uint32_t a = (dst)->n_events, b = n, to = a + n; \
		lost = (src)->n_events - n; \
		while (b > 0) { \
			if (a > 0 && (dst)->list[a - 1].frame > (src)->list[b - 1].frame) \
				(dst)->list[--to] = (dst)->list[--a]; \
			else \
				(dst)->list[--to] = (src)->list[--b]; \
		} \
		(dst)->n_events += n; \
	} while (0)

RT_SAFE uint32_t midi_merge_rt(struct signal *dst, const struct signal *src)
{
	uint32_t lost;
	MERGE(dst, src, midi);
	return lost;
}

RT_SAFE uint32_t trigger_merge_rt(struct signal *dst, const struct signal *src)
{
	uint32_t lost;
	MERGE(dst, src, trigger);
	return lost;
}

RT_SAFE void node_reset_rt(struct node_instance *n)
{
	if (n->cls->reset_rt)
		n->cls->reset_rt(n);
	for (uint32_t i = 0; i < n->cls->n_params; i++)
		n->rt.smooth[i] = n->params[i];
	n->rt.failed = false;
}

RT_SAFE void param_smooth_rt(struct node_instance *n, uint32_t param, float coef, float *ret, uint32_t n_frames)
{
	float goal = n->params[param], v = n->rt.smooth[param];
	uint32_t i = 0;
	for (; i < n_frames && v != goal; i++) {
		float next = v + (goal - v) * coef, left = goal - next;
		v = next == v || (left < 1e-6f && left > -1e-6f) ? goal : next;
		ret[i] = v;
	}
	mix_fill_rt(ret + i, goal, n_frames - i);
	n->rt.smooth[param] = v;
}

RT_SAFE static void signal_clear_rt(struct signal *s, uint32_t n_frames)
{
	s->n_events = 0;
	for (uint32_t c = 0; c < s->n_channels; c++)
		mix_clear_rt(s->audio[c], n_frames);
	if (s->control)
		mix_clear_rt(s->control, n_frames);
}

RT_SAFE void plan_begin_rt(struct plan *p, uint32_t n_frames)
{
	for (uint32_t i = 0; i < p->n_ports; i++) {
		struct plan_port *port = p->ports[i];
		signal_clear_rt(&port->signal, n_frames);
		if (port->line)
			signal_clear_rt(&port->regions, n_frames);
		if (port->weight)
			mix_clear_rt(port->weight, n_frames);
		if (port->line && port->region_weight)
			mix_clear_rt(port->region_weight, n_frames);
		port->regions.n_events = 0;
	}
}

RT_SAFE struct plan_port *plan_port_rt(struct plan *p, struct port_ref ref)
{
	uint32_t lo = 0, hi = p->n_ports;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		struct port_ref at = p->ports[mid]->ref;
		if (at.node == ref.node && at.port == ref.port)
			return p->ports[mid];
		if (at.node < ref.node || (at.node == ref.node && at.port < ref.port))
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

RT_SAFE struct plan_step *plan_step_rt(struct plan *p, uint32_t node)
{
	for (uint32_t i = 0; i < p->n_steps; i++)
		if (p->steps[i].node == node)
			return &p->steps[i];
	return NULL;
}

/* Adds src, `line` frames late, to dst: one frame in, one frame out. */
RT_SAFE static void line_add_rt(struct plan_line *l, uint32_t channel, float *dst, const float *src, float gain,
				uint32_t n_frames)
{
	float *memory = l->memory + (size_t)channel * l->n_frames;
	uint32_t at = l->at;
	for (uint32_t i = 0; i < n_frames; i++) {
		dst[i] += memory[at] * gain;
		memory[at] = src[i];
		at = at + 1 == l->n_frames ? 0 : at + 1;
	}
}

RT_SAFE static void line_move_rt(struct plan_line *l, uint32_t n_frames)
{
	l->at = (uint32_t)((l->at + (uint64_t)n_frames) % l->n_frames);
}

RT_SAFE static void audio_gather_rt(struct plan_port *port, const struct signal *from, float gain,
				    struct plan_line *line, uint32_t n_frames)
{
	for (uint32_t c = 0; c < port->signal.n_channels; c++) {
		uint32_t source = from->n_channels == 1 ? 0 : c;
		if (line)
			line_add_rt(line, c, port->signal.audio[c], from->audio[source], gain, n_frames);
		else
			mix_add_rt(port->signal.audio[c], from->audio[source], gain, n_frames);
	}
	if (line)
		line_move_rt(line, n_frames);
}

RT_SAFE static void control_gather_rt(struct plan_port *port, const struct signal *from, float gain,
				      struct plan_line *line, uint32_t n_frames)
{
	if (line) {
		line_add_rt(line, 0, port->signal.control, from->control, gain, n_frames);
		line_move_rt(line, n_frames);
	} else {
		mix_add_rt(port->signal.control, from->control, gain, n_frames);
	}
	for (uint32_t i = 0; i < n_frames; i++)
		port->weight[i] += 1;
}

RT_SAFE static void events_gather_rt(struct plan_port *port, const struct signal *from, struct event_line *line,
				     uint32_t n_frames, int64_t clock_frame, struct plan_outcome *o)
{
	uint32_t lost = line ? event_line_run_rt(line, from, clock_frame, n_frames) : 0;
	const struct signal *src = line ? &line->out : from;
	if (port->signal.kind == SIGNAL_MIDI)
		o->midi_lost += lost + midi_merge_rt(&port->signal, src);
	else
		o->triggers_lost += lost + trigger_merge_rt(&port->signal, src);
}

/* What regions put here, late by as much as what comes from other nodes. */
RT_SAFE static void regions_gather_rt(struct plan_port *port, uint32_t n_frames, int64_t clock_frame,
				      struct plan_outcome *o)
{
	if (port->events)
		events_gather_rt(port, &port->regions, port->events, n_frames, clock_frame, o);
	else if (!port->line)
		port->signal.n_events = port->regions.n_events; /* they wrote into the same list */
	if (!port->line)
		return;
	if (port->signal.kind == SIGNAL_AUDIO) {
		audio_gather_rt(port, &port->regions, 1, port->line, n_frames);
	} else if (port->signal.kind == SIGNAL_CONTROL) {
		line_add_rt(port->line, 0, port->signal.control, port->regions.control, 1, n_frames);
		line_add_rt(port->line, 1, port->weight, port->region_weight, 1, n_frames);
		line_move_rt(port->line, n_frames);
	}
}

/* The average where anything spoke, else the parameter itself. */
RT_SAFE static void control_settle_rt(struct plan *p, struct plan_port *port, uint32_t n_frames)
{
	float *value = port->signal.control;
	int param = port->desc->param;
	if (param == NO_PARAM) {
		for (uint32_t i = 0; i < n_frames; i++)
			value[i] = port->weight[i] > 1 ? value[i] / port->weight[i] : value[i];
		return;
	}
	float own[64];
	for (uint32_t at = 0; at < n_frames; at += 64) {
		uint32_t n = n_frames - at < 64 ? n_frames - at : 64;
		param_smooth_rt(port->instance, (uint32_t)param, p->smooth_coef, own, n);
		for (uint32_t i = 0; i < n; i++) {
			float w = port->weight[at + i];
			value[at + i] = w > 0 ? value[at + i] / w : own[i];
		}
	}
}

RT_SAFE static void port_gather_rt(struct plan *p, struct plan_port *port, uint32_t n_frames, int64_t clock_frame,
				   struct plan_outcome *o)
{
	regions_gather_rt(port, n_frames, clock_frame, o);
	for (uint32_t i = 0; i < port->n_edges; i++) {
		struct plan_edge *e = &p->edges[port->first_edge + i];
		switch (port->signal.kind) {
		case SIGNAL_AUDIO:
			audio_gather_rt(port, e->from, e->gain, e->line, n_frames);
			break;
		case SIGNAL_CONTROL:
			control_gather_rt(port, e->from, e->gain, e->line, n_frames);
			break;
		default:
			events_gather_rt(port, e->from, e->events, n_frames, clock_frame, o);
			break;
		}
	}
	if (port->signal.kind == SIGNAL_CONTROL)
		control_settle_rt(p, port, n_frames);
}

RT_SAFE static void outputs_clear_rt(struct plan_step *s, uint32_t n_frames)
{
	for (uint32_t i = 0; i < s->n_out; i++)
		signal_clear_rt(&s->out[i], n_frames);
}

RT_SAFE static bool outputs_finite_rt(const struct plan_step *s, uint32_t n_frames)
{
	for (uint32_t i = 0; i < s->n_out; i++) {
		for (uint32_t c = 0; c < s->out[i].n_channels; c++)
			if (!mix_finite_rt(s->out[i].audio[c], n_frames))
				return false;
		if (s->out[i].control && !mix_finite_rt(s->out[i].control, n_frames))
			return false;
	}
	return true;
}

RT_SAFE static void step_run_rt(struct plan *p, struct plan_step *s, uint32_t n_frames, int64_t clock_frame,
				struct plan_outcome *o)
{
	struct node_instance *n = s->instance;
	outputs_clear_rt(s, n_frames);
	if (n->rt.failed)
		return;
	for (uint32_t i = 0; i < s->n_in; i++)
		s->in[i] = s->inputs[i]->signal;
	struct node_block b = { n_frames, clock_frame, s->in, s->out, p->limits.rate_hz };
	enum node_result r = n->cls->process_rt(n, &b);
	if (r == NODE_OK && outputs_finite_rt(s, n_frames))
		return;
	outputs_clear_rt(s, n_frames);
	if (r == NODE_SKIPPED) {
		n->rt.skipped++;
		o->skipped = s->node;
		o->n_skipped++;
	} else if (r == NODE_FAILED) {
		n->rt.failed = true;
		o->failed = s->node;
		o->n_failed++;
	} else {
		n->rt.bad_blocks++;
		o->bad = s->node;
		o->n_bad++;
		node_reset_rt(n); /* a NaN in a filter's memory would stay for ever */
	}
}

RT_SAFE void plan_finish_rt(struct plan *p, uint32_t n_frames, int64_t clock_frame, struct plan_outcome *o)
{
	for (uint32_t i = 0; i < p->n_steps; i++) {
		struct plan_step *s = &p->steps[i];
		for (uint32_t k = 0; k < s->n_in; k++)
			port_gather_rt(p, s->inputs[k], n_frames, clock_frame, o);
		step_run_rt(p, s, n_frames, clock_frame, o);
	}
	port_gather_rt(p, p->ports[0], n_frames, clock_frame, o);
}

RT_SAFE static void lines_clear_rt(struct plan_line *l, struct event_line *e)
{
	if (l)
		memset(l->memory, 0, (size_t)l->n_frames * l->n_channels * sizeof(float));
	if (e)
		event_line_clear_rt(e);
}

RT_SAFE void plan_clear_rt(struct plan *p)
{
	for (uint32_t i = 0; i < p->n_edges; i++)
		lines_clear_rt(p->edges[i].line, p->edges[i].events);
	for (uint32_t i = 0; i < p->n_ports; i++)
		lines_clear_rt(p->ports[i]->line, p->ports[i]->events);
}
