/*
 * garden.h - the realtime world behind five sockets: timeline, latents, transport, engine, device, recorder.
 *
 * Threads:   shell, iopub and everything that changes something: the service's loop ("main"). control, query and heartbeat
 *            ports have threads of their own. What they share: `doc` under doc_lock (a document is immutable), the
 *            timeline's history under timeline_lock, the engine's own thread-safe functions, atomics.
 * Order:     timeline_lock before doc_lock.
 * Errors:    the sockets', the journal's and the device's; garden_open says which.
 */
#ifndef CHAOSGARDEN_GARDEN_H
#define CHAOSGARDEN_GARDEN_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/map.h"
#include "rt-host/content_ahead.h"
#include "rt-host/device.h"
#include "rt-host/recorder.h"
#include "rt/engine.h"
#include "timeline/tap.h"
#include "timeline/timeline.h"
#include "wire/codec.h"
#include "wire/event.h"
#include "wire/announcement.h"
#include "wire/family.h"
#include "wire/service.h"

struct garden;
#define WIRE_DAEMON  CHAOSGARDEN
#define WIRE_CONTEXT struct garden
#include "wire/handlers.h"
WIRE_HANDLER_PROTOTYPES
extern const struct wire_handler garden_handlers[WIRE_MESSAGE_COUNT];

struct garden_options {
	const char *bind, *family, *cas_root, *name;
	enum device_kind device;
	bool device_auto; /* PipeWire when it answers, else the null clock */
	uint32_t rate_hz, quantum_frames;
	uint32_t content_mib; /* memory for windows of content; 0: LIMIT_CONTENT_WINDOWS */
};

/* One region or marker of the timeline as the engine has it. */
struct slot {
	uint64_t number; /* the engine's id of it: its place in `slots` plus 1 */
	char *id;
	bool marker;
	struct doc_region *region; /* what was projected; NULL: not on the timeline */
	struct doc_marker *mark;
	struct content_item *item;
	const struct content_item *told; /* what content_error was sent for */
	struct instrument *instrument;
	bool in_set, dirty;
	bool refused; /* content_error was sent because the content cannot even be asked for */
	struct region_key key;
	uint64_t seen; /* the last projection that met it */
	bool idle;     /* it waits to stand for something else */
	struct slot *next_idle;
};

struct projection {
	struct map *by_id; /* "region:ID", "marker:ID" -> struct slot */
	struct slot **slots;
	size_t n_slots, room_slots;
	struct slot *idle_first, *idle_last;
	size_t n_idle;
	struct region_set *set;
	struct time_maps *maps;
	struct doc_tempo *tempo;
	struct doc_meter *meter;
	uint64_t pass;
	bool stale; /* a change could not be projected: look at everything again */
};

/* The range of every beat in the catalogue: the sum of two still lies inside what maps and engine take. */
#define FURTHEST_BEAT 1e8

enum { PRODUCER_MAIN, PRODUCER_CONTROL, PRODUCER_COUNT };
struct position_file;

struct recall;
struct asker;

struct garden {
	const struct garden_options *options;
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_family *family;
	struct wire_announcement *announcement;
	struct wire_service *service;
	struct wire_publisher *publisher;
	struct wire_timer *pump_timer;
	struct wire_wakeup *content_wakeup;
	char *cas_root;
	pthread_mutex_t timeline_lock, doc_lock, send_lock; /* send_lock: the control producer */
	struct timeline *timeline; /* timeline_lock */
	struct document *doc;      /* doc_lock: the newest document, for readers */
	struct engine *engine;
	struct attention *main;
	uint32_t producers[PRODUCER_COUNT];
	struct tape tape;
	void *tape_memory;
	struct device *device;
	struct recorder *recorder;
	struct content_pool *pool;
	struct content_ahead *ahead;
	struct projection projection;
	struct recall *recall; /* what queries see */
	struct asker *asker;   /* who answers them */
	struct position_file *position;
	struct {
		enum device_kind kind, wanted;
		char name[64];
	} shown; /* doc_lock: the device, for readers */
	enum device_kind wanted_device;
	int64_t due_retry_ns; /* when a scheduled edit that could not be written is tried again; 0: none */
	int64_t device_retry_ns, position_told, next_recording;
	char recording_id[32];
	struct tapper tapper;
	char tap_source[128];
	double tap_applied_beats; /* where the map last followed the taps */
	bool restoring; /* the transport is not yet where the last run left it */
	_Atomic bool interrupt; /* the long command at work shall end */
	_Atomic bool busy;      /* a long command is at work */
	_Atomic bool device_lost;
	_Atomic bool closing;
	pthread_t signal_thread;
	bool signals_run;
};

int garden_open(struct garden *g, const struct garden_options *o, struct err *err);
int garden_run(struct garden *g, struct err *err);
void garden_close(struct garden *g);

/* --- signals.c --- */
void signals_block(void); /* before any thread is made */
int signals_open(struct garden *g, struct err *err);
void signals_close(struct garden *g);

/* --- audio.c: engine and device --- */
/* Whether the long command at work shall end: it was interrupted, or the daemon stops. Says so in err: -ECANCELED. */
int long_command_ends(struct garden *g, int64_t done_frames, struct err *err);
int audio_open(struct garden *g, struct err *err);
int audio_start(struct garden *g, struct err *err);
void audio_close(struct garden *g);
/* Lets another device drive the engine; on error the one before is opened again. */
int audio_select(struct garden *g, enum device_kind kind, struct err *err);
/* The device went away or may be back: replaces it. */
void audio_look_after(struct garden *g);
/* The file asked for, which must be absolute, or (NULL) one in the family's recordings folder; the arena's. */
int recording_path(struct garden *g, const char *asked, const char *id, struct wire_arena *arena, const char **ret,
		   struct err *err);
int audio_send(struct garden *g, int producer, enum rt_command_type type, double value, struct err *err);
/* Waits (bounded) until the engine has taken up what was sent; a stepped engine takes it up at once. */
void audio_settle(struct garden *g);
/* What stands at that beat is in memory when this returns, or is going to be missed and counted. */
void audio_prepare(struct garden *g, double beat);
/* Now, for what arrives: the device's frames where only stepping moves it, else the system's clock. */
double audio_now_s(const struct garden *g);
int audio_advance(struct garden *g, int64_t frames, int64_t cycle_ns, int64_t *ret_done, struct err *err);

/* --- slot.c: the numbers that the engine knows regions by --- */
/* The slot of a region or marker, made when it has none yet. */
int slot_get(struct projection *p, bool marker, const char *id, struct slot **ret);
/* Its region is gone from the timeline. */
void slot_rest(struct projection *p, struct slot *s);
/* NULL when there is none. */
struct slot *slot_by_number(const struct projection *p, uint64_t number);

/* --- project.c: the document as the engine's snapshot --- */
int project_open(struct garden *g, struct err *err);
void project_close(struct garden *g);
/*
 * Publishes the newest document to the engine and to readers; `c`: what changed since the last time, NULL: nothing but what is scheduled and
 * the slots that are marked dirty.
 */
int project_now(struct garden *g, const struct changes *c, struct err *err);
/* Has the content made ready that regions will play once these changes are made. */
void project_prepare(struct garden *g, const struct changes *c);
/* A graph of its own for an attention, and instances of every region's instrument. */
int project_graph(struct garden *g, struct attention *a, struct err *err);
int project_instruments(struct garden *g, uint32_t attention);
/* Where a content's file is: its path, or by its hash under --cas-root. malloc'ed. */
int content_path(const struct garden *g, const struct doc_content *c, char **ret, struct err *err);

/* Whether there is such a node:port to play into, or such a parameter to move; -ENOENT naming those there are. */
int project_check_place(const char *name, bool parameter, const char *field, struct err *err);

/* --- pump.c: what the engine tells, on its way to subscribers --- */
void pump(struct garden *g);
struct wire_moment garden_moment(void *user);
void emit(struct garden *g, enum wire_event_id type, const void *event);
/* Events of an edit, and the projection of it. Call after every commit, without the lock. */
void garden_committed(struct garden *g, const struct edit *e);
/* What others read from now on. garden_committed does it too; progress alone is no edit. */
void garden_share_document(struct garden *g, struct document *d);
/* Makes ready what a scheduled edit will play, and tells everybody of it. */
void garden_scheduled(struct garden *g, const struct scheduled_edit *s);
void emit_dropped(struct garden *g, const struct scheduled_edit *s, const char *reason);
void emit_transport(struct garden *g, const char *reason);
void emit_device(struct garden *g, const char *reason);
void emit_recording(struct garden *g);

/* --- recall.c: what queries see --- */
struct garden_view;
int recall_open(struct garden *g, struct err *err);
void recall_close(struct garden *g);
void recall_edit(struct garden *g, const struct edit *e);
void recall_document(struct garden *g, struct document *d);
void recall_pending(struct garden *g, const struct scheduled_edit *s);
void recall_pending_gone(struct garden *g, const char *edit_id);
/* The garden as it is now, with the transport of this moment; any thread. */
int recall_view(struct garden *g, struct garden_view **ret, struct err *err);

/* --- handle_ask.c: queries --- */
int ask_open(struct garden *g, struct err *err);
void ask_stop(struct garden *g);
void ask_close(struct garden *g);
int ask_metrics(struct garden *g, struct wire_arena *arena, struct metric_view **ret, size_t *ret_n, struct err *err);

/* --- position.c: where the transport is, for the next start --- */
struct saved_position {
	enum transport_state state;
	double beat;
};
int position_open(const char *path, struct position_file **ret, struct saved_position *ret_saved, struct err *err);
void position_close(struct position_file *f);
void position_save(struct position_file *f, const struct saved_position *p);

/* --- view.c: documents as messages; memory is the arena's --- */
int view_region(const struct doc_region *r, struct wire_arena *arena, struct region_view *ret);
int view_marker(const struct doc_marker *m, struct wire_arena *arena, struct marker_view *ret);
int view_touched(const struct changes *c, struct wire_arena *arena, const char ***ret); /* c->n keys */
/* `conflict`: why it would be dropped now, NULL when it would not. */
int view_pending(const struct scheduled_edit *s, struct wire_arena *arena, struct pending_edit *ret);
int view_edit(const struct edit *e, struct wire_arena *arena, struct edit_view *ret);
int view_tempo(const struct document *d, struct wire_arena *arena, struct tempo_point_view **ret, size_t *ret_n);
int view_meter(const struct document *d, struct wire_arena *arena, struct meter_point_view **ret, size_t *ret_n);
void view_transport(struct garden *g, struct transport_view *ret);
void view_device(struct garden *g, struct wire_arena *arena, struct device_view *ret);
void view_recording(struct garden *g, const struct recorder_info *info, struct record_view *ret, struct wire_arena *arena);
/* The maps of a document at the engine's rate, in the arena. */
int view_maps(const struct garden *g, const struct document *d, struct wire_arena *arena, struct tempo_map **ret_tempo,
	      struct meter_map **ret_meter, struct err *err);

/* --- handle_query.c --- */
/* What a subscriber starts from, as JSON; a long timeline's first page. */
int garden_snapshot(struct garden *g, struct strbuf *state, struct err *err);

struct document *garden_document(struct garden *g); /* a reference, from any thread */
/* The beat that a place in musical time means now, no nearer than the look-ahead when the transport plays. */
int garden_when(struct garden *g, const struct musical_when *when, struct wire_arena *arena, double *ret, struct err *err);
double garden_beat(struct garden *g);

#endif
