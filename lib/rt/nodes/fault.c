/*
 * fault.c - a node that goes wrong on purpose: what the engine does with skips, failures and bad samples is tested with it.
 */
#include "dsp/mix.h"
#include "rt/nodes/nodes.h"

enum { PARAM_WHAT };
enum fault_kind { FAULT_NONE, FAULT_SKIP, FAULT_FAIL, FAULT_NAN, FAULT_INFINITY };

RT_SAFE static enum node_result fault_process_rt(struct node_instance *n, const struct node_block *b)
{
	const float zero = b->n_frames ? 0.0f : 1.0f;
	for (uint32_t c = 0; c < 2; c++)
		mix_copy_rt(b->out[0].audio[c], b->in[0].audio[c], b->n_frames);
	switch ((enum fault_kind)n->params[PARAM_WHAT]) {
	case FAULT_SKIP:
		return NODE_SKIPPED;
	case FAULT_FAIL:
		return NODE_FAILED;
	case FAULT_NAN:
		b->out[0].audio[0][0] = zero / zero;
		break;
	case FAULT_INFINITY:
		b->out[0].audio[1][b->n_frames - 1] = 1.0f / zero;
		break;
	case FAULT_NONE:
		break;
	}
	return NODE_OK;
}

static const struct port_desc fault_ports[] = {
	{ "in", SIGNAL_AUDIO, PORT_IN, 2, NO_PARAM },
	{ "out", SIGNAL_AUDIO, PORT_OUT, 2, NO_PARAM },
};

static const struct param_desc fault_params[] = {
	{ "what", "0 none, 1 skip, 2 fail, 3 NaN, 4 infinity", 0, 4, 0 },
};

const struct node_class fault_class = {
	.type = "test:fault",
	.doc = "Passes a stereo signal through until it is told to skip, fail or make bad samples.",
	.ports = fault_ports,
	.n_ports = sizeof(fault_ports) / sizeof(fault_ports[0]),
	.params = fault_params,
	.n_params = sizeof(fault_params) / sizeof(fault_params[0]),
	.flags = NODE_REALTIME | NODE_OFFLINE,
	.process_rt = fault_process_rt,
};
