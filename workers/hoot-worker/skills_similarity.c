/* skills_similarity.c - pieces against each other: two of them compared, or one as a vector. */
#include "skill.h"

#include "music/embedding.h"
#include "music/similarity.h"

#include "base/banned.h"

struct similarity_ask {
	int64_t min_notes;
};

static const struct model_param similarity_rows[] = {
	PARAM_INT(similarity_ask, min_notes, 4, 64, 6, "", "a run that both have is told from so many notes on"),
};
static const struct model_table similarity_table = MODEL_TABLE(similarity_rows);

static int compare(struct skill_run *run, struct err *err)
{
	struct similarity_ask a;
	struct similarity s;
	AUTO(score) first = NULL;
	AUTO(score) second = NULL;
	int code = model_params_read(&similarity_table, run->lease->params, &a, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &first, err);
	if (code == 0)
		code = skill_read_score(run->lease, 1, &second, err);
	if (code == 0)
		code = similarity_find(first, second, (size_t)a.min_notes, run->watch, &s, err);
	if (code < 0)
		return code;
	AUTO_JSON json_t *j = similarity_json(&s);
	size_t runs = s.n_runs;
	similarity_done(&s);
	code = skill_write_json(run, j, err);
	if (code < 0)
		return code;
	run->metadata = json_pack("{s:O, s:O, s:O, s:O, s:O, s:I}", "similarity", json_object_get(j, "similarity"), "aspects",
				  json_object_get(j, "aspects"), "transposition", json_object_get(j, "transposition"), "contrast",
				  json_object_get(json_object_get(j, "contrast"), "whole"), "shared_b", json_object_get(j, "shared_b"),
				  "shared_runs", (json_int_t)runs);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static json_t *blocks_json(void)
{
	AUTO_JSON json_t *list = json_array();
	for (size_t i = 0; list && i < embedding_n_blocks; i++) {
		const struct embedding_block *b = &embedding_blocks[i];
		if (json_array_append_new(list, json_pack("{s:s, s:I, s:f}", "name", b->name, "size", (json_int_t)b->size, "weight", b->weight)) < 0)
			return NULL;
	}
	return TAKE(list);
}

static json_t *vector_json(const float v[EMBEDDING_SIZE])
{
	AUTO_JSON json_t *list = json_array();
	for (size_t i = 0; list && i < EMBEDDING_SIZE; i++)
		if (json_array_append_new(list, json_real((double)v[i])) < 0)
			return NULL;
	return json_pack("{s:s, s:i, s:o, s:O}", "model", EMBEDDING_MODEL "@" EMBEDDING_VERSION, "size", EMBEDDING_SIZE, "blocks", blocks_json(),
			 "vector", list);
}

static const struct model_table embed_table = { NULL, 0 };

static int embed(struct skill_run *run, struct err *err)
{
	char nothing; /* there are no parameters; a misspelt one is refused */
	float v[EMBEDDING_SIZE];
	AUTO(score) s = NULL;
	int code = model_params_read(&embed_table, run->lease->params, &nothing, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &s, err);
	if (code == 0)
		code = embedding_make(s, run->watch, v, err);
	if (code < 0)
		return code;
	AUTO_JSON json_t *j = vector_json(v);
	code = skill_write_json(run, j, err);
	if (code < 0)
		return code;
	run->metadata = json_pack("{s:s, s:i}", "model", EMBEDDING_MODEL "@" EMBEDDING_VERSION, "size", EMBEDDING_SIZE);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static const struct skill list[] = {
	{ .verb = "project", .from_space = "midi", .to_space = "analysis", .model = "similarity", .version = "1", .table = &similarity_table, .run = compare },
	{ .verb = "embed", .from_space = "midi", .to_space = "embedding", .model = EMBEDDING_MODEL, .version = EMBEDDING_VERSION, .table = &embed_table,
	  .run = embed },
};
const struct skill_list skills_similarity = { list, COUNT_OF(list) };
