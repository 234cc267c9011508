#include "base/config.h"
#include "base/fs.h"
#include "base/limits.h"

#include "../check.h"

#include <string.h>

static const struct config_key keys[] = {
	{ .name = "name", .type = CONFIG_STRING, .value = "nobody", .doc = "who this is" },
	{ .name = "wire.bind", .type = CONFIG_STRING, .value = "tcp://127.0.0.1:5555", .doc = "where to listen", .flag = "bind" },
	{ .name = "wire.port", .type = CONFIG_PORT, .value = "5555", .doc = "the first port" },
	{ .name = "wire.tls", .type = CONFIG_BOOL, .value = "false", .doc = "encrypt" },
	{ .name = "audio.gain_db", .type = CONFIG_NUMBER, .value = "-3", .min = -60, .max = 12, .doc = "output gain" },
	{ .name = "audio.quantum_frames", .type = CONFIG_INT, .value = "256", .min = 16, .max = 8192, .doc = "frames a cycle" },
	{ .name = "audio.device", .type = CONFIG_CHOICE, .value = "auto", .choices = "auto|null|stepped", .doc = "what plays" },
	{ .name = "audio.paths", .type = CONFIG_LIST, .doc = "where to look" },
	{ .name = "store.dir", .type = CONFIG_PATH, .value = "~/store", .doc = "where content lives" },
	{ .name = "store.token", .type = CONFIG_STRING, .doc = "the secret", .secret = true, .env = "STORE_TOKEN" },
};

static const char *const foreign[] = { "luanette", NULL };
static const char *const examples[] = { "prog --bind ipc:///tmp/x", NULL };

struct place {
	char *dir, *etc, *user, *project;
};

static struct place place;

static int make_place(void **state)
{
	int r = fs_temp_dir(NULL, "test-config", &place.dir, NULL);
	if (r < 0)
		return r;
	place.etc = fs_join(place.dir, "etc");
	place.user = fs_join(place.dir, "user");
	place.project = fs_join(place.dir, "project.toml");
	return fs_mkdir_p(place.etc, 0700, NULL) | fs_mkdir_p(place.user, 0700, NULL);
}

static int drop_place(void **state)
{
	int r = fs_remove_tree(place.dir, NULL);
	free(place.dir);
	free(place.etc);
	free(place.user);
	free(place.project);
	return r;
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char *path AUTO_MEM = fs_join(dir, name);
	assert_int_equal(fs_write_atomic(path, text, strlen(text), 0600, NULL), 0);
}

#define NO_ENV ((const char *const[]){ "HOME=/home/x", NULL })

static int load(const char *const *env, int argc, const char *const *argv, struct config **ret, struct err *err)
{
	char *args[16] = { (char[]){ "prog" } };
	for (int i = 0; i < argc; i++)
		args[i + 1] = (char *)(uintptr_t)argv[i];
	const struct config_setup setup = {
		.program = "prog", .about = "a test", .examples = examples, .keys = keys, .n_keys = COUNT_OF(keys),
		.foreign = foreign, .etc_dir = place.etc, .user_dir = place.user, .project_file = place.project,
		.env = env, .argc = argc + 1, .argv = args,
	};
	return config_load(&setup, ret, err);
}

#define FLAGS(...) (int)(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)), (const char *[]){ __VA_ARGS__ }

static struct config *load_ok(const char *const *env, int argc, const char *const *argv)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;
	if (load(env, argc, argv, &c, &e) < 0)
		fail_msg("%s", e.msg);
	return c;
}

static void check_row(const struct config *c, const char *key, const char *value, const char *origin_end)
{
	struct config_row row;
	for (size_t i = 0; config_explain(c, i, &row); i++) {
		if (strcmp(row.key, key) != 0)
			continue;
		assert_string_equal(row.value, value);
		if (!str_ends(row.origin, origin_end))
			fail_msg("%s comes from '%s', not '%s'", key, row.origin, origin_end);
		return;
	}
	fail_msg("no row for %s", key);
}

static void test_config_has_its_defaults(void **state)
{
	AUTO(config) c = load_ok(NO_ENV, 0, NULL);
	assert_int_equal(config_action(c), CONFIG_RUN);
	assert_string_equal(config_string(c, "name"), "nobody");
	assert_int_equal(config_int(c, "wire.port"), 5555);
	assert_false(config_bool(c, "wire.tls"));
	assert_true(config_number(c, "audio.gain_db") == -3);
	assert_string_equal(config_string(c, "audio.device"), "auto");
	assert_int_equal(config_list_count(c, "audio.paths"), 0);
	assert_string_equal(config_string(c, "store.dir"), "/home/x/store");
	assert_string_equal(config_string(c, "store.token"), "");
	check_row(c, "wire.port", "5555", "built-in");
}

/* One key set in one more layer each time: the later layer always wins and always says who it is. */
/* Rows: L08 */
static void test_config_layers_override_in_order(void **state)
{
	static const char *const env[] = { "HOME=/home/x", "HOOT_NAME=from-env", NULL };
	AUTO(config) a = NULL;
	write_file(place.etc, "10-a.toml", "name = 'a'\n");
	write_file(place.etc, "20-b.toml", "\n\nname = 'b'\n");
	write_file(place.etc, "ignored.txt", "name = 'x'\n");
	a = load_ok(NO_ENV, 0, NULL);
	check_row(a, "name", "b", "etc/20-b.toml:3");

	write_file(place.user, "prog.toml", "name = 'user'\n");
	AUTO(config) b = load_ok(NO_ENV, 0, NULL);
	check_row(b, "name", "user", "user/prog.toml:1");

	write_file(place.dir, "project.toml", "# here\nname = 'project'\n");
	AUTO(config) p = load_ok(NO_ENV, 0, NULL);
	check_row(p, "name", "project", "project.toml:2");

	AUTO(config) e = load_ok(env, 0, NULL);
	check_row(e, "name", "from-env", "environment HOOT_NAME");

	AUTO(config) f = load_ok(env, FLAGS("--name", "from-flag"));
	check_row(f, "name", "from-flag", "flag --name");
}

/* Rows: L08 */
static void test_config_a_value_equal_to_the_default_overrides(void **state)
{
	write_file(place.etc, "a.toml", "[wire]\nport = 7000\ntls = true\n");
	write_file(place.user, "a.toml", "[wire]\nport = 5555\n");
	AUTO(config) c = load_ok(NO_ENV, 0, NULL);
	check_row(c, "wire.port", "5555", "user/a.toml:2");
	assert_true(config_bool(c, "wire.tls"));
}

/* Rows: L08 */
static void test_config_booleans_can_be_switched_off_by_every_later_layer(void **state)
{
	static const char *const env[] = { "HOOT_WIRE_TLS=off", NULL };
	write_file(place.etc, "a.toml", "[wire]\ntls = true\n");
	AUTO(config) e = load_ok(env, 0, NULL);
	assert_false(config_bool(e, "wire.tls"));
	AUTO(config) f = load_ok(NO_ENV, FLAGS("--no-wire-tls"));
	assert_false(config_bool(f, "wire.tls"));
	check_row(f, "wire.tls", "false", "flag --wire-tls");
	AUTO(config) g = load_ok(NO_ENV, FLAGS("--wire-tls=false"));
	assert_false(config_bool(g, "wire.tls"));
	AUTO(config) h = load_ok(env, FLAGS("--wire-tls"));
	assert_true(config_bool(h, "wire.tls"));
}

static void test_config_every_type_is_read_from_every_layer(void **state)
{
	static const char *const env[] = { "HOOT_AUDIO_GAIN_DB=-6.5", "HOOT_AUDIO_PATHS= a , b,c ", "STORE_TOKEN=s3cret",
					   "HOOT_STORE_DIR=~/x", "HOME=/h", NULL };
	write_file(place.etc, "a.toml",
		"[audio]\ngain_db = 2\nquantum_frames = 64\ndevice = 'null'\npaths = ['/a,b', '/c']\n[store]\ndir = '~/y'\n");
	AUTO(config) f = load_ok((const char *const[]){ "HOME=/h", NULL }, 0, NULL);
	assert_true(config_number(f, "audio.gain_db") == 2);
	assert_int_equal(config_int(f, "audio.quantum_frames"), 64);
	assert_true(config_number(f, "audio.quantum_frames") == 64);
	assert_string_equal(config_string(f, "audio.device"), "null");
	assert_int_equal(config_list_count(f, "audio.paths"), 2);
	assert_string_equal(config_list_at(f, "audio.paths", 0), "/a,b");
	assert_null(config_list_at(f, "audio.paths", 2));
	assert_string_equal(config_string(f, "store.dir"), "/h/y");

	AUTO(config) e = load_ok(env, FLAGS("--audio-quantum-frames=1024", "--audio-device", "stepped"));
	assert_true(config_number(e, "audio.gain_db") == -6.5);
	assert_int_equal(config_list_count(e, "audio.paths"), 3);
	assert_string_equal(config_list_at(e, "audio.paths", 1), "b");
	assert_string_equal(config_string(e, "store.dir"), "/h/x");
	assert_string_equal(config_string(e, "store.token"), "s3cret");
	assert_int_equal(config_int(e, "audio.quantum_frames"), 1024);
	assert_string_equal(config_string(e, "audio.device"), "stepped");

	AUTO(config) l = load_ok(env, FLAGS("--audio-paths", "x", "--audio-paths=y,z"));
	assert_int_equal(config_list_count(l, "audio.paths"), 3); /* a repeated flag adds; the environment's are gone */
	assert_string_equal(config_list_at(l, "audio.paths", 2), "z");
}

static void check_file_error(const char *text, const char *field, const char *message)
{
	write_file(place.etc, "a.toml", text);
	struct config *c = NULL;
	struct err e = ERR_INIT;
	int r = load(NO_ENV, 0, NULL, &c, &e);
	if (r >= 0 || !strstr(e.msg, message))
		fail_msg("%s: got %d '%s', not '%s'", text, r, e.msg, message);
	assert_string_equal(e.field, field);
	assert_null(c);
}

/* Rows: L08 */
static void test_config_file_errors_name_file_line_and_nearest_key(void **state)
{
	check_file_error("[wire]\n\nbnd = 'x'\n", "wire.bnd", "etc/a.toml:3: unknown key 'wire.bnd'; did you mean 'wire.bind'?");
	check_file_error("[wier]\nbind = 'x'\n", "wier", "etc/a.toml:1: unknown key 'wier'; did you mean 'wire'?");
	check_file_error("[luanete]\nx = 1\n", "luanete", "unknown key 'luanete'; did you mean 'luanette'?");
	check_file_error("bind = 'x'\n", "bind", "did you mean 'wire.bind'?");
	check_file_error("xyzzy = 1\n", "xyzzy", "etc/a.toml:1: unknown key 'xyzzy'");
	check_file_error("[audio.device]\nx = 1\n", "audio.device", "'audio.device' must be a string, not 'table'");
	check_file_error("[wire]\nport = 65536\n", "wire.port", "etc/a.toml:2: 'wire.port' must be a port from 0 to 65535, not '65536'");
	check_file_error("[wire]\nport = -1\n", "wire.port", "must be a port from 0 to 65535");
	check_file_error("[wire]\nport = '5555'\n", "wire.port", "must be a port number, not 'string'");
	check_file_error("[wire]\ntls = 1\n", "wire.tls", "must be true or false, not 'integer'");
	check_file_error("[audio]\ngain_db = 13\n", "audio.gain_db", "must be a number from -60 to 12, not '13'");
	check_file_error("[audio]\ngain_db = nan\n", "audio.gain_db", "must be a finite number");
	check_file_error("[audio]\nquantum_frames = 15\n", "audio.quantum_frames", "from 16 to 8192");
	check_file_error("[audio]\nquantum_frames = 64.0\n", "audio.quantum_frames", "must be an integer, not 'float'");
	check_file_error("[audio]\ndevice = 'jack'\n", "audio.device", "must be one of auto|null|stepped, not 'jack'");
	check_file_error("[audio]\ndevice = 'aut'\n", "audio.device", "must be one of");
	check_file_error("[audio]\npaths = ['a', 1]\n", "audio.paths", "must be a list of strings, not 'integer'");
	check_file_error("[audio]\npaths = 'a'\n", "audio.paths", "must be a list of strings, not 'string'");
	check_file_error("name = \"a\\u0000b\"\n", "name", "must be text without NUL");
	check_file_error("name = \n", "", "etc/a.toml:1:8: expected a value");
}

/* Rows: L08 */
static void test_config_sections_of_other_programs_are_left_to_them(void **state)
{
	static const char *const env[] = { "HOOT_LUANETTE_BUDGET=3", "HOOT_LOG=debug", "HOOT_NMAE=x", "OTHER=1", NULL };
	write_file(place.etc, "a.toml", "[luanette]\nwhatever = 1\n[luanette.deep]\nx = 2\n");
	AUTO(config) c = load_ok(env, 0, NULL);
	assert_string_equal(config_warning(c, 0), "unknown variable HOOT_NMAE, ignoring it; did you mean HOOT_NAME?");
	assert_null(config_warning(c, 1));
}

static void check_flag_error(int argc, const char *const *argv, const char *message, const char *hint)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;
	int r = load(NO_ENV, argc, argv, &c, &e);
	if (r >= 0 || !strstr(e.msg, message) || !strstr(e.hint, hint))
		fail_msg("got %d '%s' (%s), not '%s' (%s)", r, e.msg, e.hint, message, hint);
	assert_null(c);
}

static void test_config_flag_errors_name_the_nearest_flag(void **state)
{
	check_flag_error(FLAGS("--bnid=x"), "unknown flag '--bnid'", "did you mean '--bind'?");
	check_flag_error(FLAGS("--hlep"), "unknown flag '--hlep'", "did you mean '--help'?");
	check_flag_error(FLAGS("-x"), "unknown flag '-x'", "two dashes");
	check_flag_error(FLAGS("--bind"), "--bind needs a value", "");
	check_flag_error(FLAGS("--no-bind", "x"), "unknown flag '--no-bind'", "");
	check_flag_error(FLAGS("--no-wire-tls=yes"), "takes no value", "");
	check_flag_error(FLAGS("--wire-tls=perhaps"), "flag --wire-tls: 'wire.tls' must be true or false", "");
	check_flag_error(FLAGS("--help=x"), "takes no value", "");
	check_flag_error(FLAGS("--wire-port", "99999"), "flag --wire-port: 'wire.port' must be a port", "");
	check_flag_error(FLAGS("--config", "/nonexistent/x.toml"), "/nonexistent/x.toml", "");
	static const char *const env[] = { "HOOT_WIRE_PORT=many", NULL };
	struct config *c = NULL;
	struct err e = ERR_INIT;
	assert_int_equal(load(env, 0, NULL, &c, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "environment HOOT_WIRE_PORT: 'wire.port' must be an integer, not 'many'"));
}

static void test_config_arguments_that_are_no_flags_are_kept(void **state)
{
	AUTO(config) c = load_ok(NO_ENV, FLAGS("tune.abc", "--bind", "-x", "-", "--", "--name", "last"));
	assert_string_equal(config_string(c, "wire.bind"), "-x");
	assert_int_equal(config_arg_count(c), 4);
	assert_string_equal(config_arg(c, 0), "tune.abc");
	assert_string_equal(config_arg(c, 1), "-");
	assert_string_equal(config_arg(c, 2), "--name");
	assert_string_equal(config_arg(c, 3), "last");
	assert_null(config_arg(c, 4));
}

static void test_config_file_flag_replaces_the_project_file(void **state)
{
	write_file(place.dir, "project.toml", "name = 'project'\n");
	write_file(place.dir, "mine.toml", "[wire]\nport = 1\n");
	char *mine AUTO_MEM = fs_join(place.dir, "mine.toml");
	AUTO(config) c = load_ok(NO_ENV, FLAGS("--config", mine, "--explain-config"));
	assert_int_equal(config_action(c), CONFIG_EXPLAIN);
	assert_string_equal(config_string(c, "name"), "nobody");
	assert_int_equal(config_int(c, "wire.port"), 1);
}

static void test_config_secrets_are_never_shown(void **state)
{
	static const char *const env[] = { "STORE_TOKEN=s3cret", NULL };
	AUTO(config) c = load_ok(env, 0, NULL);
	check_row(c, "store.token", "********", "environment STORE_TOKEN");
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(config_explain_text(c, &b), 0);
	assert_null(strstr(b.s, "s3cret"));
	assert_non_null(strstr(b.s, "wire.port             5555"));
	struct err e = ERR_INIT;
	struct config *none = NULL;
	write_file(place.etc, "a.toml", "[store]\ntoken = 123456\n");
	assert_int_equal(load(NO_ENV, 0, NULL, &none, &e), -EINVAL);
	assert_null(strstr(e.msg, "123456"));
}

static void test_config_help_names_every_key_and_works_with_a_broken_file(void **state)
{
	write_file(place.etc, "a.toml", "broken");
	AUTO(config) c = load_ok(NO_ENV, FLAGS("--help"));
	assert_int_equal(config_action(c), CONFIG_HELP);
	const struct config_setup setup = { .program = "prog", .about = "a test", .examples = examples, .keys = keys,
					    .n_keys = COUNT_OF(keys) };
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(config_help(&setup, &b), 0);
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		assert_non_null(strstr(b.s, keys[i].name));
		assert_non_null(strstr(b.s, keys[i].doc));
	}
	assert_non_null(strstr(b.s, "Usage: prog [OPTIONS]"));
	assert_non_null(strstr(b.s, "--[no-]wire-tls"));
	assert_non_null(strstr(b.s, "--audio-device auto|null|stepped"));
	assert_non_null(strstr(b.s, "HOOT_WIRE_BIND"));
	assert_non_null(strstr(b.s, "(16 to 8192) (default: 256)"));
	assert_non_null(strstr(b.s, "prog --bind ipc:///tmp/x"));
}

static void test_config_shown_is_a_file_that_makes_the_same_settings(void **state)
{
	static const char *const env[] = { "HOME=/home/x", "HOOT_WIRE_BIND=ipc:///tmp/a \"b\" \\c", "HOOT_AUDIO_PATHS=/a,/b c",
					   "STORE_TOKEN=s3cret", NULL };
	AUTO(config) c = load_ok(env, FLAGS("--wire-port", "77", "--show-config"));
	AUTO_STRBUF b = STRBUF_INIT, again = STRBUF_INIT;
	assert_int_equal(config_action(c), CONFIG_SHOW);
	assert_int_equal(config_tell(c, "1.2", &b), 0);
	assert_non_null(strstr(b.s, "wire.port = 77\n"));
	assert_non_null(strstr(b.s, "audio.paths = [\"/a\", \"/b c\"]\n"));
	assert_non_null(strstr(b.s, "# store.token is a secret\n"));
	assert_null(strstr(b.s, "s3cret"));
	write_file(place.dir, "shown.toml", b.s);
	char *shown AUTO_MEM = fs_join(place.dir, "shown.toml");
	static const char *const token[] = { "HOME=/home/x", "STORE_TOKEN=s3cret", NULL };
	AUTO(config) d = load_ok(token, FLAGS("--config", shown, "--show-config"));
	assert_string_equal(config_string(d, "wire.bind"), "ipc:///tmp/a \"b\" \\c");
	assert_int_equal(config_tell(d, "1.2", &again), 0);
	assert_string_equal(again.s, b.s);
}

static void test_config_tells_what_was_asked_for(void **state)
{
	static const char *const flags[][2] = {
		{ "--help", "Usage: prog [OPTIONS]" }, { "--version", "prog 1.2" }, { "--explain-config", "wire.port" },
		{ "--show-config", "wire.port = 5555\n" },
	};
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		AUTO(config) c = load_ok(NO_ENV, 1, &flags[i][0]);
		AUTO_STRBUF b = STRBUF_INIT;
		assert_int_not_equal(config_action(c), CONFIG_RUN);
		assert_int_equal(config_tell(c, "1.2", &b), 0);
		assert_non_null(strstr(b.s, flags[i][1]));
	}
}

static void test_config_files_and_lists_are_bounded(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	strbuf_adds(&b, "[audio]\npaths = [");
	for (int i = 0; i <= LIMIT_CONFIG_LIST; i++)
		strbuf_adds(&b, "'x',");
	strbuf_adds(&b, "]\n");
	check_file_error(b.s, "audio.paths", "more than");
	for (int i = 0; i <= LIMIT_CONFIG_FILES; i++) {
		char *name AUTO_MEM = str_printf("%d.toml", i);
		write_file(place.etc, name, "");
	}
	struct config *c = NULL;
	struct err e = ERR_INIT;
	assert_int_equal(load(NO_ENV, 0, NULL, &c, &e), -EMSGSIZE);
	assert_non_null(strstr(e.msg, "files, more than"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_place, drop_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_config_has_its_defaults),
		CASE(test_config_layers_override_in_order),
		CASE(test_config_a_value_equal_to_the_default_overrides),
		CASE(test_config_booleans_can_be_switched_off_by_every_later_layer),
		CASE(test_config_every_type_is_read_from_every_layer),
		CASE(test_config_file_errors_name_file_line_and_nearest_key),
		CASE(test_config_sections_of_other_programs_are_left_to_them),
		CASE(test_config_flag_errors_name_the_nearest_flag),
		CASE(test_config_arguments_that_are_no_flags_are_kept),
		CASE(test_config_file_flag_replaces_the_project_file),
		CASE(test_config_secrets_are_never_shown),
		CASE(test_config_help_names_every_key_and_works_with_a_broken_file),
		CASE(test_config_shown_is_a_file_that_makes_the_same_settings),
		CASE(test_config_tells_what_was_asked_for),
		CASE(test_config_files_and_lists_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
