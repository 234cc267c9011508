#include "slot.h"

#include "task.h"

#include "base/str.h"
#include "base/uuid.h"
#include "have.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LOG_TOPIC "worker"
#include "base/log.h"

#include "base/banned.h"

#define ASK_MS       10000 /* deadline of one question; it is asked again after that */
#define IDLE_MS      2000  /* claims without a hint */
#define PROGRESS_MS  250
#define RETRY_MIN_MS 250
#define RETRY_MAX_MS 5000

enum slot_state { SLOT_JOINING, SLOT_IDLE, SLOT_CLAIMING, SLOT_WORKING, SLOT_HANDING_IN, SLOT_LEAVING, SLOT_LEFT };

struct slot {
	struct slot_options o;
	enum slot_state state;
	char worker_id[UUID_SIZE];
	bool has_id, draining, giving_back, hinted;
	bool asking;                 /* the question of this state is under way */
	bool beating;                /* a heartbeat or progress is under way */
	bool lost;                   /* the lease is somebody else's */
	char claim_key[UUID_SIZE];   /* of the claim that is not answered yet; "": none */
	uint64_t ticket, beat_ticket;
	int64_t retry_ms, beat_due_ns, heartbeat_ms;
	struct carry_view view; /* of the content, since we joined */
	struct task *task;
	bool task_done;
	struct wire_timer *timer; /* the next try, or the next look at the work */
};

static void turn(void *arg);

static void enter(struct slot *s, enum slot_state state)
{
	s->state = state;
	s->asking = false;
	s->retry_ms = RETRY_MIN_MS;
	wire_timer_start(s->timer, 0);
}

/* Waits longer each time, and then the state asks again. */
static void retry(struct slot *s)
{
	wire_timer_start(s->timer, s->retry_ms);
	s->retry_ms = s->retry_ms * 2 < RETRY_MAX_MS ? s->retry_ms * 2 : RETRY_MAX_MS;
}

static int ask(struct slot *s, enum wire_message_id id, const void *req, const char *key, wire_answer_fn *fn)
{
	struct wire_request_options o = { .deadline_ms = ASK_MS, .idempotency_key = key };
	struct err err = ERR_INIT;
	int code = wire_client_send(s->o.client, &wire_messages[id], req, &o, fn, s, &s->ticket, &err);
	s->asking = code == 0;
	if (code < 0) {
		log_warn("cannot ask, trying again", LOG_STR("request", wire_messages[id].name), LOG_ERR(&err));
		retry(s);
	}
	return code;
}

static bool is_worker_unknown(const struct wire_answer *a)
{
	return a->code == -ENOENT && str_eq(a->err->field, "worker_id");
}

/* --- joining ---------------------------------------------------------------------------------------------------- */

static void hardware(char *ret, size_t size, char *ret_host, size_t host_size)
{
	struct utsname u;
	if (uname(&u) < 0)
		memset(&u, 0, sizeof(u));
	(void)snprintf(ret, size, "cpu %s, %ld cores, %s %s", u.machine, sysconf(_SC_NPROCESSORS_ONLN), u.sysname, u.release);
	(void)snprintf(ret_host, host_size, "%s", u.nodename);
}

static void joined(void *arg, const struct wire_answer *a)
{
	struct slot *s = arg;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct worker_register_result res;
	struct err err = ERR_INIT;
	s->asking = false;
	int code = a->code;
	if (code == 0)
		code = wire_decode_text(wire_messages[WIRE_MESSAGE_worker_register].result, a->result.s, a->result.n,
					WIRE_IGNORE_UNKNOWN, &arena, &res, &err);
	else
		err = *a->err;
	if (code == 0 && !str_copy(s->worker_id, sizeof(s->worker_id), res.worker_id))
		code = err_set(&err, -EBADMSG, "a worker id of %zu characters", strlen(res.worker_id));
	if (code == 0)
		code = carry_look(s->o.carries, &res, &s->view, &err);
	if (code < 0) {
		log_warn("cannot join, trying again", LOG_STR("worker", s->o.name), LOG_ERR(&err));
		retry(s);
		return;
	}
	s->has_id = true;
	s->heartbeat_ms = res.heartbeat_ms;
	log_info("joined", LOG_STR("worker", s->o.name), LOG_STR("id", s->worker_id),
		 LOG_STR("files", s->view.shared ? "shared" : "fetched and delivered"));
	enter(s, s->task ? s->task_done ? SLOT_HANDING_IN : SLOT_WORKING : SLOT_IDLE);
	s->hinted = true;
}

static void join(struct slot *s)
{
	struct worker_capability can[SKILLS_MAX];
	char about[200], host[256];
	const struct skill_set *set = s->o.set;
	for (size_t i = 0; i < set->n; i++) {
		const struct skill *k = &set->skills[i];
		can[i] = (struct worker_capability){
			.verb = k->verb,
			.from_space = k->from_space,
			.to_space = k->to_space,
			.model = k->model,
			.model_version = k->version,
			.deterministic = true,
			.has_params_schema = true,
			.params_schema = model_params_schema(k->table),
		};
		can[i].has_params_schema = can[i].params_schema != NULL;
	}
	hardware(about, sizeof(about), host, sizeof(host));
	struct worker_register req = {
		.name = s->o.name,
		.has_worker_id = s->has_id,
		.worker_id = s->worker_id,
		.worker_type = "hoot-worker",
		.hostname = host,
		.version = HOOT_VERSION,
		.hardware = about,
		.has_lock = s->o.lock != NULL,
		.lock = s->o.lock,
	};
	req.capabilities.v = can;
	req.capabilities.n = set->n;
	(void)ask(s, WIRE_MESSAGE_worker_register, &req, NULL, joined);
	for (size_t i = 0; i < set->n; i++)
		json_decref((json_t *)can[i].params_schema);
}

/* --- claiming --------------------------------------------------------------------------------------------------- */

static void on_task_done(void *arg)
{
	struct slot *s = arg;
	s->task_done = true;
	if (s->state == SLOT_WORKING)
		enter(s, SLOT_HANDING_IN);
}

/* Until the next hint, or until it is time to be heard again. */
static void rest(struct slot *s)
{
	s->state = SLOT_IDLE;
	s->retry_ms = RETRY_MIN_MS;
	wire_timer_start(s->timer, s->hinted || s->draining ? 0 : s->heartbeat_ms < IDLE_MS ? s->heartbeat_ms : IDLE_MS);
}

static void begin(struct slot *s, const struct wire_answer *a)
{
	if (s->giving_back) { /* leaving puts back what this may have leased */
		enter(s, SLOT_LEAVING);
		return;
	}
	struct err err = ERR_INIT;
	const struct task_options o = { s->o.loop, s->o.set, s->o.carries, &s->view, on_task_done, s };
	int code = task_new(&o, a->result.s, a->result.n, &s->task, &err);
	if (code == 0 && !s->task) {
		rest(s);
		return;
	}
	if (code == 0)
		code = task_start(s->task, &err);
	if (code < 0) {
		/* The lease runs out and the job goes to somebody else. */
		log_error("cannot begin a job, leaving it to others", LOG_ERR(&err));
		task_free(TAKE(s->task));
		rest(s);
		return;
	}
	const struct lease_view *l = task_lease(s->task);
	log_info("working", LOG_STR("job", l->job_id), LOG_INT("attempt", l->attempt), LOG_STR("verb", l->verb),
		 LOG_STR("to", l->space), LOG_STR("model", l->model), LOG_INT("seed", l->seed));
	s->task_done = s->lost = false;
	s->heartbeat_ms = l->lease_ms / 3 > 1 ? l->lease_ms / 3 : 1;
	s->beat_due_ns = wire_loop_now_ns(s->o.loop) + s->heartbeat_ms * NS_PER_MS;
	enter(s, SLOT_WORKING);
}

static void claimed(void *arg, const struct wire_answer *a)
{
	struct slot *s = arg;
	s->asking = false;
	if (a->code != -EAGAIN && a->code != -ETIMEDOUT) /* else the same claim is made again */
		s->claim_key[0] = '\0';
	if (a->code == 0) {
		begin(s, a);
	} else if (is_worker_unknown(a)) {
		enter(s, SLOT_JOINING);
	} else {
		log_debug("no claim", LOG_ERR(a->err));
		s->state = SLOT_IDLE;
		retry(s);
	}
}

/*
 * With a key: hootenanny may die between leasing a job to us and telling us so. Asked again, it gives us the same lease.
 */
static void claim(struct slot *s)
{
	struct job_claim req = { .worker_id = s->worker_id };
	if (!s->claim_key[0])
		uuid_new(s->claim_key);
	s->hinted = false;
	if (ask(s, WIRE_MESSAGE_job_claim, &req, s->claim_key, claimed) == 0)
		s->state = SLOT_CLAIMING;
}

/* --- working ---------------------------------------------------------------------------------------------------- */

static void beaten(void *arg, const struct wire_answer *a)
{
	struct slot *s = arg;
	s->beating = false;
	if (!s->task)
		return;
	if (a->code == 0) {
		/* Both answers begin with the same two fields. */
		struct job_heartbeat_result res;
		AUTO_ARENA arena = WIRE_ARENA_INIT;
		if (wire_decode_text(wire_messages[WIRE_MESSAGE_job_heartbeat].result, a->result.s, a->result.n, WIRE_IGNORE_UNKNOWN,
				     &arena, &res, NULL) == 0 && res.cancel)
			task_cancel(s->task);
	} else if (s->state == SLOT_WORKING && (a->code == -ESTALE || a->code == -ENOENT || a->code == -EPROTO)) {
		log_warn("the job is no longer ours, dropping it", LOG_STR("job", task_lease(s->task)->job_id), LOG_ERR(a->err));
		s->lost = true;
		task_cancel(s->task);
	}
}

static void beat(struct slot *s)
{
	struct wire_request_options o = { .deadline_ms = ASK_MS };
	const struct lease_view *l = task_lease(s->task);
	char what[96];
	double fraction;
	int64_t now = wire_loop_now_ns(s->o.loop);
	bool news = task_progress(s->task, &fraction, what, sizeof(what));
	if (s->beating || (!news && now < s->beat_due_ns))
		return;
	int code;
	if (news) {
		struct job_progress req = { .worker_id = s->worker_id, .job_id = l->job_id, .attempt = l->attempt,
					    .progress = fraction < 1 ? fraction : 1, .message = what };
		code = wire_client_send(s->o.client, &wire_messages[WIRE_MESSAGE_job_progress], &req, &o, beaten, s,
					&s->beat_ticket, NULL);
	} else {
		struct job_heartbeat req = { .worker_id = s->worker_id, .job_id = l->job_id, .attempt = l->attempt };
		code = wire_client_send(s->o.client, &wire_messages[WIRE_MESSAGE_job_heartbeat], &req, &o, beaten, s,
					&s->beat_ticket, NULL);
	}
	s->beating = code == 0;
	s->beat_due_ns = now + s->heartbeat_ms * NS_PER_MS;
}

static void keep_lease(struct slot *s)
{
	beat(s);
	wire_timer_start(s->timer, PROGRESS_MS < s->heartbeat_ms ? PROGRESS_MS : s->heartbeat_ms);
}

/* --- handing in --------------------------------------------------------------------------------------------------- */

static void put_away(struct slot *s)
{
	if (s->beating)
		wire_client_cancel(s->o.client, s->beat_ticket);
	s->beating = false;
	task_free(TAKE(s->task));
	s->hinted = true;
	enter(s, SLOT_IDLE);
}

static void unstaged(void *arg, const struct wire_answer *a)
{
	/* What could not be removed is swept when it is a day old. */
	(void)arg;
	(void)a;
}

static void discard(struct slot *s)
{
	struct wire_request_options o = { .deadline_ms = ASK_MS };
	struct cas_unstage req = { .path = task_staging_path(s->task) };
	if (!task_discard(s->task))
		(void)wire_client_send(s->o.client, &wire_messages[WIRE_MESSAGE_cas_unstage], &req, &o, unstaged, NULL, NULL, NULL);
}

static void handed_in(void *arg, const struct wire_answer *a)
{
	struct slot *s = arg;
	const struct lease_view *l = task_lease(s->task);
	s->asking = false;
	if (a->code == 0) {
		log_info("handed in", LOG_STR("job", l->job_id), LOG_INT("attempt", l->attempt),
			 LOG_STR("error", task_result(s->task)->code < 0 ? err_msg(&task_result(s->task)->err) : "none"));
		if (task_result(s->task)->code < 0)
			discard(s);
		put_away(s);
	} else if (is_worker_unknown(a)) {
		enter(s, SLOT_JOINING);
	} else if (err_retry(a->code) && a->code != -ESTALE) {
		log_warn("not handed in yet, trying again", LOG_STR("job", l->job_id), LOG_ERR(a->err));
		retry(s);
	} else {
		log_warn("the result is not wanted, dropping it", LOG_STR("job", l->job_id), LOG_ERR(a->err));
		discard(s);
		put_away(s);
	}
}

static void hand_in(struct slot *s)
{
	const struct lease_view *l = task_lease(s->task);
	const struct task_result *r = task_result(s->task);
	if (s->lost) {
		discard(s);
		put_away(s);
	} else if (r->code == 0) {
		struct job_complete req = {
			.worker_id = s->worker_id,
			.job_id = l->job_id,
			.attempt = l->attempt,
			.has_path = true,
			.path = task_staging_path(s->task),
			.content_hash = r->content_hash,
			.has_mime_type = true,
			.mime_type = r->mime_type,
			.has_metadata = r->metadata != NULL,
			.metadata = r->metadata,
		};
		(void)ask(s, WIRE_MESSAGE_job_complete, &req, NULL, handed_in);
	} else if (r->code == -ECANCELED) {
		struct job_stopped req = { .worker_id = s->worker_id, .job_id = l->job_id, .attempt = l->attempt };
		(void)ask(s, WIRE_MESSAGE_job_stopped, &req, NULL, handed_in);
	} else {
		char why[sizeof(r->err.msg) + sizeof(r->err.hint) + 2];
		const char *hint = r->err.hint;
		(void)snprintf(why, sizeof(why), "%s%s%s", err_msg(&r->err), hint[0] ? "; " : "", hint);
		struct job_fail req = { .worker_id = s->worker_id, .job_id = l->job_id, .attempt = l->attempt,
					.code = err_name(r->code), .message = why, .retry = err_retry(r->code) };
		(void)ask(s, WIRE_MESSAGE_job_fail, &req, NULL, handed_in);
	}
}

/* --- leaving ------------------------------------------------------------------------------------------------------ */

static void left(struct slot *s)
{
	s->state = SLOT_LEFT;
	if (s->o.left)
		s->o.left(s->o.arg);
}

static void said_goodbye(void *arg, const struct wire_answer *a)
{
	/* Whoever did not hear it will miss us. */
	struct slot *s = arg;
	(void)a;
	s->asking = false;
	left(s);
}

static void leave(struct slot *s)
{
	struct worker_leave req = { .worker_id = s->worker_id, .reason = "shutdown" };
	struct wire_request_options o = { .deadline_ms = 1000 };
	if (s->has_id && wire_client_connected(s->o.client) &&
	    wire_client_send(s->o.client, &wire_messages[WIRE_MESSAGE_worker_leave], &req, &o, said_goodbye, s, &s->ticket,
			     NULL) == 0) {
		s->asking = true;
		return;
	}
	left(s);
}

/* --- the turns of a slot ------------------------------------------------------------------------------------------ */

static void turn(void *arg)
{
	struct slot *s = arg;
	if (s->asking) {
		if (s->state == SLOT_HANDING_IN) /* a large result may be looked at for longer than a lease */
			keep_lease(s);
		return;
	}
	switch (s->state) {
	case SLOT_JOINING:
		if (s->draining && !s->task)
			enter(s, SLOT_LEAVING);
		else
			join(s);
		break;
	case SLOT_IDLE:
		if (s->draining)
			enter(s, SLOT_LEAVING);
		else
			claim(s);
		break;
	case SLOT_WORKING: keep_lease(s); break;
	case SLOT_HANDING_IN:
		hand_in(s);
		if (s->asking)
			keep_lease(s);
		break;
	case SLOT_LEAVING: leave(s); break;
	case SLOT_CLAIMING:
	case SLOT_LEFT: break;
	}
}

int slot_new(const struct slot_options *o, struct slot **ret, struct err *err)
{
	AUTO(slot) s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "worker");
	s->o = *o;
	int code = wire_timer_new(o->loop, turn, s, &s->timer, err);
	if (code < 0)
		return code;
	enter(s, SLOT_JOINING);
	*ret = TAKE(s);
	return 0;
}

void slot_free(struct slot *s)
{
	if (!s)
		return;
	if (s->asking)
		wire_client_cancel(s->o.client, s->ticket);
	if (s->beating)
		wire_client_cancel(s->o.client, s->beat_ticket);
	if (s->task) {
		task_cancel(s->task);
		task_free(s->task);
	}
	wire_timer_free(s->timer);
	free(s);
}

void slot_hint(struct slot *s)
{
	if (s->state == SLOT_IDLE)
		wire_timer_start(s->timer, 0);
	else
		s->hinted = true;
}

void slot_drain(struct slot *s)
{
	if (s->draining && s->task && s->state == SLOT_WORKING)
		task_cancel(s->task);
	s->giving_back = s->draining;
	s->draining = true;
	if (s->state == SLOT_IDLE || s->state == SLOT_JOINING) {
		if (s->asking)
			wire_client_cancel(s->o.client, s->ticket);
		enter(s, s->task ? s->state : SLOT_LEAVING);
	}
}
