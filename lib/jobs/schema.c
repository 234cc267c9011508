#include "jobs/schema.h"

#include "base/mem.h"

#include "base/banned.h"

/*
 * Times are milliseconds since 1970, but lease_until_ms and not_before_ms: monotonic, set anew at
 * each start.
 */
static const char *const steps[] = {
	"CREATE TABLE artifact("
	" id TEXT PRIMARY KEY, content_hash TEXT NOT NULL REFERENCES cas_content(hash), mime_type "
	"TEXT NOT NULL,"
	" size_bytes INTEGER NOT NULL, space TEXT NOT NULL, creator TEXT NOT NULL, metadata TEXT "
	"NOT NULL,"
	" verb TEXT NOT NULL, params TEXT NOT NULL, seed INTEGER, model TEXT NOT NULL, job_id TEXT,"
	" cache_key TEXT, created_unix_ms INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX artifact_content ON artifact(content_hash);"
	"CREATE INDEX artifact_creator ON artifact(creator);"
	"CREATE INDEX artifact_space ON artifact(space);"
	"CREATE INDEX artifact_cache ON artifact(cache_key) WHERE cache_key IS NOT NULL;"
	"CREATE TABLE artifact_tag(artifact_id TEXT NOT NULL REFERENCES artifact(id), tag TEXT NOT "
	"NULL,"
	" PRIMARY KEY(artifact_id, tag)) WITHOUT ROWID;"
	"CREATE INDEX artifact_tag_tag ON artifact_tag(tag, artifact_id);"
	"CREATE TABLE artifact_parent(child TEXT NOT NULL REFERENCES artifact(id), place INTEGER "
	"NOT NULL,"
	" parent TEXT NOT NULL REFERENCES artifact(id), PRIMARY KEY(child, place)) WITHOUT ROWID;"
	"CREATE INDEX artifact_parent_parent ON artifact_parent(parent, child);"

	"CREATE TABLE job("
	" id TEXT PRIMARY KEY, verb TEXT NOT NULL, state INTEGER NOT NULL, cancelling INTEGER NOT "
	"NULL DEFAULT 0,"
	" priority INTEGER NOT NULL, actor TEXT NOT NULL, region_id TEXT, tags TEXT NOT NULL,"
	" step INTEGER NOT NULL DEFAULT 0, n_steps INTEGER NOT NULL, progress REAL NOT NULL "
	"DEFAULT 0,"
	" message TEXT NOT NULL DEFAULT '', attempt INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT "
	"NULL DEFAULT 0,"
	" max_attempts INTEGER NOT NULL, worker_id TEXT, lease_until_ms INTEGER, not_before_ms "
	"INTEGER NOT NULL DEFAULT 0,"
	" deadline_unix_ms INTEGER, fresh INTEGER NOT NULL, verifies TEXT, announced INTEGER NOT "
	"NULL DEFAULT 0,"
	" result TEXT, error_code TEXT, error TEXT,"
	" created_unix_ms INTEGER NOT NULL, updated_unix_ms INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX job_queue ON job(state, priority DESC, id);"
	"CREATE INDEX job_region ON job(region_id) WHERE region_id IS NOT NULL;"
	"CREATE INDEX job_worker ON job(worker_id) WHERE worker_id IS NOT NULL;"
	"CREATE TABLE job_step("
	" job_id TEXT NOT NULL REFERENCES job(id), step INTEGER NOT NULL, verb TEXT NOT NULL, "
	"from_space TEXT NOT NULL,"
	" space TEXT NOT NULL, model TEXT NOT NULL, model_version TEXT NOT NULL DEFAULT '', params "
	"TEXT NOT NULL,"
	" seed INTEGER NOT NULL, state INTEGER NOT NULL, cached INTEGER NOT NULL DEFAULT 0, "
	"deterministic INTEGER NOT NULL DEFAULT 0,"
	" attempt INTEGER, artifact_id TEXT, content_hash TEXT, PRIMARY KEY(job_id, step)) WITHOUT "
	"ROWID;"
	"CREATE TABLE job_input(job_id TEXT NOT NULL REFERENCES job(id), place INTEGER NOT NULL,"
	" artifact_id TEXT NOT NULL REFERENCES artifact(id), PRIMARY KEY(job_id, place)) WITHOUT "
	"ROWID;"

	"CREATE TABLE decision("
	" id TEXT PRIMARY KEY, decision INTEGER NOT NULL, region_id TEXT NOT NULL, artifact_id "
	"TEXT, actor TEXT NOT NULL,"
	" reason TEXT NOT NULL, mix_in TEXT, job_id TEXT, delivered INTEGER NOT NULL DEFAULT 0, "
	"refusal TEXT,"
	" created_unix_ms INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX decision_region ON decision(region_id);"
	/* The log only grows: all that may change is what became of the delivery. */
	"CREATE TRIGGER decision_stays BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, "
	"'decisions are for ever'); END;"
	"CREATE TRIGGER decision_is_final BEFORE UPDATE OF id, decision, region_id, artifact_id, "
	"actor, reason, mix_in, job_id,"
	" created_unix_ms ON decision BEGIN SELECT RAISE(ABORT, 'decisions are for ever'); END;"

	"CREATE TABLE outbox("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, type TEXT NOT NULL, payload "
	"TEXT NOT NULL,"
	" actor TEXT NOT NULL, region_id TEXT, decision_id TEXT, sending INTEGER NOT NULL DEFAULT "
	"0,"
	" created_unix_ms INTEGER NOT NULL);",
	"CREATE TABLE answered("
	" actor TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, result TEXT NOT NULL,"
	" answered_unix_ms INTEGER NOT NULL, PRIMARY KEY(actor, key)) WITHOUT ROWID;"
	"CREATE INDEX answered_when ON answered(answered_unix_ms);",
	/* Who changed what, when: the request as it came, cut where it is long. It only grows. */
	"CREATE TABLE change(id INTEGER PRIMARY KEY, at_unix_ms INTEGER NOT NULL, actor TEXT NOT "
	"NULL,"
	" request TEXT NOT NULL, payload TEXT NOT NULL);"
	"CREATE TRIGGER change_stays BEFORE DELETE ON change BEGIN"
	" SELECT RAISE(ABORT, 'changes are for ever'); END;",
};
const struct store_schema jobs_schema = {"jobs", steps, (int)COUNT_OF(steps)};
