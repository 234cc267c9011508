/*
 * reach.h - one daemon of the family, asked and waited for.
 *
 * Endpoints: $HOLLER_<DAEMON> (HOLLER_CHAOSGARDEN …) when it is set, so that a daemon without a family can be asked; else
 *            the family's endpoints.json. The socket is the daemon's first ROUTER in the table of sockets.
 * Errors:    -EAGAIN at once when the daemon is not running (nobody waits for what was not started), -EINVAL for a daemon
 *            that does not exist, with the nearest name.
 */
#ifndef HOLLER_REACH_H
#define HOLLER_REACH_H

#include "command.h"

#include "wire/client.h"
#include "wire/family.h"

struct reach {
	struct wire_family *family;
	struct wire_client *client;
};

int reach_open(const struct holler *h, const char *daemon, struct reach *ret, struct err *err);
/* The same through another of its sockets, for which the environment has no endpoint. */
int reach_socket(const struct holler *h, const char *daemon, const char *socket, struct reach *ret, struct err *err);
void reach_close(struct reach *r);
#define AUTO_REACH __attribute__((cleanup(reach_close))) struct reach

/* The daemons that could be running, in the order of the table of sockets; returns how many. */
size_t reach_daemons(const char **ret, size_t room);
/* Whether the daemon can be reached now. */
bool reach_running(const struct holler *h, const char *daemon);

/* Prints JSON text: as it is with --json, indented without; 0 or -EIO. */
int holler_print_json(const struct holler *h, const char *text, size_t n, struct err *err);

#endif
