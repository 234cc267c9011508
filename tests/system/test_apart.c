/*
 * test_apart.c - a chaosgarden that is no member of hootenanny's family, named by the endpoint of its shell alone: its timeline is
 * followed like the family's, and an answer that cannot know it says so.
 */
#include "stage.h"

#include "../check.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static struct stage stage;
static pid_t chaosgarden;
static struct wire_client *garden;
static char shell[400];

enum { PATIENCE_S = 60 };

static void start_chaosgarden(void)
{
	char path[600], bind[400], family[400];
	const char *argv[] = {"chaosgarden", "--family", family, "--bind", bind, "--device", "stepped", NULL};
	posix_spawn_file_actions_t fa;
	stage_program("chaosgarden", path, sizeof(path));
	(void)snprintf(family, sizeof(family), "%s/other", stage.dir);
	(void)snprintf(bind, sizeof(bind), "%.*s", (int)(strlen(shell) - strlen("-shell")), shell);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	int r = posix_spawn(&chaosgarden, path, &fa, NULL, (char *const *)(void *)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	if (r != 0)
		fail_msg("start %s: %s", path, strerror(r));
	json_decref(stage_ask(garden, "{'type':'ping'}"));
}

static void end_chaosgarden(void)
{
	if (chaosgarden <= 0)
		return;
	assert_int_equal(kill(chaosgarden, SIGTERM), 0);
	while (waitpid(chaosgarden, NULL, 0) < 0 && errno == EINTR)
		;
	chaosgarden = 0;
}

/* hootenanny alone, with that for --chaosgarden. */
static void open_stage(const char *endpoint)
{
	static const char *const up[] = {"--only", "hootenanny", NULL};
	assert_int_equal(setenv("HOOT_HOOTENANNY_CHAOSGARDEN", endpoint, 1), 0);
	stage_open(&stage, up);
	assert_int_equal(unsetenv("HOOT_HOOTENANNY_CHAOSGARDEN"), 0);
}

static int setup(void **state)
{
	struct err err = ERR_INIT;
	char dir[] = "/tmp/hoot-apart-XXXXXX";
	assert_non_null(mkdtemp(dir));
	(void)snprintf(shell, sizeof(shell), "ipc://%s/garden-shell", dir);
	open_stage(shell);
	const struct wire_client_options o = {
		.name = "test", .loop = stage.loop, .endpoint = shell, .actor = "test:apart", .default_deadline_ms = PATIENCE_S * 1000};
	if (wire_client_new(&o, &garden, &err) < 0)
		fail_msg("%s", err.msg);
	return 0;
}

static int teardown(void **state)
{
	wire_client_free(TAKE(garden));
	end_chaosgarden();
	stage_close(&stage);
	char *dir = shell + strlen("ipc://");
	*strrchr(dir, '/') = '\0';
	(void)fs_remove_tree(dir, NULL);
	return 0;
}

static json_t *ask(const char *query, const char *more)
{
	return stage_ask(stage.hoot, "{'type':'graph_query','query':'%s'%s}", query, more);
}

static void test_before_it_is_there_the_answer_says_so(void **state)
{
	AUTO_JSON json_t *r = ask("{ Region { region_id @output } }", "");
	assert_int_equal(json_array_size(json_object_get(r, "rows")), 0);
	assert_null(json_object_get(r, "revision"));
	assert_non_null(strstr(stage_text(r, "timeline"), "nothing is known of it"));
	const char *const words[] = {"--family", stage.family_dir, "query", "{ Region { region_id @output } }", NULL};
	char AUTO_MEM *out = NULL;
	assert_int_equal(stage_run("holler", words, &out), 0);
	assert_non_null(strstr(out, "0 rows\nthe timeline: nothing is known of it"));
}

static void test_its_timeline_is_followed(void **state)
{
	start_chaosgarden();
	AUTO_JSON json_t *made = stage_ask(garden, "{'type':'region_create','region_id':'a','position_beats':4,'duration_beats':4,'behaviour':'custom'}");
	char more[80];
	(void)snprintf(more, sizeof(more), ",'at_least_revision':%.0f,'timeout_ms':50000", stage_number(made, "revision"));
	AUTO_JSON json_t *r = ask("{ Region { region_id @output position_beats @output actor @output } }", more);
	assert_string_equal(stage_text(r, "rows.0.region_id"), "a");
	assert_string_equal(stage_text(r, "rows.0.actor"), "test:apart");
	assert_true(stage_number(r, "revision") == stage_number(made, "revision"));
	assert_null(json_object_get(r, "timeline"));
}

static bool is_away(void)
{
	AUTO_JSON json_t *r = ask("{ Region { region_id @output } }", "");
	assert_string_equal(stage_text(r, "rows.0.region_id"), "a"); /* the last that is known */
	const json_t *why = json_object_get(r, "timeline");
	assert_true(!why || strstr(json_string_value(why), "as it was last known"));
	return why != NULL;
}

static void test_it_goes_and_comes_back(void **state)
{
	int64_t end = clock_monotonic_ns(clock_system()) + PATIENCE_S * NS_PER_SEC;
	struct err err = ERR_INIT;
	end_chaosgarden();
	while (!is_away()) {
		assert_true(clock_monotonic_ns(clock_system()) < end);
		assert_int_equal(wire_loop_step(stage.loop, 5, &err), 0);
	}
	start_chaosgarden();
	AUTO_JSON json_t *moved = stage_ask(garden, "{'type':'region_move','region_id':'a','position_beats':8}");
	char more[80];
	(void)snprintf(more, sizeof(more), ",'at_least_revision':%.0f,'timeout_ms':50000", stage_number(moved, "revision"));
	AUTO_JSON json_t *r = ask("{ Region { position_beats @output } }", more);
	assert_true(stage_number(r, "rows.0.position_beats") == 8);
}

/* Requests go there, but nobody can tell where the events are. */
static void test_an_endpoint_that_tells_too_little_is_said_to_do_so(void **state)
{
	struct stage other = stage;
	open_stage("ipc:///tmp/somewhere");
	AUTO_JSON json_t *r = ask("{ Region { region_id @output } }", "");
	assert_null(json_object_get(r, "revision"));
	assert_non_null(strstr(stage_text(r, "timeline"), "--chaosgarden"));
	stage_close(&stage);
	stage = other;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_it_is_there_the_answer_says_so),
		cmocka_unit_test(test_its_timeline_is_followed),
		cmocka_unit_test(test_it_goes_and_comes_back),
		cmocka_unit_test(test_an_endpoint_that_tells_too_little_is_said_to_do_so),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
