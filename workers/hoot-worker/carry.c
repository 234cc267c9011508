#include "carry.h"

#include "hash.h"

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "wire/client.h"
#include "wire/codec.h"
#include "wire/family.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define ASK_MS 10000 /* also how long a stop may have to wait for a hootenanny that is gone */

/* What goes in one message. */
enum { RANGE_BYTES = LIMIT_WIRE_BYTES < 65536 ? LIMIT_WIRE_BYTES : 65536 };

struct carry {
	const struct carry_options *o;
	struct carry_view view;
	const struct model_watch *watch;
	struct wire_family *family;
	struct wire_client *client; /* NULL when files are shared */
	char *folder;               /* likewise */
	struct wire_arena arena;    /* paths */
};

/* --- where files are ---------------------------------------------------------------------------------------------- */

/* A path of hootenanny's as ours; NULL when it is not below its folder, or memory is out. */
static char *our_path(const struct carry_view *v, const char *path)
{
	size_t n = strlen(v->theirs);
	return strncmp(path, v->theirs, n) == 0 && path[n] == '/' ? str_printf("%s%s", v->ours, path + n) : NULL;
}

int carry_look(const struct carry_options *o, const struct worker_register_result *joined, struct carry_view *ret,
	       struct err *err)
{
	struct carry_view v = { .shared = false };
	if (!str_copy(v.theirs, sizeof(v.theirs), joined->cas_root) ||
	    !str_copy(v.ours, sizeof(v.ours), o->cas_root ? o->cas_root : joined->cas_root))
		return err_field(err, -ENAMETOOLONG, "cas_root", "the folder of the content has too long a name");
	AUTO_MEM char *path = our_path(&v, joined->mark_path);
	AUTO_MEM char *text = NULL;
	size_t n;
	/* No such file, or somebody else's: nothing is shared. */
	v.shared = path && fs_read(path, 4096, &text, &n, NULL) == 0 && str_eq(text, joined->mark);
	*ret = v;
	return 0;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static int connect_to(struct carry *c, struct err *err)
{
	struct wire_client_options o = { .name = "hoot-worker", .context = c->o->context, .daemon = "hootenanny",
					 .socket = "requests", .endpoint = c->o->endpoint,
					 .default_deadline_ms = ASK_MS };
	int code = fs_temp_dir(NULL, "hoot-worker", &c->folder, err);
	if (code == 0 && !o.endpoint)
		code = wire_family_open(c->o->family, false, &c->family, err);
	o.family = c->family;
	return code < 0 ? code : wire_client_new(&o, &c->client, err);
}

int carry_new(const struct carry_options *o, const struct carry_view *view, const struct model_watch *watch,
	      struct carry **ret, struct err *err)
{
	AUTO(carry) c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, -ENOMEM, "job");
	c->o = o;
	c->view = *view;
	c->watch = watch;
	int code = view->shared ? 0 : connect_to(c, err);
	if (code == 0)
		*ret = TAKE(c);
	return code;
}

void carry_free(struct carry *c)
{
	if (!c)
		return;
	wire_client_free(c->client);
	wire_family_free(c->family);
	if (c->folder)
		(void)fs_remove_tree(c->folder, NULL); /* in the folder for temporary files: swept with it */
	free(c->folder);
	wire_arena_done(&c->arena);
	free(c);
}

static int go_on(const struct carry *c, struct err *err)
{
	return model_cancelled(c->watch) ? err_set(err, -ECANCELED, "cancelled") : 0;
}

/* --- fetching ----------------------------------------------------------------------------------------------------- */

static int fetch_range(struct carry *c, const char *hash, int fd, int64_t *at, bool *ret_end, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct cas_get req = { .hash = hash, .offset_bytes = *at, .n_bytes = RANGE_BYTES };
	struct cas_get_result res;
	int code = wire_client_call(c->client, &wire_messages[WIRE_MESSAGE_cas_get], &req, NULL, &arena, &res, err);
	if (code < 0)
		return code;
	if (res.size_bytes > LIMIT_WORKER_INPUT_BYTES)
		return err_set(err, -EMSGSIZE, "%s has %lld bytes, at most %d are read", hash, (long long)res.size_bytes,
			       LIMIT_WORKER_INPUT_BYTES);
	if (!res.end && res.data.n == 0)
		return err_set(err, -EBADMSG, "%s ends at byte %lld", hash, (long long)*at);
	code = fs_write_all(fd, res.data.v, res.data.n);
	if (code < 0)
		return err_set(err, code, "%s: %s", c->folder, strerror(-code));
	*at += (int64_t)res.data.n;
	*ret_end = res.end;
	return 0;
}

static int check(const char *path, const char *hash, struct err *err)
{
	char digits[65];
	int code = hash_file(path, digits, err);
	if (code == 0 && (!str_starts(hash, "sha256:") || !str_eq(hash + strlen("sha256:"), digits)))
		code = err_set(err, -EBADMSG, "%s came as sha256:%s", hash, digits);
	return code;
}

static int fetch(struct carry *c, const char *hash, const char *path, struct err *err)
{
	int64_t at = 0;
	bool end = false;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int code = fd < 0 ? err_sys(err, "'%s'", path) : 0;
	while (code == 0 && !end) {
		code = go_on(c, err);
		if (code == 0)
			code = fetch_range(c, hash, fd, &at, &end, err);
	}
	if (fd >= 0)
		close(fd);
	return code < 0 ? code : check(path, hash, err);
}

static int take_path(struct carry *c, char *path, const char **ret, struct err *err)
{
	const char *kept = path ? wire_arena_copy(&c->arena, path, strlen(path)) : NULL;
	free(path);
	if (!kept)
		return err_set(err, -ENOMEM, "path");
	*ret = kept;
	return 0;
}

static int input_in(struct carry *c, struct input_view *in, size_t i, struct err *err)
{
	if (c->view.shared) {
		char *path = our_path(&c->view, in->path);
		return path ? take_path(c, path, &in->path, err)
			    : err_set(err, -EBADMSG, "'%s' is not below '%s'", in->path, c->view.theirs);
	}
	AUTO_MEM char *path = str_printf("%s/input-%zu", c->folder, i);
	int code = path ? fetch(c, in->content_hash, path, err) : err_set(err, -ENOMEM, "path");
	return code < 0 ? err_wrap(err, code, "fetch artifact %s", in->artifact_id) : take_path(c, TAKE(path), &in->path, err);
}

int carry_in(struct carry *c, struct lease_view *lease, struct err *err)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < lease->inputs.n; i++)
		code = input_in(c, &lease->inputs.v[i], i, err);
	if (code < 0)
		return code;
	char *path = c->view.shared ? our_path(&c->view, lease->staging_path) : fs_join(c->folder, "result");
	return take_path(c, path, &lease->staging_path, err);
}

/* --- delivering --------------------------------------------------------------------------------------------------- */

static int deliver_range(struct carry *c, const char *theirs, int64_t at, const void *bytes, size_t n, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct cas_stage_write req = { .path = theirs, .offset_bytes = at, .data = { bytes, n } };
	struct cas_stage_write_result res;
	return wire_client_call(c->client, &wire_messages[WIRE_MESSAGE_cas_stage_write], &req, NULL, &arena, &res, err);
}

static ssize_t read_some(int fd, void *bytes, size_t n)
{
	ssize_t got;
	do {
		got = read(fd, bytes, n);
	} while (got < 0 && errno == EINTR);
	return got;
}

/* An empty file is delivered too. */
static int deliver(struct carry *c, int fd, const char *theirs, struct err *err)
{
	uint8_t bytes[RANGE_BYTES];
	int64_t at = 0;
	ssize_t n;
	do {
		n = read_some(fd, bytes, sizeof(bytes));
		int code = n < 0 ? err_sys(err, "the result") : go_on(c, err);
		if (code == 0 && (n > 0 || at == 0))
			code = deliver_range(c, theirs, at, bytes, (size_t)n, err);
		if (code < 0)
			return code;
		at += n;
	} while (n > 0);
	return 0;
}

int carry_out(struct carry *c, const struct lease_view *lease, const char *theirs, struct err *err)
{
	if (c->view.shared)
		return 0;
	int fd = open(lease->staging_path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "'%s'", lease->staging_path);
	int code = deliver(c, fd, theirs, err);
	close(fd);
	return code < 0 ? err_wrap(err, code, "deliver the result") : 0;
}
