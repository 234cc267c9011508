/*
 * events.c - holler events: what happens in the family, one line an event.
 */
#include "command.h"
#include "event_line.h"
#include "flags.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/event.h"
#include "wire/family.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define MAX_TOPICS 16

static const char help[] =
	"usage: holler [--family DIR] [--json] events [OPTION]...\n"
	"Print what happens, one line an event, until Ctrl-C: the beat, who tells it, what. Missing events are\n"
	"reported on standard error and made good by a snapshot. Long texts and lists are cut; --json has all.\n\n"
	"  --daemon NAME    only from this one (default: chaosgarden and hootenanny)\n"
	"  --topic PREFIX   only events whose names begin so; may be given several times\n"
	"  --count N        end after N events\n"
	"  --for SECONDS    end after that time\n\n"
	"examples:\n"
	"  holler events --topic latent_ --topic job_\n"
	"  holler --json events --daemon chaosgarden --count 10\n";

struct source {
	struct listen *l;
	const char *name;
	struct wire_subscriber *s;
};

struct listen {
	const struct holler *h;
	const char *topics[MAX_TOPICS], *daemon;
	size_t n_topics;
	int64_t count, n;
	double seconds;
	struct wire_family *family;
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_timer *end;
	struct wire_watch *signals[2];
	struct source sources[2];
	bool broken; /* standard output */
};

static void done(void *arg)
{
	struct listen *l = arg;
	wire_loop_stop(l->loop);
}

static void on_event(void *arg, const struct wire_received *e)
{
	struct source *source = arg;
	struct listen *l = source->l;
	/* Its signs of life are for the subscriber, unless they are asked for. */
	if (!l->n_topics && strcmp(e->name, "daemon_alive") == 0)
		return;
	if (l->count && l->n >= l->count)
		return;
	if (l->h->json) {
		printf("%.*s\n", (int)e->whole.n, e->whole.s);
	} else {
		AUTO_STRBUF line = STRBUF_INIT;
		event_line_draw(e->payload, &line);
		printf("%10.3f  %-12s %-20s%s\n", e->beat, e->sender, e->name, line.s ? line.s : "");
	}
	l->broken |= fflush(stdout) != 0;
	if (l->broken || ++l->n == l->count)
		wire_loop_stop(l->loop);
}

static void on_resync(void *arg, const struct wire_snapshot *s)
{
	const struct source *source = arg;
	fprintf(stderr, "holler events: %s as of event %" PRIu64 "\n", source->name, s->seq);
}

static void on_gap(void *arg, const char *topic, uint64_t lost)
{
	const struct source *source = arg;
	fprintf(stderr, "holler events: %" PRIu64 " %s of %s went missing, catching up\n", lost,
		topic, source->name);
}

static int subscribe(struct listen *l, size_t i, const char *daemon, struct err *err)
{
	struct source *source = &l->sources[i];
	source->l = l;
	source->name = daemon;
	struct wire_subscriber_options o = {.context = l->context,
					    .loop = l->loop,
					    .family = l->family,
					    .daemon = daemon,
					    .topics = l->topics,
					    .n_topics = l->n_topics,
					    .on_event = on_event,
					    .on_resync = on_resync,
					    .on_gap = on_gap,
					    .arg = source};
	return wire_subscriber_new(&o, &source->s, err);
}

static int parse(struct listen *l, int argc, char **argv, struct err *err)
{
	enum { DAEMON = FLAGS_FIRST, TOPIC, COUNT, FOR };
	static const struct flag rows[] = {
		{"--daemon", DAEMON, true}, {"--topic", TOPIC, true}, {"--count", COUNT, true}, {"--for", FOR, true}};
	struct flags f = {"events", rows, COUNT_OF(rows), argc, argv};
	int key, r = 0;
	while (r == 0 && (key = flags_next(&f, err)) != FLAGS_END) {
		if (key == DAEMON)
			l->daemon = f.value;
		else if (key == TOPIC && l->n_topics == MAX_TOPICS)
			r = err_field(err, -E2BIG, "--topic", "at most %d times", MAX_TOPICS);
		else if (key == TOPIC)
			l->topics[l->n_topics++] = f.value;
		else if (key == COUNT)
			r = flags_int(&f, 1, INT64_MAX, &l->count, err);
		else if (key == FOR)
			r = flags_seconds(&f, &l->seconds, err);
		else
			r = key;
	}
	return r;
}

static int open_all(struct listen *l, struct err *err)
{
	int r = wire_family_open(l->h->family, false, &l->family, err);
	if (r == 0)
		r = wire_context_new(&l->context, err);
	if (r == 0)
		r = wire_loop_new(&l->loop, err);
	if (r == 0)
		r = wire_timer_new(l->loop, done, l, &l->end, err);
	if (r == 0)
		r = wire_signal_new(l->loop, SIGINT, done, l, &l->signals[0], err);
	if (r == 0)
		r = wire_signal_new(l->loop, SIGTERM, done, l, &l->signals[1], err);
	if (r == 0)
		r = subscribe(l, 0, l->daemon ? l->daemon : "chaosgarden", err);
	if (r == 0 && !l->daemon)
		r = subscribe(l, 1, "hootenanny", err);
	return r;
}

/* It may have been started on purpose before the family; otherwise the silence would be a riddle. */
static void tell_who_is_awaited(const struct listen *l)
{
	for (size_t i = 0; i < COUNT_OF(l->sources) && l->sources[i].s; i++) {
		struct wire_family_daemon d;
		struct err ignored = ERR_INIT;
		if (wire_family_find(l->family, l->sources[i].name, &d, &ignored) < 0 || !d.running)
			fprintf(stderr, "holler events: %s is not running, waiting for it\n", l->sources[i].name);
	}
}

static void close_all(struct listen *l)
{
	for (size_t i = 0; i < COUNT_OF(l->sources); i++)
		wire_subscriber_free(l->sources[i].s);
	for (size_t i = 0; i < COUNT_OF(l->signals); i++)
		wire_watch_free(l->signals[i]);
	wire_timer_free(l->end);
	wire_loop_free(l->loop);
	wire_context_free(l->context);
	wire_family_free(l->family);
}

int holler_events(const struct holler *h, int argc, char **argv)
{
	struct listen l = {.h = h};
	struct err err = ERR_INIT;
	if (holler_wants_help(argc, argv))
		return fputs(help, stdout) < 0;
	int r = parse(&l, argc, argv, &err);
	if (r == 0)
		r = open_all(&l, &err);
	if (r == 0 && l.seconds > 0)
		wire_timer_start(l.end, (int64_t)(l.seconds * 1e3));
	if (r == 0)
		tell_who_is_awaited(&l);
	if (r == 0)
		r = wire_loop_run(l.loop, &err);
	close_all(&l);
	if (r == 0 && l.broken)
		r = err_set(&err, -EIO, "standard output is closed");
	return r < 0 ? holler_fail(h, "events", &err) : 0;
}
