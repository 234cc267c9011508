/*
 * endpoint.c - what an endpoint may look like, and who can reach it. See socket.h.
 */
#include "wire/socket.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <string.h>

#define IPC_PATH_MAX 107 /* sun_path without its NUL */

/* "HOST:PORT" after tcp://: the host into ret (brackets taken off), the port checked. */
static int split_tcp(const char *s, char ret_host[WIRE_ENDPOINT_SIZE], struct err *err)
{
	const char *colon = strrchr(s, ':');
	int64_t port;
	if (!colon || colon == s)
		return err_set(err, -EINVAL, "'tcp://%s' needs HOST:PORT", s);
	if (str_to_int(colon + 1, &port) < 0 || port < 0 || port > 65535)
		return err_set(err, -EINVAL, "'%s' is no port from 0 to 65535", colon + 1);
	size_t n = (size_t)(colon - s);
	if (s[0] == '[' && s[n - 1] == ']') {
		s++;
		n -= 2;
	}
	memcpy(ret_host, s, n);
	ret_host[n] = '\0';
	if (!n)
		return err_set(err, -EINVAL, "the endpoint has no host");
	return 0;
}

int wire_endpoint_check(const char *endpoint, struct err *err)
{
	char host[WIRE_ENDPOINT_SIZE];
	if (strnlen(endpoint, WIRE_ENDPOINT_SIZE) >= WIRE_ENDPOINT_SIZE)
		return err_set(err, -EINVAL, "the endpoint is longer than %d bytes",
			       WIRE_ENDPOINT_SIZE - 1);
	if (str_starts(endpoint, "tcp://"))
		return split_tcp(endpoint + 6, host, err);
	if (!str_starts(endpoint, "ipc://"))
		return err_set(err, -EINVAL, "'%s' is neither tcp://HOST:PORT nor ipc://PATH",
			       endpoint);
	const char *path = endpoint + 6;
	if (path[0] != '/')
		return err_set(err, -EINVAL, "'%s' needs an absolute path", endpoint);
	if (strlen(path) > IPC_PATH_MAX)
		return err_set(err, -EINVAL, "the path of '%s' has %zu bytes; sockets allow %d",
			       endpoint, strlen(path), IPC_PATH_MAX);
	return 0;
}

bool wire_endpoint_is_local(const char *endpoint)
{
	char host[WIRE_ENDPOINT_SIZE];
	struct in_addr v4;
	struct in6_addr v6;
	if (str_starts(endpoint, "ipc://"))
		return true;
	if (wire_endpoint_check(endpoint, NULL) < 0 || split_tcp(endpoint + 6, host, NULL) < 0)
		return false;
	if (strcmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}
