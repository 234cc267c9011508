/*
 * test_holler.c - the words of holler, against a daemon of the test's own that answers the standard requests.
 */
#include "../check.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/family.h"
#include "wire/service.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS 16

static char dir[] = "/tmp/holler-test-XXXXXX";
static pid_t daemon_pid;
static char daemon_endpoint[WIRE_ENDPOINT_SIZE];

struct outcome {
	int status;
	char out[65536], errors[4096];
};

static void read_all(int fd, char *ret, size_t room)
{
	size_t n = 0;
	ssize_t got;
	while (n + 1 < room && (got = read(fd, ret + n, room - 1 - n)) > 0)
		n += (size_t)got;
	ret[n] = '\0';
	close(fd);
}

/* Runs holler with these words (NULL-terminated) and this standard input. */
static void holler(struct outcome *o, const char *input, const char *const *words)
{
	char *argv[MAX_ARGS + 2] = { getenv("HOLLER") };
	int in[2], out[2];
	FILE *errors = tmpfile();
	assert_non_null(argv[0]);
	assert_non_null(errors);
	for (size_t i = 0; words[i] && i < MAX_ARGS; i++)
		argv[i + 1] = (char *)words[i];
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(fileno(errors), 2);
		close(in[1]);
		close(out[0]);
		execv(argv[0], argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	assert_int_equal(write(in[1], input, strlen(input)), strlen(input));
	close(in[1]);
	read_all(out[0], o->out, sizeof(o->out));
	assert_int_equal(waitpid(pid, &o->status, 0), pid);
	o->status = WIFEXITED(o->status) ? WEXITSTATUS(o->status) : -1;
	rewind(errors);
	o->errors[fread(o->errors, 1, sizeof(o->errors) - 1, errors)] = '\0';
	fclose(errors);
}

#define HOLLER(o, ...) holler(o, "", (const char *const[]){ __VA_ARGS__, NULL })

static void expect(const struct outcome *o, int status, const char *in_output,
		   const char *in_errors)
{
	if (o->status != status || !strstr(o->out, in_output) || !strstr(o->errors, in_errors))
		fail_msg("status %d, expected %d\nexpected '%s' in: %s\nexpected '%s' in: %s",
			 o->status, status, in_output, o->out, in_errors, o->errors);
}

/* --- the daemon ------------------------------------------------------------------------------- */

static int serve(int ready)
{
	struct err err = ERR_INIT;
	struct wire_context *context = NULL;
	struct wire_loop *loop = NULL;
	struct wire_service *service = NULL;
	struct wire_family *family = NULL;
	char endpoint[WIRE_ENDPOINT_SIZE];
	int r = wire_context_new(&context, &err);
	if (r == 0)
		r = wire_loop_new(&loop, &err);
	struct wire_service_options o = {
		.name = "chaosgarden", .context = context, .loop = loop, .signals = true
	};
	if (r == 0)
		r = wire_service_new(&o, &service, &err);
	struct wire_port_options port = { .name = "shell", .endpoint = "tcp://127.0.0.1:0" };
	if (r == 0)
		r = wire_service_bind(service, &port, endpoint, &err);
	if (r == 0)
		r = wire_family_open(dir, true, &family, &err);
	struct wire_family_endpoint e = { "shell", endpoint };
	if (r == 0)
		r = wire_family_announce(family, "chaosgarden", wire_service_incarnation(service),
					 &e, 1, &err);
	if (r == 0 && write(ready, endpoint, sizeof(endpoint)) == (ssize_t)sizeof(endpoint))
		r = wire_service_run(service, &err);
	if (r < 0)
		fprintf(stderr, "daemon: %s\n", err_msg(&err));
	(void)wire_family_withdraw(family, "chaosgarden", NULL);
	wire_service_free(service);
	wire_family_free(family);
	wire_loop_free(loop);
	wire_context_free(context);
	return r < 0;
}

static int start_daemon(void **state)
{
	int ready[2];
	assert_non_null(mkdtemp(dir));
	unsetenv("HOLLER_CHAOSGARDEN");
	setenv("HOOT_FAMILY", dir, 1);
	assert_int_equal(pipe(ready), 0);
	daemon_pid = fork();
	assert_true(daemon_pid >= 0);
	if (daemon_pid == 0) {
		close(ready[0]);
		exit(serve(ready[1]));
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], daemon_endpoint, sizeof(daemon_endpoint)),
			 sizeof(daemon_endpoint));
	close(ready[0]);
	return 0;
}

static int stop_daemon(void **state)
{
	AUTO_STRBUF command = STRBUF_INIT;
	strbuf_addf(&command, "rm -rf %s", dir);
	return system(command.s);
}

/* --- call and send ---------------------------------------------------------------------------- */

static void test_call_asks_one_daemon_or_all_that_run(void **state)
{
	struct outcome o;
	HOLLER(&o, "--json", "call", "--daemon", "chaosgarden", "ping");
	expect(&o, 0, "{\"name\":\"chaosgarden\",", "");
	HOLLER(&o, "--json", "call", "ping");
	expect(&o, 0, "{\"chaosgarden\":{\"name\":\"chaosgarden\",", "");
	HOLLER(&o, "call", "status", "--json", "{}");
	expect(&o, 0, "  \"chaosgarden\": {\n", "");
}

static void test_call_takes_its_own_options_behind_the_request_too(void **state)
{
	struct outcome o;
	HOLLER(&o, "--json", "call", "ping", "--daemon", "chaosgarden");
	expect(&o, 0, "{\"name\":\"chaosgarden\",", "");
	HOLLER(&o, "call", "--key=k", "transport_seek", "--deadline-ms", "soon", "--position-beats", "1");
	expect(&o, 2, "", "--deadline-ms: 'soon' is not a whole number");
	HOLLER(&o, "call", "transport_seek", "--position-beats", "loud", "--deadline-ms", "9", "--daemon=chaosgarden");
	expect(&o, 2, "", "must be a number, not 'loud'");
	HOLLER(&o, "call", "ping", "--daemon");
	expect(&o, 2, "", "--daemon");
}

/* Each line below "examples:" of a command's help, run by a shell in which holler is this one. */
static void run_examples(const char *command)
{
	struct outcome o;
	size_t n = 0;
	HOLLER(&o, command, "--help");
	char *line = strstr(o.out, "examples:\n");
	assert_non_null(line);
	for (char *next = line + 10, *end; (end = strchr(line = next, '\n')); n++) {
		next = end + 1;
		*end = '\0';
		if (strstr(line, "tcp://"))
			continue; /* somebody else may be there */
		AUTO_STRBUF script = STRBUF_INIT;
		/* jq is the reader's */
		strbuf_addf(&script, "holler() { \"$HOLLER\" \"$@\"; }; jq() { cat; }; { %s; } >/dev/null 2>&1", line);
		int status = system(script.s);
		if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
			fail_msg("status %d of the example: %s", status, line);
	}
	assert_true(n > 0);
}

/* 1 stands for daemons that are not there; 2 would say that the line is wrong. */
static void test_the_examples_of_the_help_are_right(void **state)
{
	static const char *const commands[] = { "call", "doctor", "lineage", "ping", "send", "status" };
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		run_examples(commands[i]);
}

static void test_call_checks_flags_before_it_asks(void **state)
{
	struct outcome o;
	HOLLER(&o, "call", "transport_seek", "--position-beats", "loud");
	expect(&o, 2, "", "must be a number");
	HOLLER(&o, "call", "transport_seek", "--positon-beats", "1");
	expect(&o, 2, "", "did you mean --position-beats");
	HOLLER(&o, "call", "transport_seek");
	expect(&o, 2, "", "is required");
	expect(&o, 2, "", "hint: holler call transport_seek --help");
	HOLLER(&o, "call", "transport_seek", "--beats", "1");
	expect(&o, 2, "", "did you mean --position-beats");
	HOLLER(&o, "call", "transport_seek", "--zebra", "1");
	expect(&o, 2, "", "hint: holler call transport_seek --help lists its flags");
	HOLLER(&o, "call", "forward", "--steps", "[{]");
	expect(&o, 2, "", "'steps' must be JSON: 1:3: ");
	expect(&o, 2, "", "hint: such as [{");
	HOLLER(&o, "call", "transport_sek");
	expect(&o, 2, "", "did you mean 'transport_seek'");
	HOLLER(&o, "call", "--deadline-ms", "soon", "ping");
	expect(&o, 2, "", "--deadline-ms: 'soon' is not a whole number");
	HOLLER(&o, "call", "--nonsense", "ping");
	expect(&o, 2, "", "--nonsense: there is no such option");
	HOLLER(&o, "call", "--daemon", "chaosgardne", "ping");
	expect(&o, 2, "", "did you mean 'chaosgarden'");
	HOLLER(&o, "call");
	expect(&o, 2, "transport_seek", "");
}

static void test_call_prints_the_daemons_error(void **state)
{
	struct outcome o;
	HOLLER(&o, "call", "transport_seek", "--position-beats",
	       "1"); /* a daemon without handlers of its own */
	expect(&o, 1, "", "holler call:");
	HOLLER(&o, "call", "job_list");
	expect(&o, 1, "", "hootenanny is not running");
	HOLLER(&o, "call", "job_status", "--job-id", "lua:1");
	expect(&o, 1, "", "luanette is not running");
	HOLLER(&o, "call", "job_poll", "--json", "{\"job_ids\":[\"lua:1\"]}");
	expect(&o, 1, "", "luanette is not running");
	HOLLER(&o, "call", "job_status", "--job-id", "1");
	expect(&o, 2, "", "does not say whose job it is");
	HOLLER(&o, "--family", "/nowhere/at/all", "call", "ping", "--json", "{}");
	expect(&o, 1, "", "no daemon of the family is running");
	HOLLER(&o, "--family", "/nowhere/at/all", "call", "job_list");
	expect(&o, 1, "", "holler up");
}

static void test_call_finds_a_daemon_by_the_environment(void **state)
{
	struct outcome o;
	setenv("HOLLER_CHAOSGARDEN", daemon_endpoint, 1);
	HOLLER(&o, "--family", "/nowhere/at/all", "--json", "call", "--daemon", "chaosgarden",
	       "ping");
	unsetenv("HOLLER_CHAOSGARDEN");
	expect(&o, 0, "{\"name\":\"chaosgarden\",", "");
}

static void test_send_prints_the_reply_as_it_comes(void **state)
{
	struct outcome o;
	HOLLER(&o, "--json", "send", "chaosgarden", "{\"type\":\"ping\"}");
	expect(&o, 0, "{\"type\":\"success\",\"result\":{\"name\":\"chaosgarden\",", "");
	holler(&o, "{\"type\":\"ping\"}",
	       (const char *const[]){ "send", "chaosgarden", "-", NULL });
	expect(&o, 0, "\"type\": \"success\"", "");
	HOLLER(&o, "--json", "send", "chaosgarden", "{\"type\":\"shutdown\",\"raeson\":\"x\"}");
	expect(&o, 1, "\"field\":\"raeson\"", "");
	HOLLER(&o, "--json", "send", "chaosgarden", "{\"type\":\"pign\"}");
	expect(&o, 1, "{\"type\":\"error\",", "");
	HOLLER(&o, "send", "chaosgarden", "not json");
	expect(&o, 2, "", "holler send: the payload is no JSON: 1:1: ");
	HOLLER(&o, "send", "chaosgarden", "{\"tipe\":\"ping\"}");
	expect(&o, 2, "", "holler send: type: the payload is no object with a type");
	HOLLER(&o, "send", "chaosgarden");
	expect(&o, 2, "", "a daemon and a payload");
}

static void test_every_command_has_help_with_examples_and_names_the_nearest_option(void **state)
{
	static const char *const commands[] = { "call",   "completion", "config", "doctor", "down",   "events", "jam",
						"lineage", "ping",      "send",   "status", "timeline", "up" };
	struct outcome o;
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		HOLLER(&o, commands[i], "--help");
		expect(&o, 0, "examples:", "");
		expect(&o, 0, "usage: holler", "");
		HOLLER(&o, commands[i], "--hepl");
		expect(&o, 2, "", "there is no such option");
		expect(&o, 2, "", "did you mean --help?");
	}
	HOLLER(&o, "help", "config");
	expect(&o, 0, "usage: holler config", "");
	HOLLER(&o, "help", "transport_seek");
	expect(&o, 0, "Usage: holler call transport_seek", "");
	HOLLER(&o, "call", "--help", "transport_seek");
	expect(&o, 0, "Usage: holler call transport_seek", "");
	HOLLER(&o, "help", "confg");
	expect(&o, 2, "", "did you mean 'config'?");
	HOLLER(&o, "transport_seek");
	expect(&o, 2, "", "hint: that is a request: holler call transport_seek");
	HOLLER(&o, "transport_sek");
	expect(&o, 2, "", "hint: that is like a request: holler call transport_seek");
	HOLLER(&o, "call", "timeline_edit", "--json", "{ops}");
	expect(&o, 2, "", "hint: holler call timeline_edit --help");
	HOLLER(&o, "timeline", "--form", "5:1");
	expect(&o, 2, "", "did you mean --from?");
	HOLLER(&o, "down", "--wait", "5");
	expect(&o, 2, "", "did you mean --wait-ms?");
	HOLLER(&o, "events", "--count");
	expect(&o, 2, "", "--count: needs a value");
	expect(&o, 2, "", "hint: holler events --help");
	HOLLER(&o, "up", "--detach=yes");
	expect(&o, 2, "", "--detach: takes no value");
	HOLLER(&o, "--family", "/proc/nowhere", "up", "--detach");
	expect(&o, 1, "", "choose another directory with --family DIR");
	HOLLER(&o, "--fmaily", dir, "status");
	expect(&o, 2, "", "did you mean --family?");
	HOLLER(&o, "call", "latent_approve", "--help");
	expect(&o, 0, "Example: holler call latent_approve --region-id", "");
}

static void test_what_cannot_be_written_is_no_success(void **state)
{
	if (access("/dev/full", W_OK) != 0)
		skip();
	int status = system("\"$HOLLER\" completion bash >/dev/full 2>/dev/null");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void test_errors_are_objects_with_json_and_json_stands_behind_too(void **state)
{
	struct outcome o;
	HOLLER(&o, "events", "--json", "--count", "none");
	expect(&o, 2, "", "{\"command\":\"events\",\"error\":\"invalid\",\"message\":\"'none' is not a whole number");
	expect(&o, 2, "", "\"field\":\"--count\"");
	HOLLER(&o, "--json", "lineage", "x");
	expect(&o, 1, "", "\"error\":\"unavailable\"");
	expect(&o, 1, "", "\"hint\":\"start the family with: holler up\"");
	HOLLER(&o, "ping", "chaosgarden", "--json");
	expect(&o, 0, "{\"name\":\"chaosgarden\",", "");
	HOLLER(&o, "--json", "pnig");
	expect(&o, 2, "", "\"message\":\"unknown command 'pnig'; did you mean 'ping'?\"");
	HOLLER(&o, "gallery", "--json", "--pieces", "/nowhere");
	expect(&o, 1, "", "{\"command\":\"gallery\",");
}

/* Each program explains itself, with what is handed to it and what stands in its environment. */
static void test_config_says_where_each_value_comes_from(void **state)
{
	struct outcome o;
	setenv("HOOT_WORKER_NAME", "attic", 1);
	HOLLER(&o, "config", "hoot-worker");
	expect(&o, 0, "worker.name = \"attic\"\n", "");
	assert_null(strstr(o.out, "environment"));
	HOLLER(&o, "config", "--explain", "hoot-worker", "--", "--slots", "1");
	unsetenv("HOOT_WORKER_NAME");
	expect(&o, 0, "# hoot-worker\n", "");
	expect(&o, 0, "flag --slots", "");
	expect(&o, 0, "environment HOOT_WORKER_NAME", "");
	expect(&o, 0, "built-in", "");
	assert_null(strstr(o.out, "# hootenanny"));
	HOLLER(&o, "config", "hoot-wroker");
	expect(&o, 2, "", "did you mean 'hoot-worker'?");
	HOLLER(&o, "config", "hoot-worker", "--", "--slots", "none");
	expect(&o, 1, "", "'worker.slots' must be an integer, not 'none'");
	HOLLER(&o, "config", "--nonsense");
	expect(&o, 2, "", "--nonsense: there is no such option");
}

/* --- completion ------------------------------------------------------------------------------- */

static void test_complete_offers_commands_requests_flags_and_values(void **state)
{
	struct outcome o;
	HOLLER(&o, "complete", "--", "ca");
	assert_string_equal(o.out, "call\n");
	HOLLER(&o, "complete", "--", "--family", "x", "comp");
	assert_string_equal(o.out, "complete\ncompletion\n");
	HOLLER(&o, "complete", "--", "call", "transport_se");
	assert_string_equal(o.out, "transport_seek\n");
	HOLLER(&o, "complete", "--", "call", "--daemon", "chaosgarden", "transport_se");
	assert_string_equal(o.out, "transport_seek\n");
	HOLLER(&o, "complete", "--", "call", "--daemon", "cha");
	assert_string_equal(o.out, "chaosgarden\n");
	HOLLER(&o, "complete", "--", "call", "transport_seek", "--pos");
	assert_string_equal(o.out, "--position-beats\n");
	HOLLER(&o, "complete", "--", "call", "transport_seek", "--");
	assert_string_equal(o.out, "--position-beats\n--relative\n--json\n--help\n--daemon\n--deadline-ms\n");
	HOLLER(&o, "complete", "--", "call", "job_list", "--state", "r");
	assert_string_equal(o.out, "running\n");
	HOLLER(&o, "complete", "--", "call", "no_such_request", "--");
	assert_string_equal(o.out, "");
	HOLLER(&o, "complete", "--", "send", "hoo");
	assert_string_equal(o.out, "hootenanny\n");
	HOLLER(&o, "complete", "--", "completion", "z");
	assert_string_equal(o.out, "zsh\n");
	HOLLER(&o, "complete", "--");
	expect(&o, 0, "send\n", "");
}

static void test_complete_knows_the_flags_of_every_command_from_its_help(void **state)
{
	struct outcome o;
	HOLLER(&o, "complete", "--", "timeline", "--");
	assert_string_equal(o.out, "--from\n--to\n--rows\n--page\n--revision\n--watch\n--count\n--for\n--json\n--help\n");
	HOLLER(&o, "complete", "--", "lineage", "--d");
	assert_string_equal(o.out, "--descendants\n--depth\n");
	HOLLER(&o, "complete", "--", "up", "--device", "");
	assert_string_equal(o.out, "auto\nnull\npipewire\nstepped\n");
	HOLLER(&o, "complete", "--", "jam", "--device", "");
	assert_string_equal(o.out, "auto\nnull\npipewire\n");
	HOLLER(&o, "complete", "--", "up", "--only", "hoot");
	assert_string_equal(o.out, "hootenanny\nhoot-worker\n");
	HOLLER(&o, "complete", "--", "jam", "--tune", ""); /* a file: the shell's own business */
	assert_string_equal(o.out, "");
	HOLLER(&o, "complete", "--", "events", "--daemon", "chaos");
	assert_string_equal(o.out, "chaosgarden\n");
	HOLLER(&o, "complete", "--", "config", "--e");
	assert_string_equal(o.out, "--explain\n");
	HOLLER(&o, "complete", "--", "doctor", "--");
	assert_string_equal(o.out, "--json\n--help\n");
	HOLLER(&o, "complete", "--", "nonsense", "--");
	assert_string_equal(o.out, "");
}

/* The shells' own parsers look at the scripts; a shell that is not installed is passed over. */
static void test_completion_scripts_are_read_by_their_shells(void **state)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };
	struct outcome o;
	for (size_t i = 0; i < COUNT_OF(shells); i++) {
		HOLLER(&o, "completion", shells[i]);
		expect(&o, 0, "complete --", "");
		char command[256];
		(void)snprintf(command, sizeof(command),
			       "command -v %s >/dev/null && exec %s -n; exec cat >/dev/null", shells[i],
			       shells[i]);
		FILE *p = popen(command, "w");
		assert_non_null(p);
		assert_true(fputs(o.out, p) >= 0);
		assert_int_equal(pclose(p), 0);
	}
	HOLLER(&o, "completion", "tcsh");
	expect(&o, 2, "", "bash|fish|zsh");
}

static void test_bash_completes_through_the_script(void **state)
{
	char command[1024];
	(void)snprintf(command, sizeof(command),
		       "bash -c 'eval \"$(%s completion bash)\"; COMP_WORDS=(%s call "
		       "transport_se); COMP_CWORD=2; _holler; "
		       "echo \"${COMPREPLY[@]}\"'",
		       getenv("HOLLER"), getenv("HOLLER"));
	FILE *p = popen(command, "r");
	char line[256] = "";
	assert_non_null(p);
	assert_non_null(fgets(line, sizeof(line), p));
	assert_int_equal(pclose(p), 0);
	assert_string_equal(line, "transport_seek\n");
}

/* Runs a script in a shell that finds holler; what it prints, or false when there is no such shell. */
static bool in_shell(const char *shell, const char *script, char *ret, size_t size)
{
	char command[2048];
	(void)snprintf(command, sizeof(command), "command -v %s >/dev/null || exit 0; PATH=$(dirname \"$HOLLER\"):$PATH; echo shell; %s '%s'",
		       shell, shell, script);
	FILE *p = popen(command, "r");
	assert_non_null(p);
	ret[fread(ret, 1, size - 1, p)] = '\0';
	assert_int_equal(pclose(p), 0);
	return str_starts(ret, "shell\n");
}

static void test_fish_and_zsh_complete_through_their_scripts_where_they_are_installed(void **state)
{
	char out[4096];
	if (in_shell("fish -c", "holler completion fish | source; complete -C \"holler timeline --f\"; complete -C \"holler lineag\"", out,
		     sizeof(out)))
		assert_string_equal(out, "shell\n--for\n--from\nlineage\n");
	/* compadd works only within the editor: it is told to print instead. */
	if (in_shell("zsh -fc",
		     "compdef() { : }; eval \"$(holler completion zsh)\"; compadd() { print -rl -- \"${(P@)2}\" }; _files() { print files }; "
		     "words=(holler timeline --f); CURRENT=3; _holler; words=(holler jam --tune \"\"); CURRENT=4; _holler",
		     out, sizeof(out)))
		assert_string_equal(out, "shell\n--from\n--for\nfiles\n");
}

/* Last: it ends the daemon. */
static void test_call_shutdown_ends_the_daemon(void **state)
{
	struct outcome o;
	int status;
	HOLLER(&o, "call", "--daemon", "chaosgarden", "shutdown", "--reason", "the test is over");
	expect(&o, 0, "{}", "");
	assert_int_equal(waitpid(daemon_pid, &status, 0), daemon_pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	HOLLER(&o, "call", "--daemon", "chaosgarden", "ping");
	expect(&o, 1, "", "chaosgarden is not running");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call_asks_one_daemon_or_all_that_run),
		cmocka_unit_test(test_call_takes_its_own_options_behind_the_request_too),
		cmocka_unit_test(test_the_examples_of_the_help_are_right),
		cmocka_unit_test(test_call_checks_flags_before_it_asks),
		cmocka_unit_test(test_call_prints_the_daemons_error),
		cmocka_unit_test(test_call_finds_a_daemon_by_the_environment),
		cmocka_unit_test(test_send_prints_the_reply_as_it_comes),
		cmocka_unit_test(test_every_command_has_help_with_examples_and_names_the_nearest_option),
		cmocka_unit_test(test_what_cannot_be_written_is_no_success),
		cmocka_unit_test(test_errors_are_objects_with_json_and_json_stands_behind_too),
		cmocka_unit_test(test_config_says_where_each_value_comes_from),
		cmocka_unit_test(test_complete_offers_commands_requests_flags_and_values),
		cmocka_unit_test(test_complete_knows_the_flags_of_every_command_from_its_help),
		cmocka_unit_test(test_completion_scripts_are_read_by_their_shells),
		cmocka_unit_test(test_bash_completes_through_the_script),
		cmocka_unit_test(test_fish_and_zsh_complete_through_their_scripts_where_they_are_installed),
		cmocka_unit_test(test_call_shutdown_ends_the_daemon),
	};
	return cmocka_run_group_tests(tests, start_daemon, stop_daemon);
}
