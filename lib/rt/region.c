#include "rt/region_priv.h"

#include <errno.h>
#include <string.h>

int instrument_new(const struct rt_heap *heap, const struct node_class *cls, const float *params, uint32_t n_params,
		   uint32_t rate_hz, uint32_t max_block_frames, struct instrument **ret)
{
	const struct port_desc *out = node_class_port(cls, PORT_OUT, 0);
	const struct port_desc *in0 = node_class_port(cls, PORT_IN, 0);
	bool ports = out && out->kind == SIGNAL_AUDIO && in0 && in0->kind == SIGNAL_MIDI;
	if (!(cls->flags & NODE_INSTRUMENT) || !ports || n_params > cls->n_params)
		return -EINVAL;
	struct instrument *in = rt_heap_take(heap, 1, sizeof(*in));
	if (!in)
		return -ENOMEM;
	in->heap = heap;
	atomic_init(&in->refs, 1);
	in->cls = cls;
	in->rate_hz = rate_hz;
	in->max_block_frames = max_block_frames;
	for (uint32_t i = 0; i < cls->n_params; i++)
		in->params[i] = params && i < n_params ? params[i] : cls->params[i].initial;
	int r = instrument_prepare(in, 0);
	if (r < 0) {
		instrument_unref(in);
		return r;
	}
	*ret = in;
	return 0;
}

int instrument_prepare(struct instrument *in, uint32_t attention)
{
	if (attention >= INSTRUMENT_ATTENTIONS)
		return -EINVAL;
	if (atomic_load(&in->instances[attention]))
		return 0;
	struct node_instance *n;
	int r = node_instance_new(in->heap, in->cls, in->params, in->cls->n_params, in->rate_hz, in->max_block_frames,
				  &n);
	if (r == 0)
		atomic_store(&in->instances[attention], n);
	return r;
}

struct instrument *instrument_ref(struct instrument *in)
{
	if (in)
		atomic_fetch_add(&in->refs, 1);
	return in;
}

void instrument_unref(struct instrument *in)
{
	if (!in || atomic_fetch_sub(&in->refs, 1) != 1)
		return;
	for (int i = 0; i < INSTRUMENT_ATTENTIONS; i++)
		node_instance_unref(atomic_load(&in->instances[i]));
	rt_heap_give(in->heap, in);
}

static bool beats_ok(double b)
{
	return b > -1e9 && b < 1e9;
}

/* The field at fault, NULL when all is well. */
static const char *spec_fault(const struct region_spec *s)
{
	if (s->id == 0)
		return "id";
	if (!beats_ok(s->start_beat))
		return "start_beat";
	if (!(s->duration_beats > 0) || !beats_ok(s->duration_beats))
		return "duration_beats";
	if (!(s->gain >= 0 && s->gain <= 1000))
		return "gain";
	if (!(s->fade_in_beats >= 0) || !beats_ok(s->fade_in_beats) || s->fade_in >= FADE_SHAPE_COUNT)
		return "fade_in";
	if (!(s->fade_out_beats >= 0) || !beats_ok(s->fade_out_beats) || s->fade_out >= FADE_SHAPE_COUNT)
		return "fade_out";
	if (!beats_ok(s->source_beat))
		return "source_beat";
	if (s->role >= REGION_ROLE_COUNT)
		return "role";
	switch (s->behaviour) {
	case REGION_LATENT:
		return NULL;
	case REGION_PLAY_AUDIO:
		return s->audio && s->source_frame >= 0 ? NULL : "audio";
	case REGION_PLAY_MIDI:
		return s->midi ? NULL : "midi";
	case REGION_PROCESS:
		return s->curve ? NULL : "curve";
	case REGION_TRIGGER:
		return s->trigger_value * 0 == 0 ? NULL : "trigger_value";
	case REGION_CUSTOM:
		return s->instrument ? NULL : "instrument";
	default:
		return "behaviour";
	}
}

int region_new(const struct rt_heap *heap, const struct region_spec *spec, struct region **ret, const char **ret_field)
{
	const char *fault = spec_fault(spec);
	if (fault) {
		if (ret_field)
			*ret_field = fault;
		return -EINVAL;
	}
	struct region *r = rt_heap_take(heap, 1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->spec = *spec;
	r->heap = heap;
	atomic_init(&r->refs, 1);
	audio_content_ref(spec->audio);
	midi_content_ref(spec->midi);
	curve_content_ref(spec->curve);
	instrument_ref(spec->instrument);
	*ret = r;
	return 0;
}

struct region *region_ref(struct region *r)
{
	if (r)
		atomic_fetch_add(&r->refs, 1);
	return r;
}

void region_unref(struct region *r)
{
	if (!r || atomic_fetch_sub(&r->refs, 1) != 1)
		return;
	audio_content_unref(r->spec.audio);
	midi_content_unref(r->spec.midi);
	curve_content_unref(r->spec.curve);
	instrument_unref(r->spec.instrument);
	rt_heap_give(r->heap, r);
}
