/*
 * bind.c - which daemon has which sockets, and what --bind makes of them. See family.h.
 */
#include "wire/family.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

const struct wire_socket_row wire_socket_rows[] = {
	{"chaosgarden", "shell", WIRE_ROLE_REQUESTS, 5555},
	{"chaosgarden", "iopub", WIRE_ROLE_EVENTS, 5556},
	{"chaosgarden", "control", WIRE_ROLE_CONTROL, 5557},
	{"chaosgarden", "query", WIRE_ROLE_QUERY, 5558},
	{"chaosgarden", "heartbeat", WIRE_ROLE_HEARTBEAT, 5559},
	{"luanette", "requests", WIRE_ROLE_REQUESTS, 5570},
	{"luanette", "workers", WIRE_ROLE_HINTS, 5571},
	{"luanette", "broadcasts", WIRE_ROLE_EVENTS, 5572},
	{"vibeweaver", "requests", WIRE_ROLE_REQUESTS, 5575},
	{"vibeweaver", "broadcasts", WIRE_ROLE_EVENTS, 5576},
	{"hootenanny", "requests", WIRE_ROLE_REQUESTS, 5580},
	{"hootenanny", "jobs", WIRE_ROLE_HINTS, 5581},
	{"hootenanny", "broadcasts", WIRE_ROLE_EVENTS, 5582},
};
const size_t wire_n_socket_rows = COUNT_OF(wire_socket_rows);

const char *wire_role_socket(const char *daemon, enum wire_role role)
{
	const char *requests = NULL;
	for (size_t i = 0; i < wire_n_socket_rows; i++) {
		const struct wire_socket_row *row = &wire_socket_rows[i];
		if (strcmp(row->daemon, daemon) != 0)
			continue;
		if (row->role == role)
			return row->socket;
		if (row->role == WIRE_ROLE_REQUESTS)
			requests = row->socket;
	}
	return requests;
}

/* The row, and how many rows of the same daemon stand before it. */
static const struct wire_socket_row *find_row(const char *daemon, const char *socket,
					      int *ret_index)
{
	int index = 0;
	for (size_t i = 0; i < wire_n_socket_rows; i++) {
		const struct wire_socket_row *row = &wire_socket_rows[i];
		if (strcmp(row->daemon, daemon) != 0)
			continue;
		if (strcmp(row->socket, socket) == 0) {
			*ret_index = index;
			return row;
		}
		index++;
	}
	return NULL;
}

static int bind_tcp(const char *bind, int index, char ret[WIRE_ENDPOINT_SIZE], struct err *err)
{
	const char *colon = strrchr(bind, ':');
	int64_t port;
	int r = str_to_int(colon + 1, &port);
	if (r == 0 && port)
		port += index;
	if (r < 0 || port > 65535)
		return err_field(err, -EINVAL, "bind", "'%s' leaves no port for socket %d", bind,
				 index + 1);
	(void)snprintf(ret, WIRE_ENDPOINT_SIZE, "%.*s:%d", (int)(colon - bind), bind, (int)port);
	return 0;
}

int wire_bind_endpoint(const char *bind, const char *daemon, const char *socket,
		       char ret[WIRE_ENDPOINT_SIZE], struct err *err)
{
	int index = 0;
	const struct wire_socket_row *row = find_row(daemon, socket, &index);
	if (!row)
		return err_set(err, -ENOENT, "%s has no socket '%s'", daemon, socket);
	if (!bind || !bind[0]) {
		(void)snprintf(ret, WIRE_ENDPOINT_SIZE, "tcp://127.0.0.1:%d", row->port);
		return 0;
	}
	int r = wire_endpoint_check(bind, err);
	if (r < 0)
		return err_wrap(err, r, "--bind");
	if (str_starts(bind, "tcp://"))
		return bind_tcp(bind, index, ret, err);
	if (snprintf(ret, WIRE_ENDPOINT_SIZE, "%s-%s", bind, socket) >= WIRE_ENDPOINT_SIZE)
		return err_field(err, -EINVAL, "bind", "'%s' is too long", bind);
	return wire_endpoint_check(ret, err);
}

static int beside_tcp(const char *endpoint, int steps, char ret[WIRE_ENDPOINT_SIZE], struct err *err)
{
	const char *colon = strrchr(endpoint, ':');
	int64_t port;
	if (str_to_int(colon + 1, &port) < 0 || port + steps < 1 || port + steps > 65535)
		return err_set(err, -EINVAL, "'%s' leaves no port for a socket beside it", endpoint);
	(void)snprintf(ret, WIRE_ENDPOINT_SIZE, "%.*s:%d", (int)(colon - endpoint), endpoint, (int)(port + steps));
	return 0;
}

int wire_beside_endpoint(const char *endpoint, const char *daemon, const char *socket, const char *other,
			 char ret[WIRE_ENDPOINT_SIZE], struct err *err)
{
	int at = 0, to = 0;
	if (!find_row(daemon, socket, &at) || !find_row(daemon, other, &to))
		return err_set(err, -ENOENT, "%s has no socket '%s' or '%s'", daemon, socket, other);
	int r = wire_endpoint_check(endpoint, err);
	if (r < 0)
		return r;
	if (str_starts(endpoint, "tcp://"))
		return beside_tcp(endpoint, to - at, ret, err);
	size_t n = strlen(endpoint), n_name = strlen(socket);
	if (!str_ends(endpoint, socket) || endpoint[n - n_name - 1] != '-')
		return err_set(err, -EINVAL, "'%s' does not end with '-%s', so that nobody knows where the others are", endpoint, socket);
	if (snprintf(ret, WIRE_ENDPOINT_SIZE, "%.*s%s", (int)(n - n_name), endpoint, other) >= WIRE_ENDPOINT_SIZE)
		return err_set(err, -EINVAL, "'%s' is too long", endpoint);
	return wire_endpoint_check(ret, err);
}
