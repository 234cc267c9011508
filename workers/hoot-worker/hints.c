#include "hints.h"

#include "base/str.h"
#include "wire/envelope.h"
#include "wire/place.h"

#include <stdio.h>
#include <string.h>

#define LOG_TOPIC "worker"
#include "base/log.h"

#include "base/banned.h"

struct hints {
	struct wire_socket *socket;
	struct wire_place *place; /* NULL: the endpoint was given */
	char endpoint[WIRE_ENDPOINT_SIZE]; /* connected to; "" for none yet */
	wire_loop_fn *heard;
	void *arg;
};

static void received(void *arg, const struct wire_frame *frames, size_t n)
{
	struct hints *h = arg;
	struct wire_envelope e;
	/* What is no hint is none: there is nobody to answer. */
	if (n == 1 && wire_envelope_parse(frames[0].data, frames[0].n, &e, NULL) == 0 && str_eq(e.type, "job_hint"))
		h->heard(h->arg);
}

static void connect_to(struct hints *h, const char *endpoint)
{
	struct err err = ERR_INIT;
	if (str_eq(h->endpoint, endpoint))
		return;
	if (h->endpoint[0])
		(void)wire_socket_disconnect(h->socket, h->endpoint, NULL); /* it is gone in any case */
	h->endpoint[0] = '\0';
	if (wire_socket_connect(h->socket, endpoint, &err) < 0)
		log_warn("no hints of work, asking from time to time instead", LOG_STR("endpoint", endpoint), LOG_ERR(&err));
	else
		(void)str_copy(h->endpoint, sizeof(h->endpoint), endpoint);
}

static void look(void *arg)
{
	struct hints *h = arg;
	char endpoint[WIRE_ENDPOINT_SIZE];
	if (wire_place_find(h->place, endpoint, NULL) == 0 && !str_eq(h->endpoint, endpoint)) {
		connect_to(h, endpoint);
		h->heard(h->arg); /* there may have been one before we listened */
	}
}

int hints_endpoint_beside(const char *requests, char ret[WIRE_ENDPOINT_SIZE])
{
	const char *colon = strrchr(requests, ':');
	int64_t port;
	if (str_starts(requests, "tcp://") && colon && str_to_int(colon + 1, &port) == 0 && port > 0 && port < 65535) {
		int n = snprintf(ret, WIRE_ENDPOINT_SIZE, "%.*s:%d", (int)(colon - requests), requests, (int)port + 1);
		return n < WIRE_ENDPOINT_SIZE ? 0 : -EINVAL;
	}
	static const char tail[] = "-requests";
	if (str_starts(requests, "ipc://") && str_ends(requests, tail)) {
		int n = snprintf(ret, WIRE_ENDPOINT_SIZE, "%.*s-jobs", (int)(strlen(requests) - strlen(tail)), requests);
		return n < WIRE_ENDPOINT_SIZE ? 0 : -EINVAL;
	}
	return -EINVAL;
}

int hints_new(struct wire_context *context, struct wire_loop *loop, struct wire_family *family, const char *requests,
	      wire_loop_fn *heard, void *arg, struct hints **ret, struct err *err)
{
	AUTO(hints) h = calloc(1, sizeof(*h));
	if (!h)
		return err_set(err, -ENOMEM, "hints");
	h->heard = heard;
	h->arg = arg;
	const struct wire_place_options where = { .loop = loop, .family = family, .daemon = "hootenanny", .socket = "jobs" };
	char endpoint[WIRE_ENDPOINT_SIZE];
	int code = wire_socket_new(context, loop, WIRE_PULL, NULL, received, h, &h->socket, err);
	if (code == 0 && !requests)
		code = wire_place_new(&where, look, h, &h->place, err);
	if (code < 0)
		return code;
	if (h->place) {
		wire_place_look(h->place, true);
		look(h);
	} else if (hints_endpoint_beside(requests, endpoint) == 0) {
		connect_to(h, endpoint);
	}
	*ret = TAKE(h);
	return 0;
}

void hints_free(struct hints *h)
{
	if (!h)
		return;
	wire_place_free(h->place);
	wire_socket_free(h->socket);
	free(h);
}
