/*
 * region_priv.h - what the engine sees of an instrument.
 */
#ifndef RT_REGION_PRIV_H
#define RT_REGION_PRIV_H

#include "rt/region.h"

enum { INSTRUMENT_ATTENTIONS = 8 };

struct instrument {
	const struct rt_heap *heap;
	_Atomic uint32_t refs;
	const struct node_class *cls;
	uint32_t rate_hz, max_block_frames;
	float params[NODE_PARAMS_MAX];
	_Atomic(struct node_instance *) instances[INSTRUMENT_ATTENTIONS]; /* release: pairs with sounding_start_rt */
};

#endif
