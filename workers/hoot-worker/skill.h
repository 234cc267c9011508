/*
 * skill.h - what this worker can do: each skill is one capability, with its model, version, parameters and function.
 *
 * Ownership: a skill_set owns the texts it made and the learned model; leases and results belong to whoever made them.
 * Threads:   the set is built before work begins and then only read; skills run on work threads, several at a time.
 */
#ifndef HOOT_WORKER_SKILL_H
#define HOOT_WORKER_SKILL_H

#include "base/err.h"
#include "base/json.h"
#include "model/params.h"
#include "model/watch.h"
#include "wire/catalogue.h"

#include <stddef.h>

struct skill_set;
struct tune_net;

/* One step being done. */
struct skill_run {
	const struct skill_set *set;
	const struct lease_view *lease;
	const struct model_watch *watch;
	const char *mime_type; /* out: of the result, which stands in the lease's staging_path, synced */
	json_t *metadata;      /* out: a new reference, for the artifact */
};

typedef int skill_fn(struct skill_run *run, struct err *err);

struct skill {
	const char *verb, *from_space, *to_space, *model;
	char version[80];
	const struct model_table *table;
	skill_fn *run;
};

struct skill_list {
	const struct skill *v;
	size_t n;
};

#define SKILLS_MAX 256 /* as many as a worker may register */

struct skill_set {
	struct skill skills[SKILLS_MAX];
	size_t n;
	char soundfont[4096]; /* "" when there is none */
	struct tune_net *tunes; /* read by all slots; NULL when there is none */
};

/* Files to work with; NULL: $HOOT_SOUNDFONT or $HOOT_TUNES_WEIGHTS, then the usual places. */
struct skill_files {
	const char *soundfont, *tunes;
};

/*
 * Finds out what this build on this machine can do. A file that was named and cannot be read is an error; none at all only means
 * some skills less. NULL for files: all the usual ones.
 */
int skill_set_init(struct skill_set *s, const struct skill_files *files, struct err *err);
void skill_set_done(struct skill_set *s);
/* The skill that the lease asks for; NULL when it is not one of ours. */
const struct skill *skill_find(const struct skill_set *s, const struct lease_view *lease);

/* What each area can do: skills_AREA.c. */
#define SKILLS(area) extern const struct skill_list skills_##area;
#include "skills.def"
#undef SKILLS
int skill_render(struct skill_run *run, struct err *err); /* only with a SoundFont */

/* What they share: input i as bytes or as a score; the result. */
struct score;
int skill_read_input(const struct lease_view *lease, size_t i, char **ret, size_t *ret_n, struct err *err);
int skill_read_score(const struct lease_view *lease, size_t i, struct score **ret, struct err *err);
int skill_write_score(struct skill_run *run, const struct score *s, struct err *err);
/* The result: `n` bytes of a media type (a literal); or a JSON report, which the caller keeps. */
int skill_write_bytes(struct skill_run *run, const void *bytes, size_t n, const char *mime_type, struct err *err);
int skill_write_json(struct skill_run *run, const json_t *report, struct err *err);
/* Length, bars, tempo, meter, key and number of notes; a new reference, NULL when memory is out. */
json_t *skill_describe_score(const struct score *s);
/* Reads the inputs as scores, lets the generator make a score of them and describes it. */
struct generator;
int skill_generate(struct skill_run *run, const struct generator *g, struct err *err);
/* The same with more in it; `more` is taken, and may be NULL when memory is out. */
json_t *skill_describe_with(const struct score *s, json_t *more);

/* Errors of a library name a field of its parameters; here it is one of the request's. Gives `code` back. */
int skill_as_param(int code, struct err *err);

#endif
