/*
 * decision.c - what was decided about generated content, and who changed what.
 */
#include "query-control/tables_priv.h"

#include "base/banned.h"

/* ---- decisions ---- */

enum { ID, DECISION, REGION, ARTIFACT, ACTOR, REASON, MIX_IN, JOB, DELIVERED, REFUSAL, CREATED };
#define SELECT \
	"SELECT d.id, d.decision, d.region_id, d.artifact_id, d.actor, d.reason, d.mix_in, d.job_id, d.delivered, d.refusal," \
	" d.created_unix_ms FROM decision d "
#define OLDEST " ORDER BY d.id"
#define NEWEST " ORDER BY d.id DESC"

SELECT_BY(decision_open_of_artifact, SELECT "WHERE d.artifact_id = ?" OLDEST)
SELECT_BY(decision_open_of_region, SELECT "WHERE d.region_id = ?" OLDEST)
SELECT_BY(decision_open_of_job, SELECT "WHERE d.job_id = ?" OLDEST)
SELECT_BY(decision_open_of_actor, SELECT "WHERE d.actor = ?" NEWEST)

SELECT_TEXT(get_id, ID)
SELECT_ENUM(get_decision, DECISION, decision_kind)
SELECT_TEXT(get_region, REGION)
SELECT_TEXT(get_artifact, ARTIFACT)
SELECT_TEXT(get_actor, ACTOR)
SELECT_TEXT(get_reason, REASON)
SELECT_TEXT(get_mix_in, MIX_IN)
SELECT_TEXT(get_job, JOB)
SELECT_BOOL(get_delivered, DELIVERED)
SELECT_TEXT(get_refusal, REFUSAL)
SELECT_INT(get_created, CREATED)
SELECT_AGE(get_age, CREATED)

static const struct tf_property_row decision_properties[] = {
	{"decision_id", "String!", "Which decision it is.", get_id},
	{"decision", "String!", "approve, hold, reject or request_variation.", get_decision},
	{"region_id", "String!", "The latent region that it is about.", get_region},
	{"artifact_id", "String", "The artifact that it is about.", get_artifact},
	{"actor", "String!", "Who decided.", get_actor},
	{"reason", "String!", "Why.", get_reason},
	{"mix_in", "String", "How an approved one enters, as JSON.", get_mix_in},
	{"job_id", "String", "The job that makes the variation that was asked for.", get_job},
	{"delivered", "Boolean!", "chaosgarden has acknowledged it.", get_delivered},
	{"refusal", "String", "Why chaosgarden could not act on it.", get_refusal},
	{"created_unix_ms", "Int!", "When it was decided, in milliseconds since 1970.", get_created},
	{"age_seconds", "Float!", "How long ago it was decided, in seconds.", get_age},
};

SELECT_OPEN(open_region, (query_region_open_id(it, select_text(from, REGION)), 0))
SELECT_OPEN(open_artifact, artifact_open_by_id(it, c, select_text(from, ARTIFACT), err))
SELECT_OPEN(open_job, job_open_by_id(it, c, select_text(from, JOB), err))
SELECT_OPEN(open_actor, name_open(it, select_text(from, ACTOR)))

static const struct tf_edge_row decision_edges[] = {
	{"region", "Region", "The latent region that it is about, while the timeline has it.", NULL, 0, open_region},
	{"artifact", "Artifact", "The artifact that it is about.", NULL, 0, open_artifact},
	{"job", "Job", "The job that makes the variation that was asked for.", NULL, 0, open_job},
	{"by", "Actor!", "Who decided.", NULL, 0, open_actor},
};

static const struct tf_type_row decision_types[] = {
	{.name = "Decision",
	 .doc = "An entry of the log of decisions, which keeps them for ever.",
	 TF_PROPERTIES(decision_properties),
	 TF_EDGES(decision_edges)},
};

static const struct select_path decision_paths[] = {
	{SELECT_EQUAL, "decision_id", SELECT "WHERE d.id = ?", NULL},
	{SELECT_EQUAL, "region_id", SELECT "WHERE d.region_id = ?" OLDEST, NULL},
	{SELECT_EQUAL, "artifact_id", SELECT "WHERE d.artifact_id = ?" OLDEST, NULL},
	{SELECT_EQUAL, "job_id", SELECT "WHERE d.job_id = ?" OLDEST, NULL},
	{SELECT_RANGE, "created_unix_ms",
	 SELECT "WHERE d.created_unix_ms BETWEEN ?1 AND ?2 ORDER BY d.created_unix_ms DESC, d.id DESC", NULL},
	{SELECT_RANGE_OF_AGE, "age_seconds",
	 SELECT "WHERE d.created_unix_ms BETWEEN ?1 AND ?2 ORDER BY d.created_unix_ms DESC, d.id DESC", NULL},
	{SELECT_EQUAL, "actor", SELECT "WHERE d.actor = ?" NEWEST, NULL},
	{SELECT_ALL, NULL, SELECT NEWEST, NULL},
};
SELECT_OPEN(open_decisions, select_by_hints(it, c, hints, decision_paths, COUNT_OF(decision_paths), err))

static const struct tf_edge_row decision_roots[] = {
	{"Decision", "[Decision!]!", "All decisions, newest first; those about one thing oldest first.", NULL, 0, open_decisions},
};
const struct tf_table control_decisions = {decision_types, COUNT_OF(decision_types), decision_roots, COUNT_OF(decision_roots)};
