#include "../check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/rng.h"
#include "base/str.h"
#include "desk.h"
#include "store/store.h"
#include "wire/schema.h"

static struct desk desk;

/* So much that it cannot be hashed between two requests, at any limits. */
#define LARGE_BYTES (LIMIT_LOOP_BYTES > 1000 ? INT64_C(268435456) : INT64_C(33554432))

static int set_up(void **state)
{
	static const char *const args[] = {"--lease-ms", "600", NULL};
	desk_open(&desk, args);
	*state = &desk;
	return 0;
}

static int tear_down(void **state)
{
	desk_close(*state);
	return 0;
}

static json_t *claim(struct desk *d, const char *worker)
{
	AUTO_JSON json_t *r = desk_ask(d, "{'type':'job_claim','worker_id':'%s'}", worker);
	return json_incref(json_object_get(r, "lease"));
}

/*
 * Claims until there is work: for jobs that are put back after a while. Heartbeats keep the worker
 * in the pool.
 */
static json_t *claim_patiently(struct desk *d, const char *worker)
{
	for (int i = 0; i < 400; i++) {
		json_t *lease = claim(d, worker);
		if (lease)
			return lease;
		assert_int_equal(wire_loop_step(d->loop, 20, NULL), 0);
	}
	fail_msg("there is never any work");
	return NULL;
}

static void assert_state(struct desk *d, const char *job, const char *state)
{
	AUTO_JSON json_t *r = desk_ask(d, "{'type':'job_status','job_id':'%s'}", job);
	assert_string_equal(desk_text(r, "job.state"), state);
}

/* --- content and artifacts -------------------------------------------------------------------- */

static void test_content_is_stored_looked_at_read_and_verified(void **state)
{
	struct desk *d = *state;
	AUTO_JSON json_t *stored = desk_ask(d, "{'type':'cas_store','data':'TVRoZA=='}");
	const char *hash = desk_text(stored, "content_hash");
	assert_string_equal(desk_text(stored, "mime_type"), "audio/midi");
	AUTO_JSON json_t *seen = desk_ask(d, "{'type':'cas_inspect','hash':'%s'}", hash);
	assert_true(json_is_true(desk_value(seen, "exists")));
	assert_true(fs_exists(desk_text(seen, "path")));
	AUTO_JSON json_t *read =
		desk_ask(d, "{'type':'cas_get','hash':'%s','offset_bytes':1,'n_bytes':2}", hash);
	assert_string_equal(desk_text(read, "data"), "VGg=");
	assert_true(json_is_false(desk_value(read, "end")));
	AUTO_JSON json_t *good = desk_ask(d, "{'type':'cas_verify'}");
	assert_int_equal(desk_int(good, "n_good"), 1);
	const char *path = desk_text(seen, "path");
	assert_int_equal(truncate(path, 2), 0);
	AUTO_JSON json_t *bad = desk_ask(d, "{'type':'cas_verify','hash':'%s'}", hash);
	assert_string_equal(desk_text(bad, "problems.0.state"), "damaged");
	struct err err = ERR_INIT;
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'cas_get','hash':'%s'}", hash), -EBADMSG);
	AUTO_JSON json_t *stats = desk_ask(d, "{'type':'storage_stats'}");
	assert_int_equal(desk_int(stats, "n_contents"), 1);
	AUTO_JSON json_t *none =
		desk_ask(d, "{'type':'cas_inspect','hash':'sha256:"
			    "aaaac44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}");
	assert_true(json_is_false(desk_value(none, "exists")));
}

static void test_two_artifacts_of_one_content_keep_their_own_tags_and_lineage(void **state)
{
	struct desk *d = *state;
	char first[40], second[40];
	desk_artifact(d, "MThd", first);
	AUTO_JSON json_t *got = desk_ask(d, "{'type':'artifact_get','artifact_id':'%s'}", first);
	assert_string_equal(desk_text(got, "artifact.creator"), "ada");
	AUTO_JSON json_t *made = desk_ask(d,
					  "{'type':'artifact_create','cas_hash':'%s','tags':['b','"
					  "a'],'creator':'bo','parents':['%s'],'metadata':{'x':1}}",
					  desk_text(got, "artifact.content_hash"), first);
	str_copy(second, sizeof(second), desk_text(made, "artifact.artifact_id"));
	assert_string_not_equal(first, second);
	assert_string_equal(desk_text(made, "artifact.content_hash"),
			    desk_text(got, "artifact.content_hash"));
	assert_string_equal(desk_text(made, "artifact.tags.0"), "a");
	AUTO_JSON json_t *tagged = desk_ask(
		d, "{'type':'artifact_tag','artifact_id':'%s','add':['keeper'],'remove':['a']}",
		second);
	assert_int_equal(json_array_size(desk_value(tagged, "artifact.tags")), 2);
	AUTO_JSON json_t *listed = desk_ask(d, "{'type':'artifact_list','tag':'keeper'}");
	assert_int_equal(json_array_size(desk_value(listed, "artifacts")), 1);
	AUTO_JSON json_t *mine = desk_ask(d, "{'type':'artifact_list','creator':'ada'}");
	assert_int_equal(json_array_size(desk_value(mine, "artifacts")), 1);
	AUTO_JSON json_t *page = desk_ask(d, "{'type':'artifact_list','limit':1}");
	AUTO_JSON json_t *rest = desk_ask(d, "{'type':'artifact_list','limit':1,'cursor':'%s'}",
					  desk_text(page, "cursor"));
	assert_string_equal(desk_text(rest, "artifacts.0.artifact_id"), first);
	assert_string_equal(desk_text(rest, "cursor"), "");
	AUTO_JSON json_t *down = desk_ask(
		d, "{'type':'artifact_lineage','artifact_id':'%s','direction':'descendants'}",
		first);
	assert_string_equal(desk_text(down, "edges.0.child"), second);
	desk_wait_event(d, "artifact_created", 2);
	desk_wait_event(d, "artifact_tagged", 1);
	struct err err = ERR_INIT;
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'artifact_get','artifact_id':'nobody'}"),
			 -ENOENT);
	assert_int_equal(desk_try(d, &err, NULL,
				  "{'type':'artifact_create','parents':['nobody'],'cas_hash':'%s'}",
				  desk_text(got, "artifact.content_hash")),
			 -ENOENT);
	assert_string_equal(err.field, "parents");
}

static void test_files_are_imported_only_from_below_the_allowed_folders(void **state)
{
	struct desk *d = *state;
	char *allowed = fs_join(d->dir, "allowed"), *other = fs_join(d->dir, "other");
	char *inside = fs_join(d->dir, "allowed/a.mid"), *outside = fs_join(d->dir, "other/b.mid");
	char *link = fs_join(d->dir, "allowed/link.mid"),
	     *up = fs_join(d->dir, "allowed/../other/b.mid");
	assert_int_equal(fs_mkdir_p(allowed, 0755, NULL), 0);
	assert_int_equal(fs_mkdir_p(other, 0755, NULL), 0);
	assert_int_equal(fs_write_atomic(inside, "MThd", 4, 0644, NULL), 0);
	assert_int_equal(fs_write_atomic(outside, "MThd", 4, 0644, NULL), 0);
	assert_int_equal(symlink(outside, link), 0);
	const char *args[] = {"--import", allowed, NULL};
	desk_kill(d, SIGTERM);
	d->args = args;
	desk_start(d);
	AUTO_JSON json_t *r = desk_ask(d, "{'type':'artifact_import','path':'%s'}", inside);
	assert_string_equal(desk_text(r, "artifact.space"), "midi");
	const char *const bad[] = {outside, link, up, "/etc/passwd", "a.mid"};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct err err = ERR_INIT;
		assert_int_equal(
			desk_try(d, &err, NULL, "{'type':'artifact_import','path':'%s'}", bad[i]),
			-EPERM);
		assert_string_equal(err.field, "path");
	}
	free(allowed);
	free(other);
	free(inside);
	free(outside);
	free(link);
	free(up);
}

/* A staged file of n zero bytes, to be adopted. */
static void stage_zeros(struct desk *d, int64_t n_bytes, char ret[400])
{
	AUTO_JSON json_t *staged = desk_ask(d, "{'type':'cas_stage'}");
	str_copy(ret, 400, desk_text(staged, "path"));
	int fd = open(ret, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, n_bytes), 0);
	close(fd);
}

static void test_requests_are_answered_while_large_content_is_taken_in_and_read_back(void **state)
{
	struct desk *d = *state;
	char path[400];
	struct desk_pending adopt, get, verify;
	stage_zeros(d, LARGE_BYTES, path);
	desk_send(d, &adopt, "{'type':'cas_adopt','path':'%s'}", path);
	int64_t longest_ns = 0, n_answered = 0;
	for (; !adopt.done; n_answered++) {
		int64_t began = wire_loop_now_ns(d->loop);
		json_decref(desk_ask(d, "{'type':'ping'}"));
		int64_t ns = wire_loop_now_ns(d->loop) - began;
		longest_ns = ns > longest_ns ? ns : longest_ns;
		json_decref(desk_ask(d, "{'type':'job_list'}"));
	}
	print_message("%lld pairs of requests were answered meanwhile, the slowest ping in %.1f ms\n",
		      (long long)n_answered, (double)longest_ns / 1e6);
	assert_true(n_answered >= 3);
	assert_int_equal(adopt.code, 0);
	assert_int_equal(desk_int(adopt.result, "size_bytes"), LARGE_BYTES);
	const char *hash = desk_text(adopt.result, "content_hash");
	desk_send(d, &get, "{'type':'cas_get','hash':'%s','n_bytes':16,'offset_bytes':%lld}", hash,
		  (long long)LARGE_BYTES - 16);
	desk_send(d, &verify, "{'type':'cas_verify'}");
	for (n_answered = 0; !get.done || !verify.done; n_answered++)
		json_decref(desk_ask(d, "{'type':'ping'}"));
	assert_true(n_answered >= 3);
	assert_true(json_is_true(desk_value(get.result, "end")));
	assert_string_equal(desk_text(get.result, "data"), "AAAAAAAAAAAAAAAAAAAAAA==");
	assert_int_equal(desk_int(verify.result, "n_good"), 1);
	assert_false(fs_exists(path));
	json_decref(adopt.result);
	json_decref(get.result);
	json_decref(verify.result);
}

static void test_a_peer_elsewhere_stages_in_ranges_also_across_a_crash(void **state)
{
	struct desk *d = *state;
	struct err err = ERR_INIT;
	AUTO_JSON json_t *staged = desk_ask(d, "{'type':'cas_stage'}");
	const char *path = desk_text(staged, "path");
	/* "MThd", again, then "-abc" behind it */
	for (int i = 0; i < 2; i++)
		json_decref(desk_ask(d, "{'type':'cas_stage_write','path':'%s','data':'TVRoZA=='}", path));
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'cas_stage_write','path':'%s','offset_bytes':5,'data':'TVRoZA=='}",
				  path), -EINVAL);
	assert_string_equal(err.field, "offset_bytes");
	desk_kill(d, SIGKILL);
	desk_start(d);
	AUTO_JSON json_t *more =
		desk_ask(d, "{'type':'cas_stage_write','path':'%s','offset_bytes':4,'data':'LWFiYw=='}", path);
	assert_int_equal(desk_int(more, "size_bytes"), 8);
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'cas_adopt','path':'%s','hash':"
				  "'sha256:aaaac44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}", path),
			 -EBADMSG);
	AUTO_JSON json_t *kept = desk_ask(d, "{'type':'cas_adopt','path':'%s'}", path);
	AUTO_JSON json_t *read = desk_ask(d, "{'type':'cas_get','hash':'%s'}", desk_text(kept, "content_hash"));
	assert_string_equal(desk_text(read, "data"), "TVRoZC1hYmM=");
}

static void test_nothing_but_staged_files_is_staged_into(void **state)
{
	struct desk *d = *state;
	struct err err = ERR_INIT;
	AUTO_JSON json_t *staged = desk_ask(d, "{'type':'cas_stage','suffix':'.wav'}");
	const char *path = desk_text(staged, "path");
	AUTO_JSON json_t *kept = desk_ask(d, "{'type':'cas_store','data':'TVRoZA=='}");
	AUTO_JSON json_t *seen = desk_ask(d, "{'type':'cas_inspect','hash':'%s'}", desk_text(kept, "content_hash"));
	char *up = str_printf("%s/../x", path), *db = fs_join(d->family_dir, "hootenanny.db");
	char *own = str_printf("%.*sput-1", (int)(strstr(path, "stage-") - path), path);
	const char *const bad[] = {"/etc/passwd", "x", up, db, own, desk_text(seen, "path")};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_int_equal(desk_try(d, &err, NULL, "{'type':'cas_stage_write','path':'%s','data':'TVRoZA=='}", bad[i]),
				 -EPERM);
		assert_string_equal(err.field, "path");
		assert_int_equal(desk_try(d, &err, NULL, "{'type':'cas_unstage','path':'%s'}", bad[i]), -EPERM);
	}
	assert_int_equal(symlink(db, path), 0);
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'cas_stage_write','path':'%s','data':'TVRoZA=='}", path), -EPERM);
	AUTO_JSON json_t *gone = desk_ask(d, "{'type':'cas_unstage','path':'%s'}", path);
	assert_true(json_is_true(desk_value(gone, "existed")));
	AUTO_JSON json_t *again = desk_ask(d, "{'type':'cas_unstage','path':'%s'}", path);
	assert_true(json_is_false(desk_value(again, "existed")));
	assert_true(fs_exists(db));
	free(up);
	free(db);
	free(own);
}

static void test_no_more_large_contents_are_taken_in_at_a_time_than_the_limit(void **state)
{
	struct desk *d = *state;
	enum { N = LIMIT_LATERS + 3 };
	static struct desk_pending asked[N];
	char path[400];
	size_t n_good = 0, n_busy = 0;
	stage_zeros(d, LARGE_BYTES / 32, path);
	json_decref(desk_ask(d, "{'type':'cas_adopt','path':'%s'}", path));
	for (size_t i = 0; i < N; i++)
		desk_send(d, &asked[i], "{'type':'cas_verify'}");
	for (size_t i = 0; i < N; i++) {
		desk_wait(d, &asked[i].done);
		n_good += asked[i].code == 0;
		n_busy += asked[i].code == -EBUSY;
		json_decref(asked[i].result);
	}
	assert_int_equal(n_good + n_busy, N);
	assert_true(n_good >= LIMIT_LATERS && n_busy > 0);
}

/* --- jobs ------------------------------------------------------------------------------------- */

static void test_a_chain_is_claimed_step_by_step_and_its_results_are_polled(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	AUTO_JSON json_t *started =
		desk_ask(d,
			 "{'type':'forward','inputs':['%s'],'tags':['draft'],'steps':[{'verb':'"
			 "continue','seed':7,'params':{'bars':4}},"
			 "{'verb':'project','space':'audio'}]}",
			 tune);
	const char *job = desk_text(started, "job.job_id");
	assert_true(str_starts(job, "hoot:"));
	assert_string_equal(desk_text(started, "job.state"), "pending");
	struct desk_pending poll;
	desk_send(d, &poll, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':15000}", job);

	AUTO_JSON json_t *first = claim(d, worker);
	assert_string_equal(desk_text(first, "verb"), "continue");
	assert_int_equal(desk_int(first, "seed"), 7);
	assert_int_equal(desk_int(first, "params.bars"), 4);
	assert_string_equal(desk_text(first, "inputs.0.artifact_id"), tune);
	assert_true(fs_exists(desk_text(first, "inputs.0.path")));
	assert_null(claim(d, worker)); /* nothing else to do */
	json_decref(desk_ask(d,
			     "{'type':'job_progress','worker_id':'%s','job_id':'%s','attempt':1,'"
			     "progress':0.5,'message':'bar 2'}",
			     worker, job));
	AUTO_JSON json_t *half = desk_complete(d, worker, first, "MThd-continued", "audio/midi");
	assert_true(json_is_false(desk_value(half, "finished")));
	AUTO_JSON json_t *second = claim(d, worker);
	assert_string_equal(desk_text(second, "verb"), "project");
	assert_string_equal(desk_text(second, "inputs.0.artifact_id"),
			    desk_text(half, "artifact_id"));
	assert_int_equal(desk_int(second, "attempt"), 2);
	AUTO_JSON json_t *whole = desk_complete(d, worker, second, "RIFF-sound", "audio/wav");
	assert_true(json_is_true(desk_value(whole, "finished")));

	desk_wait(d, &poll.done);
	assert_int_equal(poll.code, 0);
	assert_string_equal(desk_text(poll.result, "jobs.0.state"), "complete");
	assert_string_equal(desk_text(poll.result, "jobs.0.artifact_id"),
			    desk_text(whole, "artifact_id"));
	assert_string_equal(desk_text(poll.result, "jobs.0.steps.0.model"), "m@1");
	json_decref(poll.result);
	AUTO_JSON json_t *up = desk_ask(d, "{'type':'artifact_lineage','artifact_id':'%s'}",
					desk_text(whole, "artifact_id"));
	assert_int_equal(json_array_size(desk_value(up, "nodes")), 3);
	assert_string_equal(desk_text(up, "nodes.0.artifact.tags.0"), "draft");
	assert_string_equal(desk_text(up, "nodes.2.artifact.artifact_id"), tune);
	desk_wait_event(d, "job_state_changed",
			5); /* pending, running, pending, running, complete */
	desk_wait_event(d, "job_progressed", 1);
	desk_wait_event(d, "artifact_created", 3);
}

static void test_an_identical_seeded_request_is_answered_from_the_store(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	json_decref(desk_ask(
		d, "{'type':'continue','artifact_id':'%s','seed':7,'params':{'a':1,'b':2}}", tune));
	AUTO_JSON json_t *lease = claim(d, worker);
	AUTO_JSON json_t *made = desk_complete(d, worker, lease, "MThd-x", "audio/midi");
	AUTO_JSON json_t *again = desk_ask(
		d, "{'type':'continue','artifact_id':'%s','seed':7,'params':{'b':2,'a':1}}", tune);
	assert_string_equal(desk_text(again, "job.state"), "complete");
	assert_true(json_is_true(desk_value(again, "job.steps.0.cached")));
	assert_string_equal(desk_text(again, "job.artifact_id"), desk_text(made, "artifact_id"));
	static const char *const others[] = {
		"'seed':8,'params':{'a':1,'b':2}",
		"'seed':7,'params':{'a':1,'b':3}",
		"'params':{'a':1,'b':2}",
		"'seed':7,'params':{'a':1,'b':2},'fresh':true",
	};
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		AUTO_JSON json_t *other =
			desk_ask(d, "{'type':'continue','artifact_id':'%s',%s}", tune, others[i]);
		assert_string_equal(desk_text(other, "job.state"), "pending");
	}
}

static void test_verification_makes_it_again_and_compares(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s','seed':7}", tune));
	AUTO_JSON json_t *lease = claim(d, worker);
	AUTO_JSON json_t *made = desk_complete(d, worker, lease, "MThd-x", "audio/midi");
	static const char *const outcomes[] = {"MThd-x", "MThd-y"};
	for (size_t i = 0; i < 2; i++) {
		AUTO_JSON json_t *job = desk_ask(d, "{'type':'artifact_verify','artifact_id':'%s'}",
						 desk_text(made, "artifact_id"));
		assert_string_equal(desk_text(job, "job.state"), "pending");
		AUTO_JSON json_t *retry = claim(d, worker);
		assert_int_equal(desk_int(retry, "seed"), 7);
		json_decref(desk_complete(d, worker, retry, outcomes[i], "audio/midi"));
		AUTO_JSON json_t *done = desk_ask(d, "{'type':'job_status','job_id':'%s'}",
						  desk_text(job, "job.job_id"));
		assert_string_equal(desk_text(done, "job.state"), "complete");
		assert_true(json_is_true(desk_value(done, "job.result.same")) == (i == 0));
	}
	struct err err = ERR_INIT;
	assert_int_equal(
		desk_try(d, &err, NULL, "{'type':'artifact_verify','artifact_id':'%s'}", tune),
		-EPROTO);
}

static void test_a_job_of_a_killed_worker_is_done_by_another_exactly_once(void **state)
{
	struct desk *d = *state;
	char dead[40], alive[40], tune[40];
	desk_worker(d, dead);
	desk_artifact(d, "MThd", tune);
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *lost = claim(d, dead); /* and then it is silent */
	desk_worker(d, alive);
	AUTO_JSON json_t *lease = claim_patiently(d, alive);
	assert_string_equal(desk_text(lease, "job_id"), desk_text(lost, "job_id"));
	assert_int_equal(desk_int(lease, "attempt"), 2);
	assert_int_equal(desk_int(lease, "seed"), desk_int(lost, "seed"));
	struct err err = ERR_INIT;
	static const char *const late[] = {"job_heartbeat", "job_stopped"};
	for (size_t i = 0; i < COUNT_OF(late); i++)
		assert_int_equal(
			desk_try(d, &err, NULL,
				 "{'type':'%s','worker_id':'%s','job_id':'%s','attempt':1}",
				 late[i], dead, desk_text(lost, "job_id")),
			-ESTALE);
	assert_int_equal(
		desk_try(d, &err, NULL,
			 "{'type':'job_complete','worker_id':'%s','job_id':'%s','attempt':1,'"
			 "content_hash':"
			 "'sha256:aaaac44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"
			 "}",
			 dead, desk_text(lost, "job_id")),
		-ESTALE);
	AUTO_JSON json_t *made = desk_complete(d, alive, lease, "MThd-x", "audio/midi");
	AUTO_JSON json_t *said_again = desk_ask(
		d,
		"{'type':'job_complete','worker_id':'%s','job_id':'%s','attempt':2,'path':'%s','"
		"content_hash':"
		"'sha256:aaaac44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}",
		alive, desk_text(lease, "job_id"), desk_text(lease, "staging_path"));
	assert_string_equal(desk_text(said_again, "artifact_id"), desk_text(made, "artifact_id"));
	assert_state(d, desk_text(job, "job.job_id"), "complete");
	AUTO_JSON json_t *all = desk_ask(d, "{'type':'artifact_list','creator':'ada'}");
	assert_int_equal(json_array_size(desk_value(all, "artifacts")), 2);
	desk_wait_event(d, "worker_left", 1);
}

static void test_a_job_survives_the_death_of_hootenanny(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *lease = claim(d, worker);
	AUTO_JSON json_t *waiting =
		desk_ask(d, "{'type':'project','artifact_id':'%s','space':'audio'}", tune);
	desk_kill(d, SIGKILL);
	desk_start(d);
	/* The worker's heartbeat is welcome, its claim asks it to register. */
	json_decref(desk_ask(d,
			     "{'type':'job_heartbeat','worker_id':'%s','job_id':'%s','attempt':1}",
			     worker, desk_text(lease, "job_id")));
	struct err err = ERR_INIT;
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'job_claim','worker_id':'%s'}", worker),
			 -ENOENT);
	json_decref(desk_ask(
		d, "{'type':'worker_register','name':'test','worker_id':'%s','capabilities':[]}",
		worker));
	json_decref(desk_complete(d, worker, lease, "MThd-x", "audio/midi"));
	assert_state(d, desk_text(job, "job.job_id"), "complete");
	assert_state(d, desk_text(waiting, "job.job_id"), "pending");
}

static void test_a_request_with_a_key_is_done_once_also_across_a_crash(void **state)
{
	struct desk *d = *state;
	char tune[40];
	desk_artifact(d, "MThd", tune);
	AUTO_JSON json_t *first =
		desk_ask_keyed(d, "k1", 0, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *second =
		desk_ask_keyed(d, "k1", 0, "{'type':'continue','artifact_id':'%s'}", tune);
	assert_string_equal(desk_text(second, "job.job_id"), desk_text(first, "job.job_id"));
	AUTO_JSON json_t *decided =
		desk_ask_keyed(d, "k2", 0, "{'type':'decide','region_id':'r1','decision':'hold'}");
	desk_kill(d, SIGKILL);
	desk_start(d);
	AUTO_JSON json_t *third =
		desk_ask_keyed(d, "k1", 0, "{'type':'continue','artifact_id':'%s'}", tune);
	assert_string_equal(desk_text(third, "job.job_id"), desk_text(first, "job.job_id"));
	assert_int_equal(desk_int(third, "job.steps.0.seed"),
			 desk_int(first, "job.steps.0.seed"));
	AUTO_JSON json_t *again =
		desk_ask_keyed(d, "k2", 0, "{'type':'decide','region_id':'r1','decision':'hold'}");
	assert_string_equal(desk_text(again, "decision.decision_id"),
			    desk_text(decided, "decision.decision_id"));
	json_decref(desk_ask_keyed(d, "k1", -EINVAL,
				   "{'type':'continue','artifact_id':'%s','seed':1}", tune));
	AUTO_JSON json_t *jobs = desk_ask(d, "{'type':'job_list'}");
	assert_int_equal(json_array_size(desk_value(jobs, "jobs")), 1);
}

static void test_a_claim_whose_answer_was_lost_gets_the_same_lease_again(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune));
	AUTO_JSON json_t *first =
		desk_ask_keyed(d, "c1", 0, "{'type':'job_claim','worker_id':'%s'}", worker);
	desk_kill(d, SIGKILL);
	desk_start(d);
	AUTO_JSON json_t *again =
		desk_ask_keyed(d, "c1", 0, "{'type':'job_claim','worker_id':'%s'}", worker);
	assert_true(json_equal(first, again));
	assert_int_equal(desk_int(again, "lease.attempt"), 1);
	AUTO_JSON json_t *done = desk_complete(d, worker, desk_value(again, "lease"), "MThd-x",
					       "audio/midi");
	assert_true(json_is_true(desk_value(done, "finished")));
}

static int count_changes(struct store_conn *c, void *arg, struct err *err)
{
	return store_int(c, arg, err,
			 "SELECT count(*) FROM change WHERE actor = 'ada' AND request IN"
			 " ('artifact_upload', 'artifact_tag', 'continue', 'job_cancel')"
			 " AND payload LIKE '{%'",
			 "");
}

static void test_who_changed_what_is_kept(void **state)
{
	struct desk *d = *state;
	char tune[40];
	struct err err = ERR_INIT;
	desk_artifact(d, "MThd", tune);
	json_decref(desk_ask(d, "{'type':'artifact_tag','artifact_id':'%s','add':['x']}", tune));
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	json_decref(
		desk_ask(d, "{'type':'job_cancel','job_id':'%s'}", desk_text(job, "job.job_id")));
	json_decref(desk_ask(d, "{'type':'artifact_list'}"));
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'job_cancel','job_id':'hoot:none'}"),
			 -ENOENT);
	desk_kill(d, SIGTERM);
	char *path = fs_join(d->family_dir, "hootenanny.db");
	const struct store_options o = {.path = path};
	struct store *s = NULL;
	int64_t n = 0;
	assert_int_equal(store_open(&o, &s, NULL), 0);
	assert_int_equal(store_read(s, count_changes, &n, NULL), 0);
	assert_int_equal(n, 4);
	store_close(s);
	free(path);
}

static void test_two_workers_share_jobs_by_priority(void **state)
{
	struct desk *d = *state;
	char one[40], two[40], tune[40];
	desk_worker(d, one);
	desk_worker(d, two);
	desk_artifact(d, "MThd", tune);
	static const char *const priorities[] = {"idle", "normal", "critical", "low", "high"};
	static const char *const expected[] = {"critical", "high", "normal", "low", "idle"};
	for (size_t i = 0; i < COUNT_OF(priorities); i++)
		json_decref(desk_ask(
			d,
			"{'type':'continue','artifact_id':'%s','priority':'%s','params':{'n':%d}}",
			tune, priorities[i], (int)i));
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		AUTO_JSON json_t *lease = claim(d, i % 2 ? two : one);
		AUTO_JSON json_t *job = desk_ask(d, "{'type':'job_status','job_id':'%s'}",
						 desk_text(lease, "job_id"));
		assert_string_equal(desk_text(job, "job.priority"), expected[i]);
		assert_string_equal(desk_text(job, "job.worker_id"), i % 2 ? two : one);
	}
	assert_null(claim(d, one));
	AUTO_JSON json_t *pool = desk_ask(d, "{'type':'worker_list'}");
	assert_int_equal(json_array_size(desk_value(pool, "workers")), 2);
	AUTO_JSON json_t *left = desk_ask(d, "{'type':'worker_leave','worker_id':'%s'}", one);
	assert_int_equal(desk_int(left, "n_returned"), 3);
	AUTO_JSON json_t *again = claim(d, two);
	assert_non_null(again);
}

static void test_a_worker_gets_only_what_it_can_do(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	json_decref(desk_ask(d, "{'type':'project','artifact_id':'%s','space':'embedding'}", tune));
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s','model':'other'}", tune));
	assert_null(claim(d, worker));
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s','model':'m'}", tune));
	AUTO_JSON json_t *lease = claim(d, worker);
	assert_string_equal(desk_text(lease, "model"), "m");
	assert_string_equal(desk_text(lease, "model_version"), "1");
}

static void on_hint(void *arg, const struct wire_frame *frames, size_t n)
{
	int *n_hints = arg;
	AUTO_JSON json_t *hint = NULL;
	assert_int_equal(json_parse(frames[n - 1].data, frames[n - 1].n, &hint, NULL), 0);
	assert_string_equal(desk_text(hint, "payload.type"), "job_hint");
	assert_int_equal(desk_int(hint, "payload.n_pending"), 1);
	++*n_hints;
}

/* As after a crash between taking the content in and noting that the job is done. */
static void test_a_result_whose_content_was_taken_in_before_completes_the_job(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *lease = claim(d, worker);
	const char *path = desk_text(lease, "staging_path");
	assert_int_equal(fs_write_atomic(path, "MThd-x", 6, 0644, NULL), 0);
	AUTO_JSON json_t *kept = desk_ask(d, "{'type':'cas_adopt','path':'%s'}", path);
	assert_false(fs_exists(path));
	AUTO_JSON json_t *done =
		desk_ask(d,
			 "{'type':'job_complete','worker_id':'%s','job_id':'%s','attempt':1,"
			 "'path':'%s','content_hash':'%s'}",
			 worker, desk_text(lease, "job_id"), path, desk_text(kept, "content_hash"));
	assert_true(json_is_true(desk_value(done, "finished")));
	assert_state(d, desk_text(job, "job.job_id"), "complete");
}

static void test_hints_of_work_repeat_until_it_is_claimed(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40], endpoint[WIRE_ENDPOINT_SIZE];
	struct wire_socket *pull = NULL;
	int n_hints = 0;
	assert_int_equal(wire_family_lookup(d->family, "hootenanny", "jobs", endpoint, NULL), 0);
	assert_int_equal(wire_socket_new(d->context, d->loop, WIRE_PULL, NULL, on_hint, &n_hints,
					 &pull, NULL),
			 0);
	assert_int_equal(wire_socket_connect(pull, endpoint, NULL), 0);
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	json_decref(desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune));
	int64_t end = wire_loop_now_ns(d->loop) + 15 * NS_PER_SEC;
	while (n_hints < 2 && wire_loop_now_ns(d->loop) < end) {
		json_decref(desk_ask(d, "{'type':'worker_heartbeat','worker_id':'%s'}", worker));
		assert_int_equal(wire_loop_step(d->loop, 50, NULL), 0);
	}
	assert_true(n_hints >= 2);
	AUTO_JSON json_t *lease = claim(d, worker);
	assert_non_null(lease);
	wire_socket_free(pull);
}

static void test_cancelling_is_confirmed_end_to_end(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	AUTO_JSON json_t *waiting = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *now = desk_ask(d, "{'type':'job_cancel','job_id':'%s'}",
					 desk_text(waiting, "job.job_id"));
	assert_true(json_is_true(desk_value(now, "confirmed")));

	AUTO_JSON json_t *running = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	const char *job = desk_text(running, "job.job_id");
	json_decref(claim(d, worker));
	AUTO_JSON json_t *asked =
		desk_ask(d, "{'type':'job_cancel','job_id':'%s','reason':'changed my mind'}", job);
	assert_true(json_is_false(desk_value(asked, "confirmed")));
	assert_true(json_is_true(desk_value(asked, "job.cancelling")));
	assert_string_equal(desk_text(asked, "job.state"), "running");
	struct desk_pending waits;
	desk_send(d, &waits, "{'type':'job_cancel','job_id':'%s','wait_ms':10000}", job);
	AUTO_JSON json_t *beat =
		desk_ask(d, "{'type':'job_heartbeat','worker_id':'%s','job_id':'%s','attempt':1}",
			 worker, job);
	assert_true(json_is_true(desk_value(beat, "cancel")));
	assert_false(waits.done);
	AUTO_JSON json_t *stopped =
		desk_ask(d, "{'type':'job_stopped','worker_id':'%s','job_id':'%s','attempt':1}",
			 worker, job);
	assert_true(json_is_true(desk_value(stopped, "cancelled")));
	desk_wait(d, &waits.done);
	assert_true(json_is_true(desk_value(waits.result, "confirmed")));
	assert_string_equal(desk_text(waits.result, "job.state"), "cancelled");
	assert_string_equal(desk_text(waits.result, "job.error"), "changed my mind");
	json_decref(waits.result);
}

static void test_a_result_that_comes_after_the_cancel_is_refused(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *lease = claim(d, worker);
	json_decref(
		desk_ask(d, "{'type':'job_cancel','job_id':'%s'}", desk_text(job, "job.job_id")));
	struct err err = ERR_INIT;
	AUTO_JSON json_t *known = desk_ask(d, "{'type':'cas_store','data':'TVRoZA=='}");
	assert_int_equal(desk_try(d, &err, NULL,
				  "{'type':'job_complete','worker_id':'%s','job_id':'%s','attempt':"
				  "1,'content_hash':'%s'}",
				  worker, desk_text(lease, "job_id"),
				  desk_text(known, "content_hash")),
			 -ECANCELED);
	assert_state(d, desk_text(job, "job.job_id"), "cancelled");
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'job_cancel','job_id':'hoot:nothing'}"),
			 -ENOENT);
}

static void test_a_finished_job_cannot_be_cancelled(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	AUTO_JSON json_t *job = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *lease = claim(d, worker);
	json_decref(desk_complete(d, worker, lease, "MThd-x", "audio/midi"));
	struct err err = ERR_INIT;
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'job_cancel','job_id':'%s'}",
				  desk_text(job, "job.job_id")),
			 -EPROTO);
	assert_non_null(strstr(err.msg, "complete"));
}

static void test_failures_are_tried_again_and_then_final(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	AUTO_JSON json_t *job =
		desk_ask(d, "{'type':'continue','artifact_id':'%s','max_attempts':2}", tune);
	for (int attempt = 1; attempt <= 2; attempt++) {
		AUTO_JSON json_t *lease = claim_patiently(d, worker);
		AUTO_JSON json_t *failed =
			desk_ask(d,
				 "{'type':'job_fail','worker_id':'%s','job_id':'%s','attempt':%d,'"
				 "code':'io','message':'no luck','retry':true}",
				 worker, desk_text(lease, "job_id"), attempt);
		assert_true(json_is_true(desk_value(failed, "again")) == (attempt == 1));
	}
	AUTO_JSON json_t *done =
		desk_ask(d, "{'type':'job_status','job_id':'%s'}", desk_text(job, "job.job_id"));
	assert_string_equal(desk_text(done, "job.state"), "failed");
	assert_string_equal(desk_text(done, "job.error"), "no luck");
	assert_string_equal(desk_text(done, "job.error_code"), "io");
	AUTO_JSON json_t *other = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *lease = claim(d, worker);
	json_decref(desk_ask(d,
			     "{'type':'job_fail','worker_id':'%s','job_id':'%s','attempt':1,'code':"
			     "'invalid','message':'never'}",
			     worker, desk_text(lease, "job_id")));
	assert_state(d, desk_text(other, "job.job_id"), "failed");
}

static void test_a_deadline_ends_a_job_nobody_takes(void **state)
{
	struct desk *d = *state;
	char tune[40];
	desk_artifact(d, "MThd", tune);
	AUTO_JSON json_t *job =
		desk_ask(d, "{'type':'continue','artifact_id':'%s','deadline_in_ms':300}", tune);
	AUTO_JSON json_t *poll =
		desk_ask(d, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':15000}",
			 desk_text(job, "job.job_id"));
	assert_string_equal(desk_text(poll, "jobs.0.state"), "failed");
	assert_string_equal(desk_text(poll, "jobs.0.error_code"), "timeout");
}

static void test_polling_knows_any_all_time_and_unknown_jobs(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	AUTO_JSON json_t *one = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	AUTO_JSON json_t *two = desk_ask(d, "{'type':'continue','artifact_id':'%s'}", tune);
	const char *a = desk_text(one, "job.job_id"), *b = desk_text(two, "job.job_id");
	AUTO_JSON json_t *late =
		desk_ask(d, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':100}", a);
	assert_true(json_is_true(desk_value(late, "timed_out")));
	struct desk_pending any, all;
	desk_send(d, &any,
		  "{'type':'job_poll','job_ids':['%s','%s'],'mode':'any','timeout_ms':15000}", a,
		  b);
	desk_send(d, &all,
		  "{'type':'job_poll','job_ids':['%s','%s'],'mode':'all','timeout_ms':15000}", a,
		  b);
	AUTO_JSON json_t *first = claim(d, worker);
	json_decref(desk_complete(d, worker, first, "MThd-1", "audio/midi"));
	desk_wait(d, &any.done);
	assert_string_equal(desk_text(any.result, "jobs.1.state"), "pending");
	assert_false(all.done);
	AUTO_JSON json_t *second = claim(d, worker);
	json_decref(desk_complete(d, worker, second, "MThd-2", "audio/midi"));
	desk_wait(d, &all.done);
	assert_true(json_is_false(desk_value(all.result, "timed_out")));
	json_decref(any.result);
	json_decref(all.result);
	struct err err = ERR_INIT;
	assert_int_equal(
		desk_try(d, &err, NULL, "{'type':'job_poll','job_ids':['%s','hoot:what']}", a),
		-ENOENT);
	assert_string_equal(err.field, "job_ids");
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'job_status','job_id':'hoot:what'}"),
			 -ENOENT);
	AUTO_JSON json_t *listed = desk_ask(d, "{'type':'job_list','state':'complete'}");
	assert_int_equal(json_array_size(desk_value(listed, "jobs")), 2);
}

static void test_jobs_of_others_and_of_nobody_are_told_apart_from_missing_ones(void **state)
{
	struct desk *d = *state;
	static const struct {
		const char *payload, *field, *says;
	} cases[] = {
		{"{'type':'job_status','job_id':'lua:7'}", "job_id", "luanette"},
		{"{'type':'job_cancel','job_id':'lua:7'}", "job_id", "luanette"},
		{"{'type':'job_poll','job_ids':['lua:7']}", "job_ids", "luanette"},
		{"{'type':'job_status','job_id':'7'}", "job_id", "whose"},
		{"{'type':'job_poll','job_ids':['x:7']}", "job_ids", "whose"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err err = ERR_INIT;
		assert_int_equal(desk_try(d, &err, NULL, "%s", cases[i].payload), -EINVAL);
		assert_string_equal(err.field, cases[i].field);
		assert_non_null(strstr(err.msg, cases[i].says));
	}
}

/* --- what chaosgarden is told ----------------------------------------------------------------- */

static void expect_seen(struct desk *d, const char *const *types, size_t n)
{
	desk_wait_seen(d, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(d->seen[i].type, types[i]);
		assert_true(*d->seen[i].key);
		assert_string_equal(d->seen[i].actor, "ada");
	}
}

static void
test_the_life_of_a_latent_reaches_chaosgarden_in_order_also_when_it_comes_late(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	AUTO_JSON json_t *started =
		desk_ask(d,
			 "{'type':'forward','inputs':['%s'],'region_id':'r1','steps':[{'verb':'"
			 "continue'},{'verb':'project','space':'audio'}]}",
			 tune);
	const char *job = desk_text(started, "job.job_id");
	AUTO_JSON json_t *first = claim(d, worker);
	for (int i = 1; i <= 3; i++)
		json_decref(desk_ask(d,
				     "{'type':'job_progress','worker_id':'%s','job_id':'%s','"
				     "attempt':1,'progress':0.%d}",
				     worker, job, i));
	json_decref(desk_complete(d, worker, first, "MThd-x", "audio/midi"));
	desk_kill(d, SIGKILL); /* nobody has listened yet, and nothing is forgotten */
	desk_start(d);
	desk_worker(d, worker);
	AUTO_JSON json_t *second = claim_patiently(d, worker);
	AUTO_JSON json_t *done = desk_complete(d, worker, second, "RIFF-sound", "audio/wav");
	desk_garden(d);
	static const char *const types[] = {"latent_start", "latent_progress", "latent_refine",
					    "latent_resolve"};
	expect_seen(d, types, COUNT_OF(types));
	assert_non_null(
		strstr(d->seen[1].payload, "0.15")); /* the newest: 0.3 of the first of two steps */
	assert_non_null(strstr(d->seen[2].payload, "\"continue\""));
	assert_non_null(strstr(d->seen[3].payload, desk_text(done, "artifact_id")));
	assert_non_null(strstr(d->seen[3].payload, "\"duration_seconds\":2.5"));
	assert_non_null(strstr(d->seen[3].payload, "/objects/sha256/"));
}

static void test_a_decision_is_logged_for_ever_and_delivered(void **state)
{
	struct desk *d = *state;
	desk_garden(d);
	AUTO_JSON json_t *made =
		desk_ask(d, "{'type':'decide','region_id':'r1','decision':'approve','reason':'"
			    "swings','mix_in':{'kind':'linear','beats':8}}");
	assert_true(json_is_true(desk_value(made, "decision.delivered")));
	assert_string_equal(desk_text(made, "decision.actor"), "ada");
	desk_wait_seen(d, 1);
	assert_string_equal(d->seen[0].type, "latent_approve");
	assert_non_null(strstr(d->seen[0].payload, "\"linear\""));
	d->refuse = -EPROTO;
	AUTO_JSON json_t *refused =
		desk_ask(d, "{'type':'decide','region_id':'r1','decision':'reject'}");
	assert_true(json_is_false(desk_value(refused, "decision.delivered")));
	assert_non_null(strstr(desk_text(refused, "decision.refusal"), "not now"));
	d->refuse = -EBUSY; /* busy now: it is sent again until it is taken */
	struct desk_pending hold;
	desk_send(d, &hold, "{'type':'decide','region_id':'r1','decision':'hold'}");
	for (int i = 0; i < 20; i++)
		assert_int_equal(wire_loop_step(d->loop, 20, NULL), 0);
	assert_false(hold.done);
	d->refuse = 0;
	desk_wait(d, &hold.done);
	assert_true(json_is_true(desk_value(hold.result, "decision.delivered")));
	json_decref(hold.result);
	AUTO_JSON json_t *log = desk_ask(d, "{'type':'decision_list','region_id':'r1'}");
	assert_int_equal(json_array_size(desk_value(log, "decisions")), 3);
	desk_wait_event(d, "decision_made", 3);
}

static void test_a_variation_is_the_same_job_with_another_seed(void **state)
{
	struct desk *d = *state;
	char worker[40], tune[40];
	struct err err = ERR_INIT;
	assert_int_equal(
		desk_try(d, &err, NULL,
			 "{'type':'decide','region_id':'r9','decision':'request_variation'}"),
		-ENOENT);
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	json_decref(desk_ask(d,
			     "{'type':'continue','artifact_id':'%s','region_id':'r1','seed':7,'"
			     "params':{'a':1,'b':2}}",
			     tune));
	AUTO_JSON json_t *lease = claim(d, worker);
	json_decref(desk_complete(d, worker, lease, "MThd-x", "audio/midi"));
	AUTO_JSON json_t *made = desk_ask(d, "{'type':'decide','region_id':'r1','decision':'"
					     "request_variation','seed':8,'params':{'b':3}}");
	AUTO_JSON json_t *other = claim(d, worker);
	assert_string_equal(desk_text(other, "job_id"), desk_text(made, "decision.job_id"));
	assert_int_equal(desk_int(other, "seed"), 8);
	assert_int_equal(desk_int(other, "params.a"), 1);
	assert_int_equal(desk_int(other, "params.b"), 3);
	assert_string_equal(desk_text(other, "inputs.0.artifact_id"), tune);
}

static void test_a_second_hootenanny_in_the_family_is_refused(void **state)
{
	struct desk *d = *state;
	char command[700];
	snprintf(
		command, sizeof(command),
		"%s/daemons/hootenanny/hootenanny --family %s --bind tcp://127.0.0.1:0 2>%s/second",
		getenv("HOOT_BUILD"), d->family_dir, d->dir);
	assert_int_not_equal(system(command), 0);
	char *path = fs_join(d->dir, "second"), *text = NULL;
	size_t n;
	assert_int_equal(fs_read(path, 10000, &text, &n, NULL), 0);
	assert_non_null(strstr(text, "hootenanny"));
	assert_non_null(strstr(text, d->family_dir));
	free(path);
	free(text);
	json_decref(desk_ask(d, "{'type':'storage_stats'}"));
}

/* --- hostile ------------------------------------------------------------------------------------ */

static json_t *any_value(struct rng *rng, const char *known)
{
	switch (rng_below(rng, 9)) {
	case 0:
		return json_null();
	case 1:
		return json_integer((json_int_t)rng_next(rng));
	case 2:
		return json_real(rng_double(rng) * 1e18 - 5e17);
	case 3:
		return json_string("");
	case 4:
		return json_string(known);
	case 5:
		return json_string(
			"sha256:aaaac44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	case 6:
		return json_pack("[s, i, {}]", known, 7);
	case 7:
		return json_pack("{s:s, s:[]}", "verb", "continue", "a");
	default:
		return json_boolean(rng_below(rng, 2));
	}
}

/* The example of a request with some of its fields changed, left out or added. */
static json_t *mangled(const struct wire_message *m, struct rng *rng, const char *known)
{
	json_t *j = NULL;
	assert_int_equal(wire_example(m->request, 0, &j, NULL), 0);
	for (size_t i = 0; i < m->request->n; i++) {
		const char *name = m->request->fields[i].name;
		uint64_t what = rng_below(rng, 6);
		if (what == 0)
			json_object_del(j, name);
		else if (what == 1)
			json_object_set_new(j, name, any_value(rng, known));
		else if (what == 2 && strstr(name, "_id"))
			json_object_set_new(j, name, json_string(known));
	}
	if (rng_below(rng, 10) == 0)
		json_object_set_new(j, "nonsense", any_value(rng, known));
	json_object_set_new(j, "type", json_string(m->name));
	return j;
}

static void test_no_request_brings_it_down(void **state)
{
	struct desk *d = *state;
	struct rng rng;
	const char *text = getenv("TEST_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);
	char worker[40], tune[40];
	int n_good = 0, n_bad = 0;
	print_message("TEST_SEED=%llu\n", (unsigned long long)seed);
	rng_init(&rng, seed);
	desk_worker(d, worker);
	desk_artifact(d, "MThd", tune);
	for (int i = 0; i < 1500; i++) {
		const struct wire_message *m = &wire_messages[rng_below(&rng, WIRE_MESSAGE_COUNT)];
		if (m->owner != WIRE_OWNER_HOOTENANNY)
			continue;
		AUTO_JSON json_t *j = mangled(m, &rng, rng_below(&rng, 2) ? tune : worker);
		json_object_del(j, "wait_ms"); /* nothing here is worth waiting for */
		json_object_del(j, "timeout_ms");
		if (m == &wire_messages[WIRE_MESSAGE_decide])
			continue;
		char AUTO_MEM *payload = json_text(j, JSON_OUT_COMPACT);
		AUTO_STRBUF answer = STRBUF_INIT;
		struct err err = ERR_INIT;
		int r = wire_client_call_json(d->client, payload, strlen(payload), NULL, &answer,
					      &err);
		n_good += r == 0;
		n_bad += r < 0;
		if (r == -EAGAIN || r == -ETIMEDOUT || r == -EIO)
			fail_msg("%s: %s", payload, err.msg);
		assert_true(r == 0 || *err.msg);
	}
	assert_true(n_good > 20 && n_bad > 100);
	AUTO_JSON json_t *alive = desk_ask(d, "{'type':'ping'}");
	assert_int_equal((pid_t)desk_int(alive, "pid"), d->pid);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_content_is_stored_looked_at_read_and_verified),
		T(test_two_artifacts_of_one_content_keep_their_own_tags_and_lineage),
		T(test_files_are_imported_only_from_below_the_allowed_folders),
		T(test_requests_are_answered_while_large_content_is_taken_in_and_read_back),
		T(test_a_peer_elsewhere_stages_in_ranges_also_across_a_crash),
		T(test_nothing_but_staged_files_is_staged_into),
		T(test_no_more_large_contents_are_taken_in_at_a_time_than_the_limit),
		T(test_a_chain_is_claimed_step_by_step_and_its_results_are_polled),
		T(test_an_identical_seeded_request_is_answered_from_the_store),
		T(test_verification_makes_it_again_and_compares),
		T(test_a_job_of_a_killed_worker_is_done_by_another_exactly_once),
		T(test_a_job_survives_the_death_of_hootenanny),
		T(test_a_request_with_a_key_is_done_once_also_across_a_crash),
		T(test_a_claim_whose_answer_was_lost_gets_the_same_lease_again),
		T(test_who_changed_what_is_kept),
		T(test_two_workers_share_jobs_by_priority),
		T(test_a_worker_gets_only_what_it_can_do),
		T(test_a_result_whose_content_was_taken_in_before_completes_the_job),
		T(test_hints_of_work_repeat_until_it_is_claimed),
		T(test_cancelling_is_confirmed_end_to_end),
		T(test_a_result_that_comes_after_the_cancel_is_refused),
		T(test_a_finished_job_cannot_be_cancelled),
		T(test_failures_are_tried_again_and_then_final),
		T(test_a_deadline_ends_a_job_nobody_takes),
		T(test_polling_knows_any_all_time_and_unknown_jobs),
		T(test_jobs_of_others_and_of_nobody_are_told_apart_from_missing_ones),
		T(test_the_life_of_a_latent_reaches_chaosgarden_in_order_also_when_it_comes_late),
		T(test_a_decision_is_logged_for_ever_and_delivered),
		T(test_a_variation_is_the_same_job_with_another_seed),
		T(test_a_second_hootenanny_in_the_family_is_refused),
		T(test_no_request_brings_it_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
