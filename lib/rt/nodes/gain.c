/*
 * gain.c - one stereo signal times a gain that may be automated.
 */
#include "dsp/mix.h"
#include "rt/nodes/nodes.h"

RT_SAFE static enum node_result gain_process_rt(struct node_instance *n, const struct node_block *b)
{
	for (uint32_t c = 0; c < 2; c++) {
		mix_copy_rt(b->out[0].audio[c], b->in[0].audio[c], b->n_frames);
		mix_scale_gains_rt(b->out[0].audio[c], b->in[1].control, b->n_frames);
	}
	return NODE_OK;
}

static const struct port_desc gain_ports[] = {
	{ "in", SIGNAL_AUDIO, PORT_IN, 2, NO_PARAM },
	{ "gain", SIGNAL_CONTROL, PORT_IN, 0, 0 },
	{ "out", SIGNAL_AUDIO, PORT_OUT, 2, NO_PARAM },
};

static const struct param_desc gain_params[] = {
	{ "gain", "ratio", 0, 16, 1 },
};

const struct node_class gain_class = {
	.type = "dsp:gain",
	.doc = "Multiplies a stereo signal by a gain.",
	.ports = gain_ports,
	.n_ports = sizeof(gain_ports) / sizeof(gain_ports[0]),
	.params = gain_params,
	.n_params = sizeof(gain_params) / sizeof(gain_params[0]),
	.flags = NODE_REALTIME | NODE_OFFLINE,
	.process_rt = gain_process_rt,
};
