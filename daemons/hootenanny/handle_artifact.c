#include "hoot.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"
#include "jobs/artifact.h"

#include "base/banned.h"

/* What ARTIFACT_MAKE_FIELDS ask for, from any request that has them. */
#define MAKE_FROM(call, req)                                                                 \
	{                                                                                    \
		.mime_type = (req)->has_mime_type ? (req)->mime_type : NULL,                 \
		.space = (req)->has_space ? (req)->space : NULL,                             \
		.creator = (req)->has_creator ? (req)->creator : hoot_actor(call),           \
		.tags = (req)->tags.v, .n_tags = (req)->tags.n, .parents = (req)->parents.v, \
		.n_parents = (req)->parents.n,                                               \
		.metadata = (req)->has_metadata ? (req)->metadata : NULL, .model = "",       \
		.now_unix_ms = hoot_unix_ms(),                                               \
	}

static int check_object(const json_t *j, const char *field, struct err *err)
{
	return j && !json_is_object(j)
		       ? err_field(err, -EINVAL, field, "%s must be an object", field)
		       : 0;
}

int artifact_make(struct hoot *h, const struct wire_call *call, const struct artifact_new *a,
		  char ret_id[UUID_SIZE], struct err *err)
{
	struct store_conn *c;
	int r = hoot_tx(h, &c, err);
	if (r == 0)
		r = artifact_add(c, a, ret_id, err);
	struct artifact_created_event *e = wire_arena_alloc(&h->turn.arena, sizeof(*e));
	if (r == 0 && !e)
		r = err_set(err, -ENOMEM, "event");
	if (r == 0)
		r = artifact_load(c, ret_id, h->jobs.cas_root, &h->turn.arena, &e->artifact, err);
	if (r < 0)
		return r;
	const char *actor = hoot_actor(call);
	e->actor = wire_arena_copy(&h->turn.arena, actor, strlen(actor));
	return hoot_emit(h, WIRE_EVENT_artifact_created, e, err);
}

static int make(struct hoot *h, const struct wire_call *call, const struct artifact_new *a,
		struct artifact_view *ret, struct err *err)
{
	struct store_conn *c;
	char id[UUID_SIZE];
	int r = check_object(a->metadata, "metadata", err);
	if (r == 0)
		r = check_object(a->params, "params", err);
	if (r == 0)
		r = artifact_make(h, call, a, id, err);
	if (r == 0)
		r = hoot_tx(h, &c, err);
	return r < 0 ? r : artifact_load(c, id, h->jobs.cas_root, call->arena, ret, err);
}

int artifact_create_run(struct hoot *h, const struct wire_call *call,
			const struct artifact_create *req, struct artifact_create_result *ret,
			struct err *err)
{
	struct artifact_new a = MAKE_FROM(call, req);
	a.content_hash = req->cas_hash;
	a.verb = req->verb;
	a.params = req->has_params ? req->params : NULL;
	a.has_seed = req->has_seed;
	a.seed = req->seed;
	a.model = req->model;
	return make(h, call, &a, &ret->artifact, err);
}

int artifact_upload_run(struct hoot *h, const struct wire_call *call,
			const struct artifact_upload *req, struct artifact_upload_result *ret,
			struct err *err)
{
	struct artifact_new a = MAKE_FROM(call, req);
	struct cas_info info;
	int r = hoot_settle(h, err);
	if (r == 0)
		r = cas_put(h->cas, req->data.v, req->data.n, a.mime_type, &info, err);
	if (r < 0)
		return r;
	a.content_hash = info.hash;
	a.verb = "upload";
	return make(h, call, &a, &ret->artifact, err);
}

/* --- importing: only from below the folders that were allowed when we were started ------------ */

static int open_beneath(const char *folder, const char *path)
{
	char AUTO_MEM *real = realpath(folder, NULL);
	size_t n = real ? strlen(real) : 0;
	if (!real || strncmp(path, real, n) != 0 || (path[n] != '/' && n > 1))
		return -EPERM;
	int at = open(real, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return -errno;
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	while (path[n] == '/')
		n++;
	int fd = (int)syscall(SYS_openat2, at, path + n, &how, sizeof(how));
	int r = fd < 0 ? -errno : fd;
	close(at);
	return r == -EXDEV ? -EPERM : r; /* a link or ".." that leads out */
}

static int open_import(struct hoot *h, const char *path, int *ret, struct err *err)
{
	int fd = -EPERM;
	for (size_t i = 0; fd == -EPERM && i < h->options->n_imports; i++)
		fd = open_beneath(h->options->imports[i], path);
	if (fd == -EPERM) {
		int r = err_field(err, -EPERM, "path", "'%.180s' is not below an import folder", path);
		return err_hint(err, r, "start the family with: holler up --import FOLDER (hootenanny --import), or send it: artifact_upload");
	}
	if (fd < 0)
		return err_field(err, fd, "path", "'%.180s': %s", path, strerror(-fd));
	struct stat st;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_field(err, -EINVAL, "path", "'%.180s' is not a regular file", path);
	}
	*ret = fd;
	return 0;
}

static int import_work(struct hoot *h, const struct wire_call *call, const void *request, void *ret,
		       struct err *err)
{
	const struct artifact_import *req = request;
	int fd = -1;
	int r = open_import(h, req->path, &fd, err);
	if (r < 0)
		return r;
	r = cas_put_fd(h->cas, fd, req->path, req->has_mime_type ? req->mime_type : NULL, ret, err);
	close(fd);
	return r;
}

int artifact_import_run(struct hoot *h, const struct wire_call *call,
			const struct artifact_import *req, struct artifact_import_result *ret,
			struct err *err)
{
	struct artifact_new a = MAKE_FROM(call, req);
	struct cas_info info;
	static const struct hoot_long work = {import_work, sizeof(info)};
	int r = hoot_long(h, call, req, hoot_file_bytes(req->path), &work, &info, err);
	if (r != 0)
		return r < 0 ? r : 0;
	a.content_hash = info.hash;
	a.verb = "import";
	return make(h, call, &a, &ret->artifact, err);
}

/* --- looking and tagging ---------------------------------------------------------------------- */

int artifact_get_run(struct hoot *h, const struct wire_call *call, const struct artifact_get *req,
		     struct artifact_get_result *ret, struct err *err)
{
	struct store_conn *c;
	int r = hoot_tx(h, &c, err);
	return r < 0 ? r
		     : artifact_load(c, req->artifact_id, h->jobs.cas_root, call->arena,
				     &ret->artifact, err);
}

int artifact_list_run(struct hoot *h, const struct wire_call *call, const struct artifact_list *req,
		      struct artifact_list_result *ret, struct err *err)
{
	struct store_conn *c;
	int r = hoot_tx(h, &c, err);
	return r < 0 ? r : artifact_find(c, req, h->jobs.cas_root, call->arena, ret, err);
}

static int emit_tagged(struct hoot *h, struct store_conn *c, const struct wire_call *call,
		       const char *id, struct err *err)
{
	struct artifact_view view;
	struct artifact_tagged_event *e = wire_arena_alloc(&h->turn.arena, sizeof(*e));
	if (!e)
		return err_set(err, -ENOMEM, "event");
	int r = artifact_load(c, id, h->jobs.cas_root, &h->turn.arena, &view, err);
	if (r < 0)
		return r;
	const char *actor = hoot_actor(call);
	e->artifact_id = view.artifact_id;
	e->tags.v = view.tags.v;
	e->tags.n = view.tags.n;
	e->actor = wire_arena_copy(&h->turn.arena, actor, strlen(actor));
	return hoot_emit(h, WIRE_EVENT_artifact_tagged, e, err);
}

int artifact_tag_run(struct hoot *h, const struct wire_call *call, const struct artifact_tag *req,
		     struct artifact_tag_result *ret, struct err *err)
{
	struct store_conn *c;
	int r = hoot_tx(h, &c, err);
	if (r == 0)
		r = artifact_retag(c, req, err);
	if (r == 0)
		r = emit_tagged(h, c, call, req->artifact_id, err);
	return r < 0 ? r
		     : artifact_load(c, req->artifact_id, h->jobs.cas_root, call->arena,
				     &ret->artifact, err);
}

int artifact_lineage_run(struct hoot *h, const struct wire_call *call,
			 const struct artifact_lineage *req, struct artifact_lineage_result *ret,
			 struct err *err)
{
	struct store_conn *c;
	int r = hoot_tx(h, &c, err);
	return r < 0 ? r : artifact_relatives(c, req, h->jobs.cas_root, call->arena, ret, err);
}
