/*
 * delay.c - an echo: the input, and itself again after `time`, with feedback.
 */
#include "dsp/fastmath.h"
#include "rt/nodes/nodes.h"

#include <string.h>

enum { PARAM_TIME, PARAM_FEEDBACK, PARAM_WET };
#define MAX_SECONDS 2.0f

struct delay {
	uint32_t at, room;
};

static size_t delay_bytes(uint32_t rate_hz, uint32_t max_block_frames)
{
	return ((size_t)(rate_hz * MAX_SECONDS) + 1) * 2 * sizeof(float);
}

RT_SAFE static void delay_reset_rt(struct node_instance *n)
{
	struct delay *d = n->state;
	d->at = 0;
	d->room = (uint32_t)(n->rate_hz * MAX_SECONDS) + 1;
	memset(n->extra, 0, (size_t)d->room * 2 * sizeof(float));
}

static int delay_init(struct node_instance *n)
{
	delay_reset_rt(n);
	return 0;
}

RT_SAFE static enum node_result delay_process_rt(struct node_instance *n, const struct node_block *b)
{
	struct delay *d = n->state;
	float *line = n->extra;
	uint32_t frames = (uint32_t)fm_round(n->params[PARAM_TIME] * (double)n->rate_hz);
	if (frames < 1)
		frames = 1;
	for (uint32_t i = 0; i < b->n_frames; i++) {
		uint32_t from = d->at >= frames ? d->at - frames : d->at + d->room - frames;
		for (uint32_t c = 0; c < 2; c++) {
			float dry = b->in[0].audio[c][i], wet = line[from * 2 + c];
			line[d->at * 2 + c] = dry + wet * n->params[PARAM_FEEDBACK];
			b->out[0].audio[c][i] = dry + wet * b->in[1].control[i];
		}
		d->at = d->at + 1 == d->room ? 0 : d->at + 1;
	}
	return NODE_OK;
}

static const struct port_desc delay_ports[] = {
	{ "in", SIGNAL_AUDIO, PORT_IN, 2, NO_PARAM },
	{ "wet", SIGNAL_CONTROL, PORT_IN, 0, PARAM_WET },
	{ "out", SIGNAL_AUDIO, PORT_OUT, 2, NO_PARAM },
};

static const struct param_desc delay_params[] = {
	{ "time", "s", 0.0005f, MAX_SECONDS, 0.375f },
	{ "feedback", "ratio", 0, 0.98f, 0.35f },
	{ "wet", "ratio", 0, 1, 0.35f },
};

const struct node_class delay_class = {
	.type = "dsp:delay",
	.doc = "An echo with feedback.",
	.ports = delay_ports,
	.n_ports = sizeof(delay_ports) / sizeof(delay_ports[0]),
	.params = delay_params,
	.n_params = sizeof(delay_params) / sizeof(delay_params[0]),
	.flags = NODE_REALTIME | NODE_OFFLINE,
	.state_bytes = sizeof(struct delay),
	.extra_bytes = delay_bytes,
	.init = delay_init,
	.reset_rt = delay_reset_rt,
	.process_rt = delay_process_rt,
};
