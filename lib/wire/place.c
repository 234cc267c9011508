#include "wire/place.h"

#include "base/str.h"
#include "wire/endpoints_watch.h"

#include <string.h>

#define LOOK_MS 1000

struct wire_place {
	struct wire_loop *loop;
	struct wire_family *family;
	char daemon[64], socket[32];
	char endpoint[WIRE_ENDPOINT_SIZE];
	wire_loop_fn *changed;
	void *arg;
	struct endpoints_watch *watch;
	struct wire_timer *timer; /* where the kernel does not tell */
	bool looking;
};

static void file_changed(void *arg)
{
	struct wire_place *p = arg;
	if (p->looking)
		p->changed(p->arg);
}

static void time_passed(void *arg)
{
	struct wire_place *p = arg;
	if (p->looking)
		p->changed(p->arg);
}

int wire_place_new(const struct wire_place_options *o, wire_loop_fn *changed, void *arg,
		   struct wire_place **ret, struct err *err)
{
	AUTO(wire_place) p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "place");
	p->loop = o->loop;
	p->family = o->family;
	p->changed = changed;
	p->arg = arg;
	int r = 0;
	if (o->family) {
		if (!str_copy(p->daemon, sizeof(p->daemon), o->daemon) ||
		    !str_copy(p->socket, sizeof(p->socket), o->socket))
			return err_set(err, -EINVAL, "daemon or socket name is too long");
		r = endpoints_watch_new(o->loop, o->family, file_changed, p, &p->watch, err);
		if (r == 0)
			r = wire_timer_new(o->loop, time_passed, p, &p->timer, err);
	} else {
		r = wire_endpoint_check(o->endpoint, err);
		(void)str_copy(p->endpoint, sizeof(p->endpoint), o->endpoint);
	}
	if (r < 0)
		return r;
	*ret = TAKE(p);
	return 0;
}

void wire_place_free(struct wire_place *p)
{
	if (!p)
		return;
	endpoints_watch_free(p->watch);
	wire_timer_free(p->timer);
	free(p);
}

void wire_place_look(struct wire_place *p, bool on)
{
	if (p->looking == on)
		return;
	p->looking = on;
	if (p->timer && on)
		wire_timer_repeat(p->timer, LOOK_MS);
	else if (p->timer)
		wire_timer_stop(p->timer);
}

int wire_place_find(struct wire_place *p, char ret[WIRE_ENDPOINT_SIZE], struct err *err)
{
	if (p->family)
		return wire_family_lookup(p->family, p->daemon, p->socket, ret, err);
	memcpy(ret, p->endpoint, WIRE_ENDPOINT_SIZE);
	return 0;
}

const char *wire_place_name(const struct wire_place *p)
{
	return p->family ? p->daemon : p->endpoint;
}
