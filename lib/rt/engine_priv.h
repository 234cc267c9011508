/*
 * engine_priv.h - an attention and what it sounds, as the audio thread sees them.
 */
#ifndef RT_ENGINE_PRIV_H
#define RT_ENGINE_PRIV_H

#include "rt/chase.h"
#include "rt/engine.h"
#include "rt/epoch.h"
#include "rt/plan_priv.h"
#include "rt/region_priv.h"
#include "rt/ring.h"

enum counter {
	COUNT_CYCLES, COUNT_FRAMES, COUNT_MISSING, COUNT_EVENTS_LOST, COUNT_MIDI_LOST, COUNT_TRIGGERS_LOST, COUNT_REFUSED,
	COUNT_UNROUTED, COUNT_BAD, COUNT_NODE_FAILED, COUNT_NODE_SKIPPED, COUNT_COMMANDS_REFUSED, COUNT_XRUNS, COUNT_LATE,
	COUNT_MAX_CYCLE_NS, COUNTERS
};

enum { POSITION_WORDS = 11 };
#define HOLDS_NOTHING UINT64_MAX

enum urgent { URGENT_STOP = 1, URGENT_PANIC = 2 };

/* A region that sounds, or whose instrument still rings. Kept in region_key order, so that sums never depend on history. */
struct sounding {
	struct region_key key;
	const struct region *region;       /* of the snapshot in use */
	struct node_instance *instance;    /* NULL: no instrument */
	struct plan_port *targets[ATTENTION_SLOTS];
	int64_t start, end, fade_in_end, fade_out_start; /* transport frames */
	int64_t tail_left;                 /* clock frames; only when not playing */
	int64_t cut_frame;                 /* ghosts: transport frame that is heard next */
	int64_t ease_left;                 /* frames of the fade-in after entering the middle */
	int64_t glide_left;                /* frames until the level that an edit changed has reached its new value */
	float glide;                       /* the step of the level that is glided over */
	float level;                       /* when not playing: the gain that it had */
	uint32_t next_event;
	bool playing, fresh, release, missing;
	bool heard;                        /* for a block at least */
	bool ghost;                        /* was cut and fades within cut_frames */
	bool inherited;                    /* took the instance over from a ghost, which it is until its start */
	uint64_t holds;                    /* epoch of the snapshot that its region is of; HOLDS_NOTHING: the one in use */
	uint64_t notes[16][2];             /* keys that are down */
};

struct slot {
	_Atomic(struct plan *) published; /* control thread; acquire in slots_adopt_rt */
	struct {
		struct plan *plan;
		double from, to;          /* gain at the start and the end of the fade */
		int64_t at, length;       /* frames into it */
	} rt;
};

struct attention {
	struct engine *engine;
	uint32_t index;
	struct epoch_reader *reader;
	_Atomic uint32_t urgent;          /* enum urgent; acquire in urgent_rt */
	struct ring *commands;            /* one for each producer */
	_Atomic uint32_t n_producers;     /* release: pairs with commands_drain_rt */
	struct ring events;
	struct slot slots[ATTENTION_SLOTS];
	_Atomic uint64_t counters[COUNTERS];
	_Atomic uint64_t cycle_times[CYCLE_TIMES_BINS];
	_Atomic uint32_t peaks[8];
	_Atomic uint64_t position_seq;    /* odd while position words change */
	_Atomic uint64_t position[POSITION_WORDS];
	void *event_slots;
	void **command_slots;

	struct {
		const struct timeline_snapshot *head; /* as published */
		const struct timeline_snapshot *snapshot; /* it, or the successor that took over */
		int64_t successor_frame;  /* where the next one takes over; INT64_MAX: nowhere */
		uint64_t revision;
		uint64_t epoch;           /* as last published: what was adopted then is still there */
		bool holding;             /* an entry may hold something of an earlier snapshot */
		bool parked;
		enum transport_state state;
		int64_t clock, frame;
		double beat;              /* of `frame`, kept across changes of the tempo map */
		double home;
		double loop_from, loop_to;
		int64_t loop_start, loop_end;
		bool loop;
		bool seamless;            /* in a loop's jump: neither cut nor eased */
		double next_beat;
		int64_t next_beat_frame;
		struct region_key next_start;
		struct rt_command *pending;
		uint32_t n_pending;
		struct sounding **order;  /* n_sounding of them, sorted by key; the rest are free */
		struct sounding *sounding;
		uint32_t n_sounding;
		const struct region **found;
		float *scratch[AUDIO_PORT_CHANNELS], *gains, *fills[NODE_PORTS_MAX];
		struct midi_event *midi;
		struct signal in[NODE_PORTS_MAX], out[NODE_PORTS_MAX];
		struct midi_chase chase;
	} rt; /* rt: touched by the audio thread alone */
};

struct engine {
	struct rt_heap heap_copy;
	const struct rt_heap *heap;
	struct engine_config config;
	struct epoch_domain epochs;
	_Atomic(struct timeline_snapshot *) published; /* seq_cst: pairs with snapshot_adopt_rt */
	struct attention *attentions[ATTENTION_MAX];
	_Atomic uint64_t turns[ATTENTION_MAX]; /* odd during a cycle; seq_cst: pairs with engine_cycles_over */
	struct timeline_snapshot *retired;
	struct plan *retired_plans;
	float smooth_coef;
	int64_t cut_frames; /* how long what is cut, entered in the middle or edited fades: 2.5 ms */
};

/* ---- notify.c ---- */
RT_INLINE void count_rt(struct attention *a, enum counter c, uint64_t n)
{
	uint64_t v = atomic_load_explicit(&a->counters[c], memory_order_relaxed);
	atomic_store_explicit(&a->counters[c], v + n, memory_order_relaxed);
}
/* An event at `offset` frames from the attention's clock. */
RT_SAFE void notify_rt(struct attention *a, uint32_t offset, const struct rt_event *e);
RT_SAFE void position_publish_rt(struct attention *a);

/* ---- sounding.c: which regions sound ---- */
/* After a new snapshot: keeps what goes on, fades what is gone. The transport was at was_frame of the old tempo map. */
RT_SAFE void sounding_adopt_rt(struct attention *a, int64_t was_frame);
/* Frames until the first ghost of an instrument ends; a block ends there too, so that its instance is free on the frame. */
RT_SAFE int64_t sounding_ghost_end_rt(const struct attention *a);
RT_SAFE uint64_t sounding_holds_rt(struct attention *a);  /* the earliest epoch that is held; HOLDS_NOTHING */
RT_SAFE void sounding_route_rt(struct attention *a);      /* after a plan changed */
RT_SAFE void sounding_release_rt(struct attention *a);    /* the transport jumps or halts: ends every note and clip */
RT_SAFE void sounding_enter_rt(struct attention *a);      /* the transport plays from here: takes up what overlaps */
RT_SAFE void sounding_start_rt(struct attention *a, uint32_t n_frames); /* what starts within the block */
RT_SAFE void sounding_sweep_rt(struct attention *a, uint32_t n_frames); /* after the block: what has ended */
RT_SAFE void sounding_silence_rt(struct attention *a);    /* panic: nothing rings on */

/* ---- play.c: their samples ---- */
RT_SAFE void play_regions_rt(struct attention *a, uint32_t n_frames);
/* How long the instrument rings after its last note-off. */
RT_SAFE int64_t play_tail_frames(const struct sounding *s);
/* Gain and fades of an entry at a transport frame, as play_regions_rt applies them. */
RT_SAFE float play_level(const struct sounding *s, int64_t frame);

#endif
