/*
 * synth.c - a small polyphonic synthesiser: two band-limited oscillators, a filter and an adsr a voice, drums on channel 10.
 *
 * MIDI:      note on and off, program (picks a family's wave shapes and times), bend (2 semitones), controllers 7 volume,
 *            10 pan, 11 expression, 64 sustain, 120 all sound off, 121 reset, 123 all notes off. Events take effect at
 *            their frame.
 * Voices:    SYNTH_VOICES may sound; one more note takes the quietest released voice, else the oldest, which fades within
 *            5 ms in one of the spare places so that nothing clicks.
 * Samples:   every state moves once a frame and nothing looks at the block, so blocks may be cut anywhere. Noise is a
 *            counter hash of the note's own age: the same performance gives the same samples.
 * Source:    oscillators by PolyBLEP residuals; filter is the trapezoidal state variable form.
 */
#include "rt/node.h"

#include "dsp/fastmath.h"

#include <string.h>

enum { SYNTH_VOICES = 32, SYNTH_SPARE = 8, SYNTH_PLACES = SYNTH_VOICES + SYNTH_SPARE, SYNTH_CHANNELS = 16 };
enum { DRUM_CHANNEL = 9 };
enum synth_param { PARAM_GAIN, PARAM_ATTACK, PARAM_DECAY, PARAM_SUSTAIN, PARAM_RELEASE, PARAM_BRIGHTNESS, PARAM_DETUNE };
enum stage { STAGE_FREE, STAGE_ATTACK, STAGE_DECAY, STAGE_RELEASE, STAGE_DYING };

#define SILENCE       1e-5f /* -100 dB: a voice below it has ended */
#define SILENCE_LOG   -11.512925464970229 /* ln(SILENCE) */
#define DYING_SECONDS 0.005
#define BEND_RANGE    2.0 /* semitones */
#define VOICE_LEVEL   0.45f

/* What a family of programs sounds like; times scale the node's own. */
struct patch {
	float saw, square, sine; /* levels of the three shapes */
	float attack, decay, sustain, release;
	float brightness; /* in octaves above the note */
};

static const struct patch patches[] = {
	{ 0.35f, 0.10f, 0.55f, 0.5f, 1.6f, 0.25f, 1.0f, 3.2f }, /* 0 piano */
	{ 0.00f, 0.15f, 0.85f, 0.3f, 1.2f, 0.10f, 1.4f, 4.0f }, /* 1 chromatic percussion */
	{ 0.10f, 0.45f, 0.45f, 0.8f, 1.0f, 0.95f, 0.4f, 3.0f }, /* 2 organ */
	{ 0.60f, 0.15f, 0.25f, 0.3f, 1.1f, 0.15f, 0.8f, 3.4f }, /* 3 guitar */
	{ 0.50f, 0.20f, 0.30f, 0.6f, 1.0f, 0.55f, 0.6f, 2.2f }, /* 4 bass */
	{ 0.80f, 0.00f, 0.20f, 9.0f, 1.0f, 0.85f, 1.6f, 2.8f }, /* 5 strings */
	{ 0.75f, 0.05f, 0.20f, 6.0f, 1.0f, 0.80f, 1.4f, 2.6f }, /* 6 ensemble */
	{ 0.70f, 0.15f, 0.15f, 3.0f, 1.0f, 0.80f, 0.7f, 3.0f }, /* 7 brass */
	{ 0.20f, 0.55f, 0.25f, 2.0f, 1.0f, 0.85f, 0.6f, 3.0f }, /* 8 reed */
	{ 0.05f, 0.15f, 0.80f, 3.0f, 1.0f, 0.85f, 0.8f, 2.6f }, /* 9 pipe */
	{ 0.60f, 0.40f, 0.00f, 0.5f, 1.0f, 0.70f, 0.6f, 4.0f }, /* 10 lead */
	{ 0.55f, 0.10f, 0.35f, 20.f, 1.0f, 0.90f, 4.0f, 2.4f }, /* 11 pad */
	{ 0.40f, 0.20f, 0.40f, 8.0f, 1.0f, 0.60f, 3.0f, 3.6f }, /* 12 effects */
	{ 0.50f, 0.20f, 0.30f, 0.3f, 0.9f, 0.20f, 0.8f, 3.6f }, /* 13 ethnic */
	{ 0.10f, 0.30f, 0.60f, 0.3f, 0.6f, 0.00f, 0.6f, 3.0f }, /* 14 percussive */
	{ 0.60f, 0.20f, 0.20f, 2.0f, 1.0f, 0.40f, 2.0f, 3.0f }, /* 15 sound effects */
};

struct voice {
	enum stage stage;
	uint8_t channel, note;
	bool held;    /* the key is down */
	bool sustained; /* the key is up, the pedal holds it */
	uint64_t order; /* of its note-on */
	uint32_t age; /* frames */
	float level, env, sustain;
	float attack_step, decay_coef, release_coef;
	float saw, square, sine, noise;
	double phase, phase2, step, step2; /* turns; a frame */
	double base_hz, sweep, sweep_coef; /* drums fall in pitch */
	float g, k, low, band;             /* filter */
};

struct channel {
	float volume, expression, pan, bend; /* bend in semitones */
	float left, right;                   /* smoothed towards what volume, expression and pan say */
	bool pedal;
	uint8_t program;
};

struct synth {
	struct voice voices[SYNTH_PLACES];
	struct channel channels[SYNTH_CHANNELS];
	uint64_t next_order;
	float smooth_coef;
};

RT_SAFE static void channel_reset_rt(struct channel *c)
{
	c->expression = 1;
	c->bend = 0;
	c->pedal = false;
}

RT_SAFE static void channel_goal_rt(const struct channel *c, float *left, float *right)
{
	float level = c->volume * c->volume * c->expression * c->expression;
	*left = level * (float)fm_cos(c->pan * 1.5707963267948966);
	*right = level * (float)fm_sin(c->pan * 1.5707963267948966);
}

RT_SAFE static void synth_reset_rt(struct node_instance *n)
{
	struct synth *s = n->state;
	memset(s, 0, sizeof(*s));
	for (int i = 0; i < SYNTH_CHANNELS; i++) {
		struct channel *c = &s->channels[i];
		channel_reset_rt(c);
		c->volume = 100.0f / 127.0f;
		c->pan = 0.5f;
		channel_goal_rt(c, &c->left, &c->right);
	}
	s->smooth_coef = (float)(1.0 - fm_exp(-1.0 / (0.005 * n->rate_hz)));
}

static int synth_init(struct node_instance *n)
{
	synth_reset_rt(n);
	return 0;
}

/* Per-frame factor that falls to SILENCE within `seconds`. */
RT_SAFE static float fall_coef_rt(double seconds, uint32_t rate_hz)
{
	double frames = seconds * rate_hz;
	return frames < 1 ? 0.0f : (float)fm_exp(SILENCE_LOG / frames);
}

RT_SAFE static void voice_tune_rt(struct voice *v, const struct channel *c, double detune_cents, uint32_t rate_hz)
{
	double hz = v->base_hz * fm_exp(c->bend * 0.057762265046662109);
	double limit = 0.45;
	v->step = hz / rate_hz;
	v->step2 = v->step * fm_exp(detune_cents * 0.00057762265046662109);
	if (v->step > limit)
		v->step = limit;
	if (v->step2 > limit)
		v->step2 = limit;
}

RT_SAFE static void voice_filter_rt(struct voice *v, double cutoff_hz, double damping, uint32_t rate_hz)
{
	double limit = 0.45 * rate_hz;
	double w = 3.141592653589793 * (cutoff_hz < limit ? cutoff_hz : limit) / rate_hz;
	v->g = (float)(fm_sin(w) / fm_cos(w));
	v->k = (float)damping;
}

/* How expendable a voice is: free, then the quietest that was let go, then the oldest. */
RT_SAFE static struct voice *voice_find_rt(struct synth *s)
{
	struct voice *released = NULL, *oldest = NULL, *spare = NULL;
	uint32_t sounding = 0;
	for (int i = 0; i < SYNTH_PLACES; i++) {
		struct voice *v = &s->voices[i];
		if (v->stage == STAGE_FREE) {
			spare = spare ? spare : v;
			continue;
		}
		if (v->stage == STAGE_DYING)
			continue;
		sounding++;
		if (v->stage == STAGE_RELEASE && (!released || v->env * v->level < released->env * released->level))
			released = v;
		if (!oldest || v->order < oldest->order)
			oldest = v;
	}
	struct voice *victim = released ? released : oldest;
	if (sounding < SYNTH_VOICES && spare)
		return spare;
	if (!spare) {
		/* every spare place is still fading: the quietest of those gives way */
		for (int i = 0; i < SYNTH_PLACES; i++) {
			struct voice *v = &s->voices[i];
			if (v->stage == STAGE_DYING && (!spare || v->env * v->level < spare->env * spare->level))
				spare = v;
		}
	}
	if (!spare)
		return victim;
	if (victim && sounding >= SYNTH_VOICES)
		victim->stage = STAGE_DYING;
	return spare;
}

RT_SAFE static void voice_drum_rt(struct voice *v, uint8_t note, uint32_t rate_hz)
{
	bool kick = note == 35 || note == 36, snare = note >= 37 && note <= 40;
	bool hat = note == 42 || note == 44 || note == 46, open = note == 46 || note >= 49;
	double seconds = kick ? 0.35 : snare ? 0.22 : hat && !open ? 0.07 : open ? 0.9 : 0.4;
	v->saw = v->square = 0;
	v->sine = kick ? 1.6f : snare ? 0.5f : hat || open ? 0.0f : 1.0f;
	v->noise = kick ? 0.05f : snare ? 0.8f : hat || open ? 0.6f : 0.1f;
	v->base_hz = kick ? 48 : snare ? 185 : 70 + 4.0 * (note > 40 ? note - 40 : 0);
	v->sweep = kick ? 3.0 : snare ? 0.6 : 0.8;
	v->sweep_coef = fm_exp(-1.0 / (0.02 * rate_hz));
	v->attack_step = (float)(1.0 / (0.0005 * rate_hz));
	v->sustain = 0;
	v->decay_coef = v->release_coef = fall_coef_rt(seconds, rate_hz);
	voice_filter_rt(v, kick ? 3000 : snare ? 9000 : 15000, 1.2, rate_hz);
}

RT_SAFE static void voice_note_rt(struct voice *v, const struct node_instance *n, const struct channel *c, float velocity)
{
	const struct patch *p = &patches[c->program / 8];
	const float *q = n->params;
	uint32_t rate = n->rate_hz;
	v->saw = p->saw;
	v->square = p->square;
	v->sine = p->sine;
	v->noise = 0;
	v->base_hz = fm_hz_of_note(v->note);
	v->sweep = 0;
	double attack = (double)q[PARAM_ATTACK] * p->attack * rate;
	v->attack_step = attack < 1 ? 1.0f : (float)(1.0 / attack);
	v->sustain = q[PARAM_SUSTAIN] * p->sustain;
	v->decay_coef = fall_coef_rt((double)q[PARAM_DECAY] * p->decay * 4, rate);
	v->release_coef = fall_coef_rt((double)q[PARAM_RELEASE] * p->release * 2, rate);
	double octaves = (double)p->brightness * (0.4 + 1.2 * (double)q[PARAM_BRIGHTNESS]) * (0.6 + 0.4 * (double)velocity);
	voice_filter_rt(v, v->base_hz * fm_exp(octaves * 0.69314718055994531), 1.3, rate);
}

RT_SAFE static void synth_note_on_rt(struct node_instance *n, uint8_t channel, uint8_t note, uint8_t velocity)
{
	struct synth *s = n->state;
	struct channel *c = &s->channels[channel];
	struct voice *v = voice_find_rt(s);
	float x = (float)velocity / 127.0f;
	memset(v, 0, sizeof(*v));
	v->stage = STAGE_ATTACK;
	v->channel = channel;
	v->note = note;
	v->held = true;
	v->order = s->next_order++;
	v->level = x * x * VOICE_LEVEL;
	v->phase2 = 0.25; /* the two oscillators begin apart, always alike */
	if (channel == DRUM_CHANNEL)
		voice_drum_rt(v, note, n->rate_hz);
	else
		voice_note_rt(v, n, c, x);
	voice_tune_rt(v, c, n->params[PARAM_DETUNE], n->rate_hz);
}

RT_SAFE static void voice_release_rt(struct voice *v)
{
	v->held = v->sustained = false;
	if (v->channel != DRUM_CHANNEL && (v->stage == STAGE_ATTACK || v->stage == STAGE_DECAY))
		v->stage = STAGE_RELEASE;
}

/* The first note-off of a key ends its first note-on that still holds. */
RT_SAFE static void synth_note_off_rt(struct synth *s, uint8_t channel, uint8_t note)
{
	struct voice *first = NULL;
	for (int i = 0; i < SYNTH_PLACES; i++) {
		struct voice *v = &s->voices[i];
		if (v->stage != STAGE_FREE && v->stage != STAGE_DYING && v->held && v->channel == channel && v->note == note &&
		    (!first || v->order < first->order))
			first = v;
	}
	if (!first)
		return;
	if (s->channels[channel].pedal) {
		first->held = false;
		first->sustained = true;
	} else {
		voice_release_rt(first);
	}
}

enum voice_group { GROUP_ALL, GROUP_HELD, GROUP_SUSTAINED };

RT_SAFE static void synth_end_rt(struct synth *s, uint8_t channel, enum voice_group group, bool at_once)
{
	for (int i = 0; i < SYNTH_PLACES; i++) {
		struct voice *v = &s->voices[i];
		if (v->stage == STAGE_FREE || v->channel != channel)
			continue;
		if ((group == GROUP_HELD && !v->held) || (group == GROUP_SUSTAINED && !v->sustained))
			continue;
		if (at_once)
			v->stage = STAGE_DYING;
		else
			voice_release_rt(v);
	}
}

RT_SAFE static void synth_controller_rt(struct synth *s, uint8_t channel, uint8_t number, uint8_t value)
{
	struct channel *c = &s->channels[channel];
	float x = (float)value / 127.0f;
	switch (number) {
	case 7:
		c->volume = x;
		break;
	case 10:
		c->pan = value == 64 ? 0.5f : x;
		break;
	case 11:
		c->expression = x;
		break;
	case 64:
		c->pedal = value >= 64;
		if (!c->pedal)
			synth_end_rt(s, channel, GROUP_SUSTAINED, false);
		break;
	case 120:
		synth_end_rt(s, channel, GROUP_ALL, true);
		break;
	case 121:
		channel_reset_rt(c);
		synth_end_rt(s, channel, GROUP_SUSTAINED, false);
		break;
	case 123:
		synth_end_rt(s, channel, GROUP_ALL, false);
		break;
	default:
		break;
	}
}

RT_SAFE static void synth_bend_rt(struct node_instance *n, uint8_t channel, uint32_t value)
{
	struct synth *s = n->state;
	struct channel *c = &s->channels[channel];
	c->bend = (float)(((double)value - 8192) / 8192 * BEND_RANGE);
	for (int i = 0; i < SYNTH_PLACES; i++)
		if (s->voices[i].stage != STAGE_FREE && s->voices[i].channel == channel)
			voice_tune_rt(&s->voices[i], c, n->params[PARAM_DETUNE], n->rate_hz);
}

RT_SAFE static void synth_event_rt(struct node_instance *n, const struct midi_event *e)
{
	struct synth *s = n->state;
	uint8_t channel = e->bytes[0] & 15, a = e->bytes[1] & 127, b = e->bytes[2] & 127;
	switch (e->bytes[0] >> 4) {
	case 0x8:
		synth_note_off_rt(s, channel, a);
		break;
	case 0x9:
		if (b)
			synth_note_on_rt(n, channel, a, b);
		else
			synth_note_off_rt(s, channel, a);
		break;
	case 0xB:
		synth_controller_rt(s, channel, a, b);
		break;
	case 0xC:
		s->channels[channel].program = a;
		break;
	case 0xE:
		synth_bend_rt(n, channel, (uint32_t)b << 7 | a);
		break;
	default:
		break; /* pressure is not mapped to anything */
	}
}

/* The residual that rounds a step of height 2 at phase 0. */
RT_INLINE float blep(double t, double dt)
{
	if (t < dt) {
		double x = t / dt;
		return (float)(x + x - x * x - 1);
	}
	if (t > 1 - dt) {
		double x = (t - 1) / dt;
		return (float)(x * x + x + x + 1);
	}
	return 0;
}

RT_INLINE double turn(double phase)
{
	return phase >= 1 ? phase - 1 : phase;
}

RT_INLINE float noise_of(uint32_t x)
{
	x = (x ^ 61u) ^ (x >> 16);
	x *= 9u;
	x ^= x >> 4;
	x *= 0x27d4eb2du;
	x ^= x >> 15;
	return (float)(int32_t)x * (1.0f / 2147483648.0f);
}

/* Moves the envelope by one frame. */
RT_INLINE void voice_env(struct voice *v, float dying_coef)
{
	switch (v->stage) {
	case STAGE_ATTACK:
		v->env += v->attack_step;
		if (v->env >= 1) {
			v->env = 1;
			v->stage = STAGE_DECAY;
		}
		break;
	case STAGE_DECAY:
		v->env = v->sustain + (v->env - v->sustain) * v->decay_coef;
		break;
	case STAGE_RELEASE:
		v->env *= v->release_coef;
		break;
	case STAGE_DYING:
		v->env *= dying_coef;
		break;
	case STAGE_FREE:
		break;
	}
}

RT_INLINE float voice_wave(struct voice *v)
{
	float x = v->sine * fm_sinf_turn((float)v->phase);
	if (v->saw != 0.0f)
		x += v->saw * (float)(2 * v->phase - 1) - v->saw * blep(v->phase, v->step);
	if (v->square != 0.0f) {
		float y = v->phase2 < 0.5 ? 1.0f : -1.0f;
		y += blep(v->phase2, v->step2) - blep(turn(v->phase2 + 0.5), v->step2);
		x += v->square * y;
	}
	if (v->noise != 0.0f)
		x += v->noise * noise_of(v->age + v->note * 7919u);
	return x;
}

RT_INLINE float voice_filtered(struct voice *v, float x)
{
	float a = 1.0f / (1.0f + v->g * (v->g + v->k));
	float high = (x - (v->g + v->k) * v->band - v->low) * a;
	float band = v->g * high + v->band;
	float low = v->g * band + v->low;
	v->band = v->g * high + band;
	v->low = v->g * band + low;
	return low;
}

RT_SAFE static void voice_render_rt(struct voice *v, float *mono, uint32_t n, float dying_coef)
{
	for (uint32_t i = 0; i < n; i++) {
		voice_env(v, dying_coef);
		mono[i] = voice_filtered(v, voice_wave(v)) * v->env * v->level;
		double step = v->step * (1 + v->sweep);
		v->sweep *= v->sweep_coef;
		v->phase = turn(v->phase + (step < 0.45 ? step : 0.45));
		v->phase2 = turn(v->phase2 + v->step2);
		v->age++;
		if (v->env < SILENCE && v->stage != STAGE_ATTACK) {
			v->stage = STAGE_FREE;
			for (i++; i < n; i++)
				mono[i] = 0;
		}
	}
}

enum { SPAN = 64 };

/* Frames from..from + n of the block, n at most SPAN. */
RT_SAFE static void synth_span_rt(struct node_instance *n, const struct node_block *b, uint32_t from, uint32_t count,
				  float dying_coef)
{
	struct synth *s = n->state;
	float sum[SYNTH_CHANNELS][SPAN], mono[SPAN];
	bool used[SYNTH_CHANNELS] = { false };
	for (int i = 0; i < SYNTH_PLACES; i++) {
		struct voice *v = &s->voices[i];
		if (v->stage == STAGE_FREE)
			continue;
		voice_render_rt(v, mono, count, dying_coef);
		float *to = sum[v->channel];
		if (!used[v->channel])
			memset(to, 0, count * sizeof(*to));
		used[v->channel] = true;
		for (uint32_t k = 0; k < count; k++)
			to[k] += mono[k];
	}
	float *left = b->out[0].audio[0] + from, *right = b->out[0].audio[1] + from;
	const float *gain = b->in[1].control ? b->in[1].control + from : NULL;
	for (int i = 0; i < SYNTH_CHANNELS; i++) {
		struct channel *c = &s->channels[i];
		float goal_left, goal_right;
		channel_goal_rt(c, &goal_left, &goal_right);
		for (uint32_t k = 0; k < count; k++) {
			c->left += (goal_left - c->left) * s->smooth_coef;
			c->right += (goal_right - c->right) * s->smooth_coef;
			if (!used[i])
				continue;
			float x = sum[i][k] * (gain ? gain[k] : n->params[PARAM_GAIN]);
			left[k] += x * c->left;
			right[k] += x * c->right;
		}
	}
}

RT_SAFE static enum node_result synth_process_rt(struct node_instance *n, const struct node_block *b)
{
	const struct signal *in = &b->in[0];
	float dying_coef = fall_coef_rt(DYING_SECONDS, n->rate_hz);
	uint32_t at = 0, e = 0;
	while (at < b->n_frames) {
		while (e < in->n_events && in->midi[e].frame <= at)
			synth_event_rt(n, &in->midi[e++]);
		uint32_t end = e < in->n_events && in->midi[e].frame < b->n_frames ? in->midi[e].frame : b->n_frames;
		uint32_t count = end - at < SPAN ? end - at : SPAN;
		synth_span_rt(n, b, at, count, dying_coef);
		at += count;
	}
	while (e < in->n_events) /* on the last frame's edge: nothing is lost */
		synth_event_rt(n, &in->midi[e++]);
	return NODE_OK;
}

RT_SAFE static int64_t synth_tail_frames(const struct node_instance *n)
{
	double longest = (double)n->params[PARAM_RELEASE] * 4.0 * 2; /* the slowest patch */
	return (int64_t)(longest * n->rate_hz) + n->rate_hz;
}

static const struct port_desc synth_ports[] = {
	{ "midi", SIGNAL_MIDI, PORT_IN, 0, NO_PARAM },
	{ "gain", SIGNAL_CONTROL, PORT_IN, 0, PARAM_GAIN },
	{ "out", SIGNAL_AUDIO, PORT_OUT, 2, NO_PARAM },
};

static const struct param_desc synth_params[] = {
	{ "gain", "ratio", 0, 4, 1 },
	{ "attack", "s", 0.0005f, 2, 0.004f },
	{ "decay", "s", 0.01f, 4, 0.6f },
	{ "sustain", "ratio", 0, 1, 0.8f },
	{ "release", "s", 0.005f, 4, 0.18f },
	{ "brightness", "ratio", 0, 1, 0.5f },
	{ "detune", "cents", 0, 50, 4 },
};

const struct node_class synth_class = {
	.type = "synth:poly",
	.doc = "Polyphonic synthesiser: two oscillators, filter and envelope a voice; drums on channel 10.",
	.ports = synth_ports,
	.n_ports = sizeof(synth_ports) / sizeof(synth_ports[0]),
	.params = synth_params,
	.n_params = sizeof(synth_params) / sizeof(synth_params[0]),
	.flags = NODE_REALTIME | NODE_OFFLINE | NODE_INSTRUMENT,
	.tail_frames = synth_tail_frames,
	.state_bytes = sizeof(struct synth),
	.init = synth_init,
	.reset_rt = synth_reset_rt,
	.process_rt = synth_process_rt,
};
