/*
 * plan_priv.h - a compiled plan as the audio thread sees it.
 *
 * In each block: plan_begin_rt clears the inputs, regions add to the ports that plan_port_rt finds, plan_finish_rt runs the
 * steps in order and leaves the sum in the mix port.
 */
#ifndef RT_PLAN_PRIV_H
#define RT_PLAN_PRIV_H

#include "rt/event_line.h"
#include "rt/graph.h"

struct plan_port {
	struct port_ref ref;
	const struct port_desc *desc; /* NULL: the mix */
	struct signal signal;    /* what the node reads: the sum, union or average */
	struct signal regions;   /* where regions add; the same memory unless they must be delayed */
	float *weight;           /* control: how many sources spoke in each frame */
	float *region_weight;
	struct node_instance *instance;
	uint32_t first_edge, n_edges;
	int64_t latency;         /* of what arrives here */
	struct plan_line *line;  /* delays the regions by `latency`; NULL for 0, and for events */
	struct event_line *events; /* the same for events */
};

/* A delay line of one edge: n_channels lines of n_frames. */
struct plan_line {
	float *memory;
	uint32_t n_frames, n_channels, at;
};

struct plan_edge {
	const struct signal *from;
	float gain;
	struct plan_line *line;    /* audio and control that come too early; NULL: they do not */
	struct event_line *events; /* MIDI and triggers */
};

struct plan_step {
	uint32_t node;
	struct node_instance *instance;
	struct plan_port **inputs; /* by the class's input index */
	struct signal *in;         /* what process_rt sees */
	struct signal *out;
	uint32_t n_in, n_out;
	int64_t latency; /* of its outputs */
};

struct plan {
	const struct rt_heap *heap;
	struct graph_limits limits;
	struct plan_step *steps;
	uint32_t n_steps, n_ports, n_edges, n_buffers;
	struct plan_port **ports; /* sorted by (node, port); the mix comes first */
	struct plan_edge *edges;
	float smooth_coef;        /* of parameters, a frame */
	int64_t latency;
	void *blocks;             /* all memory, as a list */
	struct plan *next_retired;
	uint64_t retired_at;
};

struct plan_outcome {
	uint32_t failed, skipped; /* the last node of each, 0: none */
	uint32_t bad;             /* node with bad samples */
	uint32_t n_failed, n_skipped, n_bad, midi_lost, triggers_lost;
};

RT_SAFE void plan_begin_rt(struct plan *p, uint32_t n_frames);
RT_SAFE void plan_finish_rt(struct plan *p, uint32_t n_frames, int64_t clock_frame, struct plan_outcome *o);
/* Forgets what is in its delay lines; panic. */
RT_SAFE void plan_clear_rt(struct plan *p);
RT_SAFE struct plan_port *plan_port_rt(struct plan *p, struct port_ref ref);
RT_SAFE struct plan_step *plan_step_rt(struct plan *p, uint32_t node);
/* Moves a parameter's smoothed value by a frame at a time, writing n of them. */
RT_SAFE void param_smooth_rt(struct node_instance *n, uint32_t param, float coef, float *ret, uint32_t n_frames);
/* The union in time order of two sorted lists, in dst; src comes second within a frame. Returns how many found no room. */
RT_SAFE uint32_t midi_merge_rt(struct signal *dst, const struct signal *src);
RT_SAFE uint32_t trigger_merge_rt(struct signal *dst, const struct signal *src);
RT_SAFE void node_reset_rt(struct node_instance *n);

#endif
