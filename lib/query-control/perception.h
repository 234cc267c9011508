/*
 * perception.h - what is heard in contents: found out by analyses, kept by content, asked of artifacts and regions.
 *
 * Kinds:     a kind is one thing that workers can do with a content: an analysis, a vector, a picture. One analysis fills many
 *            properties. Notes (spaces midi, abc) and sound (audio) have kinds of their own; what a kind cannot tell of a
 *            content is null, and nothing is started for it.
 * Keeping:   table `perception`, by content, the space that it is read in, kind and parameters, for the version of the model that
 *            found it. A newer version on offer makes it unknown again. A failure is kept the same way, and not tried again before
 *            somebody has it forgotten.
 * Flow:      a query finds null and puts a want into its view. Whoever ran it hands the view to hootenanny's loop, which keeps
 *            what the query has learned from reports, and starts jobs for what it wanted; when they have ended (anybody's equal
 *            job will do, perception_job_ended), the same query finds values.
 * Units:     LUFS, dBTP, bpm, beats are quarter notes; shares and indices are 0..1.
 * Threads:   a view belongs to one thread at a time: that of its query, then the loop's. The other functions: that of the
 *            connection.
 * Errors:    -ENOMEM and those of the store.
 */
#ifndef QUERY_CONTROL_PERCEPTION_H
#define QUERY_CONTROL_PERCEPTION_H

#include "base/json.h"
#include "base/uuid.h"
#include "cas/path.h"
#include "jobs/job.h"
#include "store/store.h"
#include "trustfall/adapter.h"

enum perception_kind {
	PERCEIVE_UNDERSTAND,   /* notes: key, chords, form … */
	PERCEIVE_LISTEN,       /* sound: loudness, beats, key … */
	PERCEIVE_NOTES_VECTOR, /* for likeness */
	PERCEIVE_SOUND_VECTOR,
	PERCEIVE_WAVEFORM,
	PERCEIVE_SPECTROGRAM,
	PERCEIVE_PIANO_ROLL,
	PERCEPTION_KIND_COUNT
};

enum perception_family { PERCEIVE_NOTES, PERCEIVE_SOUND, PERCEPTION_FAMILY_COUNT };

struct perception_kind_row {
	const char *name; /* in the table and in `perceptions` */
	enum perception_family family;
	const char *verb, *from_space, *space, *model; /* of the step that finds it */
	bool ranged; /* may be of a part: params from_s and to_s */
};
extern const struct perception_kind_row perception_kinds[PERCEPTION_KIND_COUNT];
/* Which kinds a space has; -ENOENT for a space in which nothing is perceived. */
int perception_family_of(const char *space, enum perception_family *ret);

/* ---- the table ---- */

/* After cas_schema and jobs_schema. */
extern const struct store_schema perception_schema;

#define PERCEPTION_SPACE_SIZE   32
#define PERCEPTION_PARAMS_SIZE  96
#define PERCEPTION_VERSION_SIZE 96

/* What is perceived of a content, or is to be. */
struct perception_key {
	enum perception_kind kind;
	char hash[CAS_HASH_SIZE];
	char space[PERCEPTION_SPACE_SIZE];   /* of the artifact: the same bytes may be one thing as ABC and nonsense as MIDI */
	char params[PERCEPTION_PARAMS_SIZE]; /* JSON with sorted keys: "{}" or a part */
};
int perception_key_init(struct perception_key *ret, enum perception_kind kind, const char *space, const char *hash);
/* Of a part of a sound, to the millisecond; to_s 0 is its end. Both 0: all of it. */
int perception_key_part(struct perception_key *k, double from_s, double to_s);

/* Strings are lent until the next call with the same connection. */
struct perception_row {
	bool found;
	char version[PERCEPTION_VERSION_SIZE]; /* that found it, or failed; "" while the first job is under way */
	char artifact_id[UUID_SIZE];           /* "" until it is known */
	char job_id[JOB_ID_SIZE];              /* under way; "" for none */
	char error[240];                       /* why it failed; "" when it did not */
	bool digested;                         /* its report has been read */
};
int perception_find(struct store_conn *c, const struct perception_key *k, struct perception_row *ret, struct err *err);
/* With the values of its digest, NULL where it has none: a new reference. */
int perception_find_values(struct store_conn *c, const struct perception_key *k, struct perception_row *ret, json_t **ret_values,
			   struct err *err);
/* The job, under way, finds it out; `version` is what is on offer. */
int perception_await(struct store_conn *c, const struct perception_key *k, const char *job_id, const char *version, int64_t now_unix_ms,
		     struct err *err);
/* Somebody's job that is under way and will find it out: 1, 0: there is none. */
int perception_equal_job(struct store_conn *c, const struct perception_key *k, char ret_job[JOB_ID_SIZE], struct err *err);
int perception_n_under_way(struct store_conn *c, int64_t *ret, struct err *err);
/* Keeps what an ended job has found out, whoever wanted it, or why it could not. */
int perception_job_ended(struct store_conn *c, const char *job_id, int64_t now_unix_ms, struct err *err);

/*
 * What has failed of a content in a space is unknown again, of one kind or (PERCEPTION_KIND_COUNT) of all; `told` hears the name of
 * each kind, once for each part. What is being tried anew already is left alone.
 */
typedef int perception_told_fn(void *arg, const char *kind, struct err *err);
int perception_forget_failures(struct store_conn *c, const char *hash, const char *space, enum perception_kind kind,
			       perception_told_fn *told, void *arg, struct err *err);

/* ---- reports, digested ---- */

/*
 * What is kept of a report: values by the name of the property, and for a sound `downbeats` (s), `beats_before` the first of
 * them and `bar_beats`; the vector for likeness; the loudness of each 100 ms in LUFS.
 */
struct perception_digest {
	json_t *values;
	float *vector, *curve;
	size_t n_vector, n_curve;
};
#define PERCEPTION_CURVE_STEP_S 0.1
#define PERCEPTION_WAIT_MAX_MS  600000
int perception_digest_report(enum perception_kind kind, const json_t *report, struct perception_digest *ret, struct err *err);
void perception_digest_done(struct perception_digest *d);
int perception_keep(struct store_conn *c, const struct perception_key *k, const char *version, const struct perception_digest *d,
		    struct err *err);
/* Its report could not be read: told like a failure. */
int perception_keep_error(struct store_conn *c, const struct perception_key *k, const char *version, const char *why, struct err *err);

/* ---- a query's view ---- */

struct perception_want {
	struct perception_key key;
	char artifact_id[UUID_SIZE]; /* with that content, in that space */
};

struct perception_view;
struct perception_view *perception_view_new(void); /* NULL: memory is out */
void perception_view_free(struct perception_view *v);
AUTO_DEFINE(perception_view);
/* Before the query is run again: wants are forgotten, what was read from the store too. */
void perception_view_clear(struct perception_view *v);
/* What was unknown, each once, at most LIMIT_PERCEPTION_WANTS; *ret_lost (may be NULL) counts those beyond. */
const struct perception_want *perception_view_wants(const struct perception_view *v, size_t *ret_n, size_t *ret_lost);
/* The longest wait that the query asks for itself; 0: none. */
int64_t perception_view_wait_ms(const struct perception_view *v);
/* Whether it has read reports; and keeping what they said: in a transaction of the loop. */
bool perception_view_learned(const struct perception_view *v);
int perception_view_keep(struct perception_view *v, struct store_conn *c, struct err *err);

/* Stand beside the tables of the garden and of control, to whose artifacts and regions they add. */
enum { PERCEPTION_TABLES = 3 };
extern const struct tf_table *const perception_tables[PERCEPTION_TABLES];

#endif
