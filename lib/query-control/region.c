/*
 * region.c - what hootenanny knows of the garden's regions.
 */
#include "query-control/tables_priv.h"

#include "base/banned.h"

/* ---- regions with a key ---- */

/* Two lists, one after the other. */
enum { SLOT_AT, SLOT_N, SLOT_THEN, SLOT_THEN_N };

static int next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	if (!it->s[SLOT_N].n) {
		it->s[SLOT_AT] = it->s[SLOT_THEN];
		it->s[SLOT_N] = it->s[SLOT_THEN_N];
		it->s[SLOT_THEN_N].n = 0;
	}
	if (!it->s[SLOT_N].n)
		return 0;
	const struct doc_region *const *at = it->s[SLOT_AT].cp;
	*ret = (struct tf_vertex){.type = it->type, .p = *at};
	it->s[SLOT_AT].cp = at + 1;
	it->s[SLOT_N].n--;
	return 1;
}

static int list(struct tf_iter *it, struct tf_context *c, enum garden_by by, const char *key, int slot, struct err *err)
{
	const struct doc_region *const *regions;
	size_t n;
	if (garden_view_regions_by(query_world(c)->garden, by, key, &regions, &n) < 0)
		return err_set(err, -ENOMEM, "query");
	it->s[slot].cp = regions;
	it->s[slot + 1].n = n;
	return 0;
}

int regions_open_with(struct tf_iter *it, struct tf_context *c, enum garden_by by, const char *key, struct err *err)
{
	tf_iter_none(it);
	it->s[SLOT_THEN].cp = NULL;
	it->s[SLOT_THEN_N].n = 0;
	int r = list(it, c, by, key, SLOT_AT, err);
	if (r == 0)
		it->next = next;
	return r;
}

int regions_open_of_artifact(struct tf_iter *it, struct tf_context *c, const char *artifact_id, const char *content_hash,
			     struct err *err)
{
	int r = regions_open_with(it, c, GARDEN_BY_ARTIFACT, artifact_id, err);
	if (r == 0)
		r = list(it, c, GARDEN_BY_CONTENT, content_hash, SLOT_THEN, err);
	return r;
}

/* ---- edges from a region ---- */

static int open_artifact(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	const struct doc_content *content = doc_region_content(query_region_of(from));
	if (content && content->artifact_id)
		return artifact_open_hinted(it, c, hints, content->artifact_id, err);
	return artifact_open_newest(it, c, hints, content ? content->hash : NULL, err);
}

SELECT_OPEN(open_job, job_open_by_id(it, c, query_region_of(from)->life->job_id, err))
SELECT_OPEN(open_jobs, job_open_of_region(it, c, query_region_of(from)->id, err))
SELECT_OPEN(open_decisions, decision_open_of_region(it, c, query_region_of(from)->id, err))

static const struct tf_edge_row edges[] = {
	{"artifact", "Artifact",
	 "What it plays or will; the newest artifact with its content, where the region names only that.", NULL, 0, open_artifact},
	{"job", "Job", "The job that makes its content, or made it.", NULL, 0, open_job},
	{"jobs", "[Job!]!", "All jobs that were started for it, newest first.", NULL, 0, open_jobs},
	{"decisions", "[Decision!]!", "What was decided about it, oldest first.", NULL, 0, open_decisions},
};

static const struct tf_type_row types[] = {
	{.name = "Region", TF_EDGES(edges)},
};

/* ---- what waits for a decision ---- */

/* Something else than holding it was decided already, and chaosgarden has not heard of it yet. */
static int is_decided(struct store_conn *conn, const char *region_id, bool *ret, struct err *err)
{
	int64_t n = 0;
	int r = store_int(conn, &n, err,
			  "SELECT count(*) FROM decision WHERE region_id = ? AND delivered = 0 AND refusal IS NULL AND decision <> ?",
			  "ti", region_id, (int64_t)DECISION_HOLD);
	*ret = n > 0;
	return r;
}

static int next_waiting(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const struct doc_region *r;
	while ((r = document_regions_next(it->s[0].p))) {
		bool decided = false;
		if (r->life->state != LIFE_RESOLVED && r->life->state != LIFE_HELD)
			continue;
		if (tf_context_ends(it->context))
			return 0;
		int failed = is_decided(control_of(it->context)->conn, r->id, &decided, err);
		if (failed < 0)
			return failed;
		if (decided)
			continue;
		*ret = (struct tf_vertex){.type = it->type, .p = r};
		return 1;
	}
	return 0;
}

static int open_waiting(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	struct document_cursor *at = tf_context_take(c, sizeof(*at));
	if (!at)
		return err_set(err, -ENOMEM, "query");
	document_regions_start(query_world(c)->garden->document, REGION_SPAN_ALL, at);
	it->next = next_waiting;
	it->close = NULL;
	it->s[0].p = at;
	return 0;
}

static const struct tf_edge_row roots[] = {
	{"PendingApproval", "[Region!]!",
	 "The latent regions whose content is there, or is held, and waits for somebody to approve or reject it.", NULL, 0, open_waiting},
};

const struct tf_table control_regions = {types, COUNT_OF(types), roots, COUNT_OF(roots)};
