#include "jobs/lineage.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

#include "base/banned.h"

void lineage_done(struct lineage *l)
{
	free(l->nodes);
	free(l->edges);
}

static int add_node(struct lineage *l, const char *id, int depth)
{
	for (size_t i = 0; i < l->n_nodes; i++)
		if (str_eq(l->nodes[i].id, id))
			return 0;
	if (l->n_nodes >= LIMIT_LINEAGE_NODES) {
		l->complete = false;
		return 0;
	}
	if (mem_grow(&l->nodes, &l->room_nodes, l->n_nodes + 1, sizeof(*l->nodes)) < 0)
		return -ENOMEM;
	struct lineage_item *node = &l->nodes[l->n_nodes++];
	str_copy(node->id, sizeof(node->id), id);
	node->depth = depth;
	return 0;
}

static bool has_node(const struct lineage *l, const char *id)
{
	for (size_t i = 0; i < l->n_nodes; i++)
		if (str_eq(l->nodes[i].id, id))
			return true;
	return false;
}

static int add_edge(struct lineage *l, const char *parent, const char *child)
{
	for (size_t i = 0; i < l->n_edges; i++)
		if (str_eq(l->edges[i].parent, parent) && str_eq(l->edges[i].child, child))
			return 0;
	if (l->n_edges >= LIMIT_LINEAGE_EDGES) {
		l->complete = false;
		return 0;
	}
	if (mem_grow(&l->edges, &l->room_edges, l->n_edges + 1, sizeof(*l->edges)) < 0)
		return -ENOMEM;
	struct lineage_link *edge = &l->edges[l->n_edges++];
	str_copy(edge->parent, sizeof(edge->parent), parent);
	str_copy(edge->child, sizeof(edge->child), child);
	return 0;
}

/* Relatives one generation away; beyond the depth they only tell that something was left out. */
static int visit(struct lineage *l, struct store_conn *c, struct lineage_item at, bool up,
		 int depth, struct err *err)
{
	sqlite3_stmt *q;
	int r = up ? store_query(
			     c, &q, err,
			     "SELECT parent FROM artifact_parent WHERE child = ? ORDER BY place",
			     "t", at.id)
		   : store_query(
			     c, &q, err,
			     "SELECT child FROM artifact_parent WHERE parent = ? ORDER BY child",
			     "t", at.id);
	while (r == 0 && (r = store_step(c, q, err)) > 0) {
		const char *id = store_text(q, 0);
		r = 0;
		if (abs(at.depth) >= depth) {
			l->complete = false;
			break;
		}
		if (add_node(l, id, at.depth + (up ? -1 : 1)) < 0)
			r = err_set(err, -ENOMEM, "lineage");
		else if (has_node(l, id) &&
			 (up ? add_edge(l, id, at.id) : add_edge(l, at.id, id)) < 0)
			r = err_set(err, -ENOMEM, "lineage");
	}
	store_done(q);
	return r;
}

static int walk(struct lineage *l, struct store_conn *c, bool up, int depth, struct err *err)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < l->n_nodes; i++)
		if (l->nodes[i].depth == 0 || (l->nodes[i].depth < 0) == up)
			r = visit(l, c, l->nodes[i], up, depth, err);
	return r;
}

int lineage_follow(struct lineage *l, struct store_conn *c, const char *id,
		   enum lineage_direction direction, int depth, struct err *err)
{
	if (add_node(l, id, 0) < 0)
		return err_set(err, -ENOMEM, "lineage");
	int r = 0;
	if (direction != LINEAGE_DESCENDANTS)
		r = walk(l, c, true, depth, err);
	if (r == 0 && direction != LINEAGE_ANCESTORS)
		r = walk(l, c, false, depth, err);
	return r;
}
