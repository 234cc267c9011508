#include "rt/node.h"

#include "rt/nodes/nodes.h"

#include <errno.h>
#include <string.h>

static const struct node_class *const classes[] = {
#define NODE(name) &name##_class,
#include "rt/nodes.def"
#undef NODE
};

const struct node_class *node_class_at(uint32_t i)
{
	return i < sizeof(classes) / sizeof(classes[0]) ? classes[i] : NULL;
}

const struct node_class *node_class_find(const char *type)
{
	uint32_t lo = 0, hi = sizeof(classes) / sizeof(classes[0]);
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int side = strcmp(type, classes[mid]->type);
		if (side == 0)
			return classes[mid];
		if (side < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct port_desc *node_class_port(const struct node_class *cls, enum port_direction direction, uint32_t i)
{
	for (uint32_t k = 0; k < cls->n_ports; k++)
		if (cls->ports[k].direction == direction && i-- == 0)
			return &cls->ports[k];
	return NULL;
}

uint32_t node_class_n_ports(const struct node_class *cls, enum port_direction direction)
{
	uint32_t n = 0;
	for (uint32_t k = 0; k < cls->n_ports; k++)
		n += cls->ports[k].direction == direction;
	return n;
}

const char *signal_kind_name(enum signal_kind kind)
{
	static const char *const names[] = { "audio", "midi", "control", "trigger" };
	return kind < SIGNAL_KIND_COUNT ? names[kind] : "unknown";
}

static float clamp_param(const struct param_desc *p, float v)
{
	if (!(v >= p->min))
		return p->min;
	return v > p->max ? p->max : v;
}

int node_instance_new(const struct rt_heap *heap, const struct node_class *cls, const float *params, uint32_t n_params,
		      uint32_t rate_hz, uint32_t max_block_frames, struct node_instance **ret)
{
	struct node_instance *n = rt_heap_take(heap, 1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->cls = cls;
	n->heap = heap;
	atomic_init(&n->refs, 1);
	n->rate_hz = rate_hz;
	n->max_block_frames = max_block_frames;
	size_t extra = cls->extra_bytes ? cls->extra_bytes(rate_hz, max_block_frames) : 0;
	n->state = rt_heap_take(heap, 1, cls->state_bytes);
	n->extra = extra ? rt_heap_take(heap, 1, extra) : NULL;
	int r = n->state && (!extra || n->extra) ? 0 : -ENOMEM;
	for (uint32_t i = 0; i < cls->n_params; i++) {
		float v = params && i < n_params ? params[i] : cls->params[i].initial;
		n->params[i] = n->rt.smooth[i] = clamp_param(&cls->params[i], v);
	}
	if (r == 0 && cls->init)
		r = cls->init(n);
	if (r < 0) {
		node_instance_unref(n);
		return r;
	}
	*ret = n;
	return 0;
}

struct node_instance *node_instance_ref(struct node_instance *n)
{
	if (n)
		atomic_fetch_add(&n->refs, 1);
	return n;
}

void node_instance_unref(struct node_instance *n)
{
	if (!n || atomic_fetch_sub(&n->refs, 1) != 1)
		return;
	rt_heap_give(n->heap, n->state);
	rt_heap_give(n->heap, n->extra);
	rt_heap_give(n->heap, n);
}
