/*
 * test_crowd.c - everybody at once: a dozen clients edit, play, render, record, ask, upload and generate in one family, each on
 * connections of its own; afterwards nothing is lost and hootenanny's copy of the garden is the garden.
 *
 * What the clients do does not depend on each other, so what must be left is known however they meet. Under the thread
 * sanitizer (`make race`) it shows what threads of the programs do to each other.
 */
#include "stage.h"

#include "../check.h"

#include "base/base64.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/event.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { TURNS = 24, BEATS = 40, DEADLINE_MS = 120000 };

static struct stage stage;

struct player;
typedef int player_turn_fn(struct player *p, int turn, struct err *err);

struct player {
	const char *daemon, *socket;
	player_turn_fn *turn;
	int number;
	pthread_t thread;
	struct wire_client *client;
	struct wire_family *family;
	int code; /* after the thread's end, with `err` */
	struct err err;
};

/* ---- asking on a thread: errors are returned, for cmocka knows one thread only ---- */

PRINTF(3, 4) static int say(struct player *p, struct err *err, const char *fmt, ...)
{
	char payload[2000];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(payload, sizeof(payload), fmt, ap);
	va_end(ap);
	for (char *c = payload; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	AUTO_STRBUF answer = STRBUF_INIT;
	int r = wire_client_call_json(p->client, payload, strlen(payload), NULL, &answer, err);
	return r < 0 ? err_wrap(err, r, "%.80s", payload) : 0;
}

/* ---- what they do ---- */

/* Makes a region a turn, moves it, and takes every third one away again. */
static int edit(struct player *p, int turn, struct err *err)
{
	int r = say(p, err, "{'type':'region_create','region_id':'crowd-%d-%d','position_beats':%d,'duration_beats':2,'tags':['crowd'],"
			    "'content':{'path':'%s/tune.mid'}}", p->number, turn, turn % BEATS, stage.dir);
	if (r == 0)
		r = say(p, err, "{'type':'region_update','region_id':'crowd-%d-%d','position_beats':%d,'gain':0.5}", p->number, turn,
			(turn + p->number) % BEATS);
	if (r == 0 && turn % 3 == 0)
		r = say(p, err, "{'type':'region_delete','region_id':'crowd-%d-%d'}", p->number, turn);
	return r;
}

static int conduct(struct player *p, int turn, struct err *err)
{
	int r = say(p, err, "{'type':'tempo_set','position_beats':%d,'bpm':%d}", turn % 4 * 8, 90 + turn);
	if (r == 0)
		r = say(p, err, "{'type':'transport_play','from_beats':%d}", turn * 7 % BEATS);
	return r < 0 ? r : say(p, err, "{'type':'transport_status'}");
}

static int interfere(struct player *p, int turn, struct err *err)
{
	static const char *const words[] = { "control_pause", "debug_dump", "control_interrupt", "control_stop", "debug_dump", "control_panic" };
	return say(p, err, "{'type':'%s'}", words[turn % 6]);
}

/* The long command, which may be interrupted. */
static int render(struct player *p, int turn, struct err *err)
{
	int r = say(p, err, "{'type':'timeline_render','to_beats':4,'path':'%s/render.wav'}", stage.dir);
	return r == -ECANCELED ? 0 : r;
}

static int record(struct player *p, int turn, struct err *err)
{
	int r = say(p, err, "{'type':'record_start','path':'%s/take.wav'}", stage.dir);
	return r < 0 ? r : say(p, err, "{'type':'record_stop'}");
}

static int change_device(struct player *p, int turn, struct err *err)
{
	int r = say(p, err, "{'type':'device_select','kind':'%s'}", turn % 2 ? "null" : "stepped");
	return r < 0 ? r : say(p, err, "{'type':'device_status'}");
}

static int ask_garden(struct player *p, int turn, struct err *err)
{
	int r = say(p, err, "{'type':'garden_query','query':'{ Region { region_id @output tags @output } }'}");
	return r < 0 ? r : say(p, err, "{'type':'timeline_query'}");
}

static int ask_hoot(struct player *p, int turn, struct err *err)
{
	int r = say(p, err, "{'type':'graph_query','query':'{ Artifact { artifact_id @output children @optional { verb @output } } }'}");
	return r < 0 ? r : say(p, err, "{'type':'graph_query','query':'{ Region { region_id @output } }'}");
}

static int upload(struct player *p, int turn, struct err *err)
{
	char text[64], data[BASE64_SIZE(64) + 1] = "";
	int n = snprintf(text, sizeof(text), "player %d, turn %d", p->number, turn);
	base64_encode(data, (const uint8_t *)text, (size_t)n);
	int r = say(p, err, "{'type':'artifact_upload','data':'%s','mime_type':'text/plain','space':'text','tags':['crowd']}", data);
	return r < 0 ? r : say(p, err, "{'type':'artifact_list','limit':20}");
}

static int generate(struct player *p, int turn, struct err *err)
{
	int r = say(p, err, "{'type':'sample','model':'prompt','params':{'prompt':'a waltz in D, 2 bars'},'seed':%d,'wait_ms':60000}",
		    p->number * TURNS + turn);
	return r < 0 ? r : say(p, err, "{'type':'job_list'}");
}

static void hear(void *arg, const struct wire_received *e)
{
	(void)arg;
	(void)e;
}

static void resync(void *arg, const struct wire_snapshot *s)
{
	bool *there = arg;
	(void)s;
	*there = true;
}

/* Comes, learns how things are, and goes. */
static int listen_in(struct player *p, int turn, struct err *err)
{
	bool there = false;
	AUTO(wire_loop) loop = NULL;
	AUTO(wire_context) context = NULL;
	struct wire_subscriber *s = NULL;
	int r = wire_loop_new(&loop, err);
	if (r == 0)
		r = wire_context_new(&context, err);
	if (r < 0)
		return r;
	const struct wire_subscriber_options o = { .context = context, .loop = loop, .family = p->family, .daemon = p->daemon,
						   .on_event = hear, .on_resync = resync, .arg = &there };
	r = wire_subscriber_new(&o, &s, err);
	if (r == 0)
		r = wire_loop_until(loop, &there, wire_loop_now_ns(loop) + DEADLINE_MS * NS_PER_MS, err);
	wire_subscriber_free(s);
	return r;
}

static struct player players[] = {
	{ "chaosgarden", "shell", edit },	  { "chaosgarden", "shell", edit },	{ "chaosgarden", "shell", conduct },
	{ "chaosgarden", "control", interfere },  { "chaosgarden", "shell", render },	{ "chaosgarden", "shell", record },
	{ "chaosgarden", "shell", change_device }, { "chaosgarden", "query", ask_garden }, { "chaosgarden", "shell", listen_in },
	{ "hootenanny", "requests", ask_hoot },	  { "hootenanny", "requests", ask_hoot }, { "hootenanny", "requests", upload },
	{ "hootenanny", "requests", generate },	  { "hootenanny", "requests", listen_in },
};

static void *play(void *arg)
{
	struct player *p = arg;
	for (int turn = 0; turn < TURNS && p->code == 0; turn++)
		p->code = p->turn(p, turn, &p->err);
	return NULL;
}

/* ---- the stage ---- */

static void player_open(struct player *p, int number)
{
	struct err err = ERR_INIT;
	p->number = number;
	if (wire_family_open(stage.family_dir, false, &p->family, &err) < 0)
		fail_msg("%s", err.msg);
	const struct wire_client_options o = { .name = "crowd", .family = p->family, .daemon = p->daemon, .socket = p->socket,
					       .actor = "test:crowd", .default_deadline_ms = DEADLINE_MS };
	if (wire_client_new(&o, &p->client, &err) < 0)
		fail_msg("%s", err.msg);
}

static int setup(void **state)
{
	/* One note: a MIDI file of format 0. */
	static const uint8_t tune[] = { 'M', 'T', 'h', 'd', 0, 0, 0, 6, 0, 0, 0, 1, 0, 96, 'M', 'T', 'r', 'k', 0, 0, 0, 12,
					0, 0x90, 60, 90, 96, 0x80, 60, 0, 0, 0xFF, 0x2F, 0 };
	static const char *const up[] = { "--device", "null", NULL };
	struct err err = ERR_INIT;
	stage_open(&stage, up);
	stage_wait_workers(&stage, 1);
	AUTO_MEM char *path = fs_join(stage.dir, "tune.mid");
	if (fs_write_atomic(path, tune, sizeof(tune), 0644, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < COUNT_OF(players); i++)
		player_open(&players[i], (int)i);
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < COUNT_OF(players); i++) {
		wire_client_free(players[i].client);
		wire_family_free(players[i].family);
	}
	stage_close(&stage);
	return 0;
}

/* ---- what is left ---- */

static size_t count(json_t *answer, const char *list)
{
	return json_array_size(stage_value(answer, list));
}

static void test_a_crowd_leaves_exactly_what_it_made(void **state)
{
	enum { N_EDITORS = 2, KEPT = TURNS - (TURNS + 2) / 3 };
	for (size_t i = 0; i < COUNT_OF(players); i++)
		assert_int_equal(pthread_create(&players[i].thread, NULL, play, &players[i]), 0);
	for (size_t i = 0; i < COUNT_OF(players); i++)
		pthread_join(players[i].thread, NULL);
	for (size_t i = 0; i < COUNT_OF(players); i++)
		if (players[i].code < 0)
			fail_msg("player %zu of %s: %s: %s (%s)", i, players[i].daemon, err_name(players[i].code), players[i].err.msg,
				 players[i].err.field);

	AUTO_JSON json_t *timeline = stage_ask(stage.garden, "{'type':'timeline_query'}");
	assert_int_equal(count(timeline, "regions"), N_EDITORS * KEPT);
	AUTO_JSON json_t *copy = stage_ask(stage.hoot, "{'type':'graph_query','at_least_revision':%lld,'query':'{ Region { region_id @output } }'}",
					   (long long)stage_number(timeline, "revision"));
	assert_int_equal(count(copy, "rows"), N_EDITORS * KEPT);
	AUTO_JSON json_t *uploaded = stage_ask(stage.hoot, "{'type':'artifact_list','tag':'crowd','limit':200}");
	assert_int_equal(count(uploaded, "artifacts"), TURNS);
	AUTO_JSON json_t *done = stage_ask(stage.hoot, "{'type':'job_list','state':'complete','limit':200}");
	assert_int_equal(count(done, "jobs"), TURNS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_crowd_leaves_exactly_what_it_made),
	};
	return cmocka_run_group_tests_name("crowd", tests, setup, teardown);
}
