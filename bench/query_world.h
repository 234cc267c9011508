/*
 * query_world.h - what bench_query asks about: regions, their tags and artifacts with their lineage, as arrays and as SQLite's rows.
 */
#ifndef BENCH_QUERY_WORLD_H
#define BENCH_QUERY_WORLD_H

#include <sqlite3.h>

#include "trustfall/adapter.h"

enum {
	N_REGIONS = 100000,
	N_TAGS = 8,
	MOST_TAGS = 3,
	MOST_PARENTS = 2,
	N_WIDE = 12 * 1024, /* artifacts with two parents each, by generations */
	N_DEEP = 200 * 101, /* artifacts in chains of 101 */
	N_ARTIFACTS = N_WIDE + N_DEEP,
	N_WIDE_LEAVES = 50,
	N_DEEP_LEAVES = 200
};

struct artifact_row {
	char id[12], name[24];
	const char *mime, *creator, *tag;
	int64_t size, created;
	uint32_t parents[MOST_PARENTS], n_parents;
	uint32_t regions, n_regions; /* of by_artifact */
	int leaf;                    /* 1: of a wide tree, 2: of a chain; 0: none */
};

struct region_row {
	char id[12], name[24];
	double position, duration;
	struct tf_value tags[MOST_TAGS];
	uint32_t n_tags, artifact;
};

struct bench_world {
	struct artifact_row *artifacts; /* N_ARTIFACTS */
	struct region_row *regions;     /* N_REGIONS, by position */
	const struct region_row **by_artifact;
	const struct region_row **by_tag[N_TAGS]; /* by position */
	uint32_t n_by_tag[N_TAGS];
	const struct artifact_row **leaves[3];
	uint32_t n_leaves[3];
	uint32_t type_region, type_artifact;
};

struct bench_world *bench_world_new(void);
void bench_world_free(struct bench_world *w);
/*
 * The same in memory, with the indices that its queries like best. Artifacts are found by their number, as arrays find them; or by
 * their id, as the timeline names them.
 */
sqlite3 *bench_world_sqlite(const struct bench_world *w, bool by_id);

extern const struct tf_table bench_table;

#endif
