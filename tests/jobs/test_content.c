#include "../check.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/rng.h"
#include "base/str.h"
#include "desk.h"

/* So much that it is not hashed between two requests, at any limits; a machine that is faster gets more. */
#define LARGE_BYTES (LIMIT_LOOP_BYTES > 1000 ? INT64_C(268435456) : INT64_C(33554432))

/* Rows: S3-22, L23 */
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

/* Rows: S0-67, S0-68, S3-23, L22 */
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
	char third[40];
	desk_artifact(d, "MThd", third); /* the same bytes once more: one object, one more artifact */
	AUTO_JSON json_t *stats = desk_ask(d, "{'type':'storage_stats'}");
	assert_int_equal(desk_int(stats, "n_contents"), 1);
	assert_int_equal(desk_int(stats, "n_artifacts"), 3);
	desk_wait_event(d, "artifact_created", 3);
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

/* Takes in that much and reads it back; the fewest requests that were answered during either. */
static int64_t answered_beside(struct desk *d, int64_t n_bytes)
{
	char path[400];
	struct desk_pending adopt, get, verify;
	desk_stage_zeros(d, n_bytes, path);
	desk_send(d, &adopt, "{'type':'cas_adopt','path':'%s'}", path);
	int64_t longest_ns = 0, n_taking = 0, n_reading = 0;
	for (; !adopt.done; n_taking++) {
		int64_t began = wire_loop_now_ns(d->loop);
		json_decref(desk_ask(d, "{'type':'ping'}"));
		int64_t ns = wire_loop_now_ns(d->loop) - began;
		longest_ns = ns > longest_ns ? ns : longest_ns;
		json_decref(desk_ask(d, "{'type':'job_list'}"));
	}
	print_message("%lld pairs of requests were answered meanwhile, the slowest ping in %.1f ms\n",
		      (long long)n_taking, (double)longest_ns / 1e6);
	assert_int_equal(adopt.code, 0);
	assert_int_equal(desk_int(adopt.result, "size_bytes"), n_bytes);
	const char *hash = desk_text(adopt.result, "content_hash");
	desk_send(d, &get, "{'type':'cas_get','hash':'%s','n_bytes':16,'offset_bytes':%lld}", hash,
		  (long long)n_bytes - 16);
	desk_send(d, &verify, "{'type':'cas_verify','hash':'%s'}", hash);
	for (; !get.done || !verify.done; n_reading++)
		json_decref(desk_ask(d, "{'type':'ping'}"));
	assert_true(json_is_true(desk_value(get.result, "end")));
	assert_string_equal(desk_text(get.result, "data"), "AAAAAAAAAAAAAAAAAAAAAA==");
	assert_int_equal(desk_int(verify.result, "n_good"), 1);
	assert_false(fs_exists(path));
	json_decref(adopt.result);
	json_decref(get.result);
	json_decref(verify.result);
	return n_taking < n_reading ? n_taking : n_reading;
}

/* Who does all of it before he hears the next request answers one meanwhile, however much it is. */
static void test_requests_are_answered_while_large_content_is_taken_in_and_read_back(void **state)
{
	struct desk *d = *state;
	int64_t n_bytes = LARGE_BYTES;
	while (answered_beside(d, n_bytes) < 3) {
		n_bytes *= 2;
		assert_true(n_bytes <= 16 * LARGE_BYTES);
	}
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
	enum { N = LIMIT_LATERS + 3, ROUNDS = 20 };
	static struct desk_pending asked[N];
	char path[400];
	size_t n_busy = 0;
	desk_stage_zeros(d, LARGE_BYTES / 32, path);
	json_decref(desk_ask(d, "{'type':'cas_adopt','path':'%s'}", path));
	/* Rounds, because one of them may be read before the next is heard of. */
	for (int round = 0; round < ROUNDS && !n_busy; round++) {
		size_t n_good = 0;
		for (size_t i = 0; i < N; i++)
			desk_send(d, &asked[i], "{'type':'cas_verify'}");
		for (size_t i = 0; i < N; i++) {
			desk_wait(d, &asked[i].done);
			n_good += asked[i].code == 0;
			n_busy += asked[i].code == -EBUSY;
			json_decref(asked[i].result);
		}
		assert_int_equal(n_good + n_busy, N);
		assert_true(n_good >= LIMIT_LATERS);
	}
	assert_true(n_busy > 0);
}

/* The family's folder on a disk of its own of this size, in this process and what it starts; false: not allowed here. */
static bool small_disk(struct desk *d, const char *size)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return false;
	desk_kill(d, SIGTERM);
	assert_int_equal(mount("tmpfs", d->family_dir, "tmpfs", 0, size), 0);
	desk_start(d);
	return true;
}

/* Different text each time, as much as one message takes. */
static int upload_noise(struct desk *d, struct rng *rng, struct err *err)
{
	static char text[LIMIT_WIRE_BYTES / 4 * 4 + 1];
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"[rng_below(rng, 32)];
	text[sizeof(text) / 2 / 4 * 4] = '\0'; /* base64 is longer than what it says */
	return desk_try(d, err, NULL, "{'type':'artifact_upload','data':'%s'}", text);
}

static void import_too_much(struct desk *d)
{
	struct err err = ERR_INIT;
	char *path = fs_join(d->dir, "big.wav");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(ftruncate(fd, 64 << 20), 0);
	close(fd);
	assert_int_equal(desk_try(d, &err, NULL, "{'type':'artifact_import','path':'%s'}", path), -ENOSPC);
	assert_int_equal(unlink(path), 0);
	free(path);
}

static void everything_is_whole(struct desk *d, int64_t n_at_least)
{
	AUTO_JSON json_t *checked = desk_ask(d, "{'type':'cas_verify','limit':1024}");
	assert_int_equal(desk_int(checked, "n_good"), desk_int(checked, "n_checked"));
	assert_true(desk_int(checked, "n_good") >= n_at_least);
	AUTO_JSON json_t *stats = desk_ask(d, "{'type':'storage_stats'}");
	assert_int_equal(desk_int(stats, "n_staged"), 0);
	assert_true(desk_int(stats, "n_artifacts") >= n_at_least);
}

/* Rows: L23 */
static void test_a_full_disk_is_an_error_and_what_was_acknowledged_stays_whole(void **state)
{
	struct desk *d = *state;
	struct rng rng;
	struct err err = ERR_INIT;
	int64_t n_kept = 0;
	rng_init(&rng, 1);
	const char *args[] = {"--import", d->dir, NULL};
	d->args = args;
	if (!small_disk(d, "size=6m")) {
		print_message("skipped: mounting is not allowed here\n");
		skip();
	}
	int r;
	while ((r = upload_noise(d, &rng, &err)) == 0)
		n_kept++;
	assert_int_equal(r, -ENOSPC);
	assert_true(n_kept > 3);
	import_too_much(d);
	everything_is_whole(d, n_kept);
	assert_int_equal(mount("tmpfs", d->family_dir, "tmpfs", MS_REMOUNT, "size=64m"), 0);
	assert_int_equal(upload_noise(d, &rng, &err), 0); /* somebody has made room */
	desk_kill(d, SIGKILL);
	desk_start(d);
	everything_is_whole(d, n_kept + 1);
	desk_kill(d, SIGTERM);
	assert_int_equal(umount2(d->family_dir, MNT_DETACH), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK_TEST(test_content_is_stored_looked_at_read_and_verified),
		DESK_TEST(test_two_artifacts_of_one_content_keep_their_own_tags_and_lineage),
		DESK_TEST(test_files_are_imported_only_from_below_the_allowed_folders),
		DESK_TEST(test_requests_are_answered_while_large_content_is_taken_in_and_read_back),
		DESK_TEST(test_a_peer_elsewhere_stages_in_ranges_also_across_a_crash),
		DESK_TEST(test_nothing_but_staged_files_is_staged_into),
		DESK_TEST(test_no_more_large_contents_are_taken_in_at_a_time_than_the_limit),
		DESK_TEST(test_a_full_disk_is_an_error_and_what_was_acknowledged_stays_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
