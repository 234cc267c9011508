/*
 * node.h - the uniform interface of everything that processes signals: a class (descriptor and functions) and instances.
 *
 * Signals:   audio is planar floats; MIDI and triggers are lists sorted by frame; control is one float a frame.
 * Ports:     an audio input holds the sum of what is connected, a MIDI or trigger input the union in time order, a control
 *            input the average. A control input bound to a parameter carries the parameter's own value (smoothed) in every
 *            frame where nothing is connected.
 * Process:   gets 1..max_block_frames frames. How the time line is cut into blocks must not change the samples. An instance
 *            outlives plans: it is reference counted beside them.
 * Threads:   process_rt and reset_rt run on the audio thread; init, done and state functions on the control thread while
 *            the instance is not in a live plan.
 * Errors:    NODE_SKIPPED: silence now, tried again next block. NODE_FAILED: marked, left out, reported once.
 */
#ifndef RT_NODE_H
#define RT_NODE_H

#include "rt/rt.h"

#include <stdatomic.h>

enum signal_kind { SIGNAL_AUDIO, SIGNAL_MIDI, SIGNAL_CONTROL, SIGNAL_TRIGGER, SIGNAL_KIND_COUNT };
enum port_direction { PORT_IN, PORT_OUT };
enum node_result { NODE_OK, NODE_SKIPPED, NODE_FAILED };
enum node_flags { NODE_REALTIME = 1, NODE_OFFLINE = 2, NODE_INSTRUMENT = 4 /* MIDI in 0, audio out 0 */ };
enum { AUDIO_PORT_CHANNELS = 8, NODE_PORTS_MAX = 16, NODE_PARAMS_MAX = 32, NO_PARAM = -1 };

/* A port of a node of the graph; node 0 is the mix, whose audio input 0 is what the attention's destination hears. */
struct port_ref {
	uint32_t node;
	uint32_t port;
};

struct port_desc {
	const char *name;
	enum signal_kind kind;
	enum port_direction direction;
	uint32_t n_channels; /* audio only */
	int param;           /* control inputs: the parameter they stand for, or NO_PARAM */
};

struct param_desc {
	const char *name;
	const char *unit; /* "hz", "db", "s", "ratio", "" … */
	float min, max, initial;
};

struct midi_event {
	uint32_t frame; /* in the block */
	uint8_t n_bytes, bytes[3];
};

struct trigger_event {
	uint32_t frame;
	float value;
	uint64_t id;
};

/* One port's data for one block. Outputs arrive cleared. */
struct signal {
	enum signal_kind kind;
	uint32_t n_channels;          /* audio */
	float *audio[AUDIO_PORT_CHANNELS];
	float *control;
	struct midi_event *midi;      /* n_events of them, room for n_room */
	struct trigger_event *trigger;
	uint32_t n_events, n_room;
};

struct node_block {
	uint32_t n_frames;
	int64_t clock_frame;   /* of the block's first frame */
	const struct signal *in; /* input ports in the class's order, counted apart from outputs */
	struct signal *out;
	double rate_hz;
};

struct node_instance;

struct node_class {
	const char *type; /* "dsp:gain" */
	const char *doc;
	const struct port_desc *ports;
	uint32_t n_ports;
	const struct param_desc *params;
	uint32_t n_params;
	uint32_t flags;
	int64_t latency_frames;
	int64_t (*tail_frames)(const struct node_instance *n); /* longest sound after the last note-off; RT_SAFE; NULL: none */
	size_t state_bytes;
	size_t (*extra_bytes)(uint32_t rate_hz, uint32_t max_block_frames); /* beside the state (delay lines); NULL: none */
	int (*init)(struct node_instance *n);
	void (*reset_rt)(struct node_instance *n); /* back to what init left; RT_SAFE */
	enum node_result (*process_rt)(struct node_instance *n, const struct node_block *b);
};

struct node_instance {
	const struct node_class *cls;
	const struct rt_heap *heap;
	_Atomic uint32_t refs;
	uint32_t rate_hz, max_block_frames;
	void *state;
	void *extra;
	float params[NODE_PARAMS_MAX]; /* targets; changed by RT_COMMAND_PARAM */
	struct {
		float smooth[NODE_PARAMS_MAX]; /* what a control input bound to the parameter carries now */
		bool failed;
		uint64_t skipped, bad_blocks;
	} rt; /* rt: touched by the audio thread alone */
};

/* params may be NULL (initial values) or hold n_params values, which are clamped to their ranges. */
int node_instance_new(const struct rt_heap *heap, const struct node_class *cls, const float *params, uint32_t n_params,
		      uint32_t rate_hz, uint32_t max_block_frames, struct node_instance **ret);
struct node_instance *node_instance_ref(struct node_instance *n);
void node_instance_unref(struct node_instance *n);

/* The class named `type` of nodes.def; NULL when there is none. node_class_at enumerates them (NULL past the end). */
const struct node_class *node_class_find(const char *type);
const struct node_class *node_class_at(uint32_t i);
/* The i-th port of a direction; NULL past the last. */
const struct port_desc *node_class_port(const struct node_class *cls, enum port_direction direction, uint32_t i);
uint32_t node_class_n_ports(const struct node_class *cls, enum port_direction direction);
const char *signal_kind_name(enum signal_kind kind);

#endif
