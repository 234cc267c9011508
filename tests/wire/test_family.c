#include "wire/family.h"

#include "../check.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define INCARNATION "01890a5d-ac96-774b-bcce-b302099a8057"

struct home {
	char *dir;
	struct wire_family *f;
};

static void ok(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err_msg(err));
}

static int setup(void **state)
{
	struct err err = ERR_INIT;
	struct home *h = calloc(1, sizeof(*h));
	assert_non_null(h);
	ok(fs_temp_dir(NULL, "family", &h->dir, &err), &err);
	ok(wire_family_open(h->dir, true, &h->f, &err), &err);
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct err err = ERR_INIT;
	struct home *h = *state;
	wire_family_free(h->f);
	ok(fs_remove_tree(h->dir, &err), &err);
	free(h->dir);
	free(h);
	return 0;
}

static void write_endpoints(struct home *h, const char *text)
{
	struct err err = ERR_INIT;
	char *AUTO_MEM path = fs_join(h->dir, "endpoints.json");
	ok(fs_write_atomic(path, text, strlen(text), 0600, &err), &err);
}

static void test_family_lock_refuses_a_second_one_naming_the_first(void **state)
{
	struct home *h = *state;
	struct wire_family *second;
	struct err err = ERR_INIT;
	char pid[32];
	pid_t holder;
	(void)snprintf(pid, sizeof(pid), "pid %d)", (int)getpid());
	ok(wire_family_holder(h->f, "chaosgarden", &holder, &err), &err);
	assert_int_equal(holder, 0);
	ok(wire_family_lock(h->f, "chaosgarden", &err), &err);
	ok(wire_family_open(h->dir, false, &second, &err), &err);
	assert_int_equal(wire_family_lock(second, "chaosgarden", &err), -EBUSY);
	assert_non_null(strstr(err.msg, pid));
	assert_non_null(strstr(err.msg, h->dir));
	assert_true(err.hint[0] != '\0');
	ok(wire_family_holder(second, "chaosgarden", &holder, &err), &err);
	assert_int_equal(holder, getpid());
	ok(wire_family_lock(second, "hootenanny", &err), &err); /* another name is another lock */
	wire_family_free(second);
	ok(wire_family_holder(h->f, "hootenanny", &holder, &err), &err);
	assert_int_equal(holder, 0);
}

/* A child that holds the lock until it is killed. */
static pid_t hold_lock(struct home *h, const char *name)
{
	int ready[2];
	char c;
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct wire_family *f;
		close(ready[0]);
		if (wire_family_open(h->dir, false, &f, NULL) < 0 ||
		    wire_family_lock(f, name, NULL) < 0)
			_exit(1);
		(void)!write(ready[1], "x", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static void test_family_lock_goes_with_the_process_that_held_it(void **state)
{
	struct home *h = *state;
	struct err err = ERR_INIT;
	pid_t child = hold_lock(h, "supervisor"), holder;
	assert_int_equal(wire_family_lock(h->f, "supervisor", &err), -EBUSY);
	ok(wire_family_holder(h->f, "supervisor", &holder, &err), &err);
	assert_int_equal(holder, child);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	ok(wire_family_lock(h->f, "supervisor", &err), &err);
}

static void test_family_knows_where_everybody_listens(void **state)
{
	struct home *h = *state;
	struct err err = ERR_INIT;
	static const struct wire_family_endpoint endpoints[] = {{"shell", "tcp://127.0.0.1:5555"},
								{"iopub", "ipc:///tmp/x"}};
	char endpoint[WIRE_ENDPOINT_SIZE];
	assert_int_equal(wire_family_lookup(h->f, "chaosgarden", "shell", endpoint, &err), -ENOENT);
	ok(wire_family_announce(h->f, "chaosgarden", INCARNATION, endpoints, 2, &err), &err);
	ok(wire_family_announce(h->f, "hootenanny", INCARNATION, endpoints, 1, &err), &err);
	ok(wire_family_lookup(h->f, "chaosgarden", "iopub", endpoint, &err), &err);
	assert_string_equal(endpoint, "ipc:///tmp/x");
	assert_int_equal(wire_family_lookup(h->f, "chaosgarden", "query", endpoint, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "no socket 'query'"));
	struct wire_family_daemon *all;
	size_t n;
	ok(wire_family_list(h->f, &all, &n, &err), &err);
	assert_int_equal(n, 2);
	assert_string_equal(all[0].name, "chaosgarden");
	assert_true(all[0].running && all[0].pid == getpid());
	assert_string_equal(all[0].incarnation, INCARNATION);
	free(all);
	ok(wire_family_withdraw(h->f, "chaosgarden", &err), &err);
	assert_int_equal(wire_family_lookup(h->f, "chaosgarden", "shell", endpoint, &err), -ENOENT);
	ok(wire_family_lookup(h->f, "hootenanny", "shell", endpoint, &err), &err);
}

static void test_family_sees_that_an_entry_is_stale(void **state)
{
	struct home *h = *state;
	struct err err = ERR_INIT;
	char text[512], endpoint[WIRE_ENDPOINT_SIZE];
	uint64_t start;
	struct wire_family_daemon d;
	assert_int_equal(wire_process_start(getpid(), &start), 0);
	/*
	 * Our own pid, but a process that was started at another time: the number was given to
	 * somebody else.
	 */
	(void)snprintf(text, sizeof(text),
		       "{\"version\":1,\"daemons\":{\"chaosgarden\":{\"pid\":%d,\"start\":%llu,"
		       "\"incarnation\":\"" INCARNATION
		       "\",\"endpoints\":{\"shell\":\"tcp://127.0.0.1:5555\"}}}}",
		       (int)getpid(), (unsigned long long)start + 1);
	write_endpoints(h, text);
	ok(wire_family_find(h->f, "chaosgarden", &d, &err), &err);
	assert_false(d.running);
	assert_int_equal(wire_family_lookup(h->f, "chaosgarden", "shell", endpoint, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "it was pid"));
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(wire_process_start(child, &start), -ESRCH);
}

static void test_family_reports_a_damaged_file_and_a_daemon_mends_it(void **state)
{
	static const char *const damaged[] = {
		"",
		"{",
		"[]",
		"{\"version\":2,\"daemons\":{}}",
		"{\"version\":1}",
		"{\"version\":1,\"daemons\":[]}",
		"{\"version\":1,\"daemons\":{\"chaosgarden\":{}}}",
		"{\"version\":1,\"daemons\":{\"chaosgarden\":{\"pid\":-1,\"start\":1,"
		"\"incarnation\":\"x\",\"endpoints\":{}}}}",
		"{\"version\":1,\"daemons\":{\"chaosgarden\":{\"pid\":1,\"start\":1,"
		"\"incarnation\":\"x\",\"endpoints\":{\"s\":7}}}}",
	};
	struct home *h = *state;
	struct wire_family_daemon d;
	for (size_t i = 0; i < COUNT_OF(damaged); i++) {
		struct err err = ERR_INIT;
		static const struct wire_family_endpoint e = {"shell", "tcp://127.0.0.1:5555"};
		write_endpoints(h, damaged[i]);
		int r = wire_family_find(h->f, "chaosgarden", &d, &err);
		if (r != -EBADMSG || !strstr(err.msg, "endpoints.json"))
			fail_msg("'%s': %d %s", damaged[i], r, err.msg);
		ok(wire_family_announce(h->f, "chaosgarden", INCARNATION, &e, 1, &err), &err);
		ok(wire_family_find(h->f, "chaosgarden", &d, &err), &err);
		assert_true(d.running);
	}
}

static void test_family_entries_survive_many_writers(void **state)
{
	enum { N = 8 };
	struct home *h = *state;
	struct err err = ERR_INIT;
	pid_t children[N];
	for (int i = 0; i < N; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0) {
			char name[32];
			static const struct wire_family_endpoint e = {"shell",
								      "tcp://127.0.0.1:5555"};
			struct wire_family *f;
			int r = wire_family_open(h->dir, false, &f, NULL);
			(void)snprintf(name, sizeof(name), "daemon%d", i);
			for (int k = 0; k < 10 && r == 0; k++)
				r = wire_family_announce(f, name, INCARNATION, &e, 1, NULL);
			_exit(r < 0);
		}
	}
	for (int i = 0; i < N; i++) {
		int status;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	struct wire_family_daemon *all;
	size_t n;
	ok(wire_family_list(h->f, &all, &n, &err), &err);
	assert_int_equal(n, N); /* nobody's entry was lost, and all of them are gone as processes */
	for (size_t i = 0; i < n; i++)
		assert_false(all[i].running);
	free(all);
}

static void test_family_directory_comes_from_flag_environment_or_default(void **state)
{
	struct home *h = *state;
	struct wire_family *f;
	struct err err = ERR_INIT;
	char *AUTO_MEM other = fs_join(h->dir, "other"),
		       *AUTO_MEM expected = fs_join(h->dir, "hootenanny");
	setenv("HOOT_FAMILY", other, 1);
	setenv("XDG_STATE_HOME", h->dir, 1);
	ok(wire_family_open(NULL, true, &f, &err), &err);
	assert_string_equal(wire_family_dir(f), other);
	wire_family_free(f);
	unsetenv("HOOT_FAMILY");
	assert_int_equal(wire_family_open(NULL, false, &f, &err), -ENOENT);
	ok(wire_family_open("", true, &f, &err), &err);
	assert_string_equal(wire_family_dir(f), expected);
	wire_family_free(f);
	struct stat st;
	assert_int_equal(stat(expected, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	unsetenv("XDG_STATE_HOME");
}

static void test_family_keys_are_private_and_stay(void **state)
{
	struct home *h = *state;
	struct err err = ERR_INIT;
	struct wire_curve a, b;
	struct stat st;
	char *AUTO_MEM path = fs_join(h->dir, "curve.json");
	assert_int_equal(wire_family_curve(h->f, false, &a, &err), -ENOENT);
	ok(wire_family_curve(h->f, true, &a, &err), &err);
	ok(wire_family_curve(h->f, false, &b, &err), &err);
	assert_string_equal(a.public_key, b.public_key);
	assert_string_equal(a.secret_key, b.secret_key);
	assert_string_equal(a.server_key, a.public_key);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	static const char bad[] = "{\"public_key\":\"x\",\"secret_key\":\"y\"}";
	ok(fs_write_atomic(path, bad, sizeof(bad) - 1, 0600, &err), &err);
	assert_int_equal(wire_family_curve(h->f, true, &b, &err), -EBADMSG);
}

/* Rows: S3-33, S3-43 */
static void test_bind_counts_ports_and_names_paths_in_table_order(void **state)
{
	static const struct {
		const char *bind, *daemon, *socket, *endpoint;
	} cases[] = {
		{NULL, "chaosgarden", "shell", "tcp://127.0.0.1:5555"},
		{"", "chaosgarden", "heartbeat", "tcp://127.0.0.1:5559"},
		{NULL, "hootenanny", "requests", "tcp://127.0.0.1:5580"},
		{NULL, "hootenanny", "broadcasts", "tcp://127.0.0.1:5582"},
		{NULL, "luanette", "requests", "tcp://127.0.0.1:5570"},
		{NULL, "vibeweaver", "broadcasts", "tcp://127.0.0.1:5576"},
		{"tcp://127.0.0.1:7000", "chaosgarden", "shell", "tcp://127.0.0.1:7000"},
		{"tcp://127.0.0.1:7000", "chaosgarden", "query", "tcp://127.0.0.1:7003"},
		{"tcp://[::1]:7000", "hootenanny", "jobs", "tcp://[::1]:7001"},
		{"tcp://127.0.0.1:0", "hootenanny", "jobs", "tcp://127.0.0.1:0"},
		{"ipc:///run/hoot/garden", "chaosgarden", "iopub", "ipc:///run/hoot/garden-iopub"},
	};
	static const char *const bad[] = {"tcp://127.0.0.1:65533",
					  "tcp://127.0.0.1",
					  "udp://x:1",
					  "ipc://relative",
					  "7000",
					  "tcp://:5"};
	char endpoint[WIRE_ENDPOINT_SIZE];
	struct err err = ERR_INIT;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		ok(wire_bind_endpoint(cases[i].bind, cases[i].daemon, cases[i].socket, endpoint,
				      &err),
		   &err);
		assert_string_equal(endpoint, cases[i].endpoint);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(
			wire_bind_endpoint(bad[i], "chaosgarden", "heartbeat", endpoint, &err),
			-EINVAL);
	assert_int_equal(wire_bind_endpoint(NULL, "chaosgarden", "shel", endpoint, &err), -ENOENT);
	static const struct {
		const char *shell, *iopub;
	} beside[] = {
		{"tcp://127.0.0.1:7000", "tcp://127.0.0.1:7001"},
		{"tcp://[::1]:5555", "tcp://[::1]:5556"},
		{"ipc:///run/hoot/garden-shell", "ipc:///run/hoot/garden-iopub"},
	};
	for (size_t i = 0; i < COUNT_OF(beside); i++) {
		ok(wire_beside_endpoint(beside[i].shell, "chaosgarden", "shell", "iopub", endpoint, &err), &err);
		assert_string_equal(endpoint, beside[i].iopub);
		ok(wire_beside_endpoint(beside[i].iopub, "chaosgarden", "iopub", "shell", endpoint, &err), &err);
		assert_string_equal(endpoint, beside[i].shell);
	}
	static const char *const alone[] = {"tcp://127.0.0.1:65535", "ipc:///run/shell", "ipc:///run/garden", "udp://x:1"};
	for (size_t i = 0; i < COUNT_OF(alone); i++)
		assert_int_equal(wire_beside_endpoint(alone[i], "chaosgarden", "shell", "iopub", endpoint, &err), -EINVAL);
	assert_int_equal(wire_beside_endpoint(alone[0], "chaosgarden", "shell", "nowhere", endpoint, &err), -ENOENT);
	assert_string_equal(wire_role_socket("chaosgarden", WIRE_ROLE_EVENTS), "iopub");
	assert_string_equal(wire_role_socket("hootenanny", WIRE_ROLE_QUERY), "requests");
	assert_null(wire_role_socket("nobody", WIRE_ROLE_EVENTS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_family_lock_refuses_a_second_one_naming_the_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_family_lock_goes_with_the_process_that_held_it,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_family_knows_where_everybody_listens, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_family_sees_that_an_entry_is_stale, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			test_family_reports_a_damaged_file_and_a_daemon_mends_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_family_entries_survive_many_writers, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			test_family_directory_comes_from_flag_environment_or_default, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_family_keys_are_private_and_stay, setup,
						teardown),
		cmocka_unit_test(test_bind_counts_ports_and_names_paths_in_table_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
