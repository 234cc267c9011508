#include "rt/chase.h"

#include <string.h>

RT_SAFE void chase_clear(struct midi_chase *c)
{
	memset(c, CHASE_UNSET, sizeof(*c));
}

RT_SAFE void chase_follow(struct midi_chase *c, uint8_t status, uint8_t data1, uint8_t data2)
{
	struct chase_channel *ch = &c->channels[status & 15];
	switch (status & 0xf0) {
	case 0xb0:
		if (data1 < CHASE_CONTROLLERS)
			ch->controllers[data1] = data2;
		else if (data1 == 121) /* reset all controllers */
			memset(ch->controllers, CHASE_UNSET, sizeof(ch->controllers));
		break;
	case 0xc0:
		ch->program = data1;
		break;
	case 0xd0:
		ch->pressure = data1;
		break;
	case 0xe0:
		ch->bend_low = data1;
		ch->bend_high = data2;
		break;
	default:
		break;
	}
}

RT_SAFE void chase_before(const struct midi_content *m, uint32_t i, struct midi_chase *ret)
{
	uint32_t k = i / MIDI_CHASE_STRIDE;
	if (k < m->n_chase)
		*ret = m->chase[k];
	else
		chase_clear(ret);
	for (uint32_t j = k * MIDI_CHASE_STRIDE; j < i && j < m->n_events; j++)
		chase_follow(ret, m->events[j].status, m->events[j].data1, m->events[j].data2);
}
