/*
 * perception_similar.c - artifacts that are like another, or unlike it, by what is known of them.
 *
 * Order: by score, then by artifact id. One row a piece of music: what has the same analysis (a tune and the MIDI file that
 * was made of it) counts once, by its oldest artifact.
 */
#include "query-control/perception_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/cosine.h"
#include "base/limits.h"
#include "base/str.h"
#include "query-control/perception_harmony.h"

#include "base/banned.h"

enum { SIMILAR_MOST = 1000 };

enum by { BY_HARMONY, BY_CHORDS, BY_WHOLE, BY_COUNT };
static const char *const by_names[BY_COUNT] = {"harmony", "chords", "whole"};

struct match {
	double score;
	char artifact_id[UUID_SIZE];
	enum by by;
	int64_t rank;
};

struct ranking {
	struct tf_context *c;
	struct store_conn *conn;
	const struct perception_subject *to;
	char own[UUID_SIZE]; /* the analysis of `to` */
	float *vector;       /* of `to` */
	size_t n_vector;
	enum by by;
	bool least, listen;
	struct match *best; /* sorted, the first is given first */
	size_t n, most;
};

/* Whether `a` comes before `b`. */
static bool before(const struct ranking *k, const struct match *a, const struct match *b)
{
	if (a->score < b->score || a->score > b->score)
		return k->least ? a->score < b->score : a->score > b->score;
	return strcmp(a->artifact_id, b->artifact_id) < 0;
}

static void offer(struct ranking *k, const struct match *m)
{
	if (k->n == k->most && !before(k, m, &k->best[k->n - 1]))
		return;
	size_t at = k->n < k->most ? k->n++ : k->n - 1;
	for (; at > 0 && before(k, m, &k->best[at - 1]); at--)
		k->best[at] = k->best[at - 1];
	k->best[at] = *m;
}

static double likeness(const struct ranking *k, const float *v)
{
	if (k->by == BY_WHOLE)
		return cosine_of(k->vector, v, k->n_vector);
	return harmony_likeness(k->vector, v, k->by == BY_HARMONY ? HARMONY_BY_DEGREE : HARMONY_BY_NAME);
}

/* Numbers are rounded, so that they are the same on every machine and read well. */
static void weigh(struct ranking *k, const char *artifact_id, const void *vector, size_t n)
{
	struct match m = {.by = k->by};
	if (n != k->n_vector || !vector)
		return;
	m.score = round(likeness(k, vector) * 1e4) / 1e4;
	(void)str_copy(m.artifact_id, sizeof(m.artifact_id), artifact_id);
	offer(k, &m);
}

static enum perception_kind kind_for(enum by by, enum perception_family family)
{
	if (by == BY_WHOLE)
		return family == PERCEIVE_NOTES ? PERCEIVE_NOTES_VECTOR : PERCEIVE_SOUND_VECTOR;
	return family == PERCEIVE_NOTES ? PERCEIVE_UNDERSTAND : PERCEIVE_LISTEN;
}

/* Its report has not been read yet: that is done now. */
static int read_first(struct ranking *k, sqlite3_stmt *q, enum perception_kind kind, struct err *err)
{
	const struct perception_seen *seen;
	const struct perception_subject s = {store_text(q, 0), store_text(q, 1), store_text(q, 2), perception_kinds[kind].family};
	int r = perception_look_deep(k->c, &s, kind, &seen, err);
	if (r == 0 && seen && !*seen->error)
		weigh(k, s.artifact_id, seen->digest.vector, seen->digest.n_vector);
	return r;
}

/* All of one kind that are known. */
static int rank_kind(struct ranking *k, enum perception_kind kind, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(k->conn, &q, err,
			    "SELECT min(a.id), p.content_hash, a.space, p.digest IS NULL, p.vector FROM perception p"
			    " CROSS JOIN artifact a ON a.content_hash = p.content_hash AND a.space = p.space"
			    " WHERE p.kind = ? AND p.params = '{}' AND p.artifact_id IS NOT NULL AND p.artifact_id <> ? AND p.content_hash <> ?"
			    " GROUP BY p.artifact_id",
			    "ttt", perception_kinds[kind].name, k->own, k->to->hash);
	while (r == 0 && (r = store_step(k->conn, q, err)) > 0) {
		r = 0;
		if (tf_context_ends(k->c))
			break;
		if (sqlite3_column_int(q, 3))
			r = read_first(k, q, kind, err);
		else
			weigh(k, store_text(q, 0), sqlite3_column_blob(q, 4), (size_t)sqlite3_column_bytes(q, 4) / sizeof(float));
	}
	store_done(q);
	return r < 0 ? r : 0;
}

/* Looks at every artifact of which nothing is known, so that it is wanted. */
static int want_others(struct ranking *k, enum perception_kind kind, struct err *err)
{
	const bool notes = perception_kinds[kind].family == PERCEIVE_NOTES;
	sqlite3_stmt *q;
	int r = store_query(k->conn, &q, err,
			    "SELECT min(a.id), a.content_hash, a.space FROM artifact a WHERE a.space IN (?1, ?2) AND NOT EXISTS (SELECT 1 FROM"
			    " perception p WHERE p.content_hash = a.content_hash AND p.space = a.space AND p.kind = ?3 AND p.params = '{}'"
			    " AND (p.artifact_id IS NOT NULL OR p.error IS NOT NULL)) GROUP BY a.content_hash, a.space ORDER BY 1",
			    "ttt", notes ? "midi" : "audio", notes ? "abc" : "audio", perception_kinds[kind].name);
	while (r == 0 && (r = store_step(k->conn, q, err)) > 0) {
		const struct perception_subject s = {store_text(q, 0), store_text(q, 1), store_text(q, 2), perception_kinds[kind].family};
		const struct perception_seen *seen;
		if (tf_context_ends(k->c)) {
			r = 0;
			break;
		}
		r = perception_look(k->c, &s, kind, 0, 0, &seen, err);
	}
	store_done(q);
	return r < 0 ? r : 0;
}

static int rank_all(struct ranking *k, struct err *err)
{
	int r = 0;
	for (enum perception_family f = 0; r == 0 && f < PERCEPTION_FAMILY_COUNT; f++) {
		if (k->by == BY_WHOLE && f != k->to->family)
			continue;
		/* By name, sound has nothing to compare. */
		if (k->by == BY_CHORDS && (f != PERCEIVE_NOTES || k->to->family != PERCEIVE_NOTES))
			continue;
		if (k->listen)
			r = want_others(k, kind_for(k->by, f), err);
		if (r == 0)
			r = rank_kind(k, kind_for(k->by, f), err);
	}
	return r;
}

static int give(struct ranking *k, struct tf_iter *it, struct err *err)
{
	struct match *rows = tf_context_take(k->c, (k->n + 1) * sizeof(*rows));
	struct tf_vertex *vertices = tf_context_take(k->c, (k->n + 1) * sizeof(*vertices));
	if (!rows || !vertices)
		return err_set(err, -ENOMEM, "query");
	for (size_t i = 0; i < k->n; i++) {
		rows[i] = k->best[i];
		rows[i].rank = (int64_t)i + 1;
		vertices[i] = (struct tf_vertex){.type = it->type, .p = &rows[i]};
	}
	tf_iter_array(it, vertices, k->n);
	return 0;
}

static int read_by(const struct tf_value *v, enum by *ret, struct err *err)
{
	for (enum by b = 0; b < BY_COUNT; b++) {
		if (v->n == strlen(by_names[b]) && memcmp(v->s, by_names[b], v->n) == 0) {
			*ret = b;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "by: '%.*s' is not one of harmony, chords, whole", (int)(v->n < 64 ? v->n : 64), v->s);
}

/* params: by, limit, listen, wait_ms */
int perception_open_similar(struct tf_context *c, const struct perception_subject *s, const struct tf_value *params, bool least,
			    struct tf_iter *it, struct err *err)
{
	struct ranking k = {.c = c, .to = s, .least = least, .listen = params[2].b, .most = (size_t)params[1].i};
	const struct perception_seen *own;
	tf_iter_none(it);
	int r = read_by(&params[0], &k.by, err);
	if (r == 0 && (params[1].i < 1 || params[1].i > SIMILAR_MOST))
		r = err_set(err, -EINVAL, "limit: %lld is not between 1 and %d", (long long)params[1].i, SIMILAR_MOST);
	perception_wait(c, params[3].i);
	if (r == 0)
		r = perception_look_deep(c, s, kind_for(k.by, s->family), &own, err);
	if (r < 0 || ((!own || *own->error) && !k.listen))
		return r;
	k.conn = query_world(c)->control->conn;
	if (!own || *own->error) /* nothing to compare with yet, but the others can be heard meanwhile */
		return want_others(&k, kind_for(k.by, s->family), err);
	(void)str_copy(k.own, sizeof(k.own), own->artifact_id);
	k.n_vector = own->digest.n_vector;
	float AUTO_MEM *vector = mem_new_array(k.n_vector, sizeof(float));
	struct match AUTO_MEM *best = mem_new_array(k.most, sizeof(*best));
	if (!vector || !best)
		return err_set(err, -ENOMEM, "query");
	memcpy(vector, own->digest.vector, k.n_vector * sizeof(float));
	k.vector = vector;
	k.best = best;
	r = k.by == BY_WHOLE || k.n_vector == HARMONY_SIZE ? rank_all(&k, err) : 0;
	return r < 0 ? r : give(&k, it, err);
}

/* ---- Similarity ---- */

static const struct match *match_of(const struct tf_vertex *v)
{
	return v->p;
}

static int get_score(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	*ret = tf_float(match_of(v)->score);
	return 0;
}

static int get_rank(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	*ret = tf_int(match_of(v)->rank);
	return 0;
}

static int get_by(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	*ret = tf_string(by_names[match_of(v)->by]);
	return 0;
}

static int open_artifact(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	return artifact_open_by_id(it, c, match_of(from)->artifact_id, err);
}

static const struct tf_property_row properties[] = {
	{"score", "Float!", "How alike they are: 1 is the same, 0 has nothing in common; by whole, below 0 is the opposite.", get_score},
	{"rank", "Int!", "Its place in this list, from 1 on.", get_rank},
	{"by", "String!", "What was compared: harmony, chords or whole.", get_by},
};
static const struct tf_edge_row edges[] = {{"artifact", "Artifact", "The other one.", .open = open_artifact}};
static const struct tf_type_row types[] = {
	{.name = "Similarity", .doc = "An artifact, and how alike it is to another.", TF_PROPERTIES(properties), TF_EDGES(edges)}};
const struct tf_table perception_likenesses = {.types = types, .n_types = COUNT_OF(types)};
