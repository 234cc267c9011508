/*
 * lineage.h - walking from an artifact to its parents or children, breadth first, each artifact
 * once.
 *
 * Bounds:    LIMIT_LINEAGE_NODES and LIMIT_LINEAGE_EDGES; beyond, and below the depth asked for,
 *            `complete` is false.
 */
#ifndef JOBS_LINEAGE_H
#define JOBS_LINEAGE_H

#include "base/uuid.h"
#include "store/conn.h"
#include "wire/catalogue.h"

struct lineage_item {
	char id[UUID_SIZE];
	int depth; /* below zero: an ancestor */
};
struct lineage_link {
	char parent[UUID_SIZE], child[UUID_SIZE];
};
struct lineage {
	struct lineage_item *nodes;
	struct lineage_link *edges;
	size_t n_nodes, room_nodes, n_edges, room_edges;
	bool complete;
};
#define LINEAGE_INIT                         \
	{                                    \
		NULL, NULL, 0, 0, 0, 0, true \
	}

int lineage_follow(struct lineage *l, struct store_conn *c, const char *id,
		   enum lineage_direction direction, int depth, struct err *err);
void lineage_done(struct lineage *l);

#endif
