#include "doctor.h"

#include "supervise.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/schema.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/banned.h"

#define ASK_MS         5000
#define ADVANCE_MS     3000
#define MIN_FREE_BYTES (512LL << 20)
#define VERIFY_SAMPLE  32

#define ASK(d, reach, name, req, ret, err) \
	ask((d), (reach), &wire_messages[WIRE_MESSAGE_##name], (req), (ret), (err))

static int not_running(const char *daemon, struct err *err)
{
	return err_hint(err, err_set(err, -EAGAIN, "%s is not running", daemon), "start it with: holler up");
}

static int ask(struct doctor *d, struct reach *reach, const struct wire_message *m, const void *req,
	       void *ret, struct err *err)
{
	struct wire_request_options o = {.deadline_ms = ASK_MS};
	bool *silent = reach == &d->hoot ? &d->hoot_silent : &d->garden_silent;
	if (!reach->client)
		return not_running(wire_owner_name(m->owner), err);
	if (*silent)
		return err_set(err, -ETIMEDOUT, "%s did not answer before", reach == &d->hoot ? "hootenanny" : "chaosgarden");
	int r = wire_client_call(reach->client, m, req, &o, &d->arena, ret, err);
	*silent = r == -ETIMEDOUT || r == -EAGAIN; /* without a connection it is the latter */
	return r;
}

static bool failed(struct finding *f, const struct err *err)
{
	(void)str_copy(f->text, sizeof(f->text), err_msg(err));
	(void)str_copy(f->hint, sizeof(f->hint), err->hint);
	return false;
}

/* --- the family ------------------------------------------------------------------------------- */

static bool check_directory(struct doctor *d, struct finding *f)
{
	struct stat st;
	if (!d->family) {
		(void)snprintf(f->text, sizeof(f->text), "there is no family directory");
		(void)snprintf(f->hint, sizeof(f->hint), "start a family with: holler up");
		return false;
	}
	const char *dir = wire_family_dir(d->family);
	bool private = stat(dir, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077) == 0;
	bool writable = access(dir, W_OK | X_OK) == 0;
	(void)snprintf(f->text, sizeof(f->text), "%s%s%s", dir,
		       private ? "" : " can be read by others, or is not ours",
		       writable ? "" : " cannot be written");
	return private && writable;
}

static bool degraded_program(const json_t *doc, char *ret, size_t size)
{
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(doc, "programs"), i, row)
	{
		const char *name, *state, *last_end;
		if (json_get_string(row, "name", &name, NULL) < 0 ||
		    json_get_string(row, "state", &state, NULL) < 0 ||
		    json_get_string_or(row, "last_end", "", &last_end, NULL) < 0 ||
		    strcmp(state, "running") == 0)
			continue;
		(void)snprintf(ret, size, "%s is %s%s%s", name, state, *last_end ? ": it " : "", last_end);
		return true;
	}
	return false;
}

static bool check_supervisor(struct doctor *d, struct finding *f)
{
	AUTO_JSON json_t *doc = NULL;
	struct err err = ERR_INIT;
	pid_t pid = 0;
	int r = d->family ? wire_family_holder(d->family, "supervisor", &pid, &err)
			  : err_set(&err, -ENOENT, "no family");
	if (r == 0 && !pid)
		r = err_set(&err, -ENOENT, "nobody looks after the family: what ends stays ended");
	if (r == 0)
		r = supervise_read(d->family, &doc, &err);
	if (r < 0)
		return failed(f, &err);
	if (degraded_program(doc, f->text, sizeof(f->text)))
		return false;
	(void)snprintf(f->text, sizeof(f->text), "pid %d, %zu programs running", (int)pid,
		       json_array_size(json_object_get(doc, "programs")));
	return true;
}

/* --- sockets ---------------------------------------------------------------------------------- */

static int ping_router(struct doctor *d, const char *daemon, const char *socket, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct wire_client_options o = {.name = "doctor",
					.family = d->family,
					.daemon = daemon,
					.socket = socket,
					.default_deadline_ms = ASK_MS};
	AUTO(wire_client) c = NULL;
	struct ping_result pong;
	int r = wire_client_new(&o, &c, err);
	return r < 0 ? r
		     : wire_client_call(c, &wire_messages[WIRE_MESSAGE_ping], &(struct ping){0},
					NULL, &arena, &pong, err);
}

struct beat {
	bool heard;
	char id[UUID_SIZE];
};

static void hear_beat(void *arg, const struct wire_frame *frames, size_t n)
{
	struct beat *b = arg;
	struct wire_envelope e;
	if (wire_envelope_parse(frames[n - 1].data, frames[n - 1].n, &e, NULL) == 0)
		b->heard = e.kind == WIRE_SUCCESS && strcmp(e.id, b->id) == 0;
}

/* A REP socket wants an empty frame before the envelope, as REQ sends it. */
static int ping_heartbeat(struct doctor *d, const char *endpoint, struct err *err)
{
	AUTO(wire_context) context = NULL;
	AUTO(wire_loop) loop = NULL;
	AUTO(wire_socket) s = NULL;
	struct beat b = {.heard = false};
	struct wire_socket_options o = {.name = "doctor", .linger_ms = -1};
	AUTO_STRBUF text = STRBUF_INIT;
	struct wire_envelope e = {.payload = {"{\"type\":\"ping\"}", 15}};
	uuid_new(b.id);
	memcpy(e.id, b.id, sizeof(e.id));
	int r = wire_context_new(&context, err);
	if (r == 0)
		r = wire_family_give_keys(d->family, context, err);
	if (r == 0)
		r = wire_loop_new(&loop, err);
	if (r == 0)
		r = wire_socket_new(context, loop, WIRE_DEALER, &o, hear_beat, &b, &s, err);
	if (r == 0)
		r = wire_socket_connect(s, endpoint, err);
	if (r == 0 && wire_envelope_write(&text, &e) < 0)
		r = err_set(err, -ENOMEM, "ping");
	struct wire_frame frames[] = {{"", 0}, {text.s, text.n}};
	if (r == 0 && wire_socket_send(s, frames, 2) < 0)
		r = err_set(err, -EAGAIN, "nobody is there");
	if (r == 0)
		r = wire_loop_until(loop, &b.heard, wire_loop_now_ns(loop) + ASK_MS * NS_PER_MS,
				    err);
	return r;
}

static const struct wire_socket_row *row_of(const char *daemon, const char *socket)
{
	for (size_t i = 0; i < wire_n_socket_rows; i++)
		if (strcmp(wire_socket_rows[i].daemon, daemon) == 0 &&
		    strcmp(wire_socket_rows[i].socket, socket) == 0)
			return &wire_socket_rows[i];
	return NULL;
}

/* Every socket that answers at all; how many did into *n. */
static int ping_sockets(struct doctor *d, const struct wire_family_daemon *daemon, int *n,
			struct err *err)
{
	if (!daemon->running)
		return err_set(err, -EAGAIN, "%s has ended without a word (it was pid %d)",
			       daemon->name, (int)daemon->pid);
	for (size_t i = 0; i < daemon->n_endpoints; i++) {
		const struct wire_socket_row *row =
			row_of(daemon->name, daemon->endpoints[i].socket);
		const char *endpoint = daemon->endpoints[i].endpoint;
		if (!row || row->role == WIRE_ROLE_EVENTS || row->role == WIRE_ROLE_HINTS)
			continue;
		int r = row->role == WIRE_ROLE_HEARTBEAT
				? ping_heartbeat(d, endpoint, err)
				: ping_router(d, daemon->name, row->socket, err);
		if (r < 0)
			return err_wrap(err, r, "%s %s", daemon->name, row->socket);
		++*n;
	}
	return 0;
}

static bool check_endpoints(struct doctor *d, struct finding *f)
{
	struct wire_family_daemon *AUTO_MEM all = NULL;
	struct err err = ERR_INIT;
	size_t n = 0;
	int n_sockets = 0, n_daemons = 0;
	int r = d->family ? wire_family_list(d->family, &all, &n, &err)
			  : err_set(&err, -ENOENT, "no family");
	for (size_t i = 0; i < n && r == 0; i++) {
		if (!wire_role_socket(all[i].name, WIRE_ROLE_REQUESTS))
			continue; /* a worker: others listen, it does not */
		n_daemons++;
		r = ping_sockets(d, &all[i], &n_sockets, &err);
	}
	if (r == 0 && n_daemons < 2)
		r = err_set(&err, -EAGAIN, "%d of 2 daemons have announced themselves", n_daemons);
	if (r < 0)
		return failed(f, &err);
	(void)snprintf(f->text, sizeof(f->text), "%d sockets of %d daemons answer", n_sockets,
		       n_daemons);
	return true;
}

static bool check_catalogue(struct doctor *d, struct finding *f)
{
	struct reach *const reaches[] = {&d->hoot, &d->garden};
	static const char *const names[] = {"hootenanny", "chaosgarden"};
	char hash[WIRE_CATALOGUE_HASH_SIZE];
	struct err err = ERR_INIT;
	int r = wire_catalogue_hash(hash, &err);
	for (size_t i = 0; i < COUNT_OF(reaches) && r == 0; i++) {
		struct status_result got;
		r = reaches[i]->client ? ASK(d, reaches[i], status, &(struct status){0}, &got, &err)
				       : not_running(names[i], &err);
		if (r == 0 && strcmp(got.catalogue_hash, hash) != 0)
			r = err_set(
				&err, -ESTALE,
				"%s %s was built from another catalogue (%.19s…, ours is %.19s…)",
				names[i], got.version, got.catalogue_hash, hash);
	}
	if (r < 0)
		return failed(f, &err);
	(void)snprintf(f->text, sizeof(f->text), "%.19s… everywhere", hash);
	return true;
}

/* --- content and workers ---------------------------------------------------------------------- */

static bool check_store(struct doctor *d, struct finding *f)
{
	struct err err = ERR_INIT;
	struct cas_verify req = {.cursor = "", .limit = VERIFY_SAMPLE};
	struct cas_verify_result got;
	if (ASK(d, &d->hoot, cas_verify, &req, &got, &err) < 0)
		return failed(f, &err);
	if (got.problems.n)
		(void)snprintf(f->text, sizeof(f->text),
			       "%lld of %lld contents are not good, %s first",
			       (long long)(got.n_checked - got.n_good), (long long)got.n_checked,
			       got.problems.v[0].content_hash);
	else
		(void)snprintf(f->text, sizeof(f->text), "%lld contents read and hashed, all good",
			       (long long)got.n_checked);
	return got.problems.n == 0 && got.n_good == got.n_checked;
}

static int list_workers(struct doctor *d, struct worker_list_result *ret, struct err *err)
{
	return ASK(d, &d->hoot, worker_list, &(struct worker_list){0}, ret, err);
}

static bool can(const struct worker_list_result *l, const char *verb, const char *from,
		const char *to, const char **ret)
{
	for (size_t i = 0; i < l->workers.n; i++) {
		const struct worker_view *w = &l->workers.v[i];
		for (size_t k = 0; k < w->capabilities.n && w->online; k++) {
			const struct worker_capability *c = &w->capabilities.v[k];
			if (strcmp(c->verb, verb) != 0 || strcmp(c->to_space, to) != 0 ||
			    strcmp(c->from_space, from) != 0)
				continue;
			*ret = c->model;
			return true;
		}
	}
	return false;
}

static bool check_worker(struct doctor *d, struct finding *f)
{
	struct err err = ERR_INIT;
	struct worker_list_result l;
	const char *model = NULL;
	size_t online = 0;
	if (list_workers(d, &l, &err) < 0)
		return failed(f, &err);
	for (size_t i = 0; i < l.workers.n; i++)
		online += l.workers.v[i].online;
	bool continues = can(&l, "continue", "midi", "midi", &model);
	(void)snprintf(f->text, sizeof(f->text), "%zu online%s%s", online,
		       continues ? ", continuing MIDI with " : ", none continues MIDI",
		       continues ? model : "");
	return continues;
}

static bool check_soundfont(struct doctor *d, struct finding *f)
{
	struct err err = ERR_INIT;
	struct worker_list_result l;
	const char *model = NULL;
	if (list_workers(d, &l, &err) < 0)
		return failed(f, &err);
	bool good = can(&l, "project", "midi", "audio", &model);
	(void)snprintf(f->text, sizeof(f->text),
		       good ? "a worker renders MIDI with %s" : "no worker can render MIDI",
		       good ? model : "");
	return good;
}

static bool check_jobs(struct doctor *d, struct finding *f)
{
	struct err err = ERR_INIT;
	struct job_list req = {.has_state = true, .state = JOB_PENDING, .cursor = "", .limit = 500};
	struct job_list_result l;
	const char *first = NULL;
	size_t n = 0;
	if (ASK(d, &d->hoot, job_list, &req, &l, &err) < 0)
		return failed(f, &err);
	for (size_t i = l.jobs.n; i-- > 0;) { /* the oldest first */
		if (!l.jobs.v[i].has_waiting_for)
			continue;
		first = first ? first : l.jobs.v[i].waiting_for;
		n++;
	}
	const char *more = *l.cursor ? "more than " : "";
	if (n)
		(void)snprintf(f->text, sizeof(f->text), "%zu of %s%zu that wait, wait for nobody: %s", n, more,
			       l.jobs.n, first);
	else
		(void)snprintf(f->text, sizeof(f->text), "%s%zu wait for a worker, each for one that is there",
			       more, l.jobs.n);
	return n == 0;
}

/* --- the engine ------------------------------------------------------------------------------- */

static int read_device(struct doctor *d, struct device_status_result *ret, struct err *err)
{
	return ASK(d, &d->garden, device_status, &(struct device_status){0}, ret, err);
}

/* Asks again until the clock has moved. */
static bool check_engine(struct doctor *d, struct finding *f)
{
	struct err err = ERR_INIT;
	struct device_status_result first, now;
	if (read_device(d, &first, &err) < 0)
		return failed(f, &err);
	int64_t end_ns = clock_monotonic_ns(clock_system()) + ADVANCE_MS * NS_PER_MS;
	bool stepped = first.kind == VIEW_DEVICE_STEPPED;
	do {
		if (read_device(d, &now, &err) < 0)
			return failed(f, &err);
		if (wire_loop_step(wire_client_loop(d->garden.client), 10, &err) < 0)
			return failed(f, &err);
	} while (!stepped && now.cycles <= first.cycles &&
		 clock_monotonic_ns(clock_system()) < end_ns);
	(void)snprintf(f->text, sizeof(f->text), "%lld Hz, %lld frames a cycle, %s",
		       (long long)now.rate_hz, (long long)now.quantum_frames,
		       stepped                     ? "moves when it is told to"
		       : now.cycles > first.cycles ? "the clock advances"
						   : "the clock stands still");
	return stepped || now.cycles > first.cycles;
}

static bool check_xruns(struct doctor *d, struct finding *f)
{
	struct err err = ERR_INIT;
	struct device_status_result now;
	if (read_device(d, &now, &err) < 0)
		return failed(f, &err);
	(void)snprintf(f->text, sizeof(f->text),
		       "%lld in %lld cycles (%lld late wake-ups by the kernel)",
		       (long long)now.xruns, (long long)now.cycles, (long long)now.late_wakeups);
	return now.xruns == 0;
}

static bool check_content(struct doctor *d, struct finding *f)
{
	struct err err = ERR_INIT;
	struct device_status_result now;
	if (read_device(d, &now, &err) < 0)
		return failed(f, &err);
	(void)snprintf(f->text, sizeof(f->text), "%lld frames were not in memory in time", (long long)now.missing_frames);
	return now.missing_frames == 0;
}

static bool pipewire_runs(void)
{
	char path[512];
	const char *dir = getenv("PIPEWIRE_RUNTIME_DIR"), *xdg = getenv("XDG_RUNTIME_DIR");
	if (!dir || !*dir)
		dir = xdg;
	if (!dir || !*dir)
		return false;
	(void)snprintf(path, sizeof(path), "%s/pipewire-0", dir);
	return access(path, F_OK) == 0;
}

static bool check_audio(struct doctor *d, struct finding *f)
{
	struct err err = ERR_INIT;
	struct device_status_result now;
	if (read_device(d, &now, &err) < 0)
		return failed(f, &err);
	if (now.kind == VIEW_DEVICE_PIPEWIRE) {
		(void)snprintf(f->text, sizeof(f->text), "PipeWire, '%s'", now.name);
		return true;
	}
	bool missed = now.wanted == VIEW_DEVICE_PIPEWIRE && pipewire_runs();
	(void)snprintf(f->text, sizeof(f->text), "%s clock%s",
		       wire_enum_name(&wire_enum_device_kind_view, (int)now.kind),
		       missed ? ", though PipeWire runs and is wanted" : ", nothing is heard");
	return !missed;
}

/* --- the machine ------------------------------------------------------------------------------ */

static bool check_disk(struct doctor *d, struct finding *f)
{
	struct err err = ERR_INIT;
	struct storage_stats_result got;
	struct statvfs fs;
	if (ASK(d, &d->hoot, storage_stats, &(struct storage_stats){0}, &got, &err) < 0)
		return failed(f, &err);
	if (!d->family || statvfs(wire_family_dir(d->family), &fs) < 0) {
		(void)snprintf(f->text, sizeof(f->text),
			       "the family's directory cannot be looked at");
		return false;
	}
	int64_t here = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	int64_t least = here < got.free_bytes ? here : got.free_bytes;
	(void)snprintf(f->text, sizeof(f->text), "%.1f GiB free, %lld contents take %.1f MiB",
		       (double)least / (1 << 30), (long long)got.n_contents,
		       (double)got.content_bytes / (1 << 20));
	return least >= MIN_FREE_BYTES;
}

const struct doctor_check doctor_checks[] = {
	{"directory", check_directory, "chmod 700 the directory, or choose another with --family"},
	{"supervisor", check_supervisor,
	 "holler up adopts what runs; the logs are in log/ of the family's directory"},
	{"endpoints", check_endpoints,
	 "holler status says who is missing; the logs are in log/ of the family's directory"},
	{"catalogue", check_catalogue,
	 "programs of different versions run together: restart the older ones"},
	{"store", check_store, "import the damaged contents again; cas_verify lists them"},
	{"worker", check_worker, "start one: holler up starts hoot-worker"},
	{"soundfont", check_soundfont,
	 "install timgm6mb-soundfont, or name one with holler up --soundfont FILE"},
	{"jobs", check_jobs, "start a worker that can do it, or cancel the job with: holler call job_cancel"},
	{"engine", check_engine, "read log/chaosgarden.log; another --device may work"},
	{"xruns", check_xruns, "use a larger quantum, or find what takes the processor away"},
	{"content", check_content, "a faster disk for the family's directory, or fewer long clips at once"},
	{"audio", check_audio, "restart chaosgarden, or ask for the null clock with --device null"},
	{"disk", check_disk, "free some space where the family and its content lie"},
};
const size_t doctor_n_checks = COUNT_OF(doctor_checks);
