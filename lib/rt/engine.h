/*
 * engine.h - the realtime engine: a published timeline, and attentions that play it.
 *
 * An attention is a playhead: a transport position, slots (plans with gains) and a destination. `main` is attention 0
 * and exists from the start. Attentions observe the same timeline and do not disturb each other.
 *
 * Units:     clock frames count what an attention has rendered and never jump; transport frames are frames of the tempo
 *            map and do. Beats are quarter notes.
 * Rendering: the samples depend on the published timeline, the plans, and the clock frames of the commands; never on how
 *            many frames are asked for at a time. Snapshots and plans published between two calls are adopted at the start
 *            of the next.
 * Ownership: everything is allocated in engine_new, attention_new and before publishing. engine_publish and
 *            attention_load take over the caller's reference, also on error.
 * Threads:   one control thread publishes, loads and reclaims; attention_send is for the one thread that registered the
 *            producer; attention_stop, _panic, _position and _counters for any thread; functions ending in _rt for the
 *            thread that renders that attention.
 * Errors:    -EINVAL, -ENOMEM, -EBUSY (ring full: try again later), -ENOSPC (no more producers, attentions, slots).
 * Source:    docs/engine.md.
 */
#ifndef RT_ENGINE_H
#define RT_ENGINE_H

#include "rt/command.h"
#include "rt/cycle_times.h"
#include "rt/event.h"
#include "rt/graph.h"
#include "rt/timeline_snapshot.h"

enum { ATTENTION_MAX = 8, ATTENTION_SLOTS = 4, ATTENTION_MAIN = 0 };

enum transport_state { TRANSPORT_STOPPED, TRANSPORT_PLAYING, TRANSPORT_PAUSED, TRANSPORT_STATE_COUNT };

struct engine_config {
	uint32_t rate_hz;          /* 8000 .. 384000 */
	uint32_t n_channels;       /* of a destination, 1 .. 8 */
	uint32_t max_block_frames; /* inner block, 16 .. 8192; 256 is good: it changes no sample */
	uint32_t max_sounding;     /* regions that sound at once (their tails included); more are silent and counted */
	uint32_t max_producers;    /* command rings of each attention */
	uint32_t command_slots;    /* of each ring, a power of two */
	uint32_t event_slots;      /* of each attention's event ring, a power of two */
	uint32_t max_pending;      /* commands waiting for their frame */
	uint32_t midi_room;        /* MIDI events a region or port can carry in one block, at least 2560 */
};

struct engine;
struct attention;

int engine_new(const struct engine_config *c, const struct rt_heap *heap, struct engine **ret);
void engine_free(struct engine *e); /* no thread may be rendering */
struct attention *engine_attention(struct engine *e, uint32_t i); /* NULL where there is none */
int attention_new(struct engine *e, struct attention **ret);
void attention_free(struct attention *a); /* not for main */
uint32_t attention_index(const struct attention *a);

/* ---- control thread ---- */

/* Takes over the caller's reference; every publication needs a snapshot object of its own. */
int engine_publish(struct engine *e, struct timeline_snapshot *s);
/* Puts a plan into a slot; NULL empties it. A slot that was empty starts at the gain it was last told (slot 0: 1). */
int attention_load(struct attention *a, uint32_t slot, struct plan *p);
/* Frees what no reader can see any more; returns how many still wait. Call it now and then. */
uint32_t engine_reclaim(struct engine *e);
struct epoch_domain *engine_epochs(struct engine *e); /* query threads join here */
const struct timeline_snapshot *engine_read(struct engine *e); /* between epoch_begin and epoch_park of a joined reader */

/* ---- control threads: commands and what comes back ---- */

int attention_producer(struct attention *a, uint32_t *ret_producer);
int attention_send(struct attention *a, uint32_t producer, const struct rt_command *c);
void attention_stop(struct attention *a);  /* at the start of the next cycle, past every ring */
void attention_panic(struct attention *a); /* stop, and silence every voice and tail at once */
/* Whether all that this producer sent, and stop and panic, is known to the engine: attention_position tells of it. */
bool attention_settled(const struct attention *a, uint32_t producer);
bool attention_poll(struct attention *a, struct rt_event *ret); /* one reading thread */

/*
 * For withdrawn content windows, from any thread: take the cycles after the withdrawal; when they are over, nobody reads the
 * window any more. An attention between two cycles is never waited for.
 */
struct engine_cycles {
	uint64_t turn[ATTENTION_MAX];
};
void engine_cycles_now(const struct engine *e, struct engine_cycles *ret);
bool engine_cycles_over(const struct engine *e, const struct engine_cycles *c);

struct engine_position {
	enum transport_state state;
	int64_t clock_frame; /* of the next frame to be rendered */
	int64_t frame;
	double beat;
	double bpm;
	int64_t bar;
	double beat_in_bar;
	uint64_t revision; /* of the timeline in use */
	bool loop;
	double loop_from, loop_to; /* beats */
};
void attention_position(const struct attention *a, struct engine_position *ret);

struct engine_counters {
	uint64_t cycles, frames;
	uint64_t missing_frames;   /* content that was not resident in time */
	uint64_t events_lost, midi_lost, triggers_lost;
	uint64_t regions_refused;  /* more than max_sounding at once, or no instrument for this attention */
	uint64_t unrouted;         /* regions whose output port no plan has: they go to the mix */
	uint64_t bad_samples;      /* NaN or infinite, replaced by 0 */
	uint64_t node_failed, node_skipped;
	uint64_t commands_refused;
	uint64_t xruns, late_wakeups;
	uint64_t max_cycle_ns;
	float peak[8]; /* largest sample of each channel since the last call */
};
void attention_counters(struct attention *a, struct engine_counters *ret);
/* The time that each cycle took since the engine began. */
void attention_cycle_times(const struct attention *a, struct cycle_times *ret);

/* ---- the rendering thread ---- */

/*
 * Renders n frames into out[channel][frame] (written, not added to). Bracket with rt_enter and rt_leave. With no frames it
 * takes up the newest snapshot and the commands that are due, and moves nothing.
 */
RT_SAFE void attention_process_rt(struct attention *a, float *const *out, uint32_t n_frames);
/* The device stops calling: hold no snapshot meanwhile. The next attention_process_rt goes on where it was. */
RT_SAFE void attention_park_rt(struct attention *a);
/*
 * Accounts for the cycle that was just rendered: its own CPU time, the time there was, and how late it was woken. CPU time
 * beyond the quantum is an xrun; a late wake-up is counted apart.
 */
RT_SAFE void attention_account_rt(struct attention *a, int64_t cpu_ns, int64_t quantum_ns, int64_t late_ns);

#endif
