/*
 * send.c - holler send: a payload as it is, unchecked, and the reply's payload as it comes. For trying out the protocol.
 */
#include "flags.h"
#include "reach.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int send_usage(void)
{
	printf("usage: holler send DAEMON PAYLOAD\n\n"
	       "Send a payload, a JSON object with its \"type\", without checking it first, and "
	       "print the payload of the\n"
	       "reply. PAYLOAD - is read from standard input. $HOLLER_CHAOSGARDEN and so on name "
	       "endpoints directly.\n\n"
	       "examples:\n"
	       "  holler send chaosgarden '{\"type\":\"ping\"}'\n"
	       "  echo '{\"type\":\"job_list\"}' | holler send hootenanny -\n"
	       "  HOLLER_HOOTENANNY=tcp://127.0.0.1:5580 holler send hootenanny "
	       "'{\"type\":\"status\"}'\n");
	return 0;
}

static int send_read_input(struct strbuf *b, struct err *err)
{
	char block[4096];
	size_t n;
	while ((n = fread(block, 1, sizeof(block), stdin)) > 0) {
		if (b->n + n > LIMIT_JSON_BYTES)
			return err_set(err, -EMSGSIZE, "the payload has more than %d bytes",
				       LIMIT_JSON_BYTES);
		if (strbuf_add(b, block, n) < 0)
			return err_set(err, -ENOMEM, "no memory for the payload");
	}
	return ferror(stdin) ? err_sys(err, "standard input") : 0;
}

struct send_answer {
	struct strbuf payload;
	struct err err;
	int code;
	bool done;
};

static void send_answered(void *arg, const struct wire_answer *a)
{
	struct send_answer *s = arg;
	s->done = true;
	s->code = a->code;
	if (a->err)
		s->err = *a->err;
	(void)strbuf_add(&s->payload, a->payload.s, a->payload.n); /* checked by strbuf_ok below */
}

static int send_wait(const struct holler *h, struct reach *reach, const struct strbuf *text,
		     struct send_answer *s, struct err *err)
{
	int r = wire_client_send_json(reach->client, text->s, text->n, NULL, send_answered, s, NULL,
				      err);
	if (r == 0)
		r = wire_loop_until(wire_client_loop(reach->client), &s->done, 0, err);
	if (r < 0)
		return r;
	if (!strbuf_ok(&s->payload))
		return err_set(err, -ENOMEM, "no memory for the reply");
	if (s->payload.n == 0) { /* nobody replied: the client's own error */
		*err = s->err;
		return s->code;
	}
	r = holler_print_json(h, s->payload.s, s->payload.n, err);
	return r < 0 ? r : 0;
}

/* The client wants an object with a type and nothing else: where one was meant, its mistake is told. */
static void send_explain(const struct strbuf *text, struct err *err)
{
	AUTO_JSON json_t *parsed = NULL;
	struct err why = ERR_INIT;
	if (!str_eq(err->field, "type") || json_parse(text->s, text->n, &parsed, &why) >= 0)
		return;
	*err = (struct err)ERR_INIT;
	(void)err_set(err, -EINVAL, "the payload is no JSON: %s", err_msg(&why));
}

int holler_send(const struct holler *h, int argc, char **argv)
{
	struct err err = ERR_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_REACH reach = { NULL, NULL };
	struct send_answer answer = { .payload = STRBUF_INIT, .err = ERR_INIT };
	if (holler_wants_help(argc, argv))
		return send_usage();
	if (flags_words("send", argc, argv, 2, &err) < 0)
		return holler_fail(h, "send", &err);
	if (argc != 3) {
		(void)err_hint(&err, err_set(&err, -EINVAL, "it takes a daemon and a payload"), "holler send --help");
		return holler_fail(h, "send", &err);
	}
	int r = strcmp(argv[2], "-") == 0 ? send_read_input(&text, &err)
					  : strbuf_adds(&text, argv[2]);
	if (r == 0)
		r = reach_open(h, argv[1], &reach, &err);
	if (r == 0)
		r = send_wait(h, &reach, &text, &answer, &err);
	strbuf_done(&answer.payload);
	if (r == -EINVAL)
		send_explain(&text, &err);
	if (r < 0)
		return holler_fail(h, "send", &err);
	return answer.code < 0 ? 1 : 0;
}
