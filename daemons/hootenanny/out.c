/*
 * The outbox on its way: one message at a time, in order, the next after the last was acknowledged. What chaosgarden
 * refuses for good is noted, told to whoever waits for it, and passed over; everything else is tried again.
 */
#include <string.h>

#include "base/str.h"
#include "hoot.h"

#define LOG_TOPIC "outbox"
#include "base/log.h"

#include "base/banned.h"

enum { DELAY_FIRST_MS = 100, DELAY_MOST_MS = 5000, DEADLINE_MS = 10000 };

static void on_answer(void *arg, const struct wire_answer *a);

static void try_later(struct hoot *h)
{
	h->out.busy = false;
	wire_timer_start(h->out.retry, h->out.delay_ms);
	h->out.delay_ms = h->out.delay_ms * 2 < DELAY_MOST_MS ? h->out.delay_ms * 2 : DELAY_MOST_MS;
}

static void send_message(struct hoot *h)
{
	const struct outbox_message *m = &h->out.message;
	const struct wire_request_options o = {
		.actor = m->actor, .idempotency_key = m->key, .deadline_ms = DEADLINE_MS};
	struct err err = ERR_INIT;
	h->out.busy = true;
	if (wire_client_send_json(h->out.client, m->payload, strlen(m->payload), &o, on_answer, h,
				  NULL, &err) == 0)
		return;
	log_warn("cannot send to chaosgarden, trying again", LOG_STR("type", m->type),
		 LOG_ERR(&err));
	try_later(h);
}

void out_kick(struct hoot *h)
{
	struct store_conn *c;
	struct err err = ERR_INIT;
	if (h->out.busy || !h->out.client || wire_service_stopping(h->service))
		return;
	wire_arena_clear(&h->out.arena);
	int r = hoot_tx(h, &c, &err);
	if (r == 0)
		r = outbox_first(c, &h->out.arena, &h->out.message, &err);
	hoot_tx_end(h, r < 0 ? r : 0);
	if (r > 0) {
		wire_timer_stop(h->out.retry);
		send_message(h);
	} else if (r < 0) {
		log_warn("cannot read the outbox, trying again", LOG_ERR(&err));
		try_later(h);
	}
}

static void on_retry(void *arg)
{
	out_kick(arg);
}

/* A variation that its region will not have is not made. Whoever decided hears why. */
static int refuse(struct hoot *h, struct store_conn *c, const struct err *why, const char *text, struct err *err)
{
	const char *decision_id = h->out.message.decision_id, *job_id = NULL;
	int r = 0;
	if (outbox_is_start(&h->out.message))
		r = outbox_variation(c, &h->out.message, &h->out.arena, &decision_id, &job_id, err);
	if (r >= 0 && job_id)
		r = jobs_withdraw(&h->jobs, c, job_id, text, err);
	if (r >= 0)
		wait_refuse(h, decision_id, why);
	return r < 0 ? r : 0;
}

/* `refusal` NULL: chaosgarden has done it. */
static void settle_message(struct hoot *h, const struct err *refusal)
{
	char text[sizeof(refusal->msg) + sizeof(refusal->hint) + 4] = "";
	struct store_conn *c;
	struct err err = ERR_INIT;
	if (refusal)
		(void)snprintf(text, sizeof(text), "%s%s%s", err_msg(refusal), *refusal->hint ? "; " : "", refusal->hint);
	int r = hoot_tx(h, &c, &err);
	if (r == 0)
		r = outbox_done(c, &h->out.message, refusal ? text : NULL, &err);
	if (r == 0 && refusal)
		r = refuse(h, c, refusal, text, &err);
	hoot_tx_end(h, r);
	if (r < 0) {
		log_warn("cannot note a delivery, sending again", LOG_ERR(&err));
		try_later(h);
		return;
	}
	h->turn.ended |= *h->out.message.decision_id || outbox_is_start(&h->out.message); /* somebody may wait for it */
	h->out.busy = false;
	h->out.delay_ms = DELAY_FIRST_MS;
	out_kick(h); /* in the same turn */
}

static void on_answer(void *arg, const struct wire_answer *a)
{
	struct hoot *h = arg;
	if (a->code == 0) {
		settle_message(h, NULL);
	} else if (err_retry(a->code) && a->code != -ESTALE) {
		log_debug("chaosgarden did not take a message, trying again",
			  LOG_STR("type", h->out.message.type), LOG_ERR(a->err));
		try_later(h);
	} else {
		struct err why = ERR_INIT;
		(void)err_set(&why, a->code, "chaosgarden refused it"); /* when it gave no words */
		if (a->err)
			why = *a->err;
		why.code = a->code;
		log_warn("chaosgarden refused a message, passing it over",
			 LOG_STR("type", h->out.message.type), LOG_ERR(&why));
		settle_message(h, &why);
	}
}

int out_open(struct hoot *h, struct err *err)
{
	const struct wire_client_options o = {.name = "hootenanny",
					      .context = h->context,
					      .loop = h->loop,
					      .family = h->options->chaosgarden ? NULL : h->family,
					      .daemon = "chaosgarden",
					      .socket = "shell",
					      .endpoint = h->options->chaosgarden,
					      .actor = "hootenanny",
					      .default_deadline_ms = DEADLINE_MS};
	h->out.delay_ms = DELAY_FIRST_MS;
	int r = wire_timer_new(h->loop, on_retry, h, &h->out.retry, err);
	return r < 0 ? r : wire_client_new(&o, &h->out.client, err);
}

void out_close(struct hoot *h)
{
	wire_client_free(TAKE(h->out.client));
	wire_timer_free(TAKE(h->out.retry));
	wire_arena_done(&h->out.arena);
}
