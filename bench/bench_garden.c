/*
 * bench_garden.c - what a query costs the music: a running chaosgarden with 100,000 regions, asked about all of them without pause.
 *
 * Ours:      while two clients ask garden_query one scan after the other: the processor time of the audio thread's cycles, and the
 *            round trip of a command on the control socket, sent every 10 ms.
 * Reference: the same garden, playing the same, with nobody asking; the two take turns, ROUNDS times.
 * Output:    one JSON object a figure (see tools/bench). Cycles are told to an eighth: that is the width of the engine's bins.
 */
#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "program.h"
#include "rt/cycle_times.h"
#include "wire/client.h"
#include "wire/family.h"

#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

enum { N_REGIONS = 100000, OPS = 1000, N_ASKING = 2, ROUNDS = 4, ROUND_MS = 6000, EVERY_MS = 10, NICE = 19, RATE_HZ = 48000 };

static const char query[] = "{\"type\":\"garden_query\",\"limit\":10000,\"query\":\"{ Region { region_id @output "
			    "name @filter(op: \\\"has_suffix\\\", value: [\\\"$end\\\"]) } }\",\"variables\":{\"end\":\"77\"}}";

static struct wire_client *client(struct wire_family *family, const char *socket)
{
	struct wire_client *c;
	struct err err = ERR_INIT;
	const struct wire_client_options o = {.name = "bench", .family = family, .daemon = "chaosgarden", .socket = socket, .actor = "bench"};
	if (wire_client_new(&o, &c, &err) < 0)
		fail(err_msg(&err));
	return c;
}

static json_t *ask(struct wire_client *c, const char *payload, size_t n)
{
	AUTO_STRBUF answer = STRBUF_INIT;
	struct err err = ERR_INIT;
	json_t *j = NULL;
	if (wire_client_call_json(c, payload, n, NULL, &answer, &err) < 0 || json_parse(answer.s, answer.n, &j, &err) < 0)
		fail(err_msg(&err));
	return j;
}

static void tell(struct wire_client *c, const char *payload)
{
	json_decref(ask(c, payload, strlen(payload)));
}

/* ---- the music ---- */

/* Two seconds of a sine, as 16 bit. */
static void write_sound(const char *path)
{
	enum { N = 2 * RATE_HZ };
	const uint32_t bytes = N * 2, all = bytes + 36, rate = RATE_HZ, byte_rate = RATE_HZ * 2, size = 16;
	const uint16_t format[] = {1, 1}, frame[] = {2, 16};
	FILE *f = fopen(path, "wb");
	bool good = f && fwrite("RIFF", 4, 1, f) && fwrite(&all, 4, 1, f) && fwrite("WAVEfmt ", 8, 1, f) && fwrite(&size, 4, 1, f) &&
		    fwrite(format, 4, 1, f) && fwrite(&rate, 4, 1, f) && fwrite(&byte_rate, 4, 1, f) && fwrite(frame, 4, 1, f) &&
		    fwrite("data", 4, 1, f) && fwrite(&bytes, 4, 1, f);
	for (int i = 0; good && i < N; i++) {
		int16_t v = (int16_t)(3000 * sin(i * 440.0 * 6.283185307179586 / RATE_HZ));
		good = fwrite(&v, 2, 1, f) == 1;
	}
	if (!good || fclose(f) != 0)
		fail(path);
}

/* Four of them sound at any time. */
static void fill(struct wire_client *shell, const char *sound)
{
	for (int at = 0; at < N_REGIONS; at += OPS) {
		AUTO_STRBUF b = STRBUF_INIT;
		(void)strbuf_adds(&b, "{\"type\":\"timeline_edit\",\"ops\":[");
		for (int i = at; i < at + OPS; i++)
			(void)strbuf_addf(&b,
					  "%s{\"op\":\"region_create\",\"name\":\"part %d\",\"position_beats\":%g,\"duration_beats\":1,\"tags\":[\"%s\"],"
					  "\"content\":{\"path\":\"%s\"}}",
					  i > at ? "," : "", i % 5000, i * 0.25, i % 3 ? "verse" : "chorus", sound);
		(void)strbuf_adds(&b, "]}");
		if (!strbuf_ok(&b))
			fail("memory");
		json_decref(ask(shell, b.s, b.n));
	}
}

/* ---- who asks ---- */

struct asking {
	struct wire_family *family;
	_Atomic bool on, over;
	_Atomic long n_answered, n_bytes;
};

static void *ask_on(void *arg)
{
	struct asking *a = arg;
	AUTO(wire_client) c = client(a->family, "query");
	AUTO_STRBUF answer = STRBUF_INIT;
	struct err err = ERR_INIT;
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* reading answers is not what is measured */
	while (!atomic_load(&a->over)) {
		if (!atomic_load(&a->on)) {
			(void)poll(NULL, 0, EVERY_MS); /* until the round begins */
			continue;
		}
		strbuf_clear(&answer);
		if (wire_client_call_json(c, query, sizeof(query) - 1, NULL, &answer, &err) < 0)
			fail(err_msg(&err));
		atomic_fetch_add(&a->n_answered, 1);
		atomic_fetch_add(&a->n_bytes, (long)answer.n);
	}
	return NULL;
}

/* ---- what it costs ---- */

struct cost {
	struct cycle_times cycles;
	double *trips_us;
	size_t n_trips, room;
	int64_t late;
};

static void read_cycles(struct wire_client *shell, struct cycle_times *ret)
{
	static const char dump[] = "{\"type\":\"debug_dump\"}";
	AUTO_JSON json_t *j = ask(shell, dump, sizeof(dump) - 1);
	const json_t *bins = json_object_get(json_object_get(json_object_get(j, "dump"), "cycle_times"), "bins");
	*ret = (struct cycle_times){0};
	for (size_t i = 0; i < json_array_size(bins); i++) {
		const json_t *bin = json_array_get(bins, i);
		uint32_t at = cycle_times_bin(json_integer_value(json_array_get(bin, 0)) - 1);
		ret->n[at] = (uint64_t)json_integer_value(json_array_get(bin, 1));
	}
}

static void round_of(struct wire_client *shell, struct wire_client *control, struct cost *cost)
{
	static const char command[] = "{\"type\":\"control_interrupt\"}";
	struct cycle_times before, after, since;
	const int64_t end = clock_monotonic_ns(clock_system()) + ROUND_MS * NS_PER_MS;
	read_cycles(shell, &before);
	for (int64_t now; (now = clock_monotonic_ns(clock_system())) < end;) {
		json_decref(ask(control, command, sizeof(command) - 1));
		if (mem_grow(&cost->trips_us, &cost->room, cost->n_trips + 1, sizeof(*cost->trips_us)) < 0)
			fail("memory");
		cost->trips_us[cost->n_trips++] = (double)(clock_monotonic_ns(clock_system()) - now) / 1e3;
		(void)poll(NULL, 0, EVERY_MS); /* a command now and then, as people send them */
	}
	read_cycles(shell, &after);
	cycle_times_since(&after, &before, &since);
	for (uint32_t i = 0; i < CYCLE_TIMES_BINS; i++)
		cost->cycles.n[i] += since.n[i];
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static double trip_us(struct cost *c, double part)
{
	qsort(c->trips_us, c->n_trips, sizeof(*c->trips_us), by_value);
	return c->trips_us[(size_t)(part * (double)(c->n_trips - 1))];
}

static void say(const char *name, double ours, double reference, const char *target)
{
	printf("{\"name\":\"asked garden: %s\",\"ours\":%.1f,\"reference\":%.1f,\"ratio\":%.2f,\"unit\":\"us\",\"target\":\"%s\"}\n", name, ours,
	       reference, ours / reference, target);
}

static void say_cycles(const char *name, const struct cost *asked, const struct cost *quiet, double part, const char *target)
{
	say(name, (double)cycle_times_quantile_ns(&asked->cycles, part) / 1e3, (double)cycle_times_quantile_ns(&quiet->cycles, part) / 1e3,
	    target);
}

static void measure(struct wire_family *family, struct wire_client *shell, struct cost *quiet, struct cost *asked)
{
	struct asking a = {.family = family};
	pthread_t threads[N_ASKING];
	AUTO(wire_client) control = client(family, "control");
	for (int i = 0; i < N_ASKING; i++)
		if (pthread_create(&threads[i], NULL, ask_on, &a) != 0)
			fail("thread");
	for (int round = 0; round < ROUNDS; round++) {
		round_of(shell, control, quiet);
		atomic_store(&a.on, true);
		round_of(shell, control, asked);
		atomic_store(&a.on, false);
	}
	atomic_store(&a.over, true);
	for (int i = 0; i < N_ASKING; i++)
		(void)pthread_join(threads[i], NULL);
	fprintf(stderr, "bench_garden: %ld queries over %d regions, answers of %ld bytes\n", atomic_load(&a.n_answered), N_REGIONS,
		atomic_load(&a.n_bytes) / atomic_load(&a.n_answered));
}

struct place {
	const char *family, *sound;
};

static void compare(const void *arg)
{
	const struct place *p = arg;
	struct err err = ERR_INIT;
	struct cost quiet = {0}, asked = {0};
	AUTO(wire_family) family = NULL;
	if (wire_family_open(p->family, false, &family, &err) < 0)
		fail(err_msg(&err));
	AUTO(wire_client) shell = client(family, "shell");
	fill(shell, p->sound);
	tell(shell, "{\"type\":\"transport_play\"}");
	measure(family, shell, &quiet, &asked);
	say_cycles("a cycle, p50", &asked, &quiet, 0.5, "-");
	say_cycles("a cycle, p99.9", &asked, &quiet, 0.999, "<= 1.15");
	say("a control command, p50", trip_us(&asked, 0.5), trip_us(&quiet, 0.5), "-");
	say("a control command, p99", trip_us(&asked, 0.99), trip_us(&quiet, 0.99), "<= 2");
	free(quiet.trips_us);
	free(asked.trips_us);
}

int main(void)
{
	struct err err = ERR_INIT;
	char *AUTO_MEM dir = NULL;
	if (fs_temp_dir(NULL, "bench-garden", &dir, &err) < 0)
		fail(err_msg(&err));
	char *AUTO_MEM where = fs_join(dir, "family"), *AUTO_MEM sound = fs_join(dir, "a.wav");
	if (!where || !sound)
		fail("memory");
	write_sound(sound);
	RUN("holler", "--family", where, "up", "--detach", "--bind", "tcp://127.0.0.1:0", "--device", "null");
	int r = beside(compare, &(struct place){where, sound});
	RUN("holler", "--family", where, "down");
	(void)fs_remove_tree(dir, &err); /* a leftover in the temporary folder spoils nothing */
	return r < 0;
}
