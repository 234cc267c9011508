#include "base/fs.h"

#include "base/mem.h"
#include "base/str.h"

#include "../check.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *dir; /* of the running test */

static int make_dir(void **state)
{
	return fs_temp_dir(NULL, "test-fs", &dir, NULL);
}

static int drop_dir(void **state)
{
	int r = fs_remove_tree(dir, NULL);
	free(dir);
	return r;
}

static int count_files(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void test_fs_writes_and_reads_back(void **state)
{
	char *path AUTO_MEM = fs_join(dir, "a.txt"), *text AUTO_MEM = NULL;
	struct err e = ERR_INIT;
	size_t n = 0;
	assert_int_equal(fs_write_atomic(path, "one", 3, 0600, &e), 0);
	assert_int_equal(fs_write_atomic(path, "t\0wo", 4, 0640, &e), 0);
	assert_int_equal(fs_read(path, 4, &text, &n, &e), 0);
	assert_int_equal(n, 4);
	assert_memory_equal(text, "t\0wo", 5);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(count_files(dir), 1); /* no temporary is left */
}

static void test_fs_read_is_bounded(void **state)
{
	char *path AUTO_MEM = fs_join(dir, "big"), *text = NULL;
	struct err e = ERR_INIT;
	char big[40000];
	memset(big, 'x', sizeof(big));
	assert_int_equal(fs_write_atomic(path, big, sizeof(big), 0600, &e), 0);
	assert_int_equal(fs_read(path, sizeof(big) - 1, &text, NULL, &e), -EMSGSIZE);
	assert_non_null(strstr(e.msg, "big"));
	assert_int_equal(fs_read("/dev/zero", 1000, &text, NULL, &e), -EMSGSIZE);
	assert_null(text);
}

static void test_fs_failed_write_leaves_the_old_file(void **state)
{
	char *path AUTO_MEM = fs_join(dir, "sub/x");
	struct err e = ERR_INIT;
	assert_int_equal(fs_write_atomic(path, "a", 1, 0600, &e), -ENOENT);
	assert_non_null(strstr(e.msg, "sub/x"));
	/* A folder stands where the file should go: the rename fails, and nothing is left behind. */
	assert_int_equal(fs_mkdir_p(path, 0700, &e), 0);
	assert_int_equal(fs_write_atomic(path, "a", 1, 0600, &e), -EISDIR);
	char *sub AUTO_MEM = fs_join(dir, "sub");
	assert_int_equal(count_files(sub), 1);
}

static void test_fs_makes_and_removes_trees_without_following_links(void **state)
{
	char *deep AUTO_MEM = fs_join(dir, "t/a/b/c"), *top AUTO_MEM = fs_join(dir, "t");
	char *kept AUTO_MEM = fs_join(dir, "kept"), *link AUTO_MEM = fs_join(dir, "t/a/link");
	char *file AUTO_MEM = fs_join(kept, "file");
	assert_int_equal(fs_mkdir_p(deep, 0700, NULL), 0);
	assert_int_equal(fs_mkdir_p(deep, 0700, NULL), 0);
	assert_int_equal(fs_mkdir_p(kept, 0700, NULL), 0);
	assert_int_equal(fs_write_atomic(file, "", 0, 0600, NULL), 0);
	assert_int_equal(symlink(kept, link), 0);
	assert_int_equal(fs_remove_tree(top, NULL), 0);
	assert_false(fs_exists(top));
	assert_true(fs_exists(file));
	assert_int_equal(fs_remove_tree(top, NULL), 0); /* nothing there is fine */
	struct err e = ERR_INIT;
	assert_int_equal(fs_mkdir_p(file, 0700, &e), -ENOTDIR);
	char *under AUTO_MEM = fs_join(file, "x");
	assert_int_equal(fs_mkdir_p(under, 0700, &e), -ENOTDIR);
}

static void test_fs_joins_and_splits_paths(void **state)
{
	static const char *const joins[][3] = {
		{ "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "", "b", "b" }, { "a", "/b", "/b" }, { "/", "b", "/b" },
	};
	for (size_t i = 0; i < COUNT_OF(joins); i++) {
		char *s AUTO_MEM = fs_join(joins[i][0], joins[i][1]);
		assert_string_equal(s, joins[i][2]);
	}
	char *a AUTO_MEM = fs_dirname("/x/y"), *b AUTO_MEM = fs_dirname("/x"), *c AUTO_MEM = fs_dirname("x");
	assert_string_equal(a, "/x");
	assert_string_equal(b, "/");
	assert_string_equal(c, ".");
	assert_string_equal(fs_basename("/x/y"), "y");
	assert_string_equal(fs_basename("y"), "y");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fs_writes_and_reads_back, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(test_fs_read_is_bounded, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(test_fs_failed_write_leaves_the_old_file, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(test_fs_makes_and_removes_trees_without_following_links, make_dir, drop_dir),
		cmocka_unit_test(test_fs_joins_and_splits_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
