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
 *   --ill=WHAT    answers for one of the doctor's lines: still (the clock), xruns, late (content), unheard (PipeWire is wanted and not
 *                 used), full (the disk), stranger (another catalogue; a linker --wrap lets it lie about that)
 */
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/codec.h"
#include "wire/schema.h"
#include "wire/family.h"
#include "wire/service.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct standin {
	const char *name, *family, *bind;
	const char *ill;
	bool fail, deaf, silent;
};

static bool stranger;

int __real_wire_catalogue_hash(char ret[WIRE_CATALOGUE_HASH_SIZE], struct err *err);
int __wrap_wire_catalogue_hash(char ret[WIRE_CATALOGUE_HASH_SIZE], struct err *err);
int __wrap_wire_catalogue_hash(char ret[WIRE_CATALOGUE_HASH_SIZE], struct err *err)
{
	int r = __real_wire_catalogue_hash(ret, err);
	if (r == 0 && stranger)
		ret[strlen("sha256:")] = ret[strlen("sha256:")] == '0' ? '1' : '0';
	return r;
}

static int device_status_ill(void *context, const struct wire_call *call, const void *req, void *result, struct err *err)
{
	static int64_t cycles;
	const struct standin *o = context;
	struct device_status_result *ret = result;
	*ret = (struct device_status_result){.kind = VIEW_DEVICE_NULL, .wanted = VIEW_DEVICE_NULL, .name = "stand-in",
					     .rate_hz = 48000, .quantum_frames = 256};
	if (strcmp(o->ill, "still") != 0)
		ret->cycles = ++cycles;
	if (strcmp(o->ill, "xruns") == 0)
		ret->xruns = 3;
	if (strcmp(o->ill, "late") == 0)
		ret->missing_frames = 7;
	if (strcmp(o->ill, "unheard") == 0)
		ret->wanted = VIEW_DEVICE_PIPEWIRE;
	return 0;
}

static int storage_stats_ill(void *context, const struct wire_call *call, const void *req, void *result, struct err *err)
{
	struct storage_stats_result *ret = result;
	*ret = (struct storage_stats_result){.cas_root = "/", .free_bytes = 1 << 20};
	return 0;
}

static const struct wire_handler *handlers_of(const struct standin *o)
{
	static struct wire_handler handlers[WIRE_MESSAGE_COUNT];
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++)
		handlers[i].message = &wire_messages[i];
	handlers[WIRE_MESSAGE_device_status].run = device_status_ill;
	handlers[WIRE_MESSAGE_storage_stats].run = storage_stats_ill;
	return o->ill ? handlers : NULL;
}

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
			.endpoint = endpoint,
			.handlers = row->role == WIRE_ROLE_REQUESTS ? handlers_of(o) : NULL};
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
		.name = o->name, .context = context, .loop = loop, .signals = !o->deaf, .user = (void *)(uintptr_t)o};
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
		else if (str_starts(argv[i], "--ill="))
			o.ill = argv[i] + strlen("--ill=");
		o.fail |= strcmp(argv[i], "--fail") == 0;
		o.deaf |= strcmp(argv[i], "--deaf") == 0;
		o.silent |= strcmp(argv[i], "--silent") == 0;
	}
	if (o.fail)
		return 3;
	stranger = o.ill && strcmp(o.ill, "stranger") == 0;
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
