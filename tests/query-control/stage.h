/*
 * stage.h - a store, a garden and workers that a test fills itself, and the tables of control over them.
 *
 * Time stands still at 1700000000000 until stage_pass. All is one transaction that is never committed.
 * Texts of queries and of expected rows have ' for ". Functions fail the running test themselves.
 */
#ifndef TESTS_QUERY_CONTROL_STAGE_H
#define TESTS_QUERY_CONTROL_STAGE_H

#include "../check.h"

#include "jobs/job.h"
#include "query-control/control.h"
#include "query/answer.h"
#include "store/store.h"

enum { STAGE_NAMES = 512, STAGE_WORKERS = 4 };

struct stage {
	char *dir;
	struct store *store;
	struct store_conn *c;
	struct clock_fake clock;
	struct jobs jobs;
	struct document *document;
	struct garden_state *garden;
	struct events_kept *events;
	struct control_worker workers[STAGE_WORKERS];
	size_t n_workers;
	struct tf_adapter *adapter;
	struct { char name[24], id[JOB_ID_SIZE]; } names[STAGE_NAMES];
	size_t n_names;
	json_t *variables;         /* of the next question */
	struct tf_run_stats stats; /* of the last one */
	bool saw_transport;        /* whether that looked at it */
	int n_scanned, n_sorted;   /* rows of tables that it stepped over without an index; times that SQLite had to sort */
};

#define STAGE_TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)
int stage_set_up(void **state);
int stage_tear_down(void **state);

void stage_pass(struct stage *s, int64_t ms);
/* The id of what was made under that name. */
const char *stage_id(struct stage *s, const char *name);
void stage_name(struct stage *s, const char *name, const char *id);

/* An artifact with that title in space midi; what is NULL or 0 has a default. */
struct stage_artifact {
	const char *name, *parents[4], *tags[4], *space, *creator, *verb, *content, *metadata, *job;
};
void stage_artifact(struct stage *s, struct stage_artifact a);

/* The content that artifacts have when they say no other; and one for each letter of a name. */
void stage_hash(const char *content, char ret[72]);

struct stage_job {
	const char *name, *region, *input, *actor, *verb, *spaces[3] /* from, then of each step */, *model;
	enum job_priority priority;
};
void stage_job(struct stage *s, struct stage_job j);
/* The worker claims what comes first, which must be that job. */
void stage_claim(struct stage *s, const char *worker, const char *job);
void stage_progress(struct stage *s, const char *worker, const char *job, double progress);
/* Hands in that content; the artifact has the name of the job. */
void stage_complete(struct stage *s, const char *worker, const char *job, const char *content);

/* A worker that can do this with model "m1" (the first), "m2" …: verb, from, to; NULL ends. */
void stage_worker(struct stage *s, const char *name, bool online, const char *const *can);

struct stage_region {
	const char *id, *artifact, *hash, *job, *tag, *actor;
	double position_beats;
	enum life_state state;
};
void stage_region(struct stage *s, struct stage_region r);
void stage_transport(struct stage *s, bool rolls, double position_beats);

/* Gives the next question's variable a value: text that has ' for ". */
void stage_let(struct stage *s, const char *name, const char *json);
/* Asks for a number of rows at least, by a query with " as usual; 0, or an error that the caller expects. */
int stage_try(struct stage *s, const char *query, size_t n_rows, struct err *err);
/* Asks, and compares the rows as text: "{'title':'a'},{'title':'b'}". */
void stage_rows(struct stage *s, const char *rows, const char *query, ...) PRINTF(3, 4);
/* The rows as text, malloc'ed. */
char *stage_ask(struct stage *s, const char *query, ...) PRINTF(2, 3);

#endif
