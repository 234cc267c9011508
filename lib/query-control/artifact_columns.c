/*
 * artifact_columns.c - what properties and edges read of an artifact, and where the store has it.
 */
#include "query-control/artifact_kept_priv.h"

#include "base/str.h"

#include "base/banned.h"

/* By column; what filters alone ask for comes behind. */
const struct artifact_source artifact_sources[ARTIFACT_SOURCES] = {
	[ARTIFACT_ID] = {"artifact_id", "a.id", ARTIFACT_IS_TEXT, ARTIFACT_ID},
	[ARTIFACT_HASH] = {"content_hash", "a.content_hash", ARTIFACT_IS_TEXT, ARTIFACT_HASH},
	[ARTIFACT_MIME] = {"mime_type", "a.mime_type", ARTIFACT_IS_TEXT, ARTIFACT_MIME},
	[ARTIFACT_SPACE] = {"space", "a.space", ARTIFACT_IS_TEXT, ARTIFACT_SPACE},
	[ARTIFACT_CREATOR] = {"creator", "a.creator", ARTIFACT_IS_TEXT, ARTIFACT_CREATOR},
	[ARTIFACT_VERB] = {"verb", "a.verb", ARTIFACT_IS_TEXT, ARTIFACT_VERB},
	[ARTIFACT_SIZE] = {"size_bytes", "a.size_bytes", ARTIFACT_IS_INT, ARTIFACT_SIZE},
	[ARTIFACT_METADATA] = {"metadata", "a.metadata", ARTIFACT_IS_TEXT, ARTIFACT_METADATA},
	[ARTIFACT_PARAMS] = {"params", "a.params", ARTIFACT_IS_TEXT, ARTIFACT_PARAMS},
	[ARTIFACT_SEED] = {"seed", "a.seed", ARTIFACT_IS_INT, ARTIFACT_SEED},
	[ARTIFACT_MODEL] = {"model", "a.model", ARTIFACT_IS_TEXT, ARTIFACT_MODEL},
	[ARTIFACT_JOB] = {"job_id", "a.job_id", ARTIFACT_IS_TEXT, ARTIFACT_JOB},
	[ARTIFACT_CREATED] = {"created_unix_ms", "a.created_unix_ms", ARTIFACT_IS_INT, ARTIFACT_CREATED},
	[ARTIFACT_TITLE] = {"title", "CAST(json_extract(a.metadata, '$.title') AS TEXT)", ARTIFACT_IS_TEXT, ARTIFACT_TITLE},
	[ARTIFACT_DURATION] = {"duration_seconds", "json_extract(a.metadata, '$.duration_s')", ARTIFACT_IS_REAL, ARTIFACT_DURATION},
	[ARTIFACT_AGE] = {"age_seconds", "a.created_unix_ms", ARTIFACT_IS_AGE, ARTIFACT_CREATED},
	[ARTIFACT_TAGS] = {"tags",
			   "(SELECT group_concat(length(CAST(tag AS BLOB)) || ':' || tag, '') FROM"
			   " (SELECT tag FROM artifact_tag WHERE artifact_id = a.id ORDER BY tag))",
			   ARTIFACT_IS_TAGS, ARTIFACT_TAGS},
};

#define OF(column) (1u << ARTIFACT_##column)
#define CONTENT    (OF(ID) | OF(HASH) | OF(MIME) | OF(SPACE))

/* What is no column itself, by what its function or the edge's begins with. */
static const struct {
	const char *name;
	uint32_t columns;
} reads[] = {
	{"__typename", OF(ID)},   {"ancestors", OF(ID)},  {"annotations", OF(METADATA)},
	{"by", OF(CREATOR)},      {"children", OF(ID)},   {"decisions", OF(ID)},
	{"descendants", OF(ID)},  {"in_space", OF(SPACE)}, {"job", OF(JOB)},
	{"parents", OF(ID)},      {"path", OF(HASH)},     {"regions", OF(ID) | OF(HASH)},
	{"same_content", OF(ID)}, {"tagged", OF(ID)},     {"used_by", OF(ID)},
	{"variations", OF(ID)},
};

/* Other tables read what control.h gives them. */
static uint32_t columns_of(const char *name)
{
	for (size_t i = 0; i < ARTIFACT_SOURCES; i++) {
		if (str_eq(artifact_sources[i].property, name))
			return 1u << artifact_sources[i].column;
	}
	for (size_t i = 0; i < COUNT_OF(reads); i++) {
		if (str_eq(reads[i].name, name))
			return reads[i].columns;
	}
	return OF(ID) | OF(HASH) | OF(SPACE);
}

uint32_t artifact_columns(const struct tf_hints *hints)
{
	uint32_t columns = OF(ID);
	const char *name;
	for (size_t i = 0; (name = tf_hint_use(hints, i)) != NULL; i++)
		columns |= columns_of(name);
	return columns;
}

enum artifact_width artifact_width_of(uint32_t columns)
{
	columns &= ~OF(TAGS); /* statements have them by the id */
	return columns & ~CONTENT ? ARTIFACT_ALL : columns & ~OF(ID) ? ARTIFACT_CONTENT : ARTIFACT_ONLY_ID;
}

void artifact_columns_write(struct strbuf *b, uint32_t columns)
{
	const char *before = "";
	for (unsigned i = 0; i < ARTIFACT_COLUMNS; i++) {
		if (!(columns & 1u << i))
			continue;
		(void)strbuf_addf(b, "%s%s", before, artifact_sources[i].sql); /* the buffer remembers a failure */
		before = ", ";
	}
}

struct tf_value artifact_column_value(const struct artifact_source *s, sqlite3_stmt *q, int column, int64_t now_unix_ms)
{
	int type = sqlite3_column_type(q, column);
	if (type == SQLITE_NULL)
		return TF_VALUE_NULL;
	switch (s->kind) {
	case ARTIFACT_IS_TEXT:
	case ARTIFACT_IS_TAGS: {
		const char *text = store_text(q, column); /* before its length */
		return tf_stringn(text, (size_t)sqlite3_column_bytes(q, column));
	}
	case ARTIFACT_IS_INT:
		return tf_int(sqlite3_column_int64(q, column));
	case ARTIFACT_IS_REAL:
		return type == SQLITE_INTEGER || type == SQLITE_FLOAT ? tf_float(sqlite3_column_double(q, column)) : TF_VALUE_NULL;
	case ARTIFACT_IS_AGE:
		return tf_float((double)(now_unix_ms - sqlite3_column_int64(q, column)) / 1000.0);
	}
	return TF_VALUE_NULL;
}

const char *artifact_tag_next(const char **at, size_t *ret_n)
{
	size_t n = 0;
	const char *s = *at;
	if (!s || !*s)
		return NULL;
	for (; *s != ':'; s++)
		n = n * 10 + (size_t)(*s - '0');
	*ret_n = n;
	*at = s + 1 + n;
	return s + 1;
}
