/*
 * device_pipewire.c - PipeWire output through pw_filter: two mono DSP ports, linked to the default sink (device_link.h).
 *
 * Threads:   a thread loop of PipeWire's own for everything but `process`, which runs on its data thread.
 */
#include "have.h"
#include "rt-host/device_link.h"
#include "rt-host/device_priv.h"

#include "base/clock.h"

#if HAVE_PIPEWIRE
#include <pipewire/filter.h>
#include <pipewire/pipewire.h>
#include <spa/param/latency-utils.h>

struct pw_part {
	struct pw_thread_loop *loop;
	struct pw_filter *filter;
	void *ports[DEVICE_CHANNELS];
	struct device_link *link;
};

static void on_process(void *arg, struct spa_io_position *position)
{
	struct device *d = arg;
	uint32_t n = (uint32_t)position->clock.duration;
	float *out[DEVICE_CHANNELS];
	if (n > 8192)
		return;
	for (int i = 0; i < DEVICE_CHANNELS; i++) {
		out[i] = pw_filter_get_dsp_buffer(d->pw->ports[i], n);
		if (!out[i])
			out[i] = d->out[i]; /* not linked: the engine goes on all the same */
	}
	device_cycle(d, out, n, 0, 0);
}

static void on_state(void *arg, enum pw_filter_state old, enum pw_filter_state state, const char *error)
{
	struct device *d = arg;
	if ((state == PW_FILTER_STATE_ERROR || state == PW_FILTER_STATE_UNCONNECTED) && old > PW_FILTER_STATE_CONNECTING &&
	    d->o.lost)
		d->o.lost(d->o.arg);
}

static const struct pw_filter_events filter_events = {
	PW_VERSION_FILTER_EVENTS,
	.process = on_process,
	.state_changed = on_state,
};

static int add_ports(struct device *d)
{
	static const char *const names[DEVICE_CHANNELS] = { "out_L", "out_R" };
	static const char *const channels[DEVICE_CHANNELS] = { "FL", "FR" };
	for (int i = 0; i < DEVICE_CHANNELS; i++) {
		d->pw->ports[i] = pw_filter_add_port(d->pw->filter, PW_DIRECTION_OUTPUT, PW_FILTER_PORT_FLAG_MAP_BUFFERS, 0,
						     pw_properties_new(PW_KEY_FORMAT_DSP, "32 bit float mono audio",
								       PW_KEY_PORT_NAME, names[i], PW_KEY_AUDIO_CHANNEL,
								       channels[i], NULL),
						     NULL, 0);
		if (!d->pw->ports[i])
			return -ENOMEM;
	}
	return 0;
}

/* Waits until the server has answered, so that "no PipeWire" is known before the daemon goes on. */
static int wait_connected(struct device *d)
{
	const char *error = NULL;
	for (int i = 0; i < 40; i++) {
		enum pw_filter_state s = pw_filter_get_state(d->pw->filter, &error);
		if (s == PW_FILTER_STATE_ERROR)
			return -EHOSTDOWN;
		if (s == PW_FILTER_STATE_PAUSED || s == PW_FILTER_STATE_STREAMING)
			return 0;
		struct timespec until;
		pw_thread_loop_get_time(d->pw->loop, &until, 50 * NS_PER_MS);
		(void)pw_thread_loop_timed_wait_full(d->pw->loop, &until);
	}
	return -ETIMEDOUT;
}

static int connect_filter(struct device *d)
{
	char latency[32];
	(void)snprintf(latency, sizeof(latency), "%u/%u", d->o.quantum_frames, d->o.rate_hz);
	d->pw->filter = pw_filter_new_simple(pw_thread_loop_get_loop(d->pw->loop), d->name,
					     pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, "Playback",
							       PW_KEY_MEDIA_ROLE, "Music", PW_KEY_NODE_AUTOCONNECT, "true",
							       PW_KEY_NODE_LATENCY, latency,
							       PW_KEY_NODE_ALWAYS_PROCESS, "true", /* unlinked, time goes on */
							       NULL),
					     &filter_events, d);
	if (!d->pw->filter)
		return errno ? -errno : -EHOSTDOWN;
	int r = add_ports(d);
	if (r >= 0)
		r = pw_filter_connect(d->pw->filter, PW_FILTER_FLAG_RT_PROCESS, NULL, 0);
	if (r >= 0)
		r = wait_connected(d);
	if (r >= 0)
		d->pw->link = device_link_new(d->pw->filter); /* NULL: it plays unlinked */
	return r;
}

int device_pipewire_open(struct device *d, struct err *err)
{
	pw_init(NULL, NULL);
	d->pw = calloc(1, sizeof(*d->pw));
	if (!d->pw)
		return err_set(err, -ENOMEM, "PipeWire");
	d->pw->loop = pw_thread_loop_new("pipewire", NULL);
	if (!d->pw->loop || pw_thread_loop_start(d->pw->loop) < 0)
		return err_set(err, -EHOSTDOWN, "PipeWire: no loop");
	pw_thread_loop_lock(d->pw->loop);
	int r = connect_filter(d);
	pw_thread_loop_unlock(d->pw->loop);
	return r < 0 ? err_set(err, -EHOSTDOWN, "PipeWire does not answer") : 0;
}

void device_pipewire_close(struct device *d)
{
	if (!d->pw)
		return;
	if (d->pw->loop)
		pw_thread_loop_lock(d->pw->loop);
	device_link_free(d->pw->link);
	if (d->pw->filter)
		pw_filter_destroy(d->pw->filter);
	if (d->pw->loop) {
		pw_thread_loop_unlock(d->pw->loop);
		pw_thread_loop_stop(d->pw->loop);
		pw_thread_loop_destroy(d->pw->loop);
	}
	d->o.park_rt(d->o.arg);
	free(d->pw);
	d->pw = NULL;
}
#else
int device_pipewire_open(struct device *d, struct err *err)
{
	return err_set(err, -ENOTSUP, "this build has no PipeWire (meson -Dpipewire=enabled)");
}

void device_pipewire_close(struct device *d)
{
}
#endif
