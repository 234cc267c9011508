#include "rt/graph.h"

#include "rt/plan_priv.h"

#include "dsp/fastmath.h"

#include <errno.h>
#include <string.h>

enum { MIX_NODE = 0, SMOOTH_HZ = 200, LATE_EVENTS_MAX = 1 << 16 };

static bool is_events(enum signal_kind kind)
{
	return kind == SIGNAL_MIDI || kind == SIGNAL_TRIGGER;
}

/* ---- error text without stdio ---- */

static void text_add(struct graph_error *e, const char *s)
{
	size_t at = strlen(e->text), n = strlen(s), room = sizeof(e->text) - 1 - at;
	memcpy(e->text + at, s, n < room ? n : room);
	e->text[at + (n < room ? n : room)] = 0;
}

static void text_number(struct graph_error *e, uint32_t v)
{
	char digits[12];
	int i = 11;
	digits[i] = 0;
	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	text_add(e, digits + i);
}

struct compile {
	const struct graph *g;
	const struct graph_limits *limits;
	struct plan *plan;
	struct graph_error *error;
};

static const struct graph_node *node_of(const struct compile *c, uint32_t id, uint32_t *ret_index)
{
	for (uint32_t i = 0; i < c->g->n_nodes; i++) {
		if (c->g->nodes[i].id != id)
			continue;
		*ret_index = i;
		return &c->g->nodes[i];
	}
	return NULL;
}

static void text_port(const struct compile *c, struct port_ref ref, enum port_direction direction)
{
	uint32_t i;
	const struct graph_node *n = node_of(c, ref.node, &i);
	const struct port_desc *p = n ? node_class_port(n->instance->cls, direction, ref.port) : NULL;
	if (ref.node == MIX_NODE && direction == PORT_IN) {
		text_add(c->error, "the mix (audio)");
		return;
	}
	text_add(c->error, n ? n->instance->cls->type : "node");
	text_add(c->error, " ");
	text_number(c->error, ref.node);
	text_add(c->error, direction == PORT_IN ? " input " : " output ");
	if (!p) {
		text_number(c->error, ref.port);
		return;
	}
	text_add(c->error, "'");
	text_add(c->error, p->name);
	text_add(c->error, "' (");
	text_add(c->error, signal_kind_name(p->kind));
	text_add(c->error, ")");
}

static int edge_error(const struct compile *c, const struct graph_edge *e, int code, const char *why)
{
	if (c->error) {
		c->error->code = code;
		c->error->from = e->from;
		c->error->to = e->to;
		text_port(c, e->from, PORT_OUT);
		text_add(c->error, " -> ");
		text_port(c, e->to, PORT_IN);
		text_add(c->error, ": ");
		text_add(c->error, why);
	}
	return code;
}

static int node_error(const struct compile *c, uint32_t node, int code, const char *why)
{
	if (c->error) {
		c->error->code = code;
		c->error->from.node = c->error->to.node = node;
		text_add(c->error, "node ");
		text_number(c->error, node);
		text_add(c->error, ": ");
		text_add(c->error, why);
	}
	return code;
}

/* ---- memory: a list of blocks that the plan owns ---- */

struct plan_block {
	struct plan_block *next;
	_Alignas(64) uint8_t bytes[];
};

static void *plan_take(struct plan *p, size_t n, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(n ? n : 1, size, &bytes) || __builtin_add_overflow(bytes, 64, &bytes))
		return NULL;
	struct plan_block *b = rt_heap_take(p->heap, 1, bytes + sizeof(struct plan_block));
	if (!b)
		return NULL;
	b->next = p->blocks;
	p->blocks = b;
	return b->bytes;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	for (uint32_t i = 0; p->steps && i < p->n_steps; i++)
		node_instance_unref(p->steps[i].instance);
	for (struct plan_block *b = p->blocks, *next; b; b = next) {
		next = b->next;
		rt_heap_give(p->heap, b);
	}
	rt_heap_give(p->heap, p);
}

int64_t plan_latency_frames(const struct plan *p)
{
	return p->latency;
}

uint32_t plan_n_buffers(const struct plan *p)
{
	return p->n_buffers;
}

static float *plan_frames(struct plan *p)
{
	return plan_take(p, p->limits.max_block_frames, sizeof(float));
}

/* Gives a signal its memory. */
static int signal_take(struct plan *p, struct signal *s, enum signal_kind kind, uint32_t n_channels)
{
	s->kind = kind;
	s->n_channels = kind == SIGNAL_AUDIO ? n_channels : 0;
	s->n_room = is_events(kind) ? p->limits.event_room : 0;
	bool ok = true;
	for (uint32_t c = 0; c < s->n_channels; c++)
		ok = (s->audio[c] = plan_frames(p)) && ok;
	if (kind == SIGNAL_CONTROL)
		ok = (s->control = plan_frames(p));
	if (kind == SIGNAL_MIDI)
		ok = (s->midi = plan_take(p, s->n_room, sizeof(*s->midi)));
	if (kind == SIGNAL_TRIGGER)
		ok = (s->trigger = plan_take(p, s->n_room, sizeof(*s->trigger)));
	return ok ? 0 : -ENOMEM;
}

static struct plan_line *line_take(struct plan *p, int64_t frames, uint32_t n_channels)
{
	struct plan_line *l = plan_take(p, 1, sizeof(*l));
	if (!l)
		return NULL;
	l->n_frames = (uint32_t)frames;
	l->n_channels = n_channels;
	l->memory = plan_take(p, (size_t)frames * n_channels, sizeof(float));
	return l->memory ? l : NULL;
}

/* As many events as may come in while the first is on its way. */
static struct event_line *event_line_take(struct plan *p, int64_t frames, enum signal_kind kind)
{
	struct event_line *l = plan_take(p, 1, sizeof(*l));
	if (!l || signal_take(p, &l->out, kind, 0) < 0)
		return NULL;
	int64_t n = p->limits.event_room * (1 + frames / p->limits.max_block_frames);
	l->late = frames;
	l->n_store = (uint32_t)(n < LATE_EVENTS_MAX ? n : LATE_EVENTS_MAX);
	l->store = plan_take(p, l->n_store, sizeof(*l->store));
	return l->store ? l : NULL;
}

/* ---- checks ---- */

static const struct port_desc *port_of(const struct compile *c, struct port_ref ref, enum port_direction direction)
{
	uint32_t i;
	const struct graph_node *n = node_of(c, ref.node, &i);
	return n ? node_class_port(n->instance->cls, direction, ref.port) : NULL;
}

static int edge_check(const struct compile *c, const struct graph_edge *e)
{
	const struct port_desc *from = port_of(c, e->from, PORT_OUT), *to = port_of(c, e->to, PORT_IN);
	bool mix = e->to.node == MIX_NODE && e->to.port == 0;
	if (!from)
		return edge_error(c, e, -EINVAL, "there is no such output");
	if (!to && !mix)
		return edge_error(c, e, -EINVAL, "there is no such input");
	enum signal_kind kind = mix ? SIGNAL_AUDIO : to->kind;
	uint32_t n_channels = mix ? c->limits->n_channels : to->n_channels;
	if (from->kind != kind)
		return edge_error(c, e, -EINVAL, "the signals differ");
	if (kind == SIGNAL_AUDIO && from->n_channels != n_channels && from->n_channels != 1)
		return edge_error(c, e, -EINVAL, "the numbers of channels differ");
	if (!(e->gain * 0 == 0))
		return edge_error(c, e, -EINVAL, "the gain is not a number");
	return 0;
}

static int graph_check(const struct compile *c)
{
	for (uint32_t i = 0; i < c->g->n_nodes; i++) {
		const struct graph_node *n = &c->g->nodes[i];
		uint32_t first = i;
		if (n->id == MIX_NODE)
			return node_error(c, n->id, -EINVAL, "0 is the mix");
		(void)node_of(c, n->id, &first);
		if (first != i)
			return node_error(c, n->id, -EINVAL, "the id is used twice");
		if (c->limits->realtime && !(n->instance->cls->flags & NODE_REALTIME))
			return node_error(c, n->id, -EINVAL, "it cannot run in realtime; use a latent");
		if (n->instance->max_block_frames < c->limits->max_block_frames)
			return node_error(c, n->id, -EINVAL, "it was prepared for smaller blocks");
	}
	for (uint32_t i = 0; i < c->g->n_edges; i++) {
		int r = edge_check(c, &c->g->edges[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- order ---- */

/* Depth-first, so that a signal is used soon after it is made and its buffers are free again. state: 1 open, 2 done. */
static int visit(const struct compile *c, uint32_t i, uint8_t *state, uint32_t *order, uint32_t *n_order)
{
	state[i] = 1;
	for (uint32_t k = 0; k < c->g->n_edges; k++) {
		const struct graph_edge *e = &c->g->edges[k];
		uint32_t from;
		if (e->to.node != c->g->nodes[i].id || !node_of(c, e->from.node, &from) || state[from] == 2)
			continue;
		if (state[from] == 1)
			return edge_error(c, e, -EINVAL, "this connection closes a cycle");
		int r = visit(c, from, state, order, n_order);
		if (r < 0)
			return r;
	}
	state[i] = 2;
	order[(*n_order)++] = i;
	return 0;
}

static int order_nodes(const struct compile *c, uint32_t *order)
{
	uint8_t *state = plan_take(c->plan, c->g->n_nodes, 1);
	uint32_t n_order = 0;
	if (!state)
		return -ENOMEM;
	for (uint32_t i = 0; i < c->g->n_nodes; i++) {
		int r = state[i] ? 0 : visit(c, i, state, order, &n_order);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- steps and ports ---- */

static struct plan_step *step_of(const struct compile *c, uint32_t node)
{
	return plan_step_rt(c->plan, node);
}

/* How late each step's outputs are: the latest input and its own latency. */
static void latencies_fill(const struct compile *c)
{
	for (uint32_t i = 0; i < c->plan->n_steps; i++) {
		struct plan_step *s = &c->plan->steps[i];
		int64_t latest = 0;
		for (uint32_t k = 0; k < c->g->n_edges; k++) {
			const struct graph_edge *e = &c->g->edges[k];
			if (e->to.node == s->node && step_of(c, e->from.node)->latency > latest)
				latest = step_of(c, e->from.node)->latency;
		}
		for (uint32_t k = 0; k < s->n_in; k++)
			s->inputs[k]->latency = latest;
		s->latency = latest + s->instance->cls->latency_frames;
	}
	int64_t latest = 0;
	for (uint32_t k = 0; k < c->g->n_edges; k++) {
		const struct graph_edge *e = &c->g->edges[k];
		if (e->to.node == MIX_NODE && step_of(c, e->from.node)->latency > latest)
			latest = step_of(c, e->from.node)->latency;
	}
	c->plan->ports[0]->latency = c->plan->latency = latest;
}

static int port_take(const struct compile *c, struct port_ref ref, const struct port_desc *desc,
		     struct node_instance *instance, struct plan_port **ret)
{
	struct plan *p = c->plan;
	struct plan_port *port = plan_take(p, 1, sizeof(*port));
	if (!port)
		return -ENOMEM;
	port->ref = ref;
	port->desc = desc;
	port->instance = instance;
	enum signal_kind kind = desc ? desc->kind : SIGNAL_AUDIO;
	int r = signal_take(p, &port->signal, kind, desc ? desc->n_channels : p->limits.n_channels);
	if (r < 0)
		return r;
	if (kind == SIGNAL_CONTROL && !(port->weight = plan_frames(p)))
		return -ENOMEM;
	port->regions = port->signal;
	port->region_weight = port->weight;
	p->ports[p->n_ports++] = port;
	*ret = port;
	return 0;
}

/* Regions are never late by themselves: they wait for what is. */
static int port_delay_regions(struct plan *p, struct plan_port *port)
{
	enum signal_kind kind = port->signal.kind;
	if (port->latency == 0)
		return 0;
	int r = signal_take(p, &port->regions, kind, port->signal.n_channels);
	if (is_events(kind)) {
		port->events = event_line_take(p, port->latency, kind);
		return port->events ? r : -ENOMEM;
	}
	if (kind == SIGNAL_CONTROL && !(port->region_weight = plan_frames(p)))
		r = -ENOMEM;
	port->line = line_take(p, port->latency, kind == SIGNAL_AUDIO ? port->signal.n_channels : 2);
	return port->line ? r : -ENOMEM;
}

static int step_take(const struct compile *c, struct plan_step *s, const struct graph_node *n)
{
	const struct node_class *cls = n->instance->cls;
	s->node = n->id;
	s->instance = node_instance_ref(n->instance);
	c->plan->n_steps++;
	s->n_in = node_class_n_ports(cls, PORT_IN);
	s->n_out = node_class_n_ports(cls, PORT_OUT);
	s->inputs = plan_take(c->plan, s->n_in, sizeof(struct plan_port *));
	s->in = plan_take(c->plan, s->n_in, sizeof(*s->in));
	s->out = plan_take(c->plan, s->n_out, sizeof(*s->out));
	if (!s->inputs || !s->in || !s->out)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->n_in; i++) {
		int r = port_take(c, (struct port_ref){ n->id, i }, node_class_port(cls, PORT_IN, i), n->instance,
				  &s->inputs[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- output buffers, reused once their last reader has run ---- */

struct pool {
	float **frames;
	uint32_t *free_after; /* step that reads it last; a buffer is free for later steps */
	uint32_t n;
};

static uint32_t last_reader(const struct compile *c, struct port_ref from, uint32_t self)
{
	uint32_t last = self;
	for (uint32_t k = 0; k < c->g->n_edges; k++) {
		const struct graph_edge *e = &c->g->edges[k];
		if (e->from.node != from.node || e->from.port != from.port)
			continue;
		uint32_t at = e->to.node == MIX_NODE ? UINT32_MAX : (uint32_t)(step_of(c, e->to.node) - c->plan->steps);
		last = at > last ? at : last;
	}
	return last;
}

static float *pool_take(struct plan *p, struct pool *pool, uint32_t step, uint32_t free_after)
{
	for (uint32_t i = 0; i < pool->n; i++) {
		if (pool->free_after[i] >= step)
			continue;
		pool->free_after[i] = free_after;
		return pool->frames[i];
	}
	float *frames = plan_frames(p);
	if (!frames)
		return NULL;
	pool->frames[pool->n] = frames;
	pool->free_after[pool->n++] = free_after;
	return frames;
}

static int outputs_take(const struct compile *c, struct pool *pool)
{
	for (uint32_t i = 0; i < c->plan->n_steps; i++) {
		struct plan_step *s = &c->plan->steps[i];
		for (uint32_t k = 0; k < s->n_out; k++) {
			const struct port_desc *d = node_class_port(s->instance->cls, PORT_OUT, k);
			struct signal *out = &s->out[k];
			if (d->kind != SIGNAL_AUDIO) {
				int r = signal_take(c->plan, out, d->kind, 0);
				if (r < 0)
					return r;
				continue;
			}
			out->kind = SIGNAL_AUDIO;
			out->n_channels = d->n_channels;
			uint32_t last = last_reader(c, (struct port_ref){ s->node, k }, i);
			for (uint32_t ch = 0; ch < d->n_channels; ch++)
				if (!(out->audio[ch] = pool_take(c->plan, pool, i, last)))
					return -ENOMEM;
		}
	}
	c->plan->n_buffers = pool->n;
	return 0;
}

/* ---- edges ---- */

static int edge_take(const struct compile *c, const struct graph_edge *e, struct plan_port *to, struct plan_edge *ret)
{
	struct plan_step *from = step_of(c, e->from.node);
	enum signal_kind kind = to->signal.kind;
	int64_t late = to->latency - from->latency;
	*ret = (struct plan_edge){ .from = &from->out[e->from.port], .gain = e->gain };
	if (late == 0)
		return 0;
	if (late > c->limits->max_delay_frames)
		return edge_error(c, e, -EINVAL, "compensating the latency needs a longer delay than is allowed");
	if (is_events(kind)) {
		ret->events = event_line_take(c->plan, late, kind);
		return ret->events ? 0 : -ENOMEM;
	}
	ret->line = line_take(c->plan, late, kind == SIGNAL_AUDIO ? to->signal.n_channels : 1);
	return ret->line ? 0 : -ENOMEM;
}

static int edges_take(const struct compile *c)
{
	struct plan *p = c->plan;
	uint32_t n = 0;
	for (uint32_t i = 0; i < p->n_ports; i++) {
		struct plan_port *port = p->ports[i];
		port->first_edge = n;
		for (uint32_t k = 0; k < c->g->n_edges; k++) {
			const struct graph_edge *e = &c->g->edges[k];
			if (e->to.node != port->ref.node || e->to.port != port->ref.port)
				continue;
			int r = edge_take(c, e, port, &p->edges[n]);
			if (r < 0)
				return r;
			n++;
		}
		port->n_edges = n - port->first_edge;
		int r = port_delay_regions(p, port);
		if (r < 0)
			return r;
	}
	p->n_edges = n;
	return 0;
}

static void ports_sort(struct plan *p)
{
	for (uint32_t i = 1; i < p->n_ports; i++) {
		struct plan_port *port = p->ports[i];
		uint32_t k = i;
		for (; k > 0 && p->ports[k - 1]->ref.node > port->ref.node; k--)
			p->ports[k] = p->ports[k - 1];
		p->ports[k] = port;
	}
}

static int compile_run(const struct compile *c)
{
	struct plan *p = c->plan;
	uint32_t n_nodes = c->g->n_nodes, n_ports = 1, n_outputs = 0;
	int r = graph_check(c);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < n_nodes; i++) {
		n_ports += c->g->nodes[i].instance->cls->n_ports;
		n_outputs += c->g->nodes[i].instance->cls->n_ports * AUDIO_PORT_CHANNELS;
	}
	uint32_t *order = plan_take(p, n_nodes, sizeof(*order));
	struct pool pool = { plan_take(p, n_outputs, sizeof(float *)), plan_take(p, n_outputs, sizeof(uint32_t)), 0 };
	p->ports = plan_take(p, n_ports, sizeof(*p->ports));
	p->edges = plan_take(p, c->g->n_edges, sizeof(*p->edges));
	p->steps = plan_take(p, n_nodes, sizeof(*p->steps));
	if (!order || !pool.frames || !pool.free_after || !p->ports || !p->edges || !p->steps)
		return -ENOMEM;
	struct plan_port *mix;
	r = port_take(c, (struct port_ref){ MIX_NODE, 0 }, NULL, NULL, &mix);
	if (r == 0)
		r = order_nodes(c, order);
	for (uint32_t i = 0; r == 0 && i < n_nodes; i++)
		r = step_take(c, &p->steps[i], &c->g->nodes[order[i]]);
	if (r < 0)
		return r;
	latencies_fill(c);
	r = outputs_take(c, &pool);
	if (r == 0)
		r = edges_take(c);
	ports_sort(p);
	return r;
}

int graph_compile(const struct graph *g, const struct graph_limits *limits, const struct rt_heap *heap,
		  struct plan **ret, struct graph_error *ret_error)
{
	if (ret_error)
		memset(ret_error, 0, sizeof(*ret_error));
	struct plan *p = rt_heap_take(heap, 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->heap = heap;
	p->limits = *limits;
	p->smooth_coef = (float)(1 - fm_exp(-(double)SMOOTH_HZ / limits->rate_hz));
	struct compile c = { g, limits, p, ret_error };
	int r = compile_run(&c);
	if (r < 0) {
		plan_free(p);
		return r;
	}
	*ret = p;
	return 0;
}
