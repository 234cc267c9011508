/*
 * event.h - what the audio thread tells the control thread: small fixed records through a bounded ring.
 *
 * Threads:   written by the audio thread, read by one control thread. When the ring is full the event is dropped and
 *            counted (engine_counters.events_lost).
 */
#ifndef RT_EVENT_H
#define RT_EVENT_H

#include <stdint.h>

enum rt_event_type {
	RT_EVENT_NONE,
	RT_EVENT_TRANSPORT,       /* a: enum transport_state, b: why (enum rt_command_type, 0 for an urgent flag) */
	RT_EVENT_BEAT,            /* value: the beat that was crossed; a: bar, b: 1 on a bar line */
	RT_EVENT_REGION_STARTED,  /* id: region; also after a seek into it */
	RT_EVENT_REGION_ENDED,    /* id; a: 1 when it was cut (stop, seek, edit) */
	RT_EVENT_MIXED_IN,        /* id: a region with role REGION_MIX_IN sounds from this frame on */
	RT_EVENT_TRIGGER,         /* id: the region that emitted it; value: its trigger value */
	RT_EVENT_NODE_FAILED,     /* id: node; it is left out from now on */
	RT_EVENT_NODE_SKIPPED,    /* id: node; silent for this block, tried again */
	RT_EVENT_BAD_SAMPLE,      /* id: node or region that made a NaN or an infinity; replaced by silence */
	RT_EVENT_CONTENT_MISSING, /* id: region; a: frames in this block that were not resident */
	RT_EVENT_JUMPED,          /* the transport moved; value: beat it came from; a: 1 for a loop */
	RT_EVENT_ADOPTED,         /* id: revision of the timeline snapshot now in use */
	RT_EVENT_SUCCEEDED,       /* value: the beat at which a snapshot's successor took over; id: its revision */
	RT_EVENT_COMMAND_REFUSED, /* a: command type, b: negative errno */
	RT_EVENT_XRUN,            /* a: nanoseconds used, b: nanoseconds there were */
	RT_EVENT_TYPE_COUNT,
};

struct rt_event {
	uint32_t type;         /* enum rt_event_type */
	uint32_t attention;
	int64_t clock_frame;   /* frames rendered by this attention since it was made: never jumps */
	int64_t frame;         /* transport position, in frames of the tempo map */
	double beat;
	uint64_t id;
	int64_t a, b;
	double value;
};

#endif
