/*
 * test_perception_store.c - what is perceived of a content: filled by anybody's job, kept with its version, failures too.
 */
#include "query-control/perception.h"

#include "../check.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "cas/cas.h"
#include "jobs/artifact.h"
#include "jobs/job.h"
#include "jobs/schema.h"

#define HASH(c) "sha256:" c c c c c c c c
static const char *const hashes[] = {HASH("00000000"), HASH("11111111"), HASH("22222222"), HASH("33333333"), HASH("44444444")};

struct fixture {
	char *dir;
	struct store *store;
	struct store_conn *c;
	struct jobs jobs;
	char tune[UUID_SIZE], midi[UUID_SIZE]; /* an ABC with content 0, a MIDI with content 1 */
};

static void must(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%s", err_msg(err));
}

static int ended(void *user, struct store_conn *c, enum job_change change, const char *what, struct err *err)
{
	return change == JOB_CHANGE_ENDED ? perception_job_ended(c, what, 1000, err) : 0;
}

static void add(struct fixture *f, size_t content, const char *mime, char ret[UUID_SIZE])
{
	struct err err = ERR_INIT;
	const struct artifact_new a = {.content_hash = hashes[content], .mime_type = mime, .creator = "ada", .verb = "upload", .model = ""};
	must(artifact_add(f->c, &a, ret, &err), &err);
}

static int set_up(void **state)
{
	static const struct store_schema *const schemas[] = {&cas_schema, &jobs_schema, &perception_schema};
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = ERR_INIT;
	assert_non_null(f);
	must(fs_temp_dir(NULL, "perception", &f->dir, &err), &err);
	char AUTO_MEM *path = fs_join(f->dir, "test.db");
	const struct store_options o = {.path = path, .schemas = schemas, .n_schemas = COUNT_OF(schemas)};
	must(store_open(&o, &f->store, &err), &err);
	must(store_begin(f->store, &f->c, &err), &err);
	f->jobs = (struct jobs){.owner = "hoot", .cas_root = "/cas", .clock = clock_system(), .lease_ms = 1000, .changed = ended, .user = f};
	for (size_t i = 0; i < COUNT_OF(hashes); i++)
		must(store_exec(f->c, &err, "INSERT INTO cas_content VALUES(?, 3, 'audio/midi', 0, 0)", "t", hashes[i]), &err);
	add(f, 0, "text/vnd.abc", f->tune);
	add(f, 1, "audio/midi", f->midi);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	store_rollback(f->store);
	store_close(f->store);
	fs_remove_tree(f->dir, NULL);
	free(f->dir);
	free(f);
	return 0;
}

static const struct worker_capability offers[] = {
	{.verb = "project", .from_space = "abc", .to_space = "midi", .model = "abc", .model_version = "7", .deterministic = true},
	{.verb = "project", .from_space = "midi", .to_space = "analysis", .model = "understand", .model_version = "3", .deterministic = true},
	{.verb = "project", .from_space = "audio", .to_space = "image", .model = "spectrogram", .model_version = "2", .deterministic = true},
};
static const struct capability_list can = {offers, COUNT_OF(offers)};

static void submit(struct fixture *f, const char *input, const struct job_step_new *steps, size_t n, char id[JOB_ID_SIZE])
{
	const struct job_new j = {.verb = "project", .actor = "ada", .inputs = &input, .n_inputs = 1, .steps = steps, .n_steps = n, .max_attempts = 1};
	struct err err = ERR_INIT;
	must(jobs_submit(&f->jobs, f->c, &j, id, &err), &err);
}

#define UNDERSTAND {.verb = "project", .from_space = "midi", .space = "analysis", .model = "understand"}
#define TO_MIDI    {.verb = "project", .from_space = "abc", .space = "midi", .model = ""}

static void complete(struct fixture *f, size_t content)
{
	struct job_claimed claimed;
	struct err err = ERR_INIT;
	char artifact[UUID_SIZE];
	bool finished;
	assert_int_equal(jobs_claim(&f->jobs, f->c, "w", can, &claimed, &err), 1);
	const struct job_attempt a = {"w", claimed.job_id, claimed.attempt};
	const struct job_output out = {.content_hash = hashes[content], .mime_type = content == 1 ? "audio/midi" : "application/json"};
	must(jobs_complete(&f->jobs, f->c, &a, &out, artifact, &finished, &err), &err);
}

static void refuse(struct fixture *f, const char *why)
{
	struct job_claimed claimed;
	struct err err = ERR_INIT;
	bool again;
	assert_int_equal(jobs_claim(&f->jobs, f->c, "w", can, &claimed, &err), 1);
	const struct job_attempt a = {"w", claimed.job_id, claimed.attempt};
	must(jobs_fail(&f->jobs, f->c, &a, "invalid", why, false, &again, &err), &err);
}

/* Content 0 is a tune in ABC, 1 MIDI, the others sound. */
static const char *space_of(size_t content)
{
	return content == 0 ? "abc" : content == 1 ? "midi" : "audio";
}

static struct perception_row find(struct fixture *f, enum perception_kind kind, size_t content)
{
	struct perception_key k;
	struct perception_row row;
	struct err err = ERR_INIT;
	assert_int_equal(perception_key_init(&k, kind, space_of(content), hashes[content]), 0);
	must(perception_find(f->c, &k, &row, &err), &err);
	return row;
}

static int64_t under_way(struct fixture *f)
{
	int64_t n;
	assert_int_equal(perception_n_under_way(f->c, &n, NULL), 0);
	return n;
}

static void test_anybodys_analysis_is_kept_for_the_content(void **state)
{
	struct fixture *f = *state;
	const struct job_step_new steps[] = {TO_MIDI, UNDERSTAND};
	char id[JOB_ID_SIZE];
	submit(f, f->tune, steps, 2, id);
	complete(f, 1);
	assert_false(find(f, PERCEIVE_UNDERSTAND, 0).found);
	complete(f, 2);
	/* The tune's, and that of the MIDI file on the way. */
	for (size_t content = 0; content < 2; content++) {
		struct perception_row row = find(f, PERCEIVE_UNDERSTAND, content);
		assert_true(row.found && !row.digested && uuid_valid(row.artifact_id));
		assert_string_equal(row.version, "3");
		assert_string_equal(row.job_id, "");
	}
	assert_false(find(f, PERCEIVE_UNDERSTAND, 2).found);
	assert_false(find(f, PERCEIVE_LISTEN, 0).found);
}

static void test_an_analysis_with_settings_of_its_own_is_another(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *params = json_pack("{s:f}", "polyphony_threshold", 0.9);
	const struct job_step_new step = {
		.verb = "project", .from_space = "midi", .space = "analysis", .model = "understand", .params = params};
	char id[JOB_ID_SIZE];
	submit(f, f->midi, &step, 1, id);
	complete(f, 2);
	assert_false(find(f, PERCEIVE_UNDERSTAND, 1).found);
}

static void test_an_answer_from_the_store_is_an_answer(void **state)
{
	struct fixture *f = *state;
	const struct job_step_new step = UNDERSTAND;
	char id[JOB_ID_SIZE];
	submit(f, f->midi, &step, 1, id);
	complete(f, 2);
	assert_int_equal(store_exec(f->c, NULL, "DELETE FROM perception", ""), 0);
	submit(f, f->midi, &step, 1, id);
	assert_int_equal(jobs_answer(&f->jobs, f->c, id, can, NULL), 0);
	assert_true(find(f, PERCEIVE_UNDERSTAND, 1).found);
}

static void test_a_job_under_way_is_found_by_what_it_will_tell(void **state)
{
	struct fixture *f = *state;
	const struct job_step_new steps[] = {TO_MIDI, UNDERSTAND};
	struct perception_key tune, midi;
	char id[JOB_ID_SIZE], found[64];
	assert_int_equal(perception_key_init(&tune, PERCEIVE_UNDERSTAND, space_of(0), hashes[0]), 0);
	assert_int_equal(perception_key_init(&midi, PERCEIVE_UNDERSTAND, space_of(1), hashes[1]), 0);
	assert_int_equal(perception_equal_job(f->c, &tune, found, NULL), 0);
	submit(f, f->tune, steps, 2, id);
	assert_int_equal(perception_equal_job(f->c, &tune, found, NULL), 1);
	assert_string_equal(found, id);
	assert_int_equal(perception_equal_job(f->c, &midi, found, NULL), 0);
	assert_int_equal(jobs_cancel(&f->jobs, f->c, id, "", NULL), 0);
	assert_int_equal(perception_equal_job(f->c, &tune, found, NULL), 0);
}

static void test_a_failure_is_kept_with_what_was_on_offer(void **state)
{
	struct fixture *f = *state;
	const struct job_step_new steps[] = {TO_MIDI, UNDERSTAND};
	struct perception_key k;
	char id[JOB_ID_SIZE];
	assert_int_equal(perception_key_init(&k, PERCEIVE_UNDERSTAND, space_of(0), hashes[0]), 0);
	submit(f, f->tune, steps, 2, id);
	assert_int_equal(perception_await(f->c, &k, id, "3", 1, NULL), 0);
	assert_int_equal(under_way(f), 1);
	assert_string_equal(find(f, PERCEIVE_UNDERSTAND, 0).job_id, id);
	refuse(f, "this is no tune");
	struct perception_row row = find(f, PERCEIVE_UNDERSTAND, 0);
	assert_string_equal(row.error, "this is no tune");
	assert_string_equal(row.version, "3");
	assert_string_equal(row.job_id, "");
	assert_int_equal(under_way(f), 0);
	/* A newer model may know better. */
	submit(f, f->midi, &(struct job_step_new)UNDERSTAND, 1, id);
	assert_int_equal(perception_await(f->c, &k, id, "4", 1, NULL), 0);
	assert_string_equal(find(f, PERCEIVE_UNDERSTAND, 0).version, "3");
	refuse(f, "still not");
	assert_string_equal(find(f, PERCEIVE_UNDERSTAND, 0).version, "4");
}

static void test_what_was_cancelled_may_be_tried_again(void **state)
{
	struct fixture *f = *state;
	struct perception_key k;
	char id[JOB_ID_SIZE];
	assert_int_equal(perception_key_init(&k, PERCEIVE_UNDERSTAND, space_of(1), hashes[1]), 0);
	submit(f, f->midi, &(struct job_step_new)UNDERSTAND, 1, id);
	assert_int_equal(perception_await(f->c, &k, id, "3", 1, NULL), 0);
	assert_int_equal(jobs_cancel(&f->jobs, f->c, id, "", NULL), 0);
	assert_false(find(f, PERCEIVE_UNDERSTAND, 1).found);
}

static void test_a_part_of_a_sound_is_a_thing_of_its_own(void **state)
{
	struct fixture *f = *state;
	struct perception_key k;
	struct perception_row row;
	char id[JOB_ID_SIZE], sound[UUID_SIZE];
	add(f, 3, "audio/wav", sound);
	assert_int_equal(perception_key_init(&k, PERCEIVE_SPECTROGRAM, space_of(3), hashes[3]), 0);
	assert_int_equal(perception_key_part(&k, 1.00049, 2), 0);
	assert_string_equal(k.params, "{\"from_s\":1.0,\"to_s\":2.0}");
	AUTO_JSON json_t *params = json_pack("{s:f, s:f}", "to_s", 2.0, "from_s", 1.0);
	submit(f, sound, &(struct job_step_new){.verb = "project", .from_space = "audio", .space = "image", .model = "spectrogram", .params = params},
	       1, id);
	complete(f, 4);
	assert_int_equal(perception_find(f->c, &k, &row, NULL), 0);
	assert_true(uuid_valid(row.artifact_id));
	assert_false(find(f, PERCEIVE_SPECTROGRAM, 3).found);
	assert_int_equal(perception_key_part(&k, 0, 0), 0);
	assert_string_equal(k.params, "{}");
	assert_int_equal(perception_key_part(&k, 2, 1), -EINVAL);
	assert_int_equal(perception_key_part(&k, -1, 1), -EINVAL);
	assert_int_equal(perception_key_init(&k, PERCEIVE_LISTEN, space_of(3), hashes[3]), 0);
	assert_int_equal(perception_key_part(&k, 0, 1), -EINVAL);
}

static void test_what_was_read_is_kept_for_that_version_alone(void **state)
{
	struct fixture *f = *state;
	struct perception_key k;
	struct perception_digest d = {.values = json_pack("{s:s}", "key", "D major")};
	char id[JOB_ID_SIZE];
	assert_int_equal(perception_key_init(&k, PERCEIVE_UNDERSTAND, space_of(1), hashes[1]), 0);
	submit(f, f->midi, &(struct job_step_new)UNDERSTAND, 1, id);
	complete(f, 2);
	assert_int_equal(perception_keep(f->c, &k, "2", &d, NULL), 0);
	assert_false(find(f, PERCEIVE_UNDERSTAND, 1).digested);
	assert_int_equal(perception_keep(f->c, &k, "3", &d, NULL), 0);
	assert_true(find(f, PERCEIVE_UNDERSTAND, 1).digested);
	assert_int_equal(perception_keep_error(f->c, &k, "3", "its report is no JSON", NULL), 0);
	assert_string_equal(find(f, PERCEIVE_UNDERSTAND, 1).error, "its report is no JSON");
	perception_digest_done(&d);
}

static int count_kind(void *arg, const char *kind, struct err *err)
{
	int *n = arg;
	++*n;
	return 0;
}

/* The same bytes, once taken for MIDI and once for ABC. */
static void test_what_fails_in_one_space_is_known_in_another(void **state)
{
	struct fixture *f = *state;
	const struct job_step_new steps[] = {TO_MIDI, UNDERSTAND};
	struct perception_key k, tune;
	struct perception_row row;
	char id[JOB_ID_SIZE], mistaken[UUID_SIZE];
	int n = 0;
	add(f, 0, "audio/midi", mistaken);
	assert_int_equal(perception_key_init(&k, PERCEIVE_UNDERSTAND, "midi", hashes[0]), 0);
	assert_int_equal(perception_key_init(&tune, PERCEIVE_UNDERSTAND, "abc", hashes[0]), 0);
	submit(f, mistaken, &steps[1], 1, id);
	assert_int_equal(perception_equal_job(f->c, &tune, id, NULL), 0);
	assert_int_equal(perception_equal_job(f->c, &k, id, NULL), 1);
	assert_int_equal(perception_await(f->c, &k, id, "3", 1, NULL), 0);
	refuse(f, "this is no MIDI");
	submit(f, f->tune, steps, 2, id);
	complete(f, 1);
	complete(f, 2);
	assert_int_equal(perception_find(f->c, &tune, &row, NULL), 0);
	assert_true(uuid_valid(row.artifact_id) && !*row.error);
	assert_int_equal(perception_find(f->c, &k, &row, NULL), 0);
	assert_string_equal(row.error, "this is no MIDI");
	/* It can be forgotten, and is known no more; what is known stays. */
	assert_int_equal(perception_forget_failures(f->c, hashes[0], "midi", PERCEIVE_PIANO_ROLL, count_kind, &n, NULL), 0);
	assert_int_equal(n, 0);
	assert_int_equal(perception_forget_failures(f->c, hashes[0], "midi", PERCEPTION_KIND_COUNT, count_kind, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(perception_find(f->c, &k, &row, NULL), 0);
	assert_false(row.found);
	assert_int_equal(perception_forget_failures(f->c, hashes[0], "abc", PERCEPTION_KIND_COUNT, count_kind, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_true(find(f, PERCEIVE_UNDERSTAND, 0).found);
}

/* From before spaces: what was found out stays, for each space that has the content. */
static void test_a_store_of_before_is_brought_up_to_date(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	struct store_schema before = perception_schema;
	before.n_steps = 1;
	const struct store_schema *const old[] = {&cas_schema, &jobs_schema, &before};
	const struct store_schema *const now[] = {&cas_schema, &jobs_schema, &perception_schema};
	char AUTO_MEM *path = fs_join(f->dir, "before.db");
	store_rollback(f->store);
	store_close(TAKE(f->store));
	must(store_open(&(struct store_options){.path = path, .schemas = old, .n_schemas = COUNT_OF(old)}, &f->store, &err), &err);
	must(store_begin(f->store, &f->c, &err), &err);
	char id[UUID_SIZE];
	for (size_t i = 0; i < COUNT_OF(hashes); i++)
		must(store_exec(f->c, &err, "INSERT INTO cas_content VALUES(?, 3, 'audio/midi', 0, 0)", "t", hashes[i]), &err);
	add(f, 0, "text/vnd.abc", id);
	add(f, 0, "image/png", id);
	add(f, 1, "audio/midi", id);
	add(f, 3, "audio/wav", id);
	must(store_exec(f->c, &err,
			"INSERT INTO perception(content_hash, kind, params, version, artifact_id, error, digest, changed_unix_ms) VALUES"
			" (?1, 'understand', '{}', '3', ?4, NULL, '{}', 1), (?1, 'piano_roll', '{}', '3', NULL, 'no ink', NULL, 1),"
			" (?2, 'notes_vector', '{}', '3', ?4, NULL, NULL, 1), (?3, 'listen', '{}', '3', ?4, NULL, NULL, 1)",
			"tttt", hashes[0], hashes[1], hashes[3], id),
	     &err);
	must(store_commit(f->store, &err), &err);
	store_close(TAKE(f->store));
	must(store_open(&(struct store_options){.path = path, .schemas = now, .n_schemas = COUNT_OF(now)}, &f->store, &err), &err);
	must(store_begin(f->store, &f->c, &err), &err);
	int64_t n = 0;
	must(store_int(f->c, &n, &err, "SELECT count(*) FROM perception", ""), &err);
	assert_int_equal(n, 3);
	assert_true(find(f, PERCEIVE_UNDERSTAND, 0).digested);
	assert_true(find(f, PERCEIVE_NOTES_VECTOR, 1).found && find(f, PERCEIVE_LISTEN, 3).found);
	assert_false(find(f, PERCEIVE_PIANO_ROLL, 0).found);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_anybodys_analysis_is_kept_for_the_content),
		TEST(test_an_analysis_with_settings_of_its_own_is_another),
		TEST(test_an_answer_from_the_store_is_an_answer),
		TEST(test_a_job_under_way_is_found_by_what_it_will_tell),
		TEST(test_a_failure_is_kept_with_what_was_on_offer),
		TEST(test_what_was_cancelled_may_be_tried_again),
		TEST(test_a_part_of_a_sound_is_a_thing_of_its_own),
		TEST(test_what_was_read_is_kept_for_that_version_alone),
		TEST(test_what_fails_in_one_space_is_known_in_another),
		TEST(test_a_store_of_before_is_brought_up_to_date),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
