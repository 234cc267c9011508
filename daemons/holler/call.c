/*
 * call.c - holler call: any request of the catalogue, its fields as flags.
 */
#include "call_outcome.h"
#include "call_paths.h"
#include "flags.h"
#include "reach.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/cli.h"
#include "wire/route.h"

#include <stdio.h>
#include <string.h>

enum { BESIDE_MS = 30000 }; /* that a reply may take besides what it is to wait for */

struct call_options {
	const char *daemon;  /* NULL: whoever answers it */
	const char *key;     /* idempotency key, NULL for none */
	int64_t deadline_ms; /* 0: the client's own */
	bool all;            /* --help lists the internal ones too */
	bool help;
};

static int call_usage(bool all)
{
	AUTO_STRBUF b = STRBUF_INIT;
	if (wire_cli_list(all ? WIRE_PROFILE_INTERNAL : WIRE_PROFILE_FULL, &b) < 0)
		return 1;
	printf("usage: holler call [--key KEY] REQUEST [--FLAG VALUE …] [--daemon NAME] [--deadline-ms N]\n\n"
	       "Send a request of the catalogue and print its result.\n\n"
	       "  --daemon NAME     ask this daemon (requests that every daemon answers go to all "
	       "that run)\n"
	       "  --deadline-ms N   give up after this time\n"
	       "  --key KEY         idempotency key: sent again it is answered again, not done "
	       "again\n"
	       "  --all             list the requests between daemons and workers too\n\n"
	       "Who waits for a job (--wait-ms) hears of it by the exit status: 0 it is complete, 1 it has failed or was cancelled, "
	       "3 it goes on.\n"
	       "Otherwise 0 it was answered, 1 it was not, 2 the command line is wrong.\n\n"
	       "requests (holler call REQUEST --help says more):\n%s\n"
	       "examples:\n"
	       "  holler call transport_seek --position-beats 16\n"
	       "  holler call status --daemon chaosgarden\n"
	       "  holler call timeline_edit --json '{\"ops\":[{\"op\":\"tempo_set\",\"position_beats\":0,\"bpm\":96}]}'\n",
	       b.s);
	return 0;
}

/* How many of these words are an option of call itself with its value: 0, 1 (--daemon=NAME) or 2. */
static int call_own_words(int n, char *const *words)
{
	static const char *const own[] = { "--daemon", "--deadline-ms" };
	for (size_t i = 0; i < COUNT_OF(own); i++) {
		size_t len = strlen(own[i]);
		if (str_starts(words[0], own[i]) && words[0][len] == '=')
			return 1;
		if (str_eq(words[0], own[i]) && n > 1)
			return 2;
	}
	return 0;
}

/* Brings call's own options from behind the request at argv[at] before it: no request has fields with their names (--key is one of config_set). */
static void call_gather(int argc, char **argv, int at)
{
	for (int i = at + 1, n; i < argc; i += n ? n : 1) {
		n = call_own_words(argc - i, argv + i);
		char *own[2] = { argv[i], n == 2 ? argv[i + 1] : NULL };
		memmove(argv + at + n, argv + at, (size_t)(i - at) * sizeof(argv[0]));
		memcpy(argv + at, own, (size_t)n * sizeof(argv[0]));
		at += n;
	}
}

/* Options before the request's name; *ret_at is where that is. */
static int call_options(int argc, char **argv, struct call_options *o, int *ret_at, struct err *err)
{
	enum { ALL = FLAGS_FIRST, DAEMON, KEY, DEADLINE, HELP };
	static const struct flag rows[] = { { "--all", ALL, false },
					    { "--daemon", DAEMON, true },
					    { "--key", KEY, true },
					    { "--deadline-ms", DEADLINE, true },
					    { "--help", HELP, false },
					    { "-h", HELP, false } };
	struct flags f = { "call", rows, COUNT_OF(rows), argc, argv, .max_words = 1 };
	int key = 0, r = 0;
	while (r == 0 && (key = flags_next(&f, err)) > FLAGS_WORD) {
		if (key == ALL)
			o->all = true;
		else if (key == HELP)
			o->help = true;
		else if (key == DAEMON)
			o->daemon = f.value;
		else if (key == KEY)
			o->key = f.value;
		else
			r = flags_int(&f, 1, INT32_MAX, &o->deadline_ms, err);
	}
	r = r < 0 ? r : key;
	*ret_at = r == FLAGS_WORD ? f.at - 1 : argc;
	return r < 0 ? r : 0;
}

static int call_unknown(const char *name, struct err *err)
{
	const char *nearest = wire_message_nearest(name);
	int r = err_field(err, -EINVAL, name, "there is no such request");
	return nearest ? err_hint(err, r, "did you mean '%s'?", nearest)
		       : err_hint(err, r, "holler call --help lists them");
}

static int call_one(const struct holler *h, const struct call_options *o, const char *daemon,
		    const struct strbuf *payload, struct strbuf *ret, struct err *err)
{
	AUTO_REACH reach = { NULL, NULL };
	int r = reach_open(h, daemon, &reach, err);
	if (r < 0)
		return r;
	struct wire_request_options ro = { .idempotency_key = o->key,
					   .deadline_ms = o->deadline_ms };
	return wire_client_call_json(reach.client, payload->s, payload->n, &ro, ret, err);
}

/* A request of every daemon: {"chaosgarden": {…}, …}, of those that run. */
static int call_everybody(const struct holler *h, const struct call_options *o,
			  const struct strbuf *payload, struct strbuf *ret, struct err *err)
{
	const char *daemons[16];
	size_t n = reach_daemons(daemons, COUNT_OF(daemons)), asked = 0;
	struct json_out out;
	json_out_init(&out, ret);
	json_out_object_begin(&out);
	for (size_t i = 0; i < n; i++) {
		AUTO_STRBUF one = STRBUF_INIT;
		if (!reach_running(h, daemons[i]))
			continue;
		int r = call_one(h, o, daemons[i], payload, &one, err);
		if (r < 0)
			return err_wrap(err, r, "%s", daemons[i]);
		json_out_key(&out, daemons[i]);
		json_out_raw(&out, one.s, one.n);
		asked++;
	}
	json_out_object_end(&out);
	if (asked)
		return 0;
	int r = err_set(err, -EAGAIN, "no daemon of the family is running");
	return err_hint(err, r, "start it with: holler up");
}

/* Who is asked: --daemon, or whom the catalogue names; NULL for everybody. */
static int call_route(const struct wire_message *m, const struct call_options *o,
		      const json_t *payload, const char **ret, struct err *err)
{
	*ret = o->daemon;
	return o->daemon ? 0 : wire_route(m, payload, ret, err);
}

/* After the result has been printed: the exit status. */
static int outcome(const struct holler *h, const struct wire_message *m, const json_t *payload, const struct strbuf *result,
		   struct err *err)
{
	AUTO_JSON json_t *j = NULL;
	int r = m->work == WIRE_WORK_JOB ? json_parse(result->s, result->n, &j, err) : 0;
	if (r < 0)
		return r;
	fflush(stdout);
	return j ? (int)call_outcome(m, payload, j, h->json) : 0;
}

/* The exit status, or a negative error. */
static int call_message(const struct holler *h, const struct call_options *o,
			const struct wire_message *m, int argc, char **argv, struct err *err)
{
	AUTO_JSON json_t *payload = NULL;
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_STRBUF result = STRBUF_INIT;
	int r = wire_cli_parse(m, argc, argv, &payload, err);
	if (r == 0)
		r = call_paths(m->request, payload, err);
	if (r == 0)
		r = json_write(&text, payload, JSON_OUT_COMPACT);
	if (r < 0)
		return r;
	const char *daemon;
	struct call_options patient = *o;
	int64_t waits_ms = call_waits_ms(m, payload) + json_integer_value(json_object_get(payload, "timeout_ms"));
	if (!o->deadline_ms && waits_ms > 0)
		patient.deadline_ms = BESIDE_MS + waits_ms;
	r = call_route(m, o, payload, &daemon, err);
	if (r < 0)
		return r;
	r = daemon ? call_one(h, &patient, daemon, &text, &result, err)
		   : call_everybody(h, &patient, &text, &result, err);
	if (r == 0)
		r = holler_print_json(h, result.s, result.n, err);
	return r < 0 ? r : outcome(h, m, payload, &result, err);
}

int holler_call(const struct holler *given, int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct holler mine = *given;
	const struct holler *h = &mine;
	/* --json with a value is a payload; as the last word it asks for output, as after any other command. */
	if (argc > 2 && str_eq(argv[argc - 1], "--json")) {
		mine.json = true;
		argc--;
	}
	struct call_options o = { NULL, NULL, 0, false, false };
	int at = 1;
	int r = call_options(argc, argv, &o, &at, &err);
	if (r == 0 && at < argc) {
		call_gather(argc, argv, at);
		r = call_options(argc, argv, &o, &at, &err);
	}
	if (r < 0)
		return holler_fail(h, "call", &err);
	if (at >= argc || (o.help && !wire_message_find(argv[at])))
		return o.all || o.help ? call_usage(o.all) : (call_usage(false), 2);

	const struct wire_message *m = wire_message_find(argv[at]);
	if (!m) {
		(void)call_unknown(argv[at], &err);
		return holler_fail(h, "call", &err);
	}
	if (o.help || holler_wants_help(argc - at, argv + at)) {
		AUTO_STRBUF b = STRBUF_INIT;
		if (wire_cli_help(m, &b) < 0)
			return 1;
		return fputs(b.s, stdout) < 0;
	}
	r = call_message(h, &o, m, argc - at - 1, argv + at + 1, &err);
	if (r == -EINVAL && (!err.hint[0] || str_eq(err.hint, err_code_hint(r))))
		(void)err_hint(&err, r, "holler call %s --help", m->name);
	return r < 0 ? holler_fail(h, "call", &err) : r;
}
