/*
 * region.h - one region as the engine sees it: immutable, positions in beats, content by handle.
 *
 * Units:     beats; gain is linear. Fades are measured inside the region from its edges, in beats; they become frames
 *            through the tempo map at its edges, so two regions that fade over the same beats fade over the same frames
 *            and their equal-power gains always sum to one in power (linear: in amplitude).
 * Audio:     plays from source_frame on at the engine's rate (content is resampled when it is prepared), until the
 *            region or the content ends.
 * MIDI:      event at content beat e sounds at start + e - source_beat. With an instrument, the region drives an
 *            instance of its own and its audio goes to `output`, through gain and fades; without one, its events go to
 *            `output`, which must be a MIDI port.
 * Control:   REGION_PROCESS moves the control port `output` along its curve; overlapping ones average.
 * Ownership: reference counted; holds references on its content and instrument.
 * Threads:   made and released on the control thread; read anywhere under an epoch.
 * Errors:    -EINVAL (and which field, ret_field may be NULL), -ENOMEM.
 */
#ifndef RT_REGION_H
#define RT_REGION_H

#include "dsp/fade.h"
#include "rt/content.h"
#include "rt/node.h"

enum region_behaviour {
	REGION_LATENT, /* silent until it is mixed in; visible to queries */
	REGION_PLAY_AUDIO,
	REGION_PLAY_MIDI,
	REGION_PROCESS, /* apply_processing: a curve for a control port */
	REGION_TRIGGER, /* emit_trigger: once, on its start */
	REGION_CUSTOM,  /* an instrument of its own without MIDI content: any node class may be a region */
	REGION_BEHAVIOUR_COUNT,
};

enum region_role { REGION_PLAIN, REGION_MIX_IN, REGION_MIX_OUT, REGION_ROLE_COUNT };

/* A region's own instance of an instrument, one for each attention that plays it. */
struct instrument;
int instrument_new(const struct rt_heap *heap, const struct node_class *cls, const float *params, uint32_t n_params,
		   uint32_t rate_hz, uint32_t max_block_frames, struct instrument **ret);
struct instrument *instrument_ref(struct instrument *in);
void instrument_unref(struct instrument *in);
/* Further attentions get instances of their own; attention 0 has one from the start. */
int instrument_prepare(struct instrument *in, uint32_t attention);

struct region_spec {
	uint64_t id; /* not 0, unique in a region set */
	double start_beat;
	double duration_beats; /* > 0 */
	enum region_behaviour behaviour;
	enum region_role role;
	struct port_ref output; /* {0, 0} is the mix */
	float gain;
	double fade_in_beats, fade_out_beats;
	enum fade_shape fade_in, fade_out;
	bool muted;
	struct audio_content *audio;   /* borrowed: the region takes its own reference */
	int64_t source_frame;          /* first frame of the content that is heard */
	struct midi_content *midi;
	double source_beat;            /* first beat of the content that is heard */
	struct instrument *instrument;
	struct curve_content *curve;
	float trigger_value;
};

struct region {
	struct region_spec spec;
	const struct rt_heap *heap;
	_Atomic uint32_t refs;
};

int region_new(const struct rt_heap *heap, const struct region_spec *spec, struct region **ret, const char **ret_field);
struct region *region_ref(struct region *r);
void region_unref(struct region *r);

RT_INLINE double region_end_beat(const struct region *r)
{
	return r->spec.start_beat + r->spec.duration_beats;
}

#endif
