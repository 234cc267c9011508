/*
 * place.h - where a peer listens: a fixed endpoint, or a daemon's socket as the family's
 * endpoints.json has it now.
 *
 * Looking:   wire_place_changed callbacks come when endpoints.json was replaced (inotify) and
 *            once a second, for folders whose changes the kernel does not see, while looking is
 *            on.
 * Ownership: the family is borrowed.
 * Threads:   the loop's.
 */
#ifndef WIRE_PLACE_H
#define WIRE_PLACE_H

#include "wire/family.h"

struct wire_place;

struct wire_place_options {
	struct wire_loop *loop;
	struct wire_family *family; /* NULL: `endpoint` */
	const char *daemon, *socket;
	const char *endpoint;
};

int wire_place_new(const struct wire_place_options *o, wire_loop_fn *changed, void *arg,
		   struct wire_place **ret, struct err *err);
void wire_place_free(struct wire_place *p);
AUTO_DEFINE(wire_place);
void wire_place_look(struct wire_place *p, bool on);
/* 0, or -ENOENT while the daemon is not there. */
int wire_place_find(struct wire_place *p, char ret[WIRE_ENDPOINT_SIZE], struct err *err);
/* For messages: "chaosgarden" or the endpoint. */
const char *wire_place_name(const struct wire_place *p);

#endif
