#include "hoot.h"

#include <string.h>

#include "base/str.h"

#include "base/banned.h"

static int say(const struct wire_call *call, const struct cas_info *info,
	       struct cas_store_result *ret, struct err *err)
{
	ret->content_hash = wire_arena_copy(call->arena, info->hash, strlen(info->hash));
	ret->mime_type = wire_arena_copy(call->arena, info->mime_type, strlen(info->mime_type));
	ret->size_bytes = info->size_bytes;
	ret->existed = info->existed;
	return ret->content_hash && ret->mime_type ? 0 : err_set(err, -ENOMEM, "content");
}

int cas_store_run(struct hoot *h, const struct wire_call *call, const struct cas_store *req,
		  struct cas_store_result *ret, struct err *err)
{
	struct cas_info info;
	int r = hoot_settle(h, err);
	if (r == 0)
		r = cas_put(h->cas, req->data.v, req->data.n,
			    req->has_mime_type ? req->mime_type : NULL, &info, err);
	return r < 0 ? r : say(call, &info, ret, err);
}

static int count_artifacts(struct store_conn *c, const char *hash, int64_t *ret, struct err *err)
{
	return store_int(c, ret, err, "SELECT count(*) FROM artifact WHERE content_hash = ?", "t",
			 hash);
}

int cas_inspect_run(struct hoot *h, const struct wire_call *call, const struct cas_inspect *req,
		    struct cas_inspect_result *ret, struct err *err)
{
	struct cas_info info;
	struct store_conn *c;
	struct cas_store_result said;
	char AUTO_MEM *path = NULL;
	ret->content_hash = req->hash;
	int r = cas_inspect(h->cas, req->hash, &info, err);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = hoot_tx(h, &c, err);
	if (r == 0)
		r = count_artifacts(c, req->hash, &ret->n_artifacts, err);
	if (r == 0)
		r = say(call, &info, &said, err);
	if (r == 0)
		r = cas_path(cas_root(h->cas), req->hash, &path, err);
	if (r < 0)
		return r;
	ret->exists = ret->has_size_bytes = ret->has_mime_type = ret->has_path = true;
	ret->size_bytes = info.size_bytes;
	ret->mime_type = said.mime_type;
	ret->path = wire_arena_copy(call->arena, path, strlen(path));
	return ret->path ? 0 : err_set(err, -ENOMEM, "content");
}

static int get_work(struct hoot *h, const struct wire_call *call, const void *request, void *result,
		    struct err *err)
{
	const struct cas_get *req = request;
	struct cas_get_result *ret = result;
	struct cas_info info;
	uint8_t *bytes = wire_arena_alloc(call->arena, (size_t)req->n_bytes);
	if (!bytes)
		return err_set(err, -ENOMEM, "content");
	int r = cas_read(h->cas, req->hash, req->offset_bytes, bytes, (size_t)req->n_bytes,
			 &ret->data.n, &info, err);
	if (r < 0)
		return r;
	ret->data.v = bytes;
	ret->offset_bytes = req->offset_bytes;
	ret->size_bytes = info.size_bytes;
	ret->end = req->offset_bytes + (int64_t)ret->data.n >= info.size_bytes;
	ret->mime_type = wire_arena_copy(call->arena, info.mime_type, strlen(info.mime_type));
	return ret->mime_type ? 0 : err_set(err, -ENOMEM, "content");
}

int cas_get_run(struct hoot *h, const struct wire_call *call, const struct cas_get *req,
		struct cas_get_result *ret, struct err *err)
{
	static const struct hoot_long work = {get_work, sizeof(*ret)};
	int r = hoot_long(h, call, req, cas_unread_bytes(h->cas, req->hash), &work, ret, err);
	return r < 0 ? r : 0;
}

int cas_stage_run(struct hoot *h, const struct wire_call *call, const struct cas_stage *req,
		  struct cas_stage_result *ret, struct err *err)
{
	char AUTO_MEM *path = NULL;
	int r = cas_stage(h->cas, req->suffix, &path, err);
	if (r < 0)
		return r;
	ret->path = wire_arena_copy(call->arena, path, strlen(path));
	return ret->path ? 0 : err_set(err, -ENOMEM, "content");
}

int cas_stage_write_run(struct hoot *h, const struct wire_call *call,
			const struct cas_stage_write *req, struct cas_stage_write_result *ret,
			struct err *err)
{
	return cas_stage_write(h->cas, req->path, req->offset_bytes, req->data.v, req->data.n,
			       &ret->size_bytes, err);
}

int cas_unstage_run(struct hoot *h, const struct wire_call *call, const struct cas_unstage *req,
		    struct cas_unstage_result *ret, struct err *err)
{
	return cas_unstage(h->cas, req->path, &ret->existed, err);
}

static int adopt_work(struct hoot *h, const struct wire_call *call, const void *request, void *ret,
		      struct err *err)
{
	const struct cas_adopt *req = request;
	struct cas_info *info = ret;
	int r = cas_adopt(h->cas, req->path, req->has_hash ? req->hash : NULL,
			  req->has_mime_type ? req->mime_type : NULL, info, err);
	if (r == -ENOENT && req->has_hash && cas_inspect(h->cas, req->hash, info, NULL) == 0) {
		info->existed = true; /* asked again: it was taken in before */
		r = 0;
	}
	return r;
}

/* The content went into the store beside the turn, so nothing else says that there is an answer to keep. */
static int remember(struct hoot *h, const struct wire_call *call, struct err *err)
{
	struct store_conn *c;
	int r = *call->idempotency_key ? hoot_tx(h, &c, err) : 0;
	if (r == 0 && *call->idempotency_key)
		h->turn.dirty = true;
	return r;
}

int cas_adopt_run(struct hoot *h, const struct wire_call *call, const struct cas_adopt *req,
		  struct cas_adopt_result *ret, struct err *err)
{
	struct cas_info info;
	struct cas_store_result said;
	static const struct hoot_long work = {adopt_work, sizeof(info)};
	int r = hoot_long(h, call, req, hoot_file_bytes(req->path), &work, &info, err);
	if (r > 0)
		return 0;
	if (r == 0)
		r = say(call, &info, &said, err);
	if (r == 0)
		r = remember(h, call, err);
	if (r == 0)
		*ret = (struct cas_adopt_result){.content_hash = said.content_hash,
						 .size_bytes = said.size_bytes,
						 .mime_type = said.mime_type,
						 .existed = said.existed};
	return r;
}

/* --- verification ----------------------------------------------------------------------------- */

static int verify_one(struct hoot *h, const struct wire_call *call, const char *hash,
		      struct cas_verify_result *ret, struct err *err)
{
	int r = cas_verify(h->cas, hash, err);
	if (r < 0 && r != -EBADMSG && r != -ENOENT)
		return r;
	ret->n_checked++;
	if (r == 0) {
		ret->n_good++;
		return 0;
	}
	struct cas_checked *p = &ret->problems.v[ret->problems.n++];
	p->content_hash = wire_arena_copy(call->arena, hash, strlen(hash));
	p->state = r == -ENOENT ? CAS_MISSING : CAS_DAMAGED;
	return p->content_hash ? 0 : err_set(err, -ENOMEM, "content");
}

static int verify_page(struct hoot *h, const struct wire_call *call, const struct cas_verify *req,
		       struct cas_verify_result *ret, struct err *err)
{
	char *at = wire_arena_alloc(call->arena, CAS_HASH_SIZE);
	if (!at)
		return err_set(err, -ENOMEM, "content");
	(void)str_copy(at, CAS_HASH_SIZE,
		       req->cursor); /* a longer one is beyond every hash anyway */
	int r = 0;
	while (r == 0 && ret->n_checked < req->limit) {
		r = cas_next(h->cas, at, at, err);
		if (r == -ENOENT)
			return 0;
		if (r == 0)
			r = verify_one(h, call, at, ret, err);
	}
	ret->cursor = at;
	return r;
}

static int verify_work(struct hoot *h, const struct wire_call *call, const void *request,
		       void *result, struct err *err)
{
	const struct cas_verify *req = request;
	struct cas_verify_result *ret = result;
	ret->cursor = "";
	ret->problems.v = wire_arena_array(call->arena, req->has_hash ? 1 : (size_t)req->limit,
					   sizeof(*ret->problems.v));
	if (!ret->problems.v)
		return err_set(err, -ENOMEM, "content");
	return req->has_hash ? verify_one(h, call, req->hash, ret, err)
			     : verify_page(h, call, req, ret, err);
}

int cas_verify_run(struct hoot *h, const struct wire_call *call, const struct cas_verify *req,
		   struct cas_verify_result *ret, struct err *err)
{
	static const struct hoot_long work = {verify_work, sizeof(*ret)};
	int64_t n = req->has_hash ? cas_bytes(h->cas, req->hash) : INT64_MAX; /* a page has many */
	int r = hoot_long(h, call, req, n, &work, ret, err);
	return r < 0 ? r : 0;
}

int storage_stats_run(struct hoot *h, const struct wire_call *call, const struct storage_stats *req,
		      struct storage_stats_result *ret, struct err *err)
{
	struct cas_counts counts;
	struct store_conn *c;
	int r = hoot_settle(h, err);
	if (r == 0)
		r = cas_count(h->cas, &counts, err);
	if (r == 0)
		r = hoot_tx(h, &c, err);
	if (r == 0)
		r = store_int(c, &ret->n_artifacts, err, "SELECT count(*) FROM artifact", "");
	if (r == 0)
		r = store_int(c, &ret->n_jobs, err, "SELECT count(*) FROM job", "");
	if (r == 0)
		r = outbox_count(c, &ret->n_outbox, err);
	if (r < 0)
		return r;
	ret->cas_root = cas_root(h->cas);
	ret->n_contents = counts.n_contents;
	ret->content_bytes = counts.content_bytes;
	ret->n_staged = counts.n_staged;
	ret->free_bytes = counts.free_bytes;
	return 0;
}
