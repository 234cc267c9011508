/*
 * hoot.h - the control plane: content, artifacts, jobs, workers, decisions behind sockets.
 *
 * Turns:     handlers change the store inside one transaction for each turn of the loop. Their
 *            replies and events wait until it is committed, so that nobody hears of what may still
 *            be lost, and all who ask at the same time share one fsync. A handler gets the
 *            transaction from hoot_tx, which marks a place to return to when the handler fails.
 *            Content goes into the store before (hoot_settle), with a transaction of its own.
 * Threads:   everything on the loop's thread, except large content (hoot_long) and queries (graph.h).
 */
#ifndef HOOTENANNY_HOOT_H
#define HOOTENANNY_HOOT_H

#include "base/list.h"
#include "base/map.h"
#include "base/uuid.h"
#include "cas/cas.h"
#include "jobs/job.h"
#include "jobs/outbox.h"
#include "store/store.h"
#include "wire/client.h"
#include "wire/codec.h"
#include "wire/event.h"
#include "wire/announcement.h"
#include "wire/family.h"
#include "wire/service.h"

struct hoot;
struct artifact_new;
struct control_worker;
struct worker_card;
#define WIRE_DAEMON  HOOTENANNY
#define WIRE_CONTEXT struct hoot
#include "wire/handlers.h"
WIRE_HANDLER_PROTOTYPES
extern const struct wire_handler hoot_own_handlers[WIRE_MESSAGE_COUNT];

struct hoot_options {
	const char *bind;           /* NULL: the usual ports */
	const char *family;         /* NULL: the default */
	const char *cas_root;       /* NULL: FAMILY/cas */
	const char *chaosgarden;    /* its shell; NULL: found through the family */
	const char *const *imports; /* folders that artifact_import may read from */
	size_t n_imports;
	int64_t lease_ms; /* 0: 15000 */
};

/* A reply that waits for the commit. */
struct hoot_held {
	struct wire_reply *reply;
	char *text;
	size_t n;
};

struct hoot_event {
	const struct wire_event *type;
	const void *event; /* in turn_arena */
};

struct hoot {
	const struct hoot_options *options;
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_family *family;
	struct wire_announcement *announcement;
	struct wire_service *service;
	struct wire_publisher *publisher;
	struct wire_socket *hints;
	struct wire_handler handlers[WIRE_MESSAGE_COUNT]; /* own handlers, each inside a turn */
	struct store *store;
	struct cas *cas;
	char *mark_path, mark[UUID_SIZE]; /* by which workers know that they see our files */
	struct jobs jobs;
	struct {
		struct store_conn *conn; /* the turn's transaction; NULL: none yet */
		bool in_call, keep, deferred, dirty;
		bool later; /* the handler will be called again */
		int64_t changes; /* of the connection, when the call began */
		struct hoot_held *held;
		size_t n_held, room_held;
		struct hoot_event *events;
		size_t n_events, room_events;
		struct wire_arena arena; /* for events */
		bool ended, work;        /* a job has ended; there is work for workers */
	} turn;
	struct wire_timer *commit_timer, *sweep_timer, *hint_timer;
	struct laters *laters;
	struct watches *watches;
	struct graph *graph;
	struct map *workers; /* id -> struct worker_entry */
	struct list job_waiters, decision_waiters;
	struct list perceive_waiters; /* perceive.c */
	size_t n_waiters;
	struct {
		struct wire_client *client;
		struct wire_timer *retry;
		struct wire_arena arena;
		struct outbox_message message;
		bool busy;
		int64_t delay_ms;
	} out;
};

int hoot_open(struct hoot *h, const struct hoot_options *options, struct err *err);
int hoot_run(struct hoot *h, struct err *err);
void hoot_close(struct hoot *h);

/* --- turn.c ----------------------------------------------------------------------------------- */
void hoot_turn_init(struct hoot *h);
int hoot_turn_open(struct hoot *h, struct err *err);
void hoot_turn_done(struct hoot *h);
/* The turn's transaction, for a handler or for work between requests. */
int hoot_tx(struct hoot *h, struct store_conn **ret, struct err *err);
/* Ends what hoot_tx began outside of a handler: keeps it (r == 0) or undoes it; returns r. */
int hoot_tx_end(struct hoot *h, int r);
/* What the handler did stays although it returns an error. */
void hoot_keep(struct hoot *h);
/* Commits what is open, so that content may be stored; must come before hoot_tx in a handler. */
int hoot_settle(struct hoot *h, struct err *err);
/* The handler answers later by itself. */
int hoot_defer(struct hoot *h, const struct wire_call *call, struct wire_reply **ret,
	       struct err *err);
/* Publishes after the commit; `event` lies in turn.arena. */
int hoot_emit(struct hoot *h, enum wire_event_id type, const void *event, struct err *err);
const char *hoot_actor(const struct wire_call *call);
int64_t hoot_unix_ms(void);

/* --- later.c: large content, beside the loop --------------------------------------------------- */
/*
 * Work that takes time in proportion to a content's length. It may touch h->cas, h->store,
 * h->options and the call's arena, from any thread; `ret` has `size` zeroed bytes.
 */
typedef int hoot_long_fn(struct hoot *h, const struct wire_call *call, const void *req, void *ret,
			 struct err *err);
struct hoot_long {
	hoot_long_fn *run;
	size_t size;
};
/*
 * Does the work, for n_bytes of content: 0 or an error. 1: that is done beside the loop, and the
 * handler returns 0 at once; it is called again with the same request, and then this has the
 * work's result. Must come before hoot_tx in a handler. -EBUSY with LIMIT_LATERS under way.
 */
int hoot_long(struct hoot *h, const struct wire_call *call, const void *req, int64_t n_bytes,
	      const struct hoot_long *work, void *ret, struct err *err);
/* How long the file is; 0 when it cannot be looked at, which the work will tell. */
int64_t hoot_file_bytes(const char *path);
/* The deferred reply of the request that is being called again; NULL when none is. */
struct wire_reply *later_take_reply(struct hoot *h);
bool later_is_resumed(const struct hoot *h);
int later_open(struct hoot *h, struct err *err);
void later_close(struct hoot *h);

/* --- handle_artifact.c -------------------------------------------------------------------------- */
/* An artifact of content that is in the store, told to everybody. */
int artifact_make(struct hoot *h, const struct wire_call *call, const struct artifact_new *a,
		  char ret_id[UUID_SIZE], struct err *err);

/* --- pool.c: who works ------------------------------------------------------------------------ */
struct worker_entry {
	struct wire_arena arena; /* what `view` points to */
	struct worker_view view;
	struct worker_card *card; /* the same, for other threads */
	int64_t heard_ns;
	char lock[65]; /* of the family, held by its process; "": none is known */
	pid_t holder;  /* of that lock when it registered */
};
struct worker_entry *pool_find(struct hoot *h, const char *worker_id);
/* The worker, heard from just now; -ENOENT tells it to register. */
int pool_hear(struct hoot *h, const char *worker_id, struct worker_entry **ret, struct err *err);
int pool_add(struct hoot *h, const char *id, const struct worker_register *req,
	     struct worker_entry **ret, bool *ret_joined, struct err *err);
/* Puts back what it holds and tells everybody. */
int pool_leave(struct hoot *h, struct store_conn *c, struct worker_entry *w, const char *reason,
	       int64_t *ret_n, struct err *err);
/* Its former self, which the same lock shows to be gone, leaves. */
int pool_succeed(struct hoot *h, struct store_conn *c, const struct worker_entry *w, struct err *err);
/* Those leave that were not heard for too long, and those whose process has let go of its lock. */
int pool_sweep(struct hoot *h, struct store_conn *c, struct err *err);
/* Everything that workers offer, those that have gone too. */
int pool_offers(struct hoot *h, struct wire_arena *arena, struct capability_list *ret,
		struct err *err);
/* The same of those that are online. */
int pool_online(struct hoot *h, struct wire_arena *arena, struct capability_list *ret,
		struct err *err);
/* Says of the pending ones among n jobs which wait for a worker that is not there. */
int pool_explain(struct hoot *h, struct store_conn *c, struct job_view *jobs, size_t n,
		 struct wire_arena *arena, struct err *err);
/* job_load, and that. */
int pool_load_job(struct hoot *h, struct store_conn *c, const char *job_id,
		  struct wire_arena *arena, struct job_view *ret, struct err *err);
/* All workers as they are now, for other threads: the caller frees the array and drops the references on the cards. */
int pool_see(struct hoot *h, struct control_worker **ret, size_t *ret_n, struct err *err);
void pool_done(struct hoot *h);
/* The job that a worker holds, into the view. */
int pool_view(struct hoot *h, struct store_conn *c, const struct worker_entry *w,
	      struct wire_arena *arena, struct worker_view *ret, struct err *err);

/* --- wait.c: replies that wait for jobs and deliveries ---------------------------------------- */
int wait_for_jobs(struct hoot *h, const struct wire_call *call, const char *const *ids, size_t n,
		  enum poll_mode mode, int64_t timeout_ms, struct err *err);
/* The answer is that of midi_stems_export: all of the jobs. */
int wait_for_stems(struct hoot *h, const struct wire_call *call, const char *const *ids, size_t n, int64_t timeout_ms,
		   struct err *err);
int wait_for_cancel(struct hoot *h, const struct wire_call *call, const char *job_id,
		    int64_t timeout_ms, struct err *err);
int wait_for_delivery(struct hoot *h, const struct wire_call *call, const char *decision_id,
		      int64_t timeout_ms, struct err *err);
/* Those who wait for this delivery will hear why it was refused. */
void wait_refuse(struct hoot *h, const char *decision_id, const struct err *why);
/* The answer is that of a verb that starts a job: the job. */
int wait_for_started(struct hoot *h, const struct wire_call *call, const char *job_id,
		     int64_t timeout_ms, struct err *err);
/* The answer is a tool's (tool.h). */
int wait_for_tool(struct hoot *h, const struct wire_call *call, const char *job_id,
		  int64_t timeout_ms, struct err *err);
void wait_check(struct hoot *h);
void wait_done(struct hoot *h);

/* --- out.c: the outbox on its way to chaosgarden ---------------------------------------------- */
int out_open(struct hoot *h, struct err *err);
void out_close(struct hoot *h);
void out_kick(struct hoot *h);

/* --- hint.c: "there is work" ------------------------------------------------------------------ */
void hint_send(struct hoot *h);

/* --- change.c: what happens when a job changes ------------------------------------------------ */
int hoot_changed(void *user, struct store_conn *c, enum job_change change, const char *what,
		 struct err *err);

#endif
