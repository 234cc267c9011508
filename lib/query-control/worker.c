/*
 * worker.c - workers, and what each can do.
 *
 * Vertices: Worker: `p` is a `const struct control_worker *`; Capability: `p` is a `const struct worker_offer *`, `q` its worker.
 */
#include "query-control/estimate_priv.h"
#include "query-control/tables_priv.h"

#include "base/str.h"

#include "base/banned.h"

static const struct control_worker *worker_of(const struct tf_vertex *v)
{
	return v->p;
}

int worker_open_by_id(struct tf_iter *it, struct tf_context *c, const char *worker_id)
{
	const struct control_view *v = control_of(c);
	tf_iter_none(it);
	for (size_t i = 0; worker_id && i < v->n_workers; i++) {
		if (str_eq(v->workers[i].card->worker_id, worker_id))
			tf_iter_one(it, (struct tf_vertex){.type = it->type, .p = &v->workers[i]});
	}
	return 0;
}

/* ---- workers ---- */

SELECT_GET(get_id, tf_string(worker_of(v)->card->worker_id))
SELECT_GET(get_name, tf_string(worker_of(v)->card->name))
SELECT_GET(get_type, tf_string(worker_of(v)->card->worker_type))
SELECT_GET(get_hostname, tf_string(worker_of(v)->card->hostname))
SELECT_GET(get_version, tf_string(worker_of(v)->card->version))
SELECT_GET(get_hardware, tf_string(worker_of(v)->card->hardware))
SELECT_GET(get_online, tf_bool(worker_of(v)->online))
SELECT_GET(get_completed, tf_int(worker_of(v)->n_completed))
SELECT_GET(get_seen, tf_int(worker_of(v)->last_seen_unix_ms))
SELECT_GET(get_silent, tf_float((double)(query_world(c)->now_unix_ms - worker_of(v)->last_seen_unix_ms) / 1000.0))

static const struct tf_property_row worker_properties[] = {
	{"worker_id", "String!", "Which worker it is.", get_id},
	{"name", "String!", "What it calls itself.", get_name},
	{"worker_type", "String!", "What kind of program it is.", get_type},
	{"hostname", "String!", "The machine that it runs on.", get_hostname},
	{"version", "String!", "Its version.", get_version},
	{"hardware", "String!", "What it runs on.", get_hardware},
	{"online", "Boolean!", "It is there now.", get_online},
	{"n_completed", "Int!", "Steps that it has finished.", get_completed},
	{"last_seen_unix_ms", "Int!", "When it was last heard, in milliseconds since 1970.", get_seen},
	{"silent_seconds", "Float!", "How long ago it was last heard, in seconds.", get_silent},
};

/* Offers of one worker, or of all of them one after the other. */
enum { SLOT_WORKER, SLOT_OFFER, SLOT_WORKERS_END };

static int next_offer(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const struct control_worker *w = it->s[SLOT_WORKER].cp, *end = it->s[SLOT_WORKERS_END].cp;
	while (w < end && it->s[SLOT_OFFER].n == w->card->n_offers) {
		it->s[SLOT_WORKER].cp = ++w;
		it->s[SLOT_OFFER].n = 0;
	}
	if (w == end)
		return 0;
	*ret = (struct tf_vertex){.type = it->type, .p = &w->card->offers[it->s[SLOT_OFFER].n++], .q = w};
	return 1;
}

static int offers_open(struct tf_iter *it, const struct control_worker *w, size_t n)
{
	it->next = next_offer;
	it->close = NULL;
	it->s[SLOT_WORKER].cp = w;
	it->s[SLOT_OFFER].n = 0;
	it->s[SLOT_WORKERS_END].cp = n ? w + n : w;
	return 0;
}

SELECT_OPEN(open_capabilities, offers_open(it, worker_of(from), 1))
SELECT_OPEN(open_jobs, job_open_of_worker(it, c, worker_of(from)->card->worker_id, err))

static const struct tf_edge_row worker_edges[] = {
	{"capabilities", "[Capability!]!", "What it can do.", NULL, 0, open_capabilities},
	{"jobs", "[Job!]!", "The jobs that it is at now.", NULL, 0, open_jobs},
};

/* ---- what they can do ---- */

static const struct worker_offer *offer_of(const struct tf_vertex *v)
{
	return v->p;
}

static const struct control_worker *offered_by(const struct tf_vertex *v)
{
	return v->q;
}

SELECT_GET(can_verb, tf_string(offer_of(v)->can.verb))
SELECT_GET(can_from, tf_string(offer_of(v)->can.from_space))
SELECT_GET(can_to, tf_string(offer_of(v)->can.to_space))
SELECT_GET(can_model, tf_string(offer_of(v)->can.model))
SELECT_GET(can_version, tf_string(offer_of(v)->can.model_version))
SELECT_GET(can_deterministic, tf_bool(offer_of(v)->can.deterministic))
SELECT_GET(can_schema, tf_string(offer_of(v)->params_schema))
SELECT_GET(can_available, tf_bool(offered_by(v)->online))
SELECT_GET(can_worker, tf_string(offered_by(v)->card->worker_id))

static int can_expected(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const struct worker_capability *can = &offer_of(v)->can;
	int64_t ms = -1;
	int r = step_expectation(c, can->verb, can->model, can->to_space, &ms, err);
	*ret = ms >= 0 ? tf_float((double)ms / 1000.0) : TF_VALUE_NULL;
	return r;
}

static const struct tf_property_row capability_properties[] = {
	{"verb", "String!", "What is done: sample, continue, bridge, project, embed …", can_verb},
	{"from_space", "String!", "The space of its first input; empty: it needs none.", can_from},
	{"to_space", "String!", "The space of what it makes.", can_to},
	{"model", "String!", "The name of the model.", can_model},
	{"model_version", "String!", "Its version.", can_version},
	{"deterministic", "Boolean!", "The same seed gives the same bytes.", can_deterministic},
	{"params_schema", "String", "The JSON Schema of its parameters.", can_schema},
	{"available", "Boolean!", "Its worker is online.", can_available},
	{"worker_id", "String!", "The worker that offers it.", can_worker},
	{"expected_seconds", "Float", "How long it took before, in seconds: the middle one of the last 21 times.", can_expected},
};

SELECT_OPEN(open_worker, (tf_iter_one(it, (struct tf_vertex){.type = it->type, .p = offered_by(from)}), 0))
SELECT_OPEN(open_from, name_open(it, *offer_of(from)->can.from_space ? offer_of(from)->can.from_space : NULL))
SELECT_OPEN(open_to, name_open(it, offer_of(from)->can.to_space))

static const struct tf_edge_row capability_edges[] = {
	{"worker", "Worker!", "The worker that offers it.", NULL, 0, open_worker},
	{"from", "Space", "The space of its first input.", NULL, 0, open_from},
	{"to", "Space!", "The space of what it makes.", NULL, 0, open_to},
};

static const struct tf_type_row types[] = {
	{.name = "Worker",
	 .doc = "A program that does the steps of jobs; those that have gone are remembered for a while.",
	 TF_PROPERTIES(worker_properties),
	 TF_EDGES(worker_edges)},
	{.name = "Capability",
	 .doc = "One thing that a worker can do.",
	 TF_PROPERTIES(capability_properties),
	 TF_EDGES(capability_edges)},
};

/* ---- where to start ---- */

static int next_worker(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const struct control_worker *w = it->s[SLOT_WORKER].cp;
	if (w == it->s[SLOT_WORKERS_END].cp)
		return 0;
	*ret = (struct tf_vertex){.type = it->type, .p = w};
	it->s[SLOT_WORKER].cp = w + 1;
	return 1;
}

static int open_workers(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	const struct control_view *v = control_of(c);
	(void)offers_open(it, v->workers, v->n_workers);
	it->next = next_worker;
	return 0;
}

SELECT_OPEN(open_all_capabilities, offers_open(it, control_of(c)->workers, control_of(c)->n_workers))

static const struct tf_edge_row roots[] = {
	{"Worker", "[Worker!]!", "The workers, those that have gone too.", NULL, 0, open_workers},
	{"Capability", "[Capability!]!", "What workers can do; of those that have gone too, which are not available.", NULL, 0,
	 open_all_capabilities},
};

const struct tf_table control_workers = {types, COUNT_OF(types), roots, COUNT_OF(roots)};
