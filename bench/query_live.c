#include "query_live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "cas/cas.h"
#include "jobs/schema.h"
#include "query-control/control.h"
#include "query/garden.h"
#include "store/store.h"

struct query_live {
	char *dir;
	struct store *store;
	struct store_conn *conn;
	struct garden_state *garden;
	struct garden_view *view;
	struct control_view control;
	struct query_world world;
	struct tf_adapter *adapter;
};

static void must(int r, const struct err *err)
{
	if (r >= 0)
		return;
	fprintf(stderr, "bench_query: %s\n", err_msg(err));
	exit(1);
}

/* ---- the store ---- */

static void put_artifact(struct query_live *l, const struct bench_world *w, uint32_t i)
{
	const struct artifact_row *a = &w->artifacts[i];
	struct err err = ERR_INIT;
	must(store_exec(l->conn, &err, "INSERT INTO cas_content VALUES (?1, 3, 'audio/midi', 0, 0)", "t", a->id), &err);
	must(store_exec(l->conn, &err,
			"INSERT INTO artifact VALUES (?1, ?2, ?3, ?4, 'midi', ?5, json_object('title', ?6), 'create', '{}', NULL, '', NULL, NULL, ?7)",
			"tttitti", a->id, a->id, a->mime, a->size, a->creator, a->name, a->created),
	     &err);
	must(store_exec(l->conn, &err, "INSERT INTO artifact_tag VALUES (?1, ?2)", "tt", a->id, a->tag), &err);
	for (uint32_t k = 0; k < a->n_parents; k++)
		must(store_exec(l->conn, &err, "INSERT INTO artifact_parent VALUES (?1, ?2, ?3)", "tit", a->id, (int64_t)k,
				w->artifacts[a->parents[k]].id),
		     &err);
	if (a->leaf)
		must(store_exec(l->conn, &err, "INSERT INTO artifact_tag VALUES (?1, ?2)", "tt", a->id, a->leaf == 1 ? "wide" : "deep"), &err);
}

static void open_store(struct query_live *l, const struct bench_world *w)
{
	const struct store_schema *schemas[] = {&cas_schema, &jobs_schema};
	struct err err = ERR_INIT;
	must(fs_temp_dir(NULL, "bench-query", &l->dir, &err), &err);
	char AUTO_MEM *db = fs_join(l->dir, "bench.db");
	const struct store_options o = {.path = db, .schemas = schemas, .n_schemas = COUNT_OF(schemas)};
	must(store_open(&o, &l->store, &err), &err);
	must(store_begin(l->store, &l->conn, &err), &err);
	for (uint32_t i = 0; i < N_ARTIFACTS; i++)
		put_artifact(l, w, i);
	must(store_commit(l->store, &err), &err);
	must(store_begin(l->store, &l->conn, &err), &err);
}

/* ---- the timeline ---- */

static char *copy(const char *s)
{
	char *c = strdup(s);
	if (!c)
		exit(1);
	return c;
}

static void put_region(struct document **d, const struct bench_world *w, const struct region_row *from)
{
	struct document *next = NULL;
	struct err err = ERR_INIT;
	AUTO(region_body) b = region_body_new();
	AUTO(region_life) life = region_life_new(LIFE_PLAIN);
	char *tags[MOST_TAGS];
	for (uint32_t k = 0; k < from->n_tags; k++)
		tags[k] = (char *)from->tags[k].s; /* copied below */
	must(b && life && doc_strings_copy(tags, from->n_tags, &b->tags) == 0 ? 0 : err_set(&err, -ENOMEM, "region"), &err);
	b->n_tags = from->n_tags;
	b->position_beats = from->position;
	b->duration_beats = from->duration;
	b->name = copy(from->name);
	b->has_content = true;
	b->content = (struct doc_content){.duration_seconds = -1,
					  .rate = 1,
					  .hash = copy(w->artifacts[from->artifact].id),
					  .artifact_id = copy(w->artifacts[from->artifact].id)};
	AUTO(doc_region) r = doc_region_new(from->id, b, life, 1);
	must(r ? document_with_region(*d, from->id, r, &next) : err_set(&err, -ENOMEM, "region"), &err);
	document_unref(*d);
	*d = next;
}

static void make_garden(struct query_live *l, const struct bench_world *w)
{
	struct err err = ERR_INIT;
	struct document *d = document_new();
	for (uint32_t i = 0; d && i < N_REGIONS; i++)
		put_region(&d, w, &w->regions[i]);
	must(garden_state_new(48000, NULL, &l->garden, &err), &err);
	must(garden_state_document(l->garden, d, &err), &err);
	must(garden_state_view(l->garden, &l->view, &err), &err);
	document_unref(d);
}

struct query_live *query_live_new(const struct bench_world *w)
{
	static const struct tf_table *const garden[] = {GARDEN_TABLES};
	const struct tf_table *tables[COUNT_OF(garden) + CONTROL_TABLES];
	struct query_live *l = calloc(1, sizeof(*l));
	struct err err = ERR_INIT;
	if (!l)
		exit(1);
	open_store(l, w);
	make_garden(l, w);
	memcpy(tables, garden, sizeof(garden));
	memcpy(tables + COUNT_OF(garden), control_tables, sizeof(control_tables));
	must(tf_adapter_new(tables, COUNT_OF(tables), NULL, &l->adapter, &err), &err);
	l->control = (struct control_view){.conn = l->conn};
	l->world = query_world_of(l->view, clock_system());
	l->world.control = &l->control;
	return l;
}

void query_live_free(struct query_live *l)
{
	control_view_done(&l->control);
	tf_adapter_free(l->adapter);
	garden_view_unref(l->view);
	garden_state_free(l->garden);
	store_rollback(l->store);
	store_close(l->store);
	fs_remove_tree(l->dir, NULL);
	free(l->dir);
	free(l);
}

const struct tf_adapter *query_live_adapter(const struct query_live *l)
{
	return l->adapter;
}

void *query_live_user(struct query_live *l)
{
	return &l->world;
}

void query_live_forget(struct query_live *l)
{
	control_view_done(&l->control);
}
