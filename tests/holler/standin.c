/*
 * standin.c - stands in for a program of the family, by the name it was started under, so that
 * the supervisor can be tested with programs that end when they are told to.
 *
 * hootenanny and chaosgarden announce themselves and answer the standard requests; hoot-worker
 * only stays.
 *
 *   --fail        ends at once with status 3
 *   --deaf        does not listen to SIGTERM
 *   --silent      stays, but neither announces itself nor answers
 */
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/family.h"
#include "wire/service.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct standin {
	const char *name, *family, *bind;
	bool fail, deaf, silent;
};

static int bind_all(struct wire_service *s, struct wire_family *f, const struct standin *o,
		    struct err *err)
{
	struct wire_family_endpoint all[8];
	static char bound[8][WIRE_ENDPOINT_SIZE];
	size_t n = 0;
	int r = 0;
	for (size_t i = 0; i < wire_n_socket_rows && r == 0; i++) {
		const struct wire_socket_row *row = &wire_socket_rows[i];
		char endpoint[WIRE_ENDPOINT_SIZE];
		if (strcmp(row->daemon, o->name) != 0 || row->role == WIRE_ROLE_EVENTS ||
		    row->role == WIRE_ROLE_HINTS)
			continue;
		struct wire_port_options p = {
			.name = row->socket,
			.kind = row->role == WIRE_ROLE_HEARTBEAT ? WIRE_REP : WIRE_ROUTER,
			.endpoint = endpoint};
		r = wire_bind_endpoint(o->bind, o->name, row->socket, endpoint, err);
		if (r == 0)
			r = wire_service_bind(s, &p, bound[n], err);
		all[n] = (struct wire_family_endpoint){row->socket, bound[n]};
		n++;
	}
	return r < 0 ? r
		     : wire_family_announce(f, o->name, wire_service_incarnation(s), all, n, err);
}

static int serve(const struct standin *o, struct err *err)
{
	AUTO(wire_context) context = NULL;
	AUTO(wire_loop) loop = NULL;
	AUTO(wire_family) family = NULL;
	AUTO(wire_service) service = NULL;
	int r = wire_family_open(o->family, true, &family, err);
	if (r == 0)
		r = wire_family_lock(family, o->name, err);
	if (r == 0)
		r = wire_context_new(&context, err);
	if (r == 0)
		r = wire_loop_new(&loop, err);
	struct wire_service_options so = {
		.name = o->name, .context = context, .loop = loop, .signals = !o->deaf};
	if (r == 0)
		r = wire_service_new(&so, &service, err);
	if (r == 0)
		r = bind_all(service, family, o, err);
	if (r == 0)
		r = wire_service_run(service, err);
	if (family)
		(void)wire_family_withdraw(family, o->name, err);
	return r;
}

int main(int argc, char **argv)
{
	struct standin o = {.name = fs_basename(argv[0])};
	struct err err = ERR_INIT;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--family") == 0 && i + 1 < argc)
			o.family = argv[++i];
		else if (strcmp(argv[i], "--bind") == 0 && i + 1 < argc)
			o.bind = argv[++i];
		o.fail |= strcmp(argv[i], "--fail") == 0;
		o.deaf |= strcmp(argv[i], "--deaf") == 0;
		o.silent |= strcmp(argv[i], "--silent") == 0;
	}
	if (o.fail)
		return 3;
	if (o.deaf)
		(void)signal(SIGTERM, SIG_IGN);
	if (o.silent || strcmp(o.name, "hoot-worker") == 0)
		for (;;)
			pause();
	if (serve(&o, &err) == 0)
		return 0;
	fprintf(stderr, "%s: %s\n", o.name, err_msg(&err));
	return 1;
}
