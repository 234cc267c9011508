/*
 * handle_transport.c - play, pause, stop, seek, time, the device, and the control socket's emergencies.
 *
 * Threads:   transport_* and device_step on the main thread; control_* on the control port's (or the shell's); everything
 *            that only reads on any.
 */
#include <math.h>
#include <string.h>

#include "garden.h"

#include "base/banned.h"

/* Results that are a transport_view with other names before or behind. */
#define PUT_TRANSPORT(ret, g) \
	do { \
		struct transport_view v_; \
		view_transport((g), &v_); \
		(ret)->state = v_.state; \
		(ret)->position_beats = v_.position_beats; \
		(ret)->position_frames = v_.position_frames; \
		(ret)->tempo_bpm = v_.tempo_bpm; \
		(ret)->bar = v_.bar; \
		(ret)->beat_in_bar = v_.beat_in_bar; \
		(ret)->numerator = v_.numerator; \
		(ret)->denominator = v_.denominator; \
		(ret)->engine_frames = v_.engine_frames; \
	} while (0)

double garden_beat(struct garden *g)
{
	struct engine_position p;
	attention_position(g->main, &p);
	return p.beat;
}

int transport_play_run(struct garden *g, const struct wire_call *call, const struct transport_play *req,
		       struct transport_play_result *ret, struct err *err)
{
	audio_prepare(g, req->has_from_beats ? req->from_beats : garden_beat(g));
	int r = req->has_from_beats ? audio_send(g, PRODUCER_MAIN, RT_COMMAND_SEEK, req->from_beats, err) : 0;
	if (r == 0)
		r = audio_send(g, PRODUCER_MAIN, RT_COMMAND_PLAY, 0, err);
	if (r < 0)
		return r;
	audio_settle(g);
	pump(g);
	PUT_TRANSPORT(ret, g);
	return 0;
}

int transport_pause_run(struct garden *g, const struct wire_call *call, const struct transport_pause *req,
			struct transport_pause_result *ret, struct err *err)
{
	int r = audio_send(g, PRODUCER_MAIN, RT_COMMAND_PAUSE, 0, err); /* of a stopped transport: nothing happens */
	if (r < 0)
		return r;
	audio_settle(g);
	pump(g);
	PUT_TRANSPORT(ret, g);
	return 0;
}

int transport_stop_run(struct garden *g, const struct wire_call *call, const struct transport_stop *req,
		       struct transport_stop_result *ret, struct err *err)
{
	attention_stop(g->main);
	audio_settle(g);
	pump(g);
	PUT_TRANSPORT(ret, g);
	return 0;
}

int transport_seek_run(struct garden *g, const struct wire_call *call, const struct transport_seek *req,
		       struct transport_seek_result *ret, struct err *err)
{
	double beat = req->relative ? garden_beat(g) + req->position_beats : req->position_beats;
	if (!(fabs(beat) <= FURTHEST_BEAT))
		return err_field(err, -EINVAL, "position_beats", "beat %g is further away than %g", beat, FURTHEST_BEAT);
	audio_prepare(g, beat);
	int r = audio_send(g, PRODUCER_MAIN, RT_COMMAND_SEEK, beat, err);
	if (r < 0)
		return r;
	audio_settle(g);
	pump(g);
	PUT_TRANSPORT(ret, g);
	return 0;
}

int transport_status_run(struct garden *g, const struct wire_call *call, const struct transport_status *req,
			 struct transport_status_result *ret, struct err *err)
{
	AUTO(document) d = garden_document(g);
	PUT_TRANSPORT(ret, g);
	ret->revision = document_revision(d);
	view_device(g, call->arena, &ret->device);
	return 0;
}

int tempo_map_get_run(struct garden *g, const struct wire_call *call, const struct tempo_map_get *req,
		      struct tempo_map_get_result *ret, struct err *err)
{
	AUTO(document) d = garden_document(g);
	ret->revision = document_revision(d);
	ret->bar_one_beats = document_meter(d)->points[0].beat;
	int r = view_tempo(d, call->arena, &ret->tempo.v, &ret->tempo.n);
	if (r == 0)
		r = view_meter(d, call->arena, &ret->meter.v, &ret->meter.n);
	return r < 0 ? err_set(err, r, "tempo map") : 0;
}

static int beat_of(const struct time_convert *q, const struct tempo_map *tempo, const struct meter_map *meter, double *ret,
		   struct err *err)
{
	if (q->has_beats + q->has_seconds + q->has_frames + q->has_bar != 1)
		return err_field(err, -EINVAL, "beats", "give exactly one of beats, seconds, frames and bar");
	if (q->has_beats)
		*ret = q->beats;
	else if (q->has_seconds)
		*ret = tempo_map_beat(tempo, q->seconds);
	else if (q->has_frames)
		*ret = tempo_map_beat_of_frame(tempo, q->frames);
	else
		*ret = meter_map_bar_start(meter, q->bar) + q->beat_in_bar;
	return 0;
}

int time_convert_run(struct garden *g, const struct wire_call *call, const struct time_convert *req,
		     struct time_convert_result *ret, struct err *err)
{
	AUTO(document) d = garden_document(g);
	struct tempo_map *tempo;
	struct meter_map *meter;
	double beat = 0;
	int r = view_maps(g, d, call->arena, &tempo, &meter, err);
	if (r == 0)
		r = beat_of(req, tempo, meter, &beat, err);
	if (r < 0)
		return r;
	const struct meter_place place = meter_map_place(meter, beat);
	*ret = (struct time_convert_result){ .beats = beat, .seconds = tempo_map_seconds(tempo, beat),
					     .frames = tempo_map_frame(tempo, beat), .bar = place.bar,
					     .beat_in_bar = place.beat_in_bar, .tempo_bpm = tempo_map_bpm(tempo, beat) };
	return 0;
}

int device_status_run(struct garden *g, const struct wire_call *call, const struct device_status *req,
		      struct device_status_result *ret, struct err *err)
{
	struct device_view v;
	view_device(g, call->arena, &v);
	*ret = (struct device_status_result){ .kind = v.kind, .wanted = v.wanted, .name = v.name, .rate_hz = v.rate_hz,
					      .quantum_frames = v.quantum_frames, .cycles = v.cycles, .xruns = v.xruns,
					      .late_wakeups = v.late_wakeups, .lost_events = v.lost_events,
					      .missing_frames = v.missing_frames };
	return 0;
}

int device_select_run(struct garden *g, const struct wire_call *call, const struct device_select *req,
		      struct device_select_result *ret, struct err *err)
{
	if (req->kind == VIEW_DEVICE_OFFLINE)
		return err_field(err, -ENOTSUP, "kind", "an offline render is no device to play on");
	int r = audio_select(g, (enum device_kind)req->kind, err);
	struct device_status_result now;
	if (r == 0)
		r = device_status_run(g, call, NULL, &now, err);
	if (r == 0)
		*ret = (struct device_select_result){ .kind = now.kind, .wanted = now.wanted, .name = now.name,
						      .rate_hz = now.rate_hz, .quantum_frames = now.quantum_frames,
						      .cycles = now.cycles, .xruns = now.xruns,
						      .late_wakeups = now.late_wakeups, .lost_events = now.lost_events,
						      .missing_frames = now.missing_frames };
	return r;
}

int device_step_run(struct garden *g, const struct wire_call *call, const struct device_step *req,
		    struct device_step_result *ret, struct err *err)
{
	atomic_store(&g->interrupt, false);
	atomic_store(&g->busy, true);
	int r = audio_advance(g, req->frames, req->cycle_ns, &ret->stepped_frames, err);
	atomic_store(&g->busy, false);
	if (r < 0)
		return r;
	PUT_TRANSPORT(ret, g);
	return 0;
}

/* ---- emergencies ---- */

int control_stop_run(struct garden *g, const struct wire_call *call, const struct control_stop *req,
		     struct control_stop_result *ret, struct err *err)
{
	attention_stop(g->main);
	PUT_TRANSPORT(ret, g);
	return 0;
}

int control_pause_run(struct garden *g, const struct wire_call *call, const struct control_pause *req,
		      struct control_pause_result *ret, struct err *err)
{
	int r = audio_send(g, PRODUCER_CONTROL, RT_COMMAND_PAUSE, 0, err);
	if (r == 0)
		PUT_TRANSPORT(ret, g);
	return r;
}

int control_interrupt_run(struct garden *g, const struct wire_call *call, const struct control_interrupt *req,
			  struct control_interrupt_result *ret, struct err *err)
{
	ret->interrupted = atomic_load(&g->busy);
	if (ret->interrupted)
		atomic_store(&g->interrupt, true);
	return 0;
}

int control_panic_run(struct garden *g, const struct wire_call *call, const struct control_panic *req,
		      struct control_panic_result *ret, struct err *err)
{
	attention_panic(g->main);
	PUT_TRANSPORT(ret, g);
	return 0;
}

/* Quantiles, and each bin that has cycles as [its end in ns, how many]. */
static json_t *cycle_times_json(const struct garden *g)
{
	struct cycle_times t;
	attention_cycle_times(g->main, &t);
	AUTO_JSON json_t *bins = json_array();
	for (uint32_t i = 0; bins && i < CYCLE_TIMES_BINS; i++)
		if (t.n[i] && json_array_append_new(bins, json_pack("[I, I]", (json_int_t)cycle_times_end_ns(i), (json_int_t)t.n[i])) < 0)
			return NULL;
	return json_pack("{s:I, s:I, s:I, s:O}", "p50_ns", (json_int_t)cycle_times_quantile_ns(&t, 0.5), "p99_ns",
			 (json_int_t)cycle_times_quantile_ns(&t, 0.99), "p999_ns", (json_int_t)cycle_times_quantile_ns(&t, 0.999), "bins",
			 bins);
}

int debug_dump_run(struct garden *g, const struct wire_call *call, const struct debug_dump *req,
		   struct debug_dump_result *ret, struct err *err)
{
	struct engine_counters c;
	struct engine_position p;
	AUTO(document) d = garden_document(g);
	attention_counters(g->main, &c);
	attention_position(g->main, &p);
	struct content_windows_stats w;
	content_ahead_stats(g->ahead, &w);
	json_t *j = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:{s:I, s:I, s:I, s:I, s:b}, s:o}",
			      "cycles",
			      (json_int_t)c.cycles, "frames", (json_int_t)c.frames, "missing_frames",
			      (json_int_t)c.missing_frames, "events_lost", (json_int_t)c.events_lost, "regions_refused",
			      (json_int_t)c.regions_refused, "unrouted", (json_int_t)c.unrouted, "bad_samples",
			      (json_int_t)c.bad_samples, "commands_refused", (json_int_t)c.commands_refused, "max_cycle_ns",
			      (json_int_t)c.max_cycle_ns, "engine_revision", (json_int_t)p.revision, "beat", p.beat, "regions",
			      (json_int_t)document_n_regions(d), "markers", (json_int_t)document_n_markers(d),
			      "content_windows", "resident", (json_int_t)w.resident, "at_most", (json_int_t)w.max_windows,
			      "filled", (json_int_t)w.filled, "evicted", (json_int_t)w.evicted, "locked", w.locked, "cycle_times",
			      cycle_times_json(g));
	ret->dump = j;
	return wire_arena_take(call->arena, j) < 0 ? err_set(err, -ENOMEM, "dump") : 0;
}
