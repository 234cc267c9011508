/*
 * Why a job waits: for the workers that are there, or for one that is not.
 */
#include "base/mem.h"
#include "base/str.h"
#include "jobs/job_priv.h"

#include "base/banned.h"

enum { OFFERS_MOST = 12, MODELS_MOST = 256 };

static bool same_offer(const struct worker_capability *a, const struct worker_capability *b)
{
	return str_eq(a->verb, b->verb) && str_eq(a->from_space, b->from_space) &&
	       str_eq(a->to_space, b->to_space) && str_eq(a->model, b->model);
}

/* How near an offer is to what is asked for; who mistyped one of the words wants to see those with the others. */
static int nearness(const struct step_row *step, const struct worker_capability *o)
{
	return 2 * str_eq(o->verb, step->verb) + str_eq(o->from_space, step->from_space) + str_eq(o->to_space, step->space);
}

/* Each kind of offer once, of the nearest ones alone, and not too many of them. */
static void list_offers(struct strbuf *b, const struct step_row *step, struct capability_list online)
{
	const struct worker_capability *told[OFFERS_MOST];
	size_t n = 0;
	int nearest = 0;
	for (size_t i = 0; i < online.n; i++) {
		int near = nearness(step, &online.v[i]);
		nearest = near > nearest ? near : nearest;
	}
	for (size_t i = 0; i < online.n; i++) {
		const struct worker_capability *o = &online.v[i];
		bool known = nearness(step, o) < nearest;
		for (size_t k = 0; k < n && !known; k++)
			known = same_offer(told[k], o);
		if (known)
			continue;
		if (n == OFFERS_MOST) {
			(void)strbuf_adds(b, " …");
			return;
		}
		(void)strbuf_addf(b, "%s %s %s to %s (%s)", n ? "," : "; what comes near:", o->verb,
				  *o->from_space ? o->from_space : "nothing", o->to_space, o->model);
		told[n++] = o;
	}
}

/* The model that a misspelt one was meant to be; NULL when none is near, or when there is one of this name for another step. */
static const char *near_model(const struct step_row *step, struct capability_list online)
{
	const char *names[MODELS_MOST];
	size_t n = 0;
	for (size_t i = 0; i < online.n && n < MODELS_MOST; i++) {
		if (str_eq(online.v[i].model, step->model))
			return NULL;
		if (str_eq(online.v[i].verb, step->verb) && str_eq(online.v[i].to_space, step->space))
			names[n++] = online.v[i].model;
	}
	return n ? str_nearest(step->model, names, n) : NULL;
}

/* Of a chain the place of the step, when it is not the one whose turn it is. */
static int explain(const struct step_row *step, int at, int n_steps, struct capability_list online, struct wire_arena *arena,
		   struct job_view *job, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	if (at > job->step)
		(void)strbuf_addf(&b, "step %d of %d: ", at + 1, n_steps);
	(void)strbuf_addf(&b, "no worker that is online can %s %s to %s", step->verb,
			  *step->from_space ? step->from_space : "nothing", step->space);
	if (*step->model)
		(void)strbuf_addf(&b, " with model '%s'", step->model);
	if (*step->model_version)
		(void)strbuf_addf(&b, " of version '%s'", step->model_version);
	const char *near = *step->model ? near_model(step, online) : NULL;
	if (near)
		(void)strbuf_addf(&b, " (did you mean '%s'?)", near);
	list_offers(&b, step, online);
	if (!online.n)
		(void)strbuf_adds(&b, "; there is none");
	job->waiting_for = strbuf_ok(&b) ? wire_arena_copy(arena, b.s, b.n) : NULL;
	job->has_waiting_for = job->waiting_for != NULL;
	return job->has_waiting_for ? 0 : err_set(err, -ENOMEM, "job");
}

static bool anybody_can(const struct step_row *step, struct capability_list online)
{
	for (size_t i = 0; i < online.n; i++)
		if (job_can(&online.v[i], step))
			return true;
	return false;
}

/* The first step of those to come that nobody can do: a chain that will get stuck says so before it does. */
int job_explain(struct store_conn *c, struct job_view *job, struct capability_list online,
		struct wire_arena *arena, struct err *err)
{
	int64_t n_steps = 0;
	if (job->state != JOB_PENDING)
		return 0;
	int r = store_int(c, &n_steps, err, "SELECT n_steps FROM job WHERE id = ?", "t", job->job_id);
	for (int at = (int)job->step; r == 0 && !job->has_waiting_for && at < (int)n_steps; at++) {
		struct step_row step;
		r = step_row_load(c, job->job_id, at, arena, &step, err);
		if (r == 0 && !anybody_can(&step, online))
			r = explain(&step, at, (int)n_steps, online, arena, job, err);
	}
	return r;
}
