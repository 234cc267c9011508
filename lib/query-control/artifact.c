/*
 * artifact.c - artifacts, what they were made from, and what became of them.
 */
#include "query-control/artifact_kept_priv.h"
#include "query-control/tables_priv.h"

#include "cas/path.h"

#include "base/banned.h"

#define FROM(after) ARTIFACT_SQL("SELECT ", " FROM " after)
#define SELECT "SELECT " ARTIFACT_COLUMNS_ALL " FROM artifact a "
#define NEWEST " ORDER BY a.id DESC"

const char *artifact_vertex_id(const struct tf_vertex *v)
{
	return artifact_text(v, ARTIFACT_ID);
}

const char *artifact_vertex_hash(const struct tf_vertex *v)
{
	return artifact_text(v, ARTIFACT_HASH);
}

const char *artifact_vertex_space(const struct tf_vertex *v)
{
	return artifact_text(v, ARTIFACT_SPACE);
}

static const struct kept_way by_id = {FROM("artifact a WHERE a.id = ?"), "artifact a WHERE a.id = ?", true, true};
#define OF_CONTENT "artifact a WHERE a.content_hash = ?" NEWEST " LIMIT 1"
static const struct kept_way by_content = {FROM(OF_CONTENT), OF_CONTENT, false, true};

int artifact_open_hinted(struct tf_iter *it, struct tf_context *c, const struct tf_hints *hints, const char *id, struct err *err)
{
	return artifact_open_kept(it, c, hints, &by_id, id, err);
}

int artifact_open_by_id(struct tf_iter *it, struct tf_context *c, const char *id, struct err *err)
{
	return artifact_open_kept(it, c, NULL, &by_id, id, err);
}

int artifact_open_newest(struct tf_iter *it, struct tf_context *c, const struct tf_hints *hints, const char *content_hash,
			 struct err *err)
{
	return artifact_open_kept(it, c, hints, &by_content, content_hash, err);
}

SELECT_BY(artifact_open_of_space, SELECT "WHERE a.space = ?" NEWEST)
SELECT_BY(artifact_open_of_creator, SELECT "WHERE a.creator = ?" NEWEST)
SELECT_BY(artifact_open_of_tag, "SELECT " ARTIFACT_COLUMNS_ALL
	  " FROM artifact_tag t CROSS JOIN artifact a ON a.id = t.artifact_id WHERE t.tag = ? ORDER BY t.artifact_id DESC")
SELECT_BY(artifact_open_inputs, "SELECT " ARTIFACT_COLUMNS_ALL
	  " FROM job_input i CROSS JOIN artifact a ON a.id = i.artifact_id WHERE i.job_id = ? ORDER BY i.place")
SELECT_ONE_BY(artifact_open_result, SELECT "WHERE a.id = (SELECT artifact_id FROM job_step WHERE job_id = ? ORDER BY step DESC LIMIT 1)")

/* ---- properties ---- */

static struct tf_value value_of(const struct tf_vertex *v, enum artifact_column column)
{
	if (v->aux == ARTIFACT_KEPT)
		return kept_value(v, column);
	return artifact_column_value(&artifact_sources[column], select_row(v), (int)column, 0);
}

#define VALUE(fn, column) SELECT_GET(fn, value_of(v, column))

VALUE(get_id, ARTIFACT_ID)
VALUE(get_hash, ARTIFACT_HASH)
VALUE(get_mime, ARTIFACT_MIME)
VALUE(get_size, ARTIFACT_SIZE)
VALUE(get_space, ARTIFACT_SPACE)
VALUE(get_creator, ARTIFACT_CREATOR)
VALUE(get_metadata, ARTIFACT_METADATA)
VALUE(get_verb, ARTIFACT_VERB)
VALUE(get_params, ARTIFACT_PARAMS)
VALUE(get_seed, ARTIFACT_SEED)
VALUE(get_model, ARTIFACT_MODEL)
VALUE(get_job, ARTIFACT_JOB)
VALUE(get_created, ARTIFACT_CREATED)
SELECT_GET(get_age, tf_float((double)(query_world(c)->now_unix_ms - value_of(v, ARTIFACT_CREATED).i) / 1000.0))

static int get_path(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const char *root = control_of(c)->cas_root;
	char AUTO_MEM *path = NULL;
	int r = root ? cas_path(root, artifact_vertex_hash(v), &path, err) : 0;
	if (r < 0)
		return r;
	const char *kept = path ? tf_context_printf(c, "%s", path) : NULL;
	if (path && !kept)
		return err_set(err, -ENOMEM, "query");
	*ret = tf_string(kept);
	return 0;
}

static int get_tags(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	if (v->aux == ARTIFACT_KEPT) {
		*ret = kept_value(v, ARTIFACT_TAGS);
		return 0;
	}
	return select_list(c, "SELECT tag FROM artifact_tag WHERE artifact_id = ? ORDER BY tag", artifact_vertex_id(v), ret, err);
}

static int get_title(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	if (v->aux == ARTIFACT_KEPT) {
		*ret = kept_value(v, ARTIFACT_TITLE);
		return 0;
	}
	return select_text_of(c, "SELECT CAST(json_extract(?, '$.title') AS TEXT)", select_text(v, ARTIFACT_METADATA), ret, err);
}

static int get_duration(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	sqlite3_stmt *q;
	if (v->aux == ARTIFACT_KEPT) {
		*ret = kept_value(v, ARTIFACT_DURATION);
		return 0;
	}
	int r = store_query(control_of(c)->conn, &q, err, "SELECT json_extract(?, '$.duration_s')", "t",
			    select_text(v, ARTIFACT_METADATA));
	if (r == 0)
		r = store_step(control_of(c)->conn, q, err);
	if (r > 0)
		*ret = artifact_column_value(&artifact_sources[ARTIFACT_DURATION], q, 0, 0);
	store_done(q);
	return r < 0 ? r : 0;
}

static const struct tf_property_row properties[] = {
	{"artifact_id", "String!", "Which artifact it is.", get_id},
	{"content_hash", "String!", "The hash of its content; several artifacts may have the same.", get_hash},
	{"path", "String", "The file of its content, for readers on hootenanny's machine.", get_path},
	{"mime_type", "String!", "The media type of its content.", get_mime},
	{"size_bytes", "Int!", "How long its content is, in bytes.", get_size},
	{"space", "String!", "The space that it lives in: midi, abc, audio, image …", get_space},
	{"creator", "String!", "The participant on whose behalf it was made.", get_creator},
	{"tags", "[String!]!", "Its tags, sorted.", get_tags},
	{"title", "String", "The title in its metadata.", get_title},
	{"duration_seconds", "Float", "How long it lasts, or what it shows or tells of, in seconds, when its maker has said so.", get_duration},
	{"metadata", "String!", "Whatever its maker wants known, as JSON; the edge annotations has it one by one.", get_metadata},
	{"verb", "String!", "How it was made: import, upload, create, sample, continue, project …", get_verb},
	{"params", "String!", "The parameters that it was made with, as JSON.", get_params},
	{"seed", "Int", "The seed that it was made with.", get_seed},
	{"model", "String!", "Model and version that made it; empty when none did.", get_model},
	{"job_id", "String", "The job that made it.", get_job},
	{"created_unix_ms", "Int!", "When it was made, in milliseconds since 1970.", get_created},
	{"age_seconds", "Float!", "How long ago it was made, in seconds.", get_age},
};

/* ---- edges ---- */

#define PARENTS "artifact_parent p CROSS JOIN artifact a ON a.id = p.parent WHERE p.child = ? ORDER BY p.place"
/* Parents are there: the file holds to it. */
static const struct kept_way parents = {
	{"SELECT p.parent FROM artifact_parent p WHERE p.child = ? ORDER BY p.place",
	 "SELECT " ARTIFACT_COLUMNS_CONTENT " FROM " PARENTS,
	 "SELECT " ARTIFACT_COLUMNS_ALL " FROM " PARENTS},
	PARENTS, false, false};
static const char *const children[] =
	FROM("artifact_parent p CROSS JOIN artifact a ON a.id = p.child WHERE p.parent = ? GROUP BY p.child ORDER BY p.child");
/* UNION leaves out what was reached before; rows come as they are found, nearest first. */
static const char *const ancestors[] = ARTIFACT_SQL(
	"WITH RECURSIVE up(id) AS (SELECT parent FROM artifact_parent WHERE child = ?1 UNION SELECT p.parent FROM up"
	" CROSS JOIN artifact_parent p ON p.child = up.id) SELECT ",
	" FROM up CROSS JOIN artifact a ON a.id = up.id");
static const char *const descendants[] = ARTIFACT_SQL(
	"WITH RECURSIVE down(id) AS (SELECT child FROM artifact_parent WHERE parent = ?1 UNION SELECT p.child FROM down"
	" CROSS JOIN artifact_parent p ON p.parent = down.id) SELECT ",
	" FROM down CROSS JOIN artifact a ON a.id = down.id");

SELECT_OPEN(open_parents, artifact_open_kept(it, c, hints, &parents, artifact_vertex_id(from), err))
SELECT_OPEN(open_children, select_open(it, c, err, children[artifact_width(hints)], "t", artifact_vertex_id(from)))
SELECT_OPEN(open_ancestors, select_open(it, c, err, ancestors[artifact_width(hints)], "t", artifact_vertex_id(from)))
SELECT_OPEN(open_descendants, select_open(it, c, err, descendants[artifact_width(hints)], "t", artifact_vertex_id(from)))
/* Of an artifact that may be a kept one. */
#define EDGE_OF_ID(fn, sql) SELECT_OPEN(fn, select_open(it, c, err, sql, "t", artifact_vertex_id(from)))
/*
 * Two of the same parents by the same verb; and what a decision has asked for instead of it. The job of the decision makes
 * artifacts in each of its steps; the one that varies this is that of the same space.
 */
EDGE_OF_ID(open_variations,
	    "WITH other(id) AS ("
	    "SELECT q.child FROM artifact_parent p CROSS JOIN artifact_parent q ON q.parent = p.parent AND q.place = 0"
	    " CROSS JOIN artifact s ON s.id = p.child CROSS JOIN artifact o ON o.id = q.child"
	    " WHERE p.child = ?1 AND p.place = 0 AND o.verb = s.verb AND o.space = s.space AND o.id <> s.id"
	    " UNION SELECT o.id FROM decision d CROSS JOIN artifact s ON s.id = d.artifact_id CROSS JOIN artifact o ON o.job_id = d.job_id"
	    " WHERE d.artifact_id = ?1 AND d.job_id IS NOT NULL AND o.space = s.space"
	    " UNION SELECT o.id FROM artifact s CROSS JOIN decision d ON d.job_id = s.job_id CROSS JOIN artifact o ON o.id = d.artifact_id"
	    " WHERE s.id = ?1 AND o.space = s.space)"
	    " SELECT " ARTIFACT_COLUMNS_ALL " FROM other CROSS JOIN artifact a ON a.id = other.id")
EDGE_OF_ID(open_same_content, SELECT "WHERE a.content_hash = (SELECT content_hash FROM artifact WHERE id = ?1) AND a.id <> ?1" NEWEST)
/* Values that are no texts as JSON. */
SELECT_OPEN(open_annotations,
	    select_open(it, c, err,
			"SELECT key, CASE type WHEN 'null' THEN 'null' WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(value AS TEXT)"
			" END FROM json_each(?)",
			"t", artifact_text(from, ARTIFACT_METADATA)))

SELECT_OPEN(open_tags,
	    select_open_names(it, c, err, "SELECT tag FROM artifact_tag WHERE artifact_id = ? ORDER BY tag", artifact_vertex_id(from)))
SELECT_OPEN(open_job, job_open_by_id(it, c, artifact_text(from, ARTIFACT_JOB), err))
SELECT_OPEN(open_used_by, job_open_of_input(it, c, artifact_vertex_id(from), err))
SELECT_OPEN(open_decisions, decision_open_of_artifact(it, c, artifact_vertex_id(from), err))
SELECT_OPEN(open_regions, regions_open_of_artifact(it, c, artifact_vertex_id(from), artifact_vertex_hash(from), err))
SELECT_OPEN(open_space, name_open(it, artifact_vertex_space(from)))
SELECT_OPEN(open_creator, name_open(it, artifact_text(from, ARTIFACT_CREATOR)))

static const struct tf_edge_row edges[] = {
	{"parents", "[Artifact!]!", "What it was made from, in order.", NULL, 0, open_parents},
	{"children", "[Artifact!]!", "What was made from it, oldest first.", NULL, 0, open_children},
	{"ancestors", "[Artifact!]!", "All that it descends from, each once, nearest first.", NULL, 0, open_ancestors},
	{"descendants", "[Artifact!]!", "All that descends from it, each once, nearest first.", NULL, 0, open_descendants},
	{"variations", "[Artifact!]!",
	 "Others of its space that were made from the same by the same verb, or instead of it when somebody asked for a variation.", NULL, 0,
	 open_variations},
	{"same_content", "[Artifact!]!", "Other artifacts with the same content, newest first.", NULL, 0, open_same_content},
	{"tagged", "[Tag!]!", "Its tags, with what else has them.", NULL, 0, open_tags},
	{"annotations", "[Annotation!]!", "Its metadata one by one.", NULL, 0, open_annotations},
	{"job", "Job", "The job that made it.", NULL, 0, open_job},
	{"used_by", "[Job!]!", "The jobs that it was given to, newest first.", NULL, 0, open_used_by},
	{"decisions", "[Decision!]!", "What was decided about it, oldest first.", NULL, 0, open_decisions},
	{"regions", "[Region!]!", "The regions of the timeline that play it or will.", NULL, 0, open_regions},
	{"in_space", "Space!", "The space that it lives in.", NULL, 0, open_space},
	{"by", "Actor!", "The participant on whose behalf it was made.", NULL, 0, open_creator},
};

SELECT_TEXT(get_key, 0)
SELECT_TEXT(get_value, 1)
static const struct tf_property_row annotation_properties[] = {
	{"key", "String!", "What it is about.", get_key},
	{"value", "String!", "What it says; what is no text is written as JSON.", get_value},
};

static const struct tf_type_row types[] = {
	{.name = "Artifact",
	 .doc = "Who made which content, from what, how. Artifacts are never changed, only tagged.",
	 TF_PROPERTIES(properties),
	 TF_EDGES(edges)},
	{.name = "Annotation", .doc = "One entry of an artifact's metadata.", TF_PROPERTIES(annotation_properties)},
};

/* ---- where to start ---- */

#define PATHS(columns) \
	{ \
		{SELECT_EQUAL, "artifact_id", "SELECT " columns " FROM artifact a WHERE a.id = ?", NULL}, \
		{SELECT_EQUAL, "content_hash", "SELECT " columns " FROM artifact a WHERE a.content_hash = ?" NEWEST, NULL}, \
		{SELECT_EQUAL, "job_id", "SELECT " columns " FROM artifact a WHERE a.job_id = ?" NEWEST, NULL}, \
		{SELECT_CONTAINS, "tags", \
		 "SELECT " columns " FROM artifact_tag t CROSS JOIN artifact a ON a.id = t.artifact_id WHERE t.tag = ?" \
		 " ORDER BY t.artifact_id DESC", \
		 NULL}, \
		{SELECT_RANGE, "created_unix_ms", "SELECT " columns IN_TIME, NULL}, \
		{SELECT_RANGE_OF_AGE, "age_seconds", "SELECT " columns IN_TIME, NULL}, \
		{SELECT_EQUAL, "creator", "SELECT " columns " FROM artifact a WHERE a.creator = ?" NEWEST, NULL}, \
		{SELECT_EQUAL, "space", "SELECT " columns " FROM artifact a WHERE a.space = ?" NEWEST, NULL}, \
		{SELECT_ALL, NULL, "SELECT " columns " FROM artifact a " NEWEST, NULL}, \
	}
#define IN_TIME " FROM artifact a WHERE a.created_unix_ms BETWEEN ?1 AND ?2 ORDER BY a.created_unix_ms DESC, a.id DESC"

enum { N_PATHS = 9 };
static const struct select_path paths[ARTIFACT_WIDTHS][N_PATHS] = {
	PATHS(ARTIFACT_COLUMNS_ID),
	PATHS(ARTIFACT_COLUMNS_CONTENT),
	PATHS(ARTIFACT_COLUMNS_ALL),
};

SELECT_OPEN(open_all, select_by_hints(it, c, hints, paths[artifact_width(hints)], N_PATHS, err))

static const struct tf_edge_row roots[] = {
	{"Artifact", "[Artifact!]!", "All artifacts, newest first.", NULL, 0, open_all},
};

const struct tf_table control_artifacts = {types, COUNT_OF(types), roots, COUNT_OF(roots)};
