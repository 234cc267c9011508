#include "jobs/artifact.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cas/path.h"
#include "jobs/lineage.h"
#include "jobs/rows.h"

#include "base/banned.h"

const char *artifact_space_of(const char *mime_type)
{
	static const struct {
		const char *prefix, *space;
	} table[] = {
		{"audio/midi", "midi"},  {"audio/mid", "midi"}, {"audio/x-soundfont", "soundfont"}, {"audio/", "audio"},
		{"text/vnd.abc", "abc"}, {"text/", "text"},     {"image/", "image"},
		{"application/vnd.recordare.musicxml", "musicxml"},
	};
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (str_starts(mime_type, table[i].prefix))
			return table[i].space;
	return "data";
}

/* --- adding ----------------------------------------------------------------------------------- */

struct content {
	int64_t size_bytes;
	char mime_type[128];
};

static int find_content(struct store_conn *c, const char *hash, struct content *ret,
			struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT size_bytes, mime_type FROM cas_content WHERE hash = ?", "t",
			    hash);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0) {
		ret->size_bytes = sqlite3_column_int64(q, 0);
		str_copy(ret->mime_type, sizeof(ret->mime_type), store_text(q, 1));
	} else if (r == 0) {
		r = err_field(err, -ENOENT, "cas_hash", "no content %s", hash);
	}
	store_done(q);
	return r < 0 ? r : 0;
}

int artifact_missing(const char *field, const char *id, struct err *err)
{
	return err_hint(err, err_field(err, -ENOENT, field, "no artifact '%.64s'", id),
			"artifact_list lists them; artifact_upload, artifact_import and jobs make some");
}

static int check_exists(struct store_conn *c, const char *id, const char *field, struct err *err)
{
	int64_t n = 0;
	int r = store_int(c, &n, err, "SELECT count(*) FROM artifact WHERE id = ?", "t", id);
	return r == 0 && n == 0 ? artifact_missing(field, id, err) : r;
}

static int add_parents(struct store_conn *c, const char *id, const struct artifact_new *a,
		       struct err *err)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < a->n_parents; i++) {
		r = check_exists(c, a->parents[i], "parents", err);
		if (r == 0)
			r = store_exec(
				c, err,
				"INSERT INTO artifact_parent(child, place, parent) VALUES(?, ?, ?)",
				"tit", id, (int64_t)i, a->parents[i]);
	}
	return r;
}

static int add_tag(struct store_conn *c, const char *id, const char *tag, struct err *err)
{
	if (!*tag || strlen(tag) > 64)
		return err_field(err, -EINVAL, "tags", "'%.70s' is not a tag (1 to 64 bytes)", tag);
	return store_exec(c, err,
			  "INSERT OR IGNORE INTO artifact_tag(artifact_id, tag) VALUES(?, ?)", "tt",
			  id, tag);
}

static int insert(struct store_conn *c, const char *id, const struct artifact_new *a,
		  const struct content *content, struct err *err)
{
	const char *mime = a->mime_type ? a->mime_type : content->mime_type;
	char AUTO_MEM *metadata = row_object_text(a->metadata),
		      AUTO_MEM *params = row_object_text(a->params);
	if (!metadata || !params)
		return err_set(err, -ENOMEM, "artifact");
	int r = store_exec(c, err,
			   "INSERT INTO artifact(id, content_hash, mime_type, size_bytes, space, "
			   "creator, metadata, verb, params, seed, model,"
			   " job_id, cache_key, created_unix_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, "
			   "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
			   "tttittttt"
			   "ittti",
			   id, a->content_hash, mime, content->size_bytes,
			   a->space ? a->space : artifact_space_of(mime), a->creator, metadata,
			   a->verb, params, a->seed, a->model, a->job_id, a->cache_key,
			   a->now_unix_ms);
	if (r == 0 && !a->has_seed)
		r = store_exec(c, err, "UPDATE artifact SET seed = NULL WHERE id = ?", "t", id);
	return r;
}

int artifact_add(struct store_conn *c, const struct artifact_new *a, char ret_id[UUID_SIZE],
		 struct err *err)
{
	char id[UUID_SIZE];
	struct content content;
	uuid_new(id);
	int r = find_content(c, a->content_hash, &content, err);
	if (r == 0)
		r = insert(c, id, a, &content, err);
	if (r == 0)
		r = add_parents(c, id, a, err);
	for (size_t i = 0; r == 0 && i < a->n_tags; i++)
		r = add_tag(c, id, a->tags[i], err);
	if (r == 0)
		str_copy(ret_id, UUID_SIZE, id);
	return r;
}

/* --- looking ---------------------------------------------------------------------------------- */

static int load_lists(struct store_conn *c, const char *id, struct wire_arena *arena,
		      struct artifact_view *ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT tag FROM artifact_tag WHERE artifact_id = ? ORDER BY tag", "t",
			    id);
	if (r == 0)
		r = row_texts(c, q, arena, &ret->tags.v, &ret->tags.n, err);
	store_done(q);
	if (r < 0)
		return r;
	r = store_query(c, &q, err,
			"SELECT parent FROM artifact_parent WHERE child = ? ORDER BY place", "t",
			id);
	if (r == 0)
		r = row_texts(c, q, arena, &ret->parents.v, &ret->parents.n, err);
	store_done(q);
	return r;
}

static int path_of(const char *cas_root, const char *hash, struct wire_arena *arena,
		   const char **ret, struct err *err)
{
	char AUTO_MEM *path = NULL;
	int r = cas_path(cas_root, hash, &path, err);
	if (r < 0)
		return r;
	*ret = wire_arena_copy(arena, path, strlen(path));
	return *ret ? 0 : err_set(err, -ENOMEM, "artifact");
}

static int load_row(sqlite3_stmt *q, const char *cas_root, struct wire_arena *arena,
		    struct artifact_view *ret, struct err *err)
{
	*ret = (struct artifact_view){
		.artifact_id = row_text(q, 0, arena),
		.content_hash = row_text(q, 1, arena),
		.mime_type = row_text(q, 2, arena),
		.size_bytes = sqlite3_column_int64(q, 3),
		.space = row_text(q, 4, arena),
		.creator = row_text(q, 5, arena),
		.verb = row_text(q, 7, arena),
		.has_seed = !store_is_null(q, 9),
		.seed = sqlite3_column_int64(q, 9),
		.model = row_text(q, 10, arena),
		.created_unix_ms = sqlite3_column_int64(q, 12),
	};
	ret->has_job_id = row_optional(q, 11, arena, &ret->job_id);
	if (!ret->content_hash)
		return err_set(err, -ENOMEM, "artifact");
	int r = row_json(q, 6, arena, &ret->metadata, err);
	if (r == 0)
		r = row_json(q, 8, arena, &ret->params, err);
	return r < 0 ? r : path_of(cas_root, ret->content_hash, arena, &ret->path, err);
}

int artifact_load(struct store_conn *c, const char *id, const char *cas_root,
		  struct wire_arena *arena, struct artifact_view *ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT id, content_hash, mime_type, size_bytes, space, creator, "
			    "metadata, verb, params, seed, model, job_id,"
			    " created_unix_ms FROM artifact WHERE id = ?",
			    "t", id);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		r = load_row(q, cas_root, arena, ret, err);
	else if (r == 0)
		r = artifact_missing("artifact_id", id, err);
	store_done(q);
	return r < 0 ? r : load_lists(c, id, arena, ret, err);
}

static int load_all(struct store_conn *c, const char *const *ids, size_t n, const char *cas_root,
		    struct wire_arena *arena, struct artifact_view **ret, struct err *err)
{
	struct artifact_view *views = wire_arena_array(arena, n, sizeof(*views));
	if (!views && n)
		return err_set(err, -ENOMEM, "artifacts");
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = artifact_load(c, ids[i], cas_root, arena, &views[i], err);
	*ret = views;
	return r;
}

int artifact_find(struct store_conn *c, const struct artifact_list *query, const char *cas_root,
		  struct wire_arena *arena, struct artifact_list_result *ret, struct err *err)
{
	sqlite3_stmt *q;
	struct row_page page;
	int r = store_query(c, &q, err,
			    "SELECT id FROM artifact a WHERE (?1 IS NULL OR EXISTS (SELECT 1 FROM "
			    "artifact_tag t WHERE t.tag = ?1"
			    " AND t.artifact_id = a.id)) AND (?2 IS NULL OR creator = ?2) AND (?3 "
			    "IS NULL OR space = ?3)"
			    " AND (?4 IS NULL OR content_hash = ?4) AND (?5 = '' OR id < ?5) ORDER "
			    "BY id DESC LIMIT ?6",
			    "ttttti", query->has_tag ? query->tag : NULL,
			    query->has_creator ? query->creator : NULL,
			    query->has_space ? query->space : NULL,
			    query->has_content_hash ? query->content_hash : NULL, query->cursor,
			    query->limit + 1);
	if (r == 0)
		r = row_page(c, q, arena, query->limit, &page, err);
	store_done(q);
	if (r < 0)
		return r;
	ret->artifacts.n = page.n;
	ret->cursor = page.cursor;
	return load_all(c, page.ids, page.n, cas_root, arena, &ret->artifacts.v, err);
}

int artifact_retag(struct store_conn *c, const struct artifact_tag *req, struct err *err)
{
	int r = check_exists(c, req->artifact_id, "artifact_id", err);
	for (size_t i = 0; r == 0 && i < req->add.n; i++)
		r = add_tag(c, req->artifact_id, req->add.v[i], err);
	for (size_t i = 0; r == 0 && i < req->remove.n; i++)
		r = store_exec(c, err, "DELETE FROM artifact_tag WHERE artifact_id = ? AND tag = ?",
			       "tt", req->artifact_id, req->remove.v[i]);
	return r;
}

/* --- lineage ---------------------------------------------------------------------------------- */

static int fill_nodes(struct store_conn *c, const struct lineage *l, const char *cas_root,
		      struct wire_arena *arena, struct artifact_lineage_result *ret,
		      struct err *err)
{
	ret->nodes.v = wire_arena_array(arena, l->n_nodes, sizeof(*ret->nodes.v));
	ret->edges.v = wire_arena_array(arena, l->n_edges, sizeof(*ret->edges.v));
	if (!ret->nodes.v || (!ret->edges.v && l->n_edges))
		return err_set(err, -ENOMEM, "lineage");
	ret->nodes.n = l->n_nodes;
	ret->edges.n = l->n_edges;
	for (size_t i = 0; i < l->n_edges; i++) {
		ret->edges.v[i].parent = wire_arena_copy(arena, l->edges[i].parent, UUID_SIZE - 1);
		ret->edges.v[i].child = wire_arena_copy(arena, l->edges[i].child, UUID_SIZE - 1);
	}
	int r = 0;
	for (size_t i = 0; r == 0 && i < l->n_nodes; i++) {
		ret->nodes.v[i].depth = l->nodes[i].depth;
		r = artifact_load(c, l->nodes[i].id, cas_root, arena, &ret->nodes.v[i].artifact,
				  err);
	}
	return r;
}

int artifact_relatives(struct store_conn *c, const struct artifact_lineage *req,
		       const char *cas_root, struct wire_arena *arena,
		       struct artifact_lineage_result *ret, struct err *err)
{
	struct lineage l = LINEAGE_INIT;
	int r = check_exists(c, req->artifact_id, "artifact_id", err);
	if (r == 0)
		r = lineage_follow(&l, c, req->artifact_id, req->direction, (int)req->depth, err);
	if (r == 0)
		r = fill_nodes(c, &l, cas_root, arena, ret, err);
	ret->complete = l.complete;
	lineage_done(&l);
	return r;
}
