/*
 * limiter.c - a safety limiter: nothing leaves above the ceiling, and what stays below it is only delayed.
 *
 * Looks LOOK frames ahead, which it declares as latency. The gain needed by the loudest frame in sight is held in a
 * monotonic queue; the gain moves there fast and returns slowly, both exponentially. A last clamp catches what is left.
 */
#include "dsp/fastmath.h"
#include "rt/nodes/nodes.h"

#include <string.h>

enum { LOOK = 64, QUEUE = 128 };

struct limiter {
	float line[LOOK][2];
	float gain, rise;
	uint64_t clock;
	uint32_t head, tail; /* of the queue: loudness falls from head to tail */
	float loudness[QUEUE];
	uint64_t when[QUEUE];
};

RT_SAFE static void limiter_reset_rt(struct node_instance *n)
{
	struct limiter *l = n->state;
	memset(l, 0, sizeof(*l));
	l->gain = 1;
	l->rise = (float)(1 - fm_exp(-1.0 / (0.05 * n->rate_hz)));
}

static int limiter_init(struct node_instance *n)
{
	limiter_reset_rt(n);
	return 0;
}

RT_INLINE float magnitude(float x)
{
	return x < 0 ? -x : x;
}

/* The loudest of the last LOOK + 1 frames, this one included. */
RT_INLINE float loudest(struct limiter *l, float x)
{
	while (l->tail != l->head && l->loudness[(l->tail - 1) % QUEUE] <= x)
		l->tail--;
	l->loudness[l->tail % QUEUE] = x;
	l->when[l->tail % QUEUE] = l->clock;
	l->tail++;
	while (l->when[l->head % QUEUE] + LOOK < l->clock)
		l->head++;
	return l->loudness[l->head % QUEUE];
}

RT_SAFE static enum node_result limiter_process_rt(struct node_instance *n, const struct node_block *b)
{
	struct limiter *l = n->state;
	float ceiling = n->params[0];
	for (uint32_t i = 0; i < b->n_frames; i++) {
		float x[2] = { b->in[0].audio[0][i], b->in[0].audio[1][i] };
		float a = magnitude(x[0]), c = magnitude(x[1]);
		float loud = loudest(l, a > c ? a : c);
		float want = loud > ceiling ? ceiling / loud : 1;
		/* down to a 5000th of the way within the look-ahead; up slowly */
		l->gain += (want - l->gain) * (want < l->gain ? 0.125f : l->rise);
		uint32_t at = (uint32_t)(l->clock % LOOK);
		for (uint32_t k = 0; k < 2; k++) {
			float y = l->line[at][k] * l->gain;
			l->line[at][k] = x[k];
			b->out[0].audio[k][i] = y > ceiling ? ceiling : y < -ceiling ? -ceiling : y;
		}
		l->clock++;
	}
	return NODE_OK;
}

static const struct port_desc limiter_ports[] = {
	{ "in", SIGNAL_AUDIO, PORT_IN, 2, NO_PARAM },
	{ "out", SIGNAL_AUDIO, PORT_OUT, 2, NO_PARAM },
};

static const struct param_desc limiter_params[] = {
	{ "ceiling", "ratio", 0.01f, 1, 0.98f },
};

const struct node_class limiter_class = {
	.type = "dsp:limiter",
	.doc = "Keeps a stereo signal below a ceiling; 64 frames late.",
	.ports = limiter_ports,
	.n_ports = sizeof(limiter_ports) / sizeof(limiter_ports[0]),
	.params = limiter_params,
	.n_params = sizeof(limiter_params) / sizeof(limiter_params[0]),
	.flags = NODE_REALTIME | NODE_OFFLINE,
	.latency_frames = LOOK,
	.state_bytes = sizeof(struct limiter),
	.init = limiter_init,
	.reset_rt = limiter_reset_rt,
	.process_rt = limiter_process_rt,
};
