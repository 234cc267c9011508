#include "stage.h"

#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/str.h"
#include "cas/cas.h"
#include "jobs/artifact.h"
#include "jobs/schema.h"
#include "query/garden.h"

static void must(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%s", err_msg(err));
}

static int64_t now_ms(struct stage *s)
{
	return clock_real_ns(&s->clock.clock) / NS_PER_MS;
}

void stage_pass(struct stage *s, int64_t ms)
{
	clock_fake_advance(&s->clock, ms * NS_PER_MS);
}

static int told(void *user, struct store_conn *c, enum job_change change, const char *what, struct err *err)
{
	return 0;
}

static void make_adapter(struct stage *s)
{
	const struct tf_table *const garden[] = {GARDEN_TABLES};
	const struct tf_table *tables[COUNT_OF(garden) + CONTROL_TABLES];
	struct err err = ERR_INIT;
	memcpy(tables, garden, sizeof(garden));
	memcpy(tables + COUNT_OF(garden), control_tables, sizeof(control_tables));
	must(tf_adapter_new(tables, COUNT_OF(tables), NULL, &s->adapter, &err), &err);
}

int stage_set_up(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));
	const struct store_schema *schemas[] = {&cas_schema, &jobs_schema};
	struct err err = ERR_INIT;
	must(fs_temp_dir(NULL, "control", &s->dir, &err), &err);
	char AUTO_MEM *db = fs_join(s->dir, "test.db");
	const struct store_options o = {.path = db, .schemas = schemas, .n_schemas = 2};
	must(store_open(&o, &s->store, &err), &err);
	must(store_begin(s->store, &s->c, &err), &err);
	clock_fake_init(&s->clock, 1000 * NS_PER_SEC, 1700000000 * NS_PER_SEC);
	s->jobs = (struct jobs){
		.owner = "hoot", .cas_root = "/cas", .clock = &s->clock.clock, .lease_ms = 1000000, .changed = told, .user = s};
	s->document = document_new();
	must(garden_state_new(48000, &s->clock.clock, &s->garden, &err), &err);
	must(events_kept_new(100, 100000, &s->events, &err), &err);
	make_adapter(s);
	s->variables = json_object();
	*state = s;
	return 0;
}

int stage_tear_down(void **state)
{
	struct stage *s = *state;
	json_decref(s->variables);
	tf_adapter_free(s->adapter);
	for (size_t i = 0; i < s->n_workers; i++)
		worker_card_unref(s->workers[i].card);
	events_kept_free(s->events);
	garden_state_free(s->garden);
	document_unref(s->document);
	store_rollback(s->store);
	store_close(s->store);
	fs_remove_tree(s->dir, NULL);
	free(s->dir);
	free(s);
	return 0;
}

/* ---- names ---- */

void stage_name(struct stage *s, const char *name, const char *id)
{
	assert_true(s->n_names < STAGE_NAMES);
	(void)str_copy(s->names[s->n_names].name, sizeof(s->names[0].name), name);
	(void)str_copy(s->names[s->n_names++].id, sizeof(s->names[0].id), id);
}

const char *stage_id(struct stage *s, const char *name)
{
	for (size_t i = s->n_names; i > 0; i--) {
		if (str_eq(s->names[i - 1].name, name))
			return s->names[i - 1].id;
	}
	fail_msg("nothing is called '%s'", name);
	return NULL;
}

void stage_hash(const char *content, char ret[72])
{
	char digits[65];
	for (size_t i = 0; i < 64; i++)
		digits[i] = "0123456789abcdef"[(unsigned char)content[i % strlen(content)] % 16];
	digits[64] = '\0';
	snprintf(ret, 72, "sha256:%s", digits);
}

static void put_content(struct stage *s, const char *hash)
{
	struct err err = ERR_INIT;
	must(store_exec(s->c, &err, "INSERT OR IGNORE INTO cas_content VALUES(?, 3, 'audio/midi', 0, 0)", "t", hash), &err);
}

/* ---- artifacts ---- */

void stage_artifact(struct stage *s, struct stage_artifact a)
{
	char hash[72], id[UUID_SIZE];
	const char *parents[4];
	struct err err = ERR_INIT;
	AUTO_JSON json_t *metadata = NULL;
	char AUTO_MEM *own = str_printf("{\"title\":\"%s\"}", a.name);
	const char *text = a.metadata ? a.metadata : own;
	must(json_parse(text, strlen(text), &metadata, &err), &err);
	stage_hash(a.content ? a.content : a.name, hash);
	put_content(s, hash);
	struct artifact_new n = {.content_hash = hash,
				 .space = a.space ? a.space : "midi",
				 .creator = a.creator ? a.creator : "ada",
				 .verb = a.verb ? a.verb : "create",
				 .model = "",
				 .tags = a.tags,
				 .parents = parents,
				 .metadata = metadata,
				 .job_id = a.job ? stage_id(s, a.job) : NULL,
				 .now_unix_ms = now_ms(s)};
	while (n.n_tags < 4 && a.tags[n.n_tags])
		n.n_tags++;
	for (; n.n_parents < 4 && a.parents[n.n_parents]; n.n_parents++)
		parents[n.n_parents] = stage_id(s, a.parents[n.n_parents]);
	must(artifact_add(s->c, &n, id, &err), &err);
	stage_name(s, a.name, id);
}

/* ---- jobs ---- */

void stage_job(struct stage *s, struct stage_job j)
{
	char id[JOB_ID_SIZE];
	struct job_step_new steps[2] = {{.model_version = ""}, {.model_version = ""}};
	const char *input = j.input ? stage_id(s, j.input) : NULL, *verb = j.verb ? j.verb : "continue";
	struct err err = ERR_INIT;
	struct job_new n = {.verb = verb,
			    .actor = j.actor ? j.actor : "ada",
			    .region_id = j.region,
			    .priority = j.priority ? j.priority : JOB_NORMAL,
			    .inputs = &input,
			    .n_inputs = input ? 1 : 0,
			    .steps = steps,
			    .max_attempts = 3,
			    .fresh = true};
	if (!j.spaces[0])
		j.spaces[0] = j.spaces[1] = "midi";
	for (; n.n_steps < 2 && j.spaces[n.n_steps + 1]; n.n_steps++) {
		struct job_step_new *step = &steps[n.n_steps];
		step->verb = n.n_steps ? "project" : verb;
		step->from_space = j.spaces[n.n_steps];
		step->space = j.spaces[n.n_steps + 1];
		step->model = j.model && !n.n_steps ? j.model : "";
	}
	must(jobs_submit(&s->jobs, s->c, &n, id, &err), &err);
	stage_name(s, j.name, id);
}

static struct control_worker *worker_called(struct stage *s, const char *name)
{
	for (size_t i = 0; i < s->n_workers; i++) {
		if (str_eq(s->workers[i].card->name, name))
			return &s->workers[i];
	}
	fail_msg("no worker is called '%s'", name);
	return NULL;
}

void stage_claim(struct stage *s, const char *worker, const char *job)
{
	const struct worker_card *card = worker_called(s, worker)->card;
	struct worker_capability can[8];
	struct job_claimed claimed;
	struct err err = ERR_INIT;
	for (size_t i = 0; i < card->n_offers; i++)
		can[i] = card->offers[i].can;
	int r = jobs_claim(&s->jobs, s->c, card->worker_id, (struct capability_list){can, card->n_offers}, &claimed, &err);
	must(r, &err);
	assert_int_equal(r, 1);
	assert_string_equal(claimed.job_id, stage_id(s, job));
}

static struct job_attempt attempt_of(struct stage *s, const char *worker, const char *job)
{
	int64_t n = 0;
	struct err err = ERR_INIT;
	must(store_int(s->c, &n, &err, "SELECT attempt FROM job WHERE id = ?", "t", stage_id(s, job)), &err);
	return (struct job_attempt){worker_called(s, worker)->card->worker_id, stage_id(s, job), n};
}

void stage_progress(struct stage *s, const char *worker, const char *job, double progress)
{
	struct job_attempt a = attempt_of(s, worker, job);
	struct err err = ERR_INIT;
	bool cancel;
	must(jobs_progress(&s->jobs, s->c, &a, progress, "bar 1", &cancel, &err), &err);
}

void stage_complete(struct stage *s, const char *worker, const char *job, const char *content)
{
	struct job_attempt a = attempt_of(s, worker, job);
	char hash[72], artifact[UUID_SIZE];
	struct err err = ERR_INIT;
	bool finished;
	stage_hash(content, hash);
	put_content(s, hash);
	char AUTO_MEM *title = str_printf("{\"title\":\"%s\"}", job);
	AUTO_JSON json_t *metadata = NULL;
	must(json_parse(title, strlen(title), &metadata, &err), &err);
	const struct job_output out = {.content_hash = hash, .metadata = metadata};
	must(jobs_complete(&s->jobs, s->c, &a, &out, artifact, &finished, &err), &err);
}

void stage_worker(struct stage *s, const char *name, bool online, const char *const *can)
{
	struct worker_capability list[8];
	char models[8][4];
	struct err err = ERR_INIT;
	struct worker_view w = {.worker_id = name, .name = name, .worker_type = "test", .hostname = "here", .version = "1", .hardware = "cpu",
				.capabilities = {.v = list}};
	for (; can[3 * w.capabilities.n]; w.capabilities.n++) {
		const char *const *one = can + 3 * w.capabilities.n;
		snprintf(models[w.capabilities.n], sizeof(models[0]), "m%d", (int)w.capabilities.n + 1);
		list[w.capabilities.n] = (struct worker_capability){.verb = one[0],
								    .from_space = one[1],
								    .to_space = one[2],
								    .model = models[w.capabilities.n],
								    .model_version = "1",
								    .deterministic = true};
	}
	assert_true(s->n_workers < STAGE_WORKERS);
	struct control_worker *to = &s->workers[s->n_workers];
	must(worker_card_new(&w, &to->card, &err), &err);
	to->online = online;
	to->last_seen_unix_ms = now_ms(s);
	s->n_workers++;
}

/* ---- the garden ---- */

static void set(char **to, const char *text)
{
	assert_int_equal(doc_set(to, text), 0);
}

void stage_region(struct stage *s, struct stage_region r)
{
	AUTO(region_body) body = region_body_new();
	AUTO(region_life) life = region_life_new(r.state);
	struct document *next = NULL;
	struct err err = ERR_INIT;
	body->position_beats = r.position_beats;
	body->duration_beats = 4;
	body->behaviour = r.state == LIFE_PLAIN ? DOC_PLAY_CONTENT : DOC_LATENT;
	set(&body->name, r.id);
	set(&body->actor, r.actor ? r.actor : "ada");
	if (r.tag) {
		char *tags[] = {(char *)(uintptr_t)r.tag};
		assert_int_equal(doc_strings_copy(tags, 1, &body->tags), 0);
		body->n_tags = 1;
	}
	if (r.job)
		set(&life->job_id, stage_id(s, r.job));
	if (r.artifact || r.hash) {
		char hash[72];
		stage_hash(r.hash ? r.hash : r.artifact, hash);
		body->has_content = true;
		body->content.duration_seconds = -1;
		body->content.rate = 1;
		set(&body->content.hash, hash);
		set(&body->content.artifact_id, r.artifact ? stage_id(s, r.artifact) : NULL);
	}
	AUTO(doc_region) region = doc_region_new(r.id, body, life, 1);
	assert_int_equal(document_with_region(s->document, r.id, region, &next), 0);
	document_unref(s->document);
	s->document = next;
	must(garden_state_document(s->garden, s->document, &err), &err);
}

void stage_transport(struct stage *s, bool rolls, double position_beats)
{
	const struct garden_transport t = {.state = rolls ? GARDEN_PLAYING : GARDEN_STOPPED,
					   .position_beats = position_beats,
					   .moment_ns = clock_monotonic_ns(&s->clock.clock),
					   .rolls = rolls};
	garden_state_transport(s->garden, &t);
}

/* ---- questions ---- */

static void quote(char *text)
{
	for (; *text; text++)
		*text = *text == '\'' ? '"' : *text;
}

/* Over all statements of the connection, which keeps them; begins to count anew. */
static int count_of(struct stage *s, int what)
{
	sqlite3_stmt *any = NULL;
	int n = 0;
	assert_int_equal(store_query(s->c, &any, NULL, "SELECT 1", ""), 0);
	for (sqlite3_stmt *q = NULL; (q = sqlite3_next_stmt(sqlite3_db_handle(any), q));)
		n += sqlite3_stmt_status(q, what, 1);
	store_done(any);
	return n;
}

static int run(struct stage *s, const char *query, struct query_answer *answer, struct err *err)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO(query_prepared) p = NULL;
	AUTO(garden_view) garden = NULL;
	int r = query_prepare(s->adapter, query, strlen(query), s->variables, &p, &errors, err);
	if (r == 0)
		r = garden_state_view(s->garden, &garden, err);
	if (r < 0)
		return r;
	struct control_view control = {.conn = s->c,
				       .cas_root = "/cas",
				       .workers = s->workers,
				       .n_workers = s->n_workers,
				       .events = s->events,
				       .events_end = events_kept_end(s->events)};
	struct query_world world = query_world_of(garden, &s->clock.clock);
	const struct query_limits limits = {.max_rows = 0};
	world.control = &control;
	world.saw_transport = &s->saw_transport;
	s->saw_transport = false;
	r = query_run(s->adapter, p, &world, &limits, false, answer, &errors, err);
	control_view_done(&control);
	return r;
}

int stage_try(struct stage *s, const char *query, size_t n_rows, struct err *err)
{
	AUTO_QUERY_ANSWER answer = QUERY_ANSWER_INIT;
	int r = run(s, query, &answer, err);
	if (r == 0 && answer.stop == QUERY_STOP_MEMORY)
		r = err_set(err, -ENOMEM, "query");
	if (r == 0)
		assert_true(answer.n_rows >= n_rows);
	return r;
}

static char *ask(struct stage *s, const char *query)
{
	AUTO_QUERY_ANSWER answer = QUERY_ANSWER_INIT;
	struct err err = ERR_INIT;
	(void)count_of(s, SQLITE_STMTSTATUS_FULLSCAN_STEP);
	(void)count_of(s, SQLITE_STMTSTATUS_SORT);
	if (run(s, query, &answer, &err) < 0)
		fail_msg("%s\n%s", query, err_msg(&err));
	assert_int_equal(answer.stop, QUERY_STOP_END);
	s->n_scanned = count_of(s, SQLITE_STMTSTATUS_FULLSCAN_STEP);
	s->n_sorted = count_of(s, SQLITE_STMTSTATUS_SORT);
	json_object_clear(s->variables);
	s->stats = answer.stats;
	char *rows = strdup(answer.rows.s ? answer.rows.s : "");
	assert_non_null(rows);
	return rows;
}

void stage_let(struct stage *s, const char *name, const char *json)
{
	char AUTO_MEM *list = str_printf("[%s]", json);
	AUTO_JSON json_t *parsed = NULL;
	struct err err = ERR_INIT;
	quote(list);
	must(json_parse(list, strlen(list), &parsed, &err), &err);
	assert_int_equal(json_object_set(s->variables, name, json_array_get(parsed, 0)), 0);
}

PRINTF(1, 0) static char *text_va(const char *fmt, va_list *ap)
{
	char *text = NULL;
	assert_true(vasprintf(&text, fmt, *ap) >= 0);
	quote(text);
	return text;
}

char *stage_ask(struct stage *s, const char *query, ...)
{
	va_list ap;
	va_start(ap, query);
	char AUTO_MEM *text = text_va(query, &ap);
	va_end(ap);
	return ask(s, text);
}

void stage_rows(struct stage *s, const char *rows, const char *query, ...)
{
	va_list ap;
	va_start(ap, query);
	char AUTO_MEM *text = text_va(query, &ap), AUTO_MEM *expected = strdup(rows);
	va_end(ap);
	quote(expected);
	char AUTO_MEM *got = ask(s, text);
	assert_string_equal(got, expected);
}
