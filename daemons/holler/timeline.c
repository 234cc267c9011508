/*
 * timeline.c - holler timeline: what stands on the timeline, once or whenever it changes.
 */
#include "columns.h"
#include "flags.h"
#include "reach.h"
#include "timeline_draw.h"

#include "base/clock.h"
#include "base/mem.h"
#include "wire/event.h"
#include "wire/loop.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define ROWS_DEFAULT 40
#define ROWS_MIN     4
#define LINES_A_ROW  4  /* one in the picture, up to three below it */
#define LINES_BESIDE 10
#define REDRAW_MS    100
#define ASK_MS       5000
#define TITLE_DEPTH  16

static const char help[] =
	"usage: holler [--family DIR] timeline [OPTION]...\n"
	"Draw the timeline: bars as columns, one row a region, then what each region is, who made it, and where it is\n"
	"in its life. Latent regions are hatched, the playhead is a line. Places are BAR:BEAT.\n\n"
	"  --from PLACE     only what sounds there or later: a number of beats, or BAR:BEAT (5:1; 5: alone will do)\n"
	"  --to PLACE       only what begins before\n"
	"  --rows N         regions on a page (default: what fits the terminal, else 40)\n"
	"  --page N         which page (default: 1)\n"
	"  --revision N     as it was at that revision\n"
	"  --watch          draw again whenever something changes, until Ctrl-C\n"
	"  --count N        with --watch: end after N pictures\n"
	"  --for SECONDS    with --watch: end after that time\n"
	"  --json           the result of timeline_query, one object a picture\n\n"
	"examples:\n"
	"  holler timeline\n"
	"  holler timeline --from 9:1 --to 17:1\n"
	"  holler timeline --watch\n"
	"  holler timeline --json | jq '.regions[] | select(.behaviour == \"latent\")'\n";

struct view {
	const struct holler *h;
	const char *from, *to;
	int64_t rows, page, revision, count, n_drawn;
	bool has_revision, watch, dirty, done, moved;
	double seconds;

	struct reach garden, hoot;
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_subscriber *events;
	struct wire_timer *end, *again;
	struct wire_watch *signals[2];

	struct wire_arena arena; /* of what is drawn */
	struct timeline_query_result result;
	double from_beats, to_beats;
};

static int parse(struct view *v, int argc, char **argv, struct err *err)
{
	enum { FROM = FLAGS_FIRST, TO, ROWS, PAGE, REVISION, WATCH, COUNT, FOR };
	static const struct flag rows[] = { { "--from", FROM, true },         { "--to", TO, true },
					    { "--rows", ROWS, true },         { "--page", PAGE, true },
					    { "--revision", REVISION, true }, { "--watch", WATCH, false },
					    { "--count", COUNT, true },       { "--for", FOR, true } };
	struct flags f = { "timeline", rows, COUNT_OF(rows), argc, argv };
	int key = 0, r = 0;
	while (r == 0 && (key = flags_next(&f, err)) != FLAGS_END) {
		switch (key) {
		case FROM: v->from = f.value; break;
		case TO: v->to = f.value; break;
		case ROWS: r = flags_int(&f, 1, 100000, &v->rows, err); break;
		case PAGE: r = flags_int(&f, 1, 1000000, &v->page, err); break;
		case REVISION:
			v->has_revision = true;
			r = flags_int(&f, 0, INT64_C(9000000000000000), &v->revision, err);
			break;
		case WATCH: v->watch = true; break;
		case COUNT: r = flags_int(&f, 1, INT64_MAX, &v->count, err); break;
		case FOR: r = flags_seconds(&f, &v->seconds, err); break;
		default: r = key;
		}
	}
	if (r == 0 && !v->watch && (v->count || v->seconds > 0))
		r = err_field(err, -EINVAL, v->count ? "--count" : "--for", "only goes with --watch");
	return r;
}

/* --- asking -------------------------------------------------------------------------------------------------------- */

static int query(struct view *v, const struct timeline_query *req, struct err *err)
{
	const struct wire_request_options o = { .deadline_ms = ASK_MS };
	wire_arena_clear(&v->arena);
	return wire_client_call(v->garden.client, &wire_messages[WIRE_MESSAGE_timeline_query], req, &o, &v->arena, &v->result, err);
}

/* Places in bars need the meter, which a query of nothing tells. */
static int find_places(struct view *v, struct err *err)
{
	const struct timeline_query nothing = { .has_from_beats = true, .from_beats = 1e8, .has_at_revision = v->has_revision,
						.at_revision = v->revision };
	if (!v->from && !v->to)
		return 0;
	int r = query(v, &nothing, err);
	if (r == 0 && v->from)
		r = timeline_place(&v->result, "--from", v->from, &v->from_beats, err);
	if (r == 0 && v->to)
		r = timeline_place(&v->result, "--to", v->to, &v->to_beats, err);
	if (r == 0 && v->from && v->to && v->to_beats <= v->from_beats)
		r = err_field(err, -EINVAL, "--to", "'%s' is not after '%s'", v->to, v->from);
	return r;
}

static int fetch(struct view *v, struct err *err)
{
	struct timeline_query req = { .has_at_revision = v->has_revision, .at_revision = v->revision };
	int r = find_places(v, err);
	if (v->from)
		req.has_from_beats = true, req.from_beats = v->from_beats;
	if (v->to)
		req.has_to_beats = true, req.to_beats = v->to_beats;
	return r < 0 ? r : query(v, &req, err);
}

/* What the content is called: its own title, or that of what it was made from. NULL when nobody knows. */
static const char *find_title(struct view *v, const char *artifact)
{
	struct artifact_lineage req = { .artifact_id = artifact, .direction = LINEAGE_ANCESTORS, .depth = TITLE_DEPTH };
	struct artifact_lineage_result l;
	struct err ignored = ERR_INIT;
	const char *title = NULL;
	const struct wire_request_options o = { .deadline_ms = ASK_MS };
	if (wire_client_call(v->hoot.client, &wire_messages[WIRE_MESSAGE_artifact_lineage], &req, &o, &v->arena, &l, &ignored) < 0)
		return NULL;
	int64_t nearest = INT64_MIN;
	for (size_t i = 0; i < l.nodes.n; i++) {
		const char *t = json_string_value(json_object_get(l.nodes.v[i].artifact.metadata, "title"));
		if (!t || !*t || l.nodes.v[i].depth <= nearest)
			continue;
		title = t;
		nearest = l.nodes.v[i].depth;
	}
	return title;
}

/* Titles of the page; the same content is asked for once. Without hootenanny there are none. */
static const char **find_titles(struct view *v, const struct timeline_picture *p)
{
	const struct region_view *all = v->result.regions.v;
	const char **titles = wire_arena_array(&v->arena, v->result.regions.n, sizeof(*titles));
	size_t first, end;
	timeline_page(p, &first, &end);
	for (size_t i = first; titles && v->hoot.client && i < end; i++) {
		if (!all[i].has_content || !all[i].content.has_artifact_id)
			continue;
		size_t k = first;
		while (k < i && !(all[k].has_content && all[k].content.has_artifact_id &&
				  strcmp(all[k].content.artifact_id, all[i].content.artifact_id) == 0))
			k++;
		titles[i] = k < i ? titles[k] : find_title(v, all[i].content.artifact_id);
	}
	return titles;
}

/* --- drawing ------------------------------------------------------------------------------------------------------- */

static int print(const struct view *v, const struct strbuf *b, struct err *err)
{
	bool terminal = isatty(STDOUT_FILENO);
	if (v->watch && !v->h->json && terminal)
		fputs("\033[H\033[J", stdout);
	else if (v->watch && !v->h->json && v->n_drawn)
		putchar('\n');
	if (fwrite(b->s, 1, b->n, stdout) != b->n || fflush(stdout) != 0)
		return err_set(err, -EIO, "standard output is closed");
	return 0;
}

static int draw(struct view *v, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	size_t lines;
	struct timeline_picture p = { .t = &v->result, .has_from = v->from, .from_beats = v->from_beats, .has_to = v->to,
				      .to_beats = v->to_beats, .page = v->page ? (size_t)v->page - 1 : 0 };
	p.columns = columns_of_terminal(&lines);
	size_t fits = lines > LINES_BESIDE ? (lines - LINES_BESIDE) / LINES_A_ROW : 0;
	p.rows = v->rows ? (size_t)v->rows : !lines ? ROWS_DEFAULT : fits < ROWS_MIN ? ROWS_MIN : fits;
	int r;
	if (v->h->json) {
		r = wire_encode(wire_messages[WIRE_MESSAGE_timeline_query].result, &v->result, &b, err);
		if (r == 0 && strbuf_addc(&b, '\n') < 0)
			r = err_set(err, -ENOMEM, "the timeline");
	} else {
		p.titles = find_titles(v, &p);
		r = timeline_draw(&p, &b, err);
	}
	if (r == 0)
		r = print(v, &b, err);
	v->n_drawn++;
	return r;
}

/* --- watching ------------------------------------------------------------------------------------------------------ */

static void on_end(void *arg)
{
	struct view *v = arg;
	v->done = true;
}

static void on_again(void *arg)
{
	struct view *v = arg;
	v->dirty = true;
}

/* Changes come in bursts: the picture is drawn once a while. */
static void changed(struct view *v)
{
	if (v->moved)
		return;
	v->moved = true;
	wire_timer_start(v->again, REDRAW_MS);
}

static void on_event(void *arg, const struct wire_received *e)
{
	if (strcmp(e->name, "daemon_alive") != 0)
		changed(arg);
}

static void on_resync(void *arg, const struct wire_snapshot *s)
{
	(void)s; /* it is asked again */
	changed(arg);
}

static int open_watch(struct view *v, struct err *err)
{
	static const char *const topics[] = { "region_", "edit_", "latent_", "mixed_in", "transport_changed", "playback_position" };
	if (!v->garden.family)
		return err_field(err, -EINVAL, "--watch", "needs a family; $HOLLER_CHAOSGARDEN names only where requests go");
	struct wire_subscriber_options o = { .context = v->context, .loop = v->loop, .family = v->garden.family,
					     .daemon = "chaosgarden", .topics = topics, .n_topics = COUNT_OF(topics),
					     .on_event = on_event, .on_resync = on_resync, .arg = v };
	int r = wire_context_new(&v->context, err);
	if (r == 0)
		r = wire_loop_new(&v->loop, err);
	o.context = v->context;
	o.loop = v->loop;
	if (r == 0)
		r = wire_timer_new(v->loop, on_end, v, &v->end, err);
	if (r == 0)
		r = wire_timer_new(v->loop, on_again, v, &v->again, err);
	if (r == 0)
		r = wire_signal_new(v->loop, SIGINT, on_end, v, &v->signals[0], err);
	if (r == 0)
		r = wire_signal_new(v->loop, SIGTERM, on_end, v, &v->signals[1], err);
	if (r == 0)
		r = wire_subscriber_new(&o, &v->events, err);
	return r;
}

static void close_view(struct view *v)
{
	wire_subscriber_free(v->events);
	for (size_t i = 0; i < COUNT_OF(v->signals); i++)
		wire_watch_free(v->signals[i]);
	wire_timer_free(v->again);
	wire_timer_free(v->end);
	wire_loop_free(v->loop);
	wire_context_free(v->context);
	reach_close(&v->garden);
	reach_close(&v->hoot);
	wire_arena_done(&v->arena);
}

static int watch(struct view *v, struct err *err)
{
	int r = open_watch(v, err);
	if (r == 0 && v->seconds > 0)
		wire_timer_start(v->end, (int64_t)(v->seconds * 1e3));
	v->dirty = true;
	while (r == 0 && !v->done) {
		if (v->dirty) {
			v->dirty = v->moved = false;
			r = fetch(v, err);
			if (r == -EAGAIN || r == -ETIMEDOUT) { /* it is restarting: its snapshot wakes us */
				fprintf(stderr, "holler timeline: %s, waiting for it\n", err_msg(err));
				*err = (struct err)ERR_INIT;
				changed(v);
				r = 0;
			} else if (r == 0) {
				r = draw(v, err);
			}
			v->done |= v->count && v->n_drawn >= v->count;
			continue;
		}
		r = wire_loop_step(v->loop, -1, err);
	}
	return r;
}

int holler_timeline(const struct holler *h, int argc, char **argv)
{
	struct view v = { .h = h, .arena = WIRE_ARENA_INIT };
	struct err err = ERR_INIT, ignored = ERR_INIT;
	if (holler_wants_help(argc, argv))
		return fputs(help, stdout) < 0;
	int r = parse(&v, argc, argv, &err);
	if (r == 0)
		r = reach_open(h, "chaosgarden", &v.garden, &err);
	if (r == 0 && !h->json)
		(void)reach_open(h, "hootenanny", &v.hoot, &ignored); /* only titles come from it */
	if (r == 0 && v.watch)
		r = watch(&v, &err);
	else if (r == 0)
		r = fetch(&v, &err);
	if (r == 0 && !v.watch)
		r = draw(&v, &err);
	close_view(&v);
	return r < 0 ? holler_fail(h, "timeline", &err) : 0;
}
