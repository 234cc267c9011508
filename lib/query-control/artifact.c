/*
 * artifact.c - artifacts, what they were made from, and what became of them.
 */
#include "query-control/tables_priv.h"

#include "cas/path.h"

#include "base/banned.h"

/* In this order in every statement that gives artifacts. */
enum { ID, HASH, MIME, SIZE, SPACE, CREATOR, METADATA, VERB, PARAMS, SEED, MODEL, JOB, CREATED };
#define COLUMNS \
	"a.id, a.content_hash, a.mime_type, a.size_bytes, a.space, a.creator, a.metadata, a.verb, a.params, a.seed, a.model," \
	" a.job_id, a.created_unix_ms"
#define SELECT "SELECT " COLUMNS " FROM artifact a "
#define NEWEST " ORDER BY a.id DESC"

const char *artifact_vertex_id(const struct tf_vertex *v)
{
	return select_text(v, ID);
}

const char *artifact_vertex_hash(const struct tf_vertex *v)
{
	return select_text(v, HASH);
}

const char *artifact_vertex_space(const struct tf_vertex *v)
{
	return select_text(v, SPACE);
}

const char *artifact_vertex_mime(const struct tf_vertex *v)
{
	return select_text(v, MIME);
}

SELECT_ONE_BY(artifact_open_by_id, SELECT "WHERE a.id = ?")
SELECT_BY(artifact_open_by_hash, SELECT "WHERE a.content_hash = ?" NEWEST)
SELECT_ONE_BY(artifact_open_newest, SELECT "WHERE a.content_hash = ?" NEWEST " LIMIT 1")
SELECT_BY(artifact_open_of_space, SELECT "WHERE a.space = ?" NEWEST)
SELECT_BY(artifact_open_of_creator, SELECT "WHERE a.creator = ?" NEWEST)
SELECT_BY(artifact_open_of_tag,
	  "SELECT " COLUMNS " FROM artifact_tag t CROSS JOIN artifact a ON a.id = t.artifact_id WHERE t.tag = ? ORDER BY t.artifact_id DESC")
SELECT_BY(artifact_open_inputs,
	  "SELECT " COLUMNS " FROM job_input i CROSS JOIN artifact a ON a.id = i.artifact_id WHERE i.job_id = ? ORDER BY i.place")
SELECT_ONE_BY(artifact_open_result, SELECT "WHERE a.id = (SELECT artifact_id FROM job_step WHERE job_id = ? ORDER BY step DESC LIMIT 1)")

/* ---- properties ---- */

SELECT_TEXT(get_id, ID)
SELECT_TEXT(get_hash, HASH)
SELECT_TEXT(get_mime, MIME)
SELECT_INT(get_size, SIZE)
SELECT_TEXT(get_space, SPACE)
SELECT_TEXT(get_creator, CREATOR)
SELECT_TEXT(get_metadata, METADATA)
SELECT_TEXT(get_verb, VERB)
SELECT_TEXT(get_params, PARAMS)
SELECT_INT(get_seed, SEED)
SELECT_TEXT(get_model, MODEL)
SELECT_TEXT(get_job, JOB)
SELECT_INT(get_created, CREATED)
SELECT_AGE(get_age, CREATED)

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
	return select_list(c, "SELECT tag FROM artifact_tag WHERE artifact_id = ? ORDER BY tag", artifact_vertex_id(v), ret, err);
}

static int get_title(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	return select_text_of(c, "SELECT CAST(json_extract(?, '$.title') AS TEXT)", select_text(v, METADATA), ret, err);
}

static int get_duration(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(control_of(c)->conn, &q, err, "SELECT json_extract(?, '$.duration_s')", "t",
			    select_text(v, METADATA));
	if (r == 0)
		r = store_step(control_of(c)->conn, q, err);
	if (r > 0) {
		int type = sqlite3_column_type(q, 0);
		bool number = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
		*ret = number ? tf_float(sqlite3_column_double(q, 0)) : TF_VALUE_NULL;
	}
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

SELECT_EDGE(open_parents,
	    "SELECT " COLUMNS " FROM artifact_parent p CROSS JOIN artifact a ON a.id = p.parent WHERE p.child = ? ORDER BY p.place", ID)
SELECT_EDGE(open_children,
	    "SELECT " COLUMNS " FROM artifact_parent p CROSS JOIN artifact a ON a.id = p.child WHERE p.parent = ? GROUP BY p.child ORDER BY p.child", ID)
/* UNION leaves out what was reached before; rows come as they are found, nearest first. */
SELECT_EDGE(open_ancestors,
	    "WITH RECURSIVE up(id) AS (SELECT parent FROM artifact_parent WHERE child = ?1 UNION SELECT p.parent FROM up"
	    " CROSS JOIN artifact_parent p ON p.child = up.id) SELECT " COLUMNS " FROM up CROSS JOIN artifact a ON a.id = up.id",
	    ID)
SELECT_EDGE(open_descendants,
	    "WITH RECURSIVE down(id) AS (SELECT child FROM artifact_parent WHERE parent = ?1 UNION SELECT p.child FROM down"
	    " CROSS JOIN artifact_parent p ON p.parent = down.id) SELECT " COLUMNS " FROM down CROSS JOIN artifact a ON a.id = down.id",
	    ID)
/*
 * Two of the same parents by the same verb; and what a decision has asked for instead of it. The job of the decision makes
 * artifacts in each of its steps; the one that varies this is that of the same space.
 */
SELECT_EDGE(open_variations,
	    "WITH other(id) AS ("
	    "SELECT q.child FROM artifact_parent p CROSS JOIN artifact_parent q ON q.parent = p.parent AND q.place = 0"
	    " CROSS JOIN artifact s ON s.id = p.child CROSS JOIN artifact o ON o.id = q.child"
	    " WHERE p.child = ?1 AND p.place = 0 AND o.verb = s.verb AND o.space = s.space AND o.id <> s.id"
	    " UNION SELECT o.id FROM decision d CROSS JOIN artifact s ON s.id = d.artifact_id CROSS JOIN artifact o ON o.job_id = d.job_id"
	    " WHERE d.artifact_id = ?1 AND d.job_id IS NOT NULL AND o.space = s.space"
	    " UNION SELECT o.id FROM artifact s CROSS JOIN decision d ON d.job_id = s.job_id CROSS JOIN artifact o ON o.id = d.artifact_id"
	    " WHERE s.id = ?1 AND o.space = s.space)"
	    " SELECT " COLUMNS " FROM other CROSS JOIN artifact a ON a.id = other.id",
	    ID)
SELECT_EDGE(open_same_content, SELECT "WHERE a.content_hash = (SELECT content_hash FROM artifact WHERE id = ?1) AND a.id <> ?1" NEWEST,
	    ID)
/* Values that are no texts as JSON. */
SELECT_EDGE(open_annotations,
	    "SELECT key, CASE type WHEN 'null' THEN 'null' WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(value AS TEXT)"
	    " END FROM json_each(?)",
	    METADATA)

SELECT_OPEN(open_tags,
	    select_open_names(it, c, err, "SELECT tag FROM artifact_tag WHERE artifact_id = ? ORDER BY tag", artifact_vertex_id(from)))
SELECT_OPEN(open_job, job_open_by_id(it, c, select_text(from, JOB), err))
SELECT_OPEN(open_used_by, job_open_of_input(it, c, artifact_vertex_id(from), err))
SELECT_OPEN(open_decisions, decision_open_of_artifact(it, c, artifact_vertex_id(from), err))
SELECT_OPEN(open_regions, regions_open_of_artifact(it, c, artifact_vertex_id(from), artifact_vertex_hash(from), err))
SELECT_OPEN(open_space, name_open(it, select_text(from, SPACE)))
SELECT_OPEN(open_creator, name_open(it, select_text(from, CREATOR)))

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

static const struct select_path paths[] = {
	{SELECT_EQUAL, "artifact_id", SELECT "WHERE a.id = ?", NULL},
	{SELECT_EQUAL, "content_hash", SELECT "WHERE a.content_hash = ?" NEWEST, NULL},
	{SELECT_EQUAL, "job_id", SELECT "WHERE a.job_id = ?" NEWEST, NULL},
	{SELECT_CONTAINS, "tags",
	 "SELECT " COLUMNS " FROM artifact_tag t CROSS JOIN artifact a ON a.id = t.artifact_id WHERE t.tag = ? ORDER BY t.artifact_id DESC",
	 NULL},
	{SELECT_RANGE, "created_unix_ms",
	 SELECT "WHERE a.created_unix_ms BETWEEN ?1 AND ?2 ORDER BY a.created_unix_ms DESC, a.id DESC", NULL},
	{SELECT_RANGE_OF_AGE, "age_seconds",
	 SELECT "WHERE a.created_unix_ms BETWEEN ?1 AND ?2 ORDER BY a.created_unix_ms DESC, a.id DESC", NULL},
	{SELECT_EQUAL, "creator", SELECT "WHERE a.creator = ?" NEWEST, NULL},
	{SELECT_EQUAL, "space", SELECT "WHERE a.space = ?" NEWEST, NULL},
	{SELECT_ALL, NULL, SELECT NEWEST, NULL},
};

SELECT_OPEN(open_all, select_by_hints(it, c, hints, paths, COUNT_OF(paths), err))

static const struct tf_edge_row roots[] = {
	{"Artifact", "[Artifact!]!", "All artifacts, newest first.", NULL, 0, open_all},
};

const struct tf_table control_artifacts = {types, COUNT_OF(types), roots, COUNT_OF(roots)};
