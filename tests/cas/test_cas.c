#include "../seed.h"
#include "../check.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "cas/cas.h"

struct fixture {
	char *dir, *root, *db;
	struct store *store;
	struct cas *cas;
};

static int open_both(struct fixture *f, struct err *err)
{
	const struct store_schema *schemas[] = {&cas_schema};
	struct store_options o = {.path = f->db, .schemas = schemas, .n_schemas = 1};
	int r = store_open(&o, &f->store, err);
	return r < 0 ? r : cas_open(f->root, f->store, &f->cas, err);
}

static void close_both(struct fixture *f)
{
	cas_close(f->cas);
	store_close(f->store);
	f->cas = NULL;
	f->store = NULL;
}

static void reopen(struct fixture *f)
{
	struct err err = ERR_INIT;
	close_both(f);
	if (open_both(f, &err) < 0)
		fail_msg("%s", err.msg);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_int_equal(fs_temp_dir(NULL, "cas", &f->dir, NULL), 0);
	f->root = fs_join(f->dir, "cas");
	f->db = fs_join(f->dir, "test.db");
	reopen(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	close_both(f);
	fs_remove_tree(f->dir, NULL);
	free(f->dir);
	free(f->root);
	free(f->db);
	free(f);
	return 0;
}

static char *noise(struct rng *rng, size_t n)
{
	char *bytes = malloc(n + 8);
	for (size_t i = 0; i < n; i += 8) {
		uint64_t word = rng_next(rng);
		memcpy(bytes + i, &word, 8);
	}
	return bytes;
}

static struct cas_info put(struct fixture *f, const void *bytes, size_t n)
{
	struct cas_info info;
	struct err err = ERR_INIT;
	if (cas_put(f->cas, bytes, n, NULL, &info, &err) < 0)
		fail_msg("%s", err.msg);
	return info;
}

static char *path_of(struct fixture *f, const char *hash)
{
	char *path = NULL;
	assert_int_equal(cas_path(cas_root(f->cas), hash, &path, NULL), 0);
	return path;
}

static void assert_holds(struct fixture *f, const char *hash, const void *bytes, size_t n)
{
	char AUTO_MEM *found = NULL;
	size_t n_found;
	struct err err = ERR_INIT;
	if (cas_load(f->cas, hash, n + 1, &found, &n_found, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(n_found, n);
	assert_memory_equal(found, bytes, n);
}

static int64_t n_staged(struct fixture *f)
{
	struct cas_counts counts;
	assert_int_equal(cas_count(f->cas, &counts, NULL), 0);
	return counts.n_staged;
}

static int64_t n_contents(struct fixture *f)
{
	struct cas_counts counts;
	assert_int_equal(cas_count(f->cas, &counts, NULL), 0);
	return counts.n_contents;
}

/* --- putting and reading ---------------------------------------------------------------------- */

static void test_names_are_sha256(void **state)
{
	struct fixture *f = *state;
	assert_string_equal(
		put(f, "abc", 3).hash,
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(
		put(f, "", 0).hash,
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_holds(f, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		     "", 0);
}

static void test_content_of_any_size_comes_back_also_after_reopening(void **state)
{
	struct fixture *f = *state;
	static const size_t sizes[] = {
		1,      4096,   LIMIT_CAS_SMALL - 1, LIMIT_CAS_SMALL, LIMIT_CAS_SMALL + 1,
		300001, 5000000};
	struct rng rng;
	rng_init(&rng, test_seed());
	char hashes[COUNT_OF(sizes)][CAS_HASH_SIZE];
	char *bytes[COUNT_OF(sizes)];
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		bytes[i] = noise(&rng, sizes[i]);
		struct cas_info info = put(f, bytes[i], sizes[i]);
		assert_int_equal(info.size_bytes, sizes[i]);
		assert_false(info.existed);
		str_copy(hashes[i], CAS_HASH_SIZE, info.hash);
		assert_holds(f, hashes[i], bytes[i], sizes[i]);
	}
	reopen(f);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		assert_holds(f, hashes[i], bytes[i], sizes[i]);
		assert_int_equal(cas_verify(f->cas, hashes[i], NULL), 0);
		free(bytes[i]);
	}
	assert_int_equal(n_staged(f), 0);
}

/* Rows: S0-68 */
static void test_the_same_content_is_kept_once(void **state)
{
	struct fixture *f = *state;
	struct cas_info first = put(f, "MThd and so on", 14), second;
	assert_int_equal(cas_put(f->cas, "MThd and so on", 14, "text/plain", &second, NULL), 0);
	assert_false(first.existed);
	assert_true(second.existed);
	assert_string_equal(first.hash, second.hash);
	assert_string_equal(second.mime_type, "audio/midi"); /* the first one's stays */
	assert_int_equal(n_contents(f), 1);
}

/* Rows: L23 */
static void test_a_stream_in_pieces_equals_a_put(void **state)
{
	struct fixture *f = *state;
	struct rng rng;
	rng_init(&rng, test_seed());
	for (int round = 0; round < 20; round++) {
		size_t n = (size_t)rng_below(&rng, 200000);
		char AUTO_MEM *bytes = noise(&rng, n);
		AUTO(cas_writer) w = NULL;
		assert_int_equal(cas_writer_new(f->cas, &w, NULL), 0);
		for (size_t at = 0; at < n;) {
			size_t piece = 1 + (size_t)rng_below(&rng, 30000);
			piece = piece < n - at ? piece : n - at;
			assert_int_equal(cas_writer_add(w, bytes + at, piece, NULL), 0);
			at += piece;
		}
		struct cas_info info;
		assert_int_equal(cas_writer_finish(w, "audio/x-noise", &info, NULL), 0);
		assert_string_equal(info.mime_type, "audio/x-noise");
		struct cas_info again = put(f, bytes, n);
		assert_true(again.existed);
		assert_string_equal(again.hash, info.hash);
		assert_holds(f, info.hash, bytes, n);
	}
}

static void test_an_unfinished_stream_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct cas_writer *w = NULL;
	assert_int_equal(cas_writer_new(f->cas, &w, NULL), 0);
	assert_int_equal(cas_writer_add(w, "half", 4, NULL), 0);
	assert_int_equal(n_staged(f), 1);
	cas_writer_free(w);
	assert_int_equal(n_staged(f), 0);
	assert_int_equal(n_contents(f), 0);
}

static void test_ranges_read_what_lies_there(void **state)
{
	struct fixture *f = *state;
	struct rng rng;
	rng_init(&rng, test_seed());
	enum { N = 100000 };
	char AUTO_MEM *bytes = noise(&rng, N);
	struct cas_info info = put(f, bytes, N);
	for (int i = 0; i < 200; i++) {
		char buffer[5000];
		int64_t at = rng_range(&rng, 0, N + 100);
		size_t n = (size_t)rng_below(&rng, sizeof(buffer) + 1), got;
		assert_int_equal(cas_read(f->cas, info.hash, at, buffer, n, &got, NULL, NULL), 0);
		size_t left = at < N ? (size_t)(N - at) : 0;
		assert_int_equal(got, n < left ? n : left);
		assert_memory_equal(buffer, bytes + (at < N ? at : 0), got);
	}
	size_t got;
	assert_int_equal(cas_read(f->cas, info.hash, -1, bytes, 1, &got, NULL, NULL), -EINVAL);
}

static void test_unknown_and_malformed_hashes_are_told_apart(void **state)
{
	struct fixture *f = *state;
	const char *unknown =
		"sha256:aaaac44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	struct cas_info info;
	struct err err = ERR_INIT;
	char *bytes = NULL;
	size_t n;
	assert_int_equal(cas_inspect(f->cas, unknown, &info, &err), -ENOENT);
	assert_int_equal(cas_load(f->cas, unknown, 10, &bytes, &n, &err), -ENOENT);
	assert_int_equal(cas_verify(f->cas, unknown, &err), -ENOENT);
	assert_int_equal(cas_load(f->cas, "sha256:../x", 10, &bytes, &n, &err), -EINVAL);
	assert_int_equal(cas_inspect(f->cas, "", &info, &err), -EINVAL);
	put(f, "twelve bytes", 12);
	assert_int_equal(cas_load(f->cas, put(f, "twelve bytes", 12).hash, 11, &bytes, &n, &err),
			 -EMSGSIZE);
}

static void test_contents_are_listed_in_order(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 20; i++)
		put(f, &i, sizeof(i));
	char at[CAS_HASH_SIZE] = "", last[CAS_HASH_SIZE] = "";
	int n = 0;
	while (cas_next(f->cas, at, at, NULL) == 0) {
		assert_true(strcmp(last, at) < 0);
		str_copy(last, sizeof(last), at);
		n++;
	}
	assert_int_equal(n, 20);
}

static void test_a_file_is_imported_and_links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *path = fs_join(f->dir, "tune.mid"),
		      AUTO_MEM *link = fs_join(f->dir, "link.mid");
	assert_int_equal(fs_write_atomic(path, "MThd tune", 9, 0644, NULL), 0);
	assert_int_equal(symlink(path, link), 0);
	struct cas_info info;
	assert_int_equal(cas_put_file(f->cas, path, NULL, &info, NULL), 0);
	assert_string_equal(info.mime_type, "audio/midi");
	assert_holds(f, info.hash, "MThd tune", 9);
	assert_true(fs_exists(path));
	struct err err = ERR_INIT;
	assert_true(cas_put_file(f->cas, link, NULL, &info, &err) < 0);
	assert_int_equal(cas_put_file(f->cas, f->dir, NULL, &info, &err), -EINVAL);
	char AUTO_MEM *missing = fs_join(f->dir, "missing");
	assert_int_equal(cas_put_file(f->cas, missing, NULL, &info, &err), -ENOENT);
	assert_non_null(strstr(err.msg, missing));
	assert_int_equal(n_staged(f), 0);
}

/* --- damage ----------------------------------------------------------------------------------- */

enum harm { FLIP, CUT, GROW, REMOVE, EMPTY_IT, HARM_COUNT };

static void harm(const char *path, enum harm kind)
{
	if (kind == REMOVE) {
		assert_int_equal(unlink(path), 0);
		return;
	}
	assert_int_equal(chmod(path, 0644), 0);
	int fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	char byte = 0;
	if (kind == FLIP) {
		assert_int_equal(pread(fd, &byte, 1, st.st_size / 2), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, st.st_size / 2), 1);
	} else {
		assert_int_equal(ftruncate(fd, kind == CUT    ? st.st_size - 1
					       : kind == GROW ? st.st_size + 1
							      : 0),
				 0);
	}
	close(fd);
}

/* Rows: L23 */
static void test_damaged_content_is_reported_never_served_and_healed_by_a_put(void **state)
{
	struct fixture *f = *state;
	static const size_t sizes[] = {1000, 200000};
	struct rng rng;
	rng_init(&rng, test_seed());
	for (int i = 0; i < HARM_COUNT * 2 * 2; i++) {
		size_t n = sizes[i % 2];
		bool read_before = i / 2 % 2;
		char AUTO_MEM *bytes = noise(&rng, n);
		struct cas_info info = put(f, bytes, n);
		char AUTO_MEM *path = path_of(f, info.hash);
		if (read_before)
			assert_holds(f, info.hash, bytes, n);
		harm(path, (enum harm)(i / 4));
		struct err err = ERR_INIT;
		char buffer[100], *whole = NULL;
		size_t got;
		assert_int_equal(cas_read(f->cas, info.hash, 0, buffer, 100, &got, NULL, &err),
				 -EBADMSG);
		assert_non_null(strstr(err.msg, path));
		assert_int_equal(cas_load(f->cas, info.hash, n, &whole, &got, NULL), -EBADMSG);
		assert_int_equal(cas_verify(f->cas, info.hash, NULL), -EBADMSG);
		assert_int_equal(cas_inspect(f->cas, info.hash, &info, NULL), 0);
		assert_true(info.damaged);
		put(f, bytes, n);
		assert_holds(f, info.hash, bytes, n);
		assert_int_equal(cas_verify(f->cas, info.hash, NULL), 0);
		assert_int_equal(cas_inspect(f->cas, info.hash, &info, NULL), 0);
		assert_false(info.damaged);
	}
}

static void test_a_file_without_a_row_is_not_content(void **state)
{
	struct fixture *f = *state;
	const char *hash =
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	char AUTO_MEM *path = path_of(f, hash), AUTO_MEM *folder = fs_dirname(path);
	assert_int_equal(fs_mkdir_p(folder, 0755, NULL), 0);
	assert_int_equal(fs_write_atomic(path, "abc", 3, 0644, NULL), 0);
	char *bytes = NULL;
	size_t n;
	assert_int_equal(cas_load(f->cas, hash, 10, &bytes, &n, NULL), -ENOENT);
	assert_false(put(f, "abc", 3).existed);
	assert_holds(f, hash, "abc", 3);
}

/* --- adoption --------------------------------------------------------------------------------- */

static char *staged(struct fixture *f, const char *text)
{
	char *path = NULL;
	assert_int_equal(cas_stage(f->cas, ".wav", &path, NULL), 0);
	assert_true(str_ends(path, ".wav"));
	assert_int_equal(fs_write_atomic(path, text, strlen(text), 0644, NULL), 0);
	return path;
}

static void test_a_staged_file_becomes_content(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *path = staged(f, "abc");
	struct cas_info info;
	struct err err = ERR_INIT;
	const char *abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	if (cas_adopt(f->cas, path, abc, "audio/wav", &info, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(info.hash, abc);
	assert_string_equal(info.mime_type, "audio/wav");
	assert_false(fs_exists(path));
	assert_holds(f, abc, "abc", 3);
	char AUTO_MEM *again = staged(f, "abc");
	assert_int_equal(cas_adopt(f->cas, again, NULL, NULL, &info, NULL), 0);
	assert_true(info.existed);
	assert_int_equal(n_staged(f), 0);
	assert_int_equal(cas_adopt(f->cas, again, NULL, NULL, &info, &err), -ENOENT);
	reopen(f);
	assert_holds(f, abc, "abc", 3);
}

static void test_another_hash_than_promised_is_refused_and_the_file_stays(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *path = staged(f, "abd");
	struct cas_info info;
	struct err err = ERR_INIT;
	assert_int_equal(
		cas_adopt(f->cas, path,
			  "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
			  NULL, &info, &err),
		-EBADMSG);
	assert_string_equal(err.field, "hash");
	assert_true(fs_exists(path));
	assert_int_equal(n_contents(f), 0);
}

static void test_only_plain_files_inside_staging_are_adopted(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *outside = fs_join(f->dir, "outside.wav");
	assert_int_equal(fs_write_atomic(outside, "abc", 3, 0644, NULL), 0);
	char AUTO_MEM *root = strdup(cas_root(f->cas));
	char AUTO_MEM *dotdot = str_printf("%s/staging/../../outside.wav", root);
	char AUTO_MEM *folder = str_printf("%s/staging/folder", root);
	char AUTO_MEM *inner = str_printf("%s/staging/folder/inner", root);
	char AUTO_MEM *link = str_printf("%s/staging/link", root);
	char AUTO_MEM *hard = str_printf("%s/staging/hard", root);
	char AUTO_MEM *pipe = str_printf("%s/staging/pipe", root);
	char AUTO_MEM *own = str_printf("%s/staging/put-x", root);
	char AUTO_MEM *itself = str_printf("%s/staging/", root);
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(fs_write_atomic(inner, "abc", 3, 0644, NULL), 0);
	assert_int_equal(fs_write_atomic(own, "abc", 3, 0644, NULL), 0);
	assert_int_equal(symlink(outside, link), 0);
	assert_int_equal(linkat(AT_FDCWD, outside, AT_FDCWD, hard, 0), 0);
	assert_int_equal(mkfifo(pipe, 0644), 0);
	const char *const bad[] = {outside, dotdot, folder, inner,       link,          hard,
				   pipe,    own,    itself, "staging/x", "/etc/passwd", ""};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct cas_info info;
		struct err err = ERR_INIT;
		int r = cas_adopt(f->cas, bad[i], NULL, NULL, &info, &err);
		if (r != -EPERM)
			fail_msg("'%s': %d", bad[i], r);
		assert_string_equal(err.field, "path");
	}
	assert_int_equal(n_contents(f), 0);
	fs_remove_tree(folder, NULL);
}

static void test_a_file_that_is_still_being_written_is_not_adopted(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *path = staged(f, "abc");
	int fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	struct cas_info info;
	struct err err = ERR_INIT;
	int r = cas_adopt(f->cas, path, NULL, NULL, &info, &err);
	close(fd);
	if (r == 0) /* no leases here: it was copied, and what is written later stays outside */
		return;
	assert_int_equal(r, -EBUSY);
	assert_int_equal(cas_adopt(f->cas, path, NULL, NULL, &info, &err), 0);
}

static void test_the_staging_folder_is_bounded_and_swept(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *root = strdup(cas_root(f->cas));
	char AUTO_MEM *own = str_printf("%s/staging/put-left-over", root);
	char AUTO_MEM *old = str_printf("%s/staging/stage-old", root);
	char AUTO_MEM *fresh = str_printf("%s/staging/stage-fresh", root);
	assert_int_equal(fs_write_atomic(own, "x", 1, 0644, NULL), 0);
	assert_int_equal(fs_write_atomic(old, "x", 1, 0644, NULL), 0);
	assert_int_equal(fs_write_atomic(fresh, "x", 1, 0644, NULL), 0);
	struct timespec times[2] = {{.tv_sec = time(NULL) - 2 * 86400},
				    {.tv_sec = time(NULL) - 2 * 86400}};
	assert_int_equal(utimensat(AT_FDCWD, old, times, 0), 0);
	reopen(f);
	assert_false(fs_exists(own));
	assert_false(fs_exists(old));
	assert_true(fs_exists(fresh));
	if (LIMIT_CAS_STAGED > 100)
		return;
	char *path = NULL;
	for (int i = 1; i < LIMIT_CAS_STAGED; i++)
		free(staged(f, "x"));
	assert_int_equal(cas_stage(f->cas, "", &path, NULL), -EBUSY);
	assert_int_equal(cas_stage(f->cas, "/../x", &path, NULL), -EINVAL);
}

/* Ranges as a peer elsewhere sends them: in order, some again, some over what is there; a plain buffer says what comes of it. */
static void test_ranges_staged_over_the_wire_are_what_a_plain_buffer_says(void **state)
{
	struct fixture *f = *state;
	static char model[40000], bytes[4000];
	struct rng rng;
	rng_init(&rng, test_seed());
	for (int round = 0; round < 20; round++) {
		char *path = NULL;
		int64_t n = 0, size = 0;
		struct err err = ERR_INIT;
		assert_int_equal(cas_stage(f->cas, ".wav", &path, NULL), 0);
		while (n < 36000 && (n == 0 || rng_below(&rng, 30))) {
			int64_t at = rng_below(&rng, 3) ? n : (int64_t)rng_below(&rng, (uint64_t)n + 1);
			size_t more = 1 + rng_below(&rng, sizeof(bytes) - 1);
			memset(bytes, (int)rng_below(&rng, 256), more);
			assert_int_equal(cas_stage_write(f->cas, path, n + 1, bytes, more, &size, &err), -EINVAL);
			if (cas_stage_write(f->cas, path, at, bytes, more, &size, &err) < 0)
				fail_msg("%s", err.msg);
			memcpy(model + at, bytes, more);
			n = at + (int64_t)more > n ? at + (int64_t)more : n;
			assert_int_equal(size, n);
		}
		struct cas_info info;
		char *found = NULL;
		size_t n_found;
		assert_int_equal(cas_adopt(f->cas, path, NULL, NULL, &info, &err), 0);
		assert_int_equal(cas_load(f->cas, info.hash, sizeof(model), &found, &n_found, &err), 0);
		assert_int_equal(n_found, n);
		assert_memory_equal(found, model, n_found);
		free(found);
		free(path);
	}
	assert_int_equal(n_staged(f), 0);
}

static void test_a_staged_file_ends_at_the_limit_and_can_be_taken_back(void **state)
{
	struct fixture *f = *state;
	char *path = NULL;
	int64_t size;
	bool existed = false;
	assert_int_equal(cas_stage(f->cas, "", &path, NULL), 0);
	assert_int_equal(cas_stage_write(f->cas, path, 0, "abc", 3, &size, NULL), 0);
	assert_int_equal(truncate(path, LIMIT_CAS_UPLOAD_BYTES - 2), 0);
	assert_int_equal(cas_stage_write(f->cas, path, LIMIT_CAS_UPLOAD_BYTES - 2, "ab", 2, &size, NULL), 0);
	assert_int_equal(size, LIMIT_CAS_UPLOAD_BYTES);
	assert_int_equal(cas_stage_write(f->cas, path, LIMIT_CAS_UPLOAD_BYTES - 2, "abc", 3, &size, NULL), -EMSGSIZE);
	assert_int_equal(cas_stage_write(f->cas, path, -1, "a", 1, &size, NULL), -EINVAL);
	assert_int_equal(cas_unstage(f->cas, path, &existed, NULL), 0);
	assert_true(existed);
	assert_int_equal(cas_unstage(f->cas, path, &existed, NULL), 0);
	assert_false(existed);
	if (LIMIT_CAS_STAGED < 100) { /* no more files than may lie there, whoever makes them */
		while (n_staged(f) < LIMIT_CAS_STAGED)
			free(staged(f, "x"));
		assert_int_equal(cas_stage_write(f->cas, path, 0, "abc", 3, &size, NULL), -EBUSY);
	}
	free(path);
}

static void test_what_must_be_read_before_it_is_served_is_known(void **state)
{
	struct fixture *f = *state;
	struct cas_info info = put(f, "abcdef", 6);
	char bytes[8];
	size_t n;
	static const char none[] = "sha256:aaaac44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	assert_int_equal(cas_bytes(f->cas, info.hash), 6);
	assert_int_equal(cas_unread_bytes(f->cas, info.hash), 6);
	assert_int_equal(cas_read(f->cas, info.hash, 0, bytes, 2, &n, NULL, NULL), 0);
	assert_int_equal(cas_unread_bytes(f->cas, info.hash), 0);
	reopen(f);
	assert_int_equal(cas_unread_bytes(f->cas, info.hash), 6);
	assert_int_equal(cas_bytes(f->cas, none) + cas_unread_bytes(f->cas, none), 0);
	assert_int_equal(cas_bytes(f->cas, "x") + cas_unread_bytes(f->cas, "x"), 0);
}

/* --- crashes and full disks ------------------------------------------------------------------- */

enum { FRAGILE = 3 }; /* fewer than are synced at once with tiny limits */

/*
 * Leaves before the files are synced, and does to them what a power loss may do to files that are
 * not. Where they were synced before we came to that, it leaves them alone and ends with a status.
 */
static void put_and_lose_power(struct fixture *f, int attempt)
{
	static const char *const texts[FRAGILE] = {"emptied", "lost", "torn"};
	struct store_conn *c;
	char *paths[FRAGILE];
	int64_t n_journal = 0;
	reopen(f);
	for (size_t i = 0; i < FRAGILE; i++) {
		char text[32];
		(void)snprintf(text, sizeof(text), "%s %d", texts[i], attempt);
		struct cas_info info = put(f, text, strlen(text));
		paths[i] = path_of(f, info.hash);
	}
	/* While the store is ours nothing leaves the journal. */
	if (store_begin(f->store, &c, NULL) < 0 ||
	    store_int(c, &n_journal, NULL, "SELECT count(*) FROM cas_journal", "") < 0 || n_journal != FRAGILE)
		_exit(1);
	harm(paths[0], EMPTY_IT);
	harm(paths[1], REMOVE);
	harm(paths[2], CUT);
	kill(getpid(), SIGKILL);
}

static void test_a_small_content_survives_the_loss_of_its_unsynced_file(void **state)
{
	struct fixture *f = *state;
	int status = 0, n = 0, attempts = 0;
	close_both(f);
	while (!WIFSIGNALED(status)) {
		assert_true(attempts++ < 20);
		pid_t child = fork();
		if (child == 0)
			put_and_lose_power(f, attempts);
		assert_int_equal(waitpid(child, &status, 0), child);
	}
	reopen(f);
	char hash[CAS_HASH_SIZE] = "";
	for (; cas_next(f->cas, hash, hash, NULL) == 0; n++)
		assert_int_equal(cas_verify(f->cas, hash, NULL), 0);
	assert_int_equal(n, FRAGILE * attempts);
	char torn[32];
	(void)snprintf(torn, sizeof(torn), "torn %d", attempts);
	assert_true(put(f, torn, strlen(torn)).existed);
}

struct crowd {
	struct fixture *f;
	int out; /* acknowledgements */
	atomic_int next;
};

enum { N_PUTS = 1000, N_THREADS = 32 };

/*
 * Number i's content is made from i alone, so that the parent can check it; some are large, some
 * the same.
 */
static size_t make_content(int i, char *bytes, size_t room)
{
	struct rng rng;
	rng_init(&rng, (uint64_t)(i % 10 == 3 ? i / 20 : i));
	size_t n = i % 25 == 0 ? LIMIT_CAS_SMALL + 5000 : 100 + (size_t)rng_below(&rng, 4000);
	n = n < room ? n : room;
	for (size_t at = 0; at + 8 <= n; at += 8) {
		uint64_t word = rng_next(&rng);
		memcpy(bytes + at, &word, 8);
	}
	return n & ~(size_t)7;
}

static void *put_many(void *arg)
{
	struct crowd *crowd = arg;
	char bytes[80000];
	int i;
	while ((i = atomic_fetch_add(&crowd->next, 1)) < N_PUTS) {
		size_t n = make_content(i, bytes, sizeof(bytes));
		struct cas_info info;
		if (cas_put(crowd->f->cas, bytes, n, NULL, &info, NULL) < 0 ||
		    write(crowd->out, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
	return NULL;
}

static void put_crowd_and_wait(struct fixture *f, int out)
{
	struct crowd crowd = {f, out, 0};
	pthread_t threads[N_THREADS];
	reopen(f);
	for (int i = 0; i < N_THREADS; i++)
		pthread_create(&threads[i], NULL, put_many, &crowd);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	_exit(0);
}

static void check_acknowledged(struct fixture *f, const bool *acknowledged)
{
	static char bytes[80000];
	struct err err = ERR_INIT;
	char hash[CAS_HASH_SIZE] = "";
	while (cas_next(f->cas, hash, hash, NULL) == 0)
		if (cas_verify(f->cas, hash, &err) < 0)
			fail_msg("%s", err.msg);
	int64_t n_before = n_contents(f);
	for (int i = 0; i < N_PUTS; i++) {
		if (!acknowledged[i])
			continue;
		size_t n = make_content(i, bytes, sizeof(bytes));
		assert_true(put(f, bytes, n).existed);
	}
	assert_int_equal(n_contents(f), n_before);
	assert_int_equal(n_staged(f), 0);
}

/* Rows: L23 */
static void test_kill_in_the_middle_of_1000_concurrent_puts_loses_nothing_acknowledged(void **state)
{
	struct fixture *f = *state;
	close_both(f);
	static const int kill_after[] = {1, 137, 500, 900};
	for (size_t round = 0; round < COUNT_OF(kill_after); round++) {
		int pipes[2], i, n = 0;
		bool acknowledged[N_PUTS] = {false};
		assert_int_equal(pipe(pipes), 0);
		pid_t child = fork();
		if (child == 0)
			put_crowd_and_wait(f, pipes[1]);
		close(pipes[1]);
		while (read(pipes[0], &i, sizeof(i)) == sizeof(i)) {
			acknowledged[i] = true;
			if (++n == kill_after[round])
				kill(child, SIGKILL);
		}
		close(pipes[0]);
		int status;
		waitpid(child, &status, 0);
		assert_true(WIFSIGNALED(status));
		assert_true(n >= kill_after[round]);
		reopen(f);
		check_acknowledged(f, acknowledged);
		close_both(f);
		fs_remove_tree(f->root, NULL);
		unlink(f->db);
	}
}

/* In a child with a mount namespace of its own; 77: mounting is not allowed here. */
static int fill_small_disk(const char *dir)
{
	if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", dir, "tmpfs", 0, "size=3m") < 0)
		return 77;
	struct fixture f = {
		.dir = strdup(dir), .root = fs_join(dir, "cas"), .db = fs_join(dir, "test.db")};
	struct err err = ERR_INIT;
	if (open_both(&f, &err) < 0)
		return 1;
	struct rng rng;
	rng_init(&rng, 1);
	int n_full = 0, n_kept = 0;
	char *first = noise(&rng, 4000);
	struct cas_info info;
	if (cas_put(f.cas, first, 4000, NULL, &info, &err) < 0)
		return 2;
	for (int i = 0; i < 300; i++) {
		size_t n = i % 8 ? 3000 + (size_t)rng_below(&rng, 30000) : 500000;
		char AUTO_MEM *bytes = noise(&rng, n);
		struct cas_info ignored;
		int r = cas_put(f.cas, bytes, n, NULL, &ignored, &err);
		n_full += r == -ENOSPC;
		n_kept += r == 0;
		if (r < 0 && r != -ENOSPC)
			return 3;
	}
	struct cas_counts counts;
	if (!n_full || !n_kept || cas_count(f.cas, &counts, &err) < 0 || counts.n_staged != 0)
		return 4;
	close_both(&f);
	if (open_both(&f, &err) < 0 && err.code != -ENOSPC)
		return 5;
	if (!f.cas) { /* too full to put back what was in the journal: somebody makes room */
		close_both(&f);
		if (mount("tmpfs", dir, "tmpfs", MS_REMOUNT, "size=8m") < 0 ||
		    open_both(&f, &err) < 0)
			return 6;
	}
	char hash[CAS_HASH_SIZE] = "";
	int n = 0;
	for (; cas_next(f.cas, hash, hash, NULL) == 0; n++)
		if (cas_verify(f.cas, hash, &err) < 0)
			return 7;
	if (n <
	    n_kept +
		    1) /* everything acknowledged; more only where an error came after the commit */
		return 8;
	char *found = NULL;
	size_t n_found;
	return cas_load(f.cas, info.hash, 4000, &found, &n_found, &err) == 0 &&
			       memcmp(found, first, 4000) == 0
		       ? 0
		       : 9;
}

/* Rows: L23 */
static void test_a_full_disk_is_an_error_and_nothing_half_written_is_visible(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *dir = fs_join(f->dir, "small");
	assert_int_equal(mkdir(dir, 0755), 0);
	close_both(f); /* no threads while forking */
	pid_t child = fork();
	if (child == 0)
		_exit(fill_small_disk(dir));
	int status;
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_a_root_that_cannot_be_made_is_named(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *file = fs_join(f->dir, "file"), AUTO_MEM *root = fs_join(f->dir, "file/cas");
	assert_int_equal(fs_write_atomic(file, "x", 1, 0644, NULL), 0);
	struct cas *c = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(cas_open(root, f->store, &c, &err), -ENOTDIR);
	assert_non_null(strstr(err.msg, file));
	assert_null(c);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_names_are_sha256),
		T(test_content_of_any_size_comes_back_also_after_reopening),
		T(test_the_same_content_is_kept_once),
		T(test_a_stream_in_pieces_equals_a_put),
		T(test_an_unfinished_stream_leaves_nothing),
		T(test_ranges_read_what_lies_there),
		T(test_unknown_and_malformed_hashes_are_told_apart),
		T(test_contents_are_listed_in_order),
		T(test_a_file_is_imported_and_links_are_not_followed),
		T(test_damaged_content_is_reported_never_served_and_healed_by_a_put),
		T(test_a_file_without_a_row_is_not_content),
		T(test_a_staged_file_becomes_content),
		T(test_another_hash_than_promised_is_refused_and_the_file_stays),
		T(test_only_plain_files_inside_staging_are_adopted),
		T(test_a_file_that_is_still_being_written_is_not_adopted),
		T(test_the_staging_folder_is_bounded_and_swept),
		T(test_ranges_staged_over_the_wire_are_what_a_plain_buffer_says),
		T(test_a_staged_file_ends_at_the_limit_and_can_be_taken_back),
		T(test_what_must_be_read_before_it_is_served_is_known),
		T(test_a_small_content_survives_the_loss_of_its_unsynced_file),
		T(test_kill_in_the_middle_of_1000_concurrent_puts_loses_nothing_acknowledged),
		T(test_a_full_disk_is_an_error_and_nothing_half_written_is_visible),
		T(test_a_root_that_cannot_be_made_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
