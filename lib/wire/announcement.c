#include "wire/announcement.h"

#include "base/str.h"
#include "base/uuid.h"
#include "wire/endpoints_watch.h"

#define LOG_TOPIC "wire"
#include "base/log.h"

#include <string.h>
#include <unistd.h>

#define AGAIN_MS 1000

struct wire_announcement {
	struct wire_family *family;
	struct endpoints_watch *watch;
	struct wire_timer *again; /* after a failure */
	struct wire_family_daemon said;
	bool made;
};

static int announce(struct wire_announcement *a, struct err *err)
{
	struct wire_family_endpoint endpoints[COUNT_OF(a->said.endpoints)];
	for (size_t i = 0; i < a->said.n_endpoints; i++)
		endpoints[i] = (struct wire_family_endpoint){ a->said.endpoints[i].socket, a->said.endpoints[i].endpoint };
	return wire_family_announce(a->family, a->said.name, a->said.incarnation, endpoints, a->said.n_endpoints, err);
}

static bool is_there(struct wire_announcement *a)
{
	struct wire_family_daemon d;
	return wire_family_find(a->family, a->said.name, &d, NULL) == 0 && d.pid == getpid() &&
	       str_eq(d.incarnation, a->said.incarnation) && d.n_endpoints == a->said.n_endpoints;
}

static void look(void *arg)
{
	struct wire_announcement *a = arg;
	struct err err = ERR_INIT;
	if (is_there(a))
		return;
	log_warn("our entry in endpoints.json is gone, writing it again");
	if (announce(a, &err) == 0)
		return;
	log_warn("could not write it, trying again", LOG_ERR(&err));
	wire_timer_start(a->again, AGAIN_MS);
}

static int copy(struct wire_family_daemon *d, const char *daemon, const char *incarnation,
		const struct wire_family_endpoint *endpoints, size_t n, struct err *err)
{
	bool ok = n <= COUNT_OF(d->endpoints) && str_copy(d->name, sizeof(d->name), daemon) &&
		  str_copy(d->incarnation, sizeof(d->incarnation), incarnation);
	for (size_t i = 0; ok && i < n; i++)
		ok = str_copy(d->endpoints[i].socket, sizeof(d->endpoints[i].socket), endpoints[i].socket) &&
		     str_copy(d->endpoints[i].endpoint, WIRE_ENDPOINT_SIZE, endpoints[i].endpoint);
	d->n_endpoints = n;
	return ok ? 0 : err_set(err, -EINVAL, "an entry of %s that is too long", daemon);
}

int wire_announcement_new(struct wire_family *f, struct wire_loop *l, const char *daemon, const char *incarnation,
			  const struct wire_family_endpoint *endpoints, size_t n, struct wire_announcement **ret,
			  struct err *err)
{
	AUTO(wire_announcement) a = calloc(1, sizeof(*a));
	if (!a)
		return err_set(err, -ENOMEM, "announcement");
	a->family = f;
	int r = copy(&a->said, daemon, incarnation, endpoints, n, err);
	if (r == 0)
		r = endpoints_watch_new(l, f, look, a, &a->watch, err);
	if (r == 0)
		r = wire_timer_new(l, look, a, &a->again, err);
	if (r == 0)
		r = announce(a, err);
	if (r < 0)
		return r;
	a->made = true;
	*ret = TAKE(a);
	return 0;
}

void wire_announcement_free(struct wire_announcement *a)
{
	if (!a)
		return;
	endpoints_watch_free(a->watch);
	wire_timer_free(a->again);
	if (a->made)
		(void)wire_family_withdraw(a->family, a->said.name, NULL); /* a stale entry names a process that is gone */
	free(a);
}
