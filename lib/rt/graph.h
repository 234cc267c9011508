/*
 * graph.h - a signal graph as explicit data, and the plan it compiles to.
 *
 * A plan is order, buffers (reused where lifetimes allow), connections with gains, and delay lines that compensate
 * latency; the instances are referenced beside it, so filters and voices go on when one plan replaces another.
 *
 * Ownership: the description is borrowed during the call; the plan references the instances. All memory is taken here.
 * Threads:   control thread; a plan that was loaded into a slot belongs to the engine.
 * Errors:    -EINVAL with both ports named in graph_error.text (unknown node or port, kinds or channels that do not
 *            match, a cycle, a node that may not run in realtime), -ENOMEM.
 */
#ifndef RT_GRAPH_H
#define RT_GRAPH_H

#include "rt/node.h"

struct graph_node {
	uint32_t id; /* not 0: that is the mix */
	struct node_instance *instance;
};

struct graph_edge {
	struct port_ref from, to; /* an output port, an input port */
	float gain;               /* audio and control */
};

struct graph {
	const struct graph_node *nodes;
	uint32_t n_nodes;
	const struct graph_edge *edges;
	uint32_t n_edges;
};

struct graph_limits {
	uint32_t rate_hz;
	uint32_t max_block_frames;
	uint32_t n_channels;    /* of the mix */
	uint32_t event_room;    /* MIDI or trigger events a port can carry in one block */
	bool realtime;          /* refuse nodes without NODE_REALTIME */
	int64_t max_delay_frames; /* latency compensation on one edge */
};

struct graph_error {
	int code;
	struct port_ref from, to;
	char text[200];
};

struct plan;

int graph_compile(const struct graph *g, const struct graph_limits *limits, const struct rt_heap *heap,
		  struct plan **ret, struct graph_error *ret_error);
void plan_free(struct plan *p);
/* Frames by which everything that reaches the mix is late. */
int64_t plan_latency_frames(const struct plan *p);
uint32_t plan_n_buffers(const struct plan *p); /* audio buffers after reuse */

#endif
