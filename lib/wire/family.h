/*
 * family.h - one family is one performance: a state directory, who may be in it, and where
 * everybody listens.
 *
 * Directory: --family DIR, else $HOOT_FAMILY, else $XDG_STATE_HOME/hootenanny (else
 *            ~/.local/state/hootenanny); made with mode 0700.
 * Locks:     DAEMON.lock is held (a lock of the open file) by the daemon of that name while it
 *            runs, with its pid inside: a second one is refused with -EBUSY, naming the first.
 *            supervisor.lock likewise for `holler up`.
 * Endpoints: endpoints.json, replaced atomically (temporary file, fsync, rename) under
 *            endpoints.lock:
 *            {"version":1,"daemons":{"chaosgarden":{"pid":7,"start":123456,"incarnation":"UUID",
 *              "endpoints":{"shell":"tcp://127.0.0.1:5555",…}}}}
 *            `start` is the process's start time in clock ticks since boot (/proc/PID/stat field
 *            22), so that a pid that was given to somebody else is not mistaken for the daemon.
 * Keys:      curve.json (mode 0600) holds the family's CURVE pair when it was asked for:
 *            {"public_key","secret_key"}.
 * Threads:   a struct wire_family belongs to one thread at a time; the files are safe between
 *            processes.
 * Errors:    -ENOENT (not running), -EBUSY (lock held), -EBADMSG (endpoints.json is damaged, with
 *            the place), errno of files.
 */
#ifndef WIRE_FAMILY_H
#define WIRE_FAMILY_H

#include "wire/socket.h"

#include <sys/types.h>

struct wire_family;

/*
 * `dir` NULL or "": $HOOT_FAMILY or the default. Makes the directory when `create`, else -ENOENT.
 */
int wire_family_open(const char *dir, bool create, struct wire_family **ret, struct err *err);
void wire_family_free(struct wire_family *f);
AUTO_DEFINE(wire_family);
const char *wire_family_dir(const struct wire_family *f);

/*
 * Takes NAME.lock for as long as `f` lives (or the process); -EBUSY names the pid that holds it.
 */
int wire_family_lock(struct wire_family *f, const char *name, struct err *err);
/* The pid that holds NAME.lock, 0 when nobody does. */
int wire_family_holder(struct wire_family *f, const char *name, pid_t *ret, struct err *err);

struct wire_family_endpoint {
	const char *socket; /* "shell" */
	const char *endpoint;
};
/* Writes this process's entry, replacing an older one of the same name. */
int wire_family_announce(struct wire_family *f, const char *daemon, const char *incarnation,
			 const struct wire_family_endpoint *endpoints, size_t n, struct err *err);
/* Takes it out again, if it is still ours. */
int wire_family_withdraw(struct wire_family *f, const char *daemon, struct err *err);

struct wire_family_daemon {
	char name[64];
	pid_t pid;
	uint64_t start;
	bool running; /* the process exists and is the one that announced itself */
	char incarnation[40];
	size_t n_endpoints;
	struct {
		char socket[32];
		char endpoint[WIRE_ENDPOINT_SIZE];
	} endpoints[16];
};
/* -ENOENT when it never announced itself. */
int wire_family_find(struct wire_family *f, const char *daemon, struct wire_family_daemon *ret,
		     struct err *err);
/* Every entry, also stale ones; *ret is malloc'ed. */
int wire_family_list(struct wire_family *f, struct wire_family_daemon **ret, size_t *ret_n,
		     struct err *err);
/* Endpoint of a running daemon's socket; -ENOENT when it is not running or has no such socket. */
int wire_family_lookup(struct wire_family *f, const char *daemon, const char *socket,
		       char ret[WIRE_ENDPOINT_SIZE], struct err *err);

/* The family's key pair; made when `create` and there is none. -ENOENT without. */
int wire_family_curve(struct wire_family *f, bool create, struct wire_curve *ret, struct err *err);

/*
 * Gives the family's keys, when it has any, to the context: its sockets use them for endpoints
 * that other machines can reach. Clients and subscribers with a family do this themselves.
 */
int wire_family_give_keys(struct wire_family *f, struct wire_context *c, struct err *err);

/* A process's start time in clock ticks since boot; -ESRCH when there is no such process. */
int wire_process_start(pid_t pid, uint64_t *ret);

/*
 * What a socket is for. REQUESTS, CONTROL and QUERY are ROUTERs, EVENTS is a PUB, HINTS a PUSH,
 * HEARTBEAT a REP.
 */
enum wire_role {
	WIRE_ROLE_REQUESTS,
	WIRE_ROLE_EVENTS,
	WIRE_ROLE_CONTROL,
	WIRE_ROLE_QUERY,
	WIRE_ROLE_HEARTBEAT,
	WIRE_ROLE_HINTS,
	WIRE_ROLE_COUNT
};

/* Sockets of a daemon in the order of docs/protocol.md's table, with their usual ports. */
struct wire_socket_row {
	const char *daemon, *socket;
	enum wire_role role;
	int port;
};
extern const struct wire_socket_row wire_socket_rows[];
extern const size_t wire_n_socket_rows;
/*
 * The name of the daemon's socket for that; where it has none, of the one for requests; NULL for
 * unknown daemons.
 */
const char *wire_role_socket(const char *daemon, enum wire_role role);
/*
 * The endpoint of one socket of a daemon under --bind: "tcp://HOST:N" gives N, N+1, … in the
 * order of the table (N = 0: all picked), "ipc://PATH" gives ipc://PATH-SOCKET, NULL or "" the
 * usual loopback port.
 */
int wire_bind_endpoint(const char *bind, const char *daemon, const char *socket,
		       char ret[WIRE_ENDPOINT_SIZE], struct err *err);
/*
 * The endpoint of another socket of the daemon whose `socket` is at `endpoint`, by the same rule: right as long as no port was
 * picked. -EINVAL where the rule leaves none, as for an ipc path that does not end with the socket's name.
 */
int wire_beside_endpoint(const char *endpoint, const char *daemon, const char *socket, const char *other,
			 char ret[WIRE_ENDPOINT_SIZE], struct err *err);

#endif
