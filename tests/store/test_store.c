#include "../check.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/store.h"

static const char *const steps[] = {
	"CREATE TABLE thing(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);",
	/* one step; the brackets say that the two halves belong together */
	("ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 7;"
	 "CREATE INDEX thing_size ON thing(size);"),
	"CREATE TABLE other(x BLOB); INSERT INTO other SELECT name FROM thing;",
};

struct fixture {
	char *dir, *path;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_int_equal(fs_temp_dir(NULL, "store", &f->dir, NULL), 0);
	f->path = fs_join(f->dir, "test.db");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	fs_remove_tree(f->dir, NULL);
	free(f->dir);
	free(f->path);
	free(f);
	return 0;
}

static int open_at(const char *path, int n_steps, struct store **ret, struct err *err)
{
	const struct store_schema schema = {"things", steps, n_steps};
	const struct store_schema *schemas[] = {&schema};
	struct store_options o = {.path = path,
				  .schemas = schemas,
				  .n_schemas = 1,
				  .n_readers = 2,
				  .checkpoint_pages = 20,
				  .reader_wait_ms = 50};
	return store_open(&o, ret, err);
}

static struct store *opened(const char *path)
{
	struct err err = ERR_INIT;
	struct store *s = NULL;
	if (open_at(path, 3, &s, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static int insert(struct store_conn *c, void *arg, struct err *err)
{
	return store_exec(c, err, "INSERT INTO thing(name) VALUES(?)", "t", (const char *)arg);
}

static int insert_then_fail(struct store_conn *c, void *arg, struct err *err)
{
	int r = insert(c, arg, err);
	return r < 0 ? r : err_set(err, -EPROTO, "changed my mind");
}

static int count(struct store_conn *c, void *arg, struct err *err)
{
	return store_int(c, arg, err, "SELECT count(*) FROM thing", "");
}

static int64_t n_things(struct store *s)
{
	int64_t n = -1;
	assert_int_equal(store_read(s, count, &n, NULL), 0);
	return n;
}

static void test_a_write_is_there_after_reopening(void **state)
{
	struct fixture *f = *state;
	struct store *s = opened(f->path);
	assert_int_equal(store_write(s, insert, (void *)"one", NULL), 0);
	assert_int_equal(n_things(s), 1);
	store_close(s);
	s = opened(f->path);
	assert_int_equal(n_things(s), 1);
	store_close(s);
}

static void test_a_unit_that_fails_leaves_nothing_behind(void **state)
{
	struct fixture *f = *state;
	struct store *s = opened(f->path);
	struct err err = ERR_INIT;
	assert_int_equal(store_write(s, insert_then_fail, (void *)"one", &err), -EPROTO);
	assert_string_equal(err.msg, "changed my mind");
	assert_int_equal(n_things(s), 0);
	assert_int_equal(store_write(s, insert, (void *)"one", NULL), 0);
	assert_int_equal(store_write(s, insert, (void *)"one", &err), -EEXIST);
	assert_non_null(strstr(err.msg, f->path));
	assert_int_equal(n_things(s), 1);
	store_close(s);
}

struct crowd {
	struct store *s;
	atomic_int next;
	int n;
};

static void *write_many(void *arg)
{
	struct crowd *crowd = arg;
	int i;
	while ((i = atomic_fetch_add(&crowd->next, 1)) < crowd->n) {
		char name[32];
		snprintf(name, sizeof(name), "%s%d", i % 7 ? "thing" : "bad", i);
		int r = store_write(crowd->s, i % 7 ? insert : insert_then_fail, name, NULL);
		assert_int_equal(r, i % 7 ? 0 : -EPROTO);
	}
	return NULL;
}

static void test_writers_share_commits_and_failing_units_harm_nobody(void **state)
{
	struct fixture *f = *state;
	struct crowd crowd = {opened(f->path), 0, 700};
	pthread_t threads[8];
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_create(&threads[i], NULL, write_many, &crowd);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	struct store_counts counts;
	store_counts(crowd.s, &counts);
	assert_int_equal(counts.n_units, 600);
	assert_true(counts.n_commits < 600);
	assert_true(counts.n_checkpoints > 0);
	assert_int_equal(n_things(crowd.s), 600);
	assert_int_equal(store_check(crowd.s, NULL), 0);
	store_close(crowd.s);
}

static void *own_many(void *arg)
{
	struct crowd *crowd = arg;
	int i;
	while ((i = atomic_fetch_add(&crowd->next, 1)) < crowd->n) {
		struct store_conn *c;
		char name[32];
		snprintf(name, sizeof(name), "own%d", i);
		assert_int_equal(store_begin(crowd->s, &c, NULL), 0);
		assert_int_equal(insert(c, name, NULL), 0);
		if (i % 3)
			assert_int_equal(store_commit(crowd->s, NULL), 0);
		else
			store_rollback(crowd->s);
	}
	return NULL;
}

static void test_own_transactions_and_units_take_turns(void **state)
{
	struct fixture *f = *state;
	struct store *s = opened(f->path);
	struct crowd units = {s, 0, 70}, owners = {s, 0, 90};
	pthread_t threads[6];
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_create(&threads[i], NULL, i % 2 ? write_many : own_many,
			       i % 2 ? &units : &owners);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(n_things(s), 60 + 60);
	store_close(s);
}

static void test_a_second_opener_is_told_that_it_is_open(void **state)
{
	struct fixture *f = *state;
	struct store *s = opened(f->path), *second = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(open_at(f->path, 3, &second, &err), -EBUSY);
	assert_non_null(strstr(err.msg, f->path));
	assert_null(second);
	store_close(s);
	assert_int_equal(open_at(f->path, 3, &second, &err), 0);
	store_close(second);
}

static int sizes(struct store_conn *c, void *arg, struct err *err)
{
	return store_int(c, arg, err, "SELECT sum(size) + (SELECT count(*) FROM other) FROM thing",
			 "");
}

static void test_every_earlier_version_is_brought_up_to_date(void **state)
{
	struct fixture *f = *state;
	for (int version = 1; version <= 3; version++) {
		char AUTO_MEM *path = str_printf("%s/v%d.db", f->dir, version);
		struct store *s = NULL;
		assert_int_equal(open_at(path, version, &s, NULL), 0);
		assert_int_equal(store_write(s, insert, (void *)"one", NULL), 0);
		store_close(s);
		s = opened(path);
		int64_t n = 0;
		assert_int_equal(store_read(s, sizes, &n, NULL), 0);
		assert_int_equal(n, version < 3 ? 8 : 7); /* the third step copied what was there */
		store_close(s);
	}
}

static void test_a_newer_version_is_refused(void **state)
{
	struct fixture *f = *state;
	store_close(opened(f->path));
	struct store *s = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(open_at(f->path, 2, &s, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "version 3"));
	assert_non_null(strstr(err.hint, "newer"));
}

static void test_a_step_that_fails_is_undone_and_named(void **state)
{
	struct fixture *f = *state;
	const char *const bad[] = {"CREATE TABLE a(x)", "CREATE TABLE b(x); CREATE TABLE a(x)"};
	const struct store_schema schema = {"bad", bad, 2};
	const struct store_schema *schemas[] = {&schema};
	struct store_options o = {.path = f->path, .schemas = schemas, .n_schemas = 1};
	struct store *s = NULL;
	struct err err = ERR_INIT;
	assert_true(store_open(&o, &s, &err) < 0);
	assert_non_null(strstr(err.msg, "'bad', step 2"));
	const char *const good[] = {"CREATE TABLE a(x)", "CREATE TABLE b(x)"};
	const struct store_schema mended = {"bad", good, 2};
	schemas[0] = &mended;
	assert_int_equal(store_open(&o, &s, &err), 0); /* b is not there from the first try */
	store_close(s);
}

static void test_damage_is_an_error_with_the_path(void **state)
{
	struct fixture *f = *state;
	char junk[4096];
	memset(junk, 'x', sizeof(junk));
	assert_int_equal(fs_write_atomic(f->path, junk, sizeof(junk), 0600, NULL), 0);
	struct store *s = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(open_at(f->path, 3, &s, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, f->path));
}

static void test_a_damaged_page_is_found_by_the_check(void **state)
{
	struct fixture *f = *state;
	struct store *s = opened(f->path);
	for (int i = 0; i < 400; i++) {
		char name[64];
		snprintf(name, sizeof(name), "thing with a longish name, number %d", i);
		assert_int_equal(store_write(s, insert, name, NULL), 0);
	}
	assert_int_equal(store_check(s, NULL), 0);
	store_close(s);
	int fd = open(f->path, O_RDWR);
	char junk[2048];
	memset(junk, 0x5a, sizeof(junk));
	for (int page = 3; page < 8; page++)
		assert_int_equal(pwrite(fd, junk, sizeof(junk), page * 4096), sizeof(junk));
	close(fd);
	struct err err = ERR_INIT;
	int r = open_at(f->path, 3, &s, &err);
	if (r == 0) {
		r = store_check(s, &err);
		store_close(s);
	}
	assert_int_equal(r, -EBADMSG);
	assert_non_null(strstr(err.msg, f->path));
}

static void test_a_folder_that_is_not_there_is_named(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *path = str_printf("%s/missing/test.db", f->dir);
	struct store *s = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(open_at(path, 3, &s, &err), -ENOENT);
	assert_non_null(strstr(err.msg, path));
}

static int big_insert(struct store_conn *c, void *arg, struct err *err)
{
	return store_exec(c, err, "INSERT INTO other VALUES(zeroblob(?))", "i", *(int64_t *)arg);
}

static int others(struct store_conn *c, void *arg, struct err *err)
{
	return store_int(c, arg, err, "SELECT count(*) FROM other", "");
}

/*
 * SQLite lets its system calls be replaced; the disk is full once `room` bytes have been written.
 */
static int64_t room = INT64_MAX;

static ssize_t write_on_small_disk(int fd, const void *bytes, size_t n)
{
	room -= (int64_t)n;
	if (room >= 0)
		return write(fd, bytes, n);
	errno = ENOSPC;
	return -1;
}

static ssize_t pwrite_on_small_disk(int fd, const void *bytes, size_t n, off_t at)
{
	room -= (int64_t)n;
	if (room >= 0)
		return pwrite(fd, bytes, n, at);
	errno = ENOSPC;
	return -1;
}

static void shrink_disk(bool small)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
	vfs->xSetSystemCall(vfs, "write", small ? (sqlite3_syscall_ptr)write_on_small_disk : NULL);
	vfs->xSetSystemCall(vfs, "pwrite",
			    small ? (sqlite3_syscall_ptr)pwrite_on_small_disk : NULL);
	vfs->xSetSystemCall(vfs, "pwrite64",
			    small ? (sqlite3_syscall_ptr)pwrite_on_small_disk : NULL);
}

static void test_a_full_disk_is_an_error_and_what_was_there_stays(void **state)
{
	struct fixture *f = *state;
	struct store *s = opened(f->path);
	int64_t size = 200000;
	int n_full = 0, n_kept = 0;
	for (int64_t free_bytes = 0; free_bytes < 400000; free_bytes += 9000) {
		struct err err = ERR_INIT;
		room = free_bytes;
		shrink_disk(true);
		int r = store_write(s, big_insert, &size, &err);
		shrink_disk(false);
		n_full += r == -ENOSPC;
		n_kept += r == 0;
		assert_true(r == 0 || (r == -ENOSPC && strstr(err.msg, f->path)));
	}
	assert_true(n_full > 10);
	assert_true(n_kept > 10);
	store_close(s);
	s = opened(f->path);
	assert_int_equal(store_check(s, NULL), 0);
	assert_int_equal(store_read(s, others, &size, NULL), 0);
	assert_int_equal(size, n_kept);
	store_close(s);
}

struct nest {
	struct store *s;
	int depth, deepest;
	struct err err;
};

static int read_inside(struct store_conn *c, void *arg, struct err *err)
{
	struct nest *nest = arg;
	nest->deepest = ++nest->depth;
	return store_read(nest->s, read_inside, nest, &nest->err);
}

static void test_readers_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct nest nest = {opened(f->path), 0, 0, ERR_INIT};
	assert_int_equal(store_read(nest.s, read_inside, &nest, NULL), -EBUSY);
	assert_int_equal(nest.deepest, 2);
	assert_non_null(strstr(nest.err.msg, "readers"));
	assert_int_equal(n_things(nest.s), 0); /* all were given back */
	store_close(nest.s);
}

static int count_twice(struct store_conn *c, void *arg, struct err *err)
{
	struct nest *nest = arg;
	int64_t before, after;
	int r = store_int(c, &before, err, "SELECT count(*) FROM thing", "");
	if (r == 0)
		r = store_write(nest->s, insert, (void *)"meanwhile", err);
	if (r == 0)
		r = store_int(c, &after, err, "SELECT count(*) FROM thing", "");
	if (r == 0)
		assert_int_equal(before, after);
	return r;
}

static void test_a_reader_sees_one_snapshot(void **state)
{
	struct fixture *f = *state;
	struct nest nest = {opened(f->path), 0, 0, ERR_INIT};
	assert_int_equal(store_read(nest.s, count_twice, &nest, NULL), 0);
	assert_int_equal(n_things(nest.s), 1);
	store_close(nest.s);
}

static int write_on_reader(struct store_conn *c, void *arg, struct err *err)
{
	return insert(c, (void *)"x", err);
}

static int step_inside_each_other(struct store_conn *c, void *arg, struct err *err)
{
	static const char sql[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n";
	int64_t *sum = arg;
	sqlite3_stmt *outer, *inner;
	int r = store_take(c, &outer, err, sql, "i", (int64_t)3);
	while (r == 0 && store_step(c, outer, err) > 0) {
		r = store_take(c, &inner, err, sql, "i", sqlite3_column_int64(outer, 0));
		while (r == 0 && store_step(c, inner, err) > 0)
			*sum += sqlite3_column_int64(inner, 0);
		store_give(c, sql, inner);
	}
	store_give(c, sql, outer);
	return r;
}

static void test_a_statement_of_ones_own_may_be_stepped_inside_itself(void **state)
{
	struct fixture *f = *state;
	struct store *s;
	int64_t sum = 0;
	assert_int_equal(open_at(f->path, 1, &s, NULL), 0);
	assert_int_equal(store_read(s, step_inside_each_other, &sum, NULL), 0);
	assert_int_equal(sum, 1 + 3 + 6);
	assert_int_equal(store_read(s, step_inside_each_other, &sum, NULL), 0); /* with those that were given back */
	assert_int_equal(sum, 20);
	store_close(s);
}

static int take_many(struct store_conn *c, void *arg, struct err *err)
{
	static const char sql[] = "SELECT ?";
	sqlite3_stmt *q[300];
	int r = 0;
	size_t n = 0;
	for (; r == 0 && n < 300; n++) {
		r = store_take(c, &q[n], err, sql, "i", (int64_t)n);
		if (r == 0 && (store_step(c, q[n], err) != 1 || sqlite3_column_int64(q[n], 0) != (int64_t)n))
			r = err_set(err, -EINVAL, "statement %zu", n);
	}
	for (size_t i = 0; i < n; i++)
		store_give(c, sql, q[i]);
	return r;
}

static void test_more_statements_of_ones_own_than_are_kept(void **state)
{
	struct fixture *f = *state;
	struct store *s;
	assert_int_equal(open_at(f->path, 1, &s, NULL), 0);
	assert_int_equal(store_read(s, take_many, NULL, NULL), 0);
	assert_int_equal(store_read(s, take_many, NULL, NULL), 0);
	store_close(s);
}

static void test_a_reader_cannot_write(void **state)
{
	struct fixture *f = *state;
	struct store *s = opened(f->path);
	assert_int_equal(store_read(s, write_on_reader, NULL, NULL), -EROFS);
	store_close(s);
}

static void test_the_log_is_checkpointed_and_stays_short(void **state)
{
	struct fixture *f = *state;
	struct store *s = opened(f->path);
	for (int i = 0; i < 300; i++) {
		char name[32];
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(store_write(s, insert, name, NULL), 0);
	}
	char AUTO_MEM *log = str_printf("%s-wal", f->path);
	int fd = open(log, O_RDONLY);
	assert_true(fd >= 0);
	assert_true(lseek(fd, 0, SEEK_END) < 60 * 4200);
	close(fd);
	store_close(s);
}

/* The child acknowledges through a pipe what it wrote, and is killed in the middle. */
static void test_what_was_acknowledged_survives_kill(void **state)
{
	struct fixture *f = *state;
	int pipes[2];
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();
	if (child == 0) {
		struct store *s = opened(f->path);
		for (int i = 0;; i++) {
			char name[32];
			snprintf(name, sizeof(name), "n%d", i);
			if (store_write(s, insert, name, NULL) < 0 ||
			    write(pipes[1], &i, sizeof(i)) != sizeof(i))
				_exit(1);
		}
	}
	close(pipes[1]);
	int last = -1, i;
	while (last < 100 && read(pipes[0], &i, sizeof(i)) == sizeof(i))
		last = i;
	kill(child, SIGKILL);
	while (read(pipes[0], &i, sizeof(i)) == sizeof(i))
		last = i;
	close(pipes[0]);
	waitpid(child, NULL, 0);
	struct store *s = opened(f->path);
	assert_in_range(n_things(s), last + 1,
			last + 2); /* one may have been written and not yet acknowledged */
	assert_int_equal(store_check(s, NULL), 0);
	store_close(s);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_write_is_there_after_reopening),
		T(test_a_unit_that_fails_leaves_nothing_behind),
		T(test_writers_share_commits_and_failing_units_harm_nobody),
		T(test_own_transactions_and_units_take_turns),
		T(test_a_second_opener_is_told_that_it_is_open),
		T(test_every_earlier_version_is_brought_up_to_date),
		T(test_a_newer_version_is_refused),
		T(test_a_step_that_fails_is_undone_and_named),
		T(test_damage_is_an_error_with_the_path),
		T(test_a_damaged_page_is_found_by_the_check),
		T(test_a_folder_that_is_not_there_is_named),
		T(test_a_full_disk_is_an_error_and_what_was_there_stays),
		T(test_readers_are_bounded),
		T(test_a_reader_sees_one_snapshot),
		T(test_a_statement_of_ones_own_may_be_stepped_inside_itself),
		T(test_more_statements_of_ones_own_than_are_kept),
		T(test_a_reader_cannot_write),
		T(test_the_log_is_checkpointed_and_stays_short),
		T(test_what_was_acknowledged_survives_kill),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
