/*
 * perception_view.c - what a query has looked at, what it was missing, and what it has learned by reading reports.
 *
 * A look is answered from memory, else from the store, else from the report of the analysis: that is read here, in the query's
 * thread, once, and handed to the loop to be kept, so that neither the loop nor a second query has to.
 */
#include "query-control/perception_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/str.h"

#include "base/banned.h"

enum { VERSIONS_MAX = 8 };

struct offer {
	bool looked;
	size_t n;
	const char *versions[VERSIONS_MAX]; /* of the workers' cards */
};

struct learned {
	struct perception_key key;
	char version[PERCEPTION_VERSION_SIZE];
	char error[240];
	struct perception_digest digest;
};

struct perception_view {
	struct map *seen;   /* key as text -> struct seen_entry */
	struct map *wanted; /* key as text -> the view itself */
	struct perception_want *wants;
	size_t n_wants, room_wants, n_lost;
	struct learned *learned;
	size_t n_learned, room_learned;
	struct offer offers[PERCEPTION_KIND_COUNT];
	int64_t wait_ms;
	struct { /* of the region that was looked at last */
		const struct doc_region *region;
		int found;
		char artifact_id[UUID_SIZE], hash[CAS_HASH_SIZE], space[32];
	} region;
};

struct seen_entry {
	bool known;
	struct perception_seen seen;
};

#define KEY_TEXT (CAS_HASH_SIZE + PERCEPTION_SPACE_SIZE + PERCEPTION_PARAMS_SIZE + 8)
static void key_text(const struct perception_key *k, char ret[KEY_TEXT])
{
	(void)snprintf(ret, KEY_TEXT, "%d %s %s %s", (int)k->kind, k->hash, k->space, k->params);
}

static void entry_free(void *p)
{
	struct seen_entry *e = p;
	perception_digest_done(&e->seen.digest);
	free(e);
}

struct perception_view *perception_view_new(void)
{
	AUTO(perception_view) v = calloc(1, sizeof(*v));
	if (!v || !(v->seen = map_new()) || !(v->wanted = map_new()))
		return NULL;
	return TAKE(v);
}

static void forget_seen(struct perception_view *v)
{
	size_t at = 0;
	const char *key;
	void *value;
	while (map_next(v->seen, &at, &key, &value))
		entry_free(value);
	map_clear(v->seen);
}

static void forget_learned(struct perception_view *v)
{
	for (size_t i = 0; i < v->n_learned; i++)
		perception_digest_done(&v->learned[i].digest);
	v->n_learned = 0;
}

void perception_view_free(struct perception_view *v)
{
	if (!v)
		return;
	map_free_with(v->seen, entry_free);
	map_free(v->wanted);
	forget_learned(v);
	free(v->learned);
	free(v->wants);
	free(v);
}

void perception_view_clear(struct perception_view *v)
{
	forget_seen(v);
	map_clear(v->wanted);
	v->n_wants = v->n_lost = 0;
	v->wait_ms = 0;
	v->region.region = NULL;
	memset(v->offers, 0, sizeof(v->offers));
}

const struct perception_want *perception_view_wants(const struct perception_view *v, size_t *ret_n, size_t *ret_lost)
{
	*ret_n = v->n_wants;
	if (ret_lost)
		*ret_lost = v->n_lost;
	return v->wants;
}

int64_t perception_view_wait_ms(const struct perception_view *v)
{
	return v->wait_ms;
}

bool perception_view_learned(const struct perception_view *v)
{
	return v->n_learned > 0;
}

int perception_view_keep(struct perception_view *v, struct store_conn *c, struct err *err)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < v->n_learned; i++) {
		const struct learned *l = &v->learned[i];
		r = *l->error ? perception_keep_error(c, &l->key, l->version, l->error, err)
			      : perception_keep(c, &l->key, l->version, &l->digest, err);
	}
	forget_learned(v);
	return r;
}

void perception_wait(struct tf_context *c, int64_t wait_ms)
{
	struct perception_view *v = query_world(c)->perception;
	if (v && wait_ms > v->wait_ms)
		v->wait_ms = wait_ms < PERCEPTION_WAIT_MAX_MS ? wait_ms : PERCEPTION_WAIT_MAX_MS;
}

/* ---- subjects ---- */

int perception_of_artifact(struct tf_context *c, const struct tf_vertex *v, struct perception_subject *ret, struct err *err)
{
	*ret = (struct perception_subject){artifact_vertex_id(v), artifact_vertex_hash(v), artifact_vertex_space(v), PERCEIVE_NOTES};
	return perception_family_of(ret->space, &ret->family) == 0;
}

/* The artifact of a region's content, by its id or else by its content. */
static int find_content(struct perception_view *v, struct store_conn *c, const struct doc_content *content, struct err *err)
{
	sqlite3_stmt *q;
	int r = content->artifact_id
			? store_query(c, &q, err, "SELECT id, content_hash, space FROM artifact WHERE id = ?", "t", content->artifact_id)
			: store_query(c, &q, err, "SELECT id, content_hash, space FROM artifact WHERE content_hash = ? ORDER BY id LIMIT 1", "t",
				      content->hash);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0) {
		(void)str_copy(v->region.artifact_id, sizeof(v->region.artifact_id), store_text(q, 0));
		(void)str_copy(v->region.hash, sizeof(v->region.hash), store_text(q, 1));
		(void)str_copy(v->region.space, sizeof(v->region.space), store_text(q, 2));
	}
	store_done(q);
	return r;
}

int perception_of_region(struct tf_context *c, const struct tf_vertex *vertex, struct perception_subject *ret, struct err *err)
{
	const struct query_world *w = query_world(c);
	const struct doc_region *region = query_region_of(vertex);
	const struct doc_content *content = doc_region_content(region);
	struct perception_view *v = w->perception;
	if (!v || !w->control || !content || (!content->artifact_id && !content->hash))
		return 0;
	if (v->region.region != region) {
		v->region.region = NULL;
		v->region.found = find_content(v, w->control->conn, content, err);
		if (v->region.found < 0)
			return v->region.found;
		v->region.region = region;
	}
	*ret = (struct perception_subject){v->region.artifact_id, v->region.hash, v->region.space, PERCEIVE_NOTES};
	return v->region.found > 0 && perception_family_of(ret->space, &ret->family) == 0;
}

/* ---- looking ---- */

static bool offers(const struct worker_capability *can, const struct perception_kind_row *row)
{
	return str_eq(can->verb, row->verb) && str_eq(can->from_space, row->from_space) && str_eq(can->to_space, row->space) &&
	       str_eq(can->model, row->model);
}

/* The versions of a kind's model that workers offer now. */
static const struct offer *offer_of(struct perception_view *v, const struct control_view *control, enum perception_kind kind)
{
	struct offer *o = &v->offers[kind];
	if (o->looked)
		return o;
	o->looked = true;
	for (size_t w = 0; w < control->n_workers; w++) {
		const struct worker_card *card = control->workers[w].card;
		for (size_t i = 0; control->workers[w].online && i < card->n_offers && o->n < VERSIONS_MAX; i++)
			if (offers(&card->offers[i].can, &perception_kinds[kind]))
				o->versions[o->n++] = card->offers[i].can.model_version;
	}
	return o;
}

/* What was found by a version that is not offered any more, while others are, is not known. */
static bool is_current(const struct perception_row *row, const struct offer *o)
{
	bool same = o->n == 0;
	for (size_t i = 0; i < o->n; i++)
		same |= str_eq(o->versions[i], row->version);
	return row->found && *row->version && same;
}

static int want(struct perception_view *v, const struct perception_key *k, const char *text, const struct perception_subject *s,
		struct err *err)
{
	if (map_has(v->wanted, text))
		return 0;
	if (v->n_wants >= LIMIT_PERCEPTION_WANTS) {
		v->n_lost++;
		return 0;
	}
	if (mem_grow(&v->wants, &v->room_wants, v->n_wants + 1, sizeof(*v->wants)) < 0 || map_set(v->wanted, text, v, NULL) < 0)
		return err_set(err, -ENOMEM, "perception");
	struct perception_want *w = &v->wants[v->n_wants++];
	w->key = *k;
	(void)str_copy(w->artifact_id, sizeof(w->artifact_id), s->artifact_id);
	return 0;
}

static int copy_floats(const float *v, size_t n, float **ret, size_t *ret_n)
{
	*ret = mem_new_array(n, sizeof(*v));
	*ret_n = *ret ? n : 0;
	if (*ret && n)
		memcpy(*ret, v, n * sizeof(*v));
	return *ret ? 0 : -ENOMEM;
}

static int copy_digest(const struct perception_digest *d, struct perception_digest *ret)
{
	ret->values = json_incref(d->values);
	int r = copy_floats(d->vector, d->n_vector, &ret->vector, &ret->n_vector);
	return r < 0 ? r : copy_floats(d->curve, d->n_curve, &ret->curve, &ret->n_curve);
}

/* Reading it again next time is no harm, so nothing is said when memory or the limit is out. */
static void learn(struct perception_view *v, const struct perception_key *k, const char *version, const struct perception_seen *s)
{
	if (v->n_learned >= LIMIT_PERCEPTION_WANTS ||
	    mem_grow(&v->learned, &v->room_learned, v->n_learned + 1, sizeof(*v->learned)) < 0)
		return;
	struct learned *l = &v->learned[v->n_learned];
	*l = (struct learned){.key = *k};
	(void)str_copy(l->version, sizeof(l->version), version);
	(void)str_copy(l->error, sizeof(l->error), s->error);
	if (!*l->error && copy_digest(&s->digest, &l->digest) < 0)
		perception_digest_done(&l->digest);
	else
		v->n_learned++;
}

static int load_floats(sqlite3_stmt *q, int column, float **ret, size_t *ret_n)
{
	const void *bytes = sqlite3_column_blob(q, column);
	return copy_floats(bytes, (size_t)sqlite3_column_bytes(q, column) / sizeof(float), ret, ret_n);
}

static int load_numbers(struct store_conn *c, const struct perception_key *k, struct perception_digest *ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT vector, curve FROM perception WHERE content_hash = ? AND space = ? AND kind = ? AND params = ?", "tttt",
			    k->hash, k->space, perception_kinds[k->kind].name, k->params);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0 && (load_floats(q, 0, &ret->vector, &ret->n_vector) < 0 || load_floats(q, 1, &ret->curve, &ret->n_curve) < 0))
		r = err_set(err, -ENOMEM, "perception");
	store_done(q);
	return r < 0 ? r : 0;
}

static int path_of(const struct control_view *control, const char *artifact_id, char **ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(control->conn, &q, err, "SELECT content_hash FROM artifact WHERE id = ?", "t", artifact_id);
	if (r == 0)
		r = store_step(control->conn, q, err);
	if (r > 0)
		r = cas_path(control->cas_root, store_text(q, 0), ret, err);
	else if (r == 0)
		r = err_set(err, -ENOENT, "there is no artifact '%s'", artifact_id);
	store_done(q);
	return r;
}

static int read_report(const struct control_view *control, enum perception_kind kind, const char *artifact_id, struct perception_digest *ret,
		       struct err *err)
{
	char AUTO_MEM *path = NULL;
	char AUTO_MEM *text = NULL;
	AUTO_JSON json_t *report = NULL;
	size_t n;
	int r = control->cas_root ? path_of(control, artifact_id, &path, err) : err_set(err, -ENOENT, "the contents are not here");
	if (r == 0)
		r = fs_read(path, LIMIT_PERCEPTION_REPORT_BYTES, &text, &n, err);
	if (r == 0)
		r = json_parse(text, n, &report, err);
	return r < 0 ? r : perception_digest_report(kind, report, ret, err);
}

static bool has_report(enum perception_kind kind)
{
	return !str_eq(perception_kinds[kind].space, "image");
}

/* A report that cannot be read is kept as an error; only our own troubles end the query. */
static int fill(struct perception_view *v, const struct control_view *control, const struct perception_key *k, const struct perception_row *row,
		struct perception_seen *ret, struct err *err)
{
	struct err why = ERR_INIT;
	(void)str_copy(ret->artifact_id, sizeof(ret->artifact_id), row->artifact_id);
	(void)str_copy(ret->error, sizeof(ret->error), row->error);
	if (*row->error || !has_report(k->kind) || row->digested)
		return 0;
	int r = read_report(control, k->kind, row->artifact_id, &ret->digest, &why);
	if (r == -ENOMEM)
		return err_set(err, r, "perception");
	if (r < 0)
		(void)snprintf(ret->error, sizeof(ret->error), "its report: %s", err_msg(&why));
	learn(v, k, row->version, ret);
	return 0;
}

static int look_up(struct perception_view *v, const struct control_view *control, const struct perception_key *k, const char *text,
		   const struct perception_subject *s, struct seen_entry *ret, struct err *err)
{
	const struct offer *o = offer_of(v, control, k->kind);
	struct perception_row row;
	int r = perception_find_values(control->conn, k, &row, &ret->seen.digest.values, err);
	if (r < 0)
		return r;
	if (!is_current(&row, o))
		return o->n ? want(v, k, text, s, err) : 0;
	ret->known = true;
	return fill(v, control, k, &row, &ret->seen, err);
}

int perception_look(struct tf_context *c, const struct perception_subject *s, enum perception_kind kind, double from_s, double to_s,
		    const struct perception_seen **ret, struct err *err)
{
	const struct query_world *w = query_world(c);
	struct perception_view *v = w->perception;
	struct perception_key k;
	char text[KEY_TEXT];
	*ret = NULL;
	if (!v || !w->control || perception_key_init(&k, kind, s->space, s->hash) < 0 || perception_kinds[kind].family != s->family)
		return 0;
	if ((from_s > 0 || to_s > 0) && perception_key_part(&k, from_s, to_s) < 0)
		return err_set(err, -EINVAL, "a part of a sound from %g to %g s", from_s, to_s);
	key_text(&k, text);
	struct seen_entry *e = map_get(v->seen, text);
	if (!e) {
		if (map_count(v->seen) >= LIMIT_PERCEPTION_SEEN)
			forget_seen(v);
		e = calloc(1, sizeof(*e));
		int r = e ? look_up(v, w->control, &k, text, s, e, err) : err_set(err, -ENOMEM, "perception");
		if (r == 0 && map_set(v->seen, text, e, NULL) < 0)
			r = err_set(err, -ENOMEM, "perception");
		if (r < 0) {
			if (e)
				entry_free(e);
			return r;
		}
	}
	*ret = e->known ? &e->seen : NULL;
	return 0;
}

int perception_look_deep(struct tf_context *c, const struct perception_subject *s, enum perception_kind kind, const struct perception_seen **ret,
			 struct err *err)
{
	struct perception_key k;
	int r = perception_look(c, s, kind, 0, 0, ret, err);
	if (r < 0 || !*ret || !(*ret)->digest.values || (*ret)->digest.vector)
		return r;
	char text[KEY_TEXT];
	(void)perception_key_init(&k, kind, s->space, s->hash); /* as in the look */
	key_text(&k, text);
	struct seen_entry *e = map_get(query_world(c)->perception->seen, text);
	return load_numbers(query_world(c)->control->conn, &k, &e->seen.digest, err);
}
