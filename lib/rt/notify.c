#include "rt/engine_priv.h"

#include <string.h>

RT_SAFE void notify_rt(struct attention *a, uint32_t offset, const struct rt_event *e)
{
	struct rt_event full = *e;
	full.attention = a->index;
	full.clock_frame = a->rt.clock + offset;
	full.frame = a->rt.frame + (a->rt.state == TRANSPORT_PLAYING ? (int64_t)offset : 0);
	full.beat = a->rt.snapshot && offset ? tempo_map_beat_of_frame(a->rt.snapshot->tempo, full.frame) : a->rt.beat;
	if (!ring_write(&a->events, &full))
		count_rt(a, COUNT_EVENTS_LOST, 1);
}

RT_INLINE uint64_t bits_of(double d)
{
	uint64_t bits;
	memcpy(&bits, &d, sizeof(bits));
	return bits;
}

RT_SAFE void position_publish_rt(struct attention *a)
{
	const struct timeline_snapshot *s = a->rt.snapshot;
	double beat = a->rt.beat, bpm = 0;
	struct meter_place place = { .bar = 1 };
	if (s) {
		bpm = tempo_map_bpm(s->tempo, beat);
		place = meter_map_place(s->meter, beat);
	}
	const uint64_t words[POSITION_WORDS] = {
		a->rt.state,  (uint64_t)a->rt.clock,	     (uint64_t)a->rt.frame,	 bits_of(beat),
		bits_of(bpm), (uint64_t)place.bar,	     bits_of(place.beat_in_bar), a->rt.revision,
		a->rt.loop,   bits_of(a->rt.loop_from), bits_of(a->rt.loop_to),
	};
	uint64_t seq = atomic_load_explicit(&a->position_seq, memory_order_relaxed);
	atomic_store(&a->position_seq, seq + 1); /* seq_cst: pairs with attention_position */
	for (int i = 0; i < POSITION_WORDS; i++)
		atomic_store_explicit(&a->position[i], words[i], memory_order_release);
	atomic_store_explicit(&a->position_seq, seq + 2, memory_order_release);
}

RT_SAFE void attention_account_rt(struct attention *a, int64_t cpu_ns, int64_t quantum_ns, int64_t late_ns)
{
	if (cpu_ns > (int64_t)atomic_load_explicit(&a->counters[COUNT_MAX_CYCLE_NS], memory_order_relaxed))
		atomic_store_explicit(&a->counters[COUNT_MAX_CYCLE_NS], (uint64_t)cpu_ns, memory_order_relaxed);
	_Atomic uint64_t *times = &a->cycle_times[cycle_times_bin(cpu_ns)]; /* written here alone */
	atomic_store_explicit(times, atomic_load_explicit(times, memory_order_relaxed) + 1, memory_order_relaxed);
	if (late_ns > quantum_ns)
		count_rt(a, COUNT_LATE, 1);
	if (cpu_ns <= quantum_ns)
		return;
	count_rt(a, COUNT_XRUNS, 1);
	notify_rt(a, 0, &(struct rt_event){ .type = RT_EVENT_XRUN, .a = cpu_ns, .b = quantum_ns });
}
