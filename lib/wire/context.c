/*
 * context.c - the ZeroMQ context, and the thread that says whose CURVE key may connect (ZAP,
 * ZeroMQ RFC 27).
 */
#include "wire/context.h"

#include "base/rng.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define KEY_BYTES 32
/* Version, request id, domain, address, identity, mechanism, credentials. */
#define ZAP_FRAMES      7
#define ZAP_FRAME_BYTES 256

struct domain {
	char name[32];
	uint8_t (*keys)[KEY_BYTES];
	size_t n_keys;
};

struct wire_context {
	void *zmq;
	pthread_mutex_t lock; /* of domains and keys */
	struct domain *domains;
	size_t n_domains, room;
	pthread_t zap;
	bool zap_runs;
	struct wire_curve keys; /* under the lock */
	bool has_keys;
	atomic_ulong number; /* relaxed: only has to differ */
};

extern const char wire_tsan_linked; /* see tsan.c */

int wire_context_new(struct wire_context **ret, struct err *err)
{
	(void)*(const volatile char *)&wire_tsan_linked;
	AUTO(wire_context) c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, -ENOMEM, "messaging context");
	pthread_mutex_init(&c->lock, NULL);
	c->zmq = zmq_ctx_new();
	if (!c->zmq)
		return err_set(err, -ENOMEM, "messaging context");
	*ret = TAKE(c);
	return 0;
}

enum { URGENT = 2 }; /* the audio thread has 20 */

bool wire_thread_urgent(void)
{
	const struct sched_param priority = {.sched_priority = URGENT};
	return pthread_setschedparam(pthread_self(), SCHED_RR, &priority) == 0;
}

/* libzmq aborts when it may not: so this thread tries first, and goes back to what it was. */
bool wire_context_urgent(struct wire_context *c)
{
	struct sched_param was;
	int policy;
	if (pthread_getschedparam(pthread_self(), &policy, &was) != 0 || !wire_thread_urgent())
		return false;
	(void)pthread_setschedparam(pthread_self(), policy, &was); /* it is the lesser one */
	return zmq_ctx_set(c->zmq, ZMQ_THREAD_SCHED_POLICY, SCHED_RR) == 0 && zmq_ctx_set(c->zmq, ZMQ_THREAD_PRIORITY, URGENT) == 0;
}

void wire_context_free(struct wire_context *c)
{
	if (!c)
		return;
	if (c->zmq && c->zap_runs) {
		zmq_ctx_shutdown(c->zmq);
		pthread_join(c->zap, NULL);
	}
	while (c->zmq && zmq_ctx_term(c->zmq) < 0 && errno == EINTR)
		;
	for (size_t i = 0; i < c->n_domains; i++)
		free(c->domains[i].keys);
	free(c->domains);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void *wire_context_zmq(struct wire_context *c)
{
	return c->zmq;
}

unsigned long wire_context_number(struct wire_context *c)
{
	return atomic_fetch_add_explicit(&c->number, 1, memory_order_relaxed);
}

void wire_context_set_keys(struct wire_context *c, const struct wire_curve *keys)
{
	pthread_mutex_lock(&c->lock);
	if (!c->has_keys)
		c->keys = *keys;
	c->has_keys = true;
	pthread_mutex_unlock(&c->lock);
}

bool wire_context_keys(struct wire_context *c, struct wire_curve *ret)
{
	pthread_mutex_lock(&c->lock);
	bool has = c->has_keys;
	if (has)
		*ret = c->keys;
	pthread_mutex_unlock(&c->lock);
	return has;
}

/* --- who may connect -------------------------------------------------------------------------- */

struct zap_frame {
	uint8_t v[ZAP_FRAME_BYTES];
	size_t n;
};

/*
 * One request; 0, or -1 when the context shuts down. Frames beyond the last are read and
 * forgotten.
 */
static int zap_receive(void *s, struct zap_frame f[ZAP_FRAMES], size_t *ret_n)
{
	size_t n = 0;
	int more = 1;
	while (more) {
		struct zap_frame spare, *to = n < ZAP_FRAMES ? &f[n] : &spare;
		int got = zmq_recv(s, to->v, sizeof(to->v), 0);
		if (got < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		to->n = (size_t)got < sizeof(to->v) ? (size_t)got : sizeof(to->v);
		n++;
		size_t size = sizeof(more);
		if (zmq_getsockopt(s, ZMQ_RCVMORE, &more, &size) < 0)
			return -1;
	}
	*ret_n = n;
	return 0;
}

static bool frame_is(const struct zap_frame *f, const char *text)
{
	return f->n == strlen(text) && memcmp(f->v, text, f->n) == 0;
}

static bool key_is_known(struct wire_context *c, const struct zap_frame *domain,
			 const struct zap_frame *key)
{
	bool known = false;
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->n_domains && !known; i++) {
		const struct domain *d = &c->domains[i];
		if (!frame_is(domain, d->name))
			continue;
		for (size_t k = 0; k < d->n_keys && !known; k++)
			known = key->n == KEY_BYTES && memcmp(key->v, d->keys[k], KEY_BYTES) == 0;
	}
	pthread_mutex_unlock(&c->lock);
	return known;
}

static void zap_answer(void *s, const struct zap_frame *request_id, bool ok)
{
	const char *const status = ok ? "200" : "400", *const text =
							       ok ? "OK" : "key is not on the list";
	(void)zmq_send(s, "1.0", 3, ZMQ_SNDMORE);
	(void)zmq_send(s, request_id->v, request_id->n, ZMQ_SNDMORE);
	(void)zmq_send(s, status, 3, ZMQ_SNDMORE);
	(void)zmq_send(s, text, strlen(text), ZMQ_SNDMORE);
	(void)zmq_send(s, "", 0, ZMQ_SNDMORE);
	(void)zmq_send(s, "", 0, 0);
}

struct zap_start {
	struct wire_context *context;
	void *socket;
};

static void *zap_run(void *arg)
{
	struct zap_start start = *(struct zap_start *)arg;
	free(arg);
	struct zap_frame f[ZAP_FRAMES];
	size_t n;
	while (zap_receive(start.socket, f, &n) == 0) {
		bool ok = n == ZAP_FRAMES && frame_is(&f[0], "1.0") && frame_is(&f[5], "CURVE") &&
			  key_is_known(start.context, &f[2], &f[6]);
		zap_answer(start.socket, &f[1], ok);
	}
	zmq_close(start.socket);
	return NULL;
}

static int zap_start(struct wire_context *c, struct err *err)
{
	struct zap_start *start = malloc(sizeof(*start));
	if (!start)
		return err_set(err, -ENOMEM, "CURVE keys");
	void *s = zmq_socket(c->zmq, ZMQ_REP);
	if (!s || zmq_bind(s, "inproc://zeromq.zap.01") < 0) {
		int r = err_set(err, -EIO, "cannot answer for CURVE keys: %s", zmq_strerror(errno));
		if (s)
			zmq_close(s);
		free(start);
		return r;
	}
	int linger = 0;
	(void)zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof(linger));
	*start = (struct zap_start){c, s};
	int r = pthread_create(&c->zap, NULL, zap_run, start);
	if (r) {
		zmq_close(s);
		free(start);
		return err_set(err, -r, "cannot start the thread for CURVE keys");
	}
	c->zap_runs = true;
	return 0;
}

static int domain_init(struct domain *d, const struct wire_curve *curve, size_t number,
		       struct err *err)
{
	(void)snprintf(d->name, sizeof(d->name), "d%zu", number);
	d->n_keys = curve->n_allowed ? curve->n_allowed : 1;
	d->keys = mem_new_array(d->n_keys, KEY_BYTES);
	if (!d->keys)
		return err_set(err, -ENOMEM, "CURVE keys");
	for (size_t i = 0; i < d->n_keys; i++) {
		const char *text = curve->n_allowed ? curve->allowed[i] : curve->public_key;
		if (strlen(text) != 40 || !zmq_z85_decode(d->keys[i], text)) {
			free(d->keys);
			return err_set(err, -EINVAL, "allowed key %zu is no CURVE key", i + 1);
		}
	}
	return 0;
}

int wire_context_allow(struct wire_context *c, const struct wire_curve *curve, char ret_domain[32],
		       struct err *err)
{
	pthread_mutex_lock(&c->lock);
	int r = mem_grow(&c->domains, &c->room, c->n_domains + 1, sizeof(*c->domains));
	if (r < 0)
		(void)err_set(err, r, "CURVE keys");
	if (r == 0)
		r = domain_init(&c->domains[c->n_domains], curve, c->n_domains, err);
	if (r == 0)
		memcpy(ret_domain, c->domains[c->n_domains++].name, 32);
	if (r == 0 && !c->zap_runs)
		r = zap_start(c, err);
	pthread_mutex_unlock(&c->lock);
	return r;
}

int wire_curve_make(struct wire_curve *ret, struct err *err)
{
	struct wire_curve c = {.n_allowed = 0};
	if (zmq_curve_keypair(c.public_key, c.secret_key) < 0)
		return err_set(err, -ENOTSUP, "this libzmq cannot make CURVE keys");
	*ret = c;
	return 0;
}

int wire_curve_check(const struct wire_curve *c, struct err *err)
{
	uint8_t bytes[KEY_BYTES];
	char public_key[41];
	if (strlen(c->public_key) != 40 || !zmq_z85_decode(bytes, c->public_key))
		return err_set(err, -EINVAL,
			       "the public key is no CURVE key (40 characters of Z85)");
	if (strlen(c->secret_key) != 40 || zmq_curve_public(public_key, c->secret_key) < 0)
		return err_set(err, -EINVAL,
			       "the secret key is no CURVE key (40 characters of Z85)");
	if (strcmp(public_key, c->public_key) != 0)
		return err_set(err, -EINVAL, "the public key does not belong to the secret key");
	if (c->server_key[0] &&
	    (strlen(c->server_key) != 40 || !zmq_z85_decode(bytes, c->server_key)))
		return err_set(err, -EINVAL,
			       "the server's key is no CURVE key (40 characters of Z85)");
	return 0;
}
