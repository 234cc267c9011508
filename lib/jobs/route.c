/*
 * The way from one space to another: projections that workers offer, one after the other, and then the step itself.
 *
 * Every projection costs the same, so the fewest win; among equals those that were offered first. What leaves a space
 * where it is (midi to midi) is no part of a way.
 */
#include <string.h>

#include "base/str.h"
#include "jobs/job_priv.h"

#include "base/banned.h"

/* A space that was reached, and how. */
struct place {
	const char *space;
	const struct worker_capability *by; /* NULL at the start */
	size_t before;
};

struct search {
	struct capability_list offers;
	struct place *places; /* offers.n + 1 of them */
	size_t n;
};

static bool reached(const struct search *s, const char *space)
{
	for (size_t i = 0; i < s->n; i++) {
		if (str_eq(s->places[i].space, space))
			return true;
	}
	return false;
}

static const struct worker_capability *goal_at(const struct search *s, const struct step_row *step, const char *space)
{
	struct step_row here = *step;
	here.from_space = space;
	for (size_t i = 0; i < s->offers.n; i++) {
		if (job_can(&s->offers.v[i], &here))
			return &s->offers.v[i];
	}
	return NULL;
}

/* Goes on from place `at` to the spaces that no shorter way has reached. */
static void spread(struct search *s, size_t at)
{
	for (size_t i = 0; i < s->offers.n; i++) {
		const struct worker_capability *o = &s->offers.v[i];
		if (str_eq(o->verb, "project") && str_eq(o->from_space, s->places[at].space) && !reached(s, o->to_space))
			s->places[s->n++] = (struct place){o->to_space, o, at};
	}
}

static void trace(const struct search *s, size_t at, struct route *ret)
{
	size_t n = 0;
	for (size_t i = at; s->places[i].by; i = s->places[i].before)
		n++;
	ret->n = n + 1;
	for (size_t i = at; s->places[i].by; i = s->places[i].before)
		ret->steps[--n] = s->places[i].by;
}

static int find(struct capability_list offers, const struct step_row *step, struct wire_arena *arena, struct route *ret,
		struct err *err)
{
	struct search s = {.offers = offers, .places = wire_arena_array(arena, offers.n + 1, sizeof(*s.places))};
	ret->n = 0;
	if (!s.places)
		return err_set(err, -ENOMEM, "route");
	s.places[s.n++] = (struct place){step->from_space, NULL, 0};
	for (size_t at = 0; at < s.n; at++) {
		const struct worker_capability *last = goal_at(&s, step, s.places[at].space);
		if (last) {
			ret->steps = wire_arena_array(arena, s.n, sizeof(*ret->steps));
			if (!ret->steps)
				return err_set(err, -ENOMEM, "route");
			trace(&s, at, ret);
			ret->steps[ret->n - 1] = last;
			return 0;
		}
		spread(&s, at);
	}
	return 0;
}

int jobs_find_route(struct capability_list offers, const struct route_goal *goal, struct wire_arena *arena,
		    struct route *ret, struct err *err)
{
	const struct step_row step = {.verb = goal->verb,
				      .from_space = goal->from_space,
				      .space = goal->space,
				      .model = goal->model,
				      .model_version = "",
				      .params = "{}"};
	return find(offers, &step, arena, ret, err);
}

/* --- of a job that waits ---------------------------------------------------------------------- */

/* Step `at` and those behind it move by n; from the end, since places are unique. */
static int make_room(struct store_conn *c, const char *job_id, int n_steps, int at, int n, struct err *err)
{
	int r = 0;
	for (int i = n_steps - 1; r == 0 && i >= at; i--)
		r = store_exec(c, err, "UPDATE job_step SET step = ? WHERE job_id = ? AND step = ?", "iti", (int64_t)i + n,
			       job_id, (int64_t)i);
	if (r == 0)
		r = store_exec(c, err, "UPDATE job SET n_steps = ? WHERE id = ?", "it", (int64_t)n_steps + n, job_id);
	return r;
}

static int insert_way(struct store_conn *c, const char *job_id, int at, const struct route *way, struct err *err)
{
	int r = 0;
	int n = (int)way->n - 1;
	for (int i = 0; r == 0 && i < n; i++)
		r = store_exec(c, err,
			       "INSERT INTO job_step(job_id, step, verb, from_space, space, model, params, seed, state)"
			       " VALUES(?, ?, 'project', ?, ?, ?, '{}', 0, 0)",
			       "tittt",
			       job_id, (int64_t)at + i, way->steps[i]->from_space, way->steps[i]->to_space,
			       way->steps[i]->model);
	return r < 0 ? r
		     : store_exec(c, err, "UPDATE job_step SET from_space = ? WHERE job_id = ? AND step = ?", "tti",
				  way->steps[n]->from_space, job_id, (int64_t)at + n);
}

/* One input only: what is led over or conditioned cannot be projected by one way. */
static int has_one_input(struct store_conn *c, const struct job_row *job, int step, bool *ret, struct err *err)
{
	int64_t n = 1;
	int r = step == 0 ? store_int(c, &n, err, "SELECT count(*) FROM job_input WHERE job_id = ?", "t", job->id) : 0;
	*ret = n == 1;
	return r;
}

static int route_step(struct store_conn *c, struct job_row *job, int *at, struct capability_list offers,
		      struct wire_arena *arena, struct err *err)
{
	struct step_row step;
	struct route way = {NULL, 0};
	bool one = false;
	int r = step_row_load(c, job->id, *at, arena, &step, err);
	if (r == 0)
		r = has_one_input(c, job, *at, &one, err);
	if (r == 0 && one)
		r = find(offers, &step, arena, &way, err);
	if (r < 0 || !one || way.n < 2 || job->n_steps + (int)way.n - 1 > JOB_STEPS_MAX)
		return r;
	r = make_room(c, job->id, job->n_steps, *at, (int)way.n - 1, err);
	if (r == 0)
		r = insert_way(c, job->id, *at, &way, err);
	job->n_steps += (int)way.n - 1;
	*at += (int)way.n - 1;
	return r;
}

int jobs_route(struct store_conn *c, const char *job_id, struct capability_list offers, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_row job;
	int r = job_row_load(c, job_id, &arena, &job, err);
	if (r < 0 || job.state != JOB_PENDING || *job.verifies) /* what is verified is done as it was */
		return r;
	for (int at = job.step; r == 0 && at < job.n_steps; at++)
		r = route_step(c, &job, &at, offers, &arena, err);
	return r;
}

int jobs_route_pending(struct jobs *j, struct store_conn *c, struct capability_list offers, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	const char **ids = NULL;
	size_t n = 0;
	int r = job_candidates(j, c, &arena, &ids, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = jobs_route(c, ids[i], offers, err);
	return r;
}
