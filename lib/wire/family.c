#include "wire/family.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/uuid.h"

#define LOG_TOPIC "wire"
#include "base/log.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ENDPOINTS_BYTES 262144
#define MAX_LOCKS       8
#define LOCK_TRIES      200
#define LOCK_PAUSE_MS   5

struct wire_family {
	char *dir;
	int locks[MAX_LOCKS];
	size_t n_locks;
};

static int default_dir(char **ret, struct err *err)
{
	const char *env = getenv("HOOT_FAMILY"), *state = getenv("XDG_STATE_HOME"),
		   *home = getenv("HOME");
	if (env && env[0])
		*ret = str_printf("%s", env);
	else if (state && state[0] == '/')
		*ret = str_printf("%s/hootenanny", state);
	else if (home && home[0] == '/')
		*ret = str_printf("%s/.local/state/hootenanny", home);
	else
		return err_set(
			err, -ENOENT,
			"no family directory: neither --family, $HOOT_FAMILY, $XDG_STATE_HOME nor "
			"$HOME says where");
	return *ret ? 0 : err_set(err, -ENOMEM, "family directory");
}

/* Absolute, because it goes into socket paths. */
static int make_absolute(char **dir, struct err *err)
{
	if ((*dir)[0] == '/')
		return 0;
	char *AUTO_MEM cwd = getcwd(NULL, 0);
	if (!cwd)
		return err_sys(err, "current directory");
	char *joined = fs_join(cwd, *dir);
	if (!joined)
		return err_set(err, -ENOMEM, "family directory");
	free(*dir);
	*dir = joined;
	return 0;
}

int wire_family_open(const char *dir, bool create, struct wire_family **ret, struct err *err)
{
	AUTO(wire_family) f = calloc(1, sizeof(*f));
	if (!f)
		return err_set(err, -ENOMEM, "family");
	int r = 0;
	if (dir && dir[0]) {
		f->dir = str_printf("%s", dir);
		r = f->dir ? 0 : err_set(err, -ENOMEM, "family");
	} else {
		r = default_dir(&f->dir, err);
	}
	if (r == 0)
		r = make_absolute(&f->dir, err);
	if (r == 0 && create)
		r = fs_mkdir_p(f->dir, 0700, err);
	if (r == 0 && !fs_is_dir(f->dir))
		r = err_set(err, -ENOENT, "there is no family directory '%s'", f->dir);
	if (r < 0)
		return r;
	*ret = TAKE(f);
	return 0;
}

void wire_family_free(struct wire_family *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_locks; i++)
		close(f->locks[i]);
	free(f->dir);
	free(f);
}

const char *wire_family_dir(const struct wire_family *f)
{
	return f->dir;
}

static int family_path(const struct wire_family *f, const char *name, const char *suffix,
		       char ret[PATH_MAX], struct err *err)
{
	if (snprintf(ret, PATH_MAX, "%s/%s%s", f->dir, name, suffix) >= PATH_MAX)
		return err_set(err, -ENAMETOOLONG, "'%s/%s%s' is too long", f->dir, name, suffix);
	return 0;
}

/* --- locks ------------------------------------------------------------------------------------ */

static struct flock whole_file(short type)
{
	return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

/* The pid that is written in a lock file, 0 when it is not (yet). */
static pid_t read_pid(int fd)
{
	char text[32];
	int64_t pid;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return str_to_int(text, &pid) == 0 && pid > 0 && pid < INT32_MAX ? (pid_t)pid : 0;
}

static int write_pid(int fd, struct err *err)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return err_sys(err, "write the lock file");
	return 0;
}

/* 0, -EAGAIN when somebody has it, or what fcntl says. */
static int try_lock(int fd)
{
	struct flock lock = whole_file(F_WRLCK);
	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	return errno == EACCES ? -EAGAIN : -errno;
}

/* A killed process is gone a moment before the kernel has let go of what it had open; nothing tells when it has. */
static int lock_after_the_dead(int fd)
{
	uint64_t start;
	int r = try_lock(fd);
	for (int i = 0; r == -EAGAIN && i < LOCK_TRIES; i++) {
		pid_t pid = read_pid(fd);
		if (pid <= 0 || wire_process_start(pid, &start) == 0)
			return r;
		(void)poll(NULL, 0, LOCK_PAUSE_MS);
		r = try_lock(fd);
	}
	return r;
}

int wire_family_lock(struct wire_family *f, const char *name, struct err *err)
{
	char path[PATH_MAX];
	int r = family_path(f, name, ".lock", path, err);
	if (r < 0)
		return r;
	if (f->n_locks == MAX_LOCKS)
		return err_set(err, -EMFILE, "more than %d locks", MAX_LOCKS);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(err, "%s", path);
	r = lock_after_the_dead(fd);
	if (r == -EAGAIN) {
		r = err_set(err, -EBUSY, "%s already runs in '%s' (pid %d)", name, f->dir, (int)read_pid(fd));
		(void)err_hint(err, r, "stop that one, or use another directory with --family");
	} else {
		r = r < 0 ? err_set(err, r, "%s: %s", path, strerror(-r)) : write_pid(fd, err);
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	f->locks[f->n_locks++] = fd;
	return 0;
}

int wire_family_holder(struct wire_family *f, const char *name, pid_t *ret, struct err *err)
{
	char path[PATH_MAX];
	int r = family_path(f, name, ".lock", path, err);
	if (r < 0)
		return r;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT) {
		*ret = 0;
		return 0;
	}
	if (fd < 0)
		return err_sys(err, "%s", path);
	struct flock lock = whole_file(F_WRLCK);
	if (fcntl(fd, F_OFD_GETLK, &lock) < 0)
		r = err_sys(err, "%s", path);
	else
		*ret = lock.l_type == F_UNLCK ? 0 : read_pid(fd);
	close(fd);
	return r;
}

/*
 * Waits for the others' changes of endpoints.json; the returned descriptor is closed to let go.
 */
static int lock_endpoints(struct wire_family *f, struct err *err)
{
	char path[PATH_MAX];
	int r = family_path(f, "endpoints", ".lock", path, err);
	if (r < 0)
		return r;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(err, "%s", path);
	struct flock lock = whole_file(F_WRLCK);
	while (fcntl(fd, F_OFD_SETLKW, &lock) < 0) {
		if (errno == EINTR)
			continue;
		r = err_sys(err, "%s", path);
		close(fd);
		return r;
	}
	return fd;
}

/* --- processes -------------------------------------------------------------------------------- */

int wire_process_start(pid_t pid, uint64_t *ret)
{
	char path[64], text[1024];
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -ESRCH;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -ESRCH;
	text[n] = '\0';
	/*
	 * "PID (NAME) STATE ...": the name may hold anything, so count from its last bracket;
	 * `start` is field 22.
	 */
	char *p = strrchr(text, ')');
	if (!p || p[1] != ' ' || p[2] == 'Z' || p[2] == 'X')
		return -ESRCH;
	p += 2;
	for (int field = 3; field < 22 && p; field++) {
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	if (!p)
		return -ESRCH;
	p[strcspn(p, " ")] = '\0';
	int64_t start;
	if (str_to_int(p, &start) < 0)
		return -ESRCH;
	*ret = (uint64_t)start;
	return 0;
}

/* --- endpoints.json --------------------------------------------------------------------------- */

/* The document; an empty one when there is no file. */
static int read_document(struct wire_family *f, json_t **ret, struct err *err)
{
	char path[PATH_MAX];
	char *AUTO_MEM text = NULL;
	size_t n = 0;
	int r = family_path(f, "endpoints", ".json", path, err);
	if (r < 0)
		return r;
	r = fs_read(path, ENDPOINTS_BYTES, &text, &n, err);
	if (r == -ENOENT) {
		*ret = json_pack("{s:i,s:{}}", "version", 1, "daemons");
		return *ret ? 0 : err_set(err, -ENOMEM, "endpoints");
	}
	if (r < 0)
		return r;
	AUTO_JSON json_t *doc = NULL;
	json_t *daemons;
	int64_t version = 0;
	r = json_parse(text, n, &doc, err);
	if (r == 0)
		r = json_get_int(doc, "version", &version, err);
	if (r == 0 && version != 1)
		r = err_set(err, -EBADMSG, "version %lld is not ours", (long long)version);
	if (r == 0)
		r = json_get_object(doc, "daemons", &daemons, err);
	if (r < 0)
		return err_wrap(err, r == -ENOMEM ? r : -EBADMSG, "%s", path);
	*ret = TAKE(doc);
	return 0;
}

static int write_document(struct wire_family *f, json_t *doc, struct err *err)
{
	char path[PATH_MAX];
	int r = family_path(f, "endpoints", ".json", path, err);
	if (r < 0)
		return r;
	AUTO_STRBUF text = STRBUF_INIT;
	if (json_write(&text, doc, JSON_OUT_PRETTY) < 0 || strbuf_addc(&text, '\n') < 0)
		return err_set(err, -ENOMEM, "endpoints");
	return fs_write_atomic(path, text.s, text.n, 0600, err);
}

static json_t *make_entry(const char *incarnation, const struct wire_family_endpoint *endpoints,
			  size_t n)
{
	uint64_t start = 0;
	(void)wire_process_start(getpid(), &start);
	AUTO_JSON json_t *sockets = json_object();
	if (!sockets)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (json_object_set_new(sockets, endpoints[i].socket,
					json_string(endpoints[i].endpoint)) < 0)
			return NULL;
	return json_pack("{s:i,s:I,s:s,s:O}", "pid", (int)getpid(), "start", (json_int_t)start,
			 "incarnation", incarnation, "endpoints", sockets);
}

/* Puts the entry in (or takes it out for NULL), keeping everybody else's. */
static int change_document(struct wire_family *f, const char *daemon, json_t *entry,
			   struct err *err)
{
	AUTO_JSON json_t *doc = NULL;
	int r = read_document(f, &doc, err);
	if (r == -EBADMSG && entry) {
		log_warn("endpoints.json is damaged, writing a new one", LOG_ERR(err));
		doc = json_pack("{s:i,s:{}}", "version", 1, "daemons");
		r = doc ? 0 : err_set(err, -ENOMEM, "endpoints");
	}
	if (r < 0)
		return r;
	json_t *daemons = json_object_get(doc, "daemons");
	if (!entry) {
		json_t *mine = json_object_get(daemons, daemon);
		int64_t pid = 0;
		if (!mine || json_get_int(mine, "pid", &pid, NULL) < 0 || pid != getpid())
			return 0;
		json_object_del(daemons, daemon);
	} else if (json_object_set(daemons, daemon, entry) < 0) {
		return err_set(err, -ENOMEM, "endpoints");
	}
	return write_document(f, doc, err);
}

int wire_family_announce(struct wire_family *f, const char *daemon, const char *incarnation,
			 const struct wire_family_endpoint *endpoints, size_t n, struct err *err)
{
	AUTO_JSON json_t *entry = make_entry(incarnation, endpoints, n);
	if (!entry)
		return err_set(err, -ENOMEM, "endpoints");
	int lock = lock_endpoints(f, err);
	if (lock < 0)
		return lock;
	int r = change_document(f, daemon, entry, err);
	close(lock);
	return r;
}

int wire_family_withdraw(struct wire_family *f, const char *daemon, struct err *err)
{
	int lock = lock_endpoints(f, err);
	if (lock < 0)
		return lock;
	int r = change_document(f, daemon, NULL, err);
	close(lock);
	return r;
}

static int read_endpoints(const json_t *sockets, struct wire_family_daemon *d, struct err *err)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)sockets, key, value)
	{
		if (d->n_endpoints == COUNT_OF(d->endpoints))
			return err_set(err, -EBADMSG, "%s has more than %zu endpoints", d->name,
				       COUNT_OF(d->endpoints));
		if (!json_is_string(value) ||
		    !str_copy(d->endpoints[d->n_endpoints].socket, sizeof(d->endpoints[0].socket),
			      key) ||
		    !str_copy(d->endpoints[d->n_endpoints].endpoint, WIRE_ENDPOINT_SIZE,
			      json_string_value(value)))
			return err_set(err, -EBADMSG, "endpoint '%s' of %s is no text, or too long",
				       key, d->name);
		d->n_endpoints++;
	}
	return 0;
}

static int read_entry(const char *name, const json_t *entry, struct wire_family_daemon *ret,
		      struct err *err)
{
	struct wire_family_daemon d = {.pid = 0};
	int64_t pid, start;
	const char *incarnation;
	json_t *sockets;
	int r = json_get_int(entry, "pid", &pid, err);
	if (r == 0)
		r = json_get_int(entry, "start", &start, err);
	if (r == 0)
		r = json_get_string(entry, "incarnation", &incarnation, err);
	if (r == 0)
		r = json_get_object(entry, "endpoints", &sockets, err);
	if (r == 0 && (pid < 1 || pid > INT32_MAX || !str_copy(d.name, sizeof(d.name), name) ||
		       !str_copy(d.incarnation, sizeof(d.incarnation), incarnation)))
		r = err_set(err, -EBADMSG, "pid, name or incarnation is impossible");
	if (r == 0)
		r = read_endpoints(sockets, &d, err);
	if (r < 0)
		return err_wrap(err, -EBADMSG, "endpoints.json: '%s'", name);
	uint64_t now;
	d.pid = (pid_t)pid;
	d.start = (uint64_t)start;
	d.running = wire_process_start(d.pid, &now) == 0 && now == d.start;
	*ret = d;
	return 0;
}

int wire_family_find(struct wire_family *f, const char *daemon, struct wire_family_daemon *ret,
		     struct err *err)
{
	AUTO_JSON json_t *doc = NULL;
	int r = read_document(f, &doc, err);
	if (r < 0)
		return r;
	json_t *entry = json_object_get(json_object_get(doc, "daemons"), daemon);
	if (!entry)
		return err_set(err, -ENOENT, "%s is not running in '%s'", daemon, f->dir);
	return read_entry(daemon, entry, ret, err);
}

int wire_family_list(struct wire_family *f, struct wire_family_daemon **ret, size_t *ret_n,
		     struct err *err)
{
	AUTO_JSON json_t *doc = NULL;
	int r = read_document(f, &doc, err);
	if (r < 0)
		return r;
	json_t *daemons = json_object_get(doc, "daemons"), *entry;
	struct wire_family_daemon *AUTO_MEM all =
		mem_new_array(json_object_size(daemons), sizeof(*all));
	size_t n = 0;
	const char *name;
	if (!all)
		return err_set(err, -ENOMEM, "endpoints");
	json_object_foreach(daemons, name, entry)
	{
		r = read_entry(name, entry, &all[n++], err);
		if (r < 0)
			return r;
	}
	*ret = TAKE(all);
	*ret_n = n;
	return 0;
}

int wire_family_lookup(struct wire_family *f, const char *daemon, const char *socket,
		       char ret[WIRE_ENDPOINT_SIZE], struct err *err)
{
	struct wire_family_daemon d;
	int r = wire_family_find(f, daemon, &d, err);
	if (r < 0)
		return r;
	if (!d.running)
		return err_set(err, -ENOENT, "%s is not running in '%s' (it was pid %d)", daemon,
			       f->dir, (int)d.pid);
	for (size_t i = 0; i < d.n_endpoints; i++) {
		if (strcmp(d.endpoints[i].socket, socket) != 0)
			continue;
		memcpy(ret, d.endpoints[i].endpoint, WIRE_ENDPOINT_SIZE);
		return 0;
	}
	return err_set(err, -ENOENT, "%s has no socket '%s'", daemon, socket);
}

/* --- keys ------------------------------------------------------------------------------------- */

static int read_curve(const char *path, struct wire_curve *ret, struct err *err)
{
	AUTO_JSON json_t *doc = NULL;
	const char *public_key, *secret_key;
	struct wire_curve c = {.n_allowed = 0};
	int r = json_parse_file(path, &doc, err);
	if (r < 0)
		return r;
	r = json_get_string(doc, "public_key", &public_key, err);
	if (r == 0)
		r = json_get_string(doc, "secret_key", &secret_key, err);
	if (r == 0 && (!str_copy(c.public_key, sizeof(c.public_key), public_key) ||
		       !str_copy(c.secret_key, sizeof(c.secret_key), secret_key)))
		r = err_set(err, -EBADMSG, "a key is too long");
	if (r == 0)
		r = wire_curve_check(&c, err);
	if (r < 0)
		return err_wrap(err, -EBADMSG, "%s", path);
	memcpy(c.server_key, c.public_key, sizeof(c.server_key));
	*ret = c;
	return 0;
}

static int write_curve(const char *path, struct wire_curve *ret, struct err *err)
{
	struct wire_curve c;
	int r = wire_curve_make(&c, err);
	if (r < 0)
		return r;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json_out o;
	json_out_init(&o, &text);
	json_out_object_begin(&o);
	json_out_key(&o, "public_key");
	json_out_string(&o, c.public_key);
	json_out_key(&o, "secret_key");
	json_out_string(&o, c.secret_key);
	json_out_object_end(&o);
	if (!strbuf_ok(&text))
		return err_set(err, -ENOMEM, "keys");
	r = fs_write_atomic(path, text.s, text.n, 0600, err);
	if (r < 0)
		return r;
	memcpy(c.server_key, c.public_key, sizeof(c.server_key));
	*ret = c;
	return 0;
}

int wire_family_curve(struct wire_family *f, bool create, struct wire_curve *ret, struct err *err)
{
	char path[PATH_MAX];
	int r = family_path(f, "curve", ".json", path, err);
	if (r < 0)
		return r;
	int lock = lock_endpoints(f, err);
	if (lock < 0)
		return lock;
	if (fs_exists(path))
		r = read_curve(path, ret, err);
	else if (create)
		r = write_curve(path, ret, err);
	else
		r = err_set(err, -ENOENT, "the family has no keys ('%s' is not there)", path);
	close(lock);
	return r;
}

int wire_family_give_keys(struct wire_family *f, struct wire_context *c, struct err *err)
{
	struct wire_curve keys;
	char path[PATH_MAX];
	int r = family_path(f, "curve", ".json", path, err);
	if (r < 0 || !fs_exists(path))
		return r;
	r = wire_family_curve(f, false, &keys, err);
	if (r == 0)
		wire_context_set_keys(c, &keys);
	return r;
}
