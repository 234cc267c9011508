#include "reach.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEADLINE_MS 30000

static const struct wire_socket_row *first_socket(const char *daemon)
{
	for (size_t i = 0; i < wire_n_socket_rows; i++)
		if (strcmp(wire_socket_rows[i].daemon, daemon) == 0)
			return &wire_socket_rows[i];
	return NULL;
}

size_t reach_daemons(const char **ret, size_t room)
{
	size_t n = 0;
	for (size_t i = 0; i < wire_n_socket_rows && n < room; i++)
		if (n == 0 || strcmp(ret[n - 1], wire_socket_rows[i].daemon) != 0)
			ret[n++] = wire_socket_rows[i].daemon;
	return n;
}

/* $HOLLER_CHAOSGARDEN; NULL when it is not set. */
static const char *from_environment(const char *daemon)
{
	char name[64];
	int n = snprintf(name, sizeof(name), "HOLLER_%s", daemon);
	for (int i = 0; i < n && name[i]; i++)
		name[i] = (char)toupper((unsigned char)name[i]);
	const char *v = getenv(name);
	return v && *v ? v : NULL;
}

static int unknown_daemon(const char *daemon, struct err *err)
{
	const char *names[16];
	size_t n = reach_daemons(names, COUNT_OF(names));
	const char *nearest = str_nearest(daemon, names, n);
	int r = err_field(err, -EINVAL, "daemon", "there is no daemon '%s'", daemon);
	return nearest ? err_hint(err, r, "did you mean '%s'?", nearest) : r;
}

static int check_running(struct wire_family *f, const char *daemon, struct err *err)
{
	struct wire_family_daemon d;
	struct err ignored = ERR_INIT;
	if (wire_family_find(f, daemon, &d, &ignored) == 0 && d.running)
		return 0;
	int r = err_set(err, -EAGAIN, "%s is not running in '%s'", daemon, wire_family_dir(f));
	return err_hint(err, r, "start the family with: holler up");
}

static int reach_at(const struct holler *h, const char *endpoint, const char *daemon, const char *socket, struct reach *ret,
		    struct err *err)
{
	AUTO_REACH reach = { NULL, NULL };
	struct wire_client_options o = {
		.name = "holler",
		.endpoint = endpoint,
		.actor = h->actor,
		.default_deadline_ms = DEADLINE_MS,
	};
	if (!o.endpoint) {
		int r = wire_family_open(h->family, false, &reach.family, err);
		if (r == 0)
			r = check_running(reach.family, daemon, err);
		if (r == -ENOENT)
			(void)err_hint(err, r, "start a family with: holler up");
		if (r < 0)
			return r;
		o.family = reach.family;
		o.daemon = daemon;
		o.socket = socket;
	}
	int r = wire_client_new(&o, &reach.client, err);
	if (r < 0)
		return r;
	*ret = reach;
	reach = (struct reach){ NULL, NULL };
	return 0;
}

int reach_open(const struct holler *h, const char *daemon, struct reach *ret, struct err *err)
{
	const struct wire_socket_row *socket = first_socket(daemon);
	return socket ? reach_at(h, from_environment(daemon), daemon, socket->socket, ret, err) : unknown_daemon(daemon, err);
}

int reach_socket(const struct holler *h, const char *daemon, const char *socket, struct reach *ret, struct err *err)
{
	return reach_at(h, NULL, daemon, socket, ret, err);
}

void reach_close(struct reach *r)
{
	wire_client_free(r->client);
	wire_family_free(r->family);
	*r = (struct reach){ NULL, NULL };
}

bool reach_running(const struct holler *h, const char *daemon)
{
	if (from_environment(daemon))
		return true;
	struct wire_family *f = NULL;
	struct err ignored = ERR_INIT;
	bool running = wire_family_open(h->family, false, &f, &ignored) == 0 &&
		       check_running(f, daemon, &ignored) == 0;
	wire_family_free(f);
	return running;
}

int holler_print_json(const struct holler *h, const char *text, size_t n, struct err *err)
{
	AUTO_STRBUF out = STRBUF_INIT;
	AUTO_JSON json_t *j = NULL;
	int r = json_parse(text, n, &j, err);
	if (r == 0)
		r = json_write(&out, j, h->json ? JSON_OUT_COMPACT : JSON_OUT_PRETTY);
	if (r < 0)
		return err_wrap(err, r, "print the answer");
	if (fwrite(out.s, 1, out.n, stdout) != out.n || putchar('\n') == EOF || fflush(stdout) != 0)
		return err_set(err, -EIO, "standard output is closed");
	return 0;
}
